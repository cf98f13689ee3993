/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for people: headings, sentences, lists of terms, tables. Values come from stores and other machines,
 * so nothing in them may drive the terminal: control characters are shown, not sent. Colour only on a
 * terminal without NO_COLOR, and never as the only sign of anything.
 */
#ifndef FIRPATH_CLI_PAGE_H
#define FIRPATH_CLI_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"
#include "base/vec.h"

struct page {
	struct str text;
	bool colour;
	int width; /* columns of the terminal; 0 = no terminal: lines are not shortened */
};

enum tone { TONE_PLAIN, TONE_STRONG, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_FAINT };

void page_init(struct page *p, FILE *to, size_t max);
void page_done(struct page *p);

void page_value(struct page *p, const char *s); /* NULL prints "-" */
void page_tone(struct page *p, enum tone tone, const char *s);
void page_line(struct page *p, const char *fmt, ...)
    PRINTF_LIKE(2, 3); /* a sentence of ours, with its line end */
/* "  term      value", values aligned at a column. */
void page_term(struct page *p, int indent, const char *term, const char *value);
void page_termf(struct page *p, int indent, const char *term, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* A long text, wrapped at blanks, each line indented. */
void page_wrap(struct page *p, int indent, const char *s);

/* A table: cells row by row, then print. Column widths fit the content; the last column is shortened to the
 * terminal. */
struct table {
	int columns;
	VEC(char *) cells; /* owned */
};
void table_init(struct table *t, int columns);
void table_done(struct table *t);
DEFINE_OWN_VAL(struct table, table_done)
void table_cell(struct table *t, const char *s); /* NULL is "-" */
void table_cellf(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void table_row(struct table *t, ...) __attribute__((sentinel)); /* exactly `columns` texts, then NULL */
size_t table_rows(const struct table *t);
void table_print(const struct table *t, struct page *p, bool head); /* head: the first row is a heading */

/* How many columns a UTF-8 text takes (one for each character; wide ones are not told apart). */
size_t text_width(const char *s);

#endif
