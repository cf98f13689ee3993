/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns over many stations: release sets as targets, waves with budgets, spread, areas that are never
 * dark. */
#include "station_world.h"

#include <inttypes.h>

#include "core/area.h"
#include "core/campaign_waves.h"
#include "store/store_turn.h"

#define HOUR INT64_C(3600000)

static void stations(struct sw *w, int n, const char *area)
{
	char name[16];

	sw_part(w, "default", 2, false);
	sw_publish(w);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "S%d", i);
		sw_station(w, name, (int[]){ 0 }, area);
	}
}

static int installed(const struct sw *w)
{
	int n = 0;

	for (int i = 0; i < w->nstations; i++)
		n += w->station[i].installs > 0;
	return n;
}

START_TEST(feature_26_waves_begin_one_after_the_other_when_the_one_before_has_soaked)
{
	SW(w, 31);
	STR(out, 1 << 20);
	int64_t id;
	struct err e;

	stations(&w, 20, "");
	id = sw_campaign(
	    &w, "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"spread\":\"0s\","
		"\"waves\":[{\"share\":10,\"soak\":\"1h\"},{\"share\":50,\"soak\":\"2h\"},"
		"{\"share\":100}]}");
	for (int i = 0; i < 200; i++)
		sw_round(&w, 250);
	ck_assert_int_eq(installed(&w), 2);
	ck_assert_int_eq(kit_state(&w.k, id).wave, 1);
	ck_assert_int_ge(kit_state(&w.k, id).wave_at, 0);
	ck_ok(campaign_json(w.k.db, kit_snap(&w.k), id, w.k.now, w.k.images, &out, &e));
	ck_assert_msg(
	    strstr(str_c(&out),
		   "\"wave\":1,\"share\":10,\"failures\":5,\"soak_s\":3600,\"state\":\"soaking\"") != NULL,
	    "%s", str_c(&out));
	for (int i = 0; i < 200; i++)
		sw_round(&w, i ? 250 : HOUR);
	ck_assert_int_eq(installed(&w), 10);
	for (int i = 0; i < 300; i++)
		sw_round(&w, i ? 250 : 2 * HOUR);
	ck_assert_int_eq(installed(&w), 20);
	ck_assert_int_eq(kit_state(&w.k, id).state, CAMPAIGN_DONE);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_26_a_wave_that_fails_too_often_halts_the_campaign_and_a_resume_forgives)
{
	SW(w, 32);
	struct campaign_ctx c;
	struct actor who;
	int64_t id;
	struct err e;

	stations(&w, 20, "");
	for (int i = 0; i < 20; i++) {
		w.station[i].fail = 9;
		w.station[i].error = "invalid-signature";
	}
	id = sw_campaign(
	    &w, "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"spread\":\"0s\","
		"\"waves\":[{\"share\":20,\"failures\":25},{\"share\":100,\"failures\":10}]}");
	sw_run(&w, id, MANY);
	ck_assert_int_eq(kit_state(&w.k, id).state, CAMPAIGN_HALTED);
	ck_assert_ptr_nonnull(strstr(kit_state(&w.k, id).reason, "wave 1: "));
	for (int i = 0; i < 100; i++) /* walks under way end, none begins */
		sw_round(&w, 250);
	ck_assert_int_le(kit_state(&w.k, id).n[PHASE_FAILED], 4);
	for (int i = 0; i < 20; i++)
		w.station[i].fail = 0;
	c = kit_ctx(&w.k);
	who = kit_who(&w.k);
	ck_ok(campaign_resume(&c, &who, id, &e));
	sw_run(&w, id, MANY);
	ck_assert_int_eq(kit_state(&w.k, id).state, CAMPAIGN_DONE);
	ck_assert_int_ge(installed(&w), 16);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(who_is_in_which_wave_is_decided_once_and_components_of_a_station_stay_together)
{
	SW(w, 33);
	OWN(rows_done) struct rows *r = NULL;
	int64_t id, n[PHASES], in[3] = { 0 };
	struct campaign_ctx c;
	struct actor who;
	char name[16];
	struct err e;
	const char *body = "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},"
			   "\"waves\":[{\"share\":30},{\"share\":100}]}";

	sw_part(&w, "A", 2, false);
	sw_part(&w, "B", 2, false);
	sw_publish(&w);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "S%d", i);
		sw_station(&w, name, (int[]){ 0, 0 }, "");
	}
	c = kit_ctx(&w.k);
	who = kit_who(&w.k);
	ck_ok(campaign_create(&c, &who, NULL, body, strlen(body), &id, &e));
	for (int i = 0; i < 10; i++)
		for (int p = 0; p < 2; p++) {
			struct store_turn_walk v[4];
			struct walk walk[2];
			size_t k;
			bool got;

			ck_ok(store_turn_walks(w.k.db, w.station[i].site, id, 4, v, &k, &e));
			ck_assert_int_eq(k, 2);
			for (int q = 0; q < 2; q++)
				ck_ok(store_walk_of_cycle(w.k.db, v[q].cycle_id, &got, &walk[q], &e));
			ck_assert_int_eq(walk[0].wave, walk[1].wave);
			in[walk[0].wave]++;
		}
	ck_assert_int_eq(in[1], 6);
	ck_assert_int_eq(in[2], 14);
	ck_ok(store_wave_count(w.k.db, id, 1, n, &e));
	ck_assert_int_eq(n[PHASE_QUEUED], 6);
	ck_assert_int_eq(kit_state(&w.k, id).spread_ms,
			 600000); /* stations are spread unless somebody says so */
}
END_TEST

START_TEST(trap_stations_do_not_all_begin_at_once)
{
	SW(w, 34);
	int64_t id, first = -1, last = -1;

	stations(&w, 30, "");
	id = sw_campaign(&w, "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{}},"
			     "\"spread\":\"10m\"}");
	for (int i = 0; i < 1000 && kit_state(&w.k, id).ended_at < 0; i++) {
		sw_round(&w, 1000);
		if (first < 0 && installed(&w))
			first = w.k.now;
		if (last < 0 && installed(&w) == 30)
			last = w.k.now;
	}
	ck_assert_int_eq(installed(&w), 30);
	ck_assert_int_gt(last - first, 300000);
	ck_assert_int_lt(last - KIT_START, 700000);
}
END_TEST

START_TEST(meters_begin_at_once_as_they_always_did)
{
	SW(w, 35);
	int64_t id;

	kit_fake(&w.k, "d1", 1, "");
	id = kit_started(&w.k, "d", 2, 10, 0);
	ck_assert_int_eq(kit_state(&w.k, id).spread_ms, 0);
	kit_round(&w.k, 0);
	ck_assert_int_eq(kit_state(&w.k, id).n[PHASE_ACTIVE], 1);
}
END_TEST

START_TEST(an_area_is_never_dark)
{
	SW(w, 36);
	OWN(json_free) struct json *j = NULL;
	struct actor who;
	int64_t id, limit;
	struct err e;

	stations(&w, 12, "Harbour");
	id = sw_campaign(
	    &w, "{\"name\":\"c\",\"target\":\"latest\",\"members\":{\"filter\":{\"area\":\"Harbour\"}},"
		"\"spread\":\"0s\"}");
	for (int i = 0; i < MANY && kit_state(&w.k, id).ended_at < 0; i++)
		sw_round(&w, 2000);
	ck_assert_int_eq(installed(&w), 12);
	ck_assert_int_eq(w.most_active, 3); /* a quarter */
	who = kit_who(&w.k);
	ck_ok(json_parse("{\"at_once\":99}", 14, &j, &e));
	ck_ok(area_set(w.k.db, SCOPE_ALL, &who, "Harbour", j, &e));
	ck_ok(area_limit(w.k.db, "Harbour", &limit, &e));
	ck_assert_int_eq(limit, 11); /* never all */
	ck_refused(area_set(w.k.db, SCOPE_ALL, &who, "Moon", j, &e), ERR_NOT_FOUND, "Moon");
}
END_TEST

START_TEST(a_release_set_leads_each_component_to_its_own_release)
{
	SW(w, 37);
	int64_t id;

	sw_part(&w, "A", 3, false);
	sw_part(&w, "B", 3, false);
	sw_part(&w, "C", 3, false);
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0, 0 }, "");
	sw_set(&w, "spring", (int[]){ 1, 2, -1 });
	id = sw_campaign(&w, "{\"name\":\"c\",\"target\":\"set:spring\",\"members\":{\"devices\":[\"S1\"]},"
			     "\"spread\":\"0s\"}");
	ck_assert_int_lt(sw_run(&w, id, MANY), MANY);
	ck_assert_int_eq(w.station[0].runs[0], 1);
	ck_assert_int_eq(w.station[0].runs[1], 2);
	ck_assert_int_eq(w.station[0].runs[2], 0);
	ck_assert_int_eq(kit_state(&w.k, id).n_total, 2);
	ck_assert_int_eq(kit_state(&w.k, id).state, CAMPAIGN_DONE);
}
END_TEST

START_TEST(T10_a_set_that_cannot_be_reached_as_a_whole_moves_nothing)
{
	SW(w, 38);
	int64_t id;
	int a, b;

	a = sw_part(&w, "A", 2, false);
	b = sw_part(&w, "B", 2, false);
	sw_need(&w, b, 1, false, a, 0); /* B 1.1 needs a version of A that nobody has */
	sw_publish(&w);
	sw_station(&w, "S1", (int[]){ 0, 0 }, "");
	sw_set(&w, "spring", (int[]){ 1, 1 });
	id = sw_campaign(&w, "{\"name\":\"c\",\"target\":\"set:spring\",\"members\":{\"devices\":[\"S1\"]},"
			     "\"spread\":\"0s\"}");
	sw_run(&w, id, MANY);
	ck_assert_str_eq(SW_PHASE(id, "S1:A"), "held:incompatible");
	ck_assert_str_eq(SW_PHASE(id, "S1:B"), "held:incompatible");
	ck_assert_int_eq(w.installs, 0);
}
END_TEST

static const char *const bad[] = {
	"[]",
	"[{\"share\":50}]",
	"[{\"share\":50},{\"share\":50}]",
	"[{\"share\":101}]",
	"[{\"share\":100,\"failures\":-1}]",
	"[{\"share\":100,\"soak\":\"99d\"}]",
	"[{\"share\":100,\"soak\":5}]",
	"[{\"share\":100,\"colour\":1}]",
	"[5]",
	"{}",
};

START_TEST(waves_that_make_no_sense_are_refused_with_their_place)
{
	struct waves v;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		OWN(json_free) struct json *j = NULL;

		ck_ok(json_parse(bad[i], strlen(bad[i]), &j, &e));
		ck_assert_msg(waves_read(j, &v, &e) == ERR_JSON_FIELD, "%s", bad[i]);
		ck_assert_msg(!strncmp(e.where, "/waves", 6), "%s: %s", bad[i], e.where);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		feature_26_waves_begin_one_after_the_other_when_the_one_before_has_soaked,
		feature_26_a_wave_that_fails_too_often_halts_the_campaign_and_a_resume_forgives,
		who_is_in_which_wave_is_decided_once_and_components_of_a_station_stay_together,
		trap_stations_do_not_all_begin_at_once,
		meters_begin_at_once_as_they_always_did,
		an_area_is_never_dark,
		a_release_set_leads_each_component_to_its_own_release,
		T10_a_set_that_cannot_be_reached_as_a_whole_moves_nothing,
		waves_that_make_no_sense_are_refused_with_their_place,
	};

	return STORES_RUN("wave", all, 120);
}
