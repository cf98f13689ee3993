/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations: how they arrive and are listed, verified, kept so that they may be active, and
 * looked at again when the service starts; with deaths at every step, and files that change under our hands.
 */
#include <dirent.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/tree.h"
#include "core/images.h"
#include "manifest/package.h"
#include "store/store_vc.h"
#include "stores.h"
#include "vc_kit.h"

static struct err e;
static const struct kit_bb two[] = { { .name = "DAS", .functional = "2.3.0" },
				     { .name = "ETP", .functional = "1.1.9", .on = 1, .required = "2.1.0" } };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct actor who(void)
{
	return (struct actor){ "test", "", now_ms() };
}

static void scan(struct db *db, const struct vc_kit *k)
{
	struct actor a = who();

	ck_ok(vc_scan(db, &k->store, &a, NULL, &e));
}

static struct vc_info info(struct db *db, int64_t n)
{
	struct vc_info i;

	ck_ok(vc_by_n(db, n, &i, &e));
	return i;
}

static bool verify(struct db *db, const struct vc_kit *k, int64_t n)
{
	struct actor a = who();
	bool good;

	ck_ok(vc_verify(db, &k->store, &a, n, &good, &e));
	return good;
}

static int keep(struct db *db, const struct vc_kit *k, int64_t n, struct vc_info *ret)
{
	struct actor a = who();

	return vc_keep(db, &k->store, &a, n, ret, &e);
}

/* What `{"path":...}` of vc_get_json holds; the whole is freed by the caller. */
static struct json *shown(struct db *db, int64_t n)
{
	struct json *j;
	STR(out, 4 * MIB);

	ck_ok(vc_get_json(db, n, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return j;
}

static int listed(struct db *db, bool gone)
{
	OWN(json_free) struct json *j = NULL;
	STR(out, 4 * MIB);

	ck_ok(vc_list_json(db, gone, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return (int)json_len(json_get(j, "vcs"));
}

static bool there(const char *dir, const char *name)
{
	char path[1200];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return !lstat(path, &st);
}

static void drop(const char *dir, const char *name)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(unlink(path), 0);
}

/* How many rows of the audit chain have this action. */
static int audited(struct db *db, const char *action)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;
	int n = 0;

	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(1000000)), &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return n;
		n += !strcmp(rows_text(r, 4), action);
	}
}

/* ---- arriving and listing ---- */

START_TEST(C16_B18_B19_E3_what_arrives_is_listed_when_it_is_complete)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;

	kit_begin(&k);
	scan(db, &k);
	ck_assert_int_eq(listed(db, true), 0);
	kit_vc(&k, "first", two, 2, "1.0.0");
	k.store.quiet = 60000;
	scan(db, &k);
	i = info(db, 1);
	ck_assert_str_eq(i.state, "arriving");
	ck_assert_str_eq(i.name, "");
	ck_refused(keep(db, &k, 1, &i), ERR_VC, "still arriving");
	k.store.quiet = 0;
	kit_file(&k, "first/CCS-OB/more.tar.gz.part", "half");
	scan(db, &k);
	ck_assert_str_eq(info(db, 1).state, "arriving");
	kit_file(&k, "first/.in.filepart", "half");
	drop(k.inbox, "first/CCS-OB/more.tar.gz.part");
	scan(db, &k);
	ck_assert_str_eq(info(db, 1).state, "arriving");
	drop(k.inbox, "first/.in.filepart");
	scan(db, &k);
	i = info(db, 1);
	ck_assert_str_eq(i.state, "stored");
	ck_assert_str_eq(i.name, "Track Runner 2");
	ck_assert_str_eq(i.version, "1.0.0");
	ck_assert_str_eq(i.type_id, KIT_VEHICLE_TYPE);
	ck_assert_int_eq((int)strlen(i.config_id), 36);
	ck_assert(!i.kept && i.verified_at == -1);
	kit_file(&k, "loose.txt", "no folder");
	kit_vc(&k, ".hidden", two, 2, "1.0.0");
	scan(db, &k);
	ck_assert_int_eq(listed(db, true), 1);
	kit_end(&k);
}
END_TEST

START_TEST(E4_B20_Z21_fifty_are_stored_side_by_side_and_numbers_never_come_twice)
{
	char dsn[STORE_DSN_MAX], name[40], path[800];
	struct vc_kit k;
	struct vc_info i;

	kit_begin(&k);
	fresh_store_dsn(_i, dsn);
	{
		OWN(db_close) struct db *db = open_store(dsn);

		for (int n = 1; n <= 50; n++) {
			snprintf(name, sizeof name, "vc-%02d", n);
			kit_vc(&k, name, two, 2, "1.0.0");
		}
		scan(db, &k);
		ck_assert_int_eq(listed(db, false), 50);
		for (int n = 1; n <= 50; n++)
			ck_assert(verify(db, &k, n));
		for (int n = 1; n <= 50; n += 7)
			ck_ok(keep(db, &k, n, &i));
	}
	{
		OWN(db_close) struct db *db = open_store(dsn); /* the service starts again */

		scan(db, &k);
		ck_assert_int_eq(listed(db, false), 50);
		for (int n = 1; n <= 50; n++) {
			snprintf(name, sizeof name, "vc-%02d", n);
			i = info(db, n);
			ck_assert_str_eq(i.folder, name);
			ck_assert_str_eq(i.state, "verified");
			ck_assert_int_eq(i.kept, (n - 1) % 7 == 0);
		}
		snprintf(path, sizeof path, "%s/vc-02", k.inbox);
		ck_ok(tree_remove(path, &e));
		snprintf(path, sizeof path, "%s/vc-08", k.inbox);
		ck_ok(tree_remove(path, &e));
		scan(db, &k);
		ck_assert_str_eq(info(db, 2).state, "gone");
		ck_assert_str_eq(info(db, 8).state, "verified"); /* kept: the inbox is not needed */
		ck_assert_int_eq(listed(db, false), 49);
		ck_assert_int_eq(audited(db, "vc-gone"), 1);
		kit_vc(&k, "vc-02", two, 2, "1.0.0");
		scan(db, &k);
		ck_assert_str_eq(info(db, 51).folder, "vc-02");
		ck_assert_str_eq(info(db, 2).state, "gone");
		ck_refused(vc_by_n(db, 52, &i, &e), ERR_NOT_FOUND, "52");
		ck_refused(vc_by_n(db, 0, &i, &e), ERR_NOT_FOUND, "0");
	}
	kit_end(&k);
}
END_TEST

START_TEST(what_changes_after_it_was_kept_is_another_one)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;
	bool changed;
	struct actor a;

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	scan(db, &k);
	ck_ok(keep(db, &k, 1, &i));
	scan(db, &k);
	ck_assert_int_eq(listed(db, true), 1);
	kit_vc(&k, "first", two, 2, "1.0.1");
	scan(db, &k);
	ck_assert_int_eq(listed(db, true), 2);
	ck_assert_str_eq(info(db, 2).version, "1.0.1");
	ck_assert_str_eq(info(db, 1).version, "1.0.0");
	ck_assert(verify(db, &k, 1) && verify(db, &k, 2));
	/* Before it is kept it is the same number, to be verified again. */
	kit_vc(&k, "first", two, 2, "1.0.2");
	a = who();
	ck_ok(vc_scan(db, &k.store, &a, &changed, &e));
	ck_assert(changed);
	ck_assert_str_eq(info(db, 2).state, "stored");
	ck_assert_str_eq(info(db, 2).version, "1.0.2");
	ck_assert_int_eq((int)info(db, 2).verified_at, -1);
	a = who();
	ck_ok(vc_scan(db, &k.store, &a, &changed, &e));
	ck_assert(!changed);
	kit_end(&k);
}
END_TEST

/* ---- verifying ---- */

static const struct json *at(const struct json *list, const char *member, const char *value)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const char *is = json_text(json_get(json_at(list, i), member));

		if (is && !strcmp(is, value))
			return json_at(list, i);
	}
	ck_abort_msg("nothing with %s = %s", member, value);
	return NULL;
}

START_TEST(C17_C18_E13_E14_E15_E16_the_report_tells_each_manifest_and_each_archive)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(json_free) struct json *j = NULL;
	const struct json *r;
	struct vc_kit k;

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	scan(db, &k);
	ck_assert(verify(db, &k, 1));
	ck_assert_str_eq(info(db, 1).state, "verified");
	ck_assert_int_gt(info(db, 1).verified_at, 0);
	j = shown(db, 1);
	r = json_get(j, "report");
	ck_assert(json_bool(json_get(r, "good"), false));
	for (int i = 0; i < 4; i++)
		ck_assert(json_bool(json_get(r, (const char *const[]){ "syntax", "integrity", "identity",
								       "authenticity" }[i]),
				    false));
	ck_assert_str_eq(json_text(json_get(at(json_get(r, "manifests"), "name", "ETP"), "version")),
			 "1.0.0");
	ck_assert_str_eq(json_text(json_get(at(json_get(r, "manifests"), "name", "ETP"), "signer")), "Octan");
	ck_assert_str_eq(
	    json_text(json_get(at(json_get(r, "manifests"), "name", "Track Runner 2"), "signer")),
	    "Acme Corp.");
	ck_assert_int_eq((int)json_len(json_get(r, "archives")), 4);
	r = at(json_get(r, "archives"), "bb", "DAS");
	ck_assert(json_bool(json_get(r, "integrity"), false));
	ck_assert_str_eq(json_text(json_get(r, "version")), "1.0.0");
	ck_assert_int_eq(audited(db, "vc-verify"), 1);
	kit_end(&k);
}
END_TEST

/* Each is done to a good folder; then it must fail, and say so. */
struct wrong {
	const char *what;
	void (*make)(const struct vc_kit *k);
	const char *integrity; /* of the report: "true" or "false" */
};
static void wrong_archive(const struct vc_kit *k)
{
	kit_file(k, "first/CCS-OB/DAS/DAS Software.tar.gz", "other bytes");
}
static void wrong_archive_gone(const struct vc_kit *k)
{
	char path[800];

	snprintf(path, sizeof path, "%s/first/CCS-OB/DAS/DAS Parameter.tar.gz", k->inbox);
	ck_assert_int_eq(unlink(path), 0);
}
static void wrong_archive_link(const struct vc_kit *k)
{
	char path[800], to[800];

	snprintf(path, sizeof path, "%s/first/CCS-OB/DAS/DAS Software.tar.gz", k->inbox);
	snprintf(to, sizeof to, "%s/outside.tar.gz", k->dir);
	ck_assert_int_eq(rename(path, to), 0);
	ck_assert_int_eq(symlink(to, path), 0);
}
static void wrong_manifest_link(const struct vc_kit *k)
{
	char path[800], to[800];

	snprintf(path, sizeof path, "%s/first/CCS-OB/DAS", k->inbox);
	snprintf(to, sizeof to, "%s/outside", k->dir);
	ck_assert_int_eq(rename(path, to), 0);
	ck_assert_int_eq(symlink(to, path), 0);
}
static void wrong_manifest_gone(const struct vc_kit *k)
{
	char path[800];

	snprintf(path, sizeof path, "%s/first/CCS-OB/ETP/ETP.json", k->inbox);
	ck_assert_int_eq(unlink(path), 0);
}
static void wrong_json(const struct vc_kit *k)
{
	kit_file(k, "first/vehicle.json", "{\"Config Type\": \"Vehicle\",");
}
static void wrong_signer(const struct vc_kit *k)
{
	struct kit_bb bb[2] = { two[0], two[1] };

	bb[1].foreign = true;
	kit_vc(k, "first", bb, 2, "1.0.0");
}
static void wrong_dependency(const struct vc_kit *k)
{
	struct kit_bb bb[2] = { two[0], two[1] };

	bb[1].required = "3.0.0";
	kit_vc(k, "first", bb, 2, "1.0.0");
}
static void wrong_trust(const struct vc_kit *k)
{
	kit_trust(k, true);
}
static const struct wrong wrongs[] = {
	{ "an Archive has other bytes", wrong_archive, "false" },
	{ "an Archive is missing", wrong_archive_gone, "false" },
	{ "an Archive is a link", wrong_archive_link, "false" },
	{ "a folder is a link", wrong_manifest_link, NULL },
	{ "a Manifest is missing", wrong_manifest_gone, NULL },
	{ "the Vehicle Manifest is no JSON", wrong_json, NULL },
	{ "a Building Block is signed by nobody we know", wrong_signer, NULL },
	{ "a dependency does not fit", wrong_dependency, NULL },
	{ "the supplier's key was revoked", wrong_trust, NULL },
};

START_TEST(A16_T14_J14_J15_what_is_wrong_is_told_and_never_kept)
{
	for (size_t w = 0; w < sizeof wrongs / sizeof wrongs[0]; w++) {
		OWN(db_close) struct db *db = fresh_store(_i);
		OWN(json_free) struct json *j = NULL;
		const struct json *r;
		struct vc_kit k;
		struct vc_info i;

		kit_begin(&k);
		kit_vc(&k, "first", two, 2, "1.0.0");
		wrongs[w].make(&k);
		scan(db, &k);
		ck_assert_msg(!verify(db, &k, 1), "%s: verified", wrongs[w].what);
		ck_assert_str_eq(info(db, 1).state, "failed");
		j = shown(db, 1);
		r = json_get(j, "report");
		ck_assert_msg(!json_bool(json_get(r, "good"), true), "%s: good", wrongs[w].what);
		ck_assert_msg(json_len(json_get(r, "problems")) > 0, "%s: no problem is told",
			      wrongs[w].what);
		if (wrongs[w].integrity)
			ck_assert(!json_bool(json_get(r, "integrity"), true));
		ck_refused(keep(db, &k, 1, &i), ERR_VC, "does not verify: ");
		ck_assert(!info(db, 1).kept);
		ck_assert_msg(!there(k.vcs, "1") && !there(k.vcs, "1.new"), "%s: a copy is left",
			      wrongs[w].what);
		ck_assert_int_eq(audited(db, "vc-keep"), 0);
		kit_end(&k);
	}
}
END_TEST

/* ---- keeping ---- */

static int files_seen;
static int count_file(void *ctx, const char *name, const struct stat *st, struct err *why)
{
	(void)ctx;
	(void)name;
	(void)why;
	files_seen += S_ISREG(st->st_mode);
	return OK;
}

static int files_in(const char *dir, const char *sub)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/%s", dir, sub);
	files_seen = 0;
	ck_ok(tree_walk(path, 10000, count_file, NULL, &e));
	return files_seen;
}

START_TEST(B10_B12_B13_C19_E10_what_is_kept_is_what_the_manifests_name_ready_to_serve)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(rows_done) struct rows *rows = NULL;
	OWN(json_free) struct json *j = NULL;
	const struct json *b;
	struct vc_bb_row row;
	struct vc_kit k;
	struct vc_info i;
	bool got;

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	kit_file(&k, "first/README", "not named by any Manifest");
	scan(db, &k);
	ck_ok(keep(db, &k, 1, &i));
	ck_assert(i.kept);
	ck_assert_str_eq(i.state, "verified");
	ck_assert_int_eq(files_in(k.vcs, "1"), 3 + 4); /* Manifests, Archives */
	ck_assert_int_eq(files_in(k.images, "."), 4);
	ck_assert(!there(k.vcs, "1/README") && !there(k.vcs, "1.new"));
	j = shown(db, 1);
	ck_assert_int_eq((int)json_len(json_get(j, "blocks")), 2);
	b = json_at(json_get(j, "blocks"), 1);
	ck_assert_str_eq(json_text(json_get(b, "name")), "ETP");
	ck_assert_str_eq(json_text(json_get(b, "system")), "CCS-OB");
	ck_assert_int_eq((int)json_int(json_get(b, "wave"), -1), 1); /* DAS first: ETP depends on it */
	ck_assert_int_eq((int)json_int(json_get(json_at(json_get(j, "blocks"), 0), "wave"), -1), 0);
	ck_assert_str_eq(json_text(json_at(json_get(b, "network"), 0)), "127.0.0.1");
	ck_assert_str_eq(json_text(json_get(json_at(json_get(b, "depends"), 0), "required")), "2.1.0");
	ck_assert_str_eq(json_text(json_get(json_at(json_get(b, "depends"), 0), "has")), "2.3.0");
	ck_assert(json_bool(json_get(json_at(json_get(b, "depends"), 0), "fits"), false));
	ck_assert_ptr_nonnull(
	    strstr(json_text(json_get(json_at(json_get(b, "depends"), 0), "sentence")), "2.3.0"));
	b = json_get(b, "archives");
	ck_assert_int_eq((int)json_len(b), 2);
	ck_assert(image_stored(k.images, json_text(json_get(json_at(b, 0), "hash"))));
	ck_assert_str_eq(json_text(json_get(json_at(b, 0), "path")), "CCS-OB/ETP/ETP Software.tar.gz");
	ck_ok(store_vc_bb_get(db, i.id, kit_uuid("DAS", (char[40]){ 0 }), &rows, &e));
	ck_ok(store_vc_bb_next(rows, &row, &got, &e));
	ck_assert(got);
	ck_assert_str_eq(row.name, "DAS");
	ck_assert_int_eq((int)strlen(row.hash), 64);
	ck_assert(strstr(row.manifest, "\"Signature\":\"") != NULL);
	kit_end(&k);
}
END_TEST

START_TEST(keeping_twice_changes_nothing_and_repairs_what_is_served)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(json_free) struct json *j = NULL;
	struct vc_kit k;
	struct vc_info i, again;
	char path[900];
	const char *hash;

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	scan(db, &k);
	ck_ok(keep(db, &k, 1, &i));
	j = shown(db, 1);
	hash =
	    json_text(json_get(json_at(json_get(json_at(json_get(j, "blocks"), 0), "archives"), 0), "hash"));
	snprintf(path, sizeof path, "%s/%s", k.images, hash);
	ck_assert_int_eq(unlink(path), 0);
	ck_ok(keep(db, &k, 1, &again));
	ck_assert_str_eq(again.hash, i.hash);
	ck_assert(image_stored(k.images, hash));
	ck_assert_int_eq(audited(db, "vc-keep"), 1);
	ck_assert_int_eq(unlink(path), 0);
	ck_ok(file_replace(path, "damaged", 7, &e));
	ck_ok(keep(db, &k, 1, &again));
	ck_assert_int_eq(files_in(k.images, "."), 4);
	{
		STR(text, MIB);

		ck_ok(file_read(path, &text, &e));
		ck_assert_str_ne(str_c(&text), "damaged");
	}
	kit_end(&k);
}
END_TEST

START_TEST(B14_B21_Z2_Z3_grouping_folders_and_composed_blocks_are_kept_as_stated)
{
	static const struct kit_bb mixed[] = { { .name = "A", .composed = true }, { .name = "B" } };
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;

	kit_begin(&k);
	kit_vc(&k, "first", mixed, 2, "1.0.0");
	scan(db, &k);
	ck_ok(keep(db, &k, 1, &i));
	ck_assert(there(k.vcs, "1/vehicle.json"));      /* the vehicle's folder on top */
	ck_assert(there(k.vcs, "1/CCS-OB/B/B.json"));   /* grouping folder, Building Block */
	ck_assert(there(k.vcs, "1/A Software.tar.gz")); /* composed: beside the Vehicle Manifest */
	ck_assert_int_eq(files_in(k.vcs, "1"), 2 + 4);
	kit_end(&k);
}
END_TEST

/* Dies at its n-th step. */
struct death {
	int left;
};
static void die(void *ctx, const char *at_)
{
	struct death *d = ctx;

	(void)at_;
	if (--d->left == 0)
		_exit(9);
}

START_TEST(C19_a_death_at_any_step_of_keeping_leaves_what_the_next_attempt_puts_right)
{
	char dsn[STORE_DSN_MAX];
	struct vc_kit k;
	int step, status = 0;

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	fresh_store_dsn(_i, dsn);
	for (step = 1; step < 40; step++) {
		OWN(db_close) struct db *db = NULL;
		struct vc_info i;
		pid_t pid;

		/* A new number each time: the folder is another one. */
		kit_vc(&k, "first", two, 2, step % 2 ? "1.0.1" : "1.0.2");
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid) {
			struct death d = { step };

			k.store.step = die;
			k.store.step_ctx = &d;
			db = open_store(dsn);
			scan(db, &k);
			_exit(keep(db, &k, step, &i) ? 1 : 0);
		}
		ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
		ck_assert(WIFEXITED(status));
		ck_assert_msg(WEXITSTATUS(status) != 1, "keeping failed in the child");
		db = open_store(dsn);
		scan(db, &k);
		ck_ok(keep(db, &k, step, &i));
		ck_assert(i.kept);
		{
			char n[16], path[900];

			snprintf(n, sizeof n, "%d", step);
			ck_assert_int_eq(files_in(k.vcs, n), 7);
			snprintf(path, sizeof path, "%s/%d.new", k.vcs, step);
			ck_assert_int_eq(access(path, F_OK), -1);
		}
		ck_assert_int_eq(audited(db, "vc-keep"), step);
		if (!WEXITSTATUS(status))
			break;
	}
	ck_assert_msg(step > 10 && step < 40, "%d steps", step); /* it ended because the child got through */
	kit_end(&k);
}
END_TEST

/* Somebody writes to the inbox while it is copied. */
struct meddler {
	const struct vc_kit *k;
	const char *at, *name;
	bool done;
};
static void meddle(void *ctx, const char *at_)
{
	struct meddler *m = ctx;

	if (m->done || strcmp(at_, m->at) != 0)
		return;
	kit_file(m->k, m->name, "{\"other\":1}");
	m->done = true;
}

START_TEST(T14_what_changes_between_verification_and_copy_is_not_kept)
{
	static const char *const names[] = { "first/CCS-OB/ETP/ETP Software.tar.gz",
					     "first/CCS-OB/ETP/ETP.json", "first/vehicle.json" };

	for (int n = 0; n < 3; n++) {
		OWN(db_close) struct db *db = fresh_store(_i);
		struct vc_kit k;
		struct vc_info i;
		struct meddler m = { &k, "made", names[n], false };

		kit_begin(&k);
		kit_vc(&k, "first", two, 2, "1.0.0");
		scan(db, &k);
		k.store.step = meddle;
		k.store.step_ctx = &m;
		ck_assert_int_ne(keep(db, &k, 1, &i), OK);
		ck_assert(m.done);
		ck_assert(!info(db, 1).kept);
		ck_assert(!there(k.vcs, "1"));
		ck_assert_int_eq(audited(db, "vc-keep"), 0);
		kit_end(&k);
	}
}
END_TEST

/* ---- at the start, and for whom ---- */

static bool startup(struct db *db, const struct vc_kit *k, int64_t id, char why[VC_WHY_SIZE])
{
	struct actor a = who();
	bool good;

	ck_ok(vc_startup(db, &k->store, &a, id, &good, why, &e));
	return good;
}

START_TEST(E12_E11_a_kept_one_is_verified_again_when_the_service_starts)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;
	char why[VC_WHY_SIZE], path[900];

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	scan(db, &k);
	ck_assert(!startup(db, &k, info(db, 1).id, why));
	ck_assert_ptr_nonnull(strstr(why, "never verified"));
	ck_ok(keep(db, &k, 1, &i));
	ck_ok(tree_remove(k.inbox, &e)); /* what arrived is not needed any more */
	ck_ok(tree_remove(k.images, &e));
	k.store.inbox = "";
	ck_assert_msg(startup(db, &k, i.id, why), "%s", why);
	ck_assert_str_eq(why, "");
	ck_assert_int_eq(files_in(k.images, "."), 4); /* put back */
	kit_trust(&k, true);
	ck_assert(!startup(db, &k, i.id, why));
	ck_assert_int_gt((int)strlen(why), 10);
	ck_assert_str_eq(info(db, 1).state, "failed");
	kit_trust(&k, false);
	ck_assert(startup(db, &k, i.id, why));
	snprintf(path, sizeof path, "%s/1/CCS-OB/DAS/DAS.json", k.vcs);
	ck_ok(file_replace(path, "{}", 2, &e));
	ck_assert(!startup(db, &k, i.id, why));
	ck_assert_str_eq(info(db, 1).name, "Track Runner 2"); /* what it was is still told */
	ck_ok(tree_remove(k.vcs, &e));
	ck_assert(!startup(db, &k, i.id, why));
	ck_assert(info(db, 1).kept);
	kit_end(&k);
}
END_TEST

START_TEST(J16_it_is_meant_for_vehicles_of_its_type_only)
{
	struct vc_info i = { .type_id = KIT_VEHICLE_TYPE }, unknown = { .type_id = "" };

	ck_assert(vc_targets(&i, "6C4D65F4-2572-11EE-BE56-0242AC120002"));
	ck_assert(!vc_targets(&i, "6c4d65f4-2572-11ee-be56-0242ac120003"));
	ck_assert(!vc_targets(&i, "6c4d65f4-2572-11ee-be56-0242ac120002-and-more-than-fits-into-it"));
	ck_assert(!vc_targets(&unknown, ""));
	(void)_i;
}
END_TEST

/* ---- Packages ---- */

static int put(struct db *db, const struct vc_kit *k, const char *name, const char *file, int64_t *ret_n)
{
	OWN(vc_put_drop) struct vc_put *p = NULL;
	struct actor a = who();
	STR(bytes, 8 * MIB);

	ck_ok(file_read(file, &bytes, &e));
	if (vc_put_begin(&k->store, name, &p, &e))
		return (int)e.code;
	for (size_t i = 0; i < bytes.len; i += 1000)
		ck_ok(vc_put_write(p, str_c(&bytes) + i, bytes.len - i < 1000 ? bytes.len - i : 1000, &e));
	return vc_put_end(MOVE(p), db, &a, ret_n, &e);
}

static void pack(const struct vc_kit *k, const char *from, const char *to)
{
	OWN(trust_free) struct trust *t = NULL;
	struct package_facts f;
	struct manifest_ask ask = { .profile = MANIFEST_STRICT };

	ck_ok(trust_load(k->trust, &t, &e));
	ask.trust = t;
	ask.now = now_ms();
	ck_ok(package_pack(from, NULL, &ask, to, &f, &e));
}

START_TEST(A15_B19_a_package_sent_in_pieces_is_verified_and_kept_like_a_folder)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;
	char from[600], file[600];
	int64_t n;

	kit_begin(&k);
	k.store.quiet = 60000; /* what came whole need not wait */
	snprintf(from, sizeof from, "%s/making/first", k.dir);
	snprintf(file, sizeof file, "%s/first.tar.gz", k.dir);
	kit_vc_at(from, two, 2, "1.0.0");
	pack(&k, from, file);
	ck_ok(put(db, &k, "first", file, &n));
	ck_assert_int_eq((int)n, 1);
	ck_assert_str_eq(info(db, 1).state, "stored");
	ck_assert_str_eq(info(db, 1).folder, "first.tar.gz");
	ck_refused(put(db, &k, "first", file, &n), ERR_CONFLICT, "already");
	ck_refused(put(db, &k, "../first", file, &n), ERR_INVALID, "letters");
	ck_refused(put(db, &k, "first.tar.gz", file, &n), ERR_INVALID, "letters");
	ck_assert(verify(db, &k, 1));
	ck_assert_str_eq(info(db, 1).version, "1.0.0");
	ck_ok(keep(db, &k, 1, &i));
	ck_assert_int_eq(files_in(k.vcs, "1"), 7);
	ck_assert_int_eq(files_in(k.vcs, "."), 8); /* and the lock: nothing unpacked is left */
	ck_assert_int_eq(files_in(k.inbox, "."), 1);
	kit_end(&k);
}
END_TEST

START_TEST(B8_T16_a_package_with_other_files_or_no_package_fails_with_its_reason)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(json_free) struct json *j = NULL;
	struct vc_kit k;
	struct vc_info i;
	char cmd[1400], from[600];

	kit_begin(&k);
	kit_file(&k, "no.tar.gz", "this is no archive");
	snprintf(from, sizeof from, "%s/making/more", k.dir);
	kit_vc_at(from, two, 2, "1.0.0");
	snprintf(cmd, sizeof cmd, "%s/README", from);
	ck_ok(file_replace(cmd, "more", 4, &e));
	{
		pid_t pid = fork();
		int status;

		snprintf(cmd, sizeof cmd, "%s/surplus.tar.gz", k.inbox);
		if (!pid) {
			execlp("tar", "tar", "-C", from, "-czf", cmd, ".", (char *)NULL);
			_exit(127);
		}
		ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
		ck_assert_int_eq(status, 0);
	}
	scan(db, &k);
	ck_assert(!verify(db, &k, 1) && !verify(db, &k, 2));
	j = shown(db, 1);
	ck_assert_str_eq(json_text(json_get(json_at(json_get(json_get(j, "report"), "problems"), 0), "code")),
			 "package-refused");
	json_free(j);
	j = shown(db, 2);
	ck_assert_ptr_nonnull(strstr(
	    json_text(json_get(json_at(json_get(json_get(j, "report"), "problems"), 0), "what")), "README"));
	ck_refused(keep(db, &k, 2, &i), ERR_VC, "README");
	kit_end(&k);
}
END_TEST

START_TEST(A14_B7_B9_packing_gives_the_same_bytes_and_only_what_the_manifest_names)
{
	static const char *const levels[] = { "first", "first/CCS-OB/ETP" };
	struct vc_kit k;

	(void)_i;
	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	for (int n = 0; n < 2; n++) {
		OWN(trust_free) struct trust *t = NULL;
		char from[900], one[700], other[700], into[700];
		struct package_facts a, b, c;
		struct manifest_ask ask = { .profile = MANIFEST_STRICT };

		ck_ok(trust_load(k.trust, &t, &e));
		ask.trust = t;
		ask.now = now_ms();
		snprintf(from, sizeof from, "%s/%s", k.inbox, levels[n]);
		snprintf(one, sizeof one, "%s/one%d.tar.gz", k.dir, n);
		snprintf(other, sizeof other, "%s/other%d.tar.gz", k.dir, n);
		snprintf(into, sizeof into, "%s/into%d", k.dir, n);
		ck_ok(package_pack(from, NULL, &ask, one, &a, &e));
		kit_file(&k, n ? "first/CCS-OB/ETP/surplus" : "first/surplus", "x");
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		ck_ok(package_pack(from, NULL, &ask, other, &b, &e));
		ck_assert_str_eq(a.sha256, b.sha256);
		ck_assert_int_eq((int)a.files, n ? 3 : 7);
		ck_ok(package_unpack(one, into, &ask, &c, &e));
		ck_assert_str_eq(c.sha256, a.sha256);
		ck_assert(c.files == a.files && c.bytes == a.bytes);
		ck_assert_int_eq(files_in(into, "."), (int)a.files);
		ck_assert(there(into, n ? "ETP.json" : "vehicle.json"));
	}
	kit_end(&k);
}
END_TEST

START_TEST(A14_B8_what_does_not_verify_is_neither_packed_nor_unpacked)
{
	OWN(trust_free) struct trust *t = NULL;
	struct vc_kit k;
	char from[700], good[700], into[700];
	struct package_facts f;
	struct manifest_ask ask = { .profile = MANIFEST_STRICT };

	(void)_i;
	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	snprintf(from, sizeof from, "%s/first", k.inbox);
	snprintf(good, sizeof good, "%s/good.tar.gz", k.dir);
	snprintf(into, sizeof into, "%s/into", k.dir);
	pack(&k, from, good);
	kit_trust(&k, true);
	ck_ok(trust_load(k.trust, &t, &e));
	ask.trust = t;
	ask.now = now_ms();
	ck_refused(package_unpack(good, into, &ask, &f, &e), ERR_PACKAGE, "");
	ck_assert(!there(k.dir, "into"));
	ck_refused(package_pack(from, NULL, &ask, into, &f, &e), ERR_PACKAGE, "");
	ck_assert(!there(k.dir, "into"));
	ask.trust = NULL; /* unsigned will do */
	ck_ok(package_unpack(good, into, &ask, &f, &e));
	kit_file(&k, "first/CCS-OB/DAS/DAS Software.tar.gz", "other bytes");
	snprintf(good, sizeof good, "%s/bad.tar.gz", k.dir);
	ck_refused(package_pack(from, NULL, &ask, good, &f, &e), ERR_PACKAGE, "");
	ck_assert(!there(k.dir, "bad.tar.gz"));
	kit_end(&k);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		C16_B18_B19_E3_what_arrives_is_listed_when_it_is_complete,
		E4_B20_Z21_fifty_are_stored_side_by_side_and_numbers_never_come_twice,
		what_changes_after_it_was_kept_is_another_one,
		C17_C18_E13_E14_E15_E16_the_report_tells_each_manifest_and_each_archive,
		A16_T14_J14_J15_what_is_wrong_is_told_and_never_kept,
		B10_B12_B13_C19_E10_what_is_kept_is_what_the_manifests_name_ready_to_serve,
		keeping_twice_changes_nothing_and_repairs_what_is_served,
		B14_B21_Z2_Z3_grouping_folders_and_composed_blocks_are_kept_as_stated,
		C19_a_death_at_any_step_of_keeping_leaves_what_the_next_attempt_puts_right,
		T14_what_changes_between_verification_and_copy_is_not_kept,
		E12_E11_a_kept_one_is_verified_again_when_the_service_starts,
		J16_it_is_meant_for_vehicles_of_its_type_only,
		A15_B19_a_package_sent_in_pieces_is_verified_and_kept_like_a_folder,
		B8_T16_a_package_with_other_files_or_no_package_fails_with_its_reason,
		A14_B7_B9_packing_gives_the_same_bytes_and_only_what_the_manifest_names,
		A14_B8_what_does_not_verify_is_neither_packed_nor_unpacked,
	};

	kit_keys();
	return STORES_RUN("vc", all, 60);
}
