/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/parse.h"
#include "wire/ws.h"
#include "wire/ws_head.h"

#define LINES_MAX 100

/* What was seen of the headers while reading. */
struct seen {
	bool upgrade, connection;
	const char *version, *key, *authorization;
	int noffers, nhosts;
	bool said_version, said_key, said_origin, said_authorization, said_body;
	int status; /* 0 = nothing wrong yet */
	const char *why;
};

static void wrong(struct seen *s, int status, const char *why)
{
	if (s->status)
		return; /* the first finding is the one to tell */
	s->status = status;
	s->why = why;
}

static bool is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] <= ' ' || (unsigned char)p[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?={}", p[i]))
			return false;
	return n > 0;
}

/* The next item of a list between sep; blanks around it are taken off, its end is set. NULL: no more. */
static char *list_next(char **at, char sep)
{
	char *p = *at, *end;

	if (!p)
		return NULL;
	end = strchr(p, sep);
	*at = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	p += strspn(p, " \t");
	end = p + strlen(p);
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return p;
}

static bool list_has(char *list, const char *word)
{
	char *item;
	bool has = false;

	while ((item = list_next(&list, ',')))
		has = has || strcasecmp(item, word) == 0;
	return has;
}

/* ---- permessage-deflate ---- */

enum parameter { SERVER_NO_TAKEOVER = 1, CLIENT_NO_TAKEOVER = 2, SERVER_BITS = 4, CLIENT_BITS = 8 };

/* 8 to 15 without leading zeros, possibly in quotes; 0 = it is no such number. */
static int window_bits(char *text)
{
	size_t n = strlen(text);
	uint64_t v;

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
		text[n - 1] = '\0';
		text++;
		n -= 2;
	}
	if (*text == '0' || n > 2 || !parse_digits(text, n, &v) || v < 8 || v > 15)
		return 0;
	return (int)v;
}

/* One offer with its parameters: may it be taken? A parameter that is unknown, twice or ill-valued means no
 * (RFC 7692 7.1). */
static bool offer_fits(char *offer, struct ws_head *h)
{
	unsigned got = 0, which;
	char *item = list_next(&offer, ';'), *value;
	int bits = 15, v = 0;

	if (!item || strcasecmp(item, "permessage-deflate") != 0)
		return false;
	while ((item = list_next(&offer, ';'))) {
		value = item;
		item = list_next(&value, '=');
		value = list_next(&value, '\0');
		if (strcasecmp(item, "server_no_context_takeover") == 0)
			which = SERVER_NO_TAKEOVER;
		else if (strcasecmp(item, "client_no_context_takeover") == 0)
			which = CLIENT_NO_TAKEOVER;
		else if (strcasecmp(item, "server_max_window_bits") == 0)
			which = SERVER_BITS;
		else if (strcasecmp(item, "client_max_window_bits") == 0)
			which = CLIENT_BITS;
		else
			return false;
		if (got & which)
			return false;
		got |= which;
		if (which & (SERVER_NO_TAKEOVER | CLIENT_NO_TAKEOVER)) {
			if (value)
				return false;
			continue;
		}
		if (!value && which == CLIENT_BITS)
			continue;
		v = value ? window_bits(value) : 0;
		if (!v)
			return false;
		if (which == SERVER_BITS)
			bits = v;
	}
	if (bits < 9) /* zlib makes no raw window of 256 bytes */
		return false;
	h->deflate_bits = bits;
	h->deflate_say_bits = (got & SERVER_BITS) != 0;
	return true;
}

static void take_extensions(char *value, struct ws_head *h)
{
	char *offer;

	while (!h->deflate_bits && (offer = list_next(&value, ',')))
		offer_fits(offer, h);
}

/* ---- headers ---- */

static void take_offers(char *value, struct ws_head *h, struct seen *s)
{
	char *item;

	while ((item = list_next(&value, ','))) {
		if (!*item)
			continue;
		if (!is_token(item, strlen(item)))
			wrong(s, 400, "Sec-WebSocket-Protocol is a list of names.");
		else if (s->noffers == WS_OFFERS_MAX)
			wrong(s, 400, "Sec-WebSocket-Protocol offers too many names.");
		else
			h->offers[s->noffers++] = item;
	}
}

static void take_once(bool *said, const char **ret, const char *value, struct seen *s, const char *why)
{
	if (*said)
		wrong(s, 400, why);
	*said = true;
	*ret = value;
}

static void take_header(const char *name, char *value, bool deflate, struct ws_head *h, struct seen *s)
{
	if (strcasecmp(name, "Host") == 0) {
		s->nhosts++;
		h->host = value;
	} else if (strcasecmp(name, "Upgrade") == 0) {
		s->upgrade = list_has(value, "websocket") || s->upgrade;
	} else if (strcasecmp(name, "Connection") == 0) {
		s->connection = list_has(value, "upgrade") || s->connection;
	} else if (strcasecmp(name, "Sec-WebSocket-Version") == 0) {
		take_once(&s->said_version, &s->version, value, s, "Sec-WebSocket-Version stands twice.");
	} else if (strcasecmp(name, "Sec-WebSocket-Key") == 0) {
		take_once(&s->said_key, &s->key, value, s, "Sec-WebSocket-Key stands twice.");
	} else if (strcasecmp(name, "Origin") == 0) {
		take_once(&s->said_origin, &h->origin, value, s, "Origin stands twice.");
	} else if (strcasecmp(name, "Authorization") == 0) {
		take_once(&s->said_authorization, &s->authorization, value, s, "Authorization stands twice.");
	} else if (strcasecmp(name, "Sec-WebSocket-Protocol") == 0) {
		take_offers(value, h, s);
	} else if (strcasecmp(name, "Sec-WebSocket-Extensions") == 0) {
		if (deflate)
			take_extensions(value, h);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0 ||
		   (strcasecmp(name, "Content-Length") == 0 && strcmp(value, "0") != 0)) {
		s->said_body = true;
	}
}

/* One line behind the first; its end is set already. */
static void take_line(char *line, bool deflate, struct ws_head *h, struct seen *s)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (!colon || !is_token(line, (size_t)(colon - line))) {
		wrong(s, 400, "A header line has no name in front of a colon.");
		return;
	}
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	take_header(line, value, deflate, h, s);
}

static void take_request(char *line, struct ws_head *h, struct seen *s)
{
	char *target = strchr(line, ' '), *version, *query;

	version = target ? strchr(target + 1, ' ') : NULL;
	if (!version || strchr(version + 1, ' ')) {
		wrong(s, 400, "The request line is a method, a path and a version.");
		return;
	}
	*target++ = '\0';
	*version++ = '\0';
	if (strcmp(version, "HTTP/1.1") != 0)
		wrong(s, strncmp(version, "HTTP/", 5) == 0 ? 505 : 400, "HTTP/1.1 is needed.");
	else if (strcmp(line, "GET") != 0)
		wrong(s, is_token(line, strlen(line)) ? 405 : 400, "A WebSocket begins with GET.");
	else if (*target != '/')
		wrong(s, 400, "The path begins with a slash.");
	query = strchr(target, '?');
	if (query)
		*query = '\0';
	if (strlen(target) > WS_PATH_MAX)
		wrong(s, 414, "The path is too long.");
	h->path = target;
}

/* Only line ends as they must be, no folded lines, no control characters but tabs. Returns the length of the
 * head, 0 when it is not whole, -1 when it is no head. */
static int head_length(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c != '\r' && ((c < ' ' && c != '\t') || c == 0x7f))
			return -1;
		if (c != '\r')
			continue;
		if (i + 1 < n && p[i + 1] != '\n')
			return -1;
		if (i + 2 < n && (p[i + 2] == ' ' || p[i + 2] == '\t'))
			return -1;
		if (i + 3 < n && p[i + 2] == '\r' && p[i + 3] == '\n')
			return (int)i + 4;
		i++; /* the line end that was looked at */
	}
	return 0;
}

/* ---- the whole ---- */

static void accept_of(const char *key, char buf[WS_ACCEPT_TEXT])
{
	unsigned char sum[SHA_DIGEST_LENGTH];
	char text[24 + 36 + 1];
	int n = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

	SHA1((const unsigned char *)text, (size_t)n, sum);
	base64_text(sum, sizeof sum, buf);
}

/* "Basic BASE64": decoded in place (it only becomes shorter). Other schemes count as none. */
static void take_basic(char *value, struct ws_head *h, struct seen *s)
{
	uint8_t raw[1024];
	char *colon;
	size_t n;

	if (strncasecmp(value, "Basic ", 6) != 0)
		return;
	value += 6;
	value += strspn(value, " ");
	if (!base64_bytes(value, raw, sizeof raw, &n) || n > strlen(value)) {
		wrong(s, 400, "The Basic credentials are no base64.");
		return;
	}
	colon = memchr(raw, ':', n);
	if (!colon || memchr(raw, '\0', (size_t)(colon - (char *)raw))) {
		wrong(s, 400, "The Basic credentials have no user in front of a colon.");
		return;
	}
	*colon = '\0';
	memcpy(value, raw, n);
	h->user = value;
	h->pass = (unsigned char *)value + (colon - (char *)raw) + 1;
	h->pass_len = n - (size_t)(colon - (char *)raw) - 1;
}

/* A page of another site? Programs send no Origin, or that of the host they call. */
static bool is_foreign(const struct ws_head *h)
{
	const char *host = h->origin ? strstr(h->origin, "://") : NULL;

	return h->origin && (!host || strcasecmp(host + 3, h->host) != 0);
}

static void judge(struct ws_head *h, struct seen *s)
{
	uint8_t raw[16];
	size_t n;

	if (s->nhosts != 1 || !*h->host)
		wrong(s, 400, "Exactly one Host is needed.");
	if (s->said_body)
		wrong(s, 400, "A request for a WebSocket has no body.");
	if (!s->upgrade || !s->connection)
		wrong(s, 426, "This address serves WebSockets only.");
	if (!s->said_version || strcmp(s->version, "13") != 0)
		wrong(s, 426, "Sec-WebSocket-Version must be 13.");
	if (!s->said_key || strlen(s->key) != 24 || !base64_bytes(s->key, raw, sizeof raw, &n) || n != 16)
		wrong(s, 400, "Sec-WebSocket-Key must be 16 bytes in base64.");
	if (!s->status && is_foreign(h))
		wrong(s, 403, "The request comes from a foreign page.");
}

int ws_head_read(char *p, size_t n, bool deflate, struct ws_head *ret, int *ret_status, const char **ret_why)
{
	struct seen s = { 0 };
	char *line, *end;
	int len, lines = 0;

	memset(ret, 0, sizeof *ret);
	ret->host = "";
	len = head_length(p, n < WS_HEAD_MAX ? n : WS_HEAD_MAX);
	if (len == 0 && n < WS_HEAD_MAX)
		return 0;
	if (len < 0)
		wrong(&s, 400, "The request is not well formed.");
	if (len == 0)
		wrong(&s, 431, "The head of the request is larger than 8 KiB.");
	if (len > 0) {
		p[len - 1] = '\0'; /* of the blank line: searches end here */
		end = strstr(p, "\r\n");
		*end = '\0';
		take_request(p, ret, &s);
		for (line = end + 2; *line != '\r'; line = end + 2) {
			end = strstr(line, "\r\n");
			*end = '\0';
			if (++lines > LINES_MAX)
				wrong(&s, 431, "The request has too many header lines.");
			take_line(line, deflate, ret, &s);
		}
		judge(ret, &s);
		if (!s.status && s.authorization)
			take_basic((char *)(uintptr_t)s.authorization, ret, &s);
		if (!s.status)
			accept_of(s.key, ret->accept);
	}
	if (!s.status)
		return len;
	*ret_status = s.status;
	*ret_why = s.why;
	return -1;
}

void ws_head_switch(struct str *out, const struct ws_head *h, const char *protocol)
{
	str_addf(out,
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Accept: %s\r\n",
		 h->accept);
	if (protocol)
		str_addf(out, "Sec-WebSocket-Protocol: %s\r\n", protocol);
	if (h->deflate_bits) {
		str_add(out, "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
			     "client_no_context_takeover");
		if (h->deflate_say_bits)
			str_addf(out, "; server_max_window_bits=%d", h->deflate_bits);
		str_add(out, "\r\n");
	}
	str_add(out, "\r\n");
}

static const struct {
	int status;
	const char *text;
} phrases[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 414, "URI Too Long" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *phrase(int status)
{
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Refused";
}

void ws_head_refuse(struct str *out, int status, int retry_after, const char *why)
{
	str_addf(out, "HTTP/1.1 %d %s\r\n", status, phrase(status));
	if (status == 401)
		str_add(out, "WWW-Authenticate: Basic realm=\"firpath\", charset=\"UTF-8\"\r\n");
	if (status == 405)
		str_add(out, "Allow: GET\r\n");
	if (status == 426)
		str_add(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (status == 503 || status == 429)
		str_addf(out, "Retry-After: %d\r\n", retry_after > 0 ? retry_after : 1);
	str_addf(
	    out,
	    "Connection: %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s\n",
	    status == 426 ? "Upgrade, close" : "close", strlen(why) + 1, why);
}
