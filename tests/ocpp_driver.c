/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/ocpp/oracle.mjs. "say": prints every message that firpath writes, full and least, one JSON object
 * per line: {v, kind, action, payload}. "hear": reads one object {v, reply?, text} per line, where reply
 * names the action that text answers, and prints what became of it: {ok, in, code, where, answer}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wire/ocpp.h"

#define NOW INT64_C(1763710200123)
#define LINE_MAX_ (256 * KIB)

static void line_out(const char *text)
{
	puts(text);
}

static void say(enum ocpp_version v, const char *kind, const char *action, const struct str *payload)
{
	STR(line, LINE_MAX_);
	struct jw w = jw_start(&line);

	if (payload->over)
		exit(1);
	jw_obj(&w);
	jw_kstr(&w, "v", ocpp_version_text[v]);
	jw_kstr(&w, "kind", kind);
	jw_kstr(&w, "action", action);
	jw_key(&w, "payload");
	jw_raw(&w, str_c(payload), payload->len);
	jw_end(&w);
	line_out(str_c(&line));
}

static void must(int rc, const struct err *e)
{
	char text[700];

	if (rc) {
		fprintf(stderr, "ocpp_driver: %s\n", err_text(e, text, sizeof text));
		exit(1);
	}
}

/* Says what a call of a put function wrote; those that a version does not have are left out. */
#define SAY(v, call)                                                                                         \
	do {                                                                                                 \
		STR(out, LINE_MAX_);                                                                         \
		int rc_ = (call);                                                                            \
		if (!rc_)                                                                                    \
			say(v, "req", action, &out);                                                         \
		else if (rc_ != ERR_INVALID)                                                                 \
			must(rc_, &e);                                                                       \
	} while (0)

static void say_updates(enum ocpp_version v)
{
	static char pem[5501] = "-----BEGIN CERTIFICATE-----\n", sig[801], uri[2001];
	const struct ocpp_firmware least = { "https://h/f", NOW, -1, NULL, NULL },
				   full = { uri, NOW, NOW + 1, pem, sig };
	const char *const needs[] = { "Metrology", NULL };
	const struct ocpp_part parts[] = {
		{ "Main", "2.0", "1.0", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		  full, needs },
		{ "Metrology", "3.1", NULL, NULL, least, NULL },
	};
	OWN(json_free) struct json *filter = NULL;
	const char *asked =
	    "{\"componentName\":[\"Main\"],\"legalStatus\":\"Regulated\",\"regulatoryClassification\":[\"EU-"
	    "MID\"],"
	    "\"functionalRole\":[\"Metrology\"],\"versionBelow\":\"2\",\"hasUpdatePolicy\":true}";
	const char *action = NULL;
	struct err e;

	memset(pem + 28, 'A', 5400);
	memcpy(pem + 5428, "\n-----END CERTIFICATE-----\n", 28);
	memset(sig, 'A', 800);
	memset(uri, 'a', v == OCPP_21 ? 2000 : 512);
	memcpy(uri, "https://h/", 10);
	must(json_parse(asked, strlen(asked), &filter, &e), &e);
	for (int s = 0; s < 2; s++) {
		SAY(v, ocpp_update_put(v, s, 0, -1, -1, &least, &action, &out, &e));
		SAY(v, ocpp_update_put(v, s, INT32_MAX, 3, 60, &full, &action, &out, &e));
	}
	for (size_t n = 1; n <= 2; n++)
		SAY(v,
		    ocpp_parts_put(v, (int64_t)n, n == 1, n == 1 ? 0 : -1, 60, parts, n, &action, &out, &e));
	SAY(v, ocpp_components_put(v, 0, -1, -1, NULL, &action, &out, &e));
	SAY(v, ocpp_components_put(v, 9, 0, 16, filter, &action, &out, &e));
}

static void say_requests(enum ocpp_version v)
{
	const char *md5 = "0123456789abcdef0123456789abcdef", *action = NULL;
	struct err e;

	say_updates(v);
	SAY(v, ocpp_version_put(v, &action, &out));
	SAY(v, ocpp_report_put(v, 0, &action, &out));
	for (int in = 0; in < OCPP_INS; in++)
		for (int extended = 0; extended < 2; extended++)
			SAY(v, ocpp_trigger_put(v, (enum ocpp_in)in, extended, &action, &out));
	for (int b = 0; b < 2; b++) {
		SAY(v, ocpp_log_put(v, b, 0, "https://h/log", &action, &out, &e));
		SAY(v, ocpp_publish_put(v, 7, "https://h/f", md5, b ? 3 : -1, &action, &out, &e));
		SAY(v, (ocpp_reset_put(v, b, &action, &out), OK));
	}
	SAY(v, ocpp_unpublish_put(v, md5, &action, &out, &e));
}

static void say_errors(enum ocpp_version v)
{
	static const char *const codes[] = { "NotImplemented",
					     "NotSupported",
					     "InternalError",
					     "ProtocolError",
					     "SecurityError",
					     "FormatViolation",
					     "PropertyConstraintViolation",
					     "OccurrenceConstraintViolation",
					     "TypeConstraintViolation",
					     "GenericError",
					     "MessageTypeNotSupported",
					     "RpcFrameworkError" };

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		STR(out, 4 * KIB);

		ocpp_put_error(v, &out, "id", codes[i], "why");
		say(v, "error", "", &out);
	}
}

/* ---- hearing ---- */

static void nothing(void *ctx, const struct ocpp_value *val)
{
	++*(int *)ctx;
	(void)val;
}

/* The reader that belongs to the message; those without one are only checked. */
static int hear_call(enum ocpp_version v, enum ocpp_in in, const struct ocpp_frame *f, const char **code,
		     struct err *e)
{
	struct ocpp_transaction transaction;
	struct ocpp_reservation reservation;
	struct ocpp_connector connector;
	struct ocpp_notice notice;
	struct ocpp_boot boot;
	bool more;
	int n = 0;

	switch ((int)in) {
	case OCPP_IN_BOOT:
		return ocpp_boot_read(v, f->payload, &boot, code, e);
	case OCPP_IN_STATUS:
		return ocpp_connector_read(v, f->payload, &connector, code, e);
	case OCPP_IN_FIRMWARE:
	case OCPP_IN_COMPONENT:
	case OCPP_IN_PUBLISH:
	case OCPP_IN_SECURITY:
	case OCPP_IN_LOG:
		return ocpp_notice_read(v, in, f->payload, &notice, code, e);
	case OCPP_IN_TRANSACTION:
		return ocpp_transaction_read(v, f, &transaction, code, e);
	case OCPP_IN_RESERVATION:
		return ocpp_reservation_read(v, f->payload, &reservation, code, e);
	case OCPP_IN_REPORT:
		*code = "values";
		return ocpp_values_read(v, f->payload, nothing, &n, &more, e);
	default:
		return ocpp_call_check(v, f, code, e);
	}
}

static int hear_reply(enum ocpp_version v, const char *action, const struct ocpp_frame *f, struct err *e)
{
	OWN(ocpp_components_done) struct ocpp_components c = { 0 };
	struct ocpp_reply reply;
	bool more;
	int n = 0;

	if (strcmp(action, "GetVariables") == 0 || strcmp(action, "GetConfiguration") == 0)
		return ocpp_values_read(v, f->payload, nothing, &n, &more, e);
	if (strcmp(action, "GetFirmwareComponents") == 0)
		return ocpp_components_read(v, f->payload, &c, e);
	return ocpp_reply_read(v, action, f, &reply, e);
}

static void hear(enum ocpp_version v, const char *reply_to, const char *text)
{
	const struct ocpp_answer_ask ask = {
		.now = NOW, .interval_s = 300, .registration = "Accepted", .transaction_id = 1
	};
	OWN(ocpp_frame_done) struct ocpp_frame f = { 0 };
	enum ocpp_in in = OCPP_INS;
	STR(answer, 4 * KIB);
	STR(line, LINE_MAX_);
	struct jw w = jw_start(&line);
	const char *code = "";
	struct err e = { 0 };
	int rc;

	rc = ocpp_read(v, text, strlen(text), &f, &answer, &e);
	if (!rc && reply_to) {
		rc = hear_reply(v, reply_to, &f, &e);
	} else if (!rc) {
		in = ocpp_in_of(v, &f);
		rc = ocpp_call_check(v, &f, &code, &e);
		/* The check of all and the reader of one agree. */
		if (hear_call(v, in, &f, &code, &e) != rc && in != OCPP_IN_COMPONENT)
			exit(1);
		if (!rc && in != OCPP_IN_OTHER)
			ocpp_answer(v, in, &f, &ask, &answer);
	}
	jw_obj(&w);
	jw_kbool(&w, "ok", !rc);
	jw_kint(&w, "in", in);
	jw_kbool(&w, "other", in == OCPP_IN_OTHER);
	jw_kstr(&w, "code", code);
	jw_kstr(&w, "where", rc ? e.where : "");
	jw_kstr(&w, "msg", rc ? e.msg : "");
	jw_kstr(&w, "answer", str_c(&answer));
	jw_end(&w);
	line_out(str_c(&line));
}

static int hear_all(void)
{
	size_t cap = 0;
	char *line = NULL;
	struct err e;

	for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
		OWN(json_free) struct json *ask = NULL;
		const char *name;
		int v = 0;

		must(json_parse(line, (size_t)n, &ask, &e), &e);
		name = json_text(json_get(ask, "v"));
		while (v < OCPP_VERSIONS && strcmp(name, ocpp_version_text[v]) != 0)
			v++;
		hear((enum ocpp_version)v, json_text(json_get(ask, "reply")),
		     json_text(json_get(ask, "text")));
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "hear") == 0)
		return hear_all();
	for (int v = 0; v < OCPP_VERSIONS; v++) {
		say_requests((enum ocpp_version)v);
		say_errors((enum ocpp_version)v);
	}
	return 0;
}
