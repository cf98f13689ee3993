/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

static void show_bad_heads(struct page *p, const struct json *heads)
{
	const struct json *bad = json_get(heads, "bad");

	for (size_t i = 0; i < json_len(bad); i++) {
		const struct json *h = json_at(bad, i);

		page_tone(p, TONE_BAD, "A kept head is not in the chain");
		page_line(p, ": row %" PRId64 " is %s.", num(h, "seq"),
			  !strcmp(txt(h, "why"), "forked") ? "another one now: the chain was made anew"
			  : !strcmp(txt(h, "why"), "cut")
			      ? "not there: the chain was cut, or the store rolled back"
			      : "behind a bad row");
	}
}

void show_verify(struct page *p, const struct json *a)
{
	const struct json *cat = json_get(a, "catalogue"), *heads = json_get(a, "heads");

	if (has(a, "bad")) {
		page_tone(p, TONE_BAD, "The audit chain is broken");
		page_line(p,
			  " at row %" PRId64
			  ": that row, or one before it, is not as it was written; %" PRId64
			  " rows before it are.",
			  num(a, "bad"), num(a, "rows"));
	} else {
		page_tone(p, TONE_GOOD, "The audit chain is whole");
		page_line(p, ": %" PRId64 " %s, head %s.", num(a, "rows"),
			  plural(num(a, "rows"), "row", "rows"), txt(a, "head"));
	}
	if (has(cat, "bad")) {
		page_tone(p, TONE_BAD, "The catalogue was changed behind its back");
		page_line(p, ": revision %" PRId64 ", %s.", num(cat, "bad"), txt(cat, "why"));
	} else if (!has(a, "bad")) {
		page_tone(p, TONE_GOOD, "The catalogue is as it was written");
		page_line(p, ": %" PRId64 " of %" PRId64 " revisions are covered.", num(cat, "covered"),
			  num(cat, "revisions"));
	}
	if (has(a, "heads") && !json_len(json_get(heads, "bad"))) {
		page_tone(p, TONE_GOOD, "Every kept head is in the chain");
		page_line(p, ": %" PRId64 " checked.", num(heads, "checked"));
	}
	show_bad_heads(p, heads);
}

void show_chain_head(struct page *p, const struct json *a)
{
	page_line(p, "%" PRId64 " %s", num(a, "seq"), txt(a, "hash"));
	page_line(p,
		  "Keep it outside the store: 'firpath audit verify --heads FILE' asks later whether it is "
		  "still there (--json gives the line to keep).");
}

void show_receipt(struct page *p, const struct json *a)
{
	const struct json *q = json_get(a, "question"), *head = json_get(a, "audit");

	page_term(p, 2, "service", *txt(a, "service") ? txt(a, "service") : "(not named)");
	page_term(p, 2, "issued", txt(a, "issued_at"));
	page_termf(p, 2, "question", "%s from %s to %s", txt(q, "kind"), txt(q, "from"), txt(q, "to"));
	if (has(q, "at"))
		page_term(p, 2, "as at", txt(q, "at"));
	if (has(q, "prefer"))
		page_term(p, 2, "prefer", txt(q, "prefer"));
	if (has(q, "allow_removed"))
		page_term(p, 2, "allow removed", txt(q, "allow_removed"));
	page_termf(p, 2, "revision", "%" PRId64 " of %s, epoch %" PRId64, num(a, "revision"),
		   txt(a, "revision_at"), num(a, "epoch"));
	page_termf(p, 2, "chain", "row %" PRId64 ", %s", num(head, "seq"), txt(head, "hash"));
	page_term(p, 2, "key", txt(a, "key"));
	page_line(p, "%s", "");
	if (!strcmp(txt(q, "kind"), "check"))
		show_check(p, json_get(a, "answer"));
	else
		show_path(p, json_get(a, "answer"));
}

void show_replay(struct page *p, const struct json *a)
{
	const char *answer = txt(a, "answer"), *chain = txt(a, "chain");

	page_tone(p, !strcmp(answer, "same") ? TONE_GOOD : TONE_BAD,
		  !strcmp(answer, "same")      ? "The answer is what this store gives"
		  : !strcmp(answer, "differs") ? "This store gives another answer"
					       : "This store has no such revision");
	page_line(p, " (revision %" PRId64 ").", num(a, "revision"));
	page_tone(p, !strcmp(chain, "holds") ? TONE_GOOD : TONE_BAD,
		  !strcmp(chain, "holds")    ? "Its chain holds the head of the receipt"
		  : !strcmp(chain, "forked") ? "Its chain holds another row there: it was made anew"
					     : "Its chain ends before: it was cut, or the store rolled back");
	page_line(p, " (row %" PRId64 ").", num(a, "seq"));
}

static void show_fields(struct page *p, const struct json *fields)
{
	for (size_t i = 0; i < json_len(fields); i++) {
		const struct json *f = json_at(fields, i);

		page_line(p, "      %s", txt(f, "field"));
		str_add(&p->text, "        was  ");
		page_value(p, json_text(json_get(f, "before")));
		str_add(&p->text, "\n        is   ");
		page_value(p, json_text(json_get(f, "after")));
		page_line(p, "%s", "");
	}
}

/* What stands beside the statements; nothing is said of a list without rows. */
static void show_beside(struct page *p, const struct json *a, const char *name, const char *title)
{
	static const char *const words[] = { "reason", "document", "owner", "name", "email",
					     "phone",  "url",      "hours", NULL };
	const struct json *list = json_get(a, name);

	if (json_len(list))
		page_line(p, "\n%s: %zu", title, json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *x = json_at(list, i);
		STR(said, 16 * 1024);

		for (const char *const *k = words; *k; k++)
			if (*txt(x, *k))
				str_addf(&said, "%s%s", said.len ? ", " : "", txt(x, *k));
		if (has(x, "seconds"))
			str_addf(&said, "%" PRId64 " s", num(x, "seconds"));
		page_line(p, "  %s  %s  %s  (r%" PRId64 ")",
			  has(x, "setting") ? txt(x, "setting")
			  : has(x, "entry") ? txt(x, "entry")
					    : txt(x, "manufacturer"),
			  txt(x, "change"), str_c(&said), num(x, "revision"));
	}
}

void show_diff(struct page *p, const struct json *a)
{
	const struct json *revs = json_get(a, "revisions"), *entries = json_get(a, "entries"),
			  *said = json_get(a, "statements");

	page_line(p, "From revision %" PRId64 " to %" PRId64 ":", num(a, "from"), num(a, "to"));
	for (size_t i = 0; i < json_len(revs); i++) {
		const struct json *r = json_at(revs, i);

		page_line(p, "  r%" PRId64 "  %s  %s by %s%s%s", num(r, "revision"), txt(r, "at"),
			  txt(r, "kind"), txt(r, "who"), *txt(r, "why") ? ": " : "", txt(r, "why"));
	}
	page_line(p, "\nEntries: %zu", json_len(entries));
	for (size_t i = 0; i < json_len(entries); i++) {
		const struct json *x = json_at(entries, i);

		page_line(p, "  %s  %s  (r%" PRId64 ")", txt(x, "entry"), txt(x, "change"),
			  num(x, "revision"));
		if (strcmp(txt(x, "change"), "added") != 0)
			show_fields(p, json_get(x, "fields"));
	}
	page_line(p, "\nStatements: %zu", json_len(said));
	for (size_t i = 0; i < json_len(said); i++) {
		const struct json *x = json_at(said, i), *bases = json_get(x, "bases");
		STR(from, 16 * 1024);

		for (size_t k = 0; k < json_len(bases); k++)
			str_addf(&from, "%s%s", k ? " " : " from ", json_text(json_at(bases, k)));
		page_line(p, "  %s  %s  %s%s, %s %s  (r%" PRId64 ")", txt(x, "entry"), txt(x, "change"),
			  txt(x, "kind"), str_c(&from), txt(x, "source"), txt(x, "author"),
			  num(x, "revision"));
	}
	show_beside(p, a, "disputes", "Disputes");
	show_beside(p, a, "excerpts", "Excerpts");
	show_beside(p, a, "contacts", "Contacts");
	show_beside(p, a, "settings", "Settings");
	if (num(a, "passing"))
		page_line(p,
			  "\n%" PRId64 " statements or what stands beside them began and ended in between.",
			  num(a, "passing"));
	if (json_bool(json_get(a, "more"), false))
		page_line(p, "\nThere is more than a list shows: choose moments that are nearer.");
}
