/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the DCC: many exchanges over few connections, each request sent once, every answer bounded. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "p256_kit.h"
#include "testing.h"
#include "wire/dcc.h"
#include "wire/duis.h"

#define CONNECTIONS_MAX 64

/* ---- a DCC that does what the body says ---- */

struct peer {
	int fd, port;
	pthread_t thread, one[CONNECTIONS_MAX];
	int conn[CONNECTIONS_MAX];
	atomic_int n, requests, once; /* connections, requests read, those that said <once/> */
	atomic_bool stop;
	SSL_CTX *tls;         /* NULL: plain */
	atomic_int strangers; /* connections that TLS ended */
	char head[2048];      /* of the first request */
	atomic_bool has_head;
};
struct visit {
	struct peer *p;
	int fd;
	SSL *tls;
};

static ssize_t hear(struct visit *v, void *buf, size_t n)
{
	return v->tls ? SSL_read(v->tls, buf, (int)n) : recv(v->fd, buf, n, 0);
}

static bool say(struct visit *v, const char *p, size_t n)
{
	while (n) {
		ssize_t did = v->tls ? SSL_write(v->tls, p, (int)n) : send(v->fd, p, n, MSG_NOSIGNAL);

		if (did <= 0)
			return false;
		p += did;
		n -= (size_t)did;
	}
	return true;
}

static bool say_answer(struct visit *v, const char *head, const char *body, size_t n)
{
	char text[300];

	snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, n);
	return say(v, text, strlen(text)) && say(v, body, n);
}

/* false: the connection ends. */
static bool answer(struct visit *v, const char *body)
{
	struct peer *p = v->p;
	static const char big[DUIS_MAX + 2];

	if (!strncmp(body, "<once/>", 7)) {
		atomic_fetch_add(&p->once, 1);
		return false;
	}
	if (!strncmp(body, "<big/>", 6))
		return say_answer(v, "200 OK", big, sizeof big);
	if (!strncmp(body, "<full/>", 7))
		return say_answer(v, "200 OK", big, DUIS_MAX);
	if (!strncmp(body, "<endless/>", 10)) {
		say(v, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", 38);
		while (!atomic_load(&p->stop) && say(v, big, 65536))
			continue;
		return false;
	}
	if (!strncmp(body, "<head/>", 7)) {
		say(v, "HTTP/1.1 200 OK\r\n", 17);
		for (int i = 0; i < 100; i++)
			if (!say(v, "X-Filler: ", 10) ||
			    !say(v, memset((char[1000]){ 0 }, 'x', 1000), 1000) || !say(v, "\r\n", 2))
				return false;
		return say(v, "\r\n", 2);
	}
	if (!strncmp(body, "<silent/>", 9)) {
		char c;

		while (!atomic_load(&p->stop) && hear(v, &c, 1) > 0)
			continue;
		return false;
	}
	if (!strncmp(body, "<away/>", 7))
		return say_answer(v, "307 Temporary Redirect\r\nLocation: /api/v1/serviceT", "", 0);
	if (!strncmp(body, "<old/>", 6))
		return say(v, "hello", 5) && false;
	if (!strncmp(body, "<refused/>", 10))
		return say_answer(v, "503 Service Unavailable", "later", 5);
	return say_answer(v, "200 OK", body, strlen(body));
}

static void *visit_main(void *arg)
{
	struct visit v = *(struct visit *)arg;
	char *buf = mem_alloc(256 * KIB);
	bool more = true;

	free(arg);
	if (v.p->tls) {
		v.tls = SSL_new(v.p->tls);
		SSL_set_fd(v.tls, v.fd);
		more = SSL_accept(v.tls) == 1;
		atomic_fetch_add(&v.p->strangers, more ? 0 : 1);
	}
	while (more) {
		size_t n = 0, want;
		char *end = NULL, *length;
		ssize_t got = 1;

		while (got > 0 && !end) {
			got = hear(&v, buf + n, 256 * KIB - 1 - n);
			n += got > 0 ? (size_t)got : 0;
			buf[n] = '\0';
			end = strstr(buf, "\r\n\r\n");
		}
		if (!end)
			break;
		end += 4;
		length = strstr(buf, "Content-Length: ");
		want = length ? (size_t)strtoul(length + 16, NULL, 10) : 0;
		while (got > 0 && n - (size_t)(end - buf) < want) {
			got = hear(&v, buf + n, 256 * KIB - 1 - n);
			n += got > 0 ? (size_t)got : 0;
			buf[n] = '\0';
		}
		if (got <= 0)
			break;
		if (!atomic_load(&v.p->has_head)) {
			str_copyn(v.p->head, sizeof v.p->head, buf, (size_t)(end - buf));
			atomic_store(&v.p->has_head, true);
		}
		atomic_fetch_add(&v.p->requests, 1);
		more = answer(&v, end);
	}
	free(buf);
	SSL_free(v.tls);
	shutdown(v.fd, SHUT_RDWR);
	return NULL;
}

static void *peer_main(void *arg)
{
	struct peer *p = arg;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		struct visit *v = mem_alloc(sizeof *v);

		*v = (struct visit){ p, accept(p->fd, NULL, NULL), NULL };
		if (v->fd < 0) {
			free(v);
			break;
		}
		setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		p->conn[i] = v->fd;
		ck_assert(!pthread_create(&p->one[i], NULL, visit_main, v));
		atomic_fetch_add(&p->n, 1);
	}
	return NULL;
}

static void peer_start(struct peer *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	memset(p, 0, sizeof *p);
	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert(!bind(p->fd, (struct sockaddr *)&at, sizeof at) && !listen(p->fd, 64) &&
		  !getsockname(p->fd, (struct sockaddr *)&at, &len));
	p->port = ntohs(at.sin_port);
	ck_assert(!pthread_create(&p->thread, NULL, peer_main, p));
}

static void peer_done(struct peer *p)
{
	atomic_store(&p->stop, true);
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	for (int i = 0; i < atomic_load(&p->n); i++) {
		shutdown(p->conn[i], SHUT_RDWR);
		pthread_join(p->one[i], NULL);
		close(p->conn[i]);
	}
	close(p->fd);
	SSL_CTX_free(p->tls); /* nobody uses it any more */
}
DEFINE_OWN_VAL(struct peer, peer_done)

/* ---- what came back ---- */

#define ANSWERS_MAX 20000
struct got {
	pthread_mutex_t lock;
	int n;
	struct {
		int status;
		size_t len;
		char why[200], body[64];
		bool not_sent;
	} by_tag[16];                    /* of small tags */
	unsigned char seen[ANSWERS_MAX]; /* how often each tag came */
};

static void on_answer(void *ctx, const struct dcc_answer *a)
{
	struct got *g = ctx;

	pthread_mutex_lock(&g->lock);
	ck_assert(a->tag >= 0 && a->tag < ANSWERS_MAX);
	if (a->tag < 16) {
		g->by_tag[a->tag].status = a->status;
		g->by_tag[a->tag].len = a->len;
		g->by_tag[a->tag].not_sent = a->not_sent;
		str_copy(g->by_tag[a->tag].why, sizeof g->by_tag[0].why, a->why ? a->why : "");
		str_copyn(g->by_tag[a->tag].body, sizeof g->by_tag[0].body, a->body ? a->body : "", a->len);
	}
	g->seen[a->tag]++;
	g->n++;
	pthread_mutex_unlock(&g->lock);
}

static int got_n(struct got *g)
{
	int n;

	pthread_mutex_lock(&g->lock);
	n = g->n;
	pthread_mutex_unlock(&g->lock);
	return n;
}

static void wait_for(struct got *g, int n)
{
	for (int i = 0; i < 4000 && got_n(g) < n; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	ck_assert_int_eq(got_n(g), n);
}

static const struct conf_key keys[] = { DCC_LINE_CONF_KEYS, { .name = NULL } };

static struct conf *conf_for(const char *url, const char *parallel, const char *timeout)
{
	struct conf *c = conf_new(keys);
	struct err e;

	ck_assert(!conf_set(c, "dcc_url", url, "test", &e) &&
		  !conf_set(c, "dcc_parallel", parallel, "test", &e) &&
		  !conf_set(c, "dcc_answer_timeout", timeout, "test", &e));
	return c;
}

struct world {
	struct peer peer;
	struct got got;
	struct dcc_line *line;
};

static void world_open(struct world *w, const char *parallel, const char *timeout)
{
	OWN(conf_free) struct conf *c = NULL;
	char url[64];
	struct err e;

	memset(&w->got, 0, sizeof w->got);
	pthread_mutex_init(&w->got.lock, NULL);
	peer_start(&w->peer);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", w->peer.port);
	c = conf_for(url, parallel, timeout);
	ck_assert_msg(!dcc_line_new(&(struct dcc_line_init){ c, on_answer, &w->got }, &w->line, &e), "%s",
		      e.msg);
}

static void world_done(struct world *w)
{
	dcc_line_free(w->line);
	peer_done(&w->peer);
	pthread_mutex_destroy(&w->got.lock);
}
DEFINE_OWN_VAL(struct world, world_done)
#define WORLD(name, parallel, timeout)                                                                       \
	OWN(world_done) struct world name;                                                                   \
	world_open(&name, parallel, timeout)

static void post(struct world *w, enum dcc_service s, int64_t tag, const char *body)
{
	ck_assert(dcc_line_send(w->line, s, tag, body, strlen(body)));
}

/* ---- tests ---- */

START_TEST(a_request_goes_to_its_service_and_its_answer_comes_back)
{
	WORLD(w, "4", "5s");

	post(&w, DCC_T, 1, "<a/>");
	wait_for(&w.got, 1);
	ck_assert_int_eq(w.got.by_tag[1].status, 200);
	ck_assert_str_eq(w.got.by_tag[1].body, "<a/>");
	ck_assert_ptr_nonnull(strstr(w.peer.head, "POST /api/v1/serviceT HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(w.peer.head, "Content-Type: application/xml\r\n"));
	ck_assert_ptr_null(strstr(w.peer.head, "Expect"));
	ck_assert_uint_eq(dcc_line_waiting(w.line), 0);
	post(&w, DCC_S, 2, "<refused/>");
	wait_for(&w.got, 2);
	ck_assert_int_eq(w.got.by_tag[2].status, 503);
	ck_assert_str_eq(w.got.by_tag[2].body, "later");
}
END_TEST

START_TEST(many_exchanges_share_a_few_connections_and_each_is_answered_once)
{
	enum { N = 3000 };
	WORLD(w, "8", "20s");
	int64_t start = clock_mono(clock_system()), took;

	for (int i = 0; i < N; i++) {
		char body[32];

		snprintf(body, sizeof body, "<n>%d</n>", i);
		while (!dcc_line_send(w.line, (enum dcc_service)(i % 3), i, body, strlen(body)))
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	wait_for(&w.got, N);
	took = clock_mono(clock_system()) - start;
	for (int i = 0; i < N; i++)
		ck_assert_uint_eq(w.got.seen[i], 1);
	ck_assert_int_le(atomic_load(&w.peer.n), 8);
	ck_assert_int_eq(atomic_load(&w.peer.requests), N);
	ck_assert_str_eq(w.got.by_tag[7].body, "<n>7</n>");
	printf("%d exchanges in %lld ms over %d connections\n", N, (long long)took, atomic_load(&w.peer.n));
}
END_TEST

START_TEST(a_request_that_left_is_not_sent_again_when_its_connection_breaks)
{
	WORLD(w, "1", "5s");

	post(&w, DCC_S, 1, "<a/>"); /* so that the connection is a kept one */
	post(&w, DCC_S, 2, "<once/>");
	post(&w, DCC_S, 3, "<b/>");
	wait_for(&w.got, 3);
	ck_assert_int_eq(w.got.by_tag[2].status, 0);
	ck_assert_str_ne(w.got.by_tag[2].why, "");
	ck_assert(!w.got.by_tag[2].not_sent); /* nobody knows */
	ck_assert_int_eq(atomic_load(&w.peer.once), 1);
	ck_assert_int_eq(w.got.by_tag[3].status, 200);
}
END_TEST

START_TEST(an_answer_over_the_limit_is_lost_and_one_at_the_limit_is_not)
{
	WORLD(w, "2", "5s");

	post(&w, DCC_D, 1, "<big/>");
	post(&w, DCC_D, 2, "<full/>");
	post(&w, DCC_D, 3, "<endless/>");
	post(&w, DCC_D, 4, "<head/>");
	wait_for(&w.got, 4);
	ck_assert_int_eq(w.got.by_tag[1].status, 0);
	ck_assert_ptr_nonnull(strstr(w.got.by_tag[1].why, "larger than 2097152 bytes"));
	ck_assert_int_eq(w.got.by_tag[2].status, 200);
	ck_assert_uint_eq(w.got.by_tag[2].len, DUIS_MAX);
	ck_assert_int_eq(w.got.by_tag[3].status, 0);
	ck_assert_int_eq(w.got.by_tag[4].status, 0);
	ck_assert_ptr_nonnull(strstr(w.got.by_tag[4].why, "head"));
}
END_TEST

START_TEST(silence_ends_and_blocks_nobody_but_its_own_place)
{
	WORLD(w, "2", "400ms");

	post(&w, DCC_S, 1, "<silent/>");
	for (int i = 2; i < 12; i++)
		post(&w, DCC_S, i, "<a/>");
	wait_for(&w.got, 11);
	ck_assert_int_eq(w.got.by_tag[1].status, 0);
	ck_assert_ptr_nonnull(strstr(w.got.by_tag[1].why, "no answer in time"));
	for (int i = 2; i < 12; i++)
		ck_assert_int_eq(w.got.by_tag[i].status, 200);
}
END_TEST

START_TEST(no_redirect_is_followed_and_what_is_no_http_is_no_answer)
{
	WORLD(w, "1", "5s");

	setenv("http_proxy", "http://127.0.0.1:9", 1);
	post(&w, DCC_S, 1, "<away/>");
	post(&w, DCC_S, 2, "<old/>");
	wait_for(&w.got, 2);
	unsetenv("http_proxy");
	ck_assert_int_eq(w.got.by_tag[1].status, 307);
	ck_assert_int_eq(w.got.by_tag[2].status, 0);
	ck_assert_int_eq(atomic_load(&w.peer.requests), 2);
}
END_TEST

START_TEST(the_queue_has_an_end_and_a_stop_leaves_what_was_not_answered)
{
	WORLD(w, "1", "60s");
	int64_t start;
	int n = 0;

	post(&w, DCC_S, 1, "<silent/>");
	while (!atomic_load(&w.peer.requests))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	while (n < 2 * DCC_LINE_WAITING && dcc_line_send(w.line, DCC_S, 2, "<a/>", 4))
		n++;
	ck_assert_int_eq(n, DCC_LINE_WAITING);
	ck_assert_uint_eq(dcc_line_waiting(w.line), DCC_LINE_WAITING + 1);
	start = clock_mono(clock_system());
	dcc_line_free(w.line);
	w.line = NULL;
	ck_assert_int_lt(clock_mono(clock_system()) - start, 2000);
	ck_assert_int_eq(w.got.n, 0);
}
END_TEST

START_TEST(nobody_at_the_address_is_told_for_each_request)
{
	OWN(conf_free) struct conf *c = conf_for("http://127.0.0.1:1", "2", "2s");
	struct got g = { .n = 0 };
	struct dcc_line *l;
	struct err e;

	pthread_mutex_init(&g.lock, NULL);
	ck_assert(!dcc_line_new(&(struct dcc_line_init){ c, on_answer, &g }, &l, &e));
	for (int i = 0; i < 3; i++)
		ck_assert(dcc_line_send(l, DCC_D, i, "<a/>", 4));
	wait_for(&g, 3);
	dcc_line_free(l);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(g.by_tag[i].status, 0);
		ck_assert_ptr_nonnull(strstr(g.by_tag[i].why, "127.0.0.1"));
		ck_assert(g.by_tag[i].not_sent);
	}
	pthread_mutex_destroy(&g.lock);
}
END_TEST

START_TEST(settings_that_cannot_be_are_refused)
{
	static const struct {
		const char *key, *value, *says;
	} bad[] = { { "dcc_url", "ftp://127.0.0.1", "http" },
		    { "dcc_url", "file:///etc/passwd", "dcc_url" },
		    { "dcc_url", "127.0.0.1:80", "dcc_url" },
		    { "dcc_url", "", "dcc_url" },
		    { "dcc_url", "https://who:secret@127.0.0.1", "user name" },
		    { "dcc_url", "https://127.0.0.1/x?y", "base address" },
		    { "dcc_client_cert", "/dev/null", "the key" },
		    { "dcc_client_key", "/dev/null", "the certificate" },
		    { "dcc_ca_file", "/nowhere/at/all", "dcc_ca_file" } };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		OWN(conf_free) struct conf *c = conf_for("http://127.0.0.1:1", "2", "2s");
		struct dcc_line *l = NULL;
		struct err e;

		ck_assert(!conf_set(c, bad[i].key, bad[i].value, "test", &e));
		ck_assert_msg(dcc_line_new(&(struct dcc_line_init){ c, on_answer, NULL }, &l, &e) ==
				  ERR_CONFIG,
			      "%s = %s", bad[i].key, bad[i].value);
		ck_assert_msg(strstr(e.msg, bad[i].says), "%s", e.msg);
	}
}
END_TEST

/* ---- TLS with certificates on both sides ---- */

/* Self-signed, for 127.0.0.1 alone; NULL names: KEY and PEM of dir. */
static void tls_pair(const char *dir, const char *name, char key[300], char cert[300])
{
	X509 *x = X509_new();
	EVP_PKEY *k;
	X509_EXTENSION *san;
	FILE *f;

	snprintf(key, 300, "%s/%s.key", dir, name);
	snprintf(cert, 300, "%s/%s.pem", dir, name);
	kit_key(key);
	f = fopen(key, "r");
	ck_assert(f && (k = PEM_read_PrivateKey(f, NULL, NULL, NULL)) && !fclose(f));
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)name,
				   -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
	ck_assert(san && X509_add_ext(x, san, -1) && X509_set_pubkey(x, k) &&
		  X509_sign(x, k, EVP_sha256()) > 0);
	f = fopen(cert, "w");
	ck_assert(f && PEM_write_X509(f, x) && !fclose(f));
	X509_EXTENSION_free(san);
	X509_free(x);
	EVP_PKEY_free(k);
}

START_TEST(tls_wants_certificates_on_both_sides_and_names_what_is_wrong)
{
	char dir[256], key[2][300], cert[2][300], url[2][64];
	OWN(peer_done) struct peer p;
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	signal(SIGPIPE, SIG_IGN); /* a TLS server that writes to who hung up */
	test_dir_new(dir, sizeof dir);
	tls_pair(dir, "server", key[0], cert[0]);
	tls_pair(dir, "client", key[1], cert[1]);
	ck_assert(SSL_CTX_use_certificate_file(tls, cert[0], SSL_FILETYPE_PEM) == 1 &&
		  SSL_CTX_use_PrivateKey_file(tls, key[0], SSL_FILETYPE_PEM) == 1 &&
		  SSL_CTX_load_verify_locations(tls, cert[1], NULL) == 1);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	peer_start(&p);
	p.tls = tls;
	snprintf(url[0], sizeof url[0], "https://127.0.0.1:%d", p.port);
	snprintf(url[1], sizeof url[1], "https://localhost:%d", p.port);
	const struct {
		const char *url, *ca, *cert, *key, *says;
		int status;
	} ways[] = { { url[0], cert[0], cert[1], key[1], "", 200 },
		     { url[0], cert[0], "", "", "127.0.0.1", 0 },
		     { url[0], cert[0], cert[0], key[0], "127.0.0.1", 0 },
		     { url[0], "", cert[1], key[1], "certificate", 0 },
		     { url[0], cert[1], cert[1], key[1], "certificate", 0 },
		     { url[1], cert[0], cert[1], key[1], "certificate", 0 },
		     { url[0], cert[0], cert[1], key[0], "client certificate", 0 } };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		OWN(conf_free) struct conf *c = conf_for(ways[i].url, "1", "5s");
		struct got g = { .n = 0 };
		struct dcc_line *l;
		struct err e;

		pthread_mutex_init(&g.lock, NULL);
		ck_assert(!conf_set(c, "dcc_ca_file", ways[i].ca, "test", &e) &&
			  !conf_set(c, "dcc_client_cert", ways[i].cert, "test", &e) &&
			  !conf_set(c, "dcc_client_key", ways[i].key, "test", &e));
		ck_ok(dcc_line_new(&(struct dcc_line_init){ c, on_answer, &g }, &l, &e));
		ck_assert(dcc_line_send(l, DCC_D, 1, "<a/>", 4));
		wait_for(&g, 1);
		dcc_line_free(l);
		ck_assert_msg(g.by_tag[1].status == ways[i].status, "%zu: %d %s", i, g.by_tag[1].status,
			      g.by_tag[1].why);
		ck_assert_msg(strstr(g.by_tag[1].why, ways[i].says), "%zu: %s", i, g.by_tag[1].why);
	}
	ck_assert_int_eq(atomic_load(&p.requests), 1);
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_request_goes_to_its_service_and_its_answer_comes_back,
			       many_exchanges_share_a_few_connections_and_each_is_answered_once,
			       a_request_that_left_is_not_sent_again_when_its_connection_breaks,
			       an_answer_over_the_limit_is_lost_and_one_at_the_limit_is_not,
			       silence_ends_and_blocks_nobody_but_its_own_place,
			       no_redirect_is_followed_and_what_is_no_http_is_no_answer,
			       the_queue_has_an_end_and_a_stop_leaves_what_was_not_answered,
			       nobody_at_the_address_is_told_for_each_request,
			       settings_that_cannot_be_are_refused,
			       tls_wants_certificates_on_both_sides_and_names_what_is_wrong };

	return RUN_TESTS("dcc line", all);
}
