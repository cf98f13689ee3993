/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a station be touched now, and if not: why, and when? One pure rule for who asks the station (the door),
 * who decides whose turn it is, and who shows it to people. The first thing that bars counts, in the order of
 * the enum: what nobody but a person can end comes first, then what the place says, then what the station
 * does.
 */
#ifndef FIRPATH_MODEL_GATE_H
#define FIRPATH_MODEL_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/window.h"

enum gate {
	GATE_OPEN,
	GATE_QUARANTINE, /* "quarantine" */
	GATE_OFFLINE,    /* "not-now:offline" */
	GATE_WINDOW,     /* "not-now:window" */
	GATE_TRANSACTION,
	GATE_RESERVATION,
	GATE_AREA, /* enough of its area are under way */
	GATES
};
extern const char *const gate_text[GATES + 1]; /* "open", "quarantine", "not-now:offline", ...; NULL ends */

struct gate_ask {
	const char *quarantine; /* "" = none; borrowed until the answer is used */
	bool connected;
	const struct windows *windows; /* NULL = always */
	tz_offset_fn tz;               /* NULL = UTC */
	void *zone;
	int64_t transactions, reservations; /* open ones */
	const char *area;                   /* "" = none */
	int64_t area_room;                  /* how many more of its area may begin; negative = no limit */
	int64_t now;                        /* UTC ms */
};
struct gate_answer {
	enum gate gate;
	int64_t
	    opens_at;   /* UTC ms when it opens by itself, -1 = not known; open: when it closes, -1 = never */
	char text[320]; /* a sentence for people */
};
void gate_judge(const struct gate_ask *ask, struct gate_answer *ret);

#endif
