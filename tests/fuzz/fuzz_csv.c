/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as CSV. The short cut for lines without quotes and libcsv alone must see the same records,
 * or the same error in the same place; then the bytes as a Central Products List: what is taken must be taken
 * again when it is read back from its kept form.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "import/cpl_file.h"
#include "import/csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct input *in)
{
	OWN(csv_reader_free) struct csv_reader *a = csv_reader_new(in), *b = csv_reader_new(in);
	struct csv_record x, y;
	struct err e = { 0 }, f = { 0 };
	bool got = true, also = true;

	csv_reader_plain(b);
	while (got) {
		int rc = csv_reader_next(a, &x, &got, &e), rd = csv_reader_next(b, &y, &also, &f);

		if (rc != rd)
			abort();
		if (rc) {
			if (e.line < 1 || e.line != f.line || e.col != f.col || strcmp(e.msg, f.msg) != 0)
				abort();
			return;
		}
		if (got != also)
			abort();
		if (!got)
			break;
		if (x.line != y.line || x.n != y.n || !x.n)
			abort();
		for (size_t i = 0; i < x.n; i++)
			if (strcmp(x.field[i], y.field[i]) != 0)
				abort();
	}
	if (strcmp(csv_reader_hash(a), csv_reader_hash(b)) != 0 || strlen(csv_reader_hash(a)) != 64)
		abort();
}

static void read_list(const struct input *in)
{
	OWN(cpl_csv_free) struct cpl_csv *c = NULL;
	struct cpl_source src;
	struct cpl_row row;
	struct err e = { 0 };
	bool got = true;

	if (cpl_csv_new(in, &c, &e))
		return;
	src = cpl_csv_source(c);
	while (!src.next(src.self, &row, &got, &e) && got) {
		char scratch[CPL_SCRATCH], again[CPL_SCRATCH];
		struct cpl_entry x, y;
		struct cpl_version v;

		if (cpl_version_parse(row.version, &v, &e) && !*e.msg)
			abort();
		if (cpl_read(src.layout, &row, scratch, &x, NULL, NULL, &e)) {
			if (!e.line || !e.col || !*e.where)
				abort();
			continue;
		}
		memcpy(row.text, x.text, sizeof row.text);
		if (cpl_read(src.layout, &row, again, &y, NULL, NULL, &e) || x.number != y.number ||
		    x.model_key != y.model_key || x.firmware != y.firmware || strcmp(x.hash, y.hash) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(input_free) struct input *in = NULL;
	struct feed_input from = { .bytes = data, .len = size };
	struct err e;

	if (input_open(&from, &in, &e))
		return 0;
	compare(in);
	read_list(in);
	return 0;
}
