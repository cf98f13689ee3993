/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_catalog.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

int store_catalog_newest(struct db *db, struct store_newest *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_NEWEST, NOARGS, &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "looking for the newest revision");
	*ret = (struct store_newest){ .revision = got ? rows_num(r, 0) : 0,
				      .checked = got ? rows_num(r, 1) : -1,
				      .epoch = got ? rows_num(r, 2) : 1 };
	return OK;
}

/* Which CPL a revision shows, and when its feed was read. */
static int read_cpl(struct db *db, int64_t revision, int64_t known, struct store_revision *v, struct err *e)
{
	OWN(rows_done) struct rows *cpl = NULL, *checked = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_CPL, ARGS(VINT(revision), VINT(known), VINT(revision + 1)), &cpl, e) ||
	    rows_next(cpl, &got, e))
		return e->code;
	if (got && revision) {
		str_copy(v->cpl_version, sizeof v->cpl_version, rows_null(cpl, 0) ? "" : rows_text(cpl, 0));
		v->cpl_issued = rows_date(cpl, 1);
	}
	if (db_run(db, SQL_CATALOG_CHECKED, ARGS(VINT(known), VINT(revision + 1)), &checked, e) ||
	    rows_next(checked, &got, e))
		return e->code;
	if (got)
		v->cpl_checked = rows_date(checked, 0);
	return OK;
}

int store_catalog_revision(struct db *db, int64_t revision, int64_t known, struct store_revision *ret,
			   struct err *e)
{
	struct store_revision v = { .cpl_issued = -1, .cpl_checked = -1 };
	bool got = false;

	if (revision && db_one(db, SQL_CATALOG_REVISION, ARGS(VINT(revision)), &got, &v.at, e))
		return err_wrap(e, "revision %" PRId64, revision);
	if (revision && !got)
		return err_set(e, ERR_NOT_FOUND, "there is no revision %" PRId64, revision);
	if (read_cpl(db, revision, known, &v, e))
		return err_wrap(e, "the CPL of revision %" PRId64, revision);
	*ret = v;
	return OK;
}

static int read_models(struct db *db, struct graph_builder *b, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_MODELS, NOARGS, &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		if (!got)
			return OK;
		graph_add_model(b, &(struct model_row){ .id = rows_num(r, 0),
							.scheme = rows_text(r, 1),
							.manufacturer = rows_text(r, 2),
							.model = rows_text(r, 3),
							.hardware = rows_text(r, 4) });
	}
	return e->code;
}

static int read_entries(struct db *db, int64_t revision, struct graph_builder *b, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_ENTRIES, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		const char *kind;

		if (!got)
			return OK;
		kind = rows_text(r, 6);
		graph_add_entry(b, &(struct entry_row){ .id = rows_num(r, 0),
							.model_id = rows_num(r, 1),
							.ord = rows_num(r, 2),
							.public_id = rows_text(r, 3),
							.version = rows_text(r, 4),
							.removed = rows_num(r, 5) == 1,
							.cpa_kind = kind ? *kind : 0,
							.cpa_until = rows_date(r, 7),
							.hash = rows_text(r, 8),
							.descriptor = rows_text(r, 9),
							.device_type = rows_text(r, 10),
							.smets = rows_text(r, 11),
							.gbcs = rows_text(r, 12),
							.bytes = rows_date(r, 13),
							.seconds = rows_date(r, 14),
							.restarts = rows_date(r, 15) });
	}
	return e->code;
}

/* The bases of all statements: those of one statement are neighbours. */
struct base_run {
	size_t first, n;
};
struct bases {
	VEC(int64_t) ids;
	VEC(struct base_run) runs;
	struct map64 *by_statement; /* owned: statement -> run */
};

static void bases_done(struct bases *l)
{
	vec_done(&l->ids);
	vec_done(&l->runs);
	map64_free(l->by_statement);
}
DEFINE_OWN_VAL(struct bases, bases_done)

static int read_bases(struct db *db, int64_t revision, struct bases *l, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	l->by_statement = map64_new(64);
	if (db_run(db, SQL_CATALOG_BASES, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		struct base_run run = { l->ids.n, 0 };

		if (!got)
			return OK;
		if (map64_put(l->by_statement, (uint64_t)rows_num(r, 0), (uint32_t)l->runs.n))
			vec_push(&l->runs, run);
		vec_push(&l->ids, rows_num(r, 1));
		l->runs.v[l->runs.n - 1].n++;
	}
	return e->code;
}

static int word_index(const char *word, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (!strcmp(word, list[i]))
			return i;
	return -1;
}

static int read_statements(struct db *db, int64_t revision, const struct bases *l, struct graph_builder *b,
			   struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_STATEMENTS, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		struct base_run run = { 0, 0 };
		int kind, source;
		uint32_t i;

		if (!got)
			return OK;
		kind = word_index(rows_text(r, 2), statement_kind_text);
		source = word_index(rows_text(r, 3), statement_source_text);
		if (kind < 0 || source < 0)
			return err_set(e, ERR_STORE,
				       "statement %" PRId64 " has the kind '%s' and the source '%s'",
				       rows_num(r, 0), rows_text(r, 2), rows_text(r, 3));
		i = map64_get(l->by_statement, (uint64_t)rows_num(r, 0));
		if (i != MAP64_NONE)
			run = l->runs.v[i];
		graph_add_statement(b,
				    &(struct statement_row){ .id = rows_num(r, 0),
							     .entry_id = rows_num(r, 1),
							     .kind = (enum statement_kind)kind,
							     .source = (enum statement_source)source,
							     .author = rows_text(r, 4),
							     .stated_on = rows_date(r, 5),
							     .confirmed_on = rows_date(r, 6),
							     .excerpt = rows_text(r, 7),
							     .reference = rows_text(r, 8),
							     .bases = l->ids.v ? l->ids.v + run.first : NULL,
							     .nbases = run.n,
							     .effective_on = rows_num(r, 9),
							     .proposal_id = rows_num(r, 10),
							     .name = rows_text(r, 11),
							     .protects = rows_text(r, 12) });
	}
	return e->code;
}

int store_catalog_graph(struct db *db, int64_t revision, struct graph **ret, struct err *e)
{
	OWN(graph_builder_free) struct graph_builder *b = graph_builder_new();
	OWN(bases_done) struct bases l = { 0 };

	if (read_models(db, b, e) || read_entries(db, revision, b, e) || read_bases(db, revision, &l, e) ||
	    read_statements(db, revision, &l, b, e))
		return err_wrap(e, "reading revision %" PRId64, revision);
	return graph_build(MOVE(b), ret, e);
}

int store_catalog_room(struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CATALOG_CROWDED, ARGS(VINT(GRAPH_MODEL_ENTRIES_MAX)), &r, e) ||
	    rows_next(r, &got, e))
		return err_wrap(e, "counting the entries of models");
	if (got)
		return err_set(e, ERR_TOO_LARGE,
			       "the model %.20s %.40s %.40s %.40s would have %" PRId64
			       " entries; a model may have %d",
			       rows_text(r, 0), rows_text(r, 1), rows_text(r, 2), rows_text(r, 3),
			       rows_num(r, 4), GRAPH_MODEL_ENTRIES_MAX);
	return OK;
}

int store_catalog_check(struct db *db, int64_t revision, struct err *e)
{
	OWN(graph_free) struct graph *g = NULL;
	int64_t most;
	bool got;

	if (store_catalog_room(db, e) || db_one(db, SQL_CATALOG_EDGES, NOARGS, &got, &most, e))
		return e->code;
	/* Where all pairs fit, whatever is stated fits: the graph need not be built to know. */
	if (got && most <= GRAPH_EDGES_MAX)
		return OK;
	return store_catalog_graph(db, revision, &g, e);
}
