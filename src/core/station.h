/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charging stations: what operators register, what the stations say they are made of, and the proof of what
 * was installed when (doc/adr/0009-stations.md, doc/stations.md). A station is a site; its identity is the
 * last segment of its OCPP address and unique over all owners. A station of one piece is one device, named as
 * the station; components are devices named `STATION:COMPONENT`.
 *
 * db is the caller's connection: a writing one where something changes. Functions make one transaction with
 * its audit row, but those under "for the door", which run inside the transaction that the door has open.
 */
#ifndef FIRPATH_CORE_STATION_H
#define FIRPATH_CORE_STATION_H

#include "base/rnd.h"
#include "core/fleet.h"
#include "model/gate.h"
#include "store/store_station.h"

#define STATION_IDENTITY_MAX 48
#define STATION_IMPORT_MAX ((size_t)16 << 20)
#define STATION_ITEMS_MAX 50000
#define STATION_COMPONENTS_MAX 32 /* a longer list is quarantined */
#define STATION_DEFAULT "default"
/* Letters, digits and * - _ = + | @ . (identifierString of OCPP without its colon), 1 to 48, not beginning
 * with a dot. */
bool station_identity_ok(const char *identity);

/* ---- registration ---- */
struct station_counts {
	int64_t rows, added, changed, unchanged;
};
/* Registers one station (the body of POST /v1/stations), or changes it: members that are left out stay.
 * *ret_made: it is new. secret: appends {"identity","password"} or {"identity","key"} of what was generated,
 * once and never again; NULL when generating is refused. ERR_CONFLICT: the identity is somebody else's, or a
 * device has the name. */
int station_add(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		const struct json *item, bool *ret_made, struct str *secret, struct err *e) MUST_USE;
/* NDJSON, all or nothing; errors name the line. secrets: one JSON object per line for each generated one. */
int station_import(struct db *db, struct scope scope, const struct actor *who, struct rnd *rnd,
		   const char *text, size_t len, struct station_counts *ret, struct str *secrets,
		   struct err *e) MUST_USE;
/* ERR_CONFLICT while it is connected or something of it is under way. What was proven stays in the audit
 * chain; its devices go when no campaign ever walked them, else they stay as devices without an entry. */
int station_remove(struct db *db, struct scope scope, const struct actor *who, const char *identity,
		   struct err *e) MUST_USE;
int station_quarantine_release(struct db *db, struct scope scope, const struct actor *who,
			       const char *identity, struct err *e) MUST_USE;

/* ---- what people ask of a station ---- */
#define STATION_COMMANDS 9
extern const char *const station_command_text[STATION_COMMANDS + 1]; /* "read-components", ... NULL ends */
/* body: {"command":"...", ...}: a row of station_wish for the door (store_wish_open), but
 * `release-quarantine`, which is done at once. Asked again while the first is open: the same. Appends the
 * wish as JSON. */
int station_command(struct db *db, struct scope scope, const struct actor *who, const char *identity,
		    const struct json *body, struct str *out, struct err *e) MUST_USE;

/* ---- looking ---- */
struct station_filter { /* NULL = any */
	const char *q, *area, *model, *connected /* "yes", "no" */, *quarantine;
};
int stations_json(struct db *db, struct scope scope, const struct station_filter *f, const char *cursor,
		  int64_t limit, int64_t now, struct str *out, struct err *e) MUST_USE;
int station_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
		 int64_t now, struct str *out, struct err *e) MUST_USE; /* ERR_NOT_FOUND */
struct component_filter {                                               /* NULL = any */
	const char *name, *legal, *classification, *role, *version;
	bool history;
};
int station_components_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
			    const struct component_filter *f, const char *cursor, int64_t limit,
			    struct str *out, struct err *e) MUST_USE;
/* {"station","messages":[{"n","at","way","action","ref","job","body","cut"}],"jobs":[...],"last"}: after
 * message n `since` in order, or since -1 the newest `last`. job 0 = all. */
int station_story_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
		       int64_t job, int64_t since, int64_t last, struct str *out, struct err *e) MUST_USE;
#define STATION_STORY_MAX 500
/* NDJSON, one line per installation: {"station","component","n","record","prev_hash","hash"}; record is the
 * very text that was hashed, as a JSON string. */
int station_chain(struct db *db, struct scope scope, const char *identity, struct str *out,
		  struct err *e) MUST_USE;
/* Are these lines an unbroken chain? Reads nothing but the text. *ret_bad: first line that is not what it
 * was, 0 = all good; why says what is wrong with it. */
struct station_chain_result {
	int64_t lines, bad;
	char why[160];
};
int station_chain_verify(const char *text, size_t len, struct station_chain_result *ret,
			 struct err *e) MUST_USE;
/* NDJSON: one line per station with everything that is kept of it and of its components, with history and
 * chain. Calls send for each line; stops at its first error. */
typedef int (*station_send)(void *ctx, const char *line, size_t len, struct err *e);
int station_export(struct db *db, struct scope scope, const struct snapshot *s, station_send send, void *ctx,
		   struct err *e) MUST_USE;

/* May it be touched now? Reads what it needs; area_room as of the caller, negative = no limit. */
int station_gate(const struct store_station *st, int64_t area_room, int64_t now, struct gate_answer *ret,
		 struct err *e) MUST_USE;

/* ---- for the door ---- */
/* Does this password belong to the salt and the hash of a row? In the same time whatever is wrong. */
bool station_secret_ok(const char *salt, const char *secret, const void *password, size_t n);

enum station_source { STATION_BOOT, STATION_VARIABLE, STATION_COMPONENTS, STATION_RULE, STATION_SOURCES };
extern const char *const station_source_text[STATION_SOURCES + 1];
struct station_component_in {
	const char *name, *version;
	const char
	    *document; /* FirmwareComponentType as RFC 8785 JSON; NULL = name and version are all there is */
};
struct station_said {
	int64_t site_id;
	enum station_source source;
	const struct station_component_in *v;
	size_t n;
	int64_t now;
	int64_t job_id;       /* the job that made it so, 0 = none */
	const char *evidence; /* what said it, for the proof: "BootNotification", ... */
};
struct station_change {
	bool set;        /* other components than before: whoever planned plans anew */
	bool versions;   /* something runs another version */
	bool quarantine; /* the list was not allowed: `default` beside others, a name twice, too many */
};
/* What the station consists of now. Compares with what stands; history, devices, entries, proofs and the
 * audit row 'station-components' follow. When nothing changed only the time of reading is written. s must be
 * the newest snapshot. */
int station_components_set(struct db *db, const struct snapshot *s, const struct station_said *said,
			   struct station_change *ret, struct err *e) MUST_USE;
/* It said one text (BootNotification, variable FirmwareVersion, a 1.6 key): read by its version rule, or as
 * the version of `default`. NULL or "": it said none, nothing is known anew. A station whose components are
 * known by name from itself keeps them: the text is not theirs. */
int station_version_said(struct db *db, const struct snapshot *s, int64_t site_id, enum station_source source,
			 const char *text, int64_t job_id, const char *evidence, int64_t now,
			 struct station_change *ret, struct err *e) MUST_USE;
/* Nothing is pushed until somebody looks. why: a sentence. Audit row 'station-quarantine'. */
int station_quarantine(struct db *db, int64_t site_id, const char *why, int64_t now, struct err *e) MUST_USE;

#endif
