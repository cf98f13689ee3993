/* SPDX-License-Identifier: Apache-2.0 */
/* A small catalogue in which every kind of page has something to show, written straight into a store. */
#ifndef FIRPATH_TESTS_PAGES_SEED_H
#define FIRPATH_TESTS_PAGES_SEED_H

#include "store/db.h"

#define SEED_NOW INT64_C(1795165200000) /* 2026-11-20T09:00:00Z */
#define SEED_MODEL "118F:00000000"

/* Fails the test when it cannot. Entries 1-12 of model SEED_MODEL: a chain with fragments, a floor, a Removed
 * entry, an expired one, a blocked step, a downgrade, one without a statement; 20 and 21 are twins of another
 * model, 22 follows them. Texts of statements hold markup (T23). */
void seed_catalogue(struct db *db);

#endif
