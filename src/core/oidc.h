/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in elsewhere: the OpenID Connect authorization code flow with PKCE (OpenID Connect Core 1.0 section
 * 3.1, RFC 7636, RFC 9207). One provider. What it vouches for is an issuer and a subject; which account that
 * is was said before by an operator, or is made at the first sign-in when `oidc_provision` permits it.
 *
 * A browser's attempt hangs on one secret of 256 bits in a cookie of its own: state, nonce and code verifier
 * are digests of it, so nothing is kept here and nothing can be used in another browser.
 *
 * Tokens (T12): the algorithm must be one of `oidc_algs` (none of which is symmetric, "none" is none), the
 * key must be of its kind and of the provider's own set; keys and addresses named by a token are never
 * followed. Every claim is checked before any is believed. cjose does the signatures; only oidc_token.c knows
 * it.
 */
#ifndef FIRPATH_CORE_OIDC_H
#define FIRPATH_CORE_OIDC_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/str.h"
#include "core/people.h"
#include "wire/fetch.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define OIDC_CONF_KEYS \
	{ "oidc_issuer", CONF_TEXT, "", 0, 0, "OpenID Connect provider to sign in with (its issuer address); empty: none. Needs public_url." }, \
	{ "oidc_client_id", CONF_TEXT, "", 0, 0, "What the provider calls this service." }, \
	{ "oidc_client_secret_file", CONF_TEXT, "", 0, 0, "File whose first line is the client secret; empty: a public client." }, \
	{ "oidc_scopes", CONF_TEXT, "openid profile", 0, 0, "Scopes to ask for." }, \
	{ "oidc_label", CONF_TEXT, "your organisation's account", 0, 0, "What the button says: Sign in with ..." }, \
	{ "oidc_algs", CONF_TEXT, "RS256 PS256 ES256", 0, 0, "Signature algorithms of the provider that are taken." }, \
	{ "oidc_provision", CONF_BOOL, "no", 0, 0, "Make an account at the first sign-in of whoever has a mapped role." }, \
	{ "oidc_role_claim", CONF_TEXT, "roles", 0, 0, "Claim with the roles; points lead into objects." }, \
	{ "oidc_roles", CONF_TEXT, "", 0, 0, "VALUE=ROLE pairs, separated by blanks: what a value of that claim means here." }, \
	{ "oidc_org_claim", CONF_TEXT, "", 0, 0, "Claim with the name of the organisation, which must be there; empty: none." }
/* clang-format on */

#define OIDC_TOKEN_MAX (64 * KIB) /* an ID token, and the answers of the provider */
#define OIDC_SKEW_MS 60000        /* how far the clocks may be apart */
#define OIDC_AGE_MS 600000        /* an ID token made longer ago is none of this sign-in */
#define OIDC_FLOW_MS 600000       /* how long somebody may take to sign in */
#define OIDC_KEYS_MS 3600000      /* how long what the provider says of itself is kept */
#define OIDC_AT_ONCE 8            /* sign-ins for which the provider is asked at the same time */
#define OIDC_RETRY_MS 10000       /* it is not asked again sooner after a failure, or for an unknown key */

#define OIDC_SECRET 65 /* of an attempt: 64 hex digits, the NUL */
/* What hangs on the secret of an attempt. */
struct oidc_flow {
	char state[65], nonce[65], verifier[65];
};
void oidc_flow_of(const char *secret, struct oidc_flow *ret);

/* What a token must say. All borrowed. */
struct oidc_expect {
	const char *issuer, *client_id, *nonce;
	const char *algs; /* separated by blanks */
	int64_t now;      /* UTC ms */
};
struct oidc_claims {
	char subject[256];
	char name[PERSON_MAX + 1]; /* "name", "" */
	char login[LOGIN_MAX + 1]; /* "preferred_username" as far as it can be a login, "" */
	struct json *all;          /* owned: every claim, of a token that holds */
};
void oidc_claims_done(struct oidc_claims *c);
DEFINE_OWN_VAL(struct oidc_claims, oidc_claims_done)
/* Judges an ID token with the provider's key set ({"keys":[...]}). ERR_SIGNATURE says what is wrong.
 * *ret_no_key: its key is not in the set, which may have changed. Pure. */
int oidc_token_check(const char *token, size_t n, const struct json *keys, const struct oidc_expect *x,
		     struct oidc_claims *ret, bool *ret_no_key, struct err *e) MUST_USE;
/* The roles of the claims by a map such as oidc_roles; unknown values count nothing. */
unsigned oidc_roles_of(const struct json *claims, const char *claim, const char *map);
/* Is the map right? ERR_CONFIG names the word. */
int oidc_roles_check(const char *map, struct err *e) MUST_USE;

/* The provider as one service knows it; shared by threads. */
struct oidc;
/* NULL in *ret when oidc_issuer is empty. ERR_CONFIG. conf and rules borrowed. */
int oidc_new(const struct conf *c, const struct fetch_rules *rules, const struct clock *clock,
	     struct oidc **ret, struct err *e) MUST_USE;
void oidc_free(struct oidc *o);
DEFINE_OWN(struct oidc, oidc_free)
const char *oidc_label(const struct oidc *o);
/* Where the browser goes to sign in. Asks the provider about itself when that is not known yet. */
int oidc_begin(struct oidc *o, const struct oidc_flow *flow, struct str *url, struct err *e) MUST_USE;
/* The provider gave this code for it: who is it? iss: the parameter of that name, or NULL. ERR_BUSY: a slow
 * provider must not take all threads. */
int oidc_finish(struct oidc *o, const struct oidc_flow *flow, const char *code, const char *iss,
		struct oidc_claims *ret, struct err *e) MUST_USE;
/* Which account that is; made now when that is permitted. ERR_DENIED: none, or it is disabled. */
int oidc_account(const struct oidc *o, struct db *db, const struct oidc_claims *claims, int64_t now,
		 int64_t *ret_account, struct err *e) MUST_USE;

#endif
