/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every statement of sql/query on every engine: it prepares, gives what it says, writes only when it says so,
 * and on SQLite neither reads a whole table nor sorts without an index unless it is marked :scan.
 */
#include "stores.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/sql.h"
#ifdef WITH_POSTGRESQL
#include <libpq-fe.h>
#endif

static sqlite3 *raw_sqlite(void)
{
	char dsn[STORE_DSN_MAX];
	sqlite3 *h = NULL;

	ck_assert_int_eq(sqlite3_open(fresh_store_dsn(STORE_SQLITE, dsn), &h), SQLITE_OK);
	/* The register has statements of its own; its chain is as the main store's. */
	ck_assert_int_eq(sqlite3_exec(h, restricted_steps[1].text[SQL_DIALECT_SQLITE], NULL, NULL, NULL),
			 SQLITE_OK);
	return h;
}

static sqlite3_stmt *prepared(sqlite3 *h, const char *name, const char *text)
{
	sqlite3_stmt *st = NULL;
	const char *tail = NULL;

	ck_assert_msg(sqlite3_prepare_v2(h, text, -1, &st, &tail) == SQLITE_OK, "%s: %s", name,
		      sqlite3_errmsg(h));
	ck_assert_msg(tail && !*tail, "%s: text after the statement: %s", name, tail);
	return st;
}

START_TEST(every_statement_prepares_on_sqlite_and_is_what_it_says)
{
	sqlite3 *h = raw_sqlite();
	char number[16];

	for (int q = 0; q < SQL_MAX; q++) {
		const struct sql_text *t = &sql_texts[q];
		sqlite3_stmt *st = prepared(h, t->name, sql_text_of(q, SQL_DIALECT_SQLITE));

		ck_assert_msg(sqlite3_bind_parameter_count(st) == t->nparams, "%s: parameters", t->name);
		/* The trap: SQLite takes $n for a name and numbers by appearance; ours must agree. */
		for (int i = 1; i <= t->nparams; i++) {
			snprintf(number, sizeof number, "$%d", i);
			ck_assert_msg(!strcmp(sqlite3_bind_parameter_name(st, i), number),
				      "%s: parameter %d is %s", t->name, i,
				      sqlite3_bind_parameter_name(st, i));
		}
		ck_assert_msg((sqlite3_column_count(st) > 0) == (t->gives != SQL_GIVES_NONE),
			      "%s: gives %d columns", t->name, sqlite3_column_count(st));
		ck_assert_msg(!sqlite3_stmt_readonly(st) == t->writes, "%s: writes", t->name);
		sqlite3_finalize(st);
	}
	sqlite3_close(h);
}
END_TEST

/*
 * "SEARCH t" without "USING ..." is MIN or MAX: either of the key, which takes one row from the end of the
 * table, or of something without an index, which reads it all. The program tells: a loop that is left after
 * its first row has a Goto in front of its Next or Prev, and nothing that jumps to it.
 */
static bool loops_over_table(sqlite3 *h, const char *text)
{
	enum { MAX_OPS = 2000 };
	struct {
		bool step, leave;
		int p2;
	} *ops = mem_array(MAX_OPS, sizeof *ops);
	STR(sql, 1 * MIB);
	sqlite3_stmt *st;
	int n = 0;
	bool loops = false;

	str_addf(&sql, "EXPLAIN %s", text);
	st = prepared(h, "EXPLAIN", str_c(&sql));
	for (; n < MAX_OPS && sqlite3_step(st) == SQLITE_ROW; n++) {
		const char *op = (const char *)sqlite3_column_text(st, 1);

		ops[n].leave = !strcmp(op, "Goto");
		ops[n].p2 = sqlite3_column_int(st, 3);
		/* p5 = 1: SQLite itself counts this step as one of a full scan */
		ops[n].step = (!strcmp(op, "Next") || !strcmp(op, "Prev")) && sqlite3_column_int(st, 6) == 1;
	}
	ck_assert_int_lt(n, MAX_OPS);
	sqlite3_finalize(st);
	for (int i = 1; i < n; i++) {
		bool once = ops[i - 1].leave && ops[i - 1].p2 == i + 1;

		for (int j = ops[i].p2; ops[i].step && once && j < i; j++)
			once = ops[j].p2 != i;
		loops = loops || (ops[i].step && !once);
	}
	free(ops);
	return loops;
}

/* Is this line of EXPLAIN QUERY PLAN a whole reading, or a sort without an index? */
static bool is_slow(sqlite3 *h, const char *text, const char *line)
{
	if (!strncmp(line, "SCAN ", 5))
		return !strstr(line, " CONSTANT ROW"); /* of VALUES: no table */
	if (!strncmp(line, "SEARCH ", 7) && !strstr(line, " USING "))
		return loops_over_table(h, text);
	return strstr(line, "USE TEMP B-TREE") != NULL;
}

START_TEST(the_test_itself_tells_slow_from_quick)
{
	static const struct {
		bool slow;
		const char *sql;
	} cases[] = {
		{ false, "SELECT MAX(id) FROM revision" },
		{ false, "SELECT MIN(id) FROM revision" },
		{ false, "SELECT MAX(at) FROM revision" },
		{ false, "SELECT id FROM revision WHERE id = (SELECT MAX(id) FROM revision)" },
		{ false, "SELECT who FROM revision WHERE at < $1 ORDER BY at LIMIT 3" },
		{ false, "SELECT 1" },
		{ true, "SELECT MAX(who) FROM revision" },
		{ true, "SELECT MAX(id) FROM revision WHERE who = $1" },
		{ true, "SELECT who FROM revision" },
		{ true, "SELECT id FROM revision ORDER BY id DESC LIMIT 1" },
		{ true, "SELECT at FROM revision" },
		{ true, "SELECT who FROM revision WHERE id IN ($1, $2) ORDER BY kind" },
		{ true, "SELECT kind, COUNT(*) FROM revision WHERE at > $1 GROUP BY kind" },
	};
	sqlite3 *h = raw_sqlite();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		STR(sql, 1 * KIB);
		bool slow = false;
		sqlite3_stmt *st;

		str_addf(&sql, "EXPLAIN QUERY PLAN %s", cases[i].sql);
		st = prepared(h, "plan", str_c(&sql));
		while (sqlite3_step(st) == SQLITE_ROW)
			slow = is_slow(h, cases[i].sql, (const char *)sqlite3_column_text(st, 3)) || slow;
		sqlite3_finalize(st);
		ck_assert_msg(slow == cases[i].slow, "%s", cases[i].sql);
	}
	sqlite3_close(h);
}
END_TEST

START_TEST(statements_that_scan_or_sort_say_so)
{
	sqlite3 *h = raw_sqlite();
	int bad = 0;

	for (int q = 0; q < SQL_MAX; q++) {
		const struct sql_text *t = &sql_texts[q];
		STR(sql, 1 * MIB);
		STR(slow, 1 * MIB);
		sqlite3_stmt *st;

		str_addf(&sql, "EXPLAIN QUERY PLAN %s", sql_text_of(q, SQL_DIALECT_SQLITE));
		st = prepared(h, t->name, str_c(&sql));
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *line = (const char *)sqlite3_column_text(st, 3);

			if (is_slow(h, sql_text_of(q, SQL_DIALECT_SQLITE), line))
				str_addf(&slow, " [%s]", line);
		}
		sqlite3_finalize(st);
		if ((slow.len > 0) == t->scan)
			continue;
		bad++;
		if (t->scan)
			fprintf(stderr, "%s is marked :scan and need not be\n", t->name);
		else
			fprintf(stderr, "%s: give it an index, or mark it :scan when that is meant:%s\n",
				t->name, str_c(&slow));
	}
	sqlite3_close(h);
	ck_assert_int_eq(bad, 0);
}
END_TEST

#ifdef WITH_POSTGRESQL
START_TEST(every_statement_prepares_on_postgresql_and_is_what_it_says)
{
	char dsn[STORE_DSN_MAX];
	PGconn *c = PQconnectdb(fresh_store_dsn(STORE_PG, dsn));
	int bad = 0;

	ck_assert_int_eq(PQstatus(c), CONNECTION_OK);
	PQclear(PQexec(c, restricted_steps[1].text[SQL_DIALECT_PG]));
	for (int q = 0; q < SQL_MAX; q++) {
		const struct sql_text *t = &sql_texts[q];
		PGresult *made = PQprepare(c, t->name, sql_text_of(q, SQL_DIALECT_PG), 0, NULL);
		PGresult *is = PQdescribePrepared(c, t->name);

		if (PQresultStatus(made) != PGRES_COMMAND_OK) {
			fprintf(stderr, "%s: %s", t->name, PQresultErrorMessage(made));
			bad++;
		} else if (PQnparams(is) != t->nparams ||
			   (PQnfields(is) > 0) != (t->gives != SQL_GIVES_NONE)) {
			fprintf(stderr, "%s: %d parameters, %d columns\n", t->name, PQnparams(is),
				PQnfields(is));
			bad++;
		}
		PQclear(made);
		PQclear(is);
	}
	PQfinish(c);
	ck_assert_int_eq(bad, 0);
}
END_TEST

/* Both engines give the same columns in the same order, also where PostgreSQL has its own text. */
START_TEST(both_engines_give_as_many_columns)
{
	char dsn[STORE_DSN_MAX];
	PGconn *c = PQconnectdb(fresh_store_dsn(STORE_PG, dsn));
	sqlite3 *h = raw_sqlite();

	PQclear(PQexec(c, restricted_steps[1].text[SQL_DIALECT_PG]));
	for (int q = 0; q < SQL_MAX; q++) {
		const struct sql_text *t = &sql_texts[q];
		sqlite3_stmt *st = prepared(h, t->name, sql_text_of(q, SQL_DIALECT_SQLITE));
		PGresult *made = PQprepare(c, t->name, sql_text_of(q, SQL_DIALECT_PG), 0, NULL);
		PGresult *is = PQdescribePrepared(c, t->name);

		ck_assert_msg(PQnfields(is) == sqlite3_column_count(st), "%s: %d and %d columns", t->name,
			      sqlite3_column_count(st), PQnfields(is));
		sqlite3_finalize(st);
		PQclear(made);
		PQclear(is);
	}
	sqlite3_close(h);
	PQfinish(c);
}
END_TEST
#endif

START_TEST(every_table_is_strict)
{
	sqlite3 *h = raw_sqlite();
	sqlite3_stmt *st = prepared(h, "tables",
				    "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND "
				    "type = 'table' AND name NOT GLOB 'sqlite_*'");
	int n = 0;

	for (; sqlite3_step(st) == SQLITE_ROW; n++)
		ck_assert_msg(sqlite3_column_int(st, 1) == 1, "%s is not STRICT", sqlite3_column_text(st, 0));
	ck_assert_int_gt(n, 8);
	sqlite3_finalize(st);
	sqlite3_close(h);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("store_sql");
	TCase *tc = tcase_create("statements");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_statement_prepares_on_sqlite_and_is_what_it_says);
	tcase_add_test(tc, the_test_itself_tells_slow_from_quick);
	tcase_add_test(tc, statements_that_scan_or_sort_say_so);
	tcase_add_test(tc, every_table_is_strict);
#ifdef WITH_POSTGRESQL
	tcase_add_test(tc, every_statement_prepares_on_postgresql_and_is_what_it_says);
	tcase_add_test(tc, both_engines_give_as_many_columns);
#endif
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
