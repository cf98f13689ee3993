/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths over a graph: the answer to "this device runs X; through which versions, in which order, may it go to
 * Y". Pure: no clock, no allocation on the way of an answered path beyond the caller's scratch.
 * doc/path-rules.md is the reading of architecture rules 3-8 and 10; tests/oracle checks it by brute force.
 */
#ifndef FIRPATH_MODEL_PATH_H
#define FIRPATH_MODEL_PATH_H

#include "model/graph.h"

enum path_prefer { PREFER_HOPS, PREFER_TIME, PREFER_BYTES, PREFER_RESTARTS };
enum path_result { PATH_FOUND, PATH_ALREADY, PATH_NONE };
enum path_why { WHY_NOT_ASKED, WHY_REMOVED, WHY_CPA_EXPIRED, WHY_BLOCKED, WHY_UNKNOWN, WHY_NO_EDGE };
enum obstacle_kind {
	OBSTACLE_REMOVED,
	OBSTACLE_CPA_EXPIRED,
	OBSTACLE_BLOCKED,
	OBSTACLE_UNKNOWN,
	OBSTACLE_BLOCKED_EDGE
};
extern const char *const path_prefer_text[], *const path_why_text[],
						 *const obstacle_text[]; /* NULL-terminated */

enum path_warning { /* bits of struct path.warnings */
		    WARN_PREFER_UNKNOWN = 1,
		    WARN_DIFFERENT_MODEL = 2,
		    WARN_FRAGMENT_NOT_LAST = 4,
		    WARN_TARGET_RENEWAL = 8,
		    WARN_START_REMOVED = 16,
		    WARN_START_BLOCKED = 32,
		    WARN_START_CPA_EXPIRED = 64,
		    WARN_NOTES_ONLY = 128,
		    WARN_CPL_STALE = 256, /* this and the next are set by core */
		    WARN_STATEMENT_OVERDUE = 512,
		    WARN_STATEMENT_DISPUTED = 1024,
};
enum hop_warning {
	HOP_DOWNGRADE = 1,
	HOP_RENEWAL = 2,
	HOP_REMOVED = 4,
	HOP_NO_HASH = 8,
	HOP_FRAGMENT = 16,
	HOP_INFERRED = 32,
	HOP_NEVER_CONFIRMED = 64
};
extern const char *const path_warning_text[], *const hop_warning_text[]; /* by bit number, NULL-terminated */

struct path_question {
	uint32_t from; /* node */
	uint32_t to;   /* node, or NODE_NONE for latest */
	int64_t at;    /* UTC ms */
	enum path_prefer prefer;
	bool allow_removed; /* allow_removed=hop */
	bool brief;         /* furthest and obstacles are not wanted: much cheaper where there is no path */
};

#define PATH_HOPS_MAX GRAPH_MODEL_ENTRIES_MAX
#define ALTERNATIVES_MAX 99

struct obstacle {
	enum obstacle_kind kind;
	uint32_t entry; /* node */
	uint32_t base;  /* node, NODE_NONE unless BLOCKED_EDGE */
};

struct path {
	enum path_result result;
	uint32_t to; /* the target found for latest; NODE_NONE when there is none */
	uint32_t nhops;
	uint32_t *nodes;       /* entry hopped to, per hop, in the scratch; the first base is the start */
	uint32_t alternatives; /* 0-ALTERNATIVES_MAX */
	enum path_why why;     /* PATH_NONE only */
	uint32_t furthest;     /* PATH_NONE only; node or NODE_NONE */
	uint32_t nobstacles;
	struct obstacle *obstacles; /* would_open, sorted; in the scratch */
	unsigned warnings;          /* enum path_warning */
};

/* Working memory, one per thread, grows to the largest model; never shared. What a struct path points to
 * stays valid until the next path_find with the same scratch. */
struct path_scratch;
struct path_scratch *path_scratch_new(void);
void path_scratch_free(struct path_scratch *s);
DEFINE_OWN(struct path_scratch, path_scratch_free)

void path_find(const struct graph *g, const struct path_question *q, struct path_scratch *s,
	       struct path *ret);
/* enum hop_warning of a hop, which must be an edge. */
unsigned path_hop_warnings(const struct graph *g, uint32_t base, uint32_t target, int64_t at);
/* May this node be installed as the target of a walk / be passed through, at that time? Used by campaign
 * gates too. */
bool path_may_be_target(const struct graph_node *n, int64_t at);
bool path_may_be_hop(const struct graph_node *n, int64_t at, bool allow_removed);

#endif
