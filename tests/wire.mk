# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
check_PROGRAMS += tests/check_fetch
TESTS += tests/check_fetch
tests_check_fetch_SOURCES = tests/check_fetch.c
tests_check_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fetch_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
check_PROGRAMS += tests/check_dcc_line
TESTS += tests/check_dcc_line
tests_check_dcc_line_SOURCES = tests/check_dcc_line.c tests/p256_kit.c tests/p256_kit.h
tests_check_dcc_line_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_dcc_line_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
ocpp_checks = tests/check_ocpp tests/check_ocpp_frame tests/check_ocpp_put tests/check_ocpp_components
check_PROGRAMS += $(ocpp_checks)
TESTS += $(ocpp_checks)
tests_check_ocpp_SOURCES = tests/check_ocpp.c tests/ocpp_kit.h
tests_check_ocpp_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocpp_frame_SOURCES = tests/check_ocpp_frame.c tests/ocpp_kit.h
tests_check_ocpp_frame_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_frame_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocpp_put_SOURCES = tests/check_ocpp_put.c tests/ocpp_kit.h
tests_check_ocpp_put_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_put_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocpp_components_SOURCES = tests/check_ocpp_components.c tests/ocpp_kit.h
tests_check_ocpp_components_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocpp_components_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
duis_checks = tests/check_duis tests/check_duis_signed
check_PROGRAMS += $(duis_checks)
TESTS += $(duis_checks)
duis_kit = tests/duis_kit.c tests/duis_kit.h tests/p256_kit.c tests/p256_kit.h
tests_check_duis_SOURCES = tests/check_duis.c $(duis_kit)
tests_check_duis_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_duis_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
tests_check_duis_signed_SOURCES = tests/check_duis_signed.c $(duis_kit)
tests_check_duis_signed_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_duis_signed_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
endif
if HAVE_CHECK
EXTRA_PROGRAMS += tests/bench/bench_duis
tests_bench_bench_duis_SOURCES = tests/bench/bench_duis.c $(duis_kit)
tests_bench_bench_duis_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_bench_bench_duis_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CHECK_LIBS)
endif
# Says and hears messages for tests/ocpp/oracle.mjs.
check_PROGRAMS += tests/ocpp_driver
tests_ocpp_driver_SOURCES = tests/ocpp_driver.c
tests_ocpp_driver_LDADD = src/wire/libwire.a $(MODEL_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_duis
TESTS += tests/fuzz/fuzz_duis
tests_fuzz_fuzz_duis_SOURCES = tests/fuzz/fuzz_duis.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_duis_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_duis_LDADD = $(WIRE_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/corpus/duis
ocpp_fuzz = tests/fuzz/fuzz_ocpp_frame tests/fuzz/fuzz_ocpp_message tests/fuzz/fuzz_ocpp_components
check_PROGRAMS += $(ocpp_fuzz)
TESTS += $(ocpp_fuzz)
tests_fuzz_fuzz_ocpp_frame_SOURCES = tests/fuzz/fuzz_ocpp_frame.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ocpp_frame_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ocpp_frame_LDADD = src/wire/libwire.a $(MODEL_LIBS)
tests_fuzz_fuzz_ocpp_message_SOURCES = tests/fuzz/fuzz_ocpp_message.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ocpp_message_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ocpp_message_LDADD = src/wire/libwire.a $(MODEL_LIBS)
tests_fuzz_fuzz_ocpp_components_SOURCES = tests/fuzz/fuzz_ocpp_components.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_ocpp_components_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ocpp_components_LDADD = src/wire/libwire.a $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/ocpp_frame tests/corpus/ocpp_message tests/corpus/ocpp_components
