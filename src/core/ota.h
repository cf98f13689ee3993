/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of meters (doc/adr/0010-meters.md, 3): an OTA file is taken apart, the Manufacturer Image goes to
 * the image folder under its own SHA-256 (core/images.h), header and suppliers' signatures are rows; what is
 * sent is put together again. A file is taken only when an entry of the catalogue has its hash, manufacturer,
 * model, version and hardware, and a signature in it only when a certificate that is known verifies it
 * (gb-metering 6: 14). Any number of threads, each with a db of its own.
 */
#ifndef FIRPATH_CORE_OTA_H
#define FIRPATH_CORE_OTA_H

#include "base/p256.h"
#include "core/images.h"
#include "model/ota.h"

/* Why an image cannot be sent, as plans and jobs say it. */
#define OTA_NO_IMAGE "no-image"           /* the Manufacturer Image is not stored */
#define OTA_NO_HEADER "no-ota-header"     /* no OTA file of it was taken that fits the entry */
#define OTA_NOT_SIGNED "not-signed"       /* the user has not signed it */
#define OTA_HASH_DIFFERS "hash-differs"   /* the entry has none, or the stored image is not it any more */
#define OTA_SIGNATURE_BAD "signature-bad" /* what is kept as the user's signature is none */

/* With trailer, but for a PPMID. */
enum ota_layout ota_layout_of(const struct graph_node *n);
/* Does the file or header fit this node? As ota_differs(); the differences go to what[], at most max. */
size_t ota_node_differs(const struct snapshot *s, uint32_t node, const struct ota *o, const char *sha256,
			char (*what)[OTA_DIFFERENCE_SIZE], size_t max);

struct ota_added {
	char sha256[SHA256_HEX];
	bool new_image, new_header, new_signature;
	uint64_t signed_by;   /* EUI-64 of the user whose signature the file carries; 0 = it carries none */
	uint32_t serves;      /* entries that it fits */
	enum ota_layout read; /* how the file was read */
};
/* A whole OTA file. certs: of users' command keys, against which a signature in the file is checked. Without
 * any effect but these: ERR_INVALID (no OTA file), ERR_IMAGE (no entry fits; every difference to those that
 * come near is named), ERR_SIGNATURE (signed, but by nobody who is known here). */
int ota_add(struct db *db, const char *image_dir, const struct snapshot *s, const struct actor *who,
	    const uint8_t *file, size_t n, const struct p256_cert *const *certs, size_t ncerts,
	    struct ota_added *ret, struct err *e) MUST_USE;
/* Signs the stored image as the user of that certificate, which must be the key's. *ret_new false: there is a
 * good signature already, which stays. ERR_NOT_FOUND, ERR_IMAGE (it is not what its name says), ERR_CONFIG
 * (key and certificate), ERR_REMOTE (a token). */
int ota_sign(struct db *db, const char *image_dir, const struct actor *who, const char *sha256,
	     const struct p256_key *key, const struct p256_cert *cert, bool *ret_new, struct err *e) MUST_USE;

/* Could ota_file() give the file of this entry for this user (0 = any signature does)? *ret_why: one of the
 * words above, NULL when it could. Reads rows, and looks whether the image is there; image_dir NULL: does
 * not. */
int ota_ready(struct db *db, const char *image_dir, const struct snapshot *s, uint32_t node,
	      uint64_t user_eui, const char **ret_why, struct err *e) MUST_USE;
/* All octets to be sent, in the layout of the node, appended to out (ceiling OTA_FILE_MAX at least). The
 * image is hashed again. cert: the user's, to look at the signature once more; NULL: not looked at. *ret_why
 * as above; out is untouched when it is not NULL. */
int ota_file(struct db *db, const char *image_dir, const struct snapshot *s, uint32_t node, uint64_t user_eui,
	     const struct p256_cert *cert, struct str *out, const char **ret_why, struct err *e) MUST_USE;

/* ---- as JSON ---- */
/* sees: signatures of this user only; 0 = all. Without `image_dir` nothing is said of the file. */
int ota_image_json(struct db *db, const char *image_dir, const struct snapshot *s, const char *sha256,
		   uint64_t sees, struct str *out, struct err *e) MUST_USE;
/* {"images": [...], "next": cursor or null}; cursor: the hash after which it goes on, NULL = from the start.
 */
int ota_images_json(struct db *db, const char *image_dir, const struct snapshot *s, const char *cursor,
		    int64_t limit, uint64_t sees, struct str *out, struct err *e) MUST_USE;

#endif
