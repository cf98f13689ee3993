/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"

#define FIELDS_MAX 64
#define STR_DEFAULT_MAX ((int64_t)(64 * KIB))

static int wrong(struct err *e, const char *name)
{
	char at[sizeof e->where];

	snprintf(at, sizeof at, "/%s", name);
	return err_at(e, at, 0, 0);
}

static const struct json_field *field_of(const struct json_field *f, const char *name)
{
	for (; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static int unknown_member(const struct json_field *fields, const char *name, struct err *e)
{
	const char *names[FIELDS_MAX + 1], *near;
	size_t n = 0;

	for (; fields->name && n < FIELDS_MAX; fields++)
		names[n++] = fields->name;
	names[n] = NULL;
	near = parse_nearest(name, names);
	err_set(e, ERR_JSON_FIELD, "there is no member '%.60s' here%s%s%s", name,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return wrong(e, name);
}

static int check_text(const struct json_field *f, const struct json *v, struct err *e)
{
	const char *s = json_text(v);
	int64_t max = f->kind == FIELD_TEXT ? f->max - 1 : f->max ? f->max : STR_DEFAULT_MAX;

	if (!s)
		err_set(e, ERR_JSON_FIELD, "'%s' must be a string", f->name);
	else if ((int64_t)strlen(s) > max)
		err_set(e, ERR_JSON_FIELD, "'%s' is longer than %" PRId64 " bytes", f->name, max);
	else
		return OK;
	return wrong(e, f->name);
}

static int check_int(const struct json_field *f, const struct json *v, struct err *e)
{
	int64_t n = json_int(v, 0);

	if (json_kind(v) != JSON_INT)
		err_set(e, ERR_JSON_FIELD, "'%s' must be a whole number", f->name);
	else if ((f->min || f->max) && (n < f->min || n > f->max))
		err_set(e, ERR_JSON_FIELD, "'%s' is %" PRId64 ", not between %" PRId64 " and %" PRId64,
			f->name, n, f->min, f->max);
	else
		return OK;
	return wrong(e, f->name);
}

static int check_words(const struct json_field *f, const struct json *v, struct err *e)
{
	int64_t n = 0;

	for (size_t i = 0; json_kind(v) == JSON_ARRAY && i < json_len(v); i++) {
		const char *s = json_text(json_at(v, i));

		if (!s || !*s || strpbrk(s, " \t\r\n")) {
			err_set(e, ERR_JSON_FIELD, "'%s' must be an array of words without blanks", f->name);
			return wrong(e, f->name);
		}
		n += (int64_t)strlen(s) + 1;
	}
	if (json_kind(v) != JSON_ARRAY)
		err_set(e, ERR_JSON_FIELD, "'%s' must be an array of words", f->name);
	else if (n > f->max)
		err_set(e, ERR_JSON_FIELD, "'%s' has more than %" PRId64 " bytes", f->name, f->max);
	else
		return OK;
	return wrong(e, f->name);
}

static int check_array(const struct json_field *f, const struct json *v, struct err *e)
{
	if (json_kind(v) != JSON_ARRAY)
		err_set(e, ERR_JSON_FIELD, "'%s' must be an array", f->name);
	else if ((int64_t)json_len(v) > f->max)
		err_set(e, ERR_JSON_FIELD, "'%s' has more than %" PRId64 " elements", f->name, f->max);
	else
		return OK;
	return wrong(e, f->name);
}

static int check_field(const struct json_field *f, const struct json *v, struct err *e)
{
	int64_t ms;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_STR:
		return check_text(f, v, e);
	case FIELD_WORDS:
		return check_words(f, v, e);
	case FIELD_ARRAY:
		return check_array(f, v, e);
	case FIELD_INT:
		return check_int(f, v, e);
	case FIELD_BOOL:
		if (json_kind(v) == JSON_BOOL)
			return OK;
		err_set(e, ERR_JSON_FIELD, "'%s' must be true or false", f->name);
		return wrong(e, f->name);
	case FIELD_TIME:
		if (json_text(v) && !parse_time(json_text(v), &ms, e))
			return OK;
		err_set(e, ERR_JSON_FIELD,
			"'%s' must be a date or a time with its zone, such as 2026-11-20T09:00:00Z", f->name);
		return wrong(e, f->name);
	}
	return err_set(e, ERR_INTERNAL, "the field '%s' has no kind", f->name);
}

static void store_words(const struct json_field *f, const struct json *v, char *to)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = 0; i < json_len(v); i++)
		len += (size_t)snprintf(to + len, (size_t)f->max - len, "%s%s", len ? " " : "",
					json_text(json_at(v, i)));
}

static void store_field(const struct json_field *f, const struct json *v, char *into)
{
	void *to = into + f->offset;
	struct err e;
	int64_t n;
	bool b;
	char *s;

	switch (f->kind) {
	case FIELD_TEXT:
		str_copy(to, (size_t)f->max, json_text(v));
		break;
	case FIELD_WORDS:
		store_words(f, v, to);
		break;
	case FIELD_ARRAY:
		break;
	case FIELD_STR:
		s = mem_strdup(json_text(v));
		memcpy(to, &s, sizeof s);
		break;
	case FIELD_INT:
		n = json_int(v, 0);
		memcpy(to, &n, sizeof n);
		break;
	case FIELD_BOOL:
		b = json_bool(v, false);
		memcpy(to, &b, sizeof b);
		break;
	case FIELD_TIME:
		if (!parse_time(json_text(v), &n, &e))
			memcpy(to, &n, sizeof n);
		break;
	}
}

int json_decode(const struct json *obj, const struct json_field *fields, void *into, struct err *e)
{
	const struct json_field *f;
	const struct json *v;
	const char *name;

	if (json_kind(obj) != JSON_OBJECT) {
		err_set(e, ERR_JSON_FIELD, "a JSON object is expected");
		return wrong(e, "");
	}
	/* The first unknown member ends the walk, so it is never longer than the table. */
	for (size_t i = 0; (name = json_member(obj, i, &v)) != NULL; i++) {
		f = field_of(fields, name);
		if (!f)
			return unknown_member(fields, name, e);
		if (v && check_field(f, v, e))
			return (int)e->code;
	}
	for (f = fields; f->name; f++)
		if (f->required && !json_get(obj, f->name)) {
			err_set(e, ERR_JSON_FIELD, "the member '%s' is missing", f->name);
			return wrong(e, f->name);
		}
	for (f = fields; f->name; f++)
		if ((v = json_get(obj, f->name)) != NULL)
			store_field(f, v, into);
	return OK;
}

int json_only(const struct json *obj, const char *const *names, const char *place, struct err *e)
{
	const struct json *val;
	const char *name, *near;
	char at[sizeof e->where];

	for (size_t i = 0; (name = json_member(obj, i, &val)); i++) {
		size_t k = 0;

		while (names[k] && strcmp(names[k], name) != 0)
			k++;
		if (names[k])
			continue;
		near = parse_nearest(name, names);
		err_set(e, ERR_JSON_FIELD, "'%.40s' is not known here%s%s%s", name,
			near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
		snprintf(at, sizeof at, "%.32s/%.40s", place, name);
		return err_at(e, at, 0, 0);
	}
	return OK;
}
