/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/feed_status.h"
#include "core/import_review.h"
#include "http/handlers.h"
#include "import/feed_fetch.h"

static void problems_free(struct problems *p)
{
	free(p);
}
DEFINE_OWN(struct problems, problems_free)

static void report_send(struct req *rq, struct resp *rs, struct import_report *r)
{
	char text[64];

	if (r->revision)
		req_catalogue_changed(rq);
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
	if (o.accept && rq->who.account_id)
		return err_set(e, ERR_DENIED,
			       "a gate is passed by two persons: import the list, then accept what is held");
	/* ADR 0007 no. 10: statements of people are proposed and approved. */
	if (strcmp(feed, "statements") == 0 && rq->who.account_id)
		return err_set(e, ERR_PROPOSE,
			       "path statements are not imported by accounts: a second person approves them");
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

int get_imports(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t limit, before, next;
	char text[24];
	struct db *db;

	if (page_limit(rq, &limit, e) || req_query_int(rq, "cursor", 0, INT64_MAX, 0, &before, e) ||
	    req_db(rq, &db, e) || import_list(db, before, (int)limit, req_nameless(rq), &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int get_import(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	int64_t id;

	if (req_number(rq, "import", &id, e) || req_db(rq, &db, e))
		return e->code;
	return import_get(db, id, req_nameless(rq), &rs->body, e);
}

#define ROLES_INSIDE (ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR)

int get_feeds(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	return req_db(rq, &db, e) ? (int)e->code
				  : feed_status_json(db, may(&rq->who, ROLES_INSIDE), &rs->body, e);
}

/* Asks the publisher now, whatever the clerk's table says. */
int post_import_fetch(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	OWN(fetch_rules_free) struct fetch_rules *rules = NULL;
	struct actor who = req_actor(rq);
	struct feed_publisher p;
	struct db *db;

	if (feed_publisher_from(rq->app->conf, &p, &rules, e) || req_db_write(rq, &db, e) ||
	    feed_visit_cpl(db, &p, &who, &report, e))
		return e->code;
	if (report) {
		report_send(rq, rs, report);
		return OK;
	}
	return feed_status_json(db, true, &rs->body, e);
}

/* The decision of whoever asks about an import, or about the one that stands (id 0). */
static int decide(struct req *rq, struct resp *rs, int64_t id, enum import_act act, struct err *e)
{
	struct import_decision d = {
		.act = act, .by = &rq->who, .hash = req_query(rq, "hash"), .who = req_actor(rq)
	};
	int64_t revision;
	struct db *db;

	if (req_db_write(rq, &db, e) || import_decide(db, id, &d, &rs->body, &revision, e))
		return e->code;
	if (revision)
		req_catalogue_changed(rq);
	return OK;
}

static int decide_one(struct req *rq, struct resp *rs, enum import_act act, struct err *e)
{
	int64_t id;

	return req_number(rq, "import", &id, e) ? (int)e->code : decide(rq, rs, id, act, e);
}

int post_import_accept(struct req *rq, struct resp *rs, struct err *e)
{
	return decide_one(rq, rs, IMPORT_ACT_ACCEPT, e);
}

int post_import_undo(struct req *rq, struct resp *rs, struct err *e)
{
	return decide_one(rq, rs, IMPORT_ACT_UNDO, e);
}

int post_import_reset(struct req *rq, struct resp *rs, struct err *e)
{
	return decide(rq, rs, 0, IMPORT_ACT_RESET, e);
}

int post_import_reject(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	struct actor who = req_actor(rq);
	struct db *db;
	int64_t id;

	if (rq->who.account_id && !*who.why)
		return err_set(e, ERR_INVALID, "give the reason for rejecting it as 'why'");
	if (req_number(rq, "import", &id, e) || req_db_write(rq, &db, e) ||
	    import_reject(db, id, &who, &report, e))
		return e->code;
	report_send(rq, rs, report);
	rs->status = 200;
	return OK;
}
