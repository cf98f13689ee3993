/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proposal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/proposal_row.h"

const char *const proposal_state_text[PROPOSAL_STATES + 1] = { "draft",     "open",     "approved",
							       "published", "returned", "withdrawn",
							       "rejected",  "stale",    NULL };
const char *const proposal_verb_text[VERBS + 1] = {
	"approve", "return", "reject", "withdraw", "change", NULL
};

bool proposal_is(const struct store_proposal *p, enum proposal_state state)
{
	return !strcmp(p->state, proposal_state_text[state]);
}

/* ---- who may ---- */

struct store_eyes proposal_eyes(const struct edit *x)
{
	return (struct store_eyes){ .account = x->who->account_id ? x->who->account_id : -1,
				    .org = x->who->org_id,
				    .all = may(x->who, ROLES_SECAS | ROLE_SSC),
				    .open = may(x->who, ROLE_AUDITOR),
				    .person = may(x->who, ROLES_PEOPLE),
				    .now = x->now };
}

bool proposal_visible(const struct edit *x, const struct store_proposal *p)
{
	struct store_eyes eyes = proposal_eyes(x);

	if (p->author_id == eyes.account)
		return true;
	if (proposal_is(p, PROPOSAL_DRAFT))
		return false;
	if ((eyes.org > 0 && p->org_id == eyes.org) || eyes.all)
		return true;
	if (p->embargo_until > x->now)
		return false;
	return eyes.open || (eyes.person && proposal_is(p, PROPOSAL_PUBLISHED));
}

int proposal_load(const struct edit *x, int64_t id, struct arena *a, struct store_proposal *ret,
		  struct err *e)
{
	bool got;

	if (store_proposal_get(x->db, id, a, ret, &got, e))
		return e->code;
	if (!got || !proposal_visible(x, ret))
		return err_set(e, ERR_NOT_FOUND, "there is no proposal %" PRId64, id);
	return OK;
}

static int who_may(const struct edit *x, const struct store_proposal *p, enum proposal_verb verb,
		   struct err *e)
{
	bool author = x->who->account_id > 0 && p->author_id == x->who->account_id;

	if (x->who->account_id <= 0)
		return err_set(e, ERR_NEEDS_ACCOUNT, "to %s a proposal somebody signs in with an account",
			       proposal_verb_text[verb]);
	if (verb == VERB_WITHDRAW || verb == VERB_CHANGE)
		return author ? OK
			      : err_set(e, ERR_DENIED, "only who wrote proposal %" PRId64 " can %s it", p->id,
					proposal_verb_text[verb]);
	if (!may(x->who, verb == VERB_APPROVE ? ROLE_APPROVER : ROLE_APPROVER | ROLE_SSC))
		return err_set(e, ERR_DENIED, "to %s a proposal needs the role approver%s",
			       proposal_verb_text[verb], verb == VERB_APPROVE ? "" : " or ssc");
	if (!principal_other_person(x->who, p->author_id))
		return err_set(e, ERR_SECOND_PERSON,
			       "you wrote proposal %" PRId64 "; somebody else must %s it", p->id,
			       proposal_verb_text[verb]);
	return OK;
}

static bool state_fits(const struct store_proposal *p, enum proposal_verb verb)
{
	if (verb == VERB_APPROVE)
		return proposal_is(p, PROPOSAL_OPEN);
	if (verb == VERB_RETURN || verb == VERB_REJECT)
		return proposal_is(p, PROPOSAL_OPEN) || proposal_is(p, PROPOSAL_APPROVED);
	if (verb == VERB_CHANGE)
		return proposal_is(p, PROPOSAL_DRAFT) || proposal_is(p, PROPOSAL_OPEN) ||
		       proposal_is(p, PROPOSAL_APPROVED) || proposal_is(p, PROPOSAL_RETURNED) ||
		       proposal_is(p, PROPOSAL_STALE);
	return !proposal_is(p, PROPOSAL_PUBLISHED) && !proposal_is(p, PROPOSAL_WITHDRAWN) &&
	       !proposal_is(p, PROPOSAL_REJECTED);
}

int proposal_may(const struct edit *x, const struct store_proposal *p, enum proposal_verb verb, struct err *e)
{
	if (who_may(x, p, verb, e))
		return e->code;
	if (!state_fits(p, verb))
		return err_set(e, ERR_PROPOSAL_STATE, "proposal %" PRId64 " is %s: nobody can %s it now",
			       p->id, p->state, proposal_verb_text[verb]);
	return OK;
}

static int version_is(const struct store_proposal *p, int64_t version, struct err *e)
{
	if (!version || version == p->version)
		return OK;
	return err_set(e, ERR_STALE, "proposal %" PRId64 " is at version %" PRId64 " now, you had %" PRId64,
		       p->id, p->version, version);
}

/* ---- audit ---- */

/* What the chain must not say yet, or at all: it is read by more people than an embargo or a draft allows. */
static bool is_hushed(const struct store_proposal *p, int64_t now)
{
	return p->embargo_until > now || proposal_is(p, PROPOSAL_DRAFT);
}

struct actor proposal_actor(const struct edit *x, const struct store_proposal *p, const char *why)
{
	return (struct actor){ .name = x->who->name, .why = is_hushed(p, x->now) ? "" : why, .now = x->now };
}

int proposal_audit(struct db *db, const struct actor *who, const char *action, const struct store_proposal *p,
		   struct err *e)
{
	STR(after, 8 * KIB);
	struct jw w = jw_start(&after);
	char subject[40];

	jw_obj(&w);
	jw_kint(&w, "proposal", p->id);
	jw_kstr(&w, "state", p->state);
	jw_kstr(&w, "hash", p->hash);
	if (!is_hushed(p, who->now))
		jw_kstr(&w, "title", p->title);
	jw_kstr(&w, "author", p->author);
	if (p->approver)
		jw_kstr(&w, "approver", p->approver);
	jw_kdate(&w, "effective_on", p->effective_on);
	if (p->publish_at >= 0)
		jw_ktime(&w, "publish_at", p->publish_at);
	jw_end(&w);
	snprintf(subject, sizeof subject, "proposal/%" PRId64, p->id);
	return audit_add(db, who, action, subject, NULL, str_c(&after), 0, NULL, e);
}

/* ---- writing ---- */

static int keep_entries(struct db *db, int64_t id, const struct content *c, struct err *e)
{
	if (db_exec(db, SQL_PROPOSAL_ENTRY_CLEAR, ARGS(VINT(id)), NULL, e))
		return e->code;
	for (size_t i = 0; i < c->rows.rows.n; i++) {
		const struct statement_line *r = &c->rows.rows.v[i];

		if (db_exec(db, SQL_PROPOSAL_ENTRY_ADD, ARGS(VINT(id), VINT(r->entry_id), VINT(0)), NULL, e))
			return e->code;
		for (size_t k = 0; k < r->nbases; k++)
			if (db_exec(db, SQL_PROPOSAL_ENTRY_ADD, ARGS(VINT(id), VINT(r->bases[k]), VINT(1)),
				    NULL, e))
				return e->code;
	}
	return OK;
}

/* Everything that must hold before somebody else is asked to look at it. */
static int read_and_judge(struct content *c, const struct edit *x, const char *json, size_t len,
			  struct err *e)
{
	if (x->who->account_id <= 0)
		return err_set(e, ERR_NEEDS_ACCOUNT, "a proposal has an author: sign in with an account");
	if (!may(x->who, ROLES_PROPOSE))
		return err_set(e, ERR_DENIED, "to propose needs the role editor or manufacturer");
	if (content_read(c, x, json, len, false, e) || content_permitted(c, x, e))
		return e->code;
	if (!content_changes(c))
		return err_set(e, ERR_INVALID, "every item says what stands already: nothing would change");
	return c->draft ? OK : content_lint(c, x->snap->graph, x->now, e);
}

static void take_content(struct store_proposal *p, const struct content *c, const struct edit *x)
{
	p->state = proposal_state_text[c->draft ? PROPOSAL_DRAFT : PROPOSAL_OPEN];
	p->title = c->title;
	p->reason = c->reason;
	p->items = str_c(&c->items);
	p->hash = c->hash;
	p->effective_on = c->effective_on;
	p->embargo_until = c->embargo_until;
	p->base_rev = x->snap->revision;
	p->waiting_since = c->draft ? -1 : x->now;
	p->approver_id = 0;
	p->approver = p->approved_hash = p->approve_why = NULL;
	p->approved_at = p->publish_at = -1;
	p->ended_at = -1;
	p->ended_by = p->ended_why = NULL;
}

int proposal_add(const struct edit *x, const char *json, size_t len, int64_t *ret_id, struct err *e)
{
	OWN(content_done) struct content c;
	struct store_proposal p = { .author_id = x->who->account_id,
				    .author = x->who->name,
				    .org_id = x->who->org_id,
				    .org = x->who->org,
				    .created_at = x->now };
	struct actor who;
	TX(tx);

	content_init(&c);
	if (tx_begin(&tx, x->db, true, e) || snapshot_check(x->db, x->snap, e) ||
	    read_and_judge(&c, x, json, len, e))
		return e->code;
	take_content(&p, &c, x);
	who = proposal_actor(x, &p, p.reason);
	if (store_proposal_add(x->db, &p, &p.id, e) || keep_entries(x->db, p.id, &c, e) ||
	    proposal_audit(x->db, &who, c.draft ? "proposal-draft" : "proposal-open", &p, e) ||
	    tx_keep(&tx, e))
		return e->code;
	*ret_id = p.id;
	return OK;
}

int proposal_change(const struct edit *x, int64_t id, int64_t version, const char *json, size_t len,
		    struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	OWN(content_done) struct content c;
	struct store_proposal p;
	struct actor who;
	TX(tx);

	content_init(&c);
	if (tx_begin(&tx, x->db, true, e) || snapshot_check(x->db, x->snap, e) ||
	    proposal_load(x, id, a, &p, e) || proposal_may(x, &p, VERB_CHANGE, e) ||
	    version_is(&p, version, e) || read_and_judge(&c, x, json, len, e))
		return e->code;
	if (c.draft && !proposal_is(&p, PROPOSAL_DRAFT))
		return err_set(e, ERR_PROPOSAL_STATE,
			       "proposal %" PRId64 " was open before: it cannot become a draft again", id);
	take_content(&p, &c, x);
	who = proposal_actor(x, &p, p.reason);
	if (store_proposal_put(x->db, &p, x->now, e) || keep_entries(x->db, id, &c, e) ||
	    proposal_audit(x->db, &who, "proposal-change", &p, e) || tx_keep(&tx, e))
		return e->code;
	return OK;
}

/* ---- deciding ---- */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* In the transaction: everything that an approval is bound to, then the approval itself. */
static int approve(const struct edit *x, struct store_proposal *p, int64_t version, const char *hash,
		   const char *reason, int64_t *ret_revision, struct err *e)
{
	OWN(content_done) struct content c;
	struct actor who;

	content_init(&c);
	if (proposal_may(x, p, VERB_APPROVE, e) || version_is(p, version, e))
		return e->code;
	if (strcmp(hash, p->hash))
		return err_set(e, ERR_OTHER_CONTENT,
			       "proposal %" PRId64 " has the hash %.16s... now, the approval names %.16s...",
			       p->id, p->hash, hash);
	if (proposal_moved(x->db, p, e) || content_stored(&c, x, p, e) ||
	    content_lint(&c, x->snap->graph, x->now, e))
		return e->code;
	p->state = proposal_state_text[PROPOSAL_APPROVED];
	p->approver_id = x->who->account_id;
	p->approver = x->who->name;
	p->approved_at = x->now;
	p->approved_hash = p->hash;
	p->approve_why = reason;
	p->publish_at = later(x->now + x->cooling_ms, later(p->effective_on, p->embargo_until));
	p->waiting_since = -1;
	who = proposal_actor(x, p, reason);
	if (store_proposal_put(x->db, p, x->now, e) || proposal_audit(x->db, &who, "proposal-approve", p, e))
		return e->code;
	p->version++;
	if (p->publish_at > x->now)
		return OK;
	who.why = p->reason;
	return proposal_publish(x, p, &who, ret_revision, e);
}

int proposal_approve(const struct edit *x, int64_t id, int64_t version, const char *hash, const char *reason,
		     int64_t *ret_revision, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct store_proposal p = { .id = id };
	struct err why;
	int64_t revision = 0, was;
	int rc;
	TX(tx);

	if (tx_begin(&tx, x->db, true, e) || snapshot_check(x->db, x->snap, e) ||
	    proposal_load(x, id, a, &p, e))
		return e->code;
	was = p.version;
	rc = approve(x, &p, version, hash, reason ? reason : "", &revision, e);
	if (!rc && !(rc = tx_keep(&tx, e)))
		*ret_revision = revision;
	if (!proposal_is_stale(rc))
		return rc;
	/* Nothing of the approval stands; that it must be looked at again does. */
	tx_drop(&tx);
	{
		struct actor who = proposal_actor(x, &p, e->msg);

		if (proposal_set_stale(x->db, id, was, &who, e->msg, &why))
			*e = why;
		else if (e->code != ERR_LINT)
			e->code = ERR_PROPOSAL_STALE;
	}
	return e->code;
}

int proposal_end(const struct edit *x, int64_t id, int64_t version, enum proposal_end how, const char *reason,
		 struct err *e)
{
	static const struct {
		enum proposal_verb verb;
		enum proposal_state state;
		const char *action;
	} ends[] = { { VERB_RETURN, PROPOSAL_RETURNED, "proposal-return" },
		     { VERB_REJECT, PROPOSAL_REJECTED, "proposal-reject" },
		     { VERB_WITHDRAW, PROPOSAL_WITHDRAWN, "proposal-withdraw" } };
	OWN(arena_free) struct arena *a = arena_new();
	struct store_proposal p;
	struct actor who;
	TX(tx);

	if (tx_begin(&tx, x->db, true, e) || proposal_load(x, id, a, &p, e) ||
	    proposal_may(x, &p, ends[how].verb, e) || version_is(&p, version, e))
		return e->code;
	if (!reason || !*reason) {
		err_set(e, ERR_INVALID, "to %s a proposal a reason is needed",
			proposal_verb_text[ends[how].verb]);
		return err_at(e, "/reason", 0, 0);
	}
	p.state = proposal_state_text[ends[how].state];
	p.approver_id = 0;
	p.approver = p.approved_hash = p.approve_why = NULL;
	p.approved_at = p.publish_at = p.waiting_since = -1;
	p.ended_at = x->now;
	p.ended_by = x->who->name;
	p.ended_why = reason;
	who = proposal_actor(x, &p, reason);
	if (store_proposal_put(x->db, &p, x->now, e) ||
	    proposal_audit(x->db, &who, ends[how].action, &p, e) || tx_keep(&tx, e))
		return e->code;
	return OK;
}

int proposal_version(const struct edit *x, int64_t id, int64_t *ret_version, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct store_proposal p;

	if (proposal_load(x, id, a, &p, e))
		return e->code;
	*ret_version = p.version;
	return OK;
}

char *proposal_etag(int64_t id, int64_t version, char buf[PROPOSAL_ETAG_MAX])
{
	snprintf(buf, PROPOSAL_ETAG_MAX, "p%" PRId64 "-v%" PRId64, id, version);
	return buf;
}
