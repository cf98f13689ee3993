/* SPDX-License-Identifier: Apache-2.0 */
/* The plans of a campaign as JSON (private to core/campaign*.c). */
#ifndef FIRPATH_CORE_CAMPAIGN_PLANS_H
#define FIRPATH_CORE_CAMPAIGN_PLANS_H

#include "base/json.h"
#include "core/catalog.h"
#include "store/store_campaign.h"

/* Member "plans": start, target, revision, reason, detail, hops, and `now`: what becomes of the plan at the
 * newest catalogue; null where nothing is left to walk.
 *   state   "stands", "changed" (another path would be planned), "fallen" (a step does not stand any more)
 *   from, to, reason   the first step that fell and why (hop_stands)
 *   hops    what would be planned instead; empty when nothing would be, or the plan stands
 *   then    "goes-on", "held" or "replanned": what on_change does with walks that have it still before them
 */
int campaign_plans_json(struct db *db, const struct snapshot *s, const struct store_campaign *k, int64_t now,
			const char *image_dir, struct jw *w, struct err *e) MUST_USE;

#endif
