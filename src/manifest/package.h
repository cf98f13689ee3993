/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages (OCORA-TWS15-060 annex, 1.4.4; rows A14, A15, B7-B9, reading Z38): a tar.gz with exactly the files
 * that a Manifest of a Vehicle, System or Building Block names, in the folders it states.
 *
 * Packing is reproducible: the same folder gives the same bytes (sorted names, time 0, mode 0644, no owner).
 *
 * Unpacking never trusts a name of a member (F11, T14, T16): the archive is streamed; only plain files and
 * directories are taken; links, devices, sparse files, second members of one name (also in other case, or as
 * the folder of another), absolute names, "." and "..", backslashes, control characters and names that are no
 * UTF-8 are refused, and so is what passes a ceiling below. (One leading "./" is taken off, as tar writes
 * it.) Files are made beneath a temporary folder next to the target, through no link; when everything is
 * there, synced, and is what the Manifest states and nothing else (B8), one rename makes it the target. On
 * failure nothing is left.
 */
#ifndef FIRPATH_MANIFEST_PACKAGE_H
#define FIRPATH_MANIFEST_PACKAGE_H

#include <stdint.h>

#include "manifest/read.h"

#define PACKAGE_MEMBERS_MAX 4096             /* files and folders */
#define PACKAGE_BYTES_MAX ((int64_t)2 << 30) /* unpacked, in all; also of the tar.gz itself */
#define PACKAGE_RATIO_MAX 200                /* unpacked : packed, beyond PACKAGE_RATIO_FREE */
#define PACKAGE_RATIO_FREE ((int64_t)1 << 20)
#define PACKAGE_NAME_MAX 255 /* bytes of a member's path */
#define PACKAGE_DEPTH_MAX 16 /* folders above a file */

/* What was packed or unpacked. */
struct package_facts {
	int64_t files, bytes; /* members, their sizes in all */
	char sha256[65];      /* of the tar.gz, upper case */
};

/* Writes the Package of a folder. manifest: its outermost Manifest, NULL = as manifest_read() finds it. The
 * folder must be right as far as ask says, Archives included; without a trust store signatures need not be
 * there. ERR_PACKAGE names the first problem and its place. out is replaced as a whole. */
int package_pack(const char *folder, const char *manifest, const struct manifest_ask *ask, const char *out,
		 struct package_facts *ret, struct err *e) MUST_USE;

/* Unpacks into the folder `into`, which must not be there yet. ask: how it must verify, as for package_pack;
 * NULL: the caller looks at it himself (manifest_read, package_surplus). */
int package_unpack(const char *file, const char *into, const struct manifest_ask *ask,
		   struct package_facts *ret, struct err *e) MUST_USE;

/* Does the folder hold what its Manifests name, and nothing else (B8)? ERR_PACKAGE names the first other
 * thing. */
int package_surplus(const char *folder, const struct manifest *m, struct err *e) MUST_USE;

/* One member's name: NULL = fine, else what is wrong with it. For tests. */
const char *package_name_fault(const char *name);

#endif
