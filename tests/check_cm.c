/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles in the service: what is stored, said, shown and told, with Building Blocks that poll the door. */
#include "cm_kit.h"

START_TEST(a_vehicle_in_auto_mode_goes_to_its_new_configuration_by_itself)
{
	CM_KIT(c, 2);
	int64_t one = cm_kit_vc(&c, CM_TYPE, "1.0.0 1.0.0", "01"),
		two = cm_kit_vc(&c, CM_TYPE, "2.0.0 2.0.0", "01");
	char want[65];

	cm_kit_settle(&c, one);
	cm_kit_activate(&c, two);
	cm_kit_until(&c, "update-completed", NULL, 60);
	cm_kit_until(&c, "normal-operation", "idle", 60);
	for (int i = 0; i < 2; i++) {
		cm_kit_hash(i, "2.0.0", want);
		ck_assert_str_eq(c.bb[i].runs, want);
		ck_assert_int_eq(c.bb[i].state, BBUM_NORMAL);
		ck_assert_int_eq(c.bb[i].packages, 1);
	}
	ck_assert_int_gt(c.bb[1].turned_away, 0); /* its wave is the second */
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		a_vehicle_in_auto_mode_goes_to_its_new_configuration_by_itself,
	};

	return STORES_RUN("cm", all, 60);
}
