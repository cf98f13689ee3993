/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fleet.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

/* The one row's number of a lookup by name among those whom the caller sees. */
static int id_named(struct rows *r, const char *what, const char *name, bool *ret_got, int64_t *ret_id,
		    struct err *e)
{
	int64_t id;
	bool got, more;

	if (rows_next(r, &got, e))
		return e->code;
	if (got) {
		id = rows_num(r, 0);
		if (rows_next(r, &more, e))
			return e->code;
		if (more)
			return err_set(e, ERR_CONFLICT, "several owners have a %s '%.64s'; say whose", what,
				       name);
		*ret_id = id;
	}
	*ret_got = got;
	return OK;
}

int store_site_id(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_id,
		  struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_SITE_ID, ARGS(VTEXT(name), VINT(sees)), &r, e))
		return err_wrap(e, "site %s", name);
	return id_named(r, "site", name, ret_got, ret_id, e);
}

int store_site_put(struct db *db, int64_t org_id, const char *name, int64_t now, int64_t *ret_id,
		   struct err *e)
{
	int64_t own = sees_owner(org_id);
	bool got;

	if (store_site_id(db, own, name, &got, ret_id, e))
		return e->code;
	if (got)
		return OK;
	if (db_exec(db, SQL_SITE_PUT, ARGS(VID(org_id), VTEXT(name), VINT(now)), NULL, e) ||
	    store_site_id(db, own, name, &got, ret_id, e))
		return err_wrap(e, "site %s", name);
	return got ? OK : err_set(e, ERR_INTERNAL, "site %s was not kept", name);
}

int store_site_page(struct db *db, int64_t sees, int64_t after, int64_t limit, struct rows **ret,
		    struct err *e)
{
	return db_run(db, SQL_SITE_PAGE, ARGS(VINT(after), VINT(sees), VINT(limit)), ret, e);
}

int store_device_add(struct db *db, const struct store_device *d, int64_t site_id, struct err *e)
{
	return db_exec(db, SQL_DEVICE_ADD,
		       ARGS(VID(d->org_id), VTEXT(d->name), VINT(site_id), VTEXT(d->adapter),
			    VTEXT(d->address), VTEXT(d->scheme), VTEXT(d->manufacturer), VTEXT(d->model),
			    VTEXT(d->hardware), VTEXT(d->version), VTEXT(d->told_by), VID(d->hint_entry_id),
			    VID(d->entry_id), VTEXT(d->entry_why), VINT(d->added_at)),
		       NULL, e)
		   ? err_wrap(e, "device %s", d->name)
		   : OK;
}

int store_device_edit(struct db *db, const struct store_device *d, int64_t site_id, struct err *e)
{
	return db_exec(db, SQL_DEVICE_EDIT,
		       ARGS(VINT(site_id), VTEXT(d->adapter), VTEXT(d->address), VTEXT(d->manufacturer),
			    VTEXT(d->model), VTEXT(d->hardware), VTEXT(d->version), VTEXT(d->told_by),
			    VID(d->hint_entry_id), VID(d->entry_id), VTEXT(d->entry_why), VINT(d->id)),
		       NULL, e)
		   ? err_wrap(e, "device %s", d->name)
		   : OK;
}

static void device_of(const struct rows *r, struct store_device *d)
{
	*d = (struct store_device){ .id = rows_num(r, 0),
				    .name = rows_text(r, 1),
				    .site = rows_text(r, 2),
				    .adapter = rows_text(r, 3),
				    .address = rows_text(r, 4),
				    .scheme = rows_text(r, 5),
				    .manufacturer = rows_text(r, 6),
				    .model = rows_text(r, 7),
				    .hardware = rows_text(r, 8),
				    .version = rows_text(r, 9),
				    .hash = rows_text(r, 10),
				    .told_by = rows_text(r, 11),
				    .hint_entry_id = rows_null(r, 12) ? 0 : rows_num(r, 12),
				    .entry_id = rows_null(r, 13) ? 0 : rows_num(r, 13),
				    .entry_why = rows_text(r, 14),
				    .state = rows_text(r, 15),
				    .boots = rows_num(r, 16),
				    .progress = rows_date(r, 17),
				    .step = rows_text(r, 18),
				    .last_seen = rows_date(r, 19),
				    .life = rows_text(r, 20),
				    .added_at = rows_num(r, 21),
				    .org_id = rows_null(r, 22) ? 0 : rows_num(r, 22),
				    .org = rows_text(r, 23) };
}

int store_device_get(struct db *db, int64_t sees, const char *name, struct rows **ret_rows,
		     struct store_device *ret, bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL, *again = NULL;
	int64_t id;

	/* A row's texts live until the next one is asked for: count on a result of its own. */
	if (db_run(db, SQL_DEVICE_NAMED, ARGS(VTEXT(name), VINT(sees)), &again, e))
		return err_wrap(e, "device %s", name);
	if (id_named(again, "device", name, ret_got, &id, e))
		return e->code;
	if (!*ret_got)
		return OK;
	rows_done(MOVE(again));
	if (db_run(db, SQL_DEVICE_GET, ARGS(VINT(id)), &r, e) || store_device_next(r, ret, ret_got, e))
		return err_wrap(e, "device %s", name);
	*ret_rows = MOVE(r);
	return OK;
}

int store_device_give(struct db *db, int64_t device_id, int64_t org_id, int64_t site_id, struct err *e)
{
	return db_exec(db, SQL_DEVICE_GIVE, ARGS(VID(org_id), VINT(site_id), VINT(device_id)), NULL, e);
}

int store_device_page(struct db *db, const struct store_device_filter *f, int64_t after, int64_t limit,
		      struct rows **ret, struct err *e)
{
	return db_run(db, SQL_DEVICE_PAGE,
		      ARGS(VINT(after), VINT(f->sees), VTEXT(f->part), VTEXT(f->prefix), VTEXT(f->site),
			   VTEXT(f->manufacturer), VTEXT(f->model), VTEXT(f->hardware), VID(f->entry_id),
			   VTEXT(f->life), VTEXT(f->adapter), VINT(limit)),
		      ret, e);
}

int store_device_next(struct rows *r, struct store_device *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		device_of(r, ret);
	return OK;
}

int store_device_status(struct db *db, const struct store_device *d, const char *mark, int64_t now,
			struct err *e)
{
	return db_exec(db, SQL_DEVICE_STATUS,
		       ARGS(VTEXT(d->manufacturer), VTEXT(d->model), VTEXT(d->hardware), VTEXT(d->version),
			    VTEXT(d->hash), VID(d->entry_id), VTEXT(d->entry_why), VTEXT(d->state),
			    VTEXT(mark), VINT(d->boots), VDATE(d->progress), VTEXT(d->step), VINT(now),
			    VINT(d->id)),
		       NULL, e);
}

int store_device_seen(struct db *db, int64_t id, int64_t progress, const char *step, int64_t now,
		      struct err *e)
{
	return db_exec(db, SQL_DEVICE_SEEN, ARGS(VDATE(progress), VTEXT(step), VINT(now), VINT(id)), NULL, e);
}

int store_device_lost(struct db *db, int64_t before, int64_t *ret_changed, struct err *e)
{
	return db_exec(db, SQL_DEVICE_LOST, ARGS(VINT(before)), ret_changed, e);
}

int store_identity_list(struct db *db, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_DEVICE_IDENTITIES, NOARGS, ret, e);
}

int store_identity_next(struct rows *r, struct store_identity *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_identity){ .scheme = rows_text(r, 0),
						.manufacturer = rows_text(r, 1),
						.model = rows_text(r, 2),
						.hardware = rows_text(r, 3),
						.version = rows_text(r, 4),
						.hash = rows_text(r, 5),
						.hint_entry_id = rows_null(r, 6) ? 0 : rows_num(r, 6),
						.entry_id = rows_null(r, 7) ? 0 : rows_num(r, 7),
						.entry_why = rows_text(r, 8) };
	return OK;
}

int store_identity_resolve(struct db *db, const struct store_identity *id, int64_t entry_id, const char *why,
			   struct err *e)
{
	return db_exec(db, SQL_DEVICE_RESOLVE,
		       ARGS(VID(entry_id), VTEXT(why), VTEXT(id->scheme), VTEXT(id->manufacturer),
			    VTEXT(id->model), VTEXT(id->hardware), VTEXT(id->version), VTEXT(id->hash),
			    VID(id->hint_entry_id), VID(id->entry_id)),
		       NULL, e);
}

int store_device_cycles(struct db *db, int64_t sees, int64_t device_id, int64_t limit, struct rows **ret,
			struct err *e)
{
	return db_run(db, SQL_DEVICE_CYCLES, ARGS(VINT(device_id), VINT(sees), VINT(limit)), ret, e);
}
