/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS of a listener over OpenSSL: at least 1.2, two server certificates so that ECDSA and RSA suites both
 * work (A00.FR.318), client certificates for profile 3 (A00.FR.402 ff). No sessions are resumed and no
 * tickets given: nothing piles up, and a client certificate is verified each time. Sockets do not block.
 *
 * A struct ws_tls may be shared by threads and freed while connections made from it live on; a struct
 * ws_secure belongs to one thread at a time.
 */
#ifndef FIRPATH_WIRE_WS_TLS_H
#define FIRPATH_WIRE_WS_TLS_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire/ws.h"

struct ws_tls;    /* certificates and rules of a listener */
struct ws_secure; /* one connection */

/* ERR_CONFIG names the file that is missing, unreadable or does not fit. */
int ws_tls_new(const struct ws_listener *l, struct ws_tls **ret, struct err *e) MUST_USE;
void ws_tls_free(struct ws_tls *t);
DEFINE_OWN(struct ws_tls, ws_tls_free)

struct ws_secure *ws_secure_new(struct ws_tls *t, int fd);
void ws_secure_free(struct ws_secure *s);

enum ws_io { WS_IO_DONE, WS_IO_READ, WS_IO_WRITE, WS_IO_FAILED };
/* One step of the handshake: done, or what to wait for; why of FAILED. */
enum ws_io ws_secure_handshake(struct ws_secure *s, char *why, size_t size);
/* As recv and send on a socket that does not block: -1 with EAGAIN, 0 = the peer ended it. */
ssize_t ws_secure_read(struct ws_secure *s, void *buf, size_t n);
ssize_t ws_secure_write(struct ws_secure *s, const void *buf, size_t n);
/* Says goodbye (close_notify) without waiting. */
void ws_secure_bye(struct ws_secure *s);

#define WS_NAME_MAX 128
/* Common name and organisation of the verified client certificate; false: there is none, or a name is
 * missing, repeated, too long or holds a NUL (then that name is ""). */
bool ws_secure_peer(const struct ws_secure *s, char cn[WS_NAME_MAX], char o[WS_NAME_MAX]);

#endif
