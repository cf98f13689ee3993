/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store driver: everything an engine must do, 12 functions, and the helpers over them. SQL comes from
 * sql/query/, by name, with named parameters that are numbered by first appearance; C never builds SQL text.
 * One struct db is one connection, used by one thread at a time. Transactions are owners: not kept = rolled
 * back.
 *
 * Writing: a statement that writes runs only inside tx_begin(writes = true), everything else is refused. Such
 * transactions run one after the other over the whole store (SQLite: BEGIN IMMEDIATE, PostgreSQL: an advisory
 * lock), so what is read inside one cannot change before it is kept. Waiting longer than DB_WAIT_MS is
 * ERR_BUSY. tx_begin(writes = false) gives one unchanging view of the store for several reads.
 *
 * Errors of a statement: ERR_CONFLICT (a constraint), ERR_BUSY (another transaction was in the way: repeat
 * the whole transaction), ERR_TOO_LARGE, ERR_DISK, ERR_NO_MEMORY, ERR_UNAVAILABLE (the connection to the
 * server is gone, the next tx_begin tries again), ERR_STORE. The engine's own words are in the message. After
 * an error inside a transaction drop it: PostgreSQL refuses all that follows.
 *
 * SQL for two engines: write what both understand; where that is impossible give PostgreSQL its own text with
 * @pg. PostgreSQL infers the type of a parameter from its first use; where there is nothing to infer from
 * write CAST(:x AS BIGINT) or CAST(:x AS TEXT), both engines take it.
 */
#ifndef FIRPATH_STORE_DB_H
#define FIRPATH_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/sql_gen.h" /* enum sql_id, generated from sql/query by build-aux/sqlgen.awk */

#define DB_WAIT_MS 5000        /* how long a transaction waits for another one */
#define DB_TEXT_MAX (64 * MIB) /* ceiling of one value; only staged imports come near */
#define DB_PARAMS_MAX 64       /* parameters of one statement; sqlgen.awk knows it too */

struct db;
struct rows; /* result of one statement; must be released before the transaction is kept */

enum val_kind { VAL_NULL, VAL_INT, VAL_TEXT };
struct val {
	enum val_kind kind;
	int64_t i;
	const char *s; /* borrowed until db_run returns */
};
#define VINT(x) ((struct val){ VAL_INT, (int64_t)(x), NULL })
#define VTEXT(x) ((struct val){ VAL_TEXT, 0, (x) }) /* NULL binds NULL */
#define VNULL ((struct val){ VAL_NULL, 0, NULL })
#define VDATE(x) ((x) < 0 ? VNULL : VINT(x)) /* negative = absent */
#define ARGS(...)                                                                                            \
	((const struct val[]){ __VA_ARGS__ }),                                                               \
	    (sizeof((const struct val[]){ __VA_ARGS__ }) / sizeof(struct val))
#define NOARGS NULL, 0

enum db_how {
	DB_READ,  /* cannot write */
	DB_WRITE, /* must be there */
	DB_CREATE /* made when it is not there */
};

struct db_ops {
	const char *name; /* "sqlite", "postgresql" */
	int dialect;      /* index into the generated texts */
	int (*open)(const char *dsn, enum db_how how, struct db **ret, struct err *e);
	void (*close)(struct db *db);
	int (*script)(struct db *db, const char *sql, struct err *e); /* migrations only */
	int (*begin)(struct db *db, bool writes, struct err *e);
	int (*end)(struct db *db, bool keep, struct err *e);
	int (*run)(struct db *db, enum sql_id q, const struct val *v, struct rows **ret, struct err *e);
	int (*next)(struct rows *r, bool *ret_got, struct err *e);
	bool (*null)(const struct rows *r, int col);
	int64_t (*num)(const struct rows *r, int col);
	const char *(*text)(const struct rows *r, int col); /* borrowed until next(); NULL for NULL */
	int64_t (*changed)(const struct rows *r);           /* rows written by the statement */
	void (*done)(struct rows *r);
};

/* What every engine's struct db and struct rows begin with. */
struct db {
	const struct db_ops *ops;
	bool in_tx;    /* kept by tx_begin and its ends */
	bool in_write; /* in_tx, and it may write */
};
struct rows {
	const struct db_ops *ops;
};

/* dsn: a path (SQLite), "postgresql://..." or "postgres://...". What goes wrong is ERR_STORE_OPEN unless
 * there is a better code. Migrates to the newest schema when create is true; otherwise a missing or older
 * store is an error that says what to do. ERR_STORE_NEWER for a newer one. The database for PostgreSQL must
 * exist and sort by bytes (createdb --template=template0 --locale=C).
 */
int db_open(const char *dsn, bool create, struct db **ret, struct err *e) MUST_USE;
/* Like db_open(create = false), but it cannot write: for those who only look, also at a store that they may
 * not change. */
int db_open_read(const char *dsn, struct db **ret, struct err *e) MUST_USE;
/* A store of another set of migrations (store/migrate.h); made when it is not there. */
struct schema_set;
int db_open_set(const char *dsn, const struct schema_set *set, struct db **ret, struct err *e) MUST_USE;
/* Like db_open without looking at the schema: workers' further connections to a store that was opened before.
 * read_only connections cannot write (T22). */
int db_connect(const char *dsn, bool read_only, struct db **ret, struct err *e) MUST_USE;
void db_close(struct db *db);
DEFINE_OWN(struct db, db_close)

/* Run a statement that gives rows. nargs is checked against the statement. */
int db_run(struct db *db, enum sql_id q, const struct val *v, size_t nargs, struct rows **ret,
	   struct err *e) MUST_USE;
/* Run a statement that gives none (:exec); ret_changed may be NULL. */
int db_exec(struct db *db, enum sql_id q, const struct val *v, size_t nargs, int64_t *ret_changed,
	    struct err *e) MUST_USE;
/* Run a statement that gives at most one row of one number. *ret_got false when there is none. */
int db_one(struct db *db, enum sql_id q, const struct val *v, size_t nargs, bool *ret_got, int64_t *ret,
	   struct err *e) MUST_USE;

static inline int rows_next(struct rows *r, bool *ret_got, struct err *e)
{
	return r->ops->next(r, ret_got, e);
}
static inline int64_t rows_num(const struct rows *r, int col)
{
	return r->ops->num(r, col);
}
static inline int64_t rows_date(const struct rows *r, int col) /* NULL gives -1 */
{
	return r->ops->null(r, col) ? -1 : r->ops->num(r, col);
}
static inline bool rows_null(const struct rows *r, int col)
{
	return r->ops->null(r, col);
}
static inline const char *rows_text(const struct rows *r, int col)
{
	return r->ops->text(r, col);
}
static inline void rows_done(struct rows *r)
{
	r->ops->done(r);
}
DEFINE_OWN(struct rows, rows_done)

/* A transaction as an owner: TX tx = { 0 }; tx_begin(...); ... tx_keep(...). Leaving scope unkept rolls back.
 * Declare it before the rows that live inside it. */
struct tx {
	struct db *db;
};
int tx_begin(struct tx *tx, struct db *db, bool writes, struct err *e) MUST_USE;
int tx_keep(struct tx *tx, struct err *e) MUST_USE;
void tx_drop(struct tx *tx);
DEFINE_OWN_VAL(struct tx, tx_drop)
#define TX(name) OWN(tx_drop) struct tx name = { NULL }

#endif
