/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is among the components of one station (doc/adr/0009-stations.md 4, threat T10). Computed
 * from what is found to run and from where the walks of one campaign shall lead, anew at every decision,
 * inside the transaction that decides: at the claim, after each hop, and again before each push. Nothing of
 * it is kept but the companions of the hop under way. Private to the runner.
 */
#ifndef FIRPATH_ORCH_TURN_PARTS_H
#define FIRPATH_ORCH_TURN_PARTS_H

#include "model/parts.h"
#include "orch/runner_priv.h"

#define TURN_WAIT_MS INT64_C(600000) /* a walk that waits for another looks again at the latest then */

enum turn_what {
	TURN_GO,      /* the walk makes the next step, with its companions */
	TURN_OTHER,   /* another walk of this station makes the next step */
	TURN_NOTHING, /* no walk of this station has anything left to do, or not this one */
	TURN_BARRED   /* nothing may be moved: reason and detail */
};
struct turn {
	enum turn_what what;
	int64_t lead_cycle;         /* GO, OTHER: whose turn it is */
	char lead[IDENT_PART_SIZE]; /* its component */
	int64_t to_id;              /* GO: the entry of the step */
	struct store_companion companion[PARTS_MAX];
	size_t ncompanions;
	char reason[CYCLE_REASON_SIZE], detail[CYCLE_DETAIL_SIZE];
};
/* For the walk w, which is queued or active. */
int turn_compute(struct batch *b, const struct live *l, const struct walk *w, struct turn *ret,
		 struct err *e) MUST_USE;
/* Of a station: what a plan along hops says is put right by what its other components run. */
int turn_next(struct batch *b, const struct live *l, const struct walk *w, struct next *ret,
	      struct err *e) MUST_USE;
/* May the hop under way be pushed? */
int turn_stands(struct batch *b, const struct live *l, const struct walk *w, struct stands *ret,
		struct err *e) MUST_USE;
/* A queued walk of a station whose time has come: puts it to work, or the one whose turn it is, or puts all
 * of this station off. */
int turn_station(struct batch *b, int64_t campaign_id, const struct walk *w, struct err *e) MUST_USE;

#endif
