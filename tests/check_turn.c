/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns over charging stations: whose turn it is among the components of one station, what may not be
 * moved now, and what may not be moved at all. Sets, waves, areas and spread are in check_wave.c; deaths in
 * check_turn_crash.c. */
#include "station_world.h"

#include <inttypes.h>

#include "store/store_turn.h"

#define LATEST "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"spread\":\"0s\"}"

START_TEST(a_station_of_one_piece_walks_its_hops_and_is_proven_at_each)
{
	SW(w, 1);
	int64_t id;

	sw_part(&w, "default", 4, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0 }, "");
	id = sw_campaign(&w, LATEST);
	ck_assert_int_lt(sw_run(&w, id, MANY), MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "done");
	ck_assert_int_eq(w.station[0].runs[0], 3);
	ck_assert_int_eq(w.station[0].installs, 3);
	ck_assert_int_eq(kit_state(&w.k, id).n_hops, 3);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(trap_a_station_that_cannot_be_touched_now_uses_up_no_try_and_gives_its_place_away)
{
	SW(w, 2);
	int64_t id;

	w.k.set.request_tries = 2;
	kit_crash(&w.k);
	sw_part(&w, "default", 2, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0 }, "");
	sw_station(&w, "S2", (int[]){ 0 }, "");
	w.station[0].not_now = 20;
	id = sw_campaign(
	    &w, "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"spread\":\"0s\","
		"\"max_active\":1}");
	for (int i = 0; i < MANY && strncmp(SW_PHASE(id, "S1"), "queued:not-now", 14) != 0; i++)
		sw_round(&w, 250);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "queued:not-now:transaction");
	for (int i = 0; i < 200; i++) /* S1 does not stand in the way of S2 */
		sw_round(&w, 250);
	ck_assert_str_eq(SW_PHASE(id, "S2"), "done");
	for (int i = 0; i < MANY && kit_state(&w.k, id).ended_at < 0; i++)
		sw_round(&w, 5000);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "done");
	ck_assert_int_eq(w.station[0].not_now, 0);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(trap_a_door_that_says_nothing_is_no_failure_and_a_download_that_lasts_for_days_is_none)
{
	SW(w, 3);
	int64_t id;

	sw_part(&w, "default", 2, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0 }, "");
	sw_station(&w, "S2", (int[]){ 0 }, "");
	id = sw_campaign(&w, LATEST);
	for (int i = 0; i < 200 && w.station[1].device[0].state != BBUM_UPDATE; i++) {
		w.station[0].silent =
		    w.station[0].device[0].state == BBUM_NORMAL && w.station[0].device[0].seq;
		sw_round(&w, 250);
	}
	w.station[1].device[0].work = 1000000;
	for (int i = 0; i < 60; i++)
		sw_round(&w, 2 * 3600 * 1000);
	ck_assert_str_eq(SW_PHASE(id, "S2"), "active");
	w.station[0].silent = false;
	w.station[1].device[0].work = 1;
	for (int i = 0; i < MANY && kit_state(&w.k, id).ended_at < 0; i++)
		sw_round(&w, 5000);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "done");
	ck_assert_str_eq(SW_PHASE(id, "S2"), "done");
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(trap_installed_with_the_version_unchanged_ends_the_walk_without_another_try)
{
	SW(w, 4);
	int64_t id;

	sw_part(&w, "default", 2, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0 }, "");
	sw_station(&w, "S2", (int[]){ 0 }, "");
	w.station[0].fail = 9;
	w.station[0].error = "version-unchanged";
	w.station[1].fail = 1; /* a download may be tried again */
	id = sw_campaign(&w, LATEST);
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "failed:version-unchanged");
	ck_assert_int_eq(w.station[0].fail, 8);
	ck_assert_str_eq(SW_PHASE(id, "S2"), "done");
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(T10_components_move_in_the_order_that_their_needs_leave)
{
	SW(w, 5);
	int a, b;
	int64_t id;

	/* A 1.1 needs B 1.1 or later; B 1.2 needs A 1.1: B, A, B. */
	a = sw_part(&w, "A", 2, false);
	b = sw_part(&w, "B", 3, false);
	sw_need(&w, a, 1, false, b, 6);
	sw_need(&w, b, 2, false, a, 2);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	id = sw_campaign(&w, LATEST);
	ck_assert_int_lt(sw_run(&w, id, MANY), MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "done");
	ck_assert_str_eq(SW_PHASE(id, "S1:B"), "done");
	ck_assert_int_eq(w.station[0].installs, 3);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(T10_components_that_need_each_other_move_in_one_request)
{
	SW(w, 6);
	struct store_companion c[4];
	int a, b;
	int64_t id;
	struct err e;
	size_t n;

	a = sw_part(&w, "A", 2, false);
	b = sw_part(&w, "B", 2, false);
	sw_need(&w, a, 1, false, b, 2);
	sw_need(&w, b, 1, false, a, 2);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	id = sw_campaign(&w, LATEST);
	ck_assert_int_lt(sw_run(&w, id, MANY), MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "done");
	ck_assert_str_eq(SW_PHASE(id, "S1:B"), "done");
	ck_assert_int_eq(w.station[0].installs, 1);
	ck_ok(store_companion_list(w.k.db, 1, 1, 4, c, &n, &e)); /* of the first hop of the first walk */
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(c[0].device_id, w.station[0].device[b].id);
	ck_assert_int_eq(c[0].to_id, w.part[b].entry[1]);
	ck_assert_int_eq(w.station[0].runs[a] + w.station[0].runs[b], 2);
}
END_TEST

START_TEST(T10_what_no_order_allows_is_held_with_the_pair_named)
{
	SW(w, 7);
	OWN(rows_done) struct rows *r = NULL;
	int a, b;
	int64_t id;
	struct err e;
	bool got;

	a = sw_part(&w, "A", 2, false);
	b = sw_part(&w, "B", 2, false);
	sw_need(&w, a, 1, true, b, 3);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	id = sw_campaign(&w, LATEST);
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "held:incompatible");
	ck_ok(store_member_page(w.k.db, id, NULL, 0, 10, &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert_msg(strstr(rows_text(r, 4), "A 1.1") && strstr(rows_text(r, 4), "B 1."), "%s",
		      rows_text(r, 4));
	ck_assert_int_eq(w.station[0].runs[a], 0);
	ck_assert_str_eq(SW_PHASE(id, "S1:B"), "done"); /* what does not need the pair goes on */
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_22_a_regulated_component_without_certificate_and_approval_is_never_pushed)
{
	SW(w, 8);
	int a;
	int64_t id;

	a = sw_part(&w, "A", 2, false);
	sw_part(&w, "B", 2, false);
	w.part[a].regulated = true;
	w.part[a].approved = false;
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	id = sw_campaign(&w, LATEST);
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "held:not-approved");
	ck_assert_str_eq(SW_PHASE(id, "S1:B"), "done");
	ck_assert_int_eq(w.station[0].runs[a], 0);
}
END_TEST

START_TEST(a_component_whose_version_nobody_knows_holds_its_station)
{
	SW(w, 9);
	int64_t id;

	sw_part(&w, "A", 2, false);
	sw_part(&w, "B", 2, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 4 }, "");
	id = sw_campaign(&w, LATEST);
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "held:component-unknown:B");
	ck_assert_int_eq(w.station[0].runs[0], 0);
}
END_TEST

START_TEST(F9_a_release_withdrawn_between_plan_and_push_is_not_pushed)
{
	SW(w, 10);
	int64_t id;
	struct actor who;
	struct err e;
	int64_t rev;

	sw_part(&w, "default", 2, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0 }, "");
	id = sw_campaign(&w, LATEST);
	for (int i = 0; i < 100 && sw_walk(&w, 0, 0).cm != CM_ASKED; i++)
		sw_round(&w, 250);
	ck_assert_int_eq(sw_walk(&w, 0, 0).cm, CM_ASKED);
	{
		TX(tx);
		who = kit_who(&w.k);
		ck_ok(tx_begin(&tx, w.k.db, true, &e));
		ck_ok(ledger_advance(w.k.db, &who, "withdrawn", &rev, &e));
		ck_ok(tx_keep(&tx, &e));
	}
	sw_script(&w, "UPDATE release SET state = 'withdrawn'");
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1"), "held:release-withdrawn");
	ck_assert_int_eq(w.station[0].runs[0], 0);
}
END_TEST

START_TEST(two_campaigns_never_walk_one_station_at_once)
{
	SW(w, 11);
	int64_t one, two;

	sw_part(&w, "A", 3, false);
	sw_part(&w, "B", 3, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	one = sw_campaign(
	    &w, "{\"name\":\"a\",\"target\":\"ocpp:Volt/One/A@1.2\",\"members\":{\"devices\":[\"S1\"]},"
		"\"spread\":\"0s\"}");
	two = sw_campaign(
	    &w, "{\"name\":\"b\",\"target\":\"ocpp:Volt/One/B@1.2\",\"members\":{\"devices\":[\"S1\"]},"
		"\"spread\":\"0s\"}");
	sw_run(&w, one, MANY);
	sw_run(&w, two, MANY);
	ck_assert_str_eq(kit_phase(&w.k, one, "S1:A", phase), "done");
	ck_assert_str_eq(kit_phase(&w.k, two, "S1:B", phase), "done");
	ck_assert_int_eq(w.station[0].installs, 4);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_station_of_one_piece_walks_its_hops_and_is_proven_at_each,
		trap_a_station_that_cannot_be_touched_now_uses_up_no_try_and_gives_its_place_away,
		trap_a_door_that_says_nothing_is_no_failure_and_a_download_that_lasts_for_days_is_none,
		trap_installed_with_the_version_unchanged_ends_the_walk_without_another_try,
		T10_components_move_in_the_order_that_their_needs_leave,
		T10_components_that_need_each_other_move_in_one_request,
		T10_what_no_order_allows_is_held_with_the_pair_named,
		feature_22_a_regulated_component_without_certificate_and_approval_is_never_pushed,
		a_component_whose_version_nobody_knows_holds_its_station,
		F9_a_release_withdrawn_between_plan_and_push_is_not_pushed,
		two_campaigns_never_walk_one_station_at_once,
	};

	return STORES_RUN("turn", all, 120);
}
