/* SPDX-License-Identifier: Apache-2.0 */
/* The step: takes the input in, then lets the chart move until it waits for something. */
#include "model/site.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/site_parts.h"

/* So many commands and starts there are not between two statuses, nor between two copies of a store. */
#define SITE_LIFT_MAX 1000000
#define MOVES_MAX 24 /* in one step; the longest chain seen is far shorter */

/* ---- statuses ---- */

/* Older than what is remembered: it was overtaken on its way. A device that is lost to us is heard whatever
 * it says: its memory may have been set back. An exchanged device has answered no command of ours yet. */
static bool overtaken(const struct site *s, const struct site_bb *b, const struct bbum_status *st)
{
	return !b->lost && st->cycle_id == s->id && b->status.cycle_id == s->id &&
	       st->boots <= b->status.boots && (st->seq < b->status.seq || st->boots < b->status.boots);
}

/* It lies. Were it believed, it would use up the numbers of the vehicle, and every honest status after it
 * would be taken for overtaken. */
static bool leaps(const struct site *s, const struct site_bb *b, const struct bbum_status *st)
{
	return (st->cycle_id == s->id && st->seq - s->seq > SITE_LIFT_MAX) ||
	       (!b->lost && b->status.boots > 0 && st->boots - b->status.boots > SITE_LIFT_MAX);
}

static bool result_of_newest(const struct site *s, const struct site_bb *b, const struct bbum_status *st)
{
	return b->trigger_seq > 0 && st->result != BBUM_RESULT_UNDEFINED && st->result_cycle_id == s->id &&
	       st->result_seq == b->trigger_seq;
}

static void judge_manifest(struct site_bb *b)
{
	const struct bbum_status *st = &b->status;
	const bool checks = st->syntax_ok && st->integrity_ok && st->identity_ok && st->authenticity_ok;

	b->advised = b->want_hash[0] && !strcasecmp(st->manifest_hash, b->want_hash) &&
		     (st->recommends >= 0 || !checks || st->error[0]);
}

static void status_heard(struct step *t, int i, const struct bbum_status *st)
{
	struct site *s = t->s;
	struct site_bb *b = &s->bb[i];

	if (overtaken(s, b, st) || leaps(s, b, st))
		return;
	bb_touch(t, i);
	b->asked_at = -1;
	if (b->lost) {
		b->lost = false;
		site_say(t, SITE_SAYS_LIFE, i, "%.63s speaks again", b->name);
	}
	/* An installation counts from the first word of its result; a restart only after that. */
	if (result_of_newest(s, b, st)) {
		if (b->last == BBUM_CMD_TRIGGER && !result_of_newest(s, b, &b->status)) {
			b->boots = st->boots;
			b->restarted = false;
		} else if (st->boots > b->boots) {
			b->restarted = true;
		}
	}
	b->status = *st;
	judge_manifest(b);
	if (st->cycle_id == s->id && st->seq > s->seq)
		s->seq = st->seq; /* our store was set back: never use a number twice */
	if (s->state == SITE_STOPPED || s->state == SITE_ERROR)
		return;
	if (!b->known) {
		b->known = true;
		if (s->state == SITE_ENTRY)
			site_say(t, SITE_SAYS_STATUS, i, "%.63s: %s, result %s", b->name,
				 bbum_state_text[st->state], bbum_result_text[st->result]);
	}
	if (b->command != BBUM_CMD_NONE && st->cycle_id == s->id && st->seq == b->seq) {
		b->command = BBUM_CMD_NONE;
		b->permit = SITE_PERMIT_NONE;
	}
}

/* ---- other inputs ---- */

static void booted(struct step *t)
{
	struct site *s = t->s;

	site_say(t, SITE_SAYS_STARTUP, -1,
		 "firpath Configuration Manager is operating in %s mode v" PACKAGE_VERSION,
		 s->running ? "start" : "stop");
	s->requests = s->triggers = s->resyncs = 0;
	if (s->running) {
		entry_begin(t);
	} else {
		site_withdraw(t);
		site_go(t, SITE_STOPPED, SITE_IDLE, -1);
	}
}

static void activated(struct step *t)
{
	struct site *s = t->s;

	s->rolling_back = s->state == SITE_UC;
	s->requests = s->triggers = s->resyncs = 0;
	s->cancelled = false;
	s->wave = 0;
	for (int i = 0; i < s->nbbs; i++) {
		struct site_bb *b = &s->bb[i];

		b->command = BBUM_CMD_NONE; /* what was sent last is still known: it may be obeyed */
		b->trigger_seq = 0;
		b->restarted = b->served = b->packaged = false;
		b->permit = SITE_PERMIT_NONE;
		b->asked_at = b->known ? -1 : t->now;
		judge_manifest(b);
		bb_touch(t, i);
	}
	if (s->state == SITE_STOPPED || s->state == SITE_ERROR)
		return;
	if (s->state == SITE_UC) /* the trigger comes next; if it does not, the timer asks */
		site_go(t, SITE_UC, SITE_IDLE, 0);
	else if (s->state == SITE_NO && !s->updating && s->has_vc && s->nbbs > 0)
		site_go(t, SITE_NO, SITE_AWAIT_ADVICE, t->set->status_limit);
	else
		entry_begin(t);
}

static bool all_settled(const struct site *s)
{
	for (int i = 0; i < s->nbbs; i++)
		if (!bb_settled(&s->bb[i]))
			return false;
	return true;
}

static void timer_ran_out(struct step *t)
{
	struct site *s = t->s;

	if (s->due_at < 0 || t->now < s->due_at)
		return;
	site_arm(t, -1);
	if (s->wait == SITE_AWAIT_ACCEPT)
		normal_late(t);
	else if (s->wait == SITE_AWAIT_RETRY && s->state == SITE_ENTRY)
		entry_again(t);
	else if (s->wait == SITE_AWAIT_RETRY)
		update_again(t);
	else if (s->wait != SITE_IDLE || !all_settled(s))
		site_overdue(t);
}

static void said_once(struct step *t, int i, bool *told, enum site_say say, const char *what)
{
	if (*told)
		return;
	*told = true;
	bb_touch(t, i);
	site_say(t, say, i, "%s is provided to %.63s (%.63s)", what, t->s->bb[i].name, t->s->bb[i].manifest);
}

static void life_changed(struct step *t, int i, bool lost)
{
	struct site_bb *b = &t->s->bb[i];

	if (b->lost == lost)
		return;
	b->lost = lost;
	bb_touch(t, i);
	site_say(t, SITE_SAYS_LIFE, i, "%.63s %s", b->name, lost ? "is lost" : "is alive again");
}

static void fatal(struct step *t, const char *why)
{
	site_withdraw(t);
	site_go(t, SITE_ERROR, SITE_IDLE, -1);
	site_say(t, SITE_SAYS_ERROR, -1, "the Configuration Manager cannot go on: %.180s", why ? why : "");
	site_ask(t, SITE_ASKS_FATAL, "%.230s", why ? why : "fatal error");
}

/* ---- the chart ---- */

/* Somebody is in a state that nobody brought it to: everybody is asked again. Not for ever. */
static bool out_of_step(struct step *t)
{
	struct site *s = t->s;
	struct site_names who = { 0 };
	bool error = false;

	for (int i = 0; i < s->nbbs; i++)
		if (!bb_in_step(s, &s->bb[i])) {
			site_name(&who, s->bb[i].name, bbum_state_text[s->bb[i].status.state]);
			error = error || bb_in(&s->bb[i], BBUM_ERROR);
		}
	if (!who.n)
		return false;
	if (!error && s->resyncs >= SITE_RESYNCS_MAX) {
		site_withdraw(t);
		site_go(t, SITE_ENTRY, SITE_IDLE, -1);
		site_ask(t, SITE_ASKS_EXCEPTION, "out of step again and again: %s", site_names(&who));
		return true;
	}
	s->resyncs++;
	site_say(t, SITE_SAYS_ERROR, -1, "%s: %s", error ? "in the error state" : "out of step",
		 site_names(&who));
	entry_begin(t);
	return true;
}

static bool settle_once(struct step *t)
{
	struct site *s = t->s;

	static bool (*const settle[SITE_STATES])(struct step *) = {
		[SITE_ENTRY] = entry_settle, [SITE_NO] = normal_settle,    [SITE_UP] = pending_settle,
		[SITE_U] = update_settle,    [SITE_UC] = completed_settle,
	};

	if (!settle[s->state]) /* Stopped, Error: nothing moves */
		return false;
	return out_of_step(t) || settle[s->state](t);
}

static void take(struct step *t, const struct site_in *in)
{
	struct site *s = t->s;
	const bool of_bb = in->bb >= 0 && in->bb < s->nbbs;

	switch (in->kind) {
	case SITE_IN_BOOT:
		booted(t);
		break;
	case SITE_IN_STATUS:
		if (of_bb && in->status)
			status_heard(t, in->bb, in->status);
		break;
	case SITE_IN_VERB:
		verb_obey(t, in->verb, in->n);
		break;
	case SITE_IN_ACTIVATED:
		activated(t);
		break;
	case SITE_IN_TIMER:
		timer_ran_out(t);
		break;
	case SITE_IN_SERVED:
		if (of_bb)
			said_once(t, in->bb, &s->bb[in->bb].served, SITE_SAYS_MANIFEST, "the Manifest");
		break;
	case SITE_IN_PACKAGED:
		if (of_bb)
			said_once(t, in->bb, &s->bb[in->bb].packaged, SITE_SAYS_PACKAGE, "the Package");
		break;
	case SITE_IN_LIFE:
		if (of_bb)
			life_changed(t, in->bb, in->lost);
		break;
	case SITE_IN_FATAL:
		fatal(t, in->why);
		break;
	case SITE_INPUTS:
		break;
	}
}

void site_step(struct site *s, const struct site_in *in, const struct site_settings *set,
	       struct site_out *out)
{
	struct step t = { .s = s, .set = set, .out = out, .now = in->now };

	out->nsaid = 0;
	out->refused = out->wants_rollback = false;
	out->why[0] = '\0';
	out->was = s->state;
	out->touched = 0;
	take(&t, in);
	/* After an activation in UC the caller's trigger comes next. */
	if (out->refused || (in->kind == SITE_IN_ACTIVATED && s->state == SITE_UC))
		return;
	for (int i = 0; settle_once(&t); i++)
		if (i >= MOVES_MAX) { /* a fault in the chart must not hang the service */
			fatal(&t, "the chart of the site does not come to rest");
			break;
		}
}

bool site_may_activate(const struct site *s, char why[SITE_WHY_SIZE])
{
	const char *bar = NULL, *name = "";

	if (s->state == SITE_UP || s->state == SITE_U)
		bar = "an update is pending or under way (allowed in Normal Operation and Update Completed)";
	else if (s->state == SITE_NO && s->updating)
		bar = "an update request is under way; cancel it first";
	else if (s->state == SITE_UC && s->wait != SITE_IDLE && s->wait != SITE_AWAIT_RETRY &&
		 s->prompt == SITE_ASKS_NOTHING)
		bar = "commands are under way in Update Completed";
	/* Where the state of the vehicle does not tell, those of the Building Blocks do. */
	if (!bar && s->state != SITE_NO && s->state != SITE_UC)
		for (int i = 0; i < s->nbbs && !bar; i++) {
			const enum bbum_state in = s->bb[i].status.state;

			if (in == BBUM_PENDING || in == BBUM_UPDATE || in == BBUM_COMPLETED) {
				bar = " is in the midst of an update";
				name = s->bb[i].name;
			}
		}
	if (bar)
		snprintf(why, SITE_WHY_SIZE, "rejected, because %.63s%s", name, bar);
	return !bar;
}
