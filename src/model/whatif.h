/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be if: a graph with some statements taken away and others added, and the comparison of two such
 * graphs. Pure. The new graph holds only the models of the entries concerned, with the same entries at the
 * same positions, so that a change is judged in the time that its models need, whatever the catalogue holds.
 *
 * Source: rollout-servers 5 no. 3 (what-if before saving: which pairs gain, lose, lengthen or change).
 */
#ifndef FIRPATH_MODEL_WHATIF_H
#define FIRPATH_MODEL_WHATIF_H

#include "model/path.h"

struct graph_change {
	int64_t entry_id;                /* the entry that the statement is about */
	int64_t drop;                    /* id of the statement that ends; 0 = none */
	const struct statement_row *add; /* comes after all that stand; NULL = none */
};
/* Models of entries that are not in g are left out. */
int graph_with(const struct graph *g, const struct graph_change *v, size_t n, struct graph **ret,
	       struct err *e) MUST_USE;

/* The node of `in` that is the same entry as node i of g; NODE_NONE = it is not there. */
uint32_t graph_same(const struct graph *g, uint32_t i, const struct graph *in);

enum pair_change { PAIR_APPEARS, PAIR_VANISHES, PAIR_LONGER, PAIR_SHORTER, PAIR_CHANGES, PAIR_CHANGE_KINDS };
extern const char *const pair_change_text[]; /* "appears", "vanishes", ..., NULL */

/* One pair whose path differs; hops are nodes, valid during the call. Nodes of `after` are after's own. */
struct pair_diff {
	enum pair_change change;
	uint32_t from, to;                 /* nodes of before */
	const struct path *before, *after; /* result PATH_FOUND or not */
	enum path_why why;                 /* vanishes: why there is none */
};
enum edge_change { EDGE_APPEARS, EDGE_VANISHES, EDGE_BLOCKED, EDGE_UNBLOCKED, EDGE_CHANGE_KINDS };
extern const char *const edge_change_text[]; /* "appear", "vanish", "blocked", "unblocked", NULL */
struct edge_diff {
	enum edge_change change;
	uint32_t from, to; /* nodes of before */
	bool downgrade;
};
/* What the newest allowed entry of a model is to one of its entries, before and after. */
struct latest_diff {
	uint32_t from;             /* node of before */
	uint32_t before, after;    /* target of `latest` from there: nodes of before; NODE_NONE = none */
	bool stranded, unstranded; /* the newest allowed entry can be reached no more, or again */
};
struct whatif_calls {
	void (*pair)(const struct pair_diff *d, void *ctx);
	void (*edge)(const struct edge_diff *d, void *ctx);
	void (*latest)(const struct latest_diff *d, void *ctx);
	void *ctx;
};
/* Compares the models of `after` (made by graph_with from `before`) at a moment, in order. Of a model with
 * more than WHATIF_ENTRIES_MAX entries, and of those for which WHATIF_PAIRS_MAX pairs of all together are not
 * enough, only edges and `latest` are compared: returns how many such there are.
 */
#define WHATIF_ENTRIES_MAX 400
#define WHATIF_PAIRS_MAX 350000
size_t whatif_compare(const struct graph *before, const struct graph *after, int64_t at,
		      const struct whatif_calls *calls);

#endif
