/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vehicles in the runner: what devices of a site with a Configuration Manager say goes to model/site.h by
 * core/cm.h, in the same batches and by the same timers as walks (model/cm_states.h).
 */
#include <stdio.h>

#include "core/cm.h"
#include "core/rollout.h"
#include "orch/runner_priv.h"
#include "store/store_cm.h"
#include "store/store_fleet.h"

#define PAGE 256
#define BOOT_PAGE 50 /* vehicles in one transaction at the start */
#define SILENT_MAX 10000
#define VCS_MAX 10000

static struct actor site_actor(int64_t now)
{
	return (struct actor){ "orchestrator", "", now };
}

static int site_apply(struct batch *b, int64_t site_id, int64_t device_id, const struct site_in *in,
		      const struct bbum_parts *parts, struct err *e)
{
	struct actor who = site_actor(b->now);
	struct cm_applied done;

	if (cm_apply(b->r->db, &who, &b->r->init.site, site_id, device_id, in, parts, &done, e))
		return (int)e->code;
	b->moves += done.now != done.was;
	return OK;
}

/* A Building Block is what its Manifest says, not an entry of the catalogue: its identity is not resolved. */
static int status_keep(struct batch *b, const struct walk *w, const struct report *rep, struct err *e)
{
	const struct bbum_status *s = &rep->status;
	struct store_device d = { .id = w->device_id,
				  .version = *s->version ? s->version : NULL,
				  .hash = *s->hash ? s->hash : NULL,
				  .entry_why = "not-reported",
				  .state = bbum_state_text[s->state],
				  .boots = s->boots,
				  .progress = s->progress,
				  .step = *s->step ? s->step : NULL };

	seen_renew(b->r, w->device_id, s, b->now);
	return store_device_status(b->r->db, &d, rep->mark, b->now, e);
}

int step_block(struct batch *b, const struct walk *w, const struct report *rep, struct err *e)
{
	static const enum site_input inputs[] = { [REPORT_STATUS] = SITE_IN_STATUS,
						  [REPORT_SERVED] = SITE_IN_SERVED,
						  [REPORT_PACKAGED] = SITE_IN_PACKAGED };
	struct site_in in = { .kind = inputs[rep->what], .status = &rep->status, .now = b->now };
	int64_t site;
	bool got;

	if (rep->what == REPORT_STATUS && status_keep(b, w, rep, e))
		return err_wrap(e, "device %s", w->device);
	if (store_bb_site(b->r->db, w->device_id, &got, &site, e))
		return (int)e->code;
	return got ? site_apply(b, site, w->device_id, &in, &rep->parts, e) : OK;
}

int turn_sites(struct batch *b, struct err *e)
{
	struct site_in in = { .kind = SITE_IN_TIMER, .now = b->now };
	int64_t ids[PAGE], n;

	if (store_vehicle_due(b->r->db, b->now, PAGE, ids, &n, e))
		return (int)e->code;
	b->more = b->more || n == PAGE;
	for (int64_t i = 0; i < n; i++)
		if (site_apply(b, ids[i], 0, &in, NULL, e))
			return (int)e->code;
	return OK;
}

int turn_rollouts(struct batch *b, struct err *e)
{
	struct actor who = site_actor(b->now);
	bool more;

	if (rollout_turn(b->r->db, &b->r->init.site, &who, PAGE, &more, e))
		return (int)e->code;
	b->more = b->more || more;
	return OK;
}

static int silent_tell(struct batch *b, const int64_t *site, const int64_t *device, int64_t n, struct err *e)
{
	struct site_in in = { .kind = SITE_IN_LIFE, .lost = true, .now = b->now };

	for (int64_t i = 0; i < n; i++)
		if (site_apply(b, site[i], device[i], &in, NULL, e))
			return (int)e->code;
	return OK;
}

int turn_silent(struct batch *b, bool lost, struct err *e)
{
	int64_t *site = mem_array(SILENT_MAX, sizeof *site), *device = mem_array(SILENT_MAX, sizeof *device);
	int64_t n = 0, before = b->now - b->r->init.site.answer_limit;
	int rc = store_bb_overdue(b->r->db, before, SILENT_MAX, site, device, &n, e) ||
		 silent_tell(b, site, device, n, e);

	if (!rc && lost)
		rc = store_bb_silent(b->r->db, SILENT_MAX, site, device, &n, e) ||
		     silent_tell(b, site, device, n, e);
	free(site);
	free(device);
	return rc ? (int)e->code : OK;
}

/* ---- the start ---- */

/* A Vehicle Configuration that is active and not right (E12). */
struct bad_vc {
	int64_t id;
	char why[VC_WHY_SIZE];
};
typedef VEC(struct bad_vc) bad_vcs;

/* Each is looked at once, however many vehicles have it. Only a store that is away stops this: whatever else
 * goes wrong is a Vehicle Configuration that cannot be relied on. */
static int vcs_verify(struct runner *r, bad_vcs *bad, struct err *e)
{
	struct actor who = site_actor(clock_wall(r->init.clock));
	int64_t *ids, n = 0;
	struct bad_vc one;
	bool good;
	int rc;

	if (!r->init.vcs)
		return OK;
	ids = mem_array(VCS_MAX, sizeof *ids);
	rc = store_vehicle_vcs(r->db, VCS_MAX, ids, &n, e);
	for (int64_t i = 0; i < n && !rc; i++) {
		one.id = ids[i];
		one.why[0] = 0;
		rc = vc_startup(r->db, r->init.vcs, &who, ids[i], &good, one.why, e);
		if (rc && rc != ERR_BUSY && rc != ERR_UNAVAILABLE && rc != ERR_STORE) {
			snprintf(one.why, sizeof one.why, "%.200s", e->msg);
			good = false;
			rc = OK;
		}
		if (!rc && !good)
			vec_push(bad, one);
	}
	free(ids);
	return rc;
}

static int vehicle_boot(struct runner *r, int64_t site, const bad_vcs *bad, int64_t now, struct err *e)
{
	struct actor who = site_actor(now);
	struct site_in boot = { .kind = SITE_IN_BOOT, .now = now };
	struct site_in fatal = { .kind = SITE_IN_FATAL, .now = now };
	struct store_vehicle v;
	struct site *s;
	bool got;
	int rc = cm_apply(r->db, &who, &r->init.site, site, 0, &boot, NULL, NULL, e);

	if (rc || !bad->n)
		return rc ? (int)e->code : OK;
	s = mem_zalloc(sizeof *s);
	rc = store_vehicle_get(r->db, site, &got, &v, s, e);
	free(s);
	for (size_t i = 0; i < bad->n && !rc; i++) {
		fatal.why = bad->v[i].why;
		if (bad->v[i].id == v.active_vc)
			rc = cm_apply(r->db, &who, &r->init.site, site, 0, &fatal, NULL, NULL, e);
	}
	return rc ? (int)e->code : OK;
}

static int boot_page(struct runner *r, int64_t *after, int64_t *ret_n, const bad_vcs *bad, struct err *e)
{
	TX(tx);
	int64_t ids[BOOT_PAGE], now = clock_wall(r->init.clock);

	if (tx_begin(&tx, r->db, true, e) || store_vehicle_after(r->db, *after, BOOT_PAGE, ids, ret_n, e))
		return (int)e->code;
	for (int64_t i = 0; i < *ret_n; i++) {
		*after = ids[i];
		if (vehicle_boot(r, ids[i], bad, now, e))
			return (int)e->code;
	}
	return tx_keep(&tx, e);
}

int sites_recover(struct runner *r, struct err *e)
{
	bad_vcs bad = { 0 };
	int64_t after = 0, n = BOOT_PAGE;
	int rc = vcs_verify(r, &bad, e);

	while (!rc && n == BOOT_PAGE)
		rc = boot_page(r, &after, &n, &bad, e);
	vec_done(&bad);
	return rc;
}
