/* SPDX-License-Identifier: Apache-2.0 */
/* Service levels, the maker's workspace, and exports with their tick. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/callout.h"
#include "core/dossier.h"
#include "core/export.h"
#include "core/proposal.h"
#include "core/service_level.h"
#include "web/form.h"
#include "web/page.h"

#define CONFIRM_SHOWN 100 /* ticks of one form */
#define SHOWN 20          /* rows of the other lists */

int page_service_levels(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Service levels" };
	OWN(page_done) struct page p = { 0 };
	STR(levels, 64 * KIB);
	struct db *db;

	if (req_db(rq, &db, e) ||
	    service_levels_json(db, catalog_current(rq->view), rq->now - rq->now % 60000, &levels, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "levels", &levels);
	return page_end(&p, "service-levels", NULL, e);
}

/* ---- exports ---- */

static const struct form_option export_options[] = {
	{ "fir", "Firmware Information Repository",
	  "One row per entry with its upgrade path, how fresh it is, and whom to ask" },
	{ "statements", "Path statements", "In the columns of a statements file" },
	{ "cpl", "Central Products List", "As it was published" },
	{ NULL, NULL, NULL },
};
static const struct form_option tick_options[] = {
	{ "read", "I have read that this does not replace the manufacturer's release notes", NULL },
	{ NULL, NULL, NULL },
};
static const struct form_field export_fields[] = {
	{ .name = "export",
	  .kind = FORM_RADIOS,
	  .label = "What do you need?",
	  .missing = "Choose what you need",
	  .options = export_options },
	{ .name = "at",
	  .kind = FORM_INPUT,
	  .label = "As at (optional)",
	  .hint = "A date such as 2026-11-20: the repository as it stood then.",
	  .width = 20 },
	{ .name = "notice",
	  .kind = FORM_CHECKS,
	  .label = "Before you take it",
	  .missing = "Tick the box when you have read it",
	  .options = tick_options },
	{ .name = NULL },
};

int page_exports(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Take the repository with you" };
	OWN(form_done) struct form f = { .fields = export_fields };
	OWN(page_done) struct page p = { 0 };
	STR(href, KIB);
	int64_t at;

	form_start(&f, rq);
	if (form_posted(rq) && form_read(&f, e))
		return e->code;
	if (form_posted(rq) && form_ok(&f) && *form_value(&f, "at") &&
	    lookup_moment(form_value(&f, "at"), &at, e))
		form_error_of(&f, "at", e);
	if (form_posted(rq) && form_ok(&f)) {
		str_addf(&href, "/v1/export/%s", form_value(&f, "export"));
		link_query(&href, "at", form_value_or_null(&f, "at"));
		link_query(&href, "notice", "read");
		resp_redirect(rs, str_c(&href));
		return OK;
	}
	head.error = !form_ok(&f);
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(&f, &p);
	return page_end(&p, "exports", NULL, e);
}

/* ---- the maker's workspace ---- */

static const struct form_field confirm_fields[] = {
	{ .name = "entry",
	  .kind = FORM_CHECKS,
	  .label = "Which of these are still true?",
	  .hint = "What you tick becomes one proposal that SECAS approves. What has changed: propose a "
		  "change instead.",
	  .missing = "Tick at least one",
	  .max = 200 },
	{ .name = "reason",
	  .kind = FORM_INPUT,
	  .label = "How do you know?",
	  .hint = "For example: checked against release notes 4.2.",
	  .missing = "Say how you know" },
	{ .name = NULL },
};

/* One tick: the entry, what is stated, and how late it is. */
static void offer_one(struct form *f, const struct json *c)
{
	const struct json *entry = json_get(c, "entry"), *st = json_get(c, "statement");
	const struct json *bases = json_get(st, "bases");
	STR(text, 2 * KIB);
	STR(hint, KIB);

	str_addf(&text, "Entry %s, firmware %s: %s", json_text(json_get(entry, "entry")),
		 json_text(json_get(entry, "version")), json_text(json_get(st, "kind")));
	for (size_t i = 0; i < json_len(bases) && i < SHOWN; i++)
		str_addf(&text, " %s", json_text(json_at(bases, i)));
	if (json_len(bases) > SHOWN)
		str_add(&text, " ...");
	str_addf(&hint, "%s%s%s", json_text(json_get(st, "freshness")),
		 json_text(json_get(st, "due")) ? ", due " : "",
		 json_text(json_get(st, "due")) ? json_text(json_get(st, "due")) : "");
	form_option(f, "entry", json_text(json_get(entry, "entry")), str_c(&text), str_c(&hint));
}

static int offer_due(struct req *rq, struct form *f, const struct snapshot *s, size_t *ret_n, bool *ret_more,
		     struct err *e)
{
	struct confirmation_filter due = {
		.state = "due", .owner = &rq->who, .after_node = NODE_NONE, .limit = CONFIRM_SHOWN
	};
	OWN(json_free) struct json *j = NULL;
	const struct json *list;
	STR(json, 2 * MIB);
	struct jw w = jw_start(&json);
	uint32_t more;

	jw_obj(&w);
	if (confirmations_json(s, &due, rq->now, &w, &more, e))
		return e->code;
	jw_end(&w);
	if (json_parse(str_c(&json), json.len, &j, e))
		return e->code;
	list = json_get(j, "confirmations");
	*ret_n = json_len(list);
	*ret_more = more != NODE_NONE;
	for (size_t i = 0; i < *ret_n; i++)
		offer_one(f, json_at(list, i));
	return OK;
}

/* The ticked ones become a proposal. */
static int confirm(struct req *rq, const struct form *f, int64_t *ret_id, struct err *e)
{
	size_t n = form_count(f, "entry");
	STR(json, 256 * KIB);
	struct jw w = jw_start(&json);
	struct edit x = { .who = &rq->who, .now = rq->now };
	int64_t revision;
	char title[80];
	int tries = 0;

	snprintf(title, sizeof title, "Confirmation of %zu %s", n, n == 1 ? "path" : "paths");
	jw_obj(&w);
	jw_kstr(&w, "title", title);
	jw_kstr(&w, "reason", form_value(f, "reason"));
	jw_key(&w, "items");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(&w);
		jw_kstr(&w, "op", "confirm");
		jw_kstr(&w, "entry", form_item(f, "entry", i));
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	do {
		e->code = OK;
		if (req_newest(rq, &x.snap, e) || req_db_write(rq, &x.db, e))
			return e->code;
		revision = x.snap->revision;
	} while (proposal_add(&x, str_c(&json), json.len, ret_id, e) && req_again(rq, revision, &tries, e));
	return (int)e->code;
}

/* The contact of each manufacturer code of the organisation; null where none is named. */
static void put_contacts(struct page *p, const struct principal *who)
{
	const char *s = who->codes;
	char code[8];

	jw_key(&p->w, "codes");
	jw_arr(&p->w);
	while (*s) {
		size_t n = strcspn(s, " ");

		str_copyn(code, sizeof code, s, n);
		jw_obj(&p->w);
		jw_kstr(&p->w, "code", code);
		jw_key(&p->w, "contact");
		contact_json(dossier_contact_of_code(p->snap->dossier, code), &p->w);
		jw_end(&p->w);
		s += n + strspn(s + n, " ");
	}
	jw_arr_end(&p->w);
}

static int put_lists(struct page *p, struct db *db, struct err *e)
{
	struct edit edit = { .db = db, .snap = p->snap, .who = &p->rq->who, .now = p->rq->now };
	struct callout_desk desk = { .db = db, .snap = p->snap, .who = &p->rq->who, .now = p->rq->now };
	struct proposal_filter own = { .mine = true, .limit = SHOWN };
	struct callout_filter todo = { .todo = true, .limit = SHOWN };
	STR(callouts, MIB);
	STR(proposals, MIB);
	int64_t next;

	if (callout_list_json(&desk, &todo, &callouts, e) ||
	    proposal_list_json(&edit, &own, &proposals, &next, e))
		return e->code;
	page_raw(p, "todo", &callouts);
	page_raw(p, "own", &proposals);
	return OK;
}

int page_workspace(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "work", .title = "Maker workspace" };
	const struct snapshot *s = catalog_current(rq->view);
	OWN(form_done) struct form f = { .fields = confirm_fields };
	OWN(page_done) struct page p = { 0 };
	char href[64];
	struct db *db;
	bool more = false;
	int64_t id;
	size_t n = 0;

	form_start(&f, rq);
	if (offer_due(rq, &f, s, &n, &more, e) || (form_posted(rq) && form_read(&f, e)))
		return e->code;
	if (form_posted(rq) && form_ok(&f)) {
		if (!confirm(rq, &f, &id, e)) {
			snprintf(href, sizeof href,
				 page_may(rq, "/proposals/{}") ? "/proposals/%" PRId64
							       : "/workspace?done=%" PRId64,
				 id);
			resp_redirect(rs, href);
			return OK;
		}
		if (e->code != ERR_IMPORT && e->code != ERR_INVALID && e->code != ERR_NEEDS_ACCOUNT)
			return e->code;
		form_error_of(&f, "entry", e);
	}
	if (req_db(rq, &db, e))
		return e->code;
	head.error = !form_ok(&f);
	page_begin(&p, rq, rs, s, &head);
	jw_kint(&p.w, "due", (int64_t)n);
	jw_kbool(&p.w, "more", more);
	jw_kint(&p.w, "days", dossier_confirm_days(s->dossier));
	jw_kbool(&p.w, "proposals", page_may(rq, "/proposals/{}"));
	jw_kbool(&p.w, "propose", page_may(rq, "/proposals/new"));
	put_contacts(&p, &rq->who);
	if (put_lists(&p, db, e))
		return e->code;
	page_banner(&p, true, req_query(rq, "done") ? "Your confirmation waits for approval." : NULL, NULL,
		    NULL);
	form_json(&f, &p);
	return page_end(&p, "workspace", NULL, e);
}
