/* SPDX-License-Identifier: Apache-2.0 */
/* The OTA file: the published requests 11.1 and 11.4, files made by hand, and what a toy gets wrong. */
#include "model/ota.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ota_kit.h"
#include "testing.h"

#define SAMPLES SRCDIR "/../shared/data/duis/samples/"
#define IMAGE_HASH "7542F475E3F12EAE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB36"

static const uint8_t sign[OTA_SIGNATURE_LEN] = { 1, 2, 3 };

/* The decoded FirmwareImage of a request. */
static size_t sample(const char *path, uint8_t buf[2000])
{
	static const char begin[] = "<sr:FirmwareImage>";
	STR(text, 65536);
	const char *from;
	char b64[4000];
	struct err e;
	size_t n = 0;

	ck_ok(file_read(path, &text, &e));
	from = strstr(str_c(&text), begin);
	ck_assert_ptr_nonnull(from);
	from += strlen(begin);
	ck_assert(str_copyn(b64, sizeof b64, from, strcspn(from, "<")));
	ck_assert(base64_bytes(b64, buf, 2000, &n));
	return n;
}

static const char *hash_of(const uint8_t *p, size_t n, char hex[SHA256_HEX])
{
	uint8_t sum[SHA256_LEN];

	sha256_of(p, n, sum);
	return hex_text(sum, sizeof sum, hex);
}

START_TEST(the_image_of_the_published_11_1_request_has_a_trailer_and_its_hash)
{
	uint8_t p[2000];
	size_t n = sample(SAMPLES "11.1_UPDATE_FIRMWARE_REQUEST_DUIS.XML", p);
	char hex[SHA256_HEX];
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	ck_assert_int_eq(o.layout, OTA_GBCS);
	ck_assert_uint_eq(o.total, 361);
	ck_assert_uint_eq(o.header_len, 60);
	ck_assert_uint_eq(o.field_control, 4);
	ck_assert_uint_eq(o.manufacturer, 0x121D);
	ck_assert_uint_eq(o.image_type, 0x0000);
	ck_assert_uint_eq(o.version, 0xACDCACDC);
	ck_assert_uint_eq(o.stack, 2);
	ck_assert(o.has_hardware);
	ck_assert_uint_eq(o.hw_min, 0x1111);
	ck_assert_uint_eq(o.hw_max, 0x1211);
	ck_assert_uint_eq(o.image_at, 60);
	ck_assert_uint_eq(o.image_len, 235);
	ck_assert_uint_eq(o.signature_at, 297);
	ck_assert_str_eq(hash_of(p + o.image_at, o.image_len, hex), IMAGE_HASH);
	/* Trap: the hash of the whole file is another one, and it is not what CPL and 11.3 mean. */
	ck_assert(!strncmp(hash_of(p, n, hex), "C47FB1A4", 8));
}
END_TEST

START_TEST(the_image_of_the_published_11_4_request_has_no_trailer)
{
	uint8_t p[2000];
	size_t n = sample(SAMPLES "11.4_UPDATE_PPMID_FIRMWARE_REQUEST_DUIS.XML", p);
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	ck_assert_int_eq(o.layout, OTA_PLAIN);
	ck_assert_uint_eq(o.image_type, 0x0084);
	ck_assert_uint_eq(o.total, n);
	ck_assert_uint_eq(o.signature_at, 0);
	ck_assert_uint_eq(o.image_len, n - o.header_len);
	ck_refused(ota_read_as(p, n, OTA_GBCS, &o, &e), ERR_INVALID, "00 40 stands before");
}
END_TEST

static size_t made(uint8_t *buf, const uint8_t *signature)
{
	return ota_made(&(struct ota_parts){ .manufacturer = 0x106C,
					     .type = 0x4331,
					     .version = 0x124074DA,
					     .hw_min = 0x00A0,
					     .hw_max = 0x01AC,
					     .image = "firmware of a meter",
					     .signature = signature },
			buf);
}

START_TEST(trap_size_that_is_not_the_length_of_the_file_is_refused)
{
	uint8_t p[300];
	size_t n = made(p, sign);
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	p[n] = 0;
	ck_refused(ota_read(p, n + 1, &o, &e), ERR_INVALID, "octet 52: the header says");
	for (size_t k = 0; k < n; k++)
		ck_refused(ota_read(p, k, &o, &e), ERR_INVALID, "octet");
	ota_le(p + 52, 4, n - 60); /* the length without the header, as some count it */
	ck_refused(ota_read(p, n, &o, &e), ERR_INVALID, "octet 52: the header says");
}
END_TEST

START_TEST(trap_missing_00_40_before_the_signature_makes_it_part_of_the_image)
{
	uint8_t p[300], whole[300];
	size_t n = made(p, sign);
	char is[SHA256_HEX], cut[SHA256_HEX];
	struct ota o, other;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	memcpy(whole, p, n);
	memmove(p + n - 66, p + n - 64, 64);
	ota_le(p + 52, 4, n - 2);
	ck_refused(ota_read_as(p, n - 2, OTA_GBCS, &other, &e), ERR_INVALID, "00 40 stands before");
	/* Read as what it looks like, its hash is no entry's. */
	ck_ok(ota_read(p, n - 2, &other, &e));
	ck_assert_int_eq(other.layout, OTA_PLAIN);
	hash_of(whole + o.image_at, o.image_len, is);
	ck_assert_str_ne(hash_of(p + other.image_at, other.image_len, cut), is);
	for (int i = 0; i < 2; i++) {
		memcpy(p, whole, n);
		p[n - 66 + (size_t)i] ^= 0x80;
		ck_refused(ota_read_as(p, n, OTA_GBCS, &other, &e), ERR_INVALID, "00 40 stands before");
	}
}
END_TEST

START_TEST(trap_what_follows_the_header_is_the_image_and_no_tag_and_length)
{
	/* A sub-element of ZigBee would be tag 2, length 4: here it is part of the image, whatever it says.
	 */
	static const char image[] = "\x01\x02\x03\x04\x05\x06 no element";
	uint8_t p[300];
	size_t n = ota_made(&(struct ota_parts){ .image = image, .hw_max = 0xFFFF }, p);
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	ck_assert_uint_eq(o.image_len, strlen(image));
	ck_assert_mem_eq(p + o.image_at, image, strlen(image));
}
END_TEST

START_TEST(trap_hardware_octets_stand_revision_first_and_the_eight_digits_are_four_two_two)
{
	/* Entry 10:6C, model 43:31, hardware 01:AC, firmware 12:40:74:DA; concatenated 433101AC. */
	static const uint8_t want[] = { 0x6C, 0x10, 0x31, 0x43, 0xDA, 0x74, 0x40, 0x12 };
	uint8_t p[300];
	size_t n = made(p, sign);
	char what[8][OTA_DIFFERENCE_SIZE], hex[SHA256_HEX];
	struct ota_entry entry = { 0x106C, 0x4331, 0x01AC, 0x124074DA, hex };
	struct ota o;
	struct err e;

	ck_assert_mem_eq(p + 10, want, sizeof want);
	ck_assert_uint_eq(p[58], 0xAC);
	ck_assert_uint_eq(p[59], 0x01);
	ck_ok(ota_read(p, n, &o, &e));
	hash_of(p + o.image_at, o.image_len, hex);
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 0);
	entry.hardware = 0xAC01; /* octets swapped */
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 1);
	entry.hardware = 0x01AC;
	entry.model = 0x3143;
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 1);
}
END_TEST

START_TEST(trap_hardware_outside_the_least_and_the_largest_does_not_fit)
{
	uint8_t p[300];
	size_t n = made(p, sign);
	char what[8][OTA_DIFFERENCE_SIZE], hex[SHA256_HEX];
	struct ota_entry entry = { 0x106C, 0x4331, 0x00A0, 0x124074DA, hex };
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	hash_of(p + o.image_at, o.image_len, hex);
	for (int hw = 0x0000; hw <= 0xFFFF; hw++) {
		entry.hardware = (uint16_t)hw;
		ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), hw < 0x00A0 || hw > 0x01AC);
	}
	ck_assert_str_eq(what[0], "The image is for hardware 00A0 to 01AC, the entry is hardware FFFF.");
	o.has_hardware = false;
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 0);
}
END_TEST

START_TEST(every_difference_to_an_entry_is_said)
{
	uint8_t p[300];
	size_t n = made(p, NULL);
	char what[8][OTA_DIFFERENCE_SIZE], hex[SHA256_HEX];
	struct ota_entry entry = { 0x106D, 0x4332, 0x0200, 0x124074DB, IMAGE_HASH };
	struct ota o;
	struct err e;

	ck_ok(ota_read(p, n, &o, &e));
	hash_of(p + o.image_at, o.image_len, hex);
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 5);
	ck_assert_ptr_nonnull(strstr(what[0], "the entry 7542F475E3F12EAE..."));
	ck_assert_str_eq(what[1], "The image is of manufacturer 106C, the entry of 106D.");
	ck_assert_str_eq(what[2], "The image has type 4331, the model of the entry is 4332.");
	ck_assert_str_eq(what[3], "The image has version 124074DA, the entry firmware 124074DB.");
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 2), 2);
	entry.hash = NULL;
	ck_assert_uint_eq(ota_differs(&o, hex, &entry, what, 8), 5);
	ck_assert_ptr_nonnull(strstr(what[0], "has no hash"));
}
END_TEST

START_TEST(a_header_that_is_none_is_refused_with_its_place)
{
	static const struct {
		size_t at;
		uint8_t to;
		const char *says;
	} all[] = {
		{ 0, 0x1F, "octet 0: an OTA file begins" },   { 3, 0, "octet 0: an OTA file begins" },
		{ 4, 1, "octet 4: the header has version" },  { 6, 61, "octet 6: the header says" },
		{ 7, 1, "octet 6: the header says" },         { 8, 5, "octet 6: the header says" },
		{ 8, 12, "octet 8: field control 000C" },     { 9, 1, "octet 8: field control 0104" },
		{ 57, 0x02, "octet 56: the least hardware" }, { 55, 1, "octet 52: the header says" },
	};
	uint8_t p[300];
	struct ota o;
	struct err e;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		size_t n = made(p, sign);

		p[all[i].at] = all[i].to;
		ck_refused(ota_read(p, n, &o, &e), ERR_INVALID, all[i].says);
	}
	for (int type = 0xFFBF; type <= 0xFFFF; type += 0x20) {
		size_t n = made(p, sign);

		ota_le(p + 12, 2, (uint64_t)type);
		ck_assert_int_eq(ota_read(p, n, &o, &e), type < 0xFFC0 ? OK : ERR_INVALID);
	}
	/* A header and nothing behind it. */
	ck_refused(ota_read(p, ota_made(&(struct ota_parts){ .image = "" }, p), &o, &e), ERR_INVALID,
		   "there is no image");
	ck_refused(
	    ota_read(p, ota_made(&(struct ota_parts){ .manufacturer = 0xFFFF, .image = "x" }, p), &o, &e),
	    ERR_INVALID, "octet 10");
}
END_TEST

START_TEST(what_is_written_is_what_was_read_for_every_combination_of_optional_parts)
{
	for (unsigned bits = 0; bits < 8; bits++)
		for (int layout = 0; layout < 2; layout++) {
			struct ota o = { .field_control = (uint16_t)(bits & 1),
					 .manufacturer = 0x121D,
					 .image_type = 0xFFBF,
					 .stack = 2,
					 .version = 0xFFFFFFFF,
					 .text = "A text of thirty-two characters.",
					 .has_destination = bits & 2,
					 .destination = UINT64_C(0x0011223344556677),
					 .has_hardware = bits & 4,
					 .hw_min = 1,
					 .hw_max = 2,
					 .credential = 3,
					 .layout = layout ? OTA_PLAIN : OTA_GBCS };
			uint8_t p[300], smaller[OTA_HEADER_MAX];
			size_t len = 0, n;
			struct ota got;
			struct err e;

			ck_ok(ota_write_header(&o, 7, p, &len, &e));
			ck_assert_uint_eq(len,
					  56 + (bits & 1 ? 1 : 0) + (bits & 2 ? 8 : 0) + (bits & 4 ? 4 : 0));
			n = len + 7 + (layout ? 0 : 66);
			memset(p + len, 0xEE, 7 + 66);
			p[len + 7] = 0;
			p[len + 8] = 0x40;
			ck_ok(ota_read(p, n, &got, &e));
			ck_assert_int_eq(got.layout, o.layout);
			ck_assert_uint_eq(got.total, n);
			ck_assert_str_eq(got.text, o.text);
			ck_assert_uint_eq(got.version, o.version);
			ck_assert_uint_eq(got.image_type, o.image_type);
			ck_assert_int_eq(got.has_destination, o.has_destination);
			ck_assert_int_eq(got.has_hardware, o.has_hardware);
			if (bits & 1)
				ck_assert_uint_eq(got.credential, 3);
			if (bits & 2)
				ck_assert_uint_eq(got.destination, o.destination);
			if (bits & 4)
				ck_assert_uint_eq(got.hw_max, 2);
			/* For the other layout only the size is another. */
			ck_ok(ota_header_resize(p, len, len + 7, smaller, &e));
			ota_le(p + 52, 4, len + 7);
			ck_assert_mem_eq(smaller, p, len);
			ck_refused(ota_header_resize(p, len + 1, len + 7, smaller, &e), ERR_INVALID,
				   "something follows");
			ck_refused(ota_header_resize(p, len, len, smaller, &e), ERR_INVALID, "octets with");
		}
}
END_TEST

START_TEST(an_image_that_is_too_large_or_none_gets_no_header)
{
	struct ota o = { .manufacturer = 1 };
	uint8_t p[OTA_HEADER_MAX];
	size_t len = 0;
	struct err e;

	ck_refused(ota_write_header(&o, 0, p, &len, &e), ERR_INVALID, "1 to 10240000");
	ck_refused(ota_write_header(&o, OTA_FILE_MAX, p, &len, &e), ERR_INVALID, "1 to 10240000");
	ck_refused(ota_write_header(&o, SIZE_MAX, p, &len, &e), ERR_INVALID, "1 to 10240000");
	ck_ok(ota_write_header(&o, OTA_FILE_MAX - OTA_HEADER_MIN - OTA_TRAILER_LEN, p, &len, &e));
	o.image_type = 0xFFC0;
	ck_refused(ota_write_header(&o, 9, p, &len, &e), ERR_INVALID, "reserved");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_image_of_the_published_11_1_request_has_a_trailer_and_its_hash,
		the_image_of_the_published_11_4_request_has_no_trailer,
		trap_size_that_is_not_the_length_of_the_file_is_refused,
		trap_missing_00_40_before_the_signature_makes_it_part_of_the_image,
		trap_what_follows_the_header_is_the_image_and_no_tag_and_length,
		trap_hardware_octets_stand_revision_first_and_the_eight_digits_are_four_two_two,
		trap_hardware_outside_the_least_and_the_largest_does_not_fit,
		every_difference_to_an_entry_is_said,
		a_header_that_is_none_is_refused_with_its_place,
		what_is_written_is_what_was_read_for_every_combination_of_optional_parts,
		an_image_that_is_too_large_or_none_gets_no_header
	};

	return RUN_TESTS("ota", all);
}
