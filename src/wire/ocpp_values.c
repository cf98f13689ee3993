/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the device model (NotifyReport, GetVariables) and keys of 1.6 (GetConfiguration) as one stream.
 * Of a variable the Actual attribute counts. "Accepted and no value" is said by real stations: has is false
 * then. Sizes of values are not enforced: these are answers to our questions, and long keys are common
 * in 1.6.
 */
#include "base/mem.h"
#include "wire/ocpp_p.h"

static void read_name(const struct json *item, struct ocpp_value *val)
{
	const struct json *c = json_get(item, "component"), *n = json_get(item, "variable");

	ocpp_text(c, "name", val->component, sizeof val->component);
	ocpp_text_whole(c, "instance", val->instance, sizeof val->instance);
	val->evse = ocpp_int(json_get(c, "evse"), "id", -1);
	ocpp_text(n, "name", val->variable, sizeof val->variable);
	ocpp_text_whole(n, "instance", val->variable_instance, sizeof val->variable_instance);
}

static void read_value(const struct json *from, const char *name, struct ocpp_value *val)
{
	val->has = json_text(json_get(from, name)) != NULL;
	ocpp_text(from, name, val->value, sizeof val->value);
}

static bool is_actual(const struct json *attribute, const char *member)
{
	const char *type = json_text(json_get(attribute, member));

	return !type || strcmp(type, "Actual") == 0;
}

static int report_read(struct ocpp_checker *c, const struct json *p, ocpp_value_fn fn, void *ctx,
		       struct ocpp_value *val, struct err *e)
{
	const struct json *data = json_get(p, "reportData");

	if (ocpp_check(c, ocpp_action_of(c->v, "NotifyReport")->shape, p, "", e))
		return (int)e->code;
	for (size_t i = 0; i < json_len(data); i++) {
		const struct json *item = json_at(data, i), *a = json_get(item, "variableAttribute");

		for (size_t k = 0; k < json_len(a); k++) {
			if (!is_actual(json_at(a, k), "type"))
				continue;
			*val = (struct ocpp_value){ .status = "Accepted" };
			read_name(item, val);
			read_value(json_at(a, k), "value", val);
			fn(ctx, val);
		}
	}
	return OK;
}

static int variables_read(struct ocpp_checker *c, const struct json *p, ocpp_value_fn fn, void *ctx,
			  struct ocpp_value *val, struct err *e)
{
	static const struct ocpp_field result[] = {
		OF("attributeStatus", OT_TEXT, V2, 50),
		OF("attributeType", OT_TEXT, 0, 50),
		OF("attributeValue", OT_TEXT, 0, 0),
		OF_IN("component", OT_OBJECT, V2, ocpp_component_ref),
		OF_IN("variable", OT_OBJECT, V2, ocpp_variable_ref),
		OF_END,
	};
	static const struct ocpp_field shape[] = { OF_IN("getVariableResult", OT_LIST, V2, result), OF_END };
	const struct json *list = json_get(p, "getVariableResult");

	if (ocpp_check(c, shape, p, "", e))
		return (int)e->code;
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *item = json_at(list, i);

		if (!is_actual(item, "attributeType"))
			continue;
		*val = (struct ocpp_value){ 0 };
		read_name(item, val);
		ocpp_text(item, "attributeStatus", val->status, sizeof val->status);
		if (strcmp(val->status, "Accepted") == 0)
			read_value(item, "attributeValue", val);
		fn(ctx, val);
	}
	return OK;
}

static int keys_read(struct ocpp_checker *c, const struct json *p, ocpp_value_fn fn, void *ctx,
		     struct ocpp_value *val, struct err *e)
{
	static const struct ocpp_field key[] = { OF("key", OT_TEXT, V16, 50), OF("value", OT_TEXT, 0, 0),
						 OF_END };
	static const struct ocpp_field shape[] = {
		OF_IN("configurationKey", OT_LIST, 0, key),
		OF("unknownKey", OT_TEXTS, 0, 50),
		OF_END,
	};
	const struct json *known = json_get(p, "configurationKey"), *unknown = json_get(p, "unknownKey");

	if (ocpp_check(c, shape, p, "", e))
		return (int)e->code;
	for (size_t i = 0; i < json_len(known); i++) {
		*val = (struct ocpp_value){ .status = "Accepted", .evse = -1 };
		ocpp_text(json_at(known, i), "key", val->variable, sizeof val->variable);
		read_value(json_at(known, i), "value", val);
		fn(ctx, val);
	}
	for (size_t i = 0; i < json_len(unknown); i++) {
		*val = (struct ocpp_value){ .status = "UnknownVariable", .evse = -1 };
		ocpp_cut(val->variable, sizeof val->variable, json_text(json_at(unknown, i)));
		fn(ctx, val);
	}
	return OK;
}

int ocpp_values_read(enum ocpp_version v, const struct json *p, ocpp_value_fn fn, void *ctx, bool *ret_more,
		     struct err *e)
{
	struct ocpp_value val = { 0 };
	struct ocpp_checker c = { .v = v };
	bool variables = json_get(p, "getVariableResult") != NULL;
	int rc;

	if (v == OCPP_16)
		rc = keys_read(&c, p, fn, ctx, &val, e);
	else if (variables || !json_get(p, "seqNo"))
		rc = variables_read(&c, p, fn, ctx, &val, e);
	else
		rc = report_read(&c, p, fn, ctx, &val, e);
	if (!rc)
		*ret_more = json_bool(json_get(p, "tbc"), false);
	return rc;
}

bool ocpp_value_announces(const struct ocpp_value *v)
{
	if (strcmp(v->component, "CustomizationCtrlr") != 0 ||
	    strcmp(v->variable, "CustomImplementationEnabled") != 0 || strcmp(v->value, "true") != 0)
		return false;
	return strcmp(v->variable_instance, OCPP_COMPONENTS_VENDOR) == 0 ||
	       strcmp(v->instance, OCPP_COMPONENTS_VENDOR) == 0;
}
