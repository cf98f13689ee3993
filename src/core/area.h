/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Areas: stations that people in one place rely on, by the name their operator gave them. Of one area only so
 * many are walked at once that it is never dark: a quarter unless somebody said how many, at least one, and
 * never all of them unless there is only one.
 */
#ifndef FIRPATH_CORE_AREA_H
#define FIRPATH_CORE_AREA_H

#include "base/json.h"
#include "core/fleet.h" /* struct scope */
#include "store/db.h"
#include "store/store_ledger.h"

#define AREA_NAME_MAX 64

/* How many stations of the area may be walked at once. */
int area_limit(struct db *db, const char *name, int64_t *ret, struct err *e) MUST_USE;
/* How many more of them may begin, beside this station; -1: in no area, no limit. */
int area_room(struct db *db, const char *name, int64_t but_site, int64_t *ret, struct err *e) MUST_USE;
/* body: {"at_once": 3}, or {"at_once": null} for a quarter again. One transaction, audit row 'area-set'.
 * ERR_NOT_FOUND: no station of the caller's is in it; ERR_CONFLICT: others have stations there, too. */
int area_set(struct db *db, struct scope scope, const struct actor *who, const char *name,
	     const struct json *body, struct err *e) MUST_USE;
/* {"name","stations","at_once","limit","changed_at"} */
int area_json(struct db *db, struct scope scope, const char *name, struct str *out, struct err *e) MUST_USE;
/* {"areas":[...],"next"}; after: name of the last one before, "" = from the start. */
int areas_json(struct db *db, struct scope scope, const char *after, int64_t limit, struct str *out,
	       struct err *e) MUST_USE;

#endif
