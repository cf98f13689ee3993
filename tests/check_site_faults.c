/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of a site of several devices: deaths, stops, errors, silence, changes of mind. */
#include "site_kit.h"

/* ---- start, stop, boot ---- */

START_TEST(a_death_of_the_manager_in_every_state_is_survived)
{
	/* After how many polls the manager dies: every one of an update. */
	for (int polls = 0; polls < 40; polls++) {
		struct kit k;

		kit_rest(&k, 3, SITE_AUTO);
		k.s.bb[2].wave = 1;
		kit_new(&k);
		for (int n = 0; n < polls; n++) {
			kit_poll(&k, n % 3);
			kit_work(&k, n % 3);
		}
		kit_boot(&k);
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_all_run(&k, 'B');
		ck_assert_int_eq(k.rollbacks, 0);
	}
}
END_TEST

START_TEST(a_stop_and_a_start_in_every_state_end_in_the_new_configuration)
{
	for (int polls = 0; polls < 40; polls++) {
		struct kit k;

		kit_rest(&k, 3, SITE_AUTO);
		kit_new(&k);
		for (int n = 0; n < polls; n++) {
			kit_poll(&k, n % 3);
			kit_work(&k, n % 3);
		}
		kit_verb(&k, SITE_DO_STOP);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(k.s.bb[i].command, BBUM_CMD_NONE);
		kit_run(&k, true);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_boot(&k);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_verb(&k, SITE_DO_START);
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_all_run(&k, 'B');
	}
}
END_TEST

START_TEST(a_store_that_was_set_back_never_uses_a_command_number_twice)
{
	struct kit k, old;

	kit_rest(&k, 2, SITE_AUTO);
	old = k;
	kit_new(&k);
	kit_run(&k, false);
	kit_all_run(&k, 'B');
	const int64_t used = k.s.seq;

	k.s = old.s;
	kit_new(&k);
	kit_boot(&k);
	kit_poll(&k, 0);
	ck_assert_int_ge(k.s.seq, k.d[0].seq);
	kit_run(&k, true);
	ck_assert_int_ge(k.s.seq, used);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
}
END_TEST

START_TEST(a_device_that_lies_about_command_numbers_does_not_use_them_up)
{
	static const int64_t leaps[] = { INT64_MAX, INT64_MAX - 1, INT64_C(1) << 52 };
	struct bbum_status st;

	for (size_t n = 0; n < sizeof leaps / sizeof *leaps; n++) {
		struct kit k;
		int64_t used;

		kit_rest(&k, 2, SITE_AUTO);
		used = k.s.seq;
		sim_status(&k.d[1], k.s.id, &st);
		st.cycle_id = k.s.id;
		st.seq = leaps[n];
		st.answer = BBUM_ANSWER_ACCEPTED;
		kit_give(&k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = 1, .status = &st });
		ck_assert_int_eq(k.s.seq, used);
		kit_new(&k);
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_all_run(&k, 'B');
		ck_assert(k.s.seq > used && k.s.seq < used + 100);
		sim_status(&k.d[1], k.s.id, &st);
		st.boots = INT64_C(1) << 52;
		kit_give(&k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = 1, .status = &st });
		kit_poll(&k, 1);
		ck_assert_int_eq(k.s.bb[1].status.boots, k.d[1].boots);
	}
}
END_TEST

START_TEST(a_status_that_was_overtaken_on_its_way_changes_nothing)
{
	struct kit k;
	struct bbum_status old;

	kit_rest(&k, 2, SITE_MANUAL);
	kit_new(&k);
	kit_run(&k, true);
	sim_status(&k.d[0], k.s.id, &old);
	kit_verb(&k, SITE_DO_REQUEST);
	kit_run(&k, true);
	sim_status(&k.d[0], k.s.id, &old); /* update-pending */
	kit_verb(&k, SITE_DO_TRIGGER);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	kit_give(&k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = 0, .status = &old });
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_int_eq(k.s.bb[0].status.state, BBUM_COMPLETED);
}
END_TEST

START_TEST(a_vehicle_without_a_configuration_rests_and_says_so)
{
	struct kit k;

	kit_init(&k, 0, SITE_AUTO);
	kit_boot(&k);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	ck_assert_ptr_nonnull(strstr(k.log, "no Vehicle Configuration is active"));
	kit_refused(&k, SITE_DO_REQUEST, 0, "no Vehicle Configuration is active");
}
END_TEST

/* ---- errors, out of step ---- */

START_TEST(a_building_block_in_its_error_state_is_restarted_by_a_word)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	k.d[1].state = BBUM_ERROR;
	kit_run(&k, true);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_EXCEPTION);
	ck_assert(site_prompt_choices(k.s.prompt, k.s.state) & 1u << SITE_DO_RESTART);
	kit_refused(&k, SITE_DO_RESTART, 1, "only a Building Block in its error state");
	kit_verb_n(&k, SITE_DO_RESTART, 2);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
}
END_TEST

START_TEST(an_error_in_the_midst_of_an_update_is_survived_without_mixing)
{
	struct kit k;

	kit_rest(&k, 3, SITE_AUTO);
	kit_new(&k);
	while (k.s.state != SITE_U)
		for (int i = 0; i < 3; i++) {
			kit_poll(&k, i);
			if (k.d[i].state != BBUM_UPDATE)
				kit_work(&k, i);
		}
	k.d[1].state = BBUM_ERROR;
	kit_run(&k, true);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_EXCEPTION);
	kit_verb_n(&k, SITE_DO_RESTART, 2); /* comes back in NO with A; the others have B installed */
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(one_that_is_out_of_step_again_and_again_is_put_before_somebody)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_new(&k);
	for (int n = 0; n < 30 && k.s.prompt == SITE_ASKS_NOTHING; n++) {
		k.d[1].state = BBUM_NORMAL;
		kit_poll(&k, 0);
		kit_poll(&k, 1);
		k.d[1].state = BBUM_COMPLETED;
		kit_poll(&k, 1);
	}
	kit_is(&k, SITE_ENTRY, SITE_IDLE, SITE_ASKS_EXCEPTION);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "again and again"));
	kit_run(&k, true);
	kit_is(&k, SITE_ENTRY, SITE_IDLE, SITE_ASKS_EXCEPTION);
	kit_verb(&k, SITE_DO_SYNC_NORMAL);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(silence_is_named_and_the_vehicle_goes_on_when_it_ends)
{
	struct kit k;

	kit_rest(&k, 3, SITE_AUTO);
	k.dead[0] = k.dead[2] = true;
	kit_boot(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_EXCEPTION);
	ck_assert_str_eq(k.s.prompt_why,
			 "await-status took longer than its limit: DAS (silent), GNSS (silent)");
	ck_assert(k.s.bb[0].lost && !k.s.bb[1].lost && k.s.bb[2].lost);
	k.dead[0] = k.dead[2] = false;
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	ck_assert(!k.s.bb[0].lost);
}
END_TEST

START_TEST(a_change_of_mode_takes_over_what_waits)
{
	struct kit k;

	kit_rest(&k, 2, SITE_MANUAL);
	kit_new(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST);
	kit_verb(&k, SITE_DO_MODE_AUTO);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');

	kit_rest(&k, 2, SITE_AUTO);
	k.word[0] = BBUM_ANSWER_REJECTED;
	kit_new(&k);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING);
	kit_verb(&k, SITE_DO_MODE_MANUAL);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REJECTED);
	k.word[0] = BBUM_ANSWER_ACCEPTED;
	kit_verb(&k, SITE_DO_MODE_AUTO);
	kit_run(&k, true);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(the_simulated_word_of_the_application_ends_with_its_request)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_refused(&k, SITE_DO_PERMIT, 0, "no request waits");
	k.word[0] = k.word[1] = BBUM_ANSWER_NONE;
	kit_new(&k);
	kit_run(&k, false);
	kit_verb(&k, SITE_DO_PERMIT);
	kit_verb_n(&k, SITE_DO_DENY, 2);
	ck_assert_int_eq(k.s.bb[0].permit, SITE_PERMIT_GIVEN);
	ck_assert_int_eq(k.s.bb[1].permit, SITE_PERMIT_DENIED);
	kit_refused(&k, SITE_DO_DENY, 3, "there is no Building Block 3");
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, false);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(k.s.bb[i].permit, SITE_PERMIT_NONE);
}
END_TEST

START_TEST(activation_is_refused_while_an_update_is_pending_or_under_way)
{
	struct kit k;
	char why[SITE_WHY_SIZE];
	unsigned seen = 0;

	kit_rest(&k, 2, SITE_MANUAL);
	ck_assert(site_may_activate(&k.s, why));
	kit_new(&k);
	for (int n = 0; n < 80; n++) {
		const enum site_state s = k.s.state;

		seen |= 1u << s;
		if (s == SITE_UP || s == SITE_U || (s == SITE_NO && k.s.updating)) {
			ck_assert(!site_may_activate(&k.s, why));
			ck_assert_ptr_nonnull(strstr(why, "rejected, because "));
		} else if (s == SITE_NO) {
			ck_assert(site_may_activate(&k.s, why));
		} else if (s == SITE_UC) {
			ck_assert(site_may_activate(&k.s, why) == (k.s.wait == SITE_IDLE));
		}
		kit_poll(&k, n % 2);
		if (n % 8 > 4)
			kit_work(&k, n % 2);
		if (k.s.prompt == SITE_ASKS_REQUEST)
			kit_verb(&k, SITE_DO_REQUEST);
		else if (k.s.prompt == SITE_ASKS_TRIGGER)
			kit_verb(&k, SITE_DO_TRIGGER);
	}
	ck_assert_uint_eq(seen & (1u << SITE_NO | 1u << SITE_UP | 1u << SITE_U | 1u << SITE_UC),
			  1u << SITE_NO | 1u << SITE_UP | 1u << SITE_U | 1u << SITE_UC);
	kit_verb(&k, SITE_DO_STOP);
	ck_assert(!site_may_activate(&k.s, why)); /* they are in UC: start first */
	ck_assert_ptr_nonnull(strstr(why, "DAS is in the midst"));
}
END_TEST

START_TEST(a_shutdown_waits_until_everybody_is_back)
{
	struct kit k;

	kit_rest(&k, 2, SITE_MANUAL);
	kit_new(&k);
	kit_run(&k, true);
	kit_verb(&k, SITE_DO_REQUEST);
	kit_run(&k, true);
	kit_refused(&k, SITE_DO_SHUTDOWN, 0, "only in Update Completed and Error");
	kit_verb(&k, SITE_DO_TRIGGER);
	kit_run(&k, true);
	k.word[0] = k.word[1] = BBUM_ANSWER_NONE;
	kit_verb(&k, SITE_DO_SHUTDOWN);
	kit_run(&k, false);
	kit_is(&k, SITE_UC, SITE_AWAIT_SHUTDOWN, SITE_ASKS_NOTHING);
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_int_eq(k.d[0].runs, 'B');
	k.word[0] = BBUM_ANSWER_REJECTED;
	kit_verb(&k, SITE_DO_SHUTDOWN);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "the shutdown was rejected by DAS"));
}
END_TEST

START_TEST(a_restart_that_is_rejected_is_repeated_then_asked_about)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_new(&k);
	while (k.s.state != SITE_UC)
		for (int i = 0; i < 2; i++) {
			kit_poll(&k, i);
			if (k.s.state != SITE_UC)
				kit_work(&k, i);
		}
	k.word[1] = BBUM_ANSWER_REJECTED;
	kit_run(&k, false);
	kit_is(&k, SITE_UC, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "the restart was rejected by ETP (no permission)"));
	ck_assert_int_eq(k.sent[BBUM_CMD_RESTART], 3);
	/* Z24: the Building Block decides */
	kit_verb(&k, SITE_DO_NORMAL);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "the change to Normal Operation was rejected by ETP"));
	k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_verb(&k, SITE_DO_RESTART);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_death_of_the_manager_in_every_state_is_survived,
		a_stop_and_a_start_in_every_state_end_in_the_new_configuration,
		a_store_that_was_set_back_never_uses_a_command_number_twice,
		a_device_that_lies_about_command_numbers_does_not_use_them_up,
		a_status_that_was_overtaken_on_its_way_changes_nothing,
		a_vehicle_without_a_configuration_rests_and_says_so,
		a_building_block_in_its_error_state_is_restarted_by_a_word,
		an_error_in_the_midst_of_an_update_is_survived_without_mixing,
		one_that_is_out_of_step_again_and_again_is_put_before_somebody,
		silence_is_named_and_the_vehicle_goes_on_when_it_ends,
		a_change_of_mode_takes_over_what_waits,
		the_simulated_word_of_the_application_ends_with_its_request,
		activation_is_refused_while_an_update_is_pending_or_under_way,
		a_shutdown_waits_until_everybody_is_back,
		a_restart_that_is_rejected_is_repeated_then_asked_about,
	};

	return RUN_TESTS("site_faults", all);
}
