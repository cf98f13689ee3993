/* SPDX-License-Identifier: Apache-2.0 */
#include "model/gbcs_octets.h"

#include <string.h>

#include "base/parse.h"
#include "model/gbcs.h"

#define TIME_LEN 15 /* YYYYMMDDHHMMSSZ */
#define NEVER "99991231235959Z"

void octets_spoil(struct octets *c, size_t at, const char *what)
{
	if (!c->bad) {
		c->bad = what;
		c->bad_at = at;
	}
	c->at = c->end;
}

const uint8_t *octets_take(struct octets *c, size_t n, const char *what)
{
	if (c->bad || c->end - c->at < n) {
		octets_spoil(c, c->at, what);
		return NULL;
	}
	c->at += n;
	return c->p + c->at - n;
}

uint64_t octets_number(struct octets *c, size_t n, const char *what)
{
	const uint8_t *p = octets_take(c, n, what);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

void octets_expect(struct octets *c, uint8_t want, const char *what)
{
	size_t at = c->at;

	if (octets_number(c, 1, what) != want)
		octets_spoil(c, at, what);
}

int octets_peek(const struct octets *c)
{
	return c->bad || c->at == c->end ? -1 : c->p[c->at];
}

size_t octets_length(struct octets *c, const char *what)
{
	size_t at = c->at;
	uint64_t n = octets_number(c, 1, what);

	if (n == 0x81 || n == 0x82) {
		uint64_t least = n == 0x81 ? 0x80 : 0x100;

		n = octets_number(c, (size_t)(n - 0x80), what);
		if (n < least)
			octets_spoil(c, at, what);
	} else if (n >= 0x80) {
		octets_spoil(c, at, what);
	}
	if (c->bad || n > c->end - c->at) {
		octets_spoil(c, at, what);
		return 0;
	}
	return (size_t)n;
}

struct octets octets_part(struct octets *c, size_t n)
{
	struct octets in = *c;

	if (!c->bad) {
		c->at += n;
		in.end = c->at;
	}
	return in;
}

void octets_part_end(struct octets *c, struct octets *in, const char *what)
{
	if (!in->bad && in->at != in->end)
		octets_spoil(in, in->at, what);
	if (in->bad)
		octets_spoil(c, in->bad_at, in->bad);
}

int octets_judge(const struct octets *c, const char *name, struct err *e)
{
	if (!c->bad)
		return OK;
	return err_set(e, ERR_INVALID, "it is not %s: octet %zu, %s", name, c->bad_at, c->bad);
}

/* ---- DER ---- */

struct octets octets_der_sequence(struct octets *c, const char *what)
{
	size_t n;

	octets_expect(c, 0x30, what);
	n = octets_length(c, what);
	return octets_part(c, n);
}

/* In as few octets as it needs, never negative. */
uint64_t octets_der_integer(struct octets *c, const char *what)
{
	size_t at = c->at, n;
	const uint8_t *p;
	uint64_t v = 0;

	octets_expect(c, 0x02, what);
	n = octets_length(c, what);
	p = octets_take(c, n, what);
	if (!p || !n || p[0] & 0x80 || n > 9 || (n == 9 && p[0]) || (n > 1 && !p[0] && !(p[1] & 0x80))) {
		octets_spoil(c, at, what);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

const uint8_t *octets_der_octets(struct octets *c, size_t want, const char *what)
{
	size_t at = c->at;

	octets_expect(c, 0x04, what);
	if (octets_length(c, what) != want)
		octets_spoil(c, at, what);
	return octets_take(c, want, what);
}

static bool pair(const uint8_t *p, int min, int max, int *ret)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*ret = (p[0] - '0') * 10 + p[1] - '0';
	return *ret >= min && *ret <= max;
}

int64_t octets_der_time(struct octets *c, const char *what)
{
	size_t at = c->at;
	int century, year, month, day, hour, minute, second, y, m, d;
	const uint8_t *p;
	int64_t t;

	octets_expect(c, 0x18, what);
	if (octets_length(c, what) != TIME_LEN)
		octets_spoil(c, at, what);
	p = octets_take(c, TIME_LEN, what);
	if (!p)
		return 0;
	if (!memcmp(p, NEVER, TIME_LEN))
		return GBCS_CANCEL_AT;
	if (!pair(p, 19, 99, &century) || !pair(p + 2, 0, 99, &year) || !pair(p + 4, 1, 12, &month) ||
	    !pair(p + 6, 1, 31, &day) || !pair(p + 8, 0, 23, &hour) || !pair(p + 10, 0, 59, &minute) ||
	    !pair(p + 12, 0, 59, &second) || p[14] != 'Z') {
		octets_spoil(c, at, what);
		return 0;
	}
	t = time_from_ymd(century * 100 + year, month, day);
	time_to_ymd(t, &y, &m, &d);
	if (d != day || t < 0) /* the 30th of February, or before 1970 */
		octets_spoil(c, at, what);
	return t + ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
}

/* ---- the grouping header ---- */

/* Whom the answer is really for, when it came through another's hands. */
static void header_other(struct octets *c, struct octets_header *h)
{
	size_t at = c->at, n = octets_length(c, "the length of the other information");
	struct octets in = octets_part(c, n);

	h->use_case = (uint16_t)octets_number(&in, 2, "the message code");
	h->plain = h->plain && n == 2;
	if (n >= 10)
		h->receiver = octets_number(&in, EUI_LEN, "the supplementary remote party");
	if (n >= 18)
		h->counter = octets_number(&in, COUNTER_LEN, "the supplementary counter");
	else if (n != 2 && n != 10)
		octets_spoil(c, at, "the length of the other information is none that is known");
}

void octets_header(struct octets *c, struct octets_header *h)
{
	size_t at, n;

	octets_expect(c, OCTETS_SIGNED, "a message begins with DF");
	h->from = c->at;
	octets_expect(c, 9, "the transaction identifier has 9 octets");
	at = c->at;
	h->kind = (uint8_t)octets_number(c, 1, "command, answer or alert");
	if (h->kind < OCTETS_COMMAND || h->kind > OCTETS_ALERT)
		octets_spoil(c, at, "it is neither command nor answer nor alert");
	h->counter = octets_number(c, COUNTER_LEN, "the counter");
	octets_expect(c, EUI_LEN, "the originator has 8 octets");
	h->originator = octets_number(c, EUI_LEN, "the originator");
	octets_expect(c, EUI_LEN, "the receiver has 8 octets");
	h->receiver = octets_number(c, EUI_LEN, "the receiver");
	at = c->at;
	n = (size_t)octets_number(c, 1, "the length of the time");
	if (n != 0 && n != 12)
		octets_spoil(c, at, "the time has 12 octets or none");
	(void)octets_take(c, n, "the time");
	h->plain = !n;
	header_other(c, h);
	n = octets_length(c, "the length of the body");
	h->body = octets_part(c, n);
	h->behind = c->at;
}
