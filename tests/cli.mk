# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
cli_tests = tests/check_cli tests/check_cli_show tests/check_cli_client
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)
tests_check_cli_SOURCES = tests/check_cli.c
tests_check_cli_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_LDADD = src/cli/libcli.a $(IMPORT_LIBS) $(CORE_LIBS) $(CURL_LIBS) $(CHECK_LIBS)
tests_check_cli_show_SOURCES = tests/check_cli_show.c
tests_check_cli_show_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_show_LDADD = src/cli/libcli.a $(BASE_LIBS) $(CHECK_LIBS)
tests_check_cli_client_SOURCES = tests/check_cli_client.c
tests_check_cli_client_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_cli_client_LDADD = src/cli/libcli.a $(BASE_LIBS) $(CURL_LIBS) $(CHECK_LIBS)
endif
