/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a vehicle (table H) as doors show it: shape in core/cm.h. */
#include <string.h>

#include "base/json.h"
#include "core/cm_row.h"
#include "core/fleet_util.h"

struct line_ctx {
	int64_t n, last; /* lines written, number of the newest of them */
};

static void line_members(const struct rows *r, struct line_ctx *c, struct jw *w)
{
	jw_obj(w);
	jw_kint(w, "n", rows_num(r, 0));
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "level", rows_num(r, 3) ? "extended" : "normal");
	jw_kstr(w, "event", rows_text(r, 2));
	jw_kcount(w, "bb", rows_date(r, 4));
	jw_kstr(w, "device", rows_text(r, 5));
	jw_kstr(w, "text", rows_text(r, 6));
	jw_end(w);
	c->n++;
	c->last = rows_num(r, 0) > c->last ? rows_num(r, 0) : c->last;
}

static int log_check(const struct cm_log_filter *f, bool *extended, struct err *e)
{
	if (f->level && strcmp(f->level, "normal") != 0 && strcmp(f->level, "extended") != 0)
		return err_set(e, ERR_INVALID, "level is 'normal' or 'extended', not '%.40s'", f->level);
	if (f->level)
		*extended = !strcmp(f->level, "extended");
	if (f->last < 0 || f->last > CM_LOG_LAST_MAX)
		return err_set(e, ERR_INVALID, "last is 1 to %d", CM_LOG_LAST_MAX);
	if (f->bb < 0 || f->bb > SITE_BBS_MAX)
		return err_set(e, ERR_INVALID, "bb is 1 to %d", SITE_BBS_MAX);
	if (!f->event)
		return OK;
	for (int i = 0; i < SITE_SAYINGS; i++)
		if (!strcmp(f->event, site_say_text[i]))
			return OK;
	return err_set(e, ERR_INVALID, "there is no event '%.40s' in the log", f->event);
}

/* The lines in order, from rows that may come newest first. */
static int lines_write(struct rows *r, bool backwards, struct line_ctx *c, struct jw *w, struct err *e)
{
	STR(text, 8 * MIB);
	int64_t n = 0;
	bool got;
	struct {
		size_t at, len;
	} *place = mem_array(CM_LOG_LAST_MAX + 1, sizeof *place);
	int rc;

	for (;;) {
		struct jw one = jw_start(&text);

		rc = rows_next(r, &got, e);
		if (rc || !got || n > CM_LOG_LAST_MAX)
			break;
		place[n].at = text.len;
		line_members(r, c, &one);
		place[n].len = text.len - place[n].at;
		n++;
	}
	for (int64_t i = 0; i < n && !rc; i++) {
		int64_t at = backwards ? n - 1 - i : i;

		jw_raw(w, str_c(&text) + place[at].at, place[at].len);
	}
	free(place);
	return rc;
}

int cm_log_json(struct db *db, struct scope scope, const char *vehicle, const struct cm_log_filter *f,
		struct str *out, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = mem_zalloc(sizeof *v);
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct line_ctx c = { .n = 0 };
	int64_t site, limit = f->last ? f->last : 100;
	bool got, extended;
	struct val bb = f->bb ? VINT(f->bb) : VNULL;

	if (tx_begin(&tx, db, false, e) || store_vehicle_id(db, scope.sees, vehicle, &got, &site, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no vehicle '%.64s'", vehicle);
	if (store_vehicle_get(db, site, &got, &v->row, &v->site, e))
		return (int)e->code;
	extended = v->row.extended;
	if (log_check(f, &extended, e))
		return (int)e->code;
	if (f->since >= 0
		? db_run(db, SQL_CM_LOG_SINCE,
			 ARGS(VINT(site), VINT(f->since), VINT(extended), bb, VTEXT(f->event), VINT(limit)),
			 &r, e)
		: db_run(db, SQL_CM_LOG_NEWEST,
			 ARGS(VINT(site), VINT(extended), bb, VTEXT(f->event), VINT(limit)), &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "vehicle", v->row.name);
	jw_kstr(&w, "log", v->row.extended ? "extended" : "normal");
	jw_key(&w, "lines");
	jw_arr(&w);
	if (lines_write(r, f->since < 0, &c, &w, e))
		return (int)e->code;
	jw_arr_end(&w);
	/* All that fits was given: the stream goes on after everything that is there now. */
	jw_kint(&w, "last", f->since < 0 || c.n < limit ? v->row.log_last : c.last);
	jw_end(&w);
	return OK;
}
