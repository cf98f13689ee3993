/* SPDX-License-Identifier: Apache-2.0 */
#include "model/window.h"

#include <string.h>

#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)
#define DAYS_AHEAD 370

/* ---- the text ---- */

struct reader {
	const char *text, *at;
	struct err *e;
};

static int fault(const struct reader *r, const char *at, const char *what)
{
	err_set(r->e, ERR_INVALID, "%s", what);
	return err_at(r->e, NULL, 0, (int64_t)(at - r->text) + 1);
}

static void blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int read_day(struct reader *r, int *ret)
{
	static const char days[] = "motuwethfrsasu";
	char name[2] = { 0 };
	size_t n = 0;

	for (const char *p = r->at; letter(*p); p++, n++)
		if (n < 2)
			name[n] = (char)(*p | 0x20);
	for (int d = 0; n == 2 && d < 7; d++)
		if (!memcmp(days + 2 * d, name, 2)) {
			*ret = d;
			r->at += 2;
			return 0;
		}
	return fault(r, r->at, "a day is one of mo, tu, we, th, fr, sa, su");
}

static int read_days(struct reader *r, uint8_t *ret)
{
	int first, last;

	*ret = 0x7f;
	if (!letter(*r->at))
		return 0;
	if (read_day(r, &first))
		return (int)r->e->code;
	last = first;
	blanks(r);
	if (*r->at == '-') {
		r->at++;
		blanks(r);
		if (read_day(r, &last))
			return (int)r->e->code;
		blanks(r);
	}
	*ret = (uint8_t)(1u << last);
	for (int d = first; d != last; d = (d + 1) % 7)
		*ret |= (uint8_t)(1u << d);
	return 0;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static int read_clock(struct reader *r, int most, int16_t *ret)
{
	const char *p = r->at;
	int minute;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : !digit(p[i]))
			return fault(r, p, "a time has the form hh:mm, as in 01:30");
	minute = ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0';
	if (p[3] > '5' || minute > most)
		return fault(r, p,
			     most < 1440 ? "a window begins between 00:00 and 23:59"
					 : "a window ends between 00:00 and 24:00");
	*ret = (int16_t)minute;
	r->at += 5;
	return 0;
}

static int read_window(struct reader *r, struct windows *w)
{
	if (w->n == WINDOWS_MAX)
		return fault(r, r->at, "there may be 14 windows");
	if (read_days(r, &w->v[w->n].days) || read_clock(r, 1439, &w->v[w->n].from))
		return (int)r->e->code;
	blanks(r);
	if (*r->at != '-')
		return fault(r, r->at, "between the times of a window stands '-', as in 01:00-05:00");
	r->at++;
	blanks(r);
	if (read_clock(r, 1440, &w->v[w->n].until))
		return (int)r->e->code;
	w->n++;
	return 0;
}

int windows_parse(const char *text, struct windows *ret, struct err *e)
{
	struct reader r = { text, text, e };
	struct windows w = { 0 };

	if (strlen(text) > WINDOWS_TEXT_MAX)
		return fault(&r, text, "windows have 512 characters at most");
	blanks(&r);
	while (*r.at) {
		if (read_window(&r, &w))
			return (int)e->code;
		blanks(&r);
		if (!*r.at)
			break;
		if (*r.at != ',')
			return fault(&r, r.at, "between two windows stands a comma");
		r.at++;
		blanks(&r);
		if (!*r.at)
			return fault(&r, r.at, "after a comma a window is wanted");
	}
	*ret = w;
	return 0;
}

/* ---- the clock ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct place {
	const struct windows *w;
	tz_offset_fn tz;
	void *zone;
};

static bool open_at(const struct place *p, int64_t at)
{
	int64_t local = at + p->tz(p->zone, at), day = floor_div(local, DAY);
	int64_t minute = (local - day * DAY) / MINUTE;
	unsigned today = (unsigned)((day + 3) % 7 + 7) % 7; /* the epoch was a Thursday */
	unsigned before = (today + 6) % 7;

	for (int i = 0; i < p->w->n; i++) {
		int from = p->w->v[i].from, until = p->w->v[i].until;
		bool over = until <= from;

		if ((p->w->v[i].days >> today & 1) && minute >= from && (over || minute < until))
			return true;
		if (over && (p->w->v[i].days >> before & 1) && minute < until)
			return true;
	}
	return false;
}

/* The next moment at which the answer may be another: a window's edge or midnight of the local clock, or the
 * change of that clock when it comes first. */
static int64_t next_edge(const struct place *p, int64_t at)
{
	int64_t offset = p->tz(p->zone, at), local = at + offset, day = floor_div(local, DAY) * DAY;
	int64_t in_day = local - day, edge = DAY, same = at, other;

	for (int i = 0; i < p->w->n; i++) {
		int64_t from = p->w->v[i].from * MINUTE, until = p->w->v[i].until * MINUTE;

		if (from > in_day && from < edge)
			edge = from;
		if (until > in_day && until < edge)
			edge = until;
	}
	other = at + (edge - in_day);
	if (p->tz(p->zone, other) == offset)
		return other;
	while (other - same > 1) {
		int64_t middle = same + (other - same) / 2;

		if (p->tz(p->zone, middle) == offset)
			same = middle;
		else
			other = middle;
	}
	return other;
}

bool windows_open(const struct windows *w, tz_offset_fn tz, void *zone, int64_t now, int64_t *ret_until)
{
	struct place p = { w, tz, zone };
	bool open = w->n == 0 || open_at(&p, now);

	*ret_until = -1;
	for (int64_t at = now; w->n && at < now + DAYS_AHEAD * DAY;) {
		at = next_edge(&p, at);
		if (open_at(&p, at) != open) {
			*ret_until = at;
			break;
		}
	}
	return open;
}
