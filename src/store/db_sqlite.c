/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite. WAL with synchronous=FULL, because NORMAL loses acknowledged commits when the power goes (F7). Each
 * connection keeps every statement it has prepared, with the struct rows that belongs to it, so that a
 * statement in a loop costs no allocation and no copy of its texts.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/db_engines.h"
#include "store/sql.h"

enum verb { VERB_BEGIN_READ, VERB_BEGIN_WRITE, VERB_COMMIT, VERB_ROLLBACK, VERB_MAX };
static const char *const verb_text[VERB_MAX] = { "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK" };

struct lite;
struct lite_rows {
	struct rows base;
	struct lite *db;  /* borrowed */
	sqlite3_stmt *st; /* owned, NULL until first used */
	enum sql_id q;    /* which statement */
	bool open;        /* between run and done */
	bool pending;     /* run stepped to a row that next has not given yet */
	bool dry;         /* no further row */
	bool extra;       /* allocated because the cached one was open; done frees it */
	int64_t changed;  /* rows written */
};
struct lite {
	struct db base;
	sqlite3 *h;                      /* owned */
	int open_rows;                   /* results not yet released */
	sqlite3_stmt *verbs[VERB_MAX];   /* owned, NULL until first used */
	struct lite_rows cache[SQL_MAX]; /* one per statement */
};

/* An engine's code as ours. what: the statement or step that failed. */
static int lite_fail(sqlite3 *h, int rc, const char *what, struct err *e)
{
	enum err_code code = ERR_STORE;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_BUSY, "%s: another transaction is in the way (%s)", what,
			       sqlite3_errstr(rc));
	case SQLITE_READONLY: /* a write-ahead log is kept for readers, too */
		return err_set(e, ERR_STORE,
			       "%s: the store or its folder may not be written, and even reading needs to "
			       "write its -shm file; work on a copy, or ask a firpathd that may",
			       what);
	case SQLITE_CONSTRAINT:
		code = ERR_CONFLICT;
		break;
	case SQLITE_TOOBIG:
		code = ERR_TOO_LARGE;
		break;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		code = ERR_DISK;
		break;
	case SQLITE_NOMEM:
		code = ERR_NO_MEMORY;
		break;
	default:
		break;
	}
	return err_set(e, code, "%s: %s", what, h ? sqlite3_errmsg(h) : sqlite3_errstr(rc));
}

static int lite_exec(struct lite *db, const char *sql, const char *what, struct err *e)
{
	int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

	return rc ? lite_fail(db->h, rc, what, e) : OK;
}

/* A setting must read back as it was set: a wrong one is refused at once, not found after a power cut. */
static int lite_setting(struct lite *db, const char *pragma, const char *want, struct err *e)
{
	sqlite3_stmt *st = NULL;
	char has[16] = "";
	int rc = sqlite3_prepare_v2(db->h, pragma, -1, &st, NULL);

	if (!rc && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);

		str_copy(has, sizeof has, text ? text : "");
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	if (rc && rc != SQLITE_DONE)
		return lite_fail(db->h, rc, pragma, e);
	if (strcmp(has, want))
		return err_set(e, ERR_STORE, "%s is '%s' and must be '%s'; is the store on a local disk?",
			       pragma, has, want);
	return OK;
}

/* T22: what SQL may do at most, should somebody find a way to slip some in. */
static void lite_limits(sqlite3 *h)
{
	static const struct {
		int what, value;
	} config[] = { { SQLITE_DBCONFIG_DEFENSIVE, 1 },   { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		       { SQLITE_DBCONFIG_DQS_DML, 0 },     { SQLITE_DBCONFIG_DQS_DDL, 0 },
		       { SQLITE_DBCONFIG_ENABLE_FKEY, 1 }, { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 } },
	  limit[] = { { SQLITE_LIMIT_LENGTH, (int)DB_TEXT_MAX + 64 * 1024 },
		      { SQLITE_LIMIT_SQL_LENGTH, 64 * 1024 },
		      { SQLITE_LIMIT_ATTACHED, 0 },
		      { SQLITE_LIMIT_VARIABLE_NUMBER, DB_PARAMS_MAX },
		      { SQLITE_LIMIT_EXPR_DEPTH, 100 },
		      { SQLITE_LIMIT_COMPOUND_SELECT, 20 },
		      { SQLITE_LIMIT_WORKER_THREADS, 0 } };
	int now;

	for (size_t i = 0; i < sizeof config / sizeof *config; i++) {
		sqlite3_db_config(h, config[i].what, config[i].value, &now);
		assert(now == config[i].value);
	}
	for (size_t i = 0; i < sizeof limit / sizeof *limit; i++)
		sqlite3_limit(h, limit[i].what, limit[i].value);
}

static int lite_set(struct lite *db, enum db_how how, struct err *e)
{
	static const char reader[] = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
				     "PRAGMA cache_size = -8192";
	static const char writer[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				     "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768";

	/* SQLite does not wait while another connection turns a new file into a WAL one: wait ourselves, in
	 * steps of which each may wait for an ordinary lock, too. */
	sqlite3_busy_timeout(db->h, 90);
	for (int waited = 0;; waited += 100) {
		if (!lite_exec(db, how == DB_READ ? reader : writer, "opening the store", e))
			return OK;
		if (e->code != ERR_BUSY || waited >= DB_WAIT_MS)
			return e->code;
		sqlite3_sleep(10);
	}
}

static int lite_settings(struct lite *db, enum db_how how, struct err *e)
{
	if (lite_set(db, how, e) || lite_setting(db, "PRAGMA foreign_keys", "1", e))
		return e->code;
	if (how == DB_READ)
		return lite_setting(db, "PRAGMA query_only", "1", e);
	return lite_setting(db, "PRAGMA journal_mode", "wal", e)
		   ? (int)e->code
		   : lite_setting(db, "PRAGMA synchronous", "2", e);
}

static void lite_close(struct db *base)
{
	struct lite *db = (struct lite *)base;

	for (int i = 0; i < SQL_MAX; i++)
		sqlite3_finalize(db->cache[i].st);
	for (int i = 0; i < VERB_MAX; i++)
		sqlite3_finalize(db->verbs[i]);
	/* A result that outlives its connection would be our mistake. */
	assert(db->open_rows == 0);
	sqlite3_close(db->h);
	free(db);
}
static void lite_drop(struct lite *db)
{
	lite_close(&db->base);
}
DEFINE_OWN(struct lite, lite_drop)

static int lite_open(const char *path, enum db_how how, struct db **ret, struct err *e)
{
	OWN(lite_drop) struct lite *db = mem_zalloc(sizeof *db);
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	struct stat st;
	int rc;

	db->base.ops = &db_sqlite;
	/* Counting every allocation takes a lock each time, and nobody reads the counts. Refused once the
	 * library is in use, which is as good. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return err_set(e, ERR_STORE_OPEN, "%s is a folder, not a store", path);
	if (access(path, F_OK) && how != DB_CREATE)
		return err_set(
		    e, ERR_STORE_OPEN,
		    "there is no store %s; import into it ('firpath import cpl FILE --db %s') or start "
		    "firpathd on it to make it",
		    path, path);
	if (how == DB_CREATE) {
		/* Made here only for its mode. Never opened when it is there: closing any descriptor of a
		 * file drops all locks that this process has on it. */
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

		if (fd < 0 && errno != EEXIST) /* in words better than the engine's */
			return err_errno(e, errno, "the store %s cannot be made", path);
		if (fd >= 0)
			close(fd);
	}
	flags |= how == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	rc = sqlite3_open_v2(path, &db->h, flags, NULL);
	if (rc) {
		lite_fail(db->h, rc, "opening it", e);
		return err_wrap(e, "%s", path);
	}
	lite_limits(db->h);
	if (lite_settings(db, how, e))
		return err_wrap(e, "%s", path);
	sqlite3_busy_timeout(db->h, DB_WAIT_MS);
	*ret = &MOVE(db)->base;
	return OK;
}

static int lite_script(struct db *base, const char *sql, struct err *e)
{
	return lite_exec((struct lite *)base, sql, "script", e);
}

static int lite_verb(struct lite *db, enum verb verb, struct err *e)
{
	sqlite3_stmt **st = &db->verbs[verb];
	int rc = SQLITE_OK;

	if (!*st)
		rc = sqlite3_prepare_v3(db->h, verb_text[verb], -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (!rc) {
		rc = sqlite3_step(*st);
		if (rc != SQLITE_DONE)
			lite_fail(db->h, rc, verb_text[verb], e);
		sqlite3_reset(*st);
		return rc == SQLITE_DONE ? OK : (int)e->code;
	}
	return lite_fail(db->h, rc, verb_text[verb], e);
}

static int lite_begin(struct db *base, bool writes, struct err *e)
{
	return lite_verb((struct lite *)base, writes ? VERB_BEGIN_WRITE : VERB_BEGIN_READ, e);
}

static int lite_end(struct db *base, bool keep, struct err *e)
{
	struct lite *db = (struct lite *)base;
	struct err ignored;

	assert(!keep || db->open_rows == 0); /* rows first, then tx_keep */
	if (keep && !lite_verb(db, VERB_COMMIT, e))
		return OK;
	/* After some errors SQLite has rolled back already, and says so. */
	if (!sqlite3_get_autocommit(db->h))
		lite_verb(db, VERB_ROLLBACK, &ignored);
	return keep ? (int)e->code : OK;
}

static int lite_bind(sqlite3_stmt *st, const struct val *v, int n, sqlite3_destructor_type life)
{
	for (int i = 0; i < n; i++) {
		int rc;

		if (v[i].kind == VAL_INT)
			rc = sqlite3_bind_int64(st, i + 1, v[i].i);
		else if (v[i].kind == VAL_TEXT && v[i].s)
			rc = sqlite3_bind_text(st, i + 1, v[i].s, -1, life);
		else
			rc = sqlite3_bind_null(st, i + 1);
		if (rc)
			return rc;
	}
	return SQLITE_OK;
}

static void lite_done(struct rows *base)
{
	struct lite_rows *r = (struct lite_rows *)base;

	sqlite3_reset(r->st);
	r->open = false;
	r->db->open_rows--;
	if (r->extra) {
		sqlite3_finalize(r->st);
		free(r);
	}
}

/* The cached rows of q, or a second set when these are still being read. */
static struct lite_rows *lite_rows_for(struct lite *db, enum sql_id q)
{
	struct lite_rows *r = &db->cache[q];

	if (r->open) {
		r = mem_zalloc(sizeof *r);
		r->extra = true;
	}
	r->base.ops = &db_sqlite;
	r->db = db;
	r->q = q;
	r->open = true;
	r->pending = r->dry = false;
	db->open_rows++;
	return r;
}

static int lite_run(struct db *base, enum sql_id q, const struct val *v, struct rows **ret, struct err *e)
{
	struct lite *db = (struct lite *)base;
	struct lite_rows *r = lite_rows_for(db, q);
	const struct sql_text *t = &sql_texts[q];
	int rc = SQLITE_OK;

	if (!r->st)
		rc = sqlite3_prepare_v3(db->h, sql_text_of(q, SQL_DIALECT_SQLITE), -1,
					r->extra ? 0 : SQLITE_PREPARE_PERSISTENT, &r->st, NULL);
	/* All but :many are done with their texts after the first step, which is below. */
	if (!rc)
		rc = lite_bind(r->st, v, t->nparams,
			       t->gives == SQL_GIVES_MANY ? SQLITE_TRANSIENT : SQLITE_STATIC);
	if (!rc)
		rc = sqlite3_step(r->st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		lite_fail(db->h, rc, t->name, e);
		lite_done(&r->base);
		return e->code;
	}
	r->pending = rc == SQLITE_ROW;
	r->dry = rc == SQLITE_DONE || t->gives != SQL_GIVES_MANY;
	r->changed = t->writes ? sqlite3_changes64(db->h) : 0;
	*ret = &r->base;
	return OK;
}

static int lite_next(struct rows *base, bool *ret_got, struct err *e)
{
	struct lite_rows *r = (struct lite_rows *)base;
	int rc;

	if (r->pending || r->dry) {
		*ret_got = r->pending;
		r->pending = false;
		return OK;
	}
	rc = sqlite3_step(r->st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return lite_fail(r->db->h, rc, sql_texts[r->q].name, e);
	r->dry = rc == SQLITE_DONE;
	*ret_got = rc == SQLITE_ROW;
	return OK;
}

static bool lite_null(const struct rows *r, int col)
{
	return sqlite3_column_type(((const struct lite_rows *)r)->st, col) == SQLITE_NULL;
}

static int64_t lite_num(const struct rows *r, int col)
{
	return sqlite3_column_int64(((const struct lite_rows *)r)->st, col);
}

static const char *lite_text(const struct rows *r, int col)
{
	return (const char *)sqlite3_column_text(((const struct lite_rows *)r)->st, col);
}

static int64_t lite_changed(const struct rows *r)
{
	return ((const struct lite_rows *)r)->changed;
}

const struct db_ops db_sqlite = {
	.name = "sqlite",
	.dialect = SQL_DIALECT_SQLITE,
	.open = lite_open,
	.close = lite_close,
	.script = lite_script,
	.begin = lite_begin,
	.end = lite_end,
	.run = lite_run,
	.next = lite_next,
	.null = lite_null,
	.num = lite_num,
	.text = lite_text,
	.changed = lite_changed,
	.done = lite_done,
};
