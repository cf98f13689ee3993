/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports: a feed's rows are staged, validated, compared with what stands, held up to the gates and applied
 * in one transaction with their revision and audit row, or not at all (T01-T05, T18). Rows come from an
 * abstract source, so that this floor knows neither CSV nor workbooks; import/feed.h ties readers and use
 * case together and is what doors call.
 *
 * Any error leaves the store as it was. A gate that holds an import keeps its rows aside (state held) until
 * somebody accepts or rejects it; the catalogue stays as it was.
 */
#ifndef FIRPATH_CORE_IMPORT_H
#define FIRPATH_CORE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"
#include "model/cpl.h"
#include "store/db.h"
#include "store/store_ledger.h"

/* Ceilings (T18). */
#define IMPORT_FILE_MAX (64 * MIB)
#define IMPORT_ROWS_MAX 200000
#define IMPORT_FIELD_MAX (4 * KIB)
#define IMPORT_COLUMNS_MAX 64
#define IMPORT_PROBLEMS_MAX 100
/* Gates (T02). */
#define IMPORT_REMOVED_PERCENT 2
#define IMPORT_CHANGED_PERCENT 5
#define IMPORT_AHEAD_MS (48 * INT64_C(3600000)) /* T05 */

/* A file that gives CPL rows. */
struct cpl_source {
	void *self; /* owned by whoever made the source */
	enum cpl_layout layout;
	/* The next row; *ret_got false at the end. Text is borrowed until the next call. */
	int (*next)(void *self, struct cpl_row *ret, bool *ret_got, struct err *e);
	/* SHA-256 of the file, 64 hex digits; asked after the last row. */
	const char *(*hash)(void *self);
};

/* One row of a statements file, all as text; NULL and "" both mean empty. */
enum statement_in_field {
	STATEMENT_IN_ENTRY,
	STATEMENT_IN_KIND,
	STATEMENT_IN_BASES,
	STATEMENT_IN_SOURCE,
	STATEMENT_IN_AUTHOR,
	STATEMENT_IN_STATED_ON,
	STATEMENT_IN_CONFIRMED_ON,
	STATEMENT_IN_EXCERPT,
	STATEMENT_IN_REFERENCE,
	STATEMENT_IN_OP,       /* statement_op_text; empty = state */
	STATEMENT_IN_NAME,     /* of a block: what it is called */
	STATEMENT_IN_PROTECTS, /* of a block: whom it protects */
	STATEMENT_IN_FIELDS
};
extern const char *const statement_in_text[STATEMENT_IN_FIELDS + 1]; /* "entry", "kind", ..., NULL */
struct statement_in {
	int64_t line;
	const char *text[STATEMENT_IN_FIELDS];
	unsigned column[STATEMENT_IN_FIELDS]; /* 1-based column in the file, 0 = has none (NDJSON) */
	struct err bad; /* code set: this row could not be read, and why; the source goes on behind it */
};
/* A JSON object as a row: its members are texts, bases may be a list of texts. Borrowed from the object and
 * from bases, a buffer of the caller. ERR_IMPORT with e->where = the member. */
int statement_in_json(const struct json *object, struct str *bases, struct statement_in *ret,
		      struct err *e) MUST_USE;
int statement_in_find(const char *name, size_t n); /* a column by its name; -1 = there is none */
/* Refuses a name that is none; what: "column" or "member". */
int statement_in_unknown(const char *name, const char *what, struct err *e);
struct statement_file {
	void *self;
	int (*next)(void *self, struct statement_in *ret, bool *ret_got, struct err *e);
	const char *(*hash)(void *self);
};

/* Every error of a file that can name them all. Give one to receive them; errors past IMPORT_PROBLEMS_MAX are
 * only counted. */
struct problems {
	struct err v[IMPORT_PROBLEMS_MAX];
	size_t n;     /* how many are in v */
	size_t total; /* how many there are */
};
/* Writes them as the array errors[] of problem+json: [{"line":2,"column":3,"where":"kind","code":"...",
 * "detail":"..."}]. */
void problems_json(const struct problems *p, struct jw *w);
void problems_add(struct problems *p, const struct err *e); /* p may be NULL */

struct import_options {
	const char *file_name;     /* for the record; borrowed */
	struct actor who;          /* who imports, why, when: now also judges dates */
	bool dry_run;              /* compare and report, write nothing */
	bool accept;               /* pass the gates */
	struct problems *problems; /* NULL, or filled with every error found when the call fails */
};

enum import_state {
	IMPORT_APPLIED,
	IMPORT_UNCHANGED,
	IMPORT_HELD,
	IMPORT_ACCEPTED,
	IMPORT_REJECTED,
	IMPORT_DRY_RUN
};
/* "applied", "unchanged", "held", "accepted", "rejected", "dry-run"; records also say "undone" */
extern const char *const import_state_text[];

/* What an import did. json is the whole story (one object, newline at the end), also kept in the store. */
struct import_report {
	int64_t id; /* number of the import, 0 for a dry run */
	enum import_state state;
	bool gated;       /* a gate holds it (also in a dry run) */
	bool changes;     /* something would change or did */
	int64_t revision; /* the revision it made, 0 = none */
	char audit[65];   /* hash of its audit row, "" = none */
	char version[16]; /* CPL version of the file */
	int64_t rows, added, removed, restored, edited, filled, vanished, gaps, warnings;
	struct str json;
};
#define IMPORT_REPORT_MAX (4 * MIB)
struct import_report *import_report_new(void);
void import_report_free(struct import_report *r);
DEFINE_OWN(struct import_report, import_report_free)
/* CLI exit status: 0 applied, accepted, rejected or a dry run with changes, 2 nothing to do, 4 held. */
int import_report_exit(const struct import_report *r);

int import_cpl(struct db *db, const struct cpl_source *src, const struct import_options *o,
	       struct import_report **ret, struct err *e) MUST_USE;
int import_statements(struct db *db, const struct statement_file *src, const struct import_options *o,
		      struct import_report **ret, struct err *e) MUST_USE;

/* A held import. Accepting applies exactly what its report shows: ERR_CONFLICT when what stands has changed
 * since; ERR_NOT_FOUND; ERR_CONFLICT when it is not held. */
int import_accept(struct db *db, int64_t id, const struct actor *who, struct import_report **ret,
		  struct err *e) MUST_USE;
int import_reject(struct db *db, int64_t id, const struct actor *who, struct import_report **ret,
		  struct err *e) MUST_USE;
struct store_voice;
/* The same by a second person, closing their decision (0 = none is open); for core/import_review.h, which
 * asks who may. */
int import_accept_as(struct db *db, int64_t id, const struct actor *who, int64_t decision,
		     const struct store_voice *second, struct import_report **ret, struct err *e) MUST_USE;
/* The record of one import as JSON: id, feed, at, who, file, state, revision, report, decisions. nameless:
 * people are told as "user" (core/history.h). */
int import_get(struct db *db, int64_t id, bool nameless, struct str *out, struct err *e) MUST_USE;
/* The newest imports before an id (0 = from the newest), without their reports: {"imports":[...]}; limit up
 * to 500. *ret_next = id to go on from, 0 at the end. */
int import_list(struct db *db, int64_t before, int limit, bool nameless, struct str *out, int64_t *ret_next,
		struct err *e) MUST_USE;

#endif
