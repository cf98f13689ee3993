/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "import/cpl_file.h"
#include "import/csv_reader.h"

struct cpl_csv {
	struct csv_reader *csv;            /* owned */
	enum cpl_col col[CPL_CSV_COLUMNS]; /* which column stands in each field; the first is the version */
};

/* What a header has, safe to show in a message. */
static const char *shown(const char *s, char buf[64])
{
	size_t i;

	for (i = 0; s[i] && i < 60; i++)
		buf[i] = (char)(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	snprintf(buf + i, 64 - i, "%s", s[i] ? "..." : "");
	return buf;
}

static int check_width(const struct csv_record *rec, const char *what, struct err *e)
{
	size_t least = rec->n < CPL_CSV_COLUMNS ? rec->n : CPL_CSV_COLUMNS;

	if (rec->n == CPL_CSV_COLUMNS)
		return OK;
	err_set(e, ERR_IMPORT, "%s has %zu columns; %d are expected", what, rec->n, CPL_CSV_COLUMNS);
	return err_at(e, NULL, rec->line, (int64_t)least + 1);
}

static int check_name(const struct csv_record *rec, size_t i, const char *want, struct err *e)
{
	const char *s = rec->field[i];
	size_t n = parse_trim(&s, strlen(s));
	char buf[64];

	if (n == strlen(want) && !strncmp(s, want, n))
		return OK;
	err_set(e, ERR_IMPORT, "the header says '%s' where '%s' is expected", shown(rec->field[i], buf),
		want);
	return err_at(e, NULL, rec->line, (int64_t)i + 1);
}

static int read_header(struct cpl_csv *c, struct err *e)
{
	struct csv_record rec;
	size_t i = 1;
	bool got;

	if (csv_reader_next(c->csv, &rec, &got, e))
		return e->code;
	if (!got) {
		err_set(e, ERR_IMPORT, "the file is empty; the header of the CPL is expected");
		return err_at(e, NULL, 1, 1);
	}
	/* The first wrong name says more than the number of columns. */
	if (check_name(&rec, 0, "Version", e))
		return e->code;
	for (int col = 0; col < CPL_COLS; col++) {
		if (!*cpl_columns[col].csv)
			continue;
		if (i < rec.n && check_name(&rec, i, cpl_columns[col].csv, e))
			return e->code;
		c->col[i++] = (enum cpl_col)col;
	}
	return check_width(&rec, "the header", e);
}

static int next_row(void *self, struct cpl_row *ret, bool *ret_got, struct err *e)
{
	struct cpl_csv *c = self;
	struct csv_record rec;

	if (csv_reader_next(c->csv, &rec, ret_got, e))
		return e->code;
	if (!*ret_got)
		return OK;
	if (check_width(&rec, "the row", e))
		return e->code;
	*ret = (struct cpl_row){ .line = rec.line, .version = rec.field[0] };
	for (size_t i = 1; i < rec.n; i++)
		ret->text[c->col[i]] = rec.field[i];
	return OK;
}

static const char *file_hash(void *self)
{
	return csv_reader_hash(((struct cpl_csv *)self)->csv);
}

int cpl_csv_new(const struct input *in, struct cpl_csv **ret, struct err *e)
{
	OWN(cpl_csv_free) struct cpl_csv *c = mem_zalloc(sizeof *c);

	c->csv = csv_reader_new(in);
	if (read_header(c, e))
		return e->code;
	*ret = MOVE(c);
	return OK;
}

void cpl_csv_free(struct cpl_csv *c)
{
	if (c)
		csv_reader_free(c->csv);
	mem_free(c);
}

struct cpl_source cpl_csv_source(struct cpl_csv *c)
{
	return (struct cpl_source){ c, CPL_CSV, next_row, file_hash };
}
