/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the Central Products List: lenient reading, comparison, versions and dates. */
#include "testing.h"

#include "base/parse.h"
#include "model/cpl_diff.h"

static struct err e;

#define HASH "137ED5BC81A21F6D2187BC380381AEA7705BF65D3E4DAEA28EFD44113079D5E9"
#define HASH_COLONS                                                                                          \
	"13:7E:D5:BC:81:A2:1F:6D:21:87:BC:38:03:81:AE:A7:70:5B:F6:5D:3E:4D:AE:A2:8E:FD:44:11:30:79:D5:E9"

static struct cpl_row csv_row(void)
{
	return (struct cpl_row){ .line = 7,
				 .version = "Version 2.051 Issued on 21-09-2022",
				 .text = { "000123", "Current", "Communications Hub", "106C", "4331", "00",
					   "AC", "433100AC", "124074DA", "CHTS V1.1", "GBCS Version 2.0",
					   HASH } };
}

static struct cpl_row sheet_row(void)
{
	struct cpl_row r = { .line = 130,
			     .version = "Version 2.051 Issued on 21-09-2022",
			     .text = { "000123",
				       "Current",
				       "Communications Hub",
				       "10:6C",
				       "43:31",
				       "00",
				       "AC",
				       NULL,
				       "12:40:74:DA",
				       "CHTS V1.1",
				       "GBCS Version 2.0",
				       HASH_COLONS,
				       "[R] NCSC-1433053936-3918",
				       "Security Characteristics version 1.2",
				       "45168",
				       "",
				       "",
				       "ZIG16041ZSE12476-24",
				       "ZigBee Smart Energy Standard 1.2a",
				       "EDMI",
				       "Complete image" } };

	return r;
}

static unsigned warned[CPL_WARNINGS];
static void count(enum cpl_warning what, enum cpl_col col, void *ctx)
{
	(void)ctx;
	ck_assert_int_lt((int)col, CPL_COLS);
	warned[what]++;
}

static char scratch[CPL_SCRATCH];
static int take(enum cpl_layout layout, const struct cpl_row *row, struct cpl_entry *ret)
{
	memset(warned, 0, sizeof warned);
	return cpl_read(layout, row, scratch, ret, count, NULL, &e);
}
static unsigned warnings(void)
{
	unsigned n = 0;

	for (int i = 0; i < CPL_WARNINGS; i++)
		n += warned[i];
	return n;
}

START_TEST(a_row_of_the_csv_and_of_the_workbook_read_the_same)
{
	struct cpl_row a = csv_row(), b = sheet_row();
	struct cpl_entry x, y;
	static char other[CPL_SCRATCH];

	ck_ok(take(CPL_CSV, &a, &x));
	ck_assert_uint_eq(warnings(), 0);
	ck_ok(cpl_read(CPL_WORKBOOK, &b, other, &y, count, NULL, &e));
	ck_assert_uint_eq(warnings(), 0);
	ck_assert_uint_eq(x.number, 123);
	ck_assert(!x.removed);
	ck_assert_uint_eq(x.model_key, UINT64_C(0x106C433100AC));
	ck_assert_uint_eq(x.firmware, 0x124074DA);
	ck_assert_str_eq(x.hash, HASH);
	ck_assert_uint_eq(x.model_key, y.model_key);
	ck_assert_uint_eq(x.firmware, y.firmware);
	ck_assert_str_eq(x.hash, y.hash);
	for (int i = 0; i <= CPL_HASH; i++)
		ck_assert_str_eq(x.text[i], y.text[i]); /* colons are gone from what is kept */
	ck_assert_ptr_null(x.text[CPL_CPA_ID]);
	ck_assert_int_eq(y.cpa_kind, 'R');
	ck_assert_int_eq(y.cpa_until, time_from_ymd(2023, 8, 30));
	ck_assert_int_eq(x.cpa_until, -1);
}
END_TEST

START_TEST(dirt_is_kept_as_written_and_warned_about)
{
	struct cpl_row r = csv_row();
	struct cpl_entry x;

	r.text[CPL_NUMBER] = "123";
	r.text[CPL_STATUS] = "removed";
	r.text[CPL_TYPE] = "Communications  Hub";
	r.text[CPL_MANUFACTURER] = "6c";
	r.text[CPL_HW_VERSION] = "0";
	r.text[CPL_MODEL_HW] = "433100ac";
	r.text[CPL_SMETS] = "CHTS V1.0 ";
	r.text[CPL_GBCS] = "=1+1";
	r.text[CPL_HASH] = " " HASH;
	ck_ok(take(CPL_CSV, &r, &x));
	ck_assert_uint_eq(x.number, 123);
	ck_assert(x.removed);
	ck_assert_uint_eq(x.model_key >> 32, 0x006C);
	ck_assert_str_eq(x.hash, HASH);
	ck_assert_str_eq(x.text[CPL_NUMBER], "123");
	ck_assert_str_eq(x.text[CPL_MANUFACTURER], "6c");
	ck_assert_str_eq(x.text[CPL_SMETS], "CHTS V1.0 ");
	ck_assert_str_eq(x.text[CPL_HASH], " " HASH);
	ck_assert_uint_eq(warned[CPL_WARN_ZEROS], 3);
	ck_assert_uint_eq(warned[CPL_WARN_BLANKS], 2);
	ck_assert_uint_eq(warned[CPL_WARN_CASE], 3);
	ck_assert_uint_eq(warned[CPL_WARN_TYPE], 1);
	ck_assert_uint_eq(warned[CPL_WARN_FORMULA], 1);
	ck_assert_uint_eq(warned[CPL_WARN_TRIPLE], 0); /* an unknown type has no triples */

	r = csv_row();
	r.text[CPL_GBCS] = "GBCS Version 1.0";
	r.text[CPL_MANUFACTURER] = "FFFF";
	ck_ok(take(CPL_CSV, &r, &x));
	ck_assert_uint_eq(warned[CPL_WARN_TRIPLE], 1);
	ck_assert_uint_eq(warned[CPL_WARN_RANGE], 1);

	r = sheet_row();
	r.text[CPL_CPA_EXPIRY] = "next year";
	r.text[CPL_CREATOR] = "  ";
	r.text[CPL_ZSE_ID] = "ZIG20044ZSE12926-24\n\n";
	ck_ok(take(CPL_WORKBOOK, &r, &x));
	ck_assert_uint_eq(warned[CPL_WARN_DATE], 1);
	ck_assert_uint_eq(warned[CPL_WARN_IMAGE], 1);
	ck_assert_uint_eq(warned[CPL_WARN_BLANKS], 2);
	ck_assert_str_eq(x.text[CPL_ZSE_ID], "ZIG20044ZSE12926-24\n\n");
	ck_assert_int_eq(x.cpa_until, -1);
}
END_TEST

START_TEST(t19_the_apostrophe_of_an_export_is_taken_off_again)
{
	struct cpl_row r = csv_row();
	struct cpl_entry x;

	r.text[CPL_SMETS] = "'=cmd|' /C calc'!A0";
	r.text[CPL_GBCS] = "'s-Gravenhage";
	ck_ok(take(CPL_CSV, &r, &x));
	ck_assert_str_eq(x.text[CPL_SMETS], "=cmd|' /C calc'!A0");
	ck_assert_str_eq(x.text[CPL_GBCS], "'s-Gravenhage");
	ck_assert_uint_eq(warned[CPL_WARN_FORMULA], 1);
}
END_TEST

START_TEST(what_cannot_be_taken_is_refused_with_its_place)
{
	static const struct {
		enum cpl_col col;
		const char *value, *words;
	} bad[] = {
		{ CPL_NUMBER, "", "not an entry number" },
		{ CPL_NUMBER, "0", "not an entry number" },
		{ CPL_NUMBER, "000000", "not an entry number" },
		{ CPL_NUMBER, "1000000", "not an entry number" },
		{ CPL_NUMBER, "12A", "not an entry number" },
		{ CPL_NUMBER, "-12", "not an entry number" },
		{ CPL_STATUS, "", "Current or Removed" },
		{ CPL_STATUS, "Suspended", "Current or Removed" },
		{ CPL_STATUS, "Curr\x01nt", "control character 0x01" },
		{ CPL_TYPE, "a\x7f", "control character 0x7f" },
		{ CPL_MANUFACTURER, "", "empty" },
		{ CPL_MANUFACTURER, "   ", "empty" },
		{ CPL_MANUFACTURER, "10G3", "not hexadecimal" },
		{ CPL_MANUFACTURER, "106C0", "5 hex digits" },
		{ CPL_MANUFACTURER, "1:06C", "colon" },
		{ CPL_MANUFACTURER, ":106C", "colon" },
		{ CPL_MANUFACTURER, "10::6C", "colon" },
		{ CPL_MANUFACTURER, "106C:", "colon" },
		{ CPL_MANUFACTURER, "10:6C                                          ", "too long" },
		{ CPL_MANUFACTURER, "1E+02", "not hexadecimal" },
		{ CPL_MODEL, "43\n31", "control character 0x0a" },
		{ CPL_FIRMWARE, "124074DA9", "9 hex digits" },
		{ CPL_MODEL_HW, "433100AD", "433100AC" },
		{ CPL_MODEL_HW, "", "empty" },
		{ CPL_HASH, "AB", "2 hex digits" },
		{ CPL_HASH, HASH "0", "65 hex digits" },
		{ CPL_HASH, "none", "not hexadecimal" },
		{ CPL_SMETS, "CHTS\x1b[31m", "control character 0x1b" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cpl_row r = csv_row();
		struct cpl_entry x;

		r.text[bad[i].col] = bad[i].value;
		ck_refused(take(CPL_CSV, &r, &x), ERR_IMPORT, bad[i].words);
		ck_assert_int_eq(e.line, 7);
		ck_assert_int_eq(e.col, cpl_file_column(CPL_CSV, bad[i].col));
		ck_assert_str_eq(e.where, cpl_column_name(bad[i].col));
	}
}
END_TEST

START_TEST(places_are_columns_of_the_csv_and_cells_of_the_sheet)
{
	struct cpl_row r = sheet_row();
	struct cpl_entry x;

	ck_assert_uint_eq(cpl_file_column(CPL_CSV, CPL_NUMBER), 2);
	ck_assert_uint_eq(cpl_file_column(CPL_CSV, CPL_HASH), 13);
	ck_assert_uint_eq(cpl_file_column(CPL_CSV, CPL_CPA_ID), 0);
	ck_assert_uint_eq(cpl_file_column(CPL_WORKBOOK, CPL_MODEL_HW), 0);
	r.text[CPL_FIRMWARE] = "12:40:74";
	ck_refused(take(CPL_WORKBOOK, &r, &x), ERR_IMPORT, "6 hex digits");
	ck_assert_str_eq(e.where, "Central Products List!I130");
	r.text[CPL_FIRMWARE] = "124074"; /* zeros were lost: odd, but a number */
	ck_ok(take(CPL_WORKBOOK, &r, &x));
	r.text[CPL_HASH] = "X" HASH;
	ck_refused(take(CPL_WORKBOOK, &r, &x), ERR_IMPORT, "Central Products List!");
	ck_assert_int_eq(e.line, 130);
}
END_TEST

/* The workbook keeps the hash in column T, between creator (S) and descriptor (U): not the order of our
 * table. */
START_TEST(the_cells_of_the_workbook_are_those_of_its_header)
{
	static const struct {
		enum cpl_col col;
		unsigned column;
	} want[] = { { CPL_NUMBER, 2 },       { CPL_STATUS, 3 },       { CPL_TYPE, 4 },
		     { CPL_MANUFACTURER, 5 }, { CPL_MODEL, 6 },        { CPL_HW_VERSION, 7 },
		     { CPL_HW_REVISION, 8 },  { CPL_FIRMWARE, 9 },     { CPL_SMETS, 10 },
		     { CPL_GBCS, 11 },        { CPL_CPA_ID, 12 },      { CPL_CPA_VERSION, 13 },
		     { CPL_CPA_EXPIRY, 14 },  { CPL_DLMS_ID, 15 },     { CPL_DLMS_VERSION, 16 },
		     { CPL_ZSE_ID, 17 },      { CPL_ZSE_VERSION, 18 }, { CPL_CREATOR, 19 },
		     { CPL_HASH, 20 },        { CPL_DESCRIPTOR, 21 } };

	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		ck_assert_uint_eq(cpl_file_column(CPL_WORKBOOK, want[i].col), want[i].column);
	e = (struct err){ 0 };
	err_set(&e, ERR_IMPORT, "x");
	cpl_place(CPL_WORKBOOK, 123, CPL_HASH, &e);
	ck_assert_str_eq(e.where, "Central Products List!T123");
}
END_TEST

START_TEST(t04_versions_compare_as_pairs_of_integers)
{
	struct cpl_version a, b;

	ck_ok(cpl_version_parse("Version 1.10 Issued on 01-02-2017", &a, &e));
	ck_ok(cpl_version_parse(" version 1.9  issued on 31/01/2017 ", &b, &e));
	ck_assert_int_gt(cpl_version_cmp(&a, &b), 0);
	ck_assert_int_lt(cpl_version_cmp(&b, &a), 0);
	ck_assert_int_eq(a.issued_on, time_from_ymd(2017, 2, 1));
	ck_assert_int_eq(b.issued_on, time_from_ymd(2017, 1, 31));
	ck_ok(cpl_version_parse("Version 2.000 Issued on 04-11-2021", &b, &e));
	ck_ok(cpl_version_parse("Version 1.293 Issued on 04-11-2021", &a, &e));
	ck_assert_int_lt(cpl_version_cmp(&a, &b), 0);
	ck_ok(cpl_version_parse("Version 2.051 Issued on 21-09-2022", &a, &e));
	ck_assert_str_eq(a.text, "2.051");
	ck_assert_int_gt(cpl_version_cmp(&a, &b), 0);
	ck_assert_int_eq(cpl_version_cmp(&a, &a), 0);
}
END_TEST

START_TEST(a_version_text_that_is_none_is_refused)
{
	static const char *const bad[] = { "",
					   "2.051",
					   "Version 2 Issued on 21-09-2022",
					   "Version 2. Issued on 21-09-2022",
					   "Version .5 Issued on 21-09-2022",
					   "Version 2.051",
					   "Version 2.051 Issued on 31-02-2022",
					   "Version 2.051 Issued on 2022-09-21",
					   "Version 2.051 Issued on 21-09-2022 (draft)",
					   "Version 99999.1 Issued on 21-09-2022",
					   "Version 1.9999999 Issued on 21-09-2022",
					   "Version-2.051 Issued on 21-09-2022" };
	struct cpl_version v;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_refused(cpl_version_parse(bad[i], &v, &e), ERR_IMPORT, "must read like");
}
END_TEST

START_TEST(three_spellings_of_a_date_are_one_date)
{
	static const char *const good[] = { "45168", "30/08/2023", "30-08-2023", " 30/08/2023 ", "45168.0" };
	static const char *const bad[] = { "",           " ",          "0",       "25568", "109576",
					   "2023-08-30", "31/02/2023", "45168.5", "4516x" };
	int64_t ms = 0;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_assert_msg(cpl_date_parse(good[i], &ms), "%s", good[i]);
		ck_assert_int_eq(ms, time_from_ymd(2023, 8, 30));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!cpl_date_parse(bad[i], &ms), "%s", bad[i]);
	ck_assert(!cpl_date_parse(NULL, &ms));
}
END_TEST

START_TEST(blanks_case_colons_zeros_and_dates_do_not_differ)
{
	ck_assert(cpl_same(CPL_SMETS, "CHTS V1.0 ", "CHTS V1.0"));
	ck_assert(!cpl_same(CPL_SMETS, "CHTS V1.0", "chts v1.0"));
	ck_assert(cpl_same(CPL_HASH, HASH, HASH_COLONS));
	ck_assert(cpl_same(CPL_HASH, "ab", "AB"));
	ck_assert(!cpl_same(CPL_HASH, HASH, ""));
	ck_assert(cpl_same(CPL_MODEL, "00:07", "7"));
	ck_assert(cpl_same(CPL_MODEL, "0000", "0"));
	ck_assert(!cpl_same(CPL_MODEL, "0700", "7"));
	ck_assert(cpl_same(CPL_CPA_EXPIRY, "45168", "30/08/2023"));
	ck_assert(!cpl_same(CPL_CPA_EXPIRY, "45169", "30/08/2023"));
	ck_assert(cpl_same(CPL_CPA_EXPIRY, "soon", "soon "));
	ck_assert(cpl_same(CPL_STATUS, "current", "Current "));
	ck_assert(cpl_same(CPL_NUMBER, "123", "000123"));
}
END_TEST

START_TEST(a_difference_names_its_columns)
{
	struct cpl_row a = csv_row(), b = sheet_row();
	static char other[CPL_SCRATCH];
	struct cpl_entry x, y;
	struct cpl_change c;

	ck_ok(take(CPL_CSV, &a, &x));
	ck_ok(cpl_read(CPL_WORKBOOK, &b, other, &y, count, NULL, &e));
	c = cpl_diff(y.text, false, &x); /* the CSV after the workbook */
	ck_assert_uint_eq(c.edited | c.filled, 0);
	ck_assert(!c.removed && !c.restored && !c.hash && !c.identity);
	c = cpl_diff(x.text, false, &y); /* the workbook after the CSV only fills */
	ck_assert_uint_eq(c.edited, 0);
	ck_assert_uint_eq(c.filled, CPL_BIT(CPL_CPA_ID) | CPL_BIT(CPL_CPA_VERSION) | CPL_BIT(CPL_CPA_EXPIRY) |
					CPL_BIT(CPL_ZSE_ID) | CPL_BIT(CPL_ZSE_VERSION) |
					CPL_BIT(CPL_CREATOR) | CPL_BIT(CPL_DESCRIPTOR));
	ck_assert(!c.hash);

	a.text[CPL_HASH] = "";
	a.text[CPL_FIRMWARE] = "124074DB";
	a.text[CPL_STATUS] = "Removed";
	ck_ok(take(CPL_CSV, &a, &x));
	c = cpl_diff(y.text, false, &x);
	ck_assert_uint_eq(c.edited, CPL_BIT(CPL_HASH) | CPL_BIT(CPL_FIRMWARE));
	ck_assert(c.removed && !c.restored && c.hash && c.identity);
	c = cpl_diff(y.text, true, &y);
	ck_assert(c.restored && !c.removed);
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_row_of_the_csv_and_of_the_workbook_read_the_same,
			       dirt_is_kept_as_written_and_warned_about,
			       t19_the_apostrophe_of_an_export_is_taken_off_again,
			       what_cannot_be_taken_is_refused_with_its_place,
			       places_are_columns_of_the_csv_and_cells_of_the_sheet,
			       the_cells_of_the_workbook_are_those_of_its_header,
			       t04_versions_compare_as_pairs_of_integers,
			       a_version_text_that_is_none_is_refused,
			       three_spellings_of_a_date_are_one_date,
			       blanks_case_colons_zeros_and_dates_do_not_differ,
			       a_difference_names_its_columns };

	return RUN_TESTS("cpl", all);
}
