/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: written, looked at, decided; and what an edit would do. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/proposal.h"
#include "http/handlers.h"
#include "import/feed.h"
#include "orch/clerk.h"
#include "orch/runner.h"

int req_edit(struct req *rq, bool writes, struct problems *problems, struct edit *ret, struct err *e)
{
	struct edit x = { .who = &rq->who,
			  .now = rq->now,
			  .cooling_ms = conf_ms(rq->app->conf, "proposal_cooling"),
			  .problems = problems };

	if ((writes ? req_db_write(rq, &x.db, e) : req_db(rq, &x.db, e)) || req_newest(rq, &x.snap, e))
		return e->code;
	*ret = x;
	return OK;
}

void req_catalogue_changed(const struct req *rq)
{
	struct err e;

	if (catalog_refresh(rq->app->catalog, &e))
		log_event(rq->app->log, LOG_WARN, "catalogue-refresh", "error", e.msg, NULL);
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	clerk_wake(rq->app->clerk);
}

static void problems_free(struct problems *p)
{
	free(p);
}
DEFINE_OWN(struct problems, problems_free)

static void tell_problems(struct resp *rs, const struct problems *p)
{
	struct jw w;

	if (!p->total)
		return;
	str_clear(&rs->errors);
	w = jw_start(&rs->errors);
	problems_json(p, &w);
}

/* The answer to whatever made or changed one: as it is now. */
static int send_proposal(struct resp *rs, const struct edit *x, int64_t id, struct err *e)
{
	int64_t version;

	rs->cache = CACHE_NEVER;
	if (proposal_json(x, id, &rs->body, e) || proposal_version(x, id, &version, e))
		return e->code;
	proposal_etag(id, version, rs->etag);
	return OK;
}

int get_proposals(struct req *rq, struct resp *rs, struct err *e)
{
	struct proposal_filter f = { .state = req_query(rq, "state") };
	struct edit x;
	int64_t next;

	rs->cache = CACHE_NEVER;
	if (req_query_bool(rq, "mine", false, &f.mine, e) || page_limit(rq, &f.limit, e) ||
	    page_number(rq, &f.before, e) || req_edit(rq, false, NULL, &x, e) ||
	    proposal_list_json(&x, &f, &rs->body, &next, e))
		return e->code;
	page_number_links(rs, rq, next);
	return OK;
}

int post_proposal(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	int64_t id, revision;
	struct edit x;
	char text[48];
	int tries = 0;

	do {
		memset(problems, 0, sizeof *problems);
		if (req_edit(rq, true, problems, &x, e))
			return e->code;
		revision = x.snap->revision;
		e->code = OK;
		if (!proposal_add(&x, str_c(&rq->body), rq->body.len, &id, e)) {
			snprintf(text, sizeof text, "/v1/proposals/%" PRId64, id);
			resp_header(rs, "Location", text);
			rs->status = 201;
			return send_proposal(rs, &x, id, e);
		}
	} while (req_again(rq, revision, &tries, e));
	tell_problems(rs, problems);
	return e->code;
}

int get_proposal(struct req *rq, struct resp *rs, struct err *e)
{
	struct edit x;
	int64_t id;

	if (req_number(rq, "proposal", &id, e) || req_edit(rq, false, NULL, &x, e))
		return e->code;
	return send_proposal(rs, &x, id, e);
}

int get_proposal_impact(struct req *rq, struct resp *rs, struct err *e)
{
	struct edit x;
	int64_t id;
	int rc;

	rs->cache = CACHE_NEVER;
	if (req_number(rq, "proposal", &id, e) || req_impact_enter(rq, rs, e))
		return e->code;
	rc = req_edit(rq, false, NULL, &x, e) || proposal_impact_json(&x, id, &rs->body, e) ? (int)e->code
											    : OK;
	req_impact_leave(rq);
	return rc;
}

/* The version that If-Match names; ERR_STALE when it is not the one that stands. */
static int matched(struct req *rq, const struct edit *x, int64_t id, int64_t *ret_version, struct err *e)
{
	char etag[PROPOSAL_ETAG_MAX];

	if (proposal_version(x, id, ret_version, e))
		return e->code;
	return req_match(rq, proposal_etag(id, *ret_version, etag), e);
}

int put_proposal(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	int64_t id, version, revision;
	struct edit x;
	int tries = 0;

	if (req_number(rq, "proposal", &id, e))
		return e->code;
	do {
		memset(problems, 0, sizeof *problems);
		if (req_edit(rq, true, problems, &x, e) || matched(rq, &x, id, &version, e))
			return e->code;
		revision = x.snap->revision;
		if (!proposal_change(&x, id, version, str_c(&rq->body), rq->body.len, e))
			return send_proposal(rs, &x, id, e);
	} while (req_again(rq, revision, &tries, e));
	tell_problems(rs, problems);
	return e->code;
}

/* What whoever decides sends. */
struct decision {
	char hash[80], reason[PROPOSAL_REASON_MAX + 1];
};
static const struct json_field approve_fields[] = {
	{ "hash", FIELD_TEXT, offsetof(struct decision, hash), true, 0, 80 },
	{ "reason", FIELD_TEXT, offsetof(struct decision, reason), false, 0, PROPOSAL_REASON_MAX + 1 },
	{ .name = NULL },
};
static const struct json_field reason_fields[] = {
	{ "reason", FIELD_TEXT, offsetof(struct decision, reason), true, 0, PROPOSAL_REASON_MAX + 1 },
	{ .name = NULL },
};

int post_proposal_approve(struct req *rq, struct resp *rs, struct err *e)
{
	struct decision d = { .hash = "" };
	int64_t id, version, revision, made = 0;
	struct edit x;
	int tries = 0;

	if (req_number(rq, "proposal", &id, e) || req_json(rq, approve_fields, &d, e))
		return e->code;
	do {
		if (req_edit(rq, true, NULL, &x, e) || matched(rq, &x, id, &version, e))
			return e->code;
		revision = x.snap->revision;
		if (!proposal_approve(&x, id, version, d.hash, d.reason, &made, e)) {
			if (made)
				req_catalogue_changed(rq);
			else
				clerk_wake(rq->app->clerk);
			return send_proposal(rs, &x, id, e);
		}
	} while (req_again(rq, revision, &tries, e));
	return e->code;
}

static int end_proposal(struct req *rq, struct resp *rs, enum proposal_end how, struct err *e)
{
	struct decision d = { .reason = "" };
	int64_t id, version;
	struct edit x;

	if (req_number(rq, "proposal", &id, e) || req_json(rq, reason_fields, &d, e) ||
	    req_edit(rq, true, NULL, &x, e) || matched(rq, &x, id, &version, e) ||
	    proposal_end(&x, id, version, how, d.reason, e))
		return e->code;
	return send_proposal(rs, &x, id, e);
}

int post_proposal_return(struct req *rq, struct resp *rs, struct err *e)
{
	return end_proposal(rq, rs, PROPOSAL_END_RETURN, e);
}

int post_proposal_reject(struct req *rq, struct resp *rs, struct err *e)
{
	return end_proposal(rq, rs, PROPOSAL_END_REJECT, e);
}

int post_proposal_withdraw(struct req *rq, struct resp *rs, struct err *e)
{
	return end_proposal(rq, rs, PROPOSAL_END_WITHDRAW, e);
}

/* ---- what would be ---- */

struct file_ask {
	const struct edit *x;
	struct str *out;
};

static int whatif_rows(const struct statement_file *rows, void *ctx, struct err *e)
{
	struct file_ask *ask = ctx;

	return whatif_file_json(ask->x, rows, ask->out, e);
}

int post_whatif(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	struct feed_input in = { .bytes = str_c(&rq->body), .len = rq->body.len };
	struct edit x;
	struct file_ask ask = { &x, &rs->body };
	int rc;

	rs->cache = CACHE_NEVER;
	if (req_impact_enter(rq, rs, e))
		return e->code;
	rc = req_edit(rq, false, problems, &x, e);
	if (!rc)
		rc = strcmp(rq->type, "application/json")
			 ? feed_statement_rows(&in, whatif_rows, &ask, e)
			 : whatif_json(&x, str_c(&rq->body), rq->body.len, &rs->body, e);
	req_impact_leave(rq);
	if (rc)
		tell_problems(rs, problems);
	return rc;
}

int post_whatif_rule(struct req *rq, struct resp *rs, struct err *e)
{
	struct edit x;

	rs->cache = CACHE_NEVER;
	if (req_edit(rq, false, NULL, &x, e))
		return e->code;
	return whatif_rule_json(&x, str_c(&rq->body), rq->body.len, &rs->body, e);
}
