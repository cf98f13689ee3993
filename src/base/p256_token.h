/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of base/p256: keys on PKCS#11 tokens (`pkcs11:` of RFC 7512), and what p256.c and p256_cert.c
 * share. Nobody else includes this.
 */
#ifndef FIRPATH_BASE_P256_TOKEN_H
#define FIRPATH_BASE_P256_TOKEN_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/p256.h"

struct p256_token {
	void *engine; /* what opened the key when no provider did; owned */
	bool used;    /* the key is on a token */
};
bool p256_token_named(const char *where); /* is it a pkcs11: URI? */
/* NULL with ERR_CONFIG. */
EVP_PKEY *p256_token_open(const char *uri, struct p256_token *ret, struct err *e) MUST_USE;
void p256_token_close(struct p256_token *t);

bool p256_is_key(const EVP_PKEY *k);
/* ready: prepared for verifying, with the public key. */
bool p256_verify(const EVP_PKEY_CTX *ready, const void *p, size_t n, const uint8_t sign[P256_SIGN_LEN]);

#endif
