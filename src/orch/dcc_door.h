/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of meters: joins DUIS (wire/duis.h), the line to the DCC (wire/dcc.h) and the rows of meters
 * (store/store_meter.h), and stands towards the runner as the update manager of every meter
 * (doc/adr/0010-meters.md 4-8). One thread of its own; what comes in is parsed and its signature checked by
 * whoever brings it, then many messages are applied in one transaction. All acts come from rows that are due
 * and whose shard this node holds.
 *
 * What the runner is told of a walk's device (struct report, made from rows alone, as orch/ocpp_status.c
 * does): BBUM_PENDING from the trigger on as long as the job can be withdrawn (READY to ASKED), BBUM_UPDATE
 * from the signed 11.3 on; a walk that is in CM_UPDATE stays there while its job is open. So a campaign that
 * is stopped takes back what was not activated (CM_CANCELLING, METER_EV_CANCEL), and what was activated ends
 * first. PPMID: BBUM_UPDATE from SENT on, since the 11.4 activates. A request that may not be followed now:
 * rejected, reason = text of the gate (model/han.h), a blank, a sentence; the walk goes back to the queue,
 * and the claim decides by the same gate what becomes of it. A job that ended badly: error = its reason,
 * alone. Devices of active walks are told again when a node takes their shard over: nobody else rings for
 * them.
 *
 * Threads: dcc_door_take, dcc_door_ring, dcc_door_wake, dcc_door_counts from any thread.
 */
#ifndef FIRPATH_ORCH_DCC_DOOR_H
#define FIRPATH_ORCH_DCC_DOOR_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/rnd.h"
#include "core/catalog.h"
#include "orch/runner.h"
#include "wire/dcc.h"

struct dcc_door;

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define DCC_CONF_KEYS \
	{ "dcc_users", CONF_TEXT, "", 0, 0, "File that says who is a DCC User here, with certificates and keys (doc/meters.md)." }, \
	{ "dcc_schema", CONF_TEXT, "5.4", 0, 0, "schemaVersion of requests." }, \
	{ "dcc_gather", CONF_DURATION, "1m", 0, INT64_C(86400000), "How long devices are gathered before a distribution request is sent." }, \
	{ "dcc_devices", CONF_INT, "50000", 1, 50000, "Devices in one distribution request at most." }, \
	{ "dcc_pace", CONF_INT, "50", 1, 100000, "Requests sent to the DCC per second at most." }, \
	{ "dcc_daily_critical", CONF_INT, "100000", 0, 1000000000, "Critical commands (11.3) of one user a day at most; 0: none is sent." }, \
	{ "dcc_window", CONF_TEXT, "", 0, 0, "When activations may be sent (doc/meters.md); empty = always." }, \
	{ "dcc_timezone", CONF_TEXT, "Europe/London", 0, 0, "Time zone of dcc_window." }, \
	{ "dcc_future", CONF_BOOL, "no", 0, 0, "Outside the window: send the activation at once, dated for the next window." }, \
	{ "dcc_inventory_age", CONF_DURATION, "30d", 0, INT64_C(31536000000), "How old the inventory of a device may be before a push; older: it is read first." }, \
	{ "dcc_deliver_timeout", CONF_DURATION, "7d", 100, INT64_C(7776000000), "Watchdog of delivery to the hub." }, \
	{ "dcc_verify_timeout", CONF_DURATION, "3d", 100, INT64_C(7776000000), "Watchdog until the device has verified the image." }, \
	{ "dcc_outcome_timeout", CONF_DURATION, "1h", 100, INT64_C(604800000), "How long the outcome of an activation is awaited before the version is read." }, \
	{ "dcc_version_timeout", CONF_DURATION, "1h", 100, INT64_C(604800000), "How long the answer to a version reading is awaited." }, \
	{ "dcc_busy_wait", CONF_DURATION, "1h", 100, INT64_C(604800000), "Wait after OtherRequestInProgress." }, \
	{ "dcc_tries", CONF_INT, "5", 1, 100, "Questions asked by a watchdog before a job counts as silent." }, \
	{ "dcc_message_age", CONF_DURATION, "7d", 1000, INT64_C(31536000000), "Messages older than this are refused as replays." }, \
	{ "dcc_codes", CONF_TEXT, "", 0, 0, "What response codes mean where it differs: CODE=MEANING with blanks between (doc/meters.md)." }, \
	{ "dcc_lease", CONF_DURATION, "30s", 1000, INT64_C(3600000), "How long a node holds its meters without a sign of life." }
/* clang-format on */

struct dcc_door_init {
	const char *dsn;           /* borrowed; opens its own writing connection */
	struct db *db;             /* or: a connection it takes over (tests wrap it); NULL = open dsn */
	struct catalog *catalog;   /* borrowed */
	const struct clock *clock; /* borrowed */
	const struct log *log;     /* borrowed; NULL = silent */
	const struct conf *conf;   /* borrowed */
	const char *image_dir;     /* borrowed */
	const char *node;          /* borrowed; name of this process among several */
	struct rnd rnd;
	/* Tests: where documents go when there is no line. */
	bool (*send)(void *ctx, enum dcc_service s, int64_t tag, const char *body, size_t len);
	void *send_ctx;
};
int dcc_door_new(const struct dcc_door_init *init, struct dcc_door **ret, struct err *e) MUST_USE;
void dcc_door_runner(struct dcc_door *d, struct runner *r);
int dcc_door_start(struct dcc_door *d, struct err *e) MUST_USE;
void dcc_door_stop(struct dcc_door *d);
void dcc_door_free(struct dcc_door *d);
DEFINE_OWN(struct dcc_door, dcc_door_free)

/* Without a thread, for tests: one round. */
int dcc_door_round(struct dcc_door *d, int64_t wait_ms, struct err *e) MUST_USE;
void dcc_door_answer(struct dcc_door *d, const struct dcc_answer *a); /* as the line would */

/* An asynchronous message of the DCC. Returns when what it means is kept (or needs nothing): answer 204.
 * ERR_INVALID, ERR_SIGNATURE, ERR_TOO_LARGE: 400; ERR_BUSY, ERR_UNAVAILABLE: 503, nothing was kept. */
int dcc_door_take(struct dcc_door *d, const char *body, size_t len, struct err *e) MUST_USE;

void dcc_door_ring(void *door, int64_t device_id);               /* shape of adapter_bell.ring */
void dcc_door_wake(struct dcc_door *d);                          /* meters or users changed in the store */
int dcc_door_reload(struct dcc_door *d, struct err *e) MUST_USE; /* users and keys again (SIGHUP) */

struct dcc_door_counts {
	int64_t sent[DCC_SERVICES], answers, answers_lost, messages, refused_bad, refused_signature,
	    refused_large, refused_replay, doubled, late, jobs_open, quarantined, shards, distributions;
};
struct dcc_door_counts dcc_door_counts(const struct dcc_door *d);

#endif
