/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, making and upgrading stores, and what is said when that cannot be. */
#include "stores.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "db_fault.h"
#include "store/db_engines.h"
#include "store/migrate.h"
#include "store/sql.h"
#include "store/store_ledger.h"

static const struct db_ops *ops_of(int engine)
{
#ifdef WITH_POSTGRESQL
	if (engine == STORE_PG)
		return &db_pg;
#endif
	ck_assert_int_eq(engine, STORE_SQLITE);
	return &db_sqlite;
}

/* A connection to a store that is not set up. */
static struct db *bare(int engine, char *dsn)
{
	struct db *db = NULL;
	struct err e;

	ck_ok(ops_of(engine)->open(empty_store_dsn(engine, dsn), DB_CREATE, &db, &e));
	return db;
}

static void put_meta(struct db *db, const char *name, const char *value)
{
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(meta_put(db, name, value, &e));
	ck_ok(tx_keep(&tx, &e));
}

START_TEST(a_missing_store_is_named_with_the_command_that_makes_it)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = NULL;
	struct stat st;
	struct err e;

	empty_store_dsn(_i, dsn);
	ck_refused(db_open(dsn, false, &db, &e), ERR_STORE_OPEN, "firpath import cpl FILE --db");
	ck_assert_ptr_null(db);
	if (_i == STORE_SQLITE)
		ck_assert_msg(stat(dsn, &st) != 0, "looking for a store must not make a file");
	ck_ok(db_open(dsn, true, &db, &e));
	db_close(db);
	ck_ok(db_open(dsn, false, &db, &e));
	db_close(db);
}
END_TEST

START_TEST(a_new_store_is_not_for_everybody)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = NULL;
	struct stat st;
	struct err e;

	umask(0);
	ck_ok(db_open(empty_store_dsn(STORE_SQLITE, dsn), true, &db, &e));
	ck_assert_int_eq(stat(dsn, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	umask(022);
}
END_TEST

START_TEST(a_newer_store_is_refused_and_left_alone)
{
	char dsn[STORE_DSN_MAX], text[24], want[12];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	struct db *none = NULL;
	struct err e;
	bool got;

	snprintf(want, sizeof want, "%d", schema_newest + 1);
	put_meta(db, "schema", want);
	ck_refused(db_open(dsn, false, &none, &e), ERR_STORE_NEWER, "this program knows");
	ck_refused(db_open(dsn, true, &none, &e), ERR_STORE_NEWER, want);
	ck_ok(meta_get(db, "schema", text, sizeof text, &got, &e));
	ck_assert_str_eq(text, want);
}
END_TEST

START_TEST(an_older_store_is_upgraded_only_when_asked)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = bare(_i, dsn);
	struct err e;
	int has;

	if (schema_newest > 1) {
		ck_ok(schema_upgrade(db, 1, &e));
		db_close(db);
		db = NULL;
		ck_refused(db_open(dsn, false, &db, &e), ERR_STORE_OPEN, "to upgrade it");
		ck_ok(db_open(dsn, true, &db, &e));
	} else {
		ck_ok(schema_upgrade(db, 1, &e));
	}
	ck_ok(schema_version(db, &has, &e));
	ck_assert_int_eq(has, schema_newest);
	db_close(db);
}
END_TEST

/* Everything that the catalogue of the engine says about our tables, as one text. */
static void describe(struct db *db, struct str *out)
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;

	ck_ok(db_run(db, SQL_STORE_SHAPE, NOARGS, &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			break;
		str_addf(out, "%s\n", rows_text(r, 0));
	}
}

/* Its hash was counted by another program. */
#define OLD_ROWS                                                                                             \
	"INSERT INTO revision (id, at, kind, who, why) VALUES (1, 1000, 'old', 'old', '');"                  \
	"INSERT INTO audit (seq, at, who, why, action, subject, before, after, revision, prev_hash, hash) "  \
	"VALUES (1, 1000, 'old', '', 'old', 'x/1', NULL, '{}', 1, "                                          \
	"'0000000000000000000000000000000000000000000000000000000000000000', "                               \
	"'A59048D33ABB22A910A3F7FC114C95D3E0B12F697328995F8BC090C3C036180D')"

START_TEST(every_older_schema_upgrades_to_what_a_new_store_has)
{
	OWN(db_close) struct db *fresh = fresh_store(_i);
	STR(want, 1 * MIB);

	describe(fresh, &want);
	ck_assert_ptr_nonnull(strstr(str_c(&want), "audit"));
	for (int from = 1; from <= schema_newest; from++) {
		char dsn[STORE_DSN_MAX], hash[65];
		struct db *db = bare(_i, dsn);
		STR(is, 1 * MIB);
		int64_t rows, bad;
		struct err e;
		TX(tx);

		/* An old store that has been worked with: an audit row as the first programs wrote it. */
		ck_ok(schema_upgrade(db, from, &e));
		ck_ok(tx_begin(&tx, db, true, &e));
		ck_ok(db->ops->script(db, OLD_ROWS, &e));
		ck_ok(tx_keep(&tx, &e));
		db_close(db);
		ck_ok(db_open(dsn, true, &db, &e));
		describe(db, &is);
		ck_assert_str_eq(str_c(&is), str_c(&want));
		ck_ok(audit_verify(db, &rows, &bad, hash, &e));
		ck_assert_int_eq(rows, 1);
		ck_assert_int_eq(bad, 0);
		db_close(db);
	}
}
END_TEST

START_TEST(a_failing_upgrade_leaves_the_old_schema)
{
	int n = 0;

	for (;; n++) {
		char dsn[STORE_DSN_MAX];
		struct db *real = bare(_i, dsn), *db = db_fault_wrap(real, n);
		struct err e;
		int rc = schema_upgrade(db, schema_newest, &e), has = -1;

		ck_assert_int_eq(rc, db_fault_hit(db) ? ERR_DISK : OK);
		ck_ok(schema_version(real, &has, &e));
		ck_assert_int_eq(has, rc ? 0 : schema_newest);
		db_close(db);
		if (!rc)
			break;
	}
	ck_assert_int_eq(n, 2 + 1 + 2 + schema_newest + 1 + 1);
}
END_TEST

START_TEST(a_database_of_somebody_else_is_refused)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = bare(_i, dsn), *none = NULL;
	struct err e;

	ck_ok(db->ops->script(db, "CREATE TABLE customers (id INTEGER)", &e));
	db_close(db);
	ck_refused(db_open(dsn, true, &none, &e), ERR_STORE_OPEN, "use an empty one");
	ck_refused(db_open(dsn, false, &none, &e), ERR_STORE_OPEN, "use an empty one");
}
END_TEST

START_TEST(a_schema_number_that_is_none_is_refused)
{
	static const char *const numbers[] = { "", "x", "-1", "1x", "99999999999999999999", "0" };
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	struct db *none = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		put_meta(db, "schema", numbers[i]);
		ck_refused(db_open(dsn, true, &none, &e), ERR_STORE_OPEN, "schema");
	}
}
END_TEST

static void *open_it(void *dsn)
{
	struct db *db = NULL;
	struct err e;

	if (db_open(dsn, true, &db, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return NULL;
	}
	db_close(db);
	return dsn;
}

START_TEST(several_may_set_up_the_same_store_at_once)
{
	enum { N = 6 };
	char dsn[STORE_DSN_MAX];
	pthread_t thread[N];
	void *good;

	/* The moments that collide are short in SQLite: try often. */
	for (int round = 0; round < (_i == STORE_SQLITE ? 60 : 2); round++) {
		empty_store_dsn(_i, dsn);
		for (int i = 0; i < N; i++)
			ck_assert_int_eq(pthread_create(&thread[i], NULL, open_it, dsn), 0);
		for (int i = 0; i < N; i++) {
			ck_assert_int_eq(pthread_join(thread[i], &good), 0);
			ck_assert_ptr_nonnull(good);
		}
		db_close(open_store(dsn));
	}
}
END_TEST

START_TEST(what_is_not_a_store_is_refused_in_words)
{
	static const struct {
		const char *dsn;
		enum err_code code;
		const char *words;
	} cases[] = {
		{ "", ERR_STORE_OPEN, "has no name" },
		{ "mysql://root:secret@db/x", ERR_STORE_OPEN, "neither" },
		{ "/proc/nowhere/store.db", ERR_STORE_OPEN, "/proc/nowhere/store.db" },
		{ "/", ERR_STORE_OPEN, "is a folder" },
	};
	STR(path, 512);
	struct db *db = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int create = 0; create < 2; create++) {
			ck_refused(db_open(cases[i].dsn, create, &db, &e), cases[i].code, cases[i].words);
			ck_assert_ptr_null(strstr(e.msg, "secret"));
		}
	str_addf(&path, "%s/text.db", stores_dir());
	ck_ok(file_replace(str_c(&path), "this is a letter, not a database, and long enough to look at", 60,
			   &e));
	ck_refused(db_open(str_c(&path), true, &db, &e), ERR_STORE_OPEN, "not a database");
}
END_TEST

#ifdef WITH_POSTGRESQL
START_TEST(a_postgresql_that_cannot_be_used_is_refused_without_its_password)
{
	static const struct {
		const char *dsn;
		enum err_code code;
		const char *words;
	} cases[] = {
		{ "postgresql://u:hunter2@/x?host=/nonexistent", ERR_UNAVAILABLE, "/nonexistent" },
		{ "postgres://u:hunter2@127.0.0.1:1/x", ERR_UNAVAILABLE, "refused" },
		{ "postgresql://u:hunter2@[::1/x", ERR_STORE_OPEN, "not well formed" },
		{ "postgresql://u:hunter2@h/x?nosuch=1", ERR_STORE_OPEN, "not well formed" },
	};
	struct db *db = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_refused(db_open(cases[i].dsn, true, &db, &e), cases[i].code, cases[i].words);
		ck_assert_ptr_null(strstr(e.msg, "hunter2"));
	}
}
END_TEST

START_TEST(a_database_that_sorts_by_language_is_refused)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = bare(STORE_PG, dsn), *none = NULL;
	const char *query = strchr(dsn, '?'), *slash = query;
	STR(other, STORE_DSN_MAX);
	struct err e;

	/* English order puts a before B. */
	ck_ok(db->ops->script(db,
			      "CREATE DATABASE firpath_by_language TEMPLATE template0 LOCALE_PROVIDER icu "
			      "ICU_LOCALE 'en' LOCALE 'C' ENCODING 'UTF8'",
			      &e));
	while (*slash != '/')
		slash--;
	str_addn(&other, dsn, (size_t)(slash - dsn) + 1);
	str_addf(&other, "firpath_by_language%s", query);
	ck_refused(db_open(str_c(&other), true, &none, &e), ERR_STORE_OPEN, "--locale=C");
	ck_ok(db->ops->script(db, "DROP DATABASE firpath_by_language", &e));
	db_close(db);
}
END_TEST

START_TEST(a_lost_connection_is_made_again_outside_a_transaction)
{
	static const char kill_others[] = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
					  "WHERE datname = current_database() AND pid <> pg_backend_pid()";
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(STORE_PG, dsn)), *other = open_store(dsn);
	int64_t rev;
	struct err e;
	TX(tx);

	ck_ok(ledger_head(db, &rev, &e));
	ck_ok(other->ops->script(other, kill_others, &e));
	ck_ok(ledger_head(db, &rev, &e));
	ck_ok(other->ops->script(other, kill_others, &e));
	ck_ok(tx_begin(&tx, db, true, &e));
	/* Inside one there is nothing to go on with. */
	ck_ok(meta_put(db, "x", "1", &e));
	ck_ok(other->ops->script(other, kill_others, &e));
	ck_assert_int_eq(meta_put(db, "y", "1", &e), ERR_UNAVAILABLE);
	tx_drop(&tx);
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(meta_put(db, "z", "1", &e));
	ck_ok(other->ops->script(other, kill_others, &e));
	ck_refused(tx_keep(&tx, &e), ERR_STORE, "was made or not");
}
END_TEST
#endif

static Suite *suite(void)
{
	Suite *s = suite_create("store_migrate");
	TCase *tc = tcase_create("migrate");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_missing_store_is_named_with_the_command_that_makes_it, 0, STORES);
	tcase_add_test(tc, a_new_store_is_not_for_everybody);
	tcase_add_loop_test(tc, a_newer_store_is_refused_and_left_alone, 0, STORES);
	tcase_add_loop_test(tc, an_older_store_is_upgraded_only_when_asked, 0, STORES);
	tcase_add_loop_test(tc, every_older_schema_upgrades_to_what_a_new_store_has, 0, STORES);
	tcase_add_loop_test(tc, a_failing_upgrade_leaves_the_old_schema, 0, STORES);
	tcase_add_loop_test(tc, a_database_of_somebody_else_is_refused, 0, STORES);
	tcase_add_loop_test(tc, a_schema_number_that_is_none_is_refused, 0, STORES);
	tcase_add_loop_test(tc, several_may_set_up_the_same_store_at_once, 0, STORES);
	tcase_add_test(tc, what_is_not_a_store_is_refused_in_words);
#ifdef WITH_POSTGRESQL
	tcase_add_test(tc, a_postgresql_that_cannot_be_used_is_refused_without_its_password);
	tcase_add_test(tc, a_database_that_sorts_by_language_is_refused);
	tcase_add_test(tc, a_lost_connection_is_made_again_outside_a_transaction);
#endif
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
