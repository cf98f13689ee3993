/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_statement.h"

#define NEWEST(revision) ((revision) ? (revision) : INT64_MAX)

int store_statement_list(struct db *db, int64_t revision, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_STATEMENT_LIST, ARGS(VINT(NEWEST(revision))), ret, e);
}

int store_statement_next(struct rows *r, struct store_statement *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_statement){ .id = rows_num(r, 0),
						 .entry_id = rows_num(r, 1),
						 .from_rev = rows_num(r, 2),
						 .kind = rows_text(r, 3),
						 .source = rows_text(r, 4),
						 .author = rows_text(r, 5),
						 .stated_on = rows_date(r, 6),
						 .confirmed_on = rows_date(r, 7),
						 .excerpt = rows_text(r, 8),
						 .reference = rows_text(r, 9),
						 .effective_on = rows_num(r, 10),
						 .proposal_id = rows_num(r, 11),
						 .name = rows_text(r, 12),
						 .protects = rows_text(r, 13) };
	return OK;
}

int store_base_list(struct db *db, int64_t revision, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_BASE_LIST, ARGS(VINT(NEWEST(revision))), ret, e);
}

int store_base_next(struct rows *r, struct store_base *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_base){ rows_num(r, 0), rows_num(r, 1), rows_num(r, 2) };
	return OK;
}

int store_statement_add(struct db *db, const struct store_statement *s, const int64_t *bases, size_t nbases,
			int64_t from_rev, int64_t *ret_id, struct err *e)
{
	int64_t id;
	bool got;

	if (db_one(db, SQL_STATEMENT_ADD,
		   ARGS(VINT(s->entry_id), VINT(from_rev), VTEXT(s->kind), VTEXT(s->source), VTEXT(s->author),
			VDATE(s->stated_on), VDATE(s->confirmed_on), VTEXT(s->excerpt), VTEXT(s->reference),
			s->effective_on > 0 ? VINT(s->effective_on) : VNULL,
			s->proposal_id ? VINT(s->proposal_id) : VNULL, VTEXT(s->name), VTEXT(s->protects)),
		   &got, &id, e))
		return e->code;
	for (size_t i = 0; i < nbases; i++)
		if (db_exec(db, SQL_BASE_ADD, ARGS(VINT(id), VINT(i + 1), VINT(bases[i])), NULL, e))
			return e->code;
	*ret_id = id;
	return OK;
}

int store_statement_close(struct db *db, int64_t id, int64_t to_rev, struct err *e)
{
	return db_exec(db, SQL_STATEMENT_CLOSE, ARGS(VINT(to_rev), VINT(id)), NULL, e);
}
