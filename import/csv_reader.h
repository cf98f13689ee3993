/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV, record by record, over libcsv: strict quotes, UTF-8 with or without BOM, LF or CRLF. Blanks belong to
 * their fields. Reads in chunks; what one record may take is bounded (T18). Every error has a line, and where
 * it makes sense a column. Private to import/.
 */
#ifndef FIRPATH_IMPORT_CSV_READER_H
#define FIRPATH_IMPORT_CSV_READER_H

#include "import/input.h"

struct csv_record {
	int64_t line;                          /* where it begins, from 1 */
	size_t n;                              /* fields */
	const char *field[IMPORT_COLUMNS_MAX]; /* borrowed until the next call */
};

struct csv_reader;
struct csv_reader *csv_reader_new(const struct input *in); /* borrowed, must outlive */
/* For tests: no short cut for lines without quotes. */
void csv_reader_plain(struct csv_reader *r);
void csv_reader_free(struct csv_reader *r);
DEFINE_OWN(struct csv_reader, csv_reader_free)
/* The next record that is not empty; *ret_got false at the end. */
int csv_reader_next(struct csv_reader *r, struct csv_record *ret, bool *ret_got, struct err *e) MUST_USE;
const char *csv_reader_hash(struct csv_reader *r); /* of all bytes; after the end */

#endif
