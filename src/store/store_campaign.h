/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns, their members, plans and event stream; sql/query/campaign.sql, schema 0002. Writing functions
 * run inside the caller's write transaction. */
#ifndef FIRPATH_STORE_STORE_CAMPAIGN_H
#define FIRPATH_STORE_STORE_CAMPAIGN_H

#include "base/str.h"
#include "model/ident.h"
#include "store/db.h"
#include "store/store_fleet.h"

enum campaign_state {
	CAMPAIGN_DRAFT,
	CAMPAIGN_RUNNING,
	CAMPAIGN_PAUSED,
	CAMPAIGN_HALTED,
	CAMPAIGN_STOPPED,
	CAMPAIGN_DONE,
	CAMPAIGN_STATES
};
extern const char *const campaign_state_text[CAMPAIGN_STATES + 1];

enum cycle_phase {
	PHASE_QUEUED,
	PHASE_ACTIVE,
	PHASE_HELD,
	PHASE_DONE,
	PHASE_FAILED,
	PHASE_REFUSED,
	PHASE_STOPPED,
	PHASES
};
extern const char *const cycle_phase_text[PHASES + 1];
enum cycle_phase cycle_phase_named(const char *text); /* PHASES when there is none */

/* What becomes of a walk between two hops when the graph is not any more as its plan was made from. */
enum on_change {
	ON_CHANGE_HOLD,            /* it waits for somebody */
	ON_CHANGE_FINISH_RECORDED, /* it goes on as planned, as long as every hop that is left stands */
	ON_CHANGE_REPLAN,          /* it goes on along a new plan */
	ON_CHANGES
};
extern const char *const on_change_text[ON_CHANGES + 1];

#define CAMPAIGN_NAME_MAX 128
#define CAMPAIGN_REASON_MAX 256
#define CAMPAIGN_WAVES_MAX 1200

/* A campaign row without its member list; no pointers, so that it can be kept over statements. */
struct store_campaign {
	int64_t id;
	char name[CAMPAIGN_NAME_MAX], reason[CAMPAIGN_REASON_MAX], target[ENTRY_NAME_SIZE], created_by[64];
	enum campaign_state state;
	int64_t target_id; /* 0 = latest */
	char prefer[12];
	bool allow_removed;
	int64_t max_active, stop_after, forgiven, revision;
	int64_t n[PHASES]; /* members by phase */
	int64_t n_total, n_hops, n_events;
	int64_t created_at, started_at, changed_at, ended_at; /* UTC ms, -1 = not yet */
	int64_t org_id;                                       /* whose it is; 0 = nobody's */
	char org[81];                                         /* its name, "" */
	enum on_change on_change;
	bool allow_downgrade;
	int64_t set_id;                 /* target 'set:NAME'; 0 = none */
	bool security;                  /* each component goes alone */
	char waves[CAMPAIGN_WAVES_MAX]; /* core/campaign_waves.h; "" = none */
	int64_t wave, wave_at,
	    wave_forgiven; /* newest that was let go, when it had ended (-1), failures forgiven in it */
	int64_t spread_ms;
};

/* What a new campaign is made of; texts borrowed. */
struct store_campaign_new {
	const char *name, *target, *prefer, *members, *who, *once_key, *once_hash;
	int64_t target_id, max_active, stop_after, revision, now;
	bool allow_removed, allow_downgrade;
	int64_t org_id; /* 0 = nobody's */
	enum on_change on_change;
	int64_t set_id; /* 0 = none */
	bool security;
	const char *waves; /* "" = none */
	int64_t spread_ms;
};
int store_campaign_add(struct db *db, const struct store_campaign_new *c, int64_t *ret_id,
		       struct err *e) MUST_USE;
/* Made with this Idempotency-Key before? *ret_same: from the same body. */
int store_campaign_once(struct db *db, const char *key, const char *hash, bool *ret_got, int64_t *ret_id,
			bool *ret_same, struct err *e) MUST_USE;
/* Among those of whom the caller sees (store_fleet.h). */
int store_campaign_named(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_id,
			 struct err *e) MUST_USE;
int store_campaign_get(struct db *db, int64_t id, bool *ret_got, struct store_campaign *ret,
		       struct str *members /* or NULL */, struct err *e) MUST_USE;
int store_campaign_page(struct db *db, int64_t sees, const char *state, int64_t before, int64_t limit,
			struct rows **ret, struct err *e) MUST_USE;
int store_campaign_live(struct db *db, struct rows **ret, struct err *e) MUST_USE;
int store_campaign_next(struct rows *r, struct store_campaign *ret, bool *ret_got, struct err *e) MUST_USE;
int store_campaign_put(struct db *db, const struct store_campaign *c, struct err *e) MUST_USE;
/* Counts the members anew (planning, stopping). */
int store_campaign_count(struct db *db, struct store_campaign *c, struct err *e) MUST_USE;
int store_ended_since(struct db *db, int64_t campaign_id, int64_t since, int64_t *ret,
		      struct err *e) MUST_USE;

/* Members. */
int store_member_filter(struct db *db, int64_t campaign_id, const struct store_device_filter *f, int64_t now,
			int64_t *ret_added, struct err *e) MUST_USE;
int store_member_add(struct db *db, int64_t campaign_id, const char *device, int64_t now, int64_t *ret_added,
		     struct err *e) MUST_USE;
int store_member_requeue(struct db *db, int64_t campaign_id, enum cycle_phase from, int64_t now,
			 struct err *e) MUST_USE;
/* The walks of a device that was given away, and the campaigns that had it. */
int store_member_leave(struct db *db, int64_t device_id, const char *detail, int64_t now,
		       struct err *e) MUST_USE;
int store_campaigns_of_device(struct db *db, int64_t device_id, struct rows **ret, struct err *e) MUST_USE;
int store_member_plan(struct db *db, int64_t campaign_id, int64_t now, struct err *e) MUST_USE;
int store_member_refuse(struct db *db, int64_t campaign_id, const char *detail, int64_t now,
			struct err *e) MUST_USE;
/* Queued members that are never pushed to; why: the words for hubs, for displays, for SMETS1. */
int store_member_refuse_meters(struct db *db, int64_t campaign_id, const char *const why[3], int64_t now,
			       struct err *e) MUST_USE;
int store_member_stop(struct db *db, int64_t campaign_id, const char *detail, int64_t now,
		      struct err *e) MUST_USE;
/* One row per entry that queued members run: entry id (NULL = not known), how many. */
int store_member_starts(struct db *db, int64_t campaign_id, struct rows **ret, struct err *e) MUST_USE;
int store_member_page(struct db *db, int64_t campaign_id, const char *phase, int64_t after, int64_t limit,
		      struct rows **ret, struct err *e) MUST_USE;

/* Plans. */
struct store_plan {
	int64_t id, start_id, target_id /* 0 = none */, revision, nhops, made_at;
	const char *reason, *detail; /* borrowed */
};
struct store_hop {
	int64_t n, base_id, entry_id;
	bool together; /* the next hop must follow at once */
};
int store_plan_put(struct db *db, int64_t campaign_id, const struct store_plan *p,
		   const struct store_hop *hops, int64_t *ret_id, struct err *e) MUST_USE;
int store_plan_list(struct db *db, int64_t campaign_id, struct rows **ret, struct err *e) MUST_USE;
int store_plan_next(struct rows *r, struct store_plan *ret, bool *ret_got, struct err *e) MUST_USE;
int store_plan_hops(struct db *db, int64_t plan_id, struct rows **ret, struct err *e) MUST_USE;
int store_hop_next(struct rows *r, struct store_hop *ret, bool *ret_got, struct err *e) MUST_USE;
/* The plan for a start: *ret_id 0 when there is none; reason is empty for a walkable one. */
int store_plan_of(struct db *db, int64_t campaign_id, int64_t start_id, int64_t *ret_id, int64_t *ret_target,
		  char reason[48], char detail[200], struct err *e) MUST_USE;
/* Where a plan leads (0 = nowhere, or no such plan) and the revision it was made at. */
int store_plan_target(struct db *db, int64_t plan_id, int64_t *ret, int64_t *ret_revision,
		      struct err *e) MUST_USE;
/* The hop of a plan that leaves base; *ret_got false when the plan has none. */
int store_plan_hop(struct db *db, int64_t plan_id, int64_t base_id, bool *ret_got, struct store_hop *ret,
		   int64_t *ret_target, struct err *e) MUST_USE;

/* The story. */
struct store_event {
	int64_t n, cycle_id, at, hop;
	const char *device; /* NULL in the list of one cycle */
	const char *event, *was, *now, *command /* may be NULL */, *detail;
	int64_t from_id, to_id; /* 0 = none */
};
int store_event_page(struct db *db, int64_t campaign_id, int64_t after, int64_t limit, struct rows **ret,
		     struct err *e) MUST_USE;
int store_event_of_cycle(struct db *db, int64_t cycle_id, struct rows **ret, struct err *e) MUST_USE;
int store_event_next(struct rows *r, bool with_device, struct store_event *ret, bool *ret_got,
		     struct err *e) MUST_USE;

#endif
