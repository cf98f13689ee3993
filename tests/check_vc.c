/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicle Configurations: how they arrive and are listed, verified, and looked at again when the service
 * starts.
 */
#include "vc_steps.h"

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
	/* Another one in its place, however well it is signed. */
	snprintf(path, sizeof path, "%s/1", k.vcs);
	kit_vc_at(path, two, 2, "6.6.6");
	ck_assert(!startup(db, &k, i.id, why));
	ck_assert_ptr_nonnull(strstr(why, "another one"));
	ck_assert_str_eq(info(db, 1).version, "1.0.0");
	kit_vc_at(path, two, 2, "1.0.0");
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

int main(void)
{
	const TTest *all[] = {
		C16_B18_B19_E3_what_arrives_is_listed_when_it_is_complete,
		E4_B20_Z21_fifty_are_stored_side_by_side_and_numbers_never_come_twice,
		what_changes_after_it_was_kept_is_another_one,
		C17_C18_E13_E14_E15_E16_the_report_tells_each_manifest_and_each_archive,
		A16_T14_J14_J15_what_is_wrong_is_told_and_never_kept,
		E12_E11_a_kept_one_is_verified_again_when_the_service_starts,
		J16_it_is_meant_for_vehicles_of_its_type_only,
	};

	kit_keys();
	return STORES_RUN("vc", all, 60);
}
