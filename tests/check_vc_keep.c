/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations are kept so that they may be active, with deaths at every step, and files that
 * change under our hands; Packages.
 */
#include "vc_steps.h"

/* ---- keeping ---- */

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
	ck_ok(store_vc_bbs(db, i.id, &rows, &e));
	do {
		ck_ok(store_vc_bb_next(rows, &row, &got, &e));
		ck_assert(got);
	} while (strcmp(row.type_id, kit_uuid("DAS", (char[40]){ 0 })) != 0);
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

START_TEST(what_a_death_left_is_removed_when_the_service_starts)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct vc_kit k;
	struct vc_info i;
	char path[900];

	kit_begin(&k);
	kit_vc(&k, "first", two, 2, "1.0.0");
	scan(db, &k);
	ck_ok(keep(db, &k, 1, &i));
	for (int n = 0; n < 4; n++) {
		snprintf(path, sizeof path, "%s/%s", k.vcs,
			 (const char *const[]){ "2.new/CCS", "3.in-0123456789ABCDEF", "3.in-0123.XXYYZZ/a",
						"4x.new" }[n]);
		ck_ok(file_mkdirs(path, &e));
	}
	kit_file(&k, ".put-abcdef", "half");
	ck_ok(vc_sweep(&k.store, now_ms(), &e));
	ck_assert(there(k.vcs, "1/vehicle.json") && there(k.vcs, "4x.new"));
	ck_assert(!there(k.vcs, "2.new") && !there(k.vcs, "3.in-0123456789ABCDEF") &&
		  !there(k.vcs, "3.in-0123.XXYYZZ"));
	ck_assert(there(k.inbox, ".put-abcdef")); /* somebody may be sending it */
	ck_ok(vc_sweep(&k.store, now_ms() + INT64_C(90000000), &e));
	ck_assert(!there(k.inbox, ".put-abcdef"));
	k.store.dir = "";
	ck_refused(vc_sweep(&k.store, now_ms(), &e), ERR_CONFIG, "vc_dir");
	k.store.inbox = "";
	ck_ok(vc_sweep(&k.store, now_ms(), &e));
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
		B10_B12_B13_C19_E10_what_is_kept_is_what_the_manifests_name_ready_to_serve,
		keeping_twice_changes_nothing_and_repairs_what_is_served,
		B14_B21_Z2_Z3_grouping_folders_and_composed_blocks_are_kept_as_stated,
		C19_a_death_at_any_step_of_keeping_leaves_what_the_next_attempt_puts_right,
		what_a_death_left_is_removed_when_the_service_starts,
		T14_what_changes_between_verification_and_copy_is_not_kept,
		A15_B19_a_package_sent_in_pieces_is_verified_and_kept_like_a_folder,
		B8_T16_a_package_with_other_files_or_no_package_fails_with_its_reason,
		A14_B7_B9_packing_gives_the_same_bytes_and_only_what_the_manifest_names,
		A14_B8_what_does_not_verify_is_neither_packed_nor_unpacked,
	};

	kit_keys();
	return STORES_RUN("vc-keep", all, 60);
}
