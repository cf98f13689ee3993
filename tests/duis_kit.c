/* SPDX-License-Identifier: Apache-2.0 */
#include "duis_kit.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <openssl/ec.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "p256_kit.h"
#include "testing.h"

#define DS "http://www.w3.org/2000/09/xmldsig#"

static void one(struct duis_kit *k, const char *name, const struct kit_cert *c, struct p256_key **key,
		struct p256_cert **cert)
{
	char key_file[300], cert_file[300];
	struct err e;

	snprintf(key_file, sizeof key_file, "%s/%s.key", k->dir, name);
	snprintf(cert_file, sizeof cert_file, "%s/%s.pem", k->dir, name);
	kit_key(key_file);
	kit_cert(cert_file, key_file, c);
	ck_ok(p256_open(key_file, key, &e));
	ck_ok(p256_cert_load(cert_file, cert, &e));
}

void duis_kit_make(struct duis_kit *k)
{
	*k = (struct duis_kit){ .key = NULL };
	test_dir_new(k->dir, sizeof k->dir);
	one(k, "us",
	    &(struct kit_cert){ .issuer_cn = "Z1",
				.issuer_ou = "07",
				.ou = "87",
				.eui = KIT_US,
				.serial = 1234567890,
				.from = 1700000000,
				.until = 1900000000 },
	    &k->key, &k->cert);
	one(k, "dcc",
	    &(struct kit_cert){ .issuer_cn = "Z1",
				.issuer_ou = "07",
				.ou = "89",
				.eui = KIT_DCC,
				.serial = 4711,
				.from = 1700000000,
				.until = 1900000000 },
	    &k->dcc_key, &k->dcc_cert);
	one(k, "other",
	    &(struct kit_cert){ .issuer_cn = "Z1",
				.issuer_ou = "07",
				.ou = "87",
				.eui = KIT_DCC + 1,
				.serial = 99,
				.from = 1700000000,
				.until = 1900000000 },
	    &k->other_key, &k->other_cert);
	k->trusted[0] = k->cert;
	k->trusted[1] = k->dcc_cert;
	k->trusted[2] = k->other_cert;
	k->trust = (struct duis_trust){ .cert = k->trusted, .n = 3, .now = KIT_NOW };
}

void duis_kit_done(struct duis_kit *k)
{
	p256_free(k->key);
	p256_free(k->dcc_key);
	p256_free(k->other_key);
	p256_cert_free(k->other_cert);
	p256_cert_free(k->cert);
	p256_cert_free(k->dcc_cert);
	test_dir_free(k->dir);
}

void kit_sample(const char *name, struct str *out)
{
	const char *dir = getenv("FIRPATH_SHARED_DATA");
	char path[500];
	struct err e;

	snprintf(path, sizeof path, "%s/duis/samples/%s", dir ? dir : SRCDIR "/../shared/data", name);
	ck_ok(file_read(path, out, &e));
}

static void canonical(const char *text, int mode, struct str *out)
{
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);
	xmlChar *p = NULL;
	int n;

	ck_assert_msg(doc != NULL, "not well formed: %s", text);
	n = xmlC14NDocDumpMemory(doc, NULL, mode, NULL, 0, &p);
	ck_assert_int_gt(n, 0);
	str_addn(out, p, (size_t)n);
	xmlFree(p);
	xmlFreeDoc(doc);
}

static void put_digest(const char *text, int mode, struct str *out)
{
	STR(form, 32 * MIB);
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text64[BASE64_TEXT(sizeof digest)];

	canonical(text, mode, &form);
	SHA256((const uint8_t *)form.p, form.len, digest);
	str_add(out, base64_text(digest, sizeof digest, text64));
}

static void put_reference(const char *text, enum kit_mistake m, const char *uri, struct str *out)
{
	str_addf(out,
		 "<ds:Reference URI=\"%s\"><ds:Transforms><ds:Transform Algorithm=\"" DS
		 "%s\"></ds:Transform>",
		 uri, m == KIT_OTHER_TRANSFORM ? "base64" : "enveloped-signature");
	if (m == KIT_SECOND_TRANSFORM)
		str_add(
		    out,
		    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>");
	str_addf(out,
		 "</ds:Transforms><ds:DigestMethod "
		 "Algorithm=\"http://www.w3.org/2001/04/xmlenc#%s\"></ds:DigestMethod>"
		 "<ds:DigestValue>",
		 m == KIT_SHA1_DIGEST_NAME ? "sha512" : "sha256");
	put_digest(text,
		   m == KIT_EXCLUSIVE_DIGEST || m == KIT_SECOND_TRANSFORM ? XML_C14N_EXCLUSIVE_1_0
									  : XML_C14N_1_0,
		   out);
	str_add(out, "</ds:DigestValue></ds:Reference>");
}

/* SignedInfo in its canonical form, without the namespace. */
static void put_info(const char *text, enum kit_mistake m, struct str *out)
{
	str_add(out, "><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">");
	if (m == KIT_INCLUSIVE_PREFIXES)
		str_add(out, "<InclusiveNamespaces xmlns=\"http://www.w3.org/2001/10/xml-exc-c14n#\" "
			     "PrefixList=\"ds\">"
			     "</InclusiveNamespaces>");
	str_addf(out,
		 "</ds:CanonicalizationMethod><ds:SignatureMethod "
		 "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#%s\">"
		 "</ds:SignatureMethod>",
		 m == KIT_HMAC ? "hmac-sha256" : "ecdsa-sha256");
	put_reference(text, m, m == KIT_REFERENCE_BY_ID ? "#body" : "", out);
	if (m == KIT_SECOND_REFERENCE)
		put_reference(text, m, "", out);
	str_add(out, "</ds:SignedInfo>");
}

static void put_value(const uint8_t sign[P256_SIGN_LEN], bool der, struct str *out)
{
	uint8_t bytes[80];
	char text[BASE64_TEXT(sizeof bytes)];
	size_t n = P256_SIGN_LEN;

	memcpy(bytes, sign, P256_SIGN_LEN);
	if (der) {
		ECDSA_SIG *s = ECDSA_SIG_new();
		uint8_t *p = bytes;

		ECDSA_SIG_set0(s, BN_bin2bn(sign, 32, NULL), BN_bin2bn(sign + 32, 32, NULL));
		n = (size_t)i2d_ECDSA_SIG(s, &p);
		ECDSA_SIG_free(s);
	}
	str_add(out, base64_text(bytes, n, text));
}

void kit_sign(const char *text, const struct p256_key *key, const struct p256_cert *cert,
	      enum kit_mistake mistake, struct str *out)
{
	const char *end = strrchr(text, '<');
	uint8_t sign[P256_SIGN_LEN];
	STR(form, 64 * KIB);
	STR(info, 64 * KIB);
	struct err e;

	put_info(text, mistake, &info);
	str_add(&form, "<ds:SignedInfo xmlns:ds=\"" DS "\"");
	if (mistake == KIT_INCLUSIVE_INFO)
		str_add(&form, " xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\"");
	str_addn(&form, info.p, info.len);
	ck_ok(p256_sign(key, form.p, form.len, sign, &e));
	str_addn(out, text, (size_t)(end - text));
	str_addf(out, "<ds:Signature xmlns:ds=\"" DS "\"%s><ds:SignedInfo%s<ds:SignatureValue>",
		 mistake == KIT_WITH_ATTRIBUTE ? " Type=\"s\"" : "", str_c(&info));
	put_value(sign, mistake == KIT_DER, out);
	str_add(out, "</ds:SignatureValue>");
	if (mistake != KIT_NO_KEYINFO)
		str_addf(
		    out,
		    "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>%s</ds:X509IssuerName>"
		    "<ds:X509SerialNumber>%s</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></"
		    "ds:KeyInfo>",
		    mistake == KIT_ISSUER_SPACED ? "CN=Z1, OU=07" : p256_cert_issuer(cert),
		    p256_cert_serial(cert));
	if (mistake == KIT_WITH_OBJECT)
		str_add(out, "<ds:Object></ds:Object>");
	str_addf(out, "</ds:Signature>%s", end);
}

void kit_response(const char *code, const char *body, struct str *out)
{
	str_addf(
	    out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><sr:Response "
	    "xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\" "
	    "xmlns:ra=\"http://www.dccinterface.co.uk/ResponseAndAlert\" schemaVersion=\"5.1\"><sr:Header>"
	    "<sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>"
	    "<sr:ResponseID>00-DB-12-34-56-78-90-A0:90-B3-D5-1F-30-01-00-00:1000</sr:ResponseID>"
	    "<sr:ResponseCode>%s</sr:ResponseCode><sr:ResponseDateTime>2026-11-20T09:00:00.125Z</"
	    "sr:ResponseDateTime>"
	    "</sr:Header><sr:Body>",
	    code ? code : "I0");
	str_add(out, body);
	str_add(out, "</sr:Body></sr:Response>");
}
