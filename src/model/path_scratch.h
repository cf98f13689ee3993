/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the path search, for model/ alone: working memory, and the parts of path_find in other files.
 */
#ifndef FIRPATH_MODEL_PATH_SCRATCH_H
#define FIRPATH_MODEL_PATH_SCRATCH_H

#include "model/graph_bits.h"
#include "model/path.h"

struct path_scratch {
	uint32_t n, words;          /* what the arrays are large enough for: entries, words per row */
	uint32_t *nodes;            /* n */
	struct obstacle *obstacles; /* 5 n: four on an entry, one on the edge into it */
	uint64_t *levels;           /* n + 1 rows: entries at each distance from the target; or buckets */
	uint64_t *sets;             /* SCRATCH_SETS rows of free use */
	uint32_t *count;            /* n: paths to the target, or costs from the start */
	uint32_t *rest;             /* n: hops to the target, or costs to the target */
	int64_t *dist;              /* n */
	uint32_t *taken;            /* 5 n + 2 */
};
#define SCRATCH_SETS 16

/* One question, with the rows of the day it is asked for. Start and target are ranks of one model. */
struct search {
	const struct graph *g;
	const struct model_bits *b;
	struct path_scratch *s;
	uint32_t from, to;
	bool allow_removed;
	const uint64_t *hop;     /* may be hopped to and passed */
	const uint64_t *expired; /* [E] date passed */
};

/* Cheapest path by a figure, then by hops. False when there is none. Fills nodes, nhops, alternatives. */
bool path_by_cost(const struct search *q, int cost, struct path *ret);
/* Fills obstacles and nobstacles. */
void path_would_open(const struct search *q, struct path *ret);

#endif
