/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a Manifest, in both profiles: every problem has a code, a place, a sentence and a hint, what
 * has errors is not good, the report is JSON again, and what has a canonical form has it again from that
 * form.
 */
#include <stdlib.h>
#include <string.h>

#include "base/canon.h"
#include "base/mem.h"
#include "manifest/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void problems(const struct manifest *m)
{
	const struct manifest_problem *p;
	int errors = 0;

	for (int i = 0; (p = manifest_problem_at(m, i)) != NULL; i++) {
		need(p->code && *p->code && p->what && *p->what && p->mend && *p->mend && p->row && *p->row &&
		     p->error);
		need(p->file && p->pointer && (!*p->pointer || *p->pointer == '/') && p->line >= 0);
		errors += !p->warning;
	}
	need(errors <= manifest_errors(m));
	need(manifest_root(m) || manifest_errors(m));
	need(!manifest_good(m));
}

static void form(const struct config_item *root)
{
	OWN(json_free) struct json *j = NULL;
	STR(again, 8 * MIB);
	struct err e;

	if (!root || !root->canonical)
		return;
	need(!json_parse_deep(root->canonical, strlen(root->canonical), JSON_DEPTH_DEEP, &j, &e));
	need(!canon_json(j, NULL, &again, &e));
	need(!strcmp(str_c(&again), root->canonical));
	need(root->hash && strlen(root->hash) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(trust_free) struct trust *nobody = NULL;
	struct err e;

	need(!trust_load("", &nobody, &e));
	for (int p = 0; p < MANIFEST_PROFILES; p++) {
		const struct manifest_ask ask = { .profile = (enum manifest_profile)p,
						  .checks = MANIFEST_ALONE,
						  .trust = nobody,
						  .now = 1795000000000 };
		OWN(manifest_free) struct manifest *m = NULL;
		OWN(json_free) struct json *j = NULL;
		STR(report, 16 * MIB);

		if (manifest_read_text((const char *)data, size, &ask, &m, &e))
			continue;
		problems(m);
		form(manifest_root(m));
		manifest_report(m, &report);
		need(!report.over && !json_parse(str_c(&report), report.len, &j, &e));
	}
	return 0;
}
