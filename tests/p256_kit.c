/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "p256_kit.h"

void kit_key(const char *path)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	mode_t was = umask(077);
	FILE *f = fopen(path, "w");

	umask(was);
	ck_assert_msg(k && f && PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL) == 1 && !fclose(f),
		      "no key %s", path);
	EVP_PKEY_free(k);
}

static void name_add(X509_NAME *n, int nid, const char *text)
{
	if (text)
		ck_assert_int_eq(
		    X509_NAME_add_entry_by_NID(n, nid, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0),
		    1);
}

static void name_add_eui(X509_NAME *n, uint64_t eui)
{
	unsigned char b[8];
	X509_NAME_ENTRY *x;

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)(eui >> (56 - 8 * i));
	x = X509_NAME_ENTRY_create_by_NID(NULL, NID_x500UniqueIdentifier, V_ASN1_BIT_STRING, b, 8);
	X509_NAME_ENTRY_get_data(x)->flags |= ASN1_STRING_FLAG_BITS_LEFT; /* all eight bits of the last count
									   */
	ck_assert_int_eq(X509_NAME_add_entry(n, x, -1, 0), 1);
	X509_NAME_ENTRY_free(x);
}

static EVP_PKEY *key_read(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *k = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	ck_assert_msg(k != NULL, "no key %s", path);
	fclose(f);
	return k;
}

void kit_cert(const char *path, const char *key, const struct kit_cert *c)
{
	EVP_PKEY *k = key_read(key);
	X509 *x = X509_new();
	X509_NAME *issuer = X509_NAME_new(), *subject = X509_get_subject_name(x);
	time_t now = time(NULL);
	bool any = c->from || c->until;
	FILE *f = fopen(path, "w");

	X509_set_version(x, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), c->serial ? c->serial : 1);
	/* As the DCC's authority writes names: the least specific first. */
	name_add(issuer, NID_organizationalUnitName, c->issuer_ou);
	name_add(issuer, NID_commonName, c->issuer_cn);
	X509_set_issuer_name(x, issuer);
	X509_NAME_free(issuer);
	name_add(subject, NID_organizationalUnitName, c->ou);
	if (c->eui)
		name_add_eui(subject, c->eui);
	ASN1_TIME_set(X509_getm_notBefore(x), any ? (time_t)c->from : now - 86400);
	ASN1_TIME_set(X509_getm_notAfter(x), any ? (time_t)c->until : now + (time_t)3650 * 86400);
	X509_set_pubkey(x, k);
	ck_assert_int_gt(X509_sign(x, k, EVP_sha256()), 0);
	ck_assert_msg(f && (c->der ? i2d_X509_fp(f, x) : PEM_write_X509(f, x)) == 1 && !fclose(f),
		      "no certificate %s", path);
	X509_free(x);
	EVP_PKEY_free(k);
}
