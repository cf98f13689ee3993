/* SPDX-License-Identifier: Apache-2.0 */
/* Areas of charging stations (core/area.h). */
#include "core/area.h"
#include "http/handlers.h"

int get_areas(struct req *rq, struct resp *rs, struct err *e)
{
	const char *after = req_query(rq, "cursor");
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    areas_json(db, scope, after ? after : "", limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_area(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;

	return req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
		       area_json(db, scope, rq->arg[0], &rs->body, e)
		   ? (int)e->code
		   : OK;
}

int put_area(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = req_actor(rq);
	struct scope scope;
	struct db *db;

	if (json_parse(str_c(&rq->body), rq->body.len, &j, e) || req_scope_write(rq, &scope, e) ||
	    req_db_write(rq, &db, e) || area_set(db, scope, &who, rq->arg[0], j, e))
		return (int)e->code;
	return area_json(db, scope, rq->arg[0], &rs->body, e);
}
