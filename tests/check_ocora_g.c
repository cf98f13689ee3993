/* SPDX-License-Identifier: Apache-2.0 */
/* Part G: what each event leads to in auto and in manual mode (OCORA-TWS15-060 annex, 5.1.2.7). A row is an
 * event and, for both modes, where the site is and what it asks when it does nothing more by itself. */
#include "site_kit.h"

struct after {
	enum site_state state;
	enum site_wait wait;
	enum site_prompt prompt;
	enum bbum_command sent; /* what was sent to all by itself; NONE = nothing */
	const char *why;        /* words of the prompt */
};

static void event_both(void (*event)(struct kit *, enum site_mode), const struct after after[SITE_MODES],
		       const unsigned choices[SITE_MODES])
{
	for (int m = 0; m < SITE_MODES; m++) {
		struct kit k;
		const struct after *a = &after[m];

		event(&k, (enum site_mode)m);
		kit_is(&k, a->state, a->wait, a->prompt);
		if (a->sent == BBUM_CMD_NONE) {
			for (int c = 1; c < BBUM_COMMANDS; c++)
				ck_assert_msg(k.sent[c] == 0, "%s mode: %s was sent by itself",
					      site_mode_text[m], bbum_command_text[c]);
		} else {
			ck_assert_int_eq(k.sent[a->sent], k.s.nbbs);
		}
		if (a->why)
			ck_assert_msg(strstr(k.s.prompt_why, a->why), "'%s' does not say '%s'",
				      k.s.prompt_why, a->why);
		ck_assert_uint_eq(site_prompt_choices(k.s.prompt, k.s.state), choices[m]);
		ck_assert_int_eq(k.said[SITE_SAYS_PROMPT], a->prompt != SITE_ASKS_NOTHING);
	}
}

static void forget(struct kit *k)
{
	memset(k->said, 0, sizeof k->said);
	memset(k->sent, 0, sizeof k->sent);
	k->log[0] = '\0';
}

#define DO(v) (1u << SITE_DO_##v)

static void on_startup(struct kit *k, enum site_mode mode)
{
	kit_init(k, 2, mode);
	kit_activate(k, 'A');
	kit_boot(k);
	kit_run(k, false);
}

START_TEST(G1_on_startup_auto_mode_starts_by_itself_and_manual_mode_waits_for_start)
{
	const struct after after[] = { { SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING, BBUM_CMD_NONE, NULL },
				       { SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING, BBUM_CMD_NONE, NULL } };
	struct kit k;

	event_both(on_startup, after, (const unsigned[]){ 0, 0 });
	on_startup(&k, SITE_MANUAL);
	ck_assert_int_eq(k.said[SITE_SAYS_ASK_STATUS], 0);
	kit_verb(&k, SITE_DO_START);
	ck_assert_int_eq(k.said[SITE_SAYS_ASK_STATUS], 1);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	/* E7, Z26: once started it is started again; an explicit stop persists in both modes */
	kit_boot(&k);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_NOTHING);
	on_startup(&k, SITE_AUTO);
	kit_verb(&k, SITE_DO_STOP);
	kit_boot(&k);
	kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
}
END_TEST

/* One in NO, one in UP. */
static void on_differing_states(struct kit *k, enum site_mode mode)
{
	kit_rest(k, 2, mode);
	k->d[1].state = BBUM_PENDING;
	kit_boot(k);
	forget(k);
	kit_poll(k, 0);
	kit_poll(k, 1);
}

START_TEST(G2_differing_states_are_synchronised_in_auto_mode_and_asked_about_in_manual_mode)
{
	/* what auto mode brings them to, for every pair of states; and the operator's two ways */
	static const struct {
		enum bbum_state a, b;
		char runs_a;
		bool to_update;
	} pairs[] = {
		{ BBUM_NORMAL, BBUM_PENDING, 'A', false },   { BBUM_NORMAL, BBUM_UPDATE, 'A', true },
		{ BBUM_NORMAL, BBUM_COMPLETED, 'B', false }, { BBUM_NORMAL, BBUM_COMPLETED, 'A', true },
		{ BBUM_PENDING, BBUM_UPDATE, 'A', true },    { BBUM_PENDING, BBUM_COMPLETED, 'A', true },
		{ BBUM_UPDATE, BBUM_COMPLETED, 'A', true },
	};
	struct kit k;

	on_differing_states(&k, SITE_MANUAL);
	kit_is(&k, SITE_ENTRY, SITE_IDLE, SITE_ASKS_SYNC);
	ck_assert_str_eq(k.s.prompt_why,
			 "the Building Blocks are in different states: DAS (normal-operation), ETP "
			 "(update-pending)");
	ck_assert_uint_eq(site_prompt_choices(k.s.prompt, k.s.state), DO(SYNC_NORMAL) | DO(SYNC_UPDATE));
	kit_verb(&k, SITE_DO_SYNC_UPDATE); /* Z27: those in NO are requested first */
	ck_assert_int_eq(k.s.bb[0].command, BBUM_CMD_REQUEST_UPDATE);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_NONE);
	kit_poll(&k, 0);
	kit_work(&k, 0);
	kit_poll(&k, 0);
	ck_assert_int_eq(k.s.bb[0].last, BBUM_CMD_TRIGGER); /* all in UP: now both */
	ck_assert_int_eq(k.s.bb[1].last, BBUM_CMD_TRIGGER);
	kit_run(&k, false);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	on_differing_states(&k, SITE_MANUAL);
	kit_verb(&k, SITE_DO_SYNC_NORMAL);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_CANCEL);
	kit_run(&k, false);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		kit_rest(&k, 2, SITE_AUTO);
		kit_activate(&k, 'B');
		kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
		k.d[0].state = pairs[i].a;
		k.d[1].state = pairs[i].b;
		k.d[0].runs = k.d[0].slot = pairs[i].runs_a;
		if (pairs[i].b == BBUM_COMPLETED)
			k.d[1].runs = k.d[1].slot = 'B';
		kit_boot(&k);
		forget(&k);
		kit_poll(&k, 0);
		kit_poll(&k, 1);
		if (k.s.state == SITE_ENTRY) {
			kit_is(&k, SITE_ENTRY, SITE_AWAIT_SYNC, SITE_ASKS_NOTHING);
			ck_assert_msg(k.s.sync_update == pairs[i].to_update, "%s and %s go to %s",
				      bbum_state_text[pairs[i].a], bbum_state_text[pairs[i].b],
				      k.s.sync_update ? "Update" : "Normal Operation");
		}
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		kit_all_run(&k, 'B');
	}
}
END_TEST

static void on_recommendations(struct kit *k, enum site_mode mode)
{
	kit_rest(k, 2, mode);
	k->word[0] = k->word[1] = BBUM_ANSWER_NONE;
	kit_new(k);
	kit_poll(k, 0);
	ck_assert_int_eq(k->s.wait, SITE_AWAIT_ADVICE);
	kit_poll(k, 1);
}

START_TEST(G3_all_recommendations_in_requests_in_auto_mode_and_prompts_in_manual_mode)
{
	const struct after after[] = {
		{ SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING, BBUM_CMD_REQUEST_UPDATE, NULL },
		{ SITE_NO, SITE_IDLE, SITE_ASKS_REQUEST, BBUM_CMD_NONE, "an update is recommended" },
	};
	struct kit k;

	event_both(on_recommendations, after, (const unsigned[]){ 0, DO(REQUEST) });
	on_recommendations(&k, SITE_MANUAL);
	kit_verb(&k, SITE_DO_REQUEST);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 2);
	kit_is(&k, SITE_NO, SITE_AWAIT_ACCEPT, SITE_ASKS_NOTHING);
}
END_TEST

static void on_acceptance(struct kit *k, enum site_mode mode)
{
	on_recommendations(k, mode);
	if (mode == SITE_MANUAL)
		kit_verb(k, SITE_DO_REQUEST);
	for (int i = 0; i < 2; i++)
		kit_poll(k, i);
	forget(k);
	for (int i = 0; i < 2; i++) {
		sim_permit(&k->d[i], true);
		kit_status(k, i);
	}
}

START_TEST(G4_all_accepted_triggers_in_auto_mode_and_prompts_for_trigger_or_cancel_in_manual_mode)
{
	const struct after after[] = {
		{ SITE_UP, SITE_AWAIT_FOLLOW, SITE_ASKS_NOTHING, BBUM_CMD_TRIGGER, NULL },
		{ SITE_UP, SITE_IDLE, SITE_ASKS_TRIGGER, BBUM_CMD_NONE, "all 2 Building Blocks" },
	};
	struct kit k;

	event_both(on_acceptance, after, (const unsigned[]){ 0, DO(TRIGGER) | DO(CANCEL) });
	on_acceptance(&k, SITE_MANUAL);
	kit_verb(&k, SITE_DO_TRIGGER);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 2);
	on_acceptance(&k, SITE_MANUAL);
	kit_verb(&k, SITE_DO_CANCEL);
	ck_assert_int_eq(k.sent[BBUM_CMD_CANCEL], 2);
}
END_TEST

static void on_rejection(struct kit *k, enum site_mode mode)
{
	on_recommendations(k, mode);
	if (mode == SITE_MANUAL)
		kit_verb(k, SITE_DO_REQUEST);
	for (int i = 0; i < 2; i++)
		kit_poll(k, i);
	forget(k);
	for (int i = 0; i < 2; i++) {
		sim_permit(&k->d[i], i == 0);
		kit_status(k, i);
	}
}

START_TEST(G5_a_rejection_is_repeated_once_in_auto_mode_then_prompted_and_prompted_in_manual_mode)
{
	const struct after after[] = {
		{ SITE_NO, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING, BBUM_CMD_NONE, NULL },
		{ SITE_NO, SITE_IDLE, SITE_ASKS_REJECTED, BBUM_CMD_NONE,
		  "not accepted by ETP (no permission)" },
	};
	struct kit k;

	event_both(on_rejection, after, (const unsigned[]){ 0, DO(REQUEST) | DO(CANCEL) });
	/* auto: the repetition goes to those that have not accepted; a second rejection prompts */
	on_rejection(&k, SITE_AUTO);
	k.word[1] = BBUM_ANSWER_REJECTED;
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_REJECTED);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 1);
	/* Z25: the number of repetitions is a setting */
	on_rejection(&k, SITE_AUTO);
	k.word[1] = BBUM_ANSWER_REJECTED;
	k.set.request_tries = 4;
	kit_run(&k, true);
	ck_assert_int_eq(k.sent[BBUM_CMD_REQUEST_UPDATE], 4);
	/* auto: a repetition that is accepted goes on */
	on_rejection(&k, SITE_AUTO);
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, true);
	kit_all_run(&k, 'B');
}
END_TEST

static void on_results(struct kit *k, enum site_mode mode)
{
	on_acceptance(k, mode);
	if (mode == SITE_MANUAL)
		kit_verb(k, SITE_DO_TRIGGER);
	for (int i = 0; i < 2; i++)
		kit_poll(k, i);
	forget(k);
	for (int i = 0; i < 2; i++) {
		sim_update(&k->d[i], 'B', k->end[i]);
		kit_status(k, i);
	}
}

static void on_failures(struct kit *k, enum site_mode mode)
{
	on_acceptance(k, mode);
	if (mode == SITE_MANUAL)
		kit_verb(k, SITE_DO_TRIGGER);
	for (int i = 0; i < 2; i++)
		kit_poll(k, i);
	forget(k);
	for (int i = 0; i < 2; i++) {
		sim_update(&k->d[i], 'B', i ? SIM_INSTALL_FAILS : SIM_INSTALLS);
		kit_status(k, i);
	}
}

START_TEST(G6_when_all_have_completed_auto_mode_decides_and_manual_mode_lists_the_result)
{
	const unsigned result = DO(TRIGGER) | DO(ROLLBACK) | DO(RESTART) | DO(NORMAL);
	const struct after good[] = {
		{ SITE_UC, SITE_AWAIT_RESTART, SITE_ASKS_NOTHING, BBUM_CMD_RESTART, NULL },
		{ SITE_UC, SITE_IDLE, SITE_ASKS_RESULT, BBUM_CMD_NONE, "update successful: DAS, ETP" },
	};
	const struct after bad[] = {
		{ SITE_UC, SITE_AWAIT_RETRY, SITE_ASKS_NOTHING, BBUM_CMD_NONE, NULL },
		{ SITE_UC, SITE_IDLE, SITE_ASKS_RESULT, BBUM_CMD_NONE,
		  "update successful: DAS; installation failure: ETP" },
	};
	struct kit k;

	event_both(on_results, good, (const unsigned[]){ 0, result });
	event_both(on_failures, bad, (const unsigned[]){ 0, result });
	/* auto: retrial, then rollback */
	on_failures(&k, SITE_AUTO);
	k.end[1] = SIM_INSTALL_FAILS;
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, true);
	ck_assert_int_eq(k.rollbacks, 1);
	kit_all_run(&k, 'A');
	/* auto: restart, then Normal Operation */
	on_results(&k, SITE_AUTO);
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
	kit_all_run(&k, 'B');
	/* manual: repeat */
	on_failures(&k, SITE_MANUAL);
	kit_verb(&k, SITE_DO_TRIGGER);
	ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 1);
	ck_assert_int_eq(k.s.bb[1].command, BBUM_CMD_TRIGGER);
	/* manual: restart, Normal Operation */
	on_results(&k, SITE_MANUAL);
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_verb(&k, SITE_DO_RESTART);
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	kit_verb(&k, SITE_DO_NORMAL);
	kit_run(&k, true);
	kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
}
END_TEST

START_TEST(G7_a_rollback_needs_the_previous_configuration_active_beforehand_in_both_modes)
{
	for (int m = 0; m < SITE_MODES; m++) {
		struct kit k;

		on_failures(&k, (enum site_mode)m);
		kit_refused(&k, SITE_DO_ROLLBACK, 0, "the previous Vehicle Configuration is not active");
		k.s.has_previous = false;
		kit_refused(&k, SITE_DO_ROLLBACK, 0, "there is no previous Vehicle Configuration");
		kit_activate(&k, 'A');
		kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
		ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 0);
		kit_verb(&k, SITE_DO_ROLLBACK);
		ck_assert(!k.out.refused);
		ck_assert_int_eq(k.sent[BBUM_CMD_TRIGGER], 2); /* all of them (E47, Z44) */
		kit_is(&k, SITE_UC, SITE_AWAIT_FOLLOW, SITE_ASKS_NOTHING);
		ck_assert(k.s.rolling_back);
		kit_run(&k, true);
		if (m == SITE_MANUAL) {
			kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
			ck_assert_str_eq(k.s.prompt_why, "no update required: DAS, ETP");
		} else {
			kit_all_run(&k, 'A');
		}
	}
}
END_TEST

/* The operator sets it active, and no rollback verb follows. */
START_TEST(G7_what_was_set_active_in_update_completed_waits_for_a_word)
{
	struct kit k;

	on_failures(&k, SITE_AUTO);
	k.d[0].runs = 'B'; /* restarted meanwhile */
	kit_status(&k, 0);
	kit_activate(&k, 'A');
	kit_give(&k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
	kit_run(&k, true);
	kit_is(&k, SITE_UC, SITE_IDLE, SITE_ASKS_RESULT);
	ck_assert_ptr_nonnull(strstr(k.s.prompt_why, "not installed yet"));
	kit_verb(&k, SITE_DO_TRIGGER);
	k.word[0] = k.word[1] = BBUM_ANSWER_ACCEPTED;
	kit_run(&k, true);
	kit_all_run(&k, 'A');
}
END_TEST

START_TEST(G8_an_exception_in_auto_mode_prompts_the_user)
{
	struct kit k;

	kit_rest(&k, 2, SITE_AUTO);
	k.d[1].state = BBUM_ERROR;
	kit_poll(&k, 0);
	kit_poll(&k, 1);
	kit_poll(&k, 0);
	kit_poll(&k, 1);
	kit_is(&k, SITE_ENTRY, SITE_AWAIT_STATUS, SITE_ASKS_EXCEPTION);
	ck_assert_int_eq(k.said[SITE_SAYS_EXCEPTION], 1); /* H15 */
	ck_assert_uint_eq(site_prompt_choices(k.s.prompt, k.s.state),
			  DO(STOP) | DO(RESTART) | DO(SYNC_NORMAL) | DO(SYNC_UPDATE));
	/* in manual mode there is a prompt, but no exception is logged */
	kit_rest(&k, 2, SITE_MANUAL);
	k.d[1].state = BBUM_ERROR;
	for (int i = 0; i < 4; i++)
		kit_poll(&k, i % 2);
	ck_assert_int_eq(k.said[SITE_SAYS_EXCEPTION], 0);
	ck_assert_int_ne(k.s.prompt, SITE_ASKS_NOTHING);
}
END_TEST

static void on_fatal(struct kit *k, enum site_mode mode)
{
	kit_rest(k, 2, mode);
	kit_give(k, (struct site_in){ .kind = SITE_IN_FATAL, .why = "the active configuration is damaged" });
}

START_TEST(G9_a_fatal_error_prompts_for_shutdown_or_restart_in_both_modes)
{
	const struct after a = { SITE_ERROR, SITE_IDLE, SITE_ASKS_FATAL, BBUM_CMD_NONE, "damaged" };

	event_both(on_fatal, (const struct after[]){ a, a },
		   (const unsigned[]){ DO(SHUTDOWN) | DO(RESTART), DO(SHUTDOWN) | DO(RESTART) });
	for (int m = 0; m < SITE_MODES; m++) {
		struct kit k;

		on_fatal(&k, (enum site_mode)m);
		kit_run(&k, true); /* statuses move nothing */
		kit_is(&k, SITE_ERROR, SITE_IDLE, SITE_ASKS_FATAL);
		kit_verb(&k, SITE_DO_RESTART);
		kit_run(&k, true);
		kit_is(&k, SITE_NO, SITE_IDLE, SITE_ASKS_NOTHING);
		on_fatal(&k, (enum site_mode)m);
		kit_verb(&k, SITE_DO_SHUTDOWN);
		kit_is(&k, SITE_STOPPED, SITE_IDLE, SITE_ASKS_NOTHING);
		ck_assert(!k.s.running);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		G1_on_startup_auto_mode_starts_by_itself_and_manual_mode_waits_for_start,
		G2_differing_states_are_synchronised_in_auto_mode_and_asked_about_in_manual_mode,
		G3_all_recommendations_in_requests_in_auto_mode_and_prompts_in_manual_mode,
		G4_all_accepted_triggers_in_auto_mode_and_prompts_for_trigger_or_cancel_in_manual_mode,
		G5_a_rejection_is_repeated_once_in_auto_mode_then_prompted_and_prompted_in_manual_mode,
		G6_when_all_have_completed_auto_mode_decides_and_manual_mode_lists_the_result,
		G7_a_rollback_needs_the_previous_configuration_active_beforehand_in_both_modes,
		G7_what_was_set_active_in_update_completed_waits_for_a_word,
		G8_an_exception_in_auto_mode_prompts_the_user,
		G9_a_fatal_error_prompts_for_shutdown_or_restart_in_both_modes,
	};

	return RUN_TESTS("ocora_g", all);
}
