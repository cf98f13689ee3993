/* SPDX-License-Identifier: Apache-2.0 */
#include "core/list_read.h"

#include <string.h>

#include "base/parse.h"

#define LINE_MAX_BYTES 4096

/* The next line without its end; false when there is none. */
static bool line_next(struct list_reader *f, const char **ret, size_t *ret_n)
{
	const char *nl;

	if (f->p >= f->end)
		return false;
	nl = memchr(f->p, '\n', (size_t)(f->end - f->p));
	*ret = f->p;
	*ret_n = (size_t)((nl ? nl : f->end) - f->p);
	f->p = nl ? nl + 1 : f->end;
	f->line++;
	if (*ret_n && (*ret)[*ret_n - 1] == '\r')
		(*ret_n)--;
	return true;
}

/* One CSV field into buf; *s moves behind its comma, NULL at the end of the record. */
static int field_next(const char **s, const char *end, char *buf, size_t size, struct err *e)
{
	const char *p = *s, *from = buf;
	size_t n = 0;
	bool quoted = p < end && *p == '"';

	for (p += quoted; p < end && (quoted || *p != ','); p++) {
		if (quoted && *p == '"') {
			if (p + 1 >= end || p[1] != '"')
				break;
			p++;
		}
		if (n + 1 >= size)
			return err_set(e, ERR_INVALID, "a field is longer than %zu bytes", size - 1);
		buf[n++] = *p;
	}
	if (quoted && p++ >= end)
		return err_set(e, ERR_INVALID, "a quoted field does not end on its line");
	if (p < end && *p != ',')
		return err_set(e, ERR_INVALID, "a comma is expected after a quoted field");
	*s = p < end ? p + 1 : NULL;
	n = parse_trim(&from, n);
	memmove(buf, from, n);
	buf[n] = 0;
	return OK;
}

static int header_read(struct list_reader *f, const char *s, const char *end, struct err *e)
{
	const struct list_shape *sh = f->shape;
	char name[64];
	int i, k;

	for (i = 0; s; i++) {
		if (field_next(&s, end, name, sizeof name, e))
			return err_at(e, NULL, f->line, i + 1);
		for (k = 0; k < sh->n && strcmp(sh->cols[k], name) != 0; k++)
			;
		if (k == sh->n) {
			const char *near = parse_nearest(name, sh->cols);
			STR(all, KIB);

			for (k = 0; k < sh->n; k++)
				str_addf(&all, "%s%s", k ? "," : "", sh->cols[k]);

			err_set(e, ERR_INVALID, "the header has a column '%s'%s%s%s; the columns are %s",
				name, near ? ", did you mean '" : "", near ? near : "", near ? "'" : "",
				str_c(&all));
			return err_at(e, NULL, f->line, i + 1);
		}
		if (f->column_of[k] >= 0) {
			err_set(e, ERR_INVALID, "the header names the column '%s' twice", name);
			return err_at(e, NULL, f->line, i + 1);
		}
		f->column_of[k] = i;
	}
	f->ncolumns = i;
	for (k = 0; k < sh->n; k++)
		if (f->column_of[k] < 0 && (sh->must >> k & 1)) {
			err_set(e, ERR_INVALID,
				"the first line must be a header with at least the column '%s'", sh->cols[k]);
			return err_at(e, NULL, f->line, 0);
		}
	return OK;
}

int list_reader_init(struct list_reader *f, const struct list_shape *shape, enum fleet_format format,
		     const char *text, size_t len, struct err *e)
{
	const char *s;
	size_t n;

	*f = (struct list_reader){ .shape = shape, .format = format, .p = text, .end = text + len };
	for (int k = 0; k < LIST_COLS_MAX; k++)
		f->column_of[k] = -1;
	if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
		f->p += 3;
	if (format == FLEET_NDJSON)
		return OK;
	if (!line_next(f, &s, &n))
		return err_set(e, ERR_INVALID, "the list of %s is empty", shape->what);
	return header_read(f, s, s + n, e);
}

static int csv_row(const struct list_reader *f, const char *s, const char *end, void *row, struct err *e)
{
	const struct list_shape *sh = f->shape;
	char buf[LINE_MAX_BYTES];
	int i;

	for (i = 0; s && i < f->ncolumns; i++) {
		if (field_next(&s, end, buf, sizeof buf, e))
			return err_at(e, NULL, f->line, i + 1);
		for (int k = 0; k < sh->n; k++)
			if (f->column_of[k] == i &&
			    !str_copy((char *)row + sh->place[k].offset, sh->place[k].size, buf)) {
				err_set(e, ERR_INVALID, "the %s is longer than %zu bytes", sh->cols[k],
					sh->place[k].size - 1);
				return err_at(e, NULL, f->line, i + 1);
			}
	}
	if (s || i < f->ncolumns) {
		err_set(e, ERR_INVALID, "the line has %s fields than the header", s ? "more" : "fewer");
		return err_at(e, NULL, f->line, i + 1);
	}
	return OK;
}

static int ndjson_row(const struct list_reader *f, const char *s, size_t n, void *row, struct err *e)
{
	struct json_field fields[LIST_COLS_MAX + 1] = { { 0 } };
	const struct list_shape *sh = f->shape;
	OWN(json_free) struct json *j = NULL;

	for (int k = 0; k < sh->n; k++)
		fields[k] = (struct json_field){ sh->cols[k],       FIELD_TEXT, sh->place[k].offset,
						 sh->must >> k & 1, 0,          (int64_t)sh->place[k].size };
	if (json_parse(s, n, &j, e))
		return err_at(e, NULL, f->line, 0);
	if (json_decode(j, fields, row, e))
		return err_at(e, NULL, f->line, 0);
	return OK;
}

int list_reader_next(struct list_reader *f, void *ret_row, bool *ret_got, struct err *e)
{
	const char *s, *t;
	size_t n, trimmed;

	do {
		if (!line_next(f, &s, &n)) {
			*ret_got = false;
			return OK;
		}
		t = s;
		trimmed = parse_trim(&t, n);
	} while (!trimmed);
	memset(ret_row, 0, f->shape->row_size);
	if (n > LINE_MAX_BYTES || !parse_utf8_ok(s, n)) {
		err_set(e, ERR_INVALID,
			n > LINE_MAX_BYTES ? "the line is longer than 4096 bytes"
					   : "the line is not valid UTF-8");
		return err_at(e, NULL, f->line, 0);
	}
	if (f->format == FLEET_CSV ? csv_row(f, s, s + n, ret_row, e) : ndjson_row(f, s, n, ret_row, e))
		return (int)e->code;
	*ret_got = true;
	return OK;
}
