/* SPDX-License-Identifier: Apache-2.0 */
/* The strict rules for new submissions to the Central Products List. */
#include "testing.h"

#include "base/parse.h"
#include "model/cpl_rules.h"

#define HASH_COLONS                                                                                          \
	"13:7E:D5:BC:81:A2:1F:6D:21:87:BC:38:03:81:AE:A7:70:5B:F6:5D:3E:4D:AE:A2:8E:FD:44:11:30:79:D5:E9"
#define HASH "137ED5BC81A21F6D2187BC380381AEA7705BF65D3E4DAEA28EFD44113079D5E9"

static struct cpl_failures fails;

/* A good submission of a twin element meter with an image. */
static struct cpl_submission good(void)
{
	struct cpl_submission s = { .today = time_from_ymd(2026, 11, 20), .has_form = true };

	s.text[CPL_TYPE] = "Twin Element Electricity Metering Equipment";
	s.text[CPL_MANUFACTURER] = "10:6C";
	s.text[CPL_MODEL] = "43:31";
	s.text[CPL_HW_VERSION] = "00";
	s.text[CPL_HW_REVISION] = "AC";
	s.text[CPL_FIRMWARE] = "12:40:74:DA";
	s.text[CPL_SMETS] = "SMETS V5.0";
	s.text[CPL_GBCS] = "GBCS Version 4.0";
	s.text[CPL_CPA_ID] = "[E] ESME68753061";
	s.text[CPL_CPA_VERSION] = "Security Characteristics version 1.3";
	s.text[CPL_CPA_EXPIRY] = "19/11/2032";
	s.text[CPL_DLMS_ID] = "1830";
	s.text[CPL_DLMS_VERSION] = "CTT 4.1";
	s.text[CPL_ZSE_ID] = "ZIG16041ZSE12476-24";
	s.text[CPL_ZSE_VERSION] = "ZigBee Smart Energy Standard 1.4";
	s.text[CPL_CREATOR] = "Maker";
	s.text[CPL_HASH] = HASH_COLONS;
	s.text[CPL_DESCRIPTOR] = "Fragment 1 of 2 of FW Version 12:40:74:DA; Dual Band";
	for (int i = FORM_CONTACT_NAME; i < CPL_FORMS; i++)
		s.form[i] = "x";
	return s;
}

static bool failed(const char *field, const char *rule)
{
	for (size_t i = 0; i < fails.n; i++)
		if (!strcmp(fails.v[i].field, field) && !strcmp(fails.v[i].rule, rule))
			return true;
	return false;
}

/* This change alone makes exactly this failure. */
static void one_failure(struct cpl_submission s, const char *field, const char *rule)
{
	cpl_validate(&s, &fails);
	ck_assert_msg(fails.n == 1 && failed(field, rule), "%s %s: %zu failures, the first %s %s", field,
		      rule, fails.n, fails.n ? fails.v[0].field : "-", fails.n ? fails.v[0].rule : "-");
	ck_assert_int_gt((int)strlen(fails.v[0].msg), 10);
}

START_TEST(a_good_submission_has_no_failure)
{
	struct cpl_submission s = good();

	cpl_validate(&s, &fails);
	ck_assert_msg(fails.n == 0, "%s: %s", fails.v[0].field, fails.v[0].msg);
	s.text[CPL_MANUFACTURER] = "106C"; /* without colons, and with what SECAS allocates */
	s.text[CPL_HASH] = HASH;
	s.text[CPL_NUMBER] = "000730";
	s.text[CPL_STATUS] = "Current";
	s.text[CPL_MODEL_HW] = "433100AC";
	s.text[CPL_CPA_ID] = "[R] NCSC-1433053936-3918";
	s.text[CPL_CPA_EXPIRY] = "01/01/2020";
	s.text[CPL_DESCRIPTOR] = "";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_HASH] = s.text[CPL_CREATOR] = NULL; /* the image is optional */
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
}
END_TEST

START_TEST(every_rule_about_one_field_bites)
{
	static const struct {
		enum cpl_col col;
		const char *value, *rule;
	} bad[] = {
		{ CPL_NUMBER, "12", "number" },
		{ CPL_NUMBER, "000000", "number" },
		{ CPL_STATUS, "current", "value" },
		{ CPL_TYPE, "", "required" },
		{ CPL_MANUFACTURER, "", "required" },
		{ CPL_MANUFACTURER, "10:6c", "hex-case" },
		{ CPL_MANUFACTURER, "1:06C", "hex" },
		{ CPL_MANUFACTURER, "10:6", "hex" },
		{ CPL_MANUFACTURER, " 106C", "hex" },
		{ CPL_MANUFACTURER, "FF:FF", "range" },
		{ CPL_MODEL, NULL, "required" },
		{ CPL_MODEL, "FF:C0", "range" },
		{ CPL_MODEL, "4Z:31", "hex" },
		{ CPL_HW_VERSION, "0", "hex" },
		{ CPL_HW_VERSION, "", "required" },
		{ CPL_HW_REVISION, "ac", "hex-case" },
		{ CPL_HW_REVISION, "", "required" },
		{ CPL_MODEL_HW, "433100AD", "concatenation" },
		{ CPL_FIRMWARE, "12:40:74", "hex" },
		{ CPL_FIRMWARE, "", "required" },
		{ CPL_FIRMWARE, "1240:74DA", "hex" },
		{ CPL_SMETS, "", "required" },
		{ CPL_SMETS, "SMETS V6.0", "value" },
		{ CPL_SMETS, "SMETS V5.0 ", "value" },
		{ CPL_SMETS, "CHTS V1.0", "chts-hub-only" },
		{ CPL_GBCS, "", "required" },
		{ CPL_GBCS, "GBCS Version 1.0", "value" },
		{ CPL_GBCS, "GBCS Version 4.1", "triple" },
		{ CPL_CPA_ID, "", "required" },
		{ CPL_CPA_ID, "ESME68753061", "cpa-prefix" },
		{ CPL_CPA_ID, "[E] ", "blanks" },
		{ CPL_CPA_ID, "[E] 123456789012345678901", "length" },
		{ CPL_CPA_ID, "[E] \xc3\xa9", "characters" },
		{ CPL_CPA_ID, "[E] \xff", "utf8" },
		{ CPL_CPA_VERSION, "", "required" },
		{ CPL_CPA_VERSION, "Not Relevant", "value" },
		{ CPL_CPA_EXPIRY, "", "required" },
		{ CPL_CPA_EXPIRY, "45168", "date" },
		{ CPL_CPA_EXPIRY, "19-11-2032", "date" },
		{ CPL_CPA_EXPIRY, "31/02/2030", "date" },
		{ CPL_CPA_EXPIRY, "19/11/2026", "expired" },
		{ CPL_CPA_EXPIRY, "21/11/2032", "too-late" },
		{ CPL_DLMS_ID, "", "required" },
		{ CPL_DLMS_ID, "12345678901", "length" },
		{ CPL_DLMS_VERSION, "", "required" },
		{ CPL_DLMS_VERSION, "CTT 3.0", "value" },
		{ CPL_ZSE_ID, "", "required" },
		{ CPL_ZSE_ID, "ZIG20044ZSE12926-24\n", "blanks" },
		{ CPL_ZSE_VERSION, "", "required" },
		{ CPL_ZSE_VERSION, "Zigbee Smart Energy Standard 1.4", "value" },
		{ CPL_CREATOR, "", "both-or-neither" },
		{ CPL_CREATOR, "Maker ", "blanks" },
		{ CPL_CREATOR, "a\x01z", "characters" },
		{ CPL_HASH, "AB:CD", "hex" },
		{ CPL_HASH, "137ed5bc81a21f6d2187bc380381aea7705bf65d3e4daea28efd44113079d5e9", "hex-case" },
		{ CPL_DESCRIPTOR, "Fragment of 38.90.00.10", "fragment" },
		{ CPL_DESCRIPTOR, "Fragment 3 of 2 of 4.8.0", "fragment" },
		{ CPL_DESCRIPTOR, "Fragment 0 of 2 of 4.8.0", "fragment" },
		{ CPL_DESCRIPTOR, "Complete image; Single Band", "band" },
		{ CPL_DESCRIPTOR, "Complete image; Single band (2.4 GHz)", "band" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cpl_submission s = good();

		s.text[bad[i].col] = bad[i].value;
		one_failure(s, cpl_column_name(bad[i].col), bad[i].rule);
	}
}
END_TEST

START_TEST(every_rule_about_the_device_type_bites)
{
	struct cpl_submission s = good();

	s.text[CPL_TYPE] = "IHD";
	one_failure(s, "Device_Type.name", "value");

	s = good(); /* both or neither, the other way round; a descriptor needs its hash */
	s.text[CPL_HASH] = NULL;
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 2);
	ck_assert(failed("Manufacturer_Image.hash", "both-or-neither"));
	ck_assert(failed("Manufacturer_Image.descriptor", "needs-hash"));

	s = good(); /* SMETS1: no certificates at all */
	s.text[CPL_SMETS] = "SMETS V1.2";
	s.text[CPL_GBCS] = "GBCS Version 0.0";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 7 + 3); /* and no CPA contact */
	for (int c = CPL_CPA_ID; c <= CPL_ZSE_VERSION; c++) {
		ck_assert(failed(cpl_column_name((enum cpl_col)c), "must-be-empty"));
		s.text[c] = NULL;
	}
	for (int i = FORM_CONTACT_NAME; i <= FORM_CONTACT_EMAIL; i++) {
		ck_assert(failed(cpl_form_infos[i].name, "must-be-empty"));
		s.form[i] = "";
	}
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_GBCS] = "GBCS Version 1.1";
	one_failure(s, "GBCS Version.version_number", "smets1-gbcs");
	s.text[CPL_GBCS] = "GBCS Version 0.0";
	s.text[CPL_TYPE] = "HAN Connected Auxiliary Load Control Switch";
	s.has_form = false;
	one_failure(s, "SMETS_CHTS Version.Version_number_and_effective_date", "hcalcs-smets1");
	s.text[CPL_TYPE] = "Polyphase Electricity Metering Equipment";
	one_failure(s, "GBCS Version.version_number", "triple");

	s = good(); /* a PPMID has no CPA certificate and no contact, and nothing of it is on the FIR */
	s.text[CPL_TYPE] = "Pre-Payment Interface Device";
	s.text[CPL_SMETS] = "SMETS V4.3";
	s.text[CPL_DLMS_ID] = s.text[CPL_DLMS_VERSION] = NULL; /* not needed */
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 3 + CPL_FORMS);
	ck_assert(failed("CPA_Certificate.identification_number", "must-be-empty"));
	ck_assert(failed("CPA_Certificate.security_characteristics_version", "not-relevant"));
	ck_assert(failed("CPA_Certificate.expiry_date", "must-be-empty"));
	ck_assert(failed("FIR.release_notes", "must-be-empty"));
	ck_assert(failed("Contact-CPA.contact_name", "must-be-empty"));

	s = good(); /* a hub: CHTS, no FIR, but a CPA contact */
	s.text[CPL_TYPE] = "Communications Hub";
	one_failure(({
			    struct cpl_submission t = s;
			    t.has_form = false;
			    t;
		    }),
		    "SMETS_CHTS Version.Version_number_and_effective_date", "hub-needs-chts");
	s.text[CPL_SMETS] = "CHTS V1.4";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, CPL_FORMS - 3);
	ck_assert(failed("FIR.company_name", "must-be-empty"));
	s.text[CPL_DLMS_VERSION] = NULL; /* optional, but both or neither */
	s.has_form = false;
	one_failure(s, "DLMS_Certificate.DLMS_version", "required");

	s = good(); /* an electricity meter must bring what the FIR publishes */
	s.form[FORM_NOTES] = "";
	one_failure(s, "FIR.release_notes", "required");
	s.form[FORM_NOTES] = "x";
	s.form[FORM_POSTCODE] = "EC4A 1BRX";
	one_failure(s, "FIR.post_code", "length");
}
END_TEST

START_TEST(all_failures_come_at_once_with_their_fields)
{
	struct cpl_submission s = { .today = time_from_ymd(2026, 11, 20), .has_form = true };

	cpl_validate(&s, &fails);
	ck_assert_uint_eq(
	    fails.n, 8); /* type, five of the model, SMETS and GBCS; without a type no more can be said */
	s = good();
	s.text[CPL_TYPE] = "Gas Smart Meter";
	s.text[CPL_MANUFACTURER] = "FFFF";
	s.text[CPL_FIRMWARE] = "xyz";
	s.text[CPL_SMETS] = "SMETS V2.0";
	s.text[CPL_CPA_EXPIRY] = "1/1/30";
	s.text[CPL_CREATOR] = "";
	cpl_validate(&s, &fails);
	ck_assert_uint_eq(fails.n, 5);
	ck_assert_str_eq(fails.v[0].field, "Device_Model.manufacturer_identifier");
	ck_assert_str_eq(fails.v[4].field, "Manufacturer_Image.creator");
}
END_TEST

START_TEST(an_e_certificate_may_expire_six_years_from_now_and_not_a_day_later)
{
	struct cpl_submission s = good();

	s.text[CPL_CPA_EXPIRY] = "20/11/2026"; /* the day itself */
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_CPA_EXPIRY] = "20/11/2032";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.today = time_from_ymd(2028, 2, 29);
	s.text[CPL_CPA_EXPIRY] = "01/03/2034";
	ck_assert_uint_eq(cpl_validate(&s, &fails), 0);
	s.text[CPL_CPA_EXPIRY] = "02/03/2034";
	one_failure(s, "CPA_Certificate.expiry_date", "too-late");
}
END_TEST

START_TEST(of_all_combinations_exactly_49_triples_are_legal)
{
	static const char *const smets[] = { "CHTS V1.0",  "CHTS V1.1",  "CHTS V1.3",  "CHTS V1.4",
					     "CHTS V1.5",  "SMETS V1.2", "SMETS V2.0", "SMETS V3.1",
					     "SMETS V4.2", "SMETS V4.3", "SMETS V4.4", "SMETS V5.0",
					     "SMETS V5.1" };
	static const char *const gbcs[] = { "0.0", "1.0", "1.1", "2.0", "2.1", "3.2", "4.0", "4.1" };
	static const unsigned want[CPL_TYPES] = {
		[CPL_TYPE_CH] = 7,    [CPL_TYPE_GSME] = 8,   [CPL_TYPE_HCALCS] = 6, [CPL_TYPE_POLYPHASE] = 6,
		[CPL_TYPE_PPMID] = 8, [CPL_TYPE_SINGLE] = 7, [CPL_TYPE_TWIN] = 7
	};
	unsigned all = 0;

	for (int t = 0; t < CPL_TYPES; t++) {
		unsigned n = 0;

		for (size_t i = 0; i < sizeof smets / sizeof *smets; i++)
			for (size_t k = 0; k < sizeof gbcs / sizeof *gbcs; k++) {
				char text[40];

				snprintf(text, sizeof text, "GBCS Version %s ", gbcs[k]);
				n += cpl_triple_legal(cpl_type_text[t], smets[i], text);
			}
		ck_assert_uint_eq(n, want[t]);
		all += n;
	}
	ck_assert_uint_eq(all, CPL_TRIPLES);
	ck_assert(!cpl_triple_legal("IHD", "SMETS V2.0", "GBCS Version 1.1"));
	ck_assert(!cpl_triple_legal(NULL, NULL, NULL));
	ck_assert(!cpl_triple_legal("Communications Hub", "CHTS V1.0", "1.1"));
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_good_submission_has_no_failure,
			       every_rule_about_one_field_bites,
			       every_rule_about_the_device_type_bites,
			       all_failures_come_at_once_with_their_fields,
			       an_e_certificate_may_expire_six_years_from_now_and_not_a_day_later,
			       of_all_combinations_exactly_49_triples_are_legal };

	return RUN_TESTS("cpl_rules", all);
}
