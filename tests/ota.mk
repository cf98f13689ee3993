# SPDX-License-Identifier: Apache-2.0
# Images of meters in the store, over REST and the command line.
EXTRA_DIST += tests/api/test_ota.py tests/api/ota_kit.py
if HAVE_CHECK
check_PROGRAMS += tests/check_ota_store
TESTS += tests/check_ota_store
tests_check_ota_store_SOURCES = tests/check_ota_store.c tests/fleet_kit.c tests/fleet_kit.h tests/ota_kit.h tests/p256_kit.c tests/p256_kit.h
tests_check_ota_store_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ota_store_LDADD = $(ORCH_TEST_LIBS)
endif
