/* SPDX-License-Identifier: Apache-2.0 */
/* The service dies at any point and another one takes over: every vehicle ends where it was to go (T41, E7).
 */
#include "cm_kit.h"

#include "db_fault.h"
#include "store/store_ledger.h"

START_TEST(T41_a_death_of_the_service_after_every_round_ends_in_the_same_configuration)
{
	CM_KIT(c, 2);
	char state[64];
	TWO(c, "01");

	cm_kit_activate(&c, two);
	for (int i = 0; i < 80; i++) {
		cm_kit_turn(&c, 1000);
		kit_crash(&c.k);
	}
	cm_kit_until(&c, "normal-operation", "idle", 30);
	ck_assert_str_eq(cm_kit_state(&c, state), "normal-operation");
	cm_kit_all_run(&c, "2.0.0");
	cm_kit_chain_good(&c);
}
END_TEST

START_TEST(T41_a_fault_at_every_driver_call_leaves_a_vehicle_that_goes_on)
{
	/* The n-th call to the driver fails, the service dies of it, another one goes on. */
	for (int n = 0;; n += _i == STORE_PG ? 499 : 37) {
		CM_KIT(c, 2);
		struct db *db;
		bool hit, died = false;
		struct err e;
		TWO(c, "00");

		cm_kit_activate(&c, two);
		c.bb[0].fail = n % 2;
		db = db_fault_wrap(open_store(c.k.dsn), n);
		runner_free(c.k.runner);
		kit_runner(&c.k, db);
		for (int i = 0; i < 30 && !died; i++) {
			int64_t moves;

			for (int b = 0; b < 2; b++)
				sim_turn(&c, &c.bb[b]);
			c.k.now += 1000;
			died = runner_round(c.k.runner, 0, &moves, &e) != OK;
		}
		hit = db_fault_hit(db);
		ck_assert_int_eq(hit, died); /* no fault is swallowed */
		kit_crash(&c.k);
		cm_kit_until(&c, "normal-operation", "idle", 80);
		cm_kit_all_run(&c, "2.0.0");
		cm_kit_chain_good(&c);
		if (!hit)
			break;
		ck_assert_int_lt(n, 100000);
	}
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		T41_a_death_of_the_service_after_every_round_ends_in_the_same_configuration,
		T41_a_fault_at_every_driver_call_leaves_a_vehicle_that_goes_on,
	};

	return STORES_RUN("cm_crash", all, 60);
}
