/* SPDX-License-Identifier: Apache-2.0 */
#include "http/health.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/lookup.h"
#include "http/metrics.h"

static void health_send(struct worker *w, int status, const char *type, const char *body, size_t len,
			bool head_only)
{
	str_clear(&w->out);
	str_addf(&w->out,
		 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
		 "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; "
		 "frame-ancestors 'none'\r\nConnection: close\r\n\r\n",
		 status, status_text(status), type, len);
	if (!head_only)
		str_addn(&w->out, body, len);
}

/* Ready: the store answers. Degraded (still ready): the CPL was not checked for long. */
static int ready(struct worker *w, char *text, size_t size)
{
	struct door *d = w->door;
	const struct snapshot *s = catalog_current(w->view);
	int64_t now = clock_wall(d->app->clock), rev;
	struct db *db = NULL;
	struct err e;
	int rc;

	if (atomic_load(&d->stopping)) {
		snprintf(text, size, "stopping\n");
		return 503;
	}
	rc = pool_take(d->health_pool, false, &db, &e);
	if (!rc) {
		rc = ledger_head(db, &rev, &e);
		pool_give(d->health_pool, false, db);
	}
	if (!rc && catalog_failing(d->app->catalog, &e)) /* the store answers, but not with the catalogue */
		rc = (int)e.code;
	if (rc) {
		snprintf(text, size, "not ready: %.300s\n", e.msg);
		return 503;
	}
	if (s->cpl.checked_at < 0)
		snprintf(text, size, "ready, degraded: no CPL was imported yet\n");
	else if (now - s->cpl.checked_at > CPL_STALE_CHECKED_MS)
		snprintf(text, size, "ready, degraded: the CPL was last checked %lld hours ago\n",
			 (long long)((now - s->cpl.checked_at) / 3600000));
	else
		snprintf(text, size, "ready\n");
	return 200;
}

void health_answer(struct worker *w, const struct head *head)
{
	bool head_only = !strcmp(head->method, "HEAD");
	struct framing f;
	struct err e;
	char text[400];
	int status = 200;

	if (guard_head(head, &f, &e) || f.chunked || f.length || head->query ||
	    (!head_only && strcmp(head->method, "GET"))) {
		snprintf(text, sizeof text, "GET /healthz, /readyz or /metrics, without query or body\n");
		status = 400;
	} else if (!guard_host_ok(f.host, w->door->host_names)) {
		snprintf(text, sizeof text, "this host name is not served here\n");
		status = 421;
	} else if (!strcmp(head->path, "/healthz")) {
		snprintf(text, sizeof text, "alive\n");
	} else if (!strcmp(head->path, "/readyz")) {
		status = ready(w, text, sizeof text);
	} else if (!strcmp(head->path, "/metrics")) {
		str_clear(&w->body);
		metrics_text(w->door->app->metrics, w->door, w->view, &w->body);
		health_send(w, 200, "text/plain; version=0.0.4; charset=utf-8", str_c(&w->body), w->body.len,
			    head_only);
		return;
	} else {
		snprintf(text, sizeof text, "there are /healthz, /readyz and /metrics\n");
		status = 404;
	}
	health_send(w, status, "text/plain; charset=utf-8", text, strlen(text), head_only);
}
