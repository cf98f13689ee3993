/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail: out of memory ends the process with a message. What is sized by input must
 * have a ceiling at its construction (str, vec, arena): limits are testable, out-of-memory handling is not.
 */
#ifndef FIRPATH_BASE_MEM_H
#define FIRPATH_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

#include "base/own.h"

#define KIB ((size_t)1024)
#define MIB (KIB * 1024)

void *mem_alloc(size_t n);              /* not zeroed */
void *mem_zalloc(size_t n);             /* zeroed */
void *mem_array(size_t n, size_t size); /* zeroed, overflow checked */
void *mem_realloc(void *p, size_t n, size_t size);
char *mem_strdup(const char *s); /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);

static inline void mem_free_own(char **p)
{
	free(*p);
}
#define mem_free free

#endif
