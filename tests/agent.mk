# SPDX-License-Identifier: Apache-2.0
# The messages between the service and devices, and the device agent.
check_PROGRAMS += tests/fuzz/fuzz_bbum
TESTS += tests/fuzz/fuzz_bbum
tests_fuzz_fuzz_bbum_SOURCES = tests/fuzz/fuzz_bbum.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_bbum_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_bbum_LDADD = src/wire/libwire.a $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/bbum

AGENT_LIBS = src/agent/libagent.a src/wire/libwire.a $(MANIFEST_LIBS) $(MODEL_LIBS) $(CURL_LIBS)
if HAVE_CHECK
agent_tests = tests/check_bbum_message tests/check_bbum_block tests/check_bbum_device tests/check_bbum_crash tests/check_bbum_fault \
	tests/check_ocora_d tests/check_ocora_d_update tests/check_ocora_i_device tests/check_ocora_errors tests/check_block_crash tests/check_iec
check_PROGRAMS += $(agent_tests)
TESTS += $(agent_tests)
tests_check_bbum_message_SOURCES = tests/check_bbum_message.c
tests_check_bbum_message_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bbum_message_LDADD = src/wire/libwire.a $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_bbum_block_SOURCES = tests/check_bbum_block.c
tests_check_bbum_block_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bbum_block_LDADD = src/wire/libwire.a $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_bbum_device_SOURCES = tests/check_bbum_device.c tests/bbum_world.h
tests_check_bbum_device_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bbum_device_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_bbum_crash_SOURCES = tests/check_bbum_crash.c tests/bbum_world.h
tests_check_bbum_crash_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bbum_crash_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_bbum_fault_SOURCES = tests/check_bbum_fault.c tests/bbum_world.h
tests_check_bbum_fault_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_bbum_fault_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_ocora_d_SOURCES = tests/check_ocora_d.c tests/bbum_world.h tests/block_world.h
tests_check_ocora_d_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_d_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_ocora_d_update_SOURCES = tests/check_ocora_d_update.c tests/bbum_world.h tests/block_world.h
tests_check_ocora_d_update_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_d_update_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_ocora_i_device_SOURCES = tests/check_ocora_i_device.c tests/bbum_world.h tests/block_world.h
tests_check_ocora_i_device_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_i_device_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_ocora_errors_SOURCES = tests/check_ocora_errors.c tests/bbum_world.h tests/block_world.h
tests_check_ocora_errors_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_errors_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_block_crash_SOURCES = tests/check_block_crash.c tests/bbum_world.h tests/block_world.h
tests_check_block_crash_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_block_crash_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
tests_check_iec_SOURCES = tests/check_iec.c 
tests_check_iec_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_iec_LDADD = $(AGENT_LIBS) $(CHECK_LIBS)
endif

EXTRA_DIST += contrib/iec-simulator tests/ocora/test_device.py doc/bbum-protocol.md doc/reliability.md tests/api/fake_manager.py tests/api/test_bbum.py tests/api/test_kill_short.py tests/api/test_walks.py tests/kill/kill_test.py \
	tests/bench/bench_fleet.py tests/bench/run-fleet
