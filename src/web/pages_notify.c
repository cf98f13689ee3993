/* SPDX-License-Identifier: Apache-2.0 */
/* Being told: webhooks with their delivery logs, and what I follow. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/events.h"
#include "core/watch.h"
#include "core/webhook.h"
#include "orch/clerk.h"
#include "web/form.h"

#define LOG_ROWS 50

static const struct crumb to_webhooks[] = { { "/webhooks", "Webhooks" }, { NULL, NULL } };

/* clang-format off */
static const struct form_option only_watched[] = {
	{ "yes", "Only changes that touch what I follow", "Your list is on the page Watching." },
	{ NULL, NULL, NULL },
};
static const struct form_field hook_fields[] = {
	{ .name = "url", .label = "Where events go", .hint = "An https address of your own system, at a public network address.",
	  .missing = "Write the address of your system", .max = FETCH_URL_MAX, .code = true },
	{ .name = "label", .label = "What it is for (optional)", .hint = "A name for your own list.", .max = WEBHOOK_LABEL_MAX, .width = 30 },
	{ .name = "types", .kind = FORM_CHECKS, .label = "Which events", .hint = "Tick none to get all that you may see." },
	{ .name = "watch_only", .kind = FORM_CHECKS, .label = "How many of them", .options = only_watched },
	{ .name = "step", .kind = FORM_HIDDEN },
	{ .name = NULL },
};
static const struct form_field do_fields[] = {
	{ .name = "do", .kind = FORM_HIDDEN },
	{ .name = "delivery", .kind = FORM_HIDDEN },
	{ .name = "since", .label = "Send again from", .hint = "A date, for example 2026-11-20. Events keep their webhook-id, so your system can tell them apart.", .width = 10 },
	{ .name = NULL },
};
static const struct form_option kind_options[] = {
	{ "entry", "An entry", "Its Entry ID, for example 000123." },
	{ "model", "A model", "Manufacturer, then model and hardware, for example 118F:00010001." },
	{ "manufacturer", "A manufacturer", "Its code of 4 hex digits." },
	{ "catalogue", "The whole catalogue", "Leave the field below empty." },
	{ NULL, NULL, NULL },
};
static const struct form_field watch_fields[] = {
	{ .name = "kind", .kind = FORM_RADIOS, .label = "What do you want to follow?", .options = kind_options },
	{ .name = "subject", .label = "Which one", .max = WATCH_SUBJECT_MAX - 1, .width = 20, .code = true },
	{ .name = "do", .kind = FORM_HIDDEN },
	{ .name = "id", .kind = FORM_HIDDEN },
	{ .name = NULL },
};
/* What the banner says after a button. */
static const struct { const char *done, *text; } done_texts[] = {
	{ "test", "A test event is on its way. Its answer shows below in a moment." },
	{ "replay", "It is sent again now." },
	{ "paused", "Paused: events wait until you make it active again." },
	{ "active", "Active: events are sent." },
	{ "again", "The form came twice; the webhook was made once. Its secret stood in the first answer only: make a new secret if you have not seen it." },
	{ NULL, NULL },
};
/* clang-format on */

/* ---- the list ---- */

int page_webhooks(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "webhooks", .title = "Webhooks" };
	OWN(page_done) struct page p = { 0 };
	STR(hooks, PAGE_JSON_MAX);
	struct db *db;

	if (req_db(rq, &db, e) || webhooks_json(db, &rq->who, &hooks, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &hooks);
	jw_kbool(&p.w, "may_add", may(&rq->who, ROLES_HOOKS));
	return page_end(&p, "webhooks", NULL, e);
}

/* ---- a new one ---- */

static void offer_types(struct form *f)
{
	for (const struct event_kind *k = event_kinds; k->action; k++)
		if (k->what)
			form_option(f, "types", k->type, k->what, k->type);
}

static void hook_of(const struct form *f, struct webhook_in *in)
{
	STR(types, WEBHOOK_TYPES_MAX);

	for (size_t i = 0; i < form_count(f, "types"); i++)
		str_addf(&types, "%s%s", i ? " " : "", form_item(f, "types", i));
	*in = (struct webhook_in){ .watch_only = form_has(f, "watch_only", "yes") };
	str_copy(in->url, sizeof in->url, form_value(f, "url"));
	str_copy(in->label, sizeof in->label, form_value(f, "label"));
	str_copy(in->types, sizeof in->types, str_c(&types));
}

/* The page that tells the secret, this once. */
static int show_secret(struct req *rq, struct resp *rs, int64_t id, const char *label, const char *secret,
		       bool rotated, struct err *e)
{
	struct page_head head = { .section = "webhooks", .crumbs = to_webhooks };
	OWN(page_done) struct page p = { 0 };

	head.title = rotated ? "The new secret" : "The webhook is made";
	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_kint(&p.w, "id", id);
	jw_kstr(&p.w, "label", label);
	jw_kstr(&p.w, "secret", secret);
	jw_kbool(&p.w, "rotated", rotated);
	return page_end(&p, "webhook-secret", NULL, e);
}

static int make(struct req *rq, struct resp *rs, struct form *f, bool *ret_shown, struct err *e)
{
	struct actor who = req_actor(rq);
	char secret[WEBHOOK_SECRET_TEXT];
	struct webhook_in in;
	struct db *db;
	bool again;
	char href[64];
	int64_t id;
	int rc;

	hook_of(f, &in);
	if (form_once(f, rs, &again, e) || again || req_db_write(rq, &db, e)) {
		*ret_shown = true;
		return e->code;
	}
	if (webhook_add(db, &who, &rq->who, rq->app->rules, &in, secret, &id, e)) {
		if (e->code != ERR_INVALID && e->code != ERR_ADDRESS && e->code != ERR_CONFLICT)
			return e->code;
		form_error_of(f, "url", e);
		e->code = OK;
		return OK;
	}
	*ret_shown = true;
	/* The secret is told once; whoever comes again is led to the webhook. */
	snprintf(href, sizeof href, "/webhooks/%" PRId64 "?done=again", id);
	form_keep(f, href);
	rc = show_secret(rq, rs, id, in.label[0] ? in.label : "it", secret, false, e);
	secret_wipe(secret, sizeof secret);
	return rc;
}

int page_webhook_new(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = hook_fields, .once = true };
	struct page_head head = { .section = "webhooks", .crumbs = to_webhooks };
	OWN(page_done) struct page p = { 0 };
	bool posted = form_posted(rq), shown = false, check;
	struct err bad;

	form_start(&f, rq);
	offer_types(&f);
	if (posted && form_read(&f, e))
		return e->code;
	if (posted && form_ok(&f) && fetch_url_check(rq->app->rules, form_value(&f, "url"), &bad))
		form_error_of(&f, "url", &bad);
	if (posted && form_ok(&f) && !strcmp(form_value(&f, "step"), "make") &&
	    (make(rq, rs, &f, &shown, e) || shown))
		return e->code;
	check = posted && form_ok(&f) && strcmp(form_value(&f, "step"), "back") != 0;
	head.title = check ? "Check your answers" : "Add a webhook";
	head.error = !form_ok(&f);
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(&f, &p);
	return page_end(&p, check ? "webhook-check" : "webhook-new", NULL, e);
}

/* ---- one of them ---- */

static const char *done_text(const char *done)
{
	for (size_t i = 0; done && done_texts[i].done; i++)
		if (!strcmp(done_texts[i].done, done))
			return done_texts[i].text;
	return NULL;
}

static void put_older(struct page *p, int64_t id, const char *state, int64_t next)
{
	char number[24];
	STR(href, KIB);

	snprintf(number, sizeof number, "%" PRId64, next);
	str_addf(&href, "/webhooks/%" PRId64, id);
	link_query(&href, "state", state);
	link_query(&href, "before", number);
	page_links(p, NULL, next ? str_c(&href) : NULL);
}

static int show_one(struct req *rq, struct resp *rs, struct form *f, int64_t id, bool removing, struct err *e)
{
	struct page_head head = { .section = "webhooks", .crumbs = to_webhooks, .error = !form_ok(f) };
	const char *state = form_posted(rq) ? NULL : req_query(rq, "state");
	OWN(page_done) struct page p = { 0 };
	STR(log, PAGE_JSON_MAX);
	int64_t before = 0, next;
	struct db *db;

	if (state && strcmp(state, "due") && strcmp(state, "done") && strcmp(state, "failed"))
		return err_set(e, ERR_INVALID, "state must be due, done or failed, not '%.32s'", state);
	if ((!form_posted(rq) && req_query_int(rq, "before", 0, INT64_MAX, 0, &before, e)) ||
	    req_db(rq, &db, e) ||
	    webhook_deliveries_json(db, id, state ? state : "", before, LOG_ROWS, &log, &next, e))
		return e->code;
	head.title = removing ? "Remove this webhook?" : "Webhook";
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_key(&p.w, "hook");
	jw_obj(&p.w);
	if (webhook_members(db, id, true, &p.w, NULL, e))
		return e->code;
	jw_end(&p.w);
	jw_kbool(&p.w, "may_change", may(&rq->who, ROLES_HOOKS));
	jw_kstr(&p.w, "state", state);
	page_raw(&p, "log", &log);
	page_banner(&p, true, form_posted(rq) ? NULL : done_text(req_query(rq, "done")), NULL, NULL);
	put_older(&p, id, state, next);
	form_json(f, &p);
	return page_end(&p, removing ? "webhook-remove" : "webhook", NULL, e);
}

int page_webhook(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = do_fields };
	struct db *db;
	int64_t id;

	form_start(&f, rq);
	return req_db(rq, &db, e) || webhook_find(db, &rq->who, rq->arg[0], false, &id, e)
		   ? (int)e->code
		   : show_one(rq, rs, &f, id, false, e);
}

static int set_state(struct req *rq, struct db *db, int64_t id, const char *state, struct err *e)
{
	struct actor who = req_actor(rq);
	struct webhook_in in;
	int64_t rev;

	if (webhook_get(db, id, &in, &rev, e))
		return e->code;
	str_copy(in.state, sizeof in.state, state);
	return webhook_change(db, &who, &rq->who, rq->app->rules, id, rev, &in, e);
}

static int do_rotate(struct req *rq, struct resp *rs, struct db *db, int64_t id, struct err *e)
{
	struct actor who = req_actor(rq);
	char secret[WEBHOOK_SECRET_TEXT];
	struct webhook_in in;
	int64_t rev;
	int rc;

	if (webhook_get(db, id, &in, &rev, e) || webhook_rotate(db, &who, id, secret, e))
		return e->code;
	rc = show_secret(rq, rs, id, in.label, secret, true, e);
	secret_wipe(secret, sizeof secret);
	return rc;
}

static int do_replay(struct req *rq, struct db *db, int64_t id, struct form *f, struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t since, delivery, n;
	struct err bad;

	if (*form_value(f, "delivery"))
		return parse_i64(form_value(f, "delivery"), 1, INT64_MAX, &delivery, e) ||
			       webhook_replay_one(db, &who, id, delivery, e)
			   ? (int)e->code
			   : OK;
	if (parse_time(form_value(f, "since"), &since, &bad)) {
		form_error(f, "since", "Write a date such as 2026-11-20");
		return OK;
	}
	return webhook_replay(db, &who, id, since, &n, e);
}

/* The buttons of the page. */
int page_webhook_do(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = do_fields };
	struct actor who = req_actor(rq);
	const char *what, *done = NULL;
	int64_t id, delivery;
	char to[80];
	struct db *db;

	e->code = OK;
	form_start(&f, rq);
	if (form_read(&f, e) || req_db_write(rq, &db, e) ||
	    webhook_find(db, &rq->who, rq->arg[0], true, &id, e))
		return e->code;
	what = form_value(&f, "do");
	if (!strcmp(what, "rotate"))
		return do_rotate(rq, rs, db, id, e);
	if (!strcmp(what, "remove"))
		return show_one(rq, rs, &f, id, true, e);
	if (!strcmp(what, "remove-yes")) {
		if (!webhook_remove(db, &who, id, e))
			resp_redirect(rs, "/webhooks");
		return e->code;
	}
	if (!strcmp(what, "test") && !webhook_test(db, &who, id, &delivery, e))
		done = "test";
	else if (!strcmp(what, "pause") && !set_state(rq, db, id, "paused", e))
		done = "paused";
	else if (!strcmp(what, "activate") && !set_state(rq, db, id, "active", e))
		done = "active";
	else if (!strcmp(what, "replay") && !do_replay(rq, db, id, &f, e))
		done = "replay";
	if (e->code)
		return e->code;
	if (!done)
		return err_set(e, ERR_INVALID, "no button says '%.32s'", what);
	if (!form_ok(&f))
		return show_one(rq, rs, &f, id, false, e);
	clerk_wake(rq->app->clerk);
	snprintf(to, sizeof to, "/webhooks/%" PRId64 "?done=%s", id, done);
	resp_redirect(rs, to);
	return OK;
}

/* ---- watching ---- */

static int show_watching(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	struct page_head head = { .section = "watching", .title = "Watching", .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };
	STR(list, PAGE_JSON_MAX);
	struct db *db;

	if (req_db(rq, &db, e) || watch_json(db, &rq->who, &list, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &list);
	jw_kint(&p.w, "news_max", WATCH_NEWS_MAX);
	form_json(f, &p);
	return page_end(&p, "watching", NULL, e);
}

int page_watching(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = watch_fields };

	form_start(&f, rq);
	form_set(&f, "kind", "entry");
	return show_watching(rq, rs, &f, e);
}

static int follow(struct req *rq, struct db *db, struct form *f, struct err *e)
{
	const char *kind = form_value(f, "kind"), *subject = form_value(f, "subject");
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	struct err bad;
	int64_t id;

	if (!*kind)
		form_error(f, "kind", "Choose what you want to follow");
	else if (!*subject && strcmp(kind, "catalogue"))
		form_error(f, "subject", "Write which one");
	if (!form_ok(f))
		return OK;
	if (req_newest(rq, &s, e))
		return e->code;
	if (!watch_add(db, s, &who, &rq->who, kind, subject, &id, &bad))
		return OK;
	if (err_info(bad.code)->http >= 500) {
		*e = bad;
		return e->code;
	}
	form_error_of(f, "subject", &bad);
	return OK;
}

int page_watching_do(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = watch_fields };
	struct actor who = req_actor(rq);
	int64_t revision;
	const char *what;
	struct db *db;

	e->code = OK;
	form_start(&f, rq);
	if (form_read(&f, e) || req_db_write(rq, &db, e))
		return e->code;
	what = form_value(&f, "do");
	if (!strcmp(what, "seen")) {
		if (parse_i64(form_value(&f, "id"), 0, INT64_MAX, &revision, e) ||
		    watch_seen(db, &who, &rq->who, revision, e))
			return e->code;
	} else if (!strcmp(what, "remove")) {
		if (watch_remove(db, &who, &rq->who, form_value(&f, "id"), e))
			return e->code;
	} else if (follow(rq, db, &f, e)) {
		return e->code;
	}
	if (!form_ok(&f))
		return show_watching(rq, rs, &f, e);
	resp_redirect(rs, "/watching");
	return OK;
}
