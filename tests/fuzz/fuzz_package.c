/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a Package: it is refused and nothing is left, or it is unpacked and every file lies in the
 * folder, is a plain one and has a name that package_name_fault() takes.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tree.h"
#include "manifest/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_see(void *ctx, const char *name, const struct stat *st, struct err *e)
{
	(void)ctx;
	(void)e;
	if (package_name_fault(name) || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		abort();
	return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/firpath-fuzz-XXXXXX", file[64], into[64];
	struct package_facts f;
	struct stat st;
	struct err e;
	int fd;

	if (!mkdtemp(dir))
		abort();
	snprintf(file, sizeof file, "%s/in", dir);
	snprintf(into, sizeof into, "%s/out", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
		abort();
	if (package_unpack(file, into, NULL, &f, &e)) {
		if (unlink(file) || rmdir(dir)) /* nothing else may be there */
			abort();
		return 0;
	}
	if (lstat(into, &st) || !S_ISDIR(st.st_mode) || f.files < 1 ||
	    tree_walk(into, PACKAGE_MEMBERS_MAX * PACKAGE_DEPTH_MAX, file_see, NULL, &e) ||
	    tree_remove(dir, &e))
		abort();
	return 0;
}
