/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the door of stations. A round is one transaction: letters from the loops, rung devices and what
 * is due become rows; texts to stations and reports to the runner wait for the commit. A round that fails
 * leaves nothing: what sessions remembered is put back, its letters are read again.
 */
#ifndef FIRPATH_ORCH_OCPP_P_H
#define FIRPATH_ORCH_OCPP_P_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "base/map.h"
#include "base/vec.h"
#include "core/release.h"
#include "core/release_url.h"
#include "core/station.h"
#include "orch/ocpp_door.h"
#include "store/store_cycle.h"
#include "store/store_ocpp.h"
#include "store/store_turn.h"
#include "wire/ocpp.h"

#define LETTERS_MAX 500 /* read in one transaction */
#define TEXTS_MAX 16384 /* waiting texts of all stations; more: the station is asked to come again */
#define TEXT_BYTES_MAX (64 * MIB) /* of these */
#define RINGS_MAX 8192            /* waiting rings; a ring that finds no room is found by the next sweep */
#define SESSIONS_SLACK 4096 /* connections that ended and were not read yet, above those that may be open */
#define WAITING_MAX 8       /* texts of one station not yet read */
#define TICK_MS 250
#define SLICE 500               /* walks looked at in one tick without being rung */
#define SWEEP_MS 20000          /* all of them at least so often */
#define ALIVE_MS 60000          /* signs of life are written so often */
#define LEASE_MS (3 * ALIVE_MS) /* of a service: silent for longer, it holds no station any more */
#define MOVES_MAX 200           /* of one job; more is a station that restarts for ever */
#define STORY_DAYS 90
#define MESSAGE_BLOCK 1000
#define DISCOVER_MS                                                                                          \
	3000 /* no BootNotification so long after connecting: it need not come (2.0.1 part 4, 5.3) */

/* What a station is asked; in the order of urgency. At most one is out per connection. */
enum ask {
	ASK_JOB, /* the firmware request of its open job */
	ASK_COMPONENTS,
	ASK_VERSION,
	ASK_REPORT,
	ASK_BOOT,   /* TriggerMessage(BootNotification): stations that tell their version nowhere else */
	ASK_STATUS, /* TriggerMessage(FirmwareStatusNotification) */
	ASK_PUBLISH,
	ASK_UNPUBLISH,
	ASK_PUBLISH_STATUS,
	ASK_LOG,
	ASK_RESET,
	ASKS,
	ASK_NONE = ASKS
};
extern const char *const ask_text[ASKS + 1];

/* What a session remembers between rounds; no pointers, so that a failed round can put it back. */
struct talk {
	bool registered; /* it may speak: it booted, now or on a connection before */
	bool booted;     /* on this connection */
	bool boot_asked; /* the next BootNotification is the answer to a trigger, no restart */
	bool rejected;   /* its BootNotification was refused: nothing is asked (B03.FR.03) */
	bool reading;    /* its version is being found out */
	bool said;       /* ... and something was found */
	bool announced;  /* it was asked for components because it announces them */
	unsigned wants;  /* bits of enum ask */
	enum ask asking;
	int64_t ask_id;      /* number of the message that is out */
	int64_t ask_job;     /* its job; 0 = none */
	int64_t ask_request; /* requestId of a report */
	int64_t ask_until;   /* mono ms */
	char ask_action[40];
	int64_t msg_next, msg_end;
	int64_t discover_at; /* mono ms; -1 = not */
	int64_t quiet_until; /* mono ms; it may have restarted, and then its BootNotification comes first */
	int64_t offset;      /* of a list of components that comes in pages */
	int64_t parts_n;     /* components collected */
	char evidence[40];   /* what said the version */
};

/* One connection. Made by hello on a loop's thread; freed by the door after its last letter. */
struct session {
	ws_id id;
	int64_t site_id;
	enum ocpp_version v;
	char identity[STATION_IDENTITY_SIZE], peer[64];
	/* loops read, the door writes */
	atomic_bool registered;
	/* both count */
	atomic_int waiting;
	atomic_int *live; /* borrowed: the door's count of sessions */
	/* the door's */
	bool seated;     /* in the map of sessions */
	bool replaced;   /* another connection took its place, or its station was removed */
	ws_id displaced; /* the connection whose place it took; 0 = none */
	int64_t connected_at;
	struct talk t, kept;
	int64_t kept_round;           /* round in which `kept` was taken */
	struct ocpp_components parts; /* pages of a list, between rounds */
	struct session *prev, *next;  /* all seated ones */
};

enum letter_kind { LETTER_OPEN, LETTER_TEXT, LETTER_CLOSED, LETTER_RING };
struct letter {
	enum letter_kind kind;
	int code;
	struct session *s; /* borrowed */
	char *text;        /* owned: message, or why it closed */
	size_t len;
	int64_t device_id;
};

struct key { /* what a handshake is judged by */
	int64_t site_id;
	int64_t profile;
	char salt[33], secret[65], cert_serial[51];
};

struct out { /* after the commit */
	ws_id id;
	char *text; /* owned; NULL = close */
	size_t len;
	int code;
};

struct ocpp_settings {
	int64_t wait[OCPP_WAITS]; /* ms; -1 = none */
	bool reset;               /* asked to restart when it said Installed and runs the old version */
	int64_t call_timeout, heartbeat, tries, retries, pace;
	bool authorize;
	const char *operator_name, *image_base, *log_base;
};

struct ocpp_door {
	struct ocpp_door_init init;
	struct ocpp_settings set;
	struct db *db; /* owned */
	struct catalog_view *view;
	struct runner *runner;
	struct ws_server *ws;
	int listener[4];   /* by profile; -1 = none */
	int profile_of[4]; /* by listener */
	struct mailbox *box;
	struct letter *letters; /* room for one round */
	size_t nletters;        /* left over from a round that was not kept */
	size_t alone;           /* so many of them are read one by one */
	int failures;           /* rounds in a row that were not kept */
	VEC(struct session *) lost;
	struct map *sessions;      /* identity -> session */
	struct session *first;     /* all seated ones */
	pthread_rwlock_t key_lock; /* guards keys */
	struct map *keys;          /* identity -> struct key, owned */
	int64_t key_change;
	int64_t round, last_connect;
	int64_t next_tick, next_alive, next_sweep, next_forget; /* mono ms */
	int64_t jobs_after;                                     /* jobs up to this id were seen */
	int64_t sweep_after;                                    /* site */
	int64_t pace_at, pace_n;
	struct url_key url_key; /* of image addresses; made with the first station */
	bool has_url_key;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	atomic_int woken;
	atomic_size_t bytes;
	atomic_int texts, rings;
	atomic_int live; /* sessions, each with room for its OPEN and its CLOSED */
	int live_max;
	atomic_int_fast64_t c_stations, c_messages, c_heartbeats, c_calls, c_late, c_bad, c_refused, c_jobs,
	    c_transactions;
	atomic_int_fast64_t refusal_due, refusals_unsaid; /* of the log: not before, and how many since */
};

struct round {
	struct ocpp_door *d;
	struct db *db; /* the door's; inside the transaction once round_begin() was called */
	struct tx tx;
	bool begun;
	size_t nread;            /* letters of this round */
	bool blame;              /* what fails now is the fault of the one letter */
	struct session *ticking; /* whose time is looked at; NULL = nobody's */
	int64_t now, mono;
	int64_t jobs_after; /* the door's, once this round is kept */
	const struct snapshot *snap;
	VEC(struct out) outs;
	VEC(struct report) reports;
	VEC(int64_t) sites;            /* whose walks are to be told */
	VEC(int64_t) devices;          /* rung */
	VEC(struct session *) gone;    /* freed after the commit */
	VEC(struct session *) changed; /* their talk, in this round; of 10,000 sessions these are few */
};

/* ocpp_round.c */
int round_begin(struct round *r, struct err *e) MUST_USE; /* the write transaction, once */
void round_touch(struct round *r, int64_t site_id);
struct talk *round_talk(struct round *r, struct session *s);          /* to be changed in this round */
void round_say(struct round *r, struct session *s, struct str *text); /* takes the text */
void round_close(struct round *r, struct session *s, int code);
struct session *round_session(struct round *r, int64_t site_id, const char *identity);
struct session *door_session(struct ocpp_door *d, const char *identity);

/* ocpp_hello.c */
struct ws_verdict hello_judge(void *door, const struct ws_hello *h);
void hello_refused(void *door, int listener, const char *peer, int status, const char *why);
void hello_open(void *door, ws_id id, void *user);
void hello_text(void *door, ws_id id, void *user, const char *text, size_t len);
void hello_closed(void *door, ws_id id, void *user, int code, const char *why);
int hello_keys(struct ocpp_door *d, struct err *e) MUST_USE; /* changes of registrations */
void session_free(struct session *s);
void keys_free(struct map *keys);

/* ocpp_session.c */
int session_open(struct round *r, struct session *s, struct err *e) MUST_USE;
int session_closed(struct round *r, struct session *s, const char *why, struct err *e) MUST_USE;
int session_tick(struct round *r, struct session *s, struct err *e) MUST_USE;
int session_pump(struct round *r, struct session *s, struct err *e) MUST_USE;
void session_want(struct round *r, struct session *s, enum ask a);
/* Finds out what it runs. */
void session_discover(struct round *r, struct session *s, const struct store_station *st);
int session_answer(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e) MUST_USE;
/* Sends a CALL of that ask; payload is what is sent. */
int session_call(struct round *r, struct session *s, enum ask a, const char *action,
		 const struct str *payload, int64_t job_id, struct err *e) MUST_USE;

/* ocpp_in.c */
int in_text(struct round *r, struct session *s, const char *text, size_t len, struct err *e) MUST_USE;
/* A CALL under way: handlers fill what is to be answered. */
struct incoming {
	const struct ocpp_frame *f;
	enum ocpp_in in;
	struct ocpp_answer_ask answer;
	const char *code; /* CALLERROR instead */
	struct err why;
};
int in_boot(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;
int in_notice(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;
int in_report(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;
int in_transaction(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;
int in_status(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;
int in_reservation(struct round *r, struct session *s, struct incoming *c, struct err *e) MUST_USE;

/* ocpp_version.c: what it runs. */
int version_components(struct round *r, struct session *s, const struct ocpp_frame *f,
		       struct err *e) MUST_USE;
int version_values(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e) MUST_USE;
int version_said(struct round *r, struct session *s, enum station_source source, const char *text,
		 const char *evidence, struct err *e) MUST_USE;
int version_next(struct round *r, struct session *s, enum ask after, struct err *e) MUST_USE;
/* The answer to one of these asks was an error, or did not come. */
int version_failed(struct round *r, struct session *s, enum ask a, const char *code, struct err *e) MUST_USE;
/* What the job's components run now, as an event for its table. */
int version_judge(struct round *r, const struct store_station *st, const struct store_job *j,
		  enum ocpp_job_event *ret, struct err *e) MUST_USE;

/* ocpp_job.c: one mover of jobs. */
struct job_word { /* what goes into the row with a move */
	const char *answer, *reason_code, *detail, *tracking;
};
int work_event(struct round *r, struct session *s, struct store_job *j, enum ocpp_job_event ev,
	       enum ocpp_status status, const struct job_word *word, struct err *e) MUST_USE;
/* The open update of the station, if there is one. */
int work_open(struct round *r, struct session *s, enum ocpp_job_event ev, struct err *e) MUST_USE;
int work_due(struct round *r, struct err *e) MUST_USE;
/* Components that move in its request besides its own. */
int work_companions(struct round *r, const struct store_job *j, size_t max, struct store_companion *ret,
		    size_t *ret_n, struct err *e) MUST_USE;
int work_audit(struct round *r, const struct store_job *j, struct err *e) MUST_USE;
int work_log(struct round *r, struct session *s, struct store_job *j, struct err *e) MUST_USE;

/* ocpp_send.c: requests of jobs. */
bool send_pace_left(struct round *r); /* may another station begin to download in this second? */
int send_job(struct round *r, struct session *s, bool *ret_sent, struct err *e) MUST_USE;
int send_answered(struct round *r, struct session *s, const struct ocpp_reply *reply, struct err *e) MUST_USE;
/* An address of that image which the station can fetch from; false: there is none. */
bool send_place(struct round *r, enum ocpp_version v, const struct store_station *st,
		const struct release_push *p, char *ret_url);
bool send_transfers(const struct store_station *st, const char *url);
int send_gate(struct round *r, const struct store_station *st, int64_t cycle_id, char why[96], bool *ret_open,
	      struct err *e) MUST_USE;

/* ocpp_publish.c: local controllers and logs. */
int publish_send(struct round *r, struct session *s, enum ask a, bool *ret_sent, struct err *e) MUST_USE;
int publish_answered(struct round *r, struct session *s, enum ask a, const struct ocpp_reply *reply,
		     struct err *e) MUST_USE;
int publish_notice(struct round *r, struct session *s, const struct incoming *c, const struct ocpp_notice *n,
		   struct err *e) MUST_USE;
int publish_due(struct round *r, struct store_job *j, struct err *e) MUST_USE;
/* Has the controller of this station the image of the release? If not it is asked to fetch it, and the caller
 * waits: neither *ret_ready nor *ret_failed. */
int publish_needed(struct round *r, const struct store_station *st, const struct store_job *j,
		   int64_t entry_id, const char *md5, char *ret_uri, size_t size, bool *ret_ready,
		   bool *ret_failed, struct err *e) MUST_USE;
/* What was published for walks and is needed by none any more is taken back. */
int publish_sweep(struct round *r, struct err *e) MUST_USE;
/* By a person. ERR_INVALID says what is missing. */
int publish_wish(struct round *r, struct session *s, bool take_back, int64_t entry_id,
		 struct err *e) MUST_USE;
int log_wish(struct round *r, struct session *s, struct err *e) MUST_USE;

/* ocpp_status.c: what the runner is told. */
int status_device(struct round *r, int64_t device_id, struct err *e) MUST_USE;

/* ocpp_wish.c */
int wish_take(struct round *r, struct err *e) MUST_USE;

/* ocpp_story.c */
int story_say(struct round *r, int64_t site_id, int64_t job_id, const char *way, const char *action,
	      const char *ref, const char *body, struct err *e) MUST_USE;
int story_json(struct round *r, struct session *s, int64_t job_id, const char *way, const char *action,
	       const char *ref, const struct json *payload, struct err *e) MUST_USE;
int story_payload(struct round *r, struct session *s, int64_t job_id, const char *action, const char *ref,
		  const struct str *payload, struct err *e) MUST_USE;
size_t story_shown(const char *url); /* bytes of an address that others may read */
void story_mend(char *text);         /* takes off what is left of a character that was cut at the end */
int story_note(struct round *r, int64_t site_id, int64_t job_id, struct err *e, const char *action,
	       const char *fmt, ...) PRINTF_LIKE(6, 7) MUST_USE;

#endif
