/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order over the components of one station (path rule 12): each component has its own graph of hops, and
 * entries state what they need of other components. Which moves, in which order, lead from what runs to the
 * targets, so that every state in between is allowed? Members of a group move in one step (AllOrNothing).
 * Pure. T10.
 *
 * A step moves one or more components by one hop each. It is allowed when no need is unmet after it that was
 * not unmet before it: from a state that is allowed only allowed ones are reached; faults that were found may
 * stay or go, none is added. A need is unmet when its entry runs and the other component runs none of `nodes`
 * (PART_REQUIRES) or one of them (PART_CONFLICTS). Needs are stated in entries, never in version text:
 * minVersion and maxVersion were turned into positions by who asks; a version that no entry has makes its
 * need unmeetable (fail closed).
 *
 * Which answer, so that the same question always has the same one: components that needs join (through any
 * chain of needs) are a cluster; the clusters are solved one by one, that of the lowest component first. In a
 * cluster: the smallest size that the largest step needs (1 if at all possible); then the fewest steps; then
 * the order that comes first when steps are compared by size, by components, by nodes. Hence single moves in
 * the order of components, unless a need wants it otherwise.
 */
#ifndef FIRPATH_MODEL_PARTS_H
#define FIRPATH_MODEL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

#define PARTS_MAX 16       /* components of one station */
#define PARTS_NODES_MAX 64 /* entries of one component that can be on a way */
#define PARTS_NEEDS_MAX 20000
#define PARTS_STATES_MAX 200000  /* states looked at for one question */
#define PARTS_STEPS_MAX 20000000 /* steps tried for one question */

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
	int now, target;   /* target == now: it may be moved, when others need it, and moved back */
	bool may_move;     /* a walk is there for it; false: it is never moved */
	bool regulated;    /* moves only as `approved` says */
	uint64_t approved; /* nodes it may be moved to; all bits when not regulated */
};
struct parts_question {
	int n;
	const struct part *part;
	const struct part_need *need;
	size_t nneeds;
	bool groups; /* may several move in one step? */
	bool alone;  /* a security patch: only what has a target to reach is moved, one at a time */
};
struct part_step {
	int n; /* components moved in this step, ascending */
	int part[PARTS_MAX], to[PARTS_MAX];
};
enum parts_result {
	PARTS_ALREADY, /* all run their targets */
	PARTS_PATH,
	PARTS_NO_PATH,      /* a component has no way of its own to its target, approved or not */
	PARTS_INCOMPATIBLE, /* every order meets a state that is not allowed, even if all were approved */
	PARTS_NOT_APPROVED, /* there are orders, but all move a regulated component to what is not approved */
	PARTS_TOO_LARGE /* PARTS_STATES_MAX or PARTS_STEPS_MAX; also when the question breaks its ceilings */
};
extern const char *const parts_result_text[];
struct parts_answer {
	enum parts_result result;
	struct part_step *step; /* owned */
	size_t nsteps;
	/* INCOMPATIBLE: the pair that stands in the way, that is the first need which the targets together
	 * leave unmet, or, when they would do, which bars the next move of the state nearest to them;
	 * blame_of -1 = a component that is not there. NO_PATH: blame_part. NOT_APPROVED: blame_part would
	 * move to blame_node. Else -1. */
	int blame_part, blame_node, blame_of, blame_of_node;
	size_t blame_need; /* index of the need; SIZE_MAX = none */
	int64_t states;    /* looked at */
};
void parts_solve(const struct parts_question *q, struct parts_answer *ret);
void parts_answer_done(struct parts_answer *a);
DEFINE_OWN_VAL(struct parts_answer, parts_answer_done)
/* Is a state (one node per component) allowed? *ret_need: the first need that is not met. */
bool parts_allowed(const struct parts_question *q, const int *state, size_t *ret_need);

#endif
