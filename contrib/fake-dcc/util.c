/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes, numbers and times. */
#include "fake.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void *need(void *p)
{
	if (!p) {
		fputs("firpath-fakedcc: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *grow(void *p, size_t *cap, size_t want, size_t size)
{
	if (want <= *cap)
		return p;
	*cap = want < 16 ? 16 : want + want / 2;
	return need(realloc(p, *cap * size));
}

static void buf_room(struct buf *b, size_t n)
{
	b->p = grow(b->p, &b->cap, b->len + n + 1, 1);
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	buf_room(b, n);
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void buf_put(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	buf_room(b, (size_t)n);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
	b->len += (size_t)n;
	va_end(again);
	va_end(ap);
}

void buf_octet(struct buf *b, unsigned v)
{
	char c = (char)v;

	buf_add(b, &c, 1);
}

void buf_be(struct buf *b, uint64_t v, int octets)
{
	for (int i = octets - 1; i >= 0; i--)
		buf_octet(b, (unsigned)(v >> (8 * i)) & 0xff);
}

void buf_base64(struct buf *b, const void *p, size_t n)
{
	buf_room(b, (n + 2) / 3 * 4);
	b->len += (size_t)EVP_EncodeBlock((unsigned char *)b->p + b->len, p, (int)n);
}

void buf_xml(struct buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			buf_put(b, "&lt;");
			break;
		case '>':
			buf_put(b, "&gt;");
			break;
		case '&':
			buf_put(b, "&amp;");
			break;
		default:
			buf_add(b, text, 1);
		}
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->p)
		*b->p = '\0';
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_read(const char *text, size_t n, struct buf *out)
{
	unsigned bits = 0, have = 0, pad = 0;

	buf_room(out, n / 4 * 3 + 3);
	for (size_t i = 0; i < n; i++) {
		int d = base64_digit(text[i]);

		if (isspace((unsigned char)text[i]))
			continue;
		if (text[i] == '=' && ++pad <= 2)
			continue;
		if (d < 0 || pad)
			return false;
		bits = (bits << 6 | (unsigned)d) & 0xffffff;
		if (++have == 4) {
			buf_be(out, bits, 3);
			have = 0;
		}
	}
	if (have == 2 && pad == 2)
		buf_octet(out, bits >> 4 & 0xff);
	else if (have == 3 && pad == 1)
		buf_be(out, bits >> 2 & 0xffff, 2);
	else
		return !have && !pad;
	return true;
}

const char *eui_text(uint64_t eui, char buf[EUI_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";

	for (int i = 0; i < 8; i++) {
		unsigned octet = (unsigned)(eui >> (56 - 8 * i)) & 0xff;

		buf[i * 3] = digits[octet >> 4];
		buf[i * 3 + 1] = digits[octet & 15];
		buf[i * 3 + 2] = i < 7 ? '-' : '\0';
	}
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool eui_read(const char *text, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n != 23)
		return false;
	for (size_t i = 0; i < n; i++) {
		int d = hex_digit(text[i]);

		if (i % 3 == 2) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (d < 0)
			return false;
		v = v << 4 | (unsigned)d;
	}
	*ret = v;
	return true;
}

bool hex_read(const char *text, uint8_t *ret, size_t octets)
{
	if (strlen(text) != octets * 2)
		return false;
	for (size_t i = 0; i < octets; i++) {
		int a = hex_digit(text[2 * i]), b = hex_digit(text[2 * i + 1]);

		if (a < 0 || b < 0)
			return false;
		ret[i] = (uint8_t)(a << 4 | b);
	}
	return true;
}

bool u64_read(const char *text, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*text || (*text == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return false;
	}
	*ret = v;
	return true;
}

bool time_read(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	int n = 0, year, month;
	double part = 0;
	char *end;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec, &n) != 6)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	text += n;
	if (*text == '.') {
		part = strtod(text, &end);
		text = end;
	}
	if (strcmp(text, "Z") != 0)
		return false;
	*ret = (int64_t)timegm(&tm) * 1000 + (int64_t)(part * 1000 + 0.5);
	return true;
}

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void buf_time(struct buf *b, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	buf_fmt(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
}

uint64_t chance(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}
