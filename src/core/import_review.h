/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions of people about imports of the CPL (T01, T05):
 *
 *   accept  a held import is applied
 *   undo    an applied import is taken back while nobody relies on it: no later revision touches its
 *           entries, no device runs an entry that it added, no campaign walks over one of them
 *   reset   the version and date of the import that stands bind the next list no more
 *
 * Each takes two persons: an editor or an approver opens it, another one, an approver, closes it. Both name
 * the report that they looked at by its SHA-256, so nobody accepts what they did not see. Whoever has no
 * account (this machine's operator: no account exists yet, or the operator's token file) does both at once.
 */
#ifndef FIRPATH_CORE_IMPORT_REVIEW_H
#define FIRPATH_CORE_IMPORT_REVIEW_H

#include "core/access.h"
#include "core/import.h"

enum import_act { IMPORT_ACT_ACCEPT, IMPORT_ACT_UNDO, IMPORT_ACT_RESET };
extern const char *const import_act_text[]; /* "accept", "undo", "reset", NULL */

struct import_decision {
	enum import_act act;
	const struct principal *by; /* who decides */
	const char *hash;           /* SHA-256 of the report looked at; accounts must name it; NULL */
	struct actor who;           /* for the audit */
};
/* Opens or closes a decision about import id (for reset 0 = the import that stands). out: what came of it,
 * the record of the import as import_get() writes it; *ret_revision = the revision it made, 0 = none.
 * ERR_NOT_FOUND; ERR_DENIED: the same person twice, or no approver; ERR_CONFLICT: the report is another one,
 * the import is not in the state for it, or somebody relies on it; ERR_INVALID: no hash. */
int import_decide(struct db *db, int64_t id, const struct import_decision *d, struct str *out,
		  int64_t *ret_revision, struct err *e) MUST_USE;

/* Nothing when the import may be undone now, else ERR_CONFLICT with the reason. */
int import_undo_check(struct db *db, int64_t id, struct err *e) MUST_USE;
/* Members "decisions" and, for an applied list, "undo" of an import's record, into an open object. */
int import_decisions_json(struct db *db, int64_t id, const char *feed, const char *state, bool nameless,
			  struct jw *w, struct err *e) MUST_USE;

#endif
