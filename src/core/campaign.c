/* SPDX-License-Identifier: Apache-2.0 */
#include "core/campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/fleet_util.h"
#include "core/notice.h"
#include "core/plan.h"
#include "model/ident.h"
#include "store/store_campaign.h"

#define MEMBERS_TEXT_MAX (16 * MIB)

/* A request for a campaign, read and checked; texts are borrowed from its JSON. */
struct spec {
	const char *name, *target, *prefer;
	const struct json *filter, *devices; /* one of them */
	int64_t max_active, stop_after;
	bool allow_removed, allow_downgrade, notice_read;
	enum on_change on_change;
	char target_text[ENTRY_NAME_SIZE]; /* scheme:public-id or "latest" */
	int64_t target_id;
};

static int text_member(const struct json *obj, const char *name, const char *place, const char **ret,
		       struct err *e)
{
	const struct json *j = json_get(obj, name);

	*ret = NULL;
	if (!j || json_kind(j) == JSON_NULL)
		return OK;
	if (json_kind(j) != JSON_STRING) {
		err_set(e, ERR_JSON_FIELD, "'%s' must be a text", name);
		return err_at(e, place, 0, 0);
	}
	*ret = json_text(j);
	return OK;
}

static int int_member(const struct json *obj, const char *name, int64_t min, int64_t max, int64_t otherwise,
		      int64_t *ret, struct err *e)
{
	const struct json *j = json_get(obj, name);
	char place[48];

	*ret = j ? json_int(j, min - 1) : otherwise;
	if (j && (json_kind(j) != JSON_INT || *ret < min || *ret > max)) {
		snprintf(place, sizeof place, "/%s", name);
		err_set(e, ERR_JSON_FIELD, "'%s' must be a whole number from %" PRId64 " to %" PRId64, name,
			min, max);
		return err_at(e, place, 0, 0);
	}
	return OK;
}

static int name_check(const char *name, struct err *e)
{
	if (name && name_is_plain(name, CAMPAIGN_NAME_MAX - 1))
		return OK;
	err_set(e, ERR_JSON_FIELD,
		"a campaign needs a name of 1 to %d bytes that is not a number and has no control characters",
		CAMPAIGN_NAME_MAX - 1);
	return err_at(e, "/name", 0, 0);
}

static int target_check(const struct snapshot *s, struct spec *sp, struct err *e)
{
	struct ident id;
	uint32_t node;

	if (!sp->target) {
		err_set(e, ERR_JSON_FIELD, "'target' is needed: an Entry ID or 'latest'");
		return err_at(e, "/target", 0, 0);
	}
	if (ident_parse(sp->target, true, &id, e))
		return err_at(e, "/target", 0, 0);
	if (id.kind == IDENT_LATEST) {
		str_copy(sp->target_text, sizeof sp->target_text, "latest");
		return OK;
	}
	if (id.kind == IDENT_CPL) {
		err_set(e, ERR_IDENTITY, "'%.40s' may be several entries; name the target by its Entry ID",
			sp->target);
		return err_at(e, "/target", 0, 0);
	}
	node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node == NODE_NONE) {
		err_set(e, ERR_NOT_FOUND, "there is no entry %s:%s", id.scheme, id.public_id);
		return err_at(e, "/target", 0, 0);
	}
	sp->target_id = graph_node(s->graph, node)->entry_id;
	snprintf(sp->target_text, sizeof sp->target_text, "%s:%s", id.scheme, id.public_id);
	return OK;
}

static int members_check(const struct json *members, struct spec *sp, struct err *e)
{
	static const char *const either[] = { "filter", "devices", NULL };
	static const char *const filters[] = { "model", "entry", "prefix", "site", NULL };
	size_t n;

	if (json_kind(members) != JSON_OBJECT || json_len(members) != 1) {
		err_set(e, ERR_JSON_FIELD, "'members' must be {\"filter\": {...}} or {\"devices\": [...]}");
		return err_at(e, "/members", 0, 0);
	}
	if (json_only(members, either, "/members", e))
		return (int)e->code;
	sp->filter = json_get(members, "filter");
	sp->devices = json_get(members, "devices");
	if (sp->filter) {
		if (json_kind(sp->filter) != JSON_OBJECT) {
			err_set(e, ERR_JSON_FIELD, "'filter' must be an object");
			return err_at(e, "/members/filter", 0, 0);
		}
		return json_only(sp->filter, filters, "/members/filter", e);
	}
	n = json_kind(sp->devices) == JSON_ARRAY ? json_len(sp->devices) : 0;
	if (!n || n > CAMPAIGN_MEMBERS_MAX) {
		err_set(e, ERR_JSON_FIELD, "'devices' must be a list of 1 to %d device names",
			CAMPAIGN_MEMBERS_MAX);
		return err_at(e, "/members/devices", 0, 0);
	}
	return OK;
}

static int bool_member(const struct json *obj, const char *name, const char *place, bool *ret, struct err *e)
{
	const struct json *j = json_get(obj, name);

	if (j && json_kind(j) != JSON_BOOL) {
		err_set(e, ERR_JSON_FIELD, "'%s' is true or false", name);
		return err_at(e, place, 0, 0);
	}
	*ret = json_bool(j, false);
	return OK;
}

/* What may be done beside the plain walk: a stated downgrade, and what to do when the graph changes. */
static int change_check(const struct json *j, struct spec *sp, struct err *e)
{
	const char *text;
	int k = 0;

	if (bool_member(j, "allow_downgrade", "/allow_downgrade", &sp->allow_downgrade, e) ||
	    bool_member(j, "notice_read", "/notice_read", &sp->notice_read, e))
		return (int)e->code;
	if (text_member(j, "on_change", "/on_change", &text, e))
		return (int)e->code;
	while (text && on_change_text[k] && strcmp(on_change_text[k], text) != 0)
		k++;
	if (!on_change_text[k]) {
		err_set(e, ERR_JSON_FIELD, "'on_change' is hold, finish-recorded or replan");
		return err_at(e, "/on_change", 0, 0);
	}
	sp->on_change = (enum on_change)k;
	return OK;
}

static int spec_read(const struct snapshot *s, const struct json *j, struct spec *sp, struct err *e)
{
	static const char *const names[] = {
		"name",          "target",          "members",   "max_active",  "stop_after", "prefer",
		"allow_removed", "allow_downgrade", "on_change", "notice_read", NULL
	};
	const char *removed = NULL;
	size_t k = 0;

	memset(sp, 0, sizeof *sp);
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a campaign is a JSON object");
	if (json_only(j, names, "", e) || text_member(j, "name", "/name", &sp->name, e) ||
	    text_member(j, "target", "/target", &sp->target, e) ||
	    text_member(j, "prefer", "/prefer", &sp->prefer, e) ||
	    text_member(j, "allow_removed", "/allow_removed", &removed, e) ||
	    int_member(j, "max_active", 1, 1000000, CAMPAIGN_ACTIVE_DEFAULT, &sp->max_active, e) ||
	    int_member(j, "stop_after", 0, 1000000000, CAMPAIGN_STOP_AFTER_DEFAULT, &sp->stop_after, e) ||
	    name_check(sp->name, e) || target_check(s, sp, e) || members_check(json_get(j, "members"), sp, e))
		return (int)e->code;
	if (!sp->prefer)
		sp->prefer = "hops";
	while (path_prefer_text[k] && strcmp(path_prefer_text[k], sp->prefer) != 0)
		k++;
	if (!path_prefer_text[k]) {
		err_set(e, ERR_JSON_FIELD, "'prefer' is hops, time, bytes or restarts");
		return err_at(e, "/prefer", 0, 0);
	}
	if (removed && strcmp(removed, "hop") != 0) {
		err_set(e, ERR_JSON_FIELD, "'allow_removed' is 'hop' or not given");
		return err_at(e, "/allow_removed", 0, 0);
	}
	sp->allow_removed = removed != NULL;
	return change_check(j, sp, e);
}

static int members_add(const struct campaign_ctx *c, const struct actor *who, int64_t id,
		       const struct spec *sp, struct err *e)
{
	struct device_filter f = { 0 };
	struct store_device_filter sf;
	char buf[3][5], place[48];
	int64_t added;

	if (sp->filter) {
		if (text_member(sp->filter, "model", "/members/filter/model", &f.model, e) ||
		    text_member(sp->filter, "entry", "/members/filter/entry", &f.entry, e) ||
		    text_member(sp->filter, "prefix", "/members/filter/prefix", &f.prefix, e) ||
		    text_member(sp->filter, "site", "/members/filter/site", &f.site, e))
			return (int)e->code;
		if (fleet_filter(c->snap, &f, &sf, buf, e))
			return err_at(e, "/members/filter", 0, 0);
		if (store_member_filter(c->db, id, &sf, who->now, &added, e))
			return (int)e->code;
		if (!added) {
			err_set(e, ERR_NOT_FOUND, "no device fits the filter");
			return err_at(e, "/members/filter", 0, 0);
		}
		return OK;
	}
	for (size_t i = 0; i < json_len(sp->devices); i++) {
		const char *name = json_text(json_at(sp->devices, i));

		snprintf(place, sizeof place, "/members/devices/%zu", i);
		if (!name) {
			err_set(e, ERR_JSON_FIELD, "a device is named by a text");
			return err_at(e, place, 0, 0);
		}
		if (store_member_add(c->db, id, name, who->now, &added, e))
			return e->code == ERR_CONFLICT
				   ? (err_set(e, ERR_JSON_FIELD, "device '%.64s' is named twice", name),
				      err_at(e, place, 0, 0))
				   : (int)e->code;
		if (!added) {
			err_set(e, ERR_NO_DEVICE, "there is no device '%.64s'", name);
			return err_at(e, place, 0, 0);
		}
	}
	return OK;
}

/* Plans for every entry that queued members start from, then every member gets its plan or its named end. */
static int members_plan(const struct campaign_ctx *c, const struct actor *who, struct store_campaign *k,
			struct err *e)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	struct plan_ask ask = plan_ask_of(k, who->now, c->image_dir);
	OWN(rows_done) struct rows *r = NULL;
	OWN(mem_free) char *kept = NULL;
	VEC(int64_t) starts = { 0 };
	int64_t plan_id;
	bool got = true;
	int rc = store_member_starts(c->db, k->id, &r, e);

	while (!rc && got) {
		rc = rows_next(r, &got, e);
		if (!rc && got && !rows_null(r, 0))
			vec_push(&starts, rows_num(r, 0));
	}
	kept = (char *)starts.v; /* freed with this scope */
	for (size_t i = 0; i < starts.n && !rc; i++) {
		OWN(plan_made_done) struct plan_made made;

		plan_make(c->snap, starts.v[i], &ask, scratch, &made);
		rc = store_plan_put(c->db, k->id, &made.row, made.hops, &plan_id, e);
	}
	if (rc || store_member_plan(c->db, k->id, who->now, e) ||
	    store_member_refuse(c->db, k->id, "what the device runs is not exactly one catalogue entry",
				who->now, e))
		return (int)e->code;
	k->revision = c->snap->revision;
	return store_campaign_count(c->db, k, e);
}

static int audit_campaign(const struct campaign_ctx *c, const struct actor *who, const char *action,
			  const struct store_campaign *before, const struct store_campaign *after,
			  struct err *e)
{
	char subject[40], was[64];
	STR(now, 4 * KIB);
	struct jw w = jw_start(&now);

	snprintf(subject, sizeof subject, "campaign/%" PRId64, after->id);
	jw_obj(&w);
	jw_kstr(&w, "name", after->name);
	jw_kstr(&w, "state", campaign_state_text[after->state]);
	jw_kstr(&w, "target", after->target);
	jw_kint(&w, "catalogue", after->revision);
	jw_kint(&w, "total", after->n_total);
	for (int p = 0; p < PHASES; p++)
		jw_kint(&w, cycle_phase_text[p], after->n[p]);
	jw_end(&w);
	snprintf(was, sizeof was, "{\"state\":\"%s\"}", before ? campaign_state_text[before->state] : "");
	return audit_add(c->db, who, action, subject, before ? was : NULL, str_c(&now), 0, NULL, e);
}

static bool is_seen(struct scope scope, const struct store_campaign *k)
{
	return scope.sees == SEES_ALL || (scope.sees == SEES_UNOWNED ? !k->org_id : k->org_id == scope.sees);
}

static int campaign_load(struct db *db, struct scope scope, int64_t id, struct store_campaign *ret,
			 struct err *e)
{
	bool got;

	if (store_campaign_get(db, id, &got, ret, NULL, e))
		return (int)e->code;
	return got && is_seen(scope, ret) ? OK
					  : err_set(e, ERR_NOT_FOUND, "there is no campaign %" PRId64, id);
}

/* The whole creation, inside the caller's transaction. */
static int create_in(const struct campaign_ctx *c, const struct actor *who, const struct spec *sp,
		     const char *members, const char *key, const char *hash, int64_t *ret_id, struct err *e)
{
	struct store_campaign_new row = { .name = sp->name,
					  .target = sp->target_text,
					  .target_id = sp->target_id,
					  .prefer = sp->prefer,
					  .members = members,
					  .who = who->name,
					  .once_key = key,
					  .once_hash = key ? hash : NULL,
					  .max_active = sp->max_active,
					  .stop_after = sp->stop_after,
					  .revision = c->snap->revision,
					  .now = who->now,
					  .allow_removed = sp->allow_removed,
					  .allow_downgrade = sp->allow_downgrade,
					  .on_change = sp->on_change,
					  .org_id = c->scope.owner };
	struct store_campaign k;
	char subject[40];
	bool got;

	if (store_campaign_named(c->db, sees_owner(c->scope.owner), sp->name, &got, ret_id, e))
		return (int)e->code;
	if (got) {
		err_set(e, ERR_CONFLICT, "there is a campaign '%s' already (number %" PRId64 ")", sp->name,
			*ret_id);
		return err_at(e, "/name", 0, 0);
	}
	if (store_campaign_add(c->db, &row, ret_id, e) || members_add(c, who, *ret_id, sp, e) ||
	    campaign_load(c->db, c->scope, *ret_id, &k, e) || members_plan(c, who, &k, e) ||
	    store_campaign_put(c->db, &k, e))
		return (int)e->code;
	if (audit_campaign(c, who, "campaign-create", NULL, &k, e))
		return (int)e->code;
	snprintf(subject, sizeof subject, "campaign/%" PRId64, *ret_id);
	return c->by ? notice_note(c->db, c->by, subject, c->snap->revision, who->now, e) : OK;
}

int campaign_create(const struct campaign_ctx *c, const struct actor *who, const char *key, const char *body,
		    size_t len, int64_t *ret_id, struct err *e)
{
	TX(tx);
	OWN(json_free) struct json *j = NULL;
	STR(members, MEMBERS_TEXT_MAX);
	STR(own_key, 4 * KIB);
	uint8_t raw[SHA256_LEN];
	char hash[SHA256_HEX];
	struct spec sp;
	int64_t id;
	bool got, same;

	sha256_of(body, len, raw);
	hex_text(raw, sizeof raw, hash);
	if (json_parse(body, len, &j, e) || tx_begin(&tx, c->db, true, e))
		return (int)e->code;
	if (key) {
		/* Another owner's key is another key. */
		str_addf(&own_key, "%" PRId64 "/%s", c->scope.owner, key);
		key = str_c(&own_key);
		if (store_campaign_once(c->db, key, hash, &got, &id, &same, e))
			return (int)e->code;
		if (got && !same)
			return err_set(e, ERR_IDEMPOTENCY,
				       "this Idempotency-Key made campaign %" PRId64 " from another request",
				       id);
		if (got) {
			*ret_id = id;
			return OK;
		}
	}
	if (snapshot_check(c->db, c->snap, e) || spec_read(c->snap, j, &sp, e) ||
	    (c->by && notice_needed(c->by, sp.notice_read, e)))
		return (int)e->code;
	json_print(json_get(j, "members"), &members, false);
	if (members.over)
		return err_set(e, ERR_TOO_LARGE, "the list of members is too long");
	if (create_in(c, who, &sp, str_c(&members), key, hash, &id, e) || tx_keep(&tx, e))
		return (int)e->code;
	*ret_id = id;
	return OK;
}

int campaign_find(struct db *db, struct scope scope, const char *ref, int64_t *ret_id, struct err *e)
{
	struct store_campaign k;
	uint64_t n;
	bool got;

	if (parse_digits(ref, strlen(ref), &n) && n <= INT64_MAX) {
		if (campaign_load(db, scope, (int64_t)n, &k, e))
			return (int)e->code;
		*ret_id = (int64_t)n;
		return OK;
	}
	if (store_campaign_named(db, scope.sees, ref, &got, ret_id, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no campaign '%.80s'", ref);
}

/* ---- verbs ---- */

static int not_in_state(const struct store_campaign *k, const char *verb, struct err *e)
{
	return err_set(e, ERR_CAMPAIGN_STATE, "campaign '%s' is %s and cannot be %s", k->name,
		       campaign_state_text[k->state], verb);
}

/* T04; chargers are not in the CPL. */
static int cpl_fresh(const struct campaign_ctx *c, const struct actor *who, const struct store_campaign *k,
		     struct err *e)
{
	int64_t checked = c->snap->cpl.checked_at;

	if (!strncmp(k->target, "ocpp:", 5) || !strncmp(k->target, "set:", 4))
		return OK;
	if (checked < 0)
		return err_set(e, ERR_CPL_STALE, "no CPL was ever imported");
	if (who->now - checked > c->cpl_stale_ms)
		return err_set(e, ERR_CPL_STALE,
			       "the CPL was last checked %" PRId64
			       " hours ago; campaigns start and resume only within %" PRId64,
			       (who->now - checked) / 3600000, c->cpl_stale_ms / 3600000);
	return OK;
}

/* Ends a campaign that has nothing left to do. */
static void end_if_empty(struct store_campaign *k, int64_t now)
{
	if (k->n[PHASE_QUEUED] + k->n[PHASE_ACTIVE] + k->n[PHASE_HELD])
		return;
	if (k->state == CAMPAIGN_RUNNING)
		k->state = CAMPAIGN_DONE;
	k->ended_at = now;
}

static int verb_end(const struct campaign_ctx *c, const struct actor *who, const char *action, struct tx *tx,
		    const struct store_campaign *before, struct store_campaign *k, struct err *e)
{
	k->changed_at = who->now;
	if (store_campaign_put(c->db, k, e) || audit_campaign(c, who, action, before, k, e))
		return (int)e->code;
	return tx_keep(tx, e);
}

int campaign_start(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e)
{
	TX(tx);
	struct store_campaign k, before;

	if (tx_begin(&tx, c->db, true, e) || campaign_load(c->db, c->scope, id, &k, e))
		return (int)e->code;
	before = k;
	if (k.state != CAMPAIGN_DRAFT)
		return not_in_state(&k, "started", e);
	if (cpl_fresh(c, who, &k, e) || snapshot_check(c->db, c->snap, e))
		return (int)e->code;
	/* What creation decided was a preview: decide again at the newest revision. */
	if (store_member_requeue(c->db, id, PHASE_REFUSED, who->now, e) ||
	    store_member_requeue(c->db, id, PHASE_DONE, who->now, e) || members_plan(c, who, &k, e))
		return (int)e->code;
	k.state = CAMPAIGN_RUNNING;
	k.started_at = who->now;
	end_if_empty(&k, who->now);
	return verb_end(c, who, "campaign-start", &tx, &before, &k, e);
}

int campaign_pause(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e)
{
	TX(tx);
	struct store_campaign k, before;

	if (tx_begin(&tx, c->db, true, e) || campaign_load(c->db, c->scope, id, &k, e))
		return (int)e->code;
	before = k;
	if (k.state != CAMPAIGN_RUNNING)
		return not_in_state(&k, "paused", e);
	k.state = CAMPAIGN_PAUSED;
	return verb_end(c, who, "campaign-pause", &tx, &before, &k, e);
}

int campaign_resume(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e)
{
	TX(tx);
	struct store_campaign k, before;

	if (tx_begin(&tx, c->db, true, e) || campaign_load(c->db, c->scope, id, &k, e))
		return (int)e->code;
	before = k;
	if (k.state != CAMPAIGN_PAUSED && k.state != CAMPAIGN_HALTED &&
	    !(k.state == CAMPAIGN_RUNNING && k.n[PHASE_HELD]))
		return not_in_state(&k, "resumed", e);
	if (cpl_fresh(c, who, &k, e) || snapshot_check(c->db, c->snap, e) ||
	    store_member_requeue(c->db, id, PHASE_HELD, who->now, e) || members_plan(c, who, &k, e))
		return (int)e->code;
	k.state = CAMPAIGN_RUNNING;
	k.reason[0] = 0;
	k.forgiven = k.n[PHASE_FAILED] + k.n[PHASE_HELD];
	end_if_empty(&k, who->now);
	return verb_end(c, who, "campaign-resume", &tx, &before, &k, e);
}

int campaign_stop(const struct campaign_ctx *c, const struct actor *who, int64_t id, struct err *e)
{
	TX(tx);
	struct store_campaign k, before;

	if (tx_begin(&tx, c->db, true, e) || campaign_load(c->db, c->scope, id, &k, e))
		return (int)e->code;
	before = k;
	if (k.state == CAMPAIGN_DONE || k.state == CAMPAIGN_STOPPED)
		return not_in_state(&k, "stopped", e);
	if (store_member_stop(c->db, id, "the campaign was stopped", who->now, e) ||
	    store_campaign_count(c->db, &k, e))
		return (int)e->code;
	k.state = CAMPAIGN_STOPPED;
	snprintf(k.reason, sizeof k.reason, "stopped by %.60s%s%.120s", who->name, *who->why ? ": " : "",
		 who->why);
	end_if_empty(&k, who->now);
	return verb_end(c, who, "campaign-stop", &tx, &before, &k, e);
}
