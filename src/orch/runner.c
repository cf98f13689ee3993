/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/runner.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/rollout.h"
#include "orch/runner_priv.h"
#include "store/store_cm.h"

#define PAGE 256
#define TROUBLE_WAIT_MS 500 /* after a failed transaction */
#define BUSY_WAIT_MS 20     /* after one that met another writer */

struct runner_settings runner_settings_from(const struct conf *c)
{
	return (struct runner_settings){ .contact_timeout = conf_ms(c, "contact_timeout"),
					 .accept_timeout = conf_ms(c, "accept_timeout"),
					 .trigger_timeout = conf_ms(c, "trigger_timeout"),
					 .install_timeout = conf_ms(c, "install_timeout"),
					 .restart_timeout = conf_ms(c, "restart_timeout"),
					 .retry_wait = conf_ms(c, "retry_wait"),
					 .retry_wait_max = conf_ms(c, "retry_wait_max"),
					 .request_tries = conf_int(c, "request_tries"),
					 .trigger_tries = conf_int(c, "trigger_tries"),
					 .life_limit = conf_ms(c, "life_limit"),
					 .seen_flush = conf_ms(c, "seen_flush"),
					 .batch = conf_int(c, "runner_batch") };
}

struct runner_settings runner_settings_default(void)
{
	static const struct conf_key keys[] = { RUNNER_CONF_KEYS, { .name = NULL } };
	OWN(conf_free) struct conf *c = conf_new(keys);

	return runner_settings_from(c);
}

bool runner_post(struct runner *r, const struct report *rep)
{
	return mailbox_post(r->box, rep);
}

static bool sink_post(void *ctx, const struct report *rep)
{
	return runner_post(ctx, rep);
}

void runner_wake(struct runner *r)
{
	atomic_store(&r->woken, 1);
	mailbox_wake(r->box);
}

struct runner_counts runner_counts(const struct runner *r)
{
	return (struct runner_counts){ .reports = atomic_load(&r->c_reports),
				       .seen = atomic_load(&r->c_seen),
				       .moves = atomic_load(&r->c_moves),
				       .transactions = atomic_load(&r->c_transactions),
				       .ignored = atomic_load(&r->c_ignored),
				       .withdrawn = atomic_load(&r->c_withdrawn),
				       .conflicts = atomic_load(&r->c_conflicts) };
}

static int adapters_start(struct runner *r, struct err *e)
{
	struct adapter_init init = {
		{ sink_post, r }, r->init.clock, r->init.stations, r->init.meters, NULL
	};

	for (int i = 0; adapters[i]; i++) {
		assert(i < ADAPTERS_MAX);
		init.world = strcmp(adapters[i]->name, "fake") ? NULL : r->init.fake_world;
		if (adapters[i]->start(&r->selfs[i], &init, e))
			return err_wrap(e, "adapter %s", adapters[i]->name);
		r->started = i + 1;
	}
	return OK;
}

int runner_new(const struct runner_init *init, struct runner **ret, struct err *e)
{
	OWN(runner_free) struct runner *r = mem_zalloc(sizeof *r);

	r->init = *init;
	r->db = init->db;
	r->revision = -1;
	r->box = mailbox_new(sizeof(struct report), MAILBOX_CAP);
	r->reports = mem_array((size_t)init->set.batch, sizeof *r->reports);
	r->seen_index = map64_new(1024);
	r->scratch = path_scratch_new();
	r->view = catalog_view_new(init->catalog);
	r->life_from = clock_mono(init->clock) + init->set.life_limit;
	r->next_flush = clock_mono(init->clock) + init->set.seen_flush;
	if (!r->db && db_connect(init->dsn, false, &r->db, e))
		return err_wrap(e, "the orchestrator's connection");
	if (adapters_start(r, e))
		return (int)e->code;
	*ret = MOVE(r);
	return OK;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	runner_stop(r);
	for (int i = 0; i < r->started; i++)
		adapters[i]->stop(r->selfs[i]);
	db_close(r->db);
	catalog_view_free(r->view);
	path_scratch_free(r->scratch);
	mailbox_free(r->box);
	map64_free(r->seen_index);
	vec_done(&r->seen);
	vec_done(&r->unsent);
	vec_done(&r->sweeps);
	runner_needs_forget(r);
	vec_done(&r->needs);
	free(r->reports);
	free(r);
}

/* ---- recovery ---- */

static int rearm(struct runner *r, struct err *e)
{
	TX(tx);
	int64_t now = clock_wall(r->init.clock);

	if (tx_begin(&tx, r->db, true, e))
		return (int)e->code;
	for (int s = 0; s < CM_STATES; s++) {
		int64_t ms = timer_ms(&r->init.set, cm_timer((enum cm_state)s));

		if (ms >= 0 && store_cycle_rearm(r->db, (enum cm_state)s, now + ms, e))
			return (int)e->code;
	}
	return tx_keep(&tx, e);
}

/* The effect of the stored state once more, with the same command id. */
static void reissue(struct batch *b, const struct walk *w)
{
	if (w->command != BBUM_CMD_NONE || w->cm == CM_NORMAL)
		batch_effect(b, w, false);
	batch_effect(b, w, true);
}

static int reissue_campaign(struct runner *r, int64_t campaign_id, struct err *e)
{
	struct batch b = { .r = r };
	int64_t ids[PAGE], n = PAGE, after = 0;
	struct walk w;
	bool got;
	int rc = OK;

	while (!rc && n == PAGE) {
		rc = store_cycle_active(r->db, campaign_id, after, PAGE, ids, &n, e);
		for (int64_t i = 0; i < n && !rc; i++) {
			after = ids[i];
			rc = store_walk_of_cycle(r->db, ids[i], &got, &w, e);
			if (!rc && got)
				reissue(&b, &w);
		}
		if (!rc)
			effects_send(r, b.effects.v, b.effects.n);
		b.effects.n = 0;
	}
	vec_done(&b.effects);
	return rc;
}

static int reissue_all(struct runner *r, struct err *e)
{
	VEC(int64_t) campaigns = { 0 };
	OWN(rows_done) struct rows *rows = NULL;
	struct store_campaign k;
	bool got = true;
	int rc = store_campaign_live(r->db, &rows, e);

	while (!rc && got) {
		rc = store_campaign_next(rows, &k, &got, e);
		if (!rc && got && k.n[PHASE_ACTIVE])
			vec_push(&campaigns, k.id);
	}
	for (size_t c = 0; c < campaigns.n && !rc; c++)
		rc = reissue_campaign(r, campaigns.v[c], e);
	vec_done(&campaigns);
	return rc;
}

int runner_recover(struct runner *r, struct err *e)
{
	return rearm(r, e) || reissue_all(r, e) || sites_recover(r, e) ? err_wrap(e, "recovery") : OK;
}

/* ---- one round ---- */

/* Does a running campaign wait for its next turn? Walks whose time has not come cost nothing. */
static int campaign_wants(struct runner *r, const struct store_campaign *k, bool *ret, struct err *e)
{
	int64_t ready;

	*ret = !k->n[PHASE_ACTIVE] && !k->n[PHASE_QUEUED];
	if (!*ret && wave_due(r, k, ret, e))
		return (int)e->code;
	if (*ret || !k->n[PHASE_QUEUED] || k->n[PHASE_ACTIVE] >= k->max_active)
		return OK;
	if (store_cycle_next_ready(r->db, k->id, &ready, e))
		return (int)e->code;
	*ret = ready >= 0 && ready <= clock_wall(r->init.clock);
	return OK;
}

/* Is there anything to do but reports? Asked without a transaction. */
static int anything_due(struct runner *r, int64_t mono, bool *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_campaign k;
	int64_t due, site_due;
	bool got, rollout;

	*ret = r->revision < 0 || (mono >= r->next_flush && r->seen.n);
	if (store_cycle_next_due(r->db, &due, e) || store_vehicle_next_due(r->db, &site_due, e) ||
	    rollout_due(r->db, &rollout, e) || store_campaign_live(r->db, &rows, e))
		return (int)e->code;
	*ret = *ret || rollout || (due >= 0 && due <= clock_wall(r->init.clock)) ||
	       (site_due >= 0 && site_due <= clock_wall(r->init.clock));
	for (;;) {
		if (*ret)
			return OK;
		if (store_campaign_next(rows, &k, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (k.state == CAMPAIGN_RUNNING && campaign_wants(r, &k, ret, e))
			return (int)e->code;
		if (k.state == CAMPAIGN_STOPPED)
			*ret = sweep_due(r, k.id, mono);
	}
	*ret = *ret || catalog_current(r->view)->revision != r->revision || mono >= r->next_flush;
	return OK;
}

static int turns(struct batch *b, int64_t mono, struct err *e)
{
	struct runner *r = b->r;

	if (turn_due(b, e) || turn_sites(b, e) || turn_rollouts(b, e) || turn_waves(b, e) || turn_claim(b, e))
		return (int)e->code;
	if (turn_sweep(b, mono, e))
		return (int)e->code;
	return mono >= r->next_flush ? turn_flush(b, e) : OK;
}

/* After the commit: nothing of the batch can be lost any more. */
static void batch_kept(struct runner *r, const struct batch *b, int64_t mono, bool turned)
{
	atomic_fetch_add(&r->c_transactions, 1);
	atomic_fetch_add(&r->c_moves, b->moves);
	atomic_fetch_add(&r->c_withdrawn, b->withdrawn);
	r->nreports = 0;
	if (b->more)
		r->next_look = mono;
	sweep_kept(r, b);
	if (turned && mono >= r->next_flush) {
		r->next_flush = mono + r->init.set.seen_flush;
		r->seen.n = 0;
		map64_free(r->seen_index);
		r->seen_index = map64_new(1024);
	}
	for (size_t i = 0; i < b->lives.n; i++)
		if (b->lives.v[i].k.state != b->lives.v[i].was && r->init.log)
			log_event(r->init.log, LOG_NOTICE, "campaign-state", "campaign", b->lives.v[i].k.name,
				  "state", campaign_state_text[b->lives.v[i].k.state], "reason",
				  b->lives.v[i].k.reason, NULL);
	effects_send(r, b->effects.v, b->effects.n);
}

static int round_tx(struct runner *r, int64_t mono, bool turn, int64_t *ret_moves, struct err *e)
{
	OWN(batch_done) struct batch b;

	if (batch_open(&b, r, e))
		return (int)e->code;
	for (size_t i = 0; i < r->nreports; i++)
		if (step_report(&b, &r->reports[i], e))
			return (int)e->code;
	if ((turn && turns(&b, mono, e)) || batch_keep(&b, e))
		return (int)e->code;
	batch_kept(r, &b, mono, turn);
	*ret_moves = b.moves;
	return OK;
}

static void ticks(struct runner *r)
{
	for (int i = 0; i < r->started; i++)
		if (adapters[i]->tick)
			adapters[i]->tick(r->selfs[i]);
}

/* Reports that only say "I am here" need no transaction. */
static size_t take_reports(struct runner *r, int64_t wait_ms)
{
	int64_t now = clock_wall(r->init.clock);
	size_t n =
	    mailbox_take(r->box, r->reports + r->nreports, (size_t)r->init.set.batch - r->nreports, wait_ms);
	size_t to = r->nreports;

	atomic_fetch_add(&r->c_reports, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct report *rep = &r->reports[r->nreports + i];

		if (rep->seen_only)
			seen_note(r, rep->device_id, &rep->status, now);
		else
			r->reports[to++] = *rep;
	}
	r->nreports = to;
	return n;
}

int runner_round(struct runner *r, int64_t wait_ms, int64_t *ret_moves, struct err *e)
{
	int64_t mono;
	bool turn = false;

	*ret_moves = 0;
	ticks(r);
	take_reports(r, wait_ms);
	mono = clock_mono(r->init.clock);
	if (mono >= r->next_look || atomic_exchange(&r->woken, 0)) {
		r->next_look = mono + LOOK_EVERY_MS;
		effects_resend(r);
		if (anything_due(r, mono, &turn, e))
			return (int)e->code;
	}
	if (!r->nreports && !turn)
		return OK;
	if (round_tx(r, mono, turn, ret_moves, e) == OK)
		return OK;
	/* Busy: the same reports once more. Otherwise they are dropped; the devices will say it again. */
	if (e->code == ERR_BUSY)
		atomic_fetch_add(&r->c_conflicts, 1);
	else
		r->nreports = 0;
	r->next_look = 0;
	return (int)e->code;
}

/* ---- the thread ---- */

static void *runner_main(void *arg)
{
	struct runner *r = arg;
	int64_t moves;
	struct err e;
	bool recovered = false;
	long nap;

	while (!atomic_load(&r->stopping)) {
		int64_t wait = r->next_look - clock_mono(r->init.clock);
		int rc = recovered ? runner_round(r, wait > 0 ? wait : 0, &moves, &e) : runner_recover(r, &e);

		recovered = recovered || !rc;
		if (!rc)
			continue;
		if (r->init.log)
			log_event(r->init.log, e.code == ERR_BUSY ? LOG_INFO : LOG_ERROR, "runner-trouble",
				  "code", err_info(e.code)->code, "error", e.msg, NULL);
		nap = e.code == ERR_BUSY ? BUSY_WAIT_MS : TROUBLE_WAIT_MS;
		nanosleep(&(struct timespec){ .tv_nsec = nap * 1000000L }, NULL);
	}
	return NULL;
}

int runner_start(struct runner *r, struct err *e)
{
	int rc;

	assert(!r->running);
	atomic_store(&r->stopping, false);
	rc = pthread_create(&r->thread, NULL, runner_main, r);
	if (rc)
		return err_errno(e, rc, "the orchestrator's thread");
	r->running = true;
	return OK;
}

void runner_stop(struct runner *r)
{
	if (!r->running)
		return;
	atomic_store(&r->stopping, true);
	mailbox_wake(r->box);
	pthread_join(r->thread, NULL);
	r->running = false;
}
