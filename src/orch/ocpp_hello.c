/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes and letters: what runs on the loops' threads. It must not block: keys are judged from memory, so
 * that a storm of reconnects reads no row (ADR 0009 no. 8), and Heartbeats are answered at once.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "orch/ocpp_p.h"

#define REFUSAL_LOG_MS 1000
#define KEYS_PAGE 1000
#define PATH_PREFIX "/ocpp/"
#define BUSY_RETRY_S 10

static void key_free(const char *identity, void *key, void *ctx)
{
	(void)identity;
	(void)ctx;
	free(key);
}

void keys_free(struct map *keys)
{
	if (!keys)
		return;
	map_each(keys, key_free, NULL);
	map_free(keys);
}

/* ---- keys ---- */

static void key_put(struct ocpp_door *d, const struct store_station_key *k)
{
	struct key *key = mem_zalloc(sizeof *key), *old;

	key->site_id = k->site_id;
	key->profile = k->profile;
	str_copy(key->salt, sizeof key->salt, k->salt ? k->salt : "");
	str_copy(key->secret, sizeof key->secret, k->secret ? k->secret : "");
	str_copy(key->cert_serial, sizeof key->cert_serial, k->cert_serial ? k->cert_serial : "");
	pthread_rwlock_wrlock(&d->key_lock);
	old = map_del(d->keys, k->identity);
	map_put(d->keys, k->identity, key);
	pthread_rwlock_unlock(&d->key_lock);
	free(old);
}

static void key_drop(struct ocpp_door *d, const char *identity)
{
	struct session *s = door_session(d, identity);

	pthread_rwlock_wrlock(&d->key_lock);
	free(map_del(d->keys, identity));
	pthread_rwlock_unlock(&d->key_lock);
	if (s && d->ws) /* a key never outlives its station */
		ws_close(d->ws, s->id, 1008, "the station was removed");
}

/* The key of addresses is made when there is a first station, before that can come in. */
int hello_keys(struct ocpp_door *d, struct err *e)
{
	struct actor who = { "orchestrator", "", clock_wall(d->init.clock) };
	bool first = false;

	for (;;) {
		OWN(rows_done) struct rows *r = NULL;
		struct store_station_key k;
		bool got = true;
		int n = 0;

		if (first && url_key_load(d->db, &who, &d->url_key, e))
			return err_wrap(e, "the key of addresses");
		d->has_url_key = d->has_url_key || first;
		first = false;
		if (store_station_keys(d->db, d->key_change, KEYS_PAGE, &r, e))
			return err_wrap(e, "keys of stations");
		while (got) {
			if (store_station_key_next(r, &k, &got, e))
				return err_wrap(e, "keys of stations");
			if (!got)
				break;
			first = !d->has_url_key;
			if (first)
				break;
			if (k.site_id)
				key_put(d, &k);
			else
				key_drop(d, k.identity);
			d->key_change = k.change;
			n++;
		}
		if (first && !d->db->in_tx)
			continue;
		if (first || n < KEYS_PAGE) /* within a transaction: with the next tick */
			return OK;
	}
}

static bool key_of(struct ocpp_door *d, const char *identity, struct key *ret)
{
	const struct key *k;

	pthread_rwlock_rdlock(&d->key_lock);
	k = map_get(d->keys, identity);
	if (k)
		*ret = *k;
	pthread_rwlock_unlock(&d->key_lock);
	return k != NULL;
}

/* ---- handshakes ---- */

static bool identity_of(const char *path, char ret[STATION_IDENTITY_SIZE])
{
	char raw[WS_PATH_MAX + 1];
	const char *seg = path + strlen(PATH_PREFIX);
	size_t n;

	if (strncmp(path, PATH_PREFIX, strlen(PATH_PREFIX)) != 0 || !*seg || strlen(seg) > WS_PATH_MAX ||
	    strchr(seg, '/') || !parse_percent(seg, strlen(seg), false, false, raw, &n))
		return false;
	return n > 0 && n < STATION_IDENTITY_SIZE && station_identity_ok(raw) &&
	       str_copy(ret, STATION_IDENTITY_SIZE, raw);
}

/* Who was not let in, for whoever looks for a station that does not come. One line a second: outsiders shall
 * not fill the log. */
static void refusal_log(struct ocpp_door *d, const char *identity, const char *peer, const char *why)
{
	int64_t now = clock_mono(d->init.clock), due = atomic_load(&d->refusal_due);
	char more[24] = "";
	int64_t n;

	if (!d->init.log)
		return;
	if (now < due || !atomic_compare_exchange_strong(&d->refusal_due, &due, now + REFUSAL_LOG_MS)) {
		atomic_fetch_add(&d->refusals_unsaid, 1);
		return;
	}
	n = atomic_exchange(&d->refusals_unsaid, 0);
	if (n)
		snprintf(more, sizeof more, "%lld", (long long)n);
	log_event(d->init.log, LOG_NOTICE, "station-refused", "station", identity, "peer", peer, "why", why,
		  "unsaid", n ? more : NULL, NULL);
}

/* Those that did not get as far as saying who they are; the others are told of by hello_judge(). */
void hello_refused(void *door, int listener, const char *peer, int status, const char *why)
{
	(void)listener;
	if (status != 401 && status != 404)
		refusal_log(door, NULL, peer, why);
}

/* Profile 3 (A00.FR.404, .405): O is the operator, CN the serial of the station, or its identity as long as
 * no serial was said. */
static bool certificate_fits(const struct ocpp_door *d, const struct key *k, const char *identity,
			     const struct ws_hello *h)
{
	const char *want = *k->cert_serial ? k->cert_serial : identity;

	if (!h->cert_cn || strcmp(h->cert_cn, want) != 0)
		return false;
	return !*d->set.operator_name || (h->cert_o && !strcmp(h->cert_o, d->set.operator_name));
}

/* Basic: the user is the identity (A00.FR.204, .207); the password is bytes, not text (1.6). */
static bool password_right(const struct key *k, const char *identity, const struct ws_hello *h)
{
	bool named = h->user && !strcmp(h->user, identity);

	if (!h->user || !h->pass)
		return false;
	return station_secret_ok(k->salt, k->secret, h->pass, h->pass_len) && named && *k->secret;
}

/* NULL, or why not. Never below the profile of the row (A00.FR.005), whatever the station knows. */
static const char *may_not_enter(const struct ocpp_door *d, const struct key *k, const char *identity,
				 const struct ws_hello *h)
{
	int profile = d->init.wire ? h->listener : d->profile_of[h->listener];

	if (profile < k->profile)
		return "this listener's security profile is below the one registered for it";
	if (profile == 0)
		return NULL;
	if (profile == 3)
		return certificate_fits(d, k, identity, h)
			   ? NULL
			   : "its certificate does not name the serial number (CN) and the operator (O)";
	if (!*k->secret)
		return "no password is registered for it";
	return password_right(k, identity, h) ? NULL
					      : "the user is not its identity, or the password is wrong";
}

/* The first of its offers that we speak. */
static const char *protocol_of(const struct ws_hello *h, enum ocpp_version *ret)
{
	for (size_t i = 0; h->offers && h->offers[i]; i++)
		for (int v = 0; v < OCPP_VERSIONS; v++)
			if (!strcmp(h->offers[i], ocpp_version_text[v])) {
				*ret = (enum ocpp_version)v;
				return ocpp_version_text[v];
			}
	return NULL;
}

struct ws_verdict hello_judge(void *door, const struct ws_hello *h)
{
	struct ocpp_door *d = door;
	char identity[STATION_IDENTITY_SIZE];
	enum ocpp_version v = OCPP_16;
	struct session *s;
	struct key k;
	const char *protocol, *why;

	if (!identity_of(h->path, identity)) {
		atomic_fetch_add(&d->c_refused, 1);
		refusal_log(d, NULL, h->peer, "the address is not /ocpp/IDENTITY");
		return (struct ws_verdict){ .status = 404 };
	}
	if (!key_of(d, identity, &k)) {
		atomic_fetch_add(&d->c_refused, 1);
		refusal_log(d, identity, h->peer, "no station of that identity is registered");
		return (struct ws_verdict){ .status = 404 };
	}
	why = may_not_enter(d, &k, identity, h);
	if (why) {
		atomic_fetch_add(&d->c_refused, 1);
		refusal_log(d, identity, h->peer, why);
		return (struct ws_verdict){ .status = 401 };
	}
	protocol = protocol_of(h, &v);
	if (!protocol) {
		refusal_log(d, identity, h->peer, "it offers no subprotocol that is spoken here");
		return (struct ws_verdict){ .status = 101 };
	}
	/* The end of a connection must always find room in the mailbox. */
	if (atomic_fetch_add(&d->live, 1) >= d->live_max) {
		atomic_fetch_sub(&d->live, 1);
		return (struct ws_verdict){ .status = 503, .retry_after = BUSY_RETRY_S };
	}
	s = mem_zalloc(sizeof *s);
	s->live = &d->live;
	s->id = h->id;
	s->site_id = k.site_id;
	s->v = v;
	str_copy(s->identity, sizeof s->identity, identity);
	str_copy(s->peer, sizeof s->peer, h->peer ? h->peer : "");
	s->t.asking = ASK_NONE;
	s->t.discover_at = -1;
	return (struct ws_verdict){ .status = 101, .protocol = protocol, .user = s };
}

void session_free(struct session *s)
{
	ocpp_components_done(&s->parts);
	atomic_fetch_sub(s->live, 1);
	free(s);
}

/* ---- letters ---- */

void hello_open(void *door, ws_id id, void *user)
{
	struct ocpp_door *d = door;
	struct session *s = user;

	s->id = id;
	/* Room for these is kept apart from that of texts. */
	(void)mailbox_post(d->box, &(struct letter){ .kind = LETTER_OPEN, .s = s });
}

static void to_wire(struct ocpp_door *d, ws_id id, const char *text, size_t len)
{
	if (d->init.wire)
		d->init.wire->send(d->init.wire->ctx, id, text, len);
	else
		ws_send(d->ws, id, text, len);
}

static void close_wire(struct ocpp_door *d, ws_id id, int code, const char *why)
{
	if (d->init.wire)
		d->init.wire->close(d->init.wire->ctx, id, code, why);
	else
		ws_close(d->ws, id, code, why);
}

static void heartbeat(struct ocpp_door *d, ws_id id, const char *message_id)
{
	char buf[160], at[TIME_TEXT];
	int n = snprintf(buf, sizeof buf, "[3,\"%s\",{\"currentTime\":\"%s\"}]", message_id,
			 time_text(clock_wall(d->init.clock), at));

	atomic_fetch_add_explicit(&d->c_heartbeats, 1, memory_order_relaxed);
	to_wire(d, id, buf, (size_t)n);
}

/* Room for a text; false leaves the counts as they were, whatever the door gives back meanwhile. */
static bool room_take(struct ocpp_door *d, size_t len)
{
	if (atomic_fetch_add(&d->texts, 1) < TEXTS_MAX) {
		if (atomic_fetch_add(&d->bytes, len) + len <= TEXT_BYTES_MAX)
			return true;
		atomic_fetch_sub(&d->bytes, len);
	}
	atomic_fetch_sub(&d->texts, 1);
	return false;
}

void hello_text(void *door, ws_id id, void *user, const char *text, size_t len)
{
	struct ocpp_door *d = door;
	struct session *s = user;
	char message_id[OCPP_ID_MAX + 1];
	struct letter l = { .kind = LETTER_TEXT, .s = s, .len = len };

	if (atomic_load_explicit(&s->registered, memory_order_relaxed) &&
	    ocpp_is_heartbeat(text, len, message_id)) {
		heartbeat(d, id, message_id);
		return;
	}
	if (atomic_fetch_add(&s->waiting, 1) >= WAITING_MAX) {
		atomic_fetch_sub(&s->waiting, 1);
		close_wire(d, id, 1008, "too many messages without waiting for answers");
		return;
	}
	if (!room_take(d, len)) {
		atomic_fetch_sub(&s->waiting, 1);
		close_wire(d, id, 1013, "busy, come again");
		return;
	}
	l.text = mem_strndup(text, len);
	if (!mailbox_post(d->box, &l)) { /* stopping */
		free(l.text);
		atomic_fetch_sub(&d->texts, 1);
		atomic_fetch_sub(&d->bytes, len);
		atomic_fetch_sub(&s->waiting, 1);
	}
}

void hello_closed(void *door, ws_id id, void *user, int code, const char *why)
{
	struct ocpp_door *d = door;
	struct letter l = { .kind = LETTER_CLOSED, .code = code, .s = user };

	(void)id;
	l.text = mem_strdup(why ? why : "");
	if (!mailbox_post(d->box, &l)) {
		free(l.text);
		session_free(user); /* the door stopped: it knows sessions no more */
	}
}
