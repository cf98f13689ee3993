/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plans of a campaign as JSON, and what becomes of each at the newest catalogue. A walk looks at the
 * catalogue only at its next step (orch/change.c); whoever reads the plans is told before that.
 */
#include "core/campaign_plans.h"
#include "base/vec.h"
#include "core/campaign.h"
#include "core/fleet_util.h"
#include "core/plan.h"

/* ---- does it stand ---- */

struct reading {
	const struct snapshot *s;
	const struct store_campaign *k;
	struct plan_ask ask;
	struct path_scratch *scratch; /* owned */
	struct set_info *set;         /* owned; NULL = none */
};
static void reading_done(struct reading *r)
{
	free(r->set);
	path_scratch_free(r->scratch);
}
DEFINE_OWN_VAL(struct reading, reading_done)

struct recorded {
	VEC(struct store_hop) hops;
};
static void recorded_done(struct recorded *r)
{
	vec_done(&r->hops);
}
DEFINE_OWN_VAL(struct recorded, recorded_done)

static int hops_read(struct db *db, int64_t plan_id, struct recorded *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_hop h;
	bool got = true;
	int rc = store_plan_hops(db, plan_id, &r, e);

	while (!rc && got) {
		rc = store_hop_next(r, &h, &got, e);
		if (!rc && got)
			vec_push(&ret->hops, h);
	}
	return rc;
}

static bool same_hops(const struct recorded *was, const struct plan_made *now)
{
	if (now->reason[0] || (size_t)now->row.nhops != was->hops.n)
		return false;
	for (size_t i = 0; i < was->hops.n; i++)
		if (was->hops.v[i].entry_id != now->hops[i].entry_id)
			return false;
	return true;
}

/* What walks do that have the step (or the change) still before them. */
static const char *then_of(const struct store_campaign *k, bool fallen, const struct plan_made *now)
{
	switch (k->on_change) {
	case ON_CHANGE_FINISH_RECORDED:
		return fallen ? "held" : "goes-on";
	case ON_CHANGE_REPLAN:
		return now->reason[0] ? "held" : "replanned";
	case ON_CHANGE_HOLD:
	case ON_CHANGES:
		break;
	}
	return "held";
}

static void hops_write(const struct snapshot *s, const struct store_hop *hops, size_t n, struct jw *w)
{
	jw_key(w, "hops");
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		jw_str(w, entry_name(s, hops[i].entry_id));
	jw_arr_end(w);
}

static void standing_write(const struct reading *r, const struct store_plan *p, const struct recorded *was,
			   struct jw *w)
{
	OWN(plan_made_done) struct plan_made now = { .hops = NULL };
	const struct store_hop *fell = NULL;
	const char *why = NULL;
	bool changed;

	for (size_t i = 0; i < was->hops.n && !fell; i++)
		if (!hop_stands(r->s, was->hops.v[i].base_id, was->hops.v[i].entry_id, p->target_id, &r->ask,
				&why))
			fell = &was->hops.v[i];
	if (fell || p->revision != r->s->revision)
		plan_make(r->s, p->start_id, &r->ask, r->scratch, &now);
	changed = !fell && p->revision != r->s->revision && !same_hops(was, &now);
	jw_obj(w);
	jw_kint(w, "revision", r->s->revision);
	jw_kstr(w, "state", fell ? "fallen" : changed ? "changed" : "stands");
	jw_kstr(w, "from", fell ? entry_name(r->s, fell->base_id) : NULL);
	jw_kstr(w, "to", fell ? entry_name(r->s, fell->entry_id) : NULL);
	jw_kstr(w, "reason", fell ? why : NULL);
	hops_write(r->s, now.hops, now.reason[0] ? 0 : (size_t)now.row.nhops, w);
	jw_kstr(w, "then", fell || changed ? then_of(r->k, fell, &now) : "goes-on");
	jw_end(w);
}

/* ---- the list ---- */

static int plan_write(struct db *db, const struct reading *r, const struct store_plan *p, struct jw *w,
		      struct err *e)
{
	OWN(recorded_done) struct recorded was = { { 0 } };

	if (hops_read(db, p->id, &was, e))
		return (int)e->code;
	jw_obj(w);
	jw_kstr(w, "start", entry_name(r->s, p->start_id));
	jw_kstr(w, "target", entry_name(r->s, p->target_id));
	jw_kint(w, "revision", p->revision);
	jw_kstr(w, "reason", *p->reason ? p->reason : NULL);
	jw_kstr(w, "detail", *p->detail ? p->detail : NULL);
	hops_write(r->s, was.hops.v, was.hops.n, w);
	jw_key(w, "now");
	if (*p->reason || r->k->state == CAMPAIGN_DONE || r->k->state == CAMPAIGN_STOPPED)
		jw_null(w);
	else
		standing_write(r, p, &was, w);
	jw_end(w);
	return OK;
}

int campaign_plans_json(struct db *db, const struct snapshot *s, const struct store_campaign *k, int64_t now,
			const char *image_dir, struct jw *w, struct err *e)
{
	OWN(reading_done) struct reading reading = { .s = s, .k = k };
	OWN(rows_done) struct rows *r = NULL;
	struct store_plan p;
	bool got = true;
	int rc;

	if (plan_set_of(db, k, &reading.set, e))
		return (int)e->code;
	reading.ask = plan_ask_of(k, reading.set, now, image_dir);
	reading.scratch = path_scratch_new();
	rc = store_plan_list(db, k->id, &r, e);
	jw_key(w, "plans");
	jw_arr(w);
	while (!rc && got) {
		rc = store_plan_next(r, &p, &got, e);
		if (!rc && got)
			rc = plan_write(db, &reading, &p, w, e);
	}
	jw_arr_end(w);
	return rc;
}
