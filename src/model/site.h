/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Configuration Manager's chart for a site with several devices (OCORA-TWS15-060 annex, figure 4,
 * sections 3, 5.1.2.7 and 5.1.3; rows E, G and I20-I33): a vehicle and its Building Blocks. It speaks the
 * verbs of bbum_states.h to each Building Block and moves when *all* of them have said something.
 *
 * All of it is one pure function: site_step() takes the site, one input and the time, and changes the site.
 * What it decides stands in the site afterwards: the command pending for each Building Block (the poll answer
 * carries it until it is answered, D11), the state, the prompt, when it wants to be called again; what there
 * is to say is in the output. The caller keeps both in one transaction, so a death at any point leaves a site
 * from which the next start goes on (SITE_IN_BOOT: Entry Operation asks everybody again).
 *
 * Command ids are SITE-SEQ: `site` never changes, `seq` only rises, also over the Building Blocks. A Building
 * Block that answers with a higher seq than we remember (our store was restored from a copy) lifts ours,
 * unless the leap is larger than any copy explains: one that lies must not use up the numbers of all.
 */
#ifndef FIRPATH_MODEL_SITE_H
#define FIRPATH_MODEL_SITE_H

#include "model/bbum_states.h"

#define SITE_BBS_MAX 64
#define SITE_WHY_SIZE 240

/* The states of figure 4. */
enum site_state { SITE_STOPPED, SITE_ENTRY, SITE_NO, SITE_UP, SITE_U, SITE_UC, SITE_ERROR, SITE_STATES };
extern const char *const site_state_text[SITE_STATES + 1]; /* "stopped", "entry-operation",
	"normal-operation", "update-pending", "update", "update-completed", "error" */

/* What is awaited within a state. Not every pair exists: site_pair_exists(). */
enum site_wait {
	SITE_IDLE,           /* nothing is under way; a prompt may stand */
	SITE_AWAIT_STATUS,   /* ENTRY: the status of every Building Block */
	SITE_AWAIT_SYNC,     /* ENTRY: they are being brought to one state */
	SITE_AWAIT_ADVICE,   /* NO: the recommendation of each about the active Vehicle Configuration */
	SITE_AWAIT_ACCEPT,   /* NO: the answers to an update request */
	SITE_AWAIT_RETRY,    /* ENTRY, NO, UC: a wait before a request, trigger or restart is repeated */
	SITE_AWAIT_CANCEL,   /* NO, UP: everybody back in NO */
	SITE_AWAIT_FOLLOW,   /* UP, UC: trigger sent, everybody in U (or through it) */
	SITE_AWAIT_RESULT,   /* U: the results */
	SITE_AWAIT_RESTART,  /* UC: those that were restarted are back */
	SITE_AWAIT_NORMAL,   /* UC: everybody back in NO */
	SITE_AWAIT_SHUTDOWN, /* UC: everybody shuts down; until they are back */
	SITE_WAITS
};
extern const char *const site_wait_text[SITE_WAITS + 1];
bool site_pair_exists(enum site_state s, enum site_wait w);

enum site_mode { SITE_AUTO, SITE_MANUAL, SITE_MODES };
extern const char *const site_mode_text[SITE_MODES + 1]; /* "auto", "manual" */

/* Verbs of operators (part F and Z22) that act on the chart. */
enum site_verb {
	SITE_DO_START,
	SITE_DO_STOP,
	SITE_DO_MODE_AUTO,
	SITE_DO_MODE_MANUAL,
	SITE_DO_REQUEST,  /* request update */
	SITE_DO_CANCEL,   /* cancel update */
	SITE_DO_TRIGGER,  /* trigger update */
	SITE_DO_RESTART,  /* restart <all, n> */
	SITE_DO_NORMAL,   /* normal operation <all, n> */
	SITE_DO_ROLLBACK, /* the previous Vehicle Configuration was set active by the caller, then trigger */
	SITE_DO_SYNC_NORMAL,
	SITE_DO_SYNC_UPDATE,
	SITE_DO_PERMIT, /* accept update <all, n>: the simulated application permits (F15) */
	SITE_DO_DENY,   /* reject update <all, n> */
	SITE_DO_SHUTDOWN,
	SITE_VERBS
};
extern const char *const site_verb_text[SITE_VERBS + 1]; /* the words of the command: "request update" */

/* A question to the operator; a record that any door can answer by one of its verbs. */
enum site_prompt {
	SITE_ASKS_NOTHING,
	SITE_ASKS_SYNC,      /* G2 manual: normal or update */
	SITE_ASKS_REQUEST,   /* G3 manual: request update */
	SITE_ASKS_TRIGGER,   /* G4 manual: trigger or cancel */
	SITE_ASKS_REJECTED,  /* G5: request again or cancel */
	SITE_ASKS_RESULT,    /* G6: trigger (repeat), rollback, restart, normal operation */
	SITE_ASKS_EXCEPTION, /* G8: the manager cannot decide; the verbs that the state allows */
	SITE_ASKS_FATAL,     /* G9: shutdown or restart */
	SITE_PROMPTS
};
extern const char *const site_prompt_text[SITE_PROMPTS + 1]; /* "sync", "request", ... */
/* The verbs that answer it, as a bit set (1u << verb), for the state it stands in. */
unsigned site_prompt_choices(enum site_prompt p, enum site_state s);

enum site_permit { SITE_PERMIT_NONE, SITE_PERMIT_GIVEN, SITE_PERMIT_DENIED };

/* One Building Block. Plain values: kept as they are. */
struct site_bb {
	int64_t device_id;
	char name[64];         /* from the Vehicle Manifest; for sentences */
	int wave;              /* place in the computed sequence, from 0; those of one group share it (Z18) */
	char manifest[64];     /* the active Manifest: "bb:TYPE-ID@RELEASE" */
	char want_hash[65];    /* SHA-256 of its canonical form; "" = it has none (missing Manifest) */
	bool known;            /* has said something since Entry Operation */
	bool advised;          /* has judged the active Manifest (its status carries want_hash) */
	bool lost;             /* life check: silent for longer than the limit (E27) */
	bool served, packaged; /* Manifest, Package asked for since the activation (H4, H10: said once) */
	struct bbum_status status; /* the newest */
	enum bbum_command command; /* pending, carried by poll answers; NONE = nothing */
	enum bbum_command last;    /* kind of the newest command, also after its answer; NONE = none yet */
	int64_t seq;               /* of the newest command to it */
	int64_t trigger_seq;       /* of the newest trigger, 0 = none since the activation */
	int64_t boots;             /* restarts it had counted when the restart was sent */
	bool restarted;            /* restarted since its newest installation, by its boot count */
	int64_t asked_at;          /* when what it owes an answer to was sent, UTC ms; -1 = owes nothing */
	enum site_permit permit;   /* simulated word of the application, until the request ends */
};

struct site_settings {        /* Z43; ms unless said */
	int64_t answer_limit; /* request to answer; past it the life check of the Building Block is set */
	int64_t status_limit; /* Entry Operation: longest wait for the first status of all */
	int64_t accept_limit; /* update request to answer, beyond the device's own permission timeout */
	int64_t follow_limit, result_limit, restart_limit;
	int64_t retry_wait;
	int64_t request_tries; /* automatic repetitions of a rejected request (Z25), default 1 */
	int64_t trigger_tries; /* automatic repetitions of a failed installation, default 1 */
	bool auto_rollback;    /* auto mode rolls back by itself when repetitions did not help */
};

struct site {
	int64_t id;   /* first number of its command ids */
	bool running; /* start/stop, persistent (E7) */
	enum site_mode mode;
	enum site_state state;
	enum site_wait wait;
	enum site_prompt prompt;
	char prompt_why[SITE_WHY_SIZE]; /* the sentence of the prompt */
	int64_t prompt_seq;             /* counts prompts: an answer names it, so it never answers another */
	int64_t seq;                    /* newest command number */
	int64_t due_at;                 /* UTC ms, -1 = no timer */
	int64_t requests, triggers;     /* repetitions since the activation or the operator's last word */
	int wave;                       /* Packages are served up to this wave (E35, Z20) */
	bool has_vc;                    /* a Vehicle Configuration is active */
	bool has_previous;              /* there is one to roll back to */
	bool rolling_back; /* the active one was set in UC (Z32): set and cleared by site_step() */
	bool updating;     /* between request and NO: activation is refused but in UC (Z21) */
	bool cancelled;    /* an operator cancelled: auto mode asks before it requests again */
	bool sync_update;  /* ENTRY, AWAIT_SYNC: everybody to U, else to NO */
	int64_t resyncs;   /* Entry Operations in a row because somebody was out of step */
	struct site_bb bb[SITE_BBS_MAX];
	int nbbs;
};

enum site_input {
	SITE_IN_BOOT,      /* the service started (E7, E9, G1, H1) */
	SITE_IN_STATUS,    /* bb, status */
	SITE_IN_VERB,      /* verb, n: 0 = all, else 1..nbbs */
	SITE_IN_ACTIVATED, /* another Vehicle Configuration is active: the caller has set has_vc, has_previous
			      and bb[] (want_hash, wave ...; of a device that was there before all else is
			      carried over, a new one is zero); site_step() resets what belongs to the old one
			    */
	SITE_IN_TIMER,
	SITE_IN_SERVED,   /* bb fetched its Manifest (H4) */
	SITE_IN_PACKAGED, /* bb fetched its Package (H10) */
	SITE_IN_LIFE,     /* bb: lost has changed */
	SITE_IN_FATAL, /* why: the manager cannot go on (5.1.3.16), e.g. the active VC does not verify (E12)
			*/
	SITE_INPUTS
};
struct site_in {
	enum site_input kind;
	int bb; /* 0..nbbs-1 */
	const struct bbum_status *status;
	enum site_verb verb;
	int n;
	bool lost;
	const char *why; /* borrowed */
	int64_t now;     /* UTC ms */
};

/* What there is to say; rows of table H. */
enum site_say {
	SITE_SAYS_STARTUP,    /* H1 */
	SITE_SAYS_ASK_STATUS, /* H2 */
	SITE_SAYS_STATUS,     /* H3, bb */
	SITE_SAYS_MANIFEST,   /* H4, bb */
	SITE_SAYS_ADVICE,     /* H5: summary; extended: a line for each bb follows (SITE_SAYS_ADVICE_BB) */
	SITE_SAYS_ADVICE_BB,
	SITE_SAYS_REQUEST,    /* H6 */
	SITE_SAYS_ACCEPTANCE, /* H7 */
	SITE_SAYS_ACCEPTANCE_BB,
	SITE_SAYS_TRIGGER, /* H8 */
	SITE_SAYS_CANCEL,  /* H9 */
	SITE_SAYS_PACKAGE, /* H10, bb */
	SITE_SAYS_RESULT,  /* H11 */
	SITE_SAYS_RESULT_BB,
	SITE_SAYS_RESTART,   /* H12 */
	SITE_SAYS_NORMAL,    /* H13 */
	SITE_SAYS_ERROR,     /* H14 */
	SITE_SAYS_EXCEPTION, /* H15 */
	SITE_SAYS_STATE,     /* a state was entered (extended) */
	SITE_SAYS_PROMPT,    /* a prompt stands (normal) */
	SITE_SAYS_LIFE,      /* the life check of a bb changed (normal) */
	SITE_SAYS_VERB,      /* an operator's verb was taken (normal) */
	SITE_SAYINGS
};
extern const char *const site_say_text[SITE_SAYINGS + 1]; /* stable words: "startup", "ask-status" ... */
bool site_say_extended(enum site_say s);                  /* only in the extended log (table H) */

#define SITE_SAID_MAX (3 * SITE_BBS_MAX + 32)
struct site_out {
	struct {
		enum site_say say;
		int bb; /* -1 = the site */
		char text[SITE_WHY_SIZE];
	} said[SITE_SAID_MAX];
	int nsaid;
	bool refused;            /* SITE_IN_VERB: not obeyed */
	char why[SITE_WHY_SIZE]; /* "rejected, because ..." */
	enum site_state was;     /* state before */
	bool wants_rollback;     /* auto mode decided a rollback: the caller sets the previous Vehicle
				    Configuration active (SITE_IN_ACTIVATED), then gives SITE_DO_ROLLBACK */
	uint64_t touched;        /* bit per bb whose values changed */
};

void site_step(struct site *s, const struct site_in *in, const struct site_settings *set,
	       struct site_out *out);
/* May another Vehicle Configuration be activated now (Z21)? false: why holds the reason. */
bool site_may_activate(const struct site *s, char why[SITE_WHY_SIZE]);
/* May this Building Block fetch its Package now? false: its wave is not served yet, or the update was given
 * up for it (*ret_gone: it will not be, the Building Block reports a failure). */
bool site_may_package(const struct site *s, int bb, bool *ret_gone);
/* Percent over all Building Blocks of the update under way (C34), -1 = none is. */
int site_progress(const struct site *s);

/* The table of verbs: NULL = the verb is allowed in this state; else why not ("only in Normal Operation").
 * site_step() uses it, doors grey out with it, tests read the whole of it. */
const char *site_verb_bar(enum site_state s, enum site_verb v);

#endif
