/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an edit does before it is made: the resulting graph is built in memory from a snapshot and the judged
 * changes (model/whatif.h, pure), and compared with what stands, for every pair of entries of the models
 * concerned. The same judge runs inside the publishing transaction, so that preview and reality agree.
 *
 * The answer, one object (lists are cut at IMPACT_LISTED, "total" counts all):
 *   revision, items [{n, op, does (adds, replaces, withdraws, confirms, same), entry, kind, before, after}],
 *   models [ids],
 *   edges {appear {total, list [{base, entry, downgrade, blocked}]}, vanish {...}, blocked {...}, unblocked},
 *   pairs {total, appears, vanishes, longer, shorter, changes, list [{from, to, change, before [entries],
 *     after [entries], why}]},
 *   stranded {total, list [entries]}, unstranded {...}: no path to the newest allowed entry any more, again,
 *   latest {total, list [{from, before, after}]}: what `latest` means from there,
 *   devices {total, own, others, stranded, own_stranded, organisations}: registered ones that run the start
 *     of such a pair; organisations: {total, list [{organisation, devices, stranded}]}, the most devices
 *     first, null for those who may not know (impact_devices.h),
 *   campaigns {total, walks, list [{campaign, name, state, walks, vanishes, changes}], others}: those not
 * ended whose plans lose a hop or become others; of foreign organisations only their number, lint {before
 * {error, warning, note}, after {...}, new [findings], gone [findings]}, past null or {at, revision, total,
 * list}: pairs whose answer on that date would have been another (effective_on in the past), warnings [{item,
 * code, detail}], refused null or a sentence: why it could not be published now.
 */
#ifndef FIRPATH_CORE_IMPACT_H
#define FIRPATH_CORE_IMPACT_H

#include "core/proposal.h"

#define IMPACT_LISTED 200 /* members of each list */

struct content;
/* The answer for what was read and judged over x->snap. */
int impact_json(const struct edit *x, const struct content *c, struct str *out, struct err *e) MUST_USE;

#endif
