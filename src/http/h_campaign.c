/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/campaign.h"
#include "http/follow.h"
#include "http/handlers.h"
#include "http/worker.h"
#include "orch/runner.h"

#define EVENTS_AT_ONCE 500
#define REPORT_LINES 500

static int find(struct req *rq, struct db *db, int64_t *ret, struct err *e)
{
	struct scope scope;

	return req_scope(rq, &scope, e) ? (int)e->code : campaign_find(db, scope, rq->arg[0], ret, e);
}

/* What use cases that write need. */
static int ctx_of(struct req *rq, struct campaign_ctx *ret, struct err *e)
{
	*ret = (struct campaign_ctx){ .image_dir = rq->app->image_dir,
				      .by = &rq->who,
				      .cpl_stale_ms = conf_ms(rq->app->conf, "cpl_stale_block") };
	return req_scope_write(rq, &ret->scope, e) || req_newest(rq, &ret->snap, e) ||
		       req_db_write(rq, &ret->db, e)
		   ? (int)e->code
		   : OK;
}

static void wake(const struct req *rq)
{
	if (rq->app->runner)
		runner_wake(rq->app->runner);
}

int post_campaign(struct req *rq, struct resp *rs, struct err *e)
{
	const char *key = req_header(rq, "Idempotency-Key");
	struct actor who = req_actor(rq);
	int64_t id, revision;
	struct campaign_ctx c;
	char text[64];
	int tries = 0;

	do {
		e->code = OK;
		if (ctx_of(rq, &c, e))
			return e->code;
		revision = c.snap->revision;
	} while (campaign_create(&c, &who, key, str_c(&rq->body), rq->body.len, &id, e) &&
		 req_again(rq, revision, &tries, e));
	if (e->code || campaign_json(c.db, c.snap, id, rq->now, rq->app->image_dir, &rs->body, e))
		return e->code;
	snprintf(text, sizeof text, "/v1/campaigns/%" PRId64, id);
	resp_header(rs, "Location", text);
	rs->status = 201;
	return OK;
}

int get_campaigns(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    campaigns_json(db, scope, req_query(rq, "state"), req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_campaign(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct db *db;
	int64_t id;

	if (req_db(rq, &db, e) || find(rq, db, &id, e))
		return e->code;
	return campaign_json(db, s, id, rq->now, rq->app->image_dir, &rs->body, e);
}

int get_campaign_cycles(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	int64_t id, limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) || find(rq, db, &id, e) ||
	    campaign_cycles_json(db, s, id, req_query(rq, "phase"), req_query(rq, "cursor"), limit, &rs->body,
				 e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_campaign_progress(struct req *rq, struct resp *rs, struct err *e)
{
	struct campaign_progress p;
	struct db *db;
	int64_t id;

	if (req_db(rq, &db, e) || find(rq, db, &id, e) || campaign_progress(db, id, rq->now, &p, e))
		return e->code;
	campaign_progress_json(&p, &rs->body);
	str_addc(&rs->body, '\n');
	return OK;
}

int get_campaign_report(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	const char *phase = req_query(rq, "phase");
	STR(out, 8 * MIB);
	int64_t id, last = 0;
	struct db *db;

	if (req_db(rq, &db, e) || find(rq, db, &id, e))
		return e->code;
	rs->type = "application/x-ndjson";
	do {
		str_clear(&out);
		if (campaign_report(db, s, id, phase, last, REPORT_LINES, &out, &last, e))
			return e->code;
		if (!rs->streaming && resp_stream(rs, e))
			return e->code;
		if (resp_send(rs, str_c(&out), out.len, e))
			return e->code;
	} while (last);
	return OK;
}

/* What streams and waiting polls of one campaign look at. */
struct watched {
	int64_t id;
	struct campaign_progress p; /* as of the last look */
};

static int feed_event(void *ctx, int64_t n, const char *json, size_t len, struct err *e)
{
	(void)e;
	follow_event(ctx, "move", n, json, len);
	return OK;
}

static bool is_over(const struct campaign_progress *p)
{
	return (!strcmp(p->state, "done") || !strcmp(p->state, "stopped")) && !p->active;
}

/* What is new since the last look. */
static int look(struct req *rq, struct follow *f, void *ctx, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct watched *c = ctx;
	struct db *db;

	if (req_db(rq, &db, e) || campaign_progress(db, c->id, clock_wall(rq->app->clock), &c->p, e) ||
	    campaign_events(db, s, c->id, f->last, EVENTS_AT_ONCE, feed_event, f, e))
		return e->code;
	f->over = is_over(&c->p) && f->last >= c->p.last_event;
	return OK;
}

static void tell(void *ctx, struct str *out)
{
	const struct watched *c = ctx;

	campaign_progress_json(&c->p, out);
}

/* Long poll: returns when there is an event, when the campaign is over, or when the wait is. */
static int poll_events(struct req *rq, struct resp *rs, struct watched *c, struct follow *f, struct err *e)
{
	STR(progress, 4 * KIB);
	int64_t wait, until;
	struct jw w;

	if (req_query_int(rq, "wait", 0, WAIT_MAX_S, 0, &wait, e))
		return e->code;
	until = clock_mono(rq->app->clock) + wait * 1000;
	str_addc(&f->out, '[');
	do {
		int rc = look(rq, f, c, e);

		req_release(rq);
		if (rc)
			return rc;
	} while (!f->n && !is_over(&c->p) && clock_mono(rq->app->clock) < until && follow_pause(rq));
	str_addc(&f->out, ']');
	campaign_progress_json(&c->p, &progress);
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_key(&w, "events");
	jw_raw(&w, str_c(&f->out), f->out.len);
	jw_kint(&w, "last", f->last);
	jw_key(&w, "progress");
	jw_raw(&w, str_c(&progress), progress.len);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

int get_campaign_events(struct req *rq, struct resp *rs, struct err *e)
{
	struct watched c = { .id = 0 };
	const struct follow_source src = { look, tell, "progress", &c };
	OWN(follow_done) struct follow f = { .last = 0 };
	struct db *db;

	if (req_query_int(rq, "after", 0, INT64_MAX, 0, &f.last, e) || follow_start(&f, rq, e) ||
	    req_db(rq, &db, e) || find(rq, db, &c.id, e) || follow_take(&f, rq, rs, e))
		return e->code;
	return f.sse ? follow_stream(&f, rq, rs, &src, e) : poll_events(rq, rs, &c, &f, e);
}

static int change(struct req *rq, struct resp *rs,
		  int (*verb)(const struct campaign_ctx *, const struct actor *, int64_t, struct err *),
		  struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t id, revision;
	struct campaign_ctx c;
	int tries = 0;

	do {
		e->code = OK;
		if (ctx_of(rq, &c, e) || campaign_find(c.db, c.scope, rq->arg[0], &id, e))
			return e->code;
		revision = c.snap->revision;
	} while (verb(&c, &who, id, e) && req_again(rq, revision, &tries, e));
	if (e->code)
		return e->code;
	wake(rq);
	return campaign_json(c.db, c.snap, id, rq->now, rq->app->image_dir, &rs->body, e);
}

int post_campaign_start(struct req *rq, struct resp *rs, struct err *e)
{
	return change(rq, rs, campaign_start, e);
}

int post_campaign_pause(struct req *rq, struct resp *rs, struct err *e)
{
	return change(rq, rs, campaign_pause, e);
}

int post_campaign_resume(struct req *rq, struct resp *rs, struct err *e)
{
	return change(rq, rs, campaign_resume, e);
}

int post_campaign_stop(struct req *rq, struct resp *rs, struct err *e)
{
	return change(rq, rs, campaign_stop, e);
}
