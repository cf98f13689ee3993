# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/path_driver
tests_path_driver_SOURCES = tests/path_driver.c
tests_path_driver_LDADD = $(MODEL_LIBS)

if HAVE_CHECK
check_PROGRAMS += tests/check_states
TESTS += tests/check_states
tests_check_states_SOURCES = tests/check_states.c
tests_check_states_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_states_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
endif
EXTRA_DIST += doc/states.dot
