/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/clerk.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mailbox.h"
#include "base/mem.h"

#define HOLDER_BYTES 12
#define LEASE_FAR_MS (2 * INT64_C(3600000)) /* twice the longest lease that can be configured */
#define BUSY_QUIET 3                        /* so many meetings with other writers in a row are no news */

static const char *const lease_name[CLERK_LANES] = { "clerk", "clerk-slow" };

/* A row of the table at work. */
struct work {
	const struct clerk_job *job; /* borrowed */
	void *own;                   /* job.open's */
	int64_t due;                 /* monotonic ms */
	int in_a_row;                /* failures */
	enum err_code said;          /* what the log heard of last; OK = it runs */
	atomic_int_fast64_t ok_at, runs, failures;
	atomic_bool failing;
};

struct lane {
	struct clerk *clerk; /* borrowed */
	enum clerk_lane which;
	struct clerk_ctx ctx;
	struct db *db;             /* owned */
	struct catalog_view *view; /* owned */
	struct rnd rnd;
	struct mailbox *box; /* owned; a message = look now */
	int64_t renew_at;    /* monotonic ms; the lease is held until then at least. -1 = not held */
	bool mute;           /* the log heard that the lease cannot be had */
	pthread_t thread;
	bool running;
};

struct clerk {
	struct clerk_init init;
	char holder[2 * HOLDER_BYTES + 1];
	struct lane lanes[CLERK_LANES];
	struct work work[CLERK_JOBS_MAX];
	int nwork;
	atomic_bool stopping;
};

static bool is_stopping(void *ctx)
{
	const struct clerk *c = ctx;

	return atomic_load(&c->stopping);
}

static int lane_open(struct clerk *c, enum clerk_lane which, struct err *e)
{
	struct lane *l = &c->lanes[which];

	l->clerk = c;
	l->which = which;
	l->renew_at = -1;
	l->box = mailbox_new(1, 1);
	l->rnd = c->init.rnd;
	if (db_connect(c->init.dsn, false, &l->db, e))
		return err_wrap(e, "the clerk's connection");
	l->view = catalog_view_new(c->init.catalog);
	l->ctx = (struct clerk_ctx){ .db = l->db,
				     .catalog = c->init.catalog,
				     .view = l->view,
				     .clock = c->init.clock,
				     .conf = c->init.conf,
				     .log = c->init.log,
				     .rules = c->init.rules,
				     .rnd = &l->rnd,
				     .stopping = is_stopping,
				     .stop_ctx = c };
	return OK;
}

int clerk_new(const struct clerk_init *init, struct clerk **ret, struct err *e)
{
	OWN(clerk_free) struct clerk *c = mem_zalloc(sizeof *c);

	c->init = *init;
	rnd_hex(&c->init.rnd, HOLDER_BYTES, c->holder);
	for (int i = 0; i < CLERK_LANES; i++)
		if (lane_open(c, (enum clerk_lane)i, e))
			return (int)e->code;
	for (const struct clerk_job *const *t = init->tables; *t; t++)
		for (const struct clerk_job *j = *t; j->name; j++) {
			struct work *w = &c->work[c->nwork];

			assert(c->nwork < CLERK_JOBS_MAX);
			atomic_store(&w->ok_at, -1);
			w->due = clock_mono(init->clock);
			w->job = j;
			if (j->open && j->open(&c->lanes[j->lane].ctx, &w->own, e))
				return err_wrap(e, "the clerk's job %s", j->name);
			c->nwork++;
		}
	*ret = MOVE(c);
	return OK;
}

void clerk_free(struct clerk *c)
{
	if (!c)
		return;
	clerk_stop(c);
	for (int i = 0; i < c->nwork; i++)
		if (c->work[i].job->close)
			c->work[i].job->close(c->work[i].own);
	for (int i = 0; i < CLERK_LANES; i++) {
		db_close(c->lanes[i].db);
		if (c->lanes[i].view)
			catalog_view_free(c->lanes[i].view);
		mailbox_free(c->lanes[i].box);
	}
	free(c);
}

/* ---- the lease ---- */

/* *ret: this process may work. Written again in the second half of its time only. */
static int lease_hold(struct lane *l, bool *ret, struct err *e)
{
	const struct clerk *c = l->clerk;
	int64_t mono = clock_mono(c->init.clock), now = clock_wall(c->init.clock), changed;
	TX(tx);

	*ret = l->renew_at > mono;
	if (*ret)
		return OK;
	l->renew_at = -1;
	if (tx_begin(&tx, l->db, true, e) ||
	    db_exec(l->db, SQL_LEASE_TAKE,
		    ARGS(VTEXT(lease_name[l->which]), VTEXT(c->holder), VINT(now + c->init.lease_ms),
			 VINT(now), VINT(now + LEASE_FAR_MS)),
		    &changed, e) ||
	    tx_keep(&tx, e))
		return err_wrap(e, "the clerk's lease");
	if (changed)
		l->renew_at = mono + c->init.lease_ms / 2;
	*ret = changed > 0;
	return OK;
}

static void lease_give(struct lane *l)
{
	struct err ignored;
	TX(tx);

	if (l->renew_at < 0)
		return;
	l->renew_at = -1;
	/* When this fails the others wait until it ends by itself. */
	if (tx_begin(&tx, l->db, true, &ignored) ||
	    db_exec(l->db, SQL_LEASE_GIVE, ARGS(VTEXT(lease_name[l->which]), VTEXT(l->clerk->holder)), NULL,
		    &ignored) ||
	    tx_keep(&tx, &ignored))
		return;
}

/* ---- one round ---- */

static int64_t backoff(int in_a_row)
{
	int64_t wait = CLERK_BACKOFF_MS;

	while (--in_a_row > 0 && wait < CLERK_BACKOFF_MAX_MS)
		wait *= 2;
	return wait < CLERK_BACKOFF_MAX_MS ? wait : CLERK_BACKOFF_MAX_MS;
}

static void work_failed(struct clerk *c, struct work *w, const struct err *e)
{
	bool news = e->code != w->said && (e->code != ERR_BUSY || w->in_a_row >= BUSY_QUIET);

	w->in_a_row++;
	atomic_fetch_add(&w->failures, 1);
	atomic_store(&w->failing, true);
	w->due = clock_mono(c->init.clock) + backoff(w->in_a_row);
	if (!news)
		return;
	w->said = e->code;
	if (c->init.log)
		log_event(c->init.log, LOG_ERROR, "clerk-trouble", "job", w->job->name, "code",
			  err_info(e->code)->code, "error", e->msg, NULL);
}

static void work_ended(struct clerk *c, struct work *w, int64_t wait)
{
	if (w->said != OK && c->init.log)
		log_event(c->init.log, LOG_NOTICE, "clerk-recovered", "job", w->job->name, NULL);
	w->said = OK;
	w->in_a_row = 0;
	atomic_store(&w->failing, false);
	atomic_store(&w->ok_at, clock_wall(c->init.clock));
	w->due = clock_mono(c->init.clock) + (wait < 0                   ? 0
					      : wait > CLERK_WAIT_MAX_MS ? CLERK_WAIT_MAX_MS
									 : wait);
}

static void work_run(struct lane *l, struct work *w)
{
	struct clerk *c = l->clerk;
	int64_t now = clock_wall(c->init.clock), next = now + CLERK_WAIT_MAX_MS;
	struct err e = { .code = OK };
	int rc;

	l->ctx.own = w->own;
	atomic_fetch_add(&w->runs, 1);
	rc = w->job->run(&l->ctx, now, &next, &e);
	assert(!l->db->in_tx); /* a job that leaves a transaction open would stop every writer */
	if (rc && !(e.code == ERR_STOPPING && atomic_load(&c->stopping)))
		work_failed(c, w, &e);
	else
		work_ended(c, w, next - now);
}

int clerk_round(struct clerk *c, enum clerk_lane lane, int *ret_ran, int64_t *ret_wait_ms, struct err *e)
{
	struct lane *l = &c->lanes[lane];
	int64_t mono = clock_mono(c->init.clock), wait = CLERK_WAIT_MAX_MS, left;
	bool mine, any = false;

	*ret_ran = 0;
	*ret_wait_ms = CLERK_BACKOFF_MS;
	for (int i = 0; i < c->nwork; i++)
		any = any || (c->work[i].job->lane == lane && c->work[i].due <= mono);
	if (any) {
		if (lease_hold(l, &mine, e))
			return (int)e->code;
		if (!mine) {
			*ret_wait_ms = c->init.lease_ms / 4;
			return OK;
		}
	}
	for (int i = 0; i < c->nwork && !atomic_load(&c->stopping); i++)
		if (c->work[i].job->lane == lane && c->work[i].due <= mono) {
			work_run(l, &c->work[i]);
			++*ret_ran;
		}
	mono = clock_mono(c->init.clock);
	for (int i = 0; i < c->nwork; i++)
		if (c->work[i].job->lane == lane) {
			left = c->work[i].due - mono;
			wait = left < wait ? left : wait;
		}
	*ret_wait_ms = wait < 0 ? 0 : wait;
	return OK;
}

/* ---- the threads ---- */

/* Whoever waits after a failure keeps waiting: what changed is seldom its cure. */
static void lane_woken(struct lane *l)
{
	struct clerk *c = l->clerk;

	for (int i = 0; i < c->nwork; i++)
		if (c->work[i].job->lane == l->which && !c->work[i].in_a_row)
			c->work[i].due = clock_mono(c->init.clock);
}

static void *lane_main(void *arg)
{
	struct lane *l = arg;
	struct clerk *c = l->clerk;
	int64_t wait;
	struct err e;
	char msg;
	int ran;

	while (!atomic_load(&c->stopping)) {
		if (clerk_round(c, l->which, &ran, &wait, &e)) {
			if (!l->mute && e.code != ERR_BUSY && c->init.log)
				log_event(c->init.log, LOG_ERROR, "clerk-trouble", "job", "lease", "code",
					  err_info(e.code)->code, "error", e.msg, NULL);
			l->mute = l->mute || e.code != ERR_BUSY;
		} else if (l->mute) {
			l->mute = false;
			if (c->init.log)
				log_event(c->init.log, LOG_NOTICE, "clerk-recovered", "job", "lease", NULL);
		}
		if (mailbox_take(l->box, &msg, 1, wait))
			lane_woken(l);
	}
	lease_give(l);
	return NULL;
}

int clerk_start(struct clerk *c, struct err *e)
{
	atomic_store(&c->stopping, false);
	for (int i = 0; i < CLERK_LANES; i++) {
		struct lane *l = &c->lanes[i];
		int rc = pthread_create(&l->thread, NULL, lane_main, l);

		if (rc)
			return err_errno(e, rc, "the clerk's thread");
		l->running = true;
	}
	return OK;
}

void clerk_stop(struct clerk *c)
{
	atomic_store(&c->stopping, true);
	for (int i = 0; i < CLERK_LANES; i++)
		if (c->lanes[i].box)
			mailbox_wake(c->lanes[i].box);
	for (int i = 0; i < CLERK_LANES; i++)
		if (c->lanes[i].running) {
			clerk_wake(c); /* a wait that began after the first call */
			pthread_join(c->lanes[i].thread, NULL);
			c->lanes[i].running = false;
		}
}

void clerk_wake(struct clerk *c)
{
	const char msg = 1;

	for (int i = 0; c && i < CLERK_LANES; i++)
		mailbox_post(c->lanes[i].box, &msg); /* full: it will look anyway */
}

bool clerk_counts(const struct clerk *c, int i, struct clerk_count *ret)
{
	const struct work *w = &c->work[i];

	if (i >= c->nwork)
		return false;
	*ret = (struct clerk_count){ .job = w->job->name,
				     .ok_at = atomic_load(&w->ok_at),
				     .runs = atomic_load(&w->runs),
				     .failures = atomic_load(&w->failures),
				     .failing = atomic_load(&w->failing) };
	return true;
}
