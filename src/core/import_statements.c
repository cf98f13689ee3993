/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path statements, floors and blocks from a file. Every row is judged before anything is written, so that all
 * errors come at once. What a row says is compared with what stands about the same thing: the path of an
 * entry (bases, none, any), its floor, or its block from the same bases. The newest replaces; the same
 * changes nothing. Statements that the file does not mention stay.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/import_report.h"
#include "core/statement_change.h"
#include "store/store_catalog.h"
#include "store/store_statement.h"

#define LISTED 1000 /* entries and warnings that a report names */

/* What is to be done, counted for the report. */
struct change {
	struct statement_rows *rows;  /* borrowed */
	struct statement_steps steps; /* owned */
	int64_t added, replaced, withdrawn, same;
};
static void change_done(struct change *c)
{
	statement_steps_done(&c->steps);
}
DEFINE_OWN_VAL(struct change, change_done)

/* Do rows name more than what a digest of the standing statement tells? */
static bool needs_texts(const struct statement_rows *rows)
{
	for (size_t i = 0; i < rows->rows.n; i++)
		if (rows->rows.v[i].op != OP_STATE || rows->rows.v[i].kind == STATEMENT_BLOCK)
			return true;
	return false;
}

static int compare(struct change *c, struct db *db, struct standing_list *standing, struct err *e)
{
	const int64_t *n = c->steps.count;

	if (standing_read(standing, db, needs_texts(c->rows), e) ||
	    statement_steps_make(&c->steps, c->rows, standing, false, e))
		return e->code;
	c->added = n[DOES_ADD];
	c->replaced = n[DOES_REPLACE] + n[DOES_CONFIRM];
	c->withdrawn = n[DOES_WITHDRAW];
	c->same = n[DOES_SAME];
	return OK;
}

static void write_story(const struct change *c, struct str *out)
{
	const struct statement_rows *rows = c->rows;
	int64_t kinds[STATEMENT_UNKNOWN + 1] = { 0 };
	STR(text, IMPORT_REPORT_MAX);
	struct jw w = jw_start(&text);

	for (size_t i = 0; i < rows->rows.n; i++)
		kinds[rows->rows.v[i].kind]++;
	jw_obj(&w);
	jw_kbool(&w, "changes", statement_steps_change(&c->steps));
	jw_key(&w, "counts");
	jw_obj(&w);
	jw_kint(&w, "statements", (int64_t)rows->rows.n);
	jw_kint(&w, "added", c->added);
	jw_kint(&w, "replaced", c->replaced);
	jw_kint(&w, "unchanged", c->same);
	if (c->withdrawn)
		jw_kint(&w, "withdrawn", c->withdrawn);
	jw_kint(&w, "warnings", rows->warnings_total);
	jw_end(&w);
	jw_key(&w, "kinds");
	jw_obj(&w);
	for (int k = 0; k < STATEMENT_UNKNOWN; k++)
		jw_kint(&w, statement_kind_text[k], kinds[k]);
	jw_end(&w);
	jw_key(&w, "warnings");
	jw_arr(&w);
	for (size_t i = 0; i < rows->warnings.n; i++) {
		jw_obj(&w);
		jw_kint(&w, "line", rows->warnings.v[i].line);
		jw_kstr(&w, "code", rows->warnings.v[i].code);
		jw_kstr(&w, "detail", rows->warnings.v[i].detail);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addn(out, str_c(&text) + 1, text.len - 2);
}

static int finish(struct db *db, struct change *c, const struct import_options *o, const char *hash,
		  struct import_report *r, struct err *e)
{
	STR(story, IMPORT_REPORT_MAX);
	struct feed_row f = { .feed = "statements",
			      .at = o->who.now,
			      .who = o->who.name,
			      .file_name = o->file_name ? o->file_name : "",
			      .file_hash = hash,
			      .issued_on = -1,
			      .rows = (int64_t)c->rows->rows.n };

	r->changes = statement_steps_change(&c->steps);
	r->state = o->dry_run ? IMPORT_DRY_RUN : r->changes ? IMPORT_APPLIED : IMPORT_UNCHANGED;
	r->rows = f.rows;
	r->added = c->added;
	r->edited = c->replaced;
	r->warnings = c->rows->warnings_total;
	write_story(c, &story);
	if (!o->dry_run) {
		if (r->changes && (ledger_advance(db, &o->who, "import-statements", &r->revision, e) ||
				   statement_steps_apply(&c->steps, db, r->revision, 0, e) ||
				   store_catalog_check(db, r->revision, e)))
			return e->code;
		if (report_record(db, r, &f, str_c(&story), &o->who, false, e))
			return e->code;
	}
	report_finish(r, &f, str_c(&story));
	return OK;
}

int import_statements(struct db *db, const struct statement_file *src, const struct import_options *o,
		      struct import_report **ret, struct err *e)
{
	OWN(import_report_free) struct import_report *r = import_report_new();
	OWN(statement_rows_done) struct statement_rows rows;
	OWN(standing_done) struct standing_list standing;
	OWN(change_done) struct change c = { .rows = &rows };
	TX(tx);

	statement_rows_init(&rows);
	standing_init(&standing);
	/* The entries that rows name are looked up in the transaction that will write about them. */
	if (tx_begin(&tx, db, !o->dry_run, e) ||
	    statement_rows_read(&rows, db, src, o->who.now, o->problems, e) ||
	    compare(&c, db, &standing, e) || finish(db, &c, o, src->hash(src->self), r, e) ||
	    (!o->dry_run && tx_keep(&tx, e)))
		return e->code;
	*ret = MOVE(r);
	return OK;
}
