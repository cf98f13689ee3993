/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "http/follow.h"
#include "http/handlers.h"
#include "http/worker.h"

void follow_done(struct follow *f)
{
	if (f->place)
		atomic_fetch_sub(f->place, 1);
	f->place = NULL;
	str_done(&f->out);
}

int follow_start(struct follow *f, struct req *rq, struct err *e)
{
	const char *accept = req_header(rq, "Accept"), *from = req_header(rq, "Last-Event-ID");

	str_init(&f->out, 8 * MIB);
	f->sse = accept && strstr(accept, "text/event-stream");
	f->resumed = from != NULL;
	if (from && parse_i64(from, 0, INT64_MAX, &f->last, e))
		return err_wrap(e, "the header Last-Event-ID");
	return OK;
}

int follow_take(struct follow *f, struct req *rq, struct resp *rs, struct err *e)
{
	atomic_int *streams = &rq->worker->door->streams;

	req_release(rq);
	if (atomic_fetch_add(streams, 1) >= STREAMS_MAX) {
		atomic_fetch_sub(streams, 1);
		resp_header(rs, "Retry-After", "5");
		return err_set(e, ERR_BUSY, "%d event streams are open already", STREAMS_MAX);
	}
	f->place = streams;
	rs->cache = CACHE_NEVER;
	return OK;
}

void follow_event(struct follow *f, const char *event, int64_t n, const char *json, size_t len)
{
	if (f->sse)
		str_addf(&f->out, "id: %" PRId64 "\nevent: %s\ndata: ", n, event);
	else if (f->n)
		str_addc(&f->out, ',');
	str_addn(&f->out, json, len);
	if (f->sse)
		str_add(&f->out, "\n\n");
	f->last = n;
	f->n++;
}

static bool alive(const struct req *rq)
{
	return rq->worker->line->alive(rq->worker->line->ctx);
}

bool follow_pause(struct req *rq)
{
	struct timespec t = { FOLLOW_LOOK_MS / 1000, FOLLOW_LOOK_MS % 1000 * 1000000 };

	if (!alive(rq))
		return false;
	nanosleep(&t, NULL);
	return true;
}

/* The connection goes back to the pool at once. */
static int look(struct follow *f, struct req *rq, const struct follow_source *src, struct err *e)
{
	int rc = src->look(rq, f, src->ctx, e);

	req_release(rq);
	return rc;
}

int follow_stream(struct follow *f, struct req *rq, struct resp *rs, const struct follow_source *src,
		  struct err *e)
{
	int64_t begun = clock_mono(rq->app->clock), told = 0, now;

	rs->type = "text/event-stream";
	if (look(f, rq, src, e) || resp_stream(rs, e))
		return e->code;
	str_add(&f->out, "retry: 1000\n\n");
	for (;;) {
		now = clock_mono(rq->app->clock);
		if (f->n || f->over || !told || now - told >= FOLLOW_TELL_MS) {
			str_addf(&f->out, "event: %s\ndata: ", f->over ? "end" : src->told);
			src->tell(src->ctx, &f->out);
			str_add(&f->out, "\n\n");
			told = now;
		}
		if (resp_send(rs, str_c(&f->out), f->out.len, e))
			return e->code;
		str_clear(&f->out);
		f->n = 0;
		if (f->over || now - begun >= STREAM_MS || !follow_pause(rq))
			return OK;
		if (look(f, rq, src, e))
			return e->code;
	}
}
