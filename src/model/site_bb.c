/* SPDX-License-Identifier: Apache-2.0 */
/* What a Building Block's newest status says to a site. */
#include "model/site_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool bb_in(const struct site_bb *b, enum bbum_state state)
{
	return b->known && b->status.state == state;
}

bool bb_settled(const struct site_bb *b)
{
	return b->known && b->status.state != BBUM_START && b->status.state != BBUM_BOOT;
}

static bool answered(const struct site *s, const struct site_bb *b)
{
	return b->seq > 0 && b->command == BBUM_CMD_NONE && b->status.cycle_id == s->id &&
	       b->status.seq == b->seq;
}

bool bb_rejected(const struct site *s, const struct site_bb *b, enum bbum_command c)
{
	return b->known && b->last == c && answered(s, b) && b->status.answer == BBUM_ANSWER_REJECTED;
}

bool bb_leaving(const struct site *s, const struct site_bb *b)
{
	return (b->last == BBUM_CMD_CANCEL || b->last == BBUM_CMD_NORMAL_OPERATION ||
		(b->last == BBUM_CMD_REQUEST_UPDATE && bb_in(b, BBUM_COMPLETED))) &&
	       (b->status.cycle_id != s->id || b->status.seq < b->seq);
}

bool bb_runs_wanted(const struct site_bb *b)
{
	return b->want_hash[0] && !strcasecmp(b->status.hash, b->want_hash);
}

static bool result_is_of_trigger(const struct site *s, const struct site_bb *b)
{
	return b->trigger_seq > 0 && b->status.result != BBUM_RESULT_UNDEFINED &&
	       b->status.result_cycle_id == s->id && b->status.result_seq == b->trigger_seq;
}

bool bb_through(const struct site *s, const struct site_bb *b)
{
	return bb_in(b, BBUM_COMPLETED) && result_is_of_trigger(s, b);
}

enum site_outcome bb_outcome(const struct site *s, const struct site_bb *b)
{
	if (!bb_in(b, BBUM_COMPLETED))
		return SITE_OPEN;
	/* What really runs decides. A result of another trigger than the newest says nothing. */
	if (!result_is_of_trigger(s, b))
		return b->trigger_seq == 0 && bb_runs_wanted(b) ? SITE_DONE : SITE_FAILED;
	if (b->status.result == BBUM_RESULT_SUCCESS && !bb_runs_wanted(b))
		return b->restarted ? SITE_FAILED : SITE_RESTARTS;
	if (b->status.result == BBUM_RESULT_SUCCESS || b->status.result == BBUM_RESULT_NOT_REQUIRED)
		return bb_runs_wanted(b) ? SITE_DONE : SITE_FAILED;
	return SITE_FAILED;
}

bool bb_away(const struct site_bb *b)
{
	return (b->last == BBUM_CMD_RESTART || b->last == BBUM_CMD_SHUTDOWN) && b->command == BBUM_CMD_NONE &&
	       b->status.answer == BBUM_ANSWER_ACCEPTED && b->status.seq == b->seq &&
	       (b->status.boots <= b->boots || !bb_settled(b));
}

bool bb_in_step(const struct site *s, const struct site_bb *b)
{
	const enum bbum_state in = b->status.state;

	if (!bb_settled(b))
		return true;
	switch (s->state) {
	case SITE_STOPPED:
	case SITE_ERROR:
		return true;
	case SITE_ENTRY: /* AWAIT_STATUS looks at the error state itself */
		return in != BBUM_ERROR || s->wait == SITE_AWAIT_STATUS || s->wait == SITE_IDLE;
	case SITE_NO:
		return in == BBUM_NORMAL || (in == BBUM_PENDING && s->updating);
	case SITE_UP:
		if (s->wait == SITE_AWAIT_FOLLOW)
			return in == BBUM_PENDING || in == BBUM_UPDATE || bb_through(s, b);
		return in == BBUM_PENDING || (in == BBUM_NORMAL && s->wait == SITE_AWAIT_CANCEL);
	case SITE_U:
		return in == BBUM_UPDATE || bb_through(s, b) || (in == BBUM_COMPLETED && b->trigger_seq == 0);
	case SITE_UC:
		return in == BBUM_COMPLETED || (in == BBUM_UPDATE && s->wait == SITE_AWAIT_FOLLOW) ||
		       (in == BBUM_NORMAL && b->last == BBUM_CMD_NORMAL_OPERATION);
	case SITE_STATES:
		break;
	}
	return false;
}

/* The Manifest that could not be taken has no hash to be known by: its error word tells (Z31). */
static bool manifest_error(const struct bbum_status *st)
{
	return !strncmp(st->error, "manifest-", 9);
}

enum site_verdict bb_verdict(const struct site_bb *b, char why[SITE_WHY_SIZE])
{
	const struct bbum_status *st = &b->status;
	const bool checks = st->syntax_ok && st->integrity_ok && st->identity_ok && st->authenticity_ok;
	char text[SITE_WHY_SIZE] = "";

	if (!b->want_hash[0])
		snprintf(text, sizeof text,
			 "%.63s has no Manifest in the active Vehicle Configuration (missing BB Manifest)",
			 b->name);
	else if (!bb_in(b, BBUM_NORMAL) || (!b->advised && !manifest_error(st)))
		return SITE_UNHEARD;
	else if (!checks)
		snprintf(text, sizeof text, "%.63s does not accept its Manifest: %s%s%s%swrong%s%s", b->name,
			 st->syntax_ok ? "" : "syntax ", st->integrity_ok ? "" : "integrity ",
			 st->identity_ok ? "" : "identity ", st->authenticity_ok ? "" : "authenticity ",
			 st->error[0] ? ", " : "", st->error);
	else if (bb_runs_wanted(b))
		return SITE_CONFORMS; /* what runs decides, not what was recommended before */
	else if (st->error[0])
		snprintf(text, sizeof text, "%.63s reports the error %s", b->name, st->error);
	else if (st->recommends == 1)
		return SITE_WANTS;
	else
		snprintf(text, sizeof text,
			 "%.63s recommends no update, but does not run what its Manifest says", b->name);
	if (why)
		snprintf(why, SITE_WHY_SIZE, "%s", text);
	return SITE_BAD;
}

enum site_verdict site_advice(const struct site *s, char why[SITE_WHY_SIZE])
{
	enum site_verdict all = SITE_CONFORMS;
	bool bad = false;

	for (int i = 0; i < s->nbbs; i++)
		switch (bb_verdict(&s->bb[i], bad ? NULL : why)) {
		case SITE_UNHEARD:
			return SITE_UNHEARD;
		case SITE_BAD:
			bad = true;
			break;
		case SITE_WANTS:
			all = SITE_WANTS;
			break;
		case SITE_CONFORMS:
			break;
		}
	return bad ? SITE_BAD : all;
}

bool site_all(const struct site *s, enum bbum_state state)
{
	for (int i = 0; i < s->nbbs; i++)
		if (!bb_in(&s->bb[i], state))
			return false;
	return true;
}

bool site_any(const struct site *s, enum bbum_state state)
{
	for (int i = 0; i < s->nbbs; i++)
		if (bb_in(&s->bb[i], state))
			return true;
	return false;
}

bool site_pending(const struct site *s, enum bbum_command c)
{
	for (int i = 0; i < s->nbbs; i++)
		if (s->bb[i].command == c)
			return true;
	return false;
}

bool site_may_package(const struct site *s, int bb, bool *ret_gone)
{
	*ret_gone = false;
	if (bb < 0 || bb >= s->nbbs || s->state == SITE_STOPPED || s->state == SITE_ERROR ||
	    s->state == SITE_NO)
		return false;
	if (s->state == SITE_ENTRY && s->wait == SITE_AWAIT_SYNC && !s->sync_update) {
		*ret_gone = true; /* everybody goes to NO: whoever is in U ends there */
		return false;
	}
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (b->wave < s->bb[bb].wave && bb_through(s, b) && bb_outcome(s, b) == SITE_FAILED)
			*ret_gone = true;
	}
	return s->bb[bb].wave <= s->wave && !*ret_gone;
}

int site_progress(const struct site *s)
{
	int64_t sum = 0;

	if (!s->updating || s->nbbs == 0)
		return -1;
	for (int i = 0; i < s->nbbs; i++) {
		const struct site_bb *b = &s->bb[i];

		if (bb_through(s, b))
			sum += 100;
		else if (bb_in(b, BBUM_UPDATE) && b->status.progress > 0)
			sum += b->status.progress < 99 ? b->status.progress : 99;
	}
	return (int)(sum / s->nbbs);
}
