/* SPDX-License-Identifier: Apache-2.0 */
/* Items of proposals that are about the dossier of an entry: excerpts of release notes, contacts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/proposal_content.h"

#define ITEM_JSON_MAX (64 * KIB)

bool dossier_is_item(const struct json *item)
{
	const char *kind = json_text(json_get(item, "kind"));

	for (int i = 0; kind && dossier_kind_text[i]; i++)
		if (!strcmp(kind, dossier_kind_text[i]))
			return true;
	return false;
}

/* The members into the item's fields; op is the proposal's own. */
static int read_members(struct dossier_item *item, const struct json *from, struct err *e)
{
	const struct json *v;
	const char *name;

	for (size_t i = 0; (name = json_member(from, i, &v)) != NULL; i++) {
		const struct json_field *f = dossier_item_fields;
		const char *s = json_text(v);

		if (json_kind(v) != JSON_NULL && !s)
			return err_set(e, ERR_IMPORT, "the value of '%.60s' must be a string", name);
		if (!strcmp(name, "op")) {
			item->withdraw = s && !strcmp(s, statement_op_text[OP_WITHDRAW]);
			if (s && !item->withdraw && strcmp(s, statement_op_text[OP_STATE]))
				return err_set(e, ERR_IMPORT, "op must be state or withdraw, not '%.20s'", s);
			continue;
		}
		while (f->name && strcmp(f->name, name))
			f++;
		if (!f->name)
			return err_set(e, ERR_IMPORT, "an item of this kind has no member '%.60s'", name);
		if (s && !str_copy((char *)item + f->offset, (size_t)f->max, s))
			return err_set(e, ERR_IMPORT, "'%s' is longer than %d bytes", name, (int)f->max - 1);
	}
	return OK;
}

int content_dossier_read(struct content *c, const struct edit *x, const struct json *from, int64_t line,
			 struct err *e)
{
	struct dossier_item *item = arena_alloc(c->arena, sizeof *item);

	if (read_members(item, from, e))
		return err_at(e, NULL, line, 0);
	if (dossier_check(x->snap, item, x->now, e)) {
		if (e->code == ERR_NOT_FOUND || e->code == ERR_INVALID)
			e->code = ERR_IMPORT;
		return err_at(e, NULL, line, 0);
	}
	vec_push(&c->dossier, item);
	return OK;
}

int content_dossier_permitted(const struct content *c, const struct edit *x, struct err *e)
{
	for (size_t i = 0; i < c->dossier.n; i++) {
		const char *code = dossier_code(x->snap, c->dossier.v[i]);

		if (!may(x->who, ROLE_EDITOR) && !principal_owns_code(x->who, code))
			return err_set(e, ERR_DENIED, "a %s of manufacturer %s is not yours to state",
				       c->dossier.v[i]->kind, code);
	}
	return OK;
}

static void item_json(const struct dossier_item *item, struct jw *w)
{
	STR(text, ITEM_JSON_MAX);
	STR(all, ITEM_JSON_MAX);
	struct jw one = jw_start(&text);

	dossier_item_json(item, &one);
	str_addf(&all, "{\"op\":\"%s\",", statement_op_text[item->withdraw ? OP_WITHDRAW : OP_STATE]);
	str_addn(&all, str_c(&text) + 1, text.len - 1);
	jw_raw(w, str_c(&all), all.len);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void content_dossier_canonical(const struct content *c, struct jw *w)
{
	size_t n = c->dossier.n;
	char **texts = arena_array(c->arena, n, sizeof *texts);

	for (size_t i = 0; i < n; i++) {
		STR(text, ITEM_JSON_MAX);
		struct jw one = jw_start(&text);

		item_json(c->dossier.v[i], &one);
		texts[i] = arena_strdup(c->arena, str_c(&text));
	}
	if (n)
		qsort(texts, n, sizeof *texts, by_text);
	for (size_t i = 0; i < n; i++)
		jw_raw(w, texts[i], strlen(texts[i]));
}

int content_dossier_apply(const struct content *c, struct db *db, int64_t revision, struct jw *before,
			  struct jw *after, bool *ret_changed, struct err *e)
{
	if (!c->dossier.n)
		return OK;
	jw_key(before, "dossier");
	jw_arr(before);
	jw_key(after, "dossier");
	jw_arr(after);
	for (size_t i = 0; i < c->dossier.n; i++) {
		STR(was, ITEM_JSON_MAX);
		bool changed = false;

		if (dossier_apply(db, c->dossier.v[i], revision, &was, &changed, e)) {
			if (e->code == ERR_CONFLICT)
				e->code = ERR_PROPOSAL_STALE;
			return e->code;
		}
		*ret_changed = *ret_changed || changed;
		jw_raw(before, str_c(&was), was.len);
		item_json(c->dossier.v[i], after);
	}
	jw_arr_end(before);
	jw_arr_end(after);
	return OK;
}
