/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in elsewhere, the browser's side: there, and back. The attempt's secret is in a cookie of its own
 * (SameSite=Lax, since the way back begins at the provider), together with where to go on to.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/secret.h"
#include "core/oidc.h"
#include "web/page.h"

#define NEXT_KEPT 300 /* longer addresses are not gone back to */
#define COOKIE_SECURE "__Host-firpath-oidc"
#define COOKIE_PLAIN "firpath-oidc"

static const char *cookie_name(const struct req *rq)
{
	return !strncmp(conf_text(rq->app->conf, "public_url"), "https:", 6) ? COOKIE_SECURE : COOKIE_PLAIN;
}

/* "SECRET.NEXT", NEXT escaped. */
static void cookie_put(const struct req *rq, struct resp *rs, const char *value)
{
	const char *name = cookie_name(rq);
	STR(text, 2 * KIB);

	str_addf(&text, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", name, value,
		 *value ? OIDC_FLOW_MS / 1000 : 0, strcmp(name, COOKIE_SECURE) ? "" : "; Secure");
	resp_header(rs, "Set-Cookie", str_c(&text));
	rs->cache = CACHE_NEVER;
	secret_wipe(text.p, text.len);
}

static bool cookie_get(const struct req *rq, char secret[OIDC_SECRET], char *next, size_t size)
{
	const char *p = req_header(rq, "Cookie"), *name = cookie_name(rq);
	size_t n = strlen(name), len = OIDC_SECRET - 1;

	for (; p && *p; p += strcspn(p, ";"), p += strspn(p, "; ")) {
		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		if (strspn(p, "0123456789abcdef") != len || p[len] != '.')
			continue;
		str_copyn(secret, OIDC_SECRET, p, len);
		p += len + 1;
		return str_copyn(next, size, p, strcspn(p, ";"));
	}
	return false;
}

static int no_provider(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "this service has no other way to sign in than a password");
}

int page_oidc(struct req *rq, struct resp *rs, struct err *e)
{
	const char *next = page_next_ok(req_query(rq, "next"));
	char secret[OIDC_SECRET];
	struct oidc_flow flow;
	STR(cookie, 2 * KIB);
	STR(url, 8 * KIB);

	if (!rq->app->oidc)
		return no_provider(e);
	secret_new(secret);
	oidc_flow_of(secret, &flow);
	if (oidc_begin(rq->app->oidc, &flow, &url, e))
		return e->code;
	str_addf(&cookie, "%s.%s", secret, strlen(next) > NEXT_KEPT || strpbrk(next, ";, \"") ? "/" : next);
	cookie_put(rq, rs, str_c(&cookie));
	resp_redirect(rs, str_c(&url));
	secret_wipe(cookie.p, cookie.len);
	return OK;
}

/* What the provider says when it did not sign anybody in; its words are not shown, only its code. */
static int told_error(const char *code, struct err *e)
{
	char word[41] = "";
	size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz_");

	str_copyn(word, sizeof word, code, n < 40 ? n : 40);
	return err_set(e, ERR_DENIED, "the sign-in provider did not sign you in (%s)", word);
}

static int come_back(struct req *rq, struct resp *rs, char *next, size_t size, struct err *e)
{
	const char *state = req_query(rq, "state"), *code = req_query(rq, "code"),
		   *bad = req_query(rq, "error");
	OWN(oidc_claims_done) struct oidc_claims claims = { .all = NULL };
	char secret[OIDC_SECRET];
	struct oidc_flow flow;
	int64_t account;
	struct db *db;

	if (!cookie_get(rq, secret, next, size))
		return err_set(e, ERR_DENIED,
			       "this browser did not begin to sign in, or took too long; sign in again");
	oidc_flow_of(secret, &flow);
	cookie_put(rq, rs, ""); /* used once, whatever comes of it */
	if (!state || strlen(state) != strlen(flow.state) ||
	    !same_secret(state, flow.state, strlen(flow.state)))
		return err_set(e, ERR_DENIED, "the answer belongs to another sign-in; sign in again");
	if (bad)
		return told_error(bad, e);
	if (!code)
		return err_set(e, ERR_DENIED, "the sign-in provider gave no code");
	if (oidc_finish(rq->app->oidc, &flow, code, req_query(rq, "iss"), &claims, e) ||
	    req_db_write(rq, &db, e) || oidc_account(rq->app->oidc, db, &claims, rq->now, &account, e))
		return e->code;
	return req_sign_in(rq, rs, account, e);
}

/* Not a redirect: a browser that comes from elsewhere would not send the new cookie (SameSite=Strict) along
 * with it. This page is ours, and what it leads to is asked for from here. */
int page_oidc_back(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "You are signed in" };
	OWN(page_done) struct page p = { 0 };
	char next[NEXT_KEPT + 1] = "/", text[NEXT_KEPT + 16];

	rs->cache = CACHE_NEVER;
	if (!rq->app->oidc)
		return no_provider(e);
	if (come_back(rq, rs, next, sizeof next, e)) {
		log_event(rq->app->log, LOG_NOTICE, "oidc-refused", "id", rq->id, "peer", rq->peer, "error",
			  e->msg, NULL);
		return e->code;
	}
	snprintf(text, sizeof text, "0; url=%s", page_next_ok(next));
	resp_header(rs, "Refresh", text);
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_kstr(&p.w, "next", page_next_ok(next));
	return page_end(&p, "signed-in", NULL, e);
}
