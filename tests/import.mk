# SPDX-License-Identifier: Apache-2.0
# Feeds: the rules of the CPL, the readers, imports and exports.
if HAVE_CHECK
check_PROGRAMS += tests/check_cpl
TESTS += tests/check_cpl
tests_check_cpl_SOURCES = tests/check_cpl.c
tests_check_cpl_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cpl_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/check_cpl_rules
TESTS += tests/check_cpl_rules
tests_check_cpl_rules_SOURCES = tests/check_cpl_rules.c
tests_check_cpl_rules_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cpl_rules_LDADD = $(MODEL_LIBS) $(CHECK_LIBS)

IMPORT_TESTS = tests/check_csv tests/check_xlsx tests/check_import tests/check_import_gates tests/check_export tests/check_statements \
	tests/check_review tests/check_restricted tests/check_exports
check_PROGRAMS += $(IMPORT_TESTS)
TESTS += $(IMPORT_TESTS)
TEST_IMPORT_LIBS = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
tests_check_csv_SOURCES = tests/check_csv.c
tests_check_csv_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_csv_LDADD = $(TEST_IMPORT_LIBS)
tests_check_xlsx_SOURCES = tests/check_xlsx.c
tests_check_xlsx_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_xlsx_LDADD = $(TEST_IMPORT_LIBS)
tests_check_import_SOURCES = tests/check_import.c tests/import_kit.h tests/import_list.h
tests_check_import_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_import_LDADD = $(TEST_IMPORT_LIBS)
tests_check_import_gates_SOURCES = tests/check_import_gates.c tests/import_kit.h tests/import_list.h
tests_check_import_gates_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_import_gates_LDADD = $(TEST_IMPORT_LIBS)
tests_check_review_SOURCES = tests/check_review.c tests/import_kit.h tests/import_list.h
tests_check_review_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_review_LDADD = $(TEST_IMPORT_LIBS)
tests_check_restricted_SOURCES = tests/check_restricted.c
tests_check_restricted_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_restricted_LDADD = $(TEST_IMPORT_LIBS)
tests_check_exports_SOURCES = tests/check_exports.c tests/import_kit.h
tests_check_exports_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_exports_LDADD = $(TEST_IMPORT_LIBS)
tests_check_export_SOURCES = tests/check_export.c tests/import_kit.h
tests_check_export_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_export_LDADD = $(TEST_IMPORT_LIBS)
tests_check_statements_SOURCES = tests/check_statements.c tests/import_kit.h
tests_check_statements_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_statements_LDADD = $(TEST_IMPORT_LIBS)
endif
if HAVE_CHECK
check_PROGRAMS += tests/check_validate
TESTS += tests/check_validate
tests_check_validate_SOURCES = tests/check_validate.c
tests_check_validate_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_validate_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
endif
check_PROGRAMS += tests/import_run
tests_import_run_SOURCES = tests/import_run.c
tests_import_run_LDADD = $(IMPORT_LIBS) $(CORE_LIBS)

# Broken files, made by tests/badcpl/make.py; each in a process of its own.
TESTS += tests/badcpl/run tests/badcpl/kill tests/badcpl/sample
EXTRA_DIST += tests/badcpl/run tests/badcpl/kill tests/badcpl/sample tests/badcpl/make.py

# Parsers of foreign bytes.
import_fuzz = tests/fuzz/fuzz_csv tests/fuzz/fuzz_xlsx tests/fuzz/fuzz_statements
check_PROGRAMS += $(import_fuzz)
TESTS += $(import_fuzz)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_csv_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_csv_LDADD = $(IMPORT_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_xlsx_SOURCES = tests/fuzz/fuzz_xlsx.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_xlsx_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_xlsx_LDADD = $(IMPORT_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_statements_SOURCES = tests/fuzz/fuzz_statements.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_statements_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_statements_LDADD = $(IMPORT_LIBS) $(CORE_LIBS)
EXTRA_DIST += tests/corpus/csv tests/corpus/xlsx tests/corpus/statements tests/bench/run-import
