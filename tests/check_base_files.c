/* SPDX-License-Identifier: Apache-2.0 */
/* Files, digests, configuration and log lines. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "testing.h"

static char *in_dir(const char *dir, const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", dir, name);
	return buf;
}

START_TEST(a_file_is_read_whole_up_to_the_limit_and_refused_one_byte_over)
{
	char dir[256], path[300];
	struct err e;

	in_dir(test_dir_new(dir, sizeof dir), "f", path, sizeof path);
	ck_ok(file_replace(path, "0123456789", 10, &e));
	STR(fits, 10);
	ck_ok(file_read(path, &fits, &e));
	ck_assert_str_eq(fits.p, "0123456789");
	STR(small, 9);
	ck_refused(file_read(path, &small, &e), ERR_TOO_LARGE, "limit of 9 bytes");
	ck_refused(file_read(dir, &fits, &e), ERR_FILE, "directory");
	ck_refused(file_read(in_dir(dir, "absent", path, sizeof path), &fits, &e), ERR_NO_FILE, "absent");
	test_dir_free(dir);
}
END_TEST

START_TEST(a_file_larger_than_one_buffer_keeps_every_byte)
{
	char dir[256], path[300];
	size_t n = 300000;
	OWN(mem_free) char *p = mem_alloc(n);
	STR(back, 1 * MIB);
	struct err e;

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 % 256);
	in_dir(test_dir_new(dir, sizeof dir), "f", path, sizeof path);
	ck_ok(file_replace(path, p, n, &e));
	ck_ok(file_read(path, &back, &e));
	ck_assert_uint_eq(back.len, n);
	ck_assert_int_eq(memcmp(back.p, p, n), 0);
	test_dir_free(dir);
}
END_TEST

START_TEST(replacing_a_file_leaves_the_old_one_or_the_new_one_and_nothing_else)
{
	char dir[256], path[300], cmd[300];
	STR(back, KIB);
	struct stat st;
	struct err e;

	in_dir(test_dir_new(dir, sizeof dir), "f", path, sizeof path);
	ck_ok(file_replace(path, "old", 3, &e));
	ck_ok(file_replace(path, "new", 3, &e));
	ck_ok(file_read(path, &back, &e));
	ck_assert_str_eq(back.p, "new");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(rmdir(dir), 0); /* so no temporary file was left */
	ck_refused(file_replace(in_dir(dir, "x", cmd, sizeof cmd), "x", 1, &e), ERR_FILE, "No such file");
}
END_TEST

START_TEST(devices_are_written_to_and_links_followed_instead_of_replaced)
{
	char dir[256], pipe[300], file[300], link[300], got[4] = "";
	STR(back, KIB);
	struct stat st;
	struct err e;
	int fd;

	test_dir_new(dir, sizeof dir);
	in_dir(dir, "pipe", pipe, sizeof pipe);
	in_dir(dir, "file", file, sizeof file);
	in_dir(dir, "link", link, sizeof link);
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	fd = open(pipe, O_RDONLY | O_NONBLOCK);
	ck_ok(file_replace(pipe, "new", 3, &e));
	ck_assert_int_eq(read(fd, got, 3), 3);
	close(fd);
	ck_assert_str_eq(got, "new");
	ck_assert(!stat(pipe, &st) && S_ISFIFO(st.st_mode));
	ck_refused(file_replace("/dev/full", "new", 3, &e), ERR_DISK, "/dev/full");
	ck_assert(!stat("/dev/full", &st) && S_ISCHR(st.st_mode));

	ck_ok(file_replace(file, "old", 3, &e));
	ck_assert_int_eq(symlink("file", link), 0);
	ck_ok(file_replace(link, "new", 3, &e));
	ck_assert(!lstat(link, &st) && S_ISLNK(st.st_mode));
	ck_ok(file_read(file, &back, &e));
	ck_assert_str_eq(back.p, "new");
}
END_TEST

START_TEST(folders_are_made_with_their_parents)
{
	char dir[256], path[400];
	struct stat st;
	struct err e;

	test_dir_new(dir, sizeof dir);
	ck_ok(file_mkdirs(in_dir(dir, "a/b//c/", path, sizeof path), &e));
	ck_assert(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
	ck_ok(file_mkdirs(path, &e));
	ck_ok(file_replace(in_dir(dir, "file", path, sizeof path), "", 0, &e));
	ck_refused(file_mkdirs(path, &e), ERR_FILE, "no folder");
	ck_refused(file_mkdirs(in_dir(dir, "file/below", path, sizeof path), &e), ERR_FILE,
		   "Not a directory");
	test_dir_free(dir);
}
END_TEST

/* FIPS 180-2 examples. */
START_TEST(sha256_gives_the_published_digests)
{
	uint8_t d[SHA256_LEN];
	char hex[SHA256_HEX];
	OWN(sha256_free) struct sha256 *h = sha256_new();

	sha256_of("abc", 3, d);
	ck_assert_str_eq(hex_text(d, sizeof d, hex),
			 "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
	sha256_of("", 0, d);
	ck_assert_str_eq(hex_text(d, sizeof d, hex),
			 "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
	for (int i = 0; i < 1000; i++)
		sha256_add(h,
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaaaaa",
			   1000);
	sha256_end(h, d);
	ck_assert_str_eq(hex_text(d, sizeof d, hex),
			 "CDC76E5C9914FB9281A1C7E284D73E67F1809A48A497200E046D39CCC7112CD0");
	sha256_add(h, "a", 1);
	sha256_add(h, "bc", 2);
	sha256_end(h, d); /* usable again from the start */
	ck_assert_str_eq(hex_text(d, sizeof d, hex),
			 "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}
END_TEST

START_TEST(a_file_has_the_digest_of_its_bytes)
{
	char dir[256], path[300];
	size_t n = 100000;
	OWN(mem_free) char *p = mem_zalloc(n);
	uint8_t a[SHA256_LEN], b[SHA256_LEN];
	struct err e;

	in_dir(test_dir_new(dir, sizeof dir), "image", path, sizeof path);
	memset(p, 'z', n);
	ck_ok(file_replace(path, p, n, &e));
	ck_ok(sha256_file(path, a, &e));
	sha256_of(p, n, b);
	ck_assert(same_secret(a, b, sizeof a));
	b[31] ^= 1;
	ck_assert(!same_secret(a, b, sizeof a));
	ck_refused(sha256_file(in_dir(dir, "none", path, sizeof path), a, &e), ERR_NO_FILE, "none");
	ck_refused(sha256_file(dir, a, &e), ERR_FILE, "directory");
	test_dir_free(dir);
}
END_TEST

static const struct conf_key keys[] = {
	{ "listen", CONF_TEXT, "127.0.0.1:8231", 0, 0, "Where the service listens." },
	{ "threads", CONF_INT, "64", 1, 512, "Worker threads." },
	{ "timeout", CONF_DURATION, "5s", 100, 60000, "Longest wait for a request." },
	{ "metrics", CONF_BOOL, "yes", 0, 0, "Whether metrics are served." },
	{ NULL, CONF_TEXT, NULL, 0, 0, NULL },
};

static int parse_text(struct conf *c, const char *text, struct err *e)
{
	return conf_parse(c, "test.conf", text, strlen(text), e);
}

START_TEST(configuration_has_defaults_until_something_is_said)
{
	OWN(conf_free) struct conf *c = conf_new(keys);

	ck_assert_str_eq(conf_text(c, "listen"), "127.0.0.1:8231");
	ck_assert_int_eq(conf_int(c, "threads"), 64);
	ck_assert_int_eq(conf_ms(c, "timeout"), 5000);
	ck_assert(conf_bool(c, "metrics"));
}
END_TEST

START_TEST(configuration_lines_are_read_with_comments_blanks_and_any_line_end)
{
	OWN(conf_free) struct conf *c = conf_new(keys);
	struct err e;

	ck_ok(parse_text(c,
			 "\xEF\xBB\xBF# a comment = not a key\r\n\r\n  listen =  [::1]:80 # x  "
			 "\r\nthreads=1\n\tmetrics = off\ntimeout = 250ms",
			 &e));
	ck_assert_str_eq(conf_text(c, "listen"), "[::1]:80 # x");
	ck_assert_int_eq(conf_int(c, "threads"), 1);
	ck_assert_int_eq(conf_ms(c, "timeout"), 250);
	ck_assert(!conf_bool(c, "metrics"));
	ck_ok(parse_text(c, "listen =\n", &e));
	ck_assert_str_eq(conf_text(c, "listen"), "");
}
END_TEST

START_TEST(a_wrong_line_is_named_with_its_number_and_the_nearest_key)
{
	static const struct {
		const char *text, *says;
		int line;
	} cases[] = {
		{ "\n\nthread = 4\n", "there is no key 'thread'; did you mean 'threads'?", 3 },
		{ "colour = 4\n", "there is no key 'colour'", 1 },
		{ "threads = 4\n# x\nthreads = 5\n", "'threads' is there twice, first in line 1", 3 },
		{ "threads\n", "not of the form key = value", 1 },
		{ "= 4\n", "there is no key ''", 1 },
		{ "threads = many\n", "'threads': 'many' is not a whole number", 1 },
		{ "threads = 0\n", "not between 1 and 512", 1 },
		{ "threads = 513\n", "not between 1 and 512", 1 },
		{ "\ntimeout = 99ms\n", "not between 100ms and 60000ms", 2 },
		{ "timeout = 61s\n", "not between 100ms and 60000ms", 1 },
		{ "timeout = soon\n", "'soon' is not a duration", 1 },
		{ "metrics = maybe\n", "'metrics' is yes or no, not 'maybe'", 1 },
		{ "listen = \xFF\n", "UTF-8", 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(conf_free) struct conf *c = conf_new(keys);
		struct err e;

		ck_refused(parse_text(c, cases[i].text, &e), ERR_CONFIG, cases[i].says);
		ck_assert_int_eq(e.line, cases[i].line);
		ck_assert_str_eq(e.where, "test.conf");
	}
}
END_TEST

START_TEST(limits_of_a_key_are_inclusive)
{
	OWN(conf_free) struct conf *c = conf_new(keys);
	struct err e;

	ck_ok(parse_text(c, "threads = 1\ntimeout = 100ms\n", &e));
	ck_ok(parse_text(c, "threads = 512\ntimeout = 1m\n", &e));
	ck_assert_int_eq(conf_int(c, "threads"), 512);
	ck_assert_int_eq(conf_ms(c, "timeout"), 60000);
}
END_TEST

START_TEST(a_nul_byte_in_the_configuration_is_refused)
{
	OWN(conf_free) struct conf *c = conf_new(keys);
	struct err e;

	ck_refused(conf_parse(c, "x", "listen = a\0b\n", 13, &e), ERR_CONFIG, "NUL");
	ck_assert_str_eq(conf_text(c, "listen"), "127.0.0.1:8231");
}
END_TEST

START_TEST(an_option_overrides_the_file_and_is_checked_alike)
{
	OWN(conf_free) struct conf *c = conf_new(keys);
	struct err e;

	ck_ok(parse_text(c, "threads = 4\n", &e));
	ck_ok(conf_set(c, "threads", "8", "--threads", &e));
	ck_assert_int_eq(conf_int(c, "threads"), 8);
	ck_refused(conf_set(c, "threads", "0", "--threads", &e), ERR_CONFIG, "--threads: ");
	ck_refused(conf_set(c, "listen", "a\nthreads = 1", "--listen", &e), ERR_CONFIG, "one line");
	ck_refused(conf_set(c, "listn", "a", "--listn", &e), ERR_CONFIG, "'listen'");
	ck_assert_int_eq(conf_int(c, "threads"), 8);
}
END_TEST

START_TEST(the_dump_tells_origins_and_reads_back_to_the_same_values)
{
	OWN(conf_free) struct conf *c = conf_new(keys), *d = conf_new(keys);
	STR(out, 8 * KIB);
	char dir[256], path[300];
	struct err e;

	in_dir(test_dir_new(dir, sizeof dir), "firpathd.conf", path, sizeof path);
	ck_ok(file_replace(path, "\nthreads = 4\n", 13, &e));
	ck_ok(conf_load(c, path, &e));
	ck_ok(conf_set(c, "listen", "localhost:1", "--listen", &e));
	conf_dump(c, &out);
	ck_assert_ptr_nonnull(strstr(out.p, "# Worker threads. ("));
	ck_assert_ptr_nonnull(strstr(out.p, "firpathd.conf:2)\nthreads = 4\n"));
	ck_assert_ptr_nonnull(strstr(out.p, "(--listen)\nlisten = localhost:1\n"));
	ck_assert_ptr_nonnull(strstr(out.p, "(default)\ntimeout = 5s\n"));
	ck_ok(conf_parse(d, "dump", out.p, out.len, &e));
	ck_assert_str_eq(conf_text(d, "listen"), "localhost:1");
	ck_assert_int_eq(conf_int(d, "threads"), 4);
	ck_refused(conf_load(c, in_dir(dir, "none", path, sizeof path), &e), ERR_CONFIG,
		   "configuration: there is no file");
	test_dir_free(dir);
}
END_TEST

static int64_t nine_o_clock(void *ctx)
{
	(void)ctx;
	return 1795165200000;
}

/* Logs to a file and gives back what was written. */
struct logged {
	char dir[256], path[300];
	struct log log;
	struct clock clock;
};
static void logged_start(struct logged *l)
{
	in_dir(test_dir_new(l->dir, sizeof l->dir), "log", l->path, sizeof l->path);
	l->clock = (struct clock){ nine_o_clock, nine_o_clock, NULL };
	l->log = (struct log){ open(l->path, O_WRONLY | O_CREAT | O_APPEND, 0600), LOG_INFO, false, NULL };
	ck_assert_int_ge(l->log.fd, 0);
}
static void logged_end(struct logged *l, struct str *out)
{
	struct err e;

	close(l->log.fd);
	ck_ok(file_read(l->path, out, &e));
	test_dir_free(l->dir);
}

START_TEST(a_log_line_has_time_event_and_fields_in_order)
{
	struct logged l;
	STR(out, 64 * KIB);

	logged_start(&l);
	l.log.clock = &l.clock;
	l.log.journal = true;
	log_event(&l.log, LOG_NOTICE, "import-done", "file", "cpl.csv", "rows", "1511", "note", NULL, "who",
		  "a b", NULL);
	logged_end(&l, &out);
	ck_assert_str_eq(out.p,
			 "<5>ts=2026-11-20T09:00:00Z event=import-done file=cpl.csv rows=1511 who=\"a b\"\n");
}
END_TEST

START_TEST(no_value_can_start_a_second_line_or_a_second_field)
{
	static const struct {
		const char *val, *want;
	} cases[] = {
		{ "x\nevent=forged", "\"x\\nevent=forged\"" },
		{ "x\r\n<3>", "\"x\\x0d\\n<3>\"" },
		{ "a\" event=forged b=\"", "\"a\\\" event=forged b=\\\"\"" },
		{ "back\\", "\"back\\\\\"" },
		{ "", "\"\"" },
		{ "a=b", "\"a=b\"" },
		{ "\x1b[31mred", "\"\\x1b[31mred\"" },
		{ "\x7f", "\"\\x7f\"" },
		{ "\xc2\x9b"
		  "31m",
		  "\"\\xc2\\x9b31m\"" },
		{ "\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\"" },
		{ "\xe2\x80\xaetxt", "\"\\xe2\\x80\\xaetxt\"" },
		{ "\xff\xfe", "\"\\xff\\xfe\"" },
		{ "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
		{ "/v1/path,a-b_c:1@2+3%20", "/v1/path,a-b_c:1@2+3%20" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct logged l;
		STR(out, 64 * KIB);
		STR(want, 64 * KIB);

		logged_start(&l);
		log_event(&l.log, LOG_INFO, "x", "v", cases[i].val, "end", "1", NULL);
		logged_end(&l, &out);
		str_addf(&want, "event=x v=%s end=1\n", cases[i].want);
		ck_assert_str_eq(out.p, want.p);
	}
}
END_TEST

START_TEST(a_very_long_value_is_cut_and_a_very_long_line_loses_whole_fields)
{
	struct logged l;
	STR(out, 64 * KIB);
	char longer[5000];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	logged_start(&l);
	log_event(&l.log, LOG_INFO, "x", "v", longer, "end", "1", NULL);
	memset(longer, '\n', sizeof longer - 1);
	log_event(&l.log, LOG_INFO, "y", "a", longer, "b", longer, "c", longer, "d", longer, "e", longer, "f",
		  "1", NULL);
	logged_end(&l, &out);
	ck_assert_ptr_nonnull(strstr(out.p, "xxx...\" end=1\nevent=y a=\"\\n\\n"));
	ck_assert_int_eq(strncmp(out.p + out.len - 6, "...\"\n", 5) == 0 ||
			     strncmp(out.p + out.len - 5, "...\"\n", 5) == 0,
			 1);
	ck_assert_ptr_null(strstr(out.p, "e=\""));
	ck_assert_uint_lt(out.len, 10 * KIB);
}
END_TEST

START_TEST(lines_above_the_level_are_dropped_and_no_log_is_no_crash)
{
	struct logged l;
	STR(out, 64 * KIB);

	logged_start(&l);
	l.log.level = LOG_WARN;
	log_event(&l.log, LOG_NOTICE, "quiet", NULL);
	log_event(&l.log, LOG_WARN, "warned", NULL);
	log_event(&l.log, LOG_ERROR, "failed", NULL);
	log_event(NULL, LOG_ERROR, "nobody", NULL);
	logged_end(&l, &out);
	ck_assert_str_eq(out.p, "event=warned\nevent=failed\n");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_file_is_read_whole_up_to_the_limit_and_refused_one_byte_over,
		a_file_larger_than_one_buffer_keeps_every_byte,
		replacing_a_file_leaves_the_old_one_or_the_new_one_and_nothing_else,
		devices_are_written_to_and_links_followed_instead_of_replaced,
		folders_are_made_with_their_parents,
		sha256_gives_the_published_digests,
		a_file_has_the_digest_of_its_bytes,
		configuration_has_defaults_until_something_is_said,
		configuration_lines_are_read_with_comments_blanks_and_any_line_end,
		a_wrong_line_is_named_with_its_number_and_the_nearest_key,
		limits_of_a_key_are_inclusive,
		a_nul_byte_in_the_configuration_is_refused,
		an_option_overrides_the_file_and_is_checked_alike,
		the_dump_tells_origins_and_reads_back_to_the_same_values,
		a_log_line_has_time_event_and_fields_in_order,
		no_value_can_start_a_second_line_or_a_second_field,
		a_very_long_value_is_cut_and_a_very_long_line_loses_whole_fields,
		lines_above_the_level_are_dropped_and_no_log_is_no_crash,
	};

	return RUN_TESTS("base_files", all);
}
