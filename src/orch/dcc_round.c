/* SPDX-License-Identifier: Apache-2.0 */
/* One round of the door of meters: letters in, rows, documents and reports out. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "orch/dcc_p.h"
#include "store/store_ledger.h"

#define TICK_MS 100
#define SWEEP_MS 20000 /* all walks are looked at so often at least; with very many it takes longer */
#define GATHER_MS 1000
#define SLICE 100     /* walks looked at in one tick without being rung, when shards are new */
#define SLICE_SLOW 20 /* else */
#define FORGET_MS 3600000
#define STORY_DAYS 400
#define COUNT_MS 60000
#define FAILURES_MAX                                                                                         \
	20          /* rounds in a row; then the letters are dropped, and whoever sent them comes again      \
		     */
#define LOST_MAX 20 /* answers that did not come in a row: the DCC is away */
#define PROBE_MS 5000
#define BAD_MS 60000
#define WORK_FAILURES_MAX 20
#define RESERVE 256 /* documents that follow an answer: the signed half of an 11.3 */

/* ---- the queue ---- */

void dcc_letter_free(struct dcc_letter *l)
{
	if (!l)
		return;
	if (l->message) {
		duis_message_done(l->message);
		free(l->message);
	}
	free(l);
}

bool dcc_queue_post(struct dcc_door *d, struct dcc_letter *l)
{
	if (atomic_fetch_add(&d->queued, 1) < DCC_QUEUE_MAX && mailbox_post(d->box, &l))
		return true;
	atomic_fetch_sub(&d->queued, 1);
	return false;
}

/* Under the lock. */
static bool wait_kept(struct dcc_door *d, struct dcc_letter *l)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DCC_TAKE_WAIT_MS / 1000;
	while (l->kept == DCC_KEPT_NOT_YET)
		if (pthread_cond_timedwait(&l->told, &d->lock, &until))
			return l->kept != DCC_KEPT_NOT_YET;
	return true;
}

int dcc_queue_put(struct dcc_door *d, struct duis_message *m, struct err *e)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);
	int rc = OK;

	l->kind = DCC_LETTER_MESSAGE;
	l->message = m;
	l->awaited = true;
	pthread_cond_init(&l->told, NULL);
	if (!dcc_queue_post(d, l)) {
		dcc_letter_free(l);
		return err_set(e, ERR_BUSY, "too many messages of the DCC wait; send it again");
	}
	pthread_mutex_lock(&d->lock);
	if (!wait_kept(d, l)) {
		l->awaited = false; /* the door frees it */
		l = NULL;
		rc = err_set(e, ERR_BUSY, "the message was not kept in time; send it again");
	} else if (l->kept == DCC_KEPT_FAILED) {
		rc = err_set(e, ERR_UNAVAILABLE, "the message could not be kept (%.200s); send it again",
			     l->error.msg);
	}
	pthread_mutex_unlock(&d->lock);
	dcc_letter_free(l);
	return rc;
}

/* Whoever waits for it is told, else it is over. */
static void letter_over(struct dcc_door *d, struct dcc_letter *l, const struct err *failed)
{
	bool ours = true;

	if (l->kind == DCC_LETTER_RING)
		atomic_fetch_sub(&d->rings, 1);
	else if (l->kind == DCC_LETTER_MESSAGE)
		atomic_fetch_sub(&d->queued, 1);
	if (l->kind == DCC_LETTER_MESSAGE) {
		pthread_mutex_lock(&d->lock);
		ours = !l->awaited;
		if (failed)
			l->error = *failed;
		l->kept = failed ? DCC_KEPT_FAILED : DCC_KEPT;
		if (l->awaited)
			pthread_cond_signal(&l->told);
		pthread_mutex_unlock(&d->lock);
	}
	if (ours)
		dcc_letter_free(l);
}

/* The first n letters are over. */
static void letters_done(struct dcc_door *d, size_t n, const struct err *failed)
{
	for (size_t i = 0; i < n; i++)
		if (d->letter[i])
			letter_over(d, d->letter[i], failed);
	d->nletters -= n;
	d->alone -= n < d->alone ? n : d->alone;
	memmove(d->letter, d->letter + n, d->nletters * sizeof *d->letter);
}

void dcc_letters_drop(struct dcc_door *d)
{
	struct err why;

	err_set(&why, ERR_UNAVAILABLE, "the service ends");
	do {
		letters_done(d, d->nletters, &why);
		d->nletters = mailbox_take(d->box, d->letter, DCC_LETTERS_MAX, 0);
	} while (d->nletters);
}

/* ---- what handlers use ---- */

int dcc_begin(struct dcc_round *r, struct err *e)
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

void dcc_touch(struct dcc_round *r, int64_t device_id)
{
	vec_push(&r->devices, device_id);
}

/* ---- a round ---- */

static int letter_read(struct dcc_round *r, struct dcc_letter *l, struct err *e)
{
	switch (l->kind) {
	case DCC_LETTER_MESSAGE:
		return dcc_message_read(r, l, e);
	case DCC_LETTER_ANSWER:
		return dcc_answer_read(r, l, e);
	case DCC_LETTER_RING:
		dcc_touch(r, l->device_id);
		return OK;
	}
	return OK;
}

/* A slice of all walks, so that none waits for a ring that got lost. */
static int sweep(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;
	struct store_meter_walk v[SLICE];
	size_t n = 0, max = d->sweep_slow ? SLICE_SLOW : SLICE;

	if (r->mono < d->next_sweep || !d->shards)
		return OK;
	if (store_meter_walks(r->db, d->init.node, r->now, d->sweep_after, max, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n; i++)
		dcc_touch(r, v[i].device_id);
	r->sweep_after = n == max ? v[n - 1].device_id : 0;
	r->swept = true;
	return OK;
}

static int housekeeping(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;
	int64_t n = 0;

	if (r->mono >= d->next_count) {
		if (store_meter_jobs_open(r->db, &n, e))
			return (int)e->code;
		atomic_store(&d->c_jobs_open, n);
		d->next_count = r->mono + COUNT_MS;
	}
	if (r->mono >= d->next_forget) {
		if (dcc_begin(r, e) ||
		    store_meter_event_forget(r->db, r->now - STORY_DAYS * MS_PER_DAY, &n, e))
			return (int)e->code;
		d->next_forget = r->mono + (n >= 1000 ? 1000 : FORGET_MS);
	}
	return OK;
}

static int tick(struct dcc_round *r, struct err *e)
{
	return dcc_shards(r, e) || dcc_gather_due(r, e) || dcc_job_due(r, e) || dcc_wishes(r, e) ||
		       dcc_gather(r, e) || sweep(r, e) || housekeeping(r, e)
		   ? (int)e->code
		   : OK;
}

static int tell(struct dcc_round *r, struct err *e)
{
	for (size_t i = 0; i < r->devices.n; i++) {
		bool again = false;

		for (size_t k = 0; k < i && i < 2000 && !again; k++)
			again = r->devices.v[k] == r->devices.v[i];
		if (!again && dcc_doing(r, DCC_DOING_WALK, r->devices.v[i]) &&
		    dcc_status(r, r->devices.v[i], e))
			return (int)e->code;
	}
	r->doing = 0;
	return OK;
}

static int round_work(struct dcc_round *r, bool due, struct err *e)
{
	struct dcc_door *d = r->d;

	/* What fails before is the store's, and no letter is to blame for it. */
	if (d->alone && dcc_begin(r, e))
		return (int)e->code;
	r->blame = d->alone > 0;
	for (size_t i = 0; i < r->nread; i++)
		if (letter_read(r, d->letter[i], e))
			return (int)e->code;
	if (!d->alone && dcc_work_on(r, e))
		return (int)e->code;
	if ((due && tick(r, e)) || tell(r, e))
		return (int)e->code;
	r->blame = false;
	return r->begun ? tx_keep(&r->tx, e) : OK;
}

static void round_done(struct dcc_round *r)
{
	tx_drop(&r->tx);
	for (size_t i = 0; i < r->outs.n; i++)
		dcc_out_done(&r->outs.v[i]);
	vec_done(&r->outs);
	vec_done(&r->reports);
	vec_done(&r->devices);
	vec_done(&r->works);
	dcc_users_unref(r->users);
}
DEFINE_OWN_VAL(struct dcc_round, round_done)

/* ---- rows that make rounds fail ---- */

bool dcc_doing(struct dcc_round *r, enum dcc_doing what, int64_t id)
{
	int64_t key = id * DCC_DOINGS + (int64_t)what;

	r->doing = 0;
	for (size_t i = 0; id && what != DCC_DOING_WORK && i < DCC_BAD_MAX; i++)
		if (r->d->bad[i].key == key && r->mono < r->d->bad[i].until)
			return false;
	r->doing = id ? key : 0;
	return true;
}

static void bad_row(struct dcc_round *r, const struct err *why)
{
	static const char *const what[DCC_DOINGS] = { [DCC_DOING_JOB] = "job",
						      [DCC_DOING_WISH] = "meter",
						      [DCC_DOING_WALK] = "device",
						      [DCC_DOING_WORK] = "distribution" };
	struct dcc_door *d = r->d;
	char id[24];

	d->bad[d->bad_next] = (struct dcc_bad){ r->doing, r->mono + BAD_MS };
	d->bad_next = (d->bad_next + 1) % DCC_BAD_MAX;
	snprintf(id, sizeof id, "%lld", (long long)(r->doing / DCC_DOINGS));
	if (d->init.log)
		log_event(d->init.log, LOG_ERROR, "dcc-row", what[r->doing % DCC_DOINGS], id, "code",
			  err_info(why->code)->code, "error", why->msg, NULL);
	/* Its jobs have watchdogs of their own. */
	if (r->doing % DCC_DOINGS == DCC_DOING_WORK && ++d->works.v[0].failures >= WORK_FAILURES_MAX) {
		dcc_letter_free(d->works.v[0].letter);
		memmove(d->works.v, d->works.v + 1, --d->works.n * sizeof *d->works.v);
	}
}

/* One message must not hold up the others: after a failure letters are read one by one, and the one that
 * fails although the store works is dropped. */
static void trouble(struct dcc_round *r, const struct err *why)
{
	struct dcc_door *d = r->d;

	d->failures++;
	if (d->failures >= FAILURES_MAX) {
		letters_done(d, d->nletters, why);
		d->failures = 0;
	} else if (why->code == ERR_BUSY) {
		return;
	} else if (r->doing) {
		bad_row(r, why);
	} else if (r->blame) {
		letters_done(d, r->nread, why);
		d->failures = 0;
	} else if (!d->alone) {
		d->alone = d->nletters;
	}
}

/* While nobody answers a single document leaves now and then: the tries of jobs are for devices, not for a
 * DCC that is away. */
static void line_watch(struct dcc_round *r)
{
	struct dcc_door *d = r->d;
	bool down = atomic_load(&d->lost_row) >= LOST_MAX;

	if (down != d->line_down && d->init.log)
		log_event(d->init.log, down ? LOG_WARN : LOG_NOTICE, "dcc-line", "state",
			  down ? "no answers" : "answers again", NULL);
	d->line_down = down;
	if (!down)
		return;
	r->pace = r->pace > 0 && r->mono >= d->probe_at;
	if (r->pace)
		d->probe_at = r->mono + PROBE_MS;
}

/* How many documents may leave in this round. */
static void pace_fill(struct dcc_round *r)
{
	struct dcc_door *d = r->d;
	int64_t full = d->set.pace * 1000, past = r->mono - d->pace_at, line;

	if (past < 0 || past > 1000)
		past = 1000;
	d->pace_at = r->mono;
	d->pace_left += past * d->set.pace;
	if (d->pace_left > full)
		d->pace_left = full;
	line = d->line ? DCC_LINE_WAITING - RESERVE - (int64_t)dcc_line_waiting(d->line) : DCC_LINE_WAITING;
	r->pace = d->pace_left / 1000;
	if (r->pace > line)
		r->pace = line;
	line_watch(r);
}

static void kept(struct dcc_round *r, bool due)
{
	struct dcc_door *d = r->d;

	d->failures = 0;
	d->pace_left -= (int64_t)r->outs.n * 1000;
	if (r->swept) {
		d->sweep_after = r->sweep_after;
		if (!r->sweep_after) {
			d->next_sweep = r->mono + SWEEP_MS;
			d->sweep_slow = true;
		}
	}
	dcc_shards_kept(r);
	if (r->gathered) {
		int64_t took = clock_mono(d->init.clock) - r->mono;

		/* Counting takes the longer, the more wait. */
		d->next_gather =
		    r->mono + (d->set.gather < GATHER_MS ? d->set.gather : GATHER_MS) + 20 * took;
	}
	if (r->due_from >= 0)
		d->due_from = r->due_from;
	if (due)
		d->next_tick = r->mono + (r->more ? 0 : TICK_MS);
	dcc_work_kept(r);
	dcc_let_out(r);
	for (size_t i = 0; i < r->reports.n && d->runner; i++)
		(void)runner_post(d->runner, &r->reports.v[i]); /* full: told again by the next sweep */
	letters_done(d, r->nread, NULL);
}

int dcc_door_round(struct dcc_door *d, int64_t wait_ms, struct err *e)
{
	OWN(round_done) struct dcc_round r = { .d = d, .db = d->db, .due_from = -1 };
	bool due;

	if (d->works.n)
		wait_ms = 0;
	d->nletters += mailbox_take(d->box, d->letter + d->nletters, DCC_LETTERS_MAX - d->nletters,
				    d->nletters ? 0 : wait_ms);
	r.nread = d->alone ? 1 : d->nletters;
	r.mono = clock_mono(d->init.clock);
	r.now = clock_wall(d->init.clock);
	due = !d->alone && (r.mono >= d->next_tick || atomic_exchange(&d->woken, 0));
	if (!due && !d->nletters && !d->works.n)
		return OK;
	r.users = dcc_door_users(d);
	pace_fill(&r);
	if (round_work(&r, due, e)) {
		struct err why = *e;

		tx_drop(&r.tx);
		trouble(&r, &why);
		return (int)e->code;
	}
	kept(&r, due);
	return OK;
}
