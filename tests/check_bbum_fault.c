/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that tests order from the device agent. */
#include "bbum_world.h"

START_TEST(I10_an_image_that_is_not_what_its_manifest_says_is_not_installed)
{
	struct bbum_status s;
	STR(text, 4096);
	WORLD(w);

	boot(&w);
	into_update(&w);
	w.image[500] ^= 1;
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	ck_assert_str_eq(s.error, "package-integrity");
	ck_assert_int_eq(w.images, 1);
	ck_assert_uint_eq(effects(&w, &text), 0);
	/* I14: the trigger again, with the right image now */
	w.image[500] ^= 1;
	s = order(&w, BBUM_CMD_TRIGGER, 7, 3);
	ck_assert_int_eq(s.result, BBUM_RESULT_UNDEFINED);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.result_seq, 3);
	ck_assert_uint_eq(effects(&w, &text), 1);
}
END_TEST

START_TEST(a_second_trigger_for_what_was_installed_already_has_no_second_effect)
{
	struct bbum_status s;
	STR(text, 4096);
	WORLD(w);

	boot(&w);
	update(&w);
	order(&w, BBUM_CMD_TRIGGER, 7, 3);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.result_seq, 3);
	ck_assert_int_eq(w.images, 1);
	ck_assert_uint_eq(effects(&w, &text), 1);
}
END_TEST

START_TEST(what_was_installed_but_never_ran_is_not_run_half_overwritten)
{
	WORLD(w);

	boot(&w);
	update(&w);
	manifest_is(&w, 3); /* a rollback or another target, before the restart */
	order(&w, BBUM_CMD_TRIGGER, 7, 3);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
		if (w.wants[NET_POLL])
			answer_poll(&w);
	}
	answer_image(&w, 400, "cut");
	crash(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_UPDATE);
	ck_assert_str_eq(now_says(&w).version, "00010001");
}
END_TEST

/* One block of a vehicle has installed, another has failed, and the vehicle goes back before any restart. */
START_TEST(E47_I9_after_a_rollback_to_what_runs_a_start_does_not_run_what_was_installed)
{
	struct bbum_status s;

	WORLD(w);
	boot(&w);
	update(&w);
	ck_assert_str_eq(now_says(&w).version, "00010001");
	manifest_is(&w, 1);
	order(&w, BBUM_CMD_TRIGGER, 7, 3);
	serve_until(&w, BBUM_UPDATE);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_NOT_REQUIRED);
	order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 4);
	s = serve_until(&w, BBUM_NORMAL);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	crash(&w);
	ck_assert_str_eq(now_says(&w).version, "00010001");
}
END_TEST

/* ---- faults on demand ---- */

static struct bbum_status with_fault(struct world *w, const char *spec)
{
	struct err e;

	ck_ok(faults_parse(spec, &w->shared.faults, &e));
	boot(w);
	return update(w);
}

START_TEST(faults_make_the_step_fail_that_they_name)
{
	static const struct {
		const char *spec;
		enum bbum_result result;
		const char *error;
	} cases[] = {
		{ "fail@download", BBUM_RESULT_VERIFY_FAILED, "package-download" },
		{ "corrupt@download", BBUM_RESULT_VERIFY_FAILED, "package-integrity" },
		{ "lie@download", BBUM_RESULT_VERIFY_FAILED, "package-integrity" },
		{ "fail@verify", BBUM_RESULT_VERIFY_FAILED, "package-authentication" },
		{ "fail@install", BBUM_RESULT_INSTALL_FAILED, "installation" },
	};
	STR(text, 4096);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bbum_status s;
		WORLD(w);

		s = with_fault(&w, cases[i].spec);
		ck_assert_int_eq(s.result, cases[i].result);
		ck_assert_str_eq(s.error, cases[i].error);
		ck_assert_uint_eq(effects(&w, &text), 0);
	}
}
END_TEST

START_TEST(a_fault_with_a_count_is_used_up_even_over_restarts)
{
	struct bbum_status s;
	WORLD(w);

	s = with_fault(&w, "fail@install:2");
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	crash(&w);
	exchange(&w);
	order(&w, BBUM_CMD_TRIGGER, 7, 3);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	crash(&w);
	exchange(&w);
	order(&w, BBUM_CMD_TRIGGER, 7, 4);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
}
END_TEST

START_TEST(lies_are_told_and_do_not_come_true)
{
	STR(text, 4096);

	{
		struct bbum_status s;
		WORLD(w);

		s = with_fault(&w, "lie@install");
		ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
		crash(&w);
		ck_assert_str_eq(now_says(&w).version, "00010001");
		ck_assert_uint_eq(effects(&w, &text), 0);
	}
	{
		struct bbum_status s;
		WORLD(w);

		s = with_fault(&w, "lie@report");
		ck_assert_str_eq(s.version, "00010002"); /* of the Manifest */
		ck_assert_str_eq(now_says(&w).version, "00010001");
	}
	{
		struct bbum_status s;
		WORLD(w);

		with_fault(&w, "lie@restart");
		order(&w, BBUM_CMD_RESTART, 7, 3);
		exchange(&w);
		tick(&w);
		s = exchange(&w);
		ck_assert_int_eq(s.boots, 2);
		ck_assert_str_eq(s.version, "00010001");
		ck_assert_int_ne(device_wish(w.d), DEVICE_RESTARTS);
	}
	{
		WORLD(w);

		with_fault(&w, "fail@restart"); /* what was installed does not come up */
		order(&w, BBUM_CMD_RESTART, 7, 3);
		restart(&w);
		ck_assert_str_eq(now_says(&w).version, "00010001");
		ck_assert_int_eq(now_says(&w).state, BBUM_COMPLETED);
	}
	{
		WORLD(w);

		with_fault(&w, "corrupt@restart");
		order(&w, BBUM_CMD_RESTART, 7, 3);
		restart(&w);
		ck_assert_int_eq(now_says(&w).state, BBUM_ERROR);
	}
}
END_TEST

START_TEST(a_stalled_step_still_polls_and_a_vanished_device_does_nothing)
{
	struct err e;

	{
		WORLD(w);

		ck_ok(faults_parse("stall@install", &w.shared.faults, &e));
		boot(&w);
		into_update(&w);
		for (int i = 0; i < 5; i++)
			serve_until(&w, BBUM_UPDATE), answer_poll(&w);
		ck_assert_str_eq(now_says(&w).step, "stalled");
	}
	{
		WORLD(w);

		ck_ok(faults_parse("vanish@download:1", &w.shared.faults, &e));
		boot(&w);
		into_update(&w);
		for (int i = 0; i < 1000 && device_wish(w.d) != DEVICE_VANISHES; i++) {
			tick(&w);
			w.now += 10;
			if (w.wants[NET_MANIFEST])
				answer_manifest(&w);
			if (w.wants[NET_IMAGE])
				answer_image(&w, IMAGE_SIZE, NULL);
			if (w.wants[NET_POLL])
				answer_poll(&w);
		}
		ck_assert_int_eq(device_wish(w.d), DEVICE_VANISHES);
		crash(&w);
		ck_assert_int_eq(serve_until(&w, BBUM_COMPLETED).result, BBUM_RESULT_SUCCESS);
		ck_assert_int_eq(w.images, 2);
	}
}
END_TEST

START_TEST(a_fault_that_makes_no_sense_is_refused_with_what_there_is)
{
	struct faults f;
	struct err e;

	ck_refused(faults_parse("explode@install", &f, &e), ERR_USAGE, "there are fail");
	ck_refused(faults_parse("fail@home", &f, &e), ERR_USAGE, "there are download");
	ck_refused(faults_parse("fail", &f, &e), ERR_USAGE, "WHAT@WHERE");
	ck_refused(faults_parse("fail@install:0", &f, &e), ERR_USAGE, "WHAT@WHERE");
	ck_refused(faults_parse("none@install", &f, &e), ERR_USAGE, "there is no fault");
	ck_ok(faults_parse("", &f, &e));
	ck_assert_int_eq(f.n, 0);
	ck_ok(faults_parse("fail@install:1,lie@report", &f, &e));
	ck_assert_int_eq(f.n, 2);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		I10_an_image_that_is_not_what_its_manifest_says_is_not_installed,
		a_second_trigger_for_what_was_installed_already_has_no_second_effect,
		what_was_installed_but_never_ran_is_not_run_half_overwritten,
		E47_I9_after_a_rollback_to_what_runs_a_start_does_not_run_what_was_installed,
		faults_make_the_step_fail_that_they_name,
		a_fault_with_a_count_is_used_up_even_over_restarts,
		lies_are_told_and_do_not_come_true,
		a_stalled_step_still_polls_and_a_vanished_device_does_nothing,
		a_fault_that_makes_no_sense_is_refused_with_what_there_is,
	};

	return RUN_TESTS("bbum_fault", all);
}
