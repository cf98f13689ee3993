/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part E of the requirement list (OCORA-TWS15-060 annex, 5.1, 5.2.1), in the service: what is stored and
 * shown, with Building Blocks that poll the real door. Decisions of the chart alone are tested in
 * check_site.c and check_ocora_g.c.
 */
#include "cm_kit.h"

START_TEST(E1_E2_E9_E21_E22_E23_a_new_configuration_goes_its_documented_way)
{
	static const char *const way[] = { "update-pending", "update", "update-completed",
					   "normal-operation" };
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *j = NULL;

	kit_crash(&c.k);
	ck_assert_int_eq(cm_kit_lines(&c, "extended", "ask-status", 0), 1); /* E21: asked at the start */
	cm_kit_until(&c, "entry-operation", NULL, 1);
	cm_kit_until(&c, "normal-operation", "idle", 20);
	cm_kit_activate(&c, two);
	for (size_t i = 0; i < sizeof way / sizeof *way; i++)
		cm_kit_until(&c, way[i], NULL, 30);
	cm_kit_until(&c, "normal-operation", "idle", 30);
	j = cm_kit_status(&c);
	ck_assert_int_eq(json_len(json_get(j, "blocks")), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct json *bb = json_at(json_get(j, "blocks"), i);

		ck_assert(json_bool(json_get(json_get(bb, "running"), "as_wanted"), false));
		ck_assert_str_eq(cm_kit_text(bb, "running", "version"), "2.0.0");
	}
	/* E22: the start's summary is there to be asked for afterwards */
	ck_assert(cm_kit_lines(&c, "extended", "status", 1) >= 1);
	ck_assert(cm_kit_lines(&c, "extended", "status", 2) >= 1);
}
END_TEST

START_TEST(E6_E7_start_and_stop_are_kept_over_a_death_of_the_service)
{
	CM_KIT(c, 2);
	char state[64];
	TWO(c, "00");

	(void)two;
	cm_kit_do(&c, "stop");
	ck_assert_str_eq(cm_kit_state(&c, state), "stopped");
	kit_crash(&c.k);
	cm_kit_turn(&c, 1000);
	ck_assert_str_eq(cm_kit_state(&c, state), "stopped");
	cm_kit_do(&c, "start");
	cm_kit_until(&c, "normal-operation", "idle", 30);
	kit_crash(&c.k);
	cm_kit_until(&c, "normal-operation", "idle", 30);
}
END_TEST

START_TEST(E8_a_stopped_manager_neither_asks_nor_answers)
{
	CM_KIT(c, 2);
	struct bbum_door d;
	STR(out, 64 * KIB);
	struct err e;
	int refused;
	TWO(c, "00");

	cm_kit_activate(&c, two); /* there would be something to do */
	cm_kit_do(&c, "stop");
	refused = c.bb[0].refused;
	for (int i = 0; i < 20; i++)
		cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[0].refused, refused + 20);
	ck_assert_int_eq(c.bb[0].last_error, ERR_CM_STOPPED);
	ck_assert_int_eq(err_info(ERR_CM_STOPPED)->http, 503);
	ck_assert_int_eq(c.bb[0].state, BBUM_NORMAL);
	d = (struct bbum_door){ .db = c.k.db, .snap = kit_snap(&c.k), .image_dir = c.k.images };
	ck_refused(bbum_manifest(&d, c.bb[0].device, &out, &e), ERR_CM_STOPPED, "stopped");
}
END_TEST

START_TEST(E10_E11_the_active_configuration_is_kept_with_its_number_and_config_id)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *before = NULL, *after = NULL;

	cm_kit_activate(&c, two);
	before = cm_kit_status(&c);
	kit_crash(&c.k);
	after = cm_kit_status(&c);
	ck_assert_int_eq(json_int(json_get(json_get(before, "vc"), "n"), 0), two);
	ck_assert_int_eq(json_int(json_get(json_get(after, "vc"), "n"), 0), two);
	ck_assert_str_eq(cm_kit_text(before, "vc", "config_id"), cm_kit_text(after, "vc", "config_id"));
	ck_assert_int_eq(json_int(json_get(json_get(after, "previous_vc"), "n"), 0), one);
}
END_TEST

START_TEST(E12_E49_an_active_configuration_that_does_not_verify_at_the_start_is_a_fatal_error)
{
	CM_KIT(c, 2);
	struct vc_store gone = { .inbox = "", .trust_file = "" };
	OWN(json_free) struct json *j = NULL;
	const struct json *choices;
	char state[64];
	TWO(c, "00");

	(void)two;
	gone.dir = c.k.images; /* a folder that holds none of it */
	gone.image_dir = c.k.images;
	c.k.vcs = &gone;
	kit_crash(&c.k);
	ck_assert_str_eq(cm_kit_state(&c, state), "error");
	cm_kit_asks(&c, "fatal", 1);
	j = cm_kit_status(&c);
	choices = json_get(json_get(j, "prompt"), "choices"); /* E49: shut down or restart */
	ck_assert_int_eq(json_len(choices), 2);
	ck_assert_str_eq(cm_kit_text(json_at(choices, 0), "words", NULL), "restart");
	ck_assert_str_eq(cm_kit_text(json_at(choices, 1), "words", NULL), "shutdown");
	cm_kit_no(&c, "request update", "only in");
}
END_TEST

START_TEST(E17_E29_E32_E40_what_is_gathered_is_logged_and_its_summary_can_be_asked_for)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *bb = NULL;

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 40);
	cm_kit_until(&c, "normal-operation", "idle", 40);
	for (int n = 1; n <= 2; n++) {
		ck_assert(cm_kit_lines(&c, "extended", "advice-bb", n) >= 1);
		ck_assert(cm_kit_lines(&c, "extended", "acceptance-bb", n) >= 1);
		ck_assert(cm_kit_lines(&c, "extended", "result-bb", n) >= 1);
	}
	ck_assert(cm_kit_lines(&c, "normal", "advice", 0) >= 1);
	ck_assert(cm_kit_lines(&c, "normal", "acceptance", 0) == 1);
	ck_assert(cm_kit_lines(&c, "normal", "result", 0) == 1);
	bb = cm_kit_block(&c, 2);
	ck_assert_str_eq(cm_kit_text(bb, "state", NULL), "normal-operation");
	ck_assert(json_get(bb, "recommends") && !json_bool(json_get(bb, "recommends"), true));
}
END_TEST

START_TEST(E18_commands_go_through_the_manager_to_one_building_block_and_answers_come_back)
{
	CM_KIT(c, 2);
	int64_t boots;
	TWO(c, "00");
	OWN(json_free) struct json *bb = NULL;

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	cm_kit_do(&c, "trigger update");
	cm_kit_asks(&c, "result", 20);
	boots = c.bb[1].boots;
	cm_kit_do(&c, "restart 2");
	bb = cm_kit_block(&c, 2);
	ck_assert_str_eq(cm_kit_text(bb, "command", "kind"), "restart"); /* pending until it is answered */
	for (int i = 0; i < 4; i++)
		cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[1].boots, boots + 1);
	ck_assert_int_eq(c.bb[0].boots, 0);
}
END_TEST

START_TEST(E19_the_mode_is_set_by_command_and_kept)
{
	CM_KIT(c, 1);
	OWN(json_free) struct json *j = NULL;

	cm_kit_do(&c, "mode manual");
	kit_crash(&c.k);
	j = cm_kit_status(&c);
	ck_assert_str_eq(cm_kit_text(j, "mode", NULL), "manual");
}
END_TEST

START_TEST(E20_manifests_and_packages_are_fetched_by_the_building_block_itself)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 40);
	ck_assert_int_ge(c.bb[0].manifests, 2); /* of both configurations */
	ck_assert_int_eq(c.bb[0].packages, 1);
}
END_TEST

START_TEST(E24_building_blocks_in_different_states_at_the_start_are_brought_to_one_state)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	(void)two;
	cm_kit_do(&c, "stop");
	c.bb[0].state = BBUM_PENDING; /* out of step, while nobody looked */
	cm_kit_do(&c, "start");
	cm_kit_until(&c, "normal-operation", "idle", 40);
	ck_assert_int_eq(c.bb[0].state, BBUM_NORMAL);
}
END_TEST

START_TEST(E25_who_takes_part_is_read_from_the_active_vehicle_manifest)
{
	CM_KIT(c, 3);
	int64_t three = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0 1.0.0", "000"), two;
	OWN(json_free) struct json *j = NULL;

	cm_kit_settle(&c, three);
	c.nbb = 2;
	two = cm_kit_vc(&c, CM_TYPE, "2.0.0 2.0.0", "00");
	cm_kit_activate(&c, two);
	c.bb[2].silent = true; /* not asked, not waited for */
	cm_kit_until(&c, "update-completed", NULL, 40);
	cm_kit_until(&c, "normal-operation", "idle", 40);
	j = cm_kit_status(&c);
	ck_assert_int_eq(json_len(json_get(j, "blocks")), 2);
	ck_assert_str_eq(c.bb[2].runs_version, "1.0.0");
}
END_TEST

START_TEST(E26_the_time_from_request_to_answer_is_measured_for_each)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *quick = NULL, *slow = NULL;

	(void)two;
	cm_kit_do(&c, "stop");
	cm_kit_do(&c, "start"); /* asks everybody */
	c.bb[1].silent = true;
	for (int i = 0; i < 9; i++)
		cm_kit_turn(&c, 1000);
	c.bb[1].silent = false;
	cm_kit_until(&c, "normal-operation", "idle", 20);
	quick = cm_kit_block(&c, 1);
	slow = cm_kit_block(&c, 2);
	ck_assert_int_ge(json_int(json_get(slow, "response_ms"), -1), 9000);
	ck_assert_int_ge(json_int(json_get(quick, "response_ms"), -1), 0);
	ck_assert_int_le(json_int(json_get(quick, "response_ms"), -1), 3000);
}
END_TEST

START_TEST(E27_C13_who_is_silent_too_long_is_marked_and_marked_again_when_it_is_back)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *lost = NULL, *back = NULL, *all = NULL;

	(void)two;
	c.bb[1].silent = true;
	for (int i = 0; i < 40; i++)
		cm_kit_turn(&c, 10000); /* past life_limit */
	lost = cm_kit_block(&c, 2);
	all = cm_kit_status(&c);
	ck_assert_str_eq(cm_kit_text(lost, "life", NULL), "lost");
	ck_assert_int_eq(json_int(json_get(all, "lost"), -1), 1);
	ck_assert(cm_kit_lines(&c, "normal", "life", 2) >= 1);
	c.bb[1].silent = false;
	for (int i = 0; i < 3; i++)
		cm_kit_turn(&c, 1000);
	back = cm_kit_block(&c, 2);
	ck_assert_str_eq(cm_kit_text(back, "life", NULL), "ok");
	ck_assert(cm_kit_lines(&c, "normal", "life", 2) >= 2);
}
END_TEST

START_TEST(E26_E27_who_owes_an_answer_is_lost_when_silent_and_not_when_its_application_takes_its_time)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *thinks = NULL, *lost = NULL, *answered = NULL;

	cm_kit_do(&c, "mode manual");
	c.k.site.accept_limit = 3600000;
	kit_crash(&c.k);
	cm_kit_until(&c, "normal-operation", "idle", 20);
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	c.bb[0].simulated = true; /* polls, and waits for its application */
	c.bb[1].silent = true;
	cm_kit_do(&c, "request update");
	for (int i = 0; i < 90; i++) /* past answer_limit, far from life_limit */
		cm_kit_turn(&c, 1000);
	thinks = cm_kit_block(&c, 1);
	lost = cm_kit_block(&c, 2);
	ck_assert_str_eq(cm_kit_text(thinks, "life", NULL), "ok");
	ck_assert_str_eq(cm_kit_text(lost, "life", NULL), "lost");
	cm_kit_do(&c, "accept update 1");
	for (int i = 0; i < 4; i++)
		cm_kit_turn(&c, 1000);
	answered = cm_kit_block(&c, 1);
	ck_assert_int_ge(json_int(json_get(answered, "response_ms"), -1), 90000);
	ck_assert_str_eq(cm_kit_text(answered, "state", NULL), "update-pending");
}
END_TEST

START_TEST(E28_C20_B22_B23_each_building_block_is_given_the_manifest_that_is_its_own)
{
	CM_KIT(c, 2);
	struct bbum_door d;
	STR(first, 64 * KIB);
	STR(second, 64 * KIB);
	char want[65];
	struct err e;
	int64_t mixed;
	TWO(c, "00");

	(void)two;
	mixed = cm_kit_vc(&c, CM_TYPE, "3.0.0 4.0.0", "00");
	cm_kit_do(&c, "mode manual"); /* it stays in Normal Operation */
	cm_kit_activate(&c, mixed);
	cm_kit_asks(&c, "request", 20);
	for (int i = 0; i < 2; i++) {
		cm_kit_hash(i, i ? "4.0.0" : "3.0.0", want);
		ck_assert_str_eq(c.bb[i].held, want);
	}
	d = (struct bbum_door){ .db = c.k.db, .snap = kit_snap(&c.k), .image_dir = c.k.images };
	ck_ok(bbum_manifest(&d, c.bb[0].device, &first, &e));
	ck_ok(bbum_manifest(&d, c.bb[1].device, &second, &e));
	ck_assert(strstr(str_c(&first), "3.0.0") && !strstr(str_c(&first), "4.0.0"));
	ck_assert(strstr(str_c(&second), "4.0.0") && !strstr(str_c(&second), "3.0.0"));
}
END_TEST

START_TEST(E30_E31_when_one_needs_an_update_all_are_asked_and_each_answers_for_itself)
{
	CM_KIT(c, 2);
	int64_t one = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0", "00"),
		half = cm_kit_vc(&c, CM_TYPE, "1.0.0 2.0.0", "00");
	OWN(json_free) struct json *a = NULL, *b = NULL;

	cm_kit_settle(&c, one);
	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, half);
	cm_kit_asks(&c, "request", 20);
	c.bb[1].deny = 1;
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "rejected", 20);
	a = cm_kit_block(&c, 1); /* needs nothing, and was asked all the same */
	b = cm_kit_block(&c, 2);
	ck_assert_str_eq(cm_kit_text(a, "state", NULL), "update-pending");
	ck_assert(json_bool(json_get(a, "accepted"), false));
	ck_assert_str_eq(cm_kit_text(b, "state", NULL), "normal-operation");
	ck_assert(!json_bool(json_get(b, "accepted"), true));
	ck_assert_str_eq(cm_kit_text(b, "reason", NULL), "no permission");
}
END_TEST

START_TEST(E33_a_rejection_is_repeated_in_auto_mode_and_asked_about_in_manual_mode)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	c.bb[0].deny = 1;
	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-pending", NULL, 40); /* by itself */
	cm_kit_until(&c, "normal-operation", "idle", 60);
	cm_kit_do(&c, "mode manual");
	c.bb[0].deny = 1;
	cm_kit_activate(&c, one);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "rejected", 20);
}
END_TEST

START_TEST(E34_E37_E38_E42_the_vehicle_moves_when_all_have_moved_never_before)
{
	CM_KIT(c, 3);
	char state[64];
	TWO(c, "000");

	cm_kit_activate(&c, two);
	c.bb[2].simulated = true; /* its application says nothing yet */
	for (int i = 0; i < 15; i++)
		cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[0].state, BBUM_PENDING);
	ck_assert_str_eq(cm_kit_state(&c, state), "normal-operation"); /* E34: all, not two of three */
	cm_kit_do(&c, "accept update 3");
	cm_kit_until(&c, "update-pending", NULL, 10);
	cm_kit_until(&c, "update", NULL, 10);
	for (int i = 0; i < 3; i++)
		ck_assert(c.bb[i].state == BBUM_UPDATE || c.bb[i].state == BBUM_COMPLETED);
	cm_kit_until(&c, "update-completed", NULL, 20);
	for (int i = 0; i < 3; i++)
		ck_assert_int_ne(c.bb[i].state, BBUM_UPDATE);
}
END_TEST

START_TEST(E35_C30_packages_are_served_in_the_computed_sequence)
{
	CM_KIT(c, 3);
	TWO(c, "210");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update", NULL, 30);
	while (c.bb[2].packages == 0) /* the first wave */
		cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[0].packages, 0);
	cm_kit_until(&c, "update-completed", NULL, 30);
	ck_assert_int_gt(c.bb[0].turned_away, c.bb[1].turned_away);
	ck_assert_int_eq(c.bb[2].turned_away, 0);
}
END_TEST

START_TEST(E36_without_dependencies_everybody_is_served_as_it_comes)
{
	CM_KIT(c, 3);
	TWO(c, "000");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 30);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(c.bb[i].turned_away, 0);
		ck_assert_int_eq(c.bb[i].packages, 1);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		E1_E2_E9_E21_E22_E23_a_new_configuration_goes_its_documented_way,
		E6_E7_start_and_stop_are_kept_over_a_death_of_the_service,
		E8_a_stopped_manager_neither_asks_nor_answers,
		E10_E11_the_active_configuration_is_kept_with_its_number_and_config_id,
		E12_E49_an_active_configuration_that_does_not_verify_at_the_start_is_a_fatal_error,
		E17_E29_E32_E40_what_is_gathered_is_logged_and_its_summary_can_be_asked_for,
		E18_commands_go_through_the_manager_to_one_building_block_and_answers_come_back,
		E19_the_mode_is_set_by_command_and_kept,
		E20_manifests_and_packages_are_fetched_by_the_building_block_itself,
		E24_building_blocks_in_different_states_at_the_start_are_brought_to_one_state,
		E25_who_takes_part_is_read_from_the_active_vehicle_manifest,
		E26_the_time_from_request_to_answer_is_measured_for_each,
		E27_C13_who_is_silent_too_long_is_marked_and_marked_again_when_it_is_back,
		E26_E27_who_owes_an_answer_is_lost_when_silent_and_not_when_its_application_takes_its_time,
		E28_C20_B22_B23_each_building_block_is_given_the_manifest_that_is_its_own,
		E30_E31_when_one_needs_an_update_all_are_asked_and_each_answers_for_itself,
		E33_a_rejection_is_repeated_in_auto_mode_and_asked_about_in_manual_mode,
		E34_E37_E38_E42_the_vehicle_moves_when_all_have_moved_never_before,
		E35_C30_packages_are_served_in_the_computed_sequence,
		E36_without_dependencies_everybody_is_served_as_it_comes,
	};

	return STORES_RUN("ocora_e", all, 60);
}
