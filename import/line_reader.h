/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a text file one by one, for NDJSON. Private to import/. */
#ifndef FIRPATH_IMPORT_LINE_READER_H
#define FIRPATH_IMPORT_LINE_READER_H

#include "import/input.h"

#define LINE_MAX_BYTES (64 * KIB)

struct line_reader;
struct line_reader *line_reader_new(const struct input *in); /* borrowed */
void line_reader_free(struct line_reader *r);
DEFINE_OWN(struct line_reader, line_reader_free)
/* The next line without its end, borrowed until the next call. A longer one than LINE_MAX_BYTES is an error.
 */
int line_reader_next(struct line_reader *r, const char **ret, size_t *ret_len, int64_t *ret_line,
		     bool *ret_got, struct err *e) MUST_USE;

#endif
