# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
check_PROGRAMS += tests/check_fetch
TESTS += tests/check_fetch
tests_check_fetch_SOURCES = tests/check_fetch.c
tests_check_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fetch_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
endif
