/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that come in pages: fetched to their end (or to --limit), put together as one answer of the same
 * shape. */
#ifndef FIRPATH_CLI_LIST_H
#define FIRPATH_CLI_LIST_H

#include "cli/command.h"

/* One page: appends {"MEMBER":[...],"next":...} for a cursor (NULL = the first) and a limit. */
typedef int page_fn(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
		    struct err *e);

/* Option --limit of lists; 0 = all. */
int list_limit(const struct call *c, int64_t *ret, struct err *e) MUST_USE;
/* {"MEMBER":[all of them],"next":null or where it stopped, other members as the last page has them}. */
int list_collect(struct call *c, const char *member, page_fn *page, void *ctx, struct str *out,
		 struct err *e) MUST_USE;
/* The page function of an address at the service; ctx is its text, with the filters in its query. */
int list_page_get(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
		  struct err *e) MUST_USE;

#endif
