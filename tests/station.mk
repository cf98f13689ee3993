# SPDX-License-Identifier: Apache-2.0
# Charging stations.
EXTRA_DIST += doc/stations.md tests/api/test_stations.py
if HAVE_CHECK
station_tests = tests/check_station tests/check_station_parts
check_PROGRAMS += $(station_tests)
TESTS += $(station_tests)
tests_check_station_SOURCES = tests/check_station.c tests/fleet_kit.c tests/fleet_kit.h tests/station_kit.h
tests_check_station_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_station_LDADD = $(ORCH_TEST_LIBS)
tests_check_station_parts_SOURCES = tests/check_station_parts.c tests/fleet_kit.c tests/fleet_kit.h tests/station_kit.h
tests_check_station_parts_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_station_parts_LDADD = $(ORCH_TEST_LIBS)
endif
check_PROGRAMS += tests/fuzz/fuzz_chain
TESTS += tests/fuzz/fuzz_chain
tests_fuzz_fuzz_chain_SOURCES = tests/fuzz/fuzz_chain.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_chain_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_chain_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/corpus/chain
