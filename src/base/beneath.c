/* SPDX-License-Identifier: Apache-2.0 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/mem.h"

#define NAME_MAX_BYTES 4095
#define TRIES 8 /* EAGAIN: something was renamed meanwhile, the kernel could not be sure */

static int open_beneath(int folder, const char *name, int flags, mode_t mode, int *ret_fd, struct err *e)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
				.mode = flags & O_CREAT ? mode : 0,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	long fd = -1;

	if (!*name || strlen(name) > NAME_MAX_BYTES)
		return err_set(e, ERR_INVALID, "'%.80s' is no name of a file", name);
	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, folder, name, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	if (fd >= 0) {
		*ret_fd = (int)fd;
		return OK;
	}
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return err_set(e, ERR_NO_FILE, "there is no file '%.200s'", name);
	case EXDEV:
		return err_set(e, ERR_INVALID, "'%.200s' leads out of its folder", name);
	case ELOOP:
		return err_set(e, ERR_INVALID, "'%.200s' is or goes through a symbolic link", name);
	case EEXIST:
		return err_set(e, ERR_CONFLICT, "there is something of the name '%.200s' already", name);
	case EISDIR:
	case ENXIO:
		return err_set(e, ERR_INVALID, "'%.200s' is no plain file", name);
	case ENOSYS:
		return err_set(e, ERR_FILE,
			       "this kernel cannot open files safely beneath a folder (openat2, Linux 5.6)");
	default:
		return err_errno(e, errno, "'%.200s' cannot be opened", name);
	}
}

int beneath_folder(const char *path, int *ret_fd, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? err_set(e, ERR_NO_FILE, "there is no folder '%.200s'", path)
			   : err_errno(e, errno, "the folder '%.200s' cannot be opened", path);
	*ret_fd = fd;
	return OK;
}

int beneath_subfolder(int folder, const char *name, int *ret_fd, struct err *e)
{
	return open_beneath(folder, *name ? name : ".", O_RDONLY | O_DIRECTORY, 0, ret_fd, e);
}

/* O_NONBLOCK: a pipe must not make us wait; plain files do not care. */
int beneath_read(int folder, const char *name, int *ret_fd, int64_t *ret_size, struct err *e)
{
	OWN(fd_close) int fd = -1;
	struct stat st;

	if (open_beneath(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, e))
		return (int)e->code;
	if (fstat(fd, &st))
		return err_errno(e, errno, "'%.200s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "'%.200s' is no plain file", name);
	if (ret_size)
		*ret_size = (int64_t)st.st_size;
	*ret_fd = fd;
	fd = -1;
	return OK;
}

/* One level. What is there already must be a folder, not a link to one. */
static int mkdir_one(int folder, const char *name, struct err *e)
{
	OWN(fd_close) int above = -1;
	OWN(fd_close) int made = -1;
	const char *slash = strrchr(name, '/');
	OWN(mem_free) char *up = slash ? mem_strndup(name, (size_t)(slash - name)) : mem_strdup(".");
	const char *last = slash ? slash + 1 : name;

	if (beneath_subfolder(folder, up, &above, e))
		return (int)e->code;
	if (!strcmp(last, ".") || !strcmp(last, ".."))
		return err_set(e, ERR_INVALID, "'%.200s' is no name of a folder", name);
	if (mkdirat(above, last, 0750) && errno != EEXIST)
		return err_errno(e, errno, "the folder '%.200s' cannot be made", name);
	return beneath_subfolder(folder, name, &made, e);
}

int beneath_mkdirs(int folder, const char *name, struct err *e)
{
	OWN(mem_free) char *p = mem_strdup(name);

	for (char *s = p; *p; s++) {
		char c = *s;

		if (c != '/' && c != '\0')
			continue;
		*s = '\0';
		if (mkdir_one(folder, p, e))
			return (int)e->code;
		if (!c)
			break;
		*s = c;
	}
	return OK;
}

int beneath_make(int folder, const char *name, int *ret_fd, struct err *e)
{
	const char *slash = strrchr(name, '/');
	OWN(mem_free) char *up = slash ? mem_strndup(name, (size_t)(slash - name)) : NULL;

	if (up && beneath_mkdirs(folder, up, e))
		return (int)e->code;
	return open_beneath(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640, ret_fd, e);
}
