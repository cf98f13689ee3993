/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of devices that somebody keeps to check again (core/checklist.h). They belong to an organisation, or
 * without one to the account alone; for everybody else there are none (ERR_NOT_FOUND). Removing one removes
 * its text for good; the audit keeps its name and number only.
 */
#ifndef FIRPATH_CORE_SAVED_LIST_H
#define FIRPATH_CORE_SAVED_LIST_H

#include "base/json.h"
#include "core/access.h"
#include "store/store_ledger.h"

#define SAVED_LISTS_MAX 50 /* of one owner */
#define SAVED_NAME_MAX 80  /* bytes */

struct saved_list {
	const char *name, *target, *text; /* borrowed when added; owned by the str below when read */
	int64_t devices;                  /* rows */
};
/* ERR_NEEDS_TOKEN without an account; ERR_INVALID when there are SAVED_LISTS_MAX. */
int saved_list_add(struct db *db, const struct principal *who, const struct saved_list *l, int64_t now,
		   int64_t *ret_id, struct err *e) MUST_USE;
/* text and target are appended to. */
int saved_list_get(struct db *db, const struct principal *who, int64_t id, struct str *text,
		   struct str *target, struct err *e) MUST_USE;
int saved_list_drop(struct db *db, const struct principal *who, int64_t id, int64_t now,
		    struct err *e) MUST_USE;
/* [{"id","name","target","devices","added_at"}], newest first; empty for whoever has no account. */
int saved_lists_json(struct db *db, const struct principal *who, struct jw *w, struct err *e) MUST_USE;

#endif
