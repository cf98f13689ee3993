/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GB smart meters behind the DCC: what suppliers register, what the DCC's inventory and the devices say they
 * are, what a home area network allows, and what people ask (doc/adr/0010-meters.md, doc/meters.md). A HAN is
 * a site, each of its devices a device named by its EUI-64 ("00-DB-12-34-56-78-90-A0"). One EUI may stand in
 * the fleets of several organisations; nobody sees another's (T34), and who may push to it the DCC alone
 * decides.
 *
 * db is the caller's connection: a writing one where something changes. Functions make one transaction with
 * its audit row, but those under "for the door", which run inside the transaction that the door has open.
 */
#ifndef FIRPATH_CORE_METER_H
#define FIRPATH_CORE_METER_H

#include "core/fleet.h"
#include "model/han.h"
#include "store/store_dcc.h"
#include "store/store_meter.h"
#include "wire/duis.h"

/* ---- registration ---- */
#define METER_IMPORT_MAX ((size_t)64 << 20)
struct meter_counts {
	int64_t rows, added, changed, unchanged;
};
/* Meters from CSV (header: eui,type,hub,identity,mpxn,uprn,status,variant,han_variant,smets,entry; eui and
 * type are mandatory; hub = EUI of its CHF; identity as MMMM:TTTTVVRR:FFFFFFFF; entry = Entry ID that is
 * meant when the identity fits several, or stands alone) or NDJSON with the same names. All or nothing;
 * errors name line and column. What is left out, or empty, stays as it is; what a device said itself stands
 * above the list. CHF and GPF of a HAN are one unit: what is said of one holds for the other. SMETS1, IHD,
 * CAD and hubs are registered as what they are, and never walked. */
int meter_import(struct db *db, struct scope scope, const struct snapshot *s, const struct actor *who,
		 enum fleet_format format, const char *text, size_t len, struct meter_counts *ret,
		 struct err *e) MUST_USE;
/* ERR_CONFLICT while something of it is under way. Its device goes when no campaign ever walked it, else it
 * stays, without an entry. */
int meter_remove(struct db *db, struct scope scope, const struct actor *who, const char *eui,
		 struct err *e) MUST_USE;

/* ---- what people ask of a meter ---- */
#define METER_COMMANDS 5
/* "read-version", "read-inventory", "cancel-activation", "release", "authority-lost"; NULL ends */
extern const char *const meter_command_text[METER_COMMANDS + 1];
/* body: {"command":"...","why":"..."}. The first three become the wish of the row, for the door; a new one
 * takes the place of the one before. release: out of quarantine, and the authority is held again.
 * authority-lost: nothing is pushed any more; a job under way ends. Appends
 * {"eui","command","state":"open"|"done"}. */
int meter_command(struct db *db, struct scope scope, const struct actor *who, const char *eui,
		  const struct json *body, struct str *out, struct err *e) MUST_USE;

/* ---- what a HAN allows ---- */
struct meter_gate_ctx {
	int64_t inventory_age;         /* ms an inventory may be old; -1: any age, also none (at plan time) */
	const struct windows *windows; /* NULL = always */
	tz_offset_fn tz;               /* may be NULL without windows */
	void *zone;
	int64_t cycle_id; /* walk that asks: another one active in the HAN shuts the gate; 0 = any one does */
	bool alone;       /* other walks of the HAN do not count (at plan time) */
};
/* For lists and plans: any inventory, no windows, other walks do not count. */
#define METER_GATE_PLAN ((struct meter_gate_ctx){ .inventory_age = -1, .alone = true })
/* May this meter be moved to the entry (0 = to any) now? The one place where everybody asks. Reads rows
 * through db, in the caller's transaction when there is one. ERR_NOT_FOUND: it is no meter. */
int meter_gate(struct db *db, const struct snapshot *s, int64_t device_id, int64_t to_id, int64_t now,
	       const struct meter_gate_ctx *ctx, struct han_answer *ret, struct err *e) MUST_USE;

/* ---- looking ---- */
struct meter_filter {  /* NULL = any */
	const char *q; /* part of the EUI */
	const char *type, *status, *authority;
	const char *hub;        /* EUI */
	const char *entry;      /* Entry ID */
	const char *quarantine; /* "yes", "no" */
};
int meters_json(struct db *db, struct scope scope, const struct snapshot *s, const struct meter_filter *f,
		const char *cursor, int64_t limit, struct str *out, struct err *e) MUST_USE;
/* Identity, HAN with every device and its gate, job under way, wish. ERR_NOT_FOUND. */
int meter_json(struct db *db, struct scope scope, const struct snapshot *s, const char *eui, int64_t now,
	       struct str *out, struct err *e) MUST_USE;
/* {"eui","events":[{"n","at","way","what","ref","code","detail","job"}],"jobs":[...],"next"}: newest first.
 * job 0 = all. */
#define METER_STORY_MAX 500
int meter_story_json(struct db *db, struct scope scope, const struct snapshot *s, const char *eui,
		     int64_t job, const char *cursor, int64_t limit, struct str *out, struct err *e) MUST_USE;

/* ---- what hubs can do: statements of people, for everybody ---- */
int han_rules_json(struct db *db, const char *cursor, int64_t limit, struct str *out, struct err *e) MUST_USE;
int han_rule_put(struct db *db, const struct snapshot *s, const struct actor *who, const char *name,
		 const struct json *body, bool *ret_made, struct err *e) MUST_USE;
int han_rule_drop(struct db *db, const struct actor *who, const char *name,
		  struct err *e) MUST_USE; /* ERR_NOT_FOUND */

/* ---- towards the DCC ---- */
/* Users with the counts of the day, what is held, nodes and shards, the newest distributions of those the
 * caller sees. */
int dcc_json(struct db *db, struct scope scope, int64_t now, struct str *out, struct err *e) MUST_USE;
/* Somebody has looked: what was held because of the DCC's quarantine goes on. */
int dcc_release(struct db *db, struct scope scope, const struct actor *who, const char *eui,
		struct err *e) MUST_USE;

/* ---- for the door ---- */
struct meter_inventory {
	int64_t device_id; /* the meter that was asked for: its organisation's rows are written */
	const struct duis_device *v;
	size_t n;
	int64_t now;
};
struct meter_learned {
	int64_t added, changed, gone; /* rows; gone: not in the inventory any more, now in quarantine */
	bool walkers;                 /* something that walks may go on by: whoever waits looks again */
};
/* The answer to 8.2: the HAN is what it says, new devices of it too. The version that a device said itself
 * stands; where the inventory says another one a reading of it is wished for. Audit row 'meter-inventory'
 * when something is other than before. n 0 or without the meter asked for: only that meter is gone. */
int meter_inventory_apply(struct db *db, const struct snapshot *s, const struct meter_inventory *in,
			  struct meter_learned *ret, struct err *e) MUST_USE;
/* The answer to 11.2. hint: entry that was pushed, which it is when the version fits several; 0 = none.
 * *ret_entry_id: what it runs; 0 = not known. */
int meter_version_apply(struct db *db, const struct snapshot *s, int64_t device_id, uint32_t version,
			int64_t hint_entry_id, int64_t now, int64_t *ret_entry_id, struct err *e) MUST_USE;
/* DeviceStatusChangeEvent and the like; one device. */
int meter_status_set(struct db *db, int64_t device_id, const char *status, int64_t now,
		     struct err *e) MUST_USE;
/* Audit rows 'meter-authority', 'meter-quarantine', 'dcc-user-hold'; nothing when it is so already. why: a
 * sentence. */
int meter_authority_lose(struct db *db, int64_t device_id, const char *why, int64_t now,
			 struct err *e) MUST_USE;
int meter_quarantine(struct db *db, int64_t device_id, const char *why, int64_t now, struct err *e) MUST_USE;
int dcc_user_hold(struct db *db, uint64_t eui, const char *why, int64_t now, struct err *e) MUST_USE;

#endif
