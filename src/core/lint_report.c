/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/lookup.h"
#include "core/needs.h"
#include "core/rendered.h"
#include "model/lint.h"

static const char *const level_text[] = { "error", "warning", "note", NULL };

struct report {
	const struct snapshot *snap;
	struct jw w;
	int64_t by_level[3], by_kind[LINT_KINDS];
};

static void add_finding(const struct lint_finding *f, void *ctx)
{
	struct report *r = ctx;
	const struct lint_info *info = &lint_infos[f->kind];
	char id[MODEL_ID_MAX];

	r->by_kind[f->kind]++;
	for (int i = 0; level_text[i]; i++)
		r->by_level[i] += !strcmp(info->level, level_text[i]);
	jw_obj(&r->w);
	jw_kstr(&r->w, "code", info->code);
	jw_kstr(&r->w, "level", info->level);
	jw_kstr(&r->w, "title", info->title);
	jw_kstr(&r->w, "model", model_id_text(graph_model(r->snap->graph, f->model), id));
	jw_key(&r->w, "entries");
	jw_arr(&r->w);
	for (size_t i = 0; i < f->nnodes; i++)
		jw_str(&r->w, graph_node(r->snap->graph, f->nodes[i])->name);
	jw_arr_end(&r->w);
	jw_kstr(&r->w, "next", info->next);
	jw_end(&r->w);
}

void lint_json(const struct snapshot *s, const struct needs *starts, int64_t at, struct str *out)
{
	struct report r = { .snap = s, .w = jw_start(out) };

	jw_obj(&r.w);
	jw_key(&r.w, "findings");
	jw_arr(&r.w);
	lint_graph(s->graph, at, add_finding, &r);
	if (starts)
		lint_needed(s->graph, starts->v.v, starts->v.n, at, add_finding, &r);
	jw_arr_end(&r.w);
	jw_key(&r.w, "counts");
	jw_obj(&r.w);
	for (int i = 0; level_text[i]; i++)
		jw_kint(&r.w, level_text[i], r.by_level[i]);
	jw_end(&r.w);
	jw_key(&r.w, "codes");
	jw_obj(&r.w);
	for (int i = 0; i < LINT_KINDS; i++)
		jw_kint(&r.w, lint_infos[i].code, r.by_kind[i]);
	jw_end(&r.w);
	jw_kint(&r.w, "revision", s->revision);
	jw_ktime(&r.w, "as_at", at);
	jw_end(&r.w);
	str_addc(out, '\n');
}
