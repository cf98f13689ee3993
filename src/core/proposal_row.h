/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of proposals share. Private to edits. */
#ifndef FIRPATH_CORE_PROPOSAL_ROW_H
#define FIRPATH_CORE_PROPOSAL_ROW_H

#include "core/proposal_content.h"
#include "store/store_ledger.h"

bool proposal_is(const struct store_proposal *p, enum proposal_state state);
/* May x->who see it? The same rule as SQL proposal_page has. */
bool proposal_visible(const struct edit *x, const struct store_proposal *p);
struct store_eyes proposal_eyes(const struct edit *x);
/* Reads one that x->who may see; ERR_NOT_FOUND. */
int proposal_load(const struct edit *x, int64_t id, struct arena *a, struct store_proposal *ret,
		  struct err *e) MUST_USE;

/* Why x->who may not do that with it: OK, or an error to show; the state is looked at too. */
enum proposal_verb { VERB_APPROVE, VERB_RETURN, VERB_REJECT, VERB_WITHDRAW, VERB_CHANGE, VERBS };
extern const char *const proposal_verb_text[VERBS + 1];
int proposal_may(const struct edit *x, const struct store_proposal *p, enum proposal_verb verb,
		 struct err *e) MUST_USE;

/* Who does it and why, for audit rows: under embargo the reason stays in the proposal. */
struct actor proposal_actor(const struct edit *x, const struct store_proposal *p, const char *why);
int proposal_audit(struct db *db, const struct actor *who, const char *action, const struct store_proposal *p,
		   struct err *e) MUST_USE;

/* Entries that moved since its base; ERR_PROPOSAL_STALE names them. */
int proposal_moved(struct db *db, const struct store_proposal *p, struct err *e) MUST_USE;
/* Judges it again and writes it, in the caller's transaction over the newest revision, which x->snap is. */
int proposal_publish(const struct edit *x, struct store_proposal *p, const struct actor *who,
		     int64_t *ret_revision, struct err *e) MUST_USE;
/* In a transaction of its own: it cannot be published any more, and why. */
int proposal_set_stale(struct db *db, int64_t id, int64_t version, const struct actor *who, const char *why,
		       struct err *e) MUST_USE;
/* Is that an error by which a proposal becomes stale? */
bool proposal_is_stale(int code);

#endif
