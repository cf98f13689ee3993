/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/release.h share; nobody else includes it. */
#ifndef FIRPATH_CORE_RELEASE_ROW_H
#define FIRPATH_CORE_RELEASE_ROW_H

#include "base/arena.h"
#include "core/release_doc.h"
#include "store/store_release.h"

/* A row that outlives its statement. */
struct release_rec {
	struct arena *arena; /* owned */
	struct store_release r;
};
void release_rec_done(struct release_rec *r);
DEFINE_OWN_VAL(struct release_rec, release_rec_done)
#define RELEASE_REC(name) OWN(release_rec_done) struct release_rec name = { .arena = NULL }
/* ERR_NOT_FOUND, also for what by may not see. */
int release_rec_load(struct db *db, const struct principal *by, int64_t id, struct release_rec *ret,
		     struct err *e) MUST_USE;
/* As store_release_filter.sees. */
int64_t release_sees(const struct principal *by);
/* ERR_DENIED unless by has one of the roles, and, without being editor or operator, the same organisation. */
int release_may(const struct principal *by, const struct store_release *r, unsigned roles,
		struct err *e) MUST_USE;
/* One audit row, subject release/ID; after: members of an object, NULL = none. */
int release_audit(struct db *db, const struct actor *who, const char *action, const struct store_release *r,
		  int64_t revision, struct err *e) MUST_USE;
/* Its place in the order of its model: releases without a position stand behind all that have one, in the
 * order of their registration. */
int64_t release_ord(const struct store_release *r);
/* Is it in that state? */
bool release_is(const struct store_release *r, const char *state);

#endif
