/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of RFC 6455 as a client makes and reads them, and permessage-deflate (RFC 7692) with one pair of
 * zlib streams for all. */
#include "sim.h"

#include <zlib.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static z_stream *inflater(struct sim *s)
{
	if (!s->inflate) {
		s->inflate = mem_zalloc(sizeof(z_stream));
		if (inflateInit2((z_stream *)s->inflate, -15) != Z_OK)
			abort();
	}
	inflateReset(s->inflate);
	return s->inflate;
}

static z_stream *deflater(struct sim *s)
{
	if (!s->compress) {
		s->compress = mem_zalloc(sizeof(z_stream));
		if (deflateInit2((z_stream *)s->compress, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8,
				 Z_DEFAULT_STRATEGY) != Z_OK)
			abort();
	}
	deflateReset(s->compress);
	return s->compress;
}

static bool unpack(struct sim *s, const struct str *in, struct str *out)
{
	static const unsigned char tail[4] = { 0, 0, 0xff, 0xff };
	z_stream *z = inflater(s);
	unsigned char buf[16384];

	for (int part = 0; part < 2; part++) {
		z->next_in = part ? (unsigned char *)tail : (unsigned char *)in->p;
		z->avail_in = part ? 4 : (unsigned)in->len;
		do {
			int done;

			z->next_out = buf;
			z->avail_out = sizeof buf;
			done = inflate(z, Z_SYNC_FLUSH);
			if (done != Z_OK && done != Z_BUF_ERROR && done != Z_STREAM_END)
				return false;
			str_addn(out, buf, sizeof buf - z->avail_out);
		} while (!z->avail_out && !out->over);
	}
	return !out->over;
}

static void pack(struct sim *s, const void *p, size_t n, struct str *out)
{
	z_stream *z = deflater(s);
	unsigned char buf[16384];

	z->next_in = (unsigned char *)p;
	z->avail_in = (unsigned)n;
	do {
		z->next_out = buf;
		z->avail_out = sizeof buf;
		deflate(z, Z_SYNC_FLUSH);
		str_addn(out, buf, sizeof buf - z->avail_out);
	} while (!z->avail_out);
	out->len -= 4; /* 00 00 ff ff is not sent */
}

void frame_send(struct sim *s, struct station *st, int opcode, const void *p, size_t n)
{
	STR(packed, TEXT_MAX);
	unsigned char head[14], mask[4];
	bool deflated = st->deflate && opcode == TEXT && n >= 64;
	size_t at = 2;
	char *room;

	if (st->stage != S_OPEN)
		return;
	if (opcode == TEXT) {
		s->messages_out++;
		trace(s, st, "out", p, n);
	}
	if (deflated) {
		pack(s, p, n, &packed);
		p = packed.p;
		n = packed.len;
	}
	s->rnd.fill(&s->rnd, mask, sizeof mask);
	head[0] = (unsigned char)(0x80 | (deflated ? 0x40 : 0) | opcode);
	if (n < 126) {
		head[1] = (unsigned char)(0x80 | n);
	} else if (n < 65536) {
		head[1] = 0x80 | 126;
		head[at++] = (unsigned char)(n >> 8);
		head[at++] = (unsigned char)n;
	} else {
		head[1] = 0x80 | 127;
		for (int i = 7; i >= 0; i--)
			head[at++] = (unsigned char)((uint64_t)n >> 8 * i);
	}
	memcpy(head + at, mask, 4);
	str_addn(&st->out, head, at + 4);
	room = str_room(&st->out, n);
	if (!room) {
		net_drop(s, st, "output is full", 1000);
		return;
	}
	for (size_t i = 0; i < n; i++)
		room[i] = (char)(((const unsigned char *)p)[i] ^ mask[i % 4]);
	str_room_end(&st->out, room + n);
	net_flush(s, st);
}

struct frame {
	bool fin, rsv1;
	int opcode;
	size_t head, len;
};

/* 1: a whole frame; 0: not yet; -1: nothing that a server may send. */
static int frame_read(const struct str *in, struct frame *f)
{
	const unsigned char *p = (const unsigned char *)in->p;
	uint64_t len;

	if (in->len < 2)
		return 0;
	f->fin = p[0] & 0x80;
	f->rsv1 = p[0] & 0x40;
	f->opcode = p[0] & 15;
	if (p[0] & 0x30 || p[1] & 0x80) /* other extensions; masked */
		return -1;
	len = p[1] & 127;
	f->head = 2;
	if (len >= 126) {
		size_t more = len == 126 ? 2 : 8;

		if (in->len < 2 + more)
			return 0;
		len = 0;
		for (size_t i = 0; i < more; i++)
			len = len << 8 | p[2 + i];
		f->head += more;
	}
	if (len > TEXT_MAX || (f->opcode >= 8 && (len > 125 || !f->fin)))
		return -1;
	f->len = (size_t)len;
	return in->len >= f->head + f->len;
}

static bool message_end(struct sim *s, struct station *st)
{
	STR(whole, TEXT_MAX);
	struct str text = st->message;
	bool ok = true;

	st->in_message = false;
	str_init(&st->message, TEXT_MAX);
	s->messages_in++;
	if (st->part_deflated) {
		if (!unpack(s, &text, &whole)) {
			violation(s, st, "what cannot be inflated");
			ok = false;
		}
	}
	if (ok) {
		const struct str *t = st->part_deflated ? &whole : &text;

		trace(s, st, "in", str_c(t), t->len);
		text_in(s, st, str_c(t), t->len);
	}
	str_done(&text);
	return st->stage == S_OPEN;
}

static bool control_frame(struct sim *s, struct station *st, const struct frame *f)
{
	const unsigned char *p = (const unsigned char *)st->in.p + f->head;

	if (f->opcode == PING) {
		frame_send(s, st, PONG, p, f->len);
	} else if (f->opcode == CLOSE) {
		int code = f->len >= 2 ? p[0] << 8 | p[1] : 1005;
		char why[60];

		snprintf(why, sizeof why, "close %d", code);
		frame_send(s, st, CLOSE, p, f->len >= 2 ? 2 : 0);
		if (st->stage == S_OPEN)
			net_drop(s, st, why, st->held ? -1 : 500 + (int64_t)rnd_below(&s->rnd, 1500));
		return false;
	} else if (f->opcode != PONG) {
		violation(s, st, "an opcode that does not exist");
	}
	return st->stage == S_OPEN;
}

bool frames_take(struct sim *s, struct station *st)
{
	struct frame f;
	int got = 0;
	uint32_t epoch = st->epoch;

	while (st->stage == S_OPEN && (got = frame_read(&st->in, &f)) > 0) {
		if (f.opcode < 8) {
			if ((f.opcode == 0) != st->in_message || f.opcode == BINARY ||
			    (f.rsv1 && (!st->deflate || !f.opcode)))
				break;
			if (f.opcode) {
				st->in_message = true;
				st->part_deflated = f.rsv1;
			}
			str_addn(&st->message, st->in.p + f.head, f.len);
		} else if (!control_frame(s, st, &f)) {
			return false;
		}
		memmove(st->in.p, st->in.p + f.head + f.len, st->in.len - f.head - f.len);
		st->in.len -= f.head + f.len;
		st->in.p[st->in.len] = '\0';
		if (f.opcode < 8 && f.fin && (!message_end(s, st) || st->epoch != epoch))
			return false;
		got = 0;
	}
	if (got) {
		violation(s, st, "a frame that no server may send");
		net_drop(s, st, "bad frame", 1000);
		return false;
	}
	return true;
}
