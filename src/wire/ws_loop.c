/* SPDX-License-Identifier: Apache-2.0 */
/* One thread: events of its sockets, what other threads put into its box, and deadlines. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wire/ws_p.h"

#define EVENTS 256
#define BOX_KEEP MIB
#define WAKE_ID UINT64_MAX
#define WAIT_MAX 1000 /* ms; so that a clock that jumps is seen */

int loop_init(struct ws_loop *l, struct ws_server *s, int index, int32_t nconns, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = WAKE_ID };

	l->s = s;
	l->index = index;
	l->now = clock_mono(s->init.clock);
	l->tick = l->now / WS_TICK_MS;
	pthread_mutex_init(&l->lock, NULL);
	for (int i = 0; i < WS_WHEEL; i++)
		l->wheel[i] = -1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll < 0 || l->wake < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &ev))
		return err_errno(e, errno, "a loop of the WebSocket server cannot be made");
	l->nconns = nconns;
	l->conns = mem_array((size_t)nconns, sizeof *l->conns);
	l->free_head = -1;
	l->zip = ws_zip_new(s->init.message_max);
	l->in = mem_alloc(WS_IN_SIZE + 1);
	l->frame = mem_alloc(WS_IN_SIZE);
	return 0;
}

/* Sockets that came too late to be served. */
static void drop_adoptees(const struct ws_box *b)
{
	struct box_record r;
	struct adoptee a;

	for (size_t at = 0; at < b->len; at += sizeof r + r.len) {
		memcpy(&r, b->p + at, sizeof r);
		if (r.kind != BOX_ADOPT)
			continue;
		memcpy(&a, b->p + at + sizeof r, sizeof a);
		close(a.fd);
	}
}

void loop_done(struct ws_loop *l)
{
	for (int i = 0; i < l->nspare; i++)
		ws_reader_free(l->spare[i]);
	ws_zip_free(l->zip);
	free(l->in);
	free(l->frame);
	free(l->conns);
	drop_adoptees(&l->box);
	free(l->box.p);
	free(l->work.p);
	vec_done(&l->broken);
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->wake >= 0)
		close(l->wake);
	pthread_mutex_destroy(&l->lock);
}

/* ---- readers ---- */

struct ws_reader *loop_reader(struct ws_loop *l)
{
	return l->nspare ? l->spare[--l->nspare] : ws_reader_new(l->s->init.message_max);
}

void loop_reader_back(struct ws_loop *l, struct ws_reader *r)
{
	if (l->nspare < WS_SPARE_READERS)
		l->spare[l->nspare++] = r;
	else
		ws_reader_free(r);
}

/* ---- deadlines ---- */

void loop_disarm(struct ws_loop *l, struct ws_conn *c)
{
	if (c->bucket < 0)
		return;
	if (c->prev >= 0)
		l->conns[c->prev].next = c->next;
	else
		l->wheel[c->bucket] = c->next;
	if (c->next >= 0)
		l->conns[c->next].prev = c->prev;
	c->bucket = c->next = c->prev = -1;
	l->placed--;
}

/* Deadlines that move away are left where they are and looked at when their old time comes: most connections
 * are heard of long before. */
void loop_arm(struct ws_loop *l, struct ws_conn *c)
{
	int64_t due = conn_due(l, c), tick = due / WS_TICK_MS + 1;
	int32_t slot = conn_slot(l, c);

	if (!due)
		return;
	if (tick <= l->tick)
		tick = l->tick + 1;
	if (tick > l->tick + WS_WHEEL - 1)
		tick = l->tick + WS_WHEEL - 1;
	if (c->bucket >= 0 && c->tick <= tick)
		return;
	loop_disarm(l, c);
	c->tick = tick;
	c->bucket = (int32_t)(tick % WS_WHEEL);
	c->prev = -1;
	c->next = l->wheel[c->bucket];
	if (c->next >= 0)
		l->conns[c->next].prev = slot;
	l->wheel[c->bucket] = slot;
	l->placed++;
}

static void turn_wheel(struct ws_loop *l)
{
	int64_t tick = l->now / WS_TICK_MS, due;

	if (tick > l->tick + WS_WHEEL)
		l->tick = tick - WS_WHEEL; /* every bucket is looked at once anyway */
	while (l->tick < tick) {
		int32_t *head = &l->wheel[++l->tick % WS_WHEEL];

		/* What is placed anew goes to another bucket: it is at most WS_WHEEL - 1 ticks away. */
		while (*head >= 0) {
			struct ws_conn *c = &l->conns[*head];

			loop_disarm(l, c);
			if (c->broken)
				continue;
			due = conn_due(l, c);
			if (due && due <= l->now)
				conn_timeout(l, c);
			else
				loop_arm(l, c);
		}
	}
}

static int64_t wheel_due(const struct ws_loop *l)
{
	if (!l->placed)
		return 0;
	for (int i = 1; i < WS_WHEEL; i++)
		if (l->wheel[(l->tick + i) % WS_WHEEL] >= 0)
			return (l->tick + i) * WS_TICK_MS;
	return l->now;
}

static int wait_ms(const struct ws_loop *l)
{
	int64_t due = wheel_due(l), gate = l->index == 0 ? admit_due(l) : 0, ms;

	if (gate && (!due || gate < due))
		due = gate;
	if (l->stopping)
		return 10;
	if (!due)
		return l->placed ? WAIT_MAX : -1;
	ms = due - clock_mono(l->s->init.clock);
	return ms < 0 ? 0 : ms > WAIT_MAX ? WAIT_MAX : (int)ms;
}

/* ---- the box ---- */

void loop_wake(struct ws_loop *l)
{
	uint64_t one = 1;

	(void)!write(l->wake, &one, sizeof one);
}

void loop_post(struct ws_loop *l, const struct box_record *r, const void *p)
{
	struct ws_box *b = &l->box;
	size_t need = sizeof *r + r->len;

	if (b->cap - b->len < need) {
		b->cap = b->len + need < 2 * b->cap ? 2 * b->cap : b->len + need + 4 * KIB;
		b->p = mem_realloc(b->p, b->cap, 1);
	}
	memcpy(b->p + b->len, r, sizeof *r);
	if (r->len)
		memcpy(b->p + b->len + sizeof *r, p, r->len);
	if (!b->len)
		loop_wake(l);
	b->len += need;
}

static void do_record(struct ws_loop *l, const struct box_record *r, const char *p)
{
	struct ws_conn *c = conn_find(l, r->id);
	struct adoptee a;
	char why[256];

	if (r->kind == BOX_ADOPT) {
		memcpy(&a, p, sizeof a);
		conn_new(l, &a);
		return;
	}
	if (!c)
		return;
	if (r->kind == BOX_TEXT) {
		atomic_fetch_sub(&c->posted, r->len);
		conn_text(l, c, p, r->len);
	} else if (r->code == 1013) {
		conn_break(l, c, 1013);
	} else {
		str_copyn(why, sizeof why, p, r->len);
		conn_close(l, c, r->code, why);
	}
}

static void empty_box(struct ws_loop *l)
{
	struct ws_box b;
	uint64_t n;

	(void)!read(l->wake, &n, sizeof n);
	pthread_mutex_lock(&l->lock);
	b = l->box;
	l->box = l->work;
	pthread_mutex_unlock(&l->lock);
	for (size_t at = 0; at < b.len;) {
		struct box_record r;

		memcpy(&r, b.p + at, sizeof r);
		do_record(l, &r, b.p + at + sizeof r);
		at += sizeof r + r.len;
	}
	b.len = 0;
	if (b.cap > BOX_KEEP) {
		free(MOVE(b.p));
		b.cap = 0;
	}
	l->work = b;
}

/* ---- the thread ---- */

static void end_broken(struct ws_loop *l)
{
	for (size_t i = 0; i < l->broken.n; i++) { /* callbacks may add to it */
		struct ws_conn *c = conn_find(l, l->broken.v[i]);

		if (c)
			conn_end(l, c, c->code,
				 c->why            ? c->why
				 : c->code == 1013 ? "the peer reads too slowly"
						   : "the connection was lost");
	}
	l->broken.n = 0;
}

/* True: everything has ended. */
static bool stop_all(struct ws_loop *l)
{
	bool late = clock_mono(clock_system()) >= atomic_load(&l->s->stop_at);
	bool first = !l->stopping;

	if (first && l->index == 0)
		admit_listen(l, false);
	l->stopping = true;
	for (int32_t i = 0; (first || late) && i < l->fresh && l->used; i++) {
		struct ws_conn *c = &l->conns[i];

		if (!c->id)
			continue;
		if (late || c->state == CONN_TLS || c->state == CONN_HEAD)
			conn_end(l, c, 1001, "the service stops");
		else
			conn_close(l, c, 1001, "the service stops");
	}
	return !l->used;
}

static void serve(struct ws_loop *l, const struct epoll_event *ev)
{
	struct ws_conn *c;

	if (ev->data.u64 == WAKE_ID) {
		empty_box(l);
	} else if (ev->data.u64 < WS_SLOTS_MAX) {
		admit_ready(l, (int)ev->data.u64);
	} else {
		c = conn_find(l, ev->data.u64);
		if (c)
			conn_event(l, c, ev->events);
	}
}

/* Signals are for the main thread; and a peer that is gone must not end the process when OpenSSL writes to it
 * (SIGPIPE). Faults of our own stay deadly. */
static void block_signals(void)
{
	const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigdelset(&set, faults[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void *loop_main(void *loop)
{
	struct ws_loop *l = loop;
	struct epoll_event ev[EVENTS];
	int n;

	block_signals();

	pthread_mutex_lock(&l->lock); /* ws_start has written l->thread */
	pthread_mutex_unlock(&l->lock);
	for (;;) {
		n = epoll_wait(l->epoll, ev, EVENTS, wait_ms(l));
		l->now = clock_mono(l->s->init.clock);
		for (int i = 0; i < n; i++)
			serve(l, &ev[i]);
		turn_wheel(l);
		if (l->index == 0)
			admit_time(l);
		end_broken(l);
		if (atomic_load(&l->s->stopping) && stop_all(l))
			return NULL;
	}
}
