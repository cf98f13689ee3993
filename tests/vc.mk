# SPDX-License-Identifier: Apache-2.0
# Packages and Vehicle Configurations.
EXTRA_DIST += contrib/sshd/README contrib/sshd/sshd_config contrib/sshd/firpath-sshd.service contrib/sshd/firpathd-inbox.conf \
	tests/corpus/package tests/ocora/test_b.py tests/ocora/test_sftp.py

check_PROGRAMS += tests/fuzz/fuzz_package
TESTS += tests/fuzz/fuzz_package
tests_fuzz_fuzz_package_SOURCES = tests/fuzz/fuzz_package.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_package_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_package_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS)

if HAVE_CHECK
vc_tests = tests/check_package tests/check_vc tests/check_vc_keep
check_PROGRAMS += $(vc_tests)
TESTS += $(vc_tests)
tests_check_package_SOURCES = tests/check_package.c tests/tar_kit.h
tests_check_package_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_package_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(ZLIB_LIBS) $(CHECK_LIBS)
tests_check_vc_SOURCES = tests/check_vc.c tests/vc_kit.c tests/vc_kit.h tests/vc_steps.h tests/tar_kit.h
tests_check_vc_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_vc_LDADD = tests/libteststore.a $(CORE_LIBS) $(ZLIB_LIBS) $(CHECK_LIBS)
tests_check_vc_keep_SOURCES = tests/check_vc_keep.c tests/vc_kit.c tests/vc_kit.h tests/vc_steps.h tests/tar_kit.h
tests_check_vc_keep_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_vc_keep_LDADD = tests/libteststore.a $(CORE_LIBS) $(ZLIB_LIBS) $(CHECK_LIBS)
endif
