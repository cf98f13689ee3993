/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals and what they would do, as JSON for REST, pages and the command line. */
#include <inttypes.h>
#include <string.h>

#include "core/impact.h"
#include "core/lookup.h"
#include "core/proposal_row.h"
#include "core/rule_text.h"

static void approval_json(const struct store_proposal *p, struct jw *w)
{
	jw_key(w, "approval");
	if (!p->approver) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "by", p->approver);
	jw_ktime(w, "at", p->approved_at);
	jw_kstr(w, "hash", p->approved_hash);
	jw_kstr(w, "reason", p->approve_why);
	jw_end(w);
	jw_ktime(w, "publish_at", p->publish_at);
}

static void may_json(const struct edit *x, const struct store_proposal *p, struct jw *w)
{
	struct err e;

	jw_key(w, "may");
	jw_arr(w);
	for (int v = 0; v < VERBS; v++)
		if (!proposal_may(x, p, (enum proposal_verb)v, &e))
			jw_str(w, proposal_verb_text[v]);
	jw_arr_end(w);
	jw_key(w, "may_not");
	jw_obj(w);
	for (int v = 0; v < VERBS; v++)
		if (proposal_may(x, p, (enum proposal_verb)v, &e))
			jw_kstr(w, proposal_verb_text[v], e.msg);
	jw_end(w);
}

static void members_json(const struct edit *x, const struct store_proposal *p, struct jw *w)
{
	jw_kint(w, "proposal", p->id);
	jw_kstr(w, "title", p->title);
	jw_kstr(w, "reason", p->reason);
	jw_kstr(w, "state", p->state);
	jw_key(w, "author");
	jw_obj(w);
	jw_kstr(w, "name", p->author);
	jw_kstr(w, "organisation", *p->org ? p->org : NULL);
	jw_kbool(w, "me", x->who->account_id > 0 && x->who->account_id == p->author_id);
	jw_end(w);
	jw_kdate(w, "effective_on", p->effective_on);
	jw_kdate(w, "embargo_until", p->embargo_until);
	jw_kint(w, "base_revision", p->base_rev);
	jw_kint(w, "version", p->version);
	jw_kstr(w, "hash", p->hash);
	jw_ktime(w, "created_at", p->created_at);
	jw_ktime(w, "changed_at", p->changed_at);
	jw_ktime(w, "waiting_since", p->waiting_since);
	approval_json(p, w);
	jw_key(w, "revision");
	if (p->revision)
		jw_int(w, p->revision);
	else
		jw_null(w);
	jw_key(w, "ended");
	if (p->ended_at < 0) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kstr(w, "by", p->ended_by);
	jw_ktime(w, "at", p->ended_at);
	jw_kstr(w, "reason", p->ended_why);
	jw_end(w);
}

/* Other proposals that wait and are about the same entries, as far as x->who may see them. */
static int rivals_json(const struct edit *x, int64_t id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	OWN(arena_free) struct arena *a = arena_new();
	VEC(int64_t) ids = { 0 };
	bool got;
	int rc;

	if (db_run(x->db, SQL_PROPOSAL_RIVALS, ARGS(VINT(id)), &r, e))
		return e->code;
	while (!(rc = rows_next(r, &got, e)) && got)
		vec_push(&ids, rows_num(r, 0));
	jw_key(w, "also_waiting");
	jw_arr(w);
	for (size_t i = 0; !rc && i < ids.n; i++) {
		struct store_proposal p;

		rc = store_proposal_get(x->db, ids.v[i], a, &p, &got, e);
		if (!rc && got && proposal_visible(x, &p))
			jw_int(w, ids.v[i]);
	}
	jw_arr_end(w);
	vec_done(&ids);
	return rc;
}

int proposal_json(const struct edit *x, int64_t id, struct str *out, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	struct jw w = jw_start(out);
	struct store_proposal p;
	TX(tx);

	if ((!x->db->in_tx && tx_begin(&tx, x->db, false, e)) || proposal_load(x, id, a, &p, e))
		return e->code;
	jw_obj(&w);
	members_json(x, &p, &w);
	jw_key(&w, "items");
	jw_raw(&w, p.items, strlen(p.items));
	if (rivals_json(x, id, &w, e))
		return e->code;
	may_json(x, &p, &w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int proposal_list_json(const struct edit *x, const struct proposal_filter *f, struct str *out,
		       int64_t *ret_next, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	OWN(rows_done) struct rows *r = NULL;
	struct store_eyes eyes = proposal_eyes(x);
	struct jw w = jw_start(out);
	struct store_proposal p;
	int64_t n = 0, last = 0;
	bool got;

	if (f->state) {
		int i = 0;

		while (proposal_state_text[i] && strcmp(proposal_state_text[i], f->state))
			i++;
		if (!proposal_state_text[i] && strcmp(f->state, "waiting"))
			return err_set(e, ERR_INVALID, "'%.32s' is no state of a proposal", f->state);
	}
	if (store_proposal_page(x->db, &eyes, f->state, f->mine, f->before, f->limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "proposals");
	jw_arr(&w);
	for (;;) {
		if (store_proposal_next(r, a, &p, &got, e))
			return e->code;
		if (!got || ++n > f->limit)
			break;
		last = p.id;
		jw_obj(&w);
		members_json(x, &p, &w);
		may_json(x, &p, &w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	*ret_next = n > f->limit ? last : 0;
	jw_key(&w, "next");
	if (*ret_next)
		jw_int(&w, *ret_next);
	else
		jw_null(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int proposal_count_todo(const struct edit *x, int64_t *ret, struct err *e)
{
	bool got;

	*ret = 0;
	if (!may(x->who, ROLE_APPROVER) || x->who->account_id <= 0)
		return OK;
	return db_one(x->db, SQL_PROPOSAL_TODO, ARGS(VINT(x->who->account_id)), &got, ret, e);
}

/* ---- what would be ---- */

int proposal_impact_json(const struct edit *x, int64_t id, struct str *out, struct err *e)
{
	OWN(arena_free) struct arena *a = arena_new();
	OWN(content_done) struct content c;
	struct store_proposal p;
	TX(tx);

	content_init(&c);
	if ((!x->db->in_tx && tx_begin(&tx, x->db, false, e)) || proposal_load(x, id, a, &p, e) ||
	    content_stored(&c, x, &p, e))
		return e->code;
	return impact_json(x, &c, out, e);
}

int whatif_file_json(const struct edit *x, const struct statement_file *items, struct str *out, struct err *e)
{
	OWN(content_done) struct content c;
	TX(tx);

	content_init(&c);
	if (tx_begin(&tx, x->db, false, e) || content_file(&c, x, items, e))
		return e->code;
	return impact_json(x, &c, out, e);
}

int whatif_json(const struct edit *x, const char *json, size_t len, struct str *out, struct err *e)
{
	OWN(content_done) struct content c;
	TX(tx);

	content_init(&c);
	if (tx_begin(&tx, x->db, false, e) || content_read(&c, x, json, len, true, e))
		return e->code;
	return impact_json(x, &c, out, e);
}

struct rule_ask {
	char rule[RULE_TEXT_MAX + 1], model[MODEL_ID_MAX], entry[MODEL_ID_MAX];
};

int whatif_rule_json(const struct edit *x, const char *json, size_t len, struct str *out, struct err *e)
{
	static const struct json_field fields[] = {
		{ "rule", FIELD_TEXT, offsetof(struct rule_ask, rule), true, 0, RULE_TEXT_MAX + 1 },
		{ "model", FIELD_TEXT, offsetof(struct rule_ask, model), false, 0, MODEL_ID_MAX },
		{ "entry", FIELD_TEXT, offsetof(struct rule_ask, entry), false, 0, MODEL_ID_MAX },
		{ .name = NULL },
	};
	OWN(json_free) struct json *body = NULL;
	OWN(rule_done) struct rule rule;
	struct rule_ask ask = { .rule = "" };
	const struct graph *g = x->snap->graph;
	struct jw w = jw_start(out);
	uint32_t model;

	rule_init(&rule);
	if (json_parse(json, len, &body, e) || json_decode(body, fields, &ask, e) ||
	    rule_model(x->snap, *ask.model ? ask.model : NULL, *ask.entry ? ask.entry : NULL, &model, e))
		return e->code;
	if (rule_read(g, model, ask.rule, &rule, e))
		return err_at(e, "/rule", 0, 0);
	jw_obj(&w);
	jw_kstr(&w, "rule", ask.rule);
	jw_kstr(&w, "model", model_id_text(graph_model(g, model), ask.model));
	jw_key(&w, "items");
	jw_arr(&w);
	for (size_t i = 0; i < rule.v.n; i++) {
		const struct rule_statement *s = &rule.v.v[i];

		jw_obj(&w);
		jw_key(&w, "bases");
		jw_arr(&w);
		for (size_t k = 0; k < s->nbases; k++)
			entry_id_json(g, graph_node(g, s->bases[k])->entry_id, &w);
		jw_arr_end(&w);
		jw_key(&w, "entry");
		entry_id_json(g, graph_node(g, s->node)->entry_id, &w);
		jw_kstr(&w, "kind", statement_kind_text[STATEMENT_BASES]);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_key(&w, "explained");
	jw_arr(&w);
	for (size_t i = 0; i < rule.v.n; i++)
		jw_str(&w, rule.v.v[i].why);
	jw_arr_end(&w);
	jw_kint(&w, "revision", x->snap->revision);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
