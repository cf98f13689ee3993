/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distribution: jobs that are READY go into one 11.1 or 11.4 by user, entry and service, when there are
 * enough for a full one or the oldest has waited long enough. An entry stands for one hardware version, so an
 * image goes to fitting devices only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/dcc_p.h"

#define GROUPS 64
#define DUE_MAX 16
#define PAGE 1000
#define BAR_MS 60000

/* Why its jobs wait; NULL: they can be sent. */
static int what_bars(struct dcc_round *r, const struct store_ready *g, const char **ret_why, struct err *e)
{
	const struct dcc_user *u = dcc_user_eui(r->users, g->user_eui);
	struct store_dcc_user row;
	bool got;

	*ret_why = "no-dcc-user";
	if (!u || !(u->import_supplier || u->gas_supplier) || !dcc_user_may_sign(u, r->now))
		return OK;
	if (store_dcc_user_get(r->db, g->user_eui, &got, &row, e))
		return (int)e->code;
	*ret_why = "user-held";
	return !got || *row.held ? OK : dcc_image_ready(r, g, ret_why, e);
}

static void bar_say(struct dcc_round *r, const struct store_ready *g, const char *why)
{
	char jobs[24], user[DUIS_EUI_SIZE], entry[24];

	if (!r->d->init.log || r->mono < r->d->next_bar)
		return;
	r->d->next_bar = r->mono + BAR_MS;
	snprintf(jobs, sizeof jobs, "%" PRId64, g->jobs);
	snprintf(entry, sizeof entry, "%" PRId64, g->to_id);
	log_event(r->d->init.log, LOG_WARN, "dcc-waits", "reason", why, "user",
		  duis_eui_text(g->user_eui, user), "entry", entry, "jobs", jobs, NULL);
}

static int devices_of(struct dcc_round *r, const struct store_distribution *dist, struct dcc_out *out,
		      struct err *e)
{
	struct store_dist_job *v = mem_array(PAGE, sizeof *v);
	int64_t after = 0;
	size_t n = 0;
	int rc;

	out->device = mem_array((size_t)dist->devices, sizeof *out->device);
	do {
		rc = store_distribution_jobs(r->db, dist->id, after, PAGE, v, &n, e);
		for (size_t i = 0; i < n && !rc; i++) {
			after = v[i].id;
			if (out->service == DUIS_11_4) /* it can be withdrawn no more */
				dcc_touch(r, v[i].device_id);
			if (out->ndevices < (size_t)dist->devices)
				out->device[out->ndevices++] = v[i].eui;
		}
	} while (!rc && n == PAGE);
	free(v);
	return rc;
}

static int distribute(struct dcc_round *r, const struct store_ready *g, struct err *e)
{
	struct store_distribution dist = { .user_eui = g->user_eui,
					   .entry_id = g->to_id,
					   .devices = r->d->set.devices,
					   .due_at = dcc_wait_until(r, METER_WAIT_ANSWER) };
	struct dcc_out out = { .sent = { .what = DCC_FOR_DISTRIBUTION, .user = g->user_eui },
			       .service = strcmp(g->service, "11.4") ? DUIS_11_1 : DUIS_11_4,
			       .at = -1,
			       .entry_id = g->to_id };
	int64_t counter;

	str_copy(dist.service, sizeof dist.service, g->service);
	str_copy(dist.node, sizeof dist.node, r->d->init.node);
	/* The counter first: it stands in the rows. */
	if (store_dcc_user_counter(r->db, g->user_eui, r->now, &dist.counter, e) ||
	    store_distribution_take(r->db, &dist, r->now, e) ||
	    (dist.devices && dcc_guard_distribution(r, &dist, e)))
		return (int)e->code;
	if (!dist.devices)
		return OK;
	out.sent.dist_id = dist.id;
	out.sent.counter = (uint64_t)dist.counter;
	if (devices_of(r, &dist, &out, e)) {
		dcc_out_done(&out);
		return (int)e->code;
	}
	atomic_fetch_add(&r->d->c_distributions, 1);
	return dcc_send(r, &out, "", &counter, e);
}

int dcc_gather(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;
	struct store_ready v[GROUPS];
	size_t n = 0;
	const char *why;

	if (r->mono < d->next_gather || !d->shards || !dcc_send_room(r))
		return OK;
	if (store_meter_ready(r->db, d->init.node, r->now, GROUPS, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n && dcc_send_room(r); i++) {
		if (v[i].jobs < d->set.devices && v[i].due_at > r->now)
			continue;
		if (dcc_begin(r, e) || what_bars(r, &v[i], &why, e) || (!why && distribute(r, &v[i], e)))
			return (int)e->code;
		if (why) {
			bar_say(r, &v[i], why);
			continue;
		}
		/* One at a time: a full one is a long transaction. */
		r->more = r->more || n > 1 || v[i].jobs > d->set.devices;
		return OK;
	}
	r->gathered = true;
	return OK;
}

int dcc_gather_due(struct dcc_round *r, struct err *e)
{
	struct store_distribution v[DUE_MAX];
	size_t n = 0;
	bool first;

	if (store_distribution_due(r->db, r->now, DUE_MAX, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++) /* its jobs have watchdogs of their own */
		if (dcc_begin(r, e) || store_distribution_end(r->db, v[i].id, "lost", "",
							      "no answer came in time", r->now, &first, e))
			return (int)e->code;
	return OK;
}
