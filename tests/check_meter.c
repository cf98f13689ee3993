/* SPDX-License-Identifier: Apache-2.0 */
/* Meters: registration, HANs, gates, inventories, versions, change of supplier, and the rows that the door
 * works with. */
#include "meter_kit.h"

/* Hub, GPF, ESME and GSME of one HAN; the meters run entry 1. */
static void han_put(struct kit *k, struct scope scope)
{
	char csv[600], id[32];

	kit_identity(1, id);
	snprintf(csv, sizeof csv,
		 KIT_HEAD HUB ",CHF,,\n" GPF ",GPF," HUB ",\n" ESME ",ESME," HUB ",%s\n" GSME ",GSME," HUB
			      ",%s\n",
		 id, id);
	meters_put(k, scope, csv);
}
#define OWN_SCOPE ((struct scope){ SEES_UNOWNED, 0 })

/* ---- registration ---- */

START_TEST(a_list_of_meters_makes_a_HAN_a_site_and_each_of_its_devices_a_device)
{
	KIT(k, 1);
	struct store_meter v[HAN_DEVICES_MAX];
	struct err e;
	size_t n;
	bool got;
	int64_t site;

	han_put(&k, OWN_SCOPE);
	ck_ok(store_site_id(k.db, SEES_UNOWNED, "han:" HUB, &got, &site, &e));
	ck_assert(got);
	ck_ok(store_meter_han(k.db, site, HAN_DEVICES_MAX, v, &n, &e));
	ck_assert_int_eq(n, 4);
	ck_assert_str_eq(v[2].name, ESME);
	ck_assert_int_eq(v[2].entry_id, k.entry[1]);
	ck_assert_str_eq(v[2].told_by, "inventory");
	ck_assert_str_eq(v[2].authority, "held");
	ck_assert_int_eq(v[2].shard, eui_of(ESME) % 64);
	ck_assert_uint_eq(v[0].hub_eui, eui_of(HUB)); /* it is its own */
	/* No hub: a HAN of its own, until one is known. */
	meters_put(&k, OWN_SCOPE, KIT_HEAD "00-db-00-00-00-00-00-0a,PPMID,,\n");
	ck_ok(store_site_id(k.db, SEES_UNOWNED, "00-DB-00-00-00-00-00-0A", &got, &site, &e));
	ck_assert(got);
	ck_assert_int_eq(METER("00-DB-00-00-00-00-00-0A").site_id, site);
}
END_TEST

START_TEST(what_is_wrong_with_a_list_is_said_with_line_and_column_and_nothing_is_kept)
{
	static const struct {
		const char *row, *where;
	} bad[] = {
		{ "00-DB-00-00-00-00-00,ESME,,,,,,,,,", "eui" },
		{ "00-00-00-00-00-00-00-00,ESME,,,,,,,,,", "eui" },
		{ ESME ",METER,,,,,,,,,", "type" },
		{ ESME ",,,,,,,,,,", "type" },
		{ ESME ",ESME,1234,,,,,,,,", "hub" },
		{ ESME ",ESME," ESME ",,,,,,,,", "hub" },
		{ HUB ",CHF," ESME ",,,,,,,,", "hub" },
		{ ESME ",ESME,,118F,,,,,,,", "identity" },
		{ ESME ",ESME,,000001,,,,,,,", "identity" },
		{ ESME ",ESME,,,12345678901234,,,,,,", "mpxn" },
		{ ESME ",ESME,,,12a,,,,,,", "mpxn" },
		{ ESME ",ESME,,,,1234567890123,,,,,", "uprn" },
		{ ESME ",ESME,,,,,Comissioned,,,,", "status" },
		{ ESME ",ESME,,,,,,,,SMETS3,", "smets" },
		{ GSME ",GSME,,,,,,A,,,", "variant" },
		{ ESME ",ESME,,,,,,X,,,", "variant" },
		{ ESME ",ESME,,,,,,,,,999999", "entry" },
		{ ESME ",ESME,,,,,,,,,900001", "type" }, /* an entry of a hub */
	};
	KIT(k, 2);
	struct actor who = kit_who(&k);
	int64_t before;

	kit_hub(&k, 900001, 1, "GBCS Version 4.0");
	before = audits(&k);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct meter_counts n = { 0 };
		struct err e = { 0 };
		char csv[400];

		snprintf(csv, sizeof csv,
			 "eui,type,hub,identity,mpxn,uprn,status,variant,han_variant,smets,entry\n" GPF
			 ",GPF,,,,,,,,,\n%s\n",
			 bad[i].row);
		ck_assert_msg(meter_import(k.db, OWN_SCOPE, kit_snap(&k), &who, FLEET_CSV, csv, strlen(csv),
					   &n, &e) != OK,
			      "%s was taken", bad[i].row);
		ck_assert_msg(e.line == 3 && !strcmp(e.where, bad[i].where), "%s: %s at '%s' line %d",
			      bad[i].row, e.msg, e.where, (int)e.line);
	}
	ck_assert_int_eq(audits(&k), before);
}
END_TEST

START_TEST(a_list_said_again_changes_nothing_and_what_is_left_out_stays)
{
	KIT(k, 3);
	struct meter_counts n;
	int64_t before;

	n = meters_put(&k, OWN_SCOPE,
		       "eui,type,hub,status,mpxn,smets\n" ESME ",ESME," HUB
		       ",Commissioned,1200000000001,SMETS2\n");
	ck_assert_int_eq(n.added, 1);
	before = audits(&k);
	n = meters_put(&k, OWN_SCOPE, "eui,type\n" ESME ",ESME\n");
	ck_assert_int_eq(n.unchanged, 1);
	ck_assert_int_eq(audits(&k), before);
	ck_assert_str_eq(METER(ESME).status, "Commissioned");
	ck_assert_str_eq(METER(ESME).mpxn, "1200000000001");
	n = meters_put(&k, OWN_SCOPE, "eui,type,status\n" ESME ",ESME,Suspended\n");
	ck_assert_int_eq(n.changed, 1);
	ck_assert_str_eq(METER(ESME).status, "Suspended");
}
END_TEST

START_TEST(what_a_meter_said_itself_stands_above_lists)
{
	KIT(k, 4);
	char csv[200], id[32];

	han_put(&k, OWN_SCOPE);
	ck_assert_int_eq(version_told(&k, ESME, 0x200, 0), k.entry[2]);
	ck_assert_str_eq(METER(ESME).told_by, "device");
	snprintf(csv, sizeof csv, KIT_HEAD ESME ",ESME," HUB ",%s\n", kit_identity(1, id));
	meters_put(&k, OWN_SCOPE, csv);
	ck_assert_int_eq(METER(ESME).entry_id, k.entry[2]);
	ck_assert_int_eq(METER(ESME).version_at, k.now);
}
END_TEST

START_TEST(hub_and_GPF_are_one_unit_whatever_of_them_is_said_first)
{
	KIT(k, 5);
	int64_t hub = kit_hub(&k, 900001, 1, "GBCS Version 4.0"),
		other = kit_hub(&k, 900002, 2, "GBCS Version 4.1");

	han_put(&k, OWN_SCOPE);
	meters_put(&k, OWN_SCOPE, KIT_HEAD GPF ",GPF," HUB "," HUB_MODEL ":00000100\n");
	ck_assert_int_eq(METER(HUB).entry_id, hub);
	ck_assert_int_eq(METER(GPF).entry_id, hub);
	meters_put(&k, OWN_SCOPE, KIT_HEAD HUB ",CHF,," HUB_MODEL ":00000200\n");
	ck_assert_int_eq(METER(GPF).entry_id, other);
	/* A GPF that comes later. */
	meters_put(&k, OWN_SCOPE, KIT_HEAD "00-DB-00-00-00-00-00-0B,GPF," HUB ",\n");
	ck_assert_int_eq(METER("00-DB-00-00-00-00-00-0B").entry_id, other);
}
END_TEST

START_TEST(a_meter_is_no_device_of_lists_is_not_given_away_and_no_device_becomes_one)
{
	KIT(k, 6);
	struct actor who = kit_who(&k);
	struct fleet_counts f;
	struct meter_counts n;
	struct err e = { 0 };
	static const char devices[] = "name\n" ESME "\n", list[] = KIT_HEAD IHD ",IHD,,\n";

	han_put(&k, OWN_SCOPE);
	ck_assert_int_eq(
	    fleet_import(k.db, OWN_SCOPE, kit_snap(&k), &who, FLEET_CSV, devices, strlen(devices), &f, &e),
	    ERR_CONFLICT);
	ck_assert_int_eq(fleet_give(k.db, SCOPE_ALL, &who, ESME, 5, &e), ERR_CONFLICT);
	ck_assert_msg(strstr(e.msg, "is a meter"), "%s", e.msg);
	kit_import(&k, "name\n" IHD "\n");
	ck_assert_int_eq(
	    meter_import(k.db, OWN_SCOPE, kit_snap(&k), &who, FLEET_CSV, list, strlen(list), &n, &e),
	    ERR_CONFLICT);
}
END_TEST

START_TEST(T34_a_meter_of_another_organisation_is_not_there_and_its_EUI_tells_nothing)
{
	KIT(k, 7);
	struct scope five = { 5, 5 }, six = { 6, 6 };
	struct actor who = kit_who(&k);
	STR(out, MIB);
	STR(mine, MIB);
	struct err e = { 0 };
	char text[400];

	han_put(&k, five);
	ck_assert_int_eq(meter_json(k.db, six, kit_snap(&k), ESME, k.now, &out, &e), ERR_NOT_FOUND);
	ck_assert_int_eq(meter_story_json(k.db, six, kit_snap(&k), ESME, 0, NULL, 10, &out, &e),
			 ERR_NOT_FOUND);
	ck_assert_int_eq(meter_remove(k.db, six, &who, ESME, &e), ERR_NOT_FOUND);
	ck_assert(!strncmp(command(&k, six, ESME, "release", text), err_info(ERR_NOT_FOUND)->code,
			   strlen(err_info(ERR_NOT_FOUND)->code)));
	str_clear(&out);
	ck_ok(meters_json(k.db, six, kit_snap(&k), &(struct meter_filter){ 0 }, NULL, 100, &out, &e));
	ck_assert_str_eq(str_c(&out), "{\"meters\":[],\"next\":null}");
	/* The same EUI in another fleet: nobody is told, each sees its own. */
	han_put(&k, six);
	ck_assert_int_ne(meter_of(&k, 5, ESME).device_id, meter_of(&k, 6, ESME).device_id);
	ck_assert_int_ne(meter_of(&k, 5, ESME).site_id, meter_of(&k, 6, ESME).site_id);
	ck_ok(meter_json(k.db, six, kit_snap(&k), ESME, k.now, &mine, &e));
	/* Who sees both says whose is meant. */
	ck_assert_int_eq(meter_json(k.db, SCOPE_ALL, kit_snap(&k), ESME, k.now, &out, &e), ERR_CONFLICT);
}
END_TEST

/* ---- gates ---- */

START_TEST(feature_21_hubs_are_the_DCCs_and_IHD_CAD_and_SMETS1_are_refused_with_a_reason)
{
	KIT(k, 8);
	char says[400];

	user_put(&k, 0);
	han_put(&k, OWN_SCOPE);
	meters_put(&k, OWN_SCOPE,
		   "eui,type,hub,smets\n" IHD ",IHD," HUB ",\n00-DB-00-00-00-00-00-07,CAD," HUB
		   ",\n00-DB-00-00-00-00-00-08,ESME," HUB ",SMETS1\n");
	ck_assert_str_eq(GATE(HUB), "pushed-by-dcc");
	ck_assert_str_eq(GATE(GPF), "pushed-by-dcc");
	ck_assert_str_eq(GATE(IHD), "no-ota");
	ck_assert_str_eq(GATE("00-DB-00-00-00-00-00-07"), "no-ota");
	ck_assert_str_eq(GATE("00-DB-00-00-00-00-00-08"), "smets1");
	ck_assert_str_eq(GATE(ESME), "open");
	ck_assert_str_eq(GATE(GSME), "open");
}
END_TEST

static void rule_put(struct kit *k, const char *name, const char *body)
{
	OWN(json_free) struct json *j = NULL;
	struct actor who = kit_who(k);
	struct err e = { 0 };
	bool made;

	ck_ok(json_parse(body, strlen(body), &j, &e));
	ck_assert_msg(!han_rule_put(k->db, kit_snap(k), &who, name, j, &made, &e), "%s", e.msg);
}

START_TEST(feature_21_a_PPMID_waits_for_a_hub_that_a_rule_says_can_carry_it)
{
	KIT(k, 9);
	char says[400];

	kit_hub(&k, 900001, 1, "GBCS Version 3.2");
	kit_hub(&k, 900002, 2, "GBCS Version 4.0");
	user_put(&k, 0);
	han_put(&k, OWN_SCOPE);
	meters_put(&k, OWN_SCOPE, KIT_HEAD PPMID ",PPMID," HUB ",\n");
	ck_assert_str_eq(GATE(PPMID), "hub-unknown"); /* nobody says which hub can */
	rule_put(&k, "secmp0007",
		 "{\"applies_class\":\"PPMID\",\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":"
		 "\"SECMP0007\"}");
	ck_assert_str_eq(GATE(PPMID), "hub-unknown"); /* what the hub runs is not known */
	meters_put(&k, OWN_SCOPE, KIT_HEAD HUB ",CHF,," HUB_MODEL ":00000100\n");
	ck_assert_str_eq(GATE(PPMID), "hub-firmware");
	ck_assert_msg(strstr(says, "900001") && strstr(says, "4.0") && strstr(says, "SECMP0007"), "%s", says);
	meters_put(&k, OWN_SCOPE, KIT_HEAD HUB ",CHF,," HUB_MODEL ":00000200\n");
	ck_assert_str_eq(GATE(PPMID), "open");
	/* A rule for one target alone. */
	rule_put(&k, "letter",
		 "{\"applies_class\":\"ESME\",\"applies_entry\":\"000002\",\"needs_class\":\"GSME\","
		 "\"needs_entries\":[\"000003\"],\"source\":\"a letter\"}");
	ck_assert_str_eq(GATE(ESME), "open");
	ck_assert_str_eq(gate_to(&k, ESME, k.entry[2], &METER_GATE_PLAN, says), "not-now:han-first");
	ck_assert_str_eq(gate_to(&k, ESME, k.entry[3], &METER_GATE_PLAN, says), "open");
}
END_TEST

START_TEST(rules_are_statements_with_a_source_and_what_is_wrong_with_one_is_said)
{
	static const struct {
		const char *body, *where;
	} bad[] = {
		{ "{\"needs_class\":\"CHF\",\"source\":\"s\"}", "/needs_gbcs" },
		{ "{\"needs_class\":\"HUB\",\"needs_gbcs\":\"4.0\",\"source\":\"s\"}", "/needs_class" },
		{ "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"four\",\"source\":\"s\"}", "/needs_gbcs" },
		{ "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\"}", "/source" },
		{ "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"\"}", "/source" },
		{ "{\"needs_class\":\"CHF\",\"needs_entries\":[\"999999\"],\"source\":\"s\"}",
		  "/needs_entries" },
		{ "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"s\",\"applies_entry\":"
		  "\"999999\"}",
		  "/applies_entry" },
		{ "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"s\",\"colour\":1}",
		  "/colour" },
		{ "{\"name\":\"b\",\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"s\"}",
		  "/name" },
	};
	static const char good[] = "{\"needs_class\":\"CHF\",\"needs_gbcs\":\"4.0\",\"source\":\"s\"}";
	KIT(k, 10);
	struct actor who = kit_who(&k);
	int64_t before = audits(&k);
	struct err e = { 0 };
	STR(out, MIB);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		OWN(json_free) struct json *j = NULL;
		bool made;

		ck_ok(json_parse(bad[i].body, strlen(bad[i].body), &j, &e));
		ck_assert_msg(han_rule_put(k.db, kit_snap(&k), &who, "a", j, &made, &e) != OK, "%s",
			      bad[i].body);
		ck_assert_msg(!strcmp(e.where, bad[i].where), "%s: '%s' %s", bad[i].body, e.where, e.msg);
	}
	ck_assert_int_eq(audits(&k), before);
	rule_put(&k, "a", good);
	rule_put(&k, "a", good); /* says nothing new */
	ck_assert_int_eq(audits(&k), before + 1);
	rule_put(&k, "b", good);
	ck_ok(han_rules_json(k.db, NULL, 1, &out, &e));
	ck_assert_msg(strstr(str_c(&out), "\"next\":\"a\""), "%s", str_c(&out));
	str_clear(&out);
	ck_ok(han_rules_json(k.db, "a", 1, &out, &e));
	ck_assert_msg(strstr(str_c(&out), "\"name\":\"b\"") && strstr(str_c(&out), "\"next\":null"), "%s",
		      str_c(&out));
	ck_ok(han_rule_drop(k.db, &who, "a", &e));
	ck_assert_int_eq(han_rule_drop(k.db, &who, "a", &e), ERR_NOT_FOUND);
}
END_TEST

START_TEST(the_gate_waits_for_users_inventory_the_rest_of_the_HAN_and_its_window)
{
	KIT(k, 11);
	struct meter_gate_ctx c = { .inventory_age = 1000, .alone = true };
	struct windows never;
	char says[400];
	struct err e;

	han_put(&k, OWN_SCOPE);
	ck_assert_str_eq(GATE(ESME), "no-dcc-user");
	user_put(&k, 0);
	ck_assert_str_eq(gate_to(&k, ESME, 0, &c, says), "not-now:inventory");
	inventory(
	    &k, ESME,
	    (const struct duis_device[]){ { .eui = eui_of(ESME), .type = "ESME", .status = "Commissioned" },
					  { .eui = eui_of(HUB), .type = "CHF" },
					  { .eui = eui_of(GPF), .type = "GPF" },
					  { .eui = eui_of(GSME), .type = "GSME", .status = "Pending" } },
	    4);
	ck_assert_str_eq(gate_to(&k, ESME, 0, &c, says), "open");
	ck_assert_str_eq(gate_to(&k, GSME, 0, &c, says), "not-commissioned");
	k.now += 1001;
	ck_assert_str_eq(gate_to(&k, ESME, 0, &c, says), "not-now:inventory");
	c.inventory_age = -1;
	ck_ok(windows_parse("mo 00:00-00:01", &never, &e)); /* KIT_START is no Monday */
	c.windows = &never;
	ck_assert_str_eq(gate_to(&k, ESME, 0, &c, says), "not-now:window");
}
END_TEST

START_TEST(feature_20_what_the_DCC_quarantined_of_a_user_waits_until_somebody_releases_it)
{
	KIT(k, 12);
	struct actor who = kit_who(&k);
	char says[400], eui[DUIS_EUI_SIZE];
	struct err e = { 0 };
	STR(out, MIB);

	user_put(&k, 0);
	user_put(&k, 5);
	han_put(&k, OWN_SCOPE);
	{
		TX(tx);

		ck_ok(tx_begin(&tx, k.db, true, &e));
		ck_ok(dcc_user_hold(k.db, USER, "the DCC quarantined a request (threshold)", k.now, &e));
		ck_ok(dcc_user_hold(k.db, USER + 99, "nobody", k.now, &e)); /* not ours: nothing */
		ck_ok(tx_keep(&tx, &e));
	}
	ck_assert_str_eq(GATE(ESME), "user-held");
	ck_ok(dcc_json(k.db, OWN_SCOPE, k.now, &out, &e));
	ck_assert_msg(strstr(str_c(&out), "threshold"), "%s", str_c(&out));
	duis_eui_text(USER, eui);
	/* T34: users of others are not there. */
	str_clear(&out);
	ck_ok(dcc_json(k.db, (struct scope){ 5, 5 }, k.now, &out, &e));
	ck_assert_msg(!strstr(str_c(&out), "threshold") && !strstr(str_c(&out), eui), "%s", str_c(&out));
	ck_assert_int_eq(dcc_release(k.db, (struct scope){ 5, 5 }, &who, eui, &e), ERR_NOT_FOUND);
	ck_ok(dcc_release(k.db, OWN_SCOPE, &who, eui, &e));
	ck_assert_str_eq(GATE(ESME), "open");
	ck_assert_int_eq(dcc_release(k.db, OWN_SCOPE, &who, eui, &e), ERR_CONFLICT);
}
END_TEST

/* ---- what the DCC and the devices say ---- */

START_TEST(an_inventory_makes_the_HAN_what_it_says)
{
	KIT(k, 13);
	struct duis_device v[] = { { .eui = eui_of(ESME),
				     .type = "ESME",
				     .status = "Commissioned",
				     .variant = "AD",
				     .smets = "SMETS V5.1",
				     .region = "North",
				     .manufacturer = "118F",
				     .model = "00010002",
				     .version = "00000300",
				     .mpxn = "1200000000001" },
				   { .eui = eui_of(HUB),
				     .type = "CHF",
				     .manufacturer = "1086",
				     .model = "54000100",
				     .version = "00000100" },
				   { .eui = eui_of(GPF), .type = "GPF" },
				   { .eui = eui_of(PPMID), .type = "PPMID", .status = "Pending" } };
	int64_t hub = kit_hub(&k, 900001, 1, "GBCS Version 4.0"), before;
	struct meter_learned l;

	meters_put(&k, OWN_SCOPE, "eui,type\n" ESME ",ESME\n");
	before = audits(&k);
	l = inventory(&k, ESME, v, 4);
	ck_assert_int_eq(l.added, 3);
	ck_assert_int_eq(l.changed, 1);
	ck_assert_int_eq(l.gone, 0);
	ck_assert_int_eq(audits(&k), before + 1);
	ck_assert_int_eq(METER(ESME).entry_id, k.entry[3]);
	ck_assert_str_eq(METER(ESME).variant, "AD");
	ck_assert_uint_eq(METER(ESME).hub_eui, eui_of(HUB));
	ck_assert_int_eq(METER(ESME).site_id, METER(HUB).site_id);
	ck_assert_int_eq(METER(PPMID).inventory_at, k.now);
	ck_assert_str_eq(METER(PPMID).status, "Pending");
	ck_assert_int_eq(METER(GPF).entry_id, hub);
	/* The same again: only the time. */
	k.now += 1000;
	l = inventory(&k, ESME, v, 4);
	ck_assert_int_eq(l.added + l.changed + l.gone, 0);
	ck_assert_int_eq(audits(&k), before + 1);
	ck_assert_int_eq(METER(ESME).inventory_at, k.now);
}
END_TEST

START_TEST(a_device_that_the_inventory_names_no_more_goes_into_quarantine)
{
	KIT(k, 14);
	struct duis_device v[] = { { .eui = eui_of(ESME), .type = "ESME" },
				   { .eui = eui_of("00-DB-00-00-00-00-00-0C"), .type = "CHF" } };
	char says[400], text[400];
	struct meter_learned l;

	user_put(&k, 0);
	han_put(&k, OWN_SCOPE);
	l = inventory(&k, ESME, v, 2); /* another hub, and no GSME */
	ck_assert_int_eq(l.gone, 3);
	ck_assert_str_eq(GATE(GSME), "quarantine");
	ck_assert_str_eq(GATE(ESME), "open");
	ck_assert_uint_eq(METER(ESME).hub_eui, eui_of("00-DB-00-00-00-00-00-0C"));
	ck_assert_int_ne(METER(ESME).site_id, METER(GSME).site_id);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, GSME, "release", text), "\"done\""), "%s", text);
	ck_assert_str_eq(GATE(GSME), "open");
	/* The meter that was asked for is not in the answer. */
	l = inventory(&k, GSME, v, 0);
	ck_assert_int_eq(l.gone, 1);
	ck_assert_str_eq(GATE(GSME), "quarantine");
}
END_TEST

START_TEST(feature_19_where_the_inventory_says_another_version_than_the_meter_did_the_meter_is_asked)
{
	KIT(k, 15);
	struct duis_device v[] = { { .eui = eui_of(ESME),
				     .type = "ESME",
				     .manufacturer = "118F",
				     .model = "00010002",
				     .version = "00000100",
				     .status = "Suspended" } };

	han_put(&k, OWN_SCOPE);
	version_told(&k, ESME, 0x200, 0);
	inventory(&k, ESME, v, 1); /* an old inventory, as after an 11.3 whose answer never came */
	ck_assert_int_eq(METER(ESME).entry_id, k.entry[2]);
	ck_assert_str_eq(METER(ESME).wish, METER_WISH_READ);
	ck_assert_int_eq(METER(ESME).wish_at, k.now);
	ck_assert_str_eq(METER(ESME).status, "Suspended");
}
END_TEST

START_TEST(a_version_that_fits_two_entries_is_the_one_that_was_pushed)
{
	KIT(k, 16);

	kit_twin(&k, 20, 2);
	han_put(&k, OWN_SCOPE);
	ck_assert_int_eq(version_told(&k, ESME, 0x200, 0), 0);
	ck_assert_str_eq(METER(ESME).entry_why, "ambiguous");
	ck_assert_int_eq(version_told(&k, ESME, 0x200, kit_entry_id(&k, 20)), kit_entry_id(&k, 20));
	/* It stays so when it is read again. */
	ck_assert_int_eq(version_told(&k, ESME, 0x200, 0), kit_entry_id(&k, 20));
	ck_assert_int_eq(version_told(&k, ESME, 0x300, kit_entry_id(&k, 20)), k.entry[3]);
}
END_TEST

START_TEST(feature_23_a_meter_whose_authority_is_gone_is_shut_and_its_new_supplier_registers_it)
{
	KIT(k, 17);
	struct scope six = { 6, 6 };
	char says[400], text[400];
	struct han_answer a;
	struct err e = { 0 };

	user_put(&k, 0);
	user_put(&k, 6);
	han_put(&k, OWN_SCOPE);
	{
		TX(tx);

		ck_ok(tx_begin(&tx, k.db, true, &e));
		ck_ok(meter_authority_lose(k.db, METER(ESME).device_id, "change of supplier", k.now, &e));
		ck_ok(tx_keep(&tx, &e));
	}
	ck_assert_str_eq(GATE(ESME), "authority-lost");
	ck_assert_str_eq(GATE(GSME), "open");
	/* A list that is read again does not open it. */
	han_put(&k, OWN_SCOPE);
	ck_assert_str_eq(GATE(ESME), "authority-lost");
	/* The gaining supplier has a row of its own, with an inventory of its own. */
	han_put(&k, six);
	ck_ok(meter_gate(k.db, kit_snap(&k), meter_of(&k, 6, ESME).device_id, 0, k.now, &METER_GATE_PLAN, &a,
			 &e));
	ck_assert_int_eq(a.gate, HAN_OPEN);
	ck_assert_int_eq(meter_of(&k, 6, ESME).inventory_at, -1);
	/* Won back. */
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "release", text), "\"done\""), "%s", text);
	ck_assert_str_eq(GATE(ESME), "open");
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "authority-lost", text), "\"done\""), "%s", text);
	ck_assert_str_eq(GATE(ESME), "authority-lost");
	ck_assert_str_eq(METER(ESME).wish, METER_WISH_LOST);
}
END_TEST

START_TEST(commands_are_wishes_of_the_row_and_what_makes_no_sense_is_refused)
{
	KIT(k, 18);
	char text[400];

	han_put(&k, OWN_SCOPE);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "read-version", text), "\"open\""), "%s", text);
	ck_assert_str_eq(METER(ESME).wish, METER_WISH_READ);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, HUB, "read-inventory", text), "\"open\""), "%s", text);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, HUB, "read-version", text), "inventory instead"), "%s",
		      text);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "cancel-activation", text), "keeps no activation"),
		      "%s", text);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "release", text), "not in quarantine"), "%s", text);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, ESME, "read-verson", text), "did you mean"), "%s", text);
	ck_assert_msg(strstr(command(&k, OWN_SCOPE, "nonsense", "release", text), "no EUI-64"), "%s", text);
}
END_TEST

START_TEST(a_meter_that_leaves_takes_its_story_along_and_may_come_again)
{
	KIT(k, 19);
	struct actor who = kit_who(&k);
	int64_t campaign, device;
	struct store_meter v[2];
	struct campaign_ctx c;
	struct err e = { 0 };
	size_t n;

	han_put(&k, OWN_SCOPE);
	device = METER(ESME).device_id;
	campaign = kit_campaign(&k, ESME, 2, 10, 0);
	ck_assert_int_eq(meter_remove(k.db, OWN_SCOPE, &who, ESME, &e), ERR_CONFLICT);
	c = kit_ctx(&k);
	ck_ok(campaign_stop(&c, &who, campaign, &e));
	ck_ok(meter_remove(k.db, OWN_SCOPE, &who, ESME, &e));
	ck_ok(store_meter_own(k.db, SEES_UNOWNED, eui_of(ESME), v, &n, &e));
	ck_assert_int_eq(n, 0);
	han_put(&k, OWN_SCOPE);
	ck_assert_int_eq(METER(ESME).device_id, device); /* its walks are still told of it */
	ck_assert_int_eq(METER(ESME).entry_id, k.entry[1]);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_list_of_meters_makes_a_HAN_a_site_and_each_of_its_devices_a_device,
		what_is_wrong_with_a_list_is_said_with_line_and_column_and_nothing_is_kept,
		a_list_said_again_changes_nothing_and_what_is_left_out_stays,
		what_a_meter_said_itself_stands_above_lists,
		hub_and_GPF_are_one_unit_whatever_of_them_is_said_first,
		a_meter_is_no_device_of_lists_is_not_given_away_and_no_device_becomes_one,
		T34_a_meter_of_another_organisation_is_not_there_and_its_EUI_tells_nothing,
		feature_21_hubs_are_the_DCCs_and_IHD_CAD_and_SMETS1_are_refused_with_a_reason,
		feature_21_a_PPMID_waits_for_a_hub_that_a_rule_says_can_carry_it,
		rules_are_statements_with_a_source_and_what_is_wrong_with_one_is_said,
		the_gate_waits_for_users_inventory_the_rest_of_the_HAN_and_its_window,
		feature_20_what_the_DCC_quarantined_of_a_user_waits_until_somebody_releases_it,
		an_inventory_makes_the_HAN_what_it_says,
		a_device_that_the_inventory_names_no_more_goes_into_quarantine,
		feature_19_where_the_inventory_says_another_version_than_the_meter_did_the_meter_is_asked,
		a_version_that_fits_two_entries_is_the_one_that_was_pushed,
		feature_23_a_meter_whose_authority_is_gone_is_shut_and_its_new_supplier_registers_it,
		commands_are_wishes_of_the_row_and_what_makes_no_sense_is_refused,
		a_meter_that_leaves_takes_its_story_along_and_may_come_again,
	};

	return STORES_RUN("meter", all, 60);
}
