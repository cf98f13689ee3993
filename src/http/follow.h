/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that follow something as it happens: server-sent events (text/event-stream), or polls that wait. An
 * event's id is its number, so a client that comes again with Last-Event-ID misses nothing and hears nothing
 * twice. Each such answer holds a thread, therefore STREAMS_MAX at a time over all subjects (ERR_BUSY with
 * Retry-After), and a stream ends after STREAM_MS. The subject is looked at every FOLLOW_LOOK_MS; between two
 * looks the connection to the store is back in the pool.
 */
#ifndef FIRPATH_HTTP_FOLLOW_H
#define FIRPATH_HTTP_FOLLOW_H

#include <stdatomic.h>

#include "http/http.h"

#define FOLLOW_LOOK_MS 500
#define FOLLOW_TELL_MS                                                                                       \
	2000 /* how it stands is told at least so often: also proves that the line is alive                  \
	      */

struct follow {
	struct str out;    /* owned: what was not sent yet */
	bool sse;          /* events; else members of a JSON array */
	bool resumed;      /* the client said Last-Event-ID, which is in `last` */
	bool over;         /* nothing will ever come again: the stream ends */
	int64_t last;      /* number of the newest event given */
	int64_t n;         /* events in out */
	atomic_int *place; /* counts this answer; NULL = it holds none */
};
void follow_done(struct follow *f);
DEFINE_OWN_VAL(struct follow, follow_done)

/* Reads the headers Accept and Last-Event-ID; `last` must hold what counts without the second. */
int follow_start(struct follow *f, struct req *rq, struct err *e) MUST_USE;
/* Takes one of the places, until follow_done(). After everything that can be wrong with the request. */
int follow_take(struct follow *f, struct req *rq, struct resp *rs, struct err *e) MUST_USE;
/* Appends one event: JSON on one line. */
void follow_event(struct follow *f, const char *event, int64_t n, const char *json, size_t len);
/* Waits until it is time to look again; false: the client is gone, or the service stops. */
bool follow_pause(struct req *rq);

/* What is followed. */
struct follow_source {
	/* Appends what came after f->last, sets f->last and f->over. */
	int (*look)(struct req *rq, struct follow *f, void *ctx, struct err *e);
	/* Appends how it stands: one JSON object on one line. */
	void (*tell)(void *ctx, struct str *out);
	const char *told; /* the event under which that is told: "progress"; the last one is called "end" */
	void *ctx;
};
/* Server-sent events until it is over, the client leaves, or STREAM_MS have passed. */
int follow_stream(struct follow *f, struct req *rq, struct resp *rs, const struct follow_source *src,
		  struct err *e) MUST_USE;

#endif
