/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, and may they? Every request passes here once, before its handler. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "http/worker.h"

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

/* Without token files whoever reaches this machine's loopback directly is its operator. */
static void sign_in_local(struct req *rq, const struct tokens *t)
{
	if (!is_local(rq) || (t->operator.set && t->device.set))
		return;
	rq->who.how = SIGN_IN_LOCAL;
	if (!t->operator.set)
		rq->who.roles |= ROLES_LOCAL;
	if (!t->device.set)
		rq->who.roles |= ROLE_DEVICE;
}

static int sign_in_token(struct req *rq, const struct tokens *t, const char *token, struct resp *rs,
			 struct err *e)
{
	struct rate *rate = rq->worker->door->rate;
	int wait = 0;

	if (!rate_left(rate, RATE_TOKEN, rq->peer, clock_mono(rq->app->clock), &wait)) {
		resp_retry_after(rs, wait);
		return err_set(e, ERR_RATE, "too many wrong tokens from this address; try again in %d s",
			       wait);
	}
	rq->who.how = SIGN_IN_FILE;
	if (token_fits(&t->operator, token)) {
		rq->who.roles = ROLES_LOCAL;
		return OK;
	}
	if (token_fits(&t->device, token)) {
		rq->who.roles = ROLE_DEVICE | ROLE_PUBLIC;
		return OK;
	}
	rate_take(rate, RATE_TOKEN, rq->peer, clock_mono(rq->app->clock), &wait);
	resp_header(rs, "WWW-Authenticate", "Bearer realm=\"firpath\"");
	return err_set(e, ERR_NEEDS_TOKEN, "the token is not valid");
}

static int refuse(const struct req *rq, const struct tokens *t, struct resp *rs, struct err *e)
{
	char roles[ROLES_TEXT_MAX];
	bool device = rq->route->roles & ROLE_DEVICE;

	if (rq->who.how == SIGN_IN_NONE && !(device ? t->device.set : t->operator.set))
		return err_set(e, ERR_DENIED,
			       "without a token file only loopback addresses may do this, and not through "
			       "a front");
	roles_write(rq->route->roles, roles);
	if (rq->who.how == SIGN_IN_NONE || rq->who.how == SIGN_IN_LOCAL || rq->who.how == SIGN_IN_FILE) {
		resp_header(rs, "WWW-Authenticate", "Bearer realm=\"firpath\"");
		return err_set(e, ERR_NEEDS_TOKEN, "this needs the %s token", device ? "device" : "operator");
	}
	return err_set(e, ERR_DENIED, "this needs one of these roles: %s", roles);
}

int signin_check(struct req *rq, struct resp *rs, struct err *e)
{
	const struct tokens *t = atomic_load(&rq->worker->door->tokens);
	const char *auth = req_header(rq, "Authorization");
	bool token = auth && !strncasecmp(auth, "Bearer ", 7);

	sign_in_local(rq, t);
	/* Where anybody may read, a token is not looked at: nothing depends on it there. */
	if (!may(&rq->who, rq->route->roles) && token && sign_in_token(rq, t, auth + 7, rs, e))
		return e->code;
	if (rq->who.how != SIGN_IN_TOKEN && rq->who.how != SIGN_IN_SESSION && declared_name(rq, e))
		return e->code;
	return may(&rq->who, rq->route->roles) ? OK : refuse(rq, t, rs, e);
}
