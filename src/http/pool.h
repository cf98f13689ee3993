/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to the store, lent to one thread for one request. There are more worker threads than an engine
 * likes connections (a silent client costs a thread, it must not cost a PostgreSQL backend), and most
 * requests need none: lookups use the snapshot. Reading connections cannot write (T22).
 *
 * The one lock of its kind: held while a list is changed, and released while waiting for a connection to come
 * back.
 */
#ifndef FIRPATH_HTTP_POOL_H
#define FIRPATH_HTTP_POOL_H

#include "store/db.h"

struct pool;

struct pool *pool_new(const char *dsn, size_t readers, size_t writers); /* dsn borrowed */
void pool_free(struct pool *p);                                         /* all must be back */
/* Waits up to 5 s for a connection, then ERR_BUSY. A connection that failed is not lent again. */
int pool_take(struct pool *p, bool writes, struct db **ret, struct err *e) MUST_USE;
void pool_give(struct pool *p, bool writes, struct db *db);
size_t pool_open(struct pool *p, bool writes); /* connections open now */

#endif
