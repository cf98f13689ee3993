/* SPDX-License-Identifier: Apache-2.0 */
#include "core/campaign_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"
#include "base/vec.h"
#include "core/fleet_util.h"
#include "core/notice.h"
#include "core/plan.h"
#include "model/han.h"
#include "model/ident.h"
#include "store/store_campaign.h"
#include "store/store_turn.h"

#define MEMBERS_TEXT_MAX (16 * MIB)

/* Hubs, displays and SMETS1 devices are refused before anybody looks what they run. */
static int never_refuse(const struct campaign_ctx *c, const struct actor *who, const struct store_campaign *k,
			struct err *e)
{
	const char *why[3] = { han_gate_text[HAN_HUB_IS_DCCS], han_gate_text[HAN_NO_OTA],
			       han_gate_text[HAN_SMETS1] };

	return store_member_refuse_meters(c->db, k->id, why, who->now, e);
}

/* Plans for every entry that queued members start from, then every member gets its plan or its named end. */
static int members_plan(const struct campaign_ctx *c, const struct actor *who, struct store_campaign *k,
			struct err *e)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	OWN(mem_free) char *kept = NULL, *set_kept = NULL;
	OWN(rows_done) struct rows *r = NULL;
	struct set_info *set = NULL;
	struct plan_ask ask;
	VEC(int64_t) starts = { 0 };
	int64_t plan_id;
	bool got = true;
	int rc;

	if (never_refuse(c, who, k, e) || plan_set_of(c->db, k, &set, e))
		return (int)e->code;
	set_kept = (char *)set;
	ask = plan_ask_of(k, set, who->now, c->image_dir);
	rc = store_member_starts(c->db, k->id, &r, e);
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
	return store_campaign_count(c->db, k, e) || store_wave_recount(c->db, k->id, e) ? (int)e->code : OK;
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
static int create_in(const struct campaign_ctx *c, const struct actor *who, const struct campaign_spec *sp,
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
					  .org_id = c->scope.owner,
					  .set_id = sp->set_id,
					  .security = sp->security };
	STR(waves, CAMPAIGN_WAVES_MAX - 1);
	struct store_campaign k;
	char subject[40];
	bool got;

	waves_text(&sp->waves, &waves);
	row.waves = str_c(&waves);
	row.spread_ms = sp->spread_ms < 0 ? 0 : sp->spread_ms;

	if (store_campaign_named(c->db, sees_owner(c->scope.owner), sp->name, &got, ret_id, e))
		return (int)e->code;
	if (got) {
		err_set(e, ERR_CONFLICT, "there is a campaign '%s' already (number %" PRId64 ")", sp->name,
			*ret_id);
		return err_at(e, "/name", 0, 0);
	}
	if (store_campaign_add(c->db, &row, ret_id, e) || campaign_spec_members(c, who, *ret_id, sp, e) ||
	    waves_assign(c->db, *ret_id, &sp->waves, e) || campaign_load(c->db, c->scope, *ret_id, &k, e))
		return (int)e->code;
	/* Stations that all fetch at once are an attack on whoever serves the images. */
	if (sp->spread_ms < 0 && store_campaign_has(c->db, *ret_id, "ocpp", &got, e))
		return (int)e->code;
	if (sp->spread_ms < 0 && got)
		k.spread_ms = CAMPAIGN_SPREAD_DEFAULT_MS;
	if (members_plan(c, who, &k, e) || store_campaign_put(c->db, &k, e))
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
	struct campaign_spec sp;
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
	if (snapshot_check(c->db, c->snap, e) || campaign_spec_read(c->db, c->snap, j, &sp, e) ||
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
	bool meters, stations;

	/* The CPL says nothing about charging stations. */
	if (!strncmp(k->target, "ocpp:", 5) || !strncmp(k->target, "set:", 4))
		return OK;
	if (store_campaign_has(c->db, k->id, "cpl", &meters, e) ||
	    store_campaign_has(c->db, k->id, "ocpp", &stations, e))
		return (int)e->code;
	if (stations && !meters)
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
	    store_member_requeue(c->db, id, PHASE_DONE, who->now, e) || members_plan(c, who, &k, e) ||
	    waves_begin(c->db, &k, who->now, e))
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
	if (waves_forgive(c->db, &k, e))
		return (int)e->code;
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
	    store_campaign_count(c->db, &k, e) || store_wave_recount(c->db, id, e))
		return (int)e->code;
	k.state = CAMPAIGN_STOPPED;
	snprintf(k.reason, sizeof k.reason, "stopped by %.60s%s%.120s", who->name, *who->why ? ": " : "",
		 who->why);
	end_if_empty(&k, who->now);
	return verb_end(c, who, "campaign-stop", &tx, &before, &k, e);
}
