/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused before anything else looks at a request. The library under us accepts messages that another
 * server could read differently (a second Content-Length, a hidden header past the 64th, a sign before the
 * digits, no Host or two), and two readings of one message are how requests are smuggled. So one pure
 * function judges the whole parsed head, and a head that it does not like ends the connection: there is never
 * a second answer.
 *
 * Pure: no clock, no socket, no allocation. Fuzzed by tests/fuzz/fuzz_guard.c.
 */
#ifndef FIRPATH_HTTP_GUARD_H
#define FIRPATH_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/http.h"

#define TARGET_MAX 8192       /* bytes of the request target, query included */
#define HEADER_VALUE_MAX 8192 /* bytes of one header value */

/* A head as the server's parser gives it. All text is borrowed. */
struct head {
	const char *method;          /* "GET" */
	const char *path;            /* the request target as sent, up to the '?' */
	const char *query;           /* what follows the first '?', as sent; NULL without one */
	const char *version;         /* "1.1" */
	const struct header *header; /* in order of arrival */
	size_t nheaders;             /* the parser stops at HEADERS_MAX: a full list may hide more */
	bool gaps; /* the parser passed over bytes between the parts: something may be hidden there */
};

/* What the rest of the service may rely on afterwards. */
struct framing {
	int64_t length;   /* Content-Length, 0 when there is none */
	bool has_length;  /* a Content-Length was sent */
	bool chunked;     /* Transfer-Encoding: chunked */
	bool conditional; /* If-None-Match was sent */
	bool go_on;       /* Expect: 100-continue */
	bool last;        /* the client asked for Connection: close, or is HTTP/1.0 */
	const char *host; /* the one Host, borrowed */
};

/* ERR_HEADERS for what could be read two ways; ERR_TARGET_LONG for a long target. */
int guard_head(const struct head *in, struct framing *ret, struct err *e) MUST_USE;

/* Is this host name or address ours? names: the configured list separated by blanks, beside the loopback
 * names. Any port is accepted. Stops pages that point a foreign name at the loopback address. */
bool guard_host_ok(const char *host, const char *names);

/* Is a changing request from a browser from our own pages (T24)? Programs send neither header and pass,
 * unless form is set (a content type that any foreign page could send without asking): then one of them must
 * speak for it. public_url: the address of the front, or "". ERR_ORIGIN. */
int guard_origin(const struct head *in, const char *host, const char *public_url, bool form,
		 struct err *e) MUST_USE;

/* Decodes %XX and '+' of one query name or value, or %XX of one path segment (plus = false). False: bad
 * escape, NUL, control character, or not UTF-8. out holds at least n+1 bytes and is terminated. */
bool guard_decode(const char *s, size_t n, bool plus, char *out, size_t *ret_len);

/* Splits a raw query into decoded pairs. buf holds at least 2 * strlen(query) + 2 bytes and keeps the text. A
 * name without
 * '=' has an empty value. ERR_INVALID names the bad parameter; repeated names are refused. */
int guard_query(const char *query, char *buf, struct query_pair *pairs, size_t max, size_t *ret_n,
		struct err *e) MUST_USE;

/* Value of a header (any case), NULL when absent; the first if it is repeated. */
const char *header_get(const struct header *h, size_t n, const char *name);

#endif
