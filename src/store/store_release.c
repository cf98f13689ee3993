/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_release.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

int store_release_add(struct db *db, const struct store_release *r, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_RELEASE_ADD,
		      ARGS(VTEXT(r->public_id), VTEXT(r->vendor), VTEXT(r->model), VTEXT(r->component),
			   VTEXT(r->version), VDATE(r->position), VTEXT(r->document), VTEXT(r->digest),
			   VTEXT(r->image_hash), VINT(r->regulated), VTEXT(r->certificate),
			   VDATE(r->security_at), VTEXT(r->signature), VTEXT(r->signing_certificate),
			   VID(r->org_id), VTEXT(r->created_by), VID(r->created_account),
			   VINT(r->created_at)),
		      &got, ret_id, e);
}

int store_release_get(struct db *db, int64_t id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_RELEASE_GET, ARGS(VINT(id)), ret, e);
}

int store_release_of_entry(struct db *db, int64_t entry_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_RELEASE_OF_ENTRY, ARGS(VINT(entry_id)), ret, e);
}

int store_release_of_model(struct db *db, const char *vendor, const char *model, struct rows **ret,
			   struct err *e)
{
	return db_run(db, SQL_RELEASE_OF_MODEL, ARGS(VTEXT(vendor), VTEXT(model)), ret, e);
}

int store_release_page(struct db *db, const struct store_release_filter *f, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_RELEASE_PAGE,
		      ARGS(VINT(f->before), VINT(f->sees), VTEXT(f->vendor), VTEXT(f->model),
			   VTEXT(f->component), VTEXT(f->state), VTEXT(f->part), VTEXT(f->part_version),
			   VINT(f->limit)),
		      ret, e);
}

int store_release_next(struct rows *r, struct store_release *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_release){ .id = rows_num(r, 0),
					       .entry_id = id_of(r, 1),
					       .public_id = rows_text(r, 2),
					       .vendor = rows_text(r, 3),
					       .model = rows_text(r, 4),
					       .component = rows_text(r, 5),
					       .version = rows_text(r, 6),
					       .state = rows_text(r, 7),
					       .position = rows_date(r, 8),
					       .document = rows_text(r, 9),
					       .digest = rows_text(r, 10),
					       .image_hash = rows_text(r, 11),
					       .image_md5 = rows_text(r, 12),
					       .image_bytes = rows_date(r, 13),
					       .regulated = rows_num(r, 14) != 0,
					       .certificate = rows_text(r, 15),
					       .security_at = rows_date(r, 16),
					       .signature = rows_text(r, 17),
					       .signing_certificate = rows_text(r, 18),
					       .report = rows_text(r, 19),
					       .org_id = id_of(r, 20),
					       .created_by = rows_text(r, 21),
					       .created_account = id_of(r, 22),
					       .created_at = rows_num(r, 23),
					       .approved_by = rows_text(r, 24),
					       .approved_at = rows_date(r, 25),
					       .published_by = rows_text(r, 26),
					       .published_at = rows_date(r, 27),
					       .ended_at = rows_date(r, 28) };
	return OK;
}

int store_release_standing(struct db *db, const char *public_id, bool *ret_got, int64_t *ret_id,
			   struct err *e)
{
	return db_one(db, SQL_RELEASE_STANDING, ARGS(VTEXT(public_id)), ret_got, ret_id, e);
}

int store_release_spent(struct db *db, const char *public_id, bool *ret_got, int64_t *ret_id, struct err *e)
{
	return db_one(db, SQL_RELEASE_SPENT, ARGS(VTEXT(public_id)), ret_got, ret_id, e);
}

int store_release_image(struct db *db, int64_t id, const char *md5, int64_t bytes, struct err *e)
{
	return db_exec(db, SQL_RELEASE_IMAGE_SET, ARGS(VTEXT(md5), VINT(bytes), VINT(id)), NULL, e);
}

int store_release_state(struct db *db, const struct store_release *r, struct err *e)
{
	return db_exec(db, SQL_RELEASE_STATE_SET,
		       ARGS(VTEXT(r->state), VTEXT(r->approved_by), VDATE(r->approved_at),
			    VTEXT(r->published_by), VDATE(r->published_at), VDATE(r->ended_at),
			    VID(r->entry_id), VTEXT(r->report), VINT(r->id)),
		       NULL, e);
}

int store_release_served(struct db *db, const char *image_hash, bool *ret, struct err *e)
{
	int64_t id;

	return db_one(db, SQL_RELEASE_IMAGE_SERVED, ARGS(VTEXT(image_hash)), ret, &id, e);
}

int store_figure_put(struct db *db, int64_t entry_id, int64_t bytes, int64_t seconds, int64_t restarts,
		     struct err *e)
{
	return db_exec(db, SQL_ENTRY_FIGURE_PUT,
		       ARGS(VINT(entry_id), VDATE(bytes), VDATE(seconds), VDATE(restarts)), NULL, e);
}

/* ---- bills of materials ---- */

int store_sbom_put(struct db *db, int64_t release_id, const struct store_sbom *s, const char *text,
		   struct err *e)
{
	if (db_exec(db, SQL_RELEASE_PART_CLEAR, ARGS(VINT(release_id)), NULL, e))
		return (int)e->code;
	return db_exec(db, SQL_RELEASE_SBOM_PUT,
		       ARGS(VINT(release_id), VTEXT(s->format), VTEXT(s->format_version), VTEXT(s->digest),
			    VTEXT(text), VINT(s->added_at)),
		       NULL, e);
}

int store_sbom_get(struct db *db, int64_t release_id, struct rows **ret, struct store_sbom *s, bool *ret_got,
		   struct err *e)
{
	if (db_run(db, SQL_RELEASE_SBOM_GET, ARGS(VINT(release_id)), ret, e) || rows_next(*ret, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*s = (struct store_sbom){ .format = rows_text(*ret, 0),
					  .format_version = rows_text(*ret, 1),
					  .digest = rows_text(*ret, 2),
					  .added_at = rows_num(*ret, 3),
					  .parts = rows_num(*ret, 4) };
	return OK;
}

int store_sbom_text(struct db *db, int64_t release_id, struct rows **ret, const char **ret_text,
		    struct err *e)
{
	bool got;

	if (db_run(db, SQL_RELEASE_SBOM_TEXT, ARGS(VINT(release_id)), ret, e) || rows_next(*ret, &got, e))
		return (int)e->code;
	*ret_text = got ? rows_text(*ret, 0) : NULL;
	return OK;
}

int store_sbom_part_add(struct db *db, int64_t release_id, const struct store_sbom_part *p, struct err *e)
{
	return db_exec(db, SQL_RELEASE_PART_ADD,
		       ARGS(VINT(release_id), VINT(p->n), VTEXT(p->name), VTEXT(p->version), VTEXT(p->purl),
			    VTEXT(p->licence)),
		       NULL, e);
}

int store_sbom_parts(struct db *db, int64_t release_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_RELEASE_PART_LIST, ARGS(VINT(release_id)), ret, e);
}

int store_sbom_part_next(struct rows *r, struct store_sbom_part *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_sbom_part){ rows_num(r, 0), rows_text(r, 1), rows_text(r, 2),
						 rows_text(r, 3), rows_text(r, 4) };
	return OK;
}

/* ---- sets ---- */

int store_set_add(struct db *db, const struct store_set *s, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_SET_ADD,
		      ARGS(VTEXT(s->name), VTEXT(s->vendor), VTEXT(s->model), VTEXT(s->note),
			   VTEXT(s->created_by), VINT(s->created_at)),
		      &got, ret_id, e);
}

int store_set_part_add(struct db *db, int64_t set_id, const char *component, int64_t release_id,
		       struct err *e)
{
	return db_exec(db, SQL_SET_PART_ADD, ARGS(VINT(set_id), VTEXT(component), VINT(release_id)), NULL, e);
}

int store_set_get(struct db *db, const char *name, int64_t id, struct rows **ret, struct err *e)
{
	return name ? db_run(db, SQL_SET_NAMED, ARGS(VTEXT(name)), ret, e)
		    : db_run(db, SQL_SET_GET, ARGS(VINT(id)), ret, e);
}

int store_set_page(struct db *db, int64_t before, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_SET_PAGE, ARGS(VINT(before), VINT(limit)), ret, e);
}

int store_set_next(struct rows *r, struct store_set *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_set){ rows_num(r, 0),  rows_text(r, 1), rows_text(r, 2), rows_text(r, 3),
					   rows_text(r, 4), rows_text(r, 5), rows_num(r, 6) };
	return OK;
}

int store_set_parts(struct db *db, int64_t set_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_SET_PARTS, ARGS(VINT(set_id)), ret, e);
}

int store_set_part_next(struct rows *r, struct store_set_part *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		*ret = (struct store_set_part){ rows_text(r, 0), rows_num(r, 1),  id_of(r, 2),
						rows_text(r, 3), rows_text(r, 4), rows_text(r, 5) };
	return OK;
}

/* ---- logs ---- */

int store_log_site(struct db *db, int64_t job, const char *identity, bool *ret_got, int64_t *ret_site,
		   struct err *e)
{
	return db_one(db, SQL_LOG_SITE, ARGS(VINT(job), VTEXT(identity)), ret_got, ret_site, e);
}

int store_log_set(struct db *db, int64_t job, const char *name, struct err *e)
{
	return db_exec(db, SQL_LOG_SET, ARGS(VTEXT(name), VINT(job)), NULL, e);
}

int store_log_seen(struct db *db, int64_t job, int64_t sees, bool *ret, struct err *e)
{
	int64_t id;

	return db_one(db, SQL_LOG_SEEN, ARGS(VINT(job), VINT(sees)), ret, &id, e);
}
