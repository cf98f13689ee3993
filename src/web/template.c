/* SPDX-License-Identifier: Apache-2.0 */
#include "web/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "web/template_ops.h"

#define ITEMS_MAX 16   /* items inside items while rendering; JSON is not deeper */
#define PARTIALS_MAX 8 /* templates inside templates */

int template_set_new(const struct template_file *files, size_t nfiles, const struct template_filter *filters,
		     bool strict, struct template_set **ret, struct err *e)
{
	OWN(template_set_free) struct template_set *s = mem_zalloc(sizeof *s);

	s->arena = arena_new();
	s->filters = filters;
	s->strict = strict;
	s->programs = mem_array(nfiles ? nfiles : 1, sizeof *s->programs);
	s->n = nfiles;
	for (size_t i = 0; i < nfiles; i++)
		s->programs[i].file = &files[i];
	for (size_t i = 0; i < nfiles; i++) {
		if (program_compile(s, &s->programs[i], e))
			return e->code;
	}
	*ret = MOVE(s);
	return OK;
}

void template_set_free(struct template_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		vec_done(&s->programs[i].ops);
	free(s->programs);
	arena_free(s->arena);
	free(s);
}

struct render {
	const struct template_set *set;
	const struct template_raw *raw;
	const struct program *prog;
	const struct json *items[ITEMS_MAX]; /* [0] is the root */
	size_t nitems;
	unsigned depth; /* of partials */
	struct str *out;
	struct err *e;
};

static int fault(struct render *r, const struct op *o, const char *what)
{
	err_set(r->e, ERR_INTERNAL, "template: %s%s%s", what, o->text ? ": " : "", o->text ? o->text : "");
	return err_at(r->e, r->prog->file->name, (int64_t)o->line, 0);
}

static const struct json *step_into(const struct json *j, const char *name)
{
	uint64_t i;

	if (json_kind(j) != JSON_ARRAY)
		return json_get(j, name);
	return parse_digits(name, strlen(name), &i) && i < json_len(j) ? json_at(j, i) : NULL;
}

/* A present null is an answer; an absent name is not. json_get() gives NULL for both, so look at the members.
 */
static bool is_member(const struct json *obj, const char *name)
{
	const struct json *v;
	const char *have;

	for (size_t i = 0; json_kind(obj) == JSON_OBJECT && (have = json_member(obj, i, &v)); i++)
		if (!strcmp(have, name))
			return true;
	return false;
}

static int find(struct render *r, const struct op *o, const struct json **ret)
{
	const struct json *j = r->items[0], *next;
	const char *p = o->text, *dot;
	char name[TAG_MAX];

	if (!o->root) {
		if (o->up >= r->nitems)
			return fault(r, o, "there is no item that far out");
		j = r->items[r->nitems - 1 - o->up];
	}
	for (; strcmp(o->text, ".") != 0 && p; p = dot ? dot + 1 : NULL) {
		dot = strchr(p, '.');
		str_copyn(name, sizeof name, p, dot ? (size_t)(dot - p) : strlen(p));
		next = step_into(j, name);
		if (!next && r->set->strict && !o->optional && !is_member(j, name))
			return fault(r, o, "the data has no such name");
		j = next;
	}
	*ret = j;
	return OK;
}

static void value_text(const struct op *o, const struct json *v, struct str *out)
{
	const char *s = json_text(v);

	if (o->filter)
		o->filter->write(v, out);
	else if (s)
		str_add(out, s);
	else if (json_kind(v) == JSON_INT || json_kind(v) == JSON_REAL || json_kind(v) == JSON_BOOL)
		json_print(v, out, false);
}

static int value_put(struct render *r, const struct op *o)
{
	STR(text, MIB);
	const struct json *v = NULL;

	if (find(r, o, &v))
		return r->e->code;
	value_text(o, v, &text);
	if (o->put == HTML_PUT_PART)
		url_encode(r->out, str_c(&text), text.len);
	else
		html_escape(r->out, str_c(&text), text.len);
	return OK;
}

static bool is_true(const struct op *o, const struct json *v)
{
	STR(text, MIB);

	if (o->equals || o->filter) {
		value_text(o, v, &text);
		return o->equals ? !strcmp(str_c(&text), o->equals) : text.len > 0;
	}
	switch (json_kind(v)) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return json_bool(v, false);
	case JSON_INT:
		return json_int(v, 0) != 0;
	case JSON_REAL:
		return true;
	case JSON_STRING:
		return json_text(v)[0] != '\0';
	case JSON_ARRAY:
		return json_len(v) > 0;
	case JSON_OBJECT:
		break;
	}
	return true;
}

static int run(struct render *r, size_t from, size_t to);

static int section_put(struct render *r, const struct op *o, size_t at)
{
	const struct json *v = NULL;
	bool plain = o->equals || o->filter || o->kind == OP_INVERTED;
	size_t n;
	int rc = OK;

	if (find(r, o, &v))
		return r->e->code;
	if (is_true(o, v) == (o->kind == OP_INVERTED))
		return OK;
	if (plain || (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT))
		return run(r, at + 1, o->end);
	if (r->nitems == ITEMS_MAX)
		return fault(r, o, "too deep");
	n = json_kind(v) == JSON_ARRAY ? json_len(v) : 1;
	r->nitems++;
	for (size_t i = 0; i < n && !rc && !r->out->over; i++) {
		r->items[r->nitems - 1] = json_kind(v) == JSON_ARRAY ? json_at(v, i) : v;
		rc = run(r, at + 1, o->end);
	}
	r->nitems--;
	return rc;
}

static int partial_put(struct render *r, const struct op *o)
{
	const struct program *back = r->prog;
	int rc;

	if (r->depth == PARTIALS_MAX)
		return fault(r, o, "templates inside templates too deep");
	for (size_t i = 0; i < r->set->n; i++) {
		if (strcmp(r->set->programs[i].file->name, o->text) != 0)
			continue;
		r->prog = &r->set->programs[i];
		r->depth++;
		rc = run(r, 0, r->prog->ops.n);
		r->depth--;
		r->prog = back;
		return rc;
	}
	return fault(r, o, "there is no template of that name");
}

static int raw_put(struct render *r, const struct op *o)
{
	for (const struct template_raw *w = r->raw; w && w->name; w++) {
		if (!strcmp(w->name, o->text)) {
			str_addn(r->out, w->p, w->len);
			return OK;
		}
	}
	return r->set->strict ? fault(r, o, "no raw piece of that name was given") : OK;
}

static int run(struct render *r, size_t from, size_t to)
{
	int rc = OK;

	for (size_t i = from; i < to && !rc; i++) {
		const struct op *o = &r->prog->ops.v[i];

		if (o->kind == OP_TEXT) {
			str_addn(r->out, o->text, o->len);
		} else if (o->kind == OP_VALUE) {
			rc = value_put(r, o);
		} else if (o->kind == OP_RAW) {
			rc = raw_put(r, o);
		} else if (o->kind == OP_PARTIAL) {
			rc = partial_put(r, o);
		} else if (o->kind != OP_END) {
			rc = section_put(r, o, i);
			i = o->end;
		}
	}
	return rc;
}

int template_render(const struct template_set *s, const char *name, const struct json *data,
		    const struct template_raw *raw, struct str *out, struct err *e)
{
	struct render r = { .set = s, .raw = raw, .nitems = 1, .out = out, .e = e };
	struct program caller = { .file = &(struct template_file){ name, "", 0 } };
	struct op call = { .kind = OP_PARTIAL, .text = name };

	r.items[0] = data;
	r.prog = &caller;
	if (partial_put(&r, &call))
		return e->code;
	if (out->over)
		return err_set(e, ERR_TOO_LARGE, "the page '%s' would be larger than %zu bytes", name,
			       out->max);
	return OK;
}
