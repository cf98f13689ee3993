/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulator of charging stations (OCPP 1.6, 2.0.1, 2.1): one process plays 1 to 15,000 of them. It shares
 * no code with the server's side of the WebSocket or of OCPP, so that each is a witness of the other: frames,
 * deflate and messages are its own.
 *
 * One thread and one epoll; a heap of things that are due; downloads are made by a few threads that hand back
 * a digest. What a station must not lose (what runs, the job under way) is its "flash", one record in a
 * mapped file, so that kill -9 of the simulator loses nothing either. Each station is a few hundred bytes;
 * buffers live only while something is in them.
 */
#ifndef STATION_SIM_H
#define STATION_SIM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "base/str.h"
#include "base/vec.h"

enum word {
#define X(name, word, what) B_##name,
#include "words.h"
#undef X
	WORDS
};
extern const char *const word_text[WORDS];
extern const char *const word_what[WORDS];

#define PARTS 8 /* components of one station */
#define STEPS 40
#define NAME 51 /* 50 characters */
#define TEXT_MAX ((size_t)1 << 20)

enum version { V16, V201, V21 };

struct target {
	char name[NAME], version[NAME];
};
/* What outlives a power cut. version of a target "" = the image says it. */
struct flash {
	uint32_t magic;
	int32_t nparts;
	struct target part[PARTS]; /* what runs */
	uint8_t regulated[PARTS];
	int64_t boots, updates;
	int64_t message_id;
	int64_t last_request;
	uint8_t last_status;
	bool booted; /* a BootNotification of this content was accepted */
	bool reason_update;
	bool converted; /* components-change has happened */
	/* the job */
	bool busy, by_parts, signed16;
	int64_t request;
	uint8_t nsteps, at;
	uint16_t step[STEPS];
	int32_t ntargets;
	struct target target[PARTS];
	char tracking[37];
	int64_t old_request; /* canceled one that still fails later; -1 */
	uint8_t unpublished; /* times asked */
	uint8_t fetched;     /* targets that are here */
	char location[4100]; /* one line for each target */
};

enum stage { S_OFF, S_CONNECTING, S_TLS, S_UPGRADE, S_OPEN };
/* A CALL of ours that waits for its turn or its answer. */
struct call {
	struct call *next;
	int what;
	int64_t at; /* mono ms when it was sent */
	char id[37];
	struct str text; /* owned */
};
struct station {
	int index, fd;
	uint8_t stage, version;
	bool want_write, deflate, accepted, sent_boot, in_heap_beat;
	bool busy_tx, reserved, held; /* held: kept away by the control */
	uint32_t epoch, job_epoch;    /* what was due for an older one is void */
	uint32_t tries;
	uint32_t waits; /* turns that a restart waited for */
	int64_t interval_ms;
	int64_t clock_ms; /* of clock-unset: 0 = not known */
	SSL *ssl;
	char expect[29]; /* Sec-WebSocket-Accept */
	char tx[37];
	char data_vendor[51]; /* vendorId that the server uses in DataTransfer */
	char open_call[37];   /* CALL of the server that is not answered yet */
	struct call *queue, *tail, *pending;
	struct str in, out, message;
	size_t sent;
	bool part_deflated, in_message;
	const struct image *published; /* what a local controller was given last; NULL = not known */
	char *certificate, *signature; /* owned; of the job */
	struct flash *flash;           /* in the mapped file */
};

enum due { D_CONNECT, D_HEARTBEAT, D_STEP, D_TIMEOUT, D_ANSWER, D_TX_END, D_PUBLISH, D_LOG, D_OLD_FAILS };
struct event {
	int64_t due;
	int32_t station;
	uint8_t kind;
	uint32_t epoch;
	int64_t arg;
	char *text; /* owned */
};
/* Which stations do what: indices from..until, or a share of all in 1/10,000; nth update only when not 0. */
struct rule {
	int from, until;
	int share; /* -1 */
	bool any_failure;
	int nth;
	uint64_t bits[(WORDS + 63) / 64];
};
struct image {
	char sha[65], name[NAME], version[NAME];
};
struct sim {
	/* as asked */
	const char *server, *identity, *password, *protocol, *vendor, *model, *first_version, *components;
	char *host, *port, *path, *authority; /* of the server; owned */
	bool tls, deflate, fetch, trace;
	int count;
	double speed;
	int64_t heartbeat_ms, tx_ms, connect_rate;
	uint64_t seed;
	const char *tls_ca, *cert, *key, *roots;
	VEC(struct rule) rules;
	VEC(struct image) images;
	struct json *component_docs; /* of --components-file */
	VEC(char *) passwords;       /* of --password-file, by index */
	/* running */
	int epoll, control;
	FILE *status;
	struct addrinfo *address;
	SSL_CTX *ssl;
	struct station *station;
	struct flash *flash;
	struct map *by_identity;
	VEC(struct event) heap;
	struct rnd rnd;
	int64_t now; /* mono ms of this turn of the loop */
	struct str control_in;
	bool stop;
	struct fetcher *fetcher;
	void *inflate, *compress;
	/* counters */
	int64_t connected, connects, refused, boots, jobs, ended, violations, messages_in, messages_out,
	    heartbeats, rtt_ms_max;
};

/* ---- main.c, behave.c, due.c ---- */
int64_t sim_mono(void);
int64_t sim_wall(void);
bool behaves(const struct sim *s, const struct station *st, enum word w);
bool rule_add(struct sim *s, const char *text, char *why, size_t n);
int word_named(const char *text, size_t n);
void identity_of(const struct sim *s, int index, char *buf, size_t n);
const char *password_of(const struct sim *s, int index);
/* One line of the status file; more: further members, each with its leading comma, or "". */
void tell(struct sim *s, const struct station *st, const char *event, const char *fmt, ...) PRINTF_LIKE(4, 5);
void trace(struct sim *s, const struct station *st, const char *way, const char *text,
	   size_t n); /* with --trace */
void violation(struct sim *s, const struct station *st, const char *what);
void due_at(struct sim *s, struct station *st, enum due kind, int64_t after_ms, uint32_t epoch, int64_t arg,
	    char *text);
int64_t due_next(const struct sim *s); /* ms until the next, -1 */
void due_run(struct sim *s);
int64_t paced(const struct sim *s, const struct station *st,
	      int64_t ms); /* train time: divided by --speed, with jitter */
void control_line(struct sim *s, char *line);
bool flash_open(struct sim *s, const char *path);
void flash_fresh(const struct sim *s, struct flash *f);

/* ---- net.c, frames.c: the connection ---- */
bool net_start(struct sim *s);
void net_connect(struct sim *s, struct station *st);
void net_ready(struct sim *s, struct station *st, uint32_t events);
void net_drop(struct sim *s, struct station *st, const char *why,
	      int64_t again_ms); /* again_ms < 0: stays away */
void net_flush(struct sim *s, struct station *st);
void net_end(struct sim *s);
void frame_send(struct sim *s, struct station *st, int opcode, const void *p, size_t n);
bool frames_take(struct sim *s, struct station *st); /* false: the connection was dropped */

/* ---- ocpp_out.c: what we say ---- */
enum said { C_BOOT, C_HEARTBEAT, C_OTHER, C_TX };
void say(struct sim *s, struct station *st, int what, const char *action, const char *payload);
void say_next(struct sim *s, struct station *st);
void calls_forget(struct station *st);
void say_boot(struct sim *s, struct station *st, const char *reason);
void say_status(struct sim *s, struct station *st, const char *status, int64_t request);
void say_component(struct sim *s, struct station *st, const struct target *t, const char *status);
void say_event(struct sim *s, struct station *st, const char *type);
void say_evses(struct sim *s, struct station *st, bool available);
void say_transaction(struct sim *s, struct station *st, bool begins);
void say_reservation_over(struct sim *s, struct station *st);
void say_publish(struct sim *s, struct station *st, const char *status, int64_t request);
void say_log(struct sim *s, struct station *st, const char *status, int64_t request);
void answer(struct sim *s, struct station *st, const char *id, const char *payload);
void answer_error(struct sim *s, struct station *st, const char *id, const char *code, const char *text);
void put_time(struct str *out, int64_t ms);

/* ---- ocpp_in.c, ask_*.c: what we are told ---- */
void text_in(struct sim *s, struct station *st, const char *text, size_t n);
void on_open(struct sim *s, struct station *st);
void ask_update(struct sim *s, struct station *st, const char *id, const char *action, const struct json *p);
void ask_parts(struct sim *s, struct station *st, const char *id, const struct json *p, bool data);
void ask_components(struct sim *s, struct station *st, const char *id, const struct json *p, bool data);
void ask_data(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_variables(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_report(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_configuration(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_trigger(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_publish(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_unpublish(struct sim *s, struct station *st, const char *id, const struct json *p);
void ask_log(struct sim *s, struct station *st, const char *id, const char *action, const struct json *p);
void publish_step(struct sim *s, struct station *st, int64_t arg);
void log_step(struct sim *s, struct station *st, int64_t arg, const char *location);
bool is_parted(const struct sim *s, const struct station *st); /* answers GetFirmwareComponents */
const char *version_text(const struct sim *s, const struct station *st, char *buf,
			 size_t n); /* as it boots with */

/* ---- train.c: a firmware job ---- */
enum op {
	OP_STATUS,   /* arg: index of the status */
	OP_FETCH,    /* download; on failure the train becomes a failed one */
	OP_WAIT,     /* arg: tenths of a second of train time */
	OP_TX_WAIT,  /* until no transaction runs; arg: tenths of a second at least */
	OP_ACTIVATE, /* the new versions run from now on */
	OP_BACK,     /* ... the old ones again */
	OP_DROP,     /* connection lost, comes back without a restart */
	OP_REBOOT,   /* restart: boots with FirmwareUpdate when arg is 1, PowerUp otherwise */
	OP_EVENT,    /* arg: index of the security event */
	OP_EVSES,    /* arg: available? */
	OP_FORGET,   /* the job is gone */
	OP_END
};
extern const char *const status_text[];
void train_start(struct sim *s, struct station *st, bool is_signed);
void train_cancel(struct sim *s, struct station *st);
void train_step(struct sim *s, struct station *st);
void train_resume(struct sim *s, struct station *st); /* after a connection came, or the process began */
enum fetched { FETCH_OK, FETCH_FAILED, FETCH_BAD_SIGNATURE };
void train_fetched(struct sim *s, struct station *st, enum fetched how, const char *sha, const char *head);
const struct image *image_find(const struct sim *s, const char *text);
int version_compare(const char *a, const char *b);

/* ---- fetch.c: downloads and uploads, in threads ---- */
bool fetch_start(struct sim *s);
int fetch_fd(const struct sim *s);
void fetch_ask(struct sim *s, struct station *st,
	       const char *url); /* signature and certificate as the station has them */
void fetch_put(struct sim *s, struct station *st, const char *url, const char *text);
void fetch_done(struct sim *s);
void fetch_end(struct sim *s);

#endif
