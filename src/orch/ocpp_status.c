/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runner is told of a station's device: a status as an update manager would give it (ADR 0009 no.
 * 5), made from rows alone, so that it is the same after a crash and on any node. It is told again until the
 * walk moves.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/door_status.h"
#include "orch/ocpp_p.h"
#include "wire/bbum_message.h"

/* All that a status is made from. */
struct telling {
	struct round *r;
	struct walk w;
	struct store_station st;
	struct session *s; /* NULL: not connected here */
	bool has_job;
	struct store_job j; /* of the walk's newest trigger */
};

/* ---- the command ---- */

static int job_add(struct telling *q, struct err *e)
{
	struct walk *w = &q->w;
	struct store_job j = { .site_id = q->st.site_id,
			       .device_id = w->device_id,
			       .cycle_id = w->cycle_id,
			       .seq = w->trigger_seq,
			       .from_id = w->from_id,
			       .to_id = w->to_id,
			       .boots = q->st.boots,
			       .start_at = -1,
			       .due_at = -1 },
			 other;
	bool busy;

	if (round_begin(q->r, e) ||
	    store_job_open(q->r->db, q->st.site_id, JOB_KIND_UPDATE, &busy, &other, e))
		return (int)e->code;
	if (busy) /* one of another walk: this one waits */
		return OK;
	str_copy(j.kind, sizeof j.kind, JOB_KIND_UPDATE);
	str_copy(j.state, sizeof j.state, ocpp_job_text[OCPP_JOB_READY]);
	if (store_ocpp_request_id(q->r->db, q->st.site_id, &j.request_id, e) ||
	    store_job_add(q->r->db, &j, q->r->now, e) ||
	    story_note(q->r, q->st.site_id, j.id, e, "job", "made for walk %" PRId64 ", request %" PRId64,
		       w->cycle_id, j.request_id) ||
	    work_audit(q->r, &j, e))
		return (int)e->code;
	q->j = j;
	q->has_job = true;
	return OK;
}

/* Before it was sent a job can be taken back; after that only another request could (L01.FR.24). */
static int job_withdraw(struct telling *q, struct err *e)
{
	if (!q->has_job || strcmp(q->j.state, ocpp_job_text[OCPP_JOB_READY]) != 0)
		return OK;
	return work_event(q->r, q->s, &q->j, OCPP_EV_REPLACED, OCPP_STATUSES, NULL, e);
}

static int command_do(struct telling *q, struct err *e)
{
	struct walk *w = &q->w;

	if (w->trigger_seq &&
	    store_job_of_cycle(q->r->db, w->cycle_id, w->trigger_seq, &q->has_job, &q->j, e))
		return (int)e->code;
	if (w->command == BBUM_CMD_TRIGGER && !q->has_job && job_add(q, e))
		return (int)e->code;
	if (w->command == BBUM_CMD_CANCEL && job_withdraw(q, e))
		return (int)e->code;
	if (q->has_job && q->s && !strcmp(q->j.state, ocpp_job_text[OCPP_JOB_READY])) {
		session_want(q->r, q->s, ASK_JOB);
		if (session_pump(q->r, q->s, e) ||
		    store_job_of_cycle(q->r->db, w->cycle_id, w->trigger_seq, &q->has_job, &q->j, e))
			return (int)e->code;
	}
	return OK;
}

/* ---- the status ---- */

static bool counts_as_sent(const struct telling *q)
{
	return q->has_job && q->j.ended_at < 0;
}

static void result_of(const struct telling *q, struct bbum_status *s)
{
	enum ocpp_job is = ocpp_job_named(q->j.state);

	s->state = BBUM_COMPLETED;
	s->result_cycle_id = q->w.cycle_id;
	s->result_seq = q->w.trigger_seq;
	/* Something else runs: the runner compares, and somebody must look (T42). */
	if (is == OCPP_JOB_PROVEN || is == OCPP_JOB_OTHER) {
		s->result = BBUM_RESULT_SUCCESS;
		return;
	}
	s->result = !strcmp(q->j.reason, "invalid-signature") || !strcmp(q->j.reason, "verification-failed")
			? BBUM_RESULT_VERIFY_FAILED
			: BBUM_RESULT_INSTALL_FAILED;
	str_copy(s->error, sizeof s->error,
		 is == OCPP_JOB_SILENT     ? "silent"
		 : is == OCPP_JOB_CANCELED ? "canceled"
					   : q->j.reason);
	snprintf(s->reason, sizeof s->reason, "%.40s%s%.50s", q->j.reason, *q->j.detail ? ": " : "",
		 q->j.detail);
}

static int asked(struct telling *q, struct bbum_status *s, struct err *e)
{
	bool open;

	if (send_gate(q->r, &q->st, q->w.cycle_id, s->reason, &open, e))
		return (int)e->code;
	s->answer = open ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED;
	s->state = open ? BBUM_PENDING : BBUM_NORMAL;
	return OK;
}

static void triggered(const struct telling *q, struct bbum_status *s)
{
	s->answer = BBUM_ANSWER_ACCEPTED;
	if (!q->has_job)
		s->state = BBUM_PENDING; /* another job of the station is not over */
	else if (q->j.ended_at < 0)
		s->state = BBUM_UPDATE;
	else
		result_of(q, s);
}

static int state_of(struct telling *q, struct bbum_status *s, struct err *e)
{
	const struct walk *w = &q->w;

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
		if (counts_as_sent(q))
			s->state = BBUM_UPDATE;
		else if (q->has_job && ocpp_job_named(q->j.state) != OCPP_JOB_CANCELED)
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
		if (counts_as_sent(q))
			s->state = BBUM_UPDATE;
		return OK;
	case CM_STOPPED:
	case CM_NORMAL:
	case CM_ERROR:
	case CM_STATES:
		return OK;
	}
	return OK;
}

/* A station that was of one piece and consists of several now: the text of its BootNotification is the
 * version of the piece, as far as this walk goes. */
static void version_of(const struct telling *q, struct bbum_status *s)
{
	const struct walk *w = &q->w;

	if (!*w->version && q->has_job && ocpp_job_named(q->j.state) == OCPP_JOB_PROVEN &&
	    !strcmp(w->device, q->st.identity))
		str_copy(s->version, sizeof s->version, q->st.firmware);
}

/* Is there anything to tell? Before the station was asked once, nobody knows what it runs: the walk waits. */
static bool may_tell(const struct telling *q)
{
	if (q->w.cm == CM_STOPPED || q->w.cm == CM_ERROR)
		return false;
	return q->w.cm != CM_ENTRY || *q->w.version || (q->st.version_at >= 0 && !(q->s && q->s->t.reading));
}

static int tell_status(struct telling *q, struct err *e)
{
	struct report rep = { .device_id = q->w.device_id, .what = REPORT_STATUS };
	struct bbum_status *s = &rep.status;

	*s = door_status(q->r->snap, &q->w);
	version_of(q, s);
	if (state_of(q, s, e))
		return (int)e->code;
	bbum_status_mark(s, rep.mark);
	vec_push(&q->r->reports, rep);
	return OK;
}

int status_device(struct round *r, int64_t device_id, struct err *e)
{
	struct telling q = { .r = r };
	int64_t site;
	bool got;

	if (store_walk_of_device(r->db, device_id, &got, &q.w, e))
		return (int)e->code;
	if (!got || !q.w.cycle_id || strcmp(q.w.adapter, "ocpp") != 0)
		return OK;
	if (store_ocpp_site_of(r->db, device_id, &site, e) ||
	    store_station_of_site(r->db, site, &got, &q.st, e))
		return (int)e->code;
	if (!got)
		return OK;
	if (!r->snap)
		r->snap = catalog_current(r->d->view);
	q.s = round_session(r, site, q.st.identity);
	if (command_do(&q, e))
		return (int)e->code;
	return may_tell(&q) ? tell_status(&q, e) : OK;
}
