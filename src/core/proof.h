/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the store as it was written? Three things are looked at, and together no change stays unseen (T37):
 *
 *   - the audit chain: every row hashes to what it says, and follows the one before
 *   - the catalogue: what each revision began and ended has the digest that its last audit row carries
 *   - heads: where the chain ended at some time, kept outside the store. A chain that was cut, rolled back or
 *     made anew is a good chain in itself; only a kept head tells.
 *
 * A head as text is one line of JSON, signed when there is a key (base/sign.h):
 *
 *	{"head":"firpath/1","service","at","epoch","seq","hash","revision","key","signature"}
 */
#ifndef FIRPATH_CORE_PROOF_H
#define FIRPATH_CORE_PROOF_H

#include "base/sign.h"
#include "base/str.h"
#include "base/vec.h"
#include "store/db.h"

#define HEADS_FILE_MAX (64 * MIB)
#define HEADS_LISTED 20 /* bad heads that a report names */

/* Where the chain ends, or ended. */
struct head {
	int64_t seq;      /* of its last row; 0 = it is empty */
	char hash[65];    /* of that row */
	int64_t revision; /* newest revision */
	int64_t epoch;    /* of the store (store_ledger.h) */
	int64_t at;       /* UTC ms: when it was read */
};
int head_read(struct db *db, int64_t now, struct head *ret, struct err *e) MUST_USE;
/* Appends the line, signed when key is not NULL. service: public_url, or "". */
void head_line(const struct head *h, const char *service, const struct sign_key *key, struct str *out);
/* Appends a line to a file (made with mode 0640 when it is not there) and syncs it. What a crash left of an
 * unfinished line is cut off first. */
int head_append(const char *path, const char *line, size_t n, struct err *e) MUST_USE;

/* The head on schedule: a line at the start and then every so often, whether or not something changed, so
 * that a missing line tells too. */
struct head_export;
/* path and service are copied; key: file of the signing key, "" = lines are not signed. ERR_CONFIG. */
int head_export_new(const char *path, int64_t every_ms, const char *service, const char *key,
		    struct head_export **ret, struct err *e) MUST_USE;
void head_export_free(struct head_export *x);
DEFINE_OWN(struct head_export, head_export_free)
/* Appends the head when it is time; *ret_next: when it is time again. */
int head_export_turn(struct head_export *x, struct db *db, int64_t now, int64_t *ret_next,
		     struct err *e) MUST_USE;

/* Kept heads. */
struct heads {
	VEC(struct head) v;
};
void heads_done(struct heads *h);
DEFINE_OWN_VAL(struct heads, heads_done)
/* Lines of heads, in any order. keys: each line must be signed by one of these (ERR_SIGNATURE); NULL: no
 * signature is looked at. Errors name the line. */
int heads_parse(struct heads *ret, const char *text, size_t n, const struct sign_keys *keys,
		struct err *e) MUST_USE;

/* Walks all of the store, in one view of it. heads: may be NULL; gets sorted. Appends
 * {"ok","rows","bad","head",
 * "epoch","catalogue":{"ok","revisions","covered","bad","why"},"heads":{"ok","checked","bad":[{"seq","why"}]}};
 * "heads" is null without any. *ret_ok: nothing is wrong. */
int proof_verify_json(struct db *db, struct heads *heads, struct str *out, bool *ret_ok,
		      struct err *e) MUST_USE;

#endif
