/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs from report to end, their clocks, disputes, service levels, and the tick of the notice. Both
 * engines. */
#include "core/callout.h"
#include "core/dossier.h"
#include "core/lookup.h"
#include "core/notice.h"
#include "core/service_level.h"
#include "import_kit.h"
#include "store/store_ledger.h"

#define HOUR INT64_C(3600000)

static struct err e;

struct desk {
	struct db *db;         /* owned */
	struct snapshot *snap; /* owned */
	struct str out;
	int64_t now;
};
static void desk_done(struct desk *d)
{
	str_done(&d->out);
	snapshot_free(d->snap);
	db_close(d->db);
}
DEFINE_OWN_VAL(struct desk, desk_done)

static void reload(struct desk *d)
{
	snapshot_free(d->snap);
	d->snap = NULL;
	ck_ok(snapshot_load(d->db, 0, &d->snap, &e));
}

static void desk_open(struct desk *d, int engine)
{
	OWN(import_report_free) struct import_report *r = NULL, *s = NULL;
	STR(csv, MIB);

	*d = (struct desk){ .db = fresh_store(engine), .now = KIT_NOW + HOUR };
	str_init(&d->out, MIB);
	kit_csv(&csv, KIT_VERSION, 12, NULL, 0);
	ck_ok(kit_import(d->db, &csv, false, &r, &e));
	ck_ok(kit_statements(d->db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on\n"
			     "2,bases,1,manufacturer,maker,2026-06-01,2026-10-01\n"
			     "3,bases,2,manufacturer,maker,2026-06-01,2026-11-15\n",
			     NULL, &s, &e));
	reload(d);
}
#define DESK(d)                                                                                              \
	OWN(desk_done) struct desk d;                                                                        \
	desk_open(&d, _i)

static struct principal person(int64_t account, int64_t org, unsigned roles, const char *name,
			       const char *codes)
{
	struct principal p = {
		.how = SIGN_IN_TOKEN, .roles = ROLE_PUBLIC | roles, .account_id = account, .org_id = org
	};

	str_copy(p.name, sizeof p.name, name);
	str_copy(p.codes, sizeof p.codes, codes);
	return p;
}
#define SUPPLIER person(1, 10, ROLE_SUPPLIER, "user:anna", "")
#define OTHER person(2, 20, ROLE_SUPPLIER, "user:bert", "")
#define MAKER person(3, 30, ROLE_MANUFACTURER, "user:cleo", "0001 1234")
#define RIVAL person(4, 40, ROLE_MANUFACTURER, "user:dora", "4321")
#define EDITOR person(5, 50, ROLE_EDITOR, "user:emil", "")

static int64_t raise_one(struct desk *d, struct principal who, const char *kind, const char *entry)
{
	struct callout_desk x = { d->db, d->snap, &who, d->now };
	int64_t id;

	ck_ok(callout_add(&x, &(struct callout_new){ kind, entry, "1", "It says nothing about canary-17." },
			  &id, &e));
	return id;
}

static int act(struct desk *d, struct principal who, int64_t id, enum callout_verb verb, const char *text,
	       const char *kind, const char *bases)
{
	struct callout_desk x = { d->db, d->snap, &who, d->now };
	struct callout_word word = { text, kind, bases, 0 };
	int64_t revision;
	int rc = callout_do(&x, id, verb, &word, &revision, &e);

	if (!rc && revision)
		reload(d);
	return rc;
}

static const char *shown(struct desk *d, struct principal who, int64_t id)
{
	struct callout_desk x = { d->db, d->snap, &who, d->now };

	str_clear(&d->out);
	ck_ok(callout_json(&x, id, &d->out, &e));
	return str_c(&d->out);
}

static void has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no %s in %s", what, text);
}

static void lacks(const char *text, const char *what)
{
	ck_assert_msg(!strstr(text, what), "%s in %s", what, text);
}

START_TEST(a_report_goes_from_secas_to_the_maker_and_becomes_a_draft)
{
	DESK(d);
	int64_t id = raise_one(&d, SUPPLIER, "missing", "4");
	struct principal maker = MAKER;
	struct callout_desk x = { d.db, d.snap, &maker, d.now };

	has(shown(&d, SUPPLIER, id), "\"state\":\"open\"");
	has(str_c(&d.out), "\"may\":[\"close\",\"say\"]");
	has(shown(&d, EDITOR, id), "\"may\":[\"ask\",\"answer\",\"close\",\"reject\",\"say\"]");
	ck_ok(act(&d, EDITOR, id, CALLOUT_ASK, NULL, NULL, NULL));
	has(shown(&d, MAKER, id), "\"state\":\"with-manufacturer\"");
	has(str_c(&d.out), "\"may\":[\"answer\",\"say\"]");
	str_clear(&d.out);
	ck_refused(callout_draft_json(&x, id, &d.out, &e), ERR_CONFLICT, "no answer");
	ck_ok(act(&d, MAKER, id, CALLOUT_ANSWER, "From 2 or 3.", "bases", "3, 2"));
	str_clear(&d.out);
	ck_ok(callout_draft_json(&x, id, &d.out, &e));
	has(str_c(&d.out),
	    "\"draft\":true,\"items\":[{\"entry\":\"000004\",\"op\":\"state\",\"kind\":\"bases\","
	    "\"bases\":\"000003 000002\",\"source\":\"manufacturer\"");
	ck_ok(callout_set_proposal(&x, id, 9, &e));
	ck_ok(act(&d, EDITOR, id, CALLOUT_CLOSE, "Published.", NULL, NULL));
	has(shown(&d, SUPPLIER, id), "\"state\":\"closed\"");
	has(str_c(&d.out), "\"clock\":null,\"proposal\":9");
	has(str_c(&d.out), "\"may\":[]");
}
END_TEST

START_TEST(T32_nobody_is_named_and_texts_are_for_those_concerned)
{
	DESK(d);
	int64_t id = raise_one(&d, SUPPLIER, "wrong", "3");
	struct principal nobody = principal_nobody(), all[] = { nobody, OTHER, RIVAL };
	struct callout_filter f = { .limit = 10 };

	ck_ok(act(&d, EDITOR, id, CALLOUT_SAY, "canary-18", NULL, NULL));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct callout_desk x = { d.db, d.snap, &all[i], d.now };

		lacks(shown(&d, all[i], id), "canary");
		lacks(str_c(&d.out), "user:");
		has(str_c(&d.out),
		    "\"text\":null,\"answer\":null,\"reporter\":null,\"messages\":null,\"may\":[]");
		str_clear(&d.out);
		ck_ok(callout_list_json(&x, &f, &d.out, &e));
		has(str_c(&d.out), "\"callout\":1,");
		lacks(str_c(&d.out), "canary");
		lacks(str_c(&d.out), "user:");
		ck_refused(act(&d, all[i], id, CALLOUT_SAY, "x", NULL, NULL), ERR_DENIED, "you may not say");
	}
	has(shown(&d, MAKER, id), "canary-17");
	has(str_c(&d.out), "\"who\":null,\"party\":\"secas\"");
	has(shown(&d, EDITOR, id), "\"reporter\":\"user:anna\"");
	has(shown(&d, SUPPLIER, id), "canary-18");
	lacks(str_c(&d.out), "user:");
}
END_TEST

START_TEST(what_cannot_be_is_refused_and_changes_nothing)
{
	DESK(d);
	struct principal anna = SUPPLIER;
	struct callout_desk x = { d.db, d.snap, &anna, d.now };
	static const struct {
		struct callout_new in;
		enum err_code code;
		const char *field;
	} cases[] = {
		{ { "lost", "3", NULL, "x" }, ERR_INVALID, "kind" },
		{ { "missing", NULL, NULL, "x" }, ERR_INVALID, "entry" },
		{ { "missing", "999", NULL, "x" }, ERR_NOT_FOUND, "entry" },
		{ { "missing", "3", "3", "x" }, ERR_INVALID, "from" },
		{ { "missing", "3", "11", "x" }, ERR_INVALID, "from" }, /* another model */
		{ { "missing", "3", NULL, " \n" }, ERR_INVALID, "text" },
		{ { "missing", "3", NULL, "a\x02" }, ERR_INVALID, "text" },
	};
	int64_t id;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_int_eq(callout_add(&x, &cases[i].in, &id, &e), cases[i].code);
		ck_assert_str_eq(e.where, cases[i].field);
	}
	id = raise_one(&d, SUPPLIER, "missing", "4");
	ck_refused(callout_add(&x, &(struct callout_new){ "missing", "4", "1", "again" }, &id, &e),
		   ERR_CONFLICT, "call-out 1 waits");
	ck_refused(act(&d, RIVAL, id, CALLOUT_ANSWER, "x", NULL, NULL), ERR_DENIED, "may not answer");
	ck_refused(act(&d, SUPPLIER, id, CALLOUT_ASK, "x", NULL, NULL), ERR_DENIED, "may not ask");
	ck_refused(act(&d, MAKER, id, CALLOUT_ANSWER, "x", "bases", "4"), ERR_INVALID, "other entries");
	ck_refused(act(&d, MAKER, id, CALLOUT_ANSWER, "x", "bases", "11"), ERR_INVALID, "same model");
	ck_refused(act(&d, MAKER, id, CALLOUT_ANSWER, "x", "bases", NULL), ERR_INVALID, "name the entries");
	ck_refused(act(&d, MAKER, id, CALLOUT_ANSWER, "x", "any", "1"), ERR_INVALID, "only the kind");
	ck_refused(act(&d, EDITOR, id, CALLOUT_DISPUTE, "x", NULL, NULL), ERR_CONFLICT, "not possible now");
	ck_refused(act(&d, EDITOR, 77, CALLOUT_CLOSE, "x", NULL, NULL), ERR_NOT_FOUND, "no call-out 77");
	has(shown(&d, EDITOR, id), "\"state\":\"open\"");
	ck_ok(act(&d, SUPPLIER, id, CALLOUT_CLOSE, "Found it.", NULL, NULL));
	ck_refused(act(&d, EDITOR, id, CALLOUT_ASK, NULL, NULL, NULL), ERR_CONFLICT, "is closed");
}
END_TEST

START_TEST(a_dispute_shows_in_answers_exactly_while_it_stands)
{
	DESK(d);
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	OWN(snapshot_free) struct snapshot *before = NULL;
	int64_t id = raise_one(&d, SUPPLIER, "wrong", "3"), rows, bad, old = d.snap->revision;
	struct answer a;
	char head[65];

	ck_ok(act(&d, EDITOR, id, CALLOUT_DISPUTE, "Two documents disagree.", NULL, NULL));
	ck_assert_int_eq(d.snap->revision, old + 1);
	ck_ok(lookup_ask(d.snap, &(struct ask){ .from = "1", .to = "3" }, d.now, scratch, &a, &e));
	str_clear(&d.out);
	answer_json(&a, &d.out);
	has(str_c(&d.out), "\"freshness\":\"disputed\"");
	has(str_c(&d.out), "\"statement-disputed\"");
	ck_refused(act(&d, EDITOR, id, CALLOUT_DISPUTE, "again", NULL, NULL), ERR_CONFLICT, "not possible");
	ck_ok(
	    act(&d, EDITOR, id, CALLOUT_CLOSE, "Settled by RN 3.", NULL, NULL)); /* and the dispute with it */
	ck_assert_int_eq(d.snap->revision, old + 2);
	ck_ok(lookup_ask(d.snap, &(struct ask){ .from = "1", .to = "3" }, d.now, scratch, &a, &e));
	str_clear(&d.out);
	answer_json(&a, &d.out);
	lacks(str_c(&d.out), "disputed");
	ck_ok(snapshot_load(d.db, old + 1, &before, &e));
	ck_assert_ptr_nonnull(dossier_dispute(
	    before->dossier,
	    graph_node(before->graph, graph_find_entry(before->graph, "cpl", "000003"))->entry_id));
	ck_ok(audit_verify(d.db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
}
END_TEST

static int64_t escalations(struct desk *d)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	ck_ok(db_run(d->db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(1000)), &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return n;
		n += !strcmp(rows_text(r, 4), "callout-escalate");
	}
}

START_TEST(the_clerk_tells_each_mark_of_each_clock_once)
{
	DESK(d);
	int64_t begin = d.now, next, five = 5 * 24 * HOUR;
	int64_t id = raise_one(&d, SUPPLIER, "missing", "4");

	ck_ok(callouts_escalate(d.db, begin, &next, &e));
	ck_assert_int_eq(escalations(&d), 0);
	ck_assert_int_eq(next, begin + five / 2);
	ck_ok(callouts_escalate(d.db, begin + five / 2 - 1, &next, &e));
	ck_assert_int_eq(escalations(&d), 0);
	for (int i = 0; i < 2; i++) /* the second time there is nothing new */
		ck_ok(callouts_escalate(d.db, begin + five / 2, &next, &e));
	ck_assert_int_eq(escalations(&d), 1);
	ck_assert_int_eq(next, begin + five * 80 / 100);
	ck_ok(callouts_escalate(d.db, begin + five * 9 / 10, &next, &e));
	ck_assert_int_eq(escalations(&d), 2);
	ck_ok(callouts_escalate(d.db, begin + five, &next, &e));
	ck_assert_int_eq(escalations(&d), 3);
	ck_assert_int_eq(next, INT64_MAX);
	ck_ok(callouts_escalate(d.db, begin + 10 * five, &next, &e));
	ck_assert_int_eq(escalations(&d), 3);
	d.now = begin + 10 * five;
	ck_ok(act(&d, EDITOR, id, CALLOUT_ASK, NULL, NULL, NULL)); /* a new state, a new clock of ten days */
	ck_ok(callouts_escalate(d.db, d.now + five * 2, &next, &e));
	ck_assert_int_eq(escalations(&d), 4); /* 100 at once: the marks before it are not told any more */
}
END_TEST

START_TEST(service_levels_count_what_ended_in_time)
{
	DESK(d);
	int64_t in_time = raise_one(&d, SUPPLIER, "missing", "4"), late = raise_one(&d, OTHER, "wrong", "3");
	struct service_level l;

	d.now += 24 * HOUR;
	ck_ok(act(&d, EDITOR, in_time, CALLOUT_CLOSE, "Done.", NULL, NULL));
	d.now += 9 * 24 * HOUR;
	ck_ok(service_level_read(d.db, QUEUE_CALLOUTS_SECAS, d.now, &l, &e));
	ck_assert_int_eq(l.target, 5 * 24 * HOUR);
	ck_assert(l.waiting == 1 && l.late == 1 && l.days30.ended == 1 && l.days30.in_time == 1);
	ck_ok(act(&d, EDITOR, late, CALLOUT_REJECT, "No.", NULL, NULL));
	ck_ok(service_level_read(d.db, QUEUE_CALLOUTS_SECAS, d.now, &l, &e));
	ck_assert(l.waiting == 0 && l.late == 0 && l.oldest == -1 && l.days30.ended == 2 &&
		  l.days30.in_time == 1);
	ck_ok(service_level_read(d.db, QUEUE_CALLOUTS_SECAS, d.now + 60 * 24 * HOUR, &l, &e));
	ck_assert(l.days30.ended == 0 && l.days90.ended == 2);
	for (int q = 0; q < QUEUES; q++)
		ck_ok(service_level_read(d.db, (enum queue)q, d.now, &l, &e));
	str_clear(&d.out);
	ck_ok(service_levels_json(d.db, d.snap, d.now, &d.out, &e));
	has(str_c(&d.out), "\"met\":[{\"days\":30,\"ended\":2,\"in_time\":1,\"percent\":50}");
	lacks(str_c(&d.out), "user:");
}
END_TEST

START_TEST(confirmations_are_listed_for_their_owner_from_the_day_they_are_due)
{
	DESK(d);
	struct principal maker = MAKER, rival = RIVAL;
	struct confirmation_filter f = {
		.state = "due", .owner = &maker, .after_node = NODE_NONE, .limit = 10
	};
	struct jw w = jw_start(&d.out);
	uint32_t more;

	jw_obj(&w);
	ck_ok(confirmations_json(d.snap, &f, KIT_NOW, &w, &more, &e));
	has(str_c(&d.out), "\"confirmations\":[]");
	str_clear(&d.out);
	w = jw_start(&d.out);
	jw_obj(&w);
	ck_ok(confirmations_json(d.snap, &f, KIT_NOW + 30 * 24 * HOUR, &w, &more, &e));
	has(str_c(&d.out), "\"entry\":\"000002\"");
	lacks(str_c(&d.out), "\"freshness\":\"confirmed\"");
	f.owner = &rival;
	str_clear(&d.out);
	w = jw_start(&d.out);
	jw_obj(&w);
	ck_ok(confirmations_json(d.snap, &f, KIT_NOW + 300 * 24 * HOUR, &w, &more, &e));
	has(str_c(&d.out), "\"confirmations\":[]");
	f.owner = NULL;
	f.limit = 1;
	str_clear(&d.out);
	w = jw_start(&d.out);
	jw_obj(&w);
	ck_ok(confirmations_json(d.snap, &f, KIT_NOW + 300 * 24 * HOUR, &w, &more, &e));
	ck_assert_uint_ne(more, NODE_NONE);
	ck_assert_int_eq(confirmations_count(d.snap, KIT_NOW + 300 * 24 * HOUR).count[FRESHNESS_OVERDUE], 2);
	f.state = "late";
	ck_refused(confirmations_json(d.snap, &f, KIT_NOW, &w, &more, &e), ERR_INVALID, "due or overdue");
}
END_TEST

START_TEST(the_notice_must_be_read_by_accounts_and_is_noted_once_a_revision)
{
	DESK(d);
	struct principal anna = SUPPLIER, nobody = principal_nobody();
	int64_t n = 0;
	bool got;

	ck_refused(notice_needed(&anna, false, &e), ERR_NOTICE, "release notes");
	ck_ok(notice_needed(&anna, true, &e));
	ck_ok(notice_needed(&nobody, false, &e));
	for (int i = 0; i < 3; i++)
		ck_ok(notice_tick(d.db, &anna, "export/fir", d.snap->revision, d.now + i, &e));
	ck_ok(notice_tick(d.db, &nobody, "export/fir", d.snap->revision, d.now, &e));
	ck_ok(db_one(d.db, SQL_NOTICE_GET, ARGS(VINT(1), VTEXT("export/fir"), VINT(d.snap->revision)), &got,
		     &n, &e));
	ck_assert(got && n == 1);
	ck_ok(db_one(d.db, SQL_NOTICE_GET, ARGS(VINT(0), VTEXT("export/fir"), VINT(d.snap->revision)), &got,
		     &n, &e));
	ck_assert(!got);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_report_goes_from_secas_to_the_maker_and_becomes_a_draft,
		T32_nobody_is_named_and_texts_are_for_those_concerned,
		what_cannot_be_is_refused_and_changes_nothing,
		a_dispute_shows_in_answers_exactly_while_it_stands,
		the_clerk_tells_each_mark_of_each_clock_once,
		service_levels_count_what_ended_in_time,
		confirmations_are_listed_for_their_owner_from_the_day_they_are_due,
		the_notice_must_be_read_by_accounts_and_is_noted_once_a_revision,
	};

	return STORES_RUN("callout", all, 60);
}
