# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
check_PROGRAMS += tests/check_fetch
TESTS += tests/check_fetch
tests_check_fetch_SOURCES = tests/check_fetch.c
tests_check_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fetch_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
endif
# The WebSocket server by itself, for tests/api/test_ws*.py, tests/ocpp and tests/bench/ocpp.
check_PROGRAMS += tests/ws_echo
tests_ws_echo_SOURCES = tests/ws_echo.c
tests_ws_echo_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_ws_echo_LDADD = src/wire/libwire.a $(WSLAY_LIBS) $(SSL_LIBS) $(ZLIB_LIBS) $(MODEL_LIBS)
