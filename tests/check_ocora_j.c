/* SPDX-License-Identifier: Apache-2.0 */
/* General rules of Manifests (6.1) that one Manifest shows by itself, row by row. */
#include "manifest_kit.h"

/* An item of one column with one element replaced. */
static struct manifest *replaced(enum column c, int element, const char *json, enum manifest_profile p,
				 const char **ret_pointer)
{
	char more[300];
	struct manifest *m;
	struct kit k;

	snprintf(more, sizeof more, ",\"%s\":%s", kit_table[element].name, json);
	kit_start(&k);
	*ret_pointer = kit_vehicle(&k, c, kit_must(c) & ~(1u << element), more);
	m = kit_read(&k, p, NULL);
	kit_done(&k);
	return m;
}

static void good(enum column c, int element, const char *json)
{
	const char *pointer;
	struct manifest *m = replaced(c, element, json, MANIFEST_STRICT, &pointer);

	ck_no_errors(m, "%s %s", kit_table[element].name, json);
	manifest_free(m);
}

/* Refused in both profiles, at its place, with a hint; code NULL = any. */
static void bad(enum column c, int element, const char *json, const char *code)
{
	char at[200];

	for (int p = 0; p < MANIFEST_PROFILES; p++) {
		const char *pointer;
		struct manifest *m = replaced(c, element, json, (enum manifest_profile)p, &pointer);
		const struct manifest_problem *told;

		snprintf(at, sizeof at, "%s/%s", pointer, kit_table[element].name);
		told = kit_problem(m, code, NULL, at);
		ck_assert_msg(told && !told->warning && strlen(told->mend) > 5 && told->line > 0,
			      "%s %s was taken:\n%s", kit_table[element].name, json, kit_told(m));
		manifest_free(m);
	}
}

START_TEST(J3_J16_what_is_no_vehicle_is_no_vehicle_configuration)
{
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT, .now = KIT_NOW };
	struct manifest *m = NULL;
	struct kit k;
	struct err e;

	for (int c = COL_SYSTEM; c < COLS; c++) {
		kit_start(&k);
		kit_item(&k, (enum column)c, kit_must((enum column)c), NULL);
		ck_ok(manifest_read_text(str_c(&k.out), k.out.len, &ask, &m, &e));
		ck_assert_msg(kit_problem(m, "wrong-root", NULL, "") != NULL, "%s", kit_told(m));
		manifest_free(m);
		kit_done(&k);
	}
}
END_TEST

START_TEST(B1_J2_a_manifest_is_json_and_nothing_else)
{
	static const char *const not_json[] = { "",
						"{",
						"<xml/>",
						"{'Config Type':'Vehicle'}",
						"[1,]",
						"{\"a\":1}x",
						"{\"a\":1,\"a\":2}",
						"\xEF\xBB\xBF{}",
						"{\"a\":NaN}",
						"{\"a\":\"\\ud800\"}" };
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT, .now = KIT_NOW };
	struct err e;

	for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
		struct manifest *m = NULL;
		const struct manifest_problem *p;

		ck_ok(manifest_read_text(not_json[i], strlen(not_json[i]), &ask, &m, &e));
		p = kit_problem(m, "not-json", NULL, NULL);
		ck_assert_msg(p && p->line > 0 && p->column > 0 && strlen(p->mend) > 20, "%s", not_json[i]);
		ck_assert(!manifest_root(m) && !manifest_good(m));
		manifest_free(m);
	}
}
END_TEST

START_TEST(B14_J6_J51_systems_nest_as_deep_as_one_likes)
{
	struct kit k;
	struct manifest *m;
	const struct config_item *bb[3];

	/* 24 Systems in each other; every one is two levels of JSON */
	kit_start(&k);
	kit_item(&k, COL_VEHICLE, kit_must(COL_VEHICLE) & ~(1u << K_SYSTEMS), ",\"Systems\":[");
	k.out.len--;
	for (int i = 0; i < 24; i++) {
		kit_item(&k, COL_SUBSYSTEM, kit_must(COL_SUBSYSTEM) & ~(1u << K_BBS), ",\"Systems\":[");
		k.out.len--;
	}
	kit_item(&k, COL_SUBSYSTEM, kit_must(COL_SUBSYSTEM), NULL);
	for (int i = 0; i < 25; i++)
		str_add(&k.out, "]}");
	m = kit_read(&k, MANIFEST_STRICT, NULL);
	ck_no_errors(m, "%s", "nested Systems");
	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 3), 1);
	manifest_free(m);
	kit_done(&k);
}
END_TEST

START_TEST(J8_J39_rules_are_rows_of_tables_for_each_profile)
{
	/* the tables themselves: check_ocora_k.c and check_ocora_l.c; here, that the profile is what decides
	 */
	ck_assert_int_eq(config_usage(ELEMENT_CONFIG_ID, CONFIG_SYSTEM, MANIFEST_STRICT, false),
			 USAGE_MANDATORY);
	ck_assert_int_eq(config_usage(ELEMENT_CONFIG_ID, CONFIG_SYSTEM, MANIFEST_COMPAT, false),
			 USAGE_WISHED);
	ck_assert_int_eq(config_usage(ELEMENT_CONFIG_ID, CONFIG_SYSTEM, MANIFEST_COMPAT, true),
			 USAGE_MANDATORY);
	ck_assert_int_eq(config_usage(ELEMENT_ARCHIVE, CONFIG_SYSTEM, MANIFEST_STRICT, true), USAGE_UNUSED);
}
END_TEST

START_TEST(J29_J36_J38_the_config_type_is_one_of_seven_words)
{
	static const char *const wrong[] = { "\"vehicle\"",
					     "\"Building block\"",
					     "\"BuildingBlock\"",
					     "\"\"",
					     "\"Device\"",
					     "\"System \"",
					     "null",
					     "7",
					     "[\"System\"]" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *pointer;
		struct manifest *m = replaced(COL_SYSTEM, K_TYPE, wrong[i], MANIFEST_COMPAT, &pointer);

		ck_assert_msg(manifest_errors(m) > 0, "%s", wrong[i]);
		if (i < 6)
			ck_assert_msg(kit_problem(m, "unknown-type", NULL, pointer), "%s: %s", wrong[i],
				      kit_told(m));
		manifest_free(m);
	}
	good(COL_SYSTEM, K_TYPE, "\"System\"");
}
END_TEST

START_TEST(J12_J40_J41_identifiers_are_uuids)
{
	static const char *const wrong[] = { "\"\"",
					     "\"6c4d65f4-2572-11ee-be56-0242ac1102345\"",
					     "\"6c4d65f425721 1eebe560242ac110234\"",
					     "\"6c4d65f4-2572-11ee-be56-0242ac11023g\"",
					     "\"{6c4d65f4-2572-11ee-be56-0242ac110234}\"",
					     "\"6c4d65f4_2572_11ee_be56_0242ac110234\"" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		bad(COL_BB, K_TYPE_ID, wrong[i], "wrong-uuid");
		bad(COL_SYSTEM, K_CONFIG_ID, wrong[i], "wrong-uuid");
		bad(COL_SOFTWARE, K_TYPE_ID, wrong[i], "wrong-uuid");
	}
	bad(COL_BB, K_TYPE_ID, "17", "wrong-kind");
	good(COL_BB, K_TYPE_ID, "\"6C4D65F4-2572-11EE-BE56-0242AC110234\"");
}
END_TEST

START_TEST(J42_how_a_uuid_is_composed_is_left_open)
{
	static const char *const fine[] = { "\"00000000-0000-0000-0000-000000000000\"",
					    "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
					    "\"6c4d65f4-2572-11ee-be56-0242ac110234\"" };

	for (size_t i = 0; i < 3; i++)
		good(COL_SYSTEM, K_CONFIG_ID, fine[i]);
}
END_TEST

START_TEST(J12_one_config_id_is_not_used_twice)
{
	const char *pointer;
	/* kit_vehicle() numbers the Vehicle's Config ID 1 or 2; whichever it is, the other case of letters is
	 * the same id */
	struct manifest *m = replaced(COL_BB, K_CONFIG_ID, "\"00000000-0000-4000-8000-000000000002\"",
				      MANIFEST_COMPAT, &pointer);
	const struct manifest_problem *p = kit_problem(m, "same-config-id", "Z15", pointer);

	ck_assert_msg(p && !p->warning && !manifest_root(m)->identity_ok, "%s", kit_told(m));
	manifest_free(m);
	m = replaced(COL_BB, K_TYPE_ID, "\"" KIT_TYPE_A "\"", MANIFEST_COMPAT, &pointer);
	ck_assert(kit_problem(m, "same-type-id", NULL, pointer) != NULL);
	manifest_free(m);
}
END_TEST

START_TEST(J43_network_ids_are_ipv4_addresses)
{
	static const char *const wrong[] = {
		"\"10.0.0.1\"",    "[\"10.0.0\"]", "[\"10.0.0.256\"]",  "[\"10.0.0.01\"]", "[\"::1\"]",
		"[\"10.0.0.1 \"]", "[17]",         "[\"10.0.0.1/24\"]", "[\"10.0.0.1.2\"]"
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		bad(COL_BB, K_NETWORK, wrong[i], NULL);
	good(COL_BB, K_NETWORK, "[\"10.200.0.1\",\"192.168.1.254\"]");
}
END_TEST

START_TEST(J50_building_blocks_inherit_network_ids)
{
	struct kit k;
	struct manifest *m;
	const struct config_item *bb[3];
	const char *const *list;
	int n;

	kit_start(&k);
	kit_vehicle(&k, COL_SYSTEM, kit_must(COL_SYSTEM) & ~(1u << K_BBS),
		    ",\"Network IDs\":[\"10.9.8.7\"],\"Building Blocks\":[");
	k.out.len -= strlen("}]}");
	kit_item(&k, COL_BB, kit_must(COL_BB) & ~(1u << K_NETWORK), NULL);
	str_add(&k.out, "]}]}");
	m = kit_read(&k, MANIFEST_STRICT, NULL);
	ck_no_errors(m, "%s", "Network IDs of the System");
	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 3), 2);
	list = config_network(bb[1], &n);
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(list[0], "10.9.8.7");
	manifest_free(m);
	kit_done(&k);
	/* nowhere: an error; an empty list is no list */
	kit_start(&k);
	kit_vehicle(&k, COL_BB, kit_must(COL_BB) & ~(1u << K_NETWORK), ",\"Network IDs\":[]");
	m = kit_read(&k, MANIFEST_COMPAT, NULL);
	ck_assert(kit_problem(m, "no-network-ids", "L12", "/Systems/1/Building Blocks/0") != NULL);
	manifest_free(m);
	kit_done(&k);
}
END_TEST

START_TEST(J44_names_and_descriptions_are_texts)
{
	for (int i = K_NAME; i <= K_METADATA; i++)
		for (int c = 0; c < COLS; c++) {
			bad((enum column)c, i, "17", "wrong-kind");
			bad((enum column)c, i, "{\"a\":\"b\"}", "wrong-kind");
			bad((enum column)c, i, "\"a\\u0007b\"", "wrong-format");
		}
	good(COL_BB, K_NAME, "\"T\xC3\xBCrsteuerung\"");
	bad(COL_BB, K_NAME, "\"a\\nb\"", "wrong-format");
	good(COL_BB, K_DESCRIPTION, "\"a\\nb\"");
}
END_TEST

START_TEST(J17_J45_J46_J47_versions_are_three_whole_numbers)
{
	static const char *const wrong[] = {
		"\"1\"",      "\"1.2\"",    "\"1.2.3.4\"", "\"v1.2.3\"", "\"1.2.x\"",     "\"01.2.3\"",
		"\"1.2.3 \"", "\"-1.2.3\"", "\"1..3\"",    "\"\"",       "\"1.2.3-rc1\"", "\"1.2.9999999999\""
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		bad(COL_BB, K_FUNCTIONAL, wrong[i], "wrong-format");
		bad(COL_BB, K_RELEASE, wrong[i], "wrong-format");
		bad(COL_VEHICLE, K_RELEASE, wrong[i], "wrong-format");
		bad(COL_SOFTWARE, K_RELEASE, wrong[i], "wrong-format");
	}
	good(COL_BB, K_RELEASE, "\"0.0.0\"");
	good(COL_BB, K_RELEASE, "\"999999999.10.20\"");
}
END_TEST

START_TEST(J18_J19_J20_compatible_means_same_major_and_no_lower_minor)
{
	for (int64_t x1 = 0; x1 < 4; x1++)
		for (int64_t x2 = 0; x2 < 4; x2++)
			for (int64_t y1 = 0; y1 < 4; y1++)
				for (int64_t y2 = 0; y2 < 4; y2++)
					for (int64_t z1 = 0; z1 < 3; z1++)
						for (int64_t z2 = 0; z2 < 3; z2++) {
							struct config_version a = { { x1, y1, z1 } },
									      b = { { x2, y2, z2 } };

							ck_assert_int_eq(config_fits(&a, &b),
									 x1 == x2 && y2 >= y1);
						}
}
END_TEST

/* A Dependency of the Building Block on the one that is always there, with functional version 1.0.0 (Z19). */
static struct manifest *depends(const char *version, const char *on, enum manifest_profile p)
{
	char more[300];
	struct manifest *m;
	struct kit k;

	snprintf(more, sizeof more,
		 ",\"Dependencies\":[{\"Config Type\":\"Dependency\",\"Type ID\":\"%s\",\"Functional "
		 "Version\":\"%s\"}]",
		 on, version);
	kit_start(&k);
	kit_vehicle(&k, COL_BB, kit_must(COL_BB) & ~(1u << K_DEPENDENCIES), more);
	m = kit_read(&k, p, NULL);
	kit_done(&k);
	return m;
}

START_TEST(B3_J18_J20_J58_dependencies_are_checked_by_themselves)
{
	static const struct {
		const char *version;
		bool fits;
	} all[] = { { "1.0.0", true },
		    { "1.0.7", true },
		    { "1.1.0", false },
		    { "2.0.0", false },
		    { "0.0.0", false } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct manifest *m = depends(all[i].version, KIT_TYPE_A, MANIFEST_COMPAT);
		const struct manifest_problem *p = kit_problem(m, "incompatible", "J18", NULL);

		ck_assert_msg((p == NULL) == all[i].fits, "%s:\n%s", all[i].version, kit_told(m));
		if (p)
			ck_assert(strstr(p->mend, "functional version") != NULL &&
				  !manifest_root(m)->identity_ok);
		manifest_free(m);
	}
}
END_TEST

START_TEST(J58_a_dependency_that_nobody_meets_names_who_is_near)
{
	struct manifest *m = depends("1.0.0", "11111111-1111-4111-8111-111111111112", MANIFEST_COMPAT);
	const struct manifest_problem *p = kit_problem(m, "unresolved-dependency", "Z17", NULL);

	ck_assert_msg(p && !p->warning && strstr(p->mend, KIT_TYPE_A), "%s", kit_told(m));
	manifest_free(m);
	m = depends("1.0.0", "abcdefab-cdef-4abc-8def-abcdefabcdef", MANIFEST_COMPAT);
	p = kit_problem(m, "unresolved-dependency", "Z17", NULL);
	ck_assert_msg(p && !strstr(p->mend, "Did you mean"), "%s", kit_told(m));
	manifest_free(m);
}
END_TEST

START_TEST(J22_dependencies_must_be_stated_and_may_be_none)
{
	const char *pointer;
	struct kit k;
	struct manifest *m;

	good(COL_BB, K_DEPENDENCIES, "[]");
	bad(COL_BB, K_DEPENDENCIES, "{}", "wrong-kind");
	kit_start(&k);
	pointer = kit_vehicle(&k, COL_BB, kit_must(COL_BB) & ~(1u << K_DEPENDENCIES), NULL);
	m = kit_read(&k, MANIFEST_COMPAT, NULL);
	ck_assert(kit_problem(m, "missing-element", "L17", pointer) != NULL);
	manifest_free(m);
	kit_done(&k);
}
END_TEST

START_TEST(J48_J49_paths_are_relative_and_have_their_ending)
{
	bad(COL_SOFTWARE, K_ARCHIVE, "\"./a.zip\"", "wrong-path");
	bad(COL_SOFTWARE, K_ARCHIVE, "\"./a.tgz\"", "wrong-path");
	bad(COL_SOFTWARE, K_ARCHIVE, "\"/a.tar.gz\"", "wrong-path");
	bad(COL_PARAMETER, K_ARCHIVE, "\"./.tar.gz\"", "wrong-path");
	good(COL_SOFTWARE, K_ARCHIVE, "\"./a b/c d.tar.gz\"");
	good(COL_PARAMETER, K_ARCHIVE, "\"./p.tar.gz\"");
}
END_TEST

START_TEST(J37_J59_J62_what_has_a_default_may_be_left_out)
{
	good(COL_SOFTWARE, K_HASH_TYPE, "\"SHA256\"");
	bad(COL_SOFTWARE, K_HASH_TYPE, "\"MD5\"", "wrong-format");
	bad(COL_SOFTWARE, K_HASH_TYPE, "\"sha256\"", "wrong-format");
	good(COL_VEHICLE, K_SIGNATURE_TYPE, "\"PKCS#1\"");
	good(COL_BB, K_SIGNATURE_TYPE, "\"Ed25519\"");
	bad(COL_BB, K_SIGNATURE_TYPE, "\"PSS\"", "wrong-format");
}
END_TEST

START_TEST(J60_hashes_are_sha256_in_hex)
{
	bad(COL_SOFTWARE, K_HASH, "\"12AB\"", "wrong-format");
	bad(COL_SOFTWARE, K_HASH, "\"g000000000000000000000000000000000000000000000000000000000000000\"",
	    "wrong-format");
	good(COL_SOFTWARE, K_HASH, "\"ab00000000000000000000000000000000000000000000000000000000000000\"");
}
END_TEST

START_TEST(J26_every_code_is_described_for_integrators)
{
	STR(doc, KIT_TEXT);
	char code[64];
	struct err e;

	ck_ok(file_read(SRCDIR "/doc/manifests.md", &doc, &e));
	for (int i = 0; i < FAULTS; i++) {
		snprintf(code, sizeof code, "| `%s` |", manifest_fault_rows[i].code);
		ck_assert_msg(strstr(str_c(&doc), code) != NULL, "%s", code);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		J3_J16_what_is_no_vehicle_is_no_vehicle_configuration,
		B1_J2_a_manifest_is_json_and_nothing_else,
		B14_J6_J51_systems_nest_as_deep_as_one_likes,
		J8_J39_rules_are_rows_of_tables_for_each_profile,
		J29_J36_J38_the_config_type_is_one_of_seven_words,
		J12_J40_J41_identifiers_are_uuids,
		J42_how_a_uuid_is_composed_is_left_open,
		J12_one_config_id_is_not_used_twice,
		J43_network_ids_are_ipv4_addresses,
		J50_building_blocks_inherit_network_ids,
		J44_names_and_descriptions_are_texts,
		J17_J45_J46_J47_versions_are_three_whole_numbers,
		J18_J19_J20_compatible_means_same_major_and_no_lower_minor,
		B3_J18_J20_J58_dependencies_are_checked_by_themselves,
		J58_a_dependency_that_nobody_meets_names_who_is_near,
		J22_dependencies_must_be_stated_and_may_be_none,
		J48_J49_paths_are_relative_and_have_their_ending,
		J37_J59_J62_what_has_a_default_may_be_left_out,
		J60_hashes_are_sha256_in_hex,
		J26_every_code_is_described_for_integrators,
	};

	return RUN_TESTS("ocora j", all);
}
