/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/show.h"

static void more(struct page *p, const struct json *a, size_t n, const char *one, const char *many)
{
	page_line(p, "\n%zu %s%s", n, plural((int64_t)n, one, many),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

void show_user(struct page *p, const struct json *a)
{
	STR(text, 1 * KIB);

	page_tone(p, TONE_STRONG, txt(a, "login"));
	page_line(p, "%s", "");
	page_term(p, 2, "name", txt(a, "name"));
	page_term(p, 2, "roles", words(json_get(a, "roles"), &text));
	page_term(p, 2, "organisation", has(a, "organisation") ? txt(a, "organisation") : NULL);
	page_term(p, 2, "state", txt(a, "state"));
	page_term(p, 2, "password", json_bool(json_get(a, "password"), false) ? "set" : "none");
	if (has(a, "issuer"))
		page_termf(p, 2, "signs in at", "%s as %s", txt(a, "issuer"), txt(a, "subject"));
	page_term(p, 2, "made", txt(a, "added_at"));
}

void show_users(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "users");
	OWN(table_done) struct table t = { 0 };
	STR(text, 1 * KIB);

	table_init(&t, 5);
	table_row(&t, "user", "name", "organisation", "state", "roles", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *u = json_at(list, i);

		table_row(&t, txt(u, "login"), txt(u, "name"),
			  has(u, "organisation") ? txt(u, "organisation") : "-", txt(u, "state"),
			  words(json_get(u, "roles"), &text), NULL);
	}
	table_print(&t, p, true);
	more(p, a, json_len(list), "user", "users");
}

void show_org(struct page *p, const struct json *a)
{
	STR(text, 4 * KIB);

	page_tone(p, TONE_STRONG, txt(a, "name"));
	page_line(p, "%s", "");
	page_termf(p, 2, "number", "%" PRId64, num(a, "id"));
	page_term(p, 2, "kind", txt(a, "kind"));
	page_term(p, 2, "codes", words(json_get(a, "codes"), &text));
}

void show_orgs(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "organisations");
	OWN(table_done) struct table t = { 0 };
	STR(text, 4 * KIB);

	table_init(&t, 4);
	table_row(&t, "number", "organisation", "kind", "codes", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *o = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(o, "id"));
		table_cell(&t, txt(o, "name"));
		table_cell(&t, txt(o, "kind"));
		table_cell(&t, words(json_get(o, "codes"), &text));
	}
	table_print(&t, p, true);
	more(p, a, json_len(list), "organisation", "organisations");
}

void show_token(struct page *p, const struct json *a)
{
	STR(text, 1 * KIB);

	page_termf(p, 0, "token", "%" PRId64 " (%s...)", num(a, "id"), txt(a, "prefix"));
	page_term(p, 0, "label", txt(a, "label"));
	page_term(p, 0, "user", txt(a, "user"));
	page_term(p, 0, "roles", words(json_get(a, "roles"), &text));
	page_term(p, 0, "ends", txt(a, "ends_at"));
	if (has(a, "revoked_at"))
		page_term(p, 0, "revoked", txt(a, "revoked_at"));
}

void show_token_new(struct page *p, const struct json *a)
{
	page_line(p, "%s", txt(a, "token"));
	page_line(p, "%s", "");
	page_line(p, "It is shown this once; keep it where only its program can read it.");
	show_token(p, json_get(a, "about"));
}

void show_tokens(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "tokens");
	OWN(table_done) struct table t = { 0 };
	STR(text, 1 * KIB);

	table_init(&t, 7);
	table_row(&t, "number", "begins", "user", "label", "ends", "last used", "roles", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *o = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(o, "id"));
		table_cell(&t, txt(o, "prefix"));
		table_cell(&t, txt(o, "user"));
		table_cell(&t, txt(o, "label"));
		table_cell(&t, has(o, "revoked_at") ? "revoked" : txt(o, "ends_at"));
		table_cell(&t, has(o, "used_at") ? txt(o, "used_at") : "never");
		table_cell(&t, words(json_get(o, "roles"), &text));
	}
	table_print(&t, p, true);
	more(p, a, json_len(list), "token", "tokens");
}

void show_me(struct page *p, const struct json *a)
{
	const struct json *token = json_get(a, "token");
	STR(text, 4 * KIB);

	page_term(p, 0, "name", txt(a, "name"));
	page_term(p, 0, "signed in by", txt(a, "how"));
	page_term(p, 0, "roles", words(json_get(a, "roles"), &text));
	page_term(p, 0, "organisation", has(a, "organisation") ? txt(a, "organisation") : NULL);
	if (json_len(json_get(a, "codes")))
		page_term(p, 0, "codes", words(json_get(a, "codes"), &text));
	if (token)
		page_term(p, 0, "token ends", txt(token, "ends_at"));
	page_line(p, json_len(json_get(a, "may")) ? "\nBeyond what everybody may:"
						  : "\nNothing beyond what everybody may.");
	for (size_t i = 0; i < json_len(json_get(a, "may")); i++)
		page_line(p, "  %s", json_text(json_at(json_get(a, "may"), i)));
}
