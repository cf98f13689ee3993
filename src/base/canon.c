/* SPDX-License-Identifier: Apache-2.0 */
#include "base/canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"

#define WHOLE_MAX INT64_C(9007199254740991) /* 2^53 - 1 */
#define ZEROS "000000000000000000000"
#define DIGITS_MAX 17 /* always enough for a double */

struct member {
	const char *name;
	const struct json *value;
};

/* UTF-8 sorts as the characters do; UTF-16 has those beyond U+FFFF (first byte F0 and up) before U+E000 to
 * U+FFFF (EE and EF). Where two texts first differ, both stand at a first byte or within equal ones. */
static int unit_rank(unsigned char c)
{
	if (c >= 0xF0)
		return c - 2;
	return c >= 0xEE ? c + 0x20 : c;
}

int canon_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return unit_rank((unsigned char)*a) - unit_rank((unsigned char)*b);
}

static int member_order(const void *a, const void *b)
{
	return canon_order(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void put_text(const char *s, struct str *out)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *run = s, *found;

	str_addc(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		found = strchr(from, *s);
		if (!found && c >= 0x20)
			continue;
		str_addn(out, run, (size_t)(s - run));
		run = s + 1;
		str_addc(out, '\\');
		if (found)
			str_addc(out, to[found - from]);
		else
			str_addf(out, "u%04x", c);
	}
	str_addn(out, run, (size_t)(s - run));
	str_addc(out, '"');
}

/* The digits s times ten to the power e are the double v again. */
static bool is_same(int64_t s, int e, double v)
{
	char buf[48];

	snprintf(buf, sizeof buf, "%" PRId64 "e%d", s, e);
	return strtod(buf, NULL) == v;
}

/* The fewest digits that give v > 0 again, the nearest of them: v = s * 10^e. */
static void shortest(double v, int64_t *ret_s, int *ret_e)
{
	for (int n = 1; n <= DIGITS_MAX; n++) {
		char buf[48], *exponent;
		int64_t s = 0;
		int e;

		snprintf(buf, sizeof buf, "%.*e", n - 1, v);
		exponent = strchr(buf, 'e');
		for (const char *p = buf; p < exponent; p++)
			if (*p >= '0' && *p <= '9')
				s = s * 10 + (*p - '0');
		e = (int)strtol(exponent + 1, NULL, 10) - (n - 1);
		for (int k = 0; k < 3; k++) {
			/* At a power of two the neighbour below is nearer: also the next digits may do. */
			int64_t t = s + (k == 1 ? 1 : k == 2 ? -1 : 0);

			if (n < DIGITS_MAX && !is_same(t, e, v))
				continue;
			*ret_s = t;
			*ret_e = e;
			return;
		}
	}
}

void canon_number(double v, char buf[CANON_NUMBER])
{
	char digits[24];
	int64_t s = 0;
	int e = 0, k, n;
	const char *sign = v < 0 ? "-" : "";

	if (v == 0) { /* minus zero too */
		snprintf(buf, CANON_NUMBER, "0");
		return;
	}
	shortest(v < 0 ? -v : v, &s, &e);
	while (s % 10 == 0) {
		s /= 10;
		e++;
	}
	k = snprintf(digits, sizeof digits, "%" PRId64, s);
	n = e + k; /* where the point stands: ECMA-262, Number::toString */
	if (k <= n && n <= 21)
		snprintf(buf, CANON_NUMBER, "%s%s%.*s", sign, digits, n - k, ZEROS);
	else if (0 < n && n <= 21)
		snprintf(buf, CANON_NUMBER, "%s%.*s.%s", sign, n, digits, digits + n);
	else if (-6 < n && n <= 0)
		snprintf(buf, CANON_NUMBER, "%s0.%.*s%s", sign, -n, ZEROS, digits);
	else if (k == 1)
		snprintf(buf, CANON_NUMBER, "%s%se%+d", sign, digits, n - 1);
	else
		snprintf(buf, CANON_NUMBER, "%s%c.%se%+d", sign, digits[0], digits + 1, n - 1);
}

static int put(const struct json *j, const char *without, struct str *out, struct err *e);

static int put_object(const struct json *j, const char *without, struct str *out, struct err *e)
{
	VEC(struct member) all = { 0 };
	struct json_walk w = { 0 };
	struct member m;
	int rc = OK;

	while (json_next(j, &w, &m.name, &m.value))
		if (!without || strcmp(m.name, without) != 0)
			vec_push(&all, m);
	if (all.n)
		qsort(all.v, all.n, sizeof *all.v, member_order);
	str_addc(out, '{');
	for (size_t i = 0; i < all.n && !rc; i++) {
		if (i)
			str_addc(out, ',');
		put_text(all.v[i].name, out);
		str_addc(out, ':');
		rc = put(all.v[i].value, NULL, out, e);
	}
	str_addc(out, '}');
	vec_done(&all);
	return rc;
}

static int put_array(const struct json *j, struct str *out, struct err *e)
{
	str_addc(out, '[');
	for (size_t i = 0; i < json_len(j); i++) {
		if (i)
			str_addc(out, ',');
		if (put(json_at(j, i), NULL, out, e))
			return (int)e->code;
	}
	str_addc(out, ']');
	return OK;
}

/* As deep as what was read: JSON_DEPTH_DEEP. */
static int put(const struct json *j, const char *without, struct str *out, struct err *e)
{
	char number[CANON_NUMBER];
	int64_t v;

	switch (json_kind(j)) {
	case JSON_NULL:
		str_add(out, "null");
		return OK;
	case JSON_BOOL:
		str_add(out, json_bool(j, false) ? "true" : "false");
		return OK;
	case JSON_INT:
		v = json_int(j, 0);
		if (v > WHOLE_MAX || v < -WHOLE_MAX)
			return err_set(e, ERR_INVALID,
				       "the number %" PRId64 " has no canonical form: it is beyond 2^53 - 1",
				       v);
		str_add_i64(out, v);
		return OK;
	case JSON_REAL:
		canon_number(json_real(j, 0), number);
		str_add(out, number);
		return OK;
	case JSON_STRING:
		put_text(json_text(j), out);
		return OK;
	case JSON_ARRAY:
		return put_array(j, out, e);
	case JSON_OBJECT:
		return put_object(j, without, out, e);
	}
	return OK;
}

int canon_json(const struct json *j, const char *without, struct str *out, struct err *e)
{
	if (put(j, without, out, e))
		return (int)e->code;
	return out->over ? err_set(e, ERR_TOO_LARGE, "the canonical form is larger than %zu bytes", out->max)
			 : OK;
}
