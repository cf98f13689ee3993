/* SPDX-License-Identifier: Apache-2.0 */
/* P-256: certificates, and signatures as r and s. */
#include "fake.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

X509 *cert_load(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *c = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	if (!c)
		fprintf(stderr, "firpath-fakedcc: %s: no certificate\n", path);
	return c;
}

EVP_PKEY *key_load(const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *k = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	if (!k)
		fprintf(stderr, "firpath-fakedcc: %s: no key\n", path);
	return k;
}

bool cert_names(X509 *c, char issuer[200], char serial[80])
{
	BIO *mem = BIO_new(BIO_s_mem());
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c), NULL);
	char *digits = n ? BN_bn2dec(n) : NULL;
	int len = -1;

	if (mem && digits &&
	    X509_NAME_print_ex(mem, X509_get_issuer_name(c), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >=
		0) {
		len = BIO_read(mem, issuer, 199);
		snprintf(serial, 80, "%s", digits);
	}
	issuer[len > 0 ? len : 0] = '\0';
	OPENSSL_free(digits);
	BN_free(n);
	BIO_free(mem);
	return len > 0;
}

static const ASN1_STRING *subject_part(X509 *c, int nid)
{
	X509_NAME *name = X509_get_subject_name(c);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	return at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
}

uint64_t cert_eui(X509 *c)
{
	const ASN1_STRING *s = subject_part(c, NID_x500UniqueIdentifier);
	uint64_t v = 0;

	if (!s || ASN1_STRING_type(s) != V_ASN1_BIT_STRING || ASN1_STRING_length(s) != 8)
		return 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | ASN1_STRING_get0_data(s)[i];
	return v;
}

bool cert_unit_is(X509 *c, const char *ou)
{
	const ASN1_STRING *s = subject_part(c, NID_organizationalUnitName);

	return s && (size_t)ASN1_STRING_length(s) == strlen(ou) &&
	       !memcmp(ASN1_STRING_get0_data(s), ou, strlen(ou));
}

bool raw_sign(EVP_PKEY *key, const void *p, size_t n, uint8_t ret[64])
{
	unsigned char der[100];
	const unsigned char *at = der;
	size_t len = sizeof der;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestSign(ctx, der, &len, p, n) == 1;
	ECDSA_SIG *s = ok ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;

	ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), ret, 32) == 32 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(s), ret + 32, 32) == 32;
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool raw_good(EVP_PKEY *key, const void *p, size_t n, const uint8_t sign[64])
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	unsigned char *der = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int len;
	bool ok = false;

	if (s && ctx && ECDSA_SIG_set0(s, BN_bin2bn(sign, 32, NULL), BN_bin2bn(sign + 32, 32, NULL))) {
		len = i2d_ECDSA_SIG(s, &der);
		ok = len > 0 && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestVerify(ctx, der, (size_t)len, p, n) == 1;
	}
	OPENSSL_free(der);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
	return ok;
}

void sha256(const void *p, size_t n, uint8_t ret[32])
{
	unsigned len = 32;

	EVP_Digest(p, n, ret, &len, EVP_sha256(), NULL);
}
