/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a graph, for model/ alone. Beside nodes and edges each model carries its edges as bit
 * matrices, so that a breadth-first step is a handful of OR operations, and the state of its entries as bit
 * sets. A bit is the *rank* of an entry: its place in the order in which equal paths prefer it (later
 * confirmed_on, then lower ord; rule 6), so that "the preferred one of these" is "the lowest bit". Models
 * have few entries (24 on the longest real one): one 64-bit word per row, 16 for the largest that is allowed.
 */
#ifndef FIRPATH_MODEL_GRAPH_BITS_H
#define FIRPATH_MODEL_GRAPH_BITS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/parse.h"
#include "model/graph.h"

#define COST_MAX INT64_C(9000000000000000) /* larger figures count as this: 1000 of them still add up */
#define COSTS 3

struct model_bits {
	/* What every search needs, together. */
	uint32_t words; /* 64-bit words per row */
	uint32_t n;     /* entries */
	uint32_t first; /* first node of the model */
	uint32_t ndays;
	/* n rows each; row r, bit b. Open: edges that are not blocked. */
	const uint64_t *open_in, *open_out;
	/* One row each. */
	const uint64_t *standing; /* neither Removed nor blocked */
	const uint64_t *removed, *blocked;
	const uint64_t *whole;  /* not a fragment before the last */
	const uint64_t *renews; /* has an [R] date */
	/* [E] certificates: expired[i] are the entries whose date is one of the first i days. */
	const int64_t *days;
	const uint64_t *expired;     /* ndays + 1 rows */
	const uint16_t *position_of; /* rank -> position */
	const uint16_t *rank_of;     /* position -> rank */

	const uint64_t *unknown;      /* one row */
	const uint64_t *entered;      /* one row: an open edge leads here */
	const uint64_t *lacks[COSTS]; /* one row each: figure not known */
	/* Made: open and blocked edges, and those that reading an unknown statement as `any` would make. */
	const uint64_t *made_in, *made_out;
	const uint64_t *blocked_in; /* made, but blocked as an edge; NULL when the model has none */
	const uint64_t *blocked_out;
	const uint32_t *firmware;    /* CPL: firmware versions, sorted */
	const uint16_t *by_firmware; /* CPL: position of firmware[i]; equal ones in order of position */
	uint32_t nfirmware;
};

/* A CPL identity and the first entry that has it. */
struct ident_slot {
	uint64_t model_key; /* IDENT_SEVERAL is set when others have it, too */
	uint32_t firmware;
	uint32_t node; /* NODE_NONE = free */
};
#define IDENT_SEVERAL (UINT64_C(1) << 63)

struct graph {
	struct arena *arena; /* owns everything below but the maps */
	struct graph_model *models;
	struct graph_node *nodes;
	struct graph_edge *edges;
	struct model_bits *bits;
	uint32_t *in_edges;
	uint32_t *node_model; /* packed copies for the search */
	uint16_t *node_rank;
	uint32_t nmodels, nnodes, nedges;
	struct ident_slot *by_ident; /* open addressing, 1 << ident_bits slots */
	unsigned ident_bits;
	struct map64 *by_number; /* CPL Entry ID as a number -> node */
	struct map64 *by_id;     /* store key -> node */
	struct map *by_text;     /* "scheme:public id" of other schemes -> node + 1 */
};

static inline int64_t day_of(int64_t at)
{
	int64_t r = at % MS_PER_DAY;

	return at - (r < 0 ? r + MS_PER_DAY : r);
}

/* The row of entries with an expired [E] certificate at a day. */
static inline const uint64_t *bits_expired(const struct model_bits *b, int64_t day)
{
	uint32_t lo = 0, hi = b->ndays;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (b->days[mid] < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return b->expired + (size_t)lo * b->words;
}

static inline bool bit_get(const uint64_t *row, uint32_t bit)
{
	return row[bit / 64] >> bit % 64 & 1;
}
static inline void bit_set(uint64_t *row, uint32_t bit)
{
	row[bit / 64] |= UINT64_C(1) << bit % 64;
}
static inline void bit_clear(uint64_t *row, uint32_t bit)
{
	row[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}
static inline uint32_t bits_node(const struct model_bits *b, uint32_t rank)
{
	return b->first + b->position_of[rank];
}

/* Runs through the set bits of a row; the row may lose bits meanwhile, not gain any in the current word. */
#define BITS_EACH(bit, row, words_)                                                                          \
	for (uint32_t bit##_w = 0, bit = 0; bit##_w < (words_); bit##_w++)                                   \
		for (uint64_t bit##_v = (row)[bit##_w];                                                      \
		     bit##_v && (bit = bit##_w * 64 + (uint32_t)__builtin_ctzll(bit##_v), true);             \
		     bit##_v &= bit##_v - 1)

/* Fills g->by_ident from g->bits. */
void graph_idents_make(struct graph *g);
/* Fills g->bits from nodes and edges (graph_build's second half). */
void graph_bits_make(struct graph *g);
/* The positions from which the path statement of a node leads to it; as_any: as if it were `any`. One row of
 * the model's words, by position. Blocks are not looked at. */
void graph_bases(const struct graph *g, uint32_t target, bool as_any, uint64_t *row);
/* Would an edge base -> target count, as far as fragments go? Nodes of one model. */
bool graph_fragments_allow(const struct graph *g, uint32_t base, uint32_t target);

#endif
