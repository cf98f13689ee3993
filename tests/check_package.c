/* SPDX-License-Identifier: Apache-2.0 */
/* Packages: what hostile archives may not do (T14, T16), and what an honest one comes back as. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/tree.h"
#include "manifest/package.h"
#include "tar_kit.h"
#include "testing.h"

#define MIB_L (1024L * 1024L)
/* Their shadow memory is not ours to measure. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

static struct err e;

static char *in_dir(const char *dir, const char *name, char buf[512])
{
	snprintf(buf, 512, "%s/%s", dir, name);
	return buf;
}

static int things_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *x = readdir(d); x; x = readdir(d))
		n += strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0;
	closedir(d);
	return n;
}

/* ---- hostile archives ---- */

static void evil_up(struct tar *t)
{
	tar_file(t, "ok.txt", "ok");
	tar_file(t, "../evil", "evil");
}
static void evil_up_inside(struct tar *t)
{
	tar_file(t, "a/b/../../../evil", "evil");
}
static void evil_absolute(struct tar *t)
{
	tar_file(t, "/tmp/firpath-evil", "evil");
}
static void evil_pax_up(struct tar *t)
{
	tar_pax(t, "path", "../evil", 7);
	tar_file(t, "harmless", "evil");
}
static void evil_symlink(struct tar *t)
{
	tar_header(t, "a", 1, '2', 0, "..");
	tar_file(t, "a/evil", "evil");
}
static void evil_hardlink(struct tar *t)
{
	tar_header(t, "a", 1, '1', 0, "/etc/passwd");
}
static void evil_hardlink_inside(struct tar *t)
{
	tar_file(t, "b", "text");
	tar_header(t, "a", 1, '1', 0, "b");
}
static void evil_device(struct tar *t)
{
	tar_header(t, "null", 4, '3', 0, NULL);
}
static void evil_pipe(struct tar *t)
{
	tar_header(t, "pipe", 4, '6', 0, NULL);
}
static void evil_twice(struct tar *t)
{
	tar_file(t, "a.json", "first");
	tar_file(t, "a.json", "second");
}
static void evil_twice_other_case(struct tar *t)
{
	tar_file(t, "a.json", "first");
	tar_file(t, "A.JSON", "second");
}
static void evil_twice_dotted(struct tar *t)
{
	tar_file(t, "a.json", "first");
	tar_file(t, "./a.json", "second");
}
static void evil_file_then_folder(struct tar *t)
{
	tar_file(t, "a", "first");
	tar_file(t, "a/b", "second");
}
static void evil_folder_then_file(struct tar *t)
{
	tar_file(t, "a/b", "first");
	tar_file(t, "a", "second");
}
static void evil_backslash(struct tar *t)
{
	tar_file(t, "..\\evil", "evil");
}
static void evil_newline(struct tar *t)
{
	tar_file(t, "a\nb", "evil");
}
static void evil_no_utf8(struct tar *t)
{
	tar_file(t, "a\xff\xfe", "evil");
}
static void evil_empty_part(struct tar *t)
{
	tar_file(t, "a//b", "evil");
}
static void evil_long(struct tar *t)
{
	char name[300];

	memset(name, 'x', sizeof name);
	name[100] = name[200] = '/';
	tar_pax(t, "path", name, sizeof name);
	tar_file(t, "short", "evil");
}
static void evil_deep(struct tar *t)
{
	tar_file(t, "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/b", "evil");
}
static void evil_bomb(struct tar *t)
{
	tar_header(t, "zeros", 5, '0', 200 * MIB_L, NULL);
	tar_zeros(t, 200 * MIB_L);
}
static void evil_many_bombs(struct tar *t)
{
	for (int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof name, "z%d", i);
		tar_header(t, name, strlen(name), '0', 5 * MIB_L, NULL);
		tar_zeros(t, 5 * MIB_L);
	}
}
static void evil_header_bomb(struct tar *t)
{
	for (int i = 0; i < 100; i++) {
		tar_header(t, "pax", 3, 'x', 1000000, NULL);
		tar_zeros(t, 1000448);
	}
	tar_file(t, "a", "evil");
}
static void evil_too_many(struct tar *t)
{
	for (int i = 0; i <= PACKAGE_MEMBERS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "f%d", i);
		tar_file(t, name, "");
	}
}
static void evil_too_large(struct tar *t)
{
	tar_header(t, "large", 5, '0', 3 * 1024 * MIB_L, NULL);
	tar_zeros(t, 512);
}
static void evil_sparse(struct tar *t)
{
	unsigned char h[512];

	tar_header_fill(h, "sparse", 6, 'S', 512, NULL);
	memcpy(h + 257, "ustar  ", 8);
	memcpy(h + 386,
	       "10000000000\0"
	       "00000001000",
	       23); /* 512 bytes at 1 GiB */
	memcpy(h + 483, "10000001000", 11);
	tar_header_put(t, h);
	tar_zeros(t, 512);
}
static void evil_pax_sparse(struct tar *t)
{
	tar_pax(t, "GNU.sparse.realsize", "1099511627776", 13);
	tar_file(t, "sparse", "0 0\n");
}
static void evil_cut(struct tar *t)
{
	tar_header(t, "cut", 3, '0', 100000, NULL);
	tar_zeros(t, 100);
}
static void evil_nothing(struct tar *t)
{
	tar_header(t, "empty/", 6, '5', 0, NULL);
}

static const struct evil {
	const char *what;
	void (*make)(struct tar *t);
	const char *says; /* in the error */
} evils[] = {
	{ "out by ..", evil_up, "'.' or '..'" },
	{ "out by .. inside", evil_up_inside, "'.' or '..'" },
	{ "absolute", evil_absolute, "absolute" },
	{ "out by a pax header", evil_pax_up, "'.' or '..'" },
	{ "through a symbolic link", evil_symlink, "is a link" },
	{ "hard link outside", evil_hardlink, "is a link" },
	{ "hard link inside", evil_hardlink_inside, "is a link" },
	{ "device", evil_device, "neither a plain file nor a folder" },
	{ "pipe", evil_pipe, "neither a plain file nor a folder" },
	{ "twice", evil_twice, "twice" },
	{ "twice, other case", evil_twice_other_case, "twice" },
	{ "twice, dotted", evil_twice_dotted, "twice" },
	{ "a file, then a folder", evil_file_then_folder, "a" },
	{ "a folder, then a file", evil_folder_then_file, "a" },
	{ "backslash", evil_backslash, "backslash" },
	{ "newline", evil_newline, "control character" },
	{ "no UTF-8", evil_no_utf8, "" },
	{ "empty part", evil_empty_part, "empty part" },
	{ "long name", evil_long, "255" },
	{ "deep", evil_deep, "too deep" },
	{ "bomb of 200 MB", evil_bomb, "200 times" },
	{ "bomb in parts", evil_many_bombs, "200 times" },
	{ "bomb in headers", evil_header_bomb, "" },
	{ "too many members", evil_too_many, "4096" },
	{ "too large", evil_too_large, "" },
	{ "sparse", evil_sparse, "" },
	{ "sparse by pax", evil_pax_sparse, "" },
	{ "cut off", evil_cut, "" },
	{ "nothing in it", evil_nothing, "no files" },
};

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other programs of a busy machine do not count */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long memory_peak(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss * 1024L;
}

/* Unpacks; it must be refused and leave nothing. */
static void must_refuse(const char *what, const char *file, const char *says)
{
	char dir[256], into[512];
	struct package_facts f;
	double began = seconds_now();
	int rc;

	test_dir_new(dir, sizeof dir);
	rc = package_unpack(file, in_dir(dir, "out", into), NULL, &f, &e);
	ck_assert_msg(rc == ERR_PACKAGE || rc == ERR_TOO_LARGE, "%s: %d %s", what, rc,
		      rc ? e.msg : "was taken");
	ck_assert_msg(strstr(e.msg, says) != NULL, "%s: '%s' does not say '%s'", what, e.msg, says);
	ck_assert_msg(things_in(dir) == 0, "%s: something was left", what);
	ck_assert_msg(seconds_now() - began < 2, "%s: took %.1f s", what, seconds_now() - began);
	test_dir_free(dir);
}

START_TEST(T14_T16_hostile_archives_are_refused_and_leave_nothing)
{
	char dir[256], file[512], up[512];
	long before;

	test_dir_new(dir, sizeof dir);
	in_dir(dir, "x.tar.gz", file);
	for (size_t i = 0; i < sizeof evils / sizeof evils[0]; i++) {
		struct tar t = tar_open(file, "wb");

		evils[i].make(&t);
		tar_close(&t);
		before = memory_peak();
		must_refuse(evils[i].what, file, evils[i].says);
#ifndef SANITIZED
		ck_assert_msg(memory_peak() - before < 64 * MIB_L, "%s: %ld MiB", evils[i].what,
			      (memory_peak() - before) / MIB_L);
#else
		(void)before;
#endif
	}
	ck_assert_int_eq(access("/tmp/firpath-evil", F_OK), -1);
	snprintf(up, sizeof up, "%s/../evil", dir);
	ck_assert_int_eq(access(up, F_OK), -1);
	test_dir_free(dir);
}
END_TEST

START_TEST(Z38_J49_what_is_no_tar_gz_is_refused)
{
	static const char *const modes[] = { "wbT" }; /* zlib's word for "as it is" */
	char dir[256], file[512], into[512];
	struct package_facts f;
	struct tar t;

	test_dir_new(dir, sizeof dir);
	in_dir(dir, "x.tar.gz", file);
	t = tar_open(file, modes[0]);
	tar_file(&t, "a.json", "{}");
	tar_close(&t);
	must_refuse("a tar without gzip", file, "gzip");
	ck_ok(file_replace(file, "PK\003\004rest of a zip", 18, &e));
	must_refuse("a zip", file, "");
	ck_ok(file_replace(file, "", 0, &e));
	must_refuse("nothing", file, "");
	ck_assert_int_eq(mkfifo(in_dir(dir, "pipe", file), 0600), 0);
	must_refuse("a pipe", file, "no plain file");
	ck_refused(package_unpack(in_dir(dir, "none", file), in_dir(dir, "out", into), NULL, &f, &e),
		   ERR_NO_FILE, "none");
	test_dir_free(dir);
}
END_TEST

START_TEST(T16_a_damaged_archive_is_refused_wherever_it_is_cut)
{
	char dir[256], file[512], cut[512];
	STR(whole, MIB);
	struct tar t;

	test_dir_new(dir, sizeof dir);
	t = tar_open(in_dir(dir, "x.tar.gz", file), "wb9");
	tar_file(&t, "a.json", "{\"first\": 1}");
	tar_file(&t, "b/c.json", "{\"second\": 2, \"more\": \"0123456789\"}");
	tar_close(&t);
	ck_ok(file_read(file, &whole, &e));
	in_dir(dir, "cut.tar.gz", cut);
	for (size_t n = 0; n + 8 < whole.len;
	     n += 3) { /* the last eight bytes are gzip's check value and length */
		ck_ok(file_replace(cut, str_c(&whole), n, &e));
		must_refuse("cut", cut, "");
	}
	test_dir_free(dir);
}
END_TEST

START_TEST(T14_names_of_members_are_judged)
{
	static const char *const good[] = {
		"a",       "a/b.json", "./x" + 2, "with blank/DAS SW V1.2.0.tar.gz", "\xc3\x84.json",
		"..a/b..", "a/...",    "-x"
	};
	static const char *const bad[] = { "",      "/",     "/a",   "a/",       "//a",           "a//b",
					   ".",     "..",    "./a",  "../a",     "a/..",          "a/../b",
					   "a/.",   "a/./b", "\\",   "a\\b",     "\\\\x",         "a\tb",
					   "a\x7f", "\x01",  "\xff", "\xc0\xae", "a/\xed\xa0\x80" };
	char name[300];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(!package_name_fault(good[i]), "'%s' %s", good[i], package_name_fault(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(package_name_fault(bad[i]) != NULL, "'%s' was taken", bad[i]);
	memset(name, 'a', 256);
	name[256] = '\0';
	ck_assert_ptr_nonnull(package_name_fault(name));
	name[255] = '\0';
	ck_assert_ptr_null(package_name_fault(name));
}
END_TEST

START_TEST(honest_archives_of_tar_are_taken)
{
	char dir[256], file[512], into[512], path[600];
	STR(text, KIB);
	struct package_facts f;
	struct stat st;
	struct tar t;

	test_dir_new(dir, sizeof dir);
	t = tar_open(in_dir(dir, "x.tar.gz", file), "wb");
	tar_header(&t, "./", 2, '5', 0, NULL); /* as "tar -C folder ." writes it */
	tar_file(&t, "./vehicle.json", "{}");
	tar_header(&t, "./CCS/", 6, '5', 0, NULL);
	tar_file(&t, "./CCS/DAS SW.tar.gz", "bytes");
	tar_pax(&t, "path", "\xc3\x84.json", 7);
	tar_file(&t, "x", "umlaut");
	tar_close(&t);
	ck_ok(package_unpack(file, in_dir(dir, "out", into), NULL, &f, &e));
	ck_assert_int_eq((int)f.files, 3);
	ck_assert_int_eq((int)f.bytes, 2 + 5 + 6);
	snprintf(path, sizeof path, "%s/CCS/DAS SW.tar.gz", into);
	ck_ok(file_read(path, &text, &e));
	ck_assert_str_eq(str_c(&text), "bytes");
	snprintf(path, sizeof path, "%s/\xc3\x84.json", into);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0640); /* modes of the archive do not count */
	ck_refused(package_unpack(file, into, NULL, &f, &e), ERR_CONFLICT, "already");
	ck_assert_int_eq(things_in(dir), 2);
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { T14_T16_hostile_archives_are_refused_and_leave_nothing,
			       Z38_J49_what_is_no_tar_gz_is_refused,
			       T16_a_damaged_archive_is_refused_wherever_it_is_cut,
			       T14_names_of_members_are_judged, honest_archives_of_tar_are_taken };

	return RUN_TESTS("package", all);
}
