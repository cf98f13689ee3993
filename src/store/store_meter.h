/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters behind the DCC in the store: what is known of them, rules of home area networks, firmware jobs, the
 * story; sql/query/meter.sql, schema 0018 (doc/adr/0010-meters.md). Distributions, users and shards are in
 * store/store_dcc.h.
 * Structs are copies without pointers, so that they can be kept over statements; filters borrow. Writing
 * functions run inside the caller's write transaction. Times UTC ms, -1 = none; ids and EUIs 0 = none; "" =
 * not said. EUI-64s stand in the rows as signed 64-bit integers.
 *
 * What belongs to a node is asked for with its name: the rows of shards whose lease it holds at `now`. Inside
 * the write transaction nobody can take them meanwhile.
 */
#ifndef FIRPATH_STORE_STORE_METER_H
#define FIRPATH_STORE_STORE_METER_H

#include "store/db.h"

#define METER_SHARDS 64
#define METER_TEXT_SIZE 257 /* reasons for people */
#define METER_WISH_READ "read-version"
#define METER_WISH_INVENTORY "read-inventory"
#define METER_WISH_CANCEL "cancel-activation"
#define METER_WISH_LOST "authority-lost" /* the job under way ends; authority is written already */

static inline int64_t meter_shard(uint64_t eui)
{
	return (int64_t)(eui % METER_SHARDS);
}

/* ---- meters ---- */
struct store_meter {
	int64_t device_id, site_id;
	int64_t org_id; /* of its device; 0 = nobody's: the operator's own */
	uint64_t eui;
	int64_t shard;
	char class[8]; /* model/han.h */
	char variant[8], han_variant[32], smets[24];
	char status[24];  /* DeviceStatus */
	uint64_t hub_eui; /* CHF of its HAN */
	char mpxn[16], uprn[16], region[24];
	char authority[8]; /* "held", "lost" */
	char authority_why[METER_TEXT_SIZE];
	char quarantine[METER_TEXT_SIZE]; /* "" = none */
	int64_t counter;                  /* of the last RequestID to it */
	int64_t heard;                    /* highest counter of its own alerts */
	int64_t inventory_at, version_at;
	char wish[24];
	int64_t wish_at, wish_counter, wish_tries;
	/* Of its device. */
	char name[24];                                           /* EUI as text */
	char manufacturer[5], model[5], hardware[5], version[9]; /* CPL, upper hex digits */
	char told_by[12], entry_why[16];
	int64_t entry_id; /* what it runs; 0 = not known */
	int64_t last_seen;
	int64_t hint_entry_id; /* which of several fitting entries it is, as somebody said; 0 = none */
	char org[129];         /* name of the organisation; read only */
};
int store_meter_get(struct db *db, int64_t device_id, bool *ret_got, struct store_meter *ret,
		    struct err *e) MUST_USE;
/* All rows of an EUI, whoever has it: what comes in names nothing else. *ret_n = how many there are. */
int store_meter_of_eui(struct db *db, uint64_t eui, size_t max, struct store_meter *ret, size_t *ret_n,
		       struct err *e) MUST_USE;
/* Of one organisation, or of all that the caller sees: two rows at most. */
int store_meter_own(struct db *db, int64_t sees, uint64_t eui, struct store_meter ret[2], size_t *ret_n,
		    struct err *e) MUST_USE;
/* The devices of one HAN as one organisation keeps it, by EUI. */
int store_meter_han(struct db *db, int64_t site_id, size_t max, struct store_meter *ret, size_t *ret_n,
		    struct err *e) MUST_USE;
int store_meter_add(struct db *db, const struct store_meter *m, struct err *e) MUST_USE;
/* Its device, before: adapter dcc, scheme cpl. *ret_id 0: its owner has a device of that name. */
struct store_device;
int store_meter_device_add(struct db *db, const struct store_device *d, int64_t site_id, int64_t *ret_id,
			   struct err *e) MUST_USE;
/* To another site, with walks that wait. ERR_CONFLICT: a walk of it is under way. */
int store_meter_move(struct db *db, int64_t device_id, int64_t site_id, struct err *e) MUST_USE;
/* class, variant, han_variant, smets, status, hub, mpxn, uprn, region as given. */
int store_meter_edit(struct db *db, const struct store_meter *m, struct err *e) MUST_USE;
/* The newest: counters rise over crashes, restores and nodes: the larger of the last one + 1 and now. */
int store_meter_counter(struct db *db, int64_t device_id, int64_t now, int64_t *ret, struct err *e) MUST_USE;
/* The counter of an alert of the device. *ret_new false: it, or a later one, was heard before. */
int store_meter_heard(struct db *db, int64_t device_id, int64_t counter, bool *ret_new,
		      struct err *e) MUST_USE;
int store_meter_status(struct db *db, int64_t device_id, const char *status, struct err *e) MUST_USE;
int store_meter_version_at(struct db *db, int64_t device_id, int64_t now, struct err *e) MUST_USE;
/* Of the whole HAN. */
int store_meter_inventory_at(struct db *db, int64_t site_id, int64_t now, struct err *e) MUST_USE;
int store_meter_authority(struct db *db, int64_t device_id, bool held, const char *why,
			  struct err *e) MUST_USE;
int store_meter_quarantine(struct db *db, int64_t device_id, const char *why,
			   struct err *e) MUST_USE; /* "" ends it */
/* The device was heard of: last_seen and life of its device. */
int store_meter_seen(struct db *db, int64_t device_id, int64_t now, struct err *e) MUST_USE;

/* Wishes of people: one at a time, a new one replaces. at = when it is done next; sent: its counter and how
 * often. */
int store_meter_wish(struct db *db, int64_t device_id, const char *wish, int64_t at, struct err *e) MUST_USE;
int store_meter_wish_sent(struct db *db, int64_t device_id, int64_t counter, int64_t tries, int64_t at,
			  struct err *e) MUST_USE;
int store_meter_wish_done(struct db *db, int64_t device_id, struct err *e) MUST_USE;
int store_meter_wishes(struct db *db, const char *node, int64_t now, size_t max, struct store_meter *ret,
		       size_t *ret_n, struct err *e) MUST_USE; /* due, of this node */

/* Borrowed; NULL and 0 = any. */
struct store_meter_filter {
	int64_t sees;
	const char *part; /* of the EUI as written */
	const char *class, *status, *authority;
	int64_t quarantine; /* 1 yes, 0 no, -1 any */
	uint64_t hub_eui;
	int64_t entry_id;
};
/* By device id. */
int store_meter_page(struct db *db, const struct store_meter_filter *f, int64_t after, int64_t limit,
		     struct rows **ret, struct err *e) MUST_USE;
int store_meter_next(struct rows *r, struct store_meter *ret, bool *ret_got, struct err *e) MUST_USE;
/* Open walks and jobs; a meter that has any is not removed. */
int store_meter_under_way(struct db *db, int64_t device_id, int64_t *ret, struct err *e) MUST_USE;
/* The row, its story and its jobs; the device too, when no campaign ever walked it. */
int store_meter_remove(struct db *db, int64_t device_id, struct err *e) MUST_USE;

/* Walks under way at meters of this node, by device id above `after`. */
struct store_meter_walk {
	int64_t device_id, site_id, cycle_id;
};
int store_meter_walks(struct db *db, const char *node, int64_t now, int64_t after, size_t max,
		      struct store_meter_walk *ret, size_t *ret_n, struct err *e) MUST_USE;

/* ---- what hubs can do ---- */
struct store_han_rule { /* borrowed texts */
	int64_t id;
	const char *name, *applies_class; /* "" = any */
	int64_t applies_id;               /* 0 = any */
	const char *applies;              /* its Entry ID; read only, NULL = any */
	const char *needs_class, *needs_gbcs, *needs_ids, *source, *stated_by;
	int64_t stated_at;
};
int store_han_rules(struct db *db, const char *after, int64_t limit, struct rows **ret,
		    struct err *e) MUST_USE; /* by name */
int store_han_rule_get(struct db *db, const char *name, struct rows **ret, struct err *e) MUST_USE;
int store_han_rule_next(struct rows *r, struct store_han_rule *ret, bool *ret_got, struct err *e) MUST_USE;
int store_han_rule_put(struct db *db, const struct store_han_rule *h, struct err *e) MUST_USE;
int store_han_rule_drop(struct db *db, const char *name, int64_t *ret_n, struct err *e) MUST_USE;

/* ---- jobs; model/meter_job.h has the states ---- */
struct store_meter_job {
	int64_t id, device_id, shard;
	uint64_t user_eui;
	int64_t cycle_id, seq, from_id, to_id;
	char service[8], state[16];
	int64_t not_before; /* READY: not gathered earlier */
	int64_t dist_id, dist_counter, command_counter, read_counter;
	int64_t activate_at;
	char told[16], reason[48], detail[512];
	int64_t tries, moves, activations;
	int64_t due_at, state_at, made_at, ended_at;
	uint64_t eui; /* of its meter; read only */
	/* As read: what a move compares with. */
	char was_state[16];
	int64_t was_at, was_tries, was_moves;
};
int store_meter_job_add(struct db *db, struct store_meter_job *j, int64_t now, struct err *e)
    MUST_USE; /* sets id, state_at, made_at and what a move compares with */
int store_meter_job_get(struct db *db, int64_t id, bool *ret_got, struct store_meter_job *ret,
			struct err *e) MUST_USE;
int store_meter_job_open(struct db *db, int64_t device_id, bool *ret_got, struct store_meter_job *ret,
			 struct err *e) MUST_USE;
int store_meter_job_last(struct db *db, int64_t device_id, bool *ret_got, struct store_meter_job *ret,
			 struct err *e) MUST_USE; /* open or not */
int store_meter_job_of_cycle(struct db *db, int64_t cycle_id, int64_t seq, bool *ret_got,
			     struct store_meter_job *ret, struct err *e) MUST_USE;
int store_meter_job_page(struct db *db, int64_t device_id, size_t max, struct store_meter_job *ret,
			 size_t *ret_n, struct err *e) MUST_USE; /* newest first */
/* Compare and set; ERR_BUSY when it is not any more as it was read. Writes all but id, device, shard, user,
 * walk, entries and service. */
int store_meter_job_move(struct db *db, struct store_meter_job *j, struct err *e) MUST_USE;
/* Due jobs of this node, READY ones left out, from shard `from` on, by shard and due time: up to max. Go on
 * with the shard of the last one + 1, and round, so that none starves. */
int store_meter_job_due(struct db *db, const char *node, int64_t now, int64_t from, size_t max,
			struct store_meter_job *ret, size_t *ret_n, struct err *e) MUST_USE;
int store_meter_jobs_open(struct db *db, int64_t *ret, struct err *e) MUST_USE; /* counts: now and then */

/* READY jobs of this node whose not_before has come, in groups that one request can hold. Their due_at says
 * when a group need not wait for more of its kind. */
struct store_ready {
	uint64_t user_eui;
	int64_t to_id;
	char service[8];
	int64_t jobs, due_at; /* due_at: the earliest one's watchdog; -1 = none */
};
int store_meter_ready(struct db *db, const char *node, int64_t now, size_t max, struct store_ready *ret,
		      size_t *ret_n, struct err *e) MUST_USE;

/* ---- the story ---- */
struct store_meter_event {             /* borrowed texts */
	int64_t id, device_id, job_id; /* job 0 = none */
	int64_t at;
	const char *way, *what; /* "in", "out", "note"; "11.3", "N60", "8F72" ... */
	int64_t ref;            /* counter of the RequestID; 0 = none */
	const char *code, *detail;
};
#define METER_EVENT_DETAIL_MAX 1000 /* longer ones are cut at a character */
int store_meter_event_add(struct db *db, const struct store_meter_event *v, struct err *e) MUST_USE;
/* Newest first below `before` (0 = from the newest); job 0 = of all. */
int store_meter_event_page(struct db *db, int64_t device_id, int64_t job_id, int64_t before, int64_t limit,
			   struct rows **ret, struct err *e) MUST_USE;
int store_meter_event_next(struct rows *r, struct store_meter_event *ret, bool *ret_got,
			   struct err *e) MUST_USE;
int store_meter_event_forget(struct db *db, int64_t before, int64_t *ret_n,
			     struct err *e) MUST_USE; /* up to 1,000 of the oldest */

#endif
