/* SPDX-License-Identifier: Apache-2.0 */
/*
 * would_open: the smallest set of obstacles whose lifting opens a path, lowest first (rule 10). Two searches
 * by number of obstacles, from the start and to the target, leave the entries and edges that lie on a path
 * with the least number, D; each obstacle of such a path takes one of D *levels*. The obstacles are then
 * tried in the order of the answer: one that still fits is taken, and what cannot be on a path with it is
 * struck out. What is taken cuts the levels into segments that do not know of each other, so that only the
 * segment around it has to be looked at.
 */
#include <string.h>

#include "model/path_scratch.h"

#define FAR UINT32_MAX
#define STEP_MAX 5 /* obstacles of one step: four on the entry, one on the edge */
#define BUCKETS (STEP_MAX + 1)

struct opening {
	const struct search *q;
	const struct model_bits *b;
	uint32_t words, least;      /* least: D */
	uint32_t *ahead, *rest;     /* obstacles from the start up to and with an entry; behind it */
	uint64_t *weight[STEP_MAX]; /* entries with that many obstacles of their own */
	uint64_t *fits;             /* entries on a least path with all that is taken */
	uint32_t *taken;            /* 1..D: level is taken */
};

static uint32_t own_obstacles(const struct search *q, uint32_t v)
{
	const struct model_bits *b = q->b;
	bool removed = bit_get(b->removed, v) && (v == q->to || !q->allow_removed);

	if (v == q->from)
		return 0;
	return (uint32_t)removed + bit_get(q->expired, v) + bit_get(b->blocked, v) + bit_get(b->unknown, v);
}

static inline uint32_t weight_of(const struct opening *o, uint32_t v)
{
	uint32_t w = 0;

	while (!bit_get(o->weight[w], v))
		w++;
	return w;
}

/* The part of a row of edges that is blocked, word i. */
static inline uint64_t blocked_word(const uint64_t *blocked, size_t row, uint32_t words, uint32_t i)
{
	return blocked ? blocked[row * words + i] : 0;
}

/* Takes one entry out of a bucket that is not settled yet; FAR when there is none. */
static uint32_t bucket_pop(uint64_t *bucket, uint64_t *settled, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++) {
		bucket[i] &= ~settled[i];
		if (bucket[i]) {
			uint32_t v = i * 64 + (uint32_t)__builtin_ctzll(bucket[i]);

			bit_clear(bucket, v);
			bit_set(settled, v);
			return v;
		}
	}
	return FAR;
}

/* Least obstacles from the start to every entry (forward) or behind every entry to the target. */
static void measure(const struct opening *o, bool forward, uint32_t *cost)
{
	const struct search *q = o->q;
	const uint32_t words = o->words, first = forward ? q->from : q->to, last = forward ? q->to : q->from;
	const uint64_t *edges = forward ? o->b->made_out : o->b->made_in;
	const uint64_t *blocked = forward ? o->b->blocked_out : o->b->blocked_in;
	uint64_t *bucket = q->s->levels, *settled = o->fits; /* fits is not in use yet */
	uint32_t empty = 0, v;

	memset(bucket, 0, (size_t)BUCKETS * words * sizeof *bucket);
	memset(settled, 0, words * sizeof *settled);
	for (uint32_t i = 0; i < o->b->n; i++)
		cost[i] = FAR;
	bit_set(bucket, first);
	for (uint32_t c = 0; empty < BUCKETS && cost[last] == FAR; c++) {
		uint64_t *now = bucket + (size_t)(c % BUCKETS) * words;

		for (empty++; (v = bucket_pop(now, settled, words)) != FAR; empty = 0) {
			uint32_t step = forward ? 0 : weight_of(o, v);

			cost[v] = c;
			if (v == last)
				continue;
			for (uint32_t i = 0; i < words; i++) {
				uint64_t all = edges[(size_t)v * words + i] & ~settled[i];
				uint64_t shut = all & blocked_word(blocked, v, words, i);

				for (uint32_t k = 0; all && k < STEP_MAX; k++) {
					uint64_t mask = forward     ? o->weight[k][i]
							: k == step ? ~UINT64_C(0)
								    : 0;

					bucket[(size_t)((c + k) % BUCKETS) * words + i] |= all & ~shut & mask;
					bucket[(size_t)((c + k + 1) % BUCKETS) * words + i] |= shut & mask;
				}
			}
		}
	}
}

/* Is u -> v on a least path, as far as the numbers go? */
static bool is_tight(const struct opening *o, uint32_t u, uint32_t v, bool shut)
{
	return o->ahead[v] == o->ahead[u] + shut + weight_of(o, v);
}

/* Adds to set what is tightly connected with v, within the entries that fit and the levels lo (from) to hi
 * (below). */
static void connect(const struct opening *o, uint32_t v, bool forward, uint32_t lo, uint32_t hi,
		    uint64_t *set, uint64_t *open)
{
	const uint32_t words = o->words;
	const uint64_t *edges = forward ? o->b->made_out : o->b->made_in;
	const uint64_t *blocked = forward ? o->b->blocked_out : o->b->blocked_in;
	uint64_t *seen = open + words; /* of this direction: forward and backward meet in v only */

	memset(open, 0, 2 * (size_t)words * sizeof *open);
	bit_set(open, v);
	bit_set(seen, v);
	for (;;) {
		uint32_t x = FAR;

		for (uint32_t i = 0; i < words && x == FAR; i++)
			if (open[i])
				x = i * 64 + (uint32_t)__builtin_ctzll(open[i]);
		if (x == FAR)
			break;
		bit_clear(open, x);
		for (uint32_t i = 0; i < words; i++) {
			uint64_t all = edges[(size_t)x * words + i] & o->fits[i] & ~seen[i];
			uint64_t shut = blocked_word(blocked, x, words, i);

			for (; all; all &= all - 1) {
				uint32_t z = i * 64 + (uint32_t)__builtin_ctzll(all);
				bool is_shut = shut >> z % 64 & 1;

				if (o->ahead[z] < lo || o->ahead[z] - weight_of(o, z) >= hi ||
				    !(forward ? is_tight(o, x, z, is_shut) : is_tight(o, z, x, is_shut)))
					continue;
				bit_set(seen, z);
				bit_set(open, z);
			}
		}
	}
	for (uint32_t i = 0; i < words; i++)
		set[i] |= seen[i];
}

/* Takes the levels first..last, which the path enters at u and leaves at v (u = v: an entry), and strikes out
 * what no longer fits. */
static void take(struct opening *o, uint32_t u, uint32_t v, uint32_t first, uint32_t last)
{
	uint64_t *set = o->q->s->sets + (size_t)STEP_MAX * o->words + o->words, *open = set + o->words;
	uint32_t lo = first - 1, hi = last + 1;

	while (lo > 0 && !o->taken[lo])
		lo--;
	while (hi <= o->least && !o->taken[hi])
		hi++;
	memset(set, 0, o->words * sizeof *set);
	connect(o, u, false, lo, hi, set, open);
	connect(o, v, true, lo, hi, set, open);
	BITS_EACH(x, o->fits, o->words)
	{
		if (o->ahead[x] >= lo && o->ahead[x] - weight_of(o, x) < hi && !bit_get(set, x))
			bit_clear(o->fits, x);
	}
	for (uint32_t i = first; i <= last; i++)
		o->taken[i] = 1;
}

static void list_obstacle(struct path *ret, enum obstacle_kind kind, uint32_t entry, uint32_t base)
{
	ret->obstacles[ret->nobstacles++] = (struct obstacle){ kind, entry, base };
}

/* The obstacles of one entry, then those of the edges into it. */
static void take_entry(struct opening *o, uint32_t v, struct path *ret)
{
	const struct search *q = o->q;
	const struct model_bits *b = o->b;
	uint32_t weight = weight_of(o, v), node = bits_node(b, v);

	if (weight) {
		take(o, v, v, o->ahead[v] - weight + 1, o->ahead[v]);
		if (bit_get(b->removed, v) && (v == q->to || !q->allow_removed))
			list_obstacle(ret, OBSTACLE_REMOVED, node, NODE_NONE);
		if (bit_get(q->expired, v))
			list_obstacle(ret, OBSTACLE_CPA_EXPIRED, node, NODE_NONE);
		if (bit_get(b->blocked, v))
			list_obstacle(ret, OBSTACLE_BLOCKED, node, NODE_NONE);
		if (bit_get(b->unknown, v))
			list_obstacle(ret, OBSTACLE_UNKNOWN, node, NODE_NONE);
	}
	if (!b->blocked_in)
		return;
	for (uint32_t p = 0; p < b->n; p++) {
		uint32_t u = b->rank_of[p];

		if (!bit_get(b->blocked_in + (size_t)v * o->words, u) || !bit_get(o->fits, u) ||
		    !bit_get(o->fits, v) || !is_tight(o, u, v, true) || o->taken[o->ahead[u] + 1])
			continue;
		take(o, u, v, o->ahead[u] + 1, o->ahead[u] + 1);
		list_obstacle(ret, OBSTACLE_BLOCKED_EDGE, node, b->first + p);
	}
}

void path_would_open(const struct search *q, struct path *ret)
{
	struct opening o = { .q = q,
			     .b = q->b,
			     .words = q->b->words,
			     .ahead = q->s->count,
			     .rest = q->s->rest,
			     .taken = q->s->taken };

	for (uint32_t k = 0; k < STEP_MAX; k++) {
		o.weight[k] = q->s->sets + (size_t)k * o.words;
		memset(o.weight[k], 0, o.words * sizeof *o.weight[k]);
	}
	o.fits = q->s->sets + (size_t)STEP_MAX * o.words;
	for (uint32_t v = 0; v < q->b->n; v++)
		bit_set(o.weight[own_obstacles(q, v)], v);
	ret->obstacles = q->s->obstacles;
	measure(&o, true, o.ahead);
	if (o.ahead[q->to] == FAR)
		return;
	measure(&o, false, o.rest);
	o.least = o.ahead[q->to];
	memset(o.fits, 0, o.words * sizeof *o.fits);
	for (uint32_t v = 0; v < q->b->n; v++)
		if (o.ahead[v] != FAR && o.rest[v] != FAR && o.ahead[v] + o.rest[v] == o.least)
			bit_set(o.fits, v);
	memset(o.taken, 0, ((size_t)o.least + 2) * sizeof *o.taken);
	for (uint32_t p = 0; p < q->b->n; p++)
		if (bit_get(o.fits, q->b->rank_of[p]))
			take_entry(&o, q->b->rank_of[p], ret);
}
