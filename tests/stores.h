/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores for tests of every floor above. Tests run over the engines by loop:
 *
 *	START_TEST(an_entry_is_kept) { OWN(db_close) struct db *db = fresh_store(_i); ... }
 *	tcase_add_loop_test(tc, an_entry_is_kept, 0, STORES);
 *	int main(void) { return stores_run(suite()); }
 *
 * Link tests/libteststore.a before the room's libraries. A failing helper fails the test.
 */
#ifndef FIRPATH_TESTS_STORES_H
#define FIRPATH_TESTS_STORES_H

#include "store/db.h"
#include "testing.h" /* ck_ok, ck_refused */

enum { STORE_SQLITE, STORE_PG };
#ifdef WITH_POSTGRESQL
#define STORES 2
#else
#define STORES 1
#endif
#define STORE_DSN_MAX 512

/* A new store of the newest schema with nothing in it; db_close it. */
struct db *fresh_store(int engine);
/* The same as an address, for tests that open several connections, or stop and open again. */
const char *fresh_store_dsn(int engine, char dsn[STORE_DSN_MAX]);
/* The address of a store that is not there yet: a file to be, or an empty database. */
const char *empty_store_dsn(int engine, char dsn[STORE_DSN_MAX]);
/* Opens it (it must be there) or fails the test. */
struct db *open_store(const char *dsn);
/* A folder that goes when the program ends; for files of tests. */
const char *stores_dir(void);

/* Runs the suite with the engines there; gives main's status. CK_FORK=no and CK_RUN_CASE work as in Check. */
int stores_run(Suite *s);
/* The same for a list of tests, each over every engine; timeout: seconds for one test. */
int stores_run_all(const char *name, const TTest *const *all, size_t n, int timeout);
#define STORES_RUN(name, all, timeout) stores_run_all(name, all, sizeof(all) / sizeof *(all), timeout)

#endif
