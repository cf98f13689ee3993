/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations for tests in C: keys, a trust store, folders with signed Manifests and their
 * Archives. Items are written here in their canonical form (names sorted, no blanks) and signed by OpenSSL,
 * so that nothing under test makes what is tested.
 */
#ifndef FIRPATH_TESTS_VC_KIT_H
#define FIRPATH_TESTS_VC_KIT_H

#include <openssl/evp.h>

#include "base/str.h"
#include "core/vc.h"
#include "testing.h"

#define KIT_VEHICLE_TYPE "6c4d65f4-2572-11ee-be56-0242ac120002"
#define KIT_BBS 8

/* One Building Block that shall be. */
struct kit_bb {
	const char *name;
	const char *version;      /* Release Version; NULL = 1.0.0 */
	const char *functional;   /* NULL = 1.0.0 */
	int on;                   /* 1-based: depends on that one; 0 = on none */
	const char *required;     /* functional version of it; NULL = 1.0.0 */
	bool composed;            /* stands in the Vehicle Manifest instead of a file of its own */
	bool foreign;             /* signed by a key that nobody trusts */
	const char *archive_text; /* what its Software holds; NULL = its name and version */
};

struct vc_kit {
	char dir[256], inbox[512], vcs[512], images[512], trust[512];
	struct vc_store store;
};

/* Once, in main(): makes the keys. */
void kit_keys(void);
void kit_begin(struct vc_kit *k);
void kit_end(struct vc_kit *k);
/* Writes trust.json; revoked: the supplier's key counts no more. */
void kit_trust(const struct vc_kit *k, bool revoked);
/* A folder of the inbox: vehicle.json, CCS-OB/NAME/NAME.json, Archives. Complete at once. */
void kit_vc(const struct vc_kit *k, const char *folder, const struct kit_bb *bb, int n, const char *version);
/* The same anywhere. */
void kit_vc_at(const char *path, const struct kit_bb *bb, int n, const char *version);
/* The Type ID and Config ID of things, the same for the same words. */
char *kit_uuid(const char *words, char buf[40]);
/* A file beneath the inbox, made or replaced. */
void kit_file(const struct vc_kit *k, const char *name, const char *text);

#endif
