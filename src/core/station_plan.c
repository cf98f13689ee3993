/* SPDX-License-Identifier: Apache-2.0 */
#include "core/station_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "model/path.h"

/* One component as the solver sees it: its entries by their place in the question. Place 0 is what runs; of
 * an unknown version it is no entry at all. */
struct side {
	uint32_t node[PARTS_NODES_MAX];
	int n;
	bool too_many;
};
/* Owned as one block: the texts of parts are borrowed. */
struct question {
	struct parts_question q;
	struct part part[PARTS_MAX];
	struct side side[PARTS_MAX];
	struct part_need *need; /* owned */
};

static void question_free(struct question *q)
{
	if (q)
		free(q->need);
	free(q);
}
DEFINE_OWN(struct question, question_free)

void station_plan_done(struct station_plan *p)
{
	free(p->step);
	p->step = NULL;
}

static int place_of(const struct side *s, uint32_t node)
{
	for (int i = 0; i < s->n; i++)
		if (s->node[i] == node)
			return i;
	return -1;
}

/* ---- which entries can be on a way ---- */

static bool may_step(const struct station_plan_ask *q, const struct graph_edge *edge, uint32_t target)
{
	const struct graph_node *n = graph_node(q->s->graph, edge->to);
	int64_t day = q->at - q->at % MS_PER_DAY;

	return !edge->block && !n->block &&
	       (edge->to == target ? path_may_be_target(n, day) : path_may_be_hop(n, day, false));
}

/* Marks what is reached from a node; back: what reaches it. seen: one flag per node of the model. */
static void spread(const struct station_plan_ask *q, uint32_t from, uint32_t target, bool back, bool *seen)
{
	const struct graph *g = q->s->graph;
	const struct graph_model *m = graph_model(g, graph_node(g, from)->model);
	OWN(mem_free) char *room = mem_array(m->count, sizeof(uint32_t));
	uint32_t *todo = (uint32_t *)(void *)room, n = 0;

	todo[n++] = from;
	seen[from - m->first] = true;
	while (n) {
		const struct graph_node *at = graph_node(g, todo[--n]);
		uint32_t count = back ? at->in_count : at->out_count;

		for (uint32_t i = 0; i < count; i++) {
			const struct graph_edge *edge =
			    graph_edge(g, back ? graph_in_edges(g, at)[i] : at->out_first + i);
			uint32_t to = back ? edge->from : edge->to;

			if (seen[to - m->first] || !may_step(q, edge, target))
				continue;
			seen[to - m->first] = true;
			todo[n++] = to;
		}
	}
}

static void side_fill(const struct station_plan_ask *q, const struct station_plan_part *p, struct side *s)
{
	const struct graph *g = q->s->graph;
	uint32_t target = p->target == NODE_NONE ? p->now : p->target;
	OWN(mem_free) char *ahead = NULL, *behind = NULL;
	const struct graph_model *m;

	s->node[s->n++] = p->now;
	if (p->now == NODE_NONE || !p->may_move)
		return;
	m = graph_model(g, graph_node(g, p->now)->model);
	if (graph_node(g, target)->model != graph_node(g, p->now)->model)
		return;
	ahead = mem_zalloc(m->count);
	behind = mem_zalloc(m->count);
	spread(q, p->now, target, false, (bool *)ahead);
	spread(q, target, target, true, (bool *)behind);
	for (uint32_t i = 0; i < m->count; i++) {
		if (!ahead[i] || !behind[i] || m->first + i == p->now)
			continue;
		if (s->n == PARTS_NODES_MAX) {
			s->too_many = true;
			return;
		}
		s->node[s->n++] = m->first + i;
	}
	if (place_of(s, target) < 0 && s->n < PARTS_NODES_MAX)
		s->node[s->n++] = target; /* nothing leads there: the solver says so */
}

static void part_fill(const struct station_plan_ask *q, int i, struct question *ret)
{
	const struct graph *g = q->s->graph;
	const struct station_plan_part *p = &q->part[i];
	const struct side *s = &ret->side[i];
	struct part *to = &ret->part[i];

	*to = (struct part){ .name = p->component, .nnodes = s->n, .may_move = p->may_move };
	for (int k = 0; k < s->n; k++) {
		const struct release_fact *f = NULL;

		if (s->node[k] == NODE_NONE)
			continue;
		f = release_fact_of(q->needs, graph_node(g, s->node[k])->entry_id);
		to->regulated = to->regulated || (f && f->regulated);
		if (!f || !f->regulated || f->approved)
			to->approved |= UINT64_C(1) << k;
		for (uint32_t e = 0; e < graph_node(g, s->node[k])->out_count; e++) {
			const struct graph_edge *edge =
			    graph_edge(g, graph_node(g, s->node[k])->out_first + e);
			int at = place_of(s, edge->to);

			if (at >= 0 && may_step(q, edge, p->target == NODE_NONE ? p->now : p->target))
				to->next[k] |= UINT64_C(1) << at;
		}
	}
	if (!to->regulated)
		to->approved = UINT64_MAX;
	to->target = p->target == NODE_NONE ? 0 : place_of(s, p->target);
	if (to->target < 0)
		to->target = 0;
}

/* ---- needs ---- */

static int component_of(const struct station_plan_ask *q, const char *name)
{
	for (int i = 0; i < q->n; i++)
		if (!strcmp(q->part[i].component, name))
			return i;
	return -1;
}

static uint64_t fitting(const struct station_plan_ask *q, const struct release_need *need,
			const struct side *of)
{
	uint64_t bits = 0;

	if (need->any)
		return UINT64_MAX;
	/* What nobody knows meets no requirement and offends every conflict. */
	if (of->node[0] == NODE_NONE && need->relation == PART_CONFLICTS)
		bits = 1;
	for (size_t i = 0; i < need->nfits; i++) {
		uint32_t node = graph_find_id(q->s->graph, need->fits[i]);
		int at = node == NODE_NONE ? -1 : place_of(of, node);

		if (at >= 0)
			bits |= UINT64_C(1) << at;
	}
	return bits;
}

static void needs_fill(const struct station_plan_ask *q, struct question *ret)
{
	ret->need = mem_array(q->needs->nneeds ? q->needs->nneeds : 1, sizeof *ret->need);
	for (size_t i = 0; i < q->needs->nneeds; i++) {
		const struct release_need *need = &q->needs->need[i];
		uint32_t node = graph_find_id(q->s->graph, need->entry_id);
		struct part_need *to = &ret->need[ret->q.nneeds];
		int part, at;

		if (node == NODE_NONE)
			continue;
		part =
		    component_of(q, graph_model(q->s->graph, graph_node(q->s->graph, node)->model)->hardware);
		at = part < 0 ? -1 : place_of(&ret->side[part], node);
		if (at < 0)
			continue;
		*to = (struct part_need){ .part = part,
					  .node = at,
					  .relation = need->relation,
					  .of = component_of(q, need->component) };
		if (to->of >= 0)
			to->nodes = fitting(q, need, &ret->side[to->of]);
		ret->q.nneeds++;
	}
	ret->q.need = ret->need;
}

/* ---- the answer in words ---- */

static const char *version_at(const struct station_plan_ask *q, const struct question *in, int part, int node)
{
	uint32_t n = part < 0 || node < 0 ? NODE_NONE : in->side[part].node[node];

	return n == NODE_NONE ? "?" : graph_node(q->s->graph, n)->version;
}

static void say_why(const struct station_plan_ask *q, const struct question *in, const struct parts_answer *a,
		    struct station_plan *ret)
{
	const char *name = a->blame_part < 0 ? "?" : q->part[a->blame_part].component;
	const char *version = version_at(q, in, a->blame_part, a->blame_node);
	const struct part_need *need = a->blame_need == SIZE_MAX ? NULL : &in->need[a->blame_need];

	ret->blame = a->blame_part;
	switch (a->result) {
	case PARTS_ALREADY:
	case PARTS_PATH:
		break;
	case PARTS_NO_PATH:
		snprintf(ret->why, sizeof ret->why, "nothing leads the component %.50s to its target", name);
		break;
	case PARTS_NOT_APPROVED:
		snprintf(
		    ret->why, sizeof ret->why,
		    "the regulated component %.50s would be moved to %.50s, which has no certificate and "
		    "approval",
		    name, version);
		break;
	case PARTS_INCOMPATIBLE:
		if (a->blame_of < 0)
			snprintf(ret->why, sizeof ret->why, "%.50s %.50s %s a component that is not there",
				 name, version, need && need->relation == PART_CONFLICTS ? "bars" : "needs");
		else
			snprintf(ret->why, sizeof ret->why,
				 "%.50s %.50s does not go together with %.50s %.50s", name, version,
				 q->part[a->blame_of].component,
				 version_at(q, in, a->blame_of, a->blame_of_node));
		break;
	case PARTS_TOO_LARGE:
		snprintf(ret->why, sizeof ret->why,
			 "the components have more versions on their way than can be ordered");
		break;
	}
}

static void steps_take(const struct question *in, const struct parts_answer *a, struct station_plan *ret)
{
	ret->nsteps = a->nsteps;
	ret->step = mem_array(a->nsteps ? a->nsteps : 1, sizeof *ret->step);
	for (size_t i = 0; i < a->nsteps; i++) {
		ret->step[i].n = a->step[i].n;
		for (int k = 0; k < a->step[i].n; k++) {
			ret->step[i].part[k] = a->step[i].part[k];
			ret->step[i].to[k] = in->side[a->step[i].part[k]].node[a->step[i].to[k]];
		}
	}
}

/* A component of an unknown version that shall move has no way. */
static bool lost(const struct station_plan_ask *q, struct station_plan *ret)
{
	for (int i = 0; i < q->n; i++) {
		if (q->part[i].now != NODE_NONE || !q->part[i].may_move || q->part[i].target == NODE_NONE)
			continue;
		ret->result = PARTS_NO_PATH;
		ret->blame = i;
		snprintf(ret->why, sizeof ret->why, "what the component %.50s runs is not known",
			 q->part[i].component);
		return true;
	}
	return false;
}

int station_plan(const struct station_plan_ask *q, struct station_plan *ret, struct err *e)
{
	OWN(parts_answer_done) struct parts_answer a = { .step = NULL };
	OWN(question_free) struct question *in = NULL;

	if (q->n > PARTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "%d components, %d can be ordered", q->n, PARTS_MAX);
	*ret = (struct station_plan){ .blame = -1 };
	if (lost(q, ret))
		return OK;
	in = mem_zalloc(sizeof *in);
	in->q =
	    (struct parts_question){ .n = q->n, .part = in->part, .groups = q->groups, .alone = q->alone };
	for (int i = 0; i < q->n; i++) {
		side_fill(q, &q->part[i], &in->side[i]);
		if (in->side[i].too_many)
			ret->result = PARTS_TOO_LARGE;
		part_fill(q, i, in);
	}
	needs_fill(q, in);
	if (ret->result == PARTS_TOO_LARGE)
		a.result = PARTS_TOO_LARGE;
	else
		parts_solve(&in->q, &a);
	ret->result = a.result;
	steps_take(in, &a, ret);
	say_why(q, in, &a, ret);
	return OK;
}
