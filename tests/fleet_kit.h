/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world for tests of fleet, campaigns and the runner: a catalogue of one model whose entries form a
 * chain (000001 -> 000002 -> ...), stored images, a clock that the test moves, a runner without a thread, and
 * the fake adapter's devices, which outlive the runner. A failing helper fails the test.
 */
#ifndef FIRPATH_TESTS_FLEET_KIT_H
#define FIRPATH_TESTS_FLEET_KIT_H

#include "stores.h"
#include "testing.h"

#include "core/campaign.h"
#include "core/fleet.h"
#include "core/images.h"
#include "orch/runner.h"
#include "store/store_campaign.h"
#include "wire/fake.h"

#define KIT_ENTRIES 6
#define KIT_MODEL "118F:00010002"        /* 118F, model 0001, hardware 0002 */
#define KIT_START INT64_C(1795168800000) /* 2026-11-20 */

struct kit {
	char dsn[STORE_DSN_MAX], images[300];
	struct db *db; /* the test's own connection */
	struct catalog *catalog;
	struct catalog_view *view;
	struct clock clock;
	int64_t now; /* UTC ms; mono too */
	struct fake_world *world;
	struct runner *runner;
	struct runner_settings set;
	struct site_settings site;  /* of vehicles */
	const struct vc_store *vcs; /* NULL unless a test sets it */
	struct rnd rnd;
	int64_t inventory_age;          /* of runner_init; 0 unless a test sets it */
	int64_t entry[KIT_ENTRIES + 1]; /* store ids, from 1 */
};

/* Entries 1..KIT_ENTRIES, edges n -> n+1, images of all stored, CPL checked at KIT_START. */
void kit_open(struct kit *k, int engine, uint64_t seed);
/* The same with the real clock, for tests with threads. */
void kit_open_real(struct kit *k, int engine, uint64_t seed);
void kit_done(struct kit *k);
DEFINE_OWN_VAL(struct kit, kit_done)

struct actor kit_who(const struct kit *k);
const struct snapshot *kit_snap(struct kit *k); /* the newest */
struct campaign_ctx kit_ctx(struct kit *k);

/* Identity text of entry n. */
const char *kit_identity(int n, char buf[32]);
/* A registered fake device that runs entry n and behaves as told ("" = well). Returns its id. */
int64_t kit_fake(struct kit *k, const char *name, int n, const char *how);
void kit_import(struct kit *k, const char *csv);

/* Creates (and starts) a campaign to entry n over all devices whose name begins with prefix. */
int64_t kit_campaign(struct kit *k, const char *prefix, int n, int max_active, int stop_after);
int64_t kit_started(struct kit *k, const char *prefix, int n, int max_active, int stop_after);
/* Creates and starts one from a whole request. */
int64_t kit_asked(struct kit *k, struct scope scope, const char *body);
struct store_campaign kit_state(struct kit *k, int64_t campaign);
/* Phase and reason of a device's walk in a campaign: "done", "failed:refused", ... */
const char *kit_phase(struct kit *k, int64_t campaign, const char *device, char buf[80]);

/* One round of the runner; the clock moves ms on before. An error other than busy fails the test. */
void kit_round(struct kit *k, int64_t ms);
/* Until the campaign ends or halts, or rounds are used up; returns rounds used. */
int kit_run(struct kit *k, int64_t campaign, int rounds);
/* The runner is gone, as after kill -9; a new one recovers. */
void kit_crash(struct kit *k);
/* A new runner over a given connection (it takes it over). */
void kit_runner(struct kit *k, struct db *db);

/* From now on entry n is reached from these entries and from no other; n_bases 0: from none. */
void kit_bases(struct kit *k, int n, const int *bases, int n_bases);
/* New statements about entry n: blocks the edge from base (0: the entry itself). */
void kit_block(struct kit *k, int n, int base);
/* A new state of entry n: Removed or not, a CPA certificate of that kind (0 = none). */
void kit_state_put(struct kit *k, int n, bool removed, char cpa_kind, int64_t cpa_until);
/* A further entry with the given number, as a twin of entry n's version, or with a version of its own (n 0);
 * base 0: no statement. hash: NULL = that of its stored image. */
void kit_entry(struct kit *k, int number, int twin_of, int base, const char *hash, const char *descriptor);

/* An entry with version and hash of entry n. */
void kit_twin(struct kit *k, int number, int n);
int64_t kit_entry_id(struct kit *k, int number); /* store id by Entry ID */
void kit_image_drop(struct kit *k, int number);
void kit_image_store(struct kit *k, int number);

/* Each effective activation of the device, in order, is a hop of the chain beginning at entry `from`; and it
 * ended at entry `to`. */
void kit_walked(struct kit *k, int64_t device, int from, int to);
/* Every count of the campaign equals the rows, the audit chain verifies. */
void kit_consistent(struct kit *k, int64_t campaign);

/* A world in a test over all engines: KIT(k, seed), then the phase of a walk as PHASE(campaign, "d1"). */
#define KIT(name, seed)                                                                                      \
	OWN(kit_done) struct kit name;                                                                       \
	char phase[80];                                                                                      \
	(void)phase;                                                                                         \
	kit_open(&name, _i, seed)
#define PHASE(campaign, device) kit_phase(&k, campaign, device, phase)
#define MANY 4000 /* rounds that no test should need */

#endif
