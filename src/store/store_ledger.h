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
 * With a revision the row carries the digest of what the revision wrote (store_digest.h): the last row of a
 * revision must come after everything else of it. */
int audit_add(struct db *db, const struct actor *who, const char *action, const char *subject,
	      const char *before, const char *after, int64_t revision, char *ret_hash,
	      struct err *e) MUST_USE;
/* Walks the whole chain; *ret_bad = 0 when every row is as it was written, else the first bad seq. */
int audit_verify(struct db *db, int64_t *ret_rows, int64_t *ret_bad, char ret_head[65],
		 struct err *e) MUST_USE;

/* One good row that a walk has passed. */
struct audit_seen {
	int64_t seq, revision;     /* revision 0 = none */
	const char *hash, *digest; /* borrowed; digest may be NULL */
};
typedef void audit_see(void *ctx, const struct audit_seen *row);
/* As audit_verify, and tells each good row to see. */
int audit_walk(struct db *db, audit_see *see, void *ctx, int64_t *ret_rows, int64_t *ret_bad,
	       char ret_head[65], struct err *e) MUST_USE;
/* Where the chain ends: seq 0 and 64 zeros when it is empty. */
int audit_head(struct db *db, int64_t *ret_seq, char ret_hash[65], struct err *e) MUST_USE;
/* The hash of one row; *ret_got false when there is no such row. */
int audit_hash(struct db *db, int64_t seq, char ret_hash[65], bool *ret_got, struct err *e) MUST_USE;

/* T46: how often this store was restored from a copy, counted from 1. Whoever remembers numbers of audit rows
 * or revisions must know that they may mean something else in another epoch. */
int epoch_get(struct db *db, int64_t *ret, struct err *e) MUST_USE;
/* A copy was restored: the next epoch, with its audit row. */
int epoch_raise(struct db *db, const struct actor *who, int64_t *ret, struct err *e) MUST_USE;

int meta_get(struct db *db, const char *name, char *buf, size_t size, bool *ret_got, struct err *e) MUST_USE;
int meta_put(struct db *db, const char *name, const char *value, struct err *e) MUST_USE;

#endif
