/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

struct slot {
	char *key; /* owned, NULL = free */
	void *val; /* borrowed */
	uint64_t hash;
};

struct map {
	struct slot *slots; /* owned */
	size_t cap;         /* power of two */
	size_t n;
};

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 r = (unsigned __int128)a * b;

	return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t map_hash(const void *p, size_t n)
{
	const unsigned char *s = p;
	uint64_t h = UINT64_C(0xA0761D6478BD642F) ^ n, w;

	while (n >= 8) {
		memcpy(&w, s, 8);
		h = fold(h ^ w, UINT64_C(0xE7037ED1A0B428DB));
		s += 8;
		n -= 8;
	}
	w = 0;
	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)s[i] << (8 * i);
	h = fold(h ^ w, UINT64_C(0x8EBC6AF09C88C6E3));
	return fold(h, UINT64_C(0x589965CC75374CC3));
}

struct map *map_new(void)
{
	struct map *m = mem_zalloc(sizeof *m);

	m->cap = 16;
	m->slots = mem_array(m->cap, sizeof *m->slots);
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	free(m);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->slots[i].key && (m->slots[i].hash != hash || strcmp(m->slots[i].key, key) != 0))
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *map_get(const struct map *m, const char *key)
{
	return m->slots[slot_of(m, key, map_hash(key, strlen(key)))].val;
}

static void map_grow(struct map *m)
{
	struct slot *was = m->slots;
	size_t n = m->cap, to;

	m->cap *= 2;
	m->slots = mem_array(m->cap, sizeof *m->slots);
	for (size_t i = 0; i < n; i++) {
		if (!was[i].key)
			continue;
		to = (size_t)was[i].hash & (m->cap - 1);
		while (m->slots[to].key)
			to = (to + 1) & (m->cap - 1);
		m->slots[to] = was[i];
	}
	free(was);
}

void map_put(struct map *m, const char *key, void *val)
{
	uint64_t hash = map_hash(key, strlen(key));
	struct slot *s;

	if ((m->n + 1) * 4 > m->cap * 3)
		map_grow(m);
	s = &m->slots[slot_of(m, key, hash)];
	if (!s->key) {
		s->key = mem_strdup(key);
		s->hash = hash;
		m->n++;
	}
	s->val = val;
}

void *map_del(struct map *m, const char *key)
{
	size_t mask = m->cap - 1, i = slot_of(m, key, map_hash(key, strlen(key))), j, home;
	void *val = m->slots[i].val;

	if (!m->slots[i].key)
		return NULL;
	free(m->slots[i].key);
	m->n--;
	/* Move later members of the run back, so that no search stops at the hole. */
	for (j = (i + 1) & mask; m->slots[j].key; j = (j + 1) & mask) {
		home = (size_t)m->slots[j].hash & mask;
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		m->slots[i] = m->slots[j];
		i = j;
	}
	m->slots[i] = (struct slot){ NULL, NULL, 0 };
	return val;
}

size_t map_count(const struct map *m)
{
	return m->n;
}

void map_each(const struct map *m, void (*fn)(const char *key, void *val, void *ctx), void *ctx)
{
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			fn(m->slots[i].key, m->slots[i].val, ctx);
}

static struct map64_slot *map64_slots(unsigned bits)
{
	size_t n = (size_t)1 << bits;
	struct map64_slot *s = mem_array(n, sizeof *s);

	for (size_t i = 0; i < n; i++)
		s[i].val = MAP64_NONE;
	return s;
}

struct map64 *map64_new(size_t expect)
{
	struct map64 *m = mem_zalloc(sizeof *m);

	m->bits = 4;
	while (((size_t)1 << m->bits) / 2 < expect)
		m->bits++;
	m->slots = map64_slots(m->bits);
	return m;
}

void map64_free(struct map64 *m)
{
	if (!m)
		return;
	free(m->slots);
	free(m);
}

static struct map64_slot *map64_slot(struct map64 *m, uint64_t key)
{
	size_t mask = ((size_t)1 << m->bits) - 1, i = map64_home(m, key);

	while (m->slots[i].val != MAP64_NONE && m->slots[i].key != key)
		i = (i + 1) & mask;
	return &m->slots[i];
}

bool map64_put(struct map64 *m, uint64_t key, uint32_t val)
{
	struct map64_slot *was = m->slots, *s = map64_slot(m, key);
	size_t n = (size_t)1 << m->bits;

	assert(val != MAP64_NONE);
	if (s->val != MAP64_NONE)
		return false;
	if ((m->n + 1) * 2 > n) {
		m->bits++;
		m->slots = map64_slots(m->bits);
		for (size_t i = 0; i < n; i++)
			if (was[i].val != MAP64_NONE)
				*map64_slot(m, was[i].key) = was[i];
		free(was);
		s = map64_slot(m, key);
	}
	s->key = key;
	s->val = val;
	m->n++;
	return true;
}
