/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is being imported: a file or bytes in memory, up to IMPORT_FILE_MAX, read at any place. A file is read
 * where it lies; only standard input is taken into memory. Private to import/.
 */
#ifndef FIRPATH_IMPORT_INPUT_H
#define FIRPATH_IMPORT_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "import/feed.h"

struct input;

/* ERR_NO_FILE, ERR_INVALID (a folder, a device), ERR_TOO_LARGE, ERR_DISK, ERR_FILE. Bytes are borrowed. */
int input_open(const struct feed_input *in, struct input **ret, struct err *e) MUST_USE;
void input_free(struct input *in);
DEFINE_OWN(struct input, input_free)
int64_t input_size(const struct input *in);
/* Up to n bytes at a place; *ret_n = 0 at the end. */
int input_read(const struct input *in, int64_t at, void *buf, size_t n, size_t *ret_n,
	       struct err *e) MUST_USE;
/* SHA-256 of everything, as 64 hex digits. */
int input_hash(const struct input *in, char ret[65], struct err *e) MUST_USE;

#endif
