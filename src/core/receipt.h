/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answer receipts: a signed line (base/sign.h) that says what was asked, what was answered, from which
 * revision, and where the audit chain stood. Whoever holds one can prove later what this service said, and a
 * store that was changed or rolled back meanwhile is found by it. The members, in this order
 *(doc/receipts.md):
 *
 *	receipt "firpath/1", service, issued_at, question {kind, from, to, at, prefer, allow_removed},
 *revision, revision_at, epoch, audit {seq, hash}, key, notice, answer_sha256, answer, signature
 *
 * `answer` is the very bytes that the question gets without a receipt, less the newline at their end, and is
 * the last member before the signature; `answer_sha256` is over those bytes with the newline.
 */
#ifndef FIRPATH_CORE_RECEIPT_H
#define FIRPATH_CORE_RECEIPT_H

#include "base/sign.h"
#include "core/lookup.h"
#include "store/db.h"

#define RECEIPT_MAX (4 * MIB)

/* What a receipt is made from besides the question. */
struct receipt_maker {
	const struct sign_key *key; /* borrowed */
	const char *service;        /* who answers: public_url, or "" */
	int64_t now;                /* UTC ms; the answer was made for the day of it */
	bool check;                 /* the question is "is it on the path" (GET /v1/path/check) */
};

/* Appends the receipt of an answer; db tells where the chain stands. ERR_TOO_LARGE. */
int receipt_make(const struct receipt_maker *m, struct db *db, const struct ask *ask, const struct answer *a,
		 struct str *out, struct err *e) MUST_USE;

/* Is this text a receipt whose signature by that key holds? ERR_SIGNATURE. Offline. */
int receipt_verify(const struct sign_public *p, const char *text, size_t n, struct err *e) MUST_USE;
/* Appends the answer that it holds, byte for byte as the question gives it without a receipt. */
int receipt_answer(const char *text, size_t n, struct str *out, struct err *e) MUST_USE;
/* The id of the key that it names, unproven. ERR_SIGNATURE when it is no receipt. */
int receipt_key_id(const char *text, size_t n, char ret[SHA256_HEX], struct err *e) MUST_USE;

/* Is the answer of a receipt what this store gives for that revision, and is the head that it names in this
 * store's chain? The signature is not looked at. Appends {"ok","answer":"same"|"differs"|"no-such-revision",
 * "chain":"holds"|"forked"|"cut","revision","seq"}; *ret_ok. ERR_SIGNATURE when it is no receipt. */
int receipt_replay(struct db *db, const char *text, size_t n, struct str *out, bool *ret_ok,
		   struct err *e) MUST_USE;

#endif
