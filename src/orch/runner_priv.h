/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the runner. A batch is one transaction: reports and due timers become moves, campaigns are
 * counted in memory and written once at its end, effects wait for the commit. A batch that fails leaves
 * nothing: its effects are forgotten, the devices say again what they said.
 */
#ifndef FIRPATH_ORCH_RUNNER_PRIV_H
#define FIRPATH_ORCH_RUNNER_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/plan.h"
#include "core/release.h"
#include "core/release_set.h"
#include "orch/runner.h"
#include "store/store_cycle.h"
#include "store/store_ledger.h"
#include "store/store_turn.h"

#define MAILBOX_CAP 8192
#define ADAPTERS_MAX 8
#define LOOK_EVERY_MS 200          /* the store is looked at for due and queued walks */
#define SWEEP_EVERY_MS 60000       /* stopped campaigns whose walks go on are swept again */
#define ENDED_TEXT_MAX (256 * KIB) /* audit text of walks that ended in one batch */

/* Something to send after the commit. */
struct effect {
	int64_t cycle_id, seq, device_id, to_id; /* to_id 0: no Manifest */
	enum bbum_command command;               /* BBUM_CMD_NONE: offer the Manifest, or ask */
	bool ask;
	char device[DEVICE_NAME_SIZE], adapter[16], address[256];
};

/* How many members of a wave came to a phase or left it. */
struct wave_moves {
	int64_t wave, by[PHASES];
};

/* A campaign within a batch. */
struct live {
	struct store_campaign k;
	enum campaign_state was;
	bool dirty;
	struct str ended;     /* walks that ended: members of a JSON array */
	bool cut;             /* there were more than it holds */
	bool worse;           /* a walk failed or is held: the budget of its wave is looked at */
	struct set_info *set; /* owned; its target when it is a release set, else NULL */
	VEC(struct wave_moves) waves;
};

/* How far the walks of a stopped campaign were taken out of the chart. */
struct sweep {
	int64_t campaign_id, after; /* the last cycle looked at */
	int64_t again_at;           /* monotonic ms: all were looked at, not again before */
};

/* How many stations of an area may be walked, and are, within a batch. */
struct area_room {
	char name[AREA_NAME_SIZE];
	int64_t busy, limit; /* limit -1: not read yet */
};

/* What releases of one charger model need of each other, at one revision. */
struct known_needs {
	char vendor[IDENT_PART_SIZE], model[IDENT_PART_SIZE];
	struct release_needs needs;
};

struct seen {
	int64_t device_id, at;
	int progress;
	char step[16];
};

struct batch {
	struct runner *r;
	struct tx tx;
	int64_t now;
	const struct snapshot *snap; /* the newest revision, checked in this transaction */
	VEC(struct live) lives;
	VEC(struct effect) effects;
	VEC(struct area_room) areas;
	bool areas_read;
	VEC(struct sweep) sweeps; /* done in this batch */
	int64_t moves, withdrawn;
	bool more; /* a page was full: look again at once */
};

struct runner {
	struct runner_init init;
	struct db *db; /* owned */
	struct catalog_view *view;
	struct path_scratch *scratch;
	struct mailbox *box;
	void *selfs[ADAPTERS_MAX]; /* by place in adapters[] */
	int started;               /* adapters that were started */
	struct report *reports;    /* room for one batch */
	size_t nreports;           /* left over from a batch that was not kept */
	VEC(struct seen) seen;     /* signs of life not yet written */
	struct map64 *seen_index;  /* device id -> place in seen */
	VEC(struct effect) unsent; /* an adapter could not take them; tried again */
	VEC(struct known_needs *) needs;
	int64_t needs_revision;   /* of what needs holds */
	int64_t revision;         /* device identities were resolved at this revision, -1 = not yet */
	VEC(struct sweep) sweeps; /* of campaigns that are stopped */
	int64_t next_look, next_flush, life_from; /* monotonic ms */
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	atomic_int woken;
	atomic_int_fast64_t c_reports, c_seen, c_moves, c_transactions, c_ignored, c_withdrawn, c_conflicts;
};

/* batch.c */
int batch_open(struct batch *b, struct runner *r, struct err *e) MUST_USE;
int batch_keep(struct batch *b, struct err *e) MUST_USE; /* writes campaigns and audit rows, commits */
void batch_done(struct batch *b);
DEFINE_OWN_VAL(struct batch, batch_done)
/* The campaign within this batch; the pointer is good until the next call. */
int batch_campaign(struct batch *b, int64_t id, struct live **ret, struct err *e) MUST_USE;
void batch_effect(struct batch *b, const struct walk *w, bool ask);
int batch_reidentify(struct batch *b, struct err *e) MUST_USE;
/* A member of the campaign leaves a phase for another: counters of the campaign and of its wave. */
void live_move(struct live *l, int64_t wave, enum cycle_phase from, enum cycle_phase to);

/* step.c: the one setter. status NULL: no report, the walk's timer ran out. */
int step_report(struct batch *b, const struct report *rep, struct err *e) MUST_USE;
int step_seen(struct batch *b, struct walk *w, enum cm_seen seen, const struct bbum_status *status,
	      struct err *e) MUST_USE;
int step_event(struct batch *b, struct walk *w, enum cm_event ev, const struct bbum_status *status,
	       struct err *e) MUST_USE;

/* A queued walk ends, or waits for somebody, without being begun. */
int step_bar(struct batch *b, struct walk *w, enum cycle_phase phase, const char *reason, const char *detail,
	     struct err *e) MUST_USE;

/* step_site.c: devices of vehicles. */
int step_block(struct batch *b, const struct walk *w, const struct report *rep, struct err *e) MUST_USE;
int turn_sites(struct batch *b, struct err *e) MUST_USE;
/* Building Blocks that are silent, told to their vehicles (E27); lost: devices were found lost just now. */
int turn_silent(struct batch *b, bool lost, struct err *e) MUST_USE;
int turn_rollouts(struct batch *b, struct err *e) MUST_USE;
int sites_recover(struct runner *r, struct err *e) MUST_USE; /* makes its own transactions */

/* next.c: what comes after the entry that was found. */
struct next {
	bool arrived, has;
	int64_t plan_id, to_id;
	char reason[CYCLE_REASON_SIZE], detail[CYCLE_DETAIL_SIZE]; /* when neither */
	char
	    note[CYCLE_DETAIL_SIZE]; /* the two paths, when the graph changed and the walk goes on; "" = no */
	bool yields; /* of a station: another component goes first; of a HAN: its gate is shut for now */
	bool lost;   /* of a meter: the authority over it is gone */
	struct store_companion companion[PARTS_MAX]; /* that move in the same request */
	size_t ncompanions;
};
int next_find(struct batch *b, const struct live *l, const struct walk *w, struct next *ret,
	      struct err *e) MUST_USE;
/* change.c: the graph is not any more as the plan ret->plan_id was made from. What the campaign's policy
 * makes of it: keeps *hop, or writes why the walk waits, or puts a new plan and its first hop. */
int change_judge(struct batch *b, const struct live *l, const struct walk *w, int64_t *target,
		 struct store_hop *hop, struct next *ret, struct err *e) MUST_USE;
/* May the hop under way be pushed? Why not, and the sentence for it, in a struct of its own. */
struct stands {
	bool yes;
	bool changed;    /* it stands, but not now: another step is made first, or the gate is shut */
	bool lost;       /* as in struct next */
	const char *why; /* as of hop_stands(), of a release, or of a gate */
	char detail[CYCLE_DETAIL_SIZE]; /* "" = the hop itself does not stand any more */
};
int next_stands(struct batch *b, const struct live *l, const struct walk *w, bool asked, struct stands *ret,
		struct err *e) MUST_USE;
const char *entry_text(const struct snapshot *s, int64_t entry_id); /* "?" when not known */

/* turn.c: ids of live campaigns in a state. */
int live_ids(struct batch *b, enum campaign_state state, int64_t *ret, size_t max, size_t *ret_n,
	     struct err *e) MUST_USE;

/* turn_wave.c: is the next wave let go, has one failed too often? */
int turn_waves(struct batch *b, struct err *e) MUST_USE;
int wave_budget(struct batch *b, struct live *l, struct err *e) MUST_USE;
int wave_due(struct runner *r, const struct store_campaign *k, bool *ret, struct err *e) MUST_USE;

/* turn_parts.c */
void runner_needs_forget(struct runner *r);

/* turn.c: what is due without a report. */
/* Put a queued walk to work: from now on its device's status is asked for. */
int walk_start(struct batch *b, int64_t campaign_id, struct walk *w, struct err *e) MUST_USE;
int turn_due(struct batch *b, struct err *e) MUST_USE;
int turn_claim(struct batch *b, struct err *e) MUST_USE;
int turn_sweep(struct batch *b, int64_t mono, struct err *e) MUST_USE;
bool sweep_due(const struct runner *r, int64_t campaign_id, int64_t mono);
void sweep_kept(struct runner *r, const struct batch *b);
int turn_flush(struct batch *b, struct err *e) MUST_USE;
void seen_note(struct runner *r, int64_t device_id, const struct bbum_status *s, int64_t at);
void seen_renew(struct runner *r, int64_t device_id, const struct bbum_status *s, int64_t at);

/* effects.c */
void effects_send(struct runner *r, const struct effect *v, size_t n);
void effects_resend(struct runner *r);
int64_t timer_ms(const struct runner_settings *set, enum cm_timer t); /* -1 = none or a back-off */

/* step_door.c: walks whose door keeps the time (charging stations, meters). */
#define NOT_NOW_WAIT_MAX_MS INT64_C(300000)
bool walk_keeps_time(const struct walk *w);
bool walk_has_parts(const struct walk *w); /* of a station: components, releases, companions */
bool walk_in_han(const struct walk *w);    /* of a meter */
/* Is the answer a "not now": no refusal of the update, only of this moment? */
bool says_not_now(const struct walk *w, const struct bbum_status *s);
/* Is the authority over the meter gone (change of supplier)? Then its walk ends here, whatever it was at. */
bool says_lost(const struct walk *w, const struct bbum_status *s);
/* The stable word of a status text: all before the first blank. */
void status_word(const char *text, char buf[CYCLE_REASON_SIZE]);
/* Would another try of the same end in the same way? */
bool says_final(const struct walk *w, const struct bbum_status *s);
/* Timer of a state for this walk, ms; -1 = none. */
int64_t walk_timer_ms(const struct runner_settings *set, const struct walk *w, enum cm_state s);
/* How long a walk that was told "not now" rests. */
int64_t not_now_wait_ms(struct batch *b, const struct walk *w);

#endif
