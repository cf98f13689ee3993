/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of a CPL import: the staged rows against what stands. The comparison makes the plan (which
 * rows are new, changed, vanished), the lists of the report, and the gates. Private to the import files.
 */
#ifndef FIRPATH_CORE_IMPORT_PLAN_H
#define FIRPATH_CORE_IMPORT_PLAN_H

#include "core/import_stage.h"
#include "store/store_feed.h"

#define PLAN_LISTED 1000 /* entries that a list of the report names */

/* Entry numbers as a JSON array without its brackets, up to PLAN_LISTED. */
struct id_list {
	int64_t n;
	struct str text;
};

/* T02, T04: what may hold an import. */
enum gate { GATE_REMOVED, GATE_CHANGED, GATE_HASH, GATE_VANISHED, GATE_OLDER, GATE_NEEDED, GATES };

/* An entry that becomes Removed although devices need it as a hop (model/needed.h). */
struct plan_need {
	uint32_t number;
	int64_t devices;
};

struct plan {
	struct stage *st; /* borrowed; its rows get their op */
	VEC(struct staged) vanished;
	/* The import that stands. */
	bool has_standing;
	struct cpl_version standing;
	char standing_text[80];
	int64_t standing_revision;
	bool mark_reset; /* two persons said that its version and date do not bind the next list */
	int64_t standing_rows, standing_current;
	/* What differs. */
	struct id_list added, removed, restored, gone, hashes, gaps;
	struct str edited; /* JSON objects, separated by commas */
	int64_t nedited, nchanged /* edited or restored */, nfilled;
	int64_t filled[CPL_COLS];
	VEC(struct plan_need) needed;
	bool holds[GATES];
	bool gated;   /* any of them */
	bool changes; /* applying it makes a revision */
};
void plan_init(struct plan *p, struct stage *st);
void plan_done(struct plan *p);
DEFINE_OWN_VAL(struct plan, plan_done)

/* Reads what stands and compares; inside the transaction that will apply it. */
int import_plan_make(struct plan *p, struct db *db, int64_t now, struct err *e) MUST_USE;
/* import_needed.c: fills p->needed. */
int plan_find_needed(struct plan *p, struct db *db, int64_t now, struct err *e) MUST_USE;
/* Writes entries and states from a new revision on. */
int plan_apply(struct plan *p, struct db *db, int64_t revision, struct err *e) MUST_USE;
/* The story as members of a JSON object, without braces: the same plan gives the same bytes. What depends on
 * the fleet, which moves, is at the end: *ret_fixed bytes come before it. */
void plan_write(const struct plan *p, struct str *out, size_t *ret_fixed);
/* Does a story that was shown tell what this one tells? Numbers of devices may differ, but no entry may be
 * needed now that was not then. */
bool plan_same_story(const struct plan *p, const char *shown, const char *story, size_t fixed);

#endif
