/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Release sets: one published release per component of one charger model, meant to run together. Made once,
 * never changed; the releases of a set allow each other (parts.h) when it is made. Target of campaigns as
 * 'set:NAME'.
 */
#ifndef FIRPATH_CORE_RELEASE_SET_H
#define FIRPATH_CORE_RELEASE_SET_H

#include "core/release.h"

#define SET_NAME_MAX 64 /* letters, digits and . _ - */
/* {"name","vendor","model","note","releases":[number or public id, ...]}. ERR_CONFLICT: the name is taken;
 * ERR_RELEASE: two of one component, not published, another model, or they do not allow each other. */
int set_add(const struct release_ctx *c, const struct snapshot *s, const struct json *body, int64_t *ret_id,
	    struct err *e) MUST_USE;
int sets_json(struct db *db, const char *cursor, int64_t limit, struct str *out, struct err *e) MUST_USE;
int set_json(struct db *db, const char *name, struct str *out, struct err *e) MUST_USE;

/* A set as its users need it; copies. */
struct set_part {
	char component[IDENT_PART_SIZE], version[IDENT_PART_SIZE];
	int64_t release_id, entry_id;
};
struct set_info {
	int64_t id;
	char name[SET_NAME_MAX + 1], vendor[IDENT_PART_SIZE], model[IDENT_PART_SIZE];
	struct set_part part[PARTS_MAX]; /* by component */
	int n;
};
/* name, or id when name is NULL. ERR_NOT_FOUND. */
int set_load(struct db *db, const char *name, int64_t id, struct set_info *ret, struct err *e) MUST_USE;

#endif
