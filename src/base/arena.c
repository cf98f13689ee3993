/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define ALIGN 16
#define CHUNK_FIRST (4 * KIB)
#define CHUNK_LAST (1 * MIB) /* chunks double up to here; larger requests get a chunk of their own */

struct chunk {
	struct chunk *next;
	size_t used, size; /* of the bytes behind this header */
};

struct arena {
	struct chunk *head; /* owned list; the first one is being filled */
	size_t next_size;
	size_t bytes; /* given out, after rounding */
};

#define HEADER ((sizeof(struct chunk) + ALIGN - 1) / ALIGN * ALIGN)

struct arena *arena_new(void)
{
	struct arena *a = mem_zalloc(sizeof *a);

	a->next_size = CHUNK_FIRST;
	return a;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (!a)
		return;
	for (c = a->head; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c = mem_zalloc(HEADER + size);

	c->size = size;
	return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct chunk *c = a->head;
	size_t want = n ? n : 1;
	void *p;

	if (want > SIZE_MAX / 2) {
		fprintf(stderr, "out of memory: %zu bytes were asked for\n", n);
		abort();
	}
	want = (want + ALIGN - 1) / ALIGN * ALIGN;
	if (!c || c->size - c->used < want) {
		if (c && want > a->next_size /
				    4) { /* own chunk behind the head: keeps the rest of the head in use */
			c = chunk_new(want);
			c->next = a->head->next;
			a->head->next = c;
		} else {
			c = chunk_new(want > a->next_size ? want : a->next_size);
			c->next = a->head;
			a->head = c;
			if (a->next_size < CHUNK_LAST)
				a->next_size *= 2;
		}
	}
	p = (char *)c + HEADER + c->used;
	c->used += want;
	a->bytes += want;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		fprintf(stderr, "out of memory: %zu times %zu bytes were asked for\n", n, size);
		abort();
	}
	return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (n)
		memcpy(p, s, n);
	return p; /* the arena is zeroed: terminated */
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}
