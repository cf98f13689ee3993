/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/vec.h"
#include "import/workbook_parts.h"

int cell_place(const char *sheet, int64_t row, unsigned column, struct err *e)
{
	char where[sizeof e->where];

	if (column < WORKBOOK_COLUMNS)
		snprintf(where, sizeof where, "%s!%c%lld", sheet, 'A' + (int)column, (long long)row);
	else
		snprintf(where, sizeof where, "%s!%lld", sheet, (long long)row);
	return err_at(e, where, row, (int64_t)column + 1);
}

/* ---- parts of the workbook: names, targets ---- */

struct part_sheet {
	char name[64], id[32];
};
struct part_target {
	char id[32], path[160];
};
struct workbook {
	struct zip *zip; /* owned */
	struct part_sheet sheet[WORKBOOK_SHEETS_MAX];
	size_t sheets;
	struct part_target target[WORKBOOK_SHEETS_MAX * 2];
	size_t targets;
	char strings_path[160]; /* "" = the workbook has no shared strings */
	struct shared_strings strings;
};

/* A target of xl/_rels/workbook.xml.rels as a member name. False for what leads elsewhere. */
static bool member_name(const char *target, char *buf, size_t size)
{
	if (strstr(target, "..") || strchr(target, '\\') || strchr(target, ':'))
		return false;
	return (size_t)snprintf(buf, size, "%s%s", *target == '/' ? "" : "xl/", target + (*target == '/')) <
	       size;
}

static int on_workbook_start(void *ctx, const char *name, const struct xml_attrs *a, struct err *e)
{
	struct workbook *w = ctx;
	struct part_sheet *s;
	char text[16];

	if (!strcmp(name, "workbookPr") && xml_attr(a, "date1904", text, sizeof text) &&
	    (!strcmp(text, "1") || !strcmp(text, "true")))
		return err_set(
		    e, ERR_IMPORT,
		    "the workbook counts its dates from 1904; save it with dates counted from 1900");
	if (strcmp(name, "sheet"))
		return OK;
	if (w->sheets == WORKBOOK_SHEETS_MAX)
		return err_set(e, ERR_TOO_LARGE, "the workbook has more than %d sheets", WORKBOOK_SHEETS_MAX);
	s = &w->sheet[w->sheets];
	if (xml_attr(a, "name", s->name, sizeof s->name) && xml_attr(a, "id", s->id, sizeof s->id))
		w->sheets++;
	return OK;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static int on_rels_start(void *ctx, const char *name, const struct xml_attrs *a, struct err *e)
{
	struct workbook *w = ctx;
	struct part_target t;
	char type[160], target[160];

	(void)e;
	if (strcmp(name, "Relationship") || !xml_attr(a, "Id", t.id, sizeof t.id) ||
	    !xml_attr(a, "Type", type, sizeof type) || !xml_attr(a, "Target", target, sizeof target) ||
	    !member_name(target, t.path, sizeof t.path))
		return OK;
	if (ends_with(type, "/sharedStrings"))
		str_copy(w->strings_path, sizeof w->strings_path, t.path);
	if (ends_with(type, "/worksheet") && w->targets < sizeof w->target / sizeof *w->target)
		w->target[w->targets++] = t;
	return OK;
}

int workbook_open(const struct input *in, struct workbook **ret, struct err *e)
{
	static const struct xml_calls book = { .start = on_workbook_start };
	static const struct xml_calls rels = { .start = on_rels_start };
	OWN(workbook_free) struct workbook *w = mem_zalloc(sizeof *w);

	shared_strings_init(&w->strings);
	if (zip_open(in, &w->zip, e) || xml_read_member(w->zip, "xl/workbook.xml", &book, w, e) ||
	    xml_read_member(w->zip, "xl/_rels/workbook.xml.rels", &rels, w, e))
		return e->code;
	if (*w->strings_path && shared_strings_read(&w->strings, w->zip, w->strings_path, e))
		return e->code;
	*ret = MOVE(w);
	return OK;
}

void workbook_free(struct workbook *w)
{
	if (!w)
		return;
	shared_strings_done(&w->strings);
	zip_free(w->zip);
	mem_free(w);
}

/* ---- one sheet ---- */

#define NO_CELL UINT32_MAX

/* A row that was read and waits to be pulled. */
struct waiting {
	int64_t row;
	uint32_t offset[WORKBOOK_COLUMNS]; /* into sheet.text */
};

enum cell_type { CELL_PLAIN, CELL_SHARED, CELL_INLINE, CELL_FORMULA_TEXT, CELL_BOOL, CELL_ERROR };

struct sheet {
	const struct workbook *w; /* borrowed */
	struct xml_reader *xml;   /* owned */
	char name[64];
	VEC(struct waiting) queue;
	size_t head;     /* next of the queue to give */
	struct str text; /* the texts of the queue */
	bool more;       /* the member is not at its end */
	/* The cell being read. */
	bool in_row, in_cell, in_value;
	int phonetic; /* inside a reading aid, whose text is not the cell's */
	enum cell_type type;
	int64_t row; /* of the row being read, the last one between rows */
	int column;  /* of the cell being read, -1 before the first */
	struct str value;
	struct waiting now; /* the row being read */
};

/* The longest texts of all rows that one piece of XML can hold, and a margin. */
#define QUEUE_TEXT_MAX (32 * MIB)

static int sheet_error(struct sheet *s, struct err *e)
{
	return cell_place(s->name, s->row, (unsigned)(s->column < 0 ? 0 : s->column), e);
}

/* Row and column of a cell's reference; without one it stands right of the cell before. */
static int place_cell(struct sheet *s, const struct xml_attrs *a, struct err *e)
{
	char ref[16];
	uint64_t row = 0;
	int column = 0;
	size_t i;

	if (!xml_attr(a, "r", ref, sizeof ref)) {
		s->column++;
		return OK;
	}
	for (i = 0; i < 3 && ref[i] >= 'A' && ref[i] <= 'Z'; i++)
		column = column * 26 + (ref[i] - 'A' + 1);
	if (!i || !parse_digits(ref + i, strlen(ref + i), &row) || (int64_t)row != s->row ||
	    column - 1 <= s->column) {
		err_set(e, ERR_IMPORT, "the cell '%s' stands where it cannot stand", ref);
		return cell_place(s->name, s->row, WORKBOOK_COLUMNS, e);
	}
	s->column = column - 1;
	return OK;
}

static int start_cell(struct sheet *s, const struct xml_attrs *a, struct err *e)
{
	static const struct {
		const char *name;
		enum cell_type type;
	} types[] = { { "s", CELL_SHARED }, { "inlineStr", CELL_INLINE }, { "str", CELL_FORMULA_TEXT },
		      { "b", CELL_BOOL },   { "e", CELL_ERROR },          { "n", CELL_PLAIN },
		      { "d", CELL_PLAIN } };
	char type[16];

	if (place_cell(s, a, e))
		return e->code;
	s->type = CELL_PLAIN;
	if (xml_attr(a, "t", type, sizeof type))
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (!strcmp(type, types[i].name))
				s->type = types[i].type;
	str_clear(&s->value);
	s->in_cell = true;
	s->in_value = false;
	return OK;
}

static int start_row(struct sheet *s, const struct xml_attrs *a, struct err *e)
{
	char ref[16];
	uint64_t row = (uint64_t)s->row + 1;

	if (xml_attr(a, "r", ref, sizeof ref) &&
	    (!parse_digits(ref, strlen(ref), &row) || (int64_t)row <= s->row || row > WORKBOOK_ROWS_MAX)) {
		err_set(e, ERR_IMPORT, "the row '%s' stands where it cannot stand", ref);
		return cell_place(s->name, s->row, WORKBOOK_COLUMNS, e);
	}
	s->row = (int64_t)row;
	s->column = -1;
	s->in_row = true;
	s->now.row = s->row;
	for (int i = 0; i < WORKBOOK_COLUMNS; i++)
		s->now.offset[i] = NO_CELL;
	return OK;
}

static int on_start(void *ctx, const char *name, const struct xml_attrs *a, struct err *e)
{
	struct sheet *s = ctx;

	if (!strcmp(name, "row") && !s->in_row)
		return start_row(s, a, e);
	if (!strcmp(name, "c") && s->in_row && !s->in_cell)
		return start_cell(s, a, e);
	if (s->in_cell && !strcmp(name, "rPh"))
		s->phonetic++;
	if (s->in_cell && !s->phonetic && !strcmp(name, s->type == CELL_INLINE ? "t" : "v"))
		s->in_value = true;
	return OK;
}

static int on_text(void *ctx, const char *p, size_t n, struct err *e)
{
	struct sheet *s = ctx;

	if (!s->in_value || s->column >= WORKBOOK_COLUMNS)
		return OK;
	str_addn(&s->value, p, n);
	if (!s->value.over)
		return OK;
	err_set(e, ERR_TOO_LARGE, "the cell has more than %zu KiB of text", XML_VALUE_MAX / KIB);
	return sheet_error(s, e);
}

/* The text of the cell that ends. */
static int cell_text(struct sheet *s, const char **ret, struct err *e)
{
	uint64_t i;

	*ret = str_c(&s->value);
	switch (s->type) {
	case CELL_SHARED:
		if (!parse_digits(s->value.p ? s->value.p : "", s->value.len, &i) ||
		    !shared_string(&s->w->strings, i, ret)) {
			err_set(e, ERR_IMPORT, "the cell names the shared text %.20s, which is not there",
				str_c(&s->value));
			return sheet_error(s, e);
		}
		return OK;
	case CELL_ERROR:
		err_set(e, ERR_IMPORT, "the cell holds the error %.20s", str_c(&s->value));
		return sheet_error(s, e);
	case CELL_BOOL:
		*ret = strcmp(str_c(&s->value), "0") ? "TRUE" : "FALSE";
		return OK;
	case CELL_INLINE:
	case CELL_FORMULA_TEXT:
		if (xstring_decode(&s->value))
			return OK;
		err_set(e, ERR_IMPORT, "the text of the cell holds a NUL");
		return sheet_error(s, e);
	case CELL_PLAIN:
	default:
		return OK;
	}
}

static int end_cell(struct sheet *s, struct err *e)
{
	const char *text;

	s->in_cell = false;
	if (s->column >= WORKBOOK_COLUMNS || (!s->value.len && s->type != CELL_INLINE))
		return OK;
	if (cell_text(s, &text, e))
		return e->code;
	s->now.offset[s->column] = (uint32_t)s->text.len;
	str_addn(&s->text, text, strlen(text) + 1);
	if (!s->text.over)
		return OK;
	err_set(e, ERR_TOO_LARGE, "the rows hold too much text");
	return sheet_error(s, e);
}

static int on_end(void *ctx, const char *name, struct err *e)
{
	struct sheet *s = ctx;

	if (s->in_cell && (!strcmp(name, "v") || !strcmp(name, "t")))
		s->in_value = false;
	if (s->in_cell && s->phonetic && !strcmp(name, "rPh"))
		s->phonetic--;
	if (s->in_cell && !strcmp(name, "c"))
		return end_cell(s, e);
	if (s->in_row && !strcmp(name, "row")) {
		s->in_row = false;
		if (s->column >= 0)
			vec_push(&s->queue, s->now);
	}
	return OK;
}

int sheet_open(const struct workbook *w, const char *name, struct sheet **ret, struct err *e)
{
	static const struct xml_calls calls = { on_start, on_end, on_text };
	OWN(sheet_free) struct sheet *s = NULL;
	const char *id = NULL, *path = NULL;

	for (size_t i = 0; i < w->sheets; i++)
		if (!strcmp(w->sheet[i].name, name))
			id = w->sheet[i].id;
	for (size_t i = 0; id && i < w->targets; i++)
		if (!strcmp(w->target[i].id, id))
			path = w->target[i].path;
	if (!path)
		return err_set(e, ERR_IMPORT, "the workbook has no sheet '%s'", name);
	s = mem_zalloc(sizeof *s);
	s->w = w;
	s->more = true;
	str_copy(s->name, sizeof s->name, name);
	str_init(&s->value, XML_VALUE_MAX);
	str_init(&s->text, QUEUE_TEXT_MAX);
	if (xml_reader_open(w->zip, path, &calls, s, &s->xml, e))
		return e->code;
	*ret = MOVE(s);
	return OK;
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	xml_reader_free(s->xml);
	vec_done(&s->queue);
	str_done(&s->text);
	str_done(&s->value);
	mem_free(s);
}

/* Forgets the rows that were given. The row in the making keeps its texts, moved to the front. */
static void forget_given(struct sheet *s)
{
	uint32_t first = (uint32_t)s->text.len;

	for (int i = 0; s->in_row && i < WORKBOOK_COLUMNS; i++)
		if (s->now.offset[i] < first)
			first = s->now.offset[i];
	for (int i = 0; s->in_row && i < WORKBOOK_COLUMNS; i++)
		if (s->now.offset[i] != NO_CELL)
			s->now.offset[i] -= first;
	if (s->text.p)
		memmove(s->text.p, s->text.p + first, s->text.len - first + 1);
	s->text.len -= first;
	s->queue.n = s->head = 0;
}

int sheet_next(struct sheet *s, struct sheet_row *ret, bool *ret_got, struct err *e)
{
	const struct waiting *w;

	while (s->head == s->queue.n && s->more) {
		forget_given(s);
		if (xml_reader_step(s->xml, &s->more, e))
			return e->code;
	}
	*ret_got = s->head < s->queue.n;
	if (!*ret_got)
		return OK;
	w = &s->queue.v[s->head++];
	ret->row = w->row;
	for (int i = 0; i < WORKBOOK_COLUMNS; i++)
		ret->cell[i] = w->offset[i] == NO_CELL ? NULL : s->text.p + w->offset[i];
	return OK;
}
