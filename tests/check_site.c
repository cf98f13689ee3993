/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of a site of several devices, with devices that run their real table. */
#include "site_kit.h"

/* ---- the update ---- */

START_TEST(a_vehicle_in_auto_mode_is_brought_to_the_new_configuration)
{
	struct kit k;

	kit_rest(&k, 3, SITE_AUTO);
	kit_new(&k);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
	ck_assert_int_eq(k.prompts, 0);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 3);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 3);
	ck_assert_int_eq(k.sent[BBUM_CMD_RESTART], 3);
	ck_assert_int_eq(k.sent[BBUM_CMD_NORMAL_OPERATION], 3);
	ck_assert(!k.s.updating);
	ck_assert_int_eq(site_progress(&k.s), -1);
}
END_TEST

START_TEST(in_manual_mode_every_step_waits_for_a_word)
{
	struct kit k;

	kit_rest(&k, 2, SITE_MANUAL);
	kit_new(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST);
	kit_verb(&k, SITE_DO_REQUEST);
	kit_run(&k, true);
	kit_is(&k, SITE_UP, SITE_IDLE, SITE_ASKS_TRIGGER);
	kit_verb(&k, SITE_DO_TRIGGER);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	kit_verb_n(&k, SITE_DO_RESTART, 1);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_int_eq(k.d[0].runs, 'B');
	ck_assert_int_eq(k.d[1].runs, 'A');
	kit_verb_n(&k, SITE_DO_RESTART, 2);
	kit_run(&k, true);
	kit_verb_n(&k, SITE_DO_NORMAL, 2);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	kit_refused(&k, SITE_DO_TRIGGER, 0, "on the way there: ETP");
	kit_verb_n(&k, SITE_DO_NORMAL, 1);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(the_packages_of_a_wave_are_served_when_those_before_it_are_installed)
{
	struct kit k;
	bool gone;

	kit_rest(&k, 3, SITE_AUTO);
	k.s.bb[0].wave = 1; /* DAS depends on ETP and GNSS, which need each other */
	kit_new(&k);
	while (k.s.state != SITE_U)
		for (int i = 0; i < 3; i++) {
			kit_poll(&k, i);
			if (k.d[i].state != BBUM_UPDATE)
				kit_work(&k, i);
		}
	ck_assert(!site_may_package(&k.s, 0, &gone) && !gone);
	ck_assert(site_may_package(&k.s, 1, &gone) && site_may_package(&k.s, 2, &gone));
	ck_assert_int_eq(site_progress(&k.s), 50);
	kit_work(&k, 1);
	kit_poll(&k, 1);
	ck_assert(!site_may_package(&k.s, 0, &gone) && !gone);
	kit_work(&k, 2);
	kit_poll(&k, 2);
	ck_assert(site_may_package(&k.s, 0, &gone));
	ck_assert_int_eq(site_progress(&k.s), (50 + 100 + 100) / 3);
	kit_run(&k, false);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(a_failure_ends_the_serving_of_later_waves_and_the_vehicle_goes_back_as_a_whole)
{
	struct kit k;
	bool gone;

	kit_rest(&k, 3, SITE_AUTO);
	k.s.bb[1].wave = 1;
	k.s.bb[2].wave = 2;
	k.end[1] = SIM_INSTALL_FAILS;
	k.set.trigger_tries = 0;
	k.set.auto_rollback = false;
	kit_new(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_str_eq(k.s.prompt_why, "the update failed. update successful: DAS; installation failure: "
					 "ETP; verification failure: GNSS");
	ck_assert(!site_may_package(&k.s, 2, &gone) && gone);
	kit_activate(&k, 'A');
	kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
	kit_verb(&k, SITE_DO_ROLLBACK);
	ck_assert(!k.out.refused);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'A');
}
END_TEST

START_TEST(a_failed_installation_is_repeated_at_those_that_failed_only)
{
	struct kit k;

	kit_rest(&k, 3, SITE_AUTO);
	k.end[1] = SIM_VERIFY_FAILS;
	kit_new(&k);
	while (k.s.state != SITE_UC) {
		kit_run(&k, false);
		ck_assert_int_ne(k.s.state, SITE_NO);
	}
	kit_is(&k, SITE_UC, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING);
	k.end[1] = SIM_INSTALLS;
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 4);
	ck_assert_int_eq(k.rollbacks, 0);
}
END_TEST

START_TEST(auto_mode_rolls_the_whole_vehicle_back_when_repetitions_do_not_help)
{
	struct kit k;

	kit_rest(&k, 3, SITE_AUTO);
	k.end[2] = SIM_INSTALL_FAILS;
	kit_new(&k);
	kit_run(&k, true);
	ck_assert_int_eq(k.rollbacks, 1);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'A'); /* those that had it installed, too (Z44) */
	ck_assert(!k.s.rolling_back);
}
END_TEST

/* A device that had restarted into B, and cannot install A any more. */
START_TEST(C48_a_rollback_that_fails_is_put_before_somebody_and_never_repeated_by_itself)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	k.end[1] = SIM_INSTALL_FAILS;
	kit_new(&k);
	while (k.s.wait != SITE_AWAIT_RETRY)
		kit_run(&k, false);
	k.d[0].runs = 'X'; /* somebody worked on it */
	k.end[0] = SIM_INSTALL_FAILS;
	kit_run(&k, true);
	ck_assert_int_eq(k.rollbacks, 1);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "rollback failed"));
	const int triggers = k.sent[BBUM_CMD_TRIGGER];

	kit_run(&k, true);
	kit_boot(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], triggers);
	k.end[0] = SIM_INSTALLS;
	kit_verb(&k, SITE_DO_TRIGGER);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'A');
}
END_TEST

START_TEST(one_that_comes_back_from_its_restart_with_the_old_configuration_has_failed)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_new(&k);
	while (k.s.wait != SITE_AWAIT_RESTART)
		for (int i = 0; i < 2; i++) {
			kit_poll(&k, i);
			if (k.d[i].waiting != BBUM_CMD_RESTART)
				kit_work(&k, i);
		}
	k.d[1].slot = 'A'; /* its boot process went back */
	kit_run(&k, false);
	kit_is(&k, SITE_UC, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

/* ---- advice ---- */

START_TEST(no_request_leaves_when_a_check_has_failed)
{
	struct kit k;
	struct bbum_status st;

	kit_rest(&k, 2, SITE_AUTO);
	kit_new(&k);
	kit_poll(&k, 0);
	k.d[1].holds = 'B';
	sim_status(&k.d[1], k.s.id, &st);
	st.authenticity_ok = false;
	st.recommends = 0;
	snprintf(st.error, sizeof st.error, "manifest-authentication");
	kit_give(&k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = 1, .status = &st });
	kit_is(&k, SITE_NO, SITE_AWAIT_ADVICE, SITE_ASKS_EXCEPTION);
	ck_assert_str_eq(k.s.prompt_why,
			 "ETP does not accept its Manifest: authenticity wrong, manifest-authentication");
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 0);
	kit_refused(&k, SITE_DO_REQUEST, 0, "ETP does not accept");
	/* mended: it goes on by itself */
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(a_manifest_that_could_not_be_read_is_known_by_its_error)
{
	struct kit k;
	struct bbum_status st;

	kit_rest(&k, 2, SITE_AUTO);
	kit_new(&k);
	kit_poll(&k, 0);
	sim_status(&k.d[1], k.s.id, &st);
	st.manifest_hash[0] = '\0';
	st.syntax_ok = false;
	st.recommends = 0;
	snprintf(st.error, sizeof st.error, "manifest-syntax");
	kit_give(&k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = 1, .status = &st });
	kit_is(&k, SITE_NO, SITE_AWAIT_ADVICE, SITE_ASKS_EXCEPTION);
}
END_TEST

START_TEST(C42_a_building_block_without_a_manifest_is_an_exception)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_activate(&k, 'B');
	k.s.bb[1].want_hash[0] = '\0';
	kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
	kit_poll(&k, 0);
	kit_is(&k, SITE_NO, SITE_AWAIT_ADVICE, SITE_ASKS_EXCEPTION);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "missing BB Manifest"));
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 0);
}
END_TEST

START_TEST(no_advice_in_time_names_those_who_owe_it)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	k.dead[1] = true;
	kit_new(&k);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_AWAIT_ADVICE, SITE_ASKS_EXCEPTION);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "ETP (no recommendation)"));
	k.dead[1] = false;
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

/* ---- cancel ---- */

START_TEST(a_cancel_in_update_pending_brings_everybody_back_and_auto_mode_does_not_start_again)
{
	struct kit k;

	kit_rest(&k, 2, SITE_MANUAL);
	kit_new(&k);
	kit_run(&k, true);
	kit_verb(&k, SITE_DO_REQUEST);
	kit_run(&k, true);
	kit_is(&k, SITE_UP, SITE_IDLE, SITE_ASKS_TRIGGER);
	kit_verb(&k, SITE_DO_CANCEL);
	kit_is(&k, SITE_UP, SITE_AWAIT_CANCEL, SITE_ASKS_NOTHING);
	kit_verb(&k, SITE_DO_CANCEL); /* twice is harmless */
	ck_assert(!k.out.refused);
	ck_assert_int_eq(k.sent[BBUM_CMD_CANCEL], 2);
	kit_refused(&k, SITE_DO_TRIGGER, 0, "a cancel is under way");
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST);
	ck_assert(!k.s.updating);
}
END_TEST

START_TEST(Z30_a_request_that_still_waits_for_the_application_can_be_cancelled)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	k.word[1] = BBUM_ANSWER_NONE;
	kit_new(&k);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.d[0].state, BBUM_PENDING);
	kit_verb(&k, SITE_DO_CANCEL);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST);
	kit_boot(&k); /* also after a death it is not requested again by itself */
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST);
	kit_all_run(&k, 'A');
	k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_verb(&k, SITE_DO_REQUEST);
	kit_run(&k, true);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(a_cancel_without_a_request_is_refused)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	kit_refused(&k, SITE_DO_CANCEL, 0, "no update request waits");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_vehicle_in_auto_mode_is_brought_to_the_new_configuration,
		in_manual_mode_every_step_waits_for_a_word,
		the_packages_of_a_wave_are_served_when_those_before_it_are_installed,
		a_failure_ends_the_serving_of_later_waves_and_the_vehicle_goes_back_as_a_whole,
		a_failed_installation_is_repeated_at_those_that_failed_only,
		auto_mode_rolls_the_whole_vehicle_back_when_repetitions_do_not_help,
		C48_a_rollback_that_fails_is_put_before_somebody_and_never_repeated_by_itself,
		one_that_comes_back_from_its_restart_with_the_old_configuration_has_failed,
		no_request_leaves_when_a_check_has_failed,
		a_manifest_that_could_not_be_read_is_known_by_its_error,
		C42_a_building_block_without_a_manifest_is_an_exception,
		no_advice_in_time_names_those_who_owe_it,
		a_cancel_in_update_pending_brings_everybody_back_and_auto_mode_does_not_start_again,
		Z30_a_request_that_still_waits_for_the_application_can_be_cancelled,
		a_cancel_without_a_request_is_refused,
	};

	return RUN_TESTS("site", all);
}
