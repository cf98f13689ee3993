/* SPDX-License-Identifier: Apache-2.0 */
/* Part I, rows I1-I18: the chart of a Building Block Update Manager, each move made by the device itself. */
#include "block_world.h"

/* A device in the wanted state; release 1 runs, 2 is active. */
static void come_to(struct block_world *b, enum bbum_state state)
{
	struct world *w = &b->w;

	boot(w);
	block_runs(b, 1);
	block_is(b, 2);
	judged(b);
	if (state == BBUM_PENDING || state == BBUM_UPDATE || state == BBUM_COMPLETED)
		ck_assert_int_eq(order(w, BBUM_CMD_REQUEST_UPDATE, 7, 51).state, BBUM_PENDING);
	if (state == BBUM_UPDATE || state == BBUM_COMPLETED)
		ck_assert_int_eq(order(w, BBUM_CMD_TRIGGER, 7, 52).state, BBUM_UPDATE);
	if (state == BBUM_COMPLETED)
		serve_until(w, BBUM_COMPLETED);
	if (state == BBUM_ERROR)
		ck_assert_int_eq(order(w, BBUM_CMD_TURN_TO_ERROR, 7, 53).state, BBUM_ERROR);
	ck_assert_int_eq(now_says(w).state, state);
}

START_TEST(I1_a_start_without_a_memory_comes_to_normal_operation)
{
	BLOCK_WORLD(b);

	boot(&b.w);
	until_poll(&b.w);
	ck_assert_int_eq(b.w.said.status.state, BBUM_NORMAL);
	ck_assert_int_eq(b.w.said.status.boots, 1);
	ck_assert_str_eq(b.w.said.status.type_id, TYPE_ID);
	ck_assert_str_eq(b.w.said.status.hash, "");
}
END_TEST

START_TEST(I2_a_start_resumes_the_memorised_state)
{
	static const enum bbum_state states[] = { BBUM_NORMAL, BBUM_PENDING, BBUM_UPDATE, BBUM_COMPLETED };

	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		BLOCK_WORLD(b);

		come_to(&b, states[i]);
		crash(&b.w);
		until_poll(&b.w);
		ck_assert_int_eq(b.w.said.status.state, states[i]);
		/* What was installed runs after any start, asked for or not. */
		ck_assert_str_eq(b.w.said.status.version, states[i] == BBUM_COMPLETED ? "1.0.2" : "1.0.1");
		ck_assert_int_eq(b.w.said.status.boots, 3);
	}
}
END_TEST

START_TEST(I3_a_start_with_a_stored_package_that_is_not_valid_comes_to_the_error_state)
{
	BLOCK_WORLD(b);
	char path[160];

	come_to(&b, BBUM_NORMAL);
	block_is(&b, 1);
	snprintf(path, sizeof path, "slot-A/archives/%s", b.w.file[0].hash);
	spoil(&b.w, path);
	crash(&b.w);
	until_poll(&b.w);
	ck_assert_int_eq(b.w.said.status.state, BBUM_ERROR);
	ck_assert_str_eq(b.w.said.status.error, "stored-package");
	ck_assert_str_eq(b.w.said.status.hash, "");
	ck_assert_int_eq(b.w.said.parts.n, 3);
	ck_assert(!b.w.said.parts.v[0].ok && !b.w.said.parts.v[1].ok && b.w.said.parts.v[2].ok);
}
END_TEST

START_TEST(I4_a_manifest_in_normal_operation_is_judged_and_the_state_stays)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	s = judged(&b);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert(s.syntax_ok && s.integrity_ok && s.identity_ok && s.authenticity_ok);
	ck_assert_int_eq(s.recommends, 1);
	ck_assert_str_eq(s.manifest_hash, b.w.answer.manifest.hash);
	ck_assert_str_eq(s.manifest, b.w.answer.manifest.name);
	ck_assert_str_eq(s.manifest_version, "1.0.1");
}
END_TEST

START_TEST(I5_a_request_that_the_application_permits_leads_to_update_pending)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	judged(&b);
	s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	ck_assert_int_eq(s.state, BBUM_PENDING);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.seq, 1);
}
END_TEST

START_TEST(I6_a_request_without_permission_in_time_is_rejected_and_the_state_stays)
{
	static const enum permit_word words[] = { PERMIT_NO, PERMIT_WAIT };

	for (size_t i = 0; i < 2; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;

		boot(&b.w);
		judged(&b);
		b.w.word = words[i];
		s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
		for (int n = 0; n < 20 && s.answer == BBUM_ANSWER_NONE; n++)
			s = exchange(&b.w);
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
		ck_assert(strstr(s.reason, i ? "in time" : "charging") != NULL);
	}
}
END_TEST

START_TEST(I7_a_trigger_leads_from_update_pending_to_update_at_once)
{
	BLOCK_WORLD(b);

	come_to(&b, BBUM_UPDATE);
	ck_assert_int_eq(b.w.said.status.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(b.w.said.status.seq, 52);
}
END_TEST

START_TEST(I8_a_cancel_leads_back_to_normal_operation)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	come_to(&b, BBUM_PENDING);
	s = order(&b.w, BBUM_CMD_CANCEL, 7, 60);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_str_eq(s.version, "1.0.1");
}
END_TEST

START_TEST(I9_a_manifest_that_runs_already_needs_no_update)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	int images;

	come_to(&b, BBUM_PENDING);
	block_is(&b, 1);
	images = b.w.images;
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_NOT_REQUIRED);
	ck_assert_int_eq(s.result_seq, 52);
	ck_assert_int_eq(b.w.images, images);
}
END_TEST

START_TEST(I10_a_package_that_does_not_verify_is_a_verification_failure)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	come_to(&b, BBUM_UPDATE);
	b.w.file[1].data[500] ^= 1;
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	ck_assert_int_eq(s.result_seq, 52);
	ck_assert_str_eq(s.version, "1.0.1");
}
END_TEST

START_TEST(I11_a_package_that_cannot_be_installed_is_an_installation_failure)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	struct err e;

	come_to(&b, BBUM_PENDING);
	ck_ok(faults_parse("fail@install", &b.w.shared.faults, &e));
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	ck_assert_str_eq(s.error, "installation");
}
END_TEST

START_TEST(I12_an_installed_package_is_a_successful_update_and_runs_after_the_restart)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	come_to(&b, BBUM_COMPLETED);
	s = now_says(&b.w);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_str_eq(s.version, "1.0.1");
	order(&b.w, BBUM_CMD_RESTART, 7, 53);
	restart(&b.w);
	ck_assert_str_eq(now_says(&b.w).version, "1.0.2");
	ck_assert_str_eq(now_says(&b.w).hash, b.w.answer.manifest.hash);
}
END_TEST

START_TEST(I13_normal_operation_is_accepted_when_what_runs_is_what_was_installed)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	come_to(&b, BBUM_COMPLETED);
	s = order(&b.w, BBUM_CMD_NORMAL_OPERATION, 7, 53);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	order(&b.w, BBUM_CMD_RESTART, 7, 54);
	restart(&b.w);
	s = order(&b.w, BBUM_CMD_NORMAL_OPERATION, 7, 55);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
}
END_TEST

START_TEST(I14_a_trigger_in_update_completed_begins_again)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	come_to(&b, BBUM_COMPLETED);
	s = order(&b.w, BBUM_CMD_TRIGGER, 7, 53);
	ck_assert_int_eq(s.state, BBUM_UPDATE);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
	ck_assert_int_eq(serve_until(&b.w, BBUM_COMPLETED).result_seq, 53);
}
END_TEST

static const struct {
	enum bbum_state state;
	bool possible;
} restarts[] = {
	{ BBUM_NORMAL, true }, { BBUM_PENDING, false }, { BBUM_UPDATE, true }, { BBUM_COMPLETED, true }
};

START_TEST(I15_a_permitted_restart_is_accepted_first_and_then_done)
{
	for (size_t i = 0; i < sizeof restarts / sizeof *restarts; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;
		int64_t boots;

		come_to(&b, restarts[i].state);
		boots = now_says(&b.w).boots;
		s = order(&b.w, BBUM_CMD_RESTART, 7, 70);
		ck_assert_int_eq(s.answer,
				 restarts[i].possible ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED);
		if (!restarts[i].possible)
			continue;
		ck_assert_int_eq(s.boots, boots); /* said before it happens */
		restart(&b.w);
		ck_assert_int_eq(now_says(&b.w).boots, boots + 1);
		ck_assert_int_eq(now_says(&b.w).state, restarts[i].state);
	}
}
END_TEST

START_TEST(I16_a_restart_that_is_not_permitted_is_rejected_and_the_state_stays)
{
	for (size_t i = 0; i < sizeof restarts / sizeof *restarts; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;

		come_to(&b, restarts[i].state);
		b.w.word = PERMIT_NO;
		s = order(&b.w, BBUM_CMD_RESTART, 7, 70);
		ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
		ck_assert_int_eq(s.state, restarts[i].state);
		if (restarts[i].possible)
			ck_assert_str_eq(s.reason, "charging, do not restart");
		ck_assert_int_ne(device_wish(b.w.d), DEVICE_RESTARTS);
	}
}
END_TEST

static struct iec_state unsafe(void *ctx)
{
	(void)ctx;
	return (struct iec_state){ BBUM_IEC_RUNNING, true };
}

static int64_t soon(void *ctx, int64_t now)
{
	(void)ctx;
	return now + 100;
}

START_TEST(I17_an_error_request_or_a_safe_state_leads_to_the_error_state_from_everywhere)
{
	static const enum bbum_state states[] = { BBUM_NORMAL, BBUM_PENDING, BBUM_UPDATE, BBUM_COMPLETED };

	for (size_t i = 0; i < 2 * sizeof states / sizeof *states; i++) {
		bool request = i % 2;
		BLOCK_WORLD(b);
		struct bbum_status s;

		b.w.shared.iec.tick = soon;
		come_to(&b, states[i / 2]);
		if (request) {
			s = order(&b.w, BBUM_CMD_TURN_TO_ERROR, 7, 70);
			ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
		} else {
			b.w.shared.iec.state = unsafe;
			s = serve_until(&b.w, BBUM_ERROR);
		}
		ck_assert_int_eq(s.state, BBUM_ERROR);
		ck_assert_str_eq(s.error, request ? "error-request" : "application-fault");
	}
}
END_TEST

START_TEST(I18_from_the_error_state_only_restart_and_shutdown_lead)
{
	for (int kind = BBUM_CMD_REQUEST_UPDATE; kind < BBUM_COMMANDS; kind++) {
		bool leads = kind == BBUM_CMD_RESTART || kind == BBUM_CMD_SHUTDOWN;
		BLOCK_WORLD(b);
		struct bbum_status s;

		come_to(&b, BBUM_ERROR);
		b.w.word = PERMIT_WAIT; /* whatever the application says */
		s = order(&b.w, (enum bbum_command)kind, 7, 71);
		ck_assert_int_eq(s.answer, leads ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED);
		if (!leads) {
			ck_assert_int_eq(s.state, BBUM_ERROR);
			continue;
		}
		answer_poll(&b.w);
		device_tick(b.w.d);
		ck_assert_int_eq(device_wish(b.w.d),
				 kind == BBUM_CMD_RESTART ? DEVICE_RESTARTS : DEVICE_SHUTS_DOWN);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		I1_a_start_without_a_memory_comes_to_normal_operation,
		I2_a_start_resumes_the_memorised_state,
		I3_a_start_with_a_stored_package_that_is_not_valid_comes_to_the_error_state,
		I4_a_manifest_in_normal_operation_is_judged_and_the_state_stays,
		I5_a_request_that_the_application_permits_leads_to_update_pending,
		I6_a_request_without_permission_in_time_is_rejected_and_the_state_stays,
		I7_a_trigger_leads_from_update_pending_to_update_at_once,
		I8_a_cancel_leads_back_to_normal_operation,
		I9_a_manifest_that_runs_already_needs_no_update,
		I10_a_package_that_does_not_verify_is_a_verification_failure,
		I11_a_package_that_cannot_be_installed_is_an_installation_failure,
		I12_an_installed_package_is_a_successful_update_and_runs_after_the_restart,
		I13_normal_operation_is_accepted_when_what_runs_is_what_was_installed,
		I14_a_trigger_in_update_completed_begins_again,
		I15_a_permitted_restart_is_accepted_first_and_then_done,
		I16_a_restart_that_is_not_permitted_is_rejected_and_the_state_stays,
		I17_an_error_request_or_a_safe_state_leads_to_the_error_state_from_everywhere,
		I18_from_the_error_state_only_restart_and_shutdown_lead,
	};

	return RUN_TESTS("ocora_i_device", all);
}
