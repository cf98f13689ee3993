/* SPDX-License-Identifier: Apache-2.0 */
/* Batches with one life time: allocate freely, free once. Not thread-safe; a finished arena may be read by
 * many. */
#ifndef FIRPATH_BASE_ARENA_H
#define FIRPATH_BASE_ARENA_H

#include <stddef.h>

#include "base/own.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t n);              /* zeroed, 16-byte aligned */
void *arena_array(struct arena *a, size_t n, size_t size); /* overflow checked */
char *arena_strdup(struct arena *a, const char *s);        /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
size_t arena_bytes(const struct arena *a);
DEFINE_OWN(struct arena, arena_free)

#endif
