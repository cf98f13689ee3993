/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile paths, inclusions and texts (T14, T15, T21): refused, and with bounded effort. */
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

#include "base/json.h"
#include "base/parse.h"
#include "manifest_kit.h"

static struct manifest *read_dir(const char *dir, const char *file, unsigned checks)
{
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT, .checks = checks, .now = KIT_NOW };
	struct manifest *m = NULL;
	struct err e;

	ck_ok(manifest_read(dir, file, &ask, &m, &e));
	return m;
}

/* ---- T14 ---- */

/* %s: the ending of the field. OUT stands for the folder beside, which nobody may open. */
static const char *const hostile[] = {
	"../outside/secret%s",
	"./../outside/secret%s",
	"a/../../outside/secret%s",
	"./a/../../outside/secret%s",
	"a/../b%s",
	"./..%s/../../outside/secret%s",
	"..",
	"../",
	"./..",
	".",
	"./",
	"",
	"OUT/secret%s",
	"/secret%s",
	"//secret%s",
	"///OUT/secret%s",
	"/../outside/secret%s",
	"./OUT/../../outside/secret%s",
	"./link/secret%s",
	"link/secret%s",
	"./file%s",
	"file%s",
	"./a/link/secret%s",
	"./a/up/outside/secret%s",
	"./loop/x%s",
	"..\\outside\\secret%s",
	".\\..\\outside\\secret%s",
	"a\\..\\..\\outside\\secret%s",
	"C:\\secret%s",
	"C:/secret%s",
	"c:secret%s",
	"\\\\host\\share\\secret%s",
	"file:///OUT/secret%s",
	"file:OUT/secret%s",
	"http://example.org/secret%s",
	"https://example.org/secret%s",
	"ftp://example.org/secret%s",
	"./a//secret%s",
	"a//../secret%s",
	"./a/./secret%s",
	"././secret%s",
	"./a/secret%s/",
	"./secret%s ",
	"./secret%s.",
	"./secret .%s/x%s",
	"~/secret%s",
	"~root/secret%s",
	"./secret%s\n",
	"./sec\tret%s",
	"./sec\x7Fret%s",
	"./\x01%s",
	"./a/.. /secret%s",
	"./.. /outside/secret%s",
	"./.../../../outside/secret%s",
	"./%%2e%%2e/outside/secret%s",
	"%%2e%%2e/outside/secret%s",
	"./..;/outside/secret%s",
	"./pipe%s",
	"./a%s",
	"./\xC0\xAE\xC0\xAE/secret%s",
	"./LONG%s",
	"./HUGE%s",
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

static void hostile_path(const char *form, const char *ending, const char *outside, struct str *out)
{
	for (const char *p = form; *p;) {
		if (!strncmp(p, "%s", 2) || !strncmp(p, "%%", 2)) {
			str_add(out, p[1] == 's' ? ending : "%");
			p += 2;
		} else if (!strncmp(p, "OUT", 3)) {
			str_add(out, outside);
			p += 3;
		} else if (!strncmp(p, "LONG", 4) || !strncmp(p, "HUGE", 4)) {
			for (int i = 0; i < (*p == 'L' ? 300 : 5000); i++)
				str_addc(out, 'x');
			p += 4;
		} else {
			str_addc(out, *p++);
		}
	}
}

/* A Vehicle whose path stands in an Archive or in the Manifest of a Reference. */
static void hostile_vehicle(bool archive, const char *path, struct str *out)
{
	STR(quoted, 64 * KIB);
	struct kit k;

	str_add(&quoted, "\"");
	json_escape(&quoted, path, strlen(path));
	str_add(&quoted, "\"");
	kit_start(&k);
	if (archive) {
		STR(more, 64 * KIB);

		str_addf(&more, ",\"Archive\":%s", str_c(&quoted));
		kit_vehicle(&k, COL_SOFTWARE, kit_must(COL_SOFTWARE) & ~(1u << K_ARCHIVE), str_c(&more));
	} else {
		STR(more, 64 * KIB);

		str_addf(&more,
			 ",\"Reference\":{\"Description\":\"x\",\"Signature\":\"" KIT_SIGN
			 "\",\"Manifest\":%s}",
			 str_c(&quoted));
		kit_vehicle(&k, COL_BB, 0, str_c(&more));
	}
	str_add(out, str_c(&k.out));
	kit_done(&k);
}

static void hostile_folder(const char *dir, char outside[400])
{
	static const char *const links[][2] = { { "link", "../outside" },
						{ "a/link", "../../outside" },
						{ "a/up", "../.." },
						{ "file.json", "../outside/secret.json" },
						{ "file.tar.gz", "../outside/secret.tar.gz" },
						{ "loop", "loop" } };
	char path[700];

	snprintf(outside, 400, "%s/outside", dir);
	ck_assert_int_eq(mkdir(outside, 0700), 0);
	snprintf(path, sizeof path, "%s/vc", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/vc/a", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	kit_put(outside, "secret.json", "{}");
	kit_put(outside, "secret.tar.gz", "secret");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "%s/vc/%s", dir, links[i][0]);
		ck_assert_int_eq(symlink(links[i][1], path), 0);
	}
	for (int i = 0; i < 2; i++) { /* a pipe must not make the reader wait, a folder is no file */
		snprintf(path, sizeof path, "%s/vc/pipe%s", dir, i ? ".json" : ".tar.gz");
		ck_assert_int_eq(mkfifo(path, 0600), 0);
		snprintf(path, sizeof path, "%s/vc/a%s", dir, i ? ".json" : ".tar.gz");
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
}

START_TEST(T14_sixty_hostile_paths_in_two_fields_are_refused_and_nothing_outside_is_opened)
{
	char dir[200], outside[400], vc[300], events[4096];
	int watch;

	ck_assert_uint_ge(HOSTILE, 60);
	test_dir_new(dir, sizeof dir);
	hostile_folder(dir, outside);
	snprintf(vc, sizeof vc, "%s/vc", dir);
	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	ck_assert_int_ge(watch, 0);
	ck_assert_int_ge(inotify_add_watch(watch, outside, IN_OPEN | IN_ACCESS), 0);
	for (size_t i = 0; i < HOSTILE; i++)
		for (int archive = 0; archive < 2; archive++) {
			STR(path, 64 * KIB);
			STR(text, KIT_TEXT);
			struct manifest *m;

			hostile_path(hostile[i], archive ? ".tar.gz" : ".json", outside, &path);
			if (!parse_utf8_ok(str_c(&path), path.len))
				str_copy(path.p, path.len + 1,
					 "./../x"); /* bytes that no JSON text can hold */
			hostile_vehicle(archive, str_c(&path), &text);
			kit_put(vc, "vehicle.json", str_c(&text));
			m = read_dir(vc, "vehicle.json", MANIFEST_CHECK_ARCHIVES);
			ck_assert_msg(manifest_errors(m) > 0 && !kit_problem(m, "not-json", NULL, NULL),
				      "'%s' was taken", str_c(&path));
			ck_assert_msg(kit_problem(m, "wrong-path", NULL, NULL) ||
					  kit_problem(m, "manifest-missing", NULL, NULL) ||
					  kit_problem(m, "archive-missing", NULL, NULL) ||
					  kit_problem(m, "wrong-reference", NULL, NULL),
				      "'%s':\n%s", str_c(&path), kit_told(m));
			manifest_free(m);
		}
	ck_assert_msg(read(watch, events, sizeof events) < 0, "something outside was opened");
	/* the watch does see: the same file asked for directly */
	{
		STR(secret, 1000);
		char path[500];
		struct err e;

		snprintf(path, sizeof path, "%s/secret.json", outside);
		ck_ok(file_read(path, &secret, &e));
		ck_assert(read(watch, events, sizeof events) > 0);
	}
	close(watch);
	test_dir_free(dir);
}
END_TEST

/* ---- T15 ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void bounded(const char *dir, const char *code, int64_t limit)
{
	int64_t from = now_ms(), took;
	struct manifest *m = read_dir(dir, "vehicle.json", 0);

	took = now_ms() - from;
	ck_assert_msg(kit_problem(m, code, NULL, NULL) != NULL, "no %s:\n%s", code, kit_told(m));
	ck_assert_msg(took < limit, "it took %" PRId64 " ms", took);
	manifest_free(m);
}

START_TEST(T15_cycles_and_fans_of_references_end_at_once)
{
	char dir[200], name[32];

	test_dir_new(dir, sizeof dir);
	/* itself */
	kit_system_of(dir, "vehicle.json", 1, 1, "Vehicle");
	kit_system_of(dir, "s1.json", 1, 1, "System");
	bounded(dir, "reference-cycle", 1000);
	/* each other */
	kit_system_of(dir, "s1.json", 2, 1, "System");
	kit_system_of(dir, "s2.json", 1, 1, "System");
	bounded(dir, "reference-cycle", 1000);
	/* the one above */
	kit_system_of(dir, "s0.json", 1, 1, "System");
	/* ten thousand of one file: more than a list holds, and in a thousand more than the files */
	kit_system_of(dir, "s1.json", 3, 10000, "System");
	kit_system_of(dir, "s3.json", 9, 0, "System");
	bounded(dir, "wrong-kind", 1000);
	kit_system_of(dir, "s1.json", 3, 1000, "System");
	bounded(dir, "too-large", 1000);
	/* a chain that is too deep */
	for (int i = 1; i < 12; i++) {
		snprintf(name, sizeof name, "s%d.json", i);
		kit_system_of(dir, name, i + 1, 1, "System");
	}
	bounded(dir, "too-large", 1000);
	/* each refers ten times to the next: 10^7 if nobody counted */
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof name, "s%d.json", i);
		kit_system_of(dir, name, i + 1, 10, "System");
	}
	kit_system_of(dir, "s8.json", 9, 0, "System");
	bounded(dir, "too-large", 1000);
	test_dir_free(dir);
}
END_TEST

START_TEST(T15_large_and_deep_files_are_refused_with_bounded_effort)
{
	char dir[200];
	STR(text, 8 * MIB);
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT, .now = KIT_NOW };
	struct manifest *m = NULL;
	int64_t from;
	struct err e;

	test_dir_new(dir, sizeof dir);
	for (int i = 0; i < 5 << 20; i++)
		str_addc(&text, ' ');
	kit_put(dir, "vehicle.json", str_c(&text));
	ck_refused(manifest_read(dir, "vehicle.json", &ask, &m, &e), ERR_TOO_LARGE, "4 MiB");
	str_clear(&text);
	str_add(&text, "{\"Config Type\":\"Vehicle\",\"Systems\":[");
	for (int i = 0; i < 1 << 20; i++)
		str_add(&text, "[],");
	str_add(&text, "[]]}");
	kit_put(dir, "vehicle.json", str_c(&text));
	bounded(dir, "too-large", 1000); /* a million values */
	str_clear(&text);
	for (int i = 0; i < 100000; i++)
		str_add(&text, "[");
	kit_put(dir, "vehicle.json", str_c(&text));
	bounded(dir, "not-json", 1000);
	str_clear(&text);
	str_add(&text, "{\"Config Type\":\"Vehicle\"");
	for (int i = 0; i < 60000; i++)
		str_addf(&text, ",\"member %d\":\"\"", i);
	str_add(&text, "}");
	kit_put(dir, "vehicle.json", str_c(&text));
	from = now_ms();
	m = read_dir(dir, "vehicle.json", 0);
	ck_assert_msg(now_ms() - from < 2000, "%" PRId64 " ms", now_ms() - from);
	ck_assert_ptr_null(manifest_problem_at(m, MANIFEST_PROBLEMS_MAX));
	ck_assert_ptr_nonnull(manifest_problem_at(m, MANIFEST_PROBLEMS_MAX - 1));
	manifest_free(m);
	test_dir_free(dir);
}
END_TEST

START_TEST(T21_a_manifest_has_one_reading_only)
{
	static const char *const all[] = {
		"{\"Config Type\":\"Vehicle\",\"Config Type\":\"System\"}",
		"{\"Config Type\":\"Vehicle\",\"\\u0043onfig Type\":\"System\"}",
		"{\"Config Type\":\"Vehicle\"}{\"Config Type\":\"System\"}",
		"{\"Config Type\":\"Vehicle\",}",
		"{\"Config Type\":\"Vehicle\" /* a */}",
		"{\"Config Type\":\"Vehicle\\u0000\"}",
		"{\"Config Type\":\"Veh\xC0\xAE\"}",
		"{Config Type:\"Vehicle\"}",
		"{\"Config Type\":\"Vehicle\",\"Metadata\":01}",
		"{\"Config Type\":\"Vehicle\",\"Metadata\":+1}",
		"{\"Config Type\":\"Vehicle\",\"Metadata\":Infinity}",
		"{\"Config Type\":\"Vehicle\",\"Metadata\":99999999999999999999}",
		"{\"Systems\":[{\"Name\":\"a\",\"Name\":\"b\"}]}",
	};
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT, .now = KIT_NOW };
	struct err e;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct manifest *m = NULL;

		ck_ok(manifest_read_text(all[i], strlen(all[i]), &ask, &m, &e));
		ck_assert_msg(kit_problem(m, "not-json", NULL, NULL) && !manifest_root(m), "%s", all[i]);
		manifest_free(m);
	}
	{ /* bytes behind a NUL are bytes */
		static const char text[] = "{}\0{\"Config Type\":\"Vehicle\"}";
		struct manifest *m = NULL;

		ck_ok(manifest_read_text(text, sizeof text - 1, &ask, &m, &e));
		ck_assert(kit_problem(m, "not-json", NULL, NULL) != NULL);
		manifest_free(m);
	}
}
END_TEST

/* ---- which file ---- */

START_TEST(J24_the_outermost_manifest_is_found_or_must_be_named)
{
	const struct manifest_ask ask = { .profile = MANIFEST_COMPAT,
					  .checks = MANIFEST_ALONE,
					  .now = KIT_NOW };
	struct manifest *m = NULL;
	char dir[200], none[300];
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(none, sizeof none, "%s/none", dir);
	ck_refused(manifest_read(none, NULL, &ask, &m, &e), ERR_NO_FILE, "no folder");
	ck_refused(manifest_read(dir, NULL, &ask, &m, &e), ERR_NO_FILE, "no Manifest");
	ck_refused(manifest_read(dir, "x.json", &ask, &m, &e), ERR_NO_FILE, "x.json");
	ck_refused(manifest_read(dir, "../x.json", &ask, &m, &e), ERR_INVALID, "upward");
	kit_put(dir, "a.json", "{\"Config Type\":\"Building Block\"}");
	ck_ok(manifest_read(dir, NULL, &ask, &m, &e));
	ck_assert_int_eq(manifest_root(m)->type, CONFIG_BUILDING_BLOCK);
	manifest_free(m);
	kit_put(dir, "b.json", "{\"Config Type\":\"Building Block\"}");
	ck_refused(manifest_read(dir, NULL, &ask, &m, &e), ERR_AMBIGUOUS, "name one");
	kit_put(dir, "c.json", "{\"Config Type\":\"Vehicle\"}");
	ck_ok(manifest_read(dir, NULL, &ask, &m, &e));
	ck_assert_str_eq(manifest_root(m)->file, "c.json");
	manifest_free(m);
	kit_put(dir, "d.json", "{\"Config Type\":\"Vehicle\"}");
	ck_refused(manifest_read(dir, NULL, &ask, &m, &e), ERR_AMBIGUOUS, "both");
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		T14_sixty_hostile_paths_in_two_fields_are_refused_and_nothing_outside_is_opened,
		T15_cycles_and_fans_of_references_end_at_once,
		T15_large_and_deep_files_are_refused_with_bounded_effort,
		T21_a_manifest_has_one_reading_only,
		J24_the_outermost_manifest_is_found_or_must_be_named,
	};

	return RUN_TESTS("manifest", all);
}
