/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_turn.h"

#include <string.h>

#include "base/str.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

const char *const turn_bars[] = { "incompatible",        "not-approved",   "no-path:components",
				  "components-too-many", "held:component", NULL };

int store_turn_parts(struct db *db, int64_t site_id, size_t max, struct store_turn_part *ret, size_t *ret_n,
		     struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_TURN_PARTS, ARGS(VINT(site_id)), &r, e))
		return err_wrap(e, "components of a station");
	for (;; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		if (n >= max)
			continue;
		ret[n].device_id = rows_num(r, 1);
		ret[n].entry_id = rows_num(r, 2);
		str_copy(ret[n].name, sizeof ret[n].name, rows_text(r, 0));
	}
	*ret_n = n;
	return OK;
}

/* Reasons of walks that are held for what the components of their station are to each other. */
static bool bars(const char *reason)
{
	for (size_t i = 0; turn_bars[i]; i++)
		if (!strcmp(turn_bars[i], reason))
			return true;
	return false;
}

int store_turn_walks(struct db *db, int64_t site_id, int64_t campaign_id, size_t max,
		     struct store_turn_walk *ret, size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_TURN_WALKS, ARGS(VINT(site_id), VINT(campaign_id)), &r, e))
		return err_wrap(e, "walks of a station");
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		ret[n] = (struct store_turn_walk){ .cycle_id = rows_num(r, 0),
						   .device_id = rows_num(r, 1),
						   .not_before = rows_num(r, 3),
						   .phase = cycle_phase_named(rows_text(r, 2)),
						   .barred = bars(rows_text(r, 5)),
						   .target_id = rows_num(r, 4) };
	}
	*ret_n = n;
	return OK;
}

int store_turn_active(struct db *db, int64_t site_id, int64_t but, int64_t *ret, struct err *e)
{
	int64_t id = 0;
	bool got;

	if (db_one(db, SQL_TURN_ACTIVE, ARGS(VINT(site_id), VINT(but)), &got, &id, e))
		return e->code;
	*ret = got ? id : 0;
	return OK;
}

int store_turn_sleep(struct db *db, int64_t site_id, int64_t campaign_id, int64_t now, int64_t until,
		     const char *reason, const char *detail, struct err *e)
{
	return db_exec(
	    db, SQL_TURN_SLEEP,
	    ARGS(VINT(until), VTEXT(reason), VTEXT(detail), VINT(now), VINT(site_id), VINT(campaign_id)),
	    NULL, e);
}

int store_turn_again(struct db *db, int64_t site_id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_TURN_AGAIN, ARGS(VINT(now), VINT(site_id)), NULL, e);
}

int store_turn_wake(struct db *db, int64_t site_id, int64_t but, int64_t now, struct err *e)
{
	return db_exec(db, SQL_TURN_WAKE, ARGS(VINT(now), VINT(site_id), VINT(but)), NULL, e);
}

int store_turn_released(struct db *db, int64_t org_id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_TURN_RELEASED, ARGS(VINT(now), VINT(org_id)), NULL, e);
}

int store_turn_rest(struct db *db, int64_t cycle_id, int64_t now, int64_t until, const char *reason,
		    const char *detail, struct err *e)
{
	return db_exec(db, SQL_TURN_REST,
		       ARGS(VINT(until), VTEXT(reason), VTEXT(detail), VINT(now), VINT(cycle_id)), NULL, e);
}

int store_companion_put(struct db *db, int64_t cycle_id, int64_t hop, const struct store_companion *v,
			size_t n, struct err *e)
{
	if (db_exec(db, SQL_COMPANION_CLEAR, ARGS(VINT(cycle_id), VINT(hop)), NULL, e))
		return e->code;
	for (size_t i = 0; i < n; i++)
		if (db_exec(db, SQL_COMPANION_ADD,
			    ARGS(VINT(cycle_id), VINT(hop), VINT(v[i].device_id), VINT(v[i].from_id),
				 VINT(v[i].to_id)),
			    NULL, e))
			return err_wrap(e, "companions");
	return OK;
}

int store_companion_list(struct db *db, int64_t cycle_id, int64_t hop, size_t max,
			 struct store_companion *ret, size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_COMPANION_LIST, ARGS(VINT(cycle_id), VINT(hop)), &r, e))
		return e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		ret[n] = (struct store_companion){ rows_num(r, 0), rows_num(r, 1), rows_num(r, 2) };
	}
	*ret_n = n;
	return OK;
}

/* ---- waves ---- */

static int64_t barred(int64_t wave)
{
	return INT64_MAX - wave;
}

int store_wave_assign(struct db *db, int64_t campaign_id, const struct store_wave *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db_exec(db, SQL_WAVE_ADD,
			    ARGS(VINT(campaign_id), VINT(v[i].wave), VINT(i ? v[i - 1].share : 0),
				 VINT(v[i].share)),
			    NULL, e))
			return e->code;
	return n ? db_exec(db, SQL_WAVE_ASSIGN, ARGS(VINT(campaign_id)), NULL, e) : OK;
}

int store_wave_bar(struct db *db, int64_t campaign_id, struct err *e)
{
	return db_exec(db, SQL_WAVE_BAR, ARGS(VINT(campaign_id)), NULL, e);
}

int store_wave_spread(struct db *db, int64_t campaign_id, int64_t wave, int64_t now, int64_t spread_ms,
		      int64_t salt, struct err *e)
{
	return db_exec(
	    db, SQL_WAVE_SPREAD,
	    ARGS(VINT(now), VINT(salt), VINT(spread_ms > 0 ? spread_ms : 1), VINT(campaign_id), VINT(wave)),
	    NULL, e);
}

int store_wave_let(struct db *db, int64_t campaign_id, int64_t wave, int64_t now, int64_t spread_ms,
		   int64_t salt, int64_t limit, struct err *e)
{
	return db_exec(db, SQL_WAVE_LET,
		       ARGS(VINT(now), VINT(salt), VINT(spread_ms > 0 ? spread_ms : 1), VINT(campaign_id),
			    VINT(barred(wave)), VINT(limit)),
		       NULL, e);
}

int store_wave_barred(struct db *db, int64_t campaign_id, int64_t wave, bool *ret, struct err *e)
{
	int64_t id;

	return db_one(db, SQL_WAVE_BARRED, ARGS(VINT(campaign_id), VINT(barred(wave))), ret, &id, e);
}

int store_wave_open(struct db *db, int64_t campaign_id, int64_t wave, bool *ret, struct err *e)
{
	int64_t id;
	bool got = false;

	for (int p = PHASE_QUEUED; p <= PHASE_ACTIVE && !got; p++)
		if (db_one(db, SQL_WAVE_OPEN, ARGS(VINT(campaign_id), VINT(wave), VTEXT(cycle_phase_text[p])),
			   &got, &id, e))
			return e->code;
	*ret = got;
	return OK;
}

/* The order of the phases is that of the columns. */
int store_wave_count(struct db *db, int64_t campaign_id, int64_t wave, int64_t ret[PHASES], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_WAVE_COUNT, ARGS(VINT(campaign_id), VINT(wave)), &r, e) || rows_next(r, &got, e))
		return e->code;
	for (int p = 0; p < PHASES; p++)
		ret[p] = got ? rows_num(r, p) : 0;
	return OK;
}

int store_wave_moved(struct db *db, int64_t campaign_id, int64_t wave, const int64_t by[PHASES],
		     struct err *e)
{
	return db_exec(db, SQL_WAVE_MOVED,
		       ARGS(VINT(by[PHASE_QUEUED]), VINT(by[PHASE_ACTIVE]), VINT(by[PHASE_HELD]),
			    VINT(by[PHASE_DONE]), VINT(by[PHASE_FAILED]), VINT(by[PHASE_REFUSED]),
			    VINT(by[PHASE_STOPPED]), VINT(campaign_id), VINT(wave)),
		       NULL, e);
}

int store_wave_recount(struct db *db, int64_t campaign_id, struct err *e)
{
	return db_exec(db, SQL_WAVE_RECOUNT, ARGS(VINT(campaign_id)), NULL, e);
}

int store_campaign_has(struct db *db, int64_t campaign_id, const char *scheme, bool *ret, struct err *e)
{
	int64_t id;

	return db_one(db, SQL_CYCLE_HAS_SCHEME, ARGS(VINT(campaign_id), VTEXT(scheme)), ret, &id, e);
}

/* ---- members ---- */

int store_member_set(struct db *db, int64_t campaign_id, const struct store_set_filter *f, int64_t now,
		     int64_t *ret_added, struct err *e)
{
	return db_exec(db, SQL_CYCLE_ADD_SET,
		       ARGS(VINT(campaign_id), VINT(now), VID(f->set_id), VTEXT(f->prefix), VTEXT(f->site),
			    VID(f->entry_id), VTEXT(f->area), VTEXT(f->manufacturer), VTEXT(f->model),
			    VTEXT(f->component)),
		       ret_added, e);
}

int store_member_station(struct db *db, int64_t campaign_id, const char *station, int64_t set_id,
			 const char *component, int64_t now, int64_t *ret_added, struct err *e)
{
	return db_exec(db, SQL_CYCLE_ADD_STATION,
		       ARGS(VINT(campaign_id), VINT(now), VTEXT(station), VID(set_id), VTEXT(component)),
		       ret_added, e)
		   ? err_wrap(e, "station %s", station)
		   : OK;
}

/* ---- areas ---- */

int store_area_get(struct db *db, const char *name, int64_t *ret_at_once, int64_t *ret_stations,
		   struct err *e)
{
	int64_t at_once = 0, stations = 0;
	bool got, any;

	if (db_one(db, SQL_AREA_GET, ARGS(VTEXT(name)), &got, &at_once, e) ||
	    db_one(db, SQL_AREA_STATIONS, ARGS(VTEXT(name)), &any, &stations, e))
		return err_wrap(e, "area %s", name);
	*ret_at_once = got ? at_once : 0;
	*ret_stations = any ? stations : 0;
	return OK;
}

int store_area_seen(struct db *db, int64_t sees, const char *name, int64_t *ret, struct err *e)
{
	bool got;

	*ret = 0;
	return db_one(db, SQL_AREA_SEEN, ARGS(VTEXT(name), VINT(sees)), &got, ret, e);
}

int store_area_put(struct db *db, const char *name, int64_t at_once, int64_t now, struct err *e)
{
	return db_exec(db, SQL_AREA_PUT, ARGS(VTEXT(name), VINT(at_once), VINT(now)), NULL, e);
}

int store_area_drop(struct db *db, const char *name, struct err *e)
{
	return db_exec(db, SQL_AREA_DROP, ARGS(VTEXT(name)), NULL, e);
}

int store_area_busy(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_AREA_BUSY, NOARGS, ret, e);
}

int store_area_busy_next(struct rows *r, char ret_name[AREA_NAME_SIZE], int64_t *ret_busy, bool *ret_got,
			 struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got) {
		str_copy(ret_name, AREA_NAME_SIZE, rows_text(r, 0));
		*ret_busy = rows_num(r, 1);
	}
	return OK;
}

int store_area_list(struct db *db, int64_t sees, const char *after, int64_t limit, struct rows **ret,
		    struct err *e)
{
	return db_run(db, SQL_AREA_LIST, ARGS(VINT(sees), VTEXT(after), VINT(limit)), ret, e);
}

int store_area_next(struct rows *r, struct store_area *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got) {
		str_copy(ret->name, sizeof ret->name, rows_text(r, 0));
		ret->stations = rows_num(r, 1);
		ret->at_once = rows_null(r, 2) ? 0 : rows_num(r, 2);
		ret->changed_at = rows_date(r, 3);
	}
	return OK;
}
