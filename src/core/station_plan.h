/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order over the components of one station: takes what runs and where it shall go, makes the question of
 * model/parts.h from graph and releases, and gives the answer back with names. Edges that are blocked, and
 * entries that may be neither hop nor target on that day (path.h), are no steps. No answer here is a promise:
 * who acts on it computes it anew after each hop (doc/adr/0009-stations.md 4).
 */
#ifndef FIRPATH_CORE_STATION_PLAN_H
#define FIRPATH_CORE_STATION_PLAN_H

#include "core/release.h"

struct station_plan_part {
	const char *component; /* borrowed */
	uint32_t now;          /* node of the snapshot; NODE_NONE = runs something that no entry is */
	uint32_t target;       /* node; the same as now, or NODE_NONE: stays */
	bool may_move;         /* a walk is there for it */
};
struct station_plan_ask {
	const struct snapshot *s;             /* borrowed */
	const struct release_needs *needs;    /* borrowed; of the same vendor and model */
	const struct station_plan_part *part; /* borrowed */
	int n;                                /* at most PARTS_MAX */
	bool groups;                          /* may several move in one request? */
	bool alone;                           /* a security patch: only the one component moves */
	int64_t at;                           /* the moment that decides on dates, UTC ms */
};
/* One step: components (indexes of the question) and the nodes they move to. */
struct station_step {
	int n;
	int part[PARTS_MAX];
	uint32_t to[PARTS_MAX];
};
struct station_plan {
	enum parts_result result;
	struct station_step *step; /* owned */
	size_t nsteps;
	char why[400]; /* a sentence when there is no way: names the pair or the component; "" else */
	int blame;     /* component that stands in the way, -1 */
};
void station_plan_done(struct station_plan *p);
DEFINE_OWN_VAL(struct station_plan, station_plan_done)
/* ERR_TOO_LARGE: more than PARTS_MAX components. A component that runs an unknown version and shall move
 * gives PARTS_NO_PATH; one that stays is taken to meet no requirement and to offend every conflict that is
 * not free of it. */
int station_plan(const struct station_plan_ask *q, struct station_plan *ret, struct err *e) MUST_USE;
/* {"result","why","steps":[{"n","moves":[{"component","from","to"}],"state":[{"component","version"}]}]} */
void station_plan_json(const struct station_plan_ask *q, const struct station_plan *p, struct jw *w);

/* POST /v1/sets/{name}/plan: body {"station"} or {"state":{component: version}}, "alone", "groups". */
struct set_info;
int set_plan_json(const struct release_ctx *c, const struct snapshot *s, const char *name,
		  const struct json *body, struct str *out, struct err *e) MUST_USE;

#endif
