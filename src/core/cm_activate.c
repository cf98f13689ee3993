/* SPDX-License-Identifier: Apache-2.0 */
/* Another Vehicle Configuration becomes active: E10, E25, E47; J16. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "core/cm_row.h"
#include "store/store_fleet.h"
#include "store/store_vc.h"

/* A name for a device: the vehicle's, a dot, the Building Block's, with what no name of a device may hold
 * made a hyphen. nth > 0 tells two apart that come out the same. */
static int device_name(const struct cm_vehicle *v, const char *bb, int nth, char ret[160], struct err *e)
{
	int n = nth ? snprintf(ret, 160, "%s.%s-%d", v->row.name, bb, nth)
		    : snprintf(ret, 160, "%s.%s", v->row.name, bb);

	if (n > DEVICE_NAME_MAX)
		return err_set(e, ERR_INVALID,
			       "'%.160s' is too long for the name of a device (at most %d bytes): give the "
			       "vehicle a shorter name",
			       ret, DEVICE_NAME_MAX);
	for (char *p = ret; *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:", *p))
			*p = '-';
	return OK;
}

/* Is there a device of that name at this owner? *ret: its id when it was registered for a Building Block of
 * this vehicle, 0 = there is none, -1 = it is another Building Block of it. ERR_CONFLICT: it is something
 * else, and whoever polls by that name would be taken for it. */
static int device_there(struct db *db, const struct cm_vehicle *v, const char *name, int64_t *ret,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;
	int64_t id = 0;
	bool got, mine;

	*ret = 0;
	if (store_device_get(db, sees_owner(v->row.org_id), name, &r, &d, &got, e))
		return (int)e->code;
	if (!got)
		return OK;
	if (strcmp(d.scheme, SCHEME_BLOCK) != 0 || strcmp(d.site, v->row.name) != 0)
		return err_set(e, ERR_CONFLICT,
			       "the device '%.64s' is there already and is no Building Block of this vehicle",
			       name);
	if (db_one(db, SQL_BB_DEVICE_NAMED, ARGS(VINT(v->row.site_id), VTEXT(name)), &mine, &id, e))
		return (int)e->code;
	*ret = mine ? id : -1;
	return OK;
}

static int device_make(struct db *db, const struct cm_vehicle *v, const char *name, int64_t now, int64_t *ret,
		       struct err *e)
{
	struct store_device d = { .name = name,
				  .adapter = "bbum",
				  .scheme = SCHEME_BLOCK,
				  .told_by = "nobody",
				  .entry_why = "not-reported",
				  .org_id = v->row.org_id,
				  .added_at = now };

	return store_device_add(db, &d, v->row.site_id, e) || device_there(db, v, name, ret, e) ? (int)e->code
												: OK;
}

/* The device of a Building Block that was not in the Vehicle Configuration before: one of the site with its
 * Type ID; one that was registered for it by name; else a new one. */
static int device_find(struct db *db, const struct cm_vehicle *v, const char *type_id, const char *bb,
		       int64_t now, int64_t *ret, char name[65], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char text[160];
	bool got;

	if (db_run(db, SQL_BB_DEVICE, ARGS(VINT(v->row.site_id), VTEXT(type_id)), &r, e) ||
	    rows_next(r, &got, e))
		return (int)e->code;
	if (got) {
		*ret = rows_num(r, 0);
		str_copy(name, 65, rows_text(r, 1));
		return OK;
	}
	*ret = -1;
	for (int nth = 0; nth < SITE_BBS_MAX && *ret < 0; nth++)
		if (device_name(v, bb, nth, text, e) || device_there(db, v, text, ret, e))
			return (int)e->code;
	if (*ret < 0)
		return err_set(e, ERR_CONFLICT, "no name is left for the device of building block '%.60s'",
			       bb);
	if (!*ret && device_make(db, v, text, now, ret, e))
		return (int)e->code;
	str_copy(name, 65, text);
	return db_exec(db, SQL_DEVICE_TYPE, ARGS(VTEXT(type_id), VINT(*ret)), NULL, e);
}

/* One Building Block of the new Vehicle Configuration, from its row. */
static int block_take(struct db *db, const struct cm_vehicle *v, const struct vc_bb_row *r, int64_t now,
		      struct site_bb *bb, struct cm_more *more, struct err *e)
{
	const char *type_id = r->type_id;

	for (int i = 0; i < v->site.nbbs; i++)
		if (!strcmp(v->more[i].row.type_id, type_id)) {
			*bb = v->site.bb[i];
			*more = v->more[i];
		}
	str_copy(bb->name, sizeof bb->name, r->name);
	bb->wave = (int)r->wave;
	snprintf(bb->manifest, sizeof bb->manifest, "bb:%.36s@%.16s", type_id, r->version);
	str_copy(bb->want_hash, sizeof bb->want_hash, r->hash);
	more->row.n = r->n;
	str_copy(more->row.type_id, sizeof more->row.type_id, type_id);
	if (bb->device_id)
		return OK;
	bb->asked_at = -1;
	bb->status.progress = -1;
	bb->status.recommends = -1;
	more->row.last_seen = more->row.sent_at = more->row.response_ms = -1;
	return device_find(db, v, type_id, bb->name, now, &bb->device_id, more->row.device, e);
}

/* The rows of vc_bb; n in order, so that place + 1 = n. */
static int blocks_take(struct db *db, struct cm_vehicle *v, int64_t vc, int64_t now, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct site_bb *bb = mem_array(SITE_BBS_MAX, sizeof *bb);
	struct cm_more *more = mem_array(SITE_BBS_MAX, sizeof *more);
	struct vc_bb_row row;
	bool got = true;
	int n = 0, rc = store_vc_bbs(db, vc, &r, e);

	while (!rc && got) {
		rc = store_vc_bb_next(r, &row, &got, e);
		if (rc || !got)
			break;
		if (n == SITE_BBS_MAX) {
			rc =
			    err_set(e, ERR_TOO_LARGE,
				    "it has more than %d Building Blocks, which is what one vehicle may have",
				    SITE_BBS_MAX);
			break;
		}
		rc = block_take(db, v, &row, now, &bb[n], &more[n], e);
		for (int i = 0; i < n && !rc; i++)
			if (bb[i].device_id == bb[n].device_id)
				rc = err_set(e, ERR_CM_REJECTED,
					     "rejected, because '%.60s' and '%.60s' have the same Type ID: "
					     "Dependencies could not tell them apart",
					     bb[i].name, bb[n].name);
		n++;
	}
	if (!rc) {
		memcpy(v->site.bb, bb, (size_t)n * sizeof *bb);
		memcpy(v->more, more, (size_t)n * sizeof *more);
		v->site.nbbs = n;
	}
	free(bb);
	free(more);
	return rc;
}

static int activate_audit(struct db *db, const struct cm_vehicle *v, const struct vc_info *vc, int64_t was,
			  const struct actor *who, struct err *e)
{
	STR(after, 2048);
	struct jw w = jw_start(&after);
	char subject[32];

	snprintf(subject, sizeof subject, "vehicle/%" PRId64, v->row.site_id);
	jw_obj(&w);
	jw_kstr(&w, "vehicle", v->row.name);
	jw_kint(&w, "vc", vc->n);
	jw_kstr(&w, "name", vc->name);
	jw_kstr(&w, "version", vc->version);
	jw_kstr(&w, "config_id", vc->config_id);
	jw_key(&w, "was");
	if (was)
		jw_int(&w, was);
	else
		jw_null(&w);
	jw_end(&w);
	return audit_add(db, who, "vc-activate", subject, NULL, str_c(&after), 0, NULL, e);
}

int cm_activate(struct db *db, struct cm_vehicle *v, const struct site_settings *set, int64_t vc,
		int64_t previous, const struct actor *who, struct err *e)
{
	OWN(site_out_free) struct site_out *out = mem_alloc(sizeof *out);
	struct site_in in = { .kind = SITE_IN_ACTIVATED, .now = who->now };
	struct vc_info is, was = { .n = 0 };

	if (vc_by_id(db, vc, &is, e) || (v->row.active_vc && vc_by_id(db, v->row.active_vc, &was, e)))
		return (int)e->code;
	if (!is.kept)
		return err_set(e, ERR_CM_REJECTED,
			       "rejected, because Vehicle Configuration %" PRId64
			       " was not verified and taken into keeping",
			       is.n);
	if (!vc_targets(&is, v->row.type_id))
		return err_set(e, ERR_CM_REJECTED,
			       "rejected, because Vehicle Configuration %" PRId64
			       " is for vehicles of the Type ID %s, and this one has %s",
			       is.n, is.type_id, v->row.type_id);
	if (blocks_take(db, v, vc, who->now, e))
		return err_wrap(e, "Vehicle Configuration %" PRId64, is.n);
	v->rebuilt = true;
	v->row.active_vc = vc;
	v->row.previous_vc = previous;
	v->site.has_vc = true;
	v->site.has_previous = previous != 0;
	if (cm_step(db, v, set, &in, out, e))
		return (int)e->code;
	return activate_audit(db, v, &is, was.n, who, e);
}

int64_t cm_previous_of(const struct cm_vehicle *v)
{
	for (int i = 0; i < v->site.nbbs; i++) {
		const struct site_bb *bb = &v->site.bb[i];

		if (!v->more[i].heard || strcmp(bb->status.hash, bb->want_hash) != 0)
			return v->row.previous_vc;
	}
	return v->row.active_vc;
}

int cm_roll_back(struct db *db, struct cm_vehicle *v, const struct site_settings *set,
		 const struct actor *who, struct site_out *out, struct err *e)
{
	struct site_in in = { .kind = SITE_IN_VERB, .verb = SITE_DO_ROLLBACK, .now = who->now };

	if (!v->row.previous_vc)
		return err_set(
		    e, ERR_CM_REJECTED,
		    "rejected, because there is no previous Vehicle Configuration to roll back to");
	if (cm_activate(db, v, set, v->row.previous_vc, 0, who, e))
		return (int)e->code;
	return cm_step(db, v, set, &in, out, e);
}
