/* SPDX-License-Identifier: Apache-2.0 */
#include "main/jobs.h"

#include <string.h>

#include "base/mem.h"
#include "core/vc.h"
#include "import/feed_fetch.h"

/* What the job keeps: read once, so that a wrong configuration is told when the service starts. */
struct nightly {
	struct feed_publisher publisher;
	struct fetch_rules *rules; /* owned */
	bool failing;              /* as last told to the log */
};

static int nightly_open(struct clerk_ctx *c, void **ret_own, struct err *e)
{
	struct nightly *n;

	*ret_own = NULL;
	if (!c->conf || !*conf_text(c->conf, "cpl_url"))
		return OK;
	n = mem_zalloc(sizeof *n);
	if (feed_publisher_from(c->conf, &n->publisher, &n->rules, e)) {
		mem_free(n);
		return e->code;
	}
	n->publisher.stop = c->stopping;
	n->publisher.stop_ctx = c->stop_ctx;
	*ret_own = n;
	return OK;
}

static void nightly_close(void *own)
{
	struct nightly *n = own;

	if (!n)
		return;
	fetch_rules_free(n->rules);
	mem_free(n);
}

/* Failures have a pace of their own (feed_visit_due), so they are no errors of the job. */
static int nightly_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	OWN(import_report_free) struct import_report *r = NULL;
	struct nightly *n = c->own;
	struct actor who = { "clerk", "cpl_url", now };
	int64_t every, due;
	struct err why;
	int rc;

	if (!n)
		return OK;
	every = conf_ms(c->conf, "cpl_every");
	if (feed_visit_due(c->db, n->publisher.url, every, &due, e))
		return e->code;
	*ret_next = due;
	if (now < due)
		return OK;
	rc = feed_visit_cpl(c->db, &n->publisher, &who, &r, &why);
	if (rc == ERR_STOPPING)
		return OK;
	if (c->log && rc && !n->failing)
		log_event(c->log, LOG_WARN, "cpl-fetch-failed", "code", err_info(why.code)->code, "error",
			  why.msg, NULL);
	else if (c->log && !rc && (n->failing || r))
		log_event(c->log, LOG_NOTICE, "cpl-fetched", "result",
			  r ? import_state_text[r->state] : "not-modified", NULL);
	n->failing = rc != 0;
	if (r && r->revision && catalog_refresh(c->catalog, &why) && c->log)
		log_event(c->log, LOG_WARN, "catalogue-refresh", "error", why.msg, NULL);
	return feed_visit_due(c->db, n->publisher.url, every, ret_next, e);
}

#define VC_SCAN_MIN_MS 100
#define VC_SCAN_MAX_MS 2000

/* What arrives by file transfer is listed without being asked for. An inbox that cannot be read is an error
 * of the job: the log hears of it once. */
static int inbox_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	struct actor who = { "clerk", "vc_inbox", now };
	struct vc_store store;

	if (!c->conf || !*conf_text(c->conf, "vc_inbox"))
		return OK;
	if (vc_store_from(c->conf, conf_text(c->conf, "image_dir"), &store, e) ||
	    vc_scan(c->db, &store, &who, NULL, e))
		return (int)e->code;
	*ret_next = now + (store.quiet < VC_SCAN_MIN_MS   ? VC_SCAN_MIN_MS
			   : store.quiet > VC_SCAN_MAX_MS ? VC_SCAN_MAX_MS
							  : store.quiet);
	return OK;
}

/* Once, before anything is looked at. */
static int inbox_open(struct clerk_ctx *c, void **ret_own, struct err *e)
{
	struct vc_store store;

	*ret_own = NULL;
	if (!c->conf || !*conf_text(c->conf, "vc_inbox"))
		return OK;
	if (vc_store_from(c->conf, conf_text(c->conf, "image_dir"), &store, e))
		return (int)e->code;
	/* Busy: another service is at work there and has swept. */
	return vc_sweep(&store, clock_wall(c->clock), e) && e->code != ERR_BUSY ? (int)e->code : OK;
}

/* clang-format off */
const struct clerk_job program_jobs[] = {
	/* name, lane, run, open, close */
	{ "cpl-feed", CLERK_SLOW, nightly_run, nightly_open, nightly_close },
	{ "vc-inbox", CLERK_QUICK, inbox_run, inbox_open, NULL },
	{ .name = NULL },
};
/* clang-format on */
