/* SPDX-License-Identifier: Apache-2.0 */
#include "core/release_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/fleet_util.h"
#include "core/lookup.h"
#include "core/release_row.h"

/* ---- reading ---- */

static void info_row(const struct store_set *row, struct set_info *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->id = row->id;
	str_copy(ret->name, sizeof ret->name, row->name);
	str_copy(ret->vendor, sizeof ret->vendor, row->vendor);
	str_copy(ret->model, sizeof ret->model, row->model);
}

static int info_parts(struct db *db, struct set_info *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_set_part p;
	bool got;

	if (store_set_parts(db, ret->id, &rows, e))
		return (int)e->code;
	for (;;) {
		struct set_part *to = &ret->part[ret->n];

		if (store_set_part_next(rows, &p, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (ret->n == PARTS_MAX)
			return err_set(e, ERR_INTERNAL, "the set '%s' has too many parts", ret->name);
		str_copy(to->component, sizeof to->component, p.component);
		str_copy(to->version, sizeof to->version, p.version);
		to->release_id = p.release_id;
		to->entry_id = p.entry_id;
		ret->n++;
	}
}

int set_load(struct db *db, const char *name, int64_t id, struct set_info *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct set_info info;
	struct store_set row;
	bool got;

	if (store_set_get(db, name, id, &rows, e) || store_set_next(rows, &row, &got, e))
		return (int)e->code;
	if (!got && name)
		return err_set(e, ERR_NOT_FOUND, "there is no release set '%.64s'", name);
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no release set %" PRId64, id);
	info_row(&row, &info);
	if (info_parts(db, &info, e))
		return (int)e->code;
	*ret = info;
	return OK;
}

static int row_json(struct db *db, const struct store_set *row, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_set_part p;
	char name[ENTRY_NAME_SIZE];
	bool got;

	jw_obj(w);
	jw_kstr(w, "name", row->name);
	jw_kstr(w, "vendor", row->vendor);
	jw_kstr(w, "model", row->model);
	jw_kstr(w, "note", row->note);
	jw_kstr(w, "created_by", row->created_by);
	jw_ktime(w, "created_at", row->created_at);
	jw_key(w, "releases");
	jw_arr(w);
	if (store_set_parts(db, row->id, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_set_part_next(rows, &p, &got, e))
			return (int)e->code;
		if (!got)
			break;
		str_copy(name, sizeof name, "ocpp:");
		str_copy(name + 5, sizeof name - 5, p.public_id);
		jw_obj(w);
		jw_kstr(w, "component", p.component);
		jw_kstr(w, "version", p.version);
		jw_kint(w, "release", p.release_id);
		jw_kstr(w, "entry", name);
		jw_kstr(w, "state", p.state);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
	return OK;
}

int sets_json(struct db *db, const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct jw w = jw_start(out);
	struct store_set row;
	int64_t before, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, INT64_MAX, &before, e) || store_set_page(db, before, limit + 1, &rows, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "sets");
	jw_arr(&w);
	for (;;) {
		if (store_set_next(rows, &row, &got, e))
			return (int)e->code;
		if (!got || n++ == limit)
			break;
		if (row_json(db, &row, &w, e))
			return (int)e->code;
		last = row.id;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int set_json(struct db *db, const char *name, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct jw w = jw_start(out);
	struct store_set row;
	bool got;

	if (store_set_get(db, name, 0, &rows, e) || store_set_next(rows, &row, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no release set '%.64s'", name);
	if (row_json(db, &row, &w, e))
		return (int)e->code;
	str_addc(out, '\n');
	return OK;
}

/* ---- making ---- */

struct set_in {
	char name[SET_NAME_MAX + 1], vendor[IDENT_PART_SIZE], model[IDENT_PART_SIZE], note[1024];
};
static const struct json_field fields[] = {
	{ "name", FIELD_TEXT, offsetof(struct set_in, name), true, 0, SET_NAME_MAX + 1 },
	{ "vendor", FIELD_TEXT, offsetof(struct set_in, vendor), true, 0, IDENT_PART_SIZE },
	{ "model", FIELD_TEXT, offsetof(struct set_in, model), true, 0, IDENT_PART_SIZE },
	{ "note", FIELD_TEXT, offsetof(struct set_in, note), false, 0, 1024 },
	{ "releases", FIELD_ARRAY, 0, true, 0, PARTS_MAX },
	{ .name = NULL }
};

static bool set_name_ok(const char *s)
{
	if (!*s || *s == '.')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("._-", *s)))
			return false;
	return true;
}

/* A release by its number, or by the public id of its entry. */
static int release_named(const struct release_ctx *c, const struct snapshot *s, const struct json *j,
			 struct release_rec *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	const char *text = json_text(j);
	struct store_release r;
	uint32_t node;
	size_t n;
	bool got;

	if (json_kind(j) == JSON_INT)
		return release_rec_load(c->db, c->by, json_int(j, 0), ret, e);
	if (!text)
		return err_set(e, ERR_JSON_FIELD, "a release is named by its number or its entry");
	if (lookup_nodes(s, text, &node, 1, &n, e) ||
	    store_release_of_entry(c->db, graph_node(s->graph, node)->entry_id, &rows, e) ||
	    store_release_next(rows, &r, &got, e))
		return (int)e->code;
	return got ? release_rec_load(c->db, c->by, r.id, ret, e)
		   : err_set(e, ERR_NOT_FOUND, "%.100s is no release", text);
}

static int part_take(const struct release_ctx *c, const struct snapshot *s, const struct json *j,
		     const struct set_in *in, struct set_info *set, struct err *e)
{
	struct set_part *to = &set->part[set->n];
	RELEASE_REC(r);

	if (release_named(c, s, j, &r, e))
		return (int)e->code;
	if (!release_is(&r.r, "published"))
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is %s; sets are made of published ones",
			       r.r.id, r.r.state);
	if (strcmp(r.r.vendor, in->vendor) != 0 || strcmp(r.r.model, in->model) != 0)
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is for %s %s, the set for %s %s", r.r.id,
			       r.r.vendor, r.r.model, in->vendor, in->model);
	for (int i = 0; i < set->n; i++)
		if (!strcmp(set->part[i].component, r.r.component))
			return err_set(e, ERR_RELEASE, "the component %s is there twice", r.r.component);
	str_copy(to->component, sizeof to->component, r.r.component);
	str_copy(to->version, sizeof to->version, r.r.version);
	to->release_id = r.r.id;
	to->entry_id = r.r.entry_id;
	set->n++;
	return OK;
}

static const struct set_part *part_named(const struct set_info *set, const char *component)
{
	for (int i = 0; i < set->n; i++)
		if (!strcmp(set->part[i].component, component))
			return &set->part[i];
	return NULL;
}

/* Do they allow each other? What a release needs of a component that the set does not hold is judged when a
 * station is planned: it may have it. */
static int agree(const struct release_needs *needs, const struct set_info *set, struct err *e)
{
	for (size_t i = 0; i < needs->nneeds; i++) {
		const struct release_need *n = &needs->need[i];
		const struct set_part *of = part_named(set, n->component), *self = NULL;
		bool fits = n->any;

		for (int k = 0; k < set->n; k++)
			if (set->part[k].entry_id == n->entry_id)
				self = &set->part[k];
		if (!self || !of)
			continue;
		for (size_t k = 0; k < n->nfits; k++)
			fits = fits || n->fits[k] == of->entry_id;
		if (fits != (n->relation == PART_REQUIRES))
			return err_set(e, ERR_RELEASE, "%s %s %s %s %s", self->component, self->version,
				       n->relation == PART_REQUIRES ? "requires another version than"
								    : "conflicts with",
				       of->component, of->version);
	}
	return OK;
}

static int set_audit(const struct release_ctx *c, const struct set_info *set, struct err *e)
{
	STR(after, 8 * KIB);
	struct jw w = jw_start(&after);
	char subject[SET_NAME_MAX + 8];

	jw_obj(&w);
	jw_kstr(&w, "set", set->name);
	jw_kstr(&w, "vendor", set->vendor);
	jw_kstr(&w, "model", set->model);
	jw_key(&w, "releases");
	jw_arr(&w);
	for (int i = 0; i < set->n; i++)
		jw_int(&w, set->part[i].release_id);
	jw_arr_end(&w);
	jw_end(&w);
	snprintf(subject, sizeof subject, "set/%s", set->name);
	return audit_add(c->db, c->who, "set-add", subject, NULL, str_c(&after), 0, NULL, e);
}

int set_add(const struct release_ctx *c, const struct snapshot *s, const struct json *body, int64_t *ret_id,
	    struct err *e)
{
	TX(tx);
	OWN(release_needs_done) struct release_needs needs = { .need = NULL };
	struct set_info set = { .n = 0 };
	struct set_in in = { .name = "" };
	const struct json *list = json_get(body, "releases");
	struct set_info other;
	int64_t id;

	if (!may(c->by, SET_MAKERS))
		return err_set(e, ERR_DENIED, "your roles do not allow this with release sets");
	if (json_decode(body, fields, &in, e))
		return (int)e->code;
	if (!set_name_ok(in.name) || !json_len(list)) {
		err_set(e, ERR_JSON_FIELD,
			!json_len(list) ? "a set has at least one release"
					: "a name is letters, digits and . _ -");
		return err_at(e, !json_len(list) ? "/releases" : "/name", 0, 0);
	}
	if (tx_begin(&tx, c->db, true, e) || snapshot_check(c->db, s, e))
		return (int)e->code;
	if (!set_load(c->db, in.name, 0, &other, e))
		return err_set(e, ERR_CONFLICT, "there is a release set '%s' already", in.name);
	if (e->code != ERR_NOT_FOUND)
		return (int)e->code;
	for (size_t i = 0; i < json_len(list); i++)
		if (part_take(c, s, json_at(list, i), &in, &set, e)) {
			char where[32];

			snprintf(where, sizeof where, "/releases/%zu", i);
			return err_at(e, where, 0, 0);
		}
	if (release_needs(c->db, s, in.vendor, in.model, &needs, e) || agree(&needs, &set, e) ||
	    store_set_add(
		c->db,
		&(struct store_set){ 0, in.name, in.vendor, in.model, in.note, c->who->name, c->who->now },
		&id, e))
		return (int)e->code;
	str_copy(set.name, sizeof set.name, in.name);
	str_copy(set.vendor, sizeof set.vendor, in.vendor);
	str_copy(set.model, sizeof set.model, in.model);
	for (int i = 0; i < set.n; i++)
		if (store_set_part_add(c->db, id, set.part[i].component, set.part[i].release_id, e))
			return (int)e->code;
	if (set_audit(c, &set, e) || tx_keep(&tx, e))
		return (int)e->code;
	*ret_id = id;
	return OK;
}
