/* SPDX-License-Identifier: Apache-2.0 */
#include "http/hot.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define KEY_MAX 256

struct slot {
	struct hot_state state;
	char *bytes; /* owned; NULL = free */
	size_t len;
	int status;
	size_t npath;
	char key[KEY_MAX]; /* path and query, both terminated */
};

struct hot {
	struct slot slot[HOT_SLOTS];
};

struct hot *hot_new(void)
{
	return mem_zalloc(sizeof(struct hot));
}

void hot_free(struct hot *h)
{
	for (size_t i = 0; i < HOT_SLOTS; i++)
		free(h->slot[i].bytes);
	free(h);
}

static struct slot *slot_of(struct hot *h, const char *query, size_t n)
{
	return &h->slot[map_hash(query, n) % HOT_SLOTS];
}

char *hot_find(struct hot *h, const char *path, const char *query, const struct hot_state *s, size_t *ret_len,
	       int *ret_status)
{
	struct slot *k = slot_of(h, query, strlen(query));

	if (!k->bytes || k->state.revision != s->revision || k->state.day != s->day ||
	    k->state.checked_at != s->checked_at || k->state.stale != s->stale ||
	    k->state.epoch != s->epoch || strcmp(k->key, path) || strcmp(k->key + k->npath + 1, query))
		return NULL;
	*ret_len = k->len;
	*ret_status = k->status;
	return k->bytes;
}

void hot_keep(struct hot *h, const char *path, const char *query, const struct hot_state *s,
	      const char *bytes, size_t len, int status)
{
	size_t npath = strlen(path), nquery = strlen(query);
	struct slot *k = slot_of(h, query, nquery);

	if (len > HOT_BYTES_MAX || npath + nquery + 2 > KEY_MAX)
		return;
	free(k->bytes);
	k->bytes = mem_alloc(len);
	memcpy(k->bytes, bytes, len);
	memcpy(k->key, path, npath + 1);
	memcpy(k->key + npath + 1, query, nquery + 1);
	k->npath = npath;
	k->state = *s;
	k->len = len;
	k->status = status;
}
