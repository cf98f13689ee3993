# SPDX-License-Identifier: Apache-2.0
# Manifests: rules, reading, signatures; tests/data/ocora holds the examples of the specification.
EXTRA_DIST += tests/manifest_kit.h

check_PROGRAMS += tests/fuzz/fuzz_manifest tests/fuzz/fuzz_trust
TESTS += tests/fuzz/fuzz_manifest tests/fuzz/fuzz_trust
tests_fuzz_fuzz_manifest_SOURCES = tests/fuzz/fuzz_manifest.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_manifest_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_manifest_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS)
tests_fuzz_fuzz_trust_SOURCES = tests/fuzz/fuzz_trust.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_trust_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_trust_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/manifest tests/corpus/trust

if HAVE_CHECK
manifest_tests = tests/check_canon tests/check_manifest tests/check_manifest_sign tests/check_ocora_j tests/check_ocora_j_files tests/check_ocora_k tests/check_ocora_l
check_PROGRAMS += $(manifest_tests)
TESTS += $(manifest_tests)
tests_check_canon_SOURCES = tests/check_canon.c
tests_check_canon_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_canon_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_manifest_SOURCES = tests/check_manifest.c
tests_check_manifest_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_manifest_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_manifest_sign_SOURCES = tests/check_manifest_sign.c
tests_check_manifest_sign_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_manifest_sign_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_j_SOURCES = tests/check_ocora_j.c
tests_check_ocora_j_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_j_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_j_files_SOURCES = tests/check_ocora_j_files.c
tests_check_ocora_j_files_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_j_files_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_k_SOURCES = tests/check_ocora_k.c
tests_check_ocora_k_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_k_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
tests_check_ocora_l_SOURCES = tests/check_ocora_l.c
tests_check_ocora_l_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_ocora_l_LDADD = $(MANIFEST_LIBS) $(MODEL_LIBS) $(CHECK_LIBS)
endif
