/* SPDX-License-Identifier: Apache-2.0 */
/* Normal Operation, Update Pending, Update and Update Completed (5.1.3.5-5.1.3.15; E28-E48, G3-G7, I24-I32).
 */
#include "model/site_parts.h"

#include <stdio.h>

/* Names of those who rejected the command, with their reasons. */
static int rejecters(const struct site *s, enum bbum_command c, struct site_names *l)
{
	for (int i = 0; i < s->nbbs; i++)
		if (bb_rejected(s, &s->bb[i], c))
			site_name(l, s->bb[i].name, s->bb[i].status.reason);
	return l->n;
}

/* ---- Normal Operation ---- */

void update_request(struct step *t)
{
	struct site *s = t->s;

	s->updating = true;
	s->cancelled = false;
	for (int i = 0; i < s->nbbs; i++)
		if (!bb_in(&s->bb[i], BBUM_PENDING))
			bb_send(t, i, BBUM_CMD_REQUEST_UPDATE);
	site_go(t, SITE_NO, SITE_AWAIT_ACCEPT, t->set->accept_limit);
	site_say(t, SITE_SAYS_REQUEST, -1, "an update is requested from all Building Blocks");
}

void update_cancel(struct step *t)
{
	t->s->cancelled = true; /* kept through a death */
	for (int i = 0; i < t->s->nbbs; i++)
		bb_send(t, i, BBUM_CMD_CANCEL);
	site_go(t, t->s->state, SITE_AWAIT_CANCEL, t->set->accept_limit);
	site_say(t, SITE_SAYS_CANCEL, -1, "the update is cancelled at all Building Blocks");
}

static bool cancel_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };

	if (!site_pending(s, BBUM_CMD_CANCEL) && site_all(s, BBUM_NORMAL)) {
		s->updating = false;
		site_go(t, SITE_NO, SITE_IDLE, -1);
		site_ask(t, SITE_ASKS_REQUEST, "the update was cancelled");
		return true;
	}
	if (!site_pending(s, BBUM_CMD_CANCEL) && rejecters(s, BBUM_CMD_CANCEL, &who))
		site_ask(t, SITE_ASKS_EXCEPTION, "the cancel was rejected by %s", site_names(&who));
	return false;
}

static void ask_rejected(struct step *t)
{
	struct site *s = t->s;
	struct site_names not = { 0 };

	for (int i = 0; i < s->nbbs; i++)
		if (!bb_in(&s->bb[i], BBUM_PENDING))
			site_name(&not, s->bb[i].name,
				  bb_rejected(s, &s->bb[i], BBUM_CMD_REQUEST_UPDATE) ? s->bb[i].status.reason
										     : "no answer");
	site_go(t, SITE_NO, SITE_IDLE, -1);
	site_ask(t, SITE_ASKS_REJECTED, "the update request was not accepted by %s", site_names(&not ));
}

/* All have answered, or (late) no more is waited for. */
static bool accept_settle(struct step *t, bool late)
{
	struct site *s = t->s;
	int open = 0;

	for (int i = 0; i < s->nbbs; i++)
		open +=
		    !bb_in(&s->bb[i], BBUM_PENDING) && !bb_rejected(s, &s->bb[i], BBUM_CMD_REQUEST_UPDATE);
	if (site_all(s, BBUM_PENDING)) {
		site_say_acceptance(t);
		site_go(t, SITE_UP, SITE_IDLE, -1);
		return true;
	}
	if (s->wait != SITE_AWAIT_ACCEPT || (open && !late))
		return false;
	site_say_acceptance(t);
	if (s->mode == SITE_AUTO && s->requests < t->set->request_tries) {
		s->requests++;
		site_go(t, SITE_NO, SITE_AWAIT_RETRY, t->set->retry_wait);
	} else {
		ask_rejected(t);
	}
	return true;
}

void normal_late(struct step *t)
{
	accept_settle(t, true);
}

static bool advice_settle(struct step *t)
{
	struct site *s = t->s;
	char why[SITE_WHY_SIZE] = "";
	const enum site_verdict v = site_advice(s, why);

	switch (v) {
	case SITE_UNHEARD:
		return false;
	case SITE_BAD: /* no request: fail closed */
		if (s->prompt == SITE_ASKS_NOTHING)
			site_say_advice(t);
		site_arm(t, -1);
		site_ask(t, SITE_ASKS_EXCEPTION, "%s", why);
		return false;
	case SITE_CONFORMS:
		site_say_advice(t);
		s->updating = s->rolling_back = s->cancelled = false;
		s->requests = s->triggers = s->resyncs = 0;
		site_go(t, SITE_NO, SITE_IDLE, -1);
		return true;
	case SITE_WANTS:
		site_say_advice(t);
		if (s->mode == SITE_AUTO && !s->cancelled) {
			update_request(t);
			return true;
		}
		site_go(t, SITE_NO, SITE_IDLE, -1);
		site_ask(t, SITE_ASKS_REQUEST, "an update is recommended%s",
			 s->cancelled ? "; the one before was cancelled" : "");
		return true;
	}
	return false;
}

bool normal_settle(struct step *t)
{
	struct site *s = t->s;
	enum site_verdict v;

	if (!s->has_vc || s->nbbs == 0)
		return false;
	if (s->wait == SITE_AWAIT_ADVICE)
		return advice_settle(t);
	if (s->wait == SITE_AWAIT_CANCEL)
		return cancel_settle(t);
	if (s->wait != SITE_IDLE)
		return accept_settle(t, false);
	if (s->updating) { /* a request was not accepted by all */
		if (accept_settle(t, false))
			return true;
		if (s->prompt != SITE_ASKS_NOTHING)
			return false;
		if (s->mode == SITE_AUTO)
			update_request(t);
		else
			ask_rejected(t);
		return true;
	}
	v = site_advice(s, NULL);
	if (s->prompt == SITE_ASKS_REQUEST ? v == SITE_WANTS && (s->mode == SITE_MANUAL || s->cancelled)
					   : v == SITE_CONFORMS)
		return false;
	site_go(t, SITE_NO, SITE_AWAIT_ADVICE, t->set->status_limit);
	return true;
}

/* ---- Update Pending, Update ---- */

void update_trigger(struct step *t, enum update_who who)
{
	struct site *s = t->s;
	int sent = 0;

	if (who == UPDATE_UNFINISHED) {
		bool any = false;

		for (int i = 0; i < s->nbbs; i++)
			any = any || s->bb[i].trigger_seq == 0 || bb_outcome(s, &s->bb[i]) == SITE_FAILED ||
			      !bb_in(&s->bb[i], BBUM_COMPLETED);
		if (!any)
			who = UPDATE_ALL;
	}
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (who == UPDATE_REJECTED && !bb_rejected(s, b, BBUM_CMD_TRIGGER))
			continue;
		if (who == UPDATE_UNFINISHED && b->trigger_seq != 0 && bb_in(b, BBUM_COMPLETED) &&
		    bb_outcome(s, b) != SITE_FAILED)
			continue;
		bb_send(t, i, BBUM_CMD_TRIGGER);
		sent++;
	}
	s->wave = 0;
	s->requests = 0;
	site_go(t, s->state, SITE_AWAIT_FOLLOW, t->set->follow_limit);
	site_say(t, SITE_SAYS_TRIGGER, -1, "the update is triggered at %d of %d Building Blocks", sent,
		 s->nbbs);
}

/* Everybody is in U or through it? */
static bool follow_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	bool all = true;

	for (int i = 0; i < s->nbbs; i++)
		all = all && s->bb[i].command == BBUM_CMD_NONE &&
		      (bb_in(&s->bb[i], BBUM_UPDATE) || bb_through(s, &s->bb[i]));
	if (all) {
		site_go(t, SITE_U, SITE_AWAIT_RESULT, t->set->result_limit);
		return true;
	}
	if (!site_pending(s, BBUM_CMD_TRIGGER) && rejecters(s, BBUM_CMD_TRIGGER, &who)) {
		site_arm(t, -1);
		site_ask(t, SITE_ASKS_EXCEPTION, "the trigger was rejected by %s", site_names(&who));
	}
	return false;
}

bool pending_settle(struct step *t)
{
	struct site *s = t->s;

	if (s->wait == SITE_AWAIT_CANCEL)
		return cancel_settle(t);
	if (s->wait == SITE_AWAIT_FOLLOW)
		return follow_settle(t);
	if (s->prompt != SITE_ASKS_NOTHING || !site_all(s, BBUM_PENDING))
		return false;
	if (s->mode == SITE_AUTO) {
		update_trigger(t, UPDATE_ALL);
		return true;
	}
	site_ask(t, SITE_ASKS_TRIGGER, "all %d Building Blocks have accepted the update", s->nbbs);
	return false;
}

/* The wave that may fetch its Packages goes on when all before it came out well (E35, Z20). */
static bool next_wave(struct step *t)
{
	struct site *s = t->s;
	int next = -1;

	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (b->wave > s->wave)
			next = next < 0 || b->wave < next ? b->wave : next;
		else if (!bb_in(b, BBUM_COMPLETED) ||
			 (bb_outcome(s, b) != SITE_DONE && bb_outcome(s, b) != SITE_RESTARTS))
			return false;
	}
	if (next < 0)
		return false;
	s->wave = next;
	site_arm(t, t->set->result_limit);
	if (s->prompt != SITE_ASKS_NOTHING)
		site_unask(t);
	return true;
}

bool update_settle(struct step *t)
{
	if (site_all(t->s, BBUM_COMPLETED)) {
		site_go(t, SITE_UC, SITE_IDLE, -1);
		site_say_result(t);
		return true;
	}
	return next_wave(t);
}

/* ---- Update Completed ---- */

void update_restart(struct step *t, int n)
{
	struct site *s = t->s;
	const bool asked = s->prompt != SITE_ASKS_NOTHING;
	struct site_names who = { 0 };

	for (int i = 0; i < s->nbbs; i++) {
		struct site_bb *b = &s->bb[i];

		if (n == UPDATE_INSTALLED ? bb_outcome(s, b) != SITE_RESTARTS
		    : n > 0               ? i != n - 1
					  : !bb_in(b, BBUM_COMPLETED))
			continue;
		/* What is under way is not sent twice, unless somebody was asked about it. */
		if (b->command != BBUM_CMD_RESTART && (asked || !bb_away(b))) {
			bb_send(t, i, BBUM_CMD_RESTART);
			site_name(&who, b->name, NULL);
		}
	}
	site_go(t, SITE_UC, SITE_AWAIT_RESTART, t->set->restart_limit);
	if (who.n)
		site_say(t, SITE_SAYS_RESTART, -1, "a restart is requested from %s", site_names(&who));
}

void update_normal(struct step *t, int n)
{
	struct site *s = t->s;
	struct site_names who = { 0 };

	for (int i = 0; i < s->nbbs; i++) {
		struct site_bb *b = &s->bb[i];

		if ((n > 0 && i != n - 1) || !bb_in(b, BBUM_COMPLETED) ||
		    b->command == BBUM_CMD_NORMAL_OPERATION)
			continue;
		bb_send(t, i, BBUM_CMD_NORMAL_OPERATION);
		site_name(&who, b->name, NULL);
	}
	site_go(t, SITE_UC, SITE_AWAIT_NORMAL, t->set->follow_limit);
	if (who.n)
		site_say(t, SITE_SAYS_NORMAL, -1, "the change to Normal Operation is requested from %s",
			 site_names(&who));
}

void update_shutdown(struct step *t)
{
	struct site *s = t->s;

	for (int i = 0; i < s->nbbs; i++)
		if (s->bb[i].command != BBUM_CMD_SHUTDOWN &&
		    !(s->wait == SITE_AWAIT_SHUTDOWN && bb_away(&s->bb[i])))
			bb_send(t, i, BBUM_CMD_SHUTDOWN);
	site_go(t, SITE_UC, SITE_AWAIT_SHUTDOWN, t->set->restart_limit);
	site_say(t, SITE_SAYS_RESTART, -1, "a shutdown is requested from all Building Blocks");
}

/* A command to some in UC: nobody owes an answer, and nobody is away. */
static bool answers_in(const struct site *s, enum bbum_command c)
{
	if (site_pending(s, c))
		return false;
	for (int i = 0; i < s->nbbs; i++)
		if (s->bb[i].last == c && bb_away(&s->bb[i]))
			return false;
	return true;
}

static bool restart_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	char text[SITE_WHY_SIZE];

	if (!answers_in(s, BBUM_CMD_RESTART))
		return false;
	if (!rejecters(s, BBUM_CMD_RESTART, &who)) {
		site_go(t, SITE_UC, SITE_IDLE, -1);
		return true;
	}
	if (s->mode == SITE_AUTO && s->requests < t->set->request_tries) {
		s->requests++;
		site_go(t, SITE_UC, SITE_AWAIT_RETRY, t->set->retry_wait);
		return true;
	}
	snprintf(text, sizeof text, "the restart was rejected by %s", site_names(&who));
	site_go(t, SITE_UC, SITE_IDLE, -1);
	site_ask_result(t, text);
	return true;
}

static bool shutdown_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	char text[SITE_WHY_SIZE];

	if (site_pending(s, BBUM_CMD_SHUTDOWN))
		return false;
	if (rejecters(s, BBUM_CMD_SHUTDOWN, &who)) {
		snprintf(text, sizeof text, "the shutdown was rejected by %s", site_names(&who));
		site_go(t, SITE_UC, SITE_IDLE, -1);
		site_ask_result(t, text);
		return true;
	}
	if (answers_in(s, BBUM_CMD_SHUTDOWN)) {
		site_go(t, SITE_UC, SITE_IDLE, -1);
		return true;
	}
	site_arm(t, -1); /* off: as long as it takes */
	return false;
}

static bool back_in_normal(struct step *t)
{
	t->s->updating = false;
	site_go(t, SITE_NO, SITE_AWAIT_ADVICE, t->set->status_limit);
	return true;
}

static bool leave_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	char text[SITE_WHY_SIZE];

	if (site_pending(s, BBUM_CMD_NORMAL_OPERATION))
		return false;
	if (site_all(s, BBUM_NORMAL))
		return back_in_normal(t);
	for (int i = 0; i < s->nbbs; i++)
		if (bb_in(&s->bb[i], BBUM_COMPLETED) && s->bb[i].last == BBUM_CMD_NORMAL_OPERATION &&
		    !bb_rejected(s, &s->bb[i], BBUM_CMD_NORMAL_OPERATION) && !bb_leaving(s, &s->bb[i]))
			return false; /* accepted, and still on its way */
	if (!rejecters(s, BBUM_CMD_NORMAL_OPERATION, &who)) {
		site_go(t, SITE_UC, SITE_IDLE, -1);
		return true;
	}
	snprintf(text, sizeof text, "the change to Normal Operation was rejected by %s", site_names(&who));
	site_go(t, SITE_UC, SITE_IDLE, -1);
	site_ask_result(t, text);
	return true;
}

/* Somebody's update failed: again, back, or somebody must decide (G6). */
static bool failed_settle(struct step *t)
{
	struct site *s = t->s;

	if (s->rolling_back) { /* never round and round (Z32) */
		site_ask_result(t, "rollback failed");
		return false;
	}
	if (s->triggers < t->set->trigger_tries) {
		s->triggers++;
		site_go(t, SITE_UC, SITE_AWAIT_RETRY, t->set->retry_wait);
		return true;
	}
	if (s->has_previous && t->set->auto_rollback) {
		/* The question stands in case the caller cannot set the previous one active. */
		t->out->wants_rollback = true;
		site_ask_result(t, "the update failed, a rollback is due");
		return false;
	}
	site_ask_result(t, "the update failed");
	return false;
}

static bool evaluate(struct step *t)
{
	struct site *s = t->s;
	int count[SITE_FAILED + 1] = { 0 }, normal = 0;
	bool leaving = false;
	bool fresh = false; /* a Vehicle Configuration for which nothing was triggered yet */

	if (site_all(s, BBUM_NORMAL))
		return back_in_normal(t);
	if (s->prompt != SITE_ASKS_NOTHING && s->prompt != SITE_ASKS_EXCEPTION)
		return false;
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (bb_in(b, BBUM_NORMAL))
			normal++;
		else
			count[bb_outcome(s, b)]++;
		fresh = fresh || b->trigger_seq == 0;
		leaving = leaving || bb_leaving(s, b);
	}
	if (count[SITE_OPEN]) { /* just starting, or new in this configuration */
		if (s->due_at < 0 && s->prompt == SITE_ASKS_NOTHING)
			site_arm(t, t->set->restart_limit);
		return false;
	}
	site_unask(t);
	site_arm(t, -1);
	if (s->rolling_back && fresh && count[SITE_FAILED]) {
		site_ask_result(t, "what was set active is not installed yet");
		return false;
	}
	if (s->mode == SITE_MANUAL) {
		site_ask_result(t, s->rolling_back && count[SITE_FAILED] ? "rollback failed" : "");
		return false;
	}
	if (count[SITE_FAILED] && normal) { /* those who left cannot follow a trigger */
		site_ask_result(t, "some are back in Normal Operation already");
		return false;
	}
	if (count[SITE_FAILED] && leaving) { /* first: where is it? */
		entry_sync(t, true);
		return true;
	}
	if (count[SITE_FAILED])
		return failed_settle(t);
	if (count[SITE_RESTARTS])
		update_restart(t, UPDATE_INSTALLED);
	else
		update_normal(t, 0);
	return true;
}

bool completed_settle(struct step *t)
{
	static bool (*const settle[SITE_WAITS])(struct step *) = {
		[SITE_IDLE] = evaluate,
		[SITE_AWAIT_FOLLOW] = follow_settle,
		[SITE_AWAIT_RESTART] = restart_settle,
		[SITE_AWAIT_NORMAL] = leave_settle,
		[SITE_AWAIT_SHUTDOWN] = shutdown_settle,
	};

	return settle[t->s->wait] && settle[t->s->wait](t);
}

void update_again(struct step *t)
{
	struct site *s = t->s;

	if (s->state == SITE_NO) {
		update_request(t);
		return;
	}
	for (int i = 0; i < s->nbbs; i++)
		if (bb_outcome(s, &s->bb[i]) == SITE_FAILED) {
			update_trigger(t, UPDATE_UNFINISHED);
			return;
		}
	update_restart(t, UPDATE_INSTALLED); /* nobody needs it any more: settles at once */
}
