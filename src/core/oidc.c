/* SPDX-License-Identifier: Apache-2.0 */
#include "core/oidc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/secret.h"

#define BUSY_TEXT "too many people are signing in elsewhere just now; sign in again"
#define DISCOVERY "/.well-known/openid-configuration"
#define URL_TEXT (FETCH_URL_MAX + 1)

/* What the provider says of itself. */
struct provider {
	char authorize[URL_TEXT], token[URL_TEXT], keys[URL_TEXT];
	bool post; /* the client secret goes into the body, because it takes it nowhere else */
};

struct oidc {
	const struct conf *conf;         /* borrowed */
	const struct fetch_rules *rules; /* borrowed */
	const struct clock *clock;       /* borrowed */
	char redirect[URL_TEXT];         /* where the browser comes back to */
	char *secret;                    /* owned; NULL = a public client */
	pthread_mutex_t lock;            /* around the rest; held while the provider is asked */
	struct provider provider;
	struct json *keys;   /* owned */
	atomic_int asking;   /* sign-ins that wait for an answer now */
	int64_t known_until; /* monotonic ms; 0 = nothing is known */
	int64_t keys_until;  /* the same of the keys */
	int64_t retry_at;    /* not asked again before (monotonic ms) */
	struct err failure;  /* why not */
};

static const char *text_of(const struct oidc *o, const char *key)
{
	return conf_text(o->conf, key);
}

/* base64url without padding (RFC 4648 section 5). */
static void url64(const uint8_t *p, size_t n, char *buf)
{
	base64_text(p, n, buf);
	buf[strcspn(buf, "=")] = '\0';
	for (; *buf; buf++)
		*buf = (char)(*buf == '+' ? '-' : *buf == '/' ? '_' : *buf);
}

static void derive(const char *secret, const char *what, char ret[65])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];

	sha256_add(h, what, strlen(what));
	sha256_add(h, ":", 1);
	sha256_add(h, secret, strlen(secret));
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, ret);
}

void oidc_flow_of(const char *secret, struct oidc_flow *ret)
{
	derive(secret, "state", ret->state);
	derive(secret, "nonce", ret->nonce);
	derive(secret, "verifier", ret->verifier);
}

static int read_secret(const char *path, char **ret, struct err *e)
{
	STR(text, 4 * KIB);
	size_t n;

	if (file_read(path, &text, e))
		return err_wrap(e, "oidc_client_secret_file");
	n = strcspn(str_c(&text), "\r\n");
	if (!n)
		return err_set(e, ERR_CONFIG, "oidc_client_secret_file: '%.80s' has an empty first line",
			       path);
	*ret = mem_strndup(str_c(&text), n);
	secret_wipe(text.p, text.len);
	return OK;
}

int oidc_new(const struct conf *c, const struct fetch_rules *rules, const struct clock *clock,
	     struct oidc **ret, struct err *e)
{
	OWN(oidc_free) struct oidc *o = NULL;
	const char *issuer = conf_text(c, "oidc_issuer"), *url = conf_text(c, "public_url"),
		   *file = conf_text(c, "oidc_client_secret_file");

	*ret = NULL;
	if (!*issuer)
		return OK;
	if (!*url || !*conf_text(c, "oidc_client_id"))
		return err_set(e, ERR_CONFIG, "oidc_issuer needs %s", *url ? "oidc_client_id" : "public_url");
	if (fetch_url_check(rules, issuer, e) || oidc_roles_check(conf_text(c, "oidc_roles"), e)) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "oidc_issuer");
	}
	o = mem_zalloc(sizeof *o);
	o->conf = c;
	o->rules = rules;
	o->clock = clock;
	pthread_mutex_init(&o->lock, NULL);
	snprintf(o->redirect, sizeof o->redirect, "%.*s/sign-in/oidc/back",
		 (int)(strlen(url) - (url[strlen(url) - 1] == '/')), url);
	if (*file && read_secret(file, &o->secret, e))
		return (int)e->code;
	*ret = MOVE(o);
	return OK;
}

void oidc_free(struct oidc *o)
{
	if (!o)
		return;
	if (o->secret)
		secret_wipe(o->secret, strlen(o->secret));
	free(o->secret);
	json_free(o->keys);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

const char *oidc_label(const struct oidc *o)
{
	return text_of(o, "oidc_label");
}

/* ---- asking the provider ---- */

static int ask_json(const struct oidc *o, const struct fetch_ask *ask, struct json **ret, struct err *e)
{
	OWN(fetch_answer_done) struct fetch_answer a = { 0 };
	struct fetch_ask q = *ask;

	q.max_bytes = (int64_t)OIDC_TOKEN_MAX;
	q.total_ms = 10000;
	q.connect_ms = 5000;
	if (fetch_run(o->rules, &q, NULL, NULL, &a, e))
		return err_wrap(e, "asking the sign-in provider");
	if (a.status != 200)
		return err_set(e, a.status == 400 || a.status == 401 ? ERR_DENIED : ERR_REMOTE,
			       "the sign-in provider answered %d", a.status);
	if (json_parse(str_c(&a.body), a.body.len, ret, e)) {
		e->code = ERR_REMOTE;
		return err_wrap(e, "the sign-in provider's answer is not JSON");
	}
	return OK;
}

static int take_url(const struct oidc *o, const struct json *j, const char *name, char ret[URL_TEXT],
		    struct err *e)
{
	const char *url = json_text(json_get(j, name));

	if (!url || !str_copy(ret, URL_TEXT, url) || fetch_url_check(o->rules, url, e) || strchr(url, '#'))
		return err_set(e, ERR_REMOTE, "the sign-in provider names no usable %s", name);
	return OK;
}

/* Only when nothing else is offered: the head of the request is the better place. */
static bool post_only(const struct json *j)
{
	const struct json *m = json_get(j, "token_endpoint_auth_methods_supported");
	bool post = false;

	for (size_t i = 0; i < json_len(m); i++) {
		const char *name = json_text(json_at(m, i));

		if (name && !strcmp(name, "client_secret_basic"))
			return false;
		post = post || (name && !strcmp(name, "client_secret_post"));
	}
	return post;
}

static int discover(struct oidc *o, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *issuer = text_of(o, "oidc_issuer"), *is;
	struct provider p = { .post = false };
	STR(url, 4 * KIB);
	struct fetch_ask ask = { 0 };
	size_t n = strlen(issuer);

	str_addn(&url, issuer, n - (issuer[n - 1] == '/'));
	str_add(&url, DISCOVERY);
	ask.url = str_c(&url);
	if (ask_json(o, &ask, &j, e))
		return (int)e->code;
	is = json_text(json_get(j, "issuer"));
	if (!is || strcmp(is, issuer) != 0)
		return err_set(e, ERR_REMOTE,
			       "the sign-in provider calls itself another issuer than oidc_issuer");
	if (take_url(o, j, "authorization_endpoint", p.authorize, e) ||
	    take_url(o, j, "token_endpoint", p.token, e) || take_url(o, j, "jwks_uri", p.keys, e))
		return (int)e->code;
	p.post = post_only(j);
	o->provider = p;
	o->known_until = clock_mono(o->clock) + OIDC_KEYS_MS;
	return OK;
}

static int fetch_keys(struct oidc *o, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct fetch_ask ask = { .url = o->provider.keys };

	if (ask_json(o, &ask, &j, e))
		return (int)e->code;
	if (json_kind(json_get(j, "keys")) != JSON_ARRAY)
		return err_set(e, ERR_REMOTE, "the sign-in provider has no set of keys");
	json_free(o->keys);
	o->keys = MOVE(j);
	o->keys_until = clock_mono(o->clock) + OIDC_KEYS_MS;
	return OK;
}

/* What is not known, or no longer, is asked for; after a failure not at once again. Under the lock. */
static int know(struct oidc *o, bool keys_too, struct err *e)
{
	int64_t now = clock_mono(o->clock);
	int rc = OK;

	if (o->known_until > now && (!keys_too || o->keys_until > now))
		return OK;
	if (o->failure.code && now < o->retry_at) {
		*e = o->failure;
		return (int)e->code;
	}
	if (o->known_until <= now)
		rc = discover(o, e);
	if (!rc && keys_too && o->keys_until <= now)
		rc = fetch_keys(o, e);
	o->failure.code = OK;
	if (rc) {
		o->failure = *e;
		o->retry_at = now + OIDC_RETRY_MS;
	}
	return rc;
}

/* A copy of what is known, so that nothing is asked under the lock but this. */
static int provider_get(struct oidc *o, bool keys_too, struct provider *ret, struct err *e)
{
	int rc;

	pthread_mutex_lock(&o->lock);
	rc = know(o, keys_too, e);
	*ret = o->provider;
	pthread_mutex_unlock(&o->lock);
	return rc;
}

static void add_pair(struct str *out, const char *name, const char *value)
{
	str_addf(out, "&%s=", name);
	str_add_url(out, value);
}

static int begin(struct oidc *o, const struct oidc_flow *flow, struct str *url, struct err *e)
{
	uint8_t sum[SHA256_LEN];
	char challenge[64];
	struct provider p;

	if (provider_get(o, false, &p, e))
		return (int)e->code;
	sha256_of(flow->verifier, strlen(flow->verifier), sum);
	url64(sum, sizeof sum, challenge);
	str_add(url, p.authorize);
	str_add(url, strchr(p.authorize, '?') ? "&response_type=code" : "?response_type=code");
	add_pair(url, "client_id", text_of(o, "oidc_client_id"));
	add_pair(url, "redirect_uri", o->redirect);
	add_pair(url, "scope", text_of(o, "oidc_scopes"));
	add_pair(url, "state", flow->state);
	add_pair(url, "nonce", flow->nonce);
	add_pair(url, "code_challenge", challenge);
	add_pair(url, "code_challenge_method", "S256");
	return url->over ? err_set(e, ERR_CONFIG, "the address of the sign-in provider is too long") : OK;
}

/* Nobody waits behind more than a few who wait for a provider that is slow to say what it is. */
int oidc_begin(struct oidc *o, const struct oidc_flow *flow, struct str *url, struct err *e)
{
	int rc;

	if (atomic_fetch_add(&o->asking, 1) >= OIDC_AT_ONCE)
		rc = err_set(e, ERR_BUSY, BUSY_TEXT);
	else
		rc = begin(o, flow, url, e);
	atomic_fetch_sub(&o->asking, 1);
	return rc;
}

/* "Basic ..." of RFC 6749 section 2.3.1: both parts escaped like form fields. */
static void basic(const struct oidc *o, struct str *out)
{
	STR(pair, 8 * KIB);
	char *buf;

	str_add_url(&pair, text_of(o, "oidc_client_id"));
	str_addc(&pair, ':');
	str_add_url(&pair, o->secret);
	buf = mem_alloc(pair.len * 2 + 8);
	str_addf(out, "Basic %s", base64_text((const uint8_t *)str_c(&pair), pair.len, buf));
	secret_wipe(buf, strlen(buf));
	free(buf);
	secret_wipe(pair.p, pair.len);
}

static int exchange(const struct oidc *o, const struct provider *p, const struct oidc_flow *flow,
		    const char *code, struct json **ret, struct err *e)
{
	bool in_head = o->secret && !p->post;
	STR(head, 16 * KIB);
	STR(body, 32 * KIB);
	struct fetch_header headers[3] = { { "Content-Type", "application/x-www-form-urlencoded" },
					   { "Accept", "application/json" } };
	struct fetch_ask ask = { .method = "POST", .url = p->token, .headers = headers, .nheaders = 2 };
	int rc;

	str_add(&body, "grant_type=authorization_code");
	add_pair(&body, "code", code);
	add_pair(&body, "redirect_uri", o->redirect);
	add_pair(&body, "code_verifier", flow->verifier);
	if (in_head)
		basic(o, &head);
	else
		add_pair(&body, "client_id", text_of(o, "oidc_client_id"));
	if (o->secret && p->post)
		add_pair(&body, "client_secret", o->secret);
	if (in_head)
		headers[ask.nheaders++] = (struct fetch_header){ "Authorization", str_c(&head) };
	ask.body = str_c(&body);
	ask.len = body.len;
	rc = body.over || head.over ? err_set(e, ERR_INVALID, "the sign-in code is too long")
				    : ask_json(o, &ask, ret, e);
	if (head.p)
		secret_wipe(head.p, head.len);
	secret_wipe(body.p, body.len);
	return rc;
}

/* Judges the token with the keys that are known; when its key is not among them, once more with fresh ones.
 */
static int judge(struct oidc *o, const char *token, const struct oidc_expect *x, struct oidc_claims *ret,
		 struct err *e)
{
	bool no_key = false;
	int rc;

	pthread_mutex_lock(&o->lock);
	rc = know(o, true, e);
	if (!rc)
		rc = oidc_token_check(token, strlen(token), o->keys, x, ret, &no_key, e);
	if (rc && no_key && clock_mono(o->clock) >= o->retry_at) {
		o->retry_at = clock_mono(o->clock) + OIDC_RETRY_MS;
		rc = fetch_keys(o, e);
		if (!rc)
			rc = oidc_token_check(token, strlen(token), o->keys, x, ret, &no_key, e);
	}
	pthread_mutex_unlock(&o->lock);
	return rc;
}

static int finish(struct oidc *o, const struct oidc_flow *flow, const char *code, const char *iss,
		  struct oidc_claims *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct oidc_expect x = { .issuer = text_of(o, "oidc_issuer"),
				 .client_id = text_of(o, "oidc_client_id"),
				 .nonce = flow->nonce,
				 .algs = text_of(o, "oidc_algs") };
	struct provider p;
	const char *token;

	/* RFC 9207: a code of another provider is not sent to this one. */
	if (iss && strcmp(iss, x.issuer) != 0)
		return err_set(e, ERR_SIGNATURE, "the answer comes from another sign-in provider");
	if (provider_get(o, false, &p, e) || exchange(o, &p, flow, code, &j, e))
		return (int)e->code;
	token = json_text(json_get(j, "id_token"));
	if (!token)
		return err_set(e, ERR_REMOTE, "the sign-in provider gave no identity token");
	x.now = clock_wall(o->clock);
	return judge(o, token, &x, ret, e);
}

int oidc_finish(struct oidc *o, const struct oidc_flow *flow, const char *code, const char *iss,
		struct oidc_claims *ret, struct err *e)
{
	int rc;

	if (atomic_fetch_add(&o->asking, 1) >= OIDC_AT_ONCE)
		rc = err_set(e, ERR_BUSY, BUSY_TEXT);
	else
		rc = finish(o, flow, code, iss, ret, e);
	atomic_fetch_sub(&o->asking, 1);
	return rc;
}

/* ---- accounts ---- */

static int provision(const struct oidc *o, struct db *db, const struct oidc_claims *c, int64_t now,
		     int64_t *ret_account, struct err *e)
{
	const struct actor who = { "oidc", "first sign-in", now };
	struct account in = { .roles = oidc_roles_of(c->all, text_of(o, "oidc_role_claim"),
						     text_of(o, "oidc_roles")) },
		       made;
	const char *claim = text_of(o, "oidc_org_claim"), *org = json_text(json_get(c->all, claim));
	char hash[65];
	struct org found;

	if (!in.roles)
		return err_set(e, ERR_DENIED,
			       "the sign-in provider gives you no role that this service knows");
	if (*claim && (!org || org_find(db, org, &found, e)))
		return err_set(e, ERR_DENIED, "your organisation is not known here");
	in.org_id = *claim ? found.id : 0;
	derive(c->subject, text_of(o, "oidc_issuer"), hash);
	str_copy(in.issuer, sizeof in.issuer, text_of(o, "oidc_issuer"));
	str_copy(in.subject, sizeof in.subject, c->subject);
	if (strlen(c->login) >= 2) {
		str_copy(in.login, sizeof in.login, c->login);
		str_copy(in.name, sizeof in.name, *c->name ? c->name : c->login);
		if (!account_add(db, &who, &in, NULL, &made, e)) {
			*ret_account = made.id;
			return OK;
		}
		if (e->code != ERR_CONFLICT && e->code != ERR_INVALID)
			return (int)e->code;
	}
	/* The name is taken or is none: one that nobody else has. */
	snprintf(in.login, sizeof in.login, "oidc-%.16s", hash);
	for (char *p = in.login; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	str_copy(in.name, sizeof in.name, in.login);
	if (account_add(db, &who, &in, NULL, &made, e))
		return err_wrap(e, "making your account");
	*ret_account = made.id;
	return OK;
}

int oidc_account(const struct oidc *o, struct db *db, const struct oidc_claims *claims, int64_t now,
		 int64_t *ret_account, struct err *e)
{
	struct account a;
	bool got;

	if (account_by_subject(db, text_of(o, "oidc_issuer"), claims->subject, &a, &got, e))
		return (int)e->code;
	if (got && a.disabled)
		return err_set(e, ERR_DENIED, "this account is disabled");
	if (got) {
		*ret_account = a.id;
		return OK;
	}
	if (conf_bool(o->conf, "oidc_provision"))
		return provision(o, db, claims, now, ret_account, e);
	return err_set(e, ERR_DENIED,
		       "you have no account here; ask whoever runs this service to make one for you");
}
