/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_meter.h"

#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "store/store_fleet.h"
#include "store/store_meter_p.h"

#define VEITHER(x) ((x) < 0 ? VNULL : VINT(x)) /* -1 = any */

static void meter_of(const struct rows *r, struct store_meter *m)
{
	int c = 0;

	memset(m, 0, sizeof *m);
#define WORD(field) meter_word_of(r, c++, m->field, sizeof m->field)
#define NUM(field) m->field = rows_num(r, c++)
#define ID(field) m->field = meter_id_of(r, c++)
#define EUI(field) m->field = (uint64_t)meter_id_of(r, c++)
#define DATE(field) m->field = rows_date(r, c++)
	NUM(device_id), NUM(site_id), ID(org_id), EUI(eui), NUM(shard), WORD(class), WORD(variant);
	WORD(han_variant), WORD(smets), WORD(status), EUI(hub_eui), WORD(mpxn), WORD(uprn), WORD(region);
	WORD(authority), WORD(authority_why), WORD(quarantine), NUM(counter), NUM(heard), DATE(inventory_at);
	DATE(version_at), WORD(wish), DATE(wish_at), NUM(wish_counter), NUM(wish_tries), WORD(name);
	WORD(manufacturer), WORD(model), WORD(hardware), WORD(version), WORD(told_by), WORD(entry_why);
	ID(entry_id), DATE(last_seen), ID(hint_entry_id), WORD(org);
#undef WORD
#undef NUM
#undef ID
#undef EUI
#undef DATE
}

int store_meter_next(struct rows *r, struct store_meter *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		meter_of(r, ret);
	return OK;
}

int store_meter_get(struct db *db, int64_t device_id, bool *ret_got, struct store_meter *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_METER_GET, ARGS(VINT(device_id)), &r, e))
		return (int)e->code;
	return store_meter_next(r, ret, ret_got, e);
}

/* Keeps up to max and counts all. */
static int meters(struct db *db, enum sql_id q, const struct val *v, size_t nv, size_t max,
		  struct store_meter *ret, size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, q, v, nv, &r, e))
		return (int)e->code;
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (n < max)
			meter_of(r, &ret[n]);
	}
	*ret_n = n;
	return OK;
}

int store_meter_of_eui(struct db *db, uint64_t eui, size_t max, struct store_meter *ret, size_t *ret_n,
		       struct err *e)
{
	return meters(db, SQL_METER_OF_EUI, ARGS(VEUI(eui)), max, ret, ret_n, e);
}

int store_meter_own(struct db *db, int64_t sees, uint64_t eui, struct store_meter ret[2], size_t *ret_n,
		    struct err *e)
{
	return meters(db, SQL_METER_OWN, ARGS(VEUI(eui), VINT(sees)), 2, ret, ret_n, e);
}

int store_meter_han(struct db *db, int64_t site_id, size_t max, struct store_meter *ret, size_t *ret_n,
		    struct err *e)
{
	return meters(db, SQL_METER_HAN, ARGS(VINT(site_id)), max, ret, ret_n, e);
}

int store_meter_page(struct db *db, const struct store_meter_filter *f, int64_t after, int64_t limit,
		     struct rows **ret, struct err *e)
{
	return db_run(db, SQL_METER_PAGE,
		      ARGS(VINT(after), VINT(f->sees), VTEXT(f->part), VTEXT(f->class), VTEXT(f->status),
			   VTEXT(f->authority), VEITHER(f->quarantine), f->hub_eui ? VEUI(f->hub_eui) : VNULL,
			   VID(f->entry_id), VINT(limit)),
		      ret, e);
}

int store_meter_add(struct db *db, const struct store_meter *m, struct err *e)
{
	return db_exec(db, SQL_METER_ADD,
		       ARGS(VINT(m->device_id), VINT(m->site_id), VEUI(m->eui), VINT(meter_shard(m->eui)),
			    VTEXT(m->class), VTEXT(m->variant), VTEXT(m->han_variant), VTEXT(m->smets),
			    VTEXT(m->status), m->hub_eui ? VEUI(m->hub_eui) : VNULL, VTEXT(m->mpxn),
			    VTEXT(m->uprn), VTEXT(m->region)),
		       NULL, e)
		   ? err_wrap(e, "meter %s", m->name)
		   : OK;
}

int store_meter_device_add(struct db *db, const struct store_device *d, int64_t site_id, int64_t *ret_id,
			   struct err *e)
{
	bool got;

	if (db_one(db, SQL_METER_DEVICE_ADD,
		   ARGS(VID(d->org_id), VTEXT(d->name), VINT(site_id), VTEXT(d->manufacturer),
			VTEXT(d->model), VTEXT(d->hardware), VTEXT(d->version), VTEXT(d->told_by),
			VID(d->hint_entry_id), VID(d->entry_id), VTEXT(d->entry_why), VINT(d->added_at)),
		   &got, ret_id, e))
		return err_wrap(e, "meter %s", d->name);
	if (!got)
		*ret_id = 0;
	return OK;
}

int store_meter_move(struct db *db, int64_t device_id, int64_t site_id, struct err *e)
{
	static const enum sql_id steps[] = { SQL_METER_MOVE, SQL_METER_MOVE_DEVICE, SQL_METER_MOVE_CYCLES };
	int64_t id;
	bool got;

	if (db_one(db, SQL_METER_WALKS_NOW, ARGS(VINT(device_id)), &got, &id, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "its walk %lld is under way", (long long)id);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (db_exec(db, steps[i], ARGS(VINT(site_id), VINT(device_id)), NULL, e))
			return (int)e->code;
	return OK;
}

int store_meter_edit(struct db *db, const struct store_meter *m, struct err *e)
{
	return db_exec(db, SQL_METER_EDIT,
		       ARGS(VTEXT(m->class), VTEXT(m->variant), VTEXT(m->han_variant), VTEXT(m->smets),
			    VTEXT(m->status), m->hub_eui ? VEUI(m->hub_eui) : VNULL, VTEXT(m->mpxn),
			    VTEXT(m->uprn), VTEXT(m->region), VINT(m->device_id)),
		       NULL, e)
		   ? err_wrap(e, "meter %s", m->name)
		   : OK;
}

int store_meter_counter(struct db *db, int64_t device_id, int64_t now, int64_t *ret, struct err *e)
{
	bool got;

	if (db_one(db, SQL_METER_COUNTER, ARGS(VINT(now), VINT(device_id)), &got, ret, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "the meter is not there any more");
}

int store_meter_heard(struct db *db, int64_t device_id, int64_t counter, bool *ret_new, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_METER_HEARD, ARGS(VINT(counter), VINT(device_id)), &n, e))
		return (int)e->code;
	*ret_new = n > 0;
	return OK;
}

int store_meter_status(struct db *db, int64_t device_id, const char *status, struct err *e)
{
	return db_exec(db, SQL_METER_STATUS, ARGS(VTEXT(status), VINT(device_id)), NULL, e);
}

int store_meter_version_at(struct db *db, int64_t device_id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_METER_VERSION_AT, ARGS(VINT(now), VINT(device_id)), NULL, e);
}

int store_meter_inventory_at(struct db *db, int64_t site_id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_METER_INVENTORY_AT, ARGS(VINT(now), VINT(site_id)), NULL, e);
}

int store_meter_authority(struct db *db, int64_t device_id, bool held, const char *why, struct err *e)
{
	return db_exec(db, SQL_METER_AUTHORITY,
		       ARGS(VTEXT(held ? "held" : "lost"), VTEXT(why), VINT(device_id)), NULL, e);
}

int store_meter_quarantine(struct db *db, int64_t device_id, const char *why, struct err *e)
{
	return db_exec(db, SQL_METER_QUARANTINE, ARGS(VTEXT(why), VINT(device_id)), NULL, e);
}

int store_meter_seen(struct db *db, int64_t device_id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_METER_SEEN, ARGS(VINT(now), VINT(device_id)), NULL, e);
}

int store_meter_wish(struct db *db, int64_t device_id, const char *wish, int64_t at, struct err *e)
{
	return db_exec(db, SQL_METER_WISH, ARGS(VTEXT(wish), VINT(at), VINT(device_id)), NULL, e);
}

int store_meter_wish_sent(struct db *db, int64_t device_id, int64_t counter, int64_t tries, int64_t at,
			  struct err *e)
{
	return db_exec(db, SQL_METER_WISH_SENT, ARGS(VINT(counter), VINT(tries), VINT(at), VINT(device_id)),
		       NULL, e);
}

int store_meter_wish_done(struct db *db, int64_t device_id, struct err *e)
{
	return db_exec(db, SQL_METER_WISH_DONE, ARGS(VINT(device_id)), NULL, e);
}

int store_meter_wishes(struct db *db, const char *node, int64_t now, size_t max, struct store_meter *ret,
		       size_t *ret_n, struct err *e)
{
	return meters(db, SQL_METER_WISHES, ARGS(VTEXT(node), VINT(now), VINT(max)), max, ret, ret_n, e);
}

int store_meter_under_way(struct db *db, int64_t device_id, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_METER_UNDER_WAY, ARGS(VINT(device_id)), &got, ret, e);
}

int store_meter_remove(struct db *db, int64_t device_id, struct err *e)
{
	static const enum sql_id steps[] = { SQL_METER_EVENTS_DROP, SQL_METER_JOBS_DROP, SQL_METER_DROP,
					     SQL_METER_DEVICE_DROP, SQL_METER_DEVICE_PARK };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (db_exec(db, steps[i], ARGS(VINT(device_id)), NULL, e))
			return (int)e->code;
	return OK;
}

int store_meter_walks(struct db *db, const char *node, int64_t now, int64_t after, size_t max,
		      struct store_meter_walk *ret, size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_METER_WALKS, ARGS(VINT(after), VTEXT(node), VINT(now), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ret[n] = (struct store_meter_walk){ .device_id = rows_num(r, 0),
						    .site_id = rows_num(r, 1),
						    .cycle_id = rows_num(r, 2) };
	}
	*ret_n = n;
	return OK;
}

/* ---- what hubs can do ---- */

int store_han_rules(struct db *db, const char *after, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_HAN_RULE_LIST, ARGS(VTEXT(after), VINT(limit)), ret, e);
}

int store_han_rule_get(struct db *db, const char *name, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_HAN_RULE_GET, ARGS(VTEXT(name)), ret, e);
}

int store_han_rule_next(struct rows *r, struct store_han_rule *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_han_rule){ .id = rows_num(r, 0),
						.name = rows_text(r, 1),
						.applies_class = rows_text(r, 2),
						.applies_id = meter_id_of(r, 3),
						.applies = rows_text(r, 4),
						.needs_class = rows_text(r, 5),
						.needs_gbcs = rows_text(r, 6),
						.needs_ids = rows_text(r, 7),
						.source = rows_text(r, 8),
						.stated_by = rows_text(r, 9),
						.stated_at = rows_num(r, 10) };
	return OK;
}

int store_han_rule_put(struct db *db, const struct store_han_rule *h, struct err *e)
{
	return db_exec(db, SQL_HAN_RULE_PUT,
		       ARGS(VTEXT(h->name), VTEXT(h->applies_class), VID(h->applies_id),
			    VTEXT(h->needs_class), VTEXT(h->needs_gbcs), VTEXT(h->needs_ids),
			    VTEXT(h->source), VTEXT(h->stated_by), VINT(h->stated_at)),
		       NULL, e);
}

int store_han_rule_drop(struct db *db, const char *name, int64_t *ret_n, struct err *e)
{
	return db_exec(db, SQL_HAN_RULE_DROP, ARGS(VTEXT(name)), ret_n, e);
}

/* ---- the story ---- */

int store_meter_event_add(struct db *db, const struct store_meter_event *v, struct err *e)
{
	char detail[METER_EVENT_DETAIL_MAX + 1];

	str_copyn(detail, sizeof detail, v->detail, parse_utf8_cut(v->detail, METER_EVENT_DETAIL_MAX));
	return db_exec(db, SQL_METER_EVENT_ADD,
		       ARGS(VINT(v->device_id), VID(v->job_id), VINT(v->at), VTEXT(v->way), VTEXT(v->what),
			    VINT(v->ref), VTEXT(v->code ? v->code : ""), VTEXT(detail)),
		       NULL, e);
}

int store_meter_event_page(struct db *db, int64_t device_id, int64_t job_id, int64_t before, int64_t limit,
			   struct rows **ret, struct err *e)
{
	return db_run(db, SQL_METER_EVENT_PAGE,
		      ARGS(VINT(device_id), VINT(before > 0 ? before : INT64_MAX), VID(job_id), VINT(limit)),
		      ret, e);
}

int store_meter_event_next(struct rows *r, struct store_meter_event *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_meter_event){ .id = rows_num(r, 0),
						   .device_id = rows_num(r, 1),
						   .job_id = meter_id_of(r, 2),
						   .at = rows_num(r, 3),
						   .way = rows_text(r, 4),
						   .what = rows_text(r, 5),
						   .ref = rows_num(r, 6),
						   .code = rows_text(r, 7),
						   .detail = rows_text(r, 8) };
	return OK;
}

int store_meter_event_forget(struct db *db, int64_t before, int64_t *ret_n, struct err *e)
{
	return db_exec(db, SQL_METER_EVENT_FORGET, ARGS(VINT(before)), ret_n, e);
}
