/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "wire/ws_frame.h"

#define CONTROL_MAX 125
#define PACKED_SLACK 1024 /* deflate may lengthen what cannot be packed */
#define KEEP_MAX (16 * KIB)

struct ws_reader {
	wslay_frame_context_ptr wslay; /* owned */
	const unsigned char *in;       /* borrowed: fed, not yet taken by libwslay */
	size_t left;
	uint64_t fed, framed; /* bytes that libwslay took; bytes of whole frames among them */

	bool within;         /* a frame has begun: its head was seen */
	bool open;           /* a message has begun */
	bool packed;         /* the message is compressed */
	uint64_t frame_left; /* payload bytes to come */

	struct str text; /* the message so far; ceiling message_max + PACKED_SLACK */
	size_t max;      /* message_max */
	char control[CONTROL_MAX + 1];
	size_t ncontrol;
};

static ssize_t take(uint8_t *buf, size_t len, int flags, void *user)
{
	struct ws_reader *r = user;
	size_t n = len < r->left ? len : r->left;

	(void)flags;
	if (!n)
		return -1; /* libwslay then says WANT_READ */
	memcpy(buf, r->in, n);
	r->in += n;
	r->left -= n;
	r->fed += n;
	return (ssize_t)n;
}

static const struct wslay_frame_callbacks calls = { .recv_callback = take };

struct ws_reader *ws_reader_new(size_t message_max)
{
	struct ws_reader *r = mem_zalloc(sizeof *r);

	if (wslay_frame_context_init(&r->wslay, &calls, r))
		abort(); /* out of memory ends the process, as in base/mem.h */
	str_init(&r->text, message_max + PACKED_SLACK);
	r->max = message_max;
	return r;
}

void ws_reader_free(struct ws_reader *r)
{
	if (!r)
		return;
	wslay_frame_context_free(r->wslay);
	str_done(&r->text);
	free(r);
}

void ws_reader_feed(struct ws_reader *r, const void *p, size_t n)
{
	r->in = p;
	r->left = n;
}

bool ws_reader_idle(const struct ws_reader *r)
{
	return r->fed == r->framed && !r->open && !r->within && !r->left;
}

static enum ws_got_kind bad(struct ws_got *got, int code, const char *why)
{
	got->code = code;
	got->why = why;
	return WS_GOT_BAD;
}

/* The head of a frame against the rules and what came before. NOTHING: it may go on. */
static enum ws_got_kind begin_frame(struct ws_reader *r, const struct wslay_frame_iocb *io, bool zip,
				    struct ws_got *got)
{
	bool first = io->opcode == WSLAY_TEXT_FRAME || io->opcode == WSLAY_BINARY_FRAME;
	size_t room;

	if (!io->mask)
		return bad(got, 1002, "a frame of a client is not masked");
	if (io->rsv & (WSLAY_RSV2_BIT | WSLAY_RSV3_BIT))
		return bad(got, 1002, "a reserved bit is set");
	if (io->rsv && (!zip || !first))
		return bad(got, 1002, "a frame says compressed where it cannot be");
	if ((io->opcode & 7) > WSLAY_BINARY_FRAME)
		return bad(got, 1002, "a reserved opcode");
	r->frame_left = io->payload_length;
	r->within = true;
	if (wslay_is_ctrl_frame(io->opcode)) {
		r->ncontrol = 0;
		return WS_GOT_NOTHING;
	}
	if (io->opcode == WSLAY_BINARY_FRAME)
		return bad(got, 1003, "binary messages are not taken");
	if (first == r->open)
		return bad(got, 1002, first ? "a message begins within another" : "a fragment of no message");
	if (first) {
		r->open = true;
		r->packed = io->rsv != 0;
	}
	room = r->max + (r->packed ? PACKED_SLACK : 0) - r->text.len;
	if (io->payload_length > room)
		return bad(got, 1009, "the message is too large");
	return WS_GOT_NOTHING;
}

static enum ws_got_kind end_message(struct ws_reader *r, struct ws_zip *zip, struct ws_got *got)
{
	enum ws_zip_result rc;

	got->p = str_c(&r->text);
	got->len = r->text.len;
	r->open = false;
	if (r->packed) {
		rc = ws_zip_expand(zip, got->p, got->len, &got->p, &got->len);
		if (rc == WS_ZIP_LARGE)
			return bad(got, 1009, "the message is too large");
		if (rc != WS_ZIP_OK)
			return bad(got, 1007, "the message cannot be decompressed");
	}
	if (!parse_utf8_ok(got->p, got->len))
		return bad(got, 1007, "the message is not UTF-8");
	return WS_GOT_TEXT;
}

static enum ws_got_kind end_control(struct ws_reader *r, int opcode, struct ws_got *got)
{
	const unsigned char *c = (const unsigned char *)r->control;

	r->control[r->ncontrol] = '\0';
	got->p = r->control;
	got->len = r->ncontrol;
	if (opcode != WSLAY_CONNECTION_CLOSE)
		return opcode == WSLAY_PING ? WS_GOT_PING : WS_GOT_PONG;
	got->code = 1005;
	if (r->ncontrol == 0)
		return WS_GOT_CLOSE;
	got->code = r->ncontrol < 2 ? 0 : c[0] << 8 | c[1];
	if (!ws_code_ok(got->code))
		return bad(got, 1002, "a close code that may not be sent");
	got->p += 2;
	got->len -= 2;
	if (!parse_utf8_ok(got->p, got->len))
		return bad(got, 1007, "the reason of a close frame is not UTF-8");
	return WS_GOT_CLOSE;
}

enum ws_got_kind ws_reader_next(struct ws_reader *r, struct ws_zip *zip, struct ws_got *got)
{
	struct wslay_frame_iocb io;
	enum ws_got_kind kind;
	ssize_t n;

	memset(got, 0, sizeof *got);
	if (!r->open && r->text.cap > KEEP_MAX)
		str_done(&r->text);
	else if (!r->open)
		str_clear(&r->text);
	for (;;) {
		n = wslay_frame_recv(r->wslay, &io);
		if (n == WSLAY_ERR_WANT_READ)
			return WS_GOT_NOTHING;
		if (n < 0)
			return bad(got, 1002, "a frame is not well formed");
		if (!r->within) {
			kind = begin_frame(r, &io, zip != NULL, got);
			if (kind != WS_GOT_NOTHING)
				return kind;
		}
		if (!wslay_is_ctrl_frame(io.opcode)) {
			str_addn(&r->text, io.data, io.data_length);
		} else {
			memcpy(r->control + r->ncontrol, io.data, io.data_length); /* libwslay: at most 125 */
			r->ncontrol += io.data_length;
		}
		r->frame_left -= io.data_length;
		if (r->frame_left)
			continue;
		r->within = false;
		r->framed += io.payload_length + 6u;
		if (io.payload_length > CONTROL_MAX)
			r->framed += io.payload_length > UINT16_MAX ? 8 : 2;
		if (wslay_is_ctrl_frame(io.opcode))
			return end_control(r, io.opcode, got);
		if (io.fin)
			return end_message(r, zip, got);
	}
}

bool ws_code_ok(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

size_t ws_frame_head(unsigned char *buf, int op, bool compressed, uint64_t n)
{
	size_t len = 2;

	buf[0] = (unsigned char)(0x80 | (compressed ? 0x40 : 0) | op);
	if (n <= CONTROL_MAX) {
		buf[1] = (unsigned char)n;
		return len;
	}
	buf[1] = n <= UINT16_MAX ? 126 : 127;
	len += n <= UINT16_MAX ? 2 : 8;
	for (size_t i = len - 1; i >= 2; i--, n >>= 8)
		buf[i] = (unsigned char)n;
	return len;
}
