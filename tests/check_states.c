/* SPDX-License-Identifier: Apache-2.0 */
/* The state charts: every row of the requirement list by number, and properties that hold for the whole
 * tables. `check_states --dot` prints doc/states.dot. */
#include "testing.h"

#include "base/file.h"
#include "base/str.h"
#include "job_chart.h"
#include "model/cm_states.h"
#include "site_chart.h"

/* ---- BB-UM, rows I1-I18 ---- */

static void bb_goes(enum bbum_state in, enum bbum_event on, enum bbum_state to, enum bbum_action action,
		    const char *row)
{
	const struct bbum_move *m = bbum_move(in, on);

	ck_assert_msg(m != NULL, "%s on %s is refused", bbum_state_text[in], bbum_event_text[on]);
	ck_assert_str_eq(bbum_state_text[m->to], bbum_state_text[to]);
	ck_assert_str_eq(bbum_action_text[m->action], bbum_action_text[action]);
	ck_assert_str_eq(m->row, row);
}

START_TEST(I1_a_first_start_with_a_valid_package_goes_to_normal_operation)
{
	bb_goes(BBUM_START, BBUM_EV_STARTED_FRESH, BBUM_NORMAL, BBUM_DO_REPORT, "I1");
}
END_TEST

START_TEST(I2_a_start_with_a_memorised_state_resumes_it)
{
	bb_goes(BBUM_START, BBUM_EV_STARTED_NORMAL, BBUM_NORMAL, BBUM_DO_REPORT, "I2");
	bb_goes(BBUM_START, BBUM_EV_STARTED_PENDING, BBUM_PENDING, BBUM_DO_REPORT, "I2");
	bb_goes(BBUM_START, BBUM_EV_STARTED_UPDATE, BBUM_UPDATE, BBUM_DO_DOWNLOAD, "I2");
	bb_goes(BBUM_START, BBUM_EV_STARTED_COMPLETED, BBUM_COMPLETED, BBUM_DO_REPORT, "I2");
}
END_TEST

START_TEST(I3_a_start_with_an_invalid_package_goes_to_error)
{
	bb_goes(BBUM_START, BBUM_EV_STARTED_INVALID, BBUM_ERROR, BBUM_DO_REPORT, "I3");
}
END_TEST

START_TEST(I4_a_manifest_in_normal_operation_is_reported_on)
{
	bb_goes(BBUM_NORMAL, BBUM_EV_MANIFEST, BBUM_NORMAL, BBUM_DO_REPORT, "I4");
}
END_TEST

START_TEST(I5_I6_an_update_request_needs_the_permission_of_the_application)
{
	bb_goes(BBUM_NORMAL, BBUM_EV_REQUEST_ALLOWED, BBUM_PENDING, BBUM_DO_ACCEPT, "I5");
	bb_goes(BBUM_NORMAL, BBUM_EV_REQUEST_DENIED, BBUM_NORMAL, BBUM_DO_REJECT, "I6");
}
END_TEST

START_TEST(I7_I8_a_pending_update_is_triggered_or_cancelled)
{
	bb_goes(BBUM_PENDING, BBUM_EV_TRIGGER, BBUM_UPDATE, BBUM_DO_DOWNLOAD, "I7");
	bb_goes(BBUM_PENDING, BBUM_EV_CANCEL, BBUM_NORMAL, BBUM_DO_ACCEPT, "I8");
}
END_TEST

START_TEST(I9_to_I12_every_result_of_an_update_leads_to_update_completed)
{
	bb_goes(BBUM_UPDATE, BBUM_EV_NO_UPDATE_NEEDED, BBUM_COMPLETED, BBUM_DO_RESULT, "I9");
	bb_goes(BBUM_UPDATE, BBUM_EV_VERIFY_FAILED, BBUM_COMPLETED, BBUM_DO_RESULT, "I10");
	bb_goes(BBUM_UPDATE, BBUM_EV_INSTALL_FAILED, BBUM_COMPLETED, BBUM_DO_RESULT, "I11");
	bb_goes(BBUM_UPDATE, BBUM_EV_INSTALLED, BBUM_COMPLETED, BBUM_DO_RESULT, "I12");
}
END_TEST

START_TEST(I13_I14_update_completed_ends_in_normal_operation_or_another_update)
{
	bb_goes(BBUM_COMPLETED, BBUM_EV_NORMAL_ALLOWED, BBUM_NORMAL, BBUM_DO_ACCEPT, "I13");
	bb_goes(BBUM_COMPLETED, BBUM_EV_TRIGGER, BBUM_UPDATE, BBUM_DO_DOWNLOAD, "I14");
}
END_TEST

START_TEST(I15_I16_a_restart_needs_permission_and_is_possible_in_NO_U_and_UC_only)
{
	const enum bbum_state may[] = { BBUM_NORMAL, BBUM_UPDATE, BBUM_COMPLETED };

	for (size_t i = 0; i < 3; i++) {
		bb_goes(may[i], BBUM_EV_RESTART_ALLOWED, BBUM_BOOT, BBUM_DO_RESTART, "I15");
		bb_goes(may[i], BBUM_EV_RESTART_DENIED, may[i], BBUM_DO_REJECT, "I16");
	}
	ck_assert_ptr_null(bbum_move(BBUM_PENDING, BBUM_EV_RESTART_ALLOWED));
}
END_TEST

START_TEST(I17_a_fault_leads_to_error_from_every_state_of_operation)
{
	for (int s = BBUM_START; s <= BBUM_COMPLETED; s++)
		bb_goes((enum bbum_state)s, BBUM_EV_FAULT, BBUM_ERROR, BBUM_DO_REPORT, "I17");
}
END_TEST

START_TEST(I18_only_a_restart_leads_out_of_error)
{
	for (int ev = 0; ev < BBUM_EVENTS; ev++)
		if (ev != BBUM_EV_RESTART_ALLOWED)
			ck_assert_ptr_null(bbum_move(BBUM_ERROR, (enum bbum_event)ev));
	bb_goes(BBUM_ERROR, BBUM_EV_RESTART_ALLOWED, BBUM_BOOT, BBUM_DO_RESTART, "I18");
}
END_TEST

/* The list of all that is permitted, as words; whatever is not here must be refused. */
static const struct {
	enum bbum_state in;
	const char *events;
} bb_permitted[] = {
	{ BBUM_START, "started-fresh started-normal started-pending started-update started-completed "
		      "started-invalid fault" },
	{ BBUM_NORMAL,
	  "manifest request-allowed request-denied cancel restart-allowed restart-denied fault" },
	{ BBUM_PENDING, "trigger cancel fault" },
	{ BBUM_UPDATE, "no-update-needed verify-failed install-failed installed restart-allowed "
		       "restart-denied fault" },
	{ BBUM_COMPLETED, "normal-allowed trigger restart-allowed restart-denied fault" },
	{ BBUM_ERROR, "restart-allowed" },
	{ BBUM_BOOT, "" },
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

START_TEST(every_cell_of_the_BB_UM_that_is_not_listed_is_refused)
{
	ck_assert_uint_eq(sizeof bb_permitted / sizeof *bb_permitted, BBUM_STATES);
	for (int s = 0; s < BBUM_STATES; s++)
		for (int ev = 0; ev < BBUM_EVENTS; ev++)
			ck_assert_msg(has_word(bb_permitted[s].events, bbum_event_text[ev]) ==
					  (bbum_move((enum bbum_state)s, (enum bbum_event)ev) != NULL),
				      "%s on %s", bbum_state_text[s], bbum_event_text[ev]);
}
END_TEST

START_TEST(every_state_of_the_BB_UM_is_reached_and_every_event_is_used)
{
	bool reached[BBUM_STATES] = { [BBUM_START] = true };
	bool used[BBUM_EVENTS] = { false };

	for (int pass = 0; pass < BBUM_STATES; pass++)
		for (int s = 0; s < BBUM_STATES; s++)
			for (int ev = 0; ev < BBUM_EVENTS; ev++) {
				const struct bbum_move *m =
				    bbum_move((enum bbum_state)s, (enum bbum_event)ev);

				if (m && reached[s])
					reached[m->to] = used[ev] = true;
			}
	for (int s = 0; s < BBUM_STATES; s++)
		ck_assert_msg(reached[s], "%s is never reached", bbum_state_text[s]);
	for (int ev = 0; ev < BBUM_EVENTS; ev++)
		ck_assert_msg(used[ev], "%s never matters", bbum_event_text[ev]);
}
END_TEST

/* ---- CM, rows I20-I33 ---- */

static void cm_goes(enum cm_state in, enum cm_event on, enum cm_state to, enum bbum_command send,
		    const char *row)
{
	const struct cm_move *m = cm_move(in, on);

	ck_assert_msg(m != NULL, "%s on %s is refused", cm_state_text[in], cm_event_text[on]);
	ck_assert_str_eq(cm_state_text[m->to], cm_state_text[to]);
	ck_assert_str_eq(bbum_command_text[m->send], bbum_command_text[send]);
	ck_assert_msg(has_word(m->row, row), "%s on %s is row %s, not %s", cm_state_text[in],
		      cm_event_text[on], m->row, row);
}

START_TEST(I20_start_leads_to_Entry_Operation_which_asks_for_the_status)
{
	cm_goes(CM_STOPPED, CM_EV_START, CM_ENTRY, BBUM_CMD_NONE, "I20");
	ck_assert_int_eq(cm_move(CM_STOPPED, CM_EV_START)->deed, CM_DEED_ASK);
	for (int ev = 0; ev < CM_EVENTS; ev++)
		if (ev != CM_EV_START)
			ck_assert_ptr_null(cm_move(CM_STOPPED, (enum cm_event)ev));
}
END_TEST

START_TEST(I21_stop_ends_at_once_before_the_trigger_and_takes_an_accepted_request_back)
{
	cm_goes(CM_ENTRY, CM_EV_STOP, CM_STOPPED, BBUM_CMD_NONE, "I21");
	cm_goes(CM_NORMAL, CM_EV_STOP, CM_STOPPED, BBUM_CMD_NONE, "I21");
	cm_goes(CM_REFUSED, CM_EV_STOP, CM_STOPPED, BBUM_CMD_NONE, "I21");
	cm_goes(CM_ASKED, CM_EV_STOP, CM_CANCELLING, BBUM_CMD_CANCEL, "I21");
	ck_assert_ptr_null(cm_move(CM_UPDATE, CM_EV_STOP)); /* a hop under way ends first */
	ck_assert_ptr_null(cm_move(CM_RESTARTING, CM_EV_STOP));
}
END_TEST

START_TEST(I22_I23_Entry_Operation_goes_where_the_devices_are_or_asks_somebody)
{
	cm_goes(CM_ENTRY, CM_EV_NORMAL, CM_NORMAL, BBUM_CMD_NONE, "I22");
	cm_goes(CM_ENTRY, CM_EV_SEEN_PENDING, CM_CANCELLING, BBUM_CMD_CANCEL, "I22");
	cm_goes(CM_ENTRY, CM_EV_SEEN_UPDATE, CM_UPDATE, BBUM_CMD_NONE, "I22");
	cm_goes(CM_ENTRY, CM_EV_SEEN_COMPLETED, CM_RESTARTING, BBUM_CMD_RESTART, "I22");
	cm_goes(CM_ENTRY, CM_EV_DIFFER, CM_ERROR, BBUM_CMD_NONE, "I23");
}
END_TEST

START_TEST(I24_to_I26_request_acceptance_and_rejection)
{
	cm_goes(CM_NORMAL, CM_EV_RECOMMENDED, CM_ASKED, BBUM_CMD_REQUEST_UPDATE, "I24");
	ck_assert_str_eq(cm_main[CM_ASKED], "NO");
	cm_goes(CM_ASKED, CM_EV_ACCEPTED, CM_PENDING, BBUM_CMD_TRIGGER, "I25");
	ck_assert_str_eq(cm_main[CM_PENDING], "UP");
	cm_goes(CM_ASKED, CM_EV_REJECTED, CM_REFUSED, BBUM_CMD_NONE, "I26");
	ck_assert_str_eq(cm_main[CM_REFUSED], "NO");
	cm_goes(CM_REFUSED, CM_EV_DUE, CM_ASKED, BBUM_CMD_REQUEST_UPDATE, "I26");
}
END_TEST

START_TEST(I27_a_cancelled_update_goes_back_to_NO)
{
	cm_goes(CM_CANCELLING, CM_EV_NORMAL, CM_NORMAL, BBUM_CMD_NONE, "I27");
	cm_goes(CM_CANCELLING, CM_EV_ENDED, CM_STOPPED, BBUM_CMD_NONE, "I27");
}
END_TEST

START_TEST(I28_I29_from_the_trigger_to_the_result)
{
	cm_goes(CM_PENDING, CM_EV_SEEN_UPDATE, CM_UPDATE, BBUM_CMD_NONE, "I28");
	cm_goes(CM_UPDATE, CM_EV_INSTALLED, CM_RESTARTING, BBUM_CMD_RESTART, "I29");
	cm_goes(CM_UPDATE, CM_EV_INSTALL_FAILED, CM_FAILED, BBUM_CMD_NONE, "I29");
	cm_goes(CM_UPDATE, CM_EV_NOT_NEEDED, CM_LEAVING, BBUM_CMD_NORMAL_OPERATION, "I29");
	ck_assert_str_eq(cm_main[CM_RESTARTING], "UC");
	ck_assert_str_eq(cm_main[CM_FAILED], "UC");
}
END_TEST

START_TEST(I30_a_failed_update_is_triggered_again)
{
	cm_goes(CM_FAILED, CM_EV_DUE, CM_AGAIN, BBUM_CMD_TRIGGER, "I30");
	cm_goes(CM_AGAIN, CM_EV_SEEN_UPDATE, CM_UPDATE, BBUM_CMD_NONE, "I30");
}
END_TEST

START_TEST(I31_I32_restart_then_normal_operation_and_only_the_device_confirms_the_hop)
{
	cm_goes(CM_RESTARTING, CM_EV_BACK_NEW, CM_LEAVING, BBUM_CMD_NORMAL_OPERATION, "I31");
	cm_goes(CM_LEAVING, CM_EV_NORMAL, CM_NORMAL, BBUM_CMD_NONE, "I32");
	for (int s = 0; s < CM_STATES; s++)
		for (int ev = 0; ev < CM_EVENTS; ev++) {
			const struct cm_move *m = cm_move((enum cm_state)s, (enum cm_event)ev);

			if (m && m->deed == CM_DEED_CONFIRM)
				ck_assert_int_eq(ev, CM_EV_BACK_NEW);
		}
}
END_TEST

START_TEST(I33_what_the_CM_cannot_decide_is_put_before_somebody_from_every_running_state)
{
	for (int s = CM_ENTRY; s < CM_ERROR; s++) {
		cm_goes((enum cm_state)s, CM_EV_FATAL, CM_ERROR, BBUM_CMD_NONE, "I33");
		cm_goes((enum cm_state)s, CM_EV_SEEN_ERROR, CM_ERROR, BBUM_CMD_NONE, "I33");
		ck_assert_int_eq(cm_move((enum cm_state)s, CM_EV_FATAL)->deed, CM_DEED_HOLD);
	}
}
END_TEST

START_TEST(every_state_of_the_CM_is_reached_and_can_reach_the_end)
{
	bool reached[CM_STATES] = { [CM_STOPPED] = true }, ends[CM_STATES] = { [CM_STOPPED] = true };

	for (int pass = 0; pass < CM_STATES; pass++)
		for (int s = 0; s < CM_STATES; s++)
			for (int ev = 0; ev < CM_EVENTS; ev++) {
				const struct cm_move *m = cm_move((enum cm_state)s, (enum cm_event)ev);

				if (m && reached[s])
					reached[m->to] = true;
				if (m && ends[m->to])
					ends[s] = true;
			}
	for (int s = 0; s < CM_STATES; s++) {
		ck_assert_msg(reached[s], "%s is never reached", cm_state_text[s]);
		ck_assert_msg(ends[s], "%s never ends", cm_state_text[s]);
	}
}
END_TEST

START_TEST(no_running_state_waits_for_ever_and_resting_states_have_no_timer)
{
	struct cm_facts f = { 0 };

	for (int s = 0; s < CM_STATES; s++) {
		enum cm_event ev;

		f.state = (enum cm_state)s;
		ev = cm_judge(CM_SAW_TIMER, &f);
		if (s == CM_STOPPED || s == CM_ERROR) {
			ck_assert_int_eq(cm_timer(f.state), CM_TIMER_NONE);
			ck_assert_int_eq(ev, CM_EVENTS);
		} else {
			ck_assert_int_ne(cm_timer(f.state), CM_TIMER_NONE);
			ck_assert_msg(ev != CM_EVENTS && cm_move(f.state, ev), "%s: %s", cm_state_text[s],
				      ev == CM_EVENTS ? "nothing" : cm_event_text[ev]);
		}
	}
}
END_TEST

/* Every combination of facts, by number. */
#define FACTS (256 * 3)
static struct cm_facts facts_numbered(enum cm_state s, int n)
{
	return (struct cm_facts){ .state = s,
				  .ending = n & 1,
				  .resting = n & 2,
				  .stopping = n & 4,
				  .arrived = n & 8,
				  .has_next = n & 16,
				  .stands = n & 32,
				  .asks_left = n & 64,
				  .tries_left = n & 128,
				  .runs = (enum cm_runs)(n / 256) };
}

/* Statuses that matter, by number: state x answer x result x which ids x recommendation x restarts. */
#define STATUSES (BBUM_STATES * BBUM_ANSWERS * BBUM_RESULTS * 2 * 2 * 3 * 2)
static struct bbum_status status_numbered(int n)
{
	struct bbum_status st = { .state = (enum bbum_state)(n % BBUM_STATES), .manifest = "cpl:000002" };

	n /= BBUM_STATES;
	st.answer = (enum bbum_answer)(n % BBUM_ANSWERS);
	n /= BBUM_ANSWERS;
	st.result = (enum bbum_result)(n % BBUM_RESULTS);
	n /= BBUM_RESULTS;
	st.cycle_id = 7;
	st.seq = n % 2 ? 5 : 4;
	n /= 2;
	st.result_cycle_id = 7;
	st.result_seq = n % 2 ? 5 : 3;
	n /= 2;
	st.recommends = n % 3 - 1;
	n /= 3;
	st.boots = n % 2 ? 2 : 1;
	return st;
}

START_TEST(whatever_a_device_says_has_a_move_or_means_nothing)
{
	for (int s = 0; s < CM_STATES; s++)
		for (int i = 0; i < STATUSES; i++) {
			struct cm_walk w = { (enum cm_state)s, 7, 5, 5, 1, "cpl:000002" };
			struct bbum_status st = status_numbered(i);
			enum cm_seen seen = cm_observe(&w, &st);

			if (seen == CM_SAW_NOTHING)
				continue;
			for (int n = 0; n < FACTS; n++) {
				struct cm_facts f = facts_numbered(w.state, n);
				enum cm_event ev = cm_judge(seen, &f);

				if (!(ev < CM_EVENTS && cm_move(w.state, ev)))
					ck_abort_msg("%s sees %d (device in %s): %s has no move",
						     cm_state_text[s], (int)seen, bbum_state_text[st.state],
						     ev < CM_EVENTS ? cm_event_text[ev] : "nothing");
			}
		}
}
END_TEST

START_TEST(F9_nothing_is_pushed_unless_the_edge_stands_and_the_campaign_runs)
{
	int pushes = 0;

	for (int s = 0; s < CM_STATES; s++)
		for (int seen = 0; seen < CM_SEEN; seen++)
			for (int n = 0; n < FACTS; n++) {
				struct cm_facts f = facts_numbered((enum cm_state)s, n);
				enum cm_event ev = cm_judge((enum cm_seen)seen, &f);
				const struct cm_move *m = ev < CM_EVENTS ? cm_move(f.state, ev) : NULL;

				if (!m || !cm_pushes(m->send))
					continue;
				pushes++;
				if (!(f.stands && !f.resting && !f.stopping))
					ck_abort_msg("%s on %s", cm_state_text[s], cm_event_text[ev]);
			}
	ck_assert_int_gt(pushes, 0);
}
END_TEST

START_TEST(a_status_heard_twice_never_leads_two_moves_on)
{
	/* After the move that a status causes, the same status again must mean nothing in the new state,
	 * unless a look around was asked for. */
	for (int s = 0; s < CM_STATES; s++)
		for (int i = 0; i < STATUSES; i++)
			for (int n = 0; n < FACTS; n++) {
				struct cm_walk w = { (enum cm_state)s, 7, 5, 5, 1, "cpl:000002" };
				struct bbum_status st = status_numbered(i);
				struct cm_facts f = facts_numbered(w.state, n);
				enum cm_seen seen = cm_observe(&w, &st);
				enum cm_event ev = cm_judge(seen, &f);
				const struct cm_move *m = ev < CM_EVENTS ? cm_move(w.state, ev) : NULL;

				if (!m || m->to == CM_ENTRY)
					continue;
				/* What the runner stores with the move. */
				w.state = m->to;
				if (m->send != BBUM_CMD_NONE)
					w.seq = 6;
				if (m->send == BBUM_CMD_TRIGGER)
					w.trigger_seq = 6;
				if (m->send == BBUM_CMD_RESTART)
					w.boots = st.boots;
				if (m->deed == CM_DEED_OFFER)
					w.manifest = "cpl:000003";
				seen = cm_observe(&w, &st);
				if (!(seen == CM_SAW_NOTHING || seen == CM_SAW_OUT_OF_STEP))
					ck_abort_msg("%s on %s leads to %s, where the same status means %d",
						     cm_state_text[s], cm_event_text[ev],
						     cm_state_text[m->to], (int)seen);
			}
}
END_TEST

START_TEST(names_are_found_and_unknown_names_are_not)
{
	for (int s = 0; s < CM_STATES; s++)
		ck_assert_int_eq(cm_state_named(cm_state_text[s]), s);
	ck_assert_int_eq(cm_state_named("asleep"), CM_STATES);
}
END_TEST

/* ---- the picture ---- */

static void dot_print(struct str *out)
{
	str_add(out, "// SPDX-License-Identifier: Apache-2.0\n"
		     "// Printed from the tables by tests/check_states --dot; a test compares.\n"
		     "digraph bbum {\n\tlabel=\"Building Block Update Manager\"\n\tnode [shape=box]\n");
	for (int s = 0; s < BBUM_STATES; s++)
		for (int ev = 0; ev < BBUM_EVENTS; ev++) {
			const struct bbum_move *m = bbum_move((enum bbum_state)s, (enum bbum_event)ev);

			if (m)
				str_addf(out, "\t\"%s\" -> \"%s\" [label=\"%s: %s / %s\"]\n",
					 bbum_state_text[s], bbum_state_text[m->to], m->row,
					 bbum_event_text[ev], bbum_action_text[m->action]);
		}
	str_add(out, "}\ndigraph cm {\n\tlabel=\"Configuration Manager\"\n\tnode [shape=box]\n");
	for (int s = 0; s < CM_STATES; s++)
		str_addf(out, "\t\"%s\" [label=\"%s\\n%s\"]\n", cm_state_text[s], cm_state_text[s],
			 cm_main[s]);
	for (int s = 0; s < CM_STATES; s++)
		for (int ev = 0; ev < CM_EVENTS; ev++) {
			const struct cm_move *m = cm_move((enum cm_state)s, (enum cm_event)ev);

			if (!m)
				continue;
			str_addf(out, "\t\"%s\" -> \"%s\" [label=\"%s: %s", cm_state_text[s],
				 cm_state_text[m->to], m->row, cm_event_text[ev]);
			if (m->send != BBUM_CMD_NONE)
				str_addf(out, " / send %s", bbum_command_text[m->send]);
			if (m->deed != CM_DEED_NONE)
				str_addf(out, " / %s", cm_deed_text[m->deed]);
			str_add(out, "\"]\n");
		}
	str_add(out, "}\n");
	chart_print(out);
	job_chart_print(out);
}

START_TEST(the_committed_picture_is_the_table)
{
	STR(now, 1 << 20);
	STR(committed, 1 << 20);
	struct err e;

	dot_print(&now);
	ck_ok(file_read(SRCDIR "/doc/states.dot", &committed, &e));
	ck_assert_msg(!strcmp(str_c(&now), str_c(&committed)),
		      "doc/states.dot is old: run tests/check_states --dot > doc/states.dot");
}
END_TEST

/* As a test: what draws the chart asserts. */
START_TEST(the_picture_is_printed)
{
	STR(out, 1 << 20);

	dot_print(&out);
	fputs(str_c(&out), stdout);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *all[] = {
		I1_a_first_start_with_a_valid_package_goes_to_normal_operation,
		I2_a_start_with_a_memorised_state_resumes_it,
		I3_a_start_with_an_invalid_package_goes_to_error,
		I4_a_manifest_in_normal_operation_is_reported_on,
		I5_I6_an_update_request_needs_the_permission_of_the_application,
		I7_I8_a_pending_update_is_triggered_or_cancelled,
		I9_to_I12_every_result_of_an_update_leads_to_update_completed,
		I13_I14_update_completed_ends_in_normal_operation_or_another_update,
		I15_I16_a_restart_needs_permission_and_is_possible_in_NO_U_and_UC_only,
		I17_a_fault_leads_to_error_from_every_state_of_operation,
		I18_only_a_restart_leads_out_of_error,
		every_cell_of_the_BB_UM_that_is_not_listed_is_refused,
		every_state_of_the_BB_UM_is_reached_and_every_event_is_used,
		I20_start_leads_to_Entry_Operation_which_asks_for_the_status,
		I21_stop_ends_at_once_before_the_trigger_and_takes_an_accepted_request_back,
		I22_I23_Entry_Operation_goes_where_the_devices_are_or_asks_somebody,
		I24_to_I26_request_acceptance_and_rejection,
		I27_a_cancelled_update_goes_back_to_NO,
		I28_I29_from_the_trigger_to_the_result,
		I30_a_failed_update_is_triggered_again,
		I31_I32_restart_then_normal_operation_and_only_the_device_confirms_the_hop,
		I33_what_the_CM_cannot_decide_is_put_before_somebody_from_every_running_state,
		every_state_of_the_CM_is_reached_and_can_reach_the_end,
		no_running_state_waits_for_ever_and_resting_states_have_no_timer,
		whatever_a_device_says_has_a_move_or_means_nothing,
		F9_nothing_is_pushed_unless_the_edge_stands_and_the_campaign_runs,
		a_status_heard_twice_never_leads_two_moves_on,
		names_are_found_and_unknown_names_are_not,
		the_committed_picture_is_the_table,
	};

	if (argc == 2 && !strcmp(argv[1], "--dot")) {
		Suite *s = suite_create("dot");
		TCase *tc = tcase_create("dot");
		SRunner *sr = srunner_create(s);

		tcase_add_test(tc, the_picture_is_printed);
		suite_add_tcase(s, tc);
		srunner_set_fork_status(sr, CK_NOFORK);
		srunner_run_all(sr, CK_SILENT);
		argc = srunner_ntests_failed(sr);
		srunner_free(sr);
		return argc != 0;
	}
	return RUN_TESTS("states", all);
}
