/* SPDX-License-Identifier: Apache-2.0 */
#include "core/release_url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/rnd.h"
#include "base/secret.h"
#include "base/str.h"

#define KEY_NAME "ocpp_url_key"
#define DAYS_MAX 99999999

static bool key_read(const char *text, struct url_key *ret)
{
	return parse_hex_bytes(text, strlen(text), ret->k, sizeof ret->k);
}

int url_key_load(struct db *db, const struct actor *who, struct url_key *ret, struct err *e)
{
	TX(tx);
	char text[2 * sizeof ret->k + 1];
	struct rnd rnd = rnd_system();
	struct url_key k;
	bool got;

	if (meta_get(db, KEY_NAME, text, sizeof text, &got, e))
		return (int)e->code;
	if (!got) {
		/* Looked at again inside: another node may have been quicker. */
		if (tx_begin(&tx, db, true, e) || meta_get(db, KEY_NAME, text, sizeof text, &got, e))
			return (int)e->code;
		if (!got) {
			rnd.fill(&rnd, k.k, sizeof k.k);
			hex_text(k.k, sizeof k.k, text);
			if (meta_put(db, KEY_NAME, text, e) ||
			    audit_add(db, who, "url-key-make", "ocpp", NULL, NULL, 0, NULL, e) ||
			    tx_keep(&tx, e))
				return (int)e->code;
		}
	}
	if (!key_read(text, &k))
		return err_set(e, ERR_STORE, "the key of addresses in the store is no key");
	*ret = k;
	secret_wipe(text, sizeof text);
	secret_wipe(&k, sizeof k);
	return OK;
}

int url_key_read(struct db *db, struct url_key *ret, bool *ret_got, struct err *e)
{
	char text[2 * sizeof ret->k + 1];

	if (meta_get(db, KEY_NAME, text, sizeof text, ret_got, e))
		return (int)e->code;
	if (*ret_got && !key_read(text, ret))
		return err_set(e, ERR_STORE, "the key of addresses in the store is no key");
	return OK;
}

/* ---- tokens ---- */

#define SUM_LETTERS 22 /* 132 bits */

static void token_make(const struct url_key *k, const char *kind, const char *what, const char *identity,
		       int64_t day, char ret[OCPP_TOKEN_SIZE])
{
	char sum[BASE64_TEXT(SHA256_LEN)];
	uint8_t raw[SHA256_LEN];
	STR(text, 1024);

	/* None of the parts holds a line end, so no two say the same. */
	str_addf(&text, "%s\n%s\n%s\n%" PRId64, kind, what, identity, day);
	hmac_sha256(k->k, sizeof k->k, str_c(&text), text.len, raw);
	base64_text(raw, sizeof raw, sum);
	for (char *p = sum; *p; p++)
		*p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
	snprintf(ret, OCPP_TOKEN_SIZE, "%" PRId64 ".%.*s", day, SUM_LETTERS, sum);
}

static bool token_ok(const struct url_key *k, const char *kind, const char *what, const char *token,
		     const char *identity, int64_t now)
{
	const char *dot = strchr(token, '.');
	char want[OCPP_TOKEN_SIZE];
	uint64_t day;

	if (!dot || strlen(dot + 1) != SUM_LETTERS || !parse_digits(token, (size_t)(dot - token), &day) ||
	    day > DAYS_MAX || *token == '0' || (int64_t)day < now / MS_PER_DAY || strpbrk(identity, "\n\r") ||
	    strpbrk(what, "\n\r") || strlen(identity) > 200)
		return false;
	token_make(k, kind, what, identity, (int64_t)day, want);
	return strlen(want) == strlen(token) && same_secret(want, token, strlen(want));
}

/* ---- addresses ---- */

static int url_keep(struct str *url, size_t max, char buf[OCPP_URL_SIZE], struct err *e)
{
	if (url->over || url->len > max || url->len >= OCPP_URL_SIZE)
		return err_set(
		    e, ERR_TOO_LARGE,
		    "the address has %zu bytes and this station takes %zu; shorten ocpp_image_base", url->len,
		    max);
	memcpy(buf, str_c(url), url->len + 1);
	return OK;
}

static void url_base(struct str *url, const char *base)
{
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	str_addn(url, base, n);
}

int release_image_url(const struct url_key *k, const char *cdn, const char *base, const char *hash,
		      const char *identity, int64_t now, size_t max, char buf[OCPP_URL_SIZE], struct err *e)
{
	char token[OCPP_TOKEN_SIZE];
	STR(url, 4096);

	if (cdn && *cdn) {
		url_base(&url, cdn);
		str_addf(&url, "/%s", hash);
		return url_keep(&url, max, buf, e);
	}
	token_make(k, "firmware", hash, identity, now / MS_PER_DAY + OCPP_URL_DAYS, token);
	url_base(&url, base);
	str_addf(&url, "/ocpp/firmware/%s/%s/", hash, token);
	str_add_url(&url, identity);
	return url_keep(&url, max, buf, e);
}

int log_url(const struct url_key *k, const char *base, int64_t job, const char *identity, int64_t now,
	    size_t max, char buf[OCPP_URL_SIZE], struct err *e)
{
	char token[OCPP_TOKEN_SIZE], what[24];
	STR(url, 4096);

	snprintf(what, sizeof what, "%" PRId64, job);
	token_make(k, "logs", what, identity, now / MS_PER_DAY + OCPP_URL_DAYS, token);
	url_base(&url, base);
	str_addf(&url, "/ocpp/logs/%s/%s/", what, token);
	str_add_url(&url, identity);
	return url_keep(&url, max, buf, e);
}

bool release_image_url_ok(const struct url_key *k, const char *hash, const char *token, const char *identity,
			  int64_t now)
{
	return token_ok(k, "firmware", hash, token, identity, now);
}

bool log_url_ok(const struct url_key *k, int64_t job, const char *token, const char *identity, int64_t now)
{
	char what[24];

	snprintf(what, sizeof what, "%" PRId64, job);
	return token_ok(k, "logs", what, token, identity, now);
}
