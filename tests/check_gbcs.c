/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors made by hand from the layouts in doc/meters.md, and one answer of a real meter. */
#include "model/gbcs.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/p256.h"
#include "base/parse.h"
#include "base/str.h"
#include "p256_kit.h"
#include "testing.h"

#define DEVICE UINT64_C(0x0011223344556677)
#define USER UINT64_C(0x90B3D51F30010000)
#define COUNTER UINT64_C(0x19AC1E0B8F0)
#define HASH "7542F475E3F12EAE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB36"
#define LATER_AT INT64_C(1924367459000) /* 2030-12-24T18:30:59Z */
#define ROOM 300

/* clang-format off */
#define AT_ONCE \
	"DF09010000019AC1E0B8F00890B3D51F30010000080011223344556677000200122C302A04207542F475E3F12E" \
	"AE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB360206019AC1E0B8F0"
#define LATER \
	"DF09010000019AC1E0B8F00890B3D51F30010000080011223344556677000200123D303B04207542F475E3F12E" \
	"AE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB360206019AC1E0B8F0180F32303330313232343138" \
	"333035395A"
#define NEVER \
	"DF09010000019AC1E0B8F00890B3D51F30010000080011223344556677000200123D303B04207542F475E3F12E" \
	"AE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB360206019AC1E0B8F0180F39393939313233313233" \
	"353935395A"
#define DONE \
	"DF09020000019AC1E0B8F00800112233445566770890B3D51F300100000C07EA0B15FF0A1E00008000FF020012" \
	"0B300902010004040012AB3440000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F" \
	"202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define NOT_ACTIVATED \
	"DF09020000019AC1E0B8F00800112233445566770890B3D51F300100000C07EA0B15FF0A1E00008000FF020012" \
	"0B300902010304040000000440000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F" \
	"202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define ACCEPTED \
	"DF09020000019AC1E0B8F00800112233445566770890B3D51F300100000C07EA0B15FF0A1E00008000FF020012" \
	"02050040000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728" \
	"292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define FUTURE_DONE \
	"DF090300000000000000070800112233445566770890B3D51F30010000000200CA2B30290203008F66180F3230" \
	"3330313232343138333035395A0206019AC1E0B8F0300902010004040012AB3440000102030405060708090A0B" \
	"0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738" \
	"393A3B3C3D3E3F"
#define FUTURE_FAILED \
	"DF090300000000000000080800112233445566770890B3D51F30010000000200CA2B30290203008F67180F3230" \
	"3330313232343138333035395A0206019AC1E0B8F0300902010204040000000540000102030405060708090A0B" \
	"0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738" \
	"393A3B3C3D3E3F"
#define IMAGE_GOOD \
	"DF090300000000000000090800112233445566770890B3D51F30010000000200CE3B0F20000009000203128F72" \
	"090C07EA0B15FF0A1E00008000FF09207542F475E3F12EAE887D81E32C46D313741D67076B13CAEC2F82E00BA5" \
	"E1BB3640000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728" \
	"292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define IMAGE_BAD_GAS \
	"DF0903000000000000000A0800112233445566770890B3D51F30010000000200CF2B0109018F1C2F8A1B3C0920" \
	"7542F475E3F12EAE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB3640000102030405060708090A0B" \
	"0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738" \
	"393A3B3C3D3E3F"
#define IMAGE_GOOD_BARE \
	"DF0903000000000000000A0800112233445566770890B3D51F30010000000200CF2A0109018F722F8A1B3C2075" \
	"42F475E3F12EAE887D81E32C46D313741D67076B13CAEC2F82E00BA5E1BB3640000102030405060708090A0B0C" \
	"0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F30313233343536373839" \
	"3A3B3C3D3E3F"
#define CHANGED \
	"DF0903000000000000000B0800112233445566770890B3D51F3001000000021000190F2000000B000202128F43" \
	"090C07EA0B15FF0A1E00008000FF40000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D" \
	"1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define POWER_ON \
	"DF0903000000000000000C0800112233445566770890B3D51F3001000000021001090109018F1B2F8A1B3C00"
#define PPMID \
	"DF0903000000000000000D0800112233445566770890B3D51F300100000002012921301F0203008F8B180F3230" \
	"3236313132313130333030305A04040A0B0C0D02010040000102030405060708090A0B0C0D0E0F101112131415" \
	"161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define PPMID_FAILED \
	"DF0903000000000000000D0800112233445566770890B3D51F300100000002012921301F0203008F8B180F3230" \
	"3236313132313130333030305A04040A0B0C0C02010140000102030405060708090A0B0C0D0E0F101112131415" \
	"161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"
#define ESME \
	"DD000000000000451100000000DF09020000019AC1E0B8F00800112233445566770890B3D51F30010000000200" \
	"5911DA20E0B8F000000109040012AB3401010000AAAAAAAAAAAAAAAAAAAAAAAA"
#define ESME_FAILS \
	"DD000000000000401100000000DF09020000019AC1E0B8F00800112233445566770890B3D51F30010000000200" \
	"590CDA20E0B8F00000010001010100AAAAAAAAAAAAAAAAAAAAAAAA"
#define GSME \
	"DD000000000000481100000000DF09020000019AC1E0B8F00800112233445566770890B3D51F30010000000200" \
	"8414010901010702000C08000106020041040000000400AAAAAAAAAAAAAAAAAAAAAAAA"
#define GSME_FAILS \
	"DD000000000000421100000000DF09020000019AC1E0B8F00800112233445566770890B3D51F30010000000200" \
	"840E01090101070200060800010602C000AAAAAAAAAAAAAAAAAAAAAAAA"
#define HCALCS \
	"DD0000000000004F1100000000DF090200000000000000630800112233445566770890B3D51F30000002001201" \
	"2990B3D51F300100000000019AC1E0B8F00B300904040102030402010000AAAAAAAAAAAAAAAAAAAAAAAA"
#define HCALCS_FAILS \
	"DD0000000000004F1100000000DF090200000000000000630800112233445566770890B3D51F30000002001201" \
	"2990B3D51F300100000000019AC1E0B8F00B300904040000000002010100AAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER \
	"DD000000000000401100000000DF09020000019AC1E0B8F00800112233445566770890B3D51F30010000000200" \
	"620CDA200000010000010001010000AAAAAAAAAAAAAAAAAAAAAAAA"
/* clang-format on */

static size_t octets(const char *hex, uint8_t buf[ROOM])
{
	size_t n = strlen(hex) / 2;

	ck_assert_uint_le(n, ROOM);
	ck_assert(parse_hex_bytes(hex, 2 * n, buf, n));
	return n;
}

static struct gbcs_want wanted(int64_t at)
{
	struct gbcs_want w = { .originator = USER, .device = DEVICE, .counter = COUNTER, .at = at };

	ck_assert(parse_hex_bytes(HASH, 64, w.hash, 32));
	return w;
}

START_TEST(a_pre_command_says_who_what_and_when)
{
	static const struct {
		const char *hex;
		int64_t at;
	} all[] = { { AT_ONCE, -1 }, { LATER, LATER_AT }, { NEVER, GBCS_CANCEL_AT } };

	for (size_t i = 0; i < 3; i++) {
		uint8_t p[ROOM];
		size_t n = octets(all[i].hex, p);
		struct gbcs_want w = wanted(all[i].at);

		/* With the length of no signature at the end, and without, as senders differ. */
		for (size_t end = 0; end < 2; end++, p[n] = 0, n++) {
			struct gbcs_command c;
			struct err e;

			ck_ok(gbcs_read_command(p, n, &c, &e));
			ck_assert_uint_eq(c.originator, USER);
			ck_assert_uint_eq(c.device, DEVICE);
			ck_assert_uint_eq(c.counter, COUNTER);
			ck_assert_uint_eq(c.inner_counter, COUNTER);
			ck_assert_int_eq(c.at, all[i].at);
			ck_assert_mem_eq(c.hash, w.hash, 32);
			ck_assert_uint_eq(c.signed_at, 1);
			ck_assert_uint_eq(c.signed_len, strlen(all[i].hex) / 2 - 1);
			ck_ok(gbcs_command_matches(&c, &w, &e));
		}
	}
}
END_TEST

START_TEST(any_changed_bit_of_a_pre_command_is_found_before_it_is_signed)
{
	static const char *const all[] = { AT_ONCE, LATER, NEVER };
	static const int64_t at[] = { -1, LATER_AT, GBCS_CANCEL_AT };

	for (size_t i = 0; i < 3; i++) {
		uint8_t p[ROOM];
		size_t n = octets(all[i], p);
		struct gbcs_want w = wanted(at[i]);

		for (size_t k = 0; k < n * 8; k++) {
			struct gbcs_command c;
			struct err e;

			p[k / 8] ^= (uint8_t)(1 << k % 8);
			ck_assert_msg(gbcs_read_command(p, n, &c, &e) || gbcs_command_matches(&c, &w, &e),
				      "bit %zu of vector %zu", k, i);
			p[k / 8] ^= (uint8_t)(1 << k % 8);
		}
	}
}
END_TEST

START_TEST(a_pre_command_that_is_cut_or_has_more_behind_it_is_refused)
{
	uint8_t p[ROOM];
	size_t n = octets(LATER, p);
	struct gbcs_command c;
	struct err e;

	for (size_t k = 0; k < n; k++)
		ck_refused(gbcs_read_command(p, k, &c, &e), ERR_INVALID, "not a CS06 Pre-Command: octet");
	p[n] = 1;
	ck_refused(gbcs_read_command(p, n + 1, &c, &e), ERR_INVALID, "something follows it");
	p[n] = p[n + 1] = 0;
	ck_refused(gbcs_read_command(p, n + 2, &c, &e), ERR_INVALID, "something follows it");
	n = octets(DONE, p);
	ck_refused(gbcs_read_command(p, n, &c, &e), ERR_INVALID, "another command or none");
	memset(p, 0xDF, sizeof p);
	ck_refused(gbcs_read_command(p, GBCS_MAX + 1, &c, &e), ERR_INVALID, "more than 4096");
}
END_TEST

START_TEST(every_difference_to_what_was_asked_for_is_named)
{
	uint8_t p[ROOM];
	size_t n = octets(AT_ONCE, p);
	struct gbcs_command c;
	struct gbcs_want w = wanted(-1);
	struct err e;

	ck_ok(gbcs_read_command(p, n, &c, &e));
	w.device++;
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT,
		   "its device is 00-11-22-33-44-55-66-77, not 00-11-22-33-44-55-66-78");
	w = wanted(-1);
	w.originator++;
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT, "its originator is 90-B3-");
	w = wanted(-1);
	w.counter++;
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT, "the counter in its body is");
	w = wanted(-1);
	w.hash[31] ^= 1;
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT, "its hash is " HASH ", not ");
	w = wanted(LATER_AT);
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT,
		   "it is for at once, not for 2030-12-24T18:30:59Z");
	w = wanted(GBCS_CANCEL_AT);
	w.device++;
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT, "; it is for at once, not for never");
	c.inner_counter--;
	w = wanted(-1);
	ck_refused(gbcs_command_matches(&c, &w, &e), ERR_CONFLICT, "the counter in its body");
}
END_TEST

static int with_key(void *ctx, const uint8_t *p, size_t n, uint8_t ret[64], struct err *e)
{
	return p256_sign(ctx, p, n, ret, e);
}

static int never(void *ctx, const uint8_t *p, size_t n, uint8_t ret[64], struct err *e)
{
	(void)ctx;
	(void)p;
	(void)n;
	(void)ret;
	return err_set(e, ERR_REMOTE, "the token is gone");
}

START_TEST(a_signature_covers_all_but_the_first_octet_and_stands_behind_40)
{
	char dir[256], key[300], cert[300];
	uint8_t p[ROOM], out[ROOM + 65];
	size_t n = octets(AT_ONCE, p), len = 0;
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(key, sizeof key, "%s/key.pem", dir);
	snprintf(cert, sizeof cert, "%s/cert.pem", dir);
	kit_key(key);
	kit_cert(cert, key, &(struct kit_cert){ .ou = "02" });
	OWN(p256_free) struct p256_key *k = NULL;
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_open(key, &k, &e));
	ck_ok(p256_cert_load(cert, &c, &e));
	p[n] = 0;
	for (size_t end = 0; end < 2; end++) {
		ck_ok(gbcs_sign(p, n + end, with_key, k, out, &len, &e));
		ck_assert_uint_eq(len, n + 65);
		ck_assert_mem_eq(out, p, n);
		ck_assert_uint_eq(out[n], 0x40);
		ck_assert(p256_cert_good(c, p + 1, n - 1, out + n + 1));
	}
	ck_refused(gbcs_sign(p, n, never, NULL, out, &len, &e), ERR_REMOTE, "the token is gone");
	ck_refused(gbcs_sign(p, n - 1, with_key, k, out, &len, &e), ERR_INVALID, "octet");
	test_dir_free(dir);
}
END_TEST

/* ---- what devices say ---- */

struct said {
	const char *hex;
	struct gbcs_message want;
};
#define SAID(hex_, what_, code_, ...)                                                                        \
	{                                                                                                    \
		hex_,                                                                                        \
		{                                                                                            \
			.what = GBCS_SAID_##what_, .use_case = (code_), .originator = DEVICE,                \
			.receiver = USER, __VA_ARGS__                                                        \
		}                                                                                            \
	}
#define RUNS(v) .has_version = true, .version = (v)
static const struct said all_said[] = {
	SAID(DONE, OUTCOME, GBCS_CS06, .counter = COUNTER, .outcome = GBCS_DONE, RUNS(0x0012AB34)),
	SAID(NOT_ACTIVATED, OUTCOME, GBCS_CS06, .counter = COUNTER, .outcome = GBCS_NOT_ACTIVATED, RUNS(4)),
	SAID(ACCEPTED, ACCEPTED, GBCS_CS06, .counter = COUNTER),
	SAID(FUTURE_DONE, FUTURE_DONE, 0x00CA, .counter = 7, .alert = true, .alert_code = 0x8F66,
	     .command = COUNTER, .outcome = GBCS_DONE, RUNS(0x0012AB34)),
	SAID(FUTURE_FAILED, FUTURE_FAILED, 0x00CA, .counter = 8, .alert = true, .alert_code = 0x8F67,
	     .command = COUNTER, .outcome = GBCS_HASH_DIFFERS, RUNS(5)),
	SAID(IMAGE_GOOD, IMAGE_GOOD, 0x00CE, .counter = 9, .alert = true, .alert_code = 0x8F72,
	     .has_hash = true),
	SAID(IMAGE_BAD_GAS, IMAGE_BAD, 0x00CF, .counter = 10, .alert = true, .alert_code = 0x8F1C,
	     .has_hash = true),
	SAID(IMAGE_GOOD_BARE, IMAGE_GOOD, 0x00CF, .counter = 10, .alert = true, .alert_code = 0x8F72,
	     .has_hash = true),
	SAID(CHANGED, VERSION_CHANGED, 0x1000, .counter = 11, .alert = true, .alert_code = 0x8F43),
	SAID(POWER_ON, POWER_ON_FAILED, 0x1001, .counter = 12, .alert = true, .alert_code = 0x8F1B),
	SAID(PPMID, ACTIVATION, 0x0129, .counter = 13, .alert = true, .alert_code = 0x8F8B,
	     .outcome = GBCS_DONE, RUNS(0x0A0B0C0D)),
	SAID(PPMID_FAILED, ACTIVATION, 0x0129, .counter = 13, .alert = true, .alert_code = 0x8F8B,
	     .outcome = GBCS_NOT_ACTIVATED, RUNS(0x0A0B0C0C)),
	SAID(ESME, VERSION, 0x0059, .counter = COUNTER, RUNS(0x0012AB34)),
	SAID(ESME_FAILS, VERSION, 0x0059, .counter = COUNTER),
	SAID(GSME, VERSION, 0x0084, .counter = COUNTER, RUNS(4)),
	SAID(GSME_FAILS, VERSION, 0x0084, .counter = COUNTER),
	/* Through the broker: its own counter, 99, is not ours. */
	SAID(HCALCS, VERSION, 0x0129, .counter = COUNTER, RUNS(0x01020304)),
	SAID(HCALCS_FAILS, VERSION, 0x0129, .counter = COUNTER),
	SAID(OTHER, OTHER, 0x0062, .counter = COUNTER),
};
#define NSAID (sizeof all_said / sizeof *all_said)

START_TEST(what_a_device_says_is_read_to_its_last_part)
{
	const struct said *s = &all_said[_i];
	const struct gbcs_message *w = &s->want;
	uint8_t p[ROOM], hash[32];
	struct gbcs_message m;
	struct err e;

	ck_ok(gbcs_read_message(p, octets(s->hex, p), &m, &e));
	ck_assert_int_eq(m.what, w->what);
	ck_assert_int_eq(m.use_case, w->use_case);
	ck_assert_int_eq(m.alert, w->alert);
	ck_assert_int_eq(m.alert_code, w->alert_code);
	ck_assert_uint_eq(m.counter, w->counter);
	ck_assert_uint_eq(m.originator, w->originator);
	ck_assert_uint_eq(m.receiver, w->receiver);
	ck_assert_uint_eq(m.command, w->command);
	ck_assert_int_eq(m.outcome, w->outcome);
	ck_assert_int_eq(m.has_version, w->has_version);
	if (w->has_version)
		ck_assert_uint_eq(m.version, w->version);
	ck_assert_int_eq(m.has_hash, w->has_hash);
	ck_assert(parse_hex_bytes(HASH, 64, hash, 32));
	if (w->has_hash)
		ck_assert_mem_eq(m.hash, hash, 32);
}
END_TEST

START_TEST(what_is_cut_off_or_has_more_behind_it_is_no_message)
{
	uint8_t p[ROOM];
	size_t n = octets(all_said[_i].hex, p);
	struct gbcs_message m;
	struct err e;

	for (size_t k = 0; k < n; k++)
		ck_refused(gbcs_read_message(p, k, &m, &e), ERR_INVALID, "not a GBCS message: octet");
	p[n] = 0;
	ck_refused(gbcs_read_message(p, n + 1, &m, &e), ERR_INVALID, "octet");
}
END_TEST

START_TEST(an_outcome_that_is_none_is_refused_and_a_command_is_nothing_a_device_says)
{
	uint8_t p[ROOM];
	size_t n = octets(DONE, p);
	struct gbcs_message m;
	struct err e;

	ck_assert_uint_eq(p[50], 0); /* the outcome */
	p[50] = GBCS_OUTCOMES;
	ck_refused(gbcs_read_message(p, n, &m, &e), ERR_INVALID, "that outcome is none of CS06");
	n = octets(AT_ONCE "00", p);
	ck_ok(gbcs_read_message(p, n, &m, &e));
	ck_assert_int_eq(m.what, GBCS_SAID_OTHER);
}
END_TEST

START_TEST(the_answer_of_a_real_meter_is_read_to_its_version)
{
	static const char begin[] = "<sr:GBCSPayload>";
	STR(text, 65536);
	char b64[512];
	uint8_t p[ROOM];
	const char *from;
	size_t n;
	struct gbcs_message m;
	struct err e;

	ck_ok(file_read(SRCDIR "/../shared/data/duis/samples/readfw-response.xml", &text, &e));
	from = strstr(str_c(&text), begin);
	ck_assert_ptr_nonnull(from);
	from += strlen(begin);
	ck_assert(str_copyn(b64, sizeof b64, from, strcspn(from, "<")));
	ck_assert(base64_bytes(b64, p, sizeof p, &n));
	ck_ok(gbcs_read_message(p, n, &m, &e));
	ck_assert_int_eq(m.what, GBCS_SAID_VERSION);
	ck_assert_uint_eq(m.originator, UINT64_C(0x88738457002F961E));
	ck_assert_uint_eq(m.receiver, USER);
	ck_assert_uint_eq(m.counter, UINT64_C(1660751141087)); /* of the RequestID */
	ck_assert(m.has_version);
	ck_assert_uint_eq(m.version, 0x0C230000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gbcs");
	TCase *tc = tcase_create("gbcs");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_pre_command_says_who_what_and_when);
	tcase_add_test(tc, any_changed_bit_of_a_pre_command_is_found_before_it_is_signed);
	tcase_add_test(tc, a_pre_command_that_is_cut_or_has_more_behind_it_is_refused);
	tcase_add_test(tc, every_difference_to_what_was_asked_for_is_named);
	tcase_add_test(tc, a_signature_covers_all_but_the_first_octet_and_stands_behind_40);
	tcase_add_loop_test(tc, what_a_device_says_is_read_to_its_last_part, 0, NSAID);
	tcase_add_loop_test(tc, what_is_cut_off_or_has_more_behind_it_is_no_message, 0, NSAID);
	tcase_add_test(tc, an_outcome_that_is_none_is_refused_and_a_command_is_nothing_a_device_says);
	tcase_add_test(tc, the_answer_of_a_real_meter_is_read_to_its_version);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
