/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns as use cases: what is taken and refused, plans and named ends, states, answers for people and
 * programs. */
#include "fleet_kit.h"

#include <inttypes.h>

#include "core/plan.h"
#include "db_fault.h"
#include "store/store_ledger.h"

#define DAY INT64_C(86400000)

static int create(struct kit *k, const char *key, const char *body, int64_t *ret_id, struct err *e)
{
	struct campaign_ctx c = kit_ctx(k);
	struct actor who = kit_who(k);

	return campaign_create(&c, &who, key, body, strlen(body), ret_id, e);
}

static const struct {
	const char *body, *says, *where;
	enum err_code code;
} bad_bodies[] = {
	{ "[]", "JSON object", "", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",", "", NULL, ERR_JSON },
	{ "{}", "name", "/name", ERR_JSON_FIELD },
	{ "{\"name\":\"17\",\"target\":\"latest\",\"members\":{\"filter\":{}}}", "not a number", "/name",
	  ERR_JSON_FIELD },
	{ "{\"name\":\"a\\nb\",\"target\":\"latest\",\"members\":{\"filter\":{}}}", "name", "/name",
	  ERR_JSON_FIELD },
	{ "{\"name\":1,\"target\":\"latest\",\"members\":{\"filter\":{}}}", "text", "/name", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"members\":{\"filter\":{}}}", "target", "/target", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"000099\",\"members\":{\"filter\":{}}}", "no entry", "/target",
	  ERR_NOT_FOUND },
	{ "{\"name\":\"a\",\"target\":\"118F:00010002:00000100\",\"members\":{\"filter\":{}}}",
	  "by its Entry ID", "/target", ERR_IDENTITY },
	{ "{\"name\":\"a\",\"target\":\"x y\",\"members\":{\"filter\":{}}}", "", "/target", ERR_IDENTITY },
	{ "{\"name\":\"a\",\"target\":\"latest\"}", "members", "/members", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{}}", "members", "/members", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{},\"devices\":[\"d1\"]}}",
	  "members", "/members", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filters\":{}}}", "did you mean 'filter'",
	  "/members/filters", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":[]}}", "object", "/members/filter",
	  ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{\"colour\":\"red\"}}}", "colour",
	  "/members/filter/colour", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{\"model\":\"zz\"}}}", "model",
	  "/members/filter", ERR_IDENTITY },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{\"prefix\":\"zzz\"}}}",
	  "no device fits", "/members/filter", ERR_NOT_FOUND },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"devices\":[]}}", "1 to", "/members/devices",
	  ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"devices\":[\"d1\",5]}}", "text",
	  "/members/devices/1", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"devices\":[\"d1\",\"d1\"]}}", "twice",
	  "/members/devices/1", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"devices\":[\"d1\",\"ghost\"]}}", "ghost",
	  "/members/devices/1", ERR_NO_DEVICE },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"max_active\":0}", "max_active",
	  "/max_active", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"stop_after\":-1}",
	  "stop_after", "/stop_after", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"prefer\":\"luck\"}", "hops",
	  "/prefer", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"allow_removed\":\"yes\"}",
	  "'hop'", "/allow_removed", ERR_JSON_FIELD },
	{ "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}},\"state\":\"running\"}",
	  "'state'", "/state", ERR_JSON_FIELD },
};

START_TEST(a_request_that_is_not_right_is_refused_with_its_place_and_leaves_no_campaign)
{
	KIT(k, 1);
	STR(out, 1 << 16);
	struct err e;
	int64_t id;

	kit_fake(&k, "d1", 1, "");
	for (size_t i = 0; i < sizeof bad_bodies / sizeof *bad_bodies; i++) {
		ck_refused(create(&k, NULL, bad_bodies[i].body, &id, &e), bad_bodies[i].code,
			   bad_bodies[i].says);
		if (bad_bodies[i].where)
			ck_assert_msg(!strcmp(e.where, bad_bodies[i].where), "%s: at %s", bad_bodies[i].body,
				      e.where);
	}
	ck_ok(campaigns_json(k.db, SCOPE_ALL, NULL, NULL, 10, &out, &e));
	ck_assert_str_eq(str_c(&out), "{\"campaigns\":[],\"next\":null}");
}
END_TEST

START_TEST(T35_the_same_key_and_body_make_one_campaign_and_another_body_is_refused)
{
	KIT(k, 2);
	const char *a = "{\"name\":\"a\",\"target\":\"latest\",\"members\":{\"filter\":{}}}",
		   *b = "{\"name\":\"b\",\"target\":\"latest\",\"members\":{\"filter\":{}}}";
	struct err e;
	int64_t first, again;

	kit_fake(&k, "d1", 1, "");
	ck_ok(create(&k, "key-1", a, &first, &e));
	ck_ok(create(&k, "key-1", a, &again, &e));
	ck_assert_int_eq(first, again);
	ck_refused(create(&k, "key-1", b, &again, &e), ERR_IDEMPOTENCY, "Idempotency-Key");
	ck_refused(create(&k, "key-2", a, &again, &e), ERR_CONFLICT, "already");
	ck_ok(create(&k, "key-2", b, &again, &e));
	ck_ok(campaign_find(k.db, SCOPE_ALL, "b", &first, &e));
	ck_assert_int_eq(first, again);
	ck_refused(campaign_find(k.db, SCOPE_ALL, "c", &first, &e), ERR_NOT_FOUND, "'c'");
	ck_refused(campaign_find(k.db, SCOPE_ALL, "999", &first, &e), ERR_NOT_FOUND, "999");
}
END_TEST

START_TEST(every_member_that_cannot_be_walked_gets_its_named_end_at_once)
{
	KIT(k, 3);
	int64_t id;
	struct err e;

	kit_entry(&k, 12, 2, 0, NULL, NULL); /* twin of 2 */
	kit_entry(&k, 30, 0, 0, NULL, NULL); /* nobody stated a path to or from it */
	kit_fake(&k, "walks", 1, "");
	kit_fake(&k, "twin", 2, "");
	kit_fake(&k, "astray", 30, "");
	kit_fake(&k, "there", 4, "");
	kit_fake(&k, "past", 5, "");
	kit_import(&k, "name,identity\nghost," KIT_MODEL ":0000FF00\nsilent,\n");
	ck_ok(
	    create(&k, NULL, "{\"name\":\"a\",\"target\":\"000004\",\"members\":{\"filter\":{}}}", &id, &e));
	ck_assert_str_eq(PHASE(id, "walks"), "queued");
	ck_assert_str_eq(PHASE(id, "twin"), "refused:no-entry:ambiguous");
	ck_assert_str_eq(PHASE(id, "astray"), "refused:no-path:no-edge");
	ck_assert_str_eq(PHASE(id, "there"), "done:already");
	ck_assert_str_eq(PHASE(id, "past"), "refused:no-path:no-edge");
	ck_assert_str_eq(PHASE(id, "ghost"), "refused:no-entry:unknown");
	ck_assert_str_eq(PHASE(id, "silent"), "refused:no-entry:not-reported");
	ck_ok(create(&k, NULL, "{\"name\":\"b\",\"target\":\"000030\",\"members\":{\"devices\":[\"walks\"]}}",
		     &id, &e));
	ck_assert_str_eq(PHASE(id, "walks"), "refused:no-path:unknown");
	kit_block(&k, 4, 0);
	ck_ok(create(&k, NULL, "{\"name\":\"c\",\"target\":\"000004\",\"members\":{\"devices\":[\"walks\"]}}",
		     &id, &e));
	ck_assert_str_eq(PHASE(id, "walks"), "refused:no-path:blocked");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(an_entry_without_hash_or_stored_image_is_not_pushed)
{
	KIT(k, 4);
	int64_t id;
	struct err e;

	kit_fake(&k, "d1", 1, "");
	kit_entry(&k, 41, 0, 2, "", NULL);
	kit_image_drop(&k, 3);
	ck_ok(
	    create(&k, NULL, "{\"name\":\"a\",\"target\":\"000041\",\"members\":{\"filter\":{}}}", &id, &e));
	ck_assert_str_eq(PHASE(id, "d1"), "refused:no-hash:000041");
	ck_ok(
	    create(&k, NULL, "{\"name\":\"b\",\"target\":\"000004\",\"members\":{\"filter\":{}}}", &id, &e));
	ck_assert_str_eq(PHASE(id, "d1"), "refused:no-image:000003");
}
END_TEST

START_TEST(one_plan_serves_all_devices_with_the_same_start)
{
	KIT(k, 5);
	STR(out, 1 << 16);
	char name[16];
	int64_t id;
	struct err e;
	int plans = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "d%d", i);
		kit_fake(&k, name, 1 + i % 2, "");
	}
	ck_ok(create(&k, NULL,
		     "{\"name\":\"a\",\"target\":\"000004\",\"members\":{\"filter\":{\"model\":\"" KIT_MODEL
		     "\"}}}",
		     &id, &e));
	ck_ok(campaign_json(k.db, kit_snap(&k), id, k.now, kit_ctx(&k).image_dir, &out, &e));
	for (const char *p = str_c(&out); (p = strstr(p, "{\"start\":")); p++)
		plans++;
	ck_assert_int_eq(plans, 2);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"hops\":[\"000002\",\"000003\",\"000004\"]"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"hops\":[\"000003\",\"000004\"]"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"total\":20,\"queued\":20"));
}
END_TEST

START_TEST(T04_no_campaign_starts_or_resumes_on_a_stale_CPL)
{
	KIT(k, 6);
	struct campaign_ctx c;
	struct actor who;
	struct err e;
	int64_t id;

	kit_fake(&k, "d1", 1, "");
	id = kit_campaign(&k, "d", 2, 10, 0);
	k.now = KIT_START + 7 * DAY + 1;
	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_refused(campaign_start(&c, &who, id, &e), ERR_CPL_STALE, "168 hours ago");
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DRAFT);
	who.now = KIT_START + 7 * DAY;
	ck_ok(campaign_start(&c, &who, id, &e));
	ck_ok(campaign_pause(&c, &who, id, &e));
	who.now = KIT_START + 8 * DAY;
	ck_refused(campaign_resume(&c, &who, id, &e), ERR_CPL_STALE, "192 hours ago");
	ck_ok(campaign_stop(&c, &who, id, &e));
}
END_TEST

START_TEST(verbs_that_the_state_does_not_allow_are_refused)
{
	KIT(k, 7);
	struct campaign_ctx c;
	struct actor who;
	struct err e;
	int64_t id;

	kit_fake(&k, "d1", 1, "");
	id = kit_campaign(&k, "d", 2, 10, 0);
	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_refused(campaign_pause(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "draft");
	ck_refused(campaign_resume(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "draft");
	ck_refused(campaign_start(&c, &who, 999, &e), ERR_NOT_FOUND, "999");
	ck_ok(campaign_start(&c, &who, id, &e));
	ck_refused(campaign_start(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "running");
	ck_refused(campaign_resume(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "running");
	ck_ok(campaign_pause(&c, &who, id, &e));
	ck_refused(campaign_pause(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "paused");
	ck_ok(campaign_resume(&c, &who, id, &e));
	ck_ok(campaign_stop(&c, &who, id, &e));
	ck_assert_str_eq(PHASE(id, "d1"), "stopped:stopped");
	ck_assert_int_ge(kit_state(&k, id).ended_at, 0);
	ck_refused(campaign_stop(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "stopped");
	ck_refused(campaign_resume(&c, &who, id, &e), ERR_CAMPAIGN_STATE, "stopped");
	kit_consistent(&k, id);
}
END_TEST

START_TEST(starting_plans_again_at_the_newest_revision)
{
	KIT(k, 8);
	struct campaign_ctx c;
	struct actor who;
	struct err e;
	int64_t id;

	kit_fake(&k, "d1", 1, "");
	kit_image_drop(&k, 2);
	id = kit_campaign(&k, "d", 3, 10, 0);
	ck_assert_str_eq(PHASE(id, "d1"), "refused:no-image:000002");
	kit_image_store(&k, 2);
	kit_fake(&k, "d2", 3, "");
	c = kit_ctx(&k);
	who = kit_who(&k);
	ck_ok(campaign_start(&c, &who, id, &e));
	ck_assert_str_eq(PHASE(id, "d1"), "queued");
	/* nothing to walk: over at once */
	ck_ok(create(&k, NULL, "{\"name\":\"b\",\"target\":\"000003\",\"members\":{\"devices\":[\"d2\"]}}",
		     &id, &e));
	ck_ok(campaign_start(&c, &who, id, &e));
	ck_assert_int_eq(kit_state(&k, id).state, CAMPAIGN_DONE);
}
END_TEST

static int verb_by_number(const struct campaign_ctx *c, const struct actor *who, int64_t id, int verb,
			  struct err *e)
{
	switch (verb) {
	case 0:
		return campaign_start(c, who, id, e);
	case 1:
		return campaign_pause(c, who, id, e);
	case 2:
		return campaign_resume(c, who, id, e);
	default:
		return campaign_stop(c, who, id, e);
	}
}

START_TEST(any_fault_in_a_verb_leaves_the_campaign_as_it_was)
{
	for (int verb = 0; verb < 4; verb++)
		for (int n = 0;; n++) {
			KIT(k, 9);
			struct campaign_ctx c;
			struct actor who;
			struct store_campaign before, after;
			int64_t id, rows, bad, rows_after;
			char head[65];
			struct db *db;
			struct err e;
			int rc;
			bool hit;

			kit_fake(&k, "d1", 1, "");
			kit_fake(&k, "d2", 2, "");
			id = kit_campaign(&k, "d", 3, 10, 0);
			c = kit_ctx(&k);
			who = kit_who(&k);
			if (verb > 0)
				ck_ok(campaign_start(&c, &who, id, &e));
			if (verb > 1)
				ck_ok(campaign_pause(&c, &who, id, &e));
			before = kit_state(&k, id);
			ck_ok(audit_verify(k.db, &rows, &bad, head, &e));
			db = db_fault_wrap(open_store(k.dsn), n);
			c.db = db;
			who.now++;
			rc = verb_by_number(&c, &who, id, verb, &e);
			hit = db_fault_hit(db);
			db_close(db);
			after = kit_state(&k, id);
			ck_ok(audit_verify(k.db, &rows_after, &bad, head, &e));
			ck_assert_int_eq(rc != 0, hit);
			ck_assert_int_eq(rows_after, rows + !rc);
			if (rc)
				ck_assert_mem_eq(&before, &after, sizeof before);
			else
				ck_assert_int_ne(before.state, after.state);
			kit_consistent(&k, id);
			if (!rc)
				break;
			ck_assert_int_lt(n, 300);
		}
}
END_TEST

START_TEST(progress_counts_rate_and_time_left)
{
	KIT(k, 10);
	struct campaign_progress p;
	STR(out, 4096);
	char name[16];
	struct err e;
	int64_t id;

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "d%d", i);
		kit_fake(&k, name, 1, "");
	}
	id = kit_started(&k, "d", 2, 2, 0);
	ck_ok(campaign_progress(k.db, id, k.now, &p, &e));
	ck_assert_int_eq(p.eta_ms, -1);
	while (kit_state(&k, id).n[PHASE_DONE] < 4)
		kit_round(&k, 250);
	ck_ok(campaign_progress(k.db, id, k.now, &p, &e));
	ck_assert_int_eq(p.total, 8);
	ck_assert_int_gt(p.rate_per_hour, 0);
	ck_assert_int_gt(p.eta_ms, 0);
	campaign_progress_json(&p, &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"state\":\"running\""));
	kit_run(&k, id, 3000);
	ck_ok(campaign_progress(k.db, id, k.now, &p, &e));
	ck_assert_str_eq(p.state, "done");
	ck_assert_int_eq(p.hops, 8);
	ck_refused(campaign_progress(k.db, 999, k.now, &p, &e), ERR_NOT_FOUND, "999");
}
END_TEST

struct heard {
	int64_t last, n;
	bool done, request;
};
static int hear(void *ctx, int64_t n, const char *json, size_t len, struct err *e)
{
	struct heard *h = ctx;

	(void)e;
	ck_assert_int_eq(n, h->last + 1); /* no gap */
	ck_assert_uint_eq(strlen(json), len);
	h->last = n;
	h->n++;
	h->done = h->done || strstr(json, "\"event\":\"hop-done\"");
	h->request =
	    h->request ||
	    strstr(json, "\"event\":\"recommended\",\"was\":\"normal\",\"now\":\"asked\",\"command\":\"");
	return OK;
}

START_TEST(the_event_stream_has_no_gap_and_goes_on_from_any_number)
{
	KIT(k, 11);
	struct heard h = { 0 };
	struct err e;
	int64_t id;

	kit_fake(&k, "d1", 1, "");
	id = kit_started(&k, "d", 3, 2, 0);
	kit_run(&k, id, 3000);
	for (int64_t before = -1; before != h.last;) {
		before = h.last;
		ck_ok(campaign_events(k.db, kit_snap(&k), id, h.last, 5, hear, &h, &e));
	}
	ck_assert_int_eq(h.n, kit_state(&k, id).n_events);
	ck_assert(h.done && h.request);
}
END_TEST

START_TEST(a_hop_stands_only_while_everything_it_rests_on_does)
{
	KIT(k, 12);
	struct plan_ask ask = { .prefer = PREFER_HOPS, .at = KIT_START, .image_dir = k.images };
	const char *why = "";

	ck_assert(hop_stands(kit_snap(&k), k.entry[1], k.entry[2], k.entry[3], &ask, &why));
	ck_assert(!hop_stands(kit_snap(&k), k.entry[1], k.entry[3], k.entry[3], &ask, &why));
	ck_assert_str_eq(why, "edge-withdrawn");
	ck_assert(!hop_stands(kit_snap(&k), 999, k.entry[3], k.entry[3], &ask, &why));
	kit_image_drop(&k, 2);
	ck_assert(!hop_stands(kit_snap(&k), k.entry[1], k.entry[2], k.entry[3], &ask, &why));
	ck_assert_str_eq(why, "no-image");
	kit_image_store(&k, 2);
	kit_block(&k, 2, 1);
	ck_assert(!hop_stands(kit_snap(&k), k.entry[1], k.entry[2], k.entry[3], &ask, &why));
	ck_assert_str_eq(why, "edge-blocked");
	ck_assert(hop_stands(kit_snap(&k), k.entry[2], k.entry[3], k.entry[3], &ask, &why));
	kit_block(&k, 3, 0);
	ck_assert(!hop_stands(kit_snap(&k), k.entry[2], k.entry[3], k.entry[3], &ask, &why));
	ck_assert_str_eq(why, "entry-blocked");
	kit_state_put(&k, 4, true, 0, -1);
	ck_assert(!hop_stands(kit_snap(&k), k.entry[3], k.entry[4], k.entry[5], &ask, &why));
	ck_assert_str_eq(why, "entry-removed");
	ask.allow_removed = true;
	ck_assert(hop_stands(kit_snap(&k), k.entry[3], k.entry[4], k.entry[5], &ask, &why));
	ck_assert(!hop_stands(kit_snap(&k), k.entry[3], k.entry[4], k.entry[4], &ask, &why));
	kit_state_put(&k, 5, false, 'E', KIT_START - DAY);
	ck_assert(!hop_stands(kit_snap(&k), k.entry[4], k.entry[5], k.entry[5], &ask, &why));
	ck_assert_str_eq(why, "cpa-expired");
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_request_that_is_not_right_is_refused_with_its_place_and_leaves_no_campaign,
		T35_the_same_key_and_body_make_one_campaign_and_another_body_is_refused,
		every_member_that_cannot_be_walked_gets_its_named_end_at_once,
		an_entry_without_hash_or_stored_image_is_not_pushed,
		one_plan_serves_all_devices_with_the_same_start,
		T04_no_campaign_starts_or_resumes_on_a_stale_CPL,
		verbs_that_the_state_does_not_allow_are_refused,
		starting_plans_again_at_the_newest_revision,
		any_fault_in_a_verb_leaves_the_campaign_as_it_was,
		progress_counts_rate_and_time_left,
		the_event_stream_has_no_gap_and_goes_on_from_any_number,
		a_hop_stands_only_while_everything_it_rests_on_does,
	};

	return STORES_RUN("campaign", all, 240);
}
