/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the vehicles of a rollout: hops, and who is held. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/cm_row.h"
#include "core/rollout_row.h"

#define PAGE 256
#define ENDED_TEXT_MAX (64 * KIB)

int rollout_get(struct db *db, int64_t id, bool *ret_got, struct rollout_row *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_ROLLOUT_GET, ARGS(VINT(id)), &r, e) || rows_next(r, ret_got, e))
		return (int)e->code;
	if (!*ret_got)
		return OK;
	*ret = (struct rollout_row){ .id = id,
				     .org_id = rows_null(r, 2) ? 0 : rows_num(r, 2),
				     .at_most = rows_num(r, 6),
				     .stop_after = rows_num(r, 7),
				     .forgiven = rows_num(r, 8),
				     .queued = rows_num(r, 10),
				     .active = rows_num(r, 11),
				     .held = rows_num(r, 12) };
	str_copy(ret->name, sizeof ret->name, rows_text(r, 1));
	str_copy(ret->state, sizeof ret->state, rows_text(r, 4));
	return OK;
}

static int put_state(struct db *db, const struct rollout_row *k, const char *state, const char *reason,
		     int64_t now, struct err *e)
{
	bool ended = !strcmp(state, "done") || !strcmp(state, "stopped");

	return db_exec(db, SQL_ROLLOUT_STATE,
		       ARGS(VTEXT(state), VTEXT(reason), VINT(k->forgiven), ended ? VINT(now) : VNULL,
			    VINT(now), VINT(k->id)),
		       NULL, e);
}

static int note(struct db *db, const struct actor *who, int64_t id, const char *action, const char *after,
		struct err *e)
{
	char subject[40];

	snprintf(subject, sizeof subject, "rollout/%" PRId64, id);
	return audit_add(db, who, action, subject, NULL, after, 0, NULL, e);
}

int rollout_settle(struct db *db, int64_t id, const struct actor *who, struct err *e)
{
	struct rollout_row k;
	char reason[96] = "", after[160];
	const char *state = NULL;
	bool got;

	if (rollout_get(db, id, &got, &k, e))
		return (int)e->code;
	if (!got || strcmp(k.state, "running") != 0)
		return OK;
	if (k.stop_after && k.held - k.forgiven >= k.stop_after) {
		state = "halted";
		snprintf(reason, sizeof reason, "%" PRId64 " vehicles are held (limit %" PRId64 ")", k.held,
			 k.stop_after);
	} else if (!k.queued && !k.active) {
		state = k.held ? "halted" : "done";
		if (k.held)
			snprintf(reason, sizeof reason,
				 "only held vehicles are left (%" PRId64
				 "): look at their reasons, then resume or stop",
				 k.held);
	}
	if (!state)
		return OK;
	snprintf(after, sizeof after, "{\"state\":\"%s\",\"reason\":\"%s\"}", state, reason);
	return put_state(db, &k, state, reason, who->now, e) ||
		       note(db, who, id, "rollout-progress", after, e)
		   ? (int)e->code
		   : OK;
}

/* ---- by people ---- */

int rollout_do(struct db *db, int64_t id, const struct actor *who, enum rollout_deed deed, struct err *e)
{
	static const char *const actions[] = { "rollout-pause", "rollout-resume", "rollout-stop" };
	static const char *const to[] = { "paused", "running", "stopped" };
	struct rollout_row k;
	char after[64];
	bool got, live;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || rollout_get(db, id, &got, &k, e))
		return (int)e->code;
	live =
	    got && (!strcmp(k.state, "running") || !strcmp(k.state, "paused") || !strcmp(k.state, "halted"));
	if (!live || !strcmp(k.state, to[deed]) || (deed == ROLLOUT_PAUSE && strcmp(k.state, "running") != 0))
		return err_set(e, ERR_CAMPAIGN_STATE, "rollout '%s' is %s", got ? k.name : "?",
			       got ? k.state : "gone");
	k.forgiven = 0;
	/* Held vehicles are looked at anew, from the configuration that is active in them now. */
	if (deed == ROLLOUT_RESUME &&
	    db_exec(db, SQL_ROLLOUT_REQUEUE, ARGS(VINT(who->now), VINT(id)), NULL, e))
		return (int)e->code;
	if (deed == ROLLOUT_STOP && db_exec(db, SQL_ROLLOUT_END, ARGS(VINT(who->now), VINT(id)), NULL, e))
		return (int)e->code;
	snprintf(after, sizeof after, "{\"state\":\"%s\"}", to[deed]);
	if (put_state(db, &k, to[deed], "", who->now, e) ||
	    db_exec(db, SQL_ROLLOUT_COUNT, ARGS(VINT(0), VINT(who->now), VINT(id)), NULL, e) ||
	    note(db, who, id, actions[deed], after, e) || rollout_settle(db, id, who, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

/* ---- by the orchestrator ---- */

struct route {
	int64_t vc[ROLLOUT_STEPS_MAX]; /* vc.id */
	bool ready[ROLLOUT_STEPS_MAX]; /* verified and kept: may be activated */
	int n;
};

static int route_load(struct db *db, int64_t id, struct route *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	ret->n = 0;
	if (db_run(db, SQL_ROLLOUT_STEPS, ARGS(VINT(id)), &r, e))
		return (int)e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || ret->n == ROLLOUT_STEPS_MAX)
			return OK;
		ret->vc[ret->n] = rows_num(r, 1);
		ret->ready[ret->n++] = !strcmp(rows_text(r, 5), "verified") && rows_num(r, 6);
	}
}

struct turn {
	struct db *db;
	const struct site_settings *set;
	const struct actor *who;
	int64_t id; /* of the rollout */
	struct route route;
	struct str ended; /* members of a JSON array */
	int64_t steps;    /* configurations reached */
	int64_t moved;    /* rows written */
};

static int member_put(struct turn *t, const struct cm_vehicle *v, const char *phase, int step,
		      const char *reason, const char *detail, struct err *e)
{
	bool over = !strcmp(phase, "done") || !strcmp(phase, "refused");
	size_t before = t->ended.len;
	struct jw w;

	t->moved++;
	if (strcmp(phase, "active") != 0) {
		if (t->ended.len)
			str_addc(&t->ended, ',');
		w = jw_start(&t->ended);
		jw_obj(&w);
		jw_kstr(&w, "vehicle", v->row.name);
		jw_kstr(&w, "phase", phase);
		if (*reason)
			jw_kstr(&w, "reason", reason);
		jw_end(&w);
		if (t->ended.over) /* no half of a member */
			t->ended.len = before;
	}
	return db_exec(t->db, SQL_ROLLOUT_VEHICLE_PUT,
		       ARGS(VTEXT(phase), VINT(step), VTEXT(reason), VTEXT(detail), VINT(t->who->now),
			    VINT(t->who->now), over ? VINT(t->who->now) : VNULL, VINT(t->id),
			    VINT(v->row.site_id)),
		       NULL, e);
}

static int held(struct turn *t, const struct cm_vehicle *v, int step, const char *reason, const char *detail,
		struct err *e)
{
	return member_put(t, v, "held", step, reason, detail, e);
}

/* Every Building Block says itself that it runs what the active configuration wants. */
static bool as_wanted(const struct cm_vehicle *v, char why[SITE_WHY_SIZE])
{
	for (int i = 0; i < v->site.nbbs; i++) {
		const struct site_bb *b = &v->site.bb[i];

		if (b->want_hash[0] && !strcmp(b->status.hash, b->want_hash))
			continue;
		snprintf(why, SITE_WHY_SIZE, "%s does not run %s", b->name, b->manifest);
		return false;
	}
	return true;
}

static int on_route(const struct route *r, int64_t vc)
{
	for (int i = 0; i < r->n; i++)
		if (vc && r->vc[i] == vc)
			return i;
	return -1;
}

static int hop(struct turn *t, struct cm_vehicle *v, int to, struct err *e)
{
	char why[SITE_WHY_SIZE];
	bool changed;

	if (!t->route.ready[to])
		return held(t, v, to, "not-verified",
			    "the next Vehicle Configuration does not verify any more", e);
	if (!site_may_activate(&v->site, why))
		return held(t, v, to, "rejected", why, e);
	if (cm_activate(t->db, v, t->set, t->route.vc[to], v->row.active_vc, t->who, e) ||
	    cm_vehicle_keep(t->db, v, t->who, &changed, e))
		return (int)e->code;
	return member_put(t, v, "active", to, "", "", e);
}

/* One vehicle that rests or asks. `step`: what it is being brought to; from: it waits to begin. */
static int look(struct turn *t, int64_t site, int step, bool begins, struct err *e)
{
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	char why[SITE_WHY_SIZE] = "";
	int at;

	if (cm_vehicle_load(t->db, site, &v, e))
		return (int)e->code;
	at = on_route(&t->route, v->row.active_vc);
	if (v->site.state == SITE_STOPPED)
		return held(t, v, step, "stopped", "its Configuration Manager was stopped", e);
	if (v->site.state == SITE_ERROR || v->site.prompt != SITE_ASKS_NOTHING)
		return held(t, v, step, "prompt", v->site.prompt_why, e);
	if (at < 0)
		return held(t, v, step, "not-on-route",
			    "the active Vehicle Configuration is not of the route", e);
	if (!as_wanted(v, why))
		return held(t, v, step, "not-as-wanted", why, e);
	if (!begins && at < step)
		return held(t, v, at, "rolled-back", "it went back to the Vehicle Configuration before", e);
	if (!begins)
		t->steps++;
	return at == t->route.n - 1 ? member_put(t, v, "done", at, "", "", e) : hop(t, v, at + 1, e);
}

struct place {
	int64_t site;
	int step;
};

static int places(struct turn *t, enum sql_id q, int64_t limit, struct place ret[PAGE], int64_t *ret_n,
		  struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	*ret_n = 0;
	if (limit <= 0)
		return OK;
	if (db_run(t->db, q, ARGS(VINT(t->id), VINT(limit < PAGE ? limit : PAGE)), &r, e))
		return (int)e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || *ret_n == PAGE)
			return OK;
		ret[*ret_n].site = rows_num(r, 0);
		ret[(*ret_n)++].step = (int)rows_num(r, 1);
	}
}

static int looks(struct turn *t, enum sql_id q, int64_t limit, bool begins, int64_t *ret_n, struct err *e)
{
	struct place page[PAGE];

	if (places(t, q, limit, page, ret_n, e))
		return (int)e->code;
	for (int64_t i = 0; i < *ret_n; i++)
		if (look(t, page[i].site, page[i].step, begins, e))
			return (int)e->code;
	return OK;
}

static int turn_one(struct turn *t, int64_t max, int64_t *ret_n, struct err *e)
{
	STR(after, ENDED_TEXT_MAX + 256);
	struct rollout_row k;
	int64_t news, begun;
	bool got;

	if (route_load(t->db, t->id, &t->route, e) || looks(t, SQL_ROLLOUT_NEWS, max, false, &news, e) ||
	    db_exec(t->db, SQL_ROLLOUT_COUNT, ARGS(VINT(0), VINT(t->who->now), VINT(t->id)), NULL, e) ||
	    rollout_settle(t->db, t->id, t->who, e) || rollout_get(t->db, t->id, &got, &k, e))
		return (int)e->code;
	begun = k.at_most - k.active < max - news ? k.at_most - k.active : max - news;
	if (strcmp(k.state, "running") != 0)
		begun = 0;
	if (looks(t, SQL_ROLLOUT_NEXT_QUEUED, begun, true, &begun, e))
		return (int)e->code;
	*ret_n = news + begun;
	if (!t->moved)
		return OK;
	str_addf(&after, "{\"reached\":%" PRId64 ",\"vehicles\":[", t->steps);
	str_addn(&after, str_c(&t->ended), t->ended.len);
	str_add(&after, "]}");
	return db_exec(t->db, SQL_ROLLOUT_COUNT, ARGS(VINT(t->steps), VINT(t->who->now), VINT(t->id)), NULL,
		       e) ||
		       (t->ended.len && note(t->db, t->who, t->id, "rollout-progress", str_c(&after), e)) ||
		       rollout_settle(t->db, t->id, t->who, e)
		   ? (int)e->code
		   : OK;
}

int rollout_turn(struct db *db, const struct site_settings *set, const struct actor *who, int64_t max,
		 bool *ret_more, struct err *e)
{
	int64_t ids[PAGE], n = 0, did = 0;
	bool got;

	*ret_more = false;
	{
		OWN(rows_done) struct rows *r = NULL;

		if (db_run(db, SQL_ROLLOUT_DUE, NOARGS, &r, e))
			return (int)e->code;
		for (;;) {
			if (rows_next(r, &got, e))
				return (int)e->code;
			if (!got || n == PAGE)
				break;
			ids[n++] = rows_num(r, 0);
		}
	}
	for (int64_t i = 0; i < n; i++) {
		struct turn t = { .db = db, .set = set, .who = who, .id = ids[i] };
		int rc;

		str_init(&t.ended, ENDED_TEXT_MAX);
		rc = turn_one(&t, max, &did, e);
		str_done(&t.ended);
		if (rc)
			return rc;
		*ret_more = *ret_more || did >= max || did == PAGE;
	}
	return OK;
}

int rollout_due(struct db *db, bool *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	return db_run(db, SQL_ROLLOUT_DUE, NOARGS, &r, e) || rows_next(r, ret, e) ? (int)e->code : OK;
}
