/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application that runs on the device and has the last word (OCORA-TWS15-060 annex, 4.1.2: the IEC
 * application with safety integrity): may the device stop for an update, may it restart, does it run, has it
 * entered the safe state? It is sent the versions of what was verified at the start (D45). A plug: a real
 * device asks its own application, through whatever it has, behind these calls.
 *
 *	always            it permits everything
 *	deny              it permits nothing
 *	timeout:5s        it never answers, and is waited for so long
 *	stopped           it does not run (D40)
 *	simulated         it permits updates when the service's `permit` says so (F15), restarts always
 *	command:PROGRAM   PROGRAM is run with the question as its argument
 *	http://127.0.0.1:PORT/   the question is the last part of the address
 *
 * The questions of the last two: status, permit-update, permit-restart, withdraw, versions; a JSON object
 * goes to standard input, or is posted. A program says 0 yes (status: runs), 1 no (status: stopped), 2 not
 * yet, 3 safe state (status only), and a phrase on its first line. Nothing here waits: the update manager
 *asks once, looks again until it gets a yes or a no, and gives up by itself after its own limit (D7).
 *
 * One for each process; with many devices only those without a memory of their own (IEC_OWN unset).
 */
#ifndef FIRPATH_AGENT_IEC_H
#define FIRPATH_AGENT_IEC_H

#include <stdint.h>

#include "base/err.h"
#include "wire/bbum_message.h"

enum permit_what { PERMIT_UPDATE, PERMIT_RESTART };
enum permit_word { PERMIT_WAIT, PERMIT_YES, PERMIT_NO };

struct iec_state {
	enum bbum_iec runs; /* D39 */
	bool safe;          /* it has entered, or forces, the safe state (D47) */
};

struct iec {
	/* Begin to ask; NULL = nothing to begin. */
	void (*ask)(void *ctx, enum permit_what what);
	/* What does it say now? *ret_why: a phrase for PERMIT_NO, borrowed until the next call. */
	enum permit_word (*look)(void *ctx, enum permit_what what, const char **ret_why);
	/* The question does not stand any more (cancelled, or the limit is over); NULL = nothing to do. */
	void (*withdraw)(void *ctx, enum permit_what what);
	/* What is known of it now; NULL = it runs. */
	struct iec_state (*state)(void *ctx);
	/* A JSON object with what was verified at the start; copied. NULL = nobody wants it. */
	void (*versions)(void *ctx, const char *json, size_t len);
	/* The word in the answer to a poll; NULL = not obeyed. */
	void (*hear)(void *ctx, enum bbum_permit word);
	/* Time passes; when it wants to be called again (monotonic ms). NULL = never. */
	int64_t (*tick)(void *ctx, int64_t now);
	void (*end)(void *ctx); /* NULL = nothing to free */
	void *ctx;
	int64_t limit_ms; /* how long to wait for a word */
	bool own;         /* it belongs to one device */
};

/* See above. name: of the device, for the questions; ctx is owned by *ret. ERR_USAGE says what there is. */
int iec_parse(const char *text, const char *name, int64_t limit_ms, struct iec *ret, struct err *e) MUST_USE;
void iec_done(struct iec *p);
DEFINE_OWN_VAL(struct iec, iec_done)

#endif
