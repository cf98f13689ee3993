/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of devices as people have it, checked: which firmware is each line, and what is its next step?
 * MP231: suppliers who take over churned devices know model and version in whatever spelling their system
 * has. bulk.h is for programs that know our columns; this is for spreadsheets.
 *
 * A line has tabs, semicolons or commas between its fields (what the first line has), quotes as in CSV. With
 * a header (any of its names is known: device, entry, manufacturer, model, hardware, revision, version, to,
 * and what people call these) columns may stand in any order and others are passed over. Without one a line
 * is an identity; device and identity; model and version; device, model and version; device, maker, model
 * and version; each of them with the target as a further last field when the lines' other readings fail.
 * Identities are read by ident_parse: hex with colons or without, other signs for these, lost zeros, dotted
 * versions in both readings. What fits several entries is `ambiguous`, with all of them; nothing is guessed
 * (T11).
 *
 * Ceilings: CHECKLIST_ROWS_MAX lines, CHECKLIST_LINE_MAX bytes a line, CHECKLIST_FIELDS_MAX fields.
 */
#ifndef FIRPATH_CORE_CHECKLIST_H
#define FIRPATH_CORE_CHECKLIST_H

#include "base/str.h"
#include "core/lookup.h"

#define CHECKLIST_ROWS_MAX 20000
#define CHECKLIST_LINE_MAX 2000
#define CHECKLIST_FIELDS_MAX 40
#define CHECKLIST_TEXT_MAX (2 * MIB) /* bytes of a list that pages take */

/* Fields of a row that mean something. */
enum checklist_field {
	CHECK_DEVICE,
	CHECK_ENTRY, /* Entry ID or whole identity */
	CHECK_MAKER,
	CHECK_MODEL,
	CHECK_HARDWARE,
	CHECK_REVISION,
	CHECK_VERSION,
	CHECK_TO,
	CHECK_FIELDS
};

/* One line, taken apart. Borrowed texts, trimmed, "" = not there. */
struct checklist_line {
	int64_t number;                  /* of the line, from 1 */
	const char *field[CHECK_FIELDS]; /* as written */
	char written[200];               /* the identity as it was read together, for ident_parse */
};

enum check_result {
	CHECK_PATH,      /* there is a path: the next hop is told */
	CHECK_ALREADY,   /* it runs the target */
	CHECK_NONE,      /* no path: why, and how far one can go */
	CHECK_AMBIGUOUS, /* several entries fit */
	CHECK_UNKNOWN,   /* well written, but no entry of the catalogue */
	CHECK_BAD,       /* not understood */
	CHECK_RESULTS
};
extern const char
    *const check_result_text[]; /* "path", "already", "none", "ambiguous", "unknown", "bad", NULL */

struct checklist_answer {
	const struct checklist_line *line;
	enum check_result result;
	bool removed;           /* the device runs firmware that was Removed from the list */
	const char *to;         /* the target asked for */
	const struct answer *a; /* PATH to AMBIGUOUS; else NULL */
	const struct err *e;    /* UNKNOWN, BAD: what is wrong; else NULL */
};

struct checklist_init {
	const struct snapshot *snap;  /* borrowed */
	struct path_scratch *scratch; /* borrowed */
	int64_t now;                  /* UTC ms */
	const char *to;               /* for lines that name no target; "latest" when NULL */
};
struct checklist_totals {
	int64_t rows, removed;
	int64_t result[CHECK_RESULTS];
};

/* Takes one row after the other; what it is given lives only during the call. */
typedef void checklist_take(void *ctx, const struct checklist_answer *a);
/* Changes text (it is cut up in place; n bytes and a NUL). ERR_TOO_LARGE past a ceiling, ERR_INVALID when
 * there is no row at all; nothing else: what is wrong in a row is an answer. Rows may have been taken before
 * an error. */
int checklist_run(const struct checklist_init *init, char *text, size_t n, checklist_take *take, void *ctx,
		  struct checklist_totals *ret, struct err *e) MUST_USE;

/* The download: one line a row, formulas guarded (T19). */
#define CHECKLIST_CSV_HEADER                                                                                 \
	"line,device,written,entry,manufacturer,model,hardware,version,result,target,next,next_version,"     \
	"hops,"                                                                                              \
	"path,removed,why,furthest,candidates,warnings,contact\r\n"
void checklist_csv(const struct checklist_init *init, const struct checklist_answer *a, struct str *out);
/* The same facts as an object, for pages: line, device, written, result, removed, from (identity or null),
 * to, next (identity or null), hops, path (Entry IDs), why, furthest, candidates (identities), message,
 * contacts. */
void checklist_json(const struct checklist_init *init, const struct checklist_answer *a, struct jw *w);

/* ---- reading, for checklist.c and tests ---- */
struct checklist_reader {
	char *at, *end;           /* what is left of the text */
	char delimiter;           /* found with the first line */
	int64_t number;           /* of the line read last */
	bool header;              /* the first line was a header */
	int column[CHECK_FIELDS]; /* with a header: place of each, -1 = not there */
};
void checklist_start(struct checklist_reader *r, char *text, size_t n);
/* The next line that is not blank (a header is passed over); false at the end. e->code says whether the line
 * is understood; ret->number is set in any case. */
bool checklist_next(struct checklist_reader *r, struct checklist_line *ret, struct err *e);

#endif
