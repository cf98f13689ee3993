/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two places for Packages, A and B. The one that runs is never written; the other takes the next. A slot
 * is complete when its Manifest is there, and valid when its files are what the Manifest says.
 *
 *	DIR/slot-A/manifest.json   what it is: its Manifest, as it came
 *	DIR/slot-A/image           the Package of a device with one image
 *	DIR/slot-A/archives/HASH   the Archives of a Building Block, called by their SHA-256
 *	DIR/slot-A/HASH.part       a download that has not ended (archives/HASH.part); its name says of what,
 *so that it is gone on with only for the same file
 */
#ifndef FIRPATH_AGENT_SLOTS_H
#define FIRPATH_AGENT_SLOTS_H

#include <stdio.h>

#include "agent/memory.h"
#include "base/digest.h"
#include "base/own.h"
#include "base/str.h"
#include "wire/bbum_message.h"

#define PACKAGE_FILES_MAX 256
#define BLOCK_MANIFEST_MAX ((size_t)1 << 20) /* bytes of a Building Block's Manifest */

/* A file of a Package. */
struct package_file {
	char hash[65];                        /* SHA-256, upper hex */
	int64_t size;                         /* bytes, -1 = the Manifest does not say */
	char address[240];                    /* where to fetch it: a path on the server */
	char kind[12], name[40], version[16]; /* of the component; empty for an image */
};

/* What a slot holds or shall hold. */
struct package {
	struct bbum_manifest m;    /* name, version, hash; without a manufacturer: of a Building Block */
	char title[40];            /* Name of a Building Block */
	struct str text;           /* a Building Block's Manifest, as it came */
	struct package_file *file; /* owned */
	int n;
};
void package_clear(struct package *p); /* empty, and again ready for use */
DEFINE_OWN_VAL(struct package, package_clear)
void package_of_image(struct package *p, const struct bbum_manifest *m);
static inline bool package_is_block(const struct package *p)
{
	return !*p->m.manufacturer;
}

/* The Manifest of a slot as text; ERR_NO_FILE when it holds nothing complete. Not SLOT_FACTORY. */
int slot_text(const char *dir, enum slot_id id, struct str *ret, struct err *e) MUST_USE;
/* Are the stored files what the Manifest says (size, SHA-256)? ERR_INVALID: no. ok: one for each file, or
 * NULL. */
int slot_verify(const char *dir, enum slot_id id, const struct package *p, bool *ok, struct err *e) MUST_USE;

/* Take the slot for a Package: what it held goes, parts and Archives of this very Package stay. */
int slot_take(const char *dir, enum slot_id id, const struct package *p, struct err *e) MUST_USE;
/* *ret_fd: the part of file i, opened for appending; *ret_have: bytes of it that are there. */
int slot_part_open(const char *dir, enum slot_id id, const struct package *p, int i, int *ret_fd,
		   int64_t *ret_have, struct err *e) MUST_USE;
/* Is the part whole and right? ERR_INVALID: no. */
int slot_part_verify(const char *dir, enum slot_id id, const struct package *p, int i,
		     struct err *e) MUST_USE;
void slot_part_drop(const char *dir, enum slot_id id, const struct package *p, int i);
/* The verified parts become the Package, then the Manifest is written. bare: no files are kept (load tests).
 */
int slot_install(const char *dir, enum slot_id id, const struct package *p, bool sync, bool bare,
		 struct err *e) MUST_USE;
/* For tests of what happens then: change a byte of the part of file i, or of the stored file. */
void slot_damage(const char *dir, enum slot_id id, const struct package *p, int i, bool stored);
/* Where the stored file is, or its part; buf has SLOT_PATH_SIZE bytes. */
#define SLOT_PATH_SIZE (DEVICE_PATH_MAX + 120)
const char *slot_file(const char *dir, enum slot_id id, const struct package *p, int i, char *buf);
const char *slot_part(const char *dir, enum slot_id id, const struct package *p, int i, char *buf);

#endif
