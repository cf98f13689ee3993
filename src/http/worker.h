/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the door: what all threads share (struct door), what one thread owns (struct worker), and the
 * line to the client as the dispatcher sees it. Only server.c knows which library holds the sockets; tests
 * give a line of their own.
 *
 * Shared state beside the store and the catalogue, each with its one lock: the connection pool (pool.h), the
 * rate limiter (rate.h). Counters are atomic.
 */
#ifndef FIRPATH_HTTP_WORKER_H
#define FIRPATH_HTTP_WORKER_H

#include <stdatomic.h>

#include "base/network.h"
#include "base/rnd.h"
#include "http/door.h"
#include "http/guard.h"
#include "http/hot.h"
#include "http/http.h"
#include "http/pool.h"
#include "http/rate.h"
#include "http/router.h"
#include "http/stack.h"

#define BODY_OUT_MAX (128 * MIB) /* ceiling of an answer made in memory */
#define ONE_WRITE_MAX (64 * KIB) /* answers up to this size go out with their head in one write */
#define BIG_BODY MIB             /* request bodies above this are limited to BIG_BODIES_MAX at a time */
#define BIG_BODIES_MAX 2
#define HEADERS_OUT_MAX (8 * KIB)
#define ERRORS_OUT_MAX (256 * KIB)
#define BUFFER_KEEP (256 * KIB) /* a thread's buffers are given back above this */
#define SLOW_MS 1000            /* answers that took longer are logged */

/* One client connection during one request. */
struct line {
	void *ctx;
	int64_t (*read)(void *ctx, void *buf, size_t n); /* body bytes; 0 = end, -1 = failed */
	bool (*write)(void *ctx, const void *p, size_t n);
	bool (*alive)(void *ctx); /* false: the client hung up or the server stops */
};

struct secret {
	bool set;
	uint8_t sha256[32]; /* of the token; the token itself is not kept */
};

/* Replaced as a whole by a reload; what was replaced lives until the door is closed, so readers need no lock.
 */
struct tokens {
	struct secret operator; /* ROLES_LOCAL */
	struct secret device;   /* ROLE_DEVICE */
	struct tokens *older;   /* owned */
};

struct door {
	const struct app *app;           /* borrowed */
	struct router *router;           /* owned */
	struct pool *pool;               /* owned */
	struct pool *health_pool;        /* owned: health must not queue behind requests */
	struct rate *rate;               /* owned */
	_Atomic(struct tokens *) tokens; /* owned */
	const char *host_names;          /* borrowed from the configuration */
	const char *public_url;          /* borrowed from the configuration */
	struct networks dcc_from;        /* who may post messages of the DCC */
	bool trust_forwarded;            /* X-Real-IP names the client (a front is before us) */
	char build[9];                   /* part of every validator: another program may answer differently */
	atomic_bool people;              /* there is an account: the loopback is not trusted any more */
	_Atomic(int64_t) people_next;    /* mono ms: when the store is asked for that again */
	_Atomic(int64_t)
	    touch_next;       /* mono ms: not before, the use of sessions and tokens is written again */
	atomic_int passwords; /* being checked: each holds 32 MiB */
	atomic_int impacts;   /* being worked out: each holds a thread and a connection for up to seconds */
	atomic_bool stopping; /* new requests are refused */
	atomic_int running;   /* requests between head and answer */
	atomic_int streams;   /* event streams open */
	atomic_int big;       /* large bodies in memory */
};

struct worker {
	struct door *door;            /* borrowed */
	struct catalog_view *view;    /* owned */
	struct path_scratch *scratch; /* owned */
	struct stack *stack;          /* owned: where requests run */
	struct hot *hot;              /* owned: answers given lately */
	struct rnd rnd;               /* request ids; not secret */
	struct str body, headers;     /* lent to struct resp */
	struct str in;                /* lent to struct req */
	struct str out;               /* head and body as they go out in one write */
	struct db *read, *write;      /* lent by the pool until the request ends; NULL */
	char date[64];                /* "Fri, 20 Nov 2026 09:00:00 GMT" */
	int64_t date_s;               /* the second it was made for */
	char fresh[64];               /* validator of catalogue answers */
	int64_t fresh_rev, fresh_day, fresh_checked, fresh_epoch;
	bool fresh_stale;
	char pairs[2 * TARGET_MAX + 2];             /* decoded query */
	char args[TARGET_MAX + ROUTE_ARGS_MAX + 1]; /* decoded path segments */
	/* the request under way */
	const struct req *rq;
	const struct line *line;
	const struct framing *framing;
	int64_t left;       /* body bytes not read yet; -1 = chunked, end not seen */
	int64_t taken;      /* body bytes read */
	bool head_only;     /* HEAD */
	bool old;           /* HTTP/1.0: no chunks */
	bool close;         /* the connection ends after this answer */
	bool broken;        /* a write failed or a stream was cut: nothing more can be sent */
	int64_t sent_bytes; /* of this answer */
};

struct worker *worker_new(struct door *d);
void worker_free(struct worker *w);
DEFINE_OWN(struct worker, worker_free)

/* One request, from its parsed head to its answer, on the calling thread. Returns the status that was sent;
 * the caller must end the connection when w->close is set. */
int dispatch(struct worker *w, const struct head *head, const char *peer, const struct line *line);
/* The same for an answer that this thread gave lately, on any stack: 0 = there is none, nothing was done. */
int dispatch_kept(struct worker *w, const struct head *head, const struct line *line);
/* The answer to what the server's own parser refused; always closes. */
void dispatch_refused(struct worker *w, int status, const char *why, const struct line *line);

/* resp.c: composes and sends. */
void resp_start(struct resp *rs, struct worker *w);
void resp_problem(struct resp *rs, const struct req *rq, const struct err *e);
void resp_finish(struct resp *rs, struct req *rq);
/* resp_file.c: sends rs->file, whole or the range that the request asks for. */
int resp_file(struct resp *rs, struct req *rq, struct err *e) MUST_USE;
#define IMPACTS_MAX 4   /* worked out at a time: half of the readers of the store stay free */
#define PASSWORDS_MAX 4 /* checked at a time; others are asked to come again */
/* signin.c: finds out who asks (rq->who, rq->actor) and whether the route is open to them. */
int signin_check(struct req *rq, struct resp *rs, struct err *e) MUST_USE;
void resp_retry_after(struct resp *rs, int seconds);
bool resp_not_modified(const struct resp *rs, const struct req *rq); /* If-None-Match names rs->etag */
bool line_send(struct worker *w, const void *p, size_t n);
void resp_head(struct resp *rs, const struct req *rq, int64_t length); /* into w->out; length -1 = chunked */
const char *status_text(int status);
const char *resp_date(struct worker *w, int64_t now); /* 29 characters */
/* Where the date of a head begins; the request id follows it. */
#define DATE_LEN 29
#define ID_AFTER_DATE (DATE_LEN + sizeof "\r\nRequest-Id: " - 1)
size_t resp_date_at(int status);

/* req.c */
void req_release(
    struct req *rq); /* gives connections back to the pool (also between pieces of a long stream) */

#endif
