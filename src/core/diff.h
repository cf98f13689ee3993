/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between the catalogue at two moments: entries added, removed, restored and edited with their
 * fields before and after, statements, disputes, excerpts, contacts and settings begun and ended, and who
 * made each change and why.
 */
#ifndef FIRPATH_CORE_DIFF_H
#define FIRPATH_CORE_DIFF_H

#include "base/str.h"
#include "store/db.h"

#define DIFF_LISTED 1000 /* of each list; "more" says that there are others */

/* A moment as users write it: a revision ("r57", r0 = before the first), a date or a time. ERR_INVALID;
 * ERR_NOT_FOUND for a revision that is not there. */
int diff_revision(struct db *db, const char *text, int64_t *ret, struct err *e) MUST_USE;

/* {"from","to","revisions":[{"revision","at","kind","who","why"}],"entries":[{"entry","change","revision",
 * "fields":[{"field","before","after"}]}],"statements":[{"entry","change":"begun"|"ended","id","revision","kind",
 * "bases","source","author","stated_on","confirmed_on","excerpt","reference"}],"disputes","excerpts",
 * "contacts","settings" (each a list of {"change","revision", ...}),"passing","more"}. change of an entry:
 * added, removed, restored, edited, same (changed and changed back). nameless: people are told as
 * "user". ERR_INVALID unless from <= to. */
int diff_json(struct db *db, int64_t from, int64_t to, bool nameless, struct str *out,
	      struct err *e) MUST_USE;

#endif
