/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the DCC as they are posted, and certificates that end: over the kit of the door of meters. */
#include "base/file.h"
#include "base/parse.h"
#include "db_fault.h"
#include "dcc_kit.h"
#include "duis_kit.h"
#include "p256_kit.h"
#include "stores.h"

/* A response to our user, made at that time, signed by the DCC. */
static void document(struct mk_world *w, int counter, int64_t at, struct str *out)
{
	OWN(p256_free) struct p256_key *key = NULL;
	OWN(p256_cert_free) struct p256_cert *cert = NULL;
	char path[300], text[2000], time[TIME_TEXT];
	struct err e;

	snprintf(path, sizeof path, "%s/dcc.key", w->dir);
	ck_ok(p256_open(path, &key, &e));
	snprintf(path, sizeof path, "%s/dcc.pem", w->dir);
	ck_ok(p256_cert_load(path, &cert, &e));
	time_text(at + 1, time); /* with milliseconds, as the DCC writes it */
	snprintf(text, sizeof text,
		 "<sr:Response xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\" "
		 "schemaVersion=\"5.4\"><sr:Header>"
		 "<sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:%d</sr:RequestID>"
		 "<sr:ResponseID>00-DB-12-34-56-78-90-A0:90-B3-D5-1F-30-01-00-00:%d</sr:ResponseID>"
		 "<sr:ResponseCode>I0</sr:ResponseCode><sr:ResponseDateTime>%s</sr:ResponseDateTime></"
		 "sr:Header><sr:Body>"
		 "<sr:ResponseMessage><sr:ServiceReference>11.2</"
		 "sr:ServiceReference><sr:ServiceReferenceVariant>11.2"
		 "</sr:ServiceReferenceVariant></sr:ResponseMessage></sr:Body></sr:Response>",
		 counter, counter, time);
	kit_sign(text, key, cert, KIT_NO_MISTAKE, out);
}

START_TEST(a_message_that_could_not_be_kept_is_said_so_and_taken_when_it_comes_again)
{
	WORLD(w, 1);
	struct db *db = db_fault_wrap(open_store(w.k.dsn), -1);
	STR(text, 8 * KIB);
	struct err e;

	mk_door(&w, db);
	document(&w, 1, w.k.now, &text);
	db_fault_arm(db, 0);
	ck_assert(dcc_door_take(w.door, str_c(&text), text.len, &e) != OK);
	ck_assert_int_eq(err_info(e.code)->http / 100,
			 5); /* never a refusal: the DCC would not say it again */
	db_fault_arm(db, -1);
	for (int i = 0; i < 3; i++)
		ck_ok(dcc_door_take(w.door, str_c(&text), text.len, &e));
	ck_assert_int_eq(dcc_door_counts(w.door).doubled, 2);
	ck_assert_int_ge(dcc_door_counts(w.door).messages, 1);
}
END_TEST

START_TEST(T20_the_guard_against_replays_is_as_wide_as_it_is_set)
{
	WORLD(w, 2);
	struct err e;

	mk_conf(&w, "dcc_message_age", "10m");
	mk_door(&w, NULL);
	for (int minute = -12; minute <= 12; minute++) {
		STR(text, 8 * KIB);
		bool good = minute >= -9 && minute <= 9;

		if (minute == 10 || minute == -10)
			continue;
		document(&w, 100 + minute, w.k.now + minute * 60000, &text);
		ck_assert_msg(dcc_door_take(w.door, str_c(&text), text.len, &e) == (good ? OK : ERR_INVALID),
			      "%d", minute);
	}
	ck_assert_int_eq(dcc_door_counts(w.door).refused_replay, 4);
	ck_assert_int_eq(dcc_door_counts(w.door).messages, 19);
}
END_TEST

/* The pair of XML keys again, valid until then. */
static void renew(struct mk_world *w, int64_t until)
{
	char key[300], cert[300];

	snprintf(key, sizeof key, "%s/xml.key", w->dir);
	snprintf(cert, sizeof cert, "%s/xml.pem", w->dir);
	kit_key(key);
	kit_cert(cert, key,
		 &(struct kit_cert){ .issuer_cn = "Z1",
				     .issuer_ou = "07",
				     .ou = "87",
				     .eui = MK_USER,
				     .serial = 78,
				     .from = KIT_START / 1000 - 86400,
				     .until = until / 1000 });
}

START_TEST(nothing_is_signed_with_a_certificate_that_ended_and_walks_go_on_with_the_next_one)
{
	WORLD(w, 3);
	struct mk_meter *m;
	struct err e;
	int64_t id;
	int said;

	renew(&w, w.k.now + 3600000);
	mk_door(&w, NULL);
	m = mk_meter(&w, "ESME", 1);
	m->no_alerts = true;
	id = mk_campaign(&w, 2);
	mk_until(&w, "11.1", 0, NULL);
	mk_rounds(&w, 3, 1000);
	w.k.now += 2 * 3600000; /* it ended while the service ran */
	said = w.nsaid;
	m->holds = 2;
	mk_say_image(&w, m, true, 2);
	mk_rounds(&w, 60, 60000);
	ck_assert_int_eq(w.nsaid, said);
	ck_assert_str_eq(mk_job(&w, m).reason, "no-dcc-user");
	renew(&w, w.k.now + 86400000);
	ck_ok(dcc_door_reload(w.door, &e));
	w.k.now += 900000; /* it looks again now and then */
	mk_finish(&w, id);
	ck_assert_msg(m->runs == 2, "%s %s %s", mk_job(&w, m).state, mk_job(&w, m).reason,
		      mk_job(&w, m).detail);
	ck_assert_int_eq(m->activations, 1);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_message_that_could_not_be_kept_is_said_so_and_taken_when_it_comes_again,
		T20_the_guard_against_replays_is_as_wide_as_it_is_set,
		nothing_is_signed_with_a_certificate_that_ended_and_walks_go_on_with_the_next_one
	};

	return STORES_RUN("dcc in", all, 60);
}
