/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charging stations for tests of the runner, over tests/fleet_kit.h: components with versions and needs of
 * each other, releases of them, stations that consist of them, and a door that answers as orch/ocpp_door.h
 * does, from the walk's row alone. The world outlives the runner. Every installation is judged at once: it
 * must be a hop of its component, and add no need that is not met (T10).
 */
#ifndef FIRPATH_TESTS_STATION_WORLD_H
#define FIRPATH_TESTS_STATION_WORLD_H

#include "fleet_kit.h"
#include "store/store_cycle.h"

#define SW_PARTS 4
#define SW_VERSIONS 5
#define SW_STATIONS 64
#define SW_NEEDS 32

struct sw_part {
	char name[12];
	int n; /* versions: 1.0, 1.1 ... */
	int64_t entry[SW_VERSIONS];
	unsigned next[SW_VERSIONS]; /* bits: hops */
	bool regulated, approved;
};
struct sw_need {
	int part, version; /* this one ... */
	bool conflicts;    /* ... conflicts with, else requires */
	int of;            /* ... this component running one of */
	unsigned versions;
};
/* What the door knows of one walk's device. */
struct sw_device {
	int64_t id;
	enum bbum_state state;
	int64_t cycle_id, seq, result_cycle, result_seq, boots;
	enum bbum_answer answer;
	enum bbum_result result;
	char reason[96], error[32];
	int work;
};
struct sw_station {
	char id[24];
	int64_t site;
	int runs[SW_PARTS]; /* -1: not a component of this station */
	struct sw_device device[SW_PARTS];
	/* behaviour */
	int not_now;       /* requests refused for the moment */
	int fail;          /* installations that fail */
	const char *error; /* their word */
	bool silent;       /* nobody answers for it */
	int installs;
};
struct sw {
	struct kit k;
	struct sw_part part[SW_PARTS];
	int nparts;
	struct sw_need need[SW_NEEDS];
	int nneeds;
	struct sw_station station[SW_STATIONS];
	int nstations;
	int most_active; /* stations walked at once, ever */
	int installs;
};
void sw_open(struct sw *w, int engine, uint64_t seed);
void sw_done(struct sw *w);
DEFINE_OWN_VAL(struct sw, sw_done)
#define SW(name, seed)                                                                                       \
	OWN(sw_done) struct sw name;                                                                         \
	char phase[80];                                                                                      \
	(void)phase;                                                                                         \
	sw_open(&name, _i, seed)
#define SW_PHASE(campaign, device) kit_phase(&w.k, campaign, device, phase)

/* A component with n versions in a chain; skip: hops over one version are stated, too. */
int sw_part(struct sw *w, const char *name, int n, bool skip);
void sw_need(struct sw *w, int part, int version, bool conflicts, int of, unsigned versions);
void sw_publish(struct sw *w); /* entries, statements, releases: after all parts and needs */
/* runs: version of each component, -1 = it has none. */
int sw_station(struct sw *w, const char *id, const int *runs, const char *area);
void sw_set(struct sw *w, const char *name, const int *versions); /* a release set; -1 = not in it */
void sw_script(struct sw *w, const char *sql);
/* Does a move break a need that was met? Brute force over the needs. */
bool sw_breaks(const struct sw *w, const int *from, const int *to);

struct walk sw_walk(struct sw *w, int station, int part);
int64_t sw_campaign(struct sw *w, const char *body); /* created and started */
/* Doors answer, then one round of the runner. */
void sw_round(struct sw *w, int64_t ms);
int sw_try_round(struct sw *w, int64_t ms); /* the error instead of a failed test */
int sw_run(struct sw *w, int64_t campaign, int rounds);

#endif
