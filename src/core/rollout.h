/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rollouts: many vehicles along one route of Vehicle Configurations (0014). The route is the path, said by
 * whoever makes the rollout: its first configuration is where vehicles come from, each next one is a hop. A
 * vehicle takes the next hop only when it rests in Normal Operation and every Building Block itself reports
 * that it runs the configuration before (by hash, never by version text); each hop is one activation, and the
 * Configuration Manager of the vehicle does the rest (core/cm.h). A vehicle whose manager asks somebody, that
 * rolled back, or whose Building Blocks do not run what they should, is held; so many held ones halt the
 * rollout.
 *
 * Writing functions make one transaction with its audit row (rollout-create, rollout-pause, rollout-resume,
 * rollout-stop); the turn leaves `rollout-progress`.
 */
#ifndef FIRPATH_CORE_ROLLOUT_H
#define FIRPATH_CORE_ROLLOUT_H

#include "core/cm.h"

#define ROLLOUT_STEPS_MAX 32
#define ROLLOUT_NAME_MAX 64
#define ROLLOUT_BODY_MAX ((size_t)64 << 10)

/* From {"name","route":[1,4,7] (numbers of Vehicle Configurations, the first is where vehicles come from),
 * "prefix" (of vehicles' names; absent = all of the route's Type ID), "at_most" (100), "stop_after" (3)}.
 * Every configuration of the route but the first is made ready to be active here (vc_keep), so that no
 * vehicle waits for files; ERR_VC when one does not verify, ERR_INVALID when the route mixes vehicle types.
 * Vehicles that are not on the route, or on another one, are members that are refused, with the reason. */
int rollout_create(struct db *db, struct scope scope, const struct actor *who, const struct cm_tools *tools,
		   const char *body, size_t len, int64_t *ret_id, struct err *e) MUST_USE;
/* ref: a rollout's number or its name. ERR_NOT_FOUND. */
int rollout_find(struct db *db, struct scope scope, const char *ref, int64_t *ret_id, struct err *e) MUST_USE;

enum rollout_deed {
	ROLLOUT_PAUSE,  /* no further hop; those under way end */
	ROLLOUT_RESUME, /* after a pause or a halt: held vehicles are looked at anew */
	ROLLOUT_STOP    /* for good: vehicles stay where they are, hops under way end */
};
/* ERR_CAMPAIGN_STATE with a sentence when the state does not allow it. */
int rollout_do(struct db *db, int64_t id, const struct actor *who, enum rollout_deed deed,
	       struct err *e) MUST_USE;

/* ROLLOUT = {"id","name","type_id","state","reason","route":[{"step","n","name","version"}],"at_most",
 * "stop_after","total","queued","active","held","done","refused","stopped","steps_done","created_by",
 * "created_at","changed_at","ended_at"} */
int rollout_json(struct db *db, int64_t id, struct str *out, struct err *e) MUST_USE;
/* {"rollouts":[ROLLOUT without route ...],"next":...}, newest first. */
int rollouts_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		  struct err *e) MUST_USE;
/* {"vehicles":[{"name","phase","step","reason","detail","state","prompt","started_at","changed_at",
 * "ended_at"}],"next":...}; phase NULL = any. */
int rollout_vehicles_json(struct db *db, int64_t id, const char *phase, const char *cursor, int64_t limit,
			  struct str *out, struct err *e) MUST_USE;

/* For the orchestrator, inside its write transaction: what is due in the running rollouts, at most `max`
 * vehicles. *ret_more: there is more to do at once. */
int rollout_turn(struct db *db, const struct site_settings *set, const struct actor *who, int64_t max,
		 bool *ret_more, struct err *e) MUST_USE;
/* Is there anything to do? Asked without a transaction. */
int rollout_due(struct db *db, bool *ret, struct err *e) MUST_USE;

#endif
