/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as a workbook. What does not begin like a zip is put into a good workbook as its sheet
 * (first byte even) or its shared texts (odd), so that variations reach the XML and not only the checksum.
 * Every row that comes out is read as an entry.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "import/cpl_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define KIND "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define CELL(ref, text) "<c r=\"" ref "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"

static const char book[] =
    "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" KIND "\"><sheets>"
    "<sheet name=\"Version Control\" sheetId=\"1\" r:id=\"a\"/>"
    "<sheet name=\"Central Products List\" sheetId=\"2\" r:id=\"b\"/></sheets></workbook>";
static const char rels[] =
    "<Relationships><Relationship Id=\"a\" Type=\"" KIND
    "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"b\" Type=\"" KIND
    "/worksheet\" Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"c\" Type=\"" KIND
    "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";
static const char version[] = "<worksheet><sheetData><row r=\"3\">" CELL(
    "A3", "Version 1.001 Issued on 01-02-2024") "</row></sheetData></worksheet>";
static const char strings[] =
    "<sst><si><t>Entry</t></si><si><t>number</t></si><si><r><t>00</t></r><r><t>0007</t></r></si></sst>";

static void put(struct archive *a, const char *name, const void *p, size_t n)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)n);
	if (archive_write_header(a, entry) || archive_write_data(a, p, n) != (la_ssize_t)n)
		abort();
	archive_entry_free(entry);
}

static size_t wrap(const uint8_t *data, size_t size, char *out, size_t max)
{
	struct archive *a = archive_write_new();
	bool odd = data[0] % 2;
	size_t n = 0;

	if (archive_write_set_format_zip(a) || archive_write_set_options(a, "zip:compression=store") ||
	    archive_write_open_memory(a, out, max, &n))
		abort();
	put(a, "xl/workbook.xml", book, sizeof book - 1);
	put(a, "xl/_rels/workbook.xml.rels", rels, sizeof rels - 1);
	put(a, "xl/worksheets/sheet1.xml", version, sizeof version - 1);
	if (odd)
		put(a, "xl/sharedStrings.xml", data + 1, size - 1);
	else
		put(a, "xl/sharedStrings.xml", strings, sizeof strings - 1);
	put(a, "xl/worksheets/sheet2.xml", odd ? (const uint8_t *)"<worksheet/>" : data + 1,
	    odd ? 12 : size - 1);
	if (archive_write_close(a))
		abort();
	archive_write_free(a);
	return n;
}

static void read_list(const void *p, size_t n)
{
	OWN(input_free) struct input *in = NULL;
	OWN(cpl_sheet_free) struct cpl_sheet *c = NULL;
	struct feed_input from = { .bytes = p, .len = n };
	struct cpl_source src;
	struct cpl_row row;
	struct err e = { 0 };
	int64_t line = 0;
	bool got = true;

	if (input_open(&from, &in, &e) || cpl_sheet_new(in, &c, &e)) {
		if (!*e.msg)
			abort();
		return;
	}
	src = cpl_sheet_source(c);
	while (!src.next(src.self, &row, &got, &e) && got) {
		char scratch[CPL_SCRATCH];
		struct cpl_entry x;

		if (row.line <= line)
			abort();
		line = row.line;
		if (cpl_read(src.layout, &row, scratch, &x, NULL, NULL, &e) && (!e.line || !*e.where))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max = size + 64 * KIB;
	OWN(mem_free) char *out = NULL;

	if (size < 2 || !memcmp(data, "PK", 2)) {
		read_list(data, size);
		return 0;
	}
	out = mem_alloc(max);
	read_list(out, wrap(data, size, out, max));
	return 0;
}
