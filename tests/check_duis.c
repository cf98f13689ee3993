/* SPDX-License-Identifier: Apache-2.0 */
/* DUIS: requests as the samples of the DCC are, and what is believed of what comes back. */
#include <libxml/parser.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "duis_kit.h"
#include "testing.h"

#define SR "http://www.dccinterface.co.uk/ServiceUserGateway"

/* ---- the samples -------------------------------------------------------------------------------------- */

static void sample(const char *name, struct str *out)
{
	const char *dir = getenv("FIRPATH_SHARED_DATA");
	char path[500];
	struct err e;

	snprintf(path, sizeof path, "%s/duis/samples/%s", dir ? dir : SRCDIR "/../shared/data", name);
	ck_ok(file_read(path, out, &e));
}

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

	sample(name, &raw);
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

	sample("CS06_11.3_CANCELLATION_SUCCESS_REQUEST_DUIS.XML", &text);
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

/* ---- what is believed --------------------------------------------------------------------------------- */

static enum duis_signed read_text(const char *text, const struct duis_trust *trust, struct duis_message *m,
				  struct duis_finding *f)
{
	enum duis_signed s, fast;
	struct duis_message again = { .kind = DUIS_RESPONSE };
	struct err e;

	duis_message_done(m);
	ck_ok(duis_inspect(text, strlen(text), trust, m, &s, f, &e));
	ck_ok(duis_read(text, strlen(text), trust, &again, &fast, &e)); /* both say the same */
	ck_assert(s == fast && again.payload == m->payload && again.kind == m->kind);
	duis_message_done(&again);
	return s;
}

#define READ_FIRMWARE                                                                                        \
	"<sr:ResponseMessage><sr:ServiceReference>11.2</sr:ServiceReference>"                                \
	"<sr:ServiceReferenceVariant>11.2</sr:ServiceReferenceVariant>"                                      \
	"<sr:GBCSPayload>3QAA\nAAA=</sr:GBCSPayload></sr:ResponseMessage>"

START_TEST(the_real_response_has_the_digest_that_it_states_and_is_of_a_stranger)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;
	STR(text, MIB);

	duis_kit_make(&k);
	sample("readfw-response.xml", &text);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_STRANGER);
	ck_assert(f.has_signature && f.digest_good && !f.traps);
	ck_assert_str_eq(f.issuer, "CN=Z1,OU=07");
	ck_assert_str_eq(f.serial, "50669612984035780968362471400449834504");
	ck_assert_str_eq(m.schema, "5.1");
	ck_assert(m.kind == DUIS_RESPONSE && m.payload == DUIS_GBCS && m.ngbcs == 93 && m.gbcs[0] == 0xDD);
	ck_assert_str_eq(m.code, "I0");
	ck_assert_str_eq(m.service, "11.2");
	ck_assert(m.at == INT64_C(1660751142790));
	ck_assert(m.has_id && m.id.originator == KIT_US && m.id.counter == 1660751141087);
	ck_assert(m.has_response_id && m.response_id.originator == m.id.target);
	/* one letter of what it says */
	memcpy(strstr(text.p, "15:45:42.790Z"), "15:45:43.790Z", 13);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_BAD && !f.digest_good);
}
END_TEST

START_TEST(trap_a_refusal_comes_without_a_signature_and_nothing_else_may)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;
	STR(text, MIB);
	STR(other, MIB);
	STR(payload, MIB);

	duis_kit_make(&k);
	sample("acknowledgement-error.xml", &text);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_UNSIGNED);
	ck_assert(!f.has_signature && m.payload == DUIS_NOTHING && m.has_id && !m.has_response_id);
	ck_assert_str_eq(m.code, "E65");
	ck_assert_str_eq(m.service, "11.2");
	memcpy(strstr(text.p, "E65"), "I99", 3);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_BAD);
	kit_response("I0", READ_FIRMWARE, &other);
	ck_assert(read_text(other.p, &k.trust, &m, &f) == DUIS_BAD);
	kit_response("E65", READ_FIRMWARE, &payload); /* a refusal that brings something */
	ck_assert(read_text(payload.p, &k.trust, &m, &f) == DUIS_BAD);
	ck_assert(read_text(payload.p, NULL, &m, &f) == DUIS_UNSIGNED);
}
END_TEST

START_TEST(what_the_dcc_signs_is_good_and_any_changed_byte_of_it_is_found)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	size_t good = 0, bad = 0, refused = 0;
	struct duis_finding f;
	STR(plain, MIB);
	STR(text, MIB);
	struct err e;

	duis_kit_make(&k);
	kit_response(NULL, READ_FIRMWARE, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	ck_assert_msg(read_text(text.p, &k.trust, &m, &f) == DUIS_GOOD, "%s", f.why);
	for (size_t i = 0; i < text.len; i += 3) {
		OWN(duis_message_done) struct duis_message changed = { .kind = DUIS_REQUEST };
		enum duis_signed s;

		text.p[i] ^= 1;
		if (duis_read(text.p, text.len, &k.trust, &changed, &s, &e))
			refused++;
		else if (s == DUIS_GOOD)
			good++;
		else
			bad++;
		text.p[i] ^= 1;
	}
	/* The XML declaration and white space outside of values are not what is signed. */
	ck_assert_msg(good < 8 && bad > 100 && refused > 100, "%zu %zu %zu", good, bad, refused);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_GOOD);
}
END_TEST

START_TEST(a_signature_counts_only_in_the_one_form_that_is_stated)
{
	static const struct {
		enum kit_mistake mistake;
		enum duis_signed want;
		unsigned traps;
	} cases[] = {
		{ KIT_EXCLUSIVE_DIGEST, DUIS_BAD, DUIS_TRAP_EXCLUSIVE },
		{ KIT_DER, DUIS_BAD, DUIS_TRAP_DER },
		{ KIT_INCLUSIVE_INFO, DUIS_BAD, 0 },
		{ KIT_SHA1_DIGEST_NAME, DUIS_BAD, 0 },
		{ KIT_OTHER_TRANSFORM, DUIS_BAD, 0 },
		{ KIT_SECOND_TRANSFORM, DUIS_BAD, 0 },
		{ KIT_SECOND_REFERENCE, DUIS_BAD, 0 },
		{ KIT_REFERENCE_BY_ID, DUIS_BAD, 0 },
		{ KIT_INCLUSIVE_PREFIXES, DUIS_BAD, 0 },
		{ KIT_HMAC, DUIS_BAD, 0 },
		{ KIT_WITH_OBJECT, DUIS_BAD, 0 },
		{ KIT_WITH_ID, DUIS_BAD, 0 },
		{ KIT_NO_KEYINFO, DUIS_BAD, 0 },
		{ KIT_ISSUER_SPACED, DUIS_GOOD, 0 },
	};
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;

	duis_kit_make(&k);
	ck_assert_uint_eq(sizeof cases / sizeof *cases, KIT_MISTAKES - 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		STR(plain, MIB);
		STR(text, MIB);

		kit_response(NULL, READ_FIRMWARE, &plain);
		kit_sign(plain.p, k.dcc_key, k.dcc_cert, cases[i].mistake, &text);
		ck_assert_msg(read_text(text.p, &k.trust, &m, &f) == cases[i].want, "mistake %d: '%s'",
			      (int)cases[i].mistake, f.why);
		ck_assert_msg(f.traps == cases[i].traps, "mistake %d: traps %u", (int)cases[i].mistake,
			      f.traps);
		ck_assert((*f.why != 0) == (cases[i].want != DUIS_GOOD));
	}
}
END_TEST

START_TEST(T20_only_the_dcc_is_believed_and_only_while_its_certificate_is_valid)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_trust trust;
	struct duis_finding f;
	STR(plain, MIB);
	STR(text, MIB);
	STR(ours, MIB);
	STR(forged, MIB);

	duis_kit_make(&k);
	trust = k.trust;
	kit_response(NULL, READ_FIRMWARE, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	trust.now = INT64_C(4000000000000);
	ck_assert(read_text(text.p, &trust, &m, &f) == DUIS_STRANGER);
	trust.now = KIT_NOW;
	trust.n = 1; /* not the DCC's */
	ck_assert(read_text(text.p, &trust, &m, &f) == DUIS_STRANGER);
	/* a user of the DCC is not the DCC (OU 87) */
	kit_sign(plain.p, k.key, k.cert, KIT_NO_MISTAKE, &ours);
	ck_assert(read_text(ours.p, &k.trust, &m, &f) == DUIS_STRANGER);
	ck_assert(strstr(f.why, "OU 89"));
	/* names the DCC and is signed by another key */
	kit_sign(plain.p, k.key, k.dcc_cert, KIT_NO_MISTAKE, &forged);
	ck_assert(read_text(forged.p, &k.trust, &m, &f) == DUIS_BAD);
}
END_TEST

/* A signed document in another: the signature is right, what would be read is not what was signed. */
START_TEST(T20_signature_wrapping_is_refused)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;
	STR(plain, MIB);
	STR(text, MIB);
	char *signature, *end, *body;

	duis_kit_make(&k);
	kit_response(NULL, READ_FIRMWARE, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	signature = strstr(text.p, "<ds:Signature ");
	end = strstr(text.p, "</sr:Response>");
	body = strstr(text.p, "<sr:Body>");
#define WRAPPED(...)                                                                                         \
	do {                                                                                                 \
		STR(w, MIB);                                                                                 \
		str_addf(&w, __VA_ARGS__);                                                                   \
		ck_assert_msg(read_text(w.p, &k.trust, &m, &f) == DUIS_BAD, "%s", w.p);                      \
	} while (0)
	int head = (int)(body - text.p), whole = (int)(signature - text.p), sign = (int)(end - signature);
	const char *inner = strstr(text.p, "<sr:Response");

	/* twice; not last; inside of the header; inside of another signature's document */
	WRAPPED("%.*s%.*s%.*s</sr:Response>", whole, text.p, sign, signature, sign, signature);
	WRAPPED("%.*s%.*s<sr:Body></sr:Body></sr:Response>", whole, text.p, sign, signature);
	WRAPPED("%.*s%.*s%.*s</sr:Response>", head, text.p, sign, signature, (int)(signature - body), body);
	WRAPPED("%.*s<sr:Wrapper>%s</sr:Wrapper></sr:Response>", whole, text.p, inner);
	WRAPPED("%.*s<sr:Wrapper>%s</sr:Wrapper>%.*s</sr:Response>", whole, text.p, inner, sign, signature);
	/* a second body before the one that was signed, a copy in an extension, an id to point at */
	WRAPPED("%.*s<sr:Body>" READ_FIRMWARE "</sr:Body>%s", head, text.p, body);
	WRAPPED("%.*s<sr:Body Id=\"body\">%s", head, text.p, body + 9);
}
END_TEST

/* Comments are not signed; what they cut in two is read as one. */
START_TEST(T20_a_comment_in_a_value_does_not_shorten_it)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;
	STR(plain, MIB);
	STR(text, MIB);
	STR(cut, MIB);
	char *code;

	duis_kit_make(&k);
	kit_response("E110101", READ_FIRMWARE, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	code = strstr(text.p, "E110101");
	str_addf(&cut, "%.*sE1<!-- -->101<![CDATA[01]]>%s", (int)(code - text.p), text.p, code + 7);
	ck_assert(read_text(cut.p, &k.trust, &m, &f) == DUIS_GOOD);
	ck_assert_str_eq(m.code, "E110101");
	ck_assert_uint_eq(f.traps, DUIS_TRAP_COMMENT);
}
END_TEST

START_TEST(trap_white_space_between_elements_is_named)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_finding f;
	STR(plain, MIB);
	STR(text, MIB);

	duis_kit_make(&k);
	kit_response(NULL, "\n  " READ_FIRMWARE "\n", &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_GOOD);
	ck_assert_uint_eq(f.traps, DUIS_TRAP_SPACE);
	memcpy(strstr(text.p, "90-B3-D5"), "90-b3-d5", 8);
	ck_assert(read_text(text.p, &k.trust, &m, &f) == DUIS_BAD && m.id.originator == KIT_US);
	ck_assert_uint_eq(f.traps, DUIS_TRAP_SPACE | DUIS_TRAP_LOWER_CASE);
}
END_TEST

/* ---- hostile ------------------------------------------------------------------------------------------ */

START_TEST(T20_hostile_documents_are_refused_and_no_file_is_opened)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	OWN(duis_kit_done) struct duis_kit k;
	STR(text, 4 * MIB);
	enum duis_signed s = DUIS_GOOD;
	char bait[300], events[1024];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct err e;

	duis_kit_make(&k);
	snprintf(bait, sizeof bait, "%s/bait.dtd", k.dir);
	ck_ok(file_replace(bait, "<!ENTITY x 'y'>", 15, &e));
	ck_assert(watch >= 0 && inotify_add_watch(watch, bait, IN_OPEN | IN_ACCESS) >= 0);
#define HOSTILE(words, ...)                                                                                  \
	do {                                                                                                 \
		str_clear(&text);                                                                            \
		str_addf(&text, __VA_ARGS__);                                                                \
		ck_refused(duis_read(text.p, text.len, &k.trust, &m, &s, &e), ERR_INVALID, words);           \
		ck_assert(s == DUIS_GOOD && m.kind == DUIS_REQUEST); /* untouched */                         \
	} while (0)
#define ROOT "<sr:Response xmlns:sr=\"" SR "\" schemaVersion=\"5.1\">"
	HOSTILE("DOCTYPE", "<!DOCTYPE sr:Response>" ROOT "</sr:Response>");
	HOSTILE("DOCTYPE",
		"<?xml version=\"1.0\"?><!-- a --><!DOCTYPE r SYSTEM \"file://%s\">" ROOT "</sr:Response>",
		bait);
	HOSTILE("DOCTYPE", "<!DOCTYPE r [<!ENTITY x SYSTEM \"file://%s\">]>" ROOT "&x;</sr:Response>", bait);
	HOSTILE("DOCTYPE", "<!DOCTYPE r [<!ENTITY %% x SYSTEM \"file://%s\"> %%x;]>" ROOT "</sr:Response>",
		bait);
	HOSTILE("DOCTYPE", "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>" ROOT
			   "&b;</sr:Response>");
	HOSTILE("DOCTYPE", ROOT "<!DOCTYPE late></sr:Response>");
	HOSTILE("not well formed", ROOT "&x;</sr:Response>");
	HOSTILE("processing instruction", "<?xml-stylesheet href=\"file://%s\"?>" ROOT "</sr:Response>",
		bait);
	HOSTILE("UTF-8", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" ROOT "</sr:Response>");
	HOSTILE("UTF-8", "<?xml version=\"1.0\" encoding='UTF-7'?>" ROOT "+ADw-</sr:Response>");
	HOSTILE("UTF-8", ROOT "\xC0\xBC</sr:Response>");
	HOSTILE("not well formed", ROOT "</sr:Request>");
	HOSTILE("not well formed", "%s", "");
	HOSTILE("no Response", "<Response schemaVersion=\"5.1\"/>"); /* of no namespace */
	HOSTILE("no Response", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>");
	HOSTILE("schema version '6.0'", "<sr:Response xmlns:sr=\"" SR "\" schemaVersion=\"6.0\"/>");
	HOSTILE("missing", ROOT "</sr:Response>");
	/* include a file */
	HOSTILE("missing",
		ROOT
		"<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"file://%s\"/></sr:Response>",
		bait);
	ck_assert_msg(read(watch, events, sizeof events) < 0, "a file was opened");
	close(watch);
}
END_TEST

static void repeat(struct str *s, const char *what, int n)
{
	while (n-- > 0)
		str_add(s, what);
}

START_TEST(T20_large_deep_and_wide_documents_are_refused_at_once)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	enum duis_signed s;
	struct err e;
	char *huge = mem_alloc(DUIS_MAX + 1);
	STR(deep, MIB);
	STR(wide, MIB);
	STR(many, MIB);
	STR(open, MIB);

	memset(huge, ' ', DUIS_MAX + 1);
	ck_refused(duis_read(huge, DUIS_MAX + 1, NULL, &m, &s, &e), ERR_TOO_LARGE, "1048577 bytes");
	mem_free(huge);
	repeat(&deep, "<x>", 33);
	repeat(&deep, "</x>", 33);
	ck_refused(duis_read(deep.p, deep.len, NULL, &m, &s, &e), ERR_INVALID, "nested too deeply");
	str_add(&wide, "<x");
	for (int i = 0; i < 60000; i++) /* libxml2 compares each with all others */
		str_addf(&wide, " a%d=\"\"", i);
	str_add(&wide, "/>");
	ck_refused(duis_read(wide.p, wide.len, NULL, &m, &s, &e), ERR_INVALID, "too many attributes");
	str_add(&many, "<x>");
	repeat(&many, "<x/>", 5000);
	str_add(&many, "</x>");
	ck_refused(duis_read(many.p, many.len, NULL, &m, &s, &e), ERR_INVALID, "too many elements");
	repeat(&open, "<x a='", 100000);
	ck_refused(duis_read(open.p, open.len, NULL, &m, &s, &e), ERR_INVALID, "");
}
END_TEST

START_TEST(schema_versions_of_five_to_five_four_are_read)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	enum duis_signed s;
	struct err e;

	duis_kit_make(&k);
	for (char v = '0'; v <= '9'; v++) {
		STR(plain, MIB);
		STR(text, MIB);

		kit_response(NULL, READ_FIRMWARE, &plain);
		strstr(plain.p, "schemaVersion=\"5.1")[17] = v;
		kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
		duis_message_done(&m);
		if (v <= '4') {
			ck_ok(duis_read(text.p, text.len, &k.trust, &m, &s, &e));
			ck_assert(s == DUIS_GOOD && m.schema[2] == v);
		} else {
			ck_refused(duis_read(text.p, text.len, &k.trust, &m, &s, &e), ERR_INVALID,
				   "5.0 to 5.4");
		}
	}
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
		the_real_response_has_the_digest_that_it_states_and_is_of_a_stranger,
		trap_a_refusal_comes_without_a_signature_and_nothing_else_may,
		what_the_dcc_signs_is_good_and_any_changed_byte_of_it_is_found,
		a_signature_counts_only_in_the_one_form_that_is_stated,
		T20_only_the_dcc_is_believed_and_only_while_its_certificate_is_valid,
		T20_signature_wrapping_is_refused,
		T20_a_comment_in_a_value_does_not_shorten_it,
		trap_white_space_between_elements_is_named,
		T20_hostile_documents_are_refused_and_no_file_is_opened,
		T20_large_deep_and_wide_documents_are_refused_at_once,
		schema_versions_of_five_to_five_four_are_read,
	};

	return RUN_TESTS("duis", all);
}
