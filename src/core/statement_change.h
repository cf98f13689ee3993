/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judged rows against what stands: which statements come, go or are replaced. The same steps are written to
 * the store (imports, proposals, the security lane), built into a graph in memory (what-if), and told as
 * JSON, so that what was shown is what is done. Private to imports and edits.
 */
#ifndef FIRPATH_CORE_STATEMENT_CHANGE_H
#define FIRPATH_CORE_STATEMENT_CHANGE_H

#include "core/statement_rows.h"

/* What stands about one thing. */
struct standing {
	struct statement_key key;
	uint8_t content[SHA256_LEN];
	int64_t id;
	int64_t effective_on, proposal_id; /* 0 = not said */
	struct statement_line said;        /* texts only when they were kept */
};
struct standing_list {
	struct arena *arena;    /* owned */
	VEC(struct standing) v; /* sorted by key */
	bool texts;             /* said has its texts and bases */
};
void standing_init(struct standing_list *l);
void standing_done(struct standing_list *l);
DEFINE_OWN_VAL(struct standing_list, standing_done)
/* All that stands in the store; texts: keep what is said too. */
int standing_read(struct standing_list *l, struct db *db, bool texts, struct err *e) MUST_USE;
/* What a graph says about the entries of these rows, with texts. */
void standing_of_graph(struct standing_list *l, const struct graph *g, const struct statement_rows *rows);

enum statement_does { DOES_ADD, DOES_REPLACE, DOES_WITHDRAW, DOES_CONFIRM, DOES_SAME, DOES_KINDS };
extern const char *const statement_does_text[]; /* "adds", "replaces", ..., NULL */
struct statement_step {
	const struct statement_line *row; /* borrowed from the rows */
	const struct standing *old;       /* borrowed from the list; NULL = nothing stood */
	enum statement_does does;
};
struct statement_steps {
	VEC(struct statement_step) v; /* in the order of the rows; overruled ones are left out */
	int64_t count[DOES_KINDS];
	int64_t effective_on; /* from when on what is added is in force; 0 = not said */
};
void statement_steps_done(struct statement_steps *s);
DEFINE_OWN_VAL(struct statement_steps, statement_steps_done)
/* ERR_IMPORT with the row's line when nothing stands that a row withdraws or confirms; lenient: such rows do
 * nothing. */
int statement_steps_make(struct statement_steps *s, const struct statement_rows *rows,
			 const struct standing_list *l, bool lenient, struct err *e) MUST_USE;
/* Does any step change anything? */
bool statement_steps_change(const struct statement_steps *s);
/* What will stand after a step; false when nothing will. *ret_effective: in force since, 0 = not said. */
bool statement_step_now(const struct statement_steps *s, const struct statement_step *step,
			struct statement_line *ret, int64_t *ret_effective);
/* Writes the steps from a revision on, in the caller's transaction. */
int statement_steps_apply(const struct statement_steps *s, struct db *db, int64_t revision,
			  int64_t proposal_id, struct err *e) MUST_USE;
/* An entry as files name it: "000123", other schemes with their name; null when it is not in the graph. */
void entry_id_json(const struct graph *g, int64_t entry_id, struct jw *w);
/* A row, or what stands, as an object: entry, kind, bases, source, ...; names bases by the graph. */
void statement_line_json(const struct statement_line *row, const struct graph *g, int64_t effective_on,
			 struct jw *w);
/* The object of a standing statement; NULL writes null. */
void standing_json(const struct standing *old, const struct graph *g, struct jw *w);

#endif
