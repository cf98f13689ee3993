/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a site may be touched: windows in its local time ("mo-fr 01:00-05:00, sa-su 00:00-06:00"; a window may
 * pass midnight; "" = always). Local time is given by a function, so that this stays pure (base/tz.h is the
 * real one). On the day a clock goes forward a wall time that does not exist counts as the moment the clock
 * jumped; on the day it goes back a wall time that exists twice is in the window both times. Times UTC ms.
 */
#ifndef FIRPATH_MODEL_WINDOW_H
#define FIRPATH_MODEL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define WINDOWS_MAX 14
struct windows {
	int n; /* 0 = always */
	struct {
		uint8_t days;        /* bit 0 = Monday; the day on which it begins */
		int16_t from, until; /* minutes of the local day; until <= from: ends on the next day */
	} v[WINDOWS_MAX];
};
/* Milliseconds that local time is ahead of UTC at this moment. */
typedef int64_t (*tz_offset_fn)(void *tz, int64_t utc_ms);

int windows_parse(const char *text, struct windows *ret,
		  struct err *e) MUST_USE; /* ERR_INVALID names the place */
/* Open at this moment? *ret_until: when it closes (UTC ms, -1 = never); closed: when it opens next. */
bool windows_open(const struct windows *w, tz_offset_fn tz, void *zone, int64_t now, int64_t *ret_until);

#endif
