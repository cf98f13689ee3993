/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows CivetWeb. Its TLS, files, scripts and WebSockets are never reached: begin_request
 * answers everything (F1-F5, ADR 0004, D2). */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <civetweb.h>

#include "base/parse.h"
#include "http/health.h"
#include "http/worker.h"

#define OPTIONS_MAX 64

struct server {
	struct mg_context *ctx; /* owned */
	struct door *door;      /* borrowed */
	bool health;
	char address[64];
	atomic_bool started;
	char trouble[200];  /* the library's last complaint while starting */
	char number[4][24]; /* texts of numeric options */
	const char *option[OPTIONS_MAX * 2 + 1];
	size_t noptions;
};

/* Everything the library lets one set, except the address and the numbers, which come from the configuration.
 * A value of NULL means off by staying unset: check_http_server.c knows the whole table and fails when the
 * library gets a new option. */
static const struct {
	const char *name, *value;
} fixed_options[] = {
	{ "tcp_nodelay", "1" },
	{ "max_request_size", "32768" },
	{ "linger_timeout_ms", "-1" },
	{ "connection_queue", "128" },
	{ "listen_backlog", "511" },
	{ "allow_sendfile_call", "no" },
	{ "enable_keep_alive", "yes" },
	{ "websocket_timeout_ms", "1000" },
	{ "enable_websocket_ping_pong", "no" },
	{ "decode_url", "no" },
	{ "decode_query_string", "no" },
	{ "cgi_pattern", "" },
	{ "cgi2_pattern", "" },
	{ "authentication_domain", "firpath" },
	{ "enable_auth_domain_check", "no" },
	{ "ssi_pattern", "" },
	{ "enable_directory_listing", "no" },
	{ "index_files", "" },
	{ "ssl_verify_peer", "no" },
	{ "ssl_cache_timeout", "-1" },
	{ "ssl_verify_depth", "9" },
	{ "ssl_default_verify_paths", "no" },
	{ "ssl_protocol_version", "4" },
	{ "ssl_short_trust", "no" },
	{ "access_control_allow_origin", "" },
	{ "access_control_allow_methods", "" },
	{ "access_control_allow_headers", "" },
	{ "static_file_max_age", "0" },
	{ "allow_index_script_resource", "no" },
};

static void option_set(struct server *s, const char *name, const char *value)
{
	s->option[s->noptions * 2] = name;
	s->option[s->noptions * 2 + 1] = value;
	s->noptions++;
}

static const char *number_text(struct server *s, int i, int64_t v)
{
	snprintf(s->number[i], sizeof s->number[i], "%lld", (long long)v);
	return s->number[i];
}

static void options_fill(struct server *s, const char *listen, int64_t threads)
{
	const struct conf *c = s->door->app->conf;

	option_set(s, "listening_ports", listen);
	option_set(s, "num_threads", number_text(s, 0, threads));
	option_set(s, "request_timeout_ms", number_text(s, 1, conf_ms(c, "request_timeout")));
	option_set(s, "keep_alive_timeout_ms", number_text(s, 2, conf_ms(c, "keep_alive")));
	if (!strncmp(listen, "127.", 4))
		option_set(s, "access_control_list", "-0.0.0.0/0,+127.0.0.0/8");
	for (size_t i = 0; i < sizeof fixed_options / sizeof fixed_options[0]; i++)
		option_set(s, fixed_options[i].name, fixed_options[i].value);
}

void server_options(const struct server *s, struct str *out)
{
	for (const struct mg_option *o = mg_get_valid_options(); o->name; o++) {
		const char *v = mg_get_option(s->ctx, o->name);

		str_add(out, o->name);
		if (v && v[0])
			str_addf(out, "=%s", v);
		str_addc(out, '\n');
	}
}

static int64_t conn_read(void *ctx, void *buf, size_t n)
{
	int got = mg_read(ctx, buf, n);

	return got < 0 ? -1 : got;
}

static bool conn_write(void *ctx, const void *p, size_t n)
{
	return mg_write(ctx, p, n) == (int)n;
}

static bool conn_alive(void *ctx)
{
	struct server *s = mg_get_request_info(ctx)->user_data;

	return !atomic_load(&s->door->stopping);
}

/* The library's parser cuts the head in place and passes over what it does not understand: from a line that
 * begins with a blank, a colon or a byte past 126 on, headers are silently dropped; a blank before a colon
 * and further blanks in the request line are swallowed. So look at the memory between its parts: each must
 * begin where the one before ended. */
static bool has_gaps(const struct mg_request_info *ri)
{
	const char *p = ri->request_method + strlen(ri->request_method) + 1;

	if (p != ri->request_uri)
		return true;
	p += strlen(p) + 1;
	if (ri->query_string) {
		if (p != ri->query_string)
			return true;
		p += strlen(p) + 1;
	}
	if (p + strlen("HTTP/") != ri->http_version)
		return true;
	p = ri->http_version + strlen(ri->http_version);
	for (int i = 0; i < ri->num_headers; i++) {
		const char *name = ri->http_headers[i].name, *value = ri->http_headers[i].value;

		if (p[1] || p + 2 != name) /* CR and LF, both cut to NUL */
			return true;
		p = name + strlen(name) + 1;
		p += strspn(p, " ");
		if (p != value)
			return true;
		p += strlen(p);
	}
	return p[1] || p[2] != '\r' ||
	       p[3]; /* the blank line; the library ends the head with a NUL in place of its LF */
}

static struct head head_of(const struct mg_request_info *ri, struct header *h)
{
	size_t n = ri->num_headers > 0 ? (size_t)ri->num_headers : 0;

	if (n > HEADERS_MAX)
		n = HEADERS_MAX;
	for (size_t i = 0; i < n; i++)
		h[i] = (struct header){ ri->http_headers[i].name, ri->http_headers[i].value };
	return (struct head){ .method = ri->request_method,
			      .path = ri->request_uri,
			      .query = ri->query_string,
			      .version = ri->http_version,
			      .header = h,
			      .nheaders = n,
			      .gaps = has_gaps(ri) };
}

/* What the library calls us with, carried over to the roomy stack. */
struct call {
	struct mg_connection *conn;
	const struct head *head; /* NULL: what the library's own parser refused */
	struct line line;
	struct worker *w;
	int status;
	const char *why;
};

static void answer_call(void *arg)
{
	struct call *c = arg;
	const struct mg_request_info *ri = mg_get_request_info(c->conn);

	if (!c->head) {
		dispatch_refused(c->w, c->status, c->why, &c->line);
	} else if (!((struct server *)ri->user_data)->health) {
		c->status = dispatch(c->w, c->head, ri->remote_addr, &c->line);
	} else {
		health_answer(c->w, c->head);
		conn_write(c->conn, str_c(&c->w->out), c->w->out.len);
		c->w->close = true;
	}
}

static int on_request(struct mg_connection *conn)
{
	const struct mg_request_info *ri = mg_get_request_info(conn);
	struct header h[HEADERS_MAX];
	struct head head = head_of(ri, h);
	struct call c = {
		.conn = conn,
		.head = &head,
		.line = { .ctx = conn, .read = conn_read, .write = conn_write, .alive = conn_alive },
		.w = mg_get_thread_pointer(conn),
		.status = 200
	};
	int kept = ((struct server *)ri->user_data)->health ? 0 : dispatch_kept(c.w, &head, &c.line);

	if (kept)
		c.status = kept;
	else
		stack_run(c.w->stack, answer_call, &c);
	if (c.w->close)
		mg_disable_connection_keep_alive(conn);
	return c.status;
}

static int on_refusal(struct mg_connection *conn, int status, const char *why)
{
	struct call c = {
		.conn = conn,
		.line = { .ctx = conn, .read = conn_read, .write = conn_write, .alive = conn_alive },
		.w = mg_get_thread_pointer(conn),
		.status = status,
		.why = why ? why : "the request is not well formed"
	};

	stack_run(c.w->stack, answer_call, &c);
	mg_disable_connection_keep_alive(conn);
	return 0;
}

static int on_message(const struct mg_connection *conn, const char *text)
{
	const struct mg_context *ctx = mg_get_context(conn);
	struct server *s = ctx ? mg_get_user_data(ctx) : NULL;

	if (!s)
		return 1;
	if (!atomic_load(&s->started))
		str_copy(s->trouble, sizeof s->trouble, text);
	else
		log_event(s->door->app->log, LOG_INFO, "http-library", "message", text, NULL);
	return 1;
}

static void *on_thread(const struct mg_context *ctx, int type)
{
	struct server *s = mg_get_user_data(ctx);

	return type == 1 ? worker_new(s->door) : NULL;
}

static void on_thread_end(const struct mg_context *ctx, int type, void *p)
{
	(void)ctx;
	if (type == 1 && p)
		worker_free(p);
}

static int start(struct door *d, const char *listen, int64_t threads, bool health, struct server **ret,
		 struct err *e)
{
	OWN(server_stop) struct server *s = mem_zalloc(sizeof *s);
	struct mg_callbacks cb = { .begin_request = on_request,
				   .http_error = on_refusal,
				   .log_message = on_message,
				   .init_thread = on_thread,
				   .exit_thread = on_thread_end };
	struct mg_server_port port;

	s->door = d;
	s->health = health;
	options_fill(s, listen, threads);
	mg_init_library(MG_FEATURES_DEFAULT);
	s->ctx = mg_start(&cb, s, s->option);
	if (!s->ctx) {
		mg_exit_library();
		return err_set(e, ERR_LISTEN, "cannot listen on %s: %s", listen,
			       s->trouble[0] ? s->trouble : "the address is in use or not ours");
	}
	if (mg_get_server_ports(s->ctx, 1, &port) != 1)
		return err_set(e, ERR_LISTEN, "cannot listen on %s", listen);
	atomic_store(&s->started, true);
	snprintf(s->address, sizeof s->address, "%.*s:%d", (int)(strrchr(listen, ':') - listen), listen,
		 port.port);
	*ret = MOVE(s);
	return OK;
}

int server_start(struct door *d, struct server **ret, struct err *e)
{
	const struct conf *c = d->app->conf;

	return start(d, conf_text(c, "listen"), conf_int(c, "threads"), false, ret, e);
}

#define HEALTH_THREADS 4

int health_start(struct door *d, struct server **ret, struct err *e)
{
	return start(d, conf_text(d->app->conf, "health_listen"), HEALTH_THREADS, true, ret, e);
}

const char *server_address(const struct server *s)
{
	return s->address;
}

/* The library looks at its stop flag when something comes in, or every two seconds: knock until it has
 * stopped. */
struct knock {
	const char *address; /* borrowed */
	atomic_bool enough;
};

static void *knock_on(void *arg)
{
	struct knock *k = arg;
	const char *colon = strrchr(k->address, ':');
	struct sockaddr_in to = { .sin_family = AF_INET };
	char host[64];
	uint64_t port;
	int fd;

	str_copyn(host, sizeof host, k->address, (size_t)(colon - k->address));
	if (!parse_digits(colon + 1, strlen(colon + 1), &port) || inet_pton(AF_INET, host, &to.sin_addr) != 1)
		return NULL;
	to.sin_port = htons((uint16_t)port);
	while (!atomic_load(&k->enough)) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof to))
			shutdown(fd, SHUT_RDWR);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

void server_stop(struct server *s)
{
	struct knock k = { .enough = false };
	pthread_t thread;
	bool knocking;

	if (s && s->ctx) {
		k.address = s->address;
		knocking = s->address[0] && !pthread_create(&thread, NULL, knock_on, &k);
		mg_stop(s->ctx);
		mg_exit_library();
		atomic_store(&k.enough, true);
		if (knocking)
			pthread_join(thread, NULL);
	}
	free(s);
}
