/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cert.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

const char *const cert_algorithm_text[CERT_ALGORITHMS + 1] = { "RSA-PSS-SHA256", "RSA-PKCS1-SHA256",
							       "ECDSA-SHA256", NULL };

struct cert_roots {
	X509_STORE *store; /* owned */
	size_t n;
};
struct cert {
	X509 *x; /* owned */
};

static void bio_free_own(BIO **b)
{
	BIO_free_all(*b);
}

static void store_context_free_own(X509_STORE_CTX **c)
{
	X509_STORE_CTX_free(*c);
}

static void key_context_free_own(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

/* ---- authorities ---- */

static int roots_read(struct cert_roots *r, BIO *b, const char *path, struct err *e)
{
	X509 *x;

	while ((x = PEM_read_bio_X509(b, NULL, no_password, NULL)) != NULL) {
		int put = r->n < CERT_ROOTS_MAX && X509_STORE_add_cert(r->store, x);

		X509_free(x);
		if (!put)
			return err_set(e, ERR_CONFIG, "'%.200s' holds more than %d certificates", path,
				       CERT_ROOTS_MAX);
		r->n++;
	}
	/* The end of the file looks like an error of its own kind; anything else is one. */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return err_set(e, ERR_CONFIG, "certificate %zu of '%.200s' cannot be read", r->n + 1, path);
	ERR_clear_error();
	return r->n ? OK : err_set(e, ERR_CONFIG, "'%.200s' holds no certificate in PEM form", path);
}

int cert_roots_load(const char *path, struct cert_roots **ret, struct err *e)
{
	OWN(cert_roots_free) struct cert_roots *r = mem_zalloc(sizeof *r);
	OWN(bio_free) BIO *b = NULL;
	STR(text, CERT_FILE_MAX);

	r->store = X509_STORE_new();
	if (!r->store)
		return err_set(e, ERR_NO_MEMORY, "certificates cannot be read");
	if (*path) {
		if (file_read(path, &text, e))
			return err_wrap(e, "the authorities of firmware");
		b = BIO_new_mem_buf(str_c(&text), (int)text.len);
		if (!b)
			return err_set(e, ERR_NO_MEMORY, "certificates cannot be read");
		ERR_clear_error();
		if (roots_read(r, b, path, e))
			return (int)e->code;
	}
	*ret = MOVE(r);
	return OK;
}

void cert_roots_free(struct cert_roots *r)
{
	X509_STORE_free(r->store);
	free(r);
}

/* ---- one certificate ---- */

static bool blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == 0;
}

bool cert_read(const char *pem, struct cert **ret, char why[CERT_WHY_SIZE])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	const char *from = strstr(pem, begin), *to = strstr(pem, end);
	OWN(bio_free) BIO *b = NULL;
	X509 *x;
	struct cert *c;

	if (!from || !to || strspn(pem, " \t\r\n") != (size_t)(from - pem) || !blank(to + strlen(end))) {
		str_copy(why, CERT_WHY_SIZE, "it is not one certificate in PEM form and nothing else");
		return false;
	}
	b = BIO_new_mem_buf(pem, -1);
	x = b ? PEM_read_bio_X509(b, NULL, no_password, NULL) : NULL;
	if (!x) {
		ERR_clear_error();
		str_copy(why, CERT_WHY_SIZE, "it is no certificate in PEM form");
		return false;
	}
	c = mem_zalloc(sizeof *c);
	c->x = x;
	*ret = c;
	return true;
}

void cert_free(struct cert *c)
{
	X509_free(c->x);
	free(c);
}

static bool key_strong(EVP_PKEY *k, char why[CERT_WHY_SIZE])
{
	char group[32] = "";

	if (EVP_PKEY_is_a(k, "RSA") || EVP_PKEY_is_a(k, "RSA-PSS")) {
		int bits = EVP_PKEY_get_bits(k);

		if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX)
			return true;
		snprintf(why, CERT_WHY_SIZE, "its RSA key has %d bits; %d to %d are taken", bits,
			 RSA_BITS_MIN, RSA_BITS_MAX);
		return false;
	}
	if (EVP_PKEY_is_a(k, "EC") && EVP_PKEY_get_group_name(k, group, sizeof group, NULL) &&
	    (!strcmp(group, "prime256v1") || !strcmp(group, "secp384r1")))
		return true;
	str_copy(why, CERT_WHY_SIZE, "its key is neither RSA nor on the curves P-256 and P-384");
	return false;
}

bool cert_good(const struct cert *c, const struct cert_roots *r, int64_t now, char why[CERT_WHY_SIZE])
{
	OWN(store_context_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *p;
	EVP_PKEY *k = X509_get0_pubkey(c->x);
	uint32_t usage = X509_get_key_usage(c->x), purpose = X509_get_extended_key_usage(c->x);

	if (!k || !key_strong(k, why)) {
		if (!k)
			str_copy(why, CERT_WHY_SIZE, "its key cannot be read");
		return false;
	}
	if (usage != UINT32_MAX && !(usage & KU_DIGITAL_SIGNATURE)) {
		str_copy(why, CERT_WHY_SIZE, "it may not be used for signatures");
		return false;
	}
	/* That of a web server is no signer of firmware, though the same authority issued it. */
	if (purpose != UINT32_MAX && !(purpose & (XKU_CODE_SIGN | XKU_ANYEKU))) {
		str_copy(why, CERT_WHY_SIZE, "its extended key usage does not name code signing");
		return false;
	}
	if (X509_get_extension_flags(c->x) & EXFLAG_CA) {
		str_copy(why, CERT_WHY_SIZE, "it is the certificate of an authority, not of a signer");
		return false;
	}
	if (!r->n) {
		str_copy(why, CERT_WHY_SIZE, "no authority is configured (ocpp_firmware_roots)");
		return false;
	}
	if (!ctx || !X509_STORE_CTX_init(ctx, r->store, c->x, NULL)) {
		str_copy(why, CERT_WHY_SIZE, "it cannot be verified");
		return false;
	}
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)(now / 1000));
	/* Whoever issues may stand in the file without its own issuer. */
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_auth_level(p, 2);
	if (X509_verify_cert(ctx) == 1)
		return true;
	snprintf(why, CERT_WHY_SIZE, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	ERR_clear_error();
	return false;
}

bool cert_signed(const struct cert *c, enum cert_algorithm how, const uint8_t *sign, size_t n,
		 const uint8_t sha256[SHA256_LEN], char why[CERT_WHY_SIZE])
{
	EVP_PKEY *k = X509_get0_pubkey(c->x);
	OWN(key_context_free) EVP_PKEY_CTX *ctx = k ? EVP_PKEY_CTX_new(k, NULL) : NULL;
	bool rsa = how != CERT_ECDSA, ok;

	if (!ctx ||
	    (rsa ? !EVP_PKEY_is_a(k, "RSA") && !EVP_PKEY_is_a(k, "RSA-PSS") : !EVP_PKEY_is_a(k, "EC"))) {
		snprintf(why, CERT_WHY_SIZE, "the key of the certificate is not one for %s",
			 cert_algorithm_text[how]);
		return false;
	}
	ok = EVP_PKEY_verify_init(ctx) == 1;
	if (rsa)
		ok = ok && EVP_PKEY_CTX_set_rsa_padding(ctx, how == CERT_RSA_PSS ? RSA_PKCS1_PSS_PADDING
										 : RSA_PKCS1_PADDING) == 1;
	ok = ok && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
	if (how == CERT_RSA_PSS)
		ok = ok && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) == 1;
	ok = ok && EVP_PKEY_verify(ctx, sign, n, sha256, SHA256_LEN) == 1;
	ERR_clear_error();
	if (!ok)
		str_copy(why, CERT_WHY_SIZE, "it is not the signature of this file by that certificate");
	return ok;
}

void cert_subject(const struct cert *c, char *buf, size_t size)
{
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n = 0;

	if (b && X509_NAME_print_ex(b, X509_get_subject_name(c->x), 0,
				    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_get_mem_data(b, &p);
	if (n > 0 && parse_utf8_ok(p, (size_t)n))
		str_copyn(buf, size, p, (size_t)n);
	else
		str_copy(buf, size, "");
}
