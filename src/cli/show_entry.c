/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

static const char *yes_no(const struct json *o, const char *name)
{
	return json_bool(json_get(o, name), false) ? "yes" : "no";
}

/* "bases", "any" ..., with what else stands about the entry. */
static void path_cell(struct table *t, const struct json *n)
{
	table_cellf(t, "%s%s%s", txt(n, "path"), json_bool(json_get(n, "floor"), false) ? ", floor" : "",
		    has(n, "blocked") ? ", BLOCKED" : "");
}

void show_entries(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "entries");
	OWN(table_done) struct table t = { 0 };
	char id[200];

	if (!json_len(list)) {
		page_line(p, "No entry fits.");
		return;
	}
	table_init(&t, 5);
	table_row(&t, "entry", "identity", "status", "path", "device type", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *n = json_at(list, i);

		table_cell(&t, txt(n, "entry"));
		table_cell(&t, identity_text(n, id, sizeof id));
		table_cell(&t, txt(n, "status"));
		path_cell(&t, n);
		table_cell(&t, txt(n, "device_type"));
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu %s, catalogue revision %" PRId64 "%s", json_len(list),
		  plural((int64_t)json_len(list), "entry", "entries"), num(a, "revision"),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

static void show_edges(struct page *p, const char *term, const struct json *list)
{
	STR(line, 8 * 1024);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *e = json_at(list, i);

		str_addf(&line, "%s%s%s%s%s", i ? ", " : "", txt(e, "entry"),
			 strcmp(txt(e, "status"), "Removed") == 0 ? " (Removed)" : "",
			 json_bool(json_get(e, "downgrade"), false) ? " (downgrade)" : "",
			 json_bool(json_get(e, "blocked"), false) ? " (blocked)" : "");
	}
	page_term(p, 2, term, line.len ? str_c(&line) : "none");
}

static void show_saying(struct page *p, const struct json *s)
{
	const struct json *bases = json_get(s, "bases");
	STR(list, 8 * 1024);

	for (size_t i = 0; i < json_len(bases); i++)
		str_addf(&list, "%s%s", i ? " " : "",
			 json_text(json_at(bases, i)) ? json_text(json_at(bases, i)) : "");
	page_line(p, "%s", "");
	page_tone(p, TONE_STRONG, txt(s, "kind"));
	page_line(p, "%s%s", list.len ? ": " : "", str_c(&list));
	show_statement(p, 2, s);
}

static void show_excerpts(struct page *p, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *x = json_at(list, i);

		page_line(p, "\nFrom '%s'%s%s, %s:", txt(x, "document"),
			  *txt(x, "document_date") ? " of " : "", txt(x, "document_date"), txt(x, "owner"));
		page_wrap(p, 2, txt(x, "text"));
	}
}

void show_entry(struct page *p, const struct json *a)
{
	const struct json *cpa = json_get(a, "cpa"), *fragment = json_get(a, "fragment"),
			  *said = json_get(a, "statements");
	const struct json *figures = json_get(a, "figures");
	char id[200], head[300];

	snprintf(head, sizeof head, "Entry %s  %s  %s", txt(a, "entry"), identity_text(a, id, sizeof id),
		 txt(a, "status"));
	page_tone(p, strcmp(txt(a, "status"), "Current") == 0 ? TONE_STRONG : TONE_WARN, head);
	page_line(p, "%s", "");
	page_term(p, 2, "device type", txt(a, "device_type"));
	page_term(p, 2, "model", txt(a, "model_id"));
	page_termf(p, 2, "standards", "%s%s%s", txt(a, "smets"), *txt(a, "gbcs") ? ", " : "", txt(a, "gbcs"));
	page_term(p, 2, "image hash", txt(a, "hash"));
	page_term(p, 2, "descriptor", txt(a, "descriptor"));
	if (fragment)
		page_termf(p, 2, "fragment", "%" PRId64 " of %" PRId64 " of release '%s'",
			   num(fragment, "number"), num(fragment, "of"), txt(fragment, "release"));
	if (cpa)
		page_termf(p, 2, "CPA", "%s %s%s",
			   strcmp(txt(cpa, "kind"), "E") == 0 ? "expires" : "renewal due", txt(cpa, "until"),
			   json_bool(json_get(cpa, "passed"), false) ? " (passed)" : "");
	if (has(figures, "bytes"))
		page_termf(p, 2, "image size", "%" PRId64 " bytes", num(figures, "bytes"));
	page_term(p, 2, "floor", yes_no(a, "floor"));
	show_edges(p, "reached from", json_get(a, "bases"));
	show_edges(p, "leads to", json_get(a, "targets"));
	if (!has(a, "statement"))
		page_line(
		    p,
		    "\nNobody stated how this entry may be reached: check the manufacturer's release notes.");
	for (size_t i = 0; i < json_len(said); i++)
		show_saying(p, json_at(said, i));
	if (has(a, "dispute"))
		page_line(p, "\nThe path is disputed since %s: %s", txt(json_get(a, "dispute"), "since"),
			  txt(json_get(a, "dispute"), "reason"));
	show_excerpts(p, json_get(a, "excerpts"));
	if (json_len(json_get(a, "contacts")))
		page_line(p, "%s", "");
	show_contacts(p, 2, json_get(a, "contacts"));
}

static const char *first_type(const struct json *m)
{
	const char *s = json_text(json_at(json_get(m, "device_types"), 0));

	return s ? s : "";
}

void show_models(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "models");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "No model fits.");
		return;
	}
	table_init(&t, 7);
	table_row(&t, "model", "entries", "current", "no statement", "blocked", "newest", "device type",
		  NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *m = json_at(list, i);

		table_cell(&t, txt(m, "id"));
		table_cellf(&t, "%" PRId64, num(m, "entries"));
		table_cellf(&t, "%" PRId64, num(m, "current"));
		table_cellf(&t, "%" PRId64, num(m, "unknown"));
		table_cellf(&t, "%" PRId64, num(m, "blocked"));
		table_cell(&t, txt(m, "newest"));
		table_cell(&t, first_type(m));
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu %s, catalogue revision %" PRId64 "%s", json_len(list),
		  plural((int64_t)json_len(list), "model", "models"), num(a, "revision"),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

/* Entries that lead to this one, from the edges of the model's graph. */
static void bases_cell(struct table *t, const struct json *edges, const char *entry)
{
	STR(list, 4 * 1024);

	for (size_t i = 0; i < json_len(edges); i++) {
		const struct json *e = json_at(edges, i);

		if (strcmp(txt(e, "to"), entry) == 0)
			str_addf(&list, "%s%s%s%s", list.len ? " " : "", txt(e, "from"),
				 has(e, "blocked") ? "(blocked)" : "",
				 json_bool(json_get(e, "downgrade"), false) ? "(downgrade)" : "");
	}
	table_cell(t, str_c(&list));
}

void show_model(struct page *p, const struct json *a)
{
	const struct json *m = json_get(a, "model"), *nodes = json_get(a, "nodes"),
			  *edges = json_get(a, "edges");
	OWN(table_done) struct table t = { 0 };
	char head[300];

	snprintf(head, sizeof head, "Model %s  %s", txt(m, "id"), first_type(m));
	page_tone(p, TONE_STRONG, head);
	page_line(p, "%s", "");
	page_line(p,
		  "%" PRId64 " %s, %" PRId64 " Current, %" PRId64 " without a path statement, %" PRId64
		  " blocked, %" PRId64 " %s\n",
		  num(m, "entries"), plural(num(m, "entries"), "entry", "entries"), num(m, "current"),
		  num(m, "unknown"), num(m, "blocked"), num(m, "edges"),
		  plural(num(m, "edges"), "upgrade", "upgrades"));
	table_init(&t, 5);
	table_row(&t, "entry", "version", "status", "path", "reached from", NULL);
	for (size_t i = 0; i < json_len(nodes); i++) {
		const struct json *n = json_at(nodes, i);

		table_cell(&t, txt(n, "entry"));
		table_cell(&t, txt(n, "version"));
		table_cell(&t, txt(n, "status"));
		path_cell(&t, n);
		bases_cell(&t, edges, txt(n, "entry"));
	}
	table_print(&t, p, true);
	page_line(p, "\nCatalogue revision %" PRId64 ".", num(a, "revision"));
}

void show_lint(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "findings"), *counts = json_get(a, "counts"), *v = NULL;
	const char *name;
	STR(sum, 1024);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *f = json_at(list, i), *entries = json_get(f, "entries");
		STR(line, 4 * 1024);

		page_tone(p,
			  strcmp(txt(f, "level"), "error") == 0     ? TONE_BAD
			  : strcmp(txt(f, "level"), "warning") == 0 ? TONE_WARN
								    : TONE_FAINT,
			  txt(f, "level"));
		for (size_t k = 0; k < json_len(entries); k++) {
			const char *s = json_text(json_at(entries, k));

			str_addf(&line, " %s", s ? s : txt(json_at(entries, k), "entry"));
		}
		page_line(p, "  %s  %s: %s%s%s", txt(f, "model"), txt(f, "code"), txt(f, "title"),
			  line.len ? ":" : "", str_c(&line));
	}
	for (size_t i = 0; (name = json_member(counts, i, &v)) != NULL; i++)
		str_addf(&sum, "%s%" PRId64 " %s", i ? ", " : "", json_int(v, 0), name);
	if (json_len(list))
		page_line(p, "%s", "");
	page_line(p, "%zu %s%s%s, catalogue revision %" PRId64 ".", json_len(list),
		  plural((int64_t)json_len(list), "finding", "findings"), sum.len ? ": " : "", str_c(&sum),
		  num(a, "revision"));
}
