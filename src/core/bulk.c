/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bulk.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"

enum column { COL_DEVICE, COL_FROM, COL_TO, COLUMNS };
static const char *const column_names[] = { "device", "from", "to", NULL };

enum format { FORMAT_NOT_KNOWN, FORMAT_CSV, FORMAT_NDJSON };

struct bulk {
	struct bulk_init init;
	enum format format;
	bool header;            /* CSV: the header was read */
	int column_of[COLUMNS]; /* CSV: place of each column, -1 = not there */
	int ncolumns;
	struct str line; /* of the input, until its end comes */
	int64_t line_no, asked, errors;
};

/* Texts of one question. */
struct question {
	char device[256], from[256], to[256];
};

struct bulk *bulk_new(const struct bulk_init *init)
{
	struct bulk *b = mem_zalloc(sizeof *b);

	b->init = *init;
	str_init(&b->line, BULK_LINE_MAX);
	return b;
}

void bulk_free(struct bulk *b)
{
	if (!b)
		return;
	str_done(&b->line);
	free(b);
}

bool bulk_is_ndjson(const struct bulk *b)
{
	return b->format == FORMAT_NDJSON;
}

int64_t bulk_asked(const struct bulk *b)
{
	return b->asked;
}

int64_t bulk_errors(const struct bulk *b)
{
	return b->errors;
}

/* The next CSV field of a record; *s moves behind its comma, NULL at the end. ret may be NULL: skip. */
static int csv_next(const char **s, char *ret, size_t size, struct err *e)
{
	STR(text, BULK_LINE_MAX);
	const char *p = *s;

	if (*p == '"') {
		for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
			p += *p == '"';
			str_addc(&text, *p);
		}
		if (*p != '"')
			return err_set(e, ERR_INVALID, "a quoted field does not end on its line");
		p++;
		if (*p && *p != ',')
			return err_set(e, ERR_INVALID, "a comma is expected after a quoted field");
	} else {
		p += strcspn(p, ",");
		str_addn(&text, *s, (size_t)(p - *s));
	}
	*s = *p ? p + 1 : NULL;
	if (ret) {
		const char *from = str_c(&text);
		size_t n = parse_trim(&from, text.len);

		if (!str_copyn(ret, size, from, n))
			return err_set(e, ERR_INVALID, "a field is longer than %zu bytes", size - 1);
	}
	return OK;
}

static int read_header(struct bulk *b, struct err *e)
{
	const char *s = str_c(&b->line), *near;
	char name[64];
	int i, k;

	for (k = 0; k < COLUMNS; k++)
		b->column_of[k] = -1;
	for (i = 0; s; i++) {
		if (csv_next(&s, name, sizeof name, e))
			return (int)e->code;
		for (k = 0; k < COLUMNS && strcmp(column_names[k], name) != 0; k++)
			;
		if (k == COLUMNS) {
			near = parse_nearest(name, column_names);
			return err_set(e, ERR_INVALID,
				       "the header has a column '%s'%s%s%s; the columns are device,from,to",
				       name, near ? ", did you mean '" : "", near ? near : "",
				       near ? "'" : "");
		}
		if (b->column_of[k] >= 0)
			return err_set(e, ERR_INVALID, "the header names the column '%s' twice", name);
		b->column_of[k] = i;
	}
	if (b->column_of[COL_FROM] < 0 || b->column_of[COL_TO] < 0)
		return err_set(e, ERR_INVALID,
			       "the first line must be a header with the columns device,from,to");
	b->ncolumns = i;
	b->header = true;
	return OK;
}

static int read_csv(const struct bulk *b, struct question *q, struct err *e)
{
	char *const to[COLUMNS] = { q->device, q->from, q->to };
	const char *s = str_c(&b->line);
	int i;

	for (i = 0; s && i < b->ncolumns; i++) {
		char *ret = NULL;

		for (int k = 0; k < COLUMNS; k++)
			if (b->column_of[k] == i)
				ret = to[k];
		if (csv_next(&s, ret, sizeof q->from, e))
			return (int)e->code;
	}
	if (s || i < b->ncolumns)
		return err_set(e, ERR_INVALID, "the line has %s fields than the header",
			       s ? "more" : "fewer");
	return OK;
}

static int read_ndjson(const struct bulk *b, struct question *q, struct err *e)
{
	static const struct json_field fields[] = {
		{ "device", FIELD_TEXT, offsetof(struct question, device), false, 0, sizeof q->device },
		{ "from", FIELD_TEXT, offsetof(struct question, from), true, 0, sizeof q->from },
		{ "to", FIELD_TEXT, offsetof(struct question, to), true, 0, sizeof q->to },
		{ NULL, FIELD_TEXT, 0, false, 0, 0 },
	};
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(&b->line), b->line.len, &j, e))
		return (int)e->code;
	return json_decode(j, fields, q, e);
}

static void answer_line(struct bulk *b, struct str *out)
{
	struct question q = { "", "", "" };
	struct ask ask = { q.from, q.to, b->init.at, b->init.prefer, b->init.allow_removed };
	struct answer a;
	struct err e;
	int rc;

	if (!parse_utf8_ok(str_c(&b->line), b->line.len))
		rc = err_set(&e, ERR_INVALID, "the line is not valid UTF-8");
	else
		rc = b->format == FORMAT_NDJSON ? read_ndjson(b, &q, &e) : read_csv(b, &q, &e);
	if (!rc)
		rc = lookup_ask(b->init.snap, &ask, b->init.now, b->init.scratch, &a, &e);
	if (b->format == FORMAT_NDJSON)
		answer_bulk_ndjson(q.device, &ask, rc ? NULL : &a, rc ? &e : NULL, out);
	else
		answer_bulk_csv(q.device, &ask, rc ? NULL : &a, rc ? &e : NULL, out);
	b->asked++;
	b->errors += rc != OK;
}

/* What holds for all questions is checked once, so that it is no error of each of them. */
static int check_options(const struct bulk_init *i, struct err *e)
{
	int64_t ms;

	if (i->at && parse_time(i->at, &ms, e))
		return err_wrap(e, "at");
	if (i->allow_removed && strcmp(i->allow_removed, "hop") != 0)
		return err_set(e, ERR_INVALID, "allow_removed is 'hop' or not given, not '%.40s'",
			       i->allow_removed);
	for (const char *const *p = path_prefer_text; i->prefer && *p; p++)
		if (strcmp(*p, i->prefer) == 0)
			return OK;
	return i->prefer ? err_set(e, ERR_INVALID, "prefer is hops, time, bytes or restarts, not '%.40s'",
				   i->prefer)
			 : OK;
}

/* b->line holds a whole line. */
static int take_line(struct bulk *b, struct str *out, struct err *e)
{
	struct str *l = &b->line;

	b->line_no++;
	if (l->len && l->p[l->len - 1] == '\r')
		l->p[--l->len] = '\0';
	if (b->format == FORMAT_NOT_KNOWN && l->len >= 3 && memcmp(l->p, "\xEF\xBB\xBF", 3) == 0) {
		memmove(l->p, l->p + 3, l->len - 2);
		l->len -= 3;
	}
	if (!l->len)
		return OK;
	if (b->format == FORMAT_NOT_KNOWN) {
		b->format = l->p[strspn(l->p, " \t")] == '{' ? FORMAT_NDJSON : FORMAT_CSV;
		if (check_options(&b->init, e))
			return (int)e->code;
	}
	if (b->format == FORMAT_CSV && !b->header) {
		if (read_header(b, e))
			return err_at(e, NULL, b->line_no, 0);
		str_add(out, BULK_CSV_HEADER);
	} else {
		answer_line(b, out);
	}
	str_clear(l);
	return OK;
}

int bulk_feed(struct bulk *b, const void *p, size_t n, struct str *out, struct err *e)
{
	const char *s = p, *end = s + n, *nl;

	while (s < end) {
		nl = memchr(s, '\n', (size_t)(end - s));
		str_addn(&b->line, s, (size_t)((nl ? nl : end) - s));
		if (b->line.over) {
			err_set(e, ERR_TOO_LARGE, "the line is longer than %zu bytes", b->line.max);
			return err_at(e, NULL, b->line_no + 1, 0);
		}
		if (!nl)
			return OK;
		if (take_line(b, out, e))
			return (int)e->code;
		str_clear(&b->line);
		s = nl + 1;
	}
	return OK;
}

int bulk_end(struct bulk *b, struct str *out, struct err *e)
{
	if (b->line.len && take_line(b, out, e))
		return (int)e->code;
	str_clear(&b->line);
	if (!b->asked && b->format != FORMAT_CSV)
		return err_set(e, ERR_INVALID, "there is no question in the input");
	return OK;
}
