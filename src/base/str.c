/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

void str_init(struct str *s, size_t max)
{
	*s = (struct str){ NULL, 0, 0, max, false };
}

void str_done(struct str *s)
{
	free(s->p);
	str_init(s, s->max);
}

void str_clear(struct str *s)
{
	s->len = 0;
	s->over = false;
	if (s->p)
		s->p[0] = '\0';
}

char *str_room_slow(struct str *s, size_t n)
{
	size_t want, cap;

	if (n > s->max - s->len)
		return NULL;
	want = s->len + n + 1;
	if (want <= s->cap)
		return s->p + s->len;
	cap = s->cap ? s->cap : 64;
	while (cap < want)
		cap *= 2;
	if (cap > s->max)
		cap = s->max + 1;
	s->p = mem_realloc(s->p, cap, 1);
	s->cap = cap;
	s->p[s->len] = '\0';
	return s->p + s->len;
}

void str_addn_slow(struct str *s, const void *p, size_t n)
{
	char *to;

	if (n > s->max - s->len) {
		n = s->max - s->len;
		s->over = true;
	}
	to = str_room_slow(s, n);
	if (n)
		memcpy(to, p, n);
	str_room_end(s, to + n);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	char small[256], *big;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof small) {
		str_addn(s, small, (size_t)n);
		return;
	}
	big = mem_alloc((size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(big, (size_t)n + 1, fmt, ap);
	va_end(ap);
	str_addn(s, big, (size_t)n);
	free(big);
}

void str_add_i64(struct str *s, int64_t v)
{
	static const char pairs[] =
	    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	    "8081828384858687888990919293949596979899";
	char buf[24], *p = buf + sizeof buf;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	while (u >= 100) {
		p -= 2;
		memcpy(p, pairs + 2 * (u % 100), 2);
		u /= 100;
	}
	if (u >= 10) {
		p -= 2;
		memcpy(p, pairs + 2 * u, 2);
	} else {
		*--p = (char)('0' + u);
	}
	if (v < 0)
		*--p = '-';
	str_addn(s, p, (size_t)(buf + sizeof buf - p));
}

char *str_take(struct str *s)
{
	char *p = s->p ? s->p : mem_strdup("");

	str_init(s, s->max);
	return p;
}

bool str_copy(char *dst, size_t size, const char *src)
{
	return str_copyn(dst, size, src, strlen(src));
}

bool str_copyn(char *dst, size_t size, const char *src, size_t n)
{
	bool fits = n < size;

	if (!size)
		return false;
	if (!fits)
		n = size - 1;
	if (n)
		memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}

void str_add_url(struct str *s, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c))
			str_addc(s, (char)c);
		else
			str_addf(s, "%%%02X", c);
	}
}
