/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/block.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

/* A check failed; the first one that does gives the word. */
static void fails(struct block_verdict *v, bool *check, const char *error, const char *why)
{
	*check = false;
	if (*v->error)
		return;
	str_copy(v->error, sizeof v->error, error);
	snprintf(v->why, sizeof v->why, "%.159s", why);
}

static void name_fill(const struct config_item *it, struct bbum_manifest *m)
{
	const char *type = it->text[ELEMENT_TYPE_ID], *id = it->text[ELEMENT_CONFIG_ID],
		   *version = it->text[ELEMENT_RELEASE_VERSION];

	snprintf(m->name, sizeof m->name, "bb:%.36s@%.20s", type ? type : "?", version ? version : "?");
	lower(m->name);
	str_copyn(m->version, sizeof m->version, version ? version : "",
		  version && strlen(version) < sizeof m->version ? strlen(version) : 0);
	str_copyn(m->config_id, sizeof m->config_id, id ? id : "", id && strlen(id) == 36 ? 36 : 0);
	lower(m->config_id);
	str_copy(m->hash, sizeof m->hash, it->hash ? it->hash : "");
}

/* Texts of a Manifest have no ceiling of their own: what is shown of them is cut at a whole character. */
static void cut(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	while (n && from[n] && ((unsigned char)from[n] & 0xC0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		to[i] = (char)((unsigned char)from[i] < ' ' ? ' ' : from[i]);
	to[n] = '\0';
}

static void title_fill(const struct config_item *it, struct package *p)
{
	const char *name = it->text[ELEMENT_NAME], *type = it->text[ELEMENT_TYPE_ID];

	cut(p->title, sizeof p->title, name && *name ? name : type ? type : "?");
}

static bool has_file(const struct package *p, const char *hash)
{
	for (int i = 0; i < p->n; i++)
		if (!strcmp(p->file[i].hash, hash))
			return true;
	return false;
}

/* An Archive that two components share is one file. */
static bool file_add(struct package *p, const struct config_item *it, const char *device)
{
	const char *hash = it->text[ELEMENT_HASH], *name = it->text[ELEMENT_NAME],
		   *version = it->text[ELEMENT_RELEASE_VERSION];
	struct package_file *f;
	uint8_t sum[SHA256_LEN];
	STR(address, sizeof p->file->address - 1);

	if (!hash || !parse_hex_bytes(hash, strlen(hash), sum, sizeof sum))
		return false;
	p->file = mem_realloc(p->file, (size_t)p->n + 1, sizeof *p->file);
	f = &p->file[p->n];
	memset(f, 0, sizeof *f);
	hex_text(sum, sizeof sum, f->hash);
	if (has_file(p, f->hash))
		return true;
	str_addf(&address, "%s%s?device=", BBUM_ADDRESS_PACKAGES, f->hash);
	str_add_url(&address, device);
	if (address.over)
		return false;
	f->size = -1;
	str_copy(f->address, sizeof f->address, str_c(&address));
	cut(f->kind, sizeof f->kind, it->type == CONFIG_SOFTWARE ? "software" : "parameter");
	cut(f->name, sizeof f->name, name && *name ? name : it->text[ELEMENT_TYPE_ID]);
	cut(f->version, sizeof f->version, version ? version : "");
	p->n++;
	return true;
}

/* Walks the items beneath; false: one has no right hash, or there are too many. */
static bool files_add(struct package *p, const struct config_item *it, const char *device)
{
	for (it = it->child; it; it = it->next) {
		if (it->type == CONFIG_SOFTWARE || it->type == CONFIG_PARAMETER) {
			if (p->n == PACKAGE_FILES_MAX || !file_add(p, it, device))
				return false;
		} else if (!files_add(p, it, device)) {
			return false;
		}
	}
	return true;
}

/* Is this Building Block meant (D6 identity, J50)? */
static void identity_look(const struct block_shared *b, const struct config_item *it, const char *type_id,
			  struct block_verdict *v)
{
	const char *type = it->text[ELEMENT_TYPE_ID];
	bool here = !*b->address || !it->network;

	if (it->type != CONFIG_BUILDING_BLOCK || !type || strcasecmp(type, type_id) != 0)
		fails(v, &v->identity_ok, "manifest-conformity", "it is for another Building Block");
	for (int i = 0; !here && i < it->nnetwork; i++)
		here = !strcmp(it->network[i], b->address);
	if (!here)
		fails(v, &v->identity_ok, "manifest-identity",
		      "its Network IDs do not have this device's address");
}

/* The check fails; the reader's own word and sentence, if it has said any of this kind. */
static void check_look(const struct manifest *m, bool good, bool *check, const char *otherwise,
		       struct block_verdict *v)
{
	const struct manifest_problem *p;

	if (good)
		return;
	for (int i = 0; (p = manifest_problem_at(m, i)) != NULL; i++)
		if (!p->warning && p->error && !strcmp(p->error, otherwise))
			break;
	fails(v, check, otherwise, p ? p->what : "a check of it failed");
}

/* What the reader found, as the four checks. */
static void problems_look(const struct manifest *m, const struct config_item *root, struct block_verdict *v)
{
	const struct manifest_problem *first = manifest_problem_at(m, 0);

	if (!root || !root->syntax_ok) {
		fails(v, &v->syntax_ok, "manifest-syntax", first ? first->what : "it cannot be read");
		return;
	}
	check_look(m, root->integrity_ok, &v->integrity_ok, "manifest-integrity", v);
	check_look(m, root->identity_ok, &v->identity_ok, "manifest-identity", v);
	check_look(m, root->authentic_ok, &v->authentic_ok, "manifest-authentication", v);
	if (manifest_errors(m) && block_good(v)) /* an error that no check of the outermost item tells */
		fails(v, &v->syntax_ok, "manifest-syntax", first ? first->what : "it has errors");
}

void block_read(const struct block_shared *b, const char *device, const char *type_id, const char *text,
		size_t len, int64_t now, struct package *ret, struct block_verdict *v)
{
	struct manifest_ask ask = {
		.profile = b->profile, .checks = MANIFEST_ALONE, .trust = b->trust, .now = now
	};
	OWN(manifest_free) struct manifest *m = NULL;
	const struct config_item *root;
	struct err e;

	package_clear(ret);
	*v = (struct block_verdict){ true, true, true, true, "", "" };
	if (manifest_read_text(text, len, &ask, &m, &e)) {
		fails(v, &v->syntax_ok, "manifest-syntax", e.msg);
	} else {
		root = manifest_root(m);
		if (root) {
			name_fill(root, &ret->m);
			title_fill(root, ret);
		}
		problems_look(m, root, v);
		if (v->syntax_ok)
			identity_look(b, root, type_id, v);
		if (v->syntax_ok && (!*ret->m.hash || !*ret->m.version))
			fails(v, &v->syntax_ok, "manifest-syntax",
			      "it has no version, or one that is too long");
		if (block_good(v) && !files_add(ret, root, device))
			fails(v, &v->syntax_ok, "manifest-syntax",
			      "an Archive has no hash, or there are too many");
	}
	if (!v->syntax_ok)
		v->integrity_ok = v->identity_ok = v->authentic_ok = false;
	if (block_good(v))
		str_addn(&ret->text, text, len);
}
