/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to the catalogue: the states and statements that one entry ever had, what each revision
 * changed, and the audit chain as readers see it. All read-only; JSON out, one object each. upto: what that
 * revision knows of it; INT64_MAX = everything.
 */
#ifndef FIRPATH_CORE_HISTORY_H
#define FIRPATH_CORE_HISTORY_H

#include "base/json.h"
#include "base/str.h"
#include "store/db.h"

#define CHANGE_NAMES_MAX 100 /* entries and statements named per revision; more are told by "more" */

/* {"entry","states":[...],"statements":[...]}, oldest first. nameless, here and below: people are told as
 * "user", for readers who are not signed in. ERR_NOT_FOUND. */
int history_entry_json(struct db *db, const char *scheme, const char *public_id, int64_t upto, bool nameless,
		       struct str *out, struct err *e) MUST_USE;

/* {"changes":[{"revision","at","kind","who","why","entries":[...],"statements":[...],"more"}],"next"}:
 * revisions after `after`, oldest first, or (newest) the other way round, those before `after` (0 = from the
 * newest). *ret_next = what to go on from, 0 at the end. */
int history_changes_json(struct db *db, int64_t after, int64_t limit, bool newest, int64_t upto,
			 bool nameless, struct str *out, int64_t *ret_next, struct err *e) MUST_USE;

/* Members "entries", "statements" and "more" of what one revision changed, into an open object. */
int history_change_members(struct db *db, int64_t revision, struct jw *w, struct err *e) MUST_USE;

/* Shared with diffs: the member "bases" of a statement; a name as readers may see it. */
int history_bases_json(struct db *db, int64_t statement_id, struct jw *w, struct err *e) MUST_USE;
const char *history_name(const char *who, bool nameless);

/* Which audit rows: NULL and 0 = any. */
struct audit_filter {
	const char *who, *action; /* exactly these */
	const char *subject;      /* begins so */
	int64_t revision;
	bool newest; /* newest first */
	bool all;    /* also what did not change the catalogue, whoever did it; without it: own */
	bool fleets; /* with all: also what concerns devices, campaigns, webhooks and lists, whosever they are
		      */
	bool nameless; /* people are told as "user" */
	const char *own,
	    *own_tokens; /* rows of this name, or whose name begins so, are shown too; NULL = none */
};
/* {"rows":[...],"next"}: audit rows after seq `after`, or before it with newest (0 = from the newest).
 * *ret_next = seq to go on from, 0 at the end. */
int history_audit_json(struct db *db, const struct audit_filter *f, int64_t after, int64_t limit,
		       struct str *out, int64_t *ret_next, struct err *e) MUST_USE;

#endif
