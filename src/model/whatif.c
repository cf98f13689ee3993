/* SPDX-License-Identifier: Apache-2.0 */
#include "model/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"

const char *const pair_change_text[] = { "appears", "vanishes", "longer", "shorter", "changes", NULL };
const char *const edge_change_text[] = { "appear", "vanish", "blocked", "unblocked", NULL };

static void add_node(struct graph_builder *b, const struct graph_model *m, const struct graph_node *n)
{
	graph_add_entry(b, &(struct entry_row){ .id = n->entry_id,
						.model_id = m->id,
						.ord = n->ord,
						.public_id = n->public_id,
						.version = n->version,
						.removed = n->removed,
						.cpa_kind = n->cpa_kind,
						.cpa_until = n->cpa_until,
						.hash = n->hash,
						.descriptor = n->descriptor,
						.device_type = n->device_type,
						.smets = n->smets,
						.gbcs = n->gbcs,
						.seconds = n->cost[0],
						.bytes = n->cost[1],
						.restarts = n->cost[2] });
}

/* Statements of all entries of the new graph: the next one to be added is the oldest. */
static int by_arrival(const void *a, const void *b)
{
	const struct statement_row *x = *(const struct statement_row *const *)a;
	const struct statement_row *y = *(const struct statement_row *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool is_dropped(const struct graph_change *v, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].drop == id)
			return true;
	return false;
}

/* Bases elsewhere make no edge, and their models need not be here. */
static void add_said(struct graph_builder *b, const struct graph *g, uint32_t model,
		     const struct statement_row *said)
{
	OWN(mem_free) char *mem = mem_array(said->nbases + 1, sizeof(int64_t));
	int64_t *bases = (int64_t *)(void *)mem;
	struct statement_row row = *said;

	row.bases = bases;
	row.nbases = 0;
	for (size_t k = 0; k < said->nbases; k++) {
		uint32_t base = graph_find_id(g, said->bases[k]);

		if (base != NODE_NONE && graph_node(g, base)->model == model)
			bases[row.nbases++] = said->bases[k];
	}
	graph_add_statement(b, &row);
}

static void add_model(struct graph_builder *b, const struct graph *g, uint32_t model,
		      const struct graph_change *v, size_t n)
{
	const struct graph_model *m = graph_model(g, model);
	VEC(const struct statement_row *) said = { 0 };

	graph_add_model(b, &(struct model_row){ m->id, m->scheme, m->manufacturer, m->model, m->hardware });
	for (uint32_t i = m->first; i < m->first + m->count; i++) {
		const struct graph_node *node = graph_node(g, i);

		add_node(b, m, node);
		for (uint32_t k = 0; k < node->nsaid; k++)
			if (!is_dropped(v, n, node->said[k]->id))
				vec_push(&said, node->said[k]);
	}
	if (said.n)
		qsort(said.v, said.n, sizeof(*said.v), by_arrival);
	for (size_t i = 0; i < said.n; i++)
		add_said(b, g, model, said.v[i]);
	vec_done(&said);
}

int graph_with(const struct graph *g, const struct graph_change *v, size_t n, struct graph **ret,
	       struct err *e)
{
	OWN(graph_builder_free) struct graph_builder *b = graph_builder_new();
	OWN(map64_free) struct map64 *models = map64_new(n);

	for (size_t i = 0; i < n; i++) {
		uint32_t node = graph_find_id(g, v[i].entry_id);

		if (node != NODE_NONE && map64_put(models, graph_node(g, node)->model, 1))
			add_model(b, g, graph_node(g, node)->model, v, n);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t node = graph_find_id(g, v[i].entry_id);

		if (v[i].add && node != NODE_NONE)
			add_said(b, g, graph_node(g, node)->model, v[i].add);
	}
	return graph_build(MOVE(b), ret, e);
}

uint32_t graph_same(const struct graph *g, uint32_t i, const struct graph *in)
{
	return i == NODE_NONE ? NODE_NONE : graph_find_id(in, graph_node(g, i)->entry_id);
}

/* One model in both graphs. */
struct pair {
	const struct graph *g[2];
	uint32_t first[2], count;
	struct path_scratch *scratch[2];
	struct path path[2];
	uint32_t newest[2]; /* newest allowed entry, by position; NODE_NONE = none */
	int64_t at;
	const struct whatif_calls *calls;
};

static const struct graph_node *node_of(const struct pair *p, int side, uint32_t position)
{
	return graph_node(p->g[side], p->first[side] + position);
}

/* The path between two positions; without search where the target is not allowed. */
static bool find(struct pair *p, int side, uint32_t from, uint32_t to)
{
	struct path_question q = { .from = p->first[side] + from,
				   .to = to == NODE_NONE ? NODE_NONE : p->first[side] + to,
				   .at = p->at,
				   .brief = true };

	path_find(p->g[side], &q, p->scratch[side], &p->path[side]);
	return p->path[side].result == PATH_FOUND;
}

static bool same_hops(const struct pair *p)
{
	for (uint32_t i = 0; i < p->path[0].nhops; i++)
		if (p->path[0].nodes[i] - p->first[0] != p->path[1].nodes[i] - p->first[1])
			return false;
	return true;
}

static void compare_pair(struct pair *p, uint32_t from, uint32_t to)
{
	bool was = find(p, 0, from, to), is = find(p, 1, from, to);
	struct pair_diff d = { .from = p->first[0] + from,
			       .to = p->first[0] + to,
			       .before = &p->path[0],
			       .after = &p->path[1] };

	if (!was && !is)
		return;
	if (was && is && p->path[0].nhops == p->path[1].nhops) {
		if (same_hops(p))
			return;
		d.change = PAIR_CHANGES;
	} else if (was && is) {
		d.change = p->path[0].nhops < p->path[1].nhops ? PAIR_LONGER : PAIR_SHORTER;
	} else {
		d.change = is ? PAIR_APPEARS : PAIR_VANISHES;
		d.why = is ? WHY_NOT_ASKED : p->path[1].why;
	}
	p->calls->pair(&d, p->calls->ctx);
}

static void compare_edges(struct pair *p, uint32_t from, uint32_t to)
{
	uint32_t edge[2];
	bool blocked[2];
	struct edge_diff d = { .from = p->first[0] + from, .to = p->first[0] + to };

	for (int s = 0; s < 2; s++) {
		edge[s] = graph_find_edge(p->g[s], p->first[s] + from, p->first[s] + to);
		blocked[s] =
		    edge[s] != NODE_NONE && (graph_edge(p->g[s], edge[s])->block || node_of(p, s, to)->block);
		if (edge[s] != NODE_NONE)
			d.downgrade = graph_edge(p->g[s], edge[s])->downgrade;
	}
	if ((edge[0] == NODE_NONE) != (edge[1] == NODE_NONE))
		d.change = edge[0] == NODE_NONE ? EDGE_APPEARS : EDGE_VANISHES;
	else if (blocked[0] != blocked[1])
		d.change = blocked[1] ? EDGE_BLOCKED : EDGE_UNBLOCKED;
	else
		return;
	p->calls->edge(&d, p->calls->ctx);
}

static uint32_t newest_allowed(const struct pair *p, int side)
{
	for (uint32_t i = p->count; i-- > 0;)
		if (path_may_be_target(node_of(p, side, i), p->at))
			return i;
	return NODE_NONE;
}

static void compare_latest(struct pair *p, uint32_t from)
{
	struct latest_diff d = { .from = p->first[0] + from };
	uint32_t to[2];
	bool reached[2];

	for (int s = 0; s < 2; s++) {
		find(p, s, from, NODE_NONE);
		to[s] = p->path[s].to == NODE_NONE ? NODE_NONE : p->path[s].to - p->first[s];
		reached[s] =
		    p->newest[s] != NODE_NONE && (p->newest[s] == from || find(p, s, from, p->newest[s]));
	}
	d.before = to[0] == NODE_NONE ? NODE_NONE : p->first[0] + to[0];
	d.after = to[1] == NODE_NONE ? NODE_NONE : p->first[0] + to[1];
	d.stranded = reached[0] && !reached[1];
	d.unstranded = !reached[0] && reached[1];
	if (to[0] != to[1] || d.stranded || d.unstranded)
		p->calls->latest(&d, p->calls->ctx);
}

/* *left: pairs that may still be searched. */
static bool compare_model(struct pair *p, size_t *left)
{
	size_t pairs = (size_t)p->count * p->count;
	bool all = p->count <= WHATIF_ENTRIES_MAX && pairs <= *left;

	*left -= all ? pairs : 0;

	for (int s = 0; s < 2; s++)
		p->newest[s] = newest_allowed(p, s);
	for (uint32_t from = 0; from < p->count; from++) {
		for (uint32_t to = 0; to < p->count; to++) {
			if (to == from)
				continue;
			compare_edges(p, from, to);
			if (all)
				compare_pair(p, from, to);
		}
		compare_latest(p, from);
	}
	return all;
}

size_t whatif_compare(const struct graph *before, const struct graph *after, int64_t at,
		      const struct whatif_calls *calls)
{
	OWN(path_scratch_free) struct path_scratch *a = path_scratch_new();
	OWN(path_scratch_free) struct path_scratch *b = path_scratch_new();
	size_t large = 0, left = WHATIF_PAIRS_MAX;

	for (uint32_t i = 0; i < graph_models(after); i++) {
		const struct graph_model *m = graph_model(after, i);
		struct pair p = { .g = { before, after },
				  .first = { graph_same(after, m->first, before), m->first },
				  .count = m->count,
				  .scratch = { a, b },
				  .at = at,
				  .calls = calls };

		large += !compare_model(&p, &left);
	}
	return large;
}
