/* SPDX-License-Identifier: Apache-2.0 */
#include "http/router.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "http/guard.h"

#define METHODS_MAX 5

/* One address with the rows of its methods. */
struct spot {
	const char *pattern;                  /* borrowed from the row */
	const struct route *row[METHODS_MAX]; /* borrowed; NULL ends */
	char allow[48];                       /* "GET, HEAD, POST" */
};

struct router {
	struct map *plain;          /* path -> struct spot, patterns without {} */
	VEC(struct spot *) spots;   /* owned, all */
	VEC(struct spot *) pattern; /* borrowed from spots, those with {} */
};

bool word_in(const char *words, const char *name)
{
	size_t n = strlen(name);

	while (*words) {
		size_t len = strcspn(words, " ");

		if (len == n && !memcmp(words, name, n))
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

static struct spot *spot_for(struct router *r, const char *pattern)
{
	struct spot *s;

	for (size_t i = 0; i < r->spots.n; i++)
		if (!strcmp(r->spots.v[i]->pattern, pattern))
			return r->spots.v[i];
	s = mem_zalloc(sizeof *s);
	s->pattern = pattern;
	vec_push(&r->spots, s);
	if (strstr(pattern, "{}"))
		vec_push(&r->pattern, s);
	else
		map_put(r->plain, pattern, s);
	return s;
}

static void spot_add(struct spot *s, const struct route *row)
{
	size_t n = 0, len = strlen(s->allow);

	while (n < METHODS_MAX && s->row[n]) {
		assert(strcmp(s->row[n]->method, row->method)); /* two rows for one method and address */
		n++;
	}
	assert(n < METHODS_MAX);
	s->row[n] = row;
	snprintf(s->allow + len, sizeof s->allow - len, "%s%s%s", len ? ", " : "", row->method,
		 strcmp(row->method, "GET") ? "" : ", HEAD");
}

struct router *router_new(const struct route *const *tables)
{
	struct router *r = mem_zalloc(sizeof *r);

	r->plain = map_new();
	for (; *tables; tables++)
		for (const struct route *row = *tables; row->method; row++)
			spot_add(spot_for(r, row->pattern), row);
	return r;
}

void router_free(struct router *r)
{
	for (size_t i = 0; i < r->spots.n; i++)
		free(r->spots.v[i]);
	vec_done(&r->spots);
	vec_done(&r->pattern);
	map_free(r->plain);
	free(r);
}

/* Does path fit pattern? Decoded {} segments go to buf. */
static bool spot_fits(const char *pattern, const char *path, const char **arg, char *buf)
{
	size_t n = 0;

	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/"), got;

		if (want == 2 && pattern[0] == '{') {
			if (!have || n >= ROUTE_ARGS_MAX || !guard_decode(path, have, false, buf, &got))
				return false;
			arg[n++] = buf;
			buf += got + 1;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
	}
	return !*pattern && !*path;
}

enum router_answer router_find(const struct router *r, const char *method, const char *path, const char **arg,
			       char *buf, const struct route **ret, const char **ret_allow)
{
	const struct spot *s = map_get(r->plain, path);

	for (size_t i = 0; !s && i < r->pattern.n; i++)
		if (spot_fits(r->pattern.v[i]->pattern, path, arg, buf))
			s = r->pattern.v[i];
	if (!s)
		return ROUTER_NONE;
	if (!strcmp(method, "HEAD"))
		method = "GET";
	*ret_allow = s->allow;
	for (size_t i = 0; i < METHODS_MAX && s->row[i]; i++)
		if (!strcmp(s->row[i]->method, method)) {
			*ret = s->row[i];
			return ROUTER_FOUND;
		}
	return ROUTER_NO_METHOD;
}

bool route_takes(const struct route *r, const char *name)
{
	return word_in(r->query, name);
}
