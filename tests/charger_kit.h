/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charging stations for tests of the door (orch/ocpp_door.h) without a socket, over tests/fleet_kit.h: a
 * catalogue of one charger model of one component whose versions form a chain, a door and a runner that share
 * the kit's clock, and stations that answer what they are told to. A failing helper fails the test.
 */
#ifndef FIRPATH_TESTS_CHARGER_KIT_H
#define FIRPATH_TESTS_CHARGER_KIT_H

#include "fleet_kit.h"

#include "orch/ocpp_door.h"
#include "store/store_ocpp.h"
#include "store/store_station.h"

#define OK_VERSIONS 4 /* 1.0, 2.0, 3.0, 4.0 */
#define OK_STATIONS 8
#define OK_SAID 400
#define OK_VENDOR "Volt"
#define OK_MODEL "One"

/* One CALL that a station got. */
struct ok_call {
	char action[40], id[40];
	char *payload; /* owned */
	int station;
};
struct ok_station {
	char identity[24];
	int64_t site;
	int protocol; /* 0 = 1.6, 1 = 2.0.1, 2 = 2.1 */
	ws_id id;     /* 0 = not connected */
	void *user;
	int number; /* of its messages */
	/* What it answers: payload, or "!CODE" for a CALLERROR; NULL = as a good station would; "" = nothing.
	 */
	const char *update, *components, *variables, *trigger, *publish, *unpublish, *configuration;
	char runs[24];      /* version it tells; "" = none */
	int64_t request;    /* of its newest firmware request */
	char answer[2000];  /* the newest answer it got */
	char location[600]; /* of the newest firmware request */
	int closed;         /* code that the door closed it with */
};
struct ok_world {
	struct kit k;
	struct ocpp_door *door;
	struct ocpp_wire wire;
	struct conf *conf;
	struct ok_station st[OK_STATIONS];
	int n;
	struct ok_call said[OK_SAID];
	int nsaid;
	ws_id last_id;
	int64_t version[OK_VERSIONS + 1]; /* entries, from 1 */
	bool dead;                        /* the last round failed */
};
void ok_open(struct ok_world *w, int engine, uint64_t seed);
void ok_done(struct ok_world *w);
DEFINE_OWN_VAL(struct ok_world, ok_done)
#define WORLD(name, seed)                                                                                    \
	OWN(ok_done) struct ok_world name;                                                                   \
	char phase[80];                                                                                      \
	(void)phase;                                                                                         \
	ok_open(&name, _i, seed)

/* Registered with a password of 20 letters 'p', profile 1; extra: further members (",\"area\":\"x\""). */
struct ok_station *ok_station(struct ok_world *w, const char *identity, int protocol, const char *extra);
void ok_conf(struct ok_world *w, const char *key, const char *value); /* then ok_door() */
void ok_door(struct ok_world *w, struct db *db); /* a new door and runner; the old ones are gone */
int ok_hello(struct ok_world *w, const char *path, int listener, const char *user, const char *pass,
	     const char *cn, const char *o, const char *const *offers, const char **ret_protocol);
void ok_connect(struct ok_world *w, struct ok_station *s);
void ok_drop(struct ok_world *w, struct ok_station *s);
/* A CALL of the station; its answer is in s->answer after the next round. */
void ok_say(struct ok_world *w, struct ok_station *s, const char *action, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void ok_raw(struct ok_world *w, struct ok_station *s, const char *text);
void ok_boot(struct ok_world *w, struct ok_station *s, const char *reason);
void ok_up(struct ok_world *w, struct ok_station *s); /* connect, boot, and everything it is asked */
void ok_status(struct ok_world *w, struct ok_station *s, const char *status);

/* Downloading ... Installed, with the restart into what was sent. */
void ok_install(struct ok_world *w, struct ok_station *s, const char *runs);
void ok_finish(struct ok_world *w, int64_t campaign); /* rounds until it ended */

void ok_round(struct ok_world *w, int64_t ms);
void ok_rounds(struct ok_world *w, int n, int64_t ms);
/* Rounds until the station was asked that (again); fails the test when it is not. */
const struct ok_call *ok_until(struct ok_world *w, struct ok_station *s, const char *action);
int ok_count(const struct ok_world *w, const struct ok_station *s, const char *action);
const struct ok_call *ok_last(const struct ok_world *w, const struct ok_station *s, const char *action);
int64_t ok_campaign(struct ok_world *w, const char *prefix, int version);
struct store_station ok_row(struct ok_world *w, const struct ok_station *s);
struct store_job ok_job(struct ok_world *w, const struct ok_station *s, const char *kind); /* the newest */
bool ok_story_has(struct ok_world *w, const struct ok_station *s, const char *words);
void ok_sql(struct ok_world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
