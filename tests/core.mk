# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/fuzz/fuzz_checklist
TESTS += tests/fuzz/fuzz_checklist
tests_fuzz_fuzz_checklist_SOURCES = tests/fuzz/fuzz_checklist.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_checklist_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_checklist_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/corpus/checklist

if HAVE_CHECK
core_tests = tests/check_lookup tests/check_describe tests/check_checklist
check_PROGRAMS += $(core_tests)
TESTS += $(core_tests) tests/check_catalog
check_PROGRAMS += tests/check_catalog
TESTS += tests/check_proof
check_PROGRAMS += tests/check_proof
tests_check_proof_SOURCES = tests/check_proof.c tests/import_kit.h
tests_check_proof_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_proof_LDADD = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
TESTS += tests/check_people
check_PROGRAMS += tests/check_people
tests_check_people_SOURCES = tests/check_people.c
tests_check_people_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_people_LDADD = tests/libteststore.a $(CORE_LIBS) $(CHECK_LIBS)
TESTS += tests/check_cpl_lookup
check_PROGRAMS += tests/check_cpl_lookup
tests_check_cpl_lookup_SOURCES = tests/check_cpl_lookup.c tests/import_kit.h
tests_check_cpl_lookup_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cpl_lookup_LDADD = tests/libteststore.a $(IMPORT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
tests_check_catalog_SOURCES = tests/check_catalog.c
tests_check_catalog_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_catalog_LDADD = tests/libteststore.a $(CORE_LIBS) $(CHECK_LIBS)
tests_check_describe_SOURCES = tests/check_describe.c tests/graphs.h tests/snapshots.h
tests_check_describe_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_describe_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
tests_check_lookup_SOURCES = tests/check_lookup.c tests/graphs.h tests/snapshots.h
tests_check_lookup_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_lookup_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
tests_check_checklist_SOURCES = tests/check_checklist.c tests/graphs.h tests/snapshots.h
tests_check_checklist_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_checklist_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
endif

# Benches are built when they are run: tests/bench/run-path.
EXTRA_PROGRAMS += tests/bench/bench_path
tests_bench_bench_path_SOURCES = tests/bench/bench_path.c
tests_bench_bench_path_LDADD = $(CORE_LIBS)
