/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned of meters besides their jobs, and who then looks again. */
#include <stdio.h>
#include <string.h>

#include "core/meter.h"
#include "orch/dcc_p.h"
#include "store/store_turn.h"

#define WALKS_MAX 64

int dcc_learn_han(struct dcc_round *r, int64_t site_id, struct err *e)
{
	struct store_meter v[HAN_DEVICES_MAX * 2];
	size_t n = 0;

	if (dcc_begin(r, e) || store_turn_again(r->db, site_id, r->now, e) ||
	    store_turn_wake(r->db, site_id, 0, r->now, e) ||
	    store_meter_han(r->db, site_id, sizeof v / sizeof *v, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n && i < sizeof v / sizeof *v; i++)
		dcc_touch(r, v[i].device_id);
	return OK;
}

int dcc_learn_version(struct dcc_round *r, const struct store_meter *m, uint32_t version, int64_t hint,
		      struct err *e)
{
	int64_t entry;

	if (dcc_begin(r, e) ||
	    meter_version_apply(r->db, r->snap, m->device_id, version, hint, r->now, &entry, e))
		return (int)e->code;
	dcc_touch(r, m->device_id);
	return entry == m->entry_id ? OK : dcc_learn_han(r, m->site_id, e);
}

int dcc_learn_inventory(struct dcc_round *r, const struct store_meter *m, const struct duis_message *msg,
			struct err *e)
{
	const struct meter_inventory in = { m->device_id, msg->device, msg->ndevices, r->now };
	struct meter_learned learned;

	if (dcc_begin(r, e) || meter_inventory_apply(r->db, r->snap, &in, &learned, e))
		return (int)e->code;
	/* Who waited for a fresh inventory goes on, whatever it said. */
	return dcc_learn_han(r, m->site_id, e);
}

int dcc_learn_lost(struct dcc_round *r, const struct store_meter *m, const char *why, struct err *e)
{
	const struct dcc_word word = { .way = "in", .what = "authority", .detail = why };
	struct store_meter_job j;
	bool got;

	if (dcc_begin(r, e) || meter_authority_lose(r->db, m->device_id, why, r->now, e) ||
	    store_meter_job_open(r->db, m->device_id, &got, &j, e))
		return (int)e->code;
	dcc_touch(r, m->device_id);
	return got ? dcc_job_event(r, &j, METER_EV_AUTHORITY_LOST, &word, e)
		   : dcc_say(r, m->device_id, 0, &word, e);
}

int dcc_learn_quarantine(struct dcc_round *r, int64_t device_id, const char *why, struct err *e)
{
	if (dcc_begin(r, e) || meter_quarantine(r->db, device_id, why, r->now, e))
		return (int)e->code;
	atomic_fetch_add(&r->d->c_quarantined, 1);
	dcc_touch(r, device_id);
	return OK;
}

int dcc_learn_held(struct dcc_round *r, uint64_t user, const char *why, struct err *e)
{
	return dcc_begin(r, e) || dcc_user_hold(r->db, user, why, r->now, e) ? (int)e->code : OK;
}
