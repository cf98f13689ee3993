/* SPDX-License-Identifier: Apache-2.0 */
/* The entries that stand in a store, for tests of imports. */
#ifndef FIRPATH_TESTS_IMPORT_LIST_H
#define FIRPATH_TESTS_IMPORT_LIST_H

#include <inttypes.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import_kit.h"
#include "store/store_entry.h"

static struct err e; /* of the program that includes this */

/* What stands, copied out of the store. */
struct list {
	VEC(struct store_entry) v; /* text owned */
};

static inline char *copy(const char *s)
{
	return mem_strdup(s);
}

static inline void list_read(struct list *l, struct db *db, int64_t revision)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_entry x;
	bool got;

	memset(l, 0, sizeof *l);
	ck_ok(store_entry_list(db, revision, &r, &e));
	for (;;) {
		ck_ok(store_entry_next(r, &x, &got, &e));
		if (!got)
			break;
		x.scheme = "cpl";
		x.public_id = copy(x.public_id);
		x.version = copy(x.version);
		x.hash = copy(x.hash);
		for (int c = 0; c < CPL_COLS; c++)
			x.text[c] = copy(x.text[c]);
		vec_push(&l->v, x);
	}
}

static inline void list_free(struct list *l)
{
	for (size_t i = 0; i < l->v.n; i++) {
		free((char *)(uintptr_t)l->v.v[i].public_id);
		free((char *)(uintptr_t)l->v.v[i].version);
		free((char *)(uintptr_t)l->v.v[i].hash);
		for (int c = 0; c < CPL_COLS; c++)
			free((char *)(uintptr_t)l->v.v[i].text[c]);
	}
	vec_done(&l->v);
}

static inline const struct store_entry *list_find(const struct list *l, const char *id)
{
	for (size_t i = 0; i < l->v.n; i++)
		if (!strcmp(l->v.v[i].public_id, id))
			return &l->v.v[i];
	return NULL;
}

/* The same for an entry that must be there. */
static inline const struct store_entry *list_get(const struct list *l, const char *id)
{
	const struct store_entry *x = list_find(l, id);

	if (!x)
		ck_abort_msg("entry %s does not stand", id);
	return x;
}

#endif
