/* SPDX-License-Identifier: Apache-2.0 */
#include "charger_kit.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/file.h"
#include "base/json.h"
#include "core/station.h"
#include "store/store_entry.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"
#include "wire/ocpp.h"

static const struct conf_key keys[] = { OCPP_CONF_KEYS, { .name = NULL } };

void ok_sql(struct ok_world *w, const char *fmt, ...)
{
	char sql[4000];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	ck_ok(w->k.db->ops->script(w->k.db, sql, &e));
}

/* ---- the catalogue ---- */

static void release_put(struct ok_world *w, int v, const char *id, const char *hash)
{
	ok_sql(w,
	       "INSERT INTO release (entry_id, public_id, vendor, model, component, version, state, "
	       "document, digest, "
	       "image_hash, image_md5, image_bytes, regulated, certificate, created_by, created_at) VALUES "
	       "(%" PRId64 ", '%s', '" OK_VENDOR "', '" OK_MODEL "', 'default', '%d.0', 'published', "
	       "'{\"component\":\"default\",\"legal_status\":\"Unregulated\",\"role\":\"x\",\"unsigned\":{"
	       "\"reason\":\"a test\"},"
	       "\"hash\":\"%s\",\"model\":\"" OK_MODEL "\",\"vendor\":\"" OK_VENDOR
	       "\",\"version\":\"%d.0\"}', "
	       "'%064d', '%s', '%032d', 10, 0, '', 'a', 1)",
	       w->version[v], id, v, hash, v, v, hash, v);
}

static void catalogue_fill(struct ok_world *w)
{
	struct actor who = kit_who(&w->k);
	char ids[OK_VERSIONS + 1][PUBLIC_ID_SIZE], hashes[OK_VERSIONS + 1][SHA256_HEX];
	struct err e;
	int64_t rev;
	{
		TX(tx);

		ck_ok(tx_begin(&tx, w->k.db, true, &e));
		ck_ok(ledger_advance(w->k.db, &who, "test", &rev, &e));
		for (int v = 1; v <= OK_VERSIONS; v++) {
			struct store_model m = { .scheme = "ocpp",
						 .manufacturer = OK_VENDOR,
						 .model = OK_MODEL,
						 .hardware = "default" };
			char version[8], path[400], text[40];
			uint8_t raw[SHA256_LEN];
			struct store_entry s = { .ord = 1000 + v,
						 .scheme = "ocpp",
						 .public_id = ids[v],
						 .version = version,
						 .hash = hashes[v],
						 .cpa_until = -1,
						 .bytes = -1,
						 .seconds = -1,
						 .restarts = -1 };
			struct store_statement st = { .kind = v == 1 ? "none" : "bases",
						      .source = "manufacturer",
						      .author = "a test",
						      .stated_on = -1,
						      .confirmed_on = -1,
						      .excerpt = "because",
						      .reference = "page 4" };
			int64_t id;

			snprintf(version, sizeof version, "%d.0", v);
			ck_assert(ident_ocpp_text(OK_VENDOR, OK_MODEL, "default", version, ids[v]));
			snprintf(text, sizeof text, "firmware %d", v);
			sha256_of(text, strlen(text), raw);
			hex_text(raw, sizeof raw, hashes[v]);
			snprintf(path, sizeof path, "%s/%s", w->k.images, hashes[v]);
			ck_ok(file_replace(path, text, strlen(text), &e));
			s.text[CPL_NUMBER] = ids[v];
			s.text[CPL_STATUS] = "Current";
			ck_ok(store_model_put(w->k.db, &m, &s.model_id, &e));
			ck_ok(store_entry_add(w->k.db, &s, &s.id, &e));
			ck_ok(store_state_open(w->k.db, &s, rev, &e));
			w->version[v] = st.entry_id = s.id;
			ck_ok(store_statement_add(w->k.db, &st, &w->version[v - 1], v > 1, rev, &id, &e));
		}
		ck_ok(tx_keep(&tx, &e));
	}
	for (int v = 1; v <= OK_VERSIONS; v++)
		release_put(w, v, ids[v], hashes[v]);
}

/* ---- the station's side of the wire ---- */

static struct ok_station *by_id(struct ok_world *w, ws_id id)
{
	for (int i = 0; i < w->n; i++)
		if (w->st[i].id == id)
			return &w->st[i];
	return NULL;
}

void ok_raw(struct ok_world *w, struct ok_station *s, const char *text)
{
	struct ws_handler h = ocpp_door_handler(w->door);

	h.text(h.ctx, s->id, s->user, text, strlen(text));
}

static const char *good_answer(const struct ok_station *s, const char *action, char buf[600])
{
	if (!strcmp(action, "GetFirmwareComponents"))
		return s->components ? s->components : "!NotImplemented";
	if (!strcmp(action, "GetVariables")) {
		snprintf(buf, 600,
			 "{\"getVariableResult\":[{\"attributeStatus\":\"Accepted\",\"attributeValue\":\"%"
			 "s\",\"component\":"
			 "{\"name\":\"ChargingStation\"},\"variable\":{\"name\":\"FirmwareVersion\"}}]}",
			 s->runs);
		return s->variables ? s->variables
		       : *s->runs
			   ? buf
			   : "{\"getVariableResult\":[{\"attributeStatus\":\"UnknownComponent\","
			     "\"component\":"
			     "{\"name\":\"ChargingStation\"},\"variable\":{\"name\":\"FirmwareVersion\"}}]}";
	}
	if (!strcmp(action, "GetConfiguration"))
		return s->configuration ? s->configuration : "{\"unknownKey\":[\"FirmwareVersion\"]}";
	if (!strcmp(action, "GetBaseReport"))
		return "{\"status\":\"NotSupported\"}";
	if (!strcmp(action, "DataTransfer"))
		return s->components ? s->components : "{\"status\":\"UnknownVendorId\"}";
	if (!strncmp(action, "Trigger", 7) || !strncmp(action, "ExtendedTrigger", 15))
		return s->trigger ? s->trigger : "{\"status\":\"Accepted\"}";
	if (!strcmp(action, "PublishFirmware"))
		return s->publish ? s->publish : "{\"status\":\"Accepted\"}";
	if (!strcmp(action, "UnpublishFirmware"))
		return s->unpublish ? s->unpublish : "{\"status\":\"Unpublished\"}";
	if (!strcmp(action, "GetLog"))
		return "{\"status\":\"Accepted\",\"filename\":\"cs.log\"}";
	if (strstr(action, "UpdateFirmware"))
		return s->update ? s->update
		       : s->protocol == OCPP_16 && !strcmp(action, "UpdateFirmware")
			   ? "{}"
			   : "{\"status\":\"Accepted\"}";
	return "{\"status\":\"Accepted\"}";
}

static void called(struct ok_world *w, struct ok_station *s, const struct json *j)
{
	const char *id = json_text(json_at(j, 1)), *action = json_text(json_at(j, 2)), *answer;
	const struct json *p = json_at(j, 3), *f = json_get(p, "firmware");
	char text[3000], buf[600];
	STR(payload, 64 * KIB);

	json_print(p, &payload, false);
	ck_assert_int_lt(w->nsaid, OK_SAID);
	w->said[w->nsaid] =
	    (struct ok_call){ .station = (int)(s - w->st), .payload = mem_strdup(str_c(&payload)) };
	str_copy(w->said[w->nsaid].action, sizeof w->said[0].action, action);
	str_copy(w->said[w->nsaid++].id, sizeof w->said[0].id, id);
	if (strstr(action, "UpdateFirmware")) {
		const char *at = json_text(json_get(f ? f : p, "location"));

		s->request = json_int(json_get(p, "requestId"), -1);
		str_copy(s->location, sizeof s->location, at ? at : "");
	}
	answer = good_answer(s, action, buf);
	if (!*answer)
		return;
	if (*answer == '!')
		snprintf(text, sizeof text, "[4,\"%s\",\"%s\",\"no\",{}]", id, answer + 1);
	else
		snprintf(text, sizeof text, "[3,\"%s\",%s]", id, answer);
	ok_raw(w, s, text);
}

static bool wire_send(void *ctx, ws_id id, const char *text, size_t len)
{
	struct ok_world *w = ctx;
	struct ok_station *s = by_id(w, id);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_ok(json_parse(text, len, &j, &e));
	if (!s)
		return false;
	if (json_int(json_at(j, 0), 0) == 2)
		called(w, s, j);
	else
		str_copy(s->answer, sizeof s->answer, text);
	return true;
}

static void wire_close(void *ctx, ws_id id, int code, const char *why)
{
	struct ok_world *w = ctx;
	struct ok_station *s = by_id(w, id);

	(void)why;
	if (s)
		s->closed = code;
}

/* ---- the world ---- */

void ok_conf(struct ok_world *w, const char *key, const char *value)
{
	struct err e;

	ck_ok(conf_set(w->conf, key, value, "a test", &e));
}

void ok_door(struct ok_world *w, struct db *db)
{
	struct ocpp_door_init init = { .dsn = w->k.dsn,
				       .db = db,
				       .wire = &w->wire,
				       .catalog = w->k.catalog,
				       .clock = &w->k.clock,
				       .conf = w->conf,
				       .image_dir = w->k.images,
				       .image_base = "http://127.0.0.1:1",
				       .node = "here",
				       .rnd = rnd_seeded(7) };
	struct runner_init ri = { .dsn = w->k.dsn,
				  .catalog = w->k.catalog,
				  .clock = &w->k.clock,
				  .rnd = rnd_seeded(8),
				  .image_dir = w->k.images,
				  .set = w->k.set,
				  .site = w->k.site };
	struct err e;

	for (int i = 0; i < w->n; i++)
		w->st[i].id = 0;
	runner_free(w->k.runner);
	w->k.runner = NULL;
	ocpp_door_free(w->door);
	w->door = NULL;
	ck_ok(ocpp_door_new(&init, &w->door, &e));
	ri.stations = (struct adapter_bell){ ocpp_door_ring, w->door };
	ck_ok(runner_new(&ri, &w->k.runner, &e));
	ocpp_door_runner(w->door, w->k.runner);
	if (!db) {
		ck_ok(ocpp_door_recover(w->door, &e));
		ck_ok(runner_recover(w->k.runner, &e));
	}
	w->dead = false;
}

void ok_open(struct ok_world *w, int engine, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	kit_open(&w->k, engine, seed);
	w->wire = (struct ocpp_wire){ wire_send, wire_close, w };
	w->conf = conf_new(keys);
	catalogue_fill(w);
	kit_snap(&w->k);
	ok_door(w, NULL);
}

void ok_done(struct ok_world *w)
{
	struct ws_handler h = ocpp_door_handler(w->door);

	for (int i = 0; i < w->n; i++)
		if (w->st[i].id && !w->dead)
			h.closed(h.ctx, w->st[i].id, w->st[i].user, 1000, "end of the test");
	runner_free(w->k.runner);
	w->k.runner = NULL;
	ocpp_door_free(w->door);
	conf_free(w->conf);
	for (int i = 0; i < w->nsaid; i++)
		free(w->said[i].payload);
	kit_done(&w->k);
}

struct ok_station *ok_station(struct ok_world *w, const char *identity, int protocol, const char *extra)
{
	struct ok_station *s = &w->st[w->n++];
	OWN(json_free) struct json *j = NULL;
	struct actor who = kit_who(&w->k);
	char body[500];
	struct err e;
	bool got;

	ck_assert_int_le(w->n, OK_STATIONS);
	memset(s, 0, sizeof *s);
	str_copy(s->identity, sizeof s->identity, identity);
	s->protocol = protocol;
	str_copy(s->runs, sizeof s->runs, "1.0");
	snprintf(body, sizeof body, "{\"identity\":\"%s\",\"password\":\"pppppppppppppppppppp\"%s%s}",
		 identity, strstr(extra, "profile") ? "" : ",\"profile\":1", extra);
	ck_ok(json_parse(body, strlen(body), &j, &e));
	ck_ok(station_add(w->k.db, SCOPE_ALL, &who, &w->k.rnd, j, &got, NULL, &e));
	ck_ok(store_station_site(w->k.db, identity, &got, &s->site, &e));
	ck_assert(got);
	ok_round(w, 1000); /* the door learns its key */
	return s;
}

int ok_hello(struct ok_world *w, const char *path, int listener, const char *user, const char *pass,
	     const char *cn, const char *o, const char *const *offers, const char **ret_protocol)
{
	struct ws_handler h = ocpp_door_handler(w->door);
	struct ws_hello hello = { .id = ++w->last_id,
				  .listener = listener,
				  .path = path,
				  .host = "",
				  .offers = offers,
				  .user = user,
				  .pass = (const unsigned char *)pass,
				  .pass_len = pass ? strlen(pass) : 0,
				  .cert_cn = cn,
				  .cert_o = o,
				  .peer = "192.0.2.1" };
	struct ws_verdict v = h.hello(h.ctx, &hello);

	if (ret_protocol)
		*ret_protocol = v.protocol;
	if (v.user) { /* it is not meant */
		h.open(h.ctx, hello.id, v.user);
		h.closed(h.ctx, hello.id, v.user, 1000, "only looked");
	}
	return v.status;
}

void ok_connect(struct ok_world *w, struct ok_station *s)
{
	struct ws_handler h = ocpp_door_handler(w->door);
	const char *offers[] = { ocpp_version_text[s->protocol], NULL };
	char path[80];
	struct ws_hello hello = { .id = ++w->last_id,
				  .listener = 1,
				  .path = path,
				  .host = "",
				  .offers = offers,
				  .user = s->identity,
				  .pass = (const unsigned char *)"pppppppppppppppppppp",
				  .pass_len = 20,
				  .peer = "192.0.2.1" };
	struct ws_verdict v;

	snprintf(path, sizeof path, "/ocpp/%s", s->identity);
	v = h.hello(h.ctx, &hello);
	ck_assert_int_eq(v.status, 101);
	ck_assert_ptr_nonnull(v.user);
	s->id = hello.id;
	s->user = v.user;
	s->closed = 0;
	h.open(h.ctx, s->id, s->user);
}

void ok_drop(struct ok_world *w, struct ok_station *s)
{
	struct ws_handler h = ocpp_door_handler(w->door);

	h.closed(h.ctx, s->id, s->user, 1006, "the connection was lost");
	s->id = 0;
}

void ok_say(struct ok_world *w, struct ok_station *s, const char *action, const char *fmt, ...)
{
	char payload[2000], text[2200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(payload, sizeof payload, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof text, "[2,\"s%d\",\"%s\",%s]", ++s->number, action, payload);
	s->answer[0] = 0;
	ok_raw(w, s, text);
}

void ok_boot(struct ok_world *w, struct ok_station *s, const char *reason)
{
	char version[60] = "";

	if (*s->runs)
		snprintf(version, sizeof version, ",\"firmwareVersion\":\"%s\"", s->runs);
	if (s->protocol == OCPP_16)
		ok_say(w, s, "BootNotification",
		       "{\"chargePointVendor\":\"" OK_VENDOR "\",\"chargePointModel\":\"" OK_MODEL "\"%s}",
		       version);
	else
		ok_say(w, s, "BootNotification",
		       "{\"reason\":\"%s\",\"chargingStation\":{\"vendorName\":\"" OK_VENDOR
		       "\",\"model\":\"" OK_MODEL "\"%s}}",
		       reason, version);
}

void ok_up(struct ok_world *w, struct ok_station *s)
{
	ok_connect(w, s);
	ok_round(w, 10);
	ok_boot(w, s, "PowerUp");
	ok_rounds(w, 6, 10);
}

void ok_status(struct ok_world *w, struct ok_station *s, const char *status)
{
	if (s->protocol == OCPP_16)
		ok_say(w, s,
		       s->request >= 0 ? "SignedFirmwareStatusNotification" : "FirmwareStatusNotification",
		       s->request >= 0 ? "{\"status\":\"%s\",\"requestId\":%d}" : "{\"status\":\"%s\"}",
		       status, (int)s->request);
	else
		ok_say(w, s, "FirmwareStatusNotification", "{\"status\":\"%s\",\"requestId\":%d}", status,
		       (int)s->request);
	ok_rounds(w, 2, 10);
}

void ok_round(struct ok_world *w, int64_t ms)
{
	int64_t moves;
	struct err e;

	w->k.now += ms;
	if (ocpp_door_round(w->door, 0, &e)) {
		ck_assert_msg(w->dead || e.code == ERR_DISK || e.code == ERR_BUSY, "the door: %s", e.msg);
		w->dead = e.code != ERR_BUSY;
	}
	if (runner_round(w->k.runner, 0, &moves, &e))
		ck_assert_msg(e.code == ERR_BUSY, "the runner: %s", e.msg);
}

void ok_rounds(struct ok_world *w, int n, int64_t ms)
{
	for (int i = 0; i < n && !w->dead; i++)
		ok_round(w, ms);
}

int ok_count(const struct ok_world *w, const struct ok_station *s, const char *action)
{
	int n = 0;

	for (int i = 0; i < w->nsaid; i++)
		n += w->said[i].station == (int)(s - w->st) && !strcmp(w->said[i].action, action);
	return n;
}

const struct ok_call *ok_last(const struct ok_world *w, const struct ok_station *s, const char *action)
{
	for (int i = w->nsaid; i-- > 0;)
		if (w->said[i].station == (int)(s - w->st) && !strcmp(w->said[i].action, action))
			return &w->said[i];
	return NULL;
}

const struct ok_call *ok_until(struct ok_world *w, struct ok_station *s, const char *action)
{
	int before = ok_count(w, s, action);

	for (int i = 0; i < 400 && !w->dead; i++) {
		if (ok_count(w, s, action) > before)
			return ok_last(w, s, action);
		ok_round(w, 250);
	}
	if (!w->dead) {
		STR(out, 4 * MIB);
		struct err e;

		ck_ok(station_story_json(w->k.db, SCOPE_ALL, NULL, s->identity, 0, 0, STATION_STORY_MAX, &out,
					 &e));
		ck_abort_msg("station %s was not asked %s: ...%s", s->identity, action,
			     str_c(&out) + (out.len > 1500 ? out.len - 1500 : 0));
	}
	return NULL;
}

int64_t ok_campaign(struct ok_world *w, const char *prefix, int version)
{
	char body[400];
	int64_t id;

	snprintf(body, sizeof body,
		 "{\"name\":\"c%d\",\"target\":\"ocpp:" OK_VENDOR "/" OK_MODEL
		 "/default@%d.0\",\"spread\":\"0s\",\"members\":{\"filter\":{\"prefix\":\"%s\"}},\"max_"
		 "active\":10}",
		 (int)rnd_below(&w->k.rnd, 1000000), version, prefix);
	id = kit_asked(&w->k, SCOPE_ALL, body);
	runner_wake(w->k.runner);
	return id;
}

struct store_station ok_row(struct ok_world *w, const struct ok_station *s)
{
	struct store_station st;
	struct err e;
	bool got;

	ck_ok(store_station_of_site(w->k.db, s->site, &got, &st, &e));
	ck_assert(got);
	return st;
}

struct store_job ok_job(struct ok_world *w, const struct ok_station *s, const char *kind)
{
	struct store_job j;
	struct err e;
	bool got;

	ck_ok(store_job_last(w->k.db, s->site, kind, &got, &j, &e));
	ck_assert_msg(got, "station %s has no job of kind %s", s->identity, kind);
	return j;
}

bool ok_story_has(struct ok_world *w, const struct ok_station *s, const char *words)
{
	STR(out, 4 * MIB);
	struct err e;

	ck_ok(station_story_json(w->k.db, SCOPE_ALL, NULL, s->identity, 0, 0, STATION_STORY_MAX, &out, &e));
	return strstr(str_c(&out), words) != NULL;
}

/* Downloading ... Installed, then the restart into what was sent. */
void ok_install(struct ok_world *w, struct ok_station *s, const char *runs)
{
	ok_status(w, s, "Downloading");
	ok_status(w, s, "Downloaded");
	ok_status(w, s, "Installing");
	str_copy(s->runs, sizeof s->runs, runs);
	ok_boot(w, s, "FirmwareUpdate");
	ok_rounds(w, 4, 10);
	ok_status(w, s, "Installed");
}

void ok_finish(struct ok_world *w, int64_t campaign)
{
	for (int i = 0; i < 200 && !w->dead && kit_state(&w->k, campaign).ended_at < 0; i++)
		ok_round(w, 250);
}
