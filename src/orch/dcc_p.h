/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the door of meters. A round is one transaction: messages, answers of the line, rung devices and
 * what is due become rows; documents, reports to the runner and the word to waiting HTTP handlers leave after
 * the commit. A round that fails leaves nothing: its messages are told so (503), answers are read again.
 *
 * An act comes from a row that is due (`due_at` of a job, `wish_at` of a meter) and whose shard this node
 * holds; a move only says when. So a message may come in at any node, and a takeover needs no other code.
 */
#ifndef FIRPATH_ORCH_DCC_P_H
#define FIRPATH_ORCH_DCC_P_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "base/vec.h"
#include "model/gbcs.h"
#include "model/meter_job.h"
#include "model/window.h"
#include "orch/dcc_door.h"
#include "orch/dcc_users.h"
#include "store/store_cycle.h"
#include "store/store_dcc.h"
#include "store/store_meter.h"
#include "wire/duis.h"

#define DCC_LETTERS_MAX 512 /* read in one transaction */
#define DCC_QUEUE_MAX 4096  /* messages and answers that wait; more: the DCC is asked to come again */
#define DCC_RINGS_MAX 8192
#define DCC_SENT_MAX (DCC_LINE_WAITING + 512) /* documents on their way */
#define DCC_TAKE_WAIT_MS 10000                /* an HTTP handler waits so long for the commit */

/* dcc_in.c: documents that were kept, by the beginning of their SHA-256: one place for each beginning of two
 * octets, the newest one stays. */
#define DCC_REMEMBERED 16384
#define DCC_MARK_LEN 16
#define DCC_TAKING_MAX 64 /* threads of HTTP that wait for a round; the others answer other questions */
struct dcc_in {
	uint8_t kept[DCC_REMEMBERED][DCC_MARK_LEN]; /* guarded by door.lock */
	atomic_int taking;
	atomic_int_fast64_t refusal_due, refusals_unsaid; /* of the log: not before (mono), how many since */
};

/* What a document was for. */
enum dcc_for {
	DCC_FOR_DISTRIBUTION, /* 11.1, 11.4 */
	DCC_FOR_TRANSFORM,    /* 11.3 CV4 of a job */
	DCC_FOR_ACTIVATE,     /* 11.3 CV5 of a job */
	DCC_FOR_VERSION,      /* 11.2 of a job */
	DCC_FOR_WISH_VERSION, /* 11.2 that a person or an alert asked for */
	DCC_FOR_INVENTORY,    /* 8.2 */
	DCC_FORS
};
struct dcc_sent {
	enum dcc_for what;
	int64_t device_id, job_id, dist_id; /* 0 = none */
	uint64_t user, target, counter;     /* its RequestID */
	bool take_back;                     /* an 11.3 for the year 3000 */
};

enum dcc_letter_kind {
	DCC_LETTER_MESSAGE, /* asynchronous, from dcc_door_take() */
	DCC_LETTER_ANSWER,  /* of the line */
	DCC_LETTER_RING
};
enum dcc_kept { DCC_KEPT_NOT_YET, DCC_KEPT, DCC_KEPT_FAILED };
struct dcc_letter {
	enum dcc_letter_kind kind;
	struct duis_message *message; /* owned; NULL of an answer: none came, or it cannot be believed */
	char why[160];                /* of an answer without message */
	bool not_sent;                /* it certainly did not get there: asking again doubles nothing */
	struct dcc_sent sent;         /* of an answer */
	int64_t device_id;            /* of a ring */
	/* The handler that waits; guarded by door.lock. */
	bool awaited;
	pthread_cond_t told; /* of its own: a round must not wake all that wait */
	enum dcc_kept kept;
	struct err error; /* DCC_KEPT_FAILED */
};

/* What leaves after the commit: a document that is still to be built. */
struct dcc_out {
	struct dcc_sent sent;
	enum duis_service service;
	int64_t at;       /* ExecutionDateTime; -1 = none */
	uint8_t hash[32]; /* 11.3 CV4 */
	uint8_t *command; /* owned; 11.3 CV5: the signed Pre-Command */
	size_t ncommand;
	uint64_t *device; /* owned; 11.1, 11.4 */
	size_t ndevices;
	int64_t entry_id;
	uint64_t eui; /* 8.2: whose HAN */
};

/* An answer to a distribution that is dealt with over several rounds: each job of a list moves by itself. */
struct dcc_work {
	struct dcc_letter *letter; /* owned */
	int failures;              /* rounds that could not keep it */
	int list;                  /* enum duis_list under way */
	size_t at;                 /* in it */
	int64_t after;             /* job; a refusal of the whole request */
};

#define DCC_BAD_MAX 64
enum dcc_doing { DCC_DOING_JOB = 1, DCC_DOING_WISH, DCC_DOING_WALK, DCC_DOING_WORK, DCC_DOINGS };

struct dcc_settings {
	int64_t wait[METER_WAITS]; /* ms; -1 = none */
	int64_t gather, busy_wait, answer_timeout, tries, pace, devices, daily_critical, inventory_age,
	    message_age, lease;
	bool future;
	const char *schema, *codes;
	struct windows windows;
};

struct dcc_door {
	struct dcc_door_init init;
	struct dcc_settings set;
	struct db *db; /* owned; the door's thread only */
	struct catalog_view *view;
	struct runner *runner;
	struct dcc_line *line;      /* NULL: tests */
	struct tz *tz;              /* of the windows */
	pthread_mutex_t lock;       /* guards users, letters' kept, sent */
	struct dcc_users *users;    /* one reference; take it with dcc_door_users() */
	struct dcc_in in;           /* dcc_in.c */
	struct mailbox *box;        /* of struct dcc_letter * */
	struct dcc_letter **letter; /* room for one round */
	size_t nletters, alone;
	int failures; /* rounds in a row that were not kept */
	/* What made rounds fail: left alone for a while, so that one broken row does not stop all others. */
	struct dcc_bad {
		int64_t key, until; /* mono ms */
	} bad[DCC_BAD_MAX];
	size_t bad_next;
	struct dcc_slot {
		bool used;
		uint32_t turn; /* so that a late answer finds nobody else */
		struct dcc_sent sent;
	} * slot;
	size_t free_slots, slot_next;
	VEC(struct dcc_work) works;
	uint64_t shards; /* bit n: this node holds shard n */
	int64_t next_tick, next_shards, next_forget, next_sweep, next_gather, next_count,
	    next_bar;        /* mono ms */
	int64_t sweep_after; /* device: walks up to it were looked at */
	bool sweep_slow;     /* all of these shards were looked at once */
	int64_t due_from;    /* shard that the next sweep over jobs begins with */
	int64_t pace_at;     /* mono ms */
	int64_t pace_left;   /* thousandths of a document */
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	atomic_int woken, rings, queued;
	atomic_int lost_row; /* answers that did not come, in a row */
	int64_t probe_at;    /* mono ms */
	bool line_down;      /* as it was said in the log */
	atomic_int_fast64_t c_sent[DCC_SERVICES], c_answers, c_answers_lost, c_messages, c_refused_bad,
	    c_refused_signature, c_refused_large, c_refused_replay, c_doubled, c_late, c_jobs_open,
	    c_quarantined, c_shards, c_distributions;
};

struct dcc_round {
	struct dcc_door *d;
	struct db *db; /* the door's; inside the transaction once round_begin() was called */
	struct tx tx;
	bool begun;
	size_t nread;  /* letters of this round */
	bool blame;    /* what fails now is the fault of the one letter */
	int64_t doing; /* ... or of this row; 0 = none */
	int64_t now, mono;
	const struct snapshot *snap; /* after dcc_begin(), as the store has it */
	struct dcc_users *users;     /* one reference */
	int64_t pace;                /* documents that may still leave in this round */
	VEC(struct dcc_out) outs;
	VEC(struct report) reports;
	VEC(int64_t) devices;       /* to be told to the runner */
	VEC(struct dcc_work) works; /* begun in this round; their letters are taken over once it is kept */
	struct dcc_work work;       /* the door's first one, once this round is kept */
	bool work_moved, work_over;
	int64_t sweep_after;
	bool gathered;
	bool swept, more; /* more: there is more to be done at once */
	int64_t due_from; /* shard; -1 = as it was */
	uint64_t shards;  /* the door's, once this round is kept */
	bool shards_new;
};

/* ---- dcc_round.c ---- */
/* The set of users now; unref it. Any thread. */
struct dcc_users *dcc_door_users(struct dcc_door *d);
/* Hands a believed message to the next round and waits until what it means is kept. Takes the message over in
 * any case. ERR_BUSY: too many wait, or not kept in time; ERR_UNAVAILABLE: it could not be kept. Any thread
 * but the door's. */
int dcc_queue_put(struct dcc_door *d, struct duis_message *m /* from mem_zalloc() */, struct err *e) MUST_USE;
/* The same without waiting. ret: NULL or where the letter is told (free it with dcc_letter_free() once it is
 * kept or failed). false: full, the message is the caller's still. */
bool dcc_queue_post(struct dcc_door *d, struct dcc_letter *l);
void dcc_letter_free(struct dcc_letter *l);
void dcc_letters_drop(struct dcc_door *d); /* all that wait: whoever brought them is told to come again */
int dcc_begin(struct dcc_round *r, struct err *e) MUST_USE; /* the write transaction, once */
/* Begins with one row of many: what fails until the next one (0 = none) is its fault. false: a round failed
 * with it a short while ago, leave it alone. */
bool dcc_doing(struct dcc_round *r, enum dcc_doing what, int64_t id);
void dcc_touch(struct dcc_round *r, int64_t device_id); /* its walk is to be told */

/* ---- dcc_send.c: documents ---- */
/* Takes the counter and writes the line of the story; the document leaves after the commit. Takes out's
 * memory over. *ret_counter: of its RequestID. */
bool dcc_send_room(const struct dcc_round *r); /* may another document leave in this round? */
int dcc_send(struct dcc_round *r, struct dcc_out *out, const char *detail, int64_t *ret_counter,
	     struct err *e) MUST_USE;
void dcc_out_done(struct dcc_out *o);
void dcc_let_out(struct dcc_round *r); /* after the commit */
/* The line's answer for a tag; false: nobody waits for it any more. */
bool dcc_slot_take(struct dcc_door *d, int64_t tag, struct dcc_sent *ret);

/* ---- dcc_job.c: the one mover of jobs ---- */
struct dcc_word { /* what is said in the story with a move; NULL = nothing of it */
	const char *way, *what, *code, *detail;
	int64_t ref;
};
int dcc_job_event(struct dcc_round *r, struct store_meter_job *j, enum meter_event ev,
		  const struct dcc_word *word, struct err *e) MUST_USE;
/* Would the event move the job? */
bool dcc_job_takes(const struct store_meter_job *j, enum meter_event ev);
bool dcc_job_ppmid(const struct store_meter_job *j);
int dcc_job_wait(struct dcc_round *r, struct store_meter_job *j, int64_t until, const char *reason,
		 struct err *e) MUST_USE;                     /* it stays where it is, and waits for that */
int dcc_job_due(struct dcc_round *r, struct err *e) MUST_USE; /* a sweep over what is due */
/* All that a distribution still has in the state "sent"; *ret_more: not all yet, come again. */
int dcc_dist_event(struct dcc_round *r, const struct store_distribution *dist, enum meter_event ev,
		   const struct dcc_word *word, bool *ret_more, struct err *e) MUST_USE;
int64_t dcc_wait_until(const struct dcc_round *r, enum meter_wait w); /* -1 = without limit */

/* ---- dcc_act.c: 11.2 and 11.3 of jobs ---- */
/* SCHEDULED: when it is looked at next, and the look. */
int64_t dcc_dated_until(const struct dcc_round *r, const struct store_meter_job *j);
int dcc_act_dated(struct dcc_round *r, struct store_meter_job *j, struct err *e) MUST_USE;
int dcc_act_go(struct dcc_round *r, struct store_meter_job *j, struct err *e) MUST_USE;
int dcc_act_read(struct dcc_round *r, struct store_meter_job *j, struct err *e) MUST_USE;
int dcc_act_transform(struct dcc_round *r, struct store_meter_job *j, struct err *e) MUST_USE;
/* The Pre-Command came: judged, signed, sent. */
int dcc_act_command(struct dcc_round *r, const struct dcc_letter *l, struct store_meter_job *j,
		    struct err *e) MUST_USE;

/* ---- dcc_guard.c: what bars a push at the moment when it would leave ---- */
struct dcc_bar {
	const char *why;       /* a stable word; NULL = nothing */
	int64_t until;         /* when it is looked again */
	int64_t at;            /* the 11.3 is dated for then; -1 = it is for at once */
	enum meter_event ends; /* what becomes of the job; METER_EVENTS = it waits */
};
/* asked: it is the Pre-Command that came, to be signed; else the one that would be asked for. */
int dcc_guard(struct dcc_round *r, const struct store_meter_job *j, bool asked, struct dcc_bar *ret,
	      struct err *e) MUST_USE;
/* Jobs of a new distribution that are barred go back to READY; sets dist->devices, 0 = the row is gone. */
int dcc_guard_distribution(struct dcc_round *r, struct store_distribution *dist, struct err *e) MUST_USE;

/* ---- dcc_gather.c: 11.1 and 11.4 ---- */
int dcc_gather(struct dcc_round *r, struct err *e) MUST_USE;
int dcc_gather_due(struct dcc_round *r, struct err *e) MUST_USE; /* distributions nobody answered */

/* ---- dcc_image.c: what is sent ---- */
/* *ret_why: a word of core/ota.h, NULL when it can be sent. */
int dcc_image_ready(struct dcc_round *r, const struct store_ready *g, const char **ret_why,
		    struct err *e) MUST_USE;
int dcc_image_load(struct dcc_round *r, const struct dcc_out *o, struct str *image, struct err *e) MUST_USE;

/* ---- dcc_answer.c, dcc_message.c, dcc_alert.c: what comes in ---- */
int dcc_answer_read(struct dcc_round *r, struct dcc_letter *l, struct err *e) MUST_USE;
int dcc_work_on(struct dcc_round *r, struct err *e) MUST_USE;
void dcc_work_kept(struct dcc_round *r); /* after the commit */
int dcc_message_read(struct dcc_round *r, const struct dcc_letter *l, struct err *e) MUST_USE;
int dcc_alert_read(struct dcc_round *r, const struct duis_message *m, uint64_t user, struct err *e) MUST_USE;
/* The meter of that EUI that the user speaks for. *ret_got false: there is none. */
int dcc_meter_of(struct dcc_round *r, uint64_t eui, uint64_t user, bool *ret_got, struct store_meter *ret,
		 struct err *e) MUST_USE;
int dcc_say(struct dcc_round *r, int64_t device_id, int64_t job_id, const struct dcc_word *word,
	    struct err *e) MUST_USE;

/* ---- dcc_learn.c ---- */
/* hint: entry that was pushed, when it is what runs; 0 = none. */
int dcc_learn_version(struct dcc_round *r, const struct store_meter *m, uint32_t version, int64_t hint,
		      struct err *e) MUST_USE;
int dcc_learn_inventory(struct dcc_round *r, const struct store_meter *m, const struct duis_message *msg,
			struct err *e) MUST_USE;
int dcc_learn_lost(struct dcc_round *r, const struct store_meter *m, const char *why, struct err *e) MUST_USE;
int dcc_learn_quarantine(struct dcc_round *r, int64_t device_id, const char *why, struct err *e) MUST_USE;
int dcc_learn_held(struct dcc_round *r, uint64_t user, const char *why, struct err *e) MUST_USE;
/* Walks of the HAN that wait for another device look again. */
int dcc_learn_han(struct dcc_round *r, int64_t site_id, struct err *e) MUST_USE;

/* ---- dcc_wish.c, dcc_shard.c, dcc_status.c ---- */
int dcc_wishes(struct dcc_round *r, struct err *e) MUST_USE;
int dcc_shards(struct dcc_round *r, struct err *e) MUST_USE;
void dcc_shards_kept(struct dcc_round *r); /* after the commit */
static inline bool dcc_is_ours(const struct dcc_door *d, int64_t shard)
{
	return d->shards >> shard & 1;
}
int dcc_status(struct dcc_round *r, int64_t device_id, struct err *e) MUST_USE;

/* ---- dcc_codes.c: what response codes mean ---- */
enum dcc_meaning {
	DCC_CODE_GOOD,      /* I0 */
	DCC_CODE_ACK,       /* I99 */
	DCC_CODE_WARNING,   /* W: lists say which devices */
	DCC_CODE_AUTHORITY, /* not (any more) our device */
	DCC_CODE_USER,      /* the user may not do this at all: people must look */
	DCC_CODE_HELD,      /* quarantined: anomaly detection */
	DCC_CODE_THROTTLED, /* too many: later */
	DCC_CODE_STATUS,    /* the status of the device does not allow it */
	DCC_CODE_UNKNOWN_DEVICE,
	DCC_CODE_SILENT, /* the device could not be reached, or did not answer: nobody knows */
	DCC_CODE_REFUSED /* any other */
};
extern const char *const dcc_meaning_text[];
enum dcc_meaning dcc_code_meaning(const struct dcc_door *d, const char *code);
enum meter_event dcc_code_event(const struct dcc_door *d, const char *code); /* for a job */
const char *dcc_code_says(const char *code);                   /* a few words for people; "" = not known */
int dcc_codes_check(const char *text, struct err *e) MUST_USE; /* the setting dcc_codes */

#endif
