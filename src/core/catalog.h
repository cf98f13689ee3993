/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue in memory: an immutable snapshot per revision, swapped by reference. Lookups take no lock and
 * no SQL: each worker thread holds a struct catalog_view; catalog_current() compares one atomic revision
 * number and re-takes the reference (under a lock) only when it changed. A single-row read looks for a new
 * revision at most once a second.
 */
#ifndef FIRPATH_CORE_CATALOG_H
#define FIRPATH_CORE_CATALOG_H

#include "base/clock.h"
#include "model/graph.h"
#include "store/db.h"

/* What answers say about the CPL they come from. */
struct cpl_info {
	char version[32];   /* "2.051", "" when none was imported */
	int64_t issued_on;  /* UTC ms, -1 */
	int64_t checked_at; /* when a CPL feed was last read with success, changed or not; -1 */
};

struct dossier;

struct snapshot {
	const struct graph *graph;
	int64_t revision;    /* 0 = empty catalogue */
	int64_t revision_at; /* UTC ms when that revision was made */
	int64_t epoch; /* of the store it was read from: after a restore a revision may say something else */
	struct cpl_info cpl;
	const struct dossier *dossier;   /* excerpts, contacts, disputes (core/dossier.h); NULL = none */
	const struct rendered *rendered; /* JSON per node, made with the snapshot (core/rendered.h) */
};

/* A snapshot of a graph and what is known beside it (NULL = nothing); it consumes both. */
struct snapshot *snapshot_new(struct graph *graph, struct dossier *dossier, int64_t revision,
			      int64_t revision_at, const struct cpl_info *cpl);

/* Reads one revision from the store (0 = newest). The caller owns it. */
int snapshot_load(struct db *db, int64_t revision, struct snapshot **ret, struct err *e) MUST_USE;
/* The same as it was known at a moment (UTC ms): a later reading of an unchanged CPL does not count. In the
 * caller's transaction when there is one. */
int snapshot_load_known(struct db *db, int64_t revision, int64_t known, struct snapshot **ret,
			struct err *e) MUST_USE;
/* Inside a write transaction: is this still the newest revision? What is decided from an older one would be
 * decided from statements that may stand no more (F9). ERR_BUSY: read the newest one and decide again. */
int snapshot_check(struct db *db, const struct snapshot *s, struct err *e) MUST_USE;
void snapshot_free(struct snapshot *s);
DEFINE_OWN(struct snapshot, snapshot_free)

/* Locks, both inside catalog.c: one around the store connection (by which at most one thread at a time looks
 * for a new revision; others do not wait for it), one around the reference to the newest snapshot (held for a
 * few instructions, and only when the revision changed). */
struct catalog;      /* shared by all threads */
struct catalog_view; /* one per thread */

int catalog_new(const char *dsn, const struct clock *clock, struct catalog **ret, struct err *e) MUST_USE;
void catalog_free(struct catalog *c);
DEFINE_OWN(struct catalog, catalog_free)
struct catalog_view *catalog_view_new(struct catalog *c);
void catalog_view_free(struct catalog_view *v);
DEFINE_OWN(struct catalog_view, catalog_view_free)

/* The newest snapshot; valid until the next call with this view. Stale by at most a second after another
 * process wrote; catalog_refresh() makes this process's own writes visible at once. When the store cannot be
 * read the last snapshot keeps answering. The same when revisions are missing that were there: somebody put
 * an older copy into its place, and until `firpath store restored` begins the next epoch (T46), which makes
 * everything be read anew, catalog_failing() says so. */
const struct snapshot *catalog_current(struct catalog_view *v);
/* What catalog_current() would give, if it can be told at once: no look at the store is due and nothing was
 * exchanged; else NULL. Never reads, never waits, needs next to no stack. */
const struct snapshot *catalog_peek(const struct catalog_view *v);
int catalog_refresh(struct catalog *c, struct err *e) MUST_USE;
/* The same without a rest: for callers inside a transaction that others wait for. catalog_refresh() lets
 * readers have the machine: after a snapshot was made it waits four times as long as that took (at most
 * CATALOG_REST_MAX_MS) before it makes the next one, and who comes meanwhile shares it. */
#define CATALOG_REST_MAX_MS 1000
int catalog_refresh_now(struct catalog *c, struct err *e) MUST_USE;
/* The epoch of what catalog_current() gave last; 0 before. */
int64_t catalog_epoch(const struct catalog_view *v);
/* True, and the error in ret, when the last look at the store failed: answers may be old (readiness). */
bool catalog_failing(struct catalog *c, struct err *ret);
/* The snapshot as it was at a time (newest revision made at or before it; see lookup_moment for times as
 * users write them); a small cache; valid until the next call with this view. ERR_NOT_FOUND when the
 * catalogue begins later. */
int catalog_as_at(struct catalog_view *v, int64_t at, const struct snapshot **ret, struct err *e) MUST_USE;

#endif
