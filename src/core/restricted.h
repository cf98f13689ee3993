/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register of the Security Sub-Committee (SSC): ZigBee band, chipset vendor and stack version of an
 * entry, which are not public (MP231), and notes under embargo (T47). It lives in a database of its own,
 * `restricted_db`, opened by its own routes only (ADR 0007 no. 8): nothing that searches, lists, exports or
 * draws the catalogue can reach it (T32).
 *
 * Every look is a row of the register's own audit chain, with a reason, in the same transaction as the
 * reading: what was read was recorded. Who may: the SSC everything; the owning manufacturer its own entries,
 * one at a time; SECAS approvers the notes.
 *
 * Functions take the register's own connection, made by restricted_open().
 */
#ifndef FIRPATH_CORE_RESTRICTED_H
#define FIRPATH_CORE_RESTRICTED_H

#include "base/conf.h"
#include "base/json.h"
#include "base/str.h"
#include "core/access.h"
#include "core/catalog.h"
#include "store/store_ledger.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define RESTRICTED_CONF_KEYS \
	{ "restricted_db", CONF_TEXT, "", 0, 0, "Database of the SSC register: a path of its own, or postgresql://...; empty: there is none." }
/* clang-format on */

struct restricted_entry {
	char id[48], manufacturer[8];
};
/* The entry if p may see its record: the SSC, and its manufacturer. ERR_NOT_FOUND otherwise, in the same
 * words whether it exists or not. */
int restricted_entry(const struct snapshot *s, const struct principal *p, const char *text,
		     struct restricted_entry *ret, struct err *e) MUST_USE;

/* dsn: ERR_UNAVAILABLE when it is empty; as for the main store, but never the same. Made when it is not
 * there. */
int restricted_open(const char *dsn, struct db **ret, struct err *e) MUST_USE;

#define RADIO_TEXT_MAX 100
#define NOTE_TEXT_MAX 2000
extern const char *const radio_bands[]; /* "", "2.4-ghz", "sub-ghz", "dual", NULL */

/* What is put; texts borrowed, never NULL. */
struct radio {
	const char *entry;        /* Entry ID */
	const char *manufacturer; /* 4 upper hex digits */
	const char *band;         /* one of radio_bands */
	const char *chipset, *stack;
};
/* Writes the object of one entry; nulls when nothing was put so far. *ret_rev counts its changes, 0 = none.
 */
int radio_get(struct db *db, const char *entry, const char *manufacturer, const struct actor *who,
	      struct str *out, int64_t *ret_rev, struct err *e) MUST_USE;
/* rev: as read before; ERR_STALE when it has changed meanwhile, -1 = any. ERR_INVALID for a bad band or text.
 */
int radio_put(struct db *db, const struct radio *in, int64_t rev, const struct actor *who, struct str *out,
	      int64_t *ret_rev, struct err *e) MUST_USE;
/* The number of changes, without a look at the values (for If-Match before the look is recorded). */
int radio_rev(struct db *db, const char *entry, int64_t *ret_rev, struct err *e) MUST_USE;

struct radio_search {
	const char *q, *band; /* NULL = any */
	const char *after;    /* Entry ID to go on behind, NULL = from the start */
	int limit;            /* up to 500 */
};
/* {"entries":[...]}; next: the Entry ID to go on behind, "" at the end. The reason (who->why) is needed. */
int radio_list(struct db *db, const struct radio_search *s, const struct actor *who, struct str *out,
	       char next[16], struct err *e) MUST_USE;
/* All that fits as CSV (formula guard, T19). */
int radio_export(struct db *db, const struct radio_search *s, const struct actor *who, struct str *out,
		 struct err *e) MUST_USE;

/* A note becomes public at release_at (UTC ms). */
int note_add(struct db *db, const char *entry, const char *text, int64_t release_at, const struct actor *who,
	     struct str *out, struct err *e) MUST_USE;
int note_drop(struct db *db, int64_t id, const struct actor *who, struct err *e) MUST_USE;
/* All notes, newest first, with "embargoed"; entry NULL = of all. The reason is needed, the look recorded. */
int note_list(struct db *db, const char *entry, int64_t before, int limit, const struct actor *who,
	      struct str *out, int64_t *ret_next, struct err *e) MUST_USE;
/* What everybody may read of an entry now: {"notes":[{"text","released_at"}]}. */
int note_released(struct db *db, const char *entry, int64_t now, struct str *out, struct err *e) MUST_USE;

/* The access log, newest first: {"rows":[...]}; name NULL = everybody's. */
int restricted_log(struct db *db, const char *name, int64_t before, int limit, struct str *out,
		   int64_t *ret_next, struct err *e) MUST_USE;

#endif
