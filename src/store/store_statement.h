/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path statements, floors and blocks with their bases; append-only like entries. sql/query/statement.sql.
 */
#ifndef FIRPATH_STORE_STORE_STATEMENT_H
#define FIRPATH_STORE_STORE_STATEMENT_H

#include "store/db.h"

/* One statement; text is borrowed from the rows object. Bases come from their own list, in order. */
struct store_statement {
	int64_t id, entry_id, from_rev;
	const char *kind, *source, *author;
	int64_t stated_on, confirmed_on; /* UTC ms at midnight, -1 = none */
	const char *excerpt, *reference; /* NULL = none */
	int64_t effective_on;            /* in force since, UTC ms; 0 = not said */
	int64_t proposal_id;             /* what published it; 0 = no proposal */
	const char *name, *protects;     /* of a block; NULL = not said */
};
struct store_base {
	int64_t statement_id, n, base_id;
};

/* What stands at a revision (0 = newest): statements by id; bases by statement id, then n. */
int store_statement_list(struct db *db, int64_t revision, struct rows **ret, struct err *e) MUST_USE;
int store_statement_next(struct rows *r, struct store_statement *ret, bool *ret_got, struct err *e) MUST_USE;
int store_base_list(struct db *db, int64_t revision, struct rows **ret, struct err *e) MUST_USE;
int store_base_next(struct rows *r, struct store_base *ret, bool *ret_got, struct err *e) MUST_USE;

/* Inside the caller's write transaction. */
int store_statement_add(struct db *db, const struct store_statement *s, const int64_t *bases, size_t nbases,
			int64_t from_rev, int64_t *ret_id, struct err *e) MUST_USE;
int store_statement_close(struct db *db, int64_t id, int64_t to_rev, struct err *e) MUST_USE;

#endif
