/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/p256.h"
#include "base/p256_token.h"
#include "base/str.h"

#define CERT_MAX (64 * KIB) /* of a file */
#define EUI_LEN 8
#define OU_SIZE 65

struct p256_cert {
	X509 *x;             /* owned */
	EVP_PKEY_CTX *ready; /* owned; prepared for verifying, never used itself */
	uint64_t eui;
	char issuer[P256_ISSUER_SIZE], serial[P256_SERIAL_SIZE], ou[OU_SIZE];
};

static void bio_free_own(BIO **b)
{
	BIO_free_all(*b);
}

static void number_free_own(BIGNUM **n)
{
	BN_free(*n);
}

static X509 *from_pem(const char *p, size_t n)
{
	OWN(bio_free) BIO *b = BIO_new_mem_buf(p, (int)n);
	X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, (void *)"") : NULL;
	X509 *more = x ? PEM_read_bio_X509(b, NULL, NULL, (void *)"") : NULL;

	if (!more)
		return x;
	X509_free(x);
	X509_free(more);
	return NULL;
}

static X509 *from_der(const uint8_t *p, size_t n)
{
	const uint8_t *at = p;
	X509 *x = d2i_X509(NULL, &at, (long)n);

	if (!x || at == p + n)
		return x;
	X509_free(x);
	return NULL;
}

/* Most specific first, no blanks, what is special escaped: RFC 2253, as XMLDSig wants it. */
static bool issuer_text(const X509 *x, char *buf, size_t size)
{
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n;

	if (!b || X509_NAME_print_ex(b, X509_get_issuer_name(x), 0, XN_FLAG_RFC2253) < 0)
		return false;
	n = BIO_get_mem_data(b, &p);
	return n >= 0 && str_copyn(buf, size, n ? p : "", (size_t)n);
}

static bool serial_text(const X509 *x, char *buf, size_t size)
{
	OWN(number_free) BIGNUM *v = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *digits = v && !BN_is_negative(v) && BN_num_bits(v) <= 20 * 8 ? BN_bn2dec(v) : NULL;
	bool fits = digits && str_copy(buf, size, digits);

	OPENSSL_free(digits);
	return fits;
}

/* The one attribute of that kind in the subject; NULL: none, or more than one, and then which counts? */
static const ASN1_STRING *subject_one(const X509 *x, int nid)
{
	const X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return NULL;
	return X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
}

static uint64_t subject_eui(const X509 *x)
{
	const ASN1_STRING *s = subject_one(x, NID_x500UniqueIdentifier);
	const uint8_t *p;
	uint64_t eui = 0;

	if (!s || ASN1_STRING_type(s) != V_ASN1_BIT_STRING || ASN1_STRING_length(s) != EUI_LEN)
		return 0;
	p = ASN1_STRING_get0_data(s);
	for (size_t i = 0; i < EUI_LEN; i++)
		eui = eui << 8 | p[i];
	return eui;
}

static void subject_ou(const X509 *x, char *buf, size_t size)
{
	const ASN1_STRING *s = subject_one(x, NID_organizationalUnitName);
	uint8_t *text = NULL;
	int n = s ? ASN1_STRING_to_UTF8(&text, s) : -1;

	if (n < 0 || memchr(text, '\0', (size_t)n) || !str_copyn(buf, size, (const char *)text, (size_t)n))
		buf[0] = '\0';
	OPENSSL_free(text);
}

static int take(struct p256_cert *c, struct err *e)
{
	EVP_PKEY *k = X509_get0_pubkey(c->x);

	if (!p256_is_key(k))
		return err_set(e, ERR_CONFIG, "the key of the certificate is no P-256 key");
	if (!issuer_text(c->x, c->issuer, sizeof c->issuer))
		return err_set(e, ERR_CONFIG, "the issuer of the certificate cannot be written in %d bytes",
			       P256_ISSUER_SIZE - 1);
	if (!serial_text(c->x, c->serial, sizeof c->serial))
		return err_set(e, ERR_CONFIG,
			       "the serial number of the certificate is negative or has more than 20 octets");
	c->eui = subject_eui(c->x);
	subject_ou(c->x, c->ou, sizeof c->ou);
	c->ready = EVP_PKEY_CTX_new(k, NULL);
	if (!c->ready || EVP_PKEY_verify_init(c->ready) != 1)
		return err_set(e, ERR_CONFIG, "the key of the certificate cannot be used");
	return OK;
}

int p256_cert_read(const void *p, size_t n, struct p256_cert **ret, struct err *e)
{
	static const char begin[] = "-----BEGIN ";
	OWN(p256_cert_free) struct p256_cert *c = mem_zalloc(sizeof *c);
	int rc;

	if (n > CERT_MAX)
		return err_set(e, ERR_CONFIG, "a certificate has no more than %zu bytes", CERT_MAX);
	c->x = memmem(p, n, begin, strlen(begin)) ? from_pem(p, n) : from_der(p, n);
	rc = c->x ? take(c, e) : err_set(e, ERR_CONFIG, "it is not one certificate in PEM or DER form");
	ERR_clear_error();
	if (rc)
		return rc;
	*ret = MOVE(c);
	return OK;
}

int p256_cert_load(const char *path, struct p256_cert **ret, struct err *e)
{
	STR(text, CERT_MAX);

	if (file_read(path, &text, e) || p256_cert_read(str_c(&text), text.len, ret, e))
		return err_wrap(e, "certificate '%.200s'", path);
	return OK;
}

void p256_cert_free(struct p256_cert *c)
{
	EVP_PKEY_CTX_free(c->ready);
	X509_free(c->x);
	free(c);
}

bool p256_cert_good(const struct p256_cert *c, const void *p, size_t n, const uint8_t sign[P256_SIGN_LEN])
{
	return p256_verify(c->ready, p, n, sign);
}

bool p256_cert_valid(const struct p256_cert *c, int64_t now)
{
	time_t t = (time_t)(now / 1000);

	return X509_cmp_time(X509_get0_notBefore(c->x), &t) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(c->x), &t) > 0;
}

int64_t p256_cert_end(const struct p256_cert *c)
{
	struct tm tm;

	return ASN1_TIME_to_tm(X509_get0_notAfter(c->x), &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

const char *p256_cert_issuer(const struct p256_cert *c)
{
	return c->issuer;
}

const char *p256_cert_serial(const struct p256_cert *c)
{
	return c->serial;
}

uint64_t p256_cert_eui(const struct p256_cert *c)
{
	return c->eui;
}

const char *p256_cert_ou(const struct p256_cert *c)
{
	return c->ou;
}
