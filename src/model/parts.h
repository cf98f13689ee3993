/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order over the components of one station (path rule 12): each component has its own graph of hops, and
 * entries state what they need of other components. Which moves, in which order, lead from what runs to the
 * targets, so that every state in between is allowed? Members of a group move in one step (AllOrNothing).
 * Pure; breadth first over states, least steps, then least components moved at once, then lowest component,
 * so that the same question has the same answer. T10.
 *
 * A state is allowed when every need of every entry that runs is met. Needs are stated in entries, never in
 * version text: minVersion and maxVersion were turned into positions by who asks; a version that no entry has
 * makes its need unmeetable (fail closed). The state that is found may itself not be allowed: then a step is
 * allowed when it removes faults and adds none.
 */
#ifndef FIRPATH_MODEL_PARTS_H
#define FIRPATH_MODEL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

#define PARTS_MAX 16       /* components of one station */
#define PARTS_NODES_MAX 64 /* entries of one component that can be on a way */
#define PARTS_STATES_MAX 200000

enum part_relation { PART_REQUIRES, PART_CONFLICTS };
/* "entry `node` of component `part` requires (or conflicts with) component `of` running one of `nodes`". */
struct part_need {
	int part, node;
	enum part_relation relation;
	int of;         /* -1: that component is not there: a requirement cannot be met, a conflict is */
	uint64_t nodes; /* bits: nodes of `of` that fit */
};
struct part {
	const char *name;
	int nnodes;
	uint64_t next[PARTS_NODES_MAX]; /* bits: where a hop leads to from each node */
	int now, target;   /* target == now: stays where it is; it is never moved unless it may_move */
	bool may_move;     /* a walk is there for it */
	bool regulated;    /* moves only as `approved` says */
	uint64_t approved; /* nodes it may be moved to; all bits when not regulated */
};
struct parts_question {
	int n;
	const struct part *part;
	const struct part_need *need;
	size_t nneeds;
	bool groups; /* may several move in one step? */
	bool alone;  /* a security patch: nothing but the one component whose target differs is moved */
};
struct part_step {
	int n; /* components moved in this step, ascending */
	int part[PARTS_MAX], to[PARTS_MAX];
};
enum parts_result {
	PARTS_ALREADY,
	PARTS_PATH,
	PARTS_NO_PATH,      /* a component has no way of its own to its target */
	PARTS_INCOMPATIBLE, /* every order meets a state that is not allowed */
	PARTS_NOT_APPROVED, /* a regulated component would have to move to what is not approved */
	PARTS_TOO_LARGE
};
extern const char *const parts_result_text[];
struct parts_answer {
	enum parts_result result;
	struct part_step *step; /* owned */
	size_t nsteps;
	int blame_part, blame_node, blame_of,
	    blame_of_node; /* INCOMPATIBLE: the pair that stands in the way; NO_PATH: the part; -1 */
	size_t blame_need; /* index of the need; SIZE_MAX = none */
	int64_t states;    /* looked at */
};
void parts_solve(const struct parts_question *q, struct parts_answer *ret);
void parts_answer_done(struct parts_answer *a);
DEFINE_OWN_VAL(struct parts_answer, parts_answer_done)
/* Is a state (one node per component) allowed? *ret_need: the first need that is not met. */
bool parts_allowed(const struct parts_question *q, const int *state, size_t *ret_need);

#endif
