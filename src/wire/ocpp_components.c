/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware components as stations report them: the shape of FirmwareComponentType, what must hold of a list,
 * and the list assembled from the device model. Strict where a plan is built upon it: a component that is not
 * as it should be is refused, whatever else the station says.
 */
#include <stdio.h>

#include "base/canon.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "wire/ocpp_p.h"

#define DOCUMENT_MAX OCPP_TEXT_MAX
#define END OF_END

static const char *const legal_words[] = { "Regulated", "Unregulated", NULL };
static const char *const relation_words[] = { "Requires", "Conflicts", NULL };
static const char *const sbom_words[] = { "CycloneDX", "SPDX", NULL };
static const char *const signer_words[] = { "Manufacturer", "Certifier", "Operator", NULL };
static const char *const approval_words[] = { "None", "Operator", "NotifiedBody", NULL };
static const char *const source_words[] = { "Web", "WebAPI", "OCPP", NULL };
static const char *const update_words[] = { "Idle",
					    "DownloadScheduled",
					    "Downloading",
					    "DownloadPaused",
					    "Downloaded",
					    "DownloadFailed",
					    "SignatureVerified",
					    "InvalidSignature",
					    "InstallScheduled",
					    "InstallRebooting",
					    "Installing",
					    "Installed",
					    "InstallationFailed",
					    "InstallVerificationFailed",
					    "RolledBack",
					    NULL };

static const struct ocpp_field compatibility[] = {
	OF_WORD("relation", VALL, relation_words),
	OF("component", OT_TEXT, VALL, 50),
	OF("minVersion", OT_TEXT, 0, 50),
	OF("maxVersion", OT_TEXT, 0, 50),
	OF("version", OT_TEXTS, 0, 50),
	END,
};
static const struct ocpp_field sbom[] = {
	OF_WORD("format", VALL, sbom_words),
	OF("formatVersion", OT_TEXT, 0, 50),
	OF("location", OT_TEXT, VALL, 2000),
	OF("hash", OT_HASH, 0, 0),
	END,
};
static const struct ocpp_field signature[] = {
	OF("signer", OT_TEXT, VALL, 255),
	OF_WORD("role", VALL, signer_words),
	OF("algorithm", OT_TEXT, VALL, 50),
	OF("value", OT_TEXT, VALL, 800),
	OF("signingCertificate", OT_TEXT, 0, 5500),
	OF("created", OT_TIME, 0, 0),
	END,
};
static const struct ocpp_field policy[] = {
	OF("downgradeAllowed", OT_BOOL, VALL, 0),
	OF("requiresIdle", OT_BOOL, 0, 0),
	OF("requiresReboot", OT_BOOL, 0, 0),
	OF_WORD("approval", VALL, approval_words),
	OF("thirdPartyAllowed", OT_BOOL, 0, 0),
	OF("autoUpdate", OT_BOOL, 0, 0),
	END,
};
static const struct ocpp_field source[] = {
	OF_WORD("type", VALL, source_words),
	OF("location", OT_TEXT, VALL, 2000),
	END,
};
static const struct ocpp_field reporting[] = {
	OF("location", OT_TEXT, 0, 2000),
	OF("email", OT_TEXT, 0, 254),
	OF("policy", OT_TEXT, 0, 2000),
	OF("advisories", OT_TEXT, 0, 2000),
	END,
};
static const struct ocpp_field interface[] = {
	OF("name", OT_TEXT, VALL, 50),
	OF("version", OT_TEXT, 0, 50),
	OF("nonReactive", OT_BOOL, 0, 0),
	END,
};
static const struct ocpp_field component[] = {
	OF("name", OT_TEXT, VALL, 50),
	OF("version", OT_TEXT, VALL, 50),
	OF("functionalRole", OT_TEXT, VALL, 50),
	OF_WORD("legalStatus", VALL, legal_words),
	OF("regulatoryClassification", OT_TEXTS, 0, 50),
	OF_IN("compatibility", OT_LIST, 0, compatibility),
	OF_IN("sbom", OT_OBJECT, 0, sbom),
	OF("hash", OT_HASH, VALL, 0),
	OF_IN("signature", OT_LIST, 0, signature),
	OF_IN("updatePolicy", OT_OBJECT, 0, policy),
	OF_IN("updateSource", OT_LIST, 0, source),
	OF_IN("vulnerabilityReporting", OT_OBJECT, 0, reporting),
	OF("releaseDate", OT_TIME, 0, 0),
	OF("installationDate", OT_TIME, 0, 0),
	OF("auditTrailHash", OT_HASH, 0, 0),
	OF_IN("implementedInterface", OT_LIST, 0, interface),
	OF_IN("expectedInterface", OT_LIST, 0, interface),
	OF_WORD("updateStatus", 0, update_words),
	END,
};

void ocpp_components_done(struct ocpp_components *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].document);
	free(c->v);
	*c = (struct ocpp_components){ .total = -1 };
}

static bool component_name_ok(const char *s)
{
	for (const char *p = s; *p; p += parse_utf8_len(p, strlen(p)))
		if (parse_utf8_drives(p))
			return false;
	return *s != '\0';
}

/* One component that stands in j; name: place of it for errors. */
int ocpp_component_read(struct ocpp_checker *c, const struct json *j, const char *place,
			struct ocpp_component *ret, struct err *e)
{
	static const struct ocpp_field least[] = {
		OF("name", OT_TEXT, VALL, 50),
		OF("version", OT_TEXT, VALL, 50),
		END,
	};
	struct ocpp_checker must = { .v = c->v };
	STR(canon, DOCUMENT_MAX);
	struct ocpp_component r = { 0 };
	uint8_t digest[SHA256_LEN];

	if (ocpp_check(c, component, j, place, e) || ocpp_check(&must, least, j, place, e))
		return (int)e->code;
	ocpp_text_whole(j, "name", r.name, sizeof r.name);
	ocpp_text_whole(j, "version", r.version, sizeof r.version);
	if (!component_name_ok(r.name) || !component_name_ok(r.version)) {
		err_set(e, ERR_JSON_FIELD,
			"name and version of a component are 1 to 50 bytes without control characters");
		return err_at(e, place, 0, 0);
	}
	ocpp_text(j, "functionalRole", r.role, sizeof r.role);
	ocpp_text(j, "legalStatus", r.legal, sizeof r.legal);
	if (canon_json(j, NULL, &canon, e)) { /* of the shape, not of the station: no quarantine */
		e->code = ERR_JSON_FIELD;
		return err_at(e, place, 0, 0);
	}
	sha256_of(str_c(&canon), canon.len, digest);
	hex_text(digest, sizeof digest, r.digest);
	r.document = str_take(&canon);
	*ret = r;
	return OK;
}

/* Names stand once, and `default` alone (the monolith: there is nothing else). */
int ocpp_names_check(const struct ocpp_components *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		const char *name = c->v[i].name;

		if (strcmp(name, "default") == 0 && (c->n > 1 || c->total > 1))
			return err_set(
			    e, ERR_INVALID,
			    "'default' stands beside other components; it means that there are none");
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->v[k].name, name) == 0)
				return err_set(e, ERR_INVALID, "the component '%s' stands twice", name);
	}
	return OK;
}

static int list_read(enum ocpp_version v, const struct json *list, struct ocpp_components *c, struct err *e)
{
	struct ocpp_checker strict = { .v = v, .strict = true };
	char place[64];

	if (json_len(list) > OCPP_COMPONENTS_MAX) {
		err_set(e, ERR_JSON_FIELD, "more than %d components", OCPP_COMPONENTS_MAX);
		return err_at(e, "/firmwareComponent", 0, 0);
	}
	c->v = mem_array(json_len(list) + 1, sizeof *c->v);
	for (size_t i = 0; i < json_len(list); i++) {
		snprintf(place, sizeof place, "/firmwareComponent/%zu", i);
		if (ocpp_component_read(&strict, json_at(list, i), place, &c->v[i], e))
			return (int)e->code;
		c->n++;
	}
	return ocpp_names_check(c, e);
}

static int response_read(enum ocpp_version v, const struct json *p, struct ocpp_components *c, struct err *e)
{
	static const char *const words[] = { "Accepted", "Rejected", "NotSupported", "EmptyResultSet", NULL };
	static const struct ocpp_field any[] = { END };
	static const struct ocpp_field response[] = {
		OF_WORD("status", VALL, words),
		OF_IN("statusInfo", OT_OBJECT, 0, ocpp_status_info),
		OF("total", OT_INT, 0, 0),
		OF_IN("firmwareComponent", OT_LIST, 0, any),
		END,
	};
	struct ocpp_checker strict = { .v = v, .strict = true };

	if (ocpp_check(&strict, response, p, "", e))
		return (int)e->code;
	ocpp_text(p, "status", c->status, sizeof c->status);
	c->total = ocpp_int(p, "total", -1);
	if (c->total < -1 || strcmp(c->status, "Accepted") != 0)
		c->total = -1;
	return strcmp(c->status, "Accepted") == 0 ? list_read(v, json_get(p, "firmwareComponent"), c, e) : OK;
}

/* 1.6: DataTransfer's own status first. */
static int transfer_read(const struct json *p, struct ocpp_components *c, struct err *e)
{
	static const struct ocpp_field shape[] = { OF("status", OT_TEXT, VALL, 39), END };
	struct ocpp_checker plain = { .v = OCPP_16 };
	OWN(json_free) struct json *own = NULL;
	const char *status;

	if (ocpp_check(&plain, shape, p, "", e))
		return (int)e->code;
	status = json_text(json_get(p, "status"));
	if (strcmp(status, "Accepted") != 0) {
		ocpp_cut(c->status, sizeof c->status,
			 strcmp(status, "Rejected") == 0 ? "Rejected" : "NotSupported");
		return OK;
	}
	if (response_read(OCPP_16, ocpp_data(p, &own), c, e))
		return err_wrap(e, "data");
	return OK;
}

int ocpp_components_read(enum ocpp_version v, const struct json *payload, struct ocpp_components *ret,
			 struct err *e)
{
	OWN(ocpp_components_done) struct ocpp_components c = { .total = -1 };
	int rc = v == OCPP_16 ? transfer_read(payload, &c, e) : response_read(v, payload, &c, e);

	if (rc)
		return rc;
	*ret = c;
	c = (struct ocpp_components){ 0 };
	return OK;
}

int ocpp_components_join(struct ocpp_components *c, struct ocpp_components *more, struct err *e)
{
	if (c->n + more->n > OCPP_COMPONENTS_MAX) {
		err_set(e, ERR_JSON_FIELD, "more than %d components", OCPP_COMPONENTS_MAX);
		return err_at(e, "/firmwareComponent", 0, 0);
	}
	c->v = mem_realloc(c->v, c->n + more->n + 1, sizeof *c->v);
	memcpy(c->v + c->n, more->v, more->n * sizeof *c->v);
	c->n += more->n;
	more->n = 0;
	ocpp_components_done(more);
	return ocpp_names_check(c, e);
}
