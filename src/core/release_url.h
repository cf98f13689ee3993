/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that stations fetch images from and send logs to. Stations can send neither token nor header, so
 * the address itself is the permission: it carries an HMAC over what it is for, whose and until when, made
 * with a key that stands in the store (so that every node makes and takes the same). A00: nothing else of the
 * service is reachable with it.
 *
 *	BASE/ocpp/firmware/SHA256/TOKEN/IDENTITY      BASE/ocpp/logs/JOB/TOKEN/IDENTITY
 *
 * TOKEN is the last day on which it counts (days since 1970), a dot and 22 letters of base64url.
 */
#ifndef FIRPATH_CORE_RELEASE_URL_H
#define FIRPATH_CORE_RELEASE_URL_H

#include "base/err.h"
#include "store/store_ledger.h"

#define OCPP_URL_DAYS 30
#define OCPP_URL_SIZE 2001 /* the longest that any version of OCPP takes, with the NUL */
#define OCPP_TOKEN_SIZE 40

struct url_key {
	uint8_t k[32];
};
/* Makes it when there is none; db writing. */
int url_key_load(struct db *db, const struct actor *who, struct url_key *ret, struct err *e) MUST_USE;
/* The same without making it: for those who only look. *ret_got false: there is none, so no address was
 * ever given out. */
int url_key_read(struct db *db, struct url_key *ret, bool *ret_got, struct err *e) MUST_USE;
/* cdn: NULL or "" = from base, this service; else cdn/SHA256. max: bytes that this station's version takes
 * (512 or 2000). ERR_TOO_LARGE. */
int release_image_url(const struct url_key *k, const char *cdn, const char *base, const char *hash,
		      const char *identity, int64_t now, size_t max, char buf[OCPP_URL_SIZE],
		      struct err *e) MUST_USE;
int log_url(const struct url_key *k, const char *base, int64_t job, const char *identity, int64_t now,
	    size_t max, char buf[OCPP_URL_SIZE], struct err *e) MUST_USE;
/* Is this token one of ours, for this, and still good? */
bool release_image_url_ok(const struct url_key *k, const char *hash, const char *token, const char *identity,
			  int64_t now);
bool log_url_ok(const struct url_key *k, int64_t job, const char *token, const char *identity, int64_t now);

#endif
