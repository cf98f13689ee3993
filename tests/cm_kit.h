/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicles for tests of the Configuration Manager in the service: Vehicle Configurations as rows, and
 * Building Blocks that poll the real door (orch/bbum_door.h) with real messages; a runner without a thread,
 * a clock that the test moves. A failing helper fails the test.
 */
#ifndef FIRPATH_TESTS_CM_KIT_H
#define FIRPATH_TESTS_CM_KIT_H

#include "fleet_kit.h"

#include "base/json.h"
#include "core/cm.h"
#include "orch/bbum_door.h"
#include "wire/bbum_message.h"

#define CM_TYPE "11111111-2222-4333-8444-555555555555"
#define CM_OTHER_TYPE "99999999-2222-4333-8444-555555555555"
#define CM_BLOCKS 4

/* One Building Block as a device: what it remembers, and how it behaves. */
struct sim {
	char device[65], type_id[37];
	enum bbum_state state;
	char held[65], held_version[16], held_name[64]; /* the Manifest it holds */
	char runs[65], runs_version[16];                /* what runs */
	char slot[65], slot_version[16];                /* installed, runs after a restart */
	int64_t cycle, seq;                             /* newest command handled */
	enum bbum_answer answer;
	char reason[96];
	enum bbum_result result;
	int64_t result_cycle, result_seq;
	int64_t boots;
	int progress;
	char error[32];
	int busy; /* polls until the update is done */
	/* behaviour */
	int deny;       /* update requests that it refuses */
	int fail;       /* installations that fail */
	bool corrupt;   /* verification fails */
	bool silent;    /* does not poll */
	bool simulated; /* waits for the permit of the poll answer */
	/* seen */
	int polls, refused, manifests, packages, turned_away;
	enum err_code last_error;
};

struct cm_kit {
	struct kit k;
	struct sim bb[CM_BLOCKS];
	int nbb;
	char vehicle[65];
	char peer[64]; /* "" = not judged */
};
/* A vehicle without a Vehicle Configuration; nbb Building Blocks as devices to be: b1, b2 ... of which each
 * depends on the one before it when chained. */
void cm_kit_open(struct cm_kit *c, int engine, int nbb);
void cm_kit_done(struct cm_kit *c);
DEFINE_OWN_VAL(struct cm_kit, cm_kit_done)
#define CM_KIT(name, nbb)                                                                                    \
	OWN(cm_kit_done) struct cm_kit name;                                                                 \
	cm_kit_open(&name, _i, nbb)

/* Adds a kept Vehicle Configuration for vehicles of that Type ID whose Building Blocks have the versions
 * given ("1.0.0 1.1.0"; one for each); waves: one digit for each Building Block. Returns its number. */
int64_t cm_kit_vc(struct cm_kit *c, const char *type_id, const char *versions, const char *waves);
/* `activate vc n` without its files: what core/vc.h does with those is tested by its own tests. */
void cm_kit_activate(struct cm_kit *c, int64_t n);
int cm_kit_try_activate(struct cm_kit *c, int64_t n, struct err *e);
/* Everybody has it already, as after a delivery: it is active and runs. */
void cm_kit_settle(struct cm_kit *c, int64_t n);

/* Obeys one line; the answer as text (owned by out). ck_ok or ck_refused by the caller. */
int cm_kit_say(struct cm_kit *c, const char *line, struct str *out, struct err *e);
void cm_kit_do(struct cm_kit *c, const char *line); /* must be obeyed */
/* Refused with ERR_CM_REJECTED, and the words are in the reason. */
void cm_kit_no(struct cm_kit *c, const char *line, const char *words);

/* Every Building Block polls once, the runner works, the clock moves. */
void cm_kit_turn(struct cm_kit *c, int64_t ms);
void sim_turn(struct cm_kit *c, struct sim *s);
/* Turns until the vehicle is in that state with that wait (NULL = any), at most so many. */
void cm_kit_until(struct cm_kit *c, const char *state, const char *wait, int turns);
/* Turns until it asks that ("request"), at most so many. */
void cm_kit_asks(struct cm_kit *c, const char *kind, int turns);

/* The status as JSON; json_free it. */
struct json *cm_kit_status(struct cm_kit *c);
struct json *cm_kit_block(struct cm_kit *c, int n); /* BB n, from 1 */
const char *cm_kit_state(struct cm_kit *c, char buf[64]);
/* Lines of the log with that event (NULL = any), on that level (NULL: as `log` says); bb 0 = any. */
int cm_kit_lines(struct cm_kit *c, const char *level, const char *event, int bb);
/* Does a line with that event contain these words? */
bool cm_kit_logged(struct cm_kit *c, const char *event, const char *words);
/* Audit rows of that action. */
int64_t cm_kit_audit(struct cm_kit *c, const char *action);
/* Hash of version v of Building Block i, as its Manifest has it. */
void cm_kit_hash(int i, const char *version, char ret[65]);
void cm_kit_archive(int i, const char *version, char ret[65]); /* of its Archive */
/* Two configurations of three Building Blocks; the vehicle rests in the first. */
#define TWO(c, waves)                                                                                        \
	int64_t one = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0 1.0.0", waves),                                    \
		two = cm_kit_vc(&c, CM_TYPE, "2.0.0 2.0.0 2.0.0", waves);                                    \
	cm_kit_settle(&c, one)
/* A text of an object, or of an object in it (b NULL: of itself); "" when there is none. */
const char *cm_kit_text(const struct json *j, const char *a, const char *b);
/* Every row of the audit chain is as it was written. */
void cm_kit_chain_good(struct cm_kit *c);
/* All of them run that version, rest in Normal Operation and nothing is asked. */
void cm_kit_all_run(struct cm_kit *c, const char *version);

#endif
