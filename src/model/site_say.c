/* SPDX-License-Identifier: Apache-2.0 */
/* What a step does and says: commands, states, prompts, and the sentences of the log. */
#include "model/site_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void bb_touch(struct step *t, int i)
{
	t->out->touched |= UINT64_C(1) << i;
}

void bb_send(struct step *t, int i, enum bbum_command c)
{
	struct site_bb *b = &t->s->bb[i];

	b->command = b->last = c;
	b->seq = ++t->s->seq;
	b->asked_at = t->now;
	b->permit = SITE_PERMIT_NONE;
	if (c == BBUM_CMD_TRIGGER) {
		b->trigger_seq = b->seq;
		b->restarted = false;
	}
	if (c == BBUM_CMD_RESTART || c == BBUM_CMD_SHUTDOWN)
		b->boots = b->status.boots;
	bb_touch(t, i);
}

void site_withdraw(struct step *t)
{
	for (int i = 0; i < t->s->nbbs; i++) {
		struct site_bb *b = &t->s->bb[i];

		if (b->command == BBUM_CMD_NONE && b->asked_at < 0 && b->permit == SITE_PERMIT_NONE)
			continue;
		b->command = BBUM_CMD_NONE;
		b->asked_at = -1;
		b->permit = SITE_PERMIT_NONE;
		bb_touch(t, i);
	}
}

void site_say(struct step *t, enum site_say say, int bb, const char *fmt, ...)
{
	va_list ap;

	if (t->out->nsaid >= SITE_SAID_MAX)
		return;
	t->out->said[t->out->nsaid].say = say;
	t->out->said[t->out->nsaid].bb = bb;
	va_start(ap, fmt);
	vsnprintf(t->out->said[t->out->nsaid].text, SITE_WHY_SIZE, fmt, ap);
	va_end(ap);
	t->out->nsaid++;
}

void site_unask(struct step *t)
{
	t->s->prompt = SITE_ASKS_NOTHING;
	t->s->prompt_why[0] = '\0';
}

void site_arm(struct step *t, int64_t limit)
{
	t->s->due_at = limit < 0 ? -1 : t->now + limit;
}

void site_go(struct step *t, enum site_state state, enum site_wait wait, int64_t limit)
{
	if (t->s->state != state)
		site_say(t, SITE_SAYS_STATE, -1, "state %s", site_state_text[state]);
	t->s->state = state;
	t->s->wait = wait;
	site_arm(t, limit);
	site_unask(t);
}

void site_ask(struct step *t, enum site_prompt p, const char *fmt, ...)
{
	char why[SITE_WHY_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	if (t->s->prompt == p && !strcmp(t->s->prompt_why, why))
		return;
	t->s->prompt = p;
	snprintf(t->s->prompt_why, sizeof t->s->prompt_why, "%s", why);
	t->s->prompt_seq++;
	if (p == SITE_ASKS_EXCEPTION && t->s->mode == SITE_AUTO)
		site_say(t, SITE_SAYS_EXCEPTION, -1, "exception in auto mode: %s", why);
	if (!t->out->wants_rollback)
		site_say(t, SITE_SAYS_PROMPT, -1, "prompt %s: %.200s", site_prompt_text[p], why);
}

void site_name(struct site_names *l, const char *name, const char *extra)
{
	const size_t have = strlen(l->text);
	char one[200];

	snprintf(one, sizeof one, "%s%.63s%s%.90s%s", l->n ? ", " : "", name, extra && *extra ? " (" : "",
		 extra ? extra : "", extra && *extra ? ")" : "");
	if (have + strlen(one) + sizeof " and 64 more" > sizeof l->text)
		l->dropped++;
	else
		memcpy(l->text + have, one, strlen(one) + 1);
	l->n++;
}

const char *site_names(struct site_names *l)
{
	const size_t have = strlen(l->text);

	if (!l->n)
		return "nobody";
	if (l->dropped)
		snprintf(l->text + have, sizeof l->text - have, " and %d more", l->dropped);
	l->dropped = 0;
	return l->text;
}

static const char *right_wrong(bool ok)
{
	return ok ? "right" : "wrong";
}

void site_say_advice(struct step *t)
{
	const struct site *s = t->s;
	struct site_names want = { 0 };

	for (int i = 0; i < s->nbbs; i++)
		if (bb_verdict(&s->bb[i], NULL) == SITE_WANTS)
			site_name(&want, s->bb[i].name, NULL);
	if (want.n)
		site_say(t, SITE_SAYS_ADVICE, -1, "%d of %d Building Blocks recommend an update: %s", want.n,
			 s->nbbs, site_names(&want));
	else
		site_say(t, SITE_SAYS_ADVICE, -1, "no Building Block of %d recommends an update", s->nbbs);
	for (int i = 0; i < s->nbbs; i++) {
		const struct bbum_status *st = &s->bb[i].status;

		site_say(
		    t, SITE_SAYS_ADVICE_BB, i,
		    "%.63s: recommendation %s; syntax %s, integrity %s, identity %s, authenticity %s%s%s",
		    s->bb[i].name,
		    st->recommends == 1   ? "yes"
		    : st->recommends == 0 ? "no"
					  : "none",
		    right_wrong(st->syntax_ok), right_wrong(st->integrity_ok), right_wrong(st->identity_ok),
		    right_wrong(st->authenticity_ok), st->error[0] ? "; error " : "", st->error);
	}
}

void site_say_acceptance(struct step *t)
{
	const struct site *s = t->s;
	struct site_names not = { 0 };
	int yes = 0;

	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (bb_in(b, BBUM_PENDING))
			yes++;
		else
			site_name(&not, b->name,
				  bb_rejected(s, b, BBUM_CMD_REQUEST_UPDATE) ? b->status.reason
									     : "no answer");
	}
	if (yes == s->nbbs)
		site_say(t, SITE_SAYS_ACCEPTANCE, -1, "all %d Building Blocks accept the update", yes);
	else
		site_say(t, SITE_SAYS_ACCEPTANCE, -1, "%d of %d Building Blocks accept the update; not: %s",
			 yes, s->nbbs, site_names(&not ));
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];
		const bool rejects = bb_rejected(s, b, BBUM_CMD_REQUEST_UPDATE);

		site_say(t, SITE_SAYS_ACCEPTANCE_BB, i, "%.63s: update %s%s%s", b->name,
			 bb_in(b, BBUM_PENDING) ? "accepted"
			 : rejects              ? "rejected"
						: "not answered",
			 rejects && b->status.reason[0] ? ", because " : "", rejects ? b->status.reason : "");
	}
}

static const char *outcome_words(const struct site *s, const struct site_bb *b)
{
	const enum site_outcome o = bb_outcome(s, b);

	if (bb_in(b, BBUM_NORMAL))
		return "in normal operation";
	if (o == SITE_OPEN)
		return "no result";
	if (!bb_through(s, b))
		return o == SITE_DONE ? "runs the active configuration"
				      : "not updated to the active configuration";
	if (o == SITE_FAILED && b->status.result == BBUM_RESULT_SUCCESS)
		return "came back from the restart without the new configuration";
	if (o == SITE_FAILED && b->status.result == BBUM_RESULT_NOT_REQUIRED)
		return "says that no update is required, but runs another configuration";
	return bbum_result_text[b->status.result];
}

/* "update successful: DAS; installation failure: ETP" */
static void result_text(const struct site *s, char *ret, size_t size)
{
	bool told[SITE_BBS_MAX] = { false };
	size_t len = 0;

	ret[0] = '\0';
	for (int i = 0; i < s->nbbs; i++) {
		const char *words = outcome_words(s, &s->bb[i]);
		struct site_names who = { 0 };

		if (told[i])
			continue;
		for (int k = i; k < s->nbbs; k++)
			if (!told[k] && !strcmp(outcome_words(s, &s->bb[k]), words)) {
				told[k] = true;
				site_name(&who, s->bb[k].name, NULL);
			}
		if (len < size)
			len += (size_t)snprintf(ret + len, size - len, "%s%s: %s", len ? "; " : "", words,
						site_names(&who));
	}
}

void site_say_result(struct step *t)
{
	const struct site *s = t->s;
	char text[SITE_WHY_SIZE];

	result_text(s, text, sizeof text);
	site_say(t, SITE_SAYS_RESULT, -1, "%s", text);
	for (int i = 0; i < s->nbbs; i++)
		site_say(t, SITE_SAYS_RESULT_BB, i, "%.63s: %s%s%s", s->bb[i].name,
			 outcome_words(s, &s->bb[i]), s->bb[i].status.error[0] ? ", " : "",
			 s->bb[i].status.error);
}

void site_ask_result(struct step *t, const char *before)
{
	char text[SITE_WHY_SIZE];

	result_text(t->s, text, sizeof text);
	site_ask(t, SITE_ASKS_RESULT, "%s%s%.200s", before, *before ? ". " : "", text);
}

/* What a Building Block still owes in the wait that the site is in; NULL = nothing. */
static const char *owed(const struct site *s, const struct site_bb *b)
{
	switch (s->wait) {
	case SITE_AWAIT_STATUS:
		if (!b->known)
			return "silent";
		if (bb_in(b, BBUM_ERROR))
			return "in its error state";
		return bb_settled(b) ? NULL : "is starting";
	case SITE_AWAIT_SYNC:
		if (!b->known)
			return "silent";
		if (s->sync_update ? bb_in(b, BBUM_UPDATE) || bb_through(s, b) : bb_in(b, BBUM_NORMAL))
			return NULL;
		return bbum_state_text[b->status.state];
	case SITE_AWAIT_ADVICE:
		return bb_verdict(b, NULL) == SITE_UNHEARD ? "no recommendation" : NULL;
	case SITE_AWAIT_CANCEL:
	case SITE_AWAIT_NORMAL:
		if (b->command != BBUM_CMD_NONE)
			return "no answer";
		return s->wait == SITE_AWAIT_NORMAL || bb_in(b, BBUM_NORMAL)
			   ? NULL
			   : bbum_state_text[b->status.state];
	case SITE_AWAIT_FOLLOW:
		if (b->command != BBUM_CMD_NONE)
			return "no answer";
		return bb_in(b, BBUM_UPDATE) || bb_through(s, b) ? NULL : bbum_state_text[b->status.state];
	case SITE_AWAIT_RESULT:
		return bb_in(b, BBUM_COMPLETED) ? NULL : "no result";
	case SITE_AWAIT_RESTART:
	case SITE_AWAIT_SHUTDOWN:
		if (b->command != BBUM_CMD_NONE)
			return "no answer";
		return bb_away(b) ? "not back from its restart" : NULL;
	case SITE_IDLE:
		return bb_in(b, BBUM_COMPLETED) || bb_in(b, BBUM_NORMAL) ? NULL : "silent";
	case SITE_AWAIT_ACCEPT:
	case SITE_AWAIT_RETRY:
	case SITE_WAITS:
		break;
	}
	return NULL;
}

void site_overdue(struct step *t)
{
	struct site_names who = { 0 };

	for (int i = 0; i < t->s->nbbs; i++) {
		struct site_bb *b = &t->s->bb[i];
		const char *what = owed(t->s, b);

		if (!what)
			continue;
		site_name(&who, b->name, what);
		if (!b->known && !b->lost) {
			b->lost = true;
			bb_touch(t, i);
			site_say(t, SITE_SAYS_LIFE, i, "%.63s is silent", b->name);
		}
	}
	site_arm(t, -1);
	site_ask(t, SITE_ASKS_EXCEPTION, "%s took longer than its limit: %s", site_wait_text[t->s->wait],
		 site_names(&who));
}
