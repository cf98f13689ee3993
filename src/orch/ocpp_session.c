/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: at most one CALL is out, the others wait as bits of what is wanted, so that nothing is
 * asked twice and nothing has to be kept. Calls of both sides may cross.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/ocpp_p.h"

const char *const ask_text[ASKS + 1] = {
	[ASK_JOB] = "firmware",
	[ASK_COMPONENTS] = "components",
	[ASK_VERSION] = "version",
	[ASK_REPORT] = "report",
	[ASK_BOOT] = "boot",
	[ASK_STATUS] = "status",
	[ASK_PUBLISH] = "publish",
	[ASK_UNPUBLISH] = "unpublish",
	[ASK_PUBLISH_STATUS] = "publish-status",
	[ASK_LOG] = "log",
	[ASK_RESET] = "reset",
};

void session_want(struct round *r, struct session *s, enum ask a)
{
	round_talk(r, s)->wants |= 1u << a;
}

static int station_of(struct round *r, const struct session *s, struct store_station *st, struct err *e)
{
	bool got;

	if (store_station_of_site(r->db, s->site_id, &got, st, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "station %s was removed", s->identity);
}

/* ---- begin and end ---- */

int session_open(struct round *r, struct session *s, struct err *e)
{
	struct talk *t = round_talk(r, s);
	struct store_station st;
	bool got;

	if (s->replaced)
		return OK;
	if (round_begin(r, e) || store_station_of_site(r->db, s->site_id, &got, &st, e))
		return (int)e->code;
	if (!got) { /* removed between handshake and now */
		s->replaced = true;
		round_close(r, s, 1008);
		return OK;
	}
	if (store_ocpp_connected(r->db, s->site_id, r->d->init.node, ocpp_version_text[s->v], s->connected_at,
				 e) ||
	    story_note(r, s->site_id, 0, e, "connected", "%s from %s", ocpp_version_text[s->v], s->peer))
		return (int)e->code;
	/* A station that booted before need not do so again (2.0.1 part 4, 5.3). */
	t->registered = st.boots > 0;
	t->discover_at = t->registered ? r->mono + DISCOVER_MS : -1;
	t->quiet_until = r->mono + DISCOVER_MS;
	round_touch(r, s->site_id);
	return t->registered ? work_open(r, s, OCPP_EV_BACK, e) : OK;
}

/* Whatever was out is answered no more. */
static int call_lost(struct round *r, struct session *s, struct err *e)
{
	struct talk *t = round_talk(r, s);
	enum ask a = t->asking;
	struct store_job j;
	bool got;

	t->asking = ASK_NONE;
	if (a == ASK_NONE)
		return OK;
	if (a == ASK_JOB) {
		if (round_begin(r, e) || store_job_get(r->db, t->ask_job, &got, &j, e))
			return (int)e->code;
		return got && j.ended_at < 0 && !strcmp(j.state, ocpp_job_text[OCPP_JOB_ASKED])
			   ? work_event(r, s, &j, OCPP_EV_ANSWER_LOST, OCPP_STATUSES, NULL, e)
			   : OK;
	}
	if (a == ASK_PUBLISH || a == ASK_UNPUBLISH || a == ASK_LOG)
		return publish_answered(r, s, a, NULL, e);
	return OK;
}

int session_closed(struct round *r, struct session *s, const char *why, struct err *e)
{
	if (!s->seated)
		return OK;
	if (round_begin(r, e) || call_lost(r, s, e) ||
	    store_ocpp_left(r->db, s->site_id, r->d->init.node, s->connected_at, why && *why ? why : "closed",
			    r->now, e) ||
	    story_note(r, s->site_id, 0, e, "disconnected", "%s", why && *why ? why : "closed"))
		return (int)e->code;
	round_touch(r, s->site_id);
	return OK;
}

int session_tick(struct round *r, struct session *s, struct err *e)
{
	struct talk *t = &s->t;
	enum ask a = t->asking;

	if (a != ASK_NONE && r->mono >= t->ask_until) {
		t = round_talk(r, s);
		if (round_begin(r, e) ||
		    story_note(r, s->site_id, t->ask_job, e, "timeout", "%s was not answered in time",
			       t->ask_action) ||
		    call_lost(r, s, e))
			return (int)e->code;
		if (a <= ASK_BOOT && a != ASK_JOB && version_failed(r, s, a, "", e))
			return (int)e->code;
	}
	if (t->discover_at >= 0 && r->mono >= t->discover_at) {
		struct store_station st;

		t = round_talk(r, s);
		t->discover_at = -1;
		if (round_begin(r, e) || station_of(r, s, &st, e))
			return (int)e->code;
		if (st.version_at < s->connected_at)
			session_discover(r, s, &st);
	}
	return t->wants && t->asking == ASK_NONE ? session_pump(r, s, e) : OK;
}

void session_discover(struct round *r, struct session *s, const struct store_station *st)
{
	struct talk *t = round_talk(r, s);

	t->reading = true;
	t->said = false;
	t->discover_at = -1;
	t->offset = 0;
	t->wants |= 1u << (st->components != 0 ? ASK_COMPONENTS : ASK_VERSION);
}

/* ---- calls ---- */

static int next_id(struct round *r, struct session *s, int64_t *ret, struct err *e)
{
	struct talk *t = round_talk(r, s);

	if (t->msg_next >= t->msg_end) {
		if (store_ocpp_message_ids(r->db, s->site_id, MESSAGE_BLOCK, &t->msg_next, e))
			return (int)e->code;
		t->msg_end = t->msg_next + MESSAGE_BLOCK;
	}
	*ret = t->msg_next++;
	return OK;
}

int session_call(struct round *r, struct session *s, enum ask a, const char *action,
		 const struct str *payload, int64_t job_id, struct err *e)
{
	struct talk *t = round_talk(r, s);
	STR(text, OCPP_TEXT_MAX + 256);
	char id[24];

	if (next_id(r, s, &t->ask_id, e))
		return (int)e->code;
	snprintf(id, sizeof id, "%" PRId64, t->ask_id);
	ocpp_put_call(&text, id, action, str_c(payload));
	if (text.over)
		return err_set(e, ERR_TOO_LARGE, "%s to station %s is too long", action, s->identity);
	if (story_payload(r, s, job_id, action, id, payload, e))
		return (int)e->code;
	t->asking = a;
	t->ask_job = job_id;
	t->ask_until = r->mono + r->d->set.call_timeout;
	str_copy(t->ask_action, sizeof t->ask_action, action);
	atomic_fetch_add(&r->d->c_calls, 1);
	round_say(r, s, &text);
	return OK;
}

/* Asks that need no more than the version. *ret_sent false: this version has no such message. */
static int plain_ask(struct round *r, struct session *s, enum ask a, bool *ret_sent, struct err *e)
{
	struct talk *t = round_talk(r, s);
	STR(payload, OCPP_TEXT_MAX);
	const char *action = NULL;
	int64_t request = 0;
	int rc = OK;

	if ((a == ASK_COMPONENTS || a == ASK_REPORT) && store_ocpp_request_id(r->db, s->site_id, &request, e))
		return (int)e->code;
	if (a == ASK_COMPONENTS) {
		rc = ocpp_components_put(s->v, request, t->offset > 0 ? t->offset : -1, -1, NULL, &action,
					 &payload, e);
	} else if (a == ASK_VERSION) {
		rc = ocpp_version_put(s->v, &action, &payload);
	} else if (a == ASK_REPORT) {
		t->ask_request = request;
		rc = ocpp_report_put(s->v, request, &action, &payload);
	} else {
		t->boot_asked = true;
		rc = ocpp_trigger_put(s->v, OCPP_IN_BOOT, false, &action, &payload);
	}
	*ret_sent = !rc;
	return rc ? OK : session_call(r, s, a, action, &payload, 0, e);
}

/* 1.6 with the security whitepaper has its own trigger for signed firmware. */
static int status_ask(struct round *r, struct session *s, enum ask a, bool *ret_sent, struct err *e)
{
	enum ocpp_in what = a == ASK_STATUS ? OCPP_IN_FIRMWARE : OCPP_IN_PUBLISH;
	STR(payload, OCPP_TEXT_MAX);
	const char *action = NULL;
	struct store_job j;
	bool got;

	if (store_job_open(r->db, s->site_id, a == ASK_STATUS ? JOB_KIND_UPDATE : JOB_KIND_PUBLISH, &got, &j,
			   e))
		return (int)e->code;
	*ret_sent = got && !ocpp_trigger_put(s->v, what,
					     s->v == OCPP_16 && !strcmp(j.message, "SignedUpdateFirmware"),
					     &action, &payload);
	return *ret_sent ? session_call(r, s, a, action, &payload, j.id, e) : OK;
}

static int reset_ask(struct round *r, struct session *s, bool *ret_sent, struct err *e)
{
	STR(payload, KIB);
	const char *action = NULL;

	ocpp_reset_put(s->v, true, &action, &payload);
	*ret_sent = true;
	return session_call(r, s, ASK_RESET, action, &payload, 0, e);
}

static int ask_one(struct round *r, struct session *s, enum ask a, bool *ret_sent, struct err *e)
{
	if (a == ASK_JOB)
		return send_job(r, s, ret_sent, e);
	if (a == ASK_STATUS || a == ASK_PUBLISH_STATUS)
		return status_ask(r, s, a, ret_sent, e);
	if (a == ASK_PUBLISH || a == ASK_UNPUBLISH || a == ASK_LOG)
		return publish_send(r, s, a, ret_sent, e);
	return a == ASK_RESET ? reset_ask(r, s, ret_sent, e) : plain_ask(r, s, a, ret_sent, e);
}

/* What is asked next, if nothing is out. Nothing is asked of a station that was refused (B03.FR.03), nor of
 * one that just connected and may be about to boot. */
int session_pump(struct round *r, struct session *s, struct err *e)
{
	struct talk *t = &s->t;
	bool sent = false;

	if (!s->seated || s->replaced || !t->registered || t->rejected || r->mono < t->quiet_until)
		return OK;
	for (int a = 0; a < ASKS && t->asking == ASK_NONE; a++) {
		if (!(t->wants & 1u << a) || (a == ASK_JOB && !send_pace_left(r)))
			continue;
		round_talk(r, s)->wants &= ~(1u << a);
		sent = false;
		if (round_begin(r, e) || ask_one(r, s, (enum ask)a, &sent, e))
			return (int)e->code;
		if (!sent && a <= ASK_BOOT && a != ASK_JOB &&
		    version_failed(r, s, (enum ask)a, "NotSupported", e))
			return (int)e->code;
	}
	return OK;
}

/* ---- answers ---- */

static int plain_answer(struct round *r, struct session *s, enum ask a, const struct ocpp_frame *f,
			const struct ocpp_reply *reply, struct err *e)
{
	if (a == ASK_COMPONENTS)
		return reply->error ? version_failed(r, s, a, reply->code, e)
				    : version_components(r, s, f, e);
	if (a == ASK_VERSION)
		return reply->error ? version_failed(r, s, a, reply->code, e) : version_values(r, s, f, e);
	/* Accepted: what was asked for comes as a message of its own, or came already. */
	if ((a == ASK_REPORT || a == ASK_BOOT) && (reply->error || strcmp(reply->status, "Accepted") != 0))
		return version_failed(r, s, a, reply->error ? reply->code : reply->status, e);
	return OK;
}

int session_answer(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e)
{
	struct talk *t = round_talk(r, s);
	struct ocpp_reply reply = { .error = false };
	enum ask a = t->asking;
	char id[24];
	struct err bad;

	snprintf(id, sizeof id, "%" PRId64, t->ask_id);
	if (a == ASK_NONE || strcmp(id, f->id) != 0) { /* too late, or never asked */
		atomic_fetch_add(&r->d->c_late, 1);
		return OK;
	}
	t->asking = ASK_NONE;
	if (round_begin(r, e) ||
	    (f->kind == OCPP_ERROR ? story_note(r, s->site_id, t->ask_job, e, t->ask_action,
						"answered with the error %s: %s", f->code, f->text)
				   : story_json(r, s, t->ask_job, "in", t->ask_action, f->id, f->payload, e)))
		return (int)e->code;
	if (ocpp_reply_read(s->v, t->ask_action, f, &reply, &bad)) {
		/* It answered something that is no answer: as if it had refused. */
		atomic_fetch_add(&r->d->c_bad, 1);
		reply = (struct ocpp_reply){ .error = true };
		str_copy(reply.code, sizeof reply.code, "FormatViolation");
		str_copy(reply.detail, sizeof reply.detail, bad.msg);
	}
	if (a == ASK_JOB                                             ? send_answered(r, s, &reply, e)
	    : a == ASK_PUBLISH || a == ASK_UNPUBLISH || a == ASK_LOG ? publish_answered(r, s, a, &reply, e)
								     : plain_answer(r, s, a, f, &reply, e))
		return (int)e->code;
	return session_pump(r, s, e);
}
