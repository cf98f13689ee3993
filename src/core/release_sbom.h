/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Software bills of materials: CycloneDX 1.4 to 1.6 and SPDX 2.2 to 2.3, as JSON. Read for what each part is
 * called, its version, its package address and its licence, and for what the whole is about; everything else
 * is kept as it came and not judged. Private to core/release*.c and their tests.
 */
#ifndef FIRPATH_CORE_RELEASE_SBOM_H
#define FIRPATH_CORE_RELEASE_SBOM_H

#include "base/arena.h"
#include "base/json.h"
#include "base/vec.h"

#define SBOM_PARTS_MAX 50000
#define SBOM_TEXT_MAX 1024 /* bytes of a name, version, address or licence */

struct sbom_part {                                   /* arena */
	const char *name, *version, *purl, *licence; /* "" = not said */
};
struct sbom {
	struct arena *arena;        /* owned */
	const char *format;         /* "CycloneDX", "SPDX" */
	char format_version[8];     /* "1.5", "2.3" */
	const char *name, *version; /* of what it is about; "" = not said */
	VEC(struct sbom_part) parts;
};
void sbom_done(struct sbom *s);
DEFINE_OWN_VAL(struct sbom, sbom_done)
/* ERR_JSON, ERR_JSON_FIELD with pointer, ERR_TOO_LARGE. */
int sbom_parse(const char *text, size_t len, struct sbom *ret, struct err *e) MUST_USE;

#endif
