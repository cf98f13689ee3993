# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
TESTS += tests/check_trust tests/check_callout
check_PROGRAMS += tests/check_trust tests/check_callout
tests_check_callout_SOURCES = tests/check_callout.c tests/import_kit.h
tests_check_callout_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_callout_LDADD = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
tests_check_trust_SOURCES = tests/check_trust.c tests/import_kit.h
tests_check_trust_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_trust_LDADD = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
endif
EXTRA_DIST += doc/freshness.md tests/api/test_trust.py
