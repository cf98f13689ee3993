/* SPDX-License-Identifier: Apache-2.0 */
#include "core/images.h"
#include "http/handlers.h"
#include "orch/bbum_door.h"

static int bbum_open(struct req *rq, struct bbum_door *ret, struct err *e)
{
	*ret = (struct bbum_door){ .snap = catalog_current(rq->view),
				   .runner = rq->app->runner,
				   .image_dir = rq->app->image_dir,
				   .peer = conf_bool(rq->app->conf, "bbum_check_address") ? rq->peer : NULL,
				   .poll_ms = conf_ms(rq->app->conf, "bbum_poll_active") };
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

/* Archives of Building Blocks are in the same folder, but have their turn and their addresses. */
int get_bbum_image(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	char path[IMAGE_PATH_MAX];

	if (image_path(rq->app->image_dir, rq->arg[0], path, NULL, e))
		return e->code;
	if (!image_of_entry(s, rq->arg[0]))
		return err_set(e, ERR_NOT_FOUND, "no entry of the catalogue has the image %.64s", rq->arg[0]);
	return get_image(rq, rs, e);
}

/* A Building Block whose turn it is not asks again; how soon is told. */
#define PACKAGE_WAIT_S "5"

/* Its name is its hash: the strongest validator there is. */
int get_bbum_package(struct req *rq, struct resp *rs, struct err *e)
{
	const char *device = req_query(rq, "device");
	struct bbum_door d;

	if (!device)
		return err_set(e, ERR_INVALID, "the parameter 'device' is needed");
	if (bbum_open(rq, &d, e))
		return e->code;
	if (bbum_package(&d, device, rq->arg[0], rs->file, e)) {
		rs->file[0] = 0;
		if (e->code == ERR_CM_TURN)
			resp_header(rs, "Retry-After", PACKAGE_WAIT_S);
		return e->code;
	}
	rs->type = "application/octet-stream";
	str_copyn(rs->etag, sizeof rs->etag, rq->arg[0], 40);
	return OK;
}
