/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes at all as a statements file: every row is read or has an error with its line, up to the end. */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "import/statements_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(input_free) struct input *in = NULL;
	OWN(statements_file_free) struct statements_file *f = NULL;
	struct feed_input from = { .bytes = data, .len = size };
	struct statement_file src;
	struct statement_in row;
	struct err e = { 0 };
	int64_t line = 0;
	bool got = true;

	if (input_open(&from, &in, &e) || statements_file_new(in, &f, &e)) {
		if (!*e.msg)
			abort();
		return 0;
	}
	src = statements_file_source(f);
	for (;;) {
		memset(&row, 0, sizeof row);
		if (src.next(src.self, &row, &got, &e)) {
			if (e.line < 1)
				abort();
			return 0;
		}
		if (!got)
			break;
		if (row.line <= line)
			abort();
		line = row.line;
		if (row.bad.code) {
			if (row.bad.line != line)
				abort();
			continue;
		}
		for (int i = 0; i < STATEMENT_IN_FIELDS; i++)
			if (row.text[i] && !parse_utf8_ok(row.text[i], strlen(row.text[i])))
				abort();
	}
	if (strlen(src.hash(src.self)) != 64)
		abort();
	return 0;
}
