/* SPDX-License-Identifier: Apache-2.0 */
#include "base/p256.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/p256_token.h"
#include "base/sign.h"
#include "base/str.h"

#define PEM_FILE_MAX (16 * KIB)
#define HALF 32    /* octets of r, and of s */
#define DER_MAX 80 /* octets of a P-256 signature in DER: 72, and some more from odd tokens */

/* A context is prepared once for each key; each use takes a copy of it, which saves looking the algorithm up
 * and lets many threads sign at once. */
struct p256_key {
	EVP_PKEY *key;         /* owned */
	EVP_PKEY_CTX *ready;   /* owned, never used itself */
	struct p256_token at;  /* what must live as long as the key; none for a file */
	pthread_mutex_t alone; /* tokens sign one at a time: engines differ in what they bear */
};

static void context_free_own(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static void bio_free_own(BIO **b)
{
	BIO_free_all(*b);
}

static void rs_free_own(ECDSA_SIG **s)
{
	ECDSA_SIG_free(*s);
}

/* A key behind a password would ask on the terminal; firpath has none to give. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

bool p256_is_key(const EVP_PKEY *k)
{
	char name[32] = "";

	if (!k || EVP_PKEY_get_base_id(k) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(k, name, sizeof name, NULL) != 1)
		return false;
	return !strcmp(name, "prime256v1") || !strcmp(name, "P-256");
}

static EVP_PKEY *key_from_file(const char *path, struct err *e)
{
	OWN(bio_free) BIO *b = NULL;
	STR(pem, PEM_FILE_MAX);
	EVP_PKEY *k;

	if (sign_file_private(path, e) || file_read(path, &pem, e))
		return NULL;
	b = BIO_new_mem_buf(str_c(&pem), (int)pem.len);
	k = b ? PEM_read_bio_PrivateKey(b, NULL, no_password, NULL) : NULL;
	if (pem.p)
		OPENSSL_cleanse(pem.p, pem.len);
	ERR_clear_error();
	if (!k)
		(void)err_set(e, ERR_CONFIG, "'%.200s' is no private key in PEM form", path);
	return k;
}

int p256_open(const char *where, struct p256_key **ret, struct err *e)
{
	OWN(p256_free) struct p256_key *k = mem_zalloc(sizeof *k);

	if (pthread_mutex_init(&k->alone, NULL))
		abort();
	k->key = p256_token_named(where) ? p256_token_open(where, &k->at, e) : key_from_file(where, e);
	if (!k->key)
		return (int)e->code;
	if (!p256_is_key(k->key))
		return err_set(e, ERR_CONFIG, "'%.200s' is no P-256 key", where);
	k->ready = EVP_PKEY_CTX_new(k->key, NULL);
	if (!k->ready || EVP_PKEY_sign_init(k->ready) != 1) {
		ERR_clear_error();
		return err_set(e, ERR_CONFIG, "the key '%.200s' cannot sign", where);
	}
	*ret = MOVE(k);
	return OK;
}

void p256_free(struct p256_key *k)
{
	if (!k)
		return;
	EVP_PKEY_CTX_free(k->ready);
	EVP_PKEY_free(k->key);
	p256_token_close(&k->at);
	pthread_mutex_destroy(&k->alone);
	free(k);
}

/* What openssl has to say, as a phrase; the queue of errors is empty afterwards. */
static const char *reason(char *buf, size_t size)
{
	unsigned long last = ERR_peek_last_error();
	const char *why = last ? ERR_reason_error_string(last) : NULL;

	str_copy(buf, size, why ? why : "no reason given");
	ERR_clear_error();
	return buf;
}

static int sign_sum(const struct p256_key *k, const uint8_t *sum, uint8_t *der, size_t *len)
{
	OWN(context_free) EVP_PKEY_CTX *c = EVP_PKEY_CTX_dup(k->ready);

	return c ? EVP_PKEY_sign(c, der, len, sum, SHA256_LEN) : 0;
}

int p256_sign(const struct p256_key *k, const void *p, size_t n, uint8_t ret[P256_SIGN_LEN], struct err *e)
{
	OWN(rs_free) ECDSA_SIG *rs = NULL;
	uint8_t sum[SHA256_LEN], der[DER_MAX], got[P256_SIGN_LEN];
	const uint8_t *at = der;
	size_t len = sizeof der;
	char why[120];
	int rc;

	sha256_of(p, n, sum);
	if (k->at.used)
		pthread_mutex_lock((pthread_mutex_t *)&k->alone);
	rc = sign_sum(k, sum, der, &len);
	if (k->at.used)
		pthread_mutex_unlock((pthread_mutex_t *)&k->alone);
	rs = rc == 1 ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;
	if (!rs || BN_bn2binpad(ECDSA_SIG_get0_r(rs), got, HALF) != HALF ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(rs), got + HALF, HALF) != HALF)
		return err_set(e, ERR_REMOTE, "the %s did not sign: %s", k->at.used ? "token" : "key",
			       reason(why, sizeof why));
	memcpy(ret, got, sizeof got);
	return OK;
}

bool p256_verify(const EVP_PKEY_CTX *ready, const void *p, size_t n, const uint8_t sign[P256_SIGN_LEN])
{
	OWN(context_free) EVP_PKEY_CTX *c = EVP_PKEY_CTX_dup(ready);
	OWN(rs_free) ECDSA_SIG *rs = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sign, HALF, NULL), *s = BN_bin2bn(sign + HALF, HALF, NULL);
	uint8_t sum[SHA256_LEN], der[DER_MAX], *at = der;
	bool good;
	int len;

	if (!c || !rs || !r || !s || ECDSA_SIG_set0(rs, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ERR_clear_error();
		return false;
	}
	len = i2d_ECDSA_SIG(rs, &at);
	sha256_of(p, n, sum);
	good = len > 0 && EVP_PKEY_verify(c, der, (size_t)len, sum, sizeof sum) == 1;
	ERR_clear_error();
	return good;
}

bool p256_cert_fits(const struct p256_cert *c, const struct p256_key *k)
{
	static const char proof[] = "firpath: is this certificate the key's?";
	uint8_t sign[P256_SIGN_LEN];
	struct err e;

	return !p256_sign(k, proof, sizeof proof, sign, &e) && p256_cert_good(c, proof, sizeof proof, sign);
}
