/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OTA headers of images and suppliers' signatures; sql/query/ota.sql, schema 0019. What they mean is in
 * core/ota.h. Texts are borrowed: from the caller when written, from the rows object when read. Writing
 * functions run inside the caller's write transaction.
 */
#ifndef FIRPATH_STORE_STORE_OTA_H
#define FIRPATH_STORE_STORE_OTA_H

#include "store/db.h"

struct store_ota {
	const char *sha256;                              /* of the Manufacturer Image */
	const char *manufacturer, *image_type, *version; /* upper hex digits */
	const char *hw_min, *hw_max;                     /* "" = no limit */
	const char *header;                              /* hex digits */
	int64_t size;                                    /* of the Manufacturer Image, bytes */
	const char *added_by;
	int64_t added_at;
};
int store_ota_add(struct db *db, const struct store_ota *o, struct err *e) MUST_USE;
int store_ota_of(struct db *db, const char *sha256, struct rows **ret, struct err *e) MUST_USE;
int store_ota_next(struct rows *rows, struct store_ota *ret, bool *ret_got, struct err *e) MUST_USE;
/* The first image whose hash is behind `after` ("" = the very first); buf gets it. */
int store_ota_after(struct db *db, const char *after, bool *ret_got, char buf[65], struct err *e) MUST_USE;

struct store_ota_sign {
	const char *sha256;
	uint64_t user_eui;
	const char *signature; /* 128 upper hex digits */
	const char *signed_by;
	int64_t signed_at;
};
/* In place of the user's former one. */
int store_ota_sign_put(struct db *db, const struct store_ota_sign *s, struct err *e) MUST_USE;
/* user_eui 0: everybody's. */
int store_ota_signs(struct db *db, const char *sha256, uint64_t user_eui, struct rows **ret,
		    struct err *e) MUST_USE;
int store_ota_sign_next(struct rows *rows, struct store_ota_sign *ret, bool *ret_got, struct err *e) MUST_USE;

#endif
