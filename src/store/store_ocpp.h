/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the door of charging stations keeps: connections, boots, open transactions, firmware jobs, and the
 * story of messages; sql/query/ocpp.sql, schema 0015. Stations themselves are read with
 * store/store_station.h. Writing functions run inside the caller's write transaction. Times UTC ms, -1 =
 * none; ids 0 = none.
 */
#ifndef FIRPATH_STORE_STORE_OCPP_H
#define FIRPATH_STORE_STORE_OCPP_H

#include "store/db.h"

#define JOB_KIND_UPDATE "update"
#define JOB_KIND_PUBLISH "publish"
#define JOB_KIND_UNPUBLISH "unpublish"
#define JOB_KIND_LOG "log"
#define JOB_PARTS_SIZE 2048
#define STORY_BODY_MAX 4096
#define STORY_ROWS_MAX 10000 /* of one station, about; the oldest go */

/* A job as its row stands. No pointers, so that it can be kept over statements. */
struct store_job {
	int64_t id, site_id, device_id;
	char kind[12];
	int64_t cycle_id, seq; /* the walk and its trigger */
	int64_t request_id;
	char message[40]; /* action that was sent, or is to be sent */
	char state[16];   /* model/ocpp_job.h, of its kind */
	int64_t from_id, to_id;
	char components[JOB_PARTS_SIZE]; /* JSON; "" = one component */
	char location[2049], tracking[37], answer[64], reason[48], detail[512], events[512], log_file[256];
	int64_t moves, resets; /* so far; resets: asked for by us */
	int64_t boots, tries, start_at, due_at, state_at, made_at, ended_at;
	/* As read: what a move compares with. */
	char was_state[16];
	int64_t was_at, was_tries;
};

int store_ocpp_connected(struct db *db, int64_t site_id, const char *node, const char *protocol, int64_t now,
			 struct err *e) MUST_USE;
/* since: when this connection began; the row of a later one stays. */
int store_ocpp_left(struct db *db, int64_t site_id, const char *node, int64_t since, const char *why,
		    int64_t now, struct err *e) MUST_USE;
int store_ocpp_forget_node(struct db *db, const char *node, int64_t now, struct err *e) MUST_USE;
int store_ocpp_alive(struct db *db, const char *node, int64_t now, struct err *e) MUST_USE;

/* A service says that it is there. *ret_known false: it was not in the table, new or given up. */
int store_ocpp_service_seen(struct db *db, const char *node, int64_t now, bool *ret_known,
			    struct err *e) MUST_USE;
/* Services last seen before `before` hold no station any more; *ret_n: stations set free. */
int store_ocpp_services_left(struct db *db, int64_t before, int64_t now, int64_t *ret_n,
			     struct err *e) MUST_USE;
/* It had been given up and holds this connection all the same, unless another service has it. */
int store_ocpp_kept(struct db *db, int64_t site_id, const char *node, int64_t since, struct err *e) MUST_USE;

struct store_boot { /* borrowed; NULL or "" = not said */
	const char *vendor, *model, *serial, *iccid, *imsi, *firmware, *reason;
};
int store_ocpp_boot(struct db *db, int64_t site_id, const struct store_boot *b, int64_t now,
		    struct err *e) MUST_USE;
/* What was learned: -1 and NULL leave as it is. */
struct store_learned {
	int64_t signing, components, version_at;
	const char *transfer, *firmware;
};
#define STORE_LEARNED_NOTHING ((struct store_learned){ -1, -1, -1, NULL, NULL })
int store_ocpp_learn(struct db *db, int64_t site_id, const struct store_learned *l, struct err *e) MUST_USE;
/* A block of message numbers: the first one is *ret_first. */
int store_ocpp_message_ids(struct db *db, int64_t site_id, int64_t block, int64_t *ret_first,
			   struct err *e) MUST_USE;
/* The next request id of a station; the first is 1. */
int store_ocpp_request_id(struct db *db, int64_t site_id, int64_t *ret, struct err *e) MUST_USE;

/* Transactions and reservations; the counts in the station's row follow. kind "transaction", "reservation".
 */
int store_busy_add(struct db *db, int64_t site_id, const char *kind, const char *ref, int64_t evse,
		   int64_t until, int64_t now, struct err *e) MUST_USE;
int store_busy_end(struct db *db, int64_t site_id, const char *kind, const char *ref, struct err *e) MUST_USE;
int store_busy_free(struct db *db, int64_t site_id, const char *kind, int64_t evse, struct err *e) MUST_USE;
int store_busy_over(struct db *db, int64_t site_id, int64_t now, struct err *e) MUST_USE; /* by time */

/* Jobs. *ret_got false when there is none. */
int store_job_add(struct db *db, struct store_job *j, int64_t now,
		  struct err *e) MUST_USE; /* sets id and what a move compares with */
int store_job_get(struct db *db, int64_t id, bool *ret_got, struct store_job *ret, struct err *e) MUST_USE;
int store_job_of_cycle(struct db *db, int64_t cycle_id, int64_t seq, bool *ret_got, struct store_job *ret,
		       struct err *e) MUST_USE;
int store_job_open(struct db *db, int64_t site_id, const char *kind, bool *ret_got, struct store_job *ret,
		   struct err *e) MUST_USE;
int store_job_last(struct db *db, int64_t site_id, const char *kind, bool *ret_got, struct store_job *ret,
		   struct err *e) MUST_USE;
int store_job_request(struct db *db, int64_t site_id, int64_t request_id, bool *ret_got,
		      struct store_job *ret, struct err *e) MUST_USE;
/* The newest publish or unpublish job of an image (tracking = its MD5) at a controller. */
int store_job_image(struct db *db, int64_t site_id, const char *md5, bool *ret_got, struct store_job *ret,
		    struct err *e) MUST_USE;
/* Published for walks, not taken back. */
int store_jobs_published(struct db *db, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e) MUST_USE;
/* Compare and set; ERR_BUSY when it is not any more as it was read. */
int store_job_move(struct db *db, struct store_job *j, struct err *e) MUST_USE;
int store_job_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n,
		  struct err *e) MUST_USE;
/* Open jobs of stations connected here, by site. */
struct store_job_here {
	int64_t id, site_id;
	char kind[12], state[16];
};
int store_jobs_here(struct db *db, const char *node, int64_t after, int64_t max, struct store_job_here *ret,
		    int64_t *ret_n, struct err *e) MUST_USE;
/* Jobs with ids above `after`; those of stations that are not connected at the node have no state. */
int store_jobs_new(struct db *db, const char *node, int64_t after, int64_t max, struct store_job_here *ret,
		   int64_t *ret_n, struct err *e) MUST_USE;
int store_jobs_last(struct db *db, int64_t *ret, struct err *e) MUST_USE; /* the highest id */
int store_jobs_open(struct db *db, int64_t *ret, struct err *e) MUST_USE;

/* Walks under way at stations, by site: pairs of site and device. */
int store_ocpp_walks(struct db *db, int64_t after, int64_t max, int64_t *ret_site, int64_t *ret_device,
		     int64_t *ret_n, struct err *e) MUST_USE;
int store_ocpp_site_walks(struct db *db, int64_t site_id, int64_t max, int64_t *ret, int64_t *ret_n,
			  struct err *e) MUST_USE;
/* What a device of a station runs. */
struct store_part {
	int64_t id, site_id, entry_id;
	char name[128], component[64], version[64];
};
int store_ocpp_device(struct db *db, int64_t device_id, bool *ret_got, struct store_part *ret,
		      struct err *e) MUST_USE;
int store_ocpp_site_of(struct db *db, int64_t device_id, int64_t *ret_site,
		       struct err *e) MUST_USE; /* 0 = no station's */
/* How many stations of an area are being updated now, this one left out. */
int store_ocpp_area_busy(struct db *db, const char *area, int64_t but_site, int64_t *ret,
			 struct err *e) MUST_USE;
int store_ocpp_controller_busy(struct db *db, int64_t controller, int64_t *ret, struct err *e) MUST_USE;

/* The story. way: "in", "out", "note". body is cut at STORY_BODY_MAX at a character. */
int store_story_add(struct db *db, int64_t site_id, int64_t job_id, const char *way, const char *action,
		    const char *ref, const char *body, int64_t now, struct err *e) MUST_USE;
int store_story_forget(struct db *db, int64_t before, int64_t *ret_n, struct err *e) MUST_USE;

#endif
