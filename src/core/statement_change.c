/* SPDX-License-Identifier: Apache-2.0 */
#include "core/statement_change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_statement.h"

const char *const statement_does_text[] = { "adds", "replaces", "withdraws", "confirms", "same", NULL };

void standing_init(struct standing_list *l)
{
	memset(l, 0, sizeof *l);
	l->arena = arena_new();
}

void standing_done(struct standing_list *l)
{
	vec_done(&l->v);
	if (l->arena)
		arena_free(l->arena);
	l->arena = NULL;
}

void statement_steps_done(struct statement_steps *s)
{
	vec_done(&s->v);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(&((const struct standing *)a)->key, &((const struct standing *)b)->key,
		      sizeof(struct statement_key));
}

static void standing_sort(struct standing_list *l)
{
	if (l->v.n)
		qsort(l->v.v, l->v.n, sizeof *l->v.v, by_key);
}

/* Adds one statement; its texts and bases live until the call ends. */
static void standing_add(struct standing_list *l, struct standing *x)
{
	struct statement_line *s = &x->said;

	statement_row_key(s, &x->key, x->content);
	if (l->texts) {
		int64_t *bases = arena_array(l->arena, s->nbases, sizeof *bases);

		if (s->nbases)
			memcpy(bases, s->bases, s->nbases * sizeof *bases);
		s->bases = bases;
		s->source = arena_strdup(l->arena, s->source);
		s->author = arena_strdup(l->arena, s->author);
		s->excerpt = arena_strdup(l->arena, s->excerpt);
		s->reference = arena_strdup(l->arena, s->reference);
		s->name = arena_strdup(l->arena, s->name);
		s->protects = arena_strdup(l->arena, s->protects);
	} else {
		*s = (struct statement_line){ .entry_id = s->entry_id, .kind = s->kind };
	}
	vec_push(&l->v, *x);
}

/* Bases come in a list of their own, in the same order. */
int standing_read(struct standing_list *l, struct db *db, bool texts, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL, *b = NULL;
	VEC(int64_t) bases = { 0 };
	struct store_statement s;
	struct store_base base = { 0 };
	bool got, more = false;
	int rc = OK;

	l->texts = texts;
	if (store_statement_list(db, 0, &r, e) || store_base_list(db, 0, &b, e) ||
	    store_base_next(b, &base, &more, e))
		return e->code;
	while (!(rc = store_statement_next(r, &s, &got, e)) && got) {
		struct standing x = { .id = s.id,
				      .effective_on = s.effective_on,
				      .proposal_id = s.proposal_id,
				      .said = { .entry_id = s.entry_id,
						.kind = statement_kind_find(s.kind),
						.source = s.source,
						.author = s.author,
						.stated_on = s.stated_on,
						.confirmed_on = s.confirmed_on,
						.excerpt = s.excerpt,
						.reference = s.reference,
						.name = s.name,
						.protects = s.protects } };

		bases.n = 0;
		while (more && base.statement_id == s.id) {
			vec_push(&bases, base.base_id);
			if ((rc = store_base_next(b, &base, &more, e)) != OK)
				break;
		}
		if (rc)
			break;
		x.said.bases = bases.v;
		x.said.nbases = bases.n;
		standing_add(l, &x);
	}
	vec_done(&bases);
	standing_sort(l);
	return rc;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

void standing_of_graph(struct standing_list *l, const struct graph *g, const struct statement_rows *rows)
{
	VEC(int64_t) ids = { 0 };

	l->texts = true;
	for (size_t i = 0; i < rows->rows.n; i++)
		vec_push(&ids, rows->rows.v[i].entry_id);
	if (ids.n)
		qsort(ids.v, ids.n, sizeof *ids.v, by_number);
	for (size_t i = 0; i < ids.n; i++) {
		uint32_t node = graph_find_id(g, ids.v[i]);
		const struct graph_node *n = node == NODE_NONE ? NULL : graph_node(g, node);

		if (i && ids.v[i] == ids.v[i - 1])
			continue;
		for (uint32_t k = 0; n && k < n->nsaid; k++) {
			const struct statement_row *s = n->said[k];
			struct standing x = { .id = s->id,
					      .effective_on = s->effective_on,
					      .proposal_id = s->proposal_id,
					      .said = { .entry_id = s->entry_id,
							.kind = s->kind,
							.source = statement_source_text[s->source],
							.author = s->author,
							.stated_on = s->stated_on,
							.confirmed_on = s->confirmed_on,
							.excerpt = s->excerpt,
							.reference = s->reference,
							.name = s->name,
							.protects = s->protects,
							.bases = s->bases,
							.nbases = s->nbases } };

			standing_add(l, &x);
		}
	}
	vec_done(&ids);
	standing_sort(l);
}

/* A text that a row does not give is no difference. */
static bool same_text(const char *want, const char *have)
{
	return !want || (have && !strcmp(want, have));
}

static enum statement_does step_does(const struct statement_steps *s, const struct standing_list *l,
				     const struct statement_step *step, const uint8_t *content)
{
	const struct standing *old = step->old;

	if (step->row->op == OP_WITHDRAW)
		return old ? DOES_WITHDRAW : DOES_SAME;
	if (step->row->op == OP_CONFIRM)
		return old && old->said.confirmed_on != step->row->confirmed_on ? DOES_CONFIRM : DOES_SAME;
	if (!old)
		return DOES_ADD;
	if (memcmp(old->content, content, SHA256_LEN) ||
	    (s->effective_on > 0 && s->effective_on != old->effective_on && old->proposal_id) ||
	    (l->texts && (!same_text(step->row->name, old->said.name) ||
			  !same_text(step->row->protects, old->said.protects))))
		return DOES_REPLACE;
	return DOES_SAME;
}

int statement_steps_make(struct statement_steps *s, const struct statement_rows *rows,
			 const struct standing_list *l, bool lenient, struct err *e)
{
	s->v.n = 0;
	memset(s->count, 0, sizeof s->count);
	for (size_t i = 0; i < rows->rows.n; i++) {
		struct statement_step step = { .row = &rows->rows.v[i] };
		struct standing want;

		if (step.row->overruled)
			continue;
		statement_row_key(step.row, &want.key, want.content);
		if (l->v.n)
			step.old = bsearch(&want, l->v.v, l->v.n, sizeof want, by_key);
		if (!step.old && step.row->op != OP_STATE && !lenient) {
			err_set(e, ERR_IMPORT, "there is nothing that stands to be %s for %s",
				step.row->op == OP_CONFIRM ? "confirmed" : "withdrawn", step.row->entry);
			return err_at(e, statement_in_text[STATEMENT_IN_OP], step.row->line, 0);
		}
		step.does = step_does(s, l, &step, want.content);
		s->count[step.does]++;
		vec_push(&s->v, step);
	}
	return OK;
}

bool statement_steps_change(const struct statement_steps *s)
{
	return (size_t)s->count[DOES_SAME] < s->v.n;
}

bool statement_step_now(const struct statement_steps *s, const struct statement_step *step,
			struct statement_line *ret, int64_t *ret_effective)
{
	*ret_effective = s->effective_on;
	if (step->does == DOES_WITHDRAW || (step->does == DOES_SAME && !step->old))
		return false;
	if (step->does == DOES_SAME || step->does == DOES_CONFIRM) {
		*ret = step->old->said;
		*ret_effective = step->old->effective_on;
		if (step->does == DOES_CONFIRM)
			ret->confirmed_on = step->row->confirmed_on;
		ret->entry = step->row->entry;
		return true;
	}
	*ret = *step->row;
	if (!ret->name && step->old)
		ret->name = step->old->said.name;
	if (!ret->protects && step->old)
		ret->protects = step->old->said.protects;
	return true;
}

static int step_apply(const struct statement_steps *s, const struct statement_step *step, struct db *db,
		      int64_t revision, int64_t proposal_id, struct err *e)
{
	struct statement_line now;
	struct store_statement row = { .from_rev = revision };
	int64_t effective, id;

	if (step->old && store_statement_close(db, step->old->id, revision, e))
		return e->code;
	if (!statement_step_now(s, step, &now, &effective))
		return OK;
	row = (struct store_statement){ .entry_id = now.entry_id,
					.kind = statement_kind_text[now.kind],
					.source = now.source,
					.author = now.author,
					.stated_on = now.stated_on,
					.confirmed_on = now.confirmed_on,
					.excerpt = now.excerpt,
					.reference = now.reference,
					.effective_on = effective,
					.proposal_id = proposal_id,
					.name = now.name,
					.protects = now.protects };
	return store_statement_add(db, &row, now.bases, now.nbases, revision, &id, e);
}

int statement_steps_apply(const struct statement_steps *s, struct db *db, int64_t revision,
			  int64_t proposal_id, struct err *e)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (s->v.v[i].does != DOES_SAME && step_apply(s, &s->v.v[i], db, revision, proposal_id, e))
			return err_wrap(e, "line %" PRId64, s->v.v[i].row->line);
	return OK;
}

void entry_id_json(const struct graph *g, int64_t entry_id, struct jw *w)
{
	uint32_t node = graph_find_id(g, entry_id);
	const struct graph_node *n = node == NODE_NONE ? NULL : graph_node(g, node);

	if (n)
		jw_str(w, n->name);
	else
		jw_null(w);
}

void statement_line_json(const struct statement_line *row, const struct graph *g, int64_t effective_on,
			 struct jw *w)
{
	jw_obj(w);
	jw_key(w, "entry");
	entry_id_json(g, row->entry_id, w);
	jw_kstr(w, "kind", statement_kind_text[row->kind]);
	jw_key(w, "bases");
	jw_arr(w);
	for (size_t i = 0; i < row->nbases; i++)
		entry_id_json(g, row->bases[i], w);
	jw_arr_end(w);
	jw_kstr(w, "source", row->source);
	jw_kstr(w, "author", row->author);
	jw_kdate(w, "stated_on", row->stated_on);
	jw_kdate(w, "confirmed_on", row->confirmed_on);
	jw_kstr(w, "excerpt", row->excerpt);
	jw_kstr(w, "reference", row->reference);
	if (row->kind == STATEMENT_BLOCK) {
		jw_kstr(w, "name", row->name);
		jw_kstr(w, "protects", row->protects);
	}
	jw_kdate(w, "effective_on", effective_on > 0 ? effective_on : -1);
	jw_end(w);
}

void standing_json(const struct standing *old, const struct graph *g, struct jw *w)
{
	if (old)
		statement_line_json(&old->said, g, old->effective_on, w);
	else
		jw_null(w);
}
