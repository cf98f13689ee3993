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
#include "core/statement_rows.h"
#include "store/store_catalog.h"
#include "store/store_statement.h"

#define LISTED 1000 /* entries and warnings that a report names */

/* What stands about one thing. */
struct standing {
	struct statement_key key;
	uint8_t content[SHA256_LEN];
	int64_t id;
};

struct ledger {
	VEC(struct standing) v; /* sorted by key */
};
static void ledger_done(struct ledger *l)
{
	vec_done(&l->v);
}
DEFINE_OWN_VAL(struct ledger, ledger_done)

static int by_key(const void *a, const void *b)
{
	return memcmp(&((const struct standing *)a)->key, &((const struct standing *)b)->key,
		      sizeof(struct statement_key));
}

/* Reads what stands; bases come in a list of their own, in the same order. */
static int ledger_read(struct ledger *l, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL, *b = NULL;
	VEC(int64_t) bases = { 0 };
	struct store_statement s;
	struct store_base base = { 0 };
	bool got, more = false;
	int rc = OK;

	if (store_statement_list(db, 0, &r, e) || store_base_list(db, 0, &b, e) ||
	    store_base_next(b, &base, &more, e))
		return e->code;
	while (!(rc = store_statement_next(r, &s, &got, e)) && got) {
		struct standing x = { .id = s.id };
		struct statement_line row = { .entry_id = s.entry_id,
					      .kind = statement_kind_find(s.kind),
					      .source = s.source,
					      .author = s.author,
					      .stated_on = s.stated_on,
					      .confirmed_on = s.confirmed_on,
					      .excerpt = s.excerpt,
					      .reference = s.reference };

		bases.n = 0;
		while (more && base.statement_id == s.id) {
			vec_push(&bases, base.base_id);
			if ((rc = store_base_next(b, &base, &more, e)) != OK)
				break;
		}
		if (rc)
			break;
		row.bases = bases.v;
		row.nbases = bases.n;
		statement_row_key(&row, &x.key, x.content);
		vec_push(&l->v, x);
	}
	vec_done(&bases);
	if (!rc && l->v.n)
		qsort(l->v.v, l->v.n, sizeof *l->v.v, by_key);
	return rc;
}

/* What is to be done, counted for the report. */
struct change {
	struct statement_rows *rows; /* borrowed */
	struct ledger *standing;     /* borrowed */
	int64_t added, replaced, same;
};

static int write_row(struct db *db, const struct statement_line *row, int64_t replaces, int64_t revision,
		     struct err *e)
{
	struct store_statement s = { .entry_id = row->entry_id,
				     .kind = statement_kind_text[row->kind],
				     .source = row->source,
				     .author = row->author,
				     .stated_on = row->stated_on,
				     .confirmed_on = row->confirmed_on,
				     .excerpt = row->excerpt,
				     .reference = row->reference };
	int64_t id;

	if (replaces && store_statement_close(db, replaces, revision, e))
		return e->code;
	return store_statement_add(db, &s, row->bases, row->nbases, revision, &id, e);
}

/* Compares each row with what stands, and writes it from `revision` on when that is not 0. */
static int change_all(struct change *c, struct db *db, int64_t revision, struct err *e)
{
	c->added = c->replaced = c->same = 0;
	for (size_t i = 0; i < c->rows->rows.n; i++) {
		const struct statement_line *row = &c->rows->rows.v[i];
		struct standing want, *old = NULL;

		if (row->overruled)
			continue;
		statement_row_key(row, &want.key, want.content);
		if (c->standing->v.n)
			old = bsearch(&want, c->standing->v.v, c->standing->v.n, sizeof want, by_key);
		if (old && !memcmp(old->content, want.content, sizeof want.content)) {
			c->same++;
			continue;
		}
		*(old ? &c->replaced : &c->added) += 1;
		if (revision && write_row(db, row, old ? old->id : 0, revision, e))
			return err_wrap(e, "line %" PRId64, row->line);
	}
	return OK;
}

static void write_story(const struct change *c, struct str *out)
{
	const struct statement_rows *rows = c->rows;
	int64_t kinds[STATEMENT_UNKNOWN] = { 0 };
	STR(text, IMPORT_REPORT_MAX);
	struct jw w = jw_start(&text);

	for (size_t i = 0; i < rows->rows.n; i++)
		kinds[rows->rows.v[i].kind]++;
	jw_obj(&w);
	jw_kbool(&w, "changes", c->added || c->replaced);
	jw_key(&w, "counts");
	jw_obj(&w);
	jw_kint(&w, "statements", (int64_t)rows->rows.n);
	jw_kint(&w, "added", c->added);
	jw_kint(&w, "replaced", c->replaced);
	jw_kint(&w, "unchanged", c->same);
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

	r->changes = c->added || c->replaced;
	r->state = o->dry_run ? IMPORT_DRY_RUN : r->changes ? IMPORT_APPLIED : IMPORT_UNCHANGED;
	r->rows = f.rows;
	r->added = c->added;
	r->edited = c->replaced;
	r->warnings = c->rows->warnings_total;
	write_story(c, &story);
	if (!o->dry_run) {
		if (r->changes &&
		    (ledger_advance(db, &o->who, "import-statements", &r->revision, e) ||
		     change_all(c, db, r->revision, e) || store_catalog_check(db, r->revision, e)))
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
	OWN(ledger_done) struct ledger standing = { 0 };
	struct change c = { .rows = &rows, .standing = &standing };
	TX(tx);

	statement_rows_init(&rows);
	/* The entries that rows name are looked up in the transaction that will write about them. */
	if (tx_begin(&tx, db, !o->dry_run, e) ||
	    statement_rows_read(&rows, db, src, o->who.now, o->problems, e) ||
	    ledger_read(&standing, db, e) || change_all(&c, db, 0, e) ||
	    finish(db, &c, o, src->hash(src->self), r, e) || (!o->dry_run && tx_keep(&tx, e)))
		return e->code;
	*ret = MOVE(r);
	return OK;
}
