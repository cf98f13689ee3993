/* SPDX-License-Identifier: Apache-2.0 */
#include "core/release_sbom.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"

#define DEPTH_MAX 40 /* of the document; parts nest */

void sbom_done(struct sbom *s)
{
	if (s->arena)
		arena_free(s->arena);
	s->arena = NULL;
	vec_done(&s->parts);
}

static int wrong(struct err *e, const char *place, const char *name, const char *what)
{
	char at[96];

	err_set(e, ERR_JSON_FIELD, "%s", what);
	snprintf(at, sizeof at, "%.60s/%.30s", place, name);
	return err_at(e, at, 0, 0);
}

/* A text of an object; "" when it is not there. */
static int text_take(struct sbom *s, const struct json *obj, const char *place, const char *name, bool needed,
		     const char **ret, struct err *e)
{
	const struct json *v = json_get(obj, name);
	const char *t = json_text(v);

	if (!v && !needed) {
		*ret = "";
		return OK;
	}
	if (!t || (needed && !*t))
		return wrong(e, place, name, v ? "it must be a text" : "it is needed");
	if (strlen(t) > SBOM_TEXT_MAX)
		return wrong(e, place, name, "it is longer than any such text may be");
	*ret = arena_strdup(s->arena, t);
	return OK;
}

static int part_add(struct sbom *s, const struct sbom_part *p, struct err *e)
{
	if (s->parts.n == SBOM_PARTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "the bill of materials names more than %d parts",
			       SBOM_PARTS_MAX);
	vec_push(&s->parts, *p);
	return OK;
}

/* ---- CycloneDX ---- */

/* Licences are a list of {"license": {"id" or "name"}} or {"expression"}; joined by "; ". */
static const char *cyclone_licence(struct sbom *s, const struct json *list)
{
	STR(text, SBOM_TEXT_MAX);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *l = json_get(json_at(list, i), "license");
		const char *t = json_text(json_get(json_at(list, i), "expression"));

		t = t ? t : json_text(json_get(l, "id"));
		t = t ? t : json_text(json_get(l, "name"));
		if (t)
			str_addf(&text, "%s%s", text.len ? "; " : "", t);
	}
	return arena_strdup(s->arena, str_c(&text));
}

static int cyclone_parts(struct sbom *s, const struct json *list, const char *place, struct err *e)
{
	char at[96];

	if (list && json_kind(list) != JSON_ARRAY)
		return wrong(e, place, "components", "it must be a list");
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);
		struct sbom_part p;

		snprintf(at, sizeof at, "%.40s/components/%zu", place, i);
		if (json_kind(c) != JSON_OBJECT)
			return wrong(e, at, "name", "a part must be an object");
		if (text_take(s, c, at, "name", true, &p.name, e) ||
		    text_take(s, c, at, "version", false, &p.version, e) ||
		    text_take(s, c, at, "purl", false, &p.purl, e))
			return (int)e->code;
		p.licence = cyclone_licence(s, json_get(c, "licenses"));
		if (part_add(s, &p, e) || cyclone_parts(s, json_get(c, "components"), at, e))
			return (int)e->code;
	}
	return OK;
}

static int cyclone_read(struct sbom *s, const struct json *j, struct err *e)
{
	static const char *const versions[] = { "1.4", "1.5", "1.6", NULL };
	const char *v = json_text(json_get(j, "specVersion"));
	const struct json *about = json_get(json_get(j, "metadata"), "component");
	size_t i = 0;

	while (v && versions[i] && strcmp(v, versions[i]) != 0)
		i++;
	if (!v || !versions[i])
		return wrong(e, "", "specVersion", "CycloneDX is read in the versions 1.4, 1.5 and 1.6");
	s->format = "CycloneDX";
	str_copy(s->format_version, sizeof s->format_version, v);
	if (!about)
		return wrong(e, "/metadata", "component",
			     "it must say what the bill of materials is about: name and version");
	if (text_take(s, about, "/metadata/component", "name", true, &s->name, e) ||
	    text_take(s, about, "/metadata/component", "version", false, &s->version, e))
		return (int)e->code;
	return cyclone_parts(s, json_get(j, "components"), "", e);
}

/* ---- SPDX ---- */

static const char *spdx_purl(struct sbom *s, const struct json *refs)
{
	for (size_t i = 0; i < json_len(refs); i++) {
		const char *type = json_text(json_get(json_at(refs, i), "referenceType"));
		const char *at = json_text(json_get(json_at(refs, i), "referenceLocator"));

		if (type && at && !strcmp(type, "purl") && strlen(at) <= SBOM_TEXT_MAX)
			return arena_strdup(s->arena, at);
	}
	return "";
}

/* What the document is about: documentDescribes, or a relationship DESCRIBES of the document. */
static const char *spdx_subject(const struct json *j)
{
	const char *id = json_text(json_at(json_get(j, "documentDescribes"), 0));
	const struct json *all = json_get(j, "relationships");

	for (size_t i = 0; !id && i < json_len(all); i++) {
		const char *type = json_text(json_get(json_at(all, i), "relationshipType"));
		const char *from = json_text(json_get(json_at(all, i), "spdxElementId"));

		if (type && from && !strcmp(type, "DESCRIBES") && !strcmp(from, "SPDXRef-DOCUMENT"))
			id = json_text(json_get(json_at(all, i), "relatedSpdxElement"));
	}
	return id;
}

static int spdx_read(struct sbom *s, const struct json *j, struct err *e)
{
	const char *v = json_text(json_get(j, "spdxVersion")), *subject = spdx_subject(j);
	const struct json *all = json_get(j, "packages");
	char at[48];

	if (!v || (strcmp(v, "SPDX-2.2") != 0 && strcmp(v, "SPDX-2.3") != 0))
		return wrong(e, "", "spdxVersion", "SPDX is read in the versions 2.2 and 2.3");
	s->format = "SPDX";
	str_copy(s->format_version, sizeof s->format_version, v + strlen("SPDX-"));
	if (json_kind(all) != JSON_ARRAY)
		return wrong(e, "", "packages", "it must be a list");
	if (!subject)
		return wrong(e, "", "documentDescribes", "it must say what the bill of materials is about");
	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *c = json_at(all, i);
		const char *id = json_text(json_get(c, "SPDXID")), *concluded, *declared;
		struct sbom_part p;

		snprintf(at, sizeof at, "/packages/%zu", i);
		if (json_kind(c) != JSON_OBJECT)
			return wrong(e, at, "name", "a package must be an object");
		if (text_take(s, c, at, "name", true, &p.name, e) ||
		    text_take(s, c, at, "versionInfo", false, &p.version, e) ||
		    text_take(s, c, at, "licenseConcluded", false, &concluded, e) ||
		    text_take(s, c, at, "licenseDeclared", false, &declared, e))
			return (int)e->code;
		if (id && !strcmp(id, subject)) {
			s->name = p.name;
			s->version = p.version;
		}
		p.purl = spdx_purl(s, json_get(c, "externalRefs"));
		p.licence = *concluded && strcmp(concluded, "NOASSERTION") != 0 ? concluded : declared;
		if (part_add(s, &p, e))
			return (int)e->code;
	}
	return *s->name ? OK
			: wrong(e, "", "documentDescribes",
				"what the bill of materials is about is no package of it");
}

int sbom_parse(const char *text, size_t len, struct sbom *ret, struct err *e)
{
	OWN(sbom_done) struct sbom s = { .name = "", .version = "" };
	OWN(json_free) struct json *j = NULL;
	const char *format;

	s.arena = arena_new();
	if (json_parse_deep(text, len, DEPTH_MAX, &j, e))
		return (int)e->code;
	if (json_kind(j) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "a bill of materials is a JSON object");
	format = json_text(json_get(j, "bomFormat"));
	if (format ? strcmp(format, "CycloneDX") != 0 : !json_get(j, "spdxVersion"))
		return wrong(e, "", "bomFormat", "it must be CycloneDX or SPDX as JSON");
	if (format ? cyclone_read(&s, j, e) : spdx_read(&s, j, e))
		return (int)e->code;
	*ret = s;
	memset(&s, 0, sizeof s);
	return OK;
}
