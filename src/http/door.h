/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP door as a program opens it: one door over an app and its route tables, listeners on it, and a
 *graceful end.
 *
 *	door_new -> server_start (and health_start) -> door_stopping -> door_drained -> server_stop ->
 *door_free
 *
 * Called from one thread; the listeners bring their own.
 */
#ifndef FIRPATH_HTTP_DOOR_H
#define FIRPATH_HTTP_DOOR_H

#include "http/http.h"

struct door;
struct server;
struct metrics;

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define HTTP_CONF_KEYS \
	{ "listen", CONF_TEXT, "127.0.0.1:8231", 0, 0, "Address and port of the service; port 0 takes a free one." }, \
	{ "allow_public_listen", CONF_BOOL, "no", 0, 0, "With yes and the option --public, listen may be other than loopback." }, \
	{ "health_listen", CONF_TEXT, "127.0.0.1:8232", 0, 0, "Address and port of /healthz, /readyz and /metrics." }, \
	{ "threads", CONF_INT, "128", 2, 1024, "Worker threads; each silent connection holds one." }, \
	{ "request_timeout", CONF_DURATION, "5s", 100, 600000, "How long a client may stay silent within a request." }, \
	{ "keep_alive", CONF_DURATION, "5s", 0, 600000, "How long an idle connection is kept." }, \
	{ "db_readers", CONF_INT, "8", 1, 64, "Reading connections to the store." }, \
	{ "db_writers", CONF_INT, "2", 1, 64, "Writing connections to the store, beside the orchestrator's." }, \
	{ "host_names", CONF_TEXT, "", 0, 0, "Host names served beside the loopback names, separated by blanks." }, \
	{ "public_url", CONF_TEXT, "", 0, 0, "Address of the front as browsers see it, such as https://firpath.example." }, \
	{ "trust_forwarded", CONF_BOOL, "no", 0, 0, "Take the client's address from X-Real-IP, because a front sets it." }, \
	{ "token_file", CONF_TEXT, "", 0, 0, "File whose first line is the token that changes need; empty: loopback only." }, \
	{ "device_token_file", CONF_TEXT, "", 0, 0, "File whose first line is the token that devices need; empty: loopback only." }, \
	{ "security_contact", CONF_TEXT, "", 0, 0, "Where security problems are told, for security.txt: mailto:NAME@DOMAIN or https://..." }, \
	{ "proposal_cooling", CONF_DURATION, "0s", 0, INT64_C(2678400000), "Shortest time between the approval of a proposal and its publication." }, \
	{ "write_rate", CONF_INT, "50", 1, 1000000, "Changes a second that one address may make." }, \
	{ "write_burst", CONF_INT, "500", 1, 1000000, "Changes that one address may make at once." }, \
	{ "dcc_from", CONF_TEXT, "127.0.0.0/8 ::1", 0, 0, "Addresses and networks that may post messages of the DCC, separated by blanks." }
/* clang-format on */

/* tables: NULL-terminated list of route tables, borrowed. ERR_CONFIG: a token file cannot be read, or a
 * public listener without tokens. told_twice: the option --public was given. */
int door_new(const struct app *app, const struct route *const *tables, bool told_twice, struct door **ret,
	     struct err *e) MUST_USE;
void door_free(struct door *d); /* all servers must have stopped */
DEFINE_OWN(struct door, door_free)
/* Checks of the configuration that need no door (firpathd --check): addresses, and the two consents. */
int door_check(const struct conf *c, bool told_twice, struct err *e) MUST_USE;
/* Reads the token files again; on failure the old tokens stay. */
int door_reload(struct door *d, const struct conf *c, struct err *e) MUST_USE;
/* From now on new requests get 503, and event streams end. */
void door_stopping(struct door *d);
bool door_drained(struct door *d); /* no request is running */

/* ERR_LISTEN. */
int server_start(struct door *d, struct server **ret, struct err *e) MUST_USE;
int health_start(struct door *d, struct server **ret, struct err *e) MUST_USE;
const char *server_address(const struct server *s); /* "127.0.0.1:8231", the real port */
void server_stop(struct server *s);                 /* waits for its threads */
DEFINE_OWN(struct server, server_stop)
/* The effective option table of the library below, "name=value" lines; options that are off by being unset
 * are "name". */
void server_options(const struct server *s, struct str *out);

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
DEFINE_OWN(struct metrics, metrics_free)

#endif
