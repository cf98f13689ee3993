/* SPDX-License-Identifier: Apache-2.0 */
#include "core/export.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "model/cpl.h"
#include "store/store_entry.h"
#include "store/store_feed.h"
#include "store/store_ledger.h"

static int finished(const struct str *out, struct err *e)
{
	if (!out->over)
		return OK;
	return err_set(e, ERR_TOO_LARGE, "the export is larger than %zu MiB", out->max / MIB);
}

/* A revision that exists; 0 is the newest. All reads of an export are in one transaction at that revision. */
static int check_revision(struct db *db, int64_t *revision, struct err *e)
{
	int64_t head;

	if (ledger_head(db, &head, e))
		return e->code;
	if (*revision < 0 || *revision > head)
		return err_set(e, ERR_NOT_FOUND, "there is no revision %" PRId64 "; the newest is %" PRId64,
			       *revision, head);
	if (!*revision)
		*revision = head;
	return OK;
}

/* ---- CPL ---- */

static int standing_version(struct db *db, int64_t revision, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct feed_row f;
	bool got;

	if (store_feed_standing(db, "cpl", revision, &r, e) || store_feed_next(r, &f, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "no Central Products List was imported yet");
	str_add(out, f.version_text);
	return OK;
}

static void cpl_header(struct str *out)
{
	str_add(out, "Version");
	for (int c = 0; c < CPL_COLS; c++)
		if (*cpl_columns[c].csv) {
			str_addc(out, ',');
			str_add(out, cpl_columns[c].csv);
		}
	str_add(out, "\r\n");
}

const char *const export_text[] = { "cpl", "statements", "fir", NULL };

int export_make(enum export which, struct db *db, int64_t revision, int64_t at, struct str *out,
		struct err *e)
{
	switch (which) {
	case EXPORT_CPL:
		return export_cpl(db, revision, out, e);
	case EXPORT_STATEMENTS:
		return export_statements(db, revision, out, e);
	case EXPORT_FIR:
		break;
	}
	return export_fir(db, revision, at, out, e);
}

int export_cpl(struct db *db, int64_t revision, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	STR(version, 256);
	struct store_entry s;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, false, e) || check_revision(db, &revision, e) ||
	    standing_version(db, revision, &version, e) || store_entry_list(db, revision, &r, e))
		return e->code;
	cpl_header(out);
	for (;;) {
		if (store_entry_next(r, &s, &got, e))
			return e->code;
		if (!got)
			return finished(out, e);
		if (strcmp(s.scheme, "cpl"))
			continue;
		csv_field(out, str_c(&version));
		for (int c = 0; c < CPL_COLS; c++)
			if (*cpl_columns[c].csv) {
				str_addc(out, ',');
				csv_field(out, s.text[c] ? s.text[c] : "");
			}
		str_add(out, "\r\n");
	}
}
