/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing HTTP: the only way in which the service itself asks strangers' servers for something (feeds) or
 * tells them something (webhooks). Addresses come from users, so every one is hostile until judged (T30):
 *
 *   - https only; http only to the host:port pairs of `fetch_allow_http`
 *   - no user names in addresses, no proxies, no cookies, no netrc, no redirects unless asked for, and then
 *     to the same origin only
 *   - the address is judged when the socket is opened, after the name was resolved, so that a name server
 * that changes its answer gains nothing: special-purpose addresses (IANA registries: loopback, private, link
 *     local, mapped, translated, multicast ...) are refused unless `fetch_allow` permits them
 *   - ceilings on bytes and time; whoever sends less than 1 KiB/s for 10 s is left (T17)
 *   - the server's certificate is checked, always; a pin (CURLOPT_PINNEDPUBLICKEY) comes on top
 *
 * Errors: ERR_INVALID (the address is none of these), ERR_ADDRESS (what it names is not permitted),
 * ERR_TIMEOUT, ERR_TOO_LARGE, ERR_REMOTE (name, connection, certificate, broken answer), ERR_FILE/ERR_DISK
 * for the file. Any HTTP status is an answer, not an error. Messages name the host, never a query or a
 * secret.
 */
#ifndef FIRPATH_WIRE_FETCH_H
#define FIRPATH_WIRE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define FETCH_CONF_KEYS \
	{ "fetch_allow_http", CONF_TEXT, "", 0, 0, "HOST:PORT pairs that may be asked over plain http, separated by blanks." }, \
	{ "fetch_allow", CONF_TEXT, "", 0, 0, "Networks (CIDR) with special addresses that may be asked all the same, separated by blanks." }, \
	{ "fetch_ca_file", CONF_TEXT, "", 0, 0, "File of the certificates to trust for outgoing https; empty: the system's." }
/* clang-format on */

#define FETCH_URL_MAX 2000      /* characters of an address */
#define FETCH_CONNECT_MS 10000  /* default time to resolve, connect and agree on TLS */
#define FETCH_TOTAL_MS 30000    /* default time of all */
#define FETCH_LOW_SPEED 1024    /* bytes a second ... */
#define FETCH_LOW_SPEED_S 10    /* ... for so long, or it is left */
#define FETCH_HEADERS_MAX 32768 /* bytes of an answer's head */
#define FETCH_WANT_MAX 4        /* further headers of an answer that can be asked for */
#define FETCH_HEADER_SIZE 512   /* one kept header value with its NUL; longer ones count as absent */

/* What is permitted; never changed after it was made, so threads share it. */
struct fetch_rules;
/* Lists as in the configuration, NULL = empty. ERR_CONFIG names the word that is wrong. */
int fetch_rules_new(const char *allow_http, const char *allow, const char *ca_file, struct fetch_rules **ret,
		    struct err *e) MUST_USE;
int fetch_rules_from(const struct conf *c, struct fetch_rules **ret, struct err *e) MUST_USE;
void fetch_rules_free(struct fetch_rules *r);
DEFINE_OWN(struct fetch_rules, fetch_rules_free)

/* Would this address be asked at all? Without network: form, scheme, literal addresses. A name can still turn
 * out to be somewhere forbidden. */
int fetch_url_check(const struct fetch_rules *r, const char *url, struct err *e) MUST_USE;
/* Why the address of this text ("127.0.0.1", "::1") is special: "loopback", "private" ...; NULL = it is a
 * public one or permitted; "not an address" for anything else. */
const char *fetch_address_special(const struct fetch_rules *r, const char *text);

struct fetch_header {
	const char *name, *value; /* borrowed; without control characters */
};
/* A question; what is 0 or NULL takes its default. */
struct fetch_ask {
	const char *method; /* NULL = GET, or POST with a body */
	const char *url;
	const struct fetch_header *headers; /* beside the ones below */
	size_t nheaders;
	const char *body; /* NULL = none */
	size_t len;
	const char *etag;     /* If-None-Match, as the server wrote it; NULL or "" = none */
	const char *modified; /* If-Modified-Since, as the server wrote it; NULL or "" = none */
	const char *pin;      /* "sha256//BASE64=;sha256//..." of the server's public key; NULL = any */
	const char *want[FETCH_WANT_MAX]; /* further headers of the answer to keep */
	const char *file;  /* the body goes into this new file (removed again on failure); NULL = memory */
	int64_t max_bytes; /* of the body; must be given. Past it: ERR_TOO_LARGE, */
	bool cut;          /* or with this: the rest is not read, and that is no error */
	int64_t connect_ms, total_ms;
	int redirects;       /* how many may be followed to the same origin; 0 = 3xx is the answer */
	const char *resolve; /* tests only: "HOST:PORT:ADDRESS" answered in place of the name server; NULL */
};
struct fetch_answer {
	int status;
	char etag[FETCH_HEADER_SIZE];     /* "" = none */
	char modified[FETCH_HEADER_SIZE]; /* Last-Modified, "" = none */
	char type[FETCH_HEADER_SIZE];     /* Content-Type, "" = none */
	char want[FETCH_WANT_MAX][FETCH_HEADER_SIZE];
	struct str body;  /* owned; empty with a file */
	int64_t bytes;    /* of the body */
	bool cut;         /* there was more (see ask.cut) */
	char address[64]; /* that answered */
	int64_t took_ms;
};
void fetch_answer_done(struct fetch_answer *a);
DEFINE_OWN_VAL(struct fetch_answer, fetch_answer_done)

/* One question; waits. stop (may be NULL) is asked about each second: true ends it with ERR_STOPPING. */
int fetch_run(const struct fetch_rules *r, const struct fetch_ask *ask, bool (*stop)(void *), void *stop_ctx,
	      struct fetch_answer *ret, struct err *e) MUST_USE;

/* Many at once, from one thread, without waiting for the slow ones. Redirects and files are not for these. */
struct fetch_many;
struct fetch_many *fetch_many_new(const struct fetch_rules *r); /* rules borrowed */
void fetch_many_free(struct fetch_many *m);                     /* leaves what is under way */
DEFINE_OWN(struct fetch_many, fetch_many_free)
/* Begins one; everything is copied. tag comes back with its end. */
int fetch_many_add(struct fetch_many *m, const struct fetch_ask *ask, int64_t tag, struct err *e) MUST_USE;
size_t fetch_many_running(const struct fetch_many *m);
/* Moves all on, waiting up to wait_ms for something to happen. */
int fetch_many_poll(struct fetch_many *m, int wait_ms, struct err *e) MUST_USE;
/* One that ended: *ret_rc is OK with *ret filled, or the code of *ret_why. False: none has ended. */
bool fetch_many_next(struct fetch_many *m, int64_t *ret_tag, int *ret_rc, struct fetch_answer *ret,
		     struct err *ret_why);

#endif
