/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"

#include <inttypes.h>
#include <string.h>

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret, struct err *e)
{
	size_t n = strlen(s);
	bool neg = s[0] == '-';
	uint64_t u;
	int64_t v;

	if (!parse_digits(s + neg, n - neg, &u))
		return err_set(e, ERR_INVALID, "'%.40s' is not a whole number", s);
	if (u > (uint64_t)INT64_MAX) /* 19 digits reach past it */
		return err_set(e, ERR_INVALID, "%.40s is not between %" PRId64 " and %" PRId64, s, min, max);
	v = neg ? -(int64_t)u : (int64_t)u;
	if (v < min || v > max)
		return err_set(e, ERR_INVALID, "%.40s is not between %" PRId64 " and %" PRId64, s, min, max);
	*ret = v;
	return OK;
}

bool parse_digits(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n < 1 || n > 19)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*ret = v;
	return true;
}

int parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool parse_hex(const char *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	int d;

	if (n < 1 || n > 16)
		return false;
	for (size_t i = 0; i < n; i++) {
		d = parse_hex_digit(s[i]);
		if (d < 0)
			return false;
		v = v << 4 | (uint64_t)d;
	}
	*ret = v;
	return true;
}

bool parse_hex_bytes(const char *s, size_t n, uint8_t *ret, size_t want)
{
	if (n != want * 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (parse_hex_digit(s[i]) < 0)
			return false;
	for (size_t i = 0; i < want; i++)
		ret[i] = (uint8_t)(parse_hex_digit(s[2 * i]) << 4 | parse_hex_digit(s[2 * i + 1]));
	return true;
}

bool parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(s, yes[i]) == 0) {
			*ret = true;
			return true;
		}
		if (strcmp(s, no[i]) == 0) {
			*ret = false;
			return true;
		}
	}
	return false;
}

/* Length of the valid UTF-8 sequence at s (Unicode table 3-7), 0 when there is none. n > 0. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xC2 ? 0
		     : s[0] < 0xE0 ? 2
		     : s[0] < 0xF0 ? 3
		     : s[0] < 0xF5 ? 4
				   : 0;

	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
	    (s[0] == 0xF4 && s[1] > 0x8F))
		return 0; /* overlong, surrogate, past U+10FFFF */
	return len;
}

size_t parse_utf8_len(const char *s, size_t n)
{
	return n ? utf8_len((const unsigned char *)s, n) : 0;
}

size_t parse_utf8_cut(const char *s, size_t max)
{
	size_t n = strlen(s), end = 0, len;

	if (n <= max)
		return n;
	while ((len = parse_utf8_len(s + end, n - end)) > 0 && end + len <= max)
		end += len;
	return end;
}

bool parse_utf8_ok(const char *s, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		len = utf8_len((const unsigned char *)s + i, n - i);
		if (!len || !s[i])
			return false;
	}
	return true;
}

bool parse_utf8_drives(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return u[0] < 0x20 || u[0] == 0x7F || (u[0] == 0xC2 && u[1] < 0xA0) ||
	       (u[0] == 0xE2 && ((u[1] == 0x80 && u[2] >= 0xA8 && u[2] <= 0xAE) ||
				 (u[1] == 0x81 && u[2] >= 0xA6 && u[2] <= 0xA9)));
}

bool parse_uuid_ok(const char *s)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : parse_hex_digit(s[i]) < 0)
			return false; /* also stops at the NUL */
	}
	return s[36] == '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t parse_trim(const char **s, size_t n)
{
	while (n && is_blank(**s)) {
		(*s)++;
		n--;
	}
	while (n && is_blank((*s)[n - 1]))
		n--;
	return n;
}

int parse_duration(const char *s, int64_t *ret_ms, struct err *e)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", 1000 },   { "ms", 1 },      { "s", 1000 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", MS_PER_DAY } };
	size_t digits = strspn(s, "0123456789");
	uint64_t n;
	int64_t ms;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(s + digits, units[i].unit) != 0 || !parse_digits(s, digits, &n))
			continue;
		if (n > INT64_MAX || __builtin_mul_overflow((int64_t)n, units[i].ms, &ms))
			return err_set(e, ERR_INVALID, "the duration '%.40s' is too long", s);
		*ret_ms = ms;
		return OK;
	}
	return err_set(e, ERR_INVALID, "'%.40s' is not a duration such as 500ms, 30s, 5m, 36h or 7d", s);
}

#define NEAR_MAX 40 /* longer words get no suggestion */

static char lower(char c)
{
	if (c == '_')
		return '-';
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Edit distance with swapped neighbours as one edit (optimal string alignment). */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[3][NEAR_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return d[n % 3][m];
}

const char *parse_nearest(const char *word, const char *const *list)
{
	size_t n = strlen(word), best = SIZE_MAX, d, m;
	const char *found = NULL;

	if (!n || n > NEAR_MAX)
		return NULL;
	for (; *list; list++) {
		m = strlen(*list);
		if (m > NEAR_MAX)
			continue;
		d = distance(word, n, *list, m);
		/* A third of the letters may be wrong; a word cut short after two letters is near too. */
		if (d > (n + 2) / 3 && !(n >= 2 && m > n && strncmp(word, *list, n) == 0))
			continue;
		if (d < best && d < m) {
			best = d;
			found = *list;
		}
	}
	return found;
}

bool parse_percent(const char *s, size_t n, bool plus, bool lines, char *out, size_t *ret_len)
{
	size_t len = 0;
	bool plain = true;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '+' && plus) {
			c = ' ';
		} else if (c == '%') {
			int hi = n - i > 2 ? parse_hex_digit(s[i + 1]) : -1,
			    lo = n - i > 2 ? parse_hex_digit(s[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			c = (char)(hi * 16 + lo);
			i += 2;
		}
		if (((unsigned char)c < ' ' || c == 0x7f) && !(lines && c && strchr("\r\n\t", c)))
			return false;
		plain = plain && (unsigned char)c < 0x80;
		out[len++] = c;
	}
	out[len] = '\0';
	if (!plain && !parse_utf8_ok(out, len))
		return false;
	*ret_len = len;
	return true;
}
