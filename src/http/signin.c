/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and may they? Every request passes here once, before its handler. In this order: the session of a
 * browser, an API token, the tokens of the token files, this machine's loopback while there is no account.
 *
 * Routes whose answers are kept for everybody (ROUTE_HOT) do not ask who it is: nothing depends on it there,
 * and they are answered from memory.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/secret.h"
#include "core/people.h"
#include "http/worker.h"

#define PEOPLE_LOOK_MS 1000  /* how often the store is asked whether there is an account by now */
#define TOUCH_PAUSE_MS 30000 /* after the use of a session could not be written */
#define COOKIE_FRONT "__Host-firpath"
#define COOKIE_PLAIN "firpath-session"

/* Constant-time by comparing digests: nothing of the wanted token shows in the time taken. */
static bool token_fits(const struct secret *want, const char *given)
{
	uint8_t h[SHA256_LEN];

	sha256_of(given, strlen(given), h);
	return want->set && same_secret(h, want->sha256, sizeof h);
}

static bool is_loopback(const char *peer)
{
	return !strncmp(peer, "127.", 4) || !strcmp(peer, "::1");
}

/* A front connects from loopback on behalf of whoever it serves: what it says of them counts
 * (trust_forwarded), or the request is nobody's own. */
static bool is_local(const struct req *rq)
{
	static const char *const fronts[] = { "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
					      "Forwarded",       "X-Real-IP",        "Via" };

	if (!is_loopback(rq->peer))
		return false;
	if (rq->worker->door->trust_forwarded && req_header(rq, "X-Real-IP"))
		return true;
	for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
		if (req_header(rq, fronts[i]))
			return false;
	return true;
}

/* Whoever is not known by an account may declare a name for the audit: letters, digits and . _ @ - only. */
static int declared_name(struct req *rq, struct err *e)
{
	const char *name = req_header(rq, "Firpath-User");

	if (!name)
		return OK;
	if (!name[0] || strlen(name) > 64 ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-") !=
		strlen(name))
		return err_set(e, ERR_INVALID,
			       "the header Firpath-User must be 1 to 64 letters, digits and . _ @ -");
	snprintf(rq->who.name, sizeof rq->who.name, "api:%s", name);
	return OK;
}

/* ---- is there any account? ---- */

void req_people_exist(const struct req *rq)
{
	atomic_store(&rq->worker->door->people, true);
}

/* Accounts are never removed: once there is one the store is not asked again. */
static int people_known(struct req *rq, bool *ret, struct err *e)
{
	struct door *d = rq->worker->door;
	int64_t now = clock_mono(rq->app->clock);
	struct db *db;
	bool any;

	*ret = atomic_load(&d->people);
	if (*ret || now < atomic_load(&d->people_next))
		return OK;
	if (req_db(rq, &db, e) || people_exist(db, &any, e))
		return err_wrap(e, "looking for accounts");
	*ret = any;
	if (any)
		atomic_store(&d->people, true);
	else
		atomic_store(&d->people_next, now + PEOPLE_LOOK_MS);
	return OK;
}

/* Without token files and accounts whoever reaches this machine's loopback directly is its operator. */
static int sign_in_local(struct req *rq, const struct tokens *t, struct err *e)
{
	bool people;

	if (!is_local(rq) || (t->operator.set && t->device.set))
		return OK;
	if (people_known(rq, &people, e))
		return rq->route->roles & ROLE_PUBLIC ? OK : (int)e->code;
	if (people)
		return OK;
	rq->who.how = SIGN_IN_LOCAL;
	if (!t->operator.set)
		rq->who.roles |= ROLES_LOCAL;
	if (!t->device.set)
		rq->who.roles |= ROLE_DEVICE;
	return OK;
}

/* ---- sessions ---- */

static const char *cookie_name(const struct req *rq)
{
	return strncmp(rq->worker->door->public_url, "https://", 8) ? COOKIE_PLAIN : COOKIE_FRONT;
}

/* The session's secret as the browser sent it; false when there is none of the right form. */
static bool cookie_read(const struct req *rq, char secret[SECRET_HEX])
{
	const char *p = req_header(rq, "Cookie"), *name = cookie_name(rq);
	size_t n = strlen(name);

	for (; p && *p; p += strcspn(p, ";"), p += strspn(p, "; ")) {
		if (strncmp(p, name, n) || p[n] != '=')
			continue;
		p += n + 1;
		if (strspn(p, "0123456789abcdef") == SECRET_HEX - 1 &&
		    (!p[SECRET_HEX - 1] || p[SECRET_HEX - 1] == ';'))
			return str_copyn(secret, SECRET_HEX, p, SECRET_HEX - 1);
	}
	return false;
}

static void cookie_write(const struct req *rq, struct resp *rs, const char *secret)
{
	const char *name = cookie_name(rq);
	char text[200];

	snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, secret,
		 strcmp(name, COOKIE_FRONT) ? "" : "; Secure", secret[0] ? "" : "; Max-Age=0");
	resp_header(rs, "Set-Cookie", text);
	rs->cache = CACHE_NEVER;
	secret_wipe(text, sizeof text);
}

/* That it was used is good to know, but no reason to refuse or to wait again and again. */
static void touch(struct req *rq, int (*write)(struct db *, int64_t, int64_t, struct err *), int64_t id)
{
	struct door *d = rq->worker->door;
	int64_t now = clock_mono(rq->app->clock);
	struct err ignored;
	struct db *db;

	if (now < atomic_load(&d->touch_next))
		return;
	if (req_db_write(rq, &db, &ignored) || write(db, id, rq->now, &ignored))
		atomic_store(&d->touch_next, now + TOUCH_PAUSE_MS);
	req_release(rq); /* few may write: what comes now may only read */
}

/* The right of this account where its session or token was found; *ret_got false: go on looking. */
static int sign_in_session(struct req *rq, bool *ret_got, struct err *e)
{
	char secret[SECRET_HEX];
	struct principal who;
	bool stale = false;
	struct db *db;

	*ret_got = false;
	if (!cookie_read(rq, secret))
		return OK;
	if (req_db(rq, &db, e) || people_session_find(db, secret, rq->now, &who, ret_got, &stale, e))
		return err_wrap(e, "looking for the session");
	if (!*ret_got)
		return OK;
	rq->who = who;
	people_csrf(secret, rq->csrf);
	secret_wipe(secret, sizeof secret);
	if (stale)
		touch(rq, people_session_touch, who.session_id);
	return OK;
}

int req_sign_in(struct req *rq, struct resp *rs, int64_t account_id, struct err *e)
{
	char old[SECRET_HEX], secret[SECRET_TEXT];
	bool had = cookie_read(rq, old);
	struct db *db;

	if (req_db_write(rq, &db, e) ||
	    people_session_new(db, account_id, rq->now, had ? old : NULL, secret, e))
		return e->code;
	cookie_write(rq, rs, secret);
	secret_wipe(secret, sizeof secret);
	return OK;
}

int req_sign_out(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = req_actor(rq);
	struct db *db;

	if (rq->who.how == SIGN_IN_SESSION &&
	    (req_db_write(rq, &db, e) ||
	     people_session_end(db, &who, rq->who.account_id, rq->who.session_id, e)) &&
	    e->code != ERR_NOT_FOUND) /* it was ended elsewhere this moment */
		return e->code;
	cookie_write(rq, rs, "");
	rq->who = principal_nobody();
	rq->csrf[0] = '\0';
	return OK;
}

/* ---- tokens ---- */

static int rate_check(const struct req *rq, enum rate_kind kind, const char *key, const char *what,
		      struct resp *rs, struct err *e)
{
	int wait = 0;

	if (rate_left(rq->worker->door->rate, kind, key, clock_mono(rq->app->clock), &wait))
		return OK;
	resp_retry_after(rs, wait);
	return err_set(e, ERR_RATE, "%s; try again in %d s", what, wait);
}

static int token_wrong(struct req *rq, struct resp *rs, struct err *e)
{
	int wait;

	rate_take(rq->worker->door->rate, RATE_TOKEN, rq->peer, clock_mono(rq->app->clock), &wait);
	resp_header(rs, "WWW-Authenticate", "Bearer realm=\"firpath\"");
	return err_set(e, ERR_NEEDS_TOKEN, "the token is not valid");
}

/* The tokens of the token files. */
static bool file_fits(struct req *rq, const struct tokens *t, const char *token)
{
	bool all = token_fits(&t->operator, token), device = token_fits(&t->device, token);

	if (!all && !device)
		return false;
	rq->who.how = SIGN_IN_FILE;
	rq->who.roles = all ? ROLES_LOCAL : ROLE_DEVICE | ROLE_PUBLIC;
	return true;
}

static int sign_in_file(struct req *rq, const struct tokens *t, const char *token, struct resp *rs,
			struct err *e)
{
	if (rate_check(rq, RATE_TOKEN, rq->peer, "too many wrong tokens from this address", rs, e))
		return e->code;
	return file_fits(rq, t, token) ? OK : token_wrong(rq, rs, e);
}

/* Where anybody may read a wrong one does no harm: whoever sends it is nobody, but its tries are counted. */
static void try_file(struct req *rq, const struct tokens *t, const char *token)
{
	struct rate *rate = rq->worker->door->rate;
	int64_t now = clock_mono(rq->app->clock);
	int wait;

	if (rate_left(rate, RATE_TOKEN, rq->peer, now, &wait) && !file_fits(rq, t, token))
		rate_take(rate, RATE_TOKEN, rq->peer, now, &wait);
}

/* An API token is looked at wherever it is given: answers may depend on it. */
static int sign_in_token(struct req *rq, const char *token, struct resp *rs, struct err *e)
{
	struct principal who;
	bool got, stale = false;
	struct db *db;

	if (rate_check(rq, RATE_TOKEN, rq->peer, "too many wrong tokens from this address", rs, e))
		return e->code;
	if (req_db(rq, &db, e) || people_token_find(db, token, rq->now, &who, &got, &stale, e))
		return err_wrap(e, "looking for the token");
	if (!got)
		return token_wrong(rq, rs, e);
	rq->who = who;
	if (stale)
		touch(rq, people_token_touch, who.token_id);
	return OK;
}

/* ---- passwords ---- */

int req_password(struct req *rq, struct resp *rs, const char *login, const char *password,
		 int64_t *ret_account, bool *ret_ok, struct err *e)
{
	struct account a;
	struct door *d = rq->worker->door;
	int64_t now = clock_mono(rq->app->clock);
	char key[LOGIN_MAX + 1];
	struct db *db;
	int wait, rc;

	/* Known or not, right or wrong: the same limits and the same time. */
	str_copy(key, sizeof key, login);
	for (char *p = key; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
	if (rate_check(rq, RATE_TOKEN, rq->peer, "too many wrong passwords from this address", rs, e) ||
	    rate_check(rq, RATE_LOGIN, key, "too many wrong passwords for this name", rs, e))
		return e->code;
	if (atomic_fetch_add(&d->passwords, 1) >= PASSWORDS_MAX) {
		atomic_fetch_sub(&d->passwords, 1);
		resp_retry_after(rs, 1);
		return err_set(e, ERR_BUSY, "%d passwords are being checked already", PASSWORDS_MAX);
	}
	rc = req_db(rq, &db, e) || account_sign_in(db, login, password, &a, ret_ok, e);
	atomic_fetch_sub(&d->passwords, 1);
	if (!rc && !*ret_ok) {
		rate_take(d->rate, RATE_TOKEN, rq->peer, now, &wait);
		rate_take(d->rate, RATE_LOGIN, key, now, &wait);
		log_event(rq->app->log, LOG_NOTICE, "sign-in-refused", "id", rq->id, "peer", rq->peer, NULL);
	}
	if (rc)
		return e->code;
	if (*ret_ok)
		*ret_account = a.id;
	return OK;
}

/* ---- refusal ---- */

/* What is needed, never who has it. */
static int refuse(const struct req *rq, const struct tokens *t, struct resp *rs, struct err *e)
{
	bool device = rq->route->roles & ROLE_DEVICE, people = atomic_load(&rq->worker->door->people),
	     nobody = rq->who.how == SIGN_IN_NONE, account = rq->who.account_id > 0;
	char roles[ROLES_TEXT_MAX];

	roles_write(rq->route->roles, roles);
	if (account || (!device && may(&rq->who, ROLE_OPERATOR)))
		return err_set(e, ERR_DENIED, "this needs one of these roles: %s", roles);
	if (nobody && !people && !(device ? t->device.set : t->operator.set))
		return err_set(e, ERR_DENIED,
			       "without a token file only loopback addresses may do this, and not through "
			       "a front");
	if (nobody && device && !t->device.set)
		return err_set(e, ERR_DENIED,
			       "devices need a token since there are accounts; set device_token_file");
	resp_header(rs, "WWW-Authenticate", "Bearer realm=\"firpath\"");
	if (device || !people)
		return err_set(e, ERR_NEEDS_TOKEN, "this needs the %s token", device ? "device" : "operator");
	return err_set(e, ERR_SIGN_IN, "this needs an account with one of these roles: %s", roles);
}

int signin_check(struct req *rq, struct resp *rs, struct err *e)
{
	const struct tokens *t = atomic_load(&rq->worker->door->tokens);
	const char *auth = req_header(rq, "Authorization");
	const char *token = auth && !strncasecmp(auth, "Bearer ", 7) ? auth + 7 : NULL;
	bool hot = rq->route->flags & ROUTE_HOT && rq->route->roles & ROLE_PUBLIC, got = false;

	if (!hot && sign_in_session(rq, &got, e))
		return e->code;
	if (!hot && !got && token && !strncmp(token, TOKEN_MARK, strlen(TOKEN_MARK)) &&
	    strlen(token) == strlen(TOKEN_MARK) + SECRET_HEX - 1) {
		got = true;
		if (sign_in_token(rq, token, rs, e))
			return e->code;
	}
	if (!hot && !got) {
		if (sign_in_local(rq, t, e))
			return e->code;
		if (token && rq->who.how == SIGN_IN_NONE && rq->route->roles & ROLE_PUBLIC)
			try_file(rq, t, token);
		else if (!may(&rq->who, rq->route->roles) && token && sign_in_file(rq, t, token, rs, e))
			return e->code;
	}
	if (!rq->who.account_id && declared_name(rq, e))
		return e->code;
	return may(&rq->who, rq->route->roles) ? OK : refuse(rq, t, rs, e);
}
