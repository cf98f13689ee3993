/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of a revision: SHA-256 over every row of the versioned tables that the revision began, and the
 * number of every row that it ended, so that the audit chain covers the catalogue itself. audit_add() writes
 * it to each row that names a revision; the last such row is made when all of the revision is written, and
 * its digest is the one that must fit for ever after.
 *
 * The digest text is "1:" and 64 upper case hex digits; 1 is the version of what is covered
 * (sql/query/digest.sql). Every value is written as "length:text," and NULL as "-,", each table in front of
 * its rows as a text.
 */
#ifndef FIRPATH_STORE_STORE_DIGEST_H
#define FIRPATH_STORE_STORE_DIGEST_H

#include "base/digest.h"
#include "store/db.h"

#define DIGEST_TEXT (SHA256_HEX + 2)

/* Of a revision as the store holds it now. Reads what the caller's transaction has written. */
int digest_of_revision(struct db *db, int64_t revision, char ret[DIGEST_TEXT], struct err *e) MUST_USE;
/* How many rows of versioned tables begin or end at a revision that is not there (head: the newest). */
int digest_strays(struct db *db, int64_t head, int64_t *ret, struct err *e) MUST_USE;

/* One text as digests and the chain write it; NULL is told from "". */
void digest_text(struct sha256 *h, const char *s);
void digest_num(struct sha256 *h, int64_t v);

#endif
