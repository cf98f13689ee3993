/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/mem.h"
#include "base/str.h"

struct walk {
	tree_see *see;
	void *ctx;
	int left; /* things that may still come */
};

/* The names of one folder. */
struct names {
	char **name; /* owned, each owned */
	size_t n, cap;
};

static void names_done(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->name[i]);
	mem_free(l->name);
}
DEFINE_OWN_VAL(struct names, names_done)

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void dir_close_own(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The folder's names, sorted; the descriptor is used up. */
static int names_read(int fd_, const char *path, int most, struct names *ret, struct err *e)
{
	OWN(dir_close) DIR *d = fdopendir(fd_);
	struct dirent *x;

	if (!d) {
		close(fd_);
		return err_errno(e, errno, "the folder '%.200s'", path);
	}
	while (errno = 0, (x = readdir(d))) {
		if (!strcmp(x->d_name, ".") || !strcmp(x->d_name, ".."))
			continue;
		if (ret->n >= (size_t)most)
			return err_set(e, ERR_TOO_LARGE, "the folder '%.200s' holds too many files", path);
		if (ret->n == ret->cap) {
			ret->cap = ret->cap ? 2 * ret->cap : 64;
			ret->name = mem_realloc(ret->name, ret->cap, sizeof *ret->name);
		}
		ret->name[ret->n++] = mem_strdup(x->d_name);
	}
	if (errno)
		return err_errno(e, errno, "the folder '%.200s'", path);
	if (ret->n)
		qsort(ret->name, ret->n, sizeof *ret->name, name_order);
	return OK;
}

static int walk_folder(struct walk *w, int parent, const char *name, const char *path, int depth,
		       struct err *e)
{
	OWN(names_done) struct names l = { NULL, 0, 0 };
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), again;
	OWN(fd_close) int here = -1;

	if (fd < 0)
		return err_errno(e, errno, "the folder '%.200s'", path);
	here = fd;
	again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (again < 0)
		return err_errno(e, errno, "the folder '%.200s'", path);
	if (names_read(again, path, w->left, &l, e))
		return (int)e->code;
	for (size_t i = 0; i < l.n; i++) {
		STR(full, TREE_NAME_MAX);
		struct stat st;

		if (fstatat(here, l.name[i], &st, AT_SYMLINK_NOFOLLOW)) {
			if (errno == ENOENT) /* went away meanwhile */
				continue;
			return err_errno(e, errno, "'%.200s' in '%.200s'", l.name[i], path);
		}
		str_addf(&full, "%s%s%s", path, *path ? "/" : "", l.name[i]);
		if (full.over || depth >= TREE_DEPTH_MAX || w->left-- <= 0)
			return err_set(e, ERR_TOO_LARGE,
				       "the folder '%.200s' holds too many files, or is too deep", path);
		if (w->see(w->ctx, str_c(&full), &st, e) ||
		    (S_ISDIR(st.st_mode) && walk_folder(w, here, l.name[i], str_c(&full), depth + 1, e)))
			return (int)e->code;
	}
	return OK;
}

int tree_walk(const char *path, int most, tree_see *see, void *ctx, struct err *e)
{
	struct walk w = { see, ctx, most };
	OWN(fd_close) int fd = -1;

	if (beneath_folder(path, &fd, e))
		return (int)e->code;
	return walk_folder(&w, fd, ".", "", 0, e);
}

struct sync_ctx {
	int fd;
};

static int sync_one(void *ctx, const char *name, const struct stat *st, struct err *e)
{
	const struct sync_ctx *c = ctx;
	OWN(fd_close) int fd = -1;

	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return OK;
	fd = openat(c->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return err_errno(e, errno, "writing '%.200s'", name);
	return OK;
}

int tree_sync(const char *path, int most, struct err *e)
{
	OWN(fd_close) int fd = -1;
	struct sync_ctx c;

	if (beneath_folder(path, &fd, e))
		return (int)e->code;
	c.fd = fd;
	if (tree_walk(path, most, sync_one, &c, e))
		return (int)e->code;
	return fsync(fd) ? err_errno(e, errno, "writing '%.200s'", path) : OK;
}

static int remove_in(int parent, const char *name, int depth, struct err *e)
{
	OWN(names_done) struct names l = { NULL, 0, 0 };
	OWN(fd_close) int here = -1;
	int again;

	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return OK;
	if (errno != EISDIR && errno != EPERM)
		return err_errno(e, errno, "removing '%.200s'", name);
	here = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (here < 0 || (again = fcntl(here, F_DUPFD_CLOEXEC, 0)) < 0)
		return err_errno(e, errno, "removing '%.200s'", name);
	if (depth > 4 * TREE_DEPTH_MAX) {
		close(again);
		return err_set(e, ERR_TOO_LARGE, "'%.200s' is too deep to be removed", name);
	}
	if (names_read(again, name, INT_MAX, &l, e))
		return (int)e->code;
	for (size_t i = 0; i < l.n; i++)
		if (remove_in(here, l.name[i], depth + 1, e))
			return (int)e->code;
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return err_errno(e, errno, "removing '%.200s'", name);
	return OK;
}

int tree_remove(const char *path, struct err *e)
{
	return remove_in(AT_FDCWD, path, 0, e);
}
