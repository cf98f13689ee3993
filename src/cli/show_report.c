/* SPDX-License-Identifier: Apache-2.0 */
/* Reports as text. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "cli/show.h"

static void count(struct table *t, const struct json *o, const char *name)
{
	table_cellf(t, "%" PRId64, num(o, name));
}

static void keys(struct table *t, const struct json *l, const char *group)
{
	bool firmware = !strcmp(group, "firmware");

	if (firmware || !strcmp(group, "model"))
		table_cell(t, has(l, "model") ? txt(l, "model") : "not known");
	else
		table_cell(t, has(l, group) ? txt(l, group) : "nobody's");
	if (!firmware)
		return;
	table_cell(t, txt(l, "version"));
	table_cell(t, has(l, "entry") ? txt(l, "entry") : "-");
	table_cell(t, txt(l, "status"));
}

void show_fleet_report(struct page *p, const struct json *a)
{
	static const char *const columns[] = { "devices",     "latest",   "behind",  "path_unknown",
					       "no_path",     "no_entry", "removed", "cpa_expiring",
					       "cpa_expired", NULL };
	static const char *const heads[] = { "devices",   "newest",  "behind",   "path unknown", "no path",
					     "not known", "Removed", "CPA soon", "CPA ended",    NULL };
	const struct json *lines = json_get(a, "lines"), *total = json_get(a, "total");
	const char *group = txt(a, "group");
	bool firmware = !strcmp(group, "firmware");
	OWN(table_done) struct table t = { 0 };

	table_init(&t, firmware ? 13 : 10);
	table_cell(&t, firmware ? "model" : group);
	for (int i = 0; firmware && i < 3; i++)
		table_cell(&t, i == 0 ? "version" : i == 1 ? "entry" : "status");
	for (int i = 0; heads[i]; i++)
		table_cell(&t, heads[i]);
	for (size_t i = 0; i < json_len(lines); i++) {
		keys(&t, json_at(lines, i), group);
		for (int k = 0; columns[k]; k++)
			count(&t, json_at(lines, i), columns[k]);
	}
	table_cell(&t, "all");
	for (int i = 0; firmware && i < 3; i++)
		table_cell(&t, "");
	for (int k = 0; columns[k]; k++)
		count(&t, total, columns[k]);
	table_print(&t, p, true);
	page_line(
	    p, "\n%.1f %% run the newest. CPA soon: within %" PRId64 " days. As at %s, revision %" PRId64 ".",
	    json_real(json_get(total, "percent_latest"), 0), num(a, "days"), txt(a, "as_at"),
	    num(a, "revision"));
	if (num(a, "left_out"))
		page_line(p, "%" PRId64 " lines are not shown.", num(a, "left_out"));
}
