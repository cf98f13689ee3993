/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of feed imports (table feed_import): what was looked at, what came of it, and the rows of
 * imports that wait behind a gate. sql/query/feed.sql.
 */
#ifndef FIRPATH_STORE_STORE_FEED_H
#define FIRPATH_STORE_STORE_FEED_H

#include "store/db.h"

/* One row; text is borrowed from the rows object when read. */
struct feed_row {
	int64_t id;
	const char *feed; /* "cpl" or "statements" */
	int64_t at;       /* UTC ms */
	const char *who, *file_name;
	const char *file_hash; /* 64 hex digits */
	const char *state;
	const char *version_text, *version; /* CPL only, else NULL */
	int64_t issued_on;                  /* UTC ms, -1 = none */
	int64_t rows;
	int64_t revision;   /* 0 = none */
	const char *report; /* JSON; NULL in lists */
	const char *staged; /* NDJSON or NULL; NULL in lists */
};

/* Inside the caller's transaction. */
int store_feed_add(struct db *db, const struct feed_row *f, int64_t *ret_id, struct err *e) MUST_USE;
/* Ends a held import: new state, revision (0 = none), report; the staged rows go. */
int store_feed_close(struct db *db, int64_t id, const char *state, int64_t revision, const char *report,
		     struct err *e) MUST_USE;

/* Each gives rows to walk with store_feed_next. */
int store_feed_get(struct db *db, int64_t id, struct rows **ret, struct err *e) MUST_USE;
int store_feed_list(struct db *db, int64_t before, int limit, struct rows **ret, struct err *e) MUST_USE;
/* The held import of this file, if one waits. */
int store_feed_held(struct db *db, const char *feed, const char *file_hash, int64_t *ret_id /* 0 = none */,
		    struct err *e) MUST_USE;
/* The import whose version stands at a revision (0 = newest). */
int store_feed_standing(struct db *db, const char *feed, int64_t revision, struct rows **ret,
			struct err *e) MUST_USE;
int store_feed_next(struct rows *r, struct feed_row *ret, bool *ret_got, struct err *e) MUST_USE;

#endif
