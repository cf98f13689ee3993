/* SPDX-License-Identifier: Apache-2.0 */
/* What lets others prove what this service said: keys, heads of the chain, the walk over all of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/diff.h"
#include "core/history.h"
#include "core/proof.h"
#include "http/handlers.h"
#include "store/store_ledger.h"

static void key_json(const struct sign_public *p, bool signs, struct jw *w)
{
	char pem[SIGN_PEM_MAX];

	sign_public_pem(p, pem);
	jw_obj(w);
	jw_kstr(w, "id", p->id);
	jw_kstr(w, "algorithm", "Ed25519");
	jw_kbool(w, "signs", signs);
	jw_kstr(w, "pem", pem);
	jw_end(w);
}

int get_keys(struct req *rq, struct resp *rs, struct err *e)
{
	const struct sign_keys *k = rq->app->keys;
	struct jw w = jw_start(&rs->body);

	(void)e;
	jw_obj(&w);
	jw_kstr(&w, "service", conf_text(rq->app->conf, "public_url"));
	jw_key(&w, "keys");
	jw_arr(&w);
	if (k && k->own)
		key_json(sign_key_public(k->own), true, &w);
	for (size_t i = 0; k && i < k->nold; i++)
		if (!k->own || strcmp(k->old[i].id, sign_key_public(k->own)->id) != 0)
			key_json(&k->old[i], false, &w);
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

/* The hash of one row: whoever kept a head asks whether it is still there. */
static int one_row(struct db *db, int64_t seq, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	char hash[65];
	bool got;

	if (audit_hash(db, seq, hash, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "the audit chain has no row %lld", (long long)seq);
	jw_obj(&w);
	jw_kint(&w, "seq", seq);
	jw_kstr(&w, "hash", hash);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int get_audit_head(struct req *rq, struct resp *rs, struct err *e)
{
	const struct sign_keys *k = rq->app->keys;
	struct head h;
	struct db *db;
	int64_t seq;

	rs->cache = CACHE_NEVER;
	if (req_query_int(rq, "seq", 0, INT64_MAX, -1, &seq, e) || req_db(rq, &db, e))
		return e->code;
	if (seq >= 0)
		return one_row(db, seq, &rs->body, e);
	if (head_read(db, rq->now, &h, e))
		return e->code;
	head_line(&h, conf_text(rq->app->conf, "public_url"), k ? k->own : NULL, &rs->body);
	return OK;
}

int get_audit_verify(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;
	bool ok;

	rs->cache = CACHE_NEVER;
	return req_db(rq, &db, e) ? (int)e->code : proof_verify_json(db, NULL, &rs->body, &ok, e);
}

/* "user:desk" and "token:desk/nightly" are both of desk. */
static void own_names(const struct principal *p, struct audit_names *n)
{
	const char *login = strchr(p->name, ':');

	n->own[0] = n->tokens[0] = '\0';
	if (!p->account_id || !login)
		return;
	login++;
	snprintf(n->own, sizeof n->own, "user:%.*s", (int)strcspn(login, "/"), login);
	snprintf(n->tokens, sizeof n->tokens, "token:%.*s/", (int)strcspn(login, "/"), login);
}

int req_audit_filter(const struct req *rq, bool newest, struct audit_names *names, struct audit_filter *ret,
		     struct err *e)
{
	const char *order = req_query(rq, "order");

	own_names(&rq->who, names);
	*ret = (struct audit_filter){ .who = req_query(rq, "who"),
				      .action = req_query(rq, "action"),
				      .subject = req_query(rq, "subject"),
				      .newest = order ? !strcmp(order, "newest") : newest,
				      .all = may(&rq->who, ROLES_AUDIT),
				      .fleets = may(&rq->who, ROLE_OPERATOR | ROLE_AUDITOR),
				      .nameless = req_nameless(rq),
				      .own = names->own,
				      .own_tokens = names->tokens };
	if (order && strcmp(order, "oldest") != 0 && strcmp(order, "newest") != 0)
		return err_set(e, ERR_INVALID, "order must be oldest or newest, not '%.32s'", order);
	/* Who is hidden cannot be asked for. */
	if (ret->nameless && ret->who)
		return err_set(e, ERR_NEEDS_TOKEN, "the parameter 'who' is for those who are signed in");
	return req_query_int(rq, "revision", 1, INT64_MAX, 0, &ret->revision, e);
}

int get_audit(struct req *rq, struct resp *rs, struct err *e)
{
	struct audit_filter f;
	struct audit_names names;
	int64_t limit, after, next;
	char text[24];
	struct db *db;

	if (req_audit_filter(rq, false, &names, &f, e) || page_limit(rq, &limit, e) ||
	    req_query_int(rq, "cursor", 0, INT64_MAX, 0, &after, e) || req_db(rq, &db, e) ||
	    history_audit_json(db, &f, after, limit, &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int get_diff(struct req *rq, struct resp *rs, struct err *e)
{
	const char *at = req_query(rq, "at"), *to = req_query(rq, "to");
	int64_t from = 0, upto = 0;
	struct db *db;

	if (!at) {
		err_set(e, ERR_INVALID,
			"the parameter 'at' is needed: a date, a time, or a revision such as r57");
		return err_at(e, "at", 0, 0);
	}
	if (req_db(rq, &db, e))
		return e->code;
	if (diff_revision(db, at, &from, e))
		return err_at(e, "at", 0, 0);
	if (to ? diff_revision(db, to, &upto, e) : ledger_head(db, &upto, e))
		return err_at(e, "to", 0, 0);
	return diff_json(db, from, upto, req_nameless(rq), &rs->body, e);
}
