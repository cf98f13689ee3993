/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a poll, and the Manifest in it. */
#include <inttypes.h>
#include <string.h>

#include "wire/bbum_p.h"

const char *const bbum_permit_text[BBUM_PERMITS + 1] = {
	[BBUM_PERMIT_NONE] = "none",
	[BBUM_PERMIT_ACCEPT] = "accept",
	[BBUM_PERMIT_REJECT] = "reject",
};

void bbum_manifest_write(const struct bbum_manifest *m, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "name", m->name);
	if (!*m->manufacturer) {
		jw_kstr(w, "version", m->version);
		if (*m->config_id)
			jw_kstr(w, "config_id", m->config_id);
		jw_kstr(w, "hash", m->hash);
		jw_kstr(w, "address", m->image);
		jw_end(w);
		return;
	}
	jw_kstr(w, "manufacturer", m->manufacturer);
	jw_kstr(w, "model", m->model);
	jw_kstr(w, "hardware", m->hardware);
	jw_kstr(w, "version", m->version);
	jw_kstr(w, "hash_type", "SHA256");
	jw_kstr(w, "hash", m->hash);
	jw_kint(w, "size", m->size);
	jw_kstr(w, "image", m->image);
	jw_end(w);
}

void bbum_answer_write(const struct bbum_answer_msg *m, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	if (m->command != BBUM_CMD_NONE) {
		jw_key(&w, "command");
		jw_obj(&w);
		bbum_kid(&w, "id", m->cycle_id, m->seq);
		jw_kstr(&w, "kind", bbum_command_text[m->command]);
		jw_end(&w);
	} else {
		jw_key(&w, "command");
		jw_null(&w);
	}
	if (m->has_manifest) {
		jw_key(&w, "manifest");
		bbum_manifest_write(&m->manifest, &w);
	} else if (m->no_manifest) {
		jw_key(&w, "manifest");
		jw_null(&w);
	}
	if (m->permit != BBUM_PERMIT_NONE)
		jw_kstr(&w, "permit", bbum_permit_text[m->permit]);
	if (m->poll_ms > 0)
		jw_kint(&w, "poll_ms", m->poll_ms);
	jw_end(&w);
}

/* The device's side: members are taken one by one, others are left alone. */

static int text_into(const struct json *j, const char *name, char *buf, size_t size, struct err *e)
{
	const char *s = json_text(json_get(j, name));

	if (!s || !*s)
		err_set(e, ERR_JSON_FIELD, "'%s' must be a text that is not empty", name);
	else if (!str_copy(buf, size, s))
		err_set(e, ERR_JSON_FIELD, "'%s' is longer than %zu bytes", name, size - 1);
	else
		return OK;
	return bbum_at_member(name, e);
}

/* A path of the server the device trusts, so that a Manifest cannot send it elsewhere. */
static bool path_ok(const char *s, const char *refused)
{
	if (s[0] != '/' || s[1] == '/' || strstr(s, "..") != NULL)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr(refused, *s))
			return false;
	return true;
}

/* The summary of a Building Block's Manifest. */
static int summary_take(const struct json *j, struct bbum_manifest *ret, struct err *e)
{
	struct bbum_manifest m;

	memset(&m, 0, sizeof m);
	if (text_into(j, "name", m.name, sizeof m.name, e) ||
	    text_into(j, "version", m.version, sizeof m.version, e) ||
	    (json_get(j, "config_id") && (text_into(j, "config_id", m.config_id, sizeof m.config_id, e) ||
					  bbum_uuid_member(m.config_id, "config_id", e))) ||
	    text_into(j, "hash", m.hash, sizeof m.hash, e) ||
	    text_into(j, "address", m.image, sizeof m.image, e) ||
	    bbum_identity_member(m.version, "version", e) || bbum_hash_member(m.hash, "hash", e))
		return (int)e->code;
	if (!path_ok(m.image, "\"#<>\\^`{|}")) {
		err_set(e, ERR_JSON_FIELD, "'address' must be an absolute path on the same server");
		return bbum_at_member("address", e);
	}
	*ret = m;
	return OK;
}

static int manifest_take(const struct json *j, struct bbum_manifest *ret, struct err *e)
{
	const struct json *type = json_get(j, "hash_type");
	struct bbum_manifest m;

	memset(&m, 0, sizeof m);
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a Manifest is an object");
	if (json_get(j, "address"))
		return summary_take(j, ret, e);
	if (text_into(j, "name", m.name, sizeof m.name, e) ||
	    text_into(j, "manufacturer", m.manufacturer, sizeof m.manufacturer, e) ||
	    text_into(j, "model", m.model, sizeof m.model, e) ||
	    text_into(j, "hardware", m.hardware, sizeof m.hardware, e) ||
	    text_into(j, "version", m.version, sizeof m.version, e) ||
	    text_into(j, "hash", m.hash, sizeof m.hash, e) ||
	    text_into(j, "image", m.image, sizeof m.image, e) ||
	    bbum_identity_member(m.manufacturer, "manufacturer", e) ||
	    bbum_identity_member(m.model, "model", e) || bbum_identity_member(m.hardware, "hardware", e) ||
	    bbum_identity_member(m.version, "version", e) || bbum_hash_member(m.hash, "hash", e))
		return (int)e->code;
	m.size = json_int(json_get(j, "size"), -1);
	if (m.size <= 0) {
		err_set(e, ERR_JSON_FIELD, "'size' must be the bytes of the image, more than 0");
		return bbum_at_member("size", e);
	}
	if (type && (!json_text(type) || strcmp(json_text(type), "SHA256") != 0)) {
		err_set(e, ERR_JSON_FIELD, "'hash_type' must be SHA256");
		return bbum_at_member("hash_type", e);
	}
	if (!path_ok(m.image, "\"#<>?\\^`{|}")) {
		err_set(e, ERR_JSON_FIELD, "'image' must be an absolute path on the same server");
		return bbum_at_member("image", e);
	}
	*ret = m;
	return OK;
}

int bbum_manifest_read(const char *text, size_t len, struct bbum_manifest *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (json_parse(text, len, &j, e))
		return (int)e->code;
	return manifest_take(j, ret, e);
}

static int command_take(const struct json *j, struct bbum_answer_msg *m, struct err *e)
{
	const char *id = json_text(json_get(j, "id")), *kind = json_text(json_get(j, "kind"));
	int k = BBUM_CMD_NONE + 1;

	if (!id || !kind || !command_id_read(id, &m->cycle_id, &m->seq)) {
		err_set(e, ERR_JSON_FIELD, "a command has an id such as 12-3, and a kind");
		return bbum_at_member("command", e);
	}
	while (k < BBUM_COMMANDS && strcmp(bbum_command_text[k], kind) != 0)
		k++;
	m->command = (enum bbum_command)k;
	return OK;
}

/* json_get() tells null and absent apart from nothing. */
static bool has_member(const struct json *obj, const char *name)
{
	const char *at;

	for (size_t i = 0; (at = json_member(obj, i, NULL)) != NULL; i++)
		if (strcmp(at, name) == 0)
			return true;
	return false;
}

/* A word that is not known permits nothing. */
static enum bbum_permit permit_take(const char *text)
{
	for (int i = BBUM_PERMIT_ACCEPT; text && i < BBUM_PERMITS; i++)
		if (!strcmp(bbum_permit_text[i], text))
			return (enum bbum_permit)i;
	return BBUM_PERMIT_NONE;
}

int bbum_answer_read(const char *text, size_t len, struct bbum_answer_msg *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	struct bbum_answer_msg m;
	const struct json *command, *manifest;
	const char *name;
	struct err bad;

	memset(&m, 0, sizeof m);
	if (json_parse(text, len, &j, e))
		return (int)e->code;
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "the answer to a poll is an object");
	command = json_get(j, "command");
	manifest = json_get(j, "manifest");
	if (command && command_take(command, &m, e))
		return (int)e->code;
	/* A bad Manifest is the device's to report (Z31); the command beside it stands. */
	if (manifest && manifest_take(manifest, &m.manifest, &bad)) {
		str_copy(m.manifest_wrong, sizeof m.manifest_wrong, bad.msg);
		name = json_text(json_get(manifest, "name"));
		str_copy(m.manifest.name, sizeof m.manifest.name, name ? name : "");
	}
	m.has_manifest = manifest && !*m.manifest_wrong;
	m.no_manifest = !manifest && has_member(j, "manifest");
	m.permit = permit_take(json_text(json_get(j, "permit")));
	m.poll_ms = json_int(json_get(j, "poll_ms"), 0);
	if (m.poll_ms < 0 || m.poll_ms > BBUM_POLL_MS_MAX) {
		err_set(e, ERR_JSON_FIELD, "'poll_ms' is %" PRId64 ", not between 0 and %" PRId64, m.poll_ms,
			BBUM_POLL_MS_MAX);
		return bbum_at_member("poll_ms", e);
	}
	*ret = m;
	return OK;
}
