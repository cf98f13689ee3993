/* SPDX-License-Identifier: Apache-2.0 */
#include "core/release_doc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

/* ---- shapes ---- */

enum member_kind { M_TEXT, M_BOOL, M_INT, M_TIME, M_URL, M_TEXTS, M_OBJECT, M_LIST };
/* One member of an object. */
struct member {
	const char *name; /* NULL ends the table */
	enum member_kind kind;
	bool needed;
	int64_t max;                /* M_TEXT, M_TEXTS, M_URL: bytes; M_INT: value; M_LIST: elements */
	const char *const *words;   /* M_TEXT: one of these; NULL = any */
	const struct member *shape; /* M_OBJECT, elements of M_LIST */
};

static const char *const relation_text[] = { "Requires", "Conflicts", NULL };
static const char *const legal_text[] = { "Regulated", "Unregulated", NULL };
static const char *const signer_role_text[] = { "Manufacturer", "Certifier", "Operator", NULL };
static const char *const approval_text[] = { "None", "Operator", "NotifiedBody", NULL };
static const char *const source_text[] = { "Web", "WebAPI", "OCPP", NULL };

#define PART IDENT_OCPP_PART_MAX
/* clang-format off */
static const struct member compatibility_shape[] = {
	{ "relation",   M_TEXT,  true,  16,   relation_text, NULL },
	{ "component",  M_TEXT,  true,  PART, NULL, NULL },
	{ "minVersion", M_TEXT,  false, PART, NULL, NULL },
	{ "maxVersion", M_TEXT,  false, PART, NULL, NULL },
	{ "version",    M_TEXTS, false, PART, NULL, NULL },
	{ .name = NULL },
};
static const struct member signature_shape[] = {
	{ "signer",      M_TEXT, true,  255,   NULL, NULL },
	{ "role",        M_TEXT, true,  16,    signer_role_text, NULL },
	{ "algorithm",   M_TEXT, true,  50,    cert_algorithm_text, NULL },
	{ "value",       M_TEXT, true,  4096,  NULL, NULL },
	{ "certificate", M_TEXT, false, 16384, NULL, NULL },
	{ "created",     M_TIME, false, 0,     NULL, NULL },
	{ .name = NULL },
};
static const struct member policy_shape[] = {
	{ "downgradeAllowed",  M_BOOL, true,  0,  NULL, NULL },
	{ "requiresIdle",      M_BOOL, false, 0,  NULL, NULL },
	{ "requiresReboot",    M_BOOL, false, 0,  NULL, NULL },
	{ "approval",          M_TEXT, true,  16, approval_text, NULL },
	{ "thirdPartyAllowed", M_BOOL, false, 0,  NULL, NULL },
	{ "autoUpdate",        M_BOOL, false, 0,  NULL, NULL },
	{ .name = NULL },
};
static const struct member source_shape[] = {
	{ "type",     M_TEXT, true, 16, source_text, NULL },
	{ "location", M_URL,  true, RELEASE_URL_MAX, NULL, NULL },
	{ .name = NULL },
};
static const struct member vulnerability_shape[] = {
	{ "location",   M_URL,  false, RELEASE_URL_MAX, NULL, NULL },
	{ "email",      M_TEXT, false, 254, NULL, NULL },
	{ "policy",     M_URL,  false, RELEASE_URL_MAX, NULL, NULL },
	{ "advisories", M_URL,  false, RELEASE_URL_MAX, NULL, NULL },
	{ .name = NULL },
};
static const struct member interface_shape[] = {
	{ "name",        M_TEXT, true,  PART, NULL, NULL },
	{ "version",     M_TEXT, false, PART, NULL, NULL },
	{ "nonReactive", M_BOOL, false, 0,    NULL, NULL },
	{ .name = NULL },
};
static const struct member interfaces_shape[] = {
	{ "implemented", M_LIST, false, 50, NULL, interface_shape },
	{ "expected",    M_LIST, false, 50, NULL, interface_shape },
	{ .name = NULL },
};
static const struct member certificate_shape[] = {
	{ "number",    M_TEXT, true,  64,   NULL, NULL },
	{ "issuer",    M_TEXT, true,  200,  NULL, NULL },
	{ "issued_on", M_TIME, true,  0,    NULL, NULL },
	{ "reference", M_TEXT, false, 1000, NULL, NULL },
	{ .name = NULL },
};
static const struct member security_shape[] = {
	{ "advisory",     M_TEXT, true, 1000, NULL, NULL },
	{ "disclosed_at", M_TIME, true, 0,    NULL, NULL },
	{ .name = NULL },
};
static const struct member unsigned_shape[] = {
	{ "reason", M_TEXT, true, 1000, NULL, NULL },
	{ .name = NULL },
};
static const struct member path_shape[] = {
	{ "kind",         M_TEXT,  true,  16,   NULL, NULL },
	{ "bases",        M_TEXTS, false, ENTRY_NAME_SIZE, NULL, NULL },
	{ "source",       M_TEXT,  true,  16,   NULL, NULL },
	{ "author",       M_TEXT,  false, 200,  NULL, NULL },
	{ "stated_on",    M_TIME,  false, 0,    NULL, NULL },
	{ "confirmed_on", M_TIME,  false, 0,    NULL, NULL },
	{ "excerpt",      M_TEXT,  false, 4096, NULL, NULL },
	{ "reference",    M_TEXT,  false, 1000, NULL, NULL },
	{ .name = NULL },
};
static const struct member release_shape[] = {
	{ "vendor",         M_TEXT,   true,  PART, NULL, NULL },
	{ "model",          M_TEXT,   true,  PART, NULL, NULL },
	{ "component",      M_TEXT,   true,  PART, NULL, NULL },
	{ "version",        M_TEXT,   true,  PART, NULL, NULL },
	{ "hash",           M_TEXT,   true,  64,   NULL, NULL },
	{ "position",       M_INT,    false, RELEASE_POSITION_MAX, NULL, NULL },
	{ "released_on",    M_TIME,   false, 0,    NULL, NULL },
	{ "role",           M_TEXT,   true,  50,   NULL, NULL },
	{ "legal_status",   M_TEXT,   true,  16,   legal_text, NULL },
	{ "classification", M_TEXTS,  false, 50,   NULL, NULL },
	{ "compatibility",  M_LIST,   false, RELEASE_COMPATIBILITY_MAX, NULL, compatibility_shape },
	{ "signatures",     M_LIST,   false, RELEASE_SIGNATURES_MAX, NULL, signature_shape },
	{ "unsigned",       M_OBJECT, false, 0,    NULL, unsigned_shape },
	{ "policy",         M_OBJECT, false, 0,    NULL, policy_shape },
	{ "sources",        M_LIST,   false, 16,   NULL, source_shape },
	{ "vulnerability",  M_OBJECT, false, 0,    NULL, vulnerability_shape },
	{ "interfaces",     M_OBJECT, false, 0,    NULL, interfaces_shape },
	{ "certificate",    M_OBJECT, false, 0,    NULL, certificate_shape },
	{ "security",       M_OBJECT, false, 0,    NULL, security_shape },
	{ "locations",      M_TEXTS,  false, RELEASE_URL_MAX, NULL, NULL },
	{ "seconds",        M_INT,    false, 604800, NULL, NULL },
	{ "restarts",       M_INT,    false, 100,  NULL, NULL },
	{ "path",           M_OBJECT, false, 0,    NULL, path_shape },
	{ .name = NULL },
};
/* clang-format on */
#undef PART
#define TEXTS_MAX 500

static int wrong(struct err *e, const char *place, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int wrong(struct err *e, const char *place, const char *fmt, ...)
{
	char msg[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_set(e, ERR_JSON_FIELD, "%s", msg);
	return err_at(e, place, 0, 0);
}

/* Something to read: UTF-8 without what would drive a terminal; line ends are allowed. */
static bool text_ok(const char *s)
{
	size_t n = strlen(s), one;

	if (!parse_utf8_ok(s, n))
		return false;
	for (size_t i = 0; i < n; i += one) {
		one = parse_utf8_len(s + i, n - i);
		if (parse_utf8_drives(s + i) && s[i] != '\n' && s[i] != '\r' && s[i] != '\t')
			return false;
	}
	return n > 0;
}

static int text_check(const struct json *v, const struct member *m, const char *place, struct err *e)
{
	const char *s = json_text(v), *near;
	char why[80];

	if (!s || !text_ok(s))
		return wrong(e, place, "it must be a text that is not empty%s",
			     s ? " and holds no control characters" : "");
	if ((int64_t)strlen(s) > m->max)
		return wrong(e, place, "it may have %lld bytes", (long long)m->max);
	if (m->kind == M_URL && !release_location_ok(s, why))
		return wrong(e, place, "%s", why);
	for (size_t i = 0; m->words && m->words[i]; i++)
		if (!strcmp(s, m->words[i]))
			return OK;
	if (!m->words)
		return OK;
	near = parse_nearest(s, m->words);
	return near ? wrong(e, place, "that is no word for it; did you mean '%s'?", near)
		    : wrong(e, place, "that is no word for it; the first of them is '%s'", m->words[0]);
}

static int object_check(const struct json *obj, const struct member *shape, const char *place, struct err *e);

static int member_check(const struct json *v, const struct member *m, const char *place, struct err *e)
{
	static const struct member one = { "", M_TEXT, true, 0, NULL, NULL };
	struct member text = one;
	char at[96];
	int64_t ms;

	switch (m->kind) {
	case M_TEXT:
	case M_URL:
		return text_check(v, m, place, e);
	case M_BOOL:
		return json_kind(v) == JSON_BOOL ? OK : wrong(e, place, "it must be true or false");
	case M_INT:
		return json_kind(v) == JSON_INT && json_int(v, -1) >= 0 && json_int(v, -1) <= m->max
			   ? OK
			   : wrong(e, place, "it must be a whole number in its range");
	case M_TIME:
		if (!json_text(v) || parse_time(json_text(v), &ms, e))
			return wrong(e, place, "it must be a day or a time like %s", "2026-11-20T09:00:00Z");
		return OK;
	case M_OBJECT:
		return object_check(v, m->shape, place, e);
	case M_TEXTS:
	case M_LIST:
		break;
	}
	if (json_kind(v) != JSON_ARRAY)
		return wrong(e, place, "it must be a list");
	if ((int64_t)json_len(v) > (m->kind == M_LIST ? m->max : TEXTS_MAX))
		return wrong(e, place, "the list is too long");
	text.max = m->max;
	for (size_t i = 0; i < json_len(v); i++) {
		snprintf(at, sizeof at, "%.70s/%zu", place, i);
		if (m->kind == M_LIST ? object_check(json_at(v, i), m->shape, at, e)
				      : text_check(json_at(v, i), &text, at, e))
			return (int)e->code;
	}
	return OK;
}

static int object_check(const struct json *obj, const struct member *shape, const char *place, struct err *e)
{
	const char *names[32];
	char at[96];
	size_t n = 0;

	for (; shape[n].name; n++)
		names[n] = shape[n].name;
	names[n] = NULL;
	if (json_kind(obj) != JSON_OBJECT)
		return wrong(e, place, "it must be an object");
	if (json_only(obj, names, place, e))
		return (int)e->code;
	for (const struct member *m = shape; m->name; m++) {
		const struct json *v = json_get(obj, m->name);

		snprintf(at, sizeof at, "%.60s/%s", place, m->name);
		if (!v && m->needed)
			return wrong(e, at, "'%s' is needed", m->name);
		if (v && member_check(v, m, at, e))
			return (int)e->code;
	}
	return OK;
}

bool release_location_ok(const char *url, char why[80])
{
	static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://", "sftp://", NULL };
	const char *host = NULL, *end;

	for (size_t i = 0; schemes[i]; i++)
		if (!strncasecmp(url, schemes[i], strlen(schemes[i])))
			host = url + strlen(schemes[i]);
	if (!host) {
		str_copy(why, 80, "it must begin with http, https, ftp, ftps or sftp and ://");
		return false;
	}
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host))) {
		str_copy(why, 80, "names and passwords may not stand in it");
		return false;
	}
	if (host == end || *host == ':') {
		str_copy(why, 80, "it names no host");
		return false;
	}
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("\"<>\\^`{|}", *p)) {
			str_copy(why, 80, "it holds a blank or another sign that no address has");
			return false;
		}
	return true;
}

/* ---- what is taken out ---- */

static int64_t time_of(const struct json *v)
{
	int64_t ms = -1;
	struct err e;

	return v && json_text(v) && !parse_time(json_text(v), &ms, &e) ? ms : -1;
}

static int identity_take(struct release_doc *d, struct err *e)
{
	static const char *const names[] = { "vendor", "model", "component", "version" };
	char *to[] = { d->id.vendor, d->id.model, d->id.component, d->id.version };
	char where[16];
	uint8_t raw[SHA256_LEN];
	const char *hash = json_text(json_get(d->json, "hash"));

	for (int i = 0; i < 4; i++) {
		const char *s = json_text(json_get(d->json, names[i]));

		if (!str_copy(to[i], IDENT_PART_SIZE, s) || strpbrk(s, "\r\n\t")) {
			snprintf(where, sizeof where, "/%s", names[i]);
			return wrong(e, where, "it must be one line");
		}
	}
	if (!ident_ocpp_text(d->id.vendor, d->id.model, d->id.component, d->id.version, d->public_id))
		return wrong(e, "/version", "vendor, model, component and version are too long together");
	if (strlen(hash) != SHA256_HEX - 1 || !parse_hex_bytes(hash, strlen(hash), raw, sizeof raw))
		return wrong(e, "/hash", "it must be the SHA-256 of the image, 64 hex digits");
	hex_text(raw, sizeof raw, d->hash);
	return OK;
}

static void signatures_take(struct release_doc *d)
{
	const struct json *all = json_get(d->json, "signatures");

	for (size_t i = 0; i < json_len(all) && i < RELEASE_SIGNATURES_MAX; i++) {
		const struct json *j = json_at(all, i);
		struct release_signature *s = &d->signature[d->nsignatures++];
		const char *how = json_text(json_get(j, "algorithm"));
		int a = 0;

		while (a < CERT_ALGORITHMS - 1 && strcmp(how, cert_algorithm_text[a]) != 0)
			a++;
		*s = (struct release_signature){ .signer = json_text(json_get(j, "signer")),
						 .role = json_text(json_get(j, "role")),
						 .value = json_text(json_get(j, "value")),
						 .certificate = json_text(json_get(j, "certificate")),
						 .algorithm = (enum cert_algorithm)a };
	}
}

static int compatibility_check(const struct release_doc *d, struct err *e)
{
	char where[48], why[80];

	for (size_t i = 0; i < json_len(d->compatibility); i++) {
		const struct json *c = json_at(d->compatibility, i);

		snprintf(where, sizeof where, "/compatibility/%zu", i);
		if (json_get(c, "version") && (json_get(c, "minVersion") || json_get(c, "maxVersion")))
			return wrong(e, where, "it names versions and a range; only one of both is allowed");
		if (!strcmp(json_text(json_get(c, "component")), d->id.component))
			return wrong(e, where, "a component does not stand in relation to itself");
	}
	for (size_t i = 0; i < json_len(d->locations); i++)
		if (!release_location_ok(json_text(json_at(d->locations, i)), why)) {
			snprintf(where, sizeof where, "/locations/%zu", i);
			return wrong(e, where, "%s", why);
		}
	if (json_len(d->locations) > RELEASE_LOCATIONS_MAX)
		return wrong(e, "/locations", "the list is too long");
	return OK;
}

int release_doc_parse(const char *text, size_t len, struct release_doc *ret, struct err *e)
{
	OWN(release_doc_done) struct release_doc d = { .json = NULL };
	const struct json *certificate;

	if (len > RELEASE_DOCUMENT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a release document may have %zu KiB",
			       RELEASE_DOCUMENT_MAX / KIB);
	if (json_parse(text, len, &d.json, e) || object_check(d.json, release_shape, "", e) ||
	    identity_take(&d, e))
		return (int)e->code;
	d.position = json_int(json_get(d.json, "position"), -1);
	d.released_on = time_of(json_get(d.json, "released_on"));
	d.security_at = time_of(json_get(json_get(d.json, "security"), "disclosed_at"));
	d.seconds = json_int(json_get(d.json, "seconds"), -1);
	d.restarts = json_int(json_get(d.json, "restarts"), -1);
	d.regulated = !strcmp(json_text(json_get(d.json, "legal_status")), legal_text[0]);
	certificate = json_get(json_get(d.json, "certificate"), "number");
	d.number = certificate ? json_text(certificate) : "";
	d.unsigned_reason = json_text(json_get(json_get(d.json, "unsigned"), "reason"));
	d.compatibility = json_get(d.json, "compatibility");
	d.locations = json_get(d.json, "locations");
	d.path = json_get(d.json, "path");
	signatures_take(&d);
	if (d.unsigned_reason && d.nsignatures)
		return wrong(e, "/unsigned", "a release with signatures is not unsigned");
	if (compatibility_check(&d, e))
		return (int)e->code;
	*ret = d;
	d.json = NULL;
	return OK;
}

void release_doc_done(struct release_doc *d)
{
	if (d->json)
		json_free(d->json);
	d->json = NULL;
}

int release_doc_signer(const struct release_doc *d)
{
	for (int i = 0; i < d->nsignatures; i++)
		if (!strcmp(d->signature[i].role, signer_role_text[0]))
			return i;
	return d->nsignatures ? 0 : -1;
}

int release_doc_statement(const struct release_doc *d, const char *author, struct str *bases,
			  struct statement_in *ret, bool *ret_got, struct err *e)
{
	*ret_got = d->path != NULL;
	if (!d->path)
		return OK;
	memset(ret, 0, sizeof *ret);
	if (statement_in_json(d->path, bases, ret, e))
		return err_wrap(e, "the path of the release");
	if (!ret->text[STATEMENT_IN_AUTHOR])
		ret->text[STATEMENT_IN_AUTHOR] = author;
	return OK;
}
