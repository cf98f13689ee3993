/* SPDX-License-Identifier: Apache-2.0 */
#include "core/area.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/store_ocpp.h"
#include "store/store_turn.h"

#define AREA_SHARE 4 /* of its stations, one in so many */
#define AT_ONCE_MAX 1000000

static int64_t limit_of(int64_t at_once, int64_t stations)
{
	int64_t limit = at_once ? at_once : stations / AREA_SHARE;

	if (limit >= stations)
		limit = stations - 1;
	return limit < 1 ? 1 : limit;
}

int area_limit(struct db *db, const char *name, int64_t *ret, struct err *e)
{
	int64_t at_once, stations;

	if (store_area_get(db, name, &at_once, &stations, e))
		return (int)e->code;
	*ret = limit_of(at_once, stations);
	return OK;
}

int area_room(struct db *db, const char *name, int64_t but_site, int64_t *ret, struct err *e)
{
	int64_t limit = 0, busy = 0;

	if (!*name) {
		*ret = -1;
		return OK;
	}
	if (area_limit(db, name, &limit, e) || store_ocpp_area_busy(db, name, but_site, &busy, e))
		return (int)e->code;
	*ret = limit > busy ? limit - busy : 0;
	return OK;
}

/* Is any of its stations the caller's? */
static int area_seen(struct db *db, struct scope scope, const char *name, int64_t *ret, struct err *e)
{
	if (store_area_seen(db, scope.sees, name, ret, e))
		return (int)e->code;
	return *ret ? OK : err_set(e, ERR_NOT_FOUND, "no station is in an area '%.64s'", name);
}

int area_set(struct db *db, struct scope scope, const struct actor *who, const char *name,
	     const struct json *body, struct err *e)
{
	static const char *const members[] = { "at_once", NULL };
	const struct json *j = json_get(body, "at_once");
	int64_t was, stations, seen, n = 0;
	char subject[AREA_NAME_MAX + 8], before[48], after[48];
	TX(tx);

	if (!j)
		return err_set(e, ERR_JSON_FIELD, "an area is {\"at_once\": NUMBER or null}");
	if (json_only(body, members, "", e))
		return (int)e->code;
	if (json_kind(j) != JSON_NULL) {
		n = json_int(j, 0);
		if (json_kind(j) != JSON_INT || n < 1 || n > AT_ONCE_MAX) {
			err_set(e, ERR_JSON_FIELD, "'at_once' is a number from 1 to %d, or null",
				AT_ONCE_MAX);
			return err_at(e, "/at_once", 0, 0);
		}
	}
	if (tx_begin(&tx, db, true, e) || area_seen(db, scope, name, &seen, e) ||
	    store_area_get(db, name, &was, &stations, e))
		return (int)e->code;
	if (seen < stations)
		return err_set(
		    e, ERR_CONFLICT,
		    "others have stations in the area '%.64s' as well; who serves all of them says how "
		    "many may be updated at once",
		    name);
	if (n ? store_area_put(db, name, n, who->now, e) : store_area_drop(db, name, e))
		return (int)e->code;
	snprintf(subject, sizeof subject, "area/%.64s", name);
	snprintf(before, sizeof before, "{\"at_once\":%" PRId64 "}", was);
	snprintf(after, sizeof after, "{\"at_once\":%" PRId64 "}", n);
	if (audit_add(db, who, "area-set", subject, was ? before : NULL, after, 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

static void area_write(const struct store_area *a, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "name", a->name);
	jw_kint(w, "stations", a->stations);
	jw_key(w, "at_once");
	if (a->at_once)
		jw_int(w, a->at_once);
	else
		jw_null(w);
	jw_kint(w, "limit", limit_of(a->at_once, a->stations));
	jw_ktime(w, "changed_at", a->changed_at);
	jw_end(w);
}

int area_json(struct db *db, struct scope scope, const char *name, struct str *out, struct err *e)
{
	struct store_area a = { .changed_at = -1 };
	struct jw w = jw_start(out);
	int64_t seen;

	if (area_seen(db, scope, name, &seen, e) || store_area_get(db, name, &a.at_once, &a.stations, e))
		return (int)e->code;
	str_copy(a.name, sizeof a.name, name);
	area_write(&a, &w);
	return OK;
}

int areas_json(struct db *db, struct scope scope, const char *after, int64_t limit, struct str *out,
	       struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_area a, last = { .changed_at = -1 };
	int64_t n = 0;
	bool got;

	if (store_area_list(db, scope.sees, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "areas");
	jw_arr(&w);
	for (;; n++) {
		if (store_area_next(r, &a, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		area_write(&a, &w);
		last = a;
	}
	jw_arr_end(&w);
	jw_kstr(&w, "next", got ? last.name : NULL);
	jw_end(&w);
	return OK;
}
