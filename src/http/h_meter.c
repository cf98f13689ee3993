/* SPDX-License-Identifier: Apache-2.0 */
/* Meters, rules of home area networks, and how things stand towards the DCC (core/meter.h;
 * doc/adr/0010-meters.md). */
#include "core/meter.h"

#include <string.h>

#include "http/handlers.h"
#include "orch/dcc_door.h"

/* Meters, wishes or rules changed: the door looks again. */
static void meters_changed(const struct req *rq)
{
	if (rq->app->meters)
		dcc_door_wake(rq->app->meters);
}

/* ---- meters ---- */

int get_meters(struct req *rq, struct resp *rs, struct err *e)
{
	const struct meter_filter f = { .q = req_query(rq, "q"),
					.type = req_query(rq, "type"),
					.status = req_query(rq, "status"),
					.authority = req_query(rq, "authority"),
					.hub = req_query(rq, "hub"),
					.entry = req_query(rq, "entry"),
					.quarantine = req_query(rq, "quarantine") };
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    meters_json(db, scope, s, &f, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

static void counts_write(const struct meter_counts *n, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kint(&w, "rows", n->rows);
	jw_kint(&w, "added", n->added);
	jw_kint(&w, "changed", n->changed);
	jw_kint(&w, "unchanged", n->unchanged);
	jw_end(&w);
}

int post_meters(struct req *rq, struct resp *rs, struct err *e)
{
	enum fleet_format format = strcmp(rq->type, "text/csv") ? FLEET_NDJSON : FLEET_CSV;
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	struct meter_counts n;
	struct scope scope;
	int64_t revision;
	struct db *db;
	int tries = 0;

	if (req_scope_write(rq, &scope, e))
		return (int)e->code;
	do {
		e->code = OK;
		if (req_newest(rq, &s, e) || req_db_write(rq, &db, e))
			return (int)e->code;
		revision = s->revision;
	} while (meter_import(db, scope, s, &who, format, str_c(&rq->body), rq->body.len, &n, e) &&
		 req_again(rq, revision, &tries, e));
	if (e->code)
		return (int)e->code;
	counts_write(&n, &rs->body);
	meters_changed(rq);
	return OK;
}

int get_meter(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return (int)e->code;
	return meter_json(db, scope, s, rq->arg[0], rq->now, &rs->body, e);
}

int delete_meter(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct jw w = jw_start(&rs->body);
	struct scope scope;
	struct db *db;

	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    meter_remove(db, scope, &who, rq->arg[0], e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "eui", rq->arg[0]);
	jw_kbool(&w, "removed", true);
	jw_end(&w);
	meters_changed(rq);
	return OK;
}

int post_meter_command(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = req_actor(rq);
	struct scope scope;
	const char *why;
	struct db *db;

	if (json_parse(str_c(&rq->body), rq->body.len, &j, e))
		return (int)e->code;
	why = json_text(json_get(j, "why"));
	if (why)
		who.why = why;
	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    meter_command(db, scope, &who, rq->arg[0], j, &rs->body, e))
		return (int)e->code;
	meters_changed(rq);
	return OK;
}

int get_meter_story(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit, job;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_query_int(rq, "job", 1, INT64_MAX, 0, &job, e) ||
	    req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    meter_story_json(db, scope, s, rq->arg[0], job, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

/* ---- rules of home area networks ---- */

int get_han_rules(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    han_rules_json(db, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

static void rule_answer(const char *name, const char *what, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "name", name);
	jw_kbool(&w, what, true);
	jw_end(&w);
}

int put_han_rule(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	int64_t revision;
	int tries = 0;
	struct db *db;
	bool made;

	if (json_parse(str_c(&rq->body), rq->body.len, &j, e))
		return (int)e->code;
	do {
		e->code = OK;
		if (req_newest(rq, &s, e) || req_db_write(rq, &db, e))
			return (int)e->code;
		revision = s->revision;
	} while (han_rule_put(db, s, &who, rq->arg[0], j, &made, e) && req_again(rq, revision, &tries, e));
	if (e->code)
		return (int)e->code;
	rule_answer(rq->arg[0], "stated", &rs->body);
	meters_changed(rq);
	rs->status = made ? 201 : 200;
	return OK;
}

int delete_han_rule(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct db *db;

	if (req_db_write(rq, &db, e) || han_rule_drop(db, &who, rq->arg[0], e))
		return (int)e->code;
	rule_answer(rq->arg[0], "removed", &rs->body);
	meters_changed(rq);
	return OK;
}

/* ---- towards the DCC ---- */

int get_dcc(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return (int)e->code;
	return dcc_json(db, scope, rq->now, &rs->body, e);
}

int post_dcc_release(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct jw w = jw_start(&rs->body);
	struct scope scope;
	struct db *db;

	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    dcc_release(db, scope, &who, rq->arg[0], e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "eui", rq->arg[0]);
	jw_kbool(&w, "released", true);
	jw_end(&w);
	meters_changed(rq);
	return OK;
}
