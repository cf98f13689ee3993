/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns under a graph that changes: the three policies, edits at every moment of the runner's work (T08),
 * downgrades only where they are stated and allowed (T09), and a campaign that goes wrong (T43). */
#include "fleet_kit.h"

#include "base/str.h"
#include "db_fault.h"
#include "model/cm_states.h"
#include "store/store_fleet.h"

/* A campaign of d1 from entry 1 to entry 5 that has just reached entry 2. */
static int64_t half_way(struct kit *k, const char *policy, int64_t *ret_dev)
{
	char body[200];
	int64_t id;

	*ret_dev = kit_fake(k, "d1", 1, "");
	snprintf(body, sizeof body,
		 "{\"name\":\"c\",\"target\":\"000005\",\"members\":{\"filter\":{}},\"on_change\":\"%s\"}",
		 policy);
	id = kit_asked(k, SCOPE_ALL, body);
	while (!kit_state(k, id).n_hops)
		kit_round(k, 250);
	return id;
}

static void resume(struct kit *k, int64_t id)
{
	struct campaign_ctx c = kit_ctx(k);
	struct actor who = kit_who(k);
	struct err e;

	ck_ok(campaign_resume(&c, &who, id, &e));
}

/* What the campaign's members say, as the REST answer has it. */
static const char *told(struct kit *k, int64_t id, struct str *out)
{
	struct err e;

	str_clear(out);
	ck_ok(campaign_cycles_json(k->db, kit_snap(k), id, NULL, NULL, 10, out, &e));
	return str_c(out);
}

static int count_events(struct kit *k, int64_t id, const char *name, char detail[200])
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_event v;
	struct err e;
	bool got = true;
	int n = 0;

	ck_ok(store_event_page(k->db, id, 0, 1000, &r, &e));
	while (got) {
		ck_ok(store_event_next(r, true, &v, &got, &e));
		if (got && !strcmp(v.event, name)) {
			str_copy(detail, 200, v.detail);
			n++;
		}
	}
	return n;
}

/* The device's activations, as "1>2>4". */
static const char *walked(struct kit *k, int64_t device, char buf[64])
{
	size_t len = 0;

	*buf = 0;
	for (size_t i = 0; i < fake_effects(k->world); i++) {
		const struct fake_effect *fx = fake_effect_at(k->world, i);

		if (fx->device_id != device)
			continue;
		if (!len)
			len = (size_t)snprintf(buf, 64, "%ld", strtol(fx->from, NULL, 16) / 0x100);
		if (len < 60)
			len +=
			    (size_t)snprintf(buf + len, 64 - len, ">%ld", strtol(fx->to, NULL, 16) / 0x100);
	}
	return buf;
}

static const int from_2_and_4[] = { 2, 4 }, from_2[] = { 2 };

/* The plan of the campaign as it is told before any walk has looked at the catalogue again. */
static const char *plan_told(struct kit *k, int64_t id, struct str *out)
{
	struct err e;
	const char *now;

	str_clear(out);
	ck_ok(campaign_json(k->db, kit_snap(k), id, k->now, kit_ctx(k).image_dir, out, &e));
	now = strstr(str_c(out), "\"now\":");
	ck_assert_ptr_nonnull(now);
	return now;
}
#define TELLS(text) ck_assert_ptr_nonnull(strstr(plan_told(&k, id, &out), text))

START_TEST(a_plan_tells_that_it_stands_no_more_before_a_walk_finds_out)
{
	static const struct {
		const char *policy, *better, *fallen;
	} cases[] = {
		{ "hold", "held", "held" },
		{ "finish-recorded", "goes-on", "held" },
		{ "replan", "replanned", "replanned" },
	};
	KIT(k, 9);
	STR(out, 1 << 20);
	char body[200], then[40];
	int64_t ids[3], id;

	for (int i = 0; i < 3; i++) {
		snprintf(body, sizeof body, "d%d", i);
		kit_fake(&k, body, 1, "");
		snprintf(
		    body, sizeof body,
		    "{\"name\":\"c%d\",\"target\":\"000005\",\"members\":{\"filter\":{\"prefix\":\"d%d\"}},"
		    "\"on_change\":\"%s\"}",
		    i, i, cases[i].policy);
		id = ids[i] = kit_asked(&k, SCOPE_ALL, body);
		TELLS("\"state\":\"stands\",\"from\":null,\"to\":null,\"reason\":null,\"hops\":[],\"then\":"
		      "\"goes-on\"");
	}
	kit_bases(&k, 5, from_2_and_4, 2);
	for (int i = 0; i < 3; i++) {
		id = ids[i];
		TELLS("\"state\":\"changed\",\"from\":null,\"to\":null,\"reason\":null,\"hops\":[\"000002\","
		      "\"000005\"]");
		snprintf(then, sizeof then, "\"then\":\"%s\"", cases[i].better);
		TELLS(then);
	}
	kit_block(&k, 3, 2);
	for (int i = 0; i < 3; i++) {
		id = ids[i];
		TELLS(
		    "\"state\":\"fallen\",\"from\":\"000002\",\"to\":\"000003\",\"reason\":\"edge-blocked\"");
		snprintf(then, sizeof then, "\"then\":\"%s\"", cases[i].fallen);
		TELLS(then);
	}
	kit_block(&k, 5, 2);
	id = ids[2]; /* no way is left: replan has nothing to plan */
	TELLS("\"hops\":[],\"then\":\"held\"");
}
END_TEST

START_TEST(under_hold_a_walk_waits_when_a_better_path_appears_and_both_paths_are_shown)
{
	KIT(k, 1);
	STR(out, 1 << 20);
	char way[64];
	int64_t dev, id = half_way(&k, "hold", &dev);

	kit_bases(&k, 5, from_2_and_4, 2);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:path-changed");
	ck_assert_ptr_nonnull(strstr(told(&k, id, &out), "000002 > 000003 > 000004 > 000005; at "));
	ck_assert_ptr_nonnull(strstr(str_c(&out), ": 000002 > 000005\""));
	ck_assert_str_eq(walked(&k, dev, way), "1>2");
	kit_consistent(&k, id);
	resume(&k, id);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(walked(&k, dev, way), "1>2>5");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_change_that_leaves_the_path_as_it_is_holds_nobody)
{
	KIT(k, 2);
	char way[64];
	int64_t dev, id = half_way(&k, "hold", &dev);

	kit_bases(&k, 6, from_2, 1);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(walked(&k, dev, way), "1>2>3>4>5");
}
END_TEST

START_TEST(finish_recorded_goes_on_while_every_hop_that_is_left_stands)
{
	KIT(k, 3);
	char way[64];
	int64_t dev, id = half_way(&k, "finish-recorded", &dev);

	kit_bases(&k, 5, from_2_and_4, 2);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(walked(&k, dev, way), "1>2>3>4>5");
}
END_TEST

START_TEST(finish_recorded_waits_at_once_when_a_later_hop_fell)
{
	KIT(k, 4);
	STR(out, 1 << 20);
	char way[64];
	int64_t dev, id = half_way(&k, "finish-recorded", &dev);

	kit_bases(&k, 5, from_2, 1); /* 4 -> 5 is gone, three hops ahead */
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:edge-withdrawn");
	ck_assert_ptr_nonnull(strstr(told(&k, id, &out), "000004 to 000005"));
	ck_assert_str_eq(walked(&k, dev, way), "1>2");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(replan_takes_the_new_path_from_what_was_found_and_tells_why)
{
	KIT(k, 5);
	char way[64], detail[200];
	int64_t dev, id = half_way(&k, "replan", &dev);

	kit_bases(&k, 5, from_2, 1);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "done");
	ck_assert_str_eq(walked(&k, dev, way), "1>2>5");
	ck_assert_int_eq(count_events(&k, id, "replanned", detail), 1);
	ck_assert_ptr_nonnull(strstr(detail, "000002 > 000003 > 000004 > 000005; at "));
	ck_assert_ptr_nonnull(strstr(detail, ": 000002 > 000005"));
	kit_consistent(&k, id);
}
END_TEST

START_TEST(replan_without_a_path_waits_with_the_reason)
{
	KIT(k, 6);
	char way[64];
	int64_t dev, id = half_way(&k, "replan", &dev);

	kit_bases(&k, 5, NULL, 0);
	kit_run(&k, id, MANY);
	ck_assert_str_eq(PHASE(id, "d1"), "held:no-path:no-edge");
	ck_assert_str_eq(walked(&k, dev, way), "1>2");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_path_that_changed_between_two_fragments_does_not_stop_a_walk_there)
{
	static const int from_1[] = { 1 };

	for (int later = 0; later < 9; later += 3) {
		KIT(k, 60);
		int64_t id;

		kit_entry(&k, 21, 0, 1, NULL, "Fragment 1 of 2 of FW version 9");
		k.entry[2] = kit_entry_id(&k, 21);
		kit_entry(&k, 22, 0, 2, NULL, "Fragment 2 of 2 of FW version 9");
		k.entry[3] = kit_entry_id(&k, 22);
		kit_entry(&k, 23, 0, 3, NULL, NULL);
		kit_fake(&k, "d1", 1, "");
		id = kit_asked(&k, SCOPE_ALL,
			       "{\"name\":\"f\",\"target\":\"000023\",\"members\":{\"filter\":{}}}");
		while (!kit_state(&k, id).n_hops)
			kit_round(&k, 250);
		for (int i = 0; i < later; i++)
			kit_round(&k, 250);
		k.entry[5] = kit_entry_id(&k, 23);
		kit_bases(&k, 5, from_1, 1); /* nothing leads from the fragments to the target any more */
		kit_run(&k, id, MANY);
		ck_assert_msg(!strcmp(PHASE(id, "d1"), "held:edge-withdrawn") || !strcmp(phase, "done"), "%s",
			      phase);
		ck_assert_int_ge(kit_state(&k, id).n_hops, 2);
	}
}
END_TEST

/* ---- T08: an edit at any moment ---- */

/* The test's own idea of the graph: bases[n] holds bit b when entry n is stated to follow entry b. */
struct editor {
	struct kit *k;
	unsigned bases[KIT_ENTRIES + 1];
	int64_t campaign, seen; /* newest event that was looked at */
	int edits, pushes;
};

static void edit_something(struct editor *ed)
{
	int n = 2 + (int)rnd_below(&ed->k->rnd, KIT_ENTRIES - 1), list[KIT_ENTRIES], count = 0;

	ed->bases[n] = 0;
	for (int b = 1; b < n; b++)
		if (rnd_below(&ed->k->rnd, n - b == 1 ? 4 : 2) != 0 && n - b <= 2) {
			ed->bases[n] |= 1U << b;
			list[count++] = b;
		}
	kit_bases(ed->k, n, list, count);
	ed->edits++;
}

static int number_of(const struct kit *k, int64_t entry_id)
{
	for (int n = 1; n <= KIT_ENTRIES; n++)
		if (k->entry[n] == entry_id)
			return n;
	return 0;
}

/* Nobody else writes now: what is about to be kept must fit the graph as it stands. */
static void look_at_pushes(struct editor *ed, struct db *real)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_event v;
	struct err e;
	bool got = true;

	ck_ok(store_event_page(real, ed->campaign, ed->seen, 1000, &r, &e));
	while (got) {
		int from, to;

		ck_ok(store_event_next(r, true, &v, &got, &e));
		if (!got)
			break;
		ed->seen = v.n;
		if (!v.command || (strcmp(v.now, cm_state_text[CM_ASKED]) != 0 &&
				   strcmp(v.now, cm_state_text[CM_PENDING]) != 0 &&
				   strcmp(v.now, cm_state_text[CM_AGAIN]) != 0))
			continue;
		ed->pushes++;
		from = number_of(ed->k, v.from_id);
		to = number_of(ed->k, v.to_id);
		ck_assert_msg(ed->bases[to] & 1U << from,
			      "%s: %s on the hop %d to %d, which is not stated (edit %d)", v.device, v.now,
			      from, to, ed->edits);
	}
}

static void editor_watch(void *ctx, enum fault_moment at, struct db *real)
{
	struct editor *ed = ctx;

	if (at == FAULT_COMMIT)
		look_at_pushes(ed, real);
	else if (ed->campaign && rnd_below(&ed->k->rnd, 6) == 0)
		edit_something(ed);
}

/* One campaign whose graph is edited before any transaction of the runner. Returns edits made. */
static int edited_history(int engine, uint64_t seed, int *ret_pushes)
{
	OWN(kit_done) struct kit k;
	struct editor ed = { .k = &k };
	char body[200], name[8];
	struct err e;
	struct db *db;
	uint32_t policy;

	kit_open(&k, engine, seed);
	k.set.retry_wait = 300;
	runner_free(k.runner);
	ck_ok(db_open(k.dsn, false, &db, &e));
	db = db_fault_wrap(db, -1);
	db_fault_watch(db, editor_watch, &ed);
	kit_runner(&k, db);
	for (int n = 2; n <= KIT_ENTRIES; n++)
		ed.bases[n] = 1U << (n - 1);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "d%d", i);
		kit_fake(&k, name, 1, i ? "" : "refuse=1;fail=1");
	}
	policy = (uint32_t)rnd_below(&k.rnd, ON_CHANGES);
	snprintf(body, sizeof body,
		 "{\"name\":\"c\",\"target\":\"000006\",\"members\":{\"filter\":{}},\"stop_after\":0,"
		 "\"on_change\":\"%s\"}",
		 on_change_text[policy]);
	ed.campaign = kit_asked(&k, SCOPE_ALL, body);
	for (int i = 0; i < 160 && kit_state(&k, ed.campaign).ended_at < 0; i++) {
		struct store_campaign c = kit_state(&k, ed.campaign);

		if (c.n[PHASE_HELD] && i % 4 == 0)
			resume(&k, ed.campaign);
		kit_round(&k, 400);
	}
	ed.campaign = 0;
	*ret_pushes += ed.pushes;
	return ed.edits;
}

START_TEST(T08_whatever_moment_an_edit_comes_no_push_is_decided_against_it)
{
	const char *text = getenv("FIRPATH_INTERLEAVINGS");
	int many = text ? (int)strtol(text, NULL, 10) : 80, edits = 0, pushes = 0;

	for (uint64_t i = 0; edits < many; i++)
		edits += edited_history(_i, 800 + i, &pushes);
	ck_assert_int_gt(pushes, many / 10);
}
END_TEST

/* ---- T09 ---- */

/* The oracle: which of the six versions may follow which. Two are stated downgrades: 4 -> 2 and 6 -> 5. */
static const char *const stated[] = { "12", "23", "34", "45", "56", "42", "65", NULL };

/* Fewest hops by trying all; fills way[], returns hops, -1 = none. */
static int oracle_walk(int from, int to, int left, int *way)
{
	int best = -1, rest[8];

	way[0] = from;
	if (from == to)
		return 0;
	for (int i = 0; stated[i] && left > 0; i++) {
		int n;

		if (stated[i][0] - '0' != from)
			continue;
		n = oracle_walk(stated[i][1] - '0', to, best < 0 ? left - 1 : best - 2, rest);
		if (n >= 0 && (best < 0 || n + 1 < best)) {
			best = n + 1;
			memcpy(way + 1, rest, sizeof *rest * (size_t)best);
		}
	}
	return best;
}

START_TEST(T09_nothing_goes_back_but_where_a_downgrade_is_stated_and_allowed)
{
	static const int to_2[] = { 1, 4 }, to_5[] = { 4, 6 };
	int64_t dev[2][7][7], id[2][7][7];
	char name[16], body[200], way[64], want[64];
	KIT(k, 9);

	kit_bases(&k, 2, to_2, 2);
	kit_bases(&k, 5, to_5, 2);
	for (int may = 0; may < 2; may++)
		for (int a = 1; a <= 6; a++)
			for (int b = 1; b <= 6; b++) {
				snprintf(name, sizeof name, "d%d-%d-%d", may, a, b);
				dev[may][a][b] = kit_fake(&k, name, a, "");
				snprintf(
				    body, sizeof body,
				    "{\"name\":\"%s\",\"target\":\"%06d\",\"members\":{\"devices\":[\"%s\"]},"
				    "\"allow_downgrade\":%s}",
				    name, b, name, may ? "true" : "false");
				id[may][a][b] = kit_asked(&k, SCOPE_ALL, body);
			}
	for (int i = 0; i < 400; i++)
		kit_round(&k, 250);
	for (int may = 0; may < 2; may++)
		for (int a = 1; a <= 6; a++)
			for (int b = 1; b <= 6; b++) {
				int hop[10], hops = oracle_walk(a, b, 6, hop), back = 0;
				size_t len = 0;

				*want = 0;
				for (int i = 0; i < hops; i++)
					back += hop[i + 1] < hop[i];
				for (int i = 0; i <= hops && hops > 0 && (may || !back); i++)
					len += (size_t)snprintf(want + len, sizeof want - len, "%s%d",
								i ? ">" : "", hop[i]);
				snprintf(name, sizeof name, "d%d-%d-%d", may, a, b);
				ck_assert_msg(!strcmp(walked(&k, dev[may][a][b], way), want),
					      "%s: %s, not %s", name, way, want);
				PHASE(id[may][a][b], name);
				if (hops > 0 && back && !may)
					ck_assert_msg(!strncmp(phase, "refused:downgrade:", 18), "%s: %s",
						      name, phase);
				else
					ck_assert_msg(!strncmp(phase, hops < 0 ? "refused:no-path" : "done",
							       hops < 0 ? 15 : 4),
						      "%s: %s", name, phase);
			}
}
END_TEST

/* ---- T43 ---- */

static int triggered(struct kit *k, const int64_t *dev, int n)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += fake_triggers(k->world, dev[i]) > 0;
	return count;
}

START_TEST(T43_a_campaign_that_goes_wrong_is_over_within_its_cap)
{
	const char *text = getenv("FIRPATH_RUNAWAY");
	int n = text ? (int)strtol(text, NULL, 10) : 300, cap = n > 10000 ? n / 500 : 20, limit = n / 100,
	    at = -1;
	int64_t *dev = mem_array((size_t)n, sizeof *dev), id;
	OWN(mem_free) char *kept = (char *)dev;
	char name[16], identity[32];
	STR(csv, 64 * MIB);
	struct err e;
	KIT(k, 43);

	(void)kept;
	k.set.retry_wait = 100;
	k.set.trigger_tries = 1;
	kit_crash(&k);
	kit_identity(1, identity);
	str_add(&csv, "name,adapter,address,identity\n");
	for (int i = 0; i < n; i++)
		str_addf(&csv, "d%06d,fake,at=%s;%s,%s\n", i, identity, i % 7 == 3 ? "fail=99" : "",
			 identity);
	kit_import(&k, str_c(&csv));
	for (int i = 0; i < n; i++) {
		OWN(rows_done) struct rows *r = NULL;
		struct store_device d;
		bool got;

		snprintf(name, sizeof name, "d%06d", i);
		ck_ok(store_device_get(k.db, SEES_ALL, name, &r, &d, &got, &e));
		dev[i] = d.id;
	}
	id = kit_started(&k, "d", 2, cap, limit);
	for (int i = 0; i < MANY && at < 0; i++) {
		kit_round(&k, 250);
		if (kit_state(&k, id).state == CAMPAIGN_HALTED)
			at = triggered(&k, dev, n);
	}
	ck_assert_int_ge(at, limit);
	for (int i = 0; i < 200; i++)
		kit_round(&k, 250);
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_HALTED);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 0);
	ck_assert_int_le(triggered(&k, dev, n), at + cap + 1);
	ck_assert_int_lt(triggered(&k, dev, n), n / 2);
	kit_consistent(&k, id);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		under_hold_a_walk_waits_when_a_better_path_appears_and_both_paths_are_shown,
		a_change_that_leaves_the_path_as_it_is_holds_nobody,
		finish_recorded_goes_on_while_every_hop_that_is_left_stands,
		finish_recorded_waits_at_once_when_a_later_hop_fell,
		replan_takes_the_new_path_from_what_was_found_and_tells_why,
		replan_without_a_path_waits_with_the_reason,
		a_path_that_changed_between_two_fragments_does_not_stop_a_walk_there,
		a_plan_tells_that_it_stands_no_more_before_a_walk_finds_out,
		T08_whatever_moment_an_edit_comes_no_push_is_decided_against_it,
		T09_nothing_goes_back_but_where_a_downgrade_is_stated_and_allowed,
		T43_a_campaign_that_goes_wrong_is_over_within_its_cap,
	};

	return STORES_RUN("change", all, 1200);
}
