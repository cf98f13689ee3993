/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of stations to requests of ours. The empty answer of 1.6 to UpdateFirmware gives an empty status:
 * it says that the request was read, nothing else. */
#include "base/mem.h"
#include "wire/ocpp_p.h"

/* Actions whose answer has no status. */
static bool without_status(enum ocpp_version v, const char *action)
{
	static const char *const names[] = { "GetVariables", "GetConfiguration", "GetDiagnostics", NULL };

	for (size_t i = 0; names[i]; i++)
		if (strcmp(action, names[i]) == 0)
			return true;
	return v == OCPP_16 && strcmp(action, "UpdateFirmware") == 0;
}

static int check(enum ocpp_version v, bool needs_status, const struct json *p, struct err *e)
{
	static const struct ocpp_field with[] = {
		OF("status", OT_TEXT, VALL, 39),
		OF_IN("statusInfo", OT_OBJECT, 0, ocpp_status_info),
		OF("trackingId", OT_TEXT, 0, 36),
		OF("filename", OT_TEXT, 0, 255),
		OF_END,
	};
	static const struct ocpp_field without[] = {
		OF("status", OT_TEXT, 0, 39),
		OF("fileName", OT_TEXT, 0, 255),
		OF_END,
	};
	struct ocpp_checker c = { .v = v };

	return ocpp_check(&c, needs_status ? with : without, p, "", e);
}

static void read_reply(const struct json *p, struct ocpp_reply *r)
{
	const struct json *info = json_get(p, "statusInfo");

	ocpp_text(p, "status", r->status, sizeof r->status);
	ocpp_text(info, "reasonCode", r->reason_code, sizeof r->reason_code);
	ocpp_text(info, "additionalInfo", r->detail, sizeof r->detail);
	ocpp_text_whole(p, "trackingId", r->tracking, sizeof r->tracking);
	ocpp_text(p, "filename", r->file, sizeof r->file);
	if (!*r->file)
		ocpp_text(p, "fileName", r->file, sizeof r->file);
}

/* DataTransfer: the status that counts is in its data. Who does not know vendor or message does not know the
 * request: as if it had said NotSupported. */
static int transfer_read(enum ocpp_version v, const struct json *p, struct ocpp_reply *r, struct err *e)
{
	OWN(json_free) struct json *own = NULL;
	const struct json *inner;

	read_reply(p, r);
	if (strncmp(r->status, "Unknown", 7) == 0) {
		r->error = true;
		ocpp_cut(r->detail, sizeof r->detail, r->status);
		ocpp_cut(r->code, sizeof r->code, "NotSupported");
		r->status[0] = '\0';
		return OK;
	}
	inner = ocpp_data(p, &own);
	if (strcmp(r->status, "Accepted") != 0 || !inner)
		return OK;
	if (check(v, true, inner, e))
		return err_wrap(e, "data");
	read_reply(inner, r);
	return OK;
}

int ocpp_reply_read(enum ocpp_version v, const char *action, const struct ocpp_frame *f,
		    struct ocpp_reply *ret, struct err *e)
{
	struct ocpp_reply r = { 0 };

	if (f->kind == OCPP_ERROR) {
		r.error = true;
		ocpp_cut(r.code, sizeof r.code, f->code);
		ocpp_cut(r.detail, sizeof r.detail, f->text);
		*ret = r;
		return OK;
	}
	if (f->kind != OCPP_RESULT)
		return err_set(e, ERR_JSON_FIELD, "that is no answer to %.60s", action);
	if (check(v, !without_status(v, action), f->payload, e))
		return err_wrap(e, "answer to %.60s", action);
	if (strcmp(action, "DataTransfer") == 0) {
		if (transfer_read(v, f->payload, &r, e))
			return err_wrap(e, "answer to %.60s", action);
	} else {
		read_reply(f->payload, &r);
	}
	*ret = r;
	return OK;
}
