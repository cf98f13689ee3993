/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Components assembled from the device model: component FirmwareComponentCtrlr, instance = name of the
 * firmware component, a variable for each thing it says. What is more than an overview (SBOM, signatures,
 * policy) travels only in GetFirmwareComponents.
 */
#include <stdio.h>

#include "base/mem.h"
#include "wire/ocpp_p.h"

enum form {
	FORM_TEXT,
	FORM_LIST /* words with commas between */,
	FORM_HASH /* "SHA256:hex", or hex alone */,
	FORM_INTERFACES /* "name" or "name@version", commas between */
};
static const struct {
	const char *variable, *member;
	enum form form;
} variables[] = {
	{ "FirmwareVersion", "version", FORM_TEXT },
	{ "FunctionalRole", "functionalRole", FORM_TEXT },
	{ "LegalStatus", "legalStatus", FORM_TEXT },
	{ "RegulatoryClassification", "regulatoryClassification", FORM_LIST },
	{ "Hash", "hash", FORM_HASH },
	{ "ReleaseDate", "releaseDate", FORM_TEXT },
	{ "InstallationDate", "installationDate", FORM_TEXT },
	{ "AuditTrailHash", "auditTrailHash", FORM_HASH },
	{ "ImplementedInterfaces", "implementedInterface", FORM_INTERFACES },
	{ "ExpectedInterfaces", "expectedInterface", FORM_INTERFACES },
};

#define VARIABLES (sizeof variables / sizeof *variables)

static void put_hash(struct jw *w, const char *text)
{
	const char *colon = strchr(text, ':'), *hex = colon ? colon + 1 : text;
	char alg[16];

	if (colon)
		str_copyn(alg, sizeof alg, text, (size_t)(colon - text));
	else
		snprintf(alg, sizeof alg, "SHA%zu", strlen(hex) * 4);
	jw_obj(w);
	jw_kstr(w, "algorithm", alg);
	jw_kstr(w, "value", hex);
	jw_end(w);
}

static void put_interface(struct jw *w, const char *text, size_t n)
{
	const char *at = memchr(text, '@', n);
	size_t name = at ? (size_t)(at - text) : n;

	jw_obj(w);
	jw_key(w, "name");
	jw_strn(w, text, name);
	if (at) {
		jw_key(w, "version");
		jw_strn(w, at + 1, n - name - 1);
	}
	jw_end(w);
}

static void put_list(struct jw *w, const char *text, enum form form)
{
	jw_arr(w);
	for (size_t n; *text; text += n + (text[n] != '\0')) {
		text += strspn(text, " ");
		n = strcspn(text, ",");
		if (n && form == FORM_INTERFACES)
			put_interface(w, text, n);
		else if (n)
			jw_strn(w, text, n);
	}
	jw_arr_end(w);
}

static struct ocpp_component *component_of(struct ocpp_components *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name, name) == 0)
			return &c->v[i];
	if (c->n > OCPP_COMPONENTS_MAX)
		return NULL; /* one too many is kept, for the check to refuse */
	c->v = mem_realloc(c->v, c->n + 1, sizeof *c->v);
	c->v[c->n] = (struct ocpp_component){ 0 };
	str_copy(c->v[c->n].name, sizeof c->v[c->n].name, name);
	return &c->v[c->n++];
}

/* The document again with one member more; of a variable that stands twice the last counts. */
static void document_put(struct ocpp_component *c, size_t var, const char *value)
{
	OWN(json_free) struct json *old = NULL;
	STR(text, OCPP_TEXT_MAX);
	STR(raw, OCPP_TEXT_MAX);
	struct jw w = jw_start(&text);
	struct json_walk walk = { 0 };
	const struct json *val;
	const char *name;
	struct err e;

	if (c->document && json_parse(c->document, strlen(c->document), &old, &e))
		return;
	jw_obj(&w);
	jw_kstr(&w, "name", c->name);
	while (json_next(old, &walk, &name, &val)) {
		if (strcmp(name, "name") == 0 || strcmp(name, variables[var].member) == 0)
			continue;
		str_clear(&raw);
		json_print(val, &raw, false);
		jw_key(&w, name);
		jw_raw(&w, str_c(&raw), raw.len);
	}
	jw_key(&w, variables[var].member);
	switch (variables[var].form) {
	case FORM_TEXT:
		jw_str(&w, value);
		break;
	case FORM_HASH:
		put_hash(&w, value);
		break;
	case FORM_LIST:
	case FORM_INTERFACES:
		put_list(&w, value, variables[var].form);
		break;
	}
	jw_end(&w);
	free(c->document);
	c->document = str_take(&text);
}

bool ocpp_components_add(struct ocpp_components *c, const struct ocpp_value *v)
{
	struct ocpp_component *one;
	size_t i = 0;

	while (i < VARIABLES && strcmp(v->variable, variables[i].variable) != 0)
		i++;
	/* Of the controller itself. Without a name but with a variable of a component: the check refuses it.
	 */
	if (strcmp(v->component, "FirmwareComponentCtrlr") != 0 || (!*v->instance && i == VARIABLES))
		return false;
	one = component_of(c, v->instance);
	if (one && i < VARIABLES && v->has && *v->value)
		document_put(one, i, v->value);
	return true;
}

int ocpp_components_check(struct ocpp_components *c, struct err *e)
{
	struct ocpp_checker partial = { .v = OCPP_201, .partial = true };
	char place[64];

	c->total = -1;
	str_copy(c->status, sizeof c->status, c->n ? "Accepted" : "EmptyResultSet");
	if (c->n > OCPP_COMPONENTS_MAX)
		return err_set(e, ERR_JSON_FIELD, "more than %d components", OCPP_COMPONENTS_MAX);
	for (size_t i = 0; i < c->n; i++) {
		OWN(json_free) struct json *doc = NULL;
		const char *text = c->v[i].document ? c->v[i].document : "{}";
		struct ocpp_component one = { 0 };

		snprintf(place, sizeof place, "/%.50s", c->v[i].name);
		if (json_parse(text, strlen(text), &doc, e) ||
		    ocpp_component_read(&partial, doc, place, &one, e))
			return (int)e->code;
		free(c->v[i].document);
		c->v[i] = one;
	}
	return ocpp_names_check(c, e);
}
