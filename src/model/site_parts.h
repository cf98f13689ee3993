/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of site_step(); nobody else includes this. */
#ifndef FIRPATH_MODEL_SITE_PARTS_H
#define FIRPATH_MODEL_SITE_PARTS_H

#include "model/site.h"

/* One step under way; everything borrowed. */
struct step {
	struct site *s;
	const struct site_settings *set;
	struct site_out *out;
	int64_t now;
};

#define SITE_RESYNCS_MAX 3 /* Entry Operations in a row for somebody out of step; then somebody must look */

/* ---- one Building Block (site_bb.c) ---- */

/* What its newest update came to, for a Building Block in UC. */
enum site_outcome {
	SITE_OPEN, /* not in UC, or nothing known */
	SITE_DONE, /* runs the active configuration */
	SITE_RESTARTS,
	SITE_FAILED,
};
bool bb_in(const struct site_bb *b, enum bbum_state state);
/* Says something that can be judged: heard since Entry Operation, and not just starting. */
bool bb_settled(const struct site_bb *b);
bool bb_rejected(const struct site *s, const struct site_bb *b, enum bbum_command c);
/* A command that leads to NO is out, also one that was withdrawn: it may be obeyed at any moment. Or the
 * request that was to tell what came of it. */
bool bb_leaving(const struct site *s, const struct site_bb *b);
bool bb_runs_wanted(const struct site_bb *b);
/* Through the update of its newest trigger: in UC, and the result is that trigger's. */
bool bb_through(const struct site *s, const struct site_bb *b);
enum site_outcome bb_outcome(const struct site *s, const struct site_bb *b);
/* Restart or shutdown accepted, and not back yet. */
bool bb_away(const struct site_bb *b);
/* May it be in the state it is in, as far as this site brought it there? */
bool bb_in_step(const struct site *s, const struct site_bb *b);

enum site_verdict {
	SITE_UNHEARD, /* has not judged the active Manifest yet */
	SITE_CONFORMS,
	SITE_WANTS,
	SITE_BAD,
};
/* why (may be NULL) gets a sentence with its name when SITE_BAD. */
enum site_verdict bb_verdict(const struct site_bb *b, char why[SITE_WHY_SIZE]);
enum site_verdict site_advice(const struct site *s, char why[SITE_WHY_SIZE]);

bool site_all(const struct site *s, enum bbum_state state);
bool site_any(const struct site *s, enum bbum_state state);
bool site_pending(const struct site *s, enum bbum_command c); /* a command of that kind is unanswered */

/* ---- what a step does (site_say.c) ---- */

void bb_touch(struct step *t, int i);
void bb_send(struct step *t, int i, enum bbum_command c);
void site_withdraw(struct step *t); /* no command is pending any more */
/* Enters; a prompt that stood is gone. limit < 0: no timer. */
void site_go(struct step *t, enum site_state state, enum site_wait wait, int64_t limit);
void site_arm(struct step *t, int64_t limit);
/* Another question, or the same one with another sentence, counts; the same again does not. */
void site_ask(struct step *t, enum site_prompt p, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void site_unask(struct step *t);
void site_say(struct step *t, enum site_say say, int bb, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Names joined by ", "; what does not fit is counted: "DAS, ETP and 3 more". */
struct site_names {
	char text[SITE_WHY_SIZE - 80];
	int n, dropped;
};
void site_name(struct site_names *l, const char *name, const char *extra);
const char *site_names(struct site_names *l); /* ends the list; "nobody" when it is empty */

/* Summaries: H5, H7, H11. */
void site_say_advice(struct step *t);
void site_say_acceptance(struct step *t);
void site_say_result(struct step *t);
void site_ask_result(struct step *t, const char *before);
/* The timer of a wait ran out: asks for somebody, naming who owes what; the wait goes on. */
void site_overdue(struct step *t);

/* ---- the chart ---- */

/* Entry Operation: everybody is asked (site_entry.c). */
void entry_begin(struct step *t);
bool entry_settle(struct step *t);
void entry_sync(struct step *t, bool to_update);
void entry_again(struct step *t); /* the wait before a repetition is over */

/* NO, UP, U, UC (site_update.c): true when something moved. */
bool normal_settle(struct step *t);
bool pending_settle(struct step *t);
bool update_settle(struct step *t);
bool completed_settle(struct step *t);
void normal_late(struct step *t);  /* no more waiting for answers to the request */
void update_again(struct step *t); /* NO, UC: the wait before a repetition is over */
void update_request(struct step *t);
void update_cancel(struct step *t);
enum update_who { UPDATE_UNFINISHED, UPDATE_ALL, UPDATE_REJECTED };
void update_trigger(struct step *t, enum update_who who);
#define UPDATE_INSTALLED (-1)               /* those whose new configuration needs the restart */
void update_restart(struct step *t, int n); /* 0: all who are in UC */
void update_normal(struct step *t, int n);
void update_shutdown(struct step *t);

/* Obeys, or says in out->why why not (site_verbs.c). */
void verb_obey(struct step *t, enum site_verb v, int n);

#endif
