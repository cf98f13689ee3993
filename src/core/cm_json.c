/* SPDX-License-Identifier: Apache-2.0 */
/* What doors show of vehicles: shapes in core/cm.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "core/cm_row.h"
#include "core/fleet_util.h"
#include "store/store_vc.h"
#include "wire/bbum_message.h"

static void kflag(struct jw *w, const char *name, int yes) /* -1 = not known */
{
	jw_key(w, name);
	if (yes < 0)
		jw_null(w);
	else
		jw_bool(w, yes != 0);
}

static const char *filled(const char *text) /* "" shows as null */
{
	return *text ? text : NULL;
}

void cm_prompt_write(const struct site *s, struct jw *w)
{
	unsigned choices = site_prompt_choices(s->prompt, s->state);
	int n = 0;

	if (s->prompt == SITE_ASKS_NOTHING) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kint(w, "seq", s->prompt_seq);
	jw_kstr(w, "kind", site_prompt_text[s->prompt]);
	jw_kstr(w, "why", s->prompt_why);
	jw_key(w, "choices");
	jw_arr(w);
	for (int verb = 0; verb < SITE_VERBS; verb++) {
		if (!(choices & (1u << verb)))
			continue;
		jw_obj(w);
		jw_kint(w, "n", ++n);
		jw_kstr(w, "words", site_verb_text[verb]);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static int vc_write(struct db *db, const char *key, int64_t vc, struct jw *w, struct err *e)
{
	struct vc_info is;

	jw_key(w, key);
	if (!vc) {
		jw_null(w);
		return OK;
	}
	if (vc_by_id(db, vc, &is, e))
		return (int)e->code;
	jw_obj(w);
	jw_kint(w, "n", is.n);
	jw_kstr(w, "name", filled(is.name));
	jw_kstr(w, "version", filled(is.version));
	jw_kstr(w, "config_id", filled(is.config_id));
	jw_kstr(w, "hash", filled(is.hash));
	jw_kstr(w, "state", is.state);
	jw_ktime(w, "verified_at", is.verified_at);
	jw_end(w);
	return OK;
}

/* Members of VEHICLE (core/cm.h). */
static int vehicle_members(struct db *db, const struct cm_vehicle *v, struct jw *w, struct err *e)
{
	const struct site *s = &v->site;

	jw_kstr(w, "name", v->row.name);
	jw_kstr(w, "organisation", filled(v->row.org));
	jw_kstr(w, "type_id", v->row.type_id);
	jw_kstr(w, "state", site_state_text[s->state]);
	jw_kstr(w, "wait", site_wait_text[s->wait]);
	jw_kstr(w, "mode", site_mode_text[s->mode]);
	jw_kbool(w, "running", s->running);
	jw_kstr(w, "log", v->row.extended ? "extended" : "normal");
	if (vc_write(db, "vc", v->row.active_vc, w, e) ||
	    vc_write(db, "previous_vc", v->row.previous_vc, w, e))
		return (int)e->code;
	jw_kbool(w, "rolling_back", s->rolling_back);
	jw_kbool(w, "updating", s->updating);
	jw_key(w, "prompt");
	cm_prompt_write(s, w);
	jw_kcount(w, "progress", site_progress(s));
	jw_kint(w, "building_blocks", v->row.blocks);
	jw_kint(w, "lost", v->row.lost);
	jw_kint(w, "log_last", v->row.log_last);
	jw_ktime(w, "changed_at", v->row.changed_at);
	return OK;
}

/* A page needs the Building Blocks of each vehicle for its progress only. */
int cm_list_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		 struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_vehicle row;
	int64_t after, last = 0, n = 0;
	bool got;

	if (limit < 1 || limit > 500)
		return err_set(e, ERR_INVALID, "limit is 1 to 500");
	if (cursor_read(cursor, 0, &after, e) || store_vehicle_page(db, scope.sees, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "vehicles");
	jw_arr(&w);
	for (;;) {
		OWN(cm_vehicle_free) struct cm_vehicle *v = mem_zalloc(sizeof *v);

		if (store_vehicle_next(r, &got, &row, &v->site, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		cm_vehicle_free(MOVE(v));
		if (cm_vehicle_load(db, row.site_id, &v, e))
			return (int)e->code;
		jw_obj(&w);
		if (vehicle_members(db, v, &w, e))
			return (int)e->code;
		jw_end(&w);
		last = row.site_id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

/* ---- a Building Block ---- */

static void running_write(const struct bbum_status *st, const struct site_bb *bb, bool heard, struct jw *w)
{
	jw_key(w, "running");
	jw_obj(w);
	jw_kstr(w, "version", filled(st->version));
	jw_kstr(w, "hash", filled(st->hash));
	kflag(w, "as_wanted", heard ? *bb->want_hash && !strcmp(st->hash, bb->want_hash) : -1);
	jw_end(w);
}

static void holds_write(const struct bbum_status *st, bool heard, struct jw *w)
{
	jw_key(w, "holds");
	jw_obj(w);
	jw_kstr(w, "manifest", filled(st->manifest));
	jw_kstr(w, "version", filled(st->manifest_version));
	jw_kstr(w, "hash", filled(st->manifest_hash));
	kflag(w, "syntax", heard ? st->syntax_ok : -1);
	kflag(w, "integrity", heard ? st->integrity_ok : -1);
	kflag(w, "identity", heard ? st->identity_ok : -1);
	kflag(w, "authenticity", heard ? st->authenticity_ok : -1);
	jw_end(w);
}

static void status_write(const struct bbum_status *st, bool heard, struct jw *w)
{
	kflag(w, "recommends", heard ? st->recommends : -1);
	kflag(w, "accepted",
	      !heard || st->answer == BBUM_ANSWER_NONE ? -1 : st->answer == BBUM_ANSWER_ACCEPTED);
	jw_kstr(w, "reason", filled(st->reason));
	jw_kstr(w, "result", bbum_result_text[st->result]);
	jw_kcount(w, "progress", st->progress);
	jw_kstr(w, "step", filled(st->step));
	jw_kstr(w, "error", filled(st->error));
	jw_kstr(w, "iec", bbum_iec_text[st->iec]);
	jw_kint(w, "boots", st->boots);
}

static void parts_write(const struct bbum_parts *p, struct jw *w)
{
	jw_key(w, "components");
	jw_arr(w);
	for (int i = 0; i < p->n; i++) {
		jw_obj(w);
		jw_kstr(w, "kind", p->v[i].kind);
		jw_kstr(w, "name", p->v[i].name);
		jw_kstr(w, "version", filled(p->v[i].version));
		jw_kbool(w, "ok", p->v[i].ok);
		jw_end(w);
	}
	jw_arr_end(w);
}

static void pending_write(const struct cm_vehicle *v, const struct site_bb *bb, struct jw *w)
{
	static const char *const permits[] = { "none", "given", "denied" };
	char id[COMMAND_ID_MAX];

	jw_key(w, "command");
	if (bb->command == BBUM_CMD_NONE) {
		jw_null(w);
	} else {
		command_id_text(v->row.site_id, bb->seq, id);
		jw_obj(w);
		jw_kstr(w, "kind", bbum_command_text[bb->command]);
		jw_kstr(w, "id", id);
		jw_end(w);
	}
	jw_kstr(w, "permit", permits[bb->permit]);
}

/* vc: its row of the Vehicle Configuration, NULL = none. */
static void block_members(const struct cm_vehicle *v, int i, const struct vc_bb_row *vc, struct jw *w)
{
	const struct site_bb *bb = &v->site.bb[i];
	const struct cm_more *m = &v->more[i];

	jw_kint(w, "n", m->row.n);
	jw_kstr(w, "name", bb->name);
	jw_kstr(w, "device", m->row.device);
	jw_kstr(w, "type_id", m->row.type_id);
	jw_kstr(w, "config_id", vc ? vc->config_id : NULL);
	jw_kstr(w, "system", vc ? vc->system : NULL);
	jw_kint(w, "wave", bb->wave);
	jw_kstr(w, "state", m->heard ? bbum_state_text[bb->status.state] : NULL);
	jw_kbool(w, "known", bb->known);
	jw_kstr(w, "life", bb->lost ? "lost" : *m->row.life ? m->row.life : "new");
	jw_ktime(w, "last_seen", m->row.last_seen);
	jw_kcount(w, "response_ms", m->row.response_ms);
	jw_kbool(w, "waiting", bb->asked_at >= 0);
	jw_key(w, "wanted");
	jw_obj(w);
	jw_kstr(w, "manifest", bb->manifest);
	jw_kstr(w, "version", vc ? vc->version : NULL);
	jw_kstr(w, "functional", vc ? vc->functional : NULL);
	jw_kstr(w, "hash", filled(bb->want_hash));
	jw_end(w);
	running_write(&bb->status, bb, m->heard, w);
	holds_write(&bb->status, m->heard, w);
	status_write(&bb->status, m->heard, w);
	parts_write(&m->parts, w);
	pending_write(v, bb, w);
}

/* Each Building Block beside its row of the Vehicle Configuration; both are in the same order. only: -1 =
 * all, else its place. */
typedef void block_see(void *ctx, const struct cm_vehicle *v, int i, const struct vc_bb_row *vc,
		       struct jw *w);

static int blocks_walk(struct db *db, const struct cm_vehicle *v, int only, block_see *see, void *ctx,
		       struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct vc_bb_row row;
	bool got = true;

	if (store_vc_bbs(db, v->row.active_vc, &r, e))
		return (int)e->code;
	for (int i = 0; i < v->site.nbbs; i++) {
		if (got && store_vc_bb_next(r, &row, &got, e))
			return (int)e->code;
		if (only < 0 || only == i)
			see(ctx, v, i, got ? &row : NULL, w);
	}
	return OK;
}

static void block_object(void *ctx, const struct cm_vehicle *v, int i, const struct vc_bb_row *vc,
			 struct jw *w)
{
	(void)ctx;
	jw_obj(w);
	block_members(v, i, vc, w);
	jw_end(w);
}

/* Opens a view in which several reads agree, and the vehicle in it. */
static int look(struct tx *tx, struct db *db, struct scope scope, const char *vehicle,
		struct cm_vehicle **ret, struct err *e)
{
	return tx_begin(tx, db, false, e) || cm_vehicle_named(db, scope, vehicle, ret, e) ? (int)e->code : OK;
}

int cm_bb_json(struct db *db, struct scope scope, const char *vehicle, int n, struct str *out, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct jw w = jw_start(out);

	if (look(&tx, db, scope, vehicle, &v, e))
		return (int)e->code;
	if (n < 1 || n > v->site.nbbs)
		return err_set(e, ERR_NOT_FOUND, "vehicle '%.64s' has no building block %d; it has %d",
			       v->row.name, n, v->site.nbbs);
	return blocks_walk(db, v, n - 1, block_object, NULL, &w, e);
}

int cm_blocks_json(struct db *db, struct scope scope, const char *vehicle, struct str *out, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct jw w = jw_start(out);

	if (look(&tx, db, scope, vehicle, &v, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "building_blocks");
	jw_arr(&w);
	if (blocks_walk(db, v, -1, block_object, NULL, &w, e))
		return (int)e->code;
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static void verbs_write(const struct site *s, struct jw *w)
{
	const char *bar;

	jw_key(w, "commands");
	jw_arr(w);
	for (int verb = 0; verb < SITE_VERBS; verb++) {
		bar = site_verb_bar(s->state, (enum site_verb)verb);
		jw_obj(w);
		jw_kstr(w, "words", site_verb_text[verb]);
		jw_kbool(w, "allowed", !bar);
		jw_kstr(w, "why", bar);
		jw_end(w);
	}
	jw_arr_end(w);
}

int cm_status_json(struct db *db, struct scope scope, const char *vehicle, struct str *out, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct jw w = jw_start(out);

	if (look(&tx, db, scope, vehicle, &v, e))
		return (int)e->code;
	jw_obj(&w);
	if (vehicle_members(db, v, &w, e))
		return (int)e->code;
	verbs_write(&v->site, &w);
	jw_key(&w, "blocks");
	jw_arr(&w);
	if (blocks_walk(db, v, -1, block_object, NULL, &w, e))
		return (int)e->code;
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

/* ---- the tree ---- */

static void waves_write(const struct site *s, struct jw *w)
{
	int waves = 0;

	for (int i = 0; i < s->nbbs; i++)
		waves = s->bb[i].wave >= waves ? s->bb[i].wave + 1 : waves;
	jw_key(w, "waves");
	jw_arr(w);
	for (int k = 0; k < waves; k++) {
		jw_arr(w);
		for (int i = 0; i < s->nbbs; i++)
			if (s->bb[i].wave == k)
				jw_int(w, i + 1);
		jw_arr_end(w);
	}
	jw_arr_end(w);
}

/* C15: compliance of the active Vehicle Configuration, by what the Building Blocks say themselves. */
static bool all_good(const struct cm_vehicle *v)
{
	for (int i = 0; i < v->site.nbbs; i++) {
		const struct bbum_status *st = &v->site.bb[i].status;

		if (!v->more[i].heard || v->site.bb[i].lost ||
		    strcmp(st->hash, v->site.bb[i].want_hash) != 0 || !st->syntax_ok || !st->integrity_ok ||
		    !st->identity_ok || !st->authenticity_ok || st->state == BBUM_ERROR)
			return false;
	}
	return v->row.active_vc != 0;
}

static void raw_member(struct jw *w, const char *key, const char *json)
{
	jw_key(w, key);
	jw_raw(w, json, strlen(json));
}

static void tree_object(void *ctx, const struct cm_vehicle *v, int i, const struct vc_bb_row *vc,
			struct jw *w)
{
	char *path = ctx; /* of the System that is open; "\001" = none */
	const char *system = vc ? vc->system : "";

	if (strcmp(path, system) != 0) {
		if (*path != '\001') {
			jw_arr_end(w);
			jw_end(w);
		}
		jw_obj(w);
		jw_kstr(w, "path", system);
		jw_key(w, "blocks");
		jw_arr(w);
		str_copy(path, 512, system);
	}
	jw_obj(w);
	block_members(v, i, vc, w);
	if (vc) {
		raw_member(w, "depends", vc->depends);
		jw_kwords(w, "network", vc->network);
		raw_member(w, "archives", vc->archives);
	}
	jw_end(w);
}

int cm_tree_json(struct db *db, struct scope scope, const char *vehicle, struct str *out, struct err *e)
{
	TX(tx);
	OWN(cm_vehicle_free) struct cm_vehicle *v = NULL;
	struct jw w = jw_start(out);
	char path[512] = "\001";
	struct vc_info vc = { .n = 0 };

	if (look(&tx, db, scope, vehicle, &v, e))
		return (int)e->code;
	jw_obj(&w);
	if (vehicle_members(db, v, &w, e) || (v->row.active_vc && vc_by_id(db, v->row.active_vc, &vc, e)))
		return (int)e->code;
	jw_kbool(&w, "good", all_good(v));
	jw_kcount(&w, "report", vc.n ? vc.n : -1);
	waves_write(&v->site, &w);
	jw_key(&w, "systems");
	jw_arr(&w);
	if (blocks_walk(db, v, -1, tree_object, path, &w, e))
		return (int)e->code;
	if (*path != '\001') {
		jw_arr_end(&w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}
