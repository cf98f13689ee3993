/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may bar a push at the moment when it would leave. Days pass between the runner's trigger and the 11.3,
 * and an 11.4 activates by itself: so authority, quarantine, the user, the walk, its campaign and the hop are
 * looked at again here, before a Pre-Command is asked for, before it is signed, and before an image leaves.
 */
#include <string.h>

#include "base/parse.h"
#include "base/tz.h"
#include "core/plan.h"
#include "orch/dcc_p.h"

#define LOOK_MAX_MS INT64_C(600000)
#define LOOK_MIN_MS INT64_C(2000)
#define STORM_MS 10000 /* what opens for many at the same moment begins within this time */
#define HOPS_MAX 500   /* of one distribution: walks of one campaign that began at the same entry share one */

static int64_t spread(struct dcc_round *r, int64_t ms)
{
	return (int64_t)rnd_below(&r->d->init.rnd, (uint64_t)ms + 1);
}

/* When it is looked again whether people did something: soon when it is new, at leisure after days. */
static int64_t look_again(struct dcc_round *r, const struct store_meter_job *j)
{
	int64_t ms = (r->now - j->state_at) / 4;

	ms = ms < LOOK_MIN_MS ? LOOK_MIN_MS : ms > LOOK_MAX_MS ? LOOK_MAX_MS : ms;
	return r->now + ms + spread(r, ms / 4);
}

/* ---- the hop ---- */

static bool is_pause(const char *why)
{
	return why && !strncmp(why, "campaign-", 9);
}

/* Of all walks of a campaign that follow one plan from one entry. */
static int hop_bars(struct dcc_round *r, const struct store_hop_of *h, int64_t to_id, const char **ret_why,
		    struct err *e)
{
	struct store_campaign *k = mem_zalloc(sizeof *k);
	int64_t target = to_id, revision;
	bool got;
	int rc = store_campaign_get(r->db, h->campaign_id, &got, k, NULL, e);

	*ret_why = got ? NULL : "walk-over";
	if (!rc && got && h->plan_id)
		rc = store_plan_target(r->db, h->plan_id, &target, &revision, e);
	if (!rc && got) {
		struct plan_ask ask = plan_ask_of(k, NULL, r->now, r->d->init.image_dir);

		/* The image itself is looked for by whoever sends it. */
		if (hop_stands(r->snap, h->from_id, to_id, target, &ask, ret_why) ||
		    !strcmp(*ret_why, "no-image"))
			*ret_why = NULL;
		if (k->state == CAMPAIGN_PAUSED || k->state == CAMPAIGN_HALTED)
			*ret_why = k->state == CAMPAIGN_PAUSED ? "campaign-paused" : "campaign-halted";
	}
	free(k);
	return rc;
}

static int walk_bars(struct dcc_round *r, const struct store_meter_job *j, struct dcc_bar *ret, struct err *e)
{
	struct store_hop_of hop = { .from_id = j->from_id };
	struct walk *w = mem_zalloc(sizeof *w);
	bool got;
	int rc = store_walk_of_cycle(r->db, j->cycle_id, &got, w, e);

	/* Nobody waits for it any more, or somebody wants it back: that comes before the push. */
	if (!rc &&
	    (!got || w->phase != PHASE_ACTIVE || w->to_id != j->to_id || w->command == BBUM_CMD_CANCEL)) {
		ret->why = "walk-over";
		ret->ends = METER_EV_CANCEL;
	} else if (!rc) {
		hop.campaign_id = w->campaign_id;
		hop.plan_id = w->plan_id;
		rc = hop_bars(r, &hop, j->to_id, &ret->why, e);
		if (!rc && w->together && is_pause(ret->why)) /* between two fragments it does not rest */
			ret->why = NULL;
	}
	free(w);
	return rc;
}

/* ---- the meter and its user ---- */

static int meter_bars(struct dcc_round *r, const struct store_meter_job *j, struct dcc_bar *ret,
		      struct err *e)
{
	struct store_meter m;
	bool got;

	if (store_meter_get(r->db, j->device_id, &got, &m, e))
		return (int)e->code;
	if (!got || strcmp(m.authority, "held") != 0) {
		ret->why = "authority over the device is gone";
		ret->ends = METER_EV_AUTHORITY_LOST;
	} else if (*m.quarantine) {
		ret->why = "quarantine";
	}
	return OK;
}

/* The budget of the day was spent when the Pre-Command was asked for. */
static int user_bars(struct dcc_round *r, const struct store_meter_job *j, bool asked, struct dcc_bar *ret,
		     struct err *e)
{
	const struct dcc_user *u = dcc_user_eui(r->users, j->user_eui);
	int64_t today = r->now / MS_PER_DAY;
	struct store_dcc_user row;
	bool got;

	if (store_dcc_user_get(r->db, j->user_eui, &got, &row, e))
		return (int)e->code;
	if (!u || !got || !(u->import_supplier || u->gas_supplier) || !dcc_user_may_sign(u, r->now)) {
		ret->why = "no-dcc-user";
	} else if (*row.held) {
		ret->why = "user-held";
	} else if (!asked && (row.day == today ? row.critical : 0) >= r->d->set.daily_critical) {
		ret->until = (today + 1) * MS_PER_DAY + spread(r, STORM_MS);
		ret->why = "daily-limit";
	}
	return OK;
}

/* ---- before an 11.3 ---- */

static void window_bars(struct dcc_round *r, const struct store_meter_job *j, bool asked, struct dcc_bar *ret)
{
	int64_t opens;

	/* What is dated is dated for a window. */
	if ((asked && j->activate_at >= 0) ||
	    windows_open(&r->d->set.windows, tz_offset, r->d->tz, r->now, &opens))
		return;
	if (!asked && r->d->set.future && opens >= 0) {
		ret->at = opens - opens % 1000 + 1000; /* whole seconds */
		return;
	}
	ret->why = "window";
	if (opens >= 0)
		ret->until = opens + spread(r, STORM_MS);
}

int dcc_guard(struct dcc_round *r, const struct store_meter_job *j, bool asked, struct dcc_bar *ret,
	      struct err *e)
{
	*ret = (struct dcc_bar){ .until = look_again(r, j), .at = -1, .ends = METER_EVENTS };
	if (meter_bars(r, j, ret, e) || (!ret->why && walk_bars(r, j, ret, e)) ||
	    (!ret->why && user_bars(r, j, asked, ret, e)))
		return (int)e->code;
	if (!ret->why)
		window_bars(r, j, asked, ret);
	return OK;
}

/* ---- before an image leaves ---- */

int dcc_guard_distribution(struct dcc_round *r, struct store_distribution *dist, struct err *e)
{
	bool activates = !strcmp(dist->service, "11.4");
	struct store_hop_of *v = mem_array(HOPS_MAX, sizeof *v);
	int64_t later = r->now + LOOK_MAX_MS + spread(r, LOOK_MAX_MS / 4);
	const char *why;
	size_t n = 0;
	int rc = store_distribution_shut(r->db, dist, later, r->now, e);

	/* Those that are left come in the next one. */
	if (!rc)
		rc = store_distribution_hops(r->db, dist->id, HOPS_MAX, v, &n, e);
	if (!rc && n == HOPS_MAX)
		rc = store_distribution_keep(r->db, dist, &v[n - 1], r->now, e);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = hop_bars(r, &v[i], dist->entry_id, &why, e);
		/* A hop under way ends while its campaign is paused; but this would begin an activation. */
		if (!rc && why && (activates || !is_pause(why)))
			rc = store_distribution_back(r->db, dist, &v[i], why, later, r->now, e);
	}
	free(v);
	return rc ? rc : store_distribution_counted(r->db, dist, e);
}
