/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept towards the DCC: distribution requests with their devices, users and their budgets, and who
 * acts for which meters; sql/query/dcc.sql, schema 0018. As in store/store_meter.h: copies without pointers,
 * writing functions inside the caller's write transaction, times UTC ms, -1 = none, ids and EUIs 0 = none.
 */
#ifndef FIRPATH_STORE_STORE_DCC_H
#define FIRPATH_STORE_STORE_DCC_H

#include "store/store_meter.h"

/* ---- distributions ---- */
struct store_distribution {
	int64_t id;
	uint64_t user_eui;
	int64_t entry_id;
	char service[8];
	int64_t counter;
	char state[12]; /* "sent", "answered", "lost" */
	int64_t devices;
	char node[65], code[16], detail[512];
	int64_t due_at, made_at, answered_at;
	char public_id[16]; /* Entry ID; read only */
};
/* Makes the row and takes up to d->devices READY jobs of the group (user, entry, service) of this node into
 * it: state "sent" with the counter as dist_counter and due_at. Sets id and devices; devices 0: nothing was
 * ready, no row was made. */
int store_distribution_take(struct db *db, struct store_distribution *d, int64_t now, struct err *e) MUST_USE;
int store_distribution_get(struct db *db, int64_t id, bool *ret_got, struct store_distribution *ret,
			   struct err *e) MUST_USE;
int store_distribution_of_counter(struct db *db, uint64_t user_eui, int64_t counter, bool *ret_got,
				  struct store_distribution *ret, struct err *e) MUST_USE;
/* Compare and set from "sent": state "answered" or "lost". *ret_first false: it was not "sent" any more. */
int store_distribution_end(struct db *db, int64_t id, const char *state, const char *code, const char *detail,
			   int64_t now, bool *ret_first, struct err *e) MUST_USE;
int store_distribution_due(struct db *db, int64_t now, size_t max, struct store_distribution *ret,
			   size_t *ret_n, struct err *e) MUST_USE;
/* Newest first, below `before` (0 = from the newest); user 0 = of all. */
int store_distribution_page(struct db *db, uint64_t user_eui, int64_t before, int64_t limit,
			    struct rows **ret, struct err *e) MUST_USE;
int store_distribution_next(struct rows *r, struct store_distribution *ret, bool *ret_got,
			    struct err *e) MUST_USE;
/* Its open jobs, by id above `after`. */
struct store_dist_job {
	int64_t id, device_id;
	uint64_t eui;
};
int store_distribution_jobs(struct db *db, int64_t id, int64_t after, size_t max, struct store_dist_job *ret,
			    size_t *ret_n, struct err *e) MUST_USE;
/* Each open job that is in the state gets this line in its story (device, job and id of v do not count). */
int store_distribution_tell(struct db *db, int64_t id, const char *state, const struct store_meter_event *v,
			    int64_t now, struct err *e) MUST_USE;
/* All its open jobs that are in the state `from` at once go to `to`, and each gets the same line in its story
 * (event NULL: none). For the many that an answer does not name; those that it names move one by one before.
 */
int store_distribution_move(struct db *db, int64_t id, const char *from, const char *to, const char *reason,
			    int64_t due_at, int64_t not_before, int64_t now,
			    const struct store_meter_event *event, int64_t *ret_n, struct err *e) MUST_USE;

/* What the jobs of a new distribution are: hops of campaigns, of walks that follow one plan. */
struct store_hop_of {
	int64_t campaign_id, plan_id /* 0 = none */, from_id;
};
int store_distribution_hops(struct db *db, int64_t id, size_t max, struct store_hop_of *ret, size_t *ret_n,
			    struct err *e) MUST_USE;
/* Jobs of it go back to READY, not before `later`: those of meters in quarantine or without authority, those
 * of a hop, those of hops after the last one. Then counted: sets devices, and drops the row when none is
 * left.
 */
int store_distribution_shut(struct db *db, const struct store_distribution *d, int64_t later, int64_t now,
			    struct err *e) MUST_USE;
int store_distribution_back(struct db *db, const struct store_distribution *d, const struct store_hop_of *hop,
			    const char *reason, int64_t later, int64_t now, struct err *e) MUST_USE;
int store_distribution_keep(struct db *db, const struct store_distribution *d,
			    const struct store_hop_of *last, int64_t now, struct err *e) MUST_USE;
int store_distribution_counted(struct db *db, struct store_distribution *d, struct err *e) MUST_USE;

/* ---- users of the DCC ---- */
struct store_dcc_user {
	uint64_t eui;
	int64_t org_id, counter;
	char held[METER_TEXT_SIZE]; /* "" = nothing */
	int64_t held_at;
	int64_t day; /* days since 1970 (UTC) that the counts are of */
	int64_t critical, requests;
	char org[129]; /* name of the organisation; read only */
};
int store_dcc_user_put(struct db *db, uint64_t eui, int64_t org_id, struct err *e) MUST_USE;
int store_dcc_user_get(struct db *db, uint64_t eui, bool *ret_got, struct store_dcc_user *ret,
		       struct err *e) MUST_USE;
/* The user that speaks for an organisation (0: for what is nobody's). */
int store_dcc_user_of_org(struct db *db, int64_t org_id, bool *ret_got, struct store_dcc_user *ret,
			  struct err *e) MUST_USE;
int store_dcc_user_list(struct db *db, int64_t sees, size_t max, struct store_dcc_user *ret, size_t *ret_n,
			struct err *e) MUST_USE;
int store_dcc_user_drop(struct db *db, uint64_t eui, struct err *e) MUST_USE; /* stops speaking for its org */
/* Counter of a RequestID to the DCC itself. */
int store_dcc_user_counter(struct db *db, uint64_t eui, int64_t now, int64_t *ret, struct err *e) MUST_USE;
/* Counts requests and, among them, critical ones, of the day of `now`; *ret_critical: of today, with these.
 */
int store_dcc_user_spend(struct db *db, uint64_t eui, int64_t now, int64_t requests, int64_t critical,
			 int64_t *ret_critical, struct err *e) MUST_USE;
int store_dcc_user_hold(struct db *db, uint64_t eui, const char *why, int64_t now,
			struct err *e) MUST_USE; /* "" releases */

/* ---- who acts for which meters ---- */
int store_dcc_node_seen(struct db *db, const char *node, int64_t now, struct err *e) MUST_USE;
/* Nodes seen since; older ones are forgotten and hold nothing any more. */
int store_dcc_nodes(struct db *db, int64_t since, int64_t *ret_n, struct err *e) MUST_USE;
struct store_dcc_node {
	char node[65];
	int64_t seen_at, shards;
};
int store_dcc_node_list(struct db *db, int64_t now, size_t max, struct store_dcc_node *ret, size_t *ret_n,
			struct err *e) MUST_USE;
/* Leases. take: up to max that are free or run out (ends beyond `far` were written under a wrong clock and
 * count as run out); give: all above the `keep` lowest, 0 = all. */
int store_shard_renew(struct db *db, const char *node, int64_t until, int64_t *ret_held,
		      struct err *e) MUST_USE;
int store_shard_take(struct db *db, const char *node, int64_t now, int64_t until, int64_t far, int64_t max,
		     int64_t *ret_n, struct err *e) MUST_USE;
int store_shard_give(struct db *db, const char *node, int64_t keep, struct err *e) MUST_USE;
/* Bit n of *ret: shard n is held by the node at `now`. */
int store_shard_held(struct db *db, const char *node, int64_t now, uint64_t *ret, struct err *e) MUST_USE;

#endif
