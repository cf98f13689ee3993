/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of OCPP messages share. */
#ifndef FIRPATH_OCPP_KIT_H
#define FIRPATH_OCPP_KIT_H

#include "base/mem.h"
#include "base/parse.h"
#include "testing.h"
#include "wire/ocpp.h"

#define NOW INT64_C(1763710200000) /* 2025-11-21T07:30:00Z */

/* Reads one message; the reply of an unreadable one is in reply. */
static inline int reads(enum ocpp_version v, const char *text, struct ocpp_frame *f, struct str *reply,
			struct err *e)
{
	return ocpp_read(v, text, strlen(text), f, reply, e);
}

#define READ(v, text)                                                                                        \
	STR(reply, 4096);                                                                                    \
	OWN(ocpp_frame_done) struct ocpp_frame f = { 0 };                                                    \
	struct err e;                                                                                        \
	ck_ok(reads(v, text, &f, &reply, &e))

static inline struct json *parsed(const char *text)
{
	struct json *j = NULL;
	struct err e;

	ck_ok(json_parse(text, strlen(text), &j, &e));
	return j;
}

#endif
