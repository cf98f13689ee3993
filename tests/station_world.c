/* SPDX-License-Identifier: Apache-2.0 */
#include "station_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "core/station.h"
#include "model/ident.h"
#include "store/store_cycle.h"
#include "store/store_entry.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"
#include "store/store_turn.h"
#include "wire/bbum_message.h"

#define VENDOR "Volt"
#define MODEL "One"

void sw_script(struct sw *w, const char *sql)
{
	struct err e;

	ck_ok(w->k.db->ops->script(w->k.db, sql, &e));
}

void sw_open(struct sw *w, int engine, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	kit_open(&w->k, engine, seed);
}

void sw_done(struct sw *w)
{
	kit_done(&w->k);
}

int sw_part(struct sw *w, const char *name, int n, bool skip)
{
	struct sw_part *p = &w->part[w->nparts];

	ck_assert_int_lt(w->nparts, SW_PARTS);
	str_copy(p->name, sizeof p->name, name);
	p->n = n;
	p->approved = true;
	for (int v = 0; v + 1 < n; v++)
		p->next[v] = 1u << (v + 1) | (skip && v + 2 < n ? 1u << (v + 2) : 0);
	return w->nparts++;
}

void sw_need(struct sw *w, int part, int version, bool conflicts, int of, unsigned versions)
{
	ck_assert_int_lt(w->nneeds, SW_NEEDS);
	w->need[w->nneeds++] = (struct sw_need){ part, version, conflicts, of, versions };
}

static void version_text(int v, char buf[16])
{
	snprintf(buf, 16, "1.%d", v);
}

static void public_id(const struct sw *w, int part, int v, char buf[PUBLIC_ID_SIZE])
{
	char version[16];

	version_text(v, version);
	ck_assert(ident_ocpp_text(VENDOR, MODEL, w->part[part].name, version, buf));
}

static void image_put(struct sw *w, int part, int v, char hash[SHA256_HEX])
{
	char text[60], path[400];
	uint8_t raw[SHA256_LEN];
	struct err e;

	snprintf(text, sizeof text, "firmware %s %d", w->part[part].name, v);
	sha256_of(text, strlen(text), raw);
	hex_text(raw, sizeof raw, hash);
	snprintf(path, sizeof path, "%s/%s", w->k.images, hash);
	ck_ok(file_replace(path, text, strlen(text), &e));
}

static void entry_put(struct sw *w, int64_t rev, int part, int v)
{
	struct store_model m = {
		.scheme = "ocpp", .manufacturer = VENDOR, .model = MODEL, .hardware = w->part[part].name
	};
	char id[PUBLIC_ID_SIZE], version[16], hash[SHA256_HEX];
	struct store_entry s = { .ord = part * 100 + v + 1,
				 .scheme = "ocpp",
				 .public_id = id,
				 .version = version,
				 .hash = hash,
				 .cpa_until = -1,
				 .bytes = -1,
				 .seconds = -1,
				 .restarts = -1 };
	struct err e;

	public_id(w, part, v, id);
	version_text(v, version);
	image_put(w, part, v, hash);
	s.text[CPL_NUMBER] = id;
	s.text[CPL_STATUS] = "Current";
	ck_ok(store_model_put(w->k.db, &m, &s.model_id, &e));
	ck_ok(store_entry_add(w->k.db, &s, &s.id, &e));
	ck_ok(store_state_open(w->k.db, &s, rev, &e));
	w->part[part].entry[v] = s.id;
}

static void path_say(struct sw *w, int64_t rev, int part, int v)
{
	struct sw_part *p = &w->part[part];
	int64_t bases[SW_VERSIONS], id;
	size_t n = 0;
	struct store_statement s = { .entry_id = p->entry[v],
				     .source = "manufacturer",
				     .author = "a test",
				     .stated_on = -1,
				     .confirmed_on = -1,
				     .excerpt = "because",
				     .reference = "page 4" };
	struct err e;

	for (int u = 0; u < p->n; u++)
		if (p->next[u] >> v & 1)
			bases[n++] = p->entry[u];
	s.kind = n ? "bases" : "none";
	ck_ok(store_statement_add(w->k.db, &s, bases, n, rev, &id, &e));
}

static void compatibility(const struct sw *w, int part, int v, struct str *out)
{
	bool any = false;
	char version[16];

	for (int i = 0; i < w->nneeds; i++) {
		const struct sw_need *need = &w->need[i];
		bool first = true;

		if (need->part != part || need->version != v)
			continue;
		str_addf(out, "%s{\"relation\":\"%s\",\"component\":\"%s\",\"version\":[", any ? "," : "",
			 need->conflicts ? "Conflicts" : "Requires", w->part[need->of].name);
		for (int u = 0; u < w->part[need->of].n; u++) {
			version_text(u, version);
			if (need->versions >> u & 1) {
				str_addf(out, "%s\"%s\"", first ? "" : ",", version);
				first = false;
			}
		}
		if (first) /* a version that nobody has: it cannot be met */
			str_add(out, "\"9.9\"");
		str_add(out, "]}");
		any = true;
	}
}

static void release_put(struct sw *w, int part, int v)
{
	const struct sw_part *p = &w->part[part];
	char id[PUBLIC_ID_SIZE], version[16], hash[SHA256_HEX];
	STR(sql, 16 * KIB);
	STR(doc, 8 * KIB);

	public_id(w, part, v, id);
	version_text(v, version);
	image_put(w, part, v, hash);
	str_addf(&doc, "{\"component\":\"%s\",\"compatibility\":[", p->name);
	compatibility(w, part, v, &doc);
	str_addf(&doc,
		 "],\"legal_status\":\"Unregulated\",\"role\":\"x\",\"unsigned\":{\"reason\":\"a "
		 "test\"},\"hash\":\"%s\",\"model\":\"" MODEL "\",\"vendor\":\"" VENDOR
		 "\",\"version\":\"%s\"}",
		 hash, version);
	str_addf(
	    &sql,
	    "INSERT INTO release (entry_id, public_id, vendor, model, component, version, state, document, "
	    "digest, image_hash, regulated, certificate, created_by, created_at, approved_by) VALUES "
	    "(%" PRId64 ", '%s', '" VENDOR "', '" MODEL "', '%s', '%s', 'published', '%s', '%064d', '%s', "
	    "%d, '%s', 'a', 1, %s)",
	    p->entry[v], id, p->name, version, str_c(&doc), part * 100 + v, hash, p->regulated,
	    p->approved ? "DE-1" : "", p->approved ? "'b'" : "NULL");
	sw_script(w, str_c(&sql));
}

void sw_publish(struct sw *w)
{
	struct actor who = kit_who(&w->k);
	TX(tx);
	int64_t rev;
	struct err e;

	ck_ok(tx_begin(&tx, w->k.db, true, &e));
	ck_ok(ledger_advance(w->k.db, &who, "test", &rev, &e));
	for (int i = 0; i < w->nparts; i++)
		for (int v = 0; v < w->part[i].n; v++)
			entry_put(w, rev, i, v);
	for (int i = 0; i < w->nparts; i++)
		for (int v = 0; v < w->part[i].n; v++)
			path_say(w, rev, i, v);
	ck_ok(tx_keep(&tx, &e));
	for (int i = 0; i < w->nparts; i++)
		for (int v = 0; v < w->part[i].n; v++)
			release_put(w, i, v);
}

void sw_set(struct sw *w, const char *name, const int *versions)
{
	STR(sql, 16 * KIB);
	char id[PUBLIC_ID_SIZE];

	str_addf(&sql,
		 "INSERT INTO release_set (name, vendor, model, note, created_by, created_at) VALUES ('%s', "
		 "'" VENDOR "', '" MODEL "', '', 'a', 1)",
		 name);
	sw_script(w, str_c(&sql));
	for (int i = 0; i < w->nparts; i++) {
		if (versions[i] < 0)
			continue;
		public_id(w, i, versions[i], id);
		str_clear(&sql);
		str_addf(
		    &sql,
		    "INSERT INTO release_set_part (set_id, component, release_id) SELECT s.id, '%s', r.id "
		    "FROM release_set s, release r WHERE s.name = '%s' AND r.public_id = '%s'",
		    w->part[i].name, name, id);
		sw_script(w, str_c(&sql));
	}
}

/* ---- stations ---- */

/* As the door tells what a station said it consists of. */
static void components_tell(struct sw *w, struct sw_station *s)
{
	struct station_component_in v[SW_PARTS];
	char version[SW_PARTS][16];
	struct station_said said = { .site_id = s->site,
				     .source = STATION_COMPONENTS,
				     .v = v,
				     .now = w->k.now,
				     .evidence = "GetFirmwareComponents" };
	struct station_change change;
	const struct snapshot *snap = kit_snap(&w->k);
	TX(tx);
	struct err e;

	for (int i = 0; i < w->nparts; i++) {
		if (s->runs[i] < 0)
			continue;
		version_text(s->runs[i], version[i]);
		v[said.n++] = (struct station_component_in){ w->part[i].name, version[i], NULL };
	}
	ck_ok(tx_begin(&tx, w->k.db, true, &e));
	ck_ok(station_components_set(w->k.db, snap, &said, &change, &e));
	ck_ok(tx_keep(&tx, &e));
}

int sw_station(struct sw *w, const char *id, const int *runs, const char *area)
{
	struct sw_station *s = &w->station[w->nstations];
	OWN(json_free) struct json *j = NULL;
	struct actor who = kit_who(&w->k);
	struct store_turn_part part[SW_PARTS];
	char body[300], sql[200];
	size_t n;
	struct err e;
	bool got;

	ck_assert_int_lt(w->nstations, SW_STATIONS);
	str_copy(s->id, sizeof s->id, id);
	snprintf(body, sizeof body,
		 "{\"identity\":\"%s\",\"profile\":0,\"vendor\":\"" VENDOR "\",\"model\":\"" MODEL
		 "\",\"area\":\"%s\"}",
		 id, area);
	ck_ok(json_parse(body, strlen(body), &j, &e));
	ck_ok(station_add(w->k.db, SCOPE_ALL, &who, &w->k.rnd, j, &got, NULL, &e));
	ck_ok(store_station_site(w->k.db, id, &got, &s->site, &e));
	ck_assert(got);
	snprintf(sql, sizeof sql, "UPDATE station SET node = 'here', connected_at = 1 WHERE identity = '%s'",
		 id);
	sw_script(w, sql);
	for (int i = 0; i < SW_PARTS; i++)
		s->runs[i] = i < w->nparts ? runs[i] : -1;
	components_tell(w, s);
	ck_ok(store_turn_parts(w->k.db, s->site, SW_PARTS, part, &n, &e));
	for (size_t k = 0; k < n; k++)
		for (int i = 0; i < w->nparts; i++)
			if (!strcmp(w->part[i].name, part[k].name))
				s->device[i] =
				    (struct sw_device){ .id = part[k].device_id, .state = BBUM_NORMAL };
	return w->nstations++;
}

/* ---- what is allowed ---- */

static bool met(const struct sw_need *need, const int *state)
{
	bool fits;

	if (state[need->part] != need->version)
		return true;
	if (!need->versions) /* a version that nobody registered: no way to meet it, of either kind */
		return false;
	fits = state[need->of] >= 0 && (need->versions >> state[need->of] & 1);
	return need->conflicts ? !fits : fits;
}

bool sw_breaks(const struct sw *w, const int *from, const int *to)
{
	for (int i = 0; i < w->nneeds; i++)
		if (met(&w->need[i], from) && !met(&w->need[i], to))
			return true;
	return false;
}

static void move_judge(const struct sw *w, const struct sw_station *s, const int *to)
{
	for (int i = 0; i < w->nparts; i++)
		if (to[i] != s->runs[i])
			ck_assert_msg(w->part[i].next[s->runs[i]] >> to[i] & 1, "%s: %s %d to %d is no hop",
				      s->id, w->part[i].name, s->runs[i], to[i]);
	ck_assert_msg(!sw_breaks(w, s->runs, to), "%s: a need is broken by a move (T10)", s->id);
}

/* ---- the door ---- */

static void target_find(const struct sw *w, int64_t device, int64_t entry, const struct sw_station *s,
			int *to)
{
	for (int i = 0; i < w->nparts; i++)
		for (int v = 0; v < w->part[i].n && s->device[i].id == device; v++)
			if (w->part[i].entry[v] == entry)
				to[i] = v;
}

static void install(struct sw *w, struct sw_station *s, struct sw_device *d, const struct walk *walk)
{
	struct store_companion c[SW_PARTS];
	int to[SW_PARTS];
	size_t n;
	struct err e;

	d->state = BBUM_COMPLETED;
	if (s->fail > 0) {
		s->fail--;
		d->result = BBUM_RESULT_INSTALL_FAILED;
		str_copy(d->error, sizeof d->error, s->error ? s->error : "download-failed");
		return;
	}
	memcpy(to, s->runs, sizeof to);
	target_find(w, walk->device_id, walk->to_id, s, to);
	ck_ok(store_companion_list(w->k.db, walk->cycle_id, walk->hop, SW_PARTS, c, &n, &e));
	for (size_t i = 0; i < n; i++)
		target_find(w, c[i].device_id, c[i].to_id, s, to);
	move_judge(w, s, to);
	memcpy(s->runs, to, sizeof to);
	s->installs++;
	w->installs++;
	components_tell(w, s);
	d->result = BBUM_RESULT_SUCCESS;
}

static void obey(struct sw_station *s, struct sw_device *d, const struct walk *walk)
{
	if (walk->command == BBUM_CMD_NONE || (walk->cycle_id == d->cycle_id && walk->seq <= d->seq))
		return;
	d->cycle_id = walk->cycle_id;
	d->seq = walk->seq;
	d->answer = BBUM_ANSWER_ACCEPTED;
	d->reason[0] = 0;
	switch (walk->command) {
	case BBUM_CMD_REQUEST_UPDATE:
		if (s->not_now > 0) {
			s->not_now--;
			d->answer = BBUM_ANSWER_REJECTED;
			str_copy(d->reason, sizeof d->reason, "not-now:transaction a vehicle is charging");
			return;
		}
		d->state = BBUM_PENDING;
		return;
	case BBUM_CMD_TRIGGER:
		d->state = BBUM_UPDATE;
		d->work = 2;
		d->result = BBUM_RESULT_UNDEFINED;
		d->error[0] = 0;
		d->result_cycle = d->cycle_id;
		d->result_seq = d->seq;
		return;
	case BBUM_CMD_RESTART:
		d->boots++;
		return;
	case BBUM_CMD_CANCEL:
	case BBUM_CMD_NORMAL_OPERATION:
		d->state = BBUM_NORMAL;
		return;
	case BBUM_CMD_NONE:
	case BBUM_CMD_SHUTDOWN:
	case BBUM_CMD_TURN_TO_ERROR:
	case BBUM_COMMANDS:
		break;
	}
}

static void tell(struct sw *w, struct sw_station *s, int part, const struct walk *walk)
{
	struct sw_device *d = &s->device[part];
	struct report r = { .device_id = d->id };
	struct bbum_status *st = &r.status;
	const struct snapshot *snap = catalog_current(w->k.view);
	uint32_t to = walk->to_id ? graph_find_id(snap->graph, walk->to_id) : NODE_NONE;

	*st = (struct bbum_status){ .state = d->state,
				    .recommends = -1,
				    .cycle_id = d->cycle_id,
				    .seq = d->seq,
				    .answer = d->answer,
				    .result = d->result,
				    .result_cycle_id = d->result_cycle,
				    .result_seq = d->result_seq,
				    .boots = d->boots,
				    .progress = -1 };
	if (to != NODE_NONE) {
		snprintf(st->manifest, sizeof st->manifest, "ocpp:%s",
			 graph_node(snap->graph, to)->public_id);
		st->recommends = 1;
	}
	str_copy(st->reason, sizeof st->reason, d->reason);
	str_copy(st->error, sizeof st->error, d->error);
	str_copy(st->manufacturer, sizeof st->manufacturer, VENDOR);
	str_copy(st->model, sizeof st->model, MODEL);
	str_copy(st->hardware, sizeof st->hardware, w->part[part].name);
	snprintf(st->version, sizeof st->version, "1.%d", s->runs[part]);
	bbum_status_mark(st, r.mark);
	ck_assert(runner_post(w->k.runner, &r));
}

static bool station_act(struct sw *w, struct sw_station *s)
{
	int active = 0;

	for (int i = 0; i < w->nparts; i++) {
		struct sw_device *d = &s->device[i];
		struct walk walk;
		struct err e;
		bool got;

		if (s->runs[i] < 0)
			continue;
		ck_ok(store_walk_of_device(w->k.db, d->id, &got, &walk, &e));
		if (!got || !walk.cycle_id)
			continue;
		active++;
		if (s->silent)
			continue;
		obey(s, d, &walk);
		if (d->state == BBUM_UPDATE && --d->work <= 0)
			install(w, s, d, &walk);
		tell(w, s, i, &walk);
	}
	ck_assert_msg(active <= 1, "%d walks of station %s are active", active, s->id);
	return active != 0;
}

struct walk sw_walk(struct sw *w, int station, int part)
{
	struct walk walk;
	struct err e;
	bool got;

	ck_ok(store_walk_of_device(w->k.db, w->station[station].device[part].id, &got, &walk, &e));
	ck_assert(got);
	return walk;
}

int sw_try_round(struct sw *w, int64_t ms)
{
	int64_t moves;
	struct err e;
	int active = 0;

	w->k.now += ms;
	for (int i = 0; i < w->nstations; i++)
		active += station_act(w, &w->station[i]);
	if (active > w->most_active)
		w->most_active = active;
	return runner_round(w->k.runner, 0, &moves, &e);
}

void sw_round(struct sw *w, int64_t ms)
{
	ck_assert_int_eq(sw_try_round(w, ms), OK);
}

int sw_run(struct sw *w, int64_t campaign, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct store_campaign c = kit_state(&w->k, campaign);

		if (c.ended_at >= 0 || c.state == CAMPAIGN_HALTED || c.state == CAMPAIGN_PAUSED)
			return i;
		sw_round(w, 250);
	}
	return rounds;
}

int64_t sw_campaign(struct sw *w, const char *body)
{
	int64_t id = kit_asked(&w->k, SCOPE_ALL, body);

	runner_wake(w->k.runner);
	return id;
}
