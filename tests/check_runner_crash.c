/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner dies at any point and a new one takes over: no hop is skipped, none has effect twice, none
 * leaves the path (T41, G1). FIRPATH_INTERLEAVINGS sets how many random histories are played (default 300).
 */
#include "fleet_kit.h"

#include <inttypes.h>

#include "db_fault.h"
#include "store/store_ledger.h"

/* A round that may fail; then the runner is gone and another one recovers, unless that fails as well. */
static void round_or_crash(struct kit *k, int64_t ms)
{
	int64_t moves;
	struct err e;

	k->now += ms;
	if (!runner_round(k->runner, 0, &moves, &e))
		return;
	kit_crash(k);
}

START_TEST(T41_a_fault_at_every_driver_call_loses_and_doubles_nothing)
{
	/* The n-th call to the driver fails, the runner dies of it, another one goes on. */
	for (int n = 0;; n += _i == STORE_PG ? 29 : 1) {
		KIT(k, 41);
		int64_t dev = kit_fake(&k, "d1", 1, ""), id;
		struct db *db = db_fault_wrap(open_store(k.dsn), n);
		bool hit, died = false;

		runner_free(k.runner);
		kit_runner(&k, db);
		id = kit_started(&k, "d", 3, 10, 0);
		for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0; i++) {
			int64_t moves;
			struct err e;

			k.now += 250;
			died = runner_round(k.runner, 0, &moves, &e) != OK;
			if (died)
				break;
		}
		hit = db_fault_hit(db);
		ck_assert_int_eq(hit, died); /* no fault is swallowed */
		if (hit)
			kit_crash(&k);
		kit_run(&k, id, MANY);
		ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
		ck_assert_int_eq(kit_state(&k, id).n_hops, 2);
		ck_assert_int_eq(fake_triggers(k.world, dev), 2);
		kit_walked(&k, dev, 1, 3);
		kit_consistent(&k, id);
		if (!hit)
			break;
		ck_assert_int_lt(n, 20000);
	}
}
END_TEST

START_TEST(T41_a_death_after_every_round_loses_and_doubles_nothing)
{
	KIT(k, 42);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 4, 10, 0);

	for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0; i++) {
		kit_round(&k, 250);
		kit_crash(&k);
	}
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	ck_assert_int_eq(fake_triggers(k.world, dev), 3);
	kit_walked(&k, dev, 1, 4);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(identities_are_resolved_again_when_the_round_that_did_it_was_not_kept)
{
	/* The n-th call to the driver fails; the runner lives on. */
	for (int n = 0;; n++) {
		KIT(k, 45);
		OWN(rows_done) struct rows *r = NULL;
		struct db *db = db_fault_wrap(open_store(k.dsn), -1);
		struct store_device d;
		struct err e;
		int64_t moves;
		bool got, hit;

		runner_free(k.runner);
		kit_runner(&k, db);
		kit_import(&k, "name,identity\nd1," KIT_MODEL ":00000900\n");
		kit_round(&k, 1000);
		kit_entry(&k, 9, 0, 0, NULL, NULL);
		db_fault_arm(db, n);
		for (int i = 0; i < 4; i++) {
			k.now += 2000;
			(void)!runner_round(k.runner, 0, &moves, &e);
		}
		hit = db_fault_hit(db);
		ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
		ck_assert_msg(!strcmp(d.entry_why, "known"), "call %d: %s", n, d.entry_why);
		if (!hit)
			break;
		ck_assert_int_lt(n, 1000);
	}
}
END_TEST

START_TEST(a_restart_repeats_the_stored_command_with_its_id)
{
	KIT(k, 43);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 2, 10, 0);
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;
	int64_t seq = 0;

	/* Until a command is out, then die before the device looked at it: many times. */
	for (int i = 0; i < 200 && !seq; i++) {
		kit_round(&k, 250);
		ck_ok(store_member_page(k.db, id, NULL, 0, 1, &r, &e));
		ck_ok(rows_next(r, &got, &e));
		seq = rows_num(r, 11);
		rows_done(MOVE(r));
	}
	ck_assert_int_eq(seq, 1);
	for (int i = 0; i < 20; i++) {
		kit_crash(&k);
		ck_ok(store_member_page(k.db, id, NULL, 0, 1, &r, &e));
		ck_ok(rows_next(r, &got, &e));
		ck_assert_int_eq(rows_num(r, 11), 1);
		rows_done(MOVE(r));
	}
	kit_run(&k, id, MANY);
	kit_walked(&k, dev, 1, 2);
	/* request, trigger, restart, normal operation: four ids, whatever was repeated */
	ck_ok(store_member_page(k.db, id, NULL, 0, 1, &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert_int_eq(rows_num(r, 11), 4);
}
END_TEST

START_TEST(T41_a_death_between_the_commit_and_the_sending_is_made_good_by_the_restart)
{
	for (int n = 1;; n++) {
		KIT(k, 46);
		int64_t dev = kit_fake(&k, "d1", 1, ""), id;
		bool lost;

		fake_lose(k.world, n);
		id = kit_started(&k, "d", 2, 10, 0);
		for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0 && !fake_lost(k.world); i++)
			kit_round(&k, 250);
		lost = fake_lost(k.world);
		if (lost)
			kit_crash(&k);
		kit_run(&k, id, 200); /* far fewer than any timeout */
		ck_assert_msg(kit_state(&k, id).state == CAMPAIGN_DONE, "command %d was lost for good", n);
		kit_walked(&k, dev, 1, 2);
		ck_assert_int_eq(fake_triggers(k.world, dev), 1);
		if (!lost)
			break;
	}
}
END_TEST

START_TEST(after_a_long_absence_of_the_service_silence_is_counted_anew)
{
	KIT(k, 44);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 3, 10, 0);

	for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0; i++) {
		kit_round(&k, 250);
		k.now += 30 * INT64_C(86400000);
		kit_crash(&k);
	}
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	kit_walked(&k, dev, 1, 3);
}
END_TEST

/* ---- random histories ---- */

static const char *const moods[] = {
	"",       "",         "refuse=1", "refuse=2",        "fail=1",           "verify=1",
	"stay=1", "noboot=1", "fail=2",   "verify=1;fail=1", "refuse=1;noboot=1"
};

/* One history: some devices of mixed mood, deaths, faults and pauses at random moments. */
static void history(struct kit *k, int number)
{
	char prefix[16], name[32];
	int64_t dev[4], id, n = 1 + (int64_t)rnd_below(&k->rnd, 4);
	int from = 1 + (int)rnd_below(&k->rnd, 2), to = from + 1 + (int)rnd_below(&k->rnd, 3);
	uint64_t death = 3 + rnd_below(&k->rnd, 40);
	int rounds;

	runner_free(k->runner);
	fake_world_free(k->world);
	k->world = fake_world_new(rnd_seeded(rnd_u64(&k->rnd)));
	kit_runner(k, NULL);
	snprintf(prefix, sizeof prefix, "h%d-", number);
	for (int64_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s%d", prefix, (int)i);
		dev[i] = kit_fake(k, name, from, moods[rnd_below(&k->rnd, sizeof moods / sizeof *moods)]);
	}
	id = kit_started(k, prefix, to, 1 + (int)rnd_below(&k->rnd, 4), 0);
	for (rounds = 0; rounds < MANY && kit_state(k, id).ended_at < 0; rounds++) {
		struct campaign_ctx c = { k->db,     catalog_current(k->view),
					  k->images, CPL_STALE_BLOCKS_MS,
					  SCOPE_ALL, NULL };
		struct actor who = kit_who(k);
		struct err e;

		round_or_crash(k, (int64_t)rnd_below(&k->rnd, 900));
		if (rnd_below(&k->rnd, death) == 0)
			kit_crash(k);
		if (rnd_below(&k->rnd, 40) == 0) { /* the next death comes from the disk */
			runner_free(k->runner);
			kit_runner(k, db_fault_wrap(open_store(k->dsn), (int)rnd_below(&k->rnd, 120)));
			if (runner_recover(k->runner, &e))
				kit_crash(k);
		}
		if (rnd_below(&k->rnd, 60) == 0 && kit_state(k, id).state == CAMPAIGN_RUNNING)
			ck_ok(campaign_pause(&c, &who, id, &e));
		else if (kit_state(k, id).state == CAMPAIGN_PAUSED)
			ck_ok(campaign_resume(&c, &who, id, &e));
	}
	ck_assert_msg(kit_state(k, id).state == CAMPAIGN_DONE, "history %d: %s after %d rounds", number,
		      campaign_state_text[kit_state(k, id).state], rounds);
	ck_assert_int_eq(kit_state(k, id).n[PHASE_DONE], n);
	ck_assert_int_eq(kit_state(k, id).n_hops, n * (to - from));
	for (int64_t i = 0; i < n; i++)
		kit_walked(k, dev[i], from, to);
}

START_TEST(T08_T41_random_histories_of_deaths_faults_and_pauses_end_with_every_hop_once)
{
	const char *text = getenv("FIRPATH_INTERLEAVINGS");
	int many = text ? (int)strtol(text, NULL, 10) : 300;
	KIT(k, 45);

	k.set.retry_wait = 300;
	for (int i = 0; i < many; i++) {
		history(&k, i);
		if (i % 100 == 99) { /* stores grow; a fresh one keeps this quick */
			kit_done(&k);
			kit_open(&k, _i, (uint64_t)i);
			k.set.retry_wait = 300;
		}
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("runner_crash");
	TCase *tc = tcase_create("deaths");

	tcase_set_timeout(tc, 7200);
	tcase_add_loop_test(tc, T41_a_fault_at_every_driver_call_loses_and_doubles_nothing, 0, STORES);
	tcase_add_loop_test(tc, T41_a_death_after_every_round_loses_and_doubles_nothing, 0, STORES);
	tcase_add_loop_test(tc, identities_are_resolved_again_when_the_round_that_did_it_was_not_kept, 0,
			    STORES);
	tcase_add_loop_test(tc, a_restart_repeats_the_stored_command_with_its_id, 0, STORES);
	tcase_add_loop_test(tc, T41_a_death_between_the_commit_and_the_sending_is_made_good_by_the_restart, 0,
			    STORES);
	tcase_add_loop_test(tc, after_a_long_absence_of_the_service_silence_is_counted_anew, 0, STORES);
	tcase_add_loop_test(tc, T08_T41_random_histories_of_deaths_faults_and_pauses_end_with_every_hop_once,
			    0, 1);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
