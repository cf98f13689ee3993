/* SPDX-License-Identifier: Apache-2.0 */
/* Part I, rows I20-I33: the state chart of the Configuration Manager for a vehicle, and the rows of parts C
 * and E that say what it decides. Every pair of state and wait is brought about and given every input. */
#include "site_ways.h"

/* ---- the whole table ---- */

START_TEST(every_pair_of_state_and_wait_is_reached_by_a_way)
{
	for (int s = 0; s < SITE_STATES; s++)
		for (int w = 0; w < SITE_WAITS; w++) {
			int found = 0;

			for (size_t i = 0; i < WAYS; i++)
				found += (int)ways[i].state == s && (int)ways[i].wait == w;
			ck_assert_msg(found == site_pair_exists((enum site_state)s, (enum site_wait)w),
				      "%s, %s", site_state_text[s], site_wait_text[w]);
		}
	for (size_t i = 0; i < WAYS; i++) {
		struct kit k;

		come(&k, i);
	}
}
END_TEST

/* Part F, "allowed in": what site_verb_bar() bars is barred whatever is awaited, and says why; what it does
 * not bar is obeyed, or says what stands against it. The table is printed. */
START_TEST(every_verb_in_every_state_and_wait_is_obeyed_or_says_why_not)
{
	for (size_t i = 0; i < WAYS; i++) {
		printf("%-17s %-15s", site_state_text[ways[i].state], site_wait_text[ways[i].wait]);
		for (int v = 0; v < SITE_VERBS; v++) {
			struct kit k;
			struct site was;

			come(&k, i);
			was = k.s;
			kit_verb(&k, (enum site_verb)v);
			printf(" %s%c", site_verb_text[v],
			       site_verb_bar(was.state, (enum site_verb)v) ? '-'
			       : k.out.refused                             ? '?'
									   : '+');
			if (site_verb_bar(was.state, (enum site_verb)v))
				ck_assert(k.out.refused);
			if (k.out.refused) {
				ck_assert_msg(!strncmp(k.out.why, "rejected, because ", 18) &&
						  strlen(k.out.why) > 24,
					      "%s: '%s'", site_verb_text[v], k.out.why);
				ck_assert_msg(!memcmp(&was, &k.s, sizeof was), "%s changed something",
					      site_verb_text[v]);
			} else {
				ck_assert_int_ge(k.said[SITE_SAYS_VERB], 1);
			}
			/* twice is harmless: no command leaves a second time, nothing else is decided */
			const struct site once = k.s;

			kit_verb(&k, (enum site_verb)v);
			ck_assert_msg(k.s.state == once.state && k.s.wait == once.wait && k.s.seq == once.seq,
				      "%s twice in %s, %s", site_verb_text[v], site_state_text[was.state],
				      site_wait_text[was.wait]);
		}
		printf("\n");
	}
	fflush(stdout);
}
END_TEST

/* Inputs without a verb: each leads to a pair that exists (kit_give looks), nothing crashes or spins. */
START_TEST(every_input_in_every_state_and_wait_is_answered)
{
	for (size_t i = 0; i < WAYS; i++)
		for (int in = 0; in < SITE_INPUTS; in++)
			for (int st = 0; st < BBUM_STATES; st++) {
				struct kit k;
				struct bbum_status status;

				if (in == SITE_IN_VERB || (in != SITE_IN_STATUS && st))
					continue;
				come(&k, i);
				k.d[1].state = (enum bbum_state)st;
				sim_status(&k.d[1], k.s.id, &status);
				if (in == SITE_IN_TIMER && k.s.due_at >= 0)
					k.now = k.s.due_at;
				kit_give(&k, (struct site_in){ .kind = (enum site_input)in,
							       .bb = 1,
							       .status = &status,
							       .lost = true,
							       .why = "test" });
				ck_assert(!k.out.refused);
				ck_assert(k.s.state != SITE_ERROR || ways[i].state == SITE_ERROR ||
					  in == SITE_IN_FATAL);
				ck_assert(k.s.state != SITE_STOPPED || ways[i].state == SITE_STOPPED);
			}
}
END_TEST

START_TEST(E26_no_wait_for_devices_is_without_a_timer_or_a_prompt)
{
	for (size_t i = 0; i < WAYS; i++) {
		struct kit k;

		come(&k, i);
		if (k.s.wait != SITE_IDLE)
			ck_assert_msg(k.s.due_at > k.now, "%s, %s", site_state_text[k.s.state],
				      site_wait_text[k.s.wait]);
		else if (k.s.state != SITE_STOPPED && !(k.s.state == SITE_NO && !k.s.updating))
			ck_assert_int_ne(k.s.prompt, SITE_ASKS_NOTHING);
	}
}
END_TEST

/* Where the devices are silent from now on, somebody is asked, and they are named. */
START_TEST(E27_silence_in_every_wait_ends_in_a_prompt_with_names)
{
	for (size_t i = 0; i < WAYS; i++) {
		struct kit k;

		come(&k, i);
		if (k.s.wait == SITE_IDLE)
			continue;
		k.dead[1] = true;
		kit_run(&k, true);
		ck_assert_msg(k.s.prompt != SITE_ASKS_NOTHING, "%s, %s: nobody is asked",
			      site_state_text[ways[i].state], site_wait_text[ways[i].wait]);
		ck_assert_msg(strstr(k.s.prompt_why, "ETP") != NULL, "'%s' does not name it", k.s.prompt_why);
	}
}
END_TEST

/* ---- the rows ---- */

START_TEST(I20_E9_E21_E22_a_start_leads_to_Entry_Operation_which_asks_everybody)
{
	struct kit k;

	stopped(&k, SITE_AUTO);
	kit_verb(&k, SITE_DO_START);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.said[SITE_SAYS_ASK_STATUS], 1);
	for (int i = 0; i < 2; i++) {
		ck_assert(!k.s.bb[i].known);
		ck_assert_int_eq(k.s.bb[i].asked_at, k.now);
	}
	kit_poll(&k, 0);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_NOTHING); /* of all */
	kit_poll(&k, 1);
	ck_assert_int_eq(k.said[SITE_SAYS_STATUS], 2);
	ck_assert_int_eq(k.s.state, SITE_NO);
}
END_TEST

START_TEST(I21_E8_a_stop_is_obeyed_in_every_state_and_makes_it_silent)
{
	for (size_t i = 0; i < WAYS; i++) {
		struct kit k;

		come(&k, i);
		kit_verb(&k, SITE_DO_STOP);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		ck_assert(!k.s.running);
		for (int b = 0; b < 2; b++) {
			bool gone;

			ck_assert_int_eq(k.s.bb[b].command, BBUM_CMD_NONE);
			ck_assert(!site_may_package(&k.s, b, &gone));
			ck_assert(!gone);
		}
		/* what they say is remembered, and moves nothing */
		k.d[1].boots++;
		kit_run(&k, true);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		ck_assert_int_eq(k.s.bb[1].status.boots, k.d[1].boots);
	}
}
END_TEST

START_TEST(I22_E23_equal_states_are_entered)
{
	static const struct {
		enum bbum_state all;
		enum site_state state;
		enum site_wait wait[SITE_MODES];
	} rows[] = {
		{ BBUM_NORMAL, SITE_NO, { SITE_AWAIT_ADVICE, SITE_AWAIT_ADVICE } },
		{ BBUM_PENDING, SITE_UP, { SITE_AWAIT_FOLLOW, SITE_IDLE } },
		{ BBUM_UPDATE, SITE_U, { SITE_AWAIT_RESULT, SITE_AWAIT_RESULT } },
		{ BBUM_COMPLETED, SITE_UC, { SITE_AWAIT_RETRY, SITE_IDLE } },
	};

	for (int m = 0; m < SITE_MODES; m++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct kit k;

			no_advice(&k, (enum site_mode)m);
			k.d[0].state = k.d[1].state = rows[i].all;
			kit_boot(&k);
			for (int b = 0; b < 2; b++)
				kit_status(&k, b);
			ck_assert_msg(k.s.state == rows[i].state && k.s.wait == rows[i].wait[m],
				      "%s mode, all in %s: %s, %s", site_mode_text[m],
				      bbum_state_text[rows[i].all], site_state_text[k.s.state],
				      site_wait_text[k.s.wait]);
		}
}
END_TEST

START_TEST(I23_E24_C3_differing_states_are_synchronised_or_asked_about)
{
	struct kit k;

	entry_differ(&k, SITE_AUTO);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_SYNC, SITE_ASKS_NOTHING);
	ck_assert(k.s.sync_update);
	ck_assert_int_eq(k.s.bb[0].command, BBUM_CMD_REQUEST_UPDATE);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_NONE);
	entry_differ(&k, SITE_MANUAL);
	kit_is(&k, SITE_ENTRY, SITE_IDLE, SITE_ASKS_SYNC);
}
END_TEST

START_TEST(I24_C23_C24_E29_E30_one_that_needs_an_update_has_all_requested)
{
	struct kit k;

	no_advice(&k, SITE_AUTO);
	k.d[0].runs = k.d[0].slot = 'B'; /* only ETP needs it */
	kit_poll(&k, 0);
	kit_is(&k, SITE_NO, SITE_AWAIT_ADVICE, SITE_ASKS_NOTHING); /* all are waited for */
	kit_poll(&k, 1);
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 2);
	ck_assert_int_eq(k.said[SITE_SAYS_ADVICE], 1);
	ck_assert_int_eq(k.said[SITE_SAYS_ADVICE_BB], 2);
	ck_assert_ptr_nonnull(strstr(k.log, "1 of 2 Building Blocks recommend an update: ETP"));
	/* nobody needs one: no request */
	no_advice(&k, SITE_AUTO);
	k.d[0].runs = k.d[1].runs = k.d[0].slot = k.d[1].slot = 'B';
	polls(&k);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 0);
}
END_TEST

START_TEST(I25_C27_C28_E32_E34_all_accepted_leads_to_Update_Pending)
{
	struct kit k;

	no_accept(&k, SITE_MANUAL);
	sim_permit(&k.d[0], true);
	kit_status(&k, 0);
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
	sim_permit(&k.d[1], true);
	kit_status(&k, 1);
	ck_assert_int_eq(k.s.state, SITE_UP);
	ck_assert_int_eq(k.said[SITE_SAYS_ACCEPTANCE], 1);
	ck_assert_int_eq(k.said[SITE_SAYS_ACCEPTANCE_BB], 2);
	ck_assert_ptr_nonnull(strstr(k.log, "all 2 Building Blocks accept the update"));
}
END_TEST

START_TEST(I26_C28_E31_E33_any_rejected_is_repeated_or_asked_about)
{
	struct kit k;

	no_retry(&k, SITE_AUTO);
	kit_is(&k, SITE_NO, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING);
	ck_assert_ptr_nonnull(
	    strstr(k.log, "1 of 2 Building Blocks accept the update; not: ETP (no permission)"));
	k.now = k.s.due_at;
	kit_give(&k, (struct site_in){ .kind = SITE_IN_TIMER });
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.s.bb[0].command, BBUM_CMD_NONE); /* it is in UP already */
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_REQUEST_UPDATE);
	no_retry(&k, SITE_MANUAL);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REJECTED);
	/* no answer within the limit counts as not accepted */
	no_accept(&k, SITE_MANUAL);
	k.now = k.s.due_at;
	kit_give(&k, (struct site_in){ .kind = SITE_IN_TIMER });
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REJECTED);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "DAS (no answer), ETP (no answer)"));
	/* one that accepts late still counts */
	permits(&k, true, true);
	ck_assert_int_eq(k.s.state, SITE_UP);
}
END_TEST

START_TEST(I27_E48_a_cancel_brings_all_back_to_Normal_Operation)
{
	struct kit k;

	up_cancel(&k, SITE_MANUAL);
	ck_assert_int_eq(k.sent[BBUM_CMD_CANCEL], 2);
	ck_assert_int_eq(k.said[SITE_SAYS_CANCEL], 1);
	kit_poll(&k, 0);
	kit_status(&k, 0);
	ck_assert_int_eq(k.s.state, SITE_UP); /* all */
	kit_poll(&k, 1);
	kit_status(&k, 1);
	ck_assert_int_eq(k.s.state, SITE_NO);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(k.d[i].state, BBUM_NORMAL);
}
END_TEST

START_TEST(I28_C29_E37_E38_the_trigger_goes_to_all_and_Update_is_entered_when_all_are_there)
{
	struct kit k;

	up(&k, SITE_AUTO);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 2);
	ck_assert_int_eq(k.said[SITE_SAYS_TRIGGER], 1);
	kit_poll(&k, 0);
	kit_status(&k, 0);
	ck_assert_int_eq(k.s.state, SITE_UP);
	kit_poll(&k, 1);
	kit_status(&k, 1);
	kit_is(&k, SITE_U, SITE_AWAIT_RESULT, SITE_ASKS_NOTHING);
	/* a trigger that is rejected is asked about; the word goes to that one */
	up(&k, SITE_AUTO);
	kit_poll(&k, 0);
	k.d[1].seq = k.s.bb[1].seq;
	k.d[1].answer = BBUM_ANSWER_REJECTED;
	kit_status(&k, 0);
	kit_status(&k, 1);
	kit_is(&k, SITE_UP, SITE_AWAIT_FOLLOW, SITE_ASKS_EXCEPTION);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "the trigger was rejected by ETP"));
	kit_verb(&k, SITE_DO_TRIGGER);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 3);
	kit_run(&k, true);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(I29_E40_E41_E42_C38_all_results_in_leads_to_Update_Completed)
{
	static const struct {
		enum sim_end end;
		char runs;
		const char *words;
	} rows[] = { { SIM_INSTALLS, 'A', "update successful" },
		     { SIM_VERIFY_FAILS, 'A', "verification failure" },
		     { SIM_INSTALL_FAILS, 'A', "installation failure" },
		     { SIM_INSTALLS, 'B', "no update required" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct kit k;
		char want[60];

		u_result(&k, SITE_MANUAL);
		k.d[1].runs = rows[i].runs;
		sim_update(&k.d[0], 'B', SIM_INSTALLS);
		kit_status(&k, 0);
		kit_is(&k, SITE_U, SITE_AWAIT_RESULT, SITE_ASKS_NOTHING);
		sim_update(&k.d[1], 'B', rows[i].end);
		kit_status(&k, 1);
		kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
		ck_assert_int_eq(k.said[SITE_SAYS_RESULT], 1);
		ck_assert_int_eq(k.said[SITE_SAYS_RESULT_BB], 2);
		snprintf(want, sizeof want, "ETP: %s", rows[i].words);
		ck_assert_msg(strstr(k.log, want) != NULL, "%s", k.log);
	}
}
END_TEST

START_TEST(I30_E46_C39_after_a_failure_the_trigger_is_sent_again)
{
	struct kit k;

	uc_follow(&k, SITE_MANUAL);
	ck_assert_int_eq(k.s.bb[0].command, BBUM_CMD_NONE);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_TRIGGER);
	kit_poll(&k, 1);
	kit_status(&k, 1);
	kit_is(&k, SITE_U, SITE_AWAIT_RESULT, SITE_ASKS_NOTHING);
	ends(&k, SIM_INSTALLS, SIM_INSTALLS);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_str_eq(k.s.prompt_why, "update successful: DAS, ETP");
}
END_TEST

START_TEST(I30_E47_C37_C40_Z44_a_rollback_sets_the_previous_active_and_triggers_all)
{
	struct kit k;

	uc_retry(&k, SITE_MANUAL);
	kit_activate(&k, 'A');
	kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
	kit_verb(&k, SITE_DO_ROLLBACK);
	ck_assert_int_eq(k.s.bb[0].command, BBUM_CMD_TRIGGER);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_TRIGGER);
	polls(&k);
	polls(&k);
	kit_is(&k, SITE_U, SITE_AWAIT_RESULT, SITE_ASKS_NOTHING);
	ends(&k, SIM_INSTALLS, SIM_INSTALLS);
	ck_assert_str_eq(k.s.prompt_why, "no update required: DAS, ETP");
	ck_assert_int_eq(k.d[0].slot, 'A'); /* what was installed of B does not start */
}
END_TEST

START_TEST(I31_E43_E44_C35_C36_a_restart_comes_back_in_Update_Completed)
{
	struct kit k;

	uc(&k, SITE_AUTO);
	kit_is(&k, SITE_UC, SITE_AWAIT_RESTART, SITE_ASKS_NOTHING);
	ck_assert_int_eq(k.said[SITE_SAYS_RESTART], 1);
	polls(&k);
	sim_permit(&k.d[0], true);
	kit_status(&k, 0);
	kit_is(&k, SITE_UC, SITE_AWAIT_RESTART, SITE_ASKS_NOTHING);
	ck_assert(k.s.bb[0].restarted && !k.s.bb[1].restarted);
	sim_permit(&k.d[1], true);
	kit_status(&k, 1);
	kit_is(&k, SITE_UC, SITE_AWAIT_NORMAL, SITE_ASKS_NOTHING);
	/* accepted is not back: it says so before it restarts */
	uc(&k, SITE_AUTO);
	polls(&k);
	sim_permit(&k.d[0], true);
	kit_status(&k, 0);
	k.d[1].seq = k.d[1].waiting_seq;
	k.d[1].answer = BBUM_ANSWER_ACCEPTED;
	kit_status(&k, 1);
	kit_is(&k, SITE_UC, SITE_AWAIT_RESTART, SITE_ASKS_NOTHING);
	sim_permit(&k.d[1], true);
	kit_status(&k, 1);
	kit_is(&k, SITE_UC, SITE_AWAIT_NORMAL, SITE_ASKS_NOTHING);
}
END_TEST

START_TEST(I32_E45_all_accepted_Normal_Operation_leads_there)
{
	struct kit k;

	uc_normal(&k, SITE_AUTO);
	ck_assert_int_eq(k.sent[BBUM_CMD_NORMAL_OPERATION], 2);
	ck_assert_int_eq(k.said[SITE_SAYS_NORMAL], 1);
	kit_poll(&k, 0);
	kit_poll(&k, 0);
	ck_assert_int_eq(k.s.state, SITE_UC);
	kit_poll(&k, 1);
	kit_poll(&k, 1);
	ck_assert_int_eq(k.s.state, SITE_NO);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(I33_E49_a_fatal_error_leads_to_Error_from_every_state)
{
	for (size_t i = 0; i < WAYS; i++) {
		struct kit k;

		come(&k, i);
		kit_give(&k, (struct site_in){ .kind = SITE_IN_FATAL, .why = "the store is damaged" });
		kit_is(&k, SITE_ERROR, SITE_IDLE, SITE_ASKS_FATAL);
		ck_assert_str_eq(k.s.prompt_why, "the store is damaged");
		for (int b = 0; b < 2; b++)
			ck_assert_int_eq(k.s.bb[b].command, BBUM_CMD_NONE);
	}
}
END_TEST

START_TEST(C25_C26_E31_the_building_block_decides_and_an_acceptance_is_its_state)
{
	struct kit k;

	no_accept(&k, SITE_AUTO);
	/* says accepted, but goes on operating: not accepted */
	k.d[1].seq = k.s.bb[1].seq;
	k.d[1].answer = BBUM_ANSWER_ACCEPTED;
	sim_permit(&k.d[0], true);
	kit_status(&k, 0);
	kit_status(&k, 1);
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
}
END_TEST

START_TEST(C2_nothing_moves_without_a_command_of_the_manager)
{
	for (int st = BBUM_PENDING; st <= BBUM_COMPLETED; st++) {
		struct kit k;

		no_idle(&k, SITE_AUTO);
		k.d[1].state = (enum bbum_state)st;
		kit_status(&k, 1);
		kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_NOTHING);
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_all_run(&k, 'A');
	}
}
END_TEST

START_TEST(C49_C50_whoever_started_without_the_manager_is_synchronised_at_its_next_word)
{
	struct kit k;

	kit_init(&k, 2, SITE_AUTO);
	kit_activate(&k, 'B');
	k.d[1].boots = 5; /* in NO with its stored configuration all the while */
	kit_boot(&k);
	kit_poll(&k, 1);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_NOTHING);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
}
END_TEST

START_TEST(E36_E39_without_dependencies_all_are_served_at_once)
{
	struct kit k;
	bool gone;

	u_result(&k, SITE_AUTO);
	ck_assert(site_may_package(&k.s, 0, &gone) && site_may_package(&k.s, 1, &gone));
	kit_give(&k, (struct site_in){ .kind = SITE_IN_PACKAGED, .bb = 1 });
	kit_give(&k, (struct site_in){ .kind = SITE_IN_PACKAGED, .bb = 1 });
	kit_give(&k, (struct site_in){ .kind = SITE_IN_SERVED, .bb = 0 });
	ck_assert_int_eq(k.said[SITE_SAYS_PACKAGE], 1); /* said once */
	ck_assert_int_eq(k.said[SITE_SAYS_MANIFEST], 1);
	ck_assert_ptr_nonnull(strstr(k.log, "the Package is provided to ETP (bb:ETP@1.0.0)"));
}
END_TEST

START_TEST(E35_Z18_Z20_a_group_of_mutual_dependency_is_served_together_after_those_it_needs)
{
	struct kit k;
	bool gone;

	kit_rest(&k, 3, SITE_AUTO);
	k.s.bb[1].wave = k.s.bb[2].wave = 1; /* ETP and GNSS need each other, and DAS */
	kit_new(&k);
	while (k.s.state != SITE_U)
		for (int i = 0; i < 3; i++) {
			kit_poll(&k, i);
			if (k.d[i].state != BBUM_UPDATE)
				kit_work(&k, i);
		}
	ck_assert(site_may_package(&k.s, 0, &gone));
	ck_assert(!site_may_package(&k.s, 1, &gone) && !gone && !site_may_package(&k.s, 2, &gone) && !gone);
	kit_work(&k, 0);
	kit_status(&k, 0);
	ck_assert(site_may_package(&k.s, 1, &gone) && site_may_package(&k.s, 2, &gone));
	k.end[2] = SIM_INSTALL_FAILS;
	k.set.trigger_tries = 0;
	kit_run(&k, true);
	kit_all_run(&k, 'A'); /* they go back together */
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		every_pair_of_state_and_wait_is_reached_by_a_way,
		every_verb_in_every_state_and_wait_is_obeyed_or_says_why_not,
		every_input_in_every_state_and_wait_is_answered,
		E26_no_wait_for_devices_is_without_a_timer_or_a_prompt,
		E27_silence_in_every_wait_ends_in_a_prompt_with_names,
		I20_E9_E21_E22_a_start_leads_to_Entry_Operation_which_asks_everybody,
		I21_E8_a_stop_is_obeyed_in_every_state_and_makes_it_silent,
		I22_E23_equal_states_are_entered,
		I23_E24_C3_differing_states_are_synchronised_or_asked_about,
		I24_C23_C24_E29_E30_one_that_needs_an_update_has_all_requested,
		I25_C27_C28_E32_E34_all_accepted_leads_to_Update_Pending,
		I26_C28_E31_E33_any_rejected_is_repeated_or_asked_about,
		I27_E48_a_cancel_brings_all_back_to_Normal_Operation,
		I28_C29_E37_E38_the_trigger_goes_to_all_and_Update_is_entered_when_all_are_there,
		I29_E40_E41_E42_C38_all_results_in_leads_to_Update_Completed,
		I30_E46_C39_after_a_failure_the_trigger_is_sent_again,
		I30_E47_C37_C40_Z44_a_rollback_sets_the_previous_active_and_triggers_all,
		I31_E43_E44_C35_C36_a_restart_comes_back_in_Update_Completed,
		I32_E45_all_accepted_Normal_Operation_leads_there,
		I33_E49_a_fatal_error_leads_to_Error_from_every_state,
		C25_C26_E31_the_building_block_decides_and_an_acceptance_is_its_state,
		C2_nothing_moves_without_a_command_of_the_manager,
		C49_C50_whoever_started_without_the_manager_is_synchronised_at_its_next_word,
		E36_E39_without_dependencies_all_are_served_at_once,
		E35_Z18_Z20_a_group_of_mutual_dependency_is_served_together_after_those_it_needs,
	};

	return RUN_TESTS("ocora_i", all);
}
