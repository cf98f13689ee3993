/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_review.h"

#define VNUMBER(x) ((x) ? VINT(x) : VNULL)

int store_decision_add(struct db *db, int64_t import_id, const char *act, const char *hash,
		       const struct store_voice *first, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_DECISION_ADD,
		      ARGS(VINT(import_id), VTEXT(act), VTEXT(hash), VNUMBER(first->account_id),
			   VTEXT(first->who), VTEXT(first->why), VINT(first->at)),
		      &got, ret_id, e);
}

int store_decision_close(struct db *db, int64_t id, const struct store_voice *second, int64_t revision,
			 struct err *e)
{
	int64_t changed = 0;

	if (db_exec(db, SQL_DECISION_CLOSE,
		    ARGS(VTEXT("done"), VNUMBER(second->account_id), VTEXT(second->who), VTEXT(second->why),
			 VINT(second->at), VNUMBER(revision), VINT(id)),
		    &changed, e))
		return e->code;
	if (changed != 1)
		return err_set(e, ERR_CONFLICT, "somebody else decided it this moment");
	return OK;
}

int store_decision_list(struct db *db, int64_t import_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_DECISION_LIST, ARGS(VINT(import_id)), ret, e);
}

int store_decision_next(struct rows *r, struct store_decision *ret, bool *ret_got, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (got)
		*ret = (struct store_decision){ .id = rows_num(r, 0),
						.act = rows_text(r, 1),
						.state = rows_text(r, 2),
						.hash = rows_text(r, 3),
						.first = { rows_null(r, 4) ? 0 : rows_num(r, 4),
							   rows_text(r, 5), rows_text(r, 6), rows_num(r, 7) },
						.second = { 0, rows_text(r, 8), rows_text(r, 9),
							    rows_date(r, 10) },
						.revision = rows_null(r, 11) ? 0 : rows_num(r, 11) };
	return OK;
}

int store_decision_drop(struct db *db, int64_t import_id, struct err *e)
{
	return db_exec(db, SQL_DECISION_DROP, ARGS(VINT(import_id)), NULL, e);
}

int store_decision_done(struct db *db, int64_t import_id, const char *act, bool *ret, struct err *e)
{
	int64_t n;
	bool got;

	if (db_one(db, SQL_DECISION_DONE, ARGS(VINT(import_id), VTEXT(act)), &got, &n, e))
		return e->code;
	*ret = got && n > 0;
	return OK;
}

int store_undo_relied(struct db *db, int64_t revision, struct store_relied *ret, struct err *e)
{
	struct store_relied r;
	bool got;

	if (db_one(db, SQL_UNDO_STATES, ARGS(VINT(revision)), &got, &r.states, e) ||
	    db_one(db, SQL_UNDO_STATEMENTS, ARGS(VINT(revision)), &got, &r.statements, e) ||
	    db_one(db, SQL_UNDO_DEVICES, ARGS(VINT(revision)), &got, &r.devices, e) ||
	    db_one(db, SQL_UNDO_PLANS, ARGS(VINT(revision)), &got, &r.plans, e))
		return e->code;
	*ret = r;
	return OK;
}

int store_undo(struct db *db, int64_t revision, int64_t now, struct err *e)
{
	if (db_exec(db, SQL_UNDO_CLOSE, ARGS(VINT(now), VINT(revision)), NULL, e) ||
	    db_exec(db, SQL_UNDO_OPEN, ARGS(VINT(now), VINT(revision)), NULL, e))
		return e->code;
	return OK;
}

int store_entry_dormant(struct db *db, const char *scheme, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_ENTRY_DORMANT, ARGS(VTEXT(scheme)), ret, e);
}

int store_fleet_starts(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_FLEET_STARTS, NOARGS, ret, e);
}

int store_visit_get(struct db *db, const char *feed, struct rows **ret_rows, struct store_visit *ret,
		    bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_VISIT_GET, ARGS(VTEXT(feed)), &r, e) || rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (got)
		*ret = (struct store_visit){ .feed = rows_text(r, 0),
					     .url = rows_text(r, 1),
					     .etag = rows_text(r, 2),
					     .last_modified = rows_text(r, 3),
					     .tried_at = rows_num(r, 4),
					     .good_at = rows_date(r, 5),
					     .result = rows_text(r, 6),
					     .detail = rows_text(r, 7),
					     .since = rows_num(r, 8),
					     .fails = rows_num(r, 9),
					     .import_id = rows_null(r, 10) ? 0 : rows_num(r, 10),
					     .n_applied = rows_num(r, 11),
					     .n_unchanged = rows_num(r, 12),
					     .n_held = rows_num(r, 13),
					     .n_failed = rows_num(r, 14) };
	*ret_rows = MOVE(r);
	return OK;
}

int store_visit_put(struct db *db, const struct store_visit *v, struct err *e)
{
	/* Answers of then must be told as they were told then: each confirmation stays. */
	if (v->good_at >= 0 &&
	    db_exec(db, SQL_FEED_SEEN_ADD, ARGS(VTEXT(v->feed), VINT(v->good_at)), NULL, e))
		return e->code;
	return db_exec(db, SQL_VISIT_PUT,
		       ARGS(VTEXT(v->feed), VTEXT(v->url), VTEXT(v->etag), VTEXT(v->last_modified),
			    VINT(v->tried_at), VDATE(v->good_at), VTEXT(v->result), VTEXT(v->detail),
			    VINT(v->since), VINT(v->fails), VNUMBER(v->import_id), VINT(v->n_applied),
			    VINT(v->n_unchanged), VINT(v->n_held), VINT(v->n_failed)),
		       NULL, e);
}
