/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published workbook: sheet 'Central Products List' with two header rows and rows of definitions (those
 * with a label in column A), then the entries; the version stands in A3 of 'Version Control'.
 * gb-metering 1.1.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "import/cpl_file.h"
#include "import/workbook.h"

#define VERSION_SHEET "Version Control"

struct cpl_sheet {
	const struct input *in; /* borrowed */
	struct workbook *book;  /* owned */
	struct sheet *sheet;    /* owned */
	char version[256];
	char hash[65];
	bool data; /* past the header and the definitions */
};

static const char *shown(const char *s, char buf[64])
{
	size_t i;

	for (i = 0; s && s[i] && i < 60; i++)
		buf[i] = (char)(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	snprintf(buf + i, 64 - i, "%s", s && s[i] ? "..." : "");
	return buf;
}

static bool is_blank(const char *s)
{
	return !s || !parse_trim(&s, strlen(s));
}

static int read_version(struct cpl_sheet *c, struct err *e)
{
	OWN(sheet_free) struct sheet *s = NULL;
	struct sheet_row row;
	bool got = true;

	if (sheet_open(c->book, VERSION_SHEET, &s, e))
		return e->code;
	/* To the end, so that the checksum of the sheet is looked at. */
	while (got) {
		if (sheet_next(s, &row, &got, e))
			return e->code;
		if (got && row.row == 3 && row.cell[0])
			str_copy(c->version, sizeof c->version, row.cell[0]);
	}
	if (!is_blank(c->version))
		return OK;
	err_set(e, ERR_IMPORT, "the version of the CPL is expected here");
	return cell_place(VERSION_SHEET, 3, 0, e);
}

/* One cell of a header row says what the table of columns says. */
static int check_name(const struct sheet_row *row, unsigned column, const char *want, struct err *e)
{
	const char *s = row->cell[column] ? row->cell[column] : "";
	size_t n = parse_trim(&s, strlen(s));
	char buf[64];

	if (n == strlen(want) && !strncmp(s, want, n))
		return OK;
	err_set(e, ERR_IMPORT, "the header says '%s' where '%s' is expected", shown(row->cell[column], buf),
		want);
	return cell_place(CPL_SHEET, row->row, column, e);
}

static int read_header(struct cpl_sheet *c, struct err *e)
{
	struct sheet_row row;
	bool got;

	for (int64_t r = 1; r <= 2; r++) {
		if (sheet_next(c->sheet, &row, &got, e))
			return e->code;
		if (!got || row.row != r) {
			err_set(e, ERR_IMPORT, "a header row is expected here");
			return cell_place(CPL_SHEET, r, 0, e);
		}
		for (int col = 0; col < CPL_COLS; col++) {
			const struct cpl_column *k = &cpl_columns[col];

			if (k->sheet && check_name(&row, k->sheet - 1, r == 1 ? k->group : k->attribute, e))
				return e->code;
		}
	}
	return OK;
}

/* Does the row have anything in a column of the CPL? */
static bool is_empty(const struct sheet_row *row)
{
	for (int col = 0; col < CPL_COLS; col++)
		if (cpl_columns[col].sheet && !is_blank(row->cell[cpl_columns[col].sheet - 1]))
			return false;
	return true;
}

static int next_row(void *self, struct cpl_row *ret, bool *ret_got, struct err *e)
{
	struct cpl_sheet *c = self;
	struct sheet_row row;

	for (;;) {
		if (sheet_next(c->sheet, &row, ret_got, e))
			return e->code;
		if (!*ret_got)
			return input_hash(c->in, c->hash, e);
		if (is_empty(&row) || (!c->data && !is_blank(row.cell[0])))
			continue;
		c->data = true;
		break;
	}
	*ret = (struct cpl_row){ .line = row.row, .version = c->version };
	for (int col = 0; col < CPL_COLS; col++) {
		unsigned n = cpl_columns[col].sheet;

		if (!n)
			continue;
		ret->text[col] = row.cell[n - 1] ? row.cell[n - 1] : "";
		if (strlen(ret->text[col]) > IMPORT_FIELD_MAX) {
			err_set(e, ERR_TOO_LARGE, "a value may have at most 4 KiB");
			return cell_place(CPL_SHEET, row.row, n - 1, e);
		}
	}
	return OK;
}

static const char *file_hash(void *self)
{
	return ((struct cpl_sheet *)self)->hash;
}

int cpl_sheet_new(const struct input *in, struct cpl_sheet **ret, struct err *e)
{
	OWN(cpl_sheet_free) struct cpl_sheet *c = mem_zalloc(sizeof *c);

	c->in = in;
	if (workbook_open(in, &c->book, e) || read_version(c, e) ||
	    sheet_open(c->book, CPL_SHEET, &c->sheet, e) || read_header(c, e))
		return e->code;
	*ret = MOVE(c);
	return OK;
}

void cpl_sheet_free(struct cpl_sheet *c)
{
	if (!c)
		return;
	sheet_free(c->sheet);
	workbook_free(c->book);
	mem_free(c);
}

struct cpl_source cpl_sheet_source(struct cpl_sheet *c)
{
	return (struct cpl_source){ c, CPL_WORKBOOK, next_row, file_hash };
}
