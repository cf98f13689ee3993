/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event log: one line per event on a file descriptor (stderr), "<N>" priority for the journal, then
 * ts=... event=name key=value... Values are quoted and escaped by the logger, so no caller can break a line.
 * Only doors and the orchestrator log; lower floors return errors. Event names are listed in doc/events.md.
 */
#ifndef FIRPATH_BASE_LOG_H
#define FIRPATH_BASE_LOG_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/own.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

struct log {
	int fd;
	_Atomic enum log_level level; /* lines above are dropped; may change while threads log (reload) */
	bool journal;                 /* write "<N>" prefixes */
	const struct clock *clock;    /* NULL: no ts= */
};

/* fields: NULL-terminated list of key, value, key, value...; a NULL value is left out. */
void log_event(const struct log *l, enum log_level level, const char *event, ...) __attribute__((sentinel));

#endif
