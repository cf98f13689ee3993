/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Building Block's update manager knows about Manifests (OCORA-TWS15-060 annex, 4.1.1.2, 6.1): its own
 * Type ID, whom it trusts, at which address it is. One Manifest as text becomes a verdict and, where it is
 * good, the list of files that belong to it. Reading and checking is src/manifest's; what a device concludes
 * is here.
 */
#ifndef FIRPATH_AGENT_BLOCK_H
#define FIRPATH_AGENT_BLOCK_H

#include "agent/slots.h"
#include "manifest/read.h"

struct block_shared {
	const struct trust *trust; /* borrowed; NULL = no Building Blocks here */
	enum manifest_profile profile;
	const char *firmware_check; /* program for inner signatures (agent/firmware.h); NULL, "" = none */
	char address[40];           /* IPv4 of this device; "" = Network IDs are not looked at */
};

/* The four checks of a Manifest (D15) and what it counts as when one fails. */
struct block_verdict {
	bool syntax_ok, integrity_ok, identity_ok, authentic_ok;
	char error[32]; /* word of doc/bbum-protocol.md section 5; "" = good */
	char why[160];  /* for the log */
};
static inline bool block_good(const struct block_verdict *v)
{
	return v->syntax_ok && v->integrity_ok && v->identity_ok && v->authentic_ok;
}

/* device, type_id: whose it must be. now: UTC ms, when its signature must have been valid. ret is filled as
 * far as the Manifest can be read; its files only when it is good. */
void block_read(const struct block_shared *b, const char *device, const char *type_id, const char *text,
		size_t len, int64_t now, struct package *ret, struct block_verdict *v);

#endif
