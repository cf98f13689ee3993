/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "orch/turn_meter.h"
#include "orch/turn_parts.h"

#define PAGE 256

int turn_due(struct batch *b, struct err *e)
{
	int64_t ids[PAGE], n;
	struct walk w;
	bool got;

	if (store_cycle_due(b->r->db, b->now, PAGE, ids, &n, e))
		return (int)e->code;
	b->more = b->more || n == PAGE;
	for (int64_t i = 0; i < n; i++) {
		if (store_walk_of_cycle(b->r->db, ids[i], &got, &w, e))
			return (int)e->code;
		if (got && step_seen(b, &w, CM_SAW_TIMER, NULL, e))
			return err_wrap(e, "device %s", w.device);
	}
	return OK;
}

int walk_start(struct batch *b, int64_t campaign_id, struct walk *w, struct err *e)
{
	struct live *l;

	if (batch_campaign(b, campaign_id, &l, e))
		return (int)e->code;
	w->phase = PHASE_ACTIVE;
	w->ending = PHASES;
	w->reason[0] = w->detail[0] = 0;
	w->tries = w->refusals = 0;
	w->not_before = 0;
	if (w->started_at < 0)
		w->started_at = b->now;
	live_move(l, w->wave, PHASE_QUEUED, PHASE_ACTIVE);
	return step_event(b, w, CM_EV_START, NULL, e);
}

static int claim_one(struct batch *b, int64_t campaign_id, int64_t cycle_id, struct err *e)
{
	struct walk w;
	bool got;

	if (store_walk_of_cycle(b->r->db, cycle_id, &got, &w, e))
		return (int)e->code;
	/* The others of its site were put off together with the first of the list. */
	if (!got || w.phase != PHASE_QUEUED || w.not_before > b->now)
		return OK;
	if (walk_has_parts(&w) ? turn_station(b, campaign_id, &w, e)
	    : walk_in_han(&w)  ? turn_meter(b, campaign_id, &w, e)
			       : walk_start(b, campaign_id, &w, e))
		return err_wrap(e, "device %s", w.device);
	return OK;
}

static int campaign_claim(struct batch *b, int64_t campaign_id, struct err *e)
{
	int64_t ids[PAGE], n, room;
	struct live *l;

	if (batch_campaign(b, campaign_id, &l, e))
		return (int)e->code;
	room = l->k.max_active - l->k.n[PHASE_ACTIVE];
	if (l->k.state != CAMPAIGN_RUNNING || l->k.n[PHASE_QUEUED] <= 0 || room <= 0)
		return OK;
	if (store_cycle_claim(b->r->db, campaign_id, b->now, room < PAGE ? room : PAGE, ids, &n, e))
		return (int)e->code;
	b->more = b->more || n == PAGE;
	for (int64_t i = 0; i < n; i++)
		if (claim_one(b, campaign_id, ids[i], e))
			return err_wrap(e, "campaign %" PRId64, campaign_id);
	return OK;
}

/* ---- stopped campaigns ---- */

static const struct sweep *sweep_find(const struct runner *r, int64_t campaign_id)
{
	for (size_t i = 0; i < r->sweeps.n; i++)
		if (r->sweeps.v[i].campaign_id == campaign_id)
			return &r->sweeps.v[i];
	return NULL;
}

bool sweep_due(const struct runner *r, int64_t campaign_id, int64_t mono)
{
	const struct sweep *s = sweep_find(r, campaign_id);

	return !s || mono >= s->again_at;
}

/* Takes what the campaign does not want any more out of the chart, as far as the chart allows it: a page in
 * each batch. What is at a point where it cannot be stopped ends by its own moves, which know of the stop. */
static int campaign_sweep(struct batch *b, int64_t campaign_id, int64_t mono, struct err *e)
{
	const struct sweep *was = sweep_find(b->r, campaign_id);
	struct sweep now = { .campaign_id = campaign_id, .after = was ? was->after : 0 };
	int64_t ids[PAGE], n;
	struct walk w;
	bool got;

	if (store_cycle_active(b->r->db, campaign_id, now.after, PAGE, ids, &n, e))
		return (int)e->code;
	for (int64_t i = 0; i < n; i++) {
		now.after = ids[i];
		if (store_walk_of_cycle(b->r->db, ids[i], &got, &w, e))
			return (int)e->code;
		if (!got || w.ending != PHASES || w.together || !cm_move(w.cm, CM_EV_STOP))
			continue;
		if (step_event(b, &w, CM_EV_STOP, NULL, e))
			return err_wrap(e, "device %s", w.device);
	}
	b->more = b->more || n == PAGE;
	if (n < PAGE) {
		now.after = 0;
		now.again_at = mono + SWEEP_EVERY_MS;
	}
	vec_push(&b->sweeps, now);
	return OK;
}

void sweep_kept(struct runner *r, const struct batch *b)
{
	for (size_t i = 0; i < b->sweeps.n; i++) {
		size_t k = 0;

		while (k < r->sweeps.n && r->sweeps.v[k].campaign_id != b->sweeps.v[i].campaign_id)
			k++;
		if (k == r->sweeps.n)
			vec_push(&r->sweeps, b->sweeps.v[i]);
		else
			r->sweeps.v[k] = b->sweeps.v[i];
	}
}

/* The live campaigns, read before anything is moved. */
int live_ids(struct batch *b, enum campaign_state state, int64_t *ret, size_t max, size_t *ret_n,
	     struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_campaign k;
	size_t n = 0;
	bool got;

	if (store_campaign_live(b->r->db, &r, e))
		return (int)e->code;
	for (;;) {
		if (store_campaign_next(r, &k, &got, e))
			return (int)e->code;
		if (!got || n == max)
			break;
		if (k.state == state)
			ret[n++] = k.id;
	}
	*ret_n = n;
	return OK;
}

int turn_claim(struct batch *b, struct err *e)
{
	int64_t ids[PAGE];
	size_t n;

	if (live_ids(b, CAMPAIGN_RUNNING, ids, PAGE, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++)
		if (campaign_claim(b, ids[i], e))
			return (int)e->code;
	return OK;
}

int turn_sweep(struct batch *b, int64_t mono, struct err *e)
{
	int64_t ids[PAGE];
	struct live *l;
	size_t n;

	if (live_ids(b, CAMPAIGN_STOPPED, ids, PAGE, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++)
		if (sweep_due(b->r, ids[i], mono) &&
		    (batch_campaign(b, ids[i], &l, e) || campaign_sweep(b, ids[i], mono, e)))
			return (int)e->code;
	return OK;
}

/* ---- signs of life ---- */

void seen_note(struct runner *r, int64_t device_id, const struct bbum_status *s, int64_t at)
{
	uint32_t i = map64_get(r->seen_index, (uint64_t)device_id);
	struct seen fresh = { .device_id = device_id };

	atomic_fetch_add(&r->c_seen, 1);
	if (i == MAP64_NONE) {
		i = (uint32_t)r->seen.n;
		map64_put(r->seen_index, (uint64_t)device_id, i);
		vec_push(&r->seen, fresh);
	}
	r->seen.v[i].at = at;
	r->seen.v[i].progress = s->progress;
	str_copy(r->seen.v[i].step, sizeof r->seen.v[i].step, s->step);
}

/* What was just written is newer than a sign of life that waits to be. */
void seen_renew(struct runner *r, int64_t device_id, const struct bbum_status *s, int64_t at)
{
	uint32_t i = map64_get(r->seen_index, (uint64_t)device_id);

	if (i == MAP64_NONE)
		return;
	r->seen.v[i].at = at;
	r->seen.v[i].progress = s->progress;
	str_copy(r->seen.v[i].step, sizeof r->seen.v[i].step, s->step);
}

int turn_flush(struct batch *b, struct err *e)
{
	struct runner *r = b->r;
	int64_t lost = 0;

	for (size_t i = 0; i < r->seen.n; i++) {
		const struct seen *s = &r->seen.v[i];

		if (store_device_seen(r->db, s->device_id, s->progress, *s->step ? s->step : NULL, s->at, e))
			return (int)e->code;
	}
	/* After a start everybody gets the time to be heard. */
	if (clock_mono(r->init.clock) >= r->life_from &&
	    store_device_lost(r->db, b->now - r->init.set.life_limit, &lost, e))
		return (int)e->code;
	return turn_silent(b, lost > 0, e);
}
