/* SPDX-License-Identifier: Apache-2.0 */
/* Part D: the Building Block Update Manager, by rows of the requirement list. Its moves are part I. */
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

START_TEST(D1_D2_operational_mode_has_four_states_and_error_and_boot_are_beside_it)
{
	static const enum bbum_state operational[] = { BBUM_NORMAL, BBUM_PENDING, BBUM_UPDATE,
						       BBUM_COMPLETED };

	/* Start is the entry, boot the exit; nothing leads out of boot. */
	ck_assert_int_eq(BBUM_STATES, sizeof operational / sizeof *operational + 3);
	for (int ev = 0; ev < BBUM_EVENTS; ev++)
		ck_assert(!bbum_move(BBUM_BOOT, (enum bbum_event)ev));
	for (size_t i = 0; i < sizeof operational / sizeof *operational; i++) {
		ck_assert_int_eq(bbum_move(operational[i], BBUM_EV_FAULT)->to, BBUM_ERROR);
		for (int ev = 0; ev <= BBUM_EV_STARTED_INVALID; ev++)
			ck_assert(!bbum_move(operational[i], (enum bbum_event)ev));
	}
}
END_TEST

START_TEST(D3_state_answer_and_result_are_memorised_before_they_are_said)
{
	BLOCK_WORLD(b);
	struct bbum_status said, again;

	said = updated(&b);
	crash(&b.w);
	until_poll(&b.w);
	again = b.w.said.status;
	ck_assert_int_eq(again.state, said.state);
	ck_assert_int_eq(again.answer, said.answer);
	ck_assert_int_eq(again.seq, said.seq);
	ck_assert_int_eq(again.result, said.result);
	ck_assert_int_eq(again.result_seq, said.result_seq);
}
END_TEST

START_TEST(D4_D21_without_a_command_the_device_stays_where_it_is)
{
	BLOCK_WORLD(b);

	boot(&b.w);
	judged(&b);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(exchange(&b.w).state, BBUM_NORMAL);
	ck_assert_int_eq(order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1).state, BBUM_PENDING);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(exchange(&b.w).state, BBUM_PENDING);
	ck_assert_int_eq(order(&b.w, BBUM_CMD_TRIGGER, 7, 2).state, BBUM_UPDATE);
}
END_TEST

START_TEST(D5_D8_restart_and_shutdown_are_handed_over_to_the_process_outside)
{
	for (int shut = 0; shut < 2; shut++) {
		BLOCK_WORLD(b);

		updated(&b);
		order(&b.w, shut ? BBUM_CMD_SHUTDOWN : BBUM_CMD_RESTART, 7, 3);
		answer_poll(&b.w);
		device_tick(b.w.d);
		ck_assert_int_eq(now_says(&b.w).state, BBUM_BOOT);
		ck_assert_int_eq(device_wish(b.w.d), shut ? DEVICE_SHUTS_DOWN : DEVICE_RESTARTS);
		ck_assert(device_due(b.w.d) == INT64_MAX); /* it does nothing more by itself */
		crash(&b.w);
		ck_assert_int_eq(now_says(&b.w).state, BBUM_COMPLETED); /* D8: Operational Mode */
		ck_assert_str_eq(now_says(&b.w).version, "1.0.1");
	}
}
END_TEST

/* What is spoilt in the slot that runs, and that the start notices. */
START_TEST(D6_a_start_verifies_the_manifests_identity_and_authenticity_and_the_archives)
{
	for (int what = 0; what < 4; what++) {
		BLOCK_WORLD(b);
		char path[160] = "slot-A/manifest.json";
		STR(pem, 8 * KIB);
		struct err e;

		boot(&b.w);
		block_runs(&b, 1);
		if (what == 1) {
			snprintf(path, sizeof path, "slot-A/archives/%s", b.w.file[1].hash);
			spoil(&b.w, path);
		} else if (what == 2) { /* a Manifest that is right, of another Building Block */
			b.type_id = OTHER_TYPE_ID;
			block_is(&b, 1);
		} else if (what == 3) { /* ... that nobody signed who may */
			b.strange = true;
			block_is(&b, 1);
		}
		if (what >= 2) {
			snprintf(path, sizeof path, "%s/slot-A/manifest.json", b.w.dir);
			ck_ok(file_replace(path, str_c(&b.text), b.text.len, &e));
		}
		crash(&b.w);
		until_poll(&b.w);
		ck_assert_int_eq(b.w.said.status.state, what ? BBUM_ERROR : BBUM_NORMAL);
		ck_assert_str_eq(b.w.said.status.error, what ? "stored-package" : "");
		ck_assert_int_eq(b.w.said.parts.v[0].ok, !what);
	}
}
END_TEST

START_TEST(D6_a_key_that_ran_out_after_the_installation_does_not_stop_what_runs)
{
	BLOCK_WORLD(b);
	STR(pem, 8 * KIB);
	STR(text, 16 * KIB);
	struct jw w = jw_start(&text);
	struct err e;

	/* The same key, in a trust store that takes it until tomorrow. */
	pkcs1_pem(b.key, &pem);
	str_add(
	    &text,
	    "{\"entities\":[{\"name\":\"Octan\",\"roles\":[\"supplier\"],\"until\":\"1970-01-02\",\"keys\":"
	    "[{\"pem\":");
	jw_str(&w, str_c(&pem));
	str_add(&text, "}]}]}");
	trust_free(b.trust);
	ck_ok(trust_parse(str_c(&text), text.len, &b.trust, &e));
	b.w.shared.block.trust = b.trust;
	boot(&b.w);
	block_runs(&b, 1);
	b.w.now += INT64_C(5) * 86400000;
	crash(&b.w);
	until_poll(&b.w);
	ck_assert_int_eq(b.w.said.status.state, BBUM_NORMAL);
	block_is(&b, 2); /* but nothing new comes in with it */
	ck_assert(!judged(&b).authenticity_ok);
	ck_assert_int_eq(b.w.said.status.recommends, 0);
}
END_TEST

START_TEST(D7_D19_D42_D20_no_word_in_time_is_a_rejection_and_a_later_request_a_new_question)
{
	BLOCK_WORLD(b);
	struct bbum_status s;
	int64_t asked;

	boot(&b.w);
	judged(&b);
	b.w.word = PERMIT_WAIT;
	asked = b.w.now;
	b.w.answer.command = BBUM_CMD_REQUEST_UPDATE;
	b.w.answer.cycle_id = 7;
	b.w.answer.seq = 1;
	do
		s = exchange(&b.w);
	while (s.answer == BBUM_ANSWER_NONE && b.w.now < asked + 60000);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert(b.w.now - asked >= 5000 && b.w.now - asked < 7000); /* the limit of the world is 5 s */
	ck_assert_int_eq(b.w.withdrawn, 1);
	b.w.word = PERMIT_YES;
	exchange(&b.w); /* the same id again: one effect, however often it comes */
	ck_assert_int_eq(now_says(&b.w).state, BBUM_NORMAL);
	s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 2);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
}
END_TEST

START_TEST(D9_D46_a_turn_to_error_request_is_accepted_and_the_device_stays_in_error)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	judged(&b);
	s = order(&b.w, BBUM_CMD_TURN_TO_ERROR, 7, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_ERROR);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(exchange(&b.w).state, BBUM_ERROR);
	ck_assert_int_eq(order(&b.w, BBUM_CMD_RESTART, 7, 2).answer, BBUM_ANSWER_ACCEPTED);
	restart(&b.w);
	ck_assert_int_eq(now_says(&b.w).state, BBUM_NORMAL);
}
END_TEST

START_TEST(D11_every_status_is_whole_and_each_request_stands_for_itself)
{
	BLOCK_WORLD(b);

	/* Rest: it is a client that says its whole status, so that each request stands for itself. */
	boot(&b.w);
	judged(&b);
	answer_poll(&b.w);
	until_poll(&b.w);
	ck_assert_str_eq(b.w.said.device, "dev");
	ck_assert_int_eq(b.w.said.status.recommends, 1);
	ck_assert_str_eq(b.w.said.status.manifest_hash, b.w.answer.manifest.hash);
}
END_TEST

START_TEST(D10_D12_C4_C10_the_manifest_is_fetched_at_the_start_and_asked_for_with_every_poll)
{
	BLOCK_WORLD(b);

	boot(&b.w);
	exchange(&b.w);
	until_poll(&b.w);
	ck_assert(b.w.said.wants_manifest);
	ck_assert_int_eq(b.w.manifests, 1);
	for (int i = 0; i < 10; i++) {
		exchange(&b.w);
		ck_assert(b.w.said.wants_manifest);
	}
	ck_assert_int_eq(b.w.manifests, 1); /* the same: once is enough */
	block_is(&b, 2);
	exchange(&b.w);
	until_poll(&b.w);
	ck_assert_int_eq(b.w.manifests, 2); /* another */
	crash(&b.w);
	exchange(&b.w);
	until_poll(&b.w);
	ck_assert_int_eq(b.w.manifests, 3); /* a start */
}
END_TEST

/* Answers the poll as if nobody were there. */
static void away(struct world *w)
{
	struct net_result r = { .trouble = "Couldn't connect" };

	until_poll(w);
	w->wants[NET_POLL] = false;
	device_polled(w->d, &r);
}

START_TEST(D13_C6_C7_C11_C49_C50_A19_an_absent_manager_is_no_error_and_is_met_later)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	block_runs(&b, 1);
	crash(&b.w);
	for (int i = 0; i < 3; i++)
		away(&b.w);
	s = now_says(&b.w);
	ck_assert_int_eq(s.state, BBUM_NORMAL);
	ck_assert_str_eq(s.error, "");
	ck_assert_str_eq(s.version, "1.0.1");
	ck_assert_int_eq(s.recommends, -1);
	ck_assert_int_eq(judged(&b).recommends, 0); /* C50: with the next poll that is answered */
}
END_TEST

START_TEST(D14_the_comparison_is_by_configuration_hash_and_never_by_version)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	s = block_runs(&b, 1);
	s = judged(&b);
	ck_assert_int_eq(s.recommends, 0);
	ck_assert_str_eq(s.hash, s.manifest_hash);
	b.nfiles = 1; /* another content with the same version */
	block_is(&b, 1);
	s = judged(&b);
	ck_assert_str_eq(s.version, s.manifest_version);
	ck_assert_int_eq(s.recommends, 1);
}
END_TEST

/* What is wrong with a Manifest, and what the device says about it. */
static const struct {
	const char *what, *error;
	bool syntax, integrity, identity, authenticity;
} verdicts[] = {
	{ "nothing", "", true, true, true, true },
	{ "text", "manifest-syntax", false, false, false, false },
	{ "member", "manifest-syntax", false, false, false, false },
	{ "type", "manifest-conformity", true, true, false, true },
	{ "network", "manifest-identity", true, true, false, true },
	{ "content", "manifest-integrity", true, false, true, false },
	{ "signer", "manifest-authentication", true, true, true, false },
};

static void spoil_manifest(struct block_world *b, const char *what)
{
	char *at;

	if (!strcmp(what, "type"))
		b->type_id = OTHER_TYPE_ID;
	if (!strcmp(what, "network"))
		b->network = "10.0.0.8";
	b->strange = !strcmp(what, "signer");
	block_is(b, 2);
	if (!strcmp(what, "text"))
		b->text.p[b->text.len - 1] = ' ';
	at = strstr(b->text.p, "\"Functional Version\"");
	if (!strcmp(what, "member"))
		at[1] = 'f';
	at = strstr(b->text.p, "part 0");
	if (!strcmp(what, "content"))
		at[5] = '7';
}

START_TEST(D15_C5_C8_C12_C21_C22_the_four_checks_and_the_recommendation_are_reported)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		BLOCK_WORLD(b);
		struct bbum_status s;

		boot(&b.w);
		spoil_manifest(&b, verdicts[i].what);
		judged(&b);
		s = judged(&b); /* what is not what was named is looked at twice */
		ck_assert_int_eq(s.state, BBUM_NORMAL);
		ck_assert_msg(!strcmp(s.error, verdicts[i].error), "%s: %s", verdicts[i].what, s.error);
		ck_assert_msg(s.syntax_ok == verdicts[i].syntax, "%s", verdicts[i].what);
		ck_assert_msg(s.integrity_ok == verdicts[i].integrity, "%s", verdicts[i].what);
		ck_assert_msg(s.identity_ok == verdicts[i].identity, "%s", verdicts[i].what);
		ck_assert_msg(s.authenticity_ok == verdicts[i].authenticity, "%s", verdicts[i].what);
		ck_assert_int_eq(s.recommends, !*verdicts[i].error);
	}
}
END_TEST

START_TEST(D16_D17_D18_C25_C26_C27_A17_the_application_decides_and_the_answer_is_told)
{
	BLOCK_WORLD(b);
	struct bbum_status s;

	boot(&b.w);
	ck_assert_int_eq(judged(&b).recommends, 1); /* D16: what the manager goes by */
	b.w.word = PERMIT_NO;
	s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 1);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_REJECTED);
	ck_assert_str_eq(s.reason, "charging");
	b.w.word = PERMIT_YES;
	s = order(&b.w, BBUM_CMD_REQUEST_UPDATE, 7, 2);
	ck_assert_int_eq(s.answer, BBUM_ANSWER_ACCEPTED);
	ck_assert_int_eq(s.state, BBUM_PENDING);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		D1_D2_operational_mode_has_four_states_and_error_and_boot_are_beside_it,
		D3_state_answer_and_result_are_memorised_before_they_are_said,
		D4_D21_without_a_command_the_device_stays_where_it_is,
		D5_D8_restart_and_shutdown_are_handed_over_to_the_process_outside,
		D6_a_start_verifies_the_manifests_identity_and_authenticity_and_the_archives,
		D6_a_key_that_ran_out_after_the_installation_does_not_stop_what_runs,
		D7_D19_D42_D20_no_word_in_time_is_a_rejection_and_a_later_request_a_new_question,
		D9_D46_a_turn_to_error_request_is_accepted_and_the_device_stays_in_error,
		D11_every_status_is_whole_and_each_request_stands_for_itself,
		D10_D12_C4_C10_the_manifest_is_fetched_at_the_start_and_asked_for_with_every_poll,
		D13_C6_C7_C11_C49_C50_A19_an_absent_manager_is_no_error_and_is_met_later,
		D14_the_comparison_is_by_configuration_hash_and_never_by_version,
		D15_C5_C8_C12_C21_C22_the_four_checks_and_the_recommendation_are_reported,
		D16_D17_D18_C25_C26_C27_A17_the_application_decides_and_the_answer_is_told,
	};

	return RUN_TESTS("ocora_d", all);
}
