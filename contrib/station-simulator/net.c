/* SPDX-License-Identifier: Apache-2.0 */
/* The way in: TCP, TLS, the HTTP upgrade (RFC 6455 section 4), reconnecting with growing patience. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/parse.h"

bool net_start(struct sim *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int failed = getaddrinfo(s->host, s->port, &hints, &s->address);

	if (failed) {
		fprintf(stderr, "firpath-station: %s: %s\n", s->server, gai_strerror(failed));
		return false;
	}
	if (!s->tls)
		return true;
	s->ssl = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(s->ssl, TLS1_2_VERSION);
	SSL_CTX_set_mode(s->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				     SSL_MODE_RELEASE_BUFFERS);
	if (s->tls_ca) {
		SSL_CTX_set_verify(s->ssl, SSL_VERIFY_PEER, NULL);
		if (SSL_CTX_load_verify_locations(s->ssl, s->tls_ca, NULL) != 1) {
			fprintf(stderr, "firpath-station: --tls-ca %s cannot be read\n", s->tls_ca);
			return false;
		}
	}
	return true;
}

void net_end(struct sim *s)
{
	if (s->address)
		freeaddrinfo(s->address);
	SSL_CTX_free(s->ssl);
}

static void watch(struct sim *s, struct station *st, int how)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | (st->want_write ? EPOLLOUT : 0),
				  .data.u64 = (uint64_t)st->index };

	epoll_ctl(s->epoll, how, st->fd, &ev);
}

static void want_write(struct sim *s, struct station *st, bool want)
{
	if (st->want_write == want)
		return;
	st->want_write = want;
	watch(s, st, EPOLL_CTL_MOD);
}

void net_drop(struct sim *s, struct station *st, const char *why, int64_t again_ms)
{
	if (st->stage == S_OFF)
		return;
	if (st->stage == S_OPEN) {
		s->connected--;
		tell(s, st, "closed", ",\"why\":\"%s\"", why);
	}
	if (st->ssl) {
		SSL_free(st->ssl);
		st->ssl = NULL;
		ERR_clear_error();
	}
	close(st->fd);
	st->fd = -1;
	st->stage = S_OFF;
	st->epoch++;
	st->accepted = st->want_write = st->in_message = false;
	st->open_call[0] = '\0';
	st->sent = 0;
	str_done(&st->in);
	str_done(&st->out);
	str_done(&st->message);
	calls_forget(st);
	if (again_ms >= 0)
		due_at(s, st, D_CONNECT, again_ms, 0, 0, NULL);
}

/* Patience doubles from a second to a minute, with jitter, quicker when all is quicker. */
static int64_t patience(struct sim *s, struct station *st)
{
	int64_t ms = (int64_t)1000 << (st->tries < 6 ? st->tries : 6);

	st->tries++;
	ms = (int64_t)((double)ms / (s->speed > 20 ? 20 : s->speed < 1 ? 1 : s->speed));
	return ms / 2 + (int64_t)rnd_below(&s->rnd, (uint64_t)ms + 1);
}

static void refused(struct sim *s, struct station *st, int status, const char *why, int64_t after_s)
{
	int64_t wait = patience(s, st);

	s->refused++;
	tell(s, st, "refused", ",\"status\":%d,\"why\":\"%s\"", status, why);
	net_drop(s, st, "refused", after_s * 1000 > wait ? after_s * 1000 : wait);
}

static bool tls_start(struct sim *s, struct station *st)
{
	char path[400];

	st->ssl = SSL_new(s->ssl);
	SSL_set_fd(st->ssl, st->fd);
	SSL_set_tlsext_host_name(st->ssl, s->host);
	if (s->cert) {
		struct sim numbered = { .identity = s->cert };

		identity_of(&numbered, st->index, path, sizeof path);
		if (SSL_use_certificate_file(st->ssl, path, SSL_FILETYPE_PEM) != 1)
			return false;
		numbered.identity = s->key;
		identity_of(&numbered, st->index, path, sizeof path);
		if (!s->key || SSL_use_PrivateKey_file(st->ssl, path, SSL_FILETYPE_PEM) != 1)
			return false;
	}
	SSL_set_connect_state(st->ssl);
	return true;
}

void net_connect(struct sim *s, struct station *st)
{
	int on = 1;

	st->fd = socket(s->address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (st->fd < 0) {
		fprintf(stderr, "firpath-station: no socket for station %d: %s\n", st->index,
			strerror(errno));
		due_at(s, st, D_CONNECT, 1000, 0, 0, NULL);
		return;
	}
	setsockopt(st->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	st->stage = S_CONNECTING;
	st->want_write = true;
	watch(s, st, EPOLL_CTL_ADD);
	if (connect(st->fd, s->address->ai_addr, s->address->ai_addrlen) && errno != EINPROGRESS)
		refused(s, st, 0, "connect", 0);
}

static void put_authorization(struct sim *s, struct station *st, const char *identity, struct str *out)
{
	const char *password = password_of(s, st->index);
	uint8_t bytes[300];
	char text[BASE64_TEXT(300)];
	size_t n = strlen(identity), plen = password ? strlen(password) : 0;

	if (!password || n + 1 + plen > sizeof bytes)
		return;
	memcpy(bytes, identity, n);
	bytes[n++] = ':';
	/* OCPP 1.6: the key is given as hex and goes as bytes. */
	if (st->version == V16 && plen >= 32 && plen <= 40 && plen % 2 == 0 &&
	    parse_hex_bytes(password, plen, bytes + n, plen / 2)) {
		n += plen / 2;
	} else {
		memcpy(bytes + n, password, plen);
		n += plen;
	}
	str_addf(out, "Authorization: Basic %s\r\n", base64_text(bytes, n, text));
}

static enum version version_of(const char *protocol)
{
	return !strncmp(protocol, "ocpp1.6", 7) ? V16 : !strncmp(protocol, "ocpp2.1", 7) ? V21 : V201;
}

static void upgrade_send(struct sim *s, struct station *st)
{
	uint8_t nonce[16], sha1[20];
	char name[200], key[BASE64_TEXT(16)], both[100];
	unsigned len;

	st->version = version_of(s->protocol);
	identity_of(s, st->index, name, sizeof name);
	s->rnd.fill(&s->rnd, nonce, sizeof nonce);
	base64_text(nonce, sizeof nonce, key);
	snprintf(both, sizeof both, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	EVP_Digest(both, strlen(both), sha1, &len, EVP_sha1(), NULL);
	base64_text(sha1, sizeof sha1, st->expect);
	str_addf(&st->out, "GET %s/", s->path);
	str_add_url(&st->out, name);
	str_addf(
	    &st->out,
	    " HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n",
	    s->authority, key);
	str_addf(&st->out, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n", s->protocol);
	if (s->deflate)
		str_add(&st->out, "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
				  "server_no_context_takeover\r\n");
	put_authorization(s, st, name, &st->out);
	str_add(&st->out, "\r\n");
	st->stage = S_UPGRADE;
	net_flush(s, st);
}

/* The value of a field of an HTTP head; false: it is not there. */
static bool head_field(const char *head, const char *name, char *buf, size_t n)
{
	size_t len = strlen(name);

	for (const char *l = strchr(head, '\n'); l && l[1]; l = strchr(l + 1, '\n')) {
		const char *p = l + 1;
		size_t v;

		if (strncasecmp(p, name, len) != 0 || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " \t");
		v = strcspn(p, "\r\n");
		return str_copyn(buf, n, p, v);
	}
	return false;
}

static bool offered(const struct sim *s, const char *protocol)
{
	size_t len = strlen(protocol);

	for (const char *p = s->protocol; *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && !memcmp(p, protocol, n))
			return true;
		p += n + (p[n] == ',');
		p += strspn(p, " ");
	}
	return false;
}

/* A whole head has come. False: the connection is gone. */
static bool upgrade_answered(struct sim *s, struct station *st, size_t head_len)
{
	char protocol[60] = "", value[200] = "", key[40] = "", why[80];
	int status = 0;
	int64_t after = 0;

	st->in.p[head_len - 1] = '\0';
	if (sscanf(st->in.p, "HTTP/1.1 %d", &status) != 1 || status != 101) {
		if (head_field(st->in.p, "Retry-After", value, sizeof value))
			after = strtol(value, NULL, 10);
		snprintf(why, sizeof why, "HTTP %d", status);
		refused(s, st, status, why, after);
		return false;
	}
	if (!head_field(st->in.p, "Sec-WebSocket-Accept", key, sizeof key) || strcmp(key, st->expect) != 0) {
		violation(s, st, "Sec-WebSocket-Accept is wrong");
		refused(s, st, status, "accept", 0);
		return false;
	}
	if (!head_field(st->in.p, "Sec-WebSocket-Protocol", protocol, sizeof protocol)) {
		refused(s, st, status, "no common protocol", 0);
		return false;
	}
	if (!offered(s, protocol)) {
		violation(s, st, "a protocol that was not offered");
		refused(s, st, status, "protocol", 0);
		return false;
	}
	st->deflate = head_field(st->in.p, "Sec-WebSocket-Extensions", value, sizeof value) &&
		      strstr(value, "permessage-deflate");
	if (st->deflate && (!s->deflate || !strstr(value, "server_no_context_takeover")))
		violation(s, st, "deflate was not agreed like this");
	st->version = version_of(protocol);
	memmove(st->in.p, st->in.p + head_len, st->in.len - head_len);
	st->in.len -= head_len;
	st->stage = S_OPEN;
	st->tries = 0;
	s->connected++;
	s->connects++;
	tell(s, st, "open", ",\"protocol\":\"%s\",\"deflate\":%s", protocol, st->deflate ? "true" : "false");
	on_open(s, st);
	return st->stage == S_OPEN;
}

/* Reads what is there. 1 something, 0 nothing now, -1 the end. */
static int fill(struct station *st)
{
	char buf[16384];
	ssize_t n;

	if (st->ssl) {
		int got = SSL_read(st->ssl, buf, sizeof buf);

		if (got <= 0) {
			int why = SSL_get_error(st->ssl, got);

			ERR_clear_error();
			return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
		}
		n = got;
	} else {
		n = read(st->fd, buf, sizeof buf);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		if (n == 0)
			return -1;
	}
	str_addn(&st->in, buf, (size_t)n);
	return st->in.over ? -1 : 1;
}

void net_flush(struct sim *s, struct station *st)
{
	while (st->sent < st->out.len) {
		ssize_t n;

		if (st->ssl) {
			n = SSL_write(st->ssl, st->out.p + st->sent, (int)(st->out.len - st->sent));
			if (n <= 0) {
				int why = SSL_get_error(st->ssl, (int)n);

				ERR_clear_error();
				if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
					break;
				return; /* the end is read soon */
			}
		} else {
			n = send(st->fd, st->out.p + st->sent, st->out.len - st->sent, MSG_NOSIGNAL);
			if (n < 0) {
				if (errno == EAGAIN || errno == EINTR)
					break;
				return;
			}
		}
		st->sent += (size_t)n;
	}
	if (st->sent == st->out.len) {
		str_done(&st->out);
		st->sent = 0;
	}
	want_write(s, st, st->out.len > 0);
}

static void handshake(struct sim *s, struct station *st)
{
	int done = SSL_do_handshake(st->ssl), why;

	if (done == 1) {
		upgrade_send(s, st);
		return;
	}
	why = SSL_get_error(st->ssl, done);
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		want_write(s, st, why == SSL_ERROR_WANT_WRITE);
		return;
	}
	ERR_clear_error();
	refused(s, st, 0, "tls", 0);
}

static void connected(struct sim *s, struct station *st)
{
	int failed = 0;
	socklen_t n = sizeof failed;

	if (getsockopt(st->fd, SOL_SOCKET, SO_ERROR, &failed, &n) || failed) {
		refused(s, st, 0, "connect", 0);
		return;
	}
	if (!s->tls) {
		upgrade_send(s, st);
		return;
	}
	st->stage = S_TLS;
	if (!tls_start(s, st))
		refused(s, st, 0, "certificate of the station", 0);
	else
		handshake(s, st);
}

/* Reads and takes. False: the connection is gone. */
static bool take(struct sim *s, struct station *st)
{
	char *end;

	if (st->stage == S_UPGRADE) {
		if (!st->in.len || !(end = memmem(st->in.p, st->in.len, "\r\n\r\n", 4)))
			return true;
		if (!upgrade_answered(s, st, (size_t)(end - st->in.p) + 4))
			return false;
	}
	return frames_take(s, st);
}

void net_ready(struct sim *s, struct station *st, uint32_t events)
{
	if (st->stage == S_OFF)
		return;
	if (st->stage == S_CONNECTING) {
		connected(s, st);
		return;
	}
	if (st->stage == S_TLS) {
		handshake(s, st);
		return;
	}
	if (events & EPOLLOUT)
		net_flush(s, st);
	for (int i = 0; i < 16; i++) {
		int got = fill(st);

		if (got > 0) {
			if (!take(s, st))
				return;
			continue;
		}
		if (got == 0)
			break;
		if (st->stage == S_UPGRADE)
			refused(s, st, 0, "closed in the handshake", 0);
		else
			net_drop(s, st, "lost", patience(s, st));
		return;
	}
	if (st->stage == S_OPEN && !st->in.len)
		str_done(&st->in);
}
