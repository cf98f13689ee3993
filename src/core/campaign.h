/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Campaigns: many sites, one policy. Creating one finds its members and plans their walks (one plan per start
 * entry); a member that cannot be walked gets a named end at once: `no-path:unknown`, `no-entry:ambiguous`,
 * `no-image:000123` ... (fail closed, the reason is shown). Starting one makes the plans again at the newest
 * revision. The walking itself is done by orch/runner.h, which must be woken after a change (runner_wake).
 *
 * draft -> running <-> paused; running -> halted (too many failures) -> running (resume); any but done ->
 * stopped; running -> done. While paused or halted no new walk and no new hop begins; hops under way end, and
 * a walk never rests between two fragments of one release. A meter that was not activated yet waits: its
 * activation begins days after its hop, and is ours to send (orch/dcc_guard.c).
 *
 * Functions that write make one transaction with its audit row.
 */
#ifndef FIRPATH_CORE_CAMPAIGN_H
#define FIRPATH_CORE_CAMPAIGN_H

#include "base/json.h"
#include "base/parse.h" /* MS_PER_DAY */
#include "base/str.h"
#include "core/catalog.h"
#include "core/fleet.h" /* struct scope */
#include "store/store_ledger.h"

#define CAMPAIGN_MEMBERS_MAX 100000 /* names in a list; a filter has no limit */
#define CAMPAIGN_ACTIVE_DEFAULT 100
#define CAMPAIGN_STOP_AFTER_DEFAULT 10
#define CPL_STALE_BLOCKS_MS (7 * MS_PER_DAY) /* T04: no campaign starts on a CPL not checked for so long */

/* What use cases of campaigns need beside a connection. */
struct campaign_ctx {
	struct db *db;               /* borrowed, writing */
	const struct snapshot *snap; /* borrowed; the newest */
	const char *image_dir;       /* borrowed */
	int64_t cpl_stale_ms;        /* CPL_STALE_BLOCKS_MS unless configured */
	struct scope scope;          /* whose campaigns; members are devices of the same owner */
	const struct principal *by;  /* who must have read the notice (core/notice.h); NULL = nobody */
};

/* From the JSON object
 * {"name", "target" (Entry ID or "latest"), "members": {"filter": {"model","entry","prefix","site"}} or
 *  {"devices": ["a", ...]}, "max_active", "stop_after", "prefer", "allow_removed": "hop",
 *  "allow_downgrade", "on_change", "notice_read"}
 * refusing unknown members. key: Idempotency-Key or NULL; the same key and body again gives the same id,
 * another body ERR_IDEMPOTENCY. An empty filter {} means all devices. */
int campaign_create(const struct campaign_ctx *c, const struct actor *who, const char *key, const char *body,
		    size_t len, int64_t *ret_id, struct err *e) MUST_USE;
/* ref: a campaign's number or its name. ERR_NOT_FOUND for what is not there or not seen: the one gate before
 * everything that takes a number. */
int campaign_find(struct db *db, struct scope scope, const char *ref, int64_t *ret_id,
		  struct err *e) MUST_USE;

/* ERR_CAMPAIGN_STATE with a sentence when the state does not allow it; ERR_CPL_STALE (T04). start on a draft
 * only; resume puts held walks back into the queue (replanned from what their devices run). */
int campaign_start(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e) MUST_USE;
int campaign_pause(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e) MUST_USE;
int campaign_resume(const struct campaign_ctx *c, const struct actor *who, int64_t id,
		    struct err *e) MUST_USE;
/* Queued and held walks end now; walks not yet triggered are cancelled, triggered ones end with their hop. */
int campaign_stop(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e) MUST_USE;

/* {"campaigns":[...],"next":...}, newest first. cursor and limit as for devices. */
int campaigns_json(struct db *db, struct scope scope, const char *state, const char *cursor, int64_t limit,
		   struct str *out, struct err *e) MUST_USE;
/* One campaign with policy, counters and plans, and whether these still stand in this snapshot (see
 * campaign_plans.h). */
int campaign_json(struct db *db, const struct snapshot *s, int64_t id, int64_t now, const char *image_dir,
		  struct str *out, struct err *e) MUST_USE;

/* Counters for `campaign watch` and pages: total, queued, active, held, done, failed, refused, stopped, hops,
 * state, reason, rate (walks ended per minute over the last minutes), eta_s (null when not known). */
struct campaign_progress {
	char name[128], state[16], reason[256];
	int64_t total, queued, active, held, done, failed, refused, stopped, hops;
	int64_t last_event;           /* newest number of the event stream */
	int64_t started_at, ended_at; /* -1 = not yet */
	int64_t rate_per_hour;        /* walks that ended, over the last ten minutes; -1 = not known */
	int64_t eta_ms;               /* -1 = not known */
};
int campaign_progress(struct db *db, int64_t id, int64_t now, struct campaign_progress *ret,
		      struct err *e) MUST_USE;
void campaign_progress_json(const struct campaign_progress *p, struct str *out); /* one object, no newline */

/* The story of each device, NDJSON, one object per line, in order of cycles: device, phase, reason, detail,
 * start, hops: [{n, from, to, requested_at, triggered_at, installed_at, done_at, tries}], started_at,
 * ended_at. Pages of at most `limit` lines after cycle id `after`; *ret_last = id of the last line, 0 = no
 * more. */
int campaign_report(struct db *db, const struct snapshot *s, int64_t id, const char *phase, int64_t after,
		    int64_t limit, struct str *out, int64_t *ret_last, struct err *e) MUST_USE;
/* Members and their present state: {"cycles":[...],"next":...}. */
int campaign_cycles_json(struct db *db, const struct snapshot *s, int64_t id, const char *phase,
			 const char *cursor, int64_t limit, struct str *out, struct err *e) MUST_USE;
/* Events after number `after`, for the event stream: fn gets number and one JSON object each; at most limit.
 */
int campaign_events(struct db *db, const struct snapshot *s, int64_t id, int64_t after, int64_t limit,
		    int (*fn)(void *ctx, int64_t n, const char *json, size_t len, struct err *e), void *ctx,
		    struct err *e) MUST_USE;

#endif
