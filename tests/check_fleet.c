/* SPDX-License-Identifier: Apache-2.0 */
/* Devices, sites, identities and images: what is taken, what is refused, and that a refusal leaves no trace.
 */
#include "fleet_kit.h"

#include <dirent.h>
#include <inttypes.h>

#include "base/file.h"
#include "db_fault.h"
#include "store/store_fleet.h"
#include "store/store_ledger.h"

#define OTHER_HASH "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

static struct store_device device(struct kit *k, const char *name, struct rows **r)
{
	struct store_device d;
	struct err e;
	bool got;

	ck_ok(store_device_get(k->db, SEES_ALL, name, r, &d, &got, &e));
	ck_assert_msg(got, "no device %s", name);
	return d;
}

static int64_t audit_rows(struct kit *k)
{
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(audit_verify(k->db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

/* ---- identities ---- */

static const char *why_of(struct kit *k, int version_of, const char *hash, int hint, int64_t *ret_entry)
{
	const struct snapshot *s = kit_snap(k);
	char version[12];
	struct identity id = { "cpl", "118F", "0001", "0002", version, hash };
	const char *why;
	uint32_t node;

	snprintf(version, sizeof version, "%08X", (unsigned)version_of * 0x100);
	node =
	    fleet_identify(s, &id, hint ? graph_find_id(s->graph, kit_entry_id(k, hint)) : NODE_NONE, &why);
	*ret_entry = node == NODE_NONE ? 0 : (int64_t)strtol(graph_node(s->graph, node)->public_id, NULL, 10);
	return why;
}

static const char *hash_of(struct kit *k, int number)
{
	const struct snapshot *s = kit_snap(k);

	return graph_node(s->graph, graph_find_id(s->graph, kit_entry_id(k, number)))->hash;
}

START_TEST(T11_an_identity_is_one_entry_or_none_never_the_first_of_several)
{
	KIT(k, 1);
	int64_t n;

	kit_entry(&k, 12, 2, 0, NULL, NULL); /* a twin of 2 with another hash */
	kit_entry(&k, 13, 3, 0, "", NULL);   /* a twin of 3 without a hash */
	ck_assert_str_eq(why_of(&k, 1, NULL, 0, &n), "known");
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(why_of(&k, 1, hash_of(&k, 1), 0, &n), "known");
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(why_of(&k, 1, OTHER_HASH, 0, &n), "hash-differs");
	ck_assert_int_eq(n, 0);
	ck_assert_str_eq(why_of(&k, 99, NULL, 0, &n), "unknown");
	ck_assert_str_eq(why_of(&k, 2, NULL, 0, &n), "ambiguous");
	ck_assert_int_eq(n, 0);
	ck_assert_str_eq(why_of(&k, 2, hash_of(&k, 12), 0, &n), "known");
	ck_assert_int_eq(n, 12);
	ck_assert_str_eq(why_of(&k, 2, OTHER_HASH, 0, &n), "hash-differs");
	ck_assert_str_eq(why_of(&k, 2, NULL, 2, &n), "known");
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(why_of(&k, 2, hash_of(&k, 2), 12, &n), "known"); /* the hash stands above the hint */
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(why_of(&k, 2, NULL, 5, &n), "ambiguous"); /* a hint that does not fit */
	ck_assert_str_eq(why_of(&k, 3, hash_of(&k, 3), 0, &n), "known");
	ck_assert_int_eq(n, 3);
	ck_assert_str_eq(why_of(&k, 3, OTHER_HASH, 0, &n),
			 "known"); /* only the one without a hash is possible */
	ck_assert_int_eq(n, 13);
}
END_TEST

START_TEST(an_identity_of_another_kind_is_unknown_and_none_is_not_reported)
{
	KIT(k, 2);
	const char *why;
	struct identity ids[] = { { "cpl", NULL, NULL, NULL, NULL, NULL },
				  { "ocpp", "118F", "0001", "0002", "00000100", NULL },
				  { "cpl", "118F", "0001", "0002", "1.2.3", NULL },
				  { "cpl", "1118F", "0001", "0002", "00000100", NULL } };

	ck_assert_uint_eq(fleet_identify(kit_snap(&k), &ids[0], NODE_NONE, &why), NODE_NONE);
	ck_assert_str_eq(why, "not-reported");
	for (int i = 1; i < 4; i++) {
		ck_assert_uint_eq(fleet_identify(kit_snap(&k), &ids[i], NODE_NONE, &why), NODE_NONE);
		ck_assert_str_eq(why, "unknown");
	}
}
END_TEST

/* ---- import ---- */

START_TEST(devices_come_from_csv_with_columns_in_any_order_and_quotes)
{
	KIT(k, 3);
	OWN(rows_done) struct rows *r = NULL;
	struct store_device d;

	kit_import(&k, "\xEF\xBB\xBFidentity,\"name\",address,site\r\n"
		       "118f:01:0002:0300, a ,\"say \"\"hi\"\", there\",home\r\n"
		       "\r\n"
		       ",b,,\r\n");
	d = device(&k, "a", &r);
	ck_assert_str_eq(d.site, "home");
	ck_assert_str_eq(d.address, "say \"hi\", there");
	ck_assert_str_eq(d.adapter, "bbum");
	ck_assert_str_eq(d.manufacturer, "118F");
	ck_assert_str_eq(d.told_by, "inventory");
	ck_assert_str_eq(d.life, "new");
	rows_done(MOVE(r));
	d = device(&k, "b", &r);
	ck_assert_str_eq(d.site, "b");
	ck_assert_ptr_null(d.version);
	ck_assert_str_eq(d.entry_why, "not-reported");
}
END_TEST

START_TEST(devices_come_from_ndjson_with_the_same_names)
{
	KIT(k, 4);
	OWN(rows_done) struct rows *r = NULL;
	const char *text = "{\"name\":\"a\",\"entry\":\"000002\"}\n\n{\"name\":\"b\",\"site\":\"s\"}";
	struct actor who = kit_who(&k);
	struct fleet_counts c;
	struct store_device d;
	struct err e;

	ck_ok(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who, FLEET_NDJSON, text, strlen(text), &c, &e));
	ck_assert_int_eq(c.rows, 2);
	ck_assert_int_eq(c.added, 2);
	d = device(&k, "a", &r);
	ck_assert_int_eq(d.entry_id, k.entry[2]);
	ck_assert_int_eq(d.hint_entry_id, k.entry[2]);
}
END_TEST

START_TEST(importing_again_changes_nothing_and_writes_no_audit_row)
{
	KIT(k, 5);
	const char *text = "name,site,identity\na,s," KIT_MODEL ":00000100\nb,s,\n";
	struct actor who = kit_who(&k);
	struct fleet_counts c;
	struct err e;
	int64_t before;

	kit_import(&k, text);
	before = audit_rows(&k);
	ck_ok(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who, FLEET_CSV, text, strlen(text), &c, &e));
	ck_assert_int_eq(c.unchanged, 2);
	ck_assert_int_eq(c.added + c.changed, 0);
	ck_assert_int_eq(audit_rows(&k), before);
	text = "name,site\nb,t\n";
	ck_ok(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who, FLEET_CSV, text, strlen(text), &c, &e));
	ck_assert_int_eq(c.changed, 1);
	ck_assert_int_eq(audit_rows(&k), before + 1);
}
END_TEST

static const struct {
	const char *text, *says;
	enum err_code code;
	int64_t line, col;
	bool ndjson;
} bad_lists[] = {
	{ "", "empty", ERR_INVALID, 0, 0, false },
	{ "nam,site\n", "did you mean 'name'", ERR_INVALID, 1, 1, false },
	{ "name,name\n", "twice", ERR_INVALID, 1, 2, false },
	{ "site\nx\n", "at least the column 'name'", ERR_INVALID, 1, 0, false },
	{ "name\na\n\"b\n", "does not end", ERR_INVALID, 3, 1, false },
	{ "name,site\na,\"b\"c\n", "comma is expected", ERR_INVALID, 2, 2, false },
	{ "name,site\na\n", "fewer fields", ERR_INVALID, 2, 2, false },
	{ "name\na,b\n", "more fields", ERR_INVALID, 2, 2, false },
	{ "name\na b\n", "letters, digits", ERR_INVALID, 2, 0, false },
	{ "name\n.a\n", "letters, digits", ERR_INVALID, 2, 0, false },
	{ "name,site\na,b/c\n", "letters, digits", ERR_INVALID, 2, 0, false },
	{ "name\n\xff\n", "UTF-8", ERR_INVALID, 2, 0, false },
	{ "name,adapter\na,smoke\n", "no adapter 'smoke'", ERR_INVALID, 2, 0, false },
	{ "name,identity\na,000001\n", "is an Entry ID", ERR_IDENTITY, 2, 0, false },
	{ "name,identity\na,118F:zz:00\n", "hexadecimal", ERR_IDENTITY, 2, 0, false },
	{ "name,entry\na,000099\n", "no entry cpl:000099", ERR_NOT_FOUND, 2, 0, false },
	{ "name,entry\na,118F:00010002:00000100\n", "not an Entry ID", ERR_IDENTITY, 2, 0, false },
	{ "name,identity,entry\na,118F:00010002:00000100,000002\n", "but the identity says", ERR_INVALID, 2,
	  0, false },
	{ "{\"name\":\"a\"}\n{\"name\":\"b\",\"color\":\"red\"}", "no member 'color'", ERR_JSON_FIELD, 2, 0,
	  true },
	{ "{\"site\":\"a\"}", "name", ERR_JSON_FIELD, 1, 0, true },
	{ "{\"name\":\"a\",\"name\":\"b\"}", "name", ERR_JSON, 1, 0, true },
	{ "[1]", "object", ERR_JSON_FIELD, 1, 0, true },
};

START_TEST(a_bad_list_says_where_and_leaves_no_trace)
{
	KIT(k, 6);
	struct actor who = kit_who(&k);
	OWN(rows_done) struct rows *r = NULL;
	int64_t before = audit_rows(&k);
	struct fleet_counts c;
	struct err e;
	bool got;

	for (size_t i = 0; i < sizeof bad_lists / sizeof *bad_lists; i++) {
		ck_refused(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who,
					bad_lists[i].ndjson ? FLEET_NDJSON : FLEET_CSV, bad_lists[i].text,
					strlen(bad_lists[i].text), &c, &e),
			   bad_lists[i].code, bad_lists[i].says);
		ck_assert_msg(e.line == bad_lists[i].line, "%s: line %" PRId64, bad_lists[i].text, e.line);
		if (!bad_lists[i].ndjson)
			ck_assert_msg(e.col == bad_lists[i].col, "%s: column %" PRId64, bad_lists[i].text,
				      e.col);
	}
	ck_ok(store_site_page(k.db, SEES_ALL, 0, 10, &r, &e));
	ck_ok(rows_next(r, &got, &e));
	ck_assert(!got);
	ck_assert_int_eq(audit_rows(&k), before);
}
END_TEST

START_TEST(a_list_over_the_limit_is_refused)
{
	KIT(k, 7);
	struct actor who = kit_who(&k);
	struct fleet_counts c;
	struct err e;

	ck_refused(fleet_import(k.db, SCOPE_ALL, kit_snap(&k), &who, FLEET_CSV, "name\n",
				DEVICE_IMPORT_MAX + 1, &c, &e),
		   ERR_TOO_LARGE, "64 MiB");
}
END_TEST

START_TEST(any_fault_while_importing_leaves_no_device)
{
	const char *text = "name,site\na,s\nb,s\n";

	for (int n = 0;; n++) {
		KIT(k, 8);
		struct actor who = kit_who(&k);
		OWN(db_close) struct db *db = db_fault_wrap(open_store(k.dsn), n);
		OWN(rows_done) struct rows *r = NULL;
		struct fleet_counts c;
		struct store_device_filter f = { 0 };
		struct store_device d;
		struct err e;
		int rc =
		    fleet_import(db, SCOPE_ALL, kit_snap(&k), &who, FLEET_CSV, text, strlen(text), &c, &e);
		bool got;

		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_ok(store_device_page(k.db, &f, 0, 10, &r, &e));
		ck_ok(store_device_next(r, &d, &got, &e));
		ck_assert_int_eq(got, rc == 0);
		if (!rc)
			break;
		ck_assert_int_lt(n, 200);
	}
}
END_TEST

/* ---- lists ---- */

START_TEST(lists_are_filtered_and_paged_by_cursor)
{
	KIT(k, 9);
	struct device_filter all = { 0 }, by_prefix = { .prefix = "d1" }, by_part = { .q = "D1" },
			     by_entry = { .entry = "000002" }, by_model = { .model = KIT_MODEL },
			     no_model = { .model = "no" }, by_site = { .site = "d3" };
	STR(out, 1 << 20);
	char csv[1024] = "name,identity\n", id[32], cursor[32] = "";
	const char *next;
	struct err e;
	int pages = 0, names = 0;

	for (int i = 0; i < 12; i++)
		snprintf(csv + strlen(csv), sizeof csv - strlen(csv), "d%d,%s\n", i,
			 kit_identity(1 + i % 3, id));
	kit_import(&k, csv);
	do {
		str_clear(&out);
		ck_ok(fleet_devices_json(k.db, SCOPE_ALL, kit_snap(&k), &all, *cursor ? cursor : NULL, 5,
					 &out, &e));
		for (const char *p = str_c(&out); (p = strstr(p, "{\"name\":\"d")); p++)
			names++;
		next = strstr(str_c(&out), "\"next\":\"");
		if (next)
			str_copyn(cursor, sizeof cursor, next + 8, strcspn(next + 8, "\""));
		pages++;
	} while (next && pages < 10);
	ck_assert_int_eq(pages, 3);
	ck_assert_int_eq(names, 12);
	const struct {
		struct device_filter *f;
		int want;
	} cases[] = {
		{ &by_prefix, 3 }, { &by_part, 3 }, { &by_entry, 4 }, { &by_model, 12 }, { &by_site, 1 }
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int n = 0;

		str_clear(&out);
		ck_ok(fleet_devices_json(k.db, SCOPE_ALL, kit_snap(&k), cases[i].f, NULL, 500, &out, &e));
		for (const char *p = str_c(&out); (p = strstr(p, "{\"name\":\"d")); p++)
			n++;
		ck_assert_msg(n == cases[i].want, "case %zu: %d", i, n);
	}
	str_clear(&out);
	ck_refused(fleet_devices_json(k.db, SCOPE_ALL, kit_snap(&k), &no_model, NULL, 5, &out, &e),
		   ERR_IDENTITY, "model");
	ck_refused(fleet_devices_json(k.db, SCOPE_ALL, kit_snap(&k), &all, "17", 5, &out, &e), ERR_INVALID,
		   "cursor");
	ck_refused(fleet_device_json(k.db, SCOPE_ALL, kit_snap(&k), "nobody", &out, &e), ERR_NO_DEVICE,
		   "nobody");
	ck_refused(fleet_site_json(k.db, SCOPE_ALL, kit_snap(&k), "nowhere", &out, &e), ERR_NOT_FOUND,
		   "nowhere");
	str_clear(&out);
	ck_ok(fleet_device_json(k.db, SCOPE_ALL, kit_snap(&k), "d4", &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"entry\":\"000002\",\"entry_why\":\"known\""));
	str_clear(&out);
	ck_ok(fleet_sites_json(k.db, SCOPE_ALL, NULL, 3, &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"next\":\"c3\""));
	str_clear(&out);
	ck_ok(fleet_site_json(k.db, SCOPE_ALL, kit_snap(&k), "d7", &out, &e));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"count\":1"));
}
END_TEST

/* ---- images ---- */

static int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *f = readdir(d); f; f = readdir(d))
		n += strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void image_file(const struct kit *k, const char *text, char path[400])
{
	struct err e;

	snprintf(path, 400, "%s/upload-%d", stores_dir(), (int)getpid());
	ck_ok(file_replace(path, text, strlen(text), &e));
	(void)k;
}

START_TEST(an_image_is_kept_under_its_hash_when_an_entry_has_that_hash)
{
	KIT(k, 10);
	struct actor who = kit_who(&k);
	char path[400], hash[SHA256_HEX], buf[IMAGE_PATH_MAX];
	int64_t size, audits = audit_rows(&k);
	int files;
	struct err e;
	bool new;

	kit_image_drop(&k, 2);
	files = files_in(k.images);
	image_file(&k, "image of entry 2", path);
	ck_assert(!image_stored(k.images, hash_of(&k, 2)));
	ck_ok(image_add_file(k.images, path, NULL, k.db, kit_snap(&k), &who, hash, &new, &e));
	ck_assert(new);
	ck_assert_str_eq(hash, hash_of(&k, 2));
	ck_ok(image_path(k.images, hash, buf, &size, &e));
	ck_assert_int_eq(size, 16);
	ck_assert_int_eq(files_in(k.images), files + 1);
	ck_assert_int_eq(audit_rows(&k), audits + 1);
	/* again: nothing happens */
	ck_ok(image_add_file(k.images, path, hash, k.db, kit_snap(&k), &who, hash, &new, &e));
	ck_assert(!new);
	ck_assert_int_eq(files_in(k.images), files + 1);
	ck_assert_int_eq(audit_rows(&k), audits + 1);
}
END_TEST

START_TEST(an_image_that_was_damaged_since_is_repaired_by_adding_it_again)
{
	KIT(k, 12);
	struct actor who = kit_who(&k);
	char path[400], hash[SHA256_HEX], buf[IMAGE_PATH_MAX];
	STR(back, KIB);
	struct err e;
	bool new;

	image_file(&k, "image of entry 2", path);
	ck_ok(image_path(k.images, hash_of(&k, 2), buf, NULL, &e));
	ck_ok(file_replace(buf, "image of entry 7", 16, &e));
	ck_ok(image_add_file(k.images, path, NULL, k.db, kit_snap(&k), &who, hash, &new, &e));
	ck_assert(new);
	ck_ok(file_read(buf, &back, &e));
	ck_assert_str_eq(back.p, "image of entry 2");
}
END_TEST

START_TEST(of_two_uploads_of_an_image_the_failing_one_does_not_take_it_away)
{
	/* The n-th call to the driver fails for the second one. */
	for (int n = 0;; n++) {
		KIT(k, 13);
		struct db *faulty = db_fault_wrap(open_store(k.dsn), -1);
		OWN(image_drop) struct image_in *first = NULL, *second = NULL;
		struct actor who = kit_who(&k);
		char hash[SHA256_HEX];
		struct err e;
		bool new, hit;

		kit_image_drop(&k, 2);
		ck_ok(image_begin(k.images, NULL, &first, &e));
		ck_ok(image_begin(k.images, NULL, &second, &e));
		ck_ok(image_write(first, "image of entry 2", 16, &e));
		ck_ok(image_write(second, "image of entry 2", 16, &e));
		ck_ok(image_end(MOVE(first), k.db, kit_snap(&k), &who, hash, &new, &e));
		ck_assert(new);
		db_fault_arm(faulty, n);
		if (!image_end(MOVE(second), faulty, kit_snap(&k), &who, hash, &new, &e))
			ck_assert(!new);
		hit = db_fault_hit(faulty);
		db_close(faulty);
		ck_assert(image_stored(k.images, hash_of(&k, 2)));
		if (!hit)
			break;
		ck_assert_int_lt(n, 100);
	}
}
END_TEST

START_TEST(an_image_that_is_not_what_it_should_be_leaves_no_trace)
{
	KIT(k, 11);
	struct actor who = kit_who(&k);
	char path[400], hash[SHA256_HEX], buf[IMAGE_PATH_MAX];
	int files = files_in(k.images);
	OWN(image_drop) struct image_in *in = NULL;
	OWN(mem_free) char *big = mem_zalloc(1 << 20);
	struct err e;
	bool new;

	image_file(&k, "image of nobody", path);
	ck_refused(image_add_file(k.images, path, NULL, k.db, kit_snap(&k), &who, hash, &new, &e), ERR_IMAGE,
		   "no catalogue entry");
	image_file(&k, "image of entry 2", path);
	ck_refused(image_add_file(k.images, path, hash_of(&k, 3), k.db, kit_snap(&k), &who, hash, &new, &e),
		   ERR_IMAGE, "as asked for");
	ck_refused(
	    image_add_file(k.images, path, "../../etc/passwd", k.db, kit_snap(&k), &who, hash, &new, &e),
	    ERR_INVALID, "64 hex digits");
	image_file(&k, "", path);
	ck_refused(image_add_file(k.images, path, NULL, k.db, kit_snap(&k), &who, hash, &new, &e), ERR_IMAGE,
		   "empty");
	ck_refused(image_add_file(k.images, "/nonexistent", NULL, k.db, kit_snap(&k), &who, hash, &new, &e),
		   ERR_NO_FILE, "/nonexistent");
	ck_refused(image_path(k.images, "../x", buf, NULL, &e), ERR_NOT_FOUND, "64 hex digits");
	ck_ok(image_begin(k.images, NULL, &in, &e));
	for (int i = 0; i < 64; i++)
		ck_ok(image_write(in, big, 1 << 20, &e));
	ck_refused(image_write(in, big, 1, &e), ERR_TOO_LARGE, "64 MiB");
	image_drop(MOVE(in));
	ck_assert_int_eq(files_in(k.images), files);
}
END_TEST

START_TEST(any_fault_while_adding_an_image_leaves_no_image)
{
	for (int n = 0;; n++) {
		KIT(k, 12);
		struct actor who = kit_who(&k);
		OWN(db_close) struct db *db = NULL;
		char path[400], hash[SHA256_HEX];
		struct err e;
		bool new;
		int rc;

		kit_image_drop(&k, 2);
		image_file(&k, "image of entry 2", path);
		db = db_fault_wrap(open_store(k.dsn), n);
		rc = image_add_file(k.images, path, NULL, db, kit_snap(&k), &who, hash, &new, &e);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_assert_int_eq(image_stored(k.images, hash_of(&k, 2)), rc == 0);
		if (!rc)
			break;
		ck_assert_int_lt(n, 100);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		T11_an_identity_is_one_entry_or_none_never_the_first_of_several,
		an_identity_of_another_kind_is_unknown_and_none_is_not_reported,
		devices_come_from_csv_with_columns_in_any_order_and_quotes,
		devices_come_from_ndjson_with_the_same_names,
		importing_again_changes_nothing_and_writes_no_audit_row,
		a_bad_list_says_where_and_leaves_no_trace,
		a_list_over_the_limit_is_refused,
		any_fault_while_importing_leaves_no_device,
		lists_are_filtered_and_paged_by_cursor,
		an_image_is_kept_under_its_hash_when_an_entry_has_that_hash,
		an_image_that_was_damaged_since_is_repaired_by_adding_it_again,
		of_two_uploads_of_an_image_the_failing_one_does_not_take_it_away,
		an_image_that_is_not_what_it_should_be_leaves_no_trace,
		any_fault_while_adding_an_image_leaves_no_image,
	};

	return STORES_RUN("fleet", all, 120);
}
