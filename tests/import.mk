# SPDX-License-Identifier: Apache-2.0
# Feeds: the rules of the CPL, the readers, imports and exports.
if HAVE_CHECK
check_PROGRAMS += tests/check_cpl
TESTS += tests/check_cpl
tests_check_cpl_SOURCES = tests/check_cpl.c
tests_check_cpl_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cpl_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
endif
check_PROGRAMS += tests/import_run
tests_import_run_SOURCES = tests/import_run.c
tests_import_run_LDADD = $(IMPORT_LIBS) $(CORE_LIBS)
