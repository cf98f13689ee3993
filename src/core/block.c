/* SPDX-License-Identifier: Apache-2.0 */
/* The security lane: blocked at once by one person, looked at by a second one. Declared in core/proposal.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/impact_devices.h"
#include "core/lookup.h"
#include "core/proposal_content.h"
#include "store/store_catalog.h"
#include "store/store_ledger.h"
#include "store/store_statement.h"

#define LATE_AT_ONCE 50
#define BLOCKERS (ROLES_SECAS | ROLE_SSC)

static int block_load(const struct edit *x, int64_t id, struct arena *a, struct store_urgent *ret,
		      struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(x->db, SQL_URGENT_GET, ARGS(VINT(id)), &r, e) || store_urgent_next(r, a, ret, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no urgent block %" PRId64, id);
}

/* ---- making one ---- */

/* The body as the one item that it is; *ret_reason borrowed from body. */
static int block_item(const struct json *body, struct str *out, const char **ret_reason, struct err *e)
{
	static const char *const in[] = { "entry", "bases", "name", "message", "link", "protects", "reason" };
	static const char *const as[] = {
		"entry", "bases", "name", "excerpt", "reference", "protects", NULL
	};
	struct jw w = jw_start(out);
	const struct json *v;
	const char *name;
	char where[80];
	STR(value, PROPOSAL_BODY_MAX);

	if (json_kind(body) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "the body must be an object");
	jw_obj(&w);
	jw_key(&w, "items");
	jw_arr(&w);
	jw_obj(&w);
	jw_kstr(&w, "kind", statement_kind_text[STATEMENT_BLOCK]);
	for (size_t i = 0; (name = json_member(body, i, &v)) != NULL; i++) {
		size_t k = 0;

		while (k < sizeof in / sizeof *in && strcmp(in[k], name))
			k++;
		snprintf(where, sizeof where, "/%.60s", name);
		if (k == sizeof in / sizeof *in) {
			err_set(e, ERR_JSON_FIELD, "there is no member '%.60s' here", name);
			return err_at(e, where, 0, 0);
		}
		if (!as[k])
			continue;
		jw_key(&w, as[k]);
		str_clear(&value);
		json_print(v, &value, false);
		if (v)
			jw_raw(&w, str_c(&value), value.len);
		else
			jw_null(&w);
	}
	jw_end(&w);
	jw_arr_end(&w);
	jw_end(&w);
	*ret_reason = json_text(json_get(body, "reason"));
	if (!*ret_reason || !**ret_reason || strlen(*ret_reason) > PROPOSAL_REASON_MAX) {
		err_set(e, ERR_JSON_FIELD, "a reason of up to %d bytes is needed", PROPOSAL_REASON_MAX);
		return err_at(e, "/reason", 0, 0);
	}
	if (!json_text(json_get(body, "message")) || !*json_text(json_get(body, "message"))) {
		err_set(e, ERR_JSON_FIELD, "a message for those who meet the block is needed");
		return err_at(e, "/message", 0, 0);
	}
	return OK;
}

static int block_audit(const struct edit *x, const struct actor *who, const char *action, int64_t id,
		       const struct str *before, const struct str *after, int64_t revision, struct err *e)
{
	char subject[40];

	snprintf(subject, sizeof subject, "block/%" PRId64, id);
	return audit_add(x->db, who, action, subject, before ? str_c(before) : NULL,
			 after ? str_c(after) : NULL, revision, NULL, e);
}

static int block_write(const struct edit *x, struct content *c, const char *reason, int64_t *ret_id,
		       int64_t *ret_revision, struct err *e)
{
	struct actor who = { x->who->name, reason, x->now };
	const struct statement_line *row = c->steps.v.v[0].row;
	int64_t revision, statement;
	STR(after, MIB);
	struct jw w = jw_start(&after);
	bool got;

	if (ledger_advance(x->db, &who, "block", &revision, e) ||
	    statement_steps_apply(&c->steps, x->db, revision, 0, e) ||
	    store_catalog_check(x->db, revision, e) ||
	    db_one(x->db, SQL_STATEMENT_ADDED, ARGS(VINT(row->entry_id), VINT(revision)), &got, &statement,
		   e) ||
	    db_one(x->db, SQL_URGENT_ADD,
		   ARGS(VINT(statement), VINT(row->entry_id), VINT(x->who->account_id), VTEXT(x->who->name),
			VINT(x->now), VTEXT(reason), VINT(revision), VINT(x->now + BLOCK_SECOND_MS)),
		   &got, ret_id, e))
		return e->code;
	jw_obj(&w);
	jw_kint(&w, "block", *ret_id);
	jw_key(&w, "statement");
	statement_line_json(row, x->snap->graph, c->steps.effective_on, &w);
	jw_ktime(&w, "second_due", x->now + BLOCK_SECOND_MS);
	jw_end(&w);
	*ret_revision = revision;
	return block_audit(x, &who, "block-add", *ret_id, NULL, &after, revision, e);
}

int block_add(const struct edit *x, const char *json, size_t len, int64_t *ret_id, int64_t *ret_revision,
	      struct err *e)
{
	OWN(content_done) struct content c;
	OWN(json_free) struct json *body = NULL;
	STR(items, PROPOSAL_BODY_MAX);
	const char *reason = NULL;
	int64_t id, revision = 0;
	TX(tx);

	content_init(&c);
	if (x->who->account_id <= 0)
		return err_set(e, ERR_NEEDS_ACCOUNT, "a block has an author: sign in with an account");
	if (!may(x->who, BLOCKERS))
		return err_set(e, ERR_DENIED, "to block at once needs the role ssc, editor or approver");
	if (json_parse(json, len, &body, e) || block_item(body, &items, &reason, e) ||
	    tx_begin(&tx, x->db, true, e) || snapshot_check(x->db, x->snap, e) ||
	    content_read(&c, x, str_c(&items), items.len, true, e))
		return e->code;
	/* A block that stands was decided by somebody: lifting this one must not take that one away. */
	if (c.steps.v.v[0].old)
		return err_set(e, ERR_CONFLICT, "%s is blocked already from the same bases",
			       c.rows.rows.v[0].entry);
	if (block_write(x, &c, reason, &id, &revision, e) || tx_keep(&tx, e))
		return e->code;
	*ret_id = id;
	*ret_revision = revision;
	return OK;
}

/* ---- the second person ---- */

static int may_decide(const struct edit *x, const struct store_urgent *b, bool ratify, struct err *e)
{
	const char *verb = ratify ? "ratify" : "lift";

	if (x->who->account_id <= 0)
		return err_set(e, ERR_NEEDS_ACCOUNT, "to %s a block somebody signs in with an account", verb);
	if (x->who->account_id == b->by_id && !ratify)
		return may(x->who, BLOCKERS) ? OK : err_set(e, ERR_DENIED, "to lift a block needs its role");
	if (!may(x->who, ROLE_APPROVER | ROLE_SSC))
		return err_set(e, ERR_DENIED, "to %s a block needs the role approver or ssc", verb);
	if (!principal_other_person(x->who, b->by_id))
		return err_set(e, ERR_SECOND_PERSON,
			       "you made block %" PRId64 "; somebody else must ratify it", b->id);
	return OK;
}

/* Ends the statement if it still stands; *ret_revision 0 when it had ended by other ways. */
static int lift(const struct edit *x, const struct store_urgent *b, const struct actor *who,
		int64_t *ret_revision, struct err *e)
{
	int64_t id, revision;
	bool got;

	*ret_revision = 0;
	if (db_one(x->db, SQL_STATEMENT_STANDS, ARGS(VINT(b->statement_id)), &got, &id, e))
		return e->code;
	if (!got)
		return OK;
	if (ledger_advance(x->db, who, "block-lift", &revision, e) ||
	    store_statement_close(x->db, b->statement_id, revision, e) ||
	    store_catalog_check(x->db, revision, e))
		return e->code;
	*ret_revision = revision;
	return OK;
}

int block_decide(const struct edit *x, int64_t id, bool ratify, const char *reason, int64_t *ret_revision,
		 struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct actor who = { x->who->name, reason ? reason : "", x->now };
	struct store_urgent b;
	STR(before, KIB);
	STR(after, KIB);
	struct jw w = jw_start(&before), v = jw_start(&after);
	int64_t revision = 0, changed;
	TX(tx);

	if (tx_begin(&tx, x->db, true, e) || block_load(x, id, a, &b, e) || may_decide(x, &b, ratify, e))
		return e->code;
	if (strcmp(b.state, "waiting"))
		return err_set(e, ERR_PROPOSAL_STATE,
			       "block %" PRId64 " is %s already; withdraw a ratified block by a proposal", id,
			       b.state);
	if (!*who.why) {
		err_set(e, ERR_INVALID, "a reason is needed");
		return err_at(e, "/reason", 0, 0);
	}
	if (!ratify && lift(x, &b, &who, &revision, e))
		return e->code;
	jw_obj(&w);
	jw_kint(&w, "block", id);
	jw_kstr(&w, "state", b.state);
	jw_kint(&w, "statement", b.statement_id);
	jw_end(&w);
	jw_obj(&v);
	jw_kint(&v, "block", id);
	jw_kstr(&v, "state", ratify ? "ratified" : "lifted");
	jw_end(&v);
	if (db_exec(x->db, SQL_URGENT_DECIDE,
		    ARGS(VTEXT(ratify ? "ratified" : "lifted"), VINT(x->who->account_id), VTEXT(x->who->name),
			 VINT(x->now), VTEXT(reason), revision ? VINT(revision) : VNULL, VINT(id)),
		    &changed, e) ||
	    block_audit(x, &who, ratify ? "block-ratify" : "block-lift", id, &before, &after, revision, e) ||
	    tx_keep(&tx, e))
		return e->code;
	*ret_revision = revision;
	return OK;
}

/* ---- telling ---- */

static void name_of(const struct rows *r, struct jw *w)
{
	char text[ENTRY_NAME_SIZE];

	jw_str(w, ident_entry_name(rows_text(r, 0), rows_text(r, 1), text));
}

static int statement_members(const struct edit *x, const struct store_urgent *b, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL, *bases = NULL, *entry = NULL;
	struct store_statement s;
	bool got;

	if (db_run(x->db, SQL_ENTRY_NAME, ARGS(VINT(b->entry_id)), &entry, e) || rows_next(entry, &got, e) ||
	    db_run(x->db, SQL_STATEMENT_BASES, ARGS(VINT(b->statement_id)), &bases, e) ||
	    db_run(x->db, SQL_STATEMENT_GET, ARGS(VINT(b->statement_id)), &r, e))
		return e->code;
	jw_key(w, "entry");
	name_of(entry, w);
	jw_key(w, "bases");
	jw_arr(w);
	for (;;) {
		if (rows_next(bases, &got, e))
			return e->code;
		if (!got)
			break;
		name_of(bases, w);
	}
	jw_arr_end(w);
	if (store_statement_next(r, &s, &got, e))
		return e->code;
	jw_kstr(w, "name", s.name);
	jw_kstr(w, "message", s.excerpt);
	jw_kstr(w, "link", s.reference);
	jw_kstr(w, "protects", s.protects);
	return OK;
}

static void second_json(const struct edit *x, const struct store_urgent *b, struct jw *w)
{
	bool waiting = !strcmp(b->state, "waiting");
	int64_t left = (b->second_due - x->now) / 1000;

	jw_key(w, "second");
	jw_obj(w);
	jw_ktime(w, "due", b->second_due);
	jw_kint(w, "seconds_left", waiting && left > 0 ? left : 0);
	jw_kbool(w, "overdue", waiting && x->now >= b->second_due);
	jw_kstr(w, "by", b->second_name);
	jw_ktime(w, "at", b->second_at);
	jw_kstr(w, "reason", b->second_why);
	jw_end(w);
}

static int urgent_json(const struct edit *x, const struct store_urgent *b, struct jw *w, struct err *e)
{
	bool waiting = !strcmp(b->state, "waiting");
	struct err no;

	jw_obj(w);
	jw_kint(w, "block", b->id);
	jw_kstr(w, "state", b->state);
	if (statement_members(x, b, w, e))
		return e->code;
	jw_kstr(w, "by", b->by_name);
	jw_ktime(w, "at", b->at);
	jw_kstr(w, "reason", b->reason);
	jw_kint(w, "revision", b->revision);
	jw_key(w, "lifted_revision");
	if (b->lifted_rev)
		jw_int(w, b->lifted_rev);
	else
		jw_null(w);
	second_json(x, b, w);
	jw_key(w, "may");
	jw_arr(w);
	if (waiting && !may_decide(x, b, true, &no))
		jw_str(w, "ratify");
	if (waiting && !may_decide(x, b, false, &no))
		jw_str(w, "lift");
	jw_arr_end(w);
	jw_end(w);
	return OK;
}

int block_json(const struct edit *x, int64_t id, struct str *out, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct jw w = jw_start(out);
	struct store_urgent b;
	TX(tx);

	if (tx_begin(&tx, x->db, false, e) || block_load(x, id, a, &b, e) || urgent_json(x, &b, &w, e))
		return e->code;
	str_addc(out, '\n');
	return OK;
}

static int counts(const struct edit *x, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(x->db, SQL_URGENT_COUNTS, ARGS(VINT(x->now)), &r, e) || rows_next(r, &got, e))
		return e->code;
	jw_kint(w, "waiting", got ? rows_num(r, 0) : 0);
	jw_kint(w, "overdue", got ? rows_num(r, 1) : 0);
	return OK;
}

int block_list_json(const struct edit *x, const char *state, int64_t before, int64_t limit, struct str *out,
		    int64_t *ret_next, struct err *e)
{
	TX(tx);
	OWN(arena_free) struct arena *a = arena_new();
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	VEC(struct store_urgent) all = { 0 };
	struct store_urgent b;
	int rc = OK;
	bool got;

	if (state && strcmp(state, "waiting") && strcmp(state, "ratified") && strcmp(state, "lifted"))
		return err_set(e, ERR_INVALID, "'%.32s' is no state: waiting, ratified or lifted", state);
	if (tx_begin(&tx, x->db, false, e) ||
	    db_run(x->db, SQL_URGENT_PAGE,
		   ARGS(VINT(before ? before : INT64_MAX), VTEXT(state), VINT(limit + 1)), &r, e))
		return e->code;
	while (!(rc = store_urgent_next(r, a, &b, &got, e)) && got)
		vec_push(&all, b);
	*ret_next = (int64_t)all.n > limit ? all.v[limit - 1].id : 0;
	jw_obj(&w);
	jw_key(&w, "blocks");
	jw_arr(&w);
	for (size_t i = 0; !rc && i < all.n && (int64_t)i < limit; i++)
		rc = urgent_json(x, &all.v[i], &w, e);
	vec_done(&all);
	if (rc)
		return rc;
	jw_arr_end(&w);
	if (counts(x, &w, e))
		return e->code;
	jw_key(&w, "next");
	if (*ret_next)
		jw_int(&w, *ret_next);
	else
		jw_null(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

static uint32_t node_of(const struct snapshot *s, const char *entry)
{
	uint32_t node[2];
	struct err e;
	size_t n;

	return entry && !lookup_nodes(s, entry, node, 2, &n, &e) && n == 1 ? node[0] : NODE_NONE;
}

int block_devices(const struct edit *x, const struct json *b, int64_t *ret, struct err *e)
{
	OWN(device_hits_done) struct device_hits hits = { 0 };
	const struct graph *g = x->snap->graph;
	const struct json *bases = json_get(b, "bases");
	const char *entry = json_text(json_get(b, "entry"));
	uint32_t node;
	int64_t n = 0;

	for (size_t i = 0; i < json_len(bases); i++) {
		node = node_of(x->snap, json_text(json_at(bases, i)));
		if (node != NODE_NONE &&
		    device_hits_add(&hits, x->db, graph_node(g, node)->entry_id, false, e))
			return e->code;
	}
	node = json_len(bases) ? NODE_NONE : node_of(x->snap, entry);
	for (uint32_t i = 0; node != NODE_NONE && i < graph_node(g, node)->in_count; i++) {
		uint32_t in = graph_in_edges(g, graph_node(g, node))[i];

		if (device_hits_add(&hits, x->db, graph_node(g, graph_edge(g, in)->from)->entry_id, false, e))
			return e->code;
	}
	for (size_t i = 0; i < hits.v.n; i++)
		n += hits.v.v[i].devices;
	*ret = n;
	return OK;
}

/* ---- the clerk ---- */

static int tell_late(struct db *db, int64_t now, bool *ret_more, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct actor who = { "clerk", "nobody looked at this block within a day; it stays in force", now };
	struct edit x = { .db = db, .now = now };
	int64_t id, due;
	STR(after, KIB);
	struct jw w = jw_start(&after);

	if (tx_begin(&tx, db, true, e) || db_run(db, SQL_URGENT_LATE, ARGS(VINT(now), VINT(1)), &r, e) ||
	    rows_next(r, ret_more, e))
		return e->code;
	if (!*ret_more)
		return OK;
	id = rows_num(r, 0);
	due = rows_num(r, 2);
	rows_done(MOVE(r));
	jw_obj(&w);
	jw_kint(&w, "block", id);
	jw_ktime(&w, "second_due", due);
	jw_end(&w);
	if (db_exec(db, SQL_URGENT_TOLD, ARGS(VINT(now), VINT(id)), NULL, e) ||
	    block_audit(&x, &who, "block-overdue", id, NULL, &after, 0, e) || tx_keep(&tx, e))
		return e->code;
	return OK;
}

int blocks_overdue(struct db *db, int64_t now, int64_t *ret_next, struct err *e)
{
	bool more = true, got;
	int64_t next;

	for (int i = 0; more && i < LATE_AT_ONCE; i++)
		if (tell_late(db, now, &more, e))
			return e->code;
	if (db_one(db, SQL_URGENT_NEXT, NOARGS, &got, &next, e))
		return e->code;
	*ret_next = got ? next : INT64_MAX;
	return OK;
}
