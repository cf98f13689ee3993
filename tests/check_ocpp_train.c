/* SPDX-License-Identifier: Apache-2.0 */
/* Trains of updates over the door, without a socket: what is sent, what stations answer, and what counts as
 * done. */
#include "charger_kit.h"

#include "store/store_cycle.h"
#include "wire/ocpp.h"

START_TEST(feature_7_two_hops_are_walked_in_order_in_each_version)
{
	for (int v = OCPP_16; v <= OCPP_21; v++) {
		WORLD(w, 11);
		struct ok_station *s = ok_station(&w, "CS1", v, "");
		int64_t id;

		s->request = -1;
		ok_up(&w, s);
		id = ok_campaign(&w, "CS", 3);
		for (int hop = 2; hop <= 3; hop++) {
			char runs[16], hash[SHA256_HEX], text[40];
			uint8_t raw[SHA256_LEN];

			for (int i = 0; i < 400 && ok_count(&w, s, "UpdateFirmware") < hop - 1; i++)
				ok_round(&w, 250);
			ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), hop - 1);
			snprintf(text, sizeof text, "firmware %d", hop);
			sha256_of(text, strlen(text), raw);
			hex_text(raw, sizeof raw, hash);
			ck_assert_msg(strstr(s->location, hash) != NULL, "%s", s->location);
			snprintf(runs, sizeof runs, "%d.0", hop);
			ok_install(&w, s, runs);
		}
		ok_finish(&w, id);
		ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
		ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 2);
		ck_assert_int_eq(kit_state(&w.k, id).n_hops, 2);
		ck_assert_str_eq(ok_job(&w, s, "update").state, "proven");
		kit_consistent(&w.k, id);
	}
}
END_TEST

START_TEST(trap_believing_installed_the_version_must_be_seen)
{
	WORLD(w, 12);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 3);
	ok_until(&w, s, "UpdateFirmware");
	ok_install(&w, s, "1.0"); /* says so, and is what it was */
	for (int i = 0; i < 200 && kit_state(&w.k, id).ended_at < 0; i++)
		ok_round(&w, 60000);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 1); /* no second try of what ends the same */
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "failed:version-unchanged");
	ck_assert_int_eq(kit_state(&w.k, id).n_hops, 0);
}
END_TEST

START_TEST(trap_sending_the_next_hop_while_the_previous_installed_is_still_in_flight)
{
	WORLD(w, 13);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t first;

	ok_up(&w, s);
	ok_campaign(&w, "CS", 3);
	ok_until(&w, s, "UpdateFirmware");
	first = s->request;
	ok_status(&w, s, "Downloading");
	ok_status(&w, s, "Installing");
	str_copy(s->runs, sizeof s->runs, "2.0");
	ok_boot(&w, s, "FirmwareUpdate");
	ok_until(&w, s, "UpdateFirmware"); /* the version is proof enough; Installed is late */
	ck_assert_int_eq(s->request, first + (s->request - first));
	ck_assert_int_gt(s->request, first);
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"Installed\",\"requestId\":%d}",
	       (int)first);
	ok_rounds(&w, 3, 10);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "accepted"); /* it moves nothing of the new one */
}
END_TEST

START_TEST(trap_assuming_boot_notification_after_each_reconnect)
{
	WORLD(w, 14);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ok_status(&w, s, "Downloading");
	ok_status(&w, s, "Installing");
	ok_drop(&w, s);
	ok_rounds(&w, 3, 250);
	str_copy(s->runs, sizeof s->runs, "2.0");
	ok_connect(&w, s); /* and says nothing */
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
}
END_TEST

START_TEST(feature_14_installed_lost_is_inferred_from_the_boot)
{
	WORLD(w, 15);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_16, "");
	int64_t id;

	s->request = -1;
	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ok_drop(&w, s);
	str_copy(s->runs, sizeof s->runs, "2.0");
	ok_up(&w, s);
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
}
END_TEST

START_TEST(trap_assuming_firmware_version_exists_an_unknown_version_waits_and_is_asked_for)
{
	WORLD(w, 16);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	s->runs[0] = 0;
	ok_up(&w, s);
	ok_rounds(&w, 6, 10);
	ck_assert_int_eq(ok_count(&w, s, "GetVariables"), 1);
	ck_assert_int_eq(ok_count(&w, s, "GetBaseReport"), 1);
	ck_assert_int_eq(ok_count(&w, s, "TriggerMessage"), 1); /* BootNotification once more */
	ok_boot(&w, s, "Triggered");
	ok_rounds(&w, 6, 10);
	ck_assert_int_eq(ok_row(&w, s).boots, 2);
	ck_assert_str_eq(ok_row(&w, s).quarantine, "");
	id = ok_campaign(&w, "CS", 2);
	ok_rounds(&w, 20, 250);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
	ck_assert_ptr_nonnull(strstr(kit_phase(&w.k, id, "CS1", phase), "not-reported"));
}
END_TEST

START_TEST(trap_expecting_accepted_before_the_first_status)
{
	WORLD(w, 17);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	const struct ok_call *c;
	char text[80];

	s->update = "";
	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	c = ok_until(&w, s, "UpdateFirmware");
	ok_status(&w, s, "Downloading");
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
	snprintf(text, sizeof text, "[3,\"%s\",{\"status\":\"Accepted\"}]", c->id);
	ok_raw(&w, s, text);
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
	for (int i = 0; i < 3; i++) /* trap: repeated Downloading is no error */
		ok_status(&w, s, "Downloading");
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
}
END_TEST

START_TEST(TC_L_10_a_status_of_an_older_request_moves_nothing)
{
	WORLD(w, 18);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ok_status(&w, s, "Downloading");
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"DownloadFailed\",\"requestId\":%d}",
	       (int)s->request + 100);
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"InstallationFailed\",\"requestId\":0}");
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"Glowing\",\"requestId\":%d}",
	       (int)s->request);
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
}
END_TEST

START_TEST(feature_28_request_0_and_idle_without_an_id_are_taken)
{
	WORLD(w, 19);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ck_assert_int_ge(s->request, 1);
	ok_sql(&w, "UPDATE station_job SET request_id = 0");
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"Downloading\",\"requestId\":0}");
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "loading");
	ok_say(&w, s, "FirmwareStatusNotification", "{\"status\":\"Idle\"}");
	ok_rounds(&w, 1, 10);
	ck_assert_ptr_nonnull(strstr(s->answer, "[3,"));
	ck_assert_str_eq(ok_job(&w, s, "update").state, "idle");
}
END_TEST

START_TEST(feature_13_retries_0_and_silence_end_after_the_watchdog_asked)
{
	WORLD(w, 20);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_conf(&w, "ocpp_log_base", "ftp://logs.example/");
	ok_door(&w, NULL);
	ok_round(&w, 10);
	ok_up(&w, s);
	w.k.set.trigger_tries = 1;
	ok_door(&w, NULL);
	ok_round(&w, 10);
	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	for (int i = 0; i < 400 && kit_state(&w.k, id).ended_at < 0; i++)
		ok_round(&w, 60000);
	ck_assert_int_ge(ok_count(&w, s, "TriggerMessage"), 1);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "failed:silent");
	ck_assert_str_eq(ok_job(&w, s, "update").state, "silent");
	/* feature 29: and its log is asked for. */
	ck_assert_int_eq(ok_count(&w, s, "GetLog"), 1);
	ok_say(&w, s, "LogStatusNotification", "{\"status\":\"Uploaded\",\"requestId\":%d}",
	       (int)ok_job(&w, s, "log").request_id);
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, s, "log").state, "uploaded");
	ck_assert_str_eq(ok_job(&w, s, "update").log_file, "cs.log");
}
END_TEST

START_TEST(trap_the_empty_1_6_answer_is_no_success)
{
	WORLD(w, 21);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_16, "");

	s->request = -1;
	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ok_rounds(&w, 10, 1000);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "accepted");
	ck_assert_str_eq(ok_job(&w, s, "update").answer, "empty");
	ok_status(&w, s, "DownloadFailed"); /* trap: no requestId in 1.6 */
	ck_assert_str_eq(ok_job(&w, s, "update").reason, "download-failed");
}
END_TEST

static void sign_all(struct ok_world *w)
{
	ok_sql(w, "UPDATE release SET signature = 'c2lnbmF0dXJl', signing_certificate = '-----BEGIN "
		  "CERTIFICATE-----\n"
		  "MIIB\n-----END CERTIFICATE-----\n'");
}

START_TEST(feature_8_not_supported_leads_to_the_signed_request_and_never_back)
{
	WORLD(w, 22);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_16, "");

	sign_all(&w);
	ok_up(&w, s);
	/* A station that was taken for one without signatures, and has them. */
	ok_sql(&w, "UPDATE station SET signing = 0");
	s->update = "!NotSupported";
	ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	s->update = NULL;
	ok_until(&w, s, "SignedUpdateFirmware");
	ok_rounds(&w, 2, 10);
	ck_assert_int_eq(ok_row(&w, s).signing, 1);
	ck_assert_str_eq(ok_job(&w, s, "update").state, "accepted");
	ok_status(&w, s, "InvalidSignature");
	ck_assert_str_eq(ok_job(&w, s, "update").reason, "invalid-signature");
}
END_TEST

START_TEST(trap_sending_unsigned_to_certified_stations)
{
	WORLD(w, 23);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	ok_sql(&w, "UPDATE station SET signing = 1");
	id = ok_campaign(&w, "CS", 2);
	ok_finish(&w, id);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
	ck_assert_ptr_nonnull(strstr(kit_phase(&w.k, id, "CS1", phase), "unsigned"));
}
END_TEST

START_TEST(signed_requests_carry_certificate_and_signature_which_the_story_does_not_tell)
{
	WORLD(w, 24);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	const struct ok_call *c;

	sign_all(&w);
	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	c = ok_until(&w, s, "UpdateFirmware");
	ck_assert_ptr_nonnull(strstr(c->payload, "c2lnbmF0dXJl"));
	ck_assert_ptr_nonnull(strstr(c->payload, "BEGIN CERTIFICATE"));
	ck_assert(ok_story_has(&w, s, "signingCertificate"));
	ck_assert(!ok_story_has(&w, s, "c2lnbmF0dXJl"));
}
END_TEST

START_TEST(feature_20_rejected_with_a_pointer_is_tried_once_with_the_new_request)
{
	WORLD(w, 25);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	s->update = "{\"status\":\"Rejected\",\"statusInfo\":{\"reasonCode\":\"UnsupportedRequest\","
		    "\"additionalInfo\":"
		    "\"use UpdateFirmwareComponents\"}}";
	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmwareComponents");
	ck_assert_ptr_nonnull(strstr(ok_last(&w, s, "UpdateFirmwareComponents")->payload, "\"default\""));
	ok_finish(&w, id);
	/* Refused again, that is the end: not back and forth. */
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 1);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmwareComponents"), 1);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "failed:rejected:UnsupportedRequest");
}
END_TEST

START_TEST(TC_L_04_TC_L_05_refusals_end_the_walk_with_their_word)
{
	static const char *const answers[][2] = {
		{ "{\"status\":\"RevokedCertificate\"}", "failed:revoked-certificate" },
		{ "{\"status\":\"InvalidCertificate\"}", "failed:invalid-certificate" },
		{ "{\"status\":\"Rejected\"}", "failed:rejected" },
		{ "!InternalError", "failed:call-error" },
	};

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		WORLD(w, 26);
		struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
		int64_t id;

		s->update = answers[i][0];
		ok_up(&w, s);
		id = ok_campaign(&w, "CS", 2);
		ok_finish(&w, id);
		ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), answers[i][1]);
	}
}
END_TEST

START_TEST(feature_25_the_security_event_joins_the_job_in_either_order)
{
	for (int before = 0; before < 2; before++) {
		WORLD(w, 27);
		struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

		ok_up(&w, s);
		ok_campaign(&w, "CS", 2);
		ok_until(&w, s, "UpdateFirmware");
		ok_status(&w, s, "Downloaded");
		for (int i = 0; i < 2; i++)
			if (i == before)
				ok_status(&w, s, "InvalidSignature");
			else
				ok_say(&w, s, "SecurityEventNotification",
				       "{\"type\":\"InvalidFirmwareSignature\",\"timestamp\":\"2026-11-20T23:"
				       "00:00Z\"}");
		ok_rounds(&w, 2, 10);
		ck_assert_str_eq(ok_job(&w, s, "update").reason, "invalid-signature");
		ck_assert_str_eq(ok_job(&w, s, "update").events, "[\"InvalidFirmwareSignature\"]");
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		feature_7_two_hops_are_walked_in_order_in_each_version,
		trap_believing_installed_the_version_must_be_seen,
		trap_sending_the_next_hop_while_the_previous_installed_is_still_in_flight,
		trap_assuming_boot_notification_after_each_reconnect,
		feature_14_installed_lost_is_inferred_from_the_boot,
		trap_assuming_firmware_version_exists_an_unknown_version_waits_and_is_asked_for,
		trap_expecting_accepted_before_the_first_status,
		TC_L_10_a_status_of_an_older_request_moves_nothing,
		feature_28_request_0_and_idle_without_an_id_are_taken,
		feature_13_retries_0_and_silence_end_after_the_watchdog_asked,
		trap_the_empty_1_6_answer_is_no_success,
		feature_8_not_supported_leads_to_the_signed_request_and_never_back,
		trap_sending_unsigned_to_certified_stations,
		signed_requests_carry_certificate_and_signature_which_the_story_does_not_tell,
		feature_20_rejected_with_a_pointer_is_tried_once_with_the_new_request,
		TC_L_04_TC_L_05_refusals_end_the_walk_with_their_word,
		feature_25_the_security_event_joins_the_job_in_either_order,
	};

	return STORES_RUN("ocpp_train", all, 300);
}
