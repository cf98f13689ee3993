/* SPDX-License-Identifier: Apache-2.0 */
/* What stations send: one message in, its rows, one answer. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "orch/ocpp_p.h"

static int station_of(struct round *r, const struct session *s, struct store_station *st, struct err *e)
{
	bool got;

	if (round_begin(r, e) || store_station_of_site(r->db, s->site_id, &got, st, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "station %s was removed", s->identity);
}

/* ---- BootNotification ---- */

static bool differs(const char *known, const char *said)
{
	return *known && *said && strcmp(known, said) != 0;
}

static int boot_row(struct round *r, struct session *s, const struct store_station *st,
		    const struct ocpp_boot *b, struct err *e)
{
	struct store_boot row = { b->vendor, b->model, b->serial, b->iccid, b->imsi, b->firmware, b->reason };
	char why[280];

	/* Another make under the same identity: what is known of it does not count for this one. What was
	 * registered stays in the row, so that somebody can compare. */
	if (differs(st->vendor, b->vendor) || differs(st->model, b->model)) {
		snprintf(why, sizeof why, "other hardware: %.50s %.50s is registered, %.50s %.50s came",
			 st->vendor, st->model, b->vendor, b->model);
		row.vendor = st->vendor;
		row.model = st->model;
		if (!*st->quarantine && station_quarantine(r->db, s->site_id, why, r->now, e))
			return (int)e->code;
	}
	return store_ocpp_boot(r->db, s->site_id, &row, r->now, e);
}

/* A restart that was asked for by a trigger is none. */
static int boot_event(struct round *r, struct session *s, const struct ocpp_boot *b, bool asked,
		      struct err *e)
{
	if (asked)
		return OK;
	return work_open(r, s, !strcmp(b->reason, "FirmwareUpdate") ? OCPP_EV_BOOT_UPDATE : OCPP_EV_BOOT, e);
}

int in_boot(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct talk *t = round_talk(r, s);
	bool asked = t->boot_asked;
	struct store_station st;
	struct ocpp_boot b;

	if (ocpp_boot_read(s->v, c->f->payload, &b, &c->code, &c->why))
		return OK;
	c->code = NULL;
	if (station_of(r, s, &st, e) || boot_row(r, s, &st, &b, e) ||
	    story_json(r, s, 0, "in", c->f->action, c->f->id, c->f->payload, e))
		return (int)e->code;
	t->boot_asked = false;
	t->registered = t->booted = true;
	t->rejected = false;
	c->answer.registration = "Accepted";
	/* A little chance keeps a fleet from beating in step. */
	c->answer.interval_s = r->d->set.heartbeat / 1000;
	c->answer.interval_s += (int64_t)rnd_below(&r->d->init.rnd, (uint64_t)c->answer.interval_s / 10 + 1);
	round_touch(r, s->site_id);
	if (boot_event(r, s, &b, asked, e) || station_of(r, s, &st, e))
		return (int)e->code;
	if (asked) {
		t->reading = true;
		return *b.firmware ? version_said(r, s, STATION_BOOT, b.firmware, "BootNotification", e)
				   : version_next(r, s, ASK_BOOT, e);
	}
	session_discover(r, s, &st);
	/* What it says here counts at once; components know better. */
	return *b.firmware && st.components != 1
		   ? version_said(r, s, STATION_BOOT, b.firmware, "BootNotification", e)
		   : OK;
}

/* ---- transactions, reservations, connectors ---- */

int in_transaction(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct ocpp_transaction tx;
	char ref[40];

	if (ocpp_transaction_read(s->v, c->f, &tx, &c->code, &c->why))
		return OK;
	c->code = NULL;
	c->answer.authorize = r->d->set.authorize;
	if (round_begin(r, e))
		return (int)e->code;
	str_copy(ref, sizeof ref, tx.id);
	if (tx.what == OCPP_TX_BEGAN && !*ref) { /* 1.6: we give the number; it stays unique per station */
		if (store_ocpp_request_id(r->db, s->site_id, &c->answer.transaction_id, e))
			return (int)e->code;
		snprintf(ref, sizeof ref, "%" PRId64, c->answer.transaction_id);
	}
	round_touch(r, s->site_id);
	if (tx.what == OCPP_TX_ENDED)
		return store_busy_end(r->db, s->site_id, "transaction", ref, e) ||
			       story_json(r, s, 0, "in", c->f->action, c->f->id, c->f->payload, e)
			   ? (int)e->code
			   : OK;
	/* One that goes on was begun while nobody listened. */
	if (store_busy_add(r->db, s->site_id, "transaction", ref, tx.evse, -1, r->now, e))
		return (int)e->code;
	return tx.what == OCPP_TX_BEGAN ? story_json(r, s, 0, "in", c->f->action, c->f->id, c->f->payload, e)
					: OK;
}

/* A connector that is free has no transaction whose end got lost, and no reservation; Unavailable during an
 * update is no fault (L01.FR.06). */
int in_status(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct ocpp_connector at;
	struct store_station st;
	char ref[40];

	if (ocpp_connector_read(s->v, c->f->payload, &at, &c->code, &c->why))
		return OK;
	c->code = NULL;
	if (at.evse <= 0)
		return OK;
	if (!strcmp(at.status, "Reserved")) {
		snprintf(ref, sizeof ref, "connector %" PRId64, at.evse);
		round_touch(r, s->site_id);
		return round_begin(r, e)
			   ? (int)e->code
			   : store_busy_add(r->db, s->site_id, "reservation", ref, at.evse, -1, r->now, e);
	}
	if (strcmp(at.status, "Available") != 0)
		return OK;
	/* Read first: most of these change nothing, and then nothing is written. */
	{
		bool got;

		if (store_station_of_site(r->db, s->site_id, &got, &st, e))
			return (int)e->code;
		if (!got || (st.transactions == 0 && st.reservations == 0))
			return OK;
	}
	round_touch(r, s->site_id);
	return round_begin(r, e) || store_busy_free(r->db, s->site_id, "transaction", at.evse, e)
		   ? (int)e->code
		   : store_busy_free(r->db, s->site_id, "reservation", at.evse, e);
}

int in_reservation(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct ocpp_reservation is;
	char ref[40];

	if (ocpp_reservation_read(s->v, c->f->payload, &is, &c->code, &c->why))
		return OK;
	c->code = NULL;
	/* Expired, Removed: it bars nothing any more. */
	snprintf(ref, sizeof ref, "%" PRId64, is.id);
	round_touch(r, s->site_id);
	return round_begin(r, e) ? (int)e->code : store_busy_end(r->db, s->site_id, "reservation", ref, e);
}

/* ---- one CALL ---- */

static int known(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	switch (c->in) {
	case OCPP_IN_BOOT:
		return in_boot(r, s, c, e);
	case OCPP_IN_FIRMWARE:
	case OCPP_IN_COMPONENT:
	case OCPP_IN_PUBLISH:
	case OCPP_IN_SECURITY:
	case OCPP_IN_LOG:
		return in_notice(r, s, c, e);
	case OCPP_IN_REPORT:
		return in_report(r, s, c, e);
	case OCPP_IN_TRANSACTION:
		return in_transaction(r, s, c, e);
	case OCPP_IN_STATUS:
		return in_status(r, s, c, e);
	case OCPP_IN_RESERVATION:
		return in_reservation(r, s, c, e);
	case OCPP_IN_OTHER:
		c->code = ocpp_refusal(s->v, c->f->action);
		err_set(&c->why, ERR_INVALID, "%.50s is not answered here", c->f->action);
		return OK;
	case OCPP_IN_AUTHORIZE:
		c->answer.authorize = r->d->set.authorize;
		return OK;
	case OCPP_IN_HEARTBEAT:
	case OCPP_IN_METER:
	case OCPP_IN_EVENT:
	case OCPP_IN_DATA:
	case OCPP_IN_SIGN_CERTIFICATE:
	case OCPP_INS:
		return OK;
	}
	return OK;
}

static int call(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e)
{
	struct incoming c = { .f = f,
			      .in = ocpp_in_of(s->v, f),
			      .answer = { .now = r->now, .interval_s = r->d->set.heartbeat / 1000 } };
	STR(text, OCPP_TEXT_MAX + 256);
	STR(payload, OCPP_TEXT_MAX);

	if (!s->t.registered && c.in != OCPP_IN_BOOT) {
		c.code = "SecurityError";
		err_set(&c.why, ERR_INVALID, "send BootNotification first");
	} else if (!ocpp_call_check(s->v, f, &c.code, &c.why)) {
		c.code = NULL;
		if (s->t.quiet_until) /* it booted, or speaks of something else and so did not restart */
			round_talk(r, s)->quiet_until = 0;
		if (known(r, s, &c, e))
			return (int)e->code;
	}
	if (f->kind == OCPP_SEND) /* is never answered */
		return OK;
	if (c.code) {
		atomic_fetch_add(&r->d->c_bad, 1);
		ocpp_put_error(s->v, &text, f->id, c.code, c.why.msg);
	} else {
		ocpp_answer(s->v, c.in, f, &c.answer, &payload);
		ocpp_put_result(&text, f->id, str_c(&payload));
	}
	round_say(r, s, &text);
	return OK;
}

int in_text(struct round *r, struct session *s, const char *text, size_t len, struct err *e)
{
	OWN(ocpp_frame_done) struct ocpp_frame f = { .json = NULL };
	STR(reply, 4 * KIB);
	struct err bad;

	if (ocpp_read(s->v, text, len, &f, &reply, &bad)) {
		atomic_fetch_add(&r->d->c_bad, 1);
		if (reply.len)
			round_say(r, s, &reply);
		return OK;
	}
	switch (f.kind) {
	case OCPP_CALL:
	case OCPP_SEND:
		return call(r, s, &f, e) ? (int)e->code : session_pump(r, s, e);
	case OCPP_RESULT:
	case OCPP_ERROR:
		return session_answer(r, s, &f, e);
	case OCPP_RESULT_ERROR: /* it did not like an answer of ours (2.1) */
		return round_begin(r, e)
			   ? (int)e->code
			   : story_note(r, s->site_id, 0, e, "CALLRESULTERROR", "%s: %s", f.code, f.text);
	}
	return OK;
}
