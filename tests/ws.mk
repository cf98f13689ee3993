# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
check_PROGRAMS += tests/check_ws tests/check_ws_server
TESTS += tests/check_ws tests/check_ws_server
tests_check_ws_SOURCES = tests/check_ws.c
tests_check_ws_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ws_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ws_server_SOURCES = tests/check_ws_server.c
tests_check_ws_server_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ws_server_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
endif
# The WebSocket server by itself, for tests/api/test_ws*.py, tests/ocpp and tests/bench/ocpp.
check_PROGRAMS += tests/ws_echo
tests_ws_echo_SOURCES = tests/ws_echo.c
tests_ws_echo_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_ws_echo_LDADD = src/wire/libwire.a $(WSLAY_LIBS) $(SSL_LIBS) $(ZLIB_LIBS) $(MODEL_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_ws_frame tests/fuzz/fuzz_ws_deflate tests/fuzz/fuzz_ws_head
TESTS += tests/fuzz/fuzz_ws_frame tests/fuzz/fuzz_ws_deflate tests/fuzz/fuzz_ws_head
tests_fuzz_fuzz_ws_frame_SOURCES = tests/fuzz/fuzz_ws_frame.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ws_frame_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ws_frame_LDADD = src/wire/libwire.a $(WSLAY_LIBS) $(ZLIB_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_ws_deflate_SOURCES = tests/fuzz/fuzz_ws_deflate.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ws_deflate_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ws_deflate_LDADD = src/wire/libwire.a $(ZLIB_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_ws_head_SOURCES = tests/fuzz/fuzz_ws_head.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ws_head_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ws_head_LDADD = src/wire/libwire.a $(BASE_LIBS)
EXTRA_DIST += tests/corpus/ws_frame tests/corpus/ws_deflate tests/corpus/ws_head
# Measurements (tests/bench/ocpp).
EXTRA_PROGRAMS += tests/bench/ws_load
tests_bench_ws_load_SOURCES = tests/bench/ws_load.c
tests_bench_ws_load_LDADD = $(SSL_LIBS) $(BASE_LIBS)
