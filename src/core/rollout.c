/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rollout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/fleet_util.h"
#include "core/rollout_row.h"
#include "core/rows_json.h"
#include "core/vc.h"

#define MEMBERS_AT_ONCE 500

/* A request for a rollout, read and checked; texts are borrowed from its JSON. */
struct spec {
	const char *name, *prefix;
	int64_t at_most, stop_after;
	struct vc_info vc[ROLLOUT_STEPS_MAX];
	int nvcs;
};

static int wrong(struct err *e, const char *where, const char *text)
{
	err_set(e, ERR_JSON_FIELD, "%s", text);
	return err_at(e, where, 0, 0);
}

static int name_check(const char *name, struct err *e)
{
	return name_is_plain(name, ROLLOUT_NAME_MAX)
		   ? OK
		   : wrong(e, "/name",
			   "a rollout needs a name of 1 to 64 bytes that is not a number and has no control "
			   "characters");
}

static int route_read(struct db *db, const struct json *route, struct spec *sp, struct err *e)
{
	size_t n = json_len(route);

	if (json_kind(route) != JSON_ARRAY || n < 2 || n > ROLLOUT_STEPS_MAX)
		return wrong(
		    e, "/route",
		    "'route' is a list of 2 to 32 numbers of Vehicle Configurations; the first is where "
		    "the vehicles come from");
	for (size_t i = 0; i < n; i++) {
		int64_t number = json_int(json_at(route, i), -1);
		struct vc_info *vc = &sp->vc[i];

		if (number < 1)
			return wrong(e, "/route",
				     "a number of a Vehicle Configuration is a whole number from 1 on");
		if (vc_by_n(db, number, vc, e))
			return err_at(e, "/route", 0, 0);
		if (i && strcmp(vc->type_id, sp->vc[0].type_id) != 0) {
			err_set(e, ERR_INVALID,
				"the route mixes vehicle types: Vehicle Configuration %" PRId64 " is for %s, "
				"%" PRId64 " for %s",
				sp->vc[0].n, sp->vc[0].type_id, vc->n, vc->type_id);
			return err_at(e, "/route", 0, 0);
		}
		for (size_t k = 0; k < i; k++)
			if (sp->vc[k].id == vc->id)
				return wrong(e, "/route", "a route goes to each Vehicle Configuration once");
	}
	sp->nvcs = (int)n;
	return OK;
}

static int spec_read(struct db *db, const struct json *j, struct spec *sp, struct err *e)
{
	static const char *const names[] = { "name", "route", "prefix", "at_most", "stop_after", NULL };

	if (json_only(j, names, "", e))
		return err_at(e, "/", 0, 0);
	sp->name = json_text(json_get(j, "name"));
	sp->prefix = json_text(json_get(j, "prefix"));
	sp->at_most = json_int(json_get(j, "at_most"), json_get(j, "at_most") ? -1 : 100);
	sp->stop_after = json_int(json_get(j, "stop_after"), json_get(j, "stop_after") ? -1 : 3);
	if (json_get(j, "prefix") && !sp->prefix)
		return wrong(e, "/prefix", "'prefix' must be a text");
	if (sp->at_most < 1 || sp->at_most > 100000)
		return wrong(e, "/at_most", "'at_most' must be a whole number from 1 to 100000");
	if (sp->stop_after < 0 || sp->stop_after > 100000)
		return wrong(e, "/stop_after", "'stop_after' must be a whole number from 0 to 100000");
	if (!sp->name)
		return wrong(e, "/name", "'name' is needed");
	return name_check(sp->name, e) || route_read(db, json_get(j, "route"), sp, e) ? (int)e->code : OK;
}

/* Where a vehicle stands on the route decides whether it takes part. */
static int member_add(struct db *db, int64_t id, const struct spec *sp, int64_t site, int64_t active_vc,
		      bool busy, int64_t now, struct err *e)
{
	const char *phase = "refused", *reason = "not-on-route",
		   *detail = "it does not run a Vehicle Configuration of the route";
	int step = -1;

	for (int i = 0; i < sp->nvcs; i++)
		if (active_vc && sp->vc[i].id == active_vc)
			step = i;
	if (busy) {
		reason = "on-another-route";
		detail = "another rollout that has not ended has this vehicle";
	} else if (step >= 0) {
		phase = step == sp->nvcs - 1 ? "done" : "queued";
		reason = detail = "";
	}
	return db_exec(db, SQL_ROLLOUT_VEHICLE_ADD,
		       ARGS(VINT(id), VINT(site), VTEXT(phase), VINT(step < 0 ? 0 : step), VTEXT(reason),
			    VTEXT(detail), VINT(now), !strcmp(phase, "queued") ? VNULL : VINT(now)),
		       NULL, e);
}

static int members_add(struct db *db, struct scope scope, int64_t id, const struct spec *sp, int64_t now,
		       int64_t *ret_n, struct err *e)
{
	struct {
		int64_t site, vc;
		bool busy;
	} page[MEMBERS_AT_ONCE];
	int64_t after = 0, total = 0;
	int n;

	do {
		OWN(rows_done) struct rows *r = NULL;
		bool got = true;

		if (db_run(db, SQL_ROLLOUT_VEHICLES_OF,
			   ARGS(VTEXT(sp->vc[0].type_id), VINT(after), VINT(scope.sees), VTEXT(sp->prefix),
				VINT(MEMBERS_AT_ONCE)),
			   &r, e))
			return (int)e->code;
		for (n = 0;; n++) {
			if (rows_next(r, &got, e))
				return (int)e->code;
			if (!got)
				break;
			page[n].site = rows_num(r, 0);
			page[n].vc = rows_null(r, 2) ? 0 : rows_num(r, 2);
			page[n].busy = rows_num(r, 3) > 0;
		}
		for (int i = 0; i < n; i++)
			if (member_add(db, id, sp, page[i].site, page[i].vc, page[i].busy, now, e))
				return (int)e->code;
		total += n;
		after = n ? page[n - 1].site : 0;
	} while (n == MEMBERS_AT_ONCE);
	*ret_n = total;
	return OK;
}

static int note_create(struct db *db, const struct actor *who, int64_t id, const struct spec *sp,
		       int64_t members, struct err *e)
{
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);
	char subject[40];

	snprintf(subject, sizeof subject, "rollout/%" PRId64, id);
	jw_obj(&w);
	jw_kint(&w, "members", members);
	jw_kint(&w, "at_most", sp->at_most);
	jw_kint(&w, "stop_after", sp->stop_after);
	jw_key(&w, "route");
	jw_arr(&w);
	for (int i = 0; i < sp->nvcs; i++)
		jw_int(&w, sp->vc[i].n);
	jw_arr_end(&w);
	jw_end(&w);
	return audit_add(db, who, "rollout-create", subject, NULL, str_c(&after), 0, NULL, e);
}

int rollout_create(struct db *db, struct scope scope, const struct actor *who, const struct cm_tools *tools,
		   const char *body, size_t len, int64_t *ret_id, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct spec sp = { .name = NULL };
	int64_t id, members = 0;
	bool got;
	TX(tx);

	if (json_parse(body, len, &j, e))
		return (int)e->code;
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a rollout is a JSON object");
	if (spec_read(db, j, &sp, e))
		return (int)e->code;
	for (int i = 1; i < sp.nvcs; i++)
		if (!tools->vcs || vc_keep(db, tools->vcs, who, sp.vc[i].n, &sp.vc[i], e))
			return tools->vcs ? err_wrap(e, "Vehicle Configuration %" PRId64, sp.vc[i].n)
					  : err_set(e, ERR_CONFIG, "no Vehicle Configurations are kept here");
	if (tx_begin(&tx, db, true, e) ||
	    db_one(db, SQL_ROLLOUT_ADD,
		   ARGS(scope.owner ? VINT(scope.owner) : VNULL, VTEXT(sp.name), VTEXT(sp.vc[0].type_id),
			VINT(sp.at_most), VINT(sp.stop_after), VTEXT(who->name), VINT(who->now)),
		   &got, &id, e))
		return e->code == ERR_CONFLICT
			   ? err_set(e, ERR_CONFLICT, "there is a rollout '%s' already", sp.name)
			   : (int)e->code;
	for (int i = 0; i < sp.nvcs; i++)
		if (db_exec(db, SQL_ROLLOUT_STEP_ADD, ARGS(VINT(id), VINT(i), VINT(sp.vc[i].id)), NULL, e))
			return (int)e->code;
	if (members_add(db, scope, id, &sp, who->now, &members, e))
		return (int)e->code;
	if (!members)
		return err_set(e, ERR_INVALID, "there is no vehicle of type %s%s%s", sp.vc[0].type_id,
			       sp.prefix ? " whose name begins with " : "", sp.prefix ? sp.prefix : "");
	if (db_exec(db, SQL_ROLLOUT_COUNT, ARGS(VINT(0), VINT(who->now), VINT(id)), NULL, e) ||
	    note_create(db, who, id, &sp, members, e) || rollout_settle(db, id, who, e) || tx_keep(&tx, e))
		return (int)e->code;
	*ret_id = id;
	return OK;
}

int rollout_find(struct db *db, struct scope scope, const char *ref, int64_t *ret_id, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct rollout_row k;
	int64_t id;
	bool got, more;

	if (ref[strspn(ref, "0123456789")] == '\0') { /* names are no numbers */
		if (parse_i64(ref, 1, INT64_MAX, &id, e))
			return (int)e->code;
		if (rollout_get(db, id, &got, &k, e))
			return (int)e->code;
		got = got && (scope.sees == SEES_ALL || k.org_id == scope.sees ||
			      (scope.sees == SEES_UNOWNED && !k.org_id));
		*ret_id = id;
		return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no rollout %" PRId64, id);
	}
	if (db_run(db, SQL_ROLLOUT_NAMED, ARGS(VTEXT(ref), VINT(scope.sees)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no rollout '%.64s'", ref);
	id = rows_num(r, 0);
	if (rows_next(r, &more, e))
		return (int)e->code;
	if (more)
		return err_set(e, ERR_CONFLICT, "several owners have a rollout '%.64s'; use its number", ref);
	*ret_id = id;
	return OK;
}

/* ---- what is shown ---- */

static void rollout_members(const struct rows *r, const void *of, struct jw *w)
{
	static const struct {
		const char *name;
		int col;
	} counts[] = { { "at_most", 6 },  { "stop_after", 7 }, { "total", 9 }, { "queued", 10 },
		       { "active", 11 },  { "held", 12 },      { "done", 13 }, { "refused", 14 },
		       { "stopped", 15 }, { "steps_done", 16 } };

	(void)of;
	jw_kint(w, "id", rows_num(r, 0));
	jw_kstr(w, "name", rows_text(r, 1));
	jw_kstr(w, "type_id", rows_text(r, 3));
	jw_kstr(w, "state", rows_text(r, 4));
	jw_kstr(w, "reason", rows_text(r, 5)[0] ? rows_text(r, 5) : NULL);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		jw_kint(w, counts[i].name, rows_num(r, counts[i].col));
	jw_kstr(w, "created_by", rows_text(r, 17));
	jw_ktime(w, "created_at", rows_num(r, 18));
	jw_ktime(w, "changed_at", rows_num(r, 19));
	jw_ktime(w, "ended_at", rows_date(r, 20));
}

static void step_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kint(w, "step", rows_num(r, 0));
	jw_kint(w, "n", rows_num(r, 2));
	jw_kstr(w, "name", rows_text(r, 3));
	jw_kstr(w, "version", rows_text(r, 4));
}

int rollout_json(struct db *db, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL, *steps = NULL;
	struct jw w = jw_start(out);
	bool got;

	if (db_run(db, SQL_ROLLOUT_GET, ARGS(VINT(id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no rollout %" PRId64, id);
	jw_obj(&w);
	rollout_members(r, NULL, &w);
	if (db_run(db, SQL_ROLLOUT_STEPS, ARGS(VINT(id)), &steps, e) ||
	    rows_json(steps, "route", 0, step_members, NULL, &w, NULL, e))
		return (int)e->code;
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int rollouts_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		  struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t before, next = 0;

	if (cursor_read(cursor, INT64_MAX, &before, e) ||
	    db_run(db, SQL_ROLLOUT_PAGE, ARGS(VINT(before), VINT(scope.sees), VINT(limit + 1)), &r, e))
		return (int)e->code;
	jw_obj(&w);
	if (rows_json(r, "rollouts", limit, rollout_members, NULL, &w, &next, e))
		return (int)e->code;
	jw_kcursor(&w, "next", next);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

static void vehicle_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kstr(w, "name", rows_text(r, 1));
	jw_kstr(w, "phase", rows_text(r, 2));
	jw_kint(w, "step", rows_num(r, 3));
	jw_kstr(w, "reason", rows_text(r, 4)[0] ? rows_text(r, 4) : NULL);
	jw_kstr(w, "detail", rows_text(r, 5)[0] ? rows_text(r, 5) : NULL);
	jw_kstr(w, "state", rows_text(r, 9));
	jw_kstr(w, "prompt", strcmp(rows_text(r, 10), site_prompt_text[0]) ? rows_text(r, 10) : NULL);
	jw_ktime(w, "started_at", rows_date(r, 6));
	jw_ktime(w, "changed_at", rows_num(r, 7));
	jw_ktime(w, "ended_at", rows_date(r, 8));
}

int rollout_vehicles_json(struct db *db, int64_t id, const char *phase, const char *cursor, int64_t limit,
			  struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, next = 0;

	if (cursor_read(cursor, 0, &after, e) ||
	    db_run(db, SQL_ROLLOUT_MEMBERS, ARGS(VINT(id), VINT(after), VTEXT(phase), VINT(limit + 1)), &r,
		   e))
		return (int)e->code;
	jw_obj(&w);
	if (rows_json(r, "vehicles", limit, vehicle_members, NULL, &w, &next, e))
		return (int)e->code;
	jw_kcursor(&w, "next", next);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
