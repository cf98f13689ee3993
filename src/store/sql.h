/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated tables of statements (sql/query) and migrations (sql/schema) look like. For the drivers
 * and their tests; everybody else names statements by enum sql_id. */
#ifndef FIRPATH_STORE_SQL_H
#define FIRPATH_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "store/sql_gen.h"

enum sql_gives { SQL_GIVES_NONE /* :exec */, SQL_GIVES_ONE /* :one, at most one row */, SQL_GIVES_MANY };
enum { SQL_DIALECT_SQLITE, SQL_DIALECT_PG, SQL_DIALECTS };

struct sql_text {
	const char *name;     /* noun_verb */
	const char *params;   /* parameter names in the order of their numbers, separated by blanks */
	int nparams;          /* how many of them */
	enum sql_gives gives; /* the kind that the file claims; a test compares it with the engine */
	bool writes;          /* changes the store */
	bool scan;            /* reads a whole table or sorts without an index, and that is meant */
	const char *text[SQL_DIALECTS]; /* NULL for PostgreSQL: the same as SQLite */
};
extern const struct sql_text sql_texts[SQL_MAX];

struct schema_step {
	int number;                     /* 1, 2, 3 ... */
	const char *name;               /* file name without .sql */
	const char *text[SQL_DIALECTS]; /* DDL, several statements */
};
extern const struct schema_step schema_steps[]; /* schema_newest rows */
extern const int schema_newest;
extern const struct schema_step restricted_steps[]; /* of sql/restricted; restricted_newest rows */
extern const int restricted_newest;

static inline const char *sql_text_of(enum sql_id q, int dialect)
{
	const char *own = sql_texts[q].text[dialect];

	return own ? own : sql_texts[q].text[SQL_DIALECT_SQLITE];
}

#endif
