/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 signatures over OpenSSL: keys as PEM files, public keys known by an id, and lines of text that
 * carry their signature.
 *
 * A signed line is one JSON object on one line whose last member is its signature. The signed bytes are all
 * bytes of the line before ,"signature": - so that a stranger needs no canonical form of JSON, only a cut:
 *
 *	{"receipt":"firpath/1", ... }  signed with key K becomes
 *	{"receipt":"firpath/1", ... ,"signature":"<128 upper hex digits>"}\n
 *
 * and what was signed is {"receipt":"firpath/1", ... without the closing brace. Exactly one text is accepted
 * for each signature (upper case, one newline at the end), so any changed byte is found. doc/receipts.md.
 */
#ifndef FIRPATH_BASE_SIGN_H
#define FIRPATH_BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"

#define SIGN_LEN 64                  /* bytes of a signature */
#define SIGN_PUBLIC_LEN 32           /* bytes of a raw public key */
#define SIGN_TAIL_LEN (14 + 128 + 2) /* bytes of ,"signature":"..."} */
#define SIGN_PEM_MAX 200             /* a public key as PEM, with the NUL */

/* A public key. Plain data. */
struct sign_public {
	uint8_t raw[SIGN_PUBLIC_LEN];
	char id[SHA256_HEX]; /* SHA-256 of raw, upper case hex */
};

struct sign_key; /* a private key with its public one; may be used by many threads at once */
void sign_key_free(struct sign_key *k);
DEFINE_OWN(struct sign_key, sign_key_free)

/* Makes a key file (PKCS #8 PEM, mode 0600). ERR_CONFLICT when something of that name is there: a key is
 * never overwritten. */
int sign_key_make(const char *path, struct sign_public *ret, struct err *e) MUST_USE;
/* Reads a key file. ERR_CONFIG: it is no Ed25519 key, or others may read it. */
int sign_key_load(const char *path, struct sign_key **ret, struct err *e) MUST_USE;
const struct sign_public *sign_key_public(const struct sign_key *k);
void sign_make(const struct sign_key *k, const void *p, size_t n, uint8_t ret[SIGN_LEN]);

/* Reads a public key from a PEM file that holds it, or a private one. */
int sign_public_load(const char *path, struct sign_public *ret, struct err *e) MUST_USE;
/* The same from PEM text. */
int sign_public_parse(const char *pem, size_t n, struct sign_public *ret, struct err *e) MUST_USE;
/* SubjectPublicKeyInfo PEM, as openssl reads it. */
void sign_public_pem(const struct sign_public *p, char buf[SIGN_PEM_MAX]);
bool sign_is_good(const struct sign_public *p, const void *data, size_t n, const uint8_t sign[SIGN_LEN]);

/* A new file for a private key, mode 0600, synced; ERR_CONFLICT when something of that name is there. */
int sign_file_new(const char *path, const char *p, size_t n, struct err *e) MUST_USE;
/* ERR_CONFIG when others may read it: who can read the key can sign in our name. */
int sign_file_private(const char *path, struct err *e) MUST_USE;

/* The key that signs, and public keys that once did. */
#define SIGN_OLD_MAX 32
struct sign_keys {
	struct sign_key *own;                 /* owned; NULL = nothing is signed */
	struct sign_public old[SIGN_OLD_MAX]; /* still listed, never used to sign */
	size_t nold;
};
/* own: file of the key, or ""; old: files of public keys separated by blanks, or "". */
int sign_keys_load(struct sign_keys *k, const char *own, const char *old, struct err *e) MUST_USE;
void sign_keys_done(struct sign_keys *k);
DEFINE_OWN_VAL(struct sign_keys, sign_keys_done)

/* Appends the signature to the object at the end of out, which begins at `from` and is complete; a newline
 * follows. */
void sign_line(const struct sign_key *k, struct str *out, size_t from);
/* What of a line (with its newline) was signed and by what; ERR_SIGNATURE when it has not the form. */
int sign_line_cut(const char *line, size_t n, size_t *ret_signed, uint8_t ret_sign[SIGN_LEN],
		  struct err *e) MUST_USE;
/* ERR_SIGNATURE unless the line is as the holder of the key made it. */
int sign_line_check(const struct sign_public *p, const char *line, size_t n, struct err *e) MUST_USE;

#endif
