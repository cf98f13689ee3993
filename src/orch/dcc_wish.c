/* SPDX-License-Identifier: Apache-2.0 */
/* What people, gates and alerts ask of a meter besides its jobs: read the version, read the inventory, take
 * an activation back. One at a time, a row of the meter; asked again a few times, then let go. */
#include <stdio.h>
#include <string.h>

#include "orch/dcc_p.h"

#define WISHES_MAX 200

static int let_go(struct dcc_round *r, const struct store_meter *m, const char *why, struct err *e)
{
	char text[200];
	const struct dcc_word word = { .what = "wish", .detail = text };

	snprintf(text, sizeof text, "%s: %s", m->wish, why);
	return store_meter_wish_done(r->db, m->device_id, e) || dcc_say(r, m->device_id, 0, &word, e)
		   ? (int)e->code
		   : OK;
}

static int take_back(struct dcc_round *r, const struct store_meter *m, struct err *e)
{
	static const struct dcc_word word = { .what = "wish",
					      .detail = "a person takes the activation back" };
	struct store_meter_job j;
	bool got;

	if (store_meter_job_open(r->db, m->device_id, &got, &j, e))
		return (int)e->code;
	if (!got)
		return let_go(r, m, "nothing is under way", e);
	/* What cannot be taken back now is perhaps later. */
	if (!dcc_job_takes(&j, METER_EV_CANCEL))
		return strcmp(j.state, meter_job_text[METER_JOB_TAKING_BACK])
			   ? store_meter_wish_sent(r->db, m->device_id, 0, m->wish_tries, r->now + 60000, e)
			   : store_meter_wish_done(r->db, m->device_id, e);
	return store_meter_wish_done(r->db, m->device_id, e) ||
		       dcc_job_event(r, &j, METER_EV_CANCEL, &word, e)
		   ? (int)e->code
		   : OK;
}

/* A person said that authority is gone; the row says so already. */
static int lost(struct dcc_round *r, const struct store_meter *m, struct err *e)
{
	const struct dcc_word word = { .what = "authority", .detail = m->authority_why };
	struct store_meter_job j;
	bool got;

	if (store_meter_wish_done(r->db, m->device_id, e) ||
	    store_meter_job_open(r->db, m->device_id, &got, &j, e))
		return (int)e->code;
	dcc_touch(r, m->device_id);
	return got ? dcc_job_event(r, &j, METER_EV_AUTHORITY_LOST, &word, e) : OK;
}

static int ask(struct dcc_round *r, const struct store_meter *m, struct err *e)
{
	bool inventory = !strcmp(m->wish, METER_WISH_INVENTORY);
	const struct dcc_user *u = dcc_user_of_org(r->users, m->org_id);
	struct dcc_out out = { .sent = { .what = inventory ? DCC_FOR_INVENTORY : DCC_FOR_WISH_VERSION,
					 .device_id = m->device_id,
					 .target = m->eui },
			       .service = inventory ? DUIS_8_2 : DUIS_11_2,
			       .at = -1,
			       .eui = m->eui };
	int64_t counter;

	if (!u || !dcc_user_may_sign(u, r->now))
		return let_go(r, m, "nobody may speak for it (dcc_users)", e);
	if (m->wish_tries >= r->d->set.tries)
		return let_go(r, m, "nobody answered", e);
	out.sent.user = u->eui;
	return dcc_send(r, &out, "", &counter, e) ||
		       store_meter_wish_sent(
			   r->db, m->device_id, counter, m->wish_tries + 1,
			   dcc_wait_until(r, inventory ? METER_WAIT_ANSWER : METER_WAIT_VERSION), e)
		   ? (int)e->code
		   : OK;
}

int dcc_wishes(struct dcc_round *r, struct err *e)
{
	struct store_meter *v;
	size_t n = 0;
	int rc;

	if (!r->d->shards || !dcc_send_room(r))
		return OK;
	v = mem_array(WISHES_MAX, sizeof *v);
	rc = store_meter_wishes(r->db, r->d->init.node, r->now, WISHES_MAX, v, &n, e);
	/* Read again inside the transaction: a person may have asked for something else meanwhile. */
	if (n && !rc)
		rc = dcc_begin(r, e) ||
			     store_meter_wishes(r->db, r->d->init.node, r->now, WISHES_MAX, v, &n, e)
			 ? (int)e->code
			 : OK;
	for (size_t i = 0; i < n && !rc && dcc_send_room(r); i++) {
		if (!dcc_doing(r, DCC_DOING_WISH, v[i].device_id))
			continue;
		rc = !strcmp(v[i].wish, METER_WISH_CANCEL) ? take_back(r, &v[i], e)
		     : !strcmp(v[i].wish, METER_WISH_LOST) ? lost(r, &v[i], e)
							   : ask(r, &v[i], e);
	}
	if (!rc)
		r->doing = 0;
	r->more = r->more || (n == WISHES_MAX && dcc_send_room(r));
	free(v);
	return rc;
}
