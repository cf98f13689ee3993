/* SPDX-License-Identifier: Apache-2.0 */
/* Start and stop of the WebSocket server, and what other threads may ask of it. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"
#include "wire/ws_p.h"

#define BACKLOG 4096
#define LOOPS_MAX 64
#define LISTENERS_MAX 64

struct ws_init ws_init_default(void)
{
	return (struct ws_init){ .clock = clock_system(),
				 .loops = 1,
				 .message_max = 64 * KIB,
				 .connections_max = 15000,
				 .per_address_max = 50,
				 .handshakes_max = 256,
				 .accept_rate = 500,
				 .handshake_ms = 10000,
				 .frame_ms = 30000,
				 .ping_ms = 300000,
				 .deflate = true };
}

/* ---- listeners ---- */

/* "127.0.0.1:8233", "[::1]:0": host without brackets into host, port behind the last colon. */
static int split_address(const char *address, char *host, size_t size, const char **ret_port, struct err *e)
{
	const char *colon = address ? strrchr(address, ':') : NULL, *from = address;
	size_t n = colon ? (size_t)(colon - address) : 0;
	int64_t port;

	if (n >= 2 && *from == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	} else if (n && memchr(from, ':', n)) {
		n = 0; /* IPv6 wants brackets: where would the port begin? */
	}
	if (!n || n >= size || parse_i64(colon + 1, 0, 65535, &port, e))
		return err_set(e, ERR_CONFIG,
			       "'%s' is no address for stations; write it like 127.0.0.1:8233 or [::1]:8233",
			       address ? address : "");
	str_copyn(host, size, from, n);
	*ret_port = colon + 1;
	return 0;
}

static int port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		return 0;
	return ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&ss)->sin6_port
					      : ((struct sockaddr_in *)&ss)->sin_port);
}

static int listen_at(struct ws_listening *li, struct err *e)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM },
			*ai = NULL;
	const char *port = NULL;
	char host[64];
	int one = 1, rc;

	if (split_address(li->as.address, host, sizeof host, &port, e))
		return e->code;
	rc = getaddrinfo(host, port, &hints, &ai);
	if (rc)
		return err_set(e, ERR_CONFIG, "'%s' is no address for stations: %s", li->as.address,
			       gai_strerror(rc));
	li->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = li->fd < 0 || setsockopt(li->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
	     /* Inherited by what is accepted. */
	     setsockopt(li->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
	     setsockopt(li->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) ||
	     bind(li->fd, ai->ai_addr, ai->ai_addrlen) || listen(li->fd, BACKLOG);
	freeaddrinfo(ai);
	if (rc)
		return err_set(e, ERR_LISTEN, "stations cannot be listened for at %s: %s", li->as.address,
			       strerror(errno));
	li->port = port_of(li->fd);
	return 0;
}

static struct ws_listener copy_of(const struct ws_listener *l)
{
	return (struct ws_listener){ .address = mem_strdup(l->address),
				     .profile = l->profile,
				     .ec_cert = mem_strdup(l->ec_cert),
				     .ec_key = mem_strdup(l->ec_key),
				     .rsa_cert = mem_strdup(l->rsa_cert),
				     .rsa_key = mem_strdup(l->rsa_key),
				     .client_ca = mem_strdup(l->client_ca) };
}

static void listening_done(struct ws_listening *li)
{
	const char *texts[] = { li->as.address,  li->as.ec_cert, li->as.ec_key,
				li->as.rsa_cert, li->as.rsa_key, li->as.client_ca };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free((void *)(uintptr_t)texts[i]);
	if (li->fd >= 0)
		close(li->fd);
	if (li->tls)
		ws_tls_free(li->tls);
}

static int open_listeners(struct ws_server *s, const struct ws_init *init, struct err *e)
{
	s->listeners = mem_array((size_t)init->nlisteners, sizeof *s->listeners);
	for (int i = 0; i < init->nlisteners; i++) {
		struct ws_listening *li = &s->listeners[s->nlisteners++];

		*li = (struct ws_listening){ .as = copy_of(&init->listeners[i]), .fd = -1 };
		if (li->as.profile < 0 || li->as.profile > 3)
			return err_set(e, ERR_CONFIG, "%d is no security profile", li->as.profile);
		if (li->as.profile >= 2 && ws_tls_new(&li->as, &li->tls, e))
			return err_wrap(e, "listener %s", li->as.address);
		if (listen_at(li, e))
			return e->code;
	}
	return 0;
}

/* ---- life ---- */

static int check(const struct ws_init *i, struct err *e)
{
	if (!i->on.hello || !i->on.open || !i->on.text || !i->on.closed || !i->clock || !i->listeners)
		return err_set(e, ERR_INTERNAL, "the WebSocket server lacks a handler, a clock or listeners");
	if (i->nlisteners < 1 || i->nlisteners > LISTENERS_MAX || i->loops < 1 || i->loops > LOOPS_MAX ||
	    i->connections_max < 1 || i->connections_max > 1000000 || i->per_address_max < 1 ||
	    i->handshakes_max < 1 || i->handshakes_max > 1000000 || i->accept_rate < 1 ||
	    i->handshake_ms < 1 || i->frame_ms < 1 || i->ping_ms < 0 || i->message_max < 125 ||
	    i->message_max > 16 * MIB)
		return err_set(e, ERR_CONFIG, "a limit of the WebSocket server is out of range");
	return 0;
}

static int make_loops(struct ws_server *s, struct err *e)
{
	/* Loops are served in turn, so each has room for its share and some more. */
	int64_t slots = (int64_t)s->init.connections_max + s->init.handshakes_max + WS_LINGERING, each;

	each = slots / s->init.loops + (s->init.loops > 1 ? slots / s->init.loops / 4 + WS_LINGERING : 0);
	if (each > WS_SLOTS_MAX / s->init.loops)
		each = WS_SLOTS_MAX / s->init.loops;
	s->loops = mem_array((size_t)s->init.loops, sizeof *s->loops);
	for (int i = 0; i < s->init.loops; i++) {
		s->nloops = i + 1;
		if (loop_init(&s->loops[i], s, i, (int32_t)each, e))
			return e->code;
	}
	admit_listen(&s->loops[0], true);
	return 0;
}

/* No thread goes on before the caller has the server: its callbacks will use it. */
static int start_threads(struct ws_server *s, struct ws_server **ret, struct err *e)
{
	int n = 0, rc = 0;

	for (; n < s->nloops && !rc; n++) {
		struct ws_loop *l = &s->loops[n];

		pthread_mutex_lock(&l->lock); /* the thread waits for it */
		rc = pthread_create(&l->thread, NULL, loop_main, l);
		s->started += !rc;
	}
	if (rc)
		atomic_store(&s->stopping, true);
	else
		*ret = s;
	while (n)
		pthread_mutex_unlock(&s->loops[--n].lock);
	return rc ? err_errno(e, rc, "a thread of the WebSocket server cannot be started") : 0;
}

int ws_start(const struct ws_init *init, struct ws_server **ret, struct err *e)
{
	OWN(ws_free) struct ws_server *s = NULL;

	if (check(init, e))
		return e->code;
	s = mem_zalloc(sizeof *s);
	s->init = *init;
	s->init.listeners = NULL;
	pthread_mutex_init(&s->lock, NULL);
	addrs_init(&s->addrs);
	s->gate.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->gate.at = clock_mono(init->clock);
	s->gate.tokens = init->accept_rate; /* the ceiling is applied at the first accept */
	if (open_listeners(s, init, e) || make_loops(s, e) || start_threads(s, ret, e))
		return e->code;
	(void)MOVE(s);
	return 0;
}

void ws_stop(struct ws_server *s, int wait_ms)
{
	atomic_store(&s->stop_at, clock_mono(clock_system()) + wait_ms);
	atomic_store(&s->stopping, true);
	for (int i = 0; i < s->started; i++)
		loop_wake(&s->loops[i]);
	for (int i = 0; i < s->started; i++)
		pthread_join(s->loops[i].thread, NULL);
	s->started = 0;
}

void ws_free(struct ws_server *s)
{
	if (!s)
		return;
	ws_stop(s, 0);
	for (int i = 0; i < s->nloops; i++)
		loop_done(&s->loops[i]);
	free(s->loops);
	for (int i = 0; i < s->nlisteners; i++)
		listening_done(&s->listeners[i]);
	free(s->listeners);
	addrs_done(&s->addrs);
	if (s->gate.spare_fd >= 0)
		close(s->gate.spare_fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int ws_port(const struct ws_server *s, int listener)
{
	return listener >= 0 && listener < s->nlisteners ? s->listeners[listener].port : 0;
}

int ws_reload(struct ws_server *s, struct err *e)
{
	struct ws_tls *fresh[LISTENERS_MAX] = { NULL };
	int rc = 0;

	for (int i = 0; i < s->nlisteners && !rc; i++)
		if (s->listeners[i].as.profile >= 2 && ws_tls_new(&s->listeners[i].as, &fresh[i], e))
			rc = err_wrap(e, "listener %s", s->listeners[i].as.address);
	for (int i = 0; i < s->nlisteners; i++) {
		struct ws_tls *old = fresh[i];

		if (!rc && fresh[i]) {
			pthread_mutex_lock(&s->lock);
			old = s->listeners[i].tls;
			s->listeners[i].tls = fresh[i];
			pthread_mutex_unlock(&s->lock);
		}
		if (old)
			ws_tls_free(old);
	}
	return rc;
}

void server_uncount(struct ws_server *s, uint64_t address)
{
	atomic_fetch_sub(&s->live, 1);
	pthread_mutex_lock(&s->lock);
	addrs_drop(&s->addrs, address);
	pthread_mutex_unlock(&s->lock);
}

/* ---- from any thread ---- */

static struct ws_loop *loop_of(struct ws_server *s, ws_id id)
{
	return &s->loops[(id & (WS_SLOTS_MAX - 1)) % (unsigned)s->nloops];
}

bool ws_send(struct ws_server *s, ws_id id, const char *text, size_t len)
{
	struct box_record r = { .id = id, .len = (uint32_t)len, .kind = BOX_TEXT };
	struct ws_loop *l = loop_of(s, id);
	struct ws_conn *c;
	bool ok = false;

	if (loop_is_mine(l)) {
		c = conn_find(l, id);
		return c && conn_text(l, c, text, len);
	}
	pthread_mutex_lock(&l->lock);
	c = conn_find(l, id);
	if (c && c->sendable && !c->stuck) {
		ok = len < WS_OUT_MAX &&
		     atomic_load(&c->posted) + len + atomic_load_explicit(&c->unsent, memory_order_relaxed) <=
			 WS_OUT_MAX;
		if (ok) {
			atomic_fetch_add(&c->posted, (uint32_t)len);
			loop_post(l, &r, text);
		} else {
			r = (struct box_record){ .id = id, .code = 1013, .kind = BOX_CLOSE };
			c->stuck = true;
			loop_post(l, &r, NULL);
		}
	}
	pthread_mutex_unlock(&l->lock);
	return ok;
}

void ws_close(struct ws_server *s, ws_id id, int code, const char *why)
{
	size_t len = why ? strlen(why) : 0;
	struct box_record r = {
		.id = id, .len = (uint32_t)(len < 255 ? len : 255), .code = (uint16_t)code, .kind = BOX_CLOSE
	};
	struct ws_loop *l = loop_of(s, id);
	struct ws_conn *c;

	if (loop_is_mine(l)) {
		c = conn_find(l, id);
		if (c)
			conn_close(l, c, code, why ? why : "");
		return;
	}
	pthread_mutex_lock(&l->lock);
	c = conn_find(l, id);
	if (c)
		loop_post(l, &r, why);
	pthread_mutex_unlock(&l->lock);
}

struct ws_counts ws_counts(const struct ws_server *s)
{
	struct ws_counts n = { 0 };

	for (int i = 0; i < s->nloops; i++) {
		const struct ws_tally *t = &s->loops[i].tally;

#define SUM(field) n.field += atomic_load_explicit(&t->field, memory_order_relaxed)
		SUM(open);
		SUM(accepted);
		SUM(refused);
		SUM(closed);
		SUM(in);
		SUM(out);
		SUM(in_bytes);
		SUM(out_bytes);
		SUM(too_large);
		SUM(bad_frames);
		SUM(bad_tls);
		SUM(deferred);
#undef SUM
	}
	return n;
}
