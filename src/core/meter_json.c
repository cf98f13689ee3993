/* SPDX-License-Identifier: Apache-2.0 */
/* Meters as doors show them: lists, one with its HAN, its story. Shapes are in doc/openapi.json. */
#include <string.h>

#include "base/parse.h"
#include "core/meter_p.h"
#include "core/rows_json.h"

#define JOBS_SHOWN 5

/* "" is written as null: not said. */
static void kword(struct jw *w, const char *name, const char *s)
{
	jw_kstr(w, name, *s ? s : NULL);
}

static void keui(struct jw *w, const char *name, uint64_t eui)
{
	char text[DUIS_EUI_SIZE];

	jw_kstr(w, name, eui ? duis_eui_text(eui, text) : NULL);
}

static void identity_members(const struct store_meter *m, struct jw *w)
{
	jw_key(w, "identity");
	if (!*m->version) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "manufacturer", m->manufacturer);
	jw_kstr(w, "model", m->model);
	jw_kstr(w, "hardware", m->hardware);
	jw_kstr(w, "version", m->version);
	jw_kstr(w, "told_by", m->told_by);
	jw_end(w);
}

/* What every list shows of a device. */
static void short_members(const struct snapshot *s, const struct store_meter *m, struct jw *w)
{
	const struct graph_node *runs = meter_runs(s, m->entry_id);

	jw_kstr(w, "eui", m->name);
	jw_kstr(w, "type", m->class);
	kword(w, "organisation", m->org);
	keui(w, "hub", m->hub_eui);
	kword(w, "status", m->status);
	identity_members(m, w);
	jw_kstr(w, "entry", runs ? runs->name : NULL);
	jw_kstr(w, "entry_why", m->entry_why);
	jw_kstr(w, "gbcs", runs ? runs->gbcs : NULL);
	jw_kbool(w, "smets1", meter_smets1(m, runs));
	jw_kstr(w, "authority", m->authority);
	kword(w, "quarantine", m->quarantine);
	jw_ktime(w, "inventory_at", m->inventory_at);
	jw_ktime(w, "version_at", m->version_at);
	jw_ktime(w, "last_seen", m->last_seen);
}

static int gate_members(struct db *db, const struct snapshot *s, const struct store_meter *m, bool alone,
			int64_t now, struct jw *w, struct err *e)
{
	const struct meter_gate_ctx ctx = { .inventory_age = -1, .alone = alone };
	struct han_answer a;

	if (meter_gate(db, s, m->device_id, 0, now, &ctx, &a, e))
		return (int)e->code;
	jw_key(w, "gate");
	jw_obj(w);
	jw_kbool(w, "open", a.gate == HAN_OPEN);
	jw_kstr(w, "word", han_gate_text[a.gate]);
	jw_kstr(w, "says", a.text);
	jw_end(w);
	return OK;
}

static int filter_read(const struct snapshot *s, const struct meter_filter *in, struct store_meter_filter *f,
		       struct err *e)
{
	uint32_t node;

	*f = (struct store_meter_filter){ .part = in->q,
					  .class = in->type,
					  .status = in->status,
					  .authority = in->authority,
					  .quarantine = -1 };
	if (in->type && han_class_named(in->type) == HAN_CLASSES)
		return err_set(e, ERR_INVALID, "'%.40s' is no type of a device", in->type);
	if (in->authority && strcmp(in->authority, "held") != 0 && strcmp(in->authority, "lost") != 0)
		return err_set(e, ERR_INVALID, "authority is held or lost, not '%.40s'", in->authority);
	if (in->quarantine && strcmp(in->quarantine, "yes") != 0 && strcmp(in->quarantine, "no") != 0)
		return err_set(e, ERR_INVALID, "quarantine is yes or no, not '%.40s'", in->quarantine);
	if (in->quarantine)
		f->quarantine = *in->quarantine == 'y';
	if (in->hub && meter_eui_read(in->hub, &f->hub_eui, e))
		return (int)e->code;
	if (!in->entry)
		return OK;
	node = graph_find_entry(s->graph, "cpl", in->entry);
	if (node == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no entry '%.40s'", in->entry);
	f->entry_id = graph_node(s->graph, node)->entry_id;
	return OK;
}

int meters_json(struct db *db, struct scope scope, const struct snapshot *s, const struct meter_filter *f,
		const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct store_meter_filter sf;
	struct jw w = jw_start(out);
	struct store_meter m;
	int64_t after, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || filter_read(s, f, &sf, e) || tx_begin(&tx, db, false, e))
		return (int)e->code;
	sf.sees = scope.sees;
	if (store_meter_page(db, &sf, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "meters");
	jw_arr(&w);
	for (;;) {
		if (store_meter_next(r, &m, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		short_members(s, &m, &w);
		if (gate_members(db, s, &m, true, -1, &w, e))
			return (int)e->code;
		jw_end(&w);
		last = m.device_id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

/* ---- one ---- */

static void job_members(const struct snapshot *s, const struct store_meter_job *j, struct jw *w)
{
	jw_obj(w);
	jw_kint(w, "id", j->id);
	jw_kint(w, "cycle", j->cycle_id);
	jw_kstr(w, "service", j->service);
	jw_kstr(w, "state", j->state);
	jw_kstr(w, "from", entry_name(s, j->from_id));
	jw_kstr(w, "to", entry_name(s, j->to_id));
	kword(w, "reason", j->reason);
	kword(w, "detail", j->detail);
	kword(w, "told", j->told);
	jw_kint(w, "tries", j->tries);
	jw_kint(w, "activations", j->activations);
	jw_ktime(w, "activate_at", j->activate_at);
	jw_ktime(w, "made_at", j->made_at);
	jw_ktime(w, "state_at", j->state_at);
	jw_ktime(w, "due_at", j->due_at);
	jw_ktime(w, "ended_at", j->ended_at);
	jw_end(w);
}

static int job_write(struct db *db, const struct snapshot *s, int64_t device_id, struct jw *w, struct err *e)
{
	struct store_meter_job j;
	bool got;

	if (store_meter_job_open(db, device_id, &got, &j, e))
		return (int)e->code;
	jw_key(w, "job");
	if (got)
		job_members(s, &j, w);
	else
		jw_null(w);
	return OK;
}

static int han_write(struct db *db, const struct snapshot *s, const struct store_meter *m, int64_t now,
		     struct jw *w, struct err *e)
{
	struct store_meter v[HAN_DEVICES_MAX];
	size_t n;

	if (store_meter_han(db, m->site_id, HAN_DEVICES_MAX, v, &n, e))
		return (int)e->code;
	jw_key(w, "han");
	jw_arr(w);
	for (size_t i = 0; i < n && i < HAN_DEVICES_MAX; i++) {
		jw_obj(w);
		short_members(s, &v[i], w);
		if (gate_members(db, s, &v[i], true, now, w, e) || job_write(db, s, v[i].device_id, w, e))
			return (int)e->code;
		jw_end(w);
	}
	jw_arr_end(w);
	jw_kbool(w, "han_cut", n > HAN_DEVICES_MAX);
	return OK;
}

static void wish_members(const struct store_meter *m, struct jw *w)
{
	jw_key(w, "wish");
	if (!*m->wish) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "command", m->wish);
	jw_ktime(w, "at", m->wish_at);
	jw_kbool(w, "sent", m->wish_counter != 0);
	jw_kint(w, "tries", m->wish_tries);
	jw_end(w);
}

int meter_json(struct db *db, struct scope scope, const struct snapshot *s, const char *eui, int64_t now,
	       struct str *out, struct err *e)
{
	TX(tx);
	struct jw w = jw_start(out);
	struct store_meter m;

	if (tx_begin(&tx, db, false, e) || meter_load(db, scope, eui, &m, e))
		return (int)e->code;
	jw_obj(&w);
	short_members(s, &m, &w);
	kword(&w, "variant", m.variant);
	kword(&w, "han_variant", m.han_variant);
	kword(&w, "smets", m.smets);
	kword(&w, "mpxn", m.mpxn);
	kword(&w, "uprn", m.uprn);
	kword(&w, "region", m.region);
	kword(&w, "authority_why", m.authority_why);
	wish_members(&m, &w);
	if (gate_members(db, s, &m, false, now, &w, e) || job_write(db, s, m.device_id, &w, e) ||
	    han_write(db, s, &m, now, &w, e))
		return (int)e->code;
	jw_end(&w);
	return OK;
}

/* ---- the story ---- */

int meter_story_json(struct db *db, struct scope scope, const struct snapshot *s, const char *eui,
		     int64_t job, const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct store_meter_job jobs[JOBS_SHOWN];
	struct store_meter_event v;
	struct jw w = jw_start(out);
	struct store_meter m;
	int64_t before, last = 0, n = 0;
	size_t njobs;
	bool got;

	if (cursor_read(cursor, 0, &before, e) || tx_begin(&tx, db, false, e) ||
	    meter_load(db, scope, eui, &m, e) ||
	    store_meter_event_page(db, m.device_id, job, before, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "eui", m.name);
	jw_key(&w, "events");
	jw_arr(&w);
	for (;; n++) {
		if (store_meter_event_next(r, &v, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		jw_kint(&w, "n", v.id);
		jw_ktime(&w, "at", v.at);
		jw_kstr(&w, "way", v.way);
		jw_kstr(&w, "what", v.what);
		jw_kcount(&w, "ref", v.ref ? v.ref : -1);
		kword(&w, "code", v.code);
		jw_kstr(&w, "detail", v.detail);
		jw_kcount(&w, "job", v.job_id ? v.job_id : -1);
		jw_end(&w);
		last = v.id;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	if (store_meter_job_page(db, m.device_id, JOBS_SHOWN, jobs, &njobs, e))
		return (int)e->code;
	jw_key(&w, "jobs");
	jw_arr(&w);
	for (size_t i = 0; i < njobs; i++)
		job_members(s, &jobs[i], &w);
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}
