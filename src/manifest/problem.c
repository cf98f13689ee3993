/* SPDX-License-Identifier: Apache-2.0 */
/* Problems: their texts, their place in the file, and what they do to the checks of the items. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/read_p.h"

#define SAY_MAX 900
#define LOCATE_MAX ((size_t)1 << 20) /* in larger files lines are not counted */

static const char *keep(struct manifest *m, char *text)
{
	/* names in foreign files must not steer the terminal of who reads the report */
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = '?';
	return arena_strdup(m->arena, text);
}

const char *say(struct manifest *m, const char *fmt, ...)
{
	char buf[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	return keep(m, buf);
}

const char *path_join(struct arena *a, const char *folder, const char *path)
{
	size_t n = strlen(folder), k;
	char *p;

	if (!strncmp(path, "./", 2))
		path += 2;
	k = strlen(path);
	p = arena_alloc(a, n + k + 1);
	memcpy(p, folder, n);
	memcpy(p + n, path, k);
	return p;
}

/* What is wrong with an item is wrong with all that it is part of. */
static void check_clear(struct config_item *it, enum manifest_check check)
{
	for (; it; it = it->parent)
		switch (check) {
		case CHECK_SYNTAX:
			it->syntax_ok = false;
			break;
		case CHECK_INTEGRITY:
			it->integrity_ok = false;
			break;
		case CHECK_IDENTITY:
			it->identity_ok = false;
			break;
		case CHECK_AUTHENTICITY:
		case MANIFEST_CHECKS:
			it->authentic_ok = false;
			break;
		}
}

static bool json_locate(const char *text, size_t len, const char *pointer, int64_t *ret_line,
			int64_t *ret_column);

static void place(const struct reader *r, struct manifest_problem *p)
{
	for (size_t i = 0; i < r->sources.n; i++) {
		const struct source *s = r->sources.v[i];

		if (s->text && s->len <= LOCATE_MAX && !strcmp(s->name, p->file)) {
			if (!json_locate(s->text, s->len, p->pointer, &p->line, &p->column))
				p->line = p->column = 0;
			return;
		}
	}
}

void problem(struct reader *r, enum manifest_fault f, bool warning, struct config_item *it, const char *file,
	     const char *pointer, const char *row, const char *mend, const char *what_fmt, ...)
{
	const struct manifest_fault_row *fault = &manifest_fault_rows[f];
	struct manifest *m = r->m;
	struct manifest_problem p = { .code = fault->code, .fault = f, .warning = warning };
	char buf[SAY_MAX];
	va_list ap;

	if (!warning) {
		m->errors++;
		check_clear(it, fault->check);
		if (f == FAULT_SIGNATURE) /* neither whether it is what was signed is known, nor who signed */
			check_clear(it, CHECK_AUTHENTICITY);
	}
	if (m->problems.n == MANIFEST_PROBLEMS_MAX) {
		m->more++;
		/* that a limit was passed is told even then: not everything was looked at */
		if (f != FAULT_LIMIT || m->limit_told)
			return;
		m->problems.n--;
	}
	m->limit_told = m->limit_told || f == FAULT_LIMIT;
	va_start(ap, what_fmt);
	vsnprintf(buf, sizeof buf, what_fmt, ap);
	va_end(ap);
	p.what = keep(m, buf);
	p.file = arena_strdup(m->arena, file);
	p.pointer = arena_strdup(m->arena, pointer);
	p.mend = arena_strdup(m->arena, mend);
	p.row = row ? row : fault->row;
	p.error = fault->error;
	place(r, &p);
	vec_push(&m->problems, p);
}

/* ---- where a JSON pointer points to; the text is known to be JSON ---- */

struct at {
	const char *p, *end;
};

static void blanks(struct at *a)
{
	while (a->p < a->end && strchr(" \t\r\n", *a->p))
		a->p++;
}

/* Behind a string. */
static void string_skip(struct at *a)
{
	for (a->p++; a->p < a->end && *a->p != '"'; a->p++)
		if (*a->p == '\\')
			a->p++;
	a->p++;
}

/* Behind a value: what stands in strings is passed over, brackets are counted. */
static void value_skip(struct at *a)
{
	int depth = 0;

	do {
		blanks(a);
		if (a->p >= a->end)
			return;
		if (*a->p == '"') {
			string_skip(a);
		} else if (*a->p == '{' || *a->p == '[') {
			depth++;
			a->p++;
		} else if (*a->p == '}' || *a->p == ']') {
			depth--;
			a->p++;
		} else if (*a->p == ',' || *a->p == ':') {
			a->p++;
		} else {
			a->p += strcspn(a->p, " \t\r\n,:]}\"");
		}
	} while (depth > 0 && a->p < a->end);
}

/* The next token of a pointer, unescaped; false at the end or when it is too long. */
static bool token_next(const char **pointer, char *buf, size_t size)
{
	size_t n = 0;

	if (**pointer != '/')
		return false;
	for ((*pointer)++; **pointer && **pointer != '/'; (*pointer)++) {
		char c = **pointer;

		if (c == '~' && ((*pointer)[1] == '0' || (*pointer)[1] == '1'))
			c = *++*pointer == '0' ? '~' : '/';
		if (n + 1 >= size)
			return false;
		buf[n++] = c;
	}
	buf[n] = '\0';
	return true;
}

/* From the bracket of an object to the value of a member; false when there is none of that name. The name's
 * own place is returned. */
static bool member_find(struct at *a, const char *name, const char **ret_name)
{
	size_t n = strlen(name);

	for (a->p++;;) {
		const char *from;

		blanks(a);
		if (a->p < a->end && *a->p == ',') {
			a->p++;
			continue;
		}
		if (a->p >= a->end || *a->p != '"')
			return false;
		from = a->p;
		string_skip(a);
		*ret_name = from;
		blanks(a);
		a->p++; /* the colon */
		blanks(a);
		if ((size_t)(a->end - from) > n + 1 && !strncmp(from + 1, name, n) && from[n + 1] == '"')
			return true;
		value_skip(a);
	}
}

static bool element_find(struct at *a, const char *index)
{
	long k = strtol(index, NULL, 10);

	for (a->p++;;) {
		blanks(a);
		if (a->p >= a->end || *a->p == ']')
			return false;
		if (*a->p == ',') {
			a->p++;
			continue;
		}
		if (k-- == 0)
			return true;
		value_skip(a);
	}
}

/* Line and column of what a JSON pointer names; false when it is not there. */
static bool json_locate(const char *text, size_t len, const char *pointer, int64_t *ret_line,
			int64_t *ret_column)
{
	struct at a = { text, text + len };
	const char *at, *start = text, *name;
	char token[256];
	int64_t line = 1;

	blanks(&a);
	at = a.p;
	while (token_next(&pointer, token, sizeof token)) {
		if (a.p < a.end && *a.p == '{' && member_find(&a, token, &name))
			at = name;
		else if (a.p < a.end && *a.p == '[' && element_find(&a, token))
			at = a.p;
		else
			return false;
	}
	for (const char *p = text; p < at; p++)
		if (*p == '\n') {
			line++;
			start = p + 1;
		}
	*ret_line = line;
	*ret_column = at - start + 1;
	return true;
}
