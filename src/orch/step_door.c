/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks whose door keeps the time (ADAPTER_KEEPS_TIME: charging stations, meters). A download may wait for
 * days until a driver has charged or the DCC has delivered, so the runner arms no timer for what the device
 * does. What it does time is the door itself: a request that nobody answers is no failure of the device, the
 * walk goes back into the queue.
 */
#include <string.h>

#include "model/han.h"
#include "model/meter_job.h"
#include "orch/runner_priv.h"

#define NOT_NOW "not-now:"

static bool can(const struct walk *w, enum adapter_can what)
{
	const struct adapter *a = adapter_find(w->adapter);

	return a && a->can & what;
}

bool walk_keeps_time(const struct walk *w)
{
	return can(w, ADAPTER_KEEPS_TIME);
}

bool walk_has_parts(const struct walk *w)
{
	return can(w, ADAPTER_HAS_PARTS);
}

bool walk_in_han(const struct walk *w)
{
	return can(w, ADAPTER_HAS_HAN);
}

/* The gate of a home area network shut between the claim and the request, whatever it is for: back to the
 * queue, where the claim decides by the same gate. */
static bool says_gate(const char *reason)
{
	char word[CYCLE_REASON_SIZE];

	status_word(reason, word);
	for (int g = HAN_OPEN + 1; g < HAN_GATES; g++)
		if (!strcmp(word, han_gate_text[g]))
			return true;
	return false;
}

bool says_not_now(const struct walk *w, const struct bbum_status *s)
{
	if (!s || !walk_keeps_time(w))
		return false;
	return !strncmp(s->reason, NOT_NOW, sizeof NOT_NOW - 1) || (walk_in_han(w) && says_gate(s->reason));
}

bool says_lost(const struct walk *w, const struct bbum_status *s)
{
	char word[CYCLE_REASON_SIZE];

	if (!s || !walk_in_han(w))
		return false;
	status_word(s->error[0] ? s->error : s->reason, word);
	return !strcmp(word, han_gate_text[HAN_AUTHORITY]);
}

void status_word(const char *text, char buf[CYCLE_REASON_SIZE])
{
	size_t n = strcspn(text, " ");

	if (n >= CYCLE_REASON_SIZE)
		n = CYCLE_REASON_SIZE - 1;
	memcpy(buf, text, n);
	buf[n] = 0;
}

/* What may end otherwise the next time, of a station: the way to the image, a station that was busy or
 * silent, or that lost its power and with it the job. */
bool says_final(const struct walk *w, const struct bbum_status *s)
{
	static const char *const again[] = { "download-failed",
					     "not-doing-it",
					     "silent",
					     "canceled",
					     "rejected:TxInProgress",
					     "rejected:OutOfStorage",
					     "rejected:FwUpdateInProgress",
					     "rejected:InternalError" };

	if (!s || !walk_keeps_time(w) || !s->error[0])
		return false;
	if (walk_in_han(w))
		return meter_reason_final(s->error);
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		if (!strcmp(s->error, again[i]))
			return false;
	return true;
}

int64_t walk_timer_ms(const struct runner_settings *set, const struct walk *w, enum cm_state s)
{
	enum cm_timer t = cm_timer(s);

	return t != CM_TIMER_ACCEPT && walk_keeps_time(w) ? -1 : timer_ms(set, t);
}

/* The longer it waits, the less often it is asked; a little chance keeps stations from asking in step. */
int64_t not_now_wait_ms(struct batch *b, const struct walk *w)
{
	int64_t ms = w->started_at < 0 ? 0 : (b->now - w->started_at) / 4;

	if (ms < b->r->init.set.retry_wait)
		ms = b->r->init.set.retry_wait;
	if (ms > NOT_NOW_WAIT_MAX_MS)
		ms = NOT_NOW_WAIT_MAX_MS;
	return ms - (int64_t)rnd_below(&b->r->init.rnd, (uint64_t)ms / 10 + 1);
}
