/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk: jobs by time, failures, leases, threads. Over both engines. */
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>

#include "orch/clerk.h"
#include "stores.h"

#define START INT64_C(1795168800000)

/* A clock that the test moves, and jobs that note their calls. */
static struct world {
	int64_t now;
	atomic_int calls[3];
	int64_t next[3]; /* ms ahead that a job asks for; -1 = says nothing */
	enum err_code fails;
	atomic_int threads, waits;
} world;

static int64_t world_time(void *ctx)
{
	const struct world *w = ctx;

	return w->now;
}
static const struct clock world_clock = { world_time, world_time, &world };

static int called(int i, int64_t now, int64_t *ret_next)
{
	world.calls[i]++;
	if (world.next[i] >= 0)
		*ret_next = now + world.next[i];
	return OK;
}
static int job_a(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	(void)c;
	(void)e;
	return called(0, now, ret_next);
}
static int job_b(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	(void)c;
	called(1, now, ret_next);
	return world.fails ? err_set(e, world.fails, "it does not work") : OK;
}
static int job_slow(struct clerk_ctx *c, int64_t now, int64_t *ret_next, struct err *e)
{
	called(2, now, ret_next);
	atomic_fetch_add(&world.waits, 1);
	while (atomic_load(&world.threads) && !c->stopping(c->stop_ctx))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return c->stopping(c->stop_ctx) ? err_set(e, ERR_STOPPING, "ended") : OK;
}

static const struct clerk_job jobs[] = { { "a", CLERK_QUICK, job_a, NULL, NULL },
					 { "b", CLERK_QUICK, job_b, NULL, NULL },
					 { .name = NULL } };
static const struct clerk_job more_jobs[] = { { "slow", CLERK_SLOW, job_slow, NULL, NULL },
					      { .name = NULL } };
static const struct clerk_job *const tables[] = { jobs, more_jobs, NULL };

struct desk {
	char dsn[STORE_DSN_MAX];
	struct catalog *catalog;
	struct fetch_rules *rules;
	struct clerk_init init;
};

static void desk_done(struct desk *d)
{
	catalog_free(d->catalog);
	fetch_rules_free(d->rules);
}
DEFINE_OWN_VAL(struct desk, desk_done)

static void desk_open(struct desk *d, int engine, const struct clock *clock)
{
	struct err e;

	memset(&world, 0, sizeof world);
	world.now = START;
	world.next[0] = world.next[1] = world.next[2] = -1;
	*d = (struct desk){ .catalog = NULL };
	fresh_store_dsn(engine, d->dsn);
	ck_ok(catalog_new(d->dsn, clock, &d->catalog, &e));
	ck_ok(fetch_rules_new(NULL, NULL, NULL, &d->rules, &e));
	d->init = (struct clerk_init){ .dsn = d->dsn,
				       .catalog = d->catalog,
				       .clock = clock,
				       .rules = d->rules,
				       .rnd = rnd_system(),
				       .lease_ms = 30000,
				       .tables = tables };
}

static struct clerk *clerk_of(struct desk *d)
{
	struct clerk *c = NULL;
	struct err e;

	ck_ok(clerk_new(&d->init, &c, &e));
	return c;
}

/* One round of the quick lane; returns how many jobs ran. */
static int round_of(struct clerk *c, int64_t *ret_wait)
{
	int64_t wait;
	struct err e;
	int ran;

	ck_ok(clerk_round(c, CLERK_QUICK, &ran, &wait, &e));
	if (ret_wait)
		*ret_wait = wait;
	return ran;
}

START_TEST(a_job_runs_when_it_asks_to_and_once_a_minute_at_least)
{
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *c = NULL;
	int64_t wait;

	desk_open(&d, _i, &world_clock);
	c = clerk_of(&d);
	world.next[0] = 5000;
	world.next[1] = 24 * INT64_C(3600000);
	ck_assert_int_eq(round_of(c, &wait), 2);
	ck_assert_int_eq(wait, 5000);
	ck_assert_int_eq(round_of(c, &wait), 0);
	world.now += 4999;
	ck_assert_int_eq(round_of(c, &wait), 0);
	world.now += 1;
	world.next[0] = 0; /* at once again */
	ck_assert_int_eq(round_of(c, &wait), 1);
	ck_assert_int_eq(wait, 0);
	ck_assert_int_eq(round_of(c, &wait), 1);
	world.next[0] = -1;
	ck_assert_int_eq(round_of(c, &wait), 1);
	world.now = START + CLERK_WAIT_MAX_MS;
	ck_assert_int_eq(round_of(c, &wait), 1);
	ck_assert_int_eq(world.calls[1], 2);
}
END_TEST

START_TEST(a_clock_that_is_set_back_stops_no_job)
{
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *c = NULL;
	struct clock split = { world_time, world_time, &world };

	desk_open(&d, _i, &split);
	c = clerk_of(&d);
	world.next[0] = -100000; /* asks for a time in the past */
	round_of(c, NULL);
	ck_assert_int_eq(world.calls[0], 1);
	world.next[0] = INT64_C(1) << 50; /* or in a far future */
	round_of(c, NULL);
	world.now += CLERK_WAIT_MAX_MS;
	round_of(c, NULL);
	ck_assert_int_ge(world.calls[0], 2);
}
END_TEST

static void counts_of(struct clerk *c, const char *job, struct clerk_count *ret)
{
	for (int i = 0; clerk_counts(c, i, ret); i++)
		if (!strcmp(ret->job, job))
			return;
	ck_abort_msg("no job %s", job);
}

START_TEST(a_job_that_fails_waits_longer_each_time_and_the_log_hears_it_once)
{
	static const int waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *c = NULL;
	struct clerk_count n;
	char path[300], text[4096] = "";
	struct log log = { .level = LOG_INFO };
	ssize_t got;

	desk_open(&d, _i, &world_clock);
	snprintf(path, sizeof path, "%s/clerk-log-XXXXXX", stores_dir());
	log.fd = mkstemp(path);
	ck_assert_int_ge(log.fd, 0);
	d.init.log = &log;
	c = clerk_of(&d);
	world.fails = ERR_REMOTE;
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		int before = world.calls[1];

		round_of(c, NULL);
		ck_assert_int_eq(world.calls[1], before + 1);
		world.now += (int64_t)waits[i] * 1000 - 1;
		round_of(c, NULL);
		ck_assert_int_eq(world.calls[1], before + 1);
		world.now += 1;
	}
	counts_of(c, "b", &n);
	ck_assert(n.failing && n.ok_at < 0 && n.failures == 11 && n.runs == 11);
	world.fails = OK;
	round_of(c, NULL);
	counts_of(c, "b", &n);
	ck_assert(!n.failing && n.ok_at == world.now && n.failures == 11);
	got = pread(log.fd, text, sizeof text - 1, 0);
	ck_assert_int_gt(got, 0);
	text[got] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "clerk-trouble"));
	ck_assert_ptr_null(strstr(strstr(text, "clerk-trouble") + 1, "clerk-trouble"));
	ck_assert_ptr_nonnull(strstr(text, "clerk-recovered"));
	close(log.fd);
}
END_TEST

START_TEST(of_several_processes_one_works_and_another_takes_over_when_it_is_gone)
{
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *one = NULL, *two = NULL;
	int64_t wait;

	desk_open(&d, _i, &world_clock);
	one = clerk_of(&d);
	two = clerk_of(&d);
	world.next[0] = 1000;
	ck_assert_int_eq(round_of(one, NULL), 2);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(round_of(two, &wait), 0);
		ck_assert_int_gt(wait, 0);
		world.now += 14000; /* one holds on to it */
		ck_assert_int_ge(round_of(one, NULL), 1);
	}
	world.now += 60001; /* one is gone */
	ck_assert_int_eq(round_of(two, NULL), 2);
	ck_assert_int_eq(round_of(one, NULL), 0);
}
END_TEST

START_TEST(a_lease_that_was_written_under_a_wrong_clock_binds_nobody)
{
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *one = NULL, *two = NULL;

	desk_open(&d, _i, &world_clock);
	one = clerk_of(&d);
	world.now += 3650 * INT64_C(86400000);
	ck_assert_int_eq(round_of(one, NULL), 2);
	world.now = START;
	two = clerk_of(&d);
	ck_assert_int_eq(round_of(two, NULL), 2);
}
END_TEST

static bool soon(atomic_int *n, int want)
{
	for (int i = 0; i < 5000; i++) {
		if (atomic_load(n) >= want)
			return true;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return false;
}

START_TEST(threads_are_woken_a_slow_job_holds_up_nobody_and_the_end_comes_at_once)
{
	OWN(desk_done) struct desk d;
	OWN(clerk_free) struct clerk *c = NULL, *next = NULL;
	int64_t began;
	struct err e;

	desk_open(&d, _i, clock_system());
	c = clerk_of(&d);
	atomic_store(&world.threads, 1);
	ck_ok(clerk_start(c, &e));
	ck_assert(soon(&world.calls[2], 1) && soon(&world.calls[0], 1));
	clerk_wake(c); /* while the slow one waits */
	ck_assert(soon(&world.calls[0], 2));
	began = clock_mono(clock_system());
	clerk_stop(c);
	ck_assert_int_lt(clock_mono(clock_system()) - began, 2000);
	ck_assert_int_eq(atomic_load(&world.waits), 1);
	/* It gave its leases back: nobody has to wait for their end. */
	atomic_store(&world.threads, 0);
	next = clerk_of(&d);
	ck_assert_int_eq(round_of(next, NULL), 2);
	clerk_wake(NULL);
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_job_runs_when_it_asks_to_and_once_a_minute_at_least,
			       a_clock_that_is_set_back_stops_no_job,
			       a_job_that_fails_waits_longer_each_time_and_the_log_hears_it_once,
			       of_several_processes_one_works_and_another_takes_over_when_it_is_gone,
			       a_lease_that_was_written_under_a_wrong_clock_binds_nobody,
			       threads_are_woken_a_slow_job_holds_up_nobody_and_the_end_comes_at_once };

	return STORES_RUN("clerk", all, 60);
}
