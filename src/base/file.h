/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files with ceilings, and replacement that survives a crash (write, fsync, rename, fsync of the
 * folder). */
#ifndef FIRPATH_BASE_FILE_H
#define FIRPATH_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* "-" reads standard input. ERR_NO_FILE, ERR_TOO_LARGE, ERR_FILE, ERR_DISK. Appends to out up to its ceiling.
 */
int file_read(const char *path, struct str *out, struct err *e) MUST_USE;
/* Whole or not at all. What is no plain file (/dev/stdout) is written to instead of being replaced. */
int file_replace(const char *path, const void *p, size_t n, struct err *e) MUST_USE;
/* All of it into an open file; name is for messages. */
int file_write(int fd, const void *p, size_t n, const char *name, struct err *e) MUST_USE;
/* A new name, or one that went, is on disk once its folder is. path: what was named. */
int file_sync_folder_of(const char *path, struct err *e) MUST_USE;
int file_mkdirs(const char *path, struct err *e) MUST_USE; /* like mkdir -p, mode 0750 */
/* As many files open at once as the machine lets this process have; how many that is. */
int64_t file_limit_raise(void);

#endif
