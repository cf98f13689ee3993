/* SPDX-License-Identifier: Apache-2.0 */
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/path_scratch.h"

const char *const path_prefer_text[] = { "hops", "time", "bytes", "restarts", NULL };
const char *const path_why_text[] = { "", "removed", "cpa-expired", "blocked", "unknown", "no-edge", NULL };
const char *const obstacle_text[] = { "removed", "cpa-expired", "blocked", "unknown", "blocked-edge", NULL };
const char *const path_warning_text[] = { "prefer-unknown",        "different-model",    "fragment-not-last",
					  "target-renewal-passed", "start-removed",      "start-blocked",
					  "start-cpa-expired",     "notes-only",         "cpl-stale",
					  "statement-overdue",     "statement-disputed", NULL };
const char *const hop_warning_text[] = { "downgrade", "cpa-renewal-passed", "removed-hop",     "no-hash",
					 "fragment",  "inferred",           "never-confirmed", NULL };

struct path_scratch *path_scratch_new(void)
{
	return mem_zalloc(sizeof(struct path_scratch));
}

static void scratch_drop(struct path_scratch *s)
{
	free(s->nodes);
	free(s->obstacles);
	free(s->levels);
	free(s->sets);
	free(s->count);
	free(s->rest);
	free(s->dist);
	free(s->taken);
}

void path_scratch_free(struct path_scratch *s)
{
	if (!s)
		return;
	scratch_drop(s);
	free(s);
}

static void scratch_fit(struct path_scratch *s, const struct model_bits *b)
{
	uint32_t n = b->n > 64 ? b->n : 64, words = b->words;

	if (b->n <= s->n)
		return;
	scratch_drop(s);
	s->n = n;
	s->words = words;
	s->nodes = mem_array(n, sizeof *s->nodes);
	s->obstacles = mem_array(5 * (size_t)n, sizeof *s->obstacles);
	s->levels = mem_array(((size_t)n + 1) * words, sizeof *s->levels);
	s->sets = mem_array((size_t)SCRATCH_SETS * words, sizeof *s->sets);
	s->count = mem_array(n, sizeof *s->count);
	s->rest = mem_array(n, sizeof *s->rest);
	s->dist = mem_array(n, sizeof *s->dist);
	s->taken = mem_array(5 * (size_t)n + 2, sizeof *s->taken);
}

static bool passed(const struct graph_node *n, char kind, int64_t at)
{
	return n->cpa_kind == kind && n->cpa_until >= 0 && day_of(n->cpa_until) < day_of(at);
}

bool path_may_be_target(const struct graph_node *n, int64_t at)
{
	return !n->removed && !n->block && !passed(n, 'E', at) && n->fragment == n->fragments;
}

bool path_may_be_hop(const struct graph_node *n, int64_t at, bool allow_removed)
{
	return (allow_removed || !n->removed) && !n->block && !passed(n, 'E', at);
}

unsigned path_hop_warnings(const struct graph *g, uint32_t base, uint32_t target, int64_t at)
{
	const struct graph_node *n = graph_node(g, target);
	unsigned w = 0;

	w |= base > target ? HOP_DOWNGRADE : 0; /* nodes of a model are in order of position */
	w |= passed(n, 'R', at) ? HOP_RENEWAL : 0;
	w |= n->removed ? HOP_REMOVED : 0;
	w |= !n->hash ? HOP_NO_HASH : 0;
	w |= n->fragment < n->fragments ? HOP_FRAGMENT : 0;
	w |= n->path && n->path->source == SOURCE_INFERRED ? HOP_INFERRED : 0;
	w |= !n->path || n->path->confirmed_on < 0 ? HOP_NEVER_CONFIRMED : 0;
	return w;
}

static inline bool any_bit(const uint64_t *row, uint32_t words)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < words; i++)
		v |= row[i];
	return v;
}

/* Paths from the start to each entry on a shortest way, level by level; how many there are besides one. */
static uint32_t count_ways(const struct search *q, uint32_t nhops)
{
	const uint32_t words = q->b->words;
	uint32_t *count = q->s->count, total;

	count[q->to] = 1;
	for (uint32_t k = 1; k <= nhops; k++) {
		const uint64_t *below = q->s->levels + (size_t)(k - 1) * words;
		uint64_t here[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64] = { 0 };

		if (k == nhops)
			bit_set(here, q->from);
		else
			memcpy(here, q->s->levels + (size_t)k * words, words * sizeof *here);
		BITS_EACH(u, here, words)
		{
			const uint64_t *out = q->b->open_out + (size_t)u * words;

			total = 0;
			for (uint32_t i = 0; i < words && total <= ALTERNATIVES_MAX; i++)
				for (uint64_t v = out[i] & below[i]; v; v &= v - 1)
					total += count[i * 64 + (uint32_t)__builtin_ctzll(v)];
			count[u] = total > ALTERNATIVES_MAX ? ALTERNATIVES_MAX + 1 : total;
		}
	}
	return count[q->from] - 1;
}

/* From the start always to the preferred entry of the next level. */
static inline __attribute__((always_inline)) void walk_levels(const struct search *q, struct path *ret,
							      const uint32_t words)
{
	uint32_t cur = q->from;
	bool branched = false;

	for (uint32_t h = 0; h < ret->nhops; h++) {
		const uint64_t *level = q->s->levels + (size_t)(ret->nhops - 1 - h) * words;
		const uint64_t *out = q->b->open_out + (size_t)cur * words;
		uint32_t next = UINT32_MAX;

		for (uint32_t i = 0; i < words; i++) {
			uint64_t v = out[i] & level[i];

			if (!v)
				continue;
			if (next != UINT32_MAX || (v & (v - 1)))
				branched = true;
			if (next == UINT32_MAX)
				next = i * 64 + (uint32_t)__builtin_ctzll(v);
		}
		q->s->nodes[h] = bits_node(q->b, next);
		cur = next;
	}
	ret->nodes = q->s->nodes;
	/* Another path as short leaves this one somewhere: without a branch there is none. */
	ret->alternatives = branched ? count_ways(q, ret->nhops) : 0;
}

/* Breadth first from the target backwards; levels[k] are the entries k hops from it. */
static inline __attribute__((always_inline)) bool path_by_hops(const struct search *q, struct path *ret,
							       const uint32_t words)
{
	uint64_t *level = q->s->levels, *seen = q->s->sets, *next;

	for (uint32_t i = 0; i < words; i++)
		level[i] = 0;
	bit_set(level, q->to);
	for (uint32_t i = 0; i < words; i++)
		seen[i] = level[i];
	for (uint32_t hops = 1;; hops++, level = next) {
		uint64_t some = 0;

		next = level + words;
		for (uint32_t i = 0; i < words; i++)
			next[i] = 0;
		BITS_EACH(t, level, words)
		{
			const uint64_t *in = q->b->open_in + (size_t)t * words;

			for (uint32_t i = 0; i < words; i++)
				next[i] |= in[i];
		}
		if (bit_get(next, q->from)) {
			ret->nhops = hops;
			walk_levels(q, ret, words);
			return true;
		}
		for (uint32_t i = 0; i < words; i++) {
			next[i] &= q->hop[i] & ~seen[i];
			seen[i] |= next[i];
			some |= next[i];
		}
		if (!some)
			return false;
	}
}

/* The highest position that can be reached and may be a target, the start only if it is allowed in `also`;
 * NODE_NONE when there is none. */
static uint32_t reach_highest(const struct search *q, bool also_start)
{
	const struct model_bits *b = q->b;
	const uint32_t words = b->words;
	uint64_t *seen = q->s->sets, *level = q->s->sets + words, *next = q->s->sets + 2 * words;

	memset(seen, 0, 3 * (size_t)words * sizeof *seen);
	bit_set(level, q->from);
	while (any_bit(level, words)) {
		memset(next, 0, words * sizeof *next);
		BITS_EACH(u, level, words)
		{
			const uint64_t *out = b->open_out + (size_t)u * words;

			for (uint32_t i = 0; i < words; i++)
				next[i] |= out[i];
		}
		for (uint32_t i = 0; i < words; i++) {
			level[i] = next[i] & q->hop[i] & ~seen[i];
			seen[i] |= level[i];
		}
	}
	if (also_start)
		bit_set(seen, q->from);
	else
		bit_clear(seen, q->from);
	for (uint32_t i = 0; i < words; i++)
		seen[i] &= b->standing[i] & b->whole[i] & ~q->expired[i];
	for (uint32_t p = b->n; p-- > 0;)
		if (bit_get(seen, b->rank_of[p]))
			return b->first + p;
	return NODE_NONE;
}

/* A figure decides only if every entry that a path might hop to has it. */
static bool figure_known(const struct search *q, int cost, bool has_target)
{
	const struct model_bits *b = q->b;

	if (has_target && bit_get(b->entered, q->to) && bit_get(b->lacks[cost], q->to))
		return false;
	for (uint32_t i = 0; i < b->words; i++)
		if (b->lacks[cost][i] & b->entered[i] & q->hop[i])
			return false;
	return true;
}

static enum path_why why_not(const struct graph_node *to, int64_t at)
{
	if (to->removed)
		return WHY_REMOVED;
	if (passed(to, 'E', at))
		return WHY_CPA_EXPIRED;
	if (to->block)
		return WHY_BLOCKED;
	return to->path ? WHY_NO_EDGE : WHY_UNKNOWN;
}

static void answer_none(const struct search *q, const struct path_question *ask, bool same_model,
			struct path *ret)
{
	const struct graph_node *to = ret->to == NODE_NONE ? NULL : &q->g->nodes[ret->to];

	ret->result = PATH_NONE;
	ret->why = WHY_NO_EDGE;
	if (!to)
		return;
	ret->why = why_not(to, ask->at);
	if (!ask->brief)
		ret->furthest = reach_highest(q, false);
	if (ret->why == WHY_UNKNOWN)
		ret->warnings |= WARN_NOTES_ONLY;
	if (!same_model)
		ret->warnings |= WARN_DIFFERENT_MODEL;
	if (to->fragment < to->fragments)
		ret->warnings |= WARN_FRAGMENT_NOT_LAST;
	if (same_model && to->fragment == to->fragments && !ask->brief)
		path_would_open(q, ret);
}

static unsigned start_warnings(const struct search *q)
{
	unsigned w = 0;

	w |= bit_get(q->b->removed, q->from) ? WARN_START_REMOVED : 0;
	w |= bit_get(q->b->blocked, q->from) ? WARN_START_BLOCKED : 0;
	w |= bit_get(q->expired, q->from) ? WARN_START_CPA_EXPIRED : 0;
	return w;
}

static bool search_path(const struct search *q, enum path_prefer prefer, struct path *ret)
{
	const struct model_bits *b = q->b;

	if (!bit_get(b->standing, q->to) || bit_get(q->expired, q->to) || !bit_get(b->whole, q->to))
		return false;
	if (prefer != PREFER_HOPS)
		return path_by_cost(q, (int)prefer - 1, ret);
	return b->words == 1 ? path_by_hops(q, ret, 1) : path_by_hops(q, ret, b->words);
}

void path_find(const struct graph *g, const struct path_question *ask, struct path_scratch *s,
	       struct path *ret)
{
	const struct model_bits *b = &g->bits[g->node_model[ask->from]];
	uint64_t hop[(GRAPH_MODEL_ENTRIES_MAX + 63) / 64];
	struct search q = { g, b, s, g->node_rank[ask->from], 0, ask->allow_removed, hop, NULL };
	enum path_prefer prefer = ask->prefer;
	bool same_model = true;

	scratch_fit(s, b);
	q.expired = bits_expired(b, day_of(ask->at));
	for (uint32_t i = 0; i < b->words; i++)
		hop[i] = (b->standing[i] | (ask->allow_removed ? b->removed[i] & ~b->blocked[i] : 0)) &
			 ~q.expired[i];
	*ret = (struct path){ .to = ask->to, .furthest = NODE_NONE, .warnings = start_warnings(&q) };
	if (ask->to == NODE_NONE)
		ret->to = reach_highest(&q, true);
	if (ret->to == ask->from) {
		ret->result = PATH_ALREADY;
		return;
	}
	if (ret->to != NODE_NONE) {
		same_model = g->node_model[ret->to] == g->node_model[ask->from];
		q.to = same_model ? g->node_rank[ret->to] : 0;
	}
	if (prefer != PREFER_HOPS && !figure_known(&q, (int)prefer - 1, same_model && ret->to != NODE_NONE)) {
		prefer = PREFER_HOPS;
		ret->warnings |= WARN_PREFER_UNKNOWN;
	}
	if (ret->to == NODE_NONE || !same_model || !search_path(&q, prefer, ret)) {
		answer_none(&q, ask, same_model, ret);
		return;
	}
	ret->result = PATH_FOUND;
	if (bit_get(b->renews, q.to) && passed(&g->nodes[ret->to], 'R', ask->at))
		ret->warnings |= WARN_TARGET_RENEWAL;
}
