/* SPDX-License-Identifier: Apache-2.0 */
/* Part E of the requirement list, from the results of an update on (5.1.3.10-15, 5.2.1); see check_ocora_e.c.
 */
#include "cm_kit.h"

START_TEST(E39_E41_a_package_is_served_only_where_the_manifest_differs_and_results_are_told_apart)
{
	CM_KIT(c, 3);
	static const char *const want[] = { "no update required", "verification failure",
					    "installation failure" };
	int64_t one = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0 1.0.0", "000"),
		two = cm_kit_vc(&c, CM_TYPE, "1.0.0 2.0.0 2.0.0", "000");

	cm_kit_settle(&c, one);
	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	c.bb[2].fail = 1;
	cm_kit_do(&c, "trigger update");
	cm_kit_until(&c, "update", NULL, 5);
	c.bb[1].corrupt = true;
	cm_kit_asks(&c, "result", 20);
	ck_assert_int_eq(c.bb[0].packages, 0);
	for (int i = 0; i < 3; i++) {
		OWN(json_free) struct json *bb = cm_kit_block(&c, i + 1);

		ck_assert_str_eq(cm_kit_text(bb, "result", NULL), want[i]);
	}
}
END_TEST

START_TEST(E43_E44_E45_restart_is_answered_before_it_happens_and_then_all_return_to_normal_operation)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	cm_kit_do(&c, "trigger update");
	cm_kit_asks(&c, "result", 20);
	cm_kit_do(&c, "restart all");
	cm_kit_asks(&c, "result", 20);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(c.bb[i].boots, 1);
		ck_assert_int_eq(c.bb[i].state, BBUM_COMPLETED); /* E44: back in UC */
		ck_assert_str_eq(c.bb[i].runs_version, "2.0.0");
	}
	cm_kit_do(&c, "normal operation all");
	cm_kit_until(&c, "normal-operation", NULL, 20);
	ck_assert_int_eq(c.bb[0].state, BBUM_NORMAL);
	ck_assert_int_eq(c.bb[1].state, BBUM_NORMAL);
}
END_TEST

START_TEST(E46_a_failed_installation_is_triggered_again)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	c.bb[0].fail = 1;
	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update", NULL, 30);
	cm_kit_until(&c, "normal-operation", "idle", 60);
	ck_assert_str_eq(c.bb[0].runs_version, "2.0.0");
	ck_assert_int_eq(c.bb[0].packages, 2);
	ck_assert_int_eq(c.bb[1].packages, 1);
}
END_TEST

START_TEST(E47_a_rollback_first_makes_the_previous_configuration_active_then_triggers)
{
	CM_KIT(c, 2);
	char state[64];
	TWO(c, "00");
	OWN(json_free) struct json *j = NULL;

	c.bb[0].fail = 99;
	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update", NULL, 30);
	for (int i = 0; i < 60 && strcmp(cm_kit_state(&c, state), "normal-operation") != 0; i++)
		cm_kit_turn(&c, 1000);
	cm_kit_until(&c, "normal-operation", "idle", 30);
	j = cm_kit_status(&c);
	ck_assert_int_eq(json_int(json_get(json_get(j, "vc"), "n"), 0), one);
	ck_assert_str_eq(c.bb[0].runs_version, "1.0.0");
	ck_assert_str_eq(c.bb[1].runs_version, "1.0.0"); /* Z44: also who had succeeded */
	ck_assert_int_eq(cm_kit_audit(&c, "vc-activate"), 3);
}
END_TEST

START_TEST(E47_an_operator_rolls_back_by_one_word_and_only_when_there_is_something_to_go_back_to)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_no(&c, "rollback", "only in Update Completed");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	cm_kit_do(&c, "trigger update");
	cm_kit_asks(&c, "result", 20);
	cm_kit_do(&c, "rollback");
	cm_kit_asks(&c, "result", 40);
	cm_kit_no(&c, "rollback", "previous");
	cm_kit_do(&c, "restart all");
	cm_kit_asks(&c, "result", 20);
	cm_kit_do(&c, "normal operation all");
	cm_kit_until(&c, "normal-operation", "idle", 20);
	ck_assert_str_eq(c.bb[0].runs_version, "1.0.0");
}
END_TEST

START_TEST(E48_a_pending_update_is_cancelled_and_everybody_is_back_in_normal_operation)
{
	CM_KIT(c, 2);
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	ck_assert_int_eq(c.bb[0].state, BBUM_PENDING);
	cm_kit_do(&c, "cancel update");
	cm_kit_until(&c, "normal-operation", NULL, 20);
	for (int i = 0; i < 4; i++)
		cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[0].state, BBUM_NORMAL);
	ck_assert_int_eq(c.bb[1].state, BBUM_NORMAL);
	ck_assert_str_eq(c.bb[0].runs_version, "1.0.0");
}
END_TEST

START_TEST(E50_E51_E52_E53_E54_every_field_of_the_status_message_is_kept_and_shown)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *bb = NULL;
	const struct json *holds;

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	cm_kit_do(&c, "trigger update");
	cm_kit_asks(&c, "result", 20);
	bb = cm_kit_block(&c, 1);
	holds = json_get(bb, "holds");
	ck_assert_str_eq(cm_kit_text(holds, "manifest", NULL),
			 "bb:00000001-2222-4333-8444-555555555555@2.0.0");
	ck_assert_str_eq(cm_kit_text(holds, "version", NULL), "2.0.0");
	ck_assert(json_bool(json_get(holds, "syntax"), false) &&
		  json_bool(json_get(holds, "integrity"), false));
	ck_assert(json_bool(json_get(holds, "identity"), false) &&
		  json_bool(json_get(holds, "authenticity"), false));
	ck_assert(json_bool(json_get(bb, "recommends"), false));
	ck_assert(json_bool(json_get(bb, "accepted"), false));
	ck_assert_str_eq(cm_kit_text(bb, "result", NULL), "update successful");
	ck_assert_str_eq(cm_kit_text(bb, "state", NULL), "update-completed");
	ck_assert_str_eq(cm_kit_text(bb, "iec", NULL), "running");
	ck_assert_int_eq(json_len(json_get(bb, "components")), 1);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		E39_E41_a_package_is_served_only_where_the_manifest_differs_and_results_are_told_apart,
		E43_E44_E45_restart_is_answered_before_it_happens_and_then_all_return_to_normal_operation,
		E46_a_failed_installation_is_triggered_again,
		E47_a_rollback_first_makes_the_previous_configuration_active_then_triggers,
		E47_an_operator_rolls_back_by_one_word_and_only_when_there_is_something_to_go_back_to,
		E48_a_pending_update_is_cancelled_and_everybody_is_back_in_normal_operation,
		E50_E51_E52_E53_E54_every_field_of_the_status_message_is_kept_and_shown,
	};

	return STORES_RUN("ocora_e_update", all, 60);
}
