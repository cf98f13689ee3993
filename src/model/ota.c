/* SPDX-License-Identifier: Apache-2.0 */
/* ZigBee OTA Upgrade Cluster 6.3.2 (header), GBCS 11.2.2-11.2.4 (what follows it). */
#include "model/ota.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEADER_VERSION 0x0100
#define TEXT_AT 20
#define TEXT_LEN 32
#define TOTAL_AT 52
#define HAS_CREDENTIAL 1u
#define HAS_DESTINATION 2u
#define HAS_HARDWARE 4u
#define TYPE_RESERVED 0xFFC0 /* from here on */
#define NO_MANUFACTURER 0xFFFF
#define FORCE_REPLACE 0x00 /* "for the hub only", always none */

static uint64_t le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void le_put(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static size_t optional_len(unsigned control)
{
	return (control & HAS_CREDENTIAL ? 1u : 0) + (control & HAS_DESTINATION ? 8u : 0) +
	       (control & HAS_HARDWARE ? 4u : 0);
}

/* What stands behind the 56 octets that every header has. */
static int read_optional(const uint8_t *p, struct ota *o, struct err *e)
{
	size_t at = OTA_HEADER_MIN;

	if (o->field_control & HAS_CREDENTIAL)
		o->credential = p[at++];
	if (o->field_control & HAS_DESTINATION) {
		o->has_destination = true;
		o->destination = le(p + at, 8);
		at += 8;
	}
	if (o->field_control & HAS_HARDWARE) {
		o->has_hardware = true;
		o->hw_min = (uint16_t)le(p + at, 2);
		o->hw_max = (uint16_t)le(p + at + 2, 2);
		if (o->hw_min > o->hw_max)
			return err_set(
			    e, ERR_INVALID,
			    "octet %zu: the least hardware version %04X is above the largest, %04X", at,
			    o->hw_min, o->hw_max);
	}
	return OK;
}

static int read_header(const uint8_t *p, size_t n, struct ota *o, struct err *e)
{
	if (n < OTA_HEADER_MIN)
		return err_set(e, ERR_INVALID, "octet %zu: an OTA header has %d octets and more", n,
			       OTA_HEADER_MIN);
	if (le(p, 4) != OTA_MAGIC)
		return err_set(e, ERR_INVALID, "octet 0: an OTA file begins with 1E F1 EE 0B");
	if (le(p + 4, 2) != HEADER_VERSION)
		return err_set(e, ERR_INVALID, "octet 4: the header has version %04X, not 0100",
			       (unsigned)le(p + 4, 2));
	o->header_len = (uint16_t)le(p + 6, 2);
	o->field_control = (uint16_t)le(p + 8, 2);
	if (o->field_control & ~(HAS_CREDENTIAL | HAS_DESTINATION | HAS_HARDWARE))
		return err_set(e, ERR_INVALID, "octet 8: field control %04X has bits that are not known",
			       o->field_control);
	if (o->header_len != OTA_HEADER_MIN + optional_len(o->field_control))
		return err_set(e, ERR_INVALID,
			       "octet 6: the header says that it has %u octets; with field control %04X it "
			       "has %zu",
			       o->header_len, o->field_control,
			       OTA_HEADER_MIN + optional_len(o->field_control));
	if (n < o->header_len)
		return err_set(e, ERR_INVALID, "octet %zu: the header has %u octets", n, o->header_len);
	o->manufacturer = (uint16_t)le(p + 10, 2);
	o->image_type = (uint16_t)le(p + 12, 2);
	o->version = (uint32_t)le(p + 14, 4);
	o->stack = (uint16_t)le(p + 18, 2);
	for (size_t i = 0; i < TEXT_LEN; i++)
		o->text[i] = p[TEXT_AT + i] >= 0x20 && p[TEXT_AT + i] < 0x7F ? (char)p[TEXT_AT + i] : '.';
	for (size_t i = TEXT_LEN; i && (!p[TEXT_AT + i - 1] || o->text[i - 1] == ' '); i--)
		o->text[i - 1] = '\0';
	o->total = (uint32_t)le(p + TOTAL_AT, 4);
	if (o->manufacturer == NO_MANUFACTURER)
		return err_set(e, ERR_INVALID, "octet 10: manufacturer FFFF means any, and is none");
	if (o->image_type >= TYPE_RESERVED)
		return err_set(e, ERR_INVALID, "octet 12: image type %04X is reserved", o->image_type);
	return read_optional(p, o, e);
}

int ota_read_as(const uint8_t *p, size_t n, enum ota_layout layout, struct ota *ret, struct err *e)
{
	struct ota o = { .layout = layout };
	size_t behind = layout == OTA_GBCS ? OTA_TRAILER_LEN : 0;

	if (n > OTA_FILE_MAX)
		return err_set(e, ERR_INVALID, "it has %zu octets; the DCC takes %zu at most", n,
			       OTA_FILE_MAX);
	if (read_header(p, n, &o, e))
		return (int)e->code;
	if (o.total != n)
		return err_set(e, ERR_INVALID,
			       "octet 52: the header says that the file has %u octets, it has %zu", o.total,
			       n);
	if (n <= o.header_len + behind)
		return err_set(e, ERR_INVALID, "octet %u: there is no image behind the header", o.header_len);
	o.image_at = o.header_len;
	o.image_len = n - o.header_len - behind;
	if (layout == OTA_GBCS) {
		o.signature_at = n - OTA_SIGNATURE_LEN;
		if (p[o.signature_at - 2] != FORCE_REPLACE || p[o.signature_at - 1] != OTA_SIGNATURE_LEN)
			return err_set(e, ERR_INVALID,
				       "octet %zu: 00 40 stands before a supplier's signature, not %02X %02X",
				       o.signature_at - 2, p[o.signature_at - 2], p[o.signature_at - 1]);
	}
	*ret = o;
	return OK;
}

int ota_read(const uint8_t *p, size_t n, struct ota *ret, struct err *e)
{
	struct err none;

	if (!ota_read_as(p, n, OTA_GBCS, ret, &none))
		return OK;
	return ota_read_as(p, n, OTA_PLAIN, ret, e);
}

int ota_write_header(const struct ota *o, size_t image_len, uint8_t *ret, size_t *ret_len, struct err *e)
{
	unsigned control = (o->field_control & HAS_CREDENTIAL) | (o->has_destination ? HAS_DESTINATION : 0) |
			   (o->has_hardware ? HAS_HARDWARE : 0);
	size_t len = OTA_HEADER_MIN + optional_len(control), at = OTA_HEADER_MIN;
	size_t total = len + image_len + (o->layout == OTA_GBCS ? OTA_TRAILER_LEN : 0);

	if (!image_len || image_len > OTA_FILE_MAX || total > OTA_FILE_MAX)
		return err_set(e, ERR_INVALID, "an image has 1 to %zu octets with what goes around it",
			       OTA_FILE_MAX);
	if (o->image_type >= TYPE_RESERVED || o->manufacturer == NO_MANUFACTURER)
		return err_set(e, ERR_INVALID, "manufacturer %04X or image type %04X is reserved",
			       o->manufacturer, o->image_type);
	if (o->has_hardware && o->hw_min > o->hw_max)
		return err_set(e, ERR_INVALID, "the least hardware version %04X is above the largest, %04X",
			       o->hw_min, o->hw_max);
	le_put(ret, 4, OTA_MAGIC);
	le_put(ret + 4, 2, HEADER_VERSION);
	le_put(ret + 6, 2, len);
	le_put(ret + 8, 2, control);
	le_put(ret + 10, 2, o->manufacturer);
	le_put(ret + 12, 2, o->image_type);
	le_put(ret + 14, 4, o->version);
	le_put(ret + 18, 2, o->stack);
	memset(ret + TEXT_AT, 0, TEXT_LEN);
	memcpy(ret + TEXT_AT, o->text, strnlen(o->text, TEXT_LEN));
	le_put(ret + TOTAL_AT, 4, total);
	if (control & HAS_CREDENTIAL)
		ret[at++] = o->credential;
	if (control & HAS_DESTINATION) {
		le_put(ret + at, 8, o->destination);
		at += 8;
	}
	if (control & HAS_HARDWARE) {
		le_put(ret + at, 2, o->hw_min);
		le_put(ret + at + 2, 2, o->hw_max);
	}
	*ret_len = len;
	return OK;
}

int ota_header_resize(const uint8_t *header, size_t n, size_t total, uint8_t *ret, struct err *e)
{
	struct ota o = { .layout = OTA_PLAIN };

	if (read_header(header, n, &o, e))
		return (int)e->code;
	if (n != o.header_len)
		return err_set(e, ERR_INVALID, "octet %u: something follows the header", o.header_len);
	if (total <= n || total > OTA_FILE_MAX)
		return err_set(e, ERR_INVALID, "a file has %zu to %zu octets with this header, not %zu",
			       n + 1, OTA_FILE_MAX, total);
	memcpy(ret, header, n);
	le_put(ret + TOTAL_AT, 4, total);
	return OK;
}

int ota_read_header(const uint8_t *header, size_t n, struct ota *ret, struct err *e)
{
	struct ota o = { .layout = OTA_PLAIN };

	if (read_header(header, n, &o, e))
		return (int)e->code;
	if (n != o.header_len)
		return err_set(e, ERR_INVALID, "octet %u: something follows the header", o.header_len);
	*ret = o;
	return OK;
}

/* ---- does it fit? ---- */

struct differences {
	char (*what)[OTA_DIFFERENCE_SIZE];
	size_t n, max;
};

static void differ(struct differences *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void differ(struct differences *d, const char *fmt, ...)
{
	va_list ap;

	if (d->n == d->max)
		return;
	va_start(ap, fmt);
	vsnprintf(d->what[d->n++], OTA_DIFFERENCE_SIZE, fmt, ap);
	va_end(ap);
}

size_t ota_differs(const struct ota *o, const char *image_sha256, const struct ota_entry *entry,
		   char (*what)[OTA_DIFFERENCE_SIZE], size_t max)
{
	struct differences d = { .what = what, .max = max };

	if (!entry->hash)
		differ(&d, "The entry has no hash: its image cannot be known.");
	else if (strcmp(entry->hash, image_sha256) != 0)
		differ(&d, "The image has hash %.16s..., the entry %.16s....", image_sha256, entry->hash);
	if (o->manufacturer != entry->manufacturer)
		differ(&d, "The image is of manufacturer %04X, the entry of %04X.", o->manufacturer,
		       entry->manufacturer);
	if (o->image_type != entry->model)
		differ(&d, "The image has type %04X, the model of the entry is %04X.", o->image_type,
		       entry->model);
	if (o->version != entry->firmware)
		differ(&d, "The image has version %08X, the entry firmware %08X.", o->version,
		       entry->firmware);
	if (o->has_hardware && (entry->hardware < o->hw_min || entry->hardware > o->hw_max))
		differ(&d, "The image is for hardware %04X to %04X, the entry is hardware %04X.", o->hw_min,
		       o->hw_max, entry->hardware);
	return d.n;
}
