/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 keys that sign for us, and certificates that signed for others: DUIS documents (XMLDSig), GBCS
 * commands, firmware images. A private key is a PEM file (readable by its owner only) or a `pkcs11:` URI,
 * which OpenSSL's store opens through a configured provider, else through the pkcs11 engine (Debian 12 packs
 * no provider; its module is the `module-path` of the first URI, else p11-kit's). Private keys are never
 * copied into the store or the log. Signatures are r and s, 32 octets each, never DER. Keys and certificates
 * may be used by many threads at once.
 */
#ifndef FIRPATH_BASE_P256_H
#define FIRPATH_BASE_P256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define P256_SIGN_LEN 64
#define P256_SERIAL_SIZE 64 /* decimal digits */
#define P256_ISSUER_SIZE 256

struct p256_key; /* private */
/* ERR_NO_FILE; ERR_CONFIG: no such key, not P-256, or others may read the file. PIN of a token: in the URI
 * (`pin-source=file:...`); nobody is asked for it. */
int p256_open(const char *where, struct p256_key **ret, struct err *e) MUST_USE;
void p256_free(struct p256_key *k);
DEFINE_OWN(struct p256_key, p256_free)
/* ECDSA over the SHA-256 of p. ERR_REMOTE: the token did not sign. */
int p256_sign(const struct p256_key *k, const void *p, size_t n, uint8_t ret[P256_SIGN_LEN],
	      struct err *e) MUST_USE;

struct p256_cert; /* a certificate with a P-256 key */
/* PEM or DER, exactly one. ERR_NO_FILE, ERR_CONFIG. */
int p256_cert_load(const char *path, struct p256_cert **ret, struct err *e) MUST_USE;
int p256_cert_read(const void *p, size_t n, struct p256_cert **ret, struct err *e) MUST_USE; /* from memory */
void p256_cert_free(struct p256_cert *c);
DEFINE_OWN(struct p256_cert, p256_cert_free)
bool p256_cert_good(const struct p256_cert *c, const void *p, size_t n, const uint8_t sign[P256_SIGN_LEN]);
/* Is it the key's? The key signs something to prove it: a token need not show a public key. */
bool p256_cert_fits(const struct p256_cert *c, const struct p256_key *k);
bool p256_cert_valid(const struct p256_cert *c, int64_t now); /* UTC ms */
int64_t p256_cert_end(const struct p256_cert *c); /* its last moment, UTC ms; 0 = it cannot be read */
/* As XMLDSig's X509IssuerSerial spells them: "CN=Z1,OU=07" (most specific first) and decimal digits. */
const char *p256_cert_issuer(const struct p256_cert *c);
const char *p256_cert_serial(const struct p256_cert *c);
/* EUI-64 of x500UniqueIdentifier in the subject; 0 = none, or more than one. OU of the subject as text
 * ("87"); "" = none, or more than one. */
uint64_t p256_cert_eui(const struct p256_cert *c);
const char *p256_cert_ou(const struct p256_cert *c);

#endif
