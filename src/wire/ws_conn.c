/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a connection: handshakes, messages, and the ways it may end. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/ws_head.h"
#include "wire/ws_p.h"

#define CLOSE_WHY_MAX 123

struct ws_conn *conn_find(struct ws_loop *l, ws_id id)
{
	uint32_t slot = (uint32_t)(id & (WS_SLOTS_MAX - 1)) / (uint32_t)l->s->nloops;
	struct ws_conn *c;

	if (slot >= (uint32_t)l->nconns)
		return NULL;
	c = &l->conns[slot];
	return c->id == id && id ? c : NULL;
}

void conn_break(struct ws_loop *l, struct ws_conn *c, int code)
{
	if (c->broken)
		return;
	c->broken = true;
	if (!c->code)
		c->code = (uint16_t)code;
	vec_push(&l->broken, c->id);
}

/* Other threads may send from now on, or no more. */
static void set_sendable(struct ws_loop *l, struct ws_conn *c, bool on)
{
	if (c->sendable == on)
		return;
	pthread_mutex_lock(&l->lock);
	c->sendable = on;
	pthread_mutex_unlock(&l->lock);
}

static void shaken(struct ws_loop *l, struct ws_conn *c)
{
	if (c->shaking)
		atomic_fetch_sub(&l->s->shaking, 1);
	c->shaking = false;
}

static void uncount(struct ws_loop *l, struct ws_conn *c)
{
	shaken(l, c);
	if (!c->counted)
		return;
	c->counted = false;
	server_uncount(l->s, c->address);
}

static void tell_refused(struct ws_loop *l, struct ws_conn *c, int status, const char *why)
{
	const struct ws_handler *on = &l->s->init.on;
	char peer[64];

	TALLY(l, refused, 1);
	if (!on->refused)
		return;
	admit_text(c->fd, peer, sizeof peer);
	on->refused(on->ctx, c->listener, peer, status, why);
}

static void tell_closed(struct ws_loop *l, struct ws_conn *c, int code, const char *why)
{
	const struct ws_handler *on = &l->s->init.on;

	set_sendable(l, c, false);
	if (!c->told)
		return;
	c->told = false;
	TALLY(l, open, -1);
	TALLY(l, closed, 1);
	on->closed(on->ctx, c->id, c->user, code, why);
	c->user = NULL;
}

static void let_go(struct ws_conn *c)
{
	ws_reader_free(MOVE(c->reader));
	conn_out_free(c);
	if (c->head)
		str_done(c->head);
	free(MOVE(c->head));
	free(MOVE(c->why));
}

void conn_end(struct ws_loop *l, struct ws_conn *c, int code, const char *why)
{
	tell_closed(l, c, code, why);
	uncount(l, c);
	loop_disarm(l, c);
	let_go(c);
	if (c->tls && !c->broken)
		ws_secure_bye(c->tls);
	if (c->tls)
		ws_secure_free(MOVE(c->tls));
	close(c->fd);
	pthread_mutex_lock(&l->lock);
	c->id = 0;
	pthread_mutex_unlock(&l->lock);
	c->state = CONN_FREE;
	c->next = l->free_head;
	l->free_head = conn_slot(l, c);
	l->used--;
}

/* Everything is said: the rest of the output, then the end of ours; what still comes is thrown away, so that
 * the last bytes are not lost by a reset. */
static void linger(struct ws_loop *l, struct ws_conn *c, int code, const char *why)
{
	tell_closed(l, c, code, why);
	uncount(l, c);
	if (c->reader)
		ws_reader_free(MOVE(c->reader));
	c->state = CONN_LINGER;
	c->since = l->now;
	loop_arm(l, c);
	if (c->out || c->broken)
		return;
	if (c->tls)
		ws_secure_bye(c->tls);
	shutdown(c->fd, SHUT_WR);
}

static void close_frame(struct ws_loop *l, struct ws_conn *c, int code, const char *why, size_t len)
{
	unsigned char buf[2 + CLOSE_WHY_MAX] = { (unsigned char)(code >> 8), (unsigned char)code };

	if (len > CLOSE_WHY_MAX)
		for (len = CLOSE_WHY_MAX; len && ((unsigned char)why[len] & 0xc0) == 0x80;)
			len--; /* not within a character */
	memcpy(buf + 2, why, len);
	conn_frame(l, c, WS_OP_CLOSE, false, buf, code == 1005 ? 0 : 2 + len);
}

void conn_close(struct ws_loop *l, struct ws_conn *c, int code, const char *why)
{
	if (c->state != CONN_OPEN || c->broken)
		return;
	set_sendable(l, c, false);
	close_frame(l, c, code, why, strlen(why));
	c->state = CONN_CLOSING;
	c->since = l->now;
	c->code = (uint16_t)code;
	c->why = mem_strdup(why);
	loop_arm(l, c);
}

bool conn_text(struct ws_loop *l, struct ws_conn *c, const char *text, size_t len)
{
	const unsigned char *packed;
	size_t npacked;

	if (!c->sendable || c->broken)
		return false;
	TALLY(l, out, 1);
	if (c->deflate_bits && ws_zip_pack(l->zip, c->deflate_bits, text, len, &packed, &npacked))
		return conn_frame(l, c, WS_OP_TEXT, true, packed, npacked);
	return conn_frame(l, c, WS_OP_TEXT, false, text, len);
}

/* ---- the beginning ---- */

static void refuse(struct ws_loop *l, struct ws_conn *c, int status, int retry_after, const char *why)
{
	STR(out, 2 * KIB);

	tell_refused(l, c, status, why);
	ws_head_refuse(&out, status, retry_after, why);
	TALLY(l, out_bytes, (int64_t)out.len);
	conn_write(l, c, str_c(&out), out.len);
	linger(l, c, 0, "");
}

static void refuse_full(struct ws_loop *l, struct ws_conn *c)
{
	refuse(l, c, 503, WS_RETRY_S(c->id >> WS_SLOT_BITS), "Too many connections; come back later.");
}

void conn_new(struct ws_loop *l, const struct adoptee *a)
{
	struct ws_server *s = l->s;
	int32_t slot = l->free_head >= 0 ? l->free_head : l->fresh;
	struct epoll_event ev = { .events = EPOLLIN };
	struct ws_conn *c = &l->conns[slot];

	if (slot == l->nconns) { /* so many linger */
		TALLY(l, refused, 1);
		close(a->fd);
		if (!a->full)
			server_uncount(s, a->address);
		return;
	}
	if (slot == l->fresh)
		l->fresh++;
	else
		l->free_head = c->next;
	l->used++;
	*c = (struct ws_conn){ .fd = a->fd,
			       .next = -1,
			       .prev = -1,
			       .bucket = -1,
			       .state = CONN_HEAD,
			       .listener = (uint8_t)a->listener,
			       .address = a->address,
			       .counted = !a->full,
			       .shaking = true,
			       .full = a->full,
			       .since = l->now,
			       .heard = l->now };
	atomic_fetch_add(&s->shaking, 1);
	pthread_mutex_lock(&l->lock);
	c->id = (atomic_fetch_add(&s->serial, 1) + 1) << WS_SLOT_BITS | (ws_id)(slot * s->nloops + l->index);
	pthread_mutex_unlock(&l->lock);
	pthread_mutex_lock(&s->lock);
	if (s->listeners[a->listener].tls)
		c->tls = ws_secure_new(s->listeners[a->listener].tls, c->fd);
	pthread_mutex_unlock(&s->lock);
	if (c->tls)
		c->state = CONN_TLS;
	ev.data.u64 = c->id;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev)) {
		conn_end(l, c, 1006, "");
		return;
	}
	loop_arm(l, c);
	if (c->full && !c->tls)
		refuse_full(l, c);
}

static void step_tls(struct ws_loop *l, struct ws_conn *c)
{
	char why[160];

	switch (ws_secure_handshake(c->tls, why, sizeof why)) {
	case WS_IO_READ:
		conn_poll(l, c, false);
		return;
	case WS_IO_WRITE:
		conn_poll(l, c, true);
		return;
	case WS_IO_FAILED:
		TALLY(l, bad_tls, 1);
		tell_refused(l, c, 0, why);
		ws_secure_free(MOVE(c->tls)); /* its alert is out; it must not be lost by a reset */
		linger(l, c, 0, "");
		return;
	case WS_IO_DONE:
		conn_poll(l, c, false);
		c->state = CONN_HEAD;
		if (c->full)
			refuse_full(l, c);
	}
}

static const char *sentence(int status)
{
	switch (status) {
	case 401:
		return "The user or the password is wrong for this address.";
	case 403:
		return "This is not allowed here.";
	case 404:
		return "Nobody of that name is known here.";
	case 503:
		return "Not now; come back later.";
	default:
		return "The connection is refused.";
	}
}

static struct ws_verdict ask_hello(struct ws_loop *l, struct ws_conn *c, const struct ws_head *h)
{
	const struct ws_handler *on = &l->s->init.on;
	char peer[64], cn[WS_NAME_MAX] = "", o[WS_NAME_MAX] = "";
	struct ws_hello hello = { .id = c->id,
				  .listener = c->listener,
				  .path = h->path,
				  .host = h->host,
				  .offers = h->offers,
				  .user = h->user,
				  .pass = h->pass,
				  .pass_len = h->pass_len,
				  .peer = peer };

	admit_text(c->fd, peer, sizeof peer);
	if (c->tls)
		ws_secure_peer(c->tls, cn, o);
	hello.cert_cn = *cn ? cn : NULL;
	hello.cert_o = *o ? o : NULL;
	return on->hello(on->ctx, &hello);
}

static void say_hello(struct ws_loop *l, struct ws_conn *c, const struct ws_head *h)
{
	const struct ws_handler *on = &l->s->init.on;
	struct ws_verdict v = ask_hello(l, c, h);
	STR(out, 2 * KIB);

	if (v.status != 101) {
		refuse(l, c, v.status, v.retry_after, sentence(v.status));
		return;
	}
	c->user = v.user;
	c->told = v.protocol != NULL;
	c->deflate_bits = (uint8_t)h->deflate_bits;
	ws_head_switch(&out, h, v.protocol);
	TALLY(l, out_bytes, (int64_t)out.len);
	TALLY(l, accepted, 1);
	shaken(l, c);
	c->state = CONN_OPEN;
	if (v.protocol)
		TALLY(l, open, 1);
	conn_write(l, c, str_c(&out), out.len);
	if (v.protocol) {
		set_sendable(l, c, true);
		on->open(on->ctx, c->id, c->user);
	} else {
		conn_close(l, c, 1002, "no subprotocol in common");
	}
}

static void take_bytes(struct ws_loop *l, struct ws_conn *c, const char *p, size_t n);

static void take_head(struct ws_loop *l, struct ws_conn *c, char *p, size_t n)
{
	struct str *all = c->head;
	struct ws_head h;
	const char *why;
	int status, len;

	if (all) {
		str_addn(all, p, n);
		p = all->p;
		n = all->len;
	}
	len = ws_head_read(p, n, l->s->init.deflate, &h, &status, &why);
	if (len == 0) {
		if (!all) {
			c->head = mem_zalloc(sizeof *c->head);
			str_init(c->head, WS_HEAD_MAX + WS_IN_SIZE);
			str_addn(c->head, p, n);
		}
		return;
	}
	c->head = NULL;
	if (len < 0)
		refuse(l, c, status, 0, why);
	else
		say_hello(l, c, &h);
	if (len > 0 && n > (size_t)len && (c->state == CONN_OPEN || c->state == CONN_CLOSING))
		take_bytes(l, c, p + len, n - (size_t)len);
	if (all)
		str_done(all);
	free(all);
}

/* ---- messages ---- */

static void take_close(struct ws_loop *l, struct ws_conn *c, const struct ws_got *got)
{
	if (c->state == CONN_CLOSING) {
		linger(l, c, c->code, c->why);
		return;
	}
	set_sendable(l, c, false);
	close_frame(l, c, got->code, "", 0);
	linger(l, c, got->code, got->p);
}

static void fail(struct ws_loop *l, struct ws_conn *c, int code, const char *why)
{
	if (code == 1009)
		TALLY(l, too_large, 1);
	else
		TALLY(l, bad_frames, 1);
	if (c->state == CONN_OPEN) {
		set_sendable(l, c, false);
		close_frame(l, c, code, why, strlen(why));
	}
	linger(l, c, code, why);
}

/* One thing that came; false: the connection takes no more. */
static bool take_got(struct ws_loop *l, struct ws_conn *c, enum ws_got_kind kind, const struct ws_got *got)
{
	const struct ws_handler *on = &l->s->init.on;

	switch (kind) {
	case WS_GOT_TEXT:
		if (c->state == CONN_OPEN) {
			TALLY(l, in, 1);
			on->text(on->ctx, c->id, c->user, got->p, got->len);
		}
		break;
	case WS_GOT_PING:
		if (c->state == CONN_OPEN)
			conn_frame(l, c, WS_OP_PONG, false, got->p, got->len);
		break;
	case WS_GOT_CLOSE:
		take_close(l, c, got);
		return false;
	case WS_GOT_BAD:
		fail(l, c, got->code, got->why);
		return false;
	case WS_GOT_PONG:
	case WS_GOT_NOTHING:
		break;
	}
	return !c->broken;
}

static void take_bytes(struct ws_loop *l, struct ws_conn *c, const char *p, size_t n)
{
	struct ws_reader *r = c->reader ? MOVE(c->reader) : NULL;
	struct ws_zip *zip = c->deflate_bits ? l->zip : NULL;
	bool fresh = !r, more = true;
	enum ws_got_kind kind;
	struct ws_got got;

	if (!r)
		r = loop_reader(l);
	ws_reader_feed(r, p, n);
	while (more) {
		kind = ws_reader_next(r, zip, &got);
		if (kind == WS_GOT_NOTHING)
			break;
		fresh = fresh || kind == WS_GOT_TEXT;
		more = take_got(l, c, kind, &got);
	}
	if (!more) {
		ws_reader_free(r);
	} else if (ws_reader_idle(r)) {
		loop_reader_back(l, r);
	} else {
		c->reader = r;
		if (fresh && c->state == CONN_OPEN)
			c->since = l->now;
	}
}

static void take_input(struct ws_loop *l, struct ws_conn *c)
{
	ssize_t n = c->tls ? ws_secure_read(c->tls, l->in, WS_IN_SIZE) : recv(c->fd, l->in, WS_IN_SIZE, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (c->state == CONN_HEAD)
			tell_refused(l, c, 0, "the peer ended the connection");
		conn_break(l, c, 1006);
		return;
	}
	TALLY(l, in_bytes, n);
	c->heard = l->now;
	c->pinged = false;
	if (c->state == CONN_HEAD)
		take_head(l, c, l->in, (size_t)n);
	else if (c->state != CONN_LINGER)
		take_bytes(l, c, l->in, (size_t)n);
}

void conn_event(struct ws_loop *l, struct ws_conn *c, unsigned events)
{
	if (c->broken)
		return;
	if (c->state == CONN_TLS) {
		step_tls(l, c);
	} else {
		if (events & EPOLLOUT)
			conn_flush(l, c);
		if (!c->broken && c->state == CONN_LINGER && !c->out && (events & EPOLLOUT)) {
			if (c->tls)
				ws_secure_bye(c->tls);
			shutdown(c->fd, SHUT_WR);
		}
		if (!c->broken && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			take_input(l, c);
	}
	if (!c->broken)
		loop_arm(l, c);
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

int64_t conn_due(const struct ws_loop *l, const struct ws_conn *c)
{
	const struct ws_init *init = &l->s->init;
	int64_t due = 0;

	switch ((enum conn_state)c->state) {
	case CONN_TLS:
	case CONN_HEAD:
		return c->since + init->handshake_ms;
	case CONN_CLOSING:
		return c->since + WS_CLOSE_MS;
	case CONN_LINGER:
		return c->since + WS_LINGER_MS;
	case CONN_OPEN:
		if (c->reader)
			due = c->since + init->frame_ms;
		if (c->out)
			due = earlier(due, c->wrote + init->frame_ms);
		if (init->ping_ms)
			due = earlier(due, c->heard + (int64_t)init->ping_ms * (c->pinged ? 2 : 1));
		return due;
	case CONN_FREE:
		break;
	}
	return 0;
}

void conn_timeout(struct ws_loop *l, struct ws_conn *c)
{
	const struct ws_init *init = &l->s->init;

	switch ((enum conn_state)c->state) {
	case CONN_TLS:
		TALLY(l, bad_tls, 1);
		tell_refused(l, c, 0, "the TLS handshake took too long");
		conn_end(l, c, 1006, "");
		return;
	case CONN_HEAD:
		refuse(l, c, 408, 0, "The request took too long.");
		break;
	case CONN_OPEN:
		if (c->reader && c->since + init->frame_ms <= l->now) {
			fail(l, c, 1008, "a message took too long");
		} else if (c->out && c->wrote + init->frame_ms <= l->now) {
			conn_end(l, c, 1006, "the peer reads too slowly");
			return;
		} else if (c->pinged) {
			conn_end(l, c, 1006, "no answer to a ping");
			return;
		} else {
			c->pinged = true;
			conn_frame(l, c, WS_OP_PING, false, NULL, 0);
		}
		break;
	case CONN_CLOSING:
		conn_end(l, c, c->code, c->why);
		return;
	case CONN_LINGER:
	case CONN_FREE:
		conn_end(l, c, 1006, "");
		return;
	}
	loop_arm(l, c);
}
