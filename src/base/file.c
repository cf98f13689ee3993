/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/mem.h"

static int read_all(int fd, const char *name, struct str *out, struct err *e)
{
	char buf[16 * KIB];
	ssize_t n;

	for (;;) {
		n = read(fd, buf, sizeof buf);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s cannot be read", name);
		if (n == 0)
			return OK;
		str_addn(out, buf, (size_t)n);
		if (out->over)
			return err_set(e, ERR_TOO_LARGE, "%s is larger than the limit of %zu bytes", name,
				       out->max);
	}
}

int file_read(const char *path, struct str *out, struct err *e)
{
	OWN(fd_close) int fd = -1;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", out, e);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file '%s'", path)
				       : err_errno(e, errno, "'%s' cannot be opened", path);
	return read_all(fd, path, out, e);
}

static int write_all(int fd, const char *p, size_t n)
{
	ssize_t put;

	while (n) {
		put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int file_write(int fd, const void *p, size_t n, const char *name, struct err *e)
{
	return write_all(fd, p, n) ? err_errno(e, errno, "'%.200s' cannot be written", name) : OK;
}

int file_sync_folder_of(const char *path, struct err *e)
{
	OWN(fd_close) int fd = -1;
	const char *slash = strrchr(path, '/');
	OWN(mem_free) char *dir = slash ? mem_strndup(path, (size_t)(slash - path) + 1) : mem_strdup(".");

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return err_errno(e, errno, "'%s' is written, but its folder cannot be synced", path);
	return OK;
}

/* What is no plain file (a terminal, a pipe, /dev/full) cannot be replaced, only written to. */
static int write_through(const char *path, const void *p, size_t n, struct err *e)
{
	OWN(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || write_all(fd, p, n))
		return err_errno(e, errno, "'%s' cannot be written", path);
	return OK;
}

int file_replace(const char *name, const void *p, size_t n, struct err *e)
{
	OWN(fd_close) int fd = -1;
	/* A link stays: what it leads to is replaced. */
	OWN(mem_free) char *real = realpath(name, NULL);
	const char *path = real ? real : name;
	STR(tmp, 4 * KIB);
	struct stat st;
	int was;

	if (!stat(name, &st) && !S_ISREG(st.st_mode))
		return write_through(name, p, n, e);
	str_addf(&tmp, "%s.XXXXXX", path);
	if (tmp.over)
		return err_set(e, ERR_INVALID, "the file name is longer than %zu bytes", tmp.max);
	fd = mkostemp(tmp.p, O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "no new file can be made beside '%s'", path);
	if (fchmod(fd, 0640) || write_all(fd, p, n) || fsync(fd) || rename(tmp.p, path)) {
		was = errno;
		unlink(tmp.p);
		return err_errno(e, was, "'%s' cannot be written", path);
	}
	return file_sync_folder_of(path, e);
}

int file_mkdirs(const char *path, struct err *e)
{
	OWN(mem_free) char *p = mem_strdup(path);
	struct stat st;

	for (char *s = p + 1; *p; s++) {
		char c = *s;

		if (c != '/' && c != '\0')
			continue;
		*s = '\0';
		if (mkdir(p, 0750) && errno != EEXIST)
			return err_errno(e, errno, "the folder '%s' cannot be made", p);
		*s = c;
		if (!c)
			break;
	}
	if (stat(path, &st))
		return err_errno(e, errno, "the folder '%s' cannot be made", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_FILE, "'%s' is there, but it is no folder", path);
	return OK;
}

int64_t file_limit_raise(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return 0;
	if (lim.rlim_cur != lim.rlim_max) {
		rlim_t before = lim.rlim_cur;

		lim.rlim_cur = lim.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &lim))
			return (int64_t)before;
	}
	return lim.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)lim.rlim_cur;
}
