/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_entry.h"

/* "Newest" as a revision that none comes after. */
#define NEWEST(revision) ((revision) ? (revision) : INT64_MAX)

int store_model_list(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_MODEL_LIST, NOARGS, ret, e);
}

int store_model_next(struct rows *r, struct store_model *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_model){ rows_num(r, 0), rows_text(r, 1), rows_text(r, 2),
					     rows_text(r, 3), rows_text(r, 4) };
	return OK;
}

int store_entry_list(struct db *db, int64_t revision, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_ENTRY_LIST, ARGS(VINT(NEWEST(revision))), ret, e);
}

int store_entry_standing(struct db *db, const char *scheme, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_ENTRY_STANDING, ARGS(VTEXT(scheme)), ret, e);
}

int store_entry_next(struct rows *r, struct store_entry *ret, bool *ret_got, struct err *e)
{
	const char *kind;
	bool got;

	if (rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (!got)
		return OK;
	kind = rows_text(r, 9);
	*ret = (struct store_entry){ .id = rows_num(r, 0),
				     .scheme = rows_text(r, 1),
				     .public_id = rows_text(r, 2),
				     .ord = rows_num(r, 3),
				     .from_rev = rows_num(r, 4),
				     .model_id = rows_num(r, 5),
				     .removed = rows_num(r, 6) != 0,
				     .version = rows_text(r, 7),
				     .hash = rows_text(r, 8),
				     .cpa_kind = kind ? *kind : 0,
				     .cpa_until = rows_date(r, 10),
				     .bytes = rows_date(r, 11),
				     .seconds = rows_date(r, 12),
				     .restarts = rows_date(r, 13) };
	for (int c = 0; c < CPL_COLS; c++)
		ret->text[c] = rows_text(r, 14 + c);
	return OK;
}

int store_entry_find(struct db *db, const char *scheme, const char *public_id, bool *ret_got, int64_t *ret_id,
		     struct err *e)
{
	return db_one(db, SQL_ENTRY_FIND, ARGS(VTEXT(scheme), VTEXT(public_id)), ret_got, ret_id, e);
}

int store_entry_models(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_ENTRY_MODELS, NOARGS, ret, e);
}

int store_entry_model_next(struct rows *r, struct store_entry_model *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_entry_model){ rows_num(r, 0), rows_text(r, 1), rows_text(r, 2),
						   rows_num(r, 3), rows_num(r, 4) };
	return OK;
}

int store_model_put(struct db *db, const struct store_model *m, int64_t *ret_id, struct err *e)
{
	const struct val v[] = { VTEXT(m->scheme), VTEXT(m->manufacturer), VTEXT(m->model),
				 VTEXT(m->hardware) };
	bool got;

	if (db_one(db, SQL_MODEL_FIND, v, 4, &got, ret_id, e) ||
	    (!got && db_one(db, SQL_MODEL_ADD, v, 4, &got, ret_id, e)))
		return err_wrap(e, "model %s:%s:%s:%s", m->scheme, m->manufacturer, m->model, m->hardware);
	return OK;
}

int store_state_open(struct db *db, const struct store_entry *s, int64_t from_rev, struct err *e)
{
	const char kind[2] = { s->cpa_kind, 0 };
	struct val v[8 + CPL_COLS] = {
		VINT(s->id),       VINT(from_rev), VINT(s->model_id),          VINT(s->removed),
		VTEXT(s->version), VTEXT(s->hash), VTEXT(*kind ? kind : NULL), VDATE(s->cpa_until)
	};

	for (int c = 0; c < CPL_COLS; c++)
		v[8 + c] = VTEXT(s->text[c]);
	return db_exec(db, SQL_STATE_OPEN, v, 8 + CPL_COLS, NULL, e);
}

int store_model_add(struct db *db, const struct store_model *m, int64_t *ret_id, struct err *e)
{
	bool got;

	if (db_one(db, SQL_MODEL_ADD,
		   ARGS(VTEXT(m->scheme), VTEXT(m->manufacturer), VTEXT(m->model), VTEXT(m->hardware)), &got,
		   ret_id, e))
		return err_wrap(e, "model %s:%s:%s:%s", m->scheme, m->manufacturer, m->model, m->hardware);
	return OK;
}

int store_entry_add(struct db *db, const struct store_entry *s, int64_t *ret_id, struct err *e)
{
	bool got;

	if (db_one(db, SQL_ENTRY_ADD, ARGS(VTEXT(s->scheme), VTEXT(s->public_id), VINT(s->ord)), &got, ret_id,
		   e))
		return err_wrap(e, "entry %s:%s", s->scheme, s->public_id);
	return OK;
}

int store_entry_last(struct db *db, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_ENTRY_LAST, NOARGS, &got, ret_id, e);
}

#define AT_ONCE 20
static int put_20(struct db *db, const struct store_entry *v, struct err *e)
{
	/* id1, scheme, public_id1, ord1, id2, public_id2, ord2 ...: in the order of the statement. */
	struct val a[1 + 3 * AT_ONCE] = { VINT(v[0].id), VTEXT(v[0].scheme), VTEXT(v[0].public_id),
					  VINT(v[0].ord) };

	for (size_t i = 1; i < AT_ONCE; i++) {
		a[1 + 3 * i] = VINT(v[i].id);
		a[2 + 3 * i] = VTEXT(v[i].public_id);
		a[3 + 3 * i] = VINT(v[i].ord);
	}
	return db_exec(db, SQL_ENTRY_PUT_20, a, sizeof a / sizeof *a, NULL, e);
}

int store_entry_put(struct db *db, const struct store_entry *v, size_t n, struct err *e)
{
	for (; n >= AT_ONCE; v += AT_ONCE, n -= AT_ONCE)
		if (put_20(db, v, e))
			return err_wrap(e, "entries from %s:%s on", v->scheme, v->public_id);
	for (; n; v++, n--)
		if (db_exec(db, SQL_ENTRY_PUT,
			    ARGS(VINT(v->id), VTEXT(v->scheme), VTEXT(v->public_id), VINT(v->ord)), NULL, e))
			return err_wrap(e, "entry %s:%s", v->scheme, v->public_id);
	return OK;
}

int store_entry_number(struct db *db, struct err *e)
{
	int64_t ignored;
	bool got;

	return db_one(db, SQL_ENTRY_NUMBER, NOARGS, &got, &ignored, e);
}

int store_state_close(struct db *db, int64_t entry_id, int64_t to_rev, struct err *e)
{
	return db_exec(db, SQL_STATE_CLOSE, ARGS(VINT(to_rev), VINT(entry_id)), NULL, e);
}
