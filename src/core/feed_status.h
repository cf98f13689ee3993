/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the publishers of feeds: when they were asked last, and what came of it. */
#ifndef FIRPATH_CORE_FEED_STATUS_H
#define FIRPATH_CORE_FEED_STATUS_H

#include "base/json.h"
#include "store/db.h"

/* {"feeds":[{"feed":"cpl","result",...}]}, empty before the first visit. inside: with the address and the
 * words of errors, which may tell of the inside of the network. */
int feed_status_json(struct db *db, bool inside, struct str *out, struct err *e) MUST_USE;
/* The one object of the CPL, or null. */
int feed_visit_json(struct db *db, bool inside, struct jw *w, struct err *e) MUST_USE;
/* Visits so far by their result: "applied", "unchanged", "held", "failed". */
#define FEED_RESULTS 4
extern const char *const feed_result_text[FEED_RESULTS + 1];
int feed_visit_counts(struct db *db, int64_t ret[FEED_RESULTS], struct err *e) MUST_USE;

#endif
