/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP: which addresses are asked (T30), and how long and how much an answer may be (T17). */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "testing.h"
#include "wire/fetch.h"

/* ---- a server that answers as its path says ---- */

struct peer {
	int fd, port;
	atomic_int accepted;
	atomic_bool stop;
	char head[4096]; /* of the newest request; read after its answer came */
	pthread_t thread;
};

static void say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void answer(struct peer *p, int fd)
{
	char more[1024];

	memset(more, 'x', sizeof more);
	if (strstr(p->head, "GET /endless")) {
		say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		while (!atomic_load(&p->stop) && send(fd, more, sizeof more, MSG_NOSIGNAL) > 0)
			continue;
	} else if (strstr(p->head, "GET /drip")) { /* 500 bytes a second */
		say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
		while (!atomic_load(&p->stop) && send(fd, more, 50, MSG_NOSIGNAL) > 0)
			nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	} else if (strstr(p->head, "GET /silent")) {
		while (!atomic_load(&p->stop) && recv(fd, more, 1, 0) > 0)
			continue;
	} else if (strstr(p->head, "GET /head")) {
		say(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 60; i++)
			if (send(fd, "X-Filler: ", 10, MSG_NOSIGNAL) < 0 ||
			    send(fd, more, 1000, MSG_NOSIGNAL) < 0 || send(fd, "\r\n", 2, MSG_NOSIGNAL) < 0)
				break;
		say(fd, "\r\n");
	} else if (strstr(p->head, "GET /here")) {
		say(fd, "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
	} else if (strstr(p->head, "GET /loop")) {
		say(fd, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n");
	} else if (strstr(p->head, "GET /away")) {
		say(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n");
	} else if (strstr(p->head, "If-None-Match: \"v1\"")) {
		say(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
	} else {
		say(fd, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nLast-Modified: Fri, 20 Nov 2026 09:00:00 GMT\r\n"
			"Set-Cookie: a=b\r\nX-Sig:  abc \r\nContent-Type: text/plain\r\nContent-Length: "
			"5\r\n\r\nhello");
	}
}

static void *serve(void *arg)
{
	struct peer *p = arg;

	while (!atomic_load(&p->stop)) {
		int fd = accept(p->fd, NULL, NULL);
		struct timeval tv = { .tv_sec = 5 };
		ssize_t n = 0, got;

		if (fd < 0)
			break;
		atomic_fetch_add(&p->accepted, 1);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
		do {
			got = recv(fd, p->head + n, sizeof p->head - 1 - (size_t)n, 0);
			n += got > 0 ? got : 0;
			p->head[n] = '\0';
		} while (got > 0 && !strstr(p->head, "\r\n\r\n"));
		if (!atomic_load(&p->stop))
			answer(p, fd);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static void peer_start(struct peer *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	memset(p, 0, sizeof *p);
	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert(!bind(p->fd, (struct sockaddr *)&at, sizeof at) && !listen(p->fd, 16) &&
		  !getsockname(p->fd, (struct sockaddr *)&at, &len));
	p->port = ntohs(at.sin_port);
	ck_assert(!pthread_create(&p->thread, NULL, serve, p));
}

static void peer_done(struct peer *p)
{
	atomic_store(&p->stop, true);
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
}
DEFINE_OWN_VAL(struct peer, peer_done)

/* Rules that permit the peer, or only its scheme. */
static struct fetch_rules *rules_for(const struct peer *p, const char *name, const char *allow)
{
	struct fetch_rules *r = NULL;
	struct err e;
	char host[300];

	snprintf(host, sizeof host, "%s:%d", name, p->port);
	ck_ok(fetch_rules_new(host, allow, NULL, &r, &e));
	return r;
}

static struct fetch_ask ask_of(char url[200], const struct peer *p, const char *name, const char *path)
{
	snprintf(url, 200, "http://%s:%d%s", name, p->port, path);
	return (struct fetch_ask){ .url = url, .max_bytes = 100000, .total_ms = 4000 };
}

/* ---- T30 ---- */

START_TEST(T30_sixty_addresses_that_must_not_be_asked_are_refused)
{
	static const char *const urls[] = {
		/* not https, or no address */
		"http://example.com/",
		"HTTP://EXAMPLE.COM/",
		"ftp://example.com/x",
		"file:///etc/passwd",
		"gopher://example.com/",
		"dict://example.com:11211/",
		"scp://example.com/x",
		"ldap://example.com/",
		"telnet://example.com",
		"smtp://example.com",
		"javascript:alert(1)",
		"data:text/plain,x",
		"",
		"https://",
		"//example.com/",
		"example.com",
		"https:///x",
		"https://example.com:99999/",
		"https://exa mple.com/",
		"https://example.com/\r\nX: y",
		"https://example.com\\@127.0.0.1/",
		"https://user@example.com/",
		"https://user:pw@example.com/",
		"https://example.com@127.0.0.1/",
		"https://127.0.0.1#@example.com/",
		/* loopback in its spellings */
		"https://127.0.0.1/",
		"https://127.0.0.1:8231/v1/users",
		"https://127.1/",
		"https://127.0.1/",
		"https://0x7f000001/",
		"https://0x7f.0.0.1/",
		"https://2130706433/",
		"https://017700000001/",
		"https://0177.0.0.1/",
		"https://127.255.255.254/",
		"https://0/",
		"https://0.0.0.0/",
		"https://[::1]/",
		"https://[::]/",
		"https://[0:0:0:0:0:0:0:1]/",
		"https://[::ffff:127.0.0.1]/",
		"https://[::ffff:7f00:1]/",
		"https://[::127.0.0.1]/",
		"https://[64:ff9b::127.0.0.1]/",
		/* private, link local, special */
		"https://10.0.0.1/",
		"https://172.16.0.1/",
		"https://172.31.255.255/",
		"https://192.168.1.1/",
		"https://169.254.169.254/latest/meta-data/",
		"https://[::ffff:169.254.169.254]/",
		"https://100.64.0.1/",
		"https://192.0.0.170/",
		"https://192.0.2.1/",
		"https://198.18.0.1/",
		"https://198.51.100.1/",
		"https://203.0.113.1/",
		"https://192.88.99.1/",
		"https://224.0.0.1/",
		"https://240.0.0.1/",
		"https://255.255.255.255/",
		"https://[fe80::1]/",
		"https://[fe80::1%25eth0]/",
		"https://[fc00::1]/",
		"https://[fd12:3456::1]/",
		"https://[ff02::1]/",
		"https://[2001:db8::1]/",
		"https://[2002:7f00:1::]/",
		"https://[2001::1]/",
		"https://[100::1]/",
		"https://[fec0::1]/",
		"https://[64:ff9b:1::1]/",
		"https://[64:ff9b::a00:1]/",
		"https://[3fff::1]/",
		"https://[5f00::1]/",
	};
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	struct err e;

	ck_assert_int_ge((int)(sizeof urls / sizeof *urls), 60);
	ck_ok(fetch_rules_new("", "", "", &r, &e));
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct fetch_ask ask = { .url = urls[i], .max_bytes = 10, .total_ms = 500 };
		OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
		int rc = fetch_url_check(r, urls[i], &e);

		ck_assert_msg(rc == ERR_INVALID || rc == ERR_ADDRESS, "%s gave %d", urls[i], rc);
		rc = fetch_run(r, &ask, NULL, NULL, &a, &e);
		ck_assert_msg(rc == ERR_INVALID || rc == ERR_ADDRESS, "asking %s gave %d", urls[i], rc);
	}
}
END_TEST

START_TEST(T30_public_addresses_are_not_special_and_exceptions_are_networks)
{
	static const char *const fine[] = { "1.1.1.1",        "8.8.8.8",          "172.15.255.255",
					    "172.32.0.1",     "11.0.0.1",         "192.0.1.1",
					    "198.17.255.255", "198.20.0.1",       "223.255.255.255",
					    "100.63.255.255", "100.128.0.1",      "2606:4700::1111",
					    "2a00:1450::1",   "64:ff9b::808:808", "::ffff:8.8.8.8",
					    "2001:4860::8888" };
	static const char *const bad[] = {
		"10.0.0.0", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/8,", "/8"
	};
	OWN(fetch_rules_free) struct fetch_rules *r = NULL, *some = NULL, *none = NULL;
	struct err e;

	ck_ok(fetch_rules_new(NULL, NULL, NULL, &r, &e));
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		ck_assert_msg(!fetch_address_special(r, fine[i]), "%s", fine[i]);
	ck_ok(fetch_rules_new(NULL, " 10.1.0.0/16  fd00::/8 ", NULL, &some, &e));
	ck_assert_ptr_null(fetch_address_special(some, "10.1.255.255"));
	ck_assert_ptr_null(fetch_address_special(some, "::ffff:10.1.0.1"));
	ck_assert_ptr_null(fetch_address_special(some, "fd12::1"));
	ck_assert_str_eq(fetch_address_special(some, "10.2.0.0"), "private");
	ck_assert_str_eq(fetch_address_special(some, "127.0.0.1"), "loopback");
	ck_assert_str_eq(fetch_address_special(some, "::1"), "loopback");
	ck_assert_str_eq(fetch_address_special(some, "fc00::1"), "private");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_refused(fetch_rules_new(NULL, bad[i], NULL, &none, &e), ERR_CONFIG, "fetch_allow");
	ck_refused(fetch_rules_new("localhost", NULL, NULL, &none, &e), ERR_CONFIG, "HOST:PORT");
	ck_refused(fetch_rules_new("localhost:0", NULL, NULL, &none, &e), ERR_CONFIG, "HOST:PORT");
}
END_TEST

/* The judgement is made when the socket is opened, so neither a name nor a changed answer gets around it. */
START_TEST(T30_a_name_that_resolves_to_a_special_address_is_never_connected_to)
{
	static const char *const where[] = { "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0" };
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
	char url[200], resolve[200];
	struct fetch_ask ask;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "hooks.example.org", "");
	ask = ask_of(url, &p, "hooks.example.org", "/");
	ask.resolve = resolve;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		snprintf(resolve, sizeof resolve, "hooks.example.org:%d:%s", p.port, where[i]);
		ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_ADDRESS, "not asked");
	}
	/* A first answer that is public (and does not answer here), then another: the second is judged too.
	 */
	snprintf(resolve, sizeof resolve, "hooks.example.org:%d:192.0.0.8,127.0.0.1", p.port);
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_ADDRESS, "not asked");
	ck_assert_int_eq(atomic_load(&p.accepted), 0);
	fetch_rules_free(MOVE(r));
	r = rules_for(&p, "localhost", "");
	ask = ask_of(url, &p, "localhost", "/");
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_ADDRESS, "loopback");
	ck_assert_int_eq(atomic_load(&p.accepted), 0);
}
END_TEST

START_TEST(T30_an_answer_of_the_name_server_that_changes_between_calls_is_judged_each_time)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	char url[200], resolve[200];
	struct fetch_ask ask;
	struct err e;

	peer_start(&p);
	/* 127.9.0.0/16 plays the public address; 127.0.0.1 stays forbidden. */
	r = rules_for(&p, "hooks.example.org", "127.9.0.0/16");
	ask = ask_of(url, &p, "hooks.example.org", "/");
	ask.resolve = resolve;
	for (int i = 0; i < 6; i++) {
		OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
		int rc;

		snprintf(resolve, sizeof resolve, "hooks.example.org:%d:%s", p.port,
			 i % 2 ? "127.0.0.1" : "127.9.0.1");
		rc = fetch_run(r, &ask, NULL, NULL, &a, &e);
		/* Nobody listens on 127.9.0.1: connecting was tried, which is what counts. */
		ck_assert_int_eq(rc, i % 2 ? ERR_ADDRESS : ERR_REMOTE);
	}
	ck_assert_int_eq(atomic_load(&p.accepted), 0);
}
END_TEST

START_TEST(neither_proxies_nor_cookies_nor_credentials_take_part)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	char url[200];
	struct fetch_ask ask;
	struct err e;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.1/32");
	ask = ask_of(url, &p, "127.0.0.1", "/x");
	for (int i = 0; i < 2; i++) {
		OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };

		ck_ok(fetch_run(r, &ask, NULL, NULL, &a, &e));
		ck_assert_int_eq(a.status, 200);
		ck_assert_ptr_null(strstr(p.head, "Cookie"));
		ck_assert_ptr_null(strstr(p.head, "Authorization"));
		ck_assert_ptr_null(strstr(p.head, "Proxy"));
	}
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}
END_TEST

/* ---- answers ---- */

START_TEST(an_answer_brings_its_validators_and_the_wanted_headers)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 }, b = { .status = 0 };
	char url[200];
	struct fetch_ask ask;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/x");
	ask.want[0] = "X-Sig";
	ck_ok(fetch_run(r, &ask, NULL, NULL, &a, &e));
	ck_assert_str_eq(str_c(&a.body), "hello");
	ck_assert_str_eq(a.etag, "\"v1\"");
	ck_assert_str_eq(a.modified, "Fri, 20 Nov 2026 09:00:00 GMT");
	ck_assert_str_eq(a.type, "text/plain");
	ck_assert_str_eq(a.want[0], "abc");
	ck_assert_str_eq(a.address, "127.0.0.1");
	ask.etag = a.etag;
	ask.modified = a.modified;
	ck_ok(fetch_run(r, &ask, NULL, NULL, &b, &e));
	ck_assert_int_eq(b.status, 304);
	ck_assert_ptr_nonnull(strstr(p.head, "If-Modified-Since: Fri, 20 Nov 2026"));
}
END_TEST

START_TEST(T17_a_peer_that_never_ends_is_left_at_the_cap_and_one_that_is_silent_in_time)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
	char url[200], dir[300], file[400];
	struct fetch_ask ask;
	int64_t began;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/endless");
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_TOO_LARGE, "larger than 100000 bytes");
	/* Into a file: nothing stays. */
	snprintf(file, sizeof file, "%s/f", test_dir_new(dir, sizeof dir));
	ask.file = file;
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_TOO_LARGE, "larger");
	ck_assert_int_ne(access(file, F_OK), 0);
	ask.file = NULL;
	/* Where a part is enough it is no error. */
	ask.cut = true;
	ask.max_bytes = 1000;
	ck_ok(fetch_run(r, &ask, NULL, NULL, &a, &e));
	ck_assert(a.cut && a.bytes == 1000 && a.body.len == 1000);
	/* Heads have a ceiling of their own. */
	ask = ask_of(url, &p, "127.0.0.1", "/head");
	ck_assert_int_ne(fetch_run(r, &ask, NULL, NULL, &a, &e), OK);
	ask = ask_of(url, &p, "127.0.0.1", "/silent");
	ask.total_ms = 300;
	began = clock_mono(clock_system());
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_TIMEOUT, "in time");
	ck_assert_int_lt(clock_mono(clock_system()) - began, 3000);
	test_dir_free(dir);
}
END_TEST

/* Of the long run: it takes ten seconds. */
START_TEST(T17_a_peer_that_drips_is_left_after_ten_seconds)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
	char url[200];
	struct fetch_ask ask;
	int64_t began, took;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/drip");
	ask.total_ms = 60000;
	began = clock_mono(clock_system());
	ck_refused(fetch_run(r, &ask, NULL, NULL, &a, &e), ERR_TIMEOUT, "less than 1024 bytes a second");
	took = clock_mono(clock_system()) - began;
	ck_assert_msg(took >= 1000 * FETCH_LOW_SPEED_S - 1500 && took < 3000 * FETCH_LOW_SPEED_S, "%lld ms",
		      (long long)took);
}
END_TEST

START_TEST(a_file_holds_what_came_and_one_that_is_there_is_never_written_over)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
	char url[200], dir[300], file[400];
	struct fetch_ask ask;
	struct stat st;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/x");
	snprintf(file, sizeof file, "%s/f", test_dir_new(dir, sizeof dir));
	ask.file = file;
	ck_ok(fetch_run(r, &ask, NULL, NULL, &a, &e));
	ck_assert(!stat(file, &st) && st.st_size == 5 && (st.st_mode & 0777) == 0600);
	ck_assert_int_ne(fetch_run(r, &ask, NULL, NULL, &a, &e), OK);
	ck_assert(!stat(file, &st) && st.st_size == 5);
	test_dir_free(dir);
}
END_TEST

START_TEST(redirects_are_answers_unless_they_stay_at_the_same_origin)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 }, b = { .status = 0 };
	char url[200];
	struct fetch_ask ask;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/here");
	ck_ok(fetch_run(r, &ask, NULL, NULL, &a, &e));
	ck_assert_int_eq(a.status, 302);
	ask.redirects = 2;
	ck_ok(fetch_run(r, &ask, NULL, NULL, &b, &e));
	ck_assert_int_eq(b.status, 200);
	ck_assert_ptr_nonnull(strstr(p.head, "GET /there"));
	ask = ask_of(url, &p, "127.0.0.1", "/away");
	ask.redirects = 2;
	ck_refused(fetch_run(r, &ask, NULL, NULL, &b, &e), ERR_REMOTE, "not followed");
	ask = ask_of(url, &p, "127.0.0.1", "/loop");
	ask.redirects = 3;
	ck_refused(fetch_run(r, &ask, NULL, NULL, &b, &e), ERR_REMOTE, "more than 3 times");
}
END_TEST

static bool at_once(void *ctx)
{
	(void)ctx;
	return true;
}

START_TEST(a_fetch_ends_when_the_service_stops)
{
	OWN(peer_done) struct peer p;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_answer_done) struct fetch_answer a = { .status = 0 };
	char url[200];
	struct fetch_ask ask;
	struct err e;

	peer_start(&p);
	r = rules_for(&p, "127.0.0.1", "127.0.0.0/8");
	ask = ask_of(url, &p, "127.0.0.1", "/silent");
	ck_refused(fetch_run(r, &ask, at_once, NULL, &a, &e), ERR_STOPPING, "ended");
}
END_TEST

START_TEST(many_at_once_end_each_in_its_own_time)
{
	OWN(peer_done) struct peer slow, quick;
	OWN(fetch_rules_free) struct fetch_rules *r = NULL;
	OWN(fetch_many_free) struct fetch_many *m = NULL;
	char url[200], hosts[100], both[2][200];
	int64_t tag, ended = 0, late = 0, until = clock_mono(clock_system()) + 5000;
	struct err e, why;
	int rc;

	peer_start(&slow);
	peer_start(&quick);
	snprintf(hosts, sizeof hosts, "127.0.0.1:%d 127.0.0.1:%d", slow.port, quick.port);
	ck_ok(fetch_rules_new(hosts, "127.0.0.0/8", NULL, &r, &e));
	m = fetch_many_new(r);
	for (int i = 0; i < 5; i++) {
		struct fetch_ask ask =
		    ask_of(i ? both[0] : both[1], i ? &quick : &slow, "127.0.0.1", i ? "/x" : "/silent");

		ask.total_ms = 1000;
		ask.body = NULL;
		ck_ok(fetch_many_add(m, &ask, i, &e));
	}
	snprintf(url, sizeof url, "https://10.0.0.1/");
	ck_refused(fetch_many_add(m, &(struct fetch_ask){ .url = url, .max_bytes = 1 }, 9, &e), ERR_ADDRESS,
		   "private");
	while (fetch_many_running(m) && clock_mono(clock_system()) < until) {
		struct fetch_answer a = { .status = 0 };

		ck_ok(fetch_many_poll(m, 20, &e));
		while (fetch_many_next(m, &tag, &rc, &a, &why)) {
			if (tag) {
				ck_assert(rc == OK && a.status == 200 && !late);
				ended++;
			} else {
				ck_assert_int_eq(rc, ERR_TIMEOUT);
				late++;
			}
			fetch_answer_done(&a);
			a = (struct fetch_answer){ .status = 0 };
		}
	}
	ck_assert(ended == 4 && late == 1);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		T30_sixty_addresses_that_must_not_be_asked_are_refused,
		T30_public_addresses_are_not_special_and_exceptions_are_networks,
		T30_a_name_that_resolves_to_a_special_address_is_never_connected_to,
		T30_an_answer_of_the_name_server_that_changes_between_calls_is_judged_each_time,
		neither_proxies_nor_cookies_nor_credentials_take_part,
		an_answer_brings_its_validators_and_the_wanted_headers,
		T17_a_peer_that_never_ends_is_left_at_the_cap_and_one_that_is_silent_in_time,
		a_file_holds_what_came_and_one_that_is_there_is_never_written_over,
		redirects_are_answers_unless_they_stay_at_the_same_origin,
		a_fetch_ends_when_the_service_stops,
		many_at_once_end_each_in_its_own_time
	};

	if (getenv("FIRPATH_SLOW_PEER"))
		all[0] = T17_a_peer_that_drips_is_left_after_ten_seconds; /* in place of the first */
	return RUN_TESTS("fetch", all);
}
