/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a statements file, judged: every error of every row, with line and column, before anything is
 * written. api.md 3. Private to imports.
 */
#ifndef FIRPATH_CORE_STATEMENT_ROWS_H
#define FIRPATH_CORE_STATEMENT_ROWS_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/vec.h"
#include "core/import.h"
#include "model/graph.h"

#define STATEMENT_AUTHOR_MAX 200
#define STATEMENT_REFERENCE_MAX 1000
#define STATEMENT_BASES_MAX 500
#define STATEMENT_NAME_MAX 200        /* of name and protects */
#define STATEMENT_TEXT_MAX (72 * MIB) /* texts of all rows */

/* What is done with what a row says: it stands from now on; what stands about the same ends; what stands
 * about the same is still true (its confirmed_on becomes that of the row). */
enum statement_op { OP_STATE, OP_WITHDRAW, OP_CONFIRM };
extern const char *const statement_op_text[]; /* "state", "withdraw", "confirm", NULL */

struct statement_line {
	int64_t line;
	int64_t entry_id;
	enum statement_op op;
	enum statement_kind kind; /* STATEMENT_UNKNOWN: withdraw or confirm the path, whatever its kind */
	const char *source;       /* of statement_source_text */
	const char *author, *excerpt, *reference; /* arena; excerpt and reference NULL = none */
	int64_t stated_on, confirmed_on;          /* UTC ms at midnight, -1 = none */
	const int64_t *bases;                     /* arena; entry ids in order as written */
	size_t nbases;
	const char *name, *protects; /* arena; of a block, NULL = not said */
	const char *entry;           /* arena; "cpl:000123" */
	bool overruled;              /* a later line of the file says something about the same */
};

struct statement_warning {
	int64_t line;
	const char *code, *detail;
};
#define STATEMENT_WARNINGS_KEPT 200

struct statement_rows {
	struct arena *arena; /* owned */
	VEC(struct statement_line) rows;
	VEC(struct statement_warning) warnings;
	int64_t warnings_total;
};
void statement_rows_init(struct statement_rows *s);
void statement_rows_done(struct statement_rows *s);
DEFINE_OWN_VAL(struct statement_rows, statement_rows_done)
/* Reads all rows of the source against the entries of the store. ERR_IMPORT with the first error when there
 * is any; problems (may be NULL) gets them all. */
int statement_rows_read(struct statement_rows *s, struct db *db, const struct statement_file *src,
			int64_t now, struct problems *problems, struct err *e) MUST_USE;

/* What a statement is about: an entry's path, its floor, or its block from these bases. */
struct statement_key {
	int64_t entry_id;
	int64_t slot;              /* 0 path, 1 floor, 2 block */
	uint8_t bases[SHA256_LEN]; /* of a block: its bases in ascending order */
};
void statement_row_key(const struct statement_line *row, struct statement_key *ret_key,
		       uint8_t ret_content[SHA256_LEN]);
enum statement_kind statement_kind_find(const char *text); /* STATEMENT_UNKNOWN = none */

#endif
