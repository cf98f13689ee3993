/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sign_pkcs1.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/sign.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX (PKCS1_SIGN_MAX * 8)
#define RSA_BITS_NEW 3072
#define EXPONENT_MIN 65537

const char *const pkcs1_kind_text[PKCS1_KINDS + 1] = { "PKCS#1", "Ed25519", NULL };

struct pkcs1_key {
	EVP_PKEY *key;
	enum pkcs1_kind kind;
	size_t len; /* of its signatures */
	char id[SHA256_HEX];
};

static void bio_free_own(BIO **b)
{
	BIO_free_all(*b);
}

static void context_free_own(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

/* What only fails when memory or the provider is gone. */
static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "signatures are not available from the crypto library\n");
		abort();
	}
}

static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static EVP_PKEY *read_private(BIO *b)
{
	return PEM_read_bio_PrivateKey(b, NULL, no_password, NULL);
}

static EVP_PKEY *read_public(BIO *b)
{
	return PEM_read_bio_PUBKEY(b, NULL, no_password, NULL);
}

static EVP_PKEY *read_certificate(BIO *b)
{
	X509 *x = PEM_read_bio_X509(b, NULL, no_password, NULL);
	EVP_PKEY *k = x ? X509_get_pubkey(x) : NULL;

	X509_free(x);
	return k;
}

static EVP_PKEY *read_pem(EVP_PKEY *(*how)(BIO *b), const char *pem, size_t n)
{
	OWN(bio_free) BIO *b = BIO_new_mem_buf(pem, (int)n);
	EVP_PKEY *k;

	must(b != NULL);
	k = how(b);
	ERR_clear_error();
	return k;
}

static bool exponent_ok(const EVP_PKEY *k)
{
	BIGNUM *n = NULL;
	bool ok;

	if (EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_RSA_E, &n) != 1)
		return false;
	ok = BN_is_odd(n) && BN_num_bits(n) <= 64 && BN_get_word(n) >= EXPONENT_MIN;
	BN_free(n);
	return ok;
}

static void id_fill(struct pkcs1_key *k)
{
	unsigned char *der = NULL;
	uint8_t sum[SHA256_LEN];
	int n = i2d_PUBKEY(k->key, &der);

	must(n > 0);
	sha256_of(der, (size_t)n, sum);
	hex_text(sum, sizeof sum, k->id);
	OPENSSL_free(der);
}

/* Takes key over, also on failure. */
static int key_take(EVP_PKEY *key, struct pkcs1_key **ret, struct err *e)
{
	OWN(pkcs1_free) struct pkcs1_key *k = mem_zalloc(sizeof *k);

	k->key = key;
	switch (key ? EVP_PKEY_get_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
		k->kind = PKCS1_RSA;
		k->len = (size_t)EVP_PKEY_get_size(key);
		if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN || EVP_PKEY_get_bits(key) > RSA_BITS_MAX)
			return err_set(e, ERR_CONFIG, "an RSA key must have %d to %d bits, this one has %d",
				       RSA_BITS_MIN, RSA_BITS_MAX, EVP_PKEY_get_bits(key));
		if (!exponent_ok(key))
			return err_set(e, ERR_CONFIG, "the exponent of the RSA key is below %d",
				       EXPONENT_MIN);
		break;
	case EVP_PKEY_ED25519:
		k->kind = PKCS1_ED25519;
		k->len = SIGN_LEN;
		break;
	default:
		return err_set(e, ERR_CONFIG, "that is no RSA or Ed25519 key in PEM form");
	}
	id_fill(k);
	*ret = MOVE(k);
	return OK;
}

void pkcs1_free(struct pkcs1_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

int pkcs1_public(const char *pem, size_t n, struct pkcs1_key **ret, struct err *e)
{
	EVP_PKEY *k;

	if (n > PKCS1_PEM_MAX)
		return err_set(e, ERR_CONFIG, "a key of %zu bytes is too large", n);
	k = read_pem(read_public, pem, n);
	return key_take(k ? k : read_pem(read_certificate, pem, n), ret, e);
}

int pkcs1_load(const char *path, struct pkcs1_key **ret, struct err *e)
{
	STR(pem, PKCS1_PEM_MAX);
	EVP_PKEY *k;

	if (sign_file_private(path, e) || file_read(path, &pem, e))
		return (int)e->code;
	k = read_pem(read_private, str_c(&pem), pem.len);
	if (pem.p)
		secret_wipe(pem.p, pem.len);
	return key_take(k, ret, e) ? err_wrap(e, "private key '%.200s'", path) : OK;
}

int pkcs1_make(enum pkcs1_kind kind, const char *path, struct pkcs1_key **ret, struct err *e)
{
	OWN(pkcs1_free) struct pkcs1_key *k = NULL;
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	EVP_PKEY *key = kind == PKCS1_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS_NEW)
					  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char *pem = NULL;
	long n;

	must(key && b && PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1);
	n = BIO_get_mem_data(b, &pem);
	if (key_take(key, &k, e) || sign_file_new(path, pem, (size_t)n, e)) {
		secret_wipe(pem, (size_t)n);
		return (int)e->code;
	}
	secret_wipe(pem, (size_t)n);
	*ret = MOVE(k);
	return OK;
}

enum pkcs1_kind pkcs1_kind(const struct pkcs1_key *k)
{
	return k->kind;
}

size_t pkcs1_sign_len(const struct pkcs1_key *k)
{
	return k->len;
}

const char *pkcs1_id(const struct pkcs1_key *k)
{
	return k->id;
}

void pkcs1_pem(const struct pkcs1_key *k, struct str *out)
{
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *pem = NULL;
	long n;

	must(b && PEM_write_bio_PUBKEY(b, k->key) == 1);
	n = BIO_get_mem_data(b, &pem);
	str_addn(out, pem, (size_t)n);
}

/* Of Ed25519 the data itself is signed, of RSA its SHA-256. RSA in OpenSSL's digest interface is
 * RSASSA-PKCS1-v1_5 unless told otherwise. */
static const EVP_MD *digest_of(const struct pkcs1_key *k)
{
	return k->kind == PKCS1_RSA ? EVP_sha256() : NULL;
}

bool pkcs1_good(const struct pkcs1_key *k, const void *data, size_t n, const uint8_t *sign, size_t nsign)
{
	OWN(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good;

	if (nsign != k->len)
		return false;
	must(c && EVP_DigestVerifyInit(c, NULL, digest_of(k), NULL, k->key) == 1);
	good = EVP_DigestVerify(c, sign, nsign, data, n) == 1;
	ERR_clear_error();
	return good;
}

void pkcs1_sign(const struct pkcs1_key *k, const void *data, size_t n, uint8_t ret[PKCS1_SIGN_MAX])
{
	OWN(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = PKCS1_SIGN_MAX;

	must(c && EVP_DigestSignInit(c, NULL, digest_of(k), NULL, k->key) == 1 &&
	     EVP_DigestSign(c, ret, &len, data, n) == 1 && len == k->len);
}
