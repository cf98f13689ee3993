/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door to imports: takes a file or bytes, tells CSV, workbook and NDJSON apart by content (never by name)
 * and runs the use case of core/import.h over the reader that fits. Called by the CLI and the REST door
 * (doc/adr/0003-import-below-the-doors.md). Errors name line and column, or the cell; memory stays below
 * 256 MiB whatever the input.
 */
#ifndef FIRPATH_IMPORT_FEED_H
#define FIRPATH_IMPORT_FEED_H

#include "core/import.h"

/* Either a path ("-" = standard input) or bytes in memory. */
struct feed_input {
	const char *path; /* NULL: take the bytes */
	const void *bytes;
	size_t len;
};

/* Is there a file that can be read? Standard input and bytes always are. */
int feed_check(const struct feed_input *in, struct err *e) MUST_USE;
/* options.file_name NULL: the last part of the path. */
int feed_import_cpl(struct db *db, const struct feed_input *in, const struct import_options *o,
		    struct import_report **ret, struct err *e) MUST_USE;
int feed_import_statements(struct db *db, const struct feed_input *in, const struct import_options *o,
			   struct import_report **ret, struct err *e) MUST_USE;
/* The rows of a statements file for somebody who does not import them: use() gets the source, which lives
 * during the call. */
int feed_statement_rows(const struct feed_input *in,
			int (*use)(const struct statement_file *rows, void *ctx, struct err *e), void *ctx,
			struct err *e) MUST_USE;

#endif
