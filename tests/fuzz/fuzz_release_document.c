/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a release document: it is refused with a sentence, or taken, and then its name is an identity,
 * no location holds a password, and its canonical form says the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/canon.h"
#include "core/release_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void check(const struct release_doc *d)
{
	struct ident_ocpp p;
	char why[80];

	need(ident_ocpp_parts(d->public_id, &p) && !strcmp(p.version, d->id.version));
	need(strlen(d->hash) == SHA256_HEX - 1 && d->nsignatures <= RELEASE_SIGNATURES_MAX);
	need(!d->unsigned_reason || !d->nsignatures);
	for (size_t i = 0; i < json_len(d->locations); i++)
		need(release_location_ok(json_text(json_at(d->locations, i)), why));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(release_doc_done) struct release_doc d = { .json = NULL }, again = { .json = NULL };
	STR(text, RELEASE_DOCUMENT_MAX);
	struct err e;

	if (release_doc_parse((const char *)data, size, &d, &e)) {
		need(e.code && *e.msg && !d.json);
		return 0;
	}
	check(&d);
	if (canon_json(d.json, NULL, &text, &e))
		return 0; /* a number that no double holds */
	need(!release_doc_parse(str_c(&text), text.len, &again, &e));
	need(!strcmp(d.public_id, again.public_id) && !strcmp(d.hash, again.hash));
	return 0;
}
