/* SPDX-License-Identifier: Apache-2.0 */
/* Imports of the Central Products List: golden numbers, differences. Both engines.
 */
#include "import_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "model/cpl_rules.h"

/* How many different values a key function gives. */
typedef void key_fn(const struct store_entry *x, char buf[160]);
struct tally {
	struct map *map; /* key -> count */
	size_t most;     /* largest count */
	size_t twice;    /* keys with a count over 1 */
};
static void tally(struct tally *t, const struct list *l, key_fn *key)
{
	char buf[160];

	*t = (struct tally){ .map = map_new() };
	for (size_t i = 0; i < l->v.n; i++) {
		size_t n;

		key(&l->v.v[i], buf);
		if (!*buf)
			continue;
		n = (size_t)(uintptr_t)map_get(t->map, buf) + 1;
		map_put(t->map, buf, (void *)(uintptr_t)n);
		t->twice += n == 2;
		t->most = n > t->most ? n : t->most;
	}
}
static size_t distinct(const struct list *l, key_fn *key)
{
	struct tally t;
	size_t n;

	tally(&t, l, key);
	n = map_count(t.map);
	map_free(t.map);
	return n;
}

#define KEY(name, ...)                                                                                       \
	static void name(const struct store_entry *x, char buf[160])                                         \
	{                                                                                                    \
		snprintf(buf, 160, __VA_ARGS__);                                                             \
	}
KEY(k_manufacturer, "%s", x->text[CPL_MANUFACTURER])
KEY(k_model, "%s %s", x->text[CPL_MANUFACTURER], x->text[CPL_MODEL])
KEY(k_hardware, "%s %s", x->text[CPL_MANUFACTURER], x->text[CPL_MODEL_HW])
KEY(k_identity, "%" PRId64 " %s", x->model_id, x->version)
KEY(k_model_id, "%" PRId64, x->model_id)
KEY(k_hash, "%s", x->hash ? x->hash : "")

static void golden(const struct list *l)
{
	static const unsigned want[CPL_TYPES] = {
		[CPL_TYPE_SINGLE] = 223, [CPL_TYPE_PPMID] = 173,    [CPL_TYPE_CH] = 147,
		[CPL_TYPE_GSME] = 116,   [CPL_TYPE_POLYPHASE] = 25, [CPL_TYPE_TWIN] = 8,
		[CPL_TYPE_HCALCS] = 2
	};
	unsigned types[CPL_TYPES + 1] = { 0 }, current = 0, smets1 = 0, no_hash = 0, no_hash_current = 0;
	struct tally t;

	for (size_t i = 0; i < l->v.n; i++) {
		const struct store_entry *x = &l->v.v[i];

		no_hash += !x->hash;
		if (x->removed)
			continue;
		current++;
		types[cpl_type_find(x->text[CPL_TYPE])]++;
		smets1 += !strncmp(x->text[CPL_SMETS], "SMETS V1.2", 10);
		no_hash_current += !x->hash;
	}
	ck_assert_uint_eq(l->v.n, 729);
	ck_assert_uint_eq(current, 694);
	for (int i = 0; i < CPL_TYPES; i++)
		ck_assert_uint_eq(types[i], want[i]);
	ck_assert_uint_eq(types[CPL_TYPES], 0);
	ck_assert_uint_eq(smets1, 131);
	ck_assert_uint_eq(distinct(l, k_manufacturer), 19);
	ck_assert_uint_eq(distinct(l, k_model), 98);
	ck_assert_uint_eq(distinct(l, k_hardware), 162);
	ck_assert_uint_eq(distinct(l, k_model_id), 162);
	ck_assert_uint_eq(distinct(l, k_hash), 305);
	ck_assert_uint_eq(no_hash, 199);
	ck_assert_uint_eq(no_hash_current, 198);
	tally(&t, l, k_identity);
	ck_assert_uint_eq(map_count(t.map), 716);
	ck_assert_uint_eq(t.twice, 13);
	ck_assert_uint_eq(t.most, 2);
	map_free(t.map);
	ck_assert_ptr_null(list_find(l, "000033"));
	ck_assert_ptr_null(list_find(l, "000074"));
	ck_assert_ptr_null(list_find(l, "000075"));
}

START_TEST(the_golden_numbers_come_out_of_either_file_and_they_agree_on_every_shared_column)
{
	OWN(db_close) struct db *one = fresh_store(_i), *two = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	struct list x, y;
	char path[512];

	ck_ok(kit_import_path(one, kit_real("csv", path, sizeof path), &a, &e));
	ck_ok(kit_import_path(two, kit_real("xlsm", path, sizeof path), &b, &e));
	ck_assert_int_eq(a->state, IMPORT_APPLIED);
	ck_assert_int_eq(a->added, 729);
	ck_assert_int_eq(a->gaps, 3);
	ck_assert_str_eq(a->version, "2.051");
	ck_assert_ptr_nonnull(strstr(str_c(&a->json), "\"gaps\":[\"000033\",\"000074\",\"000075\"]"));
	/* 93 rows with GBCS 1.0 and one PPMID break the table of combinations; 13 identities are there twice.
	 */
	ck_assert_ptr_nonnull(strstr(str_c(&a->json), "\"triple\":94"));
	ck_assert_ptr_nonnull(strstr(str_c(&a->json), "\"twin\":13"));
	list_read(&x, one, 0);
	list_read(&y, two, 0);
	golden(&x);
	golden(&y);
	for (size_t i = 0; i < x.v.n; i++) {
		const struct store_entry *p = &x.v.v[i], *q = &y.v.v[i];

		ck_assert_str_eq(p->public_id, q->public_id);
		ck_assert_str_eq(p->version, q->version);
		ck_assert_int_eq(p->removed, q->removed);
		ck_assert(p->hash ? q->hash && !strcmp(p->hash, q->hash) : !q->hash);
		for (int c = 0; c < CPL_COLS; c++) {
			if (!*cpl_columns[c].csv)
				ck_assert_ptr_null(p->text[c]); /* the CSV knows nothing of it */
			else
				ck_assert_str_eq(p->text[c], q->text[c]);
		}
	}
	/* What only the workbook has. Three spellings of dates: all 500 are read. */
	{
		unsigned until = 0, kinds[2] = { 0, 0 };

		for (size_t i = 0; i < y.v.n; i++) {
			until += y.v.v[i].cpa_until >= 0;
			kinds[0] += y.v.v[i].cpa_kind == 'E';
			kinds[1] += y.v.v[i].cpa_kind == 'R';
		}
		ck_assert_uint_eq(until, 500);
		ck_assert_uint_eq(kinds[0] + kinds[1], 500);
		ck_assert_int_eq(list_get(&y, "000001")->cpa_kind, 'R');
		ck_assert_int_eq(list_get(&y, "000001")->cpa_until, time_from_ymd(2023, 8, 30));
		ck_assert_str_eq(list_get(&y, "000097")->text[CPL_DESCRIPTOR],
				 "Fragment 1 of 2 of version 4.8.0");
	}
	list_free(&x);
	list_free(&y);
}
END_TEST

START_TEST(importing_again_changes_nothing_whichever_file_comes_second)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	static const char *const order[] = { "csv", "csv", "xlsm", "csv", "xlsm" };
	static const enum import_state want[] = { IMPORT_APPLIED, IMPORT_UNCHANGED, IMPORT_APPLIED,
						  IMPORT_UNCHANGED, IMPORT_UNCHANGED };
	static const int64_t head[] = { 1, 1, 2, 2, 2 };
	char path[512];

	for (size_t i = 0; i < 5; i++) {
		OWN(import_report_free) struct import_report *r = NULL;
		int64_t rev, rows, bad;
		char hash[65];

		ck_ok(kit_import_path(db, kit_real(order[i], path, sizeof path), &r, &e));
		ck_assert_int_eq(r->state, want[i]);
		ck_assert_int_eq(import_report_exit(r), want[i] == IMPORT_UNCHANGED ? 2 : 0);
		ck_ok(ledger_head(db, &rev, &e));
		ck_assert_int_eq(rev, head[i]);
		ck_assert_int_eq(r->revision, want[i] == IMPORT_UNCHANGED ? 0 : rev);
		/* Looked at means recorded, with its audit row. */
		ck_ok(audit_verify(db, &rows, &bad, hash, &e));
		ck_assert_int_eq(rows, (int64_t)i + 1);
		ck_assert_int_eq(bad, 0);
		ck_assert_str_eq(r->audit, hash);
		if (i == 2) {
			ck_assert_int_eq(r->edited, 0);
			ck_assert_int_eq(r->filled, 637); /* those with a value that the CSV does not have */
		}
	}
}
END_TEST

START_TEST(a_dry_run_tells_everything_and_writes_nothing)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *dry = NULL, *wet = NULL;
	STR(text, MIB);
	int64_t rev, rows, bad;
	char hash[65];

	kit_csv(&text, KIT_VERSION, 20, NULL, 0);
	ck_ok(kit_import_with(db, text.p, text.len, false, true, KIT_NOW, &dry, &e));
	ck_assert_int_eq(dry->state, IMPORT_DRY_RUN);
	ck_assert_int_eq(dry->added, 20);
	ck_assert_int_eq(dry->id, 0);
	ck_assert_int_eq(import_report_exit(dry), 0);
	ck_ok(ledger_head(db, &rev, &e));
	ck_assert_int_eq(rev, 0);
	ck_ok(audit_verify(db, &rows, &bad, hash, &e));
	ck_assert_int_eq(rows, 0);
	ck_ok(kit_import(db, &text, false, &wet, &e));
	ck_assert_int_eq(wet->added, 20);
	import_report_free(MOVE(dry));
	ck_ok(kit_import_with(db, text.p, text.len, false, true, KIT_NOW, &dry, &e));
	ck_assert_int_eq(import_report_exit(dry), 2);
}
END_TEST

/* ---- differences ---- */

static void twist(struct kit_row *r, unsigned arg)
{
	(void)arg;
	if (r->number == 5)
		r->status = "Removed";
	if (r->number == 7)
		r->smets = "SMETS V4.3";
	if (r->number == 9)
		r->gbcs = "GBCS Version 3.2 "; /* no difference */
	if (r->number == 12)
		r->type = "Pre-Payment Interface Device", r->smets = "SMETS V4.3";
	if (r->number == 60)
		r->skip = true; /* a gap, and not one that stood */
}

START_TEST(a_newer_list_is_told_apart_into_added_removed_restored_and_edited)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL, *c = NULL;
	STR(first, MIB);
	STR(second, MIB);
	struct list was, is;
	const struct store_entry *x;

	kit_csv(&first, "Version 3.001 Issued on 01-10-2026", 59, NULL, 0);
	kit_csv(&second, "Version 3.002 Issued on 02-10-2026", 61, twist, 0);
	ck_ok(kit_import(db, &first, false, &a, &e));
	ck_ok(kit_import(db, &second, false, &b, &e));
	ck_assert_int_eq(b->state, IMPORT_APPLIED);
	ck_assert_int_eq(b->added, 1);
	ck_assert_int_eq(b->removed, 1);
	ck_assert_int_eq(b->edited, 2);
	ck_assert_int_eq(b->restored + b->filled + b->vanished, 0);
	ck_assert_ptr_nonnull(strstr(str_c(&b->json), "\"added\":[\"000061\"]"));
	ck_assert_ptr_nonnull(strstr(str_c(&b->json), "\"removed\":[\"000005\"]"));
	ck_assert_ptr_nonnull(strstr(str_c(&b->json), "\"gaps\":[\"000060\"]"));
	ck_assert_ptr_nonnull(strstr(
	    str_c(&b->json),
	    "{\"entry\":\"000007\",\"columns\":[{\"column\":\"SMETS_CHTS Version."
	    "Version_number_and_effective_date\",\"before\":\"SMETS V4.2\",\"after\":\"SMETS V4.3\"}]}"));

	/* The ledger keeps what was: as at revision 1 nothing has happened. */
	list_read(&was, db, 1);
	list_read(&is, db, 2);
	ck_assert_uint_eq(was.v.n, 59);
	ck_assert_uint_eq(is.v.n, 60);
	ck_assert(!list_get(&was, "000005")->removed);
	ck_assert(list_get(&is, "000005")->removed);
	x = list_get(&is, "000007");
	ck_assert_int_eq(x->from_rev, 2);
	ck_assert_str_eq(x->text[CPL_SMETS], "SMETS V4.3");
	ck_assert_str_eq(list_get(&was, "000007")->text[CPL_SMETS], "SMETS V4.2");
	x = list_get(&is, "000009"); /* blanks are no difference: the state of revision 1 still stands */
	ck_assert_int_eq(x->from_rev, 1);
	list_free(&was);
	list_free(&is);

	/* Removed entries come back (000067 and 000068 did, in CPL 1.44). */
	str_clear(&first);
	kit_csv(&first, "Version 3.003 Issued on 03-10-2026", 61, NULL, 0);
	ck_ok(kit_import(db, &first, true, &c, &e));
	ck_assert_int_eq(c->restored, 1);
	ck_assert_int_eq(c->edited, 2);
	ck_assert_int_eq(c->added, 1);
	ck_assert_ptr_nonnull(strstr(str_c(&c->json), "\"restored\":[\"000005\"]"));
}
END_TEST

START_TEST(the_csv_leaves_alone_what_only_the_workbook_has)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(text, 4 * MIB);
	struct list l;
	char path[512], *hit;

	ck_ok(kit_import_path(db, kit_real("xlsm", path, sizeof path), &a, &e));
	ck_ok(file_read(kit_real("csv", path, sizeof path), &text, &e));
	/* Edit one shared column of entry 000001. */
	hit =
	    strstr(text.p, "000001,Current,Communications Hub,106C,4331,00,AC,433100AC,124074DA,CHTS V1.0 ");
	ck_assert_ptr_nonnull(hit);
	hit = strstr(hit, "CHTS V1.0");
	memcpy(hit, "CHTS V1.1", 9);
	ck_ok(kit_import(db, &text, false, &b, &e));
	ck_assert_int_eq(b->edited, 1);
	ck_assert_int_eq(b->filled, 0);
	ck_assert_ptr_nonnull(strstr(str_c(&b->json), "\"same-version\":1"));
	list_read(&l, db, 0);
	ck_assert_str_eq(list_get(&l, "000001")->text[CPL_SMETS], "CHTS V1.1 ");
	ck_assert_str_eq(list_get(&l, "000001")->text[CPL_CPA_ID], "[R] NCSC-1433053936-3918");
	ck_assert_int_eq(list_get(&l, "000001")->cpa_kind, 'R');
	ck_assert_int_eq(list_get(&l, "000001")->cpa_until, time_from_ymd(2023, 8, 30));
	ck_assert_int_eq(list_get(&l, "000001")->from_rev, 2);
	list_free(&l);
}
END_TEST

START_TEST(rows_in_any_order_make_the_same_catalogue)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(sorted, MIB);
	STR(mixed, MIB);
	const char *line;

	kit_csv(&sorted, KIT_VERSION, 30, NULL, 0);
	line = strstr(sorted.p, "\r\n") + 2;
	str_addn(&mixed, sorted.p, (size_t)(line - sorted.p));
	line = strstr(line, ",000016,"); /* the second half first */
	while (line[-1] != '\n')
		line--;
	str_add(&mixed, line);
	str_addn(&mixed, strstr(sorted.p, "\r\n") + 2, (size_t)(line - strstr(sorted.p, "\r\n") - 2));
	ck_ok(kit_import(db, &mixed, false, &a, &e));
	ck_assert_int_eq(a->added, 30);
	ck_ok(kit_import(db, &sorted, false, &b, &e));
	ck_assert_int_eq(b->state, IMPORT_UNCHANGED);
}
END_TEST

START_TEST(a_new_version_that_changes_no_row_is_a_new_revision)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *a = NULL, *b = NULL;
	STR(first, MIB);
	STR(second, MIB);

	kit_csv(&first, "Version 3.001 Issued on 01-10-2026", 20, NULL, 0);
	kit_csv(&second, "Version 3.002 Issued on 02-10-2026", 20, NULL, 0);
	ck_ok(kit_import(db, &first, false, &a, &e));
	ck_ok(kit_import(db, &second, false, &b, &e));
	ck_assert_int_eq(b->state, IMPORT_APPLIED); /* answers carry the version */
	ck_assert_int_eq(b->revision, 2);
	ck_assert_int_eq(b->edited + b->added, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_golden_numbers_come_out_of_either_file_and_they_agree_on_every_shared_column,
		importing_again_changes_nothing_whichever_file_comes_second,
		a_dry_run_tells_everything_and_writes_nothing,
		a_newer_list_is_told_apart_into_added_removed_restored_and_edited,
		the_csv_leaves_alone_what_only_the_workbook_has,
		rows_in_any_order_make_the_same_catalogue,
		a_new_version_that_changes_no_row_is_a_new_revision,
	};
	Suite *s = suite_create("import");
	TCase *tc = tcase_create("import");

	tcase_set_timeout(tc, 300);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_loop_test(tc, tests[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}
