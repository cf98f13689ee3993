# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += tests/fuzz/README tests/testing.h doc/events.md \
	build-aux/check-house build-aux/house-banned.awk build-aux/house-errs.awk build-aux/house-events.awk \
	build-aux/house-floors.awk build-aux/house-spdx.awk build-aux/house-sizes.awk build-aux/house-sql.awk

# Every fuzz target is linked with this driver and runs its corpus in `make check`; tests/fuzz/README says how to add one.
FUZZ_DRIVER = tests/fuzz/run_corpus.c
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'

check_PROGRAMS += tests/fuzz/fuzz_json
TESTS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_json_LDADD = $(BASE_LIBS)
EXTRA_DIST += tests/corpus/json

# The C tests of this room; jansson is the second reader that the JSON reader is compared with.
if HAVE_CHECK
base_tests = tests/check_sign tests/check_p256 tests/check_base_text tests/check_base_parse tests/check_base_files tests/check_base_run tests/check_base_json
check_PROGRAMS += $(base_tests) tests/json_oracle
TESTS += $(base_tests)
tests_check_sign_SOURCES = tests/check_sign.c
tests_check_sign_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_sign_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_p256_SOURCES = tests/check_p256.c tests/p256_kit.c tests/p256_kit.h
tests_check_p256_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_p256_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_base_text_SOURCES = tests/check_base_text.c
tests_check_base_text_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_base_text_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_base_parse_SOURCES = tests/check_base_parse.c
tests_check_base_parse_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_base_parse_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_base_files_SOURCES = tests/check_base_files.c
tests_check_base_files_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_base_files_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_base_run_SOURCES = tests/check_base_run.c
tests_check_base_run_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_base_run_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_check_base_json_SOURCES = tests/check_base_json.c
tests_check_base_json_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_base_json_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
tests_json_oracle_SOURCES = tests/json_oracle.c
tests_json_oracle_LDADD = -ljansson
endif
