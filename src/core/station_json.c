/* SPDX-License-Identifier: Apache-2.0 */
/* Stations as doors show them: lists and one. Shapes are in doc/openapi.json. */
#include <inttypes.h>
#include <string.h>

#include "base/tz.h"
#include "core/fleet_util.h"
#include "core/rows_json.h"
#include "core/station_p.h"

#define JOBS_SHOWN 5
#define WISHES_SHOWN 10

/* "" is written as null: not said. */
static void kword(struct jw *w, const char *name, const char *s)
{
	jw_kstr(w, name, *s ? s : NULL);
}

static void ktold(struct jw *w, const char *name, int64_t v) /* 1 yes, 0 no, -1 not known */
{
	jw_key(w, name);
	if (v < 0)
		jw_null(w);
	else
		jw_bool(w, v != 0);
}

int station_gate(const struct store_station *st, int64_t area_room, int64_t now, struct gate_answer *ret,
		 struct err *e)
{
	OWN(tz_free) struct tz *zone = NULL;
	struct windows w;

	if (tz_open(st->timezone, &zone, e) || windows_parse(st->windows, &w, e))
		return err_wrap(e, "station %s", st->identity);
	gate_judge(&(struct gate_ask){ .quarantine = st->quarantine,
				       .connected = *st->node != 0,
				       .windows = &w,
				       .tz = tz_offset,
				       .zone = zone,
				       .transactions = st->transactions,
				       .reservations = st->reservations,
				       .area = st->area,
				       .area_room = area_room,
				       .now = now },
		   ret);
	return OK;
}

static int gate_members(const struct store_station *st, int64_t now, struct jw *w, struct err *e)
{
	struct gate_answer a;

	if (station_gate(st, -1, now, &a, e))
		return (int)e->code;
	jw_key(w, "gate");
	jw_obj(w);
	jw_kbool(w, "open", a.gate == GATE_OPEN);
	jw_kstr(w, "word", gate_text[a.gate]);
	jw_kstr(w, "says", a.text);
	jw_ktime(w, a.gate == GATE_OPEN ? "closes_at" : "opens_at", a.opens_at);
	jw_end(w);
	return OK;
}

static void connection_members(const struct store_station *st, struct jw *w)
{
	jw_kbool(w, "connected", *st->node != 0);
	jw_ktime(w, "connected_at", st->connected_at);
	jw_ktime(w, "left_at", st->left_at);
	kword(w, "left_why", st->left_why);
	kword(w, "protocol", st->protocol);
	kword(w, "node", st->node);
}

void station_members(const struct store_station *st, struct jw *w)
{
	jw_kstr(w, "identity", st->identity);
	kword(w, "organisation", st->org);
	kword(w, "vendor", st->vendor);
	kword(w, "model", st->model);
	kword(w, "serial", st->serial);
	kword(w, "firmware", st->firmware);
	kword(w, "area", st->area);
	connection_members(st, w);
	kword(w, "quarantine", st->quarantine);
	jw_kint(w, "transactions", st->transactions);
	jw_kint(w, "reservations", st->reservations);
	jw_ktime(w, "version_at", st->version_at);
	jw_ktime(w, "added_at", st->added_at);
}

void station_settings_members(const struct store_station *st, struct jw *w)
{
	jw_kint(w, "profile", st->profile);
	jw_kbool(w, "password", *st->secret != 0);
	kword(w, "certificate_serial", st->cert_serial);
	kword(w, "controller", st->controller);
	jw_kstr(w, "timezone", st->timezone);
	jw_kstr(w, "windows", st->windows);
	jw_kstr(w, "rejected_rule", st->rejected_rule);
	jw_kstr(w, "version_rule", st->version_rule);
}

static void boot_members(const struct store_station *st, struct jw *w)
{
	jw_key(w, "boot");
	jw_obj(w);
	jw_ktime(w, "at", st->boot_at);
	jw_kint(w, "count", st->boots);
	kword(w, "reason", st->boot_reason);
	kword(w, "iccid", st->iccid);
	kword(w, "imsi", st->imsi);
	jw_end(w);
	jw_kstr(w, "transfer", *st->transfer ? st->transfer : NULL);
	ktold(w, "signed_updates", st->signing);
	ktold(w, "component_updates", st->components);
	jw_ktime(w, "components_at", st->components_at);
}

static int filter_read(const struct station_filter *f, struct store_station_filter *ret, struct err *e)
{
	const char *asked[] = { f->connected, f->quarantine };
	static const char *const names[] = { "connected", "quarantine" };
	int64_t *to[] = { &ret->connected, &ret->quarantine };

	*ret = (struct store_station_filter){
		.part = f->q, .area = f->area, .model = f->model, .connected = -1, .quarantine = -1
	};
	for (int i = 0; i < 2; i++) {
		if (!asked[i])
			continue;
		if (strcmp(asked[i], "yes") != 0 && strcmp(asked[i], "no") != 0)
			return err_set(e, ERR_INVALID, "%s is yes or no, not '%.40s'", names[i], asked[i]);
		*to[i] = *asked[i] == 'y';
	}
	return OK;
}

int stations_json(struct db *db, struct scope scope, const struct station_filter *f, const char *cursor,
		  int64_t limit, int64_t now, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_station_filter sf;
	struct jw w = jw_start(out);
	struct store_station st;
	int64_t after, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || filter_read(f, &sf, e))
		return (int)e->code;
	sf.sees = scope.sees;
	if (store_station_page(db, &sf, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "stations");
	jw_arr(&w);
	for (;;) {
		if (store_station_next(r, &st, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		station_members(&st, &w);
		if (gate_members(&st, now, &w, e))
			return (int)e->code;
		jw_end(&w);
		last = st.site_id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

/* What it runs, in short; all of it: station_components_json. */
static int runs_members(struct db *db, const struct snapshot *s, const struct store_station *st, struct jw *w,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_component c;
	bool got;

	if (store_component_now(db, st->site_id, &r, e))
		return (int)e->code;
	jw_key(w, "components");
	jw_arr(w);
	for (;;) {
		if (store_component_next(r, &c, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(w);
		jw_kstr(w, "name", c.name);
		jw_kstr(w, "version", c.version);
		jw_kstr(w, "device", c.device);
		jw_kstr(w, "entry", entry_name(s, c.entry_id));
		jw_kstr(w, "source", c.source);
		jw_ktime(w, "since", c.since);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static int wishes_members(struct db *db, int64_t site_id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_wish k;
	bool got;

	if (store_wish_page(db, site_id, WISHES_SHOWN, &r, e))
		return (int)e->code;
	jw_key(w, "commands");
	jw_arr(w);
	for (;;) {
		if (store_wish_next(r, &k, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(w);
		station_wish_members(&k, w);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

void station_job_members(const struct rows *r, const void *of, struct jw *w)
{
	const struct snapshot *s = of;

	jw_kint(w, "id", rows_num(r, 0));
	jw_kstr(w, "kind", rows_text(r, 1));
	jw_kstr(w, "device", rows_text(r, 18));
	jw_kcount(w, "cycle", rows_date(r, 2));
	jw_kint(w, "request", rows_num(r, 3));
	jw_kstr(w, "message", rows_text(r, 4));
	jw_kstr(w, "state", rows_text(r, 5));
	jw_kstr(w, "from", entry_name(s, rows_date(r, 19)));
	jw_kstr(w, "to", entry_name(s, rows_date(r, 20)));
	jw_kstr(w, "location", rows_text(r, 6));
	jw_kstr(w, "tracking", rows_text(r, 21));
	jw_kstr(w, "answer", rows_text(r, 7));
	jw_kstr(w, "reason", rows_text(r, 8));
	jw_kstr(w, "detail", rows_text(r, 9));
	jw_key(w, "events");
	if (rows_text(r, 10) && *rows_text(r, 10) == '[')
		jw_raw(w, rows_text(r, 10), strlen(rows_text(r, 10)));
	else
		jw_null(w);
	jw_kstr(w, "log_file", rows_text(r, 11));
	jw_key(w, "components");
	if (rows_text(r, 12) && *rows_text(r, 12) == '[')
		jw_raw(w, rows_text(r, 12), strlen(rows_text(r, 12)));
	else
		jw_null(w);
	jw_ktime(w, "made_at", rows_num(r, 13));
	jw_ktime(w, "start_at", rows_date(r, 14));
	jw_ktime(w, "due_at", rows_date(r, 15));
	jw_ktime(w, "state_at", rows_num(r, 16));
	jw_ktime(w, "ended_at", rows_date(r, 17));
}

int station_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
		 int64_t now, struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *jobs = NULL;
	struct jw w = jw_start(out);
	struct store_station st;

	if (tx_begin(&tx, db, false, e) || station_load(db, scope, identity, &st, e))
		return (int)e->code;
	jw_obj(&w);
	station_members(&st, &w);
	station_settings_members(&st, &w);
	boot_members(&st, &w);
	if (gate_members(&st, now, &w, e) || runs_members(db, s, &st, &w, e) ||
	    db_run(db, SQL_STATION_JOBS, ARGS(VINT(st.site_id), VINT(JOBS_SHOWN)), &jobs, e) ||
	    rows_json(jobs, "jobs", 0, station_job_members, s, &w, NULL, e) ||
	    wishes_members(db, st.site_id, &w, e))
		return (int)e->code;
	jw_end(&w);
	return OK;
}
