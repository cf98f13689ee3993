/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WebSocket server (RFC 6455, RFC 7692) for many long-lived connections: epoll loops of its own, OpenSSL,
 * libwslay for frames, zlib for permessage-deflate (one pair per loop, no context takeover in either
 * direction). What it does not know is OCPP. This header is all that others see of the transport, so that it
 * can be exchanged (architecture D3; ocpp.md 1.4, 5, 6).
 *
 * Threads: callbacks run on a loop's thread and must not block: no store, no file, no signature check.
 * ws_send, ws_close, ws_counts, ws_reload may be called from any thread, callbacks included. A connection is
 * named by a number that is never used again, so a late send to a connection that is gone does nothing
 * (false).
 *
 * Ceilings (all refused or closed, counted): request head 8 KiB; one message `message_max` bytes after
 * inflating (close 1009); unsent output per connection 1 MiB (close 1013); connections `connections_max`
 * (503), `per_address_max` per address (T28: 503, Retry-After); handshakes under way `handshakes_max` and
 * `accept_rate` per second (storms: the rest waits in the listen queue); a head or TLS handshake not done in
 * `handshake_ms`, a frame begun and not ended in `frame_ms`: closed. Text must be UTF-8 (1007), binary is
 * refused (1003), frames from clients must be masked (1002). A foreign Origin is refused: 403 (T27).
 */
#ifndef FIRPATH_WIRE_WS_H
#define FIRPATH_WIRE_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct ws_server;
typedef uint64_t ws_id; /* 0 = none */

#define WS_PATH_MAX 512
#define WS_IDENTITY_MAX 48

/* The handshake as the client sent it; borrowed for the call. */
struct ws_hello {
	ws_id id;
	int listener;              /* index into ws_init.listeners */
	const char *path;          /* raw path without query */
	const char *host;          /* "" = none */
	const char *const *offers; /* Sec-WebSocket-Protocol in the client's order; NULL-terminated */
	const char *user;          /* Basic: decoded user, NULL = no Authorization */
	const unsigned char *pass; /* Basic: bytes after the first colon; may hold any byte */
	size_t pass_len;
	const char *cert_cn, *cert_o; /* of a client certificate that was verified; NULL = none */
	const char *peer;             /* address as text */
};
/* What becomes of it. status 101: protocol NULL = completed without Sec-WebSocket-Protocol, then closed
 * (OCPP-J 3.3). 401 sends WWW-Authenticate: Basic; 404; 403; 503 with Retry-After. */
struct ws_verdict {
	int status;
	const char *protocol; /* one of the offers */
	int retry_after;      /* s; of 503 */
	void *user;           /* goes with the connection: handed back in every callback */
};

struct ws_handler {
	struct ws_verdict (*hello)(void *ctx, const struct ws_hello *h);
	void (*open)(void *ctx, ws_id id, void *user); /* after the 101 was written */
	/* One whole message, UTF-8, NUL behind it; borrowed. */
	void (*text)(void *ctx, ws_id id, void *user, const char *text, size_t len);
	/* Always the last call of a connection whose verdict was 101 with a protocol. code: of the close
	 * frame, 1006 = none. */
	void (*closed)(void *ctx, ws_id id, void *user, int code, const char *why);
	/* May be NULL. A connection that ended before it was open: status of the answer, 0 = none was
	 * possible (TLS, timeout, T28). why is a sentence, peer an address as text. */
	void (*refused)(void *ctx, int listener, const char *peer, int status, const char *why);
	void *ctx;
};

struct ws_listener {
	const char *address; /* "127.0.0.1:8233", "[::1]:0"; port 0 = any free */
	int profile; /* 1 plain + Basic, 2 TLS + Basic, 3 TLS + client certificate; 0 plain, nothing asked */
	/* TLS: PEM files. Two server certificates, so that both ECDSA and RSA suites work (A00.FR.318). */
	const char *ec_cert, *ec_key, *rsa_cert, *rsa_key;
	const char *client_ca; /* profile 3 */
};
struct ws_init {
	const struct ws_listener *listeners;
	int nlisteners;
	struct ws_handler on;
	const struct clock *clock; /* borrowed */
	int loops;                 /* threads; 1 unless many cores are free */
	size_t message_max;        /* bytes of one message after inflating; 64 KiB unless set */
	int connections_max, per_address_max, handshakes_max, accept_rate;
	int handshake_ms, frame_ms;
	int ping_ms; /* an idle connection is pinged; no pong within the same time closes it; 0 = never */
	bool deflate;
};
struct ws_init ws_init_default(void);
/* *ret is set before the first callback. ERR_CONFIG, ERR_LISTEN name the listener or the file. */
int ws_start(const struct ws_init *init, struct ws_server **ret, struct err *e) MUST_USE;
/* No new connections; existing ones get close 1001; returns when all are gone or after wait_ms. */
void ws_stop(struct ws_server *s, int wait_ms);
void ws_free(struct ws_server *s);
DEFINE_OWN(struct ws_server, ws_free)
int ws_port(const struct ws_server *s, int listener); /* the port it got */
/* Server certificates are read again (SIGHUP); an error keeps the old ones. */
int ws_reload(struct ws_server *s, struct err *e) MUST_USE;

/* Copies. false: gone, or its output is full (then it is closed). Order per connection is kept. */
bool ws_send(struct ws_server *s, ws_id id, const char *text, size_t len);
void ws_close(struct ws_server *s, ws_id id, int code, const char *why);

struct ws_counts {
	int64_t open, accepted, refused, closed, in, out, in_bytes, out_bytes, too_large, bad_frames, bad_tls,
	    deferred; /* accepts put off by admission control */
};
struct ws_counts ws_counts(const struct ws_server *s);

#endif
