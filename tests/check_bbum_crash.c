/* SPDX-License-Identifier: Apache-2.0 */
/* The device agent when things break: connections, images, memory, and the process itself at any point. */
#include "bbum_world.h"

#include <signal.h>
#include <sys/resource.h>

START_TEST(I2_every_state_is_resumed_after_a_crash)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	exchange(&w);
	crash(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_NORMAL);
	exchange(&w);
	order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	crash(&w);
	s = now_says(&w);
	ck_assert_int_eq(s.state, BBUM_PENDING);
	ck_assert_int_eq(s.seq, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	order(&w, BBUM_CMD_TRIGGER, 7, 2);
	crash(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_UPDATE);
	serve_until(&w, BBUM_COMPLETED);
	crash(&w);
	s = now_says(&w);
	ck_assert_int_eq(s.state, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.result_cycle_id, 7);
	ck_assert_int_eq(s.result_seq, 2);
	ck_assert_int_eq(s.boots, 5);
	ck_assert_str_eq(s.version, "00010002");
	ck_assert_str_eq(s.hash, w.answer.manifest.hash);
}
END_TEST

START_TEST(a_memory_that_cannot_be_believed_is_not_written_over)
{
	struct bbum_status s;
	STR(before, 16 * KIB);
	STR(after, 16 * KIB);
	char path[200];
	struct err e;
	WORLD(w);

	boot(&w);
	exchange(&w);
	spoil(&w, "state");
	snprintf(path, sizeof path, "%s/state", w.dir);
	ck_ok(file_read(path, &before, &e));
	crash(&w);
	until_poll(&w);
	s = w.said.status;
	ck_assert_int_eq(s.state, BBUM_ERROR);
	ck_assert_str_eq(s.error, "memory");
	answer_poll(&w);
	ck_assert_int_eq(order(&w, BBUM_CMD_RESTART, 1, 1).answer, BBUM_ANSWER_REJECTED);
	ck_ok(file_read(path, &after, &e));
	ck_assert_str_eq(str_c(&before), str_c(&after));
}
END_TEST

START_TEST(a_lost_memory_is_not_taken_for_a_new_device)
{
	char path[200];
	WORLD(w);

	boot(&w);
	update(&w);
	snprintf(path, sizeof path, "%s/state", w.dir);
	ck_assert_int_eq(unlink(path), 0);
	crash(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_ERROR);
}
END_TEST

START_TEST(an_image_that_is_longer_than_its_manifest_says_is_not_kept)
{
	struct bbum_status s;
	struct stat st;
	char path[300];
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	answer_image(&w, IMAGE_SIZE - 1, "cut");
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
	}
	answer_image(&w, 2, NULL);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	snprintf(path, sizeof path, "%s/slot-A/%s.part", w.dir, w.answer.manifest.hash);
	ck_assert_int_ne(stat(path, &st), 0);
}
END_TEST

START_TEST(a_download_that_was_cut_is_gone_on_with_even_after_a_crash)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	ck_assert_int_eq(w.from, 0);
	answer_image(&w, 400, "connection lost");
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
	}
	ck_assert_int_eq(w.from, 400);
	answer_image(&w, 100, "connection lost");
	crash(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	ck_assert_int_eq(w.from, 500);
	ck_assert_int_eq(now_says(&w).progress, 0);
	ck_assert_str_eq(now_says(&w).step, "download");
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
}
END_TEST

START_TEST(a_resumed_part_that_turns_out_wrong_is_fetched_anew_once)
{
	struct bbum_status s;
	char path[300];
	FILE *f;
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	answer_image(&w, 400, "connection lost");
	snprintf(path, sizeof path, "%s/slot-A/%s.part", w.dir, w.answer.manifest.hash);
	f = fopen(path, "r+b");
	ck_assert(f != NULL);
	fputc('#', f);
	fclose(f);
	crash(&w);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(w.images, 3); /* 0-400, 400-1000, and all of it */
}
END_TEST

START_TEST(a_disk_that_is_full_while_downloading_is_an_installation_failure)
{
	struct rlimit was, small = { .rlim_cur = 0 };
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &was), 0);
	small.rlim_max = was.rlim_max;
	small.rlim_cur = 500; /* bytes of a file */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int64_t at = 0; at < IMAGE_SIZE && device_image_piece(w.d, w.image + at, 100); at += 100)
		;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_DFL);
	answer_image(&w, 0, "stopped");
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_INSTALL_FAILED);
	ck_assert_str_eq(s.error, "installation");
	s = order(&w, BBUM_CMD_TRIGGER, 7, 3); /* when there is room again, it goes on */
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(w.from, 500);
}
END_TEST

START_TEST(a_missing_manifest_or_image_is_a_verification_failure)
{
	struct net_result gone = { .status = 404, .body = "{}", .len = 2 };
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_MANIFEST]) {
		tick(&w);
		w.now += 10;
	}
	w.wants[NET_MANIFEST] = false;
	device_manifest_came(w.d, &gone);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	ck_assert_str_eq(s.error, "manifest-missing");
	order(&w, BBUM_CMD_TRIGGER, 7, 3);
	for (int i = 0; i < 100000 && now_says(&w).state == BBUM_UPDATE; i++) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_POLL])
			answer_poll(&w);
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
		if (w.wants[NET_IMAGE]) {
			w.wants[NET_IMAGE] = false;
			device_image_ended(w.d, &gone);
		}
	}
	s = now_says(&w);
	ck_assert_int_eq(s.result, BBUM_RESULT_VERIFY_FAILED);
	ck_assert_str_eq(s.error, "package-missing");
	ck_assert_int_eq(w.images, 3);
}
END_TEST

START_TEST(a_service_that_is_away_in_U_is_waited_for)
{
	struct net_result away = { .trouble = "connection refused", .body = "" };
	struct bbum_status s;
	int asked = 0;
	WORLD(w);

	boot(&w);
	into_update(&w);
	for (int i = 0; i < 20000 && asked < 6; i++) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_POLL]) {
			w.wants[NET_POLL] = false;
			device_polled(w.d, &away);
		}
		if (w.wants[NET_MANIFEST]) {
			w.wants[NET_MANIFEST] = false;
			device_manifest_came(w.d, &away);
			asked++;
		}
	}
	ck_assert_int_eq(asked, 6);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
}
END_TEST

START_TEST(I14_a_rollback_to_what_the_other_slot_still_holds_needs_no_download)
{
	struct bbum_status s;
	STR(text, 8192);
	WORLD(w);

	boot(&w);
	update(&w);
	crash(&w);
	exchange(&w);
	order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 3);
	manifest_is(&w, 3);
	answer_poll(&w);
	order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 4);
	order(&w, BBUM_CMD_TRIGGER, 7, 5);
	serve_until(&w, BBUM_COMPLETED);
	crash(&w);
	ck_assert_str_eq(now_says(&w).version, "00010003");
	ck_assert_int_eq(w.images, 2);
	manifest_is(&w, 2);
	exchange(&w);
	order(&w, BBUM_CMD_TRIGGER, 7, 6);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(w.images, 2);
	crash(&w);
	ck_assert_str_eq(now_says(&w).version, "00010002");
	ck_assert_uint_eq(effects(&w, &text), 3);
}
END_TEST

START_TEST(I15_a_restart_in_the_middle_of_an_update_goes_on_afterwards)
{
	struct bbum_status s;
	WORLD(w);

	boot(&w);
	into_update(&w);
	while (!w.wants[NET_IMAGE]) {
		tick(&w);
		w.now += 10;
		if (w.wants[NET_MANIFEST])
			answer_manifest(&w);
	}
	s = order(&w, BBUM_CMD_RESTART, 7, 3);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert(!w.wants[NET_IMAGE]);
	restart(&w);
	s = serve_until(&w, BBUM_COMPLETED);
	ck_assert_int_eq(s.result, BBUM_RESULT_SUCCESS);
	ck_assert_int_eq(s.result_seq, 2);
	ck_assert_int_eq(s.boots, 2);
}
END_TEST

START_TEST(a_restart_does_not_wait_for_ever_for_a_service_that_is_away)
{
	struct net_result away = { .trouble = "timeout", .body = "" };
	int64_t begun;
	WORLD(w);

	boot(&w);
	exchange(&w);
	order(&w, BBUM_CMD_RESTART, 7, 1);
	begun = w.now;
	while (device_wish(w.d) != DEVICE_RESTARTS && w.now < begun + 60000) {
		if (w.wants[NET_POLL]) {
			w.wants[NET_POLL] = false;
			device_polled(w.d, &away);
		}
		tick(&w);
		w.now += 10;
	}
	ck_assert_int_lt(w.now, begun + 15000);
	ck_assert_int_gt(w.now, begun + 5000);
}
END_TEST

START_TEST(I17_a_memory_that_cannot_be_written_is_a_fault_and_I18_a_restart_leads_out)
{
	struct bbum_status s;
	char path[200], aside[200];
	WORLD(w);

	boot(&w);
	exchange(&w);
	until_poll(&w);
	snprintf(path, sizeof path, "%s", w.dir);
	snprintf(aside, sizeof aside, "%s.away", w.dir);
	ck_assert_int_eq(rename(path, aside), 0); /* works for root too, unlike permissions */
	w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	w.answer.cycle_id = 7;
	w.answer.seq = 1;
	answer_poll(&w);
	w.answer.command = BBUM_CMD_NONE;
	ck_assert_int_eq(now_says(&w).state, BBUM_ERROR);
	ck_assert_str_eq(now_says(&w).error, "memory");
	ck_assert_int_eq(rename(aside, path), 0);
	exchange(&w);
	s = order(&w, BBUM_CMD_RESTART, 7, 2);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	restart(&w);
	ck_assert_int_eq(now_says(&w).state, BBUM_PENDING); /* what it accepted, and could not keep then */
}
END_TEST

/* A whole hop, cut off after every single exchange with the world in turn. */
START_TEST(cut_off_at_any_point_a_hop_has_one_effect)
{
	for (int cut = 0; cut < 60; cut++) {
		struct bbum_status s;
		STR(text, 4096);
		int n = 0;
		WORLD(w);

		boot(&w);
		for (int i = 0; i < 20000; i++) {
			bool served = true;

			s = now_says(&w);
			w.answer.cycle_id = 7;
			if (s.seq == 0)
				w.answer.command = BBUM_CMD_REQUEST_UPDATE;
			else if (s.seq == 1)
				w.answer.command = BBUM_CMD_TRIGGER;
			else if (s.seq == 2 && s.state == BBUM_COMPLETED)
				w.answer.command = BBUM_CMD_RESTART;
			else if (s.seq == 3 && s.boots > 1)
				w.answer.command = BBUM_CMD_NORMAL_OPERATION;
			w.answer.seq = (int64_t)w.answer.command == BBUM_CMD_REQUEST_UPDATE ? 1
				       : w.answer.command == BBUM_CMD_TRIGGER               ? 2
				       : w.answer.command == BBUM_CMD_RESTART               ? 3
											    : 4;
			tick(&w);
			w.now += 10;
			if (w.wants[NET_POLL])
				answer_poll(&w);
			else if (w.wants[NET_MANIFEST])
				answer_manifest(&w);
			else if (w.wants[NET_IMAGE])
				answer_image(&w, w.from + 250 < IMAGE_SIZE ? 250 : IMAGE_SIZE - w.from,
					     "cut");
			else
				served = false;
			if (device_wish(w.d) == DEVICE_RESTARTS || (served && ++n == cut))
				crash(&w);
			if (now_says(&w).seq == 4)
				break;
		}
		s = now_says(&w);
		ck_assert_msg(s.seq == 4, "cut %d: it hangs in %s", cut, bbum_state_text[s.state]);
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_str_eq(s.version, "00010002");
		ck_assert_uint_eq(effects(&w, &text), 1);
		ck_assert_int_ge(s.boots, 2);
		crash(&w);
		ck_assert_uint_eq(effects(&w, &text), 1);
	}
}
END_TEST

/* The window between the switch and its line: the line is lost, or half written. */
START_TEST(a_lost_or_torn_line_of_effects_log_is_repaired_from_the_memory)
{
	STR(whole, 4096);
	STR(text, 4096);
	char path[200];
	struct err e;
	WORLD(w);

	boot(&w);
	update(&w);
	crash(&w);
	exchange(&w);
	order(&w, BBUM_CMD_NORMAL_OPERATION, 7, 3);
	manifest_is(&w, 3);
	answer_poll(&w);
	order(&w, BBUM_CMD_REQUEST_UPDATE, 7, 4);
	order(&w, BBUM_CMD_TRIGGER, 7, 5);
	serve_until(&w, BBUM_COMPLETED);
	ck_assert_uint_eq(effects(&w, &whole), 2);
	snprintf(path, sizeof path, "%s/effects.log", w.dir);
	/* from the end of the first line (lost) through every half-written one to the whole */
	for (size_t keep = (size_t)(strchr(whole.p, '\n') - whole.p) + 1; keep <= whole.len; keep++) {
		ck_ok(file_replace(path, whole.p, keep, &e));
		crash(&w);
		effects(&w, &text);
		ck_assert_str_eq(str_c(&text), str_c(&whole));
	}
}
END_TEST

START_TEST(a_folder_belongs_to_one_device)
{
	struct device *other = NULL;
	struct device_identity is;
	struct err e;
	WORLD(w);

	boot(&w);
	ck_refused(device_new(&w.shared, "other", w.dir, &w.is, &other, &e), ERR_INVALID,
		   "belongs to the device 'dev'");
	is = w.is;
	str_copy(is.model, sizeof is.model, "00A2");
	ck_refused(device_new(&w.shared, "dev", w.dir, &is, &other, &e), ERR_INVALID, "1081:00A10102");
	memset(&is, 0, sizeof is);
	ck_ok(device_new(&w.shared, "dev", w.dir, &is, &other, &e)); /* the folder knows */
	device_free(other);
	test_dir_free(w.dir);
	ck_refused(device_new(&w.shared, "dev", w.dir, &is, &other, &e), ERR_USAGE, "--identity");
}
END_TEST

START_TEST(a_service_that_asks_for_time_gets_it)
{
	struct net_result busy = { .status = 429, .body = "", .retry_ms = 30000 };
	int64_t begun;
	WORLD(w);

	boot(&w);
	until_poll(&w);
	w.wants[NET_POLL] = false;
	begun = w.now;
	device_polled(w.d, &busy);
	for (int i = 0; i < 10000 && !w.wants[NET_POLL]; i++) {
		tick(&w);
		w.now += 10;
	}
	ck_assert_int_ge(w.now, begun + 30000);
}
END_TEST

START_TEST(a_service_may_ask_for_polls_sooner_but_not_later)
{
	int64_t begun;
	WORLD(w);

	boot(&w);
	exchange(&w);
	exchange(&w);
	w.answer.poll_ms = 200;
	exchange(&w);
	begun = w.now;
	until_poll(&w);
	ck_assert_int_lt(w.now, begun + 300);
	w.answer.poll_ms = 3600000;
	answer_poll(&w);
	begun = w.now;
	until_poll(&w);
	ck_assert_int_lt(w.now, begun + 1100);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		I2_every_state_is_resumed_after_a_crash,
		a_memory_that_cannot_be_believed_is_not_written_over,
		a_lost_memory_is_not_taken_for_a_new_device,
		an_image_that_is_longer_than_its_manifest_says_is_not_kept,
		a_download_that_was_cut_is_gone_on_with_even_after_a_crash,
		a_resumed_part_that_turns_out_wrong_is_fetched_anew_once,
		a_disk_that_is_full_while_downloading_is_an_installation_failure,
		a_missing_manifest_or_image_is_a_verification_failure,
		a_service_that_is_away_in_U_is_waited_for,
		I14_a_rollback_to_what_the_other_slot_still_holds_needs_no_download,
		I15_a_restart_in_the_middle_of_an_update_goes_on_afterwards,
		a_restart_does_not_wait_for_ever_for_a_service_that_is_away,
		I17_a_memory_that_cannot_be_written_is_a_fault_and_I18_a_restart_leads_out,
		cut_off_at_any_point_a_hop_has_one_effect,
		a_lost_or_torn_line_of_effects_log_is_repaired_from_the_memory,
		a_folder_belongs_to_one_device,
		a_service_that_asks_for_time_gets_it,
		a_service_may_ask_for_polls_sooner_but_not_later,
	};

	return RUN_TESTS("bbum_crash", all);
}
