/* SPDX-License-Identifier: Apache-2.0 */
/* Whose devices and campaigns: scopes of principals, names within one owner, and devices that are given away
 * while they walk. What the REST interface makes of it is in tests/api/test_owners.py. */
#include "fleet_kit.h"

#include "base/str.h"
#include "db_fault.h"
#include "store/store_fleet.h"

START_TEST(T32_who_sees_and_changes_whose_things_follows_from_roles_and_organisation)
{
	static const struct {
		unsigned roles;
		int64_t org, sees;
		bool may_write;
		int64_t writes, makes;
	} cases[] = {
		{ ROLES_LOCAL, 0, SEES_ALL, true, SEES_ALL, 0 },
		{ ROLE_PUBLIC | ROLE_OPERATOR, 0, SEES_ALL, true, SEES_ALL, 0 },
		{ ROLE_PUBLIC | ROLE_OPERATOR, 4, SEES_ALL, true, SEES_ALL, 4 },
		{ ROLE_PUBLIC | ROLE_SUPPLIER, 5, 5, true, 5, 5 },
		{ ROLE_PUBLIC | ROLE_CPO, 6, 6, true, 6, 6 },
		{ ROLE_PUBLIC | ROLE_SUPPLIER, 0, SEES_NOTHING, false, 0, 0 },
		/* an auditor sees all; what he may change is his own as a supplier, if he is one */
		{ ROLE_PUBLIC | ROLE_AUDITOR, 0, SEES_ALL, false, 0, 0 },
		{ ROLE_PUBLIC | ROLE_AUDITOR, 5, SEES_ALL, false, 0, 0 },
		{ ROLE_PUBLIC | ROLE_AUDITOR | ROLE_SUPPLIER, 5, SEES_ALL, true, 5, 5 },
		{ ROLE_PUBLIC | ROLE_EDITOR, 5, SEES_NOTHING, false, 0, 0 },
		{ ROLE_PUBLIC | ROLE_MANUFACTURER, 5, SEES_NOTHING, false, 0, 0 },
		{ ROLE_DEVICE, 5, SEES_NOTHING, false, 0, 0 },
		{ ROLE_PUBLIC, 0, SEES_NOTHING, false, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct principal p = principal_nobody();
		struct scope w = { SEES_NOTHING, -9 };
		struct err e;
		int rc;

		p.roles = cases[i].roles;
		p.org_id = cases[i].org;
		ck_assert_int_eq(scope_read(&p).sees, cases[i].sees);
		rc = scope_write(&p, &w, &e);
		ck_assert_msg(!rc == cases[i].may_write, "case %zu", i);
		if (rc) {
			ck_assert_int_eq(e.code, ERR_DENIED);
			continue;
		}
		ck_assert_int_eq(w.sees, cases[i].writes);
		ck_assert_int_eq(w.owner, cases[i].makes);
	}
}
END_TEST

/* A device of organisation org, as kit_fake() makes those of nobody. */
static int64_t fake_of(struct kit *k, int64_t org, const char *name)
{
	OWN(rows_done) struct rows *r = NULL;
	struct scope scope = { sees_owner(org), org };
	struct actor who = kit_who(k);
	char csv[200], id[32];
	struct fleet_counts n;
	struct store_device d;
	struct err e;
	bool got;

	kit_identity(1, id);
	snprintf(csv, sizeof csv, "name,adapter,address,identity\n%s,fake,at=%s,%s\n", name, id, id);
	ck_ok(fleet_import(k->db, scope, kit_snap(k), &who, FLEET_CSV, csv, strlen(csv), &n, &e));
	ck_assert_int_eq(n.added, 1);
	ck_ok(store_device_get(k->db, sees_owner(org), name, &r, &d, &got, &e));
	ck_assert(got);
	ck_assert_int_eq(d.org_id, org);
	return d.id;
}

START_TEST(T34_one_name_may_be_taken_by_every_owner_and_each_sees_its_own)
{
	static const struct scope five = { 5, 5 }, six = { 6, 6 };
	KIT(k, 1);
	STR(out, 1 << 20);
	int64_t a = fake_of(&k, 5, "m"), b = fake_of(&k, 6, "m"), c = fake_of(&k, 0, "m"), id[2];
	struct err e;

	ck_assert(a != b && b != c);
	ck_ok(fleet_devices_json(k.db, five, kit_snap(&k), &(struct device_filter){ .q = "m" }, NULL, 500,
				 &out, &e));
	ck_assert_ptr_eq(strstr(strstr(str_c(&out), "\"name\":") + 1, "\"name\":"), NULL);
	ck_refused(fleet_device_json(k.db, SCOPE_ALL, kit_snap(&k), "m", &out, &e), ERR_CONFLICT,
		   "several owners");
	ck_ok(fleet_device_json(k.db, (struct scope){ SEES_UNOWNED, 0 }, kit_snap(&k), "m", &out, &e));
	ck_refused(fleet_device_json(k.db, (struct scope){ 7, 7 }, kit_snap(&k), "m", &out, &e),
		   ERR_NO_DEVICE, "'m'");
	ck_refused(fleet_device_json(k.db, (struct scope){ SEES_NOTHING, 0 }, kit_snap(&k), "m", &out, &e),
		   ERR_NO_DEVICE, "'m'");
	/* each campaign takes what its owner has, and nothing else */
	id[0] = kit_asked(&k, five, "{\"name\":\"c\",\"target\":\"000002\",\"members\":{\"filter\":{}}}");
	id[1] =
	    kit_asked(&k, six, "{\"name\":\"c\",\"target\":\"000002\",\"members\":{\"devices\":[\"m\"]}}");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(kit_state(&k, id[i]).n_total, 1);
		ck_assert_int_lt(kit_run(&k, id[i], 1000), 1000);
	}
	kit_walked(&k, a, 1, 2);
	kit_walked(&k, b, 1, 2);
	kit_walked(&k, c, 1, 1);
}
END_TEST

START_TEST(a_verb_on_anothers_campaign_finds_nothing)
{
	KIT(k, 2);
	struct campaign_ctx c;
	struct actor who = kit_who(&k);
	struct err e;
	int64_t id;

	fake_of(&k, 5, "m");
	id = kit_asked(&k, (struct scope){ 5, 5 },
		       "{\"name\":\"c\",\"target\":\"000002\",\"members\":{\"filter\":{}}}");
	c = kit_ctx(&k);
	c.scope = (struct scope){ 6, 6 };
	ck_refused(campaign_pause(&c, &who, id, &e), ERR_NOT_FOUND, "no campaign");
	ck_refused(campaign_stop(&c, &who, id, &e), ERR_NOT_FOUND, "no campaign");
	ck_refused(campaign_find(k.db, c.scope, "c", &id, &e), ERR_NOT_FOUND, "'c'");
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_RUNNING);
}
END_TEST

static void give(struct kit *k, const char *name, int64_t to)
{
	struct actor who = kit_who(k);
	struct err e;

	ck_ok(fleet_give(k->db, SCOPE_ALL, &who, name, to, &e));
	runner_wake(k->runner);
}

START_TEST(a_walk_of_a_device_that_is_given_away_ends_at_the_next_safe_point)
{
	/* At whatever round that is, at most the hop under way is ended, and no other one begun. */
	for (int when = 0; when < 100; when += 13) {
		KIT(k, 3);
		int64_t dev = fake_of(&k, 5, "m"), id, hops, resumed;
		struct campaign_ctx c;
		struct actor who;
		struct err e;

		id = kit_asked(&k, (struct scope){ 5, 5 },
			       "{\"name\":\"c\",\"target\":\"000006\",\"members\":{\"filter\":{}}}");
		for (int i = 0; i < when && kit_state(&k, id).ended_at < 0; i++)
			kit_round(&k, 250);
		if (kit_state(&k, id).ended_at >= 0)
			break;
		hops = kit_state(&k, id).n_hops;
		give(&k, "m", 6);
		for (int i = 0; i < 120; i++)
			kit_round(&k, 250);
		ck_assert_str_eq(PHASE(id, "m"),
				 kit_state(&k, id).n_hops == 5 ? "done" : "stopped:not-owned");
		ck_assert_int_le(kit_state(&k, id).n_hops, hops + 1);
		kit_walked(&k, dev, 1, 1 + (int)kit_state(&k, id).n_hops);
		ck_assert_int_eq(kit_state(&k, id).n[PHASE_ACTIVE], 0);
		kit_consistent(&k, id);
		/* it is the other one's now */
		resumed = kit_asked(&k, (struct scope){ 6, 6 },
				    "{\"name\":\"c\",\"target\":\"000006\",\"members\":{\"filter\":{}}}");
		ck_assert_int_lt(kit_run(&k, resumed, 2000), 2000);
		kit_walked(&k, dev, 1, 6);
		c = kit_ctx(&k);
		who = kit_who(&k);
		ck_assert_int_ne(campaign_resume(&c, &who, id, &e), OK);
	}
}
END_TEST

START_TEST(a_resume_does_not_take_back_what_was_given_away)
{
	KIT(k, 4);
	struct campaign_ctx c;
	struct actor who = kit_who(&k);
	struct err e;
	int64_t id, dev = fake_of(&k, 5, "m");

	fake_of(&k, 5, "n");
	id = kit_asked(&k, (struct scope){ 5, 5 },
		       "{\"name\":\"c\",\"target\":\"000003\",\"members\":{\"filter\":{}},\"stop_after\":0}");
	kit_block(&k, 2, 1);
	for (int i = 0; i < 60; i++)
		kit_round(&k, 250);
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_HELD], 2);
	give(&k, "m", 0);
	ck_assert_str_eq(PHASE(id, "m"), "stopped:not-owned");
	ck_assert_int_eq(kit_state(&k, id).n[PHASE_HELD], 1);
	c = kit_ctx(&k);
	ck_ok(campaign_resume(&c, &who, id, &e));
	ck_assert_str_eq(PHASE(id, "m"), "stopped:not-owned");
	kit_walked(&k, dev, 1, 1);
	kit_consistent(&k, id);
}
END_TEST

START_TEST(a_device_cannot_be_given_where_its_name_is_taken_and_a_fault_changes_nothing)
{
	KIT(k, 5);
	struct actor who = kit_who(&k);
	struct err e;
	int rc = 1;

	fake_of(&k, 5, "m");
	fake_of(&k, 6, "m");
	ck_refused(fleet_give(k.db, (struct scope){ 5, 5 }, &who, "m", 6, &e), ERR_CONFLICT, "already");
	ck_refused(fleet_give(k.db, (struct scope){ 5, 5 }, &who, "m", 5, &e), ERR_CONFLICT, "already");
	ck_refused(fleet_give(k.db, (struct scope){ 5, 5 }, &who, "x", 6, &e), ERR_NO_DEVICE, "'x'");
	for (int n = 0; rc; n++) {
		OWN(db_close) struct db *db = db_fault_wrap(open_store(k.dsn), n);
		OWN(rows_done) struct rows *r = NULL;
		struct store_device d;
		bool got;

		rc = fleet_give(db, (struct scope){ 5, 5 }, &who, "m", 7, &e);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_ok(store_device_get(k.db, rc ? 5 : 7, "m", &r, &d, &got, &e));
		ck_assert(got);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		T32_who_sees_and_changes_whose_things_follows_from_roles_and_organisation,
		T34_one_name_may_be_taken_by_every_owner_and_each_sees_its_own,
		a_verb_on_anothers_campaign_finds_nothing,
		a_walk_of_a_device_that_is_given_away_ends_at_the_next_safe_point,
		a_resume_does_not_take_back_what_was_given_away,
		a_device_cannot_be_given_where_its_name_is_taken_and_a_fault_changes_nothing,
	};

	return STORES_RUN("owners", all, 240);
}
