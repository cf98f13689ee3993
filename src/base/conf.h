/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: "key = value" lines, # comments, one table of keys that gives types, defaults, limits and
 * help. Unknown or repeated keys are errors with the nearest match and the line. Values remember where they
 * came from.
 */
#ifndef FIRPATH_BASE_CONF_H
#define FIRPATH_BASE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum conf_type { CONF_TEXT, CONF_INT, CONF_BOOL, CONF_DURATION /* stored as ms */ };

struct conf_key {
	const char *name; /* NULL ends the table */
	enum conf_type type;
	const char *def;  /* default as text */
	int64_t min, max; /* for INT and DURATION (ms) */
	const char *help; /* one sentence */
};

struct conf;
struct conf *conf_new(const struct conf_key *keys); /* keys borrowed, must outlive */
void conf_free(struct conf *c);
int conf_load(struct conf *c, const char *path, struct err *e) MUST_USE;
int conf_parse(struct conf *c, const char *name, const char *text, size_t len, struct err *e) MUST_USE;
int conf_set(struct conf *c, const char *key, const char *value, const char *origin, struct err *e) MUST_USE;
const char *conf_text(const struct conf *c,
		      const char *key); /* asserts that the key is in the table; borrowed */
int64_t conf_int(const struct conf *c, const char *key);
bool conf_bool(const struct conf *c, const char *key);
int64_t conf_ms(const struct conf *c, const char *key);
void conf_dump(const struct conf *c,
	       struct str *out); /* effective values with origin, as a valid config file */
DEFINE_OWN(struct conf, conf_free)

#endif
