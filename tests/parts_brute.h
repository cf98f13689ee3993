/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order over components a second time, for tests/check_parts.c: written from the rules in model/parts.h
 * alone, in another way and without any thrift. A state is a number; whether a step may be made is asked for
 * each pair of states; the number of steps that are left to the target is computed backwards, and the answer
 * is read off it step by step.
 */
#ifndef FIRPATH_TESTS_PARTS_BRUTE_H
#define FIRPATH_TESTS_PARTS_BRUTE_H

#include "model/parts.h"

#define BRUTE_PARTS 6
#define BRUTE_NODES 6
#define BRUTE_STATES 46656
#define BRUTE_STEPS 64

struct brute_answer {
	enum parts_result result;
	int nsteps;
	struct part_step step[BRUTE_STEPS];
	/* INCOMPATIBLE: needs that may be blamed (bits; at most 64 needs). */
	uint64_t blames;
	bool exact; /* only one of them: the lowest */
};

struct brute {
	const struct parts_question *q;
	int in[BRUTE_PARTS], nin; /* the cluster */
	bool approvals;
	int cap, states;
	int left[BRUTE_STATES]; /* steps to the target, -1 = no way */
	bool reached[BRUTE_STATES], todo[BRUTE_STATES];
};

static void brute_unpack(const struct brute *b, int code, int *state)
{
	for (int c = 0; c < b->q->n; c++)
		state[c] = b->q->part[c].now;
	for (int i = b->nin - 1; i >= 0; i--) {
		state[b->in[i]] = code % b->q->part[b->in[i]].nnodes;
		code /= b->q->part[b->in[i]].nnodes;
	}
}

static int brute_pack(const struct brute *b, const int *state)
{
	int code = 0;

	for (int i = 0; i < b->nin; i++)
		code = code * b->q->part[b->in[i]].nnodes + state[b->in[i]];
	return code;
}

static bool brute_met(const struct part_need *w, const int *state)
{
	if (state[w->part] == w->node) {
		bool fits = false;

		if (w->of != -1)
			fits = ((w->nodes >> state[w->of]) & 1) == 1;
		if (w->relation == PART_REQUIRES && !fits)
			return false;
		if (w->relation == PART_CONFLICTS && fits)
			return false;
	}
	return true;
}

/* The lowest need that is met in one state and not in the other; -1 = none. */
static int brute_broken(const struct parts_question *q, const int *was, const int *is)
{
	for (size_t i = 0; i < q->nneeds; i++)
		if (brute_met(&q->need[i], was) && !brute_met(&q->need[i], is))
			return (int)i;
	return -1;
}

static bool brute_hop(const struct brute *b, int c, int from, int to)
{
	const struct part *p = &b->q->part[c];

	if (!p->may_move || (b->q->alone && p->now == p->target))
		return false;
	if (b->approvals && p->regulated && !((p->approved >> to) & 1))
		return false;
	return to < p->nnodes && ((p->next[from] >> to) & 1);
}

/* All steps from a state with exactly `size` components, in the order of the header: fn is called until it
 * returns true. */
static bool brute_each(const struct brute *b, const int *from, int size,
		       bool (*fn)(const struct brute *b, const int *from, const int *to, void *ctx),
		       void *ctx)
{
	int to[BRUTE_PARTS], who[BRUTE_PARTS], pick[BRUTE_PARTS];

	for (int i = 0; i < size; i++)
		who[i] = i;
	if (size > b->nin)
		return false;
	for (;;) { /* combinations of components, then an odometer over their nodes */
		memset(pick, 0, sizeof pick);
		for (bool more = true; more;) {
			bool hops = true;
			int i;

			memcpy(to, from, sizeof(int) * (size_t)b->q->n);
			for (i = 0; i < size && hops; i++) {
				int c = b->in[who[i]];

				to[c] = pick[i];
				hops = to[c] != from[c] && brute_hop(b, c, from[c], to[c]);
			}
			if (hops && brute_broken(b->q, from, to) < 0 && fn(b, from, to, ctx))
				return true;
			for (i = size - 1; i >= 0 && ++pick[i] == b->q->part[b->in[who[i]]].nnodes; i--)
				pick[i] = 0;
			more = i >= 0;
		}
		int k = size - 1;

		while (k >= 0 && who[k] == b->nin - size + k)
			k--;
		if (k < 0)
			return false;
		who[k]++;
		for (int i = k + 1; i < size; i++)
			who[i] = who[i - 1] + 1;
	}
}

struct brute_want {
	int left, to[BRUTE_PARTS];
};
static bool brute_leads(const struct brute *b, const int *from, const int *to, void *ctx)
{
	struct brute_want *w = ctx;

	(void)from;
	if (b->left[brute_pack(b, to)] != w->left)
		return false;
	memcpy(w->to, to, sizeof(int) * (size_t)b->q->n);
	return true;
}
static bool brute_reach(const struct brute *b, const int *from, const int *to, void *ctx)
{
	struct brute *mine = ctx;
	int code = brute_pack(b, to);

	(void)from;
	if (!mine->reached[code])
		mine->reached[code] = mine->todo[code] = true;
	return false;
}

static void brute_targets(const struct parts_question *q, int *now, int *target)
{
	for (int c = 0; c < q->n; c++) {
		now[c] = q->part[c].now;
		target[c] = q->part[c].target;
	}
}

/* What can be reached from the start with steps up to the cap. */
static void brute_closure(struct brute *b)
{
	int now[BRUTE_PARTS], target[BRUTE_PARTS], state[BRUTE_PARTS];
	bool again = true;

	brute_targets(b->q, now, target);
	for (int s = 0; s < b->states; s++) {
		b->reached[s] = b->todo[s] = false;
		b->left[s] = -1;
	}
	b->reached[brute_pack(b, now)] = b->todo[brute_pack(b, now)] = true;
	while (again) {
		again = false;
		for (int s = 0; s < b->states; s++)
			if (b->todo[s]) {
				again = true;
				b->todo[s] = false;
				brute_unpack(b, s, state);
				for (int size = 1; size <= b->cap; size++)
					brute_each(b, state, size, brute_reach, b);
			}
	}
}

/* Steps left to the target for all states that are reached; true when the start has a number. */
static bool brute_left(struct brute *b)
{
	int now[BRUTE_PARTS], target[BRUTE_PARTS], state[BRUTE_PARTS];
	bool news = true;

	brute_targets(b->q, now, target);
	brute_closure(b);
	if (!b->reached[brute_pack(b, target)])
		return false;
	b->left[brute_pack(b, target)] = 0;
	for (int d = 1; news && b->left[brute_pack(b, now)] < 0; d++) {
		struct brute_want w = { .left = d - 1 };

		news = false;
		for (int s = 0; s < b->states; s++) {
			if (!b->reached[s] || b->left[s] >= 0)
				continue;
			brute_unpack(b, s, state);
			for (int size = 1; size <= b->cap && b->left[s] < 0; size++)
				if (brute_each(b, state, size, brute_leads, &w)) {
					b->left[s] = d;
					news = true;
				}
		}
	}
	return b->left[brute_pack(b, now)] >= 0;
}

static void brute_read_off(struct brute *b, struct brute_answer *a)
{
	int now[BRUTE_PARTS], target[BRUTE_PARTS];

	brute_targets(b->q, now, target);
	ck_assert_int_le(a->nsteps + b->left[brute_pack(b, now)], BRUTE_STEPS);
	while (b->left[brute_pack(b, now)] > 0) {
		struct brute_want w = { .left = b->left[brute_pack(b, now)] - 1 };
		struct part_step *s = &a->step[a->nsteps++];

		memset(s, 0, sizeof *s);
		for (int size = 1; size <= b->cap; size++)
			if (brute_each(b, now, size, brute_leads, &w))
				break;
		for (int c = 0; c < b->q->n; c++)
			if (w.to[c] != now[c]) {
				s->part[s->n] = c;
				s->to[s->n++] = w.to[c];
			}
		memcpy(now, w.to, sizeof(int) * (size_t)b->q->n);
	}
}

/* Hops of one component to its target, everything approved; 99 = no way. */
static int brute_far(const struct brute *b, int c, int from)
{
	int d[BRUTE_NODES][BRUTE_NODES], n = b->q->part[c].nnodes;
	struct brute free_of = *b;

	free_of.approvals = false;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			d[i][j] = i == j ? 0 : brute_hop(&free_of, c, i, j) ? 1 : 99;
	for (int k = 0; k < n; k++)
		for (int i = 0; i < n; i++)
			for (int j = 0; j < n; j++)
				if (d[i][k] + d[k][j] < d[i][j])
					d[i][j] = d[i][k] + d[k][j];
	return d[from][b->q->part[c].target];
}

/* Needs that may be blamed when no order is there. */
static void brute_blame(struct brute *b, struct brute_answer *a)
{
	int now[BRUTE_PARTS], target[BRUTE_PARTS], state[BRUTE_PARTS], to[BRUTE_PARTS], least = 10000;

	brute_targets(b->q, now, target);
	for (int c = 0; c < b->q->n; c++) { /* what the other clusters will run is not their matter */
		bool in = false;

		for (int i = 0; i < b->nin; i++)
			in = in || b->in[i] == c;
		if (!in)
			target[c] = now[c];
	}
	a->blames = 0;
	a->exact = brute_broken(b->q, now, target) >= 0;
	if (a->exact) {
		a->blames = UINT64_C(1) << brute_broken(b->q, now, target);
		return;
	}
	for (int pass = 0; pass < 2; pass++)
		for (int s = 0; s < b->states; s++) {
			int far = 0;

			if (!b->reached[s])
				continue;
			brute_unpack(b, s, state);
			for (int i = 0; i < b->nin; i++)
				far += brute_far(b, b->in[i], state[b->in[i]]);
			if (!pass && far < least)
				least = far;
			for (int i = 0; pass && far == least && i < b->nin; i++)
				for (int v = 0; v < b->q->part[b->in[i]].nnodes; v++) {
					int c = b->in[i], bad;

					memcpy(to, state, sizeof to);
					to[c] = v;
					bad = brute_broken(b->q, state, to);
					if (brute_hop(b, c, state[c], v) && bad >= 0 &&
					    brute_far(b, c, v) < brute_far(b, c, state[c]))
						a->blames |= UINT64_C(1) << bad;
				}
		}
}

static bool brute_cluster_solve(struct brute *b)
{
	int most = b->q->groups && !b->q->alone ? b->nin : 1;

	for (b->cap = 1; b->cap <= most; b->cap++)
		if (brute_left(b))
			return true;
	b->cap = most;
	return false;
}

static enum parts_result brute_cluster(struct brute *b, struct brute_answer *a)
{
	b->states = 1;
	for (int i = 0; i < b->nin; i++)
		b->states *= b->q->part[b->in[i]].nnodes;
	ck_assert_int_le(b->states, BRUTE_STATES);
	b->approvals = true;
	if (brute_cluster_solve(b)) {
		brute_read_off(b, a);
		return PARTS_PATH;
	}
	b->approvals = false;
	if (brute_cluster_solve(b))
		return PARTS_NOT_APPROVED;
	brute_blame(b, a);
	return PARTS_INCOMPATIBLE;
}

static void brute_solve(struct brute *b, const struct parts_question *q, struct brute_answer *a)
{
	bool joined[BRUTE_PARTS][BRUTE_PARTS] = { { false } }, done[BRUTE_PARTS] = { false };

	a->result = PARTS_ALREADY;
	a->nsteps = 0;
	b->q = q;
	for (int c = 0; c < q->n; c++)
		if (brute_far(b, c, q->part[c].now) == 99) {
			a->result = PARTS_NO_PATH;
			return;
		}
	for (int c = 0; c < q->n; c++)
		joined[c][c] = true;
	for (size_t i = 0; i < q->nneeds; i++)
		if (q->need[i].of >= 0)
			joined[q->need[i].part][q->need[i].of] = joined[q->need[i].of][q->need[i].part] =
			    true;
	for (int k = 0; k < q->n; k++)
		for (int i = 0; i < q->n; i++)
			for (int j = 0; j < q->n; j++)
				joined[i][j] = joined[i][j] || (joined[i][k] && joined[k][j]);
	for (int c = 0; c < q->n; c++) {
		bool there = true;

		if (done[c])
			continue;
		b->nin = 0;
		for (int d = 0; d < q->n; d++)
			if (joined[c][d]) {
				done[d] = true;
				b->in[b->nin++] = d;
				there = there && q->part[d].now == q->part[d].target;
			}
		if (there)
			continue;
		a->result = brute_cluster(b, a);
		if (a->result != PARTS_PATH) {
			a->nsteps = 0;
			return;
		}
	}
}

#endif
