# SPDX-License-Identifier: Apache-2.0
# Edits by people.
if HAVE_CHECK
EDIT_TESTS = tests/check_proposal tests/check_edits
check_PROGRAMS += $(EDIT_TESTS)
TESTS += $(EDIT_TESTS)
TEST_EDIT_LIBS = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
tests_check_proposal_SOURCES = tests/check_proposal.c tests/edit_kit.h tests/import_kit.h
tests_check_proposal_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_proposal_LDADD = $(TEST_EDIT_LIBS)
tests_check_edits_SOURCES = tests/check_edits.c tests/edit_kit.h tests/import_kit.h
tests_check_edits_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_edits_LDADD = $(TEST_EDIT_LIBS)
endif
EXTRA_DIST += tests/api/test_proposals.py tests/api/test_edit_limits.py
if HAVE_CHECK
check_PROGRAMS += tests/check_rule
TESTS += tests/check_rule
tests_check_rule_SOURCES = tests/check_rule.c tests/graphs.h
tests_check_rule_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_rule_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
endif
check_PROGRAMS += tests/fuzz/fuzz_rule
TESTS += tests/fuzz/fuzz_rule
tests_fuzz_fuzz_rule_SOURCES = tests/fuzz/fuzz_rule.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_rule_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_rule_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/corpus/rule
