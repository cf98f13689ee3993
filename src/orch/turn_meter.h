/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters in the runner: one walk at a time in a home area network, and none whose gate is shut
 * (doc/adr/0010-meters.md 2, 4, 10, 11; model/han.h). The gate is asked at the claim, for each next hop, and
 * again before each push; what it says is one of four: go, wait in the row, wait for somebody, never.
 * When an activation may be sent is the door's. Private to the runner.
 */
#ifndef FIRPATH_ORCH_TURN_METER_H
#define FIRPATH_ORCH_TURN_METER_H

#include "orch/runner_priv.h"

/* A queued walk of a meter whose time has come: puts it to work, puts it off, or ends it. */
int turn_meter(struct batch *b, int64_t campaign_id, struct walk *w, struct err *e) MUST_USE;
/* The next hop is known; may it be made now? */
int meter_next(struct batch *b, const struct walk *w, struct next *ret, struct err *e) MUST_USE;
/* The hop under way stands; may it be pushed now? */
int meter_stands(struct batch *b, const struct walk *w, struct stands *ret, struct err *e) MUST_USE;

#endif
