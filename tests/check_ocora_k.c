/* SPDX-License-Identifier: Apache-2.0 */
/* What may sit in what: every cell of the table of 6.1.10.2, in both profiles. */
#include "manifest_kit.h"

/* Child in parent as printed, parents in the order Vehicle, System, Building Block, Dependency, Package,
 * Software, Parameter; then as read: w = with a warning. */
static const struct {
	enum config_type child;
	const char *row, *printed, *strict, *compat;
} table[CONFIG_TYPES] = {
	{ CONFIG_VEHICLE, "K1", "-------", "-------", "-------" },
	{ CONFIG_SYSTEM, "K2", "yy-----", "yy-----", "yy-----" },
	{ CONFIG_BUILDING_BLOCK, "K3", "-y-----", "-y-----", "wy-----" }, /* Z2 */
	{ CONFIG_DEPENDENCY, "K4", "--y----", "--y----", "--y----" },
	{ CONFIG_PACKAGE, "K5", "-yy----", "wyy----", "yyy----" }, /* Z1: the text says yes */
	{ CONFIG_SOFTWARE, "K6", "----y--", "----y--", "----y--" },
	{ CONFIG_PARAMETER, "K7", "----y--", "----y--", "----y--" },
};
static const enum column col_of[CONFIG_TYPES] = { COL_VEHICLE, COL_SYSTEM,   COL_BB,       COL_DEPENDENCY,
						  COL_PACKAGE, COL_SOFTWARE, COL_PARAMETER };

/* The list that the child is put into. Packages stands for a Package item (Z5), so Software and Parameter
 * that are to sit directly in a Vehicle, System or Building Block go into its other list. */
static const char *list_for(enum config_type child, enum config_type parent)
{
	switch (child) {
	case CONFIG_VEHICLE:
	case CONFIG_SYSTEM:
		return "Systems";
	case CONFIG_BUILDING_BLOCK:
		return "Building Blocks";
	case CONFIG_DEPENDENCY:
		return "Dependencies";
	case CONFIG_PACKAGE:
		return "Packages";
	case CONFIG_SOFTWARE:
	case CONFIG_PARAMETER:
	case CONFIG_TYPES:
		break;
	}
	return parent == CONFIG_VEHICLE          ? "Systems"
	       : parent == CONFIG_SYSTEM         ? "Building Blocks"
	       : parent == CONFIG_BUILDING_BLOCK ? "Dependencies"
						 : "Packages";
}

static int element_named(const char *name)
{
	for (int i = 0; i < KIT_ELEMENTS; i++)
		if (!strcmp(kit_table[i].name, name))
			return i;
	ck_abort_msg("no element %s", name);
}

/* A document with the child in the parent. The parent keeps what it must have beside: for that the child's
 * list also holds what the parent had in it. Packages within Vehicles and Systems hold Parameter items. */
static struct manifest *cell(enum config_type child, enum config_type parent, enum manifest_profile p,
			     const char **ret_pointer)
{
	const char *list = list_for(child, parent);
	enum column c = col_of[child], in = col_of[parent];
	unsigned bit = 1u << element_named(list), must = kit_must(in);
	struct kit k, item;
	struct manifest *m;
	char at[32];

	kit_start(&k);
	kit_start(&item);
	item.n = 7000;
	str_addf(&item.out, ",\"%s\":[", list);
	if (must & bit && strcmp(list, "Dependencies") != 0) {
		kit_value(&item, element_named(list), in);
		item.out.len--; /* its bracket; the opening one is a second one */
		memmove(strstr(item.out.p, ":[[") + 2, strstr(item.out.p, ":[[") + 3,
			strlen(strstr(item.out.p, ":[[") + 3) + 1);
		item.out.len--;
		str_addc(&item.out, ',');
	}
	if (child == CONFIG_PACKAGE && parent != CONFIG_BUILDING_BLOCK) {
		kit_item(&item, c, kit_must(c) & ~(1u << K_PACKAGES), ",\"Packages\":[");
		item.out.len--;
		kit_item(&item, COL_PARAMETER, kit_must(COL_PARAMETER), NULL);
		str_add(&item.out, "]}");
	} else {
		kit_item(&item, c, kit_must(c), NULL);
	}
	str_addc(&item.out, ']');
	snprintf(at, sizeof at, "/%s", list);
	*ret_pointer = kit_vehicle(&k, in, must & ~bit, str_c(&item.out));
	m = kit_read(&k, p, NULL);
	kit_done(&k);
	kit_done(&item);
	return m;
}

static void row(enum config_type child)
{
	for (int p = 0; p < MANIFEST_PROFILES; p++)
		for (int parent = 0; parent < CONFIG_TYPES; parent++) {
			const char *use = p == MANIFEST_STRICT ? table[child].strict : table[child].compat,
				   *pointer;
			struct manifest *m =
			    cell(child, (enum config_type)parent, (enum manifest_profile)p, &pointer);
			const struct manifest_problem *told = kit_problem(m, "wrong-place", NULL, pointer);

			ck_assert(!kit_problem(m, "not-json", NULL, NULL));
			if (!told)
				told = kit_problem(m, "unused-element", NULL, pointer);
			if (use[parent] == '-')
				ck_assert_msg(manifest_errors(m) > 0 && told && !told->warning && *told->mend,
					      "a %s in a %s, profile %d, was taken:\n%s",
					      config_type_text[child], config_type_text[parent], p,
					      kit_told(m));
			else
				ck_no_errors(m, "a %s in a %s, profile %d", config_type_text[child],
					     config_type_text[parent], p);
			if (use[parent] == 'y')
				ck_assert(!kit_problem(m, "wrong-place", NULL, pointer));
			if (use[parent] == 'w')
				ck_assert_msg(
				    told && told->warning, "a %s in a %s, profile %d: no warning\n%s",
				    config_type_text[child], config_type_text[parent], p, kit_told(m));
			/* the table itself, for whoever draws or greys out */
			ck_assert_int_eq(
			    config_nesting(child, (enum config_type)parent, (enum manifest_profile)p),
			    use[parent] == 'y'   ? NESTING_YES
			    : use[parent] == 'w' ? NESTING_WARN
						 : NESTING_NO);
			ck_assert_str_eq(config_nesting_row(child), table[child].row);
			if (p == MANIFEST_STRICT && use[parent] != table[child].printed[parent])
				ck_assert(child == CONFIG_PACKAGE && parent == CONFIG_VEHICLE);
			manifest_free(m);
		}
}

START_TEST(K1_a_vehicle_sits_in_nothing)
{
	row(CONFIG_VEHICLE);
}
END_TEST
START_TEST(K2_systems_sit_in_vehicles_and_systems)
{
	row(CONFIG_SYSTEM);
}
END_TEST
START_TEST(K3_building_blocks_sit_in_systems)
{
	row(CONFIG_BUILDING_BLOCK);
}
END_TEST
START_TEST(K4_dependencies_sit_in_building_blocks)
{
	row(CONFIG_DEPENDENCY);
}
END_TEST
START_TEST(K5_packages_sit_in_building_blocks_systems_and_vehicles)
{
	row(CONFIG_PACKAGE);
}
END_TEST
START_TEST(K6_software_sits_in_packages)
{
	row(CONFIG_SOFTWARE);
}
END_TEST
START_TEST(K7_parameters_sit_in_packages)
{
	row(CONFIG_PARAMETER);
}
END_TEST

/* The rule that no cell of the table shows: whose Package it is. */
START_TEST(K6_J35_J54_software_is_allowed_below_building_blocks_only)
{
	static const enum column owners[] = { COL_VEHICLE, COL_SYSTEM, COL_SUBSYSTEM, COL_BB };

	for (int p = 0; p < MANIFEST_PROFILES; p++)
		for (size_t i = 0; i < 4; i++)
			for (int kind = 0; kind < 2; kind++)
				for (int wrapped = 0; wrapped < 2; wrapped++) {
					enum column c = kind ? COL_PARAMETER : COL_SOFTWARE;
					bool good = kind || owners[i] == COL_BB;
					struct kit k, item;
					struct manifest *m;
					const struct manifest_problem *told;

					kit_start(&k);
					kit_start(&item);
					item.n = 7000;
					str_add(&item.out, ",\"Packages\":[");
					if (wrapped) {
						kit_item(&item, COL_PACKAGE,
							 kit_must(COL_PACKAGE) & ~(1u << K_PACKAGES),
							 ",\"Packages\":[");
						item.out.len--;
					}
					kit_item(&item, c, kit_must(c), NULL);
					str_add(&item.out, wrapped ? "]}]" : "]");
					kit_vehicle(&k, owners[i], kit_must(owners[i]) & ~(1u << K_PACKAGES),
						    str_c(&item.out));
					m = kit_read(&k, (enum manifest_profile)p, NULL);
					told = kit_problem(m, "wrong-place", "J35", NULL);
					if (good)
						ck_no_errors(m, "kind %d in column %d", kind, (int)owners[i]);
					else
						ck_assert_msg(told && !told->warning,
							      "software in column %d:\n%s", (int)owners[i],
							      kit_told(m));
					manifest_free(m);
					kit_done(&k);
					kit_done(&item);
				}
}
END_TEST

int main(void)
{
	const TTest *all[] = { K1_a_vehicle_sits_in_nothing,
			       K2_systems_sit_in_vehicles_and_systems,
			       K3_building_blocks_sit_in_systems,
			       K4_dependencies_sit_in_building_blocks,
			       K5_packages_sit_in_building_blocks_systems_and_vehicles,
			       K6_software_sits_in_packages,
			       K7_parameters_sit_in_packages,
			       K6_J35_J54_software_is_allowed_below_building_blocks_only };

	return RUN_TESTS("ocora k", all);
}
