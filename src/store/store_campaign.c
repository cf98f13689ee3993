/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_campaign.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

const char *const campaign_state_text[CAMPAIGN_STATES + 1] = {
	[CAMPAIGN_DRAFT] = "draft",   [CAMPAIGN_RUNNING] = "running", [CAMPAIGN_PAUSED] = "paused",
	[CAMPAIGN_HALTED] = "halted", [CAMPAIGN_STOPPED] = "stopped", [CAMPAIGN_DONE] = "done",
};

const char *const cycle_phase_text[PHASES + 1] = {
	[PHASE_QUEUED] = "queued",   [PHASE_ACTIVE] = "active", [PHASE_HELD] = "held",
	[PHASE_DONE] = "done",       [PHASE_FAILED] = "failed", [PHASE_REFUSED] = "refused",
	[PHASE_STOPPED] = "stopped",
};

const char *const on_change_text[ON_CHANGES + 1] = {
	[ON_CHANGE_HOLD] = "hold",
	[ON_CHANGE_FINISH_RECORDED] = "finish-recorded",
	[ON_CHANGE_REPLAN] = "replan",
};

static int named(const char *const *list, const char *text)
{
	int i = 0;

	while (list[i] && strcmp(list[i], text) != 0)
		i++;
	return i;
}

enum cycle_phase cycle_phase_named(const char *text)
{
	return (enum cycle_phase)named(cycle_phase_text, text);
}

int store_campaign_add(struct db *db, const struct store_campaign_new *c, int64_t *ret_id, struct err *e)
{
	bool got;

	if (db_one(db, SQL_CAMPAIGN_ADD,
		   ARGS(VID(c->org_id), VTEXT(c->name), VTEXT(on_change_text[c->on_change]),
			VINT(c->allow_downgrade), VTEXT(c->target), VID(c->target_id), VTEXT(c->prefer),
			VINT(c->allow_removed), VTEXT(c->members), VINT(c->max_active), VINT(c->stop_after),
			VINT(c->revision), VTEXT(c->who), VINT(c->now), VTEXT(c->once_key),
			VTEXT(c->once_hash), VID(c->set_id), VINT(c->security), VTEXT(c->waves),
			VINT(c->spread_ms)),
		   &got, ret_id, e))
		return err_wrap(e, "campaign %s", c->name);
	return got ? OK : err_set(e, ERR_INTERNAL, "campaign %s got no number", c->name);
}

int store_campaign_once(struct db *db, const char *key, const char *hash, bool *ret_got, int64_t *ret_id,
			bool *ret_same, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_CAMPAIGN_ONCE, ARGS(VTEXT(key)), &r, e) || rows_next(r, ret_got, e))
		return err_wrap(e, "looking for the Idempotency-Key");
	if (*ret_got) {
		*ret_id = rows_num(r, 0);
		*ret_same = !rows_null(r, 1) && !strcmp(rows_text(r, 1), hash);
	}
	return OK;
}

int store_campaign_named(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_id,
			 struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t id = 0;
	bool more;

	if (db_run(db, SQL_CAMPAIGN_NAMED, ARGS(VTEXT(name), VINT(sees)), &r, e) || rows_next(r, ret_got, e))
		return err_wrap(e, "campaign %s", name);
	if (!*ret_got)
		return OK;
	id = rows_num(r, 0);
	if (rows_next(r, &more, e))
		return e->code;
	if (more)
		return err_set(e, ERR_CONFLICT,
			       "several owners have a campaign '%.80s'; name it by its number", name);
	*ret_id = id;
	return OK;
}

static int campaign_of(const struct rows *r, struct store_campaign *c, struct err *e)
{
	static const enum cycle_phase order[] = { PHASE_QUEUED, PHASE_ACTIVE,  PHASE_HELD,   PHASE_DONE,
						  PHASE_FAILED, PHASE_REFUSED, PHASE_STOPPED };
	int col = 14;

	*c = (struct store_campaign){ .id = rows_num(r, 0) };
	c->state = (enum campaign_state)named(campaign_state_text, rows_text(r, 2));
	if (c->state == CAMPAIGN_STATES)
		return err_set(e, ERR_STORE, "campaign %" PRId64 " has the unknown state '%.20s'", c->id,
			       rows_text(r, 2));
	str_copy(c->name, sizeof c->name, rows_text(r, 1));
	str_copy(c->reason, sizeof c->reason, rows_text(r, 3));
	str_copy(c->target, sizeof c->target, rows_text(r, 4));
	c->target_id = rows_null(r, 5) ? 0 : rows_num(r, 5);
	str_copy(c->prefer, sizeof c->prefer, rows_text(r, 6));
	c->allow_removed = rows_num(r, 7) != 0;
	c->max_active = rows_num(r, 9);
	c->stop_after = rows_num(r, 10);
	c->forgiven = rows_num(r, 11);
	c->revision = rows_num(r, 12);
	c->n_total = rows_num(r, 13);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		c->n[order[i]] = rows_num(r, col++);
	c->n_hops = rows_num(r, 21);
	c->n_events = rows_num(r, 22);
	str_copy(c->created_by, sizeof c->created_by, rows_text(r, 23));
	c->created_at = rows_num(r, 24);
	c->started_at = rows_date(r, 25);
	c->changed_at = rows_num(r, 26);
	c->ended_at = rows_date(r, 27);
	c->org_id = rows_null(r, 28) ? 0 : rows_num(r, 28);
	c->on_change = (enum on_change)named(on_change_text, rows_text(r, 29));
	c->allow_downgrade = rows_num(r, 30) != 0;
	str_copy(c->org, sizeof c->org, rows_null(r, 31) ? "" : rows_text(r, 31));
	c->set_id = rows_null(r, 32) ? 0 : rows_num(r, 32);
	c->security = rows_num(r, 33) != 0;
	c->wave = rows_num(r, 35);
	c->wave_at = rows_date(r, 36);
	c->wave_forgiven = rows_num(r, 37);
	c->spread_ms = rows_num(r, 38);
	if (!str_copy(c->waves, sizeof c->waves, rows_text(r, 34)))
		return err_set(e, ERR_STORE, "the waves of campaign %" PRId64 " are too long", c->id);
	if (c->on_change == ON_CHANGES)
		return err_set(e, ERR_STORE, "campaign %" PRId64 " has the unknown policy '%.20s'", c->id,
			       rows_text(r, 29));
	return OK;
}

int store_campaign_get(struct db *db, int64_t id, bool *ret_got, struct store_campaign *ret,
		       struct str *members, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CAMPAIGN_GET, ARGS(VINT(id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "campaign %" PRId64, id);
	if (got && campaign_of(r, ret, e))
		return e->code;
	if (got && members)
		str_add(members, rows_text(r, 8));
	*ret_got = got;
	return OK;
}

int store_campaign_page(struct db *db, int64_t sees, const char *state, int64_t before, int64_t limit,
			struct rows **ret, struct err *e)
{
	return db_run(db, SQL_CAMPAIGN_PAGE, ARGS(VINT(before), VINT(sees), VTEXT(state), VINT(limit)), ret,
		      e);
}

int store_campaign_live(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_CAMPAIGN_LIVE, NOARGS, ret, e);
}

int store_campaign_next(struct rows *r, struct store_campaign *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	return *ret_got ? campaign_of(r, ret, e) : OK;
}

int store_campaign_put(struct db *db, const struct store_campaign *c, struct err *e)
{
	return db_exec(db, SQL_CAMPAIGN_PUT,
		       ARGS(VTEXT(campaign_state_text[c->state]), VTEXT(c->reason), VINT(c->forgiven),
			    VINT(c->revision), VINT(c->n_total), VINT(c->n[PHASE_QUEUED]),
			    VINT(c->n[PHASE_ACTIVE]), VINT(c->n[PHASE_HELD]), VINT(c->n[PHASE_DONE]),
			    VINT(c->n[PHASE_FAILED]), VINT(c->n[PHASE_REFUSED]), VINT(c->n[PHASE_STOPPED]),
			    VINT(c->n_hops), VINT(c->n_events), VDATE(c->started_at), VINT(c->changed_at),
			    VDATE(c->ended_at), VINT(c->spread_ms), VINT(c->wave), VDATE(c->wave_at),
			    VINT(c->wave_forgiven), VINT(c->id)),
		       NULL, e)
		   ? err_wrap(e, "campaign %s", c->name)
		   : OK;
}

int store_campaign_count(struct db *db, struct store_campaign *c, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n[PHASES] = { 0 }, total = 0;
	bool got;

	if (db_run(db, SQL_CYCLE_COUNT, ARGS(VINT(c->id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "counting the members of %s", c->name);
	while (got) {
		enum cycle_phase p = cycle_phase_named(rows_text(r, 0));

		if (p == PHASES)
			return err_set(e, ERR_STORE, "campaign %s has members in an unknown phase", c->name);
		n[p] = rows_num(r, 1);
		total += n[p];
		if (rows_next(r, &got, e))
			return e->code;
	}
	memcpy(c->n, n, sizeof n);
	c->n_total = total;
	return OK;
}

int store_ended_since(struct db *db, int64_t campaign_id, int64_t since, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_CYCLE_ENDED_SINCE, ARGS(VINT(campaign_id), VINT(since)), &got, ret, e);
}

int store_member_filter(struct db *db, int64_t campaign_id, const struct store_device_filter *f, int64_t now,
			int64_t *ret_added, struct err *e)
{
	return db_exec(db, SQL_CYCLE_ADD_FILTER,
		       ARGS(VINT(campaign_id), VINT(now), VTEXT(f->prefix), VTEXT(f->site),
			    VTEXT(f->manufacturer), VTEXT(f->model), VTEXT(f->hardware), VID(f->entry_id)),
		       ret_added, e);
}

int store_member_add(struct db *db, int64_t campaign_id, const char *device, int64_t now, int64_t *ret_added,
		     struct err *e)
{
	return db_exec(db, SQL_CYCLE_ADD_DEVICE, ARGS(VINT(campaign_id), VINT(now), VTEXT(device)), ret_added,
		       e);
}

int store_member_requeue(struct db *db, int64_t campaign_id, enum cycle_phase from, int64_t now,
			 struct err *e)
{
	return db_exec(db, SQL_CYCLE_REQUEUE,
		       ARGS(VINT(now), VINT(campaign_id), VTEXT(cycle_phase_text[from])), NULL, e);
}

int store_member_leave(struct db *db, int64_t device_id, const char *detail, int64_t now, struct err *e)
{
	return db_exec(db, SQL_CYCLE_LEAVE, ARGS(VTEXT(detail), VINT(now), VINT(device_id)), NULL, e);
}

int store_campaigns_of_device(struct db *db, int64_t device_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_CAMPAIGN_OF_DEVICE, ARGS(VINT(device_id)), ret, e);
}

int store_member_plan(struct db *db, int64_t campaign_id, int64_t now, struct err *e)
{
	if (db_exec(db, SQL_CYCLE_PLAN, ARGS(VINT(campaign_id)), NULL, e))
		return e->code;
	return db_exec(db, SQL_CYCLE_PLAN_END, ARGS(VINT(now), VINT(campaign_id)), NULL, e);
}

int store_member_refuse(struct db *db, int64_t campaign_id, const char *detail, int64_t now, struct err *e)
{
	return db_exec(db, SQL_CYCLE_REFUSE, ARGS(VTEXT(detail), VINT(now), VINT(campaign_id)), NULL, e);
}

int store_member_refuse_meters(struct db *db, int64_t campaign_id, const char *const why[3], int64_t now,
			       struct err *e)
{
	return db_exec(db, SQL_CYCLE_REFUSE_METERS,
		       ARGS(VTEXT(why[0]), VTEXT(why[1]), VTEXT(why[2]), VINT(now), VINT(campaign_id)), NULL,
		       e);
}

int store_member_stop(struct db *db, int64_t campaign_id, const char *detail, int64_t now, struct err *e)
{
	return db_exec(db, SQL_CYCLE_STOP, ARGS(VTEXT(detail), VINT(now), VINT(campaign_id)), NULL, e);
}

int store_member_starts(struct db *db, int64_t campaign_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_CYCLE_STARTS, ARGS(VINT(campaign_id)), ret, e);
}

int store_member_page(struct db *db, int64_t campaign_id, const char *phase, int64_t after, int64_t limit,
		      struct rows **ret, struct err *e)
{
	return db_run(db, SQL_CYCLE_PAGE, ARGS(VINT(campaign_id), VINT(after), VTEXT(phase), VINT(limit)),
		      ret, e);
}

int store_event_page(struct db *db, int64_t campaign_id, int64_t after, int64_t limit, struct rows **ret,
		     struct err *e)
{
	return db_run(db, SQL_EVENT_PAGE, ARGS(VINT(campaign_id), VINT(after), VINT(limit)), ret, e);
}

int store_event_of_cycle(struct db *db, int64_t cycle_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_EVENT_OF_CYCLE, ARGS(VINT(cycle_id)), ret, e);
}

int store_event_next(struct rows *r, bool with_device, struct store_event *ret, bool *ret_got, struct err *e)
{
	int c = with_device ? 3 : 2;

	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_event){ .n = rows_num(r, 0),
					     .cycle_id = rows_num(r, 1),
					     .device = with_device ? rows_text(r, 2) : NULL,
					     .at = rows_num(r, c),
					     .hop = rows_num(r, c + 1),
					     .event = rows_text(r, c + 2),
					     .was = rows_text(r, c + 3),
					     .now = rows_text(r, c + 4),
					     .command = rows_text(r, c + 5),
					     .from_id = rows_null(r, c + 6) ? 0 : rows_num(r, c + 6),
					     .to_id = rows_null(r, c + 7) ? 0 : rows_num(r, c + 7),
					     .detail = rows_text(r, c + 8) };
	return OK;
}
