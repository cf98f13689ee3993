/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clerk's jobs that are functions of core: one row each. Jobs that need a higher floor (feeds) are in a
 * table of the program's.
 */
#include "core/callout.h"
#include "orch/clerk.h"

static int webhooks_open(struct clerk_ctx *c, void **ret_own, struct err *e)
{
	static const struct conf_key defaults[] = { CLERK_CONF_KEYS,
						    { "public_url", CONF_TEXT, "", 0, 0, "" },
						    { .name = NULL } };
	OWN(conf_free) struct conf *none = c->conf ? NULL : conf_new(defaults);
	struct webhook_settings set = webhook_settings_from(c->conf ? c->conf : none);

	(void)e;
	if (!c->conf)
		set.source = "";
	*ret_own = webhook_sender_new(c->rules, &set);
	return OK;
}

static void webhooks_close(void *own)
{
	webhook_sender_free(own);
}

/* What is new in the chain, then what is to be sent. */
static int webhooks_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	bool more;

	if (webhook_queue(c->db, now, &more, e) ||
	    webhook_sender_turn(c->own, c->db, c->rnd, now, ret_next, e))
		return (int)e->code;
	if (more)
		*ret_next = now;
	return OK;
}

static int callouts_job(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	return callouts_escalate(c->db, now, ret_next, e);
}

/* clang-format off */
const struct clerk_job clerk_jobs[] = {
	/* name, lane, run, open, close */
	{ "webhooks", CLERK_QUICK, webhooks_run, webhooks_open, webhooks_close },
	{ "callout-escalate", CLERK_QUICK, callouts_job, NULL, NULL },
	{ .name = NULL },
};
/* clang-format on */
