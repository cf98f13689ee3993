/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the Central Products List: its columns, its lenient reading (what is stored may be dirty: the
 * original text is kept and a warning says what is odd) and comparison of two readings. The strict rules for
 * new submissions are in cpl_rules.h. Pure: no input, no clock. gb-metering 1.2, 1.3.
 *
 * Text "as written" means: hex columns without colons, otherwise byte for byte, blanks included. NULL = the
 * source has no such column (the CSV knows only the shared ones); "" = the column is there and empty.
 */
#ifndef FIRPATH_MODEL_CPL_H
#define FIRPATH_MODEL_CPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum cpl_col {
#define X(name, column, kind, digits, longest, sheet, csv, group, attribute, label) name,
#include "model/cpl_columns.h"
#undef X
	CPL_COLS
};

enum cpl_kind {
	CPL_KIND_NUMBER, /* six digits */
	CPL_KIND_STATUS, /* Current or Removed */
	CPL_KIND_TEXT,
	CPL_KIND_HEX,  /* fixed number of digits; colons and lost leading zeros are forgiven */
	CPL_KIND_HASH, /* 64 hex digits or empty */
	CPL_KIND_DATE  /* spreadsheet serial, dd/mm/yyyy or dd-mm-yyyy */
};

struct cpl_column {
	const char *column; /* in table entry_state */
	enum cpl_kind kind;
	unsigned digits;       /* of hex kinds */
	unsigned longest;      /* bytes, for new submissions */
	unsigned sheet;        /* column of the workbook's sheet, A = 1, 0 = not there */
	const char *csv;       /* name in the CSV, "" = not there */
	const char *group;     /* workbook header row 1, "" = not there */
	const char *attribute; /* workbook header row 2 */
	const char *label;     /* for people */
};
extern const struct cpl_column cpl_columns[CPL_COLS];

/* The name of a column in messages and reports: that of the CSV, or group.attribute. */
const char *cpl_column_name(enum cpl_col col);

/* Where rows come from: decides how places are named. */
enum cpl_layout { CPL_CSV, CPL_WORKBOOK };
extern const char *const cpl_layout_text[]; /* "csv", "workbook" */
#define CPL_CSV_COLUMNS 13                  /* with Version in front */
#define CPL_SHEET "Central Products List"
/* The 1-based column of the file that holds this column, 0 = none. */
unsigned cpl_file_column(enum cpl_layout layout, enum cpl_col col);
/* The place of a column in the file: "Central Products List!T123", or the name with line and column.
 * Returns the code of e. */
int cpl_place(enum cpl_layout layout, int64_t line, enum cpl_col col, struct err *e);

/* A row as a source gives it; all text is borrowed until the source moves on. */
struct cpl_row {
	int64_t line;               /* line of the CSV or row of the sheet, from 1 */
	const char *version;        /* the version text that holds for this row */
	const char *text[CPL_COLS]; /* as in the file (colons included); NULL = no such column */
};

/* The lenient reading of a row. */
struct cpl_entry {
	uint32_t number; /* 1-999999 */
	bool removed;
	uint64_t model_key; /* as in model/ident.h */
	uint32_t firmware;
	char hash[65];              /* canonical, "" = none */
	char cpa_kind;              /* 'E', 'R' or 0 */
	int64_t cpa_until;          /* UTC ms at midnight, -1 = none or not readable */
	const char *text[CPL_COLS]; /* as written; borrowed from the row, or from the scratch */
};

/* What is odd about a row that is taken all the same. Codes are stable. */
enum cpl_warning {
	CPL_WARN_BLANKS,       /* blanks around a value */
	CPL_WARN_ZEROS,        /* leading zeros were lost */
	CPL_WARN_CASE,         /* hex in lower case */
	CPL_WARN_TYPE,         /* unknown device type */
	CPL_WARN_TRIPLE,       /* device type, SMETS/CHTS and GBCS version do not belong together */
	CPL_WARN_DATE,         /* a date that cannot be read */
	CPL_WARN_RANGE,        /* reserved manufacturer or model */
	CPL_WARN_IMAGE,        /* creator without hash or hash without creator */
	CPL_WARN_FORMULA,      /* a value that a spreadsheet would run (T19) */
	CPL_WARN_TWIN,         /* identity of another entry, too (made by the import) */
	CPL_WARN_IDENTITY,     /* the identity of a standing entry changes (made by the import) */
	CPL_WARN_SAME_VERSION, /* content changes under an unchanged version (made by the import) */
	CPL_WARN_ABSENT,       /* a Removed entry is not in the file (made by the import) */
	CPL_WARNINGS
};
struct cpl_warning_info {
	const char *code;  /* "blanks" ... */
	const char *title; /* a sentence */
};
extern const struct cpl_warning_info cpl_warning_infos[CPL_WARNINGS];
typedef void cpl_warn_fn(enum cpl_warning what, enum cpl_col col, void *ctx);

#define CPL_SCRATCH 256 /* bytes that the reading needs for hex columns without colons */

/* Reads one row. ERR_IMPORT with line and column or cell for what cannot be taken: a number, status, hex
 * column or hash that is none, control characters, a concatenated model that differs from its parts. Every
 * text is UTF-8 without NUL (the readers see to it). */
int cpl_read(enum cpl_layout layout, const struct cpl_row *row, char scratch[CPL_SCRATCH],
	     struct cpl_entry *ret, cpl_warn_fn *warn, void *ctx, struct err *e) MUST_USE;

/* "Version 2.051 Issued on 21-09-2022". Versions compare as pairs of integers: 1.10 is after 1.9. */
struct cpl_version {
	uint32_t major, minor;
	char text[16];     /* "2.051", as written */
	int64_t issued_on; /* UTC ms at midnight */
};
int cpl_version_parse(const char *text, struct cpl_version *ret, struct err *e) MUST_USE;
int cpl_version_cmp(const struct cpl_version *a, const struct cpl_version *b);

/* Expiry dates as the workbook has them; false when it is none. "" and NULL are none. */
bool cpl_date_parse(const char *text, int64_t *ret_ms);

#endif
