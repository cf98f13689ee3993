/* SPDX-License-Identifier: Apache-2.0 */
/* One round of the door: letters in, rows, texts and reports out. */
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "orch/ocpp_p.h"

#define FAILURES_MAX                                                                                         \
	20 /* rounds in a row; then the letters are dropped and their stations asked to come again */

/* ---- what handlers use ---- */

int round_begin(struct round *r, struct err *e)
{
	int64_t rev;

	if (r->begun)
		return OK;
	if (tx_begin(&r->tx, r->db, true, e))
		return (int)e->code;
	r->begun = true;
	if (ledger_head(r->db, &rev, e))
		return (int)e->code;
	r->snap = catalog_current(r->d->view);
	if (r->snap->revision == rev)
		return OK;
	if (catalog_refresh_now(r->d->init.catalog, e))
		return (int)e->code;
	r->snap = catalog_current(r->d->view);
	return r->snap->revision == rev ? OK : err_set(e, ERR_BUSY, "the catalogue moved on");
}

void round_touch(struct round *r, int64_t site_id)
{
	for (size_t i = 0; i < r->sites.n; i++)
		if (r->sites.v[i] == site_id)
			return;
	vec_push(&r->sites, site_id);
}

struct talk *round_talk(struct round *r, struct session *s)
{
	if (s->kept_round != r->d->round) {
		s->kept = s->t;
		s->kept_round = r->d->round;
		vec_push(&r->changed, s);
	}
	return &s->t;
}

void round_say(struct round *r, struct session *s, struct str *text)
{
	size_t len = text->len;

	vec_push(&r->outs, ((struct out){ s->id, str_take(text), len, 0 }));
}

void round_close(struct round *r, struct session *s, int code)
{
	vec_push(&r->outs, ((struct out){ s->id, NULL, 0, code }));
}

struct session *door_session(struct ocpp_door *d, const char *identity)
{
	return map_get(d->sessions, identity);
}

struct session *round_session(struct round *r, int64_t site_id, const char *identity)
{
	struct session *s = door_session(r->d, identity);

	return s && s->site_id == site_id ? s : NULL;
}

/* ---- letters ---- */

static void seat(struct round *r, struct session *s)
{
	struct ocpp_door *d = r->d;
	struct session *old;

	if (s->seated || s->replaced)
		return;
	old = map_del(d->sessions, s->identity);
	if (old) { /* the newest connection of an identity is the station */
		old->replaced = true;
		if (old->prev)
			old->prev->next = old->next;
		else
			d->first = old->next;
		if (old->next)
			old->next->prev = old->prev;
		old->prev = old->next = NULL;
		old->seated = false;
		atomic_fetch_sub(&d->c_stations, 1);
	}
	s->displaced = old ? old->id : 0;
	map_put(d->sessions, s->identity, s);
	s->next = d->first;
	if (d->first)
		d->first->prev = s;
	d->first = s;
	s->seated = true;
	s->connected_at = r->now > d->last_connect ? r->now : d->last_connect + 1;
	d->last_connect = s->connected_at;
	atomic_fetch_add(&d->c_stations, 1);
}

/* Memory forgets it after the commit. */
static void unseat(struct ocpp_door *d, struct session *s)
{
	if (!s->seated)
		return;
	map_del(d->sessions, s->identity);
	if (s->prev)
		s->prev->next = s->next;
	else
		d->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->seated = false;
	atomic_fetch_sub(&d->c_stations, 1);
}

static int letter_read(struct round *r, const struct letter *l, struct err *e)
{
	switch (l->kind) {
	case LETTER_OPEN:
		seat(r, l->s);
		if (l->s->displaced) /* also when this is read again after a round that was not kept */
			vec_push(&r->outs, ((struct out){ l->s->displaced, NULL, 0, 1000 }));
		return session_open(r, l->s, e);
	case LETTER_TEXT:
		if (l->s->replaced)
			return OK;
		atomic_fetch_add(&r->d->c_messages, 1);
		return in_text(r, l->s, l->text, l->len, e);
	case LETTER_CLOSED:
		vec_push(&r->gone, l->s);
		return l->s->replaced ? OK : session_closed(r, l->s, l->text, e);
	case LETTER_RING:
		vec_push(&r->devices, l->device_id);
		return OK;
	}
	return OK;
}

/* The first n letters are over. */
static void letters_done(struct ocpp_door *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct letter *l = &d->letters[i];

		if (l->kind == LETTER_TEXT) {
			atomic_fetch_sub(&l->s->waiting, 1);
			atomic_fetch_sub(&d->texts, 1);
			atomic_fetch_sub(&d->bytes, l->len);
		} else if (l->kind == LETTER_RING) {
			atomic_fetch_sub(&d->rings, 1);
		}
		free(l->text);
	}
	d->nletters -= n;
	d->alone -= n < d->alone ? n : d->alone;
	memmove(d->letters, d->letters + n, d->nletters * sizeof *d->letters);
}

/* ---- what is due ---- */

static int job_here(struct round *r, const struct store_job_here *j, struct err *e)
{
	struct store_station st;
	struct session *s;
	bool got;

	if (strcmp(j->state, ocpp_job_text[OCPP_JOB_READY]) != 0)
		return OK;
	if (store_station_of_site(r->db, j->site_id, &got, &st, e))
		return (int)e->code;
	s = got ? round_session(r, st.site_id, st.identity) : NULL;
	if (!s)
		return OK;
	session_want(r, s,
		     !strcmp(j->kind, JOB_KIND_UPDATE)      ? ASK_JOB
		     : !strcmp(j->kind, JOB_KIND_PUBLISH)   ? ASK_PUBLISH
		     : !strcmp(j->kind, JOB_KIND_UNPUBLISH) ? ASK_UNPUBLISH
							    : ASK_LOG);
	return session_pump(r, s, e);
}

/* All that stations connected here have to be sent. */
static int jobs_here(struct round *r, struct err *e)
{
	struct store_job_here v[64];
	int64_t after = 0, n = 0;

	do {
		if (store_jobs_here(r->db, r->d->init.node, after, 64, v, &n, e))
			return (int)e->code;
		for (int64_t i = 0; i < n; i++) {
			after = v[i].site_id;
			if (job_here(r, &v[i], e))
				return (int)e->code;
		}
	} while (n == 64);
	return OK;
}

/* Another node may have made a job for a station that is connected here. One that was kept after others with
 * higher ids is found by the sweep. */
static int jobs_new(struct round *r, struct err *e)
{
	struct store_job_here v[64];
	int64_t n = 0;

	do {
		if (store_jobs_new(r->db, r->d->init.node, r->jobs_after, 64, v, &n, e))
			return (int)e->code;
		for (int64_t i = 0; i < n; i++) {
			r->jobs_after = v[i].id;
			if (job_here(r, &v[i], e))
				return (int)e->code;
		}
	} while (n == 64);
	return OK;
}

/* A slice of all walks, so that none waits for a ring that got lost, and a gate that opened is seen. */
static int sweep(struct round *r, struct err *e)
{
	struct ocpp_door *d = r->d;
	int64_t site[SLICE], device[SLICE], n = 0;

	if (r->mono < d->next_sweep)
		return OK;
	if (store_ocpp_walks(r->db, d->sweep_after, SLICE, site, device, &n, e))
		return (int)e->code;
	for (int64_t i = 0; i < n; i++)
		vec_push(&r->devices, device[i]);
	if (n == SLICE) {
		d->sweep_after = site[n - 1] - 1; /* a site may have several walks */
		if (site[0] == site[n - 1])
			d->sweep_after++;
		return OK;
	}
	d->sweep_after = 0;
	d->next_sweep = r->mono + SWEEP_MS;
	return jobs_here(r, e) || publish_sweep(r, e) ? (int)e->code : OK;
}

/* This service is there, and those that were not seen for too long hold nothing any more. */
static int alive(struct round *r, struct err *e)
{
	struct ocpp_door *d = r->d;
	bool known;
	int64_t n;

	if (round_begin(r, e) || store_ocpp_service_seen(r->db, d->init.node, r->now, &known, e))
		return (int)e->code;
	for (struct session *s = known ? NULL : d->first; s; s = s->next)
		if (store_ocpp_kept(r->db, s->site_id, d->init.node, s->connected_at, e))
			return (int)e->code;
	if (store_ocpp_services_left(r->db, r->now - LEASE_MS, r->now, &n, e))
		return (int)e->code;
	return d->first ? store_ocpp_alive(r->db, d->init.node, r->now, e) : OK;
}

static int tick(struct round *r, struct err *e)
{
	struct ocpp_door *d = r->d;
	struct session *s, *next;
	int64_t n;

	if (hello_keys(d, e))
		return (int)e->code;
	for (s = d->first; s; s = next) {
		next = s->next;
		r->ticking = s;
		if (session_tick(r, s, e))
			return (int)e->code;
	}
	r->ticking = NULL;
	if (work_due(r, e) || wish_take(r, e) || jobs_new(r, e) || sweep(r, e))
		return (int)e->code;
	if (r->mono >= d->next_alive) {
		if (alive(r, e) || store_jobs_open(r->db, &n, e))
			return (int)e->code;
		atomic_store(&d->c_jobs, n);
		d->next_alive = r->mono + ALIVE_MS;
	}
	if (r->mono >= d->next_forget) {
		if (round_begin(r, e) || store_story_forget(r->db, r->now - STORY_DAYS * MS_PER_DAY, &n, e))
			return (int)e->code;
		d->next_forget = r->mono + (n >= 1000 ? 1000 : 3600000);
	}
	return OK;
}

/* ---- the end of a round ---- */

static int tell(struct round *r, struct err *e)
{
	for (size_t i = 0; i < r->sites.n; i++) {
		int64_t device[64], n = 0;

		/* Nobody waits for the end of a back-off when what it waited for has come. */
		if (r->begun && store_turn_again(r->db, r->sites.v[i], r->now, e))
			return (int)e->code;
		if (store_ocpp_site_walks(r->db, r->sites.v[i], 64, device, &n, e))
			return (int)e->code;
		for (int64_t k = 0; k < n; k++)
			vec_push(&r->devices, device[k]);
	}
	for (size_t i = 0; i < r->devices.n; i++) {
		bool again = false;

		for (size_t k = 0; k < i && i < 2000 && !again; k++)
			again = r->devices.v[k] == r->devices.v[i];
		if (!again && status_device(r, r->devices.v[i], e))
			return (int)e->code;
	}
	return OK;
}

static void wire_close(struct ocpp_door *d, ws_id id, int code, const char *why)
{
	if (d->init.wire)
		d->init.wire->close(d->init.wire->ctx, id, code, why);
	else
		ws_close(d->ws, id, code, why);
}

static void let_out(struct round *r)
{
	struct ocpp_door *d = r->d;

	for (size_t i = 0; i < r->outs.n; i++) {
		const struct out *o = &r->outs.v[i];

		if (!o->text)
			wire_close(d, o->id, o->code, "replaced");
		else if (d->init.wire)
			d->init.wire->send(d->init.wire->ctx, o->id, o->text, o->len);
		else
			ws_send(d->ws, o->id, o->text, o->len);
	}
	for (size_t i = 0; i < r->reports.n && d->runner; i++)
		(void)runner_post(d->runner, &r->reports.v[i]); /* full: told again by the next sweep */
}

static void round_done(struct round *r)
{
	tx_drop(&r->tx);
	for (size_t i = 0; i < r->outs.n; i++)
		free(r->outs.v[i].text);
	vec_done(&r->outs);
	vec_done(&r->reports);
	vec_done(&r->sites);
	vec_done(&r->devices);
	vec_done(&r->gone);
	vec_done(&r->changed);
}
DEFINE_OWN_VAL(struct round, round_done)

static int round_work(struct round *r, bool due, struct err *e)
{
	struct ocpp_door *d = r->d;

	/* What fails before is the store's, and no letter is to blame for it. */
	if (d->alone && round_begin(r, e))
		return (int)e->code;
	r->blame = d->alone > 0;
	for (size_t i = 0; i < r->nread; i++)
		if (letter_read(r, &d->letters[i], e))
			return (int)e->code;
	if ((due && tick(r, e)) || tell(r, e))
		return (int)e->code;
	r->blame = false;
	return r->begun ? tx_keep(&r->tx, e) : OK;
}

/* As it was before the round: rows were rolled back, and so is what sessions remember. */
static void put_back(struct round *r)
{
	for (size_t i = 0; i < r->changed.n; i++)
		r->changed.v[i]->t = r->changed.v[i]->kept;
}

/* The first n letters cannot be kept: their stations come again. */
static void letters_drop(struct ocpp_door *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct letter *l = &d->letters[i];

		if (l->kind == LETTER_CLOSED) { /* the last letter of its session */
			unseat(d, l->s);
			vec_push(&d->lost, l->s);
		} else if (l->s) {
			wire_close(d, l->s->id, 1011, "it could not be kept, come again");
		}
	}
	letters_done(d, n);
	for (size_t i = 0; i < d->lost.n; i++)
		session_free(d->lost.v[i]);
	d->lost.n = 0;
	d->failures = 0;
}

/* One station must not hold up the others: after a failure letters are read one by one, and the one that
 * fails although the store works is dropped with its connection. */
static void trouble(struct round *r, int code)
{
	struct ocpp_door *d = r->d;

	d->failures++;
	if (r->ticking && code != ERR_BUSY)
		wire_close(d, r->ticking->id, 1011, "it could not be kept, come again");
	if (d->failures >= FAILURES_MAX)
		letters_drop(d, d->nletters);
	else if (code == ERR_BUSY)
		return;
	else if (r->blame)
		letters_drop(d, r->nread);
	else if (!d->alone)
		d->alone = d->nletters;
}

/* The loops may answer Heartbeats from now on, or not any more. */
static void publish_registered(struct round *r)
{
	for (size_t i = 0; i < r->changed.n; i++)
		atomic_store(&r->changed.v[i]->registered, r->changed.v[i]->t.registered);
}

int ocpp_door_round(struct ocpp_door *d, int64_t wait_ms, struct err *e)
{
	OWN(round_done) struct round r = { .d = d, .db = d->db, .jobs_after = d->jobs_after };
	bool due;
	int rc;

	d->nletters += mailbox_take(d->box, d->letters + d->nletters, LETTERS_MAX - d->nletters,
				    d->nletters ? 0 : wait_ms);
	r.nread = d->alone ? 1 : d->nletters;
	r.mono = clock_mono(d->init.clock);
	r.now = clock_wall(d->init.clock);
	due = !d->alone && (r.mono >= d->next_tick || atomic_exchange(&d->woken, 0));
	if (!due && !d->nletters)
		return OK;
	d->round++;
	rc = round_work(&r, due, e);
	if (rc) {
		tx_drop(&r.tx);
		put_back(&r);
		trouble(&r, rc);
		return rc;
	}
	d->failures = 0;
	d->jobs_after = r.jobs_after;
	if (due)
		d->next_tick = r.mono + TICK_MS;
	if (r.begun)
		atomic_fetch_add(&d->c_transactions, 1);
	publish_registered(&r);
	let_out(&r);
	letters_done(d, r.nread);
	for (size_t i = 0; i < r.gone.n; i++) {
		unseat(d, r.gone.v[i]);
		session_free(r.gone.v[i]);
	}
	return OK;
}
