/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters for tests of their door (orch/dcc_door.h) without a line, over tests/fleet_kit.h: users with keys, a
 * door and a runner that share the kit's clock, and a DCC with devices that answer what they are told to. It
 * reads what is sent with duis_read() and says what it says as messages already read, so signatures and XML
 * of the DCC's side are not looked at here (tests/dcc does). Each device checks what no device may see: an
 * activation that is no hop of the chain, and counters that do not rise. A failing helper fails the test.
 */
#ifndef FIRPATH_TESTS_DCC_KIT_H
#define FIRPATH_TESTS_DCC_KIT_H

#include "fleet_kit.h"

#include "orch/dcc_p.h"

#define MK_METERS 16
#define MK_SAID 4000
#define MK_USER UINT64_C(0x90B3D51F30010000)
#define MK_DCC UINT64_C(0x90B3D51F30000002)
#define MK_HUB UINT64_C(0x00DB123456700000)

/* One document that the DCC got. */
struct mk_doc {
	enum dcc_service to;
	int64_t tag;
	struct duis_message *m; /* owned */
	bool answered;
	struct dcc_door *door; /* whose it was; a door that is gone is never answered */
};
struct mk_meter {
	uint64_t eui;
	char name[24], type[8];
	int64_t device;
	int runs, holds;       /* entries; 0 = none */
	int pending;           /* activated at its time; 0 = nothing */
	uint64_t counter;      /* highest of a RequestID to it */
	uint64_t alerts;       /* of its own */
	uint64_t last_command; /* counter of the newest signed command */
	int activations;       /* effective ones */
	/* How it behaves. */
	int outcome;         /* of an activation: enum gbcs_outcome */
	bool silent_outcome; /* activates and does not say so */
	bool never;          /* says nothing at all after an activation, and does not activate */
	bool bad_image, wrong_hash, no_alerts, mute; /* mute: answers no 11.2 */
	const char *status;                          /* of the inventory */
};
struct mk_world {
	struct kit k;
	struct conf *conf;
	struct dcc_door *door;
	char dir[256];
	struct mk_meter meter[MK_METERS];
	int n;
	struct mk_doc said[MK_SAID];
	int nsaid;
	VEC(struct duis_message *) queue; /* on the way to the door */
	uint64_t dcc_counter;             /* highest RequestID to the DCC */
	const char *code;                 /* of every synchronous answer; NULL = as it should be */
	enum duis_list list;              /* with W110101: everybody is in that list */
	bool spoil_command;               /* the Pre-Command says something else */
	bool manual;                      /* nothing is answered by itself */
	int loss;  /* per cent of answers and messages that are lost, and that are doubled */
	bool dead; /* the last round failed */
};
void mk_open(struct mk_world *w, int engine, uint64_t seed);
void mk_done(struct mk_world *w);
DEFINE_OWN_VAL(struct mk_world, mk_done)
#define WORLD(name, seed)                                                                                    \
	OWN(mk_done) struct mk_world name;                                                                   \
	char phase[80];                                                                                      \
	(void)phase;                                                                                         \
	mk_open(&name, _i, seed)

void mk_conf(struct mk_world *w, const char *key, const char *value); /* then mk_door() */
void mk_door(struct mk_world *w, struct db *db); /* a new door and runner; the old ones are gone */
/* Another door on the same store, as of another node. */
struct dcc_door *mk_second(struct mk_world *w, const char *node);

/* A device in the HAN of the hub, runs entry `runs`. type "ESME", "GSME", "PPMID" ... */
struct mk_meter *mk_meter(struct mk_world *w, const char *type, int runs);
bool mk_wire_send(void *ctx, enum dcc_service s, int64_t tag, const char *body, size_t len);
void mk_hub(struct mk_world *w, const struct mk_meter *m, int runs); /* its hub is known, and runs that */
void mk_play(struct mk_world *w); /* answers what was sent, brings what is on its way */
void mk_round(struct mk_world *w, int64_t ms);
void mk_rounds(struct mk_world *w, int n, int64_t ms);
int64_t mk_campaign(struct mk_world *w, int to);
void mk_finish(struct mk_world *w, int64_t campaign); /* rounds until it ended */

/* Documents of a service to a meter (NULL: to the DCC). */
int mk_count(const struct mk_world *w, const char *service, int variant, const struct mk_meter *m);
struct mk_doc *mk_last(struct mk_world *w, const char *service, int variant, const struct mk_meter *m);
void mk_until(struct mk_world *w, const char *service, int variant, const struct mk_meter *m);
struct store_meter_job mk_job(struct mk_world *w, const struct mk_meter *m); /* the newest */
struct store_meter mk_row(struct mk_world *w, const struct mk_meter *m);
bool mk_story_has(struct mk_world *w, const struct mk_meter *m, const char *words);
void mk_sql(struct mk_world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What the DCC and devices say; it is on its way then. */
void mk_answer(struct mk_world *w, struct mk_doc *doc, const char *code, struct duis_message *m);
void mk_lost(struct mk_world *w, struct mk_doc *doc, int status);
struct duis_message *mk_alert(const char *code, enum duis_payload payload, uint64_t about);
void mk_bring(struct mk_world *w, struct duis_message *m);
void mk_say_outcome(struct mk_world *w, struct mk_meter *m, uint64_t counter, int outcome);
void mk_say_accepted(struct mk_world *w, struct mk_meter *m, uint64_t counter);
void mk_say_version(struct mk_world *w, struct mk_meter *m, uint64_t counter);
void mk_say_image(struct mk_world *w, struct mk_meter *m, bool good, int entry);
void mk_say_future(struct mk_world *w, struct mk_meter *m, bool done, uint64_t counter);
void mk_image_hash(struct mk_world *w, int entry, uint8_t ret[32]);

#endif
