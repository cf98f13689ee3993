/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cm_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "wire/bbum_message.h"

#define TRIM_EVERY 64 /* log lines */
#define STATUS_MAX ((size_t)8 << 10)

/* What was stored is what was read from a message. If this program cannot read it any more, nothing was
 * heard: the Building Block will say it again. One vehicle's row must not keep all others from going on. */
static void status_read(const char *json, struct site_bb *bb, struct cm_more *more)
{
	int progress = bb->status.progress;
	char step[sizeof bb->status.step];
	struct bbum_poll_msg m;
	struct err e;

	if (!json)
		return;
	if (bbum_poll_read(json, strlen(json), &m, &e)) {
		bb->known = bb->advised = false;
		return;
	}
	str_copy(step, sizeof step, bb->status.step);
	bb->status = m.status;
	more->parts = m.parts;
	more->heard = true;
	/* These two change without the rest (they are kept with the device). */
	bb->status.progress = progress;
	str_copy(bb->status.step, sizeof bb->status.step, step);
}

static int blocks_load(struct db *db, struct cm_vehicle *v, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct site *s = &v->site;
	const char *status;
	bool got;

	if (store_bb_list(db, v->row.site_id, &r, e))
		return (int)e->code;
	for (;;) {
		if (s->nbbs == SITE_BBS_MAX)
			return OK;
		if (store_bb_next(r, &got, &v->more[s->nbbs].row, &s->bb[s->nbbs], &status, e))
			return (int)e->code;
		if (!got)
			return OK;
		status_read(status, &s->bb[s->nbbs], &v->more[s->nbbs]);
		s->nbbs++;
	}
}

int cm_vehicle_load(struct db *db, int64_t site_id, struct cm_vehicle **ret, struct err *e)
{
	OWN(cm_vehicle_free) struct cm_vehicle *v = mem_zalloc(sizeof *v);
	bool got;

	if (store_vehicle_get(db, site_id, &got, &v->row, &v->site, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no vehicle %" PRId64, site_id);
	if (blocks_load(db, v, e))
		return err_wrap(e, "vehicle %s", v->row.name);
	v->row_was = v->row;
	memcpy(&v->was, &v->site, offsetof(struct site, bb));
	v->was.nbbs = v->site.nbbs;
	memcpy(v->was.bb, v->site.bb, (size_t)v->site.nbbs * sizeof *v->site.bb);
	memcpy(v->more_was, v->more, (size_t)v->site.nbbs * sizeof *v->more);
	*ret = MOVE(v);
	return OK;
}

int cm_vehicle_named(struct db *db, struct scope scope, const char *name, struct cm_vehicle **ret,
		     struct err *e)
{
	int64_t id;
	bool got;

	if (store_vehicle_id(db, scope.sees, name, &got, &id, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no vehicle '%.64s'", name);
	return cm_vehicle_load(db, id, ret, e);
}

int cm_vehicle_bb(const struct cm_vehicle *v, int64_t device_id)
{
	for (int i = 0; i < v->site.nbbs; i++)
		if (v->site.bb[i].device_id == device_id)
			return i;
	return -1;
}

/* ---- writing ---- */

static int block_put(struct db *db, const struct cm_vehicle *v, int i, struct err *e)
{
	struct bbum_poll_msg *m = mem_zalloc(sizeof *m);
	const struct site_bb *bb = &v->site.bb[i];
	STR(text, 2 * STATUS_MAX);
	bool heard = v->more[i].heard;

	str_copy(m->device, sizeof m->device, v->more[i].row.device);
	m->status = bb->status;
	m->parts = v->more[i].parts;
	if (heard)
		bbum_poll_write(m, &text);
	free(m);
	return store_bb_put(db, v->row.site_id, &v->more[i].row, bb, heard ? str_c(&text) : NULL, e);
}

static bool block_changed(const struct cm_vehicle *v, int i)
{
	return v->rebuilt || memcmp(&v->site.bb[i], &v->was.bb[i], sizeof v->was.bb[i]) != 0 ||
	       memcmp(&v->more[i], &v->more_was[i], sizeof v->more[i]) != 0;
}

static int blocks_keep(struct db *db, struct cm_vehicle *v, bool *changed, struct err *e)
{
	if (v->rebuilt && store_bb_clear(db, v->row.site_id, e))
		return (int)e->code;
	v->row.blocks = v->site.nbbs;
	v->row.lost = 0;
	for (int i = 0; i < v->site.nbbs; i++) {
		v->row.lost += v->site.bb[i].lost;
		if (!block_changed(v, i))
			continue;
		*changed = true;
		if (block_put(db, v, i, e))
			return (int)e->code;
	}
	return OK;
}

/* What others are told (A22): by number, a name is its owner's; the name is among what the thing is now. */
static int state_audit(struct db *db, const struct cm_vehicle *v, const struct actor *who, struct err *e)
{
	const struct site *s = &v->site;
	struct vc_info vc = { .n = 0 };
	STR(after, 4096);
	struct jw w = jw_start(&after);
	char subject[32];

	if (v->row.active_vc && vc_by_id(db, v->row.active_vc, &vc, e))
		return (int)e->code;
	snprintf(subject, sizeof subject, "vehicle/%" PRId64, v->row.site_id);
	jw_obj(&w);
	jw_kstr(&w, "vehicle", v->row.name);
	jw_kstr(&w, "state", site_state_text[s->state]);
	jw_kstr(&w, "was", site_state_text[v->was.state]);
	jw_kstr(&w, "prompt", s->prompt == SITE_ASKS_NOTHING ? NULL : site_prompt_text[s->prompt]);
	jw_key(&w, "vc");
	if (vc.n)
		jw_int(&w, vc.n);
	else
		jw_null(&w);
	jw_kstr(&w, "why", s->prompt == SITE_ASKS_NOTHING ? v->why : s->prompt_why);
	jw_end(&w);
	return audit_add(db, who, "vehicle-state", subject, NULL, str_c(&after), 0, NULL, e);
}

int cm_vehicle_keep(struct db *db, struct cm_vehicle *v, const struct actor *who, bool *ret_changed,
		    struct err *e)
{
	const struct site *s = &v->site;
	bool changed = false;
	bool told = s->state != v->was.state || s->prompt != v->was.prompt ||
		    s->prompt_seq != v->was.prompt_seq || v->row.active_vc != v->row_was.active_vc;

	if (blocks_keep(db, v, &changed, e))
		return (int)e->code;
	changed = changed || v->rebuilt || memcmp(s, &v->was, offsetof(struct site, bb)) != 0 ||
		  memcmp(&v->row, &v->row_was, sizeof v->row) != 0;
	if (changed && store_vehicle_put(db, &v->row, s, told ? who->now : v->row.changed_at, e))
		return (int)e->code;
	if (told && state_audit(db, v, who, e))
		return (int)e->code;
	*ret_changed = changed;
	return OK;
}

/* ---- a step ---- */

static int lines_keep(struct db *db, struct cm_vehicle *v, const struct site_out *out, int64_t now,
		      struct err *e)
{
	for (int i = 0; i < out->nsaid; i++) {
		int bb = out->said[i].bb;
		int64_t n = ++v->row.log_last;

		if (store_cm_log_add(db, v->row.site_id, n, now, out->said[i].say, bb < 0 ? 0 : bb + 1,
				     bb < 0 ? 0 : v->site.bb[bb].device_id, out->said[i].text, e))
			return (int)e->code;
		if (n % TRIM_EVERY == 0 && n > CM_LOG_KEPT &&
		    store_cm_log_trim(db, v->row.site_id, n - CM_LOG_KEPT, e))
			return (int)e->code;
		str_copy(v->why, sizeof v->why, out->said[i].text);
	}
	return OK;
}

/* E26 counts from here: when each command was given, until it is answered. */
static void sending_note(struct cm_vehicle *v, const int64_t *seq, int64_t now)
{
	for (int i = 0; i < v->site.nbbs; i++)
		if (v->site.bb[i].command == BBUM_CMD_NONE)
			v->more[i].row.sent_at = -1;
		else if (v->site.bb[i].seq != seq[i])
			v->more[i].row.sent_at = now;
}

int cm_step(struct db *db, struct cm_vehicle *v, const struct site_settings *set, const struct site_in *in,
	    struct site_out *out, struct err *e)
{
	int64_t seq[SITE_BBS_MAX];

	memset(out, 0, sizeof *out);
	for (int i = 0; i < v->site.nbbs; i++)
		seq[i] = v->site.bb[i].seq;
	site_step(&v->site, in, set, out);
	if (!out->refused)
		sending_note(v, seq, in->now);
	return out->refused ? OK : lines_keep(db, v, out, in->now, e);
}
