/* SPDX-License-Identifier: Apache-2.0 */
/* Sites and devices in the store; sql/query/fleet.sql, schema 0002. Writing functions run inside the caller's
 * write transaction. */
#ifndef FIRPATH_STORE_STORE_FLEET_H
#define FIRPATH_STORE_STORE_FLEET_H

#include "store/db.h"

/* Whose rows a caller sees: the number of an organisation, or one of these. principal_fleet_org() gives it.
 */
#define SEES_ALL 0
#define SEES_NOTHING (-1)
#define SEES_UNOWNED (-2) /* what belongs to no organisation */
/* What exactly one owner has; 0 = nobody. */
static inline int64_t sees_owner(int64_t org_id)
{
	return org_id > 0 ? org_id : SEES_UNOWNED;
}

/* A device as it stands; texts are borrowed from the rows object, or from the caller when putting. */
struct store_device {
	int64_t id;
	const char *name, *site;
	const char *adapter, *address; /* address may be NULL */
	const char *scheme;
	const char *manufacturer, *model, *hardware, *version; /* NULL = not known */
	const char *hash;                                      /* of the running software, or NULL */
	const char *told_by;                                   /* "nobody", "inventory", "device" */
	int64_t hint_entry_id;                                 /* 0 = none */
	int64_t entry_id;                                      /* 0 = none: never pushed */
	const char *entry_why;
	const char *state;           /* NULL = never reported */
	int64_t boots, progress;     /* progress -1 = none */
	const char *step;            /* may be NULL */
	int64_t last_seen, added_at; /* UTC ms, -1 = never */
	const char *life;
	int64_t org_id;  /* organisation it belongs to; 0 = nobody's */
	const char *org; /* its name; read only, NULL = none */
};

/* Borrowed texts; NULL and 0 = any. */
struct store_device_filter {
	const char *part, *prefix, *site, *manufacturer, *model, *hardware, *life, *adapter;
	int64_t entry_id;
	int64_t sees; /* whose devices, for store_device_page */
};

/* Names are unique within one owner. Whoever sees several owners may find a name twice: ERR_CONFLICT. */
int store_site_put(struct db *db, int64_t org_id, const char *name, int64_t now, int64_t *ret_id,
		   struct err *e) MUST_USE;
int store_site_id(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_id,
		  struct err *e) MUST_USE;
int store_site_page(struct db *db, int64_t sees, int64_t after, int64_t limit, struct rows **ret,
		    struct err *e) MUST_USE;

int store_device_add(struct db *db, const struct store_device *d, int64_t site_id, struct err *e) MUST_USE;
int store_device_edit(struct db *db, const struct store_device *d, int64_t site_id, struct err *e) MUST_USE;
/* By name; *ret_got false when there is none. d borrows from *ret_rows. */
int store_device_get(struct db *db, int64_t sees, const char *name, struct rows **ret_rows,
		     struct store_device *ret, bool *ret_got, struct err *e) MUST_USE;
/* Another owner (0 = nobody) and a site there. ERR_CONFLICT when that owner has a device of this name. */
int store_device_give(struct db *db, int64_t device_id, int64_t org_id, int64_t site_id,
		      struct err *e) MUST_USE;
int store_device_page(struct db *db, const struct store_device_filter *f, int64_t after, int64_t limit,
		      struct rows **ret, struct err *e) MUST_USE;
int store_device_next(struct rows *r, struct store_device *ret, bool *ret_got, struct err *e) MUST_USE;

/* What a device reported itself: identity, entry, state, boots, progress, step; last_seen = now. */
int store_device_status(struct db *db, const struct store_device *d, const char *mark, int64_t now,
			struct err *e) MUST_USE;
int store_device_seen(struct db *db, int64_t id, int64_t progress, const char *step, int64_t now,
		      struct err *e) MUST_USE;
int store_device_lost(struct db *db, int64_t before, int64_t *ret_changed, struct err *e) MUST_USE;

/* Identities in use, to be resolved again after a change of the catalogue. */
struct store_identity {
	const char *scheme, *manufacturer, *model, *hardware, *version,
	    *hash;                       /* borrowed; hash may be NULL */
	int64_t hint_entry_id, entry_id; /* 0 = none */
	const char *entry_why;
};
int store_identity_list(struct db *db, struct rows **ret, struct err *e) MUST_USE;
int store_identity_next(struct rows *r, struct store_identity *ret, bool *ret_got, struct err *e) MUST_USE;
int store_identity_resolve(struct db *db, const struct store_identity *id, int64_t entry_id, const char *why,
			   struct err *e) MUST_USE;

/* Its walks in campaigns of whom the caller sees. */
int store_device_cycles(struct db *db, int64_t sees, int64_t device_id, int64_t limit, struct rows **ret,
			struct err *e) MUST_USE;

#endif
