/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that sign files, over OpenSSL: one certificate, issued by one of a set of authorities, and
 * signatures over the SHA-256 of a file. OCPP 2.0.1 L01.FR.04 names RSA-PSS and ECSchnorr; ECSchnorr is in no
 * library here and is refused by name; ECDSA and RSASSA-PKCS1-v1_5 are what stations that check with
 * `openssl dgst` take, so they are taken when the release says so. Intermediate certificates do not travel
 * with firmware (L01): whoever issues is itself in the set.
 */
#ifndef FIRPATH_BASE_CERT_H
#define FIRPATH_BASE_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

#define CERT_ROOTS_MAX 200
#define CERT_FILE_MAX ((size_t)1 << 20)
#define CERT_WHY_SIZE 200

enum cert_algorithm { CERT_RSA_PSS, CERT_RSA_PKCS1, CERT_ECDSA, CERT_ALGORITHMS };
/* "RSA-PSS-SHA256", "RSA-PKCS1-SHA256", "ECDSA-SHA256", NULL */
extern const char *const cert_algorithm_text[CERT_ALGORITHMS + 1];

struct cert_roots; /* read-only once loaded; any number of threads */
/* A PEM file of certificates; "" = none. ERR_CONFIG. */
int cert_roots_load(const char *path, struct cert_roots **ret, struct err *e) MUST_USE;
void cert_roots_free(struct cert_roots *r);
DEFINE_OWN(struct cert_roots, cert_roots_free)

struct cert; /* one certificate */
/* Exactly one certificate in PEM form and nothing else. False: why gets a phrase. */
bool cert_read(const char *pem, struct cert **ret, char why[CERT_WHY_SIZE]);
void cert_free(struct cert *c);
DEFINE_OWN(struct cert, cert_free)
/* Is it issued by one of these, valid now (UTC ms), strong enough (RSA of 2048 bits and more, P-256, P-384),
 * and may it sign code: key usage and extended key usage, where it states them, and no authority itself? */
bool cert_good(const struct cert *c, const struct cert_roots *r, int64_t now, char why[CERT_WHY_SIZE]);
/* Is that its signature over a file with this SHA-256? */
bool cert_signed(const struct cert *c, enum cert_algorithm how, const uint8_t *sign, size_t n,
		 const uint8_t sha256[SHA256_LEN], char why[CERT_WHY_SIZE]);
void cert_subject(const struct cert *c, char *buf, size_t size); /* for reports, one line of UTF-8 */

#endif
