/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals that their author works on again: returned ones, drafts, stale ones, also those that wait. What
 * one answer to each question says goes through the questions again (pages_propose.c), filled; of all others
 * the author edits the frame and takes items out. Sent with the version that was looked at: who sends what
 * somebody has changed meanwhile is told so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "web/edit.h"

#define ITEM_LABEL_MAX 300

/* clang-format off */
static const struct form_field fields[] = {
	{ .name = "version", .kind = FORM_HIDDEN },
	{ .name = "title", .label = "Title", .missing = "Write a title", .max = PROPOSAL_TITLE_MAX },
	{ .name = "reason", .kind = FORM_AREA, .label = "Why is this right?", .hint = "Whoever approves it reads this. It stays in the record.", .missing = "Write the reason", .max = PROPOSAL_REASON_MAX },
	{ .name = "effective_on", .label = "From when on (optional)", .hint = "For example 2026-11-20. Empty: at once when it is approved.", .width = 10 },
	{ .name = "embargo_until", .label = "Not to be known before (optional)", .hint = "Until that date only you, SECAS and the Security Sub-Committee see it.", .width = 10 },
	{ .name = "drop", .kind = FORM_CHECKS, .late = true, .label = "Which items shall be taken out? (optional)", .hint = "What you do not tick stays as it is." },
	{ .name = NULL },
};
/* clang-format on */
static const char *const frame[] = { "title", "reason", "effective_on", "embargo_until", NULL };

int revise_load(struct req *rq, struct edit *ret_x, int64_t *ret_id, struct json **ret, struct err *e)
{
	STR(text, PROPOSAL_ANSWER_MAX);
	OWN(json_free) struct json *it = NULL;
	const char *no;

	if (parse_i64(rq->arg[0], 1, INT64_MAX, ret_id, e))
		return err_set(e, ERR_NOT_FOUND, "there is no proposal '%.40s'", rq->arg[0]);
	if (req_edit(rq, false, NULL, ret_x, e) || proposal_json(ret_x, *ret_id, &text, e) ||
	    json_parse(str_c(&text), text.len, &it, e))
		return e->code;
	no = json_text(json_get(json_get(it, "may_not"), "change"));
	if (no && !json_bool(json_get(json_get(it, "author"), "me"), false))
		return err_set(e, ERR_DENIED, "%s", no);
	if (no)
		return err_set(e, ERR_PROPOSAL_STATE, "%s", no);
	*ret = MOVE(it);
	return OK;
}

static void set_frame(struct form *f, const struct json *it)
{
	char version[24];

	snprintf(version, sizeof version, "%" PRId64, json_int(json_get(it, "version"), 0));
	form_set(f, "version", version);
	for (const char *const *p = frame; *p; p++)
		form_set(f, *p, json_text(json_get(it, *p)));
}

static bool among(const char *name, const char *const *list)
{
	while (*list && strcmp(*list, name) != 0)
		list++;
	return *list != NULL;
}

/* Do the questions ask for all that this item says? *ret_what: the answer to the second one. */
static bool is_asked_for(const struct json *item, const char **ret_what)
{
	static const char *const op_members[] = { "entry", "kind", "op", "confirmed_on", NULL };
	static const char *const members[] = { "entry",  "kind",         "op",      "bases",     "author",
					       "source", "confirmed_on", "excerpt", "reference", "stated_on",
					       NULL };
	static const char *const notes[] = { "entry",  "kind",  "text", "document", "document_date",
					     "sha256", "owner", "name", "email",    "phone",
					     "url",    "hours", NULL };
	const char *kind = json_text(json_get(item, "kind")), *op = json_text(json_get(item, "op")), *name;
	const struct json *v;
	const char *const *known = members;

	kind = kind ? kind : "";
	if (op && strcmp(op, "state") != 0) {
		known = op_members;
		*ret_what = op;
		if (!strcmp(kind, "floor") || !strcmp(kind, "block"))
			return false;
	} else {
		*ret_what = kind;
		if (!strcmp(kind, "excerpt") || !strcmp(kind, "contact"))
			known = notes;
		else if (!strcmp(kind, "block") || !*kind)
			return false;
	}
	if (!json_text(json_get(item, "entry")))
		return false;
	for (size_t i = 0; (name = json_member(item, i, &v)); i++)
		if (!among(name, known))
			return false;
	return true;
}

bool revise_fill(struct form *f, const struct json *it)
{
	const struct json *items = json_get(it, "items"), *item = json_at(items, 0), *v, *bases;
	const char *what, *name;

	if (json_len(items) != 1 || !is_asked_for(item, &what))
		return false;
	set_frame(f, it);
	form_set(f, "what", what);
	bases = json_get(item, "bases");
	for (size_t i = 0; i < json_len(bases); i++)
		form_set(f, "bases", json_text(json_at(bases, i)));
	for (size_t i = 0; (name = json_member(item, i, &v)); i++)
		if (!strcmp(name, "name"))
			form_set(f, "contact_name", json_text(v));
		else if (strcmp(name, "bases") && strcmp(name, "kind") && strcmp(name, "op"))
			form_set(f, name, json_text(v));
	return true;
}

int revise_send(struct req *rq, int64_t id, const char *version, const struct str *body, struct err *e)
{
	int64_t seen;
	struct edit x;
	int tries = 0;

	if (parse_i64(version, 1, INT64_MAX, &seen, e))
		return err_wrap(e, "the version");
	do {
		e->code = OK;
		if (req_edit(rq, true, NULL, &x, e))
			return e->code;
	} while (proposal_change(&x, id, seen, str_c(body), body->len, e) &&
		 req_again(rq, x.snap->revision, &tries, e));
	return e->code;
}

/* ---- several items ---- */

static void offer_items(struct form *f, const struct json *it)
{
	const struct json *items = json_get(it, "items");

	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *item = json_at(items, i), *bases = json_get(item, "bases");
		const char *about = json_text(json_get(item, "entry")),
			   *kind = json_text(json_get(item, "kind")), *op = json_text(json_get(item, "op"));
		STR(text, ITEM_LABEL_MAX);
		char number[24];

		about = about ? about : json_text(json_get(item, "manufacturer"));
		str_addf(&text, "%s: ", about ? about : "");
		if (op && strcmp(op, "state") != 0)
			str_addf(&text, "%s ", op);
		str_add(&text, kind ? kind : "path");
		for (size_t k = 0; k < json_len(bases) && text.len < ITEM_LABEL_MAX - 60; k++)
			str_addf(&text, "%s%s", k ? ", " : " ", json_text(json_at(bases, k)));
		snprintf(number, sizeof number, "%zu", i + 1);
		form_option(f, "drop", number, str_c(&text), NULL);
	}
}

/* The proposal without the items that were ticked. */
static void body_of(const struct form *f, const struct json *it, struct str *out)
{
	const struct json *items = json_get(it, "items");
	struct jw w = jw_start(out);

	jw_obj(&w);
	for (const char *const *p = frame; *p; p++)
		if (*form_value(f, *p))
			jw_kstr(&w, *p, form_value(f, *p));
	jw_key(&w, "items");
	jw_arr(&w);
	for (size_t i = 0; i < json_len(items); i++) {
		STR(text, PROPOSAL_BODY_MAX);
		char number[24];

		snprintf(number, sizeof number, "%zu", i + 1);
		if (form_has(f, "drop", number))
			continue;
		json_print(json_at(items, i), &text, false);
		jw_raw(&w, str_c(&text), text.len);
	}
	jw_arr_end(&w);
	jw_end(&w);
}

static int show(struct req *rq, struct resp *rs, struct form *f, int64_t id, const struct json *it,
		struct err *e)
{
	static const struct crumb crumbs[] = { { "/proposals", "Proposals" }, { NULL, NULL } };
	struct page_head head = { .section = "proposals", .crumbs = crumbs, .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };
	char title[64];

	snprintf(title, sizeof title, "Change proposal %" PRId64, id);
	head.title = title;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	jw_kint(&p.w, "proposal", id);
	revise_why_json(&p, it);
	return page_end(&p, "revise", NULL, e);
}

void revise_why_json(struct page *p, const struct json *it)
{
	const struct json *ended = it ? json_get(it, "ended") : NULL;
	STR(text, PROPOSAL_ANSWER_MAX);

	jw_key(&p->w, "ended");
	if (!it || json_kind(ended) != JSON_OBJECT) {
		jw_null(&p->w);
		return;
	}
	json_print(ended, &text, false);
	jw_raw(&p->w, str_c(&text), text.len);
}

int page_revise_items(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields };
	OWN(json_free) struct json *it = NULL;
	struct edit x;
	int64_t id;

	form_start(&f, rq);
	f.once = true;
	if (revise_load(rq, &x, &id, &it, e))
		return e->code;
	offer_items(&f, it);
	set_frame(&f, it);
	return show(rq, rs, &f, id, it, e);
}

int page_revise_items_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	OWN(json_free) struct json *it = NULL;
	STR(body, PROPOSAL_BODY_MAX);
	struct err bad = { .code = OK };
	const char *slash, *field;
	char href[64];
	struct edit x;
	bool again;
	int64_t id;

	form_start(&f, rq);
	if (revise_load(rq, &x, &id, &it, e))
		return e->code;
	offer_items(&f, it);
	if (form_read(&f, e) || (form_ok(&f) && (form_once(&f, rs, &again, e) || again)))
		return e->code;
	if (form_count(&f, "drop") == json_len(json_get(it, "items")))
		form_error(&f, "drop", "Leave at least one item, or withdraw the proposal");
	body_of(&f, it, &body);
	if (form_ok(&f) && !revise_send(rq, id, form_value(&f, "version"), &body, &bad)) {
		snprintf(href, sizeof href, "/proposals/%" PRId64 "?done=sent", id);
		form_made(&f, rs, href);
		return OK;
	}
	if (bad.code) {
		if (!edit_said(&bad) || bad.code == ERR_STALE || bad.code == ERR_PROPOSAL_STATE) {
			*e = bad;
			return e->code;
		}
		slash = strrchr(bad.where, '/');
		field = slash ? slash + 1 : bad.where;
		form_error(&f, form_find(&f, field) == FORM_NO_FIELD ? "drop" : field, "%s", bad.msg);
	}
	return show(rq, rs, &f, id, it, e);
}
