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
#include "model/meter_job.h"
#include "model/window.h"
#include "orch/dcc_door.h"
#include "orch/dcc_users.h"
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
	struct dcc_sent sent;         /* of an answer */
	int64_t device_id;            /* of a ring */
	/* The handler that waits; guarded by door.lock. */
	bool awaited;
	enum dcc_kept kept;
	struct err error; /* DCC_KEPT_FAILED */
};

struct dcc_settings {
	int64_t wait[METER_WAITS]; /* ms; -1 = none */
	int64_t gather, busy_wait, answer_timeout, tries, pace, devices, daily_critical, inventory_age,
	    message_age, lease;
	bool future;
	const char *schema;
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
	pthread_cond_t kept;        /* a round is over */
	struct dcc_users *users;    /* one reference; take it with dcc_door_users() */
	struct dcc_in in;           /* dcc_in.c */
	struct mailbox *box;        /* of struct dcc_letter * */
	struct dcc_letter **letter; /* room for one round */
	size_t nletters, alone;
	int failures; /* rounds in a row that were not kept */
	struct dcc_slot {
		bool used;
		uint32_t turn; /* so that a late answer finds nobody else */
		struct dcc_sent sent;
	} * slot;
	size_t free_slots, slot_next;
	uint64_t shards;                                         /* bit n: this node holds shard n */
	int64_t next_tick, next_shards, next_forget, next_sweep; /* mono ms */
	int64_t sweep_after;
	int64_t pace_at, pace_n;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	atomic_int woken, rings, queued;
	atomic_int_fast64_t c_sent[DCC_SERVICES], c_answers, c_answers_lost, c_messages, c_refused_bad,
	    c_refused_signature, c_refused_large, c_refused_replay, c_doubled, c_late, c_jobs_open,
	    c_quarantined, c_shards, c_distributions;
};

/* dcc_round.c */
/* The set of users now; unref it. Any thread. */
struct dcc_users *dcc_door_users(struct dcc_door *d);
/* Hands a believed message to the next round and waits until what it means is kept. Takes the message over in
 * any case. ERR_BUSY: too many wait, or not kept in time; ERR_UNAVAILABLE: it could not be kept. Any thread
 * but the door's. */
int dcc_queue_put(struct dcc_door *d, struct duis_message *m /* from mem_zalloc() */, struct err *e) MUST_USE;
void dcc_letter_free(struct dcc_letter *l);

#endif
