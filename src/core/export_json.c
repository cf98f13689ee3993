/* SPDX-License-Identifier: Apache-2.0 */
/* Exports as JSON: the rows of the CSV as objects with the names of its header. There is one writer of each
 * export, so the forms cannot disagree. */
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/export.h"

const char *const export_format_text[] = { "csv", "ndjson", "json", NULL };

/* The next field of our own CSV: unquoted, and without the guard that spreadsheets need. False at the end of
 * the text; *ret_last: it ends its row. */
static bool next_field(const char **p, struct str *out, bool *ret_last)
{
	const char *s = *p, *text;
	bool quoted = *s == '"';

	str_clear(out);
	if (!*s)
		return false;
	for (s += quoted; *s; s++) {
		if (quoted && *s == '"') {
			if (s[1] != '"')
				break;
			s++;
		} else if (!quoted && (*s == ',' || *s == '\r')) {
			break;
		}
		str_addc(out, *s);
	}
	s += quoted && *s;
	*ret_last = *s == '\r';
	*p = s + (*ret_last ? 2 : *s == ',');
	text = str_c(out);
	if (text_is_guarded(text) && !text_is_guarded(text + 1)) { /* an import would take it off */
		memmove(out->p, out->p + 1, out->len);
		out->len--;
	}
	return true;
}

static void write_row(struct jw *w, const char *const *names, size_t n, const char **p)
{
	STR(field, MIB);
	bool last = false;

	jw_obj(w);
	for (size_t i = 0; i < n && !last && next_field(p, &field, &last); i++) {
		jw_key(w, names[i]); /* columns are our own: nothing to escape */
		jw_str(w, field.len ? str_c(&field) : NULL);
	}
	jw_end(w);
}

int export_convert(const struct str *csv, enum export_format format, int64_t revision, struct str *out,
		   struct err *e)
{
	VEC(char *) names = { 0 };
	const char *p = str_c(csv);
	STR(field, 4 * KIB);
	struct jw w = jw_start(out);
	bool last = false;

	while (!last && next_field(&p, &field, &last))
		vec_push(&names, mem_strdup(str_c(&field)));
	if (format == EXPORT_JSON) {
		jw_obj(&w);
		jw_kint(&w, "revision", revision);
		jw_kstr(&w, "notice", EXPORT_NOTICE);
		jw_key(&w, "rows");
		jw_arr(&w);
	}
	while (*p) {
		struct jw line = jw_start(out);

		write_row(format == EXPORT_JSON ? &w : &line, (const char *const *)names.v, names.n, &p);
		if (format != EXPORT_JSON)
			str_addc(out, '\n');
	}
	if (format == EXPORT_JSON) {
		jw_arr_end(&w);
		jw_end(&w);
		str_addc(out, '\n');
	}
	for (size_t i = 0; i < names.n; i++)
		mem_free(names.v[i]);
	vec_done(&names);
	if (out->over)
		return err_set(e, ERR_TOO_LARGE, "the export is larger than %zu MiB", out->max / MIB);
	return OK;
}
