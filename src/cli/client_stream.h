/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of server-sent events that is followed while something else is waited for: a connection of its own
 * beside the client's. When it ends or breaks, it is opened again where it left off, by the number of the
 * last event (Last-Event-ID), with growing pauses while the service is away.
 */
#ifndef FIRPATH_CLI_CLIENT_STREAM_H
#define FIRPATH_CLI_CLIENT_STREAM_H

#include "cli/client.h"

/* One event: its name ("message" when it has none) and its data; both end with the call. */
typedef void stream_fn(void *ctx, const char *name, const char *data, size_t len);

struct stream;
/* path: copied. c must live longer. after: the number of the event behind which to begin, NULL = the
 * service's choice. Nothing is sent before stream_wait(). */
int stream_open(struct client *c, const char *path, const char *after, stream_fn *event, void *ctx,
		struct stream **ret, struct err *e) MUST_USE;
void stream_close(struct stream *s);
DEFINE_OWN(struct stream, stream_close)

/* Lets the stream run until fd (-1 = none) can be read, or ms have passed, or events came. *ret_readable
 * tells of fd; events are given to the function. Errors are final: the service refuses the stream (not found,
 * not allowed); that it is away is none. */
int stream_wait(struct stream *s, int fd, int64_t ms, bool *ret_readable, struct err *e) MUST_USE;
/* The service does not answer just now: why; NULL when it does. */
const char *stream_away(const struct stream *s);

#endif
