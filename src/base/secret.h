/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets at rest: passwords as scrypt digests (RFC 7914, through OpenSSL), random secrets, and HMAC-SHA-256.
 * A password's digest carries its own parameters, so they can be raised without making old ones useless.
 */
#ifndef FIRPATH_BASE_SECRET_H
#define FIRPATH_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

/* scrypt: 2^15 blocks of 8, three times over: 32 MiB while it runs. */
#define SCRYPT_LOG2N 15
#define SCRYPT_R 8
#define SCRYPT_P 3
#define SCRYPT_MEM_MAX ((uint64_t)128 << 20) /* what a digest from the store may ask for */
#define SALT_LEN 16
#define PASSWORD_TEXT 128 /* "scrypt$15$8$3$<32 digits>$<64 digits>" with the NUL */

/* ERR_NO_MEMORY. */
int password_hash(const char *password, char ret[PASSWORD_TEXT], struct err *e) MUST_USE;
/* hash NULL: false after the time that a right one takes. ERR_STORE when hash is no such text. */
int password_fits(const char *password, const char *hash, bool *ret, struct err *e) MUST_USE;

/* 256 random bits as 64 lower-case hex digits. */
#define SECRET_HEX 65
char *secret_new(char buf[SECRET_HEX]);
/* SHA-256 of a text as 64 upper-case hex digits: how a random secret is kept. */
char *secret_digest(const char *secret, char buf[SHA256_HEX]);

void hmac_sha256(const void *key, size_t nkey, const void *p, size_t n, uint8_t out[SHA256_LEN]);
/* Overwrites memory that held a secret. */
void secret_wipe(void *p, size_t n);

#endif
