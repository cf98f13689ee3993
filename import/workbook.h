/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spreadsheet workbook (OOXML), as far as feeds need it: its sheets by name, and the rows of a sheet as
 * texts, pulled one by one. Formulas give their stored value, rich text its words, numbers and dates the text
 * that the file has. Private to import/.
 */
#ifndef FIRPATH_IMPORT_WORKBOOK_H
#define FIRPATH_IMPORT_WORKBOOK_H

#include "import/zip_reader.h"

#define WORKBOOK_SHEETS_MAX 64
#define WORKBOOK_COLUMNS 26       /* A to Z are kept; what stands further right is not looked at */
#define WORKBOOK_ROWS_MAX 1048576 /* of the file format */
#define WORKBOOK_STRINGS_MAX 1500000
#define WORKBOOK_STRINGS_BYTES (48 * MIB)

struct workbook;
/* Reads everything but the sheets. Input borrowed. */
int workbook_open(const struct input *in, struct workbook **ret, struct err *e) MUST_USE;
void workbook_free(struct workbook *w);
DEFINE_OWN(struct workbook, workbook_free)

struct sheet_row {
	int64_t row;                        /* from 1 */
	const char *cell[WORKBOOK_COLUMNS]; /* NULL = no such cell; borrowed until the next call */
};
struct sheet;
/* ERR_IMPORT when there is no sheet of this name. The workbook is borrowed. */
int sheet_open(const struct workbook *w, const char *name, struct sheet **ret, struct err *e) MUST_USE;
void sheet_free(struct sheet *s);
DEFINE_OWN(struct sheet, sheet_free)
/* The next row that has a cell; *ret_got false at the end. Rows ascend. A cell may have up to XML_VALUE_MAX.
 */
int sheet_next(struct sheet *s, struct sheet_row *ret, bool *ret_got, struct err *e) MUST_USE;

/* A cell as place of an error: "Sheet!T123". Returns the code of e. */
int cell_place(const char *sheet, int64_t row, unsigned column, struct err *e);

#endif
