/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests to begin with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/rnd.h"
#include "manifest/sign.h"

#define EL(name) config_element_text[ELEMENT_##name]
#define UUID_TEXT 37
#define NEW_MAX (1 * MIB)

enum part_kind { PART_SOFTWARE, PART_PARAMETER, PART_MANIFEST, PART_NEEDS };

/* A random UUID (version 4). */
static char *uuid_new(char buf[UUID_TEXT])
{
	struct rnd rnd = rnd_system();
	char h[33];

	rnd_hex(&rnd, 16, h);
	snprintf(buf, UUID_TEXT, "%.8s-%.4s-4%.3s-8%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
	for (char *p = buf; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'F' ? *p + 32 : *p);
	return buf;
}

static bool prefix(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0)
		return false;
	*text += n;
	return true;
}

static bool ends(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

/* What a part is, and its path or text. */
static int part_read(const char *part, enum part_kind *ret, const char **ret_text, struct err *e)
{
	const char *mend;

	*ret = prefix(&part, "needs:")       ? PART_NEEDS
	       : prefix(&part, "parameter:") ? PART_PARAMETER
	       : prefix(&part, "software:")  ? PART_SOFTWARE
	       : ends(part, ".json")         ? PART_MANIFEST
					     : PART_SOFTWARE;
	*ret_text = part;
	if (*ret == PART_NEEDS)
		return OK;
	mend = config_text_fault(*ret == PART_MANIFEST ? FORMAT_MANIFEST_PATH : FORMAT_ARCHIVE_PATH, part,
				 MANIFEST_COMPAT, &mend);
	return mend ? err_set(e, ERR_INVALID, "'%.200s' %s", part, mend) : OK;
}

static void put_path(struct jw *w, const char *name, const char *path)
{
	STR(text, 8 * KIB);

	str_addf(&text, "%s%s", strncmp(path, "./", 2) ? "./" : "", path);
	jw_kstr(w, name, str_c(&text));
}

/* Name of a file without folders and .tar.gz. */
static void put_stem(struct jw *w, const char *name, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *from = slash ? slash + 1 : path;

	jw_key(w, name);
	jw_strn(w, from, strlen(from) - strlen(".tar.gz"));
}

/* Config Type, identifiers, name; left open. */
static void head(struct jw *w, enum config_type type, const char *type_id, const char *name)
{
	char uuid[UUID_TEXT];

	jw_obj(w);
	jw_kstr(w, EL(CONFIG_TYPE), config_type_text[type]);
	if (type <= CONFIG_BUILDING_BLOCK)
		jw_kstr(w, EL(CONFIG_ID), uuid_new(uuid));
	jw_kstr(w, EL(TYPE_ID), type_id ? type_id : uuid_new(uuid));
	if (name)
		jw_kstr(w, EL(NAME), name);
}

static void archive_part(struct jw *w, enum part_kind kind, const char *path, const char *release)
{
	head(w, kind == PART_SOFTWARE ? CONFIG_SOFTWARE : CONFIG_PARAMETER, NULL, NULL);
	put_stem(w, EL(NAME), path);
	jw_kstr(w, EL(RELEASE_VERSION), release);
	put_path(w, EL(ARCHIVE), path);
	jw_end(w);
}

/* A Manifest that is only looked at: its path is the caller's own. */
static int elsewhere_load(char *path, struct json **ret, struct err *e)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return manifest_load(".", path, ret, e);
	*slash = '\0';
	return manifest_load(slash == path ? "/" : path, slash + 1, ret, e);
}

static int needs_part(struct jw *w, const char *text, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *at = strrchr(text, '@'), *id, *version = at ? at + 1 : NULL;
	OWN(mem_free) char *of = at ? mem_strndup(text, (size_t)(at - text)) : mem_strdup(text);
	struct config_version v;

	id = of;
	if (!parse_uuid_ok(of)) {
		if (elsewhere_load(of, &j, e))
			return err_wrap(e, "needs:%.200s", of);
		id = json_text(json_get(j, EL(TYPE_ID)));
		version = version ? version : json_text(json_get(j, EL(FUNCTIONAL_VERSION)));
	}
	if (!id || !version || !config_version_read(version, &v))
		return err_set(
		    e, ERR_INVALID,
		    "needs:%.200s does not say which Type ID and functional version (needs:TYPE-ID@1.0.0)",
		    text);
	head(w, CONFIG_DEPENDENCY, id, json_text(json_get(j, EL(NAME))));
	jw_kstr(w, EL(FUNCTIONAL_VERSION), version);
	jw_end(w);
	return OK;
}

static int reference_part(struct jw *w, const struct json *j, const char *path)
{
	const char *name = json_text(json_get(j, EL(NAME))),
		   *signature = json_text(json_get(j, EL(SIGNATURE)));

	jw_obj(w);
	jw_key(w, EL(REFERENCE));
	jw_obj(w);
	jw_kstr(w, EL(DESCRIPTION), name ? name : path);
	if (signature)
		jw_kstr(w, EL(SIGNATURE), signature); /* else signing writes it */
	put_path(w, EL(MANIFEST), path);
	jw_end(w);
	jw_end(w);
	return OK;
}

/* A list of all parts that are Manifests of the type; *ret_any: there was one. Without w they are only
 * counted. */
static int references(const struct manifest_wish *wish, enum config_type type, struct jw *w, bool *ret_any,
		      struct err *e)
{
	*ret_any = false;
	for (int i = 0; i < wish->nparts; i++) {
		OWN(json_free) struct json *j = NULL;
		enum part_kind kind;
		const char *path, *t;

		if (part_read(wish->parts[i], &kind, &path, e))
			return (int)e->code;
		if (kind != PART_MANIFEST)
			continue;
		if (manifest_load(wish->folder, path, &j, e))
			return (int)e->code;
		t = json_text(json_get(j, EL(CONFIG_TYPE)));
		if (!t || (strcmp(t, config_type_text[CONFIG_SYSTEM]) != 0 &&
			   strcmp(t, config_type_text[CONFIG_BUILDING_BLOCK]) != 0))
			return err_set(e, ERR_INVALID, "'%.200s' is neither a System nor a Building Block",
				       path);
		if (strcmp(t, config_type_text[type]) != 0)
			continue;
		*ret_any = true;
		if (w)
			(void)reference_part(w, j, path);
	}
	return OK;
}

static int list_of(const struct manifest_wish *wish, enum config_type type, enum config_element el,
		   struct jw *w, struct err *e)
{
	bool any;

	if (references(wish, type, NULL, &any, e))
		return (int)e->code;
	if (!any)
		return OK;
	jw_key(w, config_element_text[el]);
	jw_arr(w);
	if (references(wish, type, w, &any, e))
		return (int)e->code;
	jw_arr_end(w);
	return OK;
}

static int packages(const struct manifest_wish *wish, const char *release, struct jw *w, struct err *e)
{
	bool begun = wish->type == CONFIG_BUILDING_BLOCK; /* must be there */

	if (begun) {
		jw_key(w, EL(PACKAGES));
		jw_arr(w);
	}
	for (int i = 0; i < wish->nparts; i++) {
		enum part_kind kind;
		const char *path;

		if (part_read(wish->parts[i], &kind, &path, e))
			return (int)e->code;
		if (kind != PART_SOFTWARE && kind != PART_PARAMETER)
			continue;
		if (kind == PART_SOFTWARE && wish->type != CONFIG_BUILDING_BLOCK)
			return err_set(e, ERR_INVALID, "Software ('%.200s') belongs to a Building Block",
				       path);
		if (!begun) {
			jw_key(w, EL(PACKAGES));
			jw_arr(w);
			begun = true;
		}
		archive_part(w, kind, path, release);
	}
	if (begun)
		jw_arr_end(w);
	return OK;
}

static int dependencies(const struct manifest_wish *wish, struct jw *w, struct err *e)
{
	jw_key(w, EL(DEPENDENCIES));
	jw_arr(w);
	for (int i = 0; i < wish->nparts; i++) {
		enum part_kind kind;
		const char *text;

		if (part_read(wish->parts[i], &kind, &text, e) ||
		    (kind == PART_NEEDS && needs_part(w, text, e)))
			return (int)e->code;
		if (kind == PART_MANIFEST)
			return err_set(e, ERR_INVALID, "'%.200s': a Building Block holds no other Manifest",
				       text);
	}
	jw_arr_end(w);
	return OK;
}

/* Of a Vehicle, Building Blocks stand in one System made for them. */
static int systems(const struct manifest_wish *wish, const char *release, struct jw *w, struct err *e)
{
	bool systems, blocks;

	if (references(wish, CONFIG_SYSTEM, NULL, &systems, e) ||
	    references(wish, CONFIG_BUILDING_BLOCK, NULL, &blocks, e))
		return (int)e->code;
	jw_key(w, EL(SYSTEMS));
	jw_arr(w);
	if (systems && references(wish, CONFIG_SYSTEM, w, &systems, e))
		return (int)e->code;
	if (blocks) {
		head(w, CONFIG_SYSTEM, NULL, "System 1");
		jw_kstr(w, EL(RELEASE_VERSION), release);
		if (list_of(wish, CONFIG_BUILDING_BLOCK, ELEMENT_BUILDING_BLOCKS, w, e))
			return (int)e->code;
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static int wish_check(const struct manifest_wish *w, struct err *e)
{
	struct config_version v;

	if (w->type > CONFIG_BUILDING_BLOCK)
		return err_set(e, ERR_USAGE, "a Manifest is of the type Vehicle, System or Building Block");
	if (w->type_id && !parse_uuid_ok(w->type_id))
		return err_set(e, ERR_INVALID, "the Type ID '%.60s' is no UUID", w->type_id);
	if (w->release && !config_version_read(w->release, &v))
		return err_set(e, ERR_INVALID, "the release version '%.60s' is no x.y.z", w->release);
	if (w->functional && !config_version_read(w->functional, &v))
		return err_set(e, ERR_INVALID, "the functional version '%.60s' is no x.y.z", w->functional);
	return OK;
}

static int network(const char *list, struct jw *w, struct err *e)
{
	jw_key(w, EL(NETWORK_IDS));
	jw_arr(w);
	while (*list) {
		size_t n = strcspn(list, ",");
		char one[20];
		bool usual;

		if (!str_copyn(one, sizeof one, list, n) || !config_ipv4_ok(one, &usual))
			return err_set(e, ERR_INVALID, "'%.40s' is no IPv4 address", list);
		jw_str(w, one);
		list += n + (list[n] == ',');
	}
	jw_arr_end(w);
	return OK;
}

static int body(const struct manifest_wish *wish, const char *release, struct jw *w, struct err *e)
{
	if (wish->type == CONFIG_VEHICLE && systems(wish, release, w, e))
		return (int)e->code;
	if (wish->type == CONFIG_SYSTEM &&
	    (list_of(wish, CONFIG_SYSTEM, ELEMENT_SYSTEMS, w, e) ||
	     list_of(wish, CONFIG_BUILDING_BLOCK, ELEMENT_BUILDING_BLOCKS, w, e)))
		return (int)e->code;
	if (wish->type == CONFIG_BUILDING_BLOCK && dependencies(wish, w, e))
		return (int)e->code;
	return packages(wish, release, w, e);
}

int manifest_new(const struct manifest_wish *wish, struct str *out, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *release = wish->release ? wish->release : "1.0.0";
	STR(text, NEW_MAX);
	struct jw w = jw_start(&text);

	if (wish_check(wish, e))
		return (int)e->code;
	head(&w, wish->type, wish->type_id, wish->name);
	if (wish->description)
		jw_kstr(&w, EL(DESCRIPTION), wish->description);
	if (wish->supplier)
		jw_kstr(&w, EL(SUPPLIER), wish->supplier);
	jw_kstr(&w, EL(RELEASE_VERSION), release);
	if (wish->type == CONFIG_BUILDING_BLOCK)
		jw_kstr(&w, EL(FUNCTIONAL_VERSION), wish->functional ? wish->functional : "1.0.0");
	if ((wish->network && network(wish->network, &w, e)) || body(wish, release, &w, e))
		return (int)e->code;
	jw_end(&w);
	if (text.over)
		return err_set(e, ERR_TOO_LARGE, "the Manifest would have more than 1 MiB");
	if (json_parse_deep(str_c(&text), text.len, JSON_DEPTH_DEEP, &j, e))
		return (int)e->code;
	json_print(j, out, true);
	str_addc(out, '\n');
	return OK;
}
