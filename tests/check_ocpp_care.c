/* SPDX-License-Identifier: Apache-2.0 */
/* The door of charging stations when things go on and on: restart loops, services that died, firmware that
 * runs only after a restart, components that stand in the device model only. */
#include "charger_kit.h"

#include "wire/ocpp.h"

START_TEST(a_boot_loop_ends_as_flapping)
{
	WORLD(w, 60);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	struct store_job j;

	ok_up(&w, s);
	ok_campaign(&w, "CS", 2);
	ok_until(&w, s, "UpdateFirmware");
	for (int i = 0; i < 300; i++) { /* each time it has moved on before it falls over */
		ok_status(&w, s, i % 2 ? "Downloading" : "DownloadScheduled");
		if (ok_job(&w, s, "update").ended_at >= 0)
			break;
	}
	j = ok_job(&w, s, "update");
	ck_assert_str_eq(j.state, "silent");
	ck_assert_str_eq(j.reason, "flapping");
	ck_assert_int_eq(j.moves, 201);
	ck_assert_int_eq(ok_count(&w, s, "UpdateFirmware"), 1);
}
END_TEST

/* Says Installed, and would run 2.0 after a restart only. */
static int64_t half_done(struct ok_world *w, struct ok_station *s)
{
	int64_t id;

	ok_up(w, s);
	id = ok_campaign(w, "CS", 2);
	ok_until(w, s, "UpdateFirmware");
	ok_status(w, s, "Downloading");
	ok_status(w, s, "Downloaded");
	ok_status(w, s, "Installing");
	ok_status(w, s, "Installed");
	return id;
}

START_TEST(what_runs_only_after_a_restart_is_restarted_once_when_that_is_allowed)
{
	for (int v = OCPP_16; v <= OCPP_201; v++) {
		WORLD(w, 61);
		struct ok_station *s;
		const struct ok_call *c;
		int64_t id;

		ok_conf(&w, "ocpp_reset", "yes");
		ok_door(&w, NULL);
		s = ok_station(&w, "CS1", v, "");
		id = half_done(&w, s);
		for (int i = 0; i < 100 && !ok_count(&w, s, "Reset"); i++)
			ok_round(&w, 60000);
		c = ok_last(&w, s, "Reset");
		ck_assert_ptr_nonnull(c);
		ck_assert_ptr_nonnull(strstr(c->payload, v == OCPP_16 ? "\"Soft\"" : "\"OnIdle\""));
		ck_assert_int_eq(ok_job(&w, s, "update").resets, 1);
		ck_assert(ok_story_has(&w, s, "asked to restart"));
		str_copy(s->runs, sizeof s->runs, "2.0");
		ok_boot(&w, s, "RemoteReset");
		for (int i = 0; i < 100 && kit_state(&w.k, id).ended_at < 0; i++)
			ok_round(&w, 250);
		ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "done");
		ck_assert_int_eq(ok_count(&w, s, "Reset"), 1);
	}
}
END_TEST

START_TEST(trap_believing_installed_a_restart_that_changes_nothing_is_not_repeated)
{
	WORLD(w, 62);
	struct ok_station *s;
	int64_t id;

	ok_conf(&w, "ocpp_reset", "yes");
	ok_door(&w, NULL);
	s = ok_station(&w, "CS1", OCPP_201, "");
	id = half_done(&w, s);
	for (int i = 0; i < 200 && kit_state(&w.k, id).ended_at < 0; i++)
		ok_round(&w, 60000);
	ck_assert_int_eq(ok_count(&w, s, "Reset"), 1);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "failed:version-unchanged");
}
END_TEST

START_TEST(nobody_is_restarted_when_that_was_not_allowed)
{
	WORLD(w, 63);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	int64_t id = half_done(&w, s);

	for (int i = 0; i < 200 && kit_state(&w.k, id).ended_at < 0; i++)
		ok_round(&w, 60000);
	ck_assert_int_eq(ok_count(&w, s, "Reset"), 0);
	ck_assert_str_eq(kit_phase(&w.k, id, "CS1", phase), "failed:version-unchanged");
}
END_TEST

START_TEST(stations_of_a_service_that_died_are_set_free_by_another_and_taken_back_if_it_lives)
{
	WORLD(w, 64);
	struct ok_station *s = ok_station(&w, "CS1", OCPP_201, "");
	struct ocpp_door_init init = { .dsn = w.k.dsn,
				       .wire = &w.wire,
				       .catalog = w.k.catalog,
				       .clock = &w.k.clock,
				       .conf = w.conf,
				       .image_dir = w.k.images,
				       .image_base = "http://127.0.0.1:1",
				       .node = "there",
				       .rnd = rnd_seeded(9) };
	struct ocpp_door *here = w.door, *there = NULL;
	struct err e;

	ck_ok(ocpp_door_new(&init, &there, &e));
	ck_ok(ocpp_door_recover(there, &e));
	w.door = there;
	ok_up(&w, s);
	ck_assert_str_eq(ok_row(&w, s).node, "there");
	/* While it lives, nobody touches it. */
	for (int i = 0; i < 10; i++) {
		w.door = i % 2 ? here : there;
		ok_round(&w, 61000);
		ck_assert_str_eq(ok_row(&w, s).node, "there");
	}
	w.door = here;
	ok_rounds(&w, 5, 61000);
	ck_assert_str_eq(ok_row(&w, s).node, "");
	ck_assert_str_eq(ok_row(&w, s).left_why, "its service went away");
	/* It had only been slow, and holds the connection still. */
	w.door = there;
	ok_round(&w, 1000);
	ck_assert_str_eq(ok_row(&w, s).node, "there");
	ok_drop(&w, s);
	ok_round(&w, 1000);
	ck_assert_str_eq(ok_row(&w, s).node, "");
	w.door = here;
	ocpp_door_free(there);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_boot_loop_ends_as_flapping,
		what_runs_only_after_a_restart_is_restarted_once_when_that_is_allowed,
		trap_believing_installed_a_restart_that_changes_nothing_is_not_repeated,
		nobody_is_restarted_when_that_was_not_allowed,
		stations_of_a_service_that_died_are_set_free_by_another_and_taken_back_if_it_lives,
	};

	return STORES_RUN("ocpp_care", all, 120);
}
