/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders with all that is in them: listing, syncing, removing. Links are never followed; what is neither a
 * plain file nor a folder is told as it is. At most TREE_DEPTH_MAX folders deep.
 */
#ifndef FIRPATH_BASE_TREE_H
#define FIRPATH_BASE_TREE_H

#include <sys/stat.h>

#include "base/err.h"

#define TREE_DEPTH_MAX 32
#define TREE_NAME_MAX 4096

/* Called for each thing, a folder before what is in it, names of one folder sorted by their bytes. name: path
 * relative to the folder. Returns 0, or an error (then e is filled) that ends the walk. */
typedef int tree_see(void *ctx, const char *name, const struct stat *st, struct err *e);
/* ERR_NO_FILE when there is no such folder, ERR_TOO_LARGE beyond most things or TREE_DEPTH_MAX. */
int tree_walk(const char *path, int most, tree_see *see, void *ctx, struct err *e) MUST_USE;
/* All files and folders reach the disk. */
int tree_sync(const char *path, int most, struct err *e) MUST_USE;
/* Removes it; fine when there is none. */
int tree_remove(const char *path, struct err *e) MUST_USE;

#endif
