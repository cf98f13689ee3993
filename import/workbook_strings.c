/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "import/workbook_parts.h"

/* "_xHHHH_" at p: the code unit; false when it is not one. */
static bool escape_at(const char *p, size_t n, uint64_t *ret)
{
	return n >= 7 && p[0] == '_' && p[1] == 'x' && p[6] == '_' && parse_hex(p + 2, 4, ret);
}

static size_t utf8_put(char *p, uint64_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	p[0] = (char)(0xe0 | c >> 12);
	p[1] = (char)(0x80 | (c >> 6 & 0x3f));
	p[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

bool xstring_decode(struct str *s)
{
	size_t from = 0, to = 0;
	uint64_t c;

	if (!s->p || !memchr(s->p, '_', s->len))
		return true;
	while (from < s->len) {
		/* Halves of surrogate pairs stay as they are written: they stand for nothing alone. */
		if (!escape_at(s->p + from, s->len - from, &c) || (c >= 0xd800 && c < 0xe000)) {
			s->p[to++] = s->p[from++];
			continue;
		}
		if (!c)
			return false;
		to += utf8_put(s->p + to, c);
		from += 7;
	}
	s->len = to;
	s->p[to] = 0;
	return true;
}

void shared_strings_init(struct shared_strings *s)
{
	memset(s, 0, sizeof *s);
	str_init(&s->text, WORKBOOK_STRINGS_BYTES);
	str_init(&s->one, XML_VALUE_MAX);
}

void shared_strings_done(struct shared_strings *s)
{
	str_done(&s->text);
	str_done(&s->one);
	vec_done(&s->offsets);
}

static int strings_error(const struct shared_strings *s, struct err *e)
{
	char where[sizeof e->where];

	snprintf(where, sizeof where, "%.60s, text %zu", s->member, s->offsets.n);
	return err_at(e, where, 0, 0);
}

static int on_start(void *ctx, const char *name, const struct xml_attrs *a, struct err *e)
{
	struct shared_strings *s = ctx;

	(void)a;
	(void)e;
	if (!strcmp(name, "si")) {
		s->in_item = true;
		s->phonetic = 0;
		str_clear(&s->one);
	} else if (s->in_item && !strcmp(name, "rPh")) {
		s->phonetic++;
	} else if (s->in_item && !s->phonetic && !strcmp(name, "t")) {
		s->in_text = true;
	}
	return OK;
}

static int on_text(void *ctx, const char *p, size_t n, struct err *e)
{
	struct shared_strings *s = ctx;

	if (!s->in_text)
		return OK;
	str_addn(&s->one, p, n);
	if (!s->one.over)
		return OK;
	err_set(e, ERR_TOO_LARGE, "a text has more than %zu KiB", XML_VALUE_MAX / KIB);
	return strings_error(s, e);
}

static int on_end(void *ctx, const char *name, struct err *e)
{
	struct shared_strings *s = ctx;

	if (!strcmp(name, "t"))
		s->in_text = false;
	if (s->phonetic && !strcmp(name, "rPh"))
		s->phonetic--;
	if (!s->in_item || strcmp(name, "si"))
		return OK;
	s->in_item = false;
	if (!xstring_decode(&s->one)) {
		err_set(e, ERR_IMPORT, "a text holds a NUL");
		return strings_error(s, e);
	}
	vec_push(&s->offsets, (uint32_t)s->text.len);
	str_addn(&s->text, str_c(&s->one), s->one.len + 1);
	if (!s->text.over && s->offsets.n <= WORKBOOK_STRINGS_MAX)
		return OK;
	err_set(e, ERR_TOO_LARGE, "the workbook has more than %zu MiB or %d shared texts",
		WORKBOOK_STRINGS_BYTES / MIB, WORKBOOK_STRINGS_MAX);
	return strings_error(s, e);
}

int shared_strings_read(struct shared_strings *s, const struct zip *z, const char *member, struct err *e)
{
	static const struct xml_calls calls = { on_start, on_end, on_text };

	s->member = member;
	return xml_read_member(z, member, &calls, s, e);
}

bool shared_string(const struct shared_strings *s, uint64_t i, const char **ret)
{
	if (i >= s->offsets.n)
		return false;
	*ret = s->text.p + s->offsets.v[i];
	return true;
}
