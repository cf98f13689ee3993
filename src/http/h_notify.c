/* SPDX-License-Identifier: Apache-2.0 */
/* Telling others: webhooks, watch lists, the catalogue of events, the Atom feed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/atom.h"
#include "core/events.h"
#include "core/watch.h"
#include "core/webhook.h"
#include "http/handlers.h"
#include "orch/clerk.h"

/* ---- webhooks ---- */

int get_events(struct req *rq, struct resp *rs, struct err *e)
{
	(void)rq;
	(void)e;
	events_json(&rs->body);
	return OK;
}

int get_webhooks(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	rs->cache = CACHE_NEVER;
	return req_db(rq, &db, e) || webhooks_json(db, &rq->who, &rs->body, e) ? (int)e->code : OK;
}

/* One webhook as it is configured, with its validator; secret NULL = not told. */
static int show(struct resp *rs, struct db *db, int64_t id, const char *secret, struct err *e)
{
	struct jw w = jw_start(&rs->body);
	int64_t rev;

	jw_obj(&w);
	if (webhook_members(db, id, false, &w, &rev, e))
		return e->code;
	if (secret)
		jw_kstr(&w, "secret", secret);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	snprintf(rs->etag, sizeof rs->etag, "w%" PRId64 "-%" PRId64, id, rev);
	rs->cache = secret ? CACHE_NEVER : CACHE_CHECK;
	return OK;
}

static int find(struct req *rq, bool to_change, struct db **ret_db, int64_t *ret, struct err *e)
{
	return (to_change ? req_db_write(rq, ret_db, e) : req_db(rq, ret_db, e)) ||
		       webhook_find(*ret_db, &rq->who, rq->arg[0], to_change, ret, e)
		   ? (int)e->code
		   : OK;
}

int post_webhook(struct req *rq, struct resp *rs, struct err *e)
{
	struct webhook_in in = { .watch_only = false };
	struct actor who = req_actor(rq);
	char secret[WEBHOOK_SECRET_TEXT], text[64];
	struct db *db;
	int64_t id;

	if (req_json(rq, webhook_fields, &in, e) || req_db_write(rq, &db, e) ||
	    webhook_add(db, &who, &rq->who, rq->app->rules, &in, secret, &id, e) ||
	    show(rs, db, id, secret, e))
		return e->code;
	secret_wipe(secret, sizeof secret);
	snprintf(text, sizeof text, "/v1/webhooks/%" PRId64, id);
	resp_header(rs, "Location", text);
	rs->status = 201;
	return OK;
}

int get_webhook(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	int64_t id;

	return find(rq, false, &db, &id, e) || show(rs, db, id, NULL, e) ? (int)e->code : OK;
}

int put_webhook(struct req *rq, struct resp *rs, struct err *e)
{
	struct webhook_in in = { .watch_only = false };
	struct actor who = req_actor(rq);
	char etag[64];
	int64_t id, rev;
	struct db *db;

	if (find(rq, true, &db, &id, e) || webhook_rev(db, id, &rev, e))
		return e->code;
	snprintf(etag, sizeof etag, "w%" PRId64 "-%" PRId64, id, rev);
	if (req_match(rq, etag, e) || req_json(rq, webhook_fields, &in, e) ||
	    webhook_change(db, &who, &rq->who, rq->app->rules, id, rev, &in, e))
		return e->code;
	clerk_wake(rq->app->clerk);
	return show(rs, db, id, NULL, e);
}

int delete_webhook(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct db *db;
	int64_t id;

	if (find(rq, true, &db, &id, e) || webhook_remove(db, &who, id, e))
		return e->code;
	rs->status = 204;
	return OK;
}

int post_webhook_rotate(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	char secret[WEBHOOK_SECRET_TEXT];
	struct db *db;
	int64_t id;

	if (find(rq, true, &db, &id, e) || webhook_rotate(db, &who, id, secret, e) ||
	    show(rs, db, id, secret, e))
		return e->code;
	secret_wipe(secret, sizeof secret);
	return OK;
}

static void tell_number(struct resp *rs, const char *name, int64_t value)
{
	struct jw w = jw_start(&rs->body);

	jw_obj(&w);
	jw_kint(&w, name, value);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	rs->status = 202;
}

int post_webhook_test(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t id, delivery;
	struct db *db;

	if (find(rq, true, &db, &id, e) || webhook_test(db, &who, id, &delivery, e))
		return e->code;
	clerk_wake(rq->app->clerk);
	tell_number(rs, "delivery", delivery);
	return OK;
}

int post_webhook_replay(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		int64_t since;
	} in = { -1 };
	static const struct json_field fields[] = { { "since", FIELD_TIME, 0, true, 0, 0 },
						    { .name = NULL } };
	struct actor who = req_actor(rq);
	struct db *db;
	int64_t id, n;

	if (find(rq, true, &db, &id, e) || req_json(rq, fields, &in, e) ||
	    webhook_replay(db, &who, id, in.since, &n, e))
		return e->code;
	clerk_wake(rq->app->clerk);
	tell_number(rs, "deliveries", n);
	return OK;
}

int get_webhook_deliveries(struct req *rq, struct resp *rs, struct err *e)
{
	const char *state = req_query(rq, "state");
	int64_t id, limit, before, next;
	struct db *db;
	char text[24];

	if (state && strcmp(state, "due") && strcmp(state, "done") && strcmp(state, "failed"))
		return err_set(e, ERR_INVALID, "state must be due, done or failed, not '%.32s'", state);
	rs->cache = CACHE_NEVER;
	if (page_limit(rq, &limit, e) || req_query_int(rq, "cursor", 0, INT64_MAX, 0, &before, e) ||
	    find(rq, false, &db, &id, e) ||
	    webhook_deliveries_json(db, id, state ? state : "", before, limit, &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int post_delivery_replay(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t id;
	uint64_t delivery;
	struct db *db;

	if (find(rq, true, &db, &id, e))
		return e->code;
	if (!parse_digits(rq->arg[1], strlen(rq->arg[1]), &delivery) || delivery > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no delivery '%.32s'", rq->arg[1]);
	if (webhook_replay_one(db, &who, id, (int64_t)delivery, e))
		return e->code;
	clerk_wake(rq->app->clerk);
	tell_number(rs, "delivery", (int64_t)delivery);
	return OK;
}

/* ---- watch lists ---- */

int get_watch(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	rs->cache = CACHE_NEVER;
	return req_db(rq, &db, e) || watch_json(db, &rq->who, &rs->body, e) ? (int)e->code : OK;
}

int post_watch(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		char kind[32], subject[WATCH_SUBJECT_MAX];
	} in = { "", "" };
	const struct json_field fields[] = { { "kind", FIELD_TEXT, 0, true, 0, 32 },
					     { "subject", FIELD_TEXT, 32, false, 0, WATCH_SUBJECT_MAX },
					     { .name = NULL } };
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	struct db *db;
	int64_t id;

	if (req_json(rq, fields, &in, e) || req_newest(rq, &s, e) || req_db_write(rq, &db, e) ||
	    watch_add(db, s, &who, &rq->who, in.kind, in.subject, &id, e))
		return e->code;
	tell_number(rs, "id", id);
	rs->status = 201;
	return OK;
}

int delete_watch(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct db *db;

	if (req_db_write(rq, &db, e) || watch_remove(db, &who, &rq->who, rq->arg[0], e))
		return e->code;
	rs->status = 204;
	return OK;
}

int post_watch_seen(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		int64_t revision;
	} in = { -1 };
	static const struct json_field fields[] = { { "revision", FIELD_INT, 0, true, 0, INT64_MAX },
						    { .name = NULL } };
	struct actor who = req_actor(rq);
	struct db *db;

	if (req_json(rq, fields, &in, e) || req_db_write(rq, &db, e) ||
	    watch_seen(db, &who, &rq->who, in.revision, e))
		return e->code;
	tell_number(rs, "revision", in.revision);
	rs->status = 200;
	return OK;
}

/* ---- Atom ---- */

int get_changes_atom(struct req *rq, struct resp *rs, struct err *e)
{
	const char *model = req_query(rq, "model");
	const struct snapshot *s = catalog_current(rq->view);
	uint32_t m = NODE_NONE;
	struct db *db;

	if (model)
		m = lookup_model(s, model);
	if (model && m == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no model '%.64s'", model);
	rs->type = "application/atom+xml; charset=utf-8";
	return req_db(rq, &db, e) ||
		       changes_atom(db, s, m, conf_text(rq->app->conf, "public_url"), &rs->body, e)
		   ? (int)e->code
		   : OK;
}
