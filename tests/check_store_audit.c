/* SPDX-License-Identifier: Apache-2.0 */
/* T37, G11: every change of the audit chain behind firpath's back is found. */
#include "stores.h"

#include <inttypes.h>

#include "base/str.h"
#include "store/store_ledger.h"

#define NOW INT64_C(1795165200000) /* 2026-11-20T09:00:00Z */

enum { ROWS = 4, COLUMNS = 11 };
static const char *const columns[COLUMNS] = { "seq",    "at",    "who",      "why",       "action", "subject",
					      "before", "after", "revision", "prev_hash", "hash" };

struct seen {
	int64_t rows, bad;
	char head[65];
};

static struct seen verify(struct db *db)
{
	struct seen s = { -1, -1, "" };
	struct err e;

	ck_ok(audit_verify(db, &s.rows, &s.bad, s.head, &e));
	return s;
}

/* A chain with every kind of content: NULL and not, empty, long, multi-byte. */
static struct db *chain(int engine, struct seen *ret)
{
	struct db *db = fresh_store(engine);
	char long_text[300];
	struct err e;
	TX(tx);

	memset(long_text, 'z', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	ck_ok(tx_begin(&tx, db, true, &e));
	for (int i = 0; i < ROWS; i++) {
		const struct actor who = { i % 2 ? "import" : "cli:admin", i % 2 ? "" : "\xc2\xa3 7 letter",
					   1000 + i };

		ck_ok(audit_add(db, &who, "import-cpl", "cpl/2.051", i % 2 ? NULL : "",
				i == 3   ? NULL
				: i == 2 ? long_text
					 : "{\"a\":1}",
				i, NULL, &e));
	}
	ck_ok(tx_keep(&tx, &e));
	*ret = verify(db);
	ck_assert_int_eq(ret->rows, ROWS);
	ck_assert_int_eq(ret->bad, 0);
	return db;
}

/* What the chain says after this was done to it; then it is undone. */
static struct seen after(struct db *db, const char *sql)
{
	struct seen s;
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(db->ops->script(db, sql, &e));
	s = verify(db);
	tx_drop(&tx);
	return s;
}

/* The value of a column as text, hex-encoded by us so that no quoting is needed; false = NULL. */
static bool value_of(struct db *db, int64_t seq, int col, struct str *out)
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;

	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(seq - 1), VINT(1)), &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert(got);
	if (rows_null(r, col))
		return false;
	str_add(out, rows_text(r, col));
	return true;
}

/* A statement that puts `value` there; the values of these tests hold no quote. */
static void put_value(struct str *sql, int64_t seq, int col, const char *value)
{
	str_clear(sql);
	str_addf(sql, "UPDATE audit SET %s = '%s' WHERE seq = %" PRId64, columns[col], value, seq);
}

START_TEST(T37_every_changed_byte_of_every_column_is_found)
{
	struct seen was;
	OWN(db_close) struct db *db = chain(_i, &was);
	STR(value, 4 * KIB);
	STR(sql, 8 * KIB);
	int tried = 0;

	for (int64_t seq = 1; seq <= ROWS; seq++) {
		for (int col = 0; col < COLUMNS; col++) {
			str_clear(&value);
			if (!value_of(db, seq, col, &value))
				continue;
			for (size_t i = 0; i < value.len; i++) {
				char *c = &value.p[i], kept = *c;
				struct seen s;

				if (*c & 0x80)
					continue; /* half a character is no text */
				*c = kept == '7' ? '8' : '7';
				put_value(&sql, seq, col, value.p);
				*c = kept;
				s = after(db, str_c(&sql));
				/* A row that has become number 7 is missing where it was. */
				ck_assert_msg(s.bad == seq, "%s: bad %" PRId64, str_c(&sql), s.bad);
				tried++;
			}
		}
	}
	ck_assert_int_gt(tried, ROWS * 160);
	ck_assert_str_eq(verify(db).head, was.head);
}
END_TEST

START_TEST(T37_bits_of_a_byte_and_lengths_count)
{
	struct seen was;
	OWN(db_close) struct db *db = chain(_i, &was);
	STR(sql, 8 * KIB);

	for (int col = 2; col < 6; col++) {
		STR(value, 4 * KIB);

		ck_assert(value_of(db, 1, col, &value));
		for (int bit = 0; bit < 7; bit++) {
			char *c = &value.p[value.len - 1], kept = *c;

			*c = (char)(*c ^ (1 << bit));
			if (*c >= ' ' && *c != '\'') {
				put_value(&sql, 1, col, value.p);
				ck_assert_int_eq(after(db, str_c(&sql)).bad, 1);
			}
			*c = kept;
		}
		str_addc(&value, ' ');
		put_value(&sql, 1, col, value.p);
		ck_assert_int_eq(after(db, str_c(&sql)).bad, 1);
		value.p[value.len - 2] = '\0';
		put_value(&sql, 1, col, value.p);
		ck_assert_int_eq(after(db, str_c(&sql)).bad, 1);
	}
}
END_TEST

START_TEST(T37_rows_moved_cut_or_slipped_in_are_found)
{
	static const struct {
		const char *sql;
		int64_t bad;
	} cases[] = {
		/* NULL is neither empty nor zero */
		{ "UPDATE audit SET before = NULL WHERE seq = 1", 1 },
		{ "UPDATE audit SET before = '' WHERE seq = 2", 2 },
		{ "UPDATE audit SET after = '' WHERE seq = 4", 4 },
		{ "UPDATE audit SET revision = 0 WHERE seq = 1", 1 },
		{ "UPDATE audit SET revision = NULL WHERE seq = 2", 2 },
		/* the border between two columns */
		{ "UPDATE audit SET action = 'import-cplc', subject = 'pl/2.051' WHERE seq = 1", 1 },
		{ "UPDATE audit SET who = '', why = 'import' WHERE seq = 2", 2 },
		/* swapped rows, whole and without their numbers */
		{ "UPDATE audit SET seq = seq + 100 WHERE seq IN (2, 3);"
		  "UPDATE audit SET seq = 3 WHERE seq = 102; UPDATE audit SET seq = 2 WHERE seq = 103",
		  2 },
		{ "UPDATE audit SET at = 2003 - at WHERE seq IN (2, 3)", 2 },
		/* a missing row */
		{ "DELETE FROM audit WHERE seq = 1", 1 },
		{ "DELETE FROM audit WHERE seq = 3", 3 },
		{ "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4", 3 },
		/* one too many */
		{ "INSERT INTO audit (seq, at, who, why, action, subject, prev_hash, hash) SELECT 0, at, "
		  "who, why, action, "
		  "subject, prev_hash, hash FROM audit WHERE seq = 1",
		  1 },
		{ "INSERT INTO audit (seq, at, who, why, action, subject, before, after, revision, "
		  "prev_hash, hash) SELECT "
		  "5, at, who, why, action, subject, before, after, revision, prev_hash, hash FROM audit "
		  "WHERE seq = 4",
		  5 },
		{ "INSERT INTO audit (seq, at, who, why, action, subject, prev_hash, hash) SELECT -7, at, "
		  "who, why, action, "
		  "subject, prev_hash, hash FROM audit WHERE seq = 1",
		  1 },
	};
	struct seen was;
	OWN(db_close) struct db *db = chain(_i, &was);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct seen s = after(db, cases[i].sql);

		ck_assert_msg(s.bad == cases[i].bad, "%s: bad %" PRId64, cases[i].sql, s.bad);
	}
}
END_TEST

START_TEST(T37_a_cut_or_rolled_back_chain_has_another_head)
{
	static const char *const cuts[] = { "DELETE FROM audit WHERE seq = 4",
					    "DELETE FROM audit WHERE seq > 1", "DELETE FROM audit" };
	struct seen was, s;
	OWN(db_close) struct db *db = chain(_i, &was);

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		s = after(db, cuts[i]);
		/* It is a good chain: only who has kept the head outside the store sees what is gone. */
		ck_assert_int_eq(s.bad, 0);
		ck_assert_int_lt(s.rows, ROWS);
		ck_assert_str_ne(s.head, was.head);
	}
	ck_assert_str_eq(s.head, "0000000000000000000000000000000000000000000000000000000000000000");
}
END_TEST

START_TEST(a_chain_longer_than_one_reading_is_walked_to_its_end)
{
	enum { LONG = 4003 }; /* two pages and a bit */
	const struct actor who = { "w", "", 1 };
	OWN(db_close) struct db *db = fresh_store(_i);
	char head[65];
	struct seen s;
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	for (int i = 0; i < LONG; i++) {
		ck_ok(audit_add(db, &who, "a", "s", NULL, NULL, 0, head, &e));
		if (i + 1 == 2000 || i + 1 == 4000)
			ck_assert_int_eq(verify(db).rows, i + 1); /* exactly full pages */
	}
	ck_ok(tx_keep(&tx, &e));
	s = verify(db);
	ck_assert_int_eq(s.rows, LONG);
	ck_assert_str_eq(s.head, head);
	ck_assert_int_eq(after(db, "UPDATE audit SET why = 'x' WHERE seq = 4002").bad, 4002);
	ck_assert_int_eq(after(db, "UPDATE audit SET why = 'x' WHERE seq = 2000").bad, 2000);
	ck_assert_int_eq(after(db, "UPDATE audit SET why = 'x' WHERE seq = 2001").bad, 2001);
}
END_TEST

START_TEST(T38_a_clock_before_the_newest_row_is_refused_beyond_five_minutes)
{
	const struct actor who = { "w", "", NOW };
	OWN(db_close) struct db *db = fresh_store(_i);
	struct err e;
	TX(tx);

	ck_ok(ledger_clock_check(db, 0, &e)); /* nothing was written yet */
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(audit_add(db, &who, "a", "s", NULL, NULL, 0, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
	ck_ok(ledger_clock_check(db, NOW + 10 * INT64_C(31536000000), &e));
	ck_ok(ledger_clock_check(db, NOW - CLOCK_BACK_MS, &e));
	ck_refused(ledger_clock_check(db, NOW - CLOCK_BACK_MS - 1, &e), ERR_CLOCK,
		   "the clock says 2026-11-20T08:54:59.999Z, but audit row 1 was written at "
		   "2026-11-20T09:00:00Z");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("store_audit");
	TCase *tc = tcase_create("audit");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, T37_every_changed_byte_of_every_column_is_found, 0, STORES);
	tcase_add_loop_test(tc, T37_bits_of_a_byte_and_lengths_count, 0, STORES);
	tcase_add_loop_test(tc, T37_rows_moved_cut_or_slipped_in_are_found, 0, STORES);
	tcase_add_loop_test(tc, T37_a_cut_or_rolled_back_chain_has_another_head, 0, STORES);
	tcase_add_loop_test(tc, T38_a_clock_before_the_newest_row_is_refused_beyond_five_minutes, 0, STORES);
	tcase_add_loop_test(tc, a_chain_longer_than_one_reading_is_walked_to_its_end, 0, STORES);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
