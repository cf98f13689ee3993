/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a station: what was said, for people. Secrets are taken out before it is written: tokens,
 * passwords, certificates and signatures, and what an address holds before its @ or after its ?.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "orch/ocpp_p.h"

#define STORY_TEXT_MAX (128 * KIB)

int story_say(struct round *r, int64_t site_id, int64_t job_id, const char *way, const char *action,
	      const char *ref, const char *body, struct err *e)
{
	return round_begin(r, e) ? (int)e->code
				 : store_story_add(r->db, site_id, job_id, way, action, ref, body, r->now, e);
}

/* Members whose value nobody needs to see. */
static bool is_secret(const char *name)
{
	static const char *const names[] = {
		"idToken",     "idTag",      "idTokenInfo",        "parentIdTag",
		"password",    "signature",  "signingCertificate", "certificate",
		"csr",         "exiRequest", "authorizationKey",   "signedMeterData",
		"groupIdToken"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* How much of an address others may read: nothing behind a ?, and of an address of ours (core/release_url.h)
 * not the token that is its permission. */
size_t story_shown(const char *url)
{
	static const char *const ours[] = { "/ocpp/firmware/", "/ocpp/logs/" };
	size_t end = strcspn(url, "?#");

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		const char *p = strstr(url, ours[i]), *what = p ? strchr(p + strlen(ours[i]), '/') : NULL;

		if (what && (size_t)(what + 1 - url) < end)
			end = (size_t)(what + 1 - url);
	}
	return end;
}

void story_mend(char *text)
{
	size_t n = strlen(text);

	while (!parse_utf8_ok(text, n))
		text[--n] = '\0';
}

/* Addresses without credentials: neither before an @ nor after a ?, nor our own. */
static void address_write(struct jw *w, const char *text)
{
	const char *host = strstr(text, "://"), *at;
	STR(out, 4 * KIB);
	size_t end = story_shown(text);

	if (!host || strchr(text, ' ')) {
		jw_str(w, text);
		return;
	}
	host += 3;
	at = memchr(host, '@', strcspn(host, "/?#"));
	str_addn(&out, text, (size_t)(host - text));
	if (at)
		str_add(&out, "...@");
	else
		at = host - 1;
	if ((size_t)(at + 1 - text) < end)
		str_addn(&out, at + 1, end - (size_t)(at + 1 - text));
	if (text[end])
		str_add(&out, text[end] == '?' || text[end] == '#' ? "?..." : "...");
	jw_str(w, str_c(&out));
}

static void write_value(struct jw *w, const struct json *j, int depth);

static void write_object(struct jw *w, const struct json *j, int depth)
{
	struct json_walk walk = { 0 };
	const struct json *v;
	const char *name;

	jw_obj(w);
	while (json_next(j, &walk, &name, &v)) {
		/* Names of others need escapes, and jw_key() writes none. */
		char plain[65];
		STR(key, 6 * sizeof plain);

		str_copy(plain, sizeof plain, name);
		story_mend(plain);
		json_escape(&key, plain, strlen(plain));
		jw_key(w, str_c(&key));
		if (is_secret(name) && v)
			jw_str(w, "...");
		else
			write_value(w, v, depth + 1);
	}
	jw_end(w);
}

static void write_value(struct jw *w, const struct json *j, int depth)
{
	switch (json_kind(j)) {
	case JSON_OBJECT:
		write_object(w, j, depth);
		break;
	case JSON_ARRAY:
		jw_arr(w);
		for (size_t i = 0; i < json_len(j); i++)
			write_value(w, json_at(j, i), depth + 1);
		jw_arr_end(w);
		break;
	case JSON_STRING:
		address_write(w, json_text(j));
		break;
	case JSON_INT:
		jw_int(w, json_int(j, 0));
		break;
	case JSON_REAL:
		jw_real(w, json_real(j, 0));
		break;
	case JSON_BOOL:
		jw_bool(w, json_bool(j, false));
		break;
	case JSON_NULL:
		jw_null(w);
		break;
	}
}

int story_json(struct round *r, struct session *s, int64_t job_id, const char *way, const char *action,
	       const char *ref, const struct json *payload, struct err *e)
{
	STR(text, STORY_TEXT_MAX);
	struct jw w = jw_start(&text);

	write_value(&w, payload, 0);
	return story_say(r, s->site_id, job_id, way, action, ref, str_c(&text), e);
}

int story_payload(struct round *r, struct session *s, int64_t job_id, const char *action, const char *ref,
		  const struct str *payload, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(payload), payload->len, &j, e))
		return err_wrap(e, "what is sent as %s", action);
	return story_json(r, s, job_id, "out", action, ref, j, e);
}

int story_note(struct round *r, int64_t site_id, int64_t job_id, struct err *e, const char *action,
	       const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	story_mend(text);
	return story_say(r, site_id, job_id, "note", action, "", text, e);
}
