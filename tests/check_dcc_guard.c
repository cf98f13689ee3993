/* SPDX-License-Identifier: Apache-2.0 */
/* What the door of meters must not do although a job waits for it: things that change between the moment a
 * meter is asked for and the moment it is pushed, days later, and a DCC that cannot be reached. */
#include "dcc_kit.h"

#include <inttypes.h>

#include "base/json.h"
#include "core/meter.h"
#include "store/store_cycle.h"

#define DONE(w, id, m) ck_assert_str_eq(kit_phase(&(w)->k, id, (m)->name, phase), "done")

/* Rounds until the job stands at the window that is shut. */
static int64_t to_the_window(struct mk_world *w, struct mk_meter *m)
{
	int64_t id;

	mk_conf(w, "dcc_window", "03:00-04:00");
	mk_door(w, NULL);
	id = mk_campaign(w, 2);
	for (int i = 0; i < 60 && !(mk_count(w, "11.1", 8, NULL) && !strcmp(mk_job(w, m).reason, "window"));
	     i++)
		mk_round(w, 500);
	ck_assert_str_eq(mk_job(w, m).state, "verified");
	ck_assert_str_eq(mk_job(w, m).reason, "window");
	return id;
}

/* 03:10 of the day after, and some rounds there. */
static void in_the_window(struct mk_world *w, int rounds)
{
	w->k.now += 86400000 - w->k.now % 86400000 + 11400000;
	mk_rounds(w, rounds, 10000);
}

START_TEST(feature_22_what_is_verified_waits_while_its_campaign_is_paused)
{
	WORLD(w, 1);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	struct actor who = kit_who(&w.k);
	struct campaign_ctx ctx;
	struct err e;
	int64_t id = to_the_window(&w, m);

	ctx = kit_ctx(&w.k);
	ck_ok(campaign_pause(&ctx, &who, id, &e));
	in_the_window(&w, 60);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	ck_assert_str_eq(mk_job(&w, m).reason, "campaign-paused");
	ctx = kit_ctx(&w.k);
	ck_ok(campaign_resume(&ctx, &who, id, &e));
	runner_wake(w.k.runner);
	in_the_window(&w, 60);
	mk_finish(&w, id);
	DONE(&w, id, m);
}
END_TEST

START_TEST(feature_9_a_hop_that_stands_no_more_is_not_activated_though_the_image_is_there)
{
	WORLD(w, 2);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id = to_the_window(&w, m);

	kit_block(&w.k, 2, 1);
	in_the_window(&w, 60);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	ck_assert_int_eq(m->runs, 1);
	ck_assert_str_eq(mk_job(&w, m).reason, "edge-blocked");
	ck_assert_int_lt(kit_state(&w.k, id).ended_at, 0);
}
END_TEST

START_TEST(feature_22_a_dated_activation_is_taken_back_when_its_hop_falls_and_not_when_its_campaign_rests)
{
	for (int blocked = 0; blocked < 2; blocked++) {
		WORLD(w, 12);
		struct mk_meter *m = mk_meter(&w, "ESME", 1);
		struct actor who = kit_who(&w.k);
		struct campaign_ctx ctx;
		struct err e;
		int64_t id;

		mk_conf(&w, "dcc_window", "03:00-04:00");
		mk_conf(&w, "dcc_future", "yes");
		mk_door(&w, NULL);
		id = mk_campaign(&w, 2);
		mk_rounds(&w, 40, 500);
		ck_assert_str_eq(mk_job(&w, m).state, "scheduled");
		ctx = kit_ctx(&w.k);
		if (blocked)
			kit_block(&w.k, 2, 1);
		else
			ck_ok(campaign_pause(&ctx, &who, id, &e));
		mk_rounds(&w, 30, 60000);
		ck_assert_str_eq(mk_job(&w, m).state, blocked ? "canceled" : "scheduled");
		ck_assert_int_eq(m->pending != 0, !blocked);
		ck_assert_int_eq(m->runs, 1);
		if (blocked)
			ck_assert_int_eq(mk_last(&w, "11.3", 4, m)->m->at, GBCS_CANCEL_AT);
	}
}
END_TEST

START_TEST(feature_11_a_removed_entry_is_not_activated_and_goes_on_when_it_is_restored)
{
	WORLD(w, 3);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id = to_the_window(&w, m);

	kit_state_put(&w.k, 2, true, 0, 0);
	in_the_window(&w, 60);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	ck_assert_str_eq(mk_job(&w, m).reason, "entry-removed");
	kit_state_put(&w.k, 2, false, 0, 0);
	in_the_window(&w, 90);
	mk_finish(&w, id);
	DONE(&w, id, m);
}
END_TEST

/* What changed between the request for a Pre-Command and its answer. */
enum { SHUT_QUARANTINE, SHUT_AUTHORITY, SHUT_HELD, SHUT_WINDOW, SHUT_EDGE, SHUTS };
START_TEST(feature_20_a_pre_command_is_not_signed_when_something_bars_it_meanwhile)
{
	for (int shut = 0; shut < SHUTS; shut++) {
		WORLD(w, 4);
		struct mk_meter *m = mk_meter(&w, "ESME", 1);

		if (shut == SHUT_WINDOW) {
			to_the_window(&w, m);
			w.k.now += 86400000 - w.k.now % 86400000 + 14380000; /* 03:59:40 */
		} else {
			mk_campaign(&w, 2);
		}
		mk_until(&w, "11.3", 4, m);
		if (shut == SHUT_QUARANTINE)
			mk_sql(&w, "UPDATE meter SET quarantine = 'somebody looks'");
		if (shut == SHUT_AUTHORITY)
			mk_sql(&w, "UPDATE meter SET authority = 'lost'");
		if (shut == SHUT_HELD)
			mk_sql(&w, "UPDATE dcc_user SET held = 'N49'");
		if (shut == SHUT_WINDOW)
			w.k.now += 60000;
		if (shut == SHUT_EDGE)
			kit_block(&w.k, 2, 1);
		mk_rounds(&w, 30, 1000);
		ck_assert_msg(!mk_count(&w, "11.3", 5, m), "signed though it was barred (%d)", shut);
		ck_assert_int_eq(m->runs, 1);
		ck_assert_int_eq(mk_job(&w, m).activations, 0);
		ck_assert_str_eq(mk_job(&w, m).state, shut == SHUT_AUTHORITY ? "lost" : "verified");
	}
}
END_TEST

START_TEST(feature_20_what_is_in_quarantine_is_in_no_distribution)
{
	WORLD(w, 5);
	struct mk_meter *a, *b;
	int64_t id;

	mk_conf(&w, "dcc_gather", "5m");
	mk_door(&w, NULL);
	mk_sql(&w, "INSERT INTO han_rule (name, applies_class, needs_class, needs_gbcs, source, stated_by, "
		   "stated_at) VALUES ('r', 'PPMID', 'CHF', '', 'a test', 'a', 1)");
	a = mk_meter(&w, "PPMID", 1);
	b = mk_meter(&w, "PPMID", 1);
	mk_hub(&w, a, 2);
	mk_hub(&w, b, 2);
	mk_sql(&w, "UPDATE han_rule SET needs_ids = '000002'");
	id = mk_campaign(&w, 2);
	mk_rounds(&w, 20, 500);
	ck_assert_str_eq(mk_job(&w, a).state, "ready");
	mk_sql(&w, "UPDATE meter SET quarantine = 'somebody looks' WHERE device_id = %" PRId64, a->device);
	mk_rounds(&w, 40, 20000);
	ck_assert_int_eq(mk_count(&w, "11.4", 8, NULL), 1); /* an 11.4 activates by itself */
	ck_assert_uint_eq(mk_last(&w, "11.4", 8, NULL)->m->list[DUIS_LIST_INVALID].n, 1);
	ck_assert(mk_last(&w, "11.4", 8, NULL)->m->list[DUIS_LIST_INVALID].v[0] == b->eui);
	ck_assert_str_eq(mk_job(&w, a).state, "ready");
	ck_assert_str_eq(mk_job(&w, a).reason, "barred");
	mk_sql(&w, "UPDATE meter SET quarantine = ''");
	mk_rounds(&w, 40, 20000);
	ck_assert_int_eq(mk_count(&w, "11.4", 8, NULL), 2);
	ck_assert_int_lt(kit_state(&w.k, id).ended_at, 0);
}
END_TEST

START_TEST(feature_11_no_image_of_a_removed_entry_leaves)
{
	WORLD(w, 6);
	struct mk_meter *m;

	mk_conf(&w, "dcc_gather", "5m");
	mk_door(&w, NULL);
	m = mk_meter(&w, "ESME", 1);
	mk_campaign(&w, 2);
	mk_rounds(&w, 20, 500);
	ck_assert_str_eq(mk_job(&w, m).state, "ready");
	kit_state_put(&w.k, 2, true, 0, 0);
	mk_rounds(&w, 40, 20000);
	ck_assert_int_eq(mk_count(&w, "11.1", 8, NULL), 0);
	ck_assert_str_eq(mk_job(&w, m).state, "ready");
	ck_assert_str_eq(mk_job(&w, m).reason, "entry-removed");
}
END_TEST

/* Three hours without a connection: nothing ends for that, little is asked, no budget is spent. */
START_TEST(feature_19_a_dcc_that_cannot_be_reached_for_hours_ends_no_job)
{
	WORLD(w, 7);
	struct mk_meter *m[4];
	int64_t id;
	int asked = 0;

	for (int i = 0; i < 4; i++)
		m[i] = mk_meter(&w, "ESME", 1);
	m[0]->no_alerts = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	w.manual = true;
	for (int i = 0; i < 1080; i++) {
		for (int k = 0; k < w.nsaid; k++)
			if (!w.said[k].answered)
				mk_lost(&w, &w.said[k], 503);
		mk_round(&w, 10000);
	}
	asked = w.nsaid;
	for (int i = 0; i < 4; i++)
		ck_assert_msg(mk_job(&w, m[i]).ended_at < 0, "%s: %s", mk_job(&w, m[i]).state,
			      mk_job(&w, m[i]).reason);
	ck_assert_int_lt(asked, 400);
	w.manual = false;
	m[0]->no_alerts = false;
	for (int i = 0; i < 400 && kit_state(&w.k, id).ended_at < 0; i++)
		mk_round(&w, 10000);
	for (int i = 0; i < 4; i++)
		DONE(&w, id, m[i]);
}
END_TEST

START_TEST(an_8f72_of_an_earlier_job_says_nothing_of_one_that_never_left)
{
	WORLD(w, 8);
	struct mk_meter *m;

	mk_conf(&w, "dcc_gather", "5m");
	mk_door(&w, NULL);
	m = mk_meter(&w, "ESME", 1);
	mk_campaign(&w, 2);
	mk_rounds(&w, 20, 500);
	mk_say_image(&w, m, true, 2);
	mk_rounds(&w, 20, 500);
	ck_assert_str_eq(mk_job(&w, m).state, "ready");
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
}
END_TEST

START_TEST(a_change_of_status_that_names_none_makes_the_inventory_be_read)
{
	WORLD(w, 9);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	struct duis_message *a;

	mk_sql(&w, "UPDATE meter SET status = 'Decommissioned'");
	w.manual = true;
	a = mk_alert("N8", DUIS_STATUS_CHANGED, m->eui);
	str_copy(a->detail, sizeof a->detail, "DeviceRemovedFromInventory");
	mk_bring(&w, a);
	mk_rounds(&w, 6, 500);
	ck_assert_str_eq(mk_row(&w, m).status, "Decommissioned");
	ck_assert_int_eq(mk_count(&w, "8.2", 8, NULL), 1);
}
END_TEST

START_TEST(feature_22_a_wish_to_take_back_is_not_pushed_aside_by_another)
{
	WORLD(w, 10);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	OWN(json_free) struct json *read = NULL;
	struct actor who = kit_who(&w.k);
	STR(out, 4 * KIB);
	struct err e;

	ck_ok(json_parse("{\"command\":\"read-version\"}", 26, &read, &e));
	mk_sql(&w, "UPDATE meter SET wish = '%s', wish_at = %" PRId64, METER_WISH_CANCEL, w.k.now);
	ck_refused(meter_command(w.k.db, SCOPE_ALL, &who, m->name, read, &out, &e), ERR_CONFLICT,
		   METER_WISH_CANCEL);
	ck_assert_str_eq(mk_row(&w, m).wish, METER_WISH_CANCEL);
	mk_sql(&w, "UPDATE meter SET wish = '%s', wish_at = %" PRId64, METER_WISH_INVENTORY, w.k.now);
	ck_ok(meter_command(w.k.db, SCOPE_ALL, &who, m->name, read, &out, &e));
	ck_assert_str_eq(mk_row(&w, m).wish, METER_WISH_READ);
}
END_TEST

static void rounds_with_trouble(struct mk_world *w, int n)
{
	int64_t moves;
	struct err e;

	for (int i = 0; i < n; i++) {
		w->k.now += 1000;
		mk_play(w);
		if (dcc_door_round(w->door, 0, &e))
			ck_assert_int_ne(e.code, OK);
		if (runner_round(w->k.runner, 0, &moves, &e))
			ck_assert_int_eq(e.code, ERR_BUSY);
	}
}

/* A row that cannot be written must not stop the others (SQLite: a trigger plays the broken row). */
START_TEST(one_row_that_always_fails_does_not_stop_the_others)
{
	WORLD(w, 11);
	struct mk_meter *a = mk_meter(&w, "ESME", 1), *b = mk_meter(&w, "ESME", 1);
	int64_t id;

	if (_i != STORE_SQLITE)
		return;
	a->no_alerts = b->no_alerts = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	a->no_alerts = b->no_alerts = false;
	w.manual = true; /* nobody answers: both are due at the same time */
	mk_sql(&w,
	       "CREATE TRIGGER broken BEFORE UPDATE ON meter_job WHEN NEW.device_id = %" PRId64
	       " BEGIN SELECT RAISE(ABORT, 'broken'); END",
	       a->device);
	rounds_with_trouble(&w, 130);
	w.manual = false;
	rounds_with_trouble(&w, 270);
	DONE(&w, id, b);
	ck_assert_str_eq(mk_job(&w, a).state, "sent");
	mk_sql(&w, "DROP TRIGGER broken");
	rounds_with_trouble(&w, 400);
	DONE(&w, id, a);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		feature_22_what_is_verified_waits_while_its_campaign_is_paused,
		feature_9_a_hop_that_stands_no_more_is_not_activated_though_the_image_is_there,
		feature_22_a_dated_activation_is_taken_back_when_its_hop_falls_and_not_when_its_campaign_rests,
		feature_11_a_removed_entry_is_not_activated_and_goes_on_when_it_is_restored,
		feature_20_a_pre_command_is_not_signed_when_something_bars_it_meanwhile,
		feature_20_what_is_in_quarantine_is_in_no_distribution,
		feature_11_no_image_of_a_removed_entry_leaves,
		feature_19_a_dcc_that_cannot_be_reached_for_hours_ends_no_job,
		an_8f72_of_an_earlier_job_says_nothing_of_one_that_never_left,
		a_change_of_status_that_names_none_makes_the_inventory_be_read,
		feature_22_a_wish_to_take_back_is_not_pushed_aside_by_another,
		one_row_that_always_fails_does_not_stop_the_others,
	};

	return STORES_RUN("dcc_guard", all, 300);
}
