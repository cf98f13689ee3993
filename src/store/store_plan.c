/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/str.h"
#include "store/store_campaign.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

int store_plan_put(struct db *db, int64_t campaign_id, const struct store_plan *p,
		   const struct store_hop *hops, int64_t *ret_id, struct err *e)
{
	int64_t id;
	bool got;

	if (db_one(db, SQL_PLAN_PUT,
		   ARGS(VINT(campaign_id), VINT(p->start_id), VID(p->target_id), VINT(p->revision),
			VTEXT(p->reason), VTEXT(p->detail), VINT(p->nhops), VINT(p->made_at)),
		   &got, &id, e))
		return err_wrap(e, "plan");
	if (!got)
		return err_set(e, ERR_INTERNAL, "a plan of campaign %" PRId64 " got no number", campaign_id);
	if (db_exec(db, SQL_PLAN_HOP_CLEAR, ARGS(VINT(id)), NULL, e))
		return err_wrap(e, "plan");
	for (int64_t i = 0; i < p->nhops; i++)
		if (db_exec(db, SQL_PLAN_HOP_ADD,
			    ARGS(VINT(id), VINT(hops[i].n), VINT(hops[i].base_id), VINT(hops[i].entry_id),
				 VINT(hops[i].together)),
			    NULL, e))
			return err_wrap(e, "plan, hop %" PRId64, hops[i].n);
	*ret_id = id;
	return OK;
}

int store_plan_list(struct db *db, int64_t campaign_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_PLAN_LIST, ARGS(VINT(campaign_id)), ret, e);
}

int store_plan_next(struct rows *r, struct store_plan *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_plan){ .id = rows_num(r, 0),
					    .start_id = rows_num(r, 1),
					    .target_id = rows_null(r, 2) ? 0 : rows_num(r, 2),
					    .revision = rows_num(r, 3),
					    .reason = rows_text(r, 4),
					    .detail = rows_text(r, 5),
					    .nhops = rows_num(r, 6),
					    .made_at = rows_num(r, 7) };
	return OK;
}

int store_plan_hops(struct db *db, int64_t plan_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_PLAN_HOPS, ARGS(VINT(plan_id)), ret, e);
}

int store_hop_next(struct rows *r, struct store_hop *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_hop){ .n = rows_num(r, 0),
					   .base_id = rows_num(r, 1),
					   .entry_id = rows_num(r, 2),
					   .together = rows_num(r, 3) != 0 };
	return OK;
}

int store_plan_of(struct db *db, int64_t campaign_id, int64_t start_id, int64_t *ret_id, int64_t *ret_target,
		  char reason[48], char detail[200], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_PLAN_OF, ARGS(VINT(campaign_id), VINT(start_id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "plan");
	*ret_id = got ? rows_num(r, 0) : 0;
	*ret_target = got && !rows_null(r, 1) ? rows_num(r, 1) : 0;
	str_copy(reason, 48, got ? rows_text(r, 3) : "");
	str_copy(detail, 200, got ? rows_text(r, 4) : "");
	return OK;
}

int store_plan_target(struct db *db, int64_t plan_id, int64_t *ret, int64_t *ret_revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_PLAN_TARGET, ARGS(VINT(plan_id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "plan");
	*ret = got ? rows_num(r, 0) : 0;
	*ret_revision = got ? rows_num(r, 1) : -1;
	return OK;
}

int store_plan_hop(struct db *db, int64_t plan_id, int64_t base_id, bool *ret_got, struct store_hop *ret,
		   int64_t *ret_target, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_PLAN_NEXT, ARGS(VINT(plan_id), VINT(base_id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "plan");
	*ret_got = got;
	if (got) {
		*ret = (struct store_hop){ .n = rows_num(r, 0),
					   .base_id = base_id,
					   .entry_id = rows_num(r, 1),
					   .together = rows_num(r, 2) != 0 };
		*ret_target = rows_null(r, 3) ? 0 : rows_num(r, 3);
	}
	return OK;
}
