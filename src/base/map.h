/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash maps: text -> pointer-sized value, and 64-bit key -> 32-bit index. Open addressing, no deletion for
 * map64 (snapshots are built once and read by many threads).
 */
#ifndef FIRPATH_BASE_MAP_H
#define FIRPATH_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct map; /* text keys, copied */
struct map64_slot {
	uint64_t key;
	uint32_t val; /* MAP64_NONE = free */
};
struct map64 {                    /* open so that lookups are inlined; only map.c writes it */
	struct map64_slot *slots; /* owned, 1 << bits of them, at most half used */
	size_t n;                 /* used slots */
	unsigned bits;
};

struct map *map_new(void);
void map_free(struct map *m);                            /* does not free values */
void *map_get(const struct map *m, const char *key);     /* NULL when absent */
void map_put(struct map *m, const char *key, void *val); /* replaces */
void *map_del(struct map *m, const char *key);           /* returns the old value */
size_t map_count(const struct map *m);
void map_each(const struct map *m, void (*fn)(const char *key, void *val, void *ctx), void *ctx);
DEFINE_OWN(struct map, map_free)

#define MAP64_NONE UINT32_MAX
struct map64 *map64_new(size_t expect);
void map64_free(struct map64 *m);
static inline size_t map64_home(const struct map64 *m, uint64_t key)
{
	uint64_t h = (key ^ (key >> 32)) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */

	return (size_t)(h >> (64 - m->bits));
}
static inline uint32_t map64_get(const struct map64 *m, uint64_t key) /* MAP64_NONE when absent */
{
	size_t mask = ((size_t)1 << m->bits) - 1;
	size_t i = map64_home(m, key);

	while (m->slots[i].val != MAP64_NONE && m->slots[i].key != key)
		i = (i + 1) & mask;
	return m->slots[i].val;
}
bool map64_put(struct map64 *m, uint64_t key,
	       uint32_t val); /* false (unchanged) when the key is there; val is not MAP64_NONE */
DEFINE_OWN(struct map64, map64_free)

uint64_t map_hash(const void *p, size_t n); /* 64-bit, not secret, stable within a process */

#endif
