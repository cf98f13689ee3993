/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets in, and how fast (T28, reconnect storms): a bucket of tokens, a ceiling of handshakes under way,
 * of connections, and of connections per address. What may not be accepted yet stays in the kernel's queue,
 * where it costs nothing: the listeners are not polled until there is room again.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rnd.h"
#include "wire/ws_head.h"
#include "wire/ws_p.h"

#define ADDR_BITS 8
#define BATCH 64        /* accepts of one listener in a row */
#define ROOM_MS 10      /* until handshakes are looked at again */
#define NO_FILES_MS 100 /* after descriptors ran out */

/* ---- counts per address ---- */

void addrs_init(struct ws_addrs *a)
{
	struct rnd rnd = rnd_system();

	a->bits = ADDR_BITS;
	a->v = mem_array((size_t)1 << a->bits, sizeof *a->v);
	a->used = 0;
	a->seed = rnd_u64(&rnd); /* so that nobody can choose addresses that collide */
}

void addrs_done(struct ws_addrs *a)
{
	free(MOVE(a->v));
}

static size_t addr_home(const struct ws_addrs *a, uint64_t key)
{
	uint64_t h = (key ^ a->seed) * UINT64_C(0x9E3779B97F4A7C15);

	h = (h ^ (h >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
	return (size_t)(h >> (64 - a->bits));
}

/* Where the key is, or the free place where it belongs. */
static size_t addr_at(const struct ws_addrs *a, uint64_t key)
{
	size_t mask = ((size_t)1 << a->bits) - 1, i = addr_home(a, key);

	while (a->v[i].n && a->v[i].key != key)
		i = (i + 1) & mask;
	return i;
}

static void addrs_grow(struct ws_addrs *a)
{
	struct addr_slot *old = a->v;
	size_t n = (size_t)1 << a->bits;

	a->bits++;
	a->v = mem_array(2 * n, sizeof *a->v);
	for (size_t i = 0; i < n; i++)
		if (old[i].n)
			a->v[addr_at(a, old[i].key)] = old[i];
	free(old);
}

bool addrs_add(struct ws_addrs *a, uint64_t key, uint32_t max)
{
	size_t i = addr_at(a, key);

	if (a->v[i].n >= max)
		return false;
	if (!a->v[i].n && ++a->used * 2 > (size_t)1 << a->bits) {
		addrs_grow(a);
		i = addr_at(a, key);
	}
	a->v[i].key = key;
	a->v[i].n++;
	return true;
}

void addrs_drop(struct ws_addrs *a, uint64_t key)
{
	size_t mask = ((size_t)1 << a->bits) - 1, i = addr_at(a, key), next, home;

	if (!a->v[i].n || --a->v[i].n)
		return;
	a->used--;
	/* Those behind move up, so that no search stops at the gap. */
	for (next = (i + 1) & mask; a->v[next].n; next = (next + 1) & mask) {
		home = addr_home(a, a->v[next].key);
		if (((next - home) & mask) < ((next - i) & mask))
			continue;
		a->v[i] = a->v[next];
		a->v[next].n = 0;
		i = next;
	}
}

/* IPv4 as it is (also when mapped into IPv6); of IPv6 the network of 64 bits: one household has that many. */
static uint64_t address_key(const struct sockaddr_storage *ss)
{
	uint64_t key = 0;

	if (ss->ss_family == AF_INET)
		return UINT64_C(0xffff) << 32 | ntohl(((const struct sockaddr_in *)ss)->sin_addr.s_addr);
	if (ss->ss_family == AF_INET6) {
		const uint8_t *b = ((const struct sockaddr_in6 *)ss)->sin6_addr.s6_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)ss)->sin6_addr);

		for (int i = 0; i < 8; i++)
			key = key << 8 | b[mapped ? 8 + i : i];
	}
	return key;
}

void admit_text(int fd, char *buf, size_t size)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getpeername(fd, (struct sockaddr *)&ss, &len) ||
	    getnameinfo((struct sockaddr *)&ss, len, buf, (socklen_t)size, NULL, 0, NI_NUMERICHOST))
		str_copy(buf, size, "unknown");
}

/* ---- listeners ---- */

void admit_listen(struct ws_loop *l, bool on)
{
	struct ws_server *s = l->s;

	for (int i = 0; i < s->nlisteners; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u64 = (uint64_t)i };

		if (s->listeners[i].fd >= 0)
			(void)epoll_ctl(l->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->listeners[i].fd,
					&ev);
		if (atomic_load(&s->stopping) && s->listeners[i].fd >= 0) {
			close(s->listeners[i].fd);
			s->listeners[i].fd = -1;
		}
	}
}

static void pause_until(struct ws_loop *l, int64_t at)
{
	TALLY(l, deferred, 1);
	if (!l->s->gate.resume)
		admit_listen(l, false);
	l->s->gate.resume = at;
}

int64_t admit_due(const struct ws_loop *l)
{
	return l->s->gate.resume;
}

void admit_time(struct ws_loop *l)
{
	if (!l->s->gate.resume || l->s->gate.resume > l->now || atomic_load(&l->s->stopping))
		return;
	l->s->gate.resume = 0;
	admit_listen(l, true);
}

/* May one more be accepted now? If not, the listeners rest. */
static bool may_accept(struct ws_loop *l)
{
	struct ws_gate *g = &l->s->gate;
	double rate = l->s->init.accept_rate, most = rate < 10 ? 1 : rate / 10;

	if (atomic_load(&l->s->stopping) || g->resume)
		return false;
	g->tokens += (double)(l->now - g->at) * rate / 1000;
	g->at = l->now;
	if (g->tokens > most)
		g->tokens = most;
	if (g->tokens < 1) {
		pause_until(l, l->now + 1 + (int64_t)((1 - g->tokens) * 1000 / rate));
		return false;
	}
	if (atomic_load(&l->s->shaking) >= l->s->init.handshakes_max) {
		pause_until(l, l->now + ROOM_MS);
		return false;
	}
	return true;
}

/* Descriptors ran out: the one that is kept for this accepts and closes, so that peers do not wait in vain
 * and the listener does not spin. */
static void no_files(struct ws_loop *l, int listener)
{
	struct ws_gate *g = &l->s->gate;
	int fd;

	if (g->spare_fd >= 0) {
		close(g->spare_fd);
		fd = accept4(l->s->listeners[listener].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			close(fd);
		g->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	TALLY(l, refused, 1);
	pause_until(l, l->now + NO_FILES_MS);
}

/* One address has too many: told where no handshake of TLS is needed for it, and without keeping anything. */
static void turn_away(struct ws_loop *l, int listener, int fd)
{
	const struct ws_handler *on = &l->s->init.on;
	STR(out, KIB);
	char peer[64], waste[4096];

	TALLY(l, refused, 1);
	l->s->next_loop++;
	if (on->refused) {
		admit_text(fd, peer, sizeof peer);
		on->refused(on->ctx, listener, peer, 503, "too many connections from this address");
	}
	if (!l->s->listeners[listener].tls) {
		ws_head_refuse(&out, 503, WS_RETRY_S(l->s->next_loop),
			       "Too many connections from this address.");
		(void)!send(fd, str_c(&out), out.len, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		(void)!recv(fd, waste, sizeof waste,
			    0); /* what is unread would turn the close into a reset */
	}
	close(fd);
}

static void take_in(struct ws_loop *l, int listener, int fd, const struct sockaddr_storage *ss)
{
	struct ws_server *s = l->s;
	struct adoptee a = { .fd = fd, .listener = listener, .address = address_key(ss) };
	struct box_record r = { .len = sizeof a, .kind = BOX_ADOPT };
	struct ws_loop *to = &s->loops[s->next_loop++ % s->nloops];
	bool fits;

	a.full = atomic_load(&s->live) >= s->init.connections_max;
	if (!a.full) {
		pthread_mutex_lock(&s->lock);
		fits = addrs_add(&s->addrs, a.address, (uint32_t)s->init.per_address_max);
		pthread_mutex_unlock(&s->lock);
		if (!fits) {
			turn_away(l, listener, fd);
			return;
		}
		atomic_fetch_add(&s->live, 1);
	}
	s->gate.tokens -= 1;
	if (to == l) {
		conn_new(l, &a);
		return;
	}
	pthread_mutex_lock(&to->lock);
	loop_post(to, &r, &a);
	pthread_mutex_unlock(&to->lock);
}

void admit_ready(struct ws_loop *l, int listener)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	for (int i = 0; i < BATCH && may_accept(l); i++) {
		len = sizeof ss;
		memset(&ss, 0, sizeof ss);
		fd = accept4(l->s->listeners[listener].fd, (struct sockaddr *)&ss, &len,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			take_in(l, listener, fd, &ss);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			no_files(l, listener);
		} else if (errno == EAGAIN) {
			return;
		}
	}
}
