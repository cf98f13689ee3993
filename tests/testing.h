/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every Check program here shares: running a list of tests, asserting on struct err, temporary folders.
 * A program ends with: int main(void) { const TTest *all[] = { a_test, ... }; return RUN_TESTS("noun", all);
 * }
 */
#ifndef FIRPATH_TESTING_H
#define FIRPATH_TESTING_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static inline int run_tests(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120); /* sanitizers and a busy machine are slow; a hang still ends */
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	if (srunner_ntests_run(sr) < (int)n)
		failed++; /* CK_RUN_CASE chose nothing, or a test was lost */
	srunner_free(sr);
	return failed != 0;
}
#define RUN_TESTS(name, all) run_tests(name, all, sizeof(all) / sizeof *(all))

/* The call succeeds; when not, its error text is the failure message. Uses the caller's struct err e. */
#define ck_ok(call)                                                                                          \
	do {                                                                                                 \
		char text_[700] = "";                                                                        \
		int rc_ = (call);                                                                            \
		ck_assert_msg(rc_ == 0, "%s: %s", #call, rc_ ? err_text(&e, text_, sizeof text_) : "");      \
	} while (0)

/* The call is refused with that code, and its error text contains the given words. */
#define ck_refused(call, want, words)                                                                        \
	do {                                                                                                 \
		char text_[700] = "";                                                                        \
		int rc_ = (call);                                                                            \
		ck_assert_msg(rc_ == (int)(want), "%s gave %d (%s), not %s", #call, rc_,                     \
			      err_info((enum err_code)rc_)->code, #want);                                    \
		ck_assert_int_eq((int)e.code, rc_);                                                          \
		err_text(&e, text_, sizeof text_);                                                           \
		ck_assert_msg(strstr(text_, words) != NULL, "'%s' does not say '%s'", text_, words);         \
	} while (0)

/* A fresh folder under ${TMPDIR:-/tmp}; ends the test when there is none. */
static inline char *test_dir_new(char *buf, size_t size)
{
	const char *top = getenv("TMPDIR");

	snprintf(buf, size, "%s/firpath-test-XXXXXX", top && *top ? top : "/tmp");
	ck_assert_msg(mkdtemp(buf) != NULL, "no temporary folder under %s", top ? top : "/tmp");
	return buf;
}

static inline int test_dir_drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void test_dir_free(const char *dir)
{
	nftw(dir, test_dir_drop, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
