/* SPDX-License-Identifier: Apache-2.0 */
#include "model/graph.h"

#include <stdio.h>
#include <string.h>

#include "model/graph_bits.h"

const char *const statement_kind_text[] = { "bases", "none", "any", "floor", "block", "unknown", NULL };
const char *const statement_source_text[] = { "manufacturer", "secas", "supplier", "inferred", NULL };

size_t graph_models(const struct graph *g)
{
	return g->nmodels;
}

size_t graph_nodes(const struct graph *g)
{
	return g->nnodes;
}

size_t graph_edges(const struct graph *g)
{
	return g->nedges;
}

const struct graph_model *graph_model(const struct graph *g, uint32_t i)
{
	return &g->models[i];
}

const struct graph_node *graph_node(const struct graph *g, uint32_t i)
{
	return &g->nodes[i];
}

const struct graph_edge *graph_edge(const struct graph *g, uint32_t i)
{
	return &g->edges[i];
}

const uint32_t *graph_in_edges(const struct graph *g, const struct graph_node *n)
{
	return g->in_edges + n->in_first;
}

uint32_t graph_find_entry(const struct graph *g, const char *scheme, const char *public_id)
{
	char key[256];
	uint64_t number;

	if (!strcmp(scheme, "cpl") && strlen(public_id) == 6 && parse_digits(public_id, 6, &number)) {
		uint32_t node = map64_get(g->by_number, number);

		return node == MAP64_NONE ? NODE_NONE : node;
	}
	if ((size_t)snprintf(key, sizeof key, "%s:%s", scheme, public_id) >= sizeof key)
		return NODE_NONE;
	return (uint32_t)(uintptr_t)map_get(g->by_text, key) - 1; /* absent: 0 - 1 is NODE_NONE */
}

uint32_t graph_find_id(const struct graph *g, int64_t entry_id)
{
	uint32_t node = map64_get(g->by_id, (uint64_t)entry_id);

	return node == MAP64_NONE ? NODE_NONE : node;
}

uint32_t graph_find_edge(const struct graph *g, uint32_t base, uint32_t target)
{
	uint32_t lo = g->edge_first[base], hi = g->edge_first[base + 1];

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (g->edge_to[mid] < target)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < g->edge_first[base + 1] && g->edge_to[lo] == target ? lo : NODE_NONE;
}

size_t graph_find_cpl(const struct graph *g, uint64_t model_key, uint32_t firmware, uint32_t *ret, size_t max)
{
	uint32_t model = map64_get(g->by_key, model_key), lo = 0, hi;
	const struct model_bits *b;
	size_t n = 0;

	if (model == MAP64_NONE)
		return 0;
	b = &g->bits[model];
	for (hi = b->nfirmware; lo < hi;) {
		uint32_t mid = (lo + hi) / 2;

		if (b->firmware[mid] < firmware)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < b->nfirmware && b->firmware[lo] == firmware; lo++, n++)
		if (n < max)
			ret[n] = b->first + b->by_firmware[lo];
	return n;
}

uint32_t graph_find_model(const struct graph *g, const char *scheme, const char *manufacturer,
			  const char *model, const char *hardware)
{
	uint32_t lo = 0, hi = g->nmodels;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct graph_model *m = &g->models[mid];
		int d = strcmp(m->scheme, scheme);

		d = d ? d : strcmp(m->manufacturer, manufacturer);
		d = d ? d : strcmp(m->model, model);
		d = d ? d : strcmp(m->hardware, hardware);
		if (!d)
			return mid;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NODE_NONE;
}
