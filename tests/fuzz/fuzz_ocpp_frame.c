/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as a message of OCPP-J in each version. What is taken has an id and a payload that its
 * kind needs; what is refused leaves nothing behind, and what is answered to it is a readable error. The
 * short way to a Heartbeat never says anything but what the long way says.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/ocpp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void answered(enum ocpp_version v, const struct str *reply)
{
	OWN(ocpp_frame_done) struct ocpp_frame f = { 0 };
	STR(none, 4 * KIB);
	struct err e;

	must(!reply->over);
	if (!reply->len)
		return;
	must(!ocpp_read(v, reply->p, reply->len, &f, &none, &e) && f.kind == OCPP_ERROR && *f.id && *f.code);
}

/* What we would answer can be read again, with the same id. */
static void echoed(enum ocpp_version v, const struct ocpp_frame *f)
{
	OWN(ocpp_frame_done) struct ocpp_frame again = { 0 };
	STR(text, 4 * KIB);
	STR(none, 4 * KIB);
	struct err e;

	ocpp_put_result(&text, f->id, "{}");
	must(!ocpp_read(v, str_c(&text), text.len, &again, &none, &e));
	must(again.kind == OCPP_RESULT && strcmp(again.id, f->id) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char id[OCPP_ID_MAX + 1] = "";
	bool beat = ocpp_is_heartbeat(text, size, id);

	for (int v = 0; v < OCPP_VERSIONS; v++) {
		OWN(ocpp_frame_done) struct ocpp_frame f = { 0 };
		STR(reply, 4 * KIB);
		struct err e;

		if (ocpp_read((enum ocpp_version)v, text, size, &f, &reply, &e)) {
			must(!beat && !f.json && !f.payload);
			answered((enum ocpp_version)v, &reply);
			continue;
		}
		must(f.json && *f.id && !reply.len);
		if (beat)
			must(f.kind == OCPP_CALL && strcmp(f.action, "Heartbeat") == 0 &&
			     strcmp(f.id, id) == 0);
		if (f.kind == OCPP_CALL || f.kind == OCPP_SEND)
			must(json_kind(f.payload) == JSON_OBJECT);
		must(f.kind <= OCPP_ERROR || v == OCPP_21);
		echoed((enum ocpp_version)v, &f);
	}
	return 0;
}
