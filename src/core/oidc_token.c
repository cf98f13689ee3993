/* SPDX-License-Identifier: Apache-2.0 */
/* Judging an ID token. Pure. The only file that sees cjose. */
#include <cjose/cjose.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/oidc.h"

/* What can be verified, and with which kind of key. Nothing symmetric: a public key must never be a secret.
 */
static const struct {
	const char *alg, *kty, *crv;
} algs[] = {
	{ "RS256", "RSA", NULL },   { "RS384", "RSA", NULL },   { "RS512", "RSA", NULL },
	{ "PS256", "RSA", NULL },   { "PS384", "RSA", NULL },   { "PS512", "RSA", NULL },
	{ "ES256", "EC", "P-256" }, { "ES384", "EC", "P-384" }, { "ES512", "EC", "P-521" },
};
#define ALGS (sizeof algs / sizeof *algs)
#define RSA_BITS_MIN 2048

static void jws_free_own(cjose_jws_t **j)
{
	if (*j)
		cjose_jws_release(*j);
}

static void jwk_free_own(cjose_jwk_t **k)
{
	if (*k)
		cjose_jwk_release(*k);
}

static int refused(struct err *e, const char *why)
{
	return err_set(e, ERR_SIGNATURE, "the identity token does not hold: %s", why);
}

void oidc_claims_done(struct oidc_claims *c)
{
	json_free(c->all);
	c->all = NULL;
}

static bool listed(const char *list, const char *word)
{
	for (size_t n; *(list += strspn(list, " ")); list += n) {
		n = strcspn(list, " ");
		if (n == strlen(word) && !memcmp(list, word, n))
			return true;
	}
	return false;
}

/* One part of the token as strict JSON: cjose reads leniently, and what two readers read differently is a way
 * in. */
static int part_json(const char *p, size_t n, struct json **ret, struct err *e)
{
	uint8_t *raw = NULL;
	struct err why;
	cjose_err ce;
	size_t len = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", p[i]) ||
		    !p[i])
			return refused(e, "it is not three parts in base64url");
	if (!n || !cjose_base64url_decode(p, n, &raw, &len, &ce))
		return refused(e, "it is not three parts in base64url");
	rc = json_parse((const char *)raw, len, ret, &why);
	cjose_get_dealloc()(raw);
	if (rc || json_kind(*ret) != JSON_OBJECT)
		return refused(e, "a part of it is no JSON object");
	return OK;
}

static const char *member(const struct json *o, const char *name)
{
	return json_text(json_get(o, name));
}

/* The row of its algorithm, when that is one we take; NULL with e. */
static int alg_of(const struct json *header, const char *permitted, size_t *ret, struct err *e)
{
	static const char *const never[] = { "crit", "b64", "zip", "enc" };
	const char *alg = member(header, "alg"), *typ = member(header, "typ");

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (json_get(header, never[i]))
			return refused(e, "its head asks for what is not supported");
	if (json_get(header, "typ") && (!typ || (strcmp(typ, "JWT") != 0 && strcmp(typ, "jwt") != 0)))
		return refused(e, "it is of another type");
	for (size_t i = 0; alg && i < ALGS; i++)
		if (!strcmp(algs[i].alg, alg) && listed(permitted, alg)) {
			*ret = i;
			return OK;
		}
	return refused(e, "its algorithm is not taken");
}

/* Does this key of the set fit the token's head? */
static bool key_fits(const struct json *key, size_t alg, const char *kid)
{
	const char *kty = member(key, "kty"), *use = member(key, "use"), *own = member(key, "alg"),
		   *crv = member(key, "crv"), *id = member(key, "kid");

	return kty && !strcmp(kty, algs[alg].kty) &&
	       (!algs[alg].crv || (crv && !strcmp(crv, algs[alg].crv))) &&
	       (!json_get(key, "use") || (use && !strcmp(use, "sig"))) &&
	       (!json_get(key, "alg") || (own && !strcmp(own, algs[alg].alg))) &&
	       (!kid || (id && !strcmp(id, kid)));
}

/* The one key of the set that can have signed it. */
static int find_key(const struct json *keys, size_t alg, const struct json *header, const struct json **ret,
		    bool *ret_no_key, struct err *e)
{
	const struct json *list = json_get(keys, "keys"), *found = NULL;
	const char *kid = member(header, "kid");

	if (json_get(header, "kid") && !kid)
		return refused(e, "the name of its key is no text");
	for (size_t i = 0; i < json_len(list); i++) {
		if (!key_fits(json_at(list, i), alg, kid))
			continue;
		if (found)
			return refused(e, "several keys of the provider could be meant");
		found = json_at(list, i);
	}
	*ret_no_key = !found;
	*ret = found;
	return found ? OK : refused(e, "no key of the provider is meant");
}

static int signature_check(const char *token, size_t n, const struct json *key, size_t alg, struct err *e)
{
	OWN(jws_free) cjose_jws_t *jws = NULL;
	OWN(jwk_free) cjose_jwk_t *jwk = NULL;
	STR(text, 64 * KIB);
	cjose_err ce;

	json_print(key, &text, false);
	jwk = text.over ? NULL : cjose_jwk_import(str_c(&text), text.len, &ce);
	if (!jwk)
		return refused(e, "the provider's key cannot be read");
	if (cjose_jwk_get_kty(jwk, &ce) != (algs[alg].crv ? CJOSE_JWK_KTY_EC : CJOSE_JWK_KTY_RSA) ||
	    (!algs[alg].crv && cjose_jwk_get_keysize(jwk, &ce) < RSA_BITS_MIN))
		return refused(e, "the provider's key is too weak or of another kind");
	jws = cjose_jws_import(token, n, &ce);
	if (!jws || !cjose_jws_verify(jws, jwk, &ce))
		return refused(e, "its signature is not the provider's");
	return OK;
}

/* Seconds since 1970 as ms; false when there is no such number. */
static bool when(const struct json *claims, const char *name, int64_t *ret)
{
	const struct json *v = json_get(claims, name);
	double d = json_kind(v) == JSON_REAL ? json_real(v, -1) : (double)json_int(v, -1);

	if ((json_kind(v) != JSON_INT && json_kind(v) != JSON_REAL) || !(d >= 0 && d < 1e11))
		return false;
	*ret = (int64_t)(d * 1000);
	return true;
}

static bool is_text(const struct json *o, const char *name, const char *want)
{
	const char *is = member(o, name);

	return is && !strcmp(is, want);
}

static bool for_us(const struct json *claims, const char *client)
{
	const struct json *aud = json_get(claims, "aud");
	bool found = is_text(claims, "aud", client);
	size_t n = 1;

	if (json_kind(aud) == JSON_ARRAY) {
		n = json_len(aud);
		for (size_t i = 0; i < n; i++) {
			const char *one = json_text(json_at(aud, i));

			if (!one)
				return false;
			found = found || !strcmp(one, client);
		}
	}
	/* Made for several: then the one that asked is named, and must be us. */
	if (json_get(claims, "azp") || n > 1)
		return found && is_text(claims, "azp", client);
	return found;
}

static int claims_check(const struct json *c, const struct oidc_expect *x, struct err *e)
{
	int64_t exp, iat, nbf = 0;
	const char *sub = member(c, "sub");

	if (!is_text(c, "iss", x->issuer))
		return refused(e, "somebody else issued it");
	if (!for_us(c, x->client_id))
		return refused(e, "it was made for somebody else");
	if (!is_text(c, "nonce", x->nonce))
		return refused(e, "it belongs to another sign-in");
	if (!when(c, "exp", &exp) || !when(c, "iat", &iat) || (json_get(c, "nbf") && !when(c, "nbf", &nbf)))
		return refused(e, "it does not say when it is valid");
	if (x->now >= exp + OIDC_SKEW_MS || x->now < nbf - OIDC_SKEW_MS || x->now < iat - OIDC_SKEW_MS ||
	    x->now > iat + OIDC_AGE_MS)
		return refused(e, "it is not valid now");
	if (!sub || !*sub || strlen(sub) >= sizeof((struct oidc_claims *)0)->subject)
		return refused(e, "it names nobody");
	for (const char *p = sub; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return refused(e, "it names nobody");
	return OK;
}

/* As far as it can be a login here: the part before an @, lower case. */
static void login_of(const char *text, char ret[LOGIN_MAX + 1])
{
	size_t n = 0;

	for (; text && *text && *text != '@' && n < LOGIN_MAX; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (n && strchr("._-", c)))
			ret[n++] = c;
	}
	ret[n] = '\0';
}

int oidc_token_check(const char *token, size_t n, const struct json *keys, const struct oidc_expect *x,
		     struct oidc_claims *ret, bool *ret_no_key, struct err *e)
{
	OWN(json_free) struct json *header = NULL, *claims = NULL;
	const char *dot = memchr(token, '.', n), *second;
	const struct json *key = NULL;
	size_t alg = 0;
	const char *name;

	*ret_no_key = false;
	second = dot ? memchr(dot + 1, '.', n - (size_t)(dot + 1 - token)) : NULL;
	if (!second || n > OIDC_TOKEN_MAX || memchr(second + 1, '.', n - (size_t)(second + 1 - token)))
		return refused(e, "it is not three parts in base64url");
	if (part_json(token, (size_t)(dot - token), &header, e) || alg_of(header, x->algs, &alg, e) ||
	    find_key(keys, alg, header, &key, ret_no_key, e) || signature_check(token, n, key, alg, e) ||
	    part_json(dot + 1, (size_t)(second - dot - 1), &claims, e) || claims_check(claims, x, e))
		return (int)e->code;
	str_copy(ret->subject, sizeof ret->subject, member(claims, "sub"));
	name = member(claims, "name");
	str_copy(ret->name, sizeof ret->name, name ? name : "");
	login_of(member(claims, "preferred_username"), ret->login);
	ret->all = MOVE(claims);
	return OK;
}

/* ---- roles ---- */

/* The role of a value by the map, 0 = none. */
static unsigned role_of_value(const char *map, const char *value)
{
	size_t len = strlen(value);

	for (size_t n; *(map += strspn(map, " ")); map += n) {
		char role[32];

		n = strcspn(map, " ");
		if (n > len + 1 && !memcmp(map, value, len) && map[len] == '=' &&
		    str_copyn(role, sizeof role, map + len + 1, n - len - 1))
			return role_find(role) & ROLES_PEOPLE;
	}
	return 0;
}

unsigned oidc_roles_of(const struct json *claims, const char *claim, const char *map)
{
	const struct json *at = claims;
	unsigned roles = 0;
	char step[128];

	for (size_t n; at && *claim; claim += n + (claim[n] == '.')) {
		n = strcspn(claim, ".");
		if (!str_copyn(step, sizeof step, claim, n))
			return 0;
		at = json_get(at, step);
	}
	if (json_text(at))
		return role_of_value(map, json_text(at));
	for (size_t i = 0; json_kind(at) == JSON_ARRAY && i < json_len(at); i++)
		if (json_text(json_at(at, i)))
			roles |= role_of_value(map, json_text(json_at(at, i)));
	return roles;
}

int oidc_roles_check(const char *map, struct err *e)
{
	for (size_t n; *(map += strspn(map, " ")); map += n) {
		const char *eq;
		char role[32] = "";

		n = strcspn(map, " ");
		eq = memrchr(map, '=', n);
		if (!eq || eq == map || !str_copyn(role, sizeof role, eq + 1, (size_t)(map + n - eq - 1)) ||
		    !(role_find(role) & ROLES_PEOPLE))
			return err_set(e, ERR_CONFIG,
				       "oidc_roles: '%.*s' is not VALUE=ROLE with a role of people",
				       (int)(n > 60 ? 60 : n), map);
	}
	return OK;
}
