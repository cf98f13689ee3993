/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests: begun, signed, checked, keys for them. Works without a service. Packages: cmd_package.c. */
#include <inttypes.h>
#include <string.h>

#include "base/canon.h"
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "manifest/read.h"
#include "manifest/sign.h"

#define REPORT_MAX (8 * MIB)
#define EL(name) config_element_text[ELEMENT_##name]

const struct option_row manifest_new_options[] = {
	{ "type", 0, "TYPE", "Vehicle, System or 'Building Block'" },
	{ "name", 0, "TEXT", "its name" },
	{ "supplier", 0, "TEXT", "who makes it" },
	{ "description", 0, "TEXT", "what it is" },
	{ "type-id", 0, "UUID", "of the kind of vehicle, system or Building Block; default: a new one" },
	{ "release", 0, "X.Y.Z", "release version; default 1.0.0" },
	{ "functional", 0, "X.Y.Z", "functional version of a Building Block; default 1.0.0" },
	{ "network", 0, "IP,IP", "IPv4 addresses that are allowed" },
	END_OF_OPTIONS,
};
const struct option_row manifest_sign_options[] = {
	{ "manifest", 0, "FILE",
	  "the outermost Manifest in the folder; default: the one Vehicle Manifest, or the only one" },
	{ "supplier", 0, "KEY", "private key for Building Blocks" },
	{ "integrator", 0, "KEY",
	  "private key for Systems, Vehicles, and Building Blocks that nobody signed" },
	END_OF_OPTIONS,
};
const struct option_row manifest_verify_options[] = {
	{ "manifest", 0, "FILE",
	  "the outermost Manifest in the folder; default: the one Vehicle Manifest, or the only one" },
	{ "trust", 0, "FILE", "the trust store (JSON): every signature must hold" },
	{ "unsigned", 0, NULL, "signatures are not looked at; everything else must be right" },
	{ "profile", 0, "WORD", "strict (default) or compat" },
	END_OF_OPTIONS,
};
const struct option_row manifest_key_options[] = {
	{ "name", 0, "TEXT", "name of the owner in the trust store" },
	{ "role", 0, "WORDS", "supplier, integrator, distributor; several with commas between" },
	{ "ed25519", 0, NULL, "an Ed25519 key (an extension); default RSA with 3072 bits" },
	{ "add", 0, "FILE", "add it to this trust store, which is made when it is not there" },
	END_OF_OPTIONS,
};
const struct option_row manifest_item_options[] = {
	{ "pointer", 0, "POINTER", "an item inside, as a JSON pointer such as /Systems/0" },
	{ "whole", 0, NULL, "with its Signature: what the configuration hash is made of" },
	END_OF_OPTIONS,
};

static int json_write(struct call *c, struct str *out, struct err *e)
{
	str_addc(out, '\n');
	return call_write(c, str_c(out), out->len, e);
}

/* ---- new ---- */

static int type_option(struct call *c, enum config_type *ret, struct err *e)
{
	const char *text;

	if (call_need(c, "type", &text, e))
		return (int)e->code;
	for (int i = 0; i <= CONFIG_BUILDING_BLOCK; i++)
		if (!strcmp(text, config_type_text[i])) {
			*ret = (enum config_type)i;
			return OK;
		}
	return err_set(e, ERR_USAGE, "--type is Vehicle, System or 'Building Block', not '%.40s'", text);
}

int cmd_manifest_new(struct call *c, struct err *e)
{
	const char *file = c->arg[0], *slash = strrchr(file, '/');
	OWN(mem_free) char *folder = slash ? mem_strndup(file, (size_t)(slash + 1 - file)) : mem_strdup(".");
	struct manifest_wish w = { .name = call_opt(c, "name"),
				   .supplier = call_opt(c, "supplier"),
				   .description = call_opt(c, "description"),
				   .type_id = call_opt(c, "type-id"),
				   .release = call_opt(c, "release"),
				   .functional = call_opt(c, "functional"),
				   .network = call_opt(c, "network"),
				   .folder = folder,
				   .parts = (const char *const *)(c->arg + 1),
				   .nparts = c->nargs - 1 };
	STR(text, 4 * MIB);
	STR(out, 8 * KIB);
	struct jw jw = jw_start(&out);

	if (type_option(c, &w.type, e) || manifest_new(&w, &text, e) ||
	    file_replace(file, str_c(&text), text.len, e))
		return (int)e->code;
	if (!c->json) {
		page_line(&c->page, "'%s' is a Manifest of a %s; it is not signed yet.", file,
			  config_type_text[w.type]);
		return OK;
	}
	jw_obj(&jw);
	jw_kstr(&jw, "file", file);
	jw_kstr(&jw, "type", config_type_text[w.type]);
	jw_end(&jw);
	return json_write(c, &out, e);
}

/* ---- sign ---- */

int cmd_manifest_sign(struct call *c, struct err *e)
{
	OWN(pkcs1_free) struct pkcs1_key *supplier = NULL;
	OWN(pkcs1_free) struct pkcs1_key *integrator = NULL;
	struct manifest_signed done = { 0, 0 };
	STR(out, 8 * KIB);
	struct jw w = jw_start(&out);

	if (!call_has(c, "supplier") && !call_has(c, "integrator"))
		return err_set(e, ERR_USAGE, "name the key with --supplier or --integrator");
	if ((call_has(c, "supplier") && pkcs1_load(call_opt(c, "supplier"), &supplier, e)) ||
	    (call_has(c, "integrator") && pkcs1_load(call_opt(c, "integrator"), &integrator, e)) ||
	    manifest_sign(c->arg[0], call_opt(c, "manifest"), &(struct manifest_keys){ supplier, integrator },
			  &done, e))
		return (int)e->code;
	if (!c->json) {
		page_line(&c->page, "%d items signed, %d files written", done.items, done.files);
		return OK;
	}
	jw_obj(&w);
	jw_kint(&w, "items", done.items);
	jw_kint(&w, "files", done.files);
	jw_end(&w);
	return json_write(c, &out, e);
}

/* ---- verify ---- */

int manifest_ask_of(struct call *c, struct trust **ret_trust, struct manifest_ask *ret, struct err *e)
{
	const char *profile = call_opt(c, "profile"), *trust = call_opt(c, "trust");
	int at = 0;

	if (!trust == !call_has(c, "unsigned"))
		return err_set(e, ERR_USAGE, "say whose signatures count with --trust FILE, or --unsigned");
	while (profile && at < MANIFEST_PROFILES && strcmp(profile, manifest_profile_text[at]) != 0)
		at++;
	if (at == MANIFEST_PROFILES)
		return err_set(e, ERR_USAGE, "--profile is strict or compat, not '%.40s'", profile);
	if (trust && trust_load(trust, ret_trust, e))
		return err_wrap(e, "--trust");
	*ret = (struct manifest_ask){ .profile = (enum manifest_profile)at,
				      .trust = *ret_trust,
				      .now = call_now(c) };
	return OK;
}

int cmd_manifest_verify(struct call *c, struct err *e)
{
	OWN(trust_free) struct trust *trust = NULL;
	OWN(manifest_free) struct manifest *m = NULL;
	OWN(json_free) struct json *j = NULL;
	struct manifest_ask ask;
	STR(out, REPORT_MAX);

	if (manifest_ask_of(c, &trust, &ask, e))
		return (int)e->code;
	ask.checks = MANIFEST_CHECK_ARCHIVES | MANIFEST_ALONE;
	if (manifest_read(c->arg[0], call_opt(c, "manifest"), &ask, &m, e))
		return (int)e->code;
	c->exit = (trust ? manifest_good(m) : manifest_root(m) && !manifest_errors(m)) ? 0 : 1;
	manifest_report(m, &out);
	if (out.over)
		return err_set(e, ERR_TOO_LARGE, "the report is larger than %zu MiB", REPORT_MAX / MIB);
	if (c->json)
		return json_write(c, &out, e);
	if (json_parse(str_c(&out), out.len, &j, e))
		return (int)e->code;
	show_manifest_report(&c->page, j);
	if (!trust)
		page_line(&c->page, "\nSignatures were not looked at.");
	return OK;
}

/* ---- key ---- */

static int entity_write(struct call *c, const struct pkcs1_key *key, struct jw *w, struct err *e)
{
	STR(pem, PKCS1_PEM_MAX);
	const char *name, *roles;

	if (call_need(c, "name", &name, e) || call_need(c, "role", &roles, e))
		return (int)e->code;
	pkcs1_pem(key, &pem);
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_key(w, "roles");
	jw_arr(w);
	while (*roles) {
		size_t n = strcspn(roles, ",");

		jw_strn(w, roles, n);
		roles += n + (roles[n] == ',');
	}
	jw_arr_end(w);
	jw_key(w, "keys");
	jw_arr(w);
	jw_obj(w);
	jw_kstr(w, "pem", str_c(&pem));
	jw_end(w);
	jw_arr_end(w);
	jw_end(w);
	return OK;
}

/* The store with one entity more; what it was before is checked too. */
static int store_with(const char *path, const struct str *entity, struct str *out, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	OWN(trust_free) struct trust *t = NULL;
	STR(old, TRUST_FILE_MAX);
	struct jw w = jw_start(out);
	const struct json *list;

	if (file_read(path, &old, e) && e->code != ERR_NO_FILE)
		return (int)e->code;
	if (old.len && (trust_parse(str_c(&old), old.len, &t, e) || json_parse(str_c(&old), old.len, &j, e)))
		return err_wrap(e, "'%.160s'", path);
	list = json_get(j, "entities");
	jw_obj(&w);
	jw_key(&w, "entities");
	jw_arr(&w);
	for (size_t i = 0; i < json_len(list); i++) {
		STR(one, TRUST_FILE_MAX);

		json_print(json_at(list, i), &one, false);
		jw_raw(&w, str_c(&one), one.len);
	}
	jw_raw(&w, str_c(entity), entity->len);
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

static int store_add(const char *path, const struct str *entity, bool write, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	OWN(trust_free) struct trust *t = NULL;
	STR(text, TRUST_FILE_MAX);
	STR(pretty, TRUST_FILE_MAX);

	if (store_with(path, entity, &text, e) || trust_parse(str_c(&text), text.len, &t, e) ||
	    json_parse(str_c(&text), text.len, &j, e))
		return (int)e->code;
	json_print(j, &pretty, true);
	str_addc(&pretty, '\n');
	return write ? file_replace(path, str_c(&pretty), pretty.len, e) : OK;
}

/* An existing key file is used, so that a key can be added to several stores. */
static int key_of(struct call *c, struct pkcs1_key **ret, struct err *e)
{
	enum pkcs1_kind kind = call_has(c, "ed25519") ? PKCS1_ED25519 : PKCS1_RSA;

	if (!pkcs1_load(c->arg[0], ret, e) || e->code != ERR_NO_FILE)
		return (int)(*ret ? OK : e->code);
	if (pkcs1_make(kind, c->arg[0], ret, e))
		return (int)e->code;
	call_say(c, "'%s' holds the private key: keep a copy where only you can read it", c->arg[0]);
	return OK;
}

int cmd_manifest_key(struct call *c, struct err *e)
{
	OWN(pkcs1_free) struct pkcs1_key *key = NULL;
	const char *store = call_opt(c, "add"), *need;
	STR(entity, 64 * KIB);
	struct jw w = jw_start(&entity);

	/* before a key file is made */
	if (call_need(c, "name", &need, e) || call_need(c, "role", &need, e))
		return (int)e->code;
	if (key_of(c, &key, e) || entity_write(c, key, &w, e))
		return (int)e->code;
	if (store_add(store ? store : "", &entity, store != NULL, e))
		return (int)e->code;
	return json_write(c, &entity, e);
}

/* ---- canonical, hash ---- */

static struct json *item_at(struct json *j, const char *pointer)
{
	char token[200];

	while (j && *pointer == '/') {
		size_t n = strcspn(++pointer, "/");

		if (!str_copyn(token, sizeof token, pointer, n))
			return NULL;
		j = json_kind(j) == JSON_ARRAY && strspn(token, "0123456789") == n && n && n < 8
			? json_element_of(j, (size_t)strtoul(token, NULL, 10))
			: json_member_of(j, token);
		pointer += n;
	}
	return *pointer ? NULL : j;
}

static int form_of(struct call *c, bool whole, struct str *out, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *pointer = call_opt(c, "pointer");
	STR(text, 4 * MIB);
	const struct json *item;

	if (file_read(c->arg[0], &text, e))
		return (int)e->code;
	if (json_parse_deep(str_c(&text), text.len, JSON_DEPTH_DEEP, &j, e)) {
		err_at(e, c->arg[0], 0, 0);
		return (int)e->code;
	}
	item = item_at(j, pointer ? pointer : "");
	if (!item)
		return err_set(e, ERR_NOT_FOUND, "there is nothing at '%.100s' in '%.100s'", pointer,
			       c->arg[0]);
	return canon_json(item, whole ? NULL : EL(SIGNATURE), out, e);
}

int cmd_manifest_canonical(struct call *c, struct err *e)
{
	STR(form, 8 * MIB);

	return form_of(c, call_has(c, "whole"), &form, e) ? (int)e->code
							  : call_write(c, str_c(&form), form.len, e);
}

int cmd_manifest_hash(struct call *c, struct err *e)
{
	const char *name = c->arg[0];
	size_t n = strlen(name);
	bool manifest = n > 5 && !strcmp(name + n - 5, ".json");
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];
	STR(form, 8 * MIB);
	struct jw w = jw_start(&form);

	if (manifest && form_of(c, true, &form, e))
		return (int)e->code;
	if (!manifest && sha256_file(name, sum, e))
		return (int)e->code;
	if (manifest)
		sha256_of(str_c(&form), form.len, sum);
	hex_text(sum, sizeof sum, hex);
	if (!c->json) {
		page_line(&c->page, "%s", hex);
		return OK;
	}
	str_clear(&form);
	jw_obj(&w);
	jw_kstr(&w, "file", name);
	jw_kstr(&w, "hash", hex);
	jw_end(&w);
	return json_write(c, &form, e);
}
