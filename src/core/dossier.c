/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dossier.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/setting.h"

struct dossier {
	struct arena *arena;          /* owned; all texts */
	VEC(struct excerpt) excerpts; /* by entry */
	VEC(struct contact) contacts; /* manufacturers' first, by code; then entries', by entry */
	size_t ncodes;                /* how many of them are manufacturers' */
	VEC(struct dispute) disputes; /* by entry */
	int64_t setting[SETTINGS];
};

void dossier_free(struct dossier *d)
{
	if (!d)
		return;
	vec_done(&d->excerpts);
	vec_done(&d->contacts);
	vec_done(&d->disputes);
	arena_free(d->arena);
	free(d);
}

static int read_excerpts(struct dossier *d, struct db *db, int64_t revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_EXCERPT_LIST, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		struct excerpt x;

		if (!got)
			return OK;
		x = (struct excerpt){ .entry_id = rows_num(r, 0),
				      .text = arena_strdup(d->arena, rows_text(r, 1)),
				      .document = arena_strdup(d->arena, rows_text(r, 2)),
				      .document_date = rows_date(r, 3),
				      .sha256 = arena_strdup(d->arena, rows_text(r, 4)),
				      .owner = arena_strdup(d->arena, rows_text(r, 5)) };
		vec_push(&d->excerpts, x);
	}
	return e->code;
}

static int read_contacts(struct dossier *d, struct db *db, int64_t revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CONTACT_LIST, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		struct contact c;

		if (!got)
			return OK;
		c = (struct contact){ .entry_id = rows_null(r, 0) ? 0 : rows_num(r, 0),
				      .manufacturer =
					  arena_strdup(d->arena, rows_null(r, 1) ? "" : rows_text(r, 1)),
				      .name = arena_strdup(d->arena, rows_text(r, 2)),
				      .email = arena_strdup(d->arena, rows_text(r, 3)),
				      .phone = arena_strdup(d->arena, rows_text(r, 4)),
				      .url = arena_strdup(d->arena, rows_text(r, 5)),
				      .hours = arena_strdup(d->arena, rows_text(r, 6)) };
		vec_push(&d->contacts, c);
		d->ncodes += !c.entry_id;
	}
	return e->code;
}

static int read_disputes(struct dossier *d, struct db *db, int64_t revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_DISPUTE_LIST, ARGS(VINT(revision)), &r, e))
		return e->code;
	while (!rows_next(r, &got, e)) {
		struct dispute x;

		if (!got)
			return OK;
		x = (struct dispute){ .entry_id = rows_num(r, 0),
				      .callout_id = rows_null(r, 1) ? 0 : rows_num(r, 1),
				      .reason = arena_strdup(d->arena, rows_text(r, 2)),
				      .opened_at = rows_num(r, 3) };
		vec_push(&d->disputes, x);
	}
	return e->code;
}

int dossier_load(struct db *db, int64_t revision, struct dossier **ret, struct err *e)
{
	OWN(dossier_free) struct dossier *d = mem_zalloc(sizeof *d);

	d->arena = arena_new();
	if (settings_read(db, revision, d->setting, e) || read_excerpts(d, db, revision, e) ||
	    read_contacts(d, db, revision, e) || read_disputes(d, db, revision, e))
		return err_wrap(e, "what is known beside the statements at revision %lld",
				(long long)revision);
	*ret = MOVE(d);
	return OK;
}

static int by_excerpt(const void *key, const void *el)
{
	int64_t a = *(const int64_t *)key, b = ((const struct excerpt *)el)->entry_id;

	return (a > b) - (a < b);
}

size_t dossier_excerpts(const struct dossier *d, int64_t entry_id, const struct excerpt **ret)
{
	const struct excerpt *x, *end;
	size_t n = 0;

	*ret = NULL;
	if (!d || !d->excerpts.n)
		return 0;
	end = d->excerpts.v + d->excerpts.n;
	x = bsearch(&entry_id, d->excerpts.v, d->excerpts.n, sizeof *x, by_excerpt);
	if (!x)
		return 0;
	while (x > d->excerpts.v && x[-1].entry_id == entry_id)
		x--;
	*ret = x;
	for (; x < end && x->entry_id == entry_id; x++)
		n++;
	return n;
}

static int by_code(const void *key, const void *el)
{
	return strcmp(key, ((const struct contact *)el)->manufacturer);
}

static int by_contact(const void *key, const void *el)
{
	int64_t a = *(const int64_t *)key, b = ((const struct contact *)el)->entry_id;

	return (a > b) - (a < b);
}

const struct contact *dossier_contact_of_code(const struct dossier *d, const char *manufacturer)
{
	if (!d || !d->ncodes)
		return NULL;
	return bsearch(manufacturer, d->contacts.v, d->ncodes, sizeof *d->contacts.v, by_code);
}

const struct contact *dossier_contact_of_entry(const struct dossier *d, int64_t entry_id)
{
	if (!d || d->contacts.n == d->ncodes)
		return NULL;
	return bsearch(&entry_id, d->contacts.v + d->ncodes, d->contacts.n - d->ncodes, sizeof *d->contacts.v,
		       by_contact);
}

const struct contact *dossier_contact(const struct snapshot *s, uint32_t node)
{
	const struct dossier *d = s->dossier;
	const struct graph_node *n = graph_node(s->graph, node);
	const struct graph_model *m = graph_model(s->graph, n->model);
	const struct contact *c = dossier_contact_of_entry(d, n->entry_id);

	return c ? c : !strcmp(m->scheme, "cpl") ? dossier_contact_of_code(d, m->manufacturer) : NULL;
}

int dossier_confirm_days(const struct dossier *d)
{
	return (int)((d ? d->setting[SETTING_CONFIRM_EVERY] : setting_table[SETTING_CONFIRM_EVERY].def) /
		     MS_PER_DAY);
}

static int by_dispute(const void *key, const void *el)
{
	int64_t a = *(const int64_t *)key, b = ((const struct dispute *)el)->entry_id;

	return (a > b) - (a < b);
}

const struct dispute *dossier_dispute(const struct dossier *d, int64_t entry_id)
{
	if (!d || !d->disputes.n)
		return NULL;
	return bsearch(&entry_id, d->disputes.v, d->disputes.n, sizeof *d->disputes.v, by_dispute);
}

struct freshness_span dossier_span(const struct dossier *d, const struct statement_row *s)
{
	return freshness_span_of(s, dossier_confirm_days(d), s && dossier_dispute(d, s->entry_id));
}

/* ---- JSON ---- */

void contact_json(const struct contact *c, struct jw *w)
{
	if (!c) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "manufacturer", *c->manufacturer ? c->manufacturer : NULL);
	jw_kstr(w, "name", c->name);
	jw_kstr(w, "email", *c->email ? c->email : NULL);
	jw_kstr(w, "phone", *c->phone ? c->phone : NULL);
	jw_kstr(w, "url", *c->url ? c->url : NULL);
	jw_kstr(w, "hours", *c->hours ? c->hours : NULL);
	jw_end(w);
}

void dossier_entry_json(const struct snapshot *s, uint32_t node, struct jw *w)
{
	int64_t entry_id = graph_node(s->graph, node)->entry_id;
	const struct dispute *dispute = dossier_dispute(s->dossier, entry_id);
	const struct excerpt *x;
	size_t n = dossier_excerpts(s->dossier, entry_id, &x);

	jw_key(w, "excerpts");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		jw_obj(w);
		jw_kstr(w, "text", x[i].text);
		jw_kstr(w, "document", x[i].document);
		jw_kdate(w, "document_date", x[i].document_date);
		jw_kstr(w, "sha256", *x[i].sha256 ? x[i].sha256 : NULL);
		jw_kstr(w, "owner", x[i].owner);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "contacts");
	dossier_help_json(s, &node, 1, w);
	jw_key(w, "dispute");
	if (!dispute) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_ktime(w, "since", dispute->opened_at);
	jw_kstr(w, "reason", dispute->reason);
	jw_key(w, "callout");
	if (dispute->callout_id)
		jw_int(w, dispute->callout_id);
	else
		jw_null(w);
	jw_end(w);
}

void dossier_help_json(const struct snapshot *s, const uint32_t *nodes, size_t n, struct jw *w)
{
	const struct contact *seen[32]; /* as many as an answer has candidates */
	size_t nseen = 0;

	jw_arr(w);
	for (size_t i = 0; i < n && nseen < sizeof seen / sizeof *seen; i++) {
		const struct contact *c =
		    nodes[i] == NODE_NONE || !s->dossier ? NULL : dossier_contact(s, nodes[i]);
		size_t k = 0;

		while (k < nseen && seen[k] != c)
			k++;
		if (!c || k < nseen)
			continue;
		seen[nseen++] = c;
		contact_json(c, w);
	}
	jw_arr_end(w);
}
