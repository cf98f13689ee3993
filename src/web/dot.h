/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs Graphviz `dot` as a child process that can hurt nobody (F12, T44): no shell, no inherited files, its
 * own process group, limits on CPU, memory, file size and processes, a wall clock, and a ceiling on what it
 * may write. Any thread may call it; how many run at once is the caller's business.
 */
#ifndef FIRPATH_WEB_DOT_H
#define FIRPATH_WEB_DOT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define DOT_PROGRAM "dot" /* looked for in DOT_PATH */
#define DOT_PATH "/usr/bin:/usr/local/bin:/bin"

struct dot_limits {
	const char *program; /* absolute path; NULL = DOT_PROGRAM from DOT_PATH */
	int64_t wall_ms;     /* from the start; the child is killed then */
	unsigned cpu_s;      /* RLIMIT_CPU */
	size_t memory;       /* RLIMIT_AS, bytes */
};
#define DOT_LIMITS ((struct dot_limits){ NULL, 2000, 2, 256u << 20 })

/* source in, SVG out (appended; the ceiling is out->max). ERR_PICTURE with the reason: no such program, too
 * slow, too large, failed. */
int dot_run(const struct dot_limits *l, const char *source, size_t n, struct str *out,
	    struct err *e) MUST_USE;

#endif
