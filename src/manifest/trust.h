/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust store (J11, J14, J15; doc/adr/0008-vehicles.md, 6): whose signatures count, for what. One JSON
 * file, read whole; the same for service, command line and device agent.
 *
 *	{"entities":[{"name":"Octan","roles":["supplier"],"since":"2026-01-01","until":"2030-01-01",
 *	              "keys":[{"pem":"-----BEGIN PUBLIC KEY-----\n...","revoked":"2026-06-01"}]}]}
 */
#ifndef FIRPATH_MANIFEST_TRUST_H
#define FIRPATH_MANIFEST_TRUST_H

#include "base/err.h"
#include "model/manifest.h"

#define TRUST_FILE_MAX ((size_t)1 << 20)
#define TRUST_SUPPLIER 1u
#define TRUST_INTEGRATOR 2u
#define TRUST_DISTRIBUTOR 4u

struct trust; /* read-only once loaded; may be used by many threads */
/* "" = an empty store: nothing is authentic. ERR_CONFIG names the member. */
int trust_load(const char *path, struct trust **ret, struct err *e) MUST_USE;
int trust_parse(const char *text, size_t len, struct trust **ret, struct err *e) MUST_USE;
void trust_free(struct trust *t);
DEFINE_OWN(struct trust, trust_free)
/* Who signed? kind: "PKCS#1" or "Ed25519"; signature in hex; now in UTC ms. The name (borrowed from the
 * store), or NULL: *ret_why gets a phrase ("no key of the trust store made it", "made by X, who is no
 * integrator"). */
const char *trust_signer(const struct trust *t, const char *kind, const char *signature, const void *data,
			 size_t len, unsigned roles, int64_t now, const char **ret_why);

#endif
