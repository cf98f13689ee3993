/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of model/gbcs: a reader of octets that goes forward only, the DER that GBCS uses, and the
 * grouping header. The first thing that does not fit is remembered with its place, and everything read after
 * it is zero, so that callers ask once at the end.
 */
#ifndef FIRPATH_MODEL_GBCS_OCTETS_H
#define FIRPATH_MODEL_GBCS_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define EUI_LEN 8
#define COUNTER_LEN 8
#define HASH_LEN 32
#define SIGN_LEN 64
#define OCTETS_COMMAND 1 /* kinds of messages */
#define OCTETS_ANSWER 2
#define OCTETS_ALERT 3
#define OCTETS_SIGNED 0xDF /* a message begins so */

struct octets {
	const uint8_t *p;
	size_t at, end;
	size_t bad_at;   /* where it failed */
	const char *bad; /* NULL = all well */
};

/* what: which part does not fit, for the message; text that lives on. */
void octets_spoil(struct octets *c, size_t at, const char *what);
const uint8_t *octets_take(struct octets *c, size_t n, const char *what); /* NULL = it is not there */
uint64_t octets_number(struct octets *c, size_t n, const char *what);     /* at most 8 octets */
void octets_expect(struct octets *c, uint8_t want, const char *what);
int octets_peek(const struct octets *c); /* the next one, not taken; -1 at the end */
/* A length in as few octets as it needs; the rest holds that much. */
size_t octets_length(struct octets *c, const char *what);
/* The next n octets as a reader of their own, which must be read to its end; c goes on behind them. */
struct octets octets_part(struct octets *c, size_t n);
void octets_part_end(struct octets *c, struct octets *in, const char *what);
/* ERR_INVALID with the place, when something did not fit. */
int octets_judge(const struct octets *c, const char *name, struct err *e) MUST_USE;

struct octets octets_der_sequence(struct octets *c, const char *what);
uint64_t octets_der_integer(struct octets *c, const char *what); /* 0 to 2^64 - 1 */
const uint8_t *octets_der_octets(struct octets *c, size_t want, const char *what);
/* GeneralizedTime YYYYMMDDHHMMSSZ as UTC ms; "never" is GBCS_CANCEL_AT. */
int64_t octets_der_time(struct octets *c, const char *what);

struct octets_header {
	uint8_t kind; /* OCTETS_COMMAND... */
	uint64_t counter, originator, receiver;
	uint16_t use_case;
	bool plain;          /* nothing stands where time and supplementary party may */
	struct octets body;  /* the payload */
	size_t from, behind; /* what is signed */
};
void octets_header(struct octets *c, struct octets_header *h);

#endif
