/* SPDX-License-Identifier: Apache-2.0 */
#include "model/needed.h"

#include <string.h>

#include "base/mem.h"
#include "model/lint.h"
#include "model/path.h"

/* One model: its nodes are counted from its first. */
struct part {
	const struct graph *g;
	const struct graph_model *m;
	int64_t at;
	bool *hop[2];   /* may be passed, before and after */
	bool *reach[2]; /* from the start, before and after */
	bool *leads;    /* before, leads to something that is lost */
	uint32_t *queue;
};

static bool open_as(const struct part *p, uint32_t node, bool removed, bool target)
{
	struct graph_node n = *graph_node(p->g, node);

	n.removed = removed;
	return target ? path_may_be_target(&n, p->at) : path_may_be_hop(&n, p->at, false);
}

/* Everything that can be reached from the entries in the queue, over nodes that may be hops; the start may be
 * anything. forward: along edges, else against them. */
static void spread(const struct part *p, const bool *hop, bool forward, uint32_t n, bool *seen)
{
	for (uint32_t head = 0; head < n; head++) {
		const struct graph_node *x = graph_node(p->g, p->m->first + p->queue[head]);
		uint32_t count = forward ? x->out_count : x->in_count;

		for (uint32_t i = 0; i < count; i++) {
			const struct graph_edge *edge =
			    graph_edge(p->g, forward ? x->out_first + i : graph_in_edges(p->g, x)[i]);
			uint32_t next = (forward ? edge->to : edge->from) - p->m->first;

			if (edge->block || seen[next])
				continue;
			seen[next] = true;
			if (hop[next])
				p->queue[n++] = next;
		}
	}
}

/* Everything reached from s: a hop, or a target at the end. */
static void reach_from(const struct part *p, uint32_t s, const bool *hop, bool *seen)
{
	memset(seen, 0, p->m->count * sizeof *seen);
	p->queue[0] = s;
	spread(p, hop, true, 1, seen);
}

static void one_start(struct part *p, const struct need_start *s, const bool *before, const bool *after,
		      int64_t *ret_devices)
{
	uint32_t first = p->m->first, n = 0;

	reach_from(p, s->node - first, p->hop[0], p->reach[0]);
	reach_from(p, s->node - first, p->hop[1], p->reach[1]);
	memset(p->leads, 0, p->m->count * sizeof *p->leads);
	for (uint32_t t = 0; t < p->m->count; t++)
		if (p->reach[0][t] && !p->reach[1][t] && t + first != s->node &&
		    open_as(p, t + first, after[t + first], true))
			p->queue[n++] = t;
	if (!n)
		return;
	spread(p, p->hop[0], false, n, p->leads);
	for (uint32_t h = 0; h < p->m->count; h++)
		if (after[h + first] && !before[h + first] && h + first != s->node && p->hop[0][h] &&
		    p->reach[0][h] && p->leads[h])
			ret_devices[h + first] += s->devices;
}

static bool is_touched(const struct graph_model *m, const bool *before, const bool *after)
{
	for (uint32_t i = m->first; i < m->first + m->count; i++)
		if (after[i] && !before[i])
			return true;
	return false;
}

static void one_model(struct part *p, const bool *before, const bool *after, const struct need_start *starts,
		      size_t nstarts, int64_t *ret_devices)
{
	size_t count = p->m->count;
	bool *flags = mem_array(5 * count, sizeof *flags);

	for (int i = 0; i < 2; i++) {
		p->hop[i] = flags + i * count;
		p->reach[i] = flags + (2 + i) * count;
	}
	p->leads = flags + 4 * count;
	p->queue = mem_array(2 * count + 1, sizeof *p->queue);
	for (uint32_t i = 0; i < count; i++) {
		p->hop[0][i] = open_as(p, p->m->first + i, before[p->m->first + i], false);
		p->hop[1][i] = open_as(p, p->m->first + i, after[p->m->first + i], false);
	}
	for (size_t i = 0; i < nstarts; i++)
		if (starts[i].node >= p->m->first && starts[i].node < p->m->first + count)
			one_start(p, &starts[i], before, after, ret_devices);
	free(p->queue);
	free(flags);
}

void needed_hops(const struct graph *g, const bool *before, const bool *after,
		 const struct need_start *starts, size_t nstarts, int64_t at, int64_t *ret_devices)
{
	memset(ret_devices, 0, graph_nodes(g) * sizeof *ret_devices);
	for (uint32_t i = 0; i < graph_models(g); i++) {
		struct part p = { .g = g, .m = graph_model(g, i), .at = at };

		if (is_touched(p.m, before, after))
			one_model(&p, before, after, starts, nstarts, ret_devices);
	}
}

void lint_needed(const struct graph *g, const struct need_start *starts, size_t nstarts, int64_t at,
		 lint_fn *fn, void *ctx)
{
	size_t n = graph_nodes(g);
	bool *none = mem_array(n + 1, sizeof *none), *removed = mem_array(n + 1, sizeof *removed);
	int64_t *devices = mem_array(n + 1, sizeof *devices);

	/* As if the Removed ones were going this moment. */
	for (uint32_t i = 0; i < n; i++)
		removed[i] = graph_node(g, i)->removed;
	needed_hops(g, none, removed, starts, nstarts, at, devices);
	for (uint32_t i = 0; i < n; i++)
		if (devices[i])
			fn(&(struct lint_finding){ LINT_NEEDED_REMOVED, graph_node(g, i)->model, &i, 1 },
			   ctx);
	free(none);
	free(removed);
	free(devices);
}
