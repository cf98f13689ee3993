/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out, and one's own account: sessions, tokens, password. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/oidc.h"
#include "core/people.h"
#include "web/form.h"
#include "web/page.h"
#include "web/roles.h"

static const struct crumb account_crumbs[] = { { "/account", "Your account" }, { NULL, NULL } };

/* ---- signing in ---- */

static const struct form_field sign_in_fields[] = {
	{ .name = "login",
	  .kind = FORM_INPUT,
	  .label = "Login name",
	  .missing = "Enter your login name",
	  .width = 20,
	  .autocomplete = "username" },
	{ .name = "password",
	  .kind = FORM_PASSWORD,
	  .label = "Password",
	  .missing = "Enter your password",
	  .autocomplete = "current-password" },
	{ .name = "next", .kind = FORM_HIDDEN, .max = PAGE_NEXT_MAX },
	{ .name = NULL },
};

/* lost: something was sent by whoever is not signed in any more. */
static int sign_in_show(struct req *rq, struct resp *rs, const struct form *f, bool asked, bool lost,
			bool people, struct err *e)
{
	struct page_head head = { .title = "Sign in", .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };
	STR(oidc, 16 * KIB);

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_key(&p.w, "sign_in");
	jw_obj(&p.w);
	jw_kbool(&p.w, "people", people);
	jw_kbool(&p.w, "asked", asked && !lost);
	jw_kbool(&p.w, "lost", lost);
	jw_kstr(&p.w, "oidc", rq->app->oidc ? oidc_label(rq->app->oidc) : NULL);
	str_add(&oidc, "/sign-in/oidc");
	link_query(&oidc, "next", form_value(f, "next"));
	jw_kstr(&p.w, "oidc_href", str_c(&oidc));
	jw_end(&p.w);
	form_json(f, &p);
	return page_end(&p, "sign-in", NULL, e);
}

/* The page that has the form which was sent: of the same address, or the one above ("/proposals/7" for
 * "/proposals/7/approve"). */
static void page_of_form(const struct req *rq, struct str *out)
{
	const char *pattern = rq->route->pattern, *last = strrchr(pattern, '/');
	char above[200];

	str_copyn(above, sizeof above, pattern, (size_t)(last - pattern));
	if (page_is(pattern))
		str_add(out, rq->path);
	else if (page_is(above))
		str_addn(out, rq->path, (size_t)(strrchr(rq->path, '/') - rq->path));
}

int sign_in_page(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = sign_in_fields };
	bool get = !strcmp(rq->method, "GET");
	STR(next, 16 * KIB);

	if (get)
		str_addf(&next, "%s%s%s", rq->path, rq->query[0] ? "?" : "", rq->query);
	else
		page_of_form(rq, &next);
	form_start(&f, rq);
	form_set(&f, "next", page_next_ok(str_c(&next)));
	return sign_in_show(rq, rs, &f, true, !get, true, e);
}

int page_sign_in(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = sign_in_fields };
	int64_t account;
	bool ok = false, people;
	struct db *db;

	form_start(&f, rq);
	if (!form_posted(rq)) {
		if (req_db(rq, &db, e) || people_exist(db, &people, e))
			return e->code;
		if (rq->who.how == SIGN_IN_SESSION) {
			resp_redirect(rs, page_next_ok(req_query(rq, "next")));
			return OK;
		}
		form_set(&f, "next", page_next_ok(req_query(rq, "next")));
		return sign_in_show(rq, rs, &f, req_query(rq, "next") != NULL, false, people, e);
	}
	if (form_read(&f, e))
		return e->code;
	if (form_ok(&f) &&
	    req_password(rq, rs, form_value(&f, "login"), form_value(&f, "password"), &account, &ok, e))
		return e->code;
	if (ok) {
		if (req_sign_in(rq, rs, account, e))
			return e->code;
		resp_redirect(rs, page_next_ok(form_value(&f, "next")));
		return OK;
	}
	if (form_ok(&f)) {
		rs->status = 401;
		form_error(&f, "login", "The login name or the password is wrong");
	}
	return sign_in_show(rq, rs, &f, false, false, true, e);
}

static const struct form_field no_fields[] = { { .name = NULL } };

/* A form of one button: nothing but its csrf. */
static int button_read(struct req *rq, struct err *e)
{
	OWN(form_done) struct form f = { .fields = no_fields };

	form_start(&f, rq);
	return form_read(&f, e);
}

int page_sign_out(struct req *rq, struct resp *rs, struct err *e)
{
	if (button_read(rq, e) || req_sign_out(rq, rs, e))
		return e->code;
	resp_redirect(rs, "/");
	return OK;
}

/* ---- the account ---- */

static const char *const done_text[][2] = {
	{ "password",
	  "Your password was changed. All other sessions have ended; API tokens go on working: revoke those "
	  "that you do not know." },
	{ "session", "The session has ended." },
	{ "token", "The token was revoked. It stopped working." },
};

static int need_account(const struct req *rq, struct err *e)
{
	return rq->who.account_id ? OK
				  : err_set(e, ERR_NEEDS_ACCOUNT, "'%s' is not an account", rq->who.name);
}

static int put_account(struct page *p, struct err *e)
{
	const struct principal *who = &p->rq->who;
	STR(sessions, 256 * KIB);
	STR(tokens, 256 * KIB);
	struct account a;
	struct db *db;

	if (req_db(p->rq, &db, e) || account_get(db, who->account_id, &a, e) ||
	    people_sessions_json(db, a.id, who->session_id, p->rq->now, &sessions, e) ||
	    people_tokens_json(db, -1, a.id, NULL, 500, &tokens, e))
		return e->code;
	jw_key(&p->w, "account");
	account_json(&a, &p->w);
	page_raw(p, "sessions", &sessions);
	page_raw(p, "tokens", &tokens);
	return OK;
}

int page_account(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Your account" };
	const char *done = req_query(rq, "done"), *text = NULL;
	OWN(page_done) struct page p = { 0 };

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	if (!rq->who.account_id) {
		jw_key(&p.w, "account");
		jw_null(&p.w);
	} else if (put_account(&p, e)) {
		return e->code;
	}
	for (size_t i = 0; done && i < sizeof done_text / sizeof *done_text; i++)
		if (!strcmp(done, done_text[i][0]))
			text = done_text[i][1];
	page_banner(&p, true, text, NULL, NULL);
	jw_kint(&p.w, "now", rq->now);
	return page_end(&p, "account", NULL, e);
}

static const struct form_field password_fields[] = {
	{ .name = "old",
	  .kind = FORM_PASSWORD,
	  .label = "Present password",
	  .missing = "Enter your present password",
	  .autocomplete = "current-password" },
	{ .name = "fresh",
	  .kind = FORM_PASSWORD,
	  .label = "New password",
	  .hint = "12 characters or more. A few words that only you would put together are good.",
	  .missing = "Enter a new password",
	  .autocomplete = "new-password" },
	{ .name = "again",
	  .kind = FORM_PASSWORD,
	  .label = "New password again",
	  .missing = "Enter the new password again",
	  .autocomplete = "new-password" },
	{ .name = NULL },
};

/* *ret_done: changed, and this browser has a new session. */
static int password_set(struct req *rq, struct resp *rs, struct form *f, bool *ret_done, struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t account = 0;
	struct account a;
	bool ok = false;
	struct db *db;

	if (req_db(rq, &db, e) || account_get(db, rq->who.account_id, &a, e) ||
	    req_password(rq, rs, a.login, form_value(f, "old"), &account, &ok, e))
		return e->code;
	if (!ok || account != a.id) {
		form_error(f, "old", "The present password is wrong");
		return OK;
	}
	if (req_db_write(rq, &db, e))
		return e->code;
	if (account_own_password(db, &who, a.id, form_value(f, "fresh"), e)) {
		if (e->code != ERR_INVALID)
			return e->code;
		form_error_of(f, "fresh", e);
		e->code = OK;
		return OK;
	}
	*ret_done = true;
	return req_sign_in(rq, rs, a.id, e);
}

int page_password(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Change your password", .crumbs = account_crumbs };
	OWN(form_done) struct form f = { .fields = password_fields };
	OWN(page_done) struct page p = { 0 };
	bool done = false;

	form_start(&f, rq);
	if (need_account(rq, e) || (form_posted(rq) && form_read(&f, e)))
		return e->code;
	if (form_posted(rq) && form_ok(&f) && strcmp(form_value(&f, "fresh"), form_value(&f, "again")) != 0)
		form_error(&f, "again", "These were two different passwords");
	if (form_posted(rq) && form_ok(&f) && password_set(rq, rs, &f, &done, e))
		return e->code;
	if (done) {
		resp_redirect(rs, "/account?done=password");
		return OK;
	}
	head.error = !form_ok(&f);
	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(&f, &p);
	return page_end(&p, "password", NULL, e);
}

int page_session_end(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	int64_t id;
	struct db *db;

	if (button_read(rq, e) || need_account(rq, e) || parse_i64(rq->arg[0], 1, INT64_MAX, &id, e) ||
	    req_db_write(rq, &db, e) || people_session_end(db, &who, rq->who.account_id, id, e))
		return e->code;
	resp_redirect(rs, id == rq->who.session_id ? "/" : "/account?done=session");
	return OK;
}

/* ---- tokens ---- */

static const struct form_option days_options[] = { { "7", "a week", NULL },
						   { "30", "30 days", NULL },
						   { "90", "90 days", NULL },
						   { "366", "a year", NULL },
						   { NULL, NULL, NULL } };
static const struct form_field token_fields[] = {
	{ .name = "label",
	  .kind = FORM_INPUT,
	  .label = "What is it for?",
	  .hint = "A short name such as nightly-import. It stands in the audit with everything that the "
		  "token does.",
	  .missing = "Enter what the token is for",
	  .width = 20,
	  .max = TOKEN_LABEL_MAX },
	{ .name = "roles",
	  .kind = FORM_CHECKS,
	  .label = "What may it do?",
	  .hint = "Tick as little as it needs.",
	  .missing = "Choose at least one role" },
	{ .name = "days",
	  .kind = FORM_RADIOS,
	  .label = "How long shall it work?",
	  .missing = "Choose how long it shall work",
	  .options = days_options },
	{ .name = NULL },
};

static int token_make(struct req *rq, struct form *f, char secret[SECRET_TEXT], struct err *e)
{
	struct actor who = req_actor(rq);
	struct token_new in = { .label = form_value(f, "label") };
	char roles[ROLES_TEXT_MAX];
	int64_t days, ends, id;
	struct db *db;

	roles_given(f, roles);
	if (roles_read(roles, &in.roles, e) ||
	    parse_i64(form_value(f, "days"), 1, TOKEN_DAYS_MAX, &days, e) || req_db_write(rq, &db, e) ||
	    people_token_for(db, &rq->who, "", &in.account_id, &in.roles, &ends, e))
		return e->code;
	in.ends_at = rq->now + days * MS_PER_DAY;
	if (ends && ends < in.ends_at)
		in.ends_at = ends;
	if (people_token_new(db, &who, &in, secret, &id, e)) {
		if (e->code != ERR_INVALID)
			return e->code;
		form_error_of(f, "label", e);
		e->code = OK;
	}
	return OK;
}

int page_token_new(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Make a token", .crumbs = account_crumbs };
	OWN(form_done) struct form f = { .fields = token_fields };
	OWN(page_done) struct page p = { 0 };
	char secret[SECRET_TEXT] = "";
	int rc;

	form_start(&f, rq);
	offer_roles(&f, rq->who.roles & ROLES_PEOPLE);
	form_set(&f, "days", "90");
	if (need_account(rq, e) || (form_posted(rq) && form_read(&f, e)) ||
	    (form_posted(rq) && form_ok(&f) && token_make(rq, &f, secret, e)))
		return e->code;
	head.error = !form_ok(&f);
	if (secret[0])
		head.title = "Your new token";
	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_kstr(&p.w, "token", secret);
	form_json(&f, &p);
	rc = page_end(&p, "token-new", NULL, e);
	secret_wipe(secret, sizeof secret);
	secret_wipe(p.json.p, p.json.len);
	return rc;
}

int page_token_revoke(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct account owner;
	struct db *db;
	int64_t id;

	if (button_read(rq, e) || need_account(rq, e) || parse_i64(rq->arg[0], 1, INT64_MAX, &id, e) ||
	    req_db_write(rq, &db, e) || people_token_owner(db, id, &owner, e))
		return e->code;
	if (owner.id != rq->who.account_id)
		return err_set(e, ERR_NOT_FOUND, "you have no token %" PRId64, id);
	if (people_token_revoke(db, &who, id, e))
		return e->code;
	resp_redirect(rs, "/account?done=token");
	return OK;
}
