/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_cycle.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

static void text_of(const struct rows *r, int col, char *buf, size_t size)
{
	str_copy(buf, size, rows_null(r, col) ? "" : rows_text(r, col));
}

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

static enum bbum_command command_named(const char *text)
{
	int i = 0;

	while (i < BBUM_COMMANDS && strcmp(bbum_command_text[i], text) != 0)
		i++;
	return (enum bbum_command)i;
}

static void device_part(const struct rows *r, struct walk *w)
{
	w->device_id = rows_num(r, 0);
	text_of(r, 1, w->device, sizeof w->device);
	text_of(r, 2, w->adapter, sizeof w->adapter);
	text_of(r, 3, w->address, sizeof w->address);
	text_of(r, 4, w->scheme, sizeof w->scheme);
	text_of(r, 5, w->manufacturer, sizeof w->manufacturer);
	text_of(r, 6, w->model, sizeof w->model);
	text_of(r, 7, w->hardware, sizeof w->hardware);
	text_of(r, 8, w->version, sizeof w->version);
	text_of(r, 9, w->hash, sizeof w->hash);
	w->hint_entry_id = id_of(r, 10);
	w->entry_id = id_of(r, 11);
	text_of(r, 12, w->entry_why, sizeof w->entry_why);
	text_of(r, 13, w->device_state, sizeof w->device_state);
	text_of(r, 14, w->mark, sizeof w->mark);
	w->device_boots = rows_num(r, 15);
	w->last_seen = rows_date(r, 16);
	w->life_ok = !strcmp(rows_text(r, 17), "ok");
	w->org_id = id_of(r, 40);
	w->site_id = rows_num(r, 41);
	w->phase = w->was_phase = w->ending = PHASES;
}

static int cycle_part(const struct rows *r, struct walk *w, struct err *e)
{
	w->cycle_id = rows_num(r, 18);
	w->campaign_id = rows_num(r, 19);
	w->phase = w->was_phase = cycle_phase_named(rows_text(r, 20));
	w->cm = w->was_cm = cm_state_named(rows_text(r, 21));
	w->plan_id = id_of(r, 22);
	w->start_id = id_of(r, 23);
	w->hop = rows_num(r, 24);
	w->hops_done = rows_num(r, 25);
	w->from_id = id_of(r, 26);
	w->to_id = id_of(r, 27);
	w->together = rows_num(r, 28) != 0;
	w->seq = w->was_seq = rows_num(r, 29);
	w->trigger_seq = rows_num(r, 30);
	w->boots = rows_num(r, 31);
	w->command = rows_null(r, 32) ? BBUM_CMD_NONE : command_named(rows_text(r, 32));
	w->ending = rows_null(r, 33) ? PHASES : cycle_phase_named(rows_text(r, 33));
	text_of(r, 34, w->reason, sizeof w->reason);
	text_of(r, 35, w->detail, sizeof w->detail);
	w->tries = rows_num(r, 36);
	w->refusals = rows_num(r, 37);
	w->due_at = rows_date(r, 38);
	w->started_at = rows_date(r, 39);
	w->ended_at = -1;
	w->wave = rows_num(r, 42);
	w->not_before = rows_num(r, 43);
	if (w->phase == PHASES || w->cm == CM_STATES || w->command == BBUM_COMMANDS)
		return err_set(e, ERR_STORE, "cycle %" PRId64 " holds a word that this program does not know",
			       w->cycle_id);
	return OK;
}

static int walk_read(struct rows *r, bool *ret_got, struct walk *ret, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (!got)
		return OK;
	memset(ret, 0, sizeof *ret);
	device_part(r, ret);
	return rows_null(r, 18) ? OK : cycle_part(r, ret, e);
}

int store_walk_of_device(struct db *db, int64_t device_id, bool *ret_got, struct walk *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_WALK_OF_DEVICE, ARGS(VINT(device_id)), &r, e) || walk_read(r, ret_got, ret, e))
		return err_wrap(e, "walk of device %" PRId64, device_id);
	return OK;
}

int store_walk_of_name(struct db *db, const char *name, bool *ret_got, struct walk *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_WALK_OF_NAME, ARGS(VTEXT(name)), &r, e) || walk_read(r, ret_got, ret, e))
		return err_wrap(e, "walk of device %s", name);
	return OK;
}

int store_walk_of_cycle(struct db *db, int64_t cycle_id, bool *ret_got, struct walk *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_WALK_OF_CYCLE, ARGS(VINT(cycle_id)), &r, e) || walk_read(r, ret_got, ret, e))
		return err_wrap(e, "cycle %" PRId64, cycle_id);
	return OK;
}

int store_walk_move(struct db *db, struct walk *w, int64_t now, struct err *e)
{
	int64_t changed = 0;

	if (db_exec(db, SQL_CYCLE_MOVE,
		    ARGS(VTEXT(cycle_phase_text[w->phase]), VTEXT(cm_state_text[w->cm]), VINT(w->seq),
			 VTEXT(w->reason), VTEXT(w->detail), VID(w->plan_id), VID(w->start_id), VINT(w->hop),
			 VINT(w->hops_done), VID(w->from_id), VID(w->to_id), VINT(w->together),
			 VINT(w->trigger_seq), VINT(w->boots),
			 w->command == BBUM_CMD_NONE ? VNULL : VTEXT(bbum_command_text[w->command]),
			 w->ending == PHASES ? VNULL : VTEXT(cycle_phase_text[w->ending]), VINT(w->tries),
			 VINT(w->refusals), VDATE(w->due_at), VDATE(w->started_at), VINT(now),
			 VDATE(w->ended_at), VINT(w->not_before), VINT(w->cycle_id),
			 VTEXT(cycle_phase_text[w->was_phase]), VTEXT(cm_state_text[w->was_cm]),
			 VINT(w->was_seq)),
		    &changed, e))
		return err_wrap(e, "cycle %" PRId64, w->cycle_id);
	if (changed != 1)
		return err_set(e, ERR_BUSY, "cycle %" PRId64 " was moved by another node", w->cycle_id);
	w->was_phase = w->phase;
	w->was_cm = w->cm;
	w->was_seq = w->seq;
	return OK;
}

/* The first column of every row, up to max. */
static int ids_read(struct rows *r, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	int64_t n = 0;
	bool got;

	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got || n == max)
			break;
		ret[n++] = rows_num(r, 0);
	}
	*ret_n = n;
	return OK;
}

int store_cycle_claim(struct db *db, int64_t campaign_id, int64_t now, int64_t max, int64_t *ret,
		      int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_CYCLE_CLAIM, ARGS(VINT(campaign_id), VINT(now), VINT(max)), &r, e))
		return e->code;
	return ids_read(r, max, ret, ret_n, e);
}

int store_cycle_next_ready(struct db *db, int64_t campaign_id, int64_t *ret, struct err *e)
{
	int64_t at = -1;
	bool got;

	if (db_one(db, SQL_CYCLE_NEXT_READY, ARGS(VINT(campaign_id)), &got, &at, e))
		return e->code;
	*ret = got ? at : -1;
	return OK;
}

int store_cycle_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_CYCLE_DUE, ARGS(VINT(now), VINT(max)), &r, e))
		return e->code;
	return ids_read(r, max, ret, ret_n, e);
}

int store_cycle_active(struct db *db, int64_t campaign_id, int64_t after, int64_t max, int64_t *ret,
		       int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_CYCLE_ACTIVE, ARGS(VINT(campaign_id), VINT(after), VINT(max)), &r, e))
		return e->code;
	return ids_read(r, max, ret, ret_n, e);
}

int store_cycle_next_due(struct db *db, int64_t *ret_due, struct err *e)
{
	int64_t due = -1;
	bool got;

	if (db_one(db, SQL_CYCLE_NEXT_DUE, NOARGS, &got, &due, e))
		return e->code;
	*ret_due = got ? due : -1;
	return OK;
}

int store_cycle_rearm(struct db *db, enum cm_state cm, int64_t due, struct err *e)
{
	return db_exec(db, SQL_CYCLE_REARM, ARGS(VINT(due), VTEXT(cm_state_text[cm])), NULL, e);
}

int store_event_add(struct db *db, int64_t campaign_id, const struct store_event *v, struct err *e)
{
	return db_exec(db, SQL_EVENT_ADD,
		       ARGS(VINT(campaign_id), VINT(v->n), VINT(v->cycle_id), VINT(v->at), VINT(v->hop),
			    VTEXT(v->event), VTEXT(v->was), VTEXT(v->now), VTEXT(v->command), VID(v->from_id),
			    VID(v->to_id), VTEXT(v->detail)),
		       NULL, e)
		   ? err_wrap(e, "event %" PRId64 " of campaign %" PRId64, v->n, campaign_id)
		   : OK;
}
