/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles and Building Blocks in the store; sql/query/cm.sql, schema 0013. Writing functions run inside the
 * caller's write transaction. */
#ifndef FIRPATH_STORE_STORE_CM_H
#define FIRPATH_STORE_STORE_CM_H

#include "model/site.h"
#include "store/db.h"

#define TYPE_ID_SIZE 40
#define SCHEME_BLOCK "bb" /* device.scheme of Building Blocks */

/* A vehicle beside its chart. No pointers, so that it can be kept over statements. Ids 0 = none. */
struct store_vehicle {
	int64_t site_id, org_id;
	char name[65], org[80]; /* of the site, of its organisation ("" = nobody's) */
	char type_id[TYPE_ID_SIZE];
	int64_t active_vc, previous_vc; /* vc.id */
	int64_t blocks, lost;
	bool extended;      /* log mode */
	int64_t log_last;   /* number of the newest log line */
	int64_t changed_at; /* UTC ms */
};

/* A Building Block beside its part of the chart. */
struct store_bb {
	int64_t n; /* as in vc_bb */
	char type_id[TYPE_ID_SIZE], device[65], life[8];
	int64_t last_seen;   /* UTC ms, -1 = never */
	int64_t sent_at;     /* of the pending command, UTC ms, -1 = none */
	int64_t response_ms; /* request to answer, -1 = none yet */
};

/* ERR_CONFLICT when whoever sees several owners finds the name twice. */
int store_vehicle_id(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_site,
		     struct err *e) MUST_USE;
/* s gets everything but bb[] and nbbs. */
int store_vehicle_get(struct db *db, int64_t site_id, bool *ret_got, struct store_vehicle *ret,
		      struct site *s, struct err *e) MUST_USE;
int store_vehicle_page(struct db *db, int64_t sees, int64_t after, int64_t limit, struct rows **ret,
		       struct err *e) MUST_USE;
int store_vehicle_next(struct rows *r, bool *ret_got, struct store_vehicle *ret, struct site *s,
		       struct err *e) MUST_USE;
int store_vehicle_add(struct db *db, int64_t site_id, const char *type_id, const struct site *s, int64_t now,
		      struct err *e) MUST_USE;
int store_vehicle_put(struct db *db, const struct store_vehicle *v, const struct site *s, int64_t now,
		      struct err *e) MUST_USE;

/* Site ids into ret (room for max). */
int store_vehicle_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n,
		      struct err *e) MUST_USE;
int store_vehicle_next_due(struct db *db, int64_t *ret_due, struct err *e) MUST_USE; /* -1 = nothing */
int store_vehicle_after(struct db *db, int64_t after, int64_t max, int64_t *ret, int64_t *ret_n,
			struct err *e) MUST_USE;
/* vc.id of Vehicle Configurations that are active anywhere. */
int store_vehicle_vcs(struct db *db, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e) MUST_USE;

/* The Building Blocks of a vehicle in order. status_json: borrowed from the row, NULL = none; the status in
 * bb is empty but for progress and step, which the device row knows best. */
int store_bb_list(struct db *db, int64_t site_id, struct rows **ret, struct err *e) MUST_USE;
int store_bb_next(struct rows *r, bool *ret_got, struct store_bb *ret, struct site_bb *bb,
		  const char **ret_status, struct err *e) MUST_USE;
int store_bb_put(struct db *db, int64_t site_id, const struct store_bb *b, const struct site_bb *bb,
		 const char *status, struct err *e) MUST_USE;
int store_bb_clear(struct db *db, int64_t site_id, struct err *e) MUST_USE;
int store_bb_site(struct db *db, int64_t device_id, bool *ret_got, int64_t *ret_site, struct err *e) MUST_USE;
/* Building Blocks that are silent and whose vehicle does not know: their device is lost, or (overdue) they
 * were asked something before that moment. */
int store_bb_silent(struct db *db, int64_t max, int64_t *ret_site, int64_t *ret_device, int64_t *ret_n,
		    struct err *e) MUST_USE;
int store_bb_overdue(struct db *db, int64_t before, int64_t max, int64_t *ret_site, int64_t *ret_device,
		     int64_t *ret_n, struct err *e) MUST_USE;

/* What a poll of a Building Block needs. */
struct store_bb_poll {
	int64_t site_id, n, seq, asked_at;
	char want_hash[65], manifest[64], version[16], config_id[TYPE_ID_SIZE], type_id[TYPE_ID_SIZE];
	bool known, advised, lost, running, updating;
	enum bbum_command command;
	enum site_permit permit;
};
int store_bb_poll(struct db *db, int64_t device_id, bool *ret_got, struct store_bb_poll *ret,
		  struct err *e) MUST_USE;

int store_cm_log_add(struct db *db, int64_t site_id, int64_t n, int64_t at, enum site_say say, int64_t bb,
		     int64_t device_id, const char *text, struct err *e) MUST_USE;
int store_cm_log_trim(struct db *db, int64_t site_id, int64_t upto, struct err *e) MUST_USE;

#endif
