/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show.h"

#include <inttypes.h>
#include <string.h>

const char *txt(const struct json *o, const char *name)
{
	const char *s = json_text(json_get(o, name));

	return s ? s : "";
}

int64_t num(const struct json *o, const char *name)
{
	return json_int(json_get(o, name), 0);
}

bool has(const struct json *o, const char *name)
{
	return json_get(o, name) != NULL;
}

const char *words(const struct json *array, struct str *buf)
{
	str_clear(buf);
	for (size_t i = 0; i < json_len(array); i++)
		str_addf(buf, "%s%s", i ? " " : "", json_text(json_at(array, i)));
	return buf->len ? str_c(buf) : "-";
}

const char *plural(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

char *identity_text(const struct json *o, char *buf, size_t size)
{
	const char *manufacturer = txt(o, "manufacturer"), *version = txt(o, "version");

	if (!*manufacturer)
		snprintf(buf, size, "%s", *version ? version : "-");
	else if (has(o, "scheme") && strcmp(txt(o, "scheme"), "cpl") != 0)
		snprintf(buf, size, "%s %s %s %s", manufacturer, txt(o, "model"), txt(o, "hardware"),
			 version);
	else
		snprintf(buf, size, "%s:%s%s:%s", manufacturer, txt(o, "model"), txt(o, "hardware"), version);
	return buf;
}

void show_contacts(struct page *p, int indent, const struct json *list)
{
	static const char *const parts[] = { "name", "email", "phone", "url", "hours" };

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);
		STR(line, 4096);

		for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
			if (*txt(c, parts[k]))
				str_addf(&line, "%s%s", line.len ? ", " : "", txt(c, parts[k]));
		page_term(p, indent, "who can help", str_c(&line));
	}
}

void show_statement(struct page *p, int indent, const struct json *s)
{
	STR(line, 1024);

	if (!s)
		return;
	str_add(&line, txt(s, "source"));
	if (*txt(s, "author"))
		str_addf(&line, ", %s", txt(s, "author"));
	if (*txt(s, "stated_on"))
		str_addf(&line, ", on %s", txt(s, "stated_on"));
	if (*txt(s, "confirmed_on"))
		str_addf(&line, ", confirmed %s", txt(s, "confirmed_on"));
	if (has(s, "id"))
		str_addf(&line, "  (statement %" PRId64 ")", num(s, "id"));
	page_term(p, indent, "said by", str_c(&line));
	if (*txt(s, "freshness"))
		page_termf(p, indent, "freshness", "%s%s%s", txt(s, "freshness"),
			   *txt(s, "due") ? ", to be confirmed by " : "", txt(s, "due"));
	if (*txt(s, "excerpt"))
		page_term(p, indent, "in words", txt(s, "excerpt"));
	if (*txt(s, "reference"))
		page_term(p, indent, "see", txt(s, "reference"));
}

void show_state_of_catalogue(struct page *p, const struct json *a)
{
	const struct json *cpl = json_get(a, "cpl");
	STR(line, 512);

	if (has(a, "revision"))
		str_addf(&line, "Catalogue revision %" PRId64, num(a, "revision"));
	if (*txt(a, "as_at"))
		str_addf(&line, ", as at %s", txt(a, "as_at"));
	if (*txt(cpl, "version")) {
		str_addf(&line, "; CPL %s", txt(cpl, "version"));
		if (*txt(cpl, "issued"))
			str_addf(&line, " issued %s", txt(cpl, "issued"));
		if (has(cpl, "age_days"))
			str_addf(&line, " (%" PRId64 " %s ago)", num(cpl, "age_days"),
				 plural(num(cpl, "age_days"), "day", "days"));
	}
	if (line.len)
		page_line(p, "%s.", str_c(&line));
}
