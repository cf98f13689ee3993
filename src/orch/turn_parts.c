/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/turn_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/station_plan.h"

/* The question of one station: components in the order of their names, and the walk of each. */
struct site_parts {
	struct store_turn_part part[PARTS_MAX];
	struct station_plan_part ask[PARTS_MAX];
	int64_t cycle[PARTS_MAX]; /* 0 = no walk is there for it */
	bool held[PARTS_MAX];     /* that walk waits for somebody */
	size_t n;
	int own; /* the walk that asks */
};

/* ---- what releases need of each other ---- */

/* Kept for one revision: publishing, withdrawing and approving all make a new one. */
static int needs_get(struct batch *b, const struct graph_model *m, const struct release_needs **ret,
		     struct err *e)
{
	struct runner *r = b->r;
	struct known_needs *k;

	if (r->needs_revision != b->snap->revision)
		runner_needs_forget(r);
	r->needs_revision = b->snap->revision;
	for (size_t i = 0; i < r->needs.n; i++)
		if (!strcmp(r->needs.v[i]->vendor, m->manufacturer) &&
		    !strcmp(r->needs.v[i]->model, m->model)) {
			*ret = &r->needs.v[i]->needs;
			return OK;
		}
	k = mem_zalloc(sizeof *k);
	str_copy(k->vendor, sizeof k->vendor, m->manufacturer);
	str_copy(k->model, sizeof k->model, m->model);
	if (release_needs(r->db, b->snap, k->vendor, k->model, &k->needs, e)) {
		free(k);
		return (int)e->code;
	}
	vec_push(&r->needs, k);
	*ret = &k->needs;
	return OK;
}

void runner_needs_forget(struct runner *r)
{
	for (size_t i = 0; i < r->needs.n; i++) {
		release_needs_done(&r->needs.v[i]->needs);
		free(r->needs.v[i]);
	}
	r->needs.n = 0;
}

/* ---- the question ---- */

static int parts_read(struct batch *b, const struct walk *w, struct site_parts *sp, struct err *e)
{
	size_t n;

	sp->own = -1;
	if (store_turn_parts(b->r->db, w->site_id, PARTS_MAX, sp->part, &n, e))
		return (int)e->code;
	if (n > PARTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "the station has %zu components, %d can be planned", n,
			       PARTS_MAX);
	if (!n) { /* its components were never read: it is the one device that the inventory says */
		str_copy(sp->part[0].name, sizeof sp->part[0].name, w->hardware);
		sp->part[0].device_id = w->device_id;
		n = 1;
	}
	sp->n = n;
	for (size_t i = 0; i < n; i++)
		if (sp->part[i].device_id == w->device_id) {
			sp->part[i].entry_id = w->entry_id;
			sp->own = (int)i;
		}
	return OK;
}

static int walks_read(struct batch *b, const struct live *l, const struct walk *w, struct site_parts *sp,
		      struct err *e)
{
	struct store_turn_walk v[2 * PARTS_MAX];
	size_t n;

	if (store_turn_walks(b->r->db, w->site_id, l->k.id, 2 * PARTS_MAX, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < sp->n; i++) {
		sp->cycle[i] = 0;
		sp->held[i] = false;
		sp->ask[i] =
		    (struct station_plan_part){ .component = sp->part[i].name,
						.now = graph_find_id(b->snap->graph, sp->part[i].entry_id),
						.target = NODE_NONE };
		for (size_t k = 0; k < n; k++) {
			if (v[k].device_id != sp->part[i].device_id || !v[k].target_id ||
			    (l->k.security && (int)i != sp->own))
				continue;
			/* What is held stays as it is; but the releases of a set are meant together. */
			if (v[k].phase == PHASE_HELD && !(l->k.set_id && v[k].barred))
				continue;
			sp->held[i] = v[k].phase == PHASE_HELD;
			sp->cycle[i] = v[k].cycle_id;
			sp->ask[i].target = graph_find_id(b->snap->graph, v[k].target_id);
			sp->ask[i].may_move = true;
		}
	}
	return OK;
}

/* ---- the answer ---- */

static void bar(struct turn *t, const char *reason, const char *detail)
{
	t->what = TURN_BARRED;
	str_copy(t->reason, sizeof t->reason, reason);
	str_copy(t->detail, sizeof t->detail, detail);
}

static void no_plan(const struct station_plan *p, struct turn *t)
{
	static const char *const reason[] = { [PARTS_ALREADY] = "",
					      [PARTS_PATH] = "",
					      [PARTS_NO_PATH] = "no-path:components",
					      [PARTS_INCOMPATIBLE] = "incompatible",
					      [PARTS_NOT_APPROVED] = "not-approved",
					      [PARTS_TOO_LARGE] = "components-too-many" };

	bar(t, reason[p->result], p->why);
}

static bool moves(const struct station_plan *p, int part)
{
	for (size_t i = 0; i < p->nsteps; i++)
		for (int k = 0; k < p->step[i].n; k++)
			if (p->step[i].part[k] == part)
				return true;
	return false;
}

static void first_step(const struct batch *b, const struct site_parts *sp, const struct station_step *s,
		       struct turn *t)
{
	int lead = s->part[0];

	t->what = lead == sp->own ? TURN_GO : TURN_OTHER;
	t->lead_cycle = sp->cycle[lead];
	if (sp->held[lead]) {
		bar(t, "held:component", "");
		snprintf(t->detail, sizeof t->detail, "the component %.50s goes first, and its walk is held",
			 sp->part[lead].name);
		return;
	}
	str_copy(t->lead, sizeof t->lead, sp->part[lead].name);
	t->to_id = graph_node(b->snap->graph, s->to[0])->entry_id;
	for (int i = 1; i < s->n; i++) {
		const struct store_turn_part *part = &sp->part[s->part[i]];

		t->companion[t->ncompanions++] =
		    (struct store_companion){ part->device_id, part->entry_id,
					      graph_node(b->snap->graph, s->to[i])->entry_id };
	}
}

/* Of releases that are not meant together the one that stands in the way stays where it is. */
static bool leave_out(const struct live *l, struct site_parts *sp, const struct station_plan *p)
{
	if (l->k.set_id || p->blame < 0 || p->blame == sp->own || !sp->ask[p->blame].may_move)
		return false;
	sp->ask[p->blame].may_move = false;
	sp->ask[p->blame].target = NODE_NONE;
	return true;
}

static int solve(struct batch *b, const struct live *l, struct site_parts *sp, struct turn *t, struct err *e)
{
	OWN(station_plan_done) struct station_plan p = { .step = NULL };
	struct station_plan_ask q = { .s = b->snap,
				      .part = sp->ask,
				      .n = (int)sp->n,
				      .groups = !l->k.security,
				      .alone = l->k.security,
				      .at = b->now };
	const struct graph_node *n = graph_node(b->snap->graph, sp->ask[sp->own].now);

	if (needs_get(b, graph_model(b->snap->graph, n->model), &q.needs, e))
		return (int)e->code;
	do {
		station_plan_done(&p);
		if (station_plan(&q, &p, e))
			return (int)e->code;
	} while (p.result != PARTS_PATH && p.result != PARTS_ALREADY && leave_out(l, sp, &p));
	if (p.result == PARTS_PATH && moves(&p, sp->own))
		first_step(b, sp, &p.step[0], t);
	else if (p.result != PARTS_PATH && p.result != PARTS_ALREADY)
		no_plan(&p, t);
	return OK;
}

int turn_compute(struct batch *b, const struct live *l, const struct walk *w, struct turn *ret, struct err *e)
{
	struct site_parts sp;

	memset(ret, 0, sizeof *ret);
	ret->what = TURN_NOTHING;
	if (parts_read(b, w, &sp, e) || walks_read(b, l, w, &sp, e))
		return (int)e->code;
	for (size_t i = 0; i < sp.n; i++) {
		if (sp.ask[i].now != NODE_NONE)
			continue;
		bar(ret, "", "");
		snprintf(ret->reason, sizeof ret->reason, "component-unknown:%.28s", sp.part[i].name);
		snprintf(
		    ret->detail, sizeof ret->detail,
		    "what the component %.50s runs is not exactly one release; nothing of this station is "
		    "moved",
		    sp.part[i].name);
		return OK;
	}
	if (sp.own < 0) {
		bar(ret, "component-gone", "the station does not report this component any more");
		return OK;
	}
	return solve(b, l, &sp, ret, e);
}

/* ---- may it be pushed ---- */

static int release_stands(struct batch *b, int64_t entry_id, const char **ret_why, struct err *e)
{
	uint32_t node = graph_find_id(b->snap->graph, entry_id);
	const struct release_needs *needs;
	const struct release_fact *f;

	*ret_why = "edge-withdrawn";
	if (node == NODE_NONE)
		return OK;
	if (needs_get(b, graph_model(b->snap->graph, graph_node(b->snap->graph, node)->model), &needs, e))
		return (int)e->code;
	f = release_fact_of(needs, entry_id);
	*ret_why = !f                             ? "no-release"
		   : !f->published                ? "release-withdrawn"
		   : f->regulated && !f->approved ? "not-approved"
						  : NULL;
	return OK;
}

/* The hop and those of its companions: at the newest revision, with releases that may be pushed. */
static int step_stands(struct batch *b, const struct live *l, int64_t from_id, int64_t to_id,
		       int64_t target_id, const struct turn *t, const char **ret_why, struct err *e)
{
	struct plan_ask ask = plan_ask_of(&l->k, l->set, b->now, b->r->init.image_dir);

	if (release_stands(b, to_id, ret_why, e))
		return (int)e->code;
	if (*ret_why || !hop_stands(b->snap, from_id, to_id, target_id, &ask, ret_why))
		return OK;
	*ret_why = NULL;
	for (size_t i = 0; i < t->ncompanions && !*ret_why; i++) {
		const struct store_companion *c = &t->companion[i];

		if (release_stands(b, c->to_id, ret_why, e))
			return (int)e->code;
		/* Whether it is the last one of its way does not matter: only what may be a target is a hop
		 * of a station's plan. */
		if (!*ret_why && hop_stands(b->snap, c->from_id, c->to_id, c->to_id, &ask, ret_why))
			*ret_why = NULL;
	}
	return OK;
}

int turn_next(struct batch *b, const struct live *l, const struct walk *w, struct next *ret, struct err *e)
{
	int64_t target = 0, revision;
	struct turn t;
	const char *why;

	if (turn_compute(b, l, w, &t, e))
		return (int)e->code;
	if (ret->arrived && (t.what == TURN_NOTHING || t.what == TURN_BARRED))
		return OK;
	ret->arrived = ret->has = false;
	switch (t.what) {
	case TURN_BARRED:
		str_copy(ret->reason, sizeof ret->reason, t.reason);
		str_copy(ret->detail, sizeof ret->detail, t.detail);
		return OK;
	case TURN_OTHER:
		ret->yields = true;
		return OK;
	case TURN_NOTHING:
		str_copy(ret->reason, sizeof ret->reason, "no-path:components");
		str_copy(ret->detail, sizeof ret->detail, "no order of its components leads there");
		return OK;
	case TURN_GO:
		break;
	}
	ret->to_id = t.to_id;
	ret->ncompanions = t.ncompanions;
	memcpy(ret->companion, t.companion, sizeof ret->companion);
	if (ret->plan_id && store_plan_target(b->r->db, ret->plan_id, &target, &revision, e))
		return (int)e->code;
	if (step_stands(b, l, w->entry_id, t.to_id, target, &t, &why, e))
		return (int)e->code;
	if (why) {
		str_copy(ret->reason, sizeof ret->reason, why);
		snprintf(ret->detail, sizeof ret->detail,
			 "the step of %.60s from %.60s to %.60s does not stand", t.lead,
			 entry_text(b->snap, w->entry_id), entry_text(b->snap, t.to_id));
		return OK;
	}
	ret->has = true;
	return OK;
}

static bool same_companions(const struct turn *t, const struct store_companion *v, size_t n)
{
	if (t->ncompanions != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n && memcmp(&t->companion[k], &v[i], sizeof v[i]) != 0)
			k++;
		if (k == n)
			return false;
	}
	return true;
}

int turn_stands(struct batch *b, const struct live *l, const struct walk *w, struct stands *ret,
		struct err *e)
{
	struct store_companion v[PARTS_MAX];
	int64_t target = 0, revision;
	struct turn t;
	size_t n;

	if (w->plan_id && store_plan_target(b->r->db, w->plan_id, &target, &revision, e))
		return (int)e->code;
	if (turn_compute(b, l, w, &t, e) ||
	    store_companion_list(b->r->db, w->cycle_id, w->hop, PARTS_MAX, v, &n, e))
		return (int)e->code;
	if (step_stands(b, l, w->from_id, w->to_id, target, &t, &ret->why, e))
		return (int)e->code;
	ret->yes = !ret->why;
	ret->changed = ret->yes && (t.what != TURN_GO || t.to_id != w->to_id || w->entry_id != w->from_id ||
				    !same_companions(&t, v, n));
	return OK;
}
