/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runner is told of a meter: a status as an update manager would give it, made from rows alone, so
 * that it is the same after a crash and on any node (orch/dcc_door.h says which). It is told again until the
 * walk moves.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/tz.h"
#include "core/meter.h"
#include "orch/dcc_p.h"
#include "orch/door_status.h"
#include "wire/bbum_message.h"

/* All that a status is made from. */
struct telling {
	struct dcc_round *r;
	struct walk w;
	struct store_meter m;
	bool has_job;
	struct store_meter_job j; /* of the walk's newest trigger */
};

/* ---- the command ---- */

static int job_add(struct telling *q, struct err *e)
{
	struct dcc_round *r = q->r;
	const struct walk *w = &q->w;
	const struct dcc_user *u = dcc_user_of_org(r->users, q->m.org_id);
	struct store_meter_job j = { .device_id = w->device_id,
				     .shard = q->m.shard,
				     .user_eui = u ? u->eui : 0,
				     .cycle_id = w->cycle_id,
				     .seq = w->trigger_seq,
				     .from_id = w->from_id,
				     .to_id = w->to_id,
				     .not_before = r->now,
				     .activate_at = -1,
				     .due_at = dcc_wait_until(r, METER_WAIT_GATHER),
				     .ended_at = -1,
				     .eui = q->m.eui },
			       other;
	char text[100];
	const struct dcc_word word = { .what = "job", .detail = text };
	bool busy;

	if (dcc_begin(r, e) || store_meter_job_open(r->db, w->device_id, &busy, &other, e))
		return (int)e->code;
	if (busy || !u) /* one of another walk: this one waits */
		return OK;
	str_copy(j.service, sizeof j.service, strcmp(q->m.class, "PPMID") ? "11.1" : "11.4");
	str_copy(j.state, sizeof j.state, meter_job_text[METER_JOB_READY]);
	snprintf(text, sizeof text, "made for walk %" PRId64, w->cycle_id);
	if (store_meter_job_add(r->db, &j, r->now, e) || dcc_say(r, j.device_id, j.id, &word, e))
		return (int)e->code;
	q->j = j;
	q->has_job = true;
	return OK;
}

static int command_do(struct telling *q, struct err *e)
{
	static const struct dcc_word word = { .what = "job", .detail = "the walk was cancelled" };
	const struct walk *w = &q->w;

	if (w->trigger_seq &&
	    store_meter_job_of_cycle(q->r->db, w->cycle_id, w->trigger_seq, &q->has_job, &q->j, e))
		return (int)e->code;
	if (w->command == BBUM_CMD_TRIGGER && !q->has_job)
		return job_add(q, e);
	if (w->command == BBUM_CMD_CANCEL && q->has_job && dcc_job_takes(&q->j, METER_EV_CANCEL))
		return dcc_job_event(q->r, &q->j, METER_EV_CANCEL, &word, e);
	return OK;
}

/* ---- the status ---- */

/* Can it be withdrawn no more? */
static bool is_update(const struct telling *q)
{
	enum meter_job is = meter_job_named(q->j.state);

	return q->w.cm == CM_UPDATE || is > METER_JOB_ASKED ||
	       (dcc_job_ppmid(&q->j) && is != METER_JOB_READY);
}

static void result_of(const struct telling *q, struct bbum_status *s)
{
	enum meter_job is = meter_job_named(q->j.state);

	s->state = BBUM_COMPLETED;
	s->result_cycle_id = q->w.cycle_id;
	s->result_seq = q->w.trigger_seq;
	/* Something else runs: the runner compares, and somebody must look (T42). */
	if (is == METER_JOB_PROVEN || is == METER_JOB_OTHER) {
		s->result = BBUM_RESULT_SUCCESS;
		return;
	}
	s->result = !strcmp(q->j.reason, "hash-differs") || !strcmp(q->j.reason, "image-bad")
			? BBUM_RESULT_VERIFY_FAILED
			: BBUM_RESULT_INSTALL_FAILED;
	str_copy(s->error, sizeof s->error, q->j.reason);
	snprintf(s->reason, sizeof s->reason, "%.40s%s%.47s%s", q->j.reason, *q->j.detail ? ": " : "",
		 q->j.detail, strlen(q->j.detail) > 47 ? "..." : ""); /* the story has all of it */
}

static int asked(struct telling *q, struct bbum_status *s, struct err *e)
{
	struct dcc_door *d = q->r->d;
	const struct meter_gate_ctx ctx = { .inventory_age = d->set.inventory_age,
					    .cycle_id = q->w.cycle_id };
	struct store_meter_job j;
	struct han_answer g;
	bool busy, open;

	if (meter_gate(q->r->db, q->r->snap, q->w.device_id, q->w.to_id, q->r->now, &ctx, &g, e) ||
	    store_meter_job_open(q->r->db, q->w.device_id, &busy, &j, e))
		return (int)e->code;
	open = g.gate == HAN_OPEN && !(busy && j.cycle_id != q->w.cycle_id);
	s->answer = open ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED;
	s->state = open ? BBUM_PENDING : BBUM_NORMAL;
	if (!open)
		snprintf(s->reason, sizeof s->reason, "%s %.60s",
			 g.gate == HAN_OPEN ? "not-now:han" : han_gate_text[g.gate],
			 g.gate == HAN_OPEN ? "another job of this device is not over" : g.text);
	/* A stale inventory is read by whoever needs it. */
	if (g.gate != HAN_STALE || *q->m.wish)
		return OK;
	return dcc_begin(q->r, e) ||
		       store_meter_wish(q->r->db, q->w.device_id, METER_WISH_INVENTORY, q->r->now, e)
		   ? (int)e->code
		   : OK;
}

static void triggered(const struct telling *q, struct bbum_status *s)
{
	s->answer = BBUM_ANSWER_ACCEPTED;
	if (!q->has_job)
		s->state = BBUM_PENDING; /* another job of the device is not over */
	else if (q->j.ended_at < 0)
		s->state = is_update(q) ? BBUM_UPDATE : BBUM_PENDING;
	else
		result_of(q, s);
}

static int state_of(struct telling *q, struct bbum_status *s, struct err *e)
{
	const struct walk *w = &q->w;
	bool open = q->has_job && q->j.ended_at < 0;

	s->cycle_id = w->cycle_id;
	s->seq = w->seq;
	switch (w->cm) {
	case CM_ASKED:
	case CM_REFUSED:
		return asked(q, s, e);
	case CM_PENDING:
	case CM_AGAIN:
	case CM_UPDATE:
		triggered(q, s);
		return OK;
	case CM_CANCELLING:
		s->answer = BBUM_ANSWER_ACCEPTED;
		if (open)
			s->state = is_update(q) ? BBUM_UPDATE : BBUM_PENDING;
		else if (q->has_job && meter_job_named(q->j.state) != METER_JOB_CANCELED)
			result_of(q, s);
		return OK;
	case CM_RESTARTING:
	case CM_NOT_RESTARTED:
		door_status_restarted(&q->w, s);
		return OK;
	case CM_FAILED:
		s->state = BBUM_COMPLETED;
		return OK;
	case CM_LEAVING:
		s->answer = BBUM_ANSWER_ACCEPTED;
		return OK;
	case CM_ENTRY:
		if (open)
			s->state = is_update(q) ? BBUM_UPDATE : BBUM_PENDING;
		return OK;
	case CM_STOPPED:
	case CM_NORMAL:
	case CM_ERROR:
	case CM_STATES:
		return OK;
	}
	return OK;
}

/* Is there anything to tell? What it runs is not known before it, or its inventory, said it. */
static bool may_tell(const struct telling *q)
{
	if (q->w.cm == CM_STOPPED || q->w.cm == CM_ERROR)
		return false;
	return q->w.cm != CM_ENTRY || *q->w.version;
}

static int tell_status(struct telling *q, struct err *e)
{
	struct report rep = { .device_id = q->w.device_id, .what = REPORT_STATUS };
	struct bbum_status *s = &rep.status;

	*s = door_status(q->r->snap, &q->w);
	if (state_of(q, s, e))
		return (int)e->code;
	bbum_status_mark(s, rep.mark);
	vec_push(&q->r->reports, rep);
	return OK;
}

int dcc_status(struct dcc_round *r, int64_t device_id, struct err *e)
{
	struct telling *q = mem_zalloc(sizeof *q);
	bool got;
	int rc;

	q->r = r;
	rc = store_walk_of_device(r->db, device_id, &got, &q->w, e);
	if (!rc && got && q->w.cycle_id && !strcmp(q->w.adapter, "dcc"))
		rc = store_meter_get(r->db, device_id, &got, &q->m, e);
	else
		got = false;
	if (!rc && got) {
		if (!r->snap)
			r->snap = catalog_current(r->d->view);
		rc = command_do(q, e);
		if (!rc && may_tell(q))
			rc = tell_status(q, e);
	}
	free(q);
	return rc;
}
