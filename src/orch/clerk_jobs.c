/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clerk's jobs that are functions of core: one row each. Jobs that need a higher floor (feeds) are in a
 * table of the program's.
 */
#include "core/callout.h"
#include "core/proposal.h"
#include "orch/clerk.h"

#include "core/proof.h"

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

static int heads_open(struct clerk_ctx *c, void **ret_own, struct err *e)
{
	struct head_export *x = NULL;

	if (!c->conf || !conf_text(c->conf, "head_export")[0])
		return OK; /* nothing to do, and nothing to keep */
	if (head_export_new(conf_text(c->conf, "head_export"), conf_ms(c->conf, "head_every"),
			    conf_text(c->conf, "public_url"), conf_text(c->conf, "signing_key"), &x, e))
		return err_wrap(e, "head_export");
	*ret_own = x;
	return OK;
}

static void heads_close(void *own)
{
	head_export_free(own);
}

static int heads_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	return c->own ? head_export_turn(c->own, c->db, now, ret_next, e) : OK;
}

/* What was approved with a date, when the date has come. */
static int proposals_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	struct err ignored;
	int done;

	if (proposals_due(c->db, now, ret_next, &done, e))
		return (int)e->code;
	if (done && c->catalog && catalog_refresh(c->catalog, &ignored))
		*ret_next = now; /* readers see it within a second all the same */
	return OK;
}

static int blocks_run(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	return blocks_overdue(c->db, now, ret_next, e);
}

/* clang-format off */
const struct clerk_job clerk_jobs[] = {
	/* name, lane, run, open, close */
	{ "webhooks", CLERK_QUICK, webhooks_run, webhooks_open, webhooks_close },
	{ "callout-escalate", CLERK_QUICK, callouts_job, NULL, NULL },
	{ "heads", CLERK_QUICK, heads_run, heads_open, heads_close },
	{ .name = "proposals", .lane = CLERK_QUICK, .run = proposals_run },
	{ .name = "blocks", .lane = CLERK_QUICK, .run = blocks_run },
	{ .name = NULL },
};
/* clang-format on */
