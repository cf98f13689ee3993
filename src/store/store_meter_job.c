/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/store_meter.h"
#include "store/store_meter_p.h"

static void stands(struct store_meter_job *j)
{
	str_copy(j->was_state, sizeof j->was_state, j->state);
	j->was_at = j->state_at;
	j->was_tries = j->tries;
	j->was_moves = j->moves;
}

static void job_of(const struct rows *r, struct store_meter_job *j)
{
	int c = 0;

	memset(j, 0, sizeof *j);
#define WORD(field) meter_word_of(r, c++, j->field, sizeof j->field)
#define NUM(field) j->field = rows_num(r, c++)
#define ID(field) j->field = meter_id_of(r, c++)
#define EUI(field) j->field = (uint64_t)rows_num(r, c++)
#define DATE(field) j->field = rows_date(r, c++)
	NUM(id), NUM(device_id), NUM(shard), EUI(user_eui), NUM(cycle_id), NUM(seq), NUM(from_id);
	NUM(to_id), WORD(service), WORD(state), NUM(not_before), ID(dist_id), NUM(dist_counter);
	NUM(command_counter), NUM(read_counter), DATE(activate_at), WORD(told), WORD(reason), WORD(detail);
	NUM(tries), NUM(moves), NUM(activations), DATE(due_at), NUM(state_at), NUM(made_at), DATE(ended_at);
	EUI(eui);
#undef WORD
#undef NUM
#undef ID
#undef EUI
#undef DATE
	stands(j);
}

static int job_one(struct db *db, enum sql_id q, const struct val *v, size_t n, bool *ret_got,
		   struct store_meter_job *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, q, v, n, &r, e) || rows_next(r, ret_got, e))
		return err_wrap(e, "a firmware job");
	if (*ret_got)
		job_of(r, ret);
	return OK;
}

int store_meter_job_get(struct db *db, int64_t id, bool *ret_got, struct store_meter_job *ret, struct err *e)
{
	return job_one(db, SQL_METER_JOB_GET, ARGS(VINT(id)), ret_got, ret, e);
}

int store_meter_job_open(struct db *db, int64_t device_id, bool *ret_got, struct store_meter_job *ret,
			 struct err *e)
{
	return job_one(db, SQL_METER_JOB_OPENED, ARGS(VINT(device_id)), ret_got, ret, e);
}

int store_meter_job_last(struct db *db, int64_t device_id, bool *ret_got, struct store_meter_job *ret,
			 struct err *e)
{
	return job_one(db, SQL_METER_JOB_LAST, ARGS(VINT(device_id)), ret_got, ret, e);
}

int store_meter_job_of_cycle(struct db *db, int64_t cycle_id, int64_t seq, bool *ret_got,
			     struct store_meter_job *ret, struct err *e)
{
	return job_one(db, SQL_METER_JOB_OF_CYCLE, ARGS(VINT(cycle_id), VINT(seq)), ret_got, ret, e);
}

int store_meter_job_add(struct db *db, struct store_meter_job *j, int64_t now, struct err *e)
{
	bool got;

	if (db_one(db, SQL_METER_JOB_ADD,
		   ARGS(VINT(j->device_id), VINT(j->shard), VEUI(j->user_eui), VINT(j->cycle_id),
			VINT(j->seq), VINT(j->from_id), VINT(j->to_id), VTEXT(j->service), VTEXT(j->state),
			VINT(j->not_before), VDATE(j->due_at), VTEXT(j->detail), VINT(now)),
		   &got, &j->id, e))
		return err_wrap(e, "a firmware job");
	if (!got)
		return err_set(e, ERR_INTERNAL, "a firmware job got no number");
	j->dist_id = j->dist_counter = j->command_counter = j->read_counter = 0;
	j->tries = j->moves = j->activations = 0;
	j->activate_at = j->ended_at = -1;
	j->told[0] = j->reason[0] = '\0';
	j->state_at = j->made_at = now;
	stands(j);
	return OK;
}

int store_meter_job_move(struct db *db, struct store_meter_job *j, struct err *e)
{
	int64_t n = 0;

	if (j->ended_at >= 0)
		j->due_at = -1;
	if (db_exec(db, SQL_METER_JOB_MOVE,
		    ARGS(VTEXT(j->state), VINT(j->not_before), VID(j->dist_id), VINT(j->dist_counter),
			 VINT(j->command_counter), VINT(j->read_counter), VDATE(j->activate_at),
			 VTEXT(j->told), VTEXT(j->reason), VTEXT(j->detail), VINT(j->tries), VINT(j->moves),
			 VINT(j->activations), VDATE(j->due_at), VINT(j->state_at), VDATE(j->ended_at),
			 VINT(j->id), VTEXT(j->was_state), VINT(j->was_at), VINT(j->was_tries),
			 VINT(j->was_moves)),
		    &n, e))
		return err_wrap(e, "a firmware job");
	if (n != 1)
		return err_set(e, ERR_BUSY, "the job %lld was moved meanwhile", (long long)j->id);
	stands(j);
	return OK;
}

static int jobs(struct db *db, enum sql_id q, const struct val *v, size_t nv, size_t max,
		struct store_meter_job *ret, size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, q, v, nv, &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		job_of(r, &ret[n]);
	}
	*ret_n = n;
	return OK;
}

int store_meter_job_due(struct db *db, const char *node, int64_t now, int64_t from, size_t max,
			struct store_meter_job *ret, size_t *ret_n, struct err *e)
{
	return jobs(db, SQL_METER_JOB_DUE, ARGS(VTEXT(node), VINT(now), VINT(from), VINT(max)), max, ret,
		    ret_n, e);
}

int store_meter_job_page(struct db *db, int64_t device_id, size_t max, struct store_meter_job *ret,
			 size_t *ret_n, struct err *e)
{
	return jobs(db, SQL_METER_JOB_PAGE, ARGS(VINT(device_id), VINT(max)), max, ret, ret_n, e);
}

int store_meter_jobs_open(struct db *db, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_METER_JOBS_OPEN, NOARGS, &got, ret, e);
}

int store_meter_ready(struct db *db, const char *node, int64_t now, size_t max, struct store_ready *ret,
		      size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	size_t n = 0;
	bool got;

	if (db_run(db, SQL_METER_READY, ARGS(VINT(now), VTEXT(node), VINT(max)), &r, e))
		return (int)e->code;
	for (; n < max; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ret[n] = (struct store_ready){ .user_eui = (uint64_t)rows_num(r, 0),
					       .to_id = rows_num(r, 1),
					       .jobs = rows_num(r, 3),
					       .due_at = rows_date(r, 4) };
		meter_word_of(r, 2, ret[n].service, sizeof ret[n].service);
	}
	*ret_n = n;
	return OK;
}
