/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/parse.h"

/* Days since 1970-01-01: years counted from March put the leap day last (Hinnant, chrono algorithms). */
static int64_t days_from_ymd(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int64_t time_from_ymd(int y, int m, int d)
{
	return days_from_ymd(y, m, d) * MS_PER_DAY;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void time_to_ymd(int64_t ms, int *y, int *m, int *d)
{
	int64_t z = floor_div(ms, MS_PER_DAY) + 719468, era, doe, yoe, doy, mp;

	era = floor_div(z, 146097);
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp + (mp < 10 ? 3 : -9));
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static bool date_ok(uint64_t y, uint64_t m, uint64_t d)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	/* From 1970: a negative time means "none" everywhere above. */
	return y >= 1970 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 &&
	       d <= (uint64_t)days[m - 1] + (m == 2 && leap);
}

/* "yyyy-mm-dd" at s, which holds at least 10 bytes. */
static bool date_at(const char *s, int64_t *ret_ms)
{
	uint64_t y, m, d;

	if (s[4] != '-' || s[7] != '-' || !parse_digits(s, 4, &y) || !parse_digits(s + 5, 2, &m) ||
	    !parse_digits(s + 8, 2, &d) || !date_ok(y, m, d))
		return false;
	*ret_ms = time_from_ymd((int)y, (int)m, (int)d);
	return true;
}

/* "Z" or "+hh:mm": the offset in ms. */
static bool zone_at(const char *s, int64_t *ret_ms)
{
	uint64_t h, m;

	if ((s[0] == 'Z' || s[0] == 'z') && !s[1]) {
		*ret_ms = 0;
		return true;
	}
	if ((s[0] != '+' && s[0] != '-') || strlen(s) != 6 || s[3] != ':' || !parse_digits(s + 1, 2, &h) ||
	    !parse_digits(s + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*ret_ms = (int64_t)(h * 3600000 + m * 60000) * (s[0] == '-' ? -1 : 1);
	return true;
}

/* ".123456" at s: ms, digits past the third are cut off; moves s behind it. */
static bool fraction_at(const char **s, int64_t *ret_ms)
{
	size_t n = strspn(*s + 1, "0123456789");
	int64_t ms = 0;

	if (n < 1 || n > 9)
		return false;
	for (size_t i = 1; i <= 3; i++)
		ms = ms * 10 + (i <= n ? (*s)[i] - '0' : 0);
	*s += n + 1;
	*ret_ms = ms;
	return true;
}

static bool time_at(const char *s, int64_t *ret_ms)
{
	uint64_t h, m, sec;
	int64_t day, frac = 0, zone;

	if (strlen(s) < 20 || !date_at(s, &day) || (s[10] != 'T' && s[10] != 't') || s[13] != ':' ||
	    s[16] != ':' || !parse_digits(s + 11, 2, &h) || !parse_digits(s + 14, 2, &m) ||
	    !parse_digits(s + 17, 2, &sec) || h > 23 || m > 59 || sec > 59)
		return false;
	s += 19;
	if (*s == '.' && !fraction_at(&s, &frac))
		return false;
	if (!zone_at(s, &zone))
		return false;
	day += (int64_t)(h * 3600000 + m * 60000 + sec * 1000) + frac - zone;
	if (day < 0)
		return false;
	*ret_ms = day;
	return true;
}

int parse_time(const char *s, int64_t *ret_ms, struct err *e)
{
	if (strlen(s) == 10 ? date_at(s, ret_ms) : time_at(s, ret_ms))
		return OK;
	return err_set(
	    e, ERR_INVALID,
	    "'%.40s' is not a date (2023-06-01) or a time with its zone (2026-11-20T09:00:00Z) from 1970 on",
	    s);
}

bool parse_dmy(const char *s, size_t n, int64_t *ret_ms)
{
	uint64_t y, m, d;

	if (n != 10 || (s[2] != '/' && s[2] != '-') || s[5] != s[2] || !parse_digits(s, 2, &d) ||
	    !parse_digits(s + 3, 2, &m) || !parse_digits(s + 6, 4, &y) || !date_ok(y, m, d))
		return false;
	*ret_ms = time_from_ymd((int)y, (int)m, (int)d);
	return true;
}

static char *put_digits(char *p, int64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + n;
}

static char *put_date(char *p, int64_t ms)
{
	int y, m, d;

	time_to_ymd(ms, &y, &m, &d);
	if (y < 0 || y > 9999) /* cannot come from our own input; keep the width */
		y = y < 0 ? 0 : 9999;
	p = put_digits(p, y, 4);
	*p++ = '-';
	p = put_digits(p, m, 2);
	*p++ = '-';
	return put_digits(p, d, 2);
}

char *date_text(int64_t ms, char buf[TIME_TEXT])
{
	*put_date(buf, ms) = '\0';
	return buf;
}

char *time_text(int64_t ms, char buf[TIME_TEXT])
{
	int64_t in_day = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
	char *p = put_date(buf, ms);

	*p++ = 'T';
	p = put_digits(p, in_day / 3600000, 2);
	*p++ = ':';
	p = put_digits(p, in_day / 60000 % 60, 2);
	*p++ = ':';
	p = put_digits(p, in_day / 1000 % 60, 2);
	if (in_day % 1000) {
		*p++ = '.';
		p = put_digits(p, in_day % 1000, 3);
	}
	*p++ = 'Z';
	*p = '\0';
	return buf;
}
