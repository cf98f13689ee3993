/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any document through the gate, the parser and every reader. Nothing unsigned is good, texts end within
 * their room, and what is taken is the same with and without a look at the signature.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "wire/duis.h"

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

static void message_ok(const struct duis_message *m)
{
	text_ok(m->code, sizeof m->code);
	text_ok(m->service, sizeof m->service);
	text_ok(m->gbcs_version, sizeof m->gbcs_version);
	text_ok(m->status, sizeof m->status);
	must(strnlen(m->detail, sizeof m->detail) < sizeof m->detail);
	must(m->ndevices <= sizeof m->device / sizeof *m->device);
	for (size_t i = 0; i < m->ndevices; i++) {
		text_ok(m->device[i].type, sizeof m->device[i].type);
		text_ok(m->device[i].model, sizeof m->device[i].model);
		must(!*m->device[i].version || strlen(m->device[i].version) == 8);
		must(!*m->device[i].manufacturer || strlen(m->device[i].manufacturer) == 4);
	}
	for (int i = 0; i < DUIS_LISTS; i++)
		must(m->list[i].n <= DUIS_DEVICES_MAX);
	must((unsigned)m->payload < DUIS_PAYLOADS && !m->gbcs == !m->ngbcs);
	must(m->kind != DUIS_REQUEST || m->has_id);
	must(m->payload != DUIS_DELIVERY || (m->has_of && m->about));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	const struct duis_trust nobody = { .now = INT64_C(1795000000000) };
	struct duis_message m = { .kind = DUIS_REQUEST }, again = { .kind = DUIS_REQUEST };
	enum duis_signed s = DUIS_GOOD, with = DUIS_GOOD;
	struct duis_finding f;
	struct err e;
	int rc = duis_read(p, size, NULL, &m, &s, &e), rc_with;

	must(!rc == !duis_inspect(p, size, &nobody, &again, &with, &f, &e));
	if (rc) {
		must(m.kind == DUIS_REQUEST && !m.gbcs && s == DUIS_GOOD); /* untouched */
		must(rc == ERR_INVALID || rc == ERR_TOO_LARGE);
		return 0;
	}
	must(s == DUIS_UNSIGNED || s == DUIS_STRANGER);
	must(with != DUIS_GOOD && (with != DUIS_UNSIGNED || m.code[0] == 'E'));
	must((s == DUIS_STRANGER) == f.has_signature);
	must(m.kind == again.kind && m.payload == again.payload && m.ngbcs == again.ngbcs);
	message_ok(&m);
	duis_message_done(&m);
	duis_message_done(&again);
	rc_with = duis_read(p, size, &nobody, &again, &with, &e);
	must(!rc_with && with != DUIS_GOOD);
	duis_message_done(&again);
	return 0;
}
