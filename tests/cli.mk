# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += doc/cm.md tests/ocora/test_f.py tests/ocora/test_h.py tests/ocora/test_shell.py tests/ocora/test_shell_ssh.py
if HAVE_CHECK
cli_tests = tests/check_cli tests/check_cli_cm tests/check_cli_show tests/check_cli_client
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)
tests_check_cli_SOURCES = tests/check_cli.c
tests_check_cli_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_LDADD = src/cli/libcli.a $(IMPORT_LIBS) $(CORE_LIBS) $(CURL_LIBS) $(EDIT_LIBS) $(CHECK_LIBS)
tests_check_cli_cm_SOURCES = tests/check_cli_cm.c
tests_check_cli_cm_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_cm_LDADD = src/cli/libcli.a $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_cli_show_SOURCES = tests/check_cli_show.c
tests_check_cli_show_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_show_LDADD = src/cli/libcli.a $(BASE_LIBS) $(CHECK_LIBS)
tests_check_cli_client_SOURCES = tests/check_cli_client.c
tests_check_cli_client_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_client_LDADD = src/cli/libcli.a $(BASE_LIBS) $(CURL_LIBS) $(CHECK_LIBS)
endif

# Bulk questions, which the command line and the REST interface share.
EXTRA_DIST += tests/corpus/bulk
check_PROGRAMS += tests/fuzz/fuzz_bulk
TESTS += tests/fuzz/fuzz_bulk
tests_fuzz_fuzz_bulk_SOURCES = tests/fuzz/fuzz_bulk.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_bulk_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_bulk_LDADD = $(CORE_LIBS)
if HAVE_CHECK
check_PROGRAMS += tests/check_bulk
TESTS += tests/check_bulk
tests_check_bulk_SOURCES = tests/check_bulk.c tests/graphs.h tests/snapshots.h
tests_check_bulk_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bulk_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
endif
