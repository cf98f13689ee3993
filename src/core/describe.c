/* SPDX-License-Identifier: Apache-2.0 */
/* Entries, models and their graphs as JSON, for routes and pages. */
#include <stdio.h>
#include <string.h>

#include "core/dossier.h"
#include "core/lookup.h"
#include "core/rendered.h"

void entry_identity_json(const struct snapshot *s, uint32_t node, struct jw *w)
{
	const struct node_text *t = &s->rendered->node[node];

	jw_raw(w, t->p, t->identity);
}

static const char *path_kind(const struct graph_node *n)
{
	return statement_kind_text[n->path ? n->path->kind : STATEMENT_UNKNOWN];
}

static void figure_json(struct jw *w, const char *name, int64_t v)
{
	jw_key(w, name);
	if (v < 0)
		jw_null(w);
	else
		jw_int(w, v);
}

static void fragment_json(const struct graph_node *n, struct jw *w)
{
	jw_key(w, "fragment");
	if (n->fragments < 2) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kint(w, "number", n->fragment);
	jw_kint(w, "of", n->fragments);
	jw_kstr(w, "release", n->release);
	jw_end(w);
}

/* The edges into (or out of) a node: the entry at the other end. */
static void edges_json(const struct graph *g, const struct graph_node *n, bool in, struct jw *w)
{
	jw_arr(w);
	for (uint32_t i = 0; i < (in ? n->in_count : n->out_count); i++) {
		const struct graph_edge *e = graph_edge(g, in ? graph_in_edges(g, n)[i] : n->out_first + i);
		const struct graph_node *other = graph_node(g, in ? e->from : e->to);

		jw_obj(w);
		jw_kstr(w, "entry", other->name);
		jw_kstr(w, "version", other->version);
		jw_kstr(w, "status", other->removed ? "Removed" : "Current");
		jw_kbool(w, "downgrade", e->downgrade);
		jw_kbool(w, "blocked", e->block);
		jw_end(w);
	}
	jw_arr_end(w);
}

/* Members that entry_json and the nodes of graph_json share. */
static void state_members(const struct snapshot *s, const struct graph_node *n, int64_t at, struct jw *w)
{
	jw_kstr(w, "hash", n->hash);
	jw_kstr(w, "descriptor", n->descriptor);
	fragment_json(n, w);
	jw_key(w, "cpa");
	cpa_json(n, s->revision_at, w);
	jw_kstr(w, "path", path_kind(n));
	jw_kbool(w, "floor", n->floor);
	jw_key(w, "blocked");
	if (n->block)
		statement_json(s, n->block, false, at, w);
	else
		jw_null(w);
}

/* The identity's members into an object that goes on. */
static void identity_begin(const struct snapshot *s, uint32_t node, struct jw *w)
{
	const struct node_text *t = &s->rendered->node[node];

	jw_obj(w);
	str_addn(w->out, t->p + 1, t->identity - 2);
	w->more |= UINT32_C(1) << w->depth; /* the next member needs its comma */
}

void entry_json(const struct snapshot *s, uint32_t node, int64_t at, struct jw *w)
{
	const struct graph_node *n = graph_node(s->graph, node);
	char id[MODEL_ID_MAX];

	identity_begin(s, node, w);
	jw_kstr(w, "model_id", model_id_text(graph_model(s->graph, n->model), id));
	state_members(s, n, at, w);
	jw_key(w, "figures");
	jw_obj(w);
	figure_json(w, "seconds", n->cost[0]);
	figure_json(w, "bytes", n->cost[1]);
	figure_json(w, "restarts", n->cost[2]);
	jw_end(w);
	jw_key(w, "statement");
	if (n->path)
		statement_json(s, n->path, true, at, w);
	else
		jw_null(w);
	jw_key(w, "statements");
	jw_arr(w);
	for (uint32_t i = 0; i < n->nsaid; i++)
		statement_json(s, n->said[i], true, at, w);
	jw_arr_end(w);
	jw_key(w, "bases");
	edges_json(s->graph, n, true, w);
	jw_key(w, "targets");
	edges_json(s->graph, n, false, w);
	dossier_entry_json(s, node, w);
	jw_end(w);
}

static void device_types_json(const struct graph *g, const struct graph_model *m, struct jw *w)
{
	jw_arr(w);
	for (uint32_t i = 0; i < m->count; i++) {
		const char *type = graph_node(g, m->first + i)->device_type;
		bool seen = !type || !*type;

		for (uint32_t k = 0; k < i && !seen; k++) {
			const char *before = graph_node(g, m->first + k)->device_type;

			seen = before && !strcmp(before, type);
		}
		if (!seen)
			jw_str(w, type);
	}
	jw_arr_end(w);
}

void model_json(const struct snapshot *s, uint32_t model, struct jw *w)
{
	const struct graph_model *m = graph_model(s->graph, model);
	int64_t removed = 0, unknown = 0, blocked = 0, edges = 0;
	const char *newest = NULL;
	char id[MODEL_ID_MAX];

	for (uint32_t i = 0; i < m->count; i++) {
		const struct graph_node *n = graph_node(s->graph, m->first + i);

		removed += n->removed;
		unknown += !n->path;
		blocked += n->block != NULL;
		edges += n->out_count;
		if (!n->removed)
			newest = n->name;
	}
	jw_obj(w);
	jw_kstr(w, "id", model_id_text(m, id));
	jw_kstr(w, "scheme", m->scheme);
	jw_kstr(w, "manufacturer", m->manufacturer);
	jw_kstr(w, "model", m->model);
	jw_kstr(w, "hardware", m->hardware);
	jw_key(w, "device_types");
	device_types_json(s->graph, m, w);
	jw_kint(w, "entries", m->count);
	jw_kint(w, "current", m->count - removed);
	jw_kint(w, "removed", removed);
	jw_kint(w, "blocked", blocked);
	jw_kint(w, "unknown", unknown);
	jw_kint(w, "edges", edges);
	jw_kstr(w, "newest", newest);
	jw_end(w);
}

static void graph_edges_json(const struct snapshot *s, const struct graph_model *m, int64_t at, struct jw *w)
{
	const struct graph *g = s->graph;

	jw_arr(w);
	for (uint32_t i = 0; i < m->count; i++) {
		const struct graph_node *n = graph_node(g, m->first + i);

		for (uint32_t k = 0; k < n->out_count; k++) {
			const struct graph_edge *e = graph_edge(g, n->out_first + k);

			jw_obj(w);
			jw_kstr(w, "from", n->name);
			jw_kstr(w, "to", graph_node(g, e->to)->name);
			jw_kbool(w, "downgrade", e->downgrade);
			jw_key(w, "blocked");
			if (e->block)
				statement_json(s, e->block, false, at, w);
			else
				jw_null(w);
			jw_end(w);
		}
	}
	jw_arr_end(w);
}

void graph_json(const struct snapshot *s, uint32_t model, int64_t at, struct str *out)
{
	const struct graph_model *m = graph_model(s->graph, model);
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_key(&w, "model");
	model_json(s, model, &w);
	jw_key(&w, "nodes");
	jw_arr(&w);
	for (uint32_t i = 0; i < m->count; i++) {
		const struct graph_node *n = graph_node(s->graph, m->first + i);

		identity_begin(s, m->first + i, &w);
		jw_kint(&w, "position", n->position);
		state_members(s, n, at, &w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "edges");
	graph_edges_json(s, m, at, &w);
	jw_key(&w, "statements");
	jw_arr(&w);
	for (uint32_t i = 0; i < m->count; i++) {
		const struct graph_node *n = graph_node(s->graph, m->first + i);

		for (uint32_t k = 0; k < n->nsaid; k++) {
			jw_obj(&w);
			jw_kstr(&w, "entry", n->name);
			jw_key(&w, "statement");
			statement_json(s, n->said[k], true, at, &w);
			jw_end(&w);
		}
	}
	jw_arr_end(&w);
	jw_kint(&w, "revision", s->revision);
	jw_end(&w);
	str_addc(out, '\n');
}

/* In Cincinnati a node is known by its version, so a version that several entries have gets the Entry ID
 * behind it, as semver does with a build. */
static void cincinnati_version(const struct graph *g, uint32_t node, char *buf, size_t size)
{
	const struct graph_node *n = graph_node(g, node);
	const struct graph_model *m = graph_model(g, n->model);
	unsigned same = 0;

	for (uint32_t i = 0; i < m->count; i++)
		same += !strcmp(graph_node(g, m->first + i)->version, n->version);
	snprintf(buf, size, same > 1 ? "%s+%s" : "%s", n->version, n->name);
}

/* Readers take risks of one name for one risk, so each block has its own. */
static void cincinnati_risk(const struct graph *g, const struct graph_edge *e, struct jw *w)
{
	const struct graph_node *t = graph_node(g, e->to);
	const struct statement_row *block = t->block ? t->block : e->block;
	char name[64] = "EntryRemoved";

	if (block)
		snprintf(name, sizeof name, "%sBlocked%lld", t->block ? "Entry" : "Edge",
			 (long long)block->id);
	jw_obj(w);
	jw_kstr(w, "url", block && block->reference ? block->reference : "");
	jw_kstr(w, "name", name);
	if (block)
		jw_kstr(w, "message", block->excerpt ? block->excerpt : "");
	else
		jw_kstr(w, "message", "The entry is Removed from the list.");
	jw_key(w, "matchingRules");
	jw_arr(w);
	jw_obj(w);
	jw_kstr(w, "type", "Always");
	jw_end(w);
	jw_arr_end(w);
	jw_end(w);
}

/* Edges that may be used, as pairs of indexes; or the others, each with its risk. */
static void cincinnati_edges(const struct graph *g, const struct graph_model *m, bool open, struct jw *w)
{
	char version[2][192];

	jw_arr(w);
	for (uint32_t i = m->first; i < m->first + m->count; i++) {
		const struct graph_node *n = graph_node(g, i);

		for (uint32_t k = n->out_first; k < n->out_first + n->out_count; k++) {
			const struct graph_edge *e = graph_edge(g, k);
			const struct graph_node *t = graph_node(g, e->to);

			if (open == (e->block || t->block || t->removed))
				continue;
			if (open) {
				jw_arr(w);
				jw_int(w, i - m->first);
				jw_int(w, e->to - m->first);
				jw_arr_end(w);
				continue;
			}
			cincinnati_version(g, i, version[0], sizeof version[0]);
			cincinnati_version(g, e->to, version[1], sizeof version[1]);
			jw_obj(w);
			jw_key(w, "edges");
			jw_arr(w);
			jw_obj(w);
			jw_kstr(w, "from", version[0]);
			jw_kstr(w, "to", version[1]);
			jw_end(w);
			jw_arr_end(w);
			jw_key(w, "risks");
			jw_arr(w);
			cincinnati_risk(g, e, w);
			jw_arr_end(w);
			jw_end(w);
		}
	}
	jw_arr_end(w);
}

void graph_cincinnati_json(const struct snapshot *s, uint32_t model, struct str *out)
{
	const struct graph_model *m = graph_model(s->graph, model);
	struct jw w = jw_start(out);
	char version[192];

	jw_obj(&w);
	jw_kint(&w, "version", 1);
	jw_key(&w, "nodes");
	jw_arr(&w);
	for (uint32_t i = m->first; i < m->first + m->count; i++) {
		const struct graph_node *n = graph_node(s->graph, i);

		cincinnati_version(s->graph, i, version, sizeof version);
		jw_obj(&w);
		jw_kstr(&w, "version", version);
		jw_kstr(&w, "payload", n->hash ? n->hash : "");
		jw_key(&w, "metadata");
		jw_obj(&w);
		jw_kstr(&w, "firpath.entry", n->name);
		jw_kstr(&w, "firpath.status", n->removed ? "Removed" : "Current");
		jw_kstr(&w, "firpath.path", path_kind(n));
		jw_end(&w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "edges");
	cincinnati_edges(s->graph, m, true, &w);
	jw_key(&w, "conditionalEdges");
	cincinnati_edges(s->graph, m, false, &w);
	jw_end(&w);
	str_addc(out, '\n');
}
