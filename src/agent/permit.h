/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application that runs on the device and has the last word (OCORA-TWS15-060 annex, 4.1.2: the IEC
 * application with safety integrity): may the device stop for an update, may it restart? A plug: a real
 * device asks its own application, through whatever it has, behind these calls. The update manager asks once,
 * then looks again until it gets a yes or a no, and gives up by itself after its own limit (D7).
 */
#ifndef FIRPATH_AGENT_PERMIT_H
#define FIRPATH_AGENT_PERMIT_H

#include <stdint.h>

#include "base/err.h"

enum permit_what { PERMIT_UPDATE, PERMIT_RESTART };
enum permit_word { PERMIT_WAIT, PERMIT_YES, PERMIT_NO };

struct permit {
	/* Begin to ask; NULL = nothing to begin. */
	void (*ask)(void *ctx, enum permit_what what);
	/* What does it say now? *ret_why: a phrase for PERMIT_NO, borrowed. */
	enum permit_word (*look)(void *ctx, enum permit_what what, const char **ret_why);
	/* The question does not stand any more (cancelled, or the limit is over); NULL = nothing to do. */
	void (*withdraw)(void *ctx, enum permit_what what);
	void *ctx;
	int64_t limit_ms; /* how long to wait for a word */
};

/* "always", "deny", or "timeout:5s": an application that never answers, and a limit of 5 s. */
int permit_parse(const char *text, int64_t limit_ms, struct permit *ret, struct err *e) MUST_USE;

#endif
