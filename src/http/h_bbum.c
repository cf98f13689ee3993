/* SPDX-License-Identifier: Apache-2.0 */
#include "http/handlers.h"
#include "orch/bbum_door.h"

static int bbum_open(struct req *rq, struct bbum_door *ret, struct err *e)
{
	*ret = (struct bbum_door){ .snap = catalog_current(rq->view),
				   .runner = rq->app->runner,
				   .image_dir = rq->app->image_dir };
	return req_db(rq, &ret->db, e);
}

int post_bbum_poll(struct req *rq, struct resp *rs, struct err *e)
{
	struct bbum_door d;

	rs->cache = CACHE_NEVER;
	if (bbum_open(rq, &d, e))
		return e->code;
	return bbum_poll(&d, str_c(&rq->body), rq->body.len, &rs->body, e);
}

int get_bbum_manifest(struct req *rq, struct resp *rs, struct err *e)
{
	const char *device = req_query(rq, "device");
	struct bbum_door d;

	if (!device)
		return err_set(e, ERR_INVALID, "the parameter 'device' is needed");
	if (bbum_open(rq, &d, e))
		return e->code;
	return bbum_manifest(&d, device, &rs->body, e);
}
