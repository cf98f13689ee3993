/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define TERM_COLUMN 14 /* where values of page_term() begin, behind the indent */

void page_init(struct page *p, FILE *to, size_t max)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	int fd = fileno(to);
	struct winsize w;

	str_init(&p->text, max);
	p->colour = false;
	p->width = 0;
	if (fd < 0 || !isatty(fd))
		return;
	p->colour = !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
	p->width = ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 ? w.ws_col : 80;
}

void page_done(struct page *p)
{
	str_done(&p->text);
}

/* One character at s: sent as it is, or shown when it would drive the terminal. Returns its bytes. */
static size_t put_char(struct str *out, const char *s)
{
	size_t len = parse_utf8_len(s, strnlen(s, 4));
	bool control = len == 0 || parse_utf8_drives(s);

	if (!len)
		len = 1;
	if (!control)
		str_addn(out, s, len);
	else
		str_addc(out, *s == '\n' || *s == '\t' ? ' ' : '?');
	return len;
}

static void put_text(struct str *out, const char *s, bool line_end)
{
	while (*s && !(line_end && s[0] == '\n' && !s[1]))
		s += put_char(out, s);
	if (line_end)
		str_addc(out, '\n');
}

void page_value(struct page *p, const char *s)
{
	put_text(&p->text, s && *s ? s : "-", false);
}

static const char *const tone_on[] = { "", "\033[1m", "\033[32m", "\033[33m", "\033[31m", "\033[2m" };

void page_tone(struct page *p, enum tone tone, const char *s)
{
	bool on = p->colour && tone != TONE_PLAIN;

	if (on)
		str_add(&p->text, tone_on[tone]);
	page_value(p, s);
	if (on)
		str_add(&p->text, "\033[0m");
}

void page_line(struct page *p, const char *fmt, ...)
{
	size_t n = strlen(fmt);
	char buf[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	/* Line ends at the edges of the format are ours; any other in the text is a value's and is not sent.
	 */
	if (fmt[0] == '\n')
		str_addc(&p->text, '\n');
	if (buf[0])
		put_text(&p->text, buf + (fmt[0] == '\n'), n > 1 && fmt[n - 1] == '\n');
	str_addc(&p->text, '\n');
}

static void spaces(struct str *out, size_t n)
{
	while (n-- > 0)
		str_addc(out, ' ');
}

void page_term(struct page *p, int indent, const char *term, const char *value)
{
	size_t n = strlen(term);

	spaces(&p->text, (size_t)indent);
	page_tone(p, TONE_FAINT, n ? term : " ");
	spaces(&p->text, n + 1 < TERM_COLUMN ? TERM_COLUMN - (n ? n : 1) : 1);
	page_value(p, value);
	str_addc(&p->text, '\n');
}

void page_termf(struct page *p, int indent, const char *term, const char *fmt, ...)
{
	char buf[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	page_term(p, indent, term, buf);
}

void page_wrap(struct page *p, int indent, const char *s)
{
	size_t room = (p->width ? (size_t)p->width : 100) - (size_t)indent;
	size_t used = 0;

	while (*s) {
		size_t n = strcspn(s, " \n"), shown;
		OWN(mem_free) char *word = mem_strndup(s, n);

		shown = text_width(word);
		if (n) {
			if (used && used + 1 + shown > room) {
				str_addc(&p->text, '\n');
				used = 0;
			}
			if (used)
				str_addc(&p->text, ' ');
			else
				spaces(&p->text, (size_t)indent);
			page_value(p, word);
			used += shown + (used ? 1 : 0);
		}
		s += n;
		if (*s == '\n' && used) {
			str_addc(&p->text, '\n');
			used = 0;
		}
		s += *s != '\0';
	}
	if (used)
		str_addc(&p->text, '\n');
}

size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

void table_init(struct table *t, int columns)
{
	memset(t, 0, sizeof *t);
	t->columns = columns;
}

void table_done(struct table *t)
{
	for (size_t i = 0; i < t->cells.n; i++)
		free(t->cells.v[i]);
	vec_done(&t->cells);
}

void table_cell(struct table *t, const char *s)
{
	STR(clean, 4 * KIB);

	if (!s || !*s)
		s = "-";
	while (*s)
		s += put_char(&clean, s);
	vec_push(&t->cells, str_take(&clean));
}

void table_cellf(struct table *t, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	table_cell(t, buf);
}

void table_row(struct table *t, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, t);
	while ((s = va_arg(ap, const char *)) != NULL)
		table_cell(t, s);
	va_end(ap);
}

size_t table_rows(const struct table *t)
{
	return t->cells.n / (size_t)t->columns;
}

/* At most `width` characters of s; "..." at the end says that something was left out. */
static void put_cut(struct str *out, const char *s, size_t width)
{
	bool cut = text_width(s) > width;

	if (cut)
		width = width > 3 ? width - 3 : 1;
	while (*s && width) {
		size_t len = parse_utf8_len(s, strnlen(s, 4));

		len = len ? len : 1;
		str_addn(out, s, len);
		s += len;
		width--;
	}
	if (cut)
		str_add(out, "...");
}

void table_print(const struct table *t, struct page *p, bool head)
{
	size_t columns = (size_t)t->columns, rows = table_rows(t), left;
	OWN(mem_free) char *mem = mem_array(columns, sizeof(size_t));
	size_t *width = (size_t *)(void *)mem;

	for (size_t i = 0; i < rows * columns; i++) {
		size_t w = text_width(t->cells.v[i]);

		if (w > width[i % columns])
			width[i % columns] = w;
	}
	for (size_t r = 0; r < rows; r++) {
		left = p->width ? (size_t)p->width : SIZE_MAX;
		if (head && r == 0 && p->colour)
			str_add(&p->text, tone_on[TONE_STRONG]);
		for (size_t c = 0; c < columns; c++) {
			const char *cell = t->cells.v[r * columns + c];
			bool last = c + 1 == columns;

			put_cut(&p->text, cell, last ? (left > 8 ? left : 8) : SIZE_MAX);
			if (!last)
				spaces(&p->text, width[c] - text_width(cell) + 2);
			left -= left == SIZE_MAX ? 0 : (width[c] + 2 < left ? width[c] + 2 : left);
		}
		if (head && r == 0 && p->colour)
			str_add(&p->text, "\033[0m");
		str_addc(&p->text, '\n');
	}
}
