/* SPDX-License-Identifier: Apache-2.0 */
/* Gates, acceptance and faults of imports of the Central Products List. Both engines. */
#include "import_list.h"

#include "base/file.h"
#include "db_fault.h"

/* ---- gates ---- */

enum { TWEAK_REMOVE, TWEAK_EDIT, TWEAK_HASH, TWEAK_DROP, TWEAK_NEW_HASH, TWEAK_MODEL };
/* arg: what to do in the upper half, with how many entries in the lower. */
static void some(struct kit_row *r, unsigned arg)
{
	unsigned n = arg & 0xffff;

	if (r->number > n)
		return;
	switch (arg >> 16) {
	case TWEAK_REMOVE:
		r->status = "Removed";
		break;
	case TWEAK_EDIT:
		r->gbcs = "GBCS Version 4.0";
		break;
	case TWEAK_HASH:
		snprintf(r->hash, sizeof r->hash, "%064X", r->number + 0x77000);
		break;
	case TWEAK_DROP:
		r->skip = true;
		break;
	case TWEAK_NEW_HASH:
		if (!*r->hash)
			snprintf(r->hash, sizeof r->hash, "%064X", r->number);
		break;
	case TWEAK_MODEL:
	default:
		r->model = "FEDC";
	}
}

/* A store with a list of n entries, and the report of a second one with a tweak. */
static struct import_report *second_import(struct db *db, unsigned n, unsigned what, unsigned count,
					   bool accept)
{
	OWN(import_report_free) struct import_report *a = NULL;
	struct import_report *b = NULL;
	STR(first, 4 * MIB);
	STR(second, 4 * MIB);

	kit_csv(&first, "Version 3.001 Issued on 01-10-2026", n, NULL, 0);
	kit_csv(&second, "Version 3.002 Issued on 02-10-2026", n, some, what << 16 | count);
	ck_ok(kit_import(db, &first, false, &a, &e));
	ck_assert_int_eq(a->state, IMPORT_APPLIED); /* gates do not ask about a first list */
	ck_ok(kit_import(db, &second, accept, &b, &e));
	return b;
}

START_TEST(t02_a_gate_holds_an_import_just_past_its_limit_and_not_before)
{
	static const struct {
		unsigned what, count;
		const char *held; /* the gate that holds, NULL = none */
	} cases[] = {
		{ TWEAK_REMOVE, 19, NULL },                /* 1.9 % */
		{ TWEAK_REMOVE, 20, NULL },                /* 2 %: not more than */
		{ TWEAK_REMOVE, 21, "\"removed\"" },       /* 2.1 % */
		{ TWEAK_EDIT, 49, NULL },                  /* 4.9 % */
		{ TWEAK_EDIT, 50, NULL },                  /* 5 % */
		{ TWEAK_EDIT, 51, "\"changed\"" },         /* 5.1 % */
		{ TWEAK_HASH, 1, "\"hash-changed\"" },     /* any */
		{ TWEAK_NEW_HASH, 2, "\"hash-changed\"" }, /* one that came where none was counts, too */
		{ TWEAK_DROP, 1, "\"vanished\"" },
		{ TWEAK_MODEL, 1, NULL }, /* edited in place: allowed, warned about */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(db_close) struct db *db = fresh_store(_i);
		OWN(import_report_free)
		struct import_report *r = second_import(db, 1000, cases[i].what, cases[i].count, false);
		char want[64];
		int64_t rev;

		ck_ok(ledger_head(db, &rev, &e));
		ck_assert_msg(r->state == (cases[i].held ? IMPORT_HELD : IMPORT_APPLIED), "case %zu", i);
		ck_assert_int_eq(rev, cases[i].held ? 1 : 2);
		ck_assert_int_eq(import_report_exit(r), cases[i].held ? 4 : 0);
		if (cases[i].held) {
			const char *gate;

			snprintf(want, sizeof want, "{\"gate\":%s", cases[i].held);
			gate = strstr(str_c(&r->json), want);
			ck_assert_ptr_nonnull(gate);
			gate = strstr(gate, "\"holds\":");
			ck_assert_int_eq(strncmp(gate, "\"holds\":true", 12), 0);
			ck_assert_int_gt(r->id, 0);
		}
	}
}
END_TEST

/* arg: whose hash is forged */
static void forge(struct kit_row *r, unsigned arg)
{
	if (r->number == arg)
		snprintf(r->hash, sizeof r->hash, "%064X", 0xBAD000 + arg);
}

START_TEST(t01_twenty_forged_lists_change_no_row_and_leave_an_audit_row_each)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL;
	STR(text, MIB);
	struct list was, is;

	kit_csv(&text, "Version 3.001 Issued on 01-10-2026", 40, NULL, 0);
	ck_ok(kit_import(db, &text, false, &a, &e));
	list_read(&was, db, 0);
	for (unsigned i = 1; i <= 20; i++) {
		OWN(import_report_free) struct import_report *r = NULL;
		int64_t rev, rows, bad;
		char hash[65];

		str_clear(&text);
		kit_csv(&text, "Version 3.002 Issued on 02-10-2026", 40, forge, i);
		ck_ok(kit_import(db, &text, false, &r, &e));
		ck_assert_int_eq(r->state, IMPORT_HELD);
		ck_ok(ledger_head(db, &rev, &e));
		ck_assert_int_eq(rev, 1);
		ck_ok(audit_verify(db, &rows, &bad, hash, &e));
		ck_assert_int_eq(rows, 1 + i);
	}
	list_read(&is, db, 0);
	ck_assert_uint_eq(is.v.n, was.v.n);
	for (size_t i = 0; i < is.v.n; i++) {
		ck_assert_int_eq(is.v.v[i].from_rev, 1);
		ck_assert(is.v.v[i].hash ? !strcmp(is.v.v[i].hash, was.v.v[i].hash) : !was.v.v[i].hash);
	}
	list_free(&was);
	list_free(&is);
}
END_TEST

START_TEST(t02_accept_lets_a_gated_import_pass_at_once)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *r = second_import(db, 100, TWEAK_HASH, 30, true);
	struct list l;

	ck_assert_int_eq(r->state, IMPORT_APPLIED);
	ck_assert(r->gated);
	ck_assert_int_eq(r->edited, 30);
	list_read(&l, db, 0);
	ck_assert_str_eq(list_get(&l, "000001")->hash,
			 "0000000000000000000000000000000000000000000000000000000000077001");
	list_free(&l);
}
END_TEST

START_TEST(a_held_import_is_applied_when_somebody_accepts_it)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *held = second_import(db, 100, TWEAK_HASH, 30, false);
	OWN(import_report_free) struct import_report *done = NULL, *twice = NULL;
	struct actor other = { "approver", "looked at it", KIT_NOW + 5 };
	STR(json, IMPORT_REPORT_MAX);
	STR(list, MIB);
	struct list l;
	int64_t next;

	ck_ok(import_get(db, held->id, false, &json, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"state\":\"held\""));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"hash-changed\""));
	ck_ok(import_accept(db, held->id, &other, &done, &e));
	ck_assert_int_eq(done->state, IMPORT_ACCEPTED);
	ck_assert_int_eq(done->revision, 2);
	ck_assert_int_eq(done->id, held->id);
	list_read(&l, db, 0);
	ck_assert_str_eq(list_get(&l, "000030")->hash,
			 "000000000000000000000000000000000000000000000000000000000007701E");
	list_free(&l);
	ck_assert_int_eq(import_accept(db, held->id, &other, &twice, &e), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "accepted"));
	str_clear(&json);
	ck_ok(import_get(db, held->id, false, &json, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"state\":\"accepted\""));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"revision\":2"));
	ck_ok(import_list(db, 0, 1, false, &list, &next, &e));
	ck_assert_int_eq(next, held->id);
	ck_assert_int_eq(import_get(db, 99, false, &json, &e), ERR_NOT_FOUND);
	ck_assert_int_eq(import_accept(db, 99, &other, &twice, &e), ERR_NOT_FOUND);
	ck_assert_int_eq(import_accept(db, 1, &other, &twice, &e), ERR_CONFLICT); /* was applied */
}
END_TEST

START_TEST(an_accepted_workbook_is_the_same_as_one_that_was_never_held)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	struct actor who = { "approver", "", KIT_NOW };
	STR(text, 4 * MIB);
	char path[512], *hit;

	/* First a CSV with one wrong hash: the workbook that corrects it is held. */
	ck_ok(file_read(kit_real("csv", path, sizeof path), &text, &e));
	hit = strstr(text.p, "137ED5BC");
	memcpy(hit, "00000000", 8);
	ck_ok(kit_import(db, &text, false, &a, &e));
	kit_real("xlsm", path, sizeof path);
	ck_ok(kit_import_path(db, path, &b, &e));
	ck_assert_int_eq(b->state, IMPORT_HELD);
	ck_assert_int_eq(b->filled, 637);
	ck_ok(import_accept(db, b->id, &who, &c, &e));
	ck_assert_int_eq(c->filled, 637);
	ck_assert_int_eq(c->edited, 1);
	ck_ok(kit_import_path(db, path, &d, &e));
	ck_assert_int_eq(d->state, IMPORT_UNCHANGED);
}
END_TEST

START_TEST(a_held_import_can_be_rejected_and_leaves_the_catalogue_alone)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *held = second_import(db, 100, TWEAK_DROP, 3, false);
	OWN(import_report_free) struct import_report *no = NULL, *yes = NULL;
	struct actor who = { "approver", "", KIT_NOW };
	int64_t rev;

	ck_ok(import_reject(db, held->id, &who, &no, &e));
	ck_assert_int_eq(no->state, IMPORT_REJECTED);
	ck_ok(ledger_head(db, &rev, &e));
	ck_assert_int_eq(rev, 1);
	ck_assert_int_eq(import_accept(db, held->id, &who, &yes, &e), ERR_CONFLICT);
	ck_assert_int_eq(import_reject(db, held->id, &who, &no, &e), ERR_CONFLICT);
}
END_TEST

START_TEST(what_was_held_cannot_be_accepted_after_the_catalogue_moved_on)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *held = second_import(db, 100, TWEAK_HASH, 1, false);
	OWN(import_report_free) struct import_report *other = NULL, *done = NULL;
	struct actor who = { "approver", "", KIT_NOW };
	STR(text, MIB);

	kit_csv(&text, "Version 3.003 Issued on 03-10-2026", 101, NULL, 0);
	ck_ok(kit_import(db, &text, false, &other, &e));
	ck_assert_int_eq(import_accept(db, held->id, &who, &done, &e), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "import the file again"));
	ck_assert_ptr_null(done);
}
END_TEST

START_TEST(the_same_file_held_twice_waits_once)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *held = second_import(db, 100, TWEAK_DROP, 3, false);
	OWN(import_report_free) struct import_report *again = NULL;
	STR(text, 4 * MIB);
	int64_t rows, bad, before;
	char hash[65];

	ck_ok(audit_verify(db, &before, &bad, hash, &e));
	kit_csv(&text, "Version 3.002 Issued on 02-10-2026", 100, some, TWEAK_DROP << 16 | 3);
	ck_ok(kit_import(db, &text, false, &again, &e));
	ck_assert_int_eq(again->state, IMPORT_HELD);
	ck_assert_int_eq(again->id, held->id);
	ck_ok(audit_verify(db, &rows, &bad, hash, &e));
	ck_assert_int_eq(rows, before);
}
END_TEST

START_TEST(entries_that_vanish_are_removed_when_accepted_and_never_deleted)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *r = second_import(db, 100, TWEAK_DROP, 1, true);
	OWN(import_report_free) struct import_report *again = NULL;
	STR(text, 4 * MIB);
	struct list l;

	ck_assert_int_eq(r->vanished, 1);
	list_read(&l, db, 0);
	ck_assert_uint_eq(l.v.n, 100);
	ck_assert(list_get(&l, "000001")->removed);
	ck_assert_str_eq(list_get(&l, "000001")->text[CPL_STATUS], "Removed");
	ck_assert_str_eq(list_get(&l, "000001")->version, "01000000");
	list_free(&l);
	kit_csv(&text, "Version 3.002 Issued on 02-10-2026", 100, some, TWEAK_DROP << 16 | 1);
	ck_ok(kit_import(db, &text, false, &again, &e));
	ck_assert_int_eq(again->state, IMPORT_UNCHANGED);
	ck_assert_ptr_nonnull(strstr(str_c(&again->json), "\"absent\":1"));
}
END_TEST

START_TEST(t04_an_older_list_is_held_as_a_replay)
{
	static const struct {
		const char *version;
		bool held;
	} cases[] = {
		{ "Version 1.9 Issued on 01-10-2026", true },   /* 1.9 is before 1.10 */
		{ "Version 1.10 Issued on 30-09-2026", true },  /* the same number of an earlier day */
		{ "Version 1.11 Issued on 30-09-2026", true },  /* a later number of an earlier day */
		{ "Version 1.10 Issued on 01-10-2026", false }, /* the same */
		{ "Version 1.11 Issued on 01-10-2026", false },
		{ "Version 2.000 Issued on 02-10-2026", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(db_close) struct db *db = fresh_store(_i);
		OWN(import_report_free) struct import_report *a = NULL, *b = NULL, *c = NULL;
		STR(first, MIB);
		STR(second, MIB);

		kit_csv(&first, "Version 1.10 Issued on 01-10-2026", 100, NULL, 0);
		kit_csv(&second, cases[i].version, 101, NULL, 0);
		ck_ok(kit_import(db, &first, false, &a, &e));
		ck_ok(kit_import(db, &second, false, &b, &e));
		ck_assert_msg(b->state == (cases[i].held ? IMPORT_HELD : IMPORT_APPLIED), "%s",
			      cases[i].version);
		if (!cases[i].held)
			continue;
		ck_assert_ptr_nonnull(strstr(str_c(&b->json), "{\"gate\":\"older\",\"holds\":true}"));
		ck_ok(kit_import(db, &second, true, &c, &e));
		ck_assert_int_eq(c->state, IMPORT_APPLIED);
	}
}
END_TEST

START_TEST(t05_a_list_of_the_future_is_refused_and_does_not_block_the_next_good_one)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(future, MIB);
	STR(good, MIB);
	int64_t rev;

	kit_csv(&future, "Version 9.001 Issued on 23-11-2026", 20, NULL, 0);
	kit_csv(&good, "Version 3.001 Issued on 22-11-2026", 20, NULL, 0);
	/* Midnight of the 23rd is 48 hours and a millisecond ahead. */
	ck_assert_int_eq(
	    kit_import_with(db, future.p, future.len, true, false, time_from_ymd(2026, 11, 21) - 1, &r, &e),
	    ERR_IMPORT_AHEAD);
	ck_assert_str_eq(e.where, "Version");
	ck_assert_int_eq(e.line, 2);
	ck_ok(ledger_head(db, &rev, &e));
	ck_assert_int_eq(rev, 0);
	ck_ok(kit_import(db, &good, false, &r, &e)); /* 48 hours ahead to the millisecond */
	ck_assert_int_eq(r->state, IMPORT_APPLIED);
	import_report_free(MOVE(r));
	ck_ok(kit_import_with(db, future.p, future.len, false, false, time_from_ymd(2026, 11, 21), &r, &e));
}
END_TEST

/* ---- faults ---- */

START_TEST(t03_any_fault_leaves_the_store_as_it_was)
{
	static const unsigned what[] = { TWEAK_EDIT, TWEAK_DROP };

	for (size_t k = 0; k < 2; k++) {
		STR(first, MIB);
		STR(second, MIB);
		int n;

		kit_csv(&first, "Version 3.001 Issued on 01-10-2026", 12, NULL, 0);
		/* With 1 of 13 entries the gates hold: once it is applied all the same, once it is set aside.
		 */
		kit_csv(&second, "Version 3.002 Issued on 02-10-2026", 13, some, what[k] << 16 | 1);
		for (n = 0;; n++) {
			struct db *real = fresh_store(_i), *db;
			OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
			int64_t rev, rows, bad;
			char hash[65];
			int rc;

			ck_ok(kit_import(real, &first, false, &a, &e));
			db = db_fault_wrap(real, n);
			rc = kit_import(db, &second, k == 0, &b, &e);
			ck_assert_int_eq(rc != 0, db_fault_hit(db));
			ck_ok(ledger_head(real, &rev, &e));
			ck_ok(audit_verify(real, &rows, &bad, hash, &e));
			ck_assert_int_eq(bad, 0);
			ck_assert_int_eq(rows, rc ? 1 : 2);
			ck_assert_int_eq(rev, rc || k == 1 ? 1 : 2);
			{
				struct list l;

				list_read(&l, real, 0);
				ck_assert_uint_eq(l.v.n, rc || k == 1 ? 12 : 13);
				ck_assert_str_eq(list_get(&l, "000001")->text[CPL_GBCS],
						 rc || k == 1 ? "GBCS Version 3.2" : "GBCS Version 4.0");
				list_free(&l);
			}
			db_close(db);
			if (!rc)
				break;
			ck_assert_ptr_null(b);
			ck_assert_int_lt(n, 500);
		}
		ck_assert_int_gt(n, 10);
	}
}
END_TEST

START_TEST(t03_any_fault_while_accepting_leaves_the_import_held)
{
	for (int n = 0;; n++) {
		struct db *real = fresh_store(_i), *db;
		OWN(import_report_free)
		struct import_report *held = second_import(real, 10, TWEAK_HASH, 2, false);
		OWN(import_report_free) struct import_report *done = NULL;
		struct actor who = { "approver", "", KIT_NOW };
		STR(json, IMPORT_REPORT_MAX);
		int64_t rev;
		int rc;

		db = db_fault_wrap(real, n);
		rc = import_accept(db, held->id, &who, &done, &e);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_ok(ledger_head(real, &rev, &e));
		ck_assert_int_eq(rev, rc ? 1 : 2);
		ck_ok(import_get(real, held->id, false, &json, &e));
		ck_assert_ptr_nonnull(
		    strstr(str_c(&json), rc ? "\"state\":\"held\"" : "\"state\":\"accepted\""));
		db_close(db);
		if (!rc)
			break;
		ck_assert_int_lt(n, 500);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		t02_a_gate_holds_an_import_just_past_its_limit_and_not_before,
		t01_twenty_forged_lists_change_no_row_and_leave_an_audit_row_each,
		t02_accept_lets_a_gated_import_pass_at_once,
		a_held_import_is_applied_when_somebody_accepts_it,
		an_accepted_workbook_is_the_same_as_one_that_was_never_held,
		a_held_import_can_be_rejected_and_leaves_the_catalogue_alone,
		what_was_held_cannot_be_accepted_after_the_catalogue_moved_on,
		the_same_file_held_twice_waits_once,
		entries_that_vanish_are_removed_when_accepted_and_never_deleted,
		t04_an_older_list_is_held_as_a_replay,
		t05_a_list_of_the_future_is_refused_and_does_not_block_the_next_good_one,
		t03_any_fault_leaves_the_store_as_it_was,
		t03_any_fault_while_accepting_leaves_the_import_held,
	};
	Suite *s = suite_create("import_gates");
	TCase *tc = tcase_create("import_gates");

	tcase_set_timeout(tc, 300);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_loop_test(tc, tests[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}
