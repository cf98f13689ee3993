/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

#define LISTED 20 /* names of one kind in the text; --json has more */

static void show_names(struct page *p, const char *term, const struct json *list, int64_t count)
{
	size_t n = json_len(list);
	STR(line, 4 * 1024);

	if (!n)
		return;
	for (size_t i = 0; i < n && i < LISTED; i++) {
		const struct json *v = json_at(list, i);
		const char *s = json_text(v);

		str_addf(&line, "%s%s", i ? " " : "", s ? s : txt(v, "entry"));
	}
	if (count > LISTED || (int64_t)n > LISTED)
		str_addf(&line, " ... (%" PRId64 " in all)", count > (int64_t)n ? count : (int64_t)n);
	if (strspn(str_c(&line), " ") < line.len)
		page_term(p, 2, term, str_c(&line));
}

/* A value of a column, quoted so that blanks show. */
static void put_quoted(struct str *out, const struct json *v)
{
	if (json_text(v))
		str_addf(out, "'%s'", json_text(v));
	else
		str_add(out, "(absent)");
}

static void show_edits(struct page *p, const struct json *list)
{
	for (size_t i = 0; i < json_len(list) && i < LISTED; i++) {
		const struct json *e = json_at(list, i), *columns = json_get(e, "columns");

		for (size_t k = 0; k < json_len(columns); k++) {
			const struct json *c = json_at(columns, k);
			STR(line, 16 * 1024);

			put_quoted(&line, json_get(c, "before"));
			str_add(&line, " -> ");
			put_quoted(&line, json_get(c, "after"));
			page_line(p, "    %s  %s", txt(e, "entry"), txt(c, "column"));
			str_add(&p->text, "            ");
			page_value(p, str_c(&line));
			page_line(p, "%s", "");
		}
	}
	if (json_len(list) > LISTED)
		page_line(p, "    ... and %zu more; --json lists them", json_len(list) - LISTED);
}

/* ": 000110 (12 devices) 000111 (3 devices)" */
static void put_needed(struct str *out, const struct json *entries)
{
	for (size_t i = 0; i < json_len(entries) && i < LISTED; i++)
		str_addf(out, "%s%s (%" PRId64 " devices)",
			 i ? ", " : ": on the way of devices: ", txt(json_at(entries, i), "entry"),
			 num(json_at(entries, i), "devices"));
}

static void show_gates(struct page *p, const struct json *gates)
{
	bool all_open = true;

	for (size_t i = 0; i < json_len(gates); i++) {
		const struct json *g = json_at(gates, i);
		STR(line, 512);

		if (!json_bool(json_get(g, "holds"), false))
			continue;
		all_open = false;
		str_add(&line, txt(g, "gate"));
		if (has(g, "count"))
			str_addf(&line, ": %" PRId64, num(g, "count"));
		if (has(g, "of"))
			str_addf(&line, " of %" PRId64, num(g, "of"));
		if (has(g, "percent"))
			str_addf(&line, " (%.1f %%, limit %" PRId64 " %%)",
				 json_real(json_get(g, "percent"), 0), num(g, "limit_percent"));
		if (strcmp(txt(g, "gate"), "needed-hop") == 0)
			put_needed(&line, json_get(g, "entries"));
		str_add(&p->text, "  ");
		page_tone(p, TONE_BAD, "gate HOLDS");
		page_line(p, "    %s", str_c(&line));
	}
	if (all_open && json_len(gates))
		page_term(p, 2, "gates", "all open");
}

static void show_warning_counts(struct page *p, const struct json *w)
{
	const struct json *counts = json_get(w, "counts"), *examples = json_get(w, "examples"), *v = NULL;
	const char *name;

	/* Of statements: a list of places. */
	for (size_t i = 0; json_kind(w) == JSON_ARRAY && i < json_len(w); i++) {
		str_add(&p->text, "  ");
		page_tone(p, TONE_WARN, "warning");
		page_line(p, "       line %" PRId64 ": %s", num(json_at(w, i), "line"),
			  txt(json_at(w, i), "detail"));
	}
	for (size_t i = 0; (name = json_member(counts, i, &v)) != NULL; i++) {
		const char *detail = "";

		for (size_t k = 0; k < json_len(examples) && !*detail; k++)
			if (strcmp(txt(json_at(examples, k), "code"), name) == 0)
				detail = txt(json_at(examples, k), "detail");
		str_add(&p->text, "  ");
		page_tone(p, TONE_WARN, "warning");
		page_line(p, "       %s: %" PRId64 "%s%s", name, json_int(v, 0), *detail ? "  " : "", detail);
	}
}

static void show_head(struct page *p, const struct json *a)
{
	const char *state = txt(a, "state"), *feed = txt(a, "feed");
	const struct json *file = json_get(a, "file"), *cpl = json_get(a, "cpl"),
			  *standing = json_get(a, "standing");
	bool held = strcmp(state, "held") == 0;
	STR(head, 512);

	str_addf(&head, "Import of %s: %s", strcmp(feed, "cpl") == 0 ? "the Central Products List" : feed,
		 state);
	if (has(a, "revision"))
		str_addf(&head, ", revision %" PRId64, num(a, "revision"));
	page_tone(p, held ? TONE_WARN : TONE_GOOD, str_c(&head));
	page_line(p, "%s", "");
	page_termf(p, 2, "file", "%s, %" PRId64 " rows", txt(file, "name"), num(file, "rows"));
	page_term(p, 2, "SHA-256", txt(file, "sha256"));
	if (cpl)
		page_termf(p, 2, "version", "%s issued %s", txt(cpl, "version"), txt(cpl, "issued"));
	if (standing)
		page_termf(p, 2, "stands so far", "%s issued %s (revision %" PRId64 ")",
			   txt(standing, "version"), txt(standing, "issued"), num(standing, "revision"));
	if (*txt(a, "audit"))
		page_term(p, 2, "audit row", txt(a, "audit"));
}

/* "2 added, 40 removed, 0 restored ..." */
static void show_changes(struct page *p, const struct json *counts)
{
	static const char *const names[] = { "added", "removed", "restored", "edited", "filled", "vanished" };
	STR(line, 512);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (i < 4 || num(counts, names[i]))
			str_addf(&line, "%s%" PRId64 " %s", i ? ", " : "", num(counts, names[i]), names[i]);
	page_term(p, 2, "changes", str_c(&line));
}

/* "accept: proposed by user:ann (looks right)" */
static void show_decisions(struct page *p, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *d = json_at(list, i), *first = json_get(d, "first"),
				  *second = json_get(d, "second");
		STR(line, 4 * 1024);

		str_addf(&line, "%s, first word %s", txt(d, "state"), txt(first, "who"));
		if (*txt(first, "why"))
			str_addf(&line, " (%s)", txt(first, "why"));
		if (second)
			str_addf(&line, ", second word %s", txt(second, "who"));
		if (second && *txt(second, "why"))
			str_addf(&line, " (%s)", txt(second, "why"));
		page_term(p, 2, txt(d, "act"), str_c(&line));
	}
}

/* What there is to do with a held import: two persons' accounts, or whoever sets the service up. */
static void show_held(struct page *p, const struct json *a)
{
	page_line(p, "\nNothing was changed. When the difference is right:");
	if (num(a, "import"))
		page_line(p, "  firpath import accept %" PRId64 " --hash %s --why TEXT", num(a, "import"),
			  txt(a, "report_sha256"));
	page_line(p, "Accounts need two persons for that; without accounts import it again with --accept.");
}

void show_import(struct page *p, const struct json *a)
{
	const struct json *counts = json_get(a, "counts"), *filled = json_get(a, "filled"), *v = NULL;
	bool cpl = strcmp(txt(a, "feed"), "cpl") == 0;
	const char *name;

	show_head(p, a);
	page_line(p, "%s", "");
	if (cpl) {
		page_termf(p, 2, "entries", "%" PRId64 " (%" PRId64 " Current, %" PRId64 " Removed)",
			   num(counts, "entries"), num(counts, "current_entries"),
			   num(counts, "removed_entries"));
		show_changes(p, counts);
	} else {
		for (size_t i = 0; (name = json_member(counts, i, &v)) != NULL; i++)
			page_termf(p, 2, name, "%" PRId64, json_int(v, 0));
	}
	if (has(a, "standing") || !cpl)
		show_names(p, "added", json_get(a, "added"), num(counts, "added"));
	show_names(p, "removed", json_get(a, "removed"), 0);
	show_names(p, "restored", json_get(a, "restored"), 0);
	show_names(p, "vanished", json_get(a, "vanished"), 0);
	show_edits(p, json_get(a, "edited"));
	for (size_t i = 0; i < json_len(filled); i++)
		page_termf(p, 2, "filled", "%s in %" PRId64 " entries", txt(json_at(filled, i), "column"),
			   num(json_at(filled, i), "entries"));
	show_names(p, "gap numbers", json_get(a, "gaps"), 0);
	show_gates(p, json_get(a, "gates"));
	show_warning_counts(p, json_get(a, "warnings"));
	show_decisions(p, json_get(a, "decisions"));
	if (*txt(a, "report_sha256"))
		page_term(p, 2, "report", txt(a, "report_sha256"));
	if (num(a, "import"))
		page_termf(p, 2, "number", "%" PRId64, num(a, "import"));
	if (strcmp(txt(a, "state"), "held") == 0)
		show_held(p, a);
}

void show_validation(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "failures");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *f = json_at(list, i);

		page_tone(p, TONE_BAD, txt(f, "field"));
		page_line(p, ": %s  (%s)", txt(f, "detail"), txt(f, "rule"));
	}
	if (json_len(list))
		page_line(p, "\n%zu %s. Nothing was stored.", json_len(list),
			  plural((int64_t)json_len(list), "failure", "failures"));
	else
		page_line(p, "The submission is valid. Nothing was stored.");
}
