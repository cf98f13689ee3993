/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the DCC posts, as far as the thread that brings it carries it: read, judged, handed to the door's next
 * round, kept. Nothing is believed that the DCC did not sign, and a document is bound to us and to this time:
 * whoever recorded one cannot make anything move with it later, or at somebody else (T20).
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "orch/dcc_p.h"

static void count(atomic_int_fast64_t *c)
{
	atomic_fetch_add_explicit(c, 1, memory_order_relaxed);
}

/* ---- the same document again ---- */

/* One that was kept and comes again byte for byte (the DCC repeats what it got no 204 for) needs no reading
 * and no round. Forgotten ones are read again; then the rows tell that nothing moves. */
static uint8_t *remembered(struct dcc_door *d, const uint8_t mark[SHA256_LEN])
{
	return d->in.kept[(mark[0] << 8 | mark[1]) % DCC_REMEMBERED];
}

static bool is_remembered(struct dcc_door *d, const uint8_t mark[SHA256_LEN])
{
	bool same;

	pthread_mutex_lock(&d->lock);
	same = !memcmp(remembered(d, mark), mark, DCC_MARK_LEN);
	pthread_mutex_unlock(&d->lock);
	return same;
}

static void remember(struct dcc_door *d, const uint8_t mark[SHA256_LEN])
{
	pthread_mutex_lock(&d->lock);
	memcpy(remembered(d, mark), mark, DCC_MARK_LEN);
	pthread_mutex_unlock(&d->lock);
}

/* ---- judging ---- */

static int signature_check(enum duis_signed s, struct err *e)
{
	switch (s) {
	case DUIS_GOOD:
		return OK;
	case DUIS_UNSIGNED:
		return err_set(e, ERR_SIGNATURE,
			       "the document is not signed; only answers to requests may be");
	case DUIS_STRANGER:
		return err_set(e, ERR_SIGNATURE,
			       "the document is signed by a certificate that is not one of the DCC's");
	case DUIS_BAD:
	default:
		return err_set(e, ERR_SIGNATURE,
			       "the document is not signed as the DCC signs, or its signature does not hold");
	}
}

/* Responses echo the RequestID of the user that asked; alerts name whom they are for. */
static int for_us_check(const struct dcc_users *u, const struct duis_message *m, struct err *e)
{
	char eui[DUIS_EUI_SIZE];
	uint64_t to;

	if (m->kind == DUIS_REQUEST)
		return err_set(e, ERR_INVALID,
			       "the document is a request; responses and alerts are taken here");
	if (m->kind == DUIS_RESPONSE && !m->has_id)
		return err_set(e, ERR_INVALID, "the response does not say which RequestID it answers");
	if (m->kind != DUIS_RESPONSE && !m->has_response_id)
		return err_set(e, ERR_INVALID, "the alert has no ResponseID");
	to = m->has_id ? m->id.originator : m->response_id.target;
	if (!dcc_user_eui(u, to))
		return err_set(e, ERR_INVALID, "the document is for %s, which is no user of the DCC here",
			       duis_eui_text(to, eui));
	if (m->has_id && m->has_response_id && m->response_id.target != to)
		return err_set(e, ERR_INVALID,
			       "RequestID and ResponseID of the document are of different users");
	return OK;
}

static int age_check(int64_t at, int64_t now, int64_t age, struct err *e)
{
	char text[TIME_TEXT];

	if (at >= now - age && at <= now + age)
		return OK;
	return err_set(e, ERR_INVALID, "the document is of %s: too far from now to be taken",
		       at < 0 ? "no time" : time_text(at, text));
}

/* A wrong certificate makes all of them wrong: one line in so many ms, and how many there were. */
#define REFUSALS_SAID_MS 10000
static void log_refusal(struct dcc_door *d, const struct err *e)
{
	int_fast64_t due = atomic_load(&d->in.refusal_due), now = clock_mono(d->init.clock);
	char unsaid[24];

	if (!d->init.log)
		return;
	if (now < due || !atomic_compare_exchange_strong(&d->in.refusal_due, &due, now + REFUSALS_SAID_MS)) {
		count(&d->in.refusals_unsaid);
		return;
	}
	snprintf(unsaid, sizeof unsaid, "%lld", (long long)atomic_exchange(&d->in.refusals_unsaid, 0));
	log_event(d->init.log, LOG_WARN, "dcc-refused", "code", err_info(e->code)->code, "error", e->msg,
		  "unsaid", unsaid, NULL);
}

/* Reads and judges; every refusal is counted once. */
static int judge(struct dcc_door *d, const struct dcc_users *u, const char *body, size_t len,
		 struct duis_message *m, struct err *e)
{
	int64_t now = clock_wall(d->init.clock);
	struct duis_trust trust = { u->cert, u->ncerts, now };
	enum duis_signed sign;

	if (duis_read(body, len, &trust, m, &sign, e)) {
		count(e->code == ERR_TOO_LARGE ? &d->c_refused_large : &d->c_refused_bad);
		return (int)e->code;
	}
	if (signature_check(sign, e)) {
		count(&d->c_refused_signature);
		return (int)e->code;
	}
	if (for_us_check(u, m, e)) {
		count(&d->c_refused_bad);
		return (int)e->code;
	}
	if (age_check(m->at, now, d->set.message_age, e)) {
		count(&d->c_refused_replay);
		return (int)e->code;
	}
	return OK;
}

/* ---- taking ---- */

static void message_free(struct duis_message *m)
{
	duis_message_done(m);
	free(m);
}
DEFINE_OWN(struct duis_message, message_free)

/* Nobody else makes rounds: tests. */
static int put_alone(struct dcc_door *d, struct duis_message *m, struct err *e)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);

	l->kind = DCC_LETTER_MESSAGE;
	l->message = m;
	if (dcc_queue_post(d, l))
		return dcc_door_round(d, 0, e);
	dcc_letter_free(l);
	return err_set(e, ERR_BUSY, "too many messages of the DCC wait; send it again");
}

static int take(struct dcc_door *d, const struct dcc_users *u, const char *body, size_t len, struct err *e)
{
	OWN(message_free) struct duis_message *m = mem_zalloc(sizeof *m);

	if (judge(d, u, body, len, m, e)) {
		log_refusal(d, e);
		return (int)e->code;
	}
	return d->init.send && !d->running ? put_alone(d, MOVE(m), e) : dcc_queue_put(d, MOVE(m), e);
}

int dcc_door_take(struct dcc_door *d, const char *body, size_t len, struct err *e)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	uint8_t mark[SHA256_LEN];
	int rc;

	if (len > DUIS_MAX) {
		count(&d->c_refused_large);
		return err_set(e, ERR_TOO_LARGE, "the document is larger than %zu bytes", DUIS_MAX);
	}
	sha256_of(body, len, mark);
	if (is_remembered(d, mark)) {
		count(&d->c_doubled);
		return OK;
	}
	if (atomic_fetch_add(&d->in.taking, 1) >= DCC_TAKING_MAX) {
		atomic_fetch_sub(&d->in.taking, 1);
		return err_set(e, ERR_BUSY, "%d messages of the DCC wait already; send it again",
			       DCC_TAKING_MAX);
	}
	u = dcc_door_users(d);
	rc = take(d, u, body, len, e);
	atomic_fetch_sub(&d->in.taking, 1);
	if (!rc)
		remember(d, mark);
	return rc;
}
