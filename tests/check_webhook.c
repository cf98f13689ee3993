/* SPDX-License-Identifier: Apache-2.0 */
/* Events, webhooks and their deliveries as the store keeps them. Over both engines. */
#include <inttypes.h>

#include "core/events.h"
#include "core/people.h"
#include "core/webhook.h"
#include "stores.h"

#define START INT64_C(1795168800000)
#define HOUR INT64_C(3600000)

static struct actor who_at(int64_t now)
{
	return (struct actor){ .name = "test", .why = "because", .now = now };
}

/* One audit row, as whoever changes something writes it. */
static void act(struct db *db, const char *action, const char *subject, int64_t now)
{
	struct actor who = who_at(now);
	struct err e;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(audit_add(db, &who, action, subject, NULL, "{\"n\":1}", 0, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
}

static struct fetch_rules *rules_none(void)
{
	struct fetch_rules *r = NULL;
	struct err e;

	ck_ok(fetch_rules_new(NULL, NULL, NULL, &r, &e));
	return r;
}

static int64_t add(struct db *db, const struct principal *p, const char *types)
{
	OWN(fetch_rules_free) struct fetch_rules *r = rules_none();
	struct webhook_in in = { .url = "https://hooks.example.com/x" };
	struct actor who = who_at(START);
	char secret[WEBHOOK_SECRET_TEXT];
	struct err e;
	int64_t id;

	snprintf(in.types, sizeof in.types, "%s", types);
	ck_ok(webhook_add(db, &who, p, r, &in, secret, &id, &e));
	ck_assert_int_eq((int)strlen(secret), 6 + 44);
	return id;
}

static int64_t account(struct db *db, const char *login, unsigned roles, int64_t org_id)
{
	struct actor who = who_at(START);
	struct account in = { .roles = roles, .org_id = org_id }, out;
	struct err e;

	snprintf(in.login, sizeof in.login, "%s", login);
	snprintf(in.name, sizeof in.name, "%s", login);
	ck_ok(account_add(db, &who, &in, NULL, &out, &e));
	return out.id;
}

static void queue_all(struct db *db, int64_t now)
{
	bool more = true;
	struct err e;

	while (more)
		ck_ok(webhook_queue(db, now, &more, &e));
}

/* The log of a webhook as text: "type/state/tries type/state/tries ...", newest first. */
static const char *log_of(struct db *db, int64_t id, struct str *buf)
{
	OWN(json_free) struct json *j = NULL;
	STR(out, MIB);
	struct err e;
	int64_t next;

	str_clear(buf);
	ck_ok(webhook_deliveries_json(db, id, "", 0, 500, &out, &next, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	for (size_t i = 0; i < json_len(json_get(j, "deliveries")); i++) {
		const struct json *d = json_at(json_get(j, "deliveries"), i);

		str_addf(buf, "%s%s/%s/%" PRId64, i ? " " : "",
			 json_text(json_get(d, "type")) + strlen(EVENT_PREFIX),
			 json_text(json_get(d, "state")), json_int(json_get(d, "tries"), -1));
	}
	return str_c(buf);
}

START_TEST(T31_a_signature_is_hmac_sha256_over_id_timestamp_and_body)
{
	/* Computed by another program: HMAC-SHA-256 of "msg_1.1614265330.{"test": 2432232314}". */
	static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	static const char body[] = "{\"test\": 2432232314}";
	char a[WEBHOOK_SIGNATURE_TEXT], b[WEBHOOK_SIGNATURE_TEXT];

	ck_assert(webhook_sign(secret, "msg_1", 1614265330, body, strlen(body), a));
	ck_assert_str_eq(a, "v1,9o7UeFkn1GjVbcY4emAJruJCYqgH2EIf8u/slvVRBZI=");
	ck_assert(webhook_sign(secret, "msg_1", 1614265331, body, strlen(body), b) && strcmp(a, b));
	ck_assert(webhook_sign(secret, "msg_2", 1614265330, body, strlen(body), b) && strcmp(a, b));
	ck_assert(webhook_sign(secret, "msg_1", 1614265330, body, strlen(body) - 1, b) && strcmp(a, b));
	ck_assert(!webhook_sign("whsec_", "m", 1, body, 1, b));
	ck_assert(!webhook_sign("whsec_!!!!", "m", 1, body, 1, b));
	ck_assert(!webhook_sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "m", 1, body, 1, b));
}
END_TEST

START_TEST(eight_tries_fill_the_time_given_and_come_further_and_further_apart)
{
	int64_t sum = 0, last = 0;

	for (int64_t n = 1; n < WEBHOOK_TRIES; n++) {
		ck_assert_int_gt(webhook_wait(24 * HOUR, n), last);
		last = webhook_wait(24 * HOUR, n);
		sum += last;
	}
	ck_assert_int_eq(sum, 24 * HOUR);
	ck_assert_int_eq(webhook_wait(24 * HOUR, 0), 0);
	ck_assert_int_eq(webhook_wait(24 * HOUR, WEBHOOK_TRIES), 0);
}
END_TEST

START_TEST(filters_take_types_and_families_and_refuse_what_is_none)
{
	struct err e;

	ck_assert(event_type_fits("", "org.firpath.campaign.changed"));
	ck_assert(event_type_fits("x org.firpath.campaign.*", "org.firpath.campaign.changed"));
	ck_assert(event_type_fits("org.firpath.campaign.changed", "org.firpath.campaign.changed"));
	ck_assert(!event_type_fits("org.firpath.campaign.", "org.firpath.campaign.changed"));
	ck_assert(!event_type_fits("org.firpath.campaign.change", "org.firpath.campaign.changed"));
	ck_assert(!event_type_fits("org.firpath.c.*", "org.firpath.campaign.changed"));
	ck_ok(event_filter_check("org.firpath.catalogue.changed org.firpath.campaign.*", &e));
	ck_refused(event_filter_check("org.firpath.catalogue.changed nothing", &e), ERR_INVALID, "'nothing'");
	ck_refused(event_filter_check("*", &e), ERR_INVALID, "'*'");
	/* Whatever made a revision changed the catalogue. */
	ck_assert_str_eq(event_kind_of("never-heard-of", 7)->type, EVENT_PREFIX "catalogue.changed");
	ck_assert_ptr_null(event_kind_of("never-heard-of", 0));
}
END_TEST

START_TEST(each_action_is_one_event_and_each_type_is_explained_where_it_begins)
{
	for (const struct event_kind *k = event_kinds; k->action; k++) {
		const struct event_kind *first = event_kinds;

		ck_assert_ptr_eq(event_kind_of(k->action, 0), k);
		while (strcmp(first->type, k->type))
			first++;
		ck_assert_msg((first == k) == (k->what != NULL), "%s", k->action);
		ck_assert_msg(k->sight == first->sight && k->roles == first->roles, "%s", k->action);
		ck_assert_msg(first == k || !strcmp(k[-1].type, k->type), "%s stands apart", k->action);
		ck_assert(!strncmp(k->type, EVENT_PREFIX, strlen(EVENT_PREFIX)));
		ck_assert_msg(k->sight != SIGHT_ROLES || k->roles, "nobody sees %s", k->action);
	}
}
END_TEST

START_TEST(a_webhook_gets_what_came_after_it_and_each_event_once)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct principal p = principal_nobody();
	STR(text, 64 * KIB);
	int64_t id;

	p.roles = ROLES_LOCAL;
	act(db, "campaign-start", "campaign/1", START);
	id = add(db, &p, "");
	act(db, "campaign-start", "campaign/1", START);
	act(db, "image-add", "image/1", START); /* no event */
	act(db, "import-held", "cpl/1", START);
	queue_all(db, START);
	queue_all(db, START);
	ck_assert_str_eq(log_of(db, id, &text), "import.held/due/0 campaign.changed/due/0");
	for (int i = 0; i < 450; i++) /* more than a page */
		act(db, "campaign-progress", "campaign/1", START + i);
	queue_all(db, START + HOUR);
	log_of(db, id, &text);
	{
		int n = 0;

		for (const char *s = str_c(&text); (s = strstr(s, "campaign.progress")); s++)
			n++;
		ck_assert_int_eq(n, 450);
	}
}
END_TEST

START_TEST(T32_a_webhook_is_given_what_its_maker_may_see_now_and_no_more)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct actor who = who_at(START);
	struct org org = { .kind = "supplier", .name = "One" }, two = { .kind = "supplier", .name = "Two" };
	struct principal p = principal_nobody(), q = p, op = p;
	struct account a;
	int64_t mine, other, all;
	STR(text, 64 * KIB);
	struct err e;

	op.account_id = account(db, "operator", ROLE_OPERATOR, 0);
	op.roles |= ROLE_OPERATOR;
	ck_ok(org_add(db, &who, &org, &org, &e));
	ck_ok(org_add(db, &who, &two, &two, &e));
	p.account_id = account(db, "one", ROLE_SUPPLIER, org.id);
	q.account_id = account(db, "two", ROLE_SUPPLIER, two.id);
	p.org_id = org.id;
	q.org_id = two.id;
	p.roles = q.roles = ROLE_PUBLIC | ROLE_SUPPLIER;
	mine = add(db, &p, "");
	other = add(db, &q, "");
	all = add(db, &op, "org.firpath.import.*");
	{
		char subject[40];

		snprintf(subject, sizeof subject, "webhook/%" PRId64, mine);
		act(db, "webhook-disable", subject, START);
	}
	act(db, "import-held", "cpl/1", START);
	queue_all(db, START);
	/* one: its own webhook's event (and those of the making of its own are before it); two: nothing of
	 * one's. */
	ck_assert_ptr_nonnull(strstr(log_of(db, mine, &text), "webhook.changed"));
	ck_assert_ptr_null(strstr(log_of(db, mine, &text), "import.held"));
	ck_assert_str_eq(log_of(db, other, &text), "");
	ck_assert_str_eq(log_of(db, all, &text), "import.held/due/0");
	/* Roles that are taken from the maker are taken from the webhook; a disabled maker is told nothing.
	 */
	ck_ok(account_get(db, op.account_id, &a, &e));
	account(db, "operator2", ROLE_OPERATOR, 0);
	a.roles = ROLE_SUPPLIER;
	ck_ok(account_change(db, &who, &a, 0, NULL, &a, &e));
	act(db, "import-held", "cpl/2", START);
	queue_all(db, START);
	ck_assert_str_eq(log_of(db, all, &text), "import.held/due/0");
	ck_ok(account_get(db, p.account_id, &a, &e));
	a.disabled = true;
	ck_ok(account_change(db, &who, &a, 0, NULL, &a, &e));
	log_of(db, mine, &text);
	{
		OWN(mem_free) char *before = mem_strdup(str_c(&text));
		char subject[40];

		snprintf(subject, sizeof subject, "webhook/%" PRId64, mine);
		act(db, "webhook-change", subject, START);
		queue_all(db, START);
		ck_assert_str_eq(log_of(db, mine, &text), before);
	}
}
END_TEST

START_TEST(T32_a_colleague_who_moves_a_webhook_gets_no_more_than_both_may_see)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(fetch_rules_free) struct fetch_rules *r = rules_none();
	struct actor who = who_at(START);
	struct org org = { .kind = "operator", .name = "One" };
	struct principal p = principal_nobody(), q = p;
	struct webhook_in in;
	STR(text, 64 * KIB);
	int64_t id, rev;
	struct err e;

	ck_ok(org_add(db, &who, &org, &org, &e));
	p.account_id = account(db, "boss", ROLE_OPERATOR, org.id);
	q.account_id = account(db, "clerk", ROLE_SUPPLIER, org.id);
	p.org_id = q.org_id = org.id;
	p.roles |= ROLE_OPERATOR;
	q.roles |= ROLE_SUPPLIER;
	id = add(db, &p, "org.firpath.import.*");
	ck_ok(webhook_get(db, id, &in, &rev, &e));
	ck_ok(webhook_change(db, &who, &q, r, id, rev, &in, &e)); /* the same address: nothing is lost */
	act(db, "import-held", "cpl/1", START);
	queue_all(db, START);
	ck_assert_str_eq(log_of(db, id, &text), "import.held/due/0");
	snprintf(in.url, sizeof in.url, "https://mine.example.com/");
	ck_ok(webhook_change(db, &who, &q, r, id, 0, &in, &e));
	act(db, "import-held", "cpl/2", START);
	queue_all(db, START);
	ck_assert_str_eq(log_of(db, id, &text), "");
	ck_ok(webhook_replay(db, &who, id, START, &rev, &e));
	ck_assert_str_eq(log_of(db, id, &text), "");
}
END_TEST

START_TEST(what_belongs_to_others_is_not_there)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct principal p = principal_nobody(), q = p, op = p, looker = p;
	char number[24];
	struct err e;
	int64_t id;

	p.org_id = 7;
	p.account_id = 70;
	q.org_id = 8;
	q.account_id = 80;
	p.roles = q.roles = ROLE_PUBLIC | ROLE_SUPPLIER;
	op.roles |= ROLE_OPERATOR;
	op.account_id = 90;
	looker.roles |= ROLE_AUDITOR;
	looker.account_id = 91;
	snprintf(number, sizeof number, "%" PRId64, add(db, &p, ""));
	ck_ok(webhook_find(db, &p, number, true, &id, &e));
	q.org_id = 7; /* a colleague */
	ck_ok(webhook_find(db, &q, number, true, &id, &e));
	q.org_id = 8;
	ck_refused(webhook_find(db, &q, number, false, &id, &e), ERR_NOT_FOUND, "there is no webhook");
	q.org_id = 0;
	ck_refused(webhook_find(db, &q, number, false, &id, &e), ERR_NOT_FOUND, "there is no webhook");
	ck_ok(webhook_find(db, &op, number, true, &id, &e));
	ck_ok(webhook_find(db, &looker, number, false, &id, &e));
	ck_refused(webhook_find(db, &looker, number, true, &id, &e), ERR_DENIED, "auditor");
	ck_refused(webhook_find(db, &p, "0x1", false, &id, &e), ERR_NOT_FOUND, "0x1");
	ck_refused(webhook_find(db, &p, "99999999999999999999", false, &id, &e), ERR_NOT_FOUND,
		   "there is no");
}
END_TEST

START_TEST(an_organisation_has_so_many_webhooks_and_no_more)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(fetch_rules_free) struct fetch_rules *r = rules_none();
	struct webhook_in in = { .url = "https://hooks.example.com/x" };
	struct principal p = principal_nobody();
	struct actor who = who_at(START);
	char secret[WEBHOOK_SECRET_TEXT];
	struct err e;
	int64_t id;

	for (int i = 0; i < WEBHOOKS_MAX; i++)
		add(db, &p, "");
	ck_refused(webhook_add(db, &who, &p, r, &in, secret, &id, &e), ERR_CONFLICT, "20 webhooks");
	{
		STR(out, MIB);
		OWN(json_free) struct json *j = NULL;

		p.roles = ROLE_OPERATOR;
		ck_ok(webhooks_json(db, &p, &out, &e));
		ck_ok(json_parse(str_c(&out), out.len, &j, &e));
		ck_assert_int_eq((int)json_len(json_get(j, "webhooks")), WEBHOOKS_MAX);
	}
}
END_TEST

START_TEST(deliveries_are_forgotten_after_a_month_and_a_replay_has_a_limit)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct principal p = principal_nobody();
	struct actor who = who_at(START);
	STR(text, 64 * KIB);
	int64_t id, n;
	struct err e;

	p.roles = ROLES_LOCAL;
	id = add(db, &p, "org.firpath.campaign.*");
	act(db, "campaign-start", "campaign/1", START);
	queue_all(db, START);
	ck_assert_str_eq(log_of(db, id, &text), "campaign.changed/due/0");
	act(db, "campaign-stop", "campaign/1", START + WEBHOOK_KEEP_MS + 1);
	queue_all(db, START + WEBHOOK_KEEP_MS + 1);
	ck_assert_str_eq(log_of(db, id, &text), "campaign.changed/due/0"); /* only the new one */
	ck_ok(webhook_replay(db, &who, id, START, &n, &e));
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(log_of(db, id, &text), "campaign.changed/due/0 campaign.changed/due/0");
	ck_ok(webhook_replay(db, &who, id, START + 2 * WEBHOOK_KEEP_MS, &n, &e));
	ck_assert_int_eq(n, 0);
}
END_TEST

START_TEST(every_change_of_a_webhook_has_its_audit_row_without_secrets)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(fetch_rules_free) struct fetch_rules *r = rules_none();
	struct webhook_in in = { .url = "https://hooks.example.com/CANARY?x=CANARY", .label = "mine" };
	struct principal p = principal_nobody();
	struct actor who = who_at(START);
	char one[WEBHOOK_SECRET_TEXT], two[WEBHOOK_SECRET_TEXT], head[65];
	static const char *const want[] = { "webhook-add", "webhook-rotate", "webhook-change", "webhook-test",
					    "webhook-remove" };
	int64_t id, delivery, rows, bad;
	OWN(rows_done) struct rows *a = NULL;
	struct err e;
	bool got;

	ck_ok(webhook_add(db, &who, &p, r, &in, one, &id, &e));
	ck_ok(webhook_rotate(db, &who, id, two, &e));
	snprintf(in.state, sizeof in.state, "active");
	ck_refused(webhook_change(db, &who, &p, r, id, 1, &in, &e), ERR_STALE, "has changed");
	ck_ok(webhook_change(db, &who, &p, r, id, 2, &in, &e));
	ck_ok(webhook_test(db, &who, id, &delivery, &e));
	ck_ok(webhook_remove(db, &who, id, &e));
	ck_refused(webhook_remove(db, &who, id, &e), ERR_NOT_FOUND, "no webhook");
	ck_ok(audit_verify(db, &rows, &bad, head, &e));
	ck_assert(rows == 5 && !bad);
	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(100)), &a, &e));
	for (int i = 0; i < 5; i++) {
		ck_ok(rows_next(a, &got, &e));
		ck_assert_str_eq(rows_text(a, 4), want[i]);
		for (int col = 2; col < 8; col++)
			ck_assert_msg(rows_null(a, col) || (!strstr(rows_text(a, col), "CANARY") &&
							    !strstr(rows_text(a, col), one + 6) &&
							    !strstr(rows_text(a, col), two + 6)),
				      "%s", rows_text(a, col));
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = { T31_a_signature_is_hmac_sha256_over_id_timestamp_and_body,
			       eight_tries_fill_the_time_given_and_come_further_and_further_apart,
			       filters_take_types_and_families_and_refuse_what_is_none,
			       each_action_is_one_event_and_each_type_is_explained_where_it_begins,
			       a_webhook_gets_what_came_after_it_and_each_event_once,
			       T32_a_webhook_is_given_what_its_maker_may_see_now_and_no_more,
			       T32_a_colleague_who_moves_a_webhook_gets_no_more_than_both_may_see,
			       what_belongs_to_others_is_not_there,
			       an_organisation_has_so_many_webhooks_and_no_more,
			       deliveries_are_forgotten_after_a_month_and_a_replay_has_a_limit,
			       every_change_of_a_webhook_has_its_audit_row_without_secrets };

	return STORES_RUN("webhook", all, 60);
}
