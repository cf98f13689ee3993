/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/sign_pkcs1.h"
#include "base/vec.h"

#define NAME_MAX_BYTES 120

struct trust_key {
	struct pkcs1_key *key; /* owned */
	int64_t revoked;       /* INT64_MAX = not */
};

struct entity {
	char *name; /* owned */
	unsigned roles;
	int64_t since, until;
	VEC(struct trust_key) keys;
};

struct trust {
	VEC(struct entity) all;
};

static const struct {
	const char *word;
	unsigned bit;
} roles[] = { { "supplier", TRUST_SUPPLIER },
	      { "integrator", TRUST_INTEGRATOR },
	      { "distributor", TRUST_DISTRIBUTOR } };
#define ROLES (sizeof roles / sizeof *roles)

void trust_free(struct trust *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->all.n; i++) {
		struct entity *n = &t->all.v[i];

		for (size_t k = 0; k < n->keys.n; k++)
			pkcs1_free(n->keys.v[k].key);
		vec_done(&n->keys);
		free(n->name);
	}
	vec_done(&t->all);
	free(t);
}

static int roles_read(const char *words, unsigned *ret, struct err *e)
{
	*ret = 0;
	while (*words) {
		size_t n = strcspn(words, " "), i = 0;

		while (i < ROLES && (strlen(roles[i].word) != n || strncmp(roles[i].word, words, n) != 0))
			i++;
		if (i == ROLES)
			return err_set(e, ERR_CONFIG,
				       "'%.*s' is no role; there are supplier, integrator and distributor",
				       n < 40 ? (int)n : 40, words);
		*ret |= roles[i].bit;
		words += n + (words[n] == ' ');
	}
	return *ret ? OK : err_set(e, ERR_CONFIG, "an entity needs a role");
}

/* One key in one place: else "who signed" would have two answers. */
static int key_is_new(const struct trust *t, const struct pkcs1_key *key, struct err *e)
{
	for (size_t i = 0; i < t->all.n; i++)
		for (size_t k = 0; k < t->all.v[i].keys.n; k++)
			if (!strcmp(pkcs1_id(t->all.v[i].keys.v[k].key), pkcs1_id(key)))
				return err_set(e, ERR_CONFIG, "the key is in the store already, for '%.80s'",
					       t->all.v[i].name);
	return OK;
}

struct key_fields {
	char *pem;
	int64_t revoked;
};

static int key_read(const struct trust *t, struct entity *n, const struct json *j, struct err *e)
{
	static const struct json_field fields[] = {
		{ "pem", FIELD_STR, offsetof(struct key_fields, pem), true, 0, (int64_t)PKCS1_PEM_MAX },
		{ "revoked", FIELD_TIME, offsetof(struct key_fields, revoked), false, 0, 0 },
		{ NULL, 0, 0, false, 0, 0 },
	};
	struct key_fields in = { NULL, INT64_MAX };
	OWN(pkcs1_free) struct pkcs1_key *key = NULL;
	struct trust_key k;
	int rc = json_decode(j, fields, &in, e);

	if (!rc)
		rc = pkcs1_public(in.pem, strlen(in.pem), &key, e);
	free(in.pem);
	if (rc || key_is_new(t, key, e))
		return (int)e->code;
	k = (struct trust_key){ MOVE(key), in.revoked };
	vec_push(&n->keys, k);
	return OK;
}

struct entity_fields {
	char name[NAME_MAX_BYTES + 1];
	char roles[80];
	int64_t since, until;
};

static int entity_fill(struct trust *t, struct entity *n, const struct json *j, struct err *e)
{
	static const struct json_field fields[] = {
		{ "name", FIELD_TEXT, offsetof(struct entity_fields, name), true, 0, NAME_MAX_BYTES + 1 },
		{ "roles", FIELD_WORDS, offsetof(struct entity_fields, roles), true, 0, 80 },
		{ "since", FIELD_TIME, offsetof(struct entity_fields, since), false, 0, 0 },
		{ "until", FIELD_TIME, offsetof(struct entity_fields, until), false, 0, 0 },
		{ "keys", FIELD_ARRAY, 0, true, 0, TRUST_KEYS_MAX },
		{ NULL, 0, 0, false, 0, 0 },
	};
	struct entity_fields in = { .since = 0, .until = INT64_MAX };
	const struct json *keys = json_get(j, "keys");

	if (json_decode(j, fields, &in, e) || roles_read(in.roles, &n->roles, e))
		return (int)e->code;
	if (!*in.name)
		return err_set(e, ERR_CONFIG, "an entity needs a name");
	if (in.since >= in.until)
		return err_set(e, ERR_CONFIG, "'%.80s' ends before it begins", in.name);
	for (size_t i = 0; i + 1 < t->all.n; i++)
		if (!strcmp(t->all.v[i].name, in.name))
			return err_set(e, ERR_CONFIG, "'%.80s' is in the store twice", in.name);
	n->name = mem_strdup(in.name);
	n->since = in.since;
	n->until = in.until;
	for (size_t i = 0; i < json_len(keys); i++)
		if (key_read(t, n, json_at(keys, i), e))
			return err_wrap(e, "keys[%zu]", i);
	return OK;
}

static int store_fill(struct trust *t, const struct json *j, struct err *e)
{
	static const struct json_field fields[] = {
		{ "entities", FIELD_ARRAY, 0, true, 0, TRUST_ENTITIES_MAX },
		{ NULL, 0, 0, false, 0, 0 },
	};
	const struct json *list = json_get(j, "entities");

	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_CONFIG, "it must be an object with the member entities");
	if (json_decode(j, fields, t, e))
		return (int)e->code;
	for (size_t i = 0; i < json_len(list); i++) {
		struct entity none = { 0 };

		if (json_kind(json_at(list, i)) != JSON_OBJECT)
			return err_set(e, ERR_CONFIG, "entities[%zu] must be an object", i);
		vec_push(&t->all, none); /* first, so that what it holds is freed with the store */
		if (entity_fill(t, &t->all.v[i], json_at(list, i), e))
			return err_wrap(e, "entities[%zu]", i);
	}
	return OK;
}

int trust_parse(const char *text, size_t len, struct trust **ret, struct err *e)
{
	OWN(trust_free) struct trust *t = mem_zalloc(sizeof *t);
	OWN(json_free) struct json *j = NULL;

	if (json_parse(text, len, &j, e) || store_fill(t, j, e)) {
		err_wrap(e, "the trust store");
		e->code = ERR_CONFIG; /* whoever runs the program must mend it, not whoever asks */
		return ERR_CONFIG;
	}
	*ret = MOVE(t);
	return OK;
}

int trust_load(const char *path, struct trust **ret, struct err *e)
{
	STR(text, TRUST_FILE_MAX);
	struct stat st;

	if (!*path) {
		*ret = mem_zalloc(sizeof **ret);
		return OK;
	}
	if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_mode & S_IWOTH)
		return err_set(e, ERR_CONFIG,
			       "the trust store '%.200s' can be written by everybody; chmod o-w it", path);
	if (file_read(path, &text, e))
		return err_wrap(e, "the trust store");
	return trust_parse(str_c(&text), text.len, ret, e) ? err_wrap(e, "'%.160s'", path) : OK;
}

static void why_role(const struct entity *n, unsigned wanted, char why[TRUST_WHY_SIZE])
{
	char list[80] = "";

	for (size_t i = 0; i < ROLES; i++)
		if (wanted & roles[i].bit)
			snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? " or " : "",
				 roles[i].word);
	snprintf(why, TRUST_WHY_SIZE, "made by '%.80s', who is no %s", n->name, list);
}

static enum trust_verdict judge(const struct entity *n, const struct trust_key *k, unsigned wanted,
				int64_t now, char why[TRUST_WHY_SIZE])
{
	char day[TIME_TEXT];

	*why = '\0';
	if (now >= k->revoked) {
		snprintf(why, TRUST_WHY_SIZE, "made by '%.80s' with a key that was revoked on %s", n->name,
			 date_text(k->revoked, day));
		return TRUST_REVOKED;
	}
	if (now < n->since || now >= n->until) {
		snprintf(why, TRUST_WHY_SIZE, "made by '%.80s', who %s %s", n->name,
			 now < n->since ? "counts only from" : "counted until",
			 date_text(now < n->since ? n->since : n->until, day));
		return TRUST_TIME;
	}
	if (!(n->roles & wanted)) {
		why_role(n, wanted, why);
		return TRUST_ROLE;
	}
	return TRUST_OK;
}

enum trust_verdict trust_signer(const struct trust *t, const char *kind, const char *signature,
				const void *data, size_t len, unsigned wanted, int64_t now,
				const char **ret_name, char why[TRUST_WHY_SIZE])
{
	uint8_t sign[PKCS1_SIGN_MAX];
	size_t digits = strlen(signature), n = digits / 2;

	*ret_name = NULL;
	snprintf(why, TRUST_WHY_SIZE,
		 "made by no key of the trust store: the content was changed, or somebody else signed it");
	if (digits % 2 || n > sizeof sign || !parse_hex_bytes(signature, digits, sign, n))
		return TRUST_NO_KEY;
	for (size_t i = 0; i < t->all.n; i++)
		for (size_t k = 0; k < t->all.v[i].keys.n; k++) {
			const struct trust_key *key = &t->all.v[i].keys.v[k];

			if (strcmp(pkcs1_kind_text[pkcs1_kind(key->key)], kind) != 0 ||
			    !pkcs1_good(key->key, data, len, sign, n))
				continue;
			*ret_name = t->all.v[i].name;
			return judge(&t->all.v[i], key, wanted, now, why);
		}
	return TRUST_NO_KEY;
}
