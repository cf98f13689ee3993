/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_station.h"

#include <stdio.h>

#include "base/parse.h"
#include "base/str.h"
#include "store/store_ledger.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL)     /* 0 = none */
#define VWORD(s) (*(s) ? VTEXT(s) : VNULL)     /* "" = none */
#define VEITHER(x) ((x) < 0 ? VNULL : VINT(x)) /* -1 = any */
#define CHANGE_KEY "station-change"

static void word_of(const struct rows *r, int col, char *buf, size_t size)
{
	str_copy(buf, size, rows_null(r, col) ? "" : rows_text(r, col));
}

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

static void station_of(const struct rows *r, struct store_station *t)
{
	int c = 0;

#define WORD(field) word_of(r, c++, t->field, sizeof t->field)
#define NUM(field) t->field = rows_num(r, c++)
#define ID(field) t->field = id_of(r, c++)
#define DATE(field) t->field = rows_date(r, c++)
	ID(site_id), ID(org_id), WORD(identity), NUM(profile), WORD(salt), WORD(secret), ID(controller_id);
	WORD(controller), WORD(area), WORD(timezone), WORD(windows), WORD(rejected_rule), WORD(version_rule);
	WORD(protocol), WORD(vendor), WORD(model), WORD(serial), WORD(iccid), WORD(imsi), WORD(firmware);
	WORD(boot_reason), DATE(boot_at), NUM(boots), WORD(transfer), NUM(signing);
	NUM(components), DATE(components_at), DATE(version_at), WORD(quarantine), NUM(transactions);
	NUM(reservations), WORD(node), DATE(connected_at), DATE(left_at), WORD(left_why);
	NUM(request_id), NUM(message_id), WORD(cert_serial), NUM(change), NUM(added_at), WORD(org);
#undef WORD
#undef NUM
#undef ID
#undef DATE
}

int store_station_next(struct rows *r, struct store_station *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		station_of(r, ret);
	return OK;
}

int store_station_get(struct db *db, int64_t sees, const char *identity, bool *ret_got,
		      struct store_station *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_STATION_GET, ARGS(VTEXT(identity), VINT(sees)), &r, e) ||
	    store_station_next(r, ret, ret_got, e))
		return err_wrap(e, "station %s", identity);
	return OK;
}

int store_station_of_site(struct db *db, int64_t site_id, bool *ret_got, struct store_station *ret,
			  struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_STATION_OF_SITE, ARGS(VINT(site_id)), &r, e))
		return (int)e->code;
	return store_station_next(r, ret, ret_got, e);
}

int store_station_site(struct db *db, const char *identity, bool *ret_got, int64_t *ret_site, struct err *e)
{
	return db_one(db, SQL_STATION_SITE, ARGS(VTEXT(identity)), ret_got, ret_site, e);
}

int store_station_page(struct db *db, const struct store_station_filter *f, int64_t after, int64_t limit,
		       struct rows **ret, struct err *e)
{
	return db_run(db, SQL_STATION_PAGE,
		      ARGS(VINT(after), VINT(f->sees), VTEXT(f->part), VTEXT(f->area), VTEXT(f->model),
			   VEITHER(f->connected), VEITHER(f->quarantine), VINT(limit)),
		      ret, e);
}

int store_station_add(struct db *db, const struct store_station *t, struct err *e)
{
	return db_exec(db, SQL_STATION_ADD,
		       ARGS(VINT(t->site_id), VTEXT(t->identity), VID(t->org_id), VINT(t->profile),
			    VWORD(t->salt), VWORD(t->secret), VID(t->controller_id), VTEXT(t->area),
			    VTEXT(t->timezone), VTEXT(t->windows), VTEXT(t->rejected_rule),
			    VTEXT(t->version_rule), VWORD(t->vendor), VWORD(t->model), VWORD(t->serial),
			    VWORD(t->cert_serial), VINT(t->change), VINT(t->added_at)),
		       NULL, e)
		   ? err_wrap(e, "station %s", t->identity)
		   : OK;
}

int store_station_edit(struct db *db, const struct store_station *t, struct err *e)
{
	return db_exec(db, SQL_STATION_EDIT,
		       ARGS(VINT(t->profile), VWORD(t->salt), VWORD(t->secret), VID(t->controller_id),
			    VTEXT(t->area), VTEXT(t->timezone), VTEXT(t->windows), VTEXT(t->rejected_rule),
			    VTEXT(t->version_rule), VWORD(t->vendor), VWORD(t->model), VWORD(t->serial),
			    VWORD(t->cert_serial), VINT(t->change), VINT(t->site_id)),
		       NULL, e)
		   ? err_wrap(e, "station %s", t->identity)
		   : OK;
}

int store_station_quarantine(struct db *db, int64_t site_id, const char *why, struct err *e)
{
	return db_exec(db, SQL_STATION_QUARANTINE, ARGS(VTEXT(why), VINT(site_id)), NULL, e);
}

int store_station_remove(struct db *db, const struct store_station *t, int64_t change, int64_t now,
			 struct err *e)
{
	static const enum sql_id steps[] = {
		SQL_STATION_MESSAGES_DROP, SQL_STATION_JOBS_DROP,    SQL_STATION_COMPONENTS_DROP,
		SQL_STATION_INSTALLS_DROP, SQL_STATION_WISHES_DROP,  SQL_STATION_BUSY_DROP,
		SQL_STATION_DROP,          SQL_STATION_DEVICES_DROP, SQL_STATION_DEVICES_PARK,
		SQL_STATION_SITE_DROP
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (db_exec(db, steps[i], ARGS(VINT(t->site_id)), NULL, e))
			return err_wrap(e, "station %s", t->identity);
	return db_exec(db, SQL_STATION_GONE_ADD, ARGS(VINT(change), VTEXT(t->identity), VINT(now)), NULL, e);
}

int store_station_change(struct db *db, int64_t *ret, struct err *e)
{
	char text[24] = "";
	int64_t n = 0;
	bool got;

	if (meta_get(db, CHANGE_KEY, text, sizeof text, &got, e) ||
	    (got && parse_i64(text, 0, INT64_MAX - 1, &n, e)))
		return (int)e->code;
	n++;
	snprintf(text, sizeof text, "%lld", (long long)n);
	if (meta_put(db, CHANGE_KEY, text, e))
		return (int)e->code;
	*ret = n;
	return OK;
}

int store_station_keys(struct db *db, int64_t after, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_STATION_KEYS, ARGS(VINT(after), VINT(limit)), ret, e);
}

int store_station_key_next(struct rows *r, struct store_station_key *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_station_key){ .change = rows_num(r, 0),
						   .site_id = rows_num(r, 1),
						   .identity = rows_text(r, 2),
						   .profile = rows_num(r, 3),
						   .salt = rows_text(r, 4),
						   .secret = rows_text(r, 5),
						   .cert_serial = rows_text(r, 6) };
	return OK;
}

/* ---- wishes ---- */

int store_wish_add(struct db *db, const struct store_wish *w, int64_t *ret_id, bool *ret_new, struct err *e)
{
	bool got;

	if (db_one(db, SQL_WISH_STANDING, ARGS(VINT(w->site_id), VTEXT(w->command)), &got, ret_id, e))
		return (int)e->code;
	*ret_new = !got;
	if (got)
		return OK;
	return db_one(
	    db, SQL_WISH_ADD,
	    ARGS(VINT(w->site_id), VTEXT(w->command), VTEXT(w->args), VTEXT(w->asked_by), VINT(w->asked_at)),
	    &got, ret_id, e);
}

int store_wish_open(struct db *db, const char *node, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_WISH_OPEN, ARGS(VTEXT(node), VINT(limit)), ret, e);
}

int store_wish_page(struct db *db, int64_t site_id, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_WISH_PAGE, ARGS(VINT(site_id), VINT(limit)), ret, e);
}

int store_wish_get(struct db *db, int64_t id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_WISH_GET, ARGS(VINT(id)), ret, e);
}

int store_wish_next(struct rows *r, struct store_wish *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_wish){ .id = rows_num(r, 0),
					    .site_id = rows_num(r, 1),
					    .command = rows_text(r, 2),
					    .args = rows_text(r, 3),
					    .asked_by = rows_text(r, 4),
					    .state = rows_text(r, 5),
					    .answer = rows_text(r, 6),
					    .asked_at = rows_num(r, 7),
					    .sent_at = rows_date(r, 8),
					    .ended_at = rows_date(r, 9) };
	return OK;
}

int store_wish_set(struct db *db, int64_t id, const char *state, const char *answer, int64_t now,
		   struct err *e)
{
	return db_exec(db, SQL_WISH_SET, ARGS(VTEXT(state), VTEXT(answer), VINT(now), VINT(id)), NULL, e);
}

/* ---- components ---- */

int store_component_now(struct db *db, int64_t site_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_COMPONENT_NOW, ARGS(VINT(site_id)), ret, e);
}

int store_component_history(struct db *db, int64_t site_id, const char *name, int64_t after, int64_t limit,
			    struct rows **ret, struct err *e)
{
	return db_run(db, SQL_COMPONENT_HISTORY, ARGS(VINT(site_id), VINT(after), VTEXT(name), VINT(limit)),
		      ret, e);
}

int store_component_next(struct rows *r, struct store_component *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_component){ .id = rows_num(r, 0),
						 .site_id = rows_num(r, 1),
						 .device_id = id_of(r, 2),
						 .name = rows_text(r, 3),
						 .version = rows_text(r, 4),
						 .entry_id = id_of(r, 5),
						 .source = rows_text(r, 6),
						 .document = rows_text(r, 7),
						 .digest = rows_text(r, 8),
						 .since = rows_num(r, 9),
						 .until = rows_date(r, 10),
						 .device = rows_text(r, 11) };
	return OK;
}

int store_component_close(struct db *db, int64_t id, int64_t now, struct err *e)
{
	return db_exec(db, SQL_COMPONENT_CLOSE, ARGS(VINT(now), VINT(id)), NULL, e);
}

int store_component_open(struct db *db, const struct store_component *c, struct err *e)
{
	return db_exec(db, SQL_COMPONENT_OPEN,
		       ARGS(VINT(c->site_id), VID(c->device_id), VTEXT(c->name), VTEXT(c->version),
			    VID(c->entry_id), VTEXT(c->source), VTEXT(c->document), VTEXT(c->digest),
			    VINT(c->since)),
		       NULL, e);
}

int store_station_device_told(struct db *db, const struct store_told *t, struct err *e)
{
	return db_exec(db, SQL_STATION_DEVICE_TOLD,
		       ARGS(VTEXT(t->manufacturer), VTEXT(t->model), VTEXT(t->hardware), VTEXT(t->version),
			    VTEXT(t->hash), VID(t->entry_id), VTEXT(t->entry_why), VINT(t->now),
			    VINT(t->device_id)),
		       NULL, e);
}

/* ---- proofs ---- */

int store_install_last(struct db *db, int64_t site_id, const char *component, struct rows **ret,
		       struct err *e)
{
	return db_run(db, SQL_INSTALL_LAST, ARGS(VINT(site_id), VTEXT(component)), ret, e);
}

int store_install_add(struct db *db, const struct store_install *i, struct err *e)
{
	return db_exec(db, SQL_INSTALL_ADD,
		       ARGS(VINT(i->site_id), VTEXT(i->component), VINT(i->n), VTEXT(i->record),
			    VTEXT(i->prev_hash), VTEXT(i->hash)),
		       NULL, e);
}

int store_install_list(struct db *db, int64_t site_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_INSTALL_LIST, ARGS(VINT(site_id)), ret, e);
}

int store_install_next(struct rows *r, struct store_install *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_install){ .site_id = rows_num(r, 0),
					       .n = rows_num(r, 1),
					       .component = rows_text(r, 2),
					       .record = rows_text(r, 3),
					       .prev_hash = rows_text(r, 4),
					       .hash = rows_text(r, 5) };
	return OK;
}
