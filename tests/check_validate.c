/* SPDX-License-Identifier: Apache-2.0 */
/* Submissions as JSON, judged with every failure at once. */
#include "testing.h"

#include "base/parse.h"
#include "base/str.h"
#include "core/validate.h"

static struct err e;

static size_t judge(const char *text, struct str *out)
{
	size_t n = 0;

	str_clear(out);
	ck_ok(validate_submission(text, strlen(text), time_from_ymd(2026, 11, 20), out, &n, &e));
	return n;
}

#define GOOD                                                                                                 \
	"\"Device_Type.name\":\"Communications Hub\",\"Device_Model.manufacturer_identifier\":\"10:6C\","    \
	"\"Device_Model.model_identifier\":\"43:31\",\"Device_Model.hardware_version.version\":\"00\","      \
	"\"Device_Model.hardware_version.revision\":\"AC\",\"Device_Model.firmware_version\":\"12:40:74:"    \
	"DA\","                                                                                              \
	"\"SMETS_CHTS Version.Version_number_and_effective_date\":\"CHTS V1.5\","                            \
	"\"CPA_Certificate.identification_number\":\"[R] NCSC-1\","                                          \
	"\"CPA_Certificate.security_characteristics_version\":\"Security Characteristics version 1.3\","     \
	"\"CPA_Certificate.expiry_date\":\"01/01/2030\",\"ZSE_Certificate.identification_number\":\"ZIG1\"," \
	"\"ZSE_Certificate.ZSE_version\":\"ZigBee Smart Energy Standard 1.4\""

START_TEST(a_good_submission_is_valid)
{
	STR(out, 64 * 1024);

	ck_assert_uint_eq(
	    judge("{" GOOD
		  ",\"GBCS Version.version_number\":\"GBCS Version 4.1\",\"Manufacturer_Image.hash\":null}",
		  &out),
	    0);
	ck_assert_str_eq(str_c(&out), "{\"valid\":true,\"failures\":[]}\n");
}
END_TEST

START_TEST(failures_are_told_with_field_rule_and_sentence)
{
	STR(out, 64 * 1024);

	ck_assert_uint_eq(judge("{" GOOD ",\"GBCS Version.version_number\":\"GBCS Version 1.1\","
				"\"Manufacturer_Image.creator\":\"Maker\",\"FIR.company_name\":\"Maker\"}",
				&out),
			  3);
	ck_assert_str_eq(
	    str_c(&out),
	    "{\"valid\":false,\"failures\":["
	    "{\"field\":\"GBCS Version.version_number\",\"rule\":\"triple\",\"detail\":\"CHTS V1.5 and GBCS "
	    "Version 1.1 do not go together for this device type.\"},"
	    "{\"field\":\"Manufacturer_Image.hash\",\"rule\":\"both-or-neither\",\"detail\":\"It must be "
	    "specified when the image creator is.\"},"
	    "{\"field\":\"FIR.company_name\",\"rule\":\"must-be-empty\",\"detail\":\"It must be empty for "
	    "this "
	    "device type.\"}]}\n");
	ck_assert_uint_eq(judge("{}", &out), 8);
}
END_TEST

START_TEST(what_is_no_submission_is_refused)
{
	STR(out, 64 * 1024);
	size_t n;

	ck_refused(validate_submission("{\"Device_Type.nme\":\"x\"}", 23, 0, &out, &n, &e), ERR_JSON_FIELD,
		   "did you mean 'Device_Type.name'");
	ck_assert_str_eq(e.where, "Device_Type.nme");
	ck_refused(validate_submission("{\"Entry.number\":1}", 18, 0, &out, &n, &e), ERR_JSON_FIELD,
		   "must be a string");
	ck_refused(validate_submission("[]", 2, 0, &out, &n, &e), ERR_JSON_FIELD, "JSON object");
	ck_refused(validate_submission("{\"a\":1,\"a\":2}", 13, 0, &out, &n, &e), ERR_JSON, "");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

int main(void)
{
	const TTest *tests[] = { a_good_submission_is_valid, failures_are_told_with_field_rule_and_sentence,
				 what_is_no_submission_is_refused };

	return RUN_TESTS("validate", tests);
}
