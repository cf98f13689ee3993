/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fleet_read.h"

#include <stddef.h>
#include <string.h>

#include "base/parse.h"

#define LINE_MAX_BYTES 4096

const char *const fleet_cols[FLEET_COLS + 1] = { "name",     "site",  "adapter", "address",
						 "identity", "entry", NULL };

static const struct {
	size_t offset, size;
} places[FLEET_COLS] = {
#define PLACE(m)                                                                                             \
	{                                                                                                    \
		offsetof(struct fleet_row, m), sizeof(((struct fleet_row *)0)->m)                            \
	}
	PLACE(name), PLACE(site), PLACE(adapter), PLACE(address), PLACE(identity), PLACE(entry),
#undef PLACE
};

/* The next line without its end; false when there is none. */
static bool line_next(struct fleet_reader *f, const char **ret, size_t *ret_n)
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

static int header_read(struct fleet_reader *f, const char *s, const char *end, struct err *e)
{
	char name[64];
	int i, k;

	for (i = 0; s; i++) {
		if (field_next(&s, end, name, sizeof name, e))
			return err_at(e, NULL, f->line, i + 1);
		for (k = 0; k < FLEET_COLS && strcmp(fleet_cols[k], name) != 0; k++)
			;
		if (k == FLEET_COLS) {
			const char *near = parse_nearest(name, fleet_cols);

			err_set(e, ERR_INVALID,
				"the header has a column '%s'%s%s%s; the columns are "
				"name,site,adapter,address,identity,entry",
				name, near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
			return err_at(e, NULL, f->line, i + 1);
		}
		if (f->column_of[k] >= 0) {
			err_set(e, ERR_INVALID, "the header names the column '%s' twice", name);
			return err_at(e, NULL, f->line, i + 1);
		}
		f->column_of[k] = i;
	}
	f->ncolumns = i;
	if (f->column_of[FLEET_NAME] < 0) {
		err_set(e, ERR_INVALID, "the first line must be a header with at least the column 'name'");
		return err_at(e, NULL, f->line, 0);
	}
	return OK;
}

int fleet_reader_init(struct fleet_reader *f, enum fleet_format format, const char *text, size_t len,
		      struct err *e)
{
	const char *s;
	size_t n;

	*f = (struct fleet_reader){ .format = format, .p = text, .end = text + len };
	for (int k = 0; k < FLEET_COLS; k++)
		f->column_of[k] = -1;
	if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
		f->p += 3;
	if (format == FLEET_NDJSON)
		return OK;
	if (!line_next(f, &s, &n))
		return err_set(e, ERR_INVALID, "the list of devices is empty");
	return header_read(f, s, s + n, e);
}

static int csv_row(const struct fleet_reader *f, const char *s, const char *end, struct fleet_row *row,
		   struct err *e)
{
	char buf[LINE_MAX_BYTES];
	int i;

	for (i = 0; s && i < f->ncolumns; i++) {
		if (field_next(&s, end, buf, sizeof buf, e))
			return err_at(e, NULL, f->line, i + 1);
		for (int k = 0; k < FLEET_COLS; k++)
			if (f->column_of[k] == i &&
			    !str_copy((char *)row + places[k].offset, places[k].size, buf)) {
				err_set(e, ERR_INVALID, "the %s is longer than %zu bytes", fleet_cols[k],
					places[k].size - 1);
				return err_at(e, NULL, f->line, i + 1);
			}
	}
	if (s || i < f->ncolumns) {
		err_set(e, ERR_INVALID, "the line has %s fields than the header", s ? "more" : "fewer");
		return err_at(e, NULL, f->line, i + 1);
	}
	return OK;
}

static int ndjson_row(const struct fleet_reader *f, const char *s, size_t n, struct fleet_row *row,
		      struct err *e)
{
	struct json_field fields[FLEET_COLS + 1] = { { 0 } };
	OWN(json_free) struct json *j = NULL;

	for (int k = 0; k < FLEET_COLS; k++)
		fields[k] = (struct json_field){ fleet_cols[k],   FIELD_TEXT, places[k].offset,
						 k == FLEET_NAME, 0,          (int64_t)places[k].size };
	if (json_parse(s, n, &j, e))
		return err_at(e, NULL, f->line, 0);
	if (json_decode(j, fields, row, e))
		return err_at(e, NULL, f->line, 0);
	return OK;
}

int fleet_reader_next(struct fleet_reader *f, struct fleet_row *ret, bool *ret_got, struct err *e)
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
	memset(ret, 0, sizeof *ret);
	if (n > LINE_MAX_BYTES || !parse_utf8_ok(s, n)) {
		err_set(e, ERR_INVALID,
			n > LINE_MAX_BYTES ? "the line is longer than 4096 bytes"
					   : "the line is not valid UTF-8");
		return err_at(e, NULL, f->line, 0);
	}
	if (f->format == FLEET_CSV ? csv_row(f, s, s + n, ret, e) : ndjson_row(f, s, n, ret, e))
		return (int)e->code;
	*ret_got = true;
	return OK;
}
