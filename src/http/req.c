/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "core/lookup.h"
#include "http/worker.h"

const char *req_header(const struct req *rq, const char *name)
{
	return header_get(rq->header, rq->nheaders, name);
}

const char *req_query(const struct req *rq, const char *name)
{
	for (size_t i = 0; i < rq->npairs; i++)
		if (!strcmp(rq->pair[i].name, name))
			return rq->pair[i].value[0] ? rq->pair[i].value : NULL;
	return NULL;
}

int req_query_int(const struct req *rq, const char *name, int64_t min, int64_t max, int64_t otherwise,
		  int64_t *ret, struct err *e)
{
	const char *s = req_query(rq, name);
	int64_t v = otherwise;

	if (s && parse_i64(s, min, max, &v, e))
		return err_wrap(e, "parameter '%s'", name);
	*ret = v;
	return OK;
}

int req_number(const struct req *rq, const char *noun, int64_t *ret, struct err *e)
{
	return parse_i64(rq->arg[0], 1, INT64_MAX, ret, e)
		   ? err_set(e, ERR_NOT_FOUND, "there is no %s '%.40s'", noun, rq->arg[0])
		   : OK;
}

int req_query_bool(const struct req *rq, const char *name, bool otherwise, bool *ret, struct err *e)
{
	const char *s = req_query(rq, name);

	if (!s)
		*ret = otherwise;
	else if (!parse_bool(s, ret))
		return err_set(e, ERR_INVALID, "parameter '%s' must be yes or no, not '%.32s'", name, s);
	return OK;
}

int req_snapshot(struct req *rq, const struct snapshot **ret, struct err *e)
{
	const char *s = req_query(rq, "at");
	int64_t at;

	if (!s) {
		*ret = catalog_current(rq->view);
		return OK;
	}
	if (lookup_moment(s, &at, e) || catalog_as_at(rq->view, at, ret, e))
		return err_wrap(e, "parameter 'at'");
	return OK;
}

int64_t req_moment(const struct req *rq)
{
	const char *s = req_query(rq, "at");
	int64_t at;
	struct err e;

	return s && !lookup_moment(s, &at, &e) ? at : rq->now;
}

bool req_nameless(const struct req *rq)
{
	return rq->who.how == SIGN_IN_NONE;
}

int req_newest(struct req *rq, const struct snapshot **ret, struct err *e)
{
	if (catalog_refresh(rq->app->catalog, e))
		return err_wrap(e, "looking for the newest catalogue");
	*ret = catalog_current(rq->view);
	return OK;
}

bool req_again(struct req *rq, int64_t revision, int *tries, const struct err *e)
{
	struct err ignored;

	return e->code == ERR_BUSY && ++*tries < 8 && !catalog_refresh(rq->app->catalog, &ignored) &&
	       catalog_current(rq->view)->revision != revision;
}

int req_db(struct req *rq, struct db **ret, struct err *e)
{
	struct worker *w = rq->worker;

	if (!w->read && pool_take(w->door->pool, false, &w->read, e))
		return e->code;
	*ret = w->read;
	return OK;
}

int req_db_write(struct req *rq, struct db **ret, struct err *e)
{
	struct worker *w = rq->worker;

	if (!w->write && pool_take(w->door->pool, true, &w->write, e))
		return e->code;
	*ret = w->write;
	return OK;
}

void req_release(struct req *rq)
{
	struct worker *w = rq->worker;

	if (w->read)
		pool_give(w->door->pool, false, MOVE(w->read));
	if (w->write)
		pool_give(w->door->pool, true, MOVE(w->write));
}

int req_json(struct req *rq, const struct json_field *fields, void *into, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(&rq->body), rq->body.len, &j, e))
		return e->code;
	return json_decode(j, fields, into, e);
}

int req_read(struct req *rq, void *buf, size_t n, size_t *ret_n, struct err *e)
{
	struct worker *w = rq->worker;
	int64_t got;

	*ret_n = 0;
	if (w->left == 0 || !n)
		return OK;
	if (w->framing->go_on && !w->taken && !line_send(w, "HTTP/1.1 100 Continue\r\n\r\n", 25))
		return err_set(e, ERR_REMOTE, "the client went away");
	if (w->left > 0 && (uint64_t)w->left < n)
		n = (size_t)w->left;
	got = w->line->read(w->line->ctx, buf, n);
	if (got < 0 || (got == 0 && w->left > 0)) {
		w->close = true;
		w->left = 0;
		return err_set(e, ERR_INVALID, "the body ended after %lld bytes, before its announced end",
			       (long long)w->taken);
	}
	w->taken += got;
	w->left = w->left > 0 ? w->left - got : got ? w->left : 0;
	if ((uint64_t)w->taken > rq->route->body_max)
		return err_set(e, ERR_TOO_LARGE, "the body is larger than %zu bytes", rq->route->body_max);
	*ret_n = (size_t)got;
	return OK;
}

struct actor req_actor(const struct req *rq)
{
	return (struct actor){ .name = rq->actor,
			       .why = req_query(rq, "why") ? req_query(rq, "why") : "",
			       .now = rq->now };
}

bool req_csrf_ok(const struct req *rq, const char *value)
{
	size_t n = strlen(rq->csrf);

	return !n || (value && strlen(value) == n && same_secret(value, rq->csrf, n));
}

/* Is tag in a list of entity tags ("a", W/"b", *)? */
static bool tag_listed(const char *list, const char *tag)
{
	size_t n = strlen(tag);

	while (*list) {
		list += strspn(list, " \t,");
		if (*list == '*')
			return true;
		if (!strncmp(list, "W/", 2))
			list += 2;
		if (*list != '"')
			return false;
		if (!strncmp(list + 1, tag, n) && list[n + 1] == '"')
			return true;
		list += 1 + strcspn(list + 1, "\"");
		list += *list == '"';
	}
	return false;
}

int req_match(const struct req *rq, const char *etag, struct err *e)
{
	const char *s = req_header(rq, "If-Match");

	if (s && tag_listed(s, etag))
		return OK;
	return err_set(e, ERR_STALE, "it is now \"%s\", you had %.64s", etag, s ? s : "nothing");
}

bool resp_fresh(struct resp *rs, const struct req *rq, const struct snapshot *s)
{
	struct worker *w = rq->worker;
	int64_t day = rq->now / MS_PER_DAY;
	bool stale = cpl_is_stale(&s->cpl, rq->now);
	const char *have = req_header(rq, "If-None-Match");

	if (w->fresh_rev != s->revision || w->fresh_day != day || w->fresh_checked != s->cpl.checked_at ||
	    w->fresh_stale != stale || w->fresh_epoch != s->epoch || !w->fresh[0]) {
		w->fresh_epoch = s->epoch;
		w->fresh_rev = s->revision;
		w->fresh_day = day;
		w->fresh_checked = s->cpl.checked_at;
		w->fresh_stale = stale;
		/* T46: after a restore the same revision may say something else. */
		snprintf(w->fresh, sizeof w->fresh, "e%lld-r%lld-d%lld-c%llx%s-%s", (long long)s->epoch,
			 (long long)s->revision, (long long)day, (long long)s->cpl.checked_at,
			 stale ? "s" : "", w->door->build);
	}
	str_copy(rs->etag, sizeof rs->etag, w->fresh);
	if (rq->route->flags & ROUTE_PAGE && rq->who.session_id) /* pages say who is signed in */
		snprintf(rs->etag, sizeof rs->etag, "%.44s-s%llx", w->fresh,
			 (unsigned long long)rq->who.session_id);
	if (!have || !tag_listed(have, rs->etag))
		return false;
	rs->status = 304;
	return true;
}

bool resp_not_modified(const struct resp *rs, const struct req *rq)
{
	const char *have = req_header(rq, "If-None-Match");

	return have && tag_listed(have, rs->etag);
}

int req_impact_enter(struct req *rq, struct resp *rs, struct err *e)
{
	struct door *d = rq->worker->door;

	if (atomic_fetch_add(&d->impacts, 1) < IMPACTS_MAX)
		return OK;
	atomic_fetch_sub(&d->impacts, 1);
	if (rs)
		resp_retry_after(rs, 2);
	return err_set(e, ERR_BUSY, "what %d edits would do is being worked out already", IMPACTS_MAX);
}

void req_impact_leave(struct req *rq)
{
	atomic_fetch_sub(&rq->worker->door->impacts, 1);
}
