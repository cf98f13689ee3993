# SPDX-License-Identifier: Apache-2.0
if HAVE_CHECK
check_PROGRAMS += tests/check_fetch
TESTS += tests/check_fetch
tests_check_fetch_SOURCES = tests/check_fetch.c
tests_check_fetch_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_fetch_LDADD = $(WIRE_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
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
endif
