/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans: the hops from one entry to a campaign's target at one revision, and the question whether one hop
 * still stands (F9). Pure but for a look at the stored images: a hop without hash or image is never planned
 * (gb-metering 6: 15).
 */
#ifndef FIRPATH_CORE_PLAN_H
#define FIRPATH_CORE_PLAN_H

#include "core/catalog.h"
#include "core/release_set.h"
#include "model/path.h"
#include "store/store_campaign.h"

/* What a campaign wants of its plans. */
struct plan_ask {
	int64_t target_id; /* 0 = latest, unless set says */
	const struct set_info
	    *set; /* borrowed: the target is its release of the same component; NULL = none */
	enum path_prefer prefer;
	bool allow_removed, allow_downgrade;
	int64_t at; /* UTC ms; CPA dates are judged at the start of this day */
	const char *image_dir;
};
struct plan_ask plan_ask_of(const struct store_campaign *c, const struct set_info *set, int64_t now,
			    const char *image_dir);

/* The set that a campaign leads to; *ret owned, NULL when it has none. */
int plan_set_of(struct db *db, const struct store_campaign *c, struct set_info **ret, struct err *e) MUST_USE;

struct plan_made {
	struct store_plan row;  /* reason and detail point below */
	struct store_hop *hops; /* owned; row.nhops of them */
	char reason[CAMPAIGN_REASON_MAX], detail[200];
};
void plan_made_done(struct plan_made *p);
DEFINE_OWN_VAL(struct plan_made, plan_made_done)

/* Always gives a plan; row.reason says why when it cannot be walked ("already" when there is nothing to do).
 */
void plan_make(const struct snapshot *s, int64_t start_id, const struct plan_ask *ask,
	       struct path_scratch *scratch, struct plan_made *ret);

/* May this hop be pushed at the state of this snapshot? target_id: where the plan leads. *ret_why gets a
 * stable word when not: "edge-withdrawn", "edge-blocked", "entry-removed", "entry-blocked", "cpa-expired",
 * "no-hash", "no-image", "downgrade" (it leads to an earlier entry, and the
 * campaign does not allow that: T09). */
bool hop_stands(const struct snapshot *s, int64_t from_id, int64_t to_id, int64_t target_id,
		const struct plan_ask *ask, const char **ret_why);

#endif
