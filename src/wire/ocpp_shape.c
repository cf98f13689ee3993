/* SPDX-License-Identifier: Apache-2.0 */
/* The checker: one walk along a shape, with the place of the fault and the code that OCPP has for it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/ocpp_p.h"

#define PLACE 96

size_t ocpp_chars(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

void ocpp_cut(char *buf, size_t size, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n >= size)
		for (n = size - 1; n && ((unsigned char)text[n] & 0xC0) == 0x80;)
			n--;
	str_copyn(buf, size, text ? text : "", n);
}

void ocpp_text(const struct json *obj, const char *name, char *buf, size_t size)
{
	ocpp_cut(buf, size, json_text(json_get(obj, name)));
}

void ocpp_text_whole(const struct json *obj, const char *name, char *buf, size_t size)
{
	const char *s = json_text(json_get(obj, name));

	str_copy(buf, size, s && strlen(s) < size ? s : "");
}

static bool whole(const struct json *j, int64_t *ret)
{
	double d;

	if (json_kind(j) == JSON_INT) {
		*ret = json_int(j, 0);
		return true;
	}
	d = json_real(j, 0.5);
	if (json_kind(j) != JSON_REAL || d != floor(d) || fabs(d) > 9007199254740991.0)
		return false;
	*ret = (int64_t)d;
	return true;
}

int64_t ocpp_int(const struct json *obj, const char *name, int64_t otherwise)
{
	int64_t n;

	return whole(json_get(obj, name), &n) ? n : otherwise;
}

static int fault(struct ocpp_checker *c, const char *code, const char *place, struct err *e)
{
	c->code = code;
	return err_at(e, *place ? place : "/", 0, 0);
}

static int fault_type(struct ocpp_checker *c, const char *name, const char *want, const char *place,
		      struct err *e)
{
	err_set(e, ERR_JSON_FIELD, "'%.60s' must be %s", name, want);
	return fault(c, "TypeConstraintViolation", place, e);
}

static int check_size(struct ocpp_checker *c, const struct ocpp_field *f, const char *s, const char *place,
		      struct err *e)
{
	int max = c->v == OCPP_21 && f->max21 ? f->max21 : f->max;

	if (!max || ocpp_chars(s) <= (size_t)max)
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%.60s' is longer than %d characters", f->name, max);
	return fault(c, "PropertyConstraintViolation", place, e);
}

static int check_word(struct ocpp_checker *c, const struct ocpp_field *f, const char *s, const char *place,
		      struct err *e)
{
	size_t i = 0;

	while (f->words[i] && strcmp(f->words[i], s) != 0)
		i++;
	if (f->words[i])
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%.60s' is '%.40s', which is none of its values", f->name, s);
	return fault(c, "PropertyConstraintViolation", place, e);
}

static int check_text(struct ocpp_checker *c, const struct ocpp_field *f, const struct json *val,
		      const char *place, struct err *e)
{
	const char *s = json_text(val);
	int64_t ms;

	if (!s)
		return fault_type(c, f->name, "a text", place, e);
	if (f->type == OT_WORD)
		return check_word(c, f, s, place, e);
	if (f->type == OT_TIME && (strlen(s) < 20 || parse_time(s, &ms, e))) {
		err_set(e, ERR_JSON_FIELD,
			"'%.60s' must be a time with its zone, such as 2026-11-20T09:00:00Z", f->name);
		return fault(c, "FormatViolation", place, e);
	}
	return check_size(c, f, s, place, e);
}

static int check_hash(struct ocpp_checker *c, const struct ocpp_field *f, const struct json *val,
		      const char *place, struct err *e)
{
	static const char *const algorithms[] = { "SHA256", "SHA384", "SHA512", NULL };
	static const struct ocpp_field shape[] = {
		OF_WORD("algorithm", VALL, algorithms),
		OF("value", OT_TEXT, VALL, 128),
		OF_END,
	};
	const char *alg, *hex;

	if (json_kind(val) != JSON_OBJECT)
		return fault_type(c, f->name, "an object", place, e);
	if (ocpp_check(c, shape, val, place, e))
		return (int)e->code;
	alg = json_text(json_get(val, "algorithm"));
	hex = json_text(json_get(val, "value"));
	if (strlen(hex) * 4 == (size_t)strtoul(alg + 3, NULL, 10) &&
	    strspn(hex, "0123456789abcdefABCDEF") == strlen(hex))
		return OK;
	err_set(e, ERR_JSON_FIELD, "the value of '%.60s' is no %s in hex digits", f->name, alg);
	return fault(c, "PropertyConstraintViolation", place, e);
}

static int check_list(struct ocpp_checker *c, const struct ocpp_field *f, const struct json *val,
		      const char *place, struct err *e)
{
	char at[PLACE];

	if (json_kind(val) != JSON_ARRAY)
		return fault_type(c, f->name, "a list", place, e);
	if (!json_len(val) && (c->strict || (c->v != OCPP_16 && f->need & 1u << c->v))) {
		err_set(e, ERR_JSON_FIELD, "the list '%.60s' is empty", f->name);
		return fault(c, "OccurrenceConstraintViolation", place, e);
	}
	for (size_t i = 0; i < json_len(val); i++) {
		const struct json *x = json_at(val, i);

		snprintf(at, sizeof at, "%.70s/%zu", place, i);
		if (f->type == OT_TEXTS) {
			if (!json_text(x))
				return fault_type(c, f->name, "a list of texts", at, e);
			if (check_size(c, f, json_text(x), at, e))
				return (int)e->code;
		} else if (json_kind(x) != JSON_OBJECT) {
			return fault_type(c, f->name, "a list of objects", at, e);
		} else if (ocpp_check(c, f->of, x, at, e)) {
			return (int)e->code;
		}
	}
	return OK;
}

static int check_value(struct ocpp_checker *c, const struct ocpp_field *f, const struct json *val,
		       const char *place, struct err *e)
{
	int64_t n;

	switch (f->type) {
	case OT_TEXT:
	case OT_STAMP:
	case OT_TIME:
	case OT_WORD:
		return check_text(c, f, val, place, e);
	case OT_INT:
		return whole(val, &n) ? OK : fault_type(c, f->name, "a whole number", place, e);
	case OT_BOOL:
		return json_kind(val) == JSON_BOOL ? OK : fault_type(c, f->name, "true or false", place, e);
	case OT_HASH:
		return check_hash(c, f, val, place, e);
	case OT_OBJECT:
		if (json_kind(val) != JSON_OBJECT)
			return fault_type(c, f->name, "an object", place, e);
		return ocpp_check(c, f->of, val, place, e);
	case OT_LIST:
	case OT_TEXTS:
		return check_list(c, f, val, place, e);
	case OT_ANY:
		return OK;
	}
	return err_set(e, ERR_INTERNAL, "the member '%s' has no type", f->name);
}

int ocpp_check(struct ocpp_checker *c, const struct ocpp_field *shape, const struct json *obj,
	       const char *place, struct err *e)
{
	char at[PLACE];

	if (json_kind(obj) != JSON_OBJECT) {
		err_set(e, ERR_JSON_FIELD, "an object is expected");
		return fault(c, "FormatViolation", place, e);
	}
	for (; shape->name; shape++) {
		const struct json *val = json_get(obj, shape->name);

		snprintf(at, sizeof at, "%.60s/%.34s", place, shape->name);
		if (!val && shape->need & 1u << c->v && !c->partial) {
			err_set(e, ERR_JSON_FIELD, "the member '%s' is missing", shape->name);
			return fault(c, "OccurrenceConstraintViolation", at, e);
		}
		if (val && check_value(c, shape, val, at, e))
			return (int)e->code;
	}
	return OK;
}
