/* SPDX-License-Identifier: Apache-2.0 */
/* The WebSocket server as its callers see it: threads, order, and what a connection is told when. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "testing.h"
#include "wire/ws.h"

#define IDS 1024

struct world {
	struct ws_server *server;
	_Atomic int opened, closed, texts, refused, last_code, last_status;
	_Atomic ws_id ids[IDS];        /* in the order they were opened */
	_Atomic int times_closed[IDS]; /* by position in ids */
	_Atomic bool echo;
};

static struct ws_verdict hello(void *ctx, const struct ws_hello *h)
{
	(void)ctx;
	return (struct ws_verdict){ .status = strcmp(h->path, "/none") == 0 ? 404 : 101,
				    .protocol = h->offers[0],
				    .user = ctx };
}

static void opened(void *ctx, ws_id id, void *user)
{
	struct world *w = ctx;
	int n = atomic_fetch_add(&w->opened, 1);

	ck_assert_ptr_eq(user, w);
	if (n < IDS)
		atomic_store(&w->ids[n], id);
}

static void text(void *ctx, ws_id id, void *user, const char *p, size_t len)
{
	struct world *w = user;

	(void)ctx;
	ck_assert_uint_eq(strlen(p), len);
	atomic_fetch_add(&w->texts, 1);
	if (strcmp(p, "close me") == 0)
		ws_close(w->server, id, 4000, "as you wish");
	else if (atomic_load(&w->echo))
		ws_send(w->server, id, p, len);
}

static void closed(void *ctx, ws_id id, void *user, int code, const char *why)
{
	struct world *w = ctx;

	(void)why;
	ck_assert_ptr_eq(user, w);
	for (int i = 0; i < IDS; i++)
		if (atomic_load(&w->ids[i]) == id)
			atomic_fetch_add(&w->times_closed[i], 1);
	atomic_store(&w->last_code, code);
	atomic_fetch_add(&w->closed, 1);
	ck_assert_msg(!ws_send(w->server, id, "late", 4), "a closed connection took a text");
}

static void refused(void *ctx, int listener, const char *peer, int status, const char *why)
{
	struct world *w = ctx;

	ck_assert(listener == 0 && strcmp(peer, "127.0.0.1") == 0 && *why);
	atomic_store(&w->last_status, status);
	atomic_fetch_add(&w->refused, 1);
}

static void begin(struct world *w, struct ws_init *init)
{
	static const struct ws_listener l = { .address = "127.0.0.1:0" };
	struct err e;

	memset(w, 0, sizeof *w);
	if (!init->listeners)
		init->listeners = &l;
	init->nlisteners = 1;
	init->per_address_max = 10000;
	init->accept_rate = 100000;
	init->on = (struct ws_handler){ hello, opened, text, closed, refused, w };
	ck_ok(ws_start(init, &w->server, &e));
}

/* Waits until the counter has come up to n. */
static void await(_Atomic int *counter, int n)
{
	for (int i = 0; i < 5000 && atomic_load(counter) < n; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	ck_assert_int_ge(atomic_load(counter), n);
}

static int dial(const struct world *w, const char *path)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)ws_port(w->server, 0)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval ten = { .tv_sec = 10 };
	STR(out, KIB);
	char in[1024];
	ssize_t n;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
	str_addf(&out,
		 "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		 "Sec-WebSocket-Protocol: ocpp2.1\r\n\r\n",
		 path);
	ck_assert_int_eq(send(fd, str_c(&out), out.len, MSG_NOSIGNAL), (int)out.len);
	n = recv(fd, in, sizeof in - 1, 0);
	ck_assert_int_gt(n, 20);
	in[n] = '\0';
	ck_assert_msg(strstr(in, path[1] == 'n' ? " 404 " : " 101 ") && strstr(in, "\r\n\r\n"), "%s", in);
	return fd;
}

static void say(int fd, int first, const char *p)
{
	unsigned char buf[200] = { (unsigned char)first, (unsigned char)(0x80 | strlen(p)) };
	size_t n = strlen(p);

	memcpy(buf + 6, p, n); /* the mask is zeros */
	ck_assert_int_eq(send(fd, buf, n + 6, MSG_NOSIGNAL), (int)n + 6);
}

static void read_all(int fd, void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t rc = recv(fd, (char *)p + at, n - at, 0);

		ck_assert_int_gt(rc, 0);
		at += (size_t)rc;
	}
}

/* One short frame of the server. */
static int hear(int fd, char *buf)
{
	unsigned char head[2];

	read_all(fd, head, 2);
	ck_assert_int_lt(head[1], 126);
	read_all(fd, buf, head[1]);
	buf[head[1]] = '\0';
	return head[0];
}

/* ---- the tests ---- */

#define MANY 3000
struct teller {
	struct world *w;
	int from;
	pthread_t thread;
};

static void *tell(void *p)
{
	struct teller *t = p;
	char buf[32];

	for (int i = 0; i < MANY; i++) {
		int n = snprintf(buf, sizeof buf, "%d %d", t->from, i);

		if (!ws_send(t->w->server, atomic_load(&t->w->ids[0]), buf, (size_t)n))
			return t;
	}
	return NULL;
}

START_TEST(texts_of_a_thread_arrive_in_their_order)
{
	struct ws_init init = ws_init_default();
	int fd, next[3] = { 0 }, from, k;
	struct teller t[3];
	struct world w;
	char buf[128];
	void *rc;

	begin(&w, &init);
	fd = dial(&w, "/a");
	await(&w.opened, 1);
	for (int i = 0; i < 3; i++) {
		t[i] = (struct teller){ .w = &w, .from = i };
		ck_assert_int_eq(pthread_create(&t[i].thread, NULL, tell, &t[i]), 0);
	}
	for (int i = 0; i < 3 * MANY; i++) {
		ck_assert_int_eq(hear(fd, buf), 0x81);
		ck_assert_int_eq(sscanf(buf, "%d %d", &from, &k), 2);
		ck_assert_int_eq(k, next[from]++);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i].thread, &rc);
		ck_assert_ptr_null(rc);
	}
	close(fd);
	ws_free(w.server);
}
END_TEST

START_TEST(every_connection_is_told_closed_once_whatever_its_end)
{
	struct ws_init init = ws_init_default();
	struct world w;
	char buf[128];
	int fd[40];

	init.loops = 3;
	begin(&w, &init);
	for (int i = 0; i < 40; i++) {
		fd[i] = dial(&w, "/a");
		if (i % 4 == 0) {
			close(fd[i]); /* no goodbye */
		} else if (i % 4 == 1) {
			say(fd[i], 0x88, "\x03\xe8"); /* theirs */
			ck_assert_int_eq(hear(fd[i], buf), 0x88);
		} else if (i % 4 == 2) {
			say(fd[i], 0x81, "close me"); /* ours; never answered before the stop */
			ck_assert_int_eq(hear(fd[i], buf), 0x88);
			ck_assert_mem_eq(buf,
					 "\x0f\xa0"
					 "as you wish",
					 13);
		} else {
			say(fd[i], 0x83, "broken");
			ck_assert_int_eq(hear(fd[i], buf), 0x88);
			ck_assert_mem_eq(buf, "\x03\xea", 2);
		}
	}
	await(&w.closed, 30);
	ws_stop(w.server, 50);
	ck_assert_int_eq(atomic_load(&w.opened), 40);
	ck_assert_int_eq(atomic_load(&w.closed), 40);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(atomic_load(&w.times_closed[i]), 1);
	ck_assert_int_eq((int)ws_counts(w.server).open, 0);
	ck_assert_int_eq((int)ws_counts(w.server).closed, 40);
	for (int i = 0; i < 40; i++)
		if (i % 4)
			close(fd[i]);
	ws_free(w.server);
}
END_TEST

START_TEST(ids_are_never_used_again)
{
	struct ws_init init = ws_init_default();
	struct world w;

	init.connections_max = 2;
	init.handshakes_max = 2;
	begin(&w, &init);
	for (int i = 1; i <= 300; i++) {
		close(dial(&w, "/a"));
		await(&w.closed, i);
	}
	for (int i = 0; i < 300; i++) {
		ck_assert_msg(!ws_send(w.server, atomic_load(&w.ids[i]), "x", 1), "a late send was taken");
		for (int k = 0; k < i; k++)
			ck_assert(atomic_load(&w.ids[i]) != atomic_load(&w.ids[k]));
	}
	ck_assert_msg(!ws_send(w.server, 0, "x", 1) && !ws_send(w.server, UINT64_MAX, "x", 1),
		      "an id that is none");
	ws_close(w.server, UINT64_MAX, 1000, "nobody");
	ws_free(w.server);
}
END_TEST

START_TEST(a_peer_that_does_not_read_is_closed_at_one_mebibyte)
{
	struct ws_init init = ws_init_default();
	OWN(mem_free) char *big = mem_zalloc(64 * KIB);
	struct world w;
	int fd, sent = 0;

	init.deflate = false;
	begin(&w, &init);
	fd = dial(&w, "/a");
	await(&w.opened, 1);
	memset(big, 'x', 64 * KIB);
	/* Its socket and ours take a few MiB; then ours are kept, then it is over. */
	while (sent < 1000 && ws_send(w.server, atomic_load(&w.ids[0]), big, 64 * KIB))
		sent++;
	ck_assert_int_ge(sent, 15);
	ck_assert_int_lt(sent, 1000);
	await(&w.closed, 1);
	ck_assert_int_eq(atomic_load(&w.last_code), 1013);
	ck_assert_msg(!ws_send(w.server, atomic_load(&w.ids[0]), "x", 1), "it took one more");
	close(fd);
	ws_free(w.server);
}
END_TEST

START_TEST(a_stop_says_goodbye_and_lets_nobody_in)
{
	struct ws_init init = ws_init_default();
	struct world w;
	char buf[128];
	int a, b, port;

	begin(&w, &init);
	a = dial(&w, "/a");
	b = dial(&w, "/b");
	await(&w.opened, 2);
	port = ws_port(w.server, 0);
	ws_stop(w.server, 100);
	ck_assert_int_eq(hear(a, buf), 0x88);
	ck_assert_mem_eq(buf, "\x03\xe9", 2);
	ck_assert_int_eq(hear(b, buf), 0x88);
	ck_assert_int_eq(atomic_load(&w.closed), 2);
	ck_assert_int_eq(atomic_load(&w.last_code), 1001);
	close(a);
	close(b);
	a = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ne(
	    connect(a,
		    (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET,
							      .sin_port = htons((uint16_t)port),
							      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
		    sizeof(struct sockaddr_in)),
	    0);
	close(a);
	ck_assert_msg(!ws_send(w.server, atomic_load(&w.ids[0]), "x", 1), "after the stop");
	ws_free(w.server);
}
END_TEST

START_TEST(refusals_are_told_and_nothing_is_opened)
{
	struct ws_init init = ws_init_default();
	struct world w;

	begin(&w, &init);
	close(dial(&w, "/none"));
	await(&w.refused, 1);
	ck_assert_int_eq(atomic_load(&w.last_status), 404);
	ck_assert_int_eq(atomic_load(&w.opened) + atomic_load(&w.closed), 0);
	ws_free(w.server);
}
END_TEST

START_TEST(listeners_that_cannot_be_are_errors_that_name_them)
{
	static const struct {
		struct ws_listener l;
		enum err_code code;
		const char *words;
	} rows[] = {
		{ { .address = "127.0.0.1" }, ERR_CONFIG, "'127.0.0.1' is no address" },
		{ { .address = "::1:80" }, ERR_CONFIG, "'::1:80' is no address" },
		{ { .address = "localhost:80" }, ERR_CONFIG, "'localhost:80' is no address" },
		{ { .address = "127.0.0.1:99999" }, ERR_CONFIG, "'127.0.0.1:99999'" },
		{ { .address = "192.0.2.1:1" }, ERR_LISTEN, "192.0.2.1:1" },
		{ { .address = "127.0.0.1:0", .profile = 4 }, ERR_CONFIG, "4 is no security profile" },
		{ { .address = "127.0.0.1:0", .profile = 2 }, ERR_CONFIG, "needs a server certificate" },
		{ { .address = "127.0.0.1:0", .profile = 2, .ec_cert = "/no/such.pem" },
		  ERR_CONFIG,
		  "no key for the certificate /no/such.pem" },
		{ { .address = "127.0.0.1:0",
		    .profile = 2,
		    .ec_cert = "/no/such.pem",
		    .ec_key = "/no/key.pem" },
		  ERR_CONFIG,
		  "the certificate /no/such.pem cannot be used" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ws_init init = ws_init_default();
		struct ws_server *s = NULL;
		struct err e;

		init.listeners = &rows[i].l;
		init.nlisteners = 1;
		init.on = (struct ws_handler){ hello, opened, text, closed, NULL, NULL };
		ck_refused(ws_start(&init, &s, &e), rows[i].code, rows[i].words);
		ck_assert_ptr_null(s);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = { texts_of_a_thread_arrive_in_their_order,
			       every_connection_is_told_closed_once_whatever_its_end,
			       ids_are_never_used_again,
			       a_peer_that_does_not_read_is_closed_at_one_mebibyte,
			       a_stop_says_goodbye_and_lets_nobody_in,
			       refusals_are_told_and_nothing_is_opened,
			       listeners_that_cannot_be_are_errors_that_name_them };

	return RUN_TESTS("ws_server", all);
}
