/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_ocpp.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"

#define STORY_TRIM_EVERY 128
#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */
#define VSAID(s) ((s) && *(s) ? VTEXT(s) : VNULL)

static void text_of(const struct rows *r, int col, char *buf, size_t size)
{
	str_copy(buf, size, rows_null(r, col) ? "" : rows_text(r, col));
}

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

/* ---- connections ---- */

int store_ocpp_connected(struct db *db, int64_t site_id, const char *node, const char *protocol, int64_t now,
			 struct err *e)
{
	return db_exec(db, SQL_OCPP_CONNECTED, ARGS(VTEXT(node), VINT(now), VTEXT(protocol), VINT(site_id)),
		       NULL, e);
}

int store_ocpp_left(struct db *db, int64_t site_id, const char *node, int64_t since, const char *why,
		    int64_t now, struct err *e)
{
	return db_exec(db, SQL_OCPP_LEFT,
		       ARGS(VINT(now), VTEXT(why), VINT(site_id), VTEXT(node), VINT(since)), NULL, e);
}

int store_ocpp_forget_node(struct db *db, const char *node, int64_t now, struct err *e)
{
	return db_exec(db, SQL_OCPP_FORGET_NODE, ARGS(VINT(now), VTEXT(node)), NULL, e);
}

int store_ocpp_alive(struct db *db, const char *node, int64_t now, struct err *e)
{
	return db_exec(db, SQL_OCPP_ALIVE, ARGS(VINT(now), VTEXT(node)), NULL, e);
}

int store_ocpp_service_seen(struct db *db, const char *node, int64_t now, bool *ret_known, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_SERVICE_SEEN, ARGS(VINT(now), VTEXT(node)), &n, e))
		return (int)e->code;
	*ret_known = n > 0;
	return n ? OK : db_exec(db, SQL_OCPP_SERVICE_ADD, ARGS(VTEXT(node), VINT(now)), NULL, e);
}

int store_ocpp_services_left(struct db *db, int64_t before, int64_t now, int64_t *ret_n, struct err *e)
{
	if (db_exec(db, SQL_OCPP_SERVICES_LEFT, ARGS(VINT(now), VINT(before)), ret_n, e))
		return (int)e->code;
	return db_exec(db, SQL_OCPP_SERVICES_FORGET, ARGS(VINT(before)), NULL, e);
}

int store_ocpp_kept(struct db *db, int64_t site_id, const char *node, int64_t since, struct err *e)
{
	return db_exec(db, SQL_OCPP_KEPT, ARGS(VTEXT(node), VINT(since), VINT(site_id)), NULL, e);
}

int store_ocpp_boot(struct db *db, int64_t site_id, const struct store_boot *b, int64_t now, struct err *e)
{
	return db_exec(db, SQL_OCPP_BOOT,
		       ARGS(VSAID(b->vendor), VSAID(b->model), VSAID(b->serial), VSAID(b->iccid),
			    VSAID(b->imsi), VSAID(b->firmware), VSAID(b->reason), VINT(now), VINT(site_id)),
		       NULL, e);
}

int store_ocpp_learn(struct db *db, int64_t site_id, const struct store_learned *l, struct err *e)
{
	return db_exec(db, SQL_OCPP_LEARN,
		       ARGS(VDATE(l->signing), VDATE(l->components), VTEXT(l->transfer), VTEXT(l->firmware),
			    VDATE(l->version_at), VINT(site_id)),
		       NULL, e);
}

int store_ocpp_message_ids(struct db *db, int64_t site_id, int64_t block, int64_t *ret_first, struct err *e)
{
	int64_t last = 0;
	bool got;

	if (db_one(db, SQL_OCPP_MESSAGE_IDS, ARGS(VINT(block), VINT(site_id)), &got, &last, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "the station is not there any more");
	*ret_first = last - block + 1;
	return OK;
}

int store_ocpp_request_id(struct db *db, int64_t site_id, int64_t *ret, struct err *e)
{
	bool got;

	if (db_one(db, SQL_OCPP_REQUEST_ID, ARGS(VINT(site_id)), &got, ret, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "the station is not there any more");
}

/* ---- transactions, reservations ---- */

static int busy_count(struct db *db, int64_t site_id, struct err *e)
{
	return db_exec(db, SQL_OCPP_BUSY_COUNT, ARGS(VINT(site_id)), NULL, e);
}

int store_busy_add(struct db *db, int64_t site_id, const char *kind, const char *ref, int64_t evse,
		   int64_t until, int64_t now, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_BUSY_ADD,
		    ARGS(VINT(site_id), VTEXT(kind), VTEXT(ref), VDATE(evse), VINT(now), VDATE(until)), &n,
		    e))
		return (int)e->code;
	return n ? busy_count(db, site_id, e) : OK;
}

int store_busy_end(struct db *db, int64_t site_id, const char *kind, const char *ref, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_BUSY_END, ARGS(VINT(site_id), VTEXT(kind), VTEXT(ref)), &n, e))
		return (int)e->code;
	return n ? busy_count(db, site_id, e) : OK;
}

int store_busy_free(struct db *db, int64_t site_id, const char *kind, int64_t evse, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_BUSY_FREE, ARGS(VINT(site_id), VTEXT(kind), VINT(evse)), &n, e))
		return (int)e->code;
	return n ? busy_count(db, site_id, e) : OK;
}

int store_busy_over(struct db *db, int64_t site_id, int64_t now, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_BUSY_OVER, ARGS(VINT(site_id), VINT(now)), &n, e))
		return (int)e->code;
	return n ? busy_count(db, site_id, e) : OK;
}

/* ---- jobs ---- */

static void job_of(const struct rows *r, struct store_job *j)
{
	memset(j, 0, sizeof *j);
	j->id = rows_num(r, 0);
	j->site_id = rows_num(r, 1);
	j->device_id = id_of(r, 2);
	text_of(r, 3, j->kind, sizeof j->kind);
	j->cycle_id = id_of(r, 4);
	j->seq = rows_num(r, 5);
	j->request_id = rows_num(r, 6);
	text_of(r, 7, j->message, sizeof j->message);
	text_of(r, 8, j->state, sizeof j->state);
	j->from_id = id_of(r, 9);
	j->to_id = id_of(r, 10);
	text_of(r, 11, j->components, sizeof j->components);
	text_of(r, 12, j->location, sizeof j->location);
	text_of(r, 13, j->tracking, sizeof j->tracking);
	text_of(r, 14, j->answer, sizeof j->answer);
	text_of(r, 15, j->reason, sizeof j->reason);
	text_of(r, 16, j->detail, sizeof j->detail);
	text_of(r, 17, j->events, sizeof j->events);
	text_of(r, 18, j->log_file, sizeof j->log_file);
	j->boots = rows_num(r, 19);
	j->tries = rows_num(r, 20);
	j->start_at = rows_date(r, 21);
	j->due_at = rows_date(r, 22);
	j->state_at = rows_num(r, 23);
	j->made_at = rows_num(r, 24);
	j->ended_at = rows_date(r, 25);
	j->moves = rows_num(r, 26);
	j->resets = rows_num(r, 27);
	str_copy(j->was_state, sizeof j->was_state, j->state);
	j->was_at = j->state_at;
	j->was_tries = j->tries;
}

static int job_one(struct db *db, enum sql_id q, const struct val *v, size_t n, bool *ret_got,
		   struct store_job *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, q, v, n, &r, e) || rows_next(r, ret_got, e))
		return err_wrap(e, "a firmware job");
	if (*ret_got)
		job_of(r, ret);
	return OK;
}

int store_job_get(struct db *db, int64_t id, bool *ret_got, struct store_job *ret, struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_GET, ARGS(VINT(id)), ret_got, ret, e);
}

int store_job_of_cycle(struct db *db, int64_t cycle_id, int64_t seq, bool *ret_got, struct store_job *ret,
		       struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_OF_CYCLE, ARGS(VINT(cycle_id), VINT(seq)), ret_got, ret, e);
}

int store_job_open(struct db *db, int64_t site_id, const char *kind, bool *ret_got, struct store_job *ret,
		   struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_OPEN, ARGS(VINT(site_id), VTEXT(kind)), ret_got, ret, e);
}

int store_job_last(struct db *db, int64_t site_id, const char *kind, bool *ret_got, struct store_job *ret,
		   struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_LAST, ARGS(VINT(site_id), VTEXT(kind)), ret_got, ret, e);
}

int store_job_request(struct db *db, int64_t site_id, int64_t request_id, bool *ret_got,
		      struct store_job *ret, struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_REQUEST, ARGS(VINT(site_id), VINT(request_id)), ret_got, ret, e);
}

int store_job_image(struct db *db, int64_t site_id, const char *md5, bool *ret_got, struct store_job *ret,
		    struct err *e)
{
	return job_one(db, SQL_OCPP_JOB_IMAGE, ARGS(VINT(site_id), VTEXT(md5)), ret_got, ret, e);
}

int store_job_add(struct db *db, struct store_job *j, int64_t now, struct err *e)
{
	bool got;

	if (db_one(db, SQL_OCPP_JOB_ADD,
		   ARGS(VINT(j->site_id), VID(j->device_id), VTEXT(j->kind), VID(j->cycle_id), VINT(j->seq),
			VINT(j->request_id), VTEXT(j->message), VTEXT(j->state), VID(j->from_id),
			VID(j->to_id), VSAID(j->components), VTEXT(j->location), VTEXT(j->detail),
			VINT(j->boots), VDATE(j->start_at), VDATE(j->due_at), VINT(now)),
		   &got, &j->id, e))
		return err_wrap(e, "a firmware job");
	if (!got)
		return err_set(e, ERR_INTERNAL, "a firmware job got no number");
	j->state_at = j->made_at = now;
	j->ended_at = -1;
	str_copy(j->was_state, sizeof j->was_state, j->state);
	j->was_at = now;
	j->was_tries = j->tries = 0;
	return OK;
}

int store_job_move(struct db *db, struct store_job *j, struct err *e)
{
	int64_t n = 0;

	if (db_exec(db, SQL_OCPP_JOB_MOVE,
		    ARGS(VTEXT(j->message), VTEXT(j->state), VINT(j->request_id), VSAID(j->components),
			 VTEXT(j->location), VTEXT(j->tracking), VTEXT(j->answer), VTEXT(j->reason),
			 VTEXT(j->detail), VTEXT(j->events), VTEXT(j->log_file), VINT(j->boots),
			 VINT(j->tries), VINT(j->moves), VINT(j->resets), VDATE(j->start_at),
			 VDATE(j->due_at), VINT(j->state_at), VDATE(j->ended_at), VINT(j->id),
			 VTEXT(j->was_state), VINT(j->was_at), VINT(j->was_tries)),
		    &n, e))
		return err_wrap(e, "a firmware job");
	if (n != 1)
		return err_set(e, ERR_BUSY, "another node moved the job %lld", (long long)j->id);
	str_copy(j->was_state, sizeof j->was_state, j->state);
	j->was_at = j->state_at;
	j->was_tries = j->tries;
	return OK;
}

static int ids_run(struct db *db, enum sql_id q, const struct val *v, size_t nv, int64_t max, int64_t *ret,
		   int64_t *ret_second, int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got = true;
	int64_t n = 0;

	if (db_run(db, q, v, nv, &r, e))
		return (int)e->code;
	while (n < max) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (ret_second)
			ret_second[n] = rows_num(r, 1);
		ret[n++] = rows_num(r, 0);
	}
	*ret_n = n;
	return OK;
}

int store_job_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	return ids_run(db, SQL_OCPP_JOB_DUE, ARGS(VINT(now), VINT(max)), max, ret, NULL, ret_n, e);
}

int store_jobs_published(struct db *db, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	return ids_run(db, SQL_OCPP_PUBLISHED, ARGS(VINT(0), VINT(max)), max, ret, NULL, ret_n, e);
}

static int jobs_of(struct db *db, enum sql_id q, const char *node, int64_t after, int64_t max,
		   struct store_job_here *ret, int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got = true;
	int64_t n = 0;

	if (db_run(db, q, ARGS(VTEXT(node), VINT(after), VINT(max)), &r, e))
		return (int)e->code;
	while (n < max) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ret[n].id = rows_num(r, 0);
		ret[n].site_id = rows_num(r, 1);
		text_of(r, 2, ret[n].kind, sizeof ret[n].kind);
		text_of(r, 3, ret[n].state, sizeof ret[n].state);
		n++;
	}
	*ret_n = n;
	return OK;
}

int store_jobs_here(struct db *db, const char *node, int64_t after, int64_t max, struct store_job_here *ret,
		    int64_t *ret_n, struct err *e)
{
	return jobs_of(db, SQL_OCPP_JOBS_HERE, node, after, max, ret, ret_n, e);
}

int store_jobs_new(struct db *db, const char *node, int64_t after, int64_t max, struct store_job_here *ret,
		   int64_t *ret_n, struct err *e)
{
	return jobs_of(db, SQL_OCPP_JOBS_NEW, node, after, max, ret, ret_n, e);
}

static int count_of(struct db *db, enum sql_id q, const struct val *v, size_t nv, int64_t otherwise,
		    int64_t *ret, struct err *e)
{
	bool got = false;
	int64_t n = 0;

	if (db_one(db, q, v, nv, &got, &n, e))
		return (int)e->code;
	*ret = got ? n : otherwise;
	return OK;
}

int store_jobs_open(struct db *db, int64_t *ret, struct err *e)
{
	return count_of(db, SQL_OCPP_JOBS_OPEN, NOARGS, 0, ret, e);
}

int store_jobs_last(struct db *db, int64_t *ret, struct err *e)
{
	return count_of(db, SQL_OCPP_JOBS_LAST, NOARGS, 0, ret, e);
}

int store_ocpp_walks(struct db *db, int64_t after, int64_t max, int64_t *ret_site, int64_t *ret_device,
		     int64_t *ret_n, struct err *e)
{
	return ids_run(db, SQL_OCPP_WALKS, ARGS(VINT(after), VINT(max)), max, ret_site, ret_device, ret_n, e);
}

int store_ocpp_site_walks(struct db *db, int64_t site_id, int64_t max, int64_t *ret, int64_t *ret_n,
			  struct err *e)
{
	return ids_run(db, SQL_OCPP_SITE_WALKS, ARGS(VINT(site_id), VINT(max)), max, ret, NULL, ret_n, e);
}

int store_ocpp_device(struct db *db, int64_t device_id, bool *ret_got, struct store_part *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_OCPP_DEVICE, ARGS(VINT(device_id)), &r, e) || rows_next(r, ret_got, e))
		return (int)e->code;
	if (!*ret_got)
		return OK;
	ret->id = rows_num(r, 0);
	ret->site_id = rows_num(r, 1);
	text_of(r, 2, ret->name, sizeof ret->name);
	text_of(r, 3, ret->component, sizeof ret->component);
	text_of(r, 4, ret->version, sizeof ret->version);
	ret->entry_id = id_of(r, 5);
	return OK;
}

int store_ocpp_site_of(struct db *db, int64_t device_id, int64_t *ret_site, struct err *e)
{
	return count_of(db, SQL_OCPP_SITE_OF_DEVICE, ARGS(VINT(device_id)), 0, ret_site, e);
}

int store_ocpp_area_busy(struct db *db, const char *area, int64_t but_site, int64_t *ret, struct err *e)
{
	return count_of(db, SQL_OCPP_AREA_BUSY, ARGS(VTEXT(area), VINT(but_site)), 0, ret, e);
}

int store_ocpp_controller_busy(struct db *db, int64_t controller, int64_t *ret, struct err *e)
{
	return count_of(db, SQL_OCPP_CONTROLLER_BUSY, ARGS(VINT(controller)), 0, ret, e);
}

/* ---- the story ---- */

int store_story_add(struct db *db, int64_t site_id, int64_t job_id, const char *way, const char *action,
		    const char *ref, const char *body, int64_t now, struct err *e)
{
	size_t n = parse_utf8_cut(body, STORY_BODY_MAX);
	OWN(mem_free) char *cut = body[n] ? mem_strndup(body, n) : NULL;
	int64_t id = 0;
	bool got;

	if (db_one(db, SQL_OCPP_MESSAGE_ADD,
		   ARGS(VINT(site_id), VID(job_id), VINT(now), VTEXT(way), VTEXT(action), VTEXT(ref),
			VTEXT(cut ? cut : body), VINT(cut != NULL)),
		   &got, &id, e))
		return (int)e->code;
	/* Who writes most is met most often; a fleet that is quiet pays nothing. */
	return id % STORY_TRIM_EVERY
		   ? OK
		   : db_exec(db, SQL_OCPP_MESSAGE_TRIM, ARGS(VINT(site_id), VINT(STORY_ROWS_MAX)), NULL, e);
}

int store_story_forget(struct db *db, int64_t before, int64_t *ret_n, struct err *e)
{
	return db_exec(db, SQL_OCPP_MESSAGE_FORGET, ARGS(VINT(before)), ret_n, e);
}
