/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations and their Building Blocks (tables vc and vc_bb, sql/query/vc.sql). What they mean is
 * in core/vc.h. Writing functions run inside the caller's transaction.
 */
#ifndef FIRPATH_STORE_STORE_VC_H
#define FIRPATH_STORE_STORE_VC_H

#include "store/db.h"

/* One row of vc; texts are borrowed from the rows object when read. */
struct vc_row {
	int64_t id, n;
	const char *folder;
	const char *config_id, *type_id, *name, *version, *manifest, *hash; /* NULL = not known */
	const char *state;
	const char *mark; /* what the folder looked like: names, sizes, times; "" = never complete */
	bool kept;
	const char *report;           /* JSON, "" = none; NULL in lists */
	int64_t seen_at, verified_at; /* -1 = never */
};
/* One Building Block of a kept one. */
struct vc_bb_row {
	int64_t vc_id, n; /* n = 1, 2, 3 ... in the order of the Manifest */
	const char *type_id, *config_id /* NULL = none */, *name, *version, *functional, *system;
	int64_t wave;
	const char *depends; /* JSON */
	const char *network; /* separated by blanks */
	const char *manifest, *hash;
	const char *archives; /* JSON */
};

/* Lists give rows to walk with store_vc_next; by number, without reports. */
int store_vc_list(struct db *db, bool gone, struct rows **ret, struct err *e) MUST_USE;
/* n or id, the other 0. At most one row. */
int store_vc_get(struct db *db, int64_t id, int64_t n, struct rows **ret, struct err *e) MUST_USE;
int store_vc_next(struct rows *r, struct vc_row *ret, bool *ret_got, struct err *e) MUST_USE;
/* The next number; v->id and v->n are ignored. */
int store_vc_add(struct db *db, const struct vc_row *v, int64_t *ret_n, struct err *e) MUST_USE;
/* Everything but id, n, folder and seen_at becomes as v says. */
int store_vc_set(struct db *db, const struct vc_row *v, struct err *e) MUST_USE;

/* All Building Blocks of one, by n; walk with store_vc_bb_next. */
int store_vc_bbs(struct db *db, int64_t vc_id, struct rows **ret, struct err *e) MUST_USE;
int store_vc_bb_next(struct rows *r, struct vc_bb_row *ret, bool *ret_got, struct err *e) MUST_USE;
int store_vc_bb_put(struct db *db, const struct vc_bb_row *b, struct err *e) MUST_USE;
int store_vc_bb_clear(struct db *db, int64_t vc_id, struct err *e) MUST_USE;

#endif
