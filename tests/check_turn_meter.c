/* SPDX-License-Identifier: Apache-2.0 */
/* Meters in the runner: hubs, meters, displays and switches of random HANs in one campaign. A second, naive
 * judge looks at every push: no device is moved while its condition does not hold, never two of a HAN at
 * once, none without authority. The door is played from the walk's row, as orch/dcc_door.h says. */
#include "fleet_kit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/meter.h"
#include "store/store_cycle.h"
#include "store/store_dcc.h"
#include "store/store_turn.h"
#include "wire/bbum_message.h"

#define HANS 6
#define IN_HAN 7
#define RULES 4
#define LATEST "{\"name\":\"c\",\"target\":\"000004\",\"members\":{\"filter\":{}}}"

static const enum han_class classes[IN_HAN] = { HAN_CHF,    HAN_GPF,   HAN_ESME, HAN_GSME,
						HAN_HCALCS, HAN_PPMID, HAN_IHD };

struct dev {
	int64_t id;
	int runs; /* number of an entry */
	enum bbum_state state;
	int64_t cycle_id, seq, result_cycle, result_seq, boots;
	enum bbum_answer answer;
	enum bbum_result result;
	char reason[96], error[32];
	int work, pushes;
	bool lost;
};
/* To `to` (0 = any) a device of the class needs another of class `of` to run at least entry `least`. */
struct rule {
	enum han_class class, of;
	int to, least;
};
struct world {
	struct kit k;
	struct dev d[HANS][IN_HAN];
	struct rule rule[RULES];
	int nrules, pushes;
	const char *fail; /* word of the next installations' failure */
	bool stall;       /* what was triggered stays as it is */
};

static void eui_of(int han, int place, char buf[24])
{
	snprintf(buf, 24, "00-DB-12-34-56-78-%02X-%02X", han, place);
}

static void script(struct world *w, const char *sql)
{
	struct err e;

	ck_ok(w->k.db->ops->script(w->k.db, sql, &e));
}

static void meters_register(struct world *w, int hans, const int runs[HANS][IN_HAN])
{
	struct actor who = kit_who(&w->k);
	struct meter_counts counts;
	STR(csv, 64 * KIB);
	char eui[24], hub[24], id[32];
	struct store_meter *m = mem_zalloc(sizeof *m);
	uint64_t n;
	struct err e;
	size_t got;

	str_add(&csv, "eui,type,hub,identity,status,smets\n");
	for (int h = 0; h < hans; h++)
		for (int i = 0; i < IN_HAN; i++) {
			eui_of(h, i, eui);
			eui_of(h, 0, hub);
			w->d[h][i].runs = runs[h][i];
			str_addf(&csv, "%s,%s,%s,%s,Commissioned,SMETS2\n", eui, han_class_text[classes[i]],
				 hub, kit_identity(runs[h][i], id));
		}
	ck_ok(meter_import(w->k.db, SCOPE_ALL, kit_snap(&w->k), &who, FLEET_CSV, str_c(&csv), csv.len,
			   &counts, &e));
	for (int h = 0; h < hans; h++)
		for (int i = 0; i < IN_HAN; i++) {
			n = UINT64_C(0x00DB123456780000) + (uint64_t)h * 256 + (uint64_t)i;
			ck_ok(store_meter_of_eui(w->k.db, n, 1, m, &got, &e));
			ck_assert_int_eq(got, 1);
			w->d[h][i].id = m->device_id;
			w->d[h][i].state = BBUM_NORMAL;
		}
	free(m);
}

static void world_open(struct world *w, int engine, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	kit_open(&w->k, engine, seed);
	script(w, "INSERT INTO dcc_user (eui) VALUES (42)");
}

static void world_done(struct world *w)
{
	kit_done(&w->k);
}
DEFINE_OWN_VAL(struct world, world_done)
#define WORLD(name, seed)                                                                                    \
	OWN(world_done) struct world name;                                                                   \
	char phase[80];                                                                                      \
	(void)phase;                                                                                         \
	world_open(&name, _i, seed)

static void rule_add(struct world *w, enum han_class class, int to, enum han_class of, int least)
{
	char sql[500], ids[60] = "", applies[24] = "NULL";

	for (int n = least; n <= KIT_ENTRIES; n++)
		snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%06d", *ids ? "," : "", n);
	if (to)
		snprintf(applies, sizeof applies, "%" PRId64, w->k.entry[to]);
	snprintf(sql, sizeof sql,
		 "INSERT INTO han_rule (name, applies_class, applies_id, needs_class, needs_ids, source, "
		 "stated_by, stated_at) VALUES ('r%d', '%s', %s, '%s', '%s', 'a note', 'a', 1)",
		 w->nrules, han_class_text[class], applies, han_class_text[of], ids);
	script(w, sql);
	w->rule[w->nrules++] = (struct rule){ class, of, to, least };
}

/* ---- the naive judge ---- */

static bool fulfilled(const struct world *w, int han, int place, int to)
{
	bool carried = classes[place] != HAN_PPMID && classes[place] != HAN_HCALCS;

	if (classes[place] == HAN_CHF || classes[place] == HAN_GPF || classes[place] == HAN_IHD)
		return false;
	for (int r = 0; r < w->nrules; r++) {
		const struct rule *q = &w->rule[r];

		if (q->class != classes[place] || (q->to && q->to != to))
			continue;
		carried = carried || q->of == HAN_CHF;
		for (int i = 0; i < IN_HAN; i++)
			if (classes[i] == q->of && w->d[han][i].runs < q->least)
				return false;
	}
	return carried;
}

static int entry_number(const struct world *w, int64_t id)
{
	for (int n = 1; n <= KIT_ENTRIES; n++)
		if (w->k.entry[n] == id)
			return n;
	return 0;
}

/* ---- the door ---- */

static void push_judge(struct world *w, int han, int place, const struct walk *walk)
{
	struct dev *d = &w->d[han][place];
	int to = entry_number(w, walk->to_id);

	ck_assert_msg(!d->lost, "HAN %d %s is pushed without authority", han, han_class_text[classes[place]]);
	ck_assert_int_eq(to, d->runs + 1);
	ck_assert_msg(fulfilled(w, han, place, to), "HAN %d %s is pushed to %d against a condition", han,
		      han_class_text[classes[place]], to);
	d->pushes++;
	w->pushes++;
}

static void obey(struct world *w, int han, int place, const struct walk *walk)
{
	struct dev *d = &w->d[han][place];

	if (walk->command == BBUM_CMD_NONE || (walk->cycle_id == d->cycle_id && walk->seq <= d->seq))
		return;
	d->cycle_id = walk->cycle_id;
	d->seq = walk->seq;
	d->answer = BBUM_ANSWER_ACCEPTED;
	d->reason[0] = 0;
	switch (walk->command) {
	case BBUM_CMD_REQUEST_UPDATE:
		if (d->lost) { /* as the door says it: by the gate's word */
			d->answer = BBUM_ANSWER_REJECTED;
			str_copy(d->reason, sizeof d->reason, "authority-lost another supplier has it");
			return;
		}
		d->state = BBUM_PENDING;
		return;
	case BBUM_CMD_TRIGGER:
		push_judge(w, han, place, walk);
		d->work = 3;
		d->result = BBUM_RESULT_UNDEFINED;
		d->error[0] = 0;
		d->result_cycle = d->cycle_id;
		d->result_seq = d->seq;
		return;
	case BBUM_CMD_RESTART:
		d->boots++;
		return;
	case BBUM_CMD_CANCEL:
	case BBUM_CMD_NORMAL_OPERATION:
		d->state = BBUM_NORMAL;
		d->work = 0;
		return;
	case BBUM_CMD_NONE:
	case BBUM_CMD_SHUTDOWN:
	case BBUM_CMD_TURN_TO_ERROR:
	case BBUM_COMMANDS:
		break;
	}
}

static void work(struct world *w, struct dev *d)
{
	if (!d->work || w->stall || --d->work)
		return;
	d->state = BBUM_COMPLETED;
	if (d->lost || w->fail) {
		d->result = BBUM_RESULT_INSTALL_FAILED;
		str_copy(d->error, sizeof d->error, d->lost ? "authority-lost" : w->fail);
		return;
	}
	d->result = BBUM_RESULT_SUCCESS;
	d->runs++;
}

static void tell(struct world *w, const struct dev *d, int64_t to_id)
{
	struct report r = { .device_id = d->id };
	struct bbum_status *st = &r.status;

	*st = (struct bbum_status){ .state = d->state,
				    .recommends = to_id ? 1 : -1,
				    .cycle_id = d->cycle_id,
				    .seq = d->seq,
				    .answer = d->answer,
				    .result = d->result,
				    .result_cycle_id = d->result_cycle,
				    .result_seq = d->result_seq,
				    .boots = d->boots,
				    .progress = -1 };
	if (to_id)
		snprintf(st->manifest, sizeof st->manifest, "cpl:%06d", entry_number(w, to_id));
	str_copy(st->reason, sizeof st->reason, d->reason);
	str_copy(st->error, sizeof st->error, d->error);
	str_copy(st->manufacturer, sizeof st->manufacturer, "118F");
	str_copy(st->model, sizeof st->model, "0001");
	str_copy(st->hardware, sizeof st->hardware, "0002");
	snprintf(st->version, sizeof st->version, "%08X", (unsigned)d->runs * 0x100);
	bbum_status_mark(st, r.mark);
	ck_assert(runner_post(w->k.runner, &r));
}

static void doors_act(struct world *w)
{
	struct walk walk;
	struct err e;
	bool got;

	for (int h = 0; h < HANS; h++) {
		int active = 0;

		for (int i = 0; i < IN_HAN && w->d[h][i].id; i++) {
			struct dev *d = &w->d[h][i];

			ck_ok(store_walk_of_device(w->k.db, d->id, &got, &walk, &e));
			if (!got || !walk.cycle_id)
				continue;
			active++;
			obey(w, h, i, &walk);
			work(w, d);
			tell(w, d, walk.to_id);
		}
		ck_assert_msg(active <= 1, "%d walks of HAN %d are active", active, h);
	}
}

static void round_of(struct world *w, int64_t ms)
{
	doors_act(w);
	kit_round(&w->k, ms);
}

static const char *phase_of(struct world *w, int64_t campaign, int han, int place, char buf[80])
{
	char eui[24];

	eui_of(han, place, eui);
	return kit_phase(&w->k, campaign, eui, buf);
}
#define AT(han, place) phase_of(&w, id, han, place, phase)

static void rounds(struct world *w, int64_t campaign, int n, int64_t ms)
{
	for (int i = 0; i < n && kit_state(&w->k, campaign).ended_at < 0; i++)
		round_of(w, ms);
}

static void one_han(struct world *w, int hub, int rest)
{
	const int runs[HANS][IN_HAN] = { { hub, hub, rest, rest, rest, rest, 1 } };

	meters_register(w, 1, runs);
}

/* The DCC has upgraded the hub: CHF and GPF are one unit. */
static void hub_upgrade(struct world *w, int han)
{
	for (int i = 0; i < 2; i++) {
		w->d[han][i].runs++;
		tell(w, &w->d[han][i], 0);
	}
}

/* ---- tests ---- */

START_TEST(feature_21_hubs_and_displays_are_refused_when_the_campaign_is_planned)
{
	WORLD(w, 1);
	struct campaign_ctx c;
	struct actor who;
	int64_t id;
	struct err e;

	one_han(&w, 2, 2);
	rule_add(&w, HAN_PPMID, 0, HAN_CHF, 2);
	c = kit_ctx(&w.k);
	who = kit_who(&w.k);
	ck_ok(campaign_create(&c, &who, NULL, LATEST, strlen(LATEST), &id, &e));
	ck_assert_str_eq(AT(0, 0), "refused:pushed-by-dcc");
	ck_assert_str_eq(AT(0, 1), "refused:pushed-by-dcc");
	ck_assert_str_eq(AT(0, 6), "refused:no-ota");
	ck_ok(campaign_start(&c, &who, id, &e));
	rounds(&w, id, 400, 60000);
	ck_assert_str_eq(AT(0, 0), "refused:pushed-by-dcc");
	ck_assert_str_eq(AT(0, 2), "done");
	ck_assert_str_eq(AT(0, 3), "done");
	ck_assert_str_eq(AT(0, 4), "held:hub-unknown"); /* no rule says which hub carries an HCALCS */
	ck_assert_str_eq(AT(0, 5), "done");
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_21_a_ppmid_waits_for_its_hub_and_goes_on_when_the_dcc_has_upgraded_it)
{
	WORLD(w, 2);
	int64_t id;

	one_han(&w, 1, 3);
	rule_add(&w, HAN_PPMID, 0, HAN_CHF, 2);
	rule_add(&w, HAN_HCALCS, 0, HAN_CHF, 1);
	id = kit_asked(&w.k, SCOPE_ALL, LATEST);
	for (int i = 0; i < 100; i++)
		round_of(&w, 1000);
	ck_assert_str_eq(AT(0, 2), "done");
	ck_assert_str_eq(AT(0, 4), "done");
	ck_assert_str_eq(AT(0, 5), "queued:hub-firmware");
	hub_upgrade(&w, 0);
	for (int i = 0; i < 60; i++) /* it is told, it does not come to look by chance */
		round_of(&w, 1000);
	ck_assert_str_eq(AT(0, 5), "done");
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(a_stale_inventory_is_read_before_the_walk_begins)
{
	WORLD(w, 7);
	struct store_meter *m = mem_zalloc(sizeof *m);
	int64_t id;
	struct err e;
	bool got;

	w.k.inventory_age = 3600000;
	kit_crash(&w.k);
	one_han(&w, 2, 3);
	id = kit_asked(&w.k, SCOPE_ALL, LATEST);
	for (int i = 0; i < 20; i++)
		round_of(&w, 1000);
	ck_assert_str_eq(AT(0, 2), "queued:not-now:inventory");
	ck_assert_int_eq(kit_state(&w.k, id).n_events, 2); /* two are held for a rule; waiting cost nothing */
	ck_ok(store_meter_get(w.k.db, w.d[0][2].id, &got, m, &e));
	ck_assert_str_eq(m->wish, METER_WISH_INVENTORY);
	{
		TX(tx); /* as the door does when the answer comes */

		ck_ok(tx_begin(&tx, w.k.db, true, &e));
		ck_ok(store_meter_inventory_at(w.k.db, m->site_id, w.k.now, &e));
		ck_ok(store_turn_again(w.k.db, m->site_id, w.k.now, &e));
		ck_ok(tx_keep(&tx, &e));
	}
	for (int i = 0; i < 100; i++)
		round_of(&w, 1000);
	ck_assert_str_eq(AT(0, 2), "done");
	ck_assert_str_eq(AT(0, 3), "done");
	free(m);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_23_a_walk_whose_authority_is_lost_ends_stopped_and_is_no_failure)
{
	WORLD(w, 3);
	int64_t id;
	struct err e;

	one_han(&w, 2, 1);
	id = kit_asked(&w.k, SCOPE_ALL,
		       "{\"name\":\"c\",\"target\":\"000004\",\"members\":{\"filter\":{}},\"stop_after\":3}");
	for (int i = 0; i < 200 && !w.d[0][2].pushes; i++)
		round_of(&w, 1000);
	ck_assert_int_eq(w.d[0][2].pushes, 1);
	for (int i = 2; i < 4; i++) { /* one is under way, the other waits for its turn */
		TX(tx);

		w.d[0][i].lost = true;
		ck_ok(tx_begin(&tx, w.k.db, true, &e));
		ck_ok(store_meter_authority(w.k.db, w.d[0][i].id, false, "change of supplier", &e));
		ck_ok(tx_keep(&tx, &e));
	}
	for (int i = 0; i < 200; i++)
		round_of(&w, 10000);
	ck_assert_str_eq(AT(0, 2), "stopped:authority-lost");
	ck_assert_str_eq(AT(0, 3), "refused:authority-lost");
	ck_assert_int_eq(w.d[0][2].pushes, 1);
	ck_assert_int_eq(kit_state(&w.k, id).n[PHASE_FAILED], 0);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(feature_20_an_end_that_would_come_again_is_not_tried_again)
{
	WORLD(w, 4);
	int64_t id;

	one_han(&w, 2, 3);
	w.fail = "not-applicable";
	id = kit_asked(&w.k, SCOPE_ALL, LATEST);
	rounds(&w, id, 200, 60000);
	ck_assert_str_eq(AT(0, 2), "failed:not-applicable");
	ck_assert_int_eq(w.d[0][2].pushes, 1);
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(a_campaign_that_is_stopped_takes_back_what_was_not_activated)
{
	WORLD(w, 5);
	struct campaign_ctx c;
	struct actor who;
	int64_t id;
	struct err e;

	one_han(&w, 2, 2);
	w.stall = true;
	id = kit_asked(&w.k, SCOPE_ALL, LATEST);
	for (int i = 0; i < 100 && !w.pushes; i++)
		round_of(&w, 1000);
	for (int i = 0; i < 50; i++) /* days pass: nothing of the runner ends it */
		round_of(&w, 6 * 3600 * 1000);
	ck_assert_int_eq(kit_state(&w.k, id).n[PHASE_ACTIVE], 1);
	c = kit_ctx(&w.k);
	who = kit_who(&w.k);
	ck_ok(campaign_stop(&c, &who, id, &e));
	for (int i = 0; i < 30; i++)
		round_of(&w, 1000);
	ck_assert_int_eq(kit_state(&w.k, id).n[PHASE_ACTIVE], 0);
	ck_assert_int_ge(kit_state(&w.k, id).ended_at, 0);
	ck_assert_int_eq(w.d[0][2].runs + w.d[0][3].runs, 4); /* nothing was activated */
	kit_consistent(&w.k, id);
}
END_TEST

START_TEST(a_campaign_that_is_paused_lets_the_hop_end_and_begins_no_other)
{
	WORLD(w, 6);
	struct campaign_ctx c;
	struct actor who;
	int64_t id;
	struct err e;

	one_han(&w, 2, 1);
	id = kit_asked(&w.k, SCOPE_ALL, LATEST);
	for (int i = 0; i < 100 && !w.pushes; i++)
		round_of(&w, 1000);
	c = kit_ctx(&w.k);
	who = kit_who(&w.k);
	ck_ok(campaign_pause(&c, &who, id, &e));
	for (int i = 0; i < 100; i++)
		round_of(&w, 60000);
	ck_assert_int_eq(w.pushes, 1);
	ck_assert_int_eq(w.d[0][2].runs + w.d[0][3].runs, 3);
	ck_assert_int_eq(kit_state(&w.k, id).n[PHASE_ACTIVE], 0);
	ck_ok(campaign_resume(&c, &who, id, &e));
	for (int i = 0; i < 100; i++)
		round_of(&w, 60000);
	ck_assert_str_eq(AT(0, 2), "done");
	ck_assert_str_eq(AT(0, 3), "done");
	kit_consistent(&w.k, id);
}
END_TEST

/* Every walk has a named end, and where it is held or waits the judge agrees that it must. */
static void ends_judge(struct world *w, int64_t id)
{
	char phase[80];

	for (int h = 0; h < HANS; h++)
		for (int i = 0; i < IN_HAN; i++) {
			const char *p = phase_of(w, id, h, i, phase);
			int runs = w->d[h][i].runs;

			if (classes[i] == HAN_CHF || classes[i] == HAN_GPF || classes[i] == HAN_IHD)
				ck_assert_msg(!strncmp(p, "refused:", 8), "%d %d: %s", h, i, p);
			else if (w->d[h][i].lost)
				ck_assert_msg(strstr(p, ":authority-lost") || !strcmp(p, "done"), "%d %d: %s",
					      h, i, p);
			else if (runs >= 4)
				ck_assert_msg(!strcmp(p, "done"), "%d %d: %s", h, i, p);
			else
				ck_assert_msg(!fulfilled(w, h, i, runs + 1), "%d %d at %d: %s", h, i, runs,
					      p);
		}
}

START_TEST(feature_21_of_random_HANs_no_device_is_moved_while_its_condition_does_not_hold)
{
	for (int n = 0; n < 2; n++) {
		WORLD(w, 100 + (uint64_t)n);
		static const enum han_class to[] = { HAN_ESME, HAN_GSME, HAN_HCALCS, HAN_PPMID };
		static const enum han_class of[] = { HAN_CHF, HAN_CHF, HAN_ESME, HAN_GSME };
		int runs[HANS][IN_HAN];
		struct rnd *rnd = &w.k.rnd;
		int64_t id;

		for (int h = 0; h < HANS; h++)
			for (int i = 0; i < IN_HAN; i++)
				runs[h][i] = i == 1 ? runs[h][0] : 1 + (int)rnd_below(rnd, 3);
		meters_register(&w, HANS, runs);
		rule_add(&w, HAN_PPMID, 0, HAN_CHF, 1 + (int)rnd_below(rnd, 3));
		while (w.nrules < RULES) {
			enum han_class class = to[rnd_below(rnd, 4)], needs = of[rnd_below(rnd, 4)];

			if (class != needs)
				rule_add(&w, class, (int)rnd_below(rnd, 5), needs,
					 1 + (int)rnd_below(rnd, 4));
		}
		id = kit_asked(&w.k, SCOPE_ALL, LATEST);
		for (int i = 0; i < 160; i++) {
			int h = (int)rnd_below(rnd, HANS);

			if (!rnd_below(rnd, 40) && w.d[h][0].runs < 4)
				hub_upgrade(&w, h);
			round_of(&w, rnd_below(rnd, 10) ? 1000 : 700000);
		}
		for (int i = 0; i < 60; i++) /* whatever waits by the clock has its hour */
			round_of(&w, 600000);
		ck_assert_int_gt(w.pushes, HANS);
		ends_judge(&w, id);
		kit_consistent(&w.k, id);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		feature_21_hubs_and_displays_are_refused_when_the_campaign_is_planned,
		feature_21_a_ppmid_waits_for_its_hub_and_goes_on_when_the_dcc_has_upgraded_it,
		a_stale_inventory_is_read_before_the_walk_begins,
		feature_23_a_walk_whose_authority_is_lost_ends_stopped_and_is_no_failure,
		feature_20_an_end_that_would_come_again_is_not_tried_again,
		a_campaign_that_is_stopped_takes_back_what_was_not_activated,
		a_campaign_that_is_paused_lets_the_hop_end_and_begins_no_other,
		feature_21_of_random_HANs_no_device_is_moved_while_its_condition_does_not_hold,
	};

	return STORES_RUN("turn_meter", all, 120);
}
