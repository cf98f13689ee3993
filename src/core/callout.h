/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call-outs: somebody reports that a path is missing, wrong, stale or cannot be obtained, and sees what comes
 * of it. SECAS works the queue; the manufacturer whose code the entry has is asked through SECAS and answers;
 * the answer becomes a proposal. Source: MP231 (call out by exception instead of keeping everything up to
 * date everywhere; service levels; suppliers without a contract get no release notes).
 *
 *   open ---ask---> with-manufacturer ---answer---> answered
 *   open, answered, with-manufacturer ---close---> closed, ---reject---> rejected (both ends)
 *   answered ---ask---> with-manufacturer (again); open ---answer---> answered (the manufacturer was quicker)
 *
 * Every state but the last two has a clock: secas_sla while SECAS has it (open, answered), manufacturer_sla
 * while the manufacturer has it; plain days. At 50, 80 and 100 percent the clerk writes `callout-escalate`.
 *
 * Everybody sees that a call-out stands, its kind, entries, state and clock; never who is behind it. Its text
 * and messages are for the reporter's organisation, SECAS, SSC, auditors and the manufacturer; names are for
 * SECAS and auditors alone.
 *
 * A dispute marks the path of the entry as doubted (model/freshness.h). It may come from a call-out, and ends
 * with it, or is settled before. Times are UTC ms.
 */
#ifndef FIRPATH_CORE_CALLOUT_H
#define FIRPATH_CORE_CALLOUT_H

#include "base/json.h"
#include "base/mem.h"
#include "core/access.h"
#include "core/catalog.h"
#include "store/db.h"

extern const char *const callout_kind_text[];  /* "missing", "wrong", "stale", "unobtainable", NULL */
extern const char *const callout_state_text[]; /* "open", "with-manufacturer", "answered", "closed",
						  "rejected", NULL */
#define CALLOUT_TEXT_MAX 2000                  /* characters */
#define CALLOUT_OPEN_MAX 100                   /* open call-outs of one account */
#define CALLOUT_BODY_MAX (32 * KIB)

/* Under which circumstances something is done; all borrowed. */
struct callout_desk {
	struct db *db;               /* may write for what changes something */
	const struct snapshot *snap; /* the newest one */
	const struct principal *who;
	int64_t now; /* UTC ms */
};

/* As people write it; NULL and "" both mean none. */
struct callout_new {
	const char *kind;
	const char *entry; /* the entry that is reached, or cannot be: an Entry ID */
	const char *from;  /* where the path would begin, or none */
	const char *text;
};
/* ERR_INVALID or ERR_NOT_FOUND with e->where = the member; ERR_CONFLICT when this account has the same one
 * open (its number is in the sentence), or CALLOUT_OPEN_MAX of them. */
int callout_add(const struct callout_desk *x, const struct callout_new *in, int64_t *ret_id,
		struct err *e) MUST_USE;

enum callout_verb {
	CALLOUT_ASK,     /* SECAS passes it to the manufacturer */
	CALLOUT_ANSWER,  /* the manufacturer (or SECAS for it) says how it is */
	CALLOUT_CLOSE,   /* SECAS, or the reporter who needs it no more */
	CALLOUT_REJECT,  /* SECAS: there is nothing to mend */
	CALLOUT_SAY,     /* a message more; the state stays */
	CALLOUT_DISPUTE, /* SECAS marks the entry's path as disputed */
	CALLOUT_SETTLE,  /* ... and no more */
	CALLOUT_VERBS
};
extern const char *const callout_verb_text[CALLOUT_VERBS + 1]; /* "ask", "answer", ..., NULL */
/* What is said with a verb. */
struct callout_word {
	const char *text;  /* needed for all but ask and settle */
	const char *kind;  /* answer: "bases", "none", "any"; NULL = in words only */
	const char *bases; /* answer of kind bases: Entry IDs with blanks between */
	int64_t proposal;  /* close: the proposal that mends it, 0 = none */
};
/* ERR_NOT_FOUND, ERR_DENIED (not yours to do), ERR_CONFLICT (not in this state), ERR_INVALID.
 * *ret_revision: the revision made (disputes), else 0. */
int callout_do(const struct callout_desk *x, int64_t id, enum callout_verb verb,
	       const struct callout_word *word, int64_t *ret_revision, struct err *e) MUST_USE;
/* Notes the proposal that came of it; its state stays. ERR_DENIED unless SECAS or the manufacturer. */
int callout_set_proposal(const struct callout_desk *x, int64_t id, int64_t proposal, struct err *e) MUST_USE;
/* The body of a proposal (core/proposal.h, a draft) that says what was answered. ERR_CONFLICT when nothing
 * was answered that could be proposed. */
int callout_draft_json(const struct callout_desk *x, int64_t id, struct str *out, struct err *e) MUST_USE;

/* Makes that draft, as whoever asks, and notes it. ERR_BUSY: the catalogue moved on (req_again). */
int callout_propose(const struct callout_desk *x, int64_t id, int64_t *ret_proposal, struct err *e) MUST_USE;

/* {"callout","kind","entry","from","manufacturer","state","opened_at","closed_at","clock":{"since","due",
 * "seconds_left","percent","late"} or
 * null,"proposal","disputed","mine","text","answer","reporter","messages":[...], "may":[verbs]}; text,
 * messages and reporter are null for those who may not see them. */
int callout_json(const struct callout_desk *x, int64_t id, struct str *out, struct err *e) MUST_USE;
struct callout_filter {
	const char *state; /* a state, "waiting" (not ended), or NULL = any */
	const char *entry; /* an Entry ID, or NULL */
	bool mine;         /* raised by this account or its organisation */
	bool todo;         /* waiting for whoever asks: SECAS's, or the manufacturer's own */
	int64_t before;    /* number to go on from, 0 = from the newest */
	int64_t limit;     /* 1-500 */
};
/* {"callouts":[... without texts and messages],"next"}, newest first. */
int callout_list_json(const struct callout_desk *x, const struct callout_filter *f, struct str *out,
		      struct err *e) MUST_USE;
/* How many wait for whoever asks. */
int callout_count_todo(const struct callout_desk *x, int64_t *ret, struct err *e) MUST_USE;

/* For the clerk: writes what reached 50, 80 or 100 percent of its clock, some at a time. */
int callouts_escalate(struct db *db, int64_t now, int64_t *ret_next, struct err *e) MUST_USE;

#endif
