/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and API tokens: what lets an account in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/fleet_util.h"
#include "core/people_util.h"

#define MINUTE INT64_C(60000)
#define TOUCH_MS MINUTE /* use is written at most so often */
#define TOKEN_DAYS 90   /* unless said otherwise */

int64_t session_idle_ms(unsigned roles)
{
	return roles & ROLES_WATCHED ? 15 * MINUTE : 60 * MINUTE;
}

int64_t session_total_ms(unsigned roles)
{
	return roles & ROLES_WATCHED ? 8 * 60 * MINUTE : 12 * 60 * MINUTE;
}

static int64_t session_ends(int64_t made_at, int64_t used_at, unsigned roles)
{
	int64_t idle = used_at + session_idle_ms(roles), total = made_at + session_total_ms(roles);

	return idle < total ? idle : total;
}

static void principal_from(const struct store_pass *p, enum sign_in how, unsigned roles,
			   struct principal *ret)
{
	*ret = principal_nobody();
	ret->how = how;
	ret->roles = ROLE_PUBLIC | roles;
	ret->account_id = p->account_id;
	ret->org_id = p->org_id;
	ret->signed_in_at = p->made_at;
	if (how == SIGN_IN_SESSION) {
		ret->session_id = p->id;
		snprintf(ret->name, sizeof ret->name, "user:%s", p->login);
	} else {
		ret->token_id = p->id;
		snprintf(ret->name, sizeof ret->name, "token:%s/%s", p->login, p->label);
	}
	str_copy(ret->org, sizeof ret->org, p->org ? p->org : "");
	str_copy(ret->codes, sizeof ret->codes, p->codes ? p->codes : "");
}

/* ---- sessions ---- */

int people_session_new(struct db *db, int64_t account_id, int64_t now, const char *old,
		       char ret_secret[SECRET_TEXT], struct err *e)
{
	TX(tx);
	char hash[SHA256_HEX], name[PRINCIPAL_NAME_MAX], subject[LOGIN_MAX + 8];
	struct actor who = { .name = name, .why = "", .now = now };
	struct account a;
	int64_t id;

	if (tx_begin(&tx, db, true, e) || account_get(db, account_id, &a, e))
		return e->code;
	if (a.disabled)
		return err_set(e, ERR_DENIED, "this account is disabled");
	snprintf(name, sizeof name, "user:%s", a.login);
	snprintf(subject, sizeof subject, "user/%s", a.login);
	secret_new(ret_secret);
	if ((old && store_session_drop_hash(db, secret_digest(old, hash), e)) ||
	    store_session_drop_old(db, now - session_total_ms(0), e) ||
	    store_session_add(db, secret_digest(ret_secret, hash), account_id, now, &id, e) ||
	    audit_add(db, &who, "session-begin", subject, NULL, NULL, 0, NULL, e))
		return e->code;
	return tx_keep(&tx, e);
}

int people_session_find(struct db *db, const char *secret, int64_t now, struct principal *ret, bool *ret_got,
			bool *ret_touch, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char hash[SHA256_HEX];
	struct store_pass p;
	bool got;

	if (store_session_find(db, secret_digest(secret, hash), &r, &p, &got, e))
		return e->code;
	*ret_got =
	    got && !strcmp(p.state, "active") && now < session_ends(p.made_at, p.used_at, (unsigned)p.roles);
	if (!*ret_got)
		return OK;
	*ret_touch = now >= p.used_at + TOUCH_MS;
	principal_from(&p, SIGN_IN_SESSION, (unsigned)p.roles, ret);
	return OK;
}

int people_session_touch(struct db *db, int64_t session_id, int64_t now, struct err *e)
{
	TX(tx);

	if (tx_begin(&tx, db, true, e) || store_session_touch(db, session_id, now, e))
		return e->code;
	return tx_keep(&tx, e);
}

int people_session_end(struct db *db, const struct actor *who, int64_t account_id, int64_t session_id,
		       struct err *e)
{
	TX(tx);
	char subject[LOGIN_MAX + 8];
	struct account a;
	bool dropped;

	if (tx_begin(&tx, db, true, e) || account_get(db, account_id, &a, e) ||
	    store_session_drop(db, account_id, session_id, &dropped, e))
		return e->code;
	if (!dropped)
		return err_set(e, ERR_NOT_FOUND, "you have no session %" PRId64, session_id);
	snprintf(subject, sizeof subject, "user/%s", a.login);
	if (audit_add(db, who, "session-end", subject, NULL, NULL, 0, NULL, e))
		return e->code;
	return tx_keep(&tx, e);
}

int people_sessions_json(struct db *db, int64_t account_id, int64_t current, int64_t now, struct str *out,
			 struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct account a;
	bool got;

	if (account_get(db, account_id, &a, e) || store_session_list(db, account_id, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "sessions");
	jw_arr(&w);
	for (;;) {
		int64_t ends;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		ends = session_ends(rows_num(r, 1), rows_num(r, 2), a.roles);
		if (ends <= now)
			continue;
		jw_obj(&w);
		jw_kint(&w, "id", rows_num(r, 0));
		jw_ktime(&w, "made_at", rows_num(r, 1));
		jw_ktime(&w, "used_at", rows_num(r, 2));
		jw_ktime(&w, "ends_at", ends);
		jw_kbool(&w, "current", rows_num(r, 0) == current);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

void people_csrf(const char *secret, char ret[33])
{
	uint8_t h[SHA256_LEN];
	char hex[SHA256_HEX];

	hmac_sha256(secret, strlen(secret), "csrf", 4, h);
	hex_text(h, 16, hex);
	for (size_t i = 0; i <= 32; i++)
		ret[i] = (char)(hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] - 'A' + 'a' : hex[i]);
}

/* ---- tokens ---- */

static int label_check(const char *label, struct err *e)
{
	size_t n = strlen(label);

	if (n && n <= TOKEN_LABEL_MAX &&
	    strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == n)
		return OK;
	return err_set(e, ERR_INVALID, "a token's label has 1 to %d letters, digits and . _ -",
		       TOKEN_LABEL_MAX);
}

static void token_json(const struct store_token *t, struct jw *w)
{
	jw_obj(w);
	jw_kint(w, "id", t->id);
	jw_kstr(w, "prefix", t->prefix);
	jw_kstr(w, "label", t->label);
	jw_kstr(w, "user", t->login);
	jw_kroles(w, "roles", (unsigned)t->roles);
	jw_ktime(w, "made_at", t->made_at);
	jw_ktime(w, "ends_at", t->ends_at);
	jw_ktime(w, "used_at", t->used_at);
	jw_ktime(w, "revoked_at", t->revoked_at);
	jw_end(w);
}

static int token_judge(const struct token_new *in, const struct account *a, const struct actor *who,
		       struct store_token *ret, struct err *e)
{
	char roles[ROLES_TEXT_MAX];

	*ret =
	    (struct store_token){ .label = in->label[0] ? in->label : "api",
				  .account_id = a->id,
				  .login = a->login,
				  .roles = in->roles ? in->roles : a->roles,
				  .made_at = who->now,
				  .ends_at = in->ends_at ? in->ends_at : who->now + TOKEN_DAYS * MS_PER_DAY,
				  .used_at = -1,
				  .revoked_at = -1 };
	if (label_check(ret->label, e))
		return e->code;
	if (a->disabled)
		return err_set(e, ERR_CONFLICT, "user '%s' is disabled", a->login);
	if (ret->roles & ~(int64_t)a->roles)
		return err_set(e, ERR_DENIED, "user '%s' does not have these roles: %s", a->login,
			       roles_write((unsigned)ret->roles & ~a->roles, roles));
	if (ret->ends_at <= who->now || ret->ends_at > who->now + TOKEN_DAYS_MAX * MS_PER_DAY)
		return err_set(e, ERR_INVALID, "a token ends within the next %d days", TOKEN_DAYS_MAX);
	return OK;
}

/* *ret borrows from *ret_rows. */
static int token_look(struct db *db, int64_t id, struct rows **ret_rows, struct store_token *ret,
		      struct err *e)
{
	bool got;

	if (store_token_get(db, id, ret_rows, ret, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no token %" PRId64, id);
}

/* What p's own token allows. */
static int token_limits(struct db *db, const struct principal *p, unsigned *roles, int64_t *ret_ends,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_token t;
	char text[ROLES_TEXT_MAX];

	if (token_look(db, p->token_id, &r, &t, e))
		return e->code;
	if (*roles & ~p->roles)
		return err_set(e, ERR_DENIED, "the token that asks does not have these roles: %s",
			       roles_write(*roles & ~p->roles, text));
	if (!*roles)
		*roles = p->roles & (unsigned)ROLES_PEOPLE;
	*ret_ends = t.ends_at;
	return OK;
}

int people_token_for(struct db *db, const struct principal *p, const char *user, int64_t *ret_account,
		     unsigned *roles, int64_t *ret_ends, struct err *e)
{
	struct account a;

	*ret_ends = 0;
	if (!user[0] && !p->account_id)
		return err_set(e, ERR_INVALID,
			       "say for which user the token is: there is no account behind this request");
	if (user[0] ? account_find(db, user, &a, e) : account_get(db, p->account_id, &a, e))
		return e->code;
	if (!people_visible(p, &a))
		return err_set(e, ERR_NOT_FOUND, "there is no user '%.40s'", user);
	*ret_account = a.id;
	if (a.id == p->account_id)
		return p->token_id ? token_limits(db, p, roles, ret_ends, e) : OK;
	if (!may(p, ROLE_OPERATOR))
		return err_set(e, ERR_DENIED, "for somebody else this needs one of these roles: operator");
	if (a.has_password || a.subject[0])
		return err_set(e, ERR_DENIED, "user '%s' signs in and makes its own tokens", a.login);
	return OK;
}

int people_token_new(struct db *db, const struct actor *who, const struct token_new *in,
		     char ret_secret[SECRET_TEXT], int64_t *ret_id, struct err *e)
{
	TX(tx);
	char hash[SHA256_HEX], prefix[SECRET_PREFIX], subject[32], secret[SECRET_HEX];
	STR(after, PEOPLE_JSON_MAX);
	struct jw w = jw_start(&after);
	struct store_token t;
	struct account a;
	int64_t live;

	if (tx_begin(&tx, db, true, e) || account_get(db, in->account_id, &a, e) ||
	    token_judge(in, &a, who, &t, e) || store_token_live(db, a.id, who->now, &live, e))
		return e->code;
	if (live >= TOKENS_MAX)
		return err_set(e, ERR_CONFLICT, "user '%s' has %d tokens already; revoke one first", a.login,
			       TOKENS_MAX);
	snprintf(ret_secret, SECRET_TEXT, TOKEN_MARK "%s", secret_new(secret));
	str_copy(prefix, sizeof prefix, ret_secret);
	t.prefix = prefix;
	if (store_token_add(db, secret_digest(ret_secret, hash), &t, &t.id, e))
		return e->code;
	token_json(&t, &w);
	snprintf(subject, sizeof subject, "token/%" PRId64, t.id);
	if (audit_add(db, who, "token-add", subject, NULL, str_c(&after), 0, NULL, e) || tx_keep(&tx, e))
		return e->code;
	*ret_id = t.id;
	return OK;
}

int people_token_find(struct db *db, const char *secret, int64_t now, struct principal *ret, bool *ret_got,
		      bool *ret_touch, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char hash[SHA256_HEX];
	struct store_pass p;
	bool got;

	if (store_token_find(db, secret_digest(secret, hash), &r, &p, &got, e))
		return e->code;
	*ret_got = got && !strcmp(p.state, "active") && p.revoked_at < 0 && now < p.ends_at;
	if (!*ret_got)
		return OK;
	*ret_touch = p.used_at < 0 || now >= p.used_at + TOUCH_MS;
	principal_from(&p, SIGN_IN_TOKEN, (unsigned)(p.token_roles & p.roles), ret);
	return OK;
}

int people_token_touch(struct db *db, int64_t token_id, int64_t now, struct err *e)
{
	TX(tx);

	if (tx_begin(&tx, db, true, e) || store_token_touch(db, token_id, now, e))
		return e->code;
	return tx_keep(&tx, e);
}

int people_token_owner(struct db *db, int64_t id, struct account *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_token t;

	return token_look(db, id, &r, &t, e) || account_get(db, t.account_id, ret, e) ? (int)e->code : OK;
}

int people_token_json(struct db *db, int64_t id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_token t;

	if (token_look(db, id, &r, &t, e))
		return e->code;
	token_json(&t, w);
	return OK;
}

int people_token_revoke(struct db *db, const struct actor *who, int64_t id, struct err *e)
{
	TX(tx);
	STR(before, PEOPLE_JSON_MAX);
	STR(after, PEOPLE_JSON_MAX);
	struct jw was = jw_start(&before), is = jw_start(&after);
	char subject[32];
	bool done;

	snprintf(subject, sizeof subject, "token/%" PRId64, id);
	if (tx_begin(&tx, db, true, e) || people_token_json(db, id, &was, e) ||
	    store_token_revoke(db, id, who->now, &done, e))
		return e->code;
	if (!done)
		return err_set(e, ERR_NOT_FOUND, "token %" PRId64 " is revoked already", id);
	if (people_token_json(db, id, &is, e) ||
	    audit_add(db, who, "token-revoke", subject, str_c(&before), str_c(&after), 0, NULL, e))
		return e->code;
	return tx_keep(&tx, e);
}

int people_tokens_json(struct db *db, int64_t org_id, int64_t account_id, const char *cursor, int64_t limit,
		       struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, last = 0, n = 0;
	struct store_token t;
	bool got;

	if (cursor_read(cursor, 0, &after, e) ||
	    store_token_page(db, after, org_id, account_id, limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "tokens");
	jw_arr(&w);
	for (;;) {
		if (store_token_next(r, &t, &got, e))
			return e->code;
		if (!got || n++ == limit)
			break;
		token_json(&t, &w);
		last = t.id;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}
