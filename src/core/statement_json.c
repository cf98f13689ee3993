/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a statements file as JSON objects: NDJSON files and proposals. */
#include <string.h>

#include "base/parse.h"
#include "core/import.h"

int statement_in_find(const char *name, size_t n)
{
	for (int f = 0; f < STATEMENT_IN_FIELDS; f++)
		if (strlen(statement_in_text[f]) == n && !strncmp(name, statement_in_text[f], n))
			return f;
	return -1;
}

int statement_in_unknown(const char *name, const char *what, struct err *e)
{
	const char *near = parse_nearest(name, statement_in_text);
	char shown[64];
	size_t i;

	for (i = 0; name[i] && i < sizeof shown - 1; i++)
		shown[i] = (char)(name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
	shown[i] = 0;
	if (near)
		return err_set(e, ERR_IMPORT, "'%s' is no %s of a statements file; did you mean '%s'?", shown,
			       what, near);
	return err_set(
	    e, ERR_IMPORT,
	    "'%s' is no %s of a statements file; these are entry, kind, bases, source, author, stated_on, "
	    "confirmed_on, excerpt, reference, op, name and protects",
	    shown, what);
}

/* The value of one member as text: a string, null, or for bases an array of strings. */
static int member_text(int field, const struct json *v, struct str *bases, const char **ret, struct err *e)
{
	if (json_kind(v) == JSON_STRING) {
		*ret = json_text(v);
		return OK;
	}
	if (json_kind(v) == JSON_NULL)
		return OK;
	if (field != STATEMENT_IN_BASES || json_kind(v) != JSON_ARRAY)
		return err_set(e, ERR_IMPORT, "the value must be a string%s",
			       field == STATEMENT_IN_BASES ? " or a list of strings" : "");
	str_clear(bases);
	for (size_t i = 0; i < json_len(v); i++) {
		const char *one = json_text(json_at(v, i));

		if (!one)
			return err_set(e, ERR_IMPORT, "the list must hold strings");
		str_addf(bases, "%s%s", i ? " " : "", one);
	}
	if (bases->over)
		return err_set(e, ERR_IMPORT, "the list is too long");
	*ret = str_c(bases);
	return OK;
}

int statement_in_json(const struct json *object, struct str *bases, struct statement_in *ret, struct err *e)
{
	const struct json *v;
	const char *name;

	for (size_t i = 0; (name = json_member(object, i, &v)) != NULL; i++) {
		int field = statement_in_find(name, strlen(name));

		if (field < 0)
			return statement_in_unknown(name, "member", e);
		if (member_text(field, v, bases, &ret->text[field], e))
			return err_at(e, statement_in_text[field], 0, 0);
	}
	return OK;
}
