/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema versions. Migrations are numbered, go forward only, and are applied in one transaction; the number
 * that a store has reached is meta('schema'). So a store is of one version or of the next, never in between.
 */
#ifndef FIRPATH_STORE_MIGRATE_H
#define FIRPATH_STORE_MIGRATE_H

#include "store/db.h"

/* A set of migrations, and the setting of meta that holds how far a store has got. Stores of different sets
 * are never taken for each other: each lacks the other's setting. */
struct schema_step;
struct schema_set {
	const char *setting; /* "schema" */
	const struct schema_step *steps;
	const int *newest; /* how many there are */
};
extern const struct schema_set schema_main;       /* sql/schema */
extern const struct schema_set schema_restricted; /* sql/restricted: the register of the SSC */
int schema_set_upgrade(struct db *db, const struct schema_set *set, int upto, struct err *e) MUST_USE;
int schema_set_check(struct db *db, const struct schema_set *set, struct err *e) MUST_USE;

/* The next ones are about schema_main. *ret = 0 for an empty database; ERR_STORE when it holds something that
 * is not ours. */
int schema_version(struct db *db, int *ret, struct err *e) MUST_USE;
/* Applies what is missing up to `upto` (schema_newest; tests stop earlier). ERR_STORE_NEWER when the store is
 * past schema_newest. Several may try at once: one does it, the others find it done. */
int schema_upgrade(struct db *db, int upto, struct err *e) MUST_USE;

#endif
