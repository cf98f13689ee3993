/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals, impacts and urgent blocks as text for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/show.h"

void show_proposals(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "proposals");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no such proposal.");
		return;
	}
	table_init(&t, 6);
	table_row(&t, "proposal", "state", "author", "waits since", "effective", "title", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *r = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(r, "proposal"));
		table_cell(&t, txt(r, "state"));
		table_cell(&t, txt(json_get(r, "author"), "name"));
		table_cell(&t, has(r, "waiting_since") ? txt(r, "waiting_since") : NULL);
		table_cell(&t, has(r, "effective_on") ? txt(r, "effective_on") : NULL);
		table_cell(&t, txt(r, "title"));
	}
	table_print(&t, p, true);
}

/* Entry IDs of a list (or the text that stands for one) with blanks between. */
static void ids(const struct json *list, struct str *out)
{
	if (json_text(list))
		str_add(out, json_text(list));
	for (size_t i = 0; i < json_len(list) && !json_text(list); i++)
		str_addf(out, "%s%s", i ? " " : "", json_text(json_at(list, i)));
}

static void show_items(struct page *p, const struct json *items)
{
	OWN(table_done) struct table t = { 0 };

	table_init(&t, 4);
	table_row(&t, "does", "entry", "kind", "from", NULL);
	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *r = json_at(items, i);
		STR(bases, 4 * KIB);

		ids(json_get(r, "bases"), &bases);
		table_cell(&t, txt(r, "op"));
		table_cell(&t, *txt(r, "entry") ? txt(r, "entry") : txt(r, "manufacturer"));
		table_cell(&t, *txt(r, "kind") ? txt(r, "kind") : "path");
		table_cell(&t, bases.len ? str_c(&bases) : NULL);
	}
	table_print(&t, p, true);
}

void show_proposal(struct page *p, const struct json *a)
{
	const struct json *author = json_get(a, "author"), *ended = json_get(a, "ended");
	const struct json *approval = json_get(a, "approval"), *may = json_get(a, "may");
	STR(list, KIB);

	page_termf(p, 0, "proposal", "%" PRId64 ", %s", num(a, "proposal"), txt(a, "state"));
	page_term(p, 0, "title", txt(a, "title"));
	page_term(p, 0, "reason", txt(a, "reason"));
	page_termf(p, 0, "author", "%s%s%s", txt(author, "name"), has(author, "organisation") ? ", " : "",
		   txt(author, "organisation"));
	page_term(p, 0, "effective on", has(a, "effective_on") ? txt(a, "effective_on") : "publication");
	if (has(a, "embargo_until"))
		page_term(p, 0, "embargo until", txt(a, "embargo_until"));
	page_term(p, 0, "hash", txt(a, "hash"));
	if (approval && has(approval, "by"))
		page_termf(p, 0, "approved", "%s, %s", txt(approval, "by"), txt(approval, "at"));
	if (has(a, "publish_at") && !has(a, "revision"))
		page_term(p, 0, "published at", txt(a, "publish_at"));
	if (has(a, "revision"))
		page_termf(p, 0, "revision", "%" PRId64, num(a, "revision"));
	if (has(a, "ended"))
		page_termf(p, 0, "ended", "%s, %s: %s", txt(ended, "by"), txt(ended, "at"),
			   txt(ended, "reason"));
	ids(may, &list);
	page_term(p, 0, "you may", list.len ? str_c(&list) : "look at it");
	page_line(p, " ");
	show_items(p, json_get(a, "items"));
}

void show_proposal_end(struct page *p, const struct json *a)
{
	if (has(a, "revision"))
		page_line(p, "Proposal %" PRId64 " is %s; it made revision %" PRId64 ".", num(a, "proposal"),
			  txt(a, "state"), num(a, "revision"));
	else if (has(a, "publish_at"))
		page_line(p, "Proposal %" PRId64 " is %s and will be published at %s.", num(a, "proposal"),
			  txt(a, "state"), txt(a, "publish_at"));
	else
		page_line(p, "Proposal %" PRId64 " is %s.", num(a, "proposal"), txt(a, "state"));
}

/* ---- impact ---- */

static void hops_text(const struct json *hops, struct str *out)
{
	if (json_kind(hops) == JSON_ARRAY)
		ids(hops, out);
	else
		str_add(out, "none");
}

static void show_pairs(struct page *p, const struct json *list, int64_t total)
{
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list))
		return;
	table_init(&t, 5);
	table_row(&t, "path", "from", "to", "now over", "then over", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *r = json_at(list, i);
		STR(was, 4 * KIB);
		STR(is, 4 * KIB);

		hops_text(json_get(r, "before"), &was);
		hops_text(json_get(r, "after"), &is);
		table_row(&t, txt(r, "change"), txt(r, "from"), txt(r, "to"), str_c(&was), str_c(&is), NULL);
	}
	table_print(&t, p, true);
	if (total > (int64_t)json_len(list))
		page_line(p, "... and %" PRId64 " more", total - (int64_t)json_len(list));
}

static void show_edges(struct page *p, const struct json *edges)
{
	static const char *const names[] = { "appear", "vanish", "blocked", "unblocked" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json *one = json_get(edges, names[i]), *list = json_get(one, "list");
		STR(text, 16 * KIB);

		for (size_t k = 0; k < json_len(list); k++)
			str_addf(&text, "%s%s->%s", k ? ", " : "", txt(json_at(list, k), "base"),
				 txt(json_at(list, k), "entry"));
		if (num(one, "total"))
			page_termf(p, 0, names[i], "%" PRId64 " %s: %s", num(one, "total"),
				   plural(num(one, "total"), "edge", "edges"), str_c(&text));
	}
}

static void show_lint_change(struct page *p, const struct json *lint)
{
	const struct json *list = json_get(lint, "new");

	for (size_t i = 0; i < json_len(list); i++)
		page_termf(p, 0, txt(json_at(list, i), "level"), "%s: %s (%s)", txt(json_at(list, i), "code"),
			   txt(json_at(list, i), "title"), txt(json_at(list, i), "entries"));
	page_termf(p, 0, "lint",
		   "%" PRId64 " errors, %" PRId64 " warnings now; %" PRId64 ", %" PRId64 " then",
		   num(json_get(lint, "before"), "error"), num(json_get(lint, "before"), "warning"),
		   num(json_get(lint, "after"), "error"), num(json_get(lint, "after"), "warning"));
}

static void show_campaign_hits(struct page *p, const struct json *campaigns)
{
	const struct json *list = json_get(campaigns, "list");

	for (size_t i = 0; i < json_len(list); i++)
		page_termf(p, 0, "campaign",
			   "%s (%s): %" PRId64 " walks; %" PRId64 " of its plans lose a hop",
			   txt(json_at(list, i), "name"), txt(json_at(list, i), "state"),
			   num(json_at(list, i), "walks"), num(json_at(list, i), "vanishes"));
	if (num(campaigns, "others"))
		page_termf(p, 0, "campaigns", "%" PRId64 " of other organisations", num(campaigns, "others"));
}

static void show_device_owners(struct page *p, const struct json *devices)
{
	const struct json *owners = json_get(devices, "organisations"), *list = json_get(owners, "list");

	if (num(devices, "stranded"))
		page_termf(p, 0, "devices",
			   "%" PRId64 " would have no path to the newest (%" PRId64 " of yours)",
			   num(devices, "stranded"), num(devices, "own_stranded"));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *o = json_at(list, i);

		page_termf(p, 2, "of", "%s: %" PRId64 ", %" PRId64 " with no path",
			   has(o, "organisation") ? txt(o, "organisation") : "this service's operator",
			   num(o, "devices"), num(o, "stranded"));
	}
	if (num(owners, "total") > (int64_t)json_len(list))
		page_termf(p, 2, "of", "%" PRId64 " organisations in all", num(owners, "total"));
}

void show_impact(struct page *p, const struct json *a)
{
	const struct json *pairs = json_get(a, "pairs"), *devices = json_get(a, "devices");
	const struct json *past = json_get(a, "past");
	STR(stranded, 4 * KIB);

	page_tone(p, TONE_STRONG, "What it does");
	page_line(p, " ");
	show_edges(p, json_get(a, "edges"));
	page_termf(p, 0, "paths",
		   "%" PRId64 " appear, %" PRId64 " vanish, %" PRId64 " get longer, %" PRId64
		   " shorter, %" PRId64 " change",
		   num(pairs, "appears"), num(pairs, "vanishes"), num(pairs, "longer"), num(pairs, "shorter"),
		   num(pairs, "changes"));
	ids(json_get(json_get(a, "stranded"), "list"), &stranded);
	if (stranded.len)
		page_term(p, 0, "stranded", str_c(&stranded));
	page_termf(p, 0, "devices", "%" PRId64 " (%" PRId64 " of yours, %" PRId64 " of others)",
		   num(devices, "total"), num(devices, "own"), num(devices, "others"));
	show_device_owners(p, devices);
	show_campaign_hits(p, json_get(a, "campaigns"));
	show_lint_change(p, json_get(a, "lint"));
	if (has(a, "past"))
		page_termf(p, 0, "past", "%" PRId64 " answers of %s would have been others",
			   num(past, "total"), txt(past, "at"));
	if (has(a, "refused"))
		page_term(p, 0, "refused", txt(a, "refused"));
	page_line(p, " ");
	show_pairs(p, json_get(pairs, "list"), num(pairs, "total"));
}

/* ---- urgent blocks ---- */

static void second_text(const struct json *b, char *buf, size_t size)
{
	const struct json *second = json_get(b, "second");
	int64_t left = num(second, "seconds_left");

	if (strcmp(txt(b, "state"), "waiting") != 0)
		snprintf(buf, size, "%s, %s", txt(second, "by"), txt(second, "at"));
	else if (json_bool(json_get(second, "overdue"), false))
		snprintf(buf, size, "overdue since %s", txt(second, "due"));
	else
		snprintf(buf, size, "due in %" PRId64 " h %" PRId64 " min", left / 3600, left / 60 % 60);
}

void show_block(struct page *p, const struct json *a)
{
	STR(bases, 4 * KIB);
	char second[200];

	ids(json_get(a, "bases"), &bases);
	second_text(a, second, sizeof second);
	page_termf(p, 0, "block", "%" PRId64 ", %s", num(a, "block"), txt(a, "state"));
	page_term(p, 0, "entry", txt(a, "entry"));
	page_term(p, 0, "from", bases.len ? str_c(&bases) : "everywhere");
	page_term(p, 0, "name", txt(a, "name"));
	page_term(p, 0, "message", txt(a, "message"));
	page_termf(p, 0, "by", "%s, %s: %s", txt(a, "by"), txt(a, "at"), txt(a, "reason"));
	page_term(p, 0, "second person", second);
}

void show_blocks(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "blocks");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no urgent block.");
		return;
	}
	table_init(&t, 5);
	table_row(&t, "block", "state", "entry", "by", "second person", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *r = json_at(list, i);
		char second[200];

		second_text(r, second, sizeof second);
		table_cellf(&t, "%" PRId64, num(r, "block"));
		table_cell(&t, txt(r, "state"));
		table_cell(&t, txt(r, "entry"));
		table_cell(&t, txt(r, "by"));
		table_cell(&t, second);
	}
	table_print(&t, p, true);
}
