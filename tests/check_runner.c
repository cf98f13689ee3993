/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns walked to their end by the runner over the fake adapter: order, limits, refusals, failures, lies,
 * withdrawals. Rests and stops are in check_runner_rest.c, deaths in check_runner_crash.c. */
#include "fleet_kit.h"

#include "base/str.h"
#include "store/store_fleet.h"

START_TEST(a_device_walks_every_hop_in_order_and_confirms_each_itself)
{
	KIT(k, 1);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 4, 10, 0);
	struct store_campaign c;

	ck_assert_int_lt(kit_run(&k, id, MANY), MANY);
	c = kit_state(&k, id);
	ck_assert_int_eq(c.state, CAMPAIGN_DONE);
	ck_assert_int_eq(c.n_hops, 3);
	ck_assert_int_gt(c.ended_at, c.started_at);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	kit_walked(&k, dev, 1, 4);
	ck_assert_int_eq(fake_triggers(k.world, dev), 3);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(latest_is_the_end_of_the_chain_and_a_device_that_is_there_is_done_at_once)
{
	KIT(k, 2);
	int64_t a = kit_fake(&k, "d1", KIT_ENTRIES - 1, ""), id;

	kit_fake(&k, "d2", KIT_ENTRIES, "");
	id = kit_started(&k, "d", 0, 10, 0);
	ck_assert_str_eq(PHASE(id, "d2"), "done:already");
	kit_run(&k, id, MANY);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	kit_walked(&k, a, KIT_ENTRIES - 1, KIT_ENTRIES);
}
END_TEST

START_TEST(no_more_walks_are_active_at_once_than_the_campaign_says)
{
	KIT(k, 3);
	int64_t id, most = 0;
	char name[16];

	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof name, "d%d", i);
		kit_fake(&k, name, 1, "");
	}
	id = kit_started(&k, "d", 2, 3, 0);
	for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0; i++) {
		kit_round(&k, 250);
		if (kit_state(&k, id).n[PHASE_ACTIVE] > most)
			most = kit_state(&k, id).n[PHASE_ACTIVE];
	}
	ck_assert_int_eq(most, 3);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_DONE], 9);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_thousand_walks_start_without_waiting_for_the_next_look)
{
	KIT(k, 25);
	STR(csv, 1 << 20);
	int64_t id;

	str_add(&csv, "name,adapter,address,identity\n");
	for (int i = 0; i < 1000; i++)
		str_addf(&csv, "d%d,fake,at=" KIT_MODEL ":00000100;mute," KIT_MODEL ":00000100\n", i);
	kit_import(&k, str_c(&csv));
	id = kit_started(&k, "d", 2, 2000, 0);
	for (int i = 0; i < 5; i++)
		kit_round(&k, 0); /* no time passes */
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 1000);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_refused_request_is_repeated_and_refused_too_often_the_walk_fails)
{
	KIT(k, 4);
	int64_t some, ever, id;

	k.set.request_tries = 4;
	kit_crash(&k);
	some = kit_fake(&k, "d1", 1, "refuse=3");
	ever = kit_fake(&k, "d2", 1, "refuse=99");
	id = kit_started(&k, "d", 2, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(PHASE(id, "d2"), "failed:refused");
	kit_walked(&k, some, 1, 2);
	kit_walked(&k, ever, 1, 1);
	ck_assert_int_eq(fake_triggers(k.world, ever), 0);
}
END_TEST

START_TEST(a_failed_installation_is_tried_again_and_at_last_the_device_is_back_in_normal_operation)
{
	KIT(k, 5);
	int64_t some = kit_fake(&k, "d1", 1, "fail=1;verify=1"), ever = kit_fake(&k, "d2", 1, "fail=99"), id;
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	struct err e;
	bool got;

	id = kit_started(&k, "d", 2, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(PHASE(id, "d2"), "failed:install-failed");
	kit_walked(&k, some, 1, 2);
	ck_assert_int_eq(fake_triggers(k.world, ever), k.set.trigger_tries);
	kit_walked(&k, ever, 1, 1);
	ck_ok(store_device_get(k.db, SEES_ALL, "d2", &r, &d, &got, &e));
	ck_assert_str_eq(d.state, "normal-operation");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_device_that_comes_back_with_the_old_software_is_tried_again)
{
	KIT(k, 6);
	int64_t once = kit_fake(&k, "d1", 1, "stay=1"), ever = kit_fake(&k, "d2", 1, "stay=99");
	int64_t id = kit_started(&k, "d", 2, 10, 0);

	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	kit_walked(&k, once, 1, 2);
	ck_assert_str_eq(PHASE(id, "d2"), "failed:came-back-old");
	kit_walked(&k, ever, 1, 1);
}
END_TEST

START_TEST(T42_a_device_that_lies_about_version_or_hash_is_held_and_goes_no_further)
{
	KIT(k, 7);
	int64_t id;

	kit_fake(&k, "d1", 1, "lie=00009900"); /* no such version */
	kit_fake(&k, "d2", 1, "lie=00000500"); /* a known one that was not installed */
	kit_fake(&k, "d3", 1, "bad-hash");
	id = kit_started(&k, "d", 4, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:version-unknown");
	ck_assert_str_eq(PHASE(id, "d2"), "held:off-path");
	ck_assert_str_eq(PHASE(id, "d3"), "held:hash-differs");
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_HALTED); /* only held walks are left */
	ck_assert_int_eq(kit_state(&k, id).n_hops, 0);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(F9_nothing_is_decided_from_a_catalogue_that_has_changed)
{
	static const char body[] = "{\"name\":\"late\",\"target\":\"3\",\"members\":{\"filter\":{}}}";
	static const char devices[] = "name,identity\nd2," KIT_MODEL ":00000100\n";
	KIT(k, 7);
	int64_t id = (kit_fake(&k, "d1", 1, ""), kit_campaign(&k, "d", 3, 10, 0)), other;
	struct campaign_ctx c = kit_ctx(&k);
	struct actor who = kit_who(&k);
	OWN(snapshot_free) struct snapshot *old = NULL;
	struct fleet_counts counts;
	struct err e;

	ck_ok(snapshot_load(k.db, 0, &old, &e));
	c.snap = old;
	kit_block(&k, 2, 1);
	ck_refused(campaign_create(&c, &who, NULL, body, sizeof body - 1, &other, &e), ERR_BUSY, "changed");
	ck_refused(campaign_start(&c, &who, id, &e), ERR_BUSY, "changed this moment");
	ck_refused(
	    fleet_import(k.db, SCOPE_ALL, old, &who, FLEET_CSV, devices, sizeof devices - 1, &counts, &e),
	    ERR_BUSY, "changed");
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DRAFT);
	c = kit_ctx(&k);
	ck_ok(campaign_start(&c, &who, id, &e));
	kit_consistent(&k, id);
}
END_TEST

START_TEST(F9_an_edge_blocked_between_plan_and_push_is_not_pushed)
{
	KIT(k, 8);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_campaign(&k, "d", 3, 10, 0);
	struct campaign_ctx c = kit_ctx(&k);
	struct actor who = kit_who(&k);
	struct err e;

	ck_ok(campaign_start(&c, &who, id, &e));
	kit_block(&k, 2, 1);
	runner_wake(k.runner);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:edge-blocked");
	ck_assert_int_eq(fake_triggers(k.world, dev), 0);
}
END_TEST

START_TEST(F9_an_edge_blocked_after_the_acceptance_is_cancelled_not_triggered)
{
	/* At whatever round the block comes, a trigger that follows it is a fault. */
	for (int when = 0; when < 60; when++) {
		KIT(k, 9);
		int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 2, 10, 0), before;

		for (int i = 0; i < when; i++)
			kit_round(&k, 250);
		kit_block(&k, 2, 1);
		/* A trigger that was committed before the block may still be on its way to the device. */
		before = kit_state(&k, id).n_events;
		kit_run(&k, id, MANY);
		{
			OWN(rows_done) struct rows *r = NULL;
			struct store_event v;
			struct err e;
			bool got = true;

			ck_ok(store_event_page(k.db, id, before, 1000, &r, &e));
			while (got) {
				ck_ok(store_event_next(r, true, &v, &got, &e));
				if (got)
					ck_assert_str_ne(v.now, "pending");
			}
		}
		PHASE(id, "d1");
		ck_assert_msg(!strcmp(phase, "done") || !strncmp(phase, "held:edge-blocked", 17), "%s",
			      phase);
		if (fake_triggers(k.world, dev) == 0)
			kit_walked(&k, dev, 1, 1);
		else
			kit_walked(&k, dev, 1, 2);
	}
}
END_TEST

START_TEST(what_was_pushed_decides_between_twins_that_the_device_cannot_tell_apart)
{
	KIT(k, 24);
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	int64_t dev, id;
	struct err e;
	bool got;

	/* Entries 2 and 52 have the same version and the same image: only the walk knows which it installed.
	 */
	kit_twin(&k, 52, 2);
	dev = kit_fake(&k, "d1", 1, "");
	id = kit_started(&k, "d", 3, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	kit_walked(&k, dev, 1, 3);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_int_eq(d.entry_id, k.entry[3]);
}
END_TEST

START_TEST(silence_ends_a_walk_with_its_reason)
{
	KIT(k, 15);
	int64_t id;

	k.set.contact_timeout = 60000;
	k.set.install_timeout = 120000;
	kit_crash(&k);
	kit_fake(&k, "d1", 1, "mute");
	kit_fake(&k, "d2", 1, "stall");
	kit_fake(&k, "d3", 1, "");
	id = kit_started(&k, "d", 2, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "failed:no-contact");
	ck_assert_str_eq(PHASE(id, "d2"), "failed:install-timeout");
	ck_assert_str_eq(PHASE(id, "d3"), "done");
}
END_TEST

START_TEST(a_device_in_its_error_state_is_held)
{
	KIT(k, 16);
	int64_t id;

	kit_fake(&k, "d1", 1, "break");
	id = kit_started(&k, "d", 2, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:device-error");
}
END_TEST

START_TEST(a_restart_that_is_refused_is_asked_for_again)
{
	KIT(k, 17);
	int64_t dev = kit_fake(&k, "d1", 1, "noboot=2"), id = kit_started(&k, "d", 2, 10, 0);

	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	kit_walked(&k, dev, 1, 2);
}
END_TEST

START_TEST(a_walk_begins_from_what_the_device_reports_not_from_what_the_inventory_says)
{
	KIT(k, 18);
	char id1[32], id3[32], csv[200];
	int64_t id;
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	struct err e;
	bool got;

	kit_identity(1, id1);
	kit_identity(3, id3);
	snprintf(csv, sizeof csv, "name,adapter,address,identity\nd1,fake,at=%s,%s\n", id3, id1);
	kit_import(&k, csv);
	id = kit_started(&k, "d", 4, 10, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_int_eq(kit_state(&k, id).n_hops, 1);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.told_by, "device");
	kit_walked(&k, d.id, 3, 4);
}
END_TEST

START_TEST(a_device_is_walked_by_one_campaign_at_a_time)
{
	KIT(k, 19);
	int64_t dev = kit_fake(&k, "d1", 1, ""), a = kit_started(&k, "d", 3, 10, 0),
		b = kit_started(&k, "d", 5, 10, 0);

	for (int i = 0; i < MANY && (kit_state(&k, a).ended_at < 0 || kit_state(&k, b).ended_at < 0); i++) {
		ck_assert_int_le(kit_state(&k, a).n[PHASE_ACTIVE] + kit_state(&k, b).n[PHASE_ACTIVE], 1);
		kit_round(&k, 250);
	}
	ck_assert_int_eq(kit_state(&k, a).state, CAMPAIGN_DONE);
	ck_assert_int_eq(kit_state(&k, b).state, CAMPAIGN_DONE);
	kit_walked(&k, dev, 1, 5);
}
END_TEST

START_TEST(an_identity_that_a_new_entry_makes_clear_is_resolved_when_the_catalogue_changes)
{
	KIT(k, 20);
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	struct err e;
	bool got;

	kit_import(&k, "name,identity\nd1," KIT_MODEL ":00000900\n");
	kit_round(&k, 250);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.entry_why, "unknown");
	rows_done(MOVE(r));
	kit_entry(&k, 9, 0, 0, NULL, NULL);
	for (int i = 0; i < 10; i++)
		kit_round(&k, 1000);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.entry_why, "known");
}
END_TEST

START_TEST(a_silent_device_is_lost_and_found_again)
{
	KIT(k, 21);
	OWN(rows_done) struct rows *r = NULL;
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 2, 10, 0);
	struct report quiet = { .device_id = dev,
				.seen_only = true,
				.status = { .progress = 40, .step = "idle" } };
	struct store_device d;
	struct err e;
	bool got;

	kit_run(&k, id, MANY);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.life, "ok");
	rows_done(MOVE(r));
	/* The fake goes on talking while it is ticked: take it away. */
	runner_free(k.runner);
	fake_world_free(k.world);
	k.world = fake_world_new(rnd_seeded(5));
	kit_runner(&k, NULL);
	for (int i = 0; i < 70; i++)
		kit_round(&k, 10000);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.life, "lost");
	rows_done(MOVE(r));
	ck_assert(runner_post(k.runner, &quiet));
	for (int i = 0; i < 3; i++)
		kit_round(&k, 10000);
	ck_ok(store_device_get(k.db, SEES_ALL, "d1", &r, &d, &got, &e));
	ck_assert_str_eq(d.life, "ok");
	ck_assert_int_eq(d.progress, 40);
	ck_assert_str_eq(d.step, "idle");
}
END_TEST

START_TEST(two_runners_over_one_store_push_nothing_twice)
{
	KIT(k, 22);
	struct runner *other = NULL;
	int64_t dev[5], id;
	char name[16];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "d%d", i);
		dev[i] = kit_fake(&k, name, 1, "");
	}
	other = k.runner;
	kit_runner(&k, NULL); /* both play the same devices */
	id = kit_started(&k, "d", 4, 5, 0);
	for (int i = 0; i < MANY && kit_state(&k, id).ended_at < 0; i++) {
		struct runner *swap = k.runner;

		kit_round(&k, 120);
		k.runner = other;
		other = swap;
	}
	runner_free(other);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	for (int i = 0; i < 5; i++) {
		kit_walked(&k, dev[i], 1, 4);
		ck_assert_int_eq(fake_triggers(k.world, dev[i]), 3);
	}
	kit_consistent(&k, id);
}
END_TEST

START_TEST(the_story_of_a_walk_is_told_hop_by_hop)
{
	KIT(k, 23);
	int64_t id, last;
	STR(out, 1 << 20);
	struct err e;

	kit_fake(&k, "d1", 1, "refuse=1");
	kit_fake(&k, "d2", 1, "fail=99");
	id = kit_started(&k, "d", 3, 10, 0);
	kit_run(&k, id, MANY);
	ck_ok(campaign_report(k.db, kit_snap(&k), id, NULL, 0, 100, &out, &last, &e));
	ck_assert_int_eq(last, 0);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"device\":\"d1\",\"phase\":\"done\""));
	ck_assert_ptr_nonnull(
	    strstr(str_c(&out), "{\"n\":1,\"from\":\"000001\",\"to\":\"000002\",\"tries\":1,"));
	ck_assert_ptr_nonnull(
	    strstr(str_c(&out), "{\"n\":2,\"from\":\"000002\",\"to\":\"000003\",\"tries\":1,"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"reason\":\"install-failed\""));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"tries\":3"));
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_device_walks_every_hop_in_order_and_confirms_each_itself,
		latest_is_the_end_of_the_chain_and_a_device_that_is_there_is_done_at_once,
		no_more_walks_are_active_at_once_than_the_campaign_says,
		a_thousand_walks_start_without_waiting_for_the_next_look,
		a_refused_request_is_repeated_and_refused_too_often_the_walk_fails,
		a_failed_installation_is_tried_again_and_at_last_the_device_is_back_in_normal_operation,
		a_device_that_comes_back_with_the_old_software_is_tried_again,
		T42_a_device_that_lies_about_version_or_hash_is_held_and_goes_no_further,
		F9_nothing_is_decided_from_a_catalogue_that_has_changed,
		F9_an_edge_blocked_between_plan_and_push_is_not_pushed,
		F9_an_edge_blocked_after_the_acceptance_is_cancelled_not_triggered,
		what_was_pushed_decides_between_twins_that_the_device_cannot_tell_apart,
		silence_ends_a_walk_with_its_reason,
		a_device_in_its_error_state_is_held,
		a_restart_that_is_refused_is_asked_for_again,
		a_walk_begins_from_what_the_device_reports_not_from_what_the_inventory_says,
		a_device_is_walked_by_one_campaign_at_a_time,
		an_identity_that_a_new_entry_makes_clear_is_resolved_when_the_catalogue_changes,
		a_silent_device_is_lost_and_found_again,
		two_runners_over_one_store_push_nothing_twice,
		the_story_of_a_walk_is_told_hop_by_hop,
	};

	return STORES_RUN("runner", all, 240);
}
