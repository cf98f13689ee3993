/* SPDX-License-Identifier: Apache-2.0 */
/* The server with its library, and the dispatcher with a client made of memory. */
#include <pthread.h>
#include <time.h>

#include "http/door.h"
#include "http/hot.h"
#include "http/stack.h"
#include "http/worker.h"
#include "testing.h"

static const struct conf_key keys[] = { HTTP_CONF_KEYS,
					{ "cpl_stale_block", CONF_DURATION, "7d", 0, INT64_MAX, "" },
					{ .name = NULL } };

/* A service without its program. */
struct house {
	char dir[256], dsn[300];
	struct conf *conf;
	struct log log;
	struct app app;
	struct db *db;
	struct catalog *catalog;
	struct metrics *metrics;
	struct door *door;
};

static int twice(struct req *rq, struct resp *rs, struct err *e)
{
	(void)rq;
	if (resp_stream(rs, e) || resp_send(rs, "one ", 4, e) || resp_send(rs, "two", 3, e))
		return e->code;
	return OK;
}

static int cut(struct req *rq, struct resp *rs, struct err *e)
{
	(void)rq;
	if (resp_stream(rs, e) || resp_send(rs, "half", 4, e))
		return e->code;
	return err_set(e, ERR_STORE, "gone");
}

static int large(struct req *rq, struct resp *rs, struct err *e)
{
	char piece[1024];

	(void)rq;
	(void)e;
	memset(piece, 'x', sizeof piece);
	for (int i = 0; i < 200; i++)
		str_addn(&rs->body, piece, sizeof piece);
	return OK;
}

static int sneaky(struct req *rq, struct resp *rs, struct err *e)
{
	(void)rq;
	(void)e;
	resp_header(rs, "X-A", "a\r\nX-B: b");
	resp_header(rs, "X-C", "good");
	str_add(&rs->body, "{}");
	return OK;
}

static int echo(struct req *rq, struct resp *rs, struct err *e)
{
	(void)e;
	str_addn(&rs->body, str_c(&rq->body), rq->body.len);
	return OK;
}

static int matched(struct req *rq, struct resp *rs, struct err *e)
{
	return req_match(rq, "v7", e) ? e->code : (str_add(&rs->body, "{}"), OK);
}

static const struct route own_routes[] = {
	{ "GET", "/twice", ROLE_PUBLIC, ROUTE_NO_ETAG, "", "", 0, twice },
	{ "GET", "/cut", ROLE_PUBLIC, ROUTE_NO_ETAG, "", "", 0, cut },
	{ "GET", "/large", ROLE_PUBLIC, 0, "", "", 0, large },
	{ "GET", "/sneaky", ROLE_PUBLIC, 0, "", "", 0, sneaky },
	{ "POST", "/echo", ROLE_PUBLIC, 0, "", "text/csv", 1 << 20, echo },
	{ "PUT", "/matched", ROLE_PUBLIC, ROUTE_MATCH, "", "", 0, matched },
	{ .method = NULL },
};

static void house_open(struct house *h)
{
	const struct route *const tables[] = { http_routes, own_routes, NULL };
	struct err e;

	memset(h, 0, sizeof *h);
	test_dir_new(h->dir, sizeof h->dir);
	snprintf(h->dsn, sizeof h->dsn, "%s/t.db", h->dir);
	h->conf = conf_new(keys);
	h->log = (struct log){ .fd = 2, .level = LOG_ERROR };
	ck_ok(conf_set(h->conf, "listen", "127.0.0.1:0", "test", &e));
	ck_ok(conf_set(h->conf, "health_listen", "127.0.0.1:0", "test", &e));
	ck_ok(conf_set(h->conf, "threads", "4", "test", &e));
	ck_ok(db_open(h->dsn, true, &h->db, &e));
	ck_ok(catalog_new(h->dsn, clock_system(), &h->catalog, &e));
	h->metrics = metrics_new();
	h->app = (struct app){ .conf = h->conf,
			       .clock = clock_system(),
			       .log = &h->log,
			       .dsn = h->dsn,
			       .image_dir = h->dir,
			       .catalog = h->catalog,
			       .metrics = h->metrics };
	ck_ok(door_new(&h->app, tables, false, &h->door, &e));
}

static void house_close(struct house *h)
{
	door_free(h->door);
	metrics_free(h->metrics);
	catalog_free(h->catalog);
	db_close(h->db);
	conf_free(h->conf);
	test_dir_free(h->dir);
}

/* A client made of memory. */
struct client {
	const char *body; /* what it sends */
	size_t left;
	struct str got;      /* what it receives */
	int writes, fail_at; /* the write that fails, from 1; 0 = none */
};

static int64_t client_read(void *ctx, void *buf, size_t n)
{
	struct client *c = ctx;

	n = n < c->left ? n : c->left;
	memcpy(buf, c->body, n);
	c->body += n;
	c->left -= n;
	return (int64_t)n;
}

static bool client_write(void *ctx, const void *p, size_t n)
{
	struct client *c = ctx;

	if (++c->writes == c->fail_at)
		return false;
	str_addn(&c->got, p, n);
	return true;
}

static bool client_alive(void *ctx)
{
	(void)ctx;
	return true;
}

/* One request; the answer is in c->got until the next one. */
static int ask(struct worker *w, struct client *c, const char *method, const char *path, const char *query,
	       const struct header *more, size_t nmore)
{
	struct line line = { .ctx = c, .read = client_read, .write = client_write, .alive = client_alive };
	struct header h[8] = { { "Host", "localhost" } };
	struct head head = {
		.method = method, .path = path, .query = query, .version = "1.1", .header = h, .nheaders = 1
	};

	for (size_t i = 0; i < nmore; i++)
		h[head.nheaders++] = more[i];
	str_clear(&c->got);
	c->writes = 0;
	return dispatch(w, &head, "127.0.0.1", &line);
}

#define CLIENT(name) struct client name = { .got = { .max = 16 * MIB } }

static const char *const off[] = { "access_control_allow_headers",
				   "access_control_allow_methods",
				   "access_control_allow_origin",
				   "access_log_file",
				   "additional_header",
				   "cgi2_environment",
				   "cgi2_interpreter",
				   "cgi2_interpreter_args",
				   "cgi2_pattern",
				   "cgi_environment",
				   "cgi_interpreter",
				   "cgi_interpreter_args",
				   "cgi_pattern",
				   "document_root",
				   "error_log_file",
				   "error_pages",
				   "extra_mime_types",
				   "global_auth_file",
				   "hide_files_patterns",
				   "index_files",
				   "protect_uri",
				   "put_delete_auth_file",
				   "run_as_user",
				   "ssi_pattern",
				   "ssl_ca_file",
				   "ssl_ca_path",
				   "ssl_certificate",
				   "ssl_certificate_chain",
				   "ssl_cipher_list",
				   "static_file_cache_control",
				   "strict_transport_security_max_age",
				   "throttle",
				   "url_rewrite_patterns",
				   "websocket_root",
				   NULL };
static const char *const on[] = { "access_control_list=-0.0.0.0/0,+127.0.0.0/8",
				  "allow_index_script_resource=no",
				  "allow_sendfile_call=no",
				  "authentication_domain=firpath",
				  "connection_queue=128",
				  "decode_query_string=no",
				  "decode_url=no",
				  "enable_auth_domain_check=no",
				  "enable_directory_listing=no",
				  "enable_keep_alive=yes",
				  "enable_websocket_ping_pong=no",
				  "keep_alive_timeout_ms=5000",
				  "linger_timeout_ms=-1",
				  "listen_backlog=511",
				  "listening_ports=127.0.0.1:0",
				  "max_request_size=32768",
				  "num_threads=4",
				  "request_timeout_ms=5000",
				  "ssl_cache_timeout=-1",
				  "ssl_default_verify_paths=no",
				  "ssl_protocol_version=4",
				  "ssl_short_trust=no",
				  "ssl_verify_depth=9",
				  "ssl_verify_peer=no",
				  "static_file_max_age=0",
				  "tcp_nodelay=1",
				  "websocket_timeout_ms=1000",
				  NULL };

static bool listed(const char *const *list, const char *line)
{
	for (; *list; list++)
		if (!strcmp(*list, line))
			return true;
	return false;
}

START_TEST(every_option_of_the_library_is_what_we_say)
{
	STR(text, 64 * KIB);
	struct house h;
	struct server *s;
	struct err e;
	size_t n = 0;
	char *p, *nl;

	house_open(&h);
	ck_ok(server_start(h.door, &s, &e));
	server_options(s, &text);
	for (p = text.p; (nl = strchr(p, '\n')); p = nl + 1, n++) {
		*nl = '\0';
		ck_assert_msg(listed(off, p) || listed(on, p), "the library says '%s'", p);
	}
	ck_assert_uint_eq(n, sizeof off / sizeof off[0] + sizeof on / sizeof on[0] - 2);
	server_stop(s);
	house_close(&h);
}
END_TEST

START_TEST(two_servers_live_side_by_side_and_end)
{
	struct server *a, *b;
	struct house h;
	struct err e;

	house_open(&h);
	ck_ok(server_start(h.door, &a, &e));
	ck_ok(health_start(h.door, &b, &e));
	ck_assert_str_ne(server_address(a), server_address(b));
	ck_assert(strstr(server_address(a), "127.0.0.1:") && !strstr(server_address(a), ":0"));
	server_stop(a);
	server_stop(b);
	house_close(&h);
}
END_TEST

START_TEST(an_answer_is_one_write)
{
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	ck_assert_int_eq(ask(w, &c, "GET", "/v1/limits", NULL, NULL, 0), 200);
	ck_assert_int_eq(c.writes, 1);
	ck_assert_int_eq(ask(w, &c, "GET", "/v1/path", "from=1&to=2", NULL, 0), 404);
	ck_assert_int_eq(c.writes, 1);
	ck_assert_int_eq(ask(w, &c, "GET", "/nothing", NULL, NULL, 0), 404);
	ck_assert_int_eq(c.writes, 1);
	ck_assert_int_eq(ask(w, &c, "GET", "/large", NULL, NULL, 0), 200);
	ck_assert_int_eq(c.writes, 2); /* past ONE_WRITE_MAX copying costs more */
	ck_assert_uint_gt(c.got.len, 200 * 1024);
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(streams_are_chunked_and_a_broken_one_has_no_end)
{
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	ck_assert_int_eq(ask(w, &c, "GET", "/twice", NULL, NULL, 0), 200);
	ck_assert(strstr(c.got.p, "Transfer-Encoding: chunked\r\n"));
	ck_assert(strstr(c.got.p, "\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"));
	ck_assert(!w->close);
	ask(w, &c, "GET", "/cut", NULL, NULL, 0);
	ck_assert(strstr(c.got.p, "4\r\nhalf\r\n"));
	ck_assert_ptr_null(strstr(c.got.p, "0\r\n\r\n"));
	ck_assert_ptr_null(strstr(c.got.p, "problem"));
	ck_assert(w->close);
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(a_client_that_hangs_up_ends_the_connection)
{
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	for (c.fail_at = 1; c.fail_at <= 4; c.fail_at++) {
		ask(w, &c, "GET", "/twice", NULL, NULL, 0);
		ck_assert(w->close && w->broken);
	}
	c.fail_at = 0;
	ck_assert_int_eq(ask(w, &c, "GET", "/twice", NULL, NULL, 0), 200);
	ck_assert(!w->close);
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(no_handler_can_break_a_head)
{
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	ask(w, &c, "GET", "/sneaky", NULL, NULL, 0);
	ck_assert_ptr_null(strstr(c.got.p, "X-B"));
	ck_assert(strstr(c.got.p, "X-C: good\r\n"));
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(a_change_needs_the_validator_it_was_made_on)
{
	const struct header stale = { "If-Match", "\"v6\"" }, good = { "If-Match", "\"v6\", \"v7\"" },
			    any = { "If-Match", "*" };
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	ck_assert_int_eq(ask(w, &c, "PUT", "/matched", NULL, NULL, 0), 428);
	ck_assert_int_eq(ask(w, &c, "PUT", "/matched", NULL, &stale, 1), 412);
	ck_assert(strstr(c.got.p, "\\\"v7\\\"")); /* says what it is now */
	ck_assert_int_eq(ask(w, &c, "PUT", "/matched", NULL, &good, 1), 200);
	ck_assert_int_eq(ask(w, &c, "PUT", "/matched", NULL, &any, 1), 200);
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(a_body_that_ends_early_is_refused)
{
	const struct header more[] = { { "Content-Length", "10" },
				       { "Content-Type", "text/csv; charset=utf-8" } };
	struct house h;
	struct worker *w;
	CLIENT(c);

	house_open(&h);
	w = worker_new(h.door);
	c.body = "0123456789";
	c.left = 10;
	ck_assert_int_eq(ask(w, &c, "POST", "/echo", NULL, more, 2), 200);
	ck_assert(strstr(c.got.p, "\r\n\r\n0123456789"));
	ck_assert(!w->close);
	c.body = "01234";
	c.left = 5;
	ck_assert_int_eq(ask(w, &c, "POST", "/echo", NULL, more, 2), 400);
	ck_assert(strstr(c.got.p, "ended after 5 bytes"));
	ck_assert(w->close);
	worker_free(w);
	str_done(&c.got);
	house_close(&h);
}
END_TEST

START_TEST(answers_are_kept_for_their_state_only)
{
	struct hot_state a = { 1, 2, 3, false, 1 }, b = { 2, 2, 3, false, 1 }, d = { 1, 3, 3, false, 1 },
			 f = { 1, 2, 4, false, 1 }, g = { 1, 2, 3, true, 1 },
			 r = { 1, 2, 3, false, 2 }; /* T46: restored */
	char big[HOT_BYTES_MAX + 1] = { 0 }, query[300];
	struct hot *h = hot_new();
	size_t len;
	int status;
	char *p;

	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &a, &len, &status));
	hot_keep(h, "/p", "q=1", &a, "bytes", 5, 300);
	p = hot_find(h, "/p", "q=1", &a, &len, &status);
	ck_assert(p && len == 5 && status == 300 && !memcmp(p, "bytes", 5));
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &b, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &d, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &f, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &g, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &r, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=2", &a, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/o", "q=1", &a, &len, &status));
	ck_assert_ptr_null(hot_find(h, "/p", "q=", &a, &len, &status));
	hot_keep(h, "/p", "q=1", &b, "other", 5, 200);
	ck_assert_ptr_null(hot_find(h, "/p", "q=1", &a, &len, &status));
	hot_keep(h, "/p", "big", &a, big, sizeof big, 200);
	ck_assert_ptr_null(hot_find(h, "/p", "big", &a, &len, &status));
	memset(query, 'q', sizeof query - 1);
	query[sizeof query - 1] = '\0';
	hot_keep(h, "/p", query, &a, "x", 1, 200);
	ck_assert_ptr_null(hot_find(h, "/p", query, &a, &len, &status));
	hot_free(h);
}
END_TEST

#ifdef WITH_SANITIZERS
#define SMALL_STACK (400 * KIB) /* sanitizers want some for themselves */
#else
#define SMALL_STACK (100 * KIB)
#endif

/* Uses about half a MiB. */
static int deep(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	return n ? deep(n - 1) + (room[0] == (char)n) : 0;
}

static void go_deep(void *arg)
{
	*(int *)arg = deep(128);
}

static void *small_thread(void *arg)
{
	struct stack *s = stack_new();

	for (int i = 0; i < 3; i++)
		stack_run(s, go_deep, arg);
	stack_free(s);
	return NULL;
}

START_TEST(a_thread_of_100_kib_runs_deep_code_on_its_own_stack)
{
	pthread_attr_t attr;
	pthread_t t;
	int got = 0;

	pthread_attr_init(&attr);
	ck_assert(!pthread_attr_setstacksize(&attr, SMALL_STACK));
	ck_assert(!pthread_create(&t, &attr, small_thread, &got));
	pthread_join(t, NULL);
	pthread_attr_destroy(&attr);
	ck_assert_int_eq(got, 128);
}
END_TEST

/* Gives the connection back a moment later. */
struct lender {
	struct pool *pool;
	struct db *db;
};

static void *give_back(void *arg)
{
	struct lender *l = arg;

	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	pool_give(l->pool, false, l->db);
	return NULL;
}

START_TEST(the_pool_lends_each_connection_once_and_waits_for_it)
{
	struct house h;
	struct pool *p;
	struct db *a, *b, *again;
	struct lender l;
	pthread_t t;
	struct err e;
	int64_t rev;

	house_open(&h);
	p = pool_new(h.dsn, 2, 1);
	ck_ok(pool_take(p, false, &a, &e));
	ck_ok(pool_take(p, false, &b, &e));
	ck_assert_ptr_ne(a, b);
	ck_assert_uint_eq(pool_open(p, false), 2);
	l = (struct lender){ p, a };
	ck_assert(!pthread_create(&t, NULL, give_back, &l));
	ck_ok(pool_take(p, false, &again, &e)); /* waits */
	pthread_join(t, NULL);
	ck_assert_ptr_eq(again, a);
	ck_ok(ledger_head(again, &rev, &e));
	ck_refused(db_exec(again, SQL_META_PUT, ARGS(VTEXT("a"), VTEXT("b")), NULL, &e), ERR_INTERNAL,
		   "write");
	pool_give(p, false, again);
	pool_give(p, false, b);
	ck_assert_uint_eq(pool_open(p, false), 2);
	ck_ok(pool_take(p, true, &a, &e));
	pool_give(p, true, a);
	pool_free(p);
	house_close(&h);
}
END_TEST

int main(void)
{
	const TTest *all[] = { every_option_of_the_library_is_what_we_say,
			       two_servers_live_side_by_side_and_end,
			       an_answer_is_one_write,
			       streams_are_chunked_and_a_broken_one_has_no_end,
			       a_client_that_hangs_up_ends_the_connection,
			       no_handler_can_break_a_head,
			       a_change_needs_the_validator_it_was_made_on,
			       a_body_that_ends_early_is_refused,
			       answers_are_kept_for_their_state_only,
			       a_thread_of_100_kib_runs_deep_code_on_its_own_stack,
			       the_pool_lends_each_connection_once_and_waits_for_it };

	return RUN_TESTS("http_server", all);
}
