/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application outside of this process, behind a program or an HTTP address. One call is under way at a
 * time, none is waited for; what is to be asked next is kept as a set, so a burst costs one call. A call that
 * takes longer than 5 s is ended and counts as not answered.
 */
#ifndef FIRPATH_AGENT_IEC_REMOTE_H
#define FIRPATH_AGENT_IEC_REMOTE_H

#include "agent/iec.h"
#include "base/str.h"

enum iec_ask { IEC_STATUS, IEC_PERMIT_UPDATE, IEC_PERMIT_RESTART, IEC_WITHDRAW, IEC_VERSIONS, IEC_ASKS };
extern const char *const iec_ask_text[IEC_ASKS + 1];

enum iec_word { IEC_YES, IEC_NO, IEC_NOT_YET, IEC_SAFE, IEC_NOTHING /* no answer that can be read */ };

#define IEC_WHY_MAX 96
/* How one call travels. */
struct iec_line {
	/* Begins a call; false: it could not. body is borrowed for the call's duration. */
	bool (*begin)(void *ctx, enum iec_ask ask, const char *body, size_t len);
	/* Is it over? Then *ret_word and why. Never waits. */
	bool (*over)(void *ctx, enum iec_word *ret_word, char why[IEC_WHY_MAX]);
	void (*drop)(void *ctx); /* ends the call under way */
	void (*end)(void *ctx);
	void *ctx;
};
/* A phrase of the application as it may be shown: control characters become blanks, cut at a whole character.
 * NULL gives "". */
void iec_phrase(const char *text, char ret[IEC_WHY_MAX]);
/* Takes the line over. */
void iec_remote(const struct iec_line *line, const char *name, struct iec *ret);

int iec_command(const char *program, const char *name, struct iec *ret, struct err *e) MUST_USE;
/* Loopback addresses only: what permits an update does not travel over a network. */
int iec_http(const char *address, const char *name, struct iec *ret, struct err *e) MUST_USE;

#endif
