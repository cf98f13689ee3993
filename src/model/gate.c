/* SPDX-License-Identifier: Apache-2.0 */
#include "model/gate.h"

#include <inttypes.h>
#include <stdio.h>

const char *const gate_text[GATES + 1] = { "open",
					   "quarantine",
					   "not-now:offline",
					   "not-now:window",
					   "not-now:transaction",
					   "not-now:reservation",
					   "not-now:area",
					   NULL };

static int64_t utc(void *zone, int64_t ms)
{
	(void)zone;
	(void)ms;
	return 0;
}

#define SHUT(why, ...)                                                                                       \
	do {                                                                                                 \
		a.gate = (why);                                                                              \
		snprintf(a.text, sizeof a.text, __VA_ARGS__);                                                \
		*ret = a;                                                                                    \
		return;                                                                                      \
	} while (0)

void gate_judge(const struct gate_ask *ask, struct gate_answer *ret)
{
	struct gate_answer a = { .opens_at = -1 };
	int64_t until = -1;
	bool open =
	    !ask->windows || windows_open(ask->windows, ask->tz ? ask->tz : utc, ask->zone, ask->now, &until);

	if (*ask->quarantine)
		SHUT(GATE_QUARANTINE, "It is in quarantine until somebody releases it: %.240s",
		     ask->quarantine);
	if (!ask->connected)
		SHUT(GATE_OFFLINE, "It is not connected.");
	a.opens_at = until;
	if (!open)
		SHUT(GATE_WINDOW, "It may be touched in its windows only, and none is open now.");
	a.opens_at = -1;
	if (ask->transactions > 0)
		SHUT(GATE_TRANSACTION, "A vehicle is charging there (%" PRId64 " transaction%s).",
		     ask->transactions, ask->transactions == 1 ? "" : "s");
	if (ask->reservations > 0)
		SHUT(GATE_RESERVATION, "It is reserved (%" PRId64 " reservation%s).", ask->reservations,
		     ask->reservations == 1 ? "" : "s");
	if (*ask->area && ask->area_room == 0)
		SHUT(GATE_AREA, "As many stations of its area '%.64s' as may be are under way now.",
		     ask->area);
	a.opens_at = until;
	snprintf(a.text, sizeof a.text, "It can be updated now.");
	*ret = a;
}
