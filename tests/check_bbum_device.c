/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent: rows of its state table, and what commands it takes. */
#include "bbum_world.h"

START_TEST(I1_a_new_device_runs_its_factory_version_in_normal_operation)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	until_poll(&w);
	s = w.said.status;
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_str_eq(s.version, "00010001");
	ck_assert_str_eq(s.manufacturer, "1081");
	ck_assert_str_eq(s.hash, "");
	ck_assert_int_eq(s.boots, 1);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
	ck_assert(w.said.wants_manifest);
}
END_TEST

START_TEST(I3_a_stored_image_that_was_changed_leads_to_the_error_state)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	update(&w);
	spoil(&w, "slot-A/image");
	crash(&w);
	until_poll(&w);
	s = w.said.status;
	ck_assert_int_eq(s.state, BBUM_ERROR);
	ck_assert_str_eq(s.error, "stored-package");
	ck_assert_str_eq(s.version, "");
	/* nothing but a restart leads out */
	answer_poll(&w);
	ck_assert_int_eq(order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 3).answer, BBUM_ANSWER_REJECTED);
	ck_assert_int_eq(now_says(&w).state, BBUM_ERROR);
}
END_TEST

START_TEST(I4_a_manifest_is_judged_and_reported)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	exchange(&w);
	until_poll(&w);
	s = w.said.status;
	ck_assert_str_eq(s.manifest, "cpl:000002");
	ck_assert_str_eq(s.manifest_version, "00010002");
	ck_assert(s.syntax_ok && s.integrity_ok && s.identity_ok && s.authenticity_ok);
	ck_assert_int_eq(s.recommends, 1);
	/* what it runs already */
	str_copy(w.answer.manifest.version, sizeof w.answer.manifest.version, "00010001");
	answer_poll(&w);
	until_poll(&w);
	ck_assert_int_eq(w.said.status.recommends, 0);
	/* for another model: conformity fails, and nothing else happens (Z31) */
	manifest_is(&w, 3);
	str_copy(w.answer.manifest.model, sizeof w.answer.manifest.model, "00A2");
	answer_poll(&w);
	until_poll(&w);
	s = w.said.status;
	ck_assert(!s.identity_ok);
	ck_assert_int_eq(s.recommends, 0);
	ck_assert_str_eq(s.error, "manifest-conformity");
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	/* too large for it */
	manifest_is(&w, 3);
	w.answer.manifest.size = (1 << 20) + 1;
	answer_poll(&w);
	until_poll(&w);
	ck_assert(!w.said.status.integrity_ok);
	ck_assert_str_eq(w.said.status.error, "manifest-integrity");
	/* none any more */
	w.answer.has_manifest = false;
	w.answer.no_manifest = true;
	answer_poll(&w);
	until_poll(&w);
	ck_assert_str_eq(w.said.status.manifest, "");
	ck_assert_str_eq(w.said.status.error, "");
	ck_assert_int_eq(w.said.status.recommends, -1);
}
END_TEST

START_TEST(a_manifest_that_makes_no_sense_is_reported_beside_the_command_that_came_with_it)
{
	static const char body[] =
	    "{\"command\":{\"id\":\"3-1\",\"kind\":\"request-update\"},\"manifest\":{\"name\":\"cpl:1\"}}";
	struct net_result r = { .status = 200, .body = body, .len = sizeof body - 1 };
	WORLD(w);

	boot(&w);
	until_poll(&w);
	w.wants[NET_POLL] = false;
	device_polled(w.d, &r);
	until_poll(&w);
	ck_assert_str_eq(w.said.status.manifest, "cpl:1");
	ck_assert(!w.said.status.syntax_ok);
	ck_assert_str_eq(w.said.status.error, "manifest-syntax");
	ck_assert_int_eq(w.said.status.answer, BBUM_ANSWER_ACCEPTED);
}
END_TEST

START_TEST(I6_the_application_says_no_or_nothing_and_the_request_is_rejected)
{
	struct bbum_status s;
	int64_t begun;
	WORLD(w);

	boot(&w);
	exchange(&w);
	w.word = PERMIT_NO;
	s = order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_str_eq(s.reason, "charging");
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	w.word = PERMIT_WAIT;
	w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	w.answer.seq = 2;
	answer_poll(&w);
	begun = w.now;
	while (now_says(&w).seq != 2 && w.now < begun + 20000)
		exchange(&w);
	s = now_says(&w);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert(strstr(s.reason, "in time") != NULL);
	ck_assert_int_ge(w.now, begun + 5000);
	ck_assert_int_lt(w.now, begun + 8000);
	ck_assert_int_eq(w.withdrawn, 1);
}
END_TEST

START_TEST(I5_an_application_that_takes_its_time_is_waited_for)
{
	WORLD(w);

	boot(&w);
	exchange(&w);
	w.word = PERMIT_WAIT;
	w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	w.answer.cycle_id = 7;
	w.answer.seq = 1;
	exchange(&w);
	exchange(&w); /* the same command again asks nobody again */
	ck_assert_int_eq(now_says(&w).state, BBUM_NORMAL);
	ck_assert_int_eq(now_says(&w).answer, BBUM_ANSWER_NONE);
	w.word = PERMIT_YES;
	w.now += 100;
	tick(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_PENDING);
	ck_assert_int_eq(now_says(&w).answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(w.withdrawn, 0);
}
END_TEST

START_TEST(I8_a_cancel_takes_back_what_was_accepted_and_what_still_waits)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	exchange(&w);
	order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	s = order(&w, BBUM_CMD_CANCEL, 7, 2);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.seq, 2);
	w.word = PERMIT_WAIT;
	w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	w.answer.seq = 3;
	answer_poll(&w);
	s = order(&w, BBUM_CMD_CANCEL, 7, 4); /* Z30 */
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(w.withdrawn, 1);
	w.word = PERMIT_YES;
	w.now += 10000;
	tick(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_NORMAL);
}
END_TEST

START_TEST(I7_I12_a_trigger_installs_and_only_a_restart_runs_it)
{
	struct bbum_status s;
	STR(text, 4096);
	char want[300];
	WORLD(w);

	boot(&w);
	s = update(&w);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.result_cycle_id, 7);
	ck_assert_int_eq(s.result_seq, 2);
	ck_assert_str_eq(s.version, "00010001");
	ck_assert_str_eq(s.error, "");
	ck_assert_uint_eq(effects(&w, &text), 1);
	snprintf(want, sizeof want, "command=7-2 from=00010001 to=00010002 hash=%s\n",
		 w.answer.manifest.hash);
	ck_assert(strstr(str_c(&text), want) != NULL);
	s = order(&w, BBUM_CMD_RESTART, 7, 3); /* I15: accepted before */
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.boots, 1);
	restart(&w);
	s = now_says(&w);
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	ck_assert_int_eq(s.boots, 2);
	ck_assert_str_eq(s.version, "00010002");
	ck_assert_str_eq(s.hash, w.answer.manifest.hash);
	exchange(&w);
	s = order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 4); /* I13 */
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
	ck_assert_int_eq(s.result_seq, 0);
	ck_assert_uint_eq(effects(&w, &text), 1);
}
END_TEST

START_TEST(a_walk_of_many_hops_uses_the_slots_in_turn)
{
	STR(text, 8192);
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	for (int hop = 1; hop <= 5; hop++) {
		manifest_is(&w, hop + 1);
		exchange(&w);
		order(&w, BBUM_CMD_REQUEST_UPDATE, 7, hop * 4 - 3);
		order(&w, BBUM_CMD_TRIGGER, 7, hop * 4 - 2);
		s = serve_until(&w, BBUM_COMPLETED);
		ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
		order(&w, BBUM_CMD_RESTART, 7, hop * 4 - 1);
		restart(&w);
		exchange(&w);
		s = order(&w, BBUM_CMD_NORMAL_OPERATION, 7, hop * 4);
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_str_eq(s.version, w.answer.manifest.version);
		ck_assert_uint_eq(effects(&w, &text), (size_t)hop);
	}
}
END_TEST

START_TEST(I9_a_manifest_that_says_what_runs_needs_no_download)
{
	struct bbum_status s;
	STR(text, 4096);
	WORLD(w);

	boot(&w);
	str_copy(w.answer.manifest.version, sizeof w.answer.manifest.version, "00010001");
	s = update(&w);
	ck_assert_int_eq(s.result, BBUM_RESULT_NOT_REQUIRED);
	ck_assert_int_eq(w.images, 0);
	ck_assert_uint_eq(effects(&w, &text), 0);
}
END_TEST

START_TEST(I11_a_slot_that_cannot_be_written_is_an_installation_failure)
{
	struct bbum_status s;
	char path[200];
	struct err e;
	WORLD(w);

	boot(&w);
	snprintf(path, sizeof path, "%s/slot-A", w.dir);
	ck_ok(file_replace(path, "x", 1, &e)); /* a file where the folder should be */
	s = update(&w);
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	ck_assert_str_eq(s.error, "installation");
	/* I13 after a failure: the old Package is valid, so it may go back (Z24) */
	s = order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 3);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_str_eq(s.version, "00010001");
}
END_TEST

START_TEST(I13_normal_operation_needs_a_package_that_runs_and_is_valid)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	update(&w);
	s = order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 3);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert(strstr(s.reason, "after a restart") != NULL);
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	crash(&w);
	spoil(&w, "slot-A/image");
	exchange(&w);
	s = order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 4);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert(strstr(s.reason, "not valid") != NULL);
}
END_TEST

START_TEST(I16_a_restart_that_is_not_permitted_is_rejected)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	exchange(&w);
	w.word = PERMIT_NO;
	s = order(&w, BBUM_CMD_RESTART, 7, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_str_eq(s.reason, "charging, do not restart");
	w.word = PERMIT_YES;
	s = order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 2);
	s = order(&w, BBUM_CMD_RESTART, 7, 3); /* not in UP */
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert(strstr(s.reason, "update-pending") != NULL);
}
END_TEST

/* Every command in every state: what the table does not know is rejected with a reason and changes nothing.
 */
START_TEST(what_the_table_does_not_know_is_rejected_and_changes_nothing)
{
	static const struct {
		enum bbum_state in;
		enum bbum_command on;
	} refused[] = {
		{ BBUM_NORMAL, BBUM_CMD_TRIGGER },
		{ BBUM_NORMAL, BBUM_CMD_NORMAL_OPERATION },
		{ BBUM_PENDING, BBUM_CMD_REQUEST_UPDATE },
		{ BBUM_PENDING, BBUM_CMD_RESTART },
		{ BBUM_PENDING, BBUM_CMD_NORMAL_OPERATION },
		{ BBUM_UPDATE, BBUM_CMD_REQUEST_UPDATE },
		{ BBUM_UPDATE, BBUM_CMD_CANCEL },
		{ BBUM_UPDATE, BBUM_CMD_TRIGGER },
		{ BBUM_UPDATE, BBUM_CMD_NORMAL_OPERATION },
		{ BBUM_COMPLETED, BBUM_CMD_REQUEST_UPDATE },
		{ BBUM_COMPLETED, BBUM_CMD_CANCEL },
		{ BBUM_ERROR, BBUM_CMD_REQUEST_UPDATE },
		{ BBUM_ERROR, BBUM_CMD_TRIGGER },
		{ BBUM_ERROR, BBUM_CMD_CANCEL },
		{ BBUM_ERROR, BBUM_CMD_NORMAL_OPERATION },
	};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct bbum_status s;
		WORLD(w);

		boot(&w);
		exchange(&w);
		if (refused[i].in == BBUM_PENDING)
			order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
		else if (refused[i].in == BBUM_UPDATE)
			into_update(&w);
		else if (refused[i].in == BBUM_COMPLETED || refused[i].in == BBUM_ERROR)
			update(&w);
		if (refused[i].in == BBUM_ERROR) {
			spoil(&w, "slot-A/image");
			crash(&w);
		}
		if (w.wants[NET_POLL])
			answer_poll(&w);
		s = order(&w, refused[i].on, 7, 9);
		ck_assert_int_eq(s.state, refused[i].in);
		ck_assert_int_eq(s.seq, 9);
		ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
		ck_assert(strstr(s.reason, bbum_state_text[refused[i].in]) != NULL);
	}
}
END_TEST

START_TEST(the_same_command_again_or_an_older_one_changes_nothing)
{
	struct bbum_status s;
	STR(text, 4096);
	WORLD(w);

	boot(&w);
	update(&w);
	order(&w, BBUM_CMD_RESTART, 7, 3);
	restart(&w);
	exchange(&w);
	order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 4);
	for (int64_t seq = 1; seq <= 4; seq++) {
		w.answer.command = seq == 1   ? BBUM_CMD_REQUEST_UPDATE
				   : seq == 2 ? BBUM_CMD_TRIGGER
					      : BBUM_CMD_RESTART;
		w.answer.seq = seq;
		answer_poll(&w);
		until_poll(&w);
		s = w.said.status;
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_int_eq(s.seq, 4);
		ck_assert_int_eq(s.boots, 2);
	}
	ck_assert_uint_eq(effects(&w, &text), 1);
}
END_TEST

START_TEST(a_command_of_a_newer_service_is_rejected_by_its_id)
{
	static const char body[] = "{\"command\":{\"id\":\"3-1\",\"kind\":\"shut-down\"}}";
	struct net_result r = { .status = 200, .body = body, .len = sizeof body - 1 };
	WORLD(w);

	boot(&w);
	until_poll(&w);
	w.wants[NET_POLL] = false;
	device_polled(w.d, &r);
	until_poll(&w);
	ck_assert_int_eq(w.said.status.answer, BBUM_ANSWER_REJECTED);
	ck_assert_int_eq(w.said.status.cycle_id, 3);
	ck_assert(strstr(w.said.status.reason, "does not know") != NULL);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		I1_a_new_device_runs_its_factory_version_in_normal_operation,
		I3_a_stored_image_that_was_changed_leads_to_the_error_state,
		I4_a_manifest_is_judged_and_reported,
		a_manifest_that_makes_no_sense_is_reported_beside_the_command_that_came_with_it,
		I6_the_application_says_no_or_nothing_and_the_request_is_rejected,
		I5_an_application_that_takes_its_time_is_waited_for,
		I8_a_cancel_takes_back_what_was_accepted_and_what_still_waits,
		I7_I12_a_trigger_installs_and_only_a_restart_runs_it,
		a_walk_of_many_hops_uses_the_slots_in_turn,
		I9_a_manifest_that_says_what_runs_needs_no_download,
		I11_a_slot_that_cannot_be_written_is_an_installation_failure,
		I13_normal_operation_needs_a_package_that_runs_and_is_valid,
		I16_a_restart_that_is_not_permitted_is_rejected,
		what_the_table_does_not_know_is_rejected_and_changes_nothing,
		the_same_command_again_or_an_older_one_changes_nothing,
		a_command_of_a_newer_service_is_rejected_by_its_id,
	};

	return RUN_TESTS("bbum_device", all);
}
