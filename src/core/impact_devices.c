/* SPDX-License-Identifier: Apache-2.0 */
#include "core/impact_devices.h"

#include <stdlib.h>
#include <string.h>

void device_hits_done(struct device_hits *h)
{
	vec_done(&h->v);
}

/* The place of an organisation, made when it has none. */
static struct device_hit *hit_of(struct device_hits *h, int64_t org)
{
	size_t low = 0, high = h->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (h->v.v[mid].org < org)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == h->v.n || h->v.v[low].org != org) {
		vec_push(&h->v, (struct device_hit){ .org = org });
		memmove(h->v.v + low + 1, h->v.v + low, (h->v.n - 1 - low) * sizeof *h->v.v);
		h->v.v[low] = (struct device_hit){ .org = org };
	}
	return &h->v.v[low];
}

int device_hits_add(struct device_hits *h, struct db *db, int64_t entry_id, bool stranded, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct device_hit *hit;
	bool got;

	if (db_run(db, SQL_IMPACT_DEVICES, ARGS(VINT(entry_id)), &r, e))
		return e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			return OK;
		hit = hit_of(h, rows_num(r, 1));
		hit->devices += rows_num(r, 0);
		hit->stranded += stranded ? rows_num(r, 0) : 0;
	}
}

/* The most devices first; a stable order among equals. */
static int compare_hits(const void *a, const void *b)
{
	const struct device_hit *x = a, *y = b;

	if (x->devices != y->devices)
		return x->devices < y->devices ? 1 : -1;
	return x->org < y->org ? -1 : x->org > y->org;
}

static int name_put(struct db *db, int64_t org, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_ORG_GET, ARGS(VINT(org)), &r, e) || rows_next(r, &got, e))
		return e->code;
	jw_kstr(w, "organisation", got ? rows_text(r, 1) : NULL);
	return OK;
}

static int organisations_json(struct device_hits *h, struct db *db, size_t listed, struct jw *w,
			      struct err *e)
{
	if (h->v.n)
		qsort(h->v.v, h->v.n, sizeof *h->v.v, compare_hits);
	jw_obj(w);
	jw_kint(w, "total", (int64_t)h->v.n);
	jw_key(w, "list");
	jw_arr(w);
	for (size_t i = 0; i < h->v.n && i < listed; i++) {
		jw_obj(w);
		if (name_put(db, h->v.v[i].org, w, e))
			return e->code;
		jw_kint(w, "devices", h->v.v[i].devices);
		jw_kint(w, "stranded", h->v.v[i].stranded);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
	return OK;
}

int device_hits_json(struct device_hits *h, struct db *db, const struct principal *who, size_t listed,
		     struct jw *w, struct err *e)
{
	int64_t mine = principal_fleet_org(who), total = 0, own = 0, stranded = 0, own_stranded = 0;

	for (size_t i = 0; i < h->v.n; i++) {
		const struct device_hit *hit = &h->v.v[i];
		bool is_own = mine == 0 || (mine > 0 && hit->org == mine);

		total += hit->devices;
		stranded += hit->stranded;
		own += is_own ? hit->devices : 0;
		own_stranded += is_own ? hit->stranded : 0;
	}
	jw_key(w, "devices");
	jw_obj(w);
	jw_kint(w, "total", total);
	jw_kint(w, "own", own);
	jw_kint(w, "others", total - own);
	jw_kint(w, "stranded", stranded);
	jw_kint(w, "own_stranded", own_stranded);
	jw_key(w, "organisations");
	if (!may(who, ROLES_AUDIT))
		jw_null(w);
	else if (organisations_json(h, db, listed, w, e))
		return e->code;
	jw_end(w);
	return OK;
}
