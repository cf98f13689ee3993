/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/ocpp_door.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "orch/ocpp_p.h"

#define TROUBLE_WAIT_MS 500
#define BUSY_WAIT_MS 20
#define STOP_WAIT_MS 3000
#define DRAIN_ROUNDS 200

static struct ocpp_settings settings_of(const struct conf *c)
{
	return (struct ocpp_settings){ .wait = { [OCPP_WAIT_NONE] = -1,
						 [OCPP_WAIT_ANSWER] = conf_ms(c, "ocpp_call_timeout"),
						 [OCPP_WAIT_FIRST] = conf_ms(c, "ocpp_first_timeout"),
						 [OCPP_WAIT_DOWNLOAD] = conf_ms(c, "ocpp_download_timeout"),
						 [OCPP_WAIT_INSTALL] = conf_ms(c, "ocpp_install_timeout"),
						 [OCPP_WAIT_REBOOT] = conf_ms(c, "ocpp_reboot_timeout"),
						 [OCPP_WAIT_VERSION] = conf_ms(c, "ocpp_version_timeout") },
				       .call_timeout = conf_ms(c, "ocpp_call_timeout"),
				       .heartbeat = conf_ms(c, "ocpp_heartbeat"),
				       .tries = conf_int(c, "ocpp_watchdog_tries"),
				       .reset = conf_bool(c, "ocpp_reset"),
				       .retries = conf_int(c, "ocpp_retries"),
				       .pace = conf_int(c, "ocpp_pace"),
				       .authorize = !strcmp(conf_text(c, "ocpp_authorize"), "accept"),
				       .operator_name = conf_text(c, "ocpp_operator"),
				       .image_base = conf_text(c, "ocpp_image_base"),
				       .log_base = conf_text(c, "ocpp_log_base") };
}

int ocpp_door_new(const struct ocpp_door_init *init, struct ocpp_door **ret, struct err *e)
{
	OWN(ocpp_door_free) struct ocpp_door *d = mem_zalloc(sizeof *d);

	pthread_rwlock_init(&d->key_lock, NULL);
	d->init = *init;
	d->db = init->db;
	d->set = settings_of(init->conf);
	if (strcmp(conf_text(init->conf, "ocpp_authorize"), "accept") != 0 &&
	    strcmp(conf_text(init->conf, "ocpp_authorize"), "refuse") != 0)
		return err_set(e, ERR_CONFIG, "ocpp_authorize = %.40s: it is refuse or accept",
			       conf_text(init->conf, "ocpp_authorize"));
	/* Openings and closings of connections always find room. */
	d->live_max = (int)conf_int(init->conf, "ocpp_connections") + SESSIONS_SLACK;
	d->box = mailbox_new(sizeof(struct letter), TEXTS_MAX + RINGS_MAX + 2 * (size_t)d->live_max);
	d->letters = mem_array(LETTERS_MAX, sizeof *d->letters);
	d->sessions = map_new();
	d->keys = map_new();
	d->view = catalog_view_new(init->catalog);
	if (!d->db && db_connect(init->dsn, false, &d->db, e))
		return err_wrap(e, "the door of stations");
	*ret = MOVE(d);
	return OK;
}

void ocpp_door_runner(struct ocpp_door *d, struct runner *r)
{
	d->runner = r;
}

/* ---- the server ---- */

static int listen_all(struct ocpp_door *d, struct err *e)
{
	const struct conf *c = d->init.conf;
	static const char *const keys[4] = { "ocpp_profile0", "ocpp_profile1", "ocpp_profile2",
					     "ocpp_profile3" };
	struct ws_listener at[4];
	struct ws_init init = ws_init_default();
	int n = 0;

	for (int p = 0; p < 4; p++) {
		d->listener[p] = -1;
		if (!*conf_text(c, keys[p]))
			continue;
		d->profile_of[n] = p;
		d->listener[p] = n;
		at[n] = (struct ws_listener){ .address = conf_text(c, keys[p]), .profile = p };
		if (p >= 2) {
			at[n].ec_cert = conf_text(c, "ocpp_ec_cert");
			at[n].ec_key = conf_text(c, "ocpp_ec_key");
			at[n].rsa_cert = conf_text(c, "ocpp_rsa_cert");
			at[n].rsa_key = conf_text(c, "ocpp_rsa_key");
			at[n].client_ca = p == 3 ? conf_text(c, "ocpp_client_ca") : NULL;
		}
		n++;
	}
	if (!n)
		return OK;
	init.listeners = at;
	init.nlisteners = n;
	init.on = ocpp_door_handler(d);
	init.clock = d->init.clock;
	init.loops = (int)conf_int(c, "ocpp_loops");
	init.connections_max = (int)conf_int(c, "ocpp_connections");
	init.per_address_max = (int)conf_int(c, "ocpp_per_address");
	init.accept_rate = (int)conf_int(c, "ocpp_accept_rate");
	init.deflate = true;
	if (ws_start(&init, &d->ws, e))
		return err_wrap(e, "the door of stations");
	return OK;
}

struct ws_handler ocpp_door_handler(struct ocpp_door *d)
{
	return (struct ws_handler){ hello_judge, hello_open, hello_text, hello_closed, hello_refused, d };
}

int ocpp_door_port(const struct ocpp_door *d, int profile)
{
	return d->ws && profile >= 0 && profile < 4 && d->listener[profile] >= 0
		   ? ws_port(d->ws, d->listener[profile])
		   : 0;
}

int ocpp_door_reload(struct ocpp_door *d, struct err *e)
{
	return d->ws ? ws_reload(d->ws, e) : OK;
}

/* What a process that was killed left: its connections are gone. Open jobs stay as they are; they are adopted
 * when their stations come back, or by their watchdogs. */
int ocpp_door_recover(struct ocpp_door *d, struct err *e)
{
	bool known;
	TX(tx);

	if (tx_begin(&tx, d->db, true, e) ||
	    store_ocpp_forget_node(d->db, d->init.node, clock_wall(d->init.clock), e) ||
	    store_ocpp_service_seen(d->db, d->init.node, clock_wall(d->init.clock), &known, e) ||
	    tx_keep(&tx, e) || store_jobs_last(d->db, &d->jobs_after, e))
		return err_wrap(e, "recovery of the door of stations");
	return hello_keys(d, e);
}

/* ---- the thread ---- */

static void *door_main(void *arg)
{
	struct ocpp_door *d = arg;
	struct err e;
	long nap;

	while (!atomic_load(&d->stopping)) {
		int64_t wait = d->next_tick - clock_mono(d->init.clock);

		if (!ocpp_door_round(d, wait > 0 ? wait : 0, &e))
			continue;
		if (d->init.log)
			log_event(d->init.log, e.code == ERR_BUSY ? LOG_INFO : LOG_ERROR, "ocpp-trouble",
				  "code", err_info(e.code)->code, "error", e.msg, NULL);
		nap = e.code == ERR_BUSY || d->failures <= 1 ? BUSY_WAIT_MS : TROUBLE_WAIT_MS;
		nanosleep(&(struct timespec){ .tv_nsec = nap * 1000000L }, NULL);
	}
	return NULL;
}

int ocpp_door_start(struct ocpp_door *d, struct err *e)
{
	int rc;

	assert(!d->running && !d->init.wire);
	/* Connections are let in only once it is known who they are. */
	if (ocpp_door_recover(d, e) || listen_all(d, e))
		return (int)e->code;
	rc = pthread_create(&d->thread, NULL, door_main, d);
	if (rc)
		return err_errno(e, rc, "the thread of the door of stations");
	d->running = true;
	return OK;
}

static void drain(struct ocpp_door *d)
{
	struct err e;

	for (int i = 0; i < DRAIN_ROUNDS; i++) {
		d->next_tick = INT64_MAX;
		if (ocpp_door_round(d, 0, &e) && e.code != ERR_BUSY)
			return;
		if (!d->nletters && !d->first)
			return;
	}
}

void ocpp_door_stop(struct ocpp_door *d)
{
	if (d->ws)
		ws_stop(d->ws, STOP_WAIT_MS); /* each connection tells its end */
	if (d->running) {
		atomic_store(&d->stopping, true);
		mailbox_wake(d->box);
		pthread_join(d->thread, NULL);
		d->running = false;
		drain(d);
	}
}

void ocpp_door_free(struct ocpp_door *d)
{
	struct session *next;

	if (!d)
		return;
	if (d->box)
		ocpp_door_stop(d);
	if (d->ws)
		ws_free(d->ws);
	if (d->box) {
		mailbox_close(d->box);
		do {
			for (size_t i = 0; i < d->nletters; i++) {
				struct letter *l = &d->letters[i];

				free(l->text);
				if (l->kind == LETTER_CLOSED && !l->s->seated)
					session_free(l->s);
			}
			d->nletters = mailbox_take(d->box, d->letters, LETTERS_MAX, 0);
		} while (d->nletters);
		mailbox_free(d->box);
	}
	for (struct session *s = d->first; s; s = next) {
		next = s->next;
		session_free(s);
	}
	if (d->sessions)
		map_free(d->sessions);
	keys_free(d->keys);
	if (d->view)
		catalog_view_free(d->view);
	vec_done(&d->lost);
	db_close(d->db);
	pthread_rwlock_destroy(&d->key_lock);
	free(d->letters);
	free(d);
}

void ocpp_door_ring(void *door, int64_t device_id)
{
	struct ocpp_door *d = door;

	/* Full: the next sweep finds it. */
	if (atomic_fetch_add(&d->rings, 1) >= RINGS_MAX ||
	    !mailbox_post(d->box, &(struct letter){ .kind = LETTER_RING, .device_id = device_id }))
		atomic_fetch_sub(&d->rings, 1);
}

void ocpp_door_wake(struct ocpp_door *d)
{
	atomic_store(&d->woken, 1);
	mailbox_wake(d->box);
}

struct ocpp_door_counts ocpp_door_counts(const struct ocpp_door *d)
{
	struct ocpp_door_counts c = { .stations = atomic_load(&d->c_stations),
				      .messages = atomic_load(&d->c_messages),
				      .heartbeats = atomic_load(&d->c_heartbeats),
				      .calls = atomic_load(&d->c_calls),
				      .late_answers = atomic_load(&d->c_late),
				      .bad_messages = atomic_load(&d->c_bad),
				      .refused_boots = atomic_load(&d->c_refused),
				      .jobs_open = atomic_load(&d->c_jobs),
				      .transactions = atomic_load(&d->c_transactions) };

	if (d->ws)
		c.ws = ws_counts(d->ws);
	c.messages += c.heartbeats;
	return c;
}
