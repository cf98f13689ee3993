/* SPDX-License-Identifier: Apache-2.0 */
/* The update sequence (Z18-Z20): groups of mutual dependency by Tarjan's algorithm, without recursion, then
 * layers over the groups. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/manifest.h"

struct edge {
	int from, to; /* from depends on to */
};

struct walk {
	int n;
	VEC(struct edge) edges; /* sorted by from */
	int *first;             /* first edge of i; first[n] = how many there are */
	int *index, *low, *group, *stack, *path, *next;
	bool *on_stack;
	int nstack, count, ngroups;
};

static void edges_fill(struct walk *w, const struct config_item *const *bb)
{
	for (int i = 0; i < w->n; i++) {
		w->first[i] = (int)w->edges.n;
		for (const struct config_item *d = bb[i]->child; d; d = d->next) {
			const struct config_item *on;

			if (d->type != CONFIG_DEPENDENCY)
				continue;
			on = config_bb_of(bb, w->n, d->text[ELEMENT_TYPE_ID]);
			for (int k = 0; on && k < w->n; k++)
				if (bb[k] == on) {
					struct edge e = { i, k };

					vec_push(&w->edges, e);
					break;
				}
		}
	}
	w->first[w->n] = (int)w->edges.n;
}

static void enter(struct walk *w, int i, int *depth)
{
	w->index[i] = w->low[i] = ++w->count;
	w->next[i] = w->first[i];
	w->stack[w->nstack++] = i;
	w->on_stack[i] = true;
	w->path[(*depth)++] = i;
}

static void leave(struct walk *w, int i)
{
	int k;

	if (w->low[i] != w->index[i])
		return;
	do {
		k = w->stack[--w->nstack];
		w->on_stack[k] = false;
		w->group[k] = w->ngroups;
	} while (k != i);
	w->ngroups++;
}

static void groups_from(struct walk *w, int start)
{
	int depth = 0;

	enter(w, start, &depth);
	while (depth) {
		int i = w->path[depth - 1];

		if (w->next[i] < w->first[i + 1]) {
			int to = w->edges.v[w->next[i]++].to;

			if (!w->index[to])
				enter(w, to, &depth);
			else if (w->on_stack[to] && w->index[to] < w->low[i])
				w->low[i] = w->index[to];
			continue;
		}
		leave(w, i);
		depth--;
		if (depth && w->low[i] < w->low[w->path[depth - 1]])
			w->low[w->path[depth - 1]] = w->low[i];
	}
}

int config_waves(const struct config_item *const *bb, int n, int *waves)
{
	struct walk w = { .n = n };
	int *all, *layer, most = 0;

	if (n <= 0)
		return 0;
	all = mem_array((size_t)n * 8 + 1, sizeof *all);
	w.index = all;
	w.low = all + n;
	w.group = all + 2 * n;
	w.stack = all + 3 * n;
	w.path = all + 4 * n;
	w.next = all + 5 * n;
	layer = all + 6 * n;
	w.first = all + 7 * n;
	w.on_stack = mem_array((size_t)n, sizeof *w.on_stack);
	edges_fill(&w, bb);
	for (int i = 0; i < n; i++)
		if (!w.index[i])
			groups_from(&w, i);
	/* Tarjan numbers groups so that what is depended upon has the lower number: one pass in that order.
	 */
	for (int g = 0; g < w.ngroups; g++)
		for (size_t k = 0; k < w.edges.n; k++) {
			int to = w.group[w.edges.v[k].to];

			if (w.group[w.edges.v[k].from] == g && to != g && layer[to] + 1 > layer[g])
				layer[g] = layer[to] + 1;
		}
	for (int i = 0; i < n; i++) {
		waves[i] = layer[w.group[i]];
		if (waves[i] > most)
			most = waves[i];
	}
	vec_done(&w.edges);
	free(w.on_stack);
	free(all);
	return most + 1;
}
