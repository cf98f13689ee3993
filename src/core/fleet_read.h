/* SPDX-License-Identifier: Apache-2.0 */
/* Device lists, line by line: CSV with a header, or NDJSON with the same names. Private to core/fleet*.c. */
#ifndef FIRPATH_CORE_FLEET_READ_H
#define FIRPATH_CORE_FLEET_READ_H

#include "core/fleet.h"

enum { FLEET_NAME, FLEET_SITE, FLEET_ADAPTER, FLEET_ADDRESS, FLEET_IDENTITY, FLEET_ENTRY, FLEET_COLS };
extern const char *const fleet_cols[FLEET_COLS + 1];

struct fleet_row {
	char name[DEVICE_NAME_MAX + 1], site[DEVICE_NAME_MAX + 1], adapter[16], address[256], identity[48],
	    entry[48]; /* "" = not given */
};

struct fleet_reader {
	enum fleet_format format;
	const char *p, *end;       /* borrowed: what is left of the text */
	int64_t line;              /* number of the row that was read last */
	int column_of[FLEET_COLS]; /* CSV: place of each column, -1 = not there */
	int ncolumns;
};
/* Reads the CSV header. */
int fleet_reader_init(struct fleet_reader *f, enum fleet_format format, const char *text, size_t len,
		      struct err *e) MUST_USE;
/* *ret_got false at the end. Errors name line and column. Empty lines are skipped. */
int fleet_reader_next(struct fleet_reader *f, struct fleet_row *ret, bool *ret_got, struct err *e) MUST_USE;

#endif
