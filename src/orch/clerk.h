/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clerk: does what is due by time (ADR 0007 no. 6). A table of jobs (clerk_jobs.c: one row each); a job
 * is a function of core over a connection and a moment, does a bounded piece of work in its own transactions
 * and says when it wants to be called next. Jobs run one after the other in their lane: the quick lane for
 * what takes milliseconds (publish, deliver, escalate), the slow lane for what waits for other systems for
 * minutes (downloads), each a thread with its own connection, so that a slow download holds up nothing.
 *
 * Several services on one store: a lane works only while this process holds its row of the table `lease`, so
 * one of them does the work and another takes over when it is gone. A lease can end while a job runs (the
 * process was asleep), so jobs must be right all the same: they decide and record within one transaction.
 *
 * A job that fails is called again after 1 s, doubling up to 5 min; the log hears of the first failure and
 * of the recovery only (clerk-trouble, clerk-recovered). A job asked for later than a minute ahead is called
 * each minute all the same (clocks are set, other processes write): jobs look first, cheaply.
 *
 * Threads: clerk_wake and clerk_counts from any thread; everything else from the one that made it.
 */
#ifndef FIRPATH_ORCH_CLERK_H
#define FIRPATH_ORCH_CLERK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/rnd.h"
#include "core/catalog.h"
#include "core/webhook.h"
#include "store/db.h"
#include "wire/fetch.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define CLERK_CONF_KEYS \
	{ "clerk", CONF_BOOL, "yes", 0, 0, "Do what is due by time in this process: publish, deliver, fetch, escalate." }, \
	{ "clerk_lease", CONF_DURATION, "30s", 200, 3600000, "How long another process waits for a clerk that is gone." }, \
	WEBHOOK_CONF_KEYS, \
	FETCH_CONF_KEYS
/* clang-format on */

#define CLERK_WAIT_MAX_MS 60000 /* every job is called at least so often */
#define CLERK_BACKOFF_MS 1000   /* after the first failure */
#define CLERK_BACKOFF_MAX_MS 300000
#define CLERK_JOBS_MAX 32

enum clerk_lane { CLERK_QUICK, CLERK_SLOW };
#define CLERK_LANES 2

/* What a job gets. Everything is borrowed and the lane's own. */
struct clerk_ctx {
	struct db *db; /* a writing connection */
	struct catalog *catalog;
	struct catalog_view *view; /* this lane's: catalog_current() is the newest snapshot */
	const struct clock *clock;
	const struct conf *conf;         /* NULL in some tests */
	const struct log *log;           /* NULL = silent */
	const struct fetch_rules *rules; /* for outgoing HTTP */
	struct rnd *rnd;
	void *own;                   /* job.open's, NULL without one */
	bool (*stopping)(void *ctx); /* true: return soon; for long loops and fetch_run() */
	void *stop_ctx;
};

/* now: UTC ms. *ret_next: when to be called again (UTC ms), <= now = at once (the others first); untouched =
 * in a minute, or when woken. */
struct clerk_job {
	const char *name; /* "webhook-queue"; in logs and metrics. NULL ends a table */
	enum clerk_lane lane;
	int (*run)(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e);
	/* Optional: what the job keeps in memory between calls (never the truth). */
	int (*open)(struct clerk_ctx *c, void **ret_own, struct err *e);
	void (*close)(void *own);
};
extern const struct clerk_job clerk_jobs[]; /* clerk_jobs.c */

struct clerk;
struct clerk_init {
	const char *dsn;                 /* borrowed; each lane opens its own writing connection */
	struct catalog *catalog;         /* borrowed */
	const struct clock *clock;       /* borrowed */
	const struct conf *conf;         /* borrowed */
	const struct log *log;           /* borrowed; NULL = silent */
	const struct fetch_rules *rules; /* borrowed */
	struct rnd rnd;
	int64_t lease_ms;
	/* Tables of jobs, NULL-terminated: clerk_jobs, and the ones that the program adds from higher floors
	 * (imports). */
	const struct clerk_job *const *tables;
};
int clerk_new(const struct clerk_init *init, struct clerk **ret, struct err *e) MUST_USE;
void clerk_free(struct clerk *c); /* stops the threads if they run */
DEFINE_OWN(struct clerk, clerk_free)
int clerk_start(struct clerk *c, struct err *e) MUST_USE;
void clerk_stop(struct clerk *c); /* ends after the jobs under way; gives the leases back */

/* Something changed in the store: all jobs look now. NULL does nothing. */
void clerk_wake(struct clerk *c);

/* Without threads, for tests and offline use: every job of the lane that is due at the clock's time, once.
 * *ret_ran = jobs that ran (0 also without the lease); *ret_wait_ms = until the next one. */
int clerk_round(struct clerk *c, enum clerk_lane lane, int *ret_ran, int64_t *ret_wait_ms,
		struct err *e) MUST_USE;

/* For metrics: the i-th job; false past the end. */
struct clerk_count {
	const char *job;
	int64_t ok_at;    /* UTC ms of the last success, -1 = none yet */
	int64_t runs;     /* calls */
	int64_t failures; /* calls that failed */
	bool failing;     /* the last call did */
};
bool clerk_counts(const struct clerk *c, int i, struct clerk_count *ret);

#endif
