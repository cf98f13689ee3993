# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/fuzz/fuzz_template
TESTS += tests/fuzz/fuzz_template
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_template_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_template_LDADD = src/web/libweb.a $(BASE_LIBS)
EXTRA_DIST += tests/corpus/template

check_PROGRAMS += tests/fuzz/fuzz_form
TESTS += tests/fuzz/fuzz_form
tests_fuzz_fuzz_form_SOURCES = tests/fuzz/fuzz_form.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_form_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_form_LDADD = src/web/libweb.a $(DOOR_LIBS)
EXTRA_DIST += tests/corpus/form

check_PROGRAMS += tests/fuzz/fuzz_picture
TESTS += tests/fuzz/fuzz_picture
tests_fuzz_fuzz_picture_SOURCES = tests/fuzz/fuzz_picture.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_picture_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_picture_LDADD = src/web/libweb.a $(MODEL_LIBS)
EXTRA_DIST += tests/corpus/picture

if HAVE_CHECK
web_tests = tests/check_template tests/check_picture tests/check_pages tests/check_form
check_PROGRAMS += $(web_tests)
TESTS += $(web_tests)
tests_check_template_SOURCES = tests/check_template.c
tests_check_template_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_template_LDADD = src/web/libweb.a $(BASE_LIBS) $(CHECK_LIBS)
tests_check_picture_SOURCES = tests/check_picture.c
tests_check_picture_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_picture_LDADD = src/web/libweb.a $(MODEL_LIBS) $(CHECK_LIBS)
# Pages go through the real dispatcher, so this test stands above the door; the door is listed twice because each needs
# the other's symbols.
tests_check_pages_SOURCES = tests/check_pages.c tests/pages_seed.c tests/pages_seed.h
tests_check_pages_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_pages_LDADD = tests/libteststore.a src/web/libweb.a $(DOOR_LIBS) $(CHECK_LIBS)
tests_check_form_SOURCES = tests/check_form.c
tests_check_form_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_form_LDADD = tests/libteststore.a src/web/libweb.a $(DOOR_LIBS) $(CHECK_LIBS)
endif
