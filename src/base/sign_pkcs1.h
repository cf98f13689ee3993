/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of Manifests (OCORA-TWS15-060 annex, 6.1.12.15-16; doc/adr/0008-vehicles.md, 5):
 * RSASSA-PKCS1-v1_5 with SHA-256 ("PKCS#1"; RSA of 2048 to 8192 bits, exponent 65537 or larger), and Ed25519
 * as an extension. A signature has exactly the length that its key gives; what is shorter or longer, padded
 * or encoded otherwise does not hold.
 */
#ifndef FIRPATH_BASE_SIGN_PKCS1_H
#define FIRPATH_BASE_SIGN_PKCS1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"

#define PKCS1_SIGN_MAX 1024 /* bytes of the longest signature */
#define PKCS1_PEM_MAX ((size_t)16 << 10)
enum pkcs1_kind { PKCS1_RSA, PKCS1_ED25519, PKCS1_KINDS };
extern const char *const pkcs1_kind_text[PKCS1_KINDS + 1]; /* "PKCS#1", "Ed25519": Signature Type */

struct pkcs1_key; /* a public key, or a private one with its public half; any number of threads */
void pkcs1_free(struct pkcs1_key *k);
DEFINE_OWN(struct pkcs1_key, pkcs1_free)

/* A public key or an X.509 certificate (its key counts, nothing else of it) in PEM form. ERR_CONFIG. */
int pkcs1_public(const char *pem, size_t n, struct pkcs1_key **ret, struct err *e) MUST_USE;
/* A private key in a PEM file that nobody else can read. ERR_CONFIG, ERR_NO_FILE. */
int pkcs1_load(const char *path, struct pkcs1_key **ret, struct err *e) MUST_USE;
/* Makes a key file (PKCS #8 PEM, mode 0600); RSA with 3072 bits. ERR_CONFLICT: the file is there. */
int pkcs1_make(enum pkcs1_kind kind, const char *path, struct pkcs1_key **ret, struct err *e) MUST_USE;

enum pkcs1_kind pkcs1_kind(const struct pkcs1_key *k);
size_t pkcs1_sign_len(const struct pkcs1_key *k);
const char *pkcs1_id(const struct pkcs1_key *k); /* SHA-256 of the public key (SubjectPublicKeyInfo), hex */
void pkcs1_pem(const struct pkcs1_key *k, struct str *out); /* the public key */

bool pkcs1_good(const struct pkcs1_key *k, const void *data, size_t n, const uint8_t *sign, size_t nsign);
/* Writes pkcs1_sign_len() bytes. The key must be a private one. */
void pkcs1_sign(const struct pkcs1_key *k, const void *data, size_t n, uint8_t ret[PKCS1_SIGN_MAX]);

#endif
