/* SPDX-License-Identifier: Apache-2.0 */
/* The strict check before json-c: RFC 8259 to the letter, and names unique in their object after unescaping.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/vec.h"

#define NUMBER_MAX 512 /* characters of one number */
#define FEW_NAMES                                                                                            \
	24 /* up to here each new name is compared with all; above, sorted at the end of the object */

struct name {
	const char *s; /* in the text, or unescaped in the arena */
	size_t len;
	size_t at; /* offset of its quote in the text, for the message */
};

struct scan {
	const char *text, *end, *p;
	struct err *e;
	struct arena *arena;    /* unescaped names, made when the first one comes */
	VEC(struct name) names; /* of all open objects, innermost last */
	int depth, deepest;
};

static int fail_at(struct scan *s, const char *at, const char *msg)
{
	int64_t line = 1;
	const char *start = s->text;

	for (const char *p = s->text; p < at; p++)
		if (*p == '\n') {
			line++;
			start = p + 1;
		}
	err_set(s->e, ERR_JSON, "%s", msg);
	return err_at(s->e, NULL, line, at - start + 1);
}

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static bool word(struct scan *s, const char *w, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return false;
	s->p += n;
	return true;
}

static size_t digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - from);
}

static int scan_number(struct scan *s)
{
	const char *from = s->p, *first;
	bool real = false;
	char buf[NUMBER_MAX + 1], *rest;
	size_t n;

	if (*s->p == '-')
		s->p++;
	first = s->p;
	n = digits(s);
	if (!n)
		return fail_at(s, s->p, "a digit is missing in the number");
	if (n > 1 && *first == '0')
		return fail_at(s, first, "a number does not start with 0");
	if (s->p < s->end && *s->p == '.') {
		real = true;
		s->p++;
		if (!digits(s))
			return fail_at(s, s->p, "a digit is missing after the decimal point");
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		real = true;
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return fail_at(s, s->p, "a digit is missing in the exponent");
	}
	n = (size_t)(s->p - from);
	if (n > NUMBER_MAX)
		return fail_at(s, from, "the number has more characters than are accepted (512)");
	memcpy(buf, from, n);
	buf[n] = '\0';
	errno = 0;
	if (real) {
		double v = strtod(buf, &rest);

		if (*rest || v > 1.7976931348623157e308 || v < -1.7976931348623157e308)
			return fail_at(s, from, "the number is too large");
	} else {
		(void)strtoll(buf, &rest, 10);
		if (errno || *rest)
			return fail_at(s, from, "the number does not fit into 64 bits");
	}
	return OK;
}

/* Four hex digits at p as a code unit, -1 when they are not. */
static int32_t code_unit(const struct scan *s, const char *p)
{
	uint64_t v;

	if (s->end - p < 4 || !parse_hex(p, 4, &v))
		return -1;
	return (int32_t)v;
}

/* After "\u": the whole character, of one or two escapes; s->p ends behind it. */
static int scan_unicode(struct scan *s, uint32_t *ret)
{
	const char *at = s->p - 2;
	int32_t a = code_unit(s, s->p), b;

	if (a < 0)
		return fail_at(s, at, "\\u needs four hex digits");
	if (a == 0)
		return fail_at(s, at, "\\u0000 is not accepted");
	s->p += 4;
	*ret = (uint32_t)a;
	if (a < 0xD800 || a > 0xDFFF)
		return OK;
	b = a < 0xDC00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? code_unit(s, s->p + 2)
										  : -1;
	if (b < 0xDC00 || b > 0xDFFF)
		return fail_at(s, at, "half of a surrogate pair stands alone");
	s->p += 6;
	*ret = 0x10000 + (((uint32_t)a - 0xD800) << 10) + ((uint32_t)b - 0xDC00);
	return OK;
}

static int scan_escape(struct scan *s, uint32_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (s->p >= s->end)
		return fail_at(s, s->p, "the text ends inside a string");
	if (*s->p == 'u') {
		s->p++;
		return scan_unicode(s, ret);
	}
	found = *s->p ? strchr(from, *s->p) : NULL;
	if (!found)
		return fail_at(s, s->p - 1, "there is no such escape in JSON");
	s->p++;
	*ret = (unsigned char)to[found - from];
	return OK;
}

/* Behind the opening quote, to behind the closing one. */
static int scan_string(struct scan *s, bool *ret_escaped)
{
	uint32_t c;
	size_t len;

	*ret_escaped = false;
	while (s->p < s->end) {
		unsigned char b = (unsigned char)*s->p;

		if (b == '"') {
			s->p++;
			return OK;
		}
		if (b == '\\') {
			*ret_escaped = true;
			s->p++;
			if (scan_escape(s, &c))
				return ERR_JSON;
		} else if (b < 0x20) {
			return fail_at(s, s->p, "a control character in a string must be escaped");
		} else if (b < 0x80) {
			s->p++;
		} else {
			len = parse_utf8_len(s->p, (size_t)(s->end - s->p));
			if (!len)
				return fail_at(s, s->p, "the text is not valid UTF-8");
			s->p += len;
		}
	}
	return fail_at(s, s->p, "the text ends inside a string");
}

static char *put_utf8(char *p, uint32_t c)
{
	if (c < 0x80) {
		*p++ = (char)c;
		return p;
	}
	if (c < 0x800) {
		*p++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*p++ = (char)(0xE0 | c >> 12);
		} else {
			*p++ = (char)(0xF0 | c >> 18);
			*p++ = (char)(0x80 | (c >> 12 & 63));
		}
		*p++ = (char)(0x80 | (c >> 6 & 63));
	}
	*p++ = (char)(0x80 | (c & 63));
	return p;
}

/* The unescaped text of a checked string that starts at from and ends before to. */
static struct name unescape(struct scan *s, const char *from, const char *to)
{
	struct scan in = { .text = from, .end = to, .p = from, .e = s->e };
	struct name name = { NULL, 0, 0 };
	char *buf, *q;
	uint32_t c = 0;

	if (!s->arena)
		s->arena = arena_new();
	buf = q = arena_alloc(s->arena, (size_t)(to - from) + 1); /* never longer than escaped */
	while (in.p < in.end) {
		if (*in.p != '\\') {
			*q++ = *in.p++;
			continue;
		}
		in.p++;
		if (scan_escape(&in, &c))
			break; /* not reached: it was checked */
		q = put_utf8(q, c);
	}
	name.s = buf;
	name.len = (size_t)(q - buf);
	return name;
}

static int name_order(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int d;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	d = memcmp(x->s, y->s, x->len);
	if (d)
		return d;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool same_name(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

/* At the end of an object with many names. */
static int check_many(struct scan *s, size_t first)
{
	struct name *v = s->names.v + first;
	size_t n = s->names.n - first;

	qsort(v, n, sizeof *v, name_order);
	for (size_t i = 1; i < n; i++)
		if (same_name(&v[i - 1], &v[i]))
			return fail_at(s, s->text + v[i].at, "this name is in the object already");
	return OK;
}

static int scan_name(struct scan *s, size_t first)
{
	const char *quote = s->p;
	struct name name;
	bool escaped;

	if (s->p >= s->end || *s->p != '"')
		return fail_at(s, s->p, "a name in double quotes is expected");
	s->p++;
	if (scan_string(s, &escaped))
		return ERR_JSON;
	name = escaped ? unescape(s, quote + 1, s->p - 1)
		       : (struct name){ quote + 1, (size_t)(s->p - 1 - (quote + 1)), 0 };
	name.at = (size_t)(quote - s->text);
	if (s->names.n - first < FEW_NAMES)
		for (size_t i = first; i < s->names.n; i++)
			if (same_name(&s->names.v[i], &name))
				return fail_at(s, quote, "this name is in the object already");
	vec_push(&s->names, name);
	skip_blanks(s);
	if (s->p >= s->end || *s->p != ':')
		return fail_at(s, s->p, "a colon is expected after the name");
	s->p++;
	return OK;
}

static int scan_value(struct scan *s);

static int scan_object(struct scan *s)
{
	size_t first = s->names.n;

	skip_blanks(s);
	if (s->p < s->end && *s->p == '}') {
		s->p++;
		return OK;
	}
	for (;;) {
		skip_blanks(s);
		if (scan_name(s, first) || scan_value(s))
			return ERR_JSON;
		skip_blanks(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			continue;
		}
		if (s->p >= s->end || *s->p != '}')
			return fail_at(s, s->p, "a comma or } is expected");
		s->p++;
		if (s->names.n - first > FEW_NAMES && check_many(s, first))
			return ERR_JSON;
		s->names.n = first;
		return OK;
	}
}

static int scan_array(struct scan *s)
{
	skip_blanks(s);
	if (s->p < s->end && *s->p == ']') {
		s->p++;
		return OK;
	}
	for (;;) {
		if (scan_value(s))
			return ERR_JSON;
		skip_blanks(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			continue;
		}
		if (s->p >= s->end || *s->p != ']')
			return fail_at(s, s->p, "a comma or ] is expected");
		s->p++;
		return OK;
	}
}

/* Recursion is bounded by JSON_DEPTH_DEEP. */
static int scan_value(struct scan *s)
{
	bool escaped;
	int rc;

	skip_blanks(s);
	if (s->p >= s->end)
		return fail_at(s, s->p, "a value is expected, but the text ends");
	switch (*s->p) {
	case '{':
	case '[':
		if (s->depth == s->deepest)
			return fail_at(s, s->p,
				       s->deepest == JSON_DEPTH_MAX
					   ? "objects and arrays are nested deeper than 16"
					   : "objects and arrays are nested too deep");
		s->depth++;
		rc = *s->p++ == '{' ? scan_object(s) : scan_array(s);
		s->depth--;
		return rc;
	case '"':
		s->p++;
		return scan_string(s, &escaped);
	case 't':
		return word(s, "true", 4) ? OK : fail_at(s, s->p, "a value is expected");
	case 'f':
		return word(s, "false", 5) ? OK : fail_at(s, s->p, "a value is expected");
	case 'n':
		return word(s, "null", 4) ? OK : fail_at(s, s->p, "a value is expected");
	default:
		if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
			return scan_number(s);
		return fail_at(s, s->p, "a value is expected");
	}
}

int json_prescan(const char *text, size_t len, struct err *e)
{
	return json_prescan_deep(text, len, JSON_DEPTH_MAX, e);
}

int json_prescan_deep(const char *text, size_t len, int depth, struct err *e)
{
	struct scan s = { .text = text, .end = text + len, .p = text, .e = e, .deepest = depth };
	int rc;

	if (len > INT_MAX)
		return err_set(e, ERR_TOO_LARGE, "the JSON text is larger than 2 GiB");
	rc = scan_value(&s);
	if (!rc) {
		skip_blanks(&s);
		if (s.p < s.end)
			rc = fail_at(&s, s.p, "something follows the JSON value");
	}
	vec_done(&s.names);
	arena_free(s.arena);
	return rc;
}
