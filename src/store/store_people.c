/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_people.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

int store_people_exist(struct db *db, bool *ret, struct err *e)
{
	int64_t one;

	return db_one(db, SQL_PEOPLE_EXIST, NOARGS, ret, &one, e);
}

/* ---- organisations ---- */

int store_org_add(struct db *db, const struct store_org *o, bool *ret_added, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_ORG_ADD, ARGS(VTEXT(o->name), VTEXT(o->kind), VTEXT(o->codes), VINT(o->added_at)),
		    &n, e))
		return err_wrap(e, "organisation %s", o->name);
	*ret_added = n > 0;
	return OK;
}

int store_org_change(struct db *db, const struct store_org *o, struct err *e)
{
	return db_exec(db, SQL_ORG_CHANGE, ARGS(VTEXT(o->name), VTEXT(o->kind), VTEXT(o->codes), VINT(o->id)),
		       NULL, e)
		   ? err_wrap(e, "organisation %s", o->name)
		   : OK;
}

int store_org_next(struct rows *r, struct store_org *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_org){ .id = rows_num(r, 0),
					   .name = rows_text(r, 1),
					   .kind = rows_text(r, 2),
					   .codes = rows_text(r, 3),
					   .rev = rows_num(r, 4),
					   .added_at = rows_num(r, 5) };
	return OK;
}

int store_org_get(struct db *db, int64_t id, const char *name, struct rows **ret_rows, struct store_org *ret,
		  bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (name ? db_run(db, SQL_ORG_FIND, ARGS(VTEXT(name)), &r, e)
		 : db_run(db, SQL_ORG_GET, ARGS(VINT(id)), &r, e))
		return e->code;
	if (store_org_next(r, ret, ret_got, e))
		return e->code;
	*ret_rows = MOVE(r);
	return OK;
}

int store_org_page(struct db *db, int64_t after, int64_t only, int64_t limit, struct rows **ret,
		   struct err *e)
{
	return db_run(db, SQL_ORG_PAGE, ARGS(VINT(after), VID(only), VINT(limit)), ret, e);
}

/* ---- accounts ---- */

int store_account_add(struct db *db, const struct store_account *a, bool *ret_added, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_ACCOUNT_ADD,
		    ARGS(VTEXT(a->login), VTEXT(a->name), VID(a->org_id), VINT(a->roles), VTEXT(a->password),
			 VTEXT(a->issuer), VTEXT(a->subject), VINT(a->added_at)),
		    &n, e))
		return err_wrap(e, "user %s", a->login);
	*ret_added = n > 0;
	return OK;
}

int store_account_change(struct db *db, const struct store_account *a, struct err *e)
{
	return db_exec(db, SQL_ACCOUNT_CHANGE,
		       ARGS(VTEXT(a->name), VID(a->org_id), VINT(a->roles), VTEXT(a->state),
			    VTEXT(a->password), VTEXT(a->issuer), VTEXT(a->subject), VINT(a->id)),
		       NULL, e)
		   ? err_wrap(e, "user %s", a->login)
		   : OK;
}

int store_account_next(struct rows *r, struct store_account *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_account){ .id = rows_num(r, 0),
					       .login = rows_text(r, 1),
					       .name = rows_text(r, 2),
					       .org_id = id_of(r, 3),
					       .org = rows_text(r, 4),
					       .codes = rows_text(r, 5),
					       .roles = rows_num(r, 6),
					       .state = rows_text(r, 7),
					       .password = rows_text(r, 8),
					       .issuer = rows_text(r, 9),
					       .subject = rows_text(r, 10),
					       .rev = rows_num(r, 11),
					       .added_at = rows_num(r, 12) };
	return OK;
}

int store_account_get(struct db *db, int64_t id, const char *login, struct rows **ret_rows,
		      struct store_account *ret, bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (login ? db_run(db, SQL_ACCOUNT_FIND, ARGS(VTEXT(login)), &r, e)
		  : db_run(db, SQL_ACCOUNT_GET, ARGS(VINT(id)), &r, e))
		return e->code;
	if (store_account_next(r, ret, ret_got, e))
		return e->code;
	*ret_rows = MOVE(r);
	return OK;
}

int store_account_by_subject(struct db *db, const char *issuer, const char *subject, struct rows **ret_rows,
			     struct store_account *ret, bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_ACCOUNT_BY_SUBJECT, ARGS(VTEXT(issuer), VTEXT(subject)), &r, e) ||
	    store_account_next(r, ret, ret_got, e))
		return e->code;
	*ret_rows = MOVE(r);
	return OK;
}

int store_account_page(struct db *db, int64_t after, int64_t org, int64_t me, int64_t limit,
		       struct rows **ret, struct err *e)
{
	return db_run(db, SQL_ACCOUNT_PAGE, ARGS(VINT(after), VINT(org), VINT(me), VINT(limit)), ret, e);
}

int store_account_count(struct db *db, int64_t roles, int64_t but, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_ACCOUNT_OPERATORS, ARGS(VINT(roles), VINT(but)), &got, ret, e);
}

/* ---- sessions ---- */

int store_session_find(struct db *db, const char *hash, struct rows **ret_rows, struct store_pass *ret,
		       bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_SESSION_FIND, ARGS(VTEXT(hash)), &r, e) || rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_pass){ .id = rows_num(r, 0),
					    .made_at = rows_num(r, 1),
					    .used_at = rows_num(r, 2),
					    .revoked_at = -1,
					    .account_id = rows_num(r, 3),
					    .login = rows_text(r, 4),
					    .roles = rows_num(r, 5),
					    .org_id = id_of(r, 6),
					    .org = rows_text(r, 7),
					    .codes = rows_text(r, 8),
					    .state = rows_text(r, 9) };
	*ret_rows = MOVE(r);
	return OK;
}

int store_session_add(struct db *db, const char *hash, int64_t account, int64_t now, int64_t *ret_id,
		      struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_pass p = { .id = 0 };
	bool got;

	if (db_exec(db, SQL_SESSION_ADD, ARGS(VTEXT(hash), VINT(account), VINT(now)), NULL, e) ||
	    store_session_find(db, hash, &r, &p, &got, e))
		return e->code;
	*ret_id = p.id;
	return OK;
}

int store_session_touch(struct db *db, int64_t id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_SESSION_TOUCH, ARGS(VINT(now), VINT(id)), NULL, e);
}

int store_session_drop_hash(struct db *db, const char *hash, struct err *e)
{
	return db_exec(db, SQL_SESSION_DROP_HASH, ARGS(VTEXT(hash)), NULL, e);
}

int store_session_drop(struct db *db, int64_t account, int64_t id, bool *ret_dropped, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_SESSION_DROP, ARGS(VINT(id), VINT(account)), &n, e))
		return e->code;
	*ret_dropped = n > 0;
	return OK;
}

int store_session_drop_all(struct db *db, int64_t account, int64_t but, struct err *e)
{
	return db_exec(db, SQL_SESSION_DROP_ALL, ARGS(VINT(account), VINT(but)), NULL, e);
}

int store_session_drop_old(struct db *db, int64_t before, struct err *e)
{
	return db_exec(db, SQL_SESSION_DROP_OLD, ARGS(VINT(before)), NULL, e);
}

int store_session_list(struct db *db, int64_t account, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_SESSION_LIST, ARGS(VINT(account)), ret, e);
}

/* ---- tokens ---- */

int store_token_add(struct db *db, const char *hash, const struct store_token *t, int64_t *ret_id,
		    struct err *e)
{
	bool got;

	if (db_exec(db, SQL_TOKEN_ADD,
		    ARGS(VTEXT(hash), VTEXT(t->prefix), VTEXT(t->label), VINT(t->account_id), VINT(t->roles),
			 VINT(t->made_at), VINT(t->ends_at)),
		    NULL, e))
		return e->code;
	return db_one(db, SQL_TOKEN_BY_HASH, ARGS(VTEXT(hash)), &got, ret_id, e);
}

int store_token_find(struct db *db, const char *hash, struct rows **ret_rows, struct store_pass *ret,
		     bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_TOKEN_FIND, ARGS(VTEXT(hash)), &r, e) || rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_pass){ .id = rows_num(r, 0),
					    .label = rows_text(r, 1),
					    .token_roles = rows_num(r, 2),
					    .ends_at = rows_num(r, 3),
					    .made_at = -1,
					    .used_at = rows_date(r, 4),
					    .revoked_at = rows_date(r, 5),
					    .account_id = rows_num(r, 6),
					    .login = rows_text(r, 7),
					    .roles = rows_num(r, 8),
					    .org_id = id_of(r, 9),
					    .org = rows_text(r, 10),
					    .codes = rows_text(r, 11),
					    .state = rows_text(r, 12) };
	*ret_rows = MOVE(r);
	return OK;
}

int store_token_touch(struct db *db, int64_t id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_TOKEN_TOUCH, ARGS(VINT(now), VINT(id)), NULL, e);
}

int store_token_next(struct rows *r, struct store_token *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_token){ .id = rows_num(r, 0),
					     .prefix = rows_text(r, 1),
					     .label = rows_text(r, 2),
					     .account_id = rows_num(r, 3),
					     .login = rows_text(r, 4),
					     .roles = rows_num(r, 5),
					     .made_at = rows_num(r, 6),
					     .ends_at = rows_num(r, 7),
					     .used_at = rows_date(r, 8),
					     .revoked_at = rows_date(r, 9) };
	return OK;
}

int store_token_get(struct db *db, int64_t id, struct rows **ret_rows, struct store_token *ret, bool *ret_got,
		    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_TOKEN_GET, ARGS(VINT(id)), &r, e) || store_token_next(r, ret, ret_got, e))
		return e->code;
	*ret_rows = MOVE(r);
	return OK;
}

int store_token_page(struct db *db, int64_t after, int64_t org, int64_t me, int64_t limit, struct rows **ret,
		     struct err *e)
{
	return db_run(db, SQL_TOKEN_PAGE, ARGS(VINT(after), VINT(org), VINT(me), VINT(limit)), ret, e);
}

int store_token_live(struct db *db, int64_t account, int64_t now, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_TOKEN_LIVE, ARGS(VINT(account), VINT(now)), &got, ret, e);
}

int store_token_revoke(struct db *db, int64_t id, int64_t now, bool *ret_done, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_TOKEN_REVOKE, ARGS(VINT(now), VINT(id)), &n, e))
		return e->code;
	*ret_done = n > 0;
	return OK;
}
