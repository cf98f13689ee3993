/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "http/handlers.h"

void page_cursor_make(const char *kind, const char *after, char buf[CURSOR_MAX])
{
	char text[CURSOR_MAX / 2];

	snprintf(text, sizeof text, "%s:%s", kind, after);
	hex_text((const uint8_t *)text, strlen(text), buf);
}

int page_cursor(const struct req *rq, const char *kind, char *buf, size_t size, bool *ret_got, struct err *e)
{
	const char *s = req_query(rq, "cursor");
	char text[CURSOR_MAX / 2] = "";
	size_t n = s ? strlen(s) : 0, k = strlen(kind);

	*ret_got = s != NULL;
	if (!s)
		return OK;
	if (n % 2 || n / 2 >= sizeof text || !parse_hex_bytes(s, n, (uint8_t *)text, n / 2) ||
	    strncmp(text, kind, k) || text[k] != ':' || !str_copy(buf, size, text + k + 1))
		return err_set(e, ERR_INVALID, "the cursor is not one that this list gave");
	return OK;
}

int page_cursor_node(const struct req *rq, const struct snapshot *s, uint32_t *ret, struct err *e)
{
	char name[ENTRY_NAME_SIZE], *colon;
	bool got;

	*ret = NODE_NONE;
	if (page_cursor(rq, "entry", name, sizeof name, &got, e) || !got)
		return got ? e->code : OK;
	colon = strchr(name, ':');
	if (colon)
		*colon = '\0';
	*ret = colon ? graph_find_entry(s->graph, name, colon + 1) : NODE_NONE;
	return *ret == NODE_NONE ? err_set(e, ERR_INVALID, "the cursor is not one that this list gave") : OK;
}

int page_limit(const struct req *rq, int64_t *ret, struct err *e)
{
	return req_query_int(rq, "limit", 1, LIST_LIMIT_MAX, LIST_LIMIT_DEFAULT, ret, e);
}

int page_number(const struct req *rq, int64_t *ret, struct err *e)
{
	return req_query_int(rq, "cursor", 0, INT64_MAX, 0, ret, e);
}

void page_number_links(struct resp *rs, const struct req *rq, int64_t next)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)next);
	resp_links(rs, rq, next ? text : NULL);
}

static void link_add(struct str *out, const struct req *rq, const char *rel, const char *cursor)
{
	char sep = '?';

	str_addf(out, "%s<%s", out->len ? ", " : "", rq->path);
	for (size_t i = 0; i < rq->npairs; i++) {
		if (!strcmp(rq->pair[i].name, "cursor") || !rq->pair[i].value[0])
			continue;
		str_addc(out, sep);
		str_add_url(out, rq->pair[i].name);
		str_addc(out, '=');
		str_add_url(out, rq->pair[i].value);
		sep = '&';
	}
	if (cursor) {
		str_addf(out, "%ccursor=", sep);
		str_add_url(out, cursor);
	}
	str_addf(out, ">; rel=\"%s\"", rel);
}

void resp_links(struct resp *rs, const struct req *rq, const char *next)
{
	STR(text, 8 * KIB);

	link_add(&text, rq, "first", NULL);
	if (next)
		link_add(&text, rq, "next", next);
	if (!text.over)
		resp_header(rs, "Link", str_c(&text));
}

const char *page_next(const struct str *body, char *buf, size_t size)
{
	const char *mark = "\"next\":\"", *p = NULL, *from = str_c(body);
	size_t n;

	/* The last member of that name is the list's own. */
	while ((from = strstr(from, mark)))
		p = from += strlen(mark);
	n = p ? strcspn(p, "\"") : 0;
	return n && str_copyn(buf, size, p, n) ? buf : NULL;
}

void page_list_end(const struct req *rq, struct resp *rs, int64_t revision, struct jw *w, const char *next)
{
	const char *more = next[0] ? next : NULL;

	jw_kstr(w, "next", more);
	jw_kint(w, "revision", revision);
	jw_end(w);
	str_addc(&rs->body, '\n');
	resp_links(rs, rq, more);
}
