/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicle Configurations (core/vc.h): what arrived, whether it may be used, and another way to send one. */
#include <inttypes.h>
#include <stdio.h>

#include "core/vc.h"
#include "http/handlers.h"

int req_vcs(struct req *rq, const struct vc_store **ret, struct err *e)
{
	*ret = rq->app->vcs;
	return *ret ? OK : err_set(e, ERR_CONFIG, "this service keeps no Vehicle Configurations");
}

/* Others write the inbox at any time, so whoever asks looks first. Numbers are given by the service itself,
 * not by whoever asks: the same rows come to be whoever looks first. */
int req_vcs_look(struct req *rq, struct db **ret, struct err *e)
{
	struct actor service = { "inbox", "", rq->now };
	const struct vc_store *vcs = rq->app->vcs;

	if (!vcs || !*vcs->inbox)
		return req_db(rq, ret, e);
	return req_db_write(rq, ret, e) || vc_scan(*ret, vcs, &service, NULL, e) ? (int)e->code : OK;
}

int get_vcs(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	bool gone;

	if (req_query_bool(rq, "gone", false, &gone, e) || req_vcs_look(rq, &db, e))
		return e->code;
	return vc_list_json(db, gone, &rs->body, e);
}

int get_vc(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	int64_t n;

	if (req_number(rq, "Vehicle Configuration", &n, e) || req_vcs_look(rq, &db, e))
		return e->code;
	return vc_get_json(db, n, &rs->body, e);
}

int post_vc_verify(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	const struct vc_store *vcs;
	struct db *db;
	int64_t n;
	bool good;

	if (req_number(rq, "Vehicle Configuration", &n, e) || req_vcs(rq, &vcs, e) ||
	    req_db_write(rq, &db, e) || vc_scan(db, vcs, &who, NULL, e) ||
	    vc_verify(db, vcs, &who, n, &good, e))
		return e->code;
	return vc_get_json(db, n, &rs->body, e);
}

static int take(struct req *rq, struct vc_put *put, struct err *e)
{
	char buf[16 * KIB];
	size_t got;

	do {
		if (req_read(rq, buf, sizeof buf, &got, e) || vc_put_write(put, buf, got, e))
			return e->code;
	} while (got);
	return OK;
}

int post_vc(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(vc_put_drop) struct vc_put *put = NULL;
	const char *name = req_query(rq, "name");
	struct actor who = req_actor(rq);
	const struct vc_store *vcs;
	struct db *db;
	char where[48];
	int64_t n;

	if (!name)
		return err_set(e, ERR_INVALID,
			       "the parameter 'name' is needed: what the Package is called in the inbox");
	if (req_vcs(rq, &vcs, e) || vc_put_begin(vcs, name, &put, e) || take(rq, put, e) ||
	    req_db_write(rq, &db, e) || vc_put_end(MOVE(put), db, &who, &n, e) ||
	    vc_get_json(db, n, &rs->body, e))
		return e->code;
	snprintf(where, sizeof where, "/v1/vcs/%" PRId64, n);
	resp_header(rs, "Location", where);
	rs->status = 201;
	return OK;
}
