/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_proposal.h"

#include <inttypes.h>

#define VSOME(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

int store_proposal_add(struct db *db, const struct store_proposal *p, int64_t *ret_id, struct err *e)
{
	bool got;

	return db_one(db, SQL_PROPOSAL_ADD,
		      ARGS(VTEXT(p->state), VTEXT(p->title), VTEXT(p->reason), VTEXT(p->items),
			   VTEXT(p->hash), VDATE(p->effective_on), VDATE(p->embargo_until),
			   VINT(p->author_id), VTEXT(p->author), VINT(p->org_id), VTEXT(p->org),
			   VINT(p->base_rev), VINT(p->created_at), VDATE(p->waiting_since)),
		      &got, ret_id, e)
		   ? err_wrap(e, "keeping the proposal")
		   : OK;
}

static const char *text(struct rows *r, int col, struct arena *a)
{
	return arena_strdup(a, rows_text(r, col));
}

int store_proposal_next(struct rows *r, struct arena *a, struct store_proposal *ret, bool *ret_got,
			struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_proposal){ .id = rows_num(r, 0),
						.version = rows_num(r, 1),
						.state = text(r, 2, a),
						.title = text(r, 3, a),
						.reason = text(r, 4, a),
						.items = text(r, 5, a),
						.hash = text(r, 6, a),
						.effective_on = rows_date(r, 7),
						.embargo_until = rows_date(r, 8),
						.author_id = rows_num(r, 9),
						.author = text(r, 10, a),
						.org_id = rows_num(r, 11),
						.org = text(r, 12, a),
						.base_rev = rows_num(r, 13),
						.created_at = rows_num(r, 14),
						.changed_at = rows_num(r, 15),
						.waiting_since = rows_date(r, 16),
						.approver_id = rows_num(r, 17),
						.approver = text(r, 18, a),
						.approved_at = rows_date(r, 19),
						.approved_hash = text(r, 20, a),
						.approve_why = text(r, 21, a),
						.publish_at = rows_date(r, 22),
						.revision = rows_num(r, 23),
						.ended_at = rows_date(r, 24),
						.ended_by = text(r, 25, a),
						.ended_why = text(r, 26, a) };
	return OK;
}

int store_proposal_get(struct db *db, int64_t id, struct arena *a, struct store_proposal *ret, bool *ret_got,
		       struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_PROPOSAL_GET, ARGS(VINT(id)), &r, e) || store_proposal_next(r, a, ret, ret_got, e))
		return err_wrap(e, "proposal %" PRId64, id);
	return OK;
}

int store_proposal_put(struct db *db, const struct store_proposal *p, int64_t now, struct err *e)
{
	int64_t changed;

	if (db_exec(db, SQL_PROPOSAL_PUT,
		    ARGS(VTEXT(p->state), VTEXT(p->title), VTEXT(p->reason), VTEXT(p->items), VTEXT(p->hash),
			 VDATE(p->effective_on), VDATE(p->embargo_until), VINT(p->base_rev), VINT(now),
			 VDATE(p->waiting_since), VSOME(p->approver_id), VTEXT(p->approver),
			 VDATE(p->approved_at), VTEXT(p->approved_hash), VTEXT(p->approve_why),
			 VDATE(p->publish_at), VSOME(p->revision), VDATE(p->ended_at), VTEXT(p->ended_by),
			 VTEXT(p->ended_why), VINT(p->id), VINT(p->version)),
		    &changed, e))
		return err_wrap(e, "proposal %" PRId64, p->id);
	return changed == 1 ? OK : err_set(e, ERR_STALE, "proposal %" PRId64 " was changed meanwhile", p->id);
}

int store_proposal_page(struct db *db, const struct store_eyes *eyes, const char *state, bool mine,
			int64_t before, int64_t limit, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_PROPOSAL_PAGE,
		      ARGS(VINT(before ? before : INT64_MAX), VTEXT(state), VINT(mine), VINT(eyes->account),
			   VINT(eyes->org), VINT(eyes->all), VINT(eyes->now), VINT(eyes->open),
			   VINT(eyes->person), VINT(limit)),
		      ret, e);
}

int store_urgent_next(struct rows *r, struct arena *a, struct store_urgent *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return e->code;
	if (*ret_got)
		*ret = (struct store_urgent){ .id = rows_num(r, 0),
					      .state = text(r, 1, a),
					      .statement_id = rows_num(r, 2),
					      .entry_id = rows_num(r, 3),
					      .by_id = rows_num(r, 4),
					      .by_name = text(r, 5, a),
					      .at = rows_num(r, 6),
					      .reason = text(r, 7, a),
					      .revision = rows_num(r, 8),
					      .second_due = rows_num(r, 9),
					      .second_id = rows_num(r, 10),
					      .second_name = text(r, 11, a),
					      .second_at = rows_date(r, 12),
					      .second_why = text(r, 13, a),
					      .lifted_rev = rows_num(r, 14) };
	return OK;
}
