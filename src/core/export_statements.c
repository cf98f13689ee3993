/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about entries, as files: the statements file and the FIR. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/dossier.h"
#include "core/export.h"
#include "core/import.h"
#include "store/store_entry.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"

/* An entry with what the FIR shows of it; arena text. */
struct ref {
	int64_t id;
	const char *name; /* as files write it: CPL entries without their scheme */
	const char *text[CPL_COLS];
	const char *version, *hash;
	bool removed;
};
struct saying {
	int64_t id;
	uint32_t entry; /* index into refs */
	const char *kind, *source, *author, *excerpt, *reference;
	int64_t stated_on, confirmed_on;
	const char *bases; /* Entry IDs with blanks between */
};
struct said {
	struct arena *arena;     /* owned */
	VEC(struct ref) refs;    /* in catalogue order */
	struct map64 *index;     /* owned; entry id -> index into refs */
	VEC(struct saying) list; /* by entry, then by number */
};
static void said_done(struct said *s)
{
	vec_done(&s->list);
	vec_done(&s->refs);
	if (s->index)
		map64_free(s->index);
	if (s->arena)
		arena_free(s->arena);
}
DEFINE_OWN_VAL(struct said, said_done)

static int read_entries(struct said *s, struct db *db, int64_t revision, bool fir, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_entry in;
	bool got;

	if (store_entry_list(db, revision, &r, e))
		return e->code;
	for (;;) {
		struct ref ref = { 0 };
		char name[ENTRY_NAME_SIZE];

		if (store_entry_next(r, &in, &got, e))
			return e->code;
		if (!got)
			return OK;
		ref.name = arena_strdup(s->arena, ident_entry_name(in.scheme, in.public_id, name));
		ref.id = in.id;
		ref.removed = in.removed;
		for (int c = 0; fir && c < CPL_COLS; c++)
			ref.text[c] = arena_strdup(s->arena, in.text[c]);
		ref.version = fir ? arena_strdup(s->arena, in.version) : NULL;
		ref.hash = fir ? arena_strdup(s->arena, in.hash) : NULL;
		map64_put(s->index, (uint64_t)in.id, (uint32_t)s->refs.n);
		vec_push(&s->refs, ref);
	}
}

static int by_entry(const void *a, const void *b)
{
	const struct saying *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *id = a;
	const struct saying *y = b;

	return *id < y->id ? -1 : *id > y->id;
}

static int find_ref(const struct said *s, int64_t entry_id, uint32_t *ret, struct err *e)
{
	*ret = map64_get(s->index, (uint64_t)entry_id);
	if (*ret == MAP64_NONE)
		return err_set(e, ERR_STORE,
			       "a statement is about entry number %" PRId64 ", which does not stand",
			       entry_id);
	return OK;
}

/* Bases come by statement number and order; the list is still in the order of the numbers. */
static int read_bases(struct said *s, struct db *db, int64_t revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct saying *open = NULL;
	struct store_base b;
	STR(text, 64 * KIB);
	uint32_t ref;
	bool got = true;

	if (store_base_list(db, revision, &r, e))
		return e->code;
	while (got) {
		if (store_base_next(r, &b, &got, e))
			return e->code;
		if (open && (!got || open->id != b.statement_id)) {
			open->bases = arena_strdup(s->arena, str_c(&text));
			str_clear(&text);
			open = NULL;
		}
		if (!got)
			break;
		if (!open)
			open = bsearch(&b.statement_id, s->list.v, s->list.n, sizeof *s->list.v, by_number);
		if (!open || find_ref(s, b.base_id, &ref, e))
			return open ? (int)e->code : err_set(e, ERR_STORE, "bases of no statement");
		str_addf(&text, "%s%s", text.len ? " " : "", s->refs.v[ref].name);
	}
	return OK;
}

static int read_said(struct said *s, struct db *db, int64_t revision, bool fir, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_statement in;
	bool got;

	s->arena = arena_new();
	s->index = map64_new(4096);
	if (read_entries(s, db, revision, fir, e) || store_statement_list(db, revision, &r, e))
		return e->code;
	for (;;) {
		struct saying x = { 0 };

		if (store_statement_next(r, &in, &got, e))
			return e->code;
		if (!got)
			break;
		if (find_ref(s, in.entry_id, &x.entry, e))
			return e->code;
		x.id = in.id;
		x.kind = arena_strdup(s->arena, in.kind);
		x.source = arena_strdup(s->arena, in.source);
		x.author = arena_strdup(s->arena, in.author);
		x.excerpt = arena_strdup(s->arena, in.excerpt);
		x.reference = arena_strdup(s->arena, in.reference);
		x.stated_on = in.stated_on;
		x.confirmed_on = in.confirmed_on;
		vec_push(&s->list, x);
	}
	if (s->list.n && read_bases(s, db, revision, e))
		return e->code;
	if (s->list.n)
		qsort(s->list.v, s->list.n, sizeof *s->list.v, by_entry);
	return OK;
}

static void add_field(struct str *out, const char *text, bool last)
{
	csv_field(out, text ? text : "");
	str_add(out, last ? "\r\n" : ",");
}

static void add_date(struct str *out, int64_t ms)
{
	char text[TIME_TEXT] = "";

	if (ms >= 0)
		date_text(ms, text);
	add_field(out, text, false);
}

static int begin(struct tx *tx, struct db *db, int64_t *revision, struct err *e)
{
	int64_t head;

	if (tx_begin(tx, db, false, e) || ledger_head(db, &head, e))
		return e->code;
	if (*revision < 0 || *revision > head)
		return err_set(e, ERR_NOT_FOUND, "there is no revision %" PRId64 "; the newest is %" PRId64,
			       *revision, head);
	if (!*revision)
		*revision = head;
	return OK;
}

static int finished(const struct str *out, struct err *e)
{
	if (!out->over)
		return OK;
	return err_set(e, ERR_TOO_LARGE, "the export is larger than %zu MiB", out->max / MIB);
}

int export_statements(struct db *db, int64_t revision, struct str *out, struct err *e)
{
	OWN(said_done) struct said s = { 0 };
	TX(tx);

	if (begin(&tx, db, &revision, e) || read_said(&s, db, revision, false, e))
		return e->code;
	for (int f = 0; f < STATEMENT_IN_OP; f++)
		add_field(out, statement_in_text[f], f == STATEMENT_IN_OP - 1);
	for (size_t i = 0; i < s.list.n; i++) {
		const struct saying *x = &s.list.v[i];

		add_field(out, s.refs.v[x->entry].name, false);
		add_field(out, x->kind, false);
		add_field(out, x->bases, false);
		add_field(out, x->source, false);
		add_field(out, x->author, false);
		add_date(out, x->stated_on);
		add_date(out, x->confirmed_on);
		add_field(out, x->excerpt, false);
		add_field(out, x->reference, true);
	}
	return finished(out, e);
}

/* The FIR columns that come from the CPL. */
static const enum cpl_col fir_columns[] = { CPL_TYPE,        CPL_MANUFACTURER, CPL_MODEL, CPL_HW_VERSION,
					    CPL_HW_REVISION, CPL_FIRMWARE,     CPL_SMETS, CPL_GBCS };

/* How the statement stands on the day. */
static void add_freshness(struct str *out, const struct dossier *d, const struct ref *r,
			  const struct saying *path, int64_t at)
{
	struct statement_row row = { .kind = STATEMENT_BASES, .source = SOURCE_SECAS };
	struct freshness_span span;
	enum freshness f;

	if (path) {
		row.entry_id = r->id;
		row.stated_on = path->stated_on;
		row.confirmed_on = path->confirmed_on;
		if (!strcmp(path->source, statement_source_text[SOURCE_INFERRED]))
			row.source = SOURCE_INFERRED;
	}
	span = dossier_span(d, path ? &row : NULL);
	f = freshness_on(&span, at);
	add_date(out, freshness_due(&span));
	add_field(out, f == FRESHNESS_NONE ? "" : freshness_text[f], false);
}

/* Excerpts one after the other with the name of their document; whom to ask in one field. */
static void add_dossier(struct str *out, const struct dossier *d, const struct ref *r)
{
	const struct contact *c = dossier_contact_of_entry(d, r->id);
	const struct excerpt *x;
	size_t n = dossier_excerpts(d, r->id, &x);
	STR(text, 64 * KIB);

	for (size_t i = 0; i < n; i++)
		str_addf(&text, "%s%s: %s", i ? "\n" : "", x[i].document, x[i].text);
	add_field(out, str_c(&text), false);
	str_clear(&text);
	if (!c && r->text[CPL_MANUFACTURER])
		c = dossier_contact_of_code(d, r->text[CPL_MANUFACTURER]);
	if (c) {
		const char *const part[] = { c->name, c->email, c->phone, c->url, c->hours };

		for (size_t i = 0; i < sizeof part / sizeof *part; i++)
			if (*part[i])
				str_addf(&text, "%s%s", text.len ? "; " : "", part[i]);
	}
	add_field(out, str_c(&text), true);
}

int export_fir(struct db *db, int64_t revision, int64_t at, struct str *out, struct err *e)
{
	OWN(dossier_free) struct dossier *d = NULL;
	OWN(said_done) struct said s = { 0 };
	size_t next = 0;
	TX(tx);

	if (begin(&tx, db, &revision, e) || read_said(&s, db, revision, true, e) ||
	    dossier_load(db, revision, &d, e))
		return e->code;
	str_add(out, "Entry.number,Entry.status");
	for (size_t c = 0; c < sizeof fir_columns / sizeof *fir_columns; c++) {
		str_addc(out, ',');
		str_add(out, cpl_column_name(fir_columns[c]));
	}
	str_add(out, ",Manufacturer_Image.hash,Firmware Upgrade Path,Path source,Path author,Path stated on,"
		     "Path confirmed on,Release notes,Reference,Notice,Path due,Path freshness,"
		     "Release note excerpts,Contact\r\n");
	for (size_t i = 0; i < s.refs.n; i++) {
		const struct ref *r = &s.refs.v[i];
		const struct saying *path = NULL;

		for (; next < s.list.n && s.list.v[next].entry <= i; next++)
			if (s.list.v[next].entry == i && strcmp(s.list.v[next].kind, "floor") &&
			    strcmp(s.list.v[next].kind, "block"))
				path = &s.list.v[next];
		add_field(out, r->name, false);
		add_field(out, r->removed ? "Removed" : "Current", false);
		for (size_t c = 0; c < sizeof fir_columns / sizeof *fir_columns; c++)
			add_field(out, fir_columns[c] == CPL_FIRMWARE ? r->version : r->text[fir_columns[c]],
				  false);
		add_field(out, r->hash, false);
		/* MP231: base Entry IDs or N/A. What was never supplied is told apart from both. */
		add_field(out,
			  !path                        ? "unknown"
			  : path->bases                ? path->bases
			  : strcmp(path->kind, "none") ? "any"
						       : "N/A",
			  false);
		add_field(out, path ? path->source : "", false);
		add_field(out, path ? path->author : "", false);
		add_date(out, path ? path->stated_on : -1);
		add_date(out, path ? path->confirmed_on : -1);
		add_field(out, path ? path->excerpt : "", false);
		add_field(out, path ? path->reference : "", false);
		add_field(out, EXPORT_NOTICE, false);
		add_freshness(out, d, r, path, at);
		add_dossier(out, d, r);
	}
	return finished(out, e);
}
