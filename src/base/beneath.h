/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beneath a folder, by names that somebody else wrote (T14): openat2() with "beneath", "no symbolic
 * links" and "no magic links", so that the kernel refuses whatever would lead out, also when the folder is
 * changed while we look. A kernel without openat2() is an error, never a reason to look less closely.
 *
 * Names are relative, separated by '/'. Errors: ERR_NO_FILE (nothing of that name), ERR_INVALID (a link, a
 * name that leads out, or no plain file), ERR_FILE, ERR_DISK.
 */
#ifndef FIRPATH_BASE_BENEATH_H
#define FIRPATH_BASE_BENEATH_H

#include <stdint.h>
#include <unistd.h>

#include "base/err.h"

/* Releases a descriptor in scope: OWN(fd_close) int fd = -1; */
static inline void fd_close_own(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The folder itself; its own path is the caller's and may go through links. */
int beneath_folder(const char *path, int *ret_fd, struct err *e) MUST_USE;
/* A plain file, for reading. ret_size may be NULL. */
int beneath_read(int folder, const char *name, int *ret_fd, int64_t *ret_size, struct err *e) MUST_USE;
/* A new plain file, for writing, mode 0640; ERR_CONFLICT when there is something of that name. Folders above
 * it are made (0750). */
int beneath_make(int folder, const char *name, int *ret_fd, struct err *e) MUST_USE;
/* A folder beneath, opened for listing; "" or "." = the folder again. */
int beneath_subfolder(int folder, const char *name, int *ret_fd, struct err *e) MUST_USE;
/* Makes the folder and those above it, 0750; fine when it is there. */
int beneath_mkdirs(int folder, const char *name, struct err *e) MUST_USE;

#endif
