/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a site may be touched: windows in its local time.
 *
 *	windows = window {(",") window}                 "mo-fr 01:00-05:00, sa-su 00:00-06:00"; "" = always
 *	window  = [day ["-" day]] hh:mm "-" hh:mm       no day: every day; "sa-mo" passes the week's end
 *
 * The end is not in the window; an end not after its beginning is on the next day ("22:00-04:00";
 * "00:00-24:00" and "00:00-00:00" are the whole day). The day is that on which the window begins.
 *
 * It is open at a moment when the local clock then shows a time in the window. So on the day a clock goes
 * forward a wall time that does not exist counts as the moment the clock jumped; on the day it goes back a
 * wall time that exists twice is in the window both times. Local time is given by a function, so that this
 * stays pure (base/tz.h is the real one). Times UTC ms.
 */
#ifndef FIRPATH_MODEL_WINDOW_H
#define FIRPATH_MODEL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define WINDOWS_MAX 14
#define WINDOWS_TEXT_MAX 512
struct windows {
	int n; /* 0 = always */
	struct {
		uint8_t days;        /* bit 0 = Monday; the day on which it begins */
		int16_t from, until; /* minutes of the local day; until <= from: ends on the next day */
	} v[WINDOWS_MAX];
};
/* Milliseconds that local time is ahead of UTC at this moment. */
typedef int64_t (*tz_offset_fn)(void *tz, int64_t utc_ms);

/* ERR_INVALID names the place (err.col). */
int windows_parse(const char *text, struct windows *ret, struct err *e) MUST_USE;
/* Open at this moment? *ret_until: when it closes; closed: when it opens next (UTC ms; -1 = not within a
 * year). */
bool windows_open(const struct windows *w, tz_offset_fn tz, void *zone, int64_t now, int64_t *ret_until);

#endif
