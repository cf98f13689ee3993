/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/bbum_p.h"

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
	char manifest_hash[SHA256_HEX], type_id[37], iec[12];
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
	TEXT(manifest_hash, false),
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
	TEXT(type_id, false),
	TEXT(iec, false),
	{ "components", FIELD_ARRAY, 0, false, 0, BBUM_PARTS_MAX },
	{ "boots", FIELD_INT, offsetof(struct raw_poll, boots), true, 0, BOOTS_MAX },
	{ "progress", FIELD_INT, offsetof(struct raw_poll, progress), false, 0, 100 },
	TEXT(step, false),
	TEXT(error, false),
	TRUTH(want_manifest),
	{ NULL, FIELD_TEXT, 0, false, 0, 0 },
};

/* Puts the member's name in front of the place, fills nothing else. */
int bbum_at_member(const char *name, struct err *e)
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
	return bbum_at_member(name, e);
}

static int id_member(const char *text, const char *name, int64_t *ret_cycle, int64_t *ret_seq, struct err *e)
{
	if (!*text || command_id_read(text, ret_cycle, ret_seq))
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%s' is not a command id such as 12-3", text);
	return bbum_at_member(name, e);
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
int bbum_identity_member(char *text, const char *name, struct err *e)
{
	bool hex = true;

	for (const char *p = text; *p; p++) {
		if (!digit(*p) && !(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !strchr("._-", *p)) {
			err_set(e, ERR_JSON_FIELD, "'%s' may hold letters, digits and . _ - only", name);
			return bbum_at_member(name, e);
		}
		hex = hex && (digit(*p) || hex_letter(*p));
	}
	for (char *p = text; hex && *p; p++)
		if (*p >= 'a')
			*p = (char)(*p - 'a' + 'A');
	return OK;
}

int bbum_hash_member(char *text, const char *name, struct err *e)
{
	uint8_t sum[SHA256_LEN];

	if (!parse_hex_bytes(text, strlen(text), sum, sizeof sum)) {
		err_set(e, ERR_JSON_FIELD, "'%s' is a SHA-256 of 64 hex digits", name);
		return bbum_at_member(name, e);
	}
	hex_text(sum, sizeof sum, text);
	return OK;
}

int bbum_uuid_member(char *text, const char *name, struct err *e)
{
	if (!parse_uuid_ok(text)) {
		err_set(e, ERR_JSON_FIELD, "'%s' is a UUID", name);
		return bbum_at_member(name, e);
	}
	for (char *p = text; *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	return OK;
}

static int identity_check(struct raw_poll *r, struct err *e)
{
	bool any = *r->manufacturer || *r->model || *r->hardware;
	bool all = *r->manufacturer && *r->model && *r->hardware && *r->version;
	bool none = !any && !*r->version && !*r->hash;
	bool block = *r->type_id && !any && (*r->version || !*r->hash);

	if (!all && !none && !block) {
		err_set(e, ERR_JSON_FIELD,
			"what runs is told by manufacturer, model, hardware and version together, or by "
			"type_id and version");
		return bbum_at_member("version", e);
	}
	if (all && *r->type_id) {
		err_set(e, ERR_JSON_FIELD, "a Building Block has a 'type_id' and no manufacturer");
		return bbum_at_member("type_id", e);
	}
	if (*r->type_id && bbum_uuid_member(r->type_id, "type_id", e))
		return (int)e->code;
	if (bbum_identity_member(r->manufacturer, "manufacturer", e) ||
	    bbum_identity_member(r->model, "model", e) || bbum_identity_member(r->hardware, "hardware", e) ||
	    bbum_identity_member(r->version, "version", e) ||
	    (*r->hash && bbum_hash_member(r->hash, "hash", e)) ||
	    (*r->manifest_hash && bbum_hash_member(r->manifest_hash, "manifest_hash", e)))
		return (int)e->code;
	return OK;
}

/* An answer or a result without its command id could be taken for that of another command. */
static int ids_check(const struct raw_poll *r, int answer, int result, struct err *e)
{
	if ((answer != BBUM_ANSWER_NONE) != (*r->command != '\0')) {
		err_set(e, ERR_JSON_FIELD, "'command' and 'answer' go together");
		return bbum_at_member("command", e);
	}
	if ((result != BBUM_RESULT_UNDEFINED) != (*r->result_of != '\0')) {
		err_set(e, ERR_JSON_FIELD, "'result' and 'result_of' go together");
		return bbum_at_member("result_of", e);
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
	str_copy(s->manifest_hash, sizeof s->manifest_hash, r->manifest_hash);
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
	str_copy(s->type_id, sizeof s->type_id, r->type_id);
	str_copy(s->step, sizeof s->step, r->step);
	str_copy(s->error, sizeof s->error, r->error);
	s->boots = r->boots;
	s->progress = (int)r->progress;
}

static const struct json_field part_fields[] = {
	{ "kind", FIELD_TEXT, offsetof(struct bbum_part, kind), true, 0,
	  sizeof((struct bbum_part *)0)->kind },
	{ "name", FIELD_TEXT, offsetof(struct bbum_part, name), true, 0,
	  sizeof((struct bbum_part *)0)->name },
	{ "version", FIELD_TEXT, offsetof(struct bbum_part, version), false, 0,
	  sizeof((struct bbum_part *)0)->version },
	{ "ok", FIELD_BOOL, offsetof(struct bbum_part, ok), true, 0, 0 },
	{ NULL, FIELD_TEXT, 0, false, 0, 0 },
};

/* Control characters would swell when they are written again; no honest name has them. */
static bool plain(const char *s)
{
	while (*s && (unsigned char)*s >= ' ')
		s++;
	return !*s;
}

static int parts_take(const struct json *j, struct bbum_parts *ret, struct err *e)
{
	struct bbum_parts p;
	char at[96];

	memset(&p, 0, sizeof p);
	for (size_t i = 0; i < json_len(j); i++, p.n++) {
		struct bbum_part *one = &p.v[i];

		if (json_decode(json_at(j, i), part_fields, one, e)) {
			snprintf(at, sizeof at, "/components/%zu%.30s", i,
				 strcmp(e->where, "/") ? e->where : "");
			return err_at(e, at, 0, 0);
		}
		if (!*one->kind || !plain(one->kind) || !plain(one->name) || !plain(one->version)) {
			err_set(e, ERR_JSON_FIELD, "a component has a kind, and no control characters");
			snprintf(at, sizeof at, "/components/%zu", i);
			return err_at(e, at, 0, 0);
		}
	}
	*ret = p;
	return OK;
}

int bbum_poll_read(const char *text, size_t len, struct bbum_poll_msg *ret, struct err *e)
{
	static const char *const types[] = { "status", NULL };
	OWN(json_free) struct json *j = NULL;
	struct bbum_poll_msg m = { .status = { .recommends = -1 } };
	struct bbum_status *s = &m.status;
	struct raw_poll r = { .progress = -1 };
	int type, state, recommends, answer, result, iec;

	if (json_parse(text, len, &j, e) || json_decode(j, poll_fields, &r, e))
		return (int)e->code;
	if (word(r.type, "type", types, 0, &type, e) ||
	    word(r.state, "state", bbum_state_text, BBUM_STATES, &state, e) ||
	    word(r.recommendation, "recommendation", recommends_text, 2, &recommends, e) ||
	    word(r.answer, "answer", bbum_answer_text, BBUM_ANSWER_NONE, &answer, e) ||
	    word(r.iec, "iec", bbum_iec_text, BBUM_IEC_UNKNOWN, &iec, e) ||
	    word(r.result, "result", bbum_result_text, BBUM_RESULT_UNDEFINED, &result, e) ||
	    id_member(r.command, "command", &s->cycle_id, &s->seq, e) ||
	    id_member(r.result_of, "result_of", &s->result_cycle_id, &s->result_seq, e) ||
	    ids_check(&r, answer, result, e) || identity_check(&r, e) ||
	    parts_take(json_get(j, "components"), &m.parts, e))
		return (int)e->code;
	if (!*r.device || state == BBUM_STATES) {
		err_set(e, ERR_JSON_FIELD, "'device' and 'state' must not be empty");
		return bbum_at_member(*r.device ? "state" : "device", e);
	}
	s->state = (enum bbum_state)state;
	s->recommends = recommends == 2 ? -1 : recommends;
	s->answer = (enum bbum_answer)answer;
	s->result = (enum bbum_result)result;
	s->iec = (enum bbum_iec)iec;
	poll_copy(&r, &m);
	*ret = m;
	return OK;
}

static void kstr_if(struct jw *w, const char *name, const char *text)
{
	if (*text)
		jw_kstr(w, name, text);
}

void bbum_kid(struct jw *w, const char *name, int64_t cycle_id, int64_t seq)
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
	kstr_if(w, "manifest_hash", s->manifest_hash);
	jw_kbool(w, "syntax", s->syntax_ok);
	jw_kbool(w, "integrity", s->integrity_ok);
	jw_kbool(w, "identity", s->identity_ok);
	jw_kbool(w, "authenticity", s->authenticity_ok);
	jw_kstr(w, "recommendation", recommends_text[s->recommends < 0 ? 2 : s->recommends != 0]);
}

void bbum_parts_write(const struct bbum_parts *p, struct jw *w)
{
	if (!p->n)
		return;
	jw_key(w, "components");
	jw_arr(w);
	for (int i = 0; i < p->n; i++) {
		jw_obj(w);
		jw_kstr(w, "kind", p->v[i].kind);
		jw_kstr(w, "name", p->v[i].name);
		kstr_if(w, "version", p->v[i].version);
		jw_kbool(w, "ok", p->v[i].ok);
		jw_end(w);
	}
	jw_arr_end(w);
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
		bbum_kid(&w, "command", s->cycle_id, s->seq);
		jw_kstr(&w, "answer", bbum_answer_text[s->answer]);
		kstr_if(&w, "reason", s->reason);
	}
	jw_kstr(&w, "result", bbum_result_text[s->result]);
	if (s->result != BBUM_RESULT_UNDEFINED)
		bbum_kid(&w, "result_of", s->result_cycle_id, s->result_seq);
	kstr_if(&w, "manufacturer", s->manufacturer);
	kstr_if(&w, "model", s->model);
	kstr_if(&w, "hardware", s->hardware);
	kstr_if(&w, "version", s->version);
	kstr_if(&w, "hash", s->hash);
	kstr_if(&w, "type_id", s->type_id);
	if (s->iec != BBUM_IEC_UNKNOWN)
		jw_kstr(&w, "iec", bbum_iec_text[s->iec]);
	bbum_parts_write(&m->parts, &w);
	jw_kint(&w, "boots", s->boots);
	if (s->progress >= 0)
		jw_kint(&w, "progress", s->progress);
	kstr_if(&w, "step", s->step);
	kstr_if(&w, "error", s->error);
	if (m->wants_manifest)
		jw_kbool(&w, "want_manifest", true);
	jw_end(&w);
}

void bbum_poll_mark(const struct bbum_poll_msg *m, char ret[17])
{
	struct bbum_poll_msg said = *m;
	uint8_t sum[SHA256_LEN];
	STR(text, BBUM_MESSAGE_MAX);

	said.device[0] = '\0';
	said.wants_manifest = false;
	said.status.progress = -1;
	said.status.step[0] = '\0';
	bbum_poll_write(&said, &text);
	sha256_of(str_c(&text), text.len, sum);
	hex_text(sum, 8, ret);
}

void bbum_status_mark(const struct bbum_status *s, char ret[17])
{
	struct bbum_poll_msg m = { .status = *s };

	bbum_poll_mark(&m, ret);
}
