/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/import.h"
#include "http/handlers.h"
#include "import/feed.h"
#include "orch/runner.h"

static void problems_free(struct problems *p)
{
	free(p);
}
DEFINE_OWN(struct problems, problems_free)

/* The catalogue may have changed: this process sees it at once, the runner looks again at what it plans. */
static void catalogue_changed(const struct req *rq)
{
	struct err e;

	if (catalog_refresh(rq->app->catalog, &e))
		log_event(rq->app->log, LOG_WARN, "catalogue-refresh", "error", e.msg, NULL);
	if (rq->app->runner)
		runner_wake(rq->app->runner);
}

static void report_send(struct req *rq, struct resp *rs, struct import_report *r)
{
	char text[64];

	if (r->revision)
		catalogue_changed(rq);
	str_addn(&rs->body, str_c(&r->json), r->json.len);
	if (!r->id)
		return; /* a dry run */
	snprintf(text, sizeof text, "/v1/imports/%" PRId64, r->id);
	resp_header(rs, "Location", text);
	rs->status = r->state == IMPORT_HELD ? 202 : r->state == IMPORT_UNCHANGED ? 200 : 201;
}

int post_import(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	const char *feed = req_query(rq, "feed"), *name = req_query(rq, "file_name");
	struct feed_input in = { .bytes = str_c(&rq->body), .len = rq->body.len };
	struct import_options o = { .file_name = name ? name : "upload",
				    .who = req_actor(rq),
				    .problems = problems };
	struct db *db;
	struct jw w;
	int rc;

	if (!feed || (strcmp(feed, "cpl") && strcmp(feed, "statements")))
		return err_set(e, ERR_INVALID, "the parameter 'feed' must be cpl or statements");
	if (req_query_bool(rq, "dry_run", false, &o.dry_run, e) ||
	    req_query_bool(rq, "accept", false, &o.accept, e))
		return e->code;
	if (!rq->body.len)
		return err_set(e, ERR_INVALID, "the body is empty; send the file as the body");
	if (req_db_write(rq, &db, e))
		return e->code;
	rc = strcmp(feed, "cpl") ? feed_import_statements(db, &in, &o, &report, e)
				 : feed_import_cpl(db, &in, &o, &report, e);
	if (rc) {
		if (problems->total) {
			w = jw_start(&rs->errors);
			problems_json(problems, &w);
		}
		return rc;
	}
	report_send(rq, rs, report);
	return OK;
}

static int import_id(const struct req *rq, int64_t *ret, struct err *e)
{
	if (parse_i64(rq->arg[0], 1, INT64_MAX, ret, e))
		return err_set(e, ERR_NOT_FOUND, "there is no import '%.32s'", rq->arg[0]);
	return OK;
}

int get_imports(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t limit, before, next;
	char text[24];
	struct db *db;

	if (page_limit(rq, &limit, e) || req_query_int(rq, "cursor", 0, INT64_MAX, 0, &before, e) ||
	    req_db(rq, &db, e) || import_list(db, before, (int)limit, &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int get_import(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	int64_t id;

	if (import_id(rq, &id, e) || req_db(rq, &db, e))
		return e->code;
	return import_get(db, id, &rs->body, e);
}

static int import_end(struct req *rq, struct resp *rs,
		      int (*end)(struct db *, int64_t, const struct actor *, struct import_report **,
				 struct err *),
		      struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	struct actor who = req_actor(rq);
	struct db *db;
	int64_t id;

	if (import_id(rq, &id, e) || req_db_write(rq, &db, e) || end(db, id, &who, &report, e))
		return e->code;
	report_send(rq, rs, report);
	rs->status = 200;
	return OK;
}

int post_import_accept(struct req *rq, struct resp *rs, struct err *e)
{
	return import_end(rq, rs, import_accept, e);
}

int post_import_reject(struct req *rq, struct resp *rs, struct err *e)
{
	return import_end(rq, rs, import_reject, e);
}
