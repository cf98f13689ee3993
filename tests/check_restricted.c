/* SPDX-License-Identifier: Apache-2.0 */
/* The register of the SSC: records, notes and the chain of looks. Both engines. */
#include "core/restricted.h"
#include "db_fault.h"
#include "store/migrate.h"
#include "stores.h"

#include <stdio.h>
#include <string.h>

static struct err e;

#define NOW INT64_C(1795132800000)
static const struct actor who = { "user:ssc", "a test", NOW };
static const struct actor silent = { "user:ssc", "", NOW };

static struct db *fresh_register(int engine)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = NULL;

	ck_ok(restricted_open(empty_store_dsn(engine, dsn), &db, &e));
	return db;
}

static int64_t looks(struct db *db)
{
	int64_t rows, bad;
	char head[65];

	ck_ok(audit_verify(db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

static int put(struct db *db, const char *entry, const char *chipset, int64_t rev)
{
	struct radio r = { entry, "1081", "dual", chipset, "7.1" };
	STR(out, 4096);
	int64_t now;

	return radio_put(db, &r, rev, &who, &out, &now, &e);
}

START_TEST(t32_every_look_is_recorded_and_needs_a_reason)
{
	OWN(db_close) struct db *db = fresh_register(_i);
	struct radio_search s = { .q = "VENDOR", .limit = 10 };
	STR(out, 65536);
	char next[16];
	int64_t rev;

	ck_ok(put(db, "000001", "A vendor", 0));
	ck_ok(radio_get(db, "000001", "1081", &who, &out, &rev, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"chipset_vendor\":\"A vendor\""));
	ck_assert_int_eq(looks(db), 2);
	ck_assert_int_eq(radio_get(db, "000001", "1081", &silent, &out, &rev, &e), ERR_INVALID);
	ck_assert_int_eq(radio_list(db, &s, &silent, &out, next, &e), ERR_INVALID);
	ck_assert_int_eq(looks(db), 2);
	str_clear(&out);
	ck_ok(radio_list(db, &s, &who, &out, next, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "000001"));
	str_clear(&out);
	ck_ok(radio_export(db, &s, &who, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "000001,1081,dual,A vendor,7.1,user:ssc,"));
	ck_assert_int_eq(looks(db), 4);
	str_clear(&out);
	ck_ok(restricted_log(db, "user:ssc", 0, 2, &out, &rev, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "radio-export"));
	ck_assert_ptr_null(strstr(str_c(&out), "radio-read"));
	ck_assert_int_eq(rev, 3);
}
END_TEST

START_TEST(a_list_goes_on_where_it_ended)
{
	OWN(db_close) struct db *db = fresh_register(_i);
	struct radio_search s = { .limit = 2 };
	char next[16], id[8];
	int n = 0;

	for (int i = 1; i <= 5; i++) {
		snprintf(id, sizeof id, "%06d", i);
		ck_ok(put(db, id, "x", 0));
	}
	do {
		STR(out, 65536);

		ck_ok(radio_list(db, &s, &who, &out, next, &e));
		for (const char *p = str_c(&out); (p = strstr(p, "\"entry\":")) != NULL; p++)
			n++;
		str_copy(id, sizeof id, next);
		s.after = id;
	} while (*next);
	ck_assert_int_eq(n, 5);
}
END_TEST

START_TEST(a_change_of_what_has_changed_is_refused)
{
	OWN(db_close) struct db *db = fresh_register(_i);
	struct radio bad = { "000002", "1081", "pink", "", "" };
	STR(out, 4096);
	int64_t rev;

	ck_ok(put(db, "000001", "A", 0));
	ck_assert_int_eq(put(db, "000001", "B", 0), ERR_STALE);
	ck_ok(put(db, "000001", "B", 1));
	ck_assert_int_eq(radio_put(db, &bad, -1, &who, &out, &rev, &e), ERR_INVALID);
	ck_assert_int_eq(looks(db), 2);
}
END_TEST

START_TEST(t47_a_note_is_public_from_its_moment_on)
{
	OWN(db_close) struct db *db = fresh_register(_i);
	STR(made, 4096);
	STR(all, 4096);
	int64_t next;
	const struct {
		int64_t at;
		bool seen;
	} cases[] = { { NOW + 999, false }, { NOW + 1000, true }, { NOW + 1001, true } };

	ck_ok(note_add(db, "000001", "it leaks", NOW + 1000, &who, &made, &e));
	for (size_t i = 0; i < 3; i++) {
		STR(out, 4096);

		ck_ok(note_released(db, "000001", cases[i].at, &out, &e));
		ck_assert(!!strstr(str_c(&out), "it leaks") == cases[i].seen);
	}
	ck_ok(note_list(db, NULL, 0, 10, &who, &all, &next, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&all), "\"embargoed\":true"));
	ck_ok(note_drop(db, 1, &who, &e));
	ck_assert_int_eq(note_drop(db, 1, &who, &e), ERR_NOT_FOUND);
}
END_TEST

START_TEST(the_register_and_the_main_store_are_never_taken_for_each_other)
{
	char main_dsn[STORE_DSN_MAX], register_dsn[STORE_DSN_MAX];
	struct db *db = NULL;

	fresh_store_dsn(_i, main_dsn);
	ck_assert_int_ne(restricted_open(main_dsn, &db, &e), OK);
	ck_assert_ptr_null(db);
	ck_ok(restricted_open(empty_store_dsn(_i, register_dsn), &db, &e));
	db_close(db);
	db = NULL;
	ck_assert_int_ne(db_open(register_dsn, true, &db, &e), OK);
	ck_assert_int_eq(restricted_open("", &db, &e), ERR_UNAVAILABLE);
}
END_TEST

START_TEST(what_is_not_recorded_is_not_told)
{
	struct db *real = fresh_register(_i);
	OWN(db_close) struct db *db = NULL;
	int rc = 1;

	ck_ok(put(real, "000001", "A", 0));
	db = db_fault_wrap(real, -1);
	for (int n = 0; rc; n++) {
		STR(out, 4096);
		int64_t rev;

		db_fault_arm(db, n);
		rc = radio_get(db, "000001", "1081", &who, &out, &rev, &e);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		db_fault_arm(db, -1);
		ck_assert_int_eq(looks(db), rc ? 1 : 2);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		t32_every_look_is_recorded_and_needs_a_reason,
		a_list_goes_on_where_it_ended,
		a_change_of_what_has_changed_is_refused,
		t47_a_note_is_public_from_its_moment_on,
		the_register_and_the_main_store_are_never_taken_for_each_other,
		what_is_not_recorded_is_not_told,
	};

	return STORES_RUN("restricted", all, 60);
}
