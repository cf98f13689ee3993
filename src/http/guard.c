/* SPDX-License-Identifier: Apache-2.0 */
#include "http/guard.h"

#include <string.h>
#include <strings.h>

#include "base/parse.h"

#define LENGTH_DIGITS_MAX 10

/* What a byte may be part of: one look per byte of every request. */
enum { TOKEN = 1, TARGET = 2, VALUE = 4 };
#define ALNUM 7
#define BOTH 7
/* clang-format off */
static const unsigned char kinds[256] = {
	['\t'] = VALUE, [' '] = VALUE,
	['0' ... '9'] = ALNUM, ['A' ... 'Z'] = ALNUM, ['a' ... 'z'] = ALNUM,
	['!'] = BOTH, ['$'] = BOTH, ['%'] = BOTH, ['&'] = BOTH, ['\''] = BOTH, ['*'] = BOTH, ['+'] = BOTH, ['-'] = BOTH,
	['.'] = BOTH, ['_'] = BOTH, ['~'] = BOTH,
	['#'] = TOKEN | VALUE, ['^'] = TOKEN | VALUE, ['`'] = TOKEN | VALUE, ['|'] = TOKEN | VALUE,
	['('] = TARGET | VALUE, [')'] = TARGET | VALUE, [','] = TARGET | VALUE, ['/'] = TARGET | VALUE,
	[':'] = TARGET | VALUE, [';'] = TARGET | VALUE, ['='] = TARGET | VALUE, ['?'] = TARGET | VALUE,
	['@'] = TARGET | VALUE, ['['] = TARGET | VALUE, [']'] = TARGET | VALUE,
	['"'] = VALUE, ['<'] = VALUE, ['>'] = VALUE, ['\\'] = VALUE, ['{'] = VALUE, ['}'] = VALUE,
	[0x80 ... 0xff] = VALUE,
};
/* clang-format on */

static bool is_token(const char *s, size_t max)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (n >= max || !(kinds[(unsigned char)s[n]] & TOKEN))
			return false;
	return n > 0;
}

const char *header_get(const struct header *h, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(h[i].name, name))
			return h[i].value;
	return NULL;
}

static int check_target_part(const char *s, size_t *n, struct err *e)
{
	for (; *s; s++) {
		if (++*n > TARGET_MAX)
			return err_set(e, ERR_TARGET_LONG, "the request target is longer than %d bytes",
				       TARGET_MAX);
		if (!(kinds[(unsigned char)*s] & TARGET))
			return err_set(e, ERR_HEADERS,
				       "byte %zu of the request target must be written as %%XX", *n);
	}
	return OK;
}

static int check_target(const struct head *in, struct err *e)
{
	size_t n = 0;

	if (!in->path || in->path[0] != '/')
		return err_set(e, ERR_HEADERS, "the request target must begin with '/'");
	if (check_target_part(in->path, &n, e))
		return e->code;
	if (!in->query)
		return OK;
	n++;
	return check_target_part(in->query, &n, e);
}

static int check_value(const char *name, const char *value, struct err *e)
{
	size_t n = 0;

	while (kinds[(unsigned char)value[n]] & VALUE)
		n++;
	if (value[n])
		return err_set(e, ERR_HEADERS, "the header %s holds a control character", name);
	if (n > HEADER_VALUE_MAX)
		return err_set(e, ERR_HEADERS, "the header %s is longer than %d bytes", name,
			       HEADER_VALUE_MAX);
	return OK;
}

static int check_length(const char *value, struct framing *f, struct err *e)
{
	size_t n = strlen(value);
	uint64_t v;

	if (f->has_length)
		return err_set(e, ERR_HEADERS, "Content-Length was sent twice");
	if (n > LENGTH_DIGITS_MAX || !parse_digits(value, n, &v))
		return err_set(e, ERR_HEADERS, "Content-Length must be 1 to %d digits", LENGTH_DIGITS_MAX);
	f->length = (int64_t)v;
	f->has_length = true;
	return OK;
}

static int check_host(const char *value, struct framing *f, struct err *e)
{
	if (f->host)
		return err_set(e, ERR_HEADERS, "Host was sent twice");
	if (!value[0])
		return err_set(e, ERR_HEADERS, "Host is empty");
	for (const unsigned char *p = (const unsigned char *)value; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("/?#@,\\\"<>", *p))
			return err_set(e, ERR_HEADERS, "Host is not a host name or address");
	f->host = value;
	return OK;
}

/* The headers that decide how a message is read; most are told by their first letter to be others. */
static int check_named(const struct header *h, struct framing *f, struct err *e)
{
	switch (h->name[0] | 0x20) {
	case 'c':
		if (!strcasecmp(h->name, "Content-Length"))
			return check_length(h->value, f, e);
		if (!strcasecmp(h->name, "Connection"))
			f->last = f->last || strcasecmp(h->value, "keep-alive");
		break;
	case 'h':
		if (!strcasecmp(h->name, "Host"))
			return check_host(h->value, f, e);
		break;
	case 't':
		if (strcasecmp(h->name, "Transfer-Encoding"))
			break;
		if (f->chunked || strcasecmp(h->value, "chunked"))
			return err_set(e, ERR_HEADERS, "Transfer-Encoding may only be 'chunked', once");
		f->chunked = true;
		break;
	case 'e':
		if (strcasecmp(h->name, "Expect"))
			break;
		if (strcasecmp(h->value, "100-continue"))
			return err_set(e, ERR_HEADERS, "Expect may only be '100-continue'");
		f->go_on = true;
		break;
	case 'i':
		f->conditional = f->conditional || !strcasecmp(h->name, "If-None-Match");
		break;
	default:
		break;
	}
	return OK;
}

/* One header; tokens of Connection matter only for closing. */
static int check_header(const struct header *h, struct framing *f, struct err *e)
{
	if (!h->name || !h->value || !is_token(h->name, 256))
		return err_set(e, ERR_HEADERS, "a header name is not valid");
	if (check_value(h->name, h->value, e))
		return e->code;
	return check_named(h, f, e);
}

int guard_head(const struct head *in, struct framing *ret, struct err *e)
{
	struct framing f = { .last = false };

	if (in->gaps)
		return err_set(e, ERR_HEADERS,
			       "the head is not plain lines: a folded line, a blank before a colon, a "
			       "doubled blank or a line "
			       "without a name");
	if (!in->method || !is_token(in->method, 16))
		return err_set(e, ERR_HEADERS, "the method is not valid");
	if (!in->version || (strcmp(in->version, "1.1") && strcmp(in->version, "1.0")))
		return err_set(e, ERR_HEADERS, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	if (check_target(in, e))
		return e->code;
	if (in->nheaders >= HEADERS_MAX)
		return err_set(e, ERR_HEADERS, "%d headers or more are not accepted", HEADERS_MAX);
	for (size_t i = 0; i < in->nheaders; i++)
		if (check_header(&in->header[i], &f, e))
			return e->code;
	if (!f.host)
		return err_set(e, ERR_HEADERS, "Host is missing");
	if (f.chunked && f.has_length)
		return err_set(e, ERR_HEADERS, "Content-Length and Transfer-Encoding cannot both be sent");
	if (f.chunked && strcmp(in->version, "1.1"))
		return err_set(e, ERR_HEADERS, "Transfer-Encoding needs HTTP/1.1");
	if (!strcmp(in->version, "1.0"))
		f.last = true;
	*ret = f;
	return OK;
}

/* "name" or "name:port" or "[v6]:port": length of the part before the port. */
static size_t host_length(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : strrchr(host, ':');

	if (!end)
		return strlen(host);
	return host[0] == '[' ? (size_t)(end - host) + 1 : (size_t)(end - host);
}

static bool list_has(const char *list, const char *word, size_t n)
{
	while (*list) {
		size_t len = strcspn(list, " ");

		if (len == n && !strncasecmp(list, word, n))
			return true;
		list += len + (list[len] == ' ');
	}
	return false;
}

bool guard_host_ok(const char *host, const char *names)
{
	size_t n = host_length(host);

	return list_has("localhost 127.0.0.1 [::1]", host, n) || list_has(names, host, n);
}

int guard_origin(const struct head *in, const char *host, const char *public_url, bool form, struct err *e)
{
	const char *site = header_get(in->header, in->nheaders, "Sec-Fetch-Site");
	const char *origin = header_get(in->header, in->nheaders, "Origin");
	size_t n = strlen(public_url);

	if (site && strcasecmp(site, "same-origin") && strcasecmp(site, "none"))
		return err_set(e, ERR_ORIGIN,
			       "the request was made by a page of another site (Sec-Fetch-Site: %.32s)",
			       site);
	while (n && public_url[n - 1] == '/')
		n--;
	if (origin && !(n && strlen(origin) == n && !strncasecmp(origin, public_url, n)) &&
	    (strncasecmp(origin, "http://", 7) || strcasecmp(origin + 7, host)))
		return err_set(e, ERR_ORIGIN, "the request was made by a page of another origin (%.64s)",
			       origin);
	if (form && !site && !origin)
		return err_set(e, ERR_ORIGIN, "a form must come from a page of this service");
	return OK;
}

bool guard_decode(const char *s, size_t n, bool plus, char *out, size_t *ret_len)
{
	return parse_percent(s, n, plus, false, out, ret_len);
}

int guard_query(const char *query, char *buf, struct query_pair *pairs, size_t max, size_t *ret_n,
		struct err *e)
{
	size_t n = 0;

	while (*query) {
		size_t len = strcspn(query, "&"), eq, got;
		struct query_pair p;

		if (!len) {
			query++;
			continue;
		}
		eq = strcspn(query, "=&");
		if (n >= max)
			return err_set(e, ERR_INVALID, "more than %zu query parameters are not accepted",
				       max);
		p.name = buf;
		if (!guard_decode(query, eq, true, buf, &got) || !got)
			return err_set(e, ERR_INVALID, "the name of query parameter %zu is not valid", n + 1);
		buf += got + 1;
		p.value = buf;
		if (!guard_decode(query + eq + (eq < len), len - eq - (eq < len), true, buf, &got))
			return err_set(
			    e, ERR_INVALID,
			    "the value of '%.64s' is not valid: bad %%XX, control character or not UTF-8",
			    p.name);
		buf += got + 1;
		for (size_t i = 0; i < n; i++)
			if (!strcmp(pairs[i].name, p.name))
				return err_set(e, ERR_INVALID, "the parameter '%.64s' is given twice",
					       p.name);
		pairs[n++] = p;
		query += len + (query[len] == '&');
	}
	*ret_n = n;
	return OK;
}
