/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole answers that one thread gave lately, by address and question, for routes with ROUTE_HOT. An answer
 * made from the catalogue alone depends on the revision, the day, when the CPL was last checked, and the
 * program; all but the last are compared at each use, so an answer from here is the answer that would be
 * made. Only the date and the request id are put in anew.
 *
 * One thread each; HOT_SLOTS answers of up to HOT_BYTES_MAX, the newer one of two that share a slot stays.
 */
#ifndef FIRPATH_HTTP_HOT_H
#define FIRPATH_HTTP_HOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

#define HOT_SLOTS 32
#define HOT_BYTES_MAX 4096

struct hot;

/* What an answer is true for. */
struct hot_state {
	int64_t revision, day, checked_at;
	bool stale;    /* the CPL (core/lookup.h): turns within a day */
	int64_t epoch; /* of the store */
};

struct hot *hot_new(void);
void hot_free(struct hot *h);

/* The answer, with room for its date and id to be overwritten in place; NULL when there is none. */
char *hot_find(struct hot *h, const char *path, const char *query, const struct hot_state *s, size_t *ret_len,
	       int *ret_status);
/* Keeps a copy of head and body as they went out; too large ones are let go. */
void hot_keep(struct hot *h, const char *path, const char *query, const struct hot_state *s,
	      const char *bytes, size_t len, int status);

#endif
