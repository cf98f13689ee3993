/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A head as the library under us could hand it over: first line method, target and version, then header
 * lines, each cut at its first ": ". What passes the guard must keep its promises, and the query parser must
 * keep within its buffer.
 */
#include <assert.h>
#include <string.h>

#include "base/parse.h"
#include "http/guard.h"

#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts at sep in place; NULL at the end. */
static char *cut(char **rest, const char *sep)
{
	char *p = *rest, *end;

	if (!p)
		return NULL;
	end = strstr(p, sep);
	if (end)
		*end = '\0';
	*rest = end ? end + strlen(sep) : NULL;
	return p;
}

static void try_query(const char *query)
{
	size_t n = strlen(query), got = 0;
	struct query_pair pair[QUERY_MAX];
	char *buf = mem_alloc(2 * n + 2);
	struct err e;

	if (!guard_query(query, buf, pair, QUERY_MAX, &got, &e)) {
		assert(got <= QUERY_MAX);
		for (size_t i = 0; i < got; i++) {
			assert(pair[i].name >= buf &&
			       pair[i].value + strlen(pair[i].value) < buf + 2 * n + 2);
			assert(pair[i].name[0] && parse_utf8_ok(pair[i].value, strlen(pair[i].value)));
			assert(!strpbrk(pair[i].value, "\r\n\t\x7f"));
			for (size_t k = 0; k < i; k++)
				assert(strcmp(pair[k].name, pair[i].name));
		}
	}
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header h[HEADERS_MAX];
	struct head in = { .header = h };
	struct framing f = { .length = -1 };
	char *text, *rest, *line, *p;
	size_t hosts = 0;
	struct err e;

	if (size > BYTES_MAX)
		return 0;
	text = rest = mem_strndup((const char *)data, size);
	line = cut(&rest, "\r\n");
	in.method = cut(&line, " ");
	p = cut(&line, " ");
	in.version = line && !strncmp(line, "HTTP/", 5) ? line + 5 : line;
	in.path = cut(&p, "?");
	in.query = p;
	while (in.nheaders < HEADERS_MAX && (line = cut(&rest, "\r\n")) && *line) {
		h[in.nheaders].name = cut(&line, ": ");
		h[in.nheaders].value = line ? line : "";
		hosts += !strcmp(h[in.nheaders].name, "Host");
		in.nheaders++;
	}
	if (!guard_head(&in, &f, &e)) {
		assert(in.path[0] == '/' && in.nheaders < HEADERS_MAX && hosts <= 1 && f.host && f.host[0]);
		assert(f.length >= 0 && f.length <= INT64_C(9999999999) && !(f.chunked && f.has_length));
		assert(strlen(in.path) + (in.query ? strlen(in.query) + 1 : 0) <= TARGET_MAX);
		guard_host_ok(f.host, "a.example b.example");
		if (guard_origin(&in, f.host, "https://a.example", false, &e))
			assert(e.code == ERR_ORIGIN);
	} else {
		assert(e.code == ERR_HEADERS || e.code == ERR_TARGET_LONG);
		assert(f.length == -1); /* untouched */
	}
	if (in.query)
		try_query(in.query);
	free(text);
	return 0;
}
