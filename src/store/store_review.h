/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people decide about imports (table feed_decision), undoing what an import did, and the last visit to a
 * publisher (table feed_visit). sql/query/review.sql. Writing functions run inside the caller's transaction.
 */
#ifndef FIRPATH_STORE_STORE_REVIEW_H
#define FIRPATH_STORE_STORE_REVIEW_H

#include "store/db.h"

/* One half of a decision. */
struct store_voice {
	int64_t account_id;    /* 0 = this machine's operator */
	const char *who, *why; /* borrowed; who NULL = has not spoken */
	int64_t at;            /* UTC ms, -1 */
};
struct store_decision {
	int64_t id;
	const char *act;   /* "accept", "undo", "reset" */
	const char *state; /* "proposed", "done", "dropped" */
	const char *hash;  /* of the report that was looked at */
	struct store_voice first, second;
	int64_t revision; /* 0 = none */
};
/* Opens one; ERR_CONFLICT when one of this act is open. */
int store_decision_add(struct db *db, int64_t import_id, const char *act, const char *hash,
		       const struct store_voice *first, int64_t *ret_id, struct err *e) MUST_USE;
/* Closes it as done; ERR_CONFLICT when it is not open any more, or both voices are one person's. */
int store_decision_close(struct db *db, int64_t id, const struct store_voice *second, int64_t revision,
			 struct err *e) MUST_USE;
int store_decision_list(struct db *db, int64_t import_id, struct rows **ret, struct err *e) MUST_USE;
int store_decision_next(struct rows *r, struct store_decision *ret, bool *ret_got, struct err *e) MUST_USE;
/* All open ones of an import end. */
int store_decision_drop(struct db *db, int64_t import_id, struct err *e) MUST_USE;
int store_decision_done(struct db *db, int64_t import_id, const char *act, bool *ret, struct err *e) MUST_USE;

/* How many rows rely on what revision changed. */
struct store_relied {
	int64_t states, statements, devices, plans;
};
int store_undo_relied(struct db *db, int64_t revision, struct store_relied *ret, struct err *e) MUST_USE;
/* Takes back, from revision now on, what revision changed. */
int store_undo(struct db *db, int64_t revision, int64_t now, struct err *e) MUST_USE;

/* Entries without a state; rows of id and public id. */
int store_entry_dormant(struct db *db, const char *scheme, struct rows **ret, struct err *e) MUST_USE;
/* Rows of entry id and number of devices that run it. */
int store_fleet_starts(struct db *db, struct rows **ret, struct err *e) MUST_USE;

/* The last visit to a publisher; text borrowed from the rows object when read. */
struct store_visit {
	const char *feed, *url, *etag, *last_modified, *result, *detail;
	int64_t tried_at, good_at, since, fails, import_id; /* good_at -1, import_id 0 = none */
	int64_t n_applied, n_unchanged, n_held, n_failed;   /* visits by their result, ever */
};
int store_visit_get(struct db *db, const char *feed, struct rows **ret_rows, struct store_visit *ret,
		    bool *ret_got, struct err *e) MUST_USE;
int store_visit_put(struct db *db, const struct store_visit *v, struct err *e) MUST_USE;

#endif
