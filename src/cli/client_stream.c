/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client_stream.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/client_p.h"

#define EVENT_MAX (256 * KIB)
#define PAUSE_FIRST_MS 200
#define PAUSE_MAX_MS 10000

struct stream {
	struct client *client; /* borrowed */
	CURLM *multi;          /* owned */
	CURL *curl;            /* owned */
	char *url, *path;      /* owned */
	stream_fn *event;
	void *ctx;

	bool open;                  /* curl is in multi */
	struct exchange x;          /* while open */
	struct client_send send;    /* while open */
	struct curl_slist *headers; /* owned, while open */
	struct err fault;           /* of the newest attempt */
	bool away;                  /* the newest attempt failed */
	int64_t pause, again_at;    /* ms of the monotonic clock */

	struct str line, data; /* what came of the current line and event */
	char name[32], id[32], last[32];
	int events; /* given since stream_wait() began */
};

static int64_t mono_ms(void)
{
	return clock_mono(clock_system());
}

/* ---- the events in the bytes -------------------------------------------------------------------------- */

static void event_end(struct stream *s)
{
	if (*s->id)
		str_copy(s->last, sizeof s->last, s->id);
	if (s->data.len) {
		s->event(s->ctx, *s->name ? s->name : "message", str_c(&s->data), s->data.len);
		s->events++;
	}
	str_clear(&s->data);
	*s->name = *s->id = '\0';
}

static void take_line(struct stream *s)
{
	const char *l = str_c(&s->line), *v = strchr(l, ':');
	size_t n = v ? (size_t)(v - l) : strlen(l);

	if (!*l) {
		event_end(s);
		return;
	}
	v = v ? v + 1 + (v[1] == ' ') : "";
	if (n == 4 && !strncmp(l, "data", n)) {
		if (s->data.len)
			str_addc(&s->data, '\n');
		str_add(&s->data, v);
	} else if (n == 5 && !strncmp(l, "event", n)) {
		str_copy(s->name, sizeof s->name, v);
	} else if (n == 2 && !strncmp(l, "id", n)) {
		str_copy(s->id, sizeof s->id, v);
	}
}

static int take_piece(void *ctx, const void *p, size_t n, struct err *e)
{
	struct stream *s = ctx;
	const char *c = p, *end = c + n;

	while (c < end) {
		const char *stop = memchr(c, '\n', (size_t)(end - c));
		size_t len = stop ? (size_t)(stop - c) : (size_t)(end - c);

		str_addn(&s->line, c, len);
		c += len + (stop != NULL);
		if (!stop)
			break;
		if (s->line.len && s->line.p[s->line.len - 1] == '\r')
			s->line.p[--s->line.len] = '\0';
		take_line(s);
		str_clear(&s->line);
	}
	if (s->line.over || s->data.over)
		return err_set(e, ERR_TOO_LARGE, "an event of %s is larger than %zu bytes", s->path,
			       EVENT_MAX);
	return OK;
}

/* ---- the connection ----------------------------------------------------------------------------------- */

int stream_open(struct client *c, const char *path, const char *after, stream_fn *event, void *ctx,
		struct stream **ret, struct err *e)
{
	OWN(stream_close) struct stream *s = mem_zalloc(sizeof *s);
	STR(url, 16 * KIB);

	s->client = c;
	s->event = event;
	s->ctx = ctx;
	str_init(&s->line, EVENT_MAX);
	str_init(&s->data, EVENT_MAX);
	str_copy(s->last, sizeof s->last, after ? after : "");
	str_addf(&url, "%s%s", c->server, path);
	if (url.over)
		return err_set(e, ERR_INVALID, "the question is longer than an address can be");
	s->url = str_take(&url);
	s->path = mem_strdup(path);
	s->multi = curl_multi_init();
	s->curl = curl_easy_init();
	if (!s->multi || !s->curl)
		return err_set(e, ERR_NO_MEMORY, "libcurl cannot start");
	*ret = MOVE(s);
	return OK;
}

static void begin(struct stream *s)
{
	s->send = (struct client_send){ .path = s->path,
					.accept = "text/event-stream, application/problem+json",
					.after = *s->last ? s->last : NULL,
					.piece = take_piece,
					.ctx = s };
	s->x = (struct exchange){ .curl = s->curl,
				  .send = &s->send,
				  .e = &s->fault,
				  .path = s->path,
				  .server = s->client->server };
	str_clear(&s->line);
	str_clear(&s->data);
	*s->name = *s->id = '\0';
	exchange_begin(s->client, &s->x, s->url, &s->headers);
	curl_multi_add_handle(s->multi, s->curl);
	s->open = true;
}

static void end(struct stream *s)
{
	curl_multi_remove_handle(s->multi, s->curl);
	curl_slist_free_all(s->headers);
	s->headers = NULL;
	s->open = false;
}

void stream_close(struct stream *s)
{
	if (s->open) {
		end(s);
		str_done(&s->x.problem);
	}
	curl_easy_cleanup(s->curl);
	curl_multi_cleanup(s->multi);
	str_done(&s->line);
	str_done(&s->data);
	free(s->url);
	free(s->path);
	free(s);
}

static bool is_final(enum err_code code)
{
	return code != ERR_UNAVAILABLE && code != ERR_REMOTE && code != ERR_TIMEOUT && code != ERR_BUSY &&
	       code != ERR_RATE && code != ERR_STOPPING;
}

/* The exchange ended so: plan the next attempt. */
static int finished(struct stream *s, CURLcode rc, struct err *e)
{
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	end(s);
	if (rc == CURLE_OPERATION_TIMEDOUT && status == 200)
		rc = CURLE_OK; /* silence: nothing happened there, or it is gone; the next attempt tells */
	if (exchange_end(s->client, &s->x, rc, NULL, NULL) && is_final(s->fault.code)) {
		*e = s->fault;
		return (int)e->code;
	}
	s->away = rc != CURLE_OK || status != 200;
	if (!s->away || !s->pause)
		s->pause = PAUSE_FIRST_MS;
	else
		s->pause = s->pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : s->pause * 2;
	s->again_at = mono_ms() + s->pause;
	return OK;
}

/* Moves what can be moved without waiting. */
static int turn(struct stream *s, struct err *e)
{
	int running = 0, left = 0;
	long status = 0;
	CURLMsg *m;

	if (!s->open && mono_ms() >= s->again_at)
		begin(s);
	if (!s->open)
		return OK;
	curl_multi_perform(s->multi, &running);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && s->x.ours)
		s->away = false;
	while ((m = curl_multi_info_read(s->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			return finished(s, m->data.result, e);
	return OK;
}

int stream_wait(struct stream *s, int fd, int64_t ms, bool *ret_readable, struct err *e)
{
	int64_t until = mono_ms() + ms, now;
	struct curl_waitfd in = { .fd = fd, .events = CURL_WAIT_POLLIN };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	*ret_readable = false;
	s->events = 0;
	for (;;) {
		int64_t wait;

		if (turn(s, e))
			return (int)e->code;
		now = mono_ms();
		wait = until - now;
		if (s->events || wait <= 0)
			return OK;
		if (!s->open && wait > s->again_at - now)
			wait = s->again_at > now ? s->again_at - now : 0;
		if (curl_multi_poll(s->multi, fd >= 0 ? &in : NULL, fd >= 0, (int)(wait > 1000 ? 1000 : wait),
				    NULL))
			return err_set(e, ERR_INTERNAL, "waiting for events failed");
		if (fd >= 0 && poll(&p, 1, 0) > 0) { /* libcurl does not tell of an end */
			*ret_readable = true;
			return OK;
		}
	}
}

const char *stream_away(const struct stream *s)
{
	return s->away ? s->fault.msg : NULL;
}
