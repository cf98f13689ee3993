/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of the catalogue by people: a proposal says what shall be stated, withdrawn or confirmed, why, and
 * from when on; checks and impact show what it does; somebody else approves exactly that content; it is
 * published in one transaction, now or by the clerk when its date comes. doc/editing.md;
 * doc/adr/0007-people-and-edits.md numbers 3 and 4. Source: MP231 (the path field must be editable by SECAS,
 * retrospectively too; liability for what is out of date or wrong), T06, T07, T35, T47.
 *
 * States: draft (its author's alone) -> open -> approved (waits for its date) -> published;
 * open or approved -> returned (the author works on it again), withdrawn (by the author), rejected, stale
 * (what it is about changed since the author looked; the author looks again). PUT by the author makes a
 * draft, open, returned or stale proposal open again, and drops any approval.
 *
 * Invariants, which the store checks too: who approves is an account, and another one than the author's; what
 * is published has the hash that was approved; what a proposal published carries its number.
 *
 * Visible: drafts to their author; others to the author's organisation, SECAS (editor, approver) and SSC, and
 * when no embargo holds to auditors; published ones without embargo to every account. For all others
 * ERR_NOT_FOUND, as if there were none.
 *
 * Times are UTC ms; dates are midnights. Errors: ERR_NEEDS_ACCOUNT (no account), ERR_DENIED (not yours),
 * ERR_SECOND_PERSON (author approves), ERR_OTHER_CONTENT (another hash than the approved one),
 * ERR_PROPOSAL_STATE, ERR_PROPOSAL_STALE, ERR_STALE (other version), ERR_LINT (the graph would be broken),
 * ERR_IMPORT (an item is wrong; problems has them all), ERR_BUSY (a newer revision than the snapshot's: take
 * the newest one and call again, as req_again says).
 */
#ifndef FIRPATH_CORE_PROPOSAL_H
#define FIRPATH_CORE_PROPOSAL_H

#include "core/access.h"
#include "core/catalog.h"
#include "core/import.h"

enum proposal_state {
	PROPOSAL_DRAFT,
	PROPOSAL_OPEN,
	PROPOSAL_APPROVED,
	PROPOSAL_PUBLISHED,
	PROPOSAL_RETURNED,
	PROPOSAL_WITHDRAWN,
	PROPOSAL_REJECTED,
	PROPOSAL_STALE,
	PROPOSAL_STATES
};
extern const char *const proposal_state_text[PROPOSAL_STATES + 1]; /* "draft", "open", ..., NULL */

#define PROPOSAL_TITLE_MAX 200
#define PROPOSAL_REASON_MAX 2000
#define PROPOSAL_ITEMS_MAX 500
#define PROPOSAL_BODY_MAX (4 * MIB)
#define PROPOSAL_ANSWER_MAX (16 * MIB)
#define BLOCK_SECOND_MS (24 * INT64_C(3600000)) /* time for the second person in the security lane */

/* Under which circumstances something is done; all borrowed. */
struct edit {
	struct db *db;               /* may write for what changes something */
	const struct snapshot *snap; /* the newest one (req_newest) */
	const struct principal *who;
	int64_t now;               /* UTC ms */
	int64_t cooling_ms;        /* setting proposal_cooling: from approval to publication at least */
	struct problems *problems; /* NULL, or filled when items are wrong */
};

/*
 * A proposal as JSON, the body of POST and PUT /v1/proposals and what pages build from their forms:
 *   {"title", "reason", "effective_on" (date), "embargo_until" (date), "draft" (bool), "items": [...]}
 * An item has op ("state", the default, "withdraw" or "confirm"), and the columns of a statements file:
 * entry, kind (bases, none, any, floor, block), bases (a list, or one text with blanks), source, author,
 * stated_on, confirmed_on, excerpt, reference; for a block also name and protects (whom it protects). Left
 * out: source and author are the proposer's, op confirm's confirmed_on is today. With op withdraw or confirm
 * a missing kind means the entry's path statement. Or it is {"rule": TEXT, "entry" or "model": ID, ...}: text
 * as in core/rule_text.h, which expands to items of kind bases. Or an item of kind excerpt or contact
 * (core/dossier.h).
 */
int proposal_add(const struct edit *x, const char *json, size_t len, int64_t *ret_id, struct err *e) MUST_USE;
/* version: what the caller saw (0 = any): ERR_STALE when it is another by now. For all functions below. */
int proposal_change(const struct edit *x, int64_t id, int64_t version, const char *json, size_t len,
		    struct err *e) MUST_USE;

/* hash: of the content that the approver saw. Publishes at once when no date and no cooling time stand in the
 * way; *ret_revision is then the revision made, else 0. */
int proposal_approve(const struct edit *x, int64_t id, int64_t version, const char *hash, const char *reason,
		     int64_t *ret_revision, struct err *e) MUST_USE;
/* The other ways out; a reason is needed. return and reject: approver, ssc; withdraw: the author. */
enum proposal_end { PROPOSAL_END_RETURN, PROPOSAL_END_REJECT, PROPOSAL_END_WITHDRAW };
int proposal_end(const struct edit *x, int64_t id, int64_t version, enum proposal_end how, const char *reason,
		 struct err *e) MUST_USE;

/* The version that ETag and If-Match speak about; ERR_NOT_FOUND also when x->who may not see it. */
int proposal_version(const struct edit *x, int64_t id, int64_t *ret_version, struct err *e) MUST_USE;
#define PROPOSAL_ETAG_MAX 64
char *proposal_etag(int64_t id, int64_t version, char buf[PROPOSAL_ETAG_MAX]); /* "p7-v3" */

/* One object: proposal, title, reason, state, author {name, organisation}, effective_on, embargo_until,
 * base_revision, version, hash, items[], created_at, waiting_since, approval, publish_at, revision, ended,
 * may[] (what x->who may do: approve, return, reject, withdraw, change) and may_not {verb: sentence}. */
int proposal_json(const struct edit *x, int64_t id, struct str *out, struct err *e) MUST_USE;
struct proposal_filter {
	const char *state; /* NULL = any; a state, or "waiting" (open and approved) */
	bool mine;         /* written by this account */
	int64_t before;    /* id to go on from, 0 = from the newest */
	int64_t limit;     /* 1-500 */
};
/* {"proposals":[... without items], "next"}, newest first. */
int proposal_list_json(const struct edit *x, const struct proposal_filter *f, struct str *out,
		       int64_t *ret_next, struct err *e) MUST_USE;
/* How many proposals wait for a decision that x->who may take (not its own). */
int proposal_count_todo(const struct edit *x, int64_t *ret, struct err *e) MUST_USE;

/* What it would do now, or (what-if) what these items would do; nothing is stored. core/impact.h says what is
 * in the answer. whatif: items of a statements file, or json as for proposal_add (title and reason may be
 * missing). */
int proposal_impact_json(const struct edit *x, int64_t id, struct str *out, struct err *e) MUST_USE;
int whatif_file_json(const struct edit *x, const struct statement_file *items, struct str *out,
		     struct err *e) MUST_USE;
int whatif_json(const struct edit *x, const char *json, size_t len, struct str *out, struct err *e) MUST_USE;
/* {"rule","items":[...],"explained":[sentences]}: what a rule's text expands to. */
int whatif_rule_json(const struct edit *x, const char *json, size_t len, struct str *out,
		     struct err *e) MUST_USE;

/* For the clerk: publishes what is approved and due, some at a time; what cannot be published any more
 * becomes stale, with the reason. *ret_next: when to look again, INT64_MAX = nothing waits. *ret_done: how
 * many were published. */
int proposals_due(struct db *db, int64_t now, int64_t *ret_next, int *ret_done, struct err *e) MUST_USE;

/*
 * The security lane: one person (ssc, editor or approver) blocks an entry or edges at once; a second one
 * ratifies or lifts within BLOCK_SECOND_MS. What nobody looked at stays in force and is overdue (fail
 * closed).
 *   {"entry", "bases" (list or text; none = the entry itself), "name", "message", "link", "protects",
 * "reason"}
 */
int block_add(const struct edit *x, const char *json, size_t len, int64_t *ret_id, int64_t *ret_revision,
	      struct err *e) MUST_USE;
/* Ratify: another account, approver or ssc. Lift: the same, or whoever made it while it waits. */
int block_decide(const struct edit *x, int64_t id, bool ratify, const char *reason, int64_t *ret_revision,
		 struct err *e) MUST_USE;
/* {"block","state" (waiting, ratified, lifted), "entry","bases","name","message","link","protects","by","at",
 * "reason","revision","second":{"due","seconds_left","overdue","by","at","reason"},"may":[...]} */
int block_json(const struct edit *x, int64_t id, struct str *out, struct err *e) MUST_USE;
/* {"blocks":[...],"waiting":n,"overdue":n,"next"} */
int block_list_json(const struct edit *x, const char *state, int64_t before, int64_t limit, struct str *out,
		    int64_t *ret_next, struct err *e) MUST_USE;
/* How many registered devices it keeps where they are: those that run its bases, or, when it has none, what
 * has a step to its entry. A number only, for whoever may see blocks. b: an object of block_list_json. */
int block_devices(const struct edit *x, const struct json *b, int64_t *ret, struct err *e) MUST_USE;
/* For the clerk: an audit event once for each block whose second person is late. */
int blocks_overdue(struct db *db, int64_t now, int64_t *ret_next, struct err *e) MUST_USE;

#endif
