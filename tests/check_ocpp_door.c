/* SPDX-License-Identifier: Apache-2.0 */
/* The door of charging stations, without a socket: handshakes, conversations, jobs, and what the runner makes
 * of them. Traps and features by the names that the list of them has. */
#include "charger_kit.h"

#include "base/json.h"
#include "db_fault.h"
#include "store/store_cycle.h"
#include "store/store_ledger.h"
#include "wire/ocpp.h"

static const char *const all_three[] = { "ocpp1.6", "ocpp2.0.1", "ocpp2.1", NULL };

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* ---- handshakes ---- */

START_TEST(feature_2_unknown_identities_are_404_wrong_passwords_401)
{
	WORLD(w, 1);
	static const struct {
		const char *path, *user, *pass;
		int status;
	} tries[] = {
		{ "/ocpp/CS1", "CS1", "pppppppppppppppppppp", 101 },
		{ "/ocpp/CS%31", "CS1", "pppppppppppppppppppp", 101 },
		{ "/ocpp/CS2", "CS2", "pppppppppppppppppppp", 404 },
		{ "/ocpp/", "CS1", "pppppppppppppppppppp", 404 },
		{ "/other/CS1", "CS1", "pppppppppppppppppppp", 404 },
		{ "/ocpp/CS1/x", "CS1", "pppppppppppppppppppp", 404 },
		{ "/ocpp/CS1%00", "CS1", "pppppppppppppppppppp", 404 },
		{ "/ocpp/CS1", "CS1", "pppppppppppppppppppq", 401 },
		{ "/ocpp/CS1", "CS1", "ppppppppppppppppppp", 401 },
		{ "/ocpp/CS1", "CSX", "pppppppppppppppppppp", 401 },
		{ "/ocpp/CS1", NULL, NULL, 401 },
	};

	ok_station(&w, "CS1", OCPP_201, "");
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		ck_assert_int_eq(
		    ok_hello(&w, tries[i].path, 1, tries[i].user, tries[i].pass, NULL, NULL, all_three, NULL),
		    tries[i].status);
}
END_TEST

START_TEST(feature_1_the_first_offer_that_is_spoken_here_is_chosen)
{
	WORLD(w, 2);
	static const struct {
		const char *offers[4], *chosen;
	} tries[] = { { { "ocpp2.1", "ocpp2.0.1", NULL }, "ocpp2.1" },
		      { { "ocpp1.6", "ocpp2.1", NULL }, "ocpp1.6" },
		      { { "ocpp9", "ocpp2.0.1", NULL }, "ocpp2.0.1" },
		      { { "ocpp2.0", "mqtt", NULL }, NULL },
		      { { NULL }, NULL } };

	ok_station(&w, "CS1", OCPP_201, "");
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		const char *chosen;

		ck_assert_int_eq(ok_hello(&w, "/ocpp/CS1", 1, "CS1", "pppppppppppppppppppp", NULL, NULL,
					  tries[i].offers, &chosen),
				 101);
		ck_assert(tries[i].chosen ? chosen && !strcmp(chosen, tries[i].chosen) : !chosen);
	}
}
END_TEST

START_TEST(feature_4_a_profile_is_never_lowered_and_certificates_name_the_station)
{
	WORLD(w, 3);

	ok_conf(&w, "ocpp_operator", "Operator");
	ok_door(&w, NULL);
	ok_station(&w, "CS2", OCPP_201, ",\"profile\":2");
	ok_station(&w, "CS3", OCPP_201, ",\"profile\":3,\"serial\":\"SN-3\"");
	/* A00.FR.005: below its profile it is refused, whatever it knows. */
	ck_assert_int_eq(
	    ok_hello(&w, "/ocpp/CS2", 1, "CS2", "pppppppppppppppppppp", NULL, NULL, all_three, NULL), 401);
	ck_assert_int_eq(ok_hello(&w, "/ocpp/CS2", 0, NULL, NULL, NULL, NULL, all_three, NULL), 401);
	ck_assert_int_eq(
	    ok_hello(&w, "/ocpp/CS2", 2, "CS2", "pppppppppppppppppppp", NULL, NULL, all_three, NULL), 101);
	ck_assert_int_eq(
	    ok_hello(&w, "/ocpp/CS3", 2, "CS3", "pppppppppppppppppppp", NULL, NULL, all_three, NULL), 401);
	ck_assert_int_eq(ok_hello(&w, "/ocpp/CS3", 3, NULL, NULL, "SN-3", "Operator", all_three, NULL), 101);
	ck_assert_int_eq(ok_hello(&w, "/ocpp/CS3", 3, NULL, NULL, "SN-3", "Other", all_three, NULL), 401);
	ck_assert_int_eq(ok_hello(&w, "/ocpp/CS3", 3, NULL, NULL, "CS3", "Operator", all_three, NULL), 401);
	ck_assert_int_eq(
	    ok_hello(&w, "/ocpp/CS3", 3, "CS3", "pppppppppppppppppppp", NULL, NULL, all_three, NULL), 401);
}
END_TEST

/* ---- conversations ---- */

START_TEST(nothing_is_answered_before_the_first_boot_notification)
{
	for (int v = OCPP_16; v <= OCPP_21; v++) {
		WORLD(w, 4);
		struct ok_station *s = ok_station(&w, "CS1", v, "");
		struct store_station row;

		ok_connect(&w, s);
		ok_round(&w, 10);
		ok_say(&w, s, "Heartbeat", "{}");
		ok_round(&w, 10);
		ck_assert_ptr_nonnull(strstr(s->answer, "SecurityError"));
		ck_assert_int_eq(w.nsaid, 0);
		ok_boot(&w, s, "PowerUp");
		ok_round(&w, 10);
		ck_assert_ptr_nonnull(strstr(s->answer, "\"Accepted\""));
		ck_assert_ptr_nonnull(strstr(s->answer, "\"currentTime\":\"2026-11-20T"));
		ok_rounds(&w, 6, 10);
		ok_say(&w, s, "Heartbeat", "{}");
		ck_assert_ptr_nonnull(strstr(s->answer, "currentTime")); /* on the spot, without a round */
		row = ok_row(&w, s);
		ck_assert_str_eq(row.node, "here");
		ck_assert_str_eq(row.firmware, "1.0");
		ck_assert_int_eq(row.boots, 1);
		ck_assert_int_eq(row.components, 0);
		ok_drop(&w, s);
		ok_round(&w, 10);
		ck_assert_str_eq(ok_row(&w, s).node, "");
	}
}
END_TEST

START_TEST(feature_5_one_call_is_out_and_late_answers_are_dropped)
{
	WORLD(w, 5);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t late = ocpp_door_counts(w.door).late_answers;
	const struct ok_call *c;
	char text[80];

	s->components = ""; /* it does not answer */
	ok_up(&w, s);
	ck_assert_int_eq(w.nsaid, 1); /* more is wanted, nothing else is sent */
	c = ok_last(&w, s, "GetFirmwareComponents");
	s->components = NULL;
	ok_rounds(&w, 3, 61000);
	ck_assert_int_gt(w.nsaid, 1);
	snprintf(text, sizeof text, "[3,\"%s\",{\"status\":\"Accepted\"}]", c->id);
	ok_raw(&w, s, text);
	ok_raw(&w, s, "[3,\"999999\",{}]");
	ok_raw(&w, s, "[4,\"x\",\"InternalError\",\"\",{}]");
	ok_round(&w, 10);
	ck_assert_int_eq(ocpp_door_counts(w.door).late_answers, late + 3);
	ck_assert_int_eq(s->closed, 0);
}
END_TEST

START_TEST(message_ids_are_unique_over_connections_and_restarts_of_the_service)
{
	WORLD(w, 6);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

	for (int i = 0; i < 3; i++) {
		ok_up(&w, s);
		if (i == 1)
			ok_door(&w, NULL);
		else
			ok_drop(&w, s);
		ok_rounds(&w, 2, 1000);
	}
	ck_assert_int_ge(w.nsaid, 4);
	for (int i = 0; i < w.nsaid; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(w.said[i].id, w.said[k].id);
}
END_TEST

START_TEST(a_second_connection_takes_the_place_of_the_first)
{
	WORLD(w, 7);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, ""), old;
	struct ws_handler h = ocpp_door_handler(w.door);

	ok_up(&w, s);
	old = *s;
	w.st[1] = old; /* the first one, as the wire sees it */
	w.n = 2;
	ok_connect(&w, s);
	ok_round(&w, 10);
	ck_assert_int_eq(w.st[1].closed, 1000);
	ck_assert_int_eq(s->closed, 0);
	h.closed(h.ctx, old.id, old.user, 1000, "replaced");
	w.n = 1;
	ok_round(&w, 10);
	ck_assert_str_eq(ok_row(&w, s).node, "here"); /* the end of the old one is not that of the new one */
	ck_assert_int_eq(ocpp_door_counts(w.door).stations, 1);
}
END_TEST

START_TEST(a_station_of_another_make_goes_into_quarantine)
{
	WORLD(w, 8);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

	ok_up(&w, s);
	ok_say(&w, s, "BootNotification",
	       "{\"reason\":\"PowerUp\",\"chargingStation\":{\"vendorName\":\"Watt\",\"model\":\"Two\"}}");
	ok_rounds(&w, 3, 10);
	ck_assert_ptr_nonnull(strstr(ok_row(&w, s).quarantine, "other hardware"));
	ck_assert_str_eq(ok_row(&w, s).vendor, OK_VENDOR);
	ck_assert_ptr_nonnull(strstr(s->answer, "Accepted"));
}
END_TEST

START_TEST(feature_20_default_beside_other_names_goes_into_quarantine)
{
	WORLD(w, 9);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_21, "");

	s->components = "{\"status\":\"Accepted\",\"firmwareComponent\":[{\"name\":\"default\",\"version\":"
			"\"1\",\"functionalRole\":"
			"\"Other\",\"legalStatus\":\"Unregulated\",\"hash\":{\"algorithm\":\"SHA256\","
			"\"value\":\"" ZEROS "\"}},{\"name\":"
			"\"Main\",\"version\":\"1\",\"functionalRole\":\"Other\",\"legalStatus\":"
			"\"Unregulated\",\"hash\":{"
			"\"algorithm\":\"SHA256\",\"value\":\"" ZEROS "\"}}]}";
	ok_up(&w, s);
	ck_assert_str_ne(ok_row(&w, s).quarantine, "");
}
END_TEST

START_TEST(what_the_story_tells_holds_no_secrets)
{
	WORLD(w, 10);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_16, "");

	ok_up(&w, s);
	ok_say(&w, s, "StartTransaction",
	       "{\"connectorId\":1,\"idTag\":\"SECRET-TAG\",\"meterStart\":0,\"timestamp\":\"2026-11-20T00:"
	       "00:00Z\"}");
	ok_rounds(&w, 2, 10);
	ck_assert(ok_story_has(&w, s, "StartTransaction"));
	ck_assert(!ok_story_has(&w, s, "SECRET-TAG"));
	ck_assert(!ok_story_has(&w, s, "Heartbeat"));
}
END_TEST

/* ---- gates ---- */

START_TEST(TC_L_13_nothing_starts_during_a_transaction)
{
	WORLD(w, 28);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	ok_say(&w, s, "TransactionEvent",
	       "{\"eventType\":\"Started\",\"timestamp\":\"2026-11-20T00:00:00Z\",\"triggerReason\":"
	       "\"CablePluggedIn\","
	       "\"seqNo\":0,\"transactionInfo\":{\"transactionId\":\"t1\"},\"evse\":{\"id\":1}}");
	ok_rounds(&w, 2, 10);
	ck_assert_int_eq(ok_row(&w, s).transactions, 1);
	id = ok_campaign(&w, "CS", 2);
	ok_rounds(&w, 40, 5000);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
	ck_assert_ptr_nonnull(strstr(kit_phase(&w.k, id, "CS1", phase), "not-now:transaction"));
	/* Its end got lost; the connector is free (feature 15: no try was used up). */
	ok_say(&w, s, "StatusNotification",
	       "{\"timestamp\":\"2026-11-20T00:00:00Z\",\"connectorStatus\":\"Available\",\"evseId\":1,"
	       "\"connectorId\":1}");
	ok_rounds(&w, 2, 10);
	ck_assert_int_eq(ok_row(&w, s).transactions, 0);
	w.k.now += 400000;
	ok_until(&w, s, "UpdateFirmware");
	/* trap: Unavailable while updating is no fault. */
	ok_say(&w, s, "StatusNotification",
	       "{\"timestamp\":\"2026-11-20T00:00:00Z\",\"connectorStatus\":\"Unavailable\",\"evseId\":1,"
	       "\"connectorId\":1}");
	ok_install(&w, s, "2.0");
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
}
END_TEST

START_TEST(a_job_waits_when_a_driver_comes_between_decision_and_sending)
{
	WORLD(w, 29);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");

	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	for (int i = 0; i < 50; i++) {
		struct walk k;
		struct err e;
		bool got;

		ck_ok(store_walk_of_name(w.k.db, "CS1", &got, &k, &e));
		if (k.command == BBUM_CMD_REQUEST_UPDATE)
			break;
		ok_round(&w, 250);
	}
	ok_sql(&w, "INSERT INTO station_busy (site_id, kind, ref, evse, began_at) SELECT site_id, "
		   "'transaction', 'x', 1, 1 "
		   "FROM station; UPDATE station SET transactions = 1");
	ok_rounds(&w, 20, 250);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
}
END_TEST

START_TEST(feature_15_download_scheduled_does_not_burn_the_watchdog)
{
	WORLD(w, 30);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	ok_status(&w, s, "DownloadScheduled");
	ok_rounds(&w, 100, 3600000); /* four days of charging */
	ck_assert_str_eq(ok_job(&w, s, "update").state, "scheduled");
	ok_install(&w, s, "2.0");
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
}
END_TEST

START_TEST(an_offline_station_is_no_failure)
{
	WORLD(w, 31);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id;

	ok_up(&w, s);
	ok_drop(&w, s);
	ok_round(&w, 10);
	id = ok_campaign(&w, "CS", 2);
	ok_rounds(&w, 50, 60000);
	ck_assert_ptr_nonnull(strstr(kit_phase(&w.k, id, "CS1", phase), "not-now:offline"));
	/* It is back: nobody waits for the end of a back-off. */
	ok_up(&w, s);
	ok_rounds(&w, 20, 250);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 1);
	ok_install(&w, s, "2.0");
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
}
END_TEST

/* ---- local controllers ---- */

START_TEST(feature_18_the_controller_publishes_first_and_unpublish_waits_on_download_ongoing)
{
	WORLD(w, 32);
	struct ok_station *c = ok_station(&w, "LC1", OCPP_201, "");
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, ",\"controller\":\"LC1\"");
	const struct ok_call *call;
	int64_t id;

	ok_up(&w, c);
	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	call = ok_until(&w, c, "PublishFirmware");
	ck_assert_ptr_nonnull(strstr(call->payload, "00000000000000000000000000000002")); /* trap: MD5 */
	ok_say(&w, c, "PublishFirmwareStatusNotification", "{\"status\":\"Downloading\",\"requestId\":%d}",
	       (int)ok_job(&w, c, "publish").request_id);
	ok_rounds(&w, 30, 1000);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
	ok_say(&w, c, "PublishFirmwareStatusNotification",
	       "{\"status\":\"Published\",\"requestId\":%d,\"location\":[\"sftp://lc/x\",\"http://lc.local/"
	       "x\"]}",
	       (int)ok_job(&w, c, "publish").request_id);
	ok_sql(&w, "UPDATE station SET transfer = 'HTTP HTTPS'");
	ok_until(&w, s, "UpdateFirmware");
	ck_assert_str_eq(s->location, "http://lc.local/x");
	ck_assert_int_eq(ok_count(&w, c, "PublishFirmware"), 1);
	ok_install(&w, s, "2.0");
	ok_finish(&w, id);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
	c->unpublish = "{\"status\":\"DownloadOngoing\"}";
	ok_until(&w, c, "UnpublishFirmware");
	ok_rounds(&w, 2, 10);
	ck_assert_str_eq(ok_job(&w, c, "unpublish").state, "ready");
	c->unpublish = NULL;
	ok_until(&w, c, "UnpublishFirmware");
	ok_rounds(&w, 3, 10);
	ck_assert_str_eq(ok_job(&w, c, "unpublish").state, "unpublished");
	ck_assert_str_eq(ok_job(&w, c, "publish").state, "unpublished");
	ok_rounds(&w, 30, 10000);
	ck_assert_int_eq(ok_count(&w, c, "UnpublishFirmware"), 2);
}
END_TEST

START_TEST(TC_L_19_a_bad_checksum_at_the_controller_fails_the_job_of_the_station)
{
	WORLD(w, 33);
	struct ok_station *c = ok_station(&w, "LC1", OCPP_201, "");
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, ",\"controller\":\"LC1\"");
	int64_t id;

	ok_up(&w, c);
	ok_up(&w, s);
	id = ok_campaign(&w, "CS", 2);
	ok_until(&w, c, "PublishFirmware");
	ok_say(&w, c, "PublishFirmwareStatusNotification",
	       "{\"status\":\"InvalidChecksum\",\"requestId\":%d}", (int)ok_job(&w, c, "publish").request_id);
	for (int i = 0; i < 100 && kit_state(&w.k, id).ended_at < 0; i++)
		ok_round(&w, 5000);
	ck_assert_str_eq(ok_job(&w, c, "publish").reason, "invalid-checksum");
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 0);
	ck_assert_ptr_nonnull(strstr(kit_phase(&w.k, id, "CS1", phase), "not-published"));
}
END_TEST

/* ---- faults ---- */

/* A station that does what it is asked, whoever asks. */
static void play(struct ok_world *w, struct ok_station *s, int64_t *played)
{
	if (!s->id) {
		ok_connect(w, s);
		ok_boot(w, s, "PowerUp");
	}
	if (s->request > *played) {
		char runs[16];
		const char *hash = strstr(s->location, "/ocpp/firmware/");
		int is = 0;

		for (int v = 1; v <= OK_VERSIONS && hash; v++) {
			char text[40], hex[SHA256_HEX];
			uint8_t raw[SHA256_LEN];

			snprintf(text, sizeof text, "firmware %d", v);
			sha256_of(text, strlen(text), raw);
			hex_text(raw, sizeof raw, hex);
			if (!strncmp(hash + 15, hex, 64))
				is = v;
		}
		ck_assert_int_gt(is, 0);
		/* Each installation is the next hop of the chain: nothing is skipped or done twice. */
		snprintf(runs, sizeof runs, "%d.0", is);
		if (strcmp(runs, s->runs) != 0)
			ck_assert_int_eq(is, s->runs[0] - '0' + 1);
		*played = s->request;
		ok_say(w, s, "FirmwareStatusNotification", "{\"status\":\"Installed\",\"requestId\":%d}",
		       (int)s->request);
		str_copy(s->runs, sizeof s->runs, runs);
		ok_boot(w, s, "FirmwareUpdate");
	}
}

START_TEST(feature_27_a_fault_at_every_driver_call_loses_and_doubles_nothing)
{
	for (int n = 0;; n += _i == STORE_PG ? 83 : 13) {
		WORLD(w, 34);
		struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
		struct db *db = db_fault_wrap(open_store(w.k.dsn), n);
		int64_t id = 0, played = 0;

		ok_up(&w, s); /* what it runs is known */
		ok_door(&w, db);
		w.dead = ocpp_door_recover(w.door, &(struct err){ .code = OK }) != OK;
		id = ok_campaign(&w, "CS", 3);
		for (int i = 0; i < 400 && kit_state(&w.k, id).ended_at < 0; i++) {
			if (w.dead) /* the process is gone, with what it remembered */
				ok_door(&w, NULL);
			ok_round(&w, i % 10 == 9 ? 30000 : 250);
			if (!w.dead)
				play(&w, s, &played);
		}
		ck_assert_msg(kit_state(&w.k, id).state == CAMPAIGN_DONE, "fault %d: %s", n,
			      kit_phase(&w.k, id, "CS1", phase));
		ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
		ck_assert_str_eq(s->runs, "3.0");
		ck_assert_int_eq(kit_state(&w.k, id).n_hops, 2);
		kit_consistent(&w.k, id);
		if (n > (_i == STORE_PG ? 400 : 900))
			break;
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		feature_2_unknown_identities_are_404_wrong_passwords_401,
		feature_1_the_first_offer_that_is_spoken_here_is_chosen,
		feature_4_a_profile_is_never_lowered_and_certificates_name_the_station,
		nothing_is_answered_before_the_first_boot_notification,
		feature_5_one_call_is_out_and_late_answers_are_dropped,
		message_ids_are_unique_over_connections_and_restarts_of_the_service,
		a_second_connection_takes_the_place_of_the_first,
		a_station_of_another_make_goes_into_quarantine,
		feature_20_default_beside_other_names_goes_into_quarantine,
		what_the_story_tells_holds_no_secrets,
		TC_L_13_nothing_starts_during_a_transaction,
		a_job_waits_when_a_driver_comes_between_decision_and_sending,
		feature_15_download_scheduled_does_not_burn_the_watchdog,
		an_offline_station_is_no_failure,
		feature_18_the_controller_publishes_first_and_unpublish_waits_on_download_ongoing,
		TC_L_19_a_bad_checksum_at_the_controller_fails_the_job_of_the_station,
		feature_27_a_fault_at_every_driver_call_loses_and_doubles_nothing,
	};

	return STORES_RUN("ocpp_door", all, 300);
}
