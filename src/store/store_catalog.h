/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the catalogue for snapshots: everything that stands at one revision goes into a graph. The ledger
 * is append-only, so what a past revision reads never changes. sql/query/catalog.sql; schema 0001.
 */
#ifndef FIRPATH_STORE_STORE_CATALOG_H
#define FIRPATH_STORE_STORE_CATALOG_H

#include "model/graph.h"
#include "store/db.h"

/* Which state of the catalogue stands. */
struct store_newest {
	int64_t revision; /* 0 = none */
	int64_t checked;  /* when a CPL feed was last read with success, -1 = never */
	int64_t epoch;    /* of the store (store_ledger.h) */
};
int store_catalog_newest(struct db *db, struct store_newest *ret, struct err *e) MUST_USE;

/* What a revision says of itself. */
struct store_revision {
	int64_t at;           /* UTC ms, 0 for revision 0 */
	char cpl_version[32]; /* "" = no CPL yet */
	int64_t cpl_issued;   /* UTC ms, -1 = not known */
	int64_t
	    cpl_checked; /* when a CPL feed was last read with success until the next revision; -1 = never */
};
/* known: what was learnt of the CPL after that moment does not count; INT64_MAX = everything does. */
int store_catalog_revision(struct db *db, int64_t revision, int64_t known, struct store_revision *ret,
			   struct err *e) MUST_USE;

/* The graph of a revision; 0 gives an empty one. Call inside a read transaction. */
int store_catalog_graph(struct db *db, int64_t revision, struct graph **ret, struct err *e) MUST_USE;

/* Before a change is kept, in its transaction: can what now stands be read as a graph? ERR_TOO_LARGE names
 * the model that has become too large, so that no revision is ever made that cannot be answered from.
 * store_catalog_room looks at entries alone, which is enough where no statement changes. */
int store_catalog_room(struct db *db, struct err *e) MUST_USE;
int store_catalog_check(struct db *db, int64_t revision, struct err *e) MUST_USE;

#endif
