/* SPDX-License-Identifier: Apache-2.0 */
/* Paths by a figure (time, bytes, restarts): Dijkstra from the target backwards over rows of bits. Costs are
 * (figure, hops), so every hop makes a path dearer, even where the figure is 0. */
#include <string.h>

#include "model/path_scratch.h"

/* The open entry with the least cost so far. */
static uint32_t nearest(const struct path_scratch *s, const uint64_t *open, uint32_t words)
{
	uint32_t best = UINT32_MAX;

	BITS_EACH(v, open, words)
	{
		if (best == UINT32_MAX || s->dist[v] < s->dist[best] ||
		    (s->dist[v] == s->dist[best] && s->rest[v] < s->rest[best]))
			best = v;
	}
	return best;
}

/* Is u -> v the beginning of a cheapest way from u? */
static inline bool is_tight(const struct search *q, int cost, uint32_t u, uint32_t v)
{
	const struct path_scratch *s = q->s;

	return s->dist[u] == s->dist[v] + q->g->nodes[bits_node(q->b, v)].cost[cost] &&
	       s->rest[u] == s->rest[v] + 1;
}

static uint32_t count_settled(const struct search *q, int cost, uint32_t u, const uint64_t *done)
{
	const uint64_t *out = q->b->open_out + (size_t)u * q->b->words;
	uint32_t total = 0;

	for (uint32_t i = 0; i < q->b->words; i++)
		for (uint64_t v = out[i] & done[i]; v; v &= v - 1) {
			uint32_t w = i * 64 + (uint32_t)__builtin_ctzll(v);

			if (total <= ALTERNATIVES_MAX && is_tight(q, cost, u, w))
				total += q->s->count[w];
		}
	return total > ALTERNATIVES_MAX ? ALTERNATIVES_MAX + 1 : total;
}

/* Settles entries by rising cost until the start is; false when it is never reached. */
static bool settle(const struct search *q, int cost, uint64_t *open, uint64_t *done)
{
	const uint32_t words = q->b->words;
	struct path_scratch *s = q->s;
	uint32_t v;

	memset(open, 0, words * sizeof *open);
	memset(done, 0, words * sizeof *done);
	s->dist[q->to] = 0;
	s->rest[q->to] = 0;
	bit_set(open, q->to);
	while ((v = nearest(s, open, words)) != UINT32_MAX) {
		const uint64_t *in = q->b->open_in + (size_t)v * words;
		int64_t dist = s->dist[v] + q->g->nodes[bits_node(q->b, v)].cost[cost];

		s->count[v] = v == q->to ? 1 : count_settled(q, cost, v, done);
		if (v == q->from)
			return true;
		bit_clear(open, v);
		bit_set(done, v);
		BITS_EACH(u, in, words)
		{
			bool known = bit_get(open, u);

			if (bit_get(done, u) || (u != q->from && !bit_get(q->hop, u)))
				continue;
			if (known &&
			    (s->dist[u] < dist || (s->dist[u] == dist && s->rest[u] <= s->rest[v] + 1)))
				continue;
			s->dist[u] = dist;
			s->rest[u] = s->rest[v] + 1;
			bit_set(open, u);
		}
	}
	return false;
}

bool path_by_cost(const struct search *q, int cost, struct path *ret)
{
	const uint32_t words = q->b->words;
	uint64_t *open = q->s->sets, *done = q->s->sets + words;
	uint32_t cur = q->from;

	if (!settle(q, cost, open, done))
		return false;
	ret->nhops = q->s->rest[q->from];
	for (uint32_t h = 0; h < ret->nhops; h++) {
		const uint64_t *out = q->b->open_out + (size_t)cur * words;
		uint32_t next = UINT32_MAX;

		BITS_EACH(v, out, words)
		{
			if (next == UINT32_MAX && bit_get(done, v) && is_tight(q, cost, cur, v))
				next = v;
		}
		q->s->nodes[h] = bits_node(q->b, next);
		cur = next;
	}
	ret->nodes = q->s->nodes;
	ret->alternatives = q->s->count[q->from] - 1;
	return true;
}
