/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that the door of meters works with: jobs, distributions, counters, budgets, shards and their
 * leases. */
#include "meter_kit.h"

#define NODE "node-1"
#define OTHER "node-2"
#define FAR (k.now + INT64_C(86400000))

/* In a transaction that is kept: KEPT(call, call ...). */
#define KEPT(...)                                                                                            \
	do {                                                                                                 \
		TX(tx);                                                                                      \
		struct err kept_e = { 0 };                                                                   \
		ck_assert(!tx_begin(&tx, k.db, true, &kept_e));                                              \
		ck_assert_msg(!(__VA_ARGS__), "%s", kept_e.msg);                                             \
		ck_assert(!tx_keep(&tx, &kept_e));                                                           \
	} while (0)
#define E (&kept_e)

static char *eui_nr(int n, char buf[DUIS_EUI_SIZE])
{
	return duis_eui_text(UINT64_C(0x00DB000000001000) + (unsigned)n, buf);
}

/* Meters 0 to n-1, each in a HAN of its own, in a campaign that was not started. */
static int64_t meters_walked(struct kit *k, int n)
{
	STR(csv, MIB);
	char eui[DUIS_EUI_SIZE], id[32];

	str_add(&csv, KIT_HEAD);
	kit_identity(1, id);
	for (int i = 0; i < n; i++)
		str_addf(&csv, "%s,ESME,,%s\n", eui_nr(i, eui), id);
	meters_put(k, (struct scope){ SEES_UNOWNED, 0 }, str_c(&csv));
	user_put(k, 0);
	return kit_campaign(k, "00-DB", 2, 10, 0);
}

static struct store_meter nr(struct kit *k, int n)
{
	char eui[DUIS_EUI_SIZE];

	return meter_of(k, SEES_UNOWNED, eui_nr(n, eui));
}

/* A READY job of meter n. */
static struct store_meter_job job_put(struct kit *k, int n, int64_t not_before, int64_t due)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_meter m = nr(k, n);
	struct store_meter_job j = { .device_id = m.device_id,
				     .shard = m.shard,
				     .user_eui = USER,
				     .seq = 1,
				     .from_id = k->entry[1],
				     .to_id = k->entry[2],
				     .service = "11.1",
				     .state = "ready",
				     .not_before = not_before,
				     .due_at = due };
	TX(tx);
	struct err e;
	bool got;

	ck_ok(store_device_cycles(k->db, SEES_ALL, m.device_id, 1, &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert(got);
	j.cycle_id = rows_num(r, 0);
	rows_done(MOVE(r));
	ck_ok(tx_begin(&tx, k->db, true, &e));
	ck_ok(store_meter_job_add(k->db, &j, k->now, &e));
	ck_ok(tx_keep(&tx, &e));
	return j;
}

static void shards_take(struct kit *kit, const char *node, int64_t max)
{
	struct kit k = *kit;
	int64_t n;

	KEPT(store_dcc_node_seen(k.db, node, k.now, E) ||
	     store_shard_take(k.db, node, k.now, k.now + 1000, FAR, max, &n, E));
	ck_assert_int_eq(n, max);
}

START_TEST(counters_rise_when_the_clock_goes_back_and_after_a_restart)
{
	KIT(k, 1);
	int64_t a = 0, b = 0, c = 0, d = 0, device;

	meters_walked(&k, 1);
	device = nr(&k, 0).device_id;
	KEPT(store_meter_counter(k.db, device, k.now, &a, E));
	ck_assert_int_eq(a, k.now);
	KEPT(store_meter_counter(k.db, device, k.now, &b, E));
	ck_assert_int_eq(b, k.now + 1);
	KEPT(store_meter_counter(k.db, device, k.now - 86400000, &c, E));
	ck_assert_int_eq(c, k.now + 2);
	KEPT(store_meter_counter(k.db, device, k.now + 5000, &d, E));
	ck_assert_int_eq(d, k.now + 5000);
	KEPT(store_dcc_user_counter(k.db, USER, k.now, &a, E) ||
	     store_dcc_user_counter(k.db, USER, k.now - 1, &b, E));
	ck_assert_int_eq(a, k.now);
	ck_assert_int_eq(b, k.now + 1);
}
END_TEST

START_TEST(T20_an_alert_that_was_heard_is_told_from_a_new_one)
{
	KIT(k, 2);
	bool first, again, older, newer;
	int64_t device;

	meters_walked(&k, 1);
	device = nr(&k, 0).device_id;
	KEPT(store_meter_heard(k.db, device, 7, &first, E) || store_meter_heard(k.db, device, 7, &again, E) ||
	     store_meter_heard(k.db, device, 6, &older, E) || store_meter_heard(k.db, device, 8, &newer, E));
	ck_assert(first && !again && !older && newer);
}
END_TEST

START_TEST(a_job_moves_only_from_what_was_read_and_one_is_open_per_meter)
{
	KIT(k, 3);
	struct store_meter_job j, other;
	struct err e = { 0 };
	bool got;

	meters_walked(&k, 1);
	j = job_put(&k, 0, 0, k.now);
	ck_ok(store_meter_job_open(k.db, j.device_id, &got, &other, &e));
	ck_assert(got);
	ck_assert_uint_eq(other.eui, nr(&k, 0).eui);
	str_copy(j.state, sizeof j.state, "sent");
	j.state_at = k.now + 1;
	j.moves++;
	KEPT(store_meter_job_move(k.db, &j, E));
	{
		TX(tx);

		ck_ok(tx_begin(&tx, k.db, true, &e));
		ck_assert_int_eq(store_meter_job_move(k.db, &other, &e), ERR_BUSY);
	}
	{
		TX(tx);

		ck_ok(tx_begin(&tx, k.db, true, &e));
		other.seq = 2;
		ck_assert_int_eq(store_meter_job_add(k.db, &other, k.now, &e), ERR_CONFLICT);
	}
	str_copy(j.state, sizeof j.state, "proven");
	j.ended_at = k.now + 2;
	KEPT(store_meter_job_move(k.db, &j, E));
	ck_assert_int_eq(j.due_at, -1);
	ck_ok(store_meter_job_open(k.db, j.device_id, &got, &other, &e));
	ck_assert(!got);
	ck_ok(store_meter_job_of_cycle(k.db, j.cycle_id, 1, &got, &other, &e));
	ck_assert(got && other.ended_at == k.now + 2);
	/* What has ended moves no more. */
	{
		TX(tx);

		ck_ok(tx_begin(&tx, k.db, true, &e));
		ck_assert_int_eq(store_meter_job_move(k.db, &other, &e), ERR_BUSY);
	}
}
END_TEST

START_TEST(a_node_gathers_and_acts_for_the_meters_of_its_shards_only)
{
	KIT(k, 4);
	struct store_ready ready[4];
	struct store_distribution d = { .user_eui = USER, .service = "11.1", .counter = 5, .node = NODE };
	struct store_dist_job list[80];
	struct store_meter_job due[80];
	struct err e = { 0 };
	size_t n;
	int64_t moved;

	meters_walked(&k, 70); /* their EUIs end in a row: each shard has one, six have two */
	for (int i = 0; i < 70; i++)
		job_put(&k, i, i == 69 ? k.now + 50 : 0, k.now + 10);
	ck_ok(store_meter_ready(k.db, NODE, k.now, 4, ready, &n, &e));
	ck_assert_int_eq(n, 0);
	shards_take(&k, NODE, 40);
	shards_take(&k, OTHER, 24);
	ck_ok(store_meter_ready(k.db, NODE, k.now, 4, ready, &n, &e));
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(ready[0].jobs, 45); /* 40 + those of 64 to 69 but the one that waits */
	ck_assert_int_eq(ready[0].due_at, k.now + 10);
	ck_assert_int_eq(ready[0].to_id, k.entry[2]);
	d.entry_id = k.entry[2];
	d.devices = 43; /* no more than so many */
	d.due_at = k.now + 60;
	KEPT(store_distribution_take(k.db, &d, k.now, E));
	ck_assert_int_eq(d.devices, 43);
	ck_ok(store_distribution_jobs(k.db, d.id, 0, 80, list, &n, &e));
	ck_assert_int_eq(n, 43);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_lt(list[i].eui % 64, 40);
	ck_ok(store_distribution_jobs(k.db, d.id, list[41].id, 80, list, &n, &e));
	ck_assert_int_eq(n, 1);
	/* What is due is that of the shards that are held; READY jobs are not. */
	ck_ok(store_meter_job_due(k.db, NODE, k.now + 60, 0, 80, due, &n, &e));
	ck_assert_int_eq(n, 43);
	ck_ok(store_meter_job_due(k.db, NODE, k.now + 60, 6, 2, due, &n, &e));
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(due[0].shard, 6);
	ck_assert_int_eq(due[1].shard, 7);
	ck_ok(store_meter_job_due(k.db, OTHER, k.now + 60, 0, 80, due, &n, &e));
	ck_assert_int_eq(n, 0);
	/* An answer: one device by name, all others at once. */
	KEPT(store_distribution_move(
	    k.db, d.id, "sent", "distributed", "", k.now + 99, 0, k.now,
	    &(struct store_meter_event){
		.way = "in", .what = "11.1", .code = "I0", .ref = 5, .detail = "taken" },
	    &moved, E));
	ck_assert_int_eq(moved, 43);
	/* A lease that has run out is nobody's. */
	ck_ok(store_meter_ready(k.db, NODE, k.now + 1001, 4, ready, &n, &e));
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(a_distribution_is_answered_once_and_nothing_makes_none)
{
	KIT(k, 5);
	struct store_distribution d = { .user_eui = USER, .service = "11.4", .counter = 6, .node = NODE },
				  got_d;
	struct err e = { 0 };
	bool got, first, again;
	size_t n;

	meters_walked(&k, 3);
	for (int i = 0; i < 3; i++)
		job_put(&k, i, 0, k.now);
	shards_take(&k, NODE, 64);
	d.entry_id = k.entry[2];
	d.devices = 10;
	d.due_at = k.now + 5;
	KEPT(store_distribution_take(k.db, &d, k.now, E)); /* another service */
	ck_assert_int_eq(d.devices, 0);
	ck_ok(store_distribution_due(k.db, k.now + 99, 1, &got_d, &n, &e));
	ck_assert_int_eq(n, 0);
	str_copy(d.service, sizeof d.service, "11.1");
	d.devices = 10;
	KEPT(store_distribution_take(k.db, &d, k.now, E));
	ck_assert_int_eq(d.devices, 3);
	ck_ok(store_distribution_of_counter(k.db, USER, 6, &got, &got_d, &e));
	ck_assert(got && got_d.id == d.id && got_d.devices == 3);
	ck_assert_str_eq(got_d.public_id, "000002");
	ck_ok(store_distribution_due(k.db, k.now + 5, 1, &got_d, &n, &e));
	ck_assert_int_eq(n, 1);
	KEPT(store_distribution_end(k.db, d.id, "answered", "I0", "", k.now, &first, E) ||
	     store_distribution_end(k.db, d.id, "lost", "", "", k.now, &again, E));
	ck_assert(first && !again);
	ck_ok(store_distribution_due(k.db, k.now + 99, 1, &got_d, &n, &e));
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(shards_go_to_who_is_there_and_what_runs_out_is_free)
{
	KIT(k, 6);
	struct store_dcc_node nodes[4];
	struct err e = { 0 };
	uint64_t a, b;
	int64_t n, held;
	size_t count;

	shards_take(&k, NODE, 64);
	KEPT(store_shard_take(k.db, OTHER, k.now, k.now + 1000, FAR, 64, &n, E) ||
	     store_shard_give(k.db, NODE, 32, E));
	ck_assert_int_eq(n, 0); /* none was free */
	shards_take(&k, OTHER, 32);
	ck_ok(store_shard_held(k.db, NODE, k.now, &a, &e));
	ck_ok(store_shard_held(k.db, OTHER, k.now, &b, &e));
	ck_assert(a == UINT64_C(0xFFFFFFFF) && b == ~a);
	/* One renews, the other is gone. */
	KEPT(store_shard_renew(k.db, NODE, k.now + 3000, &held, E));
	ck_assert_int_eq(held, 32);
	k.now += 1500;
	KEPT(store_shard_take(k.db, NODE, k.now, k.now + 1000, FAR, 64, &n, E));
	ck_assert_int_eq(n, 32);
	ck_ok(store_shard_held(k.db, OTHER, k.now, &b, &e));
	ck_assert_uint_eq(b, 0);
	/* What was written under a wrong clock does not count. */
	KEPT(store_shard_renew(k.db, NODE, FAR + 1, &held, E) ||
	     store_shard_take(k.db, OTHER, k.now, k.now + 1000, FAR, 64, &n, E));
	ck_assert_int_eq(n, 64);
	ck_ok(store_dcc_node_list(k.db, k.now, 4, nodes, &count, &e));
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(nodes[1].shards, 64);
	KEPT(store_dcc_nodes(k.db, k.now, &n, E)); /* both were seen before */
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(feature_22_what_a_user_sent_is_counted_by_the_day)
{
	KIT(k, 7);
	int64_t n = 0;

	user_put(&k, 0);
	KEPT(store_dcc_user_spend(k.db, USER, k.now, 1, 1, &n, E) ||
	     store_dcc_user_spend(k.db, USER, k.now, 3, 0, &n, E) ||
	     store_dcc_user_spend(k.db, USER, k.now, 2, 2, &n, E));
	ck_assert_int_eq(n, 3);
	KEPT(store_dcc_user_spend(k.db, USER, k.now + 86400000, 1, 1, &n, E));
	ck_assert_int_eq(n, 1);
}
END_TEST

START_TEST(who_stands_in_the_file_no_more_speaks_for_nobody_and_its_counter_stays)
{
	KIT(k, 8);
	struct store_dcc_user u;
	struct err e;
	int64_t a, b;
	bool got;

	user_put(&k, 5);
	KEPT(store_dcc_user_counter(k.db, USER + 5, k.now, &a, E) || store_dcc_user_drop(k.db, USER + 5, E));
	ck_ok(store_dcc_user_of_org(k.db, 5, &got, &u, &e));
	ck_assert(!got);
	user_put(&k, 5);
	ck_ok(store_dcc_user_of_org(k.db, 5, &got, &u, &e));
	ck_assert(got && u.eui == USER + 5);
	KEPT(store_dcc_user_counter(k.db, USER + 5, k.now - 10, &b, E));
	ck_assert_int_eq(b, a + 1);
}
END_TEST

START_TEST(wishes_and_walks_are_those_of_the_node)
{
	KIT(k, 9);
	struct store_meter v[4];
	struct err e;
	int64_t device;
	size_t n;

	meters_walked(&k, 2);
	device = nr(&k, 0).device_id;
	KEPT(store_meter_wish(k.db, device, METER_WISH_READ, k.now + 10, E));
	ck_ok(store_meter_wishes(k.db, NODE, k.now + 10, 4, v, &n, &e));
	ck_assert_int_eq(n, 0);
	shards_take(&k, NODE, 64);
	ck_ok(store_meter_wishes(k.db, NODE, k.now + 9, 4, v, &n, &e));
	ck_assert_int_eq(n, 0);
	ck_ok(store_meter_wishes(k.db, NODE, k.now + 10, 4, v, &n, &e));
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(v[0].device_id, device);
	KEPT(store_meter_wish_sent(k.db, device, 77, 1, k.now + 500, E));
	ck_assert_int_eq(nr(&k, 0).wish_counter, 77);
	KEPT(store_meter_wish_done(k.db, device, E));
	ck_assert_int_eq(nr(&k, 0).wish_at, -1);
	{
		struct store_meter_walk w[4];

		ck_ok(store_meter_walks(k.db, NODE, k.now, 0, 4, w, &n, &e));
		ck_assert_int_eq(n, 0); /* none was begun */
	}
}
END_TEST

START_TEST(the_story_is_cut_at_a_character_paged_and_forgotten_by_age)
{
	KIT(k, 10);
	char long_one[METER_EVENT_DETAIL_MAX + 10];
	struct store_meter_event v = { .way = "in", .what = "N60", .code = "N60", .at = k.now };
	OWN(rows_done) struct rows *r = NULL;
	struct store_meter_event got_v;
	STR(out, MIB);
	struct err e;
	int64_t n;
	bool got;
	char eui[DUIS_EUI_SIZE];

	meters_walked(&k, 1);
	v.device_id = nr(&k, 0).device_id;
	memset(long_one, 'x', sizeof long_one);
	memcpy(long_one + METER_EVENT_DETAIL_MAX - 1, "\xC3\xA4\xC3\xA4", 4);
	long_one[sizeof long_one - 1] = 0;
	v.detail = long_one;
	KEPT(store_meter_event_add(k.db, &v, E));
	v.detail = "second";
	v.at = k.now + 5;
	KEPT(store_meter_event_add(k.db, &v, E));
	ck_ok(store_meter_event_page(k.db, v.device_id, 0, 0, 9, &r, &e));
	ck_ok(store_meter_event_next(r, &got_v, &got, &e));
	ck_assert_str_eq(got_v.detail, "second");
	ck_ok(store_meter_event_next(r, &got_v, &got, &e));
	ck_assert_int_eq(strlen(got_v.detail), METER_EVENT_DETAIL_MAX - 1);
	rows_done(MOVE(r));
	KEPT(store_meter_event_forget(k.db, k.now + 1, &n, E));
	ck_assert_int_eq(n, 1);
	ck_ok(meter_story_json(k.db, SCOPE_ALL, kit_snap(&k), eui_nr(0, eui), 0, NULL, 10, &out, &e));
	ck_assert_msg(strstr(str_c(&out), "second") && !strstr(str_c(&out), "xxx"), "%s", str_c(&out));
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		counters_rise_when_the_clock_goes_back_and_after_a_restart,
		T20_an_alert_that_was_heard_is_told_from_a_new_one,
		a_job_moves_only_from_what_was_read_and_one_is_open_per_meter,
		a_node_gathers_and_acts_for_the_meters_of_its_shards_only,
		a_distribution_is_answered_once_and_nothing_makes_none,
		shards_go_to_who_is_there_and_what_runs_out_is_free,
		feature_22_what_a_user_sent_is_counted_by_the_day,
		who_stands_in_the_file_no_more_speaks_for_nobody_and_its_counter_stays,
		wishes_and_walks_are_those_of_the_node,
		the_story_is_cut_at_a_character_paged_and_forgotten_by_age,
	};

	return STORES_RUN("meter_rows", all, 60);
}
