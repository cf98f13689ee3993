# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += tests/corpus/template

if HAVE_CHECK
web_tests = tests/check_template
check_PROGRAMS += $(web_tests)
TESTS += $(web_tests)
tests_check_template_SOURCES = tests/check_template.c
tests_check_template_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_template_LDADD = src/web/libweb.a $(BASE_LIBS) $(CHECK_LIBS)
endif
