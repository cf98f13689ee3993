/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "http/worker.h"

#define CSP_DATA "default-src 'none'; frame-ancestors 'none'"
#define CSP_PAGE                                                                                             \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "         \
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "                  \
	"require-trusted-types-for 'script'"

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 300, "Multiple Choices" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 507, "Insufficient Storage" },
};

const char *status_text(int status)
{
	for (size_t i = 0; i < sizeof status_texts / sizeof status_texts[0]; i++)
		if (status_texts[i].status == status)
			return status_texts[i].text;
	return "Status";
}

#define DAYS "ThuFriSatSunMonTueWed"
#define MONTHS "JanFebMarAprMayJunJulAugSepOctNovDec"

/* RFC 9110 5.6.7; made once a second per thread. */
const char *resp_date(struct worker *w, int64_t now)
{
	int64_t s = now / 1000, day = s / 86400;
	int y, m, d, t = (int)(s % 86400);

	if (w->date_s == s)
		return w->date;
	w->date_s = s;
	time_to_ymd(now, &y, &m, &d);
	snprintf(w->date, sizeof w->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", &DAYS[day % 7 * 3], d,
		 &MONTHS[(m - 1) * 3], y, t / 3600, t / 60 % 60, t % 60);
	return w->date;
}

size_t resp_date_at(int status)
{
	return strlen("HTTP/1.1 200 \r\nDate: ") + strlen(status_text(status));
}

void resp_start(struct resp *rs, struct worker *w)
{
	*rs = (struct resp){ .status = 200, .type = "application/json", .worker = w };
	str_clear(&w->body);
	str_clear(&w->headers);
	rs->body = w->body; /* lent: resp_finish gives it back */
	rs->headers = w->headers;
	str_init(&rs->errors, ERRORS_OUT_MAX);
	memset(&w->body, 0, sizeof w->body);
	memset(&w->headers, 0, sizeof w->headers);
}

static bool header_text_ok(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

void resp_header(struct resp *rs, const char *name, const char *value)
{
	if (!header_text_ok(name) || !header_text_ok(value))
		return;
	str_add(&rs->headers, name);
	str_add(&rs->headers, ": ");
	str_add(&rs->headers, value);
	str_add(&rs->headers, "\r\n");
}

void resp_redirect(struct resp *rs, const char *path)
{
	rs->status = 303;
	rs->cache = CACHE_NEVER;
	resp_header(rs, "Location", path);
}

bool line_send(struct worker *w, const void *p, size_t n)
{
	if (w->broken)
		return false;
	if (w->line->write(w->line->ctx, p, n)) {
		w->sent_bytes += (int64_t)n;
		return true;
	}
	w->broken = w->close = true;
	return false;
}

static void add_line(struct str *o, const char *name, const char *value)
{
	str_add(o, name);
	str_add(o, value);
	str_addn(o, "\r\n", 2);
}

static bool has_body(int status)
{
	return status != 204 && status != 304;
}

static const char *const cache_texts[] = { [CACHE_CHECK] = "private, no-cache",
					   [CACHE_NEVER] = "no-store",
					   [CACHE_ASSET] = "public, max-age=31536000, immutable" };

/* What not everybody may have is kept nowhere: a browser shows what it kept to whoever presses "back" after
 * the owner signed out (T25). */
static bool is_bound(const struct req *rq)
{
	return rq->route && !(rq->route->roles & ROLE_PUBLIC);
}

static const char *cache_text(const struct resp *rs, const struct req *rq)
{
	return cache_texts[rs->status >= 400 || is_bound(rq) ? CACHE_NEVER : rs->cache];
}

void resp_head(struct resp *rs, const struct req *rq, int64_t length)
{
	struct worker *w = rs->worker;
	struct str *o = &w->out;
	int64_t epoch = 0;
	bool page = rq->route ? rq->route->flags & ROUTE_PAGE : !strncmp(rs->type, "text/html", 9);

	str_clear(o);
	str_add(o, "HTTP/1.1 ");
	str_add_i64(o, rs->status);
	str_addc(o, ' ');
	add_line(o, status_text(rs->status), "");
	add_line(o, "Date: ", resp_date(w, rq->now));
	add_line(o, "Request-Id: ", rq->id);
	if (has_body(rs->status))
		add_line(o, "Content-Type: ", rs->type);
	if (length >= 0 && has_body(rs->status)) {
		str_add(o, "Content-Length: ");
		str_add_i64(o, length);
		str_addn(o, "\r\n", 2);
	} else if (length < 0 && !w->old) {
		str_add(o, "Transfer-Encoding: chunked\r\n");
	}
	if (rs->etag[0]) {
		str_add(o, "ETag: \"");
		str_add(o, rs->etag);
		str_add(o, "\"\r\n");
	}
	add_line(o, "Cache-Control: ", cache_text(rs, rq));
	str_add(o, page ? "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: " CSP_PAGE
			  "\r\nReferrer-Policy: same-origin\r\n"
			: "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: " CSP_DATA "\r\n");
	str_addn(o, str_c(&rs->headers), rs->headers.len);
	if (rq->route && rs->cache != CACHE_ASSET)
		epoch = rs->epoch ? rs->epoch : catalog_epoch(w->view);
	if (epoch) {
		str_add(o, "Firpath-Epoch: ");
		str_add_i64(o, epoch);
		str_addn(o, "\r\n", 2);
	}
	if (w->close)
		str_add(o, "Connection: close\r\n");
	str_addn(o, "\r\n", 2);
}

int resp_stream(struct resp *rs, struct err *e)
{
	struct worker *w = rs->worker;
	const struct req *rq = w->rq;

	rs->streaming = true;
	rs->cache = CACHE_NEVER;
	if (w->old)
		w->close = true;
	resp_head(rs, rq, -1);
	if (!line_send(w, str_c(&w->out), w->out.len))
		return err_set(e, ERR_REMOTE, "the client went away");
	return OK;
}

int resp_send(struct resp *rs, const void *p, size_t n, struct err *e)
{
	struct worker *w = rs->worker;

	if (!n || w->head_only)
		return OK;
	str_clear(&w->out);
	if (!w->old)
		str_addf(&w->out, "%zx\r\n", n);
	str_addn(&w->out, p, n);
	if (!w->old)
		str_addn(&w->out, "\r\n", 2);
	if (!line_send(w, str_c(&w->out), w->out.len))
		return err_set(e, ERR_REMOTE, "the client went away");
	return OK;
}

/* The one object of RFC 9457, with our members code, next and trace. */
void resp_problem(struct resp *rs, const struct req *rq, const struct err *e)
{
	const struct err_info *info = err_info(e->code);
	char type[64];
	struct jw w;

	rs->status = info->http >= 400 ? info->http : 500;
	rs->cache = CACHE_NEVER;
	rs->etag[0] = '\0';
	str_clear(&rs->body);
	if (rq->app->error_page && rq->wants_page) {
		rs->type = "text/html; charset=utf-8";
		rq->app->error_page((struct req *)rq, e, rs);
		if (rs->body.len)
			return;
	}
	rs->type = "application/problem+json";
	w = jw_start(&rs->body);
	jw_obj(&w);
	snprintf(type, sizeof type, "/problems/%s", info->code);
	jw_kstr(&w, "type", type);
	jw_kstr(&w, "title", info->title);
	jw_kint(&w, "status", rs->status);
	jw_kstr(&w, "detail", e->msg);
	jw_kstr(&w, "code", info->code);
	jw_kstr(&w, "next", info->next);
	if (rs->errors.len && !rs->errors.over) {
		jw_key(&w, "errors");
		jw_raw(&w, rs->errors.p, rs->errors.len);
	} else if (e->where[0] || e->line) {
		jw_key(&w, "errors");
		jw_arr(&w);
		jw_obj(&w);
		if (e->where[0])
			jw_kstr(&w, e->where[0] == '/' || e->where[0] == '#' ? "pointer" : "where", e->where);
		if (e->line)
			jw_kint(&w, "line", e->line);
		if (e->col)
			jw_kint(&w, "column", e->col);
		jw_kstr(&w, "detail", e->msg);
		jw_end(&w);
		jw_arr_end(&w);
	}
	jw_kstr(&w, "trace", rq->id);
	jw_end(&w);
	str_addc(&rs->body, '\n');
}

/* A validator for what has none of its own: from the bytes themselves. */
static void tag_from_body(struct resp *rs)
{
	uint8_t h[SHA256_LEN];

	sha256_of(str_c(&rs->body), rs->body.len, h);
	hex_text(h, 10, rs->etag);
}

/* Gives the buffers back to the thread, or to the system when they grew large. */
static void buffer_back(struct str *to, struct str *from)
{
	if (from->cap > BUFFER_KEEP)
		str_done(from);
	*to = *from;
}

void resp_finish(struct resp *rs, struct req *rq)
{
	struct worker *w = rs->worker;

	if (rs->streaming) {
		if (!w->old && !w->broken && !w->head_only)
			line_send(w, "0\r\n\r\n", 5);
	} else if (!rs->sent) {
		/* What no browser keeps needs no validator; programs that ask REST again and again do. */
		if (rs->status == 200 && !rs->etag[0] && rq->route && !(rq->route->flags & ROUTE_NO_ETAG) &&
		    !(is_bound(rq) && rq->route->flags & ROUTE_PAGE) && !strcmp(rq->route->method, "GET")) {
			tag_from_body(rs);
			if (resp_not_modified(rs, rq))
				rs->status = 304;
		}
		bool one = rs->body.len <= ONE_WRITE_MAX, body = !w->head_only && has_body(rs->status);

		resp_head(rs, rq, (int64_t)rs->body.len);
		if (body && one)
			str_addn(&w->out, str_c(&rs->body), rs->body.len);
		if (line_send(w, str_c(&w->out), w->out.len) && body && !one)
			line_send(w, str_c(&rs->body), rs->body.len);
	}
	if (w->out.cap > BUFFER_KEEP)
		str_done(&w->out);
	str_done(&rs->errors);
	buffer_back(&w->body, &rs->body);
	buffer_back(&w->headers, &rs->headers);
}

void resp_retry_after(struct resp *rs, int seconds)
{
	char text[16];

	snprintf(text, sizeof text, "%d", seconds);
	resp_header(rs, "Retry-After", text);
}
