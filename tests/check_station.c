/* SPDX-License-Identifier: Apache-2.0 */
/* Charging stations: registration, wishes, gates, the rule for version texts, the end. */
#include "station_kit.h"

#include "model/version_rule.h"

/* ---- registration ---- */

START_TEST(a_station_is_a_site_with_one_device_whose_component_is_default)
{
	KIT(k, 1);
	char text[200];
	int64_t before = audits(&k);

	add(&k, "{\"identity\":\"CS*1=+|@._-\",\"password\":\"0123456789abcdef\",\"vendor\":\"V\",\"model\":"
		"\"M\"}");
	ck_assert_str_eq(DEVICE("CS*1=+|@._-"), "-/not-reported/default/nobody");
	ck_assert_int_eq(audits(&k), before + 1);
	ck_assert_int_eq(station(&k, "CS*1=+|@._-").profile, 1);
	/* The same again changes nothing, leaves no audit row, and no new number for the door. */
	add(&k, "{\"identity\":\"CS*1=+|@._-\",\"password\":\"0123456789abcdef\"}");
	ck_assert_int_eq(audits(&k), before + 1);
	ck_assert_int_eq(station(&k, "CS*1=+|@._-").change, 1);
	add(&k, "{\"identity\":\"CS*1=+|@._-\",\"area\":\"north\"}");
	ck_assert_int_eq(station(&k, "CS*1=+|@._-").change, 2);
	ck_assert_str_eq(station(&k, "CS*1=+|@._-").vendor, "V");
}
END_TEST

START_TEST(what_is_wrong_with_a_station_is_said_with_its_place)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{ "{}", "/identity" },
		{ "{\"identity\":\"\"}", "/identity" },
		{ "{\"identity\":\"a:b\",\"profile\":0}", "/identity" },
		{ "{\"identity\":\".a\",\"profile\":0}", "/identity" },
		{ "{\"identity\":\"a/b\",\"profile\":0}", "/identity" },
		{ "{\"identity\":\"1234567890123456789012345678901234567890123456789\",\"profile\":0}",
		  "/identity" },
		{ "{\"identity\":\"a\"}", "/password" },
		{ "{\"identity\":\"a\",\"profile\":2}", "/password" },
		{ "{\"identity\":\"a\",\"password\":\"0123456789abcde\"}", "/password" },
		{ "{\"identity\":\"a\",\"password\":\"01234567890123456789012345678901234567890\"}",
		  "/password" },
		{ "{\"identity\":\"a\",\"key\":\"00112233445566778899AABBCCDDEE\"}", "/key" },
		{ "{\"identity\":\"a\",\"key\":\"00112233445566778899AABBCCDDEEFG\"}", "/key" },
		{ "{\"identity\":\"a\",\"key\":\"00112233445566778899AABBCCDDEEFF0011223344\"}", "/key" },
		{ "{\"identity\":\"a\",\"key\":\"generate\",\"password\":\"generate\"}", "/key" },
		{ "{\"identity\":\"a\",\"profile\":4}", "/profile" },
		{ "{\"identity\":\"a\",\"profile\":0,\"timezone\":\"Europe/Londn\"}", "/timezone" },
		{ "{\"identity\":\"a\",\"profile\":0,\"windows\":\"mo 25:00-26:00\"}", "/windows" },
		{ "{\"identity\":\"a\",\"profile\":0,\"rejected_rule\":\"never\"}", "/rejected_rule" },
		{ "{\"identity\":\"a\",\"profile\":0,\"version_rule\":\"{A}{B}\"}", "/version_rule" },
		{ "{\"identity\":\"a\",\"profile\":0,\"controller\":\"a\"}", "/controller" },
		{ "{\"identity\":\"a\",\"profile\":0,\"colour\":\"red\"}", "/colour" },
	};
	KIT(k, 2);
	int64_t before = audits(&k);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		add_refused(&k, bad[i].text,
			    !strcmp(bad[i].where, "/timezone") || !strcmp(bad[i].where, "/windows") ||
				    !strcmp(bad[i].where, "/version_rule")
				? ERR_INVALID
				: ERR_JSON_FIELD,
			    bad[i].where);
	add_refused(&k, "{\"identity\":\"a\",\"profile\":0,\"controller\":\"nobody\"}", ERR_NOT_FOUND,
		    "/controller");
	ck_assert_int_eq(audits(&k), before);
}
END_TEST

START_TEST(a_password_is_kept_as_a_salted_hash_and_a_key_may_hold_any_byte)
{
	static const unsigned char key[] = { 0, 0x3a, 0xff, 10, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	KIT(k, 3);
	struct store_station a, b;

	add(&k, "{\"identity\":\"a\",\"password\":\"correct horse battery\"}");
	add(&k, "{\"identity\":\"b\",\"password\":\"correct horse battery\"}");
	add(&k, "{\"identity\":\"c\",\"key\":\"003AFF0A0405060708090a0b0c0d0e0f\"}");
	a = station(&k, "a");
	b = station(&k, "b");
	ck_assert_str_ne(a.secret, b.secret);
	ck_assert(station_secret_ok(a.salt, a.secret, "correct horse battery", 21));
	ck_assert(!station_secret_ok(a.salt, a.secret, "correct horse batterz", 21));
	ck_assert(!station_secret_ok(a.salt, a.secret, "", 0));
	ck_assert(!station_secret_ok(b.salt, a.secret, "correct horse battery", 21));
	ck_assert(!station_secret_ok(NULL, NULL, "", 0));
	ck_assert(!station_secret_ok("", "", "", 0));
	a = station(&k, "c");
	ck_assert(station_secret_ok(a.salt, a.secret, key, sizeof key));
	ck_assert(!station_secret_ok(a.salt, a.secret, key, sizeof key - 1));
}
END_TEST

START_TEST(a_generated_password_is_shown_once_and_works)
{
	OWN(json_free) struct json *j = NULL;
	struct err e = { 0 };
	KIT(k, 4);
	STR(secret, KIB);
	struct store_station st;
	const char *made_up;
	bool made;

	ck_assert(
	    add_try(&k, SCOPE_ALL, "{\"identity\":\"a\",\"password\":\"generate\"}", &made, &secret, &e));
	ck_assert(made);
	ck_ok(json_parse(str_c(&secret), secret.len, &j, &e));
	made_up = json_text(json_get(j, "password"));
	ck_assert_uint_eq(strlen(made_up), 32);
	st = station(&k, "a");
	ck_assert(station_secret_ok(st.salt, st.secret, made_up, strlen(made_up)));
	/* Where it cannot be shown it is not made. */
	ck_assert(!add_try(&k, SCOPE_ALL, "{\"identity\":\"b\",\"key\":\"generate\"}", &made, NULL, &e));
}
END_TEST

START_TEST(a_list_of_stations_is_taken_whole_or_not_at_all)
{
	static const char good[] = "{\"identity\":\"a\",\"profile\":0}\n\n{\"identity\":\"b\",\"profile\":0,"
				   "\"controller\":\"a\"}\r\n";
	static const char bad[] = "{\"identity\":\"c\",\"profile\":0}\n{\"identity\":\"d\"}\n";
	KIT(k, 5);
	struct actor who = kit_who(&k);
	struct station_counts n;
	struct err e;
	bool got;
	int64_t site;

	ck_ok(station_import(k.db, SCOPE_ALL, &who, &k.rnd, good, sizeof good - 1, &n, NULL, &e));
	ck_assert_int_eq(n.rows, 2);
	ck_assert_int_eq(n.added, 2);
	ck_assert_str_eq(station(&k, "b").controller, "a");
	ck_assert_int_ne(station_import(k.db, SCOPE_ALL, &who, &k.rnd, bad, sizeof bad - 1, &n, NULL, &e),
			 OK);
	ck_assert_int_eq(e.line, 2);
	ck_ok(store_station_site(k.db, "c", &got, &site, &e));
	ck_assert(!got);
}
END_TEST

START_TEST(T34_the_station_of_another_organisation_is_not_there_and_its_identity_is_taken)
{
	const struct scope mine = { 11, 11 }, theirs = { 12, 12 };
	KIT(k, 6);
	struct actor who = kit_who(&k);
	struct err e = { 0 };
	STR(out, MIB);
	bool made;

	ck_assert(add_try(&k, mine, "{\"identity\":\"a\",\"profile\":0}", &made, NULL, &e));
	ck_assert(!add_try(&k, theirs, "{\"identity\":\"a\",\"profile\":0}", &made, NULL, &e));
	ck_assert_int_eq(e.code, ERR_CONFLICT);
	ck_assert_int_eq(station_json(k.db, theirs, kit_snap(&k), "a", k.now, &out, &e), ERR_NOT_FOUND);
	ck_assert_int_eq(station_remove(k.db, theirs, &who, "a", &e), ERR_NOT_FOUND);
	ck_assert_int_eq(station_chain(k.db, theirs, "a", &out, &e), ERR_NOT_FOUND);
	ck_assert(
	    !add_try(&k, theirs, "{\"identity\":\"b\",\"profile\":0,\"controller\":\"a\"}", &made, NULL, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	out.len = 0;
	ck_ok(station_json(k.db, mine, kit_snap(&k), "a", k.now, &out, &e));
}
END_TEST

START_TEST(what_is_no_station_does_not_become_one_and_inventories_do_not_touch_stations)
{
	struct err e = { 0 };
	KIT(k, 7);
	struct actor who = kit_who(&k);
	struct fleet_counts n;
	bool made;
	static const char *const lists[] = { "name,adapter\nx,ocpp\n", "name,site\nCS,other\n" };

	kit_import(&k, "name,site\nmeter,house\n");
	ck_assert(!add_try(&k, SCOPE_ALL, "{\"identity\":\"house\",\"profile\":0}", &made, NULL, &e));
	ck_assert_int_eq(e.code, ERR_CONFLICT);
	ck_assert(!add_try(&k, SCOPE_ALL, "{\"identity\":\"meter\",\"profile\":0}", &made, NULL, &e));
	ck_assert_int_eq(e.code, ERR_CONFLICT);
	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_ne(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who, FLEET_CSV, lists[i],
					      strlen(lists[i]), &n, &e),
				 OK);
	ck_assert_int_eq(fleet_give(k.db, SCOPE_ALL, &who, "CS", 5, &e), ERR_CONFLICT);
}
END_TEST

START_TEST(the_door_reads_keys_by_the_number_of_their_change)
{
	KIT(k, 8);
	OWN(rows_done) struct rows *r = NULL;
	struct actor who = kit_who(&k);
	struct store_station_key key;
	struct err e;
	bool got;

	add(&k, "{\"identity\":\"a\",\"profile\":0}");
	add(&k, "{\"identity\":\"b\",\"profile\":3,\"serial\":\"SN-1\"}");
	add(&k, "{\"identity\":\"a\",\"password\":\"0123456789abcdef\"}");
	ck_ok(station_remove(k.db, SCOPE_ALL, &who, "b", &e));
	ck_ok(store_station_keys(k.db, 0, 10, &r, &e));
	ck_ok(store_station_key_next(r, &key, &got, &e));
	ck_assert(got && !strcmp(key.identity, "a") && key.change == 3 && key.secret);
	ck_ok(store_station_key_next(r, &key, &got, &e));
	ck_assert(got && !strcmp(key.identity, "b") && key.change == 4 && key.site_id == 0);
	ck_ok(store_station_key_next(r, &key, &got, &e));
	ck_assert(!got);
}
END_TEST

/* ---- wishes, gates, the end ---- */

START_TEST(a_wish_is_asked_once_until_it_ended)
{
	static const char *const bad[] = { "{}", "{\"command\":\"rest\"}",
					   "{\"command\":\"reset\",\"when\":\"later\"}",
					   "{\"command\":\"publish-firmware\"}",
					   "{\"command\":\"report\",\"when\":\"now\"}" };
	KIT(k, 18);
	OWN(json_free) struct json *j = NULL, *first = NULL, *second = NULL;
	struct actor who = kit_who(&k);
	STR(a, KIB);
	STR(b, KIB);
	struct err e;
	int64_t before;
	TX(tx);

	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	before = audits(&k);
	ck_ok(json_parse("{\"command\":\"reset\",\"when\":\"idle\"}", 33, &j, &e));
	ck_ok(station_command(k.db, SCOPE_ALL, &who, "CS", j, &a, &e));
	ck_ok(station_command(k.db, SCOPE_ALL, &who, "CS", j, &b, &e));
	ck_assert_str_eq(str_c(&a), str_c(&b));
	ck_assert_int_eq(audits(&k), before + 1);
	ck_ok(json_parse(str_c(&a), a.len, &first, &e));
	ck_ok(tx_begin(&tx, k.db, true, &e));
	ck_ok(store_wish_set(k.db, json_int(json_get(first, "id"), 0), "done", "Accepted", k.now, &e));
	ck_ok(tx_keep(&tx, &e));
	str_clear(&b);
	ck_ok(station_command(k.db, SCOPE_ALL, &who, "CS", j, &b, &e));
	ck_ok(json_parse(str_c(&b), b.len, &second, &e));
	ck_assert_int_ne(json_int(json_get(first, "id"), 0), json_int(json_get(second, "id"), 0));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		OWN(json_free) struct json *body = NULL;

		ck_ok(json_parse(bad[i], strlen(bad[i]), &body, &e));
		ck_assert_int_eq(station_command(k.db, SCOPE_ALL, &who, "CS", body, &b, &e), ERR_JSON_FIELD);
	}
}
END_TEST

START_TEST(a_station_that_leaves_takes_everything_with_it_but_the_audit)
{
	KIT(k, 19);
	struct actor who = kit_who(&k);
	char text[200];
	struct err e;

	add(&k, "{\"identity\":\"LC\",\"profile\":0}");
	add(&k, "{\"identity\":\"CS\",\"profile\":0,\"controller\":\"LC\"}");
	SAYS("CS", { "a", "1", NULL });
	ck_assert_int_eq(station_remove(k.db, SCOPE_ALL, &who, "LC", &e), ERR_CONFLICT);
	ck_ok(station_remove(k.db, SCOPE_ALL, &who, "CS", &e));
	ck_assert_str_eq(DEVICE("CS"), "none");
	ck_assert_str_eq(DEVICE("CS:a"), "none");
	ck_ok(station_remove(k.db, SCOPE_ALL, &who, "LC", &e));
	add(&k, "{\"identity\":\"CS\",\"profile\":0}");
	audits(&k);
}
END_TEST

#define MIDNIGHT INT64_C(1795132800000) /* 2026-11-20T00:00:00Z */

START_TEST(feature_15_gates_say_why_and_when_they_open)
{
	struct windows night;
	struct err e;
	struct gate_ask ask = {
		.quarantine = "", .area = "", .area_room = -1, .connected = true, .now = MIDNIGHT
	};
	struct gate_answer a;

	ck_ok(windows_parse("mo-su 01:00-05:00", &night, &e));
	gate_judge(&ask, &a);
	ck_assert_int_eq(a.gate, GATE_OPEN);
	ck_assert_int_eq(a.opens_at, -1);
	ask.windows = &night; /* it is midnight */
	gate_judge(&ask, &a);
	ck_assert_int_eq(a.gate, GATE_WINDOW);
	ck_assert_int_eq(a.opens_at, MIDNIGHT + 3600000);
	ask.now += 3600000;
	gate_judge(&ask, &a);
	ck_assert_int_eq(a.gate, GATE_OPEN);
	ck_assert_int_eq(a.opens_at, MIDNIGHT + 5 * 3600000);
	ask.area = "north";
	ask.area_room = 0;
	gate_judge(&ask, &a);
	ck_assert_str_eq(gate_text[a.gate], "not-now:area");
	ask.reservations = 1;
	gate_judge(&ask, &a);
	ck_assert_str_eq(gate_text[a.gate], "not-now:reservation");
	ask.transactions = 2;
	gate_judge(&ask, &a);
	ck_assert_str_eq(gate_text[a.gate], "not-now:transaction");
	ck_assert(strstr(a.text, "2 transactions"));
	ask.connected = false;
	gate_judge(&ask, &a);
	ck_assert_str_eq(gate_text[a.gate], "not-now:offline");
	ask.quarantine = "because";
	gate_judge(&ask, &a);
	ck_assert_str_eq(gate_text[a.gate], "quarantine");
}
END_TEST

/* ---- the rule for version texts ---- */

START_TEST(version_rules_read_what_fits_and_guess_nothing)
{
	static const struct {
		const char *rule, *text, *found; /* NULL = does not fit */
	} cases[] = {
		{ "MCC {MCC}; SCC [{SCC}, *]", "MCC 1.2.0; SCC [0.12.0, 0.13.0]", "MCC=1.2.0 SCC=0.12.0" },
		{ "MCC {MCC}; SCC [{SCC}, *]", "MCC 1.2.0; SCC [0.12.0]", NULL },
		{ "MCC {MCC}; SCC [{SCC}, *]", "XMCC 1.2.0; SCC [0.12.0, 0.13.0]", NULL },
		{ "MCC {MCC}; SCC [{SCC}, *]", "MCC 1.2.0; SCC [0.12.0, 0.13.0] ", NULL },
		{ "MCC {MCC}; SCC [{SCC}, *]", "", NULL },
		{ "{A}-{B}", "1-2-3", "A=1 B=2-3" },
		{ "{A}-{B}", "-2", NULL },
		{ "{A}-{B}", "1-", NULL },
		{ "{A}-", "1-2-", "A=1-2" },
		{ "*/{A}", "x/y", "A=y" },
		{ "*/{A}", "/y", "A=y" },
		{ "{A}/*", "y/", "A=y" },
		{ "\\{{A}\\}", "{1}", "A=1" },
		{ "a\\*{A}", "a*7", "A=7" },
		{ "{A} {B}", "1  2", NULL },
		{ "v{A}", "v123456789012345678901234567890123456789012345678901", NULL },
		{ "v{A}w", "vw", NULL },
		{ "{A}w", "w", NULL },
		{ "ab{A}", "a", NULL },
	};
	static const char *const bad[] = {
		"",          "text",
		"*",         "{A}{B}",
		"{A}*",      "**{A}",
		"{A",        "{}",
		"}",         "{A}-{A}",
		"{default}", "{A}\\",
		"{{A}}",     "{123456789012345678901234567890123456789012345678901}"
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct version_rule_found f = { .n = -1 };
		char got[400] = "";
		struct err e;

		ck_ok(version_rule_check(cases[i].rule, &e));
		if (version_rule_apply(cases[i].rule, cases[i].text, &f))
			for (int n = 0; n < f.n; n++)
				snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s=%s", n ? " " : "",
					 f.v[n].name, f.v[n].version);
		else
			ck_assert_int_eq(f.n, -1);
		ck_assert_msg(cases[i].found ? !strcmp(got, cases[i].found) : f.n == -1,
			      "'%s' reads '%s' as '%s'", cases[i].rule, cases[i].text, got);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e;

		ck_assert_msg(version_rule_check(bad[i], &e) == ERR_INVALID, "'%s' was taken", bad[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_station_is_a_site_with_one_device_whose_component_is_default,
		what_is_wrong_with_a_station_is_said_with_its_place,
		a_password_is_kept_as_a_salted_hash_and_a_key_may_hold_any_byte,
		a_generated_password_is_shown_once_and_works,
		a_list_of_stations_is_taken_whole_or_not_at_all,
		T34_the_station_of_another_organisation_is_not_there_and_its_identity_is_taken,
		what_is_no_station_does_not_become_one_and_inventories_do_not_touch_stations,
		the_door_reads_keys_by_the_number_of_their_change,
		a_wish_is_asked_once_until_it_ended,
		a_station_that_leaves_takes_everything_with_it_but_the_audit,
		feature_15_gates_say_why_and_when_they_open,
		version_rules_read_what_fits_and_guess_nothing,
	};

	return STORES_RUN("station", all, 60);
}
