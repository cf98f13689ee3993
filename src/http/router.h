/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From method and path to a row of the route tables. Addresses without {} are found by one hash, the others
 * segment by segment. Built once, then read by all threads. Paths are compared as sent: nothing is
 * normalised, so "//" and
 * "/../" fit no route.
 */
#ifndef FIRPATH_HTTP_ROUTER_H
#define FIRPATH_HTTP_ROUTER_H

#include "http/http.h"

struct router;

struct router *
router_new(const struct route *const *tables); /* NULL-terminated list, borrowed; asserts on twins */
void router_free(struct router *r);

enum router_answer { ROUTER_FOUND, ROUTER_NO_METHOD, ROUTER_NONE };
/* arg: decoded segments, in buf (at least strlen(path)+ROUTE_ARGS_MAX+1 bytes). HEAD finds GET. *ret_allow:
 * for the Allow header, when the path is known; borrowed. A segment that does not decode fits nothing. */
enum router_answer router_find(const struct router *r, const char *method, const char *path, const char **arg,
			       char *buf, const struct route **ret, const char **ret_allow);
/* Is name among words separated by blanks? */
bool word_in(const char *words, const char *name);

#endif
