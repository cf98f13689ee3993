/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of the catalogue at a revision (0 = newest). The CPL comes out as the 13-column CSV, byte for byte
 * what was imported when the file is clean: columns as written, CRLF, no BOM, quotes only where needed. A
 * value that a spreadsheet would run as a formula gets an apostrophe in front in every export (T19); a clean
 * CPL has none, and import takes the apostrophe off again.
 */
#ifndef FIRPATH_CORE_EXPORT_H
#define FIRPATH_CORE_EXPORT_H

#include "base/mem.h"
#include "base/str.h"
#include "store/db.h"

#define EXPORT_MAX (128 * MIB)
#define EXPORT_NOTICE "Path information supports, and does not replace, the manufacturer's release notes."

/* Append to out. ERR_NOT_FOUND when nothing was imported yet, ERR_TOO_LARGE when out is too small. */
int export_cpl(struct db *db, int64_t revision, struct str *out, struct err *e) MUST_USE;
/* The statements that stand, in the columns of a statements file (CSV), by entry. */
int export_statements(struct db *db, int64_t revision, struct str *out, struct err *e) MUST_USE;
/* The FIR: one CSV row per entry with its identity, path statement and dates (architecture rule 9, MP231),
 * how fresh the statement is on the day of the moment at, excerpts of release notes, and whom to ask. */
int export_fir(struct db *db, int64_t revision, int64_t at, struct str *out, struct err *e) MUST_USE;

enum export { EXPORT_CPL, EXPORT_STATEMENTS, EXPORT_FIR };
extern const char *const export_text[]; /* "cpl", "statements", "fir", NULL */
/* One of the three. */
int export_make(enum export which, struct db *db, int64_t revision, int64_t at, struct str *out,
		struct err *e) MUST_USE;

/* The rows of an export made as CSV as objects, the columns by name, empty ones as null: one object a line,
 * or
 * {"revision","notice","rows":[...]}. The guard of T19 is for spreadsheets and is taken off. */
enum export_format { EXPORT_CSV, EXPORT_NDJSON, EXPORT_JSON };
extern const char *const export_format_text[]; /* "csv", "ndjson", "json", NULL */
int export_convert(const struct str *csv, enum export_format format, int64_t revision, struct str *out,
		   struct err *e) MUST_USE;

/* Up to limit rows of the audit chain after a number, as CSV; with the header when after is 0. *ret_last: the
 * number of the last one, after itself when there is none. */
int export_audit_page(struct db *db, int64_t after, int limit, struct str *out, int64_t *ret_last,
		      struct err *e) MUST_USE;

/* Appends one CSV field with quotes where needed and the formula guard (T19); NULL is empty. */
void csv_field(struct str *out, const char *text);

#endif
