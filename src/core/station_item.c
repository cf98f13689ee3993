/* SPDX-License-Identifier: Apache-2.0 */
/* One station as operators write it: {"identity","password" or "key","profile",...}; doc/stations.md. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/tz.h"
#include "core/station_p.h"
#include "model/version_rule.h"

#define PASSWORD_MIN 16 /* A00.FR.205; the key of OCPP 1.6 has as many bytes at least */
#define PASSWORD_MAX 40
#define KEY_BYTES_MAX 20
#define GENERATE "generate"
#define SALT_BYTES 16
#define GENERATED_LEN 32

bool station_identity_ok(const char *s)
{
	size_t n = strlen(s);

	if (!n || n > STATION_IDENTITY_MAX || *s == '.')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		      strchr("*-_=+|@.", *s)))
			return false;
	return true;
}

static int wrong(struct err *e, const char *member, const char *what)
{
	char where[96];

	snprintf(where, sizeof where, "/%s", member);
	err_set(e, ERR_JSON_FIELD, "%s", what);
	return err_at(e, where, 0, 0);
}

int station_item_identity(const struct json *j, char ret[STATION_IDENTITY_SIZE], struct err *e)
{
	const char *s = json_text(json_get(j, "identity"));

	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a station is a JSON object with at least \"identity\"");
	if (!s || !station_identity_ok(s))
		return wrong(
		    e, "identity",
		    "the identity of a station has 1 to 48 letters, digits and * - _ = + | @ . and does "
		    "not begin with a dot");
	str_copy(ret, STATION_IDENTITY_SIZE, s);
	return OK;
}

static void hash_of(const uint8_t *salt, const void *password, size_t n, char ret[SHA256_HEX])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];

	sha256_add(h, salt, SALT_BYTES);
	sha256_add(h, password, n);
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, ret);
}

void station_secret_hash(struct rnd *rnd, const void *password, size_t n, char salt[33],
			 char secret[SHA256_HEX])
{
	uint8_t bytes[SALT_BYTES];

	rnd->fill(rnd, bytes, sizeof bytes);
	hex_text(bytes, sizeof bytes, salt);
	hash_of(bytes, password, n, secret);
}

bool station_secret_ok(const char *salt, const char *secret, const void *password, size_t n)
{
	uint8_t bytes[SALT_BYTES] = { 0 };
	char now[SHA256_HEX];
	bool there = salt && secret && strlen(secret) == SHA256_HEX - 1 &&
		     parse_hex_bytes(salt, strlen(salt), bytes, sizeof bytes);

	hash_of(bytes, password, n, now);
	return there && same_secret(now, secret, SHA256_HEX - 1);
}

static void password_generate(struct rnd *rnd, struct station_item *it)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

	for (int i = 0; i < GENERATED_LEN; i++)
		it->password[i] = letters[rnd_below(rnd, sizeof letters - 1)];
	it->password[GENERATED_LEN] = 0;
	it->generated = true;
}

/* 16 to 40 characters that a terminal can show. */
static int password_take(struct rnd *rnd, struct station_item *it, struct err *e)
{
	size_t chars = 0, n;

	if (!strcmp(it->password, GENERATE))
		password_generate(rnd, it);
	for (const char *s = it->password; *s; s += n, chars++) {
		n = parse_utf8_len(s, strlen(s));
		if (!n || parse_utf8_drives(s))
			return wrong(e, "password", "a password has no control characters");
	}
	if (chars < PASSWORD_MIN || chars > PASSWORD_MAX)
		return wrong(e, "password",
			     "the password of a station has 16 to 40 characters; \"generate\" makes one");
	it->secret_len = strlen(it->password);
	memcpy(it->secret, it->password, it->secret_len);
	return OK;
}

/* OCPP 1.6: AuthorizationKey, hex of bytes that are sent as they are. */
static int key_take(struct rnd *rnd, struct station_item *it, struct err *e)
{
	size_t bytes;

	if (!strcmp(it->key, GENERATE)) {
		rnd_hex(rnd, KEY_BYTES_MAX, it->key);
		it->generated = true;
	}
	bytes = strlen(it->key) / 2;
	if (bytes < PASSWORD_MIN || bytes > KEY_BYTES_MAX ||
	    !parse_hex_bytes(it->key, strlen(it->key), it->secret, bytes))
		return wrong(
		    e, "key",
		    "the key of a station has 32 to 40 hex digits (16 to 20 bytes); \"generate\" makes one");
	it->secret_len = bytes;
	return OK;
}

static bool plain(const char *s)
{
	for (size_t n; *s; s += n) {
		n = parse_utf8_len(s, strlen(s));
		if (!n || parse_utf8_drives(s))
			return false;
	}
	return true;
}

static int place_check(const struct station_item *it, struct err *e)
{
	OWN(tz_free) struct tz *zone = NULL;
	struct windows w;

	if (!plain(it->area) || !plain(it->vendor) || !plain(it->model) || !plain(it->serial))
		return wrong(e, "area", "texts of a station hold no control characters");
	if (tz_open(it->timezone, &zone, e))
		return err_at(e, "/timezone", 0, 0);
	if (windows_parse(it->windows, &w, e))
		return err_at(e, "/windows", 0, 0);
	if (strcmp(it->rejected_rule, "newest") != 0 && strcmp(it->rejected_rule, "always") != 0)
		return wrong(
		    e, "rejected_rule",
		    "rejected_rule is \"newest\" (only stations of several components refuse the old "
		    "request) or \"always\"");
	if (*it->version_rule && version_rule_check(it->version_rule, e))
		return err_at(e, "/version_rule", 0, 0);
	return OK;
}

static int secret_check(const struct store_station *st, struct rnd *rnd, struct station_item *it,
			struct err *e)
{
	if (*it->password && *it->key)
		return wrong(e, "key", "a station has a password or a key, not both");
	if (*it->password && password_take(rnd, it, e))
		return (int)e->code;
	if (*it->key && key_take(rnd, it, e))
		return (int)e->code;
	if ((it->profile == 1 || it->profile == 2) && !it->secret_len && !*st->secret)
		return wrong(e, "password",
			     "a station of security profile 1 or 2 needs a password, or a key (OCPP 1.6); "
			     "\"generate\" makes one");
	return OK;
}

int station_item_read(const struct json *j, const struct store_station *st, struct rnd *rnd,
		      struct station_item *ret, struct err *e)
{
#define TEXT(name)                                                                                           \
	{                                                                                                    \
#name, FIELD_TEXT, offsetof(struct station_item, name), false, 0, sizeof ret->name           \
	}
	const struct json_field fields[] = {
		TEXT(identity),
		TEXT(password),
		TEXT(key),
		TEXT(controller),
		TEXT(vendor),
		TEXT(model),
		TEXT(serial),
		TEXT(area),
		TEXT(timezone),
		TEXT(windows),
		TEXT(version_rule),
		TEXT(rejected_rule),
		{ "profile", FIELD_INT, offsetof(struct station_item, profile), false, 0, 3 },
		{ .name = NULL },
	};
#undef TEXT
	struct station_item it = { .profile = st->profile };

	str_copy(it.controller, sizeof it.controller, st->controller);
	str_copy(it.vendor, sizeof it.vendor, st->vendor);
	str_copy(it.model, sizeof it.model, st->model);
	str_copy(it.serial, sizeof it.serial, st->serial);
	str_copy(it.area, sizeof it.area, st->area);
	str_copy(it.timezone, sizeof it.timezone, st->timezone);
	str_copy(it.windows, sizeof it.windows, st->windows);
	str_copy(it.version_rule, sizeof it.version_rule, st->version_rule);
	str_copy(it.rejected_rule, sizeof it.rejected_rule, st->rejected_rule);
	if (json_decode(j, fields, &it, e) || place_check(&it, e) || secret_check(st, rnd, &it, e))
		return (int)e->code;
	*ret = it;
	return OK;
}
