/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many stations in one process, for measurements: connects, and when told so sends Heartbeats, one
 * outstanding per connection, as fast as they are answered.
 *
 *   ws_load port=P n=CONNECTIONS [tls=1] [deflate=1] [name=known] [password=secret] [protocol=ocpp1.6]
 * [boot=1] [window=200]
 *
 * Writes "CONNECTED n seconds"; then for each line "beat SECONDS" on standard input "BEATS n p50_ms p99_ms";
 * the end of input ends it. tests/bench/ocpp reads the server's side from /proc meanwhile.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"

#define EVENTS 512
#define IN_MAX 600
#define HISTOGRAM 200000 /* of 50 us */

enum state { CONNECTING, SHAKING, ASKED, BOOTING, OPEN };
struct station {
	int fd;
	enum state state;
	SSL *ssl;
	int64_t sent; /* us */
	char *in;     /* owned while an answer is under way */
	size_t len;
};
struct load {
	struct station *all;
	int n, begun, open, window;
	int port, epoll;
	bool tls, deflate, boot, beating;
	const char *name, *password, *protocol;
	SSL_CTX *ctx;
	int64_t until, beats;
	uint32_t *histogram;
	uint64_t serial;
	char in[65536];
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "ws_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void say(struct station *s, const void *p, size_t n)
{
	ssize_t rc = s->ssl ? SSL_write(s->ssl, p, (int)n) : send(s->fd, p, n, MSG_NOSIGNAL);

	if (rc != (ssize_t)n)
		die("a station cannot send");
}

static void ask(struct load *l, struct station *s)
{
	char user[128], basic[BASE64_TEXT(128)];
	STR(out, 2 * KIB);
	int n = snprintf(user, sizeof user, "%s%d:%s", l->name, (int)(s - l->all), l->password);

	str_addf(
	    &out,
	    "GET /ocpp/%s%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "Sec-WebSocket-Protocol: %s\r\nAuthorization: Basic %s\r\n%s\r\n",
	    l->name, (int)(s - l->all), l->port, l->protocol, base64_text((uint8_t *)user, (size_t)n, basic),
	    l->deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n" : "");
	say(s, str_c(&out), out.len);
	s->state = ASKED;
}

static void begin(struct load *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)l->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct station *s = &l->all[l->begun++];
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = s };
	int one = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || (connect(s->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS))
		die("connect");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &ev))
		die("epoll");
}

static void call(struct load *l, struct station *s, const char *action, const char *payload)
{
	unsigned char buf[300];
	int n = snprintf((char *)buf + 8, sizeof buf - 8, "[2,\"%llu\",\"%s\",%s]",
			 (unsigned long long)++l->serial, action, payload);
	int head = n < 126 ? 6 : 8;
	unsigned char *at = buf + 8 - head;

	at[0] = 0x81;
	at[1] = (unsigned char)(0x80 | (n < 126 ? n : 126));
	if (n >= 126) {
		at[2] = (unsigned char)(n >> 8);
		at[3] = (unsigned char)n;
	}
	memcpy(buf + 4, "\x11\x22\x33\x44", 4);
	for (int i = 0; i < n; i++)
		buf[8 + i] ^= buf[4 + i % 4];
	s->sent = now_us();
	say(s, at, (size_t)(n + head));
}

static void beat(struct load *l, struct station *s)
{
	call(l, s, "Heartbeat", "{}");
}

static void boot(struct load *l, struct station *s)
{
	s->state = BOOTING;
	call(l, s, "BootNotification",
	     strcmp(l->protocol, "ocpp1.6") == 0
		 ? "{\"chargePointVendor\":\"Example\",\"chargePointModel\":\"One\"}"
		 : "{\"reason\":\"PowerUp\",\"chargingStation\":{\"vendorName\":\"Example\",\"model\":"
		   "\"One\"}}");
}

/* Length of the first frame with its head, 0 = not whole. */
static size_t frame_length(const unsigned char *p, size_t n)
{
	size_t len;

	if (n < 2)
		return 0;
	len = p[1] & 0x7fu;
	if (len == 126)
		len = n < 4 ? 70000 : 4 + ((size_t)p[2] << 8 | p[3]);
	else
		len += 2;
	return n < len ? 0 : len;
}

static void answered(struct load *l, struct station *s, const char *p)
{
	int64_t now = now_us(), slot = (now - s->sent) / 50;

	if ((p[0] & 0x0f) == 9)
		return; /* a ping; nothing outstanding is answered by it */
	if ((p[0] & 0x0f) != 1)
		die("a station was closed");
	if (!(p[0] & 0x40) && p[((p[1] & 0x7f) == 126 ? 4 : 2) + 1] != '3')
		return; /* a request of the server, which these stations leave unanswered */
	if (s->state == BOOTING) {
		s->state = OPEN;
		l->open++;
		return;
	}
	l->beats++;
	l->histogram[slot < HISTOGRAM ? slot : HISTOGRAM - 1]++;
	if (l->beating && now < l->until)
		beat(l, s);
	else
		s->sent = 0;
}

static void took(struct load *l, struct station *s, const char *p, size_t n)
{
	char *end;
	size_t len;

	if (s->state == ASKED) {
		end = memmem(p, n, "\r\n\r\n", 4);
		if (n < 12 || memcmp(p + 9, "101", 3) != 0 || !end) {
			fprintf(stderr, "ws_load: %.*s\n", (int)n, p);
			exit(1);
		}
		n -= (size_t)(end + 4 - p);
		p = end + 4;
		s->state = OPEN;
		l->open += !l->boot;
		if (l->boot)
			boot(l, s);
	}
	while ((len = frame_length((const unsigned char *)p, n))) {
		answered(l, s, p);
		p += len;
		n -= len;
	}
	if (n > IN_MAX)
		die("a long answer");
	if (n && !s->in)
		s->in = mem_alloc(IN_MAX + sizeof l->in);
	if (n)
		memmove(s->in, p, n);
	s->len = n;
}

static void input(struct load *l, struct station *s)
{
	ssize_t n = s->ssl ? SSL_read(s->ssl, l->in, sizeof l->in) : recv(s->fd, l->in, sizeof l->in, 0);

	if (n <= 0 &&
	    (s->ssl ? SSL_get_error(s->ssl, (int)n) == SSL_ERROR_WANT_READ : n < 0 && errno == EAGAIN))
		return;
	if (n <= 0)
		die("a station lost its connection");
	if (s->len) {
		memcpy(s->in + s->len, l->in, (size_t)n);
		took(l, s, s->in, s->len + (size_t)n);
	} else {
		took(l, s, l->in, (size_t)n);
	}
	if (!s->len)
		free(MOVE(s->in));
}

static void shake(struct load *l, struct station *s)
{
	int rc = SSL_do_handshake(s->ssl);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	if (rc == 1) {
		ask(l, s);
	} else {
		rc = SSL_get_error(s->ssl, rc);
		if (rc == SSL_ERROR_WANT_WRITE)
			ev.events = EPOLLOUT;
		else if (rc != SSL_ERROR_WANT_READ)
			die("TLS handshake");
	}
	epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &ev);
}

static void event(struct load *l, struct station *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	if (s->state == CONNECTING && l->tls) {
		s->ssl = SSL_new(l->ctx);
		SSL_set_fd(s->ssl, s->fd);
		SSL_set_connect_state(s->ssl);
		s->state = SHAKING;
	}
	if (s->state == SHAKING) {
		shake(l, s);
	} else if (s->state == CONNECTING) {
		ask(l, s);
		epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &ev);
	} else {
		input(l, s);
	}
}

/* Until done() or, when that never comes, until the time is over. */
static void turn(struct load *l, int wait_ms)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(l->epoll, ev, EVENTS, wait_ms);

	for (int i = 0; i < n; i++)
		event(l, ev[i].data.ptr);
}

static void connect_all(struct load *l)
{
	int64_t start = now_us();

	while (l->open < l->n) {
		while (l->begun < l->n && l->begun - l->open < l->window)
			begin(l);
		turn(l, 1000);
		if (now_us() - start > 300000000)
			die("300 s were not enough to connect");
	}
	printf("CONNECTED %d %.2f\n", l->open, (double)(now_us() - start) / 1e6);
}

static double percentile(const struct load *l, double part)
{
	int64_t want = (int64_t)((double)l->beats * part), sum = 0;

	for (int i = 0; i < HISTOGRAM; i++)
		if ((sum += l->histogram[i]) >= want)
			return i * 0.05;
	return HISTOGRAM * 0.05;
}

static void beat_all(struct load *l, double seconds)
{
	l->beats = 0;
	memset(l->histogram, 0, HISTOGRAM * sizeof *l->histogram);
	l->until = now_us() + (int64_t)(seconds * 1e6);
	l->beating = true;
	for (int i = 0; i < l->n; i++)
		beat(l, &l->all[i]);
	while (now_us() < l->until)
		turn(l, 100);
	l->beating = false;
	printf("BEATS %lld %.2f %.2f\n", (long long)l->beats, percentile(l, 0.5), percentile(l, 0.99));
	for (int i = 0; i < 20; i++) /* what is outstanding */
		turn(l, 50);
}

static const char *option(int argc, char **argv, const char *name, const char *fallback)
{
	size_t n = strlen(name);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
			return argv[i] + n + 1;
	return fallback;
}

static int number(int argc, char **argv, const char *name, const char *fallback)
{
	return (int)strtol(option(argc, argv, name, fallback), NULL, 10);
}

int main(int argc, char **argv)
{
	OWN(mem_free) char *memory = mem_zalloc(sizeof(struct load));
	struct load *l = (struct load *)(void *)memory;
	struct pollfd in = { .fd = 0, .events = POLLIN };
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	l->port = number(argc, argv, "port", "0");
	l->n = number(argc, argv, "n", "100");
	l->window = number(argc, argv, "window", "200");
	l->tls = number(argc, argv, "tls", "0") != 0;
	l->deflate = number(argc, argv, "deflate", "0") != 0;
	l->boot = number(argc, argv, "boot", "0") != 0;
	l->name = option(argc, argv, "name", "known");
	l->password = option(argc, argv, "password", "secret");
	l->protocol = option(argc, argv, "protocol", "ocpp1.6");
	l->all = mem_array((size_t)l->n, sizeof *l->all);
	l->histogram = mem_array(HISTOGRAM, sizeof *l->histogram);
	l->epoll = epoll_create1(0);
	l->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_mode(l->ctx, SSL_MODE_RELEASE_BUFFERS);
	connect_all(l);
	for (;;) {
		while (poll(&in, 1, 0) == 0)
			turn(l, 50);
		if (!fgets(line, sizeof line, stdin))
			return 0;
		if (strncmp(line, "beat ", 5) == 0)
			beat_all(l, strtod(line + 5, NULL));
	}
}
