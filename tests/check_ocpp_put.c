/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP: what we say, and what stations answer. */
#include "ocpp_kit.h"

/* ---- what we say ---- */

static void location(char *buf, size_t n)
{
	memset(buf, 'a', n);
	memcpy(buf, "https://h/", 10);
	buf[n] = '\0';
}

START_TEST(trap_512_character_uris)
{
	static const struct {
		enum ocpp_version v;
		bool is_signed;
		size_t max;
	} t[] = { { OCPP_16, false, 2000 },
		  { OCPP_16, true, 512 },
		  { OCPP_201, true, 512 },
		  { OCPP_21, true, 2000 } };
	const char *pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", *action;
	char uri[2100];
	struct err e;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (size_t n = t[i].max; n <= t[i].max + 1; n++) {
			const struct ocpp_firmware fw = { uri, NOW, -1, t[i].is_signed ? pem : NULL,
							  t[i].is_signed ? "AA==" : NULL };
			STR(out, 64 * KIB);

			location(uri, n);
			if (n == t[i].max) {
				ck_ok(ocpp_update_put(t[i].v, t[i].is_signed, 1, 3, 60, &fw, &action, &out,
						      &e));
				ck_assert_msg(strstr(str_c(&out), uri) != NULL, "not as it was");
			} else {
				ck_refused(
				    ocpp_update_put(t[i].v, t[i].is_signed, 1, 3, 60, &fw, &action, &out, &e),
				    ERR_TOO_LARGE, "/location");
				ck_assert_uint_eq(out.len, 0);
			}
		}
}
END_TEST

START_TEST(requests_are_named_as_the_version_names_them)
{
	const char *pem = "Subject: x\r\n-----BEGIN CERTIFICATE-----  \r\nAAAA\r\n\r\n  BBBB\r\n-----END "
			  "CERTIFICATE-----\r\n"
			  "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\njunk";
	const struct ocpp_firmware plain = { "ftp://u:p@h/f.bin?a=\"b\"", NOW, -1, NULL, NULL },
				   full = { "https://h/f", NOW, NOW + 1000, pem, "AA\r\nBB==\n" };
	static const char *const want[OCPP_VERSIONS][2] = {
		{ "UpdateFirmware{\"location\":\"ftp://u:p@h/"
		  "f.bin?a=\\\"b\\\"\",\"retrieveDate\":\"2025-11-21T07:30:00Z\",\"retries\":3,"
		  "\"retryInterval\":60}",
		  "SignedUpdateFirmware{\"requestId\":7,\"firmware\":{\"location\":\"https://h/"
		  "f\",\"retrieveDateTime\":"
		  "\"2025-11-21T07:30:00Z\",\"installDateTime\":\"2025-11-21T07:30:01Z\","
		  "\"signingCertificate\":"
		  "\"-----BEGIN CERTIFICATE-----\\nAAAA\\nBBBB\\n-----END "
		  "CERTIFICATE-----\\n\",\"signature\":\"AABB==\"},\"retries\":3,"
		  "\"retryInterval\":60}" },
		{ "UpdateFirmware{\"requestId\":7,\"firmware\":{\"location\":\"ftp://u:p@h/"
		  "f.bin?a=\\\"b\\\"\",\"retrieveDateTime\":"
		  "\"2025-11-21T07:30:00Z\"},\"retries\":3,\"retryInterval\":60}",
		  "UpdateFirmware{\"requestId\":7,\"firmware\":{\"location\":\"https://h/"
		  "f\",\"retrieveDateTime\":"
		  "\"2025-11-21T07:30:00Z\",\"installDateTime\":\"2025-11-21T07:30:01Z\","
		  "\"signingCertificate\":"
		  "\"-----BEGIN CERTIFICATE-----\\nAAAA\\nBBBB\\n-----END "
		  "CERTIFICATE-----\\n\",\"signature\":\"AABB==\"},\"retries\":3,"
		  "\"retryInterval\":60}" },
	};

	for (int v = 0; v < OCPP_VERSIONS; v++)
		for (int s = 0; s < 2; s++) {
			STR(out, 64 * KIB);
			const char *action;
			char got[2048];
			struct err e;

			ck_ok(ocpp_update_put((enum ocpp_version)v, s, 7, 3, 60, s ? &full : &plain, &action,
					      &out, &e));
			snprintf(got, sizeof got, "%s%s", action, str_c(&out));
			ck_assert_str_eq(got, want[v != OCPP_16][s]);
		}
}
END_TEST

START_TEST(certificates_and_signatures_over_their_size_are_refused)
{
	char pem[6000] = "-----BEGIN CERTIFICATE-----\n", sig[900];
	struct ocpp_firmware fw = { "https://h/f", NOW, -1, pem, sig };
	const char *action;
	STR(out, 64 * KIB);
	struct err e;

	memset(sig, 'A', 801);
	sig[801] = '\0';
	memset(pem + strlen(pem), 'A', 5500);
	memcpy(pem + 5528, "\n-----END CERTIFICATE-----", 27);
	ck_refused(ocpp_update_put(OCPP_201, true, 1, 0, 0, &fw, &action, &out, &e), ERR_TOO_LARGE,
		   "/signingCertificate");
	fw.certificate = NULL;
	ck_refused(ocpp_update_put(OCPP_201, true, 1, 0, 0, &fw, &action, &out, &e), ERR_TOO_LARGE,
		   "/signature");
	sig[684] = '\0'; /* RSA-4096 */
	ck_ok(ocpp_update_put(OCPP_201, true, 1, 0, 0, &fw, &action, &out, &e));
	fw.certificate = "no PEM at all";
	ck_refused(ocpp_update_put(OCPP_201, true, 1, 0, 0, &fw, &action, &out, &e), ERR_INVALID, "PEM");
	fw.certificate = NULL;
	ck_refused(ocpp_update_put(OCPP_16, true, 1, 0, 0, &fw, &action, &out, &e), ERR_INVALID,
		   "certificate");
}
END_TEST

START_TEST(what_a_version_cannot_say_is_refused)
{
	const char *md5 = "0123456789abcdef0123456789ABCDEF", *action;
	STR(out, 64 * KIB);
	struct err e;

	ck_assert_int_eq(ocpp_report_put(OCPP_16, 1, &action, &out), ERR_INVALID);
	ck_assert_int_eq(ocpp_publish_put(OCPP_16, 1, "http://h/f", md5, 0, &action, &out, &e), ERR_INVALID);
	ck_assert_int_eq(ocpp_unpublish_put(OCPP_16, md5, &action, &out, &e), ERR_INVALID);
	ck_assert_int_eq(ocpp_trigger_put(OCPP_16, OCPP_IN_PUBLISH, true, &action, &out), ERR_INVALID);
	ck_assert_int_eq(ocpp_trigger_put(OCPP_21, OCPP_IN_EVENT, true, &action, &out), ERR_INVALID);
	ck_refused(ocpp_publish_put(OCPP_21, 1, "http://h/f", "0123", 0, &action, &out, &e), ERR_INVALID,
		   "MD5");
	ck_refused(ocpp_unpublish_put(OCPP_21, "0123456789abcdef0123456789abcdeg", &action, &out, &e),
		   ERR_INVALID, "MD5");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(smaller_requests_have_their_forms)
{
	const char *md5 = "0123456789abcdef0123456789abcdef", *action;
	STR(out, 64 * KIB);
	struct err e;

#define SAYS(call, want)                                                                                     \
	do {                                                                                                 \
		str_clear(&out);                                                                             \
		call;                                                                                        \
		ck_assert_msg(strncmp(want, action, strlen(action)) == 0 &&                                  \
				  strcmp(&(want)[strlen(action)], str_c(&out)) == 0,                         \
			      "%s%s", action, str_c(&out));                                                  \
	} while (0)
	SAYS(ocpp_reset_put(OCPP_16, true, &action, &out), "Reset{\"type\":\"Soft\"}");
	SAYS(ocpp_reset_put(OCPP_21, true, &action, &out), "Reset{\"type\":\"OnIdle\"}");
	SAYS(ck_ok(ocpp_trigger_put(OCPP_16, OCPP_IN_FIRMWARE, true, &action, &out)),
	     "ExtendedTriggerMessage{\"requestedMessage\":\"FirmwareStatusNotification\"}");
	SAYS(ck_ok(ocpp_trigger_put(OCPP_16, OCPP_IN_LOG, false, &action, &out)),
	     "TriggerMessage{\"requestedMessage\":\"DiagnosticsStatusNotification\"}");
	SAYS(ck_ok(ocpp_trigger_put(OCPP_21, OCPP_IN_COMPONENT, false, &action, &out)),
	     "TriggerMessage{\"requestedMessage\":\"CustomTrigger\",\"customTrigger\":"
	     "\"FirmwareComponentStatusNotification\"}");
	SAYS(ck_ok(ocpp_report_put(OCPP_201, 0, &action, &out)),
	     "GetBaseReport{\"requestId\":0,\"reportBase\":\"FullInventory\"}");
	SAYS(ck_ok(ocpp_log_put(OCPP_16, false, 3, "ftp://h/l", &action, &out, &e)),
	     "GetDiagnostics{\"location\":\"ftp://h/l\"}");
	SAYS(
	    ck_ok(ocpp_log_put(OCPP_16, true, 3, "ftp://h/l", &action, &out, &e)),
	    "GetLog{\"logType\":\"SecurityLog\",\"requestId\":3,\"log\":{\"remoteLocation\":\"ftp://h/l\"}}");
	SAYS(ck_ok(ocpp_log_put(OCPP_201, false, 3, "ftp://h/l", &action, &out, &e)),
	     "GetLog{\"logType\":\"DiagnosticsLog\",\"requestId\":3,\"log\":{\"remoteLocation\":\"ftp://h/"
	     "l\"}}");
	SAYS(ck_ok(ocpp_publish_put(OCPP_201, 3, "http://h/f", md5, -1, &action, &out, &e)),
	     "PublishFirmware{\"location\":\"http://h/"
	     "f\",\"checksum\":\"0123456789abcdef0123456789abcdef\",\"requestId\":3}");
	SAYS(ck_ok(ocpp_unpublish_put(OCPP_201, md5, &action, &out, &e)),
	     "UnpublishFirmware{\"checksum\":\"0123456789abcdef0123456789abcdef\"}");
	SAYS(ck_ok(ocpp_version_put(OCPP_16, &action, &out)),
	     "GetConfiguration{\"key\":[\"FirmwareVersion\",\"SupportedFileTransferProtocols\","
	     "\"SupportedFeatureProfiles\"]}");
}
END_TEST

START_TEST(components_are_asked_natively_or_within_data_transfer)
{
	const struct ocpp_firmware fw = { "https://h/f", NOW, -1, NULL, NULL };
	const char *const needs[] = { "Metrology", NULL };
	const struct ocpp_part parts[] = {
		{ "Main", "2.0", "1.0", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		  fw, needs },
		{ "Metrology", "3.1", NULL, NULL, fw, NULL },
	};
	OWN(json_free)
	struct json *filter = parsed("{\"componentName\":[\"Main\"],\"legalStatus\":\"Regulated\","
				     "\"regulatoryClassification\":[\"EU-MID\"]}");
	OWN(json_free) struct json *odd = parsed("{\"legalStatuss\":\"Regulated\"}");
	static const char want[] = "{\"requestId\":5,\"retries\":2,\"updateMode\":\"AllOrNothing\","
				   "\"firmwareComponent\":[{\"name\":\"Main\",\"version\":"
				   "\"2.0\",\"expectedVersion\":\"1.0\",\"firmware\":{\"location\":\"https://"
				   "h/f\",\"retrieveDateTime\":"
				   "\"2025-11-21T07:30:00Z\"},\"hash\":{\"algorithm\":\"SHA256\",\"value\":"
				   "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"},"
				   "\"dependsOn\":[\"Metrology\"]},{\"name\":"
				   "\"Metrology\",\"version\":\"3.1\",\"firmware\":{\"location\":\"https://h/"
				   "f\",\"retrieveDateTime\":"
				   "\"2025-11-21T07:30:00Z\"}}]}";
	const char *action;
	STR(out, 64 * KIB);
	struct err e;

	ck_ok(ocpp_parts_put(OCPP_21, 5, true, 2, -1, parts, 2, &action, &out, &e));
	ck_assert_str_eq(action, "UpdateFirmwareComponents");
	ck_assert_str_eq(str_c(&out), want);
	str_clear(&out);
	ck_ok(ocpp_parts_put(OCPP_16, 5, true, 2, -1, parts, 2, &action, &out, &e));
	ck_assert_str_eq(action, "DataTransfer");
	OWN(json_free) struct json *transfer = parsed(str_c(&out));
	ck_assert_str_eq(json_text(json_get(transfer, "messageId")), "UpdateFirmwareComponents");
	ck_assert_str_eq(json_text(json_get(transfer, "data")), want);

	str_clear(&out);
	ck_ok(ocpp_components_put(OCPP_201, 0, 0, 10, filter, &action, &out, &e));
	ck_assert_str_eq(
	    str_c(&out),
	    "{\"requestId\":0,\"componentName\":[\"Main\"],\"filter\":{\"legalStatus\":\"Regulated\","
	    "\"regulatoryClassification\":[\"EU-MID\"]},\"offset\":0,\"limit\":10}");
	ck_refused(ocpp_components_put(OCPP_201, 0, 0, 10, odd, &action, &out, &e), ERR_JSON_FIELD,
		   "legalStatus");

	const struct ocpp_part twice[] = { parts[1], parts[1] };
	const struct ocpp_part both[] = { { "default", "1", NULL, NULL, fw, NULL }, parts[1] };
	ck_refused(ocpp_parts_put(OCPP_21, 5, true, 2, -1, twice, 2, &action, &out, &e), ERR_INVALID,
		   "twice");
	ck_refused(ocpp_parts_put(OCPP_21, 5, true, 2, -1, both, 2, &action, &out, &e), ERR_INVALID,
		   "default");
	ck_refused(ocpp_parts_put(OCPP_21, 5, true, 2, -1, both, 0, &action, &out, &e), ERR_INVALID, "0");
}
END_TEST

/* One fault in a request that is otherwise right: refused with the place, and nothing is written. */
START_TEST(requests_that_no_station_would_take_are_not_made)
{
	const struct ocpp_firmware fw = { "https://h/f", NOW, -1, NULL, NULL };
	const struct ocpp_part good = { "Main", "2", "1", NULL, fw, NULL };
	const char *const empty[] = { "", NULL };
	char longer[52], uri[514];
	struct ocpp_part bad[8];
	static const char *const where[] = { "/name",     "/version",  "/version", "/expectedVersion",
					     "/location", "/location", "/hash",    "/dependsOn" };
	const char *action = "untouched";
	STR(out, 64 * KIB);
	struct err e;

	memset(longer, 'v', 51);
	longer[51] = '\0';
	location(uri, 513);
	for (size_t i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].name = "";
	bad[1].version = longer;
	bad[2].version = NULL;
	bad[3].expected = longer;
	bad[4].firmware.location = uri;
	bad[5].firmware.location = "";
	bad[6].hash = "00";
	bad[7].depends_on = empty;
	for (size_t i = 0; i < 8; i++) {
		ck_assert_int_ne(ocpp_parts_put(OCPP_201, 1, true, 0, 0, &bad[i], 1, &action, &out, &e), OK);
		ck_assert_str_eq(e.where, where[i]);
		ck_assert_uint_eq(out.len, 0);
	}
	ck_assert_str_eq(action, "untouched");
	ck_refused(ocpp_log_put(OCPP_201, false, 1, uri, &action, &out, &e), ERR_TOO_LARGE,
		   "/remoteLocation");
	ck_refused(
	    ocpp_publish_put(OCPP_201, 1, uri, "0123456789abcdef0123456789abcdef", 0, &action, &out, &e),
	    ERR_TOO_LARGE, "/location");
	/* Sizes count characters: 512 of them, each of two bytes. */
	for (size_t i = 10; i < 512; i++)
		memcpy(uri + 10 + (i - 10) % 250 * 2, "\xc3\xa4", 2);
	ck_ok(ocpp_log_put(OCPP_201, false, 1, uri, &action, &out, &e));
}
END_TEST

START_TEST(a_request_over_a_messages_size_is_refused)
{
	static char pem[5501] = "-----BEGIN CERTIFICATE-----", name[OCPP_COMPONENTS_MAX][8];
	struct ocpp_part parts[OCPP_COMPONENTS_MAX];
	const char *action;
	STR(out, 256 * KIB);
	struct err e;

	memset(pem + 27, 'A', 5000); /* and all in one line */
	memcpy(pem + 5027, "-----END CERTIFICATE-----", 26);
	for (size_t i = 0; i < OCPP_COMPONENTS_MAX; i++) {
		snprintf(name[i], sizeof name[i], "C%zu", i);
		parts[i] =
		    (struct ocpp_part){ name[i], "2", NULL, NULL, { "https://h/f", NOW, -1, pem, "AA==" },
					NULL };
	}
	ck_ok(ocpp_parts_put(OCPP_21, 1, true, 0, 0, parts, 8, &action, &out, &e));
	str_clear(&out);
	ck_refused(ocpp_parts_put(OCPP_21, 1, true, 0, 0, parts, OCPP_COMPONENTS_MAX, &action, &out, &e),
		   ERR_TOO_LARGE, "bytes");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* ---- answers of stations ---- */

START_TEST(trap_the_empty_1_6_answer)
{
	struct ocpp_reply r;

	for (int v = 0; v < OCPP_VERSIONS; v++) {
		READ((enum ocpp_version)v, "[3,\"1\",{}]");
		if (v != OCPP_16) {
			ck_refused(ocpp_reply_read((enum ocpp_version)v, "UpdateFirmware", &f, &r, &e),
				   ERR_JSON_FIELD, "/status");
			continue;
		}
		ck_ok(ocpp_reply_read(OCPP_16, "UpdateFirmware", &f, &r, &e));
		ck_assert_str_eq(r.status, ""); /* no "Accepted" */
		ck_assert(!r.error);
		ck_refused(ocpp_reply_read(OCPP_16, "SignedUpdateFirmware", &f, &r, &e), ERR_JSON_FIELD,
			   "/status");
	}
}
END_TEST

START_TEST(answers_of_stations_are_read_with_their_reasons)
{
	static const struct {
		enum ocpp_version v;
		const char *action, *text;
		bool error;
		const char *status, *code, *reason, *detail, *tracking, *file;
	} t[] = {
		{ OCPP_201, "UpdateFirmware",
		  "[3,\"1\",{\"status\":\"Rejected\",\"statusInfo\":{\"reasonCode\":\"UnsupportedRequest\","
		  "\"additionalInfo\":\"use "
		  "UpdateFirmwareComponents\"}}]",
		  false, "Rejected", "", "UnsupportedRequest", "use UpdateFirmwareComponents", "", "" },
		{ OCPP_16, "UpdateFirmware", "[4,\"1\",\"NotSupported\",\"signed only\",{}]", true, "",
		  "NotSupported", "", "signed only", "", "" },
		{ OCPP_21, "UpdateFirmwareComponents",
		  "[3,\"1\",{\"status\":\"Accepted\",\"trackingId\":\"T-1\"}]", false, "Accepted", "", "", "",
		  "T-1", "" },
		{ OCPP_16, "DataTransfer",
		  "[3,\"1\",{\"status\":\"Accepted\",\"data\":\"{\\\"status\\\":\\\"AcceptedCanceled\\\","
		  "\\\"trackingId\\\":\\\"T\\\"}\"}]",
		  false, "AcceptedCanceled", "", "", "", "T", "" },
		{ OCPP_16, "DataTransfer", "[3,\"1\",{\"status\":\"UnknownVendorId\"}]", true, "",
		  "NotSupported", "", "UnknownVendorId", "", "" },
		{ OCPP_16, "DataTransfer", "[3,\"1\",{\"status\":\"Rejected\"}]", false, "Rejected", "", "",
		  "", "", "" },
		{ OCPP_16, "GetDiagnostics", "[3,\"1\",{\"fileName\":\"d.zip\"}]", false, "", "", "", "", "",
		  "d.zip" },
		{ OCPP_201, "GetLog", "[3,\"1\",{\"status\":\"Accepted\",\"filename\":\"l.zip\"}]", false,
		  "Accepted", "", "", "", "", "l.zip" },
		{ OCPP_201, "GetVariables", "[3,\"1\",{\"getVariableResult\":[]}]", false, "", "", "", "", "",
		  "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ocpp_reply r;
		READ(t[i].v, t[i].text);

		ck_ok(ocpp_reply_read(t[i].v, t[i].action, &f, &r, &e));
		ck_assert(r.error == t[i].error);
		ck_assert_str_eq(r.status, t[i].status);
		ck_assert_str_eq(r.code, t[i].code);
		ck_assert_str_eq(r.reason_code, t[i].reason);
		ck_assert_str_eq(r.detail, t[i].detail);
		ck_assert_str_eq(r.tracking, t[i].tracking);
		ck_assert_str_eq(r.file, t[i].file);
	}
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
	static const struct {
		const char *action, *text;
	} t[] = {
		{ "Reset", "[2,\"1\",\"Heartbeat\",{}]" },
		{ "Reset", "[3,\"1\",7]" },
		{ "Reset", "[3,\"1\",{\"status\":7}]" },
		{ "Reset", "[3,\"1\",{\"status\":\"Rejected\",\"statusInfo\":\"busy\"}]" },
		{ "DataTransfer", "[3,\"1\",{\"status\":\"Accepted\",\"data\":\"{}\"}]" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ocpp_reply r = { .status = "untouched" };
		READ(OCPP_16, t[i].text);

		ck_refused(ocpp_reply_read(OCPP_16, t[i].action, &f, &r, &e), ERR_JSON_FIELD, t[i].action);
		ck_assert_str_eq(r.status, "untouched");
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		trap_512_character_uris,
		requests_are_named_as_the_version_names_them,
		certificates_and_signatures_over_their_size_are_refused,
		what_a_version_cannot_say_is_refused,
		smaller_requests_have_their_forms,
		components_are_asked_natively_or_within_data_transfer,
		requests_that_no_station_would_take_are_not_made,
		a_request_over_a_messages_size_is_refused,
		what_is_no_answer_is_refused,
		trap_the_empty_1_6_answer,
		answers_of_stations_are_read_with_their_reasons,
	};

	return RUN_TESTS("ocpp_put", all);
}
