/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider is asked first, as OpenSSL 3 wants it. Debian 12 packs none for PKCS#11, only the engine of
 * libp11; engines are deprecated, so all of that stands here and nowhere else, and can go when a provider is
 * packed everywhere. The engine drives one PKCS#11 module in a process.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/p256_token.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/sign.h"
#include "base/str.h"

#define SCHEME "pkcs11:"
#define URI_MAX 2000
#define PIN_MAX 200

static void store_close_own(OSSL_STORE_CTX **s)
{
	OSSL_STORE_close(*s);
}

static void loader_free_own(OSSL_STORE_LOADER **l)
{
	OSSL_STORE_LOADER_free(*l);
}

bool p256_token_named(const char *where)
{
	return !strncasecmp(where, SCHEME, strlen(SCHEME));
}

/* With a null UI nobody is asked for a PIN: a service has no terminal. */
static EVP_PKEY *from_store(const char *uri)
{
	OWN(store_close) OSSL_STORE_CTX *s = OSSL_STORE_open(uri, UI_null(), NULL, NULL, NULL);
	EVP_PKEY *k = NULL;

	while (s && !k && !OSSL_STORE_eof(s)) {
		OSSL_STORE_INFO *i = OSSL_STORE_load(s);

		if (i && OSSL_STORE_INFO_get_type(i) == OSSL_STORE_INFO_PKEY)
			k = OSSL_STORE_INFO_get1_PKEY(i);
		OSSL_STORE_INFO_free(i);
		if (!i)
			break;
	}
	return k;
}

/* What the engine wants otherwise than it stands in a URI. */
struct parts {
	struct str plain, module, pin_file;
};

static void parts_done(struct parts *p)
{
	str_done(&p->plain);
	str_done(&p->module);
	str_done(&p->pin_file);
}
DEFINE_OWN_VAL(struct parts, parts_done)

/* Is it that attribute? Then its value, decoded; false when that cannot be done. */
static bool part_take(const char *part, size_t n, const char *name, struct str *ret, bool *took)
{
	char value[URI_MAX + 1];
	size_t len, skip = strlen(name);

	*took = n >= skip && !strncmp(part, name, skip);
	if (!*took)
		return true;
	str_clear(ret);
	if (!parse_percent(part + skip, n - skip, false, false, value, &len))
		return false;
	str_addn(ret, value, len);
	return true;
}

/* False: it cannot be read. */
static bool uri_split(const char *uri, struct parts *p)
{
	for (size_t at = 0, n; uri[at]; at += n + (uri[at + n] != '\0')) {
		const char *part = uri + at;
		bool module, pin;

		n = strcspn(part, ";?&");
		if (!part_take(part, n, "module-path=", &p->module, &module) ||
		    !part_take(part, n, "pin-source=", &p->pin_file, &pin))
			return false;
		if (module || pin)
			continue;
		/* What is left over still begins its query with '?'. */
		if (at)
			str_addc(&p->plain,
				 uri[at - 1] == '&' && !strchr(str_c(&p->plain), '?') ? '?' : uri[at - 1]);
		str_addn(&p->plain, part, n);
	}
	return !p->plain.over;
}

/* The engine would take the end of the line for part of the PIN. */
static int pin_add(struct parts *p, struct err *e)
{
	const char *path = str_c(&p->pin_file);
	STR(pin, PIN_MAX);
	struct err why;
	int rc;

	if (!*path)
		return OK;
	if (!strncmp(path, "file:", 5))
		path += 5;
	if (sign_file_private(path, &why))
		return why.code != ERR_CONFIG
			   ? err_set(e, ERR_CONFIG, "there is no file of a PIN '%.200s'", path)
			   : err_set(e, ERR_CONFIG,
				     "'%.200s' holds a PIN and others may read it; chmod 600 it", path);
	rc = file_read(path, &pin, e);
	if (rc)
		return rc;
	while (pin.len && (pin.p[pin.len - 1] == '\n' || pin.p[pin.len - 1] == '\r'))
		pin.p[--pin.len] = '\0';
	str_addc(&p->plain, strchr(str_c(&p->plain), '?') ? '&' : '?');
	str_add(&p->plain, "pin-value=");
	str_add_url(&p->plain, str_c(&pin));
	OPENSSL_cleanse(pin.p, pin.len);
	return OK;
}

static ENGINE *engine_start(const char *module)
{
	ENGINE *g = ENGINE_by_id("pkcs11");

	/* It would write names and files of PINs to standard error. */
	if (g)
		ENGINE_ctrl_cmd_string(g, "QUIET", NULL, 1);
	if (g && *module && ENGINE_ctrl_cmd_string(g, "MODULE_PATH", module, 0) != 1) {
		ENGINE_free(g);
		return NULL;
	}
	if (g && ENGINE_init(g) != 1) {
		ENGINE_free(g);
		return NULL;
	}
	return g;
}

static void engine_stop(ENGINE *g)
{
	ENGINE_finish(g);
	ENGINE_free(g);
}

static EVP_PKEY *from_engine(const char *uri, struct p256_token *t, struct err *e)
{
	OWN(parts_done)
	struct parts p = { .plain.max = URI_MAX + 4 * PIN_MAX,
			   .module.max = URI_MAX,
			   .pin_file.max = URI_MAX };
	EVP_PKEY *k;
	ENGINE *g;

	if (!uri_split(uri, &p) || pin_add(&p, e))
		return NULL;
	g = engine_start(str_c(&p.module));
	k = g ? ENGINE_load_private_key(g, str_c(&p.plain), (UI_METHOD *)UI_null(), NULL) : NULL;
	if (p.plain.p)
		OPENSSL_cleanse(p.plain.p, p.plain.len);
	if (k)
		t->engine = g;
	else if (g)
		engine_stop(g);
	return k;
}

/* The name of a token is told, its PIN is not. */
static int uri_for_people(const char *uri, char *buf, size_t size)
{
	return str_copyn(buf, size, uri, strcspn(uri, "?"));
}

EVP_PKEY *p256_token_open(const char *uri, struct p256_token *ret, struct err *e)
{
	OWN(loader_free) OSSL_STORE_LOADER *loader = NULL;
	struct p256_token t = { .used = true };
	EVP_PKEY *k = NULL;
	char name[200];

	e->code = OK;
	(void)uri_for_people(uri, name, sizeof name);
	/* OpenSSL's store takes a file of that very name first. */
	if (strlen(uri) > URI_MAX || !access(uri, F_OK)) {
		(void)err_set(e, ERR_CONFIG, "'%s' is no name of a key on a token", name);
		return NULL;
	}
	if (strstr(uri, "pin-value=")) {
		(void)err_set(
		    e, ERR_CONFIG,
		    "the PIN of '%s' stands in its name, where many read it; put it into a file and "
		    "write pin-source=file:FILE",
		    name);
		return NULL;
	}
	loader = OSSL_STORE_LOADER_fetch(NULL, "pkcs11", NULL);
	k = loader ? from_store(uri) : from_engine(uri, &t, e);
	ERR_clear_error();
	if (!k && !e->code)
		(void)err_set(e, ERR_CONFIG,
			      "the key '%s' cannot be opened through the pkcs11 %s: look at the name, the "
			      "module and the PIN (pin-source=file:...)",
			      name, loader ? "provider" : "engine");
	if (k)
		*ret = t;
	return k;
}

void p256_token_close(struct p256_token *t)
{
	if (t->engine)
		engine_stop(t->engine);
	t->engine = NULL;
}
