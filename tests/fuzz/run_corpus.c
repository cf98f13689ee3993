/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer, so that `make check` guards what was found once. Feeds every file of
 * the folders and files given (default: the corpus named after the program, fuzz_x -> tests/corpus/x) to the
 * target, then a fixed number of variations of each, always the same ones. A crash or abort names its input
 * on standard error; the bytes of a variation are left in fuzz-crash.bin of the current folder.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rnd.h"

#define INPUT_MAX (32 * MIB)
#define VARY_MAX (64 * KIB) /* larger inputs are fed as they are only */
#define VARIATIONS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct rnd rnd;
	size_t files, inputs;
};

static void feed(struct run *r, const char *name, int variation, const char *p, size_t n)
{
	char *copy = mem_alloc(n); /* exact size: a sanitizer sees a read behind the end */
	char what[256];
	struct err e;

	memcpy(copy, p, n);
	r->inputs++;
	/* Written before the call: after a crash it is too late. */
	if (getenv("FUZZ_TRACE")) {
		snprintf(what, sizeof what, "%s variation %d\n", name, variation);
		fputs(what, stderr);
		if (variation && file_replace("fuzz-crash.bin", copy, n, &e))
			fputs(e.msg, stderr);
	}
	LLVMFuzzerTestOneInput((const uint8_t *)copy, n);
	free(copy);
}

/* One to four small edits: a changed, lost, repeated or foreign byte, a lost or repeated stretch. */
static size_t vary(struct rnd *rnd, char *p, size_t n, size_t room)
{
	for (uint64_t edits = 1 + rnd_below(rnd, 4); edits && n; edits--) {
		size_t at = rnd_below(rnd, n), len = 1 + rnd_below(rnd, n - at < 16 ? n - at : 16);

		switch (rnd_below(rnd, 6)) {
		case 0:
			p[at] = (char)(p[at] ^ 1 << rnd_below(rnd, 8));
			break;
		case 1:
			p[at] = (char)rnd_below(rnd, 256);
			break;
		case 2:
			p[at] = "\"\\{}[],:;\n\r\t 09-+.eEnNuU<&'#="[rnd_below(rnd, 29)];
			break;
		case 3:
			memmove(p + at, p + at + len, n - at - len);
			n -= len;
			break;
		case 4:
			if (n + len <= room) {
				memmove(p + at + len, p + at, n - at);
				n += len;
			}
			break;
		default:
			n = at;
			break;
		}
	}
	return n;
}

static int feed_file(struct run *r, const char *path)
{
	STR(text, INPUT_MAX);
	struct err e;
	size_t n;

	if (file_read(path, &text, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	r->files++;
	feed(r, path, 0, str_c(&text), text.len);
	if (text.len > VARY_MAX)
		return 0;
	OWN(mem_free) char *buf = mem_alloc(text.len + KIB);
	for (int i = 1; i <= VARIATIONS; i++) {
		memcpy(buf, str_c(&text), text.len);
		n = vary(&r->rnd, buf, text.len, text.len + KIB);
		feed(r, path, i, buf, n);
	}
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int feed_path(struct run *r, const char *path)
{
	struct dirent **list;
	char file[4096];
	struct stat st;
	int n, rc = 0;

	if (stat(path, &st)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return feed_file(r, path);
	n = scandir(path, &list, NULL, by_name);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof file, "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && feed_file(r, file))
			rc = 1;
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return rc || n < 0;
}

int main(int argc, char **argv)
{
	struct run r = { rnd_seeded(20231), 0, 0 };
	const char *base = strrchr(argv[0], '/'), *noun;
	char path[4096];
	int rc = 0;

	base = base ? base + 1 : argv[0];
	noun = strstr(base, "fuzz_");
	if (argc < 2 && noun) {
		snprintf(path, sizeof path, "%s/tests/corpus/%s", SRCDIR, noun + 5);
		rc = feed_path(&r, path);
	}
	for (int i = 1; i < argc; i++)
		rc |= feed_path(&r, argv[i]);
	printf("%s: %zu files, %zu inputs\n", base, r.files, r.inputs);
	return rc || !r.files; /* an empty corpus proves nothing */
}
