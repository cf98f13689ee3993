/* SPDX-License-Identifier: Apache-2.0 */
/* Which element each Config Type must have, may have and must not have: every cell of the table of 6.1.11. */
#include "manifest_kit.h"

/* Where a reading departs from the printed letter. */
static const struct {
	int element;
	enum column col;
	char strict, compat; /* M O -, or w: may be there with a warning; m: may be missing with a warning */
} reading[] = {
	{ K_PACKAGES, COL_VEHICLE, 'w', 'O' }, /* Z1 */
	{ K_PACKAGES, COL_PACKAGE, 'M', 'M' }, /* Z5 */
	{ K_BBS, COL_VEHICLE, '-', 'w' },      /* Z2 */
	{ K_CONFIG_ID, COL_SYSTEM, 'M', 'm' }, /* Z16 */
	{ K_CONFIG_ID, COL_SUBSYSTEM, 'M', 'm' },
	{ K_CONFIG_ID, COL_BB, 'M', 'm' },
	{ K_NETWORK, COL_VEHICLE, 'w', 'O' },  /* Z37 */
	{ K_SIGNATURE, COL_SYSTEM, 'M', 'm' }, /* Z40 */
	{ K_SIGNATURE, COL_SUBSYSTEM, 'M', 'm' },
	{ K_SIGNATURE, COL_SOFTWARE, '-', 'w' }, /* Z6 */
	{ K_SIGNATURE, COL_PARAMETER, '-', 'w' },
	{ K_SIGNATURE_TYPE, COL_SOFTWARE, '-', 'w' },
	{ K_SIGNATURE_TYPE, COL_PARAMETER, '-', 'w' },
};

static char letter(int element, enum column c, enum manifest_profile p)
{
	for (size_t i = 0; i < sizeof reading / sizeof *reading; i++)
		if (reading[i].element == element && reading[i].col == c)
			return p == MANIFEST_STRICT ? reading[i].strict : reading[i].compat;
	return kit_table[element].use[c];
}

/* One document; errors beyond those that `expected` names fail the test. */
static struct manifest *with(enum column c, unsigned mask, enum manifest_profile p, const struct trust *t,
			     const char **ret_pointer)
{
	struct manifest *m;
	struct kit k;

	kit_start(&k);
	*ret_pointer = kit_vehicle(&k, c, mask, NULL);
	m = kit_read(&k, p, t);
	kit_done(&k);
	return m;
}

/* The row that a problem must name: "L9", or the reading that the cell rests on. */
static void expect(const struct manifest *m, int element, enum column c, const char *pointer, bool warning,
		   const char *what)
{
	char row[16];
	const struct manifest_problem *p;
	bool found = false;

	snprintf(row, sizeof row, "L%d", element + 1);
	for (int i = 0; (p = manifest_problem_at(m, i)) != NULL; i++)
		if ((!strcmp(p->row, row) || *p->row == 'Z' || *p->row == 'J') && p->warning == warning &&
		    !strncmp(p->pointer, pointer, strlen(pointer)) && strlen(p->mend) > 5) {
			found = true;
			break;
		}
	ck_assert_msg(found, "%s in a %s (column %d), %s: nothing was told at %s:\n%s",
		      kit_table[element].name, col_type[c], (int)c, what, pointer, kit_told(m));
}

static void cell(int element, enum column c, enum manifest_profile p)
{
	unsigned must = kit_must(c), bit = 1u << element;
	const char *pointer;
	char use = letter(element, c, p);
	struct manifest *m = with(c, must | bit, p, NULL, &pointer);

	if (use == '-')
		expect(m, element, c, pointer, false, "present though unused");
	else if (use == 'w')
		expect(m, element, c, pointer, true, "present though unusual");
	if (use != '-')
		ck_no_errors(m, "%s in a %s, profile %d", kit_table[element].name, col_type[c], (int)p);
	manifest_free(m);

	m = with(c, must & ~bit, p, NULL, &pointer);
	if (use == 'M')
		expect(m, element, c, element == K_TYPE ? "" : pointer, false, "missing though mandatory");
	else if (use == 'm')
		expect(m, element, c, pointer, true, "missing");
	if (use == 'M')
		ck_assert_int_gt(manifest_errors(m), 0);
	else
		ck_no_errors(m, "a %s without %s, profile %d", col_type[c], kit_table[element].name, (int)p);
	manifest_free(m);
}

static void row(int element)
{
	for (int p = 0; p < MANIFEST_PROFILES; p++)
		for (int c = 0; c < COLS; c++)
			cell(element, (enum column)c, (enum manifest_profile)p);
}

START_TEST(L1_every_item_has_a_config_type)
{
	row(K_TYPE);
}
END_TEST
START_TEST(L2_every_item_has_a_type_id)
{
	row(K_TYPE_ID);
}
END_TEST
START_TEST(L3_vehicles_systems_and_building_blocks_have_a_config_id)
{
	row(K_CONFIG_ID);
}
END_TEST
START_TEST(L4_L5_L6_L7_any_item_may_be_described)
{
	for (int i = K_NAME; i <= K_METADATA; i++)
		row(i);
}
END_TEST
START_TEST(L8_building_blocks_and_dependencies_have_a_functional_version)
{
	row(K_FUNCTIONAL);
}
END_TEST
START_TEST(L9_all_but_dependencies_have_a_release_version)
{
	row(K_RELEASE);
}
END_TEST
START_TEST(L10_manifest_is_an_element_of_references_only)
{
	row(K_MANIFEST);
}
END_TEST
START_TEST(L11_software_and_parameters_have_an_archive)
{
	row(K_ARCHIVE);
}
END_TEST
START_TEST(L12_building_blocks_have_network_ids)
{
	row(K_NETWORK);
}
END_TEST
START_TEST(L13_a_vehicle_has_systems)
{
	row(K_SYSTEMS);
}
END_TEST
START_TEST(L14_a_system_has_building_blocks)
{
	row(K_BBS);
}
END_TEST
START_TEST(L15_a_building_block_has_packages)
{
	row(K_PACKAGES);
}
END_TEST
START_TEST(L17_a_building_block_has_dependencies_perhaps_none)
{
	row(K_DEPENDENCIES);
}
END_TEST
START_TEST(L18_the_hash_type_may_be_named)
{
	row(K_HASH_TYPE);
}
END_TEST
START_TEST(L19_software_and_parameters_have_a_hash)
{
	row(K_HASH);
}
END_TEST
START_TEST(L20_the_signature_type_may_be_named)
{
	row(K_SIGNATURE_TYPE);
}
END_TEST

/* What is signed at all is told only when somebody is trusted. */
START_TEST(L21_vehicles_systems_and_building_blocks_are_signed)
{
	OWN(trust_free) struct trust *nobody = NULL;
	struct err e;

	ck_ok(trust_load("", &nobody, &e));
	for (int p = 0; p < MANIFEST_PROFILES; p++)
		for (int c = 0; c < COLS; c++) {
			char use = letter(K_SIGNATURE, (enum column)c, (enum manifest_profile)p);
			const struct manifest_problem *told = NULL, *q;
			const char *pointer;
			struct manifest *m;

			if (use == '-' || use == 'w') {
				m = with((enum column)c, kit_must((enum column)c) | 1u << K_SIGNATURE,
					 (enum manifest_profile)p, NULL, &pointer);
				expect(m, K_SIGNATURE, (enum column)c, pointer, use == 'w', "present");
				manifest_free(m);
				continue;
			}
			m = with((enum column)c, kit_must((enum column)c), (enum manifest_profile)p, nobody,
				 &pointer);
			for (int i = 0; (q = manifest_problem_at(m, i)) != NULL; i++)
				if (!strcmp(q->code, "not-signed") && !strcmp(q->pointer, pointer))
					told = q;
			ck_assert_msg(told && told->warning == (use == 'm'), "column %d, profile %d:\n%s", c,
				      p, kit_told(m));
			ck_assert(!manifest_good(m));
			manifest_free(m);
		}
}
END_TEST

static void put(const char *dir, const char *name, const struct kit *k)
{
	char path[400];
	struct err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_ok(file_replace(path, str_c(&k->out), k->out.len, &e));
}

#define KIT_SIGNED                                                                                           \
	",\"Signature\":\"0000000000000000000000000000000000000000000000000000000000000000"                  \
	"0000000000000000000000000000000000000000000000000000000000000000\""

/* O in the table: the item may be given as a Reference (Z11). Read from files. */
START_TEST(L16_systems_and_building_blocks_may_be_references_others_not)
{
	static const char ref[] =
	    ",\"Reference\":{\"Description\":\"other\",\"Manifest\":\"./other.json\",\"Signature\":"
	    "\"0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000\"}";
	struct manifest_ask ask = { .profile = MANIFEST_STRICT, .now = KIT_NOW };
	char dir[200];
	struct err e;

	test_dir_new(dir, sizeof dir);
	for (int p = 0; p < MANIFEST_PROFILES; p++)
		for (int c = 0; c < COLS; c++) {
			struct manifest *m = NULL;
			struct kit k, other;

			kit_start(&k);
			kit_start(&other);
			other.n = 5000;
			kit_item(&other, (enum column)c, kit_must((enum column)c), KIT_SIGNED);
			put(dir, "other.json", &other);
			kit_vehicle(&k, (enum column)c, 0, ref);
			put(dir, "vehicle.json", &k);
			ask.profile = (enum manifest_profile)p;
			ck_ok(manifest_read(dir, "vehicle.json", &ask, &m, &e));
			if (c == COL_SYSTEM || c == COL_SUBSYSTEM || c == COL_BB) {
				ck_no_errors(m, "column %d as a Reference", c);
				ck_assert(kit_has_file(m, "other.json"));
			} else {
				ck_assert_int_gt(manifest_errors(m), 0);
			}
			manifest_free(m);
			kit_done(&k);
			kit_done(&other);
		}
	test_dir_free(dir);
}
END_TEST

START_TEST(L16_a_reference_beside_other_elements_is_told_and_taken_by_compat)
{
	static const char ref[] =
	    ",\"Reference\":{\"Description\":\"other\",\"Manifest\":\"./other.json\",\"Signature\":"
	    "\"0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000\"}";
	struct manifest_ask ask = { .profile = MANIFEST_STRICT, .now = KIT_NOW };
	const struct config_item *bb[8];
	struct manifest *m = NULL;
	struct kit k, other;
	char dir[200];
	struct err e;

	test_dir_new(dir, sizeof dir);
	kit_start(&k);
	kit_start(&other);
	other.n = 5000;
	kit_item(&other, COL_BB, kit_must(COL_BB), KIT_SIGNED);
	put(dir, "other.json", &other);
	kit_vehicle(&k, COL_SYSTEM, kit_must(COL_SYSTEM), ref);
	put(dir, "vehicle.json", &k);
	ck_ok(manifest_read(dir, "vehicle.json", &ask, &m, &e));
	ck_assert(kit_problem(m, "wrong-reference", "Z11", "/Systems/1/Reference") != NULL);
	ck_assert_int_eq(manifest_errors(m), 1);
	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 8), 2);
	manifest_free(m);
	ask.profile = MANIFEST_COMPAT;
	ck_ok(manifest_read(dir, "vehicle.json", &ask, &m, &e));
	ck_assert(kit_warned(m, "wrong-reference", "Z11", "/Systems/1/Reference"));
	ck_no_errors(m, "%s", "compat");
	ck_assert_int_eq(config_bbs(manifest_root(m), bb, 8), 3);
	manifest_free(m);
	kit_done(&k);
	kit_done(&other);
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { L1_every_item_has_a_config_type,
			       L2_every_item_has_a_type_id,
			       L3_vehicles_systems_and_building_blocks_have_a_config_id,
			       L4_L5_L6_L7_any_item_may_be_described,
			       L8_building_blocks_and_dependencies_have_a_functional_version,
			       L9_all_but_dependencies_have_a_release_version,
			       L10_manifest_is_an_element_of_references_only,
			       L11_software_and_parameters_have_an_archive,
			       L12_building_blocks_have_network_ids,
			       L13_a_vehicle_has_systems,
			       L14_a_system_has_building_blocks,
			       L15_a_building_block_has_packages,
			       L16_systems_and_building_blocks_may_be_references_others_not,
			       L16_a_reference_beside_other_elements_is_told_and_taken_by_compat,
			       L17_a_building_block_has_dependencies_perhaps_none,
			       L18_the_hash_type_may_be_named,
			       L19_software_and_parameters_have_a_hash,
			       L20_the_signature_type_may_be_named,
			       L21_vehicles_systems_and_building_blocks_are_signed };

	return RUN_TESTS("ocora l", all);
}
