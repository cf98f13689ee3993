/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns that are paused, halted, resumed, stopped, and run in a thread of their own beside everybody
 * else. */
#include "fleet_kit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "orch/bbum_door.h"
#include "wire/bbum_message.h"

START_TEST(too_many_failures_halt_the_campaign_and_no_new_walk_begins)
{
	KIT(k, 11);
	int64_t id;
	char name[16];
	struct campaign_ctx c;
	struct actor who;
	struct err e;

	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "d%02d", i);
		kit_fake(&k, name, 1, i < 6 ? "fail=99" : "");
	}
	id = kit_started(&k, "d", 2, 2, 2);
	kit_run(&k, id, MANY);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_HALTED);
	for (int i = 0; i < 400; i++)
		kit_round(&k, 1000);
	/* T43: at most the limit plus what was under way */
	ck_assert_int_le(kit_state(&k, id).n[PHASE_FAILED], 3);
	ck_assert_int_ge(kit_state(&k, id).n[PHASE_QUEUED], 8);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 0);
	/* somebody looks and lets it go on: the failures so far are forgiven */
	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_ok(campaign_resume(&c, &who, id, &e));
	kit_run(&k, id, MANY);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_HALTED);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_paused_campaign_ends_its_hops_begins_none_and_goes_on_when_resumed)
{
	KIT(k, 12);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 5, 10, 0), hops;
	struct campaign_ctx c = kit_ctx(&k);
	struct actor who = kit_who(&k);
	struct err e;

	while (!kit_state(&k, id).n_hops)
		kit_round(&k, 250);
	ck_ok(campaign_pause(&c, &who, id, &e));
	for (int i = 0; i < 300; i++)
		kit_round(&k, 250);
	hops = kit_state(&k, id).n_hops;
	ck_assert_int_le(hops, 2); /* the one under way may have ended */
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 0);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_QUEUED], 1);
	ck_ok(campaign_resume(&c, &who, id, &e));
	kit_run(&k, id, MANY);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	ck_assert_int_eq(kit_state(&k, id).n_hops, 4);
	kit_walked(&k, dev, 1, 5);
}
END_TEST

/* Entry 21 is fragment 1 of 2 after entry 1, entry 22 fragment 2 of 2 after it. */
static int64_t fragments_begin(struct kit *k, int64_t *ret_dev)
{
	const char *body = "{\"name\":\"f\",\"target\":\"000022\",\"members\":{\"devices\":[\"d1\"]}}";
	struct campaign_ctx c;
	struct actor who;
	struct err e;
	int64_t id;

	kit_entry(k, 21, 0, 1, NULL, "Fragment 1 of 2 of FW version 9");
	k->entry[2] = kit_entry_id(k, 21); /* takes the place of entry 2 in the kit's chain */
	kit_entry(k, 22, 0, 2, NULL, "Fragment 2 of 2 of FW version 9");
	*ret_dev = kit_fake(k, "d1", 1, "");
	c = kit_ctx(k);
	who = kit_who(k);
	ck_ok(campaign_create(&c, &who, NULL, body, strlen(body), &id, &e));
	ck_ok(campaign_start(&c, &who, id, &e));
	while (!kit_state(k, id).n_hops)
		kit_round(k, 250);
	return id;
}

START_TEST(a_walk_never_rests_between_two_fragments_of_one_release)
{
	KIT(k, 13);
	struct campaign_ctx c;
	struct actor who;
	int64_t dev, id = fragments_begin(&k, &dev);
	struct err e;

	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_ok(campaign_pause(&c, &who, id, &e));
	for (int i = 0; i < 300; i++)
		kit_round(&k, 250);
	ck_assert_int_eq(kit_state(&k, id).n_hops, 2);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(fake_version(k.world, dev), "00001600");
}
END_TEST

START_TEST(a_stop_does_not_leave_a_device_between_two_fragments)
{
	for (int later = 0; later < 12; later++) {
		KIT(k, 113);
		struct campaign_ctx c;
		struct actor who;
		int64_t dev, id = fragments_begin(&k, &dev);
		struct err e;

		for (int i = 0; i < later && kit_state(&k, id).ended_at < 0; i++)
			kit_round(&k, 250);
		if (kit_state(&k, id).ended_at >= 0)
			break;
		c = kit_ctx(&k);
		who = kit_who(&k);
		ck_ok(campaign_stop(&c, &who, id, &e));
		for (int i = 0; i < 300; i++)
			kit_round(&k, 250);
		ck_assert_str_eq(fake_version(k.world, dev), "00001600");
		ck_assert_str_eq(PHASE(id, "d1"), "done");
	}
}
END_TEST

START_TEST(a_stopped_campaign_takes_back_what_is_not_triggered_and_ends_the_rest_with_their_hop)
{
	for (int when = 0; when < 40; when += 3) {
		KIT(k, 14 + (uint64_t)when);
		int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 4, 10, 0), hops;
		struct campaign_ctx c = kit_ctx(&k);
		struct actor who = kit_who(&k);
		struct err e;

		for (int i = 0; i < when; i++)
			kit_round(&k, 250);
		hops = kit_state(&k, id).n_hops;
		if (kit_state(&k, id).ended_at >= 0)
			break;
		ck_ok(campaign_stop(&c, &who, id, &e));
		for (int i = 0; i < 300; i++)
			kit_round(&k, 250);
		ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_STOPPED);
		ck_assert_int_ge(kit_state(&k, id).ended_at, 0);
		ck_assert_int_le(kit_state(&k, id).n_hops, hops + 1);
		kit_walked(&k, dev, 1, 1 + (int)kit_state(&k, id).n_hops);
		kit_consistent(&k, id);
	}
}
END_TEST

START_TEST(a_held_walk_goes_on_after_a_resume_when_its_obstacle_is_gone)
{
	KIT(k, 10);
	int64_t dev = kit_fake(&k, "d1", 1, ""), id = kit_started(&k, "d", 3, 10, 0);
	struct campaign_ctx c;
	struct actor who;
	struct err e;

	while (!kit_state(&k, id).n_hops)
		kit_round(&k, 250);
	kit_image_drop(&k, 3);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:no-image");
	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_refused(campaign_start(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "halted");
	/* Resumed too early it is held again, with the reason of the new plan. */
	ck_ok(campaign_resume(&c, &who, id, &e));
	ck_assert_str_eq(PHASE(id, "d1"), "held:no-image:000003");
	kit_run(&k, id, MANY);
	kit_image_store(&k, 3);
	ck_ok(campaign_resume(&c, &who, id, &e));
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	kit_walked(&k, dev, 1, 3);
	kit_consistent(&k, id);
}
END_TEST

/* ---- the thread ---- */

struct crowd {
	struct kit *k;
	atomic_bool over;
	int64_t campaign;
	atomic_int polls, verbs;
	_Atomic(const char *) trouble; /* NULL = none */
};

static void *in_trouble(struct crowd *c, const char *what)
{
	atomic_store(&c->trouble, what);
	return NULL;
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* A worker of the HTTP door: its own connection and view, polls of devices that nobody walks. */
static void *crowd_polls(void *arg)
{
	struct crowd *c = arg;
	OWN(db_close) struct db *db = NULL;
	OWN(catalog_view_free) struct catalog_view *view = catalog_view_new(c->k->catalog);
	struct bbum_poll_msg m = { .device = "polls", .wants_manifest = true };
	struct err e;

	if (db_connect(c->k->dsn, true, &db, &e))
		return in_trouble(c, "no connection");
	m.status = (struct bbum_status){ .state = BBUM_NORMAL, .recommends = -1, .progress = -1 };
	while (!atomic_load(&c->over)) {
		struct bbum_door door = { .db = db,
					  .snap = catalog_current(view),
					  .runner = c->k->runner,
					  .image_dir = c->k->images };
		STR(body, BBUM_BODY_MAX);
		STR(out, BBUM_BODY_MAX);

		m.status.boots = atomic_load(&c->polls) / 50;
		bbum_poll_write(&m, &body);
		if (bbum_poll(&door, str_c(&body), body.len, &out, &e))
			return in_trouble(c, "a poll was refused");
		atomic_fetch_add(&c->polls, 1);
		nap(3);
	}
	return NULL;
}

/* Somebody who cannot make up their mind. */
static void *crowd_verbs(void *arg)
{
	struct crowd *c = arg;
	OWN(db_close) struct db *db = NULL;
	OWN(catalog_view_free) struct catalog_view *view = catalog_view_new(c->k->catalog);
	struct err e;

	if (db_connect(c->k->dsn, false, &db, &e))
		return in_trouble(c, "no connection");
	for (int i = 0; !atomic_load(&c->over) && i < 10; i++) {
		struct campaign_ctx ctx = { db,           catalog_current(view),
					    c->k->images, CPL_STALE_BLOCKS_MS,
					    SCOPE_ALL,    NULL };
		struct actor who = { "tester", "", clock_wall(clock_system()) };
		int rc = i % 2 ? campaign_resume(&ctx, &who, c->campaign, &e)
			       : campaign_pause(&ctx, &who, c->campaign, &e);

		if (rc && rc != ERR_CAMPAIGN_STATE && rc != ERR_BUSY)
			return in_trouble(c, "a verb failed");
		atomic_fetch_add(&c->verbs, rc == OK);
		runner_wake(c->k->runner);
		nap(60);
	}
	return NULL;
}

START_TEST(the_runner_walks_in_its_thread_while_others_poll_and_decide)
{
	OWN(kit_done) struct kit k;
	struct crowd crowd = { .k = &k };
	pthread_t polls[2], verbs;
	char name[16];
	struct err e;

	kit_open_real(&k, _i, 31);
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "d%d", i);
		kit_fake(&k, name, 1, i % 4 ? "" : "refuse=1;fail=1");
	}
	kit_import(&k, "name\npolls\n");
	crowd.campaign = kit_started(&k, "d", 3, 5, 0);
	ck_ok(runner_start(k.runner, &e));
	ck_assert_int_eq(pthread_create(&polls[0], NULL, crowd_polls, &crowd), 0);
	ck_assert_int_eq(pthread_create(&polls[1], NULL, crowd_polls, &crowd), 0);
	ck_assert_int_eq(pthread_create(&verbs, NULL, crowd_verbs, &crowd), 0);
	for (int i = 0; i < 6000 && kit_state(&k, crowd.campaign).ended_at < 0; i++)
		nap(10);
	atomic_store(&crowd.over, true);
	pthread_join(polls[0], NULL);
	pthread_join(polls[1], NULL);
	pthread_join(verbs, NULL);
	ck_assert_msg(!atomic_load(&crowd.trouble), "%s", atomic_load(&crowd.trouble));
	runner_stop(k.runner);
	ck_assert_int_eq(kit_state(&k, crowd.campaign).state, CAMPAIGN_DONE);
	ck_assert_int_eq(kit_state(&k, crowd.campaign).n[PHASE_DONE], 12);
	ck_assert_int_gt(atomic_load(&crowd.polls), 20);
	ck_assert_int_gt(atomic_load(&crowd.verbs), 0);
	kit_consistent(&k, crowd.campaign);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const all[] = {
		too_many_failures_halt_the_campaign_and_no_new_walk_begins,
		a_paused_campaign_ends_its_hops_begins_none_and_goes_on_when_resumed,
		a_walk_never_rests_between_two_fragments_of_one_release,
		a_stop_does_not_leave_a_device_between_two_fragments,
		a_stopped_campaign_takes_back_what_is_not_triggered_and_ends_the_rest_with_their_hop,
		a_held_walk_goes_on_after_a_resume_when_its_obstacle_is_gone,
		the_runner_walks_in_its_thread_while_others_poll_and_decide,
	};
	Suite *s = suite_create("runner_rest");
	TCase *tc = tcase_create("rests");

	tcase_set_timeout(tc, 240);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		tcase_add_loop_test(tc, all[i], 0, STORES);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}
