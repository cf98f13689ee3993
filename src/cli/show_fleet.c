/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

static void device_rows(struct page *p, const struct json *list)
{
	OWN(table_done) struct table t = { 0 };
	char id[200];

	table_init(&t, 7);
	table_row(&t, "device", "site", "entry", "identity", "state", "life", "last seen", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *d = json_at(list, i);

		table_cell(&t, txt(d, "name"));
		table_cell(&t, txt(d, "site"));
		table_cell(&t, has(d, "entry") ? txt(d, "entry") : txt(d, "entry_why"));
		table_cell(&t, identity_text(json_get(d, "identity"), id, sizeof id));
		if (has(d, "progress"))
			table_cellf(&t, "%s %" PRId64 " %%", txt(d, "state"), num(d, "progress"));
		else
			table_cell(&t, txt(d, "state"));
		table_cell(&t, txt(d, "life"));
		table_cell(&t, txt(d, "last_seen"));
	}
	table_print(&t, p, true);
}

void show_devices(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "devices");

	if (!json_len(list)) {
		page_line(p, "No device fits.");
		return;
	}
	device_rows(p, list);
	page_line(p, "\n%zu %s%s", json_len(list), plural((int64_t)json_len(list), "device", "devices"),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

void show_device(struct page *p, const struct json *a)
{
	const struct json *identity = json_get(a, "identity"), *cycles = json_get(a, "cycles");
	char id[200], head[300];

	snprintf(head, sizeof head, "Device %s", txt(a, "name"));
	page_tone(p, TONE_STRONG, head);
	page_line(p, "%s", "");
	page_term(p, 2, "site", txt(a, "site"));
	if (*txt(a, "organisation"))
		page_term(p, 2, "belongs to", txt(a, "organisation"));
	page_termf(p, 2, "runs", "%s%s%s%s", has(a, "entry") ? txt(a, "entry") : "no known entry",
		   has(a, "entry") ? "" : " (", has(a, "entry") ? "" : txt(a, "entry_why"),
		   has(a, "entry") ? "" : ")");
	page_termf(p, 2, "identity", "%s  (told by %s)", identity_text(identity, id, sizeof id),
		   txt(identity, "told_by"));
	if (has(identity, "hash"))
		page_term(p, 2, "its hash", txt(identity, "hash"));
	if (has(a, "stated_entry"))
		page_term(p, 2, "stated to be", txt(a, "stated_entry"));
	page_termf(p, 2, "adapter", "%s %s", txt(a, "adapter"), txt(a, "address"));
	page_termf(p, 2, "state", "%s%s%s", txt(a, "state"), *txt(a, "step") ? ": " : "", txt(a, "step"));
	page_termf(p, 2, "life", "%s, last seen %s", txt(a, "life"),
		   *txt(a, "last_seen") ? txt(a, "last_seen") : "never");
	page_termf(p, 2, "restarts", "%" PRId64, num(a, "boots"));
	for (size_t i = 0; i < json_len(cycles); i++) {
		const struct json *c = json_at(cycles, i);

		if (i == 0)
			page_line(p, "%s", "");
		page_line(p, "  walk %" PRId64 " of campaign %s: %s%s%s, %" PRId64 " %s done%s%s%s%s",
			  num(c, "cycle"), txt(c, "campaign_name"), txt(c, "phase"),
			  *txt(c, "reason") ? ", " : "", txt(c, "reason"), num(c, "hops_done"),
			  plural(num(c, "hops_done"), "hop", "hops"), *txt(c, "started_at") ? ", from " : "",
			  txt(c, "started_at"), *txt(c, "ended_at") ? " to " : "", txt(c, "ended_at"));
		if (*txt(c, "detail"))
			page_line(p, "    %s", txt(c, "detail"));
	}
}

void show_sites(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "sites");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no site yet.");
		return;
	}
	table_init(&t, 3);
	table_row(&t, "site", "devices", "since", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		table_cell(&t, txt(json_at(list, i), "name"));
		table_cellf(&t, "%" PRId64, num(json_at(list, i), "devices"));
		table_cell(&t, txt(json_at(list, i), "added_at"));
	}
	table_print(&t, p, true);
}

void show_site(struct page *p, const struct json *a)
{
	page_line(p, "Site %s, %zu %s\n", txt(a, "name"), json_len(json_get(a, "devices")),
		  plural((int64_t)json_len(json_get(a, "devices")), "device", "devices"));
	device_rows(p, json_get(a, "devices"));
}

void show_counts(struct page *p, const struct json *a)
{
	page_line(p, "%" PRId64 " %s: %" PRId64 " added, %" PRId64 " changed, %" PRId64 " as they were.",
		  num(a, "rows"), plural(num(a, "rows"), "device", "devices"), num(a, "added"),
		  num(a, "changed"), num(a, "unchanged"));
}
