/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks whose door keeps the time (ADAPTER_KEEPS_TIME: charging stations). A download may wait for days until
 * a driver has charged, so the runner arms no timer for what the station does. What it does time is the door
 * itself: a request that nobody answers is no failure of the station, the walk goes back into the queue.
 */
#include <string.h>

#include "orch/runner_priv.h"

#define NOT_NOW "not-now:"

bool walk_keeps_time(const struct walk *w)
{
	const struct adapter *a = adapter_find(w->adapter);

	return a && a->can & ADAPTER_KEEPS_TIME;
}

bool says_not_now(const struct walk *w, const struct bbum_status *s)
{
	return s && walk_keeps_time(w) && !strncmp(s->reason, NOT_NOW, sizeof NOT_NOW - 1);
}

void status_word(const char *text, char buf[CYCLE_REASON_SIZE])
{
	size_t n = strcspn(text, " ");

	if (n >= CYCLE_REASON_SIZE)
		n = CYCLE_REASON_SIZE - 1;
	memcpy(buf, text, n);
	buf[n] = 0;
}

/* What may end otherwise the next time: the way to the image, a station that was busy or silent, or that lost
 * its power and with it the job. */
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
