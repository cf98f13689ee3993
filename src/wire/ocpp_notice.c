/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices of progress: firmware, components, publishing, logs, security events. A component's notice comes in
 * three dresses: as its own message, in DataTransfer (1.6), and as FirmwareStatusNotification with customData
 * (peers that refuse messages they do not know).
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/ocpp_p.h"

static const char *const action_of[OCPP_INS] = {
	[OCPP_IN_FIRMWARE] = "FirmwareStatusNotification",
	[OCPP_IN_COMPONENT] = "FirmwareComponentStatusNotification",
	[OCPP_IN_PUBLISH] = "PublishFirmwareStatusNotification",
	[OCPP_IN_SECURITY] = "SecurityEventNotification",
	[OCPP_IN_LOG] = "LogStatusNotification",
};

const struct json *ocpp_data(const struct json *transfer, struct json **own)
{
	const struct json *data = json_get(transfer, "data");
	const char *text = json_text(data);
	struct err ignored;

	if (!text)
		return data;
	if (strlen(text) > OCPP_TEXT_MAX || json_parse(text, strlen(text), own, &ignored))
		return NULL;
	return *own;
}

/* Whole addresses only: half an address leads nowhere. */
static void read_locations(const struct json *list, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < json_len(list); i++) {
		const char *s = json_text(json_at(list, i));

		if (!s || !*s || strpbrk(s, " \t\r\n") || len + strlen(s) + 2 > size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "", s);
	}
}

static void read_time(const struct json *p, int64_t *ret)
{
	const char *s = json_text(json_get(p, "timestamp"));
	struct err ignored;

	if (s && parse_time(s, ret, &ignored))
		*ret = -1; /* a clock that was never set writes what it likes; the door has its own */
}

static void read_notice(const struct json *p, const struct json *custom, struct ocpp_notice *n)
{
	const struct json *info = json_get(p, "statusInfo");

	ocpp_text(p, "status", n->status_text, sizeof n->status_text);
	n->status = ocpp_status_named(n->status_text);
	if (strcmp(n->status_text, "UploadFailed") == 0) /* 1.6 core spells it so */
		n->status = OCPP_ST_UPLOAD_FAILURE;
	n->request_id = ocpp_int(p, "requestId", -1);
	if (n->request_id == -1 && json_get(p, "requestId"))
		n->request_id = -2; /* not ours, and not "none" */
	ocpp_text_whole(custom, "trackingId", n->tracking, sizeof n->tracking);
	ocpp_text_whole(custom, "componentName", n->component, sizeof n->component);
	ocpp_text_whole(custom, "version", n->version, sizeof n->version);
	ocpp_text(info, "reasonCode", n->reason_code, sizeof n->reason_code);
	ocpp_text(info, "additionalInfo", n->detail, sizeof n->detail);
	read_locations(json_get(p, "location"), n->locations, sizeof n->locations);
	read_time(p, &n->at);
}

/* The payload itself, wherever it is carried; *custom: where the component's members stand. */
static const struct json *unwrap(enum ocpp_in in, const struct json *p, const struct json **custom,
				 struct json **own, enum ocpp_in *shape)
{
	*shape = in;
	*custom = p;
	if (in != OCPP_IN_COMPONENT || json_get(p, "componentName"))
		return p;
	if (json_get(p, "messageId"))
		return *custom = ocpp_data(p, own);
	if (json_get(p, "customData")) {
		*custom = json_get(p, "customData");
		*shape = OCPP_IN_FIRMWARE;
	}
	return p;
}

int ocpp_notice_read(enum ocpp_version v, enum ocpp_in in, const struct json *p, struct ocpp_notice *ret,
		     const char **ret_code, struct err *e)
{
	static const struct ocpp_field custom_shape[] = {
		OF("componentName", OT_TEXT, VALL, 50),
		OF("version", OT_TEXT, 0, 50),
		OF("trackingId", OT_TEXT, 0, 36),
		OF_END,
	};
	OWN(json_free) struct json *own = NULL;
	struct ocpp_notice n = { .status = OCPP_STATUSES, .request_id = -1, .at = -1 };
	struct ocpp_checker c = { .v = v };
	const struct json *custom, *body;
	const struct ocpp_action *a;
	enum ocpp_in shape;

	body = unwrap(in, p, &custom, &own, &shape);
	a = action_of[shape] ? ocpp_action_of(v, action_of[shape]) : NULL;
	if (!a) {
		*ret_code = "NotImplemented";
		return err_set(e, ERR_JSON_FIELD, "%s has no such notice", ocpp_version_text[v]);
	}
	if (ocpp_check(&c, a->shape, body, "", e) ||
	    (custom != body && ocpp_check(&c, custom_shape, custom, "/customData", e))) {
		*ret_code = c.code;
		return (int)e->code;
	}
	if (shape == OCPP_IN_SECURITY) {
		ocpp_text(p, "type", n.event, sizeof n.event);
		ocpp_text(p, "techInfo", n.detail, sizeof n.detail);
		read_time(p, &n.at);
	} else {
		read_notice(body, custom, &n);
	}
	if (in != OCPP_IN_COMPONENT)
		n.tracking[0] = n.component[0] = n.version[0] = '\0';
	*ret = n;
	return OK;
}
