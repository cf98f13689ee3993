/* SPDX-License-Identifier: Apache-2.0 */
/* Walks: a device with its active cycle, read together, moved by compare-and-set; sql/query/cycle.sql, schema
 * 0002. Writing functions run inside the caller's write transaction. */
#ifndef FIRPATH_STORE_STORE_CYCLE_H
#define FIRPATH_STORE_STORE_CYCLE_H

#include "model/cm_states.h"
#include "store/store_campaign.h"

#define DEVICE_NAME_SIZE 112 /* of the longest device name, with its NUL */
#define CYCLE_REASON_SIZE 48
#define CYCLE_DETAIL_SIZE 256

/* No pointers, so that it can be kept over statements. Times UTC ms, -1 = none. Ids 0 = none. */
struct walk {
	/* the device */
	int64_t device_id;
	char device[DEVICE_NAME_SIZE], adapter[16], address[256];
	char scheme[8], manufacturer[IDENT_PART_SIZE], model[IDENT_PART_SIZE], hardware[IDENT_PART_SIZE],
	    version[IDENT_PART_SIZE], hash[65]; /* "" = not known */
	int64_t hint_entry_id, entry_id;
	char entry_why[16], mark[17];
	char device_state[24]; /* as last recorded, "" = never */
	int64_t device_boots, last_seen;
	bool life_ok;
	int64_t org_id; /* whose it is; 0 = nobody's */
	int64_t site_id;
	/* its cycle; cycle_id 0 = none is active */
	int64_t cycle_id, campaign_id, plan_id, start_id, hop, hops_done, from_id, to_id, seq, trigger_seq,
	    boots;
	enum cycle_phase phase, was_phase; /* was_*: as read, what the move compares with */
	enum cm_state cm, was_cm;
	int64_t was_seq;
	bool together; /* between two fragments: must not rest */
	enum bbum_command command;
	enum cycle_phase ending; /* PHASES = goes on */
	char reason[CYCLE_REASON_SIZE], detail[CYCLE_DETAIL_SIZE];
	int64_t tries, refusals, due_at, started_at, ended_at;
	int64_t wave;       /* of its campaign; 0 = it has none */
	int64_t not_before; /* queued: not begun before */
};

/* *ret_got false: no such device or cycle. */
int store_walk_of_device(struct db *db, int64_t device_id, bool *ret_got, struct walk *ret,
			 struct err *e) MUST_USE;
int store_walk_of_name(struct db *db, const char *name, bool *ret_got, struct walk *ret,
		       struct err *e) MUST_USE;
int store_walk_of_cycle(struct db *db, int64_t cycle_id, bool *ret_got, struct walk *ret,
			struct err *e) MUST_USE;
/* Writes the cycle part; ERR_BUSY when it is not any more as it was read (another node was faster). */
int store_walk_move(struct db *db, struct walk *w, int64_t now, struct err *e) MUST_USE;

/* Ids into ret (room for max); *ret_n = how many. */
int store_cycle_claim(struct db *db, int64_t campaign_id, int64_t now, int64_t max, int64_t *ret,
		      int64_t *ret_n, struct err *e) MUST_USE;
/* When the next queued walk of a campaign may begin; -1 = none is queued. */
int store_cycle_next_ready(struct db *db, int64_t campaign_id, int64_t *ret, struct err *e) MUST_USE;
int store_cycle_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n,
		    struct err *e) MUST_USE;
int store_cycle_active(struct db *db, int64_t campaign_id, int64_t after, int64_t max, int64_t *ret,
		       int64_t *ret_n, struct err *e) MUST_USE;
int store_cycle_next_due(struct db *db, int64_t *ret_due, struct err *e) MUST_USE; /* -1 = nothing */
int store_cycle_rearm(struct db *db, enum cm_state cm, int64_t due, struct err *e) MUST_USE;

int store_event_add(struct db *db, int64_t campaign_id, const struct store_event *v, struct err *e) MUST_USE;

#endif
