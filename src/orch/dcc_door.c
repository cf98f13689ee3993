/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/dcc_door.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/tz.h"
#include "orch/dcc_p.h"

#define TROUBLE_WAIT_MS 500
#define BUSY_WAIT_MS 20

static int settings_of(const struct conf *c, struct dcc_settings *ret, struct err *e)
{
	*ret = (struct dcc_settings){ .wait = { [METER_WAIT_NONE] = -1,
						[METER_WAIT_GATHER] = conf_ms(c, "dcc_gather"),
						[METER_WAIT_DELIVER] = conf_ms(c, "dcc_deliver_timeout"),
						[METER_WAIT_VERIFY] = conf_ms(c, "dcc_verify_timeout"),
						[METER_WAIT_GO] = 0,
						[METER_WAIT_OUTCOME] = conf_ms(c, "dcc_outcome_timeout"),
						[METER_WAIT_SCHEDULED] = conf_ms(c, "dcc_outcome_timeout"),
						[METER_WAIT_VERSION] = conf_ms(c, "dcc_version_timeout") },
				      .gather = conf_ms(c, "dcc_gather"),
				      .busy_wait = conf_ms(c, "dcc_busy_wait"),
				      .answer_timeout = conf_ms(c, "dcc_answer_timeout"),
				      .tries = conf_int(c, "dcc_tries"),
				      .pace = conf_int(c, "dcc_pace"),
				      .devices = conf_int(c, "dcc_devices"),
				      .daily_critical = conf_int(c, "dcc_daily_critical"),
				      .inventory_age = conf_ms(c, "dcc_inventory_age"),
				      .message_age = conf_ms(c, "dcc_message_age"),
				      .lease = conf_ms(c, "dcc_lease"),
				      .future = conf_bool(c, "dcc_future"),
				      .schema = conf_text(c, "dcc_schema"),
				      .codes = conf_text(c, "dcc_codes") };
	/* Longer than the line waits: while it waits the answer may still come. */
	ret->wait[METER_WAIT_ANSWER] = 2 * ret->answer_timeout;
	if (windows_parse(conf_text(c, "dcc_window"), &ret->windows, e))
		return err_wrap(e, "dcc_window");
	return dcc_codes_check(ret->codes, e) ? err_wrap(e, "dcc_codes") : OK;
}

/* Users that the store knows and that speak for an organisation are those of the set. */
static int users_keep(struct db *db, const struct dcc_users *u, struct err *e)
{
	struct store_dcc_user had[DCC_USERS_MAX];
	size_t n;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || store_dcc_user_list(db, 0, DCC_USERS_MAX, had, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n && i < DCC_USERS_MAX; i++) {
		const struct dcc_user *user = dcc_user_eui(u, had[i].eui);

		if ((!user || user->org_id < 0) && store_dcc_user_drop(db, had[i].eui, e))
			return (int)e->code;
	}
	for (size_t i = 0; i < u->nusers; i++)
		if (u->user[i].org_id >= 0 && store_dcc_user_put(db, u->user[i].eui, u->user[i].org_id, e))
			return (int)e->code;
	return tx_keep(&tx, e);
}

static int users_load(struct dcc_door *d, struct db *db, struct err *e)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	struct dcc_users *old;

	if (dcc_users_load(conf_text(d->init.conf, "dcc_users"), db, clock_wall(d->init.clock), &u, e) ||
	    users_keep(db, u, e))
		return (int)e->code;
	for (size_t i = 0; i < u->nwarnings && d->init.log; i++)
		log_event(d->init.log, LOG_WARN, "dcc-users", "warning", u->warning[i], NULL);
	pthread_mutex_lock(&d->lock);
	old = d->users;
	d->users = MOVE(u);
	pthread_mutex_unlock(&d->lock);
	dcc_users_unref(old);
	return OK;
}

struct dcc_users *dcc_door_users(struct dcc_door *d)
{
	struct dcc_users *u;

	pthread_mutex_lock(&d->lock);
	u = dcc_users_ref(d->users);
	pthread_mutex_unlock(&d->lock);
	return u;
}

int dcc_door_new(const struct dcc_door_init *init, struct dcc_door **ret, struct err *e)
{
	OWN(dcc_door_free) struct dcc_door *d = mem_zalloc(sizeof *d);

	pthread_mutex_init(&d->lock, NULL);
	d->init = *init;
	d->db = init->db;
	d->users = dcc_users_none();
	d->box = mailbox_new(sizeof(struct dcc_letter *), DCC_QUEUE_MAX + DCC_RINGS_MAX + DCC_SENT_MAX);
	d->letter = mem_array(DCC_LETTERS_MAX, sizeof *d->letter);
	d->slot = mem_array(DCC_SENT_MAX, sizeof *d->slot);
	d->free_slots = DCC_SENT_MAX;
	d->view = catalog_view_new(init->catalog);
	if (settings_of(init->conf, &d->set, e) ||
	    tz_open(conf_text(init->conf, "dcc_timezone"), &d->tz, e) ||
	    (!d->db && db_connect(init->dsn, false, &d->db, e)) || users_load(d, d->db, e))
		return err_wrap(e, "the door of meters");
	*ret = MOVE(d);
	return OK;
}

void dcc_door_runner(struct dcc_door *d, struct runner *r)
{
	d->runner = r;
}

/* ---- the thread ---- */

static void *door_main(void *arg)
{
	struct dcc_door *d = arg;
	struct err e;
	long nap;

	while (!atomic_load(&d->stopping)) {
		int64_t wait = d->next_tick - clock_mono(d->init.clock);

		if (!dcc_door_round(d, wait > 0 ? wait : 0, &e))
			continue;
		if (d->init.log)
			log_event(d->init.log, e.code == ERR_BUSY ? LOG_INFO : LOG_ERROR, "dcc-trouble",
				  "code", err_info(e.code)->code, "error", e.msg, NULL);
		nap = e.code == ERR_BUSY || d->failures <= 1 ? BUSY_WAIT_MS : TROUBLE_WAIT_MS;
		nanosleep(&(struct timespec){ .tv_nsec = nap * 1000000L }, NULL);
	}
	return NULL;
}

static void line_answered(void *ctx, const struct dcc_answer *a)
{
	dcc_door_answer(ctx, a);
}

int dcc_door_start(struct dcc_door *d, struct err *e)
{
	struct dcc_line_init init = { .conf = d->init.conf, .answered = line_answered, .ctx = d };
	int rc;

	assert(!d->running && !d->init.send);
	if (dcc_line_new(&init, &d->line, e))
		return err_wrap(e, "the door of meters");
	rc = pthread_create(&d->thread, NULL, door_main, d);
	if (rc)
		return err_errno(e, rc, "the thread of the door of meters");
	d->running = true;
	return OK;
}

/* Its shards are free for others at once; what was sent is answered to nobody, and the watchdogs of its rows
 * ask again. */
static void shards_leave(struct dcc_door *d)
{
	struct err e;
	TX(tx);

	if (tx_begin(&tx, d->db, true, &e) || store_shard_give(d->db, d->init.node, 0, &e))
		return;
	if (tx_keep(&tx, &e) && d->init.log) /* they run out by themselves */
		log_event(d->init.log, LOG_WARN, "dcc-trouble", "error", e.msg, NULL);
}

void dcc_door_stop(struct dcc_door *d)
{
	if (!d->running)
		return;
	atomic_store(&d->stopping, true);
	mailbox_wake(d->box);
	pthread_join(d->thread, NULL);
	d->running = false;
	dcc_line_free(d->line);
	d->line = NULL;
	shards_leave(d);
	mailbox_close(d->box);
	dcc_letters_drop(d);
}

void dcc_door_free(struct dcc_door *d)
{
	if (!d)
		return;
	if (d->running)
		dcc_door_stop(d);
	if (d->line)
		dcc_line_free(d->line);
	mailbox_close(d->box);
	dcc_letters_drop(d);
	mailbox_free(d->box);
	for (size_t i = 0; i < d->works.n; i++)
		dcc_letter_free(d->works.v[i].letter);
	vec_done(&d->works);
	if (d->view)
		catalog_view_free(d->view);
	dcc_users_unref(d->users);
	tz_free(d->tz);
	db_close(d->db);
	pthread_mutex_destroy(&d->lock);
	free(d->slot);
	free(d->letter);
	free(d);
}

int dcc_door_reload(struct dcc_door *d, struct err *e)
{
	OWN(db_close) struct db *db = NULL;

	/* The door's own connection belongs to its thread. */
	if (d->init.dsn && db_connect(d->init.dsn, false, &db, e))
		return err_wrap(e, "the door of meters");
	return users_load(d, db ? db : d->db, e);
}

void dcc_door_ring(void *door, int64_t device_id)
{
	struct dcc_door *d = door;
	struct dcc_letter *l;

	if (atomic_fetch_add(&d->rings, 1) < DCC_RINGS_MAX) {
		l = mem_zalloc(sizeof *l);
		l->kind = DCC_LETTER_RING;
		l->device_id = device_id;
		if (mailbox_post(d->box, &l))
			return;
		free(l);
	}
	/* Full: the next sweep finds it. */
	atomic_fetch_sub(&d->rings, 1);
}

void dcc_door_wake(struct dcc_door *d)
{
	atomic_store(&d->woken, 1);
	mailbox_wake(d->box);
}

struct dcc_door_counts dcc_door_counts(const struct dcc_door *d)
{
	struct dcc_door_counts c = { .answers = atomic_load(&d->c_answers),
				     .answers_lost = atomic_load(&d->c_answers_lost),
				     .messages = atomic_load(&d->c_messages),
				     .refused_bad = atomic_load(&d->c_refused_bad),
				     .refused_signature = atomic_load(&d->c_refused_signature),
				     .refused_large = atomic_load(&d->c_refused_large),
				     .refused_replay = atomic_load(&d->c_refused_replay),
				     .doubled = atomic_load(&d->c_doubled),
				     .late = atomic_load(&d->c_late),
				     .jobs_open = atomic_load(&d->c_jobs_open),
				     .quarantined = atomic_load(&d->c_quarantined),
				     .shards = atomic_load(&d->c_shards),
				     .distributions = atomic_load(&d->c_distributions) };

	for (int i = 0; i < DCC_SERVICES; i++)
		c.sent[i] = atomic_load(&d->c_sent[i]);
	return c;
}
