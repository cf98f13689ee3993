/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts of the DCC itself: delivery to hubs, quarantine, change of supplier, status and firmware of devices
 * (gb-metering 3.2, 6: 19-23). An alert is about a device, and often names the request that led to it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/meter.h"
#include "orch/dcc_p.h"

/* An alert about one meter, with its open job. */
struct about {
	const struct duis_message *m;
	uint64_t user;
	struct store_meter meter;
	bool got, has_job;
	struct store_meter_job j;
};

static int about_read(struct dcc_round *r, struct about *a, uint64_t eui, struct err *e)
{
	a->got = a->has_job = false;
	if (dcc_meter_of(r, eui, a->user, &a->got, &a->meter, e))
		return (int)e->code;
	if (!a->got) {
		atomic_fetch_add(&r->d->c_late, 1);
		return OK;
	}
	return store_meter_job_open(r->db, a->meter.device_id, &a->has_job, &a->j, e);
}

/* Moves the job when the alert is about its newest request, else it is recorded. */
static int about_event(struct dcc_round *r, struct about *a, bool mine, enum meter_event ev, const char *text,
		       struct err *e)
{
	char late[300];
	struct dcc_word word = { .way = "in",
				 .what = a->m->code,
				 .ref = a->m->has_of ? (int64_t)a->m->of.counter : 0,
				 .detail = text };

	if (a->has_job && mine)
		return dcc_job_event(r, &a->j, ev, &word, e);
	atomic_fetch_add(&r->d->c_late, 1);
	snprintf(late, sizeof late, "%.250s; nothing waits for it", text);
	word.detail = late;
	return dcc_say(r, a->meter.device_id, a->has_job ? a->j.id : 0, &word, e);
}

static bool of_dist(const struct about *a)
{
	return a->has_job && (!a->m->has_of || (int64_t)a->m->of.counter == a->j.dist_counter);
}

/* ---- delivery ---- */

static int delivery(struct dcc_round *r, struct about *a, struct err *e)
{
	const struct duis_message *m = a->m;
	char text[300];

	if (about_read(r, a, m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	snprintf(text, sizeof text, "the image was %s to the hub%s%.200s",
		 m->transfer_ok ? "delivered" : "not delivered", *m->detail ? ": " : "", m->detail);
	return about_event(r, a, of_dist(a), m->transfer_ok ? METER_EV_DELIVERED : METER_EV_NOT_DELIVERED,
			   text, e);
}

static int transfer(struct dcc_round *r, struct about *a, struct err *e)
{
	static const struct {
		enum meter_event ev;
		const char *says;
	} what[] = {
		[DUIS_TRANSFER_OK] = { METER_EV_DELIVERED, "the hub has the image" },
		[DUIS_TRANSFER_DISCARDED] = { METER_EV_NOT_DELIVERED, "the hub threw the image away" },
		[DUIS_TRANSFER_HARDWARE] = { METER_EV_HARDWARE, "the image does not fit the hardware" },
		[DUIS_TRANSFER_FAILED] = { METER_EV_NOT_DELIVERED, "the transfer to the device failed" },
	};

	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	return about_event(r, a, of_dist(a), what[a->m->transfer].ev, what[a->m->transfer].says, e);
}

static int distribution_failed(struct dcc_round *r, struct about *a, struct err *e)
{
	const struct duis_message *m = a->m;

	for (size_t i = 0; i < m->list[DUIS_LIST_INVALID].n; i++) {
		if (about_read(r, a, m->list[DUIS_LIST_INVALID].v[i], e))
			return (int)e->code;
		if (a->got &&
		    about_event(r, a, of_dist(a), METER_EV_NOT_DELIVERED, "the distribution failed", e))
			return (int)e->code;
	}
	return OK;
}

/* ---- the rest ---- */

/* Anomaly detection holds requests of this user: nothing more is sent until people looked (no. 7). */
static int quarantined(struct dcc_round *r, struct about *a, struct err *e)
{
	const struct duis_message *m = a->m;
	int64_t counter = m->has_of ? (int64_t)m->of.counter : m->has_id ? (int64_t)m->id.counter : 0;
	uint64_t eui = m->about ? m->about : m->has_of ? m->of.target : 0;
	char why[300];

	snprintf(why, sizeof why, "%s: the DCC holds a request in quarantine%s%.200s", m->code,
		 *m->detail ? ": " : "", m->detail);
	if (a->user && dcc_learn_held(r, a->user, why, e))
		return (int)e->code;
	if (about_read(r, a, eui, e) || !a->got)
		return a->got ? (int)e->code : OK;
	return about_event(
	    r, a, a->has_job && (counter == a->j.dist_counter || counter == llabs(a->j.command_counter)),
	    METER_EV_HELD, why, e);
}

static int supplier_changed(struct dcc_round *r, struct about *a, struct err *e)
{
	char why[300];

	/* About a request of the change itself, without a device: nothing of ours. */
	if (!a->m->about)
		return OK;
	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	snprintf(why, sizeof why, "%s: the supplier of the device changed", a->m->code);
	return dcc_learn_lost(r, &a->meter, why, e);
}

/* It changed, and what it is now stands in the inventory alone: nothing is pushed before that is read. */
static int status_unsaid(struct dcc_round *r, struct about *a, struct err *e)
{
	struct dcc_word word = { .way = "in", .what = a->m->code };
	char text[160];

	snprintf(text, sizeof text, "its status changed: %.100s", a->m->detail);
	word.detail = text;
	if (dcc_say(r, a->meter.device_id, 0, &word, e) ||
	    store_meter_inventory_at(r->db, a->meter.site_id, 0, e))
		return (int)e->code;
	return *a->meter.wish ? OK
			      : store_meter_wish(r->db, a->meter.device_id, METER_WISH_INVENTORY, r->now, e);
}

static int status_changed(struct dcc_round *r, struct about *a, struct err *e)
{
	struct dcc_word word = { .way = "in", .what = a->m->code };
	char text[100];

	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	snprintf(text, sizeof text, "its status is %.24s now", a->m->status);
	word.detail = text;
	if (!*a->m->status)
		return status_unsaid(r, a, e);
	return meter_status_set(r->db, a->meter.device_id, a->m->status, r->now, e) ||
		       dcc_say(r, a->meter.device_id, 0, &word, e) || dcc_learn_han(r, a->meter.site_id, e)
		   ? (int)e->code
		   : OK;
}

static int hub_activated(struct dcc_round *r, struct about *a, struct err *e)
{
	struct dcc_word word = { .way = "in", .what = a->m->code };
	char text[100];

	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	snprintf(text, sizeof text, "the hub runs %08" PRIX32 " now", a->m->version);
	word.detail = text;
	return dcc_say(r, a->meter.device_id, 0, &word, e) ||
		       dcc_learn_version(r, &a->meter, a->m->version, 0, e) ||
		       dcc_learn_han(r, a->meter.site_id, e)
		   ? (int)e->code
		   : OK;
}

/* What the inventory says and what the device says differ: it is asked. */
static int mismatch(struct dcc_round *r, struct about *a, struct err *e)
{
	struct dcc_word word = { .way = "in", .what = a->m->code };
	char text[160];

	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	snprintf(text, sizeof text, "the inventory says %08" PRIX32 ", the device %08" PRIX32,
		 a->m->version_inventory, a->m->version);
	word.detail = text;
	if (dcc_say(r, a->meter.device_id, a->has_job ? a->j.id : 0, &word, e))
		return (int)e->code;
	return *a->meter.wish ? OK : store_meter_wish(r->db, a->meter.device_id, METER_WISH_READ, r->now, e);
}

/* The command did not get to the device, or its answer did not get back: nobody knows. */
static int command_failed(struct dcc_round *r, struct about *a, struct err *e)
{
	const struct duis_message *m = a->m;
	const struct duis_id *id = m->has_of ? &m->of : &m->id;

	if (about_read(r, a, m->about ? m->about : id->target, e) || !a->got)
		return a->got ? (int)e->code : OK;
	return about_event(r, a, a->has_job && (int64_t)id->counter == a->j.command_counter,
			   METER_EV_ANSWER_LOST, "the DCC says that the command failed", e);
}

static int ppmid_upgraded(struct dcc_round *r, struct about *a, struct err *e)
{
	if (about_read(r, a, a->m->about, e) || !a->got)
		return a->got ? (int)e->code : OK;
	return about_event(r, a, a->has_job && dcc_job_ppmid(&a->j),
			   a->m->transfer_ok ? METER_EV_DONE : METER_EV_NOT_ACTIVATED,
			   a->m->transfer_ok ? "the device activated its firmware"
					     : "the device could not activate its firmware",
			   e);
}

int dcc_alert_read(struct dcc_round *r, const struct duis_message *m, uint64_t user, struct err *e)
{
	static int (*const handlers[DUIS_PAYLOADS])(struct dcc_round *, struct about *, struct err *) = {
		[DUIS_DELIVERY] = delivery,
		[DUIS_DISTRIBUTION_FAILED] = distribution_failed,
		[DUIS_TRANSFER] = transfer,
		[DUIS_QUARANTINED] = quarantined,
		[DUIS_VERSION_MISMATCH] = mismatch,
		[DUIS_SUPPLIER_CHANGED] = supplier_changed,
		[DUIS_STATUS_CHANGED] = status_changed,
		[DUIS_HUB_ACTIVATED] = hub_activated,
		[DUIS_COMMAND_FAILED] = command_failed,
		[DUIS_PPMID_UPGRADED] = ppmid_upgraded,
	};
	struct about *a;
	int rc;

	if (!handlers[m->payload])
		return OK; /* about something else */
	a = mem_zalloc(sizeof *a);
	a->m = m;
	a->user = user ? user : m->has_of ? m->of.originator : 0;
	rc = handlers[m->payload](r, a, e);
	free(a);
	return rc;
}
