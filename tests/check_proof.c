/* SPDX-License-Identifier: Apache-2.0 */
/* T37, T46: whatever is changed behind the service's back is found; receipts and heads prove what was said.
 */
#include "import_kit.h"

#include <inttypes.h>

#include "base/file.h"
#include "core/lookup.h"
#include "core/proof.h"
#include "core/receipt.h"
#include "store/store_ledger.h"

#define STATEMENTS                                                                                           \
	"entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\r\n"                        \
	"000002,bases,000001,manufacturer,Maker,2026-01-02,2026-02-03,From 1,https://x/1\r\n"                \
	"000003,bases,2 cpl:000001,secas,SECAS,2026-01-02,,,\r\n"                                            \
	"000004,block,000001 000002,manufacturer,Maker,2026-01-02,,Bricks,https://x/2\r\n"
#define LATER                                                                                                \
	"entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\r\n"                        \
	"000003,none,,secas,SECAS,2026-03-02,,,\r\n"

static struct err e;

/* A name that is not there yet, in the folder of this run. */
static char *fresh_path(const char *name, char *buf, size_t size)
{
	static int n;

	snprintf(buf, size, "%s/%s-%d-%d", stores_dir(), name, (int)getpid(), n++);
	return buf;
}

/* One row in each of the tables that a dossier fills, in a revision of its own. */
static void dossier_rows(struct db *db)
{
	const struct actor who = { "tester", "a test", KIT_NOW };
	char sql[1200];
	int64_t rev;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(ledger_advance(db, &who, "test", &rev, &e));
	snprintf(
	    sql, sizeof sql,
	    "INSERT INTO dispute (entry_id, from_rev, reason, opened_at) VALUES (1, %lld, 'why', 5);"
	    "INSERT INTO excerpt (entry_id, from_rev, text, document, sha256, owner) VALUES (1, %lld, 't', "
	    "'d', '', 'o');"
	    "INSERT INTO contact (entry_id, from_rev, name, email, phone, url, hours) VALUES (1, %lld, "
	    "'n', 'm', 'p', 'u', 'h');"
	    "INSERT INTO setting (name, value, from_rev) VALUES ('confirm_every', 5, %lld);",
	    (long long)rev, (long long)rev, (long long)rev, (long long)rev);
	ck_ok(db->ops->script(db, sql, &e));
	ck_ok(audit_add(db, &who, "test", "x", NULL, NULL, rev, NULL, &e));
	ck_ok(tx_keep(&tx, &e));
}

/* Four revisions: a list, statements, dossiers, a statement that ends another. */
static struct db *store_of(int engine, char dsn[STORE_DSN_MAX])
{
	struct db *db = open_store(fresh_store_dsn(engine, dsn));
	STR(text, MIB);

	kit_csv(&text, KIT_VERSION, 12, NULL, 0);
	for (int i = 0; i < 3; i++) {
		OWN(import_report_free) struct import_report *r = NULL;

		if (i == 0)
			ck_ok(kit_import(db, &text, false, &r, &e));
		else
			ck_ok(kit_statements(db, i == 1 ? STATEMENTS : LATER, NULL, &r, &e));
		if (i == 1)
			dossier_rows(db);
	}
	return db;
}

static bool whole(struct db *db, struct heads *heads, struct str *out)
{
	bool ok = false;

	str_clear(out);
	ck_ok(proof_verify_json(db, heads, out, &ok, &e));
	ck_assert_int_eq(strncmp(str_c(out), ok ? "{\"ok\":true" : "{\"ok\":false", 10), 0);
	return ok;
}

/* Does the walk find what this does? Then it is undone. False also when the store itself refused it. */
static bool is_found(struct db *db, const char *sql, bool *ret_refused)
{
	STR(out, 64 * KIB);
	bool ok;
	TX(tx);

	ck_ok(tx_begin(&tx, db, true, &e));
	*ret_refused = db->ops->script(db, sql, &e) != OK;
	if (*ret_refused)
		return false;
	ok = whole(db, NULL, &out);
	return !ok;
}

START_TEST(T37_every_changed_column_of_the_catalogue_is_found)
{
	static const struct {
		const char *table, *texts, *numbers;
	} all[] = {
		{ "revision", "kind who why", "at" },
		{ "entry", "scheme public_id", "ord" },
		{ "model", "scheme manufacturer model hardware", "" },
		{ "entry_state",
		  "version image_hash cpa_kind c_number c_status c_type c_manufacturer c_model c_hw_version "
		  "c_hw_revision c_model_hw c_firmware c_smets c_gbcs c_hash c_cpa_id c_cpa_version "
		  "c_cpa_expiry "
		  "c_dlms_id c_dlms_version c_zse_id c_zse_version c_image_creator c_image_descriptor",
		  "entry_id from_rev to_rev model_id status cpa_until" },
		{ "statement", "kind source author excerpt reference name protects",
		  "entry_id from_rev to_rev stated_on confirmed_on effective_on proposal_id" },
		{ "statement_base", "", "statement_id n base_id" },
		{ "dispute", "reason", "entry_id from_rev to_rev callout_id opened_at" },
		{ "excerpt", "text document sha256 owner", "entry_id from_rev to_rev document_date" },
		{ "contact", "name email phone url hours manufacturer", "entry_id from_rev to_rev" },
		{ "setting", "name", "value from_rev to_rev" },
		{ "feed_import", "who file_name file_hash version_text version", "at issued_on rows" },
	};
	char dsn[STORE_DSN_MAX], sql[400], word[40];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	STR(out, 64 * KIB);
	int found = 0, refused = 0;

	ck_assert_msg(whole(db, NULL, &out), "%s", str_c(&out));
	for (size_t t = 0; t < sizeof all / sizeof *all; t++) {
		for (int kind = 0; kind < 2; kind++) {
			const char *p = kind ? all[t].numbers : all[t].texts;
			const char *key = strcmp(all[t].table, "statement_base") ? "id" : "statement_id";

			for (size_t n; *(p += strspn(p, " ")); p += n) {
				bool no;

				n = strcspn(p, " ");
				str_copyn(word, sizeof word, p, n);
				snprintf(sql, sizeof sql,
					 "UPDATE %s SET %s = %s WHERE %s = (SELECT MIN(%s) FROM %s)%s",
					 all[t].table, word,
					 kind                             ? "COALESCE(%1$s, 0) + 1"
					 : !strcmp(word, "cpa_kind")      ? "'E'"
					 : !strcmp(word, "kind") && t > 3 ? "'none'"
					 : !strcmp(word, "source")        ? "'inferred'"
									  : "COALESCE(%1$s, '') || 'x'",
					 key, key, all[t].table,
					 strcmp(all[t].table, "statement_base") ? "" : " AND n = 1");
				/* the value names the column */
				for (char *at; (at = strstr(sql, "%1$s")) != NULL;) {
					char rest[400];

					str_copy(rest, sizeof rest, at + 4);
					snprintf(at, sizeof sql - (size_t)(at - sql), "%s%s", word, rest);
				}
				ck_assert_msg(is_found(db, sql, &no) || no, "not found: %s", sql);
				*(no ? &refused : &found) += 1;
			}
		}
	}
	ck_assert_int_gt(found, 65);
	ck_assert_int_lt(refused, 12);
	ck_assert(whole(db, NULL, &out));
}
END_TEST

START_TEST(T37_rows_added_to_or_taken_from_the_catalogue_are_found)
{
	static const char *const all[] = {
		"DELETE FROM statement_base WHERE statement_id = (SELECT MIN(id) FROM statement)",
		"DELETE FROM statement_base; DELETE FROM statement",
		"INSERT INTO statement_base (statement_id, n, base_id) VALUES (1, 9, 5)",
		"INSERT INTO statement (entry_id, from_rev, kind, source, author) VALUES (7, 2, 'none', "
		"'secas', "
		"'x')",
		"INSERT INTO statement (entry_id, from_rev, kind, source, author) VALUES (7, 4, 'none', "
		"'secas', "
		"'x')",
		"DELETE FROM statement WHERE from_rev = 4; UPDATE statement SET to_rev = NULL",
		"INSERT INTO revision (id, at, kind, who, why) VALUES (5, 9000000000000, 'x', 'x', 'x')",
		"INSERT INTO dispute (entry_id, from_rev, reason, opened_at) VALUES (2, 2, 'y', 1)",
		"DELETE FROM excerpt",
		"DELETE FROM contact",
		"DELETE FROM setting",
		"UPDATE entry_state SET to_rev = 3 WHERE id = 2",
		"UPDATE audit SET digest = NULL WHERE seq = 2",
		"UPDATE audit SET digest = '1:0' WHERE seq = 3",
	};
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	bool no;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		ck_assert_msg(is_found(db, all[i], &no), "not found (%d): %s", no, all[i]);
		ck_assert(!no);
	}
}
END_TEST

static struct head now_head(struct db *db)
{
	struct head h;

	ck_ok(head_read(db, KIT_NOW, &h, &e));
	return h;
}

static struct sign_key *key_of(const char *name)
{
	char path[400];
	struct sign_public p;
	struct sign_key *k = NULL;

	fresh_path(name, path, sizeof path);
	ck_ok(sign_key_make(path, &p, &e));
	ck_ok(sign_key_load(path, &k, &e));
	return k;
}

START_TEST(T37_kept_heads_find_a_chain_that_was_cut_rolled_back_or_made_anew)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	OWN(sign_key_free) struct sign_key *key = key_of("key"), *other = key_of("other");
	OWN(heads_done) struct heads heads = { { NULL, 0, 0 } }, none = { { NULL, 0, 0 } };
	struct sign_keys keys = { .old = { *sign_key_public(key) }, .nold = 1 };
	struct head h = now_head(db);
	STR(lines, 64 * KIB);
	STR(out, 64 * KIB);
	bool ok;
	TX(tx);

	head_line(&h, "https://fir.example", key, &lines);
	h = now_head(db);
	head_line(&h, "", key, &lines);
	ck_ok(heads_parse(&heads, str_c(&lines), lines.len, &keys, &e));
	ck_assert_uint_eq(heads.v.n, 2);
	ck_assert(whole(db, &heads, &out));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"heads\":{\"ok\":true,\"checked\":2,\"bad\":[]}"));
	/* Cut: a good chain in itself, and the catalogue that it tells of is gone with it. */
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(
	    db->ops->script(db,
			    "DELETE FROM audit WHERE seq = 4; DELETE FROM statement WHERE from_rev = 4;"
			    "UPDATE statement SET to_rev = NULL; DELETE FROM feed_import WHERE revision = 4;"
			    "DELETE FROM revision WHERE id = 4",
			    &e));
	ck_assert(whole(db, NULL, &out));
	ck_assert(!whole(db, &heads, &out));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "{\"seq\":4,\"why\":\"cut\"}"));
	tx_drop(&tx);
	tx.db = NULL;
	/* Made anew: another row in the place of the last one. */
	ck_ok(tx_begin(&tx, db, true, &e));
	ck_ok(db->ops->script(db, "DELETE FROM audit WHERE seq = 4", &e));
	ck_ok(audit_add(db, &(struct actor){ "forger", "", KIT_NOW }, "import-statements", "x", NULL, NULL, 4,
			NULL, &e));
	ck_assert(whole(db, NULL, &out));
	ck_ok(proof_verify_json(db, &heads, &out, &ok, &e));
	ck_assert(!ok);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "{\"seq\":4,\"why\":\"forked\"}"));
	tx_drop(&tx);
	tx.db = NULL;
	/* The heads themselves: another key, a changed byte, an unfinished line. */
	keys.old[0] = *sign_key_public(other);
	ck_refused(heads_parse(&none, str_c(&lines), lines.len, &keys, &e), ERR_SIGNATURE, "heads:1");
	keys.old[0] = *sign_key_public(key);
	for (size_t i = 0; i < lines.len; i++) {
		char was = lines.p[i];

		lines.p[i] = (char)(was ^ 1);
		ck_assert_msg(heads_parse(&none, str_c(&lines), lines.len, &keys, &e) != OK, "byte %zu", i);
		lines.p[i] = was;
	}
}
END_TEST

START_TEST(heads_are_appended_and_a_torn_line_is_cut_off)
{
	char path[400];
	STR(text, 64 * KIB);
	FILE *f;

	fresh_path("heads", path, sizeof path);
	ck_ok(head_append(path, "one\n", 4, &e));
	f = fopen(path, "ae");
	ck_assert_ptr_nonnull(f);
	fputs("torn", f);
	fclose(f);
	ck_ok(head_append(path, "two\n", 4, &e));
	ck_ok(file_read(path, &text, &e));
	ck_assert_str_eq(str_c(&text), "one\ntwo\n");
	ck_refused(head_append("/nowhere/at/all", "x\n", 2, &e), ERR_FILE, "/nowhere/at/all");
}
END_TEST

START_TEST(heads_are_exported_on_schedule_and_after_a_clock_was_set_back)
{
	char path[400], dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	OWN(head_export_free) struct head_export *x = NULL;
	OWN(heads_done) struct heads heads = { { NULL, 0, 0 } };
	static const int64_t at[] = { 0, 1, 999, 1000, 1500, 5000, -100000, -99500, -99000 };
	STR(text, 64 * KIB);
	STR(out, 64 * KIB);
	int64_t next = 0;

	fresh_path("heads", path, sizeof path);
	ck_ok(head_export_new(path, 1000, "s", "", &x, &e));
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		ck_ok(head_export_turn(x, db, KIT_NOW + at[i], &next, &e));
	ck_assert_int_eq(next, KIT_NOW - 98000);
	ck_ok(file_read(path, &text, &e));
	ck_ok(heads_parse(&heads, str_c(&text), text.len, NULL, &e));
	ck_assert_uint_eq(heads.v.n, 5); /* 0, 1000, 5000, -100000, -99000 */
	ck_assert(whole(db, &heads, &out));
	ck_refused(head_export_new(path, 1000, "s", "/nowhere.pem", &x, &e), ERR_NO_FILE, "nowhere");
}
END_TEST

/* A receipt of a question as the store stands. */
static void receipt_of(struct db *db, const struct sign_key *key, const struct ask *ask, bool check,
		       struct str *out)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	OWN(snapshot_free) struct snapshot *s = NULL;
	struct receipt_maker m = { key, "https://fir.example", KIT_NOW + 1000, check };
	struct answer a;

	ck_ok(snapshot_load(db, 0, &s, &e));
	ck_ok(lookup_ask(s, ask, m.now, scratch, &a, &e));
	ck_ok(receipt_make(&m, db, ask, &a, out, &e));
}

START_TEST(T37_a_receipt_with_any_changed_byte_is_refused)
{
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	OWN(sign_key_free) struct sign_key *key = key_of("key"), *other = key_of("other");
	STR(r, MIB);

	receipt_of(db, key, &(struct ask){ .from = "1", .to = "2" }, false, &r);
	ck_ok(receipt_verify(sign_key_public(key), str_c(&r), r.len, &e));
	ck_refused(receipt_verify(sign_key_public(other), str_c(&r), r.len, &e), ERR_SIGNATURE,
		   "another key");
	for (size_t i = 0; i < r.len; i++) {
		char was = r.p[i];

		for (int bit = 0; bit < 8; bit += 3) {
			r.p[i] = (char)(was ^ (1 << bit));
			ck_assert_int_eq(receipt_verify(sign_key_public(key), str_c(&r), r.len, &e),
					 ERR_SIGNATURE);
		}
		r.p[i] = was;
	}
	ck_assert_int_eq(receipt_verify(sign_key_public(key), str_c(&r), r.len - 1, &e), ERR_SIGNATURE);
}
END_TEST

START_TEST(a_receipt_is_borne_out_by_its_store_after_later_changes_and_not_by_another)
{
	static const struct ask asks[] = { { .from = "1", .to = "2" },
					   { .from = "1", .to = "latest", .prefer = "time" },
					   { .from = "1", .to = "4" },
					   { .from = "2", .to = "3", .at = "2026-11-20" },
					   { .from = "1234:00000102:01000000", .to = "9" } };
	char dsn[STORE_DSN_MAX], other_dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn), *other = open_store(fresh_store_dsn(_i, other_dsn));
	OWN(sign_key_free) struct sign_key *key = key_of("key");
	OWN(import_report_free) struct import_report *report = NULL;
	struct str r[10];
	STR(out, 4 * KIB);
	bool ok;

	for (int i = 0; i < 10; i++) {
		str_init(&r[i], MIB);
		receipt_of(db, key, &asks[i % 5], i >= 5, &r[i]);
	}
	ck_ok(kit_statements(db,
			     "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\r\n"
			     "000002,none,,secas,SECAS,2026-04-02,,,\r\n",
			     NULL, &report, &e));
	for (int i = 0; i < 10; i++) {
		str_clear(&out);
		ck_ok(receipt_replay(db, str_c(&r[i]), r[i].len, &out, &ok, &e));
		ck_assert_msg(ok, "%d: %s", i, str_c(&out));
		str_clear(&out);
		ck_ok(receipt_replay(other, str_c(&r[i]), r[i].len, &out, &ok, &e));
		ck_assert(!ok);
		ck_assert_ptr_nonnull(
		    strstr(str_c(&out), "\"answer\":\"no-such-revision\",\"chain\":\"cut\""));
	}
	{
		TX(tx);

		ck_ok(tx_begin(&tx, db, true, &e));
		ck_ok(db->ops->script(db, "UPDATE statement SET author = 'Somebody else'", &e));
		str_clear(&out);
		ck_ok(receipt_replay(db, str_c(&r[0]), r[0].len, &out, &ok, &e));
		ck_assert_ptr_nonnull(strstr(str_c(&out), "\"answer\":\"differs\",\"chain\":\"holds\""));
	}
	for (int i = 0; i < 10; i++)
		str_done(&r[i]);
}
END_TEST

START_TEST(T38_a_clock_set_forward_and_back_leaves_one_order_of_revisions)
{
	static const int64_t years[] = { 0, 10, 0, -10, 1, 10, 11 };
	OWN(db_close) struct db *db = fresh_store(_i);
	int64_t at = 0, rev, found, newest = 0;
	struct actor who = { "tester", "a test", 0 };

	for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
		TX(tx);

		who.now = KIT_NOW + years[i] * 365 * MS_PER_DAY;
		ck_ok(tx_begin(&tx, db, true, &e));
		ck_ok(ledger_advance(db, &who, "test", &rev, &e));
		ck_ok(audit_add(db, &who, "test", "x", NULL, NULL, rev, NULL, &e));
		ck_ok(tx_keep(&tx, &e));
		ck_assert_int_eq(rev, (int64_t)i + 1);
		at =
		    at < who.now ? who.now : at; /* what the revision must say: never before the one before */
		ck_ok(ledger_at(db, at, &found, &e));
		ck_assert_int_eq(found, rev);
		ck_ok(ledger_at(db, at - 1, &found, &e));
		ck_assert_int_lt(found, rev);
		ck_ok(ledger_head(db, &newest, &e));
		ck_assert_int_eq(newest, rev);
	}
	STR(out, 64 * KIB);
	ck_assert(whole(db, NULL, &out));
	/* The chain is in the order of writing, whatever the clock said. */
	ck_refused(ledger_clock_check(db, KIT_NOW, &e), ERR_CLOCK, "the clock says");
}
END_TEST

START_TEST(T46_a_restored_store_is_in_the_next_epoch)
{
	const struct actor who = { "admin", "the disk died", KIT_NOW };
	char dsn[STORE_DSN_MAX];
	OWN(db_close) struct db *db = store_of(_i, dsn);
	STR(out, 64 * KIB);
	int64_t epoch;

	ck_assert_int_eq(now_head(db).epoch, 1);
	ck_ok(epoch_raise(db, &who, &epoch, &e));
	ck_assert_int_eq(epoch, 2);
	ck_assert_int_eq(now_head(db).epoch, 2);
	ck_assert(whole(db, NULL, &out));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"epoch\":2"));
}
END_TEST

int main(void)
{
	const TTest *all[] = { T37_every_changed_column_of_the_catalogue_is_found,
			       T37_rows_added_to_or_taken_from_the_catalogue_are_found,
			       T37_kept_heads_find_a_chain_that_was_cut_rolled_back_or_made_anew,
			       heads_are_exported_on_schedule_and_after_a_clock_was_set_back,
			       heads_are_appended_and_a_torn_line_is_cut_off,
			       T37_a_receipt_with_any_changed_byte_is_refused,
			       a_receipt_is_borne_out_by_its_store_after_later_changes_and_not_by_another,
			       T38_a_clock_set_forward_and_back_leaves_one_order_of_revisions,
			       T46_a_restored_store_is_in_the_next_epoch };

	return STORES_RUN("proof", all, 120);
}
