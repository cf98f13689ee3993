/* SPDX-License-Identifier: Apache-2.0 */
/* OTA files for tests, put together octet by octet and not by what is tested. */
#ifndef FIRPATH_OTA_KIT_H
#define FIRPATH_OTA_KIT_H

#include <stdint.h>
#include <string.h>

struct ota_parts {
	uint16_t manufacturer, type, hw_min, hw_max;
	uint32_t version;
	const char *image;
	const uint8_t *signature; /* 64 octets; NULL = the layout without one */
};

static inline void ota_le(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Returns the length; buf has room for 126 octets more than the image. */
static inline size_t ota_made(const struct ota_parts *f, uint8_t *buf)
{
	static const uint8_t begin[] = { 0x1E, 0xF1, 0xEE, 0x0B, 0x00, 0x01, 0x3C, 0x00, 0x04, 0x00 };
	size_t n = strlen(f->image), total = 60 + n + (f->signature ? 66 : 0);

	memset(buf, 0, 60);
	memcpy(buf, begin, sizeof begin);
	ota_le(buf + 10, 2, f->manufacturer);
	ota_le(buf + 12, 2, f->type);
	ota_le(buf + 14, 4, f->version);
	ota_le(buf + 18, 2, 2);
	memcpy(buf + 20, "made for tests", 14);
	ota_le(buf + 52, 4, total);
	ota_le(buf + 56, 2, f->hw_min);
	ota_le(buf + 58, 2, f->hw_max);
	memcpy(buf + 60, f->image, n);
	if (f->signature) {
		buf[60 + n] = 0x00;
		buf[61 + n] = 0x40;
		memcpy(buf + 62 + n, f->signature, 64);
	}
	return total;
}

#endif
