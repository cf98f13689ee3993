/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycle runner: one thread that walks sites through the Configuration Manager's chart
 * (model/cm_states.h). It takes reports from its mailbox, applies moves by compare-and-set on the cycle's
 * row, many moves in one transaction together with their cycle_event and audit rows, and lets effects out
 * only after the commit. Nothing that matters is kept in memory: a crash at any point leaves rows from which
 * a restart goes on, with the same command ids.
 *
 * A transaction that decides a push (request update, trigger) looks at the catalogue again: the edge must
 * stand at the newest revision (F9); otherwise the walk is held with a reason.
 *
 * Threads: runner_post and runner_wake from any thread; everything else from the one that made it.
 */
#ifndef FIRPATH_ORCH_RUNNER_H
#define FIRPATH_ORCH_RUNNER_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/rnd.h"
#include "core/catalog.h"
#include "model/site.h"
#include "wire/adapter.h"

struct runner;
struct vc_store;

/* Named settings (Z43); all times in ms. */
struct runner_settings {
	int64_t contact_timeout; /* a device that should answer says nothing */
	int64_t accept_timeout;  /* an update request is not answered */
	int64_t trigger_timeout; /* a trigger is not followed */
	int64_t install_timeout; /* an installation does not end */
	int64_t restart_timeout; /* a device does not come back */
	int64_t retry_wait;      /* first wait before asking again; doubles up to retry_wait_max */
	int64_t retry_wait_max;
	int64_t request_tries; /* update requests before the walk fails (Z25) */
	int64_t trigger_tries; /* installations of one hop before the walk fails */
	int64_t life_limit;    /* silence after which a device counts as lost (E27) */
	int64_t seen_flush;    /* how often signs of life and progress are written */
	int64_t batch;         /* reports in one transaction */
};
/* Rows for the program's table of configuration keys; read back by runner_settings_from(). */
/* clang-format off */
#define RUNNER_CONF_KEYS \
	{ "contact_timeout", CONF_DURATION, "24h", 100, INT64_C(31536000000), "Silence of a device in a walk after which the walk fails." }, \
	{ "accept_timeout", CONF_DURATION, "15m", 100, INT64_C(86400000), "How long a device may take to answer an update request." }, \
	{ "trigger_timeout", CONF_DURATION, "15m", 100, INT64_C(86400000), "How long a device may take to follow a trigger." }, \
	{ "install_timeout", CONF_DURATION, "4h", 100, INT64_C(604800000), "How long download and installation may take." }, \
	{ "restart_timeout", CONF_DURATION, "30m", 100, INT64_C(86400000), "How long a device may take to come back from a restart." }, \
	{ "retry_wait", CONF_DURATION, "1m", 1, INT64_C(86400000), "First wait before a refused request is repeated; doubles each time." }, \
	{ "retry_wait_max", CONF_DURATION, "1h", 1, INT64_C(604800000), "Longest wait before a refused request is repeated." }, \
	{ "request_tries", CONF_INT, "10", 1, 1000, "Update requests for one hop before the walk fails." }, \
	{ "trigger_tries", CONF_INT, "3", 1, 100, "Installations tried for one hop before the walk fails." }, \
	{ "life_limit", CONF_DURATION, "5m", 100, INT64_C(604800000), "Silence after which a device counts as lost." }, \
	{ "seen_flush", CONF_DURATION, "10s", 10, INT64_C(600000), "How often signs of life and progress are written to the store." }, \
	{ "runner_batch", CONF_INT, "500", 1, 10000, "Reports handled in one transaction." }
/* clang-format on */
struct runner_settings runner_settings_from(const struct conf *c);
struct runner_settings runner_settings_default(void);

struct runner_init {
	const char *dsn;           /* borrowed; the runner opens its own writing connection */
	struct db *db;             /* or: a connection it takes over (tests wrap it); NULL = open dsn */
	struct catalog *catalog;   /* borrowed */
	const struct clock *clock; /* borrowed */
	const struct log *log;     /* borrowed; NULL = silent */
	struct rnd rnd;            /* jitter of waits */
	const char *image_dir;     /* borrowed */
	struct runner_settings set;
	struct site_settings site;    /* of vehicles: core/cm.h */
	const struct vc_store *vcs;   /* borrowed; where active Vehicle Configurations are verified at the
					 start; NULL = not */
	struct adapter_bell stations; /* rung for charging stations (orch/ocpp_door.h); empty = none */
	struct adapter_bell meters;   /* and for meters (orch/dcc_door.h) */
	int64_t inventory_age; /* how old the inventory of a HAN may be at the claim, ms: an older one is
				  wished for, and the walk waits; 0 = the door looks */
	void *fake_world;      /* tests only: wire/fake.h; NULL otherwise */
};
/* Opens, starts the adapters. */
int runner_new(const struct runner_init *init, struct runner **ret, struct err *e) MUST_USE;
void runner_free(struct runner *r); /* stops the thread if it runs */
DEFINE_OWN(struct runner, runner_free)

/* The thread: recovery first, then until stopped. */
int runner_start(struct runner *r, struct err *e) MUST_USE;
void runner_stop(struct runner *r); /* ends after the transaction under way */

/* The same without a thread, for tests and offline use: recovery, and one round (at most one batch of
 * reports, then what is due). *ret_moves = moves applied. */
int runner_recover(struct runner *r, struct err *e) MUST_USE;
int runner_round(struct runner *r, int64_t wait_ms, int64_t *ret_moves, struct err *e) MUST_USE;

bool runner_post(struct runner *r, const struct report *rep); /* copies; false when full or stopping */
void runner_wake(struct runner *r);                           /* something changed in the store: look now */

/* For metrics. */
struct runner_counts {
	int64_t reports, seen, moves, transactions, ignored, withdrawn, conflicts;
};
struct runner_counts runner_counts(const struct runner *r);

#endif
