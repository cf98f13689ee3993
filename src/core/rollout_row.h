/* SPDX-License-Identifier: Apache-2.0 */
/* A rollout in memory for one transaction. Private to core (rollout*.c). */
#ifndef FIRPATH_CORE_ROLLOUT_ROW_H
#define FIRPATH_CORE_ROLLOUT_ROW_H

#include "core/rollout.h"

struct rollout_row {
	int64_t id, org_id; /* 0 = nobody's */
	char name[ROLLOUT_NAME_MAX + 1], state[12];
	int64_t at_most, stop_after, forgiven, queued, active, held;
};
int rollout_get(struct db *db, int64_t id, bool *ret_got, struct rollout_row *ret, struct err *e) MUST_USE;
/* Ends it when nothing is left to do, halts it when too many are held. With its audit row. */
int rollout_settle(struct db *db, int64_t id, const struct actor *who, struct err *e) MUST_USE;

#endif
