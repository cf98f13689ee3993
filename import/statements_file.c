/* SPDX-License-Identifier: Apache-2.0 */
#include "import/statements_file.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "import/csv_reader.h"
#include "import/line_reader.h"

struct statements_file {
	/* CSV */
	struct csv_reader *csv;               /* owned */
	size_t width;                         /* columns of the header */
	unsigned column[STATEMENT_IN_FIELDS]; /* of each field, 0 = not there */
	/* NDJSON */
	struct line_reader *lines; /* owned */
	struct json *object;       /* owned: the row given last */
	struct str bases;          /* an array of bases as text */
	char hash[65];
};

static const enum statement_in_field needed[] = { STATEMENT_IN_ENTRY, STATEMENT_IN_KIND, STATEMENT_IN_SOURCE,
						  STATEMENT_IN_AUTHOR };

/* ---- CSV ---- */

static int read_header(struct statements_file *f, struct err *e)
{
	struct csv_record rec;
	bool got;

	if (csv_reader_next(f->csv, &rec, &got, e))
		return e->code;
	if (!got) {
		err_set(e, ERR_IMPORT,
			"the file is empty; a header is expected (entry,kind,bases,source,author,...)");
		return err_at(e, NULL, 1, 1);
	}
	for (size_t i = 0; i < rec.n; i++) {
		const char *s = rec.field[i];
		size_t n = parse_trim(&s, strlen(s));
		int field = statement_in_find(s, n);

		if (field < 0)
			statement_in_unknown(rec.field[i], "column", e);
		else if (f->column[field])
			err_set(e, ERR_IMPORT, "the column '%s' is there twice", statement_in_text[field]);
		else
			f->column[field] = (unsigned)i + 1;
		if (field < 0 || f->column[field] != i + 1)
			return err_at(e, NULL, rec.line, (int64_t)i + 1);
	}
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!f->column[needed[i]]) {
			err_set(e, ERR_IMPORT, "the column '%s' is missing", statement_in_text[needed[i]]);
			return err_at(e, NULL, rec.line, (int64_t)rec.n + 1);
		}
	f->width = rec.n;
	return OK;
}

static int next_csv(void *self, struct statement_in *ret, bool *ret_got, struct err *e)
{
	struct statements_file *f = self;
	struct csv_record rec;

	if (csv_reader_next(f->csv, &rec, ret_got, e))
		return e->code;
	if (!*ret_got)
		return OK;
	ret->line = rec.line;
	if (rec.n != f->width) {
		err_set(&ret->bad, ERR_IMPORT, "the row has %zu columns; the header has %zu", rec.n,
			f->width);
		err_at(&ret->bad, NULL, rec.line, (int64_t)(rec.n < f->width ? rec.n : f->width) + 1);
		return OK;
	}
	for (int i = 0; i < STATEMENT_IN_FIELDS; i++) {
		ret->column[i] = f->column[i];
		ret->text[i] = f->column[i] ? rec.field[f->column[i] - 1] : NULL;
	}
	return OK;
}

/* ---- NDJSON ---- */

static int read_object(struct statements_file *f, const char *text, size_t len, struct statement_in *ret,
		       struct err *e)
{
	json_free(f->object);
	f->object = NULL;
	if (json_parse(text, len, &f->object, e))
		return err_at(e, NULL, ret->line, e->col);
	if (json_kind(f->object) != JSON_OBJECT) {
		err_set(e, ERR_IMPORT, "a line must be a JSON object");
		return err_at(e, NULL, ret->line, 1);
	}
	if (statement_in_json(f->object, &f->bases, ret, e))
		return err_at(e, NULL, ret->line, 0);
	return OK;
}

static int next_line(void *self, struct statement_in *ret, bool *ret_got, struct err *e)
{
	struct statements_file *f = self;
	const char *s;
	size_t n;

	do {
		if (line_reader_next(f->lines, &s, &n, &ret->line, ret_got, e))
			return e->code;
		if (!*ret_got)
			return OK;
	} while (!parse_trim(&s, n)); /* blank lines */
	/* A bad line is that line's error: the next one can be read. */
	if (read_object(f, s, n, ret, &ret->bad))
		return OK;
	return OK;
}

static const char *file_hash(void *self)
{
	return ((struct statements_file *)self)->hash;
}

/* Is the first character that is no blank, behind a BOM, a brace? */
static int sniff(const struct input *in, bool *ret_json, struct err *e)
{
	char head[512];
	size_t n, i = 0;

	if (input_read(in, 0, head, sizeof head, &n, e))
		return e->code;
	if (n >= 3 && !memcmp(head, "\xef\xbb\xbf", 3))
		i = 3;
	while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\n' || head[i] == '\r'))
		i++;
	*ret_json = i < n && head[i] == '{';
	return OK;
}

int statements_file_new(const struct input *in, struct statements_file **ret, struct err *e)
{
	OWN(statements_file_free) struct statements_file *f = mem_zalloc(sizeof *f);
	bool json;

	str_init(&f->bases, LINE_MAX_BYTES);
	if (sniff(in, &json, e) || input_hash(in, f->hash, e))
		return e->code;
	if (json) {
		f->lines = line_reader_new(in);
	} else {
		f->csv = csv_reader_new(in);
		if (read_header(f, e))
			return e->code;
	}
	*ret = MOVE(f);
	return OK;
}

void statements_file_free(struct statements_file *f)
{
	if (!f)
		return;
	csv_reader_free(f->csv);
	line_reader_free(f->lines);
	json_free(f->object);
	str_done(&f->bases);
	mem_free(f);
}

struct statement_file statements_file_source(struct statements_file *f)
{
	return (struct statement_file){ f, f->csv ? next_csv : next_line, file_hash };
}
