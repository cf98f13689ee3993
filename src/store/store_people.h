/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations, accounts, sessions and API tokens in the store; sql/query/people.sql, schema 0004. Writing
 * functions run inside the caller's write transaction. Texts are borrowed from the rows object, or from the
 * caller when putting. Digests only: this file never sees a secret. */
#ifndef FIRPATH_STORE_STORE_PEOPLE_H
#define FIRPATH_STORE_STORE_PEOPLE_H

#include "store/db.h"

struct store_org {
	int64_t id;
	const char *name, *kind, *codes;
	int64_t rev, added_at;
};

struct store_account {
	int64_t id;
	const char *login, *name;
	int64_t org_id;          /* 0 = none */
	const char *org, *codes; /* of the organisation; NULL without one */
	int64_t roles;
	const char *state;            /* "active", "disabled" */
	const char *password;         /* its digest, or NULL */
	const char *issuer, *subject; /* NULL = none */
	int64_t rev, added_at;
};

/* A session or a token with the account behind it: all that signing in needs, in one statement. */
struct store_pass {
	int64_t id;                        /* of the session or token */
	int64_t made_at, used_at;          /* token: made_at is -1, used_at -1 = never */
	int64_t ends_at, revoked_at;       /* token only; revoked_at -1 = it was not */
	int64_t token_roles;               /* token only */
	const char *label;                 /* token only */
	int64_t account_id, roles, org_id; /* org_id 0 = none */
	const char *login, *org, *codes, *state;
};

struct store_token {
	int64_t id;
	const char *prefix, *label;
	int64_t account_id;
	const char *login;
	int64_t roles, made_at, ends_at, used_at, revoked_at; /* -1 = never */
};

int store_people_exist(struct db *db, bool *ret, struct err *e) MUST_USE;

/* *ret_added false: the name is taken. */
int store_org_add(struct db *db, const struct store_org *o, bool *ret_added, struct err *e) MUST_USE;
int store_org_change(struct db *db, const struct store_org *o, struct err *e) MUST_USE;
/* By id, or by name when that is not NULL; *ret borrows from *ret_rows. */
int store_org_get(struct db *db, int64_t id, const char *name, struct rows **ret_rows, struct store_org *ret,
		  bool *ret_got, struct err *e) MUST_USE;
int store_org_page(struct db *db, int64_t after, int64_t only, int64_t limit, struct rows **ret,
		   struct err *e) MUST_USE;
int store_org_next(struct rows *r, struct store_org *ret, bool *ret_got, struct err *e) MUST_USE;

/* *ret_added false: the login or the subject is taken. */
int store_account_add(struct db *db, const struct store_account *a, bool *ret_added, struct err *e) MUST_USE;
/* password NULL = as it is. */
int store_account_change(struct db *db, const struct store_account *a, struct err *e) MUST_USE;
/* By id, or by login when that is not NULL. */
int store_account_get(struct db *db, int64_t id, const char *login, struct rows **ret_rows,
		      struct store_account *ret, bool *ret_got, struct err *e) MUST_USE;
int store_account_by_subject(struct db *db, const char *issuer, const char *subject, struct rows **ret_rows,
			     struct store_account *ret, bool *ret_got, struct err *e) MUST_USE;
/* org 0 = all; me: this account too. */
int store_account_page(struct db *db, int64_t after, int64_t org, int64_t me, int64_t limit,
		       struct rows **ret, struct err *e) MUST_USE;
int store_account_next(struct rows *r, struct store_account *ret, bool *ret_got, struct err *e) MUST_USE;
/* Active accounts with one of these roles, but for one. */
int store_account_count(struct db *db, int64_t roles, int64_t but, int64_t *ret, struct err *e) MUST_USE;

int store_session_add(struct db *db, const char *hash, int64_t account, int64_t now, int64_t *ret_id,
		      struct err *e) MUST_USE;
int store_session_find(struct db *db, const char *hash, struct rows **ret_rows, struct store_pass *ret,
		       bool *ret_got, struct err *e) MUST_USE;
int store_session_touch(struct db *db, int64_t id, int64_t now, struct err *e) MUST_USE;
int store_session_drop_hash(struct db *db, const char *hash, struct err *e) MUST_USE;
int store_session_drop(struct db *db, int64_t account, int64_t id, bool *ret_dropped, struct err *e) MUST_USE;
int store_session_drop_all(struct db *db, int64_t account, int64_t but, struct err *e) MUST_USE;
int store_session_drop_old(struct db *db, int64_t before, struct err *e) MUST_USE;
/* Rows of id, made_at, used_at. */
int store_session_list(struct db *db, int64_t account, struct rows **ret, struct err *e) MUST_USE;

int store_token_add(struct db *db, const char *hash, const struct store_token *t, int64_t *ret_id,
		    struct err *e) MUST_USE;
int store_token_find(struct db *db, const char *hash, struct rows **ret_rows, struct store_pass *ret,
		     bool *ret_got, struct err *e) MUST_USE;
int store_token_touch(struct db *db, int64_t id, int64_t now, struct err *e) MUST_USE;
int store_token_get(struct db *db, int64_t id, struct rows **ret_rows, struct store_token *ret, bool *ret_got,
		    struct err *e) MUST_USE;
int store_token_page(struct db *db, int64_t after, int64_t org, int64_t me, int64_t limit, struct rows **ret,
		     struct err *e) MUST_USE;
int store_token_next(struct rows *r, struct store_token *ret, bool *ret_got, struct err *e) MUST_USE;
int store_token_live(struct db *db, int64_t account, int64_t now, int64_t *ret, struct err *e) MUST_USE;
int store_token_revoke(struct db *db, int64_t id, int64_t now, bool *ret_done, struct err *e) MUST_USE;

#endif
