/* SPDX-License-Identifier: Apache-2.0 */
/* DUIS: requests as the samples of the DCC are, and what is believed of what comes back. */
#include <stdio.h>

#include "base/mem.h"
#include "duis_kit.h"
#include "testing.h"

/* ---- the samples -------------------------------------------------------------------------------------- */

/* Without comments, white space between tags, and what a signature made of the day. */
static void bare(const char *s, struct str *out)
{
	static const char *const ours[] = { "<ds:DigestValue>", "<ds:SignatureValue>", "<ds:X509IssuerName>",
					    "<ds:X509SerialNumber>" };
	while (*s) {
		if (strncmp(s, "<!--", 4) == 0) {
			s = strstr(s, "-->") + 3;
			continue;
		}
		if (*s == '>' || !out->len) {
			str_addc(out, *s++);
			if (s[strspn(s, " \r\n\t")] == '<' || !s[strspn(s, " \r\n\t")])
				s += strspn(s, " \r\n\t");
			continue;
		}
		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
			if (strncmp(s, ours[i], strlen(ours[i])) == 0) {
				str_add(out, ours[i]);
				s = strchr(s, '>') + 1;
				s = strchr(s, '<');
			}
		str_addc(out, *s++);
	}
}

/* White space after a comment is white space between tags too. */
static void bare_sample(const char *name, struct str *out)
{
	STR(raw, MIB);
	STR(once, MIB);

	kit_sample(name, &raw);
	bare(str_c(&raw), &once);
	bare(str_c(&once), out);
}

/* What a sample asks for, as its text says it. */
static void request_of(const char *text, struct duis_request *r, struct duis_message *m)
{
	enum duis_signed signedness;
	struct err e;

	ck_ok(duis_read(text, strlen(text), NULL, m, &signedness, &e));
	*r = (struct duis_request){ .id = m->id,
				    .variant = m->variant,
				    .schema = "5.4",
				    .at = m->at,
				    .image = m->gbcs,
				    .nimage = m->ngbcs,
				    .version = m->version,
				    .device = m->list[0].v,
				    .ndevices = m->list[0].n,
				    .read_device = m->about };
	memcpy(r->hash, m->hash, sizeof r->hash);
	while (strcmp(duis_service_text[r->service], m->service) != 0)
		r->service++;
}

static const char *const samples[] = {
	"11.1_UPDATE_FIRMWARE_REQUEST_DUIS.XML",
	"11.4_UPDATE_PPMID_FIRMWARE_REQUEST_DUIS.XML",
	"8.2_READ_INVENTORY_REQUEST_DUIS.XML",
	"CS06_11.3_CANCELLATION_SUCCESS_REQUEST_DUIS.XML",
	"CS06_11.3_FUTURE_DATED_SUCCESS_REQUEST_DUIS.XML",
	"CS06_11.3_IMMEDIATE_SUCCESS_REQUEST_DUIS.XML",
	"CS08_11.2_SUCCESS_REQUEST_DUIS.XML",
	"ECS52_11.2_SUCCESS_REQUEST_DUIS.XML",
	"GCS38_11.2_SUCCESS_REQUEST_DUIS.XML",
};

START_TEST(what_is_built_is_the_sample_of_the_dcc_to_the_byte_without_its_white_space)
{
	OWN(duis_kit_done) struct duis_kit k;

	duis_kit_make(&k);
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
		struct duis_request r;
		STR(want, MIB);
		STR(built, MIB);
		STR(got, MIB);
		struct err e;

		bare_sample(samples[i], &want);
		request_of(str_c(&want), &r, &m);
		/* The certificate of the test is of one user, a sample of another. */
		r.id.originator = KIT_US;
		ck_ok(duis_build(&r, k.key, k.cert, &built, &e));
		bare(str_c(&built), &got);
		if (m.id.originator != KIT_US) {
			ck_assert(m.id.originator == KIT_DCC);
			memcpy(strstr(got.p, "90-B3-D5-1F-30-01-00-00"), "90-B3-D5-1F-30-00-00-02", 23);
		}
		ck_assert_str_eq(str_c(&got), str_c(&want));
	}
}
END_TEST

START_TEST(a_cancellation_is_the_last_day_of_the_year_3000)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	enum duis_signed signedness;
	STR(text, MIB);
	struct err e;

	kit_sample("CS06_11.3_CANCELLATION_SUCCESS_REQUEST_DUIS.XML", &text);
	ck_ok(duis_read(text.p, text.len, NULL, &m, &signedness, &e));
	ck_assert(m.at == DUIS_CANCEL);
}
END_TEST

/* ---- requests ----------------------------------------------------------------------------------------- */

static const uint64_t meters[] = { KIT_METER, KIT_METER + 1, KIT_METER + 2 };
static const uint8_t image[] = "an image";

static struct duis_request request(enum duis_service s, int variant)
{
	struct duis_request r = {
		.id = { KIT_US, KIT_METER, 7 }, .service = s, .variant = variant, .schema = "5.4", .at = -1
	};

	if (s == DUIS_11_1 || s == DUIS_11_4 || s == DUIS_8_2)
		r.id.target = KIT_DCC;
	if (s == DUIS_11_1 || s == DUIS_11_4) {
		r.image = image;
		r.nimage = sizeof image;
		r.version = 0xACDCACDC;
		r.device = meters;
		r.ndevices = 3;
	}
	if (variant == 5) {
		r.command = image;
		r.ncommand = sizeof image;
	}
	r.read_device = s == DUIS_8_2 ? KIT_METER : 0;
	return r;
}

START_TEST(every_kind_of_request_verifies_and_says_what_was_asked)
{
	static const struct {
		enum duis_service s;
		int variant;
		const char *element;
	} kinds[] = { { DUIS_11_1, 8, "UpdateFirmware" },      { DUIS_11_2, 1, "ReadFirmwareVersion" },
		      { DUIS_11_3, 4, "ActivateFirmware" },    { DUIS_11_3, 5, "SignedPreCommand" },
		      { DUIS_11_4, 8, "UpdatePPMIDFirmware" }, { DUIS_8_2, 8, "ReadInventory" } };
	OWN(duis_kit_done) struct duis_kit k;

	duis_kit_make(&k);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct duis_request r = request(kinds[i].s, kinds[i].variant);
		OWN(duis_message_done) struct duis_message m = { .kind = DUIS_RESPONSE };
		struct duis_finding f;
		enum duis_signed s;
		STR(out, MIB);
		struct err e;

		ck_ok(duis_build(&r, k.key, k.cert, &out, &e));
		ck_ok(duis_inspect(out.p, out.len, &k.trust, &m, &s, &f, &e));
		ck_assert_msg(s == DUIS_GOOD, "%s: %s", kinds[i].element, f.why);
		ck_assert_uint_eq(f.traps, 0);
		ck_assert_str_eq(m.detail, kinds[i].element);
		ck_assert_int_eq(m.variant, kinds[i].variant);
		ck_assert(m.id.originator == KIT_US && m.id.target == r.id.target && m.id.counter == 7);
		ck_assert(m.about == r.read_device && m.list[0].n == r.ndevices);
		ck_assert(m.ngbcs == r.nimage + r.ncommand && (!m.ngbcs || !memcmp(m.gbcs, image, m.ngbcs)));
		ck_assert(memmem(out.p, out.len, "> ", 2) == NULL && memchr(out.p, '\n', out.len) == NULL);
	}
}
END_TEST

START_TEST(trap_a_request_for_many_devices_is_not_addressed_to_one_of_them)
{
	OWN(duis_kit_done) struct duis_kit k;
	struct duis_request r = request(DUIS_11_1, 8);
	STR(out, MIB);
	struct err e;

	duis_kit_make(&k);
	str_add(&out, "before");
	r.id.target = KIT_METER + 1;
	ck_refused(duis_build(&r, k.key, k.cert, &out, &e), ERR_INVALID,
		   "00-DB-12-34-56-78-90-A1 is a device");
	ck_assert_str_eq(str_c(&out), "before");
	r = request(DUIS_8_2, 8);
	r.id.target = KIT_METER;
	ck_refused(duis_build(&r, k.key, k.cert, &out, &e), ERR_INVALID, "the DCC itself");
}
END_TEST

START_TEST(trap_one_request_is_one_thing)
{
	static const uint64_t twice[2] = { KIT_METER, KIT_METER };
	OWN(duis_kit_done) struct duis_kit k;
	STR(out, MIB);
	struct err e;

	duis_kit_make(&k);
#define REFUSED(service, variant, change, words)                                                             \
	do {                                                                                                 \
		struct duis_request r = request(service, variant);                                           \
		change;                                                                                      \
		ck_refused(duis_build(&r, k.key, k.cert, &out, &e), ERR_INVALID, words);                     \
		ck_assert_uint_eq(out.len, 0);                                                               \
	} while (0)
	REFUSED(DUIS_11_3, 4, r.device = meters; r.ndevices = 2, "no list of devices");
	REFUSED(DUIS_11_2, 1, r.image = image; r.nimage = 1, "no image");
	REFUSED(DUIS_11_3, 4, r.command = image; r.ncommand = 5, "CommandVariant 5");
	REFUSED(DUIS_11_3, 5, r.ncommand = 0, "0 bytes");
	REFUSED(DUIS_11_3, 8, (void)r, "CommandVariant 8");
	REFUSED(DUIS_11_1, 4, (void)r, "CommandVariant 4");
	REFUSED(DUIS_11_1, 8, r.ndevices = 0, "needs a device");
	REFUSED(DUIS_11_1, 8, r.nimage = 0, "needs an image");
	REFUSED(DUIS_11_4, 8, r.nimage = DUIS_IMAGE_MAX + 1, "10240000");
	REFUSED(DUIS_8_2, 8, r.read_device = 0, "device to read about");
	REFUSED(DUIS_11_2, 1, r.id.target = 0, "RequestID");
	REFUSED(DUIS_11_2, 1, r.id.originator = KIT_METER, "RequestID");
	REFUSED(DUIS_11_2, 1, r.schema = "5.4\" x=\"", "5.4");
	REFUSED(DUIS_11_2, 1, r.id.originator = KIT_DCC, "the certificate is of 90-B3-D5-1F-30-01-00-00");
	REFUSED(DUIS_11_1, 8, r.device = twice; r.ndevices = 2, "named twice");
}
END_TEST

START_TEST(fifty_thousand_devices_and_ten_megabytes_are_one_request_and_one_more_is_none)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_RESPONSE };
	struct duis_request r = request(DUIS_11_1, 8);
	uint64_t *devices = mem_array(DUIS_DEVICES_MAX + 1, sizeof *devices);
	uint8_t *big = mem_zalloc(DUIS_IMAGE_MAX);
	struct duis_finding f;
	enum duis_signed s;
	STR(out, DUIS_BUILD_MAX);
	const char *list;
	struct err e;

	duis_kit_make(&k);
	for (size_t i = 0; i <= DUIS_DEVICES_MAX; i++)
		devices[i] = KIT_METER + i;
	r.device = devices;
	r.ndevices = DUIS_DEVICES_MAX;
	r.image = big;
	r.nimage = DUIS_IMAGE_MAX;
	ck_ok(duis_build(&r, k.key, k.cert, &out, &e));
	/* The schema's limit, and no blanks in it. */
	list = strstr(out.p, "<sr:DeviceIDList>") + 17;
	ck_assert_uint_eq(strcspn(list, "<"), 1199999);
	ck_assert_uint_eq(strspn(list, "0123456789ABCDEF-,"), 1199999);
	ck_ok(duis_inspect(out.p, out.len, &k.trust, &m, &s, &f, &e));
	ck_assert_msg(s == DUIS_GOOD, "%s", f.why);
	ck_assert(m.list[0].n == DUIS_DEVICES_MAX && m.ngbcs == DUIS_IMAGE_MAX);
	r.ndevices++;
	str_clear(&out);
	ck_refused(duis_build(&r, k.key, k.cert, &out, &e), ERR_INVALID, "50001 devices");
	mem_free(devices);
	mem_free(big);
}
END_TEST

START_TEST(a_request_that_has_no_room_is_not_begun)
{
	OWN(duis_kit_done) struct duis_kit k;
	struct duis_request r = request(DUIS_11_2, 1);
	struct err e;

	duis_kit_make(&k);
	for (size_t room = 0; room < 1700; room += 50) {
		struct str out;
		int rc;

		str_init(&out, room);
		rc = duis_build(&r, k.key, k.cert, &out, &e);
		ck_assert(rc ? rc == ERR_TOO_LARGE && !out.len : room > 1400);
		str_done(&out);
	}
}
END_TEST

START_TEST(trap_euis_are_the_same_in_either_case)
{
	char buf[DUIS_EUI_SIZE];
	struct duis_id id;
	uint64_t a, b;

	ck_assert(duis_eui_parse("00-DB-12-34-56-78-90-AF", &a) &&
		  duis_eui_parse("00-db-12-34-56-78-90-aF", &b));
	ck_assert(a == b && a == UINT64_C(0x00DB1234567890AF));
	ck_assert_str_eq(duis_eui_text(a, buf), "00-DB-12-34-56-78-90-AF");
	ck_assert(duis_id_parse("90-b3-d5-1f-30-01-00-00:00-DB-12-34-56-78-90-A0:18446744073709551615", &id));
	ck_assert(id.originator == KIT_US && id.target == KIT_METER && id.counter == UINT64_MAX);
	static const char *const bad[] = { "",
					   "00-DB-12-34-56-78-90",
					   "00-DB-12-34-56-78-90-A",
					   "00:DB:12:34:56:78:90:A0",
					   "00-DB-12-34-56-78-90-A0 ",
					   "00-DB-12-34-56-78-90-A0-",
					   "00-DB-12-34-56-78-90-G0",
					   "00DB1234567890A0" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!duis_eui_parse(bad[i], &a), "%s", bad[i]);
#define ID "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0"
	static const char *const no[] = { ID,
					  ID ":",
					  ID ":01",
					  ID ":-1",
					  ID ":18446744073709551616",
					  ID ":1 ",
					  ID ":1:2",
					  "90-B3-D5-1F-30-01-00-00:1" };
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		ck_assert_msg(!duis_id_parse(no[i], &id), "%s", no[i]);
	ck_assert(a == UINT64_C(0x00DB1234567890AF) && id.counter == UINT64_MAX);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		what_is_built_is_the_sample_of_the_dcc_to_the_byte_without_its_white_space,
		a_cancellation_is_the_last_day_of_the_year_3000,
		every_kind_of_request_verifies_and_says_what_was_asked,
		trap_a_request_for_many_devices_is_not_addressed_to_one_of_them,
		trap_one_request_is_one_thing,
		fifty_thousand_devices_and_ten_megabytes_are_one_request_and_one_more_is_none,
		a_request_that_has_no_room_is_not_begun,
		trap_euis_are_the_same_in_either_case,
	};

	return RUN_TESTS("duis", all);
}
