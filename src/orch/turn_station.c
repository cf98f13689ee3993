/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stations at the claim: one walk per station, no station that may not be touched now, no area gone dark.
 * What cannot begin is put off in its row, with the reason to read, so that it costs nothing until then. All
 * of it happens in the transaction that makes the walk active; those run one after the other over the whole
 * store.
 */
#include <stdio.h>
#include <string.h>

#include "core/area.h"
#include "core/station.h"
#include "orch/turn_parts.h"

#define SHUT_WAIT_MS INT64_C(120000) /* a gate whose opening nobody knows */
#define AREA_WAIT_MS INT64_C(20000)
#define STORM_MS 10000 /* stations whose gate opens at the same moment begin within this time */

/* ---- areas ---- */

static int areas_read(struct batch *b, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct area_room a = { .limit = -1 };
	bool got;

	if (b->areas_read)
		return OK;
	if (store_area_busy(b->r->db, &r, e))
		return (int)e->code;
	for (;;) {
		if (store_area_busy_next(r, a.name, &a.busy, &got, e))
			return (int)e->code;
		if (!got)
			break;
		vec_push(&b->areas, a);
	}
	b->areas_read = true;
	return OK;
}

/* *ret: the area within this batch, NULL = the station is in none. */
static int area_of(struct batch *b, const char *name, struct area_room **ret, struct err *e)
{
	struct area_room fresh = { .limit = -1 };
	struct area_room *a = NULL;

	*ret = NULL;
	if (!*name)
		return OK;
	if (areas_read(b, e))
		return (int)e->code;
	for (size_t i = 0; i < b->areas.n && !a; i++)
		if (!strcmp(b->areas.v[i].name, name))
			a = &b->areas.v[i];
	if (!a) {
		str_copy(fresh.name, sizeof fresh.name, name);
		vec_push(&b->areas, fresh);
		a = &b->areas.v[b->areas.n - 1];
	}
	if (a->limit < 0 && area_limit(b->r->db, name, &a->limit, e))
		return (int)e->code;
	*ret = a;
	return OK;
}

/* ---- the gate ---- */

static int64_t opening(struct batch *b, const struct gate_answer *g)
{
	int64_t wait = g->gate == GATE_AREA ? AREA_WAIT_MS : SHUT_WAIT_MS;

	if (g->opens_at > b->now)
		return g->opens_at + (int64_t)rnd_below(&b->r->init.rnd, STORM_MS);
	return b->now + wait + (int64_t)rnd_below(&b->r->init.rnd, (uint64_t)wait / 4);
}

/* May the station be touched now? If not, its walks wait. *ret_area gets where it counts. */
static int gate_ask(struct batch *b, int64_t campaign_id, const struct walk *w, bool *ret_open,
		    struct area_room **ret_area, struct err *e)
{
	struct store_station *st = mem_zalloc(sizeof *st);
	struct gate_answer g;
	bool got;
	int rc = store_station_of_site(b->r->db, w->site_id, &got, st, e);

	*ret_open = true;
	*ret_area = NULL;
	if (!rc && got)
		rc = area_of(b, st->area, ret_area, e);
	if (!rc && got)
		rc = station_gate(st, *ret_area ? (*ret_area)->limit - (*ret_area)->busy : -1, b->now, &g, e);
	free(st);
	if (rc || !got || g.gate == GATE_OPEN)
		return rc ? (int)e->code : OK;
	*ret_open = false;
	return store_turn_sleep(b->r->db, w->site_id, campaign_id, b->now, opening(b, &g), gate_text[g.gate],
				g.text, e);
}

/* ---- the claim ---- */

static int others_sleep(struct batch *b, int64_t campaign_id, const struct walk *w, const char *lead,
			struct err *e)
{
	char reason[CYCLE_REASON_SIZE], detail[CYCLE_DETAIL_SIZE];

	snprintf(reason, sizeof reason, "turn:%.30s first", lead);
	snprintf(detail, sizeof detail, "of one station one component moves at a time; now it is %.60s",
		 lead);
	return store_turn_sleep(b->r->db, w->site_id, campaign_id, b->now, b->now + TURN_WAIT_MS, reason,
				detail, e);
}

static int lead_start(struct batch *b, int64_t campaign_id, const struct walk *w, const struct turn *t,
		      struct area_room *area, struct err *e)
{
	struct walk lead = *w;
	const char *name = t->lead[0] ? t->lead : w->hardware;
	bool got = true;

	if (t->what == TURN_OTHER && store_walk_of_cycle(b->r->db, t->lead_cycle, &got, &lead, e))
		return (int)e->code;
	/* Whose turn it is may have to wait itself: then all others wait for it. */
	if (got && lead.phase == PHASE_QUEUED && lead.not_before <= b->now) {
		if (walk_start(b, campaign_id, &lead, e))
			return (int)e->code;
		if (area)
			area->busy++;
	}
	return others_sleep(b, campaign_id, w, name, e);
}

int turn_station(struct batch *b, int64_t campaign_id, const struct walk *w, struct err *e)
{
	struct area_room *area;
	struct live *l;
	struct turn t;
	int64_t other;
	bool open;

	if (store_turn_active(b->r->db, w->site_id, 0, &other, e))
		return (int)e->code;
	if (other)
		return others_sleep(b, campaign_id, w, "another walk", e);
	if (gate_ask(b, campaign_id, w, &open, &area, e))
		return (int)e->code;
	if (!open)
		return OK;
	if (batch_campaign(b, campaign_id, &l, e) || turn_compute(b, l, w, &t, e))
		return (int)e->code;
	return lead_start(b, campaign_id, w, &t, area, e);
}
