/* SPDX-License-Identifier: Apache-2.0 */
/* What is known beside the statements, and how fresh these are. Both engines. */
#include "base/json.h"
#include "core/dossier.h"
#include "core/lookup.h"
#include "core/rendered.h"
#include "core/setting.h"
#include "import_kit.h"
#include "store/store_ledger.h"

static struct err e;

static int64_t day(const char *text)
{
	int64_t ms;

	ck_ok(parse_time(text, &ms, &e));
	return ms;
}

START_TEST(freshness_turns_on_the_days_that_the_rules_name)
{
	struct statement_row never = { .kind = STATEMENT_BASES,
				       .stated_on = day("2026-01-01"),
				       .confirmed_on = -1 };
	struct statement_row once = { .kind = STATEMENT_ANY,
				      .stated_on = day("2020-01-01"),
				      .confirmed_on = day("2026-01-01") };
	struct freshness_span f = freshness_span_of(&once, 90, false),
			      n = freshness_span_of(&never, 90, false);
	static const struct {
		const char *on;
		enum freshness once, never;
	} cases[] = {
		{ "2026-01-01", FRESHNESS_CONFIRMED, FRESHNESS_DUE },
		{ "2026-03-17", FRESHNESS_CONFIRMED, FRESHNESS_DUE },
		{ "2026-03-18", FRESHNESS_DUE, FRESHNESS_DUE }, /* 14 days before */
		{ "2026-04-01", FRESHNESS_DUE, FRESHNESS_DUE }, /* the day itself */
		{ "2026-04-01T23:59:59Z", FRESHNESS_DUE, FRESHNESS_DUE },
		{ "2026-04-02", FRESHNESS_OVERDUE, FRESHNESS_OVERDUE },
	};

	ck_assert_int_eq(freshness_due(&f), day("2026-04-01"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(freshness_on(&f, day(cases[i].on)) == cases[i].once, "%s", cases[i].on);
		ck_assert_msg(freshness_on(&n, day(cases[i].on)) == cases[i].never, "%s", cases[i].on);
	}
	f = freshness_span_of(&once, 10, false); /* soon is half of a short period */
	ck_assert_int_eq(freshness_on(&f, day("2026-01-05")), FRESHNESS_CONFIRMED);
	ck_assert_int_eq(freshness_on(&f, day("2026-01-06")), FRESHNESS_DUE);
	(void)_i;
}
END_TEST

START_TEST(doubt_and_lack_of_a_source_count_more_than_dates)
{
	struct statement_row s = {
		.kind = STATEMENT_NONE, .source = SOURCE_INFERRED, .stated_on = -1, .confirmed_on = -1
	};
	struct freshness_span f = freshness_span_of(&s, 90, true);
	int64_t at = day("2026-11-20");

	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_DISPUTED);
	f = freshness_span_of(&s, 90, false);
	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_INFERRED);
	s.source = SOURCE_SECAS;
	f = freshness_span_of(&s, 90, false);
	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_OVERDUE);
	ck_assert_int_eq(freshness_due(&f), -1);
	s.kind = STATEMENT_FLOOR;
	s.confirmed_on = at;
	f = freshness_span_of(&s, 90, true);
	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_CONFIRMED);
	s.kind = STATEMENT_BLOCK;
	f = freshness_span_of(&s, 90, true);
	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_NONE);
	f = freshness_span_of(NULL, 90, false);
	ck_assert_int_eq(freshness_on(&f, at), FRESHNESS_NONE);
	(void)_i;
}
END_TEST

/* Four entries of one model of manufacturer 1234, a path from 1 to 3. */
static struct db *world(int engine)
{
	struct db *db = fresh_store(engine);
	OWN(import_report_free) struct import_report *r = NULL, *s = NULL;
	STR(csv, MIB);

	kit_csv(&csv, KIT_VERSION, 4, NULL, 0);
	ck_ok(kit_import(db, &csv, false, &r, &e));
	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on\n"
			     "2,bases,1,manufacturer,maker,2026-06-01,2026-10-01\n"
			     "3,bases,2,manufacturer,maker,2026-06-01,2026-11-01\n",
			     NULL, &s, &e));
	return db;
}

static struct snapshot *newest(struct db *db)
{
	struct snapshot *s;

	ck_ok(snapshot_load(db, 0, &s, &e));
	return s;
}

/* Applies a checked item in a revision of its own. */
static void apply(struct db *db, const struct dossier_item *item, bool changes, const char *before_has)
{
	struct actor who = { "tester", "a test", KIT_NOW };
	STR(before, 64 * KIB);
	int64_t rev;
	bool changed;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(ledger_advance(db, &who, "test", &rev, &e));
	ck_ok(dossier_apply(db, item, rev, &before, &changed, &e));
	ck_assert(changed == changes);
	ck_assert_msg(strstr(str_c(&before), before_has) != NULL, "%s", str_c(&before));
	ck_ok(audit_add(db, &who, "test", "test", NULL, NULL, rev, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
}

static const struct dossier_item excerpt = { .kind = "excerpt",
					     .entry = " 3",
					     .text = "Upgrade from 01000001 only.\nNever from 01000000.",
					     .document = "Release notes 3",
					     .document_date = "2026-05-01",
					     .owner = "Maker Ltd" };
static const struct dossier_item contact = { .kind = "contact",
					     .manufacturer = "12aB",
					     .name = "Firmware desk",
					     .email = "desk@maker.example",
					     .hours = "Mon-Fri 9-17" };

START_TEST(excerpts_and_contacts_stand_from_revision_to_revision)
{
	OWN(db_close) struct db *db = world(_i);
	OWN(snapshot_free) struct snapshot *before = newest(db), *then = NULL, *now = NULL;
	struct dossier_item x = excerpt, c = contact;
	const struct excerpt *found;
	uint32_t node = graph_find_entry(before->graph, "cpl", "000003");
	STR(out, 64 * KIB);
	struct jw w = jw_start(&out);

	memcpy(c.manufacturer, "1234", 5);
	ck_ok(dossier_check(before, &x, KIT_NOW, &e));
	ck_assert_str_eq(x.entry, "000003");
	ck_assert_str_eq(dossier_code(before, &x), "1234");
	ck_ok(dossier_check(before, &c, KIT_NOW, &e));
	apply(db, &x, true, "null");
	apply(db, &c, true, "null");
	apply(db, &x, false, "Release notes 3");
	then = newest(db);
	ck_assert_uint_eq(dossier_excerpts(then->dossier, graph_node(then->graph, node)->entry_id, &found),
			  1);
	ck_assert_str_eq(found->owner, "Maker Ltd");
	ck_assert_str_eq(dossier_contact(then, node)->name, "Firmware desk");
	str_copy(x.text, sizeof x.text, "From any.");
	apply(db, &x, true, "Never from 01000000");
	x.withdraw = c.withdraw = true;
	ck_ok(dossier_check(then, &x, KIT_NOW, &e));
	ck_ok(dossier_check(then, &c, KIT_NOW, &e));
	apply(db, &x, true, "From any.");
	apply(db, &c, true, "Firmware desk");
	now = newest(db);
	ck_assert_uint_eq(dossier_excerpts(now->dossier, graph_node(now->graph, node)->entry_id, &found), 0);
	ck_assert_ptr_null(dossier_contact(now, node));
	entry_json(then, node, KIT_NOW, &w);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"text\":\"Upgrade from 01000001 only.\\nNever"));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"email\":\"desk@maker.example\""));
	str_clear(&out);
	snapshot_free(then);
	ck_ok(snapshot_load(db, before->revision, &then, &e)); /* as it was before */
	entry_json(then, node, KIT_NOW, &w);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"excerpts\":[],\"contacts\":[],\"dispute\":null"));
}
END_TEST

START_TEST(the_contact_of_an_entry_comes_before_that_of_its_maker)
{
	OWN(db_close) struct db *db = world(_i);
	OWN(snapshot_free) struct snapshot *s = newest(db);
	struct dossier_item code = contact, own = contact;
	uint32_t two = graph_find_entry(s->graph, "cpl", "000002"),
		 three = graph_find_entry(s->graph, "cpl", "000003");
	const uint32_t both[] = { two, NODE_NONE, three, two };
	STR(out, 16 * KIB);
	struct jw w = jw_start(&out);

	memcpy(code.manufacturer, "1234", 5);
	str_copy(own.entry, sizeof own.entry, "3");
	own.manufacturer[0] = '\0';
	str_copy(own.name, sizeof own.name, "Model desk");
	ck_ok(dossier_check(s, &code, KIT_NOW, &e));
	ck_ok(dossier_check(s, &own, KIT_NOW, &e));
	apply(db, &code, true, "null");
	apply(db, &own, true, "null");
	snapshot_free(s);
	s = newest(db);
	ck_assert_str_eq(dossier_contact(s, two)->name, "Firmware desk");
	ck_assert_str_eq(dossier_contact(s, three)->name, "Model desk");
	dossier_help_json(s, both, 4, &w);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "Model desk"));
	ck_assert_ptr_null(strstr(strstr(str_c(&out), "Firmware desk") + 1, "Firmware desk"));
}
END_TEST

#define SET(item_, field, text_) str_copy((item_)->field, sizeof(item_)->field, text_)

START_TEST(wrong_items_are_refused_with_their_field)
{
	OWN(db_close) struct db *db = world(_i);
	OWN(snapshot_free) struct snapshot *s = newest(db);
	STR(most, 16 * KIB);

	for (int i = 0; i < DOSSIER_TEXT_MAX; i++)
		str_add(&most, "\xc3\xa9"); /* two bytes, one character */
					    /* clang-format off */
	for (int i = 0; i < 19; i++) {
		struct dossier_item x = i < 11 ? excerpt : contact;
		const char *field = NULL;

		switch (i) {
		case 0: SET(&x, kind, "bases"), field = "kind"; break;
		case 1: SET(&x, entry, "999"), field = "entry"; break;
		case 2: SET(&x, entry, ""), field = "entry"; break;
		case 3: SET(&x, entry, "1234:00000102:01000000"), field = "entry"; break;
		case 4: SET(&x, text, " \n"), field = "text"; break;
		case 5: SET(&x, document, ""), field = "document"; break;
		case 6: SET(&x, document_date, "1/5/2026"), field = "document_date"; break;
		case 7: SET(&x, document_date, "2027-01-01"), field = "document_date"; break;
		case 8: SET(&x, sha256, "12"), field = "sha256"; break;
		case 9: SET(&x, text, str_c(&most)); break; /* exactly as many as permitted */
		case 10: str_add(&most, "!"), SET(&x, text, str_c(&most)), field = "text"; break;
		case 11: SET(&x, manufacturer, "12"), field = "manufacturer"; break;
		case 12: SET(&x, entry, "3"), field = "manufacturer"; break;
		case 13: SET(&x, email, "nobody"), field = "email"; break;
		case 14: SET(&x, email, ""), field = "email"; break;
		case 15: SET(&x, url, "javascript:alert(1)"), field = "url"; break;
		case 16: SET(&x, phone, "call me"), field = "phone"; break;
		case 17: SET(&x, owner, "Maker"), field = "owner"; break;
		default: SET(&x, name, "a\x01" "b"), field = "name"; break;
		}
		/* clang-format on */
		if (!field) {
			ck_ok(dossier_check(s, &x, KIT_NOW, &e));
			continue;
		}
		ck_assert_msg(dossier_check(s, &x, KIT_NOW, &e) != 0, "case %d", i);
		ck_assert_str_eq(e.where, field);
	}
}
END_TEST

START_TEST(the_period_is_a_setting_and_past_answers_keep_theirs)
{
	OWN(db_close) struct db *db = world(_i);
	OWN(snapshot_free) struct snapshot *old = newest(db), *fresh = NULL, *again = NULL;
	struct actor who = { "config", "a test", KIT_NOW };
	int64_t want[SETTINGS], rows, bad;
	char head[65];
	bool changed;
	uint32_t three = graph_find_entry(old->graph, "cpl", "000003");

	ck_ok(settings_read(db, 0, want, &e));
	ck_assert_int_eq(want[SETTING_CONFIRM_EVERY], 90 * MS_PER_DAY);
	ck_ok(settings_write(db, want, &who, &changed, &e));
	ck_assert(!changed);
	want[SETTING_CONFIRM_EVERY] = 10 * MS_PER_DAY;
	ck_ok(settings_write(db, want, &who, &changed, &e));
	ck_assert(changed);
	ck_ok(settings_write(db, want, &who, &changed, &e));
	ck_assert(!changed);
	fresh = newest(db);
	ck_assert_int_eq(fresh->revision, old->revision + 1);
	ck_assert_int_eq(fresh->rendered->node[three].span.due, day("2026-11-11") / MS_PER_DAY);
	ck_ok(snapshot_load(db, old->revision, &again, &e));
	ck_assert_int_eq(again->rendered->node[three].span.due, old->rendered->node[three].span.due);
	ck_ok(audit_verify(db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		freshness_turns_on_the_days_that_the_rules_name,
		doubt_and_lack_of_a_source_count_more_than_dates,
		excerpts_and_contacts_stand_from_revision_to_revision,
		the_contact_of_an_entry_comes_before_that_of_its_maker,
		wrong_items_are_refused_with_their_field,
		the_period_is_a_setting_and_past_answers_keep_theirs,
	};

	return STORES_RUN("trust", all, 60);
}
