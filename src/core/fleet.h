/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sites and devices: what is out there and what it runs. The identity a device reports is resolved to a
 * catalogue entry here and nowhere else; what does not resolve to exactly one entry is stored without an
 * entry and is never pushed (rule 11, T11, T42).
 *
 * db is the caller's connection: a writing one where something changes. Functions that write make one
 * transaction with its audit row.
 */
#ifndef FIRPATH_CORE_FLEET_H
#define FIRPATH_CORE_FLEET_H

#include "base/json.h"
#include "base/str.h"
#include "core/access.h"
#include "core/catalog.h"
#include "store/store_ledger.h"

/* Whose things a caller sees and makes (doc/adr/0007-people-and-edits.md, 2). What is not seen is, for the
 * caller, absent; names are unique within one owner, so nobody learns of another's by a clash (T34). */
struct scope {
	int64_t sees;  /* as of principal_fleet_org(); store/store_fleet.h names the special ones */
	int64_t owner; /* organisation that new things belong to; 0 = nobody: the operator's own */
};
#define SCOPE_ALL ((struct scope){ 0, 0 }) /* this machine's operator, and who has the store in hand */
struct scope scope_read(const struct principal *p);
/* For changes: an auditor sees everybody's and changes nobody's. ERR_DENIED for whoever has no organisation
 * and is no operator. */
int scope_write(const struct principal *p, struct scope *ret, struct err *e) MUST_USE;

/* An identity as texts; any may be NULL. */
struct identity {
	const char *scheme;                                    /* "cpl", "ocpp" */
	const char *manufacturer, *model, *hardware, *version; /* CPL: upper hex digits */
	const char *hash; /* SHA-256 of the running software, 64 upper hex digits, or NULL */
};

/* Which entry is it? Returns the node, or NODE_NONE. *ret_why gets the stable word: "known", "not-reported",
 * "unknown", "ambiguous", "hash-differs" (the version is known, the software is not what the catalogue says).
 * hint: node to choose when several fit equally well, NODE_NONE = none. Pure. */
uint32_t fleet_identify(const struct snapshot *s, const struct identity *id, uint32_t hint,
			const char **ret_why);

/* Devices from CSV (header: name,site,adapter,address,identity,entry; only name is mandatory; identity as
 * MMMM:TTTTVVRR:FFFFFFFF; entry = Entry ID that is meant when the identity fits several, or stands alone) or
 * NDJSON with the same names. All or nothing; errors name line and column. Existing devices keep what they
 * reported themselves. */
#define DEVICE_IMPORT_MAX ((size_t)64 << 20)
/* Names that people give: letters, digits, . _ - : * = + | @ and not starting with a dot. Devices of stations
 * may be longer (`STATION:COMPONENT`, up to DEVICE_NAME_SIZE - 1). */
#define DEVICE_NAME_MAX 64
bool device_name_char(char c);
enum fleet_format { FLEET_CSV, FLEET_NDJSON };
struct fleet_counts {
	int64_t rows, added, changed, unchanged;
};
int fleet_import(struct db *db, struct scope scope, const struct snapshot *s, const struct actor *who,
		 enum fleet_format format, const char *text, size_t len, struct fleet_counts *ret,
		 struct err *e) MUST_USE;

/* Gives a device to another organisation (0 = nobody), with a site of its own there. Its walks in campaigns
 * of the one that loses it end: at once where nothing is under way, else at the next safe point. ERR_CONFLICT
 * when the one that gains it has a device of that name. One transaction with its audit row. */
int fleet_give(struct db *db, struct scope scope, const struct actor *who, const char *name, int64_t to_org,
	       struct err *e) MUST_USE;

/* {"devices":[...],"next":"cursor or null"}. Filters NULL = any. cursor: what the page before gave, NULL =
 * from the start; ERR_INVALID when it is none of ours. limit 1-500. */
struct device_filter {
	const char *q;      /* part of the name */
	const char *prefix; /* beginning of the name */
	const char *site, *model /* MMMM:TTTTVVRR */, *entry /* Entry ID */, *life, *adapter;
};
int fleet_devices_json(struct db *db, struct scope scope, const struct snapshot *s,
		       const struct device_filter *f, const char *cursor, int64_t limit, struct str *out,
		       struct err *e) MUST_USE;
int fleet_device_json(struct db *db, struct scope scope, const struct snapshot *s, const char *name,
		      struct str *out, struct err *e) MUST_USE; /* ERR_NOT_FOUND */
int fleet_sites_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		     struct err *e) MUST_USE;
int fleet_site_json(struct db *db, struct scope scope, const struct snapshot *s, const char *name,
		    struct str *out, struct err *e) MUST_USE; /* with its devices; ERR_NOT_FOUND */

#endif
