/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a list of devices: every row gets an answer, totals add up, what is understood is an identity,
 * and no row of the download begins a formula.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/checklist.h"
#include "model/ident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	size_t len = strlen(text);
	struct checklist_reader r;
	struct checklist_line line;
	struct ident id;
	struct err e, ignored;
	int64_t last = 0;

	if (parse_utf8_ok(text, len)) {
		checklist_start(&r, text, len);
		while (checklist_next(&r, &line, &e)) {
			need(line.number > last);
			last = line.number;
			need(strlen(line.written) < sizeof line.written);
			need(e.code || !ident_parse(line.written, false, &id, &ignored));
			need(!e.code || *e.msg);
			for (int k = 0; k < CHECK_FIELDS; k++)
				need(line.field[k] && strlen(line.field[k]) <= CHECKLIST_LINE_MAX);
		}
	}
	free(text);
	return 0;
}
