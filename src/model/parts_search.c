/* SPDX-License-Identifier: Apache-2.0 */
#include "model/parts_search.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define NONE UINT32_MAX

void parts_pool_done(struct parts_pool *p)
{
	mem_free(p->v);
	mem_free(p->from);
	mem_free(p->slot);
	memset(p, 0, sizeof *p);
}

void parts_way_done(struct parts_way *w)
{
	mem_free(w->v);
	memset(w, 0, sizeof *w);
}

/* ---- the pool ---- */

static size_t pool_home(const struct parts_pool *p, const uint8_t *state)
{
	return (size_t)(map_hash(state, PARTS_MAX) >> (64 - p->bits));
}

static void pool_index(struct parts_pool *p, uint32_t i)
{
	size_t mask = ((size_t)1 << p->bits) - 1, at = pool_home(p, p->v[i]);

	while (p->slot[at] != NONE)
		at = (at + 1) & mask;
	p->slot[at] = i;
}

static void pool_grow(struct parts_pool *p)
{
	p->room = p->room ? p->room * 4 : 64;
	p->v = mem_realloc(p->v, p->room, sizeof *p->v);
	p->from = mem_realloc(p->from, p->room, sizeof *p->from);
	for (p->bits = 7; ((size_t)1 << p->bits) < 2 * p->room;)
		p->bits++;
	p->slot = mem_realloc(p->slot, (size_t)1 << p->bits, sizeof *p->slot);
	memset(p->slot, 0xff, sizeof *p->slot << p->bits);
	for (size_t i = 0; i < p->n; i++)
		pool_index(p, (uint32_t)i);
}

/* false: it is there. */
static bool pool_add(struct parts_pool *p, const uint8_t *state, uint32_t from)
{
	size_t mask, at;

	if (p->n == p->room)
		pool_grow(p);
	mask = ((size_t)1 << p->bits) - 1;
	for (at = pool_home(p, state); p->slot[at] != NONE; at = (at + 1) & mask)
		if (!memcmp(p->v[p->slot[at]], state, PARTS_MAX))
			return false;
	memcpy(p->v[p->n], state, PARTS_MAX);
	p->from[p->n] = from;
	p->slot[at] = (uint32_t)p->n++;
	return true;
}

/* ---- what is allowed ---- */

bool parts_unmet(const struct part_need *w, const uint8_t *state)
{
	bool there;

	if (state[w->part] != w->node)
		return false;
	there = w->of >= 0 && (w->nodes >> state[w->of] & 1);
	return w->relation == PART_REQUIRES ? !there : there;
}

/* Needs between a component and those that are not in `open` only: the nodes of `open` are not chosen yet. */
static size_t new_fault_of(const struct parts_map *m, int c, uint32_t open, const uint8_t *before,
			   const uint8_t *after)
{
	for (size_t i = m->head[c]; i < m->head[c + 1]; i++) {
		const struct part_need *w = &m->q->need[m->need_of[i]];

		if ((open >> w->part & 1) || (w->of >= 0 && (open >> w->of & 1)))
			continue;
		if (parts_unmet(w, after) && !parts_unmet(w, before))
			return m->need_of[i];
	}
	return SIZE_MAX;
}

size_t parts_new_fault(const struct parts_map *m, uint32_t moved, const uint8_t *before, const uint8_t *after)
{
	size_t lowest = SIZE_MAX;

	for (int c = 0; c < m->q->n; c++)
		if (moved >> c & 1) {
			size_t at = new_fault_of(m, c, 0, before, after);

			if (at < lowest)
				lowest = at;
		}
	return lowest;
}

static bool at_target(const struct parts_map *m, uint32_t members, const uint8_t *state)
{
	for (int c = 0; c < m->q->n; c++)
		if ((members >> c & 1) && state[c] != m->q->part[c].target)
			return false;
	return true;
}

static void state_found(const struct parts_map *m, uint8_t *state)
{
	memset(state, 0, PARTS_MAX);
	for (int c = 0; c < m->q->n; c++)
		state[c] = (uint8_t)m->q->part[c].now;
}

/* ---- breadth first ---- */

struct walk {
	struct parts_map *m;
	struct parts_pool *pool;
	uint32_t members, from;
	uint8_t before[PARTS_MAX], after[PARTS_MAX];
	int part[PARTS_MAX]; /* of the step that is being made */
	int size;
	bool gave_up;
	uint32_t hit; /* the target's index; NONE = not found */
};

/* Chooses nodes for the components of the step from the i-th on, and keeps each state that is allowed. */
static void step_nodes(struct walk *w, int i, uint32_t open)
{
	int c;

	if (i == w->size) {
		if (!pool_add(w->pool, w->after, w->from))
			return;
		if (++w->m->states > PARTS_STATES_MAX)
			w->gave_up = true;
		if (at_target(w->m, w->members, w->after))
			w->hit = (uint32_t)w->pool->n - 1;
		return;
	}
	c = w->part[i];
	open &= ~(1u << c);
	for (uint64_t bits = w->m->next[c][w->before[c]]; bits && w->hit == NONE && !w->gave_up;
	     bits &= bits - 1) {
		w->after[c] = (uint8_t)__builtin_ctzll(bits);
		if (++w->m->steps > PARTS_STEPS_MAX)
			w->gave_up = true;
		else if (new_fault_of(w->m, c, open, w->before, w->after) == SIZE_MAX)
			step_nodes(w, i + 1, open);
	}
	w->after[c] = w->before[c];
}

/* Chooses the components of a step of w->size, ascending, the i-th from `first` on. */
static void step_parts(struct walk *w, int i, int first, uint32_t open)
{
	if (i == w->size) {
		step_nodes(w, 0, open);
		return;
	}
	for (int c = first; c < w->m->q->n && w->hit == NONE && !w->gave_up; c++)
		if ((w->members >> c & 1) && w->m->next[c][w->before[c]]) {
			w->part[i] = c;
			step_parts(w, i + 1, c + 1, open | 1u << c);
		}
}

static void way_keep(const struct parts_pool *pool, uint32_t last, struct parts_way *way)
{
	size_t n = 1;

	for (uint32_t i = last; i != pool->from[i]; i = pool->from[i])
		n++;
	way->v = mem_array(n, sizeof *way->v);
	way->n = n;
	for (uint32_t i = last; n-- > 0; i = pool->from[i])
		memcpy(way->v[n], pool->v[i], PARTS_MAX);
}

/* Queue and set are one: states are taken in the order in which they were found, and found from each in the
 * order of steps, so the first way to a state is also the first in order among the shortest. */
enum parts_found parts_search(struct parts_map *m, uint32_t members, int most, struct parts_pool *pool,
			      struct parts_way *way)
{
	struct walk w = { .m = m, .pool = pool, .members = members, .hit = NONE };
	uint8_t start[PARTS_MAX];

	parts_pool_done(pool);
	state_found(m, start);
	pool_add(pool, start, 0);
	for (size_t i = 0; i < pool->n && w.hit == NONE && !w.gave_up; i++) {
		w.from = (uint32_t)i;
		memcpy(w.before, pool->v[i], PARTS_MAX);
		memcpy(w.after, pool->v[i], PARTS_MAX);
		for (w.size = 1; w.size <= most && w.hit == NONE && !w.gave_up; w.size++)
			step_parts(&w, 0, 0, 0);
	}
	if (w.hit == NONE)
		return w.gave_up ? PARTS_GAVE_UP : PARTS_NOT_FOUND;
	way_keep(pool, w.hit, way);
	return PARTS_FOUND;
}

/* ---- straight ---- */

/* Next move of a state in order, after component c and node a; false: none is left. */
static bool straight_next(struct parts_map *m, uint32_t members, const uint8_t *before, int *c, int *a,
			  uint8_t *after)
{
	for (; *c < m->q->n; (*c)++, *a = -1) {
		uint64_t bits = members >> *c & 1 ? m->next[*c][before[*c]] : 0;

		if (*a >= 0)
			bits &= *a == 63 ? 0 : ~UINT64_C(0) << (*a + 1);
		for (; bits; bits &= bits - 1) {
			*a = __builtin_ctzll(bits);
			if (m->far[*c][*a] >= m->far[*c][before[*c]])
				continue;
			memcpy(after, before, PARTS_MAX);
			after[*c] = (uint8_t)*a;
			m->steps++;
			if (new_fault_of(m, *c, 0, before, after) == SIZE_MAX)
				return true;
		}
	}
	return false;
}

enum parts_found parts_search_straight(struct parts_map *m, uint32_t members, struct parts_way *way)
{
	OWN(parts_pool_done) struct parts_pool pool = { 0 };
	struct {
		uint32_t state;
		int c, a;
	} * stack, *top;
	size_t deep = 1;
	uint8_t after[PARTS_MAX];
	enum parts_found found = PARTS_NOT_FOUND;

	for (int c = 0; c < m->q->n; c++)
		if (members >> c & 1)
			deep += m->far[c][m->q->part[c].now];
	stack = top = mem_array(deep, sizeof *stack);
	state_found(m, after);
	pool_add(&pool, after, 0);
	top->a = -1;
	while (top >= stack && found == PARTS_NOT_FOUND) {
		uint32_t here = top->state;

		if (!straight_next(m, members, pool.v[here], &top->c, &top->a, after)) {
			top--; /* leads nowhere; it stays in the pool and is not tried again */
		} else if (pool_add(&pool, after, here)) {
			if (++m->states > PARTS_STATES_MAX || m->steps > PARTS_STEPS_MAX)
				found = PARTS_GAVE_UP;
			else if (at_target(m, members, after))
				found = PARTS_FOUND;
			else
				*++top = (__typeof__(*top)){ (uint32_t)pool.n - 1, 0, -1 };
		}
	}
	mem_free(stack);
	if (found == PARTS_FOUND)
		way_keep(&pool, (uint32_t)pool.n - 1, way);
	return found;
}
