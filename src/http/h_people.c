/* SPDX-License-Identifier: Apache-2.0 */
/* Who am I, users, organisations, API tokens. What others may not see is absent for them: 404 (T34). */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/people.h"
#include "http/handlers.h"

static const char *const how_text[] = { [SIGN_IN_NONE] = "none",
					[SIGN_IN_LOCAL] = "local",
					[SIGN_IN_FILE] = "file",
					[SIGN_IN_TOKEN] = "token",
					[SIGN_IN_SESSION] = "session" };

static void put_rev(struct resp *rs, int64_t rev)
{
	snprintf(rs->etag, sizeof rs->etag, "v%" PRId64, rev);
	rs->cache = CACHE_NEVER;
}

int get_me(struct req *rq, struct resp *rs, struct err *e)
{
	const struct principal *p = &rq->who;
	struct jw w = jw_start(&rs->body);
	char roles[ROLES_TEXT_MAX];
	struct account a;
	struct db *db;

	rs->cache = CACHE_NEVER;
	if (p->account_id && (req_db(rq, &db, e) || account_get(db, p->account_id, &a, e)))
		return e->code;
	jw_obj(&w);
	jw_kbool(&w, "signed_in", p->how != SIGN_IN_NONE);
	jw_kstr(&w, "how", how_text[p->how]);
	jw_kstr(&w, "name", p->name);
	jw_kwords(&w, "roles", roles_write(p->roles, roles));
	jw_kstr(&w, "organisation", p->org[0] ? p->org : NULL);
	jw_kwords(&w, "codes", p->codes);
	jw_key(&w, "user");
	if (p->account_id)
		account_json(&a, &w);
	else
		jw_null(&w);
	jw_key(&w, "token");
	if (!p->token_id)
		jw_null(&w);
	else if (people_token_json(db, p->token_id, &w, e))
		return e->code;
	jw_kstr(&w, "csrf", rq->csrf[0] ? rq->csrf : NULL);
	jw_key(&w, "may");
	jw_arr(&w);
	for (const struct route *r = http_routes; r->method; r++) {
		char text[128];

		if (r->roles & ROLE_PUBLIC || !may(p, r->roles))
			continue;
		snprintf(text, sizeof text, "%s %s", r->method, r->pattern);
		jw_str(&w, text);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

/* ---- users ---- */

int get_users(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t org, me, limit;
	char next[CURSOR_MAX];
	struct db *db;

	people_scope(&rq->who, &org, &me);
	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    accounts_json(db, org, me, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

static int user_of(struct req *rq, struct db *db, struct account *ret, struct err *e)
{
	if (account_find(db, rq->arg[0], ret, e))
		return e->code;
	return people_visible(&rq->who, ret)
		   ? OK
		   : err_set(e, ERR_NOT_FOUND, "there is no user '%.40s'", rq->arg[0]);
}

static void put_user(struct resp *rs, const struct account *a)
{
	struct jw w = jw_start(&rs->body);

	account_json(a, &w);
	str_addc(&rs->body, '\n');
	put_rev(rs, a->rev);
}

int get_user(struct req *rq, struct resp *rs, struct err *e)
{
	struct account a;
	struct db *db;

	if (req_db(rq, &db, e) || user_of(rq, db, &a, e))
		return e->code;
	put_user(rs, &a);
	return OK;
}

int post_user(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	struct actor who = req_actor(rq);
	char text[LOGIN_MAX + 16];
	struct account a;
	struct db *db;

	if (user_wish_read(str_c(&rq->body), rq->body.len, true, &wish, e) || req_db_write(rq, &db, e) ||
	    user_add(db, &who, &wish, &a, e))
		return e->code;
	req_people_exist(rq);
	snprintf(text, sizeof text, "/v1/users/%s", a.login);
	resp_header(rs, "Location", text);
	rs->status = 201;
	put_user(rs, &a);
	return OK;
}

int put_user_one(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	struct actor who = req_actor(rq);
	struct account a;
	struct db *db;
	char etag[32];

	if (req_db_write(rq, &db, e) || user_of(rq, db, &a, e))
		return e->code;
	snprintf(etag, sizeof etag, "v%" PRId64, a.rev);
	wish = user_wish_of(&a);
	if (req_match(rq, etag, e) || user_wish_read(str_c(&rq->body), rq->body.len, false, &wish, e) ||
	    user_change(db, &who, a.id, a.rev, &wish, &a, e))
		return e->code;
	put_user(rs, &a);
	return OK;
}

/* ---- organisations ---- */

static const struct json_field org_fields[] = {
	{ "name", FIELD_TEXT, offsetof(struct org, name), true, 0, PERSON_MAX + 1 },
	{ "kind", FIELD_TEXT, offsetof(struct org, kind), true, 0, sizeof((struct org *)0)->kind },
	{ "codes", FIELD_WORDS, offsetof(struct org, codes), false, 0, CODES_MAX + 1 },
	{ .name = NULL },
};

int get_orgs(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t org, me, limit;
	char next[CURSOR_MAX];
	struct db *db;

	people_scope(&rq->who, &org, &me);
	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    orgs_json(db, org, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

static void put_org(struct resp *rs, const struct org *o)
{
	struct jw w = jw_start(&rs->body);

	org_json(o, &w);
	str_addc(&rs->body, '\n');
	put_rev(rs, o->rev);
}

static int org_of(struct req *rq, struct db *db, struct org *ret, struct err *e)
{
	int64_t id, only, me;

	people_scope(&rq->who, &only, &me);
	if (parse_i64(rq->arg[0], 1, INT64_MAX, &id, e) || (only && id != only))
		return err_set(e, ERR_NOT_FOUND, "there is no organisation '%.40s'", rq->arg[0]);
	return org_get(db, id, ret, e);
}

int get_org(struct req *rq, struct resp *rs, struct err *e)
{
	struct org o;
	struct db *db;

	if (req_db(rq, &db, e) || org_of(rq, db, &o, e))
		return e->code;
	put_org(rs, &o);
	return OK;
}

int post_org(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct org o = { .id = 0 };
	struct db *db;
	char text[64];

	if (req_json(rq, org_fields, &o, e) || req_db_write(rq, &db, e) || org_add(db, &who, &o, &o, e))
		return e->code;
	snprintf(text, sizeof text, "/v1/organisations/%" PRId64, o.id);
	resp_header(rs, "Location", text);
	rs->status = 201;
	put_org(rs, &o);
	return OK;
}

int put_org_one(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct org o;
	struct db *db;
	char etag[32];

	if (req_db_write(rq, &db, e) || org_of(rq, db, &o, e))
		return e->code;
	snprintf(etag, sizeof etag, "v%" PRId64, o.rev);
	if (req_match(rq, etag, e) || req_json(rq, org_fields, &o, e) ||
	    org_change(db, &who, &o, o.rev, &o, e))
		return e->code;
	put_org(rs, &o);
	return OK;
}

/* ---- tokens ---- */

int get_tokens(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t org, me, limit;
	char next[CURSOR_MAX];
	struct db *db;

	people_scope(&rq->who, &org, &me);
	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    people_tokens_json(db, org, me, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

struct token_body {
	char user[LOGIN_MAX + 1], label[TOKEN_LABEL_MAX + 1], roles[ROLES_TEXT_MAX];
	int64_t days;
};

int post_token(struct req *rq, struct resp *rs, struct err *e)
{
	const struct json_field fields[] = {
		{ "user", FIELD_TEXT, offsetof(struct token_body, user), false, 0, LOGIN_MAX + 1 },
		{ "label", FIELD_TEXT, offsetof(struct token_body, label), false, 0, TOKEN_LABEL_MAX + 1 },
		{ "roles", FIELD_WORDS, offsetof(struct token_body, roles), false, 0, ROLES_TEXT_MAX },
		{ "days", FIELD_INT, offsetof(struct token_body, days), false, 1, TOKEN_DAYS_MAX },
		{ .name = NULL },
	};
	struct actor who = req_actor(rq);
	struct token_body b = { .days = 0 };
	struct token_new in = { .label = b.label };
	char secret[SECRET_TEXT], text[64];
	struct jw w = jw_start(&rs->body);
	struct db *db;
	int64_t id;

	if (req_json(rq, fields, &b, e) || roles_read(b.roles, &in.roles, e) || req_db_write(rq, &db, e) ||
	    people_token_for(db, &rq->who, b.user, &in.account_id, &in.roles, &in.ends_at, e))
		return e->code;
	if (b.days && (!in.ends_at || rq->now + b.days * MS_PER_DAY < in.ends_at))
		in.ends_at = rq->now + b.days * MS_PER_DAY;
	if (people_token_new(db, &who, &in, secret, &id, e))
		return e->code;
	jw_obj(&w);
	jw_kstr(&w, "token", secret);
	jw_key(&w, "about");
	if (people_token_json(db, id, &w, e))
		return e->code;
	jw_end(&w);
	str_addc(&rs->body, '\n');
	secret_wipe(secret, sizeof secret);
	snprintf(text, sizeof text, "/v1/tokens/%" PRId64, id);
	resp_header(rs, "Location", text);
	rs->status = 201;
	rs->cache = CACHE_NEVER;
	return OK;
}

int delete_token(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct jw w = jw_start(&rs->body);
	struct account owner;
	struct db *db;
	int64_t id;

	if (parse_i64(rq->arg[0], 1, INT64_MAX, &id, e) || req_db_write(rq, &db, e))
		return e->code == ERR_INVALID
			   ? err_set(e, ERR_NOT_FOUND, "there is no token '%.40s'", rq->arg[0])
			   : (int)e->code;
	if (people_token_owner(db, id, &owner, e))
		return e->code;
	if (!people_visible(&rq->who, &owner))
		return err_set(e, ERR_NOT_FOUND, "there is no token %" PRId64, id);
	if (!may(&rq->who, ROLE_OPERATOR) && owner.id != rq->who.account_id)
		return err_set(e, ERR_DENIED,
			       "a token is revoked by its owner or by one of these roles: operator");
	if (people_token_revoke(db, &who, id, e) || people_token_json(db, id, &w, e))
		return e->code;
	str_addc(&rs->body, '\n');
	return OK;
}
