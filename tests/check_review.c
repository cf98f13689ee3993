/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of two persons about imports, undo, and the reset of the high-water mark. Both engines. */
#include "import_list.h"

#include "core/fleet.h"
#include "core/import_review.h"
#include "core/lookup.h"
#include "db_fault.h"

static const struct principal editor = { .how = SIGN_IN_SESSION,
					 .roles = ROLE_PUBLIC | ROLE_EDITOR,
					 .account_id = 11 };
static const struct principal approver = { .how = SIGN_IN_SESSION,
					   .roles = ROLE_PUBLIC | ROLE_APPROVER,
					   .account_id = 12 };
static const struct principal both = { .how = SIGN_IN_SESSION,
				       .roles = ROLE_PUBLIC | ROLE_EDITOR | ROLE_APPROVER,
				       .account_id = 13 };
static const struct principal supplier = { .how = SIGN_IN_SESSION,
					   .roles = ROLE_PUBLIC | ROLE_SUPPLIER,
					   .account_id = 14 };
static const struct principal local = { .how = SIGN_IN_LOCAL, .roles = ROLES_LOCAL };

/* One text member of a JSON object. */
static void member(const char *json, const char *name, char *buf, size_t size)
{
	OWN(json_free) struct json *j = NULL;

	ck_ok(json_parse(json, strlen(json), &j, &e));
	ck_assert(str_copy(buf, size, json_text(json_get(j, name)) ? json_text(json_get(j, name)) : ""));
}

static void record(struct db *db, int64_t id, struct str *out)
{
	str_clear(out);
	ck_ok(import_get(db, id, false, out, &e));
}

static void hash_of(struct db *db, int64_t id, char hash[65])
{
	STR(out, 8 * MIB);

	record(db, id, &out);
	member(str_c(&out), "report_sha256", hash, 65);
	ck_assert_uint_eq(strlen(hash), 64);
}

static void state_is(struct db *db, int64_t id, const char *want)
{
	STR(out, 8 * MIB);
	char state[16];

	record(db, id, &out);
	member(str_c(&out), "state", state, sizeof state);
	ck_assert_str_eq(state, want);
}

static int word(struct db *db, int64_t id, enum import_act act, const struct principal *who, const char *hash)
{
	struct import_decision d = {
		.act = act, .by = who, .hash = hash, .who = { "user:somebody", "looked at it", KIT_NOW }
	};
	STR(out, 8 * MIB);
	int64_t revision;

	return import_decide(db, id, &d, &out, &revision, &e);
}

static int64_t head(struct db *db)
{
	int64_t rev;

	ck_ok(ledger_head(db, &rev, &e));
	return rev;
}

static void new_hash(struct kit_row *r, unsigned arg)
{
	if (r->number == arg)
		snprintf(r->hash, sizeof r->hash, "%064X", 0xABC000 + arg);
}

static struct db *with_list(int engine, unsigned n)
{
	struct db *db = fresh_store(engine);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(text, MIB);

	kit_csv(&text, "Version 3.001 Issued on 01-10-2026", n, NULL, 0);
	ck_ok(kit_import(db, &text, false, &r, &e));
	return db;
}

/* A list with another version, and the number of its import. */
static int64_t next_list(struct db *db, const char *version, unsigned n, kit_tweak *tweak, unsigned arg,
			 enum import_state want)
{
	OWN(import_report_free) struct import_report *r = NULL;
	STR(text, MIB);

	kit_csv(&text, version, n, tweak, arg);
	ck_ok(kit_import(db, &text, false, &r, &e));
	ck_assert_int_eq(r->state, want);
	return r->id;
}

#define V2 "Version 3.002 Issued on 02-10-2026"

START_TEST(t01_a_held_list_needs_two_persons_who_saw_the_same_report)
{
	OWN(db_close) struct db *db = with_list(_i, 40);
	int64_t id = next_list(db, V2, 40, new_hash, 3, IMPORT_HELD);
	char hash[65], other[65];

	hash_of(db, id, hash);
	memset(other, 'A', 64);
	other[64] = 0;
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &editor, NULL), ERR_INVALID);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &editor, other), ERR_CONFLICT);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &supplier, hash), ERR_DENIED);
	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &both, hash));
	state_is(db, id, "held");
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &both, hash), ERR_DENIED); /* not twice the same */
	ck_assert_ptr_nonnull(strstr(e.msg, "yours already"));
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &editor, hash), ERR_DENIED); /* no approver */
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &approver, other), ERR_CONFLICT);
	ck_assert_int_eq(head(db), 1);
	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &approver, hash));
	state_is(db, id, "accepted");
	ck_assert_int_eq(head(db), 2);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &approver, hash), ERR_CONFLICT);
}
END_TEST

START_TEST(the_operator_of_this_machine_needs_one_step)
{
	OWN(db_close) struct db *db = with_list(_i, 40);
	int64_t id = next_list(db, V2, 40, new_hash, 3, IMPORT_HELD);

	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &local, NULL));
	state_is(db, id, "accepted");
	ck_ok(word(db, id, IMPORT_ACT_UNDO, &local, NULL));
	state_is(db, id, "undone");
	ck_assert_int_eq(head(db), 3);
}
END_TEST

START_TEST(rejecting_ends_the_first_word_too)
{
	OWN(db_close) struct db *db = with_list(_i, 40);
	OWN(import_report_free) struct import_report *r = NULL;
	int64_t id = next_list(db, V2, 40, new_hash, 3, IMPORT_HELD);
	struct actor who = { "user:x", "no", KIT_NOW };
	char hash[65];

	hash_of(db, id, hash);
	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &editor, hash));
	ck_ok(import_reject(db, id, &who, &r, &e));
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &approver, hash), ERR_CONFLICT);
	ck_assert_int_eq(head(db), 1);
}
END_TEST

/* Two lists are the same: entries, states, texts. */
static void same_lists(struct list *a, struct list *b)
{
	ck_assert_uint_eq(a->v.n, b->v.n);
	for (size_t i = 0; i < a->v.n; i++) {
		ck_assert_str_eq(a->v.v[i].public_id, b->v.v[i].public_id);
		ck_assert(a->v.v[i].removed == b->v.v[i].removed);
		for (int c = 0; c < CPL_COLS; c++) {
			const char *x = a->v.v[i].text[c], *y = b->v.v[i].text[c];

			ck_assert((!x && !y) || (x && y && !strcmp(x, y)));
		}
	}
}

static void mixed(struct kit_row *r, unsigned arg)
{
	(void)arg;
	if (r->number == 7)
		r->gbcs = "GBCS Version 4.0";
	if (r->number == 80)
		r->status = "Removed";
}

START_TEST(an_undone_import_leaves_what_stood_before_and_the_past_as_it_was)
{
	OWN(db_close) struct db *db = with_list(_i, 100);
	struct list was, is, then, again;
	int64_t id;
	char hash[65];

	list_read(&was, db, 0);
	id = next_list(db, V2, 103, mixed, 0, IMPORT_APPLIED);
	list_read(&then, db, 2);
	hash_of(db, id, hash);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_UNDO, &supplier, hash), ERR_DENIED);
	ck_ok(word(db, id, IMPORT_ACT_UNDO, &editor, hash));
	ck_assert_int_eq(head(db), 2);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_UNDO, &editor, hash), ERR_DENIED);
	ck_ok(word(db, id, IMPORT_ACT_UNDO, &approver, hash));
	ck_assert_int_eq(head(db), 3);
	state_is(db, id, "undone");
	list_read(&is, db, 0);
	same_lists(&was, &is);
	list_read(&again, db, 2);
	same_lists(&then, &again);
	list_free(&was);
	list_free(&is);
	list_free(&again);
	ck_assert_int_eq(word(db, id, IMPORT_ACT_UNDO, &approver, hash), ERR_CONFLICT);
	/* The same list comes again: its new numbers get the entries they had. */
	id = next_list(db, V2, 103, mixed, 0, IMPORT_APPLIED);
	list_read(&again, db, 0);
	same_lists(&then, &again);
	list_free(&then);
	list_free(&again);
}
END_TEST

START_TEST(what_somebody_relies_on_is_not_undone)
{
	OWN(db_close) struct db *db = with_list(_i, 100);
	OWN(import_report_free) struct import_report *r = NULL;
	int64_t id = next_list(db, V2, 103, mixed, 0, IMPORT_APPLIED), later;

	ck_assert_int_eq(word(db, 1, IMPORT_ACT_UNDO, &local, NULL), ERR_CONFLICT); /* not the newest */
	ck_assert_ptr_nonnull(strstr(e.msg, "undo that one first"));
	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
			     "000102,bases,000101,secas,X,2026-01-01,,,\n",
			     NULL, &r, &e));
	ck_assert_int_eq(word(db, id, IMPORT_ACT_UNDO, &local, NULL), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "statements"));
	later = next_list(db, "Version 3.003 Issued on 03-10-2026", 103, NULL, 0, IMPORT_APPLIED);
	ck_ok(word(db, later, IMPORT_ACT_UNDO, &local, NULL)); /* touches entries 7 and 80 only */
	ck_assert_int_eq(word(db, id, IMPORT_ACT_UNDO, &local, NULL), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "changed again"));
}
END_TEST

START_TEST(t05_two_persons_reset_the_mark_of_a_list_that_ran_ahead)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	int64_t ahead = next_list(db, "Version 9.999 Issued on 21-11-2026", 40, NULL, 0, IMPORT_APPLIED), id;
	char hash[65];

	id = next_list(db, V2, 41, NULL, 0, IMPORT_HELD); /* a genuine one, held as older */
	hash_of(db, ahead, hash);
	ck_ok(word(db, 0, IMPORT_ACT_RESET, &editor, hash));
	ck_assert_int_eq(word(db, 0, IMPORT_ACT_RESET, &editor, hash), ERR_DENIED);
	ck_ok(word(db, 0, IMPORT_ACT_RESET, &approver, hash));
	ck_assert_int_eq(word(db, id, IMPORT_ACT_ACCEPT, &local, NULL), ERR_CONFLICT); /* its report is old */
	id = next_list(db, "Version 3.003 Issued on 03-10-2026", 41, NULL, 0, IMPORT_APPLIED);
	next_list(db, "Version 3.001 Issued on 01-10-2026", 41, NULL, 0, IMPORT_HELD); /* it holds again */
	state_is(db, id, "applied");
}
END_TEST

/* n devices that run the first entry. */
static void add_devices(struct db *db, int n)
{
	OWN(snapshot_free) struct snapshot *s = NULL;
	struct actor who = { "tester", "", KIT_NOW };
	struct fleet_counts counts;
	STR(csv, 4 * KIB);

	str_add(&csv, "name,adapter,identity\n");
	for (int i = 0; i < n; i++)
		str_addf(&csv, "d%d,fake,1234:00000102:01000000\n", i);
	ck_ok(snapshot_load(db, 0, &s, &e));
	ck_ok(fleet_import(db, SCOPE_ALL, s, &who, FLEET_CSV, str_c(&csv), csv.len, &counts, &e));
}

static void removes(struct kit_row *r, unsigned arg)
{
	if (r->number == arg)
		r->status = "Removed";
}

START_TEST(what_devices_need_on_their_way_does_not_vanish_unseen)
{
	OWN(db_close) struct db *db = with_list(_i, 200);
	OWN(import_report_free) struct import_report *r = NULL;
	STR(out, 8 * MIB);
	int64_t id;
	char hash[65];

	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
			     "000002,bases,000001,secas,X,2026-01-01,,,\n"
			     "000003,bases,000002,secas,X,2026-01-01,,,\n",
			     NULL, &r, &e));
	add_devices(db, 3);
	/* One of 200 is below every percentage; the devices hold it. */
	id = next_list(db, V2, 200, removes, 2, IMPORT_HELD);
	record(db, id, &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out),
				     "{\"gate\":\"needed-hop\",\"count\":1,\"entries\":[{\"entry\":"
				     "\"000002\",\"devices\":3}],\"holds\":true}"));
	hash_of(db, id, hash);
	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &editor, hash));
	add_devices(db, 5); /* the fleet moves; the same entry is needed by more */
	ck_ok(word(db, id, IMPORT_ACT_ACCEPT, &approver, hash));
	state_is(db, id, "accepted");
	/* An entry that leads nowhere goes as ever. */
	next_list(db, "Version 3.003 Issued on 03-10-2026", 200, removes, 2, IMPORT_APPLIED);
}
END_TEST

START_TEST(any_fault_while_deciding_leaves_all_as_it_was)
{
	OWN(db_close) struct db *db = NULL;
	struct db *real = with_list(_i, 10);
	int64_t id = next_list(real, V2, 12, NULL, 0, IMPORT_APPLIED);
	char hash[65];
	int rc = 1;

	hash_of(real, id, hash);
	ck_ok(word(real, id, IMPORT_ACT_UNDO, &editor, hash));
	db = db_fault_wrap(real, -1);
	for (int n = 0; rc; n++) {
		db_fault_arm(db, n);
		rc = word(db, id, IMPORT_ACT_UNDO, &approver, hash);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		db_fault_arm(db, -1);
		ck_assert_int_eq(head(db), rc ? 2 : 3);
		state_is(db, id, rc ? "applied" : "undone");
	}
}
END_TEST

START_TEST(t04_a_list_is_stale_36_hours_after_it_was_checked_to_the_millisecond)
{
	const int64_t hour = 3600000, now = KIT_NOW + 11 * hour;
	const struct {
		int64_t issued, checked;
		bool stale;
	} cases[] = {
		{ now - 48 * hour, now, false },
		{ now - 48 * hour, now - 35 * hour, false },
		{ now - 48 * hour, now - 36 * hour, false },
		{ now - 48 * hour, now - 36 * hour - 1, true },
		{ now - 48 * hour, now - 37 * hour, true },
		{ now - 48 * hour, -1, true },
		{ -1, now, true },
		{ now - 44 * 24 * hour, now, true }, /* an old list, however often it is looked at */
	};

	(void)_i;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cpl_info cpl = { .issued_on = cases[i].issued, .checked_at = cases[i].checked };

		ck_assert_msg(cpl_is_stale(&cpl, now) == cases[i].stale, "case %zu", i);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		t01_a_held_list_needs_two_persons_who_saw_the_same_report,
		the_operator_of_this_machine_needs_one_step,
		rejecting_ends_the_first_word_too,
		an_undone_import_leaves_what_stood_before_and_the_past_as_it_was,
		what_somebody_relies_on_is_not_undone,
		what_devices_need_on_their_way_does_not_vanish_unseen,
		t05_two_persons_reset_the_mark_of_a_list_that_ran_ahead,
		any_fault_while_deciding_leaves_all_as_it_was,
		t04_a_list_is_stale_36_hours_after_it_was_checked_to_the_millisecond,
	};

	return STORES_RUN("review", all, 60);
}
