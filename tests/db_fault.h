/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store whose n-th driver call fails: begin, run, next, and end of a kept transaction are counted from 0. A
 * failing end rolls back, as an engine does whose COMMIT fails. Everything that writes gets this test:
 *
 *	START_TEST(any_fault_leaves_the_store_as_it_was)
 *	{
 *		for (int n = 0;; n++) {
 *			struct db *real = fresh_store(_i), *db = db_fault_wrap(real, n);
 *			int rc = store_edge_put(db, &admin, &edge, &rev, &e);
 *
 *			ck_assert_int_eq(count_edges(real), rc ? 0 : 1);
 *			ck_assert_int_eq(rc != 0, db_fault_hit(db));  // no fault is swallowed
 *			db_close(db);                                 // closes the real one, too
 *			if (!rc)
 *				break;
 *		}
 *	}
 *	tcase_add_loop_test(tc, any_fault_leaves_the_store_as_it_was, 0, STORES);
 *
 * Put rows into `real` before wrapping; look at them through `real` after the call.
 */
#ifndef FIRPATH_TESTS_DB_FAULT_H
#define FIRPATH_TESTS_DB_FAULT_H

#include "store/db.h"

struct db *db_fault_wrap(struct db *real, int n); /* fails with ERR_DISK; n < 0: never */
struct db *db_fault_wrap_with(struct db *real, int n, enum err_code code); /* fails with another code */
bool db_fault_hit(const struct db *db);                                    /* did the fault happen? */
int db_fault_calls(const struct db *db);                                   /* driver calls so far */
/* From now on, fail the n-th call counted from here. */
void db_fault_arm(struct db *db, int n);

/* Looks on at every transaction: before it begins (where other writers still come in between), and before it
 * is kept (real: the connection inside of it). */
enum fault_moment { FAULT_BEGIN, FAULT_COMMIT };
void db_fault_watch(struct db *db, void (*fn)(void *ctx, enum fault_moment at, struct db *real), void *ctx);

#endif
