/* SPDX-License-Identifier: Apache-2.0 */
/* Output of connections: written at once where the socket takes it, else kept and written when it does. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "wire/ws_p.h"

void conn_poll(struct ws_loop *l, struct ws_conn *c, bool out)
{
	struct epoll_event ev = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.u64 = c->id };

	if (c->wants_out == out)
		return;
	c->wants_out = out;
	if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev))
		conn_break(l, c, 1006);
}

void conn_out_free(struct ws_conn *c)
{
	if (c->out)
		free(c->out->p);
	free(MOVE(c->out));
	atomic_store_explicit(&c->unsent, 0, memory_order_relaxed);
}

static ssize_t write_some(struct ws_conn *c, const void *p, size_t n)
{
	return c->tls ? ws_secure_write(c->tls, p, n) : send(c->fd, p, n, MSG_NOSIGNAL);
}

/* false: that would be more than a connection may have. */
static bool keep(struct ws_conn *c, const unsigned char *p, size_t n)
{
	struct ws_out *o = c->out;
	size_t have = o ? o->len - o->off : 0;

	if (have + n > WS_OUT_MAX)
		return false;
	if (!o)
		o = c->out = mem_zalloc(sizeof *o);
	if (o->cap - o->len < n && o->off) {
		memmove(o->p, o->p + o->off, have);
		o->off = 0;
		o->len = have;
	}
	if (o->cap - o->len < n) {
		o->cap = have + n < 2 * o->cap ? 2 * o->cap : have + n;
		o->p = mem_realloc(o->p, o->cap, 1);
	}
	memcpy(o->p + o->len, p, n);
	o->len += n;
	atomic_store_explicit(&c->unsent, (uint32_t)(have + n), memory_order_relaxed);
	return true;
}

void conn_write(struct ws_loop *l, struct ws_conn *c, const void *p, size_t n)
{
	const unsigned char *at = p;
	ssize_t rc;

	if (c->broken)
		return;
	while (n && !c->out) {
		rc = write_some(c, at, n);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0 && (rc == 0 || (errno != EAGAIN))) {
			conn_break(l, c, 1006);
			return;
		}
		if (rc < 0)
			break;
		at += rc;
		n -= (size_t)rc;
	}
	if (!n)
		return;
	if (!c->out)
		c->wrote = l->now;
	if (!keep(c, at, n)) {
		conn_break(l, c, 1013);
		return;
	}
	conn_poll(l, c, true);
	loop_arm(l, c);
}

void conn_flush(struct ws_loop *l, struct ws_conn *c)
{
	struct ws_out *o = c->out;
	ssize_t rc;

	while (o && o->off < o->len) {
		rc = write_some(c, o->p + o->off, o->len - o->off);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc < 0 && (errno == EAGAIN))
			return;
		if (rc <= 0) {
			conn_break(l, c, 1006);
			return;
		}
		o->off += (size_t)rc;
		c->wrote = l->now;
		atomic_store_explicit(&c->unsent, (uint32_t)(o->len - o->off), memory_order_relaxed);
	}
	conn_out_free(c);
	conn_poll(l, c, false);
}

bool conn_frame(struct ws_loop *l, struct ws_conn *c, int op, bool packed, const void *p, size_t n)
{
	unsigned char *frame = l->frame, *big = NULL;
	size_t head;

	if (n + WS_FRAME_HEAD_MAX > WS_IN_SIZE)
		frame = big = mem_alloc(n + WS_FRAME_HEAD_MAX);
	head = ws_frame_head(frame, op, packed, n);
	if (n)
		memcpy(frame + head, p, n);
	TALLY(l, out_bytes, (int64_t)(head + n));
	conn_write(l, c, frame, head + n);
	free(big);
	return !c->broken;
}
