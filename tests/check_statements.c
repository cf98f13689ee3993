/* SPDX-License-Identifier: Apache-2.0 */
/* Imports of path statements, floors and blocks, and their way out again. Both engines. */
#include "import_kit.h"

#include <stdlib.h>

#include "core/export.h"
#include "db_fault.h"
#include "store/store_statement.h"

static struct err e;
static struct problems problems;

#define HEAD "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\r\n"
#define GOOD                                                                                                 \
	HEAD "000002,bases,000001,manufacturer,Maker,2026-01-02,2026-02-03,\"From 1, "                       \
	     "please\",https://x/1\r\n"                                                                      \
	     "cpl:000003,bases,2 cpl:000001,secas,SECAS,2026-01-02,,,\r\n"                                   \
	     "000004,any,,supplier,Someone,,,,\r\n"                                                          \
	     "000005,none,,inferred,Someone,,,,\r\n"                                                         \
	     "000003,floor,,manufacturer,Maker,2026-01-02,,,\r\n"                                            \
	     "000004,block,000001 000002,manufacturer,Maker,2026-01-02,,Bricks,https://x/2\r\n"              \
	     "000006,block,,manufacturer,Maker,2026-01-02,,Withdrawn,\r\n"

/* A store with 25 entries: 1-10, 11-20 and 21-25 are models. */
static struct db *catalogue(int engine)
{
	struct db *db = fresh_store(engine);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(text, MIB);

	kit_csv(&text, KIT_VERSION, 25, NULL, 0);
	ck_ok(kit_import(db, &text, false, &r, &e));
	return db;
}

static int64_t statements(struct db *db)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_statement s;
	int64_t n = 0;
	bool got;

	ck_ok(store_statement_list(db, 0, &r, &e));
	while (!store_statement_next(r, &s, &got, &e) && got)
		n++;
	return n;
}

static int64_t head(struct db *db)
{
	int64_t rev;

	ck_ok(ledger_head(db, &rev, &e));
	return rev;
}

static int take(struct db *db, const char *text, struct import_report **ret)
{
	memset(&problems, 0, sizeof problems);
	return kit_statements(db, text, &problems, ret, &e);
}

START_TEST(every_kind_is_taken_and_importing_again_changes_nothing)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(out, MIB);

	ck_ok(take(db, GOOD, &a));
	ck_assert_int_eq(a->state, IMPORT_APPLIED);
	ck_assert_int_eq(a->revision, 2);
	ck_assert_int_eq(a->added, 7);
	ck_assert_int_eq(a->warnings, 0);
	ck_assert_int_eq(statements(db), 7);
	ck_assert_ptr_nonnull(
	    strstr(str_c(&a->json), "\"kinds\":{\"bases\":2,\"none\":1,\"any\":1,\"floor\":1,\"block\":2}"));
	ck_ok(take(db, GOOD, &b));
	ck_assert_int_eq(b->state, IMPORT_UNCHANGED);
	ck_assert_int_eq(import_report_exit(b), 2);
	ck_assert_int_eq(head(db), 2);
	ck_ok(export_statements(db, 0, &out, &e));
	ck_assert_str_eq(
	    str_c(&out), HEAD
	    "000002,bases,000001,manufacturer,Maker,2026-01-02,2026-02-03,\"From 1, please\",https://x/1\r\n"
	    "000003,bases,000002 000001,secas,SECAS,2026-01-02,,,\r\n"
	    "000003,floor,,manufacturer,Maker,2026-01-02,,,\r\n"
	    "000004,any,,supplier,Someone,,,,\r\n"
	    "000004,block,000001 000002,manufacturer,Maker,2026-01-02,,Bricks,https://x/2\r\n"
	    "000005,none,,inferred,Someone,,,,\r\n"
	    "000006,block,,manufacturer,Maker,2026-01-02,,Withdrawn,\r\n");
	import_report_free(MOVE(b));
	ck_ok(take(db, str_c(&out), &b)); /* and round again */
	ck_assert_int_eq(b->state, IMPORT_UNCHANGED);
}
END_TEST

START_TEST(ndjson_says_the_same_as_csv)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;

	ck_ok(take(db, GOOD, &a));
	ck_ok(take(
	    db,
	    "\xef\xbb\xbf\n{\"entry\":\"000002\",\"kind\":\"bases\",\"bases\":\"000001\",\"source\":"
	    "\"manufacturer\","
	    "\"author\":\"Maker\",\"stated_on\":\"2026-01-02\",\"confirmed_on\":\"2026-02-03\","
	    "\"excerpt\":\"From 1, please\",\"reference\":\"https://x/1\"}\r\n"
	    "\n{\"entry\":\"3\",\"kind\":\"bases\",\"bases\":[\"000002\",\"000001\"],\"source\":\"secas\","
	    "\"author\":\"SECAS\",\"stated_on\":\"2026-01-02\",\"excerpt\":null}",
	    &b));
	ck_assert_int_eq(b->state, IMPORT_UNCHANGED);
	ck_assert_int_eq(b->rows, 2);
}
END_TEST

START_TEST(columns_may_come_in_any_order_and_optional_ones_may_be_missing)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *a = NULL;

	ck_ok(take(db, "author,source,kind,bases,entry\nMaker,secas,bases,000001,000002\n", &a));
	ck_assert_int_eq(a->added, 1);
}
END_TEST

START_TEST(the_newest_statement_replaces_and_the_old_one_stays_in_the_history)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	OWN(rows_done) struct rows *r = NULL;
	struct store_statement s;
	bool got;
	int n = 0;

	ck_ok(take(db, GOOD, &a));
	ck_ok(take(
	    db,
	    HEAD "000002,any,,secas,SECAS,,,,\n"                    /* another kind of path */
		 "000003,floor,,manufacturer,Maker,2026-01-03,,,\n" /* a floor stated anew */
		 "000004,block,000002 000001,manufacturer,Maker,2026-01-02,,Bricks,https://x/2\n" /* order */
		 "000004,block,000003,manufacturer,Maker,2026-01-02,,Bricks,\n", /* another block */
	    &b));
	ck_assert_int_eq(b->state, IMPORT_APPLIED);
	ck_assert_int_eq(b->edited, 3);
	ck_assert_int_eq(b->added, 1);
	ck_assert_int_eq(statements(db), 8);
	ck_ok(store_statement_list(db, 2, &r, &e));
	while (!store_statement_next(r, &s, &got, &e) && got)
		n++;
	ck_assert_int_eq(n, 7); /* as at the revision before */
}
END_TEST

START_TEST(of_two_lines_about_one_path_the_later_counts_and_a_warning_says_so)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *a = NULL;
	STR(out, MIB);

	ck_ok(take(db,
		   HEAD "000002,any,,secas,SECAS,,,,\n"
			"000003,floor,,secas,SECAS,,,,\n"
			"000002,bases,000003,secas,SECAS,,,,\n",
		   &a));
	ck_assert_int_eq(a->added, 2);
	ck_assert_int_eq(a->warnings, 2);
	ck_assert_ptr_nonnull(strstr(str_c(&a->json), "{\"line\":2,\"code\":\"overruled\""));
	ck_assert_ptr_nonnull(strstr(str_c(&a->json), "{\"line\":4,\"code\":\"downgrade\""));
	ck_ok(export_statements(db, 0, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "000002,bases,000003,"));
	ck_assert_ptr_null(strstr(str_c(&out), ",any,"));
}
END_TEST

START_TEST(all_errors_come_at_once_with_line_and_column_and_nothing_is_written)
{
	static const struct {
		const char *row, *where, *words;
		unsigned column;
	} bad[] = {
		{ ",any,,secas,A,,,,", "entry", "empty", 1 },
		{ "999999,any,,secas,A,,,,", "entry", "no entry cpl:999999", 1 },
		{ "x,any,,secas,A,,,,", "entry", "", 1 },
		{ "1234:00000102:01000000,any,,secas,A,,,,", "entry", "Entry ID", 1 },
		{ "bb:00000000-0000-0000-0000-000000000000@1,any,,secas,A,,,,", "entry", "no entry bb:", 1 },
		{ "000002,base,,secas,A,,,,", "kind", "did you mean 'bases'", 2 },
		{ "000002,,,secas,A,,,,", "kind", "is no kind", 2 },
		{ "000002,bases,,secas,A,,,,", "bases", "at least one base", 3 },
		{ "000002,any,000001,secas,A,,,,", "bases", "has no bases", 3 },
		{ "000002,floor,000001,secas,A,,,,", "bases", "has no bases", 3 },
		{ "000002,bases,000002,secas,A,,,,", "bases", "its own base", 3 },
		{ "000002,bases,000011,secas,A,,,,", "bases", "another model", 3 },
		{ "000002,bases,000001 1,secas,A,,,,", "bases", "twice", 3 },
		{ "000002,bases,000099,secas,A,,,,", "bases", "no entry cpl:000099", 3 },
		{ "000002,block,000011,secas,A,,,,", "bases", "another model", 3 },
		{ "000002,any,,me,A,,,,", "source", "is no source", 4 },
		{ "000002,any,,,A,,,,", "source", "is no source", 4 },
		{ "000002,any,,secas,,,,,", "author", "empty", 5 },
		{ "000002,any,,secas,A\x01,,,,", "author", "control character", 5 },
		{ "000002,any,,secas,A,01/02/2026,,,", "stated_on", "2023-06-01", 6 },
		{ "000002,any,,secas,A,2026-02-30,,,", "stated_on", "is not a date", 6 },
		{ "000002,any,,secas,A,2026-11-23,,,", "stated_on", "in the future", 6 },
		{ "000002,any,,secas,A,,soon,,", "confirmed_on", "is not a date", 7 },
		{ "000002,any,,secas,A", "", "5 columns", 6 },
		{ "000002,any,,secas,A,,,,,", "", "10 columns", 10 },
	};
	const size_t n = sizeof bad / sizeof *bad;
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(all, MIB);

	for (size_t i = 0; i < n; i++) {
		STR(one, 64 * KIB);

		str_addf(&one, HEAD "000002,any,,secas,A,,,,\r\n%s\r\n", bad[i].row);
		ck_assert_msg(take(db, str_c(&one), &r) == ERR_IMPORT, "%s", bad[i].row);
		ck_assert_msg(problems.total == 1, "%s: %zu errors", bad[i].row, problems.total);
		ck_assert_int_eq(e.line, 3);
		ck_assert_msg(e.col == bad[i].column, "%s: column %d", bad[i].row, (int)e.col);
		ck_assert_str_eq(e.where, bad[i].where);
		ck_assert_msg(strstr(e.msg, bad[i].words) != NULL, "%s: %s", bad[i].row, e.msg);
	}
	str_add(&all, HEAD);
	for (size_t i = 0; i < n; i++)
		str_addf(&all, "%s\r\n", bad[i].row);
	ck_assert_int_eq(take(db, str_c(&all), &r), ERR_IMPORT);
	ck_assert_uint_eq(problems.total, n);
	ck_assert_ptr_nonnull(strstr(e.msg, "the first of 25 errors"));
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(problems.v[i].line, (int64_t)i + 2);
		ck_assert_int_eq(problems.v[i].col, bad[i].column);
	}
	ck_assert_ptr_null(r);
	ck_assert_int_eq(head(db), 1);
	ck_assert_int_eq(statements(db), 0);
}
END_TEST

START_TEST(errors_past_the_hundredth_are_counted)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(text, MIB);

	str_add(&text, HEAD);
	for (int i = 0; i < 250; i++)
		str_add(&text, "999999,any,,secas,A,,,,\n");
	ck_assert_int_eq(take(db, str_c(&text), &r), ERR_IMPORT);
	ck_assert_uint_eq(problems.n, 100);
	ck_assert_uint_eq(problems.total, 250);
}
END_TEST

START_TEST(bad_headers_and_bad_json_name_their_place)
{
	static const struct {
		const char *text, *where, *words;
		int64_t line, col;
	} bad[] = {
		{ "", "", "empty", 1, 1 },
		{ "\r\n\r\n", "", "empty", 1, 1 },
		{ "entry,kind,bases,source,autor\n", "", "did you mean 'author'", 1, 5 },
		{ "entry,kind,entry,source,author\n", "", "twice", 1, 3 },
		{ "entry,kind,bases,source\n", "", "'author' is missing", 1, 5 },
		{ HEAD, "", "no statements", 0, 0 },
		{ HEAD "000002,any,,secas,\"A,,,,\r\n", "", "quote", 2, 5 },
		{ HEAD "000002,an\"y,,secas,A,,,,\r\n", "", "quotes are wrong", 2, 2 },
		{ HEAD "000002,any,,secas,A,,,\xff,\r\n", "", "UTF-8", 2, 8 },
		{ "{\"entry\":\"000002\",\"kind\":\"any\",\"source\":\"secas\"}", "author", "empty", 1, 0 },
		{ "{\"entry\":\"000002\",\"entry\":\"000003\"}", "", "", 1, 19 },
		{ "{}\n[]", "entry", "empty", 1, 0 },
		{ "{\"enty\":\"000002\"}", "", "did you mean 'entry'", 1, 0 },
		{ "{\"entry\":2}", "entry", "must be a string", 1, 0 },
		{ "{\"bases\":[1]}", "bases", "must hold strings", 1, 0 },
		{ "{\"entry\":\"000002\"", "", "", 1, 18 },
	};
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *r = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int rc = take(db, bad[i].text, &r);

		ck_assert_msg(rc == ERR_IMPORT || rc == ERR_JSON, "%s: %d", bad[i].text, rc);
		ck_assert_msg(strstr(e.msg, bad[i].words) != NULL, "%s: %s", bad[i].text, e.msg);
		ck_assert_msg(e.line == bad[i].line, "%s: line %d", bad[i].text, (int)e.line);
		ck_assert_msg(e.col == bad[i].col, "%s: column %d", bad[i].text, (int)e.col);
		ck_assert_str_eq(e.where, bad[i].where);
		ck_assert_uint_ge(problems.total, 1);
	}
	ck_assert_int_eq(head(db), 1);
}
END_TEST

START_TEST(a_spreadsheet_is_not_a_statements_file)
{
	OWN(db_close) struct db *db = catalogue(_i);
	OWN(import_report_free) struct import_report *r = NULL;

	ck_assert_int_eq(take(db, "PK\3\4....", &r), ERR_IMPORT);
	ck_assert_ptr_nonnull(strstr(e.msg, "not from a spreadsheet"));
}
END_TEST

START_TEST(t19_formulas_leave_guarded_and_come_back_as_they_were)
{
	static const struct {
		const char *in, *out;
	} evil[] = { { "=1+1", "'=1+1" },         { "+1", "'+1" },   { "-1", "'-1" },
		     { "@SUM(A1)", "'@SUM(A1)" }, { "\t=1", "'=1" }, { "'=1", "'=1" },
		     { "'quoted'", "'quoted'" },  { "a=b", "a=b" },  { "-", "'-" },
		     { "''=1", "''=1" } };
	OWN(db_close) struct db *db = catalogue(_i);

	for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
		OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
		STR(line, KIB);
		STR(out, MIB);
		char want[64];

		/* JSON has no formulas: this is how the value gets in as it is. */
		str_add(&line, "{\"entry\":\"000002\",\"kind\":\"any\",\"source\":\"secas\",\"author\":\"A\","
			       "\"reference\":\"");
		json_escape(&line, evil[i].in, strlen(evil[i].in));
		str_add(&line, "\"}");
		ck_ok(take(db, str_c(&line), &a));
		ck_ok(export_statements(db, 0, &out, &e));
		snprintf(want, sizeof want, ",A,,,,%s\r\n", evil[i].out);
		ck_assert_msg(strstr(str_c(&out), want) != NULL, "%s: %s", evil[i].in, str_c(&out));
		/* No field of the export begins like a formula. */
		for (const char *s = str_c(&out); *s; s++)
			ck_assert(!((s[0] == ',' || s[0] == '\n') && s[1] && strchr("=+-@\t", s[1])));
		ck_ok(take(db, str_c(&out), &b));
		ck_assert_msg(b->state == IMPORT_UNCHANGED, "%s", evil[i].in);
	}
}
END_TEST

START_TEST(any_fault_leaves_the_statements_as_they_were)
{
	for (int n = 0;; n++) {
		struct db *real = catalogue(_i), *db;
		OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
		int rc;

		ck_ok(take(real, HEAD "000002,any,,secas,SECAS,,,,\n", &a));
		db = db_fault_wrap(real, n);
		rc = take(db, GOOD, &b);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_assert_int_eq(statements(real), rc ? 1 : 7);
		ck_assert_int_eq(head(real), rc ? 2 : 3);
		db_close(db);
		if (!rc)
			break;
		ck_assert_int_lt(n, 500);
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = { every_kind_is_taken_and_importing_again_changes_nothing,
				 ndjson_says_the_same_as_csv,
				 columns_may_come_in_any_order_and_optional_ones_may_be_missing,
				 the_newest_statement_replaces_and_the_old_one_stays_in_the_history,
				 of_two_lines_about_one_path_the_later_counts_and_a_warning_says_so,
				 all_errors_come_at_once_with_line_and_column_and_nothing_is_written,
				 errors_past_the_hundredth_are_counted,
				 bad_headers_and_bad_json_name_their_place,
				 a_spreadsheet_is_not_a_statements_file,
				 t19_formulas_leave_guarded_and_come_back_as_they_were,
				 any_fault_leaves_the_statements_as_they_were };
	Suite *s = suite_create("statements");
	TCase *tc = tcase_create("statements");

	tcase_set_timeout(tc, 300);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_loop_test(tc, tests[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}
