/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of proposals, and one of them with what it does and what whoever asks may decide. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "web/edit.h"

#define PER_PAGE 50

static const char *const verbs[] = { "approve", "return", "reject", "withdraw", "change", NULL };

/* One member after the other, as it is. */
static void copy_members(struct jw *w, const struct json *obj)
{
	const struct json *v;
	const char *name;

	for (size_t i = 0; (name = json_member(obj, i, &v)); i++) {
		STR(text, PROPOSAL_ANSWER_MAX);

		jw_key(w, name);
		if (json_kind(v) == JSON_NULL) {
			jw_null(w);
			continue;
		}
		json_print(v, &text, false);
		jw_raw(w, str_c(&text), text.len);
	}
}

/* What the page needs beside the answer of the interface: whose it is, how long it waits, what may be done.
 */
static void put_more(struct jw *w, const struct json *it, int64_t now)
{
	const char *since = json_text(json_get(it, "waiting_since")),
		   *state = json_text(json_get(it, "state"));
	bool waits = !strcmp(state, "open") || !strcmp(state, "approved");
	int64_t at = now;
	struct err e;

	if (waits && since && parse_time(since, &at, &e))
		at = now;
	jw_kint(w, "waits_s", waits && now > at ? (now - at) / 1000 : 0);
	jw_kbool(w, "mine", json_bool(json_get(json_get(it, "author"), "me"), false));
	put_flags(w, "can", json_get(it, "may"), verbs);
}

static void put_filters(struct page *p, const char *state, bool mine)
{
	static const struct {
		const char *href, *text, *state;
		bool mine;
	} filters[] = {
		{ "/proposals", "All", NULL, false },
		{ "/proposals?state=waiting", "Waiting", "waiting", false },
		{ "/proposals?mine=yes", "Yours", NULL, true },
		{ "/proposals?state=published", "Published", "published", false },
		{ "/proposals?state=returned", "Returned", "returned", false },
		{ "/proposals?state=rejected", "Rejected", "rejected", false },
	};
	struct jw *w = &p->w;

	jw_key(w, "filters");
	jw_arr(w);
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		jw_obj(w);
		jw_kstr(w, "href", filters[i].href);
		jw_kstr(w, "text", filters[i].text);
		jw_kbool(w, "current",
			 mine == filters[i].mine && !state == !filters[i].state &&
			     (!state || !strcmp(state, filters[i].state)));
		jw_end(w);
	}
	jw_arr_end(w);
}

int page_proposals(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "proposals", .title = "Proposals" };
	struct proposal_filter f = { .state = req_query(rq, "state"), .limit = PER_PAGE };
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(list, PROPOSAL_ANSWER_MAX);
	STR(href, 256);
	const struct json *rows;
	struct edit x;
	int64_t next;
	char before[24];

	if (req_query_bool(rq, "mine", false, &f.mine, e) ||
	    req_query_int(rq, "before", 1, INT64_MAX, 0, &f.before, e) || req_edit(rq, false, NULL, &x, e) ||
	    proposal_list_json(&x, &f, &list, &next, e) || json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	page_begin(&p, rq, rs, x.snap, &head);
	page_banner(&p, true, NULL, NULL, NULL);
	jw_kbool(&p.w, "may_propose", may(&rq->who, ROLES_PROPOSE) && rq->who.account_id > 0);
	put_filters(&p, f.state, f.mine);
	jw_key(&p.w, "queue");
	jw_obj(&p.w);
	jw_key(&p.w, "proposals");
	jw_arr(&p.w);
	rows = json_get(j, "proposals");
	for (size_t i = 0; i < json_len(rows); i++) {
		jw_obj(&p.w);
		copy_members(&p.w, json_at(rows, i));
		put_more(&p.w, json_at(rows, i), rq->now);
		jw_end(&p.w);
	}
	jw_arr_end(&p.w);
	jw_end(&p.w);
	str_add(&href, "/proposals");
	link_query(&href, "state", f.state);
	link_query(&href, "mine", f.mine ? "yes" : NULL);
	snprintf(before, sizeof before, "%" PRId64, next);
	link_query(&href, "before", before);
	page_links(&p, f.before ? "/proposals" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "proposals", NULL, e);
}

/* ---- one proposal ---- */

static const struct form_field fields[] = {
	{ .name = "hash", .kind = FORM_HIDDEN },
	{ .name = "version", .kind = FORM_HIDDEN },
	{ .name = "reason",
	  .kind = FORM_AREA,
	  .label = "Your reason",
	  .hint = "Needed to return, reject or withdraw. It stays in the record.",
	  .max = PROPOSAL_REASON_MAX,
	  .rows = 3 },
	{ .name = NULL },
};

static void put_decide(struct page *p, const struct json *it)
{
	const struct json *list = json_get(it, "may");
	bool any = false;

	jw_key(&p->w, "decide");
	jw_obj(&p->w);
	for (const char *const *v = verbs; *v; v++) {
		bool has = false;

		for (size_t i = 0; i < json_len(list); i++)
			has |= !strcmp(json_text(json_at(list, i)), *v);
		jw_kbool(&p->w, *v, has);
		any |= has && strcmp(*v, "change");
	}
	jw_kbool(&p->w, "any", any);
	jw_end(&p->w);
}

static void put_done(struct page *p, const char *done)
{
	static const struct {
		const char *what, *text;
	} texts[] = {
		{ "sent", "The proposal was sent. Somebody else decides about it." },
		{ "approve", "You approved it." },
		{ "return", "It was returned to its author." },
		{ "reject", "You rejected it." },
		{ "withdraw", "It was withdrawn." },
	};
	const char *text = NULL;

	for (size_t i = 0; done && i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(texts[i].what, done))
			text = texts[i].text;
	page_banner(p, true, text, NULL, NULL);
}

static bool is_ended(const struct json *it)
{
	const char *state = json_text(json_get(it, "state"));

	return !strcmp(state, "published") || !strcmp(state, "withdrawn") || !strcmp(state, "rejected");
}

static int show(struct req *rq, struct resp *rs, struct form *f, int64_t id, struct err *e)
{
	static const struct crumb crumbs[] = { { "/proposals", "Proposals" }, { NULL, NULL } };
	struct page_head head = { .section = "proposals", .crumbs = crumbs, .error = !form_ok(f) };
	OWN(json_free) struct json *it = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(text, PROPOSAL_ANSWER_MAX);
	STR(impact, PROPOSAL_ANSWER_MAX);
	struct err bad = { .code = OK };
	char title[PROPOSAL_TITLE_MAX + 40], version[24];
	struct edit x;

	if (req_edit(rq, false, NULL, &x, e) || proposal_json(&x, id, &text, e) ||
	    json_parse(str_c(&text), text.len, &it, e))
		return e->code;
	if (!is_ended(it) && !req_impact_enter(rq, NULL, &bad)) {
		if (proposal_impact_json(&x, id, &impact, &bad))
			str_clear(&impact);
		req_impact_leave(rq);
	}
	snprintf(version, sizeof version, "%" PRId64, json_int(json_get(it, "version"), 0));
	if (!form_posted(rq)) {
		form_set(f, "hash", json_text(json_get(it, "hash")));
		form_set(f, "version", version);
	}
	snprintf(title, sizeof title, "Proposal %" PRId64 ": %s", id, json_text(json_get(it, "title")));
	head.title = title;
	page_begin(&p, rq, rs, x.snap, &head);
	form_json(f, &p);
	put_done(&p, form_posted(rq) ? NULL : req_query(rq, "done"));
	jw_key(&p.w, "it");
	jw_obj(&p.w);
	copy_members(&p.w, it);
	put_more(&p.w, it, rq->now);
	jw_end(&p.w);
	put_decide(&p, it);
	put_impact(&p, &impact);
	jw_kstr(&p.w, "impact_error", bad.code ? bad.msg : NULL);
	return page_end(&p, "proposal", NULL, e);
}

int page_proposal(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields };
	int64_t id;

	form_start(&f, rq);
	return req_number(rq, "proposal", &id, e) ? (int)e->code : show(rq, rs, &f, id, e);
}

static int decide(struct req *rq, const struct edit *x, int64_t id, const struct form *f, int verb,
		  struct err *e)
{
	const char *reason = form_value(f, "reason");
	int64_t version, revision;

	(void)rq;
	if (parse_i64(form_value(f, "version"), 1, INT64_MAX, &version, e))
		return err_wrap(e, "the version");
	if (!verb)
		return proposal_approve(x, id, version, form_value(f, "hash"), reason, &revision, e);
	return proposal_end(x, id, version,
			    verb == 1   ? PROPOSAL_END_RETURN
			    : verb == 2 ? PROPOSAL_END_REJECT
					: PROPOSAL_END_WITHDRAW,
			    reason, e);
}

int page_proposal_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields };
	int verb = 0, tries = 0;
	struct edit x;
	struct err bad = { .code = OK };
	char href[80];
	int64_t id;

	form_start(&f, rq);
	while (verb < 4 && strcmp(verbs[verb], rq->arg[1]) != 0)
		verb++;
	if (verb == 4)
		return err_set(e, ERR_NOT_FOUND, "nothing can be done to a proposal by '%.40s'", rq->arg[1]);
	if (req_number(rq, "proposal", &id, e) || form_read(&f, e))
		return e->code;
	if (verb && !*form_value(&f, "reason"))
		form_error(&f, "reason", "Write your reason");
	if (form_ok(&f)) {
		do {
			if (req_edit(rq, true, NULL, &x, e))
				return e->code;
			bad.code = OK; /* of the try before */
		} while (decide(rq, &x, id, &f, verb, &bad) && req_again(rq, x.snap->revision, &tries, &bad));
		if (!bad.code) {
			req_catalogue_changed(rq);
			snprintf(href, sizeof href, "/proposals/%" PRId64 "?done=%s", id, verbs[verb]);
			resp_redirect(rs, href);
			return OK;
		}
		if (!edit_said(&bad)) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "reason", &bad);
		rs->status = err_info(bad.code)->http;
	}
	return show(rq, rs, &f, id, e);
}
