/* SPDX-License-Identifier: Apache-2.0 */
/* What operators say (part F, Z22): obeyed, or "rejected, because ...". A verb that comes twice does nothing
 * the second time. */
#include "model/site_parts.h"

#include <stdarg.h>
#include <stdio.h>

static void refuse(struct step *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct step *t, const char *fmt, ...)
{
	char why[SITE_WHY_SIZE - 24];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	t->out->refused = true;
	snprintf(t->out->why, sizeof t->out->why, "rejected, because %s", why);
}

static void verb_mode(struct step *t, enum site_mode mode)
{
	struct site *s = t->s;

	if (s->mode == mode)
		return;
	s->mode = mode;
	s->requests = s->triggers = s->resyncs = 0;
	if (mode == SITE_AUTO)
		s->cancelled = false;
	/* What waits by itself, and what was asked because of the mode, is decided anew. */
	if ((s->wait == SITE_IDLE || s->wait == SITE_AWAIT_RETRY) && s->state != SITE_ERROR &&
	    s->state != SITE_STOPPED)
		site_go(t, s->state, SITE_IDLE, -1);
}

static void verb_request(struct step *t)
{
	struct site *s = t->s;
	char why[SITE_WHY_SIZE] = "";

	if (!s->has_vc || s->nbbs == 0) {
		refuse(t, "no Vehicle Configuration is active");
	} else if (s->wait == SITE_AWAIT_CANCEL) {
		refuse(t, "a cancel is under way");
	} else if (s->wait == SITE_AWAIT_ACCEPT) {
		return; /* it is requested */
	} else if (s->updating) {
		update_request(t);
	} else {
		switch (site_advice(s, why)) {
		case SITE_UNHEARD:
			refuse(t, "not every Building Block has given its recommendation yet");
			break;
		case SITE_BAD:
			refuse(t, "%.190s", why);
			break;
		case SITE_CONFORMS:
		case SITE_WANTS:
			update_request(t);
			break;
		}
	}
}

static void verb_cancel(struct step *t)
{
	struct site *s = t->s;

	if (s->wait == SITE_AWAIT_CANCEL && s->prompt == SITE_ASKS_NOTHING)
		return;
	if (s->wait == SITE_AWAIT_FOLLOW)
		refuse(t, "the update is triggered already");
	else if (s->state == SITE_NO && !s->updating)
		refuse(t, "no update request waits");
	else
		update_cancel(t);
}

/* Something is under way in UC that another command must not cut short; a question opens it. */
static bool busy(struct step *t)
{
	const struct site *s = t->s;

	if (s->wait == SITE_IDLE || s->wait == SITE_AWAIT_RETRY || s->prompt != SITE_ASKS_NOTHING)
		return false;
	refuse(t, "%s is under way",
	       s->wait == SITE_AWAIT_FOLLOW    ? "a trigger"
	       : s->wait == SITE_AWAIT_RESTART ? "a restart"
	       : s->wait == SITE_AWAIT_NORMAL  ? "the change to Normal Operation"
					       : "a shutdown");
	return true;
}

static void verb_trigger(struct step *t, bool rollback)
{
	struct site *s = t->s;
	struct site_names left = { 0 };
	bool rejected = false;

	if (s->wait == SITE_AWAIT_CANCEL) {
		refuse(t, "a cancel is under way");
		return;
	}
	if (rollback && !s->rolling_back) {
		refuse(t, s->has_previous ? "the previous Vehicle Configuration is not active"
					  : "there is no previous Vehicle Configuration");
		return;
	}
	if (s->wait == SITE_AWAIT_FOLLOW) {
		for (int i = 0; i < s->nbbs; i++)
			rejected = rejected || bb_rejected(s, &s->bb[i], BBUM_CMD_TRIGGER);
		if (rejected)
			update_trigger(t, UPDATE_REJECTED);
		return;
	}
	if (s->state == SITE_UC) {
		if (busy(t))
			return;
		for (int i = 0; i < s->nbbs; i++)
			if (bb_in(&s->bb[i], BBUM_NORMAL) || bb_leaving(s, &s->bb[i]))
				site_name(&left, s->bb[i].name, NULL);
		if (left.n) {
			refuse(t,
			       "already in Normal Operation, or on the way there: %s; bring all there first",
			       site_names(&left));
			return;
		}
	}
	update_trigger(t, rollback || s->state == SITE_UP ? UPDATE_ALL : UPDATE_UNFINISHED);
}

/* Is n one of 1..nbbs, or 0? */
static bool numbered(struct step *t, int n)
{
	if (n >= 0 && n <= t->s->nbbs)
		return true;
	refuse(t, "there is no Building Block %d", n);
	return false;
}

static void restart_of_errors(struct step *t, int n)
{
	struct site *s = t->s;
	struct site_names who = { 0 };

	for (int i = 0; i < s->nbbs; i++)
		if ((n == 0 || i == n - 1) && bb_in(&s->bb[i], BBUM_ERROR)) {
			if (s->bb[i].command != BBUM_CMD_RESTART)
				bb_send(t, i, BBUM_CMD_RESTART);
			site_name(&who, s->bb[i].name, NULL);
		}
	if (!who.n) {
		refuse(t, "only a Building Block in its error state is restarted in Entry Operation");
		return;
	}
	site_go(t, SITE_ENTRY, SITE_AWAIT_STATUS, t->set->restart_limit);
	site_say(t, SITE_SAYS_RESTART, -1, "a restart is requested from %s", site_names(&who));
}

/* Nobody is stopped on the way to Normal Operation: it may have arrived. */
static bool leaving(struct step *t, int n)
{
	struct site *s = t->s;

	for (int i = 0; i < s->nbbs; i++)
		if ((n == 0 || i == n - 1) && bb_leaving(s, &s->bb[i])) {
			refuse(t, "%.63s is on the way to Normal Operation", s->bb[i].name);
			return true;
		}
	return false;
}

static void verb_restart(struct step *t, int n)
{
	struct site *s = t->s;

	if (s->state == SITE_ERROR) {
		s->running = true;
		entry_begin(t);
	} else if (!numbered(t, n)) {
		return;
	} else if (s->state == SITE_ENTRY) {
		restart_of_errors(t, n);
	} else if (s->wait != SITE_AWAIT_RESTART && busy(t)) {
		return;
	} else if (leaving(t, n)) {
		return;
	} else if (n > 0 && !bb_in(&s->bb[n - 1], BBUM_COMPLETED) && !bb_away(&s->bb[n - 1])) {
		refuse(t, "%.63s is not in Update Completed", s->bb[n - 1].name);
	} else if (n == 0 && !site_any(s, BBUM_COMPLETED)) {
		refuse(t, "no Building Block is in Update Completed");
	} else {
		update_restart(t, n);
	}
}

static void verb_normal(struct step *t, int n)
{
	struct site *s = t->s;

	if (!numbered(t, n))
		return;
	if (s->wait != SITE_AWAIT_NORMAL && busy(t))
		return;
	if (n > 0 && !bb_in(&s->bb[n - 1], BBUM_COMPLETED) && !bb_in(&s->bb[n - 1], BBUM_NORMAL))
		refuse(t, "%.63s is not in Update Completed", s->bb[n - 1].name);
	else if (n == 0 && !site_any(s, BBUM_COMPLETED))
		refuse(t, "no Building Block is in Update Completed");
	else if (n == 0 || bb_in(&s->bb[n - 1], BBUM_COMPLETED))
		update_normal(t, n);
}

static void verb_sync(struct step *t, bool to_update)
{
	struct site *s = t->s;
	struct site_names bad = { 0 };
	int known = 0;

	for (int i = 0; i < s->nbbs; i++) {
		known += bb_settled(&s->bb[i]);
		if (bb_in(&s->bb[i], BBUM_ERROR))
			site_name(&bad, s->bb[i].name, NULL);
	}
	if (s->wait == SITE_AWAIT_SYNC && s->sync_update == to_update && s->prompt == SITE_ASKS_NOTHING)
		return;
	if (s->wait == SITE_AWAIT_STATUS && s->prompt == SITE_ASKS_NOTHING)
		refuse(t, "the statuses of the Building Blocks are still awaited");
	else if (bad.n)
		refuse(t, "in their error state: %s; restart them first", site_names(&bad));
	else if (!known)
		refuse(t, "no Building Block has given its status");
	else
		entry_sync(t, to_update);
}

static void verb_permit(struct step *t, int n, enum site_permit word)
{
	struct site *s = t->s;
	int found = 0;

	if (!numbered(t, n))
		return;
	for (int i = 0; i < s->nbbs; i++) {
		struct site_bb *b = &s->bb[i];

		if ((n > 0 && i != n - 1) ||
		    (b->command != BBUM_CMD_REQUEST_UPDATE && b->command != BBUM_CMD_RESTART &&
		     b->command != BBUM_CMD_SHUTDOWN))
			continue;
		found++;
		if (b->permit != word) {
			b->permit = word;
			bb_touch(t, i);
		}
	}
	if (!found)
		refuse(t, "no request waits for the application%s%.63s", n ? " of " : "",
		       n ? s->bb[n - 1].name : "");
}

static void verb_shutdown(struct step *t)
{
	struct site *s = t->s;

	if (s->state == SITE_ERROR) { /* its own: a start is then somebody's word */
		s->running = false;
		site_go(t, SITE_STOPPED, SITE_IDLE, -1);
		return;
	}
	if (s->wait == SITE_AWAIT_SHUTDOWN && s->prompt == SITE_ASKS_NOTHING)
		return;
	if (busy(t) || leaving(t, 0))
		return;
	if (!site_all(s, BBUM_COMPLETED))
		refuse(t, "not every Building Block is in Update Completed");
	else
		update_shutdown(t);
}

static void verb_start(struct step *t)
{
	t->s->running = true;
	if (t->s->state == SITE_STOPPED)
		entry_begin(t);
}

static void verb_stop(struct step *t)
{
	t->s->running = false;
	site_withdraw(t);
	site_go(t, SITE_STOPPED, SITE_IDLE, -1);
}

void verb_obey(struct step *t, enum site_verb v, int n)
{
	const char *bar = site_verb_bar(t->s->state, v);
	const int64_t requests = t->s->requests, triggers = t->s->triggers, resyncs = t->s->resyncs;
	const enum site_prompt stood = t->s->prompt;

	if (bar) {
		refuse(t, "'%s' is allowed %s; the state is %s", site_verb_text[v], bar,
		       site_state_text[t->s->state]);
		return;
	}
	/* The operator's word: repetitions begin anew. */
	t->s->requests = t->s->triggers = t->s->resyncs = 0;
	switch (v) {
	case SITE_DO_START:
		verb_start(t);
		break;
	case SITE_DO_STOP:
		verb_stop(t);
		break;
	case SITE_DO_MODE_AUTO:
		verb_mode(t, SITE_AUTO);
		break;
	case SITE_DO_MODE_MANUAL:
		verb_mode(t, SITE_MANUAL);
		break;
	case SITE_DO_REQUEST:
		verb_request(t);
		break;
	case SITE_DO_CANCEL:
		verb_cancel(t);
		break;
	case SITE_DO_TRIGGER:
		verb_trigger(t, false);
		break;
	case SITE_DO_ROLLBACK:
		verb_trigger(t, true);
		break;
	case SITE_DO_RESTART:
		verb_restart(t, n);
		break;
	case SITE_DO_NORMAL:
		verb_normal(t, n);
		break;
	case SITE_DO_SYNC_NORMAL:
		verb_sync(t, false);
		break;
	case SITE_DO_SYNC_UPDATE:
		verb_sync(t, true);
		break;
	case SITE_DO_PERMIT:
		verb_permit(t, n, SITE_PERMIT_GIVEN);
		break;
	case SITE_DO_DENY:
		verb_permit(t, n, SITE_PERMIT_DENIED);
		break;
	case SITE_DO_SHUTDOWN:
		verb_shutdown(t);
		break;
	case SITE_VERBS:
		break;
	}
	/* Not obeyed, or a word that moves nothing: the counts stay. */
	if (t->out->refused || v == SITE_DO_PERMIT || v == SITE_DO_DENY || v == SITE_DO_START) {
		t->s->requests = requests;
		t->s->triggers = triggers;
		t->s->resyncs = resyncs;
	}
	if (!t->out->refused)
		site_say(t, SITE_SAYS_VERB, n > 0 && n <= t->s->nbbs ? n - 1 : -1, "%s%s", site_verb_text[v],
			 stood != SITE_ASKS_NOTHING && site_prompt_choices(stood, t->out->was) >> v & 1
			     ? " (answers the prompt)"
			     : "");
}
