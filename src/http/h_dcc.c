/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the DCC posts asynchronous responses and alerts. Everybody may knock, whoever comes from elsewhere
 * than dcc_from is sent away before a byte of the body is read, and nothing is believed that the DCC did not
 * sign (orch/dcc_in.c).
 */
#include "http/handlers.h"
#include "http/worker.h"
#include "orch/dcc_door.h"
#include "wire/duis.h"

#define AGAIN_S 2 /* the DCC says again what was not kept */

static int body_read(struct req *rq, struct str *body, struct err *e)
{
	char buf[16 * KIB];
	size_t got;

	do {
		if (req_read(rq, buf, sizeof buf, &got, e))
			return (int)e->code;
		str_addn(body, buf, got);
	} while (got);
	return OK;
}

int post_dcc_message(struct req *rq, struct resp *rs, struct err *e)
{
	STR(body, DUIS_MAX);

	rs->cache = CACHE_NEVER;
	if (!networks_hold(&rq->worker->door->dcc_from, rq->peer))
		return err_set(e, ERR_DENIED,
			       "messages of the DCC are not taken from %.64s (setting dcc_from)", rq->peer);
	if (!rq->app->meters) {
		resp_retry_after(rs, AGAIN_S);
		return err_set(e, ERR_UNAVAILABLE, "meters are not driven by this service");
	}
	if (body_read(rq, &body, e))
		return (int)e->code;
	switch (dcc_door_take(rq->app->meters, str_c(&body), body.len, e)) {
	case OK:
		rs->status = 204;
		return OK;
	case ERR_INVALID:
	case ERR_SIGNATURE:
		e->code = ERR_DCC_MESSAGE;
		return (int)e->code;
	case ERR_TOO_LARGE:
		return (int)e->code;
	default: /* whatever it was, it was not kept: a refusal would lose it */
		resp_retry_after(rs, AGAIN_S);
		if (err_info(e->code)->http != 503)
			e->code = ERR_UNAVAILABLE;
		return (int)e->code;
	}
}
