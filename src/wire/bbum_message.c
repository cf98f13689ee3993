/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/bbum_message.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/parse.h"

#define BOOTS_MAX (INT64_C(1) << 52) /* what every JSON reader keeps exactly */

/* "none" stands for "nothing to compare with". */
static const char *const recommends_text[] = { "no", "yes", "none", NULL };

void command_id_text(int64_t cycle_id, int64_t seq, char ret[COMMAND_ID_MAX])
{
	snprintf(ret, COMMAND_ID_MAX, "%" PRId64 "-%" PRId64, cycle_id, seq);
}

/* One id has one spelling, or two texts could name one command. */
static bool number_read(const char *s, size_t n, int64_t *ret)
{
	uint64_t v;

	if (*s == '0' || !parse_digits(s, n, &v) || v > INT64_MAX)
		return false;
	*ret = (int64_t)v;
	return true;
}

bool command_id_read(const char *text, int64_t *ret_cycle, int64_t *ret_seq)
{
	const char *dash = strchr(text, '-');
	int64_t cycle, seq;

	if (!dash || !number_read(text, (size_t)(dash - text), &cycle) ||
	    !number_read(dash + 1, strlen(dash + 1), &seq))
		return false;
	*ret_cycle = cycle;
	*ret_seq = seq;
	return true;
}

/* A status as flat members; words are looked up afterwards. */
struct raw_poll {
	char device[65], type[16], state[24];
	char manifest[64], manifest_version[16], recommendation[8];
	char command[COMMAND_ID_MAX], answer[16], reason[96];
	char result[24], result_of[COMMAND_ID_MAX];
	char manufacturer[8], model[8], hardware[8], version[16], hash[SHA256_HEX];
	char step[16], error[32];
	bool syntax, integrity, identity, authenticity, want_manifest;
	int64_t boots, progress;
};
#define TEXT(m, must)                                                                                        \
	{                                                                                                    \
#m, FIELD_TEXT, offsetof(struct raw_poll, m), must, 0, sizeof(((struct raw_poll *)0)->m)     \
	}
#define TRUTH(m)                                                                                             \
	{                                                                                                    \
#m, FIELD_BOOL, offsetof(struct raw_poll, m), false, 0, 0                                    \
	}
static const struct json_field poll_fields[] = {
	TEXT(device, true),
	TEXT(type, false),
	TEXT(state, true),
	TEXT(manifest, false),
	TEXT(manifest_version, false),
	TRUTH(syntax),
	TRUTH(integrity),
	TRUTH(identity),
	TRUTH(authenticity),
	TEXT(recommendation, false),
	TEXT(command, false),
	TEXT(answer, false),
	TEXT(reason, false),
	TEXT(result, false),
	TEXT(result_of, false),
	TEXT(manufacturer, false),
	TEXT(model, false),
	TEXT(hardware, false),
	TEXT(version, false),
	TEXT(hash, false),
	{ "boots", FIELD_INT, offsetof(struct raw_poll, boots), true, 0, BOOTS_MAX },
	{ "progress", FIELD_INT, offsetof(struct raw_poll, progress), false, 0, 100 },
	TEXT(step, false),
	TEXT(error, false),
	TRUTH(want_manifest),
	{ NULL, FIELD_TEXT, 0, false, 0, 0 },
};

/* Puts the member's name in front of the place, fills nothing else. */
static int at_member(const char *name, struct err *e)
{
	char at[sizeof e->where];

	snprintf(at, sizeof at, "/%s", name);
	return err_at(e, at, 0, 0);
}

/* The index of a word of the table; an empty text is `otherwise`. */
static int word(const char *text, const char *name, const char *const *words, int otherwise, int *ret,
		struct err *e)
{
	const char *near;
	int i = 0;

	if (!*text) {
		*ret = otherwise;
		return OK;
	}
	while (words[i] && strcmp(words[i], text) != 0)
		i++;
	if (words[i]) {
		*ret = i;
		return OK;
	}
	near = parse_nearest(text, words);
	err_set(e, ERR_JSON_FIELD, "'%s' is not a word for '%s'%s%s%s", text, name,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return at_member(name, e);
}

static int id_member(const char *text, const char *name, int64_t *ret_cycle, int64_t *ret_seq, struct err *e)
{
	if (!*text || command_id_read(text, ret_cycle, ret_seq))
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%s' is not a command id such as 12-3", text);
	return at_member(name, e);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool hex_letter(char c)
{
	return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Identities are kept and compared as text, so they get one spelling here: hex digits in upper case (the
 * CPL's), other schemes' words as they are. */
static int identity_member(char *text, const char *name, struct err *e)
{
	bool hex = true;

	for (const char *p = text; *p; p++) {
		if (!digit(*p) && !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !strchr("._-", *p)) {
			err_set(e, ERR_JSON_FIELD, "'%s' may hold letters, digits and . _ - only", name);
			return at_member(name, e);
		}
		hex = hex && (digit(*p) || hex_letter(*p));
	}
	for (char *p = text; hex && *p; p++)
		if (*p >= 'a')
			*p = (char)(*p - 'a' + 'A');
	return OK;
}

static int hash_member(char *text, struct err *e)
{
	uint8_t sum[SHA256_LEN];

	if (!parse_hex_bytes(text, strlen(text), sum, sizeof sum)) {
		err_set(e, ERR_JSON_FIELD, "'hash' is a SHA-256 of 64 hex digits");
		return at_member("hash", e);
	}
	hex_text(sum, sizeof sum, text);
	return OK;
}

static int identity_check(struct raw_poll *r, struct err *e)
{
	bool all = *r->manufacturer && *r->model && *r->hardware && *r->version;
	bool none = !*r->manufacturer && !*r->model && !*r->hardware && !*r->version && !*r->hash;

	if (!all && !none) {
		err_set(e, ERR_JSON_FIELD,
			"what runs is told by manufacturer, model, hardware and version together");
		return at_member("version", e);
	}
	if (identity_member(r->manufacturer, "manufacturer", e) || identity_member(r->model, "model", e) ||
	    identity_member(r->hardware, "hardware", e) || identity_member(r->version, "version", e) ||
	    (*r->hash && hash_member(r->hash, e)))
		return (int)e->code;
	return OK;
}

/* An answer or a result without its command id could be taken for that of another command. */
static int ids_check(const struct raw_poll *r, int answer, int result, struct err *e)
{
	if ((answer != BBUM_ANSWER_NONE) != (*r->command != '\0')) {
		err_set(e, ERR_JSON_FIELD, "'command' and 'answer' go together");
		return at_member("command", e);
	}
	if ((result != BBUM_RESULT_UNDEFINED) != (*r->result_of != '\0')) {
		err_set(e, ERR_JSON_FIELD, "'result' and 'result_of' go together");
		return at_member("result_of", e);
	}
	return OK;
}

static void poll_copy(const struct raw_poll *r, struct bbum_poll_msg *m)
{
	struct bbum_status *s = &m->status;

	str_copy(m->device, sizeof m->device, r->device);
	m->wants_manifest = r->want_manifest;
	str_copy(s->manifest, sizeof s->manifest, r->manifest);
	str_copy(s->manifest_version, sizeof s->manifest_version, r->manifest_version);
	s->syntax_ok = r->syntax;
	s->integrity_ok = r->integrity;
	s->identity_ok = r->identity;
	s->authenticity_ok = r->authenticity;
	str_copy(s->reason, sizeof s->reason, r->reason);
	str_copy(s->manufacturer, sizeof s->manufacturer, r->manufacturer);
	str_copy(s->model, sizeof s->model, r->model);
	str_copy(s->hardware, sizeof s->hardware, r->hardware);
	str_copy(s->version, sizeof s->version, r->version);
	str_copy(s->hash, sizeof s->hash, r->hash);
	str_copy(s->step, sizeof s->step, r->step);
	str_copy(s->error, sizeof s->error, r->error);
	s->boots = r->boots;
	s->progress = (int)r->progress;
}

int bbum_poll_read(const char *text, size_t len, struct bbum_poll_msg *ret, struct err *e)
{
	static const char *const types[] = { "status", NULL };
	OWN(json_free) struct json *j = NULL;
	struct bbum_poll_msg m = { .status = { .recommends = -1 } };
	struct bbum_status *s = &m.status;
	struct raw_poll r = { .progress = -1 };
	int type, state, recommends, answer, result;

	if (json_parse(text, len, &j, e) || json_decode(j, poll_fields, &r, e))
		return (int)e->code;
	if (word(r.type, "type", types, 0, &type, e) ||
	    word(r.state, "state", bbum_state_text, BBUM_STATES, &state, e) ||
	    word(r.recommendation, "recommendation", recommends_text, 2, &recommends, e) ||
	    word(r.answer, "answer", bbum_answer_text, BBUM_ANSWER_NONE, &answer, e) ||
	    word(r.result, "result", bbum_result_text, BBUM_RESULT_UNDEFINED, &result, e) ||
	    id_member(r.command, "command", &s->cycle_id, &s->seq, e) ||
	    id_member(r.result_of, "result_of", &s->result_cycle_id, &s->result_seq, e) ||
	    ids_check(&r, answer, result, e) || identity_check(&r, e))
		return (int)e->code;
	if (!*r.device || state == BBUM_STATES) {
		err_set(e, ERR_JSON_FIELD, "'device' and 'state' must not be empty");
		return at_member(*r.device ? "state" : "device", e);
	}
	s->state = (enum bbum_state)state;
	s->recommends = recommends == 2 ? -1 : recommends;
	s->answer = (enum bbum_answer)answer;
	s->result = (enum bbum_result)result;
	poll_copy(&r, &m);
	*ret = m;
	return OK;
}

static void kstr_if(struct jw *w, const char *name, const char *text)
{
	if (*text)
		jw_kstr(w, name, text);
}

static void kid(struct jw *w, const char *name, int64_t cycle_id, int64_t seq)
{
	char id[COMMAND_ID_MAX];

	command_id_text(cycle_id, seq, id);
	jw_kstr(w, name, id);
}

static void manifest_part(const struct bbum_status *s, struct jw *w)
{
	if (!*s->manifest)
		return;
	jw_kstr(w, "manifest", s->manifest);
	kstr_if(w, "manifest_version", s->manifest_version);
	jw_kbool(w, "syntax", s->syntax_ok);
	jw_kbool(w, "integrity", s->integrity_ok);
	jw_kbool(w, "identity", s->identity_ok);
	jw_kbool(w, "authenticity", s->authenticity_ok);
	jw_kstr(w, "recommendation", recommends_text[s->recommends < 0 ? 2 : s->recommends != 0]);
}

void bbum_poll_write(const struct bbum_poll_msg *m, struct str *out)
{
	const struct bbum_status *s = &m->status;
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "device", m->device);
	jw_kstr(&w, "type", "status");
	jw_kstr(&w, "state", bbum_state_text[s->state]);
	manifest_part(s, &w);
	if (s->answer != BBUM_ANSWER_NONE) {
		kid(&w, "command", s->cycle_id, s->seq);
		jw_kstr(&w, "answer", bbum_answer_text[s->answer]);
		kstr_if(&w, "reason", s->reason);
	}
	jw_kstr(&w, "result", bbum_result_text[s->result]);
	if (s->result != BBUM_RESULT_UNDEFINED)
		kid(&w, "result_of", s->result_cycle_id, s->result_seq);
	kstr_if(&w, "manufacturer", s->manufacturer);
	kstr_if(&w, "model", s->model);
	kstr_if(&w, "hardware", s->hardware);
	kstr_if(&w, "version", s->version);
	kstr_if(&w, "hash", s->hash);
	jw_kint(&w, "boots", s->boots);
	if (s->progress >= 0)
		jw_kint(&w, "progress", s->progress);
	kstr_if(&w, "step", s->step);
	kstr_if(&w, "error", s->error);
	if (m->wants_manifest)
		jw_kbool(&w, "want_manifest", true);
	jw_end(&w);
}

void bbum_status_mark(const struct bbum_status *s, char ret[17])
{
	struct bbum_poll_msg m = { .status = *s };
	uint8_t sum[SHA256_LEN];
	STR(text, BBUM_MESSAGE_MAX);

	m.status.progress = -1;
	m.status.step[0] = '\0';
	bbum_poll_write(&m, &text);
	sha256_of(str_c(&text), text.len, sum);
	hex_text(sum, 8, ret);
}

void bbum_manifest_write(const struct bbum_manifest *m, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "name", m->name);
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
		kid(&w, "id", m->cycle_id, m->seq);
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
	return at_member(name, e);
}

/* A path of the server the device trusts, so that a Manifest cannot send it elsewhere. */
static bool image_path_ok(const char *s)
{
	if (s[0] != '/' || s[1] == '/' || strstr(s, "..") != NULL)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"#<>?\\^`{|}", *s))
			return false;
	return true;
}

static int manifest_take(const struct json *j, struct bbum_manifest *ret, struct err *e)
{
	const struct json *type = json_get(j, "hash_type");
	struct bbum_manifest m;

	memset(&m, 0, sizeof m);
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a Manifest is an object");
	if (text_into(j, "name", m.name, sizeof m.name, e) ||
	    text_into(j, "manufacturer", m.manufacturer, sizeof m.manufacturer, e) ||
	    text_into(j, "model", m.model, sizeof m.model, e) ||
	    text_into(j, "hardware", m.hardware, sizeof m.hardware, e) ||
	    text_into(j, "version", m.version, sizeof m.version, e) ||
	    text_into(j, "hash", m.hash, sizeof m.hash, e) ||
	    text_into(j, "image", m.image, sizeof m.image, e) ||
	    identity_member(m.manufacturer, "manufacturer", e) || identity_member(m.model, "model", e) ||
	    identity_member(m.hardware, "hardware", e) || identity_member(m.version, "version", e) ||
	    hash_member(m.hash, e))
		return (int)e->code;
	m.size = json_int(json_get(j, "size"), -1);
	if (m.size <= 0) {
		err_set(e, ERR_JSON_FIELD, "'size' must be the bytes of the image, more than 0");
		return at_member("size", e);
	}
	if (type && (!json_text(type) || strcmp(json_text(type), "SHA256") != 0)) {
		err_set(e, ERR_JSON_FIELD, "'hash_type' must be SHA256");
		return at_member("hash_type", e);
	}
	if (!image_path_ok(m.image)) {
		err_set(e, ERR_JSON_FIELD, "'image' must be an absolute path on the same server");
		return at_member("image", e);
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
		return at_member("command", e);
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
	m.poll_ms = json_int(json_get(j, "poll_ms"), 0);
	if (m.poll_ms < 0 || m.poll_ms > BBUM_POLL_MS_MAX) {
		err_set(e, ERR_JSON_FIELD, "'poll_ms' is %" PRId64 ", not between 0 and %" PRId64, m.poll_ms,
			BBUM_POLL_MS_MAX);
		return at_member("poll_ms", e);
	}
	*ret = m;
	return OK;
}
