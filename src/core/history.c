/* SPDX-License-Identifier: Apache-2.0 */
#include "core/history.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "core/rows_json.h"
#include "model/ident.h"
#include "store/store_ledger.h"

static void entry_name(struct jw *w, const char *key, const char *scheme, const char *public_id)
{
	char text[ENTRY_NAME_SIZE];

	jw_kstr(w, key, ident_entry_name(scheme, public_id, text));
}

const char *history_name(const char *who, bool nameless)
{
	return nameless && (!strncmp(who, "user:", 5) || !strncmp(who, "token:", 6)) ? "user" : who;
}

/* Columns from_rev, at, to_rev, at, from a column on. */
static void span_json(struct jw *w, struct rows *r, int col)
{
	jw_kint(w, "from_revision", rows_num(r, col));
	jw_ktime(w, "from", rows_num(r, col + 1));
	jw_key(w, "to_revision");
	if (rows_null(r, col + 2))
		jw_null(w);
	else
		jw_int(w, rows_num(r, col + 2));
	jw_ktime(w, "to", rows_date(r, col + 3));
}

static int states_json(struct db *db, int64_t id, int64_t upto, bool nameless, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_HISTORY_STATES, ARGS(VINT(upto), VINT(id)), &r, e))
		return e->code;
	jw_key(w, "states");
	jw_arr(w);
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		jw_obj(w);
		span_json(w, r, 0);
		jw_kstr(w, "kind", rows_text(r, 4));
		jw_kstr(w, "who", history_name(rows_text(r, 5), nameless));
		jw_kstr(w, "status", rows_num(r, 6) ? "Removed" : "Current");
		jw_kstr(w, "version", rows_text(r, 7));
		jw_kstr(w, "hash", rows_text(r, 8));
		jw_kstr(w, "cpa_kind", rows_text(r, 9));
		jw_kdate(w, "cpa_until", rows_date(r, 10));
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

int history_bases_json(struct db *db, int64_t id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char name[ENTRY_NAME_SIZE];
	bool got;

	if (db_run(db, SQL_STATEMENT_BASES, ARGS(VINT(id)), &r, e))
		return e->code;
	jw_key(w, "bases");
	jw_arr(w);
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		jw_str(w, ident_entry_name(rows_text(r, 0), rows_text(r, 1), name));
	}
	jw_arr_end(w);
	return OK;
}

static int statements_json(struct db *db, int64_t id, int64_t upto, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_HISTORY_STATEMENTS, ARGS(VINT(upto), VINT(id)), &r, e))
		return e->code;
	jw_key(w, "statements");
	jw_arr(w);
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		jw_obj(w);
		jw_kint(w, "id", rows_num(r, 0));
		span_json(w, r, 1);
		jw_kstr(w, "kind", rows_text(r, 5));
		jw_kstr(w, "source", rows_text(r, 6));
		jw_kstr(w, "author", rows_text(r, 7));
		jw_kdate(w, "stated_on", rows_date(r, 8));
		jw_kdate(w, "confirmed_on", rows_date(r, 9));
		jw_kstr(w, "excerpt", rows_text(r, 10));
		jw_kstr(w, "reference", rows_text(r, 11));
		if (!rows_null(r, 12))
			jw_kstr(w, "name", rows_text(r, 12));
		if (!rows_null(r, 13))
			jw_kstr(w, "protects", rows_text(r, 13));
		if (!rows_null(r, 14))
			jw_kdate(w, "effective_on", rows_num(r, 14));
		if (!rows_null(r, 15))
			jw_kint(w, "proposal", rows_num(r, 15));
		if (history_bases_json(db, rows_num(r, 0), w, e))
			return e->code;
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

int history_entry_json(struct db *db, const char *scheme, const char *public_id, int64_t upto, bool nameless,
		       struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	int64_t id;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, false, e) ||
	    db_one(db, SQL_ENTRY_FIND, ARGS(VTEXT(scheme), VTEXT(public_id)), &got, &id, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no entry %s:%s", scheme, public_id);
	jw_obj(&w);
	entry_name(&w, "entry", scheme, public_id);
	if (states_json(db, id, upto, nameless, &w, e) || statements_json(db, id, upto, &w, e))
		return e->code;
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

/* The entries that a revision gave a state. *ret_more: there are others. */
static int changed_entries(struct db *db, int64_t revision, struct jw *w, bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	if (db_run(db, SQL_CHANGE_ENTRIES, ARGS(VINT(revision), VINT(CHANGE_NAMES_MAX + 1)), &r, e))
		return e->code;
	jw_key(w, "entries");
	jw_arr(w);
	for (;; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got || n == CHANGE_NAMES_MAX)
			break;
		jw_obj(w);
		entry_name(w, "entry", rows_text(r, 0), rows_text(r, 1));
		jw_kstr(w, "change", rows_num(r, 4) ? "changed" : "added");
		jw_kstr(w, "status", rows_num(r, 2) ? "Removed" : "Current");
		jw_kstr(w, "version", rows_text(r, 3));
		jw_end(w);
	}
	jw_arr_end(w);
	*ret_more = *ret_more || got;
	return OK;
}

static int changed_statements(struct db *db, enum sql_id q, int64_t revision, const char *change,
			      struct jw *w, bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	if (db_run(db, q, ARGS(VINT(revision), VINT(CHANGE_NAMES_MAX + 1)), &r, e))
		return e->code;
	for (;; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got || n == CHANGE_NAMES_MAX)
			break;
		jw_obj(w);
		entry_name(w, "entry", rows_text(r, 0), rows_text(r, 1));
		jw_kint(w, "id", rows_num(r, 2));
		jw_kstr(w, "kind", rows_text(r, 3));
		jw_kstr(w, "change", change);
		jw_end(w);
	}
	*ret_more = *ret_more || got;
	return OK;
}

int history_change_members(struct db *db, int64_t revision, struct jw *w, struct err *e)
{
	bool more = false;

	if (changed_entries(db, revision, w, &more, e))
		return e->code;
	jw_key(w, "statements");
	jw_arr(w);
	if (changed_statements(db, SQL_CHANGE_STATEMENTS, revision, "stated", w, &more, e) ||
	    changed_statements(db, SQL_CHANGE_STATEMENTS_ENDED, revision, "ended", w, &more, e))
		return e->code;
	jw_arr_end(w);
	jw_kbool(w, "more", more);
	return OK;
}

static int change_json(struct db *db, struct rows *r, bool nameless, struct jw *w, struct err *e)
{
	int64_t revision = rows_num(r, 0);

	jw_obj(w);
	jw_kint(w, "revision", revision);
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "kind", rows_text(r, 2));
	jw_kstr(w, "who", history_name(rows_text(r, 3), nameless));
	jw_kstr(w, "why", rows_text(r, 4));
	if (history_change_members(db, revision, w, e))
		return e->code;
	jw_end(w);
	return OK;
}

int history_changes_json(struct db *db, int64_t after, int64_t limit, bool newest, int64_t upto,
			 bool nameless, struct str *out, int64_t *ret_next, struct err *e)
{
	enum sql_id q = newest ? SQL_CHANGE_LIST_NEWEST : SQL_CHANGE_LIST;
	struct jw w = jw_start(out);
	int64_t n = 0, last = 0;
	bool got = true;
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;

	if (newest && !after)
		after = INT64_MAX;
	if (tx_begin(&tx, db, false, e) ||
	    db_run(db, q, ARGS(VINT(after), VINT(upto), VINT(limit + 1)), &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "changes");
	jw_arr(&w);
	for (;; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got || n == limit)
			break;
		last = rows_num(r, 0);
		if (change_json(db, r, nameless, &w, e))
			return e->code;
	}
	jw_arr_end(&w);
	*ret_next = got ? last : 0;
	rows_page_end(&w, *ret_next);
	return OK;
}

static void audit_members(const struct rows *r, const void *of, struct jw *w)
{
	const struct audit_filter *f = of;

	jw_kint(w, "seq", rows_num(r, 0));
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "who", history_name(rows_text(r, 2), f->nameless));
	jw_kstr(w, "why", rows_text(r, 3));
	jw_kstr(w, "action", rows_text(r, 4));
	jw_kstr(w, "subject", rows_text(r, 5));
	jw_kstr(w, "before", rows_text(r, 6));
	jw_kstr(w, "after", rows_text(r, 7));
	jw_key(w, "revision");
	if (rows_null(r, 8))
		jw_null(w);
	else
		jw_int(w, rows_num(r, 8));
	jw_kstr(w, "prev_hash", rows_text(r, 9));
	jw_kstr(w, "hash", rows_text(r, 10));
	jw_kstr(w, "digest", rows_text(r, 11));
}

int history_audit_json(struct db *db, const struct audit_filter *f, int64_t after, int64_t limit,
		       struct str *out, int64_t *ret_next, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);

	if (f->newest && !after)
		after = INT64_MAX;
	/* Nobody's name is empty, and every name begins with nothing: absent ones become what fits no row. */
	if (db_run(db, f->newest ? SQL_AUDIT_FIND_NEWEST : SQL_AUDIT_FIND,
		   ARGS(VINT(after), VTEXT(f->who), VTEXT(f->action), VTEXT(f->subject),
			f->revision ? VINT(f->revision) : VNULL, VINT(f->all ? 1 + f->fleets : 0),
			VTEXT(f->own ? f->own : ""),
			VTEXT(f->own_tokens && *f->own_tokens ? f->own_tokens : "\x01"), VINT(limit + 1)),
		   &r, e))
		return e->code;
	jw_obj(&w);
	if (rows_json(r, "rows", limit, audit_members, f, &w, ret_next, e))
		return e->code;
	rows_page_end(&w, *ret_next);
	return OK;
}
