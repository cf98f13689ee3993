/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP: what stations say (tests/ocpp/test_schemas.py holds the same against the official schemas). */
#include "ocpp_kit.h"

/* ---- what stations say ---- */

START_TEST(boots_of_all_versions_give_one_struct)
{
	struct ocpp_boot b;
	const char *code;
	{
		READ(OCPP_16, "[2,\"1\",\"BootNotification\",{\"chargePointVendor\":\"ACME\","
			      "\"chargePointModel\":\"Wall\","
			      "\"chargeBoxSerialNumber\":\"S1\",\"firmwareVersion\":\"MCC 1.2.0; SCC "
			      "[0.12.0, 0.13.0]\","
			      "\"iccid\":\"89\",\"unknownMember\":[1,2]}]");
		ck_ok(ocpp_boot_read(OCPP_16, f.payload, &b, &code, &e));
		ck_assert_str_eq(b.vendor, "ACME");
		ck_assert_str_eq(b.model, "Wall");
		ck_assert_str_eq(b.serial, "S1");
		ck_assert_str_eq(b.firmware, "MCC 1.2.0; SCC [0.12.0, 0.13.0]");
		ck_assert_str_eq(b.iccid, "89");
		ck_assert_str_eq(b.reason, "");
	}
	for (int v = OCPP_201; v <= OCPP_21; v++) {
		READ((enum ocpp_version)v,
		     "[2,\"1\",\"BootNotification\",{\"reason\":\"FirmwareUpdate\",\"chargingStation\":{"
		     "\"model\":\"Wall\","
		     "\"vendorName\":\"ACME\",\"serialNumber\":\"S1\",\"modem\":{\"imsi\":\"26\"}}}]");
		ck_ok(ocpp_boot_read((enum ocpp_version)v, f.payload, &b, &code, &e));
		ck_assert_str_eq(b.reason, "FirmwareUpdate");
		ck_assert_str_eq(b.firmware, ""); /* not said: a normal state */
		ck_assert_str_eq(b.imsi, "26");
	}
}
END_TEST

START_TEST(faults_name_the_member_and_have_the_code_of_ocpp)
{
	static const struct {
		enum ocpp_version v;
		const char *payload, *where, *code;
	} t[] = {
		{ OCPP_16, "{\"chargePointVendor\":\"A\"}", "/chargePointModel",
		  "OccurrenceConstraintViolation" },
		{ OCPP_16, "{\"chargePointVendor\":7,\"chargePointModel\":\"M\"}", "/chargePointVendor",
		  "TypeConstraintViolation" },
		{ OCPP_16, "{\"chargePointVendor\":\"123456789012345678901\",\"chargePointModel\":\"M\"}",
		  "/chargePointVendor", "PropertyConstraintViolation" },
		{ OCPP_201, "{\"reason\":\"PowerUp\"}", "/chargingStation", "OccurrenceConstraintViolation" },
		{ OCPP_201, "{\"reason\":\"PowerUp\",\"chargingStation\":{\"model\":\"M\"}}",
		  "/chargingStation/vendorName", "OccurrenceConstraintViolation" },
		{ OCPP_201, "{\"reason\":\"PowerUp\",\"chargingStation\":[]}", "/chargingStation",
		  "TypeConstraintViolation" },
		{ OCPP_21, "{\"chargingStation\":{\"model\":\"M\",\"vendorName\":\"V\"}}", "/reason",
		  "OccurrenceConstraintViolation" },
	};
	struct ocpp_boot b = { .vendor = "untouched" };
	const char *code = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		OWN(json_free) struct json *j = parsed(t[i].payload);

		ck_assert_int_eq(ocpp_boot_read(t[i].v, j, &b, &code, &e), ERR_JSON_FIELD);
		ck_assert_str_eq(e.where, t[i].where);
		ck_assert_str_eq(code, t[i].code);
		ck_assert_str_eq(b.vendor, "untouched");
	}
}
END_TEST

START_TEST(trap_null_or_empty_optional_fields)
{
	static const char *const payload[] = {
		"{\"chargePointVendor\":\"A\",\"chargePointModel\":\"M\",\"firmwareVersion\":null,\"iccid\":"
		"\"\"}",
		"{\"reason\":\"PowerUp\",\"chargingStation\":{\"model\":\"M\",\"vendorName\":\"V\","
		"\"firmwareVersion\":null,\"modem\":null}}",
	};
	struct ocpp_boot b;
	const char *code;
	struct err e;

	for (int v = 0; v < OCPP_VERSIONS; v++) {
		OWN(json_free) struct json *j = parsed(payload[v != OCPP_16]);

		ck_ok(ocpp_boot_read((enum ocpp_version)v, j, &b, &code, &e));
		ck_assert_str_eq(b.firmware, "");
	}
	/* And none of ours has one. */
	for (int v = 0; v < OCPP_VERSIONS; v++)
		for (int is_signed = 0; is_signed < 2; is_signed++) {
			const struct ocpp_firmware fw = {
				.location = "https://h/f",
				.retrieve_at = NOW,
				.install_at = -1,
				.certificate =
				    is_signed ? "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"
					      : NULL,
				.signature = is_signed ? "AAAA" : NULL
			};
			const struct ocpp_part part = {
				.name = "default", .version = "2", .expected = "", .firmware = fw
			};
			const char *action;
			STR(out, 64 * KIB);

			ck_ok(ocpp_update_put((enum ocpp_version)v, is_signed, 0, -1, -1, &fw, &action, &out,
					      &e));
			ck_ok(ocpp_parts_put((enum ocpp_version)v, 0, true, -1, -1, &part, 1, &action, &out,
					     &e));
			ck_ok(ocpp_components_put((enum ocpp_version)v, 0, -1, -1, NULL, &action, &out, &e));
			for (const char *const *bad =
				 (const char *const[]){ "null", "\"\"", "[]", ":-1", "retries", NULL };
			     *bad; bad++)
				ck_assert_msg(!strstr(str_c(&out), *bad), "%s in %s", *bad, str_c(&out));
		}
}
END_TEST

START_TEST(trap_falsy_zero_ids)
{
	struct ocpp_notice n;
	const char *code;
	struct err e;

	for (int v = 0; v < OCPP_VERSIONS; v++) {
		OWN(json_free) struct json *zero = parsed("{\"status\":\"Downloading\",\"requestId\":0}");
		OWN(json_free) struct json *none = parsed("{\"status\":\"Idle\"}");
		OWN(json_free) struct json *minus = parsed("{\"status\":\"Installed\",\"requestId\":-1}");
		OWN(json_free) struct json *real = parsed("{\"status\":\"Installed\",\"requestId\":5.0}");

		ck_ok(ocpp_notice_read((enum ocpp_version)v, OCPP_IN_FIRMWARE, zero, &n, &code, &e));
		ck_assert_int_eq(n.request_id, 0);
		ck_assert_int_eq(n.status, OCPP_ST_DOWNLOADING);
		ck_ok(ocpp_notice_read((enum ocpp_version)v, OCPP_IN_FIRMWARE, none, &n, &code, &e));
		ck_assert_int_eq(n.request_id, -1);
		ck_assert_int_eq(n.status, OCPP_ST_IDLE);
		ck_ok(ocpp_notice_read((enum ocpp_version)v, OCPP_IN_FIRMWARE, minus, &n, &code, &e));
		ck_assert_int_lt(n.request_id, -1); /* said, so not "none" */
		ck_ok(ocpp_notice_read((enum ocpp_version)v, OCPP_IN_FIRMWARE, real, &n, &code, &e));
		ck_assert_int_eq(n.request_id, 5);
	}
	for (int v = OCPP_201; v < OCPP_VERSIONS; v++) {
		const struct ocpp_firmware fw = { .location = "https://h/f",
						  .retrieve_at = NOW,
						  .install_at = 0 };
		const char *action;
		STR(out, 4096);

		ck_ok(ocpp_update_put((enum ocpp_version)v, false, 0, 0, 0, &fw, &action, &out, &e));
		ck_assert_msg(strstr(str_c(&out), "\"requestId\":0") &&
				  strstr(str_c(&out), "\"retries\":0") &&
				  strstr(str_c(&out), "\"retryInterval\":0") &&
				  strstr(str_c(&out), "1970-01-01T00:00:00Z"),
			      "%s", str_c(&out));
	}
}
END_TEST

START_TEST(sizes_count_characters_and_are_of_the_version)
{
	static const struct {
		enum ocpp_version v;
		const char *head, *one, *tail; /* `one` n times between */
		int n;
		const char *code; /* NULL = taken */
	} t[] = {
		{ OCPP_16, "BootNotification\",{\"chargePointModel\":\"M\",\"chargePointVendor\":\"",
		  "\xc3\xa4", "\"}]", 20, NULL },
		{ OCPP_16, "BootNotification\",{\"chargePointModel\":\"M\",\"chargePointVendor\":\"",
		  "\xc3\xa4", "\"}]", 21, "PropertyConstraintViolation" },
		{ OCPP_201, "Authorize\",{\"idToken\":{\"type\":\"Central\",\"idToken\":\"", "x", "\"}}]", 37,
		  "PropertyConstraintViolation" },
		{ OCPP_21, "Authorize\",{\"idToken\":{\"type\":\"Central\",\"idToken\":\"", "x", "\"}}]", 255,
		  NULL },
		{ OCPP_21, "Authorize\",{\"idToken\":{\"type\":\"Central\",\"idToken\":\"", "x", "\"}}]", 256,
		  "PropertyConstraintViolation" },
		{ OCPP_21, "FirmwareStatusNotification\",{\"status\":\"Idle\",\"requestId\":5.", "5", "}]", 1,
		  "TypeConstraintViolation" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		const char *code = NULL;
		STR(text, 4096);

		str_add(&text, "[2,\"1\",\"");
		str_add(&text, t[i].head);
		for (int k = 0; k < t[i].n; k++)
			str_add(&text, t[i].one);
		str_add(&text, t[i].tail);
		READ(t[i].v, str_c(&text));
		ck_assert_int_eq(ocpp_call_check(t[i].v, &f, &code, &e), t[i].code ? ERR_JSON_FIELD : OK);
		ck_assert_pstr_eq(code, t[i].code);
	}
}
END_TEST

/* Texts that have more bytes than their room: names of things are cut between characters, versions are not
 * said. */
START_TEST(versions_are_never_cut)
{
	struct ocpp_boot b;
	const char *code;
	STR(text, 4096);

	str_add(&text, "[2,\"1\",\"BootNotification\",{\"reason\":\"PowerUp\",\"chargingStation\":{\"model\":"
		       "\"M\",\"vendorName\":\"");
	for (int i = 0; i < 50; i++)
		str_add(&text, "\xe2\x82\xac");
	str_add(&text, "\",\"firmwareVersion\":\"");
	for (int i = 0; i < 26; i++)
		str_add(&text, "\xc3\xa4");
	str_add(&text, "\"}}]");
	READ(OCPP_201, str_c(&text));
	ck_ok(ocpp_boot_read(OCPP_201, f.payload, &b, &code, &e));
	ck_assert_uint_eq(strlen(b.vendor), 48); /* 16 characters of three bytes */
	ck_assert_str_eq(b.firmware, "");
}
END_TEST

START_TEST(statuses_that_nobody_knows_are_kept_as_text)
{
	OWN(json_free)
	struct json *j =
	    parsed("{\"status\":\"Defragmenting\",\"requestId\":3,\"version\":\"9\",\"statusInfo\":"
		   "{\"reasonCode\":\"OutOfStorage\",\"additionalInfo\":\"2 MB\"}}");
	struct ocpp_notice n;
	const char *code;
	struct err e;

	ck_ok(ocpp_notice_read(OCPP_21, OCPP_IN_FIRMWARE, j, &n, &code, &e));
	ck_assert_int_eq(n.status, OCPP_STATUSES);
	ck_assert_str_eq(n.status_text, "Defragmenting");
	ck_assert_str_eq(n.reason_code, "OutOfStorage");
	ck_assert_str_eq(n.detail, "2 MB");
	ck_assert_str_eq(n.component, "");
	ck_assert_str_eq(n.version, ""); /* no member of this message */
}
END_TEST

START_TEST(a_component_notice_comes_in_three_dresses)
{
	static const struct {
		enum ocpp_version v;
		const char *text;
		int64_t at;
	} t[] = {
		{ OCPP_201,
		  "[2,\"1\",\"FirmwareComponentStatusNotification\",{\"requestId\":4,\"trackingId\":\"T\","
		  "\"componentName\":\"Main\","
		  "\"version\":\"2.0\",\"status\":\"RolledBack\",\"timestamp\":\"2025-11-21T07:30:00Z\"}]",
		  NOW },
		{ OCPP_21,
		  "[2,\"1\",\"FirmwareStatusNotification\",{\"requestId\":4,\"status\":\"RolledBack\","
		  "\"customData\":"
		  "{\"vendorId\":\"v\",\"componentName\":\"Main\",\"version\":\"2.0\",\"trackingId\":\"T\"}}"
		  "]",
		  -1 },
		{ OCPP_16,
		  "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"any\",\"messageId\":"
		  "\"FirmwareComponentStatusNotification\",\"data\":"
		  "\"{\\\"requestId\\\":4,\\\"trackingId\\\":\\\"T\\\",\\\"componentName\\\":\\\"Main\\\","
		  "\\\"version\\\":\\\"2.0\\\","
		  "\\\"status\\\":\\\"RolledBack\\\",\\\"timestamp\\\":\\\"2025-11-21T08:30:00+01:00\\\"}\"}"
		  "]",
		  NOW },
		{ OCPP_201,
		  "[2,\"1\",\"DataTransfer\",{\"vendorId\":\"any\",\"messageId\":"
		  "\"FirmwareComponentStatusNotification\",\"data\":"
		  "{\"requestId\":4,\"trackingId\":\"T\",\"componentName\":\"Main\",\"version\":\"2.0\","
		  "\"status\":\"RolledBack\","
		  "\"timestamp\":\"not a time\"}}]",
		  -1 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ocpp_notice n;
		const char *code;
		STR(answer, 4096);
		READ(t[i].v, t[i].text);

		ck_assert_int_eq(ocpp_in_of(t[i].v, &f), OCPP_IN_COMPONENT);
		ck_ok(ocpp_notice_read(t[i].v, OCPP_IN_COMPONENT, f.payload, &n, &code, &e));
		ck_assert_int_eq(n.status, OCPP_ST_ROLLED_BACK);
		ck_assert_int_eq(n.request_id, 4);
		ck_assert_str_eq(n.component, "Main");
		ck_assert_str_eq(n.version, "2.0");
		ck_assert_str_eq(n.tracking, "T");
		ck_assert_int_eq(n.at, t[i].at);
		ocpp_answer(t[i].v, OCPP_IN_COMPONENT, &f, NULL, &answer);
		ck_assert_str_eq(str_c(&answer),
				 strcmp(f.action, "DataTransfer") == 0 ? "{\"status\":\"Accepted\"}" : "{}");
	}
}
END_TEST

START_TEST(carried_notices_that_are_none_are_refused)
{
	static const char *const payload[] = {
		"{\"vendorId\":\"v\",\"messageId\":\"FirmwareComponentStatusNotification\"}",
		"{\"vendorId\":\"v\",\"messageId\":\"FirmwareComponentStatusNotification\",\"data\":\"{\"}",
		"{\"vendorId\":\"v\",\"messageId\":\"FirmwareComponentStatusNotification\",\"data\":\"{}\"}",
		"{\"vendorId\":\"v\",\"messageId\":\"FirmwareComponentStatusNotification\",\"data\":7}",
	};
	struct ocpp_notice n;
	const char *code;
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		OWN(json_free) struct json *j = parsed(payload[i]);

		code = NULL;
		ck_refused(ocpp_notice_read(OCPP_16, OCPP_IN_COMPONENT, j, &n, &code, &e), ERR_JSON_FIELD,
			   "");
		ck_assert_ptr_nonnull(code);
	}
}
END_TEST

START_TEST(security_events_logs_and_publishing_are_notices_too)
{
	OWN(json_free)
	struct json *event = parsed("{\"type\":\"InvalidFirmwareSignature\",\"timestamp\":\"2025-11-21T07:30:"
				    "00.000Z\",\"techInfo\":\"x\"}");
	OWN(json_free) struct json *log = parsed("{\"status\":\"UploadFailure\",\"requestId\":9}");
	OWN(json_free) struct json *diag = parsed("{\"status\":\"UploadFailed\"}");
	OWN(json_free)
	struct json *pub = parsed(
	    "{\"status\":\"Published\",\"requestId\":2,\"location\":[\"http://lc/f\",\"ftp://lc/f\"]}");
	struct ocpp_notice n;
	const char *code;
	struct err e;

	ck_ok(ocpp_notice_read(OCPP_16, OCPP_IN_SECURITY, event, &n, &code, &e));
	ck_assert_str_eq(n.event, "InvalidFirmwareSignature");
	ck_assert_str_eq(n.detail, "x");
	ck_assert_int_eq(n.at, NOW);
	ck_assert_int_eq(n.request_id, -1);
	ck_ok(ocpp_notice_read(OCPP_201, OCPP_IN_LOG, log, &n, &code, &e));
	ck_assert_int_eq(n.status, OCPP_ST_UPLOAD_FAILURE);
	ck_assert_int_eq(n.request_id, 9);
	ck_ok(ocpp_notice_read(OCPP_16, OCPP_IN_LOG, diag, &n, &code, &e));
	ck_assert_int_eq(n.status, OCPP_ST_UPLOAD_FAILURE); /* as 1.6 core spells it */
	ck_ok(ocpp_notice_read(OCPP_21, OCPP_IN_PUBLISH, pub, &n, &code, &e));
	ck_assert_int_eq(n.status, OCPP_ST_PUBLISHED);
	ck_assert_str_eq(n.locations, "http://lc/f ftp://lc/f");
	ck_refused(ocpp_notice_read(OCPP_16, OCPP_IN_PUBLISH, pub, &n, &code, &e), ERR_JSON_FIELD, "ocpp1.6");
}
END_TEST

START_TEST(transactions_say_when_they_want_to_hear_of_their_token)
{
	static const struct {
		enum ocpp_version v;
		const char *text;
		int what;
		const char *id;
		int64_t evse;
		bool wants;
		const char *answer;
	} t[] = {
		{ OCPP_16,
		  "[2,\"1\",\"StartTransaction\",{\"connectorId\":2,\"idTag\":\"T\",\"meterStart\":0,"
		  "\"timestamp\":\"2025-11-21T07:30:00Z\"}]",
		  OCPP_TX_BEGAN, "", 2, true,
		  "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":77}" },
		{ OCPP_16,
		  "[2,\"1\",\"StopTransaction\",{\"transactionId\":77,\"meterStop\":9,\"timestamp\":\"2025-"
		  "11-21T07:30:00Z\"}]",
		  OCPP_TX_ENDED, "77", -1, false, "{}" },
		{ OCPP_201,
		  "[2,\"1\",\"TransactionEvent\",{\"eventType\":\"Started\",\"timestamp\":\"2025-11-21T07:30:"
		  "00Z\",\"triggerReason\":"
		  "\"CablePluggedIn\",\"seqNo\":0,\"transactionInfo\":{\"transactionId\":\"AB\"},\"evse\":{"
		  "\"id\":1},\"idToken\":"
		  "{\"idToken\":\"x\",\"type\":\"ISO14443\"}}]",
		  OCPP_TX_BEGAN, "AB", 1, true, "{\"idTokenInfo\":{\"status\":\"Accepted\"}}" },
		{ OCPP_21,
		  "[2,\"1\",\"TransactionEvent\",{\"eventType\":\"Ended\",\"timestamp\":\"2025-11-21T07:30:"
		  "00Z\",\"triggerReason\":"
		  "\"EVDeparted\",\"seqNo\":0,\"transactionInfo\":{\"transactionId\":\"AB\"}}]",
		  OCPP_TX_ENDED, "AB", -1, false, "{}" },
		{ OCPP_21,
		  "[2,\"1\",\"TransactionEvent\",{\"eventType\":\"Updated\",\"timestamp\":\"2025-11-21T07:30:"
		  "00Z\",\"triggerReason\":"
		  "\"MeterValuePeriodic\",\"seqNo\":0,\"transactionInfo\":{\"transactionId\":\"AB\"}}]",
		  OCPP_TX_GOES_ON, "AB", -1, false, "{}" },
	};
	const struct ocpp_answer_ask ask = { .now = NOW, .authorize = true, .transaction_id = 77 };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct ocpp_transaction tx;
		const char *code;
		STR(answer, 4096);
		READ(t[i].v, t[i].text);

		ck_assert_int_eq(ocpp_in_of(t[i].v, &f), OCPP_IN_TRANSACTION);
		ck_ok(ocpp_transaction_read(t[i].v, &f, &tx, &code, &e));
		ck_assert_int_eq((int)tx.what, t[i].what);
		ck_assert_str_eq(tx.id, t[i].id);
		ck_assert_int_eq(tx.evse, t[i].evse);
		ck_assert(tx.wants_token == t[i].wants);
		ocpp_answer(t[i].v, OCPP_IN_TRANSACTION, &f, &ask, &answer);
		ck_assert_str_eq(str_c(&answer), t[i].answer);
	}
}
END_TEST

START_TEST(connectors_and_reservations_are_read)
{
	OWN(json_free)
	struct json *one = parsed("{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"Reserved\"}");
	OWN(json_free)
	struct json *two =
	    parsed("{\"timestamp\":\"x\",\"connectorStatus\":\"Occupied\",\"evseId\":3,\"connectorId\":1}");
	OWN(json_free)
	struct json *res = parsed("{\"reservationId\":0,\"reservationUpdateStatus\":\"Expired\"}");
	struct ocpp_reservation r;
	struct ocpp_connector c;
	const char *code;
	struct err e;

	ck_ok(ocpp_connector_read(OCPP_16, one, &c, &code, &e));
	ck_assert_int_eq(c.evse, 1);
	ck_assert_str_eq(c.status, "Reserved");
	ck_ok(ocpp_connector_read(OCPP_201, two, &c, &code, &e));
	ck_assert_int_eq(c.evse, 3);
	ck_assert_str_eq(c.status, "Occupied");
	ck_ok(ocpp_reservation_read(OCPP_201, res, &r, &code, &e));
	ck_assert_int_eq(r.id, 0);
	ck_assert_int_eq(ocpp_reservation_read(OCPP_16, res, &r, &code, &e), ERR_JSON_FIELD);
	ck_assert_str_eq(code, "NotImplemented");
}
END_TEST

START_TEST(every_action_of_a_station_is_known_in_its_versions)
{
	static const struct {
		const char *action;
		enum ocpp_in in[OCPP_VERSIONS];
		const char *refusal[OCPP_VERSIONS];
	} t[] = {
		{ "DiagnosticsStatusNotification",
		  { OCPP_IN_LOG, OCPP_IN_OTHER, OCPP_IN_OTHER },
		  { NULL, "NotImplemented", "NotImplemented" } },
		{ "SignedFirmwareStatusNotification",
		  { OCPP_IN_FIRMWARE, OCPP_IN_OTHER, OCPP_IN_OTHER },
		  { NULL, "NotImplemented", "NotImplemented" } },
		{ "NotifyEvent",
		  { OCPP_IN_OTHER, OCPP_IN_EVENT, OCPP_IN_EVENT },
		  { "NotImplemented", NULL, NULL } },
		{ "SecurityEventNotification",
		  { OCPP_IN_SECURITY, OCPP_IN_SECURITY, OCPP_IN_SECURITY },
		  { NULL } },
		{ "SignCertificate",
		  { OCPP_IN_SIGN_CERTIFICATE, OCPP_IN_SIGN_CERTIFICATE, OCPP_IN_SIGN_CERTIFICATE },
		  { NULL } },
		{ "Get15118EVCertificate",
		  { OCPP_IN_OTHER, OCPP_IN_OTHER, OCPP_IN_OTHER },
		  { "NotImplemented", "NotSupported", "NotSupported" } },
		{ "VatNumberValidation",
		  { OCPP_IN_OTHER, OCPP_IN_OTHER, OCPP_IN_OTHER },
		  { "NotImplemented", "NotImplemented", "NotSupported" } },
		{ "heartbeat",
		  { OCPP_IN_OTHER, OCPP_IN_OTHER, OCPP_IN_OTHER },
		  { "NotImplemented", "NotImplemented", "NotImplemented" } },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (int v = 0; v < OCPP_VERSIONS; v++) {
			struct ocpp_frame f = { .kind = OCPP_CALL };

			str_copy(f.action, sizeof f.action, t[i].action);
			ck_assert_msg(ocpp_in_of((enum ocpp_version)v, &f) == t[i].in[v], "%s %d",
				      t[i].action, v);
			if (t[i].refusal[v])
				ck_assert_str_eq(ocpp_refusal((enum ocpp_version)v, t[i].action),
						 t[i].refusal[v]);
		}
}
END_TEST

START_TEST(answers_have_the_form_that_the_version_asks_for)
{
	const struct ocpp_answer_ask ask = { .now = NOW, .interval_s = 300, .registration = "Accepted" };
	static const struct {
		enum ocpp_in in;
		const char *answer[2]; /* 1.6, 2.x */
	} t[] = {
		{ OCPP_IN_BOOT,
		  { "{\"currentTime\":\"2025-11-21T07:30:00Z\",\"interval\":300,\"status\":\"Accepted\"}",
		    "{\"currentTime\":\"2025-11-21T07:30:00Z\",\"interval\":300,\"status\":\"Accepted\"}" } },
		{ OCPP_IN_HEARTBEAT,
		  { "{\"currentTime\":\"2025-11-21T07:30:00Z\"}",
		    "{\"currentTime\":\"2025-11-21T07:30:00Z\"}" } },
		{ OCPP_IN_AUTHORIZE,
		  { "{\"idTagInfo\":{\"status\":\"Invalid\"}}",
		    "{\"idTokenInfo\":{\"status\":\"Invalid\"}}" } },
		{ OCPP_IN_DATA, { "{\"status\":\"UnknownVendorId\"}", "{\"status\":\"UnknownVendorId\"}" } },
		{ OCPP_IN_SIGN_CERTIFICATE, { "{\"status\":\"Rejected\"}", "{\"status\":\"Rejected\"}" } },
		{ OCPP_IN_METER, { "{}", "{}" } },
		{ OCPP_IN_STATUS, { "{}", "{}" } },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (int v = 0; v < OCPP_VERSIONS; v++) {
			STR(out, 4096);

			ocpp_answer((enum ocpp_version)v, t[i].in, NULL, &ask, &out);
			ck_assert_str_eq(str_c(&out), t[i].answer[v != OCPP_16]);
			ocpp_answer((enum ocpp_version)v, t[i].in, NULL, NULL,
				    &out); /* nothing known: still a form */
		}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		boots_of_all_versions_give_one_struct,
		faults_name_the_member_and_have_the_code_of_ocpp,
		trap_null_or_empty_optional_fields,
		trap_falsy_zero_ids,
		sizes_count_characters_and_are_of_the_version,
		versions_are_never_cut,
		statuses_that_nobody_knows_are_kept_as_text,
		a_component_notice_comes_in_three_dresses,
		carried_notices_that_are_none_are_refused,
		security_events_logs_and_publishing_are_notices_too,
		transactions_say_when_they_want_to_hear_of_their_token,
		connectors_and_reservations_are_read,
		every_action_of_a_station_is_known_in_its_versions,
		answers_have_the_form_that_the_version_asks_for,
	};

	return RUN_TESTS("ocpp", all);
}
