/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/turn_meter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/meter.h"

#define OTHER_WAIT_MS INT64_C(600000)  /* woken when the other one ends */
#define SHUT_WAIT_MS INT64_C(1800000)  /* a gate that opens by itself, nobody knows when */
#define FIRST_WAIT_MS INT64_C(3600000) /* somebody must do something first; woken when it is done */

/* What becomes of a walk at a gate. */
enum verdict {
	VERDICT_GO,
	VERDICT_READ, /* in its row, until the inventory was read */
	VERDICT_WAIT, /* in its row, until the gate may open */
	VERDICT_HOLD, /* for somebody */
	VERDICT_NEVER,
	VERDICT_LOST /* it has another supplier: this campaign has nothing to do with it any more */
};

static enum verdict verdict_of(enum han_gate g)
{
	switch (g) {
	case HAN_OPEN:
	case HAN_WINDOW: /* the door keeps the windows */
		return VERDICT_GO;
	case HAN_STALE:
		return VERDICT_READ;
	case HAN_HUB: /* the DCC upgrades hubs; the walk looks again when the hub runs something else */
	case HAN_FIRST:
	case HAN_OTHER:
	case HAN_USER_HELD:
	case HAN_NO_USER:
		return VERDICT_WAIT;
	case HAN_QUARANTINE:
	case HAN_NO_RULE:
	case HAN_NO_HUB:
	case HAN_STATUS:
		return VERDICT_HOLD;
	case HAN_HUB_IS_DCCS:
	case HAN_NO_OTA:
	case HAN_SMETS1:
		return VERDICT_NEVER;
	case HAN_AUTHORITY:
	case HAN_GATES:
		break;
	}
	return VERDICT_LOST;
}

/* Whether another walk of the HAN is active is looked at once, at the claim. */
static int gate_ask(struct batch *b, const struct walk *w, int64_t to_id, int64_t inventory_age,
		    struct han_answer *ret, struct err *e)
{
	struct meter_gate_ctx ctx = METER_GATE_PLAN;
	int rc;

	if (inventory_age > 0)
		ctx.inventory_age = inventory_age;
	rc = meter_gate(b->r->db, b->snap, w->device_id, to_id, b->now, &ctx, ret, e);

	if (rc != ERR_NOT_FOUND)
		return rc;
	/* Registered as a device by its adapter alone: there is nothing that could be asked of the DCC. */
	*ret = (struct han_answer){ .gate = HAN_QUARANTINE, .opens_at = -1 };
	str_copy(ret->text, sizeof ret->text, "it is not registered as a meter: firpath meter add");
	return OK;
}

/* ---- the claim ---- */

static int rest(struct batch *b, const struct walk *w, enum han_gate g, int64_t ms, const char *detail,
		struct err *e)
{
	int64_t until = b->now + ms + (int64_t)rnd_below(&b->r->init.rnd, (uint64_t)ms / 4 + 1);

	return store_turn_rest(b->r->db, w->cycle_id, b->now, until, han_gate_text[g], detail, e);
}

static int put_off(struct batch *b, const struct walk *w, const struct han_answer *g, struct err *e)
{
	int64_t ms = g->opens_at > b->now                         ? g->opens_at - b->now
		     : g->gate == HAN_OTHER                       ? OTHER_WAIT_MS
		     : g->gate == HAN_HUB || g->gate == HAN_FIRST ? FIRST_WAIT_MS
								  : SHUT_WAIT_MS;

	return rest(b, w, g->gate, ms, g->text, e);
}

/* Whoever reads the inventory wakes the walks of the HAN. */
static int inventory_wish(struct batch *b, const struct walk *w, struct err *e)
{
	struct store_meter *m = mem_zalloc(sizeof *m);
	bool got;
	int rc = store_meter_get(b->r->db, w->device_id, &got, m, e);

	if (!rc && got && !*m->wish)
		rc = store_meter_wish(b->r->db, w->device_id, METER_WISH_INVENTORY, b->now, e);
	free(m);
	return rc ? (int)e->code : OK;
}

/* Where the walk goes next; 0 = that is not known here, the first look at the device will tell. */
static int target_of(struct batch *b, const struct walk *w, int64_t *ret, struct err *e)
{
	struct store_hop hop;
	int64_t target;
	bool got = false;

	*ret = 0;
	if (w->plan_id && w->entry_id &&
	    store_plan_hop(b->r->db, w->plan_id, w->entry_id, &got, &hop, &target, e))
		return (int)e->code;
	if (got)
		*ret = hop.entry_id;
	return OK;
}

int turn_meter(struct batch *b, int64_t campaign_id, struct walk *w, struct err *e)
{
	bool begun = w->started_at >= 0;
	struct han_answer g;
	int64_t other, to_id;

	if (store_turn_active(b->r->db, w->site_id, 0, &other, e))
		return (int)e->code;
	if (other)
		return rest(b, w, HAN_OTHER, OTHER_WAIT_MS, "another device of this HAN is under way", e);
	if (target_of(b, w, &to_id, e) || gate_ask(b, w, to_id, b->r->init.inventory_age, &g, e))
		return (int)e->code;
	switch (verdict_of(g.gate)) {
	case VERDICT_GO:
		return walk_start(b, campaign_id, w, e);
	case VERDICT_READ:
		return inventory_wish(b, w, e) ? (int)e->code : put_off(b, w, &g, e);
	case VERDICT_WAIT:
		return put_off(b, w, &g, e);
	case VERDICT_HOLD:
		return step_bar(b, w, PHASE_HELD, han_gate_text[g.gate], g.text, e);
	case VERDICT_NEVER:
		return step_bar(b, w, begun ? PHASE_HELD : PHASE_REFUSED, han_gate_text[g.gate], g.text, e);
	case VERDICT_LOST:
		return step_bar(b, w, begun ? PHASE_STOPPED : PHASE_REFUSED, han_gate_text[g.gate], g.text,
				e);
	}
	return OK;
}

/* ---- under way ---- */

int meter_next(struct batch *b, const struct walk *w, struct next *ret, struct err *e)
{
	struct han_answer g;
	enum verdict v;

	if (gate_ask(b, w, ret->to_id, 0, &g, e))
		return (int)e->code;
	v = verdict_of(g.gate);
	/* Between two fragments a walk does not rest: it waits at the door, which asks the same gate. */
	if (v == VERDICT_GO || v == VERDICT_READ || (v == VERDICT_WAIT && w->together))
		return OK;
	ret->has = false;
	ret->yields = v == VERDICT_WAIT;
	ret->lost = v == VERDICT_LOST;
	str_copy(ret->reason, sizeof ret->reason, han_gate_text[g.gate]);
	str_copy(ret->detail, sizeof ret->detail, g.text);
	return OK;
}

int meter_stands(struct batch *b, const struct walk *w, struct stands *ret, struct err *e)
{
	struct han_answer g;
	enum verdict v;

	if (gate_ask(b, w, w->to_id, 0, &g, e))
		return (int)e->code;
	v = verdict_of(g.gate);
	if (v == VERDICT_GO || v == VERDICT_READ || (v == VERDICT_WAIT && w->together))
		return OK;
	ret->changed = v == VERDICT_WAIT;
	ret->lost = v == VERDICT_LOST;
	ret->yes = v == VERDICT_WAIT;
	ret->why = han_gate_text[g.gate];
	str_copy(ret->detail, sizeof ret->detail, g.text);
	return OK;
}
