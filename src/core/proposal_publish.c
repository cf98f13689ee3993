/* SPDX-License-Identifier: Apache-2.0 */
/* From an approved proposal to a revision: everything is judged once more in the transaction that writes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/people.h"
#include "core/proposal_row.h"
#include "store/store_catalog.h"

#define DUE_AT_ONCE 8 /* proposals in one call of the clerk */
#define BEFORE_AFTER_MAX (16 * MIB)

bool proposal_is_stale(int code)
{
	return code == ERR_PROPOSAL_STALE || code == ERR_IMPORT || code == ERR_LINT;
}

int proposal_moved(struct db *db, const struct store_proposal *p, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	STR(names, 600);
	bool got;

	if (db_run(db, SQL_PROPOSAL_MOVED, ARGS(VINT(p->id), VINT(p->base_rev)), &r, e))
		return e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		str_addf(&names, "%s%s:%s", names.len ? ", " : "", rows_text(r, 0), rows_text(r, 1));
	}
	if (!names.len && !names.over)
		return OK;
	return err_set(e, ERR_PROPOSAL_STALE,
		       "since its author looked at revision %" PRId64 " something changed about %s",
		       p->base_rev, str_c(&names));
}

/* The statements of each step before and after, for the audit row. */
static void tell_steps(const struct content *c, const struct graph *g, bool after, struct jw *w)
{
	jw_arr(w);
	for (size_t i = 0; i < c->steps.v.n; i++) {
		const struct statement_step *s = &c->steps.v.v[i];
		struct statement_line now;
		int64_t effective;

		if (s->does == DOES_SAME)
			continue;
		if (!after)
			standing_json(s->old, g, w);
		else if (statement_step_now(&c->steps, s, &now, &effective))
			statement_line_json(&now, g, effective, w);
		else
			jw_null(w);
	}
	jw_arr_end(w);
}

/* What the audit row of a publication says; the statements are there, the dossier's items join while they are
 * written. */
struct told {
	struct str before, after;
	struct jw b, a;
};
static void told_done(struct told *t)
{
	str_done(&t->before);
	str_done(&t->after);
}
DEFINE_OWN_VAL(struct told, told_done)

static void told_start(struct told *t, const struct content *c, const struct graph *g,
		       const struct store_proposal *p)
{
	str_init(&t->before, BEFORE_AFTER_MAX);
	str_init(&t->after, BEFORE_AFTER_MAX);
	t->b = jw_start(&t->before);
	t->a = jw_start(&t->after);
	jw_obj(&t->b);
	jw_key(&t->b, "statements");
	tell_steps(c, g, false, &t->b);
	jw_obj(&t->a);
	jw_kint(&t->a, "proposal", p->id);
	jw_kstr(&t->a, "title", p->title);
	jw_kstr(&t->a, "hash", p->hash);
	jw_kstr(&t->a, "author", p->author);
	jw_kstr(&t->a, "approver", p->approver);
	jw_kdate(&t->a, "effective_on", c->steps.effective_on);
	jw_key(&t->a, "statements");
	tell_steps(c, g, true, &t->a);
}

static int told_end(struct told *t, const struct edit *x, const struct store_proposal *p,
		    const struct actor *who, int64_t revision, struct err *e)
{
	char subject[40];

	jw_end(&t->b);
	jw_end(&t->a);
	if (t->before.over || t->after.over)
		return err_set(e, ERR_TOO_LARGE, "what the proposal changes is too large for one audit row");
	snprintf(subject, sizeof subject, "proposal/%" PRId64, p->id);
	return audit_add(x->db, who, "proposal-publish", subject, str_c(&t->before), str_c(&t->after),
			 revision, NULL, e);
}

/* Everything that must hold in the transaction that writes. */
static int judge_again(struct content *c, const struct edit *x, const struct store_proposal *p, struct err *e)
{
	if (proposal_moved(x->db, p, e) || content_stored(c, x, p, e))
		return e->code;
	if (!p->approved_hash || strcmp(c->hash, p->hash) || strcmp(p->approved_hash, c->hash))
		return err_set(e, ERR_PROPOSAL_STALE, "the stored content is not what was approved");
	return content_lint(c, x->snap->graph, x->now, e);
}

int proposal_publish(const struct edit *x, struct store_proposal *p, const struct actor *who,
		     int64_t *ret_revision, struct err *e)
{
	OWN(content_done) struct content c;
	OWN(told_done) struct told told = { .before = { 0 } };
	int64_t revision;
	bool dossier = false;

	content_init(&c);
	if (judge_again(&c, x, p, e) || ledger_advance(x->db, who, "proposal", &revision, e))
		return e->code;
	told_start(&told, &c, x->snap->graph, p);
	if (statement_steps_apply(&c.steps, x->db, revision, p->id, e) ||
	    content_dossier_apply(&c, x->db, revision, &told.b, &told.a, &dossier, e))
		return e->code;
	if (!dossier && !statement_steps_change(&c.steps))
		return err_set(e, ERR_PROPOSAL_STALE, "everything that it says stands already");
	if (store_catalog_check(x->db, revision, e) || told_end(&told, x, p, who, revision, e))
		return e->code;
	p->state = proposal_state_text[PROPOSAL_PUBLISHED];
	p->revision = revision;
	if (store_proposal_put(x->db, p, x->now, e))
		return e->code;
	p->version++;
	*ret_revision = revision;
	return OK;
}

int proposal_set_stale(struct db *db, int64_t id, int64_t version, const struct actor *who, const char *why,
		       struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct store_proposal p;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || store_proposal_get(db, id, a, &p, &got, e))
		return e->code;
	if (!got || p.version != version)
		return OK; /* somebody else was quicker */
	p.state = proposal_state_text[PROPOSAL_STALE];
	p.approver_id = 0;
	p.approver = p.approved_hash = p.approve_why = NULL;
	p.approved_at = p.publish_at = p.waiting_since = -1;
	p.ended_at = who->now;
	p.ended_by = who->name;
	p.ended_why = why;
	if (store_proposal_put(db, &p, who->now, e) || proposal_audit(db, who, "proposal-stale", &p, e) ||
	    tx_keep(&tx, e))
		return e->code;
	return OK;
}

/* ---- the clerk ---- */

static int next_due(struct db *db, int64_t now, int64_t *ret_id, bool *ret_got, struct err *e)
{
	return db_one(db, SQL_PROPOSAL_DUE, ARGS(VINT(now)), ret_got, ret_id, e);
}

/* Between the approval and its day whoever approved may have been found out: the word of somebody who could
 * not give it now publishes nothing (T07). */
static int approver_stands(struct db *db, const struct store_proposal *p, struct err *e)
{
	struct account a;
	int rc = account_get(db, p->approver_id, &a, e);

	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	if (rc || a.disabled || !(a.roles & ROLE_APPROVER))
		return err_set(e, ERR_PROPOSAL_STALE, "%s, who approved it, may not approve any more",
			       p->approver);
	return OK;
}

static int publish_due(struct db *db, int64_t id, int64_t now, int *done, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	OWN(snapshot_free) struct snapshot *snap = NULL;
	struct principal clerk = principal_nobody();
	struct edit x = { .db = db, .who = &clerk, .now = now };
	struct store_proposal p;
	struct actor who = { .name = "clerk", .now = now };
	struct err why;
	int64_t revision;
	bool got;
	int rc;

	if (snapshot_load(db, 0, &snap, e))
		return e->code;
	x.snap = snap;
	{
		TX(tx);

		if (tx_begin(&tx, db, true, e) || snapshot_check(db, snap, e) ||
		    store_proposal_get(db, id, a, &p, &got, e))
			return e->code;
		if (!got || !proposal_is(&p, PROPOSAL_APPROVED) || p.publish_at > now)
			return OK;
		who.why = p.reason;
		rc = approver_stands(db, &p, e);
		if (!rc)
			rc = proposal_publish(&x, &p, &who, &revision, e);
		if (!rc && !(rc = tx_keep(&tx, e)))
			++*done;
	}
	if (!proposal_is_stale(rc))
		return rc;
	why = *e;
	who.why = why.msg;
	return proposal_set_stale(db, id, p.version, &who, why.msg, e);
}

int proposals_due(struct db *db, int64_t now, int64_t *ret_next, int *ret_done, struct err *e)
{
	int64_t id, next;
	bool got;

	*ret_done = 0;
	for (int i = 0; i < DUE_AT_ONCE; i++) {
		if (next_due(db, now, &id, &got, e))
			return e->code;
		if (!got)
			break;
		if (publish_due(db, id, now, ret_done, e))
			return err_wrap(e, "proposal %" PRId64, id);
	}
	if (db_one(db, SQL_PROPOSAL_NEXT, NOARGS, &got, &next, e))
		return e->code;
	*ret_next = got ? next : INT64_MAX;
	return OK;
}
