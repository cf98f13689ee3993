/* SPDX-License-Identifier: Apache-2.0 */
#include "core/validate.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* Where the value of a member goes; NULL for a name that is none. */
static const char **place_of(struct cpl_submission *s, const char *name)
{
	for (int c = 0; c < CPL_COLS; c++)
		if (!strcmp(name, cpl_column_name((enum cpl_col)c)))
			return &s->text[c];
	for (int f = 0; f < CPL_FORMS; f++)
		if (!strcmp(name, cpl_form_infos[f].name)) {
			s->has_form = true;
			return &s->form[f];
		}
	return NULL;
}

static int unknown(const char *name, struct err *e)
{
	const char *names[CPL_COLS + CPL_FORMS + 1] = { NULL }, *near;

	for (int c = 0; c < CPL_COLS; c++)
		names[c] = cpl_column_name((enum cpl_col)c);
	for (int f = 0; f < CPL_FORMS; f++)
		names[CPL_COLS + f] = cpl_form_infos[f].name;
	near = parse_nearest(name, names);
	err_set(e, ERR_JSON_FIELD, "there is no such field%s%s%s", near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
	return err_at(e, name, 0, 0);
}

static int read_members(const struct json *obj, struct cpl_submission *s, struct err *e)
{
	const struct json *v;
	const char *name, **place;

	if (json_kind(obj) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a submission is a JSON object");
	for (size_t i = 0; (name = json_member(obj, i, &v)) != NULL; i++) {
		place = place_of(s, name);
		if (!place)
			return unknown(name, e);
		if (json_kind(v) != JSON_STRING && json_kind(v) != JSON_NULL) {
			err_set(e, ERR_JSON_FIELD, "the value must be a string or null");
			return err_at(e, name, 0, 0);
		}
		*place = json_text(v);
	}
	return OK;
}

void validate_json(const struct cpl_failures *f, struct jw *w)
{
	jw_obj(w);
	jw_kbool(w, "valid", f->n == 0);
	jw_key(w, "failures");
	jw_arr(w);
	for (size_t i = 0; i < f->n; i++) {
		jw_obj(w);
		jw_kstr(w, "field", f->v[i].field);
		jw_kstr(w, "rule", f->v[i].rule);
		jw_kstr(w, "detail", f->v[i].msg);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static void failures_free(struct cpl_failures *f)
{
	mem_free(f);
}
DEFINE_OWN(struct cpl_failures, failures_free)

int validate_submission(const char *text, size_t len, int64_t today, struct str *out, size_t *ret_failures,
			struct err *e)
{
	OWN(json_free) struct json *root = NULL;
	OWN(failures_free) struct cpl_failures *f = mem_zalloc(sizeof *f);
	struct cpl_submission s = { .today = today };
	struct jw w = jw_start(out);

	if (json_parse(text, len, &root, e) || read_members(root, &s, e))
		return e->code;
	*ret_failures = cpl_validate(&s, f);
	validate_json(f, &w);
	str_addc(out, '\n');
	return OK;
}
