/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/lookup.h"
#include "http/metrics.h"
#include "http/once.h"
#include "http/worker.h"

/* Route and address; the error carries 404 or 405. */
static int find_route(struct req *rq, struct resp *rs, struct err *e)
{
	struct worker *w = rq->worker;
	const char *allow = "";

	switch (router_find(w->door->router, rq->method, rq->path, rq->arg, w->args, &rq->route, &allow)) {
	case ROUTER_FOUND:
		return OK;
	case ROUTER_NO_METHOD:
		resp_header(rs, "Allow", allow);
		return err_set(e, ERR_METHOD, "%.200s takes %s, not %.16s", rq->path, allow, rq->method);
	case ROUTER_NONE:
	default:
		return err_set(e, ERR_NOT_FOUND, "there is nothing at %.200s", rq->path);
	}
}

/* A change that somebody makes: not a question with a body, not a device's report. */
static bool is_change(const struct req *rq)
{
	return strcmp(rq->route->method, "GET") && !(rq->route->roles & (ROLE_PUBLIC | ROLE_DEVICE));
}

/* T24: what a session changes over REST must be told by a page that could read the session's word. Forms
 * bring it as a field (web/form.h). */
static int check_csrf(const struct req *rq, struct err *e)
{
	if (rq->who.how != SIGN_IN_SESSION || rq->route->flags & ROUTE_PAGE ||
	    req_csrf_ok(rq, req_header(rq, "Firpath-Csrf")))
		return OK;
	return err_set(e, ERR_CSRF, "the header Firpath-Csrf is missing or not that of this session");
}

static int check_rate(struct req *rq, struct resp *rs, struct err *e)
{
	struct rate *rate = rq->worker->door->rate;
	int64_t now = clock_mono(rq->app->clock);
	char account[32];
	int wait = 0;

	if (!is_change(rq))
		return OK;
	if (!rate_take(rate, RATE_WRITE, rq->peer, now, &wait)) {
		resp_retry_after(rs, wait);
		return err_set(e, ERR_RATE, "too many changes from this address; try again in %d s", wait);
	}
	snprintf(account, sizeof account, "account %lld", (long long)rq->who.account_id);
	if (rq->who.account_id && !rate_take(rate, RATE_WRITE, account, now, &wait)) {
		resp_retry_after(rs, wait);
		return err_set(e, ERR_RATE, "too many changes of this account; try again in %d s", wait);
	}
	return OK;
}

/* The media type without parameters, lower case, into buf. */
static void media_type(const char *s, char *buf, size_t size)
{
	size_t n = s ? strcspn(s, "; \t") : 0;

	str_copyn(buf, size, s ? s : "", n);
	for (char *p = buf; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
}

static int check_body(struct req *rq, const struct framing *f, struct err *e)
{
	const struct route *r = rq->route;

	if (!r->body_max) {
		if (f->chunked || f->length)
			return err_set(e, ERR_TOO_LARGE, "%s %s takes no body", r->method, r->pattern);
		return OK;
	}
	if (f->length > 0 && (uint64_t)f->length > r->body_max)
		return err_set(e, ERR_TOO_LARGE, "the body has %lld bytes, at most %zu are taken here",
			       (long long)f->length, r->body_max);
	if (!f->chunked && !f->length && !r->takes[0])
		return OK;
	/* Stations say anything or nothing of what they send. */
	if (strcmp(r->takes, "*/*") != 0 && !word_in(r->takes, rq->type))
		return err_set(e, ERR_MEDIA, "Content-Type '%.64s' is not taken here, send %s", rq->type,
			       r->takes);
	return OK;
}

static const char *nearest_word(const char *words, const char *name, char *buf, size_t size)
{
	VEC(const char *) list = { 0 };
	const char *found = NULL, *near;
	char *p = buf;

	str_copy(buf, size, words);
	while (*p) {
		vec_push(&list, p);
		p += strcspn(p, " ");
		if (*p)
			*p++ = '\0';
	}
	vec_push(&list, NULL);
	near = parse_nearest(name, list.v);
	found = near ? near : NULL;
	vec_done(&list);
	return found;
}

static int check_query(struct req *rq, struct err *e)
{
	char words[256];
	const char *near;

	if (guard_query(rq->query, rq->worker->pairs, rq->pair, QUERY_MAX, &rq->npairs, e))
		return e->code;
	for (size_t i = 0; i < rq->npairs; i++) {
		if (word_in(rq->route->query, rq->pair[i].name))
			continue;
		near = nearest_word(rq->route->query, rq->pair[i].name, words, sizeof words);
		if (near)
			return err_set(e, ERR_UNKNOWN_PARAM,
				       "there is no parameter '%.64s' here; did you mean '%s'?",
				       rq->pair[i].name, near);
		return err_set(e, ERR_UNKNOWN_PARAM, "there is no parameter '%.64s' here; there are: %s",
			       rq->pair[i].name, rq->route->query[0] ? rq->route->query : "none");
	}
	return OK;
}

static int read_body(struct req *rq, struct err *e)
{
	char buf[16 * KIB];
	size_t got;

	rq->body.max = rq->route->body_max;
	do {
		if (req_read(rq, buf, sizeof buf, &got, e))
			return e->code;
		str_addn(&rq->body, buf, got);
	} while (got);
	return OK;
}

/* Everything that a row of the table and the head alone can decide. */
static int check_policy(struct req *rq, const struct head *head, const struct framing *f, struct resp *rs,
			struct err *e)
{
	const char *match = req_header(rq, "If-Match");
	struct door *d = rq->worker->door;
	bool form = !strcmp(rq->type, "application/x-www-form-urlencoded") ||
		    !strcmp(rq->type, "multipart/form-data") || !strcmp(rq->type, "text/plain");

	if (find_route(rq, rs, e))
		return e->code;
	rq->wants_page = rq->route->flags & ROUTE_PAGE;
	/* A foreign page learns nothing, not even who would be let in. */
	if (strcmp(rq->route->method, "GET") && guard_origin(head, f->host, d->public_url, false, e))
		return e->code;
	if (signin_check(rq, rs, e))
		return e->code;
	if (strcmp(rq->route->method, "GET") &&
	    (guard_origin(head, f->host, d->public_url, form || rq->who.how == SIGN_IN_SESSION, e) ||
	     check_csrf(rq, e) || check_rate(rq, rs, e)))
		return e->code;
	/* A condition that would not be looked at must not pass for one that holds. */
	if (strcmp(rq->route->method, "GET") && !(rq->route->flags & ROUTE_MATCH) && match &&
	    strcmp(match, "*"))
		return err_set(e, ERR_STALE, "%s %s takes no If-Match: what it changes has no version here",
			       rq->route->method, rq->path);
	if (check_body(rq, f, e) || check_query(rq, e))
		return e->code;
	if (rq->route->flags & ROUTE_MATCH && !match)
		return err_set(e, ERR_NEEDS_MATCH, "%s %s needs If-Match", rq->route->method, rq->path);
	return OK;
}

/* The same for forms, before any handler looks at what they are about: the word is the field csrf. Forms that
 * carry files are read by web/form.h alone, which asks for it as well. */
static int check_form(const struct req *rq, struct err *e)
{
	const char *p = str_c(&rq->body);
	char value[64] = "";

	if (rq->who.how != SIGN_IN_SESSION ||
	    (rq->route->flags & (ROUTE_PAGE | ROUTE_STREAM)) != ROUTE_PAGE ||
	    !strcmp(rq->route->method, "GET") || !strcmp(rq->type, "multipart/form-data"))
		return OK;
	while (*p && strncmp(p, "csrf=", 5) != 0) {
		p += strcspn(p, "&");
		p += *p == '&';
	}
	if (*p)
		str_copyn(value, sizeof value, p + 5, strcspn(p + 5, "&"));
	return req_csrf_ok(rq, value) ? OK
				      : err_set(e, ERR_CSRF, "the form is not one of a page of this session");
}

/* Reads a body that is held in memory, with few large ones at a time. */
static int with_body(struct req *rq, const struct framing *f, struct resp *rs, struct err *e)
{
	struct door *d = rq->worker->door;
	bool big = f->length > (int64_t)BIG_BODY || (f->chunked && rq->route->body_max > BIG_BODY);
	int rc;

	if (big && atomic_fetch_add(&d->big, 1) >= BIG_BODIES_MAX) {
		atomic_fetch_sub(&d->big, 1);
		resp_retry_after(rs, 5);
		return err_set(e, ERR_BUSY, "%d large bodies are being read already", BIG_BODIES_MAX);
	}
	rc = read_body(rq, e);
	if (!rc)
		rc = check_form(rq, e);
	if (!rc)
		rc = rq->route->flags & ROUTE_ONCE ? once_handle(rq, rs, e) : rq->route->handle(rq, rs, e);
	if (big)
		atomic_fetch_sub(&d->big, 1);
	return rc;
}

/* T37: whoever changed something takes the head of the chain home. The change is made: when the head cannot
 * be read now, it is only not told. */
static void tell_audit_head(struct req *rq, struct resp *rs)
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	char text[96];
	bool got;

	if (epoch_get(rq->worker->write, &rs->epoch, &e))
		rs->epoch = 0;
	if (!db_run(rq->worker->write, SQL_AUDIT_HEAD, NOARGS, &r, &e) && !rows_next(r, &got, &e) && got) {
		snprintf(text, sizeof text, "%lld %.64s", (long long)rows_num(r, 0), rows_text(r, 1));
		resp_header(rs, "Audit-Head", text);
	}
}

static int answer(struct req *rq, const struct head *head, const struct framing *f, struct resp *rs,
		  struct err *e)
{
	struct door *d = rq->worker->door;
	int rc;

	if (atomic_load(&d->stopping)) {
		resp_retry_after(rs, 2);
		rq->worker->close = true;
		return err_set(e, ERR_STOPPING, "the service is stopping");
	}
	if (!guard_host_ok(f->host, d->host_names))
		return err_set(e, ERR_HOST, "the host name '%.100s' is not served here", f->host);
	if (check_policy(rq, head, f, rs, e))
		return e->code;
	if (rq->route->flags & ROUTE_STREAM ||
	    (!f->chunked && !f->length && !(rq->route->flags & ROUTE_ONCE)))
		rc = check_form(rq, e) ? (int)e->code : rq->route->handle(rq, rs, e);
	else
		rc = with_body(rq, f, rs, e);
	if (!rc && rs->file[0])
		rc = resp_file(rs, rq, e);
	if (!rc && rq->worker->write && is_change(rq))
		tell_audit_head(rq, rs);
	if (!rc && rs->body.over)
		rc = err_set(e, ERR_TOO_LARGE, "the answer is larger than %zu bytes; ask for less at a time",
			     rs->body.max);
	return rc;
}

static void log_request(const struct req *rq, const struct err *e, int status, int64_t took_us)
{
	char code[16], ms[24];
	int64_t took = took_us / 1000;
	bool change = rq->route && is_change(rq);

	if (status < 500 && !change && took < SLOW_MS)
		return; /* the hot way: metrics only */
	snprintf(code, sizeof code, "%d", status);
	snprintf(ms, sizeof ms, "%lld", (long long)took);
	if (status >= 500)
		log_event(rq->app->log, LOG_ERROR, "http-error", "id", rq->id, "method", rq->method, "path",
			  rq->path, "status", code, "code", err_info(e->code)->code, "error", e->msg,
			  "took_ms", ms, NULL);
	else if (change)
		log_event(rq->app->log, status < 400 ? LOG_NOTICE : LOG_INFO, "http-change", "id", rq->id,
			  "who", rq->actor ? rq->actor : "api", "method", rq->method, "path", rq->path,
			  "status", code, "error", e->code ? e->msg : NULL, "took_ms", ms, NULL);
	else if (!(rq->route && rq->route->flags & ROUTE_STREAM))
		log_event(rq->app->log, LOG_WARN, "http-slow", "id", rq->id, "method", rq->method, "path",
			  rq->path, "status", code, "took_ms", ms, NULL);
}

static void id_write(struct worker *w, char id[16])
{
	uint64_t v = rnd_u64(&w->rnd);

	for (int i = 0; i < 16; i++, v >>= 4)
		id[i] = "0123456789abcdef"[v & 15];
}

static struct hot_state hot_state_of(const struct snapshot *s, int64_t now)
{
	return (struct hot_state){ s->revision, now / MS_PER_DAY, s->cpl.checked_at,
				   cpl_is_stale(&s->cpl, now), s->epoch };
}

/* Could this request be answered from what was given lately, or its answer be kept for others? */
static bool hot_fits(struct worker *w, const struct head *head, const struct framing *f)
{
	return !strcmp(head->method, "GET") && head->query && !f->last && !f->conditional && !f->chunked &&
	       !f->length && !atomic_load_explicit(&w->door->stopping, memory_order_relaxed) &&
	       guard_host_ok(f->host, w->door->host_names);
}

int dispatch_kept(struct worker *w, const struct head *head, const struct line *line)
{
	int64_t start = metrics_now_us(), now = clock_wall(w->door->app->clock);
	const struct snapshot *snap = catalog_peek(w->view);
	struct framing f;
	struct hot_state state;
	struct err e;
	size_t len, at;
	int status;
	char *p;

	if (!snap || guard_head(head, &f, &e) || !hot_fits(w, head, &f))
		return 0;
	state = hot_state_of(snap, now);
	p = hot_find(w->hot, head->path, head->query, &state, &len, &status);
	if (!p)
		return 0;
	at = resp_date_at(status);
	memcpy(p + at, resp_date(w, now), DATE_LEN);
	id_write(w, p + at + ID_AFTER_DATE);
	w->line = line;
	w->close = w->broken = false;
	line_send(w, p, len);
	metrics_hot(w->door->app->metrics, status, metrics_now_us() - start);
	return status;
}

/* The parts of a request that need no judgement. */
static void req_start(struct req *rq, struct worker *w, const struct head *head, const char *peer)
{
	const char *real =
	    w->door->trust_forwarded ? header_get(head->header, head->nheaders, "X-Real-IP") : NULL;

	rq->app = w->door->app;
	rq->worker = w;
	rq->method = head->method;
	rq->query = head->query ? head->query : "";
	rq->header = head->header;
	rq->nheaders = head->nheaders;
	rq->peer = real && real[0] ? real : peer;
	rq->view = w->view;
	rq->scratch = w->scratch;
	rq->now = clock_wall(rq->app->clock);
	rq->who = principal_nobody();
	rq->actor = rq->who.name;
	id_write(w, rq->id);
	rq->id[16] = '\0';
}

int dispatch(struct worker *w, const struct head *head, const char *peer, const struct line *line)
{
	struct req rq = { .route = NULL };
	struct framing f = { .last = false };
	struct err e = { .code = OK };
	char type[64];
	int64_t start = metrics_now_us(), took;
	struct resp rs;
	int rc;
	/* Taken before the handler looks at the catalogue: an answer may be newer than what it is kept for,
	 * never older. */
	struct hot_state state;
	bool hot = false;

	atomic_fetch_add(&w->door->running, 1);
	w->line = line;
	w->framing = &f;
	w->rq = &rq;
	w->taken = w->left = w->sent_bytes = 0;
	w->close = w->broken = w->head_only = w->old = false;
	rc = guard_head(head, &f, &e);
	req_start(&rq, w, head, peer);
	rq.body = w->in;
	resp_start(&rs, w);
	if (rc) {
		w->close = true; /* whatever follows on this connection must not be read */
		rq.path = "";
	} else {
		rq.path = head->path;
		media_type(req_header(&rq, "Content-Type"), type, sizeof type);
		rq.type = type;
		rq.wants_page = req_header(&rq, "Accept") && strstr(req_header(&rq, "Accept"), "text/html");
		w->left = f.chunked ? -1 : f.length;
		w->close = f.last || f.chunked;
		w->head_only = !strcmp(rq.method, "HEAD");
		w->old = !strcmp(head->version, "1.0");
		hot = hot_fits(w, head, &f);
		/* Always asked for: the epoch is told with answers that need no catalogue, too. */
		state = hot_state_of(catalog_current(w->view), rq.now);
		rc = answer(&rq, head, &f, &rs, &e);
	}
	req_release(&rq);
	if (w->left != 0) /* a body that nobody read would be taken for the next request */
		w->close = true;
	if (rc && (rs.streaming || rs.sent)) {
		w->close = w->broken = true; /* no final chunk: the client sees that it is cut */
	} else if (rc) {
		resp_problem(&rs, &rq, &e);
	}
	hot = hot && !rc && rq.route->flags & ROUTE_HOT && rs.body.len <= HOT_BYTES_MAX && !w->close &&
	      rs.cache == CACHE_CHECK;
	resp_finish(&rs, &rq);
	if (hot && !w->broken)
		hot_keep(w->hot, head->path, head->query, &state, str_c(&w->out), w->out.len, rs.status);
	str_clear(&rq.body);
	if (rq.body.cap > BUFFER_KEEP)
		str_done(&rq.body);
	w->in = rq.body;
	w->rq = NULL;
	took = metrics_now_us() - start;
	metrics_request(rq.app->metrics, rq.route, rs.status, took);
	log_request(&rq, &e, rs.status, took);
	atomic_fetch_sub(&w->door->running, 1);
	return rs.status;
}

void dispatch_refused(struct worker *w, int status, const char *why, const struct line *line)
{
	struct req rq = { .route = NULL };
	struct framing f = { .last = true };
	struct head head = { .method = "GET", .path = "/", .version = "1.1" };
	struct err e;
	struct resp rs;

	w->line = line;
	w->framing = &f;
	w->rq = &rq;
	w->left = w->taken = 0;
	w->broken = w->head_only = w->old = false;
	w->close = true;
	req_start(&rq, w, &head, "");
	rq.path = "";
	resp_start(&rs, w);
	err_set(&e,
		status == 414   ? ERR_TARGET_LONG
		: status >= 500 ? ERR_UNAVAILABLE
				: ERR_HEADERS,
		"%.300s", why);
	resp_problem(&rs, &rq, &e);
	resp_finish(&rs, &rq);
	w->rq = NULL;
	metrics_request(rq.app->metrics, NULL, rs.status, 0);
}
