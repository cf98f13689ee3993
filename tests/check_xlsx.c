/* SPDX-License-Identifier: Apache-2.0 */
/* The workbook reader: where sheets are found, what a cell's text is, and what is refused (F11, F13). */
#include "testing.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/mem.h"
#include "base/str.h"
#include "import/workbook.h"
#include "import/xml_reader.h"

static struct err e;

#define KIND "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define REL(id, kind, target) "<Relationship Id=\"" id "\" Type=\"" KIND "/" kind "\" Target=\"" target "\"/>"
#define BOOK(sheets) "<workbook xmlns:r=\"" KIND "\"><sheets>" sheets "</sheets></workbook>"
#define ONE BOOK("<sheet name=\"S\" sheetId=\"7\" r:id=\"a\"/>")
#define RELS                                                                                                 \
	"<Relationships>" REL("a", "worksheet", "worksheets/sheet1.xml")                                     \
	    REL("b", "sharedStrings", "sharedStrings.xml") "</Relationships>"
#define SST(items) "<sst>" items "</sst>"
#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"

struct member {
	const char *name, *text;
};

/* A zip of these members, in this order. */
static void pack(struct str *out, const struct member *m, size_t n)
{
	struct archive *a = archive_write_new();
	OWN(mem_free) char *buf = mem_alloc(4 * MIB);
	size_t used = 0;

	ck_assert_int_eq(archive_write_set_format_zip(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_memory(a, buf, 4 * MIB, &used), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *entry = archive_entry_new();

		archive_entry_set_pathname(entry, m[i].name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, (la_int64_t)strlen(m[i].text));
		ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
		ck_assert_int_eq(archive_write_data(a, m[i].text, strlen(m[i].text)),
				 (la_ssize_t)strlen(m[i].text));
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	str_addn(out, buf, used);
}

/* All rows of sheet S as "row:A=text,C=text;", or the error. */
static const char *rows_of(const struct member *m, size_t n, struct str *out)
{
	STR(zip, 4 * MIB);
	OWN(input_free) struct input *in = NULL;
	OWN(workbook_free) struct workbook *w = NULL;
	OWN(sheet_free) struct sheet *s = NULL;
	struct feed_input from;
	struct sheet_row row;
	bool got = true;

	pack(&zip, m, n);
	from = (struct feed_input){ .bytes = zip.p, .len = zip.len };
	str_clear(out);
	ck_ok(input_open(&from, &in, &e));
	if (workbook_open(in, &w, &e) || sheet_open(w, "S", &s, &e)) {
		str_addf(out, "!%s: %s", e.where, e.msg);
		return str_c(out);
	}
	while (got) {
		if (sheet_next(s, &row, &got, &e)) {
			str_addf(out, "!%s: %s", e.where, e.msg);
			break;
		}
		if (!got)
			break;
		str_addf(out, "%d:", (int)row.row);
		for (int i = 0, first = 1; i < WORKBOOK_COLUMNS; i++)
			if (row.cell[i]) {
				str_addf(out, "%s%c=%s", first ? "" : ",", 'A' + i, row.cell[i]);
				first = 0;
			}
		str_addc(out, ';');
	}
	return str_c(out);
}

static const char *rows_with(const char *sst, const char *sheet, struct str *out)
{
	const struct member m[] = { { "xl/workbook.xml", ONE },
				    { "xl/_rels/workbook.xml.rels", RELS },
				    { "xl/worksheets/sheet1.xml", sheet },
				    { "xl/sharedStrings.xml", sst } };

	return rows_of(m, 4, out);
}

START_TEST(cells_of_every_kind_give_their_text)
{
	static const struct {
		const char *sst, *rows, *want;
	} cases[] = {
		{ "", "", "" },
		{ "", "<row r=\"1\"/>", "" },
		{ "", "<row r=\"3\"><c r=\"B3\"><v>45168</v></c></row>", "3:B=45168;" },
		{ "", "<row r=\"3\"><c r=\"B3\" t=\"n\"><v>1.5E3</v></c></row>", "3:B=1.5E3;" },
		{ "<si><t>zero</t></si><si><t>one</t></si>",
		  "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" t=\"s\"><v>0</v></c></row>",
		  "1:A=one,B=zero;" },
		/* rich text, blanks that count, reading aids that do not */
		{ "<si><r><t>10</t></r><r><rPr><b/></rPr><t>:6C</t></r></si>",
		  "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", "1:A=10:6C;" },
		{ "<si><t xml:space=\"preserve\"> x </t><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></si>",
		  "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", "1:A= x ;" },
		{ "",
		  "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><r><t>a</t></r><r><t> "
		  "b</t></r></is></c></row>",
		  "1:A=a b;" },
		{ "", "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t/></is></c></row>", "1:A=;" },
		/* escapes of XML and of spreadsheets */
		{ "<si><t>a&amp;b&#65;&lt;_x0041__x000D_\n_x005F_x0041_</t></si>",
		  "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", "1:A=a&bA<A\r\n_x0041_;" },
		{ "<si><t>_x20AC__xD800__x00e9_</t></si>",
		  "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", "1:A=\xe2\x82\xac_xD800_\xc3\xa9;" },
		{ "<si><t><![CDATA[<x>]]></t></si>", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>",
		  "1:A=<x>;" },
		/* formulas give what was stored; booleans their words */
		{ "", "<row r=\"1\"><c r=\"A1\" t=\"str\"><f>B1&amp;C1</f><v>_x0041_B</v></c></row>",
		  "1:A=AB;" },
		{ "", "<row r=\"1\"><c r=\"A1\"><f>1+1</f><v>2</v></c></row>", "1:A=2;" },
		{ "", "<row r=\"1\"><c r=\"A1\" t=\"b\"><v>1</v></c><c r=\"B1\" t=\"b\"><v>0</v></c></row>",
		  "1:A=TRUE,B=FALSE;" },
		/* cells without a value, without a place, past Z; rows without a number */
		{ "", "<row r=\"1\"><c r=\"A1\" s=\"3\"/><c r=\"C1\"><v>1</v></c></row>", "1:C=1;" },
		{ "",
		  "<row><c><v>1</v></c><c><v>2</v></c></row><row><c "
		  "r=\"B2\"><v>3</v></c><c><v>4</v></c></row>",
		  "1:A=1,B=2;2:B=3,C=4;" },
		{ "",
		  "<row r=\"5\"><c r=\"Z5\"><v>1</v></c><c r=\"AA5\"><v>2</v></c><c "
		  "r=\"XFD5\"><v>3</v></c></row>",
		  "5:Z=1;" },
		{ "", "<row r=\"2\"><c r=\"A2\" t=\"what\"><v>x</v></c></row>", "2:A=x;" },
	};
	STR(out, MIB);
	STR(sst, MIB);
	STR(sheet, MIB);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		str_clear(&sst);
		str_clear(&sheet);
		str_addf(&sst, "<?xml version=\"1.0\"?><sst>%s</sst>", cases[i].sst);
		str_addf(&sheet,
			 "<?xml version=\"1.0\"?><x:worksheet "
			 "xmlns:x=\"y\"><sheetData>%s</sheetData></x:worksheet>",
			 cases[i].rows);
		rows_with(str_c(&sst), str_c(&sheet), &out);
		ck_assert_msg(!strcmp(str_c(&out), cases[i].want), "%s gave %s", cases[i].rows, str_c(&out));
	}
}
END_TEST

START_TEST(sheets_are_found_by_name_whatever_the_order_of_members_and_targets)
{
	/* The shared texts after the sheet; an absolute target; sheets that go by other names. */
	const struct member m[] = {
		{ "xl/deep/x.xml", SHEET("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>") },
		{ "xl/texts.xml", SST("<si><t>here</t></si>") },
		{ "xl/_rels/workbook.xml.rels",
		  "<Relationships>" REL("z", "theme", "theme.xml") REL("q", "worksheet", "/xl/deep/x.xml")
		      REL("y", "sharedStrings", "texts.xml")
			  REL("w", "worksheet", "other.xml") "</Relationships>" },
		{ "xl/workbook.xml", BOOK("<sheet name=\"s\" sheetId=\"1\" r:id=\"w\"/>"
					  "<sheet name=\"S\" sheetId=\"2\" r:id=\"q\"/>") },
	};
	STR(out, MIB);

	ck_assert_str_eq(rows_of(m, 4, &out), "1:A=here;");
}
END_TEST

START_TEST(a_workbook_without_shared_texts_is_one)
{
	const struct member m[] = { { "xl/workbook.xml", ONE },
				    { "xl/_rels/workbook.xml.rels",
				      "<Relationships>" REL("a", "worksheet", "s.xml") "</Relationships>" },
				    { "xl/s.xml", SHEET("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>") } };
	STR(out, MIB);

	ck_assert_str_eq(rows_of(m, 3, &out), "1:A=1;");
}
END_TEST

START_TEST(a_cell_may_have_256_kib_and_not_a_byte_more)
{
	STR(sheet, 2 * MIB);
	STR(out, 2 * MIB);

	for (size_t n = XML_VALUE_MAX; n <= XML_VALUE_MAX + 1; n++) {
		str_clear(&sheet);
		str_add(&sheet, "<worksheet><sheetData><row r=\"9\"><c r=\"D9\" t=\"inlineStr\"><is><t>");
		for (size_t i = 0; i < n; i++)
			str_addc(&sheet,
				 (char)('a' + i % 7 * i % 11)); /* so that it does not look like a bomb */
		str_add(&sheet, "</t></is></c></row></sheetData></worksheet>");
		rows_with("<sst/>", str_c(&sheet), &out);
		if (n == XML_VALUE_MAX)
			ck_assert_uint_eq(out.len, n + 5);
		else
			ck_assert_str_eq(str_c(&out), "!S!D9: the cell has more than 256 KiB of text");
	}
}
END_TEST

START_TEST(t20_no_doctype_is_read_and_no_entity_is_known)
{
	STR(out, MIB);

	rows_with("<sst/>", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><worksheet/>", &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "has a DOCTYPE"));
	rows_with("<!DOCTYPE x [<!ENTITY a \"b\">]><sst/>", SHEET(""), &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "has a DOCTYPE"));
	ck_assert_int_eq(strncmp(str_c(&out), "!xl/sharedStrings.xml:", 22), 0);
	rows_with("<sst><si><t>&a;</t></si></sst>", SHEET(""), &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "not well formed"));
}
END_TEST

START_TEST(rows_are_given_one_by_one_however_they_fall_into_pieces)
{
	STR(sheet, 4 * MIB);
	STR(zip, 4 * MIB);
	struct member m[] = { { "xl/workbook.xml", ONE },
			      { "xl/_rels/workbook.xml.rels", RELS },
			      { "xl/worksheets/sheet1.xml", NULL },
			      { "xl/sharedStrings.xml", SST("<si><t>Current</t></si>") } };
	OWN(input_free) struct input *in = NULL;
	OWN(workbook_free) struct workbook *w = NULL;
	OWN(sheet_free) struct sheet *s = NULL;
	struct feed_input from;
	struct sheet_row row;
	bool got;

	str_add(&sheet, "<worksheet><sheetData>");
	for (int r = 1; r <= 9000; r++)
		str_addf(&sheet,
			 "<row r=\"%d\"><c r=\"A%d\" t=\"s\"><v>0</v></c><c r=\"B%d\" "
			 "t=\"inlineStr\"><is><t>%d-%0*d</t></is>"
			 "</c></row>",
			 r, r, r, r, r % 97, r);
	str_add(&sheet, "</sheetData></worksheet>");
	m[2].text = str_c(&sheet);
	pack(&zip, m, 4);
	from = (struct feed_input){ .bytes = zip.p, .len = zip.len };
	ck_ok(input_open(&from, &in, &e));
	ck_ok(workbook_open(in, &w, &e));
	ck_ok(sheet_open(w, "S", &s, &e));
	for (int r = 1; r <= 9000; r++) {
		char want[160];

		ck_ok(sheet_next(s, &row, &got, &e));
		ck_assert(got);
		ck_assert_int_eq(row.row, r);
		ck_assert_str_eq(row.cell[0], "Current");
		snprintf(want, sizeof want, "%d-%0*d", r, r % 97, r);
		ck_assert_str_eq(row.cell[1], want);
		ck_assert_ptr_null(row.cell[2]);
	}
	ck_ok(sheet_next(s, &row, &got, &e));
	ck_assert(!got);
}
END_TEST

int main(void)
{
	const TTest *tests[] = { cells_of_every_kind_give_their_text,
				 sheets_are_found_by_name_whatever_the_order_of_members_and_targets,
				 a_workbook_without_shared_texts_is_one,
				 a_cell_may_have_256_kib_and_not_a_byte_more,
				 t20_no_doctype_is_read_and_no_entity_is_known,
				 rows_are_given_one_by_one_however_they_fall_into_pieces };

	return RUN_TESTS("xlsx", tests);
}
