/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The WebSocket server by itself, for tests and measurements: answers Heartbeats, echoes everything else.
 * Identity "known..." is let in (404 for others, 401 when the password is not "secret" at profiles 1 and 2,
 * 503 for "busy..."). Writes "PORT p" per listener and then waits for lines on standard input: "counts",
 * "close CODE" (all connections), "send N" (N bytes to every connection, from this thread), "reload", "cpu",
 * "rss"; the end of input stops it.
 *
 *   ws_echo [name=value...]   listen=PROFILE@ADDRESS (repeat), ec=CERT,KEY rsa=CERT,KEY ca=FILE, and the
 * numbers of struct ws_init: loops message connections per_address handshakes rate handshake_ms frame_ms
 * ping_ms deflate
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "wire/ocpp.h"
#include "wire/ws.h"

#define LISTENERS 8

struct echo {
	struct ws_server *server;
	pthread_mutex_t lock;
	VEC(ws_id) open; /* under lock */
	int profile[LISTENERS];
	char *files; /* owned: texts of the listeners */
};

static const char *const known[] = { "ocpp1.6", "ocpp2.0.1", "ocpp2.1", NULL };

static struct ws_verdict hello(void *ctx, const struct ws_hello *h)
{
	struct echo *e = ctx;
	const char *name = strrchr(h->path, '/') + 1;
	int profile = e->profile[h->listener];
	struct ws_verdict v = { .status = 101, .user = e };

	if (strncmp(name, "busy", 4) == 0)
		return (struct ws_verdict){ .status = 503, .retry_after = 17 };
	if (strncmp(name, "known", 5) != 0)
		return (struct ws_verdict){ .status = 404 };
	if ((profile == 1 || profile == 2) &&
	    (!h->user || strcmp(h->user, name) != 0 || h->pass_len != 6 || memcmp(h->pass, "secret", 6) != 0))
		return (struct ws_verdict){ .status = 401 };
	if (profile == 3 && (!h->cert_cn || !h->cert_o || strcmp(h->cert_cn, name) != 0))
		return (struct ws_verdict){ .status = 403 };
	for (int i = 0; h->offers[i] && !v.protocol; i++)
		for (int k = 0; known[k]; k++)
			if (strcmp(h->offers[i], known[k]) == 0)
				v.protocol = h->offers[i];
	return v;
}

static void opened(void *ctx, ws_id id, void *user)
{
	struct echo *e = ctx;

	(void)user;
	pthread_mutex_lock(&e->lock);
	vec_push(&e->open, id);
	pthread_mutex_unlock(&e->lock);
}

static void text(void *ctx, ws_id id, void *user, const char *p, size_t len)
{
	struct echo *e = ctx;
	char answer[256], message[OCPP_ID_MAX + 1];
	int n;

	(void)user;
	if (ocpp_is_heartbeat(p, len, message)) {
		n = snprintf(answer, sizeof answer, "[3,\"%s\",{\"currentTime\":\"2026-11-21T07:00:00Z\"}]",
			     message);
		ws_send(e->server, id, answer, (size_t)n);
	} else {
		ws_send(e->server, id, p, len);
	}
}

static void closed(void *ctx, ws_id id, void *user, int code, const char *why)
{
	struct echo *e = ctx;

	(void)user;
	pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < e->open.n; i++)
		if (e->open.v[i] == id) {
			e->open.v[i] = e->open.v[--e->open.n];
			break;
		}
	pthread_mutex_unlock(&e->lock);
	if (code != 1001 && getenv("WS_ECHO_TELL"))
		printf("CLOSED %d %s\n", code, why);
}

static void refused(void *ctx, int listener, const char *peer, int status, const char *why)
{
	(void)ctx;
	if (getenv("WS_ECHO_TELL"))
		printf("REFUSED %d %s %d %s\n", listener, peer, status, why);
}

static void each(struct echo *e, const char *line)
{
	int n = (int)strtol(strchr(line, ' ') ? strchr(line, ' ') : "0", NULL, 10), sent = 0;
	char *big = mem_alloc((size_t)n + 1);
	VEC(ws_id) all = { 0 };

	memset(big, 'x', (size_t)n);
	pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < e->open.n; i++)
		vec_push(&all, e->open.v[i]);
	pthread_mutex_unlock(&e->lock);
	for (size_t i = 0; i < all.n; i++) {
		if (strncmp(line, "close", 5) == 0)
			ws_close(e->server, all.v[i], n, "told so");
		else
			sent += ws_send(e->server, all.v[i], big, (size_t)n);
	}
	printf("DONE %d\n", sent);
	vec_done(&all);
	free(big);
}

static void command(struct echo *e, const char *line)
{
	struct ws_counts c = ws_counts(e->server);
	struct err err;

	if (strncmp(line, "counts", 6) == 0)
		printf("{\"open\":%ld,\"accepted\":%ld,\"refused\":%ld,\"closed\":%ld,\"in\":%ld,\"out\":%ld,"
		       "\"in_bytes\":"
		       "%ld,\"out_bytes\":%ld,\"too_large\":%ld,\"bad_frames\":%ld,\"bad_tls\":%ld,"
		       "\"deferred\":%ld}\n",
		       (long)c.open, (long)c.accepted, (long)c.refused, (long)c.closed, (long)c.in,
		       (long)c.out, (long)c.in_bytes, (long)c.out_bytes, (long)c.too_large,
		       (long)c.bad_frames, (long)c.bad_tls, (long)c.deferred);
	else if (strncmp(line, "reload", 6) == 0)
		printf("%s\n", ws_reload(e->server, &err) ? err.msg : "RELOADED");
	else
		each(e, line);
}

static bool split(char *value, char sep, const char **first, const char **second)
{
	char *at = strchr(value, sep);

	if (!at)
		return false;
	*at = '\0';
	*first = value;
	*second = at + 1;
	return true;
}

static bool option(struct ws_init *init, struct ws_listener *l, struct echo *e, char *arg)
{
	struct {
		const char *name;
		int *to;
	} numbers[] = { { "loops", &init->loops },
			{ "connections", &init->connections_max },
			{ "per_address", &init->per_address_max },
			{ "handshakes", &init->handshakes_max },
			{ "rate", &init->accept_rate },
			{ "handshake_ms", &init->handshake_ms },
			{ "frame_ms", &init->frame_ms },
			{ "ping_ms", &init->ping_ms } };
	const char *name, *value, *profile;

	if (!split(arg, '=', &name, &value))
		return false;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*numbers[i].to = (int)strtol(value, NULL, 10);
			return true;
		}
	if (strcmp(name, "message") == 0) {
		init->message_max = (size_t)strtol(value, NULL, 10);
	} else if (strcmp(name, "deflate") == 0) {
		init->deflate = *value == '1';
	} else if (strcmp(name, "ca") == 0) {
		l->client_ca = value;
	} else if (strcmp(name, "ec") == 0) {
		return split(arg + 3, ',', &l->ec_cert, &l->ec_key);
	} else if (strcmp(name, "rsa") == 0) {
		return split(arg + 4, ',', &l->rsa_cert, &l->rsa_key);
	} else if (strcmp(name, "listen") == 0 && init->nlisteners < LISTENERS &&
		   split(arg + 7, '@', &profile, &value)) {
		l[init->nlisteners].address = value;
		l[init->nlisteners].profile = e->profile[init->nlisteners] = (int)strtol(profile, NULL, 10);
		init->nlisteners++;
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct ws_listener l[LISTENERS] = { { 0 } };
	struct ws_init init = ws_init_default();
	struct echo e = { .lock = PTHREAD_MUTEX_INITIALIZER };
	char line[256];
	struct err err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	init.listeners = l;
	init.on = (struct ws_handler){ hello, opened, text, closed, refused, &e };
	for (int i = 1; i < argc; i++)
		if (!option(&init, l, &e, argv[i])) {
			fprintf(stderr, "ws_echo: option '%s'\n", argv[i]);
			return 2;
		}
	for (int i = 1; i < init.nlisteners; i++) {
		const char *address = l[i].address;
		int profile = l[i].profile;

		l[i] = l[0];
		l[i].address = address;
		l[i].profile = profile;
	}
	if (ws_start(&init, &e.server, &err)) {
		fprintf(stderr, "ws_echo: %s\n", err.msg);
		return 1;
	}
	for (int i = 0; i < init.nlisteners; i++)
		printf("PORT %d\n", ws_port(e.server, i));
	while (fgets(line, sizeof line, stdin))
		command(&e, line);
	ws_stop(e.server, 1000);
	ws_free(e.server);
	vec_done(&e.open);
	return 0;
}
