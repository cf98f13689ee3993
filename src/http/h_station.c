/* SPDX-License-Identifier: Apache-2.0 */
/* Charging stations (core/station.h; doc/adr/0009-stations.md). */
#include <string.h>

#include "core/station.h"
#include "http/follow.h"
#include "http/handlers.h"
#include "orch/ocpp_door.h"

/* Registrations or wishes changed: who holds connections of stations looks again. */
static void stations_changed(const struct req *rq)
{
	if (rq->app->stations)
		ocpp_door_wake(rq->app->stations);
}

int get_stations(struct req *rq, struct resp *rs, struct err *e)
{
	const struct station_filter f = { .q = req_query(rq, "q"),
					  .area = req_query(rq, "area"),
					  .model = req_query(rq, "model"),
					  .connected = req_query(rq, "connected"),
					  .quarantine = req_query(rq, "quarantine") };
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    stations_json(db, scope, &f, req_query(rq, "cursor"), limit, rq->now, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

/* A list, as NDJSON. What was generated is shown here and nowhere else. */
static int list_put(struct req *rq, struct db *db, struct scope scope, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct rnd rnd = rnd_system();
	struct station_counts n;
	STR(secrets, 8 * MIB);
	struct jw w;

	if (station_import(db, scope, &who, &rnd, str_c(&rq->body), rq->body.len, &n, &secrets, e))
		return (int)e->code;
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_kint(&w, "rows", n.rows);
	jw_kint(&w, "added", n.added);
	jw_kint(&w, "changed", n.changed);
	jw_kint(&w, "unchanged", n.unchanged);
	jw_key(&w, "secrets");
	jw_arr(&w);
	for (const char *p = str_c(&secrets), *end; *p; p = end + 1) {
		end = strchr(p, '\n');
		jw_raw(&w, p, (size_t)(end - p));
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static int one_put(struct req *rq, struct db *db, struct scope scope, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = req_actor(rq);
	struct rnd rnd = rnd_system();
	STR(secret, KIB);
	STR(where, KIB);
	const char *identity;
	bool made;
	struct jw w;

	if (json_parse(str_c(&rq->body), rq->body.len, &j, e) ||
	    station_add(db, scope, &who, &rnd, j, &made, &secret, e))
		return (int)e->code;
	identity = json_text(json_get(j, "identity"));
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_kstr(&w, "identity", identity);
	jw_kbool(&w, "made", made);
	jw_key(&w, "secret");
	if (secret.len)
		jw_raw(&w, str_c(&secret), secret.len);
	else
		jw_null(&w);
	jw_end(&w);
	str_add(&where, "/v1/stations/");
	str_add_url(&where, identity);
	resp_header(rs, "Location", str_c(&where));
	rs->status = made ? 201 : 200;
	return OK;
}

int post_stations(struct req *rq, struct resp *rs, struct err *e)
{
	bool list = strcmp(rq->type, "application/json") != 0;
	struct scope scope;
	struct db *db;

	rs->cache = CACHE_NEVER;
	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    (list ? list_put(rq, db, scope, rs, e) : one_put(rq, db, scope, rs, e)))
		return (int)e->code;
	stations_changed(rq);
	return OK;
}

int get_station(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return (int)e->code;
	return station_json(db, scope, s, rq->arg[0], rq->now, &rs->body, e);
}

int delete_station(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct jw w = jw_start(&rs->body);
	struct scope scope;
	struct db *db;

	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) ||
	    station_remove(db, scope, &who, rq->arg[0], e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "identity", rq->arg[0]);
	jw_kbool(&w, "removed", true);
	jw_end(&w);
	stations_changed(rq);
	return OK;
}

int post_station_command(struct req *rq, struct resp *rs, struct err *e)
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
	    station_command(db, scope, &who, rq->arg[0], j, &rs->body, e))
		return (int)e->code;
	stations_changed(rq);
	return OK;
}

int get_station_components(struct req *rq, struct resp *rs, struct err *e)
{
	struct component_filter f = { .name = req_query(rq, "name"),
				      .legal = req_query(rq, "legal_status"),
				      .classification = req_query(rq, "classification"),
				      .role = req_query(rq, "role"),
				      .version = req_query(rq, "version") };
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (req_query_bool(rq, "history", false, &f.history, e) || page_limit(rq, &limit, e) ||
	    req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    station_components_json(db, scope, s, rq->arg[0], &f, req_query(rq, "cursor"), limit, &rs->body,
				    e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_station_chain(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return (int)e->code;
	rs->type = "application/x-ndjson";
	return station_chain(db, scope, rq->arg[0], &rs->body, e);
}

/* ---- export ---- */

struct sending {
	struct resp *rs;
	bool begun;
};

static int line_send(void *ctx, const char *line, size_t len, struct err *e)
{
	struct sending *s = ctx;

	if (!s->begun && resp_stream(s->rs, e))
		return (int)e->code;
	s->begun = true;
	return resp_send(s->rs, line, len, e);
}

int get_export_stations(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct sending to = { rs, false };
	struct scope scope;
	struct db *db;

	rs->type = "application/x-ndjson";
	rs->cache = CACHE_NEVER;
	resp_header(rs, "Content-Disposition", "attachment; filename=\"stations.ndjson\"");
	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return (int)e->code;
	return station_export(db, scope, s, line_send, &to, e);
}

/* ---- the story ---- */

/* One stream of messages. */
struct watched {
	struct scope scope;
	int64_t job, last;
	struct str now;  /* owned: how the station stands, as JSON */
	int64_t told_at; /* mono ms of `now`; 0 = never */
};

static void watched_done(struct watched *w)
{
	str_done(&w->now);
}
DEFINE_OWN_VAL(struct watched, watched_done)

static int messages_add(struct follow *f, const struct str *story, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *list;
	int64_t last = f->last;

	if (json_parse(str_c(story), story->len, &j, e))
		return (int)e->code;
	list = json_get(j, "messages");
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *one = json_at(list, i);
		STR(text, 64 * KIB);

		json_print(one, &text, false);
		follow_event(f, "message", json_int(json_get(one, "n"), last), str_c(&text), text.len);
	}
	f->last = json_int(json_get(j, "last"), last);
	return OK;
}

/* What changes while people look. */
static int station_now(struct req *rq, struct db *db, struct watched *w, struct err *e)
{
	static const char *const members[] = { "identity",     "connected", "quarantine", "transactions",
					       "reservations", "gate",      "firmware",   NULL };
	OWN(json_free) struct json *j = NULL;
	STR(status, 8 * MIB);
	struct jw jw = jw_start(&w->now);

	str_clear(&w->now);
	if (station_json(db, w->scope, catalog_current(rq->view), rq->arg[0], rq->now, &status, e) ||
	    json_parse(str_c(&status), status.len, &j, e))
		return (int)e->code;
	jw_obj(&jw);
	for (const char *const *m = members; *m; m++) {
		jw_key(&jw, *m);
		jw_node(&jw, json_get(j, *m));
	}
	jw_end(&jw);
	return OK;
}

static int look(struct req *rq, struct follow *f, void *ctx, struct err *e)
{
	int64_t now = clock_mono(rq->app->clock);
	struct watched *w = ctx;
	STR(story, STATION_STORY_MAX * 16 * KIB);
	struct db *db;

	if (req_db(rq, &db, e) ||
	    station_story_json(db, w->scope, catalog_current(rq->view), rq->arg[0], w->job, f->last, w->last,
			       &story, e) ||
	    messages_add(f, &story, e))
		return (int)e->code;
	w->last = STATION_STORY_MAX; /* `last` was for the beginning */
	if (f->n || !w->told_at || now - w->told_at >= FOLLOW_TELL_MS / 2) {
		if (station_now(rq, db, w, e))
			return (int)e->code;
		w->told_at = now;
	}
	return OK;
}

static void tell(void *ctx, struct str *out)
{
	const struct watched *w = ctx;

	str_addn(out, str_c(&w->now), w->now.len);
}

int get_station_story(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(watched_done) struct watched w = { .told_at = 0 };
	const struct follow_source src = { look, tell, "state", &w };
	OWN(follow_done) struct follow f = { .last = 0 };
	int64_t since;
	struct db *db;

	str_init(&w.now, MIB);
	if (req_query_int(rq, "job", 1, INT64_MAX, 0, &w.job, e) ||
	    req_query_int(rq, "since", 0, INT64_MAX, -1, &since, e) ||
	    req_query_int(rq, "last", 1, STATION_STORY_MAX, 0, &w.last, e) || req_scope(rq, &w.scope, e) ||
	    req_db(rq, &db, e))
		return (int)e->code;
	rs->cache = CACHE_NEVER;
	f.last = since;
	if (follow_start(&f, rq, e))
		return (int)e->code;
	if (!f.sse)
		return station_story_json(db, w.scope, catalog_current(rq->view), rq->arg[0], w.job, since,
					  w.last, &rs->body, e);
	if (f.resumed)
		w.last = STATION_STORY_MAX;
	if (follow_take(&f, rq, rs, e))
		return (int)e->code;
	return follow_stream(&f, rq, rs, &src, e);
}
