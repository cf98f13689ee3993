/* SPDX-License-Identifier: Apache-2.0 */
#include "model/parts.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/parts_search.h"

const char *const parts_result_text[] = {
	[PARTS_ALREADY] = "already",
	[PARTS_PATH] = "path",
	[PARTS_NO_PATH] = "no-path",
	[PARTS_INCOMPATIBLE] = "incompatible",
	[PARTS_NOT_APPROVED] = "not-approved",
	[PARTS_TOO_LARGE] = "too-large",
	NULL,
};

void parts_answer_done(struct parts_answer *a)
{
	mem_free(a->step);
	memset(a, 0, sizeof *a);
}

bool parts_allowed(const struct parts_question *q, const int *state, size_t *ret_need)
{
	uint8_t s[PARTS_MAX] = { 0 };

	assert(q->n <= PARTS_MAX);
	for (int c = 0; c < q->n; c++)
		s[c] = (uint8_t)state[c];
	for (size_t i = 0; i < q->nneeds; i++)
		if (parts_unmet(&q->need[i], s)) {
			if (ret_need)
				*ret_need = i;
			return false;
		}
	return true;
}

/* ---- the map ---- */

static bool question_fits(const struct parts_question *q)
{
	if (q->n < 0 || q->n > PARTS_MAX || q->nneeds > PARTS_NEEDS_MAX)
		return false;
	for (int c = 0; c < q->n; c++) {
		const struct part *p = &q->part[c];

		if (p->nnodes < 1 || p->nnodes > PARTS_NODES_MAX || p->now < 0 || p->now >= p->nnodes ||
		    p->target < 0 || p->target >= p->nnodes)
			return false;
	}
	for (size_t i = 0; i < q->nneeds; i++) {
		const struct part_need *w = &q->need[i];

		if (w->part < 0 || w->part >= q->n || w->node < 0 || w->node >= q->part[w->part].nnodes ||
		    w->of < -1 || w->of >= q->n)
			return false;
	}
	return true;
}

static void map_needs(struct parts_map *m)
{
	const struct parts_question *q = m->q;
	size_t n = 0;

	m->need_of = mem_array(2 * q->nneeds + 1, sizeof *m->need_of);
	for (int c = 0; c < q->n; c++) {
		m->head[c] = n;
		for (size_t i = 0; i < q->nneeds; i++)
			if (q->need[i].part == c || q->need[i].of == c)
				m->need_of[n++] = i;
	}
	m->head[q->n] = n;
}

/* Hops of a component that may be taken, and how far each node is from its target along them. A hop that
 * leads to where the target cannot be reached from is none. */
static void map_hops(struct parts_map *m, int c)
{
	const struct part *p = &m->q->part[c];
	uint64_t known = UINT64_C(1) << p->target, front = known;
	uint64_t may = p->nnodes == 64 ? ~UINT64_C(0) : (UINT64_C(1) << p->nnodes) - 1;

	if (m->approved && p->regulated)
		may &= p->approved;
	for (int a = 0; a < PARTS_NODES_MAX; a++)
		m->far[c][a] = PARTS_FAR;
	m->far[c][p->target] = 0;
	memset(m->next[c], 0, sizeof m->next[c]);
	for (uint16_t d = 1; front && m->moves[c]; d++) {
		uint64_t found = 0;

		for (int a = 0; a < p->nnodes; a++)
			if (!(known >> a & 1) && (p->next[a] & may & front)) {
				found |= UINT64_C(1) << a;
				m->far[c][a] = d;
			}
		known |= found;
		front = found;
	}
	for (int a = 0; a < p->nnodes && m->moves[c]; a++)
		if (known >> a & 1)
			m->next[c][a] = p->next[a] & may & known & ~(UINT64_C(1) << a);
}

static void map_make(struct parts_map *m, bool approved)
{
	m->approved = approved;
	for (int c = 0; c < m->q->n; c++)
		map_hops(m, c);
}

/* ---- clusters ---- */

/* Components that needs join with c, in one or more links. */
static uint32_t cluster_of(const struct parts_question *q, int c)
{
	uint32_t in = 1u << c, was;

	do {
		was = in;
		for (size_t i = 0; i < q->nneeds; i++) {
			const struct part_need *w = &q->need[i];
			uint32_t both = 1u << w->part | (w->of >= 0 ? 1u << w->of : 0);

			if (in & both)
				in |= both;
		}
	} while (in != was);
	return in;
}

static int movers(const struct parts_map *m, uint32_t members)
{
	int n = 0;

	for (int c = 0; c < m->q->n; c++)
		n += (members >> c & 1) && m->next[c][m->q->part[c].now] != 0;
	return n;
}

/* Smallest steps first. pool: all states reached with the largest. */
static enum parts_found cluster_search(struct parts_map *m, uint32_t members, struct parts_pool *pool,
				       struct parts_way *way)
{
	int most = m->q->groups && !m->q->alone ? movers(m, members) : 1;
	enum parts_found found;

	for (int c = 0; c < m->q->n; c++)
		if ((members >> c & 1) && m->far[c][m->q->part[c].now] == PARTS_FAR)
			return PARTS_NOT_FOUND;
	found = parts_search_straight(m, members, way);
	if (found == PARTS_NOT_FOUND)
		found = parts_search(m, members, 1, pool, way);
	for (int size = 2; size <= most && found == PARTS_NOT_FOUND; size++)
		found = parts_search(m, members, size, pool, way);
	return found;
}

/* ---- the answer ---- */

static void blame(struct parts_answer *ret, const struct parts_question *q, size_t need, const uint8_t *state)
{
	const struct part_need *w = &q->need[need];

	ret->blame_need = need;
	ret->blame_part = w->part;
	ret->blame_node = w->node;
	ret->blame_of = w->of;
	ret->blame_of_node = w->of >= 0 ? state[w->of] : -1;
}

static void states_of(const struct parts_question *q, uint8_t *now, uint8_t *target)
{
	memset(now, 0, PARTS_MAX);
	memset(target, 0, PARTS_MAX);
	for (int c = 0; c < q->n; c++) {
		now[c] = (uint8_t)q->part[c].now;
		target[c] = (uint8_t)q->part[c].target;
	}
}

/* The state nearest to the targets, and what bars its next move. One is barred, else a nearer state would
 * have been reached. */
static void blame_nearest(struct parts_answer *ret, const struct parts_map *m, uint32_t members,
			  const struct parts_pool *pool)
{
	size_t best = 0;
	uint32_t least = UINT32_MAX;
	uint8_t after[PARTS_MAX];

	for (size_t i = 0; i < pool->n; i++) {
		uint32_t far = 0;

		for (int c = 0; c < m->q->n; c++)
			if (members >> c & 1)
				far += m->far[c][pool->v[i][c]];
		if (far < least) {
			least = far;
			best = i;
		}
	}
	for (int c = 0; c < m->q->n; c++)
		for (uint64_t bits = members >> c & 1 ? m->next[c][pool->v[best][c]] : 0; bits;
		     bits &= bits - 1) {
			int a = __builtin_ctzll(bits);
			size_t need;

			if (m->far[c][a] >= m->far[c][pool->v[best][c]])
				continue;
			memcpy(after, pool->v[best], PARTS_MAX);
			after[c] = (uint8_t)a;
			need = parts_new_fault(m, 1u << c, pool->v[best], after);
			if (need != SIZE_MAX) {
				blame(ret, m->q, need, after);
				return;
			}
		}
}

static void steps_add(struct parts_answer *ret, const struct parts_question *q, const struct parts_way *way)
{
	ret->step = mem_realloc(ret->step, ret->nsteps + way->n, sizeof *ret->step);
	for (size_t i = 1; i < way->n; i++) {
		struct part_step *s = &ret->step[ret->nsteps++];

		memset(s, 0, sizeof *s);
		for (int c = 0; c < q->n; c++)
			if (way->v[i][c] != way->v[i - 1][c]) {
				s->part[s->n] = c;
				s->to[s->n++] = way->v[i][c];
			}
	}
}

/* The first move of a way to what is not approved. */
static void blame_approval(struct parts_answer *ret, const struct parts_question *q,
			   const struct parts_way *way)
{
	for (size_t i = 1; i < way->n; i++)
		for (int c = 0; c < q->n; c++)
			if (q->part[c].regulated && way->v[i][c] != way->v[i - 1][c] &&
			    !(q->part[c].approved >> way->v[i][c] & 1)) {
				ret->blame_part = c;
				ret->blame_node = way->v[i][c];
				return;
			}
}

/* No order with approvals: is there one without? */
static enum parts_result cluster_refuse(struct parts_map *m, uint32_t members, struct parts_answer *ret)
{
	OWN(parts_pool_done) struct parts_pool pool = { 0 };
	OWN(parts_way_done) struct parts_way way = { 0 };
	enum parts_result result = PARTS_INCOMPATIBLE;

	map_make(m, false);
	switch (cluster_search(m, members, &pool, &way)) {
	case PARTS_GAVE_UP:
		result = PARTS_TOO_LARGE;
		break;
	case PARTS_FOUND:
		blame_approval(ret, m->q, &way);
		result = PARTS_NOT_APPROVED;
		break;
	case PARTS_NOT_FOUND:
		blame_nearest(ret, m, members, &pool);
		break;
	}
	map_make(m, true);
	return result;
}

static enum parts_result cluster_solve(struct parts_map *m, uint32_t members, struct parts_answer *ret)
{
	OWN(parts_pool_done) struct parts_pool pool = { 0 };
	OWN(parts_way_done) struct parts_way way = { 0 };
	uint8_t now[PARTS_MAX], target[PARTS_MAX];
	size_t need;

	states_of(m->q, now, target);
	need = parts_new_fault(m, members, now, target);
	if (need != SIZE_MAX) { /* no step adds a fault, so no way ends there */
		blame(ret, m->q, need, target);
		return PARTS_INCOMPATIBLE;
	}
	switch (cluster_search(m, members, &pool, &way)) {
	case PARTS_GAVE_UP:
		return PARTS_TOO_LARGE;
	case PARTS_FOUND:
		steps_add(ret, m->q, &way);
		return PARTS_PATH;
	case PARTS_NOT_FOUND:
		break;
	}
	return cluster_refuse(m, members, ret);
}

/* A component without a way of its own; -1: none. */
static int lost_part(struct parts_map *m)
{
	map_make(m, false);
	for (int c = 0; c < m->q->n; c++)
		if (m->far[c][m->q->part[c].now] == PARTS_FAR)
			return c;
	map_make(m, true);
	return -1;
}

static void answer_clusters(struct parts_map *m, struct parts_answer *ret)
{
	const struct parts_question *q = m->q;
	uint32_t done = 0;

	for (int c = 0; c < q->n; c++) {
		uint32_t members;
		bool moved = false;

		if (done >> c & 1)
			continue;
		members = cluster_of(q, c);
		done |= members;
		for (int d = 0; d < q->n; d++)
			moved = moved || ((members >> d & 1) && q->part[d].now != q->part[d].target);
		if (!moved)
			continue;
		ret->result = cluster_solve(m, members, ret);
		if (ret->result != PARTS_PATH)
			break;
	}
	if (ret->result != PARTS_PATH) {
		mem_free(ret->step);
		ret->step = NULL;
		ret->nsteps = 0;
	}
}

void parts_solve(const struct parts_question *q, struct parts_answer *ret)
{
	struct parts_map m = { .q = q };

	*ret = (struct parts_answer){ .result = PARTS_ALREADY,
				      .blame_part = -1,
				      .blame_node = -1,
				      .blame_of = -1,
				      .blame_of_node = -1,
				      .blame_need = SIZE_MAX };
	if (!question_fits(q)) {
		ret->result = PARTS_TOO_LARGE;
		return;
	}
	for (int c = 0; c < q->n; c++)
		m.moves[c] = q->part[c].may_move && !(q->alone && q->part[c].now == q->part[c].target);
	map_needs(&m);
	ret->blame_part = lost_part(&m);
	if (ret->blame_part >= 0)
		ret->result = PARTS_NO_PATH;
	else
		answer_clusters(&m, ret);
	ret->states = m.states;
	mem_free(m.need_of);
}
