/* SPDX-License-Identifier: Apache-2.0 */
/* What update managers get from the service: polls in, commands and Manifests out, without a write for what
 * is not new. */
#include "fleet_kit.h"

#include "orch/bbum_door.h"
#include "store/store_fleet.h"
#include "wire/bbum_message.h"

/* The service as a worker thread has it: a connection that cannot write. */
struct desk {
	struct kit *k;
	struct db *db;
};

static struct desk desk_open(struct kit *k)
{
	struct desk d = { .k = k };
	struct err e;

	ck_ok(db_connect(k->dsn, true, &d.db, &e));
	return d;
}

static void desk_done(struct desk *d)
{
	db_close(d->db);
}
DEFINE_OWN_VAL(struct desk, desk_done)

static struct bbum_door door_of(struct desk *d)
{
	return (struct bbum_door){
		.db = d->db, .snap = kit_snap(d->k), .runner = d->k->runner, .image_dir = d->k->images
	};
}

/* A device that runs entry n and has heard of nothing yet. */
static struct bbum_poll_msg message(const char *device, int n)
{
	struct bbum_poll_msg m = { .wants_manifest = true,
				   .status = { .state = BBUM_NORMAL,
					       .syntax_ok = true,
					       .integrity_ok = true,
					       .identity_ok = true,
					       .recommends = -1,
					       .manufacturer = "118F",
					       .model = "0001",
					       .hardware = "0002",
					       .progress = -1 } };

	str_copy(m.device, sizeof m.device, device);
	snprintf(m.status.version, sizeof m.status.version, "%08X", (unsigned)n * 0x100);
	return m;
}

static struct bbum_answer_msg poll_once(struct desk *d, const struct bbum_poll_msg *m)
{
	struct bbum_door door = door_of(d);
	struct bbum_answer_msg a;
	STR(body, BBUM_BODY_MAX);
	STR(out, BBUM_BODY_MAX);
	struct err e;

	bbum_poll_write(m, &body);
	ck_ok(bbum_poll(&door, str_c(&body), body.len, &out, &e));
	ck_ok(bbum_answer_read(str_c(&out), out.len, &a, &e));
	return a;
}

static void import_two(struct kit *k)
{
	kit_import(k, "name,identity\nm1," KIT_MODEL ":00000100\nm2,\n");
}

START_TEST(a_poll_of_a_strange_device_or_a_broken_one_is_refused)
{
	KIT(k, 1);
	OWN(desk_done) struct desk d = desk_open(&k);
	struct bbum_door door = door_of(&d);
	struct bbum_poll_msg m = message("nobody", 1);
	STR(body, BBUM_BODY_MAX);
	STR(out, BBUM_BODY_MAX);
	struct err e;

	kit_fake(&k, "faked", 1, "");
	bbum_poll_write(&m, &body);
	ck_refused(bbum_poll(&door, str_c(&body), body.len, &out, &e), ERR_NO_DEVICE, "nobody");
	m = message("faked", 1);
	str_clear(&body);
	bbum_poll_write(&m, &body);
	ck_refused(bbum_poll(&door, str_c(&body), body.len, &out, &e), ERR_CONFLICT, "adapter 'fake'");
	ck_refused(bbum_poll(&door, "{", 1, &out, &e), ERR_JSON, "");
	ck_refused(bbum_poll(&door, "{\"device\":\"m1\"}", 15, &out, &e), ERR_JSON_FIELD, "");
	ck_refused(bbum_manifest(&door, "nobody", &out, &e), ERR_NO_DEVICE, "nobody");
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(what_is_new_is_recorded_once_and_what_is_not_costs_no_write)
{
	KIT(k, 2);
	OWN(desk_done) struct desk d = desk_open(&k);
	OWN(rows_done) struct rows *r = NULL;
	struct bbum_poll_msg m = message("m2", 3);
	struct store_device dev;
	struct runner_counts before, after;
	struct err e;
	bool got;

	import_two(&k);
	kit_round(&k, 250);
	poll_once(&d, &m);
	kit_round(&k, 1);
	ck_ok(store_device_get(k.db, SEES_ALL, "m2", &r, &dev, &got, &e));
	ck_assert_int_eq(dev.entry_id, k.entry[3]);
	ck_assert_str_eq(dev.told_by, "device");
	ck_assert_str_eq(dev.state, "normal-operation");
	ck_assert_str_eq(dev.life, "ok");
	rows_done(MOVE(r));
	before = runner_counts(k.runner);
	for (int i = 0; i < 50; i++) {
		m.status.progress = i;
		poll_once(&d, &m);
		kit_round(&k, 1);
	}
	after = runner_counts(k.runner);
	ck_assert_int_eq(after.transactions, before.transactions);
	ck_assert_int_eq(after.seen, before.seen + 50);
	/* signs of life are written together, later */
	kit_round(&k, k.set.seen_flush);
	ck_ok(store_device_get(k.db, SEES_ALL, "m2", &r, &dev, &got, &e));
	ck_assert_int_eq(dev.progress, 49);
}
END_TEST

START_TEST(without_a_walk_the_Manifest_is_that_of_what_runs_and_there_is_no_command)
{
	KIT(k, 3);
	OWN(desk_done) struct desk d = desk_open(&k);
	struct bbum_door door = door_of(&d);
	struct bbum_poll_msg m = message("m1", 1);
	struct bbum_answer_msg a;
	struct bbum_manifest man;
	STR(out, 4096);
	struct err e;

	import_two(&k);
	a = poll_once(&d, &m);
	ck_assert_int_eq(a.command, BBUM_CMD_NONE);
	ck_assert(a.has_manifest);
	ck_assert_str_eq(a.manifest.name, "cpl:000001");
	ck_assert_str_eq(a.manifest.version, "00000100");
	ck_assert_int_eq(a.manifest.size, 16);
	ck_assert_str_eq(a.manifest.image + strlen(BBUM_ADDRESS_IMAGES), a.manifest.hash);
	ck_ok(bbum_manifest(&door, "m1", &out, &e));
	ck_ok(bbum_manifest_read(str_c(&out), out.len, &man, &e));
	ck_assert_mem_eq(&man, &a.manifest, sizeof man);
	/* what it runs is not known, or its image is not here: no Manifest */
	str_clear(&out);
	ck_refused(bbum_manifest(&door, "m2", &out, &e), ERR_NOT_FOUND, "no active Manifest");
	m = message("m2", 1);
	a = poll_once(&d, &m);
	ck_assert(a.no_manifest);
	kit_image_drop(&k, 1);
	m = message("m1", 1);
	a = poll_once(&d, &m);
	ck_assert(a.no_manifest);
	m.wants_manifest = false;
	a = poll_once(&d, &m);
	ck_assert(!a.has_manifest && !a.no_manifest);
}
END_TEST

/* Plays one hop by hand: the device says what the chart says, the service answers with the next command. */
static void answer_command(struct bbum_poll_msg *m, const struct bbum_answer_msg *a, enum bbum_state state)
{
	m->status.state = state;
	m->status.cycle_id = a->cycle_id;
	m->status.seq = a->seq;
	m->status.answer = BBUM_ANSWER_ACCEPTED;
}

static struct bbum_answer_msg until_command(struct desk *d, const struct bbum_poll_msg *m,
					    enum bbum_command want)
{
	struct bbum_answer_msg a = { .command = BBUM_CMD_NONE };

	for (int i = 0; i < 20 && a.command != want; i++) {
		a = poll_once(d, m);
		kit_round(d->k, 250);
	}
	ck_assert_str_eq(bbum_command_text[a.command], bbum_command_text[want]);
	return a;
}

START_TEST(a_hop_over_polls_gives_each_command_once_and_again_until_it_is_answered)
{
	KIT(k, 4);
	OWN(desk_done) struct desk d = desk_open(&k);
	struct bbum_poll_msg m = message("m1", 1);
	struct bbum_answer_msg a, again;
	int64_t id;

	import_two(&k);
	id = kit_started(&k, "m1", 2, 5, 0);
	for (int i = 0; i < 5; i++) {
		a = poll_once(&d, &m);
		kit_round(&k, 250);
	}
	ck_assert_str_eq(a.manifest.name, "cpl:000002"); /* the next hop is offered */
	ck_assert_int_gt(a.poll_ms, 0);
	str_copy(m.status.manifest, sizeof m.status.manifest, a.manifest.name);
	str_copy(m.status.manifest_version, sizeof m.status.manifest_version, a.manifest.version);
	m.status.recommends = 1;
	a = until_command(&d, &m, BBUM_CMD_REQUEST_UPDATE);
	again = poll_once(&d, &m);
	ck_assert_int_eq(again.seq, a.seq);
	answer_command(&m, &a, BBUM_PENDING);
	a = until_command(&d, &m, BBUM_CMD_TRIGGER);
	ck_assert_int_eq(a.seq, again.seq + 1);
	answer_command(&m, &a, BBUM_UPDATE);
	poll_once(&d, &m);
	kit_round(&k, 250);
	again = poll_once(&d, &m);
	ck_assert_int_eq(again.command, BBUM_CMD_NONE); /* it updates */
	m.status.state = BBUM_COMPLETED;
	m.status.result = BBUM_RESULT_SUCCESS;
	m.status.result_cycle_id = a.cycle_id;
	m.status.result_seq = a.seq;
	a = until_command(&d, &m, BBUM_CMD_RESTART);
	answer_command(&m, &a, BBUM_COMPLETED);
	poll_once(&d, &m); /* accepted, before it restarts: not yet done */
	kit_round(&k, 250);
	ck_assert_int_eq(kit_state(&k, id).n_hops, 0);
	m.status.boots++;
	str_copy(m.status.version, sizeof m.status.version, "00000200");
	a = until_command(&d, &m, BBUM_CMD_NORMAL_OPERATION);
	ck_assert_int_eq(kit_state(&k, id).n_hops, 1);
	answer_command(&m, &a, BBUM_NORMAL);
	m.status.result = BBUM_RESULT_UNDEFINED;
	m.status.result_cycle_id = m.status.result_seq = 0;
	for (int i = 0; i < 5; i++) {
		a = poll_once(&d, &m);
		kit_round(&k, 250);
	}
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
	ck_assert_int_eq(a.command, BBUM_CMD_NONE);
	ck_assert_str_eq(a.manifest.name, "cpl:000002");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_status_that_was_lost_on_the_way_is_heard_with_the_next_poll)
{
	KIT(k, 5);
	OWN(desk_done) struct desk d = desk_open(&k);
	struct bbum_poll_msg m = message("m1", 1);
	struct bbum_answer_msg a = { .command = BBUM_CMD_NONE };
	int64_t id;

	import_two(&k);
	id = kit_started(&k, "m1", 2, 5, 0);
	/* The service dies after every answer, before the orchestrator has looked at it; every third time it
	 * lives long enough. */
	for (int i = 0; i < 60 && a.command != BBUM_CMD_REQUEST_UPDATE; i++) {
		a = poll_once(&d, &m);
		if (a.has_manifest) {
			str_copy(m.status.manifest, sizeof m.status.manifest, a.manifest.name);
			str_copy(m.status.manifest_version, sizeof m.status.manifest_version,
				 a.manifest.version);
			m.status.recommends = strcmp(a.manifest.version, m.status.version) != 0;
		}
		if (i % 3 == 2)
			kit_round(&k, 250);
		kit_crash(&k);
	}
	ck_assert_int_eq(a.command, BBUM_CMD_REQUEST_UPDATE);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 1);
}
END_TEST

START_TEST(a_node_without_orchestrator_answers_all_the_same)
{
	KIT(k, 6);
	OWN(desk_done) struct desk d = desk_open(&k);
	struct bbum_door door = door_of(&d);
	struct bbum_poll_msg m = message("m1", 1);
	STR(body, BBUM_BODY_MAX);
	STR(out, BBUM_BODY_MAX);
	struct err e;

	import_two(&k);
	door.runner = NULL;
	bbum_poll_write(&m, &body);
	ck_ok(bbum_poll(&door, str_c(&body), body.len, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "cpl:000001"));
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_poll_of_a_strange_device_or_a_broken_one_is_refused,
		what_is_new_is_recorded_once_and_what_is_not_costs_no_write,
		without_a_walk_the_Manifest_is_that_of_what_runs_and_there_is_no_command,
		a_hop_over_polls_gives_each_command_once_and_again_until_it_is_answered,
		a_status_that_was_lost_on_the_way_is_heard_with_the_next_poll,
		a_node_without_orchestrator_answers_all_the_same,
	};

	return STORES_RUN("door", all, 120);
}
