/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/vec.h"
#include "core/fleet.h"
#include "store/store_campaign.h"
#include "store/store_cm.h"
#include "store/store_turn.h"

struct scope scope_read(const struct principal *p)
{
	return (struct scope){ principal_fleet_org(p), p->org_id };
}

int scope_write(const struct principal *p, struct scope *ret, struct err *e)
{
	if (may(p, ROLE_OPERATOR)) {
		*ret = (struct scope){ SEES_ALL, p->org_id };
		return OK;
	}
	if (!may(p, ROLES_FLEET) || p->org_id <= 0)
		return err_set(e, ERR_DENIED,
			       "your account belongs to no organisation, so it can have no devices and no "
			       "campaigns");
	*ret = (struct scope){ p->org_id, p->org_id };
	return OK;
}

/* The campaigns that had the device are counted anew; the runner ends those that have nothing left. */
static int campaigns_recount(struct db *db, int64_t device_id, const struct actor *who, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	VEC(int64_t) ids = { 0 };
	struct store_campaign k;
	bool got = true;
	int rc = store_campaigns_of_device(db, device_id, &r, e);

	while (!rc && got) {
		rc = rows_next(r, &got, e);
		if (!rc && got)
			vec_push(&ids, rows_num(r, 0));
	}
	if (!rc)
		rc =
		    store_member_leave(db, device_id, "the device belongs to another owner now", who->now, e);
	for (size_t i = 0; i < ids.n && !rc; i++) {
		rc = store_campaign_get(db, ids.v[i], &got, &k, NULL, e);
		if (rc || !got)
			continue;
		k.changed_at = who->now;
		rc = store_campaign_count(db, &k, e) || store_wave_recount(db, k.id, e) ||
		     store_campaign_put(db, &k, e);
	}
	vec_done(&ids);
	return rc ? (int)e->code : OK;
}

int fleet_give(struct db *db, struct scope scope, const struct actor *who, const char *name, int64_t to_org,
	       struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL, *other = NULL;
	char subject[96], before[48], after[48];
	struct store_device d, theirs;
	int64_t site;
	bool got;

	if (tx_begin(&tx, db, true, e) || store_device_get(db, scope.sees, name, &r, &d, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NO_DEVICE, "there is no device '%.64s'", name);
	if (!strcmp(d.scheme, SCHEME_BLOCK))
		return err_set(
		    e, ERR_CONFLICT,
		    "device '%.64s' is a Building Block: it belongs to whom its vehicle belongs to", name);
	if (!strcmp(d.adapter, "ocpp"))
		return err_set(
		    e, ERR_CONFLICT,
		    "'%s' is a charging station, or a component of one: remove the station and register "
		    "it anew where it belongs",
		    name);
	if (!strcmp(d.adapter, "dcc"))
		return err_set(
		    e, ERR_CONFLICT,
		    "'%s' is a meter: who may act for it the DCC says. The organisation that supplies it now "
		    "registers it in its own fleet, and here `authority-lost` shuts it",
		    name);
	if (d.org_id == to_org)
		return err_set(e, ERR_CONFLICT, "device '%.64s' belongs to that owner already", name);
	if (store_device_get(db, sees_owner(to_org), name, &other, &theirs, &got, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "that owner has a device '%.64s' already", name);
	/* By number: the chain is for everybody to check, a name is its owner's. */
	snprintf(subject, sizeof subject, "device/%" PRId64, d.id);
	snprintf(before, sizeof before, "{\"organisation\":%" PRId64 "}", d.org_id);
	snprintf(after, sizeof after, "{\"organisation\":%" PRId64 "}", to_org);
	if (store_site_put(db, to_org, name, who->now, &site, e) ||
	    store_device_give(db, d.id, to_org, site, e) || campaigns_recount(db, d.id, who, e) ||
	    audit_add(db, who, "device-give", subject, before, after, 0, NULL, e))
		return (int)e->code;
	if (r)
		rows_done(MOVE(r));
	if (other)
		rows_done(MOVE(other));
	return tx_keep(&tx, e);
}
