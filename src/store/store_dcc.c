/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_dcc.h"

#include <string.h>

#include "store/store_meter_p.h"

#define DAY_MS INT64_C(86400000)

/* ---- distributions ---- */

static void distribution_of(const struct rows *r, struct store_distribution *d)
{
	int c = 0;

	memset(d, 0, sizeof *d);
#define WORD(field) meter_word_of(r, c++, d->field, sizeof d->field)
#define NUM(field) d->field = rows_num(r, c++)
#define DATE(field) d->field = rows_date(r, c++)
	NUM(id), d->user_eui = (uint64_t)rows_num(r, c++), NUM(entry_id), WORD(service), NUM(counter);
	WORD(state), NUM(devices), WORD(node), WORD(code), WORD(detail), DATE(due_at), NUM(made_at);
	DATE(answered_at), WORD(public_id);
#undef WORD
#undef NUM
#undef DATE
}

int store_distribution_next(struct rows *r, struct store_distribution *ret, bool *ret_got, struct err *e)
{
	if (rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		distribution_of(r, ret);
	return OK;
}

int store_distribution_take(struct db *db, struct store_distribution *d, int64_t now, struct err *e)
{
	int64_t n = 0;
	bool got;

	if (db_one(db, SQL_DISTRIBUTION_ADD,
		   ARGS(VEUI(d->user_eui), VINT(d->entry_id), VTEXT(d->service), VINT(d->counter),
			VTEXT(d->node), VDATE(d->due_at), VINT(now)),
		   &got, &d->id, e) ||
	    db_exec(db, SQL_DISTRIBUTION_FILL,
		    ARGS(VINT(d->id), VINT(d->counter), VINT(now), VDATE(d->due_at), VEUI(d->user_eui),
			 VINT(d->entry_id), VTEXT(d->service), VTEXT(d->node), VINT(d->devices)),
		    &n, e))
		return err_wrap(e, "a distribution");
	d->devices = n;
	if (n)
		return db_exec(db, SQL_DISTRIBUTION_COUNT, ARGS(VINT(n), VINT(d->id)), NULL, e);
	return db_exec(db, SQL_DISTRIBUTION_DROP, ARGS(VINT(d->id)), NULL, e);
}

static int distribution_one(struct db *db, enum sql_id q, const struct val *v, size_t nv, bool *ret_got,
			    struct store_distribution *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, q, v, nv, &r, e))
		return (int)e->code;
	return store_distribution_next(r, ret, ret_got, e);
}

int store_distribution_get(struct db *db, int64_t id, bool *ret_got, struct store_distribution *ret,
			   struct err *e)
{
	return distribution_one(db, SQL_DISTRIBUTION_GET, ARGS(VINT(id)), ret_got, ret, e);
}

int store_distribution_of_counter(struct db *db, uint64_t user_eui, int64_t counter, bool *ret_got,
				  struct store_distribution *ret, struct err *e)
{
	return distribution_one(db, SQL_DISTRIBUTION_OF_COUNTER, ARGS(VEUI(user_eui), VINT(counter)), ret_got,
				ret, e);
}

int store_distribution_end(struct db *db, int64_t id, const char *state, const char *code, const char *detail,
			   int64_t now, bool *ret_first, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_DISTRIBUTION_END,
		    ARGS(VTEXT(state), VTEXT(code), VTEXT(detail), VINT(now), VINT(id)), &n, e))
		return (int)e->code;
	*ret_first = n > 0;
	return OK;
}

int store_distribution_due(struct db *db, int64_t now, size_t max, struct store_distribution *ret,
			   size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_DISTRIBUTION_DUE, ARGS(VINT(now), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (store_distribution_next(r, &ret[n], &got, e))
			return (int)e->code;
		if (!got)
			break;
	}
	*ret_n = n;
	return OK;
}

int store_distribution_page(struct db *db, uint64_t user_eui, int64_t before, int64_t limit,
			    struct rows **ret, struct err *e)
{
	if (before <= 0)
		before = INT64_MAX;
	if (user_eui)
		return db_run(db, SQL_DISTRIBUTION_PAGE_USER, ARGS(VEUI(user_eui), VINT(before), VINT(limit)),
			      ret, e);
	return db_run(db, SQL_DISTRIBUTION_PAGE, ARGS(VINT(before), VINT(limit)), ret, e);
}

int store_distribution_jobs(struct db *db, int64_t id, int64_t after, size_t max, struct store_dist_job *ret,
			    size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_DISTRIBUTION_JOBS, ARGS(VINT(id), VINT(after), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ret[n] = (struct store_dist_job){ .id = rows_num(r, 0),
						  .device_id = rows_num(r, 1),
						  .eui = (uint64_t)rows_num(r, 2) };
	}
	*ret_n = n;
	return OK;
}

int store_distribution_tell(struct db *db, int64_t id, const char *from, const struct store_meter_event *v,
			    int64_t now, struct err *e)
{
	return db_exec(db, SQL_DISTRIBUTION_TELL,
		       ARGS(VINT(now), VTEXT(v->way), VTEXT(v->what), VINT(v->ref),
			    VTEXT(v->code ? v->code : ""), VTEXT(v->detail), VINT(id), VTEXT(from)),
		       NULL, e);
}

int store_distribution_move(struct db *db, int64_t id, const char *from, const char *to, const char *reason,
			    int64_t due_at, int64_t not_before, int64_t now,
			    const struct store_meter_event *event, int64_t *ret_n, struct err *e)
{
	if (event && store_distribution_tell(db, id, from, event, now, e))
		return (int)e->code;
	return db_exec(
	    db, SQL_DISTRIBUTION_MOVE,
	    ARGS(VTEXT(to), VTEXT(reason), VDATE(due_at), VINT(not_before), VINT(now), VINT(id), VTEXT(from)),
	    ret_n, e);
}

int store_distribution_hops(struct db *db, int64_t id, size_t max, struct store_hop_of *ret, size_t *ret_n,
			    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_DISTRIBUTION_HOPS, ARGS(VINT(id), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ret[n] = (struct store_hop_of){ rows_num(r, 0), rows_num(r, 1), rows_num(r, 2) };
	}
	*ret_n = n;
	return OK;
}

int store_distribution_shut(struct db *db, const struct store_distribution *d, int64_t later, int64_t now,
			    struct err *e)
{
	return db_exec(db, SQL_DISTRIBUTION_SHUT, ARGS(VINT(later), VINT(now), VINT(d->id)), NULL, e);
}

int store_distribution_back(struct db *db, const struct store_distribution *d, const struct store_hop_of *hop,
			    const char *reason, int64_t later, int64_t now, struct err *e)
{
	return db_exec(db, SQL_DISTRIBUTION_BACK,
		       ARGS(VINT(later), VTEXT(reason), VINT(now), VINT(d->id), VINT(hop->from_id),
			    VINT(hop->campaign_id), VINT(hop->plan_id)),
		       NULL, e);
}

int store_distribution_keep(struct db *db, const struct store_distribution *d,
			    const struct store_hop_of *last, int64_t now, struct err *e)
{
	return db_exec(
	    db, SQL_DISTRIBUTION_KEEP,
	    ARGS(VINT(now), VINT(d->id), VINT(last->campaign_id), VINT(last->plan_id), VINT(last->from_id)),
	    NULL, e);
}

int store_distribution_counted(struct db *db, struct store_distribution *d, struct err *e)
{
	bool got;

	if (db_one(db, SQL_DISTRIBUTION_COUNTED, ARGS(VINT(d->id)), &got, &d->devices, e))
		return (int)e->code;
	return d->devices ? db_exec(db, SQL_DISTRIBUTION_COUNT, ARGS(VINT(d->devices), VINT(d->id)), NULL, e)
			  : db_exec(db, SQL_DISTRIBUTION_DROP, ARGS(VINT(d->id)), NULL, e);
}

/* ---- users ---- */

static void user_of(const struct rows *r, struct store_dcc_user *u)
{
	*u = (struct store_dcc_user){ .eui = (uint64_t)rows_num(r, 0),
				      .org_id = meter_id_of(r, 1),
				      .counter = rows_num(r, 2),
				      .held_at = rows_date(r, 4),
				      .day = rows_num(r, 5),
				      .critical = rows_num(r, 6),
				      .requests = rows_num(r, 7) };
	meter_word_of(r, 3, u->held, sizeof u->held);
	meter_word_of(r, 8, u->org, sizeof u->org);
}

static int user_one(struct db *db, enum sql_id q, const struct val *v, size_t nv, bool *ret_got,
		    struct store_dcc_user *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, q, v, nv, &r, e) || rows_next(r, ret_got, e))
		return (int)e->code;
	if (*ret_got)
		user_of(r, ret);
	return OK;
}

int store_dcc_user_put(struct db *db, uint64_t eui, int64_t org_id, struct err *e)
{
	return db_exec(db, SQL_DCC_USER_PUT, ARGS(VEUI(eui), VID(org_id)), NULL, e);
}

int store_dcc_user_get(struct db *db, uint64_t eui, bool *ret_got, struct store_dcc_user *ret, struct err *e)
{
	return user_one(db, SQL_DCC_USER_GET, ARGS(VEUI(eui)), ret_got, ret, e);
}

int store_dcc_user_of_org(struct db *db, int64_t org_id, bool *ret_got, struct store_dcc_user *ret,
			  struct err *e)
{
	return user_one(db, SQL_DCC_USER_OF_ORG, ARGS(VID(org_id)), ret_got, ret, e);
}

int store_dcc_user_list(struct db *db, int64_t sees, size_t max, struct store_dcc_user *ret, size_t *ret_n,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_DCC_USER_LIST, ARGS(VINT(sees), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		user_of(r, &ret[n]);
	}
	*ret_n = n;
	return OK;
}

int store_dcc_user_drop(struct db *db, uint64_t eui, struct err *e)
{
	return db_exec(db, SQL_DCC_USER_DROP, ARGS(VEUI(eui)), NULL, e);
}

static int one_of_user(struct db *db, enum sql_id q, const struct val *v, size_t nv, int64_t *ret,
		       struct err *e)
{
	bool got;

	if (db_one(db, q, v, nv, &got, ret, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no such user of the DCC");
}

int store_dcc_user_counter(struct db *db, uint64_t eui, int64_t now, int64_t *ret, struct err *e)
{
	return one_of_user(db, SQL_DCC_USER_COUNTER, ARGS(VINT(now), VEUI(eui)), ret, e);
}

int store_dcc_user_spend(struct db *db, uint64_t eui, int64_t now, int64_t requests, int64_t critical,
			 int64_t *ret_critical, struct err *e)
{
	return one_of_user(db, SQL_DCC_USER_SPEND,
			   ARGS(VINT(now / DAY_MS), VINT(critical), VINT(requests), VEUI(eui)), ret_critical,
			   e);
}

int store_dcc_user_hold(struct db *db, uint64_t eui, const char *why, int64_t now, struct err *e)
{
	return db_exec(db, SQL_DCC_USER_HOLD, ARGS(VTEXT(why), *why ? VINT(now) : VNULL, VEUI(eui)), NULL, e);
}

/* ---- who acts ---- */

int store_dcc_node_seen(struct db *db, const char *node, int64_t now, struct err *e)
{
	return db_exec(db, SQL_DCC_NODE_SEEN, ARGS(VTEXT(node), VINT(now)), NULL, e);
}

int store_dcc_nodes(struct db *db, int64_t since, int64_t *ret_n, struct err *e)
{
	bool got;

	if (db_exec(db, SQL_DCC_NODES_FORGET, ARGS(VINT(since)), NULL, e))
		return (int)e->code;
	return db_one(db, SQL_DCC_NODES, NOARGS, &got, ret_n, e);
}

int store_dcc_node_list(struct db *db, int64_t now, size_t max, struct store_dcc_node *ret, size_t *ret_n,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_DCC_NODE_LIST, ARGS(VINT(now), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		meter_word_of(r, 0, ret[n].node, sizeof ret[n].node);
		ret[n].seen_at = rows_num(r, 1);
		ret[n].shards = rows_num(r, 2);
	}
	*ret_n = n;
	return OK;
}

int store_shard_renew(struct db *db, const char *node, int64_t until, int64_t *ret_held, struct err *e)
{
	return db_exec(db, SQL_DCC_SHARD_RENEW, ARGS(VINT(until), VTEXT(node)), ret_held, e);
}

int store_shard_take(struct db *db, const char *node, int64_t now, int64_t until, int64_t far, int64_t max,
		     int64_t *ret_n, struct err *e)
{
	return db_exec(db, SQL_DCC_SHARD_TAKE,
		       ARGS(VTEXT(node), VINT(until), VINT(now), VINT(far), VINT(max)), ret_n, e);
}

int store_shard_give(struct db *db, const char *node, int64_t keep, struct err *e)
{
	return db_exec(db, SQL_DCC_SHARD_GIVE, ARGS(VTEXT(node), VINT(keep)), NULL, e);
}

int store_shard_held(struct db *db, const char *node, int64_t now, uint64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	uint64_t held = 0;
	bool got;

	if (db_run(db, SQL_DCC_SHARD_HELD, ARGS(VTEXT(node), VINT(now)), &r, e))
		return (int)e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		held |= UINT64_C(1) << (rows_num(r, 0) & 63);
	}
	*ret = held;
	return OK;
}
