/* SPDX-License-Identifier: Apache-2.0 */
/* DUIS: what is believed of what comes from outside, and what is not (T20). */
#include <pthread.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "base/file.h"
#include "base/mem.h"
#include "duis_kit.h"
#include "testing.h"

#define SR "http://www.dccinterface.co.uk/ServiceUserGateway"

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
	kit_sample("readfw-response.xml", &text);
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
	kit_sample("acknowledgement-error.xml", &text);
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
		{ KIT_WITH_ATTRIBUTE, DUIS_BAD, 0 },
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

/* What the DCC signed, and would be good but for one thing. */
START_TEST(T20_a_signed_document_with_a_second_signature_or_an_id_in_it_is_refused)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	static const struct {
		const char *body;
		enum duis_signed want;
		const char *why;
	} cases[] = {
		{ READ_FIRMWARE, DUIS_GOOD, "" },
		{ READ_FIRMWARE "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>", DUIS_BAD,
		  "more than one" },
		{ READ_FIRMWARE "<sr:x xml:id=\"a\"/>", DUIS_BAD, "id" },
		{ READ_FIRMWARE "<sr:x ID=\"a\"/>", DUIS_BAD, "id" },
	};
	struct duis_finding f;

	duis_kit_make(&k);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		STR(plain, MIB);
		STR(text, MIB);
		enum duis_signed s;
		struct err e;

		kit_response(NULL, cases[i].body, &plain);
		kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
		duis_message_done(&m);
		ck_ok(duis_inspect(text.p, text.len, &k.trust, &m, &s, &f, &e));
		ck_assert_msg(s == cases[i].want, "%s: %s", cases[i].body, f.why);
		ck_assert_msg(strstr(f.why, cases[i].why) != NULL, "%s", f.why);
	}
}
END_TEST

START_TEST(a_value_with_elements_in_it_is_no_value)
{
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	enum duis_signed s;
	STR(plain, MIB);
	struct err e;

	kit_response("I0<sr:x/>", READ_FIRMWARE, &plain);
	ck_refused(duis_read(plain.p, plain.len, NULL, &m, &s, &e), ERR_INVALID, "ResponseCode");
}
END_TEST

START_TEST(a_request_is_believed_when_its_originator_signed_it)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	struct duis_request r = {
		.id = { KIT_US, KIT_METER, 7 }, .service = DUIS_11_2, .variant = 1, .schema = "5.4", .at = -1
	};
	struct duis_finding f;
	STR(plain, MIB);
	STR(ours, MIB);
	STR(others, MIB);
	STR(dccs, MIB);
	struct err e;

	duis_kit_make(&k);
	ck_ok(duis_build(&r, k.key, k.cert, &plain, &e));
	plain.len = (size_t)(strstr(plain.p, "<ds:Signature ") - plain.p);
	str_add(&plain, "</sr:Request>");
	kit_sign(plain.p, k.key, k.cert, KIT_NO_MISTAKE, &ours);
	ck_assert(read_text(ours.p, &k.trust, &m, &f) == DUIS_GOOD);
	kit_sign(plain.p, k.other_key, k.other_cert, KIT_NO_MISTAKE, &others);
	ck_assert(read_text(others.p, &k.trust, &m, &f) == DUIS_STRANGER && strstr(f.why, "originator"));
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &dccs);
	ck_assert(read_text(dccs.p, &k.trust, &m, &f) == DUIS_STRANGER && strstr(f.why, "OU 87"));
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

START_TEST(a_warning_may_name_all_devices_of_the_largest_request)
{
	OWN(duis_kit_done) struct duis_kit k;
	OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
	static const char *const lists[] = { "InvalidDeviceIDList", "NotCommissionedDeviceIDList",
					     "NotApplicableFirmwareDeviceIDList",
					     "OtherRequestInProgressList", "InvalidGBCSVersionList" };
	STR(body, 2 * MIB);
	STR(plain, 2 * MIB);
	STR(text, 2 * MIB);
	enum duis_signed s;
	char buf[DUIS_EUI_SIZE];
	struct err e;

	duis_kit_make(&k);
	str_add(&body, "<sr:ResponseMessage><sr:ServiceReference>11.1</sr:ServiceReference><sr:"
		       "DSPUpdateFirmwareWarning>");
	for (size_t l = 0; l < DUIS_LISTS; l++) {
		str_addf(&body, "<sr:%s>", lists[l]);
		for (size_t i = 0; i < 10000; i++) /* some write blanks after the comma */
			str_addf(&body, "%s%s", i ? l % 2 ? ", " : "," : "",
				 duis_eui_text(KIT_METER + 10000 * l + i, buf));
		str_addf(&body, "</sr:%s>", lists[l]);
	}
	str_add(&body, "</sr:DSPUpdateFirmwareWarning></sr:ResponseMessage>");
	kit_response("W110101", body.p, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &text);
	ck_ok(duis_read(text.p, text.len, &k.trust, &m, &s, &e));
	ck_assert(s == DUIS_GOOD && m.payload == DUIS_FIRMWARE_WARNING);
	for (size_t l = 0; l < DUIS_LISTS; l++) {
		ck_assert_uint_eq(m.list[l].n, 10000);
		ck_assert(m.list[l].v[9999] == KIT_METER + 10000 * l + 9999);
	}
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
	ck_refused(duis_read(huge, DUIS_MAX + 1, NULL, &m, &s, &e), ERR_TOO_LARGE, "2097153 bytes");
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

/* ---- many at once ------------------------------------------------------------------------------------- */

#define AT_ONCE 4

struct shared {
	const struct duis_kit *k;
	const char *good, *bad;
	int wrong; /* of each thread its own */
};

static void *read_and_build(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 50; i++) {
		struct duis_request r = { .id = { KIT_US, KIT_METER, 1 + (uint64_t)i },
					  .service = DUIS_11_2,
					  .variant = 1,
					  .schema = "5.4",
					  .at = -1 };
		OWN(duis_message_done) struct duis_message m = { .kind = DUIS_REQUEST };
		OWN(duis_message_done) struct duis_message ours = { .kind = DUIS_REQUEST };
		const char *text = i % 2 ? s->good : s->bad;
		enum duis_signed judged, own;
		STR(out, MIB);
		struct err e;

		s->wrong += duis_read(text, strlen(text), &s->k->trust, &m, &judged, &e) != 0 ||
			    judged != (i % 2 ? DUIS_GOOD : DUIS_BAD);
		s->wrong += duis_build(&r, s->k->key, s->k->cert, &out, &e) != 0 ||
			    duis_read(out.p, out.len, &s->k->trust, &ours, &own, &e) != 0 || own != DUIS_GOOD;
	}
	return NULL;
}

START_TEST(threads_read_and_build_at_once)
{
	OWN(duis_kit_done) struct duis_kit k;
	struct shared s[AT_ONCE];
	pthread_t thread[AT_ONCE];
	STR(plain, MIB);
	STR(good, MIB);
	STR(bad, MIB);

	duis_kit_make(&k);
	kit_response(NULL, READ_FIRMWARE, &plain);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_NO_MISTAKE, &good);
	kit_sign(plain.p, k.dcc_key, k.dcc_cert, KIT_EXCLUSIVE_DIGEST, &bad);
	for (int i = 0; i < AT_ONCE; i++) {
		s[i] = (struct shared){ .k = &k, .good = good.p, .bad = bad.p };
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_and_build, &s[i]), 0);
	}
	for (int i = 0; i < AT_ONCE; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_int_eq(s[i].wrong, 0);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_real_response_has_the_digest_that_it_states_and_is_of_a_stranger,
		trap_a_refusal_comes_without_a_signature_and_nothing_else_may,
		what_the_dcc_signs_is_good_and_any_changed_byte_of_it_is_found,
		a_signature_counts_only_in_the_one_form_that_is_stated,
		T20_only_the_dcc_is_believed_and_only_while_its_certificate_is_valid,
		T20_signature_wrapping_is_refused,
		T20_a_signed_document_with_a_second_signature_or_an_id_in_it_is_refused,
		a_value_with_elements_in_it_is_no_value,
		a_request_is_believed_when_its_originator_signed_it,
		T20_a_comment_in_a_value_does_not_shorten_it,
		trap_white_space_between_elements_is_named,
		a_warning_may_name_all_devices_of_the_largest_request,
		T20_hostile_documents_are_refused_and_no_file_is_opened,
		T20_large_deep_and_wide_documents_are_refused_at_once,
		schema_versions_of_five_to_five_four_are_read,
		threads_read_and_build_at_once,
	};

	return RUN_TESTS("duis_signed", all);
}
