/* SPDX-License-Identifier: Apache-2.0 */
/* Part D, second half: update, restart, the application. */
#include "block_world.h"

static void into_pending(struct block_world *b)
{
	boot(&b->w);
	judged(b);
	ck_assert_int_eq(order(&b->w, BBUM_CMD_REQUEST_UPDATE, 7, 1).state, BBUM_PENDING);
}

static struct bbum_status updated(struct block_world *b)
{
	into_pending(b);
	ck_assert_int_eq(order(&b->w, BBUM_CMD_TRIGGER, 7, 2).state, BBUM_UPDATE);
	return serve_until(&b->w, BBUM_COMPLETED);
}

START_TEST(D22_D23_D26_in_update_the_manifest_is_fetched_and_judged_again)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	int had;

	into_pending(&b);
	had = b.w.manifests;
	block_is(&b, 2); /* another is active since the request */
	order(&b.w, BBUM_CMD_TRIGGER, 7, 2);
	ck_assert_int_eq(b.w.manifests, had + 1);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_str_eq(s.manifest_version, "1.0.2");
	order(&b.w, BBUM_CMD_RESTART, 7, 3);
	restart(&b.w);
	ck_assert_str_eq(now_says(&b.w).version, "1.0.2");
	b.strange = true; /* D23: and one that is not good is not installed */
	block_is(&b, 3);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 4);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	ck_assert_str_eq(s.error, "manifest-authentication");
}
END_TEST

START_TEST(D24_C30_the_package_is_fetched_only_if_the_manifest_differs)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	int images;

	s = updated(&b);
	ck_assert_int_eq(b.w.images, 2); /* each Archive of the new Manifest once */
	order(&b.w, BBUM_CMD_RESTART, 7, 3);
	restart(&b.w);
	images = b.w.images;
	order(&b.w, BBUM_CMD_TRIGGER, 7, 4);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_NOT_REQUIRED);
	ck_assert_int_eq(b.w.images, images);
}
END_TEST

START_TEST(D24_what_is_there_is_not_fetched_again)
{
	BLOCK_WORLD(b);

	boot(&b.w);
	block_runs(&b, 1);
	block_is(&b, 2);
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	for (int i = 0; i < 500 && !b.w.wants[NET_IMAGE]; i++) {
		tick(&b.w);
		b.w.now += 10;
		if (b.w.wants[NET_MANIFEST])
			answer_manifest(&b.w);
	}
	answer_image(&b.w, 600, "connection lost"); /* of the first Archive */
	crash(&b.w);
	b.w.images = 0;
	serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(b.w.images, 2);
	crash(&b.w);
	ck_assert_str_eq(now_says(&b.w).version, "1.0.2");
}
END_TEST

START_TEST(D25_C31_A18_every_archive_is_verified_before_anything_is_installed)
{
	for (int bad = 0; bad < 2; bad++) {
		BLOCK_WORLD(b);
		struct bbum_status s;
		STR(log, 4 * KIB);

		into_pending(&b);
		order(&b.w, BBUM_CMD_TRIGGER, 7, 2);
		b.w.file[bad].data[7] ^= 1;
		s = serve_until(&b.w, BBUM_COMPLETED);
		ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
		ck_assert_uint_eq(effects(&b.w, &log), 0);
		crash(&b.w);
		ck_assert_str_eq(now_says(&b.w).version, "");
	}
}
END_TEST

START_TEST(D27_D28_C32_C33_C36_the_installed_package_runs_after_the_restart_and_is_told)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	STR(log, 4 * KIB);

	s = updated(&b);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	ck_assert_uint_eq(effects(&b.w, &log), 1);
	order(&b.w, BBUM_CMD_RESTART, 7, 3);
	restart(&b.w);
	until_poll(&b.w);
	s = b.w.said.status;
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	ck_assert_str_eq(s.hash, b.w.answer.manifest.hash);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
}
END_TEST

/* D29: the faults that lead to each outcome. */
static const struct {
	const char *fault;
	enum bbum_result result;
} outcomes[] = {
	{ "", BBUM_RESULT_SUCCESS },
	{ "fail@verify", BBUM_RESULT_VERIFY_FAILED },
	{ "fail@install", BBUM_RESULT_INSTALL_FAILED },
	{ "none", BBUM_RESULT_NOT_REQUIRED },
};

START_TEST(D29_D30_each_outcome_is_told_and_the_device_waits_for_the_next_command)
{
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		bool same = !strcmp(outcomes[i].fault, "none");
		BLOCK_WORLD(b);
		struct bbum_status s;
		struct err e;

		boot(&b.w);
		block_runs(&b, 1);
		if (!same)
			block_is(&b, 2);
		ck_ok(faults_parse(same ? "" : outcomes[i].fault, &b.w.shared.faults, &e));
		judged(&b);
		order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
		order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
		s = serve_until(&b.w, BBUM_COMPLETED);
		ck_assert_int_eq(s.result, outcomes[i].result);
		ck_assert_int_eq(s.result_seq, 52);
		for (int n = 0; n < 10; n++)
			ck_assert_int_eq(exchange(&b.w).state, BBUM_COMPLETED);
	}
}
END_TEST

START_TEST(D31_C35_normal_operation_is_accepted_if_conditions_allow)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	struct err e;
	char path[160];

	boot(&b.w);
	block_runs(&b, 1);
	snprintf(path, sizeof path, "slot-A/archives/%s", b.w.file[0].hash);
	block_is(&b, 2);
	ck_ok(faults_parse("fail@install:1", &b.w.shared.faults, &e));
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	serve_until(&b.w, BBUM_COMPLETED);
	/* Z24: after a failure too, as long as what runs still verifies. */
	s = order(&b.w, BBUM_CMD_NORMAL_OPERATION, 7, 53);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 54);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 55);
	serve_until(&b.w, BBUM_COMPLETED);
	order(&b.w, BBUM_CMD_RESTART, 7, 56);
	restart(&b.w);
	snprintf(path, sizeof path, "slot-B/archives/%s", b.w.file[0].hash);
	spoil(&b.w, path);
	s = order(&b.w, BBUM_CMD_NORMAL_OPERATION, 7, 57);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	ck_assert(strstr(s.reason, "not valid") != NULL);
}
END_TEST

START_TEST(D32_D33_a_trigger_in_update_completed_is_another_try_or_a_rollback)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	int images;

	boot(&b.w);
	block_runs(&b, 1);
	block_is(&b, 2);
	judged(&b);
	order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 51);
	order(&b.w, BBUM_CMD_TRIGGER, 7, 52);
	serve_until(&b.w, BBUM_COMPLETED);
	order(&b.w, BBUM_CMD_RESTART, 7, 53);
	restart(&b.w);
	ck_assert_str_eq(now_says(&b.w).version, "1.0.2");
	block_is(&b, 1); /* the manager has set the previous one active */
	images = b.w.images;
	s = order(&b.w, BBUM_CMD_TRIGGER, 7, 54);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_UPDATE);
	s = serve_until(&b.w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(b.w.images, images); /* the other slot still has it */
	order(&b.w, BBUM_CMD_RESTART, 7, 55);
	restart(&b.w);
	ck_assert_str_eq(now_says(&b.w).version, "1.0.1");
}
END_TEST

START_TEST(D34_D35_D36_D43_a_restart_is_permitted_by_the_application_and_accepted_before_it_happens)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	judged(&b);
	b.w.word = PERMIT_NO;
	ck_assert_int_eq(order(&b.w, BBUM_CMD_RESTART, 7, 1).answer, BBUM_ANSWER_REJECTED);
	ck_assert_int_eq(order(&b.w, BBUM_CMD_SHUTDOWN, 7, 2).answer, BBUM_ANSWER_REJECTED);
	b.w.word = PERMIT_YES;
	s = order(&b.w, BBUM_CMD_RESTART, 7, 3);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.boots, 1);
	ck_assert_int_eq(device_wish(b.w.d), DEVICE_GOES_ON); /* not heard yet */
	restart(&b.w);
	ck_assert_int_eq(now_says(&b.w).boots, 2);
}
END_TEST

START_TEST(D37_a_cancel_leads_back_and_withdraws_what_still_waits)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	into_pending(&b);
	s = order(&b.w, BBUM_CMD_CANCEL, 7, 2);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	b.w.word = PERMIT_WAIT;
	b.w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	b.w.answer.seq = 3;
	b.w.answer.cycle_id = 7;
	exchange(&b.w);
	s = order(&b.w, BBUM_CMD_CANCEL, 7, 4); /* Z30 */
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_int_eq(b.w.withdrawn, 1);
}
END_TEST

static struct iec_state does_not_run(void *ctx)
{
	(void)ctx;
	return (struct iec_state){ BBUM_IEC_STOPPED, false };
}

START_TEST(D38_D39_D40_a_stopped_application_is_told_and_requests_are_rejected)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	ck_assert_int_eq(judged(&b).iec, BBUM_IEC_RUNNING);
	b.w.shared.iec.state = does_not_run;
	crash(&b.w);
	s = judged(&b);
	ck_assert_int_eq(s.iec, BBUM_IEC_STOPPED);
	s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_str_eq(s.reason, "the application is stopped");
	ck_assert_int_eq(s.state, BBUM_NORMAL);
}
END_TEST

START_TEST(D41_D44_permissions_are_asked_for_each_request_and_a_restart_without_word_is_rejected)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	judged(&b);
	b.w.word = PERMIT_WAIT;
	b.w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	b.w.answer.cycle_id = 7;
	b.w.answer.seq = 1;
	exchange(&b.w);
	b.w.word = PERMIT_YES; /* the conditions hold now: it signals */
	for (int i = 0; i < 5 && now_says(&b.w).state == BBUM_NORMAL; i++)
		exchange(&b.w);
	ck_assert_int_eq(now_says(&b.w).state, BBUM_PENDING);
	order(&b.w, BBUM_CMD_CANCEL, 7, 2);
	b.w.word = PERMIT_WAIT;
	b.w.answer.command = BBUM_CMD_RESTART;
	b.w.answer.seq = 3;
	for (int i = 0; i < 20 && now_says(&b.w).seq != 3; i++)
		exchange(&b.w);
	s = now_says(&b.w);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert(strstr(s.reason, "in time") != NULL);
	ck_assert_int_eq(s.boots, 1);
}
END_TEST

/* The application keeps what it was sent. */
static void keep_versions(void *ctx, const char *json, size_t len)
{
	((struct world *)ctx)->told++;
	ck_assert_uint_eq(len, strlen(json));
	ck_assert(strstr(json, "\"components\":[{\"kind\":\"manifest\"") != NULL);
	ck_assert(
	    strstr(json, "\"kind\":\"software\",\"name\":\"part 0\",\"version\":\"4.1.0\",\"ok\":true") !=
	    NULL);
	ck_assert(strstr(json, "\"type_id\":\"" TYPE_ID "\"") != NULL);
}

START_TEST(D45_versions_and_status_of_the_components_are_sent_to_the_application)
{
	BLOCK_WORLD(b);

	b.w.shared.iec.versions = keep_versions;
	boot(&b.w);
	ck_assert_int_eq(now_says(&b.w).boots, 1);
	block_runs(&b, 1);
	ck_assert_int_eq(b.w.told, 1); /* after the start that ran it */
	until_poll(&b.w);
	ck_assert_int_eq(b.w.said.parts.n, 3);
	ck_assert_str_eq(b.w.said.parts.v[0].name, "ETP");
	ck_assert_str_eq(b.w.said.parts.v[0].version, "1.0.1");
	ck_assert_str_eq(b.w.said.parts.v[1].kind, "software");
	ck_assert_str_eq(b.w.said.parts.v[2].kind, "parameter");
	ck_assert(b.w.said.parts.v[2].ok);
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

START_TEST(D47_a_safe_state_of_the_application_turns_the_device_to_its_error_state)
{
	BLOCK_WORLD(b);

	b.w.shared.iec.tick = soon;
	into_pending(&b);
	b.w.shared.iec.state = unsafe;
	ck_assert_str_eq(serve_until(&b.w, BBUM_ERROR).error, "application-fault");
	crash(&b.w); /* still unsafe */
	ck_assert_int_eq(now_says(&b.w).state, BBUM_ERROR);
	b.w.shared.iec.state = NULL;
	crash(&b.w);
	ck_assert_int_eq(now_says(&b.w).state, BBUM_PENDING); /* resumed */
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		D22_D23_D26_in_update_the_manifest_is_fetched_and_judged_again,
		D24_C30_the_package_is_fetched_only_if_the_manifest_differs,
		D24_what_is_there_is_not_fetched_again,
		D25_C31_A18_every_archive_is_verified_before_anything_is_installed,
		D27_D28_C32_C33_C36_the_installed_package_runs_after_the_restart_and_is_told,
		D29_D30_each_outcome_is_told_and_the_device_waits_for_the_next_command,
		D31_C35_normal_operation_is_accepted_if_conditions_allow,
		D32_D33_a_trigger_in_update_completed_is_another_try_or_a_rollback,
		D34_D35_D36_D43_a_restart_is_permitted_by_the_application_and_accepted_before_it_happens,
		D37_a_cancel_leads_back_and_withdraws_what_still_waits,
		D38_D39_D40_a_stopped_application_is_told_and_requests_are_rejected,
		D41_D44_permissions_are_asked_for_each_request_and_a_restart_without_word_is_rejected,
		D45_versions_and_status_of_the_components_are_sent_to_the_application,
		D47_a_safe_state_of_the_application_turns_the_device_to_its_error_state,
	};

	return RUN_TESTS("ocora_d_update", all);
}
