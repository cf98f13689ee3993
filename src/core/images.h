/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware images, kept by content: image_dir/<SHA-256, 64 upper hex digits>. A file in there is complete and
 * is what its name says, because it was hashed while it was written and renamed afterwards. Only images whose
 * hash is the hash of a catalogue entry are taken (gb-metering 6: 14, 15).
 */
#ifndef FIRPATH_CORE_IMAGES_H
#define FIRPATH_CORE_IMAGES_H

#include "base/digest.h"
#include "base/str.h"
#include "core/catalog.h"
#include "store/store_ledger.h"

#define IMAGE_MAX ((int64_t)64 << 20) /* bytes */
#define IMAGE_PATH_MAX 1024

/* The file of an image: buf holds IMAGE_PATH_MAX. ERR_NOT_FOUND when it is not stored (or sha256 is not 64
 * hex digits); *ret_size may be NULL. */
int image_path(const char *image_dir, const char *sha256, char *buf, int64_t *ret_size,
	       struct err *e) MUST_USE;
bool image_stored(const char *image_dir, const char *sha256); /* false for NULL */
/* Is it the image of an entry? The folder also holds Archives of Building Blocks, which are served one by one
 * to whom they belong (cm_serve_package()). Hex digits of either case. */
bool image_of_entry(const struct snapshot *s, const char *sha256);

/* Take an image piece by piece: image_begin, image_write..., image_end. want: the hash it must have, NULL =
 * any known one. Nothing is left behind unless image_end succeeds. The audit row is written by image_end. */
struct image_in;
int image_begin(const char *image_dir, const char *want, struct image_in **ret, struct err *e) MUST_USE;
int image_write(struct image_in *in, const void *p, size_t n, struct err *e) MUST_USE; /* ERR_TOO_LARGE */
/* Consumes in, also on failure. ERR_INVALID: hash differs from want; ERR_NOT_FOUND: no entry has this hash.
 * ret_hash gets the hash, *ret_new false when it was stored before (then nothing changes). */
int image_end(struct image_in *in, struct db *db, const struct snapshot *s, const struct actor *who,
	      char ret_hash[SHA256_HEX], bool *ret_new, struct err *e) MUST_USE;
/* The same for an image that is no entry's yet: whose it is, the caller knows (a release that is a draft); of
 * is said in the audit row. */
int image_end_of(struct image_in *in, struct db *db, const struct actor *who, const char *of,
		 char ret_hash[SHA256_HEX], bool *ret_new, struct err *e) MUST_USE;
/* Another ceiling than IMAGE_MAX, before the first image_write. */
void image_ceiling(struct image_in *in, int64_t bytes);
void image_drop(struct image_in *in);
DEFINE_OWN(struct image_in, image_drop)

/* A whole file, for `firpath image add FILE`. */
int image_add_file(const char *image_dir, const char *path, const char *want, struct db *db,
		   const struct snapshot *s, const struct actor *who, char ret_hash[SHA256_HEX],
		   bool *ret_new, struct err *e) MUST_USE;

#endif
