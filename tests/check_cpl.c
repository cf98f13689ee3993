/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the Central Products List: lenient reading, comparison, versions and dates; then the strict rules.
 */
#include "testing.h"

#include "base/parse.h"
#include "model/cpl_diff.h"
#include "model/cpl_rules.h"

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

/* ---- strict rules ---- */

static struct cpl_failures fails;

/* A good submission of a twin element meter with an image. */
static struct cpl_submission good(void)
{
	struct cpl_submission s = { .today = time_from_ymd(2026, 11, 20), .has_form = true };

	s.text[CPL_TYPE] = "Twin Element Electricity Metering Equipment";
	s.text[CPL_MANUFACTURER] = "10:6C";
	s.text[CPL_MODEL] = "43:31";
	s.text[CPL_HW_VERSION] = "00";
	s.text[CPL_HW_REVISION] = "AC";
	s.text[CPL_FIRMWARE] = "12:40:74:DA";
	s.text[CPL_SMETS] = "SMETS V5.0";
	s.text[CPL_GBCS] = "GBCS Version 4.0";
	s.text[CPL_CPA_ID] = "[E] ESME68753061";
	s.text[CPL_CPA_VERSION] = "Security Characteristics version 1.3";
	s.text[CPL_CPA_EXPIRY] = "19/11/2032";
	s.text[CPL_DLMS_ID] = "1830";
	s.text[CPL_DLMS_VERSION] = "CTT 4.1";
	s.text[CPL_ZSE_ID] = "ZIG16041ZSE12476-24";
	s.text[CPL_ZSE_VERSION] = "ZigBee Smart Energy Standard 1.4";
	s.text[CPL_CREATOR] = "Maker";
	s.text[CPL_HASH] = HASH_COLONS;
	s.text[CPL_DESCRIPTOR] = "Fragment 1 of 2 of FW Version 12:40:74:DA; Dual Band";
	for (int i = FORM_CONTACT_NAME; i < CPL_FORMS; i++)
		s.form[i] = "x";
	return s;
}

static bool failed(const char *field, const char *rule)
{
	for (size_t i = 0; i < fails.n; i++)
		if (!strcmp(fails.v[i].field, field) && !strcmp(fails.v[i].rule, rule))
			return true;
	return false;
}

/* This change alone makes exactly this failure. */
static void one_failure(struct cpl_submission s, const char *field, const char *rule)
{
	cpl_validate(&s, &fails);
	ck_assert_msg(fails.n == 1 && failed(field, rule), "%s %s: %zu failures, the first %s %s", field,
		      rule, fails.n, fails.n ? fails.v[0].field : "-", fails.n ? fails.v[0].rule : "-");
	ck_assert_int_gt((int)strlen(fails.v[0].msg), 10);
}

START_TEST(a_good_submission_has_no_failure)
{
	struct cpl_submission s = good();

	cpl_validate(&s, &fails);
	ck_assert_msg(fails.n == 0, "%s: %s", fails.v[0].field, fails.v[0].msg);
	s.text[CPL_MANUFACTURER] = "106C"; /* without colons, and with what SECAS allocates */
	s.text[CPL_HASH] = HASH;
	s.text[CPL_NUMBER] = "000730";
	s.text[CPL_STATUS] = "Current";
	s.text[CPL_MODEL_HW] = "433100AC";
	s.text[CPL_CPA_ID] = "[R] NCSC-1433053936-3918";
	s.text[CPL_CPA_EXPIRY] = "01/01/2020";
	s.text[CPL_DESCRIPTOR] = "";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_HASH] = s.text[CPL_CREATOR] = NULL; /* the image is optional */
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
}
END_TEST

START_TEST(every_rule_about_one_field_bites)
{
	static const struct {
		enum cpl_col col;
		const char *value, *rule;
	} bad[] = {
		{ CPL_NUMBER, "12", "number" },
		{ CPL_NUMBER, "000000", "number" },
		{ CPL_STATUS, "current", "value" },
		{ CPL_TYPE, "", "required" },
		{ CPL_MANUFACTURER, "", "required" },
		{ CPL_MANUFACTURER, "10:6c", "hex-case" },
		{ CPL_MANUFACTURER, "1:06C", "hex" },
		{ CPL_MANUFACTURER, "10:6", "hex" },
		{ CPL_MANUFACTURER, " 106C", "hex" },
		{ CPL_MANUFACTURER, "FF:FF", "range" },
		{ CPL_MODEL, NULL, "required" },
		{ CPL_MODEL, "FF:C0", "range" },
		{ CPL_MODEL, "4Z:31", "hex" },
		{ CPL_HW_VERSION, "0", "hex" },
		{ CPL_HW_VERSION, "", "required" },
		{ CPL_HW_REVISION, "ac", "hex-case" },
		{ CPL_HW_REVISION, "", "required" },
		{ CPL_MODEL_HW, "433100AD", "concatenation" },
		{ CPL_FIRMWARE, "12:40:74", "hex" },
		{ CPL_FIRMWARE, "", "required" },
		{ CPL_FIRMWARE, "1240:74DA", "hex" },
		{ CPL_SMETS, "", "required" },
		{ CPL_SMETS, "SMETS V6.0", "value" },
		{ CPL_SMETS, "SMETS V5.0 ", "value" },
		{ CPL_SMETS, "CHTS V1.0", "chts-hub-only" },
		{ CPL_GBCS, "", "required" },
		{ CPL_GBCS, "GBCS Version 1.0", "value" },
		{ CPL_GBCS, "GBCS Version 4.1", "triple" },
		{ CPL_CPA_ID, "", "required" },
		{ CPL_CPA_ID, "ESME68753061", "cpa-prefix" },
		{ CPL_CPA_ID, "[E] ", "blanks" },
		{ CPL_CPA_ID, "[E] 123456789012345678901", "length" },
		{ CPL_CPA_ID, "[E] \xc3\xa9", "characters" },
		{ CPL_CPA_ID, "[E] \xff", "utf8" },
		{ CPL_CPA_VERSION, "", "required" },
		{ CPL_CPA_VERSION, "Not Relevant", "value" },
		{ CPL_CPA_EXPIRY, "", "required" },
		{ CPL_CPA_EXPIRY, "45168", "date" },
		{ CPL_CPA_EXPIRY, "19-11-2032", "date" },
		{ CPL_CPA_EXPIRY, "31/02/2030", "date" },
		{ CPL_CPA_EXPIRY, "19/11/2026", "expired" },
		{ CPL_CPA_EXPIRY, "21/11/2032", "too-late" },
		{ CPL_DLMS_ID, "", "required" },
		{ CPL_DLMS_ID, "12345678901", "length" },
		{ CPL_DLMS_VERSION, "", "required" },
		{ CPL_DLMS_VERSION, "CTT 3.0", "value" },
		{ CPL_ZSE_ID, "", "required" },
		{ CPL_ZSE_ID, "ZIG20044ZSE12926-24\n", "blanks" },
		{ CPL_ZSE_VERSION, "", "required" },
		{ CPL_ZSE_VERSION, "Zigbee Smart Energy Standard 1.4", "value" },
		{ CPL_CREATOR, "", "both-or-neither" },
		{ CPL_CREATOR, "Maker ", "blanks" },
		{ CPL_CREATOR, "a\x01z", "characters" },
		{ CPL_HASH, "AB:CD", "hex" },
		{ CPL_HASH, "137ed5bc81a21f6d2187bc380381aea7705bf65d3e4daea28efd44113079d5e9", "hex-case" },
		{ CPL_DESCRIPTOR, "Fragment of 38.90.00.10", "fragment" },
		{ CPL_DESCRIPTOR, "Fragment 3 of 2 of 4.8.0", "fragment" },
		{ CPL_DESCRIPTOR, "Fragment 0 of 2 of 4.8.0", "fragment" },
		{ CPL_DESCRIPTOR, "Complete image; Single Band", "band" },
		{ CPL_DESCRIPTOR, "Complete image; Single band (2.4 GHz)", "band" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cpl_submission s = good();

		s.text[bad[i].col] = bad[i].value;
		one_failure(s, cpl_column_name(bad[i].col), bad[i].rule);
	}
}
END_TEST

START_TEST(every_rule_about_the_device_type_bites)
{
	struct cpl_submission s = good();

	s.text[CPL_TYPE] = "IHD";
	one_failure(s, "Device_Type.name", "value");

	s = good(); /* both or neither, the other way round; a descriptor needs its hash */
	s.text[CPL_HASH] = NULL;
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 2);
	ck_assert(failed("Manufacturer_Image.hash", "both-or-neither"));
	ck_assert(failed("Manufacturer_Image.descriptor", "needs-hash"));

	s = good(); /* SMETS1: no certificates at all */
	s.text[CPL_SMETS] = "SMETS V1.2";
	s.text[CPL_GBCS] = "GBCS Version 0.0";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 7 + 3); /* and no CPA contact */
	for (int c = CPL_CPA_ID; c <= CPL_ZSE_VERSION; c++) {
		ck_assert(failed(cpl_column_name((enum cpl_col)c), "must-be-empty"));
		s.text[c] = NULL;
	}
	for (int i = FORM_CONTACT_NAME; i <= FORM_CONTACT_EMAIL; i++) {
		ck_assert(failed(cpl_form_infos[i].name, "must-be-empty"));
		s.form[i] = "";
	}
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_GBCS] = "GBCS Version 1.1";
	one_failure(s, "GBCS Version.version_number", "smets1-gbcs");
	s.text[CPL_GBCS] = "GBCS Version 0.0";
	s.text[CPL_TYPE] = "HAN Connected Auxiliary Load Control Switch";
	s.has_form = false;
	one_failure(s, "SMETS_CHTS Version.Version_number_and_effective_date", "hcalcs-smets1");
	s.text[CPL_TYPE] = "Polyphase Electricity Metering Equipment";
	one_failure(s, "GBCS Version.version_number", "triple");

	s = good(); /* a PPMID has no CPA certificate and no contact, and nothing of it is on the FIR */
	s.text[CPL_TYPE] = "Pre-Payment Interface Device";
	s.text[CPL_SMETS] = "SMETS V4.3";
	s.text[CPL_DLMS_ID] = s.text[CPL_DLMS_VERSION] = NULL; /* not needed */
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 3 + CPL_FORMS);
	ck_assert(failed("CPA_Certificate.identification_number", "must-be-empty"));
	ck_assert(failed("CPA_Certificate.security_characteristics_version", "not-relevant"));
	ck_assert(failed("CPA_Certificate.expiry_date", "must-be-empty"));
	ck_assert(failed("FIR.release_notes", "must-be-empty"));
	ck_assert(failed("Contact-CPA.contact_name", "must-be-empty"));

	s = good(); /* a hub: CHTS, no FIR, but a CPA contact */
	s.text[CPL_TYPE] = "Communications Hub";
	one_failure(({
			    struct cpl_submission t = s;
			    t.has_form = false;
			    t;
		    }),
		    "SMETS_CHTS Version.Version_number_and_effective_date", "hub-needs-chts");
	s.text[CPL_SMETS] = "CHTS V1.4";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, CPL_FORMS - 3);
	ck_assert(failed("FIR.company_name", "must-be-empty"));
	s.text[CPL_DLMS_VERSION] = NULL; /* optional, but both or neither */
	s.has_form = false;
	one_failure(s, "DLMS_Certificate.DLMS_version", "required");

	s = good(); /* an electricity meter must bring what the FIR publishes */
	s.form[FORM_NOTES] = "";
	one_failure(s, "FIR.release_notes", "required");
	s.form[FORM_NOTES] = "x";
	s.form[FORM_POSTCODE] = "EC4A 1BRX";
	one_failure(s, "FIR.post_code", "length");
}
END_TEST

START_TEST(all_failures_come_at_once_with_their_fields)
{
	struct cpl_submission s = { .today = time_from_ymd(2026, 11, 20), .has_form = true };

	cpl_validate(&s, &fails);
	ck_assert_uint_eq(
	    fails.n, 8); /* type, five of the model, SMETS and GBCS; without a type no more can be said */
	s = good();
	s.text[CPL_TYPE] = "Gas Smart Meter";
	s.text[CPL_MANUFACTURER] = "FFFF";
	s.text[CPL_FIRMWARE] = "xyz";
	s.text[CPL_SMETS] = "SMETS V2.0";
	s.text[CPL_CPA_EXPIRY] = "1/1/30";
	s.text[CPL_CREATOR] = "";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 5);
	ck_assert_str_eq(fails.v[0].field, "Device_Model.manufacturer_identifier");
	ck_assert_str_eq(fails.v[4].field, "Manufacturer_Image.creator");
}
END_TEST

START_TEST(an_e_certificate_may_expire_six_years_from_now_and_not_a_day_later)
{
	struct cpl_submission s = good();

	s.text[CPL_CPA_EXPIRY] = "20/11/2026"; /* the day itself */
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_CPA_EXPIRY] = "20/11/2032";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.today = time_from_ymd(2028, 2, 29);
	s.text[CPL_CPA_EXPIRY] = "01/03/2034";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_CPA_EXPIRY] = "02/03/2034";
	one_failure(s, "CPA_Certificate.expiry_date", "too-late");
}
END_TEST

START_TEST(of_all_combinations_exactly_49_triples_are_legal)
{
	static const char *const smets[] = { "CHTS V1.0",  "CHTS V1.1",  "CHTS V1.3",  "CHTS V1.4",
					     "CHTS V1.5",  "SMETS V1.2", "SMETS V2.0", "SMETS V3.1",
					     "SMETS V4.2", "SMETS V4.3", "SMETS V4.4", "SMETS V5.0",
					     "SMETS V5.1" };
	static const char *const gbcs[] = { "0.0", "1.0", "1.1", "2.0", "2.1", "3.2", "4.0", "4.1" };
	static const unsigned want[CPL_TYPES] = {
		[CPL_TYPE_CH] = 7,    [CPL_TYPE_GSME] = 8,   [CPL_TYPE_HCALCS] = 6, [CPL_TYPE_POLYPHASE] = 6,
		[CPL_TYPE_PPMID] = 8, [CPL_TYPE_SINGLE] = 7, [CPL_TYPE_TWIN] = 7
	};
	unsigned all = 0;

	for (int t = 0; t < CPL_TYPES; t++) {
		unsigned n = 0;

		for (size_t i = 0; i < sizeof smets / sizeof *smets; i++)
			for (size_t k = 0; k < sizeof gbcs / sizeof *gbcs; k++) {
				char text[40];

				snprintf(text, sizeof text, "GBCS Version %s ", gbcs[k]);
				n += cpl_triple_legal(cpl_type_text[t], smets[i], text);
			}
		ck_assert_uint_eq(n, want[t]);
		all += n;
	}
	ck_assert_uint_eq(all, CPL_TRIPLES);
	ck_assert(!cpl_triple_legal("IHD", "SMETS V2.0", "GBCS Version 1.1"));
	ck_assert(!cpl_triple_legal(NULL, NULL, NULL));
	ck_assert(!cpl_triple_legal("Communications Hub", "CHTS V1.0", "1.1"));
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
			       a_difference_names_its_columns,
			       a_good_submission_has_no_failure,
			       every_rule_about_one_field_bites,
			       every_rule_about_the_device_type_bites,
			       all_failures_come_at_once_with_their_fields,
			       an_e_certificate_may_expire_six_years_from_now_and_not_a_day_later,
			       of_all_combinations_exactly_49_triples_are_legal };

	return RUN_TESTS("cpl", all);
}
