/* SPDX-License-Identifier: Apache-2.0 */
/* Releases for those who push and plan; declared in core/release.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "core/release_row.h"

/* ---- pushing ---- */

void release_push_done(struct release_push *p)
{
	mem_free(p->signature);
	mem_free(p->certificate);
	mem_free(p->locations);
	mem_free(p->signatures);
	p->signature = p->certificate = p->locations = p->signatures = NULL;
}

static void push_lists(const struct release_doc *d, struct release_push *ret)
{
	const struct json *all = json_get(d->json, "signatures");
	STR(locations, RELEASE_LOCATIONS_MAX * (RELEASE_URL_MAX + 1));
	STR(signatures, RELEASE_DOCUMENT_MAX);

	for (size_t i = 0; i < json_len(d->locations); i++)
		str_addf(&locations, "%s%s", i ? " " : "", json_text(json_at(d->locations, i)));
	if (all)
		json_print(all, &signatures, false);
	else
		str_add(&signatures, "[]");
	ret->locations = mem_strdup(str_c(&locations));
	ret->signatures = mem_strdup(str_c(&signatures));
}

int release_for_push(struct db *db, int64_t entry_id, bool *ret_got, struct release_push *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	OWN(release_doc_done) struct release_doc d = { .json = NULL };
	struct store_release r;
	bool got;

	if (store_release_of_entry(db, entry_id, &rows, e) || store_release_next(rows, &r, &got, e))
		return (int)e->code;
	*ret_got = got;
	if (!got)
		return OK;
	if (release_doc_parse(r.document, strlen(r.document), &d, e))
		return err_wrap(e, "the stored document of ocpp:%s", r.public_id);
	*ret = (struct release_push){ .release_id = r.id,
				      .bytes = r.image_bytes,
				      .signature = mem_strdup(r.signature),
				      .certificate = mem_strdup(r.signing_certificate),
				      .published = release_is(&r, "published"),
				      .regulated = r.regulated,
				      .approved = r.approved_by != NULL,
				      .security_at = r.security_at };
	str_copy(ret->hash, sizeof ret->hash, r.image_hash);
	str_copy(ret->md5, sizeof ret->md5, r.image_md5 ? r.image_md5 : "");
	str_copy(ret->number, sizeof ret->number, r.certificate);
	push_lists(&d, ret);
	return OK;
}

int release_image_known(struct db *db, const char *hash, bool *ret, struct err *e)
{
	return store_release_served(db, hash, ret, e);
}

/* ---- planning ---- */

/* One release of the model. */
struct member {
	int64_t entry_id, ord;
	char component[IDENT_PART_SIZE], version[IDENT_PART_SIZE];
	struct release_doc doc; /* owned */
};
struct members {
	VEC(struct member) v;
};
static void members_done(struct members *m)
{
	for (size_t i = 0; i < m->v.n; i++)
		release_doc_done(&m->v.v[i].doc);
	vec_done(&m->v);
}
DEFINE_OWN_VAL(struct members, members_done)

void release_needs_done(struct release_needs *n)
{
	for (size_t i = 0; i < n->nneeds; i++)
		mem_free(n->need[i].fits);
	mem_free(n->need);
	mem_free(n->fact);
	memset(n, 0, sizeof *n);
}

static void fact_add(struct release_needs *n, const struct store_release *r)
{
	n->fact = mem_realloc(n->fact, n->nfacts + 1, sizeof *n->fact);
	n->fact[n->nfacts++] = (struct release_fact){ .entry_id = r->entry_id,
						      .release_id = r->id,
						      .published = release_is(r, "published"),
						      .regulated = r->regulated,
						      .approved = r->approved_by && *r->certificate,
						      .security_at = r->security_at };
}

static int fact_order(const void *a, const void *b)
{
	const struct release_fact *x = a, *y = b;

	return x->entry_id < y->entry_id ? -1 : x->entry_id > y->entry_id;
}

const struct release_fact *release_fact_of(const struct release_needs *n, int64_t entry_id)
{
	struct release_fact key = { .entry_id = entry_id };

	return n->nfacts ? bsearch(&key, n->fact, n->nfacts, sizeof *n->fact, fact_order) : NULL;
}

static const struct member *member_find(const struct members *m, const char *component, const char *version)
{
	for (size_t i = 0; i < m->v.n; i++)
		if (!strcmp(m->v.v[i].component, component) && !strcmp(m->v.v[i].version, version))
			return &m->v.v[i];
	return NULL;
}

/* Which versions does one line of a document mean? */
struct meant {
	const struct json *versions; /* single ones, or NULL */
	int64_t least, most;         /* places in the order */
	bool unknown;                /* it names what nobody registered */
	bool any;
};
static struct meant meant_of(const struct members *m, const struct json *line, const char *component)
{
	const char *bound[] = { json_text(json_get(line, "minVersion")),
				json_text(json_get(line, "maxVersion")) };
	struct meant ret = { .versions = json_get(line, "version"), .least = INT64_MIN, .most = INT64_MAX };

	for (int i = 0; i < 2; i++) {
		const struct member *at = bound[i] ? member_find(m, component, bound[i]) : NULL;

		ret.unknown = ret.unknown || (bound[i] && !at);
		if (at && i)
			ret.most = at->ord;
		else if (at)
			ret.least = at->ord;
	}
	for (size_t i = 0; i < json_len(ret.versions); i++)
		ret.unknown = ret.unknown || !member_find(m, component, json_text(json_at(ret.versions, i)));
	ret.any = !ret.versions && !bound[0] && !bound[1];
	return ret;
}

static bool fits(const struct meant *meant, const struct member *m)
{
	if (!meant->versions)
		return m->ord >= meant->least && m->ord <= meant->most;
	for (size_t i = 0; i < json_len(meant->versions); i++)
		if (!strcmp(json_text(json_at(meant->versions, i)), m->version))
			return true;
	return false;
}

static void need_add(struct release_needs *ret, const struct members *m, const struct member *of,
		     const struct json *line)
{
	const char *component = json_text(json_get(line, "component"));
	bool requires = !strcmp(json_text(json_get(line, "relation")), "Requires");
	struct meant meant = meant_of(m, line, component);
	struct release_need need = { .entry_id = of->entry_id,
				     .relation = requires ? PART_REQUIRES : PART_CONFLICTS,
				     /* What cannot be judged is never met: fail closed. */
				     .any = meant.any || (meant.unknown && !requires) };

	str_copy(need.component, sizeof need.component, component);
	need.fits = mem_array(m->v.n + 1, sizeof *need.fits);
	for (size_t i = 0; i < m->v.n; i++)
		if (!strcmp(m->v.v[i].component, component) && !(meant.unknown && requires) &&
		    (need.any || fits(&meant, &m->v.v[i])))
			need.fits[need.nfits++] = m->v.v[i].entry_id;
	ret->need = mem_realloc(ret->need, ret->nneeds + 1, sizeof *ret->need);
	ret->need[ret->nneeds++] = need;
}

static int members_read(struct db *db, const struct snapshot *s, const char *vendor, const char *model,
			struct members *m, struct release_needs *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_release r;
	bool got;

	if (store_release_of_model(db, vendor, model, &rows, e))
		return (int)e->code;
	for (;;) {
		struct member x = { .doc.json = NULL };

		if (store_release_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		/* Younger than what is planned with. */
		if (graph_find_id(s->graph, r.entry_id) == NODE_NONE)
			continue;
		if (release_doc_parse(r.document, strlen(r.document), &x.doc, e))
			return err_wrap(e, "the stored document of ocpp:%s", r.public_id);
		x.entry_id = r.entry_id;
		x.ord = release_ord(&r);
		str_copy(x.component, sizeof x.component, r.component);
		str_copy(x.version, sizeof x.version, r.version);
		vec_push(&m->v, x);
		fact_add(ret, &r);
	}
}

int release_needs(struct db *db, const struct snapshot *s, const char *vendor, const char *model,
		  struct release_needs *ret, struct err *e)
{
	OWN(members_done) struct members m = { .v = { 0 } };
	OWN(release_needs_done) struct release_needs n = { .need = NULL };

	if (members_read(db, s, vendor, model, &m, &n, e))
		return (int)e->code;
	if (n.nfacts)
		qsort(n.fact, n.nfacts, sizeof *n.fact, fact_order);
	for (size_t i = 0; i < m.v.n; i++) {
		const struct json *lines = m.v.v[i].doc.compatibility;

		for (size_t k = 0; k < json_len(lines); k++)
			need_add(&n, &m, &m.v.v[i], json_at(lines, k));
	}
	*ret = n;
	memset(&n, 0, sizeof n);
	return OK;
}
