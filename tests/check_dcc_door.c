/* SPDX-License-Identifier: Apache-2.0 */
/* The door of meters without a line: what leaves, what comes back, and what the runner makes of it. Traps and
 * features by the names that the list of them has (gb-metering 6, 7). */
#include "dcc_kit.h"

#include "base/json.h"
#include "core/meter.h"
#include "db_fault.h"
#include "store/store_cycle.h"
#include "store/store_ledger.h"

#define DONE(w, id, m) ck_assert_str_eq(kit_phase(&(w)->k, id, (m)->name, phase), "done")

/* Newest jobs that are in the state ("" = any that ended) and have the reason ("" = any). */
static int jobs(struct mk_world *w, const char *state, const char *reason)
{
	int n = 0;

	for (int i = 0; i < w->n; i++) {
		struct store_meter_job j;
		struct err e;
		bool got;

		ck_ok(store_meter_job_last(w->k.db, w->meter[i].device, &got, &j, &e));
		n += got && (*state ? !strcmp(j.state, state) : j.ended_at >= 0) &&
		     (!*reason || !strcmp(j.reason, reason));
	}
	return n;
}

START_TEST(feature_18_a_hop_is_distributed_delivered_verified_activated_and_confirmed)
{
	WORLD(w, 1);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id = mk_campaign(&w, 3);

	mk_finish(&w, id);
	DONE(&w, id, m);
	ck_assert_int_eq(m->runs, 3);
	ck_assert_int_eq(m->activations, 2);
	ck_assert_int_eq(mk_count(&w, "11.1", 8, NULL), 2);
	ck_assert_int_eq(mk_count(&w, "11.3", 4, m), 2);
	ck_assert_int_eq(mk_count(&w, "11.3", 5, m), 2);
	ck_assert_int_eq(mk_count(&w, "11.2", 1, m), 2);
	ck_assert_str_eq(mk_job(&w, m).state, "proven");
	ck_assert(mk_story_has(&w, m, "8F72"));
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_21_a_ppmid_gets_one_11_4_and_no_11_3)
{
	WORLD(w, 2);
	struct mk_meter *m = mk_meter(&w, "PPMID", 1);
	struct duis_message *done;
	int64_t id;

	mk_sql(&w, "INSERT INTO han_rule (name, applies_class, needs_class, needs_gbcs, source, stated_by, "
		   "stated_at) "
		   "VALUES ('r', 'PPMID', 'CHF', '', 'a test', 'a', 1)");
	mk_hub(&w, m, 2);
	mk_sql(&w, "UPDATE han_rule SET needs_ids = '000002'");
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.4", 8, NULL);
	mk_rounds(&w, 4, 100);
	m->runs = 2;
	done = mk_alert("AD1", DUIS_PPMID_UPGRADED, m->eui);
	done->transfer_ok = true;
	mk_bring(&w, done);
	mk_finish(&w, id);
	DONE(&w, id, m);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	ck_assert_int_eq(mk_count(&w, "11.1", 0, NULL), 0);
	ck_assert_int_eq(mk_count(&w, "11.4", 8, NULL), 1);
}
END_TEST

START_TEST(trap_i0_and_i99_are_not_success)
{
	WORLD(w, 3);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id;

	m->no_alerts = true;
	m->never = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	mk_rounds(&w, 20, 1000);
	ck_assert_str_eq(mk_job(&w, m).state, "distributed");
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	m->holds = 2;
	mk_say_image(&w, m, true, 2);
	mk_until(&w, "11.3", 5, m);
	mk_rounds(&w, 20, 1000);
	ck_assert_str_eq(mk_job(&w, m).state, "activating");
	ck_assert_str_eq(kit_phase(&w.k, id, m->name, phase), "active");
}
END_TEST

START_TEST(trap_delivery_to_the_hub_is_not_verification)
{
	WORLD(w, 4);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	struct duis_message *n60;

	m->no_alerts = true;
	mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	n60 = mk_alert("N60", DUIS_DELIVERY, m->eui);
	n60->transfer_ok = n60->has_of = true;
	n60->of = mk_last(&w, "11.1", 8, NULL)->m->id;
	mk_bring(&w, n60);
	mk_rounds(&w, 20, 1000);
	ck_assert_str_eq(mk_job(&w, m).state, "delivered");
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
}
END_TEST

START_TEST(trap_a_hash_in_8f72_that_differs_is_not_ignored)
{
	WORLD(w, 5);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id;

	m->wrong_hash = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	mk_rounds(&w, 20, 1000);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 0);
	ck_assert_int_eq(jobs(&w, "failed", "hash-differs"), 1);
	m->wrong_hash = false;
	mk_finish(&w, id);
	ck_assert_ptr_null(strstr(kit_phase(&w.k, id, m->name, phase), "active"));
}
END_TEST

START_TEST(trap_partial_warnings_count_per_device)
{
	static const struct {
		enum duis_list list;
		const char *reason;
	} lists[] = { { DUIS_LIST_INVALID, "invalid-device" },
		      { DUIS_LIST_NOT_COMMISSIONED, "not-commissioned" },
		      { DUIS_LIST_NOT_APPLICABLE, "not-applicable" },
		      { DUIS_LIST_GBCS, "gbcs-version" } };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		WORLD(w, 6);
		struct mk_meter *a = mk_meter(&w, "ESME", 1), *b = mk_meter(&w, "ESME", 1);
		struct mk_doc *doc;
		struct duis_message *say = mem_zalloc(sizeof *say);

		mk_campaign(&w, 2);
		w.manual = true;
		mk_until(&w, "11.1", 8, NULL);
		doc = mk_last(&w, "11.1", 8, NULL);
		ck_assert_uint_eq(doc->m->list[DUIS_LIST_INVALID].n, 2);
		say->payload = DUIS_FIRMWARE_WARNING;
		vec_push(&say->list[lists[i].list], b->eui);
		mk_answer(&w, doc, "W110101", say);
		mk_rounds(&w, 3, 100);
		ck_assert_str_eq(mk_job(&w, a).state, "distributed");
		ck_assert_str_eq(mk_job(&w, b).state, "refused");
		ck_assert_str_eq(mk_job(&w, b).reason, lists[i].reason);
	}
}
END_TEST

START_TEST(feature_20_other_request_in_progress_waits_and_asks_again)
{
	WORLD(w, 7);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id;

	w.code = "W110101";
	w.list = DUIS_LIST_BUSY;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	mk_rounds(&w, 4, 1000);
	ck_assert_str_eq(mk_job(&w, m).state, "ready");
	ck_assert_str_eq(mk_job(&w, m).reason, "other-request");
	mk_rounds(&w, 20, 10000); /* less than an hour: nothing is sent */
	ck_assert_int_eq(mk_count(&w, "11.1", 8, NULL), 1);
	w.code = NULL;
	w.k.now += 3600000;
	mk_finish(&w, id);
	DONE(&w, id, m);
	ck_assert_int_eq(mk_count(&w, "11.1", 8, NULL), 2);
}
END_TEST

START_TEST(feature_19_without_an_outcome_the_version_is_read_and_decides)
{
	WORLD(w, 8);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id;

	m->silent_outcome = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.3", 5, m);
	mk_rounds(&w, 3, 1000);
	ck_assert_int_eq(mk_count(&w, "11.2", 1, m), 0);
	w.k.now += 3600000;
	mk_finish(&w, id);
	DONE(&w, id, m);
	ck_assert_int_eq(mk_count(&w, "11.3", 5, m), 1);
	ck_assert_int_eq(mk_count(&w, "11.2", 1, m), 1);
	ck_assert_int_eq(m->activations, 1);
}
END_TEST

START_TEST(feature_19_nothing_is_pushed_again_blindly)
{
	WORLD(w, 9);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);

	m->never = true;
	mk_campaign(&w, 2);
	for (int i = 0; i < 60; i++) {
		mk_round(&w, 500);
		if (i % 6 == 5)
			w.k.now += 3600000;
		/* Between two activations stands a reading. */
		ck_assert_int_le(mk_count(&w, "11.3", 5, m), 1 + mk_count(&w, "11.2", 1, m));
		if (jobs(&w, "", ""))
			break;
	}
	ck_assert_str_eq(mk_job(&w, m).state, "unchanged");
	ck_assert_int_eq(mk_job(&w, m).activations, 2);
}
END_TEST

START_TEST(feature_18_a_pre_command_that_says_something_else_is_never_signed)
{
	WORLD(w, 10);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);

	w.spoil_command = true;
	mk_campaign(&w, 2);
	mk_until(&w, "11.3", 4, m);
	mk_rounds(&w, 10, 1000);
	ck_assert_int_eq(mk_count(&w, "11.3", 5, m), 0);
	ck_assert_str_eq(mk_job(&w, m).reason, "command-differs");
	ck_assert_str_ne(mk_row(&w, m).quarantine, "");
}
END_TEST

START_TEST(feature_20_quarantine_holds_the_user_until_people_looked)
{
	WORLD(w, 11);
	struct mk_meter *a = mk_meter(&w, "ESME", 1), *b = mk_meter(&w, "ESME", 1);
	struct actor who = kit_who(&w.k);
	struct duis_message *q;
	struct err e;
	int64_t id;

	b->no_alerts = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.3", 4, a);
	q = mk_alert("N49", DUIS_QUARANTINED, a->eui);
	q->has_of = true;
	q->of = mk_last(&w, "11.3", 4, a)->m->id;
	mk_bring(&w, q);
	b->holds = 2;
	mk_say_image(&w, b, true, 2);
	mk_rounds(&w, 20, 1000);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, b), 0);
	ck_assert_str_eq(mk_job(&w, b).reason, "user-held");
	ck_ok(dcc_release(w.k.db, SCOPE_ALL, &who, "90-B3-D5-1F-30-01-00-00", &e));
	w.k.now += 900000;
	mk_finish(&w, id);
	DONE(&w, id, a);
	DONE(&w, id, b);
}
END_TEST

START_TEST(feature_22_the_daily_limit_of_critical_commands_is_kept)
{
	WORLD(w, 12);
	struct mk_meter *m[4];
	int64_t id;
	int n = 0;

	mk_conf(&w, "dcc_daily_critical", "2");
	mk_door(&w, NULL);
	for (int i = 0; i < 4; i++)
		m[i] = mk_meter(&w, "ESME", 1);
	id = mk_campaign(&w, 2);
	mk_rounds(&w, 60, 500);
	for (int i = 0; i < 4; i++)
		n += mk_count(&w, "11.3", 4, m[i]);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(jobs(&w, "verified", "daily-limit"), 2);
	w.k.now += 86400000;
	mk_finish(&w, id);
	for (int i = 0; i < 4; i++)
		DONE(&w, id, m[i]);
}
END_TEST

START_TEST(feature_22_activations_wait_for_the_window_or_are_dated_for_it)
{
	for (int future = 0; future < 2; future++) {
		WORLD(w, 13);
		struct mk_meter *m = mk_meter(&w, "ESME", 1);
		int64_t id;

		mk_conf(&w, "dcc_window", "03:00-04:00");
		mk_conf(&w, "dcc_future", future ? "yes" : "no");
		mk_door(&w, NULL);
		id = mk_campaign(&w, 2);
		mk_rounds(&w, 40, 500);
		ck_assert_int_eq(mk_count(&w, "11.3", 5, m), future);
		ck_assert_int_eq(m->runs, 1);
		ck_assert_str_eq(mk_job(&w, m).state, future ? "scheduled" : "verified");
		if (!future)
			ck_assert_str_eq(mk_job(&w, m).reason, "window");
		for (int i = 0; i < 150 && kit_state(&w.k, id).ended_at < 0; i++)
			mk_round(&w, i % 5 == 4 ? 3600000 : 500);
		DONE(&w, id, m);
		ck_assert_int_eq(mk_count(&w, "11.3", 5, m), 1);
	}
}
END_TEST

START_TEST(feature_22_a_scheduled_activation_is_taken_back)
{
	WORLD(w, 14);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	struct err e;
	TX(tx);

	mk_conf(&w, "dcc_window", "03:00-04:00");
	mk_conf(&w, "dcc_future", "yes");
	mk_door(&w, NULL);
	mk_campaign(&w, 2);
	mk_rounds(&w, 40, 500);
	ck_assert_str_eq(mk_job(&w, m).state, "scheduled");
	ck_ok(tx_begin(&tx, w.k.db, true, &e));
	ck_ok(store_meter_wish(w.k.db, m->device, METER_WISH_CANCEL, w.k.now, &e));
	ck_ok(tx_keep(&tx, &e));
	mk_rounds(&w, 20, 500);
	ck_assert_int_eq(mk_last(&w, "11.3", 4, m)->m->at, GBCS_CANCEL_AT);
	ck_assert_int_eq(m->pending, 0);
	ck_assert_int_eq(m->runs, 1);
	ck_assert_str_eq(mk_job(&w, m).state, "canceled");
	ck_assert_str_eq(mk_job(&w, m).told, "taken-back");
}
END_TEST

START_TEST(feature_23_change_of_supplier_ends_the_walk_and_shuts_the_meter)
{
	WORLD(w, 15);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id = mk_campaign(&w, 3);

	mk_until(&w, "11.3", 4, m);
	mk_bring(&w, mk_alert("N7", DUIS_SUPPLIER_CHANGED, m->eui));
	mk_rounds(&w, 40, 1000);
	ck_assert_int_le(m->activations, 1);
	ck_assert_str_eq(mk_row(&w, m).authority, "lost");
	ck_assert_ptr_null(strstr(kit_phase(&w.k, id, m->name, phase), "active"));
	ck_assert_int_eq(jobs(&w, "", ""), 1);
}
END_TEST

START_TEST(feature_23_e4_is_authority_lost_also_without_an_alert)
{
	WORLD(w, 16);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);

	mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	mk_play(&w);
	w.code = "E4";
	mk_until(&w, "11.3", 4, m);
	mk_rounds(&w, 20, 1000);
	ck_assert_int_eq(mk_count(&w, "11.3", 0, m), 1);
	ck_assert_str_eq(mk_row(&w, m).authority, "lost");
	ck_assert_str_eq(mk_job(&w, m).reason, "authority-lost");
}
END_TEST

START_TEST(late_foreign_and_doubled_messages_move_nothing_and_are_recorded)
{
	WORLD(w, 17);
	struct mk_meter *m = mk_meter(&w, "ESME", 1), far = { .eui = 7, .runs = 2 };
	int64_t late;

	m->no_alerts = true;
	mk_campaign(&w, 2);
	mk_until(&w, "11.1", 8, NULL);
	mk_rounds(&w, 4, 100);
	late = dcc_door_counts(w.door).late;
	m->runs = 2;
	mk_say_version(&w, m, 77);    /* nobody asked */
	mk_say_outcome(&w, m, 78, 0); /* nor here */
	mk_say_version(&w, &far, 79); /* a device of nobody */
	m->runs = 1;
	mk_rounds(&w, 4, 100);
	ck_assert_int_eq(dcc_door_counts(w.door).late, late + 3);
	ck_assert_str_eq(mk_job(&w, m).state, "distributed");
	ck_assert(mk_story_has(&w, m, "nothing waits for it"));
	/* The same alert again: of the hop before. */
	m->holds = 2;
	mk_say_image(&w, m, true, 2);
	m->alerts--;
	mk_say_image(&w, m, true, 3);
	mk_rounds(&w, 4, 100);
	ck_assert_int_eq(dcc_door_counts(w.door).doubled, 1);
	ck_assert_str_ne(mk_job(&w, m).state, "failed");
}
END_TEST

START_TEST(a_mismatch_of_the_inventory_makes_the_device_say_its_version)
{
	WORLD(w, 18);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);

	m->runs = 2;
	mk_bring(&w, mk_alert("N16", DUIS_VERSION_MISMATCH, m->eui));
	mk_until(&w, "11.2", 1, m);
	mk_rounds(&w, 4, 100);
	ck_assert_int_eq(mk_row(&w, m).entry_id, w.k.entry[2]);
	ck_assert_str_eq(mk_row(&w, m).wish, "");
	mk_rounds(&w, 10, 10000);
	ck_assert_int_eq(mk_count(&w, "11.2", 1, m), 1);
}
END_TEST

START_TEST(an_old_inventory_is_read_before_a_push)
{
	WORLD(w, 19);
	struct mk_meter *m = mk_meter(&w, "ESME", 1);
	int64_t id;

	mk_sql(&w, "UPDATE meter SET inventory_at = NULL");
	id = mk_campaign(&w, 2);
	mk_until(&w, "8.2", 8, NULL);
	ck_assert_int_eq(mk_count(&w, "11.1", 8, NULL), 0);
	mk_finish(&w, id);
	DONE(&w, id, m);
	ck_assert_int_eq(mk_count(&w, "8.2", 8, NULL), 1);
}
END_TEST

START_TEST(two_nodes_share_the_meters_and_no_meter_is_claimed_twice)
{
	WORLD(w, 20);
	struct dcc_door *other;
	struct err e;
	int64_t id;

	for (int i = 0; i < 12; i++)
		mk_meter(&w, "ESME", 1);
	mk_rounds(&w, 3, 1000);
	ck_assert_int_eq(dcc_door_counts(w.door).shards, METER_SHARDS);
	other = mk_second(&w, "there");
	for (int i = 0; i < 40; i++) {
		mk_round(&w, 1000);
		ck_ok(dcc_door_round(other, 0, &e));
		ck_assert_int_le(dcc_door_counts(w.door).shards + dcc_door_counts(other).shards,
				 METER_SHARDS);
	}
	ck_assert_int_eq(dcc_door_counts(w.door).shards, METER_SHARDS / 2);
	ck_assert_int_eq(dcc_door_counts(other).shards, METER_SHARDS / 2);
	id = mk_campaign(&w, 2);
	for (int i = 0; i < 60; i++) {
		mk_round(&w, 500);
		if (dcc_door_round(other, 0, &e))
			ck_assert_int_eq(e.code, ERR_BUSY);
	}
	ck_assert_int_gt(dcc_door_counts(other).sent[DCC_D], 0);
	dcc_door_free(other); /* it dies: its shards come over within the lease */
	for (int i = 0; i < 100 && kit_state(&w.k, id).ended_at < 0; i++)
		mk_round(&w, 5000);
	ck_assert_int_eq(dcc_door_counts(w.door).shards, METER_SHARDS);
	for (int i = 0; i < 12; i++) {
		DONE(&w, id, &w.meter[i]);
		ck_assert_int_eq(w.meter[i].activations, 1);
	}
}
END_TEST

static void all_at(struct mk_world *w, int64_t id, int entry, char phase[80])
{
	for (int i = 0; i < w->n; i++) {
		ck_assert_str_eq(kit_phase(&w->k, id, w->meter[i].name, phase), "done");
		ck_assert_int_eq(w->meter[i].runs, entry);
		ck_assert_int_eq(w->meter[i].activations, entry - 1);
	}
	kit_consistent(&w->k, id);
}

START_TEST(feature_19_a_fault_at_every_driver_call_loses_and_doubles_nothing)
{
	for (int n = 7; n < 1500; n += _i == STORE_PG ? 1201 : 401) {
		WORLD(w, 21);
		struct db *db = db_fault_wrap(open_store(w.k.dsn), n);
		int64_t id;

		mk_meter(&w, "ESME", 1);
		mk_meter(&w, "ESME", 1);
		mk_door(&w, db);
		id = mk_campaign(&w, 3);
		for (int i = 0; i < 400 && kit_state(&w.k, id).ended_at < 0; i++) {
			if (w.dead) /* the process is gone, with what it remembered */
				mk_door(&w, NULL);
			mk_round(&w, i % 10 == 9 ? 130000 : 500);
		}
		all_at(&w, id, 3, phase);
	}
}
END_TEST

START_TEST(feature_19_lost_and_doubled_messages_and_kills_end_well)
{
	for (int seed = 0; seed < (_i == STORE_PG ? 1 : 2); seed++) {
		WORLD(w, 22 + (uint64_t)seed * 100);
		int64_t id;

		for (int i = 0; i < 6; i++)
			mk_meter(&w, "ESME", 1);
		w.loss = 15;
		mk_conf(&w, "dcc_deliver_timeout", "2h");
		mk_conf(&w, "dcc_verify_timeout", "2h");
		mk_door(&w, NULL);
		id = mk_campaign(&w, 3);
		for (int i = 0; i < 900 && kit_state(&w.k, id).ended_at < 0; i++) {
			if (rnd_below(&w.k.rnd, 20) == 0)
				mk_door(&w, NULL);
			mk_round(&w, i % 8 == 7 ? 3500000 : 500);
		}
		/* Each ended, with a name; none off the path (the devices look), none twice. */
		ck_assert_int_eq(jobs(&w, "", ""), w.n);
		for (int i = 0; i < w.n; i++) {
			const char *p = kit_phase(&w.k, id, w.meter[i].name, phase);

			ck_assert_msg(!strcmp(p, "done") || !strncmp(p, "failed:", 7), "%s: %s",
				      w.meter[i].name, p);
			ck_assert_int_eq(w.meter[i].activations, w.meter[i].runs - 1);
			if (!strcmp(p, "done"))
				ck_assert_int_eq(w.meter[i].runs, 3);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		feature_18_a_hop_is_distributed_delivered_verified_activated_and_confirmed,
		feature_21_a_ppmid_gets_one_11_4_and_no_11_3,
		trap_i0_and_i99_are_not_success,
		trap_delivery_to_the_hub_is_not_verification,
		trap_a_hash_in_8f72_that_differs_is_not_ignored,
		trap_partial_warnings_count_per_device,
		feature_20_other_request_in_progress_waits_and_asks_again,
		feature_19_without_an_outcome_the_version_is_read_and_decides,
		feature_19_nothing_is_pushed_again_blindly,
		feature_18_a_pre_command_that_says_something_else_is_never_signed,
		feature_20_quarantine_holds_the_user_until_people_looked,
		feature_22_the_daily_limit_of_critical_commands_is_kept,
		feature_22_activations_wait_for_the_window_or_are_dated_for_it,
		feature_22_a_scheduled_activation_is_taken_back,
		feature_23_change_of_supplier_ends_the_walk_and_shuts_the_meter,
		feature_23_e4_is_authority_lost_also_without_an_alert,
		late_foreign_and_doubled_messages_move_nothing_and_are_recorded,
		a_mismatch_of_the_inventory_makes_the_device_say_its_version,
		an_old_inventory_is_read_before_a_push,
		two_nodes_share_the_meters_and_no_meter_is_claimed_twice,
		feature_19_a_fault_at_every_driver_call_loses_and_doubles_nothing,
		feature_19_lost_and_doubled_messages_and_kills_end_well,
	};

	return STORES_RUN("dcc_door", all, 300);
}
