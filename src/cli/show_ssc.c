/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/show.h"

static const char *or_dash(const struct json *o, const char *name)
{
	return has(o, name) ? txt(o, name) : NULL;
}

void show_radios(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "entries");
	OWN(table_done) struct table t;

	table_init(&t, 6);
	table_row(&t, "ENTRY", "MAKER", "BAND", "CHIPSET VENDOR", "STACK VERSION", "CHANGED", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *x = json_at(list, i);

		table_cell(&t, txt(x, "entry"));
		table_cell(&t, txt(x, "manufacturer"));
		table_cell(&t, or_dash(x, "band"));
		table_cell(&t, or_dash(x, "chipset_vendor"));
		table_cell(&t, or_dash(x, "stack_version"));
		table_cell(&t, txt(x, "changed_at"));
	}
	if (table_rows(&t) > 1)
		table_print(&t, p, true);
	else
		page_line(p, "No entry of the register fits.");
}

void show_radio(struct page *p, const struct json *a)
{
	page_line(p, "Entry %s, maker %s", txt(a, "entry"), txt(a, "manufacturer"));
	page_term(p, 2, "band", or_dash(a, "band"));
	page_term(p, 2, "chipset vendor", or_dash(a, "chipset_vendor"));
	page_term(p, 2, "stack version", or_dash(a, "stack_version"));
	if (num(a, "changes"))
		page_termf(p, 2, "changed", "%s by %s", txt(a, "changed_at"), txt(a, "changed_by"));
}

void show_access_log(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "rows");
	OWN(table_done) struct table t;

	table_init(&t, 6);
	table_row(&t, "ROW", "AT", "WHO", "WHAT", "OF", "WHY", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *x = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(x, "seq"));
		table_cell(&t, txt(x, "at"));
		table_cell(&t, txt(x, "who"));
		table_cell(&t, txt(x, "action"));
		table_cell(&t, txt(x, "subject"));
		table_cell(&t, txt(x, "why"));
	}
	table_print(&t, p, true);
}

void show_access_chain(struct page *p, const struct json *a)
{
	if (json_bool(json_get(a, "whole"), false))
		page_line(p, "The access log is whole: %" PRId64 " rows.", num(a, "rows"));
	else
		page_line(p, "The access log was changed: row %" PRId64 ", or one before it.", num(a, "bad"));
	page_term(p, 2, "head", txt(a, "head"));
}

void show_note(struct page *p, const struct json *a)
{
	if (json_bool(json_get(a, "dropped"), false)) {
		page_line(p, "Note %" PRId64 " was removed.", num(a, "note"));
		return;
	}
	page_line(p, "Note %" PRId64 " about entry %s", num(a, "note"), txt(a, "entry"));
	page_term(p, 2, "public from", txt(a, "release_at"));
	if (has(a, "embargoed"))
		page_term(p, 2, "now",
			  json_bool(json_get(a, "embargoed"), true) ? "under embargo" : "public");
	page_wrap(p, 2, txt(a, "text"));
}

void show_notes(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "notes");

	for (size_t i = 0; i < json_len(list); i++)
		show_note(p, json_at(list, i));
	if (!json_len(list))
		page_line(p, "There is no note.");
}
