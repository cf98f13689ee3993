/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust store (J11, J14, J15; doc/adr/0008-vehicles.md, 6): whose signatures count, for what. One JSON
 * file, read whole; the same for service, command line and device agent.
 *
 *	{"entities":[{"name":"Octan","roles":["supplier"],"since":"2026-01-01","until":"2030-01-01",
 *	              "keys":[{"pem":"-----BEGIN PUBLIC KEY-----\n...","revoked":"2026-06-01"}]}]}
 *
 * since, until and revoked may be left out. An entity counts from `since` to before `until`, a key until
 * `revoked`: signatures carry no time, so from then on everything that the key ever signed does not count.
 *`pem` may be an X.509 certificate: its key counts, its dates and names do not. One key belongs to one
 *entity.
 */
#ifndef FIRPATH_MANIFEST_TRUST_H
#define FIRPATH_MANIFEST_TRUST_H

#include "base/err.h"
#include "model/manifest.h"

#define TRUST_FILE_MAX ((size_t)1 << 20)
#define TRUST_ENTITIES_MAX 256
#define TRUST_KEYS_MAX 32 /* of one entity */
#define TRUST_SUPPLIER 1u
#define TRUST_INTEGRATOR 2u
#define TRUST_DISTRIBUTOR 4u

struct trust; /* read-only once loaded; may be used by many threads */
/* "" = an empty store: nothing is authentic. ERR_CONFIG names the member, or says that everybody may write
 * the file. */
int trust_load(const char *path, struct trust **ret, struct err *e) MUST_USE;
int trust_parse(const char *text, size_t len, struct trust **ret, struct err *e) MUST_USE;
void trust_free(struct trust *t);
DEFINE_OWN(struct trust, trust_free)

enum trust_verdict {
	TRUST_OK,
	TRUST_NO_KEY,  /* no key of the store made it: it was changed, or somebody else signed */
	TRUST_REVOKED, /* the key is revoked */
	TRUST_TIME,    /* the entity does not count yet, or any more */
	TRUST_ROLE     /* the entity has none of the roles */
};
#define TRUST_WHY_SIZE 200
/* Who signed? kind: "PKCS#1" or "Ed25519"; signature in hex of either case, of exactly the length of the
 * key's signatures; now in UTC ms. *ret_name is borrowed from the store, NULL with TRUST_NO_KEY; why: a
 * phrase
 * ("made by X, who is no integrator"), "" with TRUST_OK. */
enum trust_verdict trust_signer(const struct trust *t, const char *kind, const char *signature,
				const void *data, size_t len, unsigned roles, int64_t now,
				const char **ret_name, char why[TRUST_WHY_SIZE]);

#endif
