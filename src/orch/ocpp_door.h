/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of charging stations: joins the WebSocket server (wire/ws.h), the messages (wire/ocpp.h) and the
 * rows of stations (store/store_station.h), and stands towards the runner as the update manager of every
 * station (doc/adr/0009-stations.md 5-7).
 *
 * One thread of its own takes what the loops read from a mailbox, many messages in one transaction, and lets
 * answers and requests out after the commit; Heartbeats are answered on the loop. At most one CALL per
 * connection is outstanding; the others wait in rows or in a short queue; an answer that comes too late is
 * dropped. Nothing that matters is kept in memory: after kill -9 the open jobs are adopted by requestId and
 * version.
 *
 * Threads: ocpp_door_ring, ocpp_door_wake, ocpp_door_counts from any thread.
 */
#ifndef FIRPATH_ORCH_OCPP_DOOR_H
#define FIRPATH_ORCH_OCPP_DOOR_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/rnd.h"
#include "core/catalog.h"
#include "orch/runner.h"
#include "wire/ws.h"

struct ocpp_door;

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define OCPP_CONF_KEYS \
	{ "ocpp_profile0", CONF_TEXT, "", 0, 0, "Address for stations without any security (closed test networks); empty = none." }, \
	{ "ocpp_profile1", CONF_TEXT, "127.0.0.1:8233", 0, 0, "Address for stations with security profile 1 (plain, password); empty = none." }, \
	{ "ocpp_profile2", CONF_TEXT, "", 0, 0, "Address for security profile 2 (TLS, password)." }, \
	{ "ocpp_profile3", CONF_TEXT, "", 0, 0, "Address for security profile 3 (TLS, certificate of the station)." }, \
	{ "ocpp_ec_cert", CONF_TEXT, "", 0, 0, "Server certificate with an elliptic curve key (PEM)." }, \
	{ "ocpp_ec_key", CONF_TEXT, "", 0, 0, "Its key (PEM)." }, \
	{ "ocpp_rsa_cert", CONF_TEXT, "", 0, 0, "Server certificate with an RSA key (PEM)." }, \
	{ "ocpp_rsa_key", CONF_TEXT, "", 0, 0, "Its key (PEM)." }, \
	{ "ocpp_client_ca", CONF_TEXT, "", 0, 0, "Certificate authorities of stations, profile 3 (PEM)." }, \
	{ "ocpp_operator", CONF_TEXT, "", 0, 0, "Name of the operator (O) that certificates of stations must hold; empty = any." }, \
	{ "ocpp_connections", CONF_INT, "15000", 1, 1000000, "Stations connected at once." }, \
	{ "ocpp_per_address", CONF_INT, "50", 1, 1000000, "Connections from one address (T28); raise it for gateways." }, \
	{ "ocpp_accept_rate", CONF_INT, "500", 1, 100000, "New connections per second; the others wait." }, \
	{ "ocpp_heartbeat", CONF_DURATION, "5m", 1000, INT64_C(86400000), "Heartbeat interval that stations are told." }, \
	{ "ocpp_call_timeout", CONF_DURATION, "60s", 100, INT64_C(3600000), "How long a station may take to answer a request." }, \
	{ "ocpp_download_timeout", CONF_DURATION, "4h", 100, INT64_C(604800000), "Watchdog of a download." }, \
	{ "ocpp_install_timeout", CONF_DURATION, "2h", 100, INT64_C(604800000), "Watchdog of an installation." }, \
	{ "ocpp_reboot_timeout", CONF_DURATION, "30m", 100, INT64_C(86400000), "Watchdog of a restart." }, \
	{ "ocpp_first_timeout", CONF_DURATION, "15m", 100, INT64_C(86400000), "Watchdog until the first status of a job." }, \
	{ "ocpp_version_timeout", CONF_DURATION, "10m", 100, INT64_C(86400000), "How long a version is asked for after Installed." }, \
	{ "ocpp_watchdog_tries", CONF_INT, "3", 1, 100, "Questions asked by a watchdog before a job counts as silent." }, \
	{ "ocpp_retries", CONF_INT, "3", 0, 100, "Download retries that stations are told." }, \
	{ "ocpp_pace", CONF_INT, "50", 1, 100000, "Firmware requests sent per second, so that stations do not all fetch at once." }, \
	{ "ocpp_reset", CONF_BOOL, "no", 0, 0, "Ask a station once to restart when it says Installed and still runs the old version." }, \
	{ "ocpp_authorize", CONF_TEXT, "refuse", 0, 0, "Answer to Authorize: refuse or accept (firpath is no billing system)." }, \
	{ "ocpp_image_base", CONF_TEXT, "", 0, 0, "Base URL under which stations fetch images (this service's own address or a CDN); empty = http://ADDRESS of this service." }, \
	{ "ocpp_log_base", CONF_TEXT, "", 0, 0, "URL that stations send their logs to after a failure; empty = none are asked for." }, \
	{ "ocpp_loops", CONF_INT, "1", 1, 64, "Threads that serve connections." }
/* clang-format on */

/* Where texts to stations go when there is no WebSocket server: tests. */
struct ocpp_wire {
	bool (*send)(void *ctx, ws_id id, const char *text, size_t len);
	void (*close)(void *ctx, ws_id id, int code, const char *why);
	void *ctx;
};

struct ocpp_door_init {
	const char *dsn;              /* borrowed; opens its own writing connection */
	struct db *db;                /* or: a connection it takes over (tests wrap it); NULL = open dsn */
	const struct ocpp_wire *wire; /* tests only, borrowed: no server, no thread; see ocpp_door_round() */
	struct catalog *catalog;      /* borrowed */
	const struct clock *clock;    /* borrowed */
	const struct log *log;        /* borrowed; NULL = silent */
	const struct conf *conf;      /* borrowed */
	const char *image_dir;        /* borrowed */
	const char *image_base;       /* borrowed; URL base for images when ocpp_image_base is empty */
	const char *node;             /* borrowed; name of this process among several */
	struct rnd rnd;
};
int ocpp_door_new(const struct ocpp_door_init *init, struct ocpp_door **ret, struct err *e) MUST_USE;
/* Before the start: where statuses are posted (the runner is made with the door as its bell). */
void ocpp_door_runner(struct ocpp_door *d, struct runner *r);
int ocpp_door_start(struct ocpp_door *d, struct err *e) MUST_USE; /* listens; adopts open jobs */
void ocpp_door_stop(struct ocpp_door *d);
void ocpp_door_free(struct ocpp_door *d);
DEFINE_OWN(struct ocpp_door, ocpp_door_free)
int ocpp_door_port(const struct ocpp_door *d, int profile); /* 0 = no such listener */

/* Without a thread, for tests: connections come through the handler; adoption as at the start; one round. */
struct ws_handler ocpp_door_handler(struct ocpp_door *d);
int ocpp_door_recover(struct ocpp_door *d, struct err *e) MUST_USE;
int ocpp_door_round(struct ocpp_door *d, int64_t wait_ms, struct err *e) MUST_USE;
int ocpp_door_reload(struct ocpp_door *d, struct err *e) MUST_USE; /* certificates again (SIGHUP) */

void ocpp_door_ring(void *door, int64_t device_id); /* shape of adapter_bell.ring: a command may be waiting */
void ocpp_door_wake(struct ocpp_door *d);           /* stations or their settings changed in the store */

struct ocpp_door_counts {
	struct ws_counts ws;
	int64_t stations, messages, heartbeats, calls, late_answers, bad_messages, refused_boots, jobs_open,
	    transactions;
};
struct ocpp_door_counts ocpp_door_counts(const struct ocpp_door *d);

#endif
