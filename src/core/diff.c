/* SPDX-License-Identifier: Apache-2.0 */
#include "core/diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "core/history.h"
#include "core/lookup.h"
#include "core/rows_json.h"
#include "model/cpl.h"
#include "store/store_ledger.h"

int diff_revision(struct db *db, const char *text, int64_t *ret, struct err *e)
{
	int64_t head, at;

	if (*text != 'r')
		return lookup_moment(text, &at, e) || ledger_at(db, at, ret, e) ? (int)e->code : OK;
	if (parse_i64(text + 1, 0, INT64_MAX, ret, e) || ledger_head(db, &head, e))
		return err_wrap(e, "'%.40s' is no revision such as r57", text);
	return *ret > head ? err_set(e, ERR_NOT_FOUND,
				     "there is no revision %" PRId64 "; the newest is %" PRId64, *ret, head)
			   : OK;
}

static void entry_key(struct jw *w, const struct rows *r, int col)
{
	char name[ENTRY_NAME_SIZE];

	jw_kstr(w, "entry", ident_entry_name(rows_text(r, col), rows_text(r, col + 1), name));
}

static void revision_members(const struct rows *r, const void *of, struct jw *w)
{
	const bool *nameless = of;

	jw_kint(w, "revision", rows_num(r, 0));
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "kind", rows_text(r, 2));
	jw_kstr(w, "who", history_name(rows_text(r, 3), *nameless));
	jw_kstr(w, "why", rows_text(r, 4));
}

static int revisions_json(struct db *db, int64_t from, int64_t to, bool nameless, struct jw *w,
			  bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t next;

	if (db_run(db, SQL_CHANGE_LIST, ARGS(VINT(from), VINT(to), VINT(DIFF_LISTED + 1)), &r, e))
		return (int)e->code;
	if (rows_json(r, "revisions", DIFF_LISTED, revision_members, &nameless, w, &next, e))
		return e->code;
	*ret_more = *ret_more || next;
	return OK;
}

static bool differs(const char *a, const char *b)
{
	return !a || !b ? a != b : strcmp(a, b) != 0;
}

/* Columns of diff_entries. */
enum { COL_REV = 2, COL_WAS, COL_IS, COL_BEFORE, COL_AFTER = COL_BEFORE + CPL_COLS };

static const char *change_of(const struct rows *r)
{
	if (rows_null(r, COL_WAS))
		return "added";
	if (rows_num(r, COL_WAS) != rows_num(r, COL_IS))
		return rows_num(r, COL_IS) ? "removed" : "restored";
	for (int i = 0; i < CPL_COLS; i++)
		if (differs(rows_text(r, COL_BEFORE + i), rows_text(r, COL_AFTER + i)))
			return "edited";
	return "same";
}

static void entry_change(const struct rows *r, struct jw *w)
{
	jw_obj(w);
	entry_key(w, r, 0);
	jw_kstr(w, "change", change_of(r));
	jw_kint(w, "revision", rows_num(r, COL_REV));
	jw_key(w, "fields");
	jw_arr(w);
	for (int i = 0; i < CPL_COLS; i++) {
		const char *before = rows_null(r, COL_WAS) ? NULL : rows_text(r, COL_BEFORE + i),
			   *after = rows_text(r, COL_AFTER + i);

		if (!differs(before, after))
			continue;
		jw_obj(w);
		jw_kstr(w, "field", cpl_column_name((enum cpl_col)i));
		jw_kstr(w, "before", before);
		jw_kstr(w, "after", after);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static int entries_json(struct db *db, int64_t from, int64_t to, struct jw *w, bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	jw_key(w, "entries");
	jw_arr(w);
	if (db_run(db, SQL_DIFF_ENTRIES, ARGS(VINT(from), VINT(to), VINT(DIFF_LISTED + 1)), &r, e))
		return (int)e->code;
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == DIFF_LISTED)
			break;
		entry_change(r, w);
	}
	jw_arr_end(w);
	*ret_more = *ret_more || got;
	return OK;
}

static int statements_json(struct db *db, enum sql_id q, const char *change, int64_t from, int64_t to,
			   struct jw *w, bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	if (db_run(db, q, ARGS(VINT(from), VINT(to), VINT(DIFF_LISTED + 1)), &r, e))
		return (int)e->code;
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == DIFF_LISTED)
			break;
		jw_obj(w);
		entry_key(w, r, 1);
		jw_kstr(w, "change", change);
		jw_kint(w, "id", rows_num(r, 0));
		jw_kint(w, "revision", rows_num(r, 3));
		jw_kstr(w, "kind", rows_text(r, 4));
		if (history_bases_json(db, rows_num(r, 0), w, e))
			return (int)e->code;
		jw_kstr(w, "source", rows_text(r, 5));
		jw_kstr(w, "author", rows_text(r, 6));
		jw_kdate(w, "stated_on", rows_date(r, 7));
		jw_kdate(w, "confirmed_on", rows_date(r, 8));
		jw_kstr(w, "excerpt", rows_text(r, 9));
		jw_kstr(w, "reference", rows_text(r, 10));
		jw_end(w);
	}
	*ret_more = *ret_more || got;
	return OK;
}

/* ---- what stands beside the statements ---- */

enum tell { TELL_ENTRY, TELL_WORDS, TELL_NUMBER, TELL_DAY, TELL_MOMENT };

/* A list of the answer and the columns of its query, from COL_FIELDS on; an entry takes two of them. */
struct beside {
	const char *name;
	enum sql_id query;
	struct {
		const char *name; /* NULL ends the list */
		enum tell kind;
	} field[9];
};
enum { COL_BEGUN, COL_REVISION, COL_FIELDS };

/* clang-format off */
static const struct beside besides[] = {
	{ "disputes", SQL_DIFF_DISPUTES, { { "entry", TELL_ENTRY }, { "reason", TELL_WORDS }, { "callout", TELL_NUMBER },
		{ "since", TELL_MOMENT } } },
	{ "excerpts", SQL_DIFF_EXCERPTS, { { "entry", TELL_ENTRY }, { "document", TELL_WORDS }, { "document_date", TELL_DAY },
		{ "sha256", TELL_WORDS }, { "owner", TELL_WORDS }, { "text", TELL_WORDS } } },
	{ "contacts", SQL_DIFF_CONTACTS, { { "entry", TELL_ENTRY }, { "manufacturer", TELL_WORDS }, { "name", TELL_WORDS },
		{ "email", TELL_WORDS }, { "phone", TELL_WORDS }, { "url", TELL_WORDS }, { "hours", TELL_WORDS } } },
	{ "settings", SQL_DIFF_SETTINGS, { { "setting", TELL_WORDS }, { "seconds", TELL_NUMBER } } },
};
/* clang-format on */

static void fields_json(const struct beside *b, const struct rows *r, struct jw *w)
{
	int col = COL_FIELDS;

	for (size_t i = 0; b->field[i].name; i++, col++) {
		const char *name = b->field[i].name;

		switch (b->field[i].kind) {
		case TELL_ENTRY:
			if (rows_null(r, col))
				jw_kstr(w, name, NULL);
			else
				entry_key(w, r, col);
			col++;
			break;
		case TELL_WORDS:
			jw_kstr(w, name, rows_null(r, col) ? NULL : rows_text(r, col));
			break;
		case TELL_NUMBER:
			jw_key(w, name);
			if (rows_null(r, col))
				jw_null(w);
			else
				jw_int(w, rows_num(r, col));
			break;
		case TELL_DAY:
			jw_kdate(w, name, rows_date(r, col));
			break;
		case TELL_MOMENT:
			jw_ktime(w, name, rows_num(r, col));
			break;
		}
	}
}

static int beside_json(struct db *db, const struct beside *b, int64_t from, int64_t to, struct jw *w,
		       bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n = 0;
	bool got;

	if (db_run(db, b->query, ARGS(VINT(from), VINT(to), VINT(DIFF_LISTED + 1)), &r, e))
		return (int)e->code;
	jw_key(w, b->name);
	jw_arr(w);
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == DIFF_LISTED)
			break;
		jw_obj(w);
		jw_kstr(w, "change", rows_num(r, COL_BEGUN) ? "begun" : "ended");
		jw_kint(w, "revision", rows_num(r, COL_REVISION));
		fields_json(b, r, w);
		jw_end(w);
	}
	jw_arr_end(w);
	*ret_more = *ret_more || got;
	return OK;
}

int diff_json(struct db *db, int64_t from, int64_t to, bool nameless, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	int64_t passing = 0;
	bool more = false, got;
	TX(tx);

	if (from > to)
		return err_set(e, ERR_INVALID,
			       "the first moment (revision %" PRId64
			       ") must not be later than the second (revision %" PRId64 ")",
			       from, to);
	if (tx_begin(&tx, db, false, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kint(&w, "from", from);
	jw_kint(&w, "to", to);
	if (revisions_json(db, from, to, nameless, &w, &more, e) || entries_json(db, from, to, &w, &more, e))
		return (int)e->code;
	jw_key(&w, "statements");
	jw_arr(&w);
	if (statements_json(db, SQL_DIFF_BEGUN, "begun", from, to, &w, &more, e) ||
	    statements_json(db, SQL_DIFF_ENDED, "ended", from, to, &w, &more, e))
		return (int)e->code;
	jw_arr_end(&w);
	for (size_t i = 0; i < sizeof besides / sizeof *besides; i++)
		if (beside_json(db, &besides[i], from, to, &w, &more, e))
			return (int)e->code;
	if (db_one(db, SQL_DIFF_PASSING, ARGS(VINT(from), VINT(to)), &got, &passing, e))
		return (int)e->code;
	jw_kint(&w, "passing", passing);
	jw_kbool(&w, "more", more);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
