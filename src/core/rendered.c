/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rendered.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/dossier.h"

/* What ends a hop that has a statement: the word and both brackets come from the day of the answer. */
#define HOP_OPEN ",\"freshness\":\""
#define PIECE_MAX (16 * MIB) /* one entry; what is stored has far lower ceilings (IMPORT_FIELD_MAX) */

void jw_ktrim(struct jw *w, const char *name, const char *s)
{
	const char *p = s;

	jw_key(w, name);
	if (!s) {
		jw_null(w);
	} else {
		size_t n = parse_trim(&p, strlen(s));

		jw_strn(w, p, n);
	}
}

/* All members but the last. */
static void statement_members(const struct graph *g, const struct statement_row *s, bool with_bases,
			      const struct freshness_span *span, struct jw *w)
{
	jw_kint(w, "id", s->id);
	jw_kstr(w, "kind", statement_kind_text[s->kind]);
	if (with_bases) {
		jw_key(w, "bases");
		jw_arr(w);
		for (size_t i = 0; i < s->nbases; i++)
			jw_str(w, graph_node(g, graph_find_id(g, s->bases[i]))->name);
		jw_arr_end(w);
	}
	jw_kstr(w, "source", statement_source_text[s->source]);
	jw_kstr(w, "author", s->author);
	jw_kdate(w, "stated_on", s->stated_on);
	jw_kdate(w, "confirmed_on", s->confirmed_on);
	jw_kstr(w, "excerpt", s->excerpt);
	jw_kstr(w, "reference", s->reference);
	if (s->name)
		jw_kstr(w, "name", s->name);
	if (s->protects)
		jw_kstr(w, "protects", s->protects);
	if (s->effective_on > 0)
		jw_kdate(w, "effective_on", s->effective_on);
	if (s->proposal_id)
		jw_kint(w, "proposal", s->proposal_id);
	jw_kdate(w, "due", freshness_due(span));
}

void statement_json(const struct snapshot *s, const struct statement_row *st, bool with_bases, int64_t at,
		    struct jw *w)
{
	struct freshness_span span = dossier_span(s->dossier, st);
	enum freshness f = freshness_on(&span, at);

	jw_obj(w);
	statement_members(s->graph, st, with_bases, &span, w);
	jw_kstr(w, "freshness", f == FRESHNESS_NONE ? NULL : freshness_text[f]);
	jw_end(w);
}

void cpa_json(const struct graph_node *n, int64_t at, struct jw *w)
{
	const char kind[2] = { n->cpa_kind, 0 };

	if (!n->cpa_kind || n->cpa_until < 0) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "kind", kind);
	jw_kdate(w, "until", n->cpa_until);
	jw_kbool(w, "passed", n->cpa_until + MS_PER_DAY <= at); /* it still stands on its date */
	jw_end(w);
}

static void model_members(const struct graph_model *m, struct jw *w)
{
	jw_kstr(w, "manufacturer", m->manufacturer);
	jw_kstr(w, "model", m->model);
	jw_kstr(w, "hardware", m->hardware);
}

static void identity_members(const struct graph *g, const struct graph_node *n, struct jw *w)
{
	const struct graph_model *m = graph_model(g, n->model);

	jw_kstr(w, "entry", n->name);
	if (strcmp(m->scheme, "cpl") != 0)
		jw_kstr(w, "scheme", m->scheme);
	model_members(m, w);
	jw_kstr(w, "version", n->version);
	jw_kstr(w, "status", n->removed ? "Removed" : "Current");
	if (n->device_type)
		jw_ktrim(w, "device_type", n->device_type);
	if (n->smets)
		jw_ktrim(w, "smets", n->smets);
	if (n->gbcs)
		jw_ktrim(w, "gbcs", n->gbcs);
}

static void hop_members(const struct graph *g, const struct graph_node *n, const struct freshness_span *span,
			struct jw *w)
{
	jw_kstr(w, "entry", n->name);
	model_members(graph_model(g, n->model), w);
	jw_kstr(w, "version", n->version);
	jw_kstr(w, "hash", n->hash);
	jw_kbool(w, "pushable", n->hash);
	if (n->fragments > 1) {
		jw_key(w, "fragment");
		jw_obj(w);
		jw_kint(w, "number", n->fragment);
		jw_kint(w, "of", n->fragments);
		jw_end(w);
	}
	if (n->path) { /* always, for what can be hopped to */
		jw_kstr(w, "why", n->path->kind == STATEMENT_ANY ? "any" : "stated");
		jw_key(w, "statement");
		jw_obj(w);
		statement_members(g, n->path, false, span, w);
		str_add(w->out, HOP_OPEN);
	}
}

static struct piece keep(struct arena *a, const char *p, size_t n)
{
	return (struct piece){ arena_strndup(a, p, n), (uint32_t)n };
}

/* Hop warnings that neither the edge nor the date decides. */
static unsigned node_warnings(const struct graph_node *n)
{
	unsigned w = 0;

	w |= n->removed ? HOP_REMOVED : 0;
	w |= !n->hash ? HOP_NO_HASH : 0;
	w |= n->fragment < n->fragments ? HOP_FRAGMENT : 0;
	w |= n->path && n->path->source == SOURCE_INFERRED ? HOP_INFERRED : 0;
	w |= !n->path || n->path->confirmed_on < 0 ? HOP_NEVER_CONFIRMED : 0;
	return w;
}

static void render_nodes(const struct graph *g, const struct dossier *d, struct rendered *r)
{
	size_t n = graph_nodes(g);
	struct node_text *all = arena_array(r->arena, n, sizeof *all);
	STR(s, PIECE_MAX);
	STR(id, PIECE_MAX);

	for (uint32_t i = 0; i < n; i++) {
		const struct graph_node *node = graph_node(g, i);
		struct freshness_span span = dossier_span(d, node->path);
		struct jw w = jw_start(&s);
		size_t identity, hop;
		char date[TIME_TEXT];

		str_clear(&s);
		jw_obj(&w);
		identity_members(g, node, &w);
		jw_end(&w);
		identity = s.len;
		w = jw_start(&s);
		jw_obj(&w);
		s.len--; /* members without the braces, which the writer puts around every object */
		hop_members(g, node, &span, &w);
		hop = s.len - identity;
		date_text(node->path && node->path->confirmed_on >= 0 ? node->path->confirmed_on : 0, date);
		str_addf(&s, "\"%s\"", date);
		str_clear(&id);
		w = jw_start(&id);
		jw_str(&w, node->name);
		all[i] = (struct node_text){
			.p = arena_strndup(r->arena, str_c(&s), s.len),
			.identity = (uint32_t)identity,
			.hop = (uint32_t)hop,
			.renews = node->cpa_kind == 'R' && node->cpa_until >= 0 ? node->cpa_until : INT64_MAX,
			.id = (uint32_t)id.len,
			.warnings = node_warnings(node),
			.span = span,
			.confirmed = node->path && node->path->confirmed_on >= 0
					 ? (int32_t)(node->path->confirmed_on / MS_PER_DAY)
					 : DAY_NONE
		};
	}
	r->node = all;
}

static void render_warnings(struct rendered *r)
{
	struct piece *all = arena_array(r->arena, HOP_WARNINGS_ALL, sizeof *all);
	STR(s, PIECE_MAX);

	for (unsigned bits = 0; bits < HOP_WARNINGS_ALL; bits++) {
		struct jw w = jw_start(&s);

		str_clear(&s);
		jw_arr(&w);
		for (unsigned i = 0; hop_warning_text[i]; i++)
			if (bits >> i & 1)
				jw_str(&w, hop_warning_text[i]);
		jw_arr_end(&w);
		all[bits] = keep(r->arena, str_c(&s), s.len);
	}
	r->hop_warnings = all;
}

static void render_tail(struct rendered *r, int64_t revision, const struct cpl_info *cpl)
{
	STR(s, PIECE_MAX);
	struct jw w = jw_start(&s);

	str_add(&s, ",\"revision\":");
	str_add_i64(&s, revision);
	str_add(&s, ",\"as_at\":\"");
	r->tail = keep(r->arena, str_c(&s), s.len);

	str_clear(&s);
	jw_obj(&w);
	jw_kstr(&w, "version", *cpl->version ? cpl->version : NULL);
	jw_kdate(&w, "issued", cpl->issued_on);
	str_add(&s, ",\"age_days\":");
	r->cpl = keep(r->arena, str_c(&s), s.len);
}

struct ranked {
	const char *scheme;
	int64_t ord;
	uint32_t node;
};

static int ord_order(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	int d = strcmp(a->scheme, b->scheme);

	if (d)
		return d;
	if (a->ord != b->ord)
		return a->ord < b->ord ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

static void sort_nodes(const struct graph *g, struct rendered *r)
{
	size_t n = graph_nodes(g);
	struct ranked *v = mem_array(n ? n : 1, sizeof *v);
	uint32_t *by_ord = arena_array(r->arena, n, sizeof *by_ord),
		 *place = arena_array(r->arena, n, sizeof *place);

	for (uint32_t i = 0; i < n; i++) {
		const struct graph_node *node = graph_node(g, i);

		v[i] = (struct ranked){ graph_model(g, node->model)->scheme, node->ord, i };
	}
	qsort(v, n, sizeof *v, ord_order);
	for (uint32_t i = 0; i < n; i++) {
		by_ord[i] = v[i].node;
		place[v[i].node] = i;
	}
	free(v);
	r->by_ord = by_ord;
	r->place = place;
}

struct rendered *rendered_new(const struct graph *g, const struct dossier *d, int64_t revision,
			      const struct cpl_info *cpl)
{
	struct rendered *r = mem_zalloc(sizeof *r);

	r->arena = arena_new();
	render_nodes(g, d, r);
	render_warnings(r);
	render_tail(r, revision, cpl);
	sort_nodes(g, r);
	return r;
}

void rendered_free(struct rendered *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	free(r);
}
