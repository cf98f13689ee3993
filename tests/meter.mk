# SPDX-License-Identifier: Apache-2.0
# Meters behind the DCC.
EXTRA_DIST += tests/api/test_meters.py
if HAVE_CHECK
meter_tests = tests/check_meter tests/check_meter_rows
check_PROGRAMS += $(meter_tests)
TESTS += $(meter_tests)
tests_check_meter_SOURCES = tests/check_meter.c tests/fleet_kit.c tests/fleet_kit.h tests/meter_kit.h
tests_check_meter_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_meter_LDADD = $(ORCH_TEST_LIBS)
tests_check_meter_rows_SOURCES = tests/check_meter_rows.c tests/fleet_kit.c tests/fleet_kit.h tests/meter_kit.h
tests_check_meter_rows_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_meter_rows_LDADD = $(ORCH_TEST_LIBS)
endif
