/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles and their Configuration Manager (core/cm.h; doc/adr/0008-vehicles.md). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/cm.h"
#include "http/follow.h"
#include "http/handlers.h"
#include "orch/runner.h"

int get_vehicles(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    cm_list_json(db, scope, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int post_vehicle(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		char name[64], type_id[40];
	} in = { "", "" };
	const struct json_field fields[] = {
		{ "name", FIELD_TEXT, 0, true, 0, sizeof in.name },
		{ "type_id", FIELD_TEXT, sizeof in.name, true, 0, sizeof in.type_id },
		{ .name = NULL },
	};
	struct actor who = req_actor(rq);
	STR(where, KIB);
	struct scope scope;
	struct db *db;

	if (req_json(rq, fields, &in, e) || req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    cm_register(db, scope, &who, in.name, in.type_id, e) ||
	    cm_status_json(db, scope, in.name, &rs->body, e))
		return e->code;
	str_add(&where, "/v1/vehicles/");
	str_add_url(&where, in.name);
	resp_header(rs, "Location", str_c(&where));
	rs->status = 201;
	return OK;
}

int get_vehicle(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return e->code;
	return cm_status_json(db, scope, rq->arg[0], &rs->body, e);
}

int get_vehicle_tree(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return e->code;
	return cm_tree_json(db, scope, rq->arg[0], &rs->body, e);
}

int req_command(struct req *rq, const char *line, const char *why, int64_t prompt, struct str *out,
		struct err *e)
{
	struct site_settings set = cm_settings_from(rq->app->conf);
	const struct cm_tools tools = { rq->app->vcs, &set };
	struct cm_say say = { .vehicle = rq->arg[0], .prompt = prompt };
	struct actor who = req_actor(rq);
	struct scope scope;
	struct db *db;

	if (*why)
		who.why = why;
	if (cm_line_parse(line, &say.line, e)) {
		e->code = ERR_INVALID; /* a wrong word of a program, not of this command line */
		return e->code;
	}
	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    cm_command(db, scope, &who, &tools, &say, out, e))
		return e->code;
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	return OK;
}

int post_vehicle_command(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		int64_t prompt;
		char line[256], why[1024];
	} in = { .prompt = -1 };
	const struct json_field fields[] = {
		{ "line", FIELD_TEXT, offsetof(typeof(in), line), true, 0, sizeof in.line },
		{ "prompt", FIELD_INT, offsetof(typeof(in), prompt), false, 0, INT64_MAX },
		{ "why", FIELD_TEXT, offsetof(typeof(in), why), false, 0, sizeof in.why },
		{ .name = NULL },
	};

	return req_json(rq, fields, &in, e) ? (int)e->code
					    : req_command(rq, in.line, in.why, in.prompt, &rs->body, e);
}

/* ---- the log ---- */

/* One stream of log lines. */
struct watched {
	struct scope scope;
	struct cm_log_filter filter;
	struct str now;  /* owned: how the vehicle stands, as JSON */
	int64_t told_at; /* mono ms of `now`; 0 = never */
};

static void watched_done(struct watched *w)
{
	str_done(&w->now);
}
DEFINE_OWN_VAL(struct watched, watched_done)

static void copy_members(struct jw *w, const struct json *from, const char *const *names)
{
	for (; *names; names++) {
		jw_key(w, *names);
		jw_node(w, json_get(from, *names));
	}
}

/* What changes while people look: a short STATUS. */
static int vehicle_now(const struct str *status, struct str *out, struct err *e)
{
	static const char *const members[] = { "name",   "state",    "wait", "mode",     "running", "vc",
					       "prompt", "progress", "lost", "log_last", NULL };
	static const char *const of_block[] = { "n", "state", "life", "progress", "step", "result", NULL };
	OWN(json_free) struct json *j = NULL;
	const struct json *blocks;
	struct jw w = jw_start(out);

	if (json_parse(str_c(status), status->len, &j, e))
		return e->code;
	blocks = json_get(j, "blocks");
	jw_obj(&w);
	copy_members(&w, j, members);
	jw_key(&w, "blocks");
	jw_arr(&w);
	for (size_t i = 0; i < json_len(blocks); i++) {
		jw_obj(&w);
		copy_members(&w, json_at(blocks, i), of_block);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static int lines_add(struct follow *f, const struct str *log, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *lines;
	int64_t last = f->last;

	if (json_parse(str_c(log), log->len, &j, e))
		return e->code;
	lines = json_get(j, "lines");
	for (size_t i = 0; i < json_len(lines); i++) {
		const struct json *line = json_at(lines, i);
		STR(text, 16 * KIB);

		json_print(line, &text, false);
		follow_event(f, "line", json_int(json_get(line, "n"), last), str_c(&text), text.len);
	}
	f->last = json_int(json_get(j, "last"), last); /* also past lines that the filter left out */
	return OK;
}

static int look(struct req *rq, struct follow *f, void *ctx, struct err *e)
{
	int64_t now = clock_mono(rq->app->clock);
	struct watched *w = ctx;
	STR(log, 8 * MIB);
	struct db *db;

	w->filter.since = f->last;
	if (req_db(rq, &db, e) || cm_log_json(db, w->scope, rq->arg[0], &w->filter, &log, e) ||
	    lines_add(f, &log, e))
		return e->code;
	w->filter.last = CM_LOG_LAST_MAX; /* `last` was for the beginning */
	if (f->n || !w->told_at || now - w->told_at >= FOLLOW_TELL_MS / 2) {
		STR(status, 8 * MIB);

		str_clear(&w->now);
		if (cm_status_json(db, w->scope, rq->arg[0], &status, e) || vehicle_now(&status, &w->now, e))
			return e->code;
		w->told_at = now;
	}
	return OK;
}

static void tell(void *ctx, struct str *out)
{
	const struct watched *w = ctx;

	str_addn(out, str_c(&w->now), w->now.len);
}

static int filter_of(struct req *rq, struct cm_log_filter *ret, struct err *e)
{
	int64_t bb;

	*ret = (struct cm_log_filter){ .level = req_query(rq, "level"), .event = req_query(rq, "event") };
	if (ret->level && strcmp(ret->level, "normal") != 0 && strcmp(ret->level, "extended") != 0)
		return err_set(e, ERR_INVALID, "level is normal or extended, not '%.40s'", ret->level);
	if (req_query_int(rq, "bb", 0, SITE_BBS_MAX, 0, &bb, e) ||
	    req_query_int(rq, "since", 0, INT64_MAX, -1, &ret->since, e) ||
	    req_query_int(rq, "last", 1, CM_LOG_LAST_MAX, 0, &ret->last, e))
		return e->code;
	ret->bb = (int)bb;
	return OK;
}

int get_vehicle_log(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(watched_done) struct watched w = { .told_at = 0 };
	const struct follow_source src = { look, tell, "state", &w };
	OWN(follow_done) struct follow f = { .last = 0 };
	struct db *db;

	str_init(&w.now, MIB);
	if (filter_of(rq, &w.filter, e) || req_scope(rq, &w.scope, e) || req_db(rq, &db, e))
		return e->code;
	rs->cache = CACHE_NEVER;
	f.last = w.filter.since;
	if (follow_start(&f, rq, e))
		return e->code;
	if (!f.sse)
		return cm_log_json(db, w.scope, rq->arg[0], &w.filter, &rs->body, e);
	if (f.resumed)
		w.filter.last = CM_LOG_LAST_MAX;
	if (follow_take(&f, rq, rs, e))
		return e->code;
	return follow_stream(&f, rq, rs, &src, e);
}
