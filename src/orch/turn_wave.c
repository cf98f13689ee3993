/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waves in the runner: the next one is let go when all walks of those before it have ended, no more of the
 * newest failed than it may, and its time of looking on is over. Too many failures halt the campaign in the
 * transaction in which the last of them ended.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/campaign_waves.h"
#include "orch/runner_priv.h"

#define LIVE_MAX 256

/* What there is to do about the waves of a running campaign. */
enum wave_turn { WAVE_NOTHING, WAVE_ENDED, WAVE_GOES_ON, WAVE_NEXT, WAVE_LET };

static int wave_look(struct db *db, const struct store_campaign *k, int64_t now, enum wave_turn *ret,
		     struct err *e)
{
	struct waves w;
	bool open;

	*ret = WAVE_NOTHING;
	if (!k->wave || k->state != CAMPAIGN_RUNNING)
		return OK;
	if (k->wave > 1) { /* the first was never barred */
		if (store_wave_barred(db, k->id, k->wave, &open, e))
			return (int)e->code;
		*ret = open ? WAVE_LET : WAVE_NOTHING;
		if (open)
			return OK;
	}
	if (waves_parse(k->waves, &w, e))
		return (int)e->code;
	if (k->wave >= w.n)
		return OK;
	if (waves_open(db, k, &open, e))
		return (int)e->code;
	if (open)
		*ret = k->wave_at >= 0 ? WAVE_GOES_ON : WAVE_NOTHING;
	else if (k->wave_at < 0)
		*ret = WAVE_ENDED;
	else if (now >= k->wave_at + w.v[k->wave - 1].soak_ms)
		*ret = WAVE_NEXT;
	return OK;
}

int wave_due(struct runner *r, const struct store_campaign *k, bool *ret, struct err *e)
{
	enum wave_turn t;

	if (wave_look(r->db, k, clock_wall(r->init.clock), &t, e))
		return (int)e->code;
	*ret = t != WAVE_NOTHING;
	return OK;
}

static int campaign_waves(struct batch *b, int64_t campaign_id, struct err *e)
{
	enum wave_turn t;
	struct live *l;

	if (batch_campaign(b, campaign_id, &l, e) || wave_look(b->r->db, &l->k, b->now, &t, e))
		return (int)e->code;
	switch (t) {
	case WAVE_NOTHING:
		return OK;
	case WAVE_ENDED:
		l->k.wave_at = b->now;
		break;
	case WAVE_GOES_ON:
		l->k.wave_at = -1;
		break;
	case WAVE_NEXT:
		if (waves_next(b->r->db, &l->k, b->now, e))
			return (int)e->code;
		b->more = true;
		break;
	case WAVE_LET:
		b->more = true;
		return waves_let(b->r->db, &l->k, b->now, e);
	}
	l->dirty = true;
	return OK;
}

int turn_waves(struct batch *b, struct err *e)
{
	int64_t ids[LIVE_MAX];
	size_t n;

	if (live_ids(b, CAMPAIGN_RUNNING, ids, LIVE_MAX, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++)
		if (campaign_waves(b, ids[i], e))
			return (int)e->code;
	return OK;
}

int wave_budget(struct batch *b, struct live *l, struct err *e)
{
	struct store_campaign *k = &l->k;
	struct waves w;
	int64_t bad, of, may;

	if (!k->wave || k->state != CAMPAIGN_RUNNING)
		return OK;
	if (waves_parse(k->waves, &w, e) || waves_bad(b->r->db, k, &bad, &of, e))
		return (int)e->code;
	may = w.v[k->wave - 1].failures;
	if (bad * 100 <= may * of)
		return OK;
	k->state = CAMPAIGN_HALTED;
	snprintf(k->reason, sizeof k->reason,
		 "wave %" PRId64 ": %" PRId64 " of %" PRId64 " walks failed or are held (at most %" PRId64
		 " %%)",
		 k->wave, bad, of, may);
	l->dirty = true;
	return OK;
}
