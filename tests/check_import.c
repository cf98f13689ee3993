/* SPDX-License-Identifier: Apache-2.0 */
/* Imports of the Central Products List: golden numbers, differences, gates, acceptance, faults. Both engines.
 */
#include "import_kit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "db_fault.h"
#include "model/cpl_rules.h"
#include "store/store_entry.h"
#include "store/store_feed.h"

static struct err e;

/* ---- what stands, copied out of the store ---- */

struct list {
	VEC(struct store_entry) v; /* text owned */
};

static char *copy(const char *s)
{
	return mem_strdup(s);
}

static void list_read(struct list *l, struct db *db, int64_t revision)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_entry x;
	bool got;

	memset(l, 0, sizeof *l);
	ck_ok(store_entry_list(db, revision, &r, &e));
	for (;;) {
		ck_ok(store_entry_next(r, &x, &got, &e));
		if (!got)
			break;
		x.scheme = "cpl";
		x.public_id = copy(x.public_id);
		x.version = copy(x.version);
		x.hash = copy(x.hash);
		for (int c = 0; c < CPL_COLS; c++)
			x.text[c] = copy(x.text[c]);
		vec_push(&l->v, x);
	}
}

static void list_free(struct list *l)
{
	for (size_t i = 0; i < l->v.n; i++) {
		free((char *)(uintptr_t)l->v.v[i].public_id);
		free((char *)(uintptr_t)l->v.v[i].version);
		free((char *)(uintptr_t)l->v.v[i].hash);
		for (int c = 0; c < CPL_COLS; c++)
			free((char *)(uintptr_t)l->v.v[i].text[c]);
	}
	vec_done(&l->v);
}

static const struct store_entry *list_find(const struct list *l, const char *id)
{
	for (size_t i = 0; i < l->v.n; i++)
		if (!strcmp(l->v.v[i].public_id, id))
			return &l->v.v[i];
	return NULL;
}

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
		ck_assert_int_eq(list_find(&y, "000001")->cpa_kind, 'R');
		ck_assert_int_eq(list_find(&y, "000001")->cpa_until, time_from_ymd(2023, 8, 30));
		ck_assert_str_eq(list_find(&y, "000097")->text[CPL_DESCRIPTOR],
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
	ck_assert(!list_find(&was, "000005")->removed);
	ck_assert(list_find(&is, "000005")->removed);
	x = list_find(&is, "000007");
	ck_assert_int_eq(x->from_rev, 2);
	ck_assert_str_eq(x->text[CPL_SMETS], "SMETS V4.3");
	ck_assert_str_eq(list_find(&was, "000007")->text[CPL_SMETS], "SMETS V4.2");
	x = list_find(&is, "000009"); /* blanks are no difference: the state of revision 1 still stands */
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
	ck_assert_str_eq(list_find(&l, "000001")->text[CPL_SMETS], "CHTS V1.1 ");
	ck_assert_str_eq(list_find(&l, "000001")->text[CPL_CPA_ID], "[R] NCSC-1433053936-3918");
	ck_assert_int_eq(list_find(&l, "000001")->cpa_kind, 'R');
	ck_assert_int_eq(list_find(&l, "000001")->cpa_until, time_from_ymd(2023, 8, 30));
	ck_assert_int_eq(list_find(&l, "000001")->from_rev, 2);
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
	ck_assert_str_eq(list_find(&l, "000001")->hash,
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

	ck_ok(import_get(db, held->id, &json, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"state\":\"held\""));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"hash-changed\""));
	ck_ok(import_accept(db, held->id, &other, &done, &e));
	ck_assert_int_eq(done->state, IMPORT_ACCEPTED);
	ck_assert_int_eq(done->revision, 2);
	ck_assert_int_eq(done->id, held->id);
	list_read(&l, db, 0);
	ck_assert_str_eq(list_find(&l, "000030")->hash,
			 "000000000000000000000000000000000000000000000000000000000007701E");
	list_free(&l);
	ck_assert_int_eq(import_accept(db, held->id, &other, &twice, &e), ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.msg, "accepted"));
	str_clear(&json);
	ck_ok(import_get(db, held->id, &json, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"state\":\"accepted\""));
	ck_assert_ptr_nonnull(strstr(str_c(&json), "\"revision\":2"));
	ck_ok(import_list(db, 0, 1, &list, &next, &e));
	ck_assert_int_eq(next, held->id);
	ck_assert_int_eq(import_get(db, 99, &json, &e), ERR_NOT_FOUND);
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
	ck_assert(list_find(&l, "000001")->removed);
	ck_assert_str_eq(list_find(&l, "000001")->text[CPL_STATUS], "Removed");
	ck_assert_str_eq(list_find(&l, "000001")->version, "01000000");
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
				ck_assert_str_eq(list_find(&l, "000001")->text[CPL_GBCS],
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
		ck_ok(import_get(real, held->id, &json, &e));
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
		the_golden_numbers_come_out_of_either_file_and_they_agree_on_every_shared_column,
		importing_again_changes_nothing_whichever_file_comes_second,
		a_dry_run_tells_everything_and_writes_nothing,
		a_newer_list_is_told_apart_into_added_removed_restored_and_edited,
		the_csv_leaves_alone_what_only_the_workbook_has,
		rows_in_any_order_make_the_same_catalogue,
		a_new_version_that_changes_no_row_is_a_new_revision,
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
	Suite *s = suite_create("import");
	TCase *tc = tcase_create("import");

	tcase_set_timeout(tc, 300);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_loop_test(tc, tests[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}
