# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/path_driver
tests_path_driver_SOURCES = tests/path_driver.c
tests_path_driver_LDADD = $(MODEL_LIBS)
TESTS += tests/check_oracle
dist_noinst_SCRIPTS += tests/check_oracle
EXTRA_DIST += tests/oracle doc/path-rules.md

if HAVE_CHECK
model_tests = tests/check_ident tests/check_graph tests/check_path tests/check_lint tests/check_needed
check_PROGRAMS += $(model_tests) tests/check_states tests/check_cm_words
TESTS += $(model_tests) tests/check_states tests/check_cm_words
tests_check_cm_words_SOURCES = tests/check_cm_words.c
tests_check_cm_words_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cm_words_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ident_SOURCES = tests/check_ident.c
tests_check_ident_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ident_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_graph_SOURCES = tests/check_graph.c tests/graphs.h
tests_check_graph_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_graph_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_path_SOURCES = tests/check_path.c tests/graphs.h
tests_check_path_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_path_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_needed_SOURCES = tests/check_needed.c tests/graphs.h
tests_check_needed_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_needed_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_lint_SOURCES = tests/check_lint.c tests/graphs.h
tests_check_lint_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_lint_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
# A site of several devices.
site_tests = tests/check_site tests/check_site_faults tests/check_site_exhaustive tests/check_ocora_g tests/check_ocora_i
check_PROGRAMS += $(site_tests)
TESTS += $(site_tests)
tests_check_site_SOURCES = tests/check_site.c tests/site_kit.h
tests_check_site_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_site_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_g_SOURCES = tests/check_ocora_g.c tests/site_kit.h
tests_check_ocora_g_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_g_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_i_SOURCES = tests/check_ocora_i.c tests/site_kit.h tests/site_ways.h
tests_check_ocora_i_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_i_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_site_faults_SOURCES = tests/check_site_faults.c tests/site_kit.h
tests_check_site_faults_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_site_faults_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_site_exhaustive_SOURCES = tests/check_site_exhaustive.c tests/site_kit.h tests/site_world.h
tests_check_site_exhaustive_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_site_exhaustive_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_states_SOURCES = tests/check_states.c tests/job_chart.h tests/site_chart.h tests/site_ways.h tests/site_kit.h
tests_check_states_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_states_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
# Charging stations.
station_model_tests = tests/check_ocpp_job tests/check_parts tests/check_window
check_PROGRAMS += $(station_model_tests)
TESTS += $(station_model_tests)
tests_check_ocpp_job_SOURCES = tests/check_ocpp_job.c tests/ocpp_job_cells.h
tests_check_ocpp_job_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_job_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_parts_SOURCES = tests/check_parts.c tests/parts_brute.h
tests_check_parts_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_parts_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_window_SOURCES = tests/check_window.c
tests_check_window_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_window_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
# Smart meters.
meter_model_tests = tests/check_han tests/check_meter_job tests/check_meter_world
check_PROGRAMS += $(meter_model_tests)
TESTS += $(meter_model_tests)
tests_check_han_SOURCES = tests/check_han.c
tests_check_han_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_han_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_meter_job_SOURCES = tests/check_meter_job.c tests/meter_job_cells.h tests/meter_job_table.h
tests_check_meter_job_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_meter_job_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_meter_world_SOURCES = tests/check_meter_world.c
tests_check_meter_world_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_meter_world_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
endif
EXTRA_DIST += doc/states.dot doc/states.md doc/vehicles.md doc/meters.md

check_PROGRAMS += tests/fuzz/fuzz_ident
TESTS += tests/fuzz/fuzz_ident
tests_fuzz_fuzz_ident_SOURCES = tests/fuzz/fuzz_ident.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ident_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ident_LDADD = $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/ident

check_PROGRAMS += tests/fuzz/fuzz_cm_words
TESTS += tests/fuzz/fuzz_cm_words
tests_fuzz_fuzz_cm_words_SOURCES = tests/fuzz/fuzz_cm_words.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_cm_words_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_cm_words_LDADD = $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/cm_words
# Firmware of meters: OTA files and GBCS messages.
if HAVE_CHECK
image_tests = tests/check_ota tests/check_gbcs
check_PROGRAMS += $(image_tests)
TESTS += $(image_tests)
tests_check_ota_SOURCES = tests/check_ota.c tests/ota_kit.h
tests_check_ota_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ota_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_gbcs_SOURCES = tests/check_gbcs.c tests/p256_kit.c tests/p256_kit.h
tests_check_gbcs_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_gbcs_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
endif
check_PROGRAMS += tests/fuzz/fuzz_ota tests/fuzz/fuzz_gbcs
TESTS += tests/fuzz/fuzz_ota tests/fuzz/fuzz_gbcs
tests_fuzz_fuzz_ota_SOURCES = tests/fuzz/fuzz_ota.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ota_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ota_LDADD = $(MODEL_LIBS)
tests_fuzz_fuzz_gbcs_SOURCES = tests/fuzz/fuzz_gbcs.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_gbcs_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_gbcs_LDADD = $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/ota tests/corpus/gbcs
