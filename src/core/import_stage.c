/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import_stage.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* What all texts of one import may take in memory; a workbook inflates. */
#define STAGE_TEXT_MAX (72 * MIB)

void stage_init(struct stage *st)
{
	memset(st, 0, sizeof *st);
	st->arena = arena_new();
}

void stage_done(struct stage *st)
{
	if (st->arena)
		arena_free(st->arena);
	st->arena = NULL;
	vec_done(&st->rows);
}

void warnings_add(struct warnings *w, enum cpl_warning what, enum cpl_col col, uint32_t number, uint32_t line)
{
	if (w->count[what]++ < WARNINGS_KEPT)
		w->v[w->n++] = (struct warning){ what, col, number, line };
}

void staged_texts(const struct staged *r, const char *ret[CPL_COLS])
{
	const char *s = r->texts;

	for (int c = 0; c < CPL_COLS; c++) {
		ret[c] = r->present & CPL_BIT(c) ? s : NULL;
		if (ret[c])
			s += strlen(s) + 1;
	}
}

void staged_set_texts(struct stage *st, struct staged *r, const char *const text[CPL_COLS])
{
	size_t n = 0, len[CPL_COLS];
	char *p;

	r->present = 0;
	for (int c = 0; c < CPL_COLS; c++)
		if (text[c]) {
			len[c] = strlen(text[c]) + 1;
			n += len[c];
			r->present |= CPL_BIT(c);
		}
	r->texts = p = arena_alloc(st->arena, n ? n : 1);
	for (int c = 0; c < CPL_COLS; c++)
		if (text[c]) {
			memcpy(p, text[c], len[c]);
			p += len[c];
		}
}

bool staged_hash(const char *text, char ret[65])
{
	size_t n;

	if (!text || !(n = parse_trim(&text, strlen(text))))
		return false;
	assert(n == 64); /* cpl_read saw to it */
	for (size_t i = 0; i < 64; i++)
		ret[i] = (char)toupper((unsigned char)text[i]);
	ret[64] = 0;
	return true;
}

/* Where warnings about the row being read go. */
struct reading {
	struct stage *st;
	const char *number; /* as written */
	uint32_t line;
};

static void keep_warning(enum cpl_warning what, enum cpl_col col, void *ctx)
{
	struct reading *r = ctx;
	uint64_t number = 0;
	const char *s = r->number;
	size_t n = parse_trim(&s, strlen(s));

	/* The row is not read yet when it warns; its number can be no more than not a number. */
	if (n > 6 || !parse_digits(s, n, &number))
		number = 0;
	warnings_add(&r->st->warnings, what, col, (uint32_t)number, r->line);
}

/* The version holds for the whole file. */
static int check_version(struct stage *st, const struct cpl_row *row, int64_t now, struct err *e)
{
	bool first = !*st->version_text;
	const char *where = st->layout == CPL_CSV ? "Version" : "Version Control!A3";
	int64_t line = st->layout == CPL_CSV ? row->line : 3;

	if (!first) {
		if (!strcmp(st->version_text, row->version))
			return OK;
		err_set(e, ERR_IMPORT, "the version text is not that of the first row, '%s'",
			st->version_text);
		return err_at(e, where, line, 1);
	}
	if (cpl_version_parse(row->version, &st->version, e))
		return err_at(e, where, line, 1);
	if (!str_copy(st->version_text, sizeof st->version_text, row->version)) {
		err_set(e, ERR_IMPORT, "the version text is longer than %zu bytes",
			sizeof st->version_text - 1);
		return err_at(e, where, line, 1);
	}
	if (st->version.issued_on > now + IMPORT_AHEAD_MS) {
		err_set(e, ERR_IMPORT_AHEAD, "'%s' is more than 48 hours ahead of this machine's clock",
			st->version_text);
		return err_at(e, where, line, 1);
	}
	return OK;
}

/* 0 = free; numbers seen so far, one bit each. */
struct seen {
	uint8_t bits[1000000 / 8];
};

static int check_new(const struct stage *st, struct seen *seen, uint32_t number, int64_t line, struct err *e)
{
	if (!(seen->bits[number / 8] & 1 << number % 8)) {
		seen->bits[number / 8] |= (uint8_t)(1 << number % 8);
		return OK;
	}
	for (size_t i = 0; i < st->rows.n; i++)
		if (st->rows.v[i].number == number)
			err_set(e, ERR_IMPORT, "entry %06u is there twice; the first time in %s %u", number,
				st->layout == CPL_CSV ? "line" : "row", st->rows.v[i].line);
	return cpl_place(st->layout, line, CPL_NUMBER, e);
}

static int by_number(const void *a, const void *b)
{
	const struct staged *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_identity(const void *a, const void *b)
{
	const struct staged *const *x = a, *const *y = b;

	if ((*x)->model_key != (*y)->model_key)
		return (*x)->model_key < (*y)->model_key ? -1 : 1;
	if ((*x)->firmware != (*y)->firmware)
		return (*x)->firmware < (*y)->firmware ? -1 : 1;
	return by_number(*x, *y);
}

/* Entries with one identity: a question by version cannot tell them apart. */
static void warn_twins(struct stage *st)
{
	size_t n = st->rows.n;
	const struct staged **v = mem_array(n ? n : 1, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = &st->rows.v[i];
	qsort(v, n, sizeof *v, by_identity);
	for (size_t i = 1; i < n; i++)
		if (v[i]->model_key == v[i - 1]->model_key && v[i]->firmware == v[i - 1]->firmware)
			warnings_add(&st->warnings, CPL_WARN_TWIN, CPL_FIRMWARE, v[i]->number, v[i]->line);
	free(v);
}

static int stage_row(struct stage *st, const struct cpl_row *row, struct seen *seen, int64_t now,
		     struct err *e)
{
	struct reading r = { st, row->text[CPL_NUMBER], (uint32_t)row->line };
	char scratch[CPL_SCRATCH];
	struct cpl_entry in;
	struct staged out = { .line = (uint32_t)row->line };

	if (check_version(st, row, now, e) || cpl_read(st->layout, row, scratch, &in, keep_warning, &r, e) ||
	    check_new(st, seen, in.number, row->line, e))
		return e->code;
	out.model_key = in.model_key;
	out.firmware = in.firmware;
	out.number = in.number;
	out.removed = in.removed;
	out.cpa_kind = in.cpa_kind;
	out.cpa_until = in.cpa_until;
	staged_set_texts(st, &out, in.text);
	vec_push(&st->rows, out);
	*(in.removed ? &st->removed : &st->current) += 1;
	if (st->rows.n > IMPORT_ROWS_MAX || arena_bytes(st->arena) > STAGE_TEXT_MAX) {
		err_set(e, ERR_TOO_LARGE, "the file holds more than %d rows or %zu MiB of text",
			IMPORT_ROWS_MAX, STAGE_TEXT_MAX / MIB);
		return cpl_place(st->layout, row->line, CPL_NUMBER, e);
	}
	return OK;
}

int stage_read(struct stage *st, const struct cpl_source *src, int64_t now, struct err *e)
{
	OWN(mem_free) char *bits = mem_zalloc(sizeof(struct seen));
	struct cpl_row row;
	bool got, sorted = true;

	st->layout = src->layout;
	for (;;) {
		if (src->next(src->self, &row, &got, e))
			return e->code;
		if (!got)
			break;
		if (stage_row(st, &row, (struct seen *)bits, now, e))
			return e->code;
		if (st->rows.n > 1 && by_number(&st->rows.v[st->rows.n - 2], &st->rows.v[st->rows.n - 1]) > 0)
			sorted = false;
	}
	if (!st->rows.n)
		return err_set(e, ERR_IMPORT, "the file has no entries: there is nothing after its header");
	if (!sorted)
		qsort(st->rows.v, st->rows.n, sizeof *st->rows.v, by_number);
	warn_twins(st);
	str_copy(st->file_hash, sizeof st->file_hash, src->hash(src->self));
	return OK;
}
