/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_cm.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */

static const char *const permit_text[] = { "none", "given", "denied", NULL };

static void text_of(const struct rows *r, int col, char *buf, size_t size)
{
	str_copy(buf, size, rows_null(r, col) ? "" : rows_text(r, col));
}

static int64_t id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

/* The place of a stored word in its table. */
static int word_of(const char *const *table, int n, const char *word, int *ret, struct err *e)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(table[i], word)) {
			*ret = i;
			return OK;
		}
	return err_set(e, ERR_STORE, "the word '%.32s' is not known to this program", word);
}

/* The first column of every row, up to max. */
static int ids_of(struct rows *r, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	int64_t n = 0;
	bool got;

	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == max)
			break;
		ret[n++] = rows_num(r, 0);
	}
	*ret_n = n;
	return OK;
}

int store_vehicle_id(struct db *db, int64_t sees, const char *name, bool *ret_got, int64_t *ret_site,
		     struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t ids[2], n = 0;

	if (db_run(db, SQL_VEHICLE_NAMED, ARGS(VTEXT(name), VINT(sees)), &r, e) || ids_of(r, 2, ids, &n, e))
		return err_wrap(e, "vehicle %s", name);
	if (n > 1)
		return err_set(e, ERR_CONFLICT, "several owners have a vehicle '%.64s'; say whose", name);
	*ret_got = n == 1;
	if (n)
		*ret_site = ids[0];
	return OK;
}

static int vehicle_of(const struct rows *r, struct store_vehicle *v, struct site *s, struct err *e)
{
	int mode = 0, state = 0, wait = 0, prompt = 0;

	memset(v, 0, sizeof *v);
	v->site_id = s->id = rows_num(r, 0);
	text_of(r, 1, v->name, sizeof v->name);
	v->org_id = id_of(r, 2);
	text_of(r, 3, v->org, sizeof v->org);
	text_of(r, 4, v->type_id, sizeof v->type_id);
	if (word_of(site_mode_text, SITE_MODES, rows_text(r, 6), &mode, e) ||
	    word_of(site_state_text, SITE_STATES, rows_text(r, 7), &state, e) ||
	    word_of(site_wait_text, SITE_WAITS, rows_text(r, 8), &wait, e) ||
	    word_of(site_prompt_text, SITE_PROMPTS, rows_text(r, 9), &prompt, e))
		return err_wrap(e, "vehicle %s", v->name);
	s->running = rows_num(r, 5) != 0;
	s->mode = (enum site_mode)mode;
	s->state = (enum site_state)state;
	s->wait = (enum site_wait)wait;
	s->prompt = (enum site_prompt)prompt;
	text_of(r, 10, s->prompt_why, sizeof s->prompt_why);
	s->prompt_seq = rows_num(r, 11);
	s->seq = rows_num(r, 12);
	s->due_at = rows_date(r, 13);
	s->requests = rows_num(r, 14);
	s->triggers = rows_num(r, 15);
	s->wave = (int)rows_num(r, 16);
	s->rolling_back = rows_num(r, 17) != 0;
	s->updating = rows_num(r, 18) != 0;
	v->active_vc = id_of(r, 19);
	v->previous_vc = id_of(r, 20);
	s->has_vc = v->active_vc != 0;
	s->has_previous = v->previous_vc != 0;
	v->blocks = rows_num(r, 21);
	v->lost = rows_num(r, 22);
	v->extended = rows_num(r, 23) != 0;
	v->log_last = rows_num(r, 24);
	v->changed_at = rows_num(r, 25);
	s->cancelled = rows_num(r, 26) != 0;
	s->sync_update = rows_num(r, 27) != 0;
	s->resyncs = rows_num(r, 28);
	return OK;
}

int store_vehicle_get(struct db *db, int64_t site_id, bool *ret_got, struct store_vehicle *ret,
		      struct site *s, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_VEHICLE_GET, ARGS(VINT(site_id)), &r, e))
		return (int)e->code;
	return store_vehicle_next(r, ret_got, ret, s, e);
}

int store_vehicle_page(struct db *db, int64_t sees, int64_t after, int64_t limit, struct rows **ret,
		       struct err *e)
{
	return db_run(db, SQL_VEHICLE_PAGE, ARGS(VINT(after), VINT(sees), VINT(limit)), ret, e);
}

int store_vehicle_next(struct rows *r, bool *ret_got, struct store_vehicle *ret, struct site *s,
		       struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return (int)e->code;
	*ret_got = got;
	return got ? vehicle_of(r, ret, s, e) : OK;
}

int store_vehicle_add(struct db *db, int64_t site_id, const char *type_id, const struct site *s, int64_t now,
		      struct err *e)
{
	return db_exec(db, SQL_VEHICLE_ADD,
		       ARGS(VINT(site_id), VTEXT(type_id), VINT(s->running), VTEXT(site_mode_text[s->mode]),
			    VTEXT(site_state_text[s->state]), VTEXT(site_wait_text[s->wait]), VINT(now)),
		       NULL, e);
}

int store_vehicle_put(struct db *db, const struct store_vehicle *v, const struct site *s, int64_t now,
		      struct err *e)
{
	return db_exec(db, SQL_VEHICLE_PUT,
		       ARGS(VINT(s->running), VTEXT(site_mode_text[s->mode]),
			    VTEXT(site_state_text[s->state]), VTEXT(site_wait_text[s->wait]),
			    VTEXT(site_prompt_text[s->prompt]), VTEXT(s->prompt_why), VINT(s->prompt_seq),
			    VINT(s->seq), VDATE(s->due_at), VINT(s->requests), VINT(s->triggers),
			    VINT(s->wave), VINT(s->rolling_back), VINT(s->updating), VINT(s->cancelled),
			    VINT(s->sync_update), VINT(s->resyncs), VID(v->active_vc), VID(v->previous_vc),
			    VINT(v->blocks), VINT(v->lost), VINT(v->extended), VINT(v->log_last), VINT(now),
			    VINT(v->site_id)),
		       NULL, e)
		   ? err_wrap(e, "vehicle %s", v->name)
		   : OK;
}

/* ---- lists of vehicles ---- */

static int ids_run(struct db *db, enum sql_id q, const struct val *v, size_t nargs, int64_t max, int64_t *ret,
		   int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, q, v, nargs, &r, e))
		return (int)e->code;
	return ids_of(r, max, ret, ret_n, e);
}

int store_vehicle_due(struct db *db, int64_t now, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	return ids_run(db, SQL_VEHICLE_DUE, ARGS(VINT(now), VINT(max)), max, ret, ret_n, e);
}

int store_vehicle_next_due(struct db *db, int64_t *ret_due, struct err *e)
{
	int64_t due = -1;
	bool got;

	if (db_one(db, SQL_VEHICLE_NEXT_DUE, NOARGS, &got, &due, e))
		return (int)e->code;
	*ret_due = got ? due : -1;
	return OK;
}

int store_vehicle_after(struct db *db, int64_t after, int64_t max, int64_t *ret, int64_t *ret_n,
			struct err *e)
{
	return ids_run(db, SQL_VEHICLE_AFTER, ARGS(VINT(after), VINT(max)), max, ret, ret_n, e);
}

int store_vehicle_vcs(struct db *db, int64_t max, int64_t *ret, int64_t *ret_n, struct err *e)
{
	return ids_run(db, SQL_VEHICLE_VCS, NOARGS, max, ret, ret_n, e);
}

/* ---- Building Blocks ---- */

int store_bb_list(struct db *db, int64_t site_id, struct rows **ret, struct err *e)
{
	return db_run(db, SQL_BB_LIST, ARGS(VINT(site_id)), ret, e);
}

static void bb_flags(const struct rows *r, struct site_bb *bb)
{
	bb->known = rows_num(r, 7) != 0;
	bb->advised = rows_num(r, 8) != 0;
	bb->lost = rows_num(r, 9) != 0;
	bb->served = rows_num(r, 10) != 0;
	bb->packaged = rows_num(r, 11) != 0;
	bb->restarted = rows_num(r, 12) != 0;
}

int store_bb_next(struct rows *r, bool *ret_got, struct store_bb *ret, struct site_bb *bb,
		  const char **ret_status, struct err *e)
{
	int command = 0, permit = 0, last = 0;
	bool got;

	if (rows_next(r, &got, e))
		return (int)e->code;
	*ret_got = got;
	if (!got)
		return OK;
	ret->n = rows_num(r, 0);
	bb->device_id = rows_num(r, 1);
	text_of(r, 2, ret->type_id, sizeof ret->type_id);
	text_of(r, 3, bb->name, sizeof bb->name);
	bb->wave = (int)rows_num(r, 4);
	text_of(r, 5, bb->manifest, sizeof bb->manifest);
	text_of(r, 6, bb->want_hash, sizeof bb->want_hash);
	bb_flags(r, bb);
	if (word_of(bbum_command_text, BBUM_COMMANDS, rows_text(r, 13), &command, e) ||
	    word_of(permit_text, 3, rows_text(r, 19), &permit, e) ||
	    word_of(bbum_command_text, BBUM_COMMANDS, rows_text(r, 21), &last, e))
		return err_wrap(e, "building block %s", bb->name);
	bb->command = (enum bbum_command)command;
	bb->last = (enum bbum_command)last;
	bb->permit = (enum site_permit)permit;
	bb->seq = rows_num(r, 14);
	bb->trigger_seq = rows_num(r, 15);
	bb->boots = rows_num(r, 16);
	bb->asked_at = rows_date(r, 17);
	ret->response_ms = rows_date(r, 18);
	ret->sent_at = rows_date(r, 22);
	*ret_status = rows_null(r, 20) ? NULL : rows_text(r, 20);
	text_of(r, 23, ret->device, sizeof ret->device);
	text_of(r, 24, ret->life, sizeof ret->life);
	ret->last_seen = rows_date(r, 25);
	bb->status.progress = rows_null(r, 26) ? -1 : (int)rows_num(r, 26);
	text_of(r, 27, bb->status.step, sizeof bb->status.step);
	return OK;
}

int store_bb_put(struct db *db, int64_t site_id, const struct store_bb *b, const struct site_bb *bb,
		 const char *status, struct err *e)
{
	return db_exec(db, SQL_BB_PUT,
		       ARGS(VINT(site_id), VINT(b->n), VINT(bb->device_id), VTEXT(b->type_id),
			    VTEXT(bb->name), VINT(bb->wave), VTEXT(bb->manifest), VTEXT(bb->want_hash),
			    VINT(bb->known), VINT(bb->advised), VINT(bb->lost), VINT(bb->served),
			    VINT(bb->packaged), VINT(bb->restarted), VTEXT(bbum_command_text[bb->last]),
			    VTEXT(bbum_command_text[bb->command]), VINT(bb->seq), VINT(bb->trigger_seq),
			    VINT(bb->boots), VDATE(bb->asked_at), VDATE(b->sent_at), VDATE(b->response_ms),
			    VTEXT(permit_text[bb->permit]), VTEXT(status)),
		       NULL, e)
		   ? err_wrap(e, "building block %s", bb->name)
		   : OK;
}

int store_bb_clear(struct db *db, int64_t site_id, struct err *e)
{
	return db_exec(db, SQL_BB_CLEAR, ARGS(VINT(site_id)), NULL, e);
}

int store_bb_site(struct db *db, int64_t device_id, bool *ret_got, int64_t *ret_site, struct err *e)
{
	return db_one(db, SQL_BB_OF_DEVICE, ARGS(VINT(device_id)), ret_got, ret_site, e);
}

static int pairs_of(struct rows *r, int64_t max, int64_t *ret_site, int64_t *ret_device, int64_t *ret_n,
		    struct err *e)
{
	int64_t n = 0;
	bool got;

	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == max)
			break;
		ret_site[n] = rows_num(r, 0);
		ret_device[n++] = rows_num(r, 1);
	}
	*ret_n = n;
	return OK;
}

int store_bb_silent(struct db *db, int64_t max, int64_t *ret_site, int64_t *ret_device, int64_t *ret_n,
		    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_BB_SILENT, ARGS(VINT(max)), &r, e))
		return (int)e->code;
	return pairs_of(r, max, ret_site, ret_device, ret_n, e);
}

int store_bb_overdue(struct db *db, int64_t before, int64_t max, int64_t *ret_site, int64_t *ret_device,
		     int64_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_BB_OVERDUE, ARGS(VINT(before), VINT(max)), &r, e))
		return (int)e->code;
	return pairs_of(r, max, ret_site, ret_device, ret_n, e);
}

int store_bb_poll(struct db *db, int64_t device_id, bool *ret_got, struct store_bb_poll *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int command = 0, permit = 0;
	bool got;

	if (db_run(db, SQL_BB_POLL, ARGS(VINT(device_id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	*ret_got = got;
	if (!got)
		return OK;
	if (word_of(bbum_command_text, BBUM_COMMANDS, rows_text(r, 6), &command, e) ||
	    word_of(permit_text, 3, rows_text(r, 8), &permit, e))
		return (int)e->code;
	*ret = (struct store_bb_poll){ .site_id = rows_num(r, 0),
				       .n = rows_num(r, 1),
				       .known = rows_num(r, 3) != 0,
				       .advised = rows_num(r, 4) != 0,
				       .lost = rows_num(r, 5) != 0,
				       .command = (enum bbum_command)command,
				       .seq = rows_num(r, 7),
				       .permit = (enum site_permit)permit,
				       .asked_at = rows_date(r, 9),
				       .running = rows_num(r, 10) != 0,
				       .updating = rows_num(r, 15) != 0 };
	text_of(r, 2, ret->want_hash, sizeof ret->want_hash);
	text_of(r, 11, ret->manifest, sizeof ret->manifest);
	text_of(r, 12, ret->version, sizeof ret->version);
	text_of(r, 13, ret->config_id, sizeof ret->config_id);
	text_of(r, 14, ret->type_id, sizeof ret->type_id);
	return OK;
}

/* ---- log ---- */

int store_cm_log_add(struct db *db, int64_t site_id, int64_t n, int64_t at, enum site_say say, int64_t bb,
		     int64_t device_id, const char *text, struct err *e)
{
	return db_exec(db, SQL_CM_LOG_ADD,
		       ARGS(VINT(site_id), VINT(n), VINT(at), VTEXT(site_say_text[say]),
			    VINT(site_say_extended(say)), VID(bb), VID(device_id), VTEXT(text)),
		       NULL, e);
}

int store_cm_log_trim(struct db *db, int64_t site_id, int64_t upto, struct err *e)
{
	return db_exec(db, SQL_CM_LOG_TRIM, ARGS(VINT(site_id), VINT(upto)), NULL, e);
}
