/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/vec.h"
#include "core/campaign.h"
#include "core/campaign_plans.h"
#include "core/campaign_waves.h"
#include "core/fleet_util.h"
#include "model/cm_states.h"
#include "store/store_campaign.h"

#define RATE_WINDOW_MS (10 * 60 * 1000)

static void counts_members(const struct store_campaign *k, struct jw *w)
{
	jw_kint(w, "total", k->n_total);
	for (int p = 0; p < PHASES; p++)
		jw_kint(w, cycle_phase_text[p], k->n[p]);
	jw_kint(w, "hops", k->n_hops);
}

static void campaign_members(const struct store_campaign *k, struct jw *w)
{
	jw_kint(w, "id", k->id);
	jw_kstr(w, "name", k->name);
	jw_kstr(w, "organisation", *k->org ? k->org : NULL);
	jw_kstr(w, "state", campaign_state_text[k->state]);
	jw_kstr(w, "reason", *k->reason ? k->reason : NULL);
	jw_kstr(w, "target", k->target);
	jw_kstr(w, "prefer", k->prefer);
	jw_kstr(w, "allow_removed", k->allow_removed ? "hop" : NULL);
	jw_kbool(w, "allow_downgrade", k->allow_downgrade);
	jw_kstr(w, "on_change", on_change_text[k->on_change]);
	jw_kint(w, "max_active", k->max_active);
	jw_kint(w, "stop_after", k->stop_after);
	jw_kbool(w, "security", k->security);
	jw_kint(w, "spread_s", k->spread_ms / 1000);
	jw_kcount(w, "wave", k->wave ? k->wave : -1);
	jw_kint(w, "revision", k->revision);
	jw_key(w, "counts");
	jw_obj(w);
	counts_members(k, w);
	jw_end(w);
	jw_kint(w, "last_event", k->n_events);
	jw_kstr(w, "created_by", k->created_by);
	jw_ktime(w, "created_at", k->created_at);
	jw_ktime(w, "started_at", k->started_at);
	jw_ktime(w, "changed_at", k->changed_at);
	jw_ktime(w, "ended_at", k->ended_at);
}

int campaigns_json(struct db *db, struct scope scope, const char *state, const char *cursor, int64_t limit,
		   struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_campaign k;
	int64_t before, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, INT64_MAX, &before, e) ||
	    store_campaign_page(db, scope.sees, state, before, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "campaigns");
	jw_arr(&w);
	for (;;) {
		if (store_campaign_next(r, &k, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		campaign_members(&k, &w);
		jw_end(&w);
		last = k.id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

int campaign_json(struct db *db, const struct snapshot *s, int64_t id, int64_t now, const char *image_dir,
		  struct str *out, struct err *e)
{
	STR(members, 16 * MIB);
	struct jw w = jw_start(out);
	struct store_campaign k;
	bool got;

	if (store_campaign_get(db, id, &got, &k, &members, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no campaign %" PRId64, id);
	jw_obj(&w);
	campaign_members(&k, &w);
	jw_key(&w, "members");
	jw_raw(&w, str_c(&members), members.len);
	if (waves_json(db, &k, &w, e) || campaign_plans_json(db, s, &k, now, image_dir, &w, e))
		return (int)e->code;
	jw_end(&w);
	return OK;
}

int campaign_progress(struct db *db, int64_t id, int64_t now, struct campaign_progress *ret, struct err *e)
{
	struct store_campaign k;
	int64_t window, ended = 0, left;
	bool got;

	if (store_campaign_get(db, id, &got, &k, NULL, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no campaign %" PRId64, id);
	*ret = (struct campaign_progress){ .total = k.n_total,
					   .queued = k.n[PHASE_QUEUED],
					   .active = k.n[PHASE_ACTIVE],
					   .held = k.n[PHASE_HELD],
					   .done = k.n[PHASE_DONE],
					   .failed = k.n[PHASE_FAILED],
					   .refused = k.n[PHASE_REFUSED],
					   .stopped = k.n[PHASE_STOPPED],
					   .hops = k.n_hops,
					   .last_event = k.n_events,
					   .started_at = k.started_at,
					   .ended_at = k.ended_at,
					   .rate_per_hour = -1,
					   .eta_ms = -1 };
	str_copy(ret->name, sizeof ret->name, k.name);
	str_copy(ret->state, sizeof ret->state, campaign_state_text[k.state]);
	str_copy(ret->reason, sizeof ret->reason, k.reason);
	if (k.started_at < 0 || k.state != CAMPAIGN_RUNNING)
		return OK;
	window = now - k.started_at < RATE_WINDOW_MS ? now - k.started_at : RATE_WINDOW_MS;
	if (store_ended_since(db, id, now - window, &ended, e))
		return (int)e->code;
	left = ret->queued + ret->active;
	if (ended > 0 && window > 0) {
		ret->rate_per_hour = ended * 3600000 / window;
		ret->eta_ms = left * window / ended;
	}
	return OK;
}

void campaign_progress_json(const struct campaign_progress *p, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "name", p->name);
	jw_kstr(&w, "state", p->state);
	jw_kstr(&w, "reason", *p->reason ? p->reason : NULL);
	jw_kint(&w, "total", p->total);
	jw_kint(&w, "queued", p->queued);
	jw_kint(&w, "active", p->active);
	jw_kint(&w, "held", p->held);
	jw_kint(&w, "done", p->done);
	jw_kint(&w, "failed", p->failed);
	jw_kint(&w, "refused", p->refused);
	jw_kint(&w, "stopped", p->stopped);
	jw_kint(&w, "hops", p->hops);
	jw_kint(&w, "last_event", p->last_event);
	jw_kcount(&w, "rate_per_hour", p->rate_per_hour);
	jw_kcount(&w, "eta_s", p->eta_ms < 0 ? -1 : (p->eta_ms + 999) / 1000);
	jw_ktime(&w, "started_at", p->started_at);
	jw_ktime(&w, "ended_at", p->ended_at);
	jw_end(&w);
}

/* ---- the story of one walk, folded from its events ---- */

#define STORY_HOPS_MAX 10000

struct story_hop {
	int64_t n, from_id, to_id, tries;
	int64_t requested_at, triggered_at, installed_at, done_at; /* -1 = not yet */
};
struct story {
	VEC(struct story_hop) hops;
};

static struct story_hop *story_at(struct story *st, const struct store_event *v)
{
	struct story_hop fresh = { v->hop, v->from_id, v->to_id, 0, -1, -1, -1, -1 };

	for (size_t i = st->hops.n; i-- > 0;)
		if (st->hops.v[i].n == v->hop)
			return &st->hops.v[i];
	vec_push(&st->hops, fresh);
	return &st->hops.v[st->hops.n - 1];
}

static void story_take(struct story *st, const struct store_event *v)
{
	struct story_hop *h;

	if (v->hop <= 0 || v->to_id <= 0 || v->hop > STORY_HOPS_MAX)
		return;
	h = story_at(st, v);
	h->from_id = v->from_id;
	h->to_id = v->to_id;
	if (!strcmp(v->now, cm_state_text[CM_ASKED]) && h->requested_at < 0)
		h->requested_at = v->at;
	if (!strcmp(v->now, cm_state_text[CM_PENDING]) || !strcmp(v->now, cm_state_text[CM_AGAIN])) {
		h->triggered_at = v->at;
		h->tries++;
	}
	if (!strcmp(v->event, cm_event_text[CM_EV_INSTALLED]))
		h->installed_at = v->at;
	if (!strcmp(v->event, "hop-done"))
		h->done_at = v->at;
}

static void story_json(const struct snapshot *s, const struct story *st, struct jw *w)
{
	jw_key(w, "hops");
	jw_arr(w);
	for (size_t i = 0; i < st->hops.n; i++) {
		const struct story_hop *h = &st->hops.v[i];

		jw_obj(w);
		jw_kint(w, "n", h->n);
		jw_kstr(w, "from", entry_name(s, h->from_id));
		jw_kstr(w, "to", entry_name(s, h->to_id));
		jw_kint(w, "tries", h->tries);
		jw_ktime(w, "requested_at", h->requested_at);
		jw_ktime(w, "triggered_at", h->triggered_at);
		jw_ktime(w, "installed_at", h->installed_at);
		jw_ktime(w, "done_at", h->done_at);
		jw_end(w);
	}
	jw_arr_end(w);
}

static int cycle_story(struct db *db, const struct snapshot *s, int64_t cycle_id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct story st = { { 0 } };
	struct store_event v;
	bool got = true;
	int rc = store_event_of_cycle(db, cycle_id, &r, e);

	while (!rc && got) {
		rc = store_event_next(r, false, &v, &got, e);
		if (!rc && got)
			story_take(&st, &v);
	}
	if (!rc)
		story_json(s, &st, w);
	vec_done(&st.hops);
	return rc;
}

/* Columns of cycle_page. */
static void cycle_members(const struct snapshot *s, const struct rows *r, struct jw *w)
{
	jw_kint(w, "cycle", rows_num(r, 0));
	jw_kstr(w, "device", rows_text(r, 1));
	jw_kstr(w, "phase", rows_text(r, 2));
	jw_kstr(w, "reason", *rows_text(r, 3) ? rows_text(r, 3) : NULL);
	jw_kstr(w, "detail", *rows_text(r, 4) ? rows_text(r, 4) : NULL);
	jw_kstr(w, "start", entry_name(s, rows_null(r, 6) ? 0 : rows_num(r, 6)));
	jw_kstr(w, "entry", entry_name(s, rows_null(r, 18) ? 0 : rows_num(r, 18)));
	jw_kint(w, "hops_done", rows_num(r, 8));
}

int campaign_report(struct db *db, const struct snapshot *s, int64_t id, const char *phase, int64_t after,
		    int64_t limit, struct str *out, int64_t *ret_last, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t last = 0, n = 0;
	bool got;

	if (store_member_page(db, id, phase, after, limit, &r, e))
		return (int)e->code;
	for (;;) {
		struct jw w = jw_start(out);

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		cycle_members(s, r, &w);
		if (cycle_story(db, s, rows_num(r, 0), &w, e))
			return (int)e->code;
		jw_ktime(&w, "started_at", rows_date(r, 15));
		jw_ktime(&w, "ended_at", rows_date(r, 17));
		jw_end(&w);
		str_addc(out, '\n');
		last = rows_num(r, 0);
		n++;
	}
	*ret_last = n == limit ? last : 0;
	return OK;
}

int campaign_cycles_json(struct db *db, const struct snapshot *s, int64_t id, const char *phase,
			 const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || store_member_page(db, id, phase, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "cycles");
	jw_arr(&w);
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		cycle_members(s, r, &w);
		jw_kstr(&w, "state", rows_text(r, 5));
		jw_kint(&w, "hop", rows_num(r, 7));
		jw_kstr(&w, "from", entry_name(s, rows_null(r, 9) ? 0 : rows_num(r, 9)));
		jw_kstr(&w, "to", entry_name(s, rows_null(r, 10) ? 0 : rows_num(r, 10)));
		jw_kstr(&w, "command", rows_text(r, 12));
		jw_kint(&w, "tries", rows_num(r, 13));
		jw_kcount(&w, "progress", rows_date(r, 19));
		jw_kstr(&w, "step", rows_text(r, 20));
		jw_kstr(&w, "life", rows_text(r, 22));
		jw_ktime(&w, "last_seen", rows_date(r, 21));
		jw_ktime(&w, "started_at", rows_date(r, 15));
		jw_ktime(&w, "changed_at", rows_date(r, 16));
		jw_ktime(&w, "ended_at", rows_date(r, 17));
		jw_end(&w);
		last = rows_num(r, 0);
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

int campaign_events(struct db *db, const struct snapshot *s, int64_t id, int64_t after, int64_t limit,
		    int (*fn)(void *ctx, int64_t n, const char *json, size_t len, struct err *e), void *ctx,
		    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	STR(text, 8 * KIB);
	struct store_event v;
	bool got;

	if (store_event_page(db, id, after, limit, &r, e))
		return (int)e->code;
	for (;;) {
		struct jw w;

		if (store_event_next(r, true, &v, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		str_clear(&text);
		w = jw_start(&text);
		jw_obj(&w);
		jw_kint(&w, "n", v.n);
		jw_ktime(&w, "at", v.at);
		jw_kint(&w, "cycle", v.cycle_id);
		jw_kstr(&w, "device", v.device);
		jw_kint(&w, "hop", v.hop);
		jw_kstr(&w, "event", v.event);
		jw_kstr(&w, "was", v.was);
		jw_kstr(&w, "now", v.now);
		jw_kstr(&w, "command", v.command);
		jw_kstr(&w, "from", entry_name(s, v.from_id));
		jw_kstr(&w, "to", entry_name(s, v.to_id));
		jw_kstr(&w, "detail", *v.detail ? v.detail : NULL);
		jw_end(&w);
		if (fn(ctx, v.n, str_c(&text), text.len, e))
			return (int)e->code;
	}
}
