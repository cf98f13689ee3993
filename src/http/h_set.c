/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of releases (core/release_set.h). */
#include <stdio.h>

#include "core/release_set.h"
#include "core/station_plan.h"
#include "http/handlers.h"

int get_sets(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct db *db;
	int64_t limit;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    sets_json(db, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int post_set(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *body = NULL;
	const struct snapshot *s;
	struct release_ctx c;
	struct actor actor;
	char where[SET_NAME_MAX + 16];
	const char *name;
	int64_t id;

	if (json_parse(str_c(&rq->body), rq->body.len, &body, e) || req_newest(rq, &s, e) ||
	    req_release_ctx(rq, true, &actor, &c, e) || set_add(&c, s, body, &id, e))
		return (int)e->code;
	name = json_text(json_get(body, "name"));
	if (set_json(c.db, name, &rs->body, e))
		return (int)e->code;
	snprintf(where, sizeof where, "/v1/sets/%s", name);
	resp_header(rs, "Location", where);
	rs->status = 201;
	return OK;
}

int get_set(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	if (req_db(rq, &db, e))
		return (int)e->code;
	return set_json(db, rq->arg[0], &rs->body, e);
}

int post_set_plan(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *body = NULL;
	const struct snapshot *s;
	struct release_ctx c;
	struct actor actor;

	if (json_parse(str_c(&rq->body), rq->body.len, &body, e) || req_newest(rq, &s, e) ||
	    req_release_ctx(rq, false, &actor, &c, e))
		return (int)e->code;
	return set_plan_json(&c, s, rq->arg[0], body, &rs->body, e);
}
