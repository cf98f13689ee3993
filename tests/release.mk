# SPDX-License-Identifier: Apache-2.0
# Releases of charger firmware.
EXTRA_DIST += tests/api/test_releases.py doc/releases.md
check_PROGRAMS += tests/fuzz/fuzz_sbom tests/fuzz/fuzz_release_document
TESTS += tests/fuzz/fuzz_sbom tests/fuzz/fuzz_release_document
tests_fuzz_fuzz_sbom_SOURCES = tests/fuzz/fuzz_sbom.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_sbom_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_sbom_LDADD = $(CORE_LIBS)
tests_fuzz_fuzz_release_document_SOURCES = tests/fuzz/fuzz_release_document.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_release_document_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_release_document_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/corpus/sbom tests/corpus/release_document
if HAVE_CHECK
check_PROGRAMS += tests/check_release
TESTS += tests/check_release
tests_check_release_SOURCES = tests/check_release.c
tests_check_release_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_release_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
endif
