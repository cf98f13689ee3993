/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revisions and the audit chain. Both are written only inside the caller's open write transaction, so that no
 * change is without a who and a why, and no audit row without its change.
 */
#ifndef FIRPATH_STORE_LEDGER_H
#define FIRPATH_STORE_LEDGER_H

#include "store/db.h"

/* Who does it, when, and why: goes to every audit row. */
struct actor {
	const char *name; /* borrowed; "import", "cli:NAME", "orchestrator", ... */
	const char *why;  /* borrowed; may be "" */
	int64_t now;      /* UTC ms */
};

int ledger_head(struct db *db, int64_t *ret_rev, struct err *e) MUST_USE; /* newest revision, 0 when none */
int ledger_at(struct db *db, int64_t at, int64_t *ret_rev,
	      struct err *e) MUST_USE; /* newest revision with revision.at <= at, 0 when none */
/* Makes the next revision row. */
/* T38: ERR_CLOCK when now lies more than CLOCK_BACK_MS before the newest audit row. */
#define CLOCK_BACK_MS (5 * INT64_C(60000))
int ledger_clock_check(struct db *db, int64_t now, struct err *e) MUST_USE;
int ledger_advance(struct db *db, const struct actor *who, const char *kind, int64_t *ret_rev,
		   struct err *e) MUST_USE;
/* Appends one audit row; before/after are JSON or NULL; revision 0 = none. ret_hash (65 bytes) may be NULL.
 */
int audit_add(struct db *db, const struct actor *who, const char *action, const char *subject,
	      const char *before, const char *after, int64_t revision, char *ret_hash,
	      struct err *e) MUST_USE;
/* Walks the whole chain; *ret_bad = 0 when every row is as it was written, else the first bad seq. */
int audit_verify(struct db *db, int64_t *ret_rows, int64_t *ret_bad, char ret_head[65],
		 struct err *e) MUST_USE;

int meta_get(struct db *db, const char *name, char *buf, size_t size, bool *ret_got, struct err *e) MUST_USE;
int meta_put(struct db *db, const char *name, const char *value, struct err *e) MUST_USE;

#endif
