/* SPDX-License-Identifier: Apache-2.0 */
#include "model/lint.h"

#include <string.h>

#include "base/vec.h"
#include "model/graph_bits.h"
#include "model/path.h"

const struct lint_info lint_infos[LINT_KINDS] = {
	[LINT_CROSS_MODEL] = { "cross-model", "error", "A base is of another model, or the entry itself",
			       "Correct the path statement: these bases make no edge." },
	[LINT_FLOOR_IMPASSABLE] = { "floor-impassable", "error", "Nothing can pass this floor",
				    "State how the floor entry is reached and left, or withdraw the floor." },
	[LINT_REMOVED_NEEDED] = { "removed-needed", "warning", "A Removed entry is needed on the way",
				  "Ask the manufacturer for a way around the Removed entry." },
	[LINT_CYCLE] = { "cycle", "warning", "Statements lead round in a circle",
			 "Check that the downgrade in it is meant." },
	[LINT_DEAD_END] = { "dead-end", "warning", "No newer allowed entry can be reached from here",
			    "Ask the manufacturer how devices get on from this entry." },
	[LINT_UNREACHABLE] = { "unreachable", "warning", "No entry leads to this one",
			       "Check the bases of its path statement, and the blocks on them." },
	[LINT_FRAGMENT_ALONE] = { "fragment-alone", "warning", "A fragment of the release is missing",
				  "Check the image descriptors of the release." },
	[LINT_AMBIGUOUS] = { "ambiguous", "warning", "Several entries have the same identity",
			     "Name such an entry by its Entry ID; a device cannot tell which one it runs." },
	[LINT_CPA_SOON] = { "cpa-soon", "warning", "The CPA certificate expires soon",
			    "Plan for devices on this entry, and ask for the new certificate." },
	[LINT_CPA_EXPIRED] = { "cpa-expired", "note", "The CPA certificate has expired",
			       "These entries are no targets any more; expect their removal." },
	[LINT_UNKNOWN] = { "unknown", "note", "Nobody stated how these entries may be reached",
			   "Ask the manufacturer for the base entries, or that there are none." },
	[LINT_NO_HASH] = { "no-hash", "note", "There is no image hash",
			   "These entries give information but are never pushed to a device." },
	[LINT_ALL_REMOVED] = { "all-removed", "note", "All entries of the model are Removed",
			       "Devices of this model have no allowed firmware left." },
	[LINT_DOWNGRADE] = { "downgrade", "note", "A statement leads back to an earlier entry",
			     "Check that the downgrade is meant." },
	[LINT_NEEDED_REMOVED] = { "needed-removed", "warning", "Devices need a Removed entry on their way",
				  "Ask the manufacturer for a way around it before these devices are left "
				  "behind." },
};

/* One model under the lens. */
struct lens {
	const struct graph *g;
	const struct graph_model *m;
	uint32_t model;
	const struct model_bits *b;
	int64_t at;
	uint64_t *allowed;      /* may be targets */
	uint64_t *by_edges;     /* n rows: reached over open edges, whatever the state of entries */
	uint64_t *by_hops;      /* n rows: reached over entries that may be hops */
	uint64_t *over_removed; /* n rows: the same with Removed entries as hops */
	lint_fn *fn;
	void *ctx;
	VEC(uint32_t) nodes; /* of the finding being made */
};

static void tell(struct lens *l, enum lint_kind kind)
{
	if (l->nodes.n)
		l->fn(&(struct lint_finding){ kind, l->model, l->nodes.v, l->nodes.n }, l->ctx);
	l->nodes.n = 0;
}

static const struct graph_node *node_at(const struct lens *l, uint32_t position)
{
	return &l->g->nodes[l->m->first + position];
}

static bool is_allowed(const struct lens *l, uint32_t position)
{
	return bit_get(l->allowed, l->b->rank_of[position]);
}

/* rows[r]: what the entry of rank r reaches over entries in hop; hop NULL = over all. */
static void close_over(const struct model_bits *b, const uint64_t *hop, uint64_t *rows)
{
	const uint32_t words = b->words;
	uint64_t level[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64], next[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64];

	for (uint32_t s = 0; s < b->n; s++) {
		uint64_t *seen = rows + (size_t)s * words, some = 1;

		memset(seen, 0, words * sizeof *seen);
		memset(level, 0, words * sizeof *level);
		bit_set(level, s);
		while (some) {
			some = 0;
			memset(next, 0, words * sizeof *next);
			BITS_EACH(u, level, words)
			{
				for (uint32_t i = 0; i < words; i++)
					next[i] |= b->open_out[(size_t)u * words + i];
			}
			for (uint32_t i = 0; i < words; i++) {
				next[i] &= ~seen[i];
				seen[i] |= next[i];
				level[i] = hop ? next[i] & hop[i] : next[i];
				some |= level[i];
			}
		}
	}
}

static void find_cross_model(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		const struct graph_node *n = node_at(l, p);
		uint32_t self = l->m->first + p;

		for (size_t i = 0; n->path && i < n->path->nbases; i++) {
			uint32_t u = graph_find_id(l->g, n->path->bases[i]);

			if (u != self && l->g->nodes[u].model == n->model)
				continue;
			if (!l->nodes.n)
				vec_push(&l->nodes, self);
			vec_push(&l->nodes, u);
		}
		tell(l, LINT_CROSS_MODEL);
	}
}

/* Can a device below the floor come to it, and go on above it? */
static bool floor_passes(const struct lens *l, const struct graph_node *f)
{
	bool in = false, out = false;

	if (!path_may_be_hop(f, l->at, false))
		return false;
	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct graph_edge *e = &l->g->edges[graph_in_edges(l->g, f)[i]];

		in |= !e->block && !e->downgrade;
	}
	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct graph_edge *e = &l->g->edges[f->out_first + i];

		out |= !e->block && !e->downgrade && path_may_be_hop(&l->g->nodes[e->to], l->at, false);
	}
	return in && out;
}

static void find_floors(struct lens *l)
{
	uint32_t newest = 0;

	for (uint32_t p = 0; p < l->m->count; p++)
		if (is_allowed(l, p))
			newest = p;
	for (uint32_t p = 1; p < newest; p++)
		if (node_at(l, p)->floor && !floor_passes(l, node_at(l, p))) {
			vec_push(&l->nodes, l->m->first + p);
			tell(l, LINT_FLOOR_IMPASSABLE);
		}
}

/* An allowed entry that start reaches over Removed entries, r among them, and in no other way. */
static uint32_t target_over(const struct lens *l, uint32_t start, uint32_t r)
{
	const uint32_t words = l->b->words;

	for (uint32_t i = 0; i < words; i++) {
		uint64_t v = l->over_removed[(size_t)r * words + i] & l->allowed[i] &
			     ~l->by_hops[(size_t)start * words + i];

		if (start / 64 == i)
			v &= ~(UINT64_C(1) << start % 64);
		if (v)
			return i * 64 + (uint32_t)__builtin_ctzll(v);
	}
	return UINT32_MAX;
}

static void find_removed_needed(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		uint32_t r = l->b->rank_of[p];

		if (!node_at(l, p)->removed || !path_may_be_hop(node_at(l, p), l->at, true))
			continue;
		for (uint32_t q = 0; q < l->m->count; q++) {
			uint32_t s = l->b->rank_of[q], t;

			if (s == r || !bit_get(l->over_removed + (size_t)s * l->b->words, r))
				continue;
			t = target_over(l, s, r);
			if (t == UINT32_MAX)
				continue;
			vec_push(&l->nodes, l->m->first + p);
			vec_push(&l->nodes, l->m->first + q);
			vec_push(&l->nodes, bits_node(l->b, t));
			tell(l, LINT_REMOVED_NEEDED);
			break;
		}
	}
}

static void find_cycles(struct lens *l)
{
	const uint32_t words = l->b->words;

	for (uint32_t p = 0; p < l->m->count; p++) {
		uint32_t u = l->b->rank_of[p];
		bool first = true;

		if (!bit_get(l->by_edges + (size_t)u * words, u))
			continue;
		for (uint32_t q = 0; q < l->m->count; q++) {
			uint32_t v = l->b->rank_of[q];

			if (!bit_get(l->by_edges + (size_t)u * words, v) ||
			    !bit_get(l->by_edges + (size_t)v * words, u))
				continue;
			first &= q >= p; /* the cycle is told at its first entry */
			vec_push(&l->nodes, l->m->first + q);
		}
		if (!first)
			l->nodes.n = 0;
		tell(l, LINT_CYCLE);
	}
}

static void find_dead_ends(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		const uint64_t *reached = l->by_hops + (size_t)l->b->rank_of[p] * l->b->words;
		uint32_t newest = UINT32_MAX;
		bool goes_on = false;

		for (uint32_t q = p + 1; q < l->m->count; q++) {
			if (!is_allowed(l, q))
				continue;
			if (node_at(l, q)->path) /* of an unknown one LINT_UNKNOWN tells */
				newest = q;
			goes_on |= bit_get(reached, l->b->rank_of[q]);
		}
		if (goes_on || newest == UINT32_MAX)
			continue;
		vec_push(&l->nodes, l->m->first + p);
		vec_push(&l->nodes, l->m->first + newest);
		tell(l, LINT_DEAD_END);
	}
}

static void find_unreachable(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		const struct statement_row *s = node_at(l, p)->path;
		bool wants = s && (s->kind == STATEMENT_BASES || (s->kind == STATEMENT_ANY && p > 0));

		if (!wants || !is_allowed(l, p) || bit_get(l->b->entered, l->b->rank_of[p]))
			continue;
		vec_push(&l->nodes, l->m->first + p);
		tell(l, LINT_UNREACHABLE);
	}
}

static bool same_release(const struct graph_node *a, const struct graph_node *b)
{
	return a->fragments == b->fragments && a->fragments > 1 && !strcmp(a->release, b->release);
}

static void find_lone_fragments(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		const struct graph_node *n = node_at(l, p);
		bool has[256] = { false }, whole = true, first = true;

		if (n->fragments < 2 || n->removed)
			continue;
		for (uint32_t q = 0; q < l->m->count; q++) {
			const struct graph_node *o = node_at(l, q);

			if (o->removed || !same_release(n, o))
				continue;
			first &= q >= p;
			has[o->fragment] = true;
			vec_push(&l->nodes, l->m->first + q);
		}
		for (unsigned i = 1; i <= n->fragments; i++)
			whole &= has[i];
		if (whole || !first)
			l->nodes.n = 0;
		tell(l, LINT_FRAGMENT_ALONE);
	}
}

static void find_ambiguous(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		bool first = true;

		for (uint32_t q = 0; q < l->m->count; q++)
			if (!strcmp(node_at(l, q)->version, node_at(l, p)->version)) {
				first &= q >= p;
				vec_push(&l->nodes, l->m->first + q);
			}
		if (!first || l->nodes.n < 2)
			l->nodes.n = 0;
		tell(l, LINT_AMBIGUOUS);
	}
}

static void find_expiring(struct lens *l)
{
	int64_t today = day_of(l->at);

	for (uint32_t p = 0; p < l->m->count; p++) {
		const struct graph_node *n = node_at(l, p);

		if (n->removed || n->cpa_kind != 'E' || n->cpa_until < today ||
		    n->cpa_until > today + LINT_CPA_DAYS * MS_PER_DAY)
			continue;
		vec_push(&l->nodes, l->m->first + p);
		tell(l, LINT_CPA_SOON);
	}
}

/* Kinds that name all Current entries of a model to which something applies. */
static void find_by_state(struct lens *l)
{
	for (enum lint_kind kind = LINT_CPA_EXPIRED; kind <= LINT_NO_HASH; kind++) {
		for (uint32_t p = 0; p < l->m->count; p++) {
			const struct graph_node *n = node_at(l, p);
			bool expired =
			    n->cpa_kind == 'E' && n->cpa_until >= 0 && day_of(n->cpa_until) < day_of(l->at);

			if (!n->removed && (kind == LINT_CPA_EXPIRED ? expired
					    : kind == LINT_UNKNOWN   ? !n->path
								     : !n->hash))
				vec_push(&l->nodes, l->m->first + p);
		}
		tell(l, kind);
	}
}

static void find_all_removed(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++)
		vec_push(&l->nodes, l->m->first + p);
	for (uint32_t p = 0; p < l->m->count; p++)
		if (!node_at(l, p)->removed)
			l->nodes.n = 0;
	tell(l, LINT_ALL_REMOVED);
}

static void find_downgrades(struct lens *l)
{
	for (uint32_t p = 0; p < l->m->count; p++) {
		const struct graph_node *n = node_at(l, p);

		for (uint32_t i = 0; i < n->out_count; i++) {
			const struct graph_edge *e = &l->g->edges[n->out_first + i];

			if (!e->downgrade)
				continue;
			vec_push(&l->nodes, e->from);
			vec_push(&l->nodes, e->to);
			tell(l, LINT_DOWNGRADE);
		}
	}
}

/* In the order of enum lint_kind; find_by_state has three of them. */
static void (*const finders[])(struct lens *l) = {
	find_cross_model, find_floors,      find_removed_needed, find_cycles,
	find_dead_ends,   find_unreachable, find_lone_fragments, find_ambiguous,
	find_expiring,    find_by_state,    find_all_removed,    find_downgrades,
};

static void look_at_model(struct lens *l)
{
	const struct model_bits *b = l->b;
	uint64_t hop[2][(GRAPH_MODEL_ENTRIES_MAX + 63) / 64] = { 0 };
	uint64_t *rows = mem_array((3 * (size_t)b->n + 1) * b->words, sizeof *rows);

	l->allowed = rows;
	l->by_edges = rows + b->words;
	l->by_hops = l->by_edges + (size_t)b->n * b->words;
	l->over_removed = l->by_hops + (size_t)b->n * b->words;
	for (uint32_t p = 0; p < b->n; p++) {
		if (path_may_be_target(node_at(l, p), l->at))
			bit_set(l->allowed, b->rank_of[p]);
		if (path_may_be_hop(node_at(l, p), l->at, false))
			bit_set(hop[0], b->rank_of[p]);
		if (path_may_be_hop(node_at(l, p), l->at, true))
			bit_set(hop[1], b->rank_of[p]);
	}
	close_over(b, NULL, l->by_edges);
	close_over(b, hop[0], l->by_hops);
	close_over(b, hop[1], l->over_removed);
	for (size_t i = 0; i < sizeof finders / sizeof *finders; i++)
		finders[i](l);
	free(rows);
}

void lint_graph(const struct graph *g, int64_t at, lint_fn *fn, void *ctx)
{
	struct lens l = { .g = g, .at = at, .fn = fn, .ctx = ctx };

	for (uint32_t i = 0; i < g->nmodels; i++) {
		l.model = i;
		l.m = &g->models[i];
		l.b = &g->bits[i];
		look_at_model(&l);
	}
	vec_done(&l.nodes);
}
