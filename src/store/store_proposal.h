/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals with their approval, and urgent blocks. Current state, unlike the catalogue: what happened is in
 * the audit chain. sql/query/edit.sql; schema 0005.
 */
#ifndef FIRPATH_STORE_STORE_PROPOSAL_H
#define FIRPATH_STORE_STORE_PROPOSAL_H

#include "base/arena.h"
#include "store/db.h"

/* One proposal; text is in the arena given when it was read. */
struct store_proposal {
	int64_t id, version;
	const char *state, *title, *reason, *items, *hash; /* items: JSON array, "" in lists */
	int64_t effective_on, embargo_until;               /* UTC ms, -1 = none */
	int64_t author_id, org_id;                         /* org_id 0 = none */
	const char *author, *org;
	int64_t base_rev, created_at, changed_at;
	int64_t waiting_since; /* -1 = it does not wait */
	int64_t approver_id;   /* 0 = not approved */
	const char *approver, *approved_hash, *approve_why;
	int64_t approved_at, publish_at; /* -1 */
	int64_t revision;                /* 0 = not published */
	int64_t ended_at;                /* -1 */
	const char *ended_by, *ended_why;
};

int store_proposal_add(struct db *db, const struct store_proposal *p, int64_t *ret_id,
		       struct err *e) MUST_USE;
int store_proposal_get(struct db *db, int64_t id, struct arena *a, struct store_proposal *ret, bool *ret_got,
		       struct err *e) MUST_USE;
/* Writes it over the version p->version, which becomes the next one. ERR_STALE when it is another by now. */
int store_proposal_put(struct db *db, const struct store_proposal *p, int64_t now, struct err *e) MUST_USE;

/* Whose eyes a list is for. */
struct store_eyes {
	int64_t account, org; /* 0 = none */
	bool all;             /* sees whatever is no draft */
	bool open;            /* the same but what is under embargo */
	bool person;          /* sees what is published */
	int64_t now;
};
int store_proposal_page(struct db *db, const struct store_eyes *eyes, const char *state, bool mine,
			int64_t before, int64_t limit, struct rows **ret, struct err *e) MUST_USE;
int store_proposal_next(struct rows *r, struct arena *a, struct store_proposal *ret, bool *ret_got,
			struct err *e) MUST_USE;

struct store_urgent {
	int64_t id, statement_id, entry_id, by_id, at, revision, second_due;
	const char *state, *by_name, *reason;
	int64_t second_id, second_at; /* 0, -1 */
	const char *second_name, *second_why;
	int64_t lifted_rev;
};
int store_urgent_next(struct rows *r, struct arena *a, struct store_urgent *ret, bool *ret_got,
		      struct err *e) MUST_USE;

#endif
