/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DCC that is played, with meters behind it: the services D, S and T, asynchronous responses and alerts,
 * and up to some millions of simulated devices, in one thread. It shares no code with the service side: XML,
 * signatures, GBCS and the OTA file are its own, so that each is a witness of the other (as the simulator of
 * stations is). What the service side did wrong is counted (`enum sin`), never helped over.
 *
 * Sources: gb-metering 3 and 4, DUIS XSD 5.4, the GBCS use cases CS06, CS08, ECS52, GCS38.
 */
#ifndef FAKE_DCC_FAKE_H
#define FAKE_DCC_FAKE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- util.c ---- */
struct buf { /* growing bytes, NUL-terminated */
	char *p;
	size_t len, cap;
};
void *need(void *p);                                        /* p, or the end of the program */
void *grow(void *p, size_t *cap, size_t want, size_t size); /* room for want elements */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_put(struct buf *b, const char *text);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_octet(struct buf *b, unsigned v);
void buf_be(struct buf *b, uint64_t v, int octets);
void buf_base64(struct buf *b, const void *p, size_t n);
void buf_xml(struct buf *b, const char *text);
void buf_clear(struct buf *b);
void buf_free(struct buf *b);
bool base64_read(const char *text, size_t n, struct buf *out); /* strict but for white space */
#define EUI_SIZE 24
const char *eui_text(uint64_t eui, char buf[EUI_SIZE]);
bool eui_read(const char *text, size_t n, uint64_t *ret);     /* exactly XX-XX-XX-XX-XX-XX-XX-XX */
bool hex_read(const char *text, uint8_t *ret, size_t octets); /* exactly */
bool u64_read(const char *text, uint64_t *ret);               /* decimal, no leading zeros */
bool time_read(const char *text, int64_t *ret);               /* xs:dateTime in UTC */
int64_t now_ms(void);                                         /* UTC */
int64_t mono_ms(void);
void buf_time(struct buf *b, int64_t ms); /* xs:dateTime with ms */
uint64_t chance(uint64_t *state);         /* a random number */

/* ---- what is played ---- */
enum kind { ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD, CAD, KINDS };
extern const char *const kind_text[KINDS];
enum status { S_PENDING, S_COMMISSIONED, S_SUSPENDED, S_DECOMMISSIONED, S_WITHDRAWN, S_INSTALLED, STATUSES };
extern const char *const status_text[STATUSES];

struct model { /* what a device is, but for its firmware */
	char name[32];
	enum kind kind;
	uint16_t manufacturer, type, hardware; /* hardware: version high, revision low */
	uint32_t first;                        /* firmware of a new device */
	char variant[8], band[24], smets[24];
};
struct firmware {
	int model;
	uint32_t version;
	char gbcs[16];    /* declared GBCS version */
	char hub_gbcs[8]; /* a hub of at least this can carry it; "" = any */
};
struct hop { /* what may be installed over what; anything else bricks */
	int model;
	uint32_t from, to;
};
struct image { /* taken from an 11.1 or 11.4, by the hash of the Manufacturer Image */
	uint8_t sha[32];
	uint16_t manufacturer, type, hw_min, hw_max;
	bool has_hw, good; /* good: the supplier's signature fits (or none is needed) */
	uint32_t version;
};
#define NO_IMAGE 0
#define BROKEN_IMAGE 1 /* held, but its hash is nobody's */

struct meter {
	uint64_t eui;
	uint64_t counter;            /* of the last RequestID of its user */
	uint64_t command;            /* of the last CS06 that it obeyed */
	uint64_t transformed;        /* RequestID of the last transform */
	uint64_t said;               /* its own counter, of alerts */
	int64_t activate_at;         /* -1 = nothing is scheduled */
	uint64_t scheduled;          /* RequestID of what is scheduled */
	int64_t next_at;             /* mono: what it is asked happens in order */
	uint64_t push;               /* RequestID of the 11.1 under way; 0 = none */
	uint32_t version, inventory; /* what it runs; what the inventory believes */
	uint32_t han;
	uint32_t faults; /* index + 1 of its first fault; 0 = none */
	uint16_t held;   /* index of its image */
	uint8_t model, status, user, counter_user;
	bool verified : 1, bricked : 1, sent : 1 /* the CV5 of transformed was seen */,
	    lied : 1 /* its Pre-Command said something wrong */;
};
struct han {
	uint32_t first;
	uint16_t count;
	uint16_t hub; /* index within the HAN; count = none */
};
struct user {
	uint64_t eui;
	bool is, gs;
	X509 *xml, *command;
	char issuer[200], serial[80]; /* of xml, as X509IssuerSerial says them */
	char host[80], port[8], path[200];
	uint64_t counter; /* highest of the RequestIDs to the DCC */
#define RECENT 4096
	uint64_t *recent; /* the newest of them, by counter modulo RECENT */
};

/* What the service side did that it must never do. */
enum sin {
	SIN_BRICKED,    /* activated something that no hop allows */
	SIN_DOUBLED,    /* activated again what runs already */
	SIN_REUSED,     /* RequestID counter used twice */
	SIN_FELL,       /* RequestID counter below an earlier one */
	SIN_SIGNATURE,  /* of a document */
	SIN_STRUCTURE,  /* no DUIS */
	SIN_SERVICE,    /* at the wrong service */
	SIN_TARGET,     /* 11.1, 11.4, 8.2 not to the DCC, or a command to it */
	SIN_ROLE,       /* neither IS nor GS */
	SIN_LIST,       /* twice in a list, or more than 50,000 */
	SIN_IMAGE,      /* layout, sizes or version of the OTA file */
	SIN_TO_HUB,     /* CHF or GPF pushed by a supplier */
	SIN_TYPE_2,     /* IHD or CAD pushed */
	SIN_MISFIT,     /* pushed to a device of another maker, model or hardware */
	SIN_HUB_CANNOT, /* pushed to a PPMID or HCALCS whose hub cannot carry it */
	SIN_EARLY,      /* activated before 8F72 told its hash */
	SIN_COMMAND,    /* a signed Pre-Command that is not ours, or not well signed */
	SIN_SIGNED_LIE, /* signed a Pre-Command that says something else than was asked for */
	SIN_REPLAYED,   /* a CS06 that the device had seen */
	SIN_NOT_ITS,    /* asked for a device of another supplier */
	SINS
};
extern const char *const sin_text[SINS];

/* Faults, by meter or by rate (fault.c). */
#define WORDS(X)                                                                                             \
	X(BUSY, "busy", "OtherRequestInProgressList")                                                        \
	X(NOT_APPLICABLE, "not-applicable", "NotApplicableFirmwareDeviceIDList")                             \
	X(GBCS, "gbcs-version", "InvalidGBCSVersionList")                                                    \
	X(NOT_COMMISSIONED, "not-commissioned", "NotCommissionedDeviceIDList")                               \
	X(INVALID, "invalid-id", "InvalidDeviceIDList")                                                      \
	X(PUSH_REFUSED, "push-refused", "E110103 (E110403) for the whole request")                           \
	X(UNDELIVERED, "undelivered", "N61")                                                                 \
	X(PUSH_FAILED, "distribution-failure", "FirmwareDistributionFailure")                                \
	X(HARDWARE, "hardware-mismatch", "FirmwareTransferAlert HardwareVersionMismatch")                    \
	X(DISCARDED, "discarded", "FirmwareTransferAlert FirmwareImageDiscarded")                            \
	X(TRANSFER_FAILED, "transfer-failure", "FirmwareTransferAlert FileTransferFailure")                  \
	X(NO_DELIVERY, "no-delivery", "neither N60 nor anything else")                                       \
	X(NO_N60, "no-n60", "the device verifies, N60 never comes")                                          \
	X(N60_LATE, "n60-late", "N60 after 8F72")                                                            \
	X(BAD_IMAGE, "image-bad", "8F1C")                                                                    \
	X(OTHER_HASH, "image-other-hash", "8F72 with another hash")                                          \
	X(NO_VERIFY, "no-verify", "no 8F72")                                                                 \
	X(PRE_HASH, "precommand-hash", "Pre-Command with another hash")                                      \
	X(PRE_COUNTER, "precommand-counter", "... another counter")                                          \
	X(PRE_DEVICE, "precommand-device", "... another device")                                             \
	X(PRE_TIME, "precommand-time", "... with a time that nobody asked for")                              \
	X(PRE_GARBAGE, "precommand-garbage", "... cut off")                                                  \
	X(PRE_BARE, "precommand-bare", "a right one without the octet for the length of the signature")      \
	X(TRANSFORM_REFUSED, "transform-refused", "E11")                                                     \
	X(OUT_NO_IMAGE, "outcome-no-image", "CS06 1")                                                        \
	X(OUT_HASH, "outcome-hash", "CS06 2")                                                                \
	X(OUT_FAILED, "outcome-failed", "CS06 3; runs on with the old firmware")                             \
	X(OUT_LOST, "outcome-lost", "activated, but the outcome is never heard of")                          \
	X(OUT_LATE, "outcome-late", "activated, the outcome comes after ARG ms")                             \
	X(COMMAND_LOST, "command-lost", "never reaches the device, and nobody says so")                      \
	X(COMMAND_FAILED, "command-failure", "never reaches the device: CommandFailure")                     \
	X(OUT_EARLY, "outcome-early", "the outcome comes before I99")                                        \
	X(RUNS_OTHER, "runs-other", "outcome 0, but something else runs: firmware ARG")                      \
	X(ROLLED_BACK, "rolled-back", "outcome 0, but the old firmware runs")                                \
	X(SUSPENDED, "suspended", "activated, the outcome is lost and the device Suspended")                 \
	X(FUTURE_FAILED, "future-failed", "8F67")                                                            \
	X(MISMATCH, "mismatch-alert", "FirmwareVersionMismatch after the activation")                        \
	X(QUARANTINED, "quarantined", "I99, then QuarantinedRequest; ARG 0 user, 1 DCC, 2 attribute limits") \
	X(COMMAND_REFUSED, "command-refused", "E20 instead of I99")                                          \
	X(UNSIGNED, "refused-unsigned", "E65, not signed, to a command or a transform")                      \
	X(READ_LOST, "read-lost", "no answer to 11.2")                                                       \
	X(READ_REFUSED, "read-refused", "E21 instead of the version")                                        \
	X(THROTTLED, "throttled", "HTTP 429")                                                                \
	X(HTTP_500, "http-500", "HTTP 500; the request is not looked at")                                    \
	X(HTTP_SILENT, "http-silent", "the request is done, the answer never comes")                         \
	X(HTTP_CLOSED, "http-closed", "the request is done, the connection ends without an answer")          \
	X(ANSWER_LATE, "answer-late", "the answer takes ARG ms")                                             \
	X(TWICE, "twice", "each message is sent twice, with the same ResponseID")                            \
	X(LOST, "lost", "the next message to the user is lost")                                              \
	X(FORGED, "forged", "a forged message goes before the next one")
enum word {
#define X(id, text, what) W_##id,
	WORDS(X)
#undef X
	    WORD_COUNT
};
extern const char *const word_text[WORD_COUNT], *const word_what[WORD_COUNT];

struct fault {
	uint32_t meter; /* NOBODY: of whole requests and of all */
	enum word word;
	uint32_t next; /* of the same meter: index + 1 */
	int64_t left;  /* occasions; -1 = for ever */
	int64_t arg;
};
#define NOBODY UINT32_MAX

/* Things that happen later. */
enum event_kind { EV_DELIVER, EV_VERIFY, EV_COMMAND, EV_ACTIVATE, EV_READ, EV_INSTALL };
struct event {
	int64_t at;      /* mono ms */
	uint64_t serial; /* first come, first served */
	uint32_t meter;
	uint16_t image;
	uint8_t kind, user;
	uint64_t counter; /* RequestID */
	int64_t when;     /* CS06: ExecutionDateTime, -1 = now */
};

/* Messages to a user. */
enum message {
	M_DELIVERY,
	M_PUSH_FAILED,
	M_TRANSFER,
	M_IMAGE,
	M_OUTCOME,
	M_ACCEPTED,
	M_FUTURE,
	M_VERSION,
	M_READ_FAILED,
	M_PPMID,
	M_PPMID_DEVICE,
	M_QUARANTINED,
	M_COMMAND_FAILED,
	M_MISMATCH,
	M_CHURN,
	M_STATUS,
	M_HUB,
	M_CHANGED,
	M_POWER_ON,
	M_RAW,
	MESSAGES
};
extern const char *const message_text[MESSAGES];
struct out {
	enum message what;
	uint32_t meter;
	uint8_t user;
	uint16_t image;
	int code;         /* outcome, alert code, success ... */
	uint32_t version; /* as told */
	uint64_t counter; /* of the RequestID that it answers; 0 = none */
	uint64_t serial;  /* of its ResponseID, or of the device */
	int64_t at, when;
	char *raw; /* M_RAW: owned */
	bool forged;
	uint64_t waiting_since; /* mono */
};

struct journal { /* for tests: what was asked for a meter */
	uint32_t meter;
	uint8_t user, service, variant;
	uint64_t counter;
	int64_t at, when;
	char code[12];
};
struct step {
	uint32_t meter, from, to;
	int64_t at;
};

struct conn;
struct world {
	/* configuration */
	uint64_t eui; /* the DCC's */
	char schema[8], authority_code[8];
	X509 *dsp;
	EVP_PKEY *dsp_key, *forger;
	char dsp_issuer[200], dsp_serial[80];
	char log_dir[200];
	bool journal_on, version_alert, strict;
	int64_t delay_answer, delay_deliver, delay_verify, delay_command, delay_read, delay_install, jitter;
	int parallel; /* connections to each user */
	struct model *model;
	size_t nmodels, cmodels;
	struct firmware *firmware;
	size_t nfirmwares, cfirmwares;
	struct hop *hop;
	size_t nhops, chops;
	struct user *user;
	size_t nusers, cusers;
	struct meter *meter;
	size_t nmeters, cmeters;
	struct han *han;
	size_t nhans, chans;
	uint32_t *by_eui; /* hash table of index + 1 */
	size_t by_eui_size;
	/* running */
	int epoll;
	int64_t clock_offset; /* ms that the devices' clock is ahead */
	uint64_t random, serial, logged;
	struct image *image;
	size_t nimages, cimages;
	struct event *event; /* heap */
	size_t nevents, cevents;
	struct fault *fault;
	size_t nfaults, cfaults;
	uint32_t faults; /* of whole requests */
	double rate[WORD_COUNT];
	int64_t rate_arg[WORD_COUNT];
	struct out *queue; /* ring of what waits for a connection */
	size_t queue_first, queue_len, queue_cap;
	struct late {
		int64_t at;
		struct conn *conn;
		char *text;
	} * late;
	size_t nlate, clate;
	struct out *again; /* not taken yet; with text */
	struct conn **conn;
	size_t nconns, cconns;
	struct journal *journal;
	size_t njournal, cjournal;
	struct step *step;
	size_t nsteps, csteps;
	bool stop, paused;
	bool lower; /* EUIs in lower case */
	/* counts */
	int64_t sin[SINS], asked[5], acks, errors, sent[MESSAGES], taken, refused_by_user, again_count, lost,
	    activations, bytes_in, overtaken;
};

/* ---- fault.c ---- */
int word_named(const char *text);
/* Does it happen now? By meter (NOBODY: whole requests), else by rate. Uses it up. */
bool fault_now(struct world *w, uint32_t meter, enum word word, int64_t *ret_arg);
void fault_add(struct world *w, uint32_t meter, enum word word, int64_t times, int64_t arg);
void sin_add(struct world *w, enum sin s, uint32_t meter, const char *detail);

/* ---- fleet.c ---- */
bool config_read(struct world *w, const char *path, char *listen, char *control);
uint32_t meter_find(const struct world *w, uint64_t eui); /* NOBODY: none */
int user_find(const struct world *w, uint64_t eui);
const struct firmware *firmware_of(const struct world *w, int model, uint32_t version); /* NULL: not known */
const char *gbcs_of(const struct world *w, const struct meter *m);
bool hop_allowed(const struct world *w, int model, uint32_t from, uint32_t to);
struct meter *hub_of(const struct world *w, const struct meter *m); /* NULL: none */
int version_compare(const char *a, const char *b);                  /* "4.10" > "4.2" */
int model_named(const struct world *w, const char *name);

/* ---- sign.c ---- */
X509 *cert_load(const char *path);
EVP_PKEY *key_load(const char *path);
bool cert_names(X509 *c, char issuer[200], char serial[80]);
uint64_t cert_eui(X509 *c); /* x500UniqueIdentifier; 0 = none */
bool cert_unit_is(X509 *c, const char *ou);
bool raw_sign(EVP_PKEY *key, const void *p, size_t n, uint8_t ret[64]);
bool raw_good(EVP_PKEY *key, const void *p, size_t n, const uint8_t sign[64]);
void sha256(const void *p, size_t n, uint8_t ret[32]);

/* ---- gbcs.c: GBCS messages ---- */
struct cs06 {
	uint64_t originator, device, counter;
	uint8_t hash[32];
	int64_t when; /* -1 = now */
};
#define CANCEL_AT INT64_C(32535129600000)                     /* 3000-12-31T00:00:00Z */
void gbcs_pre_command(const struct cs06 *c, struct buf *out); /* with the 00 at its end */
/* A signed one: what it says, and where its signature is. NULL: it is one; else what is wrong. */
const char *gbcs_signed_read(const uint8_t *p, size_t n, struct cs06 *ret, const uint8_t **ret_sign,
			     size_t *ret_signed);
void gbcs_outcome(const struct world *w, const struct out *o, struct buf *out);
void gbcs_accepted(const struct world *w, const struct out *o, struct buf *out);
void gbcs_future(const struct world *w, const struct out *o, struct buf *out);
void gbcs_image_alert(const struct world *w, const struct out *o, struct buf *out);
void gbcs_version(const struct world *w, const struct out *o, struct buf *out);
void gbcs_ppmid_alert(const struct world *w, const struct out *o, struct buf *out);
void gbcs_plain_alert(const struct world *w, const struct out *o, struct buf *out);

/* ---- say.c: documents ---- */
struct head { /* of an answer */
	uint64_t originator, target, counter;
	char service[8];
};
/* Signs body (Header and Body) as the DCC and appends the whole document. */
void document_sign(struct world *w, EVP_PKEY *key, const struct buf *body, struct buf *out);
void say_ack(struct world *w, const struct head *h, const char *code, const struct buf *inside,
	     struct buf *out);
void say_error(struct world *w, const struct head *h, const char *code, struct buf *out); /* unsigned */
void say_message(struct world *w, const struct out *o, struct buf *out);
void say_log(struct world *w, const char *what, const char *p, size_t n);

/* ---- request.c: what is asked ---- */
enum service { D_SERVICE, S_SERVICE, T_SERVICE };
enum asked { ASK_11_1, ASK_11_2, ASK_11_3, ASK_11_4, ASK_8_2, ASKS };
extern const char *const asked_text[ASKS];
struct request {
	struct head head;
	int user, variant;
	enum asked what;
	struct buf image; /* 11.1, 11.4 */
	char version[12];
	uint64_t *device;
	size_t ndevices;
	int64_t when; /* -1 = none */
	uint8_t hash[32];
	struct buf payload; /* CV5 */
	uint64_t about;     /* 8.2 */
};
/* 0, else the code of an unsigned refusal; "" when not even a RequestID could be read. */
const char *request_read(struct world *w, const char *p, size_t n, struct request *r);
void request_free(struct request *r);

/* ---- service.c ---- */
/* Does what was asked and makes the answer. HTTP status; 0: no answer, -1: end the connection. */
int service_do(struct world *w, enum service s, const char *p, size_t n, struct buf *answer,
	       int64_t *ret_late);
const char *image_read(struct world *w, const struct request *r, struct image *ret); /* NULL: well */

/* ---- device.c ---- */
void event_add(struct world *w, int64_t after, const struct event *e);
int64_t events_run(struct world *w); /* ms until the next, -1 */
void push_begin(struct world *w, uint32_t meter, uint16_t image, uint64_t counter, uint8_t user);
int64_t device_now(const struct world *w); /* clock of the devices, UTC ms */
void tell(struct world *w, struct out o);  /* puts it into the queue; serial and times are set here */
int64_t delayed(struct world *w, int64_t ms);

/* ---- net.c ---- */
bool net_listen(struct world *w, const char *where, bool control, char *ret_where, size_t n);
void net_pump(struct world *w); /* messages that wait go to free connections */
void net_wait(struct world *w, int64_t ms);
void net_late(struct world *w);

/* ---- control.c ---- */
int control_do(struct world *w, const char *method, const char *path, const char *body, size_t n,
	       struct buf *answer);

#endif
