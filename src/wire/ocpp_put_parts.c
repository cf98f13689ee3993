/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the component extension: UpdateFirmwareComponents, GetFirmwareComponents; in 1.6 within
 * DataTransfer. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "wire/ocpp_put_p.h"

/* 1.6: {vendorId, messageId, data}, where data is the payload as text; else the payload itself. */
static int put_out(enum ocpp_version v, const char *action, const struct str *text, const char **ret_action,
		   struct str *out, struct err *e)
{
	struct jw w = jw_start(out);

	if (text->over)
		return err_set(e, ERR_TOO_LARGE, "the request has more than %zu bytes", text->max);
	if (v == OCPP_16) {
		jw_obj(&w);
		jw_kstr(&w, "vendorId", OCPP_COMPONENTS_VENDOR);
		jw_kstr(&w, "messageId", action);
		jw_kstr(&w, "data", str_c(text));
		jw_end(&w);
	} else {
		str_addn(out, text->p, text->len);
	}
	*ret_action = v == OCPP_16 ? "DataTransfer" : action;
	return OK;
}

static int put_hash(struct jw *w, const char *hash, struct err *e)
{
	if (strlen(hash) != 64 || strspn(hash, "0123456789abcdefABCDEF") != 64) {
		err_set(e, ERR_INVALID, "the hash is no SHA-256 in hex digits");
		return err_at(e, "/hash", 0, 0);
	}
	jw_key(w, "hash");
	jw_obj(w);
	jw_kstr(w, "algorithm", "SHA256");
	jw_kstr(w, "value", hash);
	jw_end(w);
	return OK;
}

static int put_part(enum ocpp_version v, const struct ocpp_part *p, struct jw *w, struct err *e)
{
	if (ocpp_put_size("name", p->name, 50, e) || ocpp_put_size("version", p->version, 50, e) ||
	    (p->expected && *p->expected && ocpp_put_size("expectedVersion", p->expected, 50, e)))
		return (int)e->code;
	jw_obj(w);
	jw_kstr(w, "name", p->name);
	jw_kstr(w, "version", p->version);
	if (p->expected && *p->expected)
		jw_kstr(w, "expectedVersion", p->expected);
	if (ocpp_put_firmware(v, &p->firmware, w, e) || (p->hash && *p->hash && put_hash(w, p->hash, e)))
		return (int)e->code;
	if (p->depends_on && p->depends_on[0]) {
		jw_key(w, "dependsOn");
		jw_arr(w);
		for (size_t i = 0; p->depends_on[i]; i++) {
			if (ocpp_put_size("dependsOn", p->depends_on[i], 50, e))
				return (int)e->code;
			jw_str(w, p->depends_on[i]);
		}
		jw_arr_end(w);
	}
	jw_end(w);
	return OK;
}

/* Names stand once, `default` alone, and what a part depends on is a name (of this request or not). */
static int parts_check(const struct ocpp_part *parts, size_t n, struct err *e)
{
	if (!n || n > OCPP_COMPONENTS_MAX)
		return err_set(e, ERR_INVALID, "a request has 1 to %d components, not %zu",
			       OCPP_COMPONENTS_MAX, n);
	for (size_t i = 0; i < n; i++) {
		if (n > 1 && strcmp(parts[i].name, "default") == 0)
			return err_set(e, ERR_INVALID, "'default' cannot stand beside other components");
		for (size_t k = 0; k < i; k++)
			if (strcmp(parts[i].name, parts[k].name) == 0)
				return err_set(e, ERR_INVALID, "the component '%.50s' stands twice",
					       parts[i].name);
	}
	return OK;
}

int ocpp_parts_put(enum ocpp_version v, int64_t request_id, bool all_or_nothing, int64_t retries,
		   int64_t retry_s, const struct ocpp_part *parts, size_t n, const char **ret_action,
		   struct str *out, struct err *e)
{
	STR(text, OCPP_TEXT_MAX);
	struct jw w = jw_start(&text);

	if (parts_check(parts, n, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kint(&w, "requestId", request_id);
	ocpp_put_retries(&w, retries, retry_s);
	jw_kstr(&w, "updateMode", all_or_nothing ? "AllOrNothing" : "BestEffort");
	jw_key(&w, "firmwareComponent");
	jw_arr(&w);
	for (size_t i = 0; i < n; i++)
		if (put_part(v, &parts[i], &w, e))
			return err_wrap(e, "component '%.50s'", parts[i].name);
	jw_arr_end(&w);
	jw_end(&w);
	return put_out(v, "UpdateFirmwareComponents", &text, ret_action, out, e);
}

static int put_filter(enum ocpp_version v, const struct json *filter, struct jw *w, struct err *e)
{
	static const char *const names[] = { "componentName",
					     "legalStatus",
					     "regulatoryClassification",
					     "functionalRole",
					     "versionBelow",
					     "hasUpdatePolicy",
					     NULL };
	static const char *const legal[] = { "Regulated", "Unregulated", NULL };
	static const struct ocpp_field shape[] = {
		OF("componentName", OT_TEXTS, 0, 50),
		OF_WORD("legalStatus", 0, legal),
		OF("regulatoryClassification", OT_TEXTS, 0, 50),
		OF("functionalRole", OT_TEXTS, 0, 50),
		OF("versionBelow", OT_TEXT, 0, 50),
		OF("hasUpdatePolicy", OT_BOOL, 0, 0),
		OF_END,
	};
	struct ocpp_checker c = { .v = v, .strict = true };
	bool begun = false;

	if (json_only(filter, names, "", e) || ocpp_check(&c, shape, filter, "", e))
		return (int)e->code;
	for (size_t i = 0; names[i]; i++) {
		const struct json *val = json_get(filter, names[i]);

		if (!val)
			continue;
		if (i && !begun) {
			jw_key(w, "filter");
			jw_obj(w);
			begun = true;
		}
		STR(raw, OCPP_TEXT_MAX);
		json_print(val, &raw, false);
		jw_key(w, names[i]);
		jw_raw(w, str_c(&raw), raw.len);
	}
	if (begun)
		jw_end(w);
	return OK;
}

int ocpp_components_put(enum ocpp_version v, int64_t request_id, int64_t offset, int64_t limit,
			const struct json *filter, const char **ret_action, struct str *out, struct err *e)
{
	STR(text, OCPP_TEXT_MAX);
	struct jw w = jw_start(&text);

	jw_obj(&w);
	jw_kint(&w, "requestId", request_id);
	if (filter && put_filter(v, filter, &w, e))
		return (int)e->code;
	if (offset >= 0)
		jw_kint(&w, "offset", offset);
	if (limit >= 0)
		jw_kint(&w, "limit", limit);
	jw_end(&w);
	return put_out(v, "GetFirmwareComponents", &text, ret_action, out, e);
}
