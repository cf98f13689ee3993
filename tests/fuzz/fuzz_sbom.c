/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a software bill of materials: it is taken, and then every part has a name, or refused with a
 * sentence. */
#include <stdlib.h>
#include <string.h>

#include "core/release_sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(sbom_done) struct sbom s = { .arena = NULL };
	struct err e;

	if (sbom_parse((const char *)data, size, &s, &e)) {
		need(e.code && *e.msg && !s.arena);
		return 0;
	}
	need(!strcmp(s.format, "CycloneDX") || !strcmp(s.format, "SPDX"));
	need(*s.name && *s.format_version && s.parts.n <= SBOM_PARTS_MAX);
	for (size_t i = 0; i < s.parts.n; i++)
		need(*s.parts.v[i].name && s.parts.v[i].version && s.parts.v[i].purl && s.parts.v[i].licence);
	return 0;
}
