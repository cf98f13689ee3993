/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Configuration Manager in the service (OCORA-TWS15-060 annex, section 5; rows E, F, G, H of the
 * requirement list; doc/adr/0008-vehicles.md): vehicles that are kept in the store, moved by model/site.h. A
 * vehicle is a site; its Building Blocks are devices of the site. One step is one transaction: the rows of
 * the vehicle and of the Building Blocks that changed, its log lines, and an audit row when the state, the
 * prompt or the active Vehicle Configuration changes. Nothing is kept in memory.
 *
 * The orchestrator brings statuses and timers in (cm_apply); people act by cm_command(), whatever door they
 * come through. Whoever does not see a vehicle (struct scope) is told that there is none.
 *
 * Errors: ERR_NOT_FOUND (no such vehicle, Building Block, Vehicle Configuration), ERR_CM_REJECTED ("rejected,
 * because ...": nothing was changed), ERR_INVALID, ERR_CONFLICT.
 */
#ifndef FIRPATH_CORE_CM_H
#define FIRPATH_CORE_CM_H

#include "base/conf.h"
#include "base/str.h"
#include "core/fleet.h"
#include "core/vc.h"
#include "model/cm_words.h"
#include "model/site.h"
#include "wire/adapter.h"

#define CM_LOG_KEPT 20000 /* lines per vehicle; older ones are let go */
#define CM_SERVICE "firpath Configuration Manager"

/* Rows for the program's table of configuration keys; read back by cm_settings_from(). The limits of
 * requests, triggers, installations and restarts are those of the runner (orch/runner.h). */
/* clang-format off */
#define CM_CONF_KEYS \
	{ "vehicle", CONF_TEXT, "", 0, 0, "NAME TYPE-ID of a vehicle that is registered when the service starts." }, \
	{ "cm_answer_limit", CONF_DURATION, "2m", 100, INT64_C(86400000), "Request to answer, past which a Building Block counts as lost." }, \
	{ "cm_status_limit", CONF_DURATION, "5m", 100, INT64_C(86400000), "How long Entry Operation waits for the first status of all." }, \
	{ "cm_request_tries", CONF_INT, "1", 0, 100, "Automatic repetitions of a rejected update request of a vehicle." }, \
	{ "cm_trigger_tries", CONF_INT, "1", 0, 100, "Automatic repetitions of a failed installation of a vehicle." }, \
	{ "cm_auto_rollback", CONF_BOOL, "yes", 0, 0, "In auto mode a vehicle rolls back when repetitions did not help." }
/* clang-format on */
/* c must hold CM_CONF_KEYS and the keys of the runner. */
struct site_settings cm_settings_from(const struct conf *c);

/* ---- vehicles ---- */

/* Makes the site, if there is none of that name, and the vehicle: auto mode, running, without a Vehicle
 * Configuration. One transaction, audit row `vehicle-register`. type_id: UUID. ERR_CONFLICT: there is one. */
int cm_register(struct db *db, struct scope scope, const struct actor *who, const char *name,
		const char *type_id, struct err *e) MUST_USE;

/* What an operator says. */
struct cm_say {
	const char *vehicle;
	struct cm_line line;
	int64_t
	    prompt; /* number of the prompt that it answers, -1 = none: an older prompt's answer is refused */
};
/* What commands need beside the connection; everything borrowed. */
struct cm_tools {
	const struct vc_store *vcs; /* NULL: no Vehicle Configurations here */
	const struct site_settings *set;
};
/* Obeys one command of part F, appends
 *   {"vehicle","command":"request update","says":"sentence","state","mode","running","prompt":PROMPT or null,
 *    "result": null, or what was asked for: vcs -> vc_list_json, verify -> vc_get_json, list bb -> BB or
 *    {"building_blocks":[BB ...]}, status -> STATUS, version ->
 * {"service","version","operating":"start"|"stop", "text"}, show log -> LOG, help ->
 * {"commands":[{"form","says","where","row"}]}} Refused: ERR_CM_REJECTED, and nothing was changed. Commands
 * that change something leave `vehicle-command` in the audit chain; `activate` also `vc-activate`. `activate`
 * copies files first (core/vc.h) and may take long. */
int cm_command(struct db *db, struct scope scope, const struct actor *who, const struct cm_tools *tools,
	       const struct cm_say *say, struct str *out, struct err *e) MUST_USE;

/* ---- what is shown; each appends one JSON object ---- */

/* VEHICLE = {"name","organisation","type_id","state","wait","mode","running","log":"normal"|"extended",
 *   "vc":VC or null,"previous_vc":VC or null,"rolling_back","updating","prompt":PROMPT or null,
 *   "progress":0-100 or null,"building_blocks":count,"lost":count,"log_last":number of the newest line,
 *   "changed_at":time}
 * VC = {"n","name","version","config_id","hash","state","verified_at"} (as vc_list_json() has it, shorter)
 * PROMPT = {"seq","kind":"request","why":"sentence","choices":[{"n":1,"words":"request update"}]}
 *
 * {"vehicles":[VEHICLE ...],"next":cursor or null} */
int cm_list_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		 struct err *e) MUST_USE;
/* STATUS = VEHICLE with "commands":[{"words","allowed","why" or null}] (every verb of the chart; why not in
 * this state) and "blocks":[BB ...].
 * BB = {"n","name","device","type_id","config_id","system","wave",
 *   "state":word or null (nothing heard yet),"known","life":"new"|"ok"|"lost","last_seen":time,
 *   "response_ms":last request to answer, or null,"waiting":true while an answer is owed,
 *   "wanted":{"manifest","version","functional","hash"},
 *   "running":{"version","hash","as_wanted"},
 *   "holds":{"manifest","version","hash","syntax","integrity","identity","authenticity"} (the Manifest it
 *   holds and its four checks),
 *   "recommends":true/false/null,"accepted":true/false/null,"reason",
 *   "result":word,"progress":0-100 or null,"step","error","iec","boots","components":array,
 *   "command":{"kind","id"} or null (pending),"permit":"none"|"given"|"denied"} */
int cm_status_json(struct db *db, struct scope scope, const char *vehicle, struct str *out,
		   struct err *e) MUST_USE;
/* {"building_blocks":[BB ...]} */
int cm_blocks_json(struct db *db, struct scope scope, const char *vehicle, struct str *out,
		   struct err *e) MUST_USE;
/* BB; n from 1. */
int cm_bb_json(struct db *db, struct scope scope, const char *vehicle, int n, struct str *out,
	       struct err *e) MUST_USE;
/* VEHICLE with "good":whether every Building Block runs what it shall and says its checks are right,
 *   "report":number of the Vehicle Configuration whose verify report tells of the files, or null,
 *   "waves":[[n ...] ...],
 *   "systems":[{"path":"Perception / Sensors","blocks":[BB with
 *      "depends":[{"type_id","name","required","has","fits","sentence"}],"network":["10.0.0.1"],
 *      "archives":[{"kind","name","type_id","version","hash","size","path"}]]}] in the order of the Manifest.
 * (C15) */
int cm_tree_json(struct db *db, struct scope scope, const char *vehicle, struct str *out,
		 struct err *e) MUST_USE;

/* Which lines; NULL and 0 = any. */
struct cm_log_filter {
	const char *level; /* "normal": table H's normal lines; "extended": all; NULL = as `log` says */
	int bb;            /* 1..n of the vehicle's Building Blocks */
	const char *event; /* site_say_text[] */
	int64_t since;     /* lines with a greater number, oldest first; -1 = the newest ones */
	int64_t last;      /* at most so many (1 to CM_LOG_LAST_MAX), 0 = 100 */
};
/* LOG = {"vehicle","log":"normal"|"extended","lines":[{"n","at":time,"level":"normal"|"extended",
 *   "event":"request","bb":n or null,"device":name or null,"text"}] oldest first,"last":number to go on from}
 */
int cm_log_json(struct db *db, struct scope scope, const char *vehicle, const struct cm_log_filter *f,
		struct str *out, struct err *e) MUST_USE;

/* ---- for Building Blocks (doc/bbum-protocol.md) ---- */

/* Only read; whoever serves tells the orchestrator (SITE_IN_SERVED, SITE_IN_PACKAGED) when *ret_first. peer:
 * the asker's address, NULL = whatever it is; loopback is always allowed, else it must be among the Network
 * IDs (J50): ERR_CM_ADDRESS. ERR_CM_STOPPED (E8); ERR_NOT_FOUND: no Building Block, or nothing for it.
 *
 * The canonical BB Manifest with its Signature: these bytes have the configuration hash. Appended to out. */
int cm_serve_manifest(struct db *db, int64_t device_id, const char *peer, struct str *out, bool *ret_first,
		      struct err *e) MUST_USE;
/* May it fetch this Archive (64 hex digits) now? ERR_CM_TURN: not yet (E35), ERR_CM_GONE: not any more. */
int cm_serve_package(struct db *db, int64_t device_id, const char *hash, const char *peer, bool *ret_first,
		     struct err *e) MUST_USE;

/* ---- for the orchestrator ---- */

/* One input to one vehicle, inside the caller's write transaction. site_id without a vehicle: ERR_NOT_FOUND.
 * device_id says which Building Block it is for SITE_IN_STATUS, _SERVED, _PACKAGED and _LIFE (bb of in is not
 * used); a device that is none of this vehicle (any more) changes nothing. parts belong to a status; NULL =
 * none. ret (may be NULL) gets what happened. */
struct cm_applied {
	bool changed;            /* something was written */
	bool refused;            /* a verb was not obeyed: nothing was written */
	char why[SITE_WHY_SIZE]; /* of refused */
	enum site_state was, now;
};
int cm_apply(struct db *db, const struct actor *who, const struct site_settings *set, int64_t site_id,
	     int64_t device_id, const struct site_in *in, const struct bbum_parts *parts,
	     struct cm_applied *ret, struct err *e) MUST_USE;

#endif
