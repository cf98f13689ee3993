/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Configuration Manager's state chart as data (OCORA-TWS15-060 annex, section 5; rows I20-I33 of the
 * requirement list kept in doc/states.md), for a site in auto mode (section 5.1.2.7, G1-G6). Where the chart
 * stays in one state while something is awaited (a request is out, a restart is under way), the state is
 * split so that the stored state alone says what to do after a crash; cm_main[] gives the state of the chart.
 *
 * Three pure steps turn a device's status into a move:
 *   cm_observe()  what does this status say, for a walk in this state?
 *   cm_judge()    with the facts of the walk (tries left, does the edge still stand ...): which event is it?
 *   cm_move()     the table: next state, command to send, bookkeeping. NULL: meaningless here, not obeyed.
 */
#ifndef FIRPATH_MODEL_CM_STATES_H
#define FIRPATH_MODEL_CM_STATES_H

#include "model/bbum_states.h"

enum cm_state {
	CM_STOPPED,       /* silent to the device */
	CM_ENTRY,         /* Entry Operation: the device's status is awaited */
	CM_NORMAL,        /* NO: the Manifest of the next hop is offered, the recommendation is awaited */
	CM_ASKED,         /* NO: update requested, the answer is awaited */
	CM_REFUSED,       /* NO: refused or no answer; waits before asking again */
	CM_PENDING,       /* UP: accepted, trigger sent */
	CM_CANCELLING,    /* UP: cancel sent */
	CM_UPDATE,        /* U: the device updates */
	CM_FAILED,        /* UC: the update failed; waits before the trigger is repeated */
	CM_AGAIN,         /* UC: trigger repeated */
	CM_RESTARTING,    /* UC: restart sent, the device is awaited back */
	CM_NOT_RESTARTED, /* UC: restart refused; waits before asking again */
	CM_LEAVING,       /* UC: normal operation asked for */
	CM_ERROR,         /* the device is in its error state, or the CM cannot decide: somebody must look */
	CM_STATES
};
extern const char *const cm_state_text[CM_STATES + 1];
extern const char
    *const cm_main[CM_STATES + 1]; /* "Stopped", "Entry Operation", "NO", "UP", "U", "UC", "Error" */
/* By name; CM_STATES when there is none. */
enum cm_state cm_state_named(const char *text);

enum cm_event {
	CM_EV_START,
	CM_EV_STOP,      /* the campaign was stopped */
	CM_EV_REST,      /* the campaign rests (paused, halted) and the walk may rest here */
	CM_EV_STOP_HERE, /* the device is in NO, and the campaign was stopped */
	CM_EV_REST_HERE, /* the device is in NO, and the campaign rests */
	CM_EV_NORMAL,    /* the device is in NO and there is a next hop */
	CM_EV_ARRIVED,   /* the device is in NO and runs the target */
	CM_EV_BARRED, /* the device is in NO and there is no next hop: nothing leads on, or it is withdrawn */
	CM_EV_ENDED,  /* the device is in NO and the walk was to end (held, failed, stopped) */
	CM_EV_SEEN_PENDING,
	CM_EV_SEEN_UPDATE,
	CM_EV_SEEN_COMPLETED,
	CM_EV_SEEN_ERROR,
	CM_EV_DIFFER, /* devices of one site are in different states */
	CM_EV_RECOMMENDED,
	CM_EV_DECLINED, /* the device does not want the offered Manifest */
	CM_EV_ACCEPTED,
	CM_EV_REJECTED, /* and it may be asked again */
	CM_EV_REJECTED_LAST,
	CM_EV_WITHDRAWN, /* the edge does not stand any more at the moment of a push (F9) */
	CM_EV_DUE,       /* a wait is over */
	CM_EV_SILENCE,   /* no answer, and it may be asked again */
	CM_EV_SILENCE_LAST,
	CM_EV_INSTALLED,
	CM_EV_NOT_NEEDED,
	CM_EV_INSTALL_FAILED, /* verification or installation; tries are left */
	CM_EV_INSTALL_FAILED_LAST,
	CM_EV_BACK_NEW, /* back from the restart, runs what was installed */
	CM_EV_BACK_OLD, /* back, runs what it ran before; tries are left */
	CM_EV_BACK_OLD_LAST,
	CM_EV_BACK_WRONG,  /* back, runs something else (T42) */
	CM_EV_OUT_OF_STEP, /* the device is in a state that this walk did not bring it to */
	CM_EV_FATAL,       /* the CM cannot decide */
	CM_EVENTS
};
extern const char *const cm_event_text[CM_EVENTS + 1];

enum cm_deed { /* bookkeeping that belongs to a move, in the same transaction */
	       CM_DEED_NONE,
	       CM_DEED_ASK,      /* ask for the status */
	       CM_DEED_OFFER,    /* the next hop becomes the active Manifest */
	       CM_DEED_WAIT,     /* back-off */
	       CM_DEED_CONFIRM,  /* the hop is done: the device said so itself */
	       CM_DEED_END_WITH, /* go back to NO first, then end as decided */
	       CM_DEED_END,      /* end as decided before */
	       CM_DEED_DONE,
	       CM_DEED_FAIL,
	       CM_DEED_HOLD,
	       CM_DEED_REQUEUE,
	       CM_DEED_STOPPED,
	       CM_DEEDS
};
extern const char *const cm_deed_text[CM_DEEDS + 1];

struct cm_move {
	enum cm_state to;
	enum bbum_command send; /* BBUM_CMD_NONE: nothing */
	enum cm_deed deed;
	const char *row; /* "I24": row of the requirement list */
};
const struct cm_move *cm_move(enum cm_state in, enum cm_event on);
/* Does the command decide a push? Then the edge must stand at the newest revision in the same transaction. */
static inline bool cm_pushes(enum bbum_command c)
{
	return c == BBUM_CMD_REQUEST_UPDATE || c == BBUM_CMD_TRIGGER;
}

enum cm_timer {
	CM_TIMER_NONE,
	CM_TIMER_CONTACT,
	CM_TIMER_ACCEPT,
	CM_TIMER_TRIGGER,
	CM_TIMER_INSTALL,
	CM_TIMER_RESTART,
	CM_TIMER_WAIT /* a back-off, not a silence */,
	CM_TIMERS
};
enum cm_timer cm_timer(enum cm_state s); /* armed on entering the state */

/* What cm_observe needs to know of a walk. */
struct cm_walk {
	enum cm_state state;
	int64_t cycle_id, seq; /* newest command */
	int64_t trigger_seq;   /* newest trigger, 0 = none */
	int64_t boots;         /* the device's restart count when the restart was sent */
	const char *manifest;  /* name that is offered, "" = none */
};
enum cm_seen {
	CM_SAW_NOTHING, /* nothing that matters in this state */
	CM_SAW_NORMAL,
	CM_SAW_PENDING,
	CM_SAW_UPDATE,
	CM_SAW_COMPLETED,
	CM_SAW_ERROR,
	CM_SAW_RECOMMENDED,
	CM_SAW_DECLINED,
	CM_SAW_ACCEPTED,
	CM_SAW_REJECTED,
	CM_SAW_INSTALLED,
	CM_SAW_NOT_NEEDED,
	CM_SAW_INSTALL_FAILED,
	CM_SAW_BACK,
	CM_SAW_OUT_OF_STEP,
	CM_SAW_TIMER, /* not from a status: the state's timer ran out */
	CM_SEEN
};
enum cm_seen cm_observe(const struct cm_walk *w, const struct bbum_status *s);

enum cm_runs { CM_RUNS_NEW /* what the hop leads to */, CM_RUNS_OLD, CM_RUNS_OTHER };
struct cm_facts {
	enum cm_state state;
	bool ending;   /* it was decided how the walk ends */
	bool resting;  /* the campaign is paused or halted, and the walk may rest here */
	bool stopping; /* the campaign is stopped, and the walk may end here */
	bool arrived;  /* runs the target */
	bool has_next; /* there is a next hop, and it stands */
	bool stands;   /* the hop under way stands */
	bool asks_left, tries_left;
	enum cm_runs runs;
};
/* CM_EVENTS: no event. */
enum cm_event cm_judge(enum cm_seen seen, const struct cm_facts *f);

#endif
