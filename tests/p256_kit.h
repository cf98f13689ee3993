/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates of P-256 for tests, made by OpenSSL and not by what is tested. */
#ifndef FIRPATH_P256_KIT_H
#define FIRPATH_P256_KIT_H

#include <stdbool.h>
#include <stdint.h>

/* Ends the test when it cannot. */
void kit_key(const char *path); /* a new private key, PEM, 0600 */
struct kit_cert {
	const char *issuer_cn, *issuer_ou; /* NULL: none; "Z1", "07" as the DCC's test authority */
	const char *ou;                    /* of the subject; NULL: none */
	uint64_t eui;                      /* 0: none */
	uint64_t serial;                   /* 0: 1 */
	int64_t from, until;               /* UTC s; both 0: yesterday and for ten years */
	bool der;                          /* not PEM */
};
/* Self-signed whatever the issuer says: issuers are not followed here. */
void kit_cert(const char *path, const char *key, const struct kit_cert *c);

#endif
