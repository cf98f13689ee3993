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
	char key[ENTRY_NAME_SIZE];
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
	uint32_t lo = g->nodes[base].out_first, end = lo + g->nodes[base].out_count, hi = end;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (g->edges[mid].to < target)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < end && g->edges[lo].to == target ? lo : NODE_NONE;
}

/* The slot of an identity, or the free one where it would go. */
static struct ident_slot *ident_slot(const struct graph *g, uint64_t model_key, uint32_t firmware)
{
	uint64_t h = (model_key ^ (uint64_t)firmware << 29) * UINT64_C(0x9E3779B97F4A7C15);
	size_t mask = ((size_t)1 << g->ident_bits) - 1, i;

	h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
	for (i = h >> (64 - g->ident_bits); g->by_ident[i].node != NODE_NONE; i = (i + 1) & mask)
		if ((g->by_ident[i].model_key & ~IDENT_SEVERAL) == model_key &&
		    g->by_ident[i].firmware == firmware)
			break;
	return &g->by_ident[i];
}

void graph_idents_make(struct graph *g)
{
	for (g->ident_bits = 4; ((size_t)1 << g->ident_bits) < 2 * (size_t)g->nnodes; g->ident_bits++)
		;
	g->by_ident = arena_array(g->arena, (size_t)1 << g->ident_bits, sizeof *g->by_ident);
	for (size_t i = 0; i < (size_t)1 << g->ident_bits; i++)
		g->by_ident[i].node = NODE_NONE;
	for (uint32_t m = 0; m < g->nmodels; m++) {
		const struct model_bits *b = &g->bits[m];
		char text[64];
		uint64_t key;

		snprintf(text, sizeof text, "%s%s%s", g->models[m].manufacturer, g->models[m].model,
			 g->models[m].hardware);
		if (!b->nfirmware || strlen(text) != 12 || !parse_hex(text, 12, &key))
			continue;
		for (uint32_t i = 0; i < b->nfirmware; i++) {
			struct ident_slot *s = ident_slot(g, key, b->firmware[i]);

			if (s->node == NODE_NONE)
				*s = (struct ident_slot){ key, b->firmware[i], b->first + b->by_firmware[i] };
			else
				s->model_key |= IDENT_SEVERAL;
		}
	}
}

size_t graph_find_cpl(const struct graph *g, uint64_t model_key, uint32_t firmware, uint32_t *ret, size_t max)
{
	const struct ident_slot *s = ident_slot(g, model_key, firmware);
	const struct model_bits *b;
	size_t n = 0;

	if (s->node == NODE_NONE)
		return 0;
	if (!(s->model_key & IDENT_SEVERAL)) {
		if (max)
			ret[0] = s->node;
		return 1;
	}
	b = &g->bits[g->node_model[s->node]];
	for (uint32_t i = 0; i < b->nfirmware; i++)
		if (b->firmware[i] == firmware && n++ < max)
			ret[n - 1] = b->first + b->by_firmware[i];
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
