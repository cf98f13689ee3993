/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watch lists: what a person follows (entries, models, manufacturers, the whole catalogue), and what changed
 * of it since they looked. A list belongs to an account; on a service without accounts to its operator.
 */
#ifndef FIRPATH_CORE_WATCH_H
#define FIRPATH_CORE_WATCH_H

#include "base/str.h"
#include "core/access.h"
#include "core/lookup.h"
#include "store/store_ledger.h"

#define WATCHES_MAX 500       /* of one person */
#define WATCH_SUBJECT_MAX 264 /* bytes, with the NUL */
#define WATCH_NEWS_MAX 200    /* newest revisions that are looked through for news */

extern const char *const watch_kinds[]; /* "entry", "model", "manufacturer", "catalogue", NULL */

/* Follows; the same again changes nothing. subject as users write it: an Entry ID, a model's id, 4 hex
 * digits, or "" for the catalogue. ERR_NOT_FOUND, ERR_INVALID (also when several fit). */
int watch_add(struct db *db, const struct snapshot *s, const struct actor *who, const struct principal *p,
	      const char *kind, const char *subject, int64_t *ret_id, struct err *e) MUST_USE;
int watch_remove(struct db *db, const struct actor *who, const struct principal *p, const char *id,
		 struct err *e) MUST_USE;
/* {"watch":[{"id","kind","subject","added_at"}],"seen":{"revision","at"},"news":[{"revision","at","kind","why",
 * entries...}],"more"}: news are the revisions after the one seen that touch the list, newest first. */
int watch_json(struct db *db, const struct principal *p, struct str *out, struct err *e) MUST_USE;
/* "I have looked": up to this revision. */
int watch_seen(struct db *db, const struct actor *who, const struct principal *p, int64_t revision,
	       struct err *e) MUST_USE;
/* Does a revision (0 = none) touch an account's list? */
int watch_hit(struct db *db, int64_t account_id, int64_t revision, bool *ret, struct err *e) MUST_USE;

#endif
