/* SPDX-License-Identifier: Apache-2.0 */
/* The order over the components of a station, against an independent search on random questions (T10). */
#include "testing.h"

#include "base/mem.h"
#include "base/rnd.h"
#include "base/str.h"
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
	k->q.alone = one_in(&r, 8);
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

/* ---- solvers with a fault each: the comparison must find all ---- */

static void copy_of(const struct parts_question *q, struct question *k)
{
	k->q = *q;
	memcpy(k->part, q->part, sizeof *q->part * (size_t)q->n);
	memcpy(k->need, q->need, sizeof *q->need * q->nneeds);
	k->q.part = k->part;
	k->q.need = k->need;
}

static void mutant_forgets_a_need(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	if (k.q.nneeds)
		k.q.nneeds--;
	parts_solve(&k.q, ret);
}

static void mutant_makes_half_a_group(const struct parts_question *q, struct parts_answer *ret)
{
	parts_solve(q, ret);
	for (size_t i = 0; i < ret->nsteps; i++)
		if (ret->step[i].n > 1)
			ret->step[i].n--;
}

static void mutant_breaks_a_group_up(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	k.q.groups = false;
	parts_solve(&k.q, ret);
}

static void mutant_approves_all(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (int c = 0; c < q->n; c++)
		k.part[c].regulated = false;
	parts_solve(&k.q, ret);
}

static void mutant_moves_what_it_may_not(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (int c = 0; c < q->n; c++)
		k.part[c].may_move = true;
	parts_solve(&k.q, ret);
}

static void mutant_moves_others_beside_a_patch(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	k.q.alone = false;
	parts_solve(&k.q, ret);
}

static void mutant_meets_needs_with_what_is_absent(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (size_t i = 0; i < q->nneeds; i++)
		if (k.need[i].of < 0)
			k.need[i].relation = PART_CONFLICTS;
	parts_solve(&k.q, ret);
}

static void mutant_overlooks_conflicts(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (size_t i = 0; i < q->nneeds; i++)
		if (k.need[i].relation == PART_CONFLICTS)
			k.need[i].nodes = 0;
	parts_solve(&k.q, ret);
}

static void mutant_looks_at_the_end_only(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (size_t i = 0; i < q->nneeds; i++)
		if (k.part[k.need[i].part].target != k.need[i].node) {
			k.need[i].relation = PART_CONFLICTS;
			k.need[i].nodes = 0;
		}
	parts_solve(&k.q, ret);
}

static void mutant_stops_at_a_fault_that_was_found(const struct parts_question *q, struct parts_answer *ret)
{
	int now[BRUTE_PARTS], target[BRUTE_PARTS];

	brute_targets(q, now, target);
	parts_solve(q, ret);
	if (ret->result == PARTS_PATH && !parts_allowed(q, now, NULL))
		ret->result = PARTS_INCOMPATIBLE;
}

static void mutant_joins_steps_without_need(const struct parts_question *q, struct parts_answer *ret)
{
	parts_solve(q, ret);
	for (size_t i = 0; q->groups && i + 1 < ret->nsteps; i++)
		if (ret->step[i].n == 1 && ret->step[i + 1].n == 1 &&
		    ret->step[i].part[0] < ret->step[i + 1].part[0]) {
			ret->step[i].part[1] = ret->step[i + 1].part[0];
			ret->step[i].to[1] = ret->step[i + 1].to[0];
			ret->step[i].n = 2;
			memmove(&ret->step[i + 1], &ret->step[i + 2],
				(ret->nsteps - i - 2) * sizeof *ret->step);
			ret->nsteps--;
		}
}

static void mutant_begins_with_the_last_component(const struct parts_question *q, struct parts_answer *ret)
{
	struct question k;

	copy_of(q, &k);
	for (int c = 0; c < q->n; c++)
		k.part[c] = q->part[q->n - 1 - c];
	for (size_t i = 0; i < q->nneeds; i++) {
		k.need[i].part = q->n - 1 - q->need[i].part;
		k.need[i].of = q->need[i].of < 0 ? -1 : q->n - 1 - q->need[i].of;
	}
	parts_solve(&k.q, ret);
	for (size_t i = 0; i < ret->nsteps; i++)
		for (int j = 0; j < ret->step[i].n && ret->step[i].n == 1; j++)
			ret->step[i].part[j] = q->n - 1 - ret->step[i].part[j];
	if (ret->blame_need != SIZE_MAX) {
		ret->blame_part = q->need[ret->blame_need].part;
		ret->blame_of = q->need[ret->blame_need].of;
	}
	if (ret->result == PARTS_NOT_APPROVED)
		ret->blame_part = q->n - 1 - ret->blame_part;
}

static void mutant_blames_the_first_need(const struct parts_question *q, struct parts_answer *ret)
{
	parts_solve(q, ret);
	if (ret->result == PARTS_INCOMPATIBLE) {
		ret->blame_need = 0;
		ret->blame_part = q->need[0].part;
		ret->blame_node = q->need[0].node;
		ret->blame_of = q->need[0].of;
	}
}

START_TEST(T10_the_comparison_finds_every_seeded_fault_of_a_solver)
{
	static const struct {
		const char *name;
		solver solve;
	} mutants[] = {
		{ "none", parts_solve },
		{ "forgets a need", mutant_forgets_a_need },
		{ "makes half a group", mutant_makes_half_a_group },
		{ "breaks a group up", mutant_breaks_a_group_up },
		{ "approves all", mutant_approves_all },
		{ "moves what it may not", mutant_moves_what_it_may_not },
		{ "moves others beside a patch", mutant_moves_others_beside_a_patch },
		{ "meets needs with what is absent", mutant_meets_needs_with_what_is_absent },
		{ "overlooks conflicts", mutant_overlooks_conflicts },
		{ "looks at the end only", mutant_looks_at_the_end_only },
		{ "stops at a fault that was found", mutant_stops_at_a_fault_that_was_found },
		{ "joins steps without need", mutant_joins_steps_without_need },
		{ "begins with the last component", mutant_begins_with_the_last_component },
		{ "blames the first need", mutant_blames_the_first_need },
	};
	struct brute *b = mem_zalloc(sizeof *b);
	struct brute_answer *want = mem_zalloc(sizeof *want);

	for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
		uint64_t seed = 0;

		while (seed < 5000 && !case_fault(seed, mutants[i].solve, b, want, NULL))
			seed++;
		ck_assert_msg((seed < 5000) == (i > 0), "a solver that %s: %s", mutants[i].name,
			      i ? "was not found" : "differs");
	}
	mem_free(b);
	mem_free(want);
}
END_TEST

/* ---- examples ---- */

/* Components with a line of versions, each leading to the next. */
static void line_of(struct part *p, const char *name, int nodes, int now, int target)
{
	memset(p, 0, sizeof *p);
	*p = (struct part){ .name = name, .nnodes = nodes, .now = now, .target = target, .may_move = true };
	for (int i = 0; i + 1 < nodes; i++)
		p->next[i] = UINT64_C(1) << (i + 1);
}

static void steps_are(const struct parts_answer *a, const char *want)
{
	STR(said, 2000);

	for (size_t i = 0; i < a->nsteps; i++) {
		str_add(&said, i ? "; " : "");
		for (int j = 0; j < a->step[i].n; j++)
			str_addf(&said, "%s%d>%d", j ? "+" : "", a->step[i].part[j], a->step[i].to[j]);
	}
	ck_assert_str_eq(str_c(&said), want);
}

START_TEST(feature_21_the_order_follows_what_components_need_of_each_other)
{
	struct part p[2];
	const struct part_need need[] = { { 0, 2, PART_REQUIRES, 1, 2 }, { 1, 2, PART_REQUIRES, 0, 4 | 2 } };
	struct parts_question q = { .n = 2, .part = p, .need = need, .nneeds = 1 };
	OWN(parts_answer_done) struct parts_answer a = { 0 };

	line_of(&p[0], "charging", 3, 0, 2);
	line_of(&p[1], "display", 2, 0, 1);
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_PATH);
	steps_are(&a, "0>1; 1>1; 0>2");
}
END_TEST

START_TEST(feature_21_what_needs_each_other_moves_in_one_step_or_not_at_all)
{
	struct part p[3];
	const struct part_need need[] = { { 0, 0, PART_REQUIRES, 1, 1 },
					  { 0, 1, PART_REQUIRES, 1, 2 },
					  { 1, 1, PART_REQUIRES, 2, 1 } };
	struct parts_question q = { .n = 3, .part = p, .need = need, .nneeds = 2, .groups = true };
	OWN(parts_answer_done) struct parts_answer a = { 0 }, b = { 0 }, c = { 0 };

	line_of(&p[0], "charging", 2, 0, 1);
	line_of(&p[1], "vehicle", 2, 0, 1);
	line_of(&p[2], "display", 2, 0, 1);
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_PATH);
	steps_are(&a, "0>1+1>1; 2>1");
	q.groups = false;
	parts_solve(&q, &b);
	ck_assert_int_eq(b.result, PARTS_INCOMPATIBLE);
	ck_assert_int_eq(b.blame_part, 0);
	ck_assert_int_eq(b.blame_of, 1);
	/* The targets themselves do not go together: that pair is named. */
	q.groups = true;
	q.nneeds = 3;
	parts_solve(&q, &c);
	ck_assert_int_eq(c.result, PARTS_INCOMPATIBLE);
	ck_assert_uint_eq(c.blame_need, 2);
	ck_assert_int_eq(c.blame_of_node, 1);
	ck_assert_uint_eq(c.nsteps, 0);
}
END_TEST

START_TEST(feature_22_a_regulated_component_moves_only_where_it_is_approved_and_a_patch_goes_alone)
{
	struct part p[2];
	const struct part_need need[] = { { 1, 1, PART_REQUIRES, 0, 2 } };
	struct parts_question q = { .n = 2, .part = p, .need = need, .nneeds = 1 };
	OWN(parts_answer_done) struct parts_answer a = { 0 }, b = { 0 }, c = { 0 };

	line_of(&p[0], "metrology", 2, 0, 1);
	line_of(&p[1], "display", 2, 0, 1);
	p[0].regulated = true;
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_NOT_APPROVED);
	ck_assert_int_eq(a.blame_part, 0);
	ck_assert_int_eq(a.blame_node, 1);
	p[0].approved = 2;
	parts_solve(&q, &b);
	steps_are(&b, "0>1; 1>1");
	/* Nothing wants the metrology to move but the patch's need: alone, that is not done. */
	p[0].target = 0;
	q.alone = true;
	parts_solve(&q, &c);
	ck_assert_int_eq(c.result, PARTS_INCOMPATIBLE);
	ck_assert_int_eq(c.blame_of, 0);
}
END_TEST

START_TEST(a_fault_that_was_found_stays_or_goes_and_none_is_added)
{
	struct part p[2];
	const struct part_need need[] = { { 0, 0, PART_REQUIRES, -1, 0 }, { 1, 1, PART_CONFLICTS, 0, 1 } };
	struct parts_question q = { .n = 2, .part = p, .need = need, .nneeds = 2 };
	OWN(parts_answer_done) struct parts_answer a = { 0 };
	size_t bad = 9;

	line_of(&p[0], "charging", 2, 0, 1);
	line_of(&p[1], "display", 2, 0, 1);
	ck_assert(!parts_allowed(&q, (int[]){ 0, 0 }, &bad));
	ck_assert_uint_eq(bad, 0);
	ck_assert(parts_allowed(&q, (int[]){ 1, 1 }, NULL));
	parts_solve(&q, &a);
	steps_are(&a, "0>1; 1>1");
}
END_TEST

START_TEST(sixteen_components_with_long_ways_are_answered_at_once)
{
	struct part p[PARTS_MAX];
	struct part_need need[PARTS_MAX * 8];
	struct parts_question q = { .n = PARTS_MAX, .part = p, .need = need };
	OWN(parts_answer_done) struct parts_answer a = { 0 }, b = { 0 };

	for (int c = 0; c < PARTS_MAX; c++)
		line_of(&p[c], "component", 9, 0, 8);
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_PATH);
	ck_assert_uint_eq(a.nsteps, 128);
	/* Each version of a component needs the one before it to be as far: 9^16 states, one cluster. */
	for (int c = 1; c < PARTS_MAX; c++)
		for (int v = 1; v < 9; v++)
			need[q.nneeds++] =
			    (struct part_need){ c, v, PART_REQUIRES, c - 1, ~UINT64_C(0) << v };
	parts_solve(&q, &b);
	ck_assert_int_eq(b.result, PARTS_PATH);
	ck_assert_uint_eq(b.nsteps, 128);
	ck_assert_int_lt(b.states, 2000);
}
END_TEST

START_TEST(a_question_over_its_ceilings_is_refused_and_a_hopeless_one_ends)
{
	struct part p[PARTS_MAX];
	struct part_need need[PARTS_MAX * 2];
	struct parts_question q = { .n = PARTS_MAX + 1, .part = p, .need = need };
	struct parts_answer a;

	for (int c = 0; c < PARTS_MAX; c++)
		line_of(&p[c], "component", 9, 0, 8);
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_TOO_LARGE);
	q.n = 2;
	p[1].target = 9;
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_TOO_LARGE);
	p[1].target = 8;
	need[0] = (struct part_need){ 0, 0, PART_REQUIRES, 2, 1 };
	q.nneeds = 1;
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_TOO_LARGE);
	/* The last component cannot pass its fourth version, which shows only after all orders of the others.
	 */
	q.n = PARTS_MAX;
	q.nneeds = 0;
	for (int c = 0; c + 1 < PARTS_MAX; c++)
		need[q.nneeds++] = (struct part_need){ c, 8, PART_CONFLICTS, c + 1, 2 };
	need[q.nneeds++] = (struct part_need){ PARTS_MAX - 1, 4, PART_REQUIRES, -1, 0 };
	parts_solve(&q, &a);
	ck_assert_int_eq(a.result, PARTS_TOO_LARGE);
	ck_assert_uint_eq(a.nsteps, 0);
	parts_answer_done(&a);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		T10_a_hundred_thousand_random_questions_have_the_answer_of_brute_force,
		T10_the_comparison_finds_every_seeded_fault_of_a_solver,
		feature_21_the_order_follows_what_components_need_of_each_other,
		feature_21_what_needs_each_other_moves_in_one_step_or_not_at_all,
		feature_22_a_regulated_component_moves_only_where_it_is_approved_and_a_patch_goes_alone,
		a_fault_that_was_found_stays_or_goes_and_none_is_added,
		sixteen_components_with_long_ways_are_answered_at_once,
		a_question_over_its_ceilings_is_refused_and_a_hopeless_one_ends,
	};

	return RUN_TESTS("parts", all);
}
