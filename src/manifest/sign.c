/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/sign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/beneath.h"
#include "base/canon.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "manifest/read_p.h"

#define EL(name) config_element_text[ELEMENT_##name]

/* One file on its way. */
struct leaf {
	char *name;        /* owned */
	struct json *json; /* owned */
	bool changed;
};

struct signer {
	const char *top; /* the folder as it was given */
	int folder;
	const struct manifest_keys *keys;
	VEC(struct leaf) pages; /* in order of completion: what is referred to stands before who refers */
	struct arena *arena;
	int items, files;
};

static int load(int folder, const char *name, struct json **ret, struct err *e)
{
	OWN(fd_close) int fd = -1;
	OWN(mem_free) char *text = NULL;
	int64_t size = 0;
	size_t len = 0;

	if (beneath_read(folder, name, &fd, &size, e) || fd_text(fd, size, name, &text, &len, e))
		return (int)e->code;
	if (json_parse_deep(text, len, JSON_DEPTH_DEEP, ret, e)) {
		err_at(e, name, 0, 0);
		return (int)e->code;
	}
	return OK;
}

int manifest_load(const char *folder, const char *file, struct json **ret, struct err *e)
{
	OWN(fd_close) int fd = -1;
	const char *fault = config_path_fault(file);

	if (fault)
		return err_set(e, ERR_INVALID, "'%.100s' %s", file, fault);
	return beneath_folder(folder, &fd, e) ? (int)e->code : load(fd, file, ret, e);
}

static const struct pkcs1_key *key_for(const struct signer *s, const struct json *item, const char *type)
{
	if (!strcmp(type, config_type_text[CONFIG_VEHICLE]) || !strcmp(type, config_type_text[CONFIG_SYSTEM]))
		return s->keys->integrator;
	if (strcmp(type, config_type_text[CONFIG_BUILDING_BLOCK]) != 0)
		return NULL;
	if (s->keys->supplier)
		return s->keys->supplier;
	return json_get(item, EL(SIGNATURE)) ? NULL : s->keys->integrator;
}

/* ---- hashes of Archives ---- */

static int archive_fill(struct signer *s, struct json *item, const char *folder, const char *file,
			struct err *e)
{
	OWN(fd_close) int fd = -1;
	const char *path = json_text(json_get(item, EL(ARCHIVE))), *fault;
	char hex[SHA256_HEX];
	int64_t size = 0;

	fault = path ? config_path_fault(path) : "is missing";
	if (fault)
		return err_set(e, ERR_INVALID, "%s: the Archive '%.200s' %s", file, path ? path : "", fault);
	if (beneath_read(s->folder, path_join(s->arena, folder, path), &fd, &size, e) ||
	    hash_fd(fd, size, hex, e))
		return err_wrap(e, "%s: Archive", file);
	json_put_text(item, EL(HASH), hex);
	return OK;
}

/* Those of an item and of its Packages. */
static int archives_fill(struct signer *s, struct json *item, const char *folder, const char *file,
			 struct err *e)
{
	struct json *list = json_member_of(item, EL(PACKAGES));

	for (size_t i = 0; i < json_len(list); i++) {
		struct json *one = json_element_of(list, i);

		if (json_get(one, EL(PACKAGES)) ? archives_fill(s, one, folder, file, e)
						: archive_fill(s, one, folder, file, e))
			return (int)e->code;
	}
	return OK;
}

/* ---- items ---- */

static int file_sign(struct signer *s, const char *name, int depth, const char **ret_signature,
		     struct err *e);

struct here {
	const char *file, *folder;
	int depth;
	bool *changed;
};

static int reference_sign(struct signer *s, struct json *ref, const struct here *at, bool write,
			  struct err *e)
{
	const char *path = json_text(json_get(ref, EL(MANIFEST))), *signature = NULL;
	const char *fault = path ? config_path_fault(path) : "is missing";

	if (fault)
		return err_set(e, ERR_INVALID, "%s: Manifest '%.200s' of a Reference %s", at->file,
			       path ? path : "", fault);
	if (file_sign(s, path_join(s->arena, at->folder, path), at->depth + 1, &signature, e))
		return (int)e->code;
	if (!signature)
		return err_set(e, ERR_INVALID,
			       "%s refers to '%.200s', which is not signed: sign it first, or give its key",
			       at->file, path);
	if (write)
		json_put_text(ref, EL(SIGNATURE), signature);
	return OK;
}

static int item_sign(struct signer *s, struct json *item, const struct here *at, struct err *e);

static int list_sign(struct signer *s, struct json *list, const struct here *at, bool write, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		struct json *one = json_element_of(list, i);
		struct json *ref = json_member_of(one, EL(REFERENCE));

		if (ref && !json_get(one, EL(TYPE_ID)) ? reference_sign(s, ref, at, write, e)
						       : item_sign(s, one, at, e))
			return (int)e->code;
	}
	return OK;
}

static int seal(struct json *item, const struct pkcs1_key *key, const char *file, struct err *e)
{
	uint8_t sign[PKCS1_SIGN_MAX];
	char hex[PKCS1_SIGN_MAX * 2 + 1];
	STR(form, FILE_BYTES_MAX * 2);
	enum pkcs1_kind kind = pkcs1_kind(key);

	if (kind != PKCS1_RSA || json_get(item, EL(SIGNATURE_TYPE)))
		json_put_text(item, EL(SIGNATURE_TYPE), pkcs1_kind_text[kind]);
	if (canon_json(item, EL(SIGNATURE), &form, e))
		return err_wrap(e, "%s", file);
	pkcs1_sign(key, str_c(&form), form.len, sign);
	json_put_text(item, EL(SIGNATURE), hex_text(sign, pkcs1_sign_len(key), hex));
	return OK;
}

/* Recursion is bounded by JSON_DEPTH_DEEP and MANIFEST_DEPTH_MAX. */
static int item_sign(struct signer *s, struct json *item, const struct here *at, struct err *e)
{
	static const enum config_element lists[] = { ELEMENT_SYSTEMS, ELEMENT_BUILDING_BLOCKS };
	const char *type = json_text(json_get(item, EL(CONFIG_TYPE)));
	const struct pkcs1_key *key;

	if (!type)
		return err_set(e, ERR_INVALID, "%s: an item has no Config Type", at->file);
	key = key_for(s, item, type);
	for (size_t i = 0; i < 2; i++)
		if (list_sign(s, json_member_of(item, config_element_text[lists[i]]), at, key != NULL, e))
			return (int)e->code;
	if (!key)
		return OK;
	if (archives_fill(s, item, at->folder, at->file, e) || seal(item, key, at->file, e))
		return (int)e->code;
	s->items++;
	*at->changed = true;
	return OK;
}

/* ---- files ---- */

static int file_sign(struct signer *s, const char *name, int depth, const char **ret_signature, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *slash = strrchr(name, '/');
	bool changed = false;
	struct here at = { name, slash ? arena_strndup(s->arena, name, (size_t)(slash + 1 - name)) : "",
			   depth, &changed };
	struct leaf p;

	for (size_t i = 0; i < s->pages.n; i++)
		if (!strcmp(s->pages.v[i].name, name)) {
			*ret_signature = json_text(json_get(s->pages.v[i].json, EL(SIGNATURE)));
			return OK;
		}
	if (depth > MANIFEST_DEPTH_MAX)
		return err_set(e, ERR_INVALID,
			       "'%.200s' is referenced more than 8 files deep, or is part of itself", name);
	if (++s->files > MANIFEST_FILES_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than 256 files belong to the Manifest");
	if (load(s->folder, name, &j, e) || item_sign(s, j, &at, e))
		return (int)e->code;
	*ret_signature = json_text(json_get(j, EL(SIGNATURE)));
	p = (struct leaf){ mem_strdup(name), MOVE(j), changed };
	vec_push(&s->pages, p);
	return OK;
}

static int leaf_write(const struct signer *s, const struct leaf *p, struct err *e)
{
	STR(text, FILE_BYTES_MAX * 2);
	STR(path, 8 * KIB);

	json_print(p->json, &text, true);
	str_addc(&text, '\n');
	str_addf(&path, "%s/%s", s->top, p->name);
	if (text.over || path.over)
		return err_set(e, ERR_TOO_LARGE, "'%.200s' would be too large", p->name);
	return file_replace(str_c(&path), str_c(&text), text.len, e);
}

static void signer_done(struct signer *s)
{
	for (size_t i = 0; i < s->pages.n; i++) {
		free(s->pages.v[i].name);
		json_free(s->pages.v[i].json);
	}
	vec_done(&s->pages);
	if (s->folder >= 0)
		close(s->folder);
	if (s->arena)
		arena_free(s->arena);
}
DEFINE_OWN_VAL(struct signer, signer_done)

int manifest_sign(const char *folder, const char *file, const struct manifest_keys *keys,
		  struct manifest_signed *ret, struct err *e)
{
	OWN(signer_done)
	struct signer s = { .top = folder, .folder = -1, .keys = keys, .arena = arena_new() };
	const char *signature = NULL;
	char found[CONFIG_PATH_MAX + 1];
	int written = 0;

	if (!keys->supplier && !keys->integrator)
		return err_set(e, ERR_USAGE, "there is no key to sign with");
	if (beneath_folder(folder, &s.folder, e))
		return (int)e->code;
	if (!file && outermost_name(folder, found, e))
		return (int)e->code;
	if (!file)
		file = found;
	if (config_path_fault(file))
		return err_set(e, ERR_INVALID, "the name of the Manifest, '%.100s', %s", file,
			       config_path_fault(file));
	if (file_sign(&s, path_join(s.arena, "", file), 1, &signature, e))
		return (int)e->code;
	if (!s.items)
		return err_set(e, ERR_NOTHING, "nothing in '%.200s' is signed with this key", file);
	for (size_t i = 0; i < s.pages.n; i++) {
		if (!s.pages.v[i].changed)
			continue;
		if (leaf_write(&s, &s.pages.v[i], e))
			return (int)e->code;
		written++;
	}
	*ret = (struct manifest_signed){ s.items, written };
	return OK;
}
