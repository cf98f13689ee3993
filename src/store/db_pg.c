/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL over libpq. Parameters and results travel as text. Statements are prepared when first used on a
 * connection. Results are read whole: statements that may give many rows are written to be asked in pages.
 *
 * Write transactions take one advisory lock, so they run one after the other as in SQLite: revisions and
 * audit rows then have no gaps, and nothing read in one can have changed when it is kept. READ COMMITTED
 * suffices.
 */
#include <assert.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/db_engines.h"
#include "store/sql.h"

#define QUOTE_(x) #x
#define QUOTE(x) QUOTE_(x)

/* The number of the lock is "firpath" in ASCII; locks are per database. */
#define BEGIN_WRITE "BEGIN; SELECT pg_advisory_xact_lock(28826387857110120)"
#define BEGIN_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

/* A node that hangs inside a transaction must not hold the lock for ever. Plans of prepared statements are
 * kept: one that was made while a table was small would read all of it when it has grown by a million rows in
 * one day, before any statistics. No statement here wants that where there is an index
 * (tests/check_store_sql.c); the penalty of those that have none must not start the compiler. */
#define SETTINGS                                                                                             \
	"SET synchronous_commit = on; SET lock_timeout = " QUOTE(                                            \
	    DB_WAIT_MS) ";"                                                                                  \
			"SET idle_in_transaction_session_timeout = 60000; SET standard_conforming_strings "  \
			"= on; SET enable_seqscan = off; SET jit = off;"

struct pg {
	struct db base;
	PGconn *h;              /* owned */
	enum db_how how;        /* as it was opened: needed again after a reconnection */
	bool prepared[SQL_MAX]; /* on this connection */
};
struct pg_rows {
	struct rows base;
	PGresult *res;   /* owned */
	int n, i;        /* rows, and the one that next gave last; -1 before the first */
	int64_t changed; /* rows written */
};

static bool pg_lost(const struct pg *db)
{
	return PQstatus(db->h) != CONNECTION_OK;
}

static enum err_code pg_code(const char *state)
{
	static const struct {
		const char *state; /* SQLSTATE or the beginning of one */
		enum err_code code;
	} table[] = {
		{ "40", ERR_BUSY },        { "55P03", ERR_BUSY },      { "57014", ERR_BUSY },
		{ "23", ERR_CONFLICT },    { "22021", ERR_INVALID },   { "53100", ERR_DISK },
		{ "58030", ERR_DISK },     { "53200", ERR_NO_MEMORY }, { "53300", ERR_UNAVAILABLE },
		{ "08", ERR_UNAVAILABLE }, { "57P", ERR_UNAVAILABLE }, { "54000", ERR_TOO_LARGE },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strncmp(state, table[i].state, strlen(table[i].state)))
			return table[i].code;
	return ERR_STORE;
}

/* One line without the engine's line breaks. */
static void one_line(char *buf, size_t size, const char *text)
{
	str_copy(buf, size, text ? text : "");
	for (char *p = buf; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
}

static int pg_fail(const struct pg *db, const PGresult *res, const char *what, struct err *e)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) : NULL;
	char line[400];

	if (!state || pg_lost(db)) {
		one_line(line, sizeof line, PQerrorMessage(db->h));
		return err_set(e, pg_lost(db) ? ERR_UNAVAILABLE : ERR_STORE, "%s: %s", what, line);
	}
	one_line(line, sizeof line, text);
	return err_set(e, pg_code(state), "%s: %s%s%s (%s)", what, line, detail ? ", " : "",
		       detail ? detail : "", state);
}

static int pg_exec(struct pg *db, const char *sql, const char *what, struct err *e)
{
	PGresult *res = PQexec(db->h, sql);
	ExecStatusType st = PQresultStatus(res);
	int rc = OK;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
		rc = pg_fail(db, res, what, e);
	PQclear(res);
	return rc;
}

static void pg_close(struct db *base)
{
	struct pg *db = (struct pg *)base;

	PQfinish(db->h);
	free(db);
}
static void pg_drop(struct pg *db)
{
	pg_close(&db->base);
}
DEFINE_OWN(struct pg, pg_drop)

static void pg_silent(void *ctx, const char *message)
{
	(void)ctx;
	(void)message; /* the store does not log, least of all to stderr */
}

/* Order of text must be the order of bytes, as in SQLite; asked of the server, not guessed from locale names.
 */
static int pg_check_collation(struct pg *db, struct err *e)
{
	PGresult *res = PQexec(
	    db->h, "SELECT 'B'::text < 'a'::text AND 'a b'::text < 'aa'::text AND '-b'::text < 'a'::text,"
		   " current_setting('server_encoding') = 'UTF8'");
	int rc = OK;

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		rc = pg_fail(db, res, "looking at the database", e);
	else if (*PQgetvalue(res, 0, 0) != 't' || *PQgetvalue(res, 0, 1) != 't')
		rc = err_set(e, ERR_STORE,
			     "database %s does not sort by bytes in UTF-8; make it with 'createdb "
			     "--template=template0 "
			     "--locale=C --encoding=UTF8 %s'",
			     PQdb(db->h), PQdb(db->h));
	PQclear(res);
	return rc;
}

static int pg_setup(struct pg *db, struct err *e)
{
	PQsetNoticeProcessor(db->h, pg_silent, NULL);
	memset(db->prepared, 0, sizeof db->prepared);
	return pg_exec(db, db->how == DB_READ ? SETTINGS "SET default_transaction_read_only = on" : SETTINGS,
		       "opening the store", e);
}

static int pg_open(const char *dsn, enum db_how how, struct db **ret, struct err *e)
{
	OWN(pg_drop) struct pg *db = mem_zalloc(sizeof *db);
	/* What comes after dbname overrides what its address says. */
	static const char *const names[] = { "connect_timeout", "fallback_application_name", "dbname",
					     "client_encoding", NULL };
	const char *const values[] = { "10", "firpath", dsn, "UTF8", NULL };
	PQconninfoOption *parts = PQconninfoParse(dsn, NULL);

	db->base.ops = &db_pg;
	db->how = how;
	/* libpq's message may repeat the address, and with it a password. */
	if (!parts)
		return err_set(e, ERR_STORE_OPEN,
			       "the address of the PostgreSQL store is not well formed; write "
			       "postgresql://USER@HOST:PORT/DATABASE, with %%XX for special characters");
	PQconninfoFree(parts);
	db->h = PQconnectdbParams(names, values, 1);
	if (pg_lost(db))
		return pg_fail(db, NULL, "connecting to PostgreSQL", e);
	if (pg_setup(db, e) || (how != DB_READ && pg_check_collation(db, e)))
		return e->code;
	*ret = &MOVE(db)->base;
	return OK;
}

static int pg_script(struct db *base, const char *sql, struct err *e)
{
	return pg_exec((struct pg *)base, sql, "script", e);
}

/* Outside a transaction a lost connection costs nothing: make a new one. True when it is there again. */
static bool pg_again(struct pg *db)
{
	struct err ignored;

	if (!pg_lost(db) || db->base.in_tx)
		return false;
	PQreset(db->h);
	return !pg_lost(db) && !pg_setup(db, &ignored);
}

static int pg_begin(struct db *base, bool writes, struct err *e)
{
	struct pg *db = (struct pg *)base;
	struct err ignored;
	const char *sql = writes ? BEGIN_WRITE : BEGIN_READ;

	if (!pg_exec(db, sql, "BEGIN", e) || (pg_again(db) && !pg_exec(db, sql, "BEGIN", e)))
		return OK;
	if (!pg_lost(db))
		(void)pg_exec(db, "ROLLBACK", "ROLLBACK", &ignored); /* BEGIN worked, the lock did not */
	return e->code;
}

static int pg_end(struct db *base, bool keep, struct err *e)
{
	struct pg *db = (struct pg *)base;
	PGresult *res;
	int rc = OK;

	if (!keep)
		return pg_exec(db, "ROLLBACK", "ROLLBACK", e);
	res = PQexec(db->h, "COMMIT");
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		rc = pg_fail(db, res, "COMMIT", e);
		if (pg_lost(db))
			rc = err_set(e, ERR_STORE,
				     "the connection was lost during COMMIT; the change was made or not");
	} else if (strcmp(PQcmdStatus(res), "COMMIT")) {
		/* PostgreSQL answers COMMIT of a failed transaction with a successful ROLLBACK. */
		rc = err_set(e, ERR_STORE, "COMMIT: a statement before it had failed; nothing was changed");
	}
	PQclear(res);
	return rc;
}

struct pg_args {
	const char *text[DB_PARAMS_MAX];
	char digits[DB_PARAMS_MAX][24];
};

static int pg_bind(struct pg_args *a, const struct val *v, const struct sql_text *t, struct err *e)
{
	for (int i = 0; i < t->nparams; i++) {
		a->text[i] = NULL;
		if (v[i].kind == VAL_INT) {
			snprintf(a->digits[i], sizeof a->digits[i], "%" PRId64, v[i].i);
			a->text[i] = a->digits[i];
		} else if (v[i].kind == VAL_TEXT && v[i].s) {
			if (strlen(v[i].s) > DB_TEXT_MAX)
				return err_set(e, ERR_TOO_LARGE, "%s: a value is larger than %zu MiB",
					       t->name, DB_TEXT_MAX / MIB);
			a->text[i] = v[i].s;
		}
	}
	return OK;
}

static int pg_prepare(struct pg *db, enum sql_id q, struct err *e)
{
	PGresult *res;
	int rc = OK;

	if (db->prepared[q])
		return OK;
	res = PQprepare(db->h, sql_texts[q].name, sql_text_of(q, SQL_DIALECT_PG), 0, NULL);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_fail(db, res, sql_texts[q].name, e);
	else
		db->prepared[q] = true;
	PQclear(res);
	return rc;
}

static int pg_run_once(struct pg *db, enum sql_id q, const struct pg_args *a, PGresult **ret, struct err *e)
{
	PGresult *res;
	ExecStatusType st;

	if (pg_prepare(db, q, e))
		return e->code;
	res = PQexecPrepared(db->h, sql_texts[q].name, sql_texts[q].nparams, a->text, NULL, NULL, 0);
	st = PQresultStatus(res);
	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		pg_fail(db, res, sql_texts[q].name, e);
		PQclear(res);
		return e->code;
	}
	*ret = res;
	return OK;
}

static int pg_run(struct db *base, enum sql_id q, const struct val *v, struct rows **ret, struct err *e)
{
	struct pg *db = (struct pg *)base;
	struct pg_rows *r;
	struct pg_args a;
	PGresult *res = NULL;

	if (pg_bind(&a, v, &sql_texts[q], e))
		return e->code;
	if (pg_run_once(db, q, &a, &res, e) && !(pg_again(db) && !pg_run_once(db, q, &a, &res, e)))
		return e->code;
	r = mem_zalloc(sizeof *r);
	r->base.ops = &db_pg;
	r->res = res;
	r->n = PQntuples(res);
	r->i = -1;
	r->changed = sql_texts[q].writes ? strtoll(PQcmdTuples(res), NULL, 10) : 0;
	*ret = &r->base;
	return OK;
}

static int pg_next(struct rows *base, bool *ret_got, struct err *e)
{
	struct pg_rows *r = (struct pg_rows *)base;

	(void)e;
	*ret_got = r->i + 1 < r->n;
	if (*ret_got)
		r->i++;
	return OK;
}

static bool pg_null(const struct rows *base, int col)
{
	const struct pg_rows *r = (const struct pg_rows *)base;

	return PQgetisnull(r->res, r->i, col);
}

static int64_t pg_num(const struct rows *base, int col)
{
	const struct pg_rows *r = (const struct pg_rows *)base;
	const char *s = PQgetvalue(r->res, r->i, col);

	return *s == 't' ? 1 : strtoll(s, NULL, 10); /* a comparison gives t or f */
}

static const char *pg_text(const struct rows *base, int col)
{
	const struct pg_rows *r = (const struct pg_rows *)base;

	return PQgetisnull(r->res, r->i, col) ? NULL : PQgetvalue(r->res, r->i, col);
}

static int64_t pg_changed(const struct rows *base)
{
	return ((const struct pg_rows *)base)->changed;
}

static void pg_done(struct rows *base)
{
	struct pg_rows *r = (struct pg_rows *)base;

	PQclear(r->res);
	free(r);
}

const struct db_ops db_pg = {
	.name = "postgresql",
	.dialect = SQL_DIALECT_PG,
	.open = pg_open,
	.close = pg_close,
	.script = pg_script,
	.begin = pg_begin,
	.end = pg_end,
	.run = pg_run,
	.next = pg_next,
	.null = pg_null,
	.num = pg_num,
	.text = pg_text,
	.changed = pg_changed,
	.done = pg_done,
};
