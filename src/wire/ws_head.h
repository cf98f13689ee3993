/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP part of a WebSocket: reads a request head (RFC 9112, RFC 6455 4.2.1), settles permessage-deflate
 * (RFC 7692 7.1) and writes the answers. Pure: bytes in, bytes out; strict where two readers could differ (no
 * folded lines, no bare line ends, one Host, no body).
 */
#ifndef FIRPATH_WIRE_WS_HEAD_H
#define FIRPATH_WIRE_WS_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define WS_HEAD_MAX 8192
#define WS_OFFERS_MAX 16
#define WS_ACCEPT_TEXT 29 /* base64 of SHA-1, with the NUL */

struct ws_head {
	const char *path;                      /* raw, without query; points into the head, as all texts */
	const char *host;                      /* as sent */
	const char *origin;                    /* NULL = none */
	const char *offers[WS_OFFERS_MAX + 1]; /* subprotocols in the client's order, NULL behind */
	char accept[WS_ACCEPT_TEXT];           /* what Sec-WebSocket-Accept must say */
	const char *user;                      /* of Basic, NULL = no Authorization */
	const unsigned char *pass;             /* bytes behind the first colon */
	size_t pass_len;
	int deflate_bits;      /* window of our messages, 9-15; 0 = no permessage-deflate was agreed */
	bool deflate_say_bits; /* the answer must name the window */
};

/* Reads the head at the start of p[0..n). Returns its length with the blank line; 0: incomplete (then n <
 * WS_HEAD_MAX); -1: refused, *ret_status and *ret_why (a constant sentence) are what to answer. p is changed
 * (texts get their ends) when a whole head is there, and must live as long as ret. */
int ws_head_read(char *p, size_t n, bool deflate, struct ws_head *ret, int *ret_status, const char **ret_why);

/* The 101; protocol NULL = without Sec-WebSocket-Protocol. */
void ws_head_switch(struct str *out, const struct ws_head *h, const char *protocol);
/* A refusal with what its status needs (WWW-Authenticate, Allow, Sec-WebSocket-Version, Retry-After) and the
 * sentence as text; the connection ends behind it. */
void ws_head_refuse(struct str *out, int status, int retry_after, const char *why);

#endif
