/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security lane: one person blocks an entry or steps to it at once, a second one confirms or lifts it
 * within 24 hours, and the clock is on the screen. The risk desk lists what waits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/restricted.h"
#include "web/edit.h"

#define PER_PAGE 50

/* clang-format off */
static const struct form_field fields[] = {
	{ .name = "go", .kind = FORM_BUTTON },
	{ .name = "entry", .label = "Entry to block", .hint = "The Entry ID of the firmware that must not be installed.", .missing = "Write the entry", .width = 20, .code = true },
	{ .name = "bases", .label = "Only when coming from (optional)", .hint = "Entry IDs with blanks between. Empty: the entry is blocked for everybody.", .max = 2000, .code = true },
	{ .name = "name", .label = "Name of the block", .hint = "A short name that people can cite.", .missing = "Write a name", .width = 20 },
	{ .name = "message", .kind = FORM_AREA, .label = "What everybody is told", .hint = "It is shown at once with every path. Nothing that is secret.", .missing = "Write what everybody is told", .max = 1000, .rows = 3 },
	{ .name = "link", .label = "Link or reference (optional)", .max = 500 },
	{ .name = "protects", .label = "Whom it protects (optional)", .hint = "For example: consumers with prepayment." },
	{ .name = "reason", .kind = FORM_AREA, .label = "Why at once, before a second person has looked?", .hint = "This stays in the record; the second person reads it.", .missing = "Write the reason", .max = PROPOSAL_REASON_MAX, .rows = 3 },
	{ .name = NULL },
};
static const struct form_field second[] = {
	{ .name = "reason", .kind = FORM_AREA, .label = "Your reason", .missing = "Write your reason", .max = PROPOSAL_REASON_MAX, .rows = 3 },
	{ .name = NULL },
};
static const char *const verbs[] = { "ratify", "lift", NULL };
static const struct crumb crumbs[] = { { "/risk", "Risk desk" }, { NULL, NULL } };
/* clang-format on */

static void body_of(const struct form *f, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	for (size_t i = 1; fields[i].name; i++)
		if (*form_value(f, fields[i].name))
			jw_kstr(&w, fields[i].name, form_value(f, fields[i].name));
	jw_end(&w);
}

/* The block as a what-if, so that whoever blocks sees whom it hits. */
static void whatif_of(const struct form *f, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_key(&w, "items");
	jw_arr(&w);
	jw_obj(&w);
	jw_kstr(&w, "entry", form_value(f, "entry"));
	jw_kstr(&w, "kind", "block");
	jw_kstr(&w, "bases", form_value(f, "bases"));
	jw_kstr(&w, "name", form_value(f, "name"));
	jw_kstr(&w, "excerpt", form_value(f, "message"));
	jw_kstr(&w, "reference", form_value(f, "link"));
	jw_kstr(&w, "protects", form_value(f, "protects"));
	jw_end(&w);
	jw_arr_end(&w);
	jw_end(&w);
}

static void say(struct form *f, const struct err *e)
{
	const char *slash = strrchr(e->where, '/'), *field = slash ? slash + 1 : e->where;

	form_error(f, form_find(f, field) == FORM_NO_FIELD ? "entry" : field, "%s", e->msg);
}

/* checked: the answers and what they would do, before the button that does it. */
static int show_new(struct req *rq, struct resp *rs, struct form *f, const struct str *impact, bool checked,
		    struct err *e)
{
	struct page_head head = { .section = "work", .title = "Block a path at once", .crumbs = crumbs };
	OWN(page_done) struct page p = { 0 };

	checked = checked && form_ok(f);
	head.error = !form_ok(f);
	f->shown = checked ? "" : NULL;
	form_clear(f, "go");
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	jw_kbool(&p.w, "checked", checked);
	put_impact(&p, checked ? impact : NULL);
	return page_end(&p, "block-new", NULL, e);
}

int page_block_new(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };

	form_start(&f, rq);
	form_set(&f, "entry", req_query(rq, "entry"));
	form_set(&f, "bases", req_query(rq, "from"));
	return show_new(rq, rs, &f, NULL, false, e);
}

static int block_now(struct req *rq, const struct form *f, int64_t *ret_id, struct err *e)
{
	int64_t revision;
	int tries = 0;
	STR(body, 64 * KIB);
	struct edit x;

	body_of(f, &body);
	do {
		if (req_edit(rq, true, NULL, &x, e))
			return e->code;
		e->code = OK;
	} while (block_add(&x, str_c(&body), body.len, ret_id, &revision, e) &&
		 req_again(rq, x.snap->revision, &tries, e));
	return e->code;
}

int page_block_new_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	STR(impact, PROPOSAL_ANSWER_MAX);
	STR(body, 64 * KIB);
	struct err bad = { .code = OK };
	struct edit x;
	bool again;
	int64_t id;
	char href[64];

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!strcmp(form_value(&f, "go"), "change") || !form_ok(&f))
		return show_new(rq, rs, &f, NULL, false, e);
	if (!strcmp(form_value(&f, "go"), "block")) {
		if (form_once(&f, rs, &again, e) || again)
			return e->code;
		if (!block_now(rq, &f, &id, &bad)) {
			req_catalogue_changed(rq);
			snprintf(href, sizeof href, "/blocks/%" PRId64 "?done=block", id);
			form_made(&f, rs, href);
			return OK;
		}
	} else {
		whatif_of(&f, &body);
		if (req_impact_enter(rq, NULL, e))
			return e->code;
		(void)!(req_edit(rq, false, NULL, &x, &bad) ||
			whatif_json(&x, str_c(&body), body.len, &impact, &bad));
		req_impact_leave(rq);
	}
	if (bad.code && !edit_said(&bad) && bad.code != ERR_NOT_FOUND) {
		*e = bad;
		return e->code;
	}
	if (bad.code)
		say(&f, &bad);
	return show_new(rq, rs, &f, &impact, true, e);
}

static int show(struct req *rq, struct resp *rs, struct form *f, int64_t id, struct err *e)
{
	struct page_head head = { .section = "work", .crumbs = crumbs, .error = !form_ok(f) };
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	OWN(json_free) struct json *it = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(text, PROPOSAL_ANSWER_MAX);
	struct edit x;
	char title[80];

	if (req_edit(rq, false, NULL, &x, e) || block_json(&x, id, &text, e) ||
	    json_parse(str_c(&text), text.len, &it, e))
		return e->code;
	snprintf(title, sizeof title, "Block %" PRId64, id);
	head.title = title;
	page_begin(&p, rq, rs, x.snap, &head);
	form_json(f, &p);
	page_banner(&p, true,
		    !done ? NULL
		    : !strcmp(done, "block")
			? "It is blocked now. A second person must confirm it within 24 hours."
		    : !strcmp(done, "lift") ? "The block was lifted."
					    : "The block was confirmed.",
		    NULL, NULL);
	page_raw(&p, "it", &text);
	put_flags(&p.w, "can", json_get(it, "may"), verbs);
	jw_kint(&p.w, "left_s", json_int(json_get(json_get(it, "second"), "seconds_left"), 0));
	jw_kbool(&p.w, "decide", json_len(json_get(it, "may")) > 0);
	return page_end(&p, "block", NULL, e);
}

int page_block(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = second };
	int64_t id;

	form_start(&f, rq);
	return req_number(rq, "block", &id, e) ? (int)e->code : show(rq, rs, &f, id, e);
}

int page_block_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = second };
	bool ratify = !strcmp(rq->arg[1], "ratify");
	struct err bad = { .code = OK };
	int64_t id, revision;
	int tries = 0;
	struct edit x;
	char href[80];

	form_start(&f, rq);
	if (!ratify && strcmp(rq->arg[1], "lift") != 0)
		return err_set(e, ERR_NOT_FOUND, "nothing can be done to a block by '%.40s'", rq->arg[1]);
	if (req_number(rq, "block", &id, e) || form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show(rq, rs, &f, id, e);
	do {
		if (req_edit(rq, true, NULL, &x, e))
			return e->code;
		bad.code = OK;
	} while (block_decide(&x, id, ratify, form_value(&f, "reason"), &revision, &bad) &&
		 req_again(rq, x.snap->revision, &tries, &bad));
	if (!bad.code) {
		req_catalogue_changed(rq);
		snprintf(href, sizeof href, "/blocks/%" PRId64 "?done=%s", id, rq->arg[1]);
		resp_redirect(rs, href);
		return OK;
	}
	if (!edit_said(&bad)) {
		*e = bad;
		return e->code;
	}
	form_error_of(&f, "reason", &bad);
	rs->status = err_info(bad.code)->http;
	return show(rq, rs, &f, id, e);
}

static void put_block(struct jw *w, const struct json *b)
{
	STR(text, PROPOSAL_ANSWER_MAX);

	jw_obj(w);
	jw_key(w, "it");
	json_print(b, &text, false);
	jw_raw(w, str_c(&text), text.len);
	jw_kint(w, "left_s", json_int(json_get(json_get(b, "second"), "seconds_left"), 0));
	jw_end(w);
}

/* "notes": those of the SSC register, for the SSC; null for others, and where there is no register. The look
 * is recorded there. */
static int put_notes(struct req *rq, struct page *p, struct err *e)
{
	const char *dsn = conf_text(rq->app->conf, "restricted_db");
	OWN(db_close) struct db *db = NULL;
	struct actor who = req_actor(rq);
	STR(notes, PAGE_JSON_MAX);
	int64_t next;

	who.why = "risk desk";
	if (!may(&rq->who, ROLE_SSC) || !*dsn) {
		jw_key(&p->w, "restricted");
		jw_null(&p->w);
		return OK;
	}
	if (restricted_open(dsn, &db, e) || note_list(db, NULL, 0, PER_PAGE, &who, &notes, &next, e))
		return e->code;
	page_raw(p, "restricted", &notes);
	return OK;
}

int page_risk(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "work", .title = "Risk desk" };
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(list, PROPOSAL_ANSWER_MAX);
	const struct json *rows;
	int64_t before, next;
	char href[64];
	struct edit x;

	if (req_query_int(rq, "before", 1, INT64_MAX, 0, &before, e) || req_edit(rq, false, NULL, &x, e) ||
	    block_list_json(&x, NULL, before, PER_PAGE, &list, &next, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	page_begin(&p, rq, rs, x.snap, &head);
	rows = json_get(j, "blocks");
	jw_key(&p.w, "blocks");
	jw_arr(&p.w);
	for (size_t i = 0; i < json_len(rows); i++) {
		bool stands = strcmp(json_text(json_get(json_at(rows, i), "state")), "lifted") != 0;
		int64_t n = 0;

		if (stands && block_devices(&x, json_at(rows, i), &n, e))
			return e->code;
		jw_obj(&p.w);
		jw_key(&p.w, "row");
		put_block(&p.w, json_at(rows, i));
		jw_kbool(&p.w, "stands", stands);
		jw_kint(&p.w, "devices", n);
		jw_end(&p.w);
	}
	jw_arr_end(&p.w);
	if (put_notes(rq, &p, e))
		return e->code;
	jw_kint(&p.w, "waiting", json_int(json_get(j, "waiting"), 0));
	jw_kint(&p.w, "overdue", json_int(json_get(j, "overdue"), 0));
	jw_kbool(&p.w, "may_block", page_may(rq, "/blocks/new") && rq->who.account_id > 0);
	jw_kbool(&p.w, "register", page_may(rq, "/ssc"));
	snprintf(href, sizeof href, "/risk?before=%" PRId64, next);
	page_links(&p, before ? "/risk" : NULL, next ? href : NULL);
	return page_end(&p, "risk", NULL, e);
}
