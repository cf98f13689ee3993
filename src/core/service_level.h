/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long things wait: queues with their targets, what was met, and what has to be confirmed. For everybody:
 * MP231 asks for a service level of SECAS on updates, and whoever relies on the repository must see whether
 * it is kept. Numbers only; nobody is named. doc/freshness.md.
 */
#ifndef FIRPATH_CORE_SERVICE_LEVEL_H
#define FIRPATH_CORE_SERVICE_LEVEL_H

#include "base/json.h"
#include "core/access.h"
#include "core/catalog.h"
#include "core/setting.h"
#include "model/freshness.h"
#include "store/db.h"

enum queue { QUEUE_CALLOUTS_SECAS, QUEUE_CALLOUTS_MANUFACTURER, QUEUE_PROPOSALS, QUEUE_IMPORTS, QUEUES };
extern const char *const queue_text[QUEUES + 1]; /* "callouts-secas", ..., NULL */

struct met {
	int64_t ended, in_time;
};
struct service_level {
	int64_t target;  /* ms */
	int64_t waiting; /* how many */
	int64_t late;    /* of them, past their time */
	int64_t oldest;  /* UTC ms since when the oldest waits, -1 = none waits */
	struct met days30, days90;
};
/* One queue now. */
int service_level_read(struct db *db, enum queue q, int64_t now, struct service_level *ret,
		       struct err *e) MUST_USE;

/* Statements of a snapshot by their freshness at a moment. */
struct confirmations {
	int64_t count[FRESHNESS_NONE];
	int64_t oldest_due; /* UTC ms: the earliest due day that has passed, -1 = none */
};
struct confirmations confirmations_count(const struct snapshot *s, int64_t at);

/* {"as_at","confirm_every_days","queues":[{"queue","target_seconds","waiting","late","oldest_since",
 * "oldest_seconds","met":[{"days":30,"ended","in_time","percent"},{"days":90,...}]}],"confirmations":{...}}.
 * percent is null when nothing ended. */
int service_levels_json(struct db *db, const struct snapshot *s, int64_t now, struct str *out,
			struct err *e) MUST_USE;

struct confirmation_filter {
	const char *state; /* "due" (due and overdue), "overdue", or NULL = all with a path statement */
	const struct principal *owner; /* only entries of its manufacturer codes; NULL = all */
	uint32_t after_node;           /* NODE_NONE = from the start */
	size_t limit;
};
/* {"confirmations":[{identity..., "statement":{...}}], ...: the caller ends the object. In catalogue order.
 * *ret_last: the last node written when there are more, else NODE_NONE. ERR_INVALID for an unknown state. */
int confirmations_json(const struct snapshot *s, const struct confirmation_filter *f, int64_t at,
		       struct jw *w, uint32_t *ret_last, struct err *e) MUST_USE;

#endif
