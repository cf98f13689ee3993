/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import_review.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "core/history.h"
#include "core/import_report.h"
#include "store/store_catalog.h"
#include "store/store_review.h"

const char *const import_act_text[] = { "accept", "undo", "reset", NULL };

/* What is decided about: read once, before the transaction that decides; what can change until then is asked
 * again inside it. */
struct subject {
	int64_t id, revision;
	char feed[16], state[16], hash[SHA256_HEX];
	int64_t decision; /* the open one of this act, 0 = none */
	int64_t first_id; /* its first account */
	char open_hash[SHA256_HEX];
};

static int standing_id(struct db *db, int64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct feed_row f;
	bool got;

	if (store_feed_standing(db, "cpl", 0, &r, e) || store_feed_next(r, &f, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "no Central Products List stands");
	*ret = f.id;
	return OK;
}

static int read_open(struct subject *s, struct db *db, enum import_act act, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_decision d;
	bool got;

	if (store_decision_list(db, s->id, &r, e))
		return e->code;
	for (;;) {
		if (store_decision_next(r, &d, &got, e))
			return e->code;
		if (!got)
			return OK;
		if (strcmp(d.act, import_act_text[act]) || strcmp(d.state, "proposed"))
			continue;
		s->decision = d.id;
		s->first_id = d.first.account_id;
		str_copy(s->open_hash, sizeof s->open_hash, d.hash);
	}
}

static int read_subject(struct subject *s, struct db *db, int64_t id, enum import_act act, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct feed_row f;
	bool got;

	if ((!id && standing_id(db, &id, e)) || store_feed_get(db, id, &r, e) ||
	    store_feed_next(r, &f, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no import %" PRId64, id);
	*s = (struct subject){ .id = id, .revision = f.revision };
	str_copy(s->feed, sizeof s->feed, f.feed);
	str_copy(s->state, sizeof s->state, f.state);
	report_hash(f.report, s->hash);
	rows_done(MOVE(r));
	return read_open(s, db, act, e);
}

static int refuse_state(const struct subject *s, enum import_act act, struct err *e)
{
	static const char *const meant[] = { "held by a gate", "applied", "the list that stands" };

	return err_set(e, ERR_CONFLICT, "import %" PRId64 " is not %s: its state is '%s'", s->id, meant[act],
		       s->state);
}

static int check_state(const struct subject *s, enum import_act act, struct err *e)
{
	bool applied = !strcmp(s->state, "applied") || !strcmp(s->state, "accepted");

	if (strcmp(s->feed, "cpl"))
		return err_set(e, ERR_CONFLICT,
			       "import %" PRId64 " is one of %s; only those of the CPL are decided here",
			       s->id, s->feed);
	if (act == IMPORT_ACT_ACCEPT ? strcmp(s->state, "held") != 0 : !applied)
		return refuse_state(s, act, e);
	return OK;
}

/* Nobody accepts what they did not see. */
static int check_hash(const struct subject *s, const struct import_decision *d, struct err *e)
{
	if (!d->hash)
		return d->by->account_id
			   ? err_set(
				 e, ERR_INVALID,
				 "name the report that you looked at: its report_sha256 as 'hash' (--hash)")
			   : OK;
	if (strcasecmp(d->hash, s->hash) || (s->decision && strcmp(s->open_hash, s->hash)))
		return err_set(e, ERR_CONFLICT,
			       "the report of import %" PRId64
			       " is not the one that was looked at; read it again",
			       s->id);
	return OK;
}

static int check_second(const struct subject *s, const struct import_decision *d, struct err *e)
{
	if (!principal_other_person(d->by, s->first_id))
		return err_set(e, ERR_DENIED,
			       "the first word on import %" PRId64
			       " is yours already; the second is another person's",
			       s->id);
	if (!may(d->by, ROLE_APPROVER))
		return err_set(e, ERR_DENIED, "the second word on import %" PRId64 " needs the role approver",
			       s->id);
	return OK;
}

/* ---- what is done -------------------------------------------------------------------------------------- */

int import_undo_check(struct db *db, int64_t id, struct err *e)
{
	struct store_relied r;
	struct subject s;
	int64_t standing;

	if (read_subject(&s, db, id, IMPORT_ACT_UNDO, e) || check_state(&s, IMPORT_ACT_UNDO, e) ||
	    standing_id(db, &standing, e))
		return e->code;
	if (standing != s.id)
		return err_set(e, ERR_CONFLICT,
			       "import %" PRId64 " came after import %" PRId64 "; undo that one first",
			       standing, s.id);
	if (store_undo_relied(db, s.revision, &r, e))
		return e->code;
	if (r.states)
		return err_set(e, ERR_CONFLICT, "its entries have changed again since");
	if (r.statements)
		return err_set(e, ERR_CONFLICT,
			       "%" PRId64 " path statements were made or ended since about its entries",
			       r.statements);
	if (r.devices)
		return err_set(e, ERR_CONFLICT, "%" PRId64 " registered devices run entries that it added",
			       r.devices);
	if (r.plans)
		return err_set(e, ERR_CONFLICT, "running campaigns walk over its entries");
	return OK;
}

static struct store_voice voice_of(const struct import_decision *d)
{
	return (struct store_voice){ d->by->account_id, d->who.name, d->who.why, d->who.now };
}

static int audit_it(struct db *db, const struct subject *s, const struct import_decision *d,
		    const char *action, int64_t revision, struct err *e)
{
	STR(after, 512);
	struct jw w = jw_start(&after);
	char subject[40];

	jw_obj(&w);
	jw_kint(&w, "import", s->id);
	jw_kstr(&w, "act", import_act_text[d->act]);
	jw_kstr(&w, "report_sha256", s->hash);
	jw_end(&w);
	snprintf(subject, sizeof subject, "import/%" PRId64, s->id);
	return audit_add(db, &d->who, action, subject, NULL, str_c(&after), revision, NULL, e);
}

/* Whoever has no account is both voices. */
static int open_own(struct subject *s, struct db *db, const struct import_decision *d, struct err *e)
{
	struct store_voice first = voice_of(d);

	if (s->decision)
		return OK;
	return store_decision_add(db, s->id, import_act_text[d->act], s->hash, &first, &s->decision, e);
}

static int undo_do(struct subject *s, struct db *db, const struct import_decision *d, struct str *out,
		   int64_t *ret_revision, struct err *e)
{
	struct store_voice second = voice_of(d);
	int64_t revision;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || import_undo_check(db, s->id, e))
		return err_wrap(e, "import %" PRId64 " cannot be undone", s->id);
	if (open_own(s, db, d, e) || ledger_advance(db, &d->who, "import-undo", &revision, e) ||
	    store_undo(db, s->revision, revision, e) || store_catalog_room(db, e) ||
	    store_decision_close(db, s->decision, &second, revision, e) ||
	    audit_it(db, s, d, "import-undo", revision, e) || import_get(db, s->id, false, out, e) ||
	    tx_keep(&tx, e))
		return e->code;
	*ret_revision = revision;
	return OK;
}

static int reset_do(struct subject *s, struct db *db, const struct import_decision *d, struct str *out,
		    struct err *e)
{
	struct store_voice second = voice_of(d);
	int64_t standing, head;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || standing_id(db, &standing, e) || ledger_head(db, &head, e))
		return e->code;
	if (standing != s->id)
		return refuse_state(s, IMPORT_ACT_RESET, e);
	if (open_own(s, db, d, e) || store_decision_close(db, s->decision, &second, head, e) ||
	    audit_it(db, s, d, "mark-reset", 0, e) || import_get(db, s->id, false, out, e))
		return e->code;
	return tx_keep(&tx, e);
}

static int accept_do(struct subject *s, struct db *db, const struct import_decision *d, struct str *out,
		     int64_t *ret_revision, struct err *e)
{
	OWN(import_report_free) struct import_report *r = NULL;
	struct store_voice second = voice_of(d);

	if (import_accept_as(db, s->id, &d->who, s->decision, &second, &r, e))
		return e->code;
	*ret_revision = r->revision;
	str_addn(out, str_c(&r->json), r->json.len);
	return OK;
}

/* The first of two voices. */
static int open_it(struct subject *s, struct db *db, const struct import_decision *d, struct str *out,
		   struct err *e)
{
	static const char *const action[] = { "import-accept-ask", "import-undo-ask", "mark-reset-ask" };
	struct store_voice first = voice_of(d);
	struct subject again;
	TX(tx);

	if (!may(d->by, ROLES_SECAS))
		return err_set(e, ERR_DENIED, "this needs one of these roles: editor approver");
	if (tx_begin(&tx, db, true, e) || read_subject(&again, db, s->id, d->act, e) ||
	    check_state(&again, d->act, e))
		return e->code;
	if (again.decision)
		return err_set(e, ERR_CONFLICT, "somebody else spoke first this moment; read it again");
	if (d->act == IMPORT_ACT_UNDO && import_undo_check(db, s->id, e))
		return err_wrap(e, "import %" PRId64 " cannot be undone", s->id);
	if (store_decision_add(db, s->id, import_act_text[d->act], s->hash, &first, &s->decision, e) ||
	    audit_it(db, s, d, action[d->act], 0, e) || import_get(db, s->id, false, out, e))
		return e->code;
	return tx_keep(&tx, e);
}

int import_decide(struct db *db, int64_t id, const struct import_decision *d, struct str *out,
		  int64_t *ret_revision, struct err *e)
{
	int64_t revision = 0;
	struct subject s;
	int rc = OK;

	if (read_subject(&s, db, id, d->act, e) || check_state(&s, d->act, e) || check_hash(&s, d, e))
		return e->code;
	if (d->by->account_id && !s.decision)
		rc = open_it(&s, db, d, out, e);
	else if (d->by->account_id && check_second(&s, d, e))
		rc = (int)e->code;
	else if (d->act == IMPORT_ACT_ACCEPT)
		rc = accept_do(&s, db, d, out, &revision, e);
	else
		rc = d->act == IMPORT_ACT_UNDO ? undo_do(&s, db, d, out, &revision, e)
					       : reset_do(&s, db, d, out, e);
	if (rc) /* out was written inside the transaction: what is told is what was kept */
		return rc;
	*ret_revision = revision;
	return OK;
}

/* ---- what is said of it -------------------------------------------------------------------------------- */

static void voice_json(struct jw *w, const char *name, const struct store_voice *v, bool nameless)
{
	jw_key(w, name);
	if (!v->who) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "who", history_name(v->who, nameless));
	jw_kstr(w, "why", v->why);
	jw_ktime(w, "at", v->at);
	jw_end(w);
}

int import_decisions_json(struct db *db, int64_t id, const char *feed, const char *state, bool nameless,
			  struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_decision d;
	struct err why = { 0 };
	bool got;

	if (store_decision_list(db, id, &r, e))
		return e->code;
	jw_key(w, "decisions");
	jw_arr(w);
	for (;;) {
		if (store_decision_next(r, &d, &got, e))
			return e->code;
		if (!got)
			break;
		jw_obj(w);
		jw_kstr(w, "act", d.act);
		jw_kstr(w, "state", d.state);
		voice_json(w, "first", &d.first, nameless);
		voice_json(w, "second", &d.second, nameless);
		jw_key(w, "revision");
		if (d.revision)
			jw_int(w, d.revision);
		else
			jw_null(w);
		jw_end(w);
	}
	jw_arr_end(w);
	rows_done(MOVE(r));
	if (strcmp(feed, "cpl") || (strcmp(state, "applied") && strcmp(state, "accepted")))
		return OK;
	if (import_undo_check(db, id, &why) && why.code != ERR_CONFLICT) {
		*e = why;
		return e->code;
	}
	jw_key(w, "undo");
	jw_obj(w);
	jw_kbool(w, "possible", !why.code);
	jw_kstr(w, "why_not", why.code ? why.msg : NULL);
	jw_end(w);
	return OK;
}
