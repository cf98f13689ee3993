/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of clients (RFC 6455 5) over libwslay, put together to whole messages; frames of the server are
 * written here too. A reader holds 4 KiB of libwslay and the message under way, so a connection that is
 * between two messages needs none: take one when bytes come, give it back when ws_reader_idle() says so. No
 * input or output.
 *
 * Closed with: 1002 not masked, reserved bits or opcodes, broken fragments or control frames, close codes
 * that may not be sent; 1003 binary; 1007 not UTF-8 (NUL counts as such); 1009 too large, told by the length
 * of a frame before its payload is kept.
 */
#ifndef FIRPATH_WIRE_WS_FRAME_H
#define FIRPATH_WIRE_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "wire/ws_deflate.h"

struct ws_reader;
enum ws_got_kind { WS_GOT_NOTHING, WS_GOT_TEXT, WS_GOT_PING, WS_GOT_PONG, WS_GOT_CLOSE, WS_GOT_BAD };
struct ws_got {
	const char *p; /* text, ping and pong payload, close reason; borrowed until the next call; text
			* and reason have a NUL behind */
	size_t len;
	int code;        /* CLOSE: of the frame, 1005 = none; BAD: to close with */
	const char *why; /* BAD: constant */
};

struct ws_reader *ws_reader_new(size_t message_max);
void ws_reader_free(struct ws_reader *r);
DEFINE_OWN(struct ws_reader, ws_reader_free)

/* The bytes that came; borrowed until ws_reader_next() said NOTHING. */
void ws_reader_feed(struct ws_reader *r, const void *p, size_t n);
/* The next thing in them. zip: NULL when permessage-deflate was not agreed. After CLOSE or BAD nothing more
 * may be asked of the reader. */
enum ws_got_kind ws_reader_next(struct ws_reader *r, struct ws_zip *zip, struct ws_got *got);
/* Exactly between two messages, nothing kept: it may serve another connection now. */
bool ws_reader_idle(const struct ws_reader *r);

#define WS_FRAME_HEAD_MAX 10
enum { WS_OP_TEXT = 1, WS_OP_CLOSE = 8, WS_OP_PING = 9, WS_OP_PONG = 10 };
/* The head of an unmasked, unfragmented frame of n payload bytes; returns its length. */
size_t ws_frame_head(unsigned char *buf, int op, bool compressed, uint64_t n);
/* May a close frame hold this code (RFC 6455 7.4)? */
bool ws_code_ok(int code);

#endif
