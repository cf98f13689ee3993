/* SPDX-License-Identifier: Apache-2.0 */
/* The store driver and the ledger, over every engine. */
#include "stores.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "db_fault.h"
#include "store/store_ledger.h"

static const struct actor admin = { "admin", "a test", 1700000000000 };

/* One revision with its audit row: the smallest whole change. */
static int change(struct db *db, const struct actor *who, const char *kind, struct err *e)
{
	TX(tx);
	int64_t rev;

	if (tx_begin(&tx, db, true, e) || ledger_advance(db, who, kind, &rev, e) ||
	    audit_add(db, who, kind, "test/1", NULL, "{\"a\":1}", rev, NULL, e) || tx_keep(&tx, e))
		return e->code;
	return OK;
}

static int64_t head(struct db *db)
{
	struct err e;
	int64_t rev = -1;

	ck_ok(ledger_head(db, &rev, &e));
	return rev;
}

START_TEST(a_kept_transaction_stays_and_an_unkept_one_leaves_no_trace)
{
	char dsn[STORE_DSN_MAX], text[20];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn)), *again = NULL;
	struct err e;
	bool got;

	{
		TX(tx);
		ck_ok(tx_begin(&tx, db, true, &e));
		ck_ok(meta_put(db, "kept", "yes", &e));
		ck_ok(tx_keep(&tx, &e));
	}
	{
		TX(tx);
		ck_ok(tx_begin(&tx, db, true, &e));
		ck_ok(meta_put(db, "kept", "no", &e));
		ck_ok(meta_put(db, "dropped", "yes", &e));
	}
	again = open_store(dsn);
	ck_ok(meta_get(again, "kept", text, sizeof text, &got, &e));
	ck_assert(got);
	ck_assert_str_eq(text, "yes");
	ck_ok(meta_get(again, "dropped", text, sizeof text, &got, &e));
	ck_assert(!got);
}
END_TEST

START_TEST(a_connection_that_closes_in_a_transaction_rolls_it_back)
{
	char dsn[STORE_DSN_MAX], text[20];
	struct db *db = open_store(fresh_store_dsn(_i, dsn));
	struct tx tx = { NULL };
	struct err e;
	bool got;

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(meta_put(db, "x", "1", &e));
	db_close(db);
	db = open_store(dsn);
	ck_ok(meta_get(db, "x", text, sizeof text, &got, &e));
	ck_assert(!got);
	db_close(db);
}
END_TEST

START_TEST(values_come_back_as_they_were_put)
{
	static const char *const texts[] = { "",
					     "a",
					     "it's",
					     "\"q\" $1 ?1 :x -- ; \\",
					     "\xc2\xa3 \xe2\x82\xac",
					     "line\nline\r\n\ttab",
					     "0012",
					     " 7 ",
					     "1e3",
					     "NULL" };
	static const int64_t nums[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 1700000000000 };
	OWN(db_close) struct db *db = fresh_store(_i);
	char text[64];
	struct err e;
	bool got;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_ok(meta_put(db, "t", texts[i], &e));
		ck_ok(meta_get(db, "t", text, sizeof text, &got, &e));
		ck_assert(got);
		ck_assert_str_eq(text, texts[i]);
	}
	for (size_t i = 0; i < sizeof nums / sizeof *nums; i++) {
		OWN(rows_done) struct rows *r = NULL;

		ck_ok(db_exec(db, SQL_REVISION_ADD,
			      ARGS(VINT(i + 1), VINT(nums[i]), VTEXT("k"), VTEXT("w"), VTEXT("y")), NULL,
			      &e));
		ck_ok(db_run(db, SQL_REVISION_HEAD, NOARGS, &r, &e));
		ck_ok(rows_next(r, &got, &e));
		ck_assert(got);
		ck_assert_int_eq(rows_num(r, 0), (int64_t)i + 1);
		ck_assert_int_eq(rows_num(r, 1), nums[i]);
		ck_assert(!rows_null(r, 1));
		ck_ok(rows_next(r, &got, &e));
		ck_assert(!got);
	}
}
END_TEST

START_TEST(null_is_neither_zero_nor_empty)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(audit_add(db, &admin, "a", "s", NULL, "", 0, NULL, &e));
	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(9)), &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert(got);
	ck_assert(rows_null(r, 6) && !rows_text(r, 6));
	ck_assert(!rows_null(r, 7));
	ck_assert_str_eq(rows_text(r, 7), "");
	ck_assert(rows_null(r, 8));
	ck_assert_int_eq(rows_date(r, 8), -1);
	ck_assert_int_eq(rows_date(r, 1), admin.now);
	rows_done(MOVE(r));
}
END_TEST

START_TEST(changed_counts_the_rows_written)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	int64_t n = -1;
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(db_exec(db, SQL_META_PUT, ARGS(VTEXT("a"), VTEXT("1")), &n, &e));
	ck_assert_int_eq(n, 1);
}
END_TEST

START_TEST(a_broken_constraint_is_a_conflict_that_names_the_statement)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct err e;
	TX(tx);

	ck_ok(change(db, &admin, "one", &e));
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_assert_int_eq(db_exec(db, SQL_REVISION_ADD,
				 ARGS(VINT(1), VINT(1), VTEXT("k"), VTEXT("w"), VTEXT("y")), NULL, &e),
			 ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "revision_add"));
	tx_drop(&tx);
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_assert_int_eq(
	    db_exec(db, SQL_REVISION_ADD, ARGS(VINT(2), VINT(1), VTEXT("k"), VNULL, VTEXT("y")), NULL, &e),
	    ERR_CONFLICT);
	tx_drop(&tx);
	/* The connection is as good as before. */
	ck_ok(change(db, &admin, "two", &e));
	ck_assert_int_eq(head(db), 2);
}
END_TEST

START_TEST(a_transaction_with_a_failed_statement_cannot_be_kept_half)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	char text[8];
	struct err e;
	bool got;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(meta_put(db, "x", "1", &e));
	ck_assert_int_eq(db_exec(db, SQL_META_PUT, ARGS(VTEXT("y"), VNULL), NULL, &e), ERR_CONFLICT);
	tx_drop(&tx);
	ck_ok(meta_get(db, "x", text, sizeof text, &got, &e));
	ck_assert(!got);
	if (_i == STORE_PG) { /* where COMMIT would roll back and say that it went well */
		ck_ok(tx_begin(&tx, db, true, &e));
		ck_assert_int_eq(db_exec(db, SQL_META_PUT, ARGS(VTEXT("y"), VNULL), NULL, &e), ERR_CONFLICT);
		ck_assert_int_eq(tx_keep(&tx, &e), ERR_STORE);
		ck_assert_ptr_nonnull(strstr(e.msg, "nothing was changed"));
	}
}
END_TEST

START_TEST(writing_outside_a_write_transaction_is_refused)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct err e;
	TX(tx);

	ck_assert_int_eq(meta_put(db, "x", "1", &e), ERR_INTERNAL);
	ck_ok(tx_begin(&tx, db, false, &e));
	ck_assert_int_eq(meta_put(db, "x", "1", &e), ERR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(e.msg, "meta_put"));
}
END_TEST

START_TEST(T22_a_read_only_connection_cannot_write)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *writer = open_store(fresh_store_dsn(_i, dsn)), *db = NULL;
	struct rows *r = NULL;
	struct err e;

	ck_ok(change(writer, &admin, "one", &e));
	ck_ok(db_connect(dsn, true, &db, &e));
	ck_assert_int_eq(head(db), 1);
	/* Past our own check, so that the engine has to refuse. */
	ck_assert_int_eq(
	    db->ops->run(db, SQL_META_PUT, (const struct val[]){ VTEXT("x"), VTEXT("1") }, &r, &e),
	    ERR_STORE);
	ck_assert(db->ops->script(db, "CREATE TABLE extra (x INTEGER)", &e));
	ck_assert(db->ops->script(db, "DELETE FROM audit", &e));
	ck_assert_int_eq(head(writer), 1);
}
END_TEST

START_TEST(T22_a_connection_of_sqlite_can_do_little_else)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "ATTACH DATABASE '/tmp/other.db' AS other", "too many attached databases" },
		{ "CREATE TABLE \"t\" (a INTEGER); SELECT \"nosuch\" FROM t", "no such column" },
		{ "SELECT load_extension('x')", "not authorized" },
		{ "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema", "may not be modified" },
		{ "INSERT INTO revision VALUES ('x', 1, 'k', 'w', 'y')", "datatype mismatch" },
		{ "INSERT INTO revision VALUES (1, 'x', 'k', 'w', 'y')", "cannot store TEXT" },
		{ "INSERT INTO entry_figure (entry_id) VALUES (99)", "FOREIGN KEY" },
	};
	OWN(db_close) struct db *db = fresh_store(STORE_SQLITE);
	OWN(mem_free) char *big = mem_alloc(128 * KIB);
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(db->ops->script(db, cases[i].sql, &e) != OK, "%s", cases[i].sql);
		ck_assert_msg(strstr(e.msg, cases[i].words) != NULL, "%s: %s", cases[i].sql, e.msg);
	}
	memset(big, ' ', 128 * KIB - 1);
	memcpy(big, "SELECT 1", 8);
	big[128 * KIB - 1] = '\0';
	ck_assert_int_eq(db->ops->script(db, big, &e), ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_read_only_connection_works_when_nobody_else_has_the_store_open)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = NULL;
	struct db *writer = open_store(fresh_store_dsn(_i, dsn));
	struct err e;

	ck_ok(change(writer, &admin, "one", &e));
	db_close(writer);
	ck_ok(db_connect(dsn, true, &db, &e));
	ck_assert_int_eq(head(db), 1);
}
END_TEST

START_TEST(a_read_transaction_sees_one_state)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *writer = open_store(fresh_store_dsn(_i, dsn)), *db = NULL;
	struct err e;
	TX(tx);

	ck_ok(change(writer, &admin, "one", &e));
	ck_ok(db_connect(dsn, true, &db, &e));
	ck_ok(tx_begin(&tx, db, false, &e));
	ck_assert_int_eq(head(db), 1);
	ck_ok(change(writer, &admin, "two", &e));
	ck_assert_int_eq(head(db), 1);
	tx_drop(&tx);
	ck_assert_int_eq(head(db), 2);
}
END_TEST

START_TEST(the_same_statement_can_be_read_twice_at_once)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(rows_done) struct rows *a = NULL, *b = NULL;
	char after[24] = "0";
	struct err e;
	bool got;

	for (int i = 0; i < 3; i++)
		ck_ok(change(db, &admin, "x", &e));
	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VTEXT(after), VINT(9)), &a, &e));
	memset(after, 'x', sizeof after); /* arguments are ours again as soon as db_run is back */
	ck_ok(rows_next(a, &got, &e));
	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(1), VINT(9)), &b, &e));
	ck_ok(rows_next(b, &got, &e));
	ck_assert_int_eq(rows_num(a, 0), 1);
	ck_assert_int_eq(rows_num(b, 0), 2);
	ck_ok(rows_next(a, &got, &e));
	ck_assert(got);
	ck_assert_int_eq(rows_num(a, 0), 2);
	ck_assert_int_eq(rows_num(b, 0), 2);
	ck_ok(rows_next(a, &got, &e));
	ck_ok(rows_next(a, &got, &e));
	ck_assert(!got);
}
END_TEST

START_TEST(a_waiting_writer_is_told_that_the_store_is_busy)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *one = open_store(fresh_store_dsn(_i, dsn)), *two = open_store(dsn);
	struct err e;
	TX(first);
	TX(second);

	ck_ok(tx_begin(&first, one, true, &e));
	ck_assert_int_eq(tx_begin(&second, two, true, &e), ERR_BUSY);
	ck_ok(tx_keep(&first, &e));
	ck_ok(tx_begin(&second, two, true, &e));
	ck_ok(tx_keep(&second, &e));
}
END_TEST

struct writer {
	const char *dsn;
	int changes;
	int made;
};

static void *write_many(void *ctx)
{
	struct writer *w = ctx;
	struct db *db = NULL;
	struct err e;

	if (db_connect(w->dsn, false, &db, &e))
		return NULL;
	for (int i = 0; i < w->changes; i++)
		w->made += change(db, &admin, "many", &e) == OK;
	db_close(db);
	return NULL;
}

START_TEST(writers_at_once_leave_no_gap_in_revisions_and_chain)
{
	enum { WRITERS = 4, CHANGES = 40 };
	char dsn[STORE_DSN_MAX], hash[65];
	OWN(db_close) struct db *db = open_store(fresh_store_dsn(_i, dsn));
	struct writer w[WRITERS];
	pthread_t thread[WRITERS];
	int64_t rows, bad;
	struct err e;

	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ dsn, CHANGES, 0 };
		ck_assert_int_eq(pthread_create(&thread[i], NULL, write_many, &w[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_int_eq(w[i].made, CHANGES);
	}
	ck_assert_int_eq(head(db), WRITERS * CHANGES);
	ck_ok(audit_verify(db, &rows, &bad, hash, &e));
	ck_assert_int_eq(rows, WRITERS * CHANGES);
	ck_assert_int_eq(bad, 0);
}
END_TEST

START_TEST(a_value_over_the_ceiling_is_refused_and_one_at_it_is_kept)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(mem_free) char *big = mem_alloc(DB_TEXT_MAX + 128 * KIB);
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;
	TX(tx);

	memset(big, 'x', DB_TEXT_MAX + 128 * KIB - 1);
	big[DB_TEXT_MAX + 128 * KIB - 1] = '\0';
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_assert_int_eq(meta_put(db, "big", big, &e), ERR_TOO_LARGE);
	tx_drop(&tx);
	big[DB_TEXT_MAX] = '\0';
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(meta_put(db, "big", big, &e));
	ck_ok(db_run(db, SQL_META_GET, ARGS(VTEXT("big")), &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert_uint_eq(strlen(rows_text(r, 0)), DB_TEXT_MAX);
	rows_done(MOVE(r));
}
END_TEST

START_TEST(revisions_count_up_and_their_times_never_go_back)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	const int64_t times[] = { 1000, 2000, 1500, 2000, 3000 }; /* the clock was set back at the third */
	const struct {
		int64_t at, rev;
	} asked[] = { { 0, 0 },    { 999, 0 },  { 1000, 1 }, { 1999, 1 },
		      { 2000, 4 }, { 2999, 4 }, { 3000, 5 }, { INT64_MAX, 5 } };
	struct err e;
	int64_t rev;

	ck_assert_int_eq(head(db), 0);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct actor who = { "w", "", times[i] };

		ck_ok(change(db, &who, "x", &e));
		ck_assert_int_eq(head(db), (int64_t)i + 1);
	}
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		ck_ok(ledger_at(db, asked[i].at, &rev, &e));
		ck_assert_msg(rev == asked[i].rev, "at %" PRId64 " gives %" PRId64, asked[i].at, rev);
	}
}
END_TEST

START_TEST(any_fault_leaves_the_store_as_it_was)
{
	int n = 0;

	for (;; n++) {
		struct db *real = fresh_store(_i), *db;
		char hash[65];
		int64_t rows, bad;
		struct err e;
		int rc;

		ck_ok(change(real, &admin, "before", &e));
		db = db_fault_wrap(real, n);
		rc = change(db, &admin, "tried", &e);
		ck_assert_int_eq(rc, db_fault_hit(db) ? ERR_DISK : OK);
		ck_assert_int_eq(head(real), rc ? 1 : 2);
		ck_ok(audit_verify(real, &rows, &bad, hash, &e));
		ck_assert_int_eq(rows, rc ? 1 : 2);
		ck_assert_int_eq(bad, 0);
		db_close(db);
		if (!rc)
			break;
	}
	/* begin, head, next, revision, last, next, the reads of the digest, audit, commit */
	ck_assert_int_ge(n, 9);
}
END_TEST

START_TEST(the_audit_hash_is_the_one_of_the_documented_form)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	const struct actor who = { "secas", "letter 7", 1700000000000 };
	char hash[65], seen[65];
	int64_t rows, bad;
	struct err e;
	TX(tx);

	/* printf '1:1,13:1700000000000,5:secas,8:letter 7,6:import,9:cpl/2.051,-,2:{},-,64:%064d,' 0 |
	 * sha256sum */
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(audit_add(db, &who, "import", "cpl/2.051", NULL, "{}", 0, hash, &e));
	ck_assert_str_eq(hash, "2E0A103DFEA73DC9A55EC30016D261CAF972517E79EAE5CD910ED12B12AFD178");
	ck_ok(audit_verify(db, &rows, &bad, seen, &e));
	ck_assert_str_eq(seen, hash);
	ck_ok(tx_keep(&tx, &e));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("store");
	TCase *tc = tcase_create("driver");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_kept_transaction_stays_and_an_unkept_one_leaves_no_trace, 0, STORES);
	tcase_add_loop_test(tc, a_connection_that_closes_in_a_transaction_rolls_it_back, 0, STORES);
	tcase_add_loop_test(tc, values_come_back_as_they_were_put, 0, STORES);
	tcase_add_loop_test(tc, null_is_neither_zero_nor_empty, 0, STORES);
	tcase_add_loop_test(tc, changed_counts_the_rows_written, 0, STORES);
	tcase_add_loop_test(tc, a_broken_constraint_is_a_conflict_that_names_the_statement, 0, STORES);
	tcase_add_loop_test(tc, a_transaction_with_a_failed_statement_cannot_be_kept_half, 0, STORES);
	tcase_add_loop_test(tc, writing_outside_a_write_transaction_is_refused, 0, STORES);
	tcase_add_loop_test(tc, T22_a_read_only_connection_cannot_write, 0, STORES);
	tcase_add_test(tc, T22_a_connection_of_sqlite_can_do_little_else);
	tcase_add_loop_test(tc, a_read_only_connection_works_when_nobody_else_has_the_store_open, 0, STORES);
	tcase_add_loop_test(tc, a_read_transaction_sees_one_state, 0, STORES);
	tcase_add_loop_test(tc, the_same_statement_can_be_read_twice_at_once, 0, STORES);
	tcase_add_loop_test(tc, a_waiting_writer_is_told_that_the_store_is_busy, 0, STORES);
	tcase_add_loop_test(tc, writers_at_once_leave_no_gap_in_revisions_and_chain, 0, STORES);
	tcase_add_loop_test(tc, a_value_over_the_ceiling_is_refused_and_one_at_it_is_kept, 0, STORES);
	suite_add_tcase(s, tc);
	tc = tcase_create("ledger");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, revisions_count_up_and_their_times_never_go_back, 0, STORES);
	tcase_add_loop_test(tc, any_fault_leaves_the_store_as_it_was, 0, STORES);
	tcase_add_loop_test(tc, the_audit_hash_is_the_one_of_the_documented_form, 0, STORES);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
