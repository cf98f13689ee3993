/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <inttypes.h>

#include "base/str.h"
#include "model/ident.h"

#define KEY 0x118F12345678u
#define FW 0x00040800u

START_TEST(an_entry_id_is_read_with_and_without_its_zeros)
{
	static const char *const forms[] = { "000098", "98", "cpl:000098", "cpl:98", "CPL:098", "  000098 " };
	struct ident id;
	struct err e;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		ck_ok(ident_parse(forms[i], false, &id, &e));
		ck_assert_int_eq(id.kind, IDENT_ENTRY);
		ck_assert_str_eq(id.scheme, "cpl");
		ck_assert_str_eq(id.public_id, "000098");
	}
}
END_TEST

START_TEST(every_way_to_write_an_identity_means_the_same)
{
	static const char *const forms[] = {
		"118F:12345678:00040800",        "118f:12345678:00040800",     "118F:12345678:40800",
		"11:8F:12:34:56:78:00:04:08:00", "11:8f:12:34:56:78:0:4:8:0",  "118F:1234:5678:00040800",
		"118F:1234:56:78:40800",         "11:8F:12345678:00:04:08:00", "118F1234567800040800",
		"11:8F:1234:5678:00040800",      "cpl:118F:12345678:00040800", "118F:12:34:56:78:00040800",
		" 118F:12345678:0040800\t",
	};
	struct ident id;
	struct err e;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		ck_ok(ident_parse(forms[i], false, &id, &e));
		ck_assert_msg(id.kind == IDENT_CPL && id.model_key == KEY && id.firmware == FW,
			      "'%s' gave %" PRIX64 " %" PRIX32, forms[i], id.model_key, id.firmware);
	}
}
END_TEST

START_TEST(lost_zeros_are_put_back_field_by_field)
{
	struct ident id;
	struct err e;

	ck_ok(ident_parse("6C:433100AC:0", false, &id, &e));
	ck_assert_uint_eq(id.model_key, 0x006C433100ACu);
	ck_assert_uint_eq(id.firmware, 0);
	ck_ok(ident_parse("106C:4331:AC:1", false, &id, &e));
	ck_assert_uint_eq(id.model_key, 0x106C433100ACu);
	ck_ok(ident_parse("106C:4331:1:AC:1", false, &id, &e));
	ck_assert_uint_eq(id.model_key, 0x106C433101ACu);
	ck_assert_uint_eq(id.firmware, 1);
}
END_TEST

START_TEST(a_code_that_begins_with_bb_is_not_a_building_block)
{
	struct ident id;
	struct err e;

	ck_ok(ident_parse("BB:12:43:31:00:AC:00:04:08:00", false, &id, &e));
	ck_assert_int_eq(id.kind, IDENT_CPL);
	ck_assert_uint_eq(id.model_key, 0xBB12433100ACu);
	ck_ok(ident_parse("bb:433100AC:1", false, &id, &e));
	ck_assert_uint_eq(id.model_key, 0x00BB433100ACu);
}
END_TEST

START_TEST(ids_of_other_schemes_are_read)
{
	struct ident id;
	struct err e;

	ck_ok(ident_parse("bb:6BA7B810-9DAD-11D1-80B4-00C04FD430C8@1.1.9", false, &id, &e));
	ck_assert_str_eq(id.scheme, "bb");
	ck_assert_str_eq(id.public_id, "6ba7b810-9dad-11d1-80b4-00c04fd430c8@1.1.9");
	ck_ok(ident_parse("ocpp:ACME/Wall Box/main@1.2.0", false, &id, &e));
	ck_assert_str_eq(id.scheme, "ocpp");
	ck_assert_str_eq(id.public_id, "ACME/Wall%20Box/main@1.2.0");
}
END_TEST

START_TEST(an_ocpp_identity_has_one_text_and_comes_back_from_it)
{
	static const struct {
		const char *part[4], *text;
	} is[] = {
		{ { "ACME", "Box", "default", "1.2.0" }, "ACME/Box/default@1.2.0" },
		{ { "A/C", "B@x", "50%", "MCC 1.2.0; SCC [0.12.0, 0.13.0]" },
		  "A%2FC/B%40x/50%25@MCC%201.2.0;%20SCC%20[0.12.0%2C%200.13.0]" },
		{ { "S\xC3\xA4ule", "(x)+y", "a_b-c.d", "%41" }, "S%C3%A4ule/(x)+y/a_b-c.d@%2541" },
	};
	static const char *const bad[] = { "",          "a/b/c",     "a/b/c@",         "a/b/@1",
					   "/b/c@1",    "a//c@1",    "a/b/c/d@1",      "a/b/c@1@2",
					   "a/b/c@1/2", "a b/b/c@1", "%41/b/c@1",      "a/b/c@%",
					   "a/b/c@%2f", "a/b/c@%0A", "a/b/c@%E2%80%AE" };
	char buf[PUBLIC_ID_SIZE] = "kept", name[64], with[300];
	struct ident_ocpp p;
	struct ident id;
	struct err e;

	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		ck_assert(ident_ocpp_text(is[i].part[0], is[i].part[1], is[i].part[2], is[i].part[3], buf));
		ck_assert_str_eq(buf, is[i].text);
		ck_assert(ident_ocpp_parts(buf, &p));
		ck_assert_str_eq(p.vendor, is[i].part[0]);
		ck_assert_str_eq(p.model, is[i].part[1]);
		ck_assert_str_eq(p.component, is[i].part[2]);
		ck_assert_str_eq(p.version, is[i].part[3]);
		snprintf(with, sizeof with, "OCPP:%s", buf);
		ck_ok(ident_parse(with, false, &id, &e));
		ck_assert_str_eq(id.public_id, is[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!ident_ocpp_parts(bad[i], &p), "%s", bad[i]);
	memset(name, 'x', 50);
	name[50] = 0;
	ck_assert(ident_ocpp_text(name, "m", "c", "1", buf));
	name[50] = 'x';
	name[51] = 0;
	str_copy(buf, sizeof buf, "kept");
	ck_assert(!ident_ocpp_text(name, "m", "c", "1", buf));
	ck_assert(!ident_ocpp_text("a", "m", "", "1", buf));
	ck_assert(!ident_ocpp_text("a", "m", "\x1b[2J", "1", buf));
	memset(name, '/', 50); /* in full each takes three bytes */
	name[50] = 0;
	ck_assert(!ident_ocpp_text(name, name, "c", "1", buf));
	ck_assert_str_eq(buf, "kept");
	ck_assert(ident_ocpp_model("A C", "m", "c", buf));
	ck_assert_str_eq(buf, "A%20C/m/c");
}
END_TEST

START_TEST(latest_is_a_target_only)
{
	struct ident id;
	struct err e;

	ck_ok(ident_parse("latest", true, &id, &e));
	ck_assert_int_eq(id.kind, IDENT_LATEST);
	ck_ok(ident_parse("Latest", true, &id, &e));
	ck_refused(ident_parse("latest", false, &id, &e), ERR_IDENTITY, "only be a target");
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "empty" },
		{ "   ", "empty" },
		{ "0", "000001 to 999999" },
		{ "1234567", "not an Entry ID" },
		{ "cpl:", "not an Entry ID" },
		{ "cpl:12x", "not an Entry ID" },
		{ "00098Z", "neither an Entry ID" },
		{ "118F:12345678", "neither an Entry ID" },
		{ "118G:12345678:00040800", "manufacturer '118G' is not hexadecimal" },
		{ "118F:12345678:000408000", "firmware version '000408000' has 9 digits" },
		{ "118F:123456789:00040800", "model and hardware version '123456789' has 9 digits" },
		{ "118F1:12345678:00040800", "manufacturer '118F1' has 5 digits" },
		{ "118F::00040800", "model and hardware version is empty" },
		{ "118F:12345678:", "firmware version is empty" },
		{ "118F:12345678:-4", "firmware version '-4' is not hexadecimal" },
		{ "118F:12345678:0x4", "is not hexadecimal" },
		{ "1:2:3:4:5:6:7:8:9:A:B", "more than ten fields" },
		{ "1:2:3:4:5:6", "neither an Entry ID" },
		{ "118F 12345678", "neither an Entry ID" },
		{ "118F:12345678:0.4.8", "is not four octets with dots between" },
		{ "118F:12345678:0.4.8.0.0", "is not four octets with dots between" },
		{ "118F:12345678:0.4.8.256x", "is not four octets with dots between" },
		{ "118F:12345678:0.4.8.256", "is not four octets with dots between" },
		{ "118F:12345678:0..8.0", "is not four octets with dots between" },
		{ "118F:12345678:.4.8.0", "is not four octets with dots between" },
		{ "118F:12345678:0.4.8.", "is not four octets with dots between" },
		{ "0.4.8.0", "neither an Entry ID" },
		{ "118F:12.5678:0.4.8.0", "is not hexadecimal" },
		{ "bb:not-a-uuid@1", "bb:UUID@VERSION" },
		{ "bb:6ba7b810-9dad-11d1-80b4-00c04fd430cx@1", "not a UUID" },
		{ "bb:6ba7b810-9dad-11d1-80b4-00c04fd430c8@", "empty or holds a blank" },
		{ "ocpp:ACME/main@1", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:ACME//main@1", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:a/b/c/d@1", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:a/b/c", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:a/b/c@1@2", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:a/b/c@%zz", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
		{ "ocpp:a/b/c@", "ocpp:VENDOR/MODEL/COMPONENT@VERSION" },
	};
	struct ident id = { .public_id = "untouched" };
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_refused(ident_parse(bad[i].text, true, &id, &e), ERR_IDENTITY, bad[i].words);
	ck_assert_str_eq(id.public_id, "untouched");
}
END_TEST

START_TEST(T11_a_dotted_version_has_both_its_readings)
{
	static const struct {
		const char *text;
		uint32_t firmware, other;
	} dotted[] = {
		{ "118F:12345678:0.4.8.0", 0x00040800, 0x00040800 },
		{ "118F 12345678 v0.4.10.1", 0x00040A01, 0x00041001 },
		{ "118F-1234-5678-0.4.10.1", 0x00040A01, 0x00041001 },
		{ "118F/1234/56/78/0.4.0A.1", 0x00040A01, 0x00040A01 },
		{ "118F:12345678:0.4.99.1", 0x00046301, 0x00049901 },
		{ "118F:12345678:0.4.123.1", 0x00047B01, 0x00047B01 },
		{ "118F : 12345678 : 00.04.10.01", 0x00040A01, 0x00041001 },
	};
	struct ident id;
	uint32_t other;
	char buf[16];
	struct err e;

	for (size_t i = 0; i < sizeof dotted / sizeof *dotted; i++) {
		ck_ok(ident_parse(dotted[i].text, false, &id, &e));
		ck_assert_uint_eq(id.model_key, KEY);
		ck_assert_uint_eq(id.firmware, dotted[i].firmware);
		ck_assert_uint_eq(id.other, dotted[i].other);
	}
	ident_dotted_text(0x00040A01, buf);
	ck_assert_str_eq(buf, "0.4.10.1");
	ck_assert(ident_mistaken(0x00040A01, true, &other));
	ck_assert_uint_eq(other, 0x00041001);
	ck_assert(ident_mistaken(0x00041001, false, &other));
	ck_assert_uint_eq(other, 0x00040A01);
	ck_assert(!ident_mistaken(0x00040801, true, &other));
	ck_assert(!ident_mistaken(0x0004FF01, true, &other));
	ck_assert(!ident_mistaken(0x00040A01, false, &other));
}
END_TEST

START_TEST(an_endless_identity_is_cut_in_the_message)
{
	static char text[100000];
	struct ident id;
	struct err e;

	memset(text, 'A', sizeof text - 1);
	ck_refused(ident_parse(text, false, &id, &e), ERR_IDENTITY, "too long");
	ck_assert_uint_lt(strlen(e.msg), 120);
	ck_refused(ident_parse("\033[31m:\001:2", false, &id, &e), ERR_IDENTITY, "'?[31m'");
}
END_TEST

START_TEST(canonical_texts_come_back)
{
	char m[5], t[5], h[5], f[9], again[64];
	struct ident id;
	struct err e;

	ident_cpl_text(KEY, m, t, h);
	ident_firmware_text(FW, f);
	ck_assert_str_eq(m, "118F");
	ck_assert_str_eq(t, "1234");
	ck_assert_str_eq(h, "5678");
	ck_assert_str_eq(f, "00040800");
	snprintf(again, sizeof again, "%s:%s%s:%s", m, t, h, f);
	ck_ok(ident_parse(again, false, &id, &e));
	ck_assert_uint_eq(id.model_key, KEY);
}
END_TEST

START_TEST(hex_columns_lose_their_colons_and_nothing_else)
{
	char buf[65] = "untouched";

	ck_assert(ident_hex_column("10:6c", 5, 4, buf));
	ck_assert_str_eq(buf, "106C");
	ck_assert(ident_hex_column("124074DA", 8, 8, buf));
	ck_assert_str_eq(buf, "124074DA");
	ck_assert(!ident_hex_column("10:6C:", 6, 4, buf));
	ck_assert(!ident_hex_column(":106C", 5, 4, buf));
	ck_assert(!ident_hex_column("1:06C", 5, 4, buf));
	ck_assert(!ident_hex_column("10::6C", 6, 4, buf));
	ck_assert(!ident_hex_column("10 6C", 5, 4, buf));
	ck_assert(!ident_hex_column("106", 3, 4, buf));
	ck_assert(!ident_hex_column("106C0", 5, 4, buf));
	ck_assert_str_eq(buf, "124074DA");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		an_entry_id_is_read_with_and_without_its_zeros,
		every_way_to_write_an_identity_means_the_same,
		lost_zeros_are_put_back_field_by_field,
		a_code_that_begins_with_bb_is_not_a_building_block,
		ids_of_other_schemes_are_read,
		an_ocpp_identity_has_one_text_and_comes_back_from_it,
		latest_is_a_target_only,
		what_is_wrong_is_named,
		T11_a_dotted_version_has_both_its_readings,
		an_endless_identity_is_cut_in_the_message,
		canonical_texts_come_back,
		hex_columns_lose_their_colons_and_nothing_else,
	};

	return RUN_TESTS("ident", all);
}
