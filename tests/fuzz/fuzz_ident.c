/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an identity and as an image descriptor. What is taken as a CPL identity must be taken again in
 * its canonical form and mean the same; what is refused says why in printable text; a fragment is one of its
 * release.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/fragment.h"
#include "model/ident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void check_same(const struct ident *id, const char *text)
{
	struct ident again;
	struct err e;

	need(!ident_parse(text, false, &again, &e));
	need(again.kind == id->kind && again.model_key == id->model_key && again.firmware == id->firmware &&
	     !strcmp(again.scheme, id->scheme) && !strcmp(again.public_id, id->public_id));
}

static void check_ident(const char *text)
{
	char m[5], t[5], h[5], f[9], canonical[ENTRY_NAME_SIZE], column[HEX_COLUMN_MAX + 1];
	struct ident id;
	struct err e;

	if (ident_parse(text, true, &id, &e)) {
		need(e.code == ERR_IDENTITY && *e.msg);
		for (const char *p = e.msg; *p; p++)
			need(isprint((unsigned char)*p));
	} else if (id.kind == IDENT_CPL) {
		ident_cpl_text(id.model_key, m, t, h);
		ident_firmware_text(id.firmware, f);
		snprintf(canonical, sizeof canonical, "%s:%s%s:%s", m, t, h, f);
		check_same(&id, canonical);
	} else if (id.kind == IDENT_ENTRY) {
		snprintf(canonical, sizeof canonical, "%s:%s", id.scheme, id.public_id);
		check_same(&id, canonical);
	}
	if (ident_hex_column(text, strlen(text), 8, column))
		need(strlen(column) == 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size); /* ends at a NUL; exactly as long as needed */
	struct fragment f = fragment_read(text);

	need(f.number >= 1 && f.number <= f.count && f.count <= FRAGMENTS_MAX);
	need(strlen(f.release) < RELEASE_MAX && (f.count > 1 || !*f.release));
	check_ident(text);
	free(text);
	return 0;
}
