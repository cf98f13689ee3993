/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_feed.h"

#define NEWEST(revision) ((revision) ? (revision) : INT64_MAX)
#define VREVISION(x) ((x) ? VINT(x) : VNULL)

int store_feed_add(struct db *db, const struct feed_row *f, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_FEED_ADD,
		      ARGS(VTEXT(f->feed), VINT(f->at), VTEXT(f->who), VTEXT(f->file_name),
			   VTEXT(f->file_hash), VTEXT(f->state), VTEXT(f->version_text), VTEXT(f->version),
			   VDATE(f->issued_on), VINT(f->rows), VREVISION(f->revision), VTEXT(f->report),
			   VTEXT(f->staged)),
		      &got, ret_id, e);
}

int store_feed_close(struct db *db, int64_t id, const char *state, int64_t revision, const char *report,
		     struct err *e)
{
	int64_t changed = 0;

	if (db_exec(db, SQL_FEED_CLOSE, ARGS(VTEXT(state), VREVISION(revision), VTEXT(report), VINT(id)),
		    &changed, e))
		return e->code;
	if (changed != 1)
		return err_set(e, ERR_CONFLICT, "import %lld is not held any more", (long long)id);
	return OK;
}

int store_feed_get(struct db *db, int64_t id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_FEED_GET, ARGS(VINT(id)), ret, e);
}

int store_feed_list(struct db *db, int64_t before, int limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_FEED_LIST, ARGS(VINT(NEWEST(before)), VINT(limit)), ret, e);
}

int store_feed_held(struct db *db, const char *feed, const char *file_hash, int64_t *ret_id, struct err *e)
{
	bool got;
	int64_t id = 0;

	if (db_one(db, SQL_FEED_HELD, ARGS(VTEXT(feed), VTEXT(file_hash)), &got, &id, e))
		return e->code;
	*ret_id = got ? id : 0;
	return OK;
}

int store_feed_standing(struct db *db, const char *feed, int64_t revision, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_FEED_STANDING, ARGS(VTEXT(feed), VINT(NEWEST(revision))), ret, e);
}

int store_feed_next(struct rows *r, struct feed_row *ret, bool *ret_got, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (got)
		*ret = (struct feed_row){ .id = rows_num(r, 0),
					  .feed = rows_text(r, 1),
					  .at = rows_num(r, 2),
					  .who = rows_text(r, 3),
					  .file_name = rows_text(r, 4),
					  .file_hash = rows_text(r, 5),
					  .state = rows_text(r, 6),
					  .version_text = rows_text(r, 7),
					  .version = rows_text(r, 8),
					  .issued_on = rows_date(r, 9),
					  .rows = rows_num(r, 10),
					  .revision = rows_null(r, 11) ? 0 : rows_num(r, 11),
					  .report = rows_text(r, 12),
					  .staged = rows_text(r, 13) };
	return OK;
}
