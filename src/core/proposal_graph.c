/* SPDX-License-Identifier: Apache-2.0 */
/* The graph that would come of a proposal, and what lint finds in it that was not there before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/lookup.h"
#include "core/proposal_content.h"
#include "model/whatif.h"

static int word_of(const char *word, const char *const *list)
{
	int i = 0;

	while (list[i] && strcmp(list[i], word))
		i++;
	return i;
}

int content_graphs(const struct content *c, const struct graph *g, struct graph **ret_before,
		   struct graph **ret_after, struct err *e)
{
	return steps_graphs(&c->steps, g, ret_before, ret_after, e);
}

int steps_graphs(const struct statement_steps *steps, const struct graph *g, struct graph **ret_before,
		 struct graph **ret_after, struct err *e)
{
	size_t n = steps->v.n;
	OWN(arena_free) struct arena *a = arena_new();
	struct graph_change *v = arena_array(a, n, sizeof *v);
	struct graph_change *none = arena_array(a, n, sizeof *none);
	struct statement_row *rows = arena_array(a, n, sizeof *rows);
	OWN(graph_free) struct graph *before = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct statement_step *s = &steps->v.v[i];
		struct statement_line now;
		int64_t effective;

		v[i].entry_id = none[i].entry_id = s->row->entry_id;
		if (s->does == DOES_SAME)
			continue;
		v[i].drop = s->old ? s->old->id : 0;
		if (!statement_step_now(steps, s, &now, &effective))
			continue;
		rows[i] = (struct statement_row){ .id = INT64_MAX - (int64_t)(n - i),
						  .entry_id = now.entry_id,
						  .kind = now.kind,
						  .source = (enum statement_source)word_of(
						      now.source, statement_source_text),
						  .author = now.author,
						  .excerpt = now.excerpt,
						  .reference = now.reference,
						  .stated_on = now.stated_on,
						  .confirmed_on = now.confirmed_on,
						  .bases = now.bases,
						  .nbases = now.nbases,
						  .effective_on = effective,
						  .name = now.name,
						  .protects = now.protects };
		v[i].add = &rows[i];
	}
	if (graph_with(g, none, n, &before, e) || graph_with(g, v, n, ret_after, e))
		return err_wrap(e, "building the graph that would be");
	*ret_before = MOVE(before);
	return OK;
}

struct collect {
	struct findings *f;
	const struct graph *g;
	struct arena *arena;
};

static void take(const struct lint_finding *l, void *ctx)
{
	static const char *const levels[] = { "error", "warning", "note", NULL };
	struct collect *c = ctx;
	struct finding f = { .info = &lint_infos[l->kind] };
	char model[MODEL_ID_MAX];
	STR(entries, 64 * KIB);
	STR(key, 65 * KIB);

	for (size_t i = 0; i < l->nnodes; i++)
		str_addf(&entries, "%s%s", i ? " " : "", graph_node(c->g, l->nodes[i])->name);
	model_id_text(graph_model(c->g, l->model), model);
	str_addf(&key, "%s %s %s", model, f.info->code, str_c(&entries));
	f.key = arena_strdup(c->arena, str_c(&key));
	f.model = arena_strdup(c->arena, model);
	f.entries = arena_strdup(c->arena, str_c(&entries));
	c->f->level[word_of(f.info->level, levels)]++;
	vec_push(&c->f->v, f);
}

static int by_finding(const void *a, const void *b)
{
	return strcmp(((const struct finding *)a)->key, ((const struct finding *)b)->key);
}

void findings_of(struct findings *f, const struct graph *g, int64_t at, struct arena *a)
{
	struct collect c = { f, g, a };

	lint_graph(g, at, take, &c);
	if (f->v.n)
		qsort(f->v.v, f->v.n, sizeof *f->v.v, by_finding);
}

bool findings_have(const struct findings *f, const char *key)
{
	struct finding want = { .key = key };

	return f->v.n && bsearch(&want, f->v.v, f->v.n, sizeof want, by_finding);
}

void findings_done(struct findings *f)
{
	vec_done(&f->v);
}

int findings_refuse(const struct findings *before, const struct findings *after, struct err *e)
{
	for (size_t i = 0; i < after->v.n; i++) {
		const struct finding *f = &after->v.v[i];

		if (!strcmp(f->info->level, "error") && !findings_have(before, f->key))
			return err_set(e, ERR_LINT, "%s: %s (entries %.200s)", f->info->code, f->info->title,
				       f->entries);
	}
	return OK;
}

int content_lint(const struct content *c, const struct graph *g, int64_t at, struct err *e)
{
	OWN(graph_free) struct graph *before = NULL, *after = NULL;
	OWN(findings_done) struct findings was = { 0 }, is = { 0 };

	if (content_graphs(c, g, &before, &after, e))
		return e->code;
	findings_of(&was, before, at, c->arena);
	findings_of(&is, after, at, c->arena);
	return findings_refuse(&was, &is, e);
}
