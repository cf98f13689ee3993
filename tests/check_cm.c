/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles in the service: what is stored, said, shown and told, with Building Blocks that poll the door. */
#include "cm_kit.h"

#include <inttypes.h>

#include "core/events.h"
#include "core/people.h"
#include "store/store_cm.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"

START_TEST(a_vehicle_in_auto_mode_goes_to_its_new_configuration_by_itself)
{
	CM_KIT(c, 2);
	TWO(c, "01");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 60);
	cm_kit_until(&c, "normal-operation", "idle", 60);
	cm_kit_all_run(&c, "2.0.0");
	ck_assert_int_gt(c.bb[1].turned_away, 0); /* its wave is the second */
	cm_kit_chain_good(&c);
}
END_TEST

START_TEST(H1_H2_H3_H4_H6_H8_H10_H12_H13_the_log_has_the_lines_of_both_levels)
{
	static const struct {
		const char *event;
		bool normal; /* shown in the normal log */
	} lines[] = { { "startup", true },   { "ask-status", false }, { "status", false },
		      { "manifest", false }, { "request", false },    { "trigger", false },
		      { "package", false },  { "restart", true },     { "normal", true } };
	CM_KIT(c, 2);
	TWO(c, "00");

	kit_crash(&c.k);
	cm_kit_until(&c, "normal-operation", "idle", 20);
	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 60);
	cm_kit_until(&c, "normal-operation", "idle", 60);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		ck_assert_msg(cm_kit_lines(&c, "extended", lines[i].event, 0) >= 1, "%s", lines[i].event);
		ck_assert_msg((cm_kit_lines(&c, "normal", lines[i].event, 0) >= 1) == lines[i].normal, "%s",
			      lines[i].event);
	}
	/* H4, H10: once for each, with who it was and what it was given */
	for (int n = 1; n <= 2; n++) {
		ck_assert_int_eq(cm_kit_lines(&c, "extended", "package", n), 1);
		ck_assert_int_le(cm_kit_lines(&c, "extended", "manifest", n), 2);
	}
	ck_assert(cm_kit_logged(&c, "manifest", "bb:00000001-2222-4333-8444-555555555555@2.0.0"));
}
END_TEST

START_TEST(H5_H7_H11_summaries_are_normal_and_each_building_block_is_extended)
{
	static const char *const words[] = { "advice", "acceptance", "result" };
	CM_KIT(c, 2);
	char each[32];
	TWO(c, "00");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 60);
	for (size_t i = 0; i < 3; i++) {
		snprintf(each, sizeof each, "%s-bb", words[i]);
		ck_assert(cm_kit_lines(&c, "normal", words[i], 0) >= 1);
		ck_assert_int_eq(cm_kit_lines(&c, "normal", each, 0), 0);
		ck_assert(cm_kit_lines(&c, "extended", each, 1) >= 1);
		ck_assert(cm_kit_lines(&c, "extended", each, 2) >= 1);
	}
}
END_TEST

START_TEST(H0_H9_H14_H15_B24_cancel_error_and_exception_are_logged_and_the_level_is_a_setting)
{
	CM_KIT(c, 2);
	STR(out, 16 * MIB);
	struct cm_log_filter f = { .since = -1 };
	struct err e;
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	cm_kit_do(&c, "cancel update");
	cm_kit_until(&c, "normal-operation", NULL, 20);
	ck_assert_int_eq(cm_kit_lines(&c, "extended", "cancel", 0), 1);
	ck_assert_int_eq(cm_kit_lines(&c, "normal", "cancel", 0), 0);
	cm_kit_do(&c, "mode auto");
	c.bb[1].state = BBUM_ERROR;
	str_copy(c.bb[1].error, sizeof c.bb[1].error, "safe-state");
	cm_kit_asks(&c, "exception", 20);
	ck_assert(cm_kit_lines(&c, "normal", "exception", 0) >= 1);
	/* without a level it is what `log` says */
	ck_ok(cm_log_json(c.k.db, SCOPE_ALL, c.vehicle, &f, &out, &e));
	ck_assert(!strstr(str_c(&out), "\"level\":\"extended\""));
	cm_kit_do(&c, "log extended");
	str_clear(&out);
	ck_ok(cm_log_json(c.k.db, SCOPE_ALL, c.vehicle, &f, &out, &e));
	ck_assert(strstr(str_c(&out), "\"level\":\"extended\""));
}
END_TEST

START_TEST(H16_the_log_goes_on_where_a_reader_left_it_and_is_bounded)
{
	CM_KIT(c, 1);
	OWN(json_free) struct json *j = NULL, *more = NULL;
	STR(out, 16 * MIB);
	struct cm_log_filter f = { .level = "extended", .since = -1, .last = 2 };
	struct err e;
	TX(tx);
	int64_t last, n;
	TWO(c, "0");

	(void)two;
	ck_ok(cm_log_json(c.k.db, SCOPE_ALL, c.vehicle, &f, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	ck_assert_int_eq(json_len(json_get(j, "lines")), 2);
	last = json_int(json_get(j, "last"), -1);
	cm_kit_do(&c, "log normal");
	cm_kit_do(&c, "mode manual");
	f.since = last;
	f.last = 0;
	str_clear(&out);
	ck_ok(cm_log_json(c.k.db, SCOPE_ALL, c.vehicle, &f, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &more, &e));
	n = (int64_t)json_len(json_get(more, "lines"));
	ck_assert_int_ge(n, 1);
	ck_assert_int_eq(json_int(json_get(json_at(json_get(more, "lines"), 0), "n"), 0), last + 1);
	ck_assert_int_eq(json_int(json_get(more, "last"), 0), last + n);
	/* bounded: what is older than CM_LOG_KEPT lines goes */
	ck_ok(tx_begin(&tx, c.k.db, true, &e));
	ck_ok(store_cm_log_trim(c.k.db, 1, last - 1, &e));
	ck_ok(tx_keep(&tx, &e));
	ck_assert_int_eq(cm_kit_lines(&c, "extended", NULL, 0), n + 1);
	f.event = "nothing-of-the-kind";
	ck_refused(cm_log_json(c.k.db, SCOPE_ALL, c.vehicle, &f, &out, &e), ERR_INVALID, "no event");
}
END_TEST

START_TEST(a_question_is_answered_by_number_or_words_and_never_by_an_answer_to_an_older_one)
{
	CM_KIT(c, 2);
	struct cm_say say = { .vehicle = c.vehicle };
	struct cm_tools tools = { .set = &c.k.site };
	struct actor who;
	STR(out, 16 * MIB);
	struct err e;
	int64_t seq;
	TWO(c, "00");
	OWN(json_free) struct json *j = NULL;

	cm_kit_do(&c, "mode manual");
	cm_kit_no(&c, "answer 1", "nothing is asked");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_no(&c, "answer 9", "does not offer");
	cm_kit_no(&c, "answer rollback", "does not offer");
	j = cm_kit_status(&c);
	seq = json_int(json_get(json_get(j, "prompt"), "seq"), -1);
	cm_kit_do(&c, "answer request update");
	cm_kit_asks(&c, "trigger", 20);
	ck_ok(cm_line_parse("trigger update", &say.line, &e));
	say.prompt = seq; /* meant for the question before */
	who = kit_who(&c.k);
	ck_refused(cm_command(c.k.db, SCOPE_ALL, &who, &tools, &say, &out, &e), ERR_CM_REJECTED,
		   "not asked any more");
	cm_kit_do(&c, "answer 2"); /* cancel is the first */
	cm_kit_until(&c, "update-completed", NULL, 30);
}
END_TEST

START_TEST(every_command_that_is_refused_says_why_and_changes_nothing)
{
	static const char *const lines[] = { "trigger update", "restart all", "normal operation all",
					     "rollback",       "sync normal", "shutdown" };
	CM_KIT(c, 2);
	int64_t before, after;
	char hash[65];
	struct err e;
	TWO(c, "00");

	(void)two;
	ck_ok(audit_head(c.k.db, &before, hash, &e));
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		cm_kit_no(&c, lines[i], "only in");
	ck_ok(audit_head(c.k.db, &after, hash, &e));
	ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(J14_J15_J16_only_what_was_verified_and_is_meant_for_this_vehicle_becomes_active)
{
	CM_KIT(c, 2);
	struct vc_store s = { .inbox = "", .trust_file = "" };
	struct cm_say say = { .vehicle = c.vehicle, .prompt = -1, .line = { .command = CM_CMD_ACTIVATE } };
	struct cm_tools tools = { .vcs = &s, .set = &c.k.site };
	struct actor who = kit_who(&c.k);
	STR(out, 16 * MIB);
	struct err e;
	int64_t other = cm_kit_vc(&c, CM_OTHER_TYPE, "5.0.0 5.0.0", "00");
	OWN(json_free) struct json *j = NULL;
	TWO(c, "00");

	s.dir = s.image_dir = c.k.images;
	say.line.n = (int)other;
	ck_refused(cm_command(c.k.db, SCOPE_ALL, &who, &tools, &say, &out, &e), ERR_CM_REJECTED, "Type ID");
	/* its files are not there, so that nothing can be verified: not activated */
	say.line.n = (int)two;
	ck_assert_int_ne(cm_command(c.k.db, SCOPE_ALL, &who, &tools, &say, &out, &e), OK);
	say.line.n = 77;
	ck_refused(cm_command(c.k.db, SCOPE_ALL, &who, &tools, &say, &out, &e), ERR_NOT_FOUND, "77");
	j = cm_kit_status(&c);
	ck_assert_int_eq(json_int(json_get(json_get(j, "vc"), "n"), 0), one);
}
END_TEST

START_TEST(Z21_while_an_update_is_under_way_no_other_configuration_is_activated)
{
	CM_KIT(c, 2);
	struct vc_store s = { .inbox = "", .trust_file = "" };
	struct cm_say say = { .vehicle = c.vehicle, .prompt = -1, .line = { .command = CM_CMD_ACTIVATE } };
	struct cm_tools tools = { .vcs = &s, .set = &c.k.site };
	struct actor who;
	STR(out, 16 * MIB);
	struct err e;
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	cm_kit_do(&c, "request update");
	cm_kit_asks(&c, "trigger", 20);
	who = kit_who(&c.k);
	say.line.n = (int)one;
	ck_refused(cm_command(c.k.db, SCOPE_ALL, &who, &tools, &say, &out, &e), ERR_CM_REJECTED, "rejected");
}
END_TEST

START_TEST(C9_C14_C15_the_tree_tells_hierarchy_files_versions_and_what_the_building_blocks_say)
{
	CM_KIT(c, 3);
	STR(out, 16 * MIB);
	OWN(json_free) struct json *j = NULL;
	const struct json *systems, *bb;
	struct err e;
	TWO(c, "011");

	(void)two;
	ck_ok(cm_tree_json(c.k.db, SCOPE_ALL, c.vehicle, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	ck_assert(json_bool(json_get(j, "good"), false));
	ck_assert_int_eq(json_int(json_get(j, "report"), 0), one);
	systems = json_get(j, "systems");
	ck_assert_int_eq(json_len(systems), 2);
	ck_assert_str_eq(cm_kit_text(json_at(systems, 0), "path", NULL), "Control");
	ck_assert_str_eq(cm_kit_text(json_at(systems, 1), "path", NULL), "Doors");
	bb = json_at(json_get(json_at(systems, 0), "blocks"), 1);
	ck_assert_str_eq(cm_kit_text(json_at(json_get(bb, "depends"), 0), "sentence", NULL), "b2 needs b1");
	ck_assert_int_eq(json_len(json_get(bb, "network")), 2);
	ck_assert_str_eq(cm_kit_text(json_at(json_get(bb, "archives"), 0), "version", NULL), "1.0.0");
	ck_assert_str_eq(cm_kit_text(bb, "life", NULL), "ok");
	ck_assert_int_eq(json_len(json_get(j, "waves")), 2);
	ck_assert_int_eq(json_len(json_at(json_get(j, "waves"), 1)), 2);
	/* one of them says that something is wrong: the whole does not comply any more */
	c.bb[2].corrupt = true;
	cm_kit_turn(&c, 1000);
	str_clear(&out);
	ck_ok(cm_tree_json(c.k.db, SCOPE_ALL, c.vehicle, &out, &e));
	ck_assert(strstr(str_c(&out), "\"good\":false"));
}
END_TEST

START_TEST(C34_progress_is_told_for_each_and_for_the_whole)
{
	CM_KIT(c, 2);
	TWO(c, "00");
	OWN(json_free) struct json *rest = NULL, *j = NULL;
	int64_t all;

	rest = cm_kit_status(&c);
	ck_assert(!json_get(rest, "progress"));
	cm_kit_activate(&c, two);
	c.bb[0].progress = 40;
	c.bb[1].progress = 20;
	cm_kit_until(&c, "update", NULL, 30);
	cm_kit_turn(&c, 1000);
	kit_round(&c.k, 60000); /* progress is written with the signs of life */
	j = cm_kit_status(&c);
	all = json_int(json_get(j, "progress"), -1);
	ck_assert_msg(all >= 20 && all <= 40, "%" PRId64, all);
	ck_assert_int_eq(json_int(json_get(json_at(json_get(j, "blocks"), 0), "progress"), -1), 40);
	ck_assert_int_eq(json_int(json_get(json_at(json_get(j, "blocks"), 1), "progress"), -1), 20);
}
END_TEST

START_TEST(A21_a_status_goes_from_the_building_block_to_the_manager_and_costs_nothing_when_it_is_not_new)
{
	CM_KIT(c, 2);
	struct runner_counts before, after;
	TWO(c, "00");

	(void)two;
	for (int i = 0; i < 3; i++)
		cm_kit_turn(&c, 100);
	before = runner_counts(c.k.runner);
	for (int i = 0; i < 20; i++)
		cm_kit_turn(&c, 100);
	after = runner_counts(c.k.runner);
	ck_assert_int_eq(after.reports - before.reports, 40);
	ck_assert_int_eq(after.seen - before.seen, 40); /* signs of life: no step, no write of their own */
	ck_assert_int_eq(after.moves, before.moves);
}
END_TEST

/* The vehicle-state rows as event bodies; returns how many say "state":"X". */
static int events_of(struct cm_kit *c, const char *state, int64_t org, unsigned roles)
{
	OWN(rows_done) struct rows *r = NULL;
	char want[64];
	struct err e;
	bool got, sees;
	int n = 0;

	snprintf(want, sizeof want, "\"state\":\"%s\"", state);
	ck_ok(db_run(c->k.db, SQL_AUDIT_OUTBOX, ARGS(VINT(0), VINT(100000)), &r, &e));
	for (;;) {
		STR(body, EVENT_BODY_MAX);
		struct event ev;

		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return n;
		ev = event_of_row(r);
		if (!ev.kind || strcmp(ev.kind->type, "org.firpath.vehicle.state") != 0)
			continue;
		ck_ok(event_visible(c->k.db, &ev, roles, org, &sees, &e));
		ck_ok(event_json(c->k.db, &ev, "", &body, &e));
		n += sees && strstr(str_c(&body), want) && strstr(str_c(&body), "\"vehicle\":\"train-7\"");
	}
}

START_TEST(A22_each_change_of_state_is_an_event_for_update_servers_of_its_organisation)
{
	static const char *const way[] = { "update-pending", "update", "update-completed" };
	CM_KIT(c, 2);
	TWO(c, "00");

	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 60);
	cm_kit_until(&c, "normal-operation", "idle", 60);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(events_of(&c, way[i], 0, ROLE_OPERATOR), 1);
		ck_assert_int_eq(events_of(&c, way[i], 5, ROLE_SUPPLIER), 0); /* T34: not theirs */
	}
	ck_assert_int_eq(cm_kit_audit(&c, "vc-activate"), 2);
	cm_kit_chain_good(&c);
}
END_TEST

START_TEST(J50_files_are_served_only_to_addresses_among_the_network_ids)
{
	static const struct {
		const char *peer;
		enum err_code want;
	} peers[] = { { "10.0.0.1", OK },
		      { "10.0.0.2", OK },
		      { "::ffff:10.0.0.2", OK },
		      { "127.0.0.1", OK },
		      { "::1", OK },
		      { "10.0.0.3", ERR_CM_ADDRESS },
		      { "10.0.0.11", ERR_CM_ADDRESS },
		      { "10.0.0.", ERR_CM_ADDRESS },
		      { "192.168.1.1", ERR_CM_ADDRESS } };
	CM_KIT(c, 1);
	struct bbum_door d;
	struct err e;
	TWO(c, "0");

	(void)two;
	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
		STR(out, 64 * KIB);

		d = (struct bbum_door){ .db = c.k.db, .image_dir = c.k.images, .peer = peers[i].peer };
		ck_assert_msg(bbum_manifest(&d, c.bb[0].device, &out, &e) == (int)peers[i].want, "%s",
			      peers[i].peer);
	}
}
END_TEST

START_TEST(a_package_is_given_to_the_building_block_whose_manifest_names_it_and_to_nobody_else)
{
	CM_KIT(c, 2);
	struct bbum_door d;
	char path[512], hash[65];
	struct err e;
	TWO(c, "00");

	cm_kit_do(&c, "mode manual");
	cm_kit_activate(&c, two);
	cm_kit_asks(&c, "request", 20);
	d = (struct bbum_door){ .db = c.k.db, .image_dir = c.k.images };
	cm_kit_archive(0, "2.0.0", hash);
	/* nobody triggered: not yet */
	ck_refused(bbum_package(&d, c.bb[0].device, hash, path, &e), ERR_CM_TURN, "not served yet");
	/* the other one's Package, and a file that no Manifest names any more */
	ck_refused(bbum_package(&d, c.bb[1].device, hash, path, &e), ERR_NOT_FOUND, "no Archive");
	cm_kit_archive(0, "1.0.0", hash);
	ck_refused(bbum_package(&d, c.bb[0].device, hash, path, &e), ERR_NOT_FOUND, "no Archive");
	ck_refused(bbum_package(&d, "nobody", hash, path, &e), ERR_NO_DEVICE, "nobody");
}
END_TEST

START_TEST(a_device_that_is_another_building_block_than_the_manifest_states_is_not_heard)
{
	CM_KIT(c, 1);
	TWO(c, "0");

	(void)two;
	str_copy(c.bb[0].type_id, sizeof c.bb[0].type_id, CM_OTHER_TYPE);
	cm_kit_turn(&c, 1000);
	ck_assert_int_eq(c.bb[0].last_error, ERR_CONFLICT);
}
END_TEST

START_TEST(T34_vehicles_of_other_organisations_are_absent_for_every_question_and_command)
{
	CM_KIT(c, 1);
	struct scope other = { 7, 7 };
	struct cm_tools tools = { .set = &c.k.site };
	struct actor who = kit_who(&c.k);
	struct cm_log_filter f = { .since = -1 };
	STR(out, 16 * MIB);
	struct cm_word word;
	struct err e;
	TWO(c, "0");

	(void)two;
	ck_refused(cm_status_json(c.k.db, other, c.vehicle, &out, &e), ERR_NOT_FOUND, "no vehicle");
	ck_refused(cm_tree_json(c.k.db, other, c.vehicle, &out, &e), ERR_NOT_FOUND, "no vehicle");
	ck_refused(cm_bb_json(c.k.db, other, c.vehicle, 1, &out, &e), ERR_NOT_FOUND, "no vehicle");
	ck_refused(cm_log_json(c.k.db, other, c.vehicle, &f, &out, &e), ERR_NOT_FOUND, "no vehicle");
	for (int i = 0; cm_word_at(i, &word); i++) {
		struct cm_say say = { .vehicle = c.vehicle, .prompt = -1 };

		say.line.command = (enum cm_command)(i % CM_CMDS);
		ck_refused(cm_command(c.k.db, other, &who, &tools, &say, &out, &e), ERR_NOT_FOUND,
			   "no vehicle");
	}
	str_clear(&out);
	ck_ok(cm_list_json(c.k.db, other, NULL, 50, &out, &e));
	ck_assert_str_eq(str_c(&out), "{\"vehicles\":[],\"next\":null}");
	/* and the same name is free for them */
	ck_ok(cm_register(c.k.db, other, &who, c.vehicle, CM_TYPE, &e));
	ck_refused(cm_register(c.k.db, other, &who, c.vehicle, CM_TYPE, &e), ERR_CONFLICT, "already");
	ck_refused(cm_status_json(c.k.db, SCOPE_ALL, c.vehicle, &out, &e), ERR_CONFLICT, "several owners");
}
END_TEST

START_TEST(a_list_of_vehicles_comes_in_pages_and_wrong_names_are_refused)
{
	CM_KIT(c, 1);
	struct actor who = kit_who(&c.k);
	OWN(json_free) struct json *first = NULL, *rest = NULL;
	STR(out, 16 * MIB);
	char name[16];
	struct err e;

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "v%d", i);
		ck_ok(cm_register(c.k.db, SCOPE_ALL, &who, name, CM_TYPE, &e));
	}
	ck_refused(cm_register(c.k.db, SCOPE_ALL, &who, "../x", CM_TYPE, &e), ERR_INVALID, "no name");
	ck_refused(cm_register(c.k.db, SCOPE_ALL, &who, "", CM_TYPE, &e), ERR_INVALID, "no name");
	ck_refused(cm_register(c.k.db, SCOPE_ALL, &who, "x", "nonsense", &e), ERR_INVALID, "UUID");
	ck_ok(cm_list_json(c.k.db, SCOPE_ALL, NULL, 3, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &first, &e));
	ck_assert_int_eq(json_len(json_get(first, "vehicles")), 3);
	str_clear(&out);
	ck_ok(cm_list_json(c.k.db, SCOPE_ALL, json_text(json_get(first, "next")), 3, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &rest, &e));
	ck_assert_int_eq(json_len(json_get(rest, "vehicles")), 2);
	ck_assert(!json_get(rest, "next"));
}
END_TEST

START_TEST(devices_are_made_at_the_first_activation_and_never_taken_from_somebody_else)
{
	CM_KIT(c, 2);
	struct store_device d;
	struct err e;
	bool got;
	int64_t one;

	kit_import(&c.k, "name,identity\ntrain-7.b2," KIT_MODEL ":00000100\n");
	one = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0", "00");
	ck_refused(cm_kit_try_activate(&c, one, &e), ERR_CONFLICT, "train-7.b2");
	{
		OWN(rows_done) struct rows *r = NULL;

		ck_ok(store_device_get(c.k.db, SEES_ALL, "train-7.b1", &r, &d, &got, &e));
		ck_assert(!got); /* refused as a whole */
	}
	{
		OWN(rows_done) struct rows *r = NULL;

		ck_ok(store_device_get(c.k.db, SEES_ALL, "train-7.b2", &r, &d, &got, &e));
		ck_assert(got && !strcmp(d.scheme, "cpl"));
	}
}
END_TEST

START_TEST(building_blocks_move_with_their_vehicle_only_not_by_campaigns_and_not_to_other_owners)
{
	CM_KIT(c, 1);
	struct actor who = kit_who(&c.k);
	char phase[80];
	int64_t id;
	struct err e;
	TWO(c, "0");

	(void)two;
	id = kit_started(&c.k, "train-7", 3, 10, 0);
	kit_run(&c.k, id, 50);
	ck_assert_str_eq(kit_phase(&c.k, id, c.bb[0].device, phase), "refused:in-vehicle");
	ck_refused(fleet_give(c.k.db, SCOPE_ALL, &who, c.bb[0].device, 7, &e), ERR_CONFLICT,
		   "Building Block");
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_vehicle_in_auto_mode_goes_to_its_new_configuration_by_itself,
		H1_H2_H3_H4_H6_H8_H10_H12_H13_the_log_has_the_lines_of_both_levels,
		H5_H7_H11_summaries_are_normal_and_each_building_block_is_extended,
		H0_H9_H14_H15_B24_cancel_error_and_exception_are_logged_and_the_level_is_a_setting,
		H16_the_log_goes_on_where_a_reader_left_it_and_is_bounded,
		a_question_is_answered_by_number_or_words_and_never_by_an_answer_to_an_older_one,
		every_command_that_is_refused_says_why_and_changes_nothing,
		J14_J15_J16_only_what_was_verified_and_is_meant_for_this_vehicle_becomes_active,
		Z21_while_an_update_is_under_way_no_other_configuration_is_activated,
		C9_C14_C15_the_tree_tells_hierarchy_files_versions_and_what_the_building_blocks_say,
		C34_progress_is_told_for_each_and_for_the_whole,
		A21_a_status_goes_from_the_building_block_to_the_manager_and_costs_nothing_when_it_is_not_new,
		A22_each_change_of_state_is_an_event_for_update_servers_of_its_organisation,
		J50_files_are_served_only_to_addresses_among_the_network_ids,
		a_package_is_given_to_the_building_block_whose_manifest_names_it_and_to_nobody_else,
		a_device_that_is_another_building_block_than_the_manifest_states_is_not_heard,
		T34_vehicles_of_other_organisations_are_absent_for_every_question_and_command,
		a_list_of_vehicles_comes_in_pages_and_wrong_names_are_refused,
		devices_are_made_at_the_first_activation_and_never_taken_from_somebody_else,
		building_blocks_move_with_their_vehicle_only_not_by_campaigns_and_not_to_other_owners,
	};

	return STORES_RUN("cm", all, 60);
}
