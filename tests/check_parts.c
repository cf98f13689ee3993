/* SPDX-License-Identifier: Apache-2.0 */
/* The order over the components of a station, against an independent search on random questions (T10). */
#include "testing.h"

#include "base/mem.h"
#include "base/rnd.h"
#include "model/parts.h"
#include "parts_brute.h"

#define NEEDS 14

struct question {
	struct parts_question q;
	struct part part[BRUTE_PARTS];
	struct part_need need[NEEDS];
};

static bool one_in(struct rnd *r, uint64_t n)
{
	return rnd_below(r, n) == 0;
}

static void question_hops(struct rnd *r, struct part *p)
{
	for (int a = 0; a < p->nnodes; a++)
		for (int b = 0; b < p->nnodes; b++)
			if (b == a + 1 ? !one_in(r, 20) : b > a ? one_in(r, 6) : one_in(r, 9))
				p->next[a] |= UINT64_C(1) << b;
}

/* Two components whose versions go in pairs: node i of each needs the other at i, or at i or later. */
static void question_pair(struct rnd *r, struct question *k)
{
	int a = (int)rnd_below(r, (uint64_t)k->q.n), b = (int)rnd_below(r, (uint64_t)k->q.n);
	bool strict = one_in(r, 2);

	if (a == b)
		return;
	if (strict && k->part[b].nnodes >= k->part[a].nnodes && k->part[b].may_move) {
		k->part[b].now = k->part[a].now;
		k->part[b].target = k->part[a].target;
	}

	for (int i = strict ? 0 : 1;
	     i < k->part[a].nnodes && i < k->part[b].nnodes && k->q.nneeds + 2 <= NEEDS; i++) {
		uint64_t from = strict ? UINT64_C(1) << i : ~UINT64_C(0) << i;

		k->need[k->q.nneeds++] = (struct part_need){ a, i, PART_REQUIRES, b, from };
		k->need[k->q.nneeds++] = (struct part_need){ b, i, PART_REQUIRES, a, from };
	}
}

static void question_needs(struct rnd *r, struct question *k)
{
	size_t n = rnd_below(r, NEEDS / 2 + 1);

	if (one_in(r, 2))
		question_pair(r, k);
	for (; n > 0 && k->q.nneeds < NEEDS; n--) {
		struct part_need *w = &k->need[k->q.nneeds++];

		w->part = (int)rnd_below(r, (uint64_t)k->q.n);
		w->node = (int)rnd_below(r, (uint64_t)k->part[w->part].nnodes);
		w->of = one_in(r, 40) ? -1 : (int)rnd_below(r, (uint64_t)k->q.n);
		w->relation = one_in(r, 3) ? PART_CONFLICTS : PART_REQUIRES;
		w->nodes = w->relation == PART_REQUIRES ? rnd_u64(r) | rnd_u64(r) : rnd_u64(r) & rnd_u64(r);
	}
}

/* Most questions are small; a few have all six components with six versions. */
static void question_make(uint64_t seed, struct question *k)
{
	static const int sizes[] = { 8, 16, 16, 24, 24, 36, 36, 48, 64, 100 };
	struct rnd r = rnd_seeded(seed * 7919 + 11);
	int room = sizes[rnd_below(&r, 10)];
	bool easy = seed % 10000 == 77;

	memset(k, 0, sizeof *k);
	if (seed % 500 == 3)
		room = 1500;
	if (easy)
		room = BRUTE_STATES;
	k->q = (struct parts_question){ .part = k->part, .need = k->need };
	k->q.n = easy ? 6 : 1 + (int)rnd_below(&r, 5) + (int)rnd_below(&r, 2);
	for (int c = 0; c < k->q.n; c++) {
		struct part *p = &k->part[c];
		int most = room < 6 ? room : 6;

		p->name = "component";
		p->nnodes = easy ? 6 : most < 2 ? 1 : 2 + (int)rnd_below(&r, (uint64_t)most - 1);
		room /= p->nnodes;
		question_hops(&r, p);
		p->now = one_in(&r, 3) ? (int)rnd_below(&r, (uint64_t)p->nnodes) : 0;
		p->target = c && one_in(&r, 5) ? p->now : (int)rnd_below(&r, (uint64_t)p->nnodes);
		if (!one_in(&r, 6) && p->target < p->now)
			p->target = p->nnodes - 1;
		p->may_move = p->target != p->now || !one_in(&r, 4);
		p->regulated = one_in(&r, 8);
		p->approved = p->regulated ? rnd_u64(&r) | rnd_u64(&r) : ~UINT64_C(0);
	}
	k->q.groups = !easy && !one_in(&r, 3);
	k->q.alone = one_in(&r, 16);
	question_needs(&r, k);
}

typedef void (*solver)(const struct parts_question *q, struct parts_answer *ret);

static bool steps_differ(const struct part_step *a, const struct part_step *b)
{
	return a->n != b->n || memcmp(a->part, b->part, sizeof(int) * (size_t)a->n) != 0 ||
	       memcmp(a->to, b->to, sizeof(int) * (size_t)a->n) != 0;
}

/* What is wrong with an answer; NULL = nothing. */
static const char *answer_fault(const struct parts_question *q, const struct parts_answer *a,
				const struct brute_answer *want)
{
	if (a->result != want->result)
		return "another result";
	if (a->nsteps != (size_t)want->nsteps)
		return "another number of steps";
	for (int i = 0; i < want->nsteps; i++)
		if (steps_differ(&a->step[i], &want->step[i]))
			return "another step";
	if (a->result == PARTS_INCOMPATIBLE) {
		if (a->blame_need >= q->nneeds || !(want->blames >> a->blame_need & 1))
			return "the wrong need is blamed";
		if (a->blame_part != q->need[a->blame_need].part ||
		    a->blame_of != q->need[a->blame_need].of || a->blame_node != q->need[a->blame_need].node)
			return "the blame is not that of its need";
	}
	if (a->result == PARTS_NOT_APPROVED &&
	    (!q->part[a->blame_part].regulated || (q->part[a->blame_part].approved >> a->blame_node & 1)))
		return "blames what is approved";
	if (a->result == PARTS_NO_PATH && a->blame_part < 0)
		return "blames nothing";
	return NULL;
}

struct tally {
	int64_t of[PARTS_TOO_LARGE + 1], groups, longest;
};

static const char *case_fault(uint64_t seed, solver solve, struct brute *b, struct brute_answer *want,
			      struct tally *t)
{
	OWN(parts_answer_done) struct parts_answer a = { 0 };
	struct question k;

	question_make(seed, &k);
	brute_solve(b, &k.q, want);
	solve(&k.q, &a);
	if (t) {
		t->of[want->result]++;
		for (int i = 0; i < want->nsteps; i++)
			t->groups += want->step[i].n > 1;
		if (want->nsteps > t->longest)
			t->longest = want->nsteps;
	}
	return answer_fault(&k.q, &a, want);
}

START_TEST(T10_a_hundred_thousand_random_questions_have_the_answer_of_brute_force)
{
	struct brute *b = mem_zalloc(sizeof *b);
	struct brute_answer *want = mem_zalloc(sizeof *want);
	struct tally t = { 0 };
	const char *more = getenv("FIRPATH_PARTS_CASES");
	uint64_t cases = more && *more ? strtoull(more, NULL, 10) : 100000;

	for (uint64_t seed = 0; seed < cases; seed++) {
		const char *fault = case_fault(seed, parts_solve, b, want, &t);

		ck_assert_msg(!fault, "question %llu: %s", (unsigned long long)seed, fault);
	}
	printf("%llu questions: already %lld, path %lld (steps of several components: %lld, longest %lld), "
	       "no path "
	       "%lld, incompatible %lld, not approved %lld\n",
	       (unsigned long long)cases, (long long)t.of[PARTS_ALREADY], (long long)t.of[PARTS_PATH],
	       (long long)t.groups, (long long)t.longest, (long long)t.of[PARTS_NO_PATH],
	       (long long)t.of[PARTS_INCOMPATIBLE], (long long)t.of[PARTS_NOT_APPROVED]);
	fflush(stdout);
	for (int i = PARTS_ALREADY; i < PARTS_TOO_LARGE; i++)
		ck_assert_msg(t.of[i] > (int64_t)cases / 100, "%s: only %lld", parts_result_text[i],
			      (long long)t.of[i]);
	ck_assert_int_gt(t.groups, (int64_t)cases / 100);
	mem_free(b);
	mem_free(want);
}
END_TEST
int main(void)
{
	const TTest *all[] = { T10_a_hundred_thousand_random_questions_have_the_answer_of_brute_force };

	return RUN_TESTS("parts", all);
}
