/* SPDX-License-Identifier: Apache-2.0 */
/* The CPL goes out as it came in, byte for byte; the FIR says what is known and what is not. Both engines. */
#include "import_kit.h"

#include <stdlib.h>

#include "base/file.h"
#include "core/export.h"

static struct err e;

START_TEST(the_csv_comes_out_byte_for_byte_whichever_file_went_in)
{
	static const char *const files[] = { "csv", "xlsm" };
	STR(want, 4 * MIB);
	char path[512];

	ck_ok(file_read(kit_real("csv", path, sizeof path), &want, &e));
	for (size_t i = 0; i < 2; i++) {
		OWN(db_close) struct db *db = fresh_store(_i);
		OWN(import_report_free) struct import_report *r = NULL;
		STR(out, EXPORT_MAX);

		ck_ok(kit_import_path(db, kit_real(files[i], path, sizeof path), &r, &e));
		ck_ok(export_cpl(db, 0, &out, &e));
		ck_assert_uint_eq(out.len, want.len);
		ck_assert_int_eq(memcmp(out.p, want.p, want.len), 0);
	}
}
END_TEST

START_TEST(bom_colons_and_line_ends_are_the_files_and_not_the_lists)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(plain, MIB);
	STR(dressed, MIB);
	STR(out, EXPORT_MAX);

	kit_csv(&plain, KIT_VERSION, 3, NULL, 0);
	str_add(&dressed, "\xef\xbb\xbf");
	for (const char *s = plain.p; *s; s++) {
		if (!strncmp(s, ",1234,", 6)) {
			str_add(&dressed, ",12:34,");
			s += 5;
		} else if (*s != '\r') {
			str_addc(&dressed, *s);
		}
	}
	ck_ok(kit_import(db, &dressed, false, &r, &e));
	ck_ok(export_cpl(db, 0, &out, &e));
	ck_assert_str_eq(str_c(&out), str_c(&plain));
}
END_TEST

static void evil(struct kit_row *r, unsigned arg)
{
	(void)arg;
	if (r->number == 1)
		r->smets = "=HYPERLINK(0)";
	if (r->number == 2)
		r->gbcs = "'=1";
	if (r->number == 3)
		r->gbcs = "\"a,\"\"b\"\"\"";
}

START_TEST(t19_a_formula_in_the_cpl_leaves_with_an_apostrophe)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *r = NULL, *again = NULL;
	STR(text, MIB);
	STR(out, EXPORT_MAX);

	kit_csv(&text, KIT_VERSION, 3, evil, 0);
	ck_ok(kit_import(db, &text, false, &r, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&r->json), "\"formula\":2"));
	ck_ok(export_cpl(db, 0, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), ",'=HYPERLINK(0),"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), ",'=1,"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), ",\"a,\"\"b\"\"\","));
	ck_ok(kit_import(db, &out, false, &again, &e));
	ck_assert_int_eq(again->state, IMPORT_UNCHANGED);
}
END_TEST

START_TEST(an_older_revision_comes_out_with_its_own_version)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(first, MIB);
	STR(second, MIB);
	STR(out, EXPORT_MAX);

	kit_csv(&first, "Version 3.001 Issued on 01-10-2026", 3, NULL, 0);
	kit_csv(&second, "Version 3.002 Issued on 02-10-2026", 4, NULL, 0);
	ck_assert_int_eq(export_cpl(db, 0, &out, &e), ERR_NOT_FOUND);
	ck_ok(kit_import(db, &first, false, &a, &e));
	ck_ok(kit_import(db, &second, false, &b, &e));
	ck_ok(export_cpl(db, 1, &out, &e));
	ck_assert_str_eq(str_c(&out), str_c(&first));
	str_clear(&out);
	ck_ok(export_cpl(db, 0, &out, &e));
	ck_assert_str_eq(str_c(&out), str_c(&second));
	ck_refused(export_cpl(db, 3, &out, &e), ERR_NOT_FOUND, "the newest is 2");
	ck_refused(export_statements(db, 3, &out, &e), ERR_NOT_FOUND, "the newest is 2");
	ck_refused(export_fir(db, -1, KIT_NOW, &out, &e), ERR_NOT_FOUND, "the newest is 2");
}
END_TEST

START_TEST(an_export_that_does_not_fit_is_an_error)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL;
	STR(text, MIB);
	STR(small, 600);

	kit_csv(&text, KIT_VERSION, 10, NULL, 0);
	ck_ok(kit_import(db, &text, false, &a, &e));
	ck_assert_int_eq(export_cpl(db, 0, &small, &e), ERR_TOO_LARGE);
}
END_TEST

START_TEST(the_fir_tells_bases_none_any_and_unknown_apart)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(text, MIB);
	STR(out, EXPORT_MAX);
	const char *line;

	kit_csv(&text, KIT_VERSION, 5, NULL, 0);
	ck_ok(kit_import(db, &text, false, &a, &e));
	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
			     "000002,bases,000001,manufacturer,Maker,2026-01-02,2026-02-03,See 7,https://x\n"
			     "000002,floor,,secas,SECAS,,,,\n000002,block,000001,secas,SECAS,,,No,\n"
			     "000003,none,,secas,SECAS,,,,\n000004,any,,secas,SECAS,,,,\n",
			     NULL, &b, &e));
	ck_ok(export_fir(db, 0, KIT_NOW, &out, &e));
	line = strstr(str_c(&out), "\r\n000001,");
	ck_assert_int_eq(
	    strncmp(line,
		    "\r\n000001,Current,Gas Smart Meter,1234,0000,01,02,01000000,SMETS V4.2,GBCS "
		    "Version 3.2,",
		    80),
	    0);
	ck_assert_ptr_nonnull(strstr(line, "0001,unknown,,,,,,,"));
	line = strstr(str_c(&out), "\r\n000002,");
	ck_assert_ptr_nonnull(strstr(
	    line, ",,000001,manufacturer,Maker,2026-01-02,2026-02-03,See 7,https://x,\"Path information"));
	line = strstr(str_c(&out), "\r\n000003,");
	ck_assert_ptr_nonnull(strstr(line, "0003,N/A,secas,SECAS,"));
	line = strstr(str_c(&out), "\r\n000004,");
	ck_assert_ptr_nonnull(strstr(line, ",,any,secas,SECAS,"));
}
END_TEST

int main(void)
{
	const TTest *tests[] = { the_csv_comes_out_byte_for_byte_whichever_file_went_in,
				 bom_colons_and_line_ends_are_the_files_and_not_the_lists,
				 t19_a_formula_in_the_cpl_leaves_with_an_apostrophe,
				 an_older_revision_comes_out_with_its_own_version,
				 an_export_that_does_not_fit_is_an_error,
				 the_fir_tells_bases_none_any_and_unknown_apart };
	Suite *s = suite_create("export");
	TCase *tc = tcase_create("export");

	tcase_set_timeout(tc, 120);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_loop_test(tc, tests[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}
