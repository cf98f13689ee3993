/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first half of a CPL import, without the store: rows are read from their source, normalised, checked
 * against each other and kept compactly in memory, in the order of their numbers. Everything that can be
 * wrong with a file by itself is found here, before a transaction begins. Private to the import files of this
 * room.
 */
#ifndef FIRPATH_CORE_IMPORT_STAGE_H
#define FIRPATH_CORE_IMPORT_STAGE_H

#include "base/arena.h"
#include "base/vec.h"
#include "core/import.h"
#include "model/cpl_diff.h"

enum stage_op { OP_SAME, OP_ADD, OP_CHANGE, OP_VANISH };

/* One row, about 80 bytes plus its texts; 200,000 of them stay far below the memory ceiling. */
struct staged {
	uint64_t model_key;
	int64_t cpa_until; /* UTC ms, -1 */
	int64_t entry_id;  /* of the standing entry, 0 = new */
	int64_t model_id;  /* 0 = to be found by model_key */
	const char *texts; /* arena: the present columns, each with its NUL, in column order */
	uint32_t present;  /* CPL_BIT of the columns in texts */
	uint32_t number, line;
	uint32_t firmware;
	bool removed;
	char cpa_kind;
	uint8_t op; /* enum stage_op */
};

#define WARNINGS_KEPT 20 /* examples of each kind that a report names */
struct warning {
	enum cpl_warning what;
	enum cpl_col col;
	uint32_t number, line;
};
struct warnings {
	int64_t count[CPL_WARNINGS];
	struct warning v[CPL_WARNINGS * WARNINGS_KEPT];
	size_t n;
};
void warnings_add(struct warnings *w, enum cpl_warning what, enum cpl_col col, uint32_t number,
		  uint32_t line);

struct stage {
	struct arena *arena;     /* owned; texts of the rows */
	VEC(struct staged) rows; /* by number */
	enum cpl_layout layout;
	char version_text[80];
	struct cpl_version version;
	char file_hash[65];
	int64_t current, removed; /* rows by status */
	struct warnings warnings;
};
void stage_init(struct stage *st);
void stage_done(struct stage *st);
DEFINE_OWN_VAL(struct stage, stage_done)

/* Reads the whole source. ERR_IMPORT with the place, ERR_IMPORT_AHEAD, ERR_TOO_LARGE. */
int stage_read(struct stage *st, const struct cpl_source *src, int64_t now, struct err *e) MUST_USE;

/* The texts of a row; NULL where the column is absent. */
void staged_texts(const struct staged *r, const char *ret[CPL_COLS]);
/* Replaces the texts of a row (copied to the arena). */
void staged_set_texts(struct stage *st, struct staged *r, const char *const text[CPL_COLS]);
/* The canonical hash of a hash column as written: 64 upper case digits, or false when it is empty. */
bool staged_hash(const char *text, char ret[65]);

/* Rows that wait behind a gate, as NDJSON, and back as a source. */
void staged_write(const struct stage *st, struct str *out);
struct staged_source;
int staged_source_new(const char *ndjson, const char *version_text, const char *file_hash,
		      struct staged_source **ret, struct err *e) MUST_USE;
void staged_source_free(struct staged_source *s);
DEFINE_OWN(struct staged_source, staged_source_free)
struct cpl_source staged_source_rows(struct staged_source *s);

#endif
