/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void *must(void *p, size_t n)
{
	if (!p) {
		fprintf(stderr, "out of memory: %zu bytes were asked for\n", n);
		abort();
	}
	return p;
}

static size_t product(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		fprintf(stderr, "out of memory: %zu times %zu bytes were asked for\n", n, size);
		abort();
	}
	return total ? total : 1;
}

void *mem_alloc(size_t n)
{
	return must(malloc(n ? n : 1), n);
}

void *mem_zalloc(size_t n)
{
	return must(calloc(1, n ? n : 1), n);
}

void *mem_array(size_t n, size_t size)
{
	size_t total = product(n, size);

	return must(calloc(1, total), total);
}

void *mem_realloc(void *p, size_t n, size_t size)
{
	size_t total = product(n, size);

	return must(realloc(p, total), total);
}

char *mem_strdup(const char *s)
{
	return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
	char *p = mem_alloc(n + 1);

	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}
