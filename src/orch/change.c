/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph changed while a walk was between two hops: what becomes of it, by the campaign's policy
 * (rollout rule 12: hold, go on as recorded, or plan anew, with the reason told). Whatever the policy, a hop
 * that does not stand is never pushed; see hop_stands().
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/runner_priv.h"

/* The hops of the recorded plan from the one that leaves `base` on. */
struct rest {
	VEC(struct store_hop) hops;
};
static void rest_done(struct rest *r)
{
	vec_done(&r->hops);
}
DEFINE_OWN_VAL(struct rest, rest_done)

static int rest_read(struct batch *b, int64_t plan_id, int64_t from_n, struct rest *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_hop h;
	bool got = true;
	int rc = store_plan_hops(b->r->db, plan_id, &r, e);

	while (!rc && got) {
		rc = store_hop_next(r, &h, &got, e);
		if (!rc && got && h.n >= from_n)
			vec_push(&ret->hops, h);
	}
	return rc;
}

static bool same_hops(const struct rest *old, const struct plan_made *now)
{
	if (now->reason[0] || (size_t)now->row.nhops != old->hops.n)
		return false;
	for (size_t i = 0; i < old->hops.n; i++)
		if (old->hops.v[i].entry_id != now->hops[i].entry_id)
			return false;
	return true;
}

/* "000001 > 000002 > 000003", cut with dots where it is too long. */
static void path_write(const struct snapshot *s, int64_t from, const struct store_hop *hops, size_t n,
		       char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%.16s", entry_text(s, from));

	for (size_t i = 0; i < n; i++) {
		if (len + 24 > size) {
			snprintf(buf + len, size - len, " ...");
			return;
		}
		len += (size_t)snprintf(buf + len, size - len, " > %.16s", entry_text(s, hops[i].entry_id));
	}
}

static void both_paths(const struct batch *b, int64_t from, int64_t revision, const struct rest *old,
		       const struct plan_made *now, char buf[CYCLE_DETAIL_SIZE])
{
	char was[72], is[72];

	path_write(b->snap, from, old->hops.v, old->hops.n, was, sizeof was);
	if (now->reason[0])
		snprintf(is, sizeof is, "%.60s", now->reason);
	else
		path_write(b->snap, from, now->hops, (size_t)now->row.nhops, is, sizeof is);
	snprintf(buf, CYCLE_DETAIL_SIZE, "planned at %" PRId64 ": %s; at %" PRId64 ": %s", revision, was,
		 b->snap->revision, is);
}

/* As recorded, as long as all that is left of it stands. */
static void finish_recorded(const struct batch *b, const struct plan_ask *ask, const struct rest *old,
			    int64_t target, struct next *ret)
{
	const char *why;

	for (size_t i = 0; i < old->hops.n; i++) {
		const struct store_hop *h = &old->hops.v[i];

		if (hop_stands(b->snap, h->base_id, h->entry_id, target, ask, &why))
			continue;
		str_copy(ret->reason, sizeof ret->reason, why);
		snprintf(ret->detail, sizeof ret->detail,
			 "the hop %.16s to %.16s of the recorded plan does not stand any more",
			 entry_text(b->snap, h->base_id), entry_text(b->snap, h->entry_id));
		return;
	}
}

static int replan(struct batch *b, const struct live *l, const struct plan_made *now, const char *paths,
		  int64_t *target, struct store_hop *hop, struct next *ret, struct err *e)
{
	ret->arrived = !strcmp(now->reason, "already");
	if (ret->arrived)
		return OK;
	if (now->reason[0]) {
		str_copy(ret->reason, sizeof ret->reason, now->reason);
		str_copy(ret->detail, sizeof ret->detail, now->detail);
		return OK;
	}
	*hop = now->hops[0];
	*target = now->row.target_id;
	str_copy(ret->note, sizeof ret->note, paths);
	return store_plan_put(b->r->db, l->k.id, &now->row, now->hops, &ret->plan_id, e);
}

int change_judge(struct batch *b, const struct live *l, const struct walk *w, int64_t *target,
		 struct store_hop *hop, struct next *ret, struct err *e)
{
	struct plan_ask ask = plan_ask_of(&l->k, l->set, b->now, b->r->init.image_dir);
	OWN(plan_made_done) struct plan_made now = { .hops = NULL };
	OWN(rest_done) struct rest old = { { 0 } };
	char paths[CYCLE_DETAIL_SIZE];
	int64_t revision, to;
	const char *why;

	if (store_plan_target(b->r->db, ret->plan_id, &to, &revision, e))
		return (int)e->code;
	/* Between two fragments a walk does not rest and takes no other way: its next hop stands, or it is
	 * held for that. */
	if (revision == b->snap->revision || w->together)
		return OK;
	if (rest_read(b, ret->plan_id, hop->n, &old, e))
		return (int)e->code;
	plan_make(b->snap, w->entry_id, &ask, b->r->scratch, &now);
	if (same_hops(&old, &now))
		return OK;
	both_paths(b, w->entry_id, revision, &old, &now, paths);
	switch (l->k.on_change) {
	case ON_CHANGE_FINISH_RECORDED:
		finish_recorded(b, &ask, &old, to, ret);
		return OK;
	case ON_CHANGE_REPLAN:
		return replan(b, l, &now, paths, target, hop, ret, e);
	case ON_CHANGE_HOLD:
	case ON_CHANGES:
		break;
	}
	/* A hop that fell is named for what it is; else the path is another one now. */
	if (hop_stands(b->snap, w->entry_id, hop->entry_id, to, &ask, &why))
		why = "path-changed";
	str_copy(ret->reason, sizeof ret->reason, why);
	str_copy(ret->detail, sizeof ret->detail, paths);
	return OK;
}
