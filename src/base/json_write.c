/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"

struct jw jw_start(struct str *out)
{
	return (struct jw){ out, 0, 0 };
}

/* Before each value: the comma, unless it is the first of its container or stands behind a name. */
static inline void before(struct jw *w)
{
	uint64_t bit = UINT64_C(1) << w->depth;

	if (w->more & bit)
		str_addc(w->out, ',');
	w->more |= bit;
}

static void open_with(struct jw *w, char c)
{
	before(w);
	assert(w->depth < 63);
	w->depth++;
	w->more &= ~(UINT64_C(1) << w->depth);
	str_addc(w->out, c);
}

static void close_with(struct jw *w, char c)
{
	assert(w->depth > 0);
	w->depth--;
	str_addc(w->out, c);
}

void jw_obj(struct jw *w)
{
	open_with(w, '{');
}

void jw_end(struct jw *w)
{
	close_with(w, '}');
}

void jw_arr(struct jw *w)
{
	open_with(w, '[');
}

void jw_arr_end(struct jw *w)
{
	close_with(w, ']');
}

void jw_keyn(struct jw *w, const char *name, size_t n)
{
	uint64_t bit = UINT64_C(1) << w->depth;
	char *p = str_room(w->out, n + 4);

	if (p) {
		*p = ',';
		p += (w->more & bit) != 0;
		*p++ = '"';
		memcpy(p, name, n);
		p += n;
		*p++ = '"';
		*p++ = ':';
		str_room_end(w->out, p);
	} else {
		if (w->more & bit)
			str_addc(w->out, ',');
		str_addc(w->out, '"');
		str_addn(w->out, name, n);
		str_addn(w->out, "\":", 2);
	}
	w->more &= ~bit; /* the value that follows needs none */
}

/* Bytes that stand for themselves: ASCII but controls, the quote and the backslash. */
static inline bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The same for eight bytes at once: a subtraction that borrows into a byte's top bit marks it. */
static inline bool are_plain(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return !((x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones)) &
		 ones * 0x80);
}

/* How many plain bytes s starts with. */
static inline size_t plain_len(const char *s, size_t n)
{
	size_t i = 0;
	uint64_t x;

	for (; i + 8 <= n; i += 8) {
		memcpy(&x, s + i, 8);
		if (!are_plain(x))
			break;
	}
	while (i < n && is_plain((unsigned char)s[i]))
		i++;
	return i;
}

static void escape_one(struct str *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':
		str_addn(out, "\\\"", 2);
		break;
	case '\\':
		str_addn(out, "\\\\", 2);
		break;
	case '\n':
		str_addn(out, "\\n", 2);
		break;
	case '\r':
		str_addn(out, "\\r", 2);
		break;
	case '\t':
		str_addn(out, "\\t", 2);
		break;
	default:
		str_addn(out, u, sizeof u);
	}
}

/* From the first byte that is not plain on. */
static void escape_rest(struct str *out, const char *s, size_t n)
{
	size_t from = 0, i = 0, len;

	while (i < n) {
		unsigned char c = (unsigned char)s[i];

		if (is_plain(c)) {
			i++;
			continue;
		}
		len = c >= 0x80 ? parse_utf8_len(s + i, n - i) : 0;
		if (len) {
			i += len;
			continue;
		}
		str_addn(out, s + from, i - from);
		if (c >= 0x80 || !c) /* no reader of ours takes a NUL, escaped or not */
			str_addn(out, "\xEF\xBF\xBD", 3);
		else
			escape_one(out, c);
		from = ++i;
	}
	str_addn(out, s + from, n - from);
}

void json_escape(struct str *out, const char *s, size_t n)
{
	size_t plain = plain_len(s, n);

	if (plain)
		str_addn(out, s, plain);
	if (plain < n)
		escape_rest(out, s + plain, n - plain);
}

void jw_strn(struct jw *w, const char *s, size_t n)
{
	uint64_t bit = UINT64_C(1) << w->depth;
	size_t plain = plain_len(s, n);
	char *p = plain == n ? str_room(w->out, n + 3) : NULL;

	if (!p) {
		before(w);
		str_addc(w->out, '"');
		json_escape(w->out, s, n);
		str_addc(w->out, '"');
		return;
	}
	*p = ',';
	p += (w->more & bit) != 0;
	w->more |= bit;
	*p++ = '"';
	if (n)
		memcpy(p, s, n);
	p[n] = '"';
	str_room_end(w->out, p + n + 1);
}

void jw_str(struct jw *w, const char *s)
{
	if (s)
		jw_strn(w, s, strlen(s));
	else
		jw_null(w);
}

void jw_int(struct jw *w, int64_t v)
{
	before(w);
	str_add_i64(w->out, v);
}

void jw_real(struct jw *w, double v)
{
	char buf[40];

	if (!isfinite(v)) {
		jw_null(w);
		return;
	}
	/* The shortest of these that reads back as the same number. */
	for (int digits = 15; digits <= 17; digits++) {
		double back = 0;

		snprintf(buf, sizeof buf, "%.*g", digits, v);
		if (sscanf(buf, "%lf", &back) == 1 && back >= v && back <= v)
			break;
	}
	if (!strpbrk(buf, ".e")) /* stays a real for the reader */
		str_copy(buf + strlen(buf), sizeof buf - strlen(buf), ".0");
	before(w);
	str_add(w->out, buf);
}

void jw_bool(struct jw *w, bool v)
{
	before(w);
	if (v)
		str_addn(w->out, "true", 4);
	else
		str_addn(w->out, "false", 5);
}

void jw_null(struct jw *w)
{
	before(w);
	str_addn(w->out, "null", 4);
}

void jw_raw(struct jw *w, const char *json, size_t n)
{
	before(w);
	str_addn(w->out, json, n);
}

void jw_node(struct jw *w, const struct json *j)
{
	before(w);
	json_print(j, w->out, false);
}

void jw_time(struct jw *w, int64_t ms)
{
	char buf[TIME_TEXT];

	jw_str(w, ms < 0 ? NULL : time_text(ms, buf));
}

void jw_date(struct jw *w, int64_t ms)
{
	char buf[TIME_TEXT];

	jw_str(w, ms < 0 ? NULL : date_text(ms, buf));
}

void jw_kwords(struct jw *w, const char *name, const char *words)
{
	jw_key(w, name);
	jw_arr(w);
	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		jw_strn(w, words, n);
		words += n;
	}
	jw_arr_end(w);
}
