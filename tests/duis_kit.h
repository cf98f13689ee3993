/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of the DCC for tests: written by hand, canonicalised by libxml2 and signed here, with every
 * mistake that can be made on the way. Python's tests let xmlsec1 sign instead (tests/dcc/test_duis.py).
 */
#ifndef FIRPATH_DUIS_KIT_H
#define FIRPATH_DUIS_KIT_H

#include <stdint.h>

#include "wire/duis.h"

#define KIT_US UINT64_C(0x90B3D51F30010000)
#define KIT_DCC UINT64_C(0x90B3D51F30000002)
#define KIT_METER UINT64_C(0x00DB1234567890A0)
#define KIT_NOW INT64_C(1795000000000) /* November 2026 */

struct duis_kit {
	char dir[256];
	struct p256_key *key, *dcc_key, *other_key;
	struct p256_cert *cert, *dcc_cert, *other_cert; /* other: another user of the DCC */
	struct p256_cert *trusted[3];                   /* all */
	struct duis_trust trust;
};
void duis_kit_make(struct duis_kit *k);
void duis_kit_done(struct duis_kit *k);
DEFINE_OWN_VAL(struct duis_kit, duis_kit_done)

/* A sample file of the DCC; tests that need it fail without it. */
void kit_sample(const char *name, struct str *out);

enum kit_mistake {
	KIT_NO_MISTAKE,
	KIT_EXCLUSIVE_DIGEST,
	KIT_DER,
	KIT_INCLUSIVE_INFO,   /* SignedInfo says exclusive and is signed in its inclusive form */
	KIT_SHA1_DIGEST_NAME, /* algorithms that are named otherwise */
	KIT_OTHER_TRANSFORM,
	KIT_SECOND_TRANSFORM,
	KIT_SECOND_REFERENCE,
	KIT_REFERENCE_BY_ID,
	KIT_INCLUSIVE_PREFIXES,
	KIT_HMAC,
	KIT_WITH_OBJECT,
	KIT_WITH_ATTRIBUTE,
	KIT_NO_KEYINFO,
	KIT_ISSUER_SPACED, /* no mistake: "CN=Z1, OU=07" */
	KIT_MISTAKES
};
/* Puts a signature before the last end tag of text. */
void kit_sign(const char *text, const struct p256_key *key, const struct p256_cert *cert,
	      enum kit_mistake mistake, struct str *out);
/* A Response with that body, unsigned. code NULL: I0. */
void kit_response(const char *code, const char *body, struct str *out);

#endif
