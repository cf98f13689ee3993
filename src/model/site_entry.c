/* SPDX-License-Identifier: Apache-2.0 */
/* Entry Operation (5.1.3.1, 5.1.3.2; E21-E24, G2, I20-I23): everybody is asked; then the state that all are
 * in, or they are brought to one state. */
#include "model/site_parts.h"

void entry_begin(struct step *t)
{
	struct site *s = t->s;

	site_withdraw(t);
	if (!s->has_vc || s->nbbs == 0) {
		s->updating = false;
		if (s->state != SITE_NO || s->wait != SITE_IDLE)
			site_say(t, SITE_SAYS_ASK_STATUS, -1, "no Vehicle Configuration is active");
		site_go(t, SITE_NO, SITE_IDLE, -1);
		return;
	}
	site_go(t, SITE_ENTRY, SITE_AWAIT_STATUS, t->set->status_limit);
	for (int i = 0; i < s->nbbs; i++) {
		s->bb[i].known = false;
		s->bb[i].asked_at = t->now;
		bb_touch(t, i);
	}
	site_say(t, SITE_SAYS_ASK_STATUS, -1, "the status of %d Building Blocks is requested", s->nbbs);
}

static void state_list(const struct site *s, struct site_names *l)
{
	for (int i = 0; i < s->nbbs; i++)
		site_name(l, s->bb[i].name,
			  s->bb[i].known ? bbum_state_text[s->bb[i].status.state] : "silent");
}

/* NO, unless that would lose an update that has begun: somebody updates, failed, or has the new
 * configuration while another has not. */
static bool leads_to_update(const struct site *s)
{
	bool failed = false, done = false, old = false;

	for (int i = 0; i < s->nbbs; i++) {
		const enum site_outcome o = bb_outcome(s, &s->bb[i]);

		failed = failed || o == SITE_FAILED;
		done = done || o == SITE_DONE || o == SITE_RESTARTS;
		old = old || (bb_in(&s->bb[i], BBUM_NORMAL) && !bb_runs_wanted(&s->bb[i]));
	}
	return site_any(s, BBUM_UPDATE) || failed || (done && old) ||
	       (site_any(s, BBUM_COMPLETED) && site_any(s, BBUM_PENDING));
}

static void enter_where_all_are(struct step *t, enum bbum_state in)
{
	struct site *s = t->s;

	s->updating = in != BBUM_NORMAL;
	if (in == BBUM_NORMAL) {
		site_go(t, SITE_NO, SITE_AWAIT_ADVICE, t->set->status_limit);
	} else if (in == BBUM_PENDING) {
		site_go(t, SITE_UP, SITE_IDLE, -1);
	} else if (in == BBUM_UPDATE) {
		s->wave = 0; /* as far as it got follows from the results */
		site_go(t, SITE_U, SITE_AWAIT_RESULT, t->set->result_limit);
	} else {
		site_go(t, SITE_UC, SITE_IDLE, -1);
		site_say_result(t);
	}
}

/* All are known, nobody is in error: where to? */
static void decide(struct step *t)
{
	struct site *s = t->s;
	bool leaving = false;

	site_withdraw(t);
	for (int i = 0; i < s->nbbs; i++)
		leaving = leaving || (s->bb[i].last == BBUM_CMD_CANCEL && bb_leaving(s, &s->bb[i]));
	if (site_all(s, BBUM_PENDING) && (s->cancelled || leaving)) {
		entry_sync(t, false); /* the cancel goes on */
		return;
	}
	if (site_all(s, s->bb[0].status.state)) {
		enter_where_all_are(t, s->bb[0].status.state);
		return;
	}
	if (s->mode == SITE_AUTO) {
		entry_sync(t, leads_to_update(s));
		return;
	}
	struct site_names all = { 0 };

	state_list(s, &all);
	site_go(t, SITE_ENTRY, SITE_IDLE, -1);
	site_ask(t, SITE_ASKS_SYNC, "the Building Blocks are in different states: %s", site_names(&all));
}

/* The next command that brings it to U; NONE: nothing to send (it is there, or an answer is awaited). */
static enum bbum_command towards_update(const struct site *s, const struct site_bb *b)
{
	/* Where the way to NO may still be taken, a request tells what came of it. */
	if (bb_in(b, BBUM_NORMAL) || (bb_settled(b) && bb_leaving(s, b)))
		return BBUM_CMD_REQUEST_UPDATE;
	/* No trigger before everybody has stopped its operation (E37), the silent ones included. */
	for (int i = 0; i < s->nbbs; i++)
		if (!bb_settled(&s->bb[i]) || bb_in(&s->bb[i], BBUM_NORMAL) ||
		    s->bb[i].command == BBUM_CMD_REQUEST_UPDATE || bb_leaving(s, &s->bb[i]))
			return BBUM_CMD_NONE;
	if (bb_in(b, BBUM_PENDING) || (bb_in(b, BBUM_COMPLETED) && !bb_through(s, b)))
		return BBUM_CMD_TRIGGER;
	return BBUM_CMD_NONE;
}

static enum bbum_command towards_normal(const struct site *s, const struct site_bb *b)
{
	if (bb_in(b, BBUM_PENDING))
		return BBUM_CMD_CANCEL;
	if (!bb_in(b, BBUM_COMPLETED) || bb_away(b))
		return BBUM_CMD_NONE;
	return bb_outcome(s, b) == SITE_RESTARTS ? BBUM_CMD_RESTART : BBUM_CMD_NORMAL_OPERATION;
}

/* Sends what is next to each; again: also to those that have rejected it. The timer runs from the newest. */
static bool push(struct step *t, bool again)
{
	struct site *s = t->s;
	int64_t limit = -1;

	for (int i = 0; i < s->nbbs; i++) {
		struct site_bb *b = &s->bb[i];
		const enum bbum_command c = s->sync_update ? towards_update(s, b) : towards_normal(s, b);
		int64_t mine;

		if (c == BBUM_CMD_NONE || b->command == c || (!again && bb_rejected(s, b, c)))
			continue;
		bb_send(t, i, c);
		mine = c == BBUM_CMD_REQUEST_UPDATE || c == BBUM_CMD_CANCEL ? t->set->accept_limit
		       : c == BBUM_CMD_RESTART                              ? t->set->restart_limit
									    : t->set->follow_limit;
		limit = mine > limit ? mine : limit;
	}
	if (limit < 0)
		return false;
	site_unask(t);
	site_arm(t, limit);
	return true;
}

void entry_sync(struct step *t, bool to_update)
{
	struct site *s = t->s;

	s->sync_update = to_update;
	s->updating = true;
	site_go(t, SITE_ENTRY, SITE_AWAIT_SYNC,
		!to_update && site_any(s, BBUM_UPDATE) ? t->set->result_limit : t->set->follow_limit);
	site_say(t, to_update ? SITE_SAYS_TRIGGER : SITE_SAYS_NORMAL, -1,
		 "the Building Blocks are synchronised to %s", to_update ? "Update" : "Normal Operation");
	push(t, true);
}

void entry_again(struct step *t)
{
	site_go(t, SITE_ENTRY, SITE_AWAIT_SYNC, t->set->follow_limit);
	push(t, true);
}

static bool sync_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	bool all_there = true;
	int open = 0;

	if (push(t, false))
		return true;
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];
		const enum bbum_command c = s->sync_update ? towards_update(s, b) : towards_normal(s, b);

		all_there =
		    all_there && b->command == BBUM_CMD_NONE &&
		    (s->sync_update ? bb_in(b, BBUM_UPDATE) || bb_through(s, b) : bb_in(b, BBUM_NORMAL));
		if (b->command != BBUM_CMD_NONE || bb_away(b))
			open++;
		else if (c != BBUM_CMD_NONE && bb_rejected(s, b, c))
			site_name(&who, b->name, b->status.reason);
	}
	if (all_there) {
		enter_where_all_are(t, s->sync_update ? BBUM_UPDATE : BBUM_NORMAL);
		return true;
	}
	if (!who.n || open)
		return false;
	if (s->mode == SITE_AUTO && s->requests < t->set->request_tries) {
		s->requests++;
		site_go(t, SITE_ENTRY, SITE_AWAIT_RETRY, t->set->retry_wait);
		return true;
	}
	site_go(t, SITE_ENTRY, SITE_IDLE, -1);
	site_ask(t, s->mode == SITE_AUTO ? SITE_ASKS_EXCEPTION : SITE_ASKS_SYNC,
		 "the Building Blocks could not be synchronised to %s; rejected by %s",
		 s->sync_update ? "Update" : "Normal Operation", site_names(&who));
	return true;
}

bool entry_settle(struct step *t)
{
	struct site *s = t->s;
	struct site_names bad = { 0 };
	int unknown = 0;

	if (s->wait == SITE_AWAIT_SYNC)
		return sync_settle(t);
	if (s->wait == SITE_AWAIT_RETRY || (s->wait == SITE_IDLE && s->prompt == SITE_ASKS_EXCEPTION))
		return false;
	for (int i = 0; i < s->nbbs; i++) {
		unknown += !bb_settled(&s->bb[i]);
		if (bb_in(&s->bb[i], BBUM_ERROR))
			site_name(&bad, s->bb[i].name,
				  bb_rejected(s, &s->bb[i], BBUM_CMD_RESTART) ? s->bb[i].status.reason
									      : s->bb[i].status.error);
	}
	if (unknown) {
		if (s->wait == SITE_AWAIT_STATUS)
			return false;
		entry_begin(t);
		return true;
	}
	if (bad.n) {
		if (s->wait != SITE_AWAIT_STATUS)
			site_go(t, SITE_ENTRY, SITE_AWAIT_STATUS, -1);
		if (!site_pending(s, BBUM_CMD_RESTART))
			site_arm(t, -1);
		if (!site_pending(s, BBUM_CMD_RESTART))
			site_ask(t, SITE_ASKS_EXCEPTION, "in their error state: %s", site_names(&bad));
		return false;
	}
	if (s->wait == SITE_IDLE && s->prompt == SITE_ASKS_SYNC && !site_all(s, s->bb[0].status.state))
		return false;
	decide(t);
	return true;
}
