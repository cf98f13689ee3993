/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the WebSocket server: shared by ws.c, ws_loop.c, ws_conn.c and ws_admit.c only.
 *
 * Each loop owns a table of connections and touches nothing of another loop; what other threads want (a text,
 * a close, an accepted socket) comes through the loop's box. A connection that has nothing under way is one
 * struct ws_conn and its socket: readers, output and heads exist only while they hold bytes.
 *
 * Nothing frees a connection while one of its callbacks runs: whatever finds it broken puts its id on the
 * loop's list, and the loop ends it between two events.
 *
 * Locks: ws_loop.lock (box; id, sendable of its connections for other threads), ws_server.lock (certificates,
 * counts per address). Neither is held during a callback; never both.
 */
#ifndef FIRPATH_WIRE_WS_P_H
#define FIRPATH_WIRE_WS_P_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "wire/ws.h"
#include "wire/ws_deflate.h"
#include "wire/ws_frame.h"
#include "wire/ws_tls.h"

#define WS_SLOT_BITS 21 /* low bits of an id: slot; above: a number never given twice */
#define WS_SLOTS_MAX (1u << WS_SLOT_BITS)
#define WS_OUT_MAX MIB
#define WS_IN_SIZE (64 * KIB)
#define WS_TICK_MS 64
#define WS_WHEEL 512 /* later deadlines are looked at once in a round */
#define WS_SPARE_READERS 16
#define WS_CLOSE_MS 5000  /* for the answer to our close frame */
#define WS_LINGER_MS 2000 /* for the peer to take the last bytes and go */
/* Retry-After, s, spread so that those sent away do not come back together. */
#define WS_RETRY_S(n) (5 + (int)((n)*7 % 26))
#define WS_LINGERING 256 /* connections beyond the limits that are being told so */

enum conn_state {
	CONN_FREE,
	CONN_TLS,     /* handshake of TLS */
	CONN_HEAD,    /* the request head is not whole */
	CONN_OPEN,    /* frames */
	CONN_CLOSING, /* our close frame is out, the other side's is not here */
	CONN_LINGER   /* nothing more to say: rest of the output, then wait for the end of input */
};

struct ws_out {
	size_t off, len, cap; /* unsent: [off, len) */
	unsigned char *p;     /* owned */
};

struct ws_conn {
	ws_id id;                 /* 0 = free; written under the loop's lock */
	void *user;               /* of the verdict */
	struct ws_secure *tls;    /* owned; NULL = plain */
	struct ws_reader *reader; /* owned while a message is under way */
	struct ws_out *out;       /* owned while output waits */
	struct str *head;         /* owned while a head is under way */
	char *why;                /* owned: of our close frame */
	int64_t since;            /* ms: the handshake, the message under way, or the close began */
	int64_t heard;            /* ms: last bytes that came */
	int64_t wrote;            /* ms: output got on last */
	uint64_t address;         /* under which it is counted */
	_Atomic uint32_t posted;  /* bytes in the box */
	_Atomic uint32_t unsent;  /* bytes in out; written by the loop */
	int fd;
	int32_t next, prev; /* in the wheel, or next free slot; -1 = none */
	int32_t bucket;     /* of the wheel, -1 = in none */
	int64_t tick;       /* at which it is looked at */
	uint16_t code;      /* of our close frame */
	uint8_t state;      /* enum conn_state */
	uint8_t listener;
	uint8_t deflate_bits; /* 0 = not agreed */
	bool sendable;        /* open and not closing; written under the loop's lock */
	bool stuck;           /* under the loop's lock: the box had no more room for it */
	bool counted;         /* in live and per address */
	bool shaking;         /* counted among the handshakes */
	bool told;            /* open() was called or due, closed() was not */
	bool pinged;          /* a ping is out since heard + ping_ms */
	bool broken;          /* on the list of the loop */
	bool full;            /* answer 503 whatever it asks */
	bool wants_out;       /* EPOLLOUT is set */
};

enum box_kind { BOX_TEXT, BOX_CLOSE, BOX_ADOPT };
struct box_record {
	ws_id id;
	uint32_t len; /* bytes behind this record */
	uint16_t code;
	uint8_t kind;
};
struct ws_box {
	char *p; /* owned */
	size_t len, cap;
};
/* A socket that was accepted, on its way to the loop that will serve it. */
struct adoptee {
	int fd;
	int listener;
	uint64_t address;
	bool full;
};

struct ws_tally {
	_Atomic int64_t open, accepted, refused, closed, in, out, in_bytes, out_bytes, too_large, bad_frames,
	    bad_tls, deferred;
};
/* Only the loop writes its tally, so no locked addition is needed. */
#define TALLY(l, field, by)                                                                                  \
	atomic_store_explicit(&(l)->tally.field,                                                             \
			      atomic_load_explicit(&(l)->tally.field, memory_order_relaxed) + (by),          \
			      memory_order_relaxed)

struct ws_loop {
	struct ws_server *s; /* borrowed */
	int index;
	pthread_t thread;
	int epoll, wake; /* wake: eventfd */
	int64_t now;     /* ms, of this round */

	struct ws_conn *conns; /* owned; the table never moves */
	int32_t nconns, used;
	int32_t free_head; /* -1 = none was given back */
	int32_t fresh;     /* slots from here on were never used: their memory is untouched */
	int32_t wheel[WS_WHEEL];
	int64_t tick; /* of the wheel, handled */
	int32_t placed;
	VEC(ws_id) broken;

	pthread_mutex_t lock;
	struct ws_box box;  /* under lock: filled by others */
	struct ws_box work; /* being worked off */

	struct ws_zip *zip; /* owned; shared by all connections of the loop */
	struct ws_reader *spare[WS_SPARE_READERS];
	int nspare;
	char *in;             /* owned, WS_IN_SIZE: what one read brought */
	unsigned char *frame; /* owned: a frame to be written */
	struct ws_tally tally;
	bool stopping; /* the closes are out */
};

struct ws_listening {
	struct ws_listener as; /* owned copies of the texts */
	int fd, port;
	struct ws_tls *tls; /* owned, under the server's lock; NULL = plain */
};

/* Counts per address; under the server's lock. */
struct ws_addrs {
	struct addr_slot {
		uint64_t key;
		uint32_t n; /* 0 = free */
	} * v;              /* owned, 1 << bits */
	unsigned bits;
	size_t used;
	uint64_t seed;
};
void addrs_init(struct ws_addrs *a);
void addrs_done(struct ws_addrs *a);
bool addrs_add(struct ws_addrs *a, uint64_t key, uint32_t max); /* false: there are max already */
void addrs_drop(struct ws_addrs *a, uint64_t key);

/* Admission; used by loop 0 only. */
struct ws_gate {
	double tokens;  /* accepts that are allowed now */
	int64_t at;     /* ms of the last refill */
	int64_t resume; /* ms; 0 = listeners are polled */
	int spare_fd;   /* given up when descriptors run out */
};

struct ws_server {
	struct ws_init init; /* listeners NULL: they are below */
	struct ws_listening *listeners;
	int nlisteners;
	struct ws_loop *loops;
	int nloops, started; /* threads that run */
	pthread_mutex_t lock;
	struct ws_addrs addrs;
	struct ws_gate gate;
	unsigned next_loop; /* used by loop 0 */
	_Atomic int live, shaking;
	_Atomic uint64_t serial;
	_Atomic bool stopping;
	_Atomic int64_t stop_at; /* ms of the system's clock */
};

void server_uncount(struct ws_server *s, uint64_t address); /* a connection that was counted is gone */

/* ws_conn.c */
struct ws_conn *conn_find(struct ws_loop *l, ws_id id); /* of this loop; NULL = gone */
void conn_new(struct ws_loop *l, const struct adoptee *a);
void conn_event(struct ws_loop *l, struct ws_conn *c, unsigned events);
void conn_timeout(struct ws_loop *l, struct ws_conn *c);
int64_t conn_due(const struct ws_loop *l, const struct ws_conn *c); /* ms, 0 = nothing is due */
bool conn_text(struct ws_loop *l, struct ws_conn *c, const char *text, size_t len);
void conn_close(struct ws_loop *l, struct ws_conn *c, int code, const char *why);
void conn_end(struct ws_loop *l, struct ws_conn *c, int code, const char *why); /* frees it */
void conn_break(struct ws_loop *l, struct ws_conn *c, int code);                /* to be ended soon */

/* ws_out.c */
bool conn_frame(struct ws_loop *l, struct ws_conn *c, int op, bool packed, const void *p, size_t n);
void conn_write(struct ws_loop *l, struct ws_conn *c, const void *p, size_t n); /* breaks it on failure */
void conn_flush(struct ws_loop *l, struct ws_conn *c);
void conn_poll(struct ws_loop *l, struct ws_conn *c, bool out);
void conn_out_free(struct ws_conn *c);

/* ws_loop.c */
int loop_init(struct ws_loop *l, struct ws_server *s, int index, int32_t nconns, struct err *e) MUST_USE;
void loop_done(struct ws_loop *l);
void *loop_main(void *loop);
void loop_arm(struct ws_loop *l, struct ws_conn *c); /* its deadline may have come nearer */
void loop_disarm(struct ws_loop *l, struct ws_conn *c);
struct ws_reader *loop_reader(struct ws_loop *l);
void loop_reader_back(struct ws_loop *l, struct ws_reader *r);
void loop_post(struct ws_loop *l, const struct box_record *r, const void *p); /* lock is held */
void loop_wake(struct ws_loop *l);
static inline bool loop_is_mine(const struct ws_loop *l)
{
	return pthread_equal(l->thread, pthread_self());
}
static inline int32_t conn_slot(const struct ws_loop *l, const struct ws_conn *c)
{
	return (int32_t)(c - l->conns);
}

/* ws_admit.c */
void admit_listen(struct ws_loop *l, bool on);
void admit_ready(struct ws_loop *l, int listener);
int64_t admit_due(const struct ws_loop *l); /* ms, 0 = nothing is due */
void admit_time(struct ws_loop *l);
void admit_text(int fd, char *buf, size_t size); /* the peer's address */

#endif
