/* SPDX-License-Identifier: Apache-2.0 */
/* Inside model/parts: the search over the states of one cluster. A state is one node per component. */
#ifndef FIRPATH_MODEL_PARTS_SEARCH_H
#define FIRPATH_MODEL_PARTS_SEARCH_H

#include "model/parts.h"

#define PARTS_FAR UINT16_MAX /* no way */

/* What the search asks of a question, made once. */
struct parts_map {
	const struct parts_question *q; /* borrowed */
	/* Needs that a component takes part in: need_of[head[c] .. head[c + 1]], ascending. */
	size_t head[PARTS_MAX + 1];
	size_t *need_of; /* owned */
	bool moves[PARTS_MAX];
	bool approved; /* do approvals count? The two tables below are made for it. */
	uint64_t next[PARTS_MAX][PARTS_NODES_MAX]; /* hops that may be taken and still lead to the target */
	uint16_t far[PARTS_MAX][PARTS_NODES_MAX];  /* hops to the target; PARTS_FAR = no way */
	int64_t states, steps;                     /* looked at so far, against the ceilings */
};

/* Found states in the order of finding; also a set. */
struct parts_pool {
	uint8_t (*v)[PARTS_MAX]; /* owned */
	uint32_t *from;          /* owned; index of the state before */
	uint32_t *slot;          /* owned; 1 << bits indexes, UINT32_MAX = free */
	size_t n, room;
	unsigned bits;
};
void parts_pool_done(struct parts_pool *p);
DEFINE_OWN_VAL(struct parts_pool, parts_pool_done)

/* Way of states from the found one to the target, both included. */
struct parts_way {
	uint8_t (*v)[PARTS_MAX]; /* owned */
	size_t n;                /* 0 = none was found */
};
void parts_way_done(struct parts_way *w);
DEFINE_OWN_VAL(struct parts_way, parts_way_done)

enum parts_found { PARTS_FOUND, PARTS_NOT_FOUND, PARTS_GAVE_UP };

/* Is a need unmet in a state? */
bool parts_unmet(const struct part_need *w, const uint8_t *state);
/* Lowest need that the components in `moved` (bits) leave unmet after a step and that was met before it;
 * SIZE_MAX: none. */
size_t parts_new_fault(const struct parts_map *m, uint32_t moved, const uint8_t *before,
		       const uint8_t *after);
/* Searches among `members` (bits) with steps of at most `most` components, breadth first. pool: emptied
 * first, holds all states that were reached. */
enum parts_found parts_search(struct parts_map *m, uint32_t members, int most, struct parts_pool *pool,
			      struct parts_way *way);
/* Only ways on which each single move brings a component nearer to its target: finds at once what most
 * stations need, where breadth first would look at all orders. Finds the same way or none. */
enum parts_found parts_search_straight(struct parts_map *m, uint32_t members, struct parts_way *way);

#endif
