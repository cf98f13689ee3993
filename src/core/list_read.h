/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that people bring, line by line: CSV with a header, or NDJSON with the same names. Private to core.
 */
#ifndef FIRPATH_CORE_LIST_READ_H
#define FIRPATH_CORE_LIST_READ_H

#include "core/fleet.h"

#define LIST_COLS_MAX 16
/* What a row of the list is: a struct of texts. */
struct list_shape {
	const char *what;        /* "devices" */
	const char *const *cols; /* names; NULL ends */
	const struct list_place {
		size_t offset, size; /* of the text in the row's struct */
	} * place;
	int n;
	unsigned must; /* bit k: column k must be there */
	size_t row_size;
};
#define LIST_PLACE(type, member)                                                                             \
	{                                                                                                    \
		offsetof(struct type, member), sizeof(((struct type *)0)->member)                            \
	}

struct list_reader {
	const struct list_shape *shape;
	enum fleet_format format;
	const char *p, *end;          /* borrowed: what is left of the text */
	int64_t line;                 /* number of the row that was read last */
	int column_of[LIST_COLS_MAX]; /* CSV: place of each column, -1 = not there */
	int ncolumns;
};
/* Reads the CSV header. */
int list_reader_init(struct list_reader *f, const struct list_shape *shape, enum fleet_format format,
		     const char *text, size_t len, struct err *e) MUST_USE;
/* *ret_got false at the end. Errors name line and column. Empty lines are skipped; texts that are not given
 * are "". */
int list_reader_next(struct list_reader *f, void *ret_row, bool *ret_got, struct err *e) MUST_USE;

#endif
