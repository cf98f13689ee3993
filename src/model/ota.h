/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OTA file of GB devices (ZigBee OTA header, GBCS 11.2): header, Manufacturer Image, and for ESME, GSME
 * and HCALCS the trailer `00 40` with the Authorising Remote Party's signature; the image of an 11.4 (PPMID)
 * has none. All numbers are little-endian. GBCS images have no sub-elements. Pure: bytes in memory.
 *
 * The hash of the CPL and of 11.3 is over the Manufacturer Image only, never over the file (gb-metering 4).
 */
#ifndef FIRPATH_MODEL_OTA_H
#define FIRPATH_MODEL_OTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define OTA_MAGIC UINT32_C(0x0BEEF11E)
#define OTA_HEADER_MIN 56
#define OTA_HEADER_MAX 69               /* with security credential version, destination and hardware */
#define OTA_TRAILER_LEN 66              /* 00 40 and the signature */
#define OTA_SIGNATURE_LEN 64            /* r and s */
#define OTA_FILE_MAX ((size_t)10240000) /* decoded FirmwareImage of DUIS */

enum ota_layout { OTA_GBCS /* with trailer */, OTA_PLAIN /* 11.4: header and image only */ };

struct ota {
	uint16_t header_len, field_control, manufacturer, image_type, stack;
	uint32_t version;
	char text[33];  /* header string, what is not printable as '.' */
	uint32_t total; /* image size as the header says it */
	bool has_hardware;
	uint16_t hw_min, hw_max; /* only if; version octet high, revision octet low, as the CPL writes them */
	bool has_destination;
	uint64_t destination; /* EUI-64 */
	uint8_t credential;   /* security credential version, if field_control says that there is one */
	enum ota_layout layout;
	/* Places in the file. */
	size_t image_at, image_len;
	size_t signature_at; /* 0 = none */
};
/* Reads a whole file. The trailer is seen by its `00 40` at its place and the size; without it the layout is
 * plain. ERR_INVALID with offset and what is wrong: magic, header version, lengths that do not fit (size
 * that the header says != length of the file), reserved image type (FFC0-FFFF), an empty image. */
int ota_read(const uint8_t *p, size_t n, struct ota *ret, struct err *e) MUST_USE;
/* Where the layout is known: one image in 65,536 looks by chance as if a trailer ended it. */
int ota_read_as(const uint8_t *p, size_t n, enum ota_layout layout, struct ota *ret, struct err *e) MUST_USE;
/* A header alone, with nothing behind it; places stay 0. */
int ota_read_header(const uint8_t *header, size_t n, struct ota *ret, struct err *e) MUST_USE;
/* The header for a Manufacturer Image of image_len octets; ret gets header_len octets (room OTA_HEADER_MAX).
 * Of `o` all but the places is used; total is computed. */
int ota_write_header(const struct ota *o, size_t image_len, uint8_t *ret, size_t *ret_len,
		     struct err *e) MUST_USE;
/* The same header for the other layout or another total size: what is sent for an image whose header came
 * with a file. */
int ota_header_resize(const uint8_t *header, size_t n, size_t total, uint8_t *ret, struct err *e) MUST_USE;

/* Does the file fit an entry of the CPL? what[] lists every difference as one sentence, at most max. */
struct ota_entry {
	uint16_t manufacturer, model, hardware; /* as the CPL: hardware version high, revision low */
	uint32_t firmware;
	const char *hash; /* 64 upper hex digits; NULL: the entry has none */
};
#define OTA_DIFFERENCE_SIZE 160
size_t ota_differs(const struct ota *o, const char *image_sha256, const struct ota_entry *entry,
		   char (*what)[OTA_DIFFERENCE_SIZE], size_t max);

#endif
