# SPDX-License-Identifier: Apache-2.0
TESTS += tests/spin/run
EXTRA_DIST += tests/spin
if HAVE_CHECK
orch_tests = tests/check_campaign tests/check_change tests/check_door tests/check_fleet tests/check_fleet_report tests/check_owners tests/check_runner tests/check_runner_crash tests/check_runner_rest
check_PROGRAMS += $(orch_tests)
TESTS += $(orch_tests)
ORCH_TEST_LIBS = tests/libteststore.a $(ORCH_LIBS) $(CHECK_LIBS)
tests_check_runner_SOURCES = tests/check_runner.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_runner_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_runner_LDADD = $(ORCH_TEST_LIBS)
tests_check_runner_crash_SOURCES = tests/check_runner_crash.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_runner_crash_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_runner_crash_LDADD = $(ORCH_TEST_LIBS)
tests_check_change_SOURCES = tests/check_change.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_change_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_change_LDADD = $(ORCH_TEST_LIBS)
tests_check_owners_SOURCES = tests/check_owners.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_owners_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_owners_LDADD = $(ORCH_TEST_LIBS)
tests_check_campaign_SOURCES = tests/check_campaign.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_campaign_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_campaign_LDADD = $(ORCH_TEST_LIBS)
tests_check_fleet_SOURCES = tests/check_fleet.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_fleet_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fleet_LDADD = $(ORCH_TEST_LIBS)
tests_check_fleet_report_SOURCES = tests/check_fleet_report.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_fleet_report_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fleet_report_LDADD = $(ORCH_TEST_LIBS)
tests_check_door_SOURCES = tests/check_door.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_door_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_door_LDADD = $(ORCH_TEST_LIBS)
tests_check_runner_rest_SOURCES = tests/check_runner_rest.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_runner_rest_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_runner_rest_LDADD = $(ORCH_TEST_LIBS)
# The clerk.
check_PROGRAMS += tests/check_clerk tests/check_webhook
TESTS += tests/check_clerk tests/check_webhook
tests_check_clerk_SOURCES = tests/check_clerk.c
tests_check_clerk_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_clerk_LDADD = $(ORCH_TEST_LIBS)
tests_check_webhook_SOURCES = tests/check_webhook.c
tests_check_webhook_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_webhook_LDADD = $(ORCH_TEST_LIBS)
# Vehicles.
check_PROGRAMS += tests/check_cm tests/check_cm_crash tests/check_ocora_e tests/check_ocora_e_update
TESTS += tests/check_cm tests/check_cm_crash tests/check_ocora_e tests/check_ocora_e_update
CM_TEST_FILES = tests/cm_kit.c tests/cm_kit.h tests/cm_look.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_cm_SOURCES = tests/check_cm.c $(CM_TEST_FILES)
tests_check_cm_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cm_LDADD = $(ORCH_TEST_LIBS)
tests_check_cm_crash_SOURCES = tests/check_cm_crash.c $(CM_TEST_FILES)
tests_check_cm_crash_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cm_crash_LDADD = $(ORCH_TEST_LIBS)
tests_check_ocora_e_update_SOURCES = tests/check_ocora_e_update.c $(CM_TEST_FILES)
tests_check_ocora_e_update_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_e_update_LDADD = $(ORCH_TEST_LIBS)
tests_check_ocora_e_SOURCES = tests/check_ocora_e.c $(CM_TEST_FILES)
tests_check_ocora_e_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_e_LDADD = $(ORCH_TEST_LIBS)
# Charging stations.
check_PROGRAMS += tests/check_turn tests/check_turn_crash tests/check_wave tests/check_turn_meter
TESTS += tests/check_turn tests/check_turn_crash tests/check_wave tests/check_turn_meter
tests_check_turn_meter_SOURCES = tests/check_turn_meter.c tests/fleet_kit.c tests/fleet_kit.h
tests_check_turn_meter_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_turn_meter_LDADD = $(ORCH_TEST_LIBS)
EXTRA_DIST += tests/kill/kill_meters.py tests/bench/dcc tests/dcc/test_two_nodes.py
TURN_TEST_FILES = tests/station_world.c tests/station_world.h tests/fleet_kit.c tests/fleet_kit.h
tests_check_turn_SOURCES = tests/check_turn.c $(TURN_TEST_FILES)
tests_check_turn_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_turn_LDADD = $(ORCH_TEST_LIBS)
tests_check_wave_SOURCES = tests/check_wave.c $(TURN_TEST_FILES)
tests_check_wave_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_wave_LDADD = $(ORCH_TEST_LIBS)
tests_check_turn_crash_SOURCES = tests/check_turn_crash.c $(TURN_TEST_FILES)
tests_check_turn_crash_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_turn_crash_LDADD = $(ORCH_TEST_LIBS)
# The door of charging stations.
check_PROGRAMS += tests/check_ocpp_train
TESTS += tests/check_ocpp_train
tests_check_ocpp_train_SOURCES = tests/check_ocpp_train.c tests/charger_kit.c tests/charger_kit.h tests/fleet_kit.c tests/fleet_kit.h
tests_check_ocpp_train_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_train_LDADD = $(ORCH_TEST_LIBS)
check_PROGRAMS += tests/check_ocpp_door
TESTS += tests/check_ocpp_door
tests_check_ocpp_door_SOURCES = tests/check_ocpp_door.c tests/charger_kit.c tests/charger_kit.h tests/fleet_kit.c tests/fleet_kit.h
tests_check_ocpp_door_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_door_LDADD = $(ORCH_TEST_LIBS)
check_PROGRAMS += tests/check_ocpp_care
TESTS += tests/check_ocpp_care
tests_check_ocpp_care_SOURCES = tests/check_ocpp_care.c tests/charger_kit.c tests/charger_kit.h tests/fleet_kit.c tests/fleet_kit.h
tests_check_ocpp_care_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_care_LDADD = $(ORCH_TEST_LIBS)
endif
# Users of the DCC, and what it posts.
if HAVE_CHECK
check_PROGRAMS += tests/check_dcc_in
TESTS += tests/check_dcc_in
tests_check_dcc_in_SOURCES = tests/check_dcc_in.c tests/fleet_kit.c tests/fleet_kit.h tests/dcc_devices.c tests/dcc_kit.c tests/dcc_kit.h tests/duis_kit.c tests/duis_kit.h tests/p256_kit.c tests/p256_kit.h
tests_check_dcc_in_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_dcc_in_LDADD = $(ORCH_TEST_LIBS)
check_PROGRAMS += tests/check_dcc_users
TESTS += tests/check_dcc_users
tests_check_dcc_users_SOURCES = tests/check_dcc_users.c tests/p256_kit.c tests/p256_kit.h
tests_check_dcc_users_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_dcc_users_LDADD = $(ORCH_TEST_LIBS)
endif
# The door of meters.
if HAVE_CHECK
check_PROGRAMS += tests/check_dcc_door
TESTS += tests/check_dcc_door
tests_check_dcc_door_SOURCES = tests/check_dcc_door.c tests/fleet_kit.c tests/fleet_kit.h tests/dcc_devices.c tests/dcc_kit.c tests/dcc_kit.h tests/p256_kit.c tests/p256_kit.h
tests_check_dcc_door_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_dcc_door_LDADD = $(ORCH_TEST_LIBS)
check_PROGRAMS += tests/check_dcc_guard
TESTS += tests/check_dcc_guard
tests_check_dcc_guard_SOURCES = tests/check_dcc_guard.c tests/fleet_kit.c tests/fleet_kit.h tests/dcc_devices.c tests/dcc_kit.c tests/dcc_kit.h tests/p256_kit.c tests/p256_kit.h
tests_check_dcc_guard_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_dcc_guard_LDADD = $(ORCH_TEST_LIBS)
endif
