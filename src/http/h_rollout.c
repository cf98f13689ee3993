/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "core/rollout.h"
#include "http/handlers.h"
#include "orch/runner.h"

static int find(struct req *rq, struct db *db, struct scope scope, int64_t *ret, struct err *e)
{
	return rollout_find(db, scope, rq->arg[0], ret, e);
}

static void wake(const struct req *rq)
{
	if (rq->app->runner)
		runner_wake(rq->app->runner);
}

int get_rollouts(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    rollouts_json(db, scope, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int post_rollout(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct site_settings set = cm_settings_from(rq->app->conf);
	struct cm_tools tools = { rq->app->vcs, &set };
	struct scope scope;
	char place[64];
	struct db *db;
	int64_t id;

	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e))
		return (int)e->code;
	if (rollout_create(db, scope, &who, &tools, str_c(&rq->body), rq->body.len, &id, e) ||
	    rollout_json(db, id, &rs->body, e))
		return (int)e->code;
	wake(rq);
	snprintf(place, sizeof place, "/v1/rollouts/%" PRId64, id);
	resp_header(rs, "Location", place);
	rs->status = 201;
	return OK;
}

int get_rollout(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;
	int64_t id;

	return req_scope(rq, &scope, e) || req_db(rq, &db, e) || find(rq, db, scope, &id, e) ||
		       rollout_json(db, id, &rs->body, e)
		   ? (int)e->code
		   : OK;
}

int get_rollout_vehicles(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t id, limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    find(rq, db, scope, &id, e) ||
	    rollout_vehicles_json(db, id, req_query(rq, "phase"), req_query(rq, "cursor"), limit, &rs->body,
				  e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

static int steer(struct req *rq, struct resp *rs, enum rollout_deed deed, struct err *e)
{
	struct actor who = req_actor(rq);
	struct scope scope;
	struct db *db;
	int64_t id;

	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e) || find(rq, db, scope, &id, e) ||
	    rollout_do(db, id, &who, deed, e) || rollout_json(db, id, &rs->body, e))
		return (int)e->code;
	wake(rq);
	return OK;
}

int post_rollout_pause(struct req *rq, struct resp *rs, struct err *e)
{
	return steer(rq, rs, ROLLOUT_PAUSE, e);
}

int post_rollout_resume(struct req *rq, struct resp *rs, struct err *e)
{
	return steer(rq, rs, ROLLOUT_RESUME, e);
}

int post_rollout_stop(struct req *rq, struct resp *rs, struct err *e)
{
	return steer(rq, rs, ROLLOUT_STOP, e);
}
