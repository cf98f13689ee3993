/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of OCPP-J (1.6 J 4.2, 2.0.1 Part 4 4.2, 2.1: message types 5 and 6). */
#include "base/err.h"
#include "base/mem.h"
#include "wire/ocpp_p.h"

const char *const ocpp_version_text[OCPP_VERSIONS + 1] = { "ocpp1.6", "ocpp2.0.1", "ocpp2.1", NULL };

/* 1.6 has two names with a slip of the pen that "will not be fixed". */
static const struct {
	const char *name, *in_16;
} spelling[] = {
	{ "FormatViolation", "FormationViolation" },
	{ "OccurrenceConstraintViolation", "OccurenceConstraintViolation" },
	{ "MessageTypeNotSupported", "ProtocolError" },
	{ "RpcFrameworkError", "ProtocolError" },
};

static const char *code_of(enum ocpp_version v, const char *code)
{
	for (size_t i = 0; v == OCPP_16 && i < sizeof spelling / sizeof *spelling; i++)
		if (strcmp(code, spelling[i].name) == 0)
			return spelling[i].in_16;
	return code;
}

static const char *code_read(const char *code)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(code, spelling[i].in_16) == 0)
			return spelling[i].name;
	return code;
}

void ocpp_frame_done(struct ocpp_frame *f)
{
	if (f->json)
		json_free(f->json);
	*f = (struct ocpp_frame){ 0 };
}

void ocpp_put_result(struct str *out, const char *id, const char *payload)
{
	struct jw w = jw_start(out);

	jw_arr(&w);
	jw_int(&w, 3);
	jw_str(&w, id);
	jw_raw(&w, payload, strlen(payload));
	jw_arr_end(&w);
}

void ocpp_put_error(enum ocpp_version v, struct str *out, const char *id, const char *code, const char *text)
{
	struct jw w = jw_start(out);
	char brief[256];

	ocpp_cut(brief, sizeof brief, text);
	jw_arr(&w);
	jw_int(&w, 4);
	jw_str(&w, id);
	jw_str(&w, code_of(v, code));
	jw_str(&w, brief);
	jw_raw(&w, "{}", 2);
	jw_arr_end(&w);
}

void ocpp_put_call(struct str *out, const char *id, const char *action, const char *payload)
{
	struct jw w = jw_start(out);

	jw_arr(&w);
	jw_int(&w, 2);
	jw_str(&w, id);
	jw_str(&w, action);
	jw_raw(&w, payload, strlen(payload));
	jw_arr_end(&w);
}

/* Not readable. A CALL with an id is answered in every version, the rest in 2.x only: there "-1" stands for
 * an id that could not be read. An answer is never answered, or two programs could go on for ever. */
static int unreadable(enum ocpp_version v, const char *id, bool call, const char *code, struct str *reply,
		      struct err *e)
{
	if (v != OCPP_16 || (call && id))
		ocpp_put_error(v, reply, id ? id : "-1", code, e->msg);
	return (int)e->code;
}

static bool id_read(const struct json *j, char ret[OCPP_ID_MAX + 1])
{
	const char *s = json_text(j);

	return s && *s && str_copy(ret, OCPP_ID_MAX + 1, s);
}

static int call_read(enum ocpp_version v, const struct json *a, struct ocpp_frame *f, struct str *reply,
		     struct err *e)
{
	bool call = f->kind == OCPP_CALL;
	const char *action = json_text(json_at(a, 2));

	if (json_len(a) != 4 || !action) {
		err_set(e, ERR_JSON_FIELD, "a request is [2, id, action, {...}]");
		return call ? unreadable(v, f->id, true, "RpcFrameworkError", reply, e) : (int)e->code;
	}
	if (!str_copy(f->action, sizeof f->action, action)) {
		err_set(e, ERR_JSON_FIELD, "there is no action '%.60s'", action);
		return call ? unreadable(v, f->id, true, "NotImplemented", reply, e) : (int)e->code;
	}
	f->payload = json_at(a, 3);
	if (json_kind(f->payload) != JSON_OBJECT) {
		err_set(e, ERR_JSON_FIELD, "the payload of %s is no object", f->action);
		return call ? unreadable(v, f->id, true, "FormatViolation", reply, e) : (int)e->code;
	}
	return OK;
}

static void error_read(const struct json *a, struct ocpp_frame *f)
{
	const char *code = json_text(json_at(a, 2));

	ocpp_cut(f->code, sizeof f->code, code && *code ? code_read(code) : "GenericError");
	ocpp_cut(f->text, sizeof f->text, json_text(json_at(a, 3)));
	f->payload = json_at(a, 4);
}

static int frame_read(enum ocpp_version v, const struct json *a, struct ocpp_frame *f, struct str *reply,
		      struct err *e)
{
	int64_t type = json_int(json_at(a, 0), 0);
	bool has_id = id_read(json_at(a, 1), f->id);

	if (json_kind(a) != JSON_ARRAY || json_kind(json_at(a, 0)) != JSON_INT) {
		err_set(e, ERR_JSON_FIELD, "a message is a list that begins with its type, a number");
		return unreadable(v, NULL, false, "RpcFrameworkError", reply, e);
	}
	if (type < 2 || type > (v == OCPP_21 ? 6 : 4)) {
		err_set(e, ERR_JSON_FIELD, "there is no message type %lld", (long long)type);
		return unreadable(v, has_id ? f->id : NULL, false, "MessageTypeNotSupported", reply, e);
	}
	f->kind = (enum ocpp_kind)(type - 2 + OCPP_CALL);
	if (!has_id && f->kind == OCPP_ERROR)
		str_copy(f->id, sizeof f->id, "-1"); /* what they could not read of us */
	else if (!has_id) {
		err_set(e, ERR_JSON_FIELD, "the id is no text of 1 to %d bytes", OCPP_ID_MAX);
		return f->kind == OCPP_CALL ? unreadable(v, NULL, true, "RpcFrameworkError", reply, e)
					    : (int)e->code;
	}
	switch (f->kind) {
	case OCPP_CALL:
	case OCPP_SEND:
		return call_read(v, a, f, reply, e);
	case OCPP_RESULT:
		f->payload = json_at(a, 2); /* its reader says what is wrong with it */
		return OK;
	case OCPP_ERROR:
	case OCPP_RESULT_ERROR:
		error_read(a, f);
		return OK;
	}
	return OK;
}

int ocpp_read(enum ocpp_version v, const char *text, size_t len, struct ocpp_frame *ret, struct str *reply,
	      struct err *e)
{
	OWN(json_free) struct json *json = NULL;
	struct ocpp_frame f = { 0 };

	if (len > OCPP_TEXT_MAX) {
		err_set(e, ERR_TOO_LARGE, "a message has more than %zu bytes", OCPP_TEXT_MAX);
		return unreadable(v, NULL, false, "RpcFrameworkError", reply, e);
	}
	if (json_parse(text, len, &json, e))
		return unreadable(v, NULL, false, "RpcFrameworkError", reply, e);
	if (frame_read(v, json, &f, reply, e))
		return (int)e->code;
	f.json = MOVE(json);
	*ret = f;
	return OK;
}

static const char *blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/* One token and the blanks around it; NULL when it is not there. */
static const char *token(const char *p, const char *end, const char *want)
{
	size_t n = strlen(want);

	if (!p)
		return NULL;
	p = blanks(p, end);
	return (size_t)(end - p) >= n && memcmp(p, want, n) == 0 ? blanks(p + n, end) : NULL;
}

bool ocpp_is_heartbeat(const char *text, size_t len, char ret_id[OCPP_ID_MAX + 1])
{
	const char *end = text + len, *p, *id;
	size_t n;

	p = token(token(token(text, end, "["), end, "2"), end, ",");
	if (!p || p == end || *p != '"')
		return false;
	for (id = ++p; p < end && *p != '"'; p++)
		if (*p < ' ' || *p == '\\' || (unsigned char)*p > '~')
			return false; /* the reader knows what to make of it */
	n = (size_t)(p - id);
	if (p == end || !n || n > OCPP_ID_MAX)
		return false;
	p = token(token(token(p + 1, end, ","), end, "\"Heartbeat\""), end, ",");
	p = token(token(token(p, end, "{"), end, "}"), end, "]");
	if (p != end)
		return false;
	memcpy(ret_id, id, n);
	ret_id[n] = '\0';
	return true;
}
