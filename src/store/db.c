/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <assert.h>
#include <string.h>

#include "store/db_engines.h"
#include "store/migrate.h"
#include "store/sql.h"

/* NULL and e: there is none for such a name. */
static const struct db_ops *engine_for(const char *dsn, struct err *e)
{
	if (!strncmp(dsn, "postgresql://", 13) || !strncmp(dsn, "postgres://", 11)) {
#ifdef WITH_POSTGRESQL
		return &db_pg;
#else
		err_set(e, ERR_STORE_OPEN, "this firpath was built without PostgreSQL; name a file instead");
		return NULL;
#endif
	}
	if (!*dsn)
		err_set(e, ERR_STORE_OPEN, "the store has no name; give a file or postgresql://...");
	else if (strstr(dsn, "://")) /* it may hold a password: do not repeat it */
		err_set(e, ERR_STORE_OPEN, "a store is a file or postgresql://...; this address is neither");
	else
		return &db_sqlite;
	return NULL;
}

/* What goes wrong while opening says nothing of a change. */
static int not_open(struct err *e)
{
	if (e->code == ERR_STORE || e->code == ERR_FILE)
		e->code = ERR_STORE_OPEN;
	return e->code;
}

static int engine_open(const char *dsn, enum db_how how, struct db **ret, struct err *e)
{
	const struct db_ops *ops = engine_for(dsn, e);

	if (!ops)
		return e->code;
	return ops->open(dsn, how, ret, e) ? not_open(e) : OK;
}

static int open_checked(const char *dsn, const struct schema_set *set, enum db_how how, struct db **ret,
			struct err *e)
{
	OWN(db_close) struct db *db = NULL;

	if (engine_open(dsn, how, &db, e))
		return e->code;
	if (how == DB_CREATE ? schema_set_upgrade(db, set, *set->newest, e) : schema_set_check(db, set, e)) {
		not_open(e);
		return db->ops->dialect == SQL_DIALECT_SQLITE ? err_wrap(e, "%s", dsn) : (int)e->code;
	}
	*ret = MOVE(db);
	return OK;
}

int db_open(const char *dsn, bool create, struct db **ret, struct err *e)
{
	return open_checked(dsn, &schema_main, create ? DB_CREATE : DB_WRITE, ret, e);
}

int db_open_read(const char *dsn, struct db **ret, struct err *e)
{
	return open_checked(dsn, &schema_main, DB_READ, ret, e);
}

int db_open_set(const char *dsn, const struct schema_set *set, struct db **ret, struct err *e)
{
	return open_checked(dsn, set, DB_CREATE, ret, e);
}

int db_connect(const char *dsn, bool read_only, struct db **ret, struct err *e)
{
	return engine_open(dsn, read_only ? DB_READ : DB_WRITE, ret, e);
}

void db_close(struct db *db)
{
	struct err e;

	if (!db)
		return;
	if (db->in_tx)
		(void)db->ops->end(db, false, &e);
	db->ops->close(db);
}

int db_run(struct db *db, enum sql_id q, const struct val *v, size_t nargs, struct rows **ret, struct err *e)
{
	assert((size_t)sql_texts[q].nparams == nargs);
	if (sql_texts[q].writes && !db->in_write)
		return err_set(e, ERR_INTERNAL, "%s outside a write transaction", sql_texts[q].name);
	return db->ops->run(db, q, v, ret, e);
}

int db_exec(struct db *db, enum sql_id q, const struct val *v, size_t nargs, int64_t *ret_changed,
	    struct err *e)
{
	struct rows *r = NULL;

	assert(sql_texts[q].gives == SQL_GIVES_NONE);
	if (db_run(db, q, v, nargs, &r, e))
		return e->code;
	if (ret_changed)
		*ret_changed = r->ops->changed(r);
	rows_done(r);
	return OK;
}

int db_one(struct db *db, enum sql_id q, const struct val *v, size_t nargs, bool *ret_got, int64_t *ret,
	   struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	assert(sql_texts[q].gives == SQL_GIVES_ONE);
	if (db_run(db, q, v, nargs, &r, e) || rows_next(r, &got, e))
		return e->code;
	if (got)
		*ret = rows_num(r, 0);
	*ret_got = got;
	return OK;
}

int tx_begin(struct tx *tx, struct db *db, bool writes, struct err *e)
{
	assert(!tx->db && !db->in_tx);
	if (db->ops->begin(db, writes, e))
		return e->code;
	db->in_tx = true;
	db->in_write = writes;
	tx->db = db;
	return OK;
}

static int tx_end(struct tx *tx, bool keep, struct err *e)
{
	struct db *db = tx->db;

	tx->db = NULL;
	db->in_tx = db->in_write = false;
	return db->ops->end(db, keep, e);
}

int tx_keep(struct tx *tx, struct err *e)
{
	assert(tx->db);
	return tx_end(tx, true, e);
}

void tx_drop(struct tx *tx)
{
	struct err e;

	/* Nobody can do more about a failed rollback than the engine, which rolls back when it recovers. */
	if (tx->db)
		(void)tx_end(tx, false, &e);
}
