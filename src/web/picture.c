/* SPDX-License-Identifier: Apache-2.0 */
#include "web/picture.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "model/path.h"
#include "web/html.h"

#define LABEL_MAX 40 /* bytes of one text from the data in a label */
#define ANY_BUSH 3   /* arrows of an `any` statement that are still drawn one by one */

struct drawing {
	const struct picture_ask *ask;
	const struct graph *g;
	const struct graph_model *model;
	bool *shown; /* by position */
	size_t nshown, nedges;
	bool partial;
	struct str *out;
};

void picture_label(struct str *out, const char *s)
{
	size_t n = strlen(s), cut = n > LABEL_MAX ? LABEL_MAX : n;

	while (cut < n && cut > 0 && ((unsigned char)s[cut] & 0xc0) == 0x80)
		cut--;
	for (size_t i = 0; i < cut; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			str_addc(out, '\\');
		if (c == '&' || c == '<' || c == '>')
			str_add(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
		else
			str_addc(out, c < 0x20 || c == 0x7f ? '?' : (char)c);
	}
	if (cut < n)
		str_add(out, "...");
}

static bool is_shown(const struct drawing *d, uint32_t node)
{
	return d->shown[node - d->model->first];
}

static void show(struct drawing *d, uint32_t node)
{
	if (!is_shown(d, node) && d->nshown < PICTURE_NODES) {
		d->shown[node - d->model->first] = true;
		d->nshown++;
	}
}

/* The whole model when it fits; else what lies around the focus, step by step in both directions, then its
 * neighbours in the list. */
static void choose(struct drawing *d)
{
	const struct graph_model *m = d->model;
	uint32_t focus = d->ask->focus, *todo;
	size_t done = 0, n = 0;

	if (m->count <= PICTURE_NODES) {
		memset(d->shown, true, m->count);
		d->nshown = m->count;
		return;
	}
	d->partial = true;
	if (focus == NODE_NONE)
		focus = m->first + m->count - 1;
	todo = mem_array(m->count + 1, sizeof *todo);
	todo[n++] = focus;
	show(d, focus);
	for (; done < n; done++) {
		const struct graph_node *at = graph_node(d->g, todo[done]);
		const uint32_t *in = graph_in_edges(d->g, at);

		for (uint32_t i = 0; i < at->out_count + at->in_count; i++) {
			const struct graph_edge *edge =
			    graph_edge(d->g, i < at->out_count ? at->out_first + i : in[i - at->out_count]);
			uint32_t other = i < at->out_count ? edge->to : edge->from;

			if (is_shown(d, other))
				continue;
			show(d, other);
			if (is_shown(d, other))
				todo[n++] = other;
		}
	}
	for (uint32_t i = 0; i < m->count && d->nshown < PICTURE_NODES; i++) {
		if (focus >= m->first + i)
			show(d, focus - i);
		if (focus + i < m->first + m->count)
			show(d, focus + i);
	}
	free(todo);
}

static void version_add(struct str *out, const struct graph_node *n, const char *scheme)
{
	if (strcmp(scheme, "cpl") != 0 || strlen(n->version) != 8) {
		picture_label(out, n->version);
		return;
	}
	for (int i = 0; i < 8; i += 2)
		str_addf(out, "%s%.2s", i ? ":" : "", n->version + i);
}

static bool cpa_expired(const struct graph_node *n, int64_t day)
{
	return n->cpa_kind == 'E' && n->cpa_until >= 0 && n->cpa_until < day;
}

static const char *path_word(const struct graph_node *n)
{
	if (!n->path)
		return "path not stated";
	return n->path->kind == STATEMENT_NONE ? "no predecessor" : NULL;
}

static void node_add(struct drawing *d, uint32_t i)
{
	const struct graph_node *n = graph_node(d->g, i);
	struct str *o = d->out;
	const char *word = path_word(n);
	bool expired = cpa_expired(n, d->ask->day);

	str_addf(o, "n%u [label=\"", (unsigned)i);
	picture_label(o, n->name);
	str_add(o, "\\n");
	version_add(o, n, d->model->scheme);
	if (n->fragments > 1)
		str_addf(o, "\\nfragment %u of %u", n->fragment, n->fragments);
	str_addf(o, "%s%s%s%s%s", n->removed ? "\\nRemoved" : "", n->block ? "\\nblocked" : "",
		 expired ? "\\nCPA expired" : "", n->floor ? "\\nmust be passed" : "", word ? "\\n" : "");
	str_addf(o, "%s\" URL=\"/entries/", word ? word : "");
	url_encode(o, n->name, strlen(n->name));
	str_add(o, "\" tooltip=\"Entry ");
	picture_label(o, n->name);
	str_add(o, "\"");
	if (n->fragments > 1)
		str_add(o, " shape=hexagon");
	if (n->floor)
		str_add(o, " peripheries=2");
	if (n->block || expired)
		str_add(o, " shape=octagon color=\"#ca3535\" fillcolor=\"#fcf5f5\" penwidth=2");
	else if (i == d->ask->focus)
		str_add(o, " penwidth=3 fillcolor=\"#d0e6e7\"");
	if (n->removed)
		str_add(o, " style=\"filled,dashed\" color=\"#484949\" fillcolor=\"#f3f3f3\"");
	str_add(o, "];\n");
}

static void edge_add(struct drawing *d, const struct graph_edge *edge, uint32_t any)
{
	bool fragment = graph_node(d->g, edge->from)->fragment < graph_node(d->g, edge->from)->fragments;
	struct str *o = d->out;

	if (d->nedges == PICTURE_EDGES) {
		d->partial = true;
		return;
	}
	d->nedges++;
	str_addf(o, "n%u -> n%u [", (unsigned)edge->from, (unsigned)edge->to);
	if (edge->block)
		str_add(o, "label=\"blocked\" style=dashed color=\"#ca3535\" fontcolor=\"#ca3535\"");
	else if (edge->downgrade)
		str_add(o, "label=\"downgrade\" arrowhead=empty color=\"#54319f\" fontcolor=\"#54319f\"");
	else if (any)
		str_addf(o, "label=\"any earlier (%u)\" penwidth=3", (unsigned)any);
	else if (fragment)
		str_add(o, "label=\"at once\" penwidth=2");
	str_add(o, "];\n");
}

/* Arrows into one entry. Many that one `any` statement makes become one from the nearest base, with their
 * number. */
static void edges_into(struct drawing *d, uint32_t i)
{
	const struct graph_node *n = graph_node(d->g, i);
	const uint32_t *in = graph_in_edges(d->g, n);
	const struct graph_edge *nearest = NULL;
	uint32_t plain = 0;
	bool bush;

	for (uint32_t k = 0; k < n->in_count; k++) {
		const struct graph_edge *edge = graph_edge(d->g, in[k]);

		if (edge->block)
			continue;
		plain++;
		if (is_shown(d, edge->from))
			nearest = edge;
	}
	bush = n->path && n->path->kind == STATEMENT_ANY && plain > ANY_BUSH;
	for (uint32_t k = 0; k < n->in_count; k++) {
		const struct graph_edge *edge = graph_edge(d->g, in[k]);

		if (is_shown(d, edge->from) && (edge->block || !bush))
			edge_add(d, edge, 0);
	}
	if (bush && nearest)
		edge_add(d, nearest, plain);
}

static bool alone(const struct graph_node *n)
{
	return !n->in_count && !n->out_count;
}

/* Entries without any arrow would make one endless row: rows of four instead, held by invisible lines. */
static void stack_alone(struct drawing *d)
{
	uint32_t row[4];
	size_t n = 0;

	for (uint32_t i = d->model->first; i < d->model->first + d->model->count; i++) {
		if (!is_shown(d, i) || !alone(graph_node(d->g, i)))
			continue;
		if (n >= 4)
			str_addf(d->out, "n%u -> n%u [style=invis];\n", (unsigned)row[n % 4], (unsigned)i);
		row[n++ % 4] = i;
	}
}

void picture_source(const struct picture_ask *ask, struct str *out, bool *ret_partial)
{
	struct drawing d = { .ask = ask, .g = ask->snap->graph, .out = out };

	d.model = graph_model(d.g, ask->model);
	d.shown = mem_array(d.model->count + 1, sizeof *d.shown);
	choose(&d);
	str_add(out, "digraph \"Upgrade graph\" {\n"
		     "graph [rankdir=TB nodesep=0.35 ranksep=0.45 bgcolor=\"transparent\"];\n"
		     "node [shape=box style=filled fontname=\"Arial\" fontsize=13 color=\"#106165\" "
		     "fillcolor=\"#ffffff\" "
		     "fontcolor=\"#0b0c0c\" margin=\"0.15,0.08\"];\n"
		     "edge [fontname=\"Arial\" fontsize=12 color=\"#484949\" fontcolor=\"#0b0c0c\"];\n");
	for (uint32_t i = d.model->first; i < d.model->first + d.model->count; i++)
		if (is_shown(&d, i))
			node_add(&d, i);
	for (uint32_t i = d.model->first; i < d.model->first + d.model->count; i++)
		if (is_shown(&d, i))
			edges_into(&d, i);
	stack_alone(&d);
	str_add(out, "}\n");
	free(d.shown);
	*ret_partial = d.partial;
}
