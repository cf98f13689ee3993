/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lint: what is wrong or worth a look in a graph, as findings that people can act on. Pure. "Allowed" below
 * means: may be a target at the asked time (neither Removed nor blocked, certificate not expired, not a
 * fragment before the last). doc/path-rules.md; gb-metering 6: 10-13, 15.
 */
#ifndef FIRPATH_MODEL_LINT_H
#define FIRPATH_MODEL_LINT_H

#include "model/graph.h"

/* Beside each kind: which entries its finding names, in which order. */
enum lint_kind {
	LINT_CROSS_MODEL,      /* the entry, then its bases that are of another model, or itself */
	LINT_FLOOR_IMPASSABLE, /* the floor: entries on both sides, but no way through it */
	LINT_REMOVED_NEEDED, /* a Removed entry, a start, a target that only ways over Removed entries join */
	LINT_CYCLE,          /* the entries of a round trip, by position */
	LINT_DEAD_END, /* an entry from which no newer allowed one is reached, and the newest allowed one */
	LINT_UNREACHABLE,    /* an allowed entry whose statement yields no usable edge */
	LINT_FRAGMENT_ALONE, /* the Current fragments of a release that lacks another */
	LINT_AMBIGUOUS,      /* entries of one model with the same version */
	LINT_CPA_SOON,       /* an entry whose [E] certificate expires within LINT_CPA_DAYS */
	LINT_CPA_EXPIRED,    /* the Current entries of a model whose [E] certificate has expired */
	LINT_UNKNOWN,        /* the Current entries of a model that nobody made a path statement for */
	LINT_NO_HASH,        /* the Current entries of a model without an image hash */
	LINT_ALL_REMOVED,    /* all entries of a model */
	LINT_DOWNGRADE,      /* base and target of an edge that goes back */
	LINT_NEEDED_REMOVED, /* a Removed entry that registered devices need as a hop; lint_needed() alone */
	LINT_KINDS
};
#define LINT_CPA_DAYS 90

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
/* The findings that depend on what devices run (model/needed.h). */
struct need_start;
void lint_needed(const struct graph *g, const struct need_start *starts, size_t nstarts, int64_t at,
		 lint_fn *fn, void *ctx);

#endif
