/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models, entries and their states: an append-only ledger. A state is never changed but closed (to_rev) and
 * followed by another one. sql/query/entry.sql; schema 0001.
 */
#ifndef FIRPATH_STORE_STORE_ENTRY_H
#define FIRPATH_STORE_STORE_ENTRY_H

#include "model/cpl.h"
#include "store/db.h"

struct store_model {
	int64_t id;
	const char *scheme, *manufacturer, *model, *hardware;
};

/* An entry with the state that stands at the asked revision; text is borrowed from the rows object. */
struct store_entry {
	int64_t id, model_id, ord;
	const char *scheme, *public_id;
	int64_t from_rev;
	bool removed;
	const char *version;
	const char *hash;                 /* NULL = none */
	char cpa_kind;                    /* 'E', 'R' or 0 */
	int64_t cpa_until;                /* -1 = none */
	const char *text[CPL_COLS];       /* as written; NULL = the sources so far had no such column */
	int64_t bytes, seconds, restarts; /* -1 = not known */
};

/* All models, by id. */
int store_model_list(struct db *db, struct rows **ret, struct err *e) MUST_USE;
int store_model_next(struct rows *r, struct store_model *ret, bool *ret_got, struct err *e) MUST_USE;
/* The entries at a revision (0 = newest), by scheme, then in catalogue order. */
int store_entry_list(struct db *db, int64_t revision, struct rows **ret, struct err *e) MUST_USE;
/* What stands now of one scheme, by public id. */
int store_entry_standing(struct db *db, const char *scheme, struct rows **ret, struct err *e) MUST_USE;
int store_entry_next(struct rows *r, struct store_entry *ret, bool *ret_got, struct err *e) MUST_USE;

int store_entry_find(struct db *db, const char *scheme, const char *public_id, bool *ret_got, int64_t *ret_id,
		     struct err *e) MUST_USE;
/* Which model each entry belongs to now. */
struct store_entry_model {
	int64_t entry_id;
	const char *scheme, *public_id;
	int64_t model_id, ord;
};
int store_entry_models(struct db *db, struct rows **ret, struct err *e) MUST_USE;
int store_entry_model_next(struct rows *r, struct store_entry_model *ret, bool *ret_got,
			   struct err *e) MUST_USE;

/* Inside the caller's write transaction. store_model_put finds or makes. */
int store_model_put(struct db *db, const struct store_model *m, int64_t *ret_id, struct err *e) MUST_USE;
int store_model_add(struct db *db, const struct store_model *m, int64_t *ret_id, struct err *e) MUST_USE;
int store_entry_add(struct db *db, const struct store_entry *s, int64_t *ret_id, struct err *e) MUST_USE;
/* Many entries at once. The ids are the caller's, counted on from store_entry_last(); store_entry_number() at
 * the end lets the engine's own numbering go on behind them. All of one scheme. */
int store_entry_last(struct db *db, int64_t *ret_id, struct err *e) MUST_USE;
int store_entry_put(struct db *db, const struct store_entry *v, size_t n, struct err *e) MUST_USE;
int store_entry_number(struct db *db, struct err *e) MUST_USE;
/* Opens a state of s->id from a revision on; close the one before first. */
int store_state_open(struct db *db, const struct store_entry *s, int64_t from_rev, struct err *e) MUST_USE;
int store_state_close(struct db *db, int64_t entry_id, int64_t to_rev, struct err *e) MUST_USE;

#endif
