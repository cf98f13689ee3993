/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "model/fragment.h"
#include "model/graph.h"
#include "model/graph_bits.h"

struct graph_builder {
	struct arena *arena; /* owned until the graph takes it */
	VEC(struct graph_model) models;
	VEC(struct graph_node) nodes;
	VEC(int64_t) model_ids; /* of nodes[i] */
	VEC(struct statement_row *) said;
};

struct graph_builder *graph_builder_new(void)
{
	struct graph_builder *b = mem_zalloc(sizeof *b);

	b->arena = arena_new();
	return b;
}

void graph_builder_free(struct graph_builder *b)
{
	if (!b)
		return;
	arena_free(b->arena);
	vec_done(&b->models);
	vec_done(&b->nodes);
	vec_done(&b->model_ids);
	vec_done(&b->said);
	free(b);
}

static const char *text_or_empty(struct graph_builder *b, const char *s)
{
	return arena_strdup(b->arena, s ? s : "");
}

void graph_add_model(struct graph_builder *b, const struct model_row *row)
{
	struct graph_model m = { .id = row->id,
				 .scheme = text_or_empty(b, row->scheme),
				 .manufacturer = text_or_empty(b, row->manufacturer),
				 .model = text_or_empty(b, row->model),
				 .hardware = text_or_empty(b, row->hardware) };

	vec_push(&b->models, m);
}

static int64_t figure(int64_t v)
{
	return v < 0 ? -1 : v > COST_MAX ? COST_MAX : v;
}

void graph_add_entry(struct graph_builder *b, const struct entry_row *row)
{
	struct fragment f = fragment_read(row->descriptor);
	struct graph_node n = { .entry_id = row->id,
				.ord = row->ord,
				.public_id = text_or_empty(b, row->public_id),
				.version = text_or_empty(b, row->version),
				.hash = arena_strdup(b->arena, row->hash),
				.descriptor = arena_strdup(b->arena, row->descriptor),
				.device_type = arena_strdup(b->arena, row->device_type),
				.smets = arena_strdup(b->arena, row->smets),
				.gbcs = arena_strdup(b->arena, row->gbcs),
				.removed = row->removed,
				.cpa_kind = row->cpa_kind,
				.cpa_until = row->cpa_until,
				.fragment = f.number,
				.fragments = f.count,
				.cost = { figure(row->seconds), figure(row->bytes), figure(row->restarts) } };

	if (f.count > 1)
		n.release = arena_strdup(b->arena, f.release);
	vec_push(&b->nodes, n);
	vec_push(&b->model_ids, row->model_id);
}

void graph_add_statement(struct graph_builder *b, const struct statement_row *row)
{
	struct statement_row *s = arena_alloc(b->arena, sizeof *s);
	int64_t *bases = arena_array(b->arena, row->nbases, sizeof *bases);

	if (row->nbases)
		memcpy(bases, row->bases, row->nbases * sizeof *bases);
	*s = *row;
	s->bases = bases;
	s->author = arena_strdup(b->arena, row->author);
	s->excerpt = arena_strdup(b->arena, row->excerpt);
	s->reference = arena_strdup(b->arena, row->reference);
	s->name = arena_strdup(b->arena, row->name);
	s->protects = arena_strdup(b->arena, row->protects);
	vec_push(&b->said, s);
}

static int model_order(const void *va, const void *vb)
{
	const struct graph_model *a = va, *b = vb;
	int d = strcmp(a->scheme, b->scheme);

	d = d ? d : strcmp(a->manufacturer, b->manufacturer);
	d = d ? d : strcmp(a->model, b->model);
	d = d ? d : strcmp(a->hardware, b->hardware);
	return d ? d : (a->id > b->id) - (a->id < b->id);
}

static int node_order(const void *va, const void *vb)
{
	const struct graph_node *a = va, *b = vb;

	if (a->model != b->model)
		return a->model < b->model ? -1 : 1;
	if (a->ord != b->ord)
		return a->ord < b->ord ? -1 : 1;
	return strcmp(a->public_id, b->public_id);
}

static const char *model_name(const struct graph_model *m, char buf[160])
{
	snprintf(buf, 160, "%.20s %.40s %.40s %.40s", m->scheme, m->manufacturer, m->model, m->hardware);
	return buf;
}

/* Keeps the models that have entries. */
static void drop_empty_models(struct graph_builder *b)
{
	OWN(map64_free) struct map64 *used = map64_new(b->models.n);
	size_t kept = 0;

	for (size_t i = 0; i < b->model_ids.n; i++)
		(void)map64_put(used, (uint64_t)b->model_ids.v[i], 0);
	for (size_t i = 0; i < b->models.n; i++)
		if (map64_get(used, (uint64_t)b->models.v[i].id) != MAP64_NONE)
			b->models.v[kept++] = b->models.v[i];
	b->models.n = kept;
}

/* Which model is each entry of? */
static int find_models(struct graph_builder *b, struct graph *g, struct err *e)
{
	OWN(map64_free) struct map64 *index = map64_new(b->models.n);

	for (uint32_t i = 0; i < g->nmodels; i++)
		if (!map64_put(index, (uint64_t)g->models[i].id, i))
			return err_set(e, ERR_INTERNAL, "model %" PRId64 " is there twice", g->models[i].id);
	for (uint32_t i = 0; i < g->nnodes; i++) {
		b->nodes.v[i].model = map64_get(index, (uint64_t)b->model_ids.v[i]);
		if (b->nodes.v[i].model == MAP64_NONE)
			return err_set(e, ERR_INTERNAL,
				       "entry %s is of model %" PRId64 ", which is not there",
				       b->nodes.v[i].public_id, b->model_ids.v[i]);
	}
	return OK;
}

/* Models sorted, nodes sorted beneath them, positions given. */
static int place_nodes(struct graph_builder *b, struct graph *g, struct err *e)
{
	char name[160];

	drop_empty_models(b);
	if (b->models.n >= NODE_NONE / 2 || b->nodes.n >= NODE_NONE / 2)
		return err_set(e, ERR_TOO_LARGE, "the catalogue has too many entries");
	g->nmodels = (uint32_t)b->models.n;
	g->nnodes = (uint32_t)b->nodes.n;
	g->models = arena_array(g->arena, b->models.n, sizeof *g->models);
	g->nodes = arena_array(g->arena, b->nodes.n, sizeof *g->nodes);
	if (g->nmodels) {
		qsort(b->models.v, b->models.n, sizeof *b->models.v, model_order);
		memcpy(g->models, b->models.v, b->models.n * sizeof *g->models);
	}
	if (find_models(b, g, e))
		return e->code;
	if (g->nnodes) {
		qsort(b->nodes.v, b->nodes.n, sizeof *b->nodes.v, node_order);
		memcpy(g->nodes, b->nodes.v, b->nodes.n * sizeof *g->nodes);
	}
	for (uint32_t i = 0; i < g->nnodes; i++) {
		struct graph_model *m = &g->models[g->nodes[i].model];

		if (!m->count)
			m->first = i;
		g->nodes[i].position = m->count++;
		if (m->count > GRAPH_MODEL_ENTRIES_MAX)
			return err_set(e, ERR_TOO_LARGE, "the model %s has more than %d entries",
				       model_name(m, name), GRAPH_MODEL_ENTRIES_MAX);
	}
	return OK;
}

static int index_nodes(struct graph *g, struct err *e)
{
	STR(key, 512);
	uint64_t v;

	g->by_id = map64_new(g->nnodes);
	g->by_number = map64_new(g->nnodes);
	g->by_text = map_new();
	for (uint32_t i = 0; i < g->nnodes; i++) {
		struct graph_node *n = &g->nodes[i];
		const char *scheme = g->models[n->model].scheme;
		char name[ENTRY_NAME_SIZE];
		bool fresh;

		n->name = strcmp(scheme, "cpl")
			      ? arena_strdup(g->arena, ident_entry_name(scheme, n->public_id, name))
			      : n->public_id;
		if (!map64_put(g->by_id, (uint64_t)n->entry_id, i))
			return err_set(e, ERR_INTERNAL, "entry %s has the key of another entry",
				       n->public_id);
		if (!strcmp(scheme, "cpl") && strlen(n->public_id) == 6 &&
		    parse_digits(n->public_id, 6, &v)) {
			fresh = map64_put(g->by_number, v, i);
		} else {
			str_clear(&key);
			str_addf(&key, "%s:%s", scheme, n->public_id);
			fresh = !map_get(g->by_text, str_c(&key));
			map_put(g->by_text, str_c(&key), (void *)((uintptr_t)i + 1));
		}
		if (!fresh)
			return err_set(e, ERR_INTERNAL, "entry %s is there twice", n->public_id);
	}
	return OK;
}

static bool is_path_kind(enum statement_kind k)
{
	return k == STATEMENT_BASES || k == STATEMENT_NONE || k == STATEMENT_ANY;
}

/* The newest path statement of each entry stands; floors and blocks add up. */
static int attach_statements(struct graph_builder *b, struct graph *g, struct err *e)
{
	const struct statement_row **said;
	uint32_t at = 0;

	for (size_t i = 0; i < b->said.n; i++) {
		const struct statement_row *s = b->said.v[i];
		uint32_t node = map64_get(g->by_id, (uint64_t)s->entry_id);

		if (node == MAP64_NONE || s->kind >= STATEMENT_UNKNOWN)
			return err_set(e, ERR_INTERNAL,
				       "statement %" PRId64 " is about entry key %" PRId64
				       ", which is not there, or of no known kind",
				       s->id, s->entry_id);
		for (size_t k = 0; k < s->nbases; k++)
			if (map64_get(g->by_id, (uint64_t)s->bases[k]) == MAP64_NONE)
				return err_set(e, ERR_INTERNAL,
					       "statement %" PRId64 " names the base key %" PRId64
					       ", which is not there",
					       s->id, s->bases[k]);
		if (is_path_kind(s->kind))
			g->nodes[node].path = s;
		else if (s->kind == STATEMENT_FLOOR)
			g->nodes[node].floor = true;
		else if (!s->nbases)
			g->nodes[node].block = s;
	}
	for (size_t i = 0; i < b->said.n; i++) {
		const struct statement_row *s = b->said.v[i];
		struct graph_node *n = &g->nodes[map64_get(g->by_id, (uint64_t)s->entry_id)];

		n->nsaid += !is_path_kind(s->kind) || n->path == s;
	}
	said = arena_array(g->arena, b->said.n, sizeof(*said));
	for (uint32_t i = 0; i < g->nnodes; i++) {
		g->nodes[i].said = said + at;
		at += g->nodes[i].nsaid;
		g->nodes[i].nsaid = 0;
	}
	for (size_t i = 0; i < b->said.n; i++) {
		const struct statement_row *s = b->said.v[i];
		struct graph_node *n = &g->nodes[map64_get(g->by_id, (uint64_t)s->entry_id)];

		if (!is_path_kind(s->kind) || n->path == s)
			said[n->said - said + n->nsaid++] = s;
	}
	return OK;
}

static bool same_release(const struct graph_node *a, const struct graph_node *b)
{
	return a->model == b->model && a->fragments == b->fragments && !strcmp(a->release, b->release);
}

static bool is_next_fragment(const struct graph_node *a, const struct graph_node *b)
{
	return a->fragments > 1 && b->fragments > 1 && b->fragment == a->fragment + 1 && same_release(a, b);
}

bool graph_fragments_allow(const struct graph *g, uint32_t base, uint32_t target)
{
	const struct graph_node *u = &g->nodes[base], *t = &g->nodes[target];
	const struct graph_model *m = &g->models[t->model];

	if (u->fragment < u->fragments)
		return is_next_fragment(u, t);
	if (t->fragment == 1)
		return true;
	for (uint32_t i = 0; i < m->count; i++) /* only fragments get here: few */
		if (is_next_fragment(&g->nodes[m->first + i], t))
			return false; /* and u, the last of its release or ordinary, is not it */
	return true;
}

/* First base position that a reading as `any` reaches from below: the highest floor below the entry. */
static uint32_t any_from(const struct graph *g, const struct graph_model *m, uint32_t position)
{
	while (position > 0)
		if (g->nodes[m->first + --position].floor)
			return position;
	return 0;
}

void graph_bases(const struct graph *g, uint32_t target, bool as_any, uint64_t *row)
{
	const struct graph_node *t = &g->nodes[target];
	const struct graph_model *m = &g->models[t->model];

	memset(row, 0, (m->count + 63) / 64 * sizeof *row);
	if (as_any) {
		for (uint32_t p = any_from(g, m, t->position); p < t->position; p++)
			if (graph_fragments_allow(g, m->first + p, target))
				bit_set(row, p);
		return;
	}
	for (size_t i = 0; t->path && t->path->kind == STATEMENT_BASES && i < t->path->nbases; i++) {
		uint32_t u = map64_get(g->by_id, (uint64_t)t->path->bases[i]);

		if (u != target && g->nodes[u].model == t->model && graph_fragments_allow(g, u, target))
			bit_set(row, g->nodes[u].position);
	}
}

const struct statement_row *graph_block_on(const struct graph *g, uint32_t base, uint32_t target)
{
	const struct graph_node *t = &g->nodes[target];
	int64_t id = g->nodes[base].entry_id;
	const struct statement_row *found = NULL;

	for (uint32_t i = 0; i < t->nsaid; i++)
		for (size_t k = 0; t->said[i]->kind == STATEMENT_BLOCK && k < t->said[i]->nbases; k++)
			if (t->said[i]->bases[k] == id)
				found = t->said[i];
	return found;
}

/* Edges by target first, then sorted by base with a count, which keeps targets in order. */
static int make_edges(struct graph *g, struct err *e)
{
	uint64_t row[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64];
	VEC(struct graph_edge) found = { 0 };
	uint32_t *at;
	char name[160];

	for (uint32_t t = 0; t < g->nnodes; t++) {
		const struct graph_node *n = &g->nodes[t];
		const struct graph_model *m = &g->models[n->model];

		graph_bases(g, t, n->path && n->path->kind == STATEMENT_ANY, row);
		BITS_EACH(p, row, (m->count + 63) / 64)
		{
			struct graph_edge edge = { .from = m->first + p,
						   .to = t,
						   .downgrade = p > n->position };

			edge.block = graph_block_on(g, edge.from, t);
			vec_push(&found, edge);
		}
		if (found.n > GRAPH_EDGES_MAX) {
			vec_done(&found);
			return err_set(e, ERR_TOO_LARGE,
				       "at the model %s the catalogue has more than %d edges",
				       model_name(m, name), GRAPH_EDGES_MAX);
		}
	}
	g->nedges = (uint32_t)found.n;
	g->edges = arena_array(g->arena, found.n, sizeof *g->edges);
	g->in_edges = arena_array(g->arena, found.n, sizeof *g->in_edges);
	at = arena_array(g->arena, (size_t)g->nnodes + 1, sizeof *at);
	for (size_t i = 0; i < found.n; i++) {
		g->nodes[found.v[i].from].out_count++;
		g->nodes[found.v[i].to].in_count++;
	}
	for (uint32_t i = 0, in = 0, out = 0; i < g->nnodes; i++) {
		at[i] = g->nodes[i].out_first = out;
		g->nodes[i].in_first = in;
		out += g->nodes[i].out_count;
		in += g->nodes[i].in_count;
	}
	for (size_t i = 0; i < found.n; i++)
		g->edges[at[found.v[i].from]++] = found.v[i];
	vec_done(&found);
	memset(at, 0, g->nnodes * sizeof *at);
	for (uint32_t i = 0; i < g->nedges; i++) {
		uint32_t to = g->edges[i].to;

		g->in_edges[g->nodes[to].in_first + at[to]++] = i;
	}
	return OK;
}

int graph_build(struct graph_builder *b_, struct graph **ret, struct err *e)
{
	OWN(graph_builder_free) struct graph_builder *b = b_;
	OWN(graph_free) struct graph *g = mem_zalloc(sizeof *g);

	g->arena = MOVE(b->arena);
	if (place_nodes(b, g, e) || index_nodes(g, e) || attach_statements(b, g, e) || make_edges(g, e))
		return err_wrap(e, "building the graph");
	graph_bits_make(g);
	graph_idents_make(g);
	*ret = MOVE(g);
	return OK;
}

void graph_free(struct graph *g)
{
	if (!g)
		return;
	map64_free(g->by_number);
	map64_free(g->by_id);
	map_free(g->by_text);
	arena_free(g->arena);
	free(g);
}
