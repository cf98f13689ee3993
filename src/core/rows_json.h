/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a query as an array of JSON objects: whole lists, and pages of them.
 */
#ifndef FIRPATH_CORE_ROWS_JSON_H
#define FIRPATH_CORE_ROWS_JSON_H

#include "base/err.h"
#include "base/json.h"
#include "store/db.h"

/* Writes the members of the object of one row; `of` is what rows_json() was given. */
typedef void row_members(const struct rows *r, const void *of, struct jw *w);

/* Writes the member `key`: the rows that are left in r. A page of limit rows at most (0 = all of them) comes
 * from a query that was asked for one row more; when it has that one, *ret_next is column 0 of the last row
 * that was written, else 0. ret_next may be NULL without a limit. */
int rows_json(struct rows *r, const char *key, int64_t limit, row_members *members, const void *of,
	      struct jw *w, int64_t *ret_next, struct err *e) MUST_USE;
/* Ends the answer of a page: the member "next" (text, because it is opaque to readers; null for 0), and its
 * object. */
void rows_page_end(struct jw *w, int64_t next);

#endif
