/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_vc.h"

int store_vc_list(struct db *db, bool gone, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_VC_LIST, ARGS(VINT(gone)), ret, e);
}

int store_vc_get(struct db *db, int64_t id, int64_t n, struct rows **ret, struct err *e)
{
	return id ? db_run(db, SQL_VC_BY_ID, ARGS(VINT(id)), ret, e)
		  : db_run(db, SQL_VC_BY_N, ARGS(VINT(n)), ret, e);
}

int store_vc_next(struct rows *r, struct vc_row *ret, bool *ret_got, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return (int)e->code;
	*ret_got = got;
	if (!got)
		return OK;
	*ret = (struct vc_row){ .id = rows_num(r, 0),
				.n = rows_num(r, 1),
				.folder = rows_text(r, 2),
				.config_id = rows_text(r, 3),
				.type_id = rows_text(r, 4),
				.name = rows_text(r, 5),
				.version = rows_text(r, 6),
				.manifest = rows_text(r, 7),
				.hash = rows_text(r, 8),
				.state = rows_text(r, 9),
				.mark = rows_text(r, 10),
				.kept = rows_num(r, 11) != 0,
				.report = rows_text(r, 12),
				.seen_at = rows_num(r, 13),
				.verified_at = rows_date(r, 14) };
	return OK;
}

int store_vc_add(struct db *db, const struct vc_row *v, int64_t *ret_n, struct err *e)
{
	bool got;

	return db_one(db, SQL_VC_ADD,
		      ARGS(VTEXT(v->folder), VTEXT(v->config_id), VTEXT(v->type_id), VTEXT(v->name),
			   VTEXT(v->version), VTEXT(v->manifest), VTEXT(v->hash), VTEXT(v->state),
			   VTEXT(v->mark), VINT(v->kept), VTEXT(v->report), VINT(v->seen_at),
			   VDATE(v->verified_at)),
		      &got, ret_n, e);
}

int store_vc_set(struct db *db, const struct vc_row *v, struct err *e)
{
	return db_exec(db, SQL_VC_SET,
		       ARGS(VTEXT(v->config_id), VTEXT(v->type_id), VTEXT(v->name), VTEXT(v->version),
			    VTEXT(v->manifest), VTEXT(v->hash), VTEXT(v->state), VTEXT(v->mark),
			    VINT(v->kept), VTEXT(v->report), VDATE(v->verified_at), VINT(v->id)),
		       NULL, e);
}

int store_vc_bbs(struct db *db, int64_t vc_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_VC_BB_LIST, ARGS(VINT(vc_id)), ret, e);
}

int store_vc_bb_next(struct rows *r, struct vc_bb_row *ret, bool *ret_got, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return (int)e->code;
	*ret_got = got;
	if (!got)
		return OK;
	*ret = (struct vc_bb_row){ .vc_id = rows_num(r, 0),
				   .n = rows_num(r, 1),
				   .type_id = rows_text(r, 2),
				   .config_id = rows_text(r, 3),
				   .name = rows_text(r, 4),
				   .version = rows_text(r, 5),
				   .functional = rows_text(r, 6),
				   .system = rows_text(r, 7),
				   .wave = rows_num(r, 8),
				   .depends = rows_text(r, 9),
				   .network = rows_text(r, 10),
				   .manifest = rows_text(r, 11),
				   .hash = rows_text(r, 12),
				   .archives = rows_text(r, 13) };
	return OK;
}

int store_vc_bb_put(struct db *db, const struct vc_bb_row *b, struct err *e)
{
	return db_exec(db, SQL_VC_BB_PUT,
		       ARGS(VINT(b->vc_id), VINT(b->n), VTEXT(b->type_id), VTEXT(b->config_id),
			    VTEXT(b->name), VTEXT(b->version), VTEXT(b->functional), VTEXT(b->system),
			    VINT(b->wave), VTEXT(b->depends), VTEXT(b->network), VTEXT(b->manifest),
			    VTEXT(b->hash), VTEXT(b->archives)),
		       NULL, e);
}

int store_vc_bb_clear(struct db *db, int64_t vc_id, struct err *e)
{
	return db_exec(db, SQL_VC_BB_CLEAR, ARGS(VINT(vc_id)), NULL, e);
}
