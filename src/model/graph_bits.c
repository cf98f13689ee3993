/* SPDX-License-Identifier: Apache-2.0 */
#include "model/graph_bits.h"

#include <stdlib.h>
#include <string.h>

struct ranked {
	int64_t confirmed;
	uint16_t position;
};

static int rank_order(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;

	if (a->confirmed != b->confirmed)
		return a->confirmed > b->confirmed ? -1 : 1;
	return (int)a->position - (int)b->position;
}

static void make_ranks(struct graph *g, struct model_bits *b)
{
	uint16_t *position_of = arena_array(g->arena, b->n, sizeof *position_of);
	uint16_t *rank_of = arena_array(g->arena, b->n, sizeof *rank_of);
	struct ranked r[GRAPH_MODEL_ENTRIES_MAX];

	for (uint32_t p = 0; p < b->n; p++) {
		const struct statement_row *s = g->nodes[b->first + p].path;

		r[p] = (struct ranked){ s && s->confirmed_on >= 0 ? s->confirmed_on : -1, (uint16_t)p };
	}
	qsort(r, b->n, sizeof *r, rank_order);
	for (uint32_t i = 0; i < b->n; i++) {
		position_of[i] = r[i].position;
		rank_of[r[i].position] = (uint16_t)i;
		g->node_rank[b->first + r[i].position] = (uint16_t)i;
	}
	b->position_of = position_of;
	b->rank_of = rank_of;
}

struct firmware_at {
	uint32_t firmware;
	uint16_t position;
};

static int firmware_order(const void *va, const void *vb)
{
	const struct firmware_at *a = va, *b = vb;

	if (a->firmware != b->firmware)
		return a->firmware < b->firmware ? -1 : 1;
	return (int)a->position - (int)b->position;
}

static void make_firmware_index(struct graph *g, struct model_bits *b)
{
	struct firmware_at f[GRAPH_MODEL_ENTRIES_MAX];
	uint32_t *firmware;
	uint16_t *position;
	uint64_t v;

	if (!b->n || strcmp(g->models[g->nodes[b->first].model].scheme, "cpl") != 0)
		return;
	for (uint32_t p = 0; p < b->n; p++) {
		const char *version = g->nodes[b->first + p].version;

		if (strlen(version) == 8 && parse_hex(version, 8, &v))
			f[b->nfirmware++] = (struct firmware_at){ (uint32_t)v, (uint16_t)p };
	}
	qsort(f, b->nfirmware, sizeof *f, firmware_order);
	firmware = arena_array(g->arena, b->nfirmware, sizeof *firmware);
	position = arena_array(g->arena, b->nfirmware, sizeof *position);
	for (uint32_t i = 0; i < b->nfirmware; i++) {
		firmware[i] = f[i].firmware;
		position[i] = f[i].position;
	}
	b->firmware = firmware;
	b->by_firmware = position;
}

static int day_order(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* Rows of expired certificates, one more for each distinct expiry date. */
static void make_expiry(struct graph *g, struct model_bits *b)
{
	int64_t days[GRAPH_MODEL_ENTRIES_MAX], *kept;
	uint32_t n = 0, distinct = 0;
	uint64_t *rows;

	for (uint32_t p = 0; p < b->n; p++) {
		const struct graph_node *node = &g->nodes[b->first + p];

		if (node->cpa_kind == 'E' && node->cpa_until >= 0)
			days[n++] = day_of(node->cpa_until);
	}
	qsort(days, n, sizeof *days, day_order);
	for (uint32_t i = 0; i < n; i++)
		if (!i || days[i] != days[distinct - 1])
			days[distinct++] = days[i];
	kept = arena_array(g->arena, distinct, sizeof *kept);
	memcpy(kept, days, distinct * sizeof *kept);
	rows = arena_array(g->arena, (size_t)(distinct + 1) * b->words, sizeof *rows);
	for (uint32_t p = 0; p < b->n; p++) {
		const struct graph_node *node = &g->nodes[b->first + p];

		for (uint32_t i = 0; i < distinct; i++)
			if (node->cpa_kind == 'E' && node->cpa_until >= 0 &&
			    day_of(node->cpa_until) <= days[i])
				bit_set(rows + (size_t)(i + 1) * b->words, b->rank_of[p]);
	}
	b->days = kept;
	b->ndays = distinct;
	b->expired = rows;
}

static void make_states(struct graph *g, struct model_bits *b)
{
	uint64_t *rows = arena_array(g->arena, 8 * (size_t)b->words, sizeof *rows), *lacks[COSTS];
	uint64_t *removed = rows, *blocked = rows + b->words, *standing = rows + 2 * b->words;
	uint64_t *whole = rows + 3 * b->words, *unknown = rows + 4 * b->words, *renews = rows + 5 * b->words;
	uint64_t *entered = rows + 6 * b->words;

	for (int k = 0; k < COSTS; k++)
		b->lacks[k] = lacks[k] = arena_array(g->arena, b->words, sizeof *rows);
	for (uint32_t p = 0; p < b->n; p++) {
		const struct graph_node *node = &g->nodes[b->first + p];
		uint32_t r = b->rank_of[p];

		if (node->removed)
			bit_set(removed, r);
		if (node->block)
			bit_set(blocked, r);
		if (!node->removed && !node->block)
			bit_set(standing, r);
		if (node->fragment == node->fragments)
			bit_set(whole, r);
		if (!node->path)
			bit_set(unknown, r);
		if (node->cpa_kind == 'R' && node->cpa_until >= 0)
			bit_set(renews, r);
		for (int k = 0; k < COSTS; k++)
			if (node->cost[k] < 0)
				bit_set(lacks[k], r);
		for (uint32_t i = 0; i < node->in_count; i++)
			if (!g->edges[g->in_edges[node->in_first + i]].block)
				bit_set(entered, r);
	}
	b->removed = removed;
	b->blocked = blocked;
	b->standing = standing;
	b->whole = whole;
	b->unknown = unknown;
	b->renews = renews;
	b->entered = entered;
}

/* What leads, or would lead once its unknown statement is read as `any`, to every entry. */
static void make_rows(struct graph *g, struct model_bits *b)
{
	size_t all = (size_t)b->n * b->words;
	uint64_t *open_in = arena_array(g->arena, 4 * all, sizeof *open_in), *open_out = open_in + all;
	uint64_t *made_in = open_in + 2 * all, *made_out = open_in + 3 * all;
	uint64_t *blocked_in = NULL, *blocked_out = NULL;
	uint64_t row[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64];

	for (uint32_t p = 0; p < b->n; p++) {
		const struct graph_node *t = &g->nodes[b->first + p];
		size_t rt = b->rank_of[p];

		graph_bases(g, b->first + p, !t->path || t->path->kind == STATEMENT_ANY, row);
		BITS_EACH(q, row, b->words)
		{
			size_t ru = b->rank_of[q];
			bool blocked = graph_block_on(g, b->first + q, b->first + p);

			bit_set(made_in + rt * b->words, (uint32_t)ru);
			bit_set(made_out + ru * b->words, (uint32_t)rt);
			if (blocked && !blocked_in) {
				blocked_in = arena_array(g->arena, 2 * all, sizeof *blocked_in);
				blocked_out = blocked_in + all;
			}
			if (blocked) {
				bit_set(blocked_in + rt * b->words, (uint32_t)ru);
				bit_set(blocked_out + ru * b->words, (uint32_t)rt);
			} else if (t->path) {
				bit_set(open_in + rt * b->words, (uint32_t)ru);
				bit_set(open_out + ru * b->words, (uint32_t)rt);
			}
		}
	}
	b->open_in = open_in;
	b->open_out = open_out;
	b->made_in = made_in;
	b->made_out = made_out;
	b->blocked_in = blocked_in;
	b->blocked_out = blocked_out;
}

void graph_bits_make(struct graph *g)
{
	g->bits = arena_array(g->arena, g->nmodels, sizeof *g->bits);
	g->node_model = arena_array(g->arena, g->nnodes, sizeof *g->node_model);
	g->node_rank = arena_array(g->arena, g->nnodes, sizeof *g->node_rank);
	for (uint32_t i = 0; i < g->nnodes; i++)
		g->node_model[i] = g->nodes[i].model;
	for (uint32_t i = 0; i < g->nmodels; i++) {
		struct model_bits *b = &g->bits[i];

		b->first = g->models[i].first;
		b->n = g->models[i].count;
		b->words = b->n ? (b->n + 63) / 64 : 1;
		make_ranks(g, b);
		make_firmware_index(g, b);
		make_expiry(g, b);
		make_states(g, b);
		make_rows(g, b);
	}
}
