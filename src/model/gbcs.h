/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GBCS messages that firmware is about: the CS06 Pre-Command (activate firmware) as the transform service
 * gives it, its signed form, and what devices answer and alert (GBCS 11.2.4, gb-metering 3.2, 3.3). Pure
 * but for signing, which takes a function. EUI-64s as uint64, big-endian on the wire.
 */
#ifndef FIRPATH_MODEL_GBCS_H
#define FIRPATH_MODEL_GBCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define GBCS_MAX 4096 /* octets of a payload that is looked at */
#define GBCS_CS06 0x0012
#define GBCS_ALERT_FUTURE 0x00CA /* 8F66, 8F67 */
#define GBCS_ALERT_IMAGE_ESME 0x00CE
#define GBCS_ALERT_IMAGE_GSME 0x00CF
#define GBCS_READ_ESME 0x0059 /* ECS52 */
#define GBCS_READ_GSME 0x0084 /* GCS38 */
#define GBCS_READ_CS08 0x0129 /* PPMID, HCALCS */

/* ExecutionDateTime that takes a future-dated command back. */
#define GBCS_CANCEL_AT INT64_C(32535129600000) /* 3000-12-31T00:00:00Z, UTC ms */

struct gbcs_command { /* CS06 Pre-Command */
	uint64_t counter, originator, device;
	uint8_t hash[32];
	uint64_t inner_counter; /* INTEGER of the body */
	int64_t
	    at; /* UTC ms; -1 = at once. What takes back (99991231235959Z on the wire) is GBCS_CANCEL_AT. */
	/* What is signed: all after the first octet up to the end of the body. A last octet 00 (no signature
	 * yet), which some senders leave away, is not part of it. */
	size_t signed_at, signed_len;
};
/* ERR_INVALID with the offset when it is not exactly a CS06 Pre-Command. */
int gbcs_read_command(const uint8_t *p, size_t n, struct gbcs_command *ret, struct err *e) MUST_USE;
/* What was asked for; the Pre-Command must say just that (3.2 no. 4: the user checks before signing). */
struct gbcs_want {
	uint64_t originator, device, counter; /* counter of the RequestID */
	uint8_t hash[32];
	int64_t at; /* -1 = at once */
};
/* ERR_CONFLICT with every difference named. */
int gbcs_command_matches(const struct gbcs_command *c, const struct gbcs_want *want, struct err *e) MUST_USE;
/* The signed Pre-Command: sign() gives r and s (64 octets) over SHA-256 of the signed part. ret has room for
 * n + 65. */
typedef int (*gbcs_sign_fn)(void *ctx, const uint8_t *p, size_t n, uint8_t ret[64], struct err *e);
int gbcs_sign(const uint8_t *p, size_t n, gbcs_sign_fn sign, void *ctx, uint8_t *ret, size_t *ret_len,
	      struct err *e) MUST_USE;

/* What devices say. */
enum gbcs_said {
	GBCS_SAID_OTHER,           /* something else, or a use case that is not ours */
	GBCS_SAID_OUTCOME,         /* CS06 answer */
	GBCS_SAID_ACCEPTED,        /* CS06 answer to a future-dated command: kept for later, or taken back */
	GBCS_SAID_VERSION,         /* answer to 11.2 */
	GBCS_SAID_IMAGE_GOOD,      /* 8F72 */
	GBCS_SAID_IMAGE_BAD,       /* 8F1C */
	GBCS_SAID_FUTURE_DONE,     /* 8F66 */
	GBCS_SAID_FUTURE_FAILED,   /* 8F67 */
	GBCS_SAID_VERSION_CHANGED, /* 8F43 */
	GBCS_SAID_POWER_ON_FAILED, /* 8F1B */
	GBCS_SAID_ACTIVATION,      /* 8F8B: a PPMID or HCALCS tells the outcome and what runs now */
	GBCS_SAIDS
};
enum gbcs_outcome { GBCS_DONE, GBCS_NO_IMAGE, GBCS_HASH_DIFFERS, GBCS_NOT_ACTIVATED, GBCS_OUTCOMES };
struct gbcs_message {
	enum gbcs_said what;
	/* Of the grouping header: originator = the device. An answer through the access control broker names
	 * user and counter of the request beside its own: then these are told. */
	uint64_t counter, originator, receiver;
	bool alert;          /* an alert, not an answer */
	uint16_t use_case;   /* message code */
	uint16_t alert_code; /* 0 = none */
	uint64_t command;    /* counter of the command that a future-dated alert is about; 0 = none */
	bool has_hash;
	uint8_t hash[32];
	enum gbcs_outcome outcome; /* GBCS_SAID_OUTCOME, _FUTURE_DONE, _FUTURE_FAILED, _ACTIVATION */
	bool has_version;          /* a device that could not read it answers without */
	uint32_t version;          /* running now */
};
/* With or without the MAC wrapper (DD). ERR_INVALID with the offset for what is cut off or no GBCS message;
 * unknown use cases are GBCS_SAID_OTHER. */
int gbcs_read_message(const uint8_t *p, size_t n, struct gbcs_message *ret, struct err *e) MUST_USE;

#endif
