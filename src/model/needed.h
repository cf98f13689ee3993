/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that devices need on their way: what is lost to them when entries become Removed. Pure.
 *
 * An entry h that is going (Removed afterwards, not before) is a needed hop for a device that runs s when
 *there is a target t that stays (may be a target afterwards) such that
 *
 *	- before, t can be reached from s,
 *	- afterwards it can not,
 *	- and before, a way from s to t leads through h.
 *
 * Ways go over edges that are not blocked, through entries that may be hops at that time (MP231 retention;
 * doc/feeds.md).
 */
#ifndef FIRPATH_MODEL_NEEDED_H
#define FIRPATH_MODEL_NEEDED_H

#include "model/graph.h"

/* What devices run, and how many of them. */
struct need_start {
	uint32_t node;
	int64_t devices;
};
/* before and after: is a node Removed, one flag per node of g. ret_devices: per node, how many devices need
 * it as a hop; 0 for all that are not going. */
void needed_hops(const struct graph *g, const bool *before, const bool *after,
		 const struct need_start *starts, size_t nstarts, int64_t at, int64_t *ret_devices);

#endif
