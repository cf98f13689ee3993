/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The REST client: one service, one connection kept open, answers with a ceiling, problem+json turned into
 * struct err. Redirects are not followed. A token goes over plain HTTP to this machine only. Only client*.c
 * see libcurl.
 */
#ifndef FIRPATH_CLI_CLIENT_H
#define FIRPATH_CLI_CLIENT_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"

struct client;
struct client_init {
	const char *server;  /* "http://127.0.0.1:8231"; copied */
	const char *token;   /* NULL or "" = none; copied */
	const char *ca_file; /* NULL or "" = the system's */
	const char *user;    /* who does it: header Firpath-User; copied */
	int64_t timeout_ms;  /* of one answer, streams excepted; while streaming: of silence */
};
/* ERR_CONFIG when the address is none, ERR_DENIED when the token would go in the clear. */
int client_new(const struct client_init *init, struct client **ret, struct err *e) MUST_USE;
void client_free(struct client *c);
DEFINE_OWN(struct client, client_free)

/* What to send; fill what is needed. */
struct client_send {
	const char *method; /* NULL = GET, or POST with a body */
	const char *path;   /* "/v1/..." with its query */
	const char *type;   /* content type of the body */
	const char *accept; /* NULL = application/json */
	const char *once;   /* Idempotency-Key, NULL = none */
	const char *match;  /* If-Match, NULL = none */
	const char *after;  /* Last-Event-ID, NULL = none */
	const void *body;   /* whole body, or */
	size_t len;
	FILE *file; /* a body that is read while it is sent, chunked unless len says its size */
	/* Called with each piece of the answer instead of collecting it; not for problems. */
	int (*piece)(void *ctx, const void *p, size_t n, struct err *e);
	void *ctx;
};
/* The answer's body is appended to out (NULL with piece). Statuses 2xx and 300 are answers; others are
 * errors: ERR_REMOTE when it is no problem+json, else the problem's own code, with its errors[] in *problems
 * (may be NULL). ERR_UNAVAILABLE: nobody answers there. *ret_status may be NULL. */
int client_run(struct client *c, const struct client_send *s, struct str *out, struct str *problems,
	       int *ret_status, struct err *e) MUST_USE;
/* Shorthand for a GET. */
int client_get(struct client *c, const char *path, struct str *out, struct err *e) MUST_USE;
const char *client_server(const struct client *c);

/* Appends "name=value" to an address, with ? or & in front; value escaped; NULL value adds nothing. */
void url_add(struct str *url, const char *name, const char *value);
/* Appends one path segment, escaped, with / in front. */
void url_segment(struct str *url, const char *segment);

#endif
