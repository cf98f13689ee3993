/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any message through every reader of each version. A refusal has a code of OCPP; the readers and the check
 * of all messages agree; what was taken is answered with JSON; texts end within their room.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/ocpp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void text_ok(const char *s, size_t room)
{
	size_t n = strnlen(s, room);

	must(n < room && parse_utf8_ok(s, n));
}

static void value_seen(void *ctx, const struct ocpp_value *v)
{
	struct ocpp_components *c = ctx;

	text_ok(v->component, sizeof v->component);
	text_ok(v->variable, sizeof v->variable);
	text_ok(v->value, sizeof v->value);
	ocpp_components_add(c, v);
	ocpp_value_announces(v);
}

static int notice_heard(enum ocpp_version v, enum ocpp_in in, const struct ocpp_frame *f, const char **code,
			struct err *e)
{
	struct ocpp_notice n;

	if (ocpp_notice_read(v, in, f->payload, &n, code, e))
		return (int)e->code;
	text_ok(n.status_text, sizeof n.status_text);
	text_ok(n.component, sizeof n.component);
	text_ok(n.version, sizeof n.version);
	text_ok(n.detail, sizeof n.detail);
	text_ok(n.locations, sizeof n.locations);
	must(in != OCPP_IN_COMPONENT || *n.component || json_text(json_get(f->payload, "data")) ||
	     json_get(f->payload, "componentName") || json_get(f->payload, "data") ||
	     json_get(f->payload, "customData"));
	return OK;
}

static int values_heard(enum ocpp_version v, const struct json *p, struct err *e)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	bool more;

	if (ocpp_values_read(v, p, value_seen, &c, &more, e))
		return (int)e->code;
	if (!ocpp_components_check(&c, e))
		for (size_t i = 0; i < c.n; i++)
			must(*c.v[i].name && *c.v[i].version && c.v[i].document);
	return OK;
}

/* -1: this message has no reader of its own. */
static int heard(enum ocpp_version v, enum ocpp_in in, const struct ocpp_frame *f, const char **code,
		 struct err *e)
{
	struct ocpp_transaction t;
	struct ocpp_reservation r;
	struct ocpp_connector c;
	struct ocpp_boot b;

	switch ((int)in) {
	case OCPP_IN_BOOT:
		return ocpp_boot_read(v, f->payload, &b, code, e);
	case OCPP_IN_STATUS:
		return ocpp_connector_read(v, f->payload, &c, code, e);
	case OCPP_IN_TRANSACTION:
		return ocpp_transaction_read(v, f, &t, code, e);
	case OCPP_IN_RESERVATION:
		return ocpp_reservation_read(v, f->payload, &r, code, e);
	case OCPP_IN_REPORT:
		*code = "OccurrenceConstraintViolation"; /* the door takes the code of the check */
		return values_heard(v, f->payload, e);
	case OCPP_IN_FIRMWARE:
	case OCPP_IN_COMPONENT:
	case OCPP_IN_PUBLISH:
	case OCPP_IN_SECURITY:
	case OCPP_IN_LOG:
		return notice_heard(v, in, f, code, e);
	default:
		return -1;
	}
}

static void call_heard(enum ocpp_version v, const struct ocpp_frame *f)
{
	const struct ocpp_answer_ask ask = { .now = 0, .registration = "Accepted" };
	enum ocpp_in in = ocpp_in_of(v, f);
	OWN(json_free) struct json *j = NULL;
	const char *code = NULL;
	STR(answer, 4 * KIB);
	struct err e, other;
	int all = ocpp_call_check(v, f, &code, &e), one;

	must(!all || (code && e.where[0] == '/'));
	code = NULL;
	one = heard(v, in, f, &code, &other);
	must(one <= 0 || code);
	must(one == -1 || in == OCPP_IN_COMPONENT || one == all);
	ocpp_answer(v, in, f, &ask, &answer);
	must(!json_parse(str_c(&answer), answer.len, &j, &other) && json_kind(j) == JSON_OBJECT);
}

static void reply_heard(enum ocpp_version v, const struct ocpp_frame *f)
{
	static const char *const actions[] = { "UpdateFirmware", "GetLog", "DataTransfer", "GetDiagnostics" };
	struct ocpp_reply r;
	struct err e;

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (ocpp_reply_read(v, actions[i], f, &r, &e))
			continue;
		must(r.error == (*r.code != '\0'));
		text_ok(r.status, sizeof r.status);
		text_ok(r.detail, sizeof r.detail);
		text_ok(r.tracking, sizeof r.tracking);
	}
	if (f->kind == OCPP_RESULT)
		(void)!values_heard(v, f->payload, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int v = 0; v < OCPP_VERSIONS; v++) {
		OWN(ocpp_frame_done) struct ocpp_frame f = { 0 };
		STR(reply, 4 * KIB);
		struct err e;

		if (ocpp_read((enum ocpp_version)v, (const char *)data, size, &f, &reply, &e))
			continue;
		if (f.kind == OCPP_CALL || f.kind == OCPP_SEND)
			call_heard((enum ocpp_version)v, &f);
		else
			reply_heard((enum ocpp_version)v, &f);
	}
	return 0;
}
