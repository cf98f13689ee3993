/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Campaigns over stations whose runner dies at any moment, and random ones: components with random hops and
 * needs. tests/station_world.c judges every installation when it happens: a hop of its component, and no need
 * broken that was met before (T10), whatever the runner decided. FIRPATH_INTERLEAVINGS sets how many random
 * campaigns are played (default 30).
 */
#include "station_world.h"

#include <inttypes.h>

#include "db_fault.h"

#define LATEST "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"spread\":\"0s\"}"

/* A 1.1 and B 1.1 need each other, B 1.2 needs A 1.2. */
static void knot(struct sw *w)
{
	int a = sw_part(w, "A", 3, false), b = sw_part(w, "B", 3, false);

	sw_need(w, a, 1, false, b, 2 | 4);
	sw_need(w, b, 1, false, a, 2 | 4);
	sw_need(w, b, 2, false, a, 4);
	sw_publish(w);
}

START_TEST(T10_T41_a_fault_at_every_driver_call_moves_no_station_twice_and_breaks_no_need)
{
	for (int n = 0;; n += _i == STORE_PG ? 211 : 23) {
		SW(w, 21);
		struct db *db = db_fault_wrap(open_store(w.k.dsn), n);
		int64_t id;
		bool hit;

		knot(&w);
		sw_station(&w, "S1", (int[]){ 0, 0 }, "");
		runner_free(w.k.runner);
		kit_runner(&w.k, db);
		id = sw_campaign(&w, LATEST);
		for (int i = 0; i < MANY && kit_state(&w.k, id).ended_at < 0; i++)
			if (sw_try_round(&w, 250))
				break;
		hit = db_fault_hit(db);
		if (hit)
			kit_crash(&w.k);
		ck_assert_int_lt(sw_run(&w, id, MANY), MANY);
		ck_assert_str_eq(SW_PHASE(id, "S1:A"), "done");
		ck_assert_str_eq(SW_PHASE(id, "S1:B"), "done");
		ck_assert_int_eq(w.station[0].installs, 3);
		kit_consistent(&w.k, id);
		if (!hit)
			break;
		ck_assert_int_lt(n, 20000);
	}
}
END_TEST

START_TEST(T10_two_runners_on_one_store_move_no_station_twice)
{
	SW(w, 22);
	struct runner *other;
	int64_t id;

	knot(&w);
	for (int i = 0; i < 6; i++) {
		char name[8];

		snprintf(name, sizeof name, "S%d", i);
		sw_station(&w, name, (int[]){ 0, 0 }, "");
	}
	other = w.k.runner;
	kit_runner(&w.k, NULL);
	id = sw_campaign(&w, LATEST);
	for (int i = 0; i < MANY && kit_state(&w.k, id).ended_at < 0; i++) {
		struct runner *now = w.k.runner;

		w.k.runner = other; /* reports go to one of the two, both look at what is due */
		other = now;
		sw_round(&w, 250);
	}
	ck_assert_int_eq(kit_state(&w.k, id).state, CAMPAIGN_DONE);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(w.station[i].installs, 3);
	kit_consistent(&w.k, id);
	runner_free(other);
}
END_TEST

/* ---- random campaigns ---- */

static void random_parts(struct sw *w)
{
	int n = 2 + (int)rnd_below(&w->k.rnd, 3), needs = (int)rnd_below(&w->k.rnd, 7);
	static const char *const names[] = { "A", "B", "C", "D" };

	for (int i = 0; i < n; i++)
		sw_part(w, names[i], 2 + (int)rnd_below(&w->k.rnd, 3), rnd_below(&w->k.rnd, 3) == 0);
	for (int i = 0; i < needs; i++) {
		int part = (int)rnd_below(&w->k.rnd, (uint64_t)n);
		int of = (part + 1 + (int)rnd_below(&w->k.rnd, (uint64_t)n - 1)) % n;
		bool conflicts = rnd_below(&w->k.rnd, 3) == 0;

		sw_need(w, part, 1 + (int)rnd_below(&w->k.rnd, (uint64_t)w->part[part].n - 1), conflicts, of,
			(unsigned)rnd_below(&w->k.rnd, 1u << w->part[of].n));
	}
	sw_publish(w);
}

/* Can this station get there at all, by single moves and groups? Flood over all states. */
static bool reachable(const struct sw *w, const int *from, const int *to)
{
	static const int room = SW_VERSIONS * SW_VERSIONS * SW_VERSIONS * SW_VERSIONS;
	bool seen[SW_VERSIONS * SW_VERSIONS * SW_VERSIONS * SW_VERSIONS] = { false };
	bool more = true;
	int start = 0, end = 0;

	for (int i = SW_PARTS; i-- > 0;) {
		start = start * SW_VERSIONS + (from[i] < 0 ? 0 : from[i]);
		end = end * SW_VERSIONS + (to[i] < 0 ? 0 : to[i]);
	}
	seen[start] = true;
	while (more) {
		more = false;
		for (int s = 0; s < room; s++)
			for (int t = 0; t < room && seen[s]; t++) {
				int a[SW_PARTS], b[SW_PARTS], x = s, y = t;
				bool hop = true;

				if (seen[t])
					continue;
				for (int i = 0; i < SW_PARTS; i++) {
					a[i] = from[i] < 0 ? -1 : x % SW_VERSIONS;
					b[i] = from[i] < 0 ? -1 : y % SW_VERSIONS;
					hop = hop && (x % SW_VERSIONS == y % SW_VERSIONS ||
						      (i < w->nparts && from[i] != to[i] && a[i] >= 0 &&
						       a[i] < w->part[i].n && b[i] < w->part[i].n &&
						       (w->part[i].next[a[i]] >> b[i] & 1)));
					x /= SW_VERSIONS;
					y /= SW_VERSIONS;
				}
				if (hop && !sw_breaks(w, a, b))
					seen[t] = more = true;
			}
	}
	return seen[end];
}

static void one(struct sw *w, int number, bool deaths)
{
	int target[SW_PARTS] = { -1, -1, -1, -1 }, runs[4][SW_PARTS], n = 1 + (int)rnd_below(&w->k.rnd, 3);
	char name[16], phase[80];
	int64_t id;

	random_parts(w);
	for (int i = 0; i < w->nparts; i++)
		target[i] = w->part[i].n - 1;
	for (int s = 0; s < n; s++) {
		for (int i = 0; i < SW_PARTS; i++)
			runs[s][i] = i < w->nparts ? (int)rnd_below(&w->k.rnd, (uint64_t)w->part[i].n) : -1;
		snprintf(name, sizeof name, "S%d", s);
		sw_station(w, name, runs[s], "");
		w->station[s].not_now = (int)rnd_below(&w->k.rnd, 2);
	}
	id = sw_campaign(w, LATEST);
	for (int i = 0; i < MANY; i++) {
		struct store_campaign c = kit_state(&w->k, id);

		if (c.ended_at >= 0 || c.state == CAMPAIGN_HALTED)
			break;
		sw_round(w, (int64_t)rnd_below(&w->k.rnd, 3000));
		if (deaths && rnd_below(&w->k.rnd, 8) == 0)
			kit_crash(&w->k);
		ck_assert_int_lt(i, MANY - 1);
	}
	for (int s = 0; s < n; s++) {
		bool there = !memcmp(w->station[s].runs, target, sizeof target);

		ck_assert_msg(there == reachable(w, runs[s], target),
			      "campaign %d: station %d is %s, brute force says otherwise", number, s,
			      there ? "at its target" : "short of it");
		for (int i = 0; i < w->nparts && there; i++) {
			char device[32];

			snprintf(device, sizeof device, "S%d:%s", s, w->part[i].name);
			ck_assert_str_eq(
			    strncmp(kit_phase(&w->k, id, device, phase), "done", 4) ? phase : "done", "done");
		}
	}
	kit_consistent(&w->k, id);
}

START_TEST(T10_random_campaigns_of_stations_never_reach_a_state_that_is_not_allowed)
{
	const char *text = getenv("FIRPATH_INTERLEAVINGS");
	int many = text ? (int)strtol(text, NULL, 10) : 30;

	for (int i = 0; i < many; i++) {
		OWN(sw_done) struct sw w;

		sw_open(&w, STORE_SQLITE, (uint64_t)(1000 + i));
		one(&w, i, i % 2 == 1);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("turn_crash");
	TCase *tc = tcase_create("deaths");

	tcase_set_timeout(tc, 7200);
	tcase_add_loop_test(
	    tc, T10_T41_a_fault_at_every_driver_call_moves_no_station_twice_and_breaks_no_need, 0, STORES);
	tcase_add_loop_test(tc, T10_two_runners_on_one_store_move_no_station_twice, 0, STORES);
	tcase_add_test(tc, T10_random_campaigns_of_stations_never_reach_a_state_that_is_not_allowed);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
