/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lint: what is wrong or worth a look in a graph, as findings that people can act on. Pure. Kinds: cycles,
 * dead ends (a newer allowed entry exists but nothing leads on), unreachable (an allowed entry nothing leads
 * to), Removed but needed (a Removed entry lies on every path), ambiguous identities, floors that nothing can
 * pass, fragments without their sibling, models of Removed entries only, unknown statements.
 */
#ifndef FIRPATH_MODEL_LINT_H
#define FIRPATH_MODEL_LINT_H

#include "model/graph.h"

enum lint_kind {
	LINT_CYCLE,
	LINT_DEAD_END,
	LINT_UNREACHABLE,
	LINT_REMOVED_NEEDED,
	LINT_AMBIGUOUS,
	LINT_FLOOR_IMPASSABLE,
	LINT_FRAGMENT_ALONE,
	LINT_ALL_REMOVED,
	LINT_UNKNOWN,
	LINT_CROSS_MODEL,
	LINT_DOWNGRADE,
	LINT_CPA_SOON,
	LINT_KINDS
};
struct lint_info {
	const char *code;  /* "cycle" ... stable */
	const char *level; /* "error", "warning", "note" */
	const char *title, *next;
};
extern const struct lint_info lint_infos[LINT_KINDS];

struct lint_finding {
	enum lint_kind kind;
	uint32_t model;        /* model index */
	const uint32_t *nodes; /* the entries concerned, in order; valid during the call */
	size_t nnodes;
};
typedef void lint_fn(const struct lint_finding *f, void *ctx);
/* Calls fn for every finding, models in order, then kinds, then nodes: the same graph gives the same list. */
void lint_graph(const struct graph *g, int64_t at, lint_fn *fn, void *ctx);

#endif
